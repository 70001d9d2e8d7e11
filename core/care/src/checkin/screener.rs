//! The C-SSRS screener: a triage level, no sum.
//!
//! clinical.md sections 1 and 5: low by question 1 or 2, moderate by 3 or lifetime behaviour, high by 4, 5
//! or behaviour in the last three months. Question 2 = no leads past 3 to 5; lifetime behaviour = no
//! leads past the three months. The level is the highest that any answer reaches and never falls because
//! something is missing, contradicted or no option. Refuses the word "low risk": `none` means that
//! every required question was answered no, and clears nobody.
//!
//! A question behind a gate is required only once the gate was answered yes, and only required ones count
//! as missing. In `safety` every question without an answer says `unanswered`, also the skipped ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::form::Form;
use super::instrument::{Instrument, Rule};
use super::score::{Read, Scored, Status, safety_of, score};
use super::sheet::Context;

/// In the order of the items: `q1` to `q5`, `q6_lifetime`, `q6_3_months`.
const LEVELS: [usize; 7] = [1, 1, 2, 3, 3, 2, 3];
const WORDS: [&str; 4] = ["none", "low", "moderate", "high"];

/// A C-SSRS triage level: which answers need a person first, never a prediction (clinical.md section 2).
/// A higher level compares greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Triage {
    /// Nothing reached a level, and something that was asked is unanswered.
    Unknown,
    /// Everything that had to be asked was answered no. Clears nobody.
    None,
    /// Question 1 or 2.
    Low,
    /// Question 3, or behaviour in a lifetime.
    Moderate,
    /// Question 4 or 5, or behaviour in the last three months.
    High,
}

impl Triage {
    /// Whether this level asks more of a person than `judged` did: only then was the judgement overtaken.
    pub fn rises_above(self, judged: Option<Self>) -> bool {
        self >= Self::Low && Some(self) > judged
    }
}

/// The level of a sheet; `None` for a form that is no C-SSRS screener.
pub fn triage_of(form: &Form, answers: &Answers) -> Option<Triage> {
    let sheet = form.sheet(answers, Context::default())?;
    if sheet.instrument() != Instrument::CssrsScreener {
        return None;
    }
    Some(match score(sheet.instrument(), &sheet).severity? {
        "none" => Triage::None,
        "low" => Triage::Low,
        "moderate" => Triage::Moderate,
        "high" => Triage::High,
        _ => Triage::Unknown,
    })
}

/// Judges a sheet of seven answers; `bad` when any of them is no option.
pub(super) fn triage(rule: &Rule, items: &[Read], bad: bool) -> Scored {
    let answer = |at: usize| items[at].ok().flatten().map(|value| value == 1);
    let yes = |at: usize| answer(at) == Some(true);
    let no = |at: usize| answer(at) == Some(false);

    let required = |at: usize| match at {
        2..=4 => yes(1),
        6 => yes(5),
        _ => true,
    };
    let missing = (0..7)
        .filter(|at| required(*at) && items[*at] == Ok(None))
        .count();
    let contradicted = (no(1) && (2..=4).any(yes)) || (no(5) && yes(6));
    let status = match (bad, contradicted, missing) {
        (true, _, _) => Status::Error,
        (_, true, _) => Status::Inconsistent,
        (_, _, 0) => Status::Complete,
        _ => Status::Incomplete,
    };
    let level = (0..7)
        .filter(|at| yes(*at))
        .map(|at| LEVELS[at])
        .max()
        .unwrap_or(0);
    // Nothing positive and something open: nobody can say "none".
    let known = level > 0 || status == Status::Complete;
    Scored {
        status,
        missing,
        total: None,
        severity: Some(if known { WORDS[level] } else { "unknown" }),
        subscales: BTreeMap::new(),
        flags: BTreeMap::from([("needs_follow_up", known.then_some(level > 0))]),
        safety: safety_of(rule, items),
    }
}
