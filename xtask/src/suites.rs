//! `cargo xtask test`: every suite, its minutes and its counts.
//!
//! Owns which suites there are and what counts as green. With `--all` nothing may be
//! skipped: a missing tool, an ignored test and a skipped one are failures. The last line is
//! `N passed, N failed`, added up from the runners' own closing lines; a suite that could
//! not run, and each failed check, adds a failure that no runner reported.

use std::time::{Duration, Instant};

use crate::bindings::Environment;
use crate::console::{self, Programs};
use crate::counts::{Counts, Runner};
use crate::shell::{Failure, Shell, begin, minutes};
use crate::{check, exports, kotlin, provision, swift};

/// What `--only` can name, in the order in which they run.
pub const NAMES: &[&str] = &[
    "check", "rust", "story", "exports", "web", "kotlin", "swift",
];

/// What happened in one suite.
struct Report {
    name: &'static str,
    time: Duration,
    counts: Counts,
    failures: Vec<Failure>,
    /// What was left out, and how to have it.
    skipped: Vec<String>,
}

impl Report {
    fn of(name: &'static str) -> Self {
        Self {
            name,
            time: Duration::ZERO,
            counts: Counts::default(),
            failures: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Notes a step's result; false when it failed.
    fn note(&mut self, result: Result<(), Failure>) -> bool {
        let good = result.is_ok();
        self.failures.extend(result.err());
        good
    }
}

/// Runs the named suites, or all but `story` when none is named. True when everything is green.
pub fn run(shell: &Shell, only: &[String], all: bool) -> bool {
    let mut reports = Vec::new();
    for name in NAMES {
        let wanted = if only.is_empty() {
            *name != "story"
        } else {
            only.iter().any(|only| only == name)
        };
        if wanted && !shell.wants_to_stop() {
            reports.push(suite(shell, name, all));
        }
    }
    if shell.wants_to_stop() {
        println!("\nstopped");
        return false;
    }
    summarise(&mut reports, all)
}

fn suite(shell: &Shell, name: &'static str, all: bool) -> Report {
    let began = Instant::now();
    let mut report = Report::of(name);
    match name {
        "check" => report.failures = check::run(shell, false),
        "rust" => rust(shell, &["--workspace"], &mut report),
        "story" => rust(shell, &["--package", "handrail-story"], &mut report),
        "exports" => exported(shell, all, &mut report),
        "web" => web(shell, all, &mut report),
        "kotlin" => language(shell, all, &mut report, kotlin::provide, kotlin::test),
        _ => language(shell, all, &mut report, swift::provide, swift::test),
    }
    report.time = began.elapsed();
    report
}

fn rust(shell: &Shell, packages: &[&str], report: &mut Report) {
    // Stories start the real programs.
    let programs = match Programs::build(shell) {
        Ok(programs) => programs,
        Err(failure) => return report.failures.push(failure),
    };
    let mut test = shell.cargo(["test", "--locked", "--all-features", "--no-fail-fast"]);
    test.args(packages);
    programs.apply(&mut test);
    let result = shell.run_tests("Rust tests", Runner::Cargo, &mut test, &mut report.counts);
    report.note(result);
}

/// Files that leave the house, held against validators of other people.
fn exported(shell: &Shell, all: bool, report: &mut Report) {
    match exports::provide(shell) {
        Ok(python) => {
            let result = exports::test(shell, &python, &mut report.counts);
            report.note(result);
        }
        Err(missing) if all => report.failures.push(missing),
        Err(missing) => report.skipped.push(missing),
    }
}

/// Whatever fails, the steps that do not need it still run.
fn web(shell: &Shell, all: bool, report: &mut Report) {
    if !report.note(console::face(shell)) || !report.note(console::packages(shell)) {
        return;
    }
    report.note(shell.run("types", &mut console::npm(shell, &["run", "typecheck"])));
    let result = shell.run_tests(
        "units",
        Runner::Node,
        &mut console::npm(shell, &["test"]),
        &mut report.counts,
    );
    report.note(result);
    if report.note(shell.run("page", &mut console::npm(shell, &["run", "build"]))) {
        match provision::chromium(shell) {
            Ok(chromium) => {
                let result = browser(shell, &chromium, &mut report.counts);
                report.note(result);
            }
            Err(missing) if all => report.failures.push(missing),
            Err(missing) => report.skipped.push(format!("browser tests: {missing}")),
        }
    }
}

/// The phone's core through one of its generated faces.
fn language(
    shell: &Shell,
    all: bool,
    report: &mut Report,
    provide: impl FnOnce(&Shell) -> Result<(), Failure>,
    test: impl FnOnce(&Shell, &Environment, &mut Counts) -> Result<(), Failure>,
) {
    match provide(shell) {
        Ok(()) => {
            let result = Environment::prepare(shell)
                .and_then(|environment| test(shell, &environment, &mut report.counts));
            report.note(result);
        }
        Err(missing) if all => report.failures.push(missing),
        Err(missing) => report.skipped.push(missing),
    }
}

fn browser(shell: &Shell, chromium: &std::path::Path, counts: &mut Counts) -> Result<(), Failure> {
    let programs = Programs::build(shell)?;
    let pictures = shell.path("tests/out/screens");
    std::fs::create_dir_all(&pictures).map_err(|error| format!("tests/out/screens: {error}"))?;
    let replay = console::replay(shell)?;
    let mut test = console::npm(shell, &["run", "test:browser"]);
    programs.apply(&mut test);
    test.env("HANDRAIL_REPLAY", replay);
    test.env("HANDRAIL_CHROMIUM", chromium)
        .env("HANDRAIL_OUT", pictures);
    shell.run_tests("browser", Runner::Node, &mut test, counts)
}

/// Prints the table and the closing line.
fn summarise(reports: &mut [Report], all: bool) -> bool {
    begin("summary");
    println!(
        "   {:<8} {:>7} {:>7} {:>7} {:>7}",
        "suite", "min:sec", "passed", "failed", "skipped"
    );
    let mut sum = Counts::default();
    for report in reports.iter_mut() {
        if all && report.counts.skipped > 0 {
            report
                .failures
                .push(format!("{} skipped", report.counts.skipped));
        }
        // Failed tests have counted themselves; a failure beyond those must show in the sum.
        if report.counts.failed < report.failures.len() as u64 {
            report.counts.failed = report.failures.len() as u64;
        }
        let Counts {
            passed,
            failed,
            skipped,
            ..
        } = report.counts;
        let skipped = skipped + report.skipped.len() as u64;
        println!(
            "   {:<8} {:>7} {passed:>7} {failed:>7} {skipped:>7}",
            report.name,
            minutes(report.time)
        );
        sum.add(report.counts);
    }
    for report in reports.iter() {
        for failure in &report.failures {
            println!("   failed: {}: {failure}", report.name);
        }
        for skipped in &report.skipped {
            println!("   skipped: {}: {skipped}", report.name);
        }
    }
    println!("\n{} passed, {} failed", sum.passed, sum.failed);
    sum.failed == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(counts: Counts, failures: &[&str]) -> Report {
        Report {
            counts,
            failures: failures.iter().map(|&failure| failure.to_owned()).collect(),
            ..Report::of("rust")
        }
    }

    fn counts(passed: u64, failed: u64, skipped: u64) -> Counts {
        let mut counts = Counts::default();
        let line = format!("{passed} passed, {failed} failed, {skipped} skipped");
        counts.read(Runner::Node, &line);
        counts
    }

    #[test]
    fn green_needs_every_suite_green() {
        assert!(summarise(&mut [report(counts(3, 0, 0), &[])], true));
        assert!(summarise(&mut [report(counts(3, 0, 1), &[])], false));
        assert!(
            !summarise(&mut [report(counts(3, 0, 1), &[])], true),
            "a skipped test with --all"
        );
        assert!(!summarise(
            &mut [report(counts(3, 1, 0), &["tests: exit status: 101"])],
            false
        ));
        assert!(!summarise(
            &mut [
                report(Counts::default(), &["tests: no count"]),
                report(counts(3, 0, 0), &[])
            ],
            false
        ));
    }

    #[test]
    fn a_missing_language_is_skipped_or_with_all_a_failure() {
        let (shell, _) = Shell::for_test();
        let missing = "Swift is missing, run: the line";
        for (all, green) in [(false, true), (true, false)] {
            let mut report = Report::of("swift");
            let provide = |_: &Shell| Err(missing.to_owned());
            language(&shell, all, &mut report, provide, |_, _, _| Ok(()));
            let (told, untold) = if all {
                (&report.failures, &report.skipped)
            } else {
                (&report.skipped, &report.failures)
            };
            assert_eq!(
                (told.as_slice(), untold.len()),
                ([missing.to_owned()].as_slice(), 0)
            );
            assert_eq!(summarise(&mut [report], all), green);
        }
    }
}
