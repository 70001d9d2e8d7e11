//! Which entries of a mailbox are here, in memory: by identifier, by place, and what waits.
//!
//! Owns the look-ups for which the database would need three more indexes, written with each entry: row
//! and digest of an identifier, the chain's head at a place, the outbox. Filled when a mailbox is folded
//! and kept in step with each transaction; one process has the store, so nothing else can change it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use handrail_care::order::InOrder;
use handrail_mailbox::chain::{Arrived, Own, OwnEntry, first_head, next_head};
use handrail_wire::id::{Digest, EntryId, MailboxId};

use super::log::StoredEntry;

/// One entry that is here.
#[derive(Debug, Clone, Copy)]
struct Row {
    n: i64,
    own: OwnEntry,
}

/// The entries of one mailbox.
#[derive(Debug)]
pub(crate) struct Held {
    rows: HashMap<EntryId, Row>,
    /// The log from place 1, as far as it is here without a gap.
    log: Vec<EntryId>,
    /// The head before place 1 and after each place, as far as somebody has asked.
    heads: RefCell<Vec<Digest>>,
    outbox: BTreeMap<i64, EntryId>,
}

impl Held {
    /// Nothing yet.
    pub fn new(mailbox: MailboxId) -> Self {
        Self {
            rows: HashMap::new(),
            log: Vec::new(),
            heads: RefCell::new(vec![first_head(mailbox)]),
            outbox: BTreeMap::new(),
        }
    }

    /// Takes the entries of a mailbox as they are stored, in any order.
    pub fn fill(&mut self, stored: impl IntoIterator<Item = Stored>) {
        let mut places = Vec::new();
        for one in stored {
            let seq = one.seq;
            match seq {
                Some(seq) => places.push((seq, one.id)),
                None if one.waits => drop(self.outbox.insert(one.n, one.id)),
                None => {}
            }
            let own = OwnEntry {
                seq,
                digest: one.digest,
            };
            self.rows.insert(one.id, Row { n: one.n, own });
        }
        places.order_by_key(|(seq, _)| *seq);
        let without_gap = (1..)
            .zip(places)
            .take_while(|(place, (seq, _))| place == seq);
        self.log.extend(without_gap.map(|(_, (_, id))| id));
    }

    /// How many entries are here, and how many of them stand in the log.
    pub fn count(&self) -> (usize, usize) {
        let placed = self.rows.values().filter(|row| row.own.seq.is_some());
        (self.rows.len(), placed.count())
    }

    /// The number of an entry's row.
    pub fn row(&self, id: EntryId) -> Option<i64> {
        self.rows.get(&id).map(|row| row.n)
    }

    /// An entry of this phone was written and waits.
    pub fn wait(&mut self, n: i64, id: EntryId, digest: Digest) {
        let own = OwnEntry { seq: None, digest };
        self.rows.insert(id, Row { n, own });
        self.outbox.insert(n, id);
    }

    /// An entry came to stand in the log, in row `n`.
    pub fn place(&mut self, n: i64, new: &Arrived) {
        let own = OwnEntry {
            seq: Some(new.seq),
            digest: new.digest,
        };
        self.rows.insert(new.id, Row { n, own });
        self.outbox.remove(&n);
        if self.log.len() as u64 + 1 == new.seq {
            self.log.push(new.id);
            let heads = self.heads.get_mut();
            if heads.len() == self.log.len() {
                heads.push(new.head);
            }
        }
    }

    /// An entry is not offered any more: the server will not take it, or its bytes are gone.
    pub fn withdraw(&mut self, id: EntryId) {
        if let Some(n) = self.row(id) {
            self.outbox.remove(&n);
        }
    }

    /// What waits behind row `after`, oldest first: row and identifier.
    pub fn waiting(&self, after: i64) -> impl Iterator<Item = (i64, EntryId)> {
        let behind = self.outbox.range(after.saturating_add(1)..);
        behind.map(|(n, id)| (*n, *id))
    }

    /// How many entries wait.
    pub fn count_waiting(&self) -> usize {
        self.outbox.len()
    }
}

impl Own for Held {
    fn head_at(&self, seq: u64) -> Option<Digest> {
        let place = usize::try_from(seq).ok()?;
        if place > self.log.len() {
            return None;
        }
        let mut heads = self.heads.borrow_mut();
        while heads.len() <= place {
            let id = self.log[heads.len() - 1];
            let digest = self.rows[&id].own.digest;
            let before = heads[heads.len() - 1];
            heads.push(next_head(before, id, digest));
        }
        Some(heads[place])
    }

    fn entry(&self, id: EntryId) -> Option<OwnEntry> {
        self.rows.get(&id).map(|row| row.own)
    }
}

/// What [`Held::fill`] needs of a stored entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    n: i64,
    id: EntryId,
    seq: Option<u64>,
    digest: Digest,
    waits: bool,
}

impl From<&StoredEntry> for Stored {
    fn from(entry: &StoredEntry) -> Self {
        Self {
            n: entry.n,
            id: entry.id,
            seq: entry.place.map(|(seq, _)| seq),
            digest: entry.digest,
            waits: entry.place.is_none() && !entry.refused && entry.sealed.is_some(),
        }
    }
}
