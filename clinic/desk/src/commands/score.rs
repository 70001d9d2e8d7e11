//! `handrail-desk score`: one answer sheet per line.
//!
//! Input `{"case","instrument","answers":{"q1":0,...},"context"?}`, output
//! `{"case","status","missing","total","severity","subscales","flags","safety"}`. An answer that is no
//! option is a result (`status` `error`), not a bad line. A bad line is one that cannot be held against
//! any sheet: no such instrument, no such item, a context that says nothing. Keys of the line and of
//! the context that the contract does not name are left alone.

use handrail_care::checkin::{Cell, Context, Instrument, Sex, Sheet, score};
use serde_json::{Map, Value};

use super::{Failure, case_of};

/// Scores one line.
pub fn line(line: &Value) -> Result<Value, Failure> {
    let instrument = instrument(line)?;
    let Some(Value::Object(answers)) = line.get("answers") else {
        return Err(Failure::new(
            "bad-answers",
            "answers is an object of item names",
        ));
    };
    let mut sheet = Sheet::new(instrument);
    sheet.context = context(line.get("context"))?;
    for (item, answer) in answers {
        sheet
            .set(item, Cell::from(answer))
            .map_err(|_| unknown_item(instrument))?;
    }
    let scored = serde_json::to_value(score(instrument, &sheet))
        .expect("a result is plain data with text keys");
    Ok(with_case(line, scored))
}

/// The instrument that a line names.
pub fn instrument(line: &Value) -> Result<Instrument, Failure> {
    line.get("instrument")
        .and_then(Value::as_str)
        .and_then(Instrument::from_id)
        .ok_or_else(|| {
            let ids = Instrument::ALL.map(Instrument::id).join(", ");
            Failure::new("unknown-instrument", format!("instrument is one of {ids}"))
        })
}

/// The result with the line's own name in front.
pub fn with_case(line: &Value, result: Value) -> Value {
    let mut answer = Map::new();
    if let Some(case) = case_of(line) {
        answer.insert("case".into(), case);
    }
    if let Value::Object(fields) = result {
        answer.extend(fields);
    }
    Value::Object(answer)
}

fn unknown_item(instrument: Instrument) -> Failure {
    let rule = instrument.rule();
    let names = [rule.items, rule.unscored].concat().join(", ");
    Failure::new("unknown-item", format!("items of {} are {names}", rule.id))
}

fn context(context: Option<&Value>) -> Result<Context, Failure> {
    let bad = |detail: &str| Failure::new("bad-context", detail);
    let fields = match context {
        None | Some(Value::Null) => return Ok(Context::default()),
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err(bad("context is an object")),
    };
    let sex = match fields.get("sex") {
        None | Some(Value::Null) => None,
        Some(Value::String(sex)) => match sex.as_str() {
            "female" => Some(Sex::Female),
            "male" => Some(Sex::Male),
            // FHIR's other two: not recorded as far as the published threshold goes.
            "other" | "unknown" => None,
            _ => return Err(bad("sex is male or female, or left out")),
        },
        Some(_) => return Err(bad("sex is male or female, or left out")),
    };
    let work_not_applicable = match fields.get("work_not_applicable") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(yes)) => *yes,
        Some(_) => return Err(bad("work_not_applicable is true or false")),
    };
    Ok(Context {
        sex,
        work_not_applicable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_line_of_the_contract() {
        let input = json!({
            "case": "x", "instrument": "phq9",
            "answers": {"q1": 2, "q2": 2, "q3": 0, "q4": 0, "q5": 0, "q6": 0, "q7": 0, "q8": null, "q9": 1}
        });
        // 5 over 8 items, times 9 / 8 = 5.6, rounded 6.
        let expected = json!({
            "case": "x", "status": "prorated", "missing": 1, "total": 6, "severity": "mild",
            "subscales": {"phq2": 4},
            "flags": {
                "major_depressive_syndrome": false,
                "other_depressive_syndrome": true,
                "phq2_positive": true
            },
            "safety": {"q9": "positive"}
        });
        assert_eq!(line(&input).expect("a sheet"), expected);
    }

    #[test]
    fn lines_that_are_no_sheets() {
        let code = |input: Value| line(&input).expect_err("no sheet").code;
        assert_eq!(
            code(json!({"instrument": "PHQ-9", "answers": {}})),
            "unknown-instrument"
        );
        assert_eq!(code(json!({"answers": {}})), "unknown-instrument");
        assert_eq!(code(json!({"instrument": "phq9"})), "bad-answers");
        assert_eq!(
            code(json!({"instrument": "phq9", "answers": [0]})),
            "bad-answers"
        );
        assert_eq!(
            code(json!({"instrument": "phq9", "answers": {"q10": 0}})),
            "unknown-item"
        );
        for context in [
            json!({"sex": "m"}),
            json!({"sex": 1}),
            json!([]),
            json!({"work_not_applicable": 1}),
        ] {
            let input = json!({"instrument": "auditc", "answers": {}, "context": context});
            assert_eq!(code(input), "bad-context");
        }
    }
}
