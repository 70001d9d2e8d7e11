//! What the watched disk wrote down: every change below the folder, in order, and what was said.

use std::path::{Path, PathBuf};

/// Bytes before the texts of a record; `struct record` of `disk.c`.
const HEAD: usize = 32;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A file was made; from here on the number names this file.
    Create {
        /// The file.
        file: u64,
        /// Its name.
        path: PathBuf,
    },
    /// A folder was made.
    Folder(PathBuf),
    /// Bytes were written.
    Write {
        /// Into this file.
        file: u64,
        /// From there on.
        at: usize,
        /// These.
        bytes: Vec<u8>,
    },
    /// A file was cut or stretched.
    Size {
        /// This one.
        file: u64,
        /// To so many bytes.
        size: usize,
    },
    /// What was written to a file so far is on the disk.
    Sync {
        /// The file.
        file: u64,
        /// Its name when it was opened.
        path: PathBuf,
    },
    /// A sync failed: what was written is on the disk or not, and no later sync will write it.
    SyncFailed(u64),
    /// The names in a folder are on the disk.
    SyncFolder(PathBuf),
    /// A file got another name.
    Rename(PathBuf, PathBuf),
    /// A file got a second name.
    Link(PathBuf, PathBuf),
    /// A name went.
    Remove(PathBuf),
    /// The program said this on its standard output.
    Said(String),
    /// The program sent bytes that begin so.
    Sent(String),
}

/// All steps of a journal, each with where its record ends in the file.
///
/// # Panics
///
/// When the file is not a journal.
pub fn read(file: &Path) -> Vec<(u64, Step)> {
    let bytes = std::fs::read(file).expect("a journal");
    let mut steps = Vec::new();
    let mut rest = &bytes[..];
    while let Some((head, texts)) = rest.split_at_checked(HEAD) {
        let number = |from: usize, to: usize| {
            let mut wide = [0; 8];
            wide[..to - from].copy_from_slice(&head[from..to]);
            u64::from_le_bytes(wide)
        };
        let length = usize::try_from(number(0, 4)).expect("small");
        let first = usize::try_from(number(4, 8)).expect("small");
        let (texts, after) = texts.split_at_checked(length).expect("whole records");
        let (one, two) = texts.split_at(first);
        let kind = char::from(head[28]);
        rest = after;
        let end = (bytes.len() - rest.len()) as u64;
        steps.push((end, step(kind, number(8, 16), number(16, 24), one, two)));
    }
    steps
}

fn step(kind: char, file: u64, offset: u64, one: &[u8], two: &[u8]) -> Step {
    let offset = usize::try_from(offset).expect("small files");
    let path = |bytes: &[u8]| PathBuf::from(String::from_utf8_lossy(bytes).as_ref());
    match kind {
        'C' => Step::Create {
            file,
            path: path(one),
        },
        'M' => Step::Folder(path(one)),
        'W' => Step::Write {
            file,
            at: offset,
            bytes: two.to_vec(),
        },
        'T' => Step::Size { file, size: offset },
        'S' => Step::Sync {
            file,
            path: path(one),
        },
        'F' => Step::SyncFailed(file),
        'D' => Step::SyncFolder(path(one)),
        'R' => Step::Rename(path(one), path(two)),
        'L' => Step::Link(path(one), path(two)),
        'U' => Step::Remove(path(one)),
        'A' => Step::Said(String::from_utf8_lossy(one).into_owned()),
        'N' => Step::Sent(String::from_utf8_lossy(one).into_owned()),
        other => panic!("no such record: {other}"),
    }
}
