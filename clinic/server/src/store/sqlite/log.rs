//! Mailboxes and their logs: one round of synchronisation.
//!
//! The chain (design.md, section 4): the head of an empty mailbox is a digest of its name; each
//! entry's head is the SHA-256 of the head before, the entry's id and the SHA-256 of its sealed
//! bytes. An erased entry keeps id and digest. Refuses to guess: a client whose view is not the
//! server's is told where they part, and nothing of what it offers is stored.

use std::collections::HashSet;

use handrail_wire::id::{Digest, GenerationId, MailboxId};
use handrail_wire::problem::Code;
use handrail_wire::sync::{
    MailboxRequest, MailboxResponse, Offer, Outcome, SyncRequest, SyncResponse, VERSION, Verdict,
};
use rusqlite::Connection;

use super::mailboxes::{Mailbox, find};
use super::room::Room;
use super::{boxes, entries};
use crate::store::Principal;
use crate::store::writer::{Fault, apart};

/// What an entry costs in the store beside its sealed bytes.
const ENTRY_COST: usize = 160;
/// What a key box costs in the store.
const BOX_COST: usize = 512;

/// Whether what is offered may be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is offered.
    Read,
    /// Runs in the writer.
    Write,
}

/// Bytes that a request would write, about; 0 when it only reads.
pub fn weight(request: &SyncRequest) -> usize {
    request
        .mailboxes
        .0
        .iter()
        .map(|ask| {
            let entries = ask.entries.0.iter();
            entries
                .map(|e| e.sealed.0.len() + ENTRY_COST)
                .sum::<usize>()
                + ask.boxes.0.len() * BOX_COST
        })
        .sum()
}

/// How a client's view compares.
enum View {
    Same,
    Beyond,
    Parted { common: u64, reborn: bool },
}

/// One round; each mailbox stands for itself.
pub fn sync(
    conn: &Connection,
    who: &Principal,
    request: SyncRequest,
    now: i64,
    mode: Mode,
) -> Result<SyncResponse, Fault> {
    let mut room = Room::for_answer(&request);
    let mut answers = Vec::with_capacity(request.mailboxes.0.len());
    for ask in request.mailboxes.0 {
        let mailbox = ask.mailbox;
        room.next_mailbox();
        let answer = match mode {
            Mode::Read => one(conn, who, &ask, now, &mut room)?,
            Mode::Write => match apart(conn, || one(conn, who, &ask, now, &mut room))? {
                Ok(answer) => answer,
                Err(Fault::Refused(code)) => refused(mailbox, code),
                Err(Fault::Sqlite(error)) => {
                    tracing::error!(%error, "mailbox-failed");
                    refused(mailbox, Code::Internal)
                }
            },
        };
        answers.push(answer);
    }
    Ok(SyncResponse {
        version: VERSION,
        now,
        mailboxes: answers.into(),
    })
}

fn one(
    conn: &Connection,
    who: &Principal,
    ask: &MailboxRequest,
    now: i64,
    room: &mut Room,
) -> Result<MailboxResponse, Fault> {
    let Some(mut mailbox) = find(conn, who, &ask.mailbox)? else {
        return Ok(refused(ask.mailbox, Code::MailboxUnknown));
    };
    let mut answer = MailboxResponse {
        mailbox: ask.mailbox,
        problem: None,
        generation: mailbox.generation,
        seq: mailbox.seq,
        head: mailbox.head,
        common: None,
        from: ask.seq,
        entries: Vec::new().into(),
        more: false,
        verdicts: Vec::new().into(),
        boxes: Vec::new().into(),
        boxes_seen: ask.boxes_seen,
        appended: None,
    };
    let mut boxes_seen = ask.boxes_seen;
    match compare(conn, &mailbox, ask)? {
        View::Beyond => return Ok(refused(ask.mailbox, Code::SeqBeyondLog)),
        View::Parted { common, reborn } => {
            answer.common = Some(common);
            answer.from = common;
            answer.verdicts = all(&ask.entries.0, Outcome::NotYet).into();
            if reborn {
                // The cursor counted another life of this mailbox.
                boxes_seen = 0;
            }
        }
        View::Same => {
            let old_tip = mailbox.seq;
            let mut yours = HashSet::new();
            let added = if mailbox.append {
                entries::append(
                    conn,
                    &mut mailbox,
                    &ask.entries.0,
                    now,
                    &mut yours,
                    &mut answer,
                )?
            } else {
                answer.verdicts = all(&ask.entries.0, Outcome::ReadOnly).into();
                Vec::new()
            };
            answer.seq = mailbox.seq;
            answer.head = mailbox.head;
            let all = entries::news(conn, &mailbox, ask.seq, old_tip, &yours, room, &mut answer)?;
            if all && !added.is_empty() && added.len() == ask.entries.0.len() {
                // Nothing to tell of each by itself.
                answer.appended = Some(now);
                answer.verdicts.0.clear();
            } else {
                answer.more = !all || !entries::own(added, now, room, &mut answer);
            }
        }
    }
    if !ask.boxes.0.is_empty() {
        boxes::add(conn, &mut mailbox, &ask.boxes.0)?;
    }
    answer.more |= !boxes::after(conn, &mailbox, boxes_seen, room, &mut answer)?;
    Ok(answer)
}

/// The answer for a mailbox with a problem; nothing else in it has a meaning.
fn refused(mailbox: MailboxId, code: Code) -> MailboxResponse {
    MailboxResponse {
        mailbox,
        problem: Some(code.as_str().to_owned()),
        generation: GenerationId([0; 16]),
        seq: 0,
        head: Digest([0; 32]),
        common: None,
        from: 0,
        entries: Vec::new().into(),
        more: false,
        verdicts: Vec::new().into(),
        boxes: Vec::new().into(),
        boxes_seen: 0,
        appended: None,
    }
}

fn all(offers: &[Offer], outcome: Outcome) -> Vec<Verdict> {
    let each = offers.iter();
    each.map(|offer| Verdict {
        id: offer.id,
        outcome,
    })
    .collect()
}

fn compare(conn: &Connection, mailbox: &Mailbox, ask: &MailboxRequest) -> Result<View, Fault> {
    let known = match ask.generation {
        // It has nothing: there is nothing to disagree about.
        None => return Ok(View::Same),
        Some(generation) => generation == mailbox.generation,
    };
    let matches = |seq, head| -> Result<bool, Fault> {
        Ok(entries::head_at(conn, mailbox, &ask.mailbox, seq)? == Some(head))
    };
    if known {
        if ask.seq > mailbox.seq {
            return Ok(View::Beyond);
        }
        if matches(ask.seq, ask.head)? {
            return Ok(View::Same);
        }
    }
    let mut common = 0;
    let own = std::iter::once((ask.seq, ask.head));
    let probes = ask.probes.0.iter().map(|probe| (probe.seq, probe.head));
    for (seq, head) in own.chain(probes) {
        if seq > common && matches(seq, head)? {
            common = seq;
        }
    }
    Ok(View::Parted {
        common,
        reborn: !known,
    })
}
