//! What a rule asks about a person beside the answers: AUDIT-C's sex, WSAS's work.

use serde_json::{Value, json};

use super::tests::publish;
use super::*;
use crate::checkin::{Answer, AsksBeside, ScoringFacts, SexSaid, WorkSaid, asks_beside};
use crate::patient::Stage::Complete;
use crate::testing::*;

/// An instrument whose text the clinic has: known by our own codes, the words invented.
fn imported(instrument: &str, items: usize, most: i64) -> Value {
    let option = |value: i64| {
        json!({
            "extension": [{
                "url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": value,
            }],
            "valueCoding": {"display": format!("Answer {value}")},
        })
    };
    let item = |number: usize| {
        json!({
            "linkId": format!("item-{number}"), "type": "choice", "required": true,
            "text": format!("Question {number}"),
            "code": [{"system": "urn:handrail:item", "code": format!("{instrument}-q{number}")}],
            "answerOption": (0..=most).map(option).collect::<Vec<_>>(),
        })
    };
    json!({
        "resourceType": "Questionnaire", "status": "active", "id": format!("our-{instrument}"),
        "title": "Ours", "item": (1..=items).map(item).collect::<Vec<_>>(),
    })
}

fn sheet(values: &[(usize, i64)]) -> Answers {
    let mut answers = Answers::default();
    for (item, value) in values {
        answers.set(format!("item-{item}"), Answer::Value(*value));
    }
    answers
}

fn sex(sex: SexSaid) -> Body {
    Body::ScoringFacts(ScoringFacts {
        sex: Some(sex),
        work: None,
    })
}

fn work(work: WorkSaid) -> Body {
    Body::ScoringFacts(ScoringFacts {
        sex: None,
        work: Some(work),
    })
}

#[test]
fn the_threshold_of_audit_c_is_the_one_that_was_named() {
    let mut world = World::riverbend();
    publish(&mut world, &imported("auditc", 3, 4));
    let form = world.library.form("our-auditc").expect("in use");
    assert_eq!(asks_beside(form), Some(AsksBeside::Sex));
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let when = at("2026-11-03T13:00:00Z");
    let answers = sheet(&[(1, 1), (2, 1), (3, 1)]);
    care.answered(1, "our-auditc", Complete, when, answers);
    let positive = |care: &Care| {
        let chart = care.chart();
        let one = chart.check_in(id(1)).expect("written");
        let result = world.library.result(&chart, one).expect("scored");
        assert_eq!(result.total, Some(Total::whole(3)));
        result.flags["positive"]
    };
    assert_eq!(positive(&care), Some(true), "not recorded: from 3");
    care.patient(when + 1, sex(SexSaid::Male));
    assert_eq!(positive(&care), Some(false), "from 4");
    // Something else that is said leaves it as it is; what is said later holds.
    care.patient(when + 2, work(WorkSaid::Applies));
    assert_eq!(positive(&care), Some(false));
    care.staff(when + 3, sex(SexSaid::NotSaid));
    assert_eq!(positive(&care), Some(true));
    assert_eq!(care.chart().scoring_facts().work, Some(WorkSaid::Applies));
}

#[test]
fn work_that_does_not_apply_leaves_one_question_of_wsas_out() {
    let mut world = World::riverbend();
    publish(&mut world, &imported("wsas", 5, 8));
    let form = world.library.form("our-wsas").expect("in use");
    assert_eq!(asks_beside(form), Some(AsksBeside::Work));
    let four = sheet(&[(2, 4), (3, 4), (4, 4), (5, 4)]);
    let none = ScoringFacts::default();
    let away = none.then(ScoringFacts {
        sex: None,
        work: Some(WorkSaid::DoesNotApply),
    });
    assert!(checkin::validate_without(form, &four, none.left_out(form)).is_err());
    assert_eq!(away.left_out(form), Some("item-1"));
    assert_eq!(
        checkin::validate_without(form, &four, away.left_out(form)),
        Ok(())
    );
    let three = sheet(&[(2, 4), (3, 4), (4, 4)]);
    assert!(checkin::validate_without(form, &three, away.left_out(form)).is_err());

    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let when = at("2026-11-03T13:00:00Z");
    care.patient(when - 1, work(WorkSaid::DoesNotApply));
    care.answered(1, "our-wsas", Complete, when, four);
    let five = sheet(&[(1, 8), (2, 4), (3, 4), (4, 4), (5, 4)]);
    care.answered(2, "our-wsas", Complete, when + 10, five);
    let chart = care.chart();
    let total = |of: u8| {
        let one = chart.check_in(id(of)).expect("written");
        let result = world.library.result(&chart, one).expect("scored");
        (result.status, result.total.map(Total::rounded))
    };
    assert_eq!(total(1), (checkin::Status::Prorated, Some(20)));
    assert_eq!(
        total(2),
        (checkin::Status::Complete, Some(24)),
        "whoever answers it works"
    );
}

#[test]
fn nothing_that_ships_asks_anything_beside() {
    for form in checkin::shipped() {
        assert_eq!(asks_beside(form), None, "{}", form.id);
    }
}
