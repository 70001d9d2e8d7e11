//! What is asked of the server, and what its answer does to the phone.
//!
//! Owns one pass of synchronisation as a series of (ask, answer) pairs. The lock is held while a pair's
//! ask is made and while its answer is stored, never in between. Each mailbox's part of an answer is one
//! transaction; whatever interrupts a pass, the next one goes on from there.

use std::collections::{BTreeSet, HashMap, HashSet};

use handrail_care::chart::Place;
use handrail_care::entry::Class;
use handrail_care::id::Id;
use handrail_mailbox::chain::{self, Absorbed, Arrival, Arrived, LogState, SeenVerdict};
use handrail_mailbox::directory::Role;
use handrail_mailbox::keybox::BoxError;
use handrail_mailbox::local::seal_local;
use handrail_wire::id::{Digest, EntryId, GenerationId};
use handrail_wire::limits;
use handrail_wire::sync::{
    Body, MailboxRequest, MailboxResponse, Offer, Outcome, Probe, SyncRequest, SyncResponse,
    VERSION,
};

use crate::error::CompanionError;
use crate::phone::fold::{Effect, Folder, UNKNOWN_EPOCH, UNKNOWN_SIGNER};
use crate::phone::{Mailbox, Phone, keyring_label};

/// Answers in a row that bring nothing before a mailbox is left for the next pass.
const STALLS: u8 = 3;

/// One mailbox in this pass.
#[derive(Default)]
struct Turn {
    done: bool,
    stalls: u8,
    probes: Vec<Probe>,
    /// Offered and settled in this pass, though their place has not been read yet.
    settled: HashSet<EntryId>,
}

/// One pass.
#[derive(Default)]
pub(crate) struct Pass {
    turns: HashMap<i64, Turn>,
    /// Entries of this phone that got their place.
    pub sent: u32,
    /// Entries of others.
    pub received: u32,
    /// The clinic restored a backup.
    pub restored: bool,
    /// The first thing that was wrong with an answer.
    pub trouble: Option<String>,
}

/// A request and what it was made from.
pub(crate) struct Asked {
    /// To be sent.
    pub request: SyncRequest,
    /// Store numbers of its mailboxes, in its order.
    mailboxes: Vec<i64>,
}

/// What one request may still carry.
struct Room {
    entries: usize,
    bytes: usize,
}

impl Room {
    fn take(&mut self, bytes: usize) -> bool {
        let first = self.entries == limits::BATCH_ENTRIES;
        if self.entries == 0 || (bytes > self.bytes && !first) {
            return false;
        }
        self.entries -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        true
    }
}

impl Pass {
    fn note(&mut self, code: &str) {
        self.trouble.get_or_insert_with(|| code.to_owned());
    }
}

/// What one mailbox's answer did beyond its own mailbox.
#[derive(Default)]
struct After {
    admits: bool,
    removes: bool,
    refold: bool,
    keys: bool,
}

impl Phone {
    /// The next request of a pass, with at most `bytes` of entries; `None` when it is over.
    pub fn ask(&self, pass: &mut Pass, bytes: usize) -> Result<Option<Asked>, CompanionError> {
        self.enrolled()?;
        let mut room = Room {
            entries: limits::BATCH_ENTRIES,
            bytes: bytes.min(limits::BATCH_BYTES),
        };
        let mut requests = Vec::new();
        let mut numbers = Vec::new();
        for mailbox in self.mailboxes.iter().take(limits::MAILBOXES) {
            let turn = pass.turns.entry(mailbox.n).or_default();
            if turn.done {
                continue;
            }
            let waiting = if turn.probes.is_empty() {
                self.store.waiting(
                    mailbox.n,
                    |id| turn.settled.contains(&id),
                    |bytes| room.take(bytes),
                )?
            } else {
                Vec::new()
            };
            let offers = waiting.into_iter().map(|one| Offer {
                id: one.id,
                sealed: one.sealed.into(),
            });
            requests.push(
                mailbox
                    .log
                    .request(offers.collect(), Vec::new(), turn.probes.clone()),
            );
            numbers.push(mailbox.n);
        }
        if requests.is_empty() {
            return Ok(None);
        }
        Ok(Some(Asked {
            request: SyncRequest {
                version: VERSION,
                mailboxes: requests.into(),
            },
            mailboxes: numbers,
        }))
    }

    /// Takes the answer to a request. On an error the phone is as the store has it.
    pub fn take(
        &mut self,
        pass: &mut Pass,
        asked: &Asked,
        answer: &SyncResponse,
        now: i64,
    ) -> Result<(), CompanionError> {
        let taken = self.take_all(pass, asked, answer, now);
        if taken.is_err() {
            self.reload(now)?;
        }
        taken
    }

    fn take_all(
        &mut self,
        pass: &mut Pass,
        asked: &Asked,
        answer: &SyncResponse,
        now: i64,
    ) -> Result<(), CompanionError> {
        let requests = &asked.request.mailboxes.0;
        let responses = &answer.mailboxes.0;
        if answer.version != VERSION || responses.len() != requests.len() {
            pass.note("answer-unexpected");
            pass.turns.values_mut().for_each(|turn| turn.done = true);
            return Ok(());
        }
        for ((request, response), n) in requests.iter().zip(responses).zip(&asked.mailboxes) {
            let found = self.mailboxes.iter().position(|mailbox| mailbox.n == *n);
            // A new invite may have changed the mailboxes meanwhile: the next pass sees to them.
            let Some(index) = found else { continue };
            let mut turn = pass.turns.remove(n).unwrap_or_default();
            let after = self.take_one(index, request, response, &mut turn, pass, now);
            pass.turns.insert(*n, turn);
            self.settle(index, &after?, now)?;
        }
        Ok(())
    }

    /// What follows for what was put aside, or folded under another view of staff.
    fn settle(&mut self, index: usize, after: &After, now: i64) -> Result<(), CompanionError> {
        let mut again: BTreeSet<usize> = BTreeSet::new();
        if after.refold || (after.keys && self.mailboxes[index].waits_for(UNKNOWN_EPOCH)) {
            again.insert(index);
        }
        for (other, mailbox) in self.mailboxes.iter().enumerate() {
            let believed = after.admits && mailbox.waits_for(UNKNOWN_SIGNER);
            if believed || (after.removes && mailbox.class != Class::Library) {
                again.insert(other);
            }
        }
        again
            .into_iter()
            .try_for_each(|index| self.refold(index, now))
    }

    fn take_one(
        &mut self,
        index: usize,
        request: &MailboxRequest,
        response: &MailboxResponse,
        turn: &mut Turn,
        pass: &mut Pass,
        now: i64,
    ) -> Result<After, CompanionError> {
        let mailbox = &self.mailboxes[index];
        let n = mailbox.n;
        let before = mailbox.log;
        let mut log = before;
        let own = self.store.own(n);
        let absorbed = log.absorb(request, response, &own);
        let probes = match &absorbed {
            Ok(Absorbed::ProbesWanted) => log.probes(&own),
            _ => Vec::new(),
        };
        own.finish()?;
        match absorbed {
            Err(fault) => {
                let code = fault.to_string();
                self.store.write(|w| w.fault(n, None, &code, now))?;
                pass.note(&code);
                turn.done = true;
                Ok(After::default())
            }
            Ok(Absorbed::Refused(code)) => {
                self.store.write(|w| w.fault(n, None, &code, now))?;
                pass.note(&code);
                turn.done = true;
                Ok(After::default())
            }
            Ok(Absorbed::ProbesWanted) => {
                // Without an end to this a server could ask for ever.
                turn.stalls += 1;
                turn.done = turn.stalls > STALLS;
                turn.probes = probes;
                Ok(After::default())
            }
            Ok(Absorbed::Restarted { common }) => {
                let memo = crate::phone::SyncMemo {
                    restored_at: Some(now),
                    ..self.memo.clone()
                };
                let key = &self.key;
                self.store.write(|w| {
                    w.restart(n, common)?;
                    w.set_log(n, &log)?;
                    memo.store(w, key)
                })?;
                self.memo = memo;
                self.mailboxes[index].log = log;
                pass.restored = true;
                turn.stalls += 1;
                turn.done = turn.stalls > STALLS;
                turn.probes.clear();
                turn.settled.clear();
                Ok(After {
                    refold: true,
                    ..After::default()
                })
            }
            Ok(Absorbed::Advanced { entries, more }) => {
                turn.probes.clear();
                let after = self.advance(index, request, response, &entries, log, pass, now)?;
                self.go_on(index, request, response, &entries, more, turn, pass)?;
                Ok(after)
            }
        }
    }

    /// Is there more to do for this mailbox in this pass?
    #[expect(
        clippy::too_many_arguments,
        reason = "one answer with what it was made from"
    )]
    fn go_on(
        &self,
        index: usize,
        request: &MailboxRequest,
        response: &MailboxResponse,
        entries: &[Arrived],
        more: bool,
        turn: &mut Turn,
        pass: &mut Pass,
    ) -> Result<(), CompanionError> {
        let mut progress = !entries.is_empty();
        for verdict in &response.verdicts.0 {
            if verdict.outcome != Outcome::NotYet {
                progress = true;
                turn.settled.insert(verdict.id);
            }
        }
        let nothing_offered = request.entries.0.is_empty();
        let mut left = false;
        self.store.waiting(
            self.mailboxes[index].n,
            |id| turn.settled.contains(&id),
            |_| {
                left = true;
                false
            },
        )?;
        if progress {
            turn.stalls = 0;
        } else if more || (left && !nothing_offered) {
            turn.stalls += 1;
        }
        if turn.stalls > STALLS {
            pass.note("no-progress");
        }
        turn.done = (!more && !left) || turn.stalls > STALLS;
        Ok(())
    }

    /// Stores what arrived and folds it, in one transaction.
    #[expect(
        clippy::too_many_arguments,
        reason = "one answer with what it was made from"
    )]
    fn advance(
        &mut self,
        index: usize,
        request: &MailboxRequest,
        response: &MailboxResponse,
        entries: &[Arrived],
        mut log: LogState,
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
        let before = mailbox.log;
        let mut after = After::default();
        let box_faults = admit_boxes(
            mailbox, trust, enrolment, response, &mut log, &before, &mut after,
        );
        let refusals = refusals(mailbox.class, response);
        if entries.is_empty()
            && refusals.is_empty()
            && box_faults.is_empty()
            && log == before
            && !after.keys
        {
            return Ok(after);
        }
        let offered: HashMap<EntryId, &Offer> = request
            .entries
            .0
            .iter()
            .map(|offer| (offer.id, offer))
            .collect();
        let n = mailbox.n;
        store.write(|w| {
            for (new, logged) in entries.iter().zip(&response.entries.0) {
                if new.clash {
                    w.keep_clash(n, new.id, now)?;
                    after.refold = true;
                }
                match (&logged.body, new.body) {
                    (Body::Sealed(sealed), _) => w.arrive(n, new, Some(&sealed.0))?,
                    (_, Arrival::Yours) => w.place(n, new)?,
                    _ => w.arrive(n, new, None)?,
                }
            }
            let mut arrivals = Arrivals {
                mailbox,
                trust,
                library,
                log: &log,
                after: &mut after,
            };
            for (new, logged) in entries.iter().zip(&response.entries.0) {
                let sealed = match &logged.body {
                    Body::Sealed(sealed) => Some(sealed.0.clone()),
                    Body::Yours => offered.get(&new.id).map(|offer| offer.sealed.0.clone()),
                    Body::Erased(_) => None,
                };
                arrivals.take(w, new, sealed, now)?;
            }
            for (id, code, is_fault) in &refusals {
                w.refuse(n, *id, code)?;
                if *is_fault {
                    w.fault(n, Some(*id), code, now)?;
                }
            }
            for code in &box_faults {
                w.fault(n, None, code, now)?;
            }
            if box_faults.is_empty() {
                w.clear_answer_faults(n)?;
            }
            if after.keys {
                let label = keyring_label(log.mailbox);
                w.set_keyring(n, &seal_local(key, &label, &mailbox.keyring.to_bytes()))?;
            }
            w.set_log(n, &log)?;
            Ok::<_, CompanionError>(())
        })?;
        mailbox.log = log;
        for new in entries {
            let ours = new.body == Arrival::Yours || offered.contains_key(&new.id);
            let count = if ours {
                &mut pass.sent
            } else {
                &mut pass.received
            };
            *count = count.saturating_add(1);
        }
        Ok(after)
    }
}

/// Takes the epochs that came; returns the codes of boxes that are wrong.
fn admit_boxes(
    mailbox: &mut Mailbox,
    trust: &crate::phone::Trust,
    enrolment: &crate::phone::Enrolment,
    response: &MailboxResponse,
    log: &mut LogState,
    before: &LogState,
    after: &mut After,
) -> Vec<String> {
    let signers = match mailbox.class {
        Class::Care | Class::Family | Class::Team => Role::CLINICAL,
        Class::Library | Class::Roster => Role::ALL,
    };
    let mut faults = Vec::new();
    for key_box in &response.boxes.0 {
        let key = enrolment.device.box_key();
        match mailbox
            .keyring
            .admit_box(&trust.directory, signers, key, key_box)
        {
            Ok(new) => after.keys |= new,
            Err(BoxError::NotMine) => {}
            // Their certificate may come later: the server is asked for this box again.
            Err(BoxError::UnknownSigner | BoxError::SignerRemoved) => {
                log.boxes_seen = before.boxes_seen;
            }
            Err(error) => faults.push(error.to_string()),
        }
    }
    faults
}

/// Entries that the server will not take: id, code, and whether it is a fault to show.
fn refusals(class: Class, response: &MailboxResponse) -> Vec<(EntryId, &'static str, bool)> {
    let refused = response.verdicts.0.iter().filter_map(|verdict| {
        let (code, is_fault) = match verdict.outcome {
            Outcome::Stored(_) | Outcome::NotYet => return None,
            Outcome::Conflict => ("entry-conflict", true),
            Outcome::TooLarge => ("entry-too-large", true),
            // After a restore a phone also offers what only staff may write; staff offers it again.
            Outcome::ReadOnly => ("read-only", class == Class::Care),
            Outcome::Erased => ("erased", false),
        };
        Some((verdict.id, code, is_fault))
    });
    refused.collect()
}

/// Folds arriving entries inside the transaction that stores them.
struct Arrivals<'a> {
    mailbox: &'a mut Mailbox,
    trust: &'a mut crate::phone::Trust,
    library: &'a mut handrail_care::library::Library,
    log: &'a LogState,
    after: &'a mut After,
}

impl Arrivals<'_> {
    fn take(
        &mut self,
        w: &crate::store::Writer<'_>,
        new: &Arrived,
        sealed: Option<Vec<u8>>,
        now: i64,
    ) -> Result<(), CompanionError> {
        let n = self.mailbox.n;
        if self.mailbox.erased.contains(&Id(new.id.0)) {
            // A signed entry says that it is gone, whatever came.
            w.erase(n, new.id)?;
            self.mailbox.missing.insert(new.id);
            self.after.refold = true;
            return Ok(());
        }
        let Some(sealed) = sealed else {
            // Bytes that we hold stay until a signed entry says otherwise.
            self.mailbox.missing.insert(new.id);
            self.after.refold = true;
            return Ok(());
        };
        let mut folder = Folder {
            class: self.mailbox.class,
            keyring: &self.mailbox.keyring,
            trust: self.trust,
            chart: &mut self.mailbox.chart,
            library: self.library,
            erased: &mut self.mailbox.erased,
        };
        let folded = match folder.fold(new.id, sealed, Place::at(new.seq, new.at)) {
            Ok(folded) => folded,
            Err(reason) => {
                w.quarantine(n, new.id, &reason, now)?;
                self.mailbox.aside.insert(new.id, reason);
                return Ok(());
            }
        };
        match folded.effect {
            Effect::None => {}
            Effect::Erases(entry) => {
                w.erase(n, EntryId(entry.0))?;
                self.after.refold = true;
            }
            Effect::Admits => self.after.admits = true,
            Effect::Removes => self.after.removes = true,
        }
        if folded.by != self.trust.me
            && let Some(seen) = folded.seen
        {
            self.compare(w, new, seen, now)?;
        }
        Ok(())
    }

    /// The author's view of the log against ours.
    fn compare(
        &mut self,
        w: &crate::store::Writer<'_>,
        new: &Arrived,
        seen: handrail_care::entry::Seen,
        now: i64,
    ) -> Result<(), CompanionError> {
        let seen = chain::Seen {
            generation: GenerationId(seen.g.0),
            seq: seen.n,
            head: Digest(seen.h),
        };
        let own = w.own(self.mailbox.n);
        let verdict = self.log.check_seen(&seen, &own);
        own.finish()?;
        let code = match verdict {
            SeenVerdict::Agrees | SeenVerdict::OtherGeneration => return Ok(()),
            SeenVerdict::Fork => "chain-fork",
            // Nobody can have seen more of a log than what stands before their own entry.
            SeenVerdict::Ahead => "chain-withheld",
        };
        Ok(w.fault(self.mailbox.n, Some(new.id), code, now)?)
    }
}
