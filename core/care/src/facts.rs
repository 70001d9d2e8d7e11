//! What every fact of a mailbox has, and how facts are kept so that their order of arrival does not
//! matter.
//!
//! Owns [`Place`], [`Fact`] and two small maps: facts by entry id, and versions of one thing of which
//! the newest holds. Refuses to forget an older version: a place that arrives later can change which
//! one is newest.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

use smol_str::SmolStr;

use crate::entry::Entry;
use crate::id::Id;
use crate::order::InOrder;

/// Where an entry stands in its mailbox: its sequence number and when the clinic received it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Sequence number; `u64::MAX` while the clinic does not have it.
    pub seq: u64,
    /// When the clinic's server stored it, epoch milliseconds.
    pub received: Option<i64>,
}

impl Place {
    /// Still only on this phone.
    pub const UNSENT: Self = Self {
        seq: u64::MAX,
        received: None,
    };

    /// In the mailbox.
    pub fn at(seq: u64, received: i64) -> Self {
        Self {
            seq,
            received: Some(received),
        }
    }
}

/// A fact with what every fact has.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact<T> {
    /// The entry.
    pub id: Id,
    /// When it was written, epoch milliseconds.
    pub at: i64,
    /// The author's zone then.
    pub zone: SmolStr,
    /// The author: a phone or a staff member.
    pub by: Id,
    /// The staff member who signed it.
    pub staff: Option<Id>,
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub value: T,
}

impl<T> Fact<T> {
    pub(crate) fn new(entry: &Entry, staff: Option<Id>, place: Place, value: T) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            zone: entry.zone.clone(),
            by: entry.by,
            staff,
            place,
            value,
        }
    }

    /// Of an entry in one of the clinic's own mailboxes, where staff signs everything.
    pub(crate) fn by_staff(entry: &Entry, seq: u64, value: T) -> Self {
        let place = Place {
            seq,
            received: None,
        };
        Self::new(entry, Some(entry.by), place, value)
    }

    /// Newer facts compare greater: place, then time, then id.
    pub(crate) fn order(&self) -> (u64, i64, Id) {
        (self.place.seq, self.at, self.id)
    }
}

/// Facts by entry id.
///
/// Looked up by an index that is the same for every kind of fact, so that a phone carries one of it and not
/// one for each kind (docs/adr/0022).
#[derive(Clone)]
pub(crate) struct Facts<T> {
    /// Where in the list the fact of an entry is.
    places: BTreeMap<Id, usize>,
    /// In no order.
    list: Vec<Fact<T>>,
}

impl<T> Default for Facts<T> {
    fn default() -> Self {
        Self {
            places: BTreeMap::new(),
            list: Vec::new(),
        }
    }
}

/// In order of entry ids, so that charts with the same facts look the same.
impl<T: fmt::Debug> fmt::Debug for Facts<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}

/// The order in which facts came makes no difference.
impl<T: PartialEq> PartialEq for Facts<T> {
    fn eq(&self, other: &Self) -> bool {
        self.list.len() == other.list.len() && self.values().eq(other.values())
    }
}

impl<T> Facts<T> {
    /// Keeps a fact; the same entry again updates its place, and never loses one.
    pub fn keep(&mut self, fact: Fact<T>) {
        match self.places.get(&fact.id) {
            Some(at) if self.list[*at].place.seq <= fact.place.seq => {}
            Some(at) => self.list[*at] = fact,
            None => {
                self.places.insert(fact.id, self.list.len());
                self.list.push(fact);
            }
        }
    }

    pub fn erase(&mut self, entry: Id) {
        let Some(at) = self.places.remove(&entry) else {
            return;
        };
        self.list.swap_remove(at);
        if let Some(moved) = self.list.get(at) {
            self.places.insert(moved.id, at);
        }
    }

    /// In order of entry ids.
    pub fn values(&self) -> impl Iterator<Item = &Fact<T>> {
        self.places.values().map(|at| &self.list[*at])
    }

    /// This entry is one of them.
    pub fn contains(&self, entry: Id) -> bool {
        self.places.contains_key(&entry)
    }

    pub fn get(&self, entry: Id) -> Option<&Fact<T>> {
        Some(&self.list[*self.places.get(&entry)?])
    }

    /// In order of entry ids.
    pub fn into_values(self) -> Vec<Fact<T>> {
        let mut list = self.list;
        list.order_by_key(|fact| fact.id);
        list
    }

    pub fn newest(&self) -> Option<&Fact<T>> {
        self.list.iter().max_by_key(|fact| fact.order())
    }

    pub fn oldest(&self) -> Option<&Fact<T>> {
        self.list.iter().min_by_key(|fact| fact.order())
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Oldest first.
    pub fn in_order(&self) -> Vec<&Fact<T>> {
        let mut list: Vec<_> = self.list.iter().collect();
        list.order_by_key(|fact| fact.order());
        list
    }
}

/// All that was written under one key; the newest holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Versions<K, T>(BTreeMap<K, Facts<T>>);

impl<K, T> Default for Versions<K, T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, T> Versions<K, T> {
    pub fn keep(&mut self, key: K, fact: Fact<T>) {
        self.0.entry(key).or_default().keep(fact);
    }

    pub fn erase(&mut self, entry: Id) {
        self.0.retain(|_, facts| {
            facts.erase(entry);
            !facts.is_empty()
        });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Every version under a key, in order of entry ids.
    pub fn all(&self, key: &K) -> impl Iterator<Item = &Fact<T>> {
        self.0.get(key).into_iter().flat_map(Facts::values)
    }

    /// Every version under a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&Facts<T>>
    where
        K: Borrow<Q>,
    {
        self.0.get(key)
    }

    /// The version that holds.
    pub fn newest<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&Fact<T>>
    where
        K: Borrow<Q>,
    {
        self.0.get(key)?.newest()
    }

    /// The version that holds of each key, in order of the keys.
    pub fn each(&self) -> impl Iterator<Item = &Fact<T>> + Clone {
        self.0.values().filter_map(Facts::newest)
    }

    /// The keys with all their versions.
    pub fn groups(&self) -> impl Iterator<Item = (&K, &Facts<T>)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn fact(id: u8, seq: u64) -> Fact<u64> {
        Fact {
            id: Id([id; 16]),
            at: 0,
            zone: "UTC".into(),
            by: Id::default(),
            staff: None,
            place: Place::at(seq, 0),
            value: seq,
        }
    }

    proptest! {
        #[test]
        fn facts_are_kept_and_erased_as_in_a_map(
            steps in prop::collection::vec((0_u8..8, 0_u64..5, any::<bool>()), 0..60)
        ) {
            let mut facts = Facts::default();
            let mut map: BTreeMap<u8, u64> = BTreeMap::new();
            for (id, seq, erases) in steps {
                if erases {
                    facts.erase(Id([id; 16]));
                    map.remove(&id);
                } else {
                    facts.keep(fact(id, seq));
                    let least = map.entry(id).or_insert(seq);
                    *least = (*least).min(seq);
                }
            }
            let kept: Vec<_> = facts.values().map(|fact| (fact.id.0[0], fact.value)).collect();
            prop_assert_eq!(&kept, &map.clone().into_iter().collect::<Vec<_>>());
            for (id, seq) in &map {
                prop_assert_eq!(facts.get(Id([*id; 16])).map(|fact| fact.value), Some(*seq));
            }
            prop_assert!((0..8).all(|id| facts.contains(Id([id; 16])) == map.contains_key(&id)));
            prop_assert_eq!(facts.is_empty(), map.is_empty());
            // The same facts in another order are the same.
            let mut again = Facts::default();
            for (id, seq) in map.iter().rev() {
                again.keep(fact(*id, *seq));
            }
            prop_assert!(again == facts);
            if let Some((id, seq)) = map.iter().next() {
                again.keep(fact(*id, *seq + 1));
                prop_assert!(again == facts, "a later place of the same entry changes nothing");
                again.erase(Id([*id; 16]));
                prop_assert!(again != facts, "one less");
            }
            let values: Vec<_> = facts.into_values().iter().map(|fact| fact.value).collect();
            prop_assert_eq!(values, map.into_values().collect::<Vec<_>>());
        }
    }
}
