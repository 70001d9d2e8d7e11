//! Backup of a running server, and restore of a stopped one.
//!
//! A backup holds what the database holds: sealed bytes, public keys, digests. A restore gives every
//! mailbox a new generation, so that clients notice and offer again what the backup lacks, and ends
//! all staff sessions. It never deletes: the database that was there is put aside. A phone that was
//! cut off after the backup was made is known again; staff must cut it off again.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use super::{DATABASE, OpenError, lock_folder, private_file, schema, sync_folder};
use crate::secret::random;
use crate::store::writer::log_of;

/// Backup or restore did not happen.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The database, the folder or the file.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The target exists.
    #[error("file-exists")]
    Exists,
    /// There is nothing to copy.
    #[error("no-database")]
    Missing,
    /// The file is damaged.
    #[error("database-damaged")]
    Damaged,
}

impl From<std::io::Error> for MoveError {
    fn from(error: std::io::Error) -> Self {
        Self::Open(error.into())
    }
}

impl From<rusqlite::Error> for MoveError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Open(OpenError::NotOurs),
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged,
            _ => Self::Open(error.into()),
        }
    }
}

/// Writes one consistent copy of the database in `folder` to `file`, which must not exist. The server
/// may be running.
pub fn backup(folder: &Path, file: &Path) -> Result<(), MoveError> {
    let database = folder.join(DATABASE);
    if !database.exists() {
        return Err(MoveError::Missing);
    }
    if file.exists() {
        return Err(MoveError::Exists);
    }
    // It has its name when it is whole, and not before: half a backup must not look like one.
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let done = copy_whole(&database, &part).and_then(|()| Ok(std::fs::rename(&part, file)?));
    if done.is_err() {
        // What failed is told; a part that will not go does no harm.
        let _ = std::fs::remove_file(&part);
    }
    done?;
    Ok(sync_folder(file)?)
}

/// Copies the database into a new file, which is durable when this returns.
fn copy_whole(database: &Path, to: &Path) -> Result<(), MoveError> {
    remove_if_there(to)?;
    // An empty file is taken as a new database, and this one is readable by its owner alone.
    private_file(to)?;
    let conn = schema::open_reader(database)?;
    schema::check_mark(&conn)?;
    conn.execute_batch("PRAGMA query_only = OFF")?;
    let name = to.to_str().ok_or(MoveError::Missing)?;
    conn.execute("VACUUM INTO ?1", [name])?;
    Ok(File::open(to)?.sync_all()?)
}

/// Puts the copy in `file` in place of the database in `folder`. The server must not be running.
/// Returns where the database went that was there before.
pub fn restore(file: &Path, folder: &Path, now: i64) -> Result<Option<PathBuf>, MoveError> {
    if !file.is_file() {
        return Err(MoveError::Missing);
    }
    let _lock = lock_folder(folder)?;
    let database = folder.join(DATABASE);
    let fresh = folder.join("handrail.restoring");
    remove_if_there(&fresh)?;
    remove_if_there(&log_of(&fresh))?;
    private_file(&fresh)?;
    std::io::copy(
        &mut File::open(file)?,
        &mut std::fs::OpenOptions::new().write(true).open(&fresh)?,
    )?;
    begin_new_life(&fresh)?;
    File::open(&fresh)?.sync_all()?;

    let mut aside = None;
    if database.exists() {
        let old = folder.join(format!("handrail.before-restore-{now}.sqlite"));
        // Closing it properly first, so that its log is inside. A damaged one, which may be why this is
        // done, is kept as it is, with its log beside it.
        let whole = match schema::open(&database).and_then(empty_log) {
            Err(error) if !is_damage(&error) => return Err(error.into()),
            closed => closed.is_ok(),
        };
        second_name(&database, &old)?;
        let log = log_of(&database);
        if !whole && log.exists() {
            second_name(&log, &log_of(&old))?;
        }
        remove_if_there(&log)?;
        aside = Some(old);
    }
    // The old one is safe under its other name, and its log is gone for good, before the copy takes its
    // place in one step: there is no moment without a database, and none in which the old log could be
    // taken for the copy's.
    sync_folder(&database)?;
    std::fs::rename(&fresh, &database)?;
    sync_folder(&database)?;
    Ok(aside)
}

fn begin_new_life(file: &Path) -> Result<(), MoveError> {
    let check = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mark: i32 = check.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if mark != schema::APPLICATION {
        return Err(MoveError::Open(OpenError::NotOurs));
    }
    let verdict: String = check.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(MoveError::Damaged);
    }
    drop(check);
    let mut conn = schema::open(file)?;
    let change = conn.transaction()?;
    {
        let mut all = change.prepare("SELECT no FROM mailboxes")?;
        let numbers = all
            .query_map([], |row| row.get(0))?
            .collect::<Result<Vec<i64>, _>>()?;
        let mut update = change.prepare("UPDATE mailboxes SET generation = ?2 WHERE no = ?1")?;
        for no in numbers {
            update.execute(params![no, random::<16>()])?;
        }
    }
    change.execute("DELETE FROM sessions", [])?;
    change.commit()?;
    empty_log(conn)?;
    Ok(())
}

/// The database itself cannot be read. A disk that is full, or does not answer, is no damage: its log may
/// hold what nothing else does, and stays where it is.
fn is_damage(error: &OpenError) -> bool {
    match error {
        OpenError::NotOurs => true,
        OpenError::InUse | OpenError::TooNew | OpenError::Io(_) => false,
        OpenError::Sqlite(error) => !matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::PermissionDenied
                    | ErrorCode::OutOfMemory
                    | ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
            )
        ),
    }
}

/// Keeps a file under another name too. Where a file can have only one it is copied.
fn second_name(file: &Path, other: &Path) -> Result<(), MoveError> {
    match std::fs::hard_link(file, other) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(MoveError::Exists),
        Err(_) => {
            private_file(other)?;
            std::fs::copy(file, other)?;
            Ok(File::open(other)?.sync_all()?)
        }
    }
}

/// Moves the write-ahead log into the file and leaves one file behind.
fn empty_log(conn: Connection) -> Result<(), OpenError> {
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    conn.close().map_err(|(_, error)| error)?;
    Ok(())
}

fn remove_if_there(file: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
