//! Reading the log: mailboxes, entries, the outbox, and what the chain check asks.

use std::cell::Cell;
use std::collections::HashMap;

use handrail_mailbox::chain::{LogState, Own, OwnEntry};
use handrail_wire::id::{Digest, EntryId, GenerationId, MailboxId};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row};

use super::{Store, StoreError};

/// Bytes of fixed length from a column.
pub(super) struct Fixed<const N: usize>(pub [u8; N]);

impl<const N: usize> FromSql for Fixed<N> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value.as_blob()?;
        let fixed = bytes.try_into();
        fixed.map(Self).map_err(|_| FromSqlError::InvalidType)
    }
}

/// A mailbox as it is stored.
pub(crate) struct MailboxRow {
    /// Its number in this store.
    pub n: i64,
    /// The word of its class.
    pub class: String,
    /// Cursor, head, generation.
    pub log: LogState,
    /// Its wrapped keyring.
    pub keyring: Vec<u8>,
}

/// An entry as it is stored.
pub(crate) struct StoredEntry {
    /// Its identifier.
    pub id: EntryId,
    /// Its place and when the server stored it; `None` while it waits.
    pub place: Option<(u64, i64)>,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Its bytes; `None` once erased.
    pub sealed: Option<Vec<u8>>,
}

/// An entry that waits to be sent.
pub(crate) struct Waiting {
    /// Its number in this store.
    pub n: i64,
    /// Its identifier.
    pub id: EntryId,
    /// Its bytes.
    pub sealed: Vec<u8>,
}

/// Something noted about a mailbox or one of its entries.
pub(crate) struct Noted {
    /// Number of the mailbox.
    pub mailbox: i64,
    /// The entry, when it is about one.
    pub entry: Option<EntryId>,
    /// What.
    pub code: String,
    /// Since, epoch milliseconds.
    pub at: i64,
}

/// Sequence numbers and cursors fit 63 bits: the chain check counts entries one by one.
pub(super) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

impl Store {
    /// Every mailbox, in the order they were added.
    pub fn mailboxes(&self) -> Result<Vec<MailboxRow>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT n, id, class, generation, seq, head, boxes_seen, keyring FROM mailbox ORDER BY n",
        )?;
        let rows = query.query_map([], |row| {
            let generation: Option<Fixed<16>> = row.get(3)?;
            Ok(MailboxRow {
                n: row.get(0)?,
                class: row.get(2)?,
                log: LogState {
                    mailbox: MailboxId(row.get::<_, Fixed<16>>(1)?.0),
                    generation: generation.map(|bytes| GenerationId(bytes.0)),
                    seq: unsigned(row, 4)?,
                    head: Digest(row.get::<_, Fixed<32>>(5)?.0),
                    boxes_seen: unsigned(row, 6)?,
                },
                keyring: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Hands every entry of a mailbox to `each`: the log in its order, then what waits.
    pub fn each_entry(
        &self,
        mailbox: i64,
        mut each: impl FnMut(StoredEntry),
    ) -> Result<(), StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT id, seq, received_at, digest, bytes
             FROM entry LEFT JOIN sealed ON sealed.n = entry.n WHERE mailbox = ?1
             ORDER BY seq IS NULL, seq, entry.n",
        )?;
        let mut rows = query.query([mailbox])?;
        while let Some(row) = rows.next()? {
            let place = match row.get::<_, Option<i64>>(1)? {
                Some(_) => Some((unsigned(row, 1)?, row.get(2)?)),
                None => None,
            };
            each(StoredEntry {
                id: EntryId(row.get::<_, Fixed<16>>(0)?.0),
                place,
                digest: Digest(row.get::<_, Fixed<32>>(3)?.0),
                sealed: row.get(4)?,
            });
        }
        Ok(())
    }

    /// What waits in a mailbox's outbox behind the entry with number `after` (0: all of it), oldest
    /// first, as long as `take` wants the next; `skip` names entries that this pass has offered
    /// already.
    pub fn waiting(
        &self,
        mailbox: i64,
        after: i64,
        mut skip: impl FnMut(EntryId) -> bool,
        mut take: impl FnMut(usize) -> bool,
    ) -> Result<Vec<Waiting>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT id, length(bytes), bytes, entry.n FROM entry JOIN sealed ON sealed.n = entry.n
             WHERE mailbox = ?1 AND entry.n > ?2 AND seq IS NULL AND refused IS NULL
             ORDER BY entry.n",
        )?;
        let mut rows = query.query([mailbox, after])?;
        let mut waiting = Vec::new();
        while let Some(row) = rows.next()? {
            let id = EntryId(row.get::<_, Fixed<16>>(0)?.0);
            if skip(id) {
                continue;
            }
            if !take(usize::try_from(unsigned(row, 1)?).unwrap_or(usize::MAX)) {
                break;
            }
            waiting.push(Waiting {
                n: row.get(3)?,
                id,
                sealed: row.get(2)?,
            });
        }
        Ok(waiting)
    }

    /// How many entries wait in a mailbox.
    pub fn count_waiting(&self, mailbox: i64) -> Result<u32, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT count(*) FROM entry JOIN sealed ON sealed.n = entry.n
             WHERE mailbox = ?1 AND seq IS NULL AND refused IS NULL",
        )?;
        Ok(query.query_row([mailbox], |row| row.get(0))?)
    }

    /// Entries that were put aside, oldest first.
    pub fn quarantined(&self) -> Result<Vec<Noted>, StoreError> {
        let mut query = self
            .db
            .prepare_cached("SELECT mailbox, id, reason, at FROM quarantine ORDER BY at, id")?;
        let rows = query.query_map([], |row| {
            let id: Fixed<16> = row.get(1)?;
            Ok(Noted {
                mailbox: row.get(0)?,
                entry: Some(EntryId(id.0)),
                code: row.get(2)?,
                at: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Faults, oldest first.
    pub fn faults(&self) -> Result<Vec<Noted>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT mailbox, entry, code, at FROM fault ORDER BY at, code, entry",
        )?;
        let rows = query.query_map([], |row| {
            let entry: Vec<u8> = row.get(1)?;
            Ok(Noted {
                mailbox: row.get(0)?,
                entry: EntryId::try_from(entry.as_slice()).ok(),
                code: row.get(2)?,
                at: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What the chain check may ask of one mailbox. `held` says which entries are here: a thousand
    /// look-ups in memory where the database would need a thousand queries.
    pub fn own<'a>(&'a self, mailbox: i64, held: &'a Held) -> OwnLog<'a> {
        OwnLog::new(&self.db, mailbox, held)
    }
}

/// The entries of a mailbox by id: place and digest of each.
pub(crate) type Held = HashMap<EntryId, OwnEntry>;

/// Answers the chain check. The check cannot carry an error, so the first one is kept here: ask
/// [`OwnLog::finish`] before believing the result.
pub(crate) struct OwnLog<'a> {
    db: &'a Connection,
    mailbox: i64,
    held: &'a Held,
    failed: Cell<Option<StoreError>>,
}

impl<'a> OwnLog<'a> {
    pub(super) fn new(db: &'a Connection, mailbox: i64, held: &'a Held) -> Self {
        Self {
            db,
            mailbox,
            held,
            failed: Cell::new(None),
        }
    }

    /// The first failure of a look-up.
    pub fn finish(self) -> Result<(), StoreError> {
        self.failed.get().map_or(Ok(()), Err)
    }
}

impl Own for OwnLog<'_> {
    fn head_at(&self, seq: u64) -> Option<Digest> {
        let look = || {
            self.db
                .prepare_cached("SELECT head FROM entry WHERE mailbox = ?1 AND seq = ?2")?
                .query_row((self.mailbox, number(seq)), |row| {
                    row.get::<_, Fixed<32>>(0)
                })
                .optional()
        };
        let head = look().unwrap_or_else(|error: rusqlite::Error| {
            self.failed.set(Some(error.into()));
            None
        });
        head.map(|head| Digest(head.0))
    }

    fn entry(&self, id: EntryId) -> Option<OwnEntry> {
        self.held.get(&id).copied()
    }
}
