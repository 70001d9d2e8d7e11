//! Counting visits against authorisations.
//!
//! Owns [`Visits`], an exact number of half visits that cannot fall below zero, and the count of each
//! payer. Each payer counts alone: where two pay side by side, one session counts with both, and where
//! one takes over from another their days say so. Refuses to guess whom a session was billed to.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Add, AddAssign};

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::{Authorised, Unit, Visit};
use crate::id::Id;
use crate::order::InOrder;

/// A number of visits, exact to the half, never negative. In JSON and on cards a number like `3.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Visits {
    halves: u32,
}

impl Visits {
    /// No visit.
    pub const NONE: Self = Self { halves: 0 };
    /// Half a visit.
    pub const HALF: Self = Self { halves: 1 };

    /// Whole visits.
    pub fn whole(visits: u32) -> Self {
        Self {
            halves: visits.saturating_mul(2),
        }
    }

    /// The difference, and none where `other` is more.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self {
            halves: self.halves.saturating_sub(other.halves),
        }
    }

    /// As a number; exact.
    pub fn to_f64(self) -> f64 {
        f64::from(self.halves) / 2.0
    }
}

impl Add for Visits {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            halves: self.halves.saturating_add(other.halves),
        }
    }
}

impl AddAssign for Visits {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Visits {
    fn sum<I: Iterator<Item = Self>>(visits: I) -> Self {
        visits.fold(Self::NONE, Self::add)
    }
}

impl Serialize for Visits {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_f64(self.to_f64())
    }
}

/// Whether a payer's authorisation holds on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Coverage {
    /// It holds.
    Current,
    /// It begins later.
    Coming,
    /// Its last day has passed.
    Past,
}

/// The visits of one payer. `used + left + lapsed = authorised + over`, always.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PayerVisits {
    /// The newest authorisation of this payer: the one that more visits would extend.
    pub authorisation: Id,
    /// Who pays, as the newest authorisation says.
    pub payer: String,
    /// Whether one of the authorisations holds today.
    pub coverage: Coverage,
    /// First day of the first authorisation.
    pub from: NaiveDate,
    /// Last day of the last one.
    pub until: NaiveDate,
    /// Visits authorised, all authorisations together.
    #[cfg_attr(feature = "web", tsify(type = "number"))]
    pub authorised: Visits,
    /// Visits used.
    #[cfg_attr(feature = "web", tsify(type = "number"))]
    pub used: Visits,
    /// Visits that can still be used, today or later.
    #[cfg_attr(feature = "web", tsify(type = "number"))]
    pub left: Visits,
    /// Visits that were not used before their last day.
    #[cfg_attr(feature = "web", tsify(type = "number"))]
    pub lapsed: Visits,
    /// Visits used beyond the authorised ones. For staff.
    #[cfg_attr(feature = "web", tsify(type = "number"))]
    pub over: Visits,
    /// The next day, today or later, on which this payer looks at it again.
    pub next_review: Option<NaiveDate>,
}

/// All payers of one patient.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct VisitCount {
    /// Those whose authorisation holds first, then those to come, then past ones; by first day.
    pub payers: Vec<PayerVisits>,
    /// Sessions attended on days, or of a kind, that no payer's authorisation covers. None where nothing
    /// was ever authorised: such a patient pays alone. For staff.
    pub uncovered: u32,
}

impl VisitCount {
    /// What a home screen says: the most that a payer whose authorisation holds today has left. Absent
    /// when none holds.
    pub fn left(&self) -> Option<Visits> {
        let current = self
            .payers
            .iter()
            .filter(|one| one.coverage == Coverage::Current);
        current.map(|one| one.left).max()
    }

    /// The first review of any payer, today or later.
    pub fn next_review(&self) -> Option<NaiveDate> {
        self.payers.iter().filter_map(|one| one.next_review).min()
    }
}

/// The authorisations of one payer, each going on from another, those withdrawn left out; by first day.
pub(super) fn chains<'a>(
    authorised: impl IntoIterator<Item = &'a Authorised>,
) -> Vec<Vec<&'a Authorised>> {
    let all: BTreeMap<Id, &Authorised> = authorised.into_iter().map(|one| (one.id, one)).collect();
    let root = |of: &Authorised| {
        let mut seen = BTreeSet::from([of.id]);
        let mut at = of.id;
        // A circle has no first one; the least id stands for it.
        while let Some(before) = all.get(&at).and_then(|one| one.extends) {
            if !seen.insert(before) {
                return seen.into_iter().next().unwrap_or(at);
            }
            at = before;
        }
        at
    };
    let mut chains: BTreeMap<Id, Vec<&Authorised>> = BTreeMap::new();
    for one in all.values().filter(|one| !one.withdrawn) {
        chains.entry(root(one)).or_default().push(one);
    }
    let mut chains: Vec<_> = chains.into_values().collect();
    for chain in &mut chains {
        chain.order_by_key(|one| (one.from, one.until, one.id));
    }
    chains
}

/// Counts `visits` against `authorised` as things stand on `today` (clinic time).
///
/// A visit uses the first authorisation of its payer that covers its day and kind and has room; what
/// finds no room counts as over. Where an authorisation counts days, a day uses what the session of it
/// uses that uses most.
pub fn count<'a>(
    authorised: impl IntoIterator<Item = &'a Authorised>,
    visits: impl IntoIterator<Item = &'a Visit>,
    today: NaiveDate,
) -> VisitCount {
    let mut days: BTreeMap<NaiveDate, Vec<&Visit>> = BTreeMap::new();
    for visit in visits {
        days.entry(visit.date).or_default().push(visit);
    }
    for day in days.values_mut() {
        day.order_by(|a, b| a.session.cmp(&b.session));
    }
    let chains = chains(authorised);
    let mut payers: Vec<_> = chains
        .iter()
        .filter_map(|chain| of_payer(chain, &days, today))
        .collect();
    payers.order_by_key(|payer| (payer.coverage, payer.from, payer.authorisation));
    let covered = |visit: &Visit| {
        let mut all = chains.iter().flatten();
        all.any(|one| one.covers(visit.kind, visit.date))
    };
    let there = days
        .values()
        .flatten()
        .filter(|visit| visit.attendance.there());
    let uncovered = if chains.is_empty() {
        0
    } else {
        there.filter(|visit| !covered(visit)).count()
    };
    VisitCount {
        payers,
        uncovered: u32::try_from(uncovered).unwrap_or(u32::MAX),
    }
}

/// A session of a day, and what it still wants.
struct Wanted {
    /// Places in the chain that cover it, first one first.
    by: Vec<usize>,
    visits: Visits,
}

/// Takes what the sessions of one day use out of `room`. Returns what was used and how much of it found no
/// room.
///
/// What an authorisation that counts days gives, it gives to all sessions of the day that it covers; what it
/// has no room for, each of them looks for by itself in the next one. So a session more never takes less.
fn spend(chain: &[&Authorised], day: &[&Visit], room: &mut [Visits]) -> (Visits, Visits) {
    let wanted = |visit: &&Visit| {
        let covering = (0..chain.len()).filter(|at| chain[*at].covers(visit.kind, visit.date));
        let by: Vec<usize> = covering.collect();
        // The rules of the first one hold for the session.
        let visits = visit.uses(chain[*by.first()?]);
        Some(Wanted { by, visits })
    };
    let mut sessions: Vec<_> = day.iter().filter_map(wanted).collect();
    let mut used = Visits::NONE;
    for (at, one) in chain.iter().enumerate() {
        let here = sessions
            .iter_mut()
            .filter(|session| session.by.contains(&at));
        let mut day_given = Visits::NONE;
        for session in here {
            // Of a day that is paid already, only what this session uses beyond that.
            let shared = match one.unit {
                Unit::Day => day_given,
                Unit::Session => Visits::NONE,
            };
            let given = room[at].min(session.visits.without(shared));
            room[at] = room[at].without(given);
            used += given;
            day_given += given;
            session.visits = session.visits.without(shared).without(given);
        }
    }
    let (mut over, mut over_day) = (Visits::NONE, Visits::NONE);
    for session in &sessions {
        match session.by.first().map(|at| chain[*at].unit) {
            Some(Unit::Day) => over_day = over_day.max(session.visits),
            _ => over += session.visits,
        }
    }
    over += over_day;
    used += over;
    (used, over)
}

fn of_payer(
    chain: &[&Authorised],
    days: &BTreeMap<NaiveDate, Vec<&Visit>>,
    today: NaiveDate,
) -> Option<PayerVisits> {
    let (first, last) = (chain.first()?, chain.last()?);
    let mut room: Vec<Visits> = chain.iter().map(|one| Visits::whole(one.visits)).collect();
    let (mut used, mut over) = (Visits::NONE, Visits::NONE);
    for day in days.values() {
        let (of_day, beyond) = spend(chain, day, &mut room);
        used += of_day;
        over += beyond;
    }
    let open = |at: &usize| today <= chain[*at].until;
    let rest = |is_open: bool| -> Visits {
        let places = (0..chain.len()).filter(|at| open(at) == is_open);
        places.map(|at| room[at]).sum()
    };
    let coverage = if chain
        .iter()
        .any(|one| one.from <= today && today <= one.until)
    {
        Coverage::Current
    } else if chain.iter().any(|one| today < one.from) {
        Coverage::Coming
    } else {
        Coverage::Past
    };
    Some(PayerVisits {
        authorisation: last.id,
        payer: last.payer.clone(),
        coverage,
        from: first.from,
        until: chain
            .iter()
            .map(|one| one.until)
            .max()
            .unwrap_or(last.until),
        authorised: chain.iter().map(|one| Visits::whole(one.visits)).sum(),
        used,
        left: rest(true),
        lapsed: rest(false),
        over,
        next_review: chain
            .iter()
            .filter(|one| today <= one.until)
            .filter_map(|one| one.review)
            .filter(|review| today <= *review)
            .min(),
    })
}
