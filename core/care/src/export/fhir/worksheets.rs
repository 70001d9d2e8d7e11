//! What was filled into a skill's own fields: the fields as a Questionnaire, each log as a response.
//!
//! So a thought record arrives in another system as the questions and answers that it is (clinical.md,
//! sections 3 and 4). Refuses to put an answer under a question that the skill does not ask any more, or
//! asks in another way: [`left_over`] tells it in words, and the note of the try has it.

use serde_json::{Value, json};

use super::super::stamp;
use super::{Bundle, US_CORE, urn};
use crate::chart::Fact;
use crate::homework::Logged;
use crate::reminder::Language;
use crate::skill::values::{ValueLine, lines, says_nothing};
use crate::skill::{Choice, Field, FieldKind, Noted, Skill, Values};

const EXTENSION: &str = "http://hl7.org/fhir/StructureDefinition/";

/// The address of a skill's fields; its id is of small letters, digits and dashes.
fn address(skill: &Skill) -> String {
    format!("urn:handrail:skill:{}", skill.id)
}

/// What the Questionnaire is called inside the Bundle.
pub(super) fn url_of(skill: &Skill) -> String {
    urn("Questionnaire", &address(skill))
}

/// Adds the fields of a skill.
pub(super) fn add_fields(bundle: &mut Bundle<'_, '_>, skill: &Skill) {
    let address = address(skill);
    let resource = json!({
        "resourceType": "Questionnaire",
        "url": address,
        "title": skill.title,
        "status": "active",
        "subjectType": ["Patient"],
        "description": skill.summary,
        "item": items(&address, &skill.fields, ""),
    });
    bundle.put(
        resource,
        &url_of(skill),
        &format!("Questionnaire?url={address}"),
    );
}

/// What a field asks, with its unit: the same words in the Questionnaire and in a response.
fn asks(field: &Field) -> String {
    match &field.kind {
        FieldKind::Number {
            unit: Some(unit), ..
        } => format!("{} ({unit})", field.label),
        _ => field.label.clone(),
    }
}

fn items(address: &str, fields: &[Field], above: &str) -> Vec<Value> {
    let one = |field: &Field| {
        let link_id = format!("{above}{}", field.id);
        let mut item = json!({"linkId": link_id});
        let bounds = |max: &u32| {
            json!([
                {"url": format!("{EXTENSION}minValue"), "valueInteger": 0},
                {"url": format!("{EXTENSION}maxValue"), "valueInteger": max},
            ])
        };
        if let FieldKind::Scale { max } | FieldKind::Number { max, .. } = &field.kind {
            item["extension"] = bounds(max);
        }
        item["text"] = json!(asks(field));
        item["type"] = json!(match &field.kind {
            FieldKind::Scale { .. } | FieldKind::Number { .. } => "integer",
            FieldKind::Line => "string",
            FieldKind::Text => "text",
            FieldKind::YesNo | FieldKind::Acknowledge => "boolean",
            FieldKind::Clock => "time",
            FieldKind::Choice { .. } | FieldKind::Choices { .. } => "choice",
            FieldKind::Rows { .. } => "group",
        });
        item["required"] = json!(field.required);
        match &field.kind {
            FieldKind::Choice { options } | FieldKind::Choices { options } => {
                item["repeats"] = json!(matches!(field.kind, FieldKind::Choices { .. }));
                let option = |one: &Choice| json!({"valueCoding": coding(address, &link_id, one)});
                item["answerOption"] = Value::Array(options.iter().map(option).collect());
            }
            FieldKind::Rows { fields } => {
                item["repeats"] = json!(true);
                item["item"] = Value::Array(items(address, fields, &format!("{link_id}.")));
            }
            _ => {}
        }
        item
    };
    fields.iter().map(one).collect()
}

/// An option in the code system of its field.
fn coding(address: &str, link_id: &str, choice: &Choice) -> Value {
    json!({
        "system": format!("{address}:{link_id}"),
        "code": choice.id,
        "display": choice.label,
    })
}

/// The answers under a question; absent where what was filled in does not fit what is asked.
fn answers(address: &str, link_id: &str, field: &Field, noted: &Noted) -> Option<Vec<Value>> {
    let chosen = |options: &[Choice], ids: &[&String]| -> Option<Vec<Value>> {
        let one = |id: &&String| {
            let choice = options.iter().find(|option| option.id == **id)?;
            Some(json!({"valueCoding": coding(address, link_id, choice)}))
        };
        ids.iter().map(one).collect()
    };
    match (&field.kind, noted) {
        (FieldKind::Scale { max } | FieldKind::Number { max, .. }, Noted::Number(number)) => {
            let fits = (0..=i64::from(*max)).contains(number);
            fits.then(|| vec![json!({"valueInteger": number})])
        }
        (FieldKind::Line | FieldKind::Text, Noted::Text(text)) => {
            Some(vec![json!({"valueString": text})])
        }
        (FieldKind::YesNo | FieldKind::Acknowledge, Noted::Yes(yes)) => {
            Some(vec![json!({"valueBoolean": yes})])
        }
        (FieldKind::Clock, Noted::Text(time)) => {
            crate::skill::values::time_of(time)?;
            Some(vec![json!({"valueTime": format!("{time}:00")})])
        }
        (FieldKind::Choice { options }, Noted::Text(id)) => chosen(options, &[id]),
        (FieldKind::Choices { options }, Noted::Chosen(ids)) => {
            chosen(options, &ids.iter().collect::<Vec<_>>())
        }
        _ => None,
    }
}

/// The answered items; what does not fit goes to `left` by its field.
fn answered(
    address: &str,
    fields: &[Field],
    above: &str,
    values: &Values,
    left: &mut Values,
) -> Vec<Value> {
    let mut all = Vec::new();
    for (id, noted) in values {
        if !fields.iter().any(|field| field.id == *id) && !says_nothing(noted) {
            left.insert(format!("{above}{id}"), noted.clone());
        }
    }
    for field in fields {
        let Some(noted) = values.get(&field.id).filter(|noted| !says_nothing(noted)) else {
            continue;
        };
        let link_id = format!("{above}{}", field.id);
        if let (FieldKind::Rows { fields }, Noted::Rows(rows)) = (&field.kind, noted) {
            // A group that repeats is there once for each row.
            for row in rows {
                let items = answered(address, fields, &format!("{link_id}."), row, left);
                if !items.is_empty() {
                    all.push(json!({"linkId": link_id, "text": asks(field), "item": items}));
                }
            }
        } else if let Some(answers) = answers(address, &link_id, field, noted) {
            all.push(json!({"linkId": link_id, "text": asks(field), "answer": answers}));
        } else {
            left.insert(link_id, noted.clone());
        }
    }
    all
}

/// Something that has to be there is not: a worksheet that was begun and left.
fn misses(fields: &[Field], values: &Values) -> bool {
    fields.iter().any(|field| {
        let noted = values.get(&field.id).filter(|noted| !says_nothing(noted));
        match (&field.kind, noted) {
            (_, None) => field.required,
            (FieldKind::Rows { fields }, Some(Noted::Rows(rows))) => {
                rows.iter().any(|row| misses(fields, row))
            }
            _ => false,
        }
    })
}

/// The response of one log, when anything was filled in, and what is left to be told in words.
pub(super) fn response(
    bundle: &Bundle<'_, '_>,
    fact: &Fact<Logged>,
    skill: &Skill,
) -> (Option<Value>, Vec<ValueLine>) {
    let values = &fact.value.values;
    let mut left = Values::new();
    let items = answered(&address(skill), &skill.fields, "", values, &mut left);
    let left = lines(None, &left, Language::English);
    if items.is_empty() {
        return (None, left);
    }
    let response = json!({
        "resourceType": "QuestionnaireResponse",
        "meta": {"profile": [format!("{US_CORE}us-core-questionnaireresponse")]},
        "questionnaire": address(skill),
        "status": if misses(&skill.fields, values) { "stopped" } else { "completed" },
        "subject": bundle.subject(),
        "authored": stamp(&fact.zone, fact.at),
        "author": bundle.subject(),
        "item": items,
    });
    (Some(response), left)
}
