//! Every seed and every input that ever broke something, through its target, without a fuzzer.

use std::fs;
use std::path::{Path, PathBuf};

use handrail_fuzzing::{TARGETS, near, replay, seeds};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz")
        .canonicalize()
        .expect("fuzz/ lies at the top of the repository")
}

fn folders(inside: &str) -> Vec<String> {
    let listing = fs::read_dir(fuzz().join(inside)).expect("a committed folder");
    let mut names: Vec<String> = listing
        .map(|item| {
            item.expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

fn replayed(name: &str) {
    let (_, target) = TARGETS
        .iter()
        .find(|(known, _)| *known == name)
        .expect("a target of the table");
    for (kind, least) in [("seeds", 1), ("regressions", 0)] {
        let folder = fuzz().join(kind).join(name);
        let replayed = replay(*target, &folder).expect("readable inputs");
        assert_eq!(replayed.broken, [""; 0], "{kind} of {name}");
        assert!(replayed.inputs >= least, "{name} has no {kind}");
        println!("{name}: {} {kind}", replayed.inputs);
    }
}

/// Changes of each seed; `HANDRAIL_FUZZ_NEAR=N` says another number, `HANDRAIL_FUZZ_ROUND=N` draws others.
const NEAR: usize = 6;

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

fn nearby(name: &str) {
    let (_, target) = TARGETS
        .iter()
        .find(|(known, _)| *known == name)
        .expect("a target of the table");
    let count = number("HANDRAIL_FUZZ_NEAR").unwrap_or(NEAR);
    let round = number("HANDRAIL_FUZZ_ROUND").unwrap_or(1) as u64;
    let seeds = fuzz().join("seeds").join(name);
    let findings = fuzz().join("artifacts").join(name);
    let found = near(*target, &seeds, (round, count), &findings).expect("readable seeds");
    println!("{name}: {} inputs near the seeds", found.inputs);
    assert_eq!(found.broken, [""; 0], "round {round}");
}

macro_rules! replays {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            replayed(stringify!($name));
            nearby(stringify!($name));
        })*

        const REPLAYED: &[&str] = &[$(stringify!($name)),*];
    };
}

replays! {
    calendar chain chart entry http invite keybox markdown questionnaire score seal wire wrap
}

/// A target without its fuzzer, its seeds or its replay would be a gap that nobody sees.
#[test]
fn every_target_has_a_fuzzer_seeds_and_a_replay() {
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, REPLAYED);
    assert_eq!(folders("seeds"), names);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("committed");
    for name in &names {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let wrapper = fuzz().join(format!("targets/{name}.rs"));
        assert!(wrapper.is_file(), "{name} has no wrapper");
    }
    for name in folders("regressions") {
        assert!(
            names.contains(&name.as_str()),
            "regressions of no target: {name}"
        );
    }
}

/// The committed seeds are what the vectors and samples of today give; others were found by the fuzzer.
#[test]
fn the_seeds_are_those_of_the_vectors() {
    for ((target, name), bytes) in seeds::all() {
        let file = fuzz().join("seeds").join(target).join(&name);
        let committed = fs::read(&file).unwrap_or_default();
        assert!(
            committed == bytes,
            "{} differs: cargo xtask vectors writes it anew",
            file.display()
        );
    }
}

#[test]
#[ignore = "writes fuzz/seeds; run by `cargo xtask vectors`"]
fn regenerate_seeds() {
    for ((target, name), bytes) in seeds::all() {
        let folder = fuzz().join("seeds").join(target);
        fs::create_dir_all(&folder).expect("a folder of the repository");
        fs::write(folder.join(name), bytes).expect("a file of the repository");
    }
}
