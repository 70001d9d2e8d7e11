//! The entries of a log: appended, read back, and the chain over them.

use std::collections::HashSet;

use handrail_wire::Blob;
use handrail_wire::id::{Digest, EntryId, MailboxId};
use handrail_wire::problem::Code;
use handrail_wire::sync::{Body, Logged, MailboxResponse, Offer, Outcome, Verdict};
use rusqlite::{Connection, OptionalExtension, params};

use super::mailboxes::{Mailbox, PLACE_MAX, count};
use super::room::Room;
use crate::secret::{first_head, sha256};
use crate::store::writer::Fault;

/// The head at a sequence number; `None` beyond the log.
pub fn head_at(
    conn: &Connection,
    mailbox: &Mailbox,
    name: &MailboxId,
    seq: u64,
) -> Result<Option<Digest>, rusqlite::Error> {
    if seq == mailbox.seq {
        return Ok(Some(mailbox.head));
    }
    if seq == 0 {
        return Ok(Some(first_head(name)));
    }
    if seq > mailbox.seq {
        return Ok(None);
    }
    conn.prepare_cached("SELECT head FROM entries WHERE place = ?1")?
        .query_row([mailbox.place(seq)], |row| Ok(Digest(row.get(0)?)))
        .optional()
}

/// Appends what is new, gives each offer its verdict, notes in `yours` where offers of this request
/// lie that were there before. Returns the ids appended, in order.
pub fn append(
    conn: &Connection,
    mailbox: &mut Mailbox,
    offers: &[Offer],
    now: i64,
    yours: &mut HashSet<u64>,
    answer: &mut MailboxResponse,
) -> Result<Vec<EntryId>, Fault> {
    if offers.is_empty() {
        return Ok(Vec::new());
    }
    let mut added = Vec::with_capacity(offers.len());
    let mut verdicts = Vec::with_capacity(offers.len());
    let mut insert = conn.prepare_cached(
        "INSERT INTO entries (place, mailbox, id, at, digest, head, sealed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (mailbox, id) DO NOTHING",
    )?;
    let mut earlier = conn.prepare_cached(
        "SELECT place, digest, sealed IS NULL FROM entries WHERE mailbox = ?1 AND id = ?2",
    )?;
    for offer in offers {
        let digest = sha256(&[&offer.sealed.0]);
        let head = sha256(&[&mailbox.head.0, &offer.id.0, &digest.0]);
        let place = mailbox.place(mailbox.seq + 1);
        let inserted = insert.execute(params![
            place,
            mailbox.no,
            offer.id.0,
            now,
            digest.0,
            head.0,
            offer.sealed.0
        ])?;
        let outcome = if inserted == 1 {
            mailbox.seq += 1;
            mailbox.head = head;
            added.push(offer.id);
            Outcome::Stored(mailbox.seq)
        } else {
            let (place, stored, erased): (u64, [u8; 32], bool) = earlier
                .query_row(params![mailbox.no, offer.id.0], |row| {
                    Ok((count(row, 0)?, row.get(1)?, row.get(2)?))
                })?;
            if erased {
                Outcome::Erased
            } else if stored == digest.0 {
                yours.insert(place & PLACE_MAX);
                Outcome::Stored(place & PLACE_MAX)
            } else {
                Outcome::Conflict
            }
        };
        verdicts.push(Verdict {
            id: offer.id,
            outcome,
        });
    }
    if !added.is_empty() {
        conn.prepare_cached("UPDATE mailboxes SET seq = ?2, head = ?3 WHERE no = ?1")?
            .execute(params![
                mailbox.no,
                mailbox.seq.cast_signed(),
                mailbox.head.0
            ])?;
    }
    answer.verdicts = verdicts.into();
    Ok(added)
}

/// Entries after `from` that were there before this request. Tells whether all of them fit.
pub fn news(
    conn: &Connection,
    mailbox: &Mailbox,
    from: u64,
    tip: u64,
    yours: &HashSet<u64>,
    room: &mut Room,
    answer: &mut MailboxResponse,
) -> Result<bool, Fault> {
    if from >= tip {
        return Ok(true);
    }
    let mut select = conn.prepare_cached(
        "SELECT place, id, at, sealed, digest FROM entries
         WHERE place > ?1 AND place <= ?2 ORDER BY place",
    )?;
    let mut rows = select.query([mailbox.place(from), mailbox.place(tip)])?;
    while let Some(row) = rows.next()? {
        let place = count(row, 0)?;
        let sealed = row
            .get_ref(3)?
            .as_blob_or_null()
            .map_err(|_| Code::Internal)?;
        let is_yours = yours.contains(&(place & PLACE_MAX));
        let size = match sealed {
            Some(bytes) if !is_yours => bytes.len(),
            _ => 32,
        };
        if !room.take_entry(size) {
            return Ok(false);
        }
        let body = match sealed {
            None => Body::Erased(Digest(row.get(4)?)),
            Some(_) if is_yours => Body::Yours,
            Some(bytes) => Body::Sealed(Blob(bytes.to_vec())),
        };
        answer.entries.0.push(Logged {
            id: EntryId(row.get(1)?),
            at: row.get(2)?,
            body,
        });
    }
    Ok(true)
}

/// Entries that this request appended. Tells whether all of them fit.
pub fn own(added: Vec<EntryId>, now: i64, room: &mut Room, answer: &mut MailboxResponse) -> bool {
    for id in added {
        if !room.take_place() {
            return false;
        }
        answer.entries.0.push(Logged {
            id,
            at: now,
            body: Body::Yours,
        });
    }
    true
}
