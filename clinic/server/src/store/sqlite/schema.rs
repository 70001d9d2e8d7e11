//! Opening a database file: its marks, its pragmas, its migrations.

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::OpenError;
use crate::store::writer::log_of;

/// Marks the file as ours in SQLite's header ("HRML").
pub const APPLICATION: i32 = 0x4852_4d4c;

/// Migration n brings a database from version n to n + 1.
const STEPS: &[&str] = &[
    include_str!("../../../migrations/0001_start.sql"),
    include_str!("../../../migrations/0002_closed_accounts.sql"),
];

/// Prepared statements kept by each connection.
const STATEMENTS: usize = 128;
/// Bytes of a log that are written again at once.
const SETTLED_AT_ONCE: usize = 256 * 1024;

/// Opens for writing, migrating to the newest version.
pub fn open(file: &Path) -> Result<Connection, OpenError> {
    settle(&log_of(file))?;
    let mut conn = Connection::open(file).map_err(not_a_database)?;
    conn.busy_timeout(Duration::from_secs(10))?;
    check_mark(&conn)?;
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(OpenError::NotOurs);
    }
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA cache_size = -6144;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;",
    )?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    migrate(&mut conn)?;
    Ok(conn)
}

/// Makes the write-ahead log that another process left durable, whatever became of its syncs: a sync that
/// failed (the process ended with it) has left pages that read as written, that are not on the disk, and
/// that no later sync would write. Written again, as they are, they will be.
fn settle(log: &Path) -> std::io::Result<()> {
    let mut file = match OpenOptions::new().read(true).write(true).open(log) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let mut part = vec![0; SETTLED_AT_ONCE];
    let mut at = 0;
    loop {
        file.seek(SeekFrom::Start(at))?;
        let read = file.read(&mut part)?;
        if read == 0 {
            return file.sync_all();
        }
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&part[..read])?;
        at += read as u64;
    }
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
         PRAGMA cache_size = -1024;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures")
            .join(name)
    }

    /// Every table and index with its columns, their types and rules.
    fn shape(conn: &Connection) -> Vec<String> {
        let mut all = conn
            .prepare(
                "SELECT m.type, m.name, m.tbl_name, c.cid, c.name, c.type, c.\"notnull\",
                     c.dflt_value, c.pk
                 FROM sqlite_schema m LEFT JOIN pragma_table_xinfo(m.name) c
                 UNION ALL
                 SELECT 'columns', m.name, m.tbl_name, c.seqno, c.name, '', '', '', ''
                 FROM sqlite_schema m JOIN pragma_index_info(m.name) c WHERE m.type = 'index'
                 UNION ALL
                 SELECT 'reference', m.name, f.\"table\", f.seq, f.\"from\", f.\"to\", f.on_delete, '', ''
                 FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f
                 ORDER BY 1, 2, 4, 5",
            )
            .expect("a query");
        let width = all.column_count();
        let rows = all.query_map([], |row| {
            (0..width)
                .map(|n| Ok(format!("{:?}", row.get_ref(n)?)))
                .collect::<Result<Vec<_>, _>>()
        });
        let rows = rows.expect("rows").collect::<Result<Vec<_>, _>>();
        rows.expect("values")
            .iter()
            .map(|row| row.join(" "))
            .collect()
    }

    #[test]
    fn an_old_database_becomes_like_a_new_one_and_keeps_its_rows() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let new = open(&folder.path().join("new.sqlite")).expect("a new one");
        let expected = shape(&new);
        assert!(expected.len() > 50, "the shape is looked at");
        let newest: i64 = new
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .expect("a number");
        for version in 1..=newest {
            let old = folder.path().join(format!("{version}.sqlite"));
            std::fs::copy(fixture(&format!("version-{version}.sqlite")), &old)
                .expect("a fixture for each version");
            let old = open(&old).expect("it opens");
            assert_eq!(shape(&old), expected, "version {version}");
            let number = |sql: &str| old.query_row(sql, [], |row| row.get::<_, i64>(0));
            assert_eq!(number("PRAGMA user_version"), Ok(newest));
            assert_eq!(number("PRAGMA application_id"), Ok(i64::from(APPLICATION)));
            for (table, count) in [
                ("server", 1),
                ("staff", 1),
                ("sessions", 1),
                ("mailboxes", 2),
                ("entries", 3),
                ("key_boxes", 1),
                ("grants", 1),
                ("invites", 1),
                ("devices", 1),
                ("closed_accounts", i64::from(version >= 2)),
            ] {
                let sql = format!("SELECT count(*) FROM {table}");
                assert_eq!(number(&sql), Ok(count), "version {version}: {table}");
            }
            let damage: i64 = old
                .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
                    row.get(0)
                })
                .expect("a number");
            assert_eq!(damage, 0);
        }
    }

    #[test]
    fn what_is_not_ours_or_too_new_is_left_alone() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("text"), vec![b'x'; 5000]).expect("file");
        assert!(matches!(open(&file("text")), Err(OpenError::NotOurs)));
        let other = Connection::open(file("other")).expect("a database");
        other.execute_batch("CREATE TABLE t (n)").expect("a table");
        drop(other);
        assert!(matches!(open(&file("other")), Err(OpenError::NotOurs)));

        drop(open(&file("ours")).expect("a new one"));
        let newer = Connection::open(file("ours")).expect("a database");
        newer
            .execute_batch(&format!("PRAGMA user_version = {}", STEPS.len() + 1))
            .expect("a number");
        drop(newer);
        assert!(matches!(open(&file("ours")), Err(OpenError::TooNew)));
    }

    #[test]
    fn commits_are_durable_by_these_settings() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let conn = open(&folder.path().join("db")).expect("a new one");
        let text = |sql| conn.query_row(sql, [], |row| row.get::<_, String>(0));
        let number = |sql| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
        assert_eq!(text("PRAGMA journal_mode"), Ok("wal".to_owned()));
        assert_eq!(number("PRAGMA synchronous"), Ok(2), "FULL");
        assert_eq!(number("PRAGMA foreign_keys"), Ok(1));
    }

    /// Makes the fixture of the newest version. Run once for each version, before its release:
    /// `cargo test -p handrail-server fixture -- --ignored`.
    #[test]
    #[ignore = "writes a committed file"]
    fn make_fixture_of_this_version() {
        let target = fixture(&format!("version-{}.sqlite", STEPS.len()));
        assert!(!target.exists(), "a fixture is never changed");
        let folder = tempfile::tempdir().expect("temporary folder");
        let work = folder.path().join("db");
        // Small pages keep the committed file small.
        let small = Connection::open(&work).expect("a database");
        small
            .execute_batch("PRAGMA page_size = 512; CREATE TABLE t (n); DROP TABLE t;")
            .expect("an empty database");
        drop(small);
        let conn = open(&work).expect("it opens");
        conn.execute_batch(
            "INSERT INTO staff VALUES (zeroblob(16), 'maya', zeroblob(64), zeroblob(16), 65536, 3, 1,
                 zeroblob(32), zeroblob(40), 1, 1000);
             INSERT INTO sessions VALUES (zeroblob(32), zeroblob(16), 1000, 2000);
             INSERT INTO mailboxes VALUES (1, zeroblob(16), zeroblob(16), 3, zeroblob(32), 1, 1000);
             INSERT INTO mailboxes VALUES (2, randomblob(16), zeroblob(16), 0, zeroblob(32), 0, 1000);
             INSERT INTO entries VALUES ((1 << 40) + 1, 1, x'01', 1000, zeroblob(32), zeroblob(32), x'aa');
             INSERT INTO entries VALUES ((1 << 40) + 2, 1, x'02', 1000, zeroblob(32), zeroblob(32), NULL);
             INSERT INTO entries VALUES ((1 << 40) + 3, 1, x'03', 1000, zeroblob(32), zeroblob(32), x'cc');
             INSERT INTO key_boxes VALUES ((1 << 40) + 1, 1, zeroblob(32), 1, zeroblob(16), zeroblob(16),
                 zeroblob(80), zeroblob(64));
             INSERT INTO grants VALUES (zeroblob(16), 1, 1);
             INSERT INTO invites VALUES (zeroblob(16), zeroblob(16), zeroblob(32), NULL, 1000, 2000, 0,
                 NULL, 1500, zeroblob(16), 1600);
             INSERT INTO devices VALUES (zeroblob(16), zeroblob(16), zeroblob(64), zeroblob(32),
                 zeroblob(16), 1500, 1500, NULL, NULL, NULL, NULL);
             INSERT INTO closed_accounts VALUES (zeroblob(16), 3000);",
        )
        .expect("rows of every table");
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .expect("one file");
        drop(conn);
        std::fs::copy(&work, target).expect("the fixture");
    }
}
