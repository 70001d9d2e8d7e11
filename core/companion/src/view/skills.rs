//! Skills: the list, one skill with its guidance and fields, effects, and what is filled in.

use handrail_care::reminder::Language;
use handrail_care::skill::effects::{MeanChange, SkillEffect};
use handrail_care::skill::values::ValueLine;
use handrail_care::skill::{
    self, Choice, Field, FieldKind, Group as SkillGroup, Guide, GuideKind, Noted, Skill, SkillForm,
    Values,
};

/// What a skill is for.
#[uniffi::remote(Enum)]
pub enum SkillGroup {
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

/// How a skill is done.
#[uniffi::remote(Enum)]
pub enum SkillForm {
    /// Practised; the log is short.
    Practice,
    /// Filled in; the log is the work.
    Worksheet,
}

/// What a screen draws beside a guide.
#[uniffi::remote(Enum)]
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

/// A skill in a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SkillItem {
    /// Names it, for `skill`.
    pub id: String,
    /// What it is for.
    pub group: SkillGroup,
    /// The same in words.
    pub group_title: String,
    /// Practice or worksheet.
    pub form: SkillForm,
    /// Title.
    pub title: String,
    /// What some clinics call it.
    pub also: Option<String>,
    /// One sentence.
    pub summary: String,
    /// Minutes it takes.
    pub minutes: u32,
    /// A clinician has to give it first, and none has.
    pub locked: bool,
}

impl SkillItem {
    pub(crate) fn new(skill: &Skill, language: Language, locked: bool) -> Self {
        Self {
            id: skill.id.clone(),
            group: skill.group,
            group_title: skill.group.title(language).to_owned(),
            form: skill.form,
            title: skill.title.clone(),
            also: skill.also.clone(),
            summary: skill.summary.clone(),
            minutes: skill.minutes,
            locked,
        }
    }
}

/// Something to mind.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SkillCaution {
    /// The words.
    pub text: String,
    /// To be acknowledged before the skill is used; a field of kind acknowledge records it.
    pub acknowledge: bool,
}

/// One phase of a guide.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SkillPhase {
    /// Names it: `in`, `hold`, `out` and `rest` are what a pacer draws.
    pub id: String,
    /// What the screen says.
    pub prompt: String,
    /// How long; 0: as long as it takes.
    pub seconds: u32,
}

/// Timed guidance.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SkillGuide {
    /// Names it within the skill.
    pub id: String,
    /// Title.
    pub title: String,
    /// What a screen draws.
    pub kind: GuideKind,
    /// How often the phases are gone through.
    pub rounds: u32,
    /// The phases in order.
    pub phases: Vec<SkillPhase>,
    /// How long all of it takes, in seconds.
    pub seconds: u32,
}

impl From<&Guide> for SkillGuide {
    fn from(guide: &Guide) -> Self {
        let phases = guide.phases.iter().map(|phase| SkillPhase {
            id: phase.id.clone(),
            prompt: phase.prompt.clone(),
            seconds: phase.seconds,
        });
        Self {
            id: guide.id.clone(),
            title: guide.title.clone(),
            kind: guide.kind,
            rounds: guide.rounds,
            phases: phases.collect(),
            seconds: guide.seconds(),
        }
    }
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SkillChoice {
    /// What is kept.
    pub id: String,
    /// What it says.
    pub label: String,
}

/// How a field is filled in, and which answer it takes.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum SkillFieldKind {
    /// A whole number from 0, shown as a slider: a number.
    Scale {
        /// Highest.
        max: u32,
    },
    /// A whole number from 0: a number.
    Number {
        /// Highest.
        max: u32,
        /// Unit behind it.
        unit: Option<String>,
    },
    /// One line, at most 300 bytes: words.
    Line,
    /// Text, at most 4,000 bytes: words.
    LongText,
    /// Yes or no.
    YesNo,
    /// To be ticked: only yes is accepted.
    Acknowledge,
    /// A time of day: words such as `23:10`.
    Clock,
    /// One of the options: words, its id.
    OneOf {
        /// The options.
        options: Vec<SkillChoice>,
    },
    /// Any of the options: chosen ids.
    AnyOf {
        /// The options.
        options: Vec<SkillChoice>,
    },
    /// Up to 20 rows: rows of answers.
    Rows {
        /// The fields of a row.
        fields: Vec<SkillField>,
    },
}

/// Something that is logged.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SkillField {
    /// Names it.
    pub id: String,
    /// What it asks.
    pub label: String,
    /// How it is filled in.
    pub kind: SkillFieldKind,
    /// A try without it is refused.
    pub required: bool,
}

fn choices(options: &[Choice]) -> Vec<SkillChoice> {
    let options = options.iter();
    options
        .map(|option| SkillChoice {
            id: option.id.clone(),
            label: option.label.clone(),
        })
        .collect()
}

impl From<&Field> for SkillField {
    fn from(field: &Field) -> Self {
        use SkillFieldKind as K;
        let kind = match &field.kind {
            FieldKind::Scale { max } => K::Scale { max: *max },
            FieldKind::Number { max, unit } => K::Number {
                max: *max,
                unit: unit.clone(),
            },
            FieldKind::Line => K::Line,
            FieldKind::Text => K::LongText,
            FieldKind::YesNo => K::YesNo,
            FieldKind::Acknowledge => K::Acknowledge,
            FieldKind::Clock => K::Clock,
            FieldKind::Choice { options } => K::OneOf {
                options: choices(options),
            },
            FieldKind::Choices { options } => K::AnyOf {
                options: choices(options),
            },
            FieldKind::Rows { fields } => K::Rows {
                fields: fields.iter().map(Into::into).collect(),
            },
        };
        Self {
            id: field.id.clone(),
            label: field.label.clone(),
            kind,
            required: field.required,
        }
    }
}

/// One skill.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SkillPage {
    /// As in the list.
    pub item: SkillItem,
    /// When it helps.
    pub when: String,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// What to mind.
    pub cautions: Vec<SkillCaution>,
    /// Timed guidance; the first is the usual one.
    pub guides: Vec<SkillGuide>,
    /// What is logged besides the common log.
    pub fields: Vec<SkillField>,
    /// How it worked so far; absent before the first try.
    pub effect: Option<SkillEffectView>,
    /// To be shown beside every text field: nobody watches it around the clock.
    pub free_text_note: String,
    /// To be shown beside the private note: where it stays, and who cannot read it.
    pub private_note_note: String,
}

impl SkillPage {
    pub(crate) fn new(
        skill: &Skill,
        language: Language,
        locked: bool,
        effect: Option<SkillEffect>,
    ) -> Self {
        let cautions = skill.cautions.iter().map(|caution| SkillCaution {
            text: caution.text.clone(),
            acknowledge: caution.acknowledge,
        });
        Self {
            item: SkillItem::new(skill, language, locked),
            when: skill.when.clone(),
            steps: skill.steps.clone(),
            cautions: cautions.collect(),
            guides: skill.guides.iter().map(Into::into).collect(),
            fields: skill.fields.iter().map(Into::into).collect(),
            effect: effect.map(Into::into),
            free_text_note: skill::words(language, "free-text").to_owned(),
            private_note_note: skill::words(language, "private-note").to_owned(),
        }
    }
}

/// Mean of the differences after minus before: below zero is relief.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ChangeMean {
    /// Pairs of ratings.
    pub n: u32,
    /// The mean.
    pub mean: f64,
    /// Lower end of its 95 % interval; absent for a single pair.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl From<MeanChange> for ChangeMean {
    fn from(change: MeanChange) -> Self {
        Self {
            n: change.n,
            mean: change.mean,
            low: change.low,
            high: change.high,
        }
    }
}

/// How a skill worked for this patient.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SkillEffectView {
    /// The skill.
    pub skill: String,
    /// Its title.
    pub title: String,
    /// How often it was tried, wholly or in part, helpful or not.
    pub uses: u32,
    /// Change of distress, in points of 0 to 100.
    pub distress: Option<ChangeMean>,
    /// Change of the urge, in points of 0 to 10.
    pub urge: Option<ChangeMean>,
    /// Mean helpfulness, 0 to 4.
    pub helpfulness: Option<f64>,
    /// Place by relief of distress, from 1; absent below three pairs of ratings.
    pub rank: Option<u32>,
    /// One sentence about it, in the shell's language.
    pub note: String,
}

impl From<SkillEffect> for SkillEffectView {
    fn from(effect: SkillEffect) -> Self {
        Self {
            skill: effect.skill,
            title: effect.title,
            uses: effect.uses,
            distress: effect.distress.map(Into::into),
            urge: effect.urge.map(Into::into),
            helpfulness: effect.helpfulness,
            rank: effect.rank,
            note: effect.note,
        }
    }
}

/// What is filled into a field.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum FieldValue {
    /// Yes or no; ticked.
    Ticked {
        /// The answer.
        yes: bool,
    },
    /// A number.
    Amount {
        /// The answer.
        number: i64,
    },
    /// A line, a text, a time of day or the id of an option.
    Written {
        /// The answer.
        text: String,
    },
    /// Ids of options.
    Chosen {
        /// The answer.
        ids: Vec<String>,
    },
    /// Rows.
    Table {
        /// The answer.
        rows: Vec<FieldRow>,
    },
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FieldRow {
    /// Its answers.
    pub answers: Vec<FieldAnswer>,
}

/// What is filled into which field.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FieldAnswer {
    /// The field.
    pub field: String,
    /// What is filled in.
    pub value: FieldValue,
}

/// One field as it was filled in, in words.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FilledLine {
    /// What it asks.
    pub label: String,
    /// What was filled in.
    pub text: String,
}

impl From<ValueLine> for FilledLine {
    fn from(line: ValueLine) -> Self {
        Self {
            label: line.label,
            text: line.text,
        }
    }
}

/// As a log keeps it; of a field that comes twice the last one.
pub(crate) fn values(answers: Vec<FieldAnswer>) -> Values {
    let noted = |value| match value {
        FieldValue::Ticked { yes } => Noted::Yes(yes),
        FieldValue::Amount { number } => Noted::Number(number),
        FieldValue::Written { text } => Noted::Text(text),
        FieldValue::Chosen { ids } => Noted::Chosen(ids),
        FieldValue::Table { rows } => {
            Noted::Rows(rows.into_iter().map(|row| values(row.answers)).collect())
        }
    };
    let answers = answers.into_iter();
    answers.map(|one| (one.field, noted(one.value))).collect()
}

/// As a screen takes it, in order of the fields' ids.
pub(crate) fn answers(values: &Values) -> Vec<FieldAnswer> {
    let value = |noted: &Noted| match noted {
        Noted::Yes(yes) => FieldValue::Ticked { yes: *yes },
        Noted::Number(number) => FieldValue::Amount { number: *number },
        Noted::Text(text) => FieldValue::Written { text: text.clone() },
        Noted::Chosen(ids) => FieldValue::Chosen { ids: ids.clone() },
        Noted::Rows(rows) => FieldValue::Table {
            rows: rows
                .iter()
                .map(|row| FieldRow {
                    answers: answers(row),
                })
                .collect(),
        },
    };
    let values = values.iter();
    values
        .map(|(field, noted)| FieldAnswer {
            field: field.clone(),
            value: value(noted),
        })
        .collect()
}
