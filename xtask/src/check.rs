//! `cargo xtask check`: what must hold before each commit.
//!
//! Owns formatting, lints, docs, the lock file, the directions of dependencies, the minimum
//! Rust version and, on demand, licences and bans. Refuses to stop at the first finding: it
//! shows all of them.
//!
//! The minimum Rust version is checked without installing that Rust: clippy's
//! `incompatible_msrv` (on by default, an error here) finds newer library items in our code,
//! and no dependency may ask for a newer Rust than ours.

use crate::graph::Graph;
use crate::shell::{Failure, Shell, begin, minutes};
use crate::{provision, sources};

/// Runs every check and gives what failed.
pub fn run(shell: &Shell, deny: bool) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut note = |result: Result<(), Failure>| failures.extend(result.err());
    if let Err(missing) = provision::components(shell) {
        return vec![missing];
    }
    note(directions(shell));
    note(shell.run("format", &mut shell.cargo(["fmt", "--all", "--check"])));
    let lint = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--locked",
        "--keep-going",
        "--",
        "-D",
        "warnings",
    ];
    note(shell.run("lints", &mut shell.cargo(lint)));
    let docs = [
        "doc",
        "--workspace",
        "--no-deps",
        "--keep-going",
        "--all-features",
        "--locked",
    ];
    note(shell.run("docs", shell.cargo(docs).env("RUSTDOCFLAGS", "-D warnings")));
    if deny {
        note(licences(shell));
    }
    failures
}

/// The rules that need no compiler: lock file, directions, places of words, Rust versions.
fn directions(shell: &Shell) -> Result<(), Failure> {
    let began = begin("lock file, directions, minimum Rust version");
    let metadata = shell.read(&mut shell.cargo([
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--all-features",
    ]))?;
    let graph = Graph::read(&metadata)?;
    let ours = graph
        .rust_version("xtask")
        .ok_or("the workspace states no rust-version")?;
    let mut broken = graph.broken_directions();
    broken.extend(graph.too_new(ours));
    broken.extend(sources::broken_rules(shell.root())?);
    for line in &broken {
        println!("   {line}");
    }
    println!(
        "   lock file, directions, minimum Rust version {ours}: {}",
        minutes(began.elapsed())
    );
    if broken.is_empty() {
        Ok(())
    } else {
        Err(format!("directions: {} broken", broken.len()))
    }
}

/// Licences, bans and sources. Security advisories need a database from GitHub, which is no
/// package registry: `cargo deny check advisories` is for a machine that may fetch it.
fn licences(shell: &Shell) -> Result<(), Failure> {
    let program = provision::cargo_deny(shell)?;
    let mut command = shell.command(program);
    command.args([
        "--all-features",
        "--locked",
        "check",
        "licenses",
        "bans",
        "sources",
    ]);
    shell.run("licences, bans, sources", &mut command)
}
