//! A program's disk, watched and told to fail.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::journal::{self, Step};

/// Bytes of the page that tells the library what fails.
const PAGE: usize = 64;

/// Calls that can fail, as bits.
pub mod calls {
    /// Bytes into a file.
    pub const WRITES: u64 = 1;
    /// fsync of files and folders.
    pub const SYNCS: u64 = 2;
    /// Opening for writing, making a file.
    pub const OPENS: u64 = 4;
    /// Renaming, removing, linking, making a folder.
    pub const NAMES: u64 = 8;
    /// Cutting and stretching.
    pub const SIZES: u64 = 16;
}

/// No room.
pub const ENOSPC: u64 = 28;
/// The disk does not answer.
pub const EIO: u64 = 5;
/// Read-only.
pub const EROFS: u64 = 30;

/// What fails.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// Which calls count: [`calls`].
    pub calls: u64,
    /// So many of them still go well.
    pub after: u64,
    /// All that follow fail too, until [`Watch::heal`].
    pub stays: bool,
    /// How.
    pub errno: u64,
    /// A write is cut short instead of refused; only what follows is refused.
    pub short: bool,
}

/// The watched disk below one folder.
pub struct Watch {
    root: PathBuf,
    journal: PathBuf,
    control: File,
    page: PathBuf,
}

impl Watch {
    /// Of a folder, with its journal and its page in another one.
    ///
    /// # Panics
    ///
    /// When the system has no room.
    pub fn new(root: &Path, beside: &Path) -> Self {
        std::fs::create_dir_all(root).expect("a folder");
        let root = root.canonicalize().expect("a folder");
        let page = beside.join("control");
        std::fs::write(&page, [0; PAGE]).expect("a page");
        let control = File::options().read(true).write(true).open(&page);
        Self {
            root,
            journal: beside.join("journal"),
            control: control.expect("a page"),
            page,
        }
    }

    /// The folder, as the journal names it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Has a program record what it does, and fail as it is told.
    ///
    /// # Panics
    ///
    /// Where there is no library for it.
    pub fn over(&self, command: &mut Command) {
        self.fail_only(command);
        command.env("HANDRAIL_DISK_JOURNAL", &self.journal);
    }

    /// Has a program fail as it is told; nothing is recorded.
    ///
    /// # Panics
    ///
    /// Where there is no library for it.
    pub fn fail_only(&self, command: &mut Command) {
        let library = crate::library().expect("Linux");
        command
            .env("LD_PRELOAD", library)
            .env("HANDRAIL_DISK_ROOT", &self.root)
            .env("HANDRAIL_DISK_CONTROL", &self.page);
    }

    /// Steps so far, each with where its record ends.
    pub fn steps(&self) -> Vec<(u64, Step)> {
        journal::read(&self.journal)
    }

    /// Where the journal ends now, in bytes: what is heard after this was done before it.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn length(&self) -> u64 {
        std::fs::metadata(&self.journal).expect("a journal").len()
    }

    fn set(&self, field: u64, value: u64) {
        let done = self.control.write_all_at(&value.to_le_bytes(), field * 8);
        done.expect("a page");
    }

    fn get(&self, field: u64) -> u64 {
        let mut value = [0; 8];
        let read = self.control.read_exact_at(&mut value, field * 8);
        read.expect("a page");
        u64::from_le_bytes(value)
    }

    /// From now on this fails.
    pub fn fail(&self, fault: Fault) {
        self.set(0, 0);
        self.set(1, fault.after);
        self.set(2, u64::from(fault.stays));
        self.set(3, fault.errno);
        self.set(4, 0);
        self.set(5, u64::from(fault.short));
        self.set(6, 0);
        self.set(0, fault.calls);
    }

    /// Everything goes well again. Returns how many calls failed.
    pub fn heal(&self) -> u64 {
        self.set(0, 0);
        self.get(6)
    }
}
