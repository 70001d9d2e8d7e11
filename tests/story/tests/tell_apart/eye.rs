//! The eye of somebody who sees everything but the plain text: what a sheet looks like on the wire, and the
//! best guess that can be made from it.

use handrail_story::recorder::Trip;
use handrail_wire::path;
use handrail_wire::sync::SyncRequest;

/// One sheet from outside: each round trip with its lengths, each entry with its place and size, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// Per round trip: its line, whether it came over a new connection, bytes of heads and bodies.
    pub trips: Vec<(String, bool, [usize; 4])>,
    /// Per entry: the round trip and the mailbox's place in it, and the sealed size.
    pub entries: Vec<(usize, usize, usize)>,
}

impl Look {
    /// Of what was recorded.
    pub fn of(trips: &[Trip]) -> Self {
        let mut look = Self::default();
        for (at, trip) in trips.iter().enumerate() {
            let (head, body) = &trip.sent;
            let (head_back, body_back) = trip.received;
            look.trips.push((
                trip.line.clone(),
                trip.new_connection,
                [*head, body.len(), head_back, body_back],
            ));
            if !trip.line.contains(path::SYNC) {
                continue;
            }
            let request: SyncRequest = handrail_wire::decode(body).expect("our own request");
            for (place, mailbox) in request.mailboxes.0.iter().enumerate() {
                let sizes = mailbox.entries.0.iter().map(|offer| offer.sealed.0.len());
                look.entries.extend(sizes.map(|size| (at, place, size)));
            }
        }
        look
    }

    /// Of entries alone, as the sealing layer makes them.
    pub fn of_sizes(sizes: &[usize]) -> Self {
        Self {
            trips: Vec::new(),
            entries: sizes.iter().map(|size| (0, 0, *size)).collect(),
        }
    }

    /// What can be counted, with a name for each.
    pub fn features(&self) -> [(&'static str, u64); 9] {
        let sum = |at: usize| self.trips.iter().map(|trip| trip.2[at] as u64).sum::<u64>();
        let sizes = || self.entries.iter().map(|(_, _, size)| *size as u64);
        // Any order of lines and sizes, as one number.
        let order = self
            .entries
            .iter()
            .flat_map(|(trip, place, size)| [*trip, *place, *size])
            .chain(self.trips.iter().map(|trip| trip.0.len()))
            .fold(17_u64, |hash, next| {
                hash.wrapping_mul(1_000_003).wrapping_add(next as u64)
            });
        [
            ("round trips", self.trips.len() as u64),
            ("entries", self.entries.len() as u64),
            ("bytes of entries", sizes().sum()),
            ("largest entry", sizes().max().unwrap_or(0)),
            ("smallest entry", sizes().min().unwrap_or(0)),
            ("bytes sent", sum(0) + sum(1)),
            ("bytes received", sum(2) + sum(3)),
            (
                "new connections",
                self.trips.iter().filter(|trip| trip.1).count() as u64,
            ),
            ("order", order),
        ]
    }
}

/// How well a reader of one number does who may choose the best threshold and side after having seen
/// everything: right guesses out of all, and the number that does it. Half of all is chance.
pub fn best_guess(pairs: &[(Look, Look)]) -> (usize, usize, &'static str) {
    let all = 2 * pairs.len();
    let mut best = (0, all, "nothing");
    let names = Look::default().features().map(|(name, _)| name);
    for (at, name) in names.into_iter().enumerate() {
        let mut seen: Vec<(u64, bool)> = Vec::with_capacity(all);
        for (calm, worried) in pairs {
            seen.push((calm.features()[at].1, false));
            seen.push((worried.features()[at].1, true));
        }
        seen.sort_unstable();
        // Everything up to the threshold is called calm.
        let mut right = pairs.len();
        let mut most = right;
        for (place, (value, is_worried)) in seen.iter().enumerate() {
            if *is_worried {
                right -= 1;
            } else {
                right += 1;
            }
            let ends = seen.get(place + 1).is_none_or(|next| next.0 != *value);
            if ends {
                most = most.max(right).max(all - right);
            }
        }
        if most > best.0 {
            best = (most, all, name);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_looks_are_chance_and_the_slightest_difference_is_more() {
        let pair =
            |calm: &[usize], worried: &[usize]| (Look::of_sizes(calm), Look::of_sizes(worried));
        let equal: Vec<_> = (0..50)
            .map(|at| pair(&[600 + at, 9], &[600 + at, 9]))
            .collect();
        assert_eq!(best_guess(&equal).0, 50);
        let mut one = equal.clone();
        one[7] = pair(&[600, 9], &[600, 9, 9]);
        let (right, all, _) = best_guess(&one);
        assert_eq!((right, all), (51, 100));
        let counted: Vec<_> = (0..50).map(|_| pair(&[5, 5], &[5, 5, 5])).collect();
        assert_eq!(best_guess(&counted).0, 100);
        let turned: Vec<_> = (0..50).map(|_| pair(&[5, 6], &[6, 5])).collect();
        assert_eq!(best_guess(&turned), (100, 100, "order"));
    }
}
