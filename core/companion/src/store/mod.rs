//! The phone's database: sealed entries, outbox, cursors, wrapped keys, drafts.
//!
//! Owns the file, its lock, its migrations and every SQL statement. One process opens it, one writer
//! writes it, each write is one transaction that is on the disk when the call returns (WAL,
//! `synchronous=FULL`), but for what the clinic's server would tell again ([`Store::write_soon`]). Refuses to know what bytes mean: it never sees a key or an opened entry.

mod file;
mod held;
mod log;
mod write;

pub(crate) use file::{Lock, delete_all, set_aside, sync_dir};
pub(crate) use held::Held;
pub(crate) use log::{StoredEntry, Waiting};
pub(crate) use write::Writer;

use std::path::{Path, PathBuf};

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
}

impl Store {
    /// Where the database lies.
    pub fn path(dir: &Path) -> PathBuf {
        dir.join(FILE)
    }

    /// Opens the database, making or migrating it as needed.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let mut db = Connection::open(Self::path(dir))?;
        // One process has the folder: no lock is taken and given back at each statement.
        db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", true)?;
        db.pragma_update(None, "temp_store", "MEMORY")?;
        db.set_prepared_statement_cache_capacity(64);
        migrate(&mut db)?;
        Ok(Self { db })
    }

    /// One transaction: all of `work`, or nothing.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let done = work(&Writer(&tx))?;
        tx.commit().map_err(StoreError::from)?;
        Ok(done)
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
