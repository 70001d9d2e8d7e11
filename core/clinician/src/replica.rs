//! One mailbox in memory: its log as sealed bytes, its keys, what waits to be sent.
//!
//! The sealed bytes stay, so that a console can offer them again after the clinic restored a backup.

use std::collections::{HashMap, HashSet};

use handrail_care::entry::{Class, Seen as CareSeen};
use handrail_care::id::Id;
use handrail_mailbox::chain::{self, Absorbed, Arrival, LogState, Own, OwnEntry};
use handrail_mailbox::keyring::Keyring;
use handrail_mailbox::seal;
use handrail_wire::id::{Digest, EntryId, MailboxId, PartyId};
use handrail_wire::limits;
use handrail_wire::sync::{Body, KeyBox, MailboxRequest, MailboxResponse, Offer, Outcome, Probe};

use crate::kept::{KeptEntry, KeptMailbox};

/// One place of the log.
pub(crate) struct Held {
    pub id: EntryId,
    pub sealed: Option<Vec<u8>>,
    pub received: i64,
    pub digest: Digest,
    pub head: Digest,
}

/// A mailbox of the clinic as this clinician has it.
pub(crate) struct Replica {
    pub class: Class,
    pub keyring: Keyring,
    /// Key boxes that came and have not been taken: their signer or our key is not here yet.
    pub boxes: Vec<KeyBox>,
    /// Entries of the log that have been folded, or never will be.
    pub folded: u64,
    /// The highest epoch that a staff entry of the log was sealed under, so far.
    pub staff_epoch: u32,
    /// Entries sealed under an older epoch than staff already wrote under: their authors were cut
    /// off, or offline for long. Their keys are not trusted with new epochs.
    pub late: HashSet<EntryId>,
    state: LogState,
    held: Vec<Held>,
    places: HashMap<EntryId, OwnEntry>,
    outbox: Vec<Offer>,
    boxes_out: Vec<KeyBox>,
    /// Every box ever seen, to be added again after a restore.
    known_boxes: Vec<KeyBox>,
    probes: Vec<Probe>,
}

/// What an answer brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Brought {
    /// Entries or key boxes.
    pub news: bool,
    /// Ask again.
    pub again: bool,
    /// The clinic restored a backup.
    pub restarted: bool,
    /// An offered entry that the server will not take, or one whose place holds other bytes: a code.
    pub trouble: Option<&'static str>,
}

struct View<'a> {
    held: &'a [Held],
    places: &'a HashMap<EntryId, OwnEntry>,
}

impl Own for View<'_> {
    fn head_at(&self, seq: u64) -> Option<Digest> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.held.get(index).map(|held| held.head)
    }

    fn entry(&self, id: EntryId) -> Option<OwnEntry> {
        self.places.get(&id).copied()
    }
}

impl Replica {
    pub fn new(mailbox: MailboxId, class: Class) -> Self {
        Self {
            class,
            keyring: Keyring::new(mailbox),
            boxes: Vec::new(),
            folded: 0,
            staff_epoch: 0,
            late: HashSet::new(),
            state: LogState::new(mailbox),
            held: Vec::new(),
            places: HashMap::new(),
            outbox: Vec::new(),
            boxes_out: Vec::new(),
            known_boxes: Vec::new(),
            probes: Vec::new(),
        }
    }

    /// A log that a session before this one had.
    pub fn gone_on_with(
        state: LogState,
        class: Class,
        held: Vec<Held>,
        outbox: Vec<Offer>,
        (known_boxes, boxes_out): (Vec<KeyBox>, Vec<KeyBox>),
    ) -> Self {
        let mut places = HashMap::with_capacity(held.len() + outbox.len());
        for (seq, held) in (1..).zip(&held) {
            let (seq, digest) = (Some(seq), held.digest);
            places.insert(held.id, OwnEntry { seq, digest });
        }
        for offer in &outbox {
            let digest = chain::digest(&offer.sealed.0);
            places.insert(offer.id, OwnEntry { seq: None, digest });
        }
        Self {
            boxes: known_boxes.clone(),
            state,
            held,
            places,
            outbox,
            boxes_out,
            known_boxes,
            ..Self::new(state.mailbox, class)
        }
    }

    /// Everything but the keys.
    pub fn keep(&self) -> KeptMailbox {
        let entry = |held: &Held| KeptEntry {
            id: held.id,
            received: held.received,
            digest: held.digest,
            sealed: held.sealed.clone().map(Into::into),
        };
        KeptMailbox {
            mailbox: self.state.mailbox,
            class: self.class.as_str().to_owned(),
            generation: self.state.generation,
            boxes_seen: self.state.boxes_seen,
            entries: self.held.iter().map(entry).collect(),
            outbox: self.outbox.clone(),
            boxes: self.known_boxes.clone(),
            boxes_out: self.boxes_out.clone(),
        }
    }

    pub fn mailbox(&self) -> MailboxId {
        self.state.mailbox
    }

    /// The server has told of this mailbox before.
    pub fn was_there(&self) -> bool {
        self.state.generation.is_some()
    }

    /// Entries of the log from a place on.
    pub fn log_from(&self, from: u64) -> &[Held] {
        let from = usize::try_from(from)
            .unwrap_or(usize::MAX)
            .min(self.held.len());
        &self.held[from..]
    }

    /// The epoch under which the entry at a place was sealed; none for an entry without place or bytes.
    pub fn epoch_at(&self, seq: u64) -> Option<u32> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        let sealed = self.held.get(index)?.sealed.as_deref()?;
        seal::epoch_of(sealed)
    }

    /// A box of this epoch was made for this recipient.
    pub fn was_boxed(&self, epoch: u32, recipient: PartyId) -> bool {
        let mut boxes = self.known_boxes.iter();
        boxes.any(|key_box| key_box.epoch == epoch && key_box.recipient == recipient)
    }

    /// Entries that wait.
    pub fn pending(&self) -> usize {
        self.outbox.len() + self.boxes_out.len()
    }

    /// For the next entry's `seen`.
    pub fn seen(&self) -> Option<CareSeen> {
        self.state.seen().map(|seen| CareSeen {
            g: Id(seen.generation.0),
            n: seen.seq,
            h: seen.head.0,
        })
    }

    /// How another author's view differs from this one, by an entry of theirs at a place: the code of it.
    pub fn differs(&self, seen: CareSeen, place: u64) -> Option<&'static str> {
        let seen = chain::Seen {
            generation: handrail_wire::id::GenerationId(seen.g.0),
            seq: seen.n,
            head: Digest(seen.h),
        };
        match self.state.check_seen(&seen, &self.view()) {
            chain::SeenVerdict::Fork => Some("chain-fork"),
            chain::SeenVerdict::OtherGeneration => None,
            // Nobody can have seen more of a log than what stands before their own entry.
            chain::SeenVerdict::Ahead | chain::SeenVerdict::Agrees => {
                (seen.seq >= place).then_some("chain-withheld")
            }
        }
    }

    fn view(&self) -> View<'_> {
        View {
            held: &self.held,
            places: &self.places,
        }
    }

    pub fn offer(&mut self, id: EntryId, sealed: Vec<u8>) {
        let own = OwnEntry {
            seq: None,
            digest: chain::digest(&sealed),
        };
        self.places.insert(id, own);
        self.outbox.push(Offer {
            id,
            sealed: sealed.into(),
        });
    }

    pub fn offer_box(&mut self, key_box: KeyBox) {
        self.known_boxes.push(key_box.clone());
        self.boxes_out.push(key_box);
    }

    /// Sealed entries that wait to be sent.
    pub fn waiting(&self) -> Vec<(EntryId, Vec<u8>)> {
        self.outbox
            .iter()
            .map(|offer| (offer.id, offer.sealed.0.clone()))
            .collect()
    }

    /// What to ask of the server, within `room` entries and bytes of the batch.
    pub fn request(&self, room: &mut Room) -> MailboxRequest {
        let offers = self
            .outbox
            .iter()
            .take_while(|offer| room.take(offer.sealed.0.len()))
            .cloned()
            .collect();
        let boxes = self.boxes_out.iter().take(limits::BOXES).cloned().collect();
        self.state.request(offers, boxes, self.probes.clone())
    }

    /// Takes the answer. On a fault, or when the server refuses the mailbox, nothing has changed; the
    /// code says why.
    pub fn absorb(
        &mut self,
        request: &MailboxRequest,
        response: MailboxResponse,
    ) -> Result<Brought, String> {
        let view = View {
            held: &self.held,
            places: &self.places,
        };
        let absorbed = self
            .state
            .absorb(request, &response, &view)
            .map_err(|fault| fault.to_string())?;
        match absorbed {
            Absorbed::Refused(code) => Err(code),
            Absorbed::ProbesWanted => {
                self.probes = self.state.probes(&self.view());
                Ok(Brought {
                    again: true,
                    ..Brought::default()
                })
            }
            Absorbed::Restarted { common } => {
                self.restart(common);
                Ok(Brought {
                    again: true,
                    restarted: true,
                    ..Brought::default()
                })
            }
            Absorbed::Advanced { entries, more } => {
                self.probes.clear();
                let brought = self.advance(request, response, &entries);
                Ok(Brought {
                    again: more || self.pending() > 0,
                    ..brought
                })
            }
        }
    }

    fn advance(
        &mut self,
        request: &MailboxRequest,
        response: MailboxResponse,
        entries: &[chain::Arrived],
    ) -> Brought {
        let mut offered: HashMap<EntryId, Vec<u8>> = HashMap::new();
        let mut trouble = None;
        let sent = request.entries.0.len();
        for (offer, verdict) in self.outbox.drain(..sent).zip(&response.verdicts.0) {
            match verdict.outcome {
                Outcome::Stored(_) | Outcome::Erased => {}
                _ => trouble = Some("entry-refused"),
            }
            offered.insert(offer.id, offer.sealed.0);
        }
        self.boxes_out.drain(..request.boxes.0.len());
        if entries.iter().any(|arrived| arrived.clash) {
            trouble = Some("entry-clash");
        }
        let news = !entries.is_empty() || !response.boxes.0.is_empty();
        for (arrived, logged) in entries.iter().zip(response.entries.0) {
            let sealed = match (arrived.body, logged.body) {
                (Arrival::Sealed, Body::Sealed(sealed)) => Some(sealed.0),
                (Arrival::Yours, _) => offered.remove(&arrived.id),
                _ => None,
            };
            self.places.insert(
                arrived.id,
                OwnEntry {
                    seq: Some(arrived.seq),
                    digest: arrived.digest,
                },
            );
            self.held.push(Held {
                id: arrived.id,
                sealed,
                received: arrived.at,
                digest: arrived.digest,
                head: arrived.head,
            });
        }
        for key_box in response.boxes.0 {
            if !self.known_boxes.contains(&key_box) {
                self.known_boxes.push(key_box.clone());
            }
            self.boxes.push(key_box);
        }
        Brought {
            news,
            trouble,
            ..Brought::default()
        }
    }

    /// The clinic restored a backup: everything above `common` is offered again.
    fn restart(&mut self, common: u64) {
        self.probes.clear();
        let common = usize::try_from(common)
            .unwrap_or(usize::MAX)
            .min(self.held.len());
        let mut again = Vec::new();
        for held in self.held.drain(common..) {
            match held.sealed {
                Some(sealed) => {
                    if let Some(own) = self.places.get_mut(&held.id) {
                        own.seq = None;
                    }
                    again.push(Offer {
                        id: held.id,
                        sealed: sealed.into(),
                    });
                }
                None => {
                    self.places.remove(&held.id);
                }
            }
        }
        again.append(&mut self.outbox);
        self.outbox = again;
        self.boxes_out = self.known_boxes.clone();
        self.staff_epoch = 0;
    }
}

/// What one request may still carry.
pub(crate) struct Room {
    entries: usize,
    bytes: usize,
}

impl Room {
    pub fn new() -> Self {
        Self {
            entries: limits::BATCH_ENTRIES,
            bytes: limits::BATCH_BYTES,
        }
    }

    fn take(&mut self, bytes: usize) -> bool {
        if self.entries == 0 || bytes > self.bytes {
            return false;
        }
        self.entries -= 1;
        self.bytes -= bytes;
        true
    }
}
