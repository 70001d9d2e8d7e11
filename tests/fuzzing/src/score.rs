//! Answer sheets and totals as the desk's command line takes them: one JSON object a line.
//!
//! Input: a line with `instrument` and `answers` (and `context`), or with `baseline` and `follow_up`.

use handrail_care::checkin::{
    Cell, Context, Instrument, SafetyState, Scored, Sex, Sheet, Status, Thresholds, Total, change,
    score as score_sheet,
};
use serde_json::{Map, Value};

/// See the module.
pub fn score(input: &[u8]) {
    let Ok(line) = serde_json::from_slice::<Value>(input) else {
        return;
    };
    let instrument = line.get("instrument").and_then(Value::as_str);
    let Some(instrument) = instrument.and_then(Instrument::from_id) else {
        return;
    };
    if let Some(Value::Object(answers)) = line.get("answers") {
        for sex in [None, Some(Sex::Female), Some(Sex::Male)] {
            for work_not_applicable in [false, true] {
                let context = Context {
                    sex,
                    work_not_applicable,
                };
                sheet(instrument, answers, context);
            }
        }
    }
    let total = |name: &str| Total::from_f64(line.get(name)?.as_f64()?);
    if let (Some(baseline), Some(follow_up)) = (total("baseline"), total("follow_up")) {
        changed(instrument, baseline, follow_up);
    }
}

fn filled(instrument: Instrument, answers: &Map<String, Value>, context: Context) -> Option<Sheet> {
    let mut sheet = Sheet::new(instrument);
    sheet.context = context;
    for (item, answer) in answers {
        sheet.set(item, Cell::from(answer)).ok()?;
    }
    Some(sheet)
}

fn sheet(instrument: Instrument, answers: &Map<String, Value>, context: Context) {
    let Some(sheet) = filled(instrument, answers, context) else {
        return;
    };
    let scored = score_sheet(instrument, &sheet);
    serde_json::to_string(&scored).expect("a result is plain data");
    let backwards: Map<String, Value> = answers.clone().into_iter().rev().collect();
    let same = filled(instrument, &backwards, context).expect("the same names");
    assert!(
        score_sheet(instrument, &same) == scored,
        "the order of answers counted"
    );

    let rule = instrument.rule();
    if let (Some(total), Some((low, high))) = (scored.total, rule.range) {
        assert!(
            total >= Total::whole(low) && total <= Total::whole(high),
            "out of range"
        );
    }
    match scored.status {
        Status::Complete => assert_eq!(scored.missing, 0),
        Status::Prorated => assert!(scored.missing > 0 && scored.total.is_some()),
        Status::Incomplete | Status::Error => assert_eq!(scored.total, None),
        Status::Inconsistent => {}
    }
    safe(instrument, answers, &scored);
    // A sheet of one instrument is never read as another's.
    for other in Instrument::ALL
        .into_iter()
        .filter(|other| *other != instrument)
    {
        assert_eq!(score_sheet(other, &sheet).status, Status::Error);
    }
}

/// A safety item is judged by its own answer: the others may say what they like.
fn safe(instrument: Instrument, answers: &Map<String, Value>, scored: &Scored) {
    for (item, state) in &scored.safety {
        let mut alone = Sheet::new(instrument);
        let answer = answers.get(*item).map(Cell::from).unwrap_or_default();
        alone.set(item, answer).expect("an item of the instrument");
        let alone = score_sheet(instrument, &alone).safety;
        assert_eq!(alone.get(item), Some(state), "judged by another answer");
        if matches!(answer, Cell::Missing | Cell::Invalid) {
            assert_eq!(
                *state,
                SafetyState::Unanswered,
                "no answer cleared somebody"
            );
        }
    }
}

fn changed(instrument: Instrument, baseline: Total, follow_up: Total) {
    let thresholds = Thresholds::default_for(instrument);
    let there = change(instrument, baseline, follow_up, thresholds);
    let back = change(instrument, follow_up, baseline, thresholds);
    let (Ok(there), Ok(back)) = (there, back) else {
        assert!(
            there.is_err() && back.is_err(),
            "refused in one direction only"
        );
        return;
    };
    assert_eq!(there.improvement, Total::whole(0).minus(back.improvement));
    assert!(!(there.improved && there.worse), "better and worse at once");
    if baseline == follow_up {
        assert!(!there.improved && !there.worse && !there.response);
    }
}
