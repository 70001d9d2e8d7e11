//! `cargo xtask`: every chore of this project, on a laptop as in CI.
//!
//! Owns the commands and their help. Refuses anything that needs a server elsewhere: only
//! package registries are asked, and only by their ordinary clients.

mod bindings;
mod calls;
mod check;
mod console;
mod counts;
mod demo;
mod exports;
mod fuzz;
mod graph;
mod kotlin;
mod provision;
mod shell;
mod sizes;
mod soak;
mod sources;
mod suites;
mod swift;

use std::ffi::OsString;
use std::process::ExitCode;

use lexopt::prelude::{Long, Short, Value};

use crate::shell::{Failure, Shell};

const OVERVIEW: &str = "\
cargo xtask COMMAND [--help]

  demo      a believable clinic in your browser
  test      every test; the last line is `N passed, N failed`
  check     format, lints, docs, directions of dependencies, minimum Rust version
  console   builds the clinician's page
  bindings  the phone's core in Kotlin and in Swift
  bench     measures against the floor
  soak      the long random tests at their full length
  vectors   writes the test vectors anew
";

const DEMO: &str = "\
cargo xtask demo [--data DIR] [--port N] [--seed N]

Builds everything, starts the server on 127.0.0.1, fills a clinic through real phone cores
and prints the address, the login and an invite link for a phone. Ctrl-C stops it.

  --data DIR  keep the clinic in DIR and open it again next time (default: a temporary folder)
  --port N    default: 7280, or any free one
  --seed N    another clinic (default 1); the same seed gives the same clinic
";

const TEST: &str = "\
cargo xtask test [--all] [--only SUITE]...

  --all         nothing may be skipped: a missing tool or an ignored test is a failure
  --only SUITE  may be given more than once:
                check  what `cargo xtask check` runs
                rust   all Rust tests, stories and doc examples included
                story  the stories alone (part of rust)
                exports  exported files against validators of other people (FHIR, iCalendar, PDF)
                web    the console: types, units and the browser
                kotlin the phone's core on the JVM, against a real server
                swift  the same in Swift; on Linux in a Debian folder of its own
";

const CHECK: &str = "\
cargo xtask check [--deny]

Lock file, directions of dependencies, minimum Rust version, rustfmt, clippy, rustdoc.
The minimum Rust version is checked by clippy's incompatible_msrv and by every dependency's
own minimum; the old compiler itself is not run.

  --deny  also licences, bans and sources by cargo-deny, which is built once if missing.
          Security advisories are not part of it: their database is not in a package registry.
";

const CONSOLE: &str = "\
cargo xtask console

Builds the staff core as WebAssembly, its TypeScript face in clinic/console/src/core/wasm,
and the page in clinic/console/dist.
";

const BINDINGS: &str = "\
cargo xtask bindings [--vectors | --sizes]

Builds the phone's core and writes its generated code: bindings/kotlin/generated and
bindings/swift/generated. Needs neither Kotlin nor Swift.

  --vectors  with the replay of tests/vectors, as the tests have it; never for an app
  --sizes    generates nothing: prints how large the library is, by profile
";

const BENCH: &str = "\
cargo xtask bench [--care | --plans | --calls [--debug]] [ROUNDS]

Measures, optimised, what tests/bench/README.md describes: Handrail's own road beside the
floor, what judging costs without network and disk, and what a call costs in Rust, Kotlin and
Swift.

  --care   only what judging costs
  --plans  only how soon a plan is on the screen of a phone with a long history
  --calls  only the calls
  --debug  the calls unoptimised: shows that it works, measures nothing
  ROUNDS   only the floor and the road, so many times
";

const SOAK: &str = "\
cargo xtask soak [PART]...

Runs the long random tests at their full length, optimised; `cargo xtask test` runs a bounded share of
each. Hours in all. A failure names the seed that repeats it. Parts:

  reminders  1,000,000 simulated days against a model of the phones' systems
             (HANDRAIL_SOAK_DAYS=N; HANDRAIL_SOAK_SEED=N tells one life step by step)
  kill       10,000 phones and 2,000 servers killed at random
             (HANDRAIL_PHONE_KILLS=N, HANDRAIL_SERVER_KILLS=N)
  power      3,000 losses of power, damaged databases, disks that fail
             (HANDRAIL_POWER_IMAGES=N, HANDRAIL_DAMAGES=N, HANDRAIL_DISK_STEPS=N)
  network    300 storms, and connections cut at every byte
             (HANDRAIL_STORMS=N; HANDRAIL_STORM=SEED repeats one)
  pairs      10,000 pairs of sheets over the wire that nobody can tell apart
             (HANDRAIL_PAIRS=N)
  fuzz       each target of fuzz/ for five minutes (HANDRAIL_FUZZ_SECONDS=N)
  fhir       exported FHIR files against HAPI's validator, which Maven fetches
";

const VECTORS: &str = "\
cargo xtask vectors

Runs the ignored tests whose names begin with `regenerate`: they write tests/vectors anew.
Look at the difference before you commit it: formats are for ever.
";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// True when everything is green.
fn run() -> Result<bool, Failure> {
    let mut arguments = lexopt::Parser::from_env();
    let Some(command) = arguments.raw_args().map_err(words)?.next() else {
        print!("{OVERVIEW}");
        return Ok(true);
    };
    let shell = Shell::open()?;
    match command.to_str() {
        Some("demo") => demo(&shell, &mut arguments),
        Some("test") => test(&shell, &mut arguments),
        Some("check") => check(&shell, &mut arguments),
        Some("console") => plain(&mut arguments, CONSOLE, || console::build(&shell)),
        Some("bindings") => bindings(&shell, &mut arguments),
        Some("vectors") => plain(&mut arguments, VECTORS, || {
            let vectors = [
                "test",
                "--workspace",
                "--all-features",
                "--locked",
                "--",
                "--ignored",
                "regenerate",
            ];
            shell.run("vectors", &mut shell.cargo(vectors))
        }),
        Some("bench") => bench(&shell, &mut arguments),
        Some("soak") => soak(&shell, &mut arguments),
        Some("help" | "--help" | "-h") => {
            print!(
                "{}",
                help_for(arguments.raw_args().map_err(words)?.next().as_ref())
            );
            Ok(true)
        }
        _ => Err(format!(
            "no command {}\n\n{OVERVIEW}",
            command.to_string_lossy()
        )),
    }
}

fn help_for(command: Option<&OsString>) -> &'static str {
    match command.and_then(|command| command.to_str()) {
        Some("demo") => DEMO,
        Some("test") => TEST,
        Some("check") => CHECK,
        Some("console") => CONSOLE,
        Some("bindings") => BINDINGS,
        Some("bench") => BENCH,
        Some("soak") => SOAK,
        Some("vectors") => VECTORS,
        _ => OVERVIEW,
    }
}

fn demo(shell: &Shell, arguments: &mut lexopt::Parser) -> Result<bool, Failure> {
    let mut choices = demo::Choices {
        data: None,
        port: None,
        seed: 1,
    };
    while let Some(argument) = arguments.next().map_err(words)? {
        match argument {
            Long("data") => choices.data = Some(arguments.value().map_err(words)?.into()),
            Long("port") => choices.port = Some(number(arguments)?),
            Long("seed") => choices.seed = number(arguments)?,
            Long("help") | Short('h') => return Ok(say(DEMO)),
            other => return Err(unexpected(other, DEMO)),
        }
    }
    demo::run(shell, &choices).map(|()| true)
}

fn test(shell: &Shell, arguments: &mut lexopt::Parser) -> Result<bool, Failure> {
    let (mut all, mut only) = (false, Vec::new());
    while let Some(argument) = arguments.next().map_err(words)? {
        match argument {
            Long("all") => all = true,
            Long("only") => {
                let name = arguments
                    .value()
                    .map_err(words)?
                    .to_string_lossy()
                    .into_owned();
                if !suites::NAMES.contains(&name.as_str()) {
                    return Err(format!(
                        "no suite {name}, only {}",
                        suites::NAMES.join(", ")
                    ));
                }
                only.push(name);
            }
            Long("help") | Short('h') => return Ok(say(TEST)),
            other => return Err(unexpected(other, TEST)),
        }
    }
    Ok(suites::run(shell, &only, all))
}

fn check(shell: &Shell, arguments: &mut lexopt::Parser) -> Result<bool, Failure> {
    let mut deny = false;
    while let Some(argument) = arguments.next().map_err(words)? {
        match argument {
            Long("deny") => deny = true,
            Long("help") | Short('h') => return Ok(say(CHECK)),
            other => return Err(unexpected(other, CHECK)),
        }
    }
    let failures = check::run(shell, deny);
    println!();
    for failure in &failures {
        println!("failed: {failure}");
    }
    println!(
        "check: {}",
        if failures.is_empty() {
            "good"
        } else {
            "not good"
        }
    );
    Ok(failures.is_empty())
}

fn bindings(shell: &Shell, arguments: &mut lexopt::Parser) -> Result<bool, Failure> {
    let (mut vectors, mut sizes) = (false, false);
    while let Some(argument) = arguments.next().map_err(words)? {
        match argument {
            Long("vectors") => vectors = true,
            Long("sizes") => sizes = true,
            Long("help") | Short('h') => return Ok(say(BINDINGS)),
            other => return Err(unexpected(other, BINDINGS)),
        }
    }
    if sizes {
        sizes::run(shell)?;
    } else if vectors {
        let environment = bindings::Environment::prepare(shell)?;
        println!("\n{environment}");
    } else {
        bindings::generate(shell)?;
    }
    Ok(true)
}

fn bench(shell: &Shell, arguments: &mut lexopt::Parser) -> Result<bool, Failure> {
    let (mut care, mut plans, mut calls, mut debug) = (false, false, false, false);
    let mut rounds = None;
    while let Some(argument) = arguments.next().map_err(words)? {
        match argument {
            Long("care") => care = true,
            Long("plans") => plans = true,
            Long("calls") => calls = true,
            Long("debug") => debug = true,
            Value(value) => rounds = Some(value),
            Long("help") | Short('h') => return Ok(say(BENCH)),
            other => return Err(unexpected(other, BENCH)),
        }
    }
    let run = [
        "run",
        "--release",
        "--locked",
        "--package",
        "handrail-bench",
    ];
    if !calls && !care && !plans {
        let mut command = shell.cargo(run);
        shell.run("bench", command.arg("--").args(&rounds))?;
    }
    if care || (!calls && !plans && rounds.is_none()) {
        let mut command = shell.cargo(run);
        command.args(["--bin", "care"]);
        if let Some(rounds) = &rounds {
            command.env("HANDRAIL_ROUNDS", rounds);
        }
        shell.run("bench", &mut command)?;
    }
    if plans || (!care && !calls && rounds.is_none()) {
        shell.run(
            "bench",
            &mut shell.cargo([
                "build",
                "--release",
                "--locked",
                "--package",
                "handrail-server",
            ]),
        )?;
        let mut command = shell.cargo(run);
        command.args(["--bin", "plans"]);
        if let Some(rounds) = &rounds {
            command.env("HANDRAIL_ROUNDS", rounds);
        }
        shell.run("bench", &mut command)?;
    }
    if calls || (!care && !plans && rounds.is_none()) {
        calls::run(shell, debug)?;
    }
    Ok(true)
}

fn soak(shell: &Shell, arguments: &mut lexopt::Parser) -> Result<bool, Failure> {
    let mut only = Vec::new();
    while let Some(argument) = arguments.next().map_err(words)? {
        match argument {
            Value(value) => {
                let name = value.to_string_lossy().into_owned();
                if !soak::names().contains(&name.as_str()) {
                    return Err(format!("no part {name}, only {}", soak::names().join(", ")));
                }
                only.push(name);
            }
            Long("help") | Short('h') => return Ok(say(SOAK)),
            other => return Err(unexpected(other, SOAK)),
        }
    }
    Ok(soak::run(shell, &only))
}

/// A command without options.
fn plain(
    arguments: &mut lexopt::Parser,
    help: &'static str,
    command: impl FnOnce() -> Result<(), Failure>,
) -> Result<bool, Failure> {
    match arguments.next().map_err(words)? {
        None => command().map(|()| true),
        Some(Long("help") | Short('h')) => Ok(say(help)),
        Some(other) => Err(unexpected(other, help)),
    }
}

fn say(help: &str) -> bool {
    print!("{help}");
    true
}

fn number<N: std::str::FromStr>(arguments: &mut lexopt::Parser) -> Result<N, Failure> {
    let value = arguments.value().map_err(words)?;
    let value = value.to_string_lossy();
    value
        .parse()
        .map_err(|_| format!("{value} is not a number for this option"))
}

fn unexpected(argument: lexopt::Arg<'_>, help: &str) -> Failure {
    match argument {
        Value(value) => format!("did not expect {}\n\n{help}", value.to_string_lossy()),
        other => format!("{}\n\n{help}", other.unexpected()),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn words(error: lexopt::Error) -> Failure {
    error.to_string()
}
