//! Data that ships packed: many named pieces, deflated as one by `build.rs`.
//!
//! Owns reading them. What is unpacked stays for as long as the program runs: some hundred kilobytes, once.

use std::sync::LazyLock;

/// Named pieces.
pub(crate) struct Pieces {
    /// In order of names.
    pieces: Vec<(&'static str, &'static [u8])>,
}

impl Pieces {
    /// Unpacks what `build.rs` packed.
    pub fn open(packed: &[u8]) -> Self {
        let all = miniz_oxide::inflate::decompress_to_vec(packed);
        let all: &'static [u8] = all
            .expect("packed by our own build: a test opens it")
            .leak();
        let end = all.windows(2).position(|two| two == b"\n\n");
        let (head, bodies) = all.split_at(end.expect("a head ends in an empty line") + 2);
        let head = std::str::from_utf8(head).expect("names and numbers");
        let piece = |line: &'static str| {
            let mut words = line.split(' ');
            let name = words.next()?;
            let mut number = || words.next()?.parse::<usize>().ok();
            let (at, length) = (number()?, number()?);
            Some((name, bodies.get(at..at + length)?))
        };
        let lines = head.lines().take_while(|line| !line.is_empty());
        Self {
            pieces: lines
                .map(|line| piece(line).expect("a line says where its piece is"))
                .collect(),
        }
    }

    /// Where a piece stands, by its name letter for letter.
    pub fn find(&self, name: &str) -> Option<usize> {
        let by_name = |(known, _): &(&'static str, &'static [u8])| (*known).cmp(name);
        self.pieces.binary_search_by(by_name).ok()
    }

    /// Name and bytes of the piece that stands there.
    pub fn at(&self, place: usize) -> (&'static str, &'static [u8]) {
        self.pieces[place]
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }
}

macro_rules! pack {
    ($name:literal) => {
        LazyLock::new(|| {
            let packed = include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".packed"));
            Pieces::open(packed)
        })
    };
}

static QUESTIONNAIRES: LazyLock<Pieces> = pack!("questionnaires");
static EDUCATION: LazyLock<Pieces> = pack!("education");
static WORDS: LazyLock<Pieces> = pack!("words");

/// Where `build.rs` packs a path.
fn pack_of(path: &str) -> &'static Pieces {
    if path.contains("/questionnaires/") {
        &QUESTIONNAIRES
    } else if path.contains("/education/") {
        &EDUCATION
    } else {
        &WORDS
    }
}

/// A file of `content/`, by its path below there. JSON comes without the space between its tokens.
pub(crate) fn text(path: &str) -> &'static str {
    let pack = pack_of(path);
    let place = pack.find(path);
    let (_, bytes) = pack.at(place.expect("every file of content/ is packed: tests read each"));
    std::str::from_utf8(bytes).expect("content is text")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Every file below a folder with its path from there.
    fn files(folder: &Path, above: &str, found: &mut Vec<(String, String)>) {
        for item in std::fs::read_dir(folder).expect("a folder of this package") {
            let path = item.expect("a folder of this package").path();
            let name = path.file_name().and_then(|name| name.to_str());
            let name = format!("{above}{}", name.expect("plain names"));
            if path.is_dir() {
                files(&path, &format!("{name}/"), found);
            } else {
                found.push((name, std::fs::read_to_string(&path).expect("text")));
            }
        }
    }

    #[test]
    fn what_is_packed_is_what_lies_in_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
        let mut found = Vec::new();
        files(&folder, "", &mut found);
        let packed = [&QUESTIONNAIRES, &EDUCATION, &WORDS];
        assert!(packed.iter().all(|pack| pack.len() > 8), "each holds some");
        assert_eq!(
            packed.iter().map(|pack| pack.len()).sum::<usize>(),
            found.len()
        );
        for (name, lies) in found {
            let packed = text(&name);
            if Path::new(&name)
                .extension()
                .is_some_and(|ending| ending == "json")
            {
                let value = |text: &str| -> serde_json::Value {
                    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
                };
                assert_eq!(value(packed), value(&lies), "{name}");
                assert_eq!(
                    packed,
                    value(&lies).to_string(),
                    "{name}: nothing to leave out"
                );
            } else {
                assert_eq!(packed, lies, "{name}");
            }
        }
    }

    #[test]
    fn a_name_is_found_letter_for_letter() {
        assert!(WORDS.find("en/help.json").is_some());
        for wrong in ["", "en/help", "EN/help.json", "en/help.json ", "zz"] {
            assert_eq!(WORDS.find(wrong), None, "{wrong}");
        }
    }

    #[test]
    #[should_panic(expected = "packed by our own build")]
    fn other_bytes_are_not_taken_for_packed_ones() {
        Pieces::open(b"not packed at all");
    }
}
