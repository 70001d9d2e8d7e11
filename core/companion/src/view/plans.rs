//! Plans: what they say, who wrote and read them, what changed, goals, and the way out of the program.

use handrail_care::chart::PlanHistory;
use handrail_care::id::Id;
use handrail_care::plan::bridge::{self, Bridge};
pub use handrail_care::plan::bridge::{BridgeMode, StepKind as BridgeStepKind};
use handrail_care::plan::goals::{GoalProgress, LEVELS};
use handrail_care::plan::page::{PlanCard, RevisionLine};
use handrail_care::plan::text::{PlanChange, PlanText};
use handrail_care::plan::words::{problems, words};
use handrail_care::plan::{
    self, Appointment, Contact, Goal, HandOff, Medicine, PartOne, SafetyPlan, TransitionPlan,
};
pub use handrail_care::plan::{FollowUpOutcome, GoalState, HandOffState, PlanKind};
use handrail_care::reminder::Language;

use super::{PlanAppointment, PlanContact, PlanMedicine, SentState};
use crate::error::CompanionError;

/// The four plans.
#[uniffi::remote(Enum)]
pub enum PlanKind {
    /// Treatment plan, part one: the patient's own.
    PartOne,
    /// Treatment plan, part two: the clinic's answer.
    PartTwo,
    /// The safety plan.
    Safety,
    /// The transition plan.
    Transition,
}

/// Where a goal stands.
#[uniffi::remote(Enum)]
pub enum GoalState {
    /// Being worked on.
    Open,
    /// Reached.
    Met,
    /// Not now.
    SetAside,
}

/// How far a hand-off has come.
#[uniffi::remote(Enum)]
pub enum HandOffState {
    /// A first visit is arranged.
    Booked,
    /// The first visit took place.
    Went,
    /// It did not work out.
    CouldNot,
}

/// What came of one of the program's calls.
#[uniffi::remote(Enum)]
pub enum FollowUpOutcome {
    /// They spoke.
    Reached,
    /// Nobody answered.
    NotReached,
    /// No call wanted.
    Declined,
}

/// How the app shows itself.
#[uniffi::remote(Enum)]
pub enum BridgeMode {
    /// In the program.
    Program,
    /// What comes after is being prepared.
    Preparing,
    /// From the day of the discharge on.
    Transition,
}

/// One thing that should be ready before the last day.
#[uniffi::remote(Enum)]
pub enum BridgeStepKind {
    /// There is a transition plan.
    PlanWritten,
    /// It was read.
    PlanRead,
    /// It names who takes over.
    HandOffsNamed,
    /// First visits are arranged.
    HandOffsBooked,
    /// The safety plan was gone through.
    SafetyPlanReviewed,
}

/// One heading of a plan and what stands under it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanSectionView {
    /// Names the section, the same in every language.
    pub key: String,
    /// The heading.
    pub heading: String,
    /// A question that helps to fill it in.
    pub prompt: String,
    /// What stands there; may be empty.
    pub lines: Vec<String>,
}

/// A plan as headings and lines, in the phone's language.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanTextView {
    /// Its title.
    pub title: String,
    /// What the reader must know; shown with the plan, above fields to be filled in.
    pub notice: String,
    /// Its sections, empty ones too.
    pub sections: Vec<PlanSectionView>,
}

impl From<PlanText> for PlanTextView {
    fn from(text: PlanText) -> Self {
        let sections = text.sections.into_iter().map(|one| PlanSectionView {
            key: one.key,
            heading: one.heading,
            prompt: one.prompt,
            lines: one.lines,
        });
        Self {
            title: text.title,
            notice: text.notice,
            sections: sections.collect(),
        }
    }
}

/// What changed in one section.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanChangeView {
    /// Names the section.
    pub key: String,
    /// The heading.
    pub heading: String,
    /// Lines that are new.
    pub added: Vec<String>,
    /// Lines that are gone.
    pub removed: Vec<String>,
}

fn change_views(changes: Vec<PlanChange>) -> Vec<PlanChangeView> {
    let view = |one: PlanChange| PlanChangeView {
        key: one.key,
        heading: one.heading,
        added: one.added,
        removed: one.removed,
    };
    changes.into_iter().map(view).collect()
}

/// One revision of a plan.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanRevisionView {
    /// Names the revision.
    pub id: String,
    /// When it was written.
    pub at: i64,
    /// Who of staff wrote it; absent for the patient.
    pub by: Option<String>,
    /// It is the plan now.
    pub current: bool,
    /// It never was the plan: staff looks at it.
    pub proposal: bool,
    /// How far it has come.
    pub sent: SentState,
    /// When the patient acknowledged it.
    pub acknowledged_at: Option<i64>,
    /// What it changed.
    pub changes: Vec<PlanChangeView>,
    /// All of it.
    pub text: PlanTextView,
}

impl From<RevisionLine> for PlanRevisionView {
    fn from(line: RevisionLine) -> Self {
        let sent = match (line.received, line.opened_by, line.opened_at) {
            (Some(_), Some(by), Some(at)) => SentState::Opened { by, at },
            (Some(at), _, _) => SentState::AtTheClinic { at },
            (None, _, _) => SentState::OnThisPhone,
        };
        Self {
            id: line.id.to_string(),
            at: line.at,
            by: line.by,
            current: line.current,
            proposal: line.proposal,
            sent,
            acknowledged_at: line.acknowledged_at,
            changes: change_views(line.changes),
            text: line.document.into(),
        }
    }
}

/// Someone of staff who stands behind a plan.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanAgreedView {
    /// Name.
    pub by: String,
    /// As what, in the phone's language.
    pub role: String,
    /// When.
    pub at: i64,
}

/// A plan with its history.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanCardView {
    /// Which.
    pub kind: PlanKind,
    /// The plan as it stands; its headings alone when nobody has written one.
    pub text: PlanTextView,
    /// The revision that holds.
    pub current: Option<String>,
    /// Every revision, newest first.
    pub revisions: Vec<PlanRevisionView>,
    /// What changed since `looked_at_plan` was called last.
    pub since_looked: Vec<PlanChangeView>,
    /// Staff wrote what holds and it was not acknowledged.
    pub to_read: bool,
    /// Who of staff stands behind it.
    pub agreed: Vec<PlanAgreedView>,
    /// Who went through it last, and when.
    pub reviewed_by: Option<String>,
    /// When that was.
    pub reviewed_at: Option<i64>,
    /// The day of the next review, clinic time.
    pub next_review: Option<String>,
}

impl PlanCardView {
    pub(crate) fn new(card: PlanCard, language: Language) -> Self {
        let agreed = card.agreed.into_iter().map(|one| PlanAgreedView {
            by: one.by,
            role: words(language, &format!("role.{}", one.role.key())),
            at: one.at,
        });
        Self {
            kind: card.kind,
            text: card.document.into(),
            current: card.current.map(|id| id.to_string()),
            revisions: card.revisions.into_iter().map(Into::into).collect(),
            since_looked: change_views(card.since_looked),
            to_read: card.to_read,
            agreed: agreed.collect(),
            reviewed_at: card.reviewed.as_ref().map(|review| review.at),
            reviewed_by: card.reviewed.map(|review| review.by),
            next_review: card.next_review.map(|date| date.to_string()),
        }
    }
}

/// A goal to be written.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoalDraft {
    /// Names the goal; absent for a new one.
    pub id: Option<String>,
    /// What is to be different.
    pub text: String,
    /// How one would notice; may be empty.
    pub measure: String,
    /// Where it stands.
    pub state: GoalState,
}

/// Part one as it is filled in.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PartOneDraft {
    /// The revision that was on the screen; absent for the first.
    pub parent: Option<String>,
    /// Goals.
    pub goals: Vec<GoalDraft>,
    /// Keys of the problems marked.
    pub problems: Vec<String>,
    /// Problems in one's own words.
    pub own_problems: Vec<String>,
    /// Strengths.
    pub strengths: Vec<String>,
    /// What may get in the way.
    pub barriers: Vec<String>,
}

fn draft_id(text: Option<&String>) -> Result<Option<Id>, CompanionError> {
    let id = |text: &String| text.parse().map_err(|_| CompanionError::NotFound);
    text.map(id).transpose()
}

fn current<T>(history: &PlanHistory<'_, T>) -> Option<String> {
    history.current.map(|fact| fact.id.to_string())
}

impl PartOneDraft {
    pub(crate) fn of(history: &PlanHistory<'_, PartOne>) -> Self {
        let plan = history.current.map(|fact| fact.value.clone());
        let plan = plan.unwrap_or_default();
        let goals = plan.goals.into_iter().map(|goal| GoalDraft {
            id: Some(goal.id.to_string()),
            text: goal.text,
            measure: goal.measure,
            state: goal.state,
        });
        Self {
            parent: current(history),
            goals: goals.collect(),
            problems: plan.problems,
            own_problems: plan.own_problems,
            strengths: plan.strengths,
            barriers: plan.barriers,
        }
    }

    /// `make`: an id for a new goal.
    pub(crate) fn plan(self, make: impl Fn() -> Id) -> Result<PartOne, CompanionError> {
        let goal = |goal: GoalDraft| {
            Ok(Goal {
                id: draft_id(goal.id.as_ref())?.unwrap_or_else(&make),
                text: goal.text,
                measure: goal.measure,
                state: goal.state,
            })
        };
        let goals = self.goals.into_iter().map(goal);
        Ok(PartOne {
            parent: draft_id(self.parent.as_ref())?,
            goals: goals.collect::<Result<_, CompanionError>>()?,
            problems: self.problems,
            own_problems: self.own_problems,
            strengths: self.strengths,
            barriers: self.barriers,
        })
    }
}

/// A word to choose.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanOption {
    /// What is written.
    pub key: String,
    /// What people read.
    pub text: String,
}

/// A step of a rating.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoalLevel {
    /// -2 to 2.
    pub level: i8,
    /// What people read.
    pub text: String,
}

/// One rating of a goal.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoalRatingView {
    /// When.
    pub at: i64,
    /// Who of staff rated; absent for the patient.
    pub by: Option<String>,
    /// -2 to 2.
    pub level: i8,
    /// A note; may be empty.
    pub note: String,
}

/// A goal with its ratings.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoalView {
    /// Names the goal.
    pub id: String,
    /// What is to be different.
    pub text: String,
    /// How one would notice; may be empty.
    pub measure: String,
    /// Where it stands.
    pub state: GoalState,
    /// Ratings, oldest first.
    pub ratings: Vec<GoalRatingView>,
}

impl GoalView {
    pub(crate) fn new(goal: GoalProgress, name: impl Fn(Id) -> String) -> Self {
        let ratings = goal.ratings.into_iter().map(|one| GoalRatingView {
            at: one.at,
            by: one.staff.map(&name),
            level: one.level,
            note: one.note,
        });
        Self {
            id: goal.goal.id.to_string(),
            ratings: ratings.collect(),
            text: goal.goal.text,
            measure: goal.goal.measure,
            state: goal.goal.state,
        }
    }
}

/// The treatment plan in both parts.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TreatmentPage {
    /// Part one.
    pub part_one: PlanCardView,
    /// Part one to be changed.
    pub draft: PartOneDraft,
    /// Part two.
    pub part_two: PlanCardView,
    /// Goals with their ratings.
    pub goals: Vec<GoalView>,
    /// Problems to mark.
    pub problems: Vec<PlanOption>,
    /// Steps of a rating, from the worst.
    pub levels: Vec<GoalLevel>,
}

pub(crate) fn problem_options(language: Language) -> Vec<PlanOption> {
    let option = |(key, text): (&str, String)| PlanOption {
        key: key.to_owned(),
        text,
    };
    problems(language).into_iter().map(option).collect()
}

pub(crate) fn goal_levels(language: Language) -> Vec<GoalLevel> {
    let level = |level| GoalLevel {
        level,
        text: words(language, &format!("level.{level}")),
    };
    LEVELS.map(level).collect()
}

fn contact_draft(contact: Contact) -> PlanContact {
    PlanContact {
        name: contact.name,
        role: contact.role,
        phone: contact.phone,
    }
}

fn contact_of(contact: PlanContact) -> Contact {
    Contact {
        name: contact.name,
        role: contact.role,
        phone: contact.phone,
    }
}

fn contacts_of(contacts: Vec<PlanContact>) -> Vec<Contact> {
    contacts.into_iter().map(contact_of).collect()
}

fn contact_drafts(contacts: Vec<Contact>) -> Vec<PlanContact> {
    contacts.into_iter().map(contact_draft).collect()
}

/// The safety plan as it is filled in.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SafetyPlanDraft {
    /// The revision that was on the screen; absent for the first.
    pub parent: Option<String>,
    /// Step 1.
    pub warning_signs: Vec<String>,
    /// Step 2.
    pub on_my_own: Vec<String>,
    /// Step 3; `role` is what to do there.
    pub company: Vec<PlanContact>,
    /// Step 4.
    pub people: Vec<PlanContact>,
    /// Step 5.
    pub professionals: Vec<PlanContact>,
    /// Step 6.
    pub safer_place: Vec<String>,
    /// What is worth living for; may stay empty.
    pub reasons: Vec<String>,
}

impl SafetyPlanDraft {
    pub(crate) fn of(history: &PlanHistory<'_, SafetyPlan>) -> Self {
        let plan = history.current.map(|fact| fact.value.clone());
        let plan = plan.unwrap_or_default();
        Self {
            parent: current(history),
            warning_signs: plan.warning_signs,
            on_my_own: plan.on_my_own,
            company: contact_drafts(plan.company),
            people: contact_drafts(plan.people),
            professionals: contact_drafts(plan.professionals),
            safer_place: plan.safer_place,
            reasons: plan.reasons,
        }
    }

    pub(crate) fn plan(self) -> Result<SafetyPlan, CompanionError> {
        Ok(SafetyPlan {
            parent: draft_id(self.parent.as_ref())?,
            warning_signs: self.warning_signs,
            on_my_own: self.on_my_own,
            company: contacts_of(self.company),
            people: contacts_of(self.people),
            professionals: contacts_of(self.professionals),
            safer_place: self.safer_place,
            reasons: self.reasons,
        })
    }
}

/// The safety plan.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SafetyPlanPage {
    /// The plan with its history.
    pub card: PlanCardView,
    /// People and services to call, from the plan as it stands, in its order.
    pub contacts: Vec<PlanContact>,
    /// The plan to be changed.
    pub draft: SafetyPlanDraft,
}

/// Someone who takes over.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HandOffDraft {
    /// Names the hand-off; absent for a new one.
    pub id: Option<String>,
    /// Who takes over.
    pub to: PlanContact,
    /// What they take over; may be empty.
    pub what: String,
    /// The first visit should be by this day.
    pub by: Option<String>,
}

/// The transition plan as it is filled in: a patient's revision is a proposal to the clinic.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TransitionPlanDraft {
    /// The revision that was on the screen; absent for the first.
    pub parent: Option<String>,
    /// Signs that things get worse.
    pub warning_signs: Vec<String>,
    /// What helps.
    pub what_helps: Vec<String>,
    /// People who help.
    pub people: Vec<PlanContact>,
    /// Those who take over.
    pub providers: Vec<PlanContact>,
    /// Appointments made.
    pub appointments: Vec<PlanAppointment>,
    /// Medicines.
    pub medicines: Vec<PlanMedicine>,
    /// Who takes over what.
    pub hand_offs: Vec<HandOffDraft>,
}

fn day(text: &str) -> Result<chrono::NaiveDate, CompanionError> {
    text.parse()
        .map_err(|_| CompanionError::not_valid("not-a-date"))
}

impl TransitionPlanDraft {
    /// `make`: an id for a new hand-off.
    pub(crate) fn plan(self, make: impl Fn() -> Id) -> Result<TransitionPlan, CompanionError> {
        let appointment = |one: PlanAppointment| {
            Ok(Appointment {
                what: one.what,
                date: day(&one.date)?,
                time: one.time,
                place: one.place,
            })
        };
        let medicine = |one: PlanMedicine| Medicine {
            name: one.name,
            how: one.how,
            why: one.why,
        };
        let hand_off = |one: HandOffDraft| {
            Ok(HandOff {
                id: draft_id(one.id.as_ref())?.unwrap_or_else(&make),
                to: contact_of(one.to),
                what: one.what,
                by: one.by.as_deref().map(day).transpose()?,
            })
        };
        let appointments = self.appointments.into_iter().map(appointment);
        let hand_offs = self.hand_offs.into_iter().map(hand_off);
        Ok(TransitionPlan {
            parent: draft_id(self.parent.as_ref())?,
            warning_signs: self.warning_signs,
            what_helps: self.what_helps,
            people: contacts_of(self.people),
            providers: contacts_of(self.providers),
            appointments: appointments.collect::<Result<_, CompanionError>>()?,
            medicines: self.medicines.into_iter().map(medicine).collect(),
            hand_offs: hand_offs.collect::<Result<_, CompanionError>>()?,
        })
    }
}

/// What became of a hand-off, to be written.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HandOffMark {
    /// Which.
    pub hand_off: String,
    /// How far it has come.
    pub state: HandOffState,
    /// The day of the visit.
    pub date: Option<String>,
    /// Time of day as people say it; may be empty.
    pub time: String,
    /// What stood in the way, or what to remember; may be empty.
    pub note: String,
}

impl HandOffMark {
    pub(crate) fn marked(self) -> Result<plan::HandOffMarked, CompanionError> {
        Ok(plan::HandOffMarked {
            hand_off: (self.hand_off.parse()).map_err(|_| CompanionError::NotFound)?,
            state: self.state,
            date: self.date.as_deref().map(day).transpose()?,
            time: self.time,
            note: self.note,
        })
    }
}

/// One thing that should be ready.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct BridgeStepView {
    /// What.
    pub kind: BridgeStepKind,
    /// In the phone's language.
    pub text: String,
    /// It is.
    pub done: bool,
}

/// A hand-off as it stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HandOffView {
    /// Names the hand-off.
    pub id: String,
    /// Who takes over.
    pub to: PlanContact,
    /// What they take over; may be empty.
    pub what: String,
    /// The first visit should be by this day.
    pub by: Option<String>,
    /// How far it has come; absent when nobody has said.
    pub state: Option<HandOffState>,
    /// The day of the visit.
    pub date: Option<String>,
    /// Time of day as people say it; may be empty.
    pub time: String,
    /// What stood in the way, or what to remember; may be empty.
    pub note: String,
    /// Its day has passed and nobody has said that the visit took place.
    pub late: bool,
}

/// A call of the program after discharge.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FollowUpView {
    /// Day, clinic time.
    pub date: String,
    /// What came of it; absent while nobody has called.
    pub outcome: Option<FollowUpOutcome>,
}

/// The way out of the program.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct BridgeView {
    /// How the app shows itself.
    pub mode: BridgeMode,
    /// One sentence for it.
    pub note: String,
    /// Last day of the planned weeks, clinic time.
    pub planned_end: String,
    /// The actual last day, once it is known.
    pub discharged: Option<String>,
    /// What should be ready.
    pub steps: Vec<BridgeStepView>,
    /// Who takes over.
    pub hand_offs: Vec<HandOffView>,
    /// The program's calls.
    pub follow_ups: Vec<FollowUpView>,
    /// The clinic closes the account on this day; everything here stays readable.
    pub account_closes: Option<String>,
}

impl BridgeView {
    pub(crate) fn new(bridge: Bridge, language: Language) -> Self {
        let mode = match bridge.mode {
            BridgeMode::Program => "program",
            BridgeMode::Preparing => "preparing",
            BridgeMode::Transition => "transition",
        };
        let step = |step: bridge::BridgeStep| BridgeStepView {
            kind: step.kind,
            text: words(language, &format!("step.{}", step.kind.key())),
            done: step.done,
        };
        let hand_off = |line: bridge::HandOffLine| HandOffView {
            id: line.hand_off.id.to_string(),
            to: contact_draft(line.hand_off.to),
            what: line.hand_off.what,
            by: line.hand_off.by.map(|date| date.to_string()),
            state: line.state,
            date: line.date.map(|date| date.to_string()),
            time: line.time,
            note: line.note,
            late: line.late,
        };
        let follow_up = |one: bridge::FollowUp| FollowUpView {
            date: one.date.to_string(),
            outcome: one.outcome,
        };
        Self {
            mode: bridge.mode,
            note: words(language, &format!("mode.{mode}")),
            planned_end: bridge.planned_end.to_string(),
            discharged: bridge.discharged.map(|date| date.to_string()),
            steps: bridge.steps.into_iter().map(step).collect(),
            hand_offs: bridge.hand_offs.into_iter().map(hand_off).collect(),
            follow_ups: bridge.follow_ups.into_iter().map(follow_up).collect(),
            account_closes: bridge.account_closes.map(|date| date.to_string()),
        }
    }
}

pub(crate) fn calls_of(plan: &SafetyPlan) -> Vec<PlanContact> {
    let all = plan.people.iter().chain(&plan.professionals);
    let with_phone = all
        .chain(&plan.company)
        .filter(|one| !one.phone.trim().is_empty());
    with_phone.cloned().map(contact_draft).collect()
}
