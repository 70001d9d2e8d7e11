//! Tools that the build needs beyond cargo, npm and a C compiler.
//!
//! Owns finding them and installing what Debian packages or crates.io have, the former as root only.
//! Otherwise the error is the exact line for the user to run. Refuses to download toolchains
//! or browsers from anywhere else.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Failure, Shell};

const WASM: &str = "wasm32-unknown-unknown";
/// Debian 12's newest compiler: its own `rustc` package is too old.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LINKERS: &[&str] = &["/usr/bin/wasm-ld-19", "/usr/bin/wasm-ld"];
const DENY_VERSION: &str = "0.20.2";

/// How to compile for the browser on this machine.
#[derive(Debug, PartialEq, Eq)]
pub enum WasmToolchain {
    /// The toolchain in use has the target.
    Installed,
    /// Debian's compiler and the standard library's source, driven by the toolchain's cargo.
    Debian { linker: PathBuf },
}

impl WasmToolchain {
    /// Finds a way to compile for WebAssembly, or makes one.
    pub fn provide(shell: &Shell) -> Result<Self, Failure> {
        let mut query = shell.command("rustc");
        query.args(["--print", "target-libdir", "--target", WASM]);
        let folder = shell.read(&mut query)?;
        if Path::new(folder.trim()).is_dir() {
            return Ok(Self::Installed);
        }
        if let Some(found) = Self::debian(shell) {
            return Ok(found);
        }
        let packages = ["rustc-web", "rust-web-src", "lld-19"];
        install(
            shell,
            "compiler for WebAssembly",
            &packages,
            &format!("rustup target add {WASM}"),
        )?;
        Self::debian(shell)
            .ok_or_else(|| format!("{} did not bring a usable compiler", packages.join(" ")))
    }

    fn debian(shell: &Shell) -> Option<Self> {
        let linker = DEBIAN_LINKERS
            .iter()
            .map(PathBuf::from)
            .find(|path| path.exists())?;
        let version = shell
            .read(shell.command(DEBIAN_RUSTC).arg("--version"))
            .ok()?;
        let sysroot = shell
            .read(shell.command(DEBIAN_RUSTC).args(["--print", "sysroot"]))
            .ok()?;
        let source = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/Cargo.lock");
        (is_recent(&version) && source.exists()).then_some(Self::Debian { linker })
    }

    /// Completes `cargo build ...` into a build for the browser.
    pub fn apply(&self, build: &mut Command) {
        build.args(["--target", WASM]);
        if let Self::Debian { linker } = self {
            // By variables, not by PATH: Debian's compiler must never stand in for the host's.
            build
                .args(["-Z", "build-std=std,panic_abort"])
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
    }
}

/// `rustc 1.96.0 (...)` is new enough for this workspace.
fn is_recent(version: &str) -> bool {
    let first_two = |text: &str| -> Option<(u32, u32)> {
        let mut numbers = text.split('.').map(|part| part.parse().ok());
        Some((numbers.next()??, numbers.next()??))
    };
    let theirs = version.split(' ').nth(1).and_then(first_two);
    theirs.is_some() && theirs >= first_two(env!("CARGO_PKG_RUST_VERSION"))
}

/// A Chromium for the browser tests: `HANDRAIL_CHROMIUM`, an installed one, or Debian's package.
pub fn chromium(shell: &Shell) -> Result<PathBuf, Failure> {
    if let Some(chosen) = std::env::var_os("HANDRAIL_CHROMIUM").map(PathBuf::from) {
        return if chosen.exists() {
            Ok(chosen)
        } else {
            Err("HANDRAIL_CHROMIUM names no file".to_owned())
        };
    }
    let found = || {
        ["chromium", "chromium-browser", "google-chrome"]
            .iter()
            .find_map(|name| on_path(name))
            .or_else(|| {
                Some(PathBuf::from(
                    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
                ))
            })
            .filter(|path| path.exists())
    };
    if let Some(path) = found() {
        return Ok(path);
    }
    // Fonts, because a picture of a page without any shows boxes.
    let packages = ["chromium", "fonts-liberation", "fonts-dejavu-core"];
    install(
        shell,
        "browser",
        &packages,
        "apt-get install chromium, or set HANDRAIL_CHROMIUM=/path/to/chromium",
    )?;
    found().ok_or_else(|| "the chromium package brought no chromium".to_owned())
}

/// npm, with a Node.js that runs the console's tools.
pub fn npm(shell: &Shell) -> Result<(), Failure> {
    let ask =
        "Node.js 20 or newer with npm is needed: apt-get install nodejs npm, or https://nodejs.org";
    let version = shell
        .read(shell.command("node").arg("--version"))
        .map_err(|_| ask.to_owned())?;
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|n| n.parse::<u32>().ok());
    if major.is_none_or(|major| major < 20) || on_path("npm").is_none() {
        return Err(ask.to_owned());
    }
    Ok(())
}

/// rustfmt and clippy; rustup's minimal profile leaves them out.
pub fn components(shell: &Shell) -> Result<(), Failure> {
    for tool in ["fmt", "clippy"] {
        shell
            .read(&mut shell.cargo([tool, "--version"]))
            .map_err(|_| "run: rustup component add rustfmt clippy".to_owned())?;
    }
    Ok(())
}

/// cargo-deny: on PATH, in our cache, or built into our cache (some minutes).
pub fn cargo_deny(shell: &Shell) -> Result<PathBuf, Failure> {
    if let Some(path) = on_path("cargo-deny") {
        return Ok(path);
    }
    let tools = cache()?.join("tools");
    let program = tools
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        let mut install = shell.cargo([
            "install",
            "--locked",
            "--version",
            DENY_VERSION,
            "cargo-deny",
            "--root",
        ]);
        shell.run(
            "install cargo-deny (some minutes, once)",
            install.arg(tools),
        )?;
    }
    Ok(program)
}

/// `XDG_CACHE_HOME/handrail` or `~/.cache/handrail`.
pub fn cache() -> Result<PathBuf, Failure> {
    let home = || std::env::home_dir().map(|home| home.join(".cache"));
    std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(home)
        .map(|cache| cache.join("handrail"))
        .ok_or_else(|| "no home directory to keep tools in: set XDG_CACHE_HOME".to_owned())
}

/// Installs Debian packages as root; otherwise says `by_hand`. Never removes a package.
pub fn install(shell: &Shell, what: &str, packages: &[&str], by_hand: &str) -> Result<(), Failure> {
    let root = shell
        .read(shell.command("id").arg("-u"))
        .is_ok_and(|id| id.trim() == "0");
    let debian = Path::new("/etc/debian_version").exists() && on_path("apt-get").is_some();
    if !(root && debian) {
        return Err(format!("{what} is missing, run: {by_hand}"));
    }
    // Another installation may hold the lock: wait for it rather than fail.
    let apt_get = |arguments: &[&str]| {
        let mut command = shell.command("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
            .args([
                "-qq",
                "-o",
                "DPkg::Lock::Timeout=600",
                "-o",
                "Dpkg::Use-Pty=0",
            ])
            .args(arguments);
        command
    };
    shell
        .run("apt-get update", &mut apt_get(&["update"]))
        .and_then(|()| {
            let mut command = apt_get(&["install", "-y", "--no-install-recommends", "--no-remove"]);
            shell.run(
                &format!("apt-get install {}", packages.join(" ")),
                command.args(packages),
            )
        })
        .map_err(|failure| format!("{failure}\n{what} is missing, run: {by_hand}"))
}

pub fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_compiler_is_not_used() {
        for (version, expected) in [
            (
                "rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)",
                true,
            ),
            ("rustc 1.89.0 (x)", true),
            ("rustc 1.63.0", false),
            ("rustc 2.0.0", true),
            ("", false),
            ("gcc (Debian 12.2.0-14) 12.2.0", false),
        ] {
            assert_eq!(is_recent(version), expected, "{version}");
        }
    }

    #[test]
    fn a_program_is_found_on_the_path() {
        assert!(on_path("sh").is_some());
        assert!(on_path("handrail-no-such-program").is_none());
    }
}
