//! Phones: the list, the cut-off, and the notice that a phone cut off may still fetch.

use handrail_wire::account::{Device, Notice};
use handrail_wire::id::{EntryId, Identity, MailboxId, PartyId, SubjectId};
use handrail_wire::problem::Code;
use handrail_wire::sync::Offer;
use rusqlite::{Connection, OptionalExtension, params};

use crate::store::writer::Fault;

/// So many fit into one answer.
const LISTED: i64 = 25_000;

pub fn list(conn: &Connection) -> Result<Vec<Device>, Fault> {
    let mut select = conn.prepare_cached(
        "SELECT party, subject, identity, enrolled_at, seen_at, revoked_at FROM devices
         ORDER BY enrolled_at DESC, party LIMIT ?1",
    )?;
    let rows = select.query_map([LISTED], |row| {
        Ok(Device {
            party: PartyId(row.get(0)?),
            subject: SubjectId(row.get(1)?),
            identity: Identity(row.get(2)?),
            enrolled_at: row.get(3)?,
            seen_at: row.get(4)?,
            revoked_at: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn revoke(
    conn: &Connection,
    party: &PartyId,
    notice: Option<&Notice>,
    now: i64,
) -> Result<(), Fault> {
    let known = conn
        .prepare_cached("SELECT 1 FROM devices WHERE party = ?1")?
        .exists([party.0])?;
    if !known {
        return Err(Code::DeviceUnknown.into());
    }
    if let Some(notice) = notice {
        let there = conn
            .prepare_cached("SELECT 1 FROM mailboxes WHERE mailbox = ?1")?
            .exists([notice.mailbox.0])?;
        if !there {
            return Err(Code::MailboxUnknown.into());
        }
        conn.execute(
            "UPDATE devices SET notice_mailbox = ?2, notice_id = ?3, notice_sealed = ?4 WHERE party = ?1",
            params![party.0, notice.mailbox.0, notice.entry.id.0, notice.entry.sealed.0],
        )?;
    }
    conn.execute(
        "UPDATE devices SET revoked_at = ?2 WHERE party = ?1 AND revoked_at IS NULL",
        params![party.0, now],
    )?;
    Ok(())
}

/// Closes a subject's account from a time on, or opens it again. A subject without a phone may get one
/// later: it is closed all the same.
pub fn close_account(conn: &Connection, subject: &SubjectId, at: Option<i64>) -> Result<(), Fault> {
    match at {
        Some(at) => conn.execute(
            "INSERT INTO closed_accounts (subject, at) VALUES (?1, ?2)
             ON CONFLICT (subject) DO UPDATE SET at = excluded.at",
            params![subject.0, at],
        )?,
        None => conn.execute(
            "DELETE FROM closed_accounts WHERE subject = ?1",
            [subject.0],
        )?,
    };
    Ok(())
}

pub fn notice(conn: &Connection, party: &PartyId) -> Result<Option<Notice>, Fault> {
    Ok(conn
        .prepare_cached(
            "SELECT notice_mailbox, notice_id, notice_sealed FROM devices
             WHERE party = ?1 AND notice_mailbox IS NOT NULL",
        )?
        .query_row([party.0], |row| {
            Ok(Notice {
                mailbox: MailboxId(row.get(0)?),
                entry: Offer {
                    id: EntryId(row.get(1)?),
                    sealed: row.get::<_, Vec<u8>>(2)?.into(),
                },
            })
        })
        .optional()?)
}
