use super::*;
use crate::checkin::{form, import};
use proptest::prelude::*;
use serde_json::{Value, json};

fn own(items: &Value) -> Form {
    let resource = json!({"resourceType": "Questionnaire", "item": items});
    import(resource.to_string().as_bytes())
        .form
        .expect("a form")
}

fn answers(value: Value) -> Answers {
    serde_json::from_value(value).expect("answers")
}

fn fault(form: &Form, value: Value) -> Option<Fault> {
    check(form, &answers(value)).err().map(|error| error.fault)
}

#[test]
fn stored_answers_are_compact_and_read_back() {
    let text = r#"{"a":true,"b":-3,"c":1.5,"note":"\"ok\"","when":"2026-11-21","which":[1,2]}"#;
    let read: Answers = serde_json::from_str(text).expect("answers");
    assert_eq!(read.get("a"), Some(&Answer::Bool(true)));
    assert_eq!(read.get("b"), Some(&Answer::Value(-3)));
    assert_eq!(read.get("c"), Some(&Answer::Decimal(1.5)));
    assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
}

#[test]
fn an_item_twice_or_an_answer_of_nothing_is_refused() {
    for text in [
        r#"{"q1":0,"q1":3}"#,
        r#"{"q1":null}"#,
        r#"{"q1":{}}"#,
        "[]",
        "null",
    ] {
        assert!(serde_json::from_str::<Answers>(text).is_err(), "{text}");
    }
}

#[test]
fn an_answer_that_is_no_option_is_refused_never_clamped() {
    let phq9 = form("phq9").expect("shipped");
    for value in [
        json!(4),
        json!(-1),
        json!(1.5),
        json!("1"),
        json!(true),
        json!("LA6568-5"),
    ] {
        assert_eq!(fault(phq9, json!({"q9": value})), Some(Fault::NotAnOption));
    }
    assert_eq!(fault(phq9, json!({"q9": [1]})), Some(Fault::Repeated));
    assert_eq!(fault(phq9, json!({"q10": 0})), Some(Fault::UnknownItem));
    assert_eq!(fault(phq9, json!({"stem": 0})), Some(Fault::UnknownItem));
    assert_eq!(fault(phq9, json!({"q9": 3, "difficulty": 0})), None);
    let error = check(phq9, &answers(json!({"q9": 4}))).expect_err("no option");
    assert_eq!(
        (error.to_string().as_str(), error.link_id.as_deref()),
        ("not-an-option", Some("q9"))
    );
}

#[test]
fn a_note_has_a_thousand_bytes_and_no_control_characters() {
    let daily = form("daily-check-in").expect("shipped");
    for (note, expected) in [
        ("x".repeat(1000), None),
        ("x".repeat(1001), Some(Fault::TooLong)),
        ("é".repeat(500), None),
        ("é".repeat(501), Some(Fault::TooLong)),
        (String::new(), None),
        ("a\nb".into(), Some(Fault::ControlCharacter)),
        ("a\u{7f}".into(), Some(Fault::ControlCharacter)),
        ("a\u{85}".into(), Some(Fault::ControlCharacter)),
        ("אבג 👍🏽".into(), None),
    ] {
        assert_eq!(
            fault(daily, json!({"note": note})),
            expected,
            "{}",
            note.len()
        );
    }
    assert_eq!(fault(daily, json!({"note": 1})), Some(Fault::WrongKind));
}

#[test]
fn every_kind_takes_its_own_answers() {
    let limit = |name: &str, value: i64| json!({"url": format!("http://hl7.org/fhir/StructureDefinition/{name}"), "valueInteger": value});
    let form = own(&json!([
        {"linkId": "b", "type": "boolean", "text": "?"},
        {"linkId": "i", "type": "integer", "text": "?", "extension": [limit("minValue", 0), limit("maxValue", 10)]},
        {"linkId": "j", "type": "integer", "text": "?"},
        {"linkId": "d", "type": "decimal", "text": "?"},
        {"linkId": "q", "type": "quantity", "text": "?", "extension": [limit("maxValue", 500)]},
        {"linkId": "s", "type": "string", "text": "?", "maxLength": 3},
        {"linkId": "day", "type": "date", "text": "?"},
        {"linkId": "o", "type": "open-choice", "text": "?", "answerOption": [{"valueInteger": 1}, {"valueInteger": 2}]},
        {"linkId": "m", "type": "choice", "text": "?", "repeats": true,
            "answerOption": [{"valueString": "x"}, {"valueString": "y"}]},
        {"linkId": "n", "type": "integer", "text": "?", "repeats": true},
    ]));
    for (item, value, expected) in [
        ("b", json!(true), None),
        ("b", json!(1), Some(Fault::WrongKind)),
        ("i", json!(0), None),
        ("i", json!(10), None),
        ("i", json!(11), Some(Fault::OutOfRange)),
        ("i", json!(-1), Some(Fault::OutOfRange)),
        ("i", json!(1.0), Some(Fault::WrongKind)),
        ("j", json!(i64::MAX), Some(Fault::OutOfRange)),
        ("d", json!(1.25), None),
        ("d", json!(1), None),
        ("d", json!("1"), Some(Fault::WrongKind)),
        ("q", json!(500.5), Some(Fault::OutOfRange)),
        ("s", json!("äöü"), None),
        ("s", json!("four"), Some(Fault::TooLong)),
        ("day", json!("2028-02-29"), None),
        ("day", json!("2027-02-29"), Some(Fault::NotADate)),
        ("day", json!("2027-2-3"), Some(Fault::NotADate)),
        ("day", json!("2027-02"), Some(Fault::NotADate)),
        ("day", json!("+12027-02-03"), Some(Fault::NotADate)),
        ("o", json!(2), None),
        ("o", json!(3), Some(Fault::NotAnOption)),
        ("o", json!("by train"), None),
        ("m", json!(["x", "y"]), None),
        ("m", json!("x"), None),
        ("m", json!(["x", "x"]), Some(Fault::Repeated)),
        ("m", json!([]), Some(Fault::Repeated)),
        ("m", json!(["z"]), Some(Fault::NotAnOption)),
        ("m", json!([["x"]]), Some(Fault::WrongKind)),
        (
            "n",
            json!((0..21).collect::<Vec<_>>()),
            Some(Fault::Repeated),
        ),
    ] {
        assert_eq!(
            fault(&form, json!({item: value})),
            expected,
            "{item} {value}"
        );
    }
    assert!(check(&form, &Answers::from([("d", Answer::Decimal(f64::NAN))])).is_err());
}

/// A gate, its follow-up in a group, and a question on the follow-up.
fn gated() -> Form {
    own(&json!([
        {"linkId": "gate", "type": "choice", "text": "?", "answerOption": [{"valueInteger": 0}, {"valueInteger": 1}]},
        {"linkId": "group", "type": "group", "enableWhen": [
            {"question": "gate", "operator": ">=", "answerInteger": 1}
        ], "item": [{"linkId": "why", "type": "string", "text": "?", "required": true}]},
        {"linkId": "after", "type": "boolean", "text": "?", "enableWhen": [
            {"question": "why", "operator": "exists", "answerBoolean": true}
        ]},
    ]))
}

#[test]
fn hidden_items_are_dropped_and_not_required() {
    let form = gated();
    let all = answers(json!({"gate": 0, "why": "x", "after": true}));
    assert_eq!(settled(&form, &all), answers(json!({"gate": 0})));
    assert_eq!(validate(&form, &all), Ok(()));
    let shown = answers(json!({"gate": 1, "why": "x", "after": true}));
    assert_eq!(settled(&form, &shown), shown);
    let open = answers(json!({"gate": 1}));
    assert_eq!(
        validate(&form, &open).map_err(|error| error.fault),
        Err(Fault::Required)
    );
    assert_eq!(
        check(&form, &open),
        Ok(()),
        "a sheet that is not finished may be sealed"
    );
    // What is hidden is held against its item all the same: garbage is never kept.
    let garbage = answers(json!({"gate": 0, "why": 3}));
    assert_eq!(
        validate(&form, &garbage).map_err(|error| error.fault),
        Err(Fault::WrongKind)
    );
}

#[test]
fn every_operator_compares_as_fhir_says() {
    let shows = |operator: &str, name: &str, expected: Value, given: Value| {
        let form = own(&json!([
            {"linkId": "c", "type": "choice", "text": "?", "answerOption": [
                {"valueCoding": {"code": "lo", "display": "l"}, "extension": [
                    {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 1}]},
                {"valueCoding": {"code": "hi", "display": "h"}, "extension": [
                    {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 2}]},
            ]},
            {"linkId": "s", "type": "text", "text": "?"},
            {"linkId": "x", "type": "boolean", "text": "?", "enableWhen": [
                {"question": if name == "answerString" { "s" } else { "c" }, "operator": operator, name: expected}
            ]},
        ]));
        *visible(&form, &answers(given)).last().expect("three items")
    };
    for (operator, name, expected, given, shown) in [
        (
            "exists",
            "answerBoolean",
            json!(true),
            json!({"c": 1}),
            true,
        ),
        ("exists", "answerBoolean", json!(true), json!({}), false),
        ("exists", "answerBoolean", json!(false), json!({}), true),
        (
            "=",
            "answerCoding",
            json!({"code": "hi"}),
            json!({"c": 2}),
            true,
        ),
        (
            "=",
            "answerCoding",
            json!({"code": "hi"}),
            json!({"c": 1}),
            false,
        ),
        (
            "!=",
            "answerCoding",
            json!({"code": "hi"}),
            json!({"c": 1}),
            true,
        ),
        (
            "!=",
            "answerCoding",
            json!({"code": "hi"}),
            json!({}),
            false,
        ),
        (
            "<",
            "answerCoding",
            json!({"code": "hi"}),
            json!({"c": 1}),
            false,
        ),
        (">", "answerInteger", json!(1), json!({"c": 2}), true),
        (">", "answerInteger", json!(1), json!({"c": 1}), false),
        (">=", "answerDecimal", json!(1), json!({"c": 1}), true),
        ("<", "answerInteger", json!(2), json!({"c": 1}), true),
        ("<=", "answerInteger", json!(1), json!({"c": 2}), false),
        ("=", "answerString", json!("a"), json!({"s": "a"}), true),
        ("=", "answerString", json!("a"), json!({"s": "b"}), false),
    ] {
        assert_eq!(
            shows(operator, name, expected.clone(), given.clone()),
            shown,
            "{operator} {expected} {given}"
        );
    }
}

#[test]
fn questions_that_wait_for_each_other_end() {
    let on = |question: &str| json!([{"question": question, "operator": "exists", "answerBoolean": true}]);
    let form = own(&json!([
        {"linkId": "a", "type": "boolean", "text": "?", "enableWhen": on("b")},
        {"linkId": "b", "type": "boolean", "text": "?", "enableWhen": on("a")},
    ]));
    assert_eq!(
        visible(&form, &answers(json!({"a": true, "b": true}))),
        [false, false]
    );
}

#[test]
fn the_largest_sheet_is_the_largest_sheet() {
    let size = |answers: &Answers| packed::len(answers);
    let phq9 = form("phq9").expect("shipped");
    let worst = answers(
        json!({"q1": 3, "q2": 3, "q3": 3, "q4": 3, "q5": 3, "q6": 3, "q7": 3, "q8": 3, "q9": 3, "difficulty": 3}),
    );
    assert_eq!(largest_answers(phq9), size(&worst));
    assert_eq!(
        largest_answers(phq9),
        21,
        "a byte for each item and each answer"
    );
    let daily = form("daily-check-in").expect("shipped");
    let worst = answers(
        json!({"mood": 10, "anxiety": 10, "urge-to-use": 10, "urge-to-self-harm": 4,
        "sleep": 4, "medication": 3, "note": "\"".repeat(1000)}),
    );
    assert_eq!(validate(daily, &worst), Ok(()));
    assert_eq!(largest_answers(daily), size(&worst));
}

/// Any valid sheet of a form.
fn sheets(form: &'static Form) -> impl Strategy<Value = Answers> {
    let items: Vec<&Item> = form
        .items
        .iter()
        .filter(|item| item.kind.takes_answer())
        .collect();
    let picks = prop::collection::vec(prop::option::of(any::<prop::sample::Index>()), items.len());
    (picks, "[\"\\\\a-zé👍]{0,300}").prop_map(move |(picks, text)| {
        let mut answers = Answers::default();
        for (item, pick) in items.iter().zip(picks) {
            match pick {
                Some(pick) if !item.options.is_empty() => {
                    answers.set(&item.link_id, pick.get(&item.options).answer.clone());
                }
                Some(_) if item.kind.is_free_text() && text.len() <= NOTE_BYTES => {
                    answers.set(&item.link_id, Answer::Text(text.clone()));
                }
                _ => {}
            }
        }
        answers
    })
}

proptest! {
    #[test]
    fn no_sheet_is_larger(at in 0..6_usize, seed in any::<u64>()) {
        let form = &crate::checkin::shipped()[at];
        let mut runner = proptest::test_runner::TestRunner::new_with_rng(
            ProptestConfig::default(),
            proptest::test_runner::TestRng::from_seed(
                proptest::test_runner::RngAlgorithm::ChaCha,
                &[seed.to_le_bytes(); 4].concat(),
            ),
        );
        let tree = sheets(form).new_tree(&mut runner).expect("a sheet");
        let answers = proptest::strategy::ValueTree::current(&tree);
        prop_assert_eq!(validate(form, &answers), Ok(()));
        prop_assert!(packed::len(&answers) <= largest_answers(form));
        let back: Answers = serde_json::from_str(&serde_json::to_string(&answers).expect("JSON")).expect("answers");
        prop_assert_eq!(back, answers);
    }

    /// Whatever a form of our own kinds accepts stays within its size.
    #[test]
    fn no_number_is_longer_than_allowed_for(number in any::<f64>(), whole in any::<i64>(), day in 0..40_000_i64) {
        let form = own(&json!([
            {"linkId": "d", "type": "decimal", "text": "?"},
            {"linkId": "i", "type": "integer", "text": "?"},
            {"linkId": "day", "type": "date", "text": "?"},
        ]));
        let day = chrono::NaiveDate::default() + chrono::Days::new(day.unsigned_abs());
        let answers = Answers::from([
            ("d", Answer::Decimal(number)),
            ("i", Answer::Value(whole)),
            ("day", Answer::Text(day.to_string())),
        ]);
        if check(&form, &answers).is_ok() {
            prop_assert!(packed::len(&answers) <= largest_answers(&form));
        }
    }
}
