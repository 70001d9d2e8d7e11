//! Exported files against validators of other people: `tests/exports/validate.py`.
//!
//! Owns the Python environment they run in (in our cache, from `PyPI`, versions pinned in
//! `tests/exports/requirements.txt`) and which files are looked at: the committed ones of
//! `tests/vectors/exports`, and those that the story tests made through a real server and the desk, patients
//! of the demo among them.

use std::path::{Path, PathBuf};

use crate::console::Programs;
use crate::counts::{Counts, Runner};
use crate::kotlin;
use crate::provision;
use crate::shell::{Failure, Shell};

/// A Python with the validators; made when it is not there yet, or when the pinned versions changed.
pub fn provide(shell: &Shell) -> Result<PathBuf, Failure> {
    let wanted = shell.path("tests/exports/requirements.txt");
    let wanted_text = std::fs::read_to_string(&wanted)
        .map_err(|error| format!("{}: {error}", wanted.display()))?;
    let folder = provision::cache()?.join("exports-python");
    let stamp = folder.join("requirements.txt");
    let python = folder.join("bin/python");
    let made = std::fs::read_to_string(&stamp).is_ok_and(|made| made == wanted_text);
    if made && python.exists() {
        return Ok(python);
    }
    let by_hand = "apt-get install python3 python3-venv";
    if provision::on_path("python3").is_none() {
        provision::install(shell, "Python 3", &["python3", "python3-venv"], by_hand)?;
    }
    let install = || {
        let mut venv = shell.command("python3");
        venv.args(["-m", "venv", "--clear"]).arg(&folder);
        shell.run("Python environment for the validators", &mut venv)?;
        let mut pip = shell.command(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        shell.run("validators from PyPI", pip.arg("-r").arg(&wanted))?;
        std::fs::write(&stamp, &wanted_text)
            .map_err(|error| format!("{}: {error}", stamp.display()))
    };
    install().map_err(|failure| format!("{failure}\nthe validators need: {by_hand}"))?;
    Ok(python)
}

/// Makes the files anew and holds all of them against the validators. Called after [`provide`].
pub fn test(shell: &Shell, python: &Path, counts: &mut Counts) -> Result<(), Failure> {
    let programs = Programs::build(shell)?;
    let mut story = shell.cargo(["test", "--locked", "--package", "handrail-story"]);
    story.args(["--test", "exports", "--test", "demo"]);
    programs.apply(&mut story);
    shell.run_tests(
        "exports of a real clinic",
        Runner::Cargo,
        &mut story,
        counts,
    )?;
    let mut files = Vec::new();
    for folder in ["tests/vectors/exports", "tests/out/exports"] {
        let listing = std::fs::read_dir(shell.path(folder));
        let listing = listing.map_err(|error| format!("{folder}: {error}"))?;
        files.extend(listing.filter_map(|item| Some(item.ok()?.path())));
    }
    files.sort();
    let mut validate = shell.command(python);
    validate
        .arg(shell.path("tests/exports/validate.py"))
        .args(files);
    shell.run_tests("validators", Runner::Node, &mut validate, counts)
}

/// The committed FHIR files, and those of the last run of the suite, against HAPI's validator. Needs a JDK
/// and Maven, which fetches it from its central repository.
pub fn hapi(shell: &Shell) -> Result<(), Failure> {
    kotlin::provide(shell)?;
    let mut files = Vec::new();
    for folder in ["tests/vectors/exports", "tests/out/exports"] {
        // The second one is there after `cargo xtask test --only exports`.
        let listing = std::fs::read_dir(shell.path(folder)).into_iter().flatten();
        let fhir = listing.filter_map(|item| Some(item.ok()?.path()));
        files.extend(fhir.filter(|path| path.to_string_lossy().ends_with(".fhir.json")));
    }
    files.sort();
    let named: Vec<_> = files.iter().map(|path| path.to_string_lossy()).collect();
    let mut validate = shell.command("mvn");
    validate
        .args(["--quiet", "--batch-mode", "--file"])
        .arg(shell.path("tests/exports/hapi/pom.xml"))
        .args([
            "compile",
            "exec:java",
            "-Dexec.mainClass=app.handrail.Validate",
        ])
        .arg(format!("-Dexec.args={}", named.join(" ")));
    let mut counts = Counts::default();
    shell.run_tests("HAPI's validator", Runner::Node, &mut validate, &mut counts)?;
    if counts.failed == 0 && counts.passed > 0 {
        Ok(())
    } else {
        Err("HAPI's validator refuses a file".to_owned())
    }
}
