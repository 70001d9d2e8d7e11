//! Plans: the treatment plan in two parts, the safety plan and the transition plan.
//!
//! Owns what the four plans hold, the rule of which revision is the plan ([`history`]), goals and how
//! far they have come ([`goals`]), the bridge out of the program ([`bridge`]) and each plan as headings
//! and lines ([`text`]). A revision names its parent; when the parent is no longer current, the
//! revision becomes a proposal and not the plan (design, section 4). Refuses to hold wording of any
//! published form: headings and prompts are ours and lie in `content/*/plans.json` (clinical.md,
//! section 2).

use serde::{Deserialize, Serialize};

use crate::id::Id;

pub mod bridge;
pub mod goals;
pub mod history;
pub mod page;
mod safety;
pub mod text;
mod transition;
mod treatment;
pub mod words;

pub(crate) use history::Plans;
pub use history::{Plan, PlanToRead};
pub use safety::SafetyPlan;
pub use transition::{
    Appointment, FollowUpCalled, FollowUpOutcome, HandOff, HandOffMarked, HandOffState,
    TransitionPlan,
};
pub use treatment::{
    Diagnosis, Goal, GoalState, Intervention, Learning, MadeWith, PROBLEMS, PartOne, PartTwo,
    TeamRole,
};

/// The four plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum PlanKind {
    /// Treatment plan, part one: the patient's own.
    PartOne,
    /// Treatment plan, part two: the clinic's answer after the first week.
    PartTwo,
    /// The safety plan.
    Safety,
    /// The transition plan.
    Transition,
}

impl PlanKind {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 4] = [Self::PartOne, Self::PartTwo, Self::Safety, Self::Transition];

    /// The key of its words.
    pub fn key(self) -> &'static str {
        match self {
            Self::PartOne => "part-one",
            Self::PartTwo => "part-two",
            Self::Safety => "safety",
            Self::Transition => "transition",
        }
    }
}

/// Someone to turn to, or a place to go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Therapist, prescriber, sister; of a place: what to do there.
    #[serde(default)]
    pub role: String,
    /// Telephone number as people dial it.
    #[serde(default)]
    pub phone: String,
}

/// A medicine as the patient takes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Medicine {
    /// Name.
    pub name: String,
    /// How much and when.
    #[serde(default)]
    pub how: String,
    /// What for.
    #[serde(default)]
    pub why: String,
}

/// The patient has read a plan. Body of `plan-acknowledged`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The entry of the revision.
    pub plan: Id,
}

/// Someone of staff stands behind a revision: the medical director's and the care coordinator's own
/// signed word that they made part two with the therapist (`iop.md`, treatment plan). Body of
/// `plan-agreed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanAgreed {
    /// The entry of the revision.
    pub plan: Id,
    /// As what.
    pub role: TeamRole,
}

/// What a review was held for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum ReviewOccasion {
    /// The weekly team meeting (`iop.md`, treatment plan).
    Weekly,
    /// The level of care changes: then the safety plan is gone through (clinical.md, section 2).
    LevelOfCare,
    /// Anything else.
    Other,
}

/// A plan was gone through and stays as it is. Body of `plan-reviewed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanReviewed {
    /// The entry of the revision.
    pub plan: Id,
    /// What for.
    pub occasion: ReviewOccasion,
    /// The next review, clinic time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<chrono::NaiveDate>,
}

/// Why a plan is refused before "Saved".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// More than 50 lines in a section, or a text longer than 1,000 bytes.
    #[error("plan-too-long")]
    TooLong,
    /// A line without its words, or a contact without a name.
    #[error("plan-line-empty")]
    EmptyLine,
    /// Two goals or two hand-offs with one id, or one without.
    #[error("plan-id-repeated")]
    RepeatedId,
    /// A problem that is not on the list.
    #[error("problem-unknown")]
    UnknownProblem,
    /// A rating outside -2 to 2.
    #[error("goal-level-out-of-range")]
    Level,
}

/// Most lines of a section.
const LINES: usize = 50;
/// Most bytes of a text.
const TEXT: usize = 1000;

/// Refuses a section that is too long, a line whose first text is empty, and a text that is too long.
fn check_lines<'a, const N: usize>(
    lines: impl IntoIterator<Item = [&'a str; N]>,
) -> Result<(), PlanError> {
    for (count, line) in lines.into_iter().enumerate() {
        if count >= LINES || line.iter().any(|text| text.len() > TEXT) {
            return Err(PlanError::TooLong);
        }
        if line.first().is_none_or(|name| name.trim().is_empty()) {
            return Err(PlanError::EmptyLine);
        }
    }
    Ok(())
}

fn check_texts(texts: &[String]) -> Result<(), PlanError> {
    check_lines(texts.iter().map(|text| [text.as_str()]))
}

fn check_contacts(contacts: &[Contact]) -> Result<(), PlanError> {
    let contacts = contacts.iter();
    check_lines(contacts.map(|one| [one.name.as_str(), &one.role, &one.phone]))
}

fn check_medicines(medicines: &[Medicine]) -> Result<(), PlanError> {
    let medicines = medicines.iter();
    check_lines(medicines.map(|one| [one.name.as_str(), &one.how, &one.why]))
}

/// Refuses ids that are missing or there twice.
fn check_ids(ids: impl IntoIterator<Item = Id>) -> Result<(), PlanError> {
    let mut seen = std::collections::BTreeSet::from([Id::default()]);
    if ids.into_iter().all(|id| seen.insert(id)) {
        Ok(())
    } else {
        Err(PlanError::RepeatedId)
    }
}

#[cfg(test)]
mod tests;
