//! One round trip of synchronisation.
//!
//! A request carries, for each mailbox, what the client has and what it offers; the answer carries
//! one verdict for each offered entry, what is new, and the new head. It is idempotent by entry id,
//! and each mailbox commits by itself.

use minicbor::{Decode, Encode};

use crate::codec::{Blob, List};
use crate::id::{Digest, EntryId, GenerationId, MailboxId, PartyId, Signature};
use crate::limits;

/// The protocol's version, first field of request and answer.
pub const VERSION: u8 = 1;

/// A sealed entry as offered by its writer (or, after a restore, by anyone who has it).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Offer {
    /// The entry's identifier, bound into the seal.
    #[n(0)]
    pub id: EntryId,
    /// The sealed bytes.
    #[n(1)]
    pub sealed: Blob<{ limits::LIBRARY_ENTRY }>,
}

/// An epoch secret of a mailbox, HPKE-sealed to one recipient and signed by staff. Formats and
/// checks: crate `handrail-mailbox`, module `keybox`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct KeyBox {
    /// Which epoch of the mailbox.
    #[n(0)]
    pub epoch: u32,
    /// Whose key opens it.
    #[n(1)]
    pub recipient: PartyId,
    /// Who signed it.
    #[n(2)]
    pub signer: PartyId,
    /// HPKE encapsulated key and ciphertext.
    #[n(3)]
    pub sealed: Blob<{ limits::BOX }>,
    /// Ed25519 over mailbox, epoch, recipient and sealed bytes.
    #[n(4)]
    pub signature: Signature,
}

/// "At this sequence number my head was this."
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Probe {
    /// A sequence number.
    #[n(0)]
    pub seq: u64,
    /// The client's head there.
    #[n(1)]
    pub head: Digest,
}

/// What a client has of one mailbox, and what it offers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MailboxRequest {
    /// Which mailbox.
    #[n(0)]
    pub mailbox: MailboxId,
    /// The generation the client knows; `None` when it has nothing yet.
    #[n(1)]
    pub generation: Option<GenerationId>,
    /// Entries the client has: sequence numbers 1 to this.
    #[n(2)]
    pub seq: u64,
    /// The client's head at `seq`.
    #[n(3)]
    pub head: Digest,
    /// After a generation change: heads of the client from its tip downwards. The server answers the
    /// highest that is also its own, in [`MailboxResponse::common`].
    #[n(4)]
    pub probes: List<Probe, { limits::PROBES }>,
    /// Entries to append.
    #[n(5)]
    pub entries: List<Offer, { limits::BATCH_ENTRIES }>,
    /// Key boxes the client has seen: a cursor given by the server, 0 at first.
    #[n(6)]
    pub boxes_seen: u64,
    /// Key boxes to add. Staff only.
    #[n(7)]
    pub boxes: List<KeyBox, { limits::BOXES }>,
}

/// `POST /v1/sync`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SyncRequest {
    /// [`VERSION`].
    #[n(0)]
    pub version: u8,
    /// Mailboxes to synchronise, each at most once.
    #[n(1)]
    pub mailboxes: List<MailboxRequest, { limits::MAILBOXES }>,
}

/// What became of an offered entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Outcome {
    /// Stored durably at this sequence number, now or by an earlier request.
    #[n(0)]
    Stored(#[n(0)] u64),
    /// Another entry with this id and other bytes is there; nothing was changed.
    #[n(1)]
    Conflict,
    /// Larger than the mailbox takes; nothing was changed.
    #[n(2)]
    TooLarge,
    /// The client may read this mailbox, not write it; nothing was changed.
    #[n(3)]
    ReadOnly,
    /// The client's view of the mailbox is not the server's (other generation, or another head); the
    /// answer says where they part. Nothing was changed; offer again.
    #[n(4)]
    NotYet,
    /// Erased: the clinic removed this entry; it will not be stored again.
    #[n(5)]
    Erased,
}

/// The verdict on one offered entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Verdict {
    /// Which entry.
    #[n(0)]
    pub id: EntryId,
    /// What became of it.
    #[n(1)]
    pub outcome: Outcome,
}

/// The bytes of an entry in the log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Body {
    /// The sealed bytes.
    #[n(0)]
    Sealed(#[n(0)] Blob<{ limits::LIBRARY_ENTRY }>),
    /// The client offered these bytes in this very request.
    #[n(1)]
    Yours,
    /// Erased; the digest of what was there keeps the chain whole.
    #[n(2)]
    Erased(#[n(0)] Digest),
}

/// One entry of the log. Its sequence number is its place: [`MailboxResponse::from`] plus 1, plus 2, ...
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Logged {
    /// The entry's identifier.
    #[n(0)]
    pub id: EntryId,
    /// When the server stored it, epoch milliseconds.
    #[n(1)]
    pub at: i64,
    /// The sealed bytes, or why they are not here.
    #[n(2)]
    pub body: Body,
}

/// The server's answer for one mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MailboxResponse {
    /// Which mailbox.
    #[n(0)]
    pub mailbox: MailboxId,
    /// The problem with this mailbox (`mailbox-unknown`, ...) as a code of [`crate::problem::Code`];
    /// then nothing else here has a meaning.
    #[n(1)]
    pub problem: Option<String>,
    /// The generation now.
    #[n(2)]
    pub generation: GenerationId,
    /// Entries in the log now.
    #[n(3)]
    pub seq: u64,
    /// The head at `seq`.
    #[n(4)]
    pub head: Digest,
    /// The client's view is not the server's: the highest probe that is (0 when none is). The client
    /// goes back to there and asks again. Absent when the views agree.
    #[n(5)]
    pub common: Option<u64>,
    /// `entries` begin after this sequence number.
    #[n(6)]
    pub from: u64,
    /// Entries that are new to the client, in order.
    #[n(7)]
    pub entries: List<Logged, { limits::ANSWER_ENTRIES }>,
    /// There is more: ask again.
    #[n(8)]
    pub more: bool,
    /// One verdict for each offered entry, in the order offered.
    #[n(9)]
    pub verdicts: List<Verdict, { limits::BATCH_ENTRIES }>,
    /// Key boxes that are new to the client.
    #[n(10)]
    pub boxes: List<KeyBox, { limits::BOXES }>,
    /// The cursor to send as `boxes_seen` next time.
    #[n(11)]
    pub boxes_seen: u64,
    /// Every offered entry was appended, in the order offered, behind `entries`, at this time (epoch
    /// milliseconds). Their verdicts and places are then not spelled out: [`SyncResponse::spell_out`].
    #[n(12)]
    pub appended: Option<i64>,
}

/// The answer to `POST /v1/sync`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SyncResponse {
    /// [`VERSION`].
    #[n(0)]
    pub version: u8,
    /// The server's clock, epoch milliseconds. Shown, never used to order entries.
    #[n(1)]
    pub now: i64,
    /// One answer for each mailbox asked about, in the order asked.
    #[n(2)]
    pub mailboxes: List<MailboxResponse, { limits::MAILBOXES }>,
}

impl SyncRequest {
    /// Bytes of the encoded request, about.
    pub fn expected_len(&self) -> usize {
        let asks = self.mailboxes.0.iter();
        asks.map(|ask| {
            let offers = ask.entries.0.iter();
            128 + offers.map(|offer| offer.sealed.0.len() + 24).sum::<usize>()
        })
        .sum()
    }
}

impl SyncResponse {
    /// Bytes of the encoded answer, about.
    pub fn expected_len(&self) -> usize {
        let sealed = |logged: &Logged| match &logged.body {
            Body::Sealed(sealed) => sealed.0.len(),
            Body::Yours | Body::Erased(_) => 32,
        };
        let answers = self.mailboxes.0.iter();
        answers
            .map(|answer| {
                let entries = answer.entries.0.iter();
                192 + entries.map(|logged| sealed(logged) + 40).sum::<usize>()
            })
            .sum()
    }

    /// Writes out, for each mailbox asked about whose offers were all appended, the verdicts and places that the
    /// answer leaves to be understood. To be called before the answer is looked at; it believes nothing:
    /// what comes out is checked like any other answer.
    pub fn spell_out(&mut self, asked: &[MailboxRequest]) {
        for (answer, ask) in self.mailboxes.0.iter_mut().zip(asked) {
            answer.spell_out(&ask.entries.0);
        }
    }
}

impl MailboxResponse {
    fn spell_out(&mut self, offers: &[Offer]) {
        let Some(at) = self.appended.take() else {
            return;
        };
        let before = self.from.saturating_add(self.entries.0.len() as u64);
        self.verdicts.0.reserve(offers.len());
        self.entries.0.reserve(offers.len());
        for (offer, place) in offers.iter().zip(1..) {
            self.verdicts.0.push(Verdict {
                id: offer.id,
                outcome: Outcome::Stored(before.saturating_add(place)),
            });
            self.entries.0.push(Logged {
                id: offer.id,
                at,
                body: Body::Yours,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(from: u64, news: u8, appended: Option<i64>) -> MailboxResponse {
        let news = (0..news).map(|number| Logged {
            id: EntryId([100 + number; 16]),
            at: 1,
            body: Body::Sealed(vec![number].into()),
        });
        MailboxResponse {
            mailbox: MailboxId([1; 16]),
            problem: None,
            generation: GenerationId([2; 16]),
            seq: 9,
            head: Digest([3; 32]),
            common: None,
            from,
            entries: news.collect::<Vec<_>>().into(),
            more: false,
            verdicts: Vec::new().into(),
            boxes: Vec::new().into(),
            boxes_seen: 0,
            appended,
        }
    }

    #[test]
    fn what_was_appended_is_spelled_out_behind_the_news() {
        let offers = [7, 8].map(|number| Offer {
            id: EntryId([number; 16]),
            sealed: vec![0].into(),
        });
        let mut short = answer(5, 2, Some(44));
        short.spell_out(&offers);
        let outcomes: Vec<_> = (short.verdicts.0.iter())
            .map(|verdict| (verdict.id, verdict.outcome))
            .collect();
        let ids = [EntryId([7; 16]), EntryId([8; 16])];
        assert_eq!(
            outcomes,
            [(ids[0], Outcome::Stored(8)), (ids[1], Outcome::Stored(9))]
        );
        let places: Vec<_> = short.entries.0[2..]
            .iter()
            .map(|logged| (logged.id, logged.at, logged.body.clone()))
            .collect();
        assert_eq!(places, ids.map(|id| (id, 44, Body::Yours)));
        assert_eq!(short.appended, None);
        // Nothing is made up where nothing was said, and nonsense stays nonsense.
        let mut silent = answer(5, 2, None);
        silent.spell_out(&offers);
        assert_eq!(silent, answer(5, 2, None));
        let mut absurd = answer(u64::MAX, 0, Some(1));
        absurd.spell_out(&offers);
        assert_eq!(absurd.verdicts.0[1].outcome, Outcome::Stored(u64::MAX));
    }
}
