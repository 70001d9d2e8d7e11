//! Sorting that is compiled once.
//!
//! The standard library's sorts are compiled for each type and each order, some 8 KB of code each; a phone's
//! library had half a megabyte of them (docs/adr/0022). Here places are sorted, by one function, and what lies
//! there is moved afterwards. Stable, as fast as the lists of one patient need.

use std::cmp::Ordering;

/// Puts a list in order. Equal ones stay in the order in which they are.
pub trait InOrder<T> {
    /// By comparing.
    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// By a key that is asked for at each comparison.
    fn order_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.order_by(|one, other| key(one).cmp(&key(other)));
    }

    /// By a key that is asked for once.
    fn order_by_cached_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);

    /// By themselves.
    fn order(&mut self)
    where
        T: Ord,
    {
        self.order_by(T::cmp);
    }
}

impl<T> InOrder<T> for [T] {
    fn order_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let places = places(self.len(), &mut |one, other| {
            compare(&self[one], &self[other])
        });
        put(self, places);
    }

    fn order_by_cached_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K) {
        let keys: Vec<K> = self.iter().map(key).collect();
        let places = places(self.len(), &mut |one, other| keys[one].cmp(&keys[other]));
        put(self, places);
    }
}

/// Which place's comes to each place.
fn places(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    if count > 1 {
        places.sort_by(|one, other| compare(*one, *other));
    }
    places
}

/// Moves everything to its place, each one once.
fn put<T>(list: &mut [T], mut from: Vec<usize>) {
    for first in 0..from.len() {
        let mut at = first;
        // Each circle of places is gone round once; who has come home is marked by its own place.
        while from[at] != first {
            let next = from[at];
            list.swap(at, next);
            from[at] = at;
            at = next;
        }
        from[at] = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_the_standard_library_sorts(list in prop::collection::vec((0_u8..6, any::<u16>()), 0..60)) {
            let sorted = |sort: fn(&mut Vec<(u8, u16)>)| {
                let mut list = list.clone();
                sort(&mut list);
                list
            };
            prop_assert_eq!(sorted(|list| list.order()), sorted(|list| list.sort_unstable()));
            // Stable: only the first half is compared.
            let by_first = sorted(|list| list.sort_by_key(|one| one.0));
            prop_assert_eq!(sorted(|list| list.order_by_key(|one| one.0)), by_first.clone());
            prop_assert_eq!(sorted(|list| list.order_by_cached_key(|one| one.0)), by_first);
            prop_assert_eq!(
                sorted(|list| list.order_by(|a, b| b.1.cmp(&a.1))),
                sorted(|list| list.sort_by_key(|one| std::cmp::Reverse(one.1)))
            );
        }
    }
}
