//! What a clinic's own skill has to be before it is published, and before a phone believes it.

use std::collections::BTreeSet;

use super::{Field, FieldKind, Guide, Skill, SkillPublished, shipped};
use crate::reminder::Language;

/// Why a clinic's skill is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SkillError {
    /// A name that is not of small letters, digits and dashes, 1 to 64 of them, or comes twice.
    #[error("skill-name-malformed")]
    Name,
    /// A skill that ships has this name.
    #[error("skill-name-taken")]
    NameTaken,
    /// A text is empty or too long.
    #[error("skill-text-out-of-range")]
    Text,
    /// No step, or more steps, fields, options, phases or seconds than a screen can show.
    #[error("skill-size-out-of-range")]
    Size,
    /// Rows within rows, or a caution to be acknowledged without a required field that does it.
    #[error("skill-field-malformed")]
    Field,
}

const MOST_STEPS: usize = 30;
const MOST_FIELDS: usize = 40;
const MOST_OPTIONS: usize = 30;
const MOST_PHASES: usize = 100;
/// Two hours.
const MOST_SECONDS: u32 = 2 * 60 * 60;
const MOST_NUMBER: u32 = 1_000_000;

fn name(id: &str) -> Result<(), SkillError> {
    let fits =
        |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    if id.is_empty() || id.len() > 64 || !id.bytes().all(fits) {
        return Err(SkillError::Name);
    }
    Ok(())
}

fn names<'a>(ids: impl Iterator<Item = &'a str>, most: usize) -> Result<(), SkillError> {
    let mut seen = BTreeSet::new();
    for id in ids {
        name(id)?;
        if !seen.insert(id) {
            return Err(SkillError::Name);
        }
    }
    if seen.len() > most {
        return Err(SkillError::Size);
    }
    Ok(())
}

fn text(text: &str, most: usize) -> Result<(), SkillError> {
    if text.trim().is_empty() || text.len() > most {
        return Err(SkillError::Text);
    }
    Ok(())
}

impl Skill {
    /// Checks a clinic's own skill.
    pub fn check(&self) -> Result<(), SkillError> {
        name(&self.id)?;
        if shipped(&self.id, Language::English).is_some() {
            return Err(SkillError::NameTaken);
        }
        text(&self.title, 200)?;
        text(&self.summary, 500)?;
        text(&self.when, 500)?;
        if let Some(also) = &self.also {
            text(also, 200)?;
        }
        if !(1..=MOST_STEPS).contains(&self.steps.len())
            || self.cautions.len() > 10
            || !(1..=240).contains(&self.minutes)
        {
            return Err(SkillError::Size);
        }
        for step in &self.steps {
            text(step, 1000)?;
        }
        for caution in &self.cautions {
            text(&caution.text, 1000)?;
        }
        names(self.guides.iter().map(|guide| guide.id.as_str()), 10)?;
        self.guides.iter().try_for_each(check_guide)?;
        check_fields(&self.fields, false)?;
        let asks = self.cautions.iter().any(|caution| caution.acknowledge);
        let records = |field: &Field| field.required && field.kind == FieldKind::Acknowledge;
        if asks && !self.fields.iter().any(records) {
            return Err(SkillError::Field);
        }
        Ok(())
    }
}

impl SkillPublished {
    /// Checks it.
    pub fn check(&self) -> Result<(), SkillError> {
        self.skill.check()
    }
}

fn check_guide(guide: &Guide) -> Result<(), SkillError> {
    text(&guide.title, 200)?;
    let phases = guide.phases.iter();
    names(phases.map(|phase| phase.id.as_str()), MOST_PHASES)?;
    for phase in &guide.phases {
        text(&phase.prompt, 200)?;
        if phase.seconds > MOST_SECONDS {
            return Err(SkillError::Size);
        }
    }
    if guide.phases.is_empty() || guide.rounds == 0 || guide.seconds() > MOST_SECONDS {
        return Err(SkillError::Size);
    }
    Ok(())
}

fn check_fields(fields: &[Field], within_rows: bool) -> Result<(), SkillError> {
    names(fields.iter().map(|field| field.id.as_str()), MOST_FIELDS)?;
    for field in fields {
        text(&field.label, 500)?;
        match &field.kind {
            FieldKind::Scale { max } | FieldKind::Number { max, .. } => {
                if !(1..=MOST_NUMBER).contains(max) {
                    return Err(SkillError::Size);
                }
            }
            FieldKind::Choice { options } | FieldKind::Choices { options } => {
                let ids = options.iter().map(|option| option.id.as_str());
                names(ids, MOST_OPTIONS)?;
                if options.is_empty() {
                    return Err(SkillError::Size);
                }
                for option in options {
                    text(&option.label, 200)?;
                }
            }
            FieldKind::Rows { .. } if within_rows => return Err(SkillError::Field),
            FieldKind::Rows { fields } => check_fields(fields, true)?,
            FieldKind::Line
            | FieldKind::Text
            | FieldKind::YesNo
            | FieldKind::Acknowledge
            | FieldKind::Clock => {}
        }
    }
    Ok(())
}
