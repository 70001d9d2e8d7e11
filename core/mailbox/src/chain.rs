//! The chain check: one client's replica of one mailbox's log, without I/O.
//!
//! Owns the heads, what a client asks and what it believes of the answer. Phone, desk and browser use
//! it alike; the caller keeps the entries and looks up its own heads through [`Own`].
//!
//! Refuses answers that do not continue the log that the client has. What is checked when:
//!
//! | on every answer | only on an answer that reaches the tip |
//! |---|---|
//! | mailbox, generation, sequence arithmetic, one verdict for each offer in order, verdicts against log places, no entry twice, an offer said to be stored has the bytes that were offered | the recomputed head is the stated head (before the tip nothing is stated to compare with; the running head goes out with the next request and is checked at the end) |
//!
//! A server that withholds the newest entries cannot be told from a quiet clinic; the caller shows
//! since when there was no news.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use handrail_wire::id::{Digest, EntryId, GenerationId, MailboxId};
use handrail_wire::limits;
use handrail_wire::problem::Code;
use handrail_wire::sync::{
    Body, KeyBox, MailboxRequest, MailboxResponse, Offer, Outcome, Probe, Verdict,
};

use crate::crypto;

/// The head before the first entry: `SHA-256("handrail/chain/v1" || mailbox)`.
pub fn first_head(mailbox: MailboxId) -> Digest {
    Digest(crypto::sha256(&[b"handrail/chain/v1", &mailbox.0]))
}

/// The digest of a sealed entry.
pub fn digest(sealed: &[u8]) -> Digest {
    Digest(crypto::sha256(&[sealed]))
}

/// The head after an entry: `SHA-256(head || id || SHA-256(sealed))`.
pub fn next_head(head: Digest, id: EntryId, sealed: Digest) -> Digest {
    Digest(crypto::sha256(&[&head.0, &id.0, &sealed.0]))
}

/// An entry that the client has, whether or not it is in the log already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnEntry {
    /// Its place in the log; `None` while it waits in the outbox (or again, after a restore).
    pub seq: Option<u64>,
    /// SHA-256 of its sealed bytes.
    pub digest: Digest,
}

/// What the caller's store knows of the mailbox. Lookups only; called for each entry that arrives.
pub trait Own {
    /// The client's head at a place in the log, 1 to its own tip.
    fn head_at(&self, seq: u64) -> Option<Digest>;
    /// An entry of the log or the outbox. What a request offers under this identifier has these
    /// bytes: the digest is not computed again.
    fn entry(&self, id: EntryId) -> Option<OwnEntry>;
}

/// The server's answer cannot be believed. The state is unchanged; show it, keep everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// An answer for another mailbox.
    #[error("chain-wrong-mailbox")]
    WrongMailbox,
    /// The log is shorter than it was, in the same generation.
    #[error("chain-rolled-back")]
    RolledBack,
    /// The recomputed head is not the stated one, or the server disowns a head of this generation:
    /// something was dropped, swapped, added or altered.
    #[error("chain-head-mismatch")]
    HeadMismatch,
    /// Another generation without a word on where it parts from ours, or parting where we never were.
    #[error("chain-generation")]
    Generation,
    /// Places in the log that do not add up.
    #[error("chain-sequence")]
    Sequence,
    /// Verdicts that do not fit the offers or the log.
    #[error("chain-verdicts")]
    Verdicts,
    /// An entry that is in the log already came again.
    #[error("chain-repeated")]
    Repeated,
    /// An entry that we offered and that is said to be stored came with other bytes.
    #[error("chain-altered")]
    Altered,
}

/// What arrived in a place of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Sealed bytes: at the same index of [`MailboxResponse::entries`].
    Sealed,
    /// What we offered in this request.
    Yours,
    /// The server says it was erased. Believe it only with a signed `erase` entry that names it.
    Erased,
}

/// One new entry of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrived {
    /// Its place.
    pub seq: u64,
    /// Its identifier.
    pub id: EntryId,
    /// When the server stored it, epoch milliseconds, as it says.
    pub at: i64,
    /// SHA-256 of its sealed bytes.
    pub digest: Digest,
    /// The head after it; keep it for [`Own::head_at`].
    pub head: Digest,
    /// Where its bytes are.
    pub body: Arrival,
    /// The client holds an entry with this identifier and other bytes. The log's is taken, so that
    /// nothing blocks the rest; the client's stays on the phone as a fault to show.
    pub clash: bool,
}

/// What an answer meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absorbed {
    /// The log went on. Entries in order, parallel to [`MailboxResponse::entries`]; verdicts are those
    /// of the answer, checked.
    Advanced {
        /// New entries.
        entries: Vec<Arrived>,
        /// Ask again.
        more: bool,
    },
    /// The server has another generation: ask again with [`LogState::probes`]. Nothing changed.
    ProbesWanted,
    /// The clinic restored a backup. The state went back to `common`: forget the places of entries
    /// above it, offer every sealed entry above it again, add your key boxes again, and say so.
    Restarted {
        /// The last place where both logs agree.
        common: u64,
    },
    /// The server refused this mailbox; the code as it came.
    Refused(String),
}

/// What a client has of one mailbox. Plain fields, to be stored by the caller with the entries, in
/// one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogState {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// The generation; `None` before the first answer.
    pub generation: Option<GenerationId>,
    /// Entries 1 to this are here.
    pub seq: u64,
    /// The head at `seq`.
    pub head: Digest,
    /// The server's cursor for key boxes.
    pub boxes_seen: u64,
}

impl LogState {
    /// Nothing yet.
    pub fn new(mailbox: MailboxId) -> Self {
        Self {
            mailbox,
            generation: None,
            seq: 0,
            head: first_head(mailbox),
            boxes_seen: 0,
        }
    }

    /// What to ask. `probes` is empty except after [`Absorbed::ProbesWanted`].
    pub fn request(
        &self,
        entries: Vec<Offer>,
        boxes: Vec<KeyBox>,
        probes: Vec<Probe>,
    ) -> MailboxRequest {
        MailboxRequest {
            mailbox: self.mailbox,
            generation: self.generation,
            seq: self.seq,
            head: self.head,
            probes: probes.into(),
            entries: entries.into(),
            boxes_seen: self.boxes_seen,
            boxes: boxes.into(),
        }
    }

    /// Heads from the tip downwards at distances 0, 1, 2, 4, ..., then low places 8, 4, 2, 1 and
    /// always 0; at most [`limits::PROBES`].
    pub fn probes(&self, own: &impl Own) -> Vec<Probe> {
        let mut places: Vec<u64> = Vec::with_capacity(limits::PROBES);
        let mut below = 0_u64;
        while let Some(place) = self.seq.checked_sub(below) {
            places.push(place);
            below = if below == 0 {
                1
            } else {
                below.saturating_mul(2)
            };
            if places.len() == limits::PROBES - 5 || below == u64::MAX {
                break;
            }
        }
        places.extend([8, 4, 2, 1, 0].iter().filter(|low| **low <= self.seq));
        places.sort_unstable_by(|a, b| b.cmp(a));
        places.dedup();
        let probes = places.into_iter().filter_map(|seq| {
            let head = self.own_head(own, seq)?;
            Some(Probe { seq, head })
        });
        probes.collect()
    }

    fn own_head(&self, own: &impl Own, seq: u64) -> Option<Digest> {
        if seq == 0 {
            Some(first_head(self.mailbox))
        } else if seq == self.seq {
            Some(self.head)
        } else {
            own.head_at(seq)
        }
    }

    /// Checks the answer to `request` and goes on with it. On a fault the state is unchanged.
    pub fn absorb(
        &mut self,
        request: &MailboxRequest,
        response: &MailboxResponse,
        own: &impl Own,
    ) -> Result<Absorbed, ChainFault> {
        if response.mailbox != self.mailbox || request.mailbox != self.mailbox {
            return Err(ChainFault::WrongMailbox);
        }
        if let Some(problem) = &response.problem {
            return if problem == Code::SeqBeyondLog.as_str() {
                Err(ChainFault::RolledBack)
            } else {
                Ok(Absorbed::Refused(problem.clone()))
            };
        }
        check_offers(&request.entries.0, &response.verdicts.0)?;
        let same_generation = self
            .generation
            .is_none_or(|generation| generation == response.generation);
        match response.common {
            Some(_) if same_generation => Err(ChainFault::HeadMismatch),
            Some(common) => self.restart(request, response, common, own),
            None if same_generation => self.advance(request, response, own),
            None => Err(ChainFault::Generation),
        }
    }

    /// Another generation: go back to the last place where both agree.
    fn restart(
        &mut self,
        request: &MailboxRequest,
        response: &MailboxResponse,
        common: u64,
        own: &impl Own,
    ) -> Result<Absorbed, ChainFault> {
        if response.verdicts.0.iter().any(is_stored) {
            return Err(ChainFault::Verdicts);
        }
        // The request's own tip is a probe too.
        let probes = &request.probes.0;
        let told =
            common == 0 || common == request.seq || probes.iter().any(|probe| probe.seq == common);
        if probes.is_empty() && self.seq > 0 && common != self.seq {
            return Ok(Absorbed::ProbesWanted);
        }
        if common > response.seq {
            return Err(ChainFault::Sequence);
        }
        if !told {
            return Err(ChainFault::Generation);
        }
        let head = self.own_head(own, common).ok_or(ChainFault::Generation)?;
        self.generation = Some(response.generation);
        self.seq = common;
        self.head = head;
        self.boxes_seen = 0;
        Ok(Absorbed::Restarted { common })
    }

    /// The same log, gone on.
    fn advance(
        &mut self,
        request: &MailboxRequest,
        response: &MailboxResponse,
        own: &impl Own,
    ) -> Result<Absorbed, ChainFault> {
        if response.seq < self.seq {
            return Err(ChainFault::RolledBack);
        }
        let count = response.entries.0.len() as u64;
        let reached = self.seq.checked_add(count).ok_or(ChainFault::Sequence)?;
        // With `more` and every entry here, it is key boxes that did not fit.
        let at_tip = reached == response.seq;
        let adds_up = at_tip || (response.more && reached < response.seq);
        // The cursor for key boxes is the server's own: one that goes back brings boxes again, which changes
        // nothing.
        if response.from != self.seq || !adds_up {
            return Err(ChainFault::Sequence);
        }
        let entries = self.follow(request, response, own)?;
        self.check_verdicts(response, &entries, own)?;
        let head = entries.last().map_or(self.head, |last| last.head);
        if at_tip && head != response.head {
            return Err(ChainFault::HeadMismatch);
        }
        self.generation = Some(response.generation);
        self.seq = reached;
        self.head = head;
        self.boxes_seen = response.boxes_seen;
        Ok(Absorbed::Advanced {
            entries,
            more: response.more,
        })
    }

    /// Recomputes the heads over the entries of an answer.
    fn follow(
        &self,
        request: &MailboxRequest,
        response: &MailboxResponse,
        own: &impl Own,
    ) -> Result<Vec<Arrived>, ChainFault> {
        let mut offered = Offered::new(&request.entries.0);
        let stored = |id| {
            let mut verdicts = response.verdicts.0.iter();
            verdicts.any(|verdict| verdict.id == id && is_stored(verdict))
        };
        let mut came = HashSet::with_capacity(response.entries.0.len());
        let mut head = self.head;
        let mut entries = Vec::with_capacity(response.entries.0.len());
        for (seq, logged) in (self.seq + 1..).zip(&response.entries.0) {
            let known = own.entry(logged.id);
            let in_log = known.and_then(|entry| entry.seq);
            if !came.insert(logged.id) || in_log.is_some_and(|place| place <= self.seq) {
                return Err(ChainFault::Repeated);
            }
            // What is offered comes from the outbox, whose digests are known.
            let ours = offered.find(logged.id).map(|offer| {
                let known = known.map(|entry| entry.digest);
                known.unwrap_or_else(|| digest(&offer.sealed.0))
            });
            let (digest, body) = match &logged.body {
                Body::Sealed(sealed) => (digest(&sealed.0), Arrival::Sealed),
                Body::Yours => (ours.ok_or(ChainFault::Verdicts)?, Arrival::Yours),
                Body::Erased(digest) => (*digest, Arrival::Erased),
            };
            let expected = ours.or(known.map(|entry| entry.digest));
            let clash = expected.is_some_and(|expected| expected != digest);
            if clash && stored(logged.id) {
                return Err(ChainFault::Altered);
            }
            head = next_head(head, logged.id, digest);
            entries.push(Arrived {
                seq,
                id: logged.id,
                at: logged.at,
                digest,
                head,
                body,
                clash,
            });
        }
        Ok(entries)
    }

    /// `Stored(n)` must be the place where the log has the entry, and the reverse.
    fn check_verdicts(
        &self,
        response: &MailboxResponse,
        entries: &[Arrived],
        own: &impl Own,
    ) -> Result<(), ChainFault> {
        // Mostly each verdict names its place; who has to be looked for is looked for here.
        let new: OnceCell<HashMap<EntryId, &Arrived>> = OnceCell::new();
        let here = |id: EntryId| {
            let all = || entries.iter().map(|new| (new.id, new)).collect();
            new.get_or_init(all).get(&id).copied()
        };
        let reached = self.seq + entries.len() as u64;
        for verdict in &response.verdicts.0 {
            let fits = match verdict.outcome {
                Outcome::Stored(0) | Outcome::NotYet => false,
                Outcome::Stored(place) if place <= self.seq => {
                    own.entry(verdict.id).and_then(|entry| entry.seq) == Some(place)
                }
                Outcome::Stored(place) if place <= reached => {
                    let index = usize::try_from(place - self.seq - 1).ok();
                    let there = index.and_then(|index| entries.get(index));
                    there.is_some_and(|new| new.id == verdict.id)
                }
                Outcome::Stored(place) => place <= response.seq && here(verdict.id).is_none(),
                // The log may hold an entry of that name, but not by this request.
                Outcome::Conflict | Outcome::TooLarge | Outcome::ReadOnly | Outcome::Erased => {
                    here(verdict.id).is_none_or(|new| new.body != Arrival::Yours)
                }
            };
            if !fits {
                return Err(ChainFault::Verdicts);
            }
        }
        Ok(())
    }
}

/// The offers of a request, to be found by identifier. Mostly they come back in the order in which they
/// went; only when they do not, an index is made.
struct Offered<'a> {
    offers: &'a [Offer],
    next: usize,
    index: OnceCell<HashMap<EntryId, &'a Offer>>,
}

impl<'a> Offered<'a> {
    fn new(offers: &'a [Offer]) -> Self {
        Self {
            offers,
            next: 0,
            index: OnceCell::new(),
        }
    }

    fn find(&mut self, id: EntryId) -> Option<&'a Offer> {
        match self.offers.get(self.next) {
            None if self.offers.is_empty() => None,
            Some(offer) if offer.id == id => {
                self.next += 1;
                Some(offer)
            }
            _ => {
                let all = || self.offers.iter().map(|offer| (offer.id, offer)).collect();
                self.index.get_or_init(all).get(&id).copied()
            }
        }
    }
}

fn is_stored(verdict: &Verdict) -> bool {
    matches!(verdict.outcome, Outcome::Stored(_))
}

/// One verdict for each offer, in order.
fn check_offers(offers: &[Offer], verdicts: &[Verdict]) -> Result<(), ChainFault> {
    let same = offers.len() == verdicts.len()
        && offers
            .iter()
            .zip(verdicts)
            .all(|(offer, verdict)| offer.id == verdict.id);
    if same {
        Ok(())
    } else {
        Err(ChainFault::Verdicts)
    }
}

/// What an author had of this mailbox when writing; travels inside the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The generation.
    pub generation: GenerationId,
    /// The place.
    pub seq: u64,
    /// The author's head there.
    pub head: Digest,
}

/// How another author's view compares with ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenVerdict {
    /// The same log.
    Agrees,
    /// The author has seen further than we have: compare again when we are there.
    Ahead,
    /// From another generation: says nothing.
    OtherGeneration,
    /// The server shows the author another log than us.
    Fork,
}

impl LogState {
    /// Compares another author's view with ours.
    pub fn check_seen(&self, seen: &Seen, own: &impl Own) -> SeenVerdict {
        if self.generation != Some(seen.generation) {
            return SeenVerdict::OtherGeneration;
        }
        if seen.seq > self.seq {
            return SeenVerdict::Ahead;
        }
        match self.own_head(own, seen.seq) {
            Some(head) if head == seen.head => SeenVerdict::Agrees,
            Some(_) => SeenVerdict::Fork,
            // The caller kept no head there; nothing to compare.
            None => SeenVerdict::OtherGeneration,
        }
    }

    /// Our own view, to put into the next entry; `None` before the first answer.
    pub fn seen(&self) -> Option<Seen> {
        Some(Seen {
            generation: self.generation?,
            seq: self.seq,
            head: self.head,
        })
    }
}

#[cfg(test)]
mod fakes;
#[cfg(test)]
mod tests;
