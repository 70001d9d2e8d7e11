//! Writing an entry: sealed once, durable before "Saved", folded.

use handrail_care::chart::Place;
use handrail_care::entry::{Author, Body, Entry, Seen};
use handrail_care::id::Id;
use handrail_care::library::Library;
use handrail_mailbox::chain::digest;
use handrail_mailbox::keyring::SealKey;
use handrail_mailbox::seal::{Nonces, seal_one_of_many, sealed_size};
use handrail_wire::id::{Digest, EntryId};
use handrail_wire::limits;

use super::beside::beside;
use super::{Mailbox, Phone};
use crate::error::CompanionError;
use crate::store::{StoreError, Writer};

/// 128 random bits.
pub(crate) fn make_id() -> Id {
    make_ids(1)[0]
}

/// Many of them, drawn from the system at once.
pub(crate) fn make_ids(count: usize) -> Vec<Id> {
    let mut ids = vec![[0; 16]; count];
    getrandom::fill(ids.as_flattened_mut())
        .expect("a system without random numbers cannot run this program");
    ids.into_iter().map(Id).collect()
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
struct Ready {
    entry: Entry,
    sealed: Vec<u8>,
    /// SHA-256 of the sealed bytes.
    digest: Digest,
}

/// What every entry written now into one mailbox shares.
struct Pen<'a> {
    key: &'a SealKey,
    seen: Option<Seen>,
    now: i64,
    zone: &'a str,
    me: Id,
    library: &'a Library,
}

impl Pen<'_> {
    /// Seals an entry. Checks the size of the sealed bytes: after this nothing but the disk can refuse
    /// it.
    fn prepare(&self, id: Id, body: &Body, nonces: &mut Nonces) -> Result<Ready, CompanionError> {
        let entry = Entry::new(id, self.now, self.zone, self.me, self.seen, body);
        let bytes = entry.to_bytes();
        let floor = self.library.sealed_floor(body);
        if sealed_size(bytes.len(), false, floor) > limits::ENTRY {
            return Err(CompanionError::TooLarge);
        }
        let sealed = seal_one_of_many(self.key, EntryId(entry.id.0), &bytes, floor, nonces);
        Ok(Ready {
            entry,
            digest: digest(&sealed),
            sealed,
        })
    }

    fn prepare_all(&self, bodies: &[Body]) -> Result<Vec<Ready>, CompanionError> {
        let mut nonces = Nonces::draw(bodies.len());
        let ids = make_ids(bodies.len());
        let each = ids.into_iter().zip(bodies);
        each.map(|(id, body)| self.prepare(id, body, &mut nonces))
            .collect()
    }
}

impl Phone {
    /// Writes entries and whatever `also` writes in one transaction (it is told the entries' ids), and folds
    /// them. On an error the phone is as the store has it.
    pub fn save(
        &mut self,
        index: usize,
        now: i64,
        bodies: Vec<Body>,
        also: impl FnOnce(&Writer<'_>, &[Id]) -> Result<(), StoreError>,
    ) -> Result<Vec<Id>, CompanionError> {
        let mailbox = &mut self.mailboxes[index];
        let pen = Pen {
            // Keys came with the invite: a mailbox without any cannot be written to.
            key: mailbox.keyring.current().ok_or(CompanionError::NotFound)?,
            seen: mailbox.seen(),
            now,
            zone: &self.zone,
            me: self.trust.me,
            library: &self.library,
        };
        let (first, rest) = bodies.split_at(bodies.len() / 2);
        let (first, rest) = beside(
            bodies.len(),
            || pen.prepare_all(first),
            || pen.prepare_all(rest),
        );
        let mut ready = first?;
        ready.append(&mut rest?);
        let ids: Vec<Id> = ready.iter().map(|one| one.entry.id).collect();
        let (n, chart, ready) = (mailbox.n, &mut mailbox.chart, &ready);
        // The newest first, which changes nothing but the work: a check-in is scored from the entry at
        // its end, and the one at its safety item is then laid beside it.
        let fold = || {
            for (one, body) in ready.iter().zip(bodies).rev() {
                // What this phone writes itself, its own table allows: bodies were checked.
                chart.apply_body(&one.entry, body, Author::Patient, Place::UNSENT);
            }
        };
        let store = &mut self.store;
        let write = || {
            store.write(|w| {
                let mut entries = w.entries(n)?;
                let rows = ready
                    .iter()
                    .map(|one| entries.add(EntryId(one.entry.id.0), one.digest, &one.sealed))
                    .collect::<Result<Vec<_>, _>>()?;
                also(w, &ids)?;
                Ok::<_, StoreError>(rows)
            })
        };
        let ((), rows) = beside(ready.len(), fold, write);
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => {
                // Folded, but not written.
                self.refold(index, now)?;
                return Err(error.into());
            }
        };
        for (one, row) in ready.iter().zip(rows) {
            mailbox.held.wait(row, EntryId(one.entry.id.0), one.digest);
        }
        Ok(ids)
    }
}
