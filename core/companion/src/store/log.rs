//! Reading the log: mailboxes, entries, the outbox.

use handrail_mailbox::chain::LogState;
use handrail_wire::id::{Digest, EntryId, GenerationId, MailboxId};
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};

use super::held::Held;
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
    /// Its number in this store.
    pub n: i64,
    /// Its identifier.
    pub id: EntryId,
    /// Its place and when the server stored it; `None` while it waits.
    pub place: Option<(u64, i64)>,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// The server will not take it.
    pub refused: bool,
    /// Its bytes; `None` once erased.
    pub sealed: Option<Vec<u8>>,
}

/// An entry that waits to be sent.
pub(crate) struct Waiting {
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

/// Places of entries that came together: rows from `n`.
struct Run {
    n: i64,
    count: i64,
    seq: u64,
    at: i64,
}

impl Run {
    fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            n: row.get(0)?,
            count: row.get(1)?,
            seq: unsigned(row, 2)?,
            at: row.get(3)?,
        })
    }

    fn ends_before(&self, n: i64) -> bool {
        self.n.saturating_add(self.count) <= n
    }

    fn place(&self, n: i64) -> Option<(u64, i64)> {
        let within = u64::try_from(n.checked_sub(self.n)?).ok()?;
        let here = !self.ends_before(n);
        here.then(|| (self.seq.saturating_add(within), self.at))
    }
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

    /// Something about the last answers for a mailbox could not be believed.
    pub fn has_answer_faults(&self, mailbox: i64) -> Result<bool, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT 1 FROM fault WHERE mailbox = ?1 AND entry = x'' AND code <> 'chain-fork'",
        )?;
        Ok(query.exists([mailbox])?)
    }

    /// Hands every entry of a mailbox to `each`, in the order in which they came here.
    pub fn each_entry(
        &self,
        mailbox: i64,
        mut each: impl FnMut(StoredEntry),
    ) -> Result<(), StoreError> {
        let mut places = self
            .db
            .prepare_cached("SELECT n, count, seq, received_at FROM place ORDER BY n")?;
        let mut places = places.query([])?;
        let mut run: Option<Run> = None;
        let mut query = self.db.prepare_cached(
            "SELECT n, id, digest, refused IS NOT NULL, bytes
             FROM entry WHERE mailbox = ?1 ORDER BY n",
        )?;
        let mut rows = query.query([mailbox])?;
        while let Some(row) = rows.next()? {
            let n: i64 = row.get(0)?;
            // Both are in the order of rows.
            while run.as_ref().is_none_or(|run| run.ends_before(n))
                && let Some(next) = places.next()?
            {
                run = Some(Run::of(next)?);
            }
            let place = run.as_ref().and_then(|run| run.place(n));
            each(StoredEntry {
                n,
                id: EntryId(row.get::<_, Fixed<16>>(1)?.0),
                place,
                digest: Digest(row.get::<_, Fixed<32>>(2)?.0),
                refused: row.get(3)?,
                sealed: row.get(4)?,
            });
        }
        Ok(())
    }

    /// What waits in an outbox behind the entry with number `after` (0: all of it), oldest first, as
    /// long as `take` wants the next; `skip` names entries that this pass has offered already.
    pub fn waiting(
        &self,
        held: &Held,
        after: i64,
        mut skip: impl FnMut(EntryId) -> bool,
        mut take: impl FnMut(usize) -> bool,
    ) -> Result<Vec<Waiting>, StoreError> {
        let mut wanted = held.waiting(after).filter(|(_, id)| !skip(*id)).peekable();
        let mut waiting = Vec::new();
        let Some((first, _)) = wanted.peek() else {
            return Ok(waiting);
        };
        let mut query = self
            .db
            .prepare_cached("SELECT n, bytes FROM entry WHERE n >= ?1 ORDER BY n")?;
        let mut rows = query.query([first])?;
        while let (Some((n, id)), Some(row)) = (wanted.peek(), rows.next()?) {
            if row.get::<_, i64>(0)? != *n {
                continue;
            }
            let bytes = row.get_ref(1)?.as_blob().map_err(|_| StoreError::Damaged)?;
            if !take(bytes.len()) {
                break;
            }
            waiting.push(Waiting {
                id: *id,
                sealed: bytes.to_vec(),
            });
            wanted.next();
        }
        Ok(waiting)
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
}
