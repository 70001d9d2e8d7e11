//! Questionnaires, what was answered, and what it comes to.
//!
//! A response is the source of truth of what was shown and given; an Observation is a score made from it,
//! after US Core's Screening Assessment, and says when it was prorated. No total, no Observation: an
//! incomplete sheet has its response alone.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::{Filled, filled, stamp};
use super::codes::{self, LOINC};
use super::{Bundle, US_CORE, forms, urn};
use crate::chart::CheckIn;
use crate::checkin::{
    self, Answer, CheckInResult, Context, Form, Instrument, Item, Kind, Status, check_in_result,
};
use crate::progress::{DIFFICULTY, difficulty_item};

/// Every form in use, every sheet and every score.
pub(super) fn add(bundle: &mut Bundle<'_, '_>) {
    let (library, chart) = (bundle.source.library, bundle.source.chart);
    for check_in in chart.check_ins() {
        for sheet in filled(library, check_in) {
            questionnaire(bundle, &sheet);
            let response = bundle.add(response(bundle, &sheet), &sheet.key);
            if let Some(form) = sheet.form {
                scores(bundle, check_in, &sheet, form, &response);
            }
        }
    }
}

/// Adds the form as the sheet names it, once: one that ships whole, a clinic's own as it was asked. None for
/// a version that is not here.
fn questionnaire(bundle: &mut Bundle<'_, '_>, sheet: &Filled<'_>) {
    let name = match checkin::form(sheet.form_id) {
        Some(_) => sheet.form_id.to_owned(),
        None => canonical(sheet),
    };
    let url = urn("Questionnaire", &name);
    if bundle.holds(&url) {
        return;
    }
    if let Some(mut form) = checkin::shipped_json(sheet.form_id) {
        if let Some(fields) = form.as_object_mut() {
            fields.shift_remove("id");
        }
        let text = |field: &str| form[field].as_str().unwrap_or_default().to_owned();
        let condition = format!(
            "Questionnaire?url={}&version={}",
            text("url"),
            text("version")
        );
        bundle.put(form, &url, &condition);
    } else if let Some(form) = sheet.form
        && form.version.as_deref() == Some(sheet.version)
    {
        let address = address(sheet);
        let own = forms::questionnaire(form, &address, sheet.version);
        let condition = format!(
            "url={}&version={}",
            in_query(&address),
            in_query(sheet.version)
        );
        bundle.create(own, &url, &condition);
    }
}

/// A value of a search. An address that a clinic wrote must not end it.
fn in_query(value: &str) -> String {
    let mut safe = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte) {
            safe.push(char::from(byte));
        } else {
            let _ = write!(safe, "%{byte:02X}");
        }
    }
    safe
}

/// The form's own address where it is one, else one of ours: a server refuses what is no URI.
fn address(sheet: &Filled<'_>) -> String {
    let url = sheet.form.and_then(|form| form.url.clone());
    let own = || format!("urn:handrail:questionnaire:{}", in_query(sheet.form_id));
    url.filter(|url| is_address(url)).unwrap_or_else(own)
}

/// A scheme, a colon, and nothing that a URI or a canonical address does not have.
fn is_address(url: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_graphic() && !"\"<>\\^`{|}".contains(letter);
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    !scheme.is_empty()
        && scheme.chars().all(|letter| letter.is_ascii_alphanumeric())
        && url.chars().all(fits)
}

fn canonical(sheet: &Filled<'_>) -> String {
    let (address, version) = (address(sheet), sheet.version);
    let fits = |letter: char| letter.is_ascii_graphic() && letter != '|';
    if !version.is_empty() && version.chars().all(fits) {
        format!("{address}|{version}")
    } else {
        address
    }
}

fn response(bundle: &Bundle<'_, '_>, sheet: &Filled<'_>) -> Value {
    let status = match (sheet.complete, sheet.revised) {
        (true, false) => "completed",
        (true, true) => "amended",
        (false, _) => "in-progress",
    };
    let mut response = json!({
        "resourceType": "QuestionnaireResponse",
        "meta": {"profile": [format!("{US_CORE}us-core-questionnaireresponse")]},
        "questionnaire": canonical(sheet),
        "status": status,
        "subject": bundle.subject(),
        "authored": stamp(&sheet.fact.zone, sheet.fact.at),
        "author": bundle.subject(),
    });
    let items = sheet
        .form
        .map_or_else(|| unknown_items(sheet), |form| items(form, sheet, None));
    if !items.is_empty() {
        response["item"] = Value::Array(items);
    }
    response
}

/// The answered items under one group (or at the top), in the form's order.
fn items(form: &Form, sheet: &Filled<'_>, parent: Option<usize>) -> Vec<Value> {
    let children = form.items.iter().enumerate();
    let children = children.filter(|(_, item)| item.parent == parent);
    let line = |(at, item): (usize, &Item)| {
        let answer = sheet.answers.get(&item.link_id);
        let below = items(form, sheet, Some(at));
        if answer.is_none() && below.is_empty() {
            return None;
        }
        let mut line = json!({"linkId": item.link_id});
        if !item.text.is_empty() {
            line["text"] = json!(item.text);
        }
        if let Some(answer) = answer {
            let mut answers = answers(item, answer);
            // Questions under a question stand under its answer; those under a group, under the group.
            if !below.is_empty() {
                answers[0]["item"] = Value::Array(below);
            }
            line["answer"] = Value::Array(answers);
        } else {
            line["item"] = Value::Array(below);
        }
        Some(line)
    };
    children.filter_map(line).collect()
}

fn answers(item: &Item, answer: &Answer) -> Vec<Value> {
    match answer {
        Answer::Many(several) => several.iter().map(|one| value(item, one)).collect(),
        one => vec![value(item, one)],
    }
}

fn value(item: &Item, answer: &Answer) -> Value {
    let choice = item.options.iter().find(|choice| choice.answer == *answer);
    if let Some(choice) = choice {
        let mut coding = json!({"display": choice.display});
        if let Some(code) = &choice.code {
            if let Some(system) = &code.system {
                coding["system"] = json!(system);
            }
            coding["code"] = json!(code.code);
        }
        if let Answer::Value(value) = answer {
            coding["extension"] = json!([codes::ordinal(*value)]);
        }
        return json!({"valueCoding": coding});
    }
    match (item.kind, answer) {
        (Kind::Quantity, Answer::Value(_) | Answer::Decimal(_)) => {
            let mut quantity = json!({"value": answer});
            if let Some(unit) = &item.unit {
                quantity["unit"] = json!(unit);
            }
            json!({"valueQuantity": quantity})
        }
        (Kind::Date, Answer::Text(date)) => json!({"valueDate": date}),
        (Kind::Decimal, Answer::Value(value)) => json!({"valueDecimal": value}),
        (_, answer) => plain(answer),
    }
}

fn plain(answer: &Answer) -> Value {
    match answer {
        Answer::Bool(yes) => json!({"valueBoolean": yes}),
        Answer::Value(value) => json!({"valueInteger": value}),
        Answer::Decimal(value) => json!({"valueDecimal": value}),
        Answer::Text(text) => json!({"valueString": text}),
        Answer::Many(_) => json!({"valueString": answer.plain()}),
    }
}

/// Of a form that is not here: each answer as it was given.
fn unknown_items(sheet: &Filled<'_>) -> Vec<Value> {
    let given = sheet.answers.0.iter();
    given
        .map(|(link_id, answer)| {
            let answers = match answer {
                Answer::Many(several) => several.iter().map(plain).collect(),
                one => vec![plain(one)],
            };
            json!({"linkId": link_id, "answer": answers})
        })
        .collect()
}

fn scores(
    bundle: &mut Bundle<'_, '_>,
    check_in: &CheckIn,
    sheet: &Filled<'_>,
    form: &Form,
    response: &str,
) {
    let own = sheet.key == check_in.id.to_string();
    let result = if own {
        bundle
            .source
            .library
            .scored(bundle.source.chart, check_in)
            .map(std::borrow::Cow::into_owned)
    } else {
        let context = Context::default();
        Some(check_in_result(form, sheet.answers, context, None, None))
    };
    if let Some(result) = result
        && let Some(instrument) = result.instrument
        && let Some(observation) = score(bundle, sheet, form, instrument, &result, response)
    {
        bundle.add(observation, &format!("{}:{}", sheet.key, instrument.id()));
    }
    if let Some(observation) = difficulty(bundle, sheet, form, response) {
        bundle.add(observation, &format!("{}:difficulty", sheet.key));
    }
}

/// What every Observation from a sheet has. Who answered stands with an answer; a score is derived from
/// answers, and US Core asks to leave its performer out.
fn observation(
    bundle: &Bundle<'_, '_>,
    sheet: &Filled<'_>,
    response: &str,
    category: &Value,
    code: &Value,
) -> Value {
    json!({
        "resourceType": "Observation",
        "meta": {"profile": [format!("{US_CORE}us-core-observation-screening-assessment")]},
        "status": if sheet.revised { "amended" } else { "final" },
        "category": category,
        "code": code,
        "subject": bundle.subject(),
        "effectiveDateTime": stamp(&sheet.fact.zone, sheet.fact.at),
        "derivedFrom": [{"reference": response}],
    })
}

fn score(
    bundle: &Bundle<'_, '_>,
    sheet: &Filled<'_>,
    form: &Form,
    instrument: Instrument,
    result: &CheckInResult,
    response: &str,
) -> Option<Value> {
    let category = codes::categories(instrument);
    let code = codes::total(instrument);
    let mut observation = observation(bundle, sheet, response, &category, &code);
    if instrument == Instrument::CssrsScreener {
        let level = checkin::triage_of(form, sheet.answers).and_then(codes::level)?;
        observation["valueCodeableConcept"] = level;
        return Some(observation);
    }
    observation["valueQuantity"] = codes::points(result.total?.to_f64());
    if let Some(severity) = result.severity {
        observation["interpretation"] = json!([{"text": severity}]);
    }
    if result.status == Status::Prorated {
        observation["method"] = json!({"text": "prorated: the mean of the answered items"});
        let note = format!("{} of the items were not answered.", result.missing);
        observation["note"] = json!([{"text": note}]);
    }
    let parts: Vec<_> = result
        .subscales
        .iter()
        .filter_map(|(name, value)| {
            // A sum of a few items.
            let value = i32::try_from((*value)?).ok()?;
            Some(json!({
                "code": codes::subscale(instrument, name),
                "valueQuantity": codes::points(f64::from(value)),
            }))
        })
        .collect();
    if !parts.is_empty() {
        observation["component"] = Value::Array(parts);
    }
    Some(observation)
}

/// PHQ-9's question about difficulty: function, not part of the score (clinical.md, section 0, rule 3).
fn difficulty(
    bundle: &Bundle<'_, '_>,
    sheet: &Filled<'_>,
    form: &Form,
    response: &str,
) -> Option<Value> {
    let item = form.item(difficulty_item(form)?)?;
    let answer = sheet.answers.get(&item.link_id)?;
    let coding = value(item, answer).get("valueCoding").cloned()?;
    let code = json!({
        "coding": [{"system": LOINC, "code": DIFFICULTY}],
        "text": item.text,
    });
    let mut observation = observation(bundle, sheet, response, &codes::functional(), &code);
    observation["performer"] = json!([bundle.subject()]);
    observation["valueCodeableConcept"] =
        json!({"coding": [coding], "text": item.answer_text(answer)});
    Some(observation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_uri_and_ends_no_search() {
        for (url, is) in [
            ("http://loinc.org/q/44249-1", true),
            ("urn:uuid:1f0c6d2e-0000-0000-0000-000000000000", true),
            ("http://clinic.example/evening form", false),
            ("evening", false),
            (":evening", false),
            ("http://a|b", false),
            ("http://a/\u{e9}", false),
        ] {
            assert_eq!(is_address(url), is, "{url}");
        }
        assert_eq!(in_query("http://a/b?c=d&e f"), "http://a/b%3Fc%3Dd%26e%20f");
    }
}
