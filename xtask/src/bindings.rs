//! `cargo xtask bindings`: the phone's core in Kotlin and in Swift.
//!
//! Owns the way from `core/companion` to the generated code of both packages, and what their tests are
//! given. Generated code is never committed. It is made from the debug library: a stripped one has lost
//! the description that the generator reads.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Failure, Shell};

/// Both languages, and where their code goes. Emptied first: the generator leaves old files behind.
const LANGUAGES: &[(&str, &str)] = &[
    ("kotlin", "bindings/kotlin/generated"),
    ("swift", "bindings/swift/generated"),
];

/// The core as a phone loads it, in both languages.
pub fn generate(shell: &Shell) -> Result<(), Failure> {
    faces(shell, "").map(|_| ())
}

/// What the tests of both languages are given: absolute paths, by variables.
pub struct Environment {
    /// The folder of the phone's library, with the replay of vectors.
    pub library: PathBuf,
    /// `handrail-test-clinic` of tests/story.
    pub clinic: PathBuf,
    /// The server that it starts.
    pub server: PathBuf,
    /// `tests/vectors`.
    pub vectors: PathBuf,
}

impl Environment {
    /// Builds all of it and generates both faces.
    pub fn prepare(shell: &Shell) -> Result<Self, Failure> {
        let library = faces(shell, "vectors")?;
        let mut build = shell.cargo(["build", "--locked", "--package", "handrail-server"]);
        build.args(["--package", "handrail-story", "--bins"]);
        shell.run("server and test clinic", &mut build)?;
        Ok(Self {
            library,
            clinic: shell.program("handrail-test-clinic"),
            server: shell.program("handrail-server"),
            vectors: shell.path("tests/vectors"),
        })
    }

    /// The same around a library as a phone would load it, but for the replay of vectors, which is in
    /// the generated code and so has to be in the library. `debug`: the one of [`Self::prepare`].
    pub fn measured(shell: &Shell, debug: bool) -> Result<Self, Failure> {
        let mut environment = Self::prepare(shell)?;
        if !debug {
            let mut build = shell.cargo(["build", "--locked", "--package", "handrail-companion"]);
            build.args(["--features", "vectors", "--release"]);
            shell.run("phone core, optimised", &mut build)?;
            let name = library_name();
            let folder = environment.library.join("release");
            let optimised = shell.target().join("release").join(&name);
            keep(&optimised, &folder.join(&name))?;
            environment.library = folder;
        }
        Ok(environment)
    }

    /// Tells a test where everything is.
    pub fn apply(&self, command: &mut Command) {
        command.envs(self.variables());
    }

    fn variables(&self) -> [(&'static str, &Path); 4] {
        [
            ("HANDRAIL_LIBRARY_DIR", &self.library),
            ("HANDRAIL_CLINIC", &self.clinic),
            ("HANDRAIL_SERVER_BIN", &self.server),
            ("HANDRAIL_VECTORS", &self.vectors),
        ]
    }
}

/// As lines for a terminal, to run one language's tests by hand.
impl std::fmt::Display for Environment {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, path) in self.variables() {
            writeln!(out, "export {name}={}", path.display())?;
        }
        Ok(())
    }
}

/// Builds the library, keeps a copy apart from where later builds write, and generates from that.
/// Returns the copy's folder.
fn faces(shell: &Shell, features: &str) -> Result<PathBuf, Failure> {
    let mut build = shell.cargo(["build", "--locked", "--package", "handrail-companion"]);
    build.args(["--features", features]);
    shell.run("phone core", &mut build)?;
    let name = library_name();
    let folder = shell.target().join("bindings");
    let library = folder.join(&name);
    keep(&shell.target().join("debug").join(&name), &library)?;
    let package = ["build", "--locked", "--package", "handrail-bindgen"];
    shell.run("generator", &mut shell.cargo(package))?;
    for (language, out) in LANGUAGES {
        let out = shell.path(out);
        empty(&out)?;
        let mut generate = shell.command(shell.program("handrail-bindgen"));
        generate.arg(language).arg(&library).arg(&out);
        shell.run(language, &mut generate)?;
    }
    Ok(folder)
}

/// `libhandrail_companion.so` on Linux.
pub fn library_name() -> String {
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    format!("{prefix}handrail_companion{suffix}")
}

/// Copies a file and puts it in place whole: a program that has the old one open keeps it.
fn keep(from: &Path, to: &Path) -> Result<(), Failure> {
    let fresh = to.with_extension("new");
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder)
        .and_then(|()| fs::copy(from, &fresh))
        .and_then(|_| fs::rename(&fresh, to))
        .map_err(|error| format!("{}: {error}", to.display()))
}

fn empty(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_file_replaces_the_old_one_and_not_the_one_that_is_open() {
        use std::io::Read;

        let folder = std::env::temp_dir().join(format!("handrail-bindings-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the temporary folder is writable");
        let (from, to) = (folder.join("from"), folder.join("inner/to.so"));
        fs::write(&from, "one").expect("ours");
        keep(&from, &to).expect("kept");
        let mut open = fs::File::open(&to).expect("there");
        fs::write(&from, "two").expect("ours");
        keep(&from, &to).expect("kept");
        let mut old = String::new();
        open.read_to_string(&mut old).expect("readable");
        assert_eq!(old, "one");
        assert_eq!(fs::read_to_string(&to).expect("there"), "two");
        empty(&folder).expect("ours");
        assert!(fs::read_dir(&folder).expect("there").next().is_none());
        fs::remove_dir(&folder).expect("empty");
        assert!(keep(&from, &to).is_err(), "nothing to copy");
        fs::remove_dir_all(&folder).expect("the copy made its folder");
    }
}
