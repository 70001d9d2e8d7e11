//! The phone's core in Kotlin: its tests and what a call costs.
//!
//! Owns how Maven is called. Refuses nothing but a machine without a JDK or Maven: what a test needs is
//! fetched by Maven itself, from its central repository alone.

use std::process::Command;

use crate::bindings::Environment;
use crate::counts::{Counts, Runner};
use crate::provision;
use crate::shell::{Failure, Shell};

/// What `bindings/kotlin` is compiled for.
const OLDEST_JAVA: u32 = 17;

/// Finds a JDK (17 or newer) and Maven, or makes it ready; the error is the line to run.
pub fn provide(shell: &Shell) -> Result<(), Failure> {
    let ready = || {
        let said = shell.read(shell.command("mvn").args(["--version", "--batch-mode"]));
        said.ok().and_then(|said| java_of(&said)) >= Some(OLDEST_JAVA)
    };
    if ready() {
        return Ok(());
    }
    let what = "JDK 17 or newer with Maven";
    let packages = ["default-jdk-headless", "maven"];
    let by_hand = format!("apt-get install {}, or set JAVA_HOME", packages.join(" "));
    provision::install(shell, what, &packages, &by_hand)?;
    if ready() {
        Ok(())
    } else {
        Err(format!("{what} is missing although installed: {by_hand}"))
    }
}

/// Runs the package's tests; called after [`provide`].
pub fn test(shell: &Shell, environment: &Environment, counts: &mut Counts) -> Result<(), Failure> {
    let mut test = maven(shell, &["test"]);
    environment.apply(&mut test);
    shell.run_tests("Kotlin tests", Runner::Maven, &mut test, counts)
}

/// Measures `today` and `submit`: the JSON line of the package's program. Called after [`provide`]. The
/// library must have been built with the feature `vectors`, as the generated code was.
pub fn overhead(shell: &Shell, environment: &Environment) -> Result<String, Failure> {
    let mut measure = maven(shell, &["--quiet", "test-compile", "exec:exec@overhead"]);
    environment.apply(&mut measure);
    let said = shell.read(&mut measure)?;
    json_of(&said)
        .map(str::to_owned)
        .ok_or_else(|| format!("the Kotlin program that measures said nothing:\n{said}"))
}

/// The last object alone on a line. Maven writes a terminal code before it, even to a pipe.
fn json_of(said: &str) -> Option<&str> {
    let object = |line: &str| Some(line.find('{')?..=line.rfind('}')?);
    let mut lines = said.lines().rev();
    lines.find_map(|line| line.get(object(line)?))
}

fn maven(shell: &Shell, arguments: &[&str]) -> Command {
    let mut maven = shell.command("mvn");
    maven
        .args(["--batch-mode", "--no-transfer-progress", "--file"])
        .arg(shell.path("bindings/kotlin/pom.xml"))
        .args(arguments);
    maven
}

/// The major version of the Java that Maven runs on: `Java version: 17.0.15, vendor: Debian, ...`.
fn java_of(said: &str) -> Option<u32> {
    let version = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("Java version: "))?;
    let major = version.split(|end: char| !end.is_ascii_digit()).next()?;
    major.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measured_line_is_found_between_terminal_codes() {
        let said = "\u{1b}[0m{\"today_us\":1.5}\n\u{1b}[0m\n";
        assert_eq!(json_of(said), Some("{\"today_us\":1.5}"));
        assert_eq!(json_of("BUILD FAILURE\n} {\n"), None);
        assert_eq!(json_of(""), None);
    }

    #[test]
    fn the_java_below_maven_is_read() {
        let said =
            |java: &str| format!("Apache Maven 3.8.7\nMaven home: /usr/share/maven\n{java}\n");
        for (java, expected) in [
            (
                "Java version: 17.0.15, vendor: Debian, runtime: /usr/lib/jvm",
                Some(17),
            ),
            ("Java version: 21, vendor: Debian", Some(21)),
            ("Java version: 1.8.0_402, vendor: x", Some(1)),
            ("OS name: \"linux\"", None),
        ] {
            assert_eq!(java_of(&said(java)), expected, "{java}");
        }
    }
}
