//! Rules about our own source text that no compiler holds.
//!
//! Owns the table of words that may stand in one place only, and the check that every member
//! of the workspace takes the workspace's lints. Comment lines are not read. Generated code
//! and other people's code are not looked at.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders below the root that hold Rust of ours.
const FOLDERS: &[&str] = &["core", "bindings", "clinic", "tests", "xtask"];
/// Folders that are not ours or not source.
const SKIPPED: &[&str] = &["target", "node_modules", "dist", "build", "out"];
/// This table names the words it looks for.
const THIS_FILE: &str = "xtask/src/sources.rs";

/// A path of Rust code and the places where it may stand.
struct OnlyIn {
    word: &'static str,
    /// Files, or folders when they end with a slash, and how many files there may have it.
    places: &'static [(&'static str, usize)],
    why: &'static str,
}

const RULES: &[OnlyIn] = &[
    OnlyIn {
        word: "uniffi::export",
        places: &[("core/companion/src/api/", usize::MAX)],
        why: "the boundary to the phones is in one folder",
    },
    OnlyIn {
        word: "ring::",
        // The mailbox calls its back end `ring` too; the server's tests sign as a client does;
        // the floor of the bench seals with the same cipher as the phone; the attackers of the stories
        // seal and sign what no client of ours would.
        places: &[
            ("core/mailbox/src/crypto/", usize::MAX),
            ("clinic/server/src/", 1),
            ("clinic/server/tests/", 1),
            ("tests/bench/", 1),
            ("tests/story/", 1),
        ],
        why: "one module per package does cryptography",
    },
    OnlyIn {
        word: "jiff::",
        places: &[("core/care/src/calendar.rs", 1)],
        why: "time zones are judged in one file",
    },
];

/// Every broken rule, in words.
pub fn broken_rules(root: &Path) -> Result<Vec<String>, String> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut broken = Vec::new();
    let mut rust = Vec::new();
    for file in files {
        let name = file
            .strip_prefix(root)
            .unwrap_or(&file)
            .to_string_lossy()
            .replace('\\', "/");
        let text = fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))?;
        if name.ends_with("Cargo.toml") {
            if !takes_workspace_lints(&text) {
                broken.push(format!("{name}: `[lints] workspace = true` is missing"));
            }
        } else if name != THIS_FILE {
            rust.push((name, text));
        }
    }
    for rule in RULES {
        broken.extend(rule.broken(&rust));
    }
    Ok(broken)
}

impl OnlyIn {
    fn broken(&self, files: &[(String, String)]) -> Vec<String> {
        let mut broken = Vec::new();
        let mut seen = vec![Vec::new(); self.places.len()];
        for (name, text) in files {
            let Some(line) = first_use(text, self.word) else {
                continue;
            };
            match self
                .places
                .iter()
                .position(|(place, _)| within(name, place))
            {
                Some(place) => seen[place].push(name.as_str()),
                None => broken.push(format!(
                    "{name}:{line}: `{}` may not stand here: {}",
                    self.word, self.why
                )),
            }
        }
        for (files, (_, most)) in seen.iter().zip(self.places) {
            if files.len() > *most {
                broken.push(format!(
                    "`{}` stands in {}: {}",
                    self.word,
                    files.join(" and "),
                    self.why
                ));
            }
        }
        broken
    }
}

fn within(name: &str, place: &str) -> bool {
    if place.ends_with('/') {
        name.starts_with(place)
    } else {
        name == place
    }
}

/// The first line (from 1) whose code names `word` as a path of its own.
fn first_use(text: &str, word: &str) -> Option<usize> {
    text.lines()
        .position(|line| names(line, word))
        .map(|index| index + 1)
}

fn names(line: &str, word: &str) -> bool {
    let line = line.trim_start();
    if line.starts_with("//") {
        return false;
    }
    line.match_indices(word).any(|(at, _)| {
        // `String::` and `rustls::crypto::ring::` are not `ring::`; `::ring::` is.
        let before = &line[..at];
        let inside_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let inside_path = before
            .strip_suffix("::")
            .is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        !inside_word && !inside_path
    })
}

fn takes_workspace_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true")
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry
            .map_err(|error| format!("{}: {error}", folder.display()))?
            .path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs")
            || name == "Cargo.toml"
        {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_only_as_a_path_of_its_own() {
        let cases = [
            ("use ring::aead;", true),
            ("    ::ring::digest::digest(x)", true),
            ("let s = String::new();", false),
            ("rustls::crypto::ring::default_provider()", false),
            ("// ring::aead would do", false),
            ("//! [`ring::aead`]", false),
            ("let x = steering::wheel();", false),
        ];
        for (line, expected) in cases {
            assert_eq!(names(line, "ring::"), expected, "{line}");
        }
    }

    #[test]
    fn a_word_in_the_wrong_place_or_in_two_files_is_named() {
        let rule = &RULES[1];
        let file = |name: &str| (name.to_owned(), "\nuse ring::aead;".to_owned());
        let good = [
            file("core/mailbox/src/crypto/ring.rs"),
            file("core/mailbox/src/crypto/mod.rs"),
            file("clinic/server/src/token.rs"),
        ];
        assert_eq!(rule.broken(&good), Vec::<String>::new());
        let why = "one module per package does cryptography";
        assert_eq!(
            rule.broken(&[file("core/companion/src/store.rs")]),
            [format!(
                "core/companion/src/store.rs:2: `ring::` may not stand here: {why}"
            )]
        );
        assert_eq!(
            rule.broken(&[
                file("clinic/server/src/a.rs"),
                file("clinic/server/src/b.rs")
            ]),
            [format!(
                "`ring::` stands in clinic/server/src/a.rs and clinic/server/src/b.rs: {why}"
            )]
        );
    }

    #[test]
    fn the_lints_table_is_recognised() {
        assert!(takes_workspace_lints(
            "[package]\nname = \"x\"\n\n[lints]\nworkspace = true\n"
        ));
        assert!(!takes_workspace_lints("[package]\nname = \"x\"\n"));
        assert!(!takes_workspace_lints("[lints]\n[dependencies]\n"));
    }
}
