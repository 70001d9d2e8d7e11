//! What is asked of the server, and what its answer does to the phone.
//!
//! Owns one pass of synchronisation as a series of (ask, answer) pairs. The lock is held while a pair's
//! ask is made and while its answer is stored, never in between. Each mailbox's part of an answer is one
//! transaction; whatever interrupts a pass, the next one goes on from there.

use std::collections::{BTreeSet, HashMap, HashSet};

use handrail_care::entry::Class;
use handrail_mailbox::chain::{Absorbed, ChainFault, LogState};
use handrail_wire::id::EntryId;
use handrail_wire::limits;
use handrail_wire::sync::{
    MailboxRequest, MailboxResponse, Offer, Outcome, Probe, SyncRequest, SyncResponse, VERSION,
};

use super::arrive::{After, Batch};
use crate::error::CompanionError;
use crate::phone::fold::{UNKNOWN_EPOCH, UNKNOWN_SIGNER};
use crate::phone::{Phone, SyncMemo};
use crate::store::Waiting;

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

impl Turn {
    /// An answer brought nothing; after a few of them this mailbox is left, or a server could ask for
    /// ever.
    fn stall(&mut self, pass: &mut Pass) {
        self.stalls += 1;
        if self.stalls > STALLS {
            pass.note("no-progress");
            self.done = true;
        }
    }
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
    /// The answer of one of them, once that was held against the log.
    checked: Option<(i64, Checked)>,
}

/// An answer held against the log that the phone has.
struct Checked {
    absorbed: Result<Absorbed, ChainFault>,
    /// The log after it.
    log: LogState,
}

/// One mailbox's question and answer.
struct Answered<'a> {
    request: &'a MailboxRequest,
    response: &'a MailboxResponse,
}

/// Nothing was offered and nothing came.
fn is_quiet(request: &MailboxRequest, response: &MailboxResponse) -> bool {
    request.entries.0.is_empty()
        && request.boxes.0.is_empty()
        && response.problem.is_none()
        && response.common.is_none()
        && response.entries.0.is_empty()
        && response.boxes.0.is_empty()
        && !response.more
}

fn offers(waiting: Vec<Waiting>) -> Vec<Offer> {
    let each = waiting.into_iter().map(|one| Offer {
        id: one.id,
        sealed: one.sealed.into(),
    });
    each.collect()
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
    /// So many entries went, so many came.
    pub(super) fn count(&mut self, sent: usize, received: usize) {
        let add = |count: &mut u32, more| {
            *count = count.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        };
        add(&mut self.sent, sent);
        add(&mut self.received, received);
    }

    /// Every mailbox is asked about once more: something was written meanwhile.
    pub(super) fn again(&mut self) {
        self.turns.clear();
    }

    fn note(&mut self, code: &str) {
        self.trouble.get_or_insert_with(|| code.to_owned());
    }
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
                    &mailbox.held,
                    0,
                    |id| turn.settled.contains(&id),
                    |bytes| room.take(bytes),
                )?
            } else {
                Vec::new()
            };
            requests.push(
                mailbox
                    .log
                    .request(offers(waiting), Vec::new(), turn.probes.clone()),
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
            checked: None,
        }))
    }

    /// The request after `asked`, made before the answer to that one is stored; `None` when it cannot be
    /// known yet (more than one mailbox has news), or when that answer brought nothing or leaves nothing
    /// to do. Nothing is believed early: the answer is checked
    /// here, and a phone that stops before it is stored offers both batches again, which changes
    /// nothing at the server.
    pub fn ask_ahead(
        &self,
        pass: &Pass,
        asked: &mut Asked,
        answer: &SyncResponse,
        bytes: usize,
    ) -> Result<Option<Asked>, CompanionError> {
        let requests = &asked.request.mailboxes.0;
        let responses = &answer.mailboxes.0;
        if answer.version != VERSION || responses.len() != requests.len() {
            return Ok(None);
        }
        let answers = asked.mailboxes.iter().zip(requests.iter().zip(responses));
        let mut busy = answers.filter(|(_, (request, response))| !is_quiet(request, response));
        let (Some((n, (request, response))), None) = (busy.next(), busy.next()) else {
            return Ok(None);
        };
        let found = self.mailboxes.iter().position(|mailbox| mailbox.n == *n);
        let (Some(index), Some(turn)) = (found, pass.turns.get(n)) else {
            return Ok(None);
        };
        // Key boxes may have to be asked for again: that is known when they are stored.
        if !response.boxes.0.is_empty() {
            return Ok(None);
        }
        let (_, checked) = asked
            .checked
            .insert((*n, self.check(index, request, response)));
        let Ok(Absorbed::Advanced { entries, more }) = &checked.absorbed else {
            return Ok(None);
        };
        if entries.is_empty() && request.entries.0.is_empty() {
            return Ok(None);
        }
        let last = request.entries.0.last();
        let held = &self.mailboxes[index].held;
        let last = last.and_then(|offer| held.row(offer.id)).unwrap_or(0);
        let mut room = Room {
            entries: limits::BATCH_ENTRIES,
            bytes: bytes.min(limits::BATCH_BYTES),
        };
        let waiting = self.store.waiting(
            held,
            last,
            |id| turn.settled.contains(&id),
            |bytes| room.take(bytes),
        )?;
        if waiting.is_empty() && !more {
            return Ok(None);
        }
        let request = checked.log.request(offers(waiting), Vec::new(), Vec::new());
        Ok(Some(Asked {
            request: SyncRequest {
                version: VERSION,
                mailboxes: vec![request].into(),
            },
            mailboxes: vec![*n],
            checked: None,
        }))
    }

    fn check(&self, index: usize, request: &MailboxRequest, response: &MailboxResponse) -> Checked {
        let mailbox = &self.mailboxes[index];
        let mut log = mailbox.log;
        let absorbed = log.absorb(request, response, &mailbox.held);
        Checked { absorbed, log }
    }

    /// Takes the answer to a request. On an error the phone is as the store has it.
    pub fn take(
        &mut self,
        pass: &mut Pass,
        asked: &mut Asked,
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
        asked: &mut Asked,
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
            let checked = match asked.checked.take_if(|(known, _)| known == n) {
                Some((_, checked)) => checked,
                None => self.check(index, request, response),
            };
            let mut turn = pass.turns.remove(n).unwrap_or_default();
            let answer = Answered { request, response };
            let after = self.take_one(index, &answer, checked, &mut turn, pass, now);
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
            let believed = after.staff.admits && mailbox.waits_for(UNKNOWN_SIGNER);
            if believed || (after.staff.removes && mailbox.class != Class::Library) {
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
        answer: &Answered<'_>,
        checked: Checked,
        turn: &mut Turn,
        pass: &mut Pass,
        now: i64,
    ) -> Result<After, CompanionError> {
        let n = self.mailboxes[index].n;
        let log = checked.log;
        match checked.absorbed {
            Err(fault) => self.leave(n, &fault.to_string(), turn, pass, now),
            Ok(Absorbed::Refused(code)) => self.leave(n, &code, turn, pass, now),
            Ok(Absorbed::ProbesWanted) => {
                turn.probes = log.probes(&self.mailboxes[index].held);
                turn.stall(pass);
                Ok(After::default())
            }
            Ok(Absorbed::Restarted { common }) => {
                turn.probes.clear();
                turn.settled.clear();
                turn.stall(pass);
                pass.restored = true;
                self.restart(index, common, log, now)
            }
            Ok(Absorbed::Advanced { entries, more }) => {
                turn.probes.clear();
                let offers = answer.request.entries.0.iter();
                let batch = Batch {
                    offers: offers.map(|offer| (offer.id, offer)).collect(),
                    response: answer.response,
                    entries: &entries,
                    log,
                };
                let after = self.advance(index, &batch, pass, now)?;
                self.go_on(index, &batch, more, turn, pass);
                Ok(after)
            }
        }
    }

    /// Notes what is wrong and leaves a mailbox for the next pass.
    fn leave(
        &mut self,
        n: i64,
        code: &str,
        turn: &mut Turn,
        pass: &mut Pass,
        now: i64,
    ) -> Result<After, CompanionError> {
        self.store.write(|w| w.fault(n, None, code, now))?;
        pass.note(code);
        turn.done = true;
        Ok(After::default())
    }

    /// The clinic restored a backup: everything above `common` waits to be offered again.
    fn restart(
        &mut self,
        index: usize,
        common: u64,
        log: LogState,
        now: i64,
    ) -> Result<After, CompanionError> {
        let memo = SyncMemo {
            restored_at: Some(now),
            ..self.memo.clone()
        };
        let (n, key) = (self.mailboxes[index].n, &self.key);
        self.store.write(|w| {
            w.restart(n, common)?;
            w.set_log(n, &log)?;
            memo.store(w, key)
        })?;
        self.memo = memo;
        self.mailboxes[index].log = log;
        Ok(After {
            refold: true,
            ..After::default()
        })
    }

    /// Is there more to do for this mailbox in this pass?
    fn go_on(&self, index: usize, batch: &Batch<'_>, more: bool, turn: &mut Turn, pass: &mut Pass) {
        let mut progress = !batch.entries.is_empty();
        for verdict in &batch.response.verdicts.0 {
            if verdict.outcome != Outcome::NotYet {
                progress = true;
                turn.settled.insert(verdict.id);
            }
        }
        let mut waiting = self.mailboxes[index].held.waiting(0);
        let left = waiting.any(|(_, id)| !turn.settled.contains(&id));
        turn.done = !more && !left;
        // Other mailboxes may have filled the batch: then this one only waits for its turn.
        let crowded_out = !more && batch.offers.is_empty();
        if progress {
            turn.stalls = 0;
        } else if !turn.done && !crowded_out {
            turn.stall(pass);
        }
    }
}
