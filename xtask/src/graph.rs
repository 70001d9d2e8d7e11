//! Which package may depend on which: section 3 of the design, held against `cargo metadata`.
//!
//! Owns the table of forbidden directions and the comparison of every dependency's minimum
//! Rust version with ours. Dev-dependencies are left out of the directions (a test may look
//! at both sides), and counted in the versions (tests must build with that Rust too).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Crates that touch files, network, clock, random numbers or keys: care has none of them.
const OUTSIDE_WORLD: &[&str] = &[
    "aes-gcm",
    "argon2",
    "chacha20poly1305",
    "ed25519-dalek",
    "fastrand",
    "getrandom",
    "hpke",
    "hyper",
    "iana-time-zone",
    "libsqlite3-sys",
    "mio",
    "rand",
    "rand_core",
    "reqwest",
    "ring",
    "rusqlite",
    "rustls",
    "sha2",
    "socket2",
    "tempfile",
    "tokio",
    "uniffi",
    "ureq",
    "x25519-dalek",
];

/// Crates that do I/O: no crate that the browser shares with the phone has one.
const INPUT_OUTPUT: &[&str] = &[
    "hyper",
    "libsqlite3-sys",
    "mio",
    "reqwest",
    "rusqlite",
    "socket2",
    "tempfile",
    "tokio",
    "ureq",
];

/// Ours, from the bottom up.
const OURS: &[&str] = &[
    "handrail-care",
    "handrail-wire",
    "handrail-mailbox",
    "handrail-clinician",
    "handrail-companion",
    "handrail-server",
    "handrail-web",
    "handrail-desk",
];

/// Ours that the package may use; every other one of [`OURS`] is forbidden, through others too.
const MAY_USE: &[(&str, &[&str])] = &[
    ("handrail-care", &[]),
    ("handrail-wire", &[]),
    ("handrail-mailbox", &["handrail-wire"]),
    (
        "handrail-clinician",
        &["handrail-care", "handrail-wire", "handrail-mailbox"],
    ),
    (
        "handrail-companion",
        &["handrail-care", "handrail-wire", "handrail-mailbox"],
    ),
    // The build graph states promise 2: the server sees sealed bytes and nothing else.
    ("handrail-server", &["handrail-wire"]),
    (
        "handrail-web",
        &[
            "handrail-care",
            "handrail-wire",
            "handrail-mailbox",
            "handrail-clinician",
        ],
    ),
    (
        "handrail-desk",
        &[
            "handrail-care",
            "handrail-wire",
            "handrail-mailbox",
            "handrail-clinician",
            "handrail-companion",
        ],
    ),
];

/// Crates from elsewhere that a package may not use, through others either.
const MAY_NOT_USE: &[(&str, &[&str])] = &[
    ("handrail-care", OUTSIDE_WORLD),
    ("handrail-wire", INPUT_OUTPUT),
    ("handrail-mailbox", INPUT_OUTPUT),
    ("handrail-clinician", INPUT_OUTPUT),
    ("handrail-web", INPUT_OUTPUT),
];

/// Crates that only the named packages may name in their own manifest.
const ONLY_FOR: &[(&str, &[&str])] = &[
    ("uniffi", &["handrail-companion"]),
    ("uniffi_bindgen", &["handrail-bindgen"]),
    ("jiff", &["handrail-care"]),
    (
        "ring",
        // The stories seal and sign as somebody would who does not keep to our code.
        &[
            "handrail-mailbox",
            "handrail-server",
            "handrail-bench",
            "handrail-story",
        ],
    ),
    // In care and clinician behind the feature `web`: TypeScript declarations of their views.
    (
        "wasm-bindgen",
        &["handrail-web", "handrail-care", "handrail-clinician"],
    ),
];

/// The packages of one resolved workspace.
pub struct Graph {
    packages: BTreeMap<String, Package>,
    members: BTreeSet<String>,
}

#[derive(Default)]
struct Package {
    name: String,
    version: String,
    rust_version: Option<String>,
    /// Ids of normal and build dependencies.
    uses: Vec<String>,
}

impl Graph {
    /// Reads the output of `cargo metadata --format-version 1`.
    pub fn read(metadata: &str) -> Result<Self, String> {
        let metadata: Value =
            serde_json::from_str(metadata).map_err(|error| format!("cargo metadata: {error}"))?;
        let mut packages = BTreeMap::new();
        for package in list(&metadata["packages"]) {
            packages.insert(
                text(&package["id"]),
                Package {
                    name: text(&package["name"]),
                    version: text(&package["version"]),
                    rust_version: package["rust_version"].as_str().map(str::to_owned),
                    uses: Vec::new(),
                },
            );
        }
        for node in list(&metadata["resolve"]["nodes"]) {
            let uses = list(&node["deps"])
                .iter()
                .filter(|dependency| {
                    list(&dependency["dep_kinds"])
                        .iter()
                        .any(|kind| kind["kind"] != "dev")
                })
                .map(|dependency| text(&dependency["pkg"]))
                .collect();
            packages
                .get_mut(&text(&node["id"]))
                .ok_or("cargo metadata: a node without its package")?
                .uses = uses;
        }
        let members = list(&metadata["workspace_members"])
            .iter()
            .map(text)
            .collect();
        Ok(Self { packages, members })
    }

    /// Every broken rule, in words; empty when all hold.
    pub fn broken_directions(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for (name, may_use) in MAY_USE {
            let Some(id) = self.member(name) else {
                broken.push(format!(
                    "{name} is not in the workspace: xtask/src/graph.rs names it"
                ));
                continue;
            };
            let all = self.all_uses(id);
            for used in OURS {
                if used != name && !may_use.contains(used) && all.contains(used) {
                    broken.push(format!("{name} must not depend on {used}"));
                }
            }
        }
        for (name, forbidden) in MAY_NOT_USE {
            let all = self
                .member(name)
                .map(|id| self.all_uses(id))
                .unwrap_or_default();
            for used in *forbidden {
                if all.contains(used) {
                    broken.push(format!(
                        "{name} must not depend on {used}, through other crates either"
                    ));
                }
            }
        }
        for id in &self.members {
            let package = &self.packages[id];
            for used in &package.uses {
                let used = self.packages[used].name.as_str();
                let allowed = ONLY_FOR.iter().find(|(name, _)| *name == used);
                if allowed.is_some_and(|(_, only)| !only.contains(&package.name.as_str())) {
                    broken.push(format!("{} must not depend on {used} itself", package.name));
                }
            }
        }
        broken
    }

    /// Packages that ask for a newer Rust than `ours`, such as `1.89`.
    pub fn too_new(&self, ours: &str) -> Vec<String> {
        self.packages
            .values()
            .filter_map(|package| {
                let theirs = package.rust_version.as_deref()?;
                (parts(theirs) > parts(ours)).then(|| {
                    format!(
                        "{} {} needs Rust {theirs}, ours is {ours}",
                        package.name, package.version
                    )
                })
            })
            .collect()
    }

    /// The minimum Rust version of a member of the workspace.
    pub fn rust_version(&self, member: &str) -> Option<&str> {
        self.packages[self.member(member)?].rust_version.as_deref()
    }

    fn member(&self, name: &str) -> Option<&String> {
        self.members
            .iter()
            .find(|id| self.packages[*id].name == name)
    }

    fn all_uses(&self, id: &str) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            for used in &self.packages[id].uses {
                if seen.insert(used.as_str()) {
                    names.insert(self.packages[used].name.as_str());
                    open.push(used);
                }
            }
        }
        names
    }
}

/// `1.89` and `1.89.0` are one version.
fn parts(version: &str) -> [u32; 3] {
    let mut parts = [0; 3];
    for (part, text) in parts.iter_mut().zip(version.split('.')) {
        *part = text.parse().unwrap_or(0);
    }
    parts
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// User, used, kind.
    type Edge = (&'static str, &'static str, Option<&'static str>);

    /// Metadata of a workspace with all of ours.
    fn graph(edges: &[Edge]) -> Graph {
        let outside = edges
            .iter()
            .flat_map(|(a, b, _)| [*a, *b])
            .filter(|name| !OURS.contains(name));
        let names: BTreeSet<&str> = OURS.iter().copied().chain(outside).collect();
        let packages: Vec<Value> = names
            .iter()
            .map(|name| serde_json::json!({"id": name, "name": name, "version": "1.0.0", "rust_version": "1.80"}))
            .collect();
        let nodes: Vec<Value> = names
            .iter()
            .map(|name| {
                let deps: Vec<Value> = edges
                    .iter()
                    .filter(|(user, ..)| user == name)
                    .map(|(_, used, kind)| serde_json::json!({"pkg": used, "dep_kinds": [{"kind": kind}]}))
                    .collect();
                serde_json::json!({"id": name, "deps": deps})
            })
            .collect();
        let metadata = serde_json::json!({
            "packages": packages, "resolve": {"nodes": nodes}, "workspace_members": OURS,
        });
        Graph::read(&metadata.to_string()).expect("well formed")
    }

    #[test]
    fn the_directions_of_the_design_hold() {
        let good = graph(&[
            ("handrail-server", "handrail-wire", None),
            ("handrail-server", "handrail-desk", Some("dev")),
            ("handrail-desk", "handrail-companion", None),
            ("handrail-companion", "uniffi", None),
            ("handrail-companion", "reqwest", None),
            ("reqwest", "tokio", None),
        ]);
        assert_eq!(good.broken_directions(), Vec::<String>::new());
    }

    #[test]
    fn each_broken_direction_is_named() {
        let cases: &[(&[Edge], &str)] = &[
            (
                &[("handrail-server", "handrail-care", None)],
                "handrail-server must not depend on handrail-care",
            ),
            (
                &[
                    ("handrail-server", "a", None),
                    ("a", "handrail-mailbox", Some("build")),
                ],
                "handrail-server must not depend on handrail-mailbox",
            ),
            (
                &[("handrail-wire", "handrail-care", None)],
                "handrail-wire must not depend on handrail-care",
            ),
            (
                &[("handrail-mailbox", "handrail-care", None)],
                "handrail-mailbox must not depend on handrail-care",
            ),
            (
                &[("handrail-care", "a", None), ("a", "getrandom", None)],
                "handrail-care must not depend on getrandom, through other crates either",
            ),
            (
                &[("handrail-desk", "uniffi", None)],
                "handrail-desk must not depend on uniffi itself",
            ),
            (
                &[("handrail-clinician", "jiff", None)],
                "handrail-clinician must not depend on jiff itself",
            ),
        ];
        for (edges, expected) in cases {
            assert_eq!(graph(edges).broken_directions(), [*expected], "{edges:?}");
        }
    }

    #[test]
    fn a_dependency_that_needs_a_newer_rust_is_named() {
        let graph = graph(&[("handrail-desk", "late", None)]);
        assert!(graph.too_new("1.80.0").is_empty());
        assert!(
            graph
                .too_new("1.79")
                .iter()
                .any(|line| line == "late 1.0.0 needs Rust 1.80, ours is 1.79")
        );
        assert_eq!(graph.rust_version("handrail-care"), Some("1.80"));
    }
}
