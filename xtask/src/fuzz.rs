//! The fuzzers of `fuzz/`: each target for a bounded time, and one with a defect on purpose that must be
//! found.
//!
//! Owns cargo-fuzz (in our cache, from crates.io, its version pinned), the way to build with the toolchain
//! that is there, and what a run came to. Refuses to fetch a compiler: the sanitizer's flags are asked of
//! the stable one, and where its library has no `AddressSanitizer` the fuzzers run without.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::provision;
use crate::shell::{Failure, Shell, begin, minutes};

const CARGO_FUZZ: &str = "0.13.2";
/// Seconds of each target in `cargo xtask soak`; `HANDRAIL_FUZZ_SECONDS` says another number.
const SECONDS: u64 = 300;
/// The fuzzer must find the planted defect within so many seconds; it takes less than one.
const PLANTED_SECONDS: u64 = 120;
/// One input may take so many seconds.
const LONGEST_INPUT: u64 = 25;
/// The target with a defect on purpose.
const PLANTED: &str = "planted";

/// All targets for as long as soak has for them.
pub fn soak(shell: &Shell) -> Result<(), Failure> {
    let seconds = std::env::var("HANDRAIL_FUZZ_SECONDS").ok();
    let seconds = seconds.map_or(Ok(SECONDS), |text| text.parse());
    let seconds =
        seconds.map_err(|_| "HANDRAIL_FUZZ_SECONDS is no number of seconds".to_owned())?;
    run(shell, seconds)
}

/// Builds every target, looks that the planted defect is found, then runs each one for so long.
pub fn run(shell: &Shell, seconds_each: u64) -> Result<(), Failure> {
    let programs = build(shell)?;
    control(shell, &programs)?;
    let mut found = Vec::new();
    for target in targets(shell)? {
        if shell.wants_to_stop() {
            return Err("stopped".to_owned());
        }
        begin(&format!("fuzz {target}"));
        let outcome = fuzz(shell, &programs, &target, seconds_each)?;
        let time = minutes(Duration::from_secs(outcome.seconds));
        println!(
            "   {target}: {time}, {} executions, {} edges",
            outcome.executions, outcome.edges
        );
        found.extend(outcome.broke);
    }
    if found.is_empty() {
        Ok(())
    } else {
        let all = found.join("\n");
        Err(format!(
            "inputs that break a promise; each belongs into fuzz/regressions/TARGET:\n{all}"
        ))
    }
}

/// The targets, by their seeds; the planted one has none.
fn targets(shell: &Shell) -> Result<Vec<String>, Failure> {
    let folder = shell.path("fuzz/seeds");
    let listing =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = listing
        .filter_map(|item| Some(item.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    Ok(names)
}

/// The folder of the built fuzzers.
fn build(shell: &Shell) -> Result<PathBuf, Failure> {
    if ["c++", "g++", "clang++"]
        .iter()
        .all(|name| provision::on_path(name).is_none())
    {
        let by_hand = "apt-get install g++";
        provision::install(shell, "C++ compiler for libFuzzer", &["g++"], by_hand)?;
    }
    let cargo_fuzz = cargo_fuzz(shell)?;
    let host = host(&shell.read(shell.command("rustc").arg("-vV"))?)?;
    let mut query = shell.command("rustc");
    let library = shell.read(query.args(["--print", "target-libdir"]))?;
    let sanitizer = if has_address_sanitizer(Path::new(library.trim())) {
        "address"
    } else {
        println!("   this toolchain has no AddressSanitizer: the fuzzers run without it");
        "none"
    };
    let mut build = shell.command(cargo_fuzz);
    build.args(["build", "--fuzz-dir", "fuzz", "--sanitizer", sanitizer]);
    build.args(["--features", PLANTED, "--codegen-units", "16"]);
    // The flags are unstable; the stable compiler takes them when it is asked so.
    build.env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTFLAGS");
    build.args(["--target", &host]);
    build.arg("--target-dir").arg(shell.path("fuzz/target"));
    shell.run("fuzzers (some minutes, once)", &mut build)?;
    Ok(shell.path("fuzz/target").join(host).join("release"))
}

/// cargo-fuzz in our cache, built when it is not there or of another version.
fn cargo_fuzz(shell: &Shell) -> Result<PathBuf, Failure> {
    let tools = provision::cache()?.join("tools");
    let program = tools
        .join("bin")
        .join(format!("cargo-fuzz{}", std::env::consts::EXE_SUFFIX));
    let version = shell.read(shell.command(&program).arg("--version"));
    if !version.is_ok_and(|version| version.trim() == format!("cargo-fuzz {CARGO_FUZZ}")) {
        let mut install = shell.cargo(["install", "--locked", "--force", "--version"]);
        install
            .args([CARGO_FUZZ, "cargo-fuzz", "--root"])
            .arg(tools);
        shell.run("install cargo-fuzz (a minute, once)", &mut install)?;
    }
    Ok(program)
}

/// `host: x86_64-unknown-linux-gnu` in what `rustc -vV` says.
fn host(version: &str) -> Result<String, Failure> {
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(|host| host.trim().to_owned())
        .ok_or_else(|| "rustc does not say what it runs on".to_owned())
}

/// `librustc-stable_rt.asan.a` on Linux, `librustc-stable_rt.asan.dylib` on a Mac.
fn has_address_sanitizer(library: &Path) -> bool {
    let listing = fs::read_dir(library).into_iter().flatten();
    listing.filter_map(Result::ok).any(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        name.contains("_rt.asan.")
    })
}

/// The control of everything else here: a fuzzer that finds nothing must be one that could.
fn control(shell: &Shell, programs: &Path) -> Result<(), Failure> {
    begin("fuzz control: a decoder that trusts a length");
    let outcome = fuzz(shell, programs, PLANTED, PLANTED_SECONDS)?;
    match outcome.broke {
        Some(_) => {
            println!(
                "   found after {} executions, as it must be",
                outcome.executions
            );
            Ok(())
        }
        None => Err(format!(
            "the planted defect was not found in {PLANTED_SECONDS} s: the fuzzers find nothing"
        )),
    }
}

/// What a run came to.
#[derive(Debug, PartialEq, Eq, Default)]
struct Outcome {
    executions: u64,
    edges: u64,
    seconds: u64,
    /// The file with the input that broke something, or the log when there is none.
    broke: Option<String>,
}

/// One target for so many seconds: from its seeds, its regressions and what earlier runs kept.
fn fuzz(shell: &Shell, programs: &Path, target: &str, seconds: u64) -> Result<Outcome, Failure> {
    let corpus = shell.path("fuzz/corpus").join(target);
    let artifacts = shell.path("fuzz/artifacts").join(target);
    if target == PLANTED {
        // What an earlier control found would be found at once.
        let _not_there = fs::remove_dir_all(&corpus);
    }
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let path = shell.path("fuzz/artifacts").join(format!("{target}.log"));
    let log = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut command = shell.command(programs.join(target));
    command.arg(&corpus);
    for kind in ["seeds", "regressions"] {
        let folder = shell.path("fuzz").join(kind).join(target);
        if folder.is_dir() {
            command.arg(folder);
        }
    }
    let dictionary = shell.path(&format!("fuzz/dictionaries/{target}.dict"));
    if dictionary.is_file() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={LONGEST_INPUT}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args([
            "-print_final_stats=1",
            "-rss_limit_mb=3072",
            "-malloc_limit_mb=512",
        ])
        .stdout(Stdio::null())
        .stderr(log);
    let mut child = shell.spawn(&mut command)?;
    let status = shell.wait(&mut child)?;
    let text = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = String::from_utf8_lossy(&text);
    let mut outcome = read(&text);
    if !status.success() && outcome.broke.is_none() {
        outcome.broke = Some(format!("{target}: {status}, see {}", path.display()));
    }
    if outcome.broke.is_some() && target != PLANTED {
        let from = text.lines().count().saturating_sub(40);
        for line in text.lines().skip(from) {
            println!("   | {line}");
        }
    }
    Ok(outcome)
}

/// What libFuzzer says: `#1234 NEW cov: 56 ...`, `stat::...`, `Test unit written to ...`.
fn read(log: &str) -> Outcome {
    let mut outcome = Outcome::default();
    for line in log.lines() {
        if let Some(rest) = line.strip_prefix("stat::number_of_executed_units:") {
            outcome.executions = number(rest);
        } else if let Some((executions, rest)) = line
            .strip_prefix('#')
            .and_then(|line| line.split_once(['\t', ' ']))
        {
            outcome.executions = outcome.executions.max(number(executions));
            if let Some((_, edges)) = rest.split_once("cov: ") {
                outcome.edges = number(edges);
            }
        } else if let Some(rest) = line.strip_prefix("Done ") {
            // `Done 1234 runs in 61 second(s)`
            let seconds = rest.split_once(" in ").map_or("", |(_, seconds)| seconds);
            outcome.seconds = number(seconds);
        } else if let Some((_, file)) = line.split_once("Test unit written to ") {
            outcome.broke = Some(file.trim().to_owned());
        }
    }
    outcome
}

/// The number at the start of a text, spaces before it aside; 0 when there is none.
fn number(text: &str) -> u64 {
    let text = text.trim_start();
    let end = text
        .find(|sign: char| !sign.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_a_finding_is_read() {
        let log = "INFO: seed corpus: files: 24\n#25\tINITED cov: 1204 ft: 3001 corp: 24/9Kb exec/s: 0 rss: 60Mb\n\
            #4096\tpulse  cov: 1310 ft: 4100 corp: 80/20Kb lim: 4096 exec/s: 2048 rss: 70Mb\n\
            #8000\tDONE   cov: 1311 ft: 4101 corp: 81/20Kb lim: 4096 exec/s: 2000 rss: 70Mb\n\
            Done 8000 runs in 61 second(s)\nstat::number_of_executed_units: 8000\n";
        let expected = Outcome {
            executions: 8000,
            edges: 1311,
            seconds: 61,
            broke: None,
        };
        assert_eq!(read(log), expected);
    }

    #[test]
    fn a_crash_names_its_input() {
        let log = "#2\tINITED cov: 9 ft: 10 corp: 1/1b exec/s: 0 rss: 40Mb\n\
            ==7== ERROR: libFuzzer: deadly signal\n\
            artifact_prefix='a/'; Test unit written to a/crash-0123\nBase64: SFL/\n";
        let outcome = read(log);
        assert_eq!(outcome.broke.as_deref(), Some("a/crash-0123"));
        assert_eq!((outcome.executions, outcome.edges), (2, 9));
    }

    #[test]
    fn the_host_is_read_from_what_the_compiler_says() {
        let said =
            "rustc 1.95.0 (x)\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\n";
        assert_eq!(host(said).as_deref(), Ok("x86_64-unknown-linux-gnu"));
        assert!(host("rustc 1.95.0").is_err());
    }

    #[test]
    fn the_sanitizer_is_looked_for_in_the_library() {
        let name = format!("handrail-xtask-fuzz-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        assert!(!has_address_sanitizer(&folder));
        fs::write(folder.join("librustc-stable_rt.asan.a"), b"").expect("written");
        assert!(has_address_sanitizer(&folder));
        fs::remove_dir_all(&folder).expect("our own folder");
        assert!(!has_address_sanitizer(&folder));
    }
}
