//! What a console keeps when its session has ended, to go on when the same person has logged in again.
//!
//! Owns the bytes that are handed over: the logs as sealed, what waits to be sent, what the server was still
//! to be asked. Refuses to hold anything that opens them: keys leave memory with the [`Clinician`]. A
//! server that restores a backup ends every session; what staff wrote since that backup is then in consoles
//! and nowhere else (docs/adr/0018). Lives in memory for minutes, so the form is no format.

use std::collections::HashSet;

use handrail_care::entry::Class;
use handrail_mailbox::chain::{LogState, next_head};
use handrail_wire::id::{Digest, EntryId, GenerationId, MailboxId, PartyId};
use handrail_wire::path;
use handrail_wire::sync::{KeyBox, Offer};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::clinician::{Clinician, id_of};
use crate::outgoing::Outgoing;
use crate::replica::{Held, Replica};

/// Changed with the form: a page that was updated meanwhile begins anew.
const VERSION: u8 = 1;

#[derive(Encode, Decode)]
struct Kept {
    #[n(0)]
    version: u8,
    /// Whose clinic.
    #[n(1)]
    root: Digest,
    /// Who.
    #[n(2)]
    party: PartyId,
    #[n(3)]
    mailboxes: Vec<KeptMailbox>,
    #[n(4)]
    requests: Vec<KeptRequest>,
}

/// A mailbox without its keys.
#[derive(Encode, Decode)]
pub(crate) struct KeptMailbox {
    #[n(0)]
    pub mailbox: MailboxId,
    #[n(1)]
    pub class: String,
    #[n(2)]
    pub generation: Option<GenerationId>,
    #[n(3)]
    pub boxes_seen: u64,
    #[n(4)]
    pub entries: Vec<KeptEntry>,
    #[n(5)]
    pub outbox: Vec<Offer>,
    #[n(6)]
    pub boxes: Vec<KeyBox>,
    /// Those that the server may not have.
    #[n(7)]
    pub boxes_out: Vec<KeyBox>,
}

/// A place of a log.
#[derive(Encode, Decode)]
pub(crate) struct KeptEntry {
    #[n(0)]
    pub id: EntryId,
    #[n(1)]
    pub received: i64,
    #[n(2)]
    pub digest: Digest,
    #[n(3)]
    pub sealed: Option<ByteVec>,
}

#[derive(Encode, Decode)]
struct KeptRequest {
    #[n(0)]
    path: String,
    #[n(1)]
    body: ByteVec,
}

/// What may have waited in the queue.
const PATHS: [&str; 8] = [
    path::MAILBOXES,
    path::GRANTS,
    path::INVITES,
    path::INVITES_REVOKE,
    path::DEVICES_REVOKE,
    path::ACCOUNTS_CLOSE,
    path::STAFF,
    path::STAFF_REMOVE,
];

impl KeptRequest {
    fn of(request: &Outgoing) -> Option<Self> {
        Some(Self {
            path: request.path.to_owned(),
            body: request.body.clone()?.into(),
        })
    }

    fn outgoing(self) -> Option<Outgoing> {
        let path = PATHS.into_iter().find(|path| *path == self.path)?;
        Some(Outgoing {
            method: "POST",
            path,
            body: Some(self.body.into()),
        })
    }
}

impl KeptMailbox {
    /// The log as a replica without keys; `None` for a class of another version.
    pub fn replica(self) -> Option<Replica> {
        let class = Class::parse(&self.class)?;
        let mut state = LogState::new(self.mailbox);
        state.generation = self.generation;
        state.boxes_seen = self.boxes_seen;
        let mut held = Vec::with_capacity(self.entries.len());
        for entry in self.entries {
            state.seq += 1;
            state.head = next_head(state.head, entry.id, entry.digest);
            held.push(Held {
                id: entry.id,
                sealed: entry.sealed.map(Vec::from),
                received: entry.received,
                digest: entry.digest,
                head: state.head,
            });
        }
        let boxes = (self.boxes, self.boxes_out);
        Some(Replica::gone_on_with(
            state,
            class,
            held,
            self.outbox,
            boxes,
        ))
    }
}

impl Clinician {
    /// What to hand to [`Clinician::go_on`] of the next session: sealed bytes and public ones, no key.
    pub fn keep(&self) -> Vec<u8> {
        let kept = Kept {
            version: VERSION,
            root: Digest(self.root()),
            party: self.me.party(),
            mailboxes: self.replicas.values().map(Replica::keep).collect(),
            requests: self.requests.iter().filter_map(KeptRequest::of).collect(),
        };
        minicbor::to_vec(&kept).expect("memory does not fail to be written")
    }

    /// Goes on where the session before ended, just after login. False, and nothing happens, when these
    /// bytes are not this person's of this clinic.
    pub fn go_on(&mut self, kept: &[u8]) -> bool {
        let Ok(kept) = minicbor::decode::<Kept>(kept) else {
            return false;
        };
        let same = kept.root.0 == self.root() && kept.party == self.me.party();
        if kept.version != VERSION || !same {
            return false;
        }
        let replicas: Vec<_> = kept
            .mailboxes
            .into_iter()
            .filter_map(KeptMailbox::replica)
            .collect();
        let mut here = HashSet::new();
        for replica in replicas {
            let mailbox = replica.mailbox();
            here.insert(mailbox);
            if matches!(replica.class, Class::Care | Class::Family) {
                self.charts.entry(id_of(mailbox)).or_default();
            }
            self.replicas.insert(mailbox, replica);
        }
        let requests = kept.requests.into_iter().rev();
        for request in requests.filter_map(KeptRequest::outgoing) {
            self.requests.push_front(request);
        }
        self.fold();
        for mailbox in here {
            self.fold_waiting(mailbox);
        }
        self.wants_sync = true;
        true
    }
}

#[cfg(test)]
mod tests;
