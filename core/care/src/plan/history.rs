//! The plans of a care mailbox: every revision, and which one is the plan.
//!
//! Owns the rule. Refuses to lose a revision: what is not the plan stays as a proposal.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Serialize;

use super::goals::GoalRated;
use super::text::{PlanSection, Texts};
use super::{
    FollowUpCalled, HandOffMarked, PartOne, PartTwo, PlanAgreed, PlanKind, PlanReviewed,
    SafetyPlan, TransitionPlan,
};
use crate::chart::{Chart, Fact, Place};
use crate::entry::{Body, Entry};
use crate::facts::{Facts, Versions};
use crate::id::Id;

/// What the four plans have in common.
pub trait Plan: Clone {
    /// Which plan.
    const KIND: PlanKind;
    /// The patient's revision is the plan at once. Otherwise it is a proposal that staff looks at.
    const PATIENT_DECIDES: bool;

    /// The revision that this one changes.
    fn parent(&self) -> Option<Id>;

    /// Its sections in the words of a language, empty ones too.
    fn sections(&self, texts: Texts) -> Vec<PlanSection>;
}

/// A plan that waits to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PlanToRead {
    /// Which.
    pub kind: PlanKind,
    /// The revision that holds.
    pub plan: Id,
    /// When it was written, epoch milliseconds.
    pub at: i64,
}

/// A revision of a plan and how it stands.
#[derive(Debug, PartialEq)]
pub struct Revision<'a, T> {
    /// The revision.
    pub fact: &'a Fact<T>,
    /// It was, or is, the plan; otherwise it is a proposal.
    pub accepted: bool,
}

/// A plan with its history.
#[derive(Debug, PartialEq)]
pub struct PlanHistory<'a, T> {
    /// The revision that holds.
    pub current: Option<&'a Fact<T>>,
    /// Everything written, oldest first.
    pub revisions: Vec<Revision<'a, T>>,
}

impl<T> PlanHistory<'_, T> {
    /// The newest revision that was, or is, the plan and of which `is_seen` holds.
    pub fn newest(&self, is_seen: impl Fn(&Fact<T>) -> bool) -> Option<Id> {
        let mut revisions = self.revisions.iter().rev();
        let found = revisions.find(|one| one.accepted && is_seen(one.fact))?;
        Some(found.fact.id)
    }
}

/// Revisions in order of their places. Those without a place were written here, by a clock that may have
/// been set back in between, or twice in a millisecond: of them a parent comes before what changes it.
fn as_written<T: Plan>(facts: &Facts<T>) -> Vec<&Fact<T>> {
    let mut order = facts.in_order();
    let placed = order.partition_point(|fact| fact.place.seq < Place::UNSENT.seq);
    let mut waiting = order.split_off(placed);
    while !waiting.is_empty() {
        let is_here = |parent: Id| waiting.iter().any(|other| other.id == parent);
        let first = waiting
            .iter()
            .position(|fact| fact.value.parent().is_none_or(|parent| !is_here(parent)));
        // No fact is its own ancestor; if bytes said so, any order would do.
        order.push(waiting.remove(first.unwrap_or(0)));
    }
    order
}

/// The revisions in order of their places, and which hold: a revision is accepted when its author may
/// decide and its parent is the plan at that moment. The first revision of an erased plan takes that
/// plan's place.
fn history<T: Plan>(facts: &Facts<T>, is_erased: impl Fn(Id) -> bool) -> PlanHistory<'_, T> {
    let mut current: Option<&Fact<T>> = None;
    let mut replaced = BTreeSet::new();
    let mut revisions = Vec::new();
    for fact in as_written(facts) {
        let parent = fact.value.parent();
        let parent_holds = parent == current.map(|current| current.id)
            || parent.is_some_and(|parent| is_erased(parent) && !replaced.contains(&parent));
        let accepted = (T::PATIENT_DECIDES || fact.staff.is_some()) && parent_holds;
        if accepted {
            current = Some(fact);
            replaced.extend(parent);
        }
        revisions.push(Revision { fact, accepted });
    }
    PlanHistory { current, revisions }
}

/// Everything about plans in one care mailbox.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Plans {
    part_one: Facts<PartOne>,
    part_two: Facts<PartTwo>,
    safety: Facts<SafetyPlan>,
    transition: Facts<TransitionPlan>,
    acknowledged: Versions<Id, ()>,
    agreed: Facts<PlanAgreed>,
    reviewed: Facts<PlanReviewed>,
    ratings: Facts<GoalRated>,
    hand_offs: Versions<Id, HandOffMarked>,
    calls: Versions<NaiveDate, FollowUpCalled>,
}

impl Plans {
    /// Keeps what is about plans; anything else is not for here.
    pub fn keep(&mut self, entry: &Entry, staff: Option<Id>, place: Place, body: Body) {
        fn fact<T>(entry: &Entry, staff: Option<Id>, place: Place, value: T) -> Fact<T> {
            Fact::new(entry, staff, place, value)
        }
        match body {
            Body::PartOne(plan) => self.part_one.keep(fact(entry, staff, place, plan)),
            Body::PartTwo(plan) => self.part_two.keep(fact(entry, staff, place, plan)),
            Body::SafetyPlan(plan) => self.safety.keep(fact(entry, staff, place, plan)),
            Body::TransitionPlan(plan) => self.transition.keep(fact(entry, staff, place, plan)),
            Body::PlanAcknowledged(read) => {
                let mark = fact(entry, staff, place, ());
                self.acknowledged.keep(read.plan, mark);
            }
            Body::PlanAgreed(agreed) => self.agreed.keep(fact(entry, staff, place, agreed)),
            Body::PlanReviewed(review) => self.reviewed.keep(fact(entry, staff, place, review)),
            Body::GoalRated(rated) => self.ratings.keep(fact(entry, staff, place, rated)),
            Body::HandOffMarked(marked) => {
                let of = marked.hand_off;
                self.hand_offs.keep(of, fact(entry, staff, place, marked));
            }
            Body::FollowUpCalled(called) => {
                let of = called.planned;
                self.calls.keep(of, fact(entry, staff, place, called));
            }
            _ => {}
        }
    }

    pub fn erase(&mut self, entry: Id) {
        self.part_one.erase(entry);
        self.part_two.erase(entry);
        self.safety.erase(entry);
        self.transition.erase(entry);
        self.acknowledged.erase(entry);
        self.agreed.erase(entry);
        self.reviewed.erase(entry);
        self.ratings.erase(entry);
        self.hand_offs.erase(entry);
        self.calls.erase(entry);
    }

    /// Reviews, in order of entry ids.
    pub fn reviews(&self) -> impl Iterator<Item = &Fact<PlanReviewed>> {
        self.reviewed.values()
    }

    /// Agreements, in order of entry ids.
    pub fn agreements(&self) -> impl Iterator<Item = &Fact<PlanAgreed>> {
        self.agreed.values()
    }

    /// Ratings of goals, oldest first.
    pub fn ratings(&self) -> Vec<&Fact<GoalRated>> {
        self.ratings.in_order()
    }

    /// What became of a hand-off.
    pub fn hand_off(&self, hand_off: Id) -> Option<&Fact<HandOffMarked>> {
        self.hand_offs.newest(&hand_off)
    }

    /// What came of a call.
    pub fn call(&self, planned: NaiveDate) -> Option<&Fact<FollowUpCalled>> {
        self.calls.newest(&planned)
    }
}

impl Chart {
    /// Part one of the treatment plan. The patient's revisions hold, and staff's where they were written
    /// down together.
    pub fn part_one(&self) -> PlanHistory<'_, PartOne> {
        history(&self.plans().part_one, |id| self.is_erased(id))
    }

    /// Part two of the treatment plan; staff alone writes it.
    pub fn part_two(&self) -> PlanHistory<'_, PartTwo> {
        history(&self.plans().part_two, |id| self.is_erased(id))
    }

    /// The safety plan. The patient's revisions hold, and staff's.
    pub fn safety_plan(&self) -> PlanHistory<'_, SafetyPlan> {
        history(&self.plans().safety, |id| self.is_erased(id))
    }

    /// The transition plan. A patient's revision is always a proposal; a clinician's is one when its
    /// parent no longer held when it arrived.
    pub fn transition_plan(&self) -> PlanHistory<'_, TransitionPlan> {
        history(&self.plans().transition, |id| self.is_erased(id))
    }

    /// When the patient acknowledged this revision.
    pub fn acknowledged(&self, plan: Id) -> Option<i64> {
        let marks = self.plans().acknowledged.all(&plan);
        marks.map(|mark| mark.at).min()
    }

    /// The revision of each plan that holds, was written by staff and was not acknowledged.
    pub fn plans_to_read(&self) -> Vec<PlanToRead> {
        fn unread<T: Plan>(chart: &Chart, history: &PlanHistory<'_, T>) -> Option<PlanToRead> {
            let current = history.current?;
            let unread = current.staff.is_some() && chart.acknowledged(current.id).is_none();
            unread.then_some(PlanToRead {
                kind: T::KIND,
                plan: current.id,
                at: current.at,
            })
        }
        [
            unread(self, &self.part_one()),
            unread(self, &self.part_two()),
            unread(self, &self.safety_plan()),
            unread(self, &self.transition_plan()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Revisions by the patient, of all plans, that nobody of staff has opened.
    pub fn plans_to_open(&self) -> Vec<(PlanKind, Id)> {
        fn unopened<T: Plan>(chart: &Chart, facts: &Facts<T>) -> Vec<(PlanKind, Id)> {
            let own = facts.values().filter(|fact| fact.staff.is_none());
            own.filter(|fact| !chart.was_opened(fact.id))
                .map(|fact| (T::KIND, fact.id))
                .collect()
        }
        let plans = self.plans();
        [
            unopened(self, &plans.part_one),
            unopened(self, &plans.safety),
            unopened(self, &plans.transition),
        ]
        .concat()
    }

    /// Which plan an entry is a revision of.
    pub fn plan_kind(&self, entry: Id) -> Option<PlanKind> {
        fn among<T: Plan>(facts: &Facts<T>, entry: Id) -> Option<PlanKind> {
            facts.contains(entry).then_some(T::KIND)
        }
        let plans = self.plans();
        among(&plans.part_one, entry)
            .or_else(|| among(&plans.part_two, entry))
            .or_else(|| among(&plans.safety, entry))
            .or_else(|| among(&plans.transition, entry))
    }

    /// The transition plan that holds.
    pub fn transition_plan_now(&self) -> Option<Id> {
        self.transition_plan().current.map(|fact| fact.id)
    }

    /// The safety plan that holds.
    pub fn safety_plan_now(&self) -> Option<Id> {
        self.safety_plan().current.map(|fact| fact.id)
    }
}
