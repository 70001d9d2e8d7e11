//! Safety flags: answers that need a person (clinical.md, section 2).
//!
//! A flag is a safety item that was answered above its threshold, or left unanswered. It cannot be
//! dismissed: a clinician closes it by name with a disposition, and a higher answer opens it again.

use serde::Serialize;

use crate::chart::{Chart, CheckIn};
use crate::checkin::{self, Answer, SafetyState};
use crate::id::Id;
use crate::library::Library;
use crate::team::{Outcome, Risk, Team};

/// How a flag was closed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct FlagClosed {
    /// Name of the clinician.
    pub by: String,
    /// When, epoch milliseconds.
    pub at: i64,
    /// What was done.
    pub outcome: Outcome,
    /// The risk as judged.
    pub risk: Risk,
    /// What was agreed.
    pub mitigation: String,
}

/// One flag.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Flag {
    /// Whose: the care mailbox.
    pub patient: Id,
    /// Which check-in.
    pub check_in: Id,
    /// The questionnaire's id.
    pub form: String,
    /// The questionnaire's title.
    pub form_title: String,
    /// linkId of the item.
    pub item: String,
    /// The item as the patient read it.
    pub item_text: String,
    /// The highest answer given in this check-in; absent when the item was left out.
    pub answer: Option<i64>,
    /// That answer as the patient read it.
    pub answer_text: String,
    /// The answer to the same item in the check-in before this one.
    pub previous: Option<i64>,
    /// When it was answered, epoch milliseconds, by the patient's clock.
    pub at: i64,
    /// When it reached the clinic, epoch milliseconds.
    pub received: Option<i64>,
    /// Closed by this; absent while open.
    pub closed: Option<FlagClosed>,
}

impl Flag {
    /// Nobody has closed it.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }
}

/// Every flag of a patient, newest first.
pub fn flags(patient: Id, chart: &Chart, team: &Team, library: &Library) -> Vec<Flag> {
    let check_ins = chart.check_ins();
    let mut flags = Vec::new();
    for (index, check_in) in check_ins.iter().enumerate() {
        let Some(form) = checkin::form(&check_in.last.value.form) else {
            continue;
        };
        for item in checkin::safety_items(form) {
            let states: Vec<_> = check_in
                .entries()
                .map(|fact| checkin::safety(form, &fact.value.answers))
                .filter_map(|states| states.get(&item.link_id).copied())
                .collect();
            let positive = states.contains(&SafetyState::Positive);
            // The entry written at the end says whether the item was left out.
            let unanswered = states.last() == Some(&SafetyState::Unanswered);
            if !positive && !unanswered {
                continue;
            }
            let answer = highest(check_in, &item.link_id);
            flags.push(Flag {
                patient,
                check_in: check_in.id,
                form: check_in.last.value.form.clone(),
                form_title: form.title.clone(),
                item: item.link_id.clone(),
                item_text: form
                    .item(&item.link_id)
                    .map_or_else(String::new, |item| item.text.clone()),
                answer,
                answer_text: answer.zip(form.item(&item.link_id)).map_or_else(
                    || "left unanswered".to_owned(),
                    |(value, item)| item.answer_text(&Answer::Value(value)),
                ),
                previous: check_ins[..index]
                    .iter()
                    .rev()
                    .find(|before| before.last.value.form == check_in.last.value.form)
                    .and_then(|before| highest(before, &item.link_id)),
                at: check_in
                    .entries()
                    .next()
                    .map_or(check_in.last.at, |first| first.at),
                received: check_in
                    .entries()
                    .filter_map(|fact| fact.place.received)
                    .min(),
                closed: closed(patient, check_in.id, &item.link_id, answer, team, library),
            });
        }
    }
    flags.reverse();
    flags
}

fn highest(check_in: &CheckIn, item: &str) -> Option<i64> {
    check_in
        .entries()
        .filter_map(|fact| fact.value.answers.get(item))
        .filter_map(|answer| match answer {
            Answer::Value(value) => Some(*value),
            Answer::Bool(yes) => Some(i64::from(*yes)),
            _ => None,
        })
        .max()
}

fn closed(
    patient: Id,
    check_in: Id,
    item: &str,
    answer: Option<i64>,
    team: &Team,
    library: &Library,
) -> Option<FlagClosed> {
    let closed = team
        .dispositions(patient, check_in, item)
        .filter(|closed| closed.disposition.answer >= answer)
        .last()?;
    Some(FlagClosed {
        by: library.staff_name(closed.by),
        at: closed.at,
        outcome: closed.disposition.outcome,
        risk: closed.disposition.risk,
        mitigation: closed.disposition.mitigation.clone(),
    })
}
