//! Writing: what one transaction can do.

use handrail_mailbox::chain::{Arrived, LogState, first_head};
use handrail_wire::id::{Digest, EntryId, MailboxId};
use rusqlite::{OptionalExtension, Transaction};

use super::StoreError;
use super::log::{Held, OwnLog, number};

/// The inside of one transaction.
pub(crate) struct Writer<'a>(pub(super) &'a Transaction<'a>);

impl Writer<'_> {
    /// What the chain check may ask of one mailbox, as it stands inside this transaction.
    pub fn own<'b>(&'b self, mailbox: i64, held: &'b Held) -> OwnLog<'b> {
        OwnLog::new(self.0, mailbox, held)
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize, StoreError> {
        Ok(self.0.prepare_cached(sql)?.execute(values)?)
    }

    /// Writes or replaces a sealed setting.
    pub fn set(&self, name: &str, sealed: &[u8]) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO setting (name, sealed) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed",
            (name, sealed),
        )
        .map(drop)
    }

    /// Removes a setting.
    pub fn unset(&self, name: &str) -> Result<(), StoreError> {
        self.run("DELETE FROM setting WHERE name = ?1", [name])
            .map(drop)
    }

    /// Writes or replaces a draft.
    pub fn put_draft(&self, id: [u8; 16], sealed: &[u8]) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO draft (id, sealed) VALUES (?1, ?2)
             ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
            (id, sealed),
        )
        .map(drop)
    }

    /// Removes a draft.
    pub fn drop_draft(&self, id: [u8; 16]) -> Result<(), StoreError> {
        self.run("DELETE FROM draft WHERE id = ?1", [id]).map(drop)
    }

    /// Adds a mailbox, or gives a known one another keyring; returns its number.
    pub fn add_mailbox(
        &self,
        mailbox: MailboxId,
        class: &str,
        keyring: &[u8],
    ) -> Result<i64, StoreError> {
        let known = self
            .0
            .prepare_cached("SELECT n FROM mailbox WHERE id = ?1")?
            .query_row([mailbox.0], |row| row.get(0))
            .optional()?;
        if let Some(n) = known {
            self.set_keyring(n, keyring)?;
            return Ok(n);
        }
        self.run(
            "INSERT INTO mailbox (id, class, seq, head, boxes_seen, keyring)
             VALUES (?1, ?2, 0, ?3, 0, ?4)",
            (mailbox.0, class, first_head(mailbox).0, keyring),
        )?;
        Ok(self.0.last_insert_rowid())
    }

    /// Replaces a wrapped keyring.
    pub fn set_keyring(&self, mailbox: i64, keyring: &[u8]) -> Result<(), StoreError> {
        self.run(
            "UPDATE mailbox SET keyring = ?2 WHERE n = ?1",
            (mailbox, keyring),
        )
        .map(drop)
    }

    /// Moves a mailbox's cursor.
    pub fn set_log(&self, mailbox: i64, log: &LogState) -> Result<(), StoreError> {
        self.run(
            "UPDATE mailbox SET generation = ?2, seq = ?3, head = ?4, boxes_seen = ?5 WHERE n = ?1",
            (
                mailbox,
                log.generation.map(|generation| generation.0),
                number(log.seq),
                log.head.0,
                number(log.boxes_seen),
            ),
        )
        .map(drop)
    }

    /// Puts a new entry into the outbox.
    pub fn add_entry(
        &self,
        mailbox: i64,
        id: EntryId,
        digest: Digest,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO entry (mailbox, id, digest) VALUES (?1, ?2, ?3)",
            (mailbox, id.0, digest.0),
        )?;
        self.keep_bytes(sealed)
    }

    /// Writes an entry that arrived in the log and was not here in any way.
    pub fn arrive_new(&self, mailbox: i64, new: &Arrived, sealed: &[u8]) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO entry (mailbox, id, seq, received_at, head, digest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                mailbox,
                new.id.0,
                number(new.seq),
                new.at,
                new.head.0,
                new.digest.0,
            ),
        )?;
        self.keep_bytes(sealed)
    }

    /// The bytes of the entry that was just inserted.
    fn keep_bytes(&self, sealed: &[u8]) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO sealed (n, bytes) VALUES (last_insert_rowid(), ?1)",
            [sealed],
        )
        .map(drop)
    }

    /// Writes an entry that arrived in the log and may be here already, with its bytes when they came.
    pub fn arrive(
        &self,
        mailbox: i64,
        new: &Arrived,
        sealed: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        if sealed.is_none() {
            // Bytes that are here stay only if they are the ones that the log names.
            self.run(
                "DELETE FROM sealed WHERE n = (
                     SELECT n FROM entry WHERE mailbox = ?1 AND id = ?2 AND digest <> ?3)",
                (mailbox, new.id.0, new.digest.0),
            )?;
        }
        let mut insert = self.0.prepare_cached(
            "INSERT INTO entry (mailbox, id, seq, received_at, head, digest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (mailbox, id) DO UPDATE SET
                 seq = excluded.seq, received_at = excluded.received_at, head = excluded.head,
                 digest = excluded.digest, refused = NULL
             RETURNING n",
        )?;
        let values = (
            mailbox,
            new.id.0,
            number(new.seq),
            new.at,
            new.head.0,
            new.digest.0,
        );
        let n: i64 = insert.query_row(values, |row| row.get(0))?;
        let Some(sealed) = sealed else {
            return Ok(());
        };
        self.run(
            "INSERT OR REPLACE INTO sealed (n, bytes) VALUES (?1, ?2)",
            (n, sealed),
        )
        .map(drop)
    }

    /// Gives an own entry that waits its place in the log; its bytes are in row `row`.
    pub fn place(&self, row: i64, mailbox: i64, new: &Arrived) -> Result<(), StoreError> {
        self.run(
            "UPDATE entry SET seq = ?4, received_at = ?5, head = ?6, refused = NULL
             WHERE n = ?1 AND mailbox = ?2 AND id = ?3",
            (row, mailbox, new.id.0, number(new.seq), new.at, new.head.0),
        )
        .map(drop)
    }

    /// Keeps our bytes of an entry whose identifier another entry took in the log.
    pub fn keep_clash(&self, mailbox: i64, id: EntryId, at: i64) -> Result<(), StoreError> {
        self.run(
            "INSERT OR IGNORE INTO fault (mailbox, entry, code, at, sealed)
             SELECT mailbox, id, 'entry-conflict', ?3, bytes
             FROM entry LEFT JOIN sealed ON sealed.n = entry.n
             WHERE mailbox = ?1 AND id = ?2",
            (mailbox, id.0, at),
        )
        .map(drop)
    }

    /// The server will not take an entry: it stays, and is not offered again.
    pub fn refuse(&self, mailbox: i64, id: EntryId, code: &str) -> Result<(), StoreError> {
        self.run(
            "UPDATE entry SET refused = ?3 WHERE mailbox = ?1 AND id = ?2 AND seq IS NULL",
            (mailbox, id.0, code),
        )
        .map(drop)
    }

    /// Removes the bytes of an entry that staff erased; its id and digest stay.
    pub fn erase(&self, mailbox: i64, id: EntryId) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM sealed
             WHERE n = (SELECT n FROM entry WHERE mailbox = ?1 AND id = ?2)",
            (mailbox, id.0),
        )
        .map(drop)
    }

    /// The clinic restored a backup: entries above `common` wait to be offered again.
    pub fn restart(&self, mailbox: i64, common: u64) -> Result<(), StoreError> {
        let values = (mailbox, number(common));
        self.run(
            "DELETE FROM entry WHERE mailbox = ?1 AND seq > ?2
             AND NOT EXISTS (SELECT 1 FROM sealed WHERE sealed.n = entry.n)",
            values,
        )?;
        self.run(
            "UPDATE entry SET seq = NULL, received_at = NULL, head = NULL, refused = NULL
             WHERE mailbox = ?1 AND seq > ?2",
            values,
        )
        .map(drop)
    }

    /// Puts an entry aside with its reason; the first time of the same reason stays.
    pub fn quarantine(
        &self,
        mailbox: i64,
        id: EntryId,
        reason: &str,
        at: i64,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO quarantine (mailbox, id, reason, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (mailbox, id) DO UPDATE SET reason = excluded.reason
             WHERE reason <> excluded.reason",
            (mailbox, id.0, reason, at),
        )
        .map(drop)
    }

    /// An entry is believed after all.
    pub fn release(&self, mailbox: i64, id: EntryId) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM quarantine WHERE mailbox = ?1 AND id = ?2",
            (mailbox, id.0),
        )
        .map(drop)
    }

    /// Notes a fault; the first time stays.
    pub fn fault(
        &self,
        mailbox: i64,
        entry: Option<EntryId>,
        code: &str,
        at: i64,
    ) -> Result<(), StoreError> {
        let entry = entry.map_or_else(Vec::new, |id| id.0.to_vec());
        self.run(
            "INSERT OR IGNORE INTO fault (mailbox, entry, code, at) VALUES (?1, ?2, ?3, ?4)",
            (mailbox, entry, code, at),
        )
        .map(drop)
    }

    /// A mailbox's answer was believed: faults about its answers as a whole are over.
    pub fn clear_answer_faults(&self, mailbox: i64) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM fault WHERE mailbox = ?1 AND entry = x'' AND code <> 'chain-fork'",
            [mailbox],
        )
        .map(drop)
    }
}
