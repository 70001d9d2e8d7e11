//! The store's files: the lock that keeps a second process out, setting aside, deleting.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::{Store, StoreError};

const LOCK: &str = "lock";
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];
/// Where a store is made ready before it takes the place of another.
pub(crate) const NEXT: &str = "next";

/// Held as long as the store is open; the OS lets go of it when the process ends, however it ends.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a folder; `Ok(None)` when another process (or another object) has it.
    pub fn take(dir: &Path) -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join(LOCK))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Makes renames and new files of a folder durable. Where a folder cannot be opened as a file, the
/// system does it by itself.
pub(crate) fn sync_dir(dir: &Path) {
    if let Ok(folder) = File::open(dir) {
        let _ = folder.sync_all();
    }
}

/// Makes a folder and those above it, each durable in the one that holds it: a database that is synced in
/// a folder without a durable name is not there after a loss of power.
pub(crate) fn make_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let above = dir.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        make_dir(above)?;
    }
    match fs::create_dir(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync_dir(above.unwrap_or(Path::new(".")));
    Ok(())
}

/// Makes the WAL that another process left durable, whatever became of its syncs: a sync that failed has
/// left pages that read as written, that are not on the disk, and that no later sync would write. Written
/// again, as they are, they will be. Nothing else may write the file meanwhile.
pub(crate) fn settle(dir: &Path) -> io::Result<()> {
    let [_, wal, _] = files(dir);
    let mut file = match OpenOptions::new().read(true).write(true).open(wal) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Ok(());
    }
    file.seek(io::SeekFrom::Start(0))?;
    file.write_all(&bytes)?;
    file.sync_all()
}

fn files(dir: &Path) -> [PathBuf; 3] {
    let path = Store::path(dir);
    SUFFIXES.map(|suffix| {
        let mut name = path.clone().into_os_string();
        name.push(suffix);
        name.into()
    })
}

/// Renames the database (and its WAL) so that it stays and is not used; `false` when there is none.
pub(crate) fn set_aside(dir: &Path, at: i64) -> Result<bool, StoreError> {
    let [database, rest @ ..] = files(dir);
    if !database.exists() {
        return Ok(false);
    }
    let mut number = 0;
    let free = loop {
        let name = dir.join(format!("set-aside-{at}-{number}.sqlite"));
        if !name.exists() {
            break name;
        }
        number += 1;
    };
    // The WAL goes first: with the database in place and no WAL a crash here loses nothing more than
    // what is being set aside anyway.
    for (file, suffix) in rest.iter().zip(&SUFFIXES[1..]) {
        if file.exists() {
            let mut name = free.clone().into_os_string();
            name.push(suffix);
            fs::rename(file, PathBuf::from(name)).map_err(|_| StoreError::Disk)?;
        }
    }
    fs::rename(database, free).map_err(|_| StoreError::Disk)?;
    sync_dir(dir);
    Ok(true)
}

/// Deletes the database and every one that was set aside; goes on past what will not go, and says so.
pub(crate) fn delete_all(dir: &Path) -> Result<(), StoreError> {
    // A store that was being made ready, too.
    let mut failed = match fs::remove_dir_all(dir.join(NEXT)) {
        Err(error) => error.kind() != io::ErrorKind::NotFound,
        Ok(()) => false,
    };
    let Ok(listing) = fs::read_dir(dir) else {
        return Err(StoreError::Disk);
    };
    let ours = files(dir);
    for item in listing {
        let Ok(item) = item else {
            failed = true;
            continue;
        };
        let aside = item.file_name().to_string_lossy().starts_with("set-aside-");
        if aside || ours.contains(&item.path()) {
            failed |= fs::remove_file(item.path()).is_err();
        }
    }
    if failed {
        Err(StoreError::Disk)
    } else {
        Ok(())
    }
}
