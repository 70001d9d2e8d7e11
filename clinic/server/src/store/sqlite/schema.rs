//! Opening a database file: its marks, its pragmas, its migrations.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::OpenError;

/// Marks the file as ours in SQLite's header ("HRML").
pub const APPLICATION: i32 = 0x4852_4d4c;

/// Migration n brings a database from version n to n + 1.
const STEPS: &[&str] = &[include_str!("../../../migrations/0001_start.sql")];

/// Prepared statements kept by each connection.
const STATEMENTS: usize = 128;

/// Opens for writing, migrating to the newest version.
pub fn open(file: &Path) -> Result<Connection, OpenError> {
    let mut conn = Connection::open(file).map_err(not_a_database)?;
    conn.busy_timeout(Duration::from_secs(10))?;
    check_mark(&conn)?;
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(OpenError::NotOurs);
    }
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA cache_size = -32768;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;",
    )?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    migrate(&mut conn)?;
    Ok(conn)
}

/// Opens for reading a database that [`open`] has opened before.
pub fn open_reader(file: &Path) -> Result<Connection, OpenError> {
    let conn = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.execute_batch(
        "PRAGMA query_only = ON;
         PRAGMA cache_size = -8192;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;",
    )?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(conn)
}

fn not_a_database(error: rusqlite::Error) -> OpenError {
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) {
        OpenError::NotOurs
    } else {
        error.into()
    }
}

/// A file of somebody else is left as it is.
pub fn check_mark(conn: &Connection) -> Result<(), OpenError> {
    let mark: i32 = conn
        .query_row("PRAGMA application_id", [], |row| row.get(0))
        .map_err(not_a_database)?;
    let version: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let fresh = mark == 0 && version == 0 && tables == 0;
    if mark != APPLICATION && !fresh {
        return Err(OpenError::NotOurs);
    }
    if version > STEPS.len().try_into().unwrap_or(i64::MAX) {
        return Err(OpenError::TooNew);
    }
    Ok(())
}

fn migrate(conn: &mut Connection) -> Result<(), OpenError> {
    let change = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: u32 = change.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    for step in STEPS.iter().skip(version) {
        change.execute_batch(step)?;
    }
    if version < STEPS.len() {
        change.execute_batch(&format!(
            "PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {};",
            STEPS.len()
        ))?;
    }
    change.execute(
        "INSERT INTO server (id, secret) VALUES (1, ?1) ON CONFLICT (id) DO NOTHING",
        [crate::secret::random::<32>()],
    )?;
    change.commit()?;
    Ok(())
}

/// Every table, index and column as SQLite has them, for comparing a migrated database with a fresh one.
#[cfg(test)]
pub fn shape(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut all =
        conn.prepare("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name")?;
    all.query_map([], |row| row.get(0))?.collect()
}
