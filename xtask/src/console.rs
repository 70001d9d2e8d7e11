//! `cargo xtask console`: the clinician's page, built.
//!
//! Owns the way from the staff core to `clinic/console/dist`: WebAssembly, its JavaScript
//! face, npm packages, Vite. Also builds the two programs that the page is tested with.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::provision::{self, WasmToolchain};
use crate::shell::{Failure, Shell};

const PAGE: &str = "clinic/console";
/// A target folder of its own: another compiler may have to build the standard library here.
const WASM_TARGET: &str = "target/wasm";
const MODULE: &str = "target/wasm/wasm32-unknown-unknown/page/handrail_web.wasm";

/// Where the finished page lies.
pub fn page(shell: &Shell) -> PathBuf {
    shell.path(PAGE).join("dist")
}

/// Builds everything that the page needs and the page.
pub fn build(shell: &Shell) -> Result<(), Failure> {
    face(shell)?;
    packages(shell)?;
    shell.run("page", &mut npm(shell, &["run", "build"]))
}

/// The staff core as WebAssembly with its TypeScript face, in `src/core/wasm`.
pub fn face(shell: &Shell) -> Result<(), Failure> {
    wasm(shell, "", &shell.path(PAGE).join("src/core/wasm"))
}

/// The same with the replay of `tests/vectors`, for one browser test; never served to anyone.
pub fn replay(shell: &Shell) -> Result<PathBuf, Failure> {
    let folder = shell.path("target/wasm/replay");
    wasm(shell, "vectors", &folder)?;
    Ok(folder)
}

fn wasm(shell: &Shell, features: &str, folder: &Path) -> Result<(), Failure> {
    let toolchain = WasmToolchain::provide(shell)?;
    let mut build = shell.cargo([
        "build",
        "--locked",
        "--package",
        "handrail-web",
        "--profile",
        "page",
    ]);
    build.args(["--target-dir", WASM_TARGET, "--features", features]);
    toolchain.apply(&mut build);
    shell.run("staff core as WebAssembly", &mut build)?;
    let mut bindgen = shell.cargo([
        "run",
        "--locked",
        "--package",
        "xtask-bindgen",
        "--",
        MODULE,
    ]);
    shell.run("its TypeScript face", bindgen.arg(folder))
}

/// The npm packages of the lock file; does nothing when they are in place.
pub fn packages(shell: &Shell) -> Result<(), Failure> {
    provision::npm(shell)?;
    let page = shell.path(PAGE);
    if is_older(
        &page.join("node_modules/.package-lock.json"),
        &page.join("package-lock.json"),
    ) {
        shell.run(
            "npm packages",
            &mut npm(shell, &["ci", "--no-audit", "--no-fund"]),
        )?;
    }
    Ok(())
}

/// `npm ARGUMENTS` in the console's folder.
pub fn npm(shell: &Shell, arguments: &[&str]) -> Command {
    let mut command = shell.command("npm");
    // Browsers come from the system, never from a package's install script.
    command
        .current_dir(shell.path(PAGE))
        .args(arguments)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    command
}

/// The server and the desk, as the tests and the demo start them.
pub struct Programs {
    pub server: PathBuf,
    pub desk: PathBuf,
}

impl Programs {
    /// Builds both.
    pub fn build(shell: &Shell) -> Result<Self, Failure> {
        let mut build = shell.cargo(["build", "--locked"]);
        build.args([
            "--package",
            "handrail-server",
            "--package",
            "handrail-desk",
            "--bins",
        ]);
        shell.run("server and desk", &mut build)?;
        Ok(Self {
            server: shell.program("handrail-server"),
            desk: shell.program("handrail-desk"),
        })
    }

    /// Tells a test where they are.
    pub fn apply(&self, command: &mut Command) {
        command
            .env("HANDRAIL_SERVER_BIN", &self.server)
            .env("HANDRAIL_DESK_BIN", &self.desk);
    }
}

/// Whether `made` is missing or older than `source`.
fn is_older(made: &Path, source: &Path) -> bool {
    let time = |path: &Path| -> Option<SystemTime> { path.metadata().ok()?.modified().ok() };
    match (time(made), time(source)) {
        (Some(made), Some(source)) => made < source,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_older_is_made_again() {
        let folder = std::env::temp_dir().join(format!("handrail-console-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
        let (old, new) = (folder.join("old"), folder.join("new"));
        for (path, seconds) in [(&old, 1_000), (&new, 2_000)] {
            let file = std::fs::File::create(path).expect("the folder exists");
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
                .expect("the file is ours");
        }
        assert!(is_older(&old, &new));
        assert!(!is_older(&new, &old));
        assert!(is_older(&folder.join("missing"), &new));
        std::fs::remove_dir_all(&folder).expect("the test made it");
    }
}
