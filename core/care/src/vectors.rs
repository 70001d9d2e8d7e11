//! The files of `tests/vectors` that hold rules of care, replayed: scores, changes, sessions,
//! visits, reminders.
//!
//! Owns the shapes of the files and the comparison. The same [`check`] runs here, and in Kotlin and Swift
//! through the phone's core. A file is never needed: the caller brings its text. Refuses to stop at the
//! first difference, and to call a file good that holds no case.

mod reminders;

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::checkin::{Cell, Context, Instrument, Sex, Sheet, Thresholds, Total, change, score};
use crate::program::clock;
use crate::program::contract;
use crate::program::lead::Lead;
use crate::program::schedule::{Schedule, SessionChange, occurrences};
use crate::visits::count::count;
use crate::visits::{Authorised, Visit};

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// How many cases the file holds.
    pub cases: usize,
    /// The names of those that differ.
    pub failed: Vec<String>,
}

/// Replays `scoring`, `change`, `sessions`, `visits` or `reminders`; an error is a file in another shape or
/// without a case.
pub fn check(name: &str, json: &str) -> Result<Replay, String> {
    let file: Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let (cases, case_name, of): (&Value, &str, Of) = match name {
        "scoring" => (&file["cases"], "/input/case", scored),
        "change" => (&file["cases"], "/input/case", changed),
        "sessions" => (&file, "/name", |input| Ok(expanded(input))),
        "visits" => (&file["cases"], "/name", counted),
        "reminders" => (&file["cases"], "/name", reminders::planned),
        other => return Err(format!("no vectors named {other}")),
    };
    let cases = cases.as_array().filter(|cases| !cases.is_empty());
    let cases = cases.ok_or_else(|| format!("{name}: no cases"))?;
    let differs = |case: &&Value| of(&case["input"]) != Ok(without_detail(&case["output"]));
    let name_of = |case: &Value| {
        let name = case.pointer(case_name).and_then(Value::as_str);
        name.unwrap_or("a case without a name").to_owned()
    };
    Ok(Replay {
        cases: cases.len(),
        failed: cases.iter().filter(differs).map(name_of).collect(),
    })
}

/// An error's detail is for whoever calls the desk, and the desk's own.
fn without_detail(output: &Value) -> Value {
    let mut output = output.clone();
    if let Some(error) = output.get_mut("error").and_then(Value::as_object_mut) {
        error.remove("detail");
    }
    output
}

/// From a case's input to the output that this build computes.
type Of = fn(&Value) -> Result<Value, String>;

fn instrument(input: &Value) -> Result<Instrument, String> {
    let id = input["instrument"].as_str().and_then(Instrument::from_id);
    id.ok_or_else(|| "instrument-unknown".to_owned())
}

fn scored(input: &Value) -> Result<Value, String> {
    let instrument = instrument(input)?;
    let mut sheet = Sheet::new(instrument);
    for (item, answer) in input["answers"].as_object().ok_or("no answers")? {
        let cell = Cell::from(answer);
        sheet.set(item, cell).map_err(|error| error.to_string())?;
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
    Ok(with_case(input, json!(score(instrument, &sheet))))
}

fn changed(input: &Value) -> Result<Value, String> {
    let instrument = instrument(input)?;
    let total = |name: &str| {
        let total = input[name].as_f64().and_then(Total::from_f64);
        total.ok_or_else(|| format!("{name}: not a total"))
    };
    let change = change(
        instrument,
        total("baseline")?,
        total("follow_up")?,
        Thresholds::default_for(instrument),
    );
    let change = change.map_err(|error| error.to_string())?;
    Ok(with_case(input, json!(change)))
}

/// Visits counted on a day: `today`, `authorised` and `visits` in, a `VisitCount` out.
fn counted(input: &Value) -> Result<Value, String> {
    fn list<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
        serde_json::from_value(value.clone()).map_err(|error| error.to_string())
    }
    let authorised: Vec<Authorised> = list(&input["authorised"])?;
    let visits: Vec<Visit> = list(&input["visits"])?;
    let today: NaiveDate = list(&input["today"])?;
    Ok(json!(count(&authorised, &visits, today)))
}

/// The case's name first, when the input has one.
fn with_case(input: &Value, output: Value) -> Value {
    let mut line = Map::new();
    if let Some(case) = input.get("case") {
        line.insert("case".to_owned(), case.clone());
    }
    if let Value::Object(fields) = output {
        line.extend(fields);
    }
    Value::Object(line)
}

/// Sessions and reminders of a schedule, or the code of what is wrong with it.
fn expanded(input: &Value) -> Value {
    match rows(input) {
        Ok(rows) => with_case(input, json!({"sessions": rows})),
        Err(code) => json!({"error": {"code": code}}),
    }
}

fn rows(input: &Value) -> Result<Vec<Value>, String> {
    let schedule: Schedule =
        serde_json::from_value(input.clone()).map_err(|error| error.to_string())?;
    let changes = changes(input)?;
    let leads = match input["reminders"].as_array() {
        None => Lead::defaults(),
        Some(words) => words
            .iter()
            .map(|word| Lead::parse(word.as_str().unwrap_or_default()))
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?,
    };
    let zone = input["device_time_zone"].as_str();
    let mut planned = occurrences(&schedule, &changes).map_err(|error| error.to_string())?;
    if let Some(left_out) = planned.problems.first() {
        return Err(left_out.problem.code().to_owned());
    }
    planned.occurrences.sort_by_key(|one| one.original_date);
    let occurrences = planned.occurrences.iter();
    let rows = occurrences.map(|one| contract::row(one, &leads, zone));
    rows.collect::<Result<_, _>>()
        .map_err(|(field, error)| format!("{field}: {error}"))
}

fn changes(input: &Value) -> Result<Vec<SessionChange>, String> {
    let list = |name: &str| input[name].as_array().cloned().unwrap_or_default();
    let date = |value: &Value| -> Result<NaiveDate, String> {
        let text = value.as_str().ok_or("bad-date")?;
        text.parse().map_err(|_| "bad-date".to_owned())
    };
    let time = |value: &Value| value.as_str().and_then(clock::parse).ok_or("bad-time");
    let mut changes = Vec::new();
    for value in list("cancelled") {
        // A date, or an object around it.
        let named = value.get("original_date").unwrap_or(&value);
        changes.push(SessionChange::Cancelled {
            original_date: date(named)?,
            original_start: None,
            reason: None,
        });
    }
    for value in list("moved") {
        changes.push(SessionChange::Moved {
            original_date: date(&value["original_date"])?,
            original_start: None,
            new_date: date(&value["new_date"])?,
            new_start: time(&value["new_start"])?,
            new_end: time(&value["new_end"])?,
        });
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn path(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/vectors/{name}.json"))
    }

    fn read(name: &str) -> String {
        std::fs::read_to_string(path(name)).expect("the vectors are committed")
    }

    #[test]
    fn this_build_computes_what_the_files_say() {
        for (name, least) in [
            ("scoring", 120),
            ("change", 40),
            ("sessions", 26),
            ("visits", 39),
            ("reminders", 18),
        ] {
            let replay = check(name, &read(name)).expect("a file of ours");
            assert_eq!(replay.failed, Vec::<String>::new(), "{name}");
            assert!(replay.cases >= least, "{name}: only {}", replay.cases);
        }
    }

    #[test]
    fn a_changed_case_is_named_and_no_other() {
        for (name, was, is, case) in [
            ("scoring", "\"total\":0", "\"total\":1", "phq9-01 total 0"),
            (
                "change",
                "\"improvement\":4",
                "\"improvement\":5",
                "phq9-01",
            ),
            ("sessions", "14:00:00Z", "14:00:01Z", "a plain week"),
            (
                "visits",
                "\"left\":12.0",
                "\"left\":11.0",
                "nothing used yet",
            ),
            (
                "reminders",
                "2026-11-22T14:00:00Z",
                "2026-11-22T14:01:00Z",
                "a group is reminded of a day and an hour before",
            ),
        ] {
            let changed = read(name).replacen(was, is, 1);
            let replay = check(name, &changed).expect("still a file of ours");
            assert_eq!(replay.failed, [case], "{name}");
        }
    }

    #[test]
    fn another_file_is_an_error() {
        for (name, json) in [
            ("scoring", "{}"),
            ("change", "{\"cases\": []}"),
            ("sessions", "[]"),
            ("sessions", "not JSON"),
            ("weather", "[1]"),
        ] {
            assert!(check(name, json).is_err(), "{name} {json}");
        }
    }

    #[test]
    #[ignore = "regenerates the outputs in tests/vectors/reminders.json"]
    fn regenerate_reminders() {
        let vectors: Value = serde_json::from_str(&read("reminders")).expect("JSON");
        let cases = vectors["cases"].as_array().expect("cases").iter();
        let cases: Vec<String> = cases
            .map(|case| {
                let (name, input) = (&case["name"], &case["input"]);
                let output = reminders::planned(input).expect("a good input");
                format!(
                    "    {{\"name\": {name},\n     \"input\": {input},\n     \"output\": {output}}}"
                )
            })
            .collect();
        let (note, cases) = (&vectors["note"], cases.join(",\n"));
        let text = format!("{{\n  \"note\": {note},\n  \"cases\": [\n{cases}\n  ]\n}}\n");
        std::fs::write(path("reminders"), text).expect("the folder can be written");
    }

    #[test]
    #[ignore = "regenerates the outputs in tests/vectors/scoring.json and change.json"]
    fn regenerate() {
        for (name, of) in [("scoring", scored as Of), ("change", changed as Of)] {
            let vectors: Value = serde_json::from_str(&read(name)).expect("the vectors are JSON");
            let cases: Vec<String> = vectors["cases"]
                .as_array()
                .expect("cases")
                .iter()
                .map(|case| {
                    let input = &case["input"];
                    let output = of(input).expect("a good input");
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
}
