//! `handrail-desk change`: what a change between two totals means, by the default thresholds.
//!
//! Input `{"case","instrument","baseline":n,"follow_up":n}` with totals as `score` prints them (WHO-5 raw
//! 0-25), output `{"case","improvement","improved","reliable","response","remission","worse"}`. A label
//! is true only when a published threshold exists and is met.

use handrail_care::checkin::{Thresholds, Total, change};
use serde_json::Value;

use super::Failure;
use super::score::{instrument, with_case};

/// Compares one line.
pub fn line(line: &Value) -> Result<Value, Failure> {
    let instrument = instrument(line)?;
    let baseline = total(line, "baseline")?;
    let follow_up = total(line, "follow_up")?;
    let thresholds = Thresholds::default_for(instrument);
    let change = change(instrument, baseline, follow_up, thresholds).map_err(|error| {
        use handrail_care::checkin::ChangeError as E;
        let code = match error {
            E::NoTotal => "instrument-without-total",
            E::OutOfRange => "out-of-range",
            E::NotWhole => "not-a-whole-number",
        };
        let detail = match instrument.rule().range {
            None => "this instrument has a level, not a total".to_owned(),
            Some((low, high)) => format!(
                "totals are whole numbers from {low} to {high}; CORE-10 may have a fraction"
            ),
        };
        Failure::new(code, detail)
    })?;
    let change = serde_json::to_value(change).expect("a change is plain data");
    Ok(with_case(line, change))
}

fn total(line: &Value, name: &'static str) -> Result<Total, Failure> {
    let Some(Value::Number(number)) = line.get(name) else {
        return Err(Failure::new("bad-total", format!("{name} is a number")));
    };
    let exact = match number.as_i64() {
        Some(whole) => Total::from_i64(whole),
        None => number.as_f64().and_then(Total::from_f64),
    };
    exact.ok_or_else(|| {
        Failure::new(
            "out-of-range",
            format!("{name} is a total of the instrument"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_line_of_the_contract() {
        let input = json!({"case": 1, "instrument": "phq9", "baseline": 18, "follow_up": 8});
        let expected = json!({
            "case": 1, "improvement": 10, "improved": true, "reliable": true,
            "response": true, "remission": false, "worse": false
        });
        assert_eq!(line(&input).expect("two totals"), expected);
    }

    #[test]
    fn lines_that_cannot_be_compared() {
        let code = |instrument: &str, baseline: Value, follow_up: Value| {
            let input =
                json!({"instrument": instrument, "baseline": baseline, "follow_up": follow_up});
            line(&input).expect_err("not comparable").code
        };
        assert_eq!(code("phq9", json!(28), json!(1)), "out-of-range");
        assert_eq!(code("phq9", json!(1e300), json!(1)), "out-of-range");
        assert_eq!(code("phq9", json!(null), json!(1)), "bad-total");
        assert_eq!(code("phq9", json!(1), json!("1")), "bad-total");
        assert_eq!(code("phq9", json!(1), json!(1.5)), "not-a-whole-number");
        assert_eq!(
            code("cssrs-screener", json!(1), json!(1)),
            "instrument-without-total"
        );
        assert_eq!(code("x", json!(1), json!(1)), "unknown-instrument");
    }
}
