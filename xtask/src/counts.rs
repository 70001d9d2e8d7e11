//! What a test runner said about itself.
//!
//! Owns reading the closing lines of `cargo test`, vitest, `node --test` and Playwright,
//! and of anything that prints `N passed, N failed` alone on a line. Refuses to guess: a
//! line in another shape counts nothing, and a suite without any such line has failed.

/// Which closing lines to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// `cargo test`: one `test result:` line per test program.
    Cargo,
    /// vitest, `node --test`, Playwright, or the plain line.
    Node,
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
}

impl Counts {
    /// Reads one line of a runner's output.
    pub fn read(&mut self, runner: Runner, line: &str) {
        let line = without_colour(line);
        let line = line.trim();
        match runner {
            Runner::Cargo => self.read_cargo(line),
            Runner::Node => self.read_node(line),
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
}
