//! The phone's core in Swift: its tests and what a call costs.
//!
//! Owns where Swift comes from: the one on PATH, else Debian's own in a folder that is made once (as root,
//! about a minute and 3 GB) and entered by chroot. Whatever is mounted there is mounted in a namespace of
//! that one command, so it is gone when the command ends, however that happens. Refuses to download a
//! toolchain from anywhere but Debian.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bindings::Environment;
use crate::counts::{Counts, Runner};
use crate::provision;
use crate::shell::{Failure, Shell};

/// What `bindings/swift` is written for.
const OLDEST: u32 = 6;
/// The Debian that has it.
const SUITE: &str = "trixie";
const PACKAGES: &[&str] = &["swiftlang", "libc6-dev", "gcc", "libstdc++-14-dev"];
const DEBOOTSTRAP: &str = "/usr/sbin/debootstrap";
const MISSING: &str = "Swift 6 is missing, run: apt-get install swiftlang (Debian 13 or newer; elsewhere see https://swift.org/install, or run this command as root)";

/// Mounts what a command needs below a folder, and runs the command there in its place:
/// `FOLDER PLACE BIND... -- COMMAND...`.
const ENTER: &str = r#"
set -eu
folder=$1 place=$2
shift 2
mount -t proc proc "$folder/proc"
while [ "$1" != -- ]; do
    mkdir -p "$folder$1"
    mount --rbind "$1" "$folder$1"
    shift
done
shift
exec chroot "$folder" sh -c 'cd "$0" && exec "$@"' "$place" "$@"
"#;

/// Finds Swift 6, or makes it ready; the error is the line to run.
pub fn provide(shell: &Shell) -> Result<(), Failure> {
    if Swift::find(shell).is_some() {
        return Ok(());
    }
    let debian = cfg!(target_os = "linux") && Path::new("/etc/debian_version").exists();
    if !debian || !is_root(shell) {
        return Err(MISSING.to_owned());
    }
    make_folder(shell, &folder()?).map_err(|failure| format!("{failure}\n{MISSING}"))?;
    Swift::find(shell)
        .map(drop)
        .ok_or_else(|| format!("Debian's Swift does not run here\n{MISSING}"))
}

/// Runs the package's tests; called after [`provide`].
pub fn test(shell: &Shell, environment: &Environment, counts: &mut Counts) -> Result<(), Failure> {
    let swift = Swift::find(shell).ok_or(MISSING)?;
    // The formats of other versions differ: only one decides.
    if matches!(swift, Swift::Folder(_)) {
        let mut lint = swift.command(
            shell,
            &["swift", "format", "lint", "--strict", "--recursive"],
        );
        lint.args(["Package.swift", "Sources", "Tests"]);
        shell.run("Swift format", &mut lint)?;
    }
    let mut test = swift.command(shell, &["swift", "test", "--disable-xctest"]);
    test.arg("--scratch-path").arg(scratch(shell));
    environment.apply(&mut test);
    shell.run_tests("Swift tests", Runner::Swift, &mut test, counts)
}

/// Measures `today` and `submit`: the JSON line of the package's program. Called after [`provide`].
///
/// The program does what `tests/bench/src/bin/calls.rs` does: on a freshly enrolled phone it goes
/// `HANDRAIL_ROUNDS` times (default 200) through both unmeasured and as many times measured, one `today` and
/// one PHQ-9 (start, nine answers, submit) in turn, and prints the medians in microseconds as the
/// last line: `{"today_us":12.3,"submit_us":4567.8}`.
pub fn overhead(shell: &Shell, environment: &Environment) -> Result<String, Failure> {
    let swift = Swift::find(shell).ok_or(MISSING)?;
    let mut measure = swift.command(shell, &["swift", "run", "--configuration", "release"]);
    measure
        .arg("--scratch-path")
        .arg(scratch(shell))
        .arg("HandrailCalls");
    environment.apply(&mut measure);
    if let Some(rounds) = std::env::var_os("HANDRAIL_ROUNDS") {
        measure.env("HANDRAIL_ROUNDS", rounds);
    }
    shell.read(&mut measure)
}

/// Where a Swift is.
enum Swift {
    OnPath,
    /// In a folder with a Debian of its own.
    Folder(PathBuf),
}

impl Swift {
    fn find(shell: &Shell) -> Option<Self> {
        let candidates = [
            Some(Self::OnPath),
            folder()
                .ok()
                .filter(|folder| folder.is_dir())
                .map(Self::Folder),
        ];
        candidates.into_iter().flatten().find(|swift| {
            let said = shell.read(&mut swift.command(shell, &["swift", "--version"]));
            said.is_ok_and(|said| version(&said) >= Some(OLDEST))
        })
    }

    /// A command in the package's folder.
    fn command(&self, shell: &Shell, command: &[&str]) -> Command {
        let package = shell.path("bindings/swift");
        match self {
            Self::OnPath => {
                let mut on_path = shell.command(command[0]);
                on_path.args(&command[1..]).current_dir(package);
                on_path
            }
            Self::Folder(folder) => {
                let temporary = std::env::temp_dir();
                let target = shell.target();
                let binds = [Path::new("/dev"), &temporary, shell.root(), &target];
                let mut inside = enter(shell, folder, &package, &binds);
                inside
                    .env_clear()
                    .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
                    .env("HOME", "/root")
                    .env("LANG", "C.UTF-8")
                    .env("TMPDIR", temporary)
                    .args(command);
                inside
            }
        }
    }
}

/// Swift's own build folder.
fn scratch(shell: &Shell) -> PathBuf {
    shell.target().join("swift")
}

fn folder() -> Result<PathBuf, Failure> {
    provision::cache().map(|cache| cache.join(SUITE))
}

fn is_root(shell: &Shell) -> bool {
    let user = shell.read(shell.command("id").arg("-u"));
    user.is_ok_and(|user| user.trim() == "0")
}

/// A command inside a folder; its words are still to be added.
fn enter(shell: &Shell, folder: &Path, place: &Path, binds: &[&Path]) -> Command {
    let mut inside = alone(shell);
    inside
        .args(["sh", "-c", ENTER, "enter"])
        .args([folder, place]);
    inside.args(binds).arg("--");
    inside
}

/// A command whose mounts nobody else sees, and none of whose processes outlives it: Swift's Foundation
/// starts programs in process groups of their own.
fn alone(shell: &Shell) -> Command {
    let mut alone = shell.command("unshare");
    alone
        .args(["--mount", "--propagation", "private"])
        .args(["--pid", "--fork", "--kill-child"]);
    alone
}

/// Makes the folder whole, or not at all.
fn make_folder(shell: &Shell, folder: &Path) -> Result<(), Failure> {
    let cache = folder.parent().unwrap_or(folder);
    let trouble = |error: std::io::Error| format!("{}: {error}", cache.display());
    fs::create_dir_all(cache).map_err(trouble)?;
    // Another of us may be at it.
    let lock = File::create(folder.with_extension("lock")).map_err(trouble)?;
    lock.lock().map_err(trouble)?;
    if folder.is_dir() {
        return Ok(());
    }
    if !Path::new(DEBOOTSTRAP).exists() {
        let packages = ["debootstrap", "debian-archive-keyring"];
        provision::install(
            shell,
            "debootstrap",
            &packages,
            "apt-get install debootstrap",
        )?;
    }
    let fresh = folder.with_extension("new");
    remove(&fresh)?;
    let made = fill(shell, &fresh).and_then(|()| fs::rename(&fresh, folder).map_err(trouble));
    if made.is_err() {
        remove(&fresh)?;
    }
    made
}

fn fill(shell: &Shell, fresh: &Path) -> Result<(), Failure> {
    // debootstrap mounts, too.
    let mut bootstrap = alone(shell);
    bootstrap.args([
        DEBOOTSTRAP,
        "--variant=minbase",
        "--include=ca-certificates",
        SUITE,
    ]);
    shell.run("Debian folder for Swift (once)", bootstrap.arg(fresh))?;
    let apt_get = |arguments: &[&str]| {
        let mut inside = enter(shell, fresh, Path::new("/"), &[Path::new("/dev")]);
        inside.env("DEBIAN_FRONTEND", "noninteractive");
        inside
            .args(["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"])
            .args(arguments);
        inside
    };
    shell.run("apt-get update", &mut apt_get(&["update"]))?;
    let mut install = apt_get(&["install", "-y", "--no-install-recommends"]);
    shell.run("Debian's Swift (once)", install.args(PACKAGES))?;
    shell.run("apt-get clean", &mut apt_get(&["clean"]))
}

/// Removes what an attempt left behind; never what is mounted there.
fn remove(folder: &Path) -> Result<(), Failure> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    if is_mounted(&mounts, folder) {
        return Err(format!("something is mounted in {}", folder.display()));
    }
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Whether a list like `/proc/self/mounts` names a place in this folder.
fn is_mounted(mounts: &str, folder: &Path) -> bool {
    let places = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    places.map(Path::new).any(|place| place.starts_with(folder))
}

/// The major version: `Swift version 6.0.3 (swift-6.0.3-RELEASE)`, `Apple Swift version 6.1 (...)`.
fn version(said: &str) -> Option<u32> {
    let (_, rest) = said.split_once("Swift version ")?;
    let major = rest.split(|end: char| !end.is_ascii_digit()).next()?;
    major.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_swift_is_read() {
        for (said, expected) in [
            (
                "Swift version 6.0.3 (swift-6.0.3-RELEASE)\nTarget: x86_64-pc-linux-gnu\n",
                Some(6),
            ),
            (
                "swift-driver version: 1.1\nApple Swift version 6.1 (swiftlang-6.1)",
                Some(6),
            ),
            ("Swift version 5.10 (swift-5.10-RELEASE)", Some(5)),
            ("OpenStack Swift 2.30", None),
            ("", None),
        ] {
            assert_eq!(version(said), expected, "{said}");
        }
    }

    #[test]
    fn what_is_mounted_is_not_removed() {
        let mounts = "proc /proc proc rw 0 0\nudev /cache/trixie.new/dev devtmpfs rw 0 0\n";
        assert!(is_mounted(mounts, Path::new("/cache/trixie.new")));
        assert!(!is_mounted(mounts, Path::new("/cache/trixie")));
        assert!(!is_mounted("", Path::new("/cache/trixie.new")));
    }

    #[test]
    fn nothing_is_left_of_a_folder_that_was_not_finished() {
        let folder = std::env::temp_dir().join(format!("handrail-swift-{}", std::process::id()));
        fs::create_dir_all(folder.join("usr/bin")).expect("the temporary folder is writable");
        remove(&folder).expect("ours");
        assert!(!folder.exists());
        remove(&folder).expect("nothing to do");
    }
}
