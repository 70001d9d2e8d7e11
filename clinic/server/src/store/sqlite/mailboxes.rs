//! Mailboxes: which there are, who may use them, and where their rows lie.

use handrail_wire::account::Grant;
use handrail_wire::id::{Digest, GenerationId, MailboxId};
use handrail_wire::problem::Code;
use rusqlite::{Connection, OptionalExtension, params};

use crate::secret::{first_head, random};
use crate::store::Principal;
use crate::store::writer::Fault;

/// Entries of one mailbox lie at `no << PLACE_BITS | seq`.
const PLACE_BITS: u32 = 40;
/// The part of a place that is the sequence number.
pub const PLACE_MAX: u64 = (1 << PLACE_BITS) - 1;

/// A mailbox as it stands.
pub struct Mailbox {
    pub no: i64,
    pub generation: GenerationId,
    pub seq: u64,
    pub head: Digest,
    pub boxes: u64,
    pub append: bool,
}

impl Mailbox {
    pub fn place(&self, seq: u64) -> i64 {
        (self.no << PLACE_BITS) | (seq & PLACE_MAX).cast_signed()
    }
}

/// A count in a column; SQLite has signed numbers only, and none of ours is negative.
pub fn count(row: &rusqlite::Row, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(i64::cast_unsigned)
}

/// The mailbox, if it is there and this caller may use it.
pub fn find(
    conn: &Connection,
    who: &Principal,
    mailbox: &MailboxId,
) -> Result<Option<Mailbox>, rusqlite::Error> {
    const STAFF: &str =
        "SELECT no, generation, seq, head, boxes, 1 FROM mailboxes WHERE mailbox = ?1";
    const PHONE: &str = "SELECT m.no, m.generation, m.seq, m.head, m.boxes, g.append
         FROM mailboxes m JOIN grants g ON g.mailbox = m.no
         WHERE m.mailbox = ?1 AND g.subject = ?2";
    let read = |row: &rusqlite::Row| {
        Ok(Mailbox {
            no: row.get(0)?,
            generation: GenerationId(row.get(1)?),
            seq: count(row, 2)?,
            head: Digest(row.get(3)?),
            boxes: count(row, 4)?,
            append: row.get(5)?,
        })
    };
    match who {
        Principal::Staff(_) => conn
            .prepare_cached(STAFF)?
            .query_row([mailbox.0], read)
            .optional(),
        Principal::Phone(phone) => conn
            .prepare_cached(PHONE)?
            .query_row([mailbox.0, phone.subject.0], read)
            .optional(),
    }
}

/// Makes mailboxes; one that exists stays as it is.
pub fn make_mailboxes(conn: &Connection, names: &[MailboxId], now: i64) -> Result<(), Fault> {
    let mut insert = conn.prepare_cached(
        "INSERT INTO mailboxes (mailbox, generation, seq, head, boxes, made_at)
         VALUES (?1, ?2, 0, ?3, 0, ?4) ON CONFLICT (mailbox) DO NOTHING",
    )?;
    for name in names {
        let head = first_head(name);
        insert.execute(params![name.0, random::<16>(), head.0, now])?;
    }
    Ok(())
}

/// Grants, changes or withdraws.
pub fn grant(conn: &Connection, grant: &Grant) -> Result<(), Fault> {
    let no: i64 = conn
        .prepare_cached("SELECT no FROM mailboxes WHERE mailbox = ?1")?
        .query_row([grant.mailbox.0], |row| row.get(0))
        .optional()?
        .ok_or(Code::MailboxUnknown)?;
    if grant.withdrawn {
        conn.prepare_cached("DELETE FROM grants WHERE subject = ?1 AND mailbox = ?2")?
            .execute(params![grant.subject.0, no])?;
    } else {
        conn.prepare_cached(
            "INSERT INTO grants (subject, mailbox, append) VALUES (?1, ?2, ?3)
             ON CONFLICT (subject, mailbox) DO UPDATE SET append = excluded.append
             WHERE append <> excluded.append",
        )?
        .execute(params![grant.subject.0, no, grant.append])?;
    }
    Ok(())
}
