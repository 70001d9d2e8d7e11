//! Key boxes: added by staff, handed out after a cursor of the mailbox.

use handrail_wire::id::{PartyId, Signature};
use handrail_wire::limits;
use handrail_wire::sync::{KeyBox, MailboxResponse};
use rusqlite::{Connection, params};

use super::mailboxes::{Mailbox, PLACE_MAX, count};
use super::room::Room;
use crate::secret::sha256;
use crate::store::writer::Fault;

/// Adds key boxes that are not there yet.
pub fn add(conn: &Connection, mailbox: &mut Mailbox, boxes: &[KeyBox]) -> Result<(), Fault> {
    let before = mailbox.boxes;
    let mut insert = conn.prepare_cached(
        "INSERT INTO key_boxes (place, mailbox, digest, epoch, recipient, signer, sealed, signature)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (mailbox, digest) DO NOTHING",
    )?;
    for key_box in boxes {
        let digest = sha256(&[
            &key_box.epoch.to_be_bytes(),
            &key_box.recipient.0,
            &key_box.signer.0,
            &key_box.sealed.0,
        ]);
        let inserted = insert.execute(params![
            mailbox.place(mailbox.boxes + 1),
            mailbox.no,
            digest.0,
            key_box.epoch,
            key_box.recipient.0,
            key_box.signer.0,
            key_box.sealed.0,
            key_box.signature.0
        ])?;
        if inserted == 1 {
            mailbox.boxes += 1;
        }
    }
    if mailbox.boxes > before {
        conn.prepare_cached("UPDATE mailboxes SET boxes = ?2 WHERE no = ?1")?
            .execute(params![mailbox.no, mailbox.boxes.cast_signed()])?;
    }
    Ok(())
}

/// Key boxes after the cursor. Tells whether all of them fit.
pub fn after(
    conn: &Connection,
    mailbox: &Mailbox,
    seen: u64,
    room: &mut Room,
    answer: &mut MailboxResponse,
) -> Result<bool, Fault> {
    // A cursor beyond the end is of another life of this mailbox.
    let seen = if seen > mailbox.boxes { 0 } else { seen };
    answer.boxes_seen = seen;
    if seen == mailbox.boxes {
        return Ok(true);
    }
    let mut select = conn.prepare_cached(
        "SELECT place, epoch, recipient, signer, sealed, signature FROM key_boxes
         WHERE place > ?1 AND place <= ?2 ORDER BY place",
    )?;
    let mut rows = select.query([mailbox.place(seen), mailbox.place(mailbox.boxes)])?;
    while let Some(row) = rows.next()? {
        let sealed: Vec<u8> = row.get(4)?;
        if answer.boxes.0.len() == limits::BOXES || !room.take_box(sealed.len()) {
            return Ok(false);
        }
        let place = count(row, 0)?;
        answer.boxes_seen = place & PLACE_MAX;
        answer.boxes.0.push(KeyBox {
            epoch: row.get(1)?,
            recipient: PartyId(row.get(2)?),
            signer: PartyId(row.get(3)?),
            sealed: sealed.into(),
            signature: Signature(row.get(5)?),
        });
    }
    Ok(true)
}
