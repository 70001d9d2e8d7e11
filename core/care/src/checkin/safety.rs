//! Safety items: judged alone, at once, before any score, also on a sheet that is not finished.
//!
//! Owns which items those are and what an answer to one means (clinical.md sections 0.4 and 2). Refuses:
//! imputing an answer, reading free text, letting "urge to use" take this path.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use serde::Serialize;

use super::answers::{Answer, Answers};
use super::enable::visible;
use super::form::{Choice, Coding, Form, Item, Kind};
use super::instrument::Instrument;
use super::recognise::{LOINC, OWN_SYSTEM, loinc_items};

/// Extension by which a form marks a safety item of its own: `valueInteger` is the lowest value that
/// is positive. Items known by their code need none and cannot be switched off or loosened by it.
pub const SAFETY_EXTENSION: &str = "urn:handrail:safety-positive-from";

/// An item that is judged alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SafetyItem {
    /// The item in its form.
    pub link_id: String,
    /// The lowest option value that is positive; yes counts 1.
    pub positive_from: i64,
}

/// What an answer to a safety item means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SafetyState {
    /// Answered, below the threshold. Clears nobody.
    Negative,
    /// No valid answer: a state of its own, never read as negative.
    Unanswered,
    /// A person must look.
    Positive,
}

/// The safety items of a form, in its order.
pub fn safety_items(form: &Form) -> &[SafetyItem] {
    &form.safety
}

/// The state of each safety item that is shown or answered, by link id. An answer counts even when a
/// later change hides its question.
pub fn safety(form: &Form, answers: &Answers) -> BTreeMap<String, SafetyState> {
    let named = |(link_id, state): (&str, _)| (link_id.to_owned(), state);
    states(form, answers).map(named).collect()
}

/// Whether a safety item is positive or unanswered.
pub fn needs_follow_up(form: &Form, answers: &Answers) -> bool {
    states(form, answers).any(|(_, state)| state != SafetyState::Negative)
}

fn states<'a>(
    form: &'a Form,
    answers: &'a Answers,
) -> impl Iterator<Item = (&'a str, SafetyState)> {
    // An answer is judged whether its question is shown or not: mostly nobody has to ask that.
    let shown = LazyCell::new(|| visible(form, answers));
    form.safety.iter().filter_map(move |safety| {
        let link_id = safety.link_id.as_str();
        let at = form.items.iter().position(|item| item.link_id == link_id)?;
        let given = answers.get(link_id);
        let asked = given.is_some() || shown[at];
        asked.then(|| (link_id, judge(&form.items[at], safety, given)))
    })
}

/// Whether any item is positive.
pub fn any_positive(states: &BTreeMap<String, SafetyState>) -> bool {
    states.values().any(|state| *state == SafetyState::Positive)
}

fn judge(item: &Item, safety: &SafetyItem, given: Option<&Answer>) -> SafetyState {
    let Some(given) = given else {
        return SafetyState::Unanswered;
    };
    if let Answer::Many(answers) = given {
        let states = answers
            .iter()
            .map(|answer| judge(item, safety, Some(answer)));
        return states.max().unwrap_or(SafetyState::Unanswered);
    }
    let positive = match given {
        Answer::Bool(yes) if item.kind == Kind::Boolean => i64::from(*yes) >= safety.positive_from,
        Answer::Value(value) if item.kind == Kind::Integer => *value >= safety.positive_from,
        answer => match item.options.iter().find(|option| option.answer == *answer) {
            Some(option) => option_is_positive(option, safety.positive_from),
            // No option: it says nothing, and it is certainly not "no".
            None => return SafetyState::Unanswered,
        },
    };
    if positive {
        SafetyState::Positive
    } else {
        SafetyState::Negative
    }
}

/// An option without a number is negative only when it is known to say no.
fn option_is_positive(option: &Choice, positive_from: i64) -> bool {
    if let Answer::Value(value) = option.answer {
        return value >= positive_from;
    }
    let code = option.code.as_ref().map(|code| code.code.as_str());
    let no = matches!(code, Some("LA32-8" | "LA6568-5"))
        || ["no", "not at all", "none"].contains(&option.display.to_lowercase().as_str());
    !no
}

/// The threshold of an item that is known by its code: PHQ-9 item 9, CORE-10 item 6, every C-SSRS
/// question, wherever the item stands.
pub(super) fn known_threshold(codes: &[Coding]) -> Option<i64> {
    Instrument::ALL.into_iter().find_map(|instrument| {
        let rule = instrument.rule();
        rule.safety.iter().find_map(|(at, from)| {
            let own = format!("{}-{}", rule.id, rule.items[*at]);
            let loinc = loinc_items(instrument).get(*at);
            let known = codes.iter().any(|code| match code.system.as_deref() {
                Some(OWN_SYSTEM) => code.code == own,
                Some(LOINC) | None => loinc == Some(&code.code.as_str()),
                Some(_) => false,
            });
            known.then_some(*from)
        })
    })
}

#[cfg(test)]
#[path = "safety_tests.rs"]
mod tests;
