//! Which sharing holds: by the patient's decisions in the care mailbox, and by the copies in the family
//! mailbox, where a family phone has nothing else to go by.
//!
//! Refuses to let a late copy bring back what was taken back: a copy belongs to its sharing, and a sharing
//! that ended stays ended. In a family mailbox a phone cannot tell the patient's unsigned entries from the
//! family member's by their seal, since both hold the mailbox's key; where that matters the caller says
//! which phones are the patient's.

use std::collections::BTreeMap;

use super::{Item, Shared, Sharing};
use crate::chart::{Chart, Fact};
use crate::id::Id;

/// A sharing as a family phone has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share<'a> {
    /// Its first copy.
    pub first: &'a Fact<Shared>,
    /// The copy that holds.
    pub newest: &'a Fact<Shared>,
}

impl Chart {
    /// In a care mailbox: what the patient decided last for each family member and item, in that order,
    /// whether or not it still stands.
    pub fn sharings(&self) -> impl Iterator<Item = &Fact<Sharing>> {
        self.sharing_versions().each()
    }

    /// In a care mailbox: does this sharing stand at `now`?
    pub fn stands(&self, sharing: &Fact<Sharing>, now: i64) -> bool {
        now < sharing.value.until && self.sharing_ended_at(sharing.id).is_none()
    }

    /// In a care mailbox: what is shared with a family member at `now`.
    pub fn shared_with(&self, mailbox: Id, now: i64) -> impl Iterator<Item = &Fact<Sharing>> {
        self.sharings()
            .filter(move |fact| fact.value.mailbox == mailbox && self.stands(fact, now))
    }

    /// In a family mailbox: what its owner is shown at `now`, the newest sharing of each item, in order of
    /// the items.
    pub fn shown(&self, now: i64) -> Vec<Share<'_>> {
        let mut newest: BTreeMap<Item, Share<'_>> = BTreeMap::new();
        let mut begun: BTreeMap<Id, &Fact<Shared>> = BTreeMap::new();
        for fact in self.shared_facts() {
            let first = *begun.entry(fact.value.sharing).or_insert(fact);
            let share = Share {
                first,
                newest: fact,
            };
            let shown = newest.entry(fact.value.item).or_insert(share);
            if shown.first.order() <= first.order() {
                *shown = share;
            }
        }
        let stands = |share: &Share<'_>| {
            let until = share.first.value.until.min(share.newest.value.until);
            now < until && !self.is_withdrawn(share.first.value.sharing)
        };
        newest.into_values().filter(stands).collect()
    }

    /// In a family mailbox: the last copy of a sharing that one of the patient's phones wrote.
    pub fn last_copy(&self, sharing: Id, patients: impl Fn(Id) -> bool) -> Option<&Fact<Shared>> {
        let copies = self.shared_facts().into_iter().rev();
        copies
            .filter(|copy| patients(copy.by))
            .find(|copy| copy.value.sharing == sharing)
    }

    /// In a family mailbox: when its owner first opened a copy, on a phone that is none of the
    /// patient's.
    pub fn copy_opened_at(&self, copy: Id, patients: impl Fn(Id) -> bool) -> Option<i64> {
        let by_family = self.share_openings(copy).filter(|mark| !patients(mark.by));
        by_family.map(|mark| mark.at).min()
    }

    /// In a family mailbox: when its owner first opened any copy of a sharing.
    pub fn share_opened_at(&self, sharing: Id, patients: impl Fn(Id) -> bool) -> Option<i64> {
        let copies = self.shared_facts().into_iter();
        copies
            .filter(|copy| copy.value.sharing == sharing)
            .filter_map(|copy| self.copy_opened_at(copy.id, &patients))
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Place;
    use crate::entry::{Author, Body, Class, Entry};
    use crate::family::{SharedOpened, SharedWithdrawn, SharingEnded};
    use crate::testing::{PHONE, id};

    const SISTER: Id = Id([90; 16]);

    fn copy(sharing: u8, item: Item, text: &str, until: i64) -> Body {
        Body::Shared(Shared {
            sharing: id(sharing),
            item,
            text: text.to_owned(),
            until,
            sessions: Vec::new(),
            part_two: false,
        })
    }

    /// Folds bodies numbered from 1, in the order of `numbers`.
    fn chart(class: Class, bodies: &[(Id, Body)], numbers: &[u8]) -> Chart {
        let mut chart = Chart::default();
        for number in numbers {
            let (by, body) = &bodies[usize::from(*number) - 1];
            let entry = Entry::new(id(*number), i64::from(*number), "UTC", *by, None, body);
            let place = Place::at(u64::from(*number), 0);
            chart.apply(class, &entry, Author::Patient, place);
        }
        chart
    }

    fn shown(chart: &Chart, now: i64) -> Vec<&str> {
        let shown = chart.shown(now).into_iter();
        shown
            .map(|share| share.newest.value.text.as_str())
            .collect()
    }

    #[test]
    fn the_newest_sharing_of_an_item_shows_its_newest_copy() {
        let bodies = [
            (PHONE, copy(101, Item::SessionTimes, "a", 100)),
            (PHONE, copy(101, Item::SessionTimes, "a2", 100)),
            (PHONE, copy(103, Item::SessionTimes, "b", 50)),
            // By a phone that had not seen the second sharing.
            (PHONE, copy(101, Item::SessionTimes, "a3", 100)),
            (PHONE, copy(105, Item::HowToHelp, "note", 80)),
        ];
        let chart = |numbers: &[u8]| chart(Class::Family, &bodies, numbers);
        assert_eq!(shown(&chart(&[1]), 0), ["a"]);
        assert_eq!(shown(&chart(&[1, 2]), 0), ["a2"]);
        for order in [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [4, 2, 5, 1, 3]] {
            let chart = chart(&order);
            assert_eq!(shown(&chart, 0), ["b", "note"]);
            // The newest has ended: the one it replaced does not come back.
            assert_eq!(shown(&chart, 50), ["note"]);
            assert_eq!(shown(&chart, 80), Vec::<&str>::new());
        }
    }

    #[test]
    fn what_was_taken_back_is_not_brought_back_by_a_late_copy() {
        let back = Body::SharedWithdrawn(SharedWithdrawn {
            sharing: id(101),
            closes: Some(1),
        });
        let bodies = [
            (PHONE, copy(101, Item::TransitionPlan, "plan", 100)),
            (PHONE, back),
            (PHONE, copy(101, Item::TransitionPlan, "plan 2", 200)),
            (PHONE, copy(104, Item::TransitionPlan, "anew", 100)),
        ];
        let chart = |numbers: &[u8]| chart(Class::Family, &bodies, numbers);
        assert_eq!(shown(&chart(&[1, 3]), 0), ["plan 2"]);
        // A copy does not outlast its sharing.
        assert_eq!(shown(&chart(&[1, 3]), 100), Vec::<&str>::new());
        for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] {
            assert_eq!(shown(&chart(&order), 0), Vec::<&str>::new());
        }
        // Sharing again is a new decision.
        assert_eq!(shown(&chart(&[1, 2, 3, 4]), 0), ["anew"]);
    }

    #[test]
    fn the_decision_lies_in_care() {
        let sharing = |mailbox, item, until| {
            Body::Sharing(Sharing {
                mailbox: id(mailbox),
                item,
                until,
                note: String::new(),
            })
        };
        let bodies = [
            (PHONE, sharing(50, Item::SessionTimes, 100)),
            (PHONE, sharing(50, Item::TransitionPlan, 100)),
            (PHONE, sharing(51, Item::SessionTimes, 100)),
            (PHONE, Body::SharingEnded(SharingEnded { sharing: id(1) })),
            // Again, and for a shorter time.
            (PHONE, sharing(50, Item::TransitionPlan, 60)),
        ];
        let with = |numbers: &[u8], mailbox, now| -> Vec<Id> {
            let chart = chart(Class::Care, &bodies, numbers);
            let shared = chart.shared_with(id(mailbox), now);
            shared.map(|fact| fact.id).collect()
        };
        assert_eq!(with(&[1, 2, 3], 50, 0), [id(1), id(2)]);
        assert_eq!(with(&[1, 2, 3], 51, 0), [id(3)]);
        for order in [[1, 2, 3, 4], [4, 3, 2, 1]] {
            assert_eq!(with(&order, 50, 0), [id(2)]);
            assert_eq!(with(&order, 51, 0), [id(3)]);
        }
        assert_eq!(with(&[2, 5], 50, 59), [id(5)]);
        assert_eq!(with(&[2, 5], 50, 60), []);
        assert_eq!(with(&[2], 50, 100), []);
    }

    #[test]
    fn opened_is_what_another_phone_than_the_patients_says() {
        let mine = |by| by == PHONE;
        let opened = |share| Body::SharedOpened(SharedOpened { share: id(share) });
        let bodies = [
            (PHONE, copy(101, Item::HowToHelp, "note", 100)),
            (SISTER, copy(101, Item::HowToHelp, "forged", 100)),
            (PHONE, opened(1)),
            (SISTER, opened(1)),
        ];
        let chart = |numbers: &[u8]| chart(Class::Family, &bodies, numbers);
        let before = chart(&[1, 2, 3]);
        assert_eq!(before.share_opened_at(id(101), mine), None);
        let last = before.last_copy(id(101), mine).expect("one of mine");
        assert_eq!(last.value.text, "note");
        let after = chart(&[1, 2, 3, 4]);
        assert_eq!(after.copy_opened_at(id(1), mine), Some(4));
        assert_eq!(after.share_opened_at(id(101), mine), Some(4));
        assert_eq!(after.share_opened_at(id(102), mine), None);
    }
}
