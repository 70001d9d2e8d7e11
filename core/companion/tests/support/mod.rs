//! A clinic in a test: real keys, sealed entries and a small blind server on the loopback that can also
//! misbehave. Owns no rule of the product; the real server is met in `tests/story`.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod clinic;
pub mod server;

use std::path::Path;
use std::sync::Arc;

use handrail_companion::{Companion, FileKeyStore, SetClock};

/// 2026-11-23, 13:00 UTC: a Monday, eight in the morning in New York.
pub const NOW: i64 = 1_795_438_800_000;
pub const ZONE: &str = "America/New_York";
pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 24 * 60 * MINUTE;

/// A phone's folder with its key file and its clock.
pub struct PhoneHome {
    pub dir: tempfile::TempDir,
    pub clock: Arc<SetClock>,
}

impl PhoneHome {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a folder"),
            clock: Arc::new(SetClock::at(NOW)),
        }
    }

    pub fn folder(&self) -> std::path::PathBuf {
        self.dir.path().join("phone")
    }

    pub fn key_file(&self) -> std::path::PathBuf {
        self.dir.path().join("key")
    }

    pub fn keys(&self) -> Arc<FileKeyStore> {
        Arc::new(FileKeyStore::new(self.key_file()))
    }

    pub fn open(&self) -> Arc<Companion> {
        self.try_open().expect("the phone opens")
    }

    pub fn try_open(&self) -> Result<Arc<Companion>, handrail_companion::CompanionError> {
        Companion::open_with(&self.folder(), self.keys(), self.clock.clone(), ZONE)
    }
}

/// All bytes of all files below a folder.
pub fn all_bytes(dir: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for item in std::fs::read_dir(dir).expect("a folder") {
        let path = item.expect("an item").path();
        if path.is_dir() {
            bytes.extend(all_bytes(&path));
        } else {
            bytes.extend(std::fs::read(&path).expect("a file"));
        }
    }
    bytes
}

/// Searches for ASCII in any bytes, with the standard library's fast search.
pub fn contains(bytes: &[u8], word: &[u8]) -> bool {
    if let Ok(word) = std::str::from_utf8(word) {
        return String::from_utf8_lossy(bytes).contains(word);
    }
    bytes.windows(word.len()).any(|window| window == word)
}
