//! Mailboxes and their logs: one round of synchronisation.
//!
//! The chain (design.md, section 4): the head of an empty mailbox is a digest of its name; each
//! entry's head is the SHA-256 of the head before, the entry's id and the SHA-256 of its sealed
//! bytes. An erased entry keeps id and digest. Refuses to guess: a client whose view is not the
//! server's is told where they part, and nothing of what it offers is stored.

use std::collections::HashSet;

use handrail_wire::account::Grant;
use handrail_wire::id::{Digest, EntryId, GenerationId, MailboxId};
use handrail_wire::problem::Code;
use handrail_wire::sync::{
    Body, KeyBox, Logged, MailboxRequest, MailboxResponse, Offer, Outcome, SyncRequest,
    SyncResponse, VERSION, Verdict,
};
use handrail_wire::{Blob, limits};
use rusqlite::{Connection, OptionalExtension, params};

use crate::secret::{first_head, random, sha256};
use crate::store::Principal;
use crate::store::writer::{Fault, apart};

/// Entries of one mailbox lie at `no << PLACE_BITS | seq`.
const PLACE_BITS: u32 = 40;
const PLACE_MAX: u64 = (1 << PLACE_BITS) - 1;

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

/// What still fits into the answer.
struct Room {
    /// Encoded bytes, to stay within [`limits::BODY`].
    bytes: usize,
    /// Sealed bytes, to stay within [`limits::BATCH_BYTES`].
    sealed: usize,
    /// Entries, to stay within [`limits::BATCH_ENTRIES`].
    entries: usize,
}

impl Room {
    /// Frames of the encoding, rounded up.
    const FRAME: usize = 192;
    const VERDICT: usize = 32;
    const ENTRY: usize = 48;
    const BOX: usize = 128;

    fn for_answer(request: &SyncRequest) -> Self {
        let frames: usize = request
            .mailboxes
            .0
            .iter()
            .map(|ask| Self::FRAME + ask.entries.0.len() * Self::VERDICT)
            .sum();
        Self {
            bytes: limits::BODY.saturating_sub(frames + 64),
            sealed: limits::BATCH_BYTES,
            entries: limits::BATCH_ENTRIES,
        }
    }

    fn take_entry(&mut self, sealed: usize) -> bool {
        let bytes = sealed + Self::ENTRY;
        if self.entries == 0 || self.sealed < sealed || self.bytes < bytes {
            return false;
        }
        self.entries -= 1;
        self.sealed -= sealed;
        self.bytes -= bytes;
        true
    }

    fn take_box(&mut self, sealed: usize) -> bool {
        let bytes = sealed + Self::BOX;
        let fits = self.bytes >= bytes;
        if fits {
            self.bytes -= bytes;
        }
        fits
    }
}

/// A mailbox as it stands.
struct Mailbox {
    no: i64,
    generation: GenerationId,
    seq: u64,
    head: Digest,
    boxes: u64,
    append: bool,
}

impl Mailbox {
    fn place(&self, seq: u64) -> i64 {
        (self.no << PLACE_BITS) | (seq & PLACE_MAX).cast_signed()
    }
}

/// A count in a column; SQLite has signed numbers only, and none of ours is negative.
fn count(row: &rusqlite::Row, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(i64::cast_unsigned)
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
        let answer = match mode {
            Mode::Read => one(conn, who, ask, now, &mut room)?,
            Mode::Write => match apart(conn, || one(conn, who, ask, now, &mut room))? {
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
    ask: MailboxRequest,
    now: i64,
    room: &mut Room,
) -> Result<MailboxResponse, Fault> {
    let Some(mut mailbox) = find(conn, who, &ask.mailbox)? else {
        return Ok(refused(ask.mailbox, Code::MailboxUnknown));
    };
    let view = compare(conn, &mailbox, &ask)?;
    if matches!(view, View::Beyond) {
        return Ok(refused(ask.mailbox, Code::SeqBeyondLog));
    }
    if !ask.boxes.0.is_empty() {
        add_boxes(conn, &mut mailbox, &ask.boxes.0)?;
    }
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
    };
    let mut boxes_seen = ask.boxes_seen;
    match view {
        View::Parted { common, reborn } => {
            answer.common = Some(common);
            answer.from = common;
            answer.verdicts = all(&ask.entries.0, Outcome::NotYet).into();
            if reborn {
                // The cursor counted another life of this mailbox.
                boxes_seen = 0;
            }
        }
        View::Same | View::Beyond => {
            let old_tip = mailbox.seq;
            let mut yours = HashSet::new();
            let added = if mailbox.append {
                append(
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
            answer.more = !news(conn, &mailbox, ask.seq, old_tip, &yours, room, &mut answer)?
                || !own(added, now, room, &mut answer);
        }
    }
    answer.more |= !boxes_after(conn, &mailbox, boxes_seen, room, &mut answer)?;
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

/// The mailbox, if it is there and this caller may use it.
fn find(
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

/// The head at a sequence number; `None` beyond the log.
fn head_at(
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

fn compare(conn: &Connection, mailbox: &Mailbox, ask: &MailboxRequest) -> Result<View, Fault> {
    let known = match ask.generation {
        // It has nothing: there is nothing to disagree about.
        None => return Ok(View::Same),
        Some(generation) => generation == mailbox.generation,
    };
    let matches = |seq, head| -> Result<bool, Fault> {
        Ok(head_at(conn, mailbox, &ask.mailbox, seq)? == Some(head))
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

/// Appends what is new, gives each offer its verdict, notes in `yours` where offers of this request
/// lie that were there before. Returns the ids appended, in order.
fn append(
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
fn news(
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
fn own(added: Vec<EntryId>, now: i64, room: &mut Room, answer: &mut MailboxResponse) -> bool {
    for id in added {
        if !room.take_entry(0) {
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

/// Adds key boxes that are not there yet.
fn add_boxes(conn: &Connection, mailbox: &mut Mailbox, boxes: &[KeyBox]) -> Result<(), Fault> {
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
fn boxes_after(
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
            recipient: handrail_wire::id::PartyId(row.get(2)?),
            signer: handrail_wire::id::PartyId(row.get(3)?),
            sealed: sealed.into(),
            signature: handrail_wire::id::Signature(row.get(5)?),
        });
    }
    Ok(true)
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
