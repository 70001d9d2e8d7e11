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

use super::instrument::Rule;
use super::score::{Read, Scored, Status, safety_of};

/// In the order of the items: `q1` to `q5`, `q6_lifetime`, `q6_3_months`.
const LEVELS: [usize; 7] = [1, 1, 2, 3, 3, 2, 3];
const WORDS: [&str; 4] = ["none", "low", "moderate", "high"];

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
