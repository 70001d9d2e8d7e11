//! The phone's database: sealed entries, outbox, cursors, wrapped keys, drafts.
//!
//! Owns the file, its lock, its migrations and every SQL statement. One process opens it, one writer
//! writes it, each write is one transaction that is on the disk when the call returns (WAL,
//! `synchronous=FULL`), but for what the clinic's server would tell again ([`Store::write_soon`]). Refuses to know what bytes mean: it never sees a key or an opened entry.

mod file;
mod held;
mod log;
mod write;

pub(crate) use file::{Lock, NEXT, delete_all, make_dir, set_aside, sync_dir};
pub(crate) use held::Held;
pub(crate) use log::{StoredEntry, Waiting};
pub(crate) use write::Writer;

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

/// Why the store did not do it. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    /// The file is no database, or a damaged one.
    #[error("store-damaged")]
    Damaged,
    /// Written by a newer app.
    #[error("store-too-new")]
    TooNew,
    /// The disk is full.
    #[error("disk-full")]
    Full,
    /// The disk does not answer as it should.
    #[error("disk-error")]
    Disk,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            // Without a code: a column of another type than the schema says, so not as we left it.
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) | None => Self::Damaged,
            Some(_) => Self::Disk,
        }
    }
}

/// Steps from one schema to the next, in order; never edited after release.
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/0001_store.sql")];
/// "HRPH": tells our file from any other SQLite database.
const APPLICATION: i32 = 0x4852_5048;
const FILE: &str = "phone.sqlite";

/// A draft's id and sealed bytes.
pub(crate) type SealedDraft = ([u8; 16], Vec<u8>);

/// The open database.
pub(crate) struct Store {
    db: Connection,
    /// Where it lies, as long as what it was opened with is not known to be on the disk.
    unsettled: Option<PathBuf>,
}

impl Store {
    /// Where the database lies.
    pub fn path(dir: &Path) -> PathBuf {
        dir.join(FILE)
    }

    /// Opens the database, making or migrating it as needed.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let settled = file::settle(dir).is_ok();
        let mut db = Connection::open(Self::path(dir))?;
        // What may not be on the disk must not be moved into the file that is.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !settled)?;
        // One process has the folder: no lock is taken and given back at each statement.
        db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        // On Apple's systems fsync alone leaves it in the drive's own memory. Elsewhere this says nothing.
        db.pragma_update(None, "fullfsync", true)?;
        db.pragma_update(None, "foreign_keys", true)?;
        db.pragma_update(None, "temp_store", "MEMORY")?;
        db.set_prepared_statement_cache_capacity(64);
        migrate(&mut db)?;
        Ok(Self {
            db,
            unsettled: (!settled).then(|| dir.to_owned()),
        })
    }

    /// Reading goes on whatever the disk does; writing waits until what was there is safe.
    fn settle(&mut self) -> Result<(), StoreError> {
        if let Some(dir) = &self.unsettled {
            file::settle(dir).map_err(|error| match error.kind() {
                std::io::ErrorKind::StorageFull => StoreError::Full,
                _ => StoreError::Disk,
            })?;
            self.db
                .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
            self.unsettled = None;
        }
        Ok(())
    }

    /// Do the pages hang together? What rows hold is checked by whoever opens it.
    pub fn check(&self) -> Result<(), StoreError> {
        let verdict: String = self
            .db
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict == "ok" {
            Ok(())
        } else {
            Err(StoreError::Damaged)
        }
    }

    /// How many entries there are, whatever mailbox they say they are in, and how many places.
    pub fn count(&self) -> Result<(usize, usize), StoreError> {
        let count = |sql| {
            let rows: i64 = self.db.query_row(sql, [], |row| row.get(0))?;
            usize::try_from(rows).map_err(|_| StoreError::Damaged)
        };
        Ok((
            count("SELECT count(*) FROM entry")?,
            count("SELECT coalesce(sum(count), 0) FROM place")?,
        ))
    }

    /// One transaction: all of `work`, or nothing.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.settle()?;
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let done = work(&Writer(&tx))?;
        tx.commit().map_err(StoreError::from)?;
        Ok(done)
    }

    /// Closes the database with everything in its one file; an error when something of it still lies in
    /// the WAL, so that the file alone is not the store.
    pub fn close_whole(self) -> Result<(), StoreError> {
        let in_the_way: bool = self
            .db
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if in_the_way {
            return Err(StoreError::Disk);
        }
        self.db.close().map_err(|(_, error)| error)?;
        Ok(())
    }

    /// [`Store::write`], for what the clinic's server holds and would tell again: whole or not at all, but it
    /// may be lost with the power. The next [`Store::write`] makes it durable, being behind it in the log.
    pub fn write_soon<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.synchronous("NORMAL")?;
        let done = self.write(work);
        self.synchronous("FULL")?;
        done
    }

    fn synchronous(&self, mode: &str) -> Result<(), StoreError> {
        Ok(self.db.pragma_update(None, "synchronous", mode)?)
    }

    /// A sealed setting.
    pub fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut query = self
            .db
            .prepare_cached("SELECT sealed FROM setting WHERE name = ?1")?;
        Ok(query.query_row([name], |row| row.get(0)).optional()?)
    }

    /// All sealed settings, by name.
    pub fn settings(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let mut query = self
            .db
            .prepare_cached("SELECT name, sealed FROM setting ORDER BY name")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All drafts: id and sealed bytes.
    pub fn drafts(&self) -> Result<Vec<SealedDraft>, StoreError> {
        let mut query = self
            .db
            .prepare_cached("SELECT id, sealed FROM draft ORDER BY rowid")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The tables' definitions as SQL, in order: what a migrated and a fresh store must share.
    #[cfg(test)]
    pub fn schema(&self) -> Result<Vec<String>, StoreError> {
        let mut query = self
            .db
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")?;
        let rows = query.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Brings the schema to this build's version, all steps in one transaction.
fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i32 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let version = usize::try_from(version).map_err(|_| StoreError::Damaged)?;
    let application: i32 = tx.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if version > 0 && application != APPLICATION {
        return Err(StoreError::Damaged);
    }
    let Some(steps) = MIGRATIONS.get(version..) else {
        return Err(StoreError::TooNew);
    };
    if steps.is_empty() {
        return Ok(());
    }
    for step in steps {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION)?;
    let newest = i32::try_from(MIGRATIONS.len()).expect("a few migrations");
    tx.pragma_update(None, "user_version", newest)?;
    tx.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests;
