//! The treatment plan: part one by the patient at admission, part two by the clinic after the first
//! week (`iop.md`, treatment plan).
//!
//! Owns what both parts hold. Refuses a question about wishing to die in part one: that is asked where
//! the answer is judged at once (clinical.md, section 2), never on a list that is read later.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::history::Plan;
use super::text::{PlanSection, Texts, join};
use super::{Medicine, PlanError, PlanKind, check_ids, check_lines, check_medicines, check_texts};
use crate::id::Id;

/// Problems to mark, in the order in which they are offered; words in `content/{en,es}/plans.json` under
/// `problem.`. After `iop.md`, "who it is for" and "skills taught". There are no wrong answers.
pub const PROBLEMS: [&str; 20] = [
    "low-mood",
    "worry",
    "panic",
    "stress",
    "painful-memories",
    "mood-swings",
    "anger",
    "numbness",
    "grief",
    "burnout",
    "sleep",
    "concentration",
    "energy",
    "appetite",
    "self-worth",
    "loneliness",
    "relationships",
    "work-or-school",
    "everyday-tasks",
    "alcohol-or-drugs",
];

/// Where a goal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum GoalState {
    /// Being worked on.
    #[default]
    Open,
    /// Reached.
    Met,
    /// Not now.
    SetAside,
}

impl GoalState {
    /// The key of its words.
    pub fn key(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Met => "met",
            Self::SetAside => "set-aside",
        }
    }
}

/// A goal in the patient's words. Its id stays while its words change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Goal {
    /// Names the goal: 128 random bits.
    pub id: Id,
    /// What is to be different.
    pub text: String,
    /// How one would notice; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub measure: String,
    /// Where it stands.
    #[serde(default)]
    pub state: GoalState,
}

/// One revision of part one. Body of `treatment-part-one`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PartOne {
    /// The revision this one changes; absent for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
    /// Goals.
    #[serde(default)]
    pub goals: Vec<Goal>,
    /// Problems marked, of [`PROBLEMS`].
    #[serde(default)]
    pub problems: Vec<String>,
    /// Problems in the patient's own words.
    #[serde(default)]
    pub own_problems: Vec<String>,
    /// Strengths.
    #[serde(default)]
    pub strengths: Vec<String>,
    /// What may get in the way.
    #[serde(default)]
    pub barriers: Vec<String>,
}

impl PartOne {
    /// Checks bounds before "Saved". `before`: the plan that this one changes; a problem of a newer app
    /// that is marked there may stay.
    pub fn check(&self, before: Option<&Self>) -> Result<(), PlanError> {
        let goals = self.goals.iter();
        check_lines(goals.map(|goal| [goal.text.as_str(), goal.measure.as_str()]))?;
        check_ids(self.goals.iter().map(|goal| goal.id))?;
        let known = |problem: &String| {
            PROBLEMS.contains(&problem.as_str())
                || before.is_some_and(|before| before.problems.contains(problem))
        };
        if !self.problems.iter().all(known) {
            return Err(PlanError::UnknownProblem);
        }
        check_texts(&self.problems)?;
        check_texts(&self.own_problems)?;
        check_texts(&self.strengths)?;
        check_texts(&self.barriers)
    }
}

impl Plan for PartOne {
    const KIND: PlanKind = PlanKind::PartOne;
    const PATIENT_DECIDES: bool = true;

    fn parent(&self) -> Option<Id> {
        self.parent
    }

    fn sections(&self, texts: Texts) -> Vec<PlanSection> {
        let goal = |goal: &Goal| {
            let state = (goal.state != GoalState::Open)
                .then(|| texts.word(&format!("goal-state.{}", goal.state.key())));
            join(&goal.text, [&goal.measure, &state.unwrap_or_default()])
        };
        let marked = self.problems.iter().map(|problem| {
            // One of a newer app is shown by its key.
            texts.word_or(&format!("problem.{problem}"), problem)
        });
        vec![
            texts.section("goals", self.goals.iter().map(goal)),
            texts.section("problems", marked.chain(self.own_problems.iter().cloned())),
            texts.section("strengths", self.strengths.iter().cloned()),
            texts.section("barriers", self.barriers.iter().cloned()),
        ]
    }
}

/// What a member of staff is in a patient's team (`iop.md`, treatment plan).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum TeamRole {
    /// The patient's therapist.
    Therapist,
    /// The medical director.
    MedicalDirector,
    /// The care coordinator.
    CareCoordinator,
    /// Someone else of staff.
    Other,
}

impl TeamRole {
    /// The key of its words.
    pub fn key(self) -> &'static str {
        match self {
            Self::Therapist => "therapist",
            Self::MedicalDirector => "medical-director",
            Self::CareCoordinator => "care-coordinator",
            Self::Other => "other",
        }
    }
}

/// Someone who made part two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct MadeWith {
    /// As what.
    pub role: TeamRole,
    /// Name, as the patient reads it.
    pub name: String,
}

/// A diagnosis in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Diagnosis {
    /// In words that the patient reads.
    pub words: String,
    /// Code, such as an ICD-10-CM code; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
}

/// What the clinic does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Intervention {
    /// What, in plain words.
    pub what: String,
    /// How often, as people say it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub how_often: String,
    /// With whom; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// The goal of part one that it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Id>,
}

/// Education or a tool: a piece of the library or a skill, or words alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Learning {
    /// What the patient reads.
    pub text: String,
    /// The education piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub piece: Option<String>,
    /// The skill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
}

/// One revision of part two. Body of `treatment-part-two`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PartTwo {
    /// The revision this one changes; absent for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
    /// The revision of part one that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_one: Option<Id>,
    /// Who made it.
    #[serde(default)]
    pub made_with: Vec<MadeWith>,
    /// Diagnoses.
    #[serde(default)]
    pub diagnoses: Vec<Diagnosis>,
    /// What the clinic does.
    #[serde(default)]
    pub interventions: Vec<Intervention>,
    /// Medicines.
    #[serde(default)]
    pub medicines: Vec<Medicine>,
    /// Education and tools.
    #[serde(default)]
    pub learning: Vec<Learning>,
    /// The next review, clinic time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<NaiveDate>,
}

impl PartTwo {
    /// Checks bounds before "Saved".
    pub fn check(&self) -> Result<(), PlanError> {
        check_lines(self.made_with.iter().map(|with| [with.name.as_str()]))?;
        let diagnoses = self.diagnoses.iter();
        check_lines(diagnoses.map(|one| [one.words.as_str(), one.code.as_str()]))?;
        check_lines(
            (self.interventions.iter())
                .map(|one| [one.what.as_str(), one.how_often.as_str(), one.who.as_str()]),
        )?;
        check_medicines(&self.medicines)?;
        check_lines(self.learning.iter().map(|one| {
            let key = |key| Option::as_deref(key).unwrap_or_default();
            [one.text.as_str(), key(&one.piece), key(&one.skill)]
        }))
    }
}

impl Plan for PartTwo {
    const KIND: PlanKind = PlanKind::PartTwo;
    const PATIENT_DECIDES: bool = false;

    fn parent(&self) -> Option<Id> {
        self.parent
    }

    fn sections(&self, texts: Texts) -> Vec<PlanSection> {
        let with = |with: &MadeWith| {
            let role = texts.word(&format!("role.{}", with.role.key()));
            join(&with.name, [&role])
        };
        let review = self.review.map(|date| texts.day(date));
        let interventions = self.interventions.iter();
        let medicines = self.medicines.iter();
        vec![
            texts.section("made-with", self.made_with.iter().map(with)),
            texts.section(
                "diagnoses",
                self.diagnoses
                    .iter()
                    .map(|one| join(&one.words, [&one.code])),
            ),
            texts.section(
                "interventions",
                interventions.map(|one| join(&one.what, [&one.how_often, &one.who])),
            ),
            texts.section(
                "medicines",
                medicines.map(|one| join(&one.name, [&one.how, &one.why])),
            ),
            texts.section("learning", self.learning.iter().map(|one| one.text.clone())),
            texts.section("review", review),
        ]
    }
}
