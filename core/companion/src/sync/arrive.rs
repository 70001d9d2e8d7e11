//! Storing and folding what one mailbox's answer brought, in one transaction.
//!
//! Owns the order: bytes first, then facts, then what the server refused, then keys and cursor. A fold
//! inside a transaction that does not commit is made good by folding again from the store.

use std::collections::HashMap;

use handrail_care::chart::Place;
use handrail_care::entry::{Class, Seen};
use handrail_care::id::Id;
use handrail_care::library::Library;
use handrail_mailbox::chain::{self, Arrival, Arrived, LogState, OwnEntry, SeenVerdict};
use handrail_mailbox::directory::Role;
use handrail_mailbox::keybox::BoxError;
use handrail_mailbox::local::seal_local;
use handrail_wire::id::{Digest, EntryId, GenerationId};
use handrail_wire::sync::{Body, MailboxRequest, MailboxResponse, Offer, Outcome};

use super::exchange::Pass;
use crate::error::CompanionError;
use crate::phone::fold::{Effect, Folder};
use crate::phone::{Enrolment, Mailbox, Phone, Trust, keyring_label};
use crate::store::Writer;

/// One mailbox's question and its checked answer.
pub(super) struct Batch<'a> {
    pub request: &'a MailboxRequest,
    pub response: &'a MailboxResponse,
    /// Store numbers of the entries that were offered.
    pub rows: &'a HashMap<EntryId, i64>,
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
        let nothing = batch.entries.is_empty() && refusals.is_empty() && boxes.faults.is_empty();
        if nothing && log == mailbox.log && !after.keys {
            return Ok(after);
        }
        let offers = batch.request.entries.0.iter();
        let offered: HashMap<EntryId, &Offer> = offers.map(|offer| (offer.id, offer)).collect();
        let n = mailbox.n;
        store.write(|w| {
            write_bytes(w, mailbox, batch, &mut after, now)?;
            let mut arrivals = Arrivals {
                mailbox,
                trust,
                library,
                log: &log,
                after: &mut after,
                compared: None,
            };
            for (new, logged) in batch.entries.iter().zip(&batch.response.entries.0) {
                let sealed = match &logged.body {
                    Body::Sealed(sealed) => Some(sealed.0.clone()),
                    Body::Yours => offered.get(&new.id).map(|offer| offer.sealed.0.clone()),
                    Body::Erased(_) => None,
                };
                arrivals.take(w, new, sealed, now)?;
            }
            for refusal in &refusals {
                w.refuse(n, refusal.id, refusal.code)?;
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
            Ok::<_, CompanionError>(())
        })?;
        mailbox.log = log;
        for new in batch.entries {
            let own = OwnEntry {
                seq: Some(new.seq),
                digest: new.digest,
            };
            mailbox.held.insert(new.id, own);
        }
        let ours = |new: &&Arrived| offered.contains_key(&new.id);
        let sent = batch.entries.iter().filter(ours).count();
        pass.count(sent, batch.entries.len() - sent);
        Ok(after)
    }
}

fn write_bytes(
    w: &Writer<'_>,
    mailbox: &Mailbox,
    batch: &Batch<'_>,
    after: &mut After,
    now: i64,
) -> Result<(), CompanionError> {
    let n = mailbox.n;
    for (new, logged) in batch.entries.iter().zip(&batch.response.entries.0) {
        if new.clash {
            w.keep_clash(n, new.id, now)?;
            after.refold = true;
        }
        match (&logged.body, new.body) {
            (Body::Sealed(sealed), _) if !mailbox.held.contains_key(&new.id) => {
                w.arrive_new(n, new, &sealed.0)?;
            }
            (Body::Sealed(sealed), _) => w.arrive(n, new, Some(&sealed.0))?,
            (_, body) => match batch.rows.get(&new.id) {
                Some(row) if body == Arrival::Yours => w.place(*row, n, new)?,
                _ => w.arrive(n, new, None)?,
            },
        }
    }
    Ok(())
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

/// Folds arriving entries inside the transaction that stores them.
struct Arrivals<'a> {
    mailbox: &'a mut Mailbox,
    trust: &'a mut Trust,
    library: &'a mut Library,
    log: &'a LogState,
    after: &'a mut After,
    /// The view compared last: entries written in one go carry the same.
    compared: Option<(Seen, SeenVerdict)>,
}

impl Arrivals<'_> {
    fn take(
        &mut self,
        w: &Writer<'_>,
        new: &Arrived,
        sealed: Option<Vec<u8>>,
        now: i64,
    ) -> Result<(), CompanionError> {
        let n = self.mailbox.n;
        let gone = self.mailbox.erased.contains(&Id(new.id.0));
        if gone {
            // A signed entry says so, whatever came.
            w.erase(n, new.id)?;
        }
        let Some(sealed) = sealed.filter(|_| !gone) else {
            // Bytes that this phone holds stay until a signed entry says otherwise.
            self.mailbox.missing.insert(new.id);
            self.after.refold = true;
            return Ok(());
        };
        let place = Place::at(new.seq, new.at);
        if new.body == Arrival::Yours && self.mailbox.chart.acknowledge(Id(new.id.0), place) {
            return Ok(());
        }
        let mut folder = Folder {
            class: self.mailbox.class,
            keyring: &self.mailbox.keyring,
            trust: self.trust,
            chart: &mut self.mailbox.chart,
            library: self.library,
            erased: &mut self.mailbox.erased,
        };
        let fact = match folder.fold(new.id, sealed, place) {
            Ok(fact) => fact,
            Err(reason) => {
                w.quarantine(n, new.id, &reason, now)?;
                self.mailbox.aside.insert(new.id, reason);
                return Ok(());
            }
        };
        match fact.effect {
            Effect::None => {}
            Effect::Erases(entry) => {
                w.erase(n, EntryId(entry.0))?;
                self.after.refold = true;
            }
            Effect::Admits => self.after.staff.admits = true,
            Effect::Removes => self.after.staff.removes = true,
        }
        match fact.seen {
            Some(seen) if fact.by != self.trust.me => self.compare(w, new, seen, now),
            _ => Ok(()),
        }
    }

    /// The author's view of the log against ours.
    fn compare(
        &mut self,
        w: &Writer<'_>,
        new: &Arrived,
        theirs: Seen,
        now: i64,
    ) -> Result<(), CompanionError> {
        let verdict = match self.compared {
            Some((before, verdict)) if before == theirs => verdict,
            _ => self.look(w, theirs)?,
        };
        self.compared = Some((theirs, verdict));
        let code = match verdict {
            SeenVerdict::Agrees | SeenVerdict::OtherGeneration => return Ok(()),
            SeenVerdict::Fork => "chain-fork",
            // Nobody can have seen more of a log than what stands before their own entry.
            SeenVerdict::Ahead => "chain-withheld",
        };
        Ok(w.fault(self.mailbox.n, Some(new.id), code, now)?)
    }

    fn look(&self, w: &Writer<'_>, theirs: Seen) -> Result<SeenVerdict, CompanionError> {
        let view = chain::Seen {
            generation: GenerationId(theirs.g.0),
            seq: theirs.n,
            head: Digest(theirs.h),
        };
        let own = w.own(self.mailbox.n, &self.mailbox.held);
        let verdict = self.log.check_seen(&view, &own);
        own.finish()?;
        Ok(verdict)
    }
}
