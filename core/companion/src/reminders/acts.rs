//! What the shell has to do, round by round.
//!
//! Owns the order: what nothing waits for is taken back first; a number is armed when all that may ring for one of
//! its things, and all that would be too many that day or for the system, are gone. Between two rounds the
//! ledger is written down. Refuses to take the system's "yes" for a thing that it can be seen to hold still.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, NaiveDate};
use handrail_care::calendar;
use handrail_care::reminder::{About, Asked, Why};

use super::ledger::Ledger;
use super::notice::{FAR_MS, Notice};
use super::want::Wanted;
use crate::view::ReminderState as State;

/// So many that ring later than soon are begun in one round.
const TOGETHER: usize = 16;
/// What rings before is soon: where the system tells, what is begun and not there when the app runs again may
/// have rung, unless it is far. So it is begun alone, and only one is ever in doubt.
const SOON_MS: i64 = FAR_MS + 2 * 24 * 60 * 60 * 1000;

/// The phone's system.
pub trait System {
    /// Takes a number back; whether it said yes.
    fn withdraw(&mut self, id: u32) -> bool;
    /// Holds a notification; whether it said yes.
    fn arm(&mut self, notice: &Notice) -> bool;
    /// What it holds; `None` where it does not tell.
    fn armed(&mut self) -> Option<BTreeSet<u32>>;
    /// The clock.
    fn now(&mut self) -> i64;
}

/// A number that the system may hold: the day it rings on, when it has one to count for.
pub(super) type Place = Option<NaiveDate>;

/// What the shell has to do.
#[derive(Debug, Clone, Default)]
pub struct Acts {
    /// To be taken back, and nothing waits for it.
    withdraw: BTreeSet<u32>,
    /// To be armed again, where the system does not tell what it holds.
    again: Vec<u32>,
    /// To be armed for the first time, soonest first.
    first: VecDeque<u32>,
    /// By number to arm: what has to be gone before.
    after: HashMap<u32, BTreeSet<u32>>,
    /// To be taken back when its turn comes.
    going: BTreeSet<u32>,
    /// When what is waited for rings.
    times: HashMap<u32, i64>,
    there: BTreeMap<u32, Place>,
    rang: HashMap<NaiveDate, usize>,
    zone: String,
    slots: usize,
    per_day: usize,
    tells: bool,
    /// What rings before is begun alone.
    soon: i64,
    /// Nothing is armed: the system did not answer.
    only_back: bool,
}

/// What is done between two writes.
#[derive(Debug, Clone, Default)]
pub struct Round {
    /// Numbers to take back (out of the system and out of the tray), before the rest.
    pub withdraw: Vec<u32>,
    /// What to arm, and whether it is for the first time.
    pub arm: Vec<(Notice, bool)>,
}

/// What was done of a [`Round`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// Numbers that are gone.
    pub withdrawn: Vec<u32>,
    /// Numbers to arm, with whether the system took them.
    pub armed: Vec<(u32, bool)>,
    /// Of these, those that it does not hold under any circumstances.
    never: Vec<u32>,
}

pub(super) fn day(zone: &str, at: i64) -> Place {
    let instant = DateTime::from_timestamp_millis(at)?;
    Some(calendar::local(zone, instant).ok()?.date)
}

impl Acts {
    pub(super) fn withdrawing(withdraw: BTreeSet<u32>) -> Self {
        Self {
            withdraw,
            ..Self::default()
        }
    }

    pub(super) fn new(
        ledger: &Ledger,
        asked: &Asked<'_>,
        tells: bool,
        wanted: Wanted,
        mut back: BTreeSet<u32>,
    ) -> Self {
        let is_new = |id: &u32| ledger.held.get(id).is_some_and(|one| !one.asked);
        let (first, again): (Vec<u32>, Vec<u32>) = wanted.arm.into_iter().partition(is_new);
        let mut going: BTreeSet<u32> = BTreeSet::new();
        let mut for_what: HashMap<&About, Vec<u32>> = HashMap::new();
        for notice in ledger.held.values().filter(|one| one.going) {
            going.insert(notice.id);
            for about in &notice.may {
                for_what.entry(about).or_default().push(notice.id);
            }
        }
        let mut after = HashMap::new();
        for notice in first.iter().filter_map(|id| ledger.held.get(id)) {
            let others = notice.may.iter().filter_map(|about| for_what.get(about));
            let others: BTreeSet<u32> = others.flatten().copied().collect();
            if !others.is_empty() {
                after.insert(notice.id, others);
            }
        }
        let waited_for: BTreeSet<u32> = after.values().flatten().copied().collect();
        back.extend(going.difference(&waited_for));
        let held = waited_for.iter().filter_map(|id| ledger.held.get(id));
        let times = held.map(|one| (one.id, one.at)).collect();
        let mut acts = Self {
            withdraw: back,
            again,
            after,
            going: waited_for,
            times,
            zone: asked.zone.to_owned(),
            slots: usize::from(asked.means.slots),
            per_day: usize::from(asked.settings.per_day),
            tells,
            soon: asked.now + SOON_MS,
            ..Self::default()
        };
        if !first.is_empty() {
            let here = ledger.held.values().filter(|one| !first.contains(&one.id));
            let place = |one: &Notice| {
                let counts = !one.may.is_empty();
                (one.id, day(asked.zone, one.at).filter(|_| counts))
            };
            acts.there = here.map(place).collect();
            for date in (ledger.rung.iter()).filter_map(|(at, _)| day(asked.zone, *at)) {
                *acts.rang.entry(date).or_default() += 1;
            }
        }
        acts.first = first.into();
        acts
    }

    /// The system does not answer what it holds: nothing is armed beside what may be there.
    pub fn only_take_back(&mut self) {
        self.only_back = true;
    }

    /// There is room that day and in the system, when these are gone.
    fn has_room(&self, notice: &Notice, without: &BTreeSet<u32>) -> bool {
        let counts = |id: &u32| *id != notice.id && !without.contains(id);
        let others = || self.there.iter().filter(|(id, _)| counts(id));
        let date = day(&self.zone, notice.at);
        let that_day = others().filter(|(_, day)| **day == date).count();
        let rang = date.and_then(|date| self.rang.get(&date));
        that_day + rang.copied().unwrap_or(0) < self.per_day && others().count() < self.slots
    }

    /// What is to go before this one is armed, beside what goes already.
    fn before(&self, notice: &Notice, gone: &BTreeSet<u32>) -> BTreeSet<u32> {
        let left = |id: &&u32| !gone.contains(*id);
        let after = self.after.get(&notice.id).into_iter().flatten();
        let mut gone: BTreeSet<u32> = gone.clone();
        gone.extend(after.filter(|id| self.going.contains(id)));
        if !self.has_room(notice, &gone) {
            let date = Some(day(&self.zone, notice.at));
            let that_day = |id: &&u32| self.there.get(*id).copied() == date;
            gone.extend(self.going.iter().filter(that_day));
        }
        if !self.has_room(notice, &gone) {
            gone.extend(&self.going);
        }
        gone.iter().filter(left).copied().collect()
    }

    fn next(&mut self, ledger: &Ledger) -> Round {
        let mut gone = std::mem::take(&mut self.withdraw);
        let again = std::mem::take(&mut self.again);
        let stands = |id: &u32| ledger.held.get(id).filter(|one| !one.going).cloned();
        let again = again.iter().filter_map(stands).map(|one| (one, false));
        let mut round = Round {
            withdraw: gone.iter().copied().collect(),
            arm: again.collect(),
        };
        let mut begun = 0;
        while let Some(id) = self.first.front() {
            let Some(notice) = stands(id) else {
                self.first.pop_front();
                continue;
            };
            let soon = self.tells && notice.at <= self.soon;
            if begun == TOGETHER || (soon && begun > 0) {
                break;
            }
            self.first.pop_front();
            begun = if soon { TOGETHER } else { begun + 1 };
            let before = self.before(&notice, &gone);
            self.going.retain(|id| !before.contains(id));
            round.withdraw.extend(&before);
            gone.extend(before);
            // Those after it in this round count it; whether it was taken is seen when it is done.
            self.there.insert(notice.id, day(&self.zone, notice.at));
            round.arm.push((notice, true));
        }
        if self.first.is_empty() {
            round.withdraw.extend(std::mem::take(&mut self.going));
        }
        round
    }

    /// Takes back, then arms. What the system would not take back holds up what it may ring for, and
    /// nothing else.
    pub fn carry_out(&mut self, round: &Round, system: &mut impl System) -> Done {
        let mut done = Done::default();
        for (notice, _) in round.arm.iter().filter(|(_, first)| *first) {
            self.there.remove(&notice.id);
        }
        for id in &round.withdraw {
            if system.withdraw(*id) {
                done.withdrawn.push(*id);
            }
        }
        if self.tells && !done.withdrawn.is_empty() {
            // Some systems take back when they find the time.
            let told = system.armed();
            let is_gone = |id: &u32| told.as_ref().is_some_and(|told| !told.contains(id));
            done.withdrawn.retain(is_gone);
        }
        let now = system.now();
        for id in &done.withdrawn {
            // What rang while it was being taken back is in the way of what was to come instead.
            if self.times.get(id).is_none_or(|at| *at > now) {
                self.there.remove(id);
            }
        }
        for (notice, first) in &round.arm {
            let after = self.after.get(&notice.id).into_iter().flatten();
            let in_the_way = after.filter(|id| self.there.contains_key(id)).count();
            let may = !self.only_back
                && in_the_way == 0
                && (!first || self.has_room(notice, &BTreeSet::new()));
            let taken = may && system.arm(notice);
            if taken && *first {
                self.there.insert(notice.id, day(&self.zone, notice.at));
            }
            if !taken && *first {
                done.never.push(notice.id);
            }
            done.armed.push((notice.id, taken));
        }
        done
    }
}

impl Done {
    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.withdrawn.extend(other.withdrawn);
        self.armed.extend(other.armed);
    }
}

impl Ledger {
    /// The next round, with a note of what it begins: write the ledger down before it is carried out.
    /// `None`: all is done.
    pub fn begin(&mut self, acts: &mut Acts) -> Option<Round> {
        let round = acts.next(self);
        for (notice, _) in &round.arm {
            if let Some(held) = self.held.get_mut(&notice.id) {
                held.asked = true;
            }
        }
        (!round.withdraw.is_empty() || !round.arm.is_empty()).then_some(round)
    }

    /// What became of a round. `now`: the clock after it.
    pub fn record(&mut self, done: &Done, now: i64) {
        for id in &done.withdrawn {
            let Some(notice) = self.held.get(id).filter(|one| one.going) else {
                continue;
            };
            if notice.at <= now {
                // Its time came while it was being taken back.
                self.ring(*id, State::TimePassed, notice.at, now);
            }
            self.held.remove(id);
        }
        for id in &done.never {
            if let Some(notice) = self.held.get_mut(id) {
                notice.asked = false;
            }
        }
        for (id, taken) in &done.armed {
            let Some(notice) = self.held.get_mut(id) else {
                continue;
            };
            if *taken {
                let lines = &self.lines;
                let stands_for = |about: &About| {
                    let line = lines.get(about);
                    line.is_some_and(|line| line.with == Some(*id))
                };
                notice.may.retain(stands_for);
            }
            let exact = notice.exact;
            for line in self.lines.values_mut() {
                if line.with != Some(*id) || !line.now().state.waits() {
                    continue;
                }
                if !taken {
                    line.step(State::Planned, Some(Why::SystemRefused), now);
                } else if line.put_off.is_none() {
                    let why = (!exact).then_some(Why::MayBeLate);
                    line.step(State::Armed, why, now);
                }
            }
        }
    }
}
