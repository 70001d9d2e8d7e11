//! A plan as a screen shows it, on the phone and at the clinic: the plan, every revision, what changed,
//! who has seen it.
//!
//! Owns [`PlanCard`] and the clinic's page of all plans. What a reader has looked at last is the
//! caller's to know.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::bridge::{self, Bridge, newest_review};
use super::goals::{self, Attainment, GoalProgress};
use super::history::{Plan, PlanHistory};
use super::text::{PlanChange, PlanText, changes, plan_text};
use super::{PartOne, PartTwo, PlanKind, ReviewOccasion, SafetyPlan, TeamRole, TransitionPlan};
use crate::chart::Chart;
use crate::id::Id;
use crate::library::Library;
use crate::order::InOrder;
use crate::reminder::Language;

/// One revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct RevisionLine {
    /// The entry.
    pub id: Id,
    /// When it was written, epoch milliseconds.
    pub at: i64,
    /// Name of the staff member; absent for the patient.
    pub by: Option<String>,
    /// It is the plan now.
    pub current: bool,
    /// It never was the plan.
    pub proposal: bool,
    /// When it reached the clinic, epoch milliseconds; absent while it is only on the writer's device.
    pub received: Option<i64>,
    /// When the patient acknowledged it.
    pub acknowledged_at: Option<i64>,
    /// First of staff who opened it.
    pub opened_by: Option<String>,
    /// When, epoch milliseconds.
    pub opened_at: Option<i64>,
    /// What it changes in the revision it names; everything, when it names none.
    pub changes: Vec<PlanChange>,
    /// All of it.
    pub document: PlanText,
}

/// Someone of staff stands behind the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct AgreedLine {
    /// Name.
    pub by: String,
    /// As what.
    pub role: TeamRole,
    /// When, epoch milliseconds.
    pub at: i64,
}

/// The newest review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct ReviewLine {
    /// Name.
    pub by: String,
    /// When, epoch milliseconds.
    pub at: i64,
    /// What for.
    pub occasion: ReviewOccasion,
}

/// One plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PlanCard {
    /// Which.
    pub kind: PlanKind,
    /// The plan as it stands; when nobody has written one, its headings with nothing under them.
    pub document: PlanText,
    /// The revision that holds.
    pub current: Option<Id>,
    /// Every revision, newest first.
    pub revisions: Vec<RevisionLine>,
    /// What changed since the reader last looked; nothing when the reader never looked, or saw this.
    pub since_looked: Vec<PlanChange>,
    /// The patient's revisions that nobody of staff has opened, oldest first.
    pub to_open: Vec<Id>,
    /// Staff wrote what holds and the patient has not acknowledged it.
    pub to_read: bool,
    /// Who of staff stands behind what holds.
    pub agreed: Vec<AgreedLine>,
    /// The newest review of any revision.
    pub reviewed: Option<ReviewLine>,
    /// The next review, clinic time.
    pub next_review: Option<NaiveDate>,
}

/// Who looks, and in which words.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// For the names of staff.
    pub library: &'a Library,
    /// The words.
    pub language: Language,
}

/// The card of a plan. `looked`: the revision that the reader looked at last.
pub fn card<T: Plan + Default>(
    chart: &Chart,
    history: &PlanHistory<'_, T>,
    looked: Option<Id>,
    reader: Reader<'_>,
) -> PlanCard {
    let now = history.current;
    let text = |plan: &T| plan_text(plan, reader.language);
    let of = |id: Id| history.revisions.iter().find(|one| one.fact.id == id);
    let name = |staff: Id| reader.library.staff_name(staff);
    let blank = text(&T::default());
    let line = |revision: &super::history::Revision<'_, T>| {
        let fact = revision.fact;
        let whole = text(&fact.value);
        let parent = fact.value.parent().and_then(of);
        let before = parent.map_or_else(|| blank.clone(), |one| text(&one.fact.value));
        let opened = chart.opened_by(fact.id);
        RevisionLine {
            id: fact.id,
            at: fact.at,
            by: fact.staff.map(name),
            current: Some(fact.id) == now.map(|now| now.id),
            proposal: !revision.accepted,
            received: fact.place.received,
            acknowledged_at: chart.acknowledged(fact.id),
            opened_by: opened.map(|(staff, _)| name(staff)),
            opened_at: opened.map(|(_, at)| at),
            changes: changes(&before, &whole),
            document: whole,
        }
    };
    let looked_at = looked.filter(|looked| now.is_some_and(|now| now.id != *looked));
    let since = looked_at.and_then(of).zip(now).map(|(before, now)| {
        let (before, after) = (text(&before.fact.value), text(&now.value));
        changes(&before, &after)
    });
    let unopened = |one: &&super::history::Revision<'_, T>| {
        one.fact.staff.is_none() && !chart.was_opened(one.fact.id)
    };
    let review = newest_review(chart, history);
    PlanCard {
        kind: T::KIND,
        document: now.map_or_else(|| blank.clone(), |now| text(&now.value)),
        current: now.map(|now| now.id),
        revisions: history.revisions.iter().rev().map(line).collect(),
        since_looked: since.unwrap_or_default(),
        to_open: (history.revisions.iter().filter(unopened))
            .map(|one| one.fact.id)
            .collect(),
        to_read: now.is_some_and(|now| now.staff.is_some() && chart.acknowledged(now.id).is_none()),
        agreed: now.map_or_else(Vec::new, |now| agreed(chart, now.id, reader.library)),
        reviewed: review.and_then(|fact| {
            Some(ReviewLine {
                by: name(fact.staff?),
                at: fact.at,
                occasion: fact.value.occasion,
            })
        }),
        next_review: review.and_then(|fact| fact.value.next),
    }
}

fn agreed(chart: &Chart, plan: Id, library: &Library) -> Vec<AgreedLine> {
    let mut lines: Vec<_> = (chart.plans().agreements())
        .filter(|fact| fact.value.plan == plan)
        .filter_map(|fact| {
            Some(AgreedLine {
                by: library.staff_name(fact.staff?),
                role: fact.value.role,
                at: fact.at,
            })
        })
        .collect();
    lines.order_by_key(|line| (line.role, line.at));
    lines.dedup_by(|one, other| (one.role, &one.by) == (other.role, &other.by));
    lines
}

/// Part two as a card: its own review date counts until a later review names another.
pub fn part_two_card(chart: &Chart, looked: Option<Id>, reader: Reader<'_>) -> PlanCard {
    let history = chart.part_two();
    let mut made = card(chart, &history, looked, reader);
    let own = history
        .current
        .and_then(|now| Some((now.at, now.value.review?)));
    let review = made.reviewed.as_ref().map(|review| review.at);
    if let Some((at, date)) = own
        && (made.next_review.is_none() || review < Some(at))
    {
        made.next_review = Some(date);
    }
    made
}

/// All plans of a patient for staff. What is to be edited is here as it was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PlansPage {
    /// Part one, part two, safety plan, transition plan.
    pub plans: Vec<PlanCard>,
    /// Part one that holds.
    pub part_one: Option<PartOne>,
    /// Part two that holds.
    pub part_two: Option<PartTwo>,
    /// The safety plan that holds.
    pub safety: Option<SafetyPlan>,
    /// The transition plan that holds.
    pub transition: Option<TransitionPlan>,
    /// Goals with their ratings.
    pub goals: Vec<GoalProgress>,
    /// What they come to.
    pub attainment: Option<Attainment>,
    /// Part two is to be written from this day on, clinic time: a week after the first day (`iop.md`).
    /// Absent once it is written.
    pub part_two_due: Option<NaiveDate>,
    /// There is a safety plan, and it was not gone through since the level of care changed.
    pub safety_review_due: bool,
    /// The way out of the program.
    pub bridge: Option<Bridge>,
}

/// All plans of a patient on a day (clinic time). `looked` tells which revision of a plan the reader
/// looked at last.
pub fn plans_page(
    chart: &Chart,
    reader: Reader<'_>,
    looked: impl Fn(PlanKind) -> Option<Id>,
    today: NaiveDate,
) -> PlansPage {
    let goals = goals::goals(chart);
    let (one, two) = (chart.part_one(), chart.part_two());
    let (safety, transition) = (chart.safety_plan(), chart.transition_plan());
    let start = chart.enrolment().map(|fact| fact.value.start_date);
    let over = chart.discharge().is_some();
    PlansPage {
        plans: vec![
            card(chart, &one, looked(PlanKind::PartOne), reader),
            part_two_card(chart, looked(PlanKind::PartTwo), reader),
            card(chart, &safety, looked(PlanKind::Safety), reader),
            card(chart, &transition, looked(PlanKind::Transition), reader),
        ],
        part_one: one.current.map(|fact| fact.value.clone()),
        part_two: two.current.map(|fact| fact.value.clone()),
        safety: safety.current.map(|fact| fact.value.clone()),
        transition: transition.current.map(|fact| fact.value.clone()),
        attainment: goals::attainment(&goals),
        goals,
        part_two_due: start
            .filter(|_| two.current.is_none() && !over)
            .and_then(|start| start.checked_add_days(Days::new(7))),
        safety_review_due: safety.current.is_some() && !bridge::safety_plan_is_fresh(chart),
        bridge: bridge::bridge(chart, today),
    }
}
