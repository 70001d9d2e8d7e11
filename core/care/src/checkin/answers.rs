//! What a patient gave, kept as given, and held against the form.
//!
//! Owns the stored shape (link id to answer) and the limits of each answer. Refuses: an
//! answer that is no option (never clamped, never rounded), text over 1,000 bytes or with control
//! characters, an item that is not in the form, the same item twice.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

use super::enable::visible;
use super::form::{Form, Item, Kind};
use crate::order::InOrder;
use crate::packed;

/// Longest text of one answer, in bytes of UTF-8.
pub const NOTE_BYTES: usize = 1000;

/// Most answers to one repeating item.
const MAX_REPEATS: usize = 20;
/// Most packed bytes of any number that is accepted: with a fraction, or of 64 bits.
const NUMBER_BYTES: usize = 9;
/// Most packed bytes of a whole number of 32 bits.
const INTEGER_BYTES: usize = 5;
/// FHIR integers have 32 bits.
const INTEGERS: std::ops::RangeInclusive<i64> = i32::MIN as i64..=i32::MAX as i64;

/// One answer. As JSON: a number, `true`, a text or a list of these.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Yes or no.
    Bool(bool),
    /// The numeric value of an option, or a whole number.
    Value(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// Text, a date (`2026-11-21`), or the code of an option without a numeric value.
    Text(String),
    /// Several answers to an item that repeats.
    Many(Vec<Answer>),
}

impl Answer {
    /// The answer as a number, when it is one.
    #[expect(
        clippy::cast_precision_loss,
        reason = "answers are 32-bit integers and option values"
    )]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(*value as f64),
            Self::Decimal(value) => Some(*value),
            Self::Bool(_) | Self::Text(_) | Self::Many(_) => None,
        }
    }
}

/// Read by the type of the JSON value: trying one variant after the other costs a phone with thousands
/// of entries most of its start.
impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;
        impl<'de> Visitor<'de> for One {
            type Value = Answer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, true or false, a text, or a list of these")
            }

            fn visit_bool<E>(self, yes: bool) -> Result<Answer, E> {
                Ok(Answer::Bool(yes))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Answer, E> {
                Ok(Answer::Value(value))
            }

            #[expect(
                clippy::cast_precision_loss,
                reason = "beyond any option: refused by `check`"
            )]
            fn visit_u64<E>(self, value: u64) -> Result<Answer, E> {
                Ok(i64::try_from(value).map_or(Answer::Decimal(value as f64), Answer::Value))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Answer, E> {
                Ok(Answer::Decimal(value))
            }

            fn visit_str<E>(self, text: &str) -> Result<Answer, E> {
                Ok(Answer::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Answer, E> {
                Ok(Answer::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Answer, A::Error> {
                let mut answers = Vec::new();
                while let Some(answer) = list.next_element()? {
                    answers.push(answer);
                }
                Ok(Answer::Many(answers))
            }
        }
        deserializer.deserialize_any(One)
    }
}

/// The answers of one sheet by link id, in the order of the ids. A missing item is absent. Link ids are
/// short: kept in place, they cost no allocation for each answer of a long history.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<SmolStr, Answer>);

impl Answers {
    /// The answer to an item.
    pub fn get(&self, link_id: &str) -> Option<&Answer> {
        self.0.get(link_id)
    }

    /// Writes or replaces an answer.
    pub fn set(&mut self, link_id: impl Into<SmolStr>, answer: Answer) {
        self.0.insert(link_id.into(), answer);
    }
}

impl<L: Into<SmolStr>> FromIterator<(L, Answer)> for Answers {
    fn from_iter<I: IntoIterator<Item = (L, Answer)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        Self(
            pairs
                .map(|(link_id, answer)| (link_id.into(), answer))
                .collect(),
        )
    }
}

impl<const N: usize> From<[(&str, Answer); N]> for Answers {
    fn from(pairs: [(&str, Answer); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Answers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("answers by link id")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Answers, A::Error> {
                let mut answers = Answers::default();
                while let Some((link_id, answer)) = map.next_entry()? {
                    if answers.0.insert(link_id, answer).is_some() {
                        return Err(A::Error::custom("the same item twice"));
                    }
                }
                Ok(answers)
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The form has no such item, or the item takes no answer.
    #[error("unknown-item")]
    UnknownItem,
    /// The answer is of another kind than the question.
    #[error("wrong-kind")]
    WrongKind,
    /// The answer is none of the options.
    #[error("not-an-option")]
    NotAnOption,
    /// The number lies outside the item's limits.
    #[error("out-of-range")]
    OutOfRange,
    /// The text has more than [`NOTE_BYTES`] bytes or more characters than the item allows.
    #[error("too-long")]
    TooLong,
    /// The text holds a control character (line breaks and tabs included).
    #[error("control-character")]
    ControlCharacter,
    /// Not a day of the calendar, written `2026-11-21`.
    #[error("not-a-date")]
    NotADate,
    /// Several answers where one is asked for, the same one twice, none, or more than 20.
    #[error("repeated")]
    Repeated,
    /// The form requires an answer and there is none.
    #[error("required")]
    Required,
}

/// An answer that does not fit its form. Shows its code only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct AnswerError {
    /// The item of the form; `None` when the form has no such item.
    pub link_id: Option<String>,
    /// What is wrong.
    pub fault: Fault,
}

/// Holds every given answer against its item, also on a sheet that is not finished.
pub fn check(form: &Form, answers: &Answers) -> Result<(), AnswerError> {
    for (link_id, answer) in &answers.0 {
        let item = form
            .item(link_id)
            .filter(|item| item.kind.takes_answer())
            .ok_or(AnswerError {
                link_id: None,
                fault: Fault::UnknownItem,
            })?;
        fits(item, answer).map_err(|fault| AnswerError {
            link_id: Some(item.link_id.clone()),
            fault,
        })?;
    }
    Ok(())
}

/// [`check`], and every required item that is shown has an answer.
pub fn validate(form: &Form, answers: &Answers) -> Result<(), AnswerError> {
    validate_without(form, answers, None)
}

/// [`validate`], but for one item that need not be answered: it does not apply to this person.
pub fn validate_without(
    form: &Form,
    answers: &Answers,
    left_out: Option<&str>,
) -> Result<(), AnswerError> {
    check(form, answers)?;
    let shown = visible(form, answers);
    let open = form.items.iter().zip(shown).find(|(item, shown)| {
        *shown
            && item.required
            && item.kind.takes_answer()
            && answers.get(&item.link_id).is_none()
            && left_out != Some(item.link_id.as_str())
    });
    match open {
        Some((item, _)) => Err(AnswerError {
            link_id: Some(item.link_id.clone()),
            fault: Fault::Required,
        }),
        None => Ok(()),
    }
}

/// The answers without those to items that are not shown: what a finished sheet keeps.
pub fn settled(form: &Form, answers: &Answers) -> Answers {
    let shown = visible(form, answers);
    let kept = form
        .items
        .iter()
        .zip(shown)
        .filter(|(_, shown)| *shown)
        .filter_map(|(item, _)| {
            let answer = answers.get(&item.link_id)?;
            Some((item.link_id.as_str(), answer.clone()))
        });
    kept.collect()
}

pub(super) fn fits(item: &Item, answer: &Answer) -> Result<(), Fault> {
    let Answer::Many(answers) = answer else {
        return fits_one(item, answer);
    };
    let distinct = (1..answers.len()).all(|at| !answers[..at].contains(&answers[at]));
    if !item.repeats || answers.is_empty() || answers.len() > MAX_REPEATS || !distinct {
        return Err(Fault::Repeated);
    }
    answers.iter().try_for_each(|answer| match answer {
        Answer::Many(_) => Err(Fault::WrongKind),
        answer => fits_one(item, answer),
    })
}

fn fits_one(item: &Item, answer: &Answer) -> Result<(), Fault> {
    let option = || item.options.iter().any(|option| option.answer == *answer);
    match (item.kind, answer) {
        (Kind::Choice | Kind::OpenChoice, _) if option() => Ok(()),
        (Kind::OpenChoice | Kind::Line | Kind::Text, Answer::Text(text)) => free_text(item, text),
        (Kind::Choice | Kind::OpenChoice, _) => Err(Fault::NotAnOption),
        (Kind::Boolean, Answer::Bool(_)) => Ok(()),
        (Kind::Integer, Answer::Value(value)) if INTEGERS.contains(value) => in_range(item, answer),
        (Kind::Integer, Answer::Value(_)) => Err(Fault::OutOfRange),
        (Kind::Decimal | Kind::Quantity, Answer::Value(_) | Answer::Decimal(_)) => {
            in_range(item, answer)
        }
        (Kind::Date, Answer::Text(text)) => date(text),
        (Kind::Group | Kind::Display | Kind::Hidden, _) => Err(Fault::UnknownItem),
        _ => Err(Fault::WrongKind),
    }
}

fn in_range(item: &Item, answer: &Answer) -> Result<(), Fault> {
    let number = answer.number().filter(|number| number.is_finite());
    let number = number.ok_or(Fault::OutOfRange)?;
    let low = item.min.is_none_or(|min| number >= min);
    let high = item.max.is_none_or(|max| number <= max);
    if low && high {
        Ok(())
    } else {
        Err(Fault::OutOfRange)
    }
}

fn free_text(item: &Item, text: &str) -> Result<(), Fault> {
    let chars = item.max_chars.unwrap_or(NOTE_BYTES);
    if text.len() > NOTE_BYTES || text.chars().count() > chars {
        return Err(Fault::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(Fault::ControlCharacter);
    }
    Ok(())
}

fn date(text: &str) -> Result<(), Fault> {
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| Fault::NotADate)?;
    // chrono also reads `2026-1-5` and years of other lengths.
    if day.format("%Y-%m-%d").to_string() == text && text.len() == 10 {
        Ok(())
    } else {
        Err(Fault::NotADate)
    }
}

/// Bytes of the longest packed form that any valid sheet of this form can have, so that all its
/// sheets can be sealed to one size. Exact for choices, yes/no, dates and texts; an upper bound for
/// numbers, for texts with a limit in characters, and for items that exclude each other.
pub fn largest_answers(form: &Form) -> usize {
    let longest = form
        .items
        .iter()
        .filter(|item| item.kind.takes_answer())
        .filter_map(|item| Some(packed::len(&item.link_id) + longest_answer(item)?));
    let (items, bytes) = longest.fold((0, 0), |(items, bytes), item| (items + 1, bytes + item));
    packed::head_len(items) + bytes
}

/// `None` when the item cannot be answered at all.
fn longest_answer(item: &Item) -> Option<usize> {
    let text = packed::text_len(
        item.max_chars
            .unwrap_or(NOTE_BYTES)
            .saturating_mul(4)
            .min(NOTE_BYTES),
    );
    let mut options: Vec<usize> = item
        .options
        .iter()
        .map(|option| packed::len(&option.answer))
        .collect();
    options.order_by(|a, b| b.cmp(a));
    let mut each = match item.kind {
        Kind::Choice => options,
        Kind::OpenChoice => {
            let mut all = vec![text; MAX_REPEATS];
            all.extend(options);
            all.order_by(|a, b| b.cmp(a));
            all
        }
        Kind::Boolean => vec![1; 2],
        Kind::Integer => vec![INTEGER_BYTES; MAX_REPEATS],
        Kind::Decimal | Kind::Quantity => vec![NUMBER_BYTES; MAX_REPEATS],
        Kind::Line | Kind::Text => vec![text; MAX_REPEATS],
        Kind::Date => vec![packed::text_len("2026-11-21".len()); MAX_REPEATS],
        Kind::Group | Kind::Display | Kind::Hidden => Vec::new(),
    };
    each.truncate(if item.repeats { MAX_REPEATS } else { 1 });
    if each.is_empty() {
        return None;
    }
    let list = if item.repeats {
        packed::head_len(each.len())
    } else {
        0
    };
    Some(each.iter().sum::<usize>() + list)
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod tests;
