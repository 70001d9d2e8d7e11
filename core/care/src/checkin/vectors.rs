//! Scores and changes against `tests/vectors`, which every language reads.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::{Cell, Context, Instrument, Sex, Sheet, Thresholds, Total, change, score};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/vectors/{name}.json"))
}

fn read(name: &str) -> Value {
    let text = std::fs::read_to_string(path(name)).expect("the vectors are committed");
    serde_json::from_str(&text).expect("the vectors are JSON")
}

fn scored(input: &Value) -> Value {
    let id = input["instrument"].as_str().expect("an id");
    let instrument = Instrument::from_id(id).expect("a known instrument");
    let mut sheet = Sheet::new(instrument);
    for (item, answer) in input["answers"].as_object().expect("answers") {
        sheet.set(item, Cell::from(answer)).expect("a known item");
    }
    let context = &input["context"];
    sheet.context = Context {
        sex: match context["sex"].as_str() {
            Some("male") => Some(Sex::Male),
            Some("female") => Some(Sex::Female),
            _ => None,
        },
        work_not_applicable: context["work_not_applicable"] == true,
    };
    json!(score(instrument, &sheet))
}

fn changed(input: &Value) -> Value {
    let id = input["instrument"].as_str().expect("an id");
    let instrument = Instrument::from_id(id).expect("a known instrument");
    let total = |name: &str| {
        let number = input[name].as_f64().expect("a number");
        Total::from_f64(number).expect("a total")
    };
    let change = change(
        instrument,
        total("baseline"),
        total("follow_up"),
        Thresholds::default_for(instrument),
    );
    json!(change.expect("totals of the instrument"))
}

fn with_case(input: &Value, output: Value) -> Value {
    let mut line = Map::from_iter([("case".to_owned(), input["case"].clone())]);
    if let Value::Object(fields) = output {
        line.extend(fields);
    }
    Value::Object(line)
}

fn holds(name: &str, least: usize, of: impl Fn(&Value) -> Value) {
    let vectors = read(name);
    let cases = vectors["cases"].as_array().expect("cases");
    assert!(cases.len() >= least, "{name}: only {} cases", cases.len());
    for case in cases {
        let found = with_case(&case["input"], of(&case["input"]));
        assert_eq!(found, case["output"], "{}", case["input"]);
    }
}

#[test]
fn scores_are_those_of_the_vectors() {
    holds("scoring", 120, scored);
}

#[test]
fn changes_are_those_of_the_vectors() {
    holds("change", 40, changed);
}

#[test]
#[ignore = "regenerates the outputs in tests/vectors/scoring.json and change.json"]
fn regenerate() {
    type Of = fn(&Value) -> Value;
    for (name, of) in [("scoring", scored as Of), ("change", changed as Of)] {
        let vectors = read(name);
        let cases: Vec<String> = vectors["cases"]
            .as_array()
            .expect("cases")
            .iter()
            .map(|case| {
                let input = &case["input"];
                let output = with_case(input, of(input));
                format!("    {{\"input\": {input},\n     \"output\": {output}}}")
            })
            .collect();
        let text = format!(
            "{{\n  \"note\": {},\n  \"cases\": [\n{}\n  ]\n}}\n",
            vectors["note"],
            cases.join(",\n")
        );
        std::fs::write(path(name), text).expect("the folder can be written");
    }
}
