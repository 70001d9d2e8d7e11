//! Writing: what one transaction can do.

use handrail_mailbox::chain::{Arrived, LogState, first_head};
use handrail_wire::id::{Digest, EntryId, MailboxId};
use rusqlite::{CachedStatement, OptionalExtension, Transaction};

use super::StoreError;
use super::log::number;

/// The inside of one transaction.
pub(crate) struct Writer<'a>(pub(super) &'a Transaction<'a>);

impl Writer<'_> {
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

    /// Writes many entries of one mailbox.
    pub fn entries(&self, mailbox: i64) -> Result<EntryWriter<'_>, StoreError> {
        let insert = "INSERT INTO entry (mailbox, id, digest, bytes) VALUES (?1, ?2, ?3, ?4)";
        let place =
            "INSERT OR REPLACE INTO place (n, seq, received_at, count) VALUES (?1, ?2, ?3, ?4)";
        Ok(EntryWriter {
            tx: self.0,
            mailbox,
            insert: self.0.prepare_cached(insert)?,
            place: self.0.prepare_cached(place)?,
            run: None,
        })
    }

    /// Keeps our bytes of the entry in row `n`, whose identifier another entry took in the log.
    pub fn keep_clash(&self, n: i64, at: i64) -> Result<(), StoreError> {
        self.run(
            "INSERT OR IGNORE INTO fault (mailbox, entry, code, at, sealed)
             SELECT mailbox, id, 'entry-conflict', ?2, bytes FROM entry WHERE n = ?1",
            (n, at),
        )
        .map(drop)
    }

    /// The server will not take the entry in row `n`: it stays, and is not offered again.
    pub fn refuse(&self, n: i64, code: &str) -> Result<(), StoreError> {
        self.run(
            "UPDATE entry SET refused = ?2 WHERE n = ?1 AND coalesce(
                 (SELECT n + count FROM place WHERE n <= ?1 ORDER BY n DESC LIMIT 1), 0) <= ?1",
            (n, code),
        )
        .map(drop)
    }

    /// Removes the bytes of the entry in row `n`, which staff erased; its id and digest stay.
    pub fn erase(&self, n: i64) -> Result<(), StoreError> {
        self.run("UPDATE entry SET bytes = NULL WHERE n = ?1", [n])
            .map(drop)
    }

    /// The clinic restored a backup: entries above `common` wait to be offered again.
    pub fn restart(&self, mailbox: i64, common: u64) -> Result<(), StoreError> {
        const RUN: &str = "place.n <= entry.n AND entry.n < place.n + place.count";
        const OURS: &str = "n IN (SELECT n FROM entry WHERE mailbox = ?1)";
        let values = (mailbox, number(common));
        self.run(
            &format!(
                "UPDATE entry SET refused = NULL
                 WHERE mailbox = ?1 AND refused IS NOT NULL AND EXISTS
                     (SELECT 1 FROM place WHERE {RUN} AND place.seq + entry.n - place.n > ?2)"
            ),
            values,
        )?;
        self.run(
            &format!("DELETE FROM place WHERE seq > ?2 AND {OURS}"),
            values,
        )?;
        self.run(
            &format!("UPDATE place SET count = ?2 + 1 - seq WHERE seq + count - 1 > ?2 AND {OURS}"),
            values,
        )?;
        // What has neither a place nor bytes is nothing.
        self.run(
            &format!(
                "DELETE FROM entry WHERE mailbox = ?1 AND bytes IS NULL
                 AND NOT EXISTS (SELECT 1 FROM place WHERE {RUN})"
            ),
            [mailbox],
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

/// Writes entries of one mailbox, its statements at hand.
pub(crate) struct EntryWriter<'a> {
    tx: &'a Transaction<'a>,
    mailbox: i64,
    insert: CachedStatement<'a>,
    place: CachedStatement<'a>,
    /// Places that are not written yet.
    run: Option<Run>,
}

/// Entries that came together and lie together: one row for all of their places.
struct Run {
    n: i64,
    seq: u64,
    at: i64,
    count: u64,
}

impl Run {
    /// Takes one more, when it is the next.
    fn take(&mut self, n: i64, new: &Arrived) -> bool {
        let is_next = n == self.n.saturating_add(number(self.count))
            && new.seq == self.seq + self.count
            && new.at == self.at;
        self.count += u64::from(is_next);
        is_next
    }
}

impl EntryWriter<'_> {
    /// Puts a new entry into the outbox; returns the number of its row.
    pub fn add(&mut self, id: EntryId, digest: Digest, sealed: &[u8]) -> Result<i64, StoreError> {
        self.insert(id, digest, Some(sealed))
    }

    fn insert(
        &mut self,
        id: EntryId,
        digest: Digest,
        sealed: Option<&[u8]>,
    ) -> Result<i64, StoreError> {
        self.insert
            .execute((self.mailbox, id.0, digest.0, sealed))?;
        Ok(self.tx.last_insert_rowid())
    }

    /// Gives the entry in row `n` its place in the log, once [`EntryWriter::finish`] is called.
    pub fn place(&mut self, n: i64, new: &Arrived) -> Result<(), StoreError> {
        if self.run.as_mut().is_some_and(|run| run.take(n, new)) {
            return Ok(());
        }
        self.write_run()?;
        self.run = Some(Run {
            n,
            seq: new.seq,
            at: new.at,
            count: 1,
        });
        Ok(())
    }

    fn write_run(&mut self) -> Result<(), StoreError> {
        let Some(run) = self.run.take() else {
            return Ok(());
        };
        let (first, behind) = (run.n, run.n.saturating_add(number(run.count)));
        for (n, seq, at, count) in self.runs_within(first, behind)? {
            // A log that is read again: what the old run says of rows before and behind stays.
            self.tx
                .prepare_cached("DELETE FROM place WHERE n = ?1")?
                .execute([n])?;
            if n < first {
                self.place.execute((n, seq, at, first - n))?;
            }
            if n + count > behind {
                let skipped = behind - n;
                self.place
                    .execute((behind, seq + skipped, at, count - skipped))?;
            }
        }
        self.place
            .execute((run.n, number(run.seq), run.at, number(run.count)))?;
        Ok(())
    }

    /// Runs that say something of rows from `first` to before `behind`: row, place, time, count.
    fn runs_within(
        &self,
        first: i64,
        behind: i64,
    ) -> Result<Vec<(i64, i64, i64, i64)>, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT n, seq, received_at, count FROM place
             WHERE n >= coalesce((SELECT max(n) FROM place WHERE n <= ?1), ?1) AND n < ?2
             AND n + count > ?1",
        )?;
        let rows = query.query_map((first, behind), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes what is left to write.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.write_run()
    }

    /// Writes an entry that arrived in the log, with its bytes when they came; `row` is where it is
    /// here already. Bytes that are here stay only if they are the ones that the log names. Returns the
    /// number of its row.
    pub fn arrive(
        &mut self,
        row: Option<i64>,
        new: &Arrived,
        sealed: Option<&[u8]>,
    ) -> Result<i64, StoreError> {
        let n = match row {
            None => self.insert(new.id, new.digest, sealed)?,
            Some(n) => {
                let mut update = self.tx.prepare_cached(
                    "UPDATE entry SET refused = NULL, digest = ?2,
                         bytes = coalesce(?3, CASE WHEN digest = ?2 THEN bytes END)
                     WHERE n = ?1",
                )?;
                update.execute((n, new.digest.0, sealed))?;
                n
            }
        };
        self.place(n, new)?;
        Ok(n)
    }
}
