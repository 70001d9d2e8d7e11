//! A disk that can lose power, and one that fails when told to, under the real programs.
//!
//! Owns the library that is loaded into a program (`disk/disk.c`), the journal it writes, the model of
//! what a disk may hold after power was lost, and the phone whose core runs in a process of its own. Knows
//! nothing of what the files mean. Linux only: elsewhere [`library`] is `None` and the suites say so.

pub mod chance;
pub mod disk;
pub mod journal;
pub mod model;
pub mod phone;

use std::path::{Path, PathBuf};

/// The library to load before libc; `None` where there is none.
pub fn library() -> Option<&'static Path> {
    let path = env!("HANDRAIL_DISK_LIBRARY");
    (!path.is_empty()).then(|| Path::new(path))
}

/// A number from the environment, or what an ordinary run takes.
///
/// # Panics
///
/// When the variable is set and no number.
pub fn number_of(variable: &str, ordinary: usize) -> usize {
    std::env::var(variable).map_or(ordinary, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number"))
    })
}

/// A folder that goes away with the test: in memory where the system has such a place, since what a disk
/// would hold is worked out and not waited for.
///
/// # Panics
///
/// When the system has no room for one.
pub fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.expect("a temporary folder")
}

/// Copies a folder with everything in it.
///
/// # Panics
///
/// When the disk does not do it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for item in std::fs::read_dir(from).expect("a folder") {
        let item = item.expect("listed");
        let target = to.join(item.file_name());
        if item.path().is_dir() {
            copy(&item.path(), &target);
        } else {
            std::fs::copy(item.path(), target).expect("copied");
        }
    }
}

/// Every file below a folder.
///
/// # Panics
///
/// When it cannot be listed.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder).expect("a folder") {
        let path = item.expect("listed").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
