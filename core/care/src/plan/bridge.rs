//! The bridge from the program to the time after it (`iop.md`, discharge and continuity).
//!
//! Owns the mode of the app (in the program, getting ready, in transition), the list of what is ready,
//! the hand-offs and the program's calls. Refuses to decide about discharge: that is staff's entry.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::history::Plan;
use super::{FollowUpOutcome, HandOff, HandOffState, PlanReviewed};
use crate::chart::{Chart, Fact};
use crate::id::Id;
use crate::patient::DischargeReason;
use crate::program;

/// How the app shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum BridgeMode {
    /// In the program.
    Program,
    /// The last two weeks, or a discharge is planned: what comes after is being prepared.
    Preparing,
    /// From the day of the discharge on.
    Transition,
}

/// One thing that should be ready before the last day; words in `content/{en,es}/plans.json` under `step.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum StepKind {
    /// There is a transition plan.
    PlanWritten,
    /// The patient has read it.
    PlanRead,
    /// It names who takes over.
    HandOffsNamed,
    /// A first visit is arranged with each of them.
    HandOffsBooked,
    /// The safety plan was gone through for this change of the level of care.
    SafetyPlanReviewed,
}

impl StepKind {
    /// The key of its words.
    pub fn key(self) -> &'static str {
        match self {
            Self::PlanWritten => "plan-written",
            Self::PlanRead => "plan-read",
            Self::HandOffsNamed => "hand-offs-named",
            Self::HandOffsBooked => "hand-offs-booked",
            Self::SafetyPlanReviewed => "safety-plan-reviewed",
        }
    }
}

/// One thing that should be ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct BridgeStep {
    /// What.
    pub kind: StepKind,
    /// It is.
    pub done: bool,
}

/// A hand-off as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct HandOffLine {
    /// As the transition plan has it.
    pub hand_off: HandOff,
    /// How far it has come; absent when nobody has said.
    pub state: Option<HandOffState>,
    /// The day of the visit.
    pub date: Option<NaiveDate>,
    /// Time of day as people say it; may be empty.
    pub time: String,
    /// What stood in the way, or what to remember; may be empty.
    pub note: String,
    /// When that was said, epoch milliseconds.
    pub at: Option<i64>,
    /// Its day has passed and nobody has said that the visit took place.
    pub late: bool,
}

/// A call of the program after discharge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct FollowUp {
    /// Day, clinic time: two weeks and two months after the actual discharge.
    pub date: NaiveDate,
    /// What came of it; absent while nobody has called.
    pub outcome: Option<FollowUpOutcome>,
    /// Its day has passed and nobody has called.
    pub late: bool,
}

/// The bridge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Bridge {
    /// How the app shows itself.
    pub mode: BridgeMode,
    /// Last day of the planned weeks, clinic time.
    pub planned_end: NaiveDate,
    /// The actual day, once staff has said it; it may lie ahead.
    pub discharged: Option<NaiveDate>,
    /// Why the program ends.
    pub reason: Option<DischargeReason>,
    /// What should be ready, in the order in which it is done.
    pub steps: Vec<BridgeStep>,
    /// Who takes over.
    pub hand_offs: Vec<HandOffLine>,
    /// The program's calls; none before a discharge is known.
    pub follow_ups: Vec<FollowUp>,
    /// The clinic closes the account on this day ([`crate::ends::AccountClosing`]).
    pub account_closes: Option<NaiveDate>,
}

/// Days before the planned end in which the time after the program is prepared.
const PREPARE_DAYS: i64 = 14;

/// The bridge on a day (clinic time). Nothing before an enrolment, and nothing after a death: that phone
/// is silent.
pub fn bridge(chart: &Chart, today: NaiveDate) -> Option<Bridge> {
    let enrolled = &chart.enrolment()?.value;
    if chart.has_died() {
        return None;
    }
    let length = u64::from(enrolled.weeks) * 7;
    let after = enrolled.start_date.checked_add_days(Days::new(length))?;
    let planned_end = after.pred_opt()?.max(enrolled.start_date);
    let discharge = chart.discharge().map(|fact| &fact.value);
    let discharged = discharge.map(|discharge| discharge.date);
    let mode = match discharged {
        Some(day) if day <= today => BridgeMode::Transition,
        Some(_) => BridgeMode::Preparing,
        None if (planned_end - today).num_days() < PREPARE_DAYS => BridgeMode::Preparing,
        None => BridgeMode::Program,
    };
    let hand_offs = hand_offs(chart, today);
    let dates = discharged.and_then(|day| program::follow_ups(day).ok());
    let follow_up = |date| {
        let called = chart.plans().call(date).map(|fact| fact.value.outcome);
        FollowUp {
            date,
            outcome: called,
            late: called.is_none() && date < today,
        }
    };
    Some(Bridge {
        mode,
        planned_end,
        discharged,
        reason: discharge.map(|discharge| discharge.reason),
        steps: steps(chart, &hand_offs),
        hand_offs,
        follow_ups: dates.into_iter().flatten().map(follow_up).collect(),
        account_closes: chart.account_closes(),
    })
}

/// Days from the day of a call in which it is still made.
const CALL_DAYS: i64 = 30;

impl Chart {
    /// Calls of the program that are due on a day (clinic time) and of which nobody has said what came.
    pub fn calls_due(&self, today: NaiveDate) -> Vec<NaiveDate> {
        let discharge = self.discharge().filter(|_| !self.has_died());
        let dates = discharge.and_then(|fact| program::follow_ups(fact.value.date).ok());
        let due = |date: &NaiveDate| {
            (0..=CALL_DAYS).contains(&(today - *date).num_days())
                && self.plans().call(*date).is_none()
        };
        dates.into_iter().flatten().filter(due).collect()
    }
}

fn hand_offs(chart: &Chart, today: NaiveDate) -> Vec<HandOffLine> {
    let Some(current) = chart.transition_plan().current else {
        return Vec::new();
    };
    let line = |hand_off: &HandOff| {
        let marked = chart.plans().hand_off(hand_off.id);
        let said = marked.map(|fact| &fact.value);
        let state = said.map(|said| said.state);
        let date = said.and_then(|said| said.date);
        let open = matches!(state, None | Some(HandOffState::Booked));
        HandOffLine {
            hand_off: hand_off.clone(),
            state,
            date,
            time: said.map_or_else(String::new, |said| said.time.clone()),
            note: said.map_or_else(String::new, |said| said.note.clone()),
            at: marked.map(|fact| fact.at),
            late: open && date.or(hand_off.by).is_some_and(|day| day < today),
        }
    };
    current.value.hand_offs.iter().map(line).collect()
}

fn steps(chart: &Chart, hand_offs: &[HandOffLine]) -> Vec<BridgeStep> {
    let plan = chart.transition_plan().current.map(|fact| fact.id);
    let arranged =
        |line: &HandOffLine| matches!(line.state, Some(HandOffState::Booked | HandOffState::Went));
    [
        (StepKind::PlanWritten, plan.is_some()),
        (
            StepKind::PlanRead,
            plan.is_some_and(|plan| chart.acknowledged(plan).is_some()),
        ),
        (StepKind::HandOffsNamed, !hand_offs.is_empty()),
        (
            StepKind::HandOffsBooked,
            !hand_offs.is_empty() && hand_offs.iter().all(arranged),
        ),
        (StepKind::SafetyPlanReviewed, safety_plan_is_fresh(chart)),
    ]
    .map(|(kind, done)| BridgeStep { kind, done })
    .into()
}

/// The newest review of a plan: of any of its revisions.
pub(super) fn newest_review<'a, T: Plan>(
    chart: &'a Chart,
    history: &super::history::PlanHistory<'a, T>,
) -> Option<&'a Fact<PlanReviewed>> {
    let of = |plan: Id| history.revisions.iter().any(|one| one.fact.id == plan);
    let reviews = chart.plans().reviews();
    reviews
        .filter(|fact| of(fact.value.plan))
        .max_by_key(|fact| fact.order())
}

/// Staff wrote the safety plan or went through it after the newest change of the level of care:
/// enrolment, pause, return or discharge (clinical.md, section 2: reviewed at each change). What the
/// patient edits alone is no review. False without a plan.
pub fn safety_plan_is_fresh(chart: &Chart) -> bool {
    let history = chart.safety_plan();
    if history.current.is_none() {
        return false;
    }
    let written = history
        .revisions
        .iter()
        .filter(|one| one.accepted && one.fact.staff.is_some());
    let written = written.map(|one| one.fact.order()).max();
    let reviewed = newest_review(chart, &history).map(Fact::order);
    written.max(reviewed) > chart.level_of_care_changed()
}
