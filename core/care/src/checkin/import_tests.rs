use super::*;
use crate::checkin::{
    Answer, Answers, Condition, Expected, Operator, SafetyState, largest_answers, safety,
};
use proptest::prelude::*;
use serde_json::json;

const PHQ9: &str = include_str!("../../content/en/questionnaires/phq9.json");

fn shared(file: &str) -> Vec<u8> {
    let path = format!(
        "{}/../../../shared/questionnaires/{file}",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read(path).expect("the shared questionnaires lie beside the project")
}

pub(super) fn import_json(value: &Value) -> Verdict {
    import(value.to_string().as_bytes())
}

/// A questionnaire of these items.
pub(super) fn of_items(items: &Value) -> Value {
    json!({"resourceType": "Questionnaire", "status": "active", "item": items})
}

pub(super) fn codes(verdict: &Verdict) -> Vec<Caution> {
    verdict
        .warnings
        .iter()
        .map(|warning| warning.code)
        .collect()
}

pub(super) fn phq9_with(change: impl Fn(&mut Value)) -> Verdict {
    let mut value: Value = serde_json::from_str(PHQ9).expect("shipped JSON");
    change(&mut value);
    import_json(&value)
}

/// The items of the shipped PHQ-9 start after two display items.
pub(super) fn q(value: &mut Value, number: usize) -> &mut Value {
    &mut value["item"][number + 1]
}

#[test]
fn questionnaires_by_others_get_the_verdict_of_the_manifest() {
    let manifest: Value = serde_json::from_slice(&shared("MANIFEST.json")).expect("JSON");
    let files = manifest["files"].as_array().expect("a list");
    assert_eq!(files.len(), 6);
    for file in files {
        let name = file["file"].as_str().expect("a name");
        let verdict = import(&shared(name));
        let decision = serde_json::to_value(verdict.decision).expect("a word");
        assert_eq!(
            decision, file["expected_import"],
            "{name}: {:?}",
            verdict.warnings
        );
        let instrument = verdict.instrument.map_or("none", Instrument::id);
        assert_eq!(instrument, file["recognised_instrument"], "{name}");
        assert_eq!(
            verdict.form.is_none(),
            verdict.decision == Decision::Reject,
            "{name}"
        );
    }
}

#[test]
fn each_defect_of_those_files_is_named() {
    let of = |name: &str| codes(&import(&shared(name)));
    assert_eq!(
        of("01-lforms-phq9.json"),
        [
            Caution::InvalidExpressionName,
            Caution::NumberAsText,
            Caution::CalculatedExpressionNotRun,
            Caution::ExpressionNotRun,
        ]
    );
    assert_eq!(
        of("03-hl7-sdc-phq9.json"),
        [
            Caution::CalculatedExpressionNotRun,
            Caution::ItemsNotRecognised,
            Caution::NoSafetyItemRecognised,
        ]
    );
    assert_eq!(
        of("08-uwcirg-gad7-calculated.json"),
        [
            Caution::CalculatedExpressionNotRun,
            Caution::ExpressionNotRun,
            Caution::MarkupRemoved,
            Caution::CodeWithoutSystem,
        ]
    );
    assert_eq!(
        of("12-cobalt-dast10.json"),
        [
            Caution::NotALoincCode,
            Caution::ItemsNotRecognised,
            Caution::NoSafetyItemRecognised,
        ]
    );
    assert_eq!(
        import(&shared("n3-lforms-phq9-stu3.json")).reason,
        Some(Reason::FhirVersionStu3)
    );
    let duplicate = import(&shared("n4-cobalt-cssrs-duplicate-linkid.json"));
    assert_eq!(duplicate.reason, Some(Reason::DuplicateLinkId));
}

#[test]
fn a_foreign_phq_9_is_answered_scored_and_judged_under_its_own_link_ids() {
    let form = import(&shared("01-lforms-phq9.json"))
        .form
        .expect("accepted");
    let answers = Answers::from([
        ("/44250-9", Answer::Value(3)),
        ("/44260-8", Answer::Value(1)),
    ]);
    assert_eq!(safety(&form, &answers)["/44260-8"], SafetyState::Positive);
    let sheet = form
        .sheet(&answers, crate::checkin::Context::default())
        .expect("recognised");
    let scored = crate::checkin::score(Instrument::Phq9, &sheet);
    assert_eq!(
        (scored.missing, scored.safety["q9"]),
        (7, SafetyState::Positive)
    );
    // Its own total is computed by nobody and asked of nobody; its difficulty item has no numbers.
    assert_eq!(form.item("/44261-6").expect("there").kind, Kind::Hidden);
    let difficulty = &form.item("/69722-7").expect("there").options[1];
    assert_eq!(difficulty.answer, Answer::Text("LA6573-5".into()));
}

#[test]
fn options_of_a_contained_value_set_are_read() {
    let form = import(&shared("03-hl7-sdc-phq9.json"))
        .form
        .expect("accepted");
    let options = &form.item("H1/T1/Q9").expect("there").options;
    let values: Vec<_> = options.iter().map(|option| option.answer.clone()).collect();
    assert_eq!(values, [0, 1, 2, 3].map(Answer::Value));
    assert_eq!(options[1].display, "Several days");
}

#[test]
fn markup_becomes_words() {
    let form = import(&shared("08-uwcirg-gad7-calculated.json"))
        .form
        .expect("accepted");
    let text = &form.item("introduction").expect("there").text;
    assert!(
        text.starts_with("The Generalized Anxiety Disorder Assessment (GAD-7) is"),
        "{text}"
    );
    let verdict = import_json(&of_items(&json!([
        {"linkId": "a", "type": "boolean", "text": "Have you <i>ever</i><script>x()</script>?"}
    ])));
    assert_eq!(codes(&verdict), [Caution::MarkupRemoved]);
    assert_eq!(
        verdict.form.expect("accepted").items[0].text,
        "Have you ever?"
    );
}

#[test]
fn refusals_have_their_reason() {
    let item = json!({"linkId": "a", "type": "boolean", "text": "?"});
    let deep = "[".repeat(MAX_DEPTH + 1);
    let many: Vec<Value> = (0..=MAX_ITEMS)
        .map(|at| json!({"linkId": at.to_string(), "type": "display", "text": "."}))
        .collect();
    let options: Vec<Value> = (0..201).map(|at| json!({"valueInteger": at})).collect();
    let with = |name: &str, value: Value| {
        let mut item = item.clone();
        item[name] = value;
        of_items(&json!([item])).to_string()
    };
    for (text, reason) in [
        (String::new(), Reason::MalformedJson),
        ("{".into(), Reason::MalformedJson),
        (format!("{PHQ9}x"), Reason::MalformedJson),
        (" ".repeat(MAX_BYTES + 1), Reason::TooLarge),
        (deep, Reason::TooDeep),
        ("[]".into(), Reason::NotAQuestionnaire),
        (
            json!({"resourceType": "Bundle"}).to_string(),
            Reason::NotAQuestionnaire,
        ),
        (
            json!({"resourceType": "Questionnaire", "group": {}}).to_string(),
            Reason::FhirVersionDstu2,
        ),
        (
            json!({"resourceType": "Questionnaire"}).to_string(),
            Reason::NoItems,
        ),
        (of_items(&json!([])).to_string(), Reason::NoItems),
        (of_items(&json!({})).to_string(), Reason::WrongShape),
        (of_items(&json!(many)).to_string(), Reason::TooManyItems),
        (with("option", json!([])), Reason::FhirVersionStu3),
        (
            with("options", json!({"reference": "#x"})),
            Reason::FhirVersionStu3,
        ),
        (with("type", json!("coding")), Reason::FhirVersionR5),
        (with("type", json!("slider")), Reason::UnknownItemType),
        (with("type", json!(null)), Reason::UnknownItemType),
        (with("linkId", json!(" ")), Reason::BadLinkId),
        (with("linkId", json!("a\u{7}")), Reason::BadLinkId),
        (with("linkId", json!("x".repeat(256))), Reason::BadLinkId),
        (with("linkId", json!(7)), Reason::BadLinkId),
        (with("text", json!(7)), Reason::WrongShape),
        (with("item", json!([item])), Reason::DuplicateLinkId),
        (
            with("modifierExtension", json!([{"url": "x"}])),
            Reason::ModifierExtension,
        ),
        (
            of_items(
                &json!([{"linkId": "a", "type": "choice", "text": "?", "answerOption": options}]),
            )
            .to_string(),
            Reason::TooManyItems,
        ),
    ] {
        let verdict = import(text.as_bytes());
        assert_eq!(
            verdict.reason,
            Some(reason),
            "{}",
            &text[..text.len().min(200)]
        );
        assert_eq!(verdict.decision, Decision::Reject);
        assert!(verdict.form.is_none());
    }
    assert_eq!(import(b"\xFF\xFE").reason, Some(Reason::MalformedJson));
}

#[test]
fn a_form_that_scores_nothing_is_simply_accepted() {
    let verdict = import_json(&of_items(&json!([
        {"linkId": "g", "type": "group", "text": "Your stay", "item": [
            {"linkId": "a", "type": "boolean", "text": "Was it quiet?"},
            {"linkId": "b", "type": "open-choice", "text": "By car?", "answerOption": [
                {"valueString": "yes"}, {"valueString": "by train"}
            ]},
        ]}
    ])));
    assert_eq!(verdict.decision, Decision::Accept);
    let form = verdict.form.expect("accepted");
    assert_eq!(form.items[2].parent, Some(0));
    assert_eq!(
        form.items[2].options[1].answer,
        Answer::Text("by train".into())
    );
}

#[test]
fn what_cannot_be_offered_is_named_and_not_asked() {
    for (item, caution) in [
        (json!({"type": "attachment"}), Caution::UnsupportedItemType),
        (json!({"type": "choice"}), Caution::NoOptions),
        (
            json!({"type": "choice", "answerValueSet": "http://loinc.org/vs/LL358-3"}),
            Caution::ExternalValueSet,
        ),
        (
            json!({"type": "choice", "answerValueSet": "#gone"}),
            Caution::ExternalValueSet,
        ),
    ] {
        let mut item = item;
        item["linkId"] = json!("a");
        item["text"] = json!("?");
        let verdict = import_json(&of_items(&json!([item])));
        assert_eq!(codes(&verdict), [caution]);
        let form = verdict.form.expect("accepted");
        assert_eq!(form.items[0].kind, Kind::Hidden);
        assert_eq!(largest_answers(&form), 1);
    }
}

#[test]
fn a_prefilled_answer_must_fit_and_never_answers_a_safety_item() {
    let initial = |item: usize| {
        phq9_with(|value| {
            q(value, item)["initial"] = json!([{"valueCoding": {"code": "LA6568-5"}}]);
        })
    };
    let verdict = initial(1);
    assert_eq!(verdict.decision, Decision::Accept);
    assert_eq!(
        verdict
            .form
            .expect("accepted")
            .item("q1")
            .expect("there")
            .initial,
        [Answer::Value(0)]
    );
    let verdict = initial(9);
    assert_eq!(codes(&verdict), [Caution::InitialAnswerRemoved]);
    assert!(
        verdict
            .form
            .expect("accepted")
            .item("q9")
            .expect("there")
            .initial
            .is_empty()
    );
    let verdict =
        phq9_with(|value| q(value, 1)["initial"] = json!([{"valueCoding": {"code": "LA1-1"}}]));
    assert_eq!(codes(&verdict), [Caution::InitialAnswerRemoved]);
}

#[test]
fn an_option_may_be_selected_from_the_start() {
    let selected = |item: usize, options: &[usize]| {
        phq9_with(|value| {
            for option in options {
                q(value, item)["answerOption"][*option]["initialSelected"] = true.into();
            }
        })
    };
    let verdict = selected(1, &[2]);
    assert_eq!(verdict.decision, Decision::Accept);
    let form = verdict.form.expect("accepted");
    assert_eq!(
        form.initial_answers(),
        Answers::from([("q1", Answer::Value(2))])
    );
    // Two where one may be given, one on a safety item, and both ways at once.
    for verdict in [selected(1, &[1, 2]), selected(9, &[0])] {
        assert_eq!(codes(&verdict), [Caution::InitialAnswerRemoved]);
        let form = verdict.form.expect("accepted");
        assert_eq!(form.initial_answers(), Answers::default());
    }
    let both = phq9_with(|value| {
        q(value, 1)["answerOption"][0]["initialSelected"] = true.into();
        q(value, 1)["initial"] = json!([{"valueCoding": {"code": "LA6568-5"}}]);
    });
    assert_eq!(codes(&both), [Caution::InitialAnswerRemoved]);
    let several = json!({"resourceType": "Questionnaire", "item": [{
        "linkId": "a", "type": "choice", "text": "?", "repeats": true,
        "answerOption": [
            {"valueString": "one", "initialSelected": true},
            {"valueString": "two"},
            {"valueString": "three", "initialSelected": true},
        ],
    }]});
    let several = import(several.to_string().as_bytes())
        .form
        .expect("accepted");
    let text = |text: &str| Answer::Text(text.to_owned());
    assert_eq!(
        several.initial_answers(),
        Answers::from([("a", Answer::Many(vec![text("one"), text("three")]))])
    );
}

#[test]
fn conditions_are_read_or_the_item_is_always_shown() {
    let read = |conditions: Value, behaviour: Option<&str>| {
        let mut item =
            json!({"linkId": "b", "type": "text", "text": "?", "enableWhen": conditions});
        if let Some(behaviour) = behaviour {
            item["enableBehavior"] = json!(behaviour);
        }
        let first = json!({"linkId": "a", "type": "boolean", "text": "?"});
        import_json(&of_items(&json!([first, item])))
    };
    let one = json!({"question": "a", "operator": "=", "answerBoolean": true});
    let verdict = read(json!([one]), None);
    assert_eq!(verdict.decision, Decision::Accept);
    let condition = Condition {
        question: "a".into(),
        operator: Operator::Equal,
        answer: Expected::Bool(true),
    };
    assert_eq!(
        verdict.form.expect("accepted").items[1].enable_when,
        [condition]
    );
    assert_eq!(
        read(json!([one, one]), Some("any")).decision,
        Decision::Accept
    );
    for (conditions, behaviour) in [
        (json!([one, one]), None),
        (
            json!([{"question": "gone", "operator": "exists", "answerBoolean": true}]),
            None,
        ),
        (
            json!([{"question": "a", "operator": "~", "answerBoolean": true}]),
            None,
        ),
        (
            json!([{"question": "a", "operator": "exists", "answerInteger": 1}]),
            None,
        ),
        (json!([{"question": "a", "operator": "="}]), None),
        (
            json!([{"question": "a", "operator": "=", "answerReference": {}}]),
            None,
        ),
    ] {
        let verdict = read(conditions, behaviour);
        assert_eq!(codes(&verdict), [Caution::ConditionNotUnderstood]);
        assert!(
            verdict.form.expect("accepted").items[1]
                .enable_when
                .is_empty()
        );
    }
}

#[test]
fn expressions_are_never_run() {
    let verdict = phq9_with(|value| {
        let item = json!({"linkId": "total", "type": "integer", "text": "Total", "extension": [{
            "url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression",
            "valueExpression": {"language": "text/fhirpath", "expression": "1"}}]});
        value["item"].as_array_mut().expect("a list").push(item);
    });
    assert_eq!(verdict.decision, Decision::AcceptWithWarnings);
    assert_eq!(verdict.instrument, Some(Instrument::Phq9));
    assert_eq!(
        verdict
            .form
            .expect("accepted")
            .item("total")
            .expect("there")
            .kind,
        Kind::Hidden
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(import(&bytes).decision, Decision::Reject);
    }

    /// Any single byte of a real file changed or cut.
    #[test]
    fn no_damage_panics(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = PHQ9.as_bytes().to_vec();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let verdict = import(&bytes);
        prop_assert_eq!(verdict.form.is_none(), verdict.reason.is_some());
    }

    /// Structures made of the words that matter.
    #[test]
    fn no_structure_panics(value in structure()) {
        let _ = import_json(&of_items(&value));
        let _ = import_json(&value);
    }
}

fn structure() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "item",
        "linkId",
        "type",
        "choice",
        "group",
        "text",
        "boolean",
        "answerOption",
        "valueCoding",
        "valueInteger",
        "code",
        "extension",
        "url",
        "valueDecimal",
        "enableWhen",
        "question",
        "operator",
        "=",
        "exists",
        "answerBoolean",
        "initial",
        "contained",
        "answerValueSet",
        "#a",
        "a",
        "b",
        "http://hl7.org/fhir/StructureDefinition/ordinalValue",
        "http://loinc.org",
        "44260-8",
        "system",
    ]);
    let leaf = prop_oneof![
        word.clone().prop_map(|word| json!(word)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(|yes| json!(yes)),
        Just(Value::Null),
    ];
    leaf.prop_recursive(6, 80, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((word.clone(), inner), 0..8).prop_map(|pairs| {
                Value::Object(
                    pairs
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}
