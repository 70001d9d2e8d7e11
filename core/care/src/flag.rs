//! Safety flags: answers that need a person (clinical.md, section 2).
//!
//! A flag is a safety item that was answered above its threshold, or left unanswered. It cannot be
//! dismissed: a clinician closes it by name with a disposition, and a higher answer opens it again.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::Serialize;

use crate::alert::{AlertTold, Via, told};
use crate::chart::{Chart, CheckIn, Fact};
use crate::checkin::{self, Answer, Form, Item, SafetyItem, SafetyState, Triage};
use crate::help::HelpAsked;
use crate::id::Id;
use crate::library::Library;
use crate::order::InOrder;
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

impl FlagClosed {
    fn new(closed: &Closed, library: &Library) -> Self {
        Self {
            by: library.staff_name(closed.by),
            at: closed.at,
            outcome: closed.disposition.outcome,
            risk: closed.disposition.risk,
            mitigation: closed.disposition.mitigation.clone(),
        }
    }
}

/// One line of a flag's alert: the audit log (clinical.md section 2, point 4).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct FlagAlert {
    /// Step of the clinic's list, counted from 1.
    pub step: u32,
    /// When that step was due, epoch milliseconds.
    pub due_at: i64,
    /// When they were told, epoch milliseconds.
    pub at: i64,
    /// Who was told, by name.
    pub tell: Vec<String>,
    /// By what.
    pub via: Via,
    /// Whose watcher told them: the name of who signed it.
    pub by: String,
}

/// The first step of the clinic's list that was not carried out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct FlagNextAlert {
    /// When it is due, epoch milliseconds; long past: nobody watches.
    pub at: i64,
    /// Who is told then, by name.
    pub tell: Vec<String>,
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
    /// The C-SSRS level of this check-in, when it has a screener: its follow-up, or its own.
    pub triage: Option<Triage>,
    /// The answer to the same item the last time it was answered before this check-in.
    pub previous: Option<i64>,
    /// When it was first answered so, or left out, epoch milliseconds, by the patient's clock. A flag
    /// that opened again is as old as the answer that opened it.
    pub at: i64,
    /// When that reached the clinic, epoch milliseconds.
    pub received: Option<i64>,
    /// Closed by this; absent while open.
    pub closed: Option<FlagClosed>,
    /// The revision of the patient's safety plan that holds, to be opened from here (clinical.md,
    /// section 2, point 4).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "web", tsify(optional))]
    pub safety_plan: Option<Id>,
    /// Who was told of it, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "web", tsify(optional))]
    pub alerts: Vec<FlagAlert>,
    /// Who comes next, while it is open and the clinic made a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "web", tsify(optional))]
    pub next_alert: Option<FlagNextAlert>,
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
/// disposition never closes today's answer unless a clinician says that it is shared ([`repeats`]). Within
/// a check-in every entry counts, also one that was revised: the highest answer stands, and only a
/// disposition of that answer or a higher one, and of the C-SSRS level reached, closes it.
///
/// A patient who asked for help has a flag like a positive answer: form and item [`HELP_ASKED`], answer 1.
pub fn flags(patient: Id, chart: &Chart, team: &Team, library: &Library) -> Vec<Flag> {
    let mut flags = of_check_ins(patient, chart, team, library);
    let asked = chart.help_asked();
    if !asked.is_empty() {
        let calls = asked
            .into_iter()
            .rev()
            .map(|fact| call(patient, fact, team, library));
        flags.extend(calls);
        let written = |flag: &Flag| {
            let check_in = chart.check_in(flag.check_in);
            check_in.map_or(flag.at, |check_in| check_in.last.at)
        };
        flags.order_by_cached_key(|flag| Reverse(written(flag)));
    }
    if !flags.is_empty() {
        let plan = chart.safety_plan_now();
        for flag in &mut flags {
            flag.safety_plan = plan;
            add_alerts(flag, team, library);
        }
    }
    flags
}

fn add_alerts(flag: &mut Flag, team: &Team, library: &Library) {
    let of_item = |fact: &&Fact<AlertTold>| fact.value.item == flag.item;
    let log: Vec<_> = team
        .alerts_told(flag.patient, flag.check_in)
        .filter(of_item)
        .collect();
    let names = |people: &[Id]| people.iter().map(|id| library.staff_name(*id)).collect();
    let line = |fact: &&Fact<AlertTold>| FlagAlert {
        step: fact.value.step,
        due_at: fact.value.due_at,
        at: fact.at,
        tell: names(&fact.value.tell),
        via: fact.value.via,
        by: library.staff_name(fact.by),
    };
    let next = team.alert_policy().and_then(|policy| {
        let told = log.iter().map(|fact| &fact.value);
        told::next(flag, policy, library, told)
    });
    flag.next_alert = next.map(|(at, tell)| FlagNextAlert {
        at,
        tell: names(&tell),
    });
    flag.alerts = log.iter().map(line).collect();
}

/// Names the flag of a patient who asked for help.
pub const HELP_ASKED: &str = "help-asked";

fn call(patient: Id, fact: &Fact<HelpAsked>, team: &Team, library: &Library) -> Flag {
    const ANSWER: i64 = 1;
    let closed = team
        .dispositions(patient, fact.id, HELP_ASKED)
        .filter(|closed| closed.disposition.covers(fact.id, Some(ANSWER), None))
        .last();
    Flag {
        patient,
        check_in: fact.id,
        form: HELP_ASKED.to_owned(),
        form_title: "Help".to_owned(),
        item: HELP_ASKED.to_owned(),
        item_text: "I need help now".to_owned(),
        answer: Some(ANSWER),
        answer_text: "asked".to_owned(),
        triage: None,
        previous: None,
        at: fact.at,
        received: fact.place.received,
        closed: closed.map(|closed| FlagClosed::new(closed, library)),
        safety_plan: None,
        alerts: Vec::new(),
        next_alert: None,
    }
}

fn of_check_ins(patient: Id, chart: &Chart, team: &Team, library: &Library) -> Vec<Flag> {
    let check_ins = chart.check_ins();
    let mut flags = Vec::new();
    for (index, check_in) in check_ins.iter().enumerate().rev() {
        // Nearly every check-in is quiet; the fold has noted which ones are not.
        if !check_in.needs_follow_up {
            continue;
        }
        let sheets: Vec<_> = check_in
            .entries()
            .filter_map(|fact| {
                let form = library.form_of(&fact.value.form, &fact.value.version)?;
                Some(Sheet { fact, form })
            })
            .collect();
        let mut seen = BTreeSet::new();
        for sheet in sheets.iter().rev() {
            for safety in checkin::safety_items(sheet.form) {
                if !seen.insert((&sheet.form.id, &safety.link_id)) {
                    continue;
                }
                let Some(item) = sheet.form.item(&safety.link_id) else {
                    continue;
                };
                let asked = Asked {
                    form: sheet.form,
                    item,
                    safety,
                    sheets: &sheets,
                    triage: check_in
                        .entries()
                        .filter_map(|fact| library.triage_of(&fact.value))
                        .max(),
                    closed: team
                        .dispositions(patient, check_in.id, &safety.link_id)
                        .collect(),
                };
                let Some((fact, answer, closed)) = asked.judge(check_in, library) else {
                    continue;
                };
                flags.push(Flag {
                    patient,
                    check_in: check_in.id,
                    form: sheet.form.id.clone(),
                    form_title: sheet.form.title.clone(),
                    item: item.link_id.clone(),
                    item_text: item.text.clone(),
                    answer: answer.map(|(value, _)| value),
                    answer_text: answer.map_or_else(
                        || "left unanswered".to_owned(),
                        |(_, given)| item.answer_text(given),
                    ),
                    triage: asked.triage,
                    previous: asked.before(&check_ins[..index]),
                    at: fact.at,
                    received: fact.place.received,
                    closed: closed.map(|closed| FlagClosed::new(closed, library)),
                    safety_plan: None,
                    alerts: Vec::new(),
                    next_alert: None,
                });
            }
        }
    }
    flags
}

/// Open flags that are unchanged repeats of an open one, newest first: the same item of the same form with
/// the same answer and no higher level, and no other answer to it between them. One disposition may close
/// them together; a rise never shares one.
pub fn repeats(flags: &[Flag], of: &Flag) -> Vec<Id> {
    let unchanged = |flag: &Flag| {
        let level = flag
            .triage
            .is_none_or(|level| !level.rises_above(of.triage));
        flag.is_open() && flag.answer == of.answer && level
    };
    // Nothing else was answered in between.
    let follows = |later: &Flag, earlier: &Flag| match earlier.answer {
        Some(_) => later.previous == earlier.answer,
        None => later.previous == earlier.previous,
    };
    let of_item: Vec<_> = flags
        .iter()
        .filter(|flag| (&flag.form, &flag.item) == (&of.form, &of.item))
        .collect();
    let Some(at) = (of_item.iter()).position(|flag| flag.check_in == of.check_in) else {
        return Vec::new();
    };
    let pairs: Vec<_> = of_item.windows(2).collect();
    let newer = (pairs[..at].iter().rev())
        .take_while(|pair| unchanged(pair[0]) && follows(pair[0], pair[1]))
        .map(|pair| pair[0].check_in);
    let mut run: Vec<_> = newer.collect();
    run.reverse();
    let older = (pairs[at..].iter())
        .take_while(|pair| unchanged(pair[1]) && follows(pair[0], pair[1]))
        .map(|pair| pair[1].check_in);
    run.extend(older);
    run
}

/// One entry with the form it was filled in on.
struct Sheet<'a> {
    fact: &'a Fact<CheckInWritten>,
    form: &'a Form,
}

/// A safety item of a form, and how its flag was closed so far, oldest first.
struct Asked<'a> {
    form: &'a Form,
    item: &'a Item,
    safety: &'a SafetyItem,
    sheets: &'a [Sheet<'a>],
    triage: Option<Triage>,
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
    fn judge<'a>(&'a self, check_in: &CheckIn, library: &Library) -> Option<Judged<'a>> {
        // Each entry is judged by the version of the form that it was filled in on.
        let states: Vec<_> = self
            .sheets
            .iter()
            .filter(|sheet| sheet.form.id == self.form.id)
            .filter_map(|sheet| {
                let state = checkin::safety(sheet.form, &sheet.fact.value.answers)
                    .get(&self.item.link_id)
                    .copied()?;
                Some((sheet.fact, state))
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
        let covers = |answer: Option<i64>, triage: Option<Triage>| {
            let covers =
                move |closed: &&&Closed| closed.disposition.covers(check_in.id, answer, triage);
            self.closed.iter().rfind(covers).copied()
        };
        if let Some(highest) = positive.iter().map(|(_, given)| *given).max_by_key(|g| g.0) {
            if let Some(closed) = covers(Some(highest.0), self.triage) {
                let (fact, _) = positive.first()?;
                return Some((fact, Some(highest), Some(closed)));
            }
            // Opened again by a higher answer, it is as old as that answer; by a level, as the entry that
            // reached the level.
            let risen = positive
                .iter()
                .find(|(_, (value, _))| covers(Some(*value), None).is_none())
                .map(|(fact, _)| *fact);
            let reached =
                |fact: &&Fact<CheckInWritten>| library.triage_of(&fact.value) == self.triage;
            let fact = risen
                .or_else(|| states.iter().map(|(fact, _)| *fact).find(reached))
                .or_else(|| positive.last().map(|(fact, _)| *fact))?;
            return Some((fact, Some(highest), None));
        }
        let closed = self
            .closed
            .iter()
            .rfind(|closed| {
                let own = closed.disposition.check_in == check_in.id;
                own || closed.disposition.answer.is_none()
            })
            .copied();
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
