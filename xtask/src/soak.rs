//! `cargo xtask soak`: the long random tests at their full length.
//!
//! Owns which there are, how much of each is full length, and the table at the end. Each part is a test of
//! `cargo xtask test`, where it does a bounded share; how much, an environment variable says, and one that
//! is set already wins. The parts print their own progress. Refuses to stop at the first part that fails:
//! the others still run.

use std::time::Instant;

use crate::exports;
use crate::fuzz;
use crate::shell::{Failure, Shell, begin, minutes};

/// How a part runs.
enum Work {
    /// One test binary of a package, with so much of it.
    Test {
        package: &'static str,
        tests: &'static [&'static str],
        amounts: &'static [(&'static str, &'static str)],
    },
    /// Another way; the amount is for the table.
    Own(fn(&Shell) -> Result<(), Failure>),
}

struct Part {
    name: &'static str,
    what: &'static str,
    work: Work,
}

const PARTS: &[Part] = &[
    Part {
        name: "reminders",
        what: "1,000,000 days against a model of the phones' systems",
        work: Work::Test {
            package: "handrail-companion",
            tests: &["reminders"],
            amounts: &[("HANDRAIL_SOAK_DAYS", "1000000")],
        },
    },
    Part {
        name: "kill",
        what: "10,000 killed phones, 2,000 killed servers",
        work: Work::Test {
            package: "handrail-story",
            tests: &["faults"],
            amounts: &[
                ("HANDRAIL_PHONE_KILLS", "10000"),
                ("HANDRAIL_SERVER_KILLS", "2000"),
            ],
        },
    },
    Part {
        name: "power",
        what: "3,000 losses of power, 3,000 damaged databases, 200 failing calls of each act",
        work: Work::Test {
            package: "handrail-faults",
            tests: &["it"],
            amounts: &[
                ("HANDRAIL_POWER_IMAGES", "3000"),
                ("HANDRAIL_DAMAGES", "3000"),
                ("HANDRAIL_DISK_STEPS", "200"),
            ],
        },
    },
    Part {
        name: "network",
        what: "300 storms, and connections cut at every byte",
        work: Work::Test {
            package: "handrail-story",
            tests: &["network"],
            amounts: &[("HANDRAIL_STORMS", "300")],
        },
    },
    Part {
        name: "pairs",
        what: "10,000 pairs of sheets over the wire that nobody can tell apart",
        work: Work::Test {
            package: "handrail-story",
            tests: &["tell_apart"],
            amounts: &[("HANDRAIL_PAIRS", "10000")],
        },
    },
    Part {
        name: "fuzz",
        what: "five minutes of each fuzzer, and a planted defect that must be found",
        work: Work::Own(fuzz::soak),
    },
    Part {
        name: "fhir",
        what: "exported FHIR against HAPI's validator",
        work: Work::Own(exports::hapi),
    },
];

/// The names of all parts, in the order in which they run.
pub fn names() -> Vec<&'static str> {
    PARTS.iter().map(|part| part.name).collect()
}

/// Runs the named parts, or all when none is named. True when everything is green.
pub fn run(shell: &Shell, only: &[String]) -> bool {
    let mut rows = Vec::new();
    for part in PARTS {
        let wanted = only.is_empty() || only.iter().any(|only| only == part.name);
        if !wanted || shell.wants_to_stop() {
            continue;
        }
        let began = Instant::now();
        let result = match &part.work {
            Work::Test {
                package,
                tests,
                amounts,
            } => test(shell, package, tests, amounts),
            Work::Own(work) => work(shell),
        };
        rows.push((part, began.elapsed(), result));
    }
    begin("soak");
    let failed = rows.iter().filter(|(_, _, result)| result.is_err()).count();
    for (part, time, result) in &rows {
        let (verdict, why) = match result {
            Ok(()) => ("good", ""),
            Err(failure) => ("FAILED", failure.as_str()),
        };
        let (name, what) = (part.name, part.what);
        println!(
            "   {name:<10} {:>8} {verdict:<6} {what} {why}",
            minutes(*time)
        );
    }
    println!("\n{} passed, {failed} failed", rows.len() - failed);
    failed == 0 && !shell.wants_to_stop()
}

/// Optimised, but not across crates: that takes minutes and makes it little faster.
fn test(
    shell: &Shell,
    package: &str,
    tests: &[&str],
    amounts: &[(&str, &str)],
) -> Result<(), Failure> {
    let profile = ["--locked", "--profile", "soak"];
    // Stories start these.
    let mut programs = shell.cargo(["build"]);
    programs
        .args(profile)
        .args(["--package", "handrail-server"]);
    programs.args(["--package", "handrail-story", "--package", "handrail-desk"]);
    shell.run("programs", &mut programs)?;
    let mut command = shell.cargo(["test"]);
    command.args(profile).args(["--package", package]);
    for name in tests {
        command.args(["--test", name]);
    }
    for (name, amount) in amounts {
        if std::env::var_os(name).is_none() {
            command.env(name, amount);
        }
    }
    shell.run(package, command.args(["--", "--nocapture"]))
}
