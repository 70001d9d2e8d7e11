//! What was filled in: held against the skill's fields when it is written, told as lines when it is read.
//!
//! Refuses nothing when it reads: a clinic may have changed its skill since, and what was logged stays in
//! sight.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use super::{Choice, Field, FieldKind, Skill, sleep, words};
use crate::checkin::Fault;
use crate::reminder::Language;

/// Longest line, in bytes.
const LINE_BYTES: usize = 300;
/// Longest text, in bytes.
const TEXT_BYTES: usize = 4000;
/// Most rows of a field.
const MOST_ROWS: usize = 20;

/// What was filled into one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Noted {
    /// Yes or no; acknowledged.
    Yes(bool),
    /// A number.
    Number(i64),
    /// A line, a text, a time of day or the id of an option.
    Text(String),
    /// Ids of options, in the person's order.
    Chosen(Vec<String>),
    /// Rows.
    Rows(Vec<Values>),
}

/// What was filled in, by field.
pub type Values = BTreeMap<String, Noted>;

/// A field that was not filled in as it asks. Shows its code only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct ValueError {
    /// The field; within rows `links.what`. The text came with the skill, not with the person.
    pub field: Option<String>,
    /// What is wrong.
    pub fault: Fault,
}

/// One field as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct ValueLine {
    /// The field; empty for what was worked out.
    pub field: String,
    /// What it asks.
    pub label: String,
    /// What was filled in, in words.
    pub text: String,
}

fn wrong(field: &str, fault: Fault) -> ValueError {
    ValueError {
        field: Some(field.to_owned()),
        fault,
    }
}

fn fits_text(text: &str, most: usize) -> Result<(), Fault> {
    if text.len() > most {
        return Err(Fault::TooLong);
    }
    let bad = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if text.chars().any(bad) {
        return Err(Fault::ControlCharacter);
    }
    Ok(())
}

fn fits_number(number: i64, max: u32) -> Result<(), Fault> {
    if (0..=i64::from(max)).contains(&number) {
        Ok(())
    } else {
        Err(Fault::OutOfRange)
    }
}

fn one_of(options: &[Choice], id: &str) -> Result<(), Fault> {
    let known = options.iter().any(|option| option.id == id);
    known.then_some(()).ok_or(Fault::NotAnOption)
}

/// A time of day as it is kept, `23:10`.
pub(crate) fn time_of(text: &str) -> Option<NaiveTime> {
    (text.len() == 5).then(|| NaiveTime::parse_from_str(text, "%H:%M").ok())?
}

fn check_one(field: &Field, name: &str, noted: &Noted) -> Result<(), ValueError> {
    let told = |result: Result<(), Fault>| result.map_err(|fault| wrong(name, fault));
    match (&field.kind, noted) {
        (FieldKind::Scale { max } | FieldKind::Number { max, .. }, Noted::Number(number)) => {
            told(fits_number(*number, *max))
        }
        (FieldKind::Line, Noted::Text(text)) => told(fits_text(text, LINE_BYTES)),
        (FieldKind::Text, Noted::Text(text)) => told(fits_text(text, TEXT_BYTES)),
        (FieldKind::YesNo, Noted::Yes(_)) | (FieldKind::Acknowledge, Noted::Yes(true)) => Ok(()),
        (FieldKind::Acknowledge, Noted::Yes(false)) => Err(wrong(name, Fault::Required)),
        (FieldKind::Clock, Noted::Text(text)) => {
            told(time_of(text).map(drop).ok_or(Fault::OutOfRange))
        }
        (FieldKind::Choice { options }, Noted::Text(id)) => told(one_of(options, id)),
        (FieldKind::Choices { options }, Noted::Chosen(ids)) => {
            for (at, id) in ids.iter().enumerate() {
                told(one_of(options, id))?;
                if ids[..at].contains(id) {
                    return Err(wrong(name, Fault::Repeated));
                }
            }
            Ok(())
        }
        (FieldKind::Rows { fields }, Noted::Rows(rows)) => {
            if rows.len() > MOST_ROWS {
                return Err(wrong(name, Fault::OutOfRange));
            }
            rows.iter()
                .try_for_each(|row| check_all(fields, &format!("{name}."), row, true))
        }
        // An empty list says nothing of its kind.
        (FieldKind::Rows { .. }, Noted::Chosen(none)) if none.is_empty() => Ok(()),
        _ => Err(wrong(name, Fault::WrongKind)),
    }
}

/// Nothing was filled in.
pub(crate) fn says_nothing(noted: &Noted) -> bool {
    match noted {
        Noted::Text(text) => text.trim().is_empty(),
        Noted::Chosen(list) => list.is_empty(),
        Noted::Rows(rows) => rows.is_empty(),
        Noted::Yes(_) | Noted::Number(_) => false,
    }
}

fn check_all(
    fields: &[Field],
    above: &str,
    values: &Values,
    required: bool,
) -> Result<(), ValueError> {
    for (id, noted) in values {
        let Some(field) = fields.iter().find(|field| field.id == *id) else {
            return Err(ValueError {
                field: None,
                fault: Fault::UnknownItem,
            });
        };
        check_one(field, &format!("{above}{id}"), noted)?;
    }
    let missing = fields
        .iter()
        .find(|field| required && field.required && values.get(&field.id).is_none_or(says_nothing));
    match missing {
        Some(field) => Err(wrong(&format!("{above}{}", field.id), Fault::Required)),
        None => Ok(()),
    }
}

impl Skill {
    /// Holds what was filled in against the fields. `tried`: something was done, so that what is required
    /// has to be there; an obstacle alone asks for nothing.
    pub fn check_values(&self, values: &Values, tried: bool) -> Result<(), ValueError> {
        check_all(&self.fields, "", values, tried)
    }

    /// An option was chosen that offers the safety plan.
    pub fn touches_safety(&self, values: &Values) -> bool {
        self.fields.iter().any(|field| match &field.kind {
            FieldKind::Choice { options } | FieldKind::Choices { options } => {
                let risky = |id: &String| options.iter().any(|one| one.safety && one.id == *id);
                match values.get(&field.id) {
                    Some(Noted::Text(id)) => risky(id),
                    Some(Noted::Chosen(ids)) => ids.iter().any(risky),
                    _ => false,
                }
            }
            _ => false,
        })
    }
}

fn label<'a>(options: &'a [Choice], id: &'a str) -> &'a str {
    let found = options.iter().find(|option| option.id == id);
    found.map_or(id, |option| &option.label)
}

fn told(field: Option<&Field>, noted: &Noted, language: Language) -> String {
    match (field.map(|field| &field.kind), noted) {
        (_, Noted::Yes(yes)) => words(language, if *yes { "yes" } else { "no" }).to_owned(),
        (
            Some(FieldKind::Number {
                unit: Some(unit), ..
            }),
            Noted::Number(number),
        ) => {
            format!("{number} {unit}")
        }
        (_, Noted::Number(number)) => number.to_string(),
        (Some(FieldKind::Choice { options }), Noted::Text(id)) => label(options, id).to_owned(),
        (_, Noted::Text(text)) => text.clone(),
        (Some(FieldKind::Choices { options }), Noted::Chosen(ids)) => {
            let labels: Vec<_> = ids.iter().map(|id| label(options, id)).collect();
            labels.join(", ")
        }
        (_, Noted::Chosen(ids)) => ids.join(", "),
        (kind, Noted::Rows(rows)) => {
            let fields: &[Field] = match kind {
                Some(FieldKind::Rows { fields }) => fields,
                _ => &[],
            };
            let row = |(at, row): (usize, &Values)| {
                let cells: Vec<_> = lines_of(fields, row, language)
                    .into_iter()
                    .map(|line| format!("{} {}", with_colon(&line.label), line.text))
                    .collect();
                format!("{}. {}", at + 1, cells.join("; "))
            };
            rows.iter()
                .enumerate()
                .map(row)
                .collect::<Vec<_>>()
                .join("\n")
        }
    }
}

fn with_colon(label: &str) -> String {
    if label.ends_with(['?', ':']) {
        label.to_owned()
    } else {
        format!("{label}:")
    }
}

fn lines_of(fields: &[Field], values: &Values, language: Language) -> Vec<ValueLine> {
    let line = |id: &str, field: Option<&Field>, noted: &Noted| ValueLine {
        field: id.to_owned(),
        label: field.map_or_else(|| id.to_owned(), |field| field.label.clone()),
        text: told(field, noted, language),
    };
    let known = fields
        .iter()
        .filter_map(|field| Some(line(&field.id, Some(field), values.get(&field.id)?)));
    // Of a field that the skill does not have any more.
    let unknown = values
        .iter()
        .filter(|(id, _)| !fields.iter().any(|field| field.id == **id))
        .map(|(id, noted)| line(id, None, noted));
    known.chain(unknown).collect()
}

/// What was filled in, as people read it, in the order of the fields, with what follows from it. `skill` is
/// the one that it was logged for, when it is here.
pub fn lines(skill: Option<&Skill>, values: &Values, language: Language) -> Vec<ValueLine> {
    let fields = skill.map_or(&[][..], |skill| &skill.fields);
    let mut lines = lines_of(fields, values, language);
    if let Some(percent) = skill.and_then(|skill| sleep_efficiency(skill, values)) {
        let percent = percent.to_string();
        lines.push(ValueLine {
            field: String::new(),
            label: words(language, "sleep.efficiency").replace("{percent}", &percent),
            text: format!("{percent} %"),
        });
    }
    lines
}

/// What a night of the sleep diary comes to, in percent. Absent for other skills.
pub fn sleep_efficiency(skill: &Skill, values: &Values) -> Option<u32> {
    let night = (skill.id == sleep::DIARY).then(|| sleep::Night::of(values))??;
    Some(night.efficiency_percent())
}

/// One value as a table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueCell {
    /// The field; within rows `links.what`.
    pub field: String,
    /// The row it stands in, from 1; absent outside rows.
    pub row: Option<usize>,
    /// What it asks.
    pub label: String,
    /// What is kept: a number, `true`, the id of an option (several with `;` between them), a text.
    pub value: String,
    /// The same as people read it.
    pub text: String,
}

/// What was filled in as cells, in the order of the fields, rows one after the other. What follows from it
/// comes last.
pub fn cells(skill: Option<&Skill>, values: &Values, language: Language) -> Vec<ValueCell> {
    let fields = skill.map_or(&[][..], |skill| &skill.fields);
    let mut cells = Vec::new();
    cells_of(fields, "", None, values, language, &mut cells);
    if let Some(percent) = skill.and_then(|skill| sleep_efficiency(skill, values)) {
        let label = words(language, "sleep.efficiency");
        cells.push(ValueCell {
            field: "sleep-efficiency".to_owned(),
            row: None,
            label: label.replace("{percent}", &percent.to_string()),
            value: percent.to_string(),
            text: format!("{percent} %"),
        });
    }
    cells
}

fn cells_of(
    fields: &[Field],
    above: &str,
    row: Option<usize>,
    values: &Values,
    language: Language,
    cells: &mut Vec<ValueCell>,
) {
    for line in lines_of(fields, values, language) {
        let name = format!("{above}{}", line.field);
        let value = match values.get(&line.field) {
            Some(Noted::Rows(rows)) => {
                let field = fields.iter().find(|field| field.id == line.field);
                let below: &[Field] = match field.map(|field| &field.kind) {
                    Some(FieldKind::Rows { fields }) => fields,
                    _ => &[],
                };
                for (at, row) in rows.iter().enumerate() {
                    let row_number = Some(at + 1);
                    cells_of(below, &format!("{name}."), row_number, row, language, cells);
                }
                continue;
            }
            Some(Noted::Yes(yes)) => yes.to_string(),
            Some(Noted::Number(number)) => number.to_string(),
            Some(Noted::Text(text)) => text.clone(),
            Some(Noted::Chosen(ids)) => ids.join(";"),
            None => String::new(),
        };
        cells.push(ValueCell {
            field: name,
            row,
            label: line.label,
            value,
            text: line.text,
        });
    }
}
