//! Writing an entry: sealed once, durable before "Saved", folded after.

use handrail_care::chart::Place;
use handrail_care::entry::{Author, Body, Entry, Seen, sealed_floor};
use handrail_care::id::Id;
use handrail_mailbox::chain::{OwnEntry, digest};
use handrail_mailbox::seal::{seal, sealed_size};
use handrail_wire::id::{Digest, EntryId};
use handrail_wire::limits;

use super::{Mailbox, Phone};
use crate::error::CompanionError;
use crate::store::{StoreError, Writer};

/// 128 random bits.
pub(crate) fn make_id() -> Id {
    let mut id = Id::default();
    getrandom::fill(&mut id.0).expect("a system without random numbers cannot run this program");
    id
}

impl Mailbox {
    /// What this phone has seen of the mailbox, for the next entry.
    fn seen(&self) -> Option<Seen> {
        self.log.seen().map(|seen| Seen {
            g: Id(seen.generation.0),
            n: seen.seq,
            h: seen.head.0,
        })
    }
}

/// An entry ready to be written.
pub(crate) struct Ready {
    pub entry: Entry,
    pub sealed: Vec<u8>,
    /// SHA-256 of the sealed bytes.
    pub digest: Digest,
}

impl Phone {
    /// Seals an entry for a mailbox. Checks the size of the sealed bytes: after this nothing but the
    /// disk can refuse it.
    pub fn prepare(&self, index: usize, now: i64, body: &Body) -> Result<Ready, CompanionError> {
        let mailbox = &self.mailboxes[index];
        let entry = Entry::new(
            make_id(),
            now,
            &self.zone,
            self.trust.me,
            mailbox.seen(),
            body,
        );
        let bytes = entry.to_bytes();
        let floor = sealed_floor(body);
        if sealed_size(bytes.len(), false, floor) > limits::ENTRY {
            return Err(CompanionError::TooLarge);
        }
        // Keys came with the invite: a mailbox without any cannot be written to.
        let key = mailbox.keyring.current().ok_or(CompanionError::NotFound)?;
        let sealed = seal(key, EntryId(entry.id.0), &bytes, None, floor);
        Ok(Ready {
            entry,
            digest: digest(&sealed),
            sealed,
        })
    }

    /// Writes entries and whatever `also` writes in one transaction, then folds them.
    pub fn save(
        &mut self,
        index: usize,
        now: i64,
        bodies: Vec<Body>,
        also: impl FnOnce(&Writer<'_>) -> Result<(), StoreError>,
    ) -> Result<Vec<Id>, CompanionError> {
        let ready = bodies
            .iter()
            .map(|body| self.prepare(index, now, body))
            .collect::<Result<Vec<_>, _>>()?;
        let mailbox = self.mailboxes[index].n;
        self.store.write(|w| {
            for one in &ready {
                w.add_entry(mailbox, EntryId(one.entry.id.0), one.digest, &one.sealed)?;
            }
            also(w)
        })?;
        let mailbox = &mut self.mailboxes[index];
        // The newest first, which changes nothing but the work: a check-in is scored from the entry at
        // its end, and the one at its safety item is then laid beside it.
        for (one, body) in ready.iter().zip(bodies).rev() {
            let own = OwnEntry {
                seq: None,
                digest: one.digest,
            };
            mailbox.held.insert(EntryId(one.entry.id.0), own);
            // What this phone writes itself, its own table allows: bodies were checked.
            mailbox
                .chart
                .apply_body(&one.entry, body, Author::Patient, Place::UNSENT);
        }
        Ok(ready.iter().map(|one| one.entry.id).collect())
    }
}
