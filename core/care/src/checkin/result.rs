//! One sheet as people look at it: score, severity, safety and change together.
//!
//! Owns nothing but the putting together. Refuses to score a form that is not recognised: its answers
//! are shown as they are.

use std::collections::BTreeMap;

use serde::Serialize;

use super::answers::Answers;
use super::change::{Change, Thresholds, change};
use super::enable::visible;
use super::form::Form;
use super::instrument::Instrument;
use super::safety::{SafetyState, safety};
use super::score::{Status, score};
use super::sheet::Context;
use super::total::Total;

/// One sheet, read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckInResult {
    /// The form it was filled in on.
    pub form: String,
    /// What scored it; `None` when nothing may.
    pub instrument: Option<Instrument>,
    /// For a form without an instrument: complete when every question that is shown and not free
    /// text has an answer, else incomplete.
    pub status: Status,
    /// The reported total; see `Scored`.
    pub total: Option<Total>,
    /// The instrument's own word.
    pub severity: Option<&'static str>,
    /// Questions without an answer; see `status`.
    pub missing: usize,
    /// Sums of some items; `None` when one of them is missing.
    pub subscales: BTreeMap<&'static str, Option<i64>>,
    /// Published readings; `None` when the missing answers leave it open.
    pub flags: BTreeMap<&'static str, Option<bool>>,
    /// Each safety item by link id, judged alone.
    pub safety: BTreeMap<String, SafetyState>,
    /// Against the baseline, when both have a total.
    pub since_baseline: Option<Change>,
    /// Against the sheet before this one, when both have a total.
    pub since_previous: Option<Change>,
}

/// Reads a sheet. `baseline` and `previous` are totals of earlier sheets of the same instrument.
pub fn check_in_result(
    form: &Form,
    answers: &Answers,
    context: Context,
    baseline: Option<Total>,
    previous: Option<Total>,
) -> CheckInResult {
    let safety = safety(form, answers);
    let Some(sheet) = form.sheet(answers, context) else {
        return unscored(form, answers, safety);
    };
    let instrument = sheet.instrument();
    let scored = score(instrument, &sheet);
    let since = |earlier: Option<Total>| {
        let thresholds = Thresholds::default_for(instrument);
        change(instrument, earlier?, scored.total?, thresholds).ok()
    };
    CheckInResult {
        form: form.id.clone(),
        instrument: Some(instrument),
        since_baseline: since(baseline),
        since_previous: since(previous),
        status: scored.status,
        total: scored.total,
        severity: scored.severity,
        missing: scored.missing,
        subscales: scored.subscales,
        flags: scored.flags,
        safety,
    }
}

fn unscored(
    form: &Form,
    answers: &Answers,
    safety: BTreeMap<String, SafetyState>,
) -> CheckInResult {
    let shown = visible(form, answers);
    let missing = form
        .items
        .iter()
        .zip(shown)
        .filter(|(item, shown)| *shown && item.kind.takes_answer() && !item.kind.is_free_text())
        .filter(|(item, _)| answers.get(&item.link_id).is_none())
        .count();
    CheckInResult {
        form: form.id.clone(),
        instrument: None,
        status: if missing == 0 {
            Status::Complete
        } else {
            Status::Incomplete
        },
        total: None,
        severity: None,
        missing,
        subscales: BTreeMap::new(),
        flags: BTreeMap::new(),
        safety,
        since_baseline: None,
        since_previous: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, form};
    use super::*;

    fn phq9(values: [i64; 9]) -> Answers {
        let mut answers = Answers::default();
        for (at, value) in values.iter().enumerate() {
            answers.set(format!("q{}", at + 1), Answer::Value(*value));
        }
        answers
    }

    #[test]
    fn a_shipped_phq_9_is_scored_and_compared() {
        let form = form("phq9").expect("shipped");
        let answers = phq9([1, 1, 1, 1, 1, 1, 1, 0, 1]);
        let earlier = |points| Some(Total::whole(points));
        let result = check_in_result(form, &answers, Context::default(), earlier(20), earlier(10));
        assert_eq!(result.total, Some(Total::whole(8)));
        assert_eq!(result.severity, Some("mild"));
        assert_eq!(result.safety["q9"], SafetyState::Positive);
        let baseline = result.since_baseline.expect("both have totals");
        assert!(baseline.response && baseline.reliable && !baseline.remission);
        let previous = result.since_previous.expect("both have totals");
        assert_eq!(previous.improvement, Total::whole(2));
        assert!(!previous.improved);
    }

    #[test]
    fn a_daily_check_in_has_no_score_and_its_safety_item() {
        let form = form("daily-check-in").expect("shipped");
        let answers = Answers::from([
            ("mood", Answer::Value(3)),
            ("urge-to-use", Answer::Value(10)),
            ("urge-to-self-harm", Answer::Value(0)),
        ]);
        let result = check_in_result(form, &answers, Context::default(), None, None);
        assert_eq!((result.status, result.missing), (Status::Incomplete, 3));
        assert_eq!(result.total, None);
        assert_eq!(result.safety["urge-to-self-harm"], SafetyState::Negative);
        assert_eq!(result.safety.len(), 1, "an urge to use is no safety item");
    }
}
