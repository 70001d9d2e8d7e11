//! Reading somebody else's FHIR R4 Questionnaire, and saying what became of it.
//!
//! Owns the verdict (clinical.md section 4, last paragraphs): what is refused, what is tolerated with a
//! word about it, and whether a score may be bound. Refuses: files over 1 MiB, 64 levels or 500 items;
//! other FHIR versions; two items with one link id (invariant que-2, which no offline validator
//! checks); modifier extensions, whose meaning we would have to understand. Never runs an expression.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fhir::{Questionnaire, RawCoding, RawItem};
use super::form::{Coding, Form, Item, Kind};
use super::instrument::Instrument;
use super::recognise::{CLAIMS, Found, OWN_SYSTEM, loinc_items, recognise};
use super::safety::{SAFETY_EXTENSION, SafetyItem, known_threshold};
use super::{fhir, html};
use crate::order::InOrder;

mod item;
mod verdict;

use verdict::Cautions;
pub use verdict::{Caution, Decision, Reason, Verdict, Warning};

/// Largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Deepest nesting of objects and lists.
pub const MAX_DEPTH: usize = 64;
/// Most items of a form, groups included.
pub const MAX_ITEMS: usize = 500;

/// Reads a file. Any bytes give a verdict; nothing in it is executed or fetched.
pub fn import(bytes: &[u8]) -> Verdict {
    let mut cautions = Cautions::default();
    match read(bytes, &mut cautions) {
        Ok((form, scored_by_somebody)) => {
            cautions.0.order_by_key(|warning| warning.code);
            let decision = if form.recognised.is_none() && scored_by_somebody {
                Decision::AcceptNoAutoscore
            } else if cautions.0.is_empty() {
                Decision::Accept
            } else {
                Decision::AcceptWithWarnings
            };
            Verdict {
                decision,
                instrument: form.recognised.as_ref().map(|found| found.instrument),
                warnings: cautions.0,
                reason: None,
                form: Some(form),
            }
        }
        Err(reason) => Verdict {
            decision: Decision::Reject,
            instrument: None,
            warnings: Vec::new(),
            reason: Some(reason),
            form: None,
        },
    }
}

/// The form, and whether it looks like something that is scored.
fn read(bytes: &[u8], cautions: &mut Cautions) -> Result<(Form, bool), Reason> {
    if bytes.len() > MAX_BYTES {
        return Err(Reason::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if depth(bytes) > MAX_DEPTH {
        return Err(Reason::TooDeep);
    }
    let raw: Value = serde_json::from_slice(bytes).map_err(|_| Reason::MalformedJson)?;
    if raw.get("resourceType").and_then(Value::as_str) != Some("Questionnaire") {
        return Err(Reason::NotAQuestionnaire);
    }
    if raw.get("group").is_some() {
        return Err(Reason::FhirVersionDstu2);
    }
    let mut seen = Seen::default();
    look_at_items(&raw, &mut seen)?;
    if seen.link_ids.is_empty() {
        return Err(Reason::NoItems);
    }
    look_everywhere(&raw, None, cautions)?;
    let questionnaire: Questionnaire =
        serde_json::from_value(raw).map_err(|_| Reason::WrongShape)?;
    build(&questionnaire, &seen.link_ids, cautions)
}

/// Levels of nesting, counted before anything recurses into them.
fn depth(bytes: &[u8]) -> usize {
    let (mut deepest, mut level) = (0_usize, 0_usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                level += 1;
                deepest = deepest.max(level);
            }
            b'}' | b']' if !in_text => level = level.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[derive(Default)]
struct Seen {
    link_ids: BTreeSet<String>,
}

/// Versions and link ids, before any other complaint, so that the reason is the real one.
fn look_at_items(parent: &Value, seen: &mut Seen) -> Result<(), Reason> {
    let Some(items) = parent.get("item") else {
        return Ok(());
    };
    for item in items.as_array().ok_or(Reason::WrongShape)? {
        if item.get("option").is_some() || item.get("options").is_some() {
            return Err(Reason::FhirVersionStu3);
        }
        let kind = item.get("type").and_then(Value::as_str);
        if kind == Some("coding") || item.get("answerConstraint").is_some() {
            return Err(Reason::FhirVersionR5);
        }
    }
    for item in items.as_array().ok_or(Reason::WrongShape)? {
        look_at_items(item, seen)?;
        let link_id = item.get("linkId").and_then(Value::as_str);
        let link_id = link_id.ok_or(Reason::BadLinkId)?;
        let plain = !link_id.trim().is_empty() && !link_id.chars().any(char::is_control);
        if !plain || link_id.len() > 255 {
            return Err(Reason::BadLinkId);
        }
        if !seen.link_ids.insert(link_id.to_owned()) {
            return Err(Reason::DuplicateLinkId);
        }
        if seen.link_ids.len() > MAX_ITEMS {
            return Err(Reason::TooManyItems);
        }
    }
    Ok(())
}

/// Defects and features that may stand anywhere.
fn look_everywhere(
    value: &Value,
    link_id: Option<&str>,
    cautions: &mut Cautions,
) -> Result<(), Reason> {
    match value {
        Value::Array(values) => values
            .iter()
            .try_for_each(|value| look_everywhere(value, link_id, cautions)),
        Value::Object(fields) => {
            let link_id = fields.get("linkId").and_then(Value::as_str).or(link_id);
            for (name, value) in fields {
                match name.as_str() {
                    "modifierExtension" | "implicitRules" => {
                        return Err(Reason::ModifierExtension);
                    }
                    "valueExpression" => {
                        let name = value.get("name").and_then(Value::as_str);
                        if name.is_some_and(|name| !is_id(name)) {
                            cautions.add(Caution::InvalidExpressionName, link_id);
                        }
                    }
                    "valueDuration" | "valueQuantity" | "valueAge"
                        if value.get("value").is_some_and(Value::is_string) =>
                    {
                        cautions.add(Caution::NumberAsText, link_id);
                    }
                    "valueDecimal" | "valueInteger" if value.is_string() => {
                        cautions.add(Caution::NumberAsText, link_id);
                    }
                    "url" => match value.as_str().and_then(|url| url.rsplit('/').next()) {
                        Some("sdc-questionnaire-calculatedExpression") => {
                            cautions.add(Caution::CalculatedExpressionNotRun, link_id);
                        }
                        Some(
                            "sdc-questionnaire-enableWhenExpression"
                            | "sdc-questionnaire-initialExpression"
                            | "sdc-questionnaire-answerExpression"
                            | "variable",
                        ) => cautions.add(Caution::ExpressionNotRun, link_id),
                        Some("rendering-xhtml") => cautions.add(Caution::MarkupRemoved, link_id),
                        _ => {}
                    },
                    _ => {}
                }
                look_everywhere(value, link_id, cautions)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// FHIR's `id`: 1 to 64 letters, digits, hyphens and dots.
fn is_id(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

fn build(
    questionnaire: &Questionnaire,
    link_ids: &BTreeSet<String>,
    cautions: &mut Cautions,
) -> Result<(Form, bool), Reason> {
    let mut items = Vec::new();
    let mut safety = Vec::new();
    let mut reader = item::Reader {
        contained: item::value_sets(&questionnaire.contained),
        link_ids,
        cautions,
    };
    flatten(
        &questionnaire.item,
        None,
        &mut reader,
        &mut items,
        &mut safety,
    )?;
    reader.initial(&questionnaire.item, &mut items, &safety);

    let claims = claims_an_instrument(questionnaire, &items);
    let recognised = match recognise(&items) {
        Found::One(recognition) => Some(recognition),
        Found::Several => {
            cautions.add(Caution::SeveralInstruments, None);
            None
        }
        Found::OtherValues => {
            cautions.add(Caution::OptionValuesDiffer, None);
            None
        }
        Found::Nothing => {
            if claims {
                cautions.add(Caution::ItemsNotRecognised, None);
            }
            None
        }
    };
    let scored = claims || items.iter().any(has_foreign_values);
    if recognised.is_none() && scored && safety.is_empty() {
        cautions.add(Caution::NoSafetyItemRecognised, None);
    }
    let words = |text: &Option<String>| text.as_deref().map(html::plain);
    let title = words(&questionnaire.title).or_else(|| words(&questionnaire.name));
    let id = questionnaire
        .id
        .clone()
        .or_else(|| questionnaire.name.clone());
    let form = Form {
        id: id.unwrap_or_else(|| "form".to_owned()),
        url: questionnaire.url.clone(),
        version: questionnaire.version.clone(),
        title: title.unwrap_or_default(),
        copyright: words(&questionnaire.copyright),
        items,
        recognised,
        safety,
    };
    Ok((form, scored))
}

fn flatten(
    raw: &[RawItem],
    parent: Option<usize>,
    reader: &mut item::Reader<'_>,
    items: &mut Vec<Item>,
    safety: &mut Vec<SafetyItem>,
) -> Result<(), Reason> {
    for raw in raw {
        let depth = parent.map_or(0, |parent| items[parent].depth + 1);
        let item = reader.item(raw, parent, depth)?;
        if item.kind.takes_answer()
            && let Some(positive_from) = threshold(raw, &item)
        {
            safety.push(SafetyItem {
                link_id: item.link_id.clone(),
                positive_from,
            });
        }
        items.push(item);
        let at = items.len() - 1;
        flatten(&raw.item, Some(at), reader, items, safety)?;
    }
    Ok(())
}

/// What is known by its code first: a file cannot loosen it.
fn threshold(raw: &RawItem, item: &Item) -> Option<i64> {
    known_threshold(&item.codes).or_else(|| {
        fhir::find(&raw.extension, SAFETY_EXTENSION)?
            .value
            .get("valueInteger")?
            .as_i64()
    })
}

/// Options with numeric values, on an item that is not our own.
fn has_foreign_values(item: &Item) -> bool {
    let own = item
        .codes
        .iter()
        .any(|code| code.system.as_deref() == Some(OWN_SYSTEM));
    !own && item
        .options
        .iter()
        .any(|option| option.code.is_some() && option.answer.number().is_some())
}

/// Whether a code or the title says that this is a known instrument.
fn claims_an_instrument(questionnaire: &Questionnaire, items: &[Item]) -> bool {
    let by_code = |code: &str| {
        CLAIMS.contains(&code)
            || Instrument::ALL
                .into_iter()
                .any(|instrument| loinc_items(instrument).contains(&code))
    };
    let form_codes = questionnaire
        .code
        .iter()
        .filter_map(|code| code.code.as_deref());
    let item_codes = items
        .iter()
        .flat_map(|item| &item.codes)
        .map(|code| code.code.as_str());
    form_codes.chain(item_codes).any(by_code) || by_title(questionnaire)
}

fn by_title(questionnaire: &Questionnaire) -> bool {
    [&questionnaire.title, &questionnaire.name]
        .into_iter()
        .flatten()
        .map(|title| {
            let letters = title.chars().filter(char::is_ascii_alphanumeric);
            letters.map(|c| c.to_ascii_lowercase()).collect::<String>()
        })
        .any(|title| {
            [
                "phq9", "gad7", "pcl5", "auditc", "dast10", "cssrs", "who5", "core10", "wsas",
                "whodas", "pss10",
            ]
            .iter()
            .any(|name| title.contains(name))
                || ["k10", "isi"].contains(&title.as_str())
        })
}

/// Codes of an item or form, with words about what is odd.
fn codings(raw: &[RawCoding], link_id: &str, cautions: &mut Cautions) -> Vec<Coding> {
    let known = |code: &RawCoding| {
        let text = code.code.clone()?;
        Some(Coding {
            system: code.system.clone(),
            code: text,
        })
    };
    let codes: Vec<Coding> = raw.iter().filter_map(known).collect();
    for code in &codes {
        match code.system.as_deref() {
            None => cautions.add(Caution::CodeWithoutSystem, Some(link_id)),
            Some(super::recognise::LOINC) if !looks_like_loinc(&code.code) => {
                cautions.add(Caution::NotALoincCode, Some(link_id));
            }
            Some(_) => {}
        }
    }
    codes
}

/// Digits, a hyphen and one check digit.
fn looks_like_loinc(code: &str) -> bool {
    code.split_once('-').is_some_and(|(number, check)| {
        (1..=8).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && check.len() == 1
            && check.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn kind_of(name: &str) -> Option<(Kind, bool)> {
    let kind = match name {
        "group" => Kind::Group,
        "display" => Kind::Display,
        "choice" => Kind::Choice,
        "open-choice" => Kind::OpenChoice,
        "boolean" => Kind::Boolean,
        "integer" => Kind::Integer,
        "decimal" => Kind::Decimal,
        "string" => Kind::Line,
        "text" => Kind::Text,
        "date" => Kind::Date,
        "quantity" => Kind::Quantity,
        "question" | "dateTime" | "time" | "url" | "attachment" | "reference" => {
            return Some((Kind::Hidden, false));
        }
        _ => return None,
    };
    Some((kind, true))
}

#[cfg(test)]
mod recognition_tests;
#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
