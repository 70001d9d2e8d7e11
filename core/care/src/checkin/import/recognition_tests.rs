//! Which forms are bound to an instrument, and which only look like one.

use serde_json::{Value, json};

use super::super::recognise::OWN_SYSTEM;
use super::super::safety::{SafetyItem, SafetyState};
use super::super::{Answer, Answers, Instrument, safety};
use super::tests::{codes, import_json, of_items, phq9_with, q};
use super::{Caution, Decision};

const PHQ9: &str = include_str!("../../../content/en/questionnaires/phq9.json");
const GAD7: &str = include_str!("../../../content/en/questionnaires/gad7.json");

#[test]
fn an_instrument_is_known_by_its_items_never_by_its_name() {
    let verdict = phq9_with(|value| {
        q(value, 5)["code"] = json!([]);
    });
    assert_eq!(verdict.decision, Decision::AcceptNoAutoscore);
    assert_eq!(codes(&verdict), [Caution::ItemsNotRecognised]);
    // Item 9 is judged all the same.
    assert_eq!(verdict.form.expect("accepted").safety[0].link_id, "q9");

    let verdict = phq9_with(|value| {
        value["title"] = json!("Something");
        value["name"] = json!("Something");
        value["code"] = json!([]);
    });
    assert_eq!(
        (verdict.decision, verdict.instrument),
        (Decision::Accept, Some(Instrument::Phq9))
    );

    // The same item twice: nobody can say which counts.
    let verdict = phq9_with(|value| {
        q(value, 1)["code"] = json!([{"system": "http://loinc.org", "code": "44255-8"}]);
    });
    assert_eq!(verdict.instrument, None);

    // Another code system's 44250-9 is not LOINC's.
    let verdict = phq9_with(|value| q(value, 1)["code"][0]["system"] = json!("urn:other"));
    assert_eq!(verdict.instrument, None);
}

#[test]
fn an_instrument_with_other_option_values_is_not_scored() {
    let swapped = |value: &mut Value| {
        for (option, weight) in [(0, 3), (1, 2), (2, 1), (3, 0)] {
            q(value, 4)["answerOption"][option]["extension"][0]["valueDecimal"] = json!(weight);
        }
    };
    let one_to_four = |value: &mut Value| {
        for option in 0..4 {
            q(value, 4)["answerOption"][option]["extension"][0]["valueDecimal"] = json!(option + 1);
        }
    };
    let no_weight = |value: &mut Value| {
        q(value, 4)["answerOption"][0]["extension"] = json!([]);
    };
    let reversed_words = |value: &mut Value| {
        for (option, word) in [(0, "Nearly every day"), (3, "Not at all")] {
            q(value, 4)["answerOption"][option]["valueCoding"] = json!({"display": word});
        }
    };
    let repeats = |value: &mut Value| q(value, 4)["repeats"] = json!(true);
    let as_number = |value: &mut Value| q(value, 4)["type"] = json!("integer");
    for change in [
        swapped as fn(&mut Value),
        one_to_four,
        no_weight,
        reversed_words,
        repeats,
        as_number,
    ] {
        let verdict = phq9_with(change);
        assert_eq!(verdict.decision, Decision::AcceptNoAutoscore);
        assert!(
            codes(&verdict).contains(&Caution::OptionValuesDiffer),
            "{:?}",
            verdict.warnings
        );
    }
}

#[test]
fn loincs_other_answer_code_of_gad_7_item_2_is_the_same_value() {
    let mut value: Value = serde_json::from_str(GAD7).expect("JSON");
    q(&mut value, 2)["answerOption"][2]["valueCoding"] =
        json!({"system": "http://loinc.org", "code": "LA18938-3", "display": "More days than not"});
    assert_eq!(import_json(&value).instrument, Some(Instrument::Gad7));
}

#[test]
fn yes_no_instruments_need_their_yes_on_one() {
    let columbia = |option: &Value| {
        let loinc = [
            "93246-7", "93247-5", "93248-3", "93249-1", "93250-9", "93267-3", "93269-9",
        ];
        let items: Vec<Value> = loinc
            .iter()
            .map(|code| {
                let mut item = option.clone();
                item["linkId"] = json!(code);
                item["text"] = json!("?");
                item["code"] = json!([{"system": "http://loinc.org", "code": code}]);
                item
            })
            .collect();
        import_json(&of_items(&json!(items)))
    };
    let option = |value: i64, code: &str| {
        json!({"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/itemWeight", "valueDecimal": value}],
            "valueCoding": {"system": "http://loinc.org", "code": code, "display": "."}})
    };
    let right = columbia(
        &json!({"type": "choice", "answerOption": [option(1, "LA33-6"), option(0, "LA32-8")]}),
    );
    assert_eq!(right.instrument, Some(Instrument::CssrsScreener));
    assert_eq!(
        columbia(&json!({"type": "boolean"})).instrument,
        Some(Instrument::CssrsScreener)
    );
    let turned = columbia(
        &json!({"type": "choice", "answerOption": [option(0, "LA33-6"), option(1, "LA32-8")]}),
    );
    assert_eq!(
        (turned.instrument, turned.decision),
        (None, Decision::AcceptNoAutoscore)
    );
    // Without numbers it is not scored; each answer is judged all the same.
    let bare = columbia(&json!({"type": "choice", "answerOption": [
        {"valueCoding": {"code": "LA33-6", "display": "Yes"}}, {"valueCoding": {"code": "LA32-8", "display": "No"}}
    ]}));
    assert_eq!(bare.decision, Decision::AcceptNoAutoscore);
    let form = bare.form.expect("accepted");
    let answers = Answers::from([
        ("93246-7", Answer::Text("LA33-6".into())),
        ("93247-5", Answer::Text("LA32-8".into())),
    ]);
    let states = safety(&form, &answers);
    assert_eq!(states["93246-7"], SafetyState::Positive);
    assert_eq!(states["93247-5"], SafetyState::Negative);
    assert_eq!(states["93248-3"], SafetyState::Unanswered);
}

#[test]
fn our_own_codes_are_known_too() {
    let item = |at: i64| {
        let weights: Vec<Value> = (0..5)
            .map(|weight| json!({"valueInteger": weight}))
            .collect();
        json!({"linkId": format!("x{at}"), "type": "choice", "text": "?", "answerOption": weights,
            "code": [{"system": OWN_SYSTEM, "code": format!("core10-q{at}")}]})
    };
    let verdict = import_json(&of_items(&json!((1..=10).map(item).collect::<Vec<_>>())));
    assert_eq!(
        (verdict.decision, verdict.instrument),
        (Decision::Accept, Some(Instrument::Core10))
    );
    let form = verdict.form.expect("accepted");
    assert_eq!(
        form.safety,
        [SafetyItem {
            link_id: "x6".into(),
            positive_from: 1
        }]
    );
}

#[test]
fn two_instruments_in_one_file_are_not_scored() {
    let mut both: Value = serde_json::from_str(PHQ9).expect("JSON");
    let gad7: Value = serde_json::from_str(GAD7).expect("JSON");
    let items = both["item"].as_array_mut().expect("a list");
    for item in gad7["item"].as_array().expect("a list") {
        let mut item = item.clone();
        item["linkId"] = json!(format!("gad-{}", item["linkId"].as_str().expect("text")));
        items.push(item);
    }
    let verdict = import_json(&both);
    assert_eq!(
        (verdict.decision, verdict.instrument),
        (Decision::AcceptNoAutoscore, None)
    );
    assert_eq!(codes(&verdict), [Caution::SeveralInstruments]);
}
