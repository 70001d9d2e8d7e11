//! What a test runner said about itself.
//!
//! Owns reading the closing lines of `cargo test`, vitest, `node --test`, Playwright, Maven
//! Surefire and `swift test`, and of anything that prints `N passed, N failed` alone on a line.
//! Refuses to guess: a line in another shape counts nothing, and a suite without any such line
//! has failed. So has one of Maven or Swift that found no test at all.

/// Which closing lines to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// `cargo test`: one `test result:` line per test program.
    Cargo,
    /// vitest, `node --test`, Playwright, or the plain line.
    Node,
    /// Maven Surefire: one `Tests run:` line without a time for each run, after one for each class.
    Maven,
    /// `swift test`: `XCTest`'s `Executed N tests` of the outermost suite and Swift Testing's `Test run
    /// with N tests`, each after lines that name the failed and skipped ones.
    Swift,
}

/// Sums over one or more runners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many closing lines were read; zero means that nothing is known.
    pub lines: u64,
    pub passed: u64,
    pub failed: u64,
    /// Not run, without a reason that this project accepts.
    pub skipped: u64,
    /// Ignored tests that write the vectors anew: run by `cargo xtask vectors`, never in a test run.
    regenerators: u64,
    /// What Swift's runners have said since the last closing line.
    swift: Swift,
}

/// `Executed 9 tests, with 2 failures` counts assertions, not tests: these are counted where they are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Swift {
    failed: u64,
    skipped: u64,
    /// The line before was the outermost suite's; the inner ones close in the same words.
    outermost: bool,
}

impl Counts {
    /// Reads one line of a runner's output.
    pub fn read(&mut self, runner: Runner, line: &str) {
        let line = without_colour(line);
        let line = line.trim();
        match runner {
            Runner::Cargo => self.read_cargo(line),
            Runner::Node => self.read_node(line),
            Runner::Maven => self.read_maven(line),
            Runner::Swift => self.read_swift(line),
        }
    }

    pub fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.regenerators += other.regenerators;
    }

    fn read_cargo(&mut self, line: &str) {
        if is_regenerator(line) {
            self.regenerators += 1;
            return;
        }
        let Some(rest) = line.strip_prefix("test result: ") else {
            return;
        };
        let Some((_, numbers)) = rest.split_once(". ") else {
            return;
        };
        let mut ignored = 0;
        for part in numbers.split("; ") {
            match number_and_word(part) {
                Some((n, "passed")) => self.passed += n,
                Some((n, "failed")) => self.failed += n,
                Some((n, "ignored")) => ignored = n,
                _ => {}
            }
        }
        self.lines += 1;
        self.skipped += ignored - self.regenerators.min(ignored);
        self.regenerators = 0;
    }

    fn read_node(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("Tests ") {
            // vitest: `Tests  1 failed | 11 passed | 2 skipped (14)`
            let rest = rest.split('(').next().unwrap_or(rest);
            self.read_parts(rest.split('|'));
        } else if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            // node --test: `# pass 12`
            if let Some((word, n)) = rest.split_once(' ')
                && let Ok(n) = n.trim().parse::<u64>()
            {
                self.read_number(n, word);
            }
        } else {
            // Playwright: `12 passed (3.4s)`; plain: `12 passed, 0 failed`
            let rest = line.split(" (").next().unwrap_or(line);
            self.read_parts(rest.split(", "));
        }
    }

    /// `[INFO] Tests run: 12, Failures: 0, Errors: 0, Skipped: 0`
    fn read_maven(&mut self, line: &str) {
        let Some(start) = line.find("Tests run: ") else {
            return;
        };
        // One class of several: `..., Time elapsed: 0.3 s -- in app.handrail.StoryTest`.
        if line.contains("Time elapsed") {
            return;
        }
        let (mut run, mut failed, mut skipped) = (0, 0, 0);
        for part in line[start..].split(", ") {
            let number = part.split_once(": ").map(|(word, n)| (word, n.parse()));
            match number {
                Some(("Tests run", Ok(n))) => run = n,
                // A test that passed only when repeated has failed once.
                Some(("Failures" | "Errors" | "Flakes", Ok(n))) => failed += n,
                Some(("Skipped", Ok(n))) => skipped = n,
                _ => return,
            }
        }
        self.close(run, failed, skipped);
    }

    fn read_swift(&mut self, line: &str) {
        let outermost = std::mem::take(&mut self.swift.outermost);
        if let Some(rest) = line.strip_prefix("Test Case '") {
            // `XCTest`: `Test Case 'StoryTests.testEnrol' passed (0.1 seconds)`
            let (_, ended) = rest.split_once("' ").unwrap_or_default();
            self.swift.failed += u64::from(ended.starts_with("failed ("));
            self.swift.skipped += u64::from(ended.starts_with("skipped ("));
        } else if let Some(rest) = line.strip_prefix("Test Suite '") {
            let outermost = ["All tests' ", "Selected tests' "];
            self.swift.outermost = outermost.iter().any(|name| rest.starts_with(name));
        } else if let Some(rest) = line.strip_prefix("Executed ") {
            if let Some(n) = first_number(rest).filter(|_| outermost) {
                self.close_swift(n);
            }
        } else if let Some((_, rest)) = line.split_once(" Test run with ") {
            if let Some(n) = first_number(rest).filter(|_| rest.contains(" after ")) {
                self.close_swift(n);
            }
        } else if let Some((mark, rest)) = line.split_once(" Test ") {
            // Swift Testing: `✘ Test enrol() failed after 0.1 seconds with 1 issue.`
            let mark = mark.chars().count() == 1;
            self.swift.failed += u64::from(mark && rest.contains(" failed after "));
            self.swift.skipped += u64::from(mark && rest.contains(" skipped"));
        }
    }

    fn close_swift(&mut self, run: u64) {
        let Swift {
            failed, skipped, ..
        } = std::mem::take(&mut self.swift);
        self.close(run, failed, skipped);
    }

    /// A closing line that says how many ran in all. One about no test says nothing.
    fn close(&mut self, run: u64, failed: u64, skipped: u64) {
        self.lines += u64::from(run > 0);
        self.passed += run.saturating_sub(failed + skipped);
        self.failed += failed;
        self.skipped += skipped;
    }

    /// Counts a line only when every part of it is a number with a known word.
    fn read_parts<'a>(&mut self, parts: impl Iterator<Item = &'a str>) {
        let mut line = Self::default();
        for part in parts {
            let known = number_and_word(part).is_some_and(|(n, word)| line.read_number(n, word));
            if !known {
                return;
            }
        }
        line.lines = line.lines.min(1);
        self.add(line);
    }

    fn read_number(&mut self, n: u64, word: &str) -> bool {
        match word {
            "passed" | "pass" => self.passed += n,
            // A test that passed only when repeated has failed once.
            "failed" | "fail" | "cancelled" | "interrupted" | "flaky" => self.failed += n,
            "skipped" | "todo" | "did not run" => self.skipped += n,
            _ => return false,
        }
        self.lines += 1;
        true
    }
}

/// `12 tests, with ...`
fn first_number(text: &str) -> Option<u64> {
    text.split(' ').next()?.parse().ok()
}

fn number_and_word(part: &str) -> Option<(u64, &str)> {
    let (number, word) = part.trim().split_once(' ')?;
    Some((number.parse().ok()?, word.trim()))
}

/// The line without terminal colour codes (`ESC [ ... m`).
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..start]);
        rest = match rest[start..].find('m') {
            Some(end) => &rest[start + end + 1..],
            None => "",
        };
    }
    plain.push_str(rest);
    plain
}

/// An ignored test that writes a committed file anew: `regenerate...` a vector, `make_...` a fixture.
/// No other test may be ignored.
fn is_regenerator(line: &str) -> bool {
    let Some((name, _)) = line
        .strip_prefix("test ")
        .and_then(|rest| rest.split_once(" ... ignored"))
    else {
        return false;
    };
    let name = name.rsplit("::").next().unwrap_or(name);
    name.starts_with("regenerate") || name.starts_with("make_")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Passed, failed, skipped, and whether anything was said.
    type Read = (u64, u64, u64, bool);

    fn read(runner: Runner, lines: &[&str]) -> Read {
        let mut counts = Counts::default();
        for line in lines {
            counts.read(runner, line);
        }
        (
            counts.passed,
            counts.failed,
            counts.skipped,
            counts.lines > 0,
        )
    }

    #[test]
    fn cargo_lines_are_summed() {
        let lines = [
            "running 3 tests",
            "test a ... ok",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 1 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s",
        ];
        assert_eq!(read(Runner::Cargo, &lines), (4, 2, 1, true));
    }

    #[test]
    fn only_regenerators_may_be_ignored() {
        let lines = [
            "test vectors::regenerate_seal ... ignored, writes tests/vectors",
            "test slow ... ignored",
            "test result: ok. 0 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ];
        assert_eq!(read(Runner::Cargo, &lines), (0, 0, 2, true));
    }

    #[test]
    fn node_runners_are_understood() {
        let cases: &[(&[&str], Read)] = &[
            (
                &[
                    " Test Files  2 passed (2)",
                    "      Tests  1 failed | 11 passed | 2 skipped (14)",
                ],
                (11, 1, 2, true),
            ),
            (
                &[
                    "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m5 passed\u{1b}[39m\u{1b}[22m\u{1b}[90m (5)\u{1b}[39m",
                ],
                (5, 0, 0, true),
            ),
            (
                &[
                    "# tests 4",
                    "# suites 0",
                    "# pass 3",
                    "# fail 1",
                    "# cancelled 0",
                    "# skipped 0",
                    "# duration_ms 61.5",
                ],
                (3, 1, 0, true),
            ),
            (&["ℹ tests 2", "ℹ pass 2", "ℹ fail 0"], (2, 0, 0, true)),
            (
                &[
                    "  1 failed",
                    "  2 skipped",
                    "  3 did not run",
                    "  12 passed (3.4s)",
                ],
                (12, 1, 5, true),
            ),
            (&["7 passed, 0 failed"], (7, 0, 0, true)),
            (
                &[
                    "all is well, 7 passed, 0 failed of course",
                    "Tests are fun",
                    "# Heading",
                ],
                (0, 0, 0, false),
            ),
        ];
        for (lines, expected) in cases {
            assert_eq!(read(Runner::Node, lines), *expected, "{lines:?}");
        }
    }

    #[test]
    fn maven_is_counted_by_its_last_line() {
        let good = [
            "[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.3 s -- in app.handrail.StoryTest",
            "[INFO] Results:",
            "[\u{1b}[1;34mINFO\u{1b}[m] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0",
        ];
        assert_eq!(read(Runner::Maven, &good), (3, 0, 0, true));
        let bad = [
            "[ERROR] Tests run: 9, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.3 s <<< FAILURE! -- in app.handrail.StoryTest",
            "[ERROR] Tests run: 9, Failures: 1, Errors: 2, Skipped: 1",
        ];
        assert_eq!(read(Runner::Maven, &bad), (5, 3, 1, true));
        let flaky = ["[WARNING] Tests run: 4, Failures: 0, Errors: 0, Skipped: 0, Flakes: 1"];
        assert_eq!(read(Runner::Maven, &flaky), (3, 1, 0, true));
        let none = ["[INFO] Tests run: 0, Failures: 0, Errors: 0, Skipped: 0"];
        assert_eq!(read(Runner::Maven, &none), (0, 0, 0, false));
        let other = ["Tests run: fast, Failures: 0", "[INFO] BUILD SUCCESS"];
        assert_eq!(read(Runner::Maven, &other), (0, 0, 0, false));
    }

    #[test]
    fn swift_is_counted_by_both_of_its_runners() {
        let xctest = [
            "Test Suite 'All tests' started at 2026-11-21 22:00:00.000",
            "Test Suite 'debug.xctest' started at 2026-11-21 22:00:00.000",
            "Test Case 'StoryTests.testEnrol' started at 2026-11-21 22:00:00.000",
            "Test Case 'StoryTests.testEnrol' passed (0.1 seconds)",
            "Test Case 'StoryTests.testPlan' failed (0.1 seconds)",
            "Test Case 'StoryTests.testLater' skipped (0.0 seconds)",
            "Test Suite 'debug.xctest' failed at 2026-11-21 22:00:01.000",
            "\t Executed 3 tests, with 1 test skipped and 2 failures (0 unexpected) in 0.2 (0.2) seconds",
            "Test Suite 'All tests' failed at 2026-11-21 22:00:01.000",
            "\t Executed 3 tests, with 1 test skipped and 2 failures (0 unexpected) in 0.2 (0.2) seconds",
        ];
        assert_eq!(read(Runner::Swift, &xctest), (1, 1, 1, true));
        let testing = [
            "◇ Test run started.",
            "◇ Test enrol() started.",
            "✔ Test enrol() passed after 0.1 seconds.",
            "✘ Test \"a plan is read\" recorded an issue at StoryTests.swift:9:5: Expectation failed: 1 == 2",
            "✘ Test \"a plan is read\" failed after 0.1 seconds with 1 issue.",
            "➜ Test later() skipped: \"not here\"",
            "✘ Suite StoryTests failed after 0.2 seconds with 1 issue.",
            "✘ Test run with 3 tests in 1 suite failed after 0.2 seconds with 1 issue.",
        ];
        assert_eq!(read(Runner::Swift, &testing), (1, 1, 1, true));
        let both = [xctest.as_slice(), &testing].concat();
        assert_eq!(read(Runner::Swift, &both), (2, 2, 2, true));
        let none = [
            "Test Suite 'All tests' passed at 2026-11-21 22:00:01.000",
            "\t Executed 0 tests, with 0 failures (0 unexpected) in 0.0 (0.0) seconds",
            "✔ Test run with 0 tests passed after 0.001 seconds.",
        ];
        assert_eq!(read(Runner::Swift, &none), (0, 0, 0, false));
    }
}
