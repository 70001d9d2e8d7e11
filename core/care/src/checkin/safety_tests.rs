use super::*;
use crate::checkin::{form, import};
use serde_json::{Value, json};

use SafetyState::{Negative, Positive, Unanswered};

fn states(form_id: &str, answers: Value) -> BTreeMap<String, SafetyState> {
    let answers = serde_json::from_value(answers).expect("answers");
    safety(form(form_id).expect("shipped"), &answers)
}

fn own(items: &Value) -> Form {
    let resource = json!({"resourceType": "Questionnaire", "item": items});
    import(resource.to_string().as_bytes())
        .form
        .expect("a form")
}

#[test]
fn phq_9_item_9_is_judged_alone_and_before_any_other_answer() {
    for (answers, expected) in [
        (json!({}), SafetyState::Unanswered),
        (json!({"q9": 0}), SafetyState::Negative),
        (json!({"q9": 1}), SafetyState::Positive),
        (json!({"q9": 3}), SafetyState::Positive),
        // Everything else at its worst, item 9 left out.
        (
            json!({"q1": 3, "q2": 3, "q3": 3, "q8": 3}),
            SafetyState::Unanswered,
        ),
        // No option: neither yes nor no.
        (json!({"q9": 7}), SafetyState::Unanswered),
        (json!({"q9": -1}), SafetyState::Unanswered),
        (json!({"q9": false}), SafetyState::Unanswered),
        (json!({"q9": "0"}), SafetyState::Unanswered),
    ] {
        let states = states("phq9", answers.clone());
        assert_eq!(
            states,
            BTreeMap::from([("q9".to_owned(), expected)]),
            "{answers}"
        );
    }
}

#[test]
fn an_urge_to_harm_oneself_is_positive_above_zero_and_an_urge_to_use_never() {
    for (urge, expected) in [
        (0, SafetyState::Negative),
        (1, SafetyState::Positive),
        (4, SafetyState::Positive),
    ] {
        let states = states(
            "daily-check-in",
            json!({"urge-to-use": 10, "urge-to-self-harm": urge}),
        );
        assert_eq!(
            states,
            BTreeMap::from([("urge-to-self-harm".to_owned(), expected)])
        );
    }
    let answers = serde_json::from_value(json!({"urge-to-use": 10})).expect("answers");
    let form = form("daily-check-in").expect("shipped");
    assert!(!any_positive(&safety(form, &answers)));
}

#[test]
fn gad_7_has_no_safety_item() {
    assert!(safety_items(form("gad7").expect("shipped")).is_empty());
}

#[test]
fn a_known_item_is_judged_wherever_it_stands_and_cannot_be_loosened() {
    let options: Vec<Value> = (0..4).map(|value| json!({"valueInteger": value})).collect();
    let form = own(&json!([{
        "linkId": "x", "type": "choice", "text": "?", "answerOption": options,
        "code": [{"system": "http://loinc.org", "code": "44260-8"}],
        "extension": [{"url": SAFETY_EXTENSION, "valueInteger": 3}],
    }]));
    assert_eq!(
        safety_items(&form),
        [SafetyItem {
            link_id: "x".into(),
            positive_from: 1
        }]
    );
}

#[test]
fn a_form_may_mark_items_of_its_own() {
    let form = own(&json!([
        {"linkId": "safe", "type": "boolean", "text": "?", "extension": [{"url": SAFETY_EXTENSION, "valueInteger": 1}]},
        {"linkId": "times", "type": "integer", "text": "?", "extension": [{"url": SAFETY_EXTENSION, "valueInteger": 2}]},
        {"linkId": "which", "type": "choice", "repeats": true, "text": "?",
            "answerOption": [{"valueString": "No"}, {"valueString": "Cutting"}],
            "extension": [{"url": SAFETY_EXTENSION, "valueInteger": 1}]},
    ]));
    let judged = |answers: Value| -> Vec<SafetyState> {
        let answers = serde_json::from_value(answers).expect("answers");
        let states = safety(&form, &answers);
        ["safe", "times", "which"]
            .map(|link_id| states[link_id])
            .to_vec()
    };
    assert_eq!(judged(json!({})), [Unanswered; 3]);
    assert_eq!(
        judged(json!({"safe": true, "times": 1, "which": "No"})),
        [Positive, Negative, Negative]
    );
    assert_eq!(
        judged(json!({"safe": false, "times": 2, "which": ["No", "Cutting"]})),
        [Negative, Positive, Positive]
    );
}

#[test]
fn what_was_not_asked_is_left_out_and_what_was_answered_counts_though_hidden() {
    let form = own(&json!([
        {"linkId": "gate", "type": "boolean", "text": "?"},
        {"linkId": "x", "type": "boolean", "text": "?",
            "extension": [{"url": SAFETY_EXTENSION, "valueInteger": 1}],
            "enableWhen": [{"question": "gate", "operator": "=", "answerBoolean": true}]},
    ]));
    let judged = |answers: Value| {
        let answers = serde_json::from_value(answers).expect("answers");
        safety(&form, &answers).get("x").copied()
    };
    assert_eq!(judged(json!({"gate": false})), None);
    assert_eq!(judged(json!({"gate": true})), Some(SafetyState::Unanswered));
    assert_eq!(
        judged(json!({"gate": false, "x": true})),
        Some(SafetyState::Positive)
    );
}
