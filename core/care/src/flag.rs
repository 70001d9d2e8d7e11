//! Safety flags: answers that need a person (clinical.md, section 2).
//!
//! A flag is a safety item that was answered above its threshold, or left unanswered. It cannot be
//! dismissed: a clinician closes it by name with a disposition, and a higher answer opens it again.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::chart::{Chart, CheckIn, Fact};
use crate::checkin::{self, Answer, Form, Item, SafetyItem, SafetyState};
use crate::id::Id;
use crate::library::Library;
use crate::patient::CheckInWritten;
use crate::team::{Closed, Outcome, Risk, Team};

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
    /// The highest positive answer given in this check-in; absent when the item was left out.
    pub answer: Option<i64>,
    /// That answer as the patient read it.
    pub answer_text: String,
    /// The answer to the same item the last time it was answered before this check-in.
    pub previous: Option<i64>,
    /// When it was first answered so, or left out, epoch milliseconds, by the patient's clock. A flag
    /// that opened again is as old as the answer that opened it.
    pub at: i64,
    /// When that reached the clinic, epoch milliseconds.
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

/// Every flag of a patient, newest check-in first, closed ones too.
///
/// A flag belongs to one safety item of one check-in: each check-in is judged anew, so yesterday's
/// disposition never closes today's answer. Within a check-in every entry counts, also one that was
/// revised: the highest answer stands, and only a disposition of that answer or a higher one closes
/// it.
pub fn flags(patient: Id, chart: &Chart, team: &Team, library: &Library) -> Vec<Flag> {
    let check_ins = chart.check_ins();
    let mut flags = Vec::new();
    for (index, check_in) in check_ins.iter().enumerate().rev() {
        // Nearly every check-in is quiet; the fold has noted which ones are not.
        if !check_in.needs_follow_up {
            continue;
        }
        let names: BTreeSet<_> = check_in.entries().map(|fact| &fact.value.form).collect();
        for form in names.into_iter().filter_map(|name| checkin::form(name)) {
            for safety in checkin::safety_items(form) {
                let Some(item) = form.item(&safety.link_id) else {
                    continue;
                };
                let asked = Asked {
                    form,
                    item,
                    safety,
                    closed: team
                        .dispositions(patient, check_in.id, &safety.link_id)
                        .collect(),
                };
                let Some((fact, answer, closed)) = asked.judge(check_in) else {
                    continue;
                };
                flags.push(Flag {
                    patient,
                    check_in: check_in.id,
                    form: form.id.clone(),
                    form_title: form.title.clone(),
                    item: item.link_id.clone(),
                    item_text: item.text.clone(),
                    answer: answer.map(|(value, _)| value),
                    answer_text: answer.map_or_else(
                        || "left unanswered".to_owned(),
                        |(_, given)| item.answer_text(given),
                    ),
                    previous: asked.before(&check_ins[..index]),
                    at: fact.at,
                    received: fact.place.received,
                    closed: closed.map(|closed| FlagClosed {
                        by: library.staff_name(closed.by),
                        at: closed.at,
                        outcome: closed.disposition.outcome,
                        risk: closed.disposition.risk,
                        mitigation: closed.disposition.mitigation.clone(),
                    }),
                });
            }
        }
    }
    flags
}

/// A safety item of a form, and how its flag was closed so far, oldest first.
struct Asked<'a> {
    form: &'a Form,
    item: &'a Item,
    safety: &'a SafetyItem,
    closed: Vec<&'a Closed>,
}

/// The entry that counts for the time, the answer (its value and itself) unless left out, and what
/// closed it.
type Judged<'a> = (
    &'a Fact<CheckInWritten>,
    Option<(i64, &'a Answer)>,
    Option<&'a Closed>,
);

impl Asked<'_> {
    fn judge<'a>(&'a self, check_in: &'a CheckIn) -> Option<Judged<'a>> {
        let states: Vec<_> = check_in
            .entries()
            .filter(|fact| fact.value.form == self.form.id)
            .filter_map(|fact| {
                let state = checkin::safety(self.form, &fact.value.answers)
                    .get(&self.item.link_id)
                    .copied()?;
                Some((fact, state))
            })
            .collect();
        let positive: Vec<_> = states
            .iter()
            .filter(|(_, state)| *state == SafetyState::Positive)
            .filter_map(|(fact, _)| {
                let answer = fact.value.answers.get(&self.item.link_id)?;
                Some((*fact, (self.value(answer), answer)))
            })
            .collect();
        if let Some(highest) = positive.iter().map(|(_, given)| *given).max_by_key(|g| g.0) {
            let judged = |closed: &&&Closed| closed.disposition.answer >= Some(highest.0);
            let closed = self.closed.iter().rfind(judged).copied();
            // Opened again by a higher answer, it is as old as that answer.
            let covered = self.closed.iter().map(|closed| closed.disposition.answer);
            let covered = covered.max().flatten().filter(|_| closed.is_none());
            let (fact, _) = positive
                .iter()
                .find(|(_, (value, _))| Some(*value) > covered)?;
            return Some((fact, Some(highest), closed));
        }
        let closed = self.closed.last().copied();
        let still = states.last()?.1 == SafetyState::Unanswered;
        let (fact, _) = states
            .iter()
            .find(|(_, state)| *state == SafetyState::Unanswered)?;
        // Answered after all, below the threshold: nothing to do, but what was done stays on record.
        (still || closed.is_some()).then_some((*fact, None, closed))
    }

    /// A positive answer as a number. One without a number counts as the lowest positive one.
    fn value(&self, answer: &Answer) -> i64 {
        let number = match answer {
            Answer::Many(answers) => answers.iter().filter_map(number).max(),
            answer => number(answer),
        };
        number.map_or(self.safety.positive_from, |value| {
            value.max(self.safety.positive_from)
        })
    }

    /// The highest answer in the newest check-in before this one that answered the item.
    fn before(&self, earlier: &[&CheckIn]) -> Option<i64> {
        earlier.iter().rev().find_map(|check_in| {
            check_in
                .entries()
                .filter(|fact| fact.value.form == self.form.id)
                .filter_map(|fact| number(fact.value.answers.get(&self.item.link_id)?))
                .max()
        })
    }
}

fn number(answer: &Answer) -> Option<i64> {
    match answer {
        Answer::Value(value) => Some(*value),
        Answer::Bool(yes) => Some(i64::from(*yes)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
