//! Coping skills: what each is, how it is guided, what is logged of it.
//!
//! Owns the shape of a skill, the ones that ship (clinical.md, section 3: own text, generic titles, the
//! known acronym as a cross-reference) and those that a clinic publishes. Refuses a clinic's skill under the
//! name of one that ships: its cautions are part of it. Judges no log ([`values`]) and counts no effect
//! ([`effects`]).

pub mod check;
mod content;
pub mod effects;
pub mod sleep;
pub mod values;

use serde::{Deserialize, Serialize};

pub use check::SkillError;
pub use content::{shipped, shipped_all, words};
pub use values::{Noted, Values};

use crate::library::Library;
use crate::order::InOrder;
use crate::reminder::Language;

/// What a skill is for; the order in which lists show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Group {
    /// To get through a hard moment.
    Crisis,
    /// To calm the body.
    Body,
    /// To work with feelings.
    Feelings,
    /// To work with thoughts.
    Thoughts,
    /// To talk with people.
    People,
    /// To shape days.
    Days,
}

impl Group {
    /// The text form, as in content files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crisis => "crisis",
            Self::Body => "body",
            Self::Feelings => "feelings",
            Self::Thoughts => "thoughts",
            Self::People => "people",
            Self::Days => "days",
        }
    }

    /// What people read.
    pub fn title(self, language: Language) -> &'static str {
        words(language, &format!("group.{}", self.as_str()))
    }
}

/// How it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum SkillForm {
    /// Practised; the log is short.
    Practice,
    /// Filled in; the log is the work.
    Worksheet,
}

/// A skill in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Skill {
    /// Names it in every language, such as `paced-breathing`.
    pub id: String,
    /// What it is for.
    pub group: Group,
    /// Practice or worksheet.
    pub form: SkillForm,
    /// Title.
    pub title: String,
    /// What some clinics call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also: Option<String>,
    /// One sentence for lists.
    pub summary: String,
    /// When it helps.
    pub when: String,
    /// Minutes it takes.
    pub minutes: u32,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// What to mind.
    #[serde(default)]
    pub cautions: Vec<Caution>,
    /// Only as homework that a clinician gave (exposure).
    #[serde(default)]
    pub assigned_only: bool,
    /// Timed guidance; the first is the usual one.
    #[serde(default)]
    pub guides: Vec<Guide>,
    /// What is logged besides the common log.
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// Something to mind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Caution {
    /// The words.
    pub text: String,
    /// To be acknowledged before the skill is used; a field of kind acknowledge records it.
    #[serde(default)]
    pub acknowledge: bool,
}

/// What a screen draws beside a guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum GuideKind {
    /// A pacer: phases `in`, `hold`, `out`, `rest`.
    Breathing,
    /// One sense after the other, in the person's own time.
    Senses,
    /// Muscle groups, tight and loose.
    Muscles,
    /// Anything else with a clock.
    Timer,
}

/// Timed guidance: phases, gone through some rounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Guide {
    /// Names it within the skill.
    pub id: String,
    /// Title.
    pub title: String,
    /// What a screen draws.
    pub kind: GuideKind,
    /// How often the phases are gone through.
    pub rounds: u32,
    /// The phases in order.
    pub phases: Vec<Phase>,
}

impl Guide {
    /// How long all of it takes, in seconds; phases in one's own time count nothing.
    pub fn seconds(&self) -> u32 {
        let round: u32 = self.phases.iter().map(|phase| phase.seconds).sum();
        round.saturating_mul(self.rounds)
    }
}

/// One phase of a guide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Phase {
    /// Names it: `in`, `hold`, `out` and `rest` are what a pacer draws.
    pub id: String,
    /// What the screen says.
    pub prompt: String,
    /// How long; 0: as long as it takes.
    pub seconds: u32,
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Choice {
    /// What is kept.
    pub id: String,
    /// What it says.
    pub label: String,
    /// Choosing it offers the safety plan and is marked for the clinic (clinical.md, section 3, chain
    /// analysis).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub safety: bool,
}

/// How a field is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum FieldKind {
    /// A whole number on a scale from 0 that is shown as a slider.
    Scale {
        /// Highest.
        max: u32,
    },
    /// A whole number from 0.
    Number {
        /// Highest.
        max: u32,
        /// Unit behind it, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
    },
    /// One line, at most 300 bytes.
    Line,
    /// Text, at most 4,000 bytes.
    Text,
    /// Yes or no.
    YesNo,
    /// To be ticked: only `true` is accepted.
    Acknowledge,
    /// A time of day, `23:10`.
    Clock,
    /// One of the options.
    Choice {
        /// The options.
        options: Vec<Choice>,
    },
    /// Any of the options.
    Choices {
        /// The options.
        options: Vec<Choice>,
    },
    /// Up to 20 rows of fields, each row filled in by itself. No rows within rows.
    Rows {
        /// The fields of a row.
        fields: Vec<Field>,
    },
}

/// Something that is logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Field {
    /// Names it within the skill or row.
    pub id: String,
    /// What it asks.
    pub label: String,
    /// How it is filled in.
    #[serde(flatten)]
    pub kind: FieldKind,
    /// A log without it is refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

/// A skill of the clinic's own, as it is published. The newest entry of a skill and language holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct SkillPublished {
    /// The language of its words.
    #[serde(default)]
    #[cfg_attr(feature = "web", tsify(type = "\"english\" | \"spanish\""))]
    pub language: Language,
    /// The skill.
    pub skill: Skill,
    /// Taken out of the lists of its language. What was logged of it stays readable.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
}

impl Library {
    /// The skill with this id: one that ships in that language, else the clinic's, in that language where it
    /// has it. Retired ones too, since logs name them.
    pub fn skill(&self, id: &str, language: Language) -> Option<&Skill> {
        shipped(id, language).or_else(|| Some(&self.own_skill(id, language)?.skill))
    }

    fn own_skill(&self, id: &str, language: Language) -> Option<&SkillPublished> {
        let [first, second] = match language {
            Language::English => [Language::English, Language::Spanish],
            Language::Spanish => [Language::Spanish, Language::English],
        };
        let found = |language| self.published_skill(id, language);
        found(first).or_else(|| found(second))
    }

    /// A skill's title; its id when it is not here.
    pub fn skill_title<'a>(&'a self, id: &'a str, language: Language) -> &'a str {
        self.skill(id, language).map_or(id, |skill| &skill.title)
    }

    /// Every skill that can be used, by group; within one, those that ship first. Clinics' own by id.
    pub fn skills(&self, language: Language) -> Vec<&Skill> {
        let mut list: Vec<&Skill> = shipped_all(language).iter().collect();
        let mut own: Vec<&str> = self.own_skill_ids().collect();
        own.dedup();
        list.extend(
            own.into_iter()
                .filter(|id| shipped(id, language).is_none())
                .filter_map(|id| self.own_skill(id, language))
                .filter(|published| !published.retired)
                .map(|published| &published.skill),
        );
        list.order_by_key(|skill| skill.group);
        list
    }
}

#[cfg(test)]
mod tests;
