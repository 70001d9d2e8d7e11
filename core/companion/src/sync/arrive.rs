//! Storing and folding what one mailbox's answer brought, in one transaction.
//!
//! Owns the order: bytes first, then facts, then what the server refused, then keys and cursor. A fold
//! inside a transaction that does not commit is made good by folding again from the store.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use handrail_care::chart::Place;
use handrail_care::entry::{Class, Seen};
use handrail_care::id::Id;
use handrail_mailbox::chain::{self, Arrival, Arrived, LogState, SeenVerdict};
use handrail_mailbox::directory::Role;
use handrail_mailbox::keybox::BoxError;
use handrail_mailbox::local::seal_local;
use handrail_wire::id::{Digest, EntryId, GenerationId};
use handrail_wire::sync::{Body, MailboxResponse, Offer, Outcome};

use super::exchange::Pass;
use crate::error::CompanionError;
use crate::phone::beside::beside;
use crate::phone::fold::{ENTRY_DAMAGED, Effect, Folded, Folder, Read};
use crate::phone::{Enrolment, Mailbox, Phone, Trust, keyring_label};
use crate::store::{Held, StoreError, Writer};

/// One mailbox's question and its checked answer.
pub(super) struct Batch<'a> {
    pub response: &'a MailboxResponse,
    /// What was offered.
    pub offers: HashMap<EntryId, &'a Offer>,
    /// Parallel to the entries of the answer.
    pub entries: &'a [Arrived],
    /// The log after it.
    pub log: LogState,
}

/// What an answer changed beyond its own mailbox's new facts.
#[derive(Debug, Default)]
pub(super) struct After {
    /// New epochs of this mailbox.
    pub keys: bool,
    /// Facts of this mailbox went away or changed their places.
    pub refold: bool,
    /// What follows for other mailboxes.
    pub staff: StaffChange,
}

/// How staff changed.
#[derive(Debug, Default)]
pub(super) struct StaffChange {
    /// Somebody was admitted: what was put aside for an unknown signer may be believed now.
    pub admits: bool,
    /// Somebody was removed: entries received later do not count.
    pub removes: bool,
}

impl Phone {
    /// Stores what arrived and folds it.
    pub(super) fn advance(
        &mut self,
        index: usize,
        batch: &Batch<'_>,
        pass: &mut Pass,
        now: i64,
    ) -> Result<After, CompanionError> {
        let Self {
            store,
            key,
            enrolment,
            trust,
            mailboxes,
            library,
            ..
        } = self;
        let mailbox = &mut mailboxes[index];
        let enrolment = enrolment.as_ref().ok_or(CompanionError::NotEnrolled)?;
        let mut after = After::default();
        let boxes = admit_boxes(mailbox, trust, enrolment, batch.response);
        after.keys = boxes.new;
        let mut log = batch.log;
        if boxes.ask_again {
            log.boxes_seen = mailbox.log.boxes_seen;
        }
        let refusals = refusals(mailbox.class, batch.response);
        let nothing_else = refusals.is_empty() && boxes.faults.is_empty() && !after.keys;
        if nothing_else && batch.entries.is_empty() && log == mailbox.log {
            if store.has_answer_faults(mailbox.n)? {
                store.write(|w| w.clear_answer_faults(mailbox.n))?;
            }
            return Ok(after);
        }
        let healed = |new: &Arrived| {
            let why = mailbox.aside.get(&new.id);
            why.is_some_and(|why| why == ENTRY_DAMAGED)
        };
        after.refold |= batch.entries.iter().any(healed);
        let Mailbox { n, held, chart, .. } = mailbox;
        let n = *n;
        let folder = Folder {
            class: mailbox.class,
            keyring: &mailbox.keyring,
            trust,
            chart,
            library,
            erased: &mut mailbox.erased,
        };
        let work = |w: &Writer<'_>| {
            let (notes, clash) = fold_beside(folder, batch, || write_all(w, n, held, batch, now));
            after.refold |= clash?;
            for note in &notes.aside {
                w.quarantine(n, note.0, &note.1, now)?;
            }
            for id in &notes.erased {
                held.withdraw(*id);
                held.row(*id).map_or(Ok(()), |row| w.erase(row))?;
            }
            for (id, theirs) in &notes.seen {
                if let Some(code) = differs(&log, held, *theirs) {
                    w.fault(n, Some(*id), code, now)?;
                }
            }
            for refusal in &refusals {
                if let Some(row) = held.row(refusal.id) {
                    w.refuse(row, refusal.code)?;
                    held.withdraw(refusal.id);
                }
                if refusal.is_fault {
                    w.fault(n, Some(refusal.id), refusal.code, now)?;
                }
            }
            w.clear_answer_faults(n)?;
            for code in &boxes.faults {
                w.fault(n, None, code, now)?;
            }
            if after.keys {
                let label = keyring_label(log.mailbox);
                w.set_keyring(n, &seal_local(key, &label, &mailbox.keyring.to_bytes()))?;
            }
            w.set_log(n, &log)?;
            Ok::<_, CompanionError>(notes)
        };
        let only_places = nothing_else && batch.entries.iter().all(Batch::is_place);
        let notes = if only_places {
            // The server has these entries. A phone that forgets it offers them again, which changes nothing.
            store.write_soon(work)
        } else {
            store.write(work)
        }?;
        mailbox.log = log;
        after.refold |= !notes.erased.is_empty() || !notes.missing.is_empty();
        after.staff = notes.staff;
        mailbox.aside.extend(notes.aside);
        mailbox.missing.extend(notes.missing);
        let ours = |new: &&Arrived| batch.offers.contains_key(&new.id);
        let sent = batch.entries.iter().filter(ours).count();
        pass.count(sent, batch.entries.len() - sent);
        Ok(after)
    }
}

/// Writes what came in its place; true when facts went away by it.
fn write_all(
    w: &Writer<'_>,
    mailbox: i64,
    held: &mut Held,
    batch: &Batch<'_>,
    now: i64,
) -> Result<bool, StoreError> {
    let mut entries = w.entries(mailbox)?;
    let mut clash = false;
    for (new, logged) in batch.entries.iter().zip(&batch.response.entries.0) {
        let row = held.row(new.id);
        if let Some(row) = row.filter(|_| new.clash) {
            w.keep_clash(row, now)?;
            clash = true;
        }
        let row = match (row, &logged.body) {
            (Some(row), _) if new.body == Arrival::Yours => {
                entries.place(row, new)?;
                row
            }
            (row, Body::Sealed(sealed)) => entries.arrive(row, new, Some(&sealed.0))?,
            (row, _) => entries.arrive(row, new, None)?,
        };
        held.place(row, new);
    }
    entries.finish()?;
    Ok(clash)
}

/// What follows from the entries of an answer, to be written with them.
#[derive(Default)]
struct Notes {
    /// Put aside, with the reason.
    aside: Vec<(EntryId, String)>,
    /// A signed entry says that they are erased.
    erased: Vec<EntryId>,
    /// Without bytes.
    missing: Vec<EntryId>,
    /// What authors had seen of the log, with the first entry that says so.
    seen: Vec<(EntryId, Seen)>,
    staff: StaffChange,
}

/// Entries that one thread reads at a time.
const SHARE: usize = 16;

/// Folds what came, in its order, beside `write`. Nothing is asked of the store. Reading an entry costs
/// more than writing or folding it: who has written reads what is still unread, from the end.
fn fold_beside<R>(
    mut folder: Folder<'_>,
    batch: &Batch<'_>,
    write: impl FnOnce() -> R,
) -> (Notes, R) {
    let mut notes = Notes::default();
    let count = batch.entries.len();
    let me = folder.trust.me;
    let Some((reader, mut facts)) = folder.apart() else {
        let fold = || {
            for (new, sealed) in batch.sealed(0..count) {
                if let Some(sealed) = notes.wanted(new, sealed, folder.erased) {
                    let outcome = folder.fold(new.id, sealed.clone(), place(new));
                    notes.keep(new, outcome, me);
                }
            }
        };
        let ((), written) = beside(count, fold, write);
        return (notes, written);
    };
    let unread = Mutex::new(0..count);
    let mut fold_one = |(new, sealed), read: Option<Read>| {
        let Some(sealed) = notes.wanted(new, sealed, facts.erased) else {
            return;
        };
        if new.body == Arrival::Yours && facts.chart.acknowledge(Id(new.id.0), place(new)) {
            return;
        }
        let read = read.unwrap_or_else(|| reader.read(new.id, sealed.clone(), place(new)));
        let outcome = facts.take(read, place(new));
        notes.keep(new, outcome, me);
    };
    let fold = || {
        while let Some(share) = share(&unread, End::Front) {
            batch.sealed(share).for_each(|one| fold_one(one, None));
        }
    };
    let write = || {
        let written = write();
        let mut read = Vec::new();
        while let Some(share) = share(&unread, End::Back) {
            let each = batch.sealed(share.clone());
            let each = each.map(|(new, sealed)| match (new.body, sealed) {
                (Arrival::Yours, _) | (_, None) => None,
                (_, Some(sealed)) => Some(reader.read(new.id, sealed.clone(), place(new))),
            });
            read.push((share, each.collect::<Vec<_>>()));
        }
        (written, read)
    };
    let ((), (written, read)) = beside(count, fold, write);
    for (share, read) in read.into_iter().rev() {
        for (one, read) in batch.sealed(share).zip(read) {
            fold_one(one, read);
        }
    }
    (notes, written)
}

/// Where a thread takes its share of what is unread.
#[derive(Clone, Copy)]
enum End {
    Front,
    Back,
}

/// The next few that nobody has read, from one end.
fn share(unread: &Mutex<Range<usize>>, end: End) -> Option<Range<usize>> {
    let mut left = unread.lock().unwrap_or_else(PoisonError::into_inner);
    let count = left.len().min(SHARE);
    let share = match end {
        End::Front => left.start..left.start + count,
        End::Back => left.end - count..left.end,
    };
    match end {
        End::Front => left.start = share.end,
        End::Back => left.end = share.start,
    }
    (count > 0).then_some(share)
}

impl Batch<'_> {
    /// Only says where an entry of this phone stands.
    fn is_place(new: &Arrived) -> bool {
        new.body == Arrival::Yours && !new.clash
    }

    /// Entries of the answer with their bytes, as they came or as they were offered.
    fn sealed(&self, which: Range<usize>) -> impl Iterator<Item = (&Arrived, Option<&Vec<u8>>)> {
        let logged = &self.response.entries.0[which.clone()];
        self.entries[which].iter().zip(logged).map(|(new, logged)| {
            let sealed = match &logged.body {
                Body::Sealed(sealed) => Some(&sealed.0),
                Body::Yours => self.offers.get(&new.id).map(|offer| &offer.sealed.0),
                Body::Erased(_) => None,
            };
            (new, sealed)
        })
    }
}

fn place(new: &Arrived) -> Place {
    Place::at(new.seq, new.at)
}

impl Notes {
    /// The bytes of an entry that is to be folded; notes why there are none.
    fn wanted<'a>(
        &mut self,
        new: &Arrived,
        sealed: Option<&'a Vec<u8>>,
        erased: &BTreeSet<Id>,
    ) -> Option<&'a Vec<u8>> {
        if erased.contains(&Id(new.id.0)) {
            // A signed entry says so, whatever came.
            self.erased.push(new.id);
            self.missing.push(new.id);
            return None;
        }
        if sealed.is_none() {
            // Bytes that this phone holds stay until a signed entry says otherwise.
            self.missing.push(new.id);
        }
        sealed
    }

    fn keep(&mut self, new: &Arrived, folded: Result<Folded, String>, me: Id) {
        match folded {
            Ok(fact) => self.take(new.id, &fact, me),
            Err(reason) => self.aside.push((new.id, reason)),
        }
    }

    fn take(&mut self, id: EntryId, fact: &Folded, me: Id) {
        match fact.effect {
            Effect::None => {}
            Effect::Erases(entry) => self.erased.push(EntryId(entry.0)),
            Effect::Admits => self.staff.admits = true,
            Effect::Removes => self.staff.removes = true,
        }
        // Entries written in one go carry the same view.
        let last = self.seen.last().map(|(_, seen)| *seen);
        match fact.seen {
            Some(seen) if fact.by != me && last != Some(seen) => self.seen.push((id, seen)),
            _ => {}
        }
    }
}

/// How an author's view of the log differs from ours: the code of it.
fn differs(log: &LogState, held: &Held, theirs: Seen) -> Option<&'static str> {
    let view = chain::Seen {
        generation: GenerationId(theirs.g.0),
        seq: theirs.n,
        head: Digest(theirs.h),
    };
    match log.check_seen(&view, held) {
        SeenVerdict::Agrees | SeenVerdict::OtherGeneration => None,
        SeenVerdict::Fork => Some("chain-fork"),
        // Nobody can have seen more of a log than what stands before their own entry.
        SeenVerdict::Ahead => Some("chain-withheld"),
    }
}

/// What came of the key boxes of an answer.
#[derive(Default)]
struct Boxes {
    new: bool,
    /// The certificate of a signer may come later: the server is asked for these boxes again.
    ask_again: bool,
    /// Codes of boxes that are wrong.
    faults: Vec<String>,
}

fn admit_boxes(
    mailbox: &mut Mailbox,
    trust: &Trust,
    enrolment: &Enrolment,
    response: &MailboxResponse,
) -> Boxes {
    let signers = match mailbox.class {
        Class::Care | Class::Family | Class::Team => Role::CLINICAL,
        Class::Library | Class::Roster => Role::ALL,
    };
    let key = enrolment.device.box_key();
    let mut boxes = Boxes::default();
    for key_box in &response.boxes.0 {
        let admitted = mailbox
            .keyring
            .admit_box(&trust.directory, signers, key, key_box);
        match admitted {
            Ok(new) => boxes.new |= new,
            Err(BoxError::NotMine) => {}
            Err(BoxError::UnknownSigner | BoxError::SignerRemoved) => boxes.ask_again = true,
            Err(error) => boxes.faults.push(error.to_string()),
        }
    }
    boxes
}

/// An entry that the server will not take.
struct Refusal {
    id: EntryId,
    code: &'static str,
    /// To be shown.
    is_fault: bool,
}

fn refusals(class: Class, response: &MailboxResponse) -> Vec<Refusal> {
    let refused = response.verdicts.0.iter().filter_map(|verdict| {
        let (code, is_fault) = match verdict.outcome {
            Outcome::Stored(_) | Outcome::NotYet => return None,
            Outcome::Conflict => ("entry-conflict", true),
            Outcome::TooLarge => ("entry-too-large", true),
            // After a restore a phone also offers what only staff may write; staff offers it again.
            Outcome::ReadOnly => ("read-only", class == Class::Care),
            Outcome::Erased => ("erased", false),
        };
        Some(Refusal {
            id: verdict.id,
            code,
            is_fault,
        })
    });
    refused.collect()
}
