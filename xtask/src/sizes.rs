//! `cargo xtask bindings --sizes`: how large the phone's library is, by profile.
//!
//! Owns the list of profiles and the table. The library is built for this machine, without the replay of
//! vectors, and stripped: what is left is what an app carries for one processor. On Linux the last row is
//! linked as Android's linker would (`core/companion/build.rs`), which needs lld: on x86-64 Rust brings it, elsewhere
//! `apt-get install lld`. Refuses to compare with anything: a size is only known in the build that it is of.

use std::path::Path;
use std::process::Command;

use crate::bindings::library_name;
use crate::shell::{Failure, Shell, begin};

/// A way to build: cargo's profile, and what is set on top of it for this build.
struct Way {
    words: &'static str,
    profile: &'static str,
    set: &'static [(&'static str, &'static str)],
}

const WAYS: &[Way] = &[
    Way {
        words: "release: as the server is built",
        profile: "release",
        set: &[],
    },
    Way {
        words: "small with opt-level s",
        profile: "small",
        set: &[("CARGO_PROFILE_SMALL_OPT_LEVEL", "s")],
    },
    Way {
        words: "small: opt-level z, fat LTO",
        profile: "small",
        set: &[],
    },
    #[cfg(target_os = "linux")]
    Way {
        words: "small, linked as a phone's",
        profile: "small",
        set: &[("HANDRAIL_LINKED_AS", "phone")],
    },
];

/// Builds all of them (some minutes each, the first time) and prints the table.
pub fn run(shell: &Shell) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for way in WAYS {
        // The dynamic library alone: a static one beside it would be optimised all over again.
        let mut build = shell.cargo(["rustc", "--locked", "--package", "handrail-companion"]);
        build.args(["--lib", "--crate-type", "cdylib", "--profile", way.profile]);
        shell.run(way.words, build.envs(way.set.iter().copied()))?;
        let library = shell.target().join(way.profile).join(library_name());
        rows.push((way.words, stripped(shell, &library)?));
    }
    begin("sizes");
    print!("{}", table(&rows));
    Ok(())
}

/// Bytes of a stripped copy.
fn stripped(shell: &Shell, library: &Path) -> Result<u64, Failure> {
    let copy = library.with_extension("stripped");
    shell.read(strip(shell, library).arg("-o").arg(&copy).arg(library))?;
    let size = copy.metadata().map(|file| file.len());
    size.map_err(|error| format!("{}: {error}", copy.display()))
}

/// Apple's `strip` refuses to take all symbols from a dynamic library.
fn strip(shell: &Shell, library: &Path) -> Command {
    let mut command = shell.command("strip");
    if library.extension().is_some_and(|end| end == "dylib") {
        command.arg("-x");
    }
    command
}

fn table(rows: &[(&str, u64)]) -> String {
    let triple = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let head = format!("| phone core, {triple}, stripped | bytes | MB |\n|---|---|---|\n");
    let row = |(words, bytes): &(&str, u64)| {
        let (whole, hundredths) = (bytes / 1_000_000, bytes % 1_000_000 / 10_000);
        format!("| {words} | {bytes} | {whole}.{hundredths:02} |\n")
    };
    rows.iter().map(row).fold(head, |table, row| table + &row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes_and_megabytes() {
        let shown = table(&[("release", 6_054_321), ("small", 999_999)]);
        let rows: Vec<_> = shown.lines().skip(2).collect();
        assert_eq!(
            rows,
            ["| release | 6054321 | 6.05 |", "| small | 999999 | 0.99 |"]
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_stripped_copy_is_smaller_and_the_library_stays() {
        let (shell, _) = Shell::for_test();
        // This test is a program with symbols.
        let itself = std::env::current_exe().expect("a program has a path");
        let folder = std::env::temp_dir().join(format!("handrail-sizes-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
        let library = folder.join("library.so");
        let whole = std::fs::copy(&itself, &library).expect("copied");
        let size = stripped(&shell, &library).expect("strip is there with the compiler");
        assert!(0 < size && size < whole, "{size} of {whole}");
        assert_eq!(library.metadata().expect("still there").len(), whole);
        std::fs::remove_dir_all(&folder).expect("the test made it");
    }
}
