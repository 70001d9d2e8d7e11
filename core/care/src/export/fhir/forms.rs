//! A clinic's own form as a Questionnaire, so that a response never names a form that nobody can read.
//!
//! Made anew from what was asked, and not passed on as the clinic's file has it: files of others are often
//! slightly wrong (clinical.md, section 4), and one resource that a server refuses takes the whole
//! transaction with it. Link ids, options, values and conditions are those of the answers. Refuses to write
//! over what another system has under the same address: it is made only where it is missing.

use serde_json::{Map, Value, json};

use super::codes::ordinal;
use crate::checkin::{
    Answer, Choice, Coding, Condition, Expected, Form, Item, Kind, Operator, SAFETY_EXTENSION,
    Total,
};

const EXTENSION: &str = "http://hl7.org/fhir/StructureDefinition/";

/// The resource. `url` and `version` are those by which responses name it.
pub(in crate::export) fn questionnaire(form: &Form, url: &str, version: &str) -> Value {
    let mut resource = json!({
        "resourceType": "Questionnaire",
        "url": url,
        "version": version,
        "status": "active",
        "subjectType": ["Patient"],
    });
    set_text(&mut resource, "title", &form.title);
    if let Some(copyright) = &form.copyright {
        set_text(&mut resource, "copyright", copyright);
    }
    let items = children(form, None);
    if !items.is_empty() {
        resource["item"] = Value::Array(items);
    }
    resource
}

/// FHIR has no empty texts.
fn set_text(resource: &mut Value, field: &str, text: &str) {
    if !text.trim().is_empty() {
        resource[field] = json!(text);
    }
}

fn children(form: &Form, parent: Option<usize>) -> Vec<Value> {
    let all = form.items.iter().enumerate();
    let own = all.filter(|(_, item)| item.parent == parent);
    own.map(|(at, item)| one(form, at, item)).collect()
}

/// The type of an item. A heading without anything below is text; text with something below is a heading
/// (invariant que-1).
fn kind(item: &Item, has_children: bool) -> &'static str {
    match (item.kind, has_children) {
        (Kind::Group | Kind::Display, true) => "group",
        (Kind::Group | Kind::Display, false) => "display",
        (Kind::Choice, _) => "choice",
        (Kind::OpenChoice, _) => "open-choice",
        (Kind::Boolean, _) => "boolean",
        (Kind::Integer, _) => "integer",
        (Kind::Decimal, _) => "decimal",
        (Kind::Line | Kind::Hidden, _) => "string",
        (Kind::Text, _) => "text",
        (Kind::Date, _) => "date",
        (Kind::Quantity, _) => "quantity",
    }
}

fn one(form: &Form, at: usize, item: &Item) -> Value {
    let below = children(form, Some(at));
    let kind = kind(item, !below.is_empty());
    let mut one = json!({"linkId": item.link_id});
    let mut extensions = extensions(item);
    let judged = form.safety.iter().find(|one| one.link_id == item.link_id);
    if let Some(judged) = judged {
        let from = judged.positive_from;
        extensions.push(json!({"url": SAFETY_EXTENSION, "valueInteger": from}));
    }
    if !extensions.is_empty() {
        one["extension"] = Value::Array(extensions);
    }
    if let Some(prefix) = &item.prefix {
        set_text(&mut one, "prefix", prefix);
    }
    set_text(&mut one, "text", &item.text);
    one["type"] = json!(kind);
    let codes: Vec<_> = item.codes.iter().map(|code| coding(code, None)).collect();
    if !codes.is_empty() && kind != "display" {
        one["code"] = Value::Array(codes);
    }
    let conditions: Vec<_> = item
        .enable_when
        .iter()
        .map(|condition| enable_when(form, condition))
        .collect();
    if !conditions.is_empty() {
        if conditions.len() > 1 {
            one["enableBehavior"] = json!(if item.enable_any { "any" } else { "all" });
        }
        one["enableWhen"] = Value::Array(conditions);
    }
    if item.kind == Kind::Hidden {
        one["readOnly"] = json!(true);
    } else if item.kind.takes_answer() {
        one["required"] = json!(item.required);
        one["repeats"] = json!(item.repeats);
    }
    let writes = matches!(
        item.kind,
        Kind::Line | Kind::Text | Kind::OpenChoice | Kind::Integer | Kind::Decimal
    );
    if let Some(most) = item.max_chars.filter(|_| writes) {
        one["maxLength"] = json!(most);
    }
    let options: Vec<_> = item
        .options
        .iter()
        .map(|choice| answer_option(choice, item.initial.contains(&choice.answer)))
        .collect();
    if options.is_empty() {
        let initial: Vec<_> =
            (item.initial.iter().filter_map(|given| initial(item, given))).collect();
        if !initial.is_empty() {
            one["initial"] = Value::Array(initial);
        }
    } else {
        one["answerOption"] = Value::Array(options);
    }
    if !below.is_empty() {
        one["item"] = Value::Array(below);
    }
    one
}

fn coding(code: &Coding, display: Option<&str>) -> Value {
    let mut coding = Map::new();
    if let Some(system) = &code.system {
        coding.insert("system".to_owned(), json!(system));
    }
    coding.insert("code".to_owned(), json!(code.code));
    if let Some(display) = display.filter(|display| !display.trim().is_empty()) {
        coding.insert("display".to_owned(), json!(display));
    }
    Value::Object(coding)
}

/// A number as the type of the item has it.
fn bound(item: &Item, name: &str, value: f64) -> Value {
    let url = format!("{EXTENSION}{name}");
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number stays what it is"
    )]
    if item.kind == Kind::Integer {
        json!({"url": url, "valueInteger": value as i32})
    } else {
        json!({"url": url, "valueDecimal": value})
    }
}

fn extensions(item: &Item) -> Vec<Value> {
    let mut all = Vec::new();
    if item.kind == Kind::Hidden {
        let url = format!("{EXTENSION}questionnaire-hidden");
        all.push(json!({"url": url, "valueBoolean": true}));
        return all;
    }
    if matches!(item.kind, Kind::Integer | Kind::Decimal | Kind::Quantity) {
        all.extend(item.min.map(|least| bound(item, "minValue", least)));
        all.extend(item.max.map(|most| bound(item, "maxValue", most)));
        if let Some(unit) = item.unit.as_ref().filter(|unit| !unit.trim().is_empty()) {
            // A quantity says its unit itself; the extension `questionnaire-unit` is for plain numbers.
            let name = if item.kind == Kind::Quantity {
                "questionnaire-unitOption"
            } else {
                "questionnaire-unit"
            };
            let url = format!("{EXTENSION}{name}");
            all.push(json!({"url": url, "valueCoding": {"display": unit}}));
        }
    }
    all
}

fn answer_option(choice: &Choice, selected: bool) -> Value {
    let mut option = json!({"valueCoding": option_coding(choice)});
    if let Answer::Value(value) = choice.answer {
        option["extension"] = json!([ordinal(value)]);
    }
    if selected {
        option["initialSelected"] = json!(true);
    }
    option
}

fn option_coding(choice: &Choice) -> Value {
    match &choice.code {
        Some(code) => coding(code, Some(&choice.display)),
        None => json!({"display": choice.display}),
    }
}

fn initial(item: &Item, given: &Answer) -> Option<Value> {
    Some(match (item.kind, given) {
        (_, Answer::Bool(yes)) => json!({"valueBoolean": yes}),
        (Kind::Integer, Answer::Value(value)) => json!({"valueInteger": value}),
        (Kind::Decimal, Answer::Value(value)) => json!({"valueDecimal": value}),
        (Kind::Decimal, Answer::Decimal(value)) => json!({"valueDecimal": value}),
        (Kind::Quantity, Answer::Value(_) | Answer::Decimal(_)) => {
            json!({"valueQuantity": {"value": given}})
        }
        (Kind::Date, Answer::Text(date)) => json!({"valueDate": date}),
        (Kind::Line | Kind::Text, Answer::Text(text)) if !text.is_empty() => {
            json!({"valueString": text})
        }
        _ => return None,
    })
}

fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::Exists => "exists",
        Operator::Equal => "=",
        Operator::NotEqual => "!=",
        Operator::Greater => ">",
        Operator::AtLeast => ">=",
        Operator::Less => "<",
        Operator::AtMost => "<=",
    }
}

fn enable_when(form: &Form, condition: &Condition) -> Value {
    let mut when = json!({
        "question": condition.question,
        "operator": operator(condition.operator),
    });
    let item = form.item(&condition.question);
    let (name, value) = expected(item, &condition.answer);
    when[name] = value;
    when
}

/// What an answer is compared with, in the type that the question's answers have.
fn expected(item: Option<&Item>, expected: &Expected) -> (&'static str, Value) {
    let option = |same: &dyn Fn(&Choice) -> bool| {
        let found = item?.options.iter().find(|choice| same(choice))?;
        Some(("answerCoding", option_coding(found)))
    };
    let kind = item.map(|item| item.kind);
    match expected {
        Expected::Bool(yes) => ("answerBoolean", json!(yes)),
        Expected::Number(number) => {
            let whole = Total::from_f64(*number)
                .filter(|total| total.is_whole())
                .map(Total::rounded);
            let same =
                |choice: &Choice| whole.is_some_and(|one| choice.answer == Answer::Value(one));
            option(&|choice| same(choice)).unwrap_or_else(|| match (kind, whole) {
                (Some(Kind::Integer), Some(whole)) => ("answerInteger", json!(whole)),
                (Some(Kind::Quantity), _) => ("answerQuantity", json!({"value": number})),
                _ => ("answerDecimal", json!(number)),
            })
        }
        Expected::Code(code) => {
            let same = |choice: &Choice| choice.code.as_ref().is_some_and(|one| one.code == *code);
            option(&|choice| same(choice))
                .unwrap_or_else(|| ("answerCoding", json!({"code": code})))
        }
        Expected::Text(text) => {
            let same = |choice: &Choice| choice.answer == Answer::Text(text.clone());
            option(&|choice| same(choice)).unwrap_or_else(|| match kind {
                Some(Kind::Date) => ("answerDate", json!(text)),
                _ => ("answerString", json!(text)),
            })
        }
    }
}
