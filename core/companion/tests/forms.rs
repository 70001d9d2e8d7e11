//! A clinic's own forms on a phone: offered, asked in the phone's language, followed up, scored in words
//! when the clinic says so. The words of these forms are invented; no instrument's text is here.

mod support;

use std::collections::BTreeSet;

use handrail_care::checkin::Answer;
use handrail_care::entry::Body;
use handrail_care::forms::{CheckInPolicy, ClinicThresholds};
use handrail_care::library::{LicenceAcknowledged, QuestionnairePublished};
use handrail_care::patient::{CheckInWritten, DueRule, Enrolled, Stage};
use handrail_companion::view::{AnswerValue, CheckInForm, SafetyNotice, ScoringFact, SentState};
use handrail_companion::{Companion, CompanionError, help_anywhere};
use serde_json::{Value, json, value::RawValue};

use support::clinic::{Clinic, TRACK, date, enrolled};
use support::{DAY, MINUTE, NOW, PhoneHome};

fn item(name: &str) -> Value {
    json!({
        "linkId": name, "type": "boolean", "text": format!("Question {name}"),
        "code": [{"system": "urn:handrail:item", "code": format!("cssrs-screener-{name}")}],
    })
}

/// Seven yes/no questions, known as the screener's by our own codes; 3 to 5 are asked after a yes to 2.
fn screener() -> Value {
    let mut items = ["q1", "q2", "q3", "q4", "q5", "q6_lifetime", "q6_3_months"].map(item);
    for (at, gate) in [(2, "q2"), (3, "q2"), (4, "q2"), (6, "q6_lifetime")] {
        items[at]["enableWhen"] =
            json!([{"question": gate, "operator": "=", "answerBoolean": true}]);
    }
    json!({
        "resourceType": "Questionnaire", "status": "active", "id": "our-screener",
        "title": "Five questions more", "item": items,
    })
}

fn evening() -> Value {
    json!({
        "resourceType": "Questionnaire", "status": "active", "id": "evening", "title": "Evening",
        "item": [
            {"linkId": "words", "type": "text", "text": "How was it?"},
            {
                "linkId": "with", "type": "choice", "text": "With whom?", "repeats": true,
                "answerOption": [
                    {"valueString": "Alone", "initialSelected": true},
                    {"valueString": "Friends"}, {"valueString": "Family"},
                ],
            },
        ],
    })
}

fn publish(clinic: &Clinic, form: &Value) {
    let published = QuestionnairePublished {
        questionnaire: RawValue::from_string(form.to_string()).expect("JSON"),
        licence: Some(LicenceAcknowledged {
            statement: "Our own text.".to_owned(),
        }),
    };
    clinic.write(&clinic.library, &Body::Questionnaire(published));
}

fn decide(clinic: &Clinic, policy: CheckInPolicy) {
    clinic.write(&clinic.library, &Body::CheckInPolicy(policy));
}

fn follow_up() -> CheckInPolicy {
    CheckInPolicy {
        follow_up: Some("our-screener".to_owned()),
        ..CheckInPolicy::DEFAULT
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as `answer` takes it")]
fn number(number: i64) -> Option<AnswerValue> {
    Some(AnswerValue::Number { number })
}

#[expect(clippy::unnecessary_wraps, reason = "as `answer` takes it")]
fn yes(yes: bool) -> Option<AnswerValue> {
    Some(AnswerValue::YesNo { yes })
}

/// A PHQ-9 with 1 everywhere but item 9, not handed in.
fn phq9(phone: &Companion, item9: i64) -> CheckInForm {
    let form = phone.start_check_in("phq9").expect("a form");
    let mut last = form.clone();
    for question in form.questions.iter().filter(|one| !one.options.is_empty()) {
        let value = number(if question.link_id == "q9" { item9 } else { 1 });
        last = phone
            .answer(&form.check_in, &question.link_id, value)
            .expect("answered");
    }
    last
}

fn written(clinic: &Clinic) -> Vec<CheckInWritten> {
    clinic
        .opened(&clinic.care)
        .iter()
        .filter_map(|entry| match entry.body() {
            Ok(Some(Body::CheckIn(written))) => Some(written),
            _ => None,
        })
        .collect()
}

#[test]
fn a_form_of_the_clinic_is_offered_when_it_is_here() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let rule = |form: &str| DueRule {
        form: form.to_owned(),
        every_days: 1,
    };
    clinic.write(
        &clinic.care,
        &Body::Enrolled(Enrolled {
            track: TRACK,
            start_date: date("2026-11-02"),
            weeks: 8,
            join_link: None,
            check_ins: vec![rule("evening"), rule("core10")],
        }),
    );
    let phone = enrolled(&clinic, &home);
    let titles = |phone: &Companion| {
        let due = phone.due_check_ins().expect("due").into_iter();
        due.map(|due| due.title).collect::<Vec<_>>()
    };
    assert_eq!(titles(&phone), ["CORE-10"]);
    assert_eq!(
        phone.start_check_in("evening").err(),
        Some(CompanionError::NotFound)
    );
    publish(&clinic, &evening());
    phone.sync().expect("synced");
    assert_eq!(titles(&phone), ["Evening", "CORE-10"]);
    assert_eq!(phone.today().expect("today").check_ins[0].title, "Evening");

    let form = phone.start_check_in("evening").expect("a form");
    let one = |text: &str| AnswerValue::Words {
        text: text.to_owned(),
    };
    let words = |text: &str| Some(one(text));
    // What the form prefills stands there until it is changed; several answers are given together.
    assert!(form.questions[1].repeats);
    assert_eq!(form.questions[1].answer, words("Alone"));
    let several = |answers: &[&str]| {
        let answers = answers.iter().map(|text| one(text)).collect();
        Some(AnswerValue::Several { answers })
    };
    let with = |value| phone.answer(&form.check_in, "with", value);
    assert!(with(several(&["Friends", "Friends"])).is_err());
    assert!(with(several(&["Friends", "Nobody"])).is_err());
    let nested = Some(AnswerValue::Several {
        answers: vec![several(&["Friends"]).expect("a list")],
    });
    assert!(with(nested).is_err());
    let view = with(several(&["Friends", "Family"])).expect("both");
    assert_eq!(view.questions[1].answer, several(&["Friends", "Family"]));
    phone
        .answer(&form.check_in, "words", words("Quiet"))
        .expect("answered");
    // The draft survives a restart; then it is handed in and read back.
    phone.close();
    let phone = home.open();
    let again = phone.start_check_in("evening").expect("the same");
    assert_eq!(again.check_in, form.check_in);
    assert_eq!(again.questions[0].answer, words("Quiet"));
    let done = phone.submit(&form.check_in).expect("handed in");
    assert_eq!(
        (done.title.as_str(), done.missing, done.score),
        ("Evening", 0, None)
    );
    assert_eq!(titles(&phone), ["CORE-10"]);
    assert_eq!(phone.check_ins(5).expect("receipts")[0].title, "Evening");
}

#[test]
fn check_ins_are_asked_in_the_language_of_the_shell() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let stem = |phone: &Companion| {
        let form = phone.start_check_in("phq9").expect("a form");
        form.questions[2].text.clone()
    };
    assert_eq!(stem(&phone), "Little interest or pleasure in doing things");
    let form = phone.start_check_in("phq9").expect("a form");
    phone
        .answer(&form.check_in, "q1", number(3))
        .expect("answered");
    phone.set_language("es-US");
    assert_eq!(stem(&phone), "Poco interés o placer en hacer cosas");
    let again = phone.start_check_in("phq9").expect("the same draft");
    assert_eq!(again.questions[2].answer, number(3));
    let due = phone.due_check_ins().expect("due");
    assert_eq!(due[0].title, "Registro diario");
    phone.set_language("pt-BR");
    assert_eq!(stem(&phone), "Little interest or pleasure in doing things");
}

/// clinical.md section 2, points 1 to 3.
#[test]
fn a_positive_answer_says_what_was_sent_and_asks_on() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    publish(&clinic, &screener());
    decide(&clinic, follow_up());
    let phone = enrolled(&clinic, &home);

    let quiet = phq9(&phone, 0);
    assert!(!quiet.help_now && quiet.notice.is_none() && quiet.follow_up.is_none());
    let check_in = quiet.check_in;
    let form = phone.answer(&check_in, "q9", number(2)).expect("answered");
    assert!(form.help_now);
    let notice = form.notice.expect("what to tell");
    assert_eq!(
        notice.questions,
        ["Thoughts that you would be better off dead or of hurting yourself in some way"]
    );
    assert_eq!(notice.sent, Some(SentState::OnThisPhone));
    let says = |notice: &SafetyNotice, text: &str| {
        assert!(
            notice.lines.iter().any(|line| line.contains(text)),
            "{text}: {:?}",
            notice.lines
        );
    };
    says(&notice, "not sent yet");
    says(&notice, "please call");
    says(&notice, &notice.to.as_ref().expect("the program").hours);
    says(&notice, "Nobody watches around the clock");
    assert!(!notice.to.expect("the program").hours.is_empty());
    let asked = form.follow_up.expect("more questions");
    assert_eq!(
        (asked.title.as_str(), asked.call_first),
        ("Five questions more", false)
    );

    let form = phone
        .answer_follow_up(&check_in, "q2", yes(true))
        .expect("answered");
    assert!(!form.follow_up.expect("still").call_first);
    let form = phone
        .answer_follow_up(&check_in, "q4", yes(true))
        .expect("answered");
    assert!(form.follow_up.expect("still").call_first, "help again");
    assert!(
        phone.answer_follow_up(&check_in, "q4", number(1)).is_err(),
        "no answer to a yes/no question"
    );
    phone.sync().expect("synced");
    let form = phone.start_check_in("phq9").expect("the same");
    let at = SentState::AtTheClinic { at: NOW };
    let notice = form.notice.expect("still");
    assert_eq!(notice.sent, Some(at));
    says(&notice, "was sent to");
    assert!(!notice.lines.iter().any(|line| line.contains("not sent")));

    // After a kill, taking the answer back withdraws nothing, and the end carries everything.
    phone.close();
    let phone = home.open();
    phone
        .answer(&check_in, "q9", number(0))
        .expect("taken back");
    let done = phone.submit(&check_in).expect("handed in");
    assert!(done.help_now, "the questions that followed said enough");
    phone.sync().expect("synced");
    let entries = written(&clinic);
    let stages: Vec<_> = entries.iter().map(|one| one.stage).collect();
    assert_eq!(
        stages,
        [Stage::Safety, Stage::Safety, Stage::Safety, Stage::Complete]
    );
    let followed = |at: usize| entries[at].follow_up.as_ref().expect("always there");
    assert!(followed(0).answers.0.is_empty() && followed(1).answers.0.is_empty());
    assert_eq!(followed(3).answers.get("q4"), Some(&Answer::Bool(true)));
}

/// Design, section 8: two entries of one size, whatever was answered and whatever was asked.
#[test]
fn a_follow_up_shows_neither_in_count_nor_in_size() {
    let clinic = Clinic::new();
    publish(&clinic, &screener());
    decide(&clinic, follow_up());
    let mut sizes = BTreeSet::new();
    let mut counts = BTreeSet::new();
    for answer in [0, 3] {
        let home = PhoneHome::new();
        let phone = enrolled(&clinic, &home);
        let before = clinic.opened(&clinic.care).len();
        let form = phq9(&phone, answer);
        if answer > 0 {
            for question in form.follow_up.expect("asked").questions {
                phone
                    .answer_follow_up(&form.check_in, &question.link_id, yes(false))
                    .expect("answered");
            }
        }
        phone.submit(&form.check_in).expect("handed in");
        phone.sync().expect("synced");
        counts.insert(clinic.opened(&clinic.care).len() - before);
        clinic.server.log(clinic.care.mailbox(), |log| {
            let own = log.entries.iter().skip(before);
            sizes.extend(own.filter_map(|(_, _, sealed, _)| Some(sealed.as_ref()?.len())));
        });
    }
    assert_eq!(counts, BTreeSet::from([2]));
    assert_eq!(sizes.len(), 1, "{sizes:?}");
}

/// What was answered to the questions that follow is never lost with a draft that nobody finishes.
#[test]
fn a_draft_left_for_good_is_written_before_it_goes() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    publish(&clinic, &screener());
    decide(&clinic, follow_up());
    let phone = enrolled(&clinic, &home);
    let form = phq9(&phone, 1);
    phone
        .answer_follow_up(&form.check_in, "q1", yes(true))
        .expect("answered");
    home.clock.set(NOW + 9 * DAY);
    let new = phone.start_check_in("phq9").expect("another week");
    assert_ne!(new.check_in, form.check_in);
    phone.sync().expect("synced");
    let entries = written(&clinic);
    assert_eq!(entries.len(), 2);
    let followed = entries[1].follow_up.as_ref().expect("written");
    assert_eq!(followed.answers.get("q1"), Some(&Answer::Bool(true)));
    assert_eq!(entries[1].of.to_string(), form.check_in);
}

/// A draft that nobody finishes shows its answers neither in count nor in size.
#[test]
fn a_draft_left_for_good_looks_the_same_whatever_was_answered() {
    let clinic = Clinic::new();
    publish(&clinic, &screener());
    decide(&clinic, follow_up());
    let mut seen = BTreeSet::new();
    for answer in [0, 3] {
        let home = PhoneHome::new();
        let phone = enrolled(&clinic, &home);
        let before = clinic.opened(&clinic.care).len();
        let form = phq9(&phone, answer);
        if answer > 0 {
            phone
                .answer_follow_up(&form.check_in, "q1", yes(true))
                .expect("answered");
        }
        home.clock.set(NOW + 9 * DAY);
        phone.start_check_in("phq9").expect("another week");
        phone.sync().expect("synced");
        clinic.server.log(clinic.care.mailbox(), |log| {
            let own = log.entries.iter().skip(before);
            let sizes = own.map(|(_, _, sealed, _)| sealed.as_ref().map(Vec::len));
            seen.insert(sizes.collect::<Vec<_>>());
        });
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen.iter().all(|sizes| sizes.len() == 2));
}

/// clinical.md section 2, point 7.
#[test]
fn words_beside_a_score_only_when_the_clinic_says_so() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let sheet = |phone: &Companion, item9: i64| {
        let form = phq9(phone, item9);
        phone
            .submit(&form.check_in)
            .expect("handed in")
            .score
            .expect("a score")
    };
    let first = sheet(&phone, 0);
    assert_eq!((first.severity, first.since_first), (None, None));
    decide(
        &clinic,
        CheckInPolicy {
            show_severity: true,
            thresholds: vec![ClinicThresholds {
                instrument: "phq9".to_owned(),
                minimal: Some(1),
                ..ClinicThresholds::default()
            }],
            ..CheckInPolicy::DEFAULT
        },
    );
    phone.sync().expect("synced");
    home.clock.set(NOW + 8 * DAY);
    let second = sheet(&phone, 0);
    assert_eq!(second.severity.as_deref(), Some("Mild"));
    let since = second.since_last.expect("one before");
    let meaning = since.meaning.expect("shown");
    assert!(!meaning.improved && !meaning.worse);
    assert_eq!(meaning.words, "About the same as before");
    phone.set_language("es");
    let receipt = &phone.check_ins(1).expect("receipts")[0];
    let score = receipt.score.as_ref().expect("a score");
    assert_eq!(score.severity.as_deref(), Some("Leve"));
    // Never beside a positive safety answer.
    home.clock.set(NOW + 16 * DAY);
    let third = sheet(&phone, 1);
    let since = third.since_first.expect("the first");
    assert!((since.improvement + 1.0).abs() < f64::EPSILON);
    assert_eq!((third.severity, since.meaning), (None, None));
}

/// clinical.md section 2: pressing "I need help now" is told like a positive answer.
#[test]
fn asking_for_help_is_told_once_in_ten_minutes() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let before = clinic.kinds(&clinic.care).len();
    let notice = phone.ask_for_help().expect("saved");
    assert_eq!(notice.sent, Some(SentState::OnThisPhone));
    assert!(!notice.to.expect("the program").phone.is_empty());
    home.clock.set(NOW + 9 * MINUTE);
    phone.ask_for_help().expect("told already");
    phone.sync().expect("synced");
    assert_eq!(
        phone.ask_for_help().expect("told already").sent,
        Some(SentState::AtTheClinic { at: NOW })
    );
    home.clock.set(NOW + 10 * MINUTE);
    phone.ask_for_help().expect("told again");
    phone.sync().expect("synced");
    assert_eq!(
        clinic.kinds(&clinic.care)[before..],
        ["help-asked", "help-asked"]
    );
}

/// An instrument whose text the clinic has, known by our own codes; every question is required.
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

/// Asked once, never required, kept for the next time, and only where a score needs it.
#[test]
fn what_a_score_asks_beside_the_questions() {
    let (clinic, home) = (Clinic::new(), PhoneHome::new());
    let phone = enrolled(&clinic, &home);
    publish(&clinic, &imported("auditc", 3, 4));
    publish(&clinic, &imported("wsas", 5, 8));
    phone.sync().expect("enrolled");
    let begin = |form: &str| phone.start_check_in(form).expect("a form");
    assert_eq!(begin("phq9").scoring, None);
    phone.set_language("es");
    let spanish = begin("our-auditc").scoring.expect("asked");
    assert_eq!(spanish.options[2].label, "Prefiero no decirlo");
    phone.set_language("en");

    let form = begin("our-auditc");
    let asked = form.scoring.as_ref().expect("asked");
    assert_eq!((asked.said, asked.options.len()), (None, 3));
    for item in ["item-1", "item-2", "item-3"] {
        phone
            .answer(&form.check_in, item, number(1))
            .expect("answered");
    }
    let wrong = phone.tell_scoring_fact(&form.check_in, ScoringFact::WorkApplies);
    assert_eq!(
        wrong,
        Err(CompanionError::NotFound),
        "this form asks something else"
    );
    // Handed in without a word about it.
    phone.submit(&form.check_in).expect("not required");
    let form = begin("our-auditc");
    let said = phone
        .tell_scoring_fact(&form.check_in, ScoringFact::SexNotSaid)
        .expect("kept");
    assert_eq!(
        said.scoring.expect("may be changed").said,
        Some(ScoringFact::SexNotSaid)
    );

    let form = begin("our-wsas");
    phone
        .answer(&form.check_in, "item-1", number(8))
        .expect("answered");
    let form = phone
        .tell_scoring_fact(&form.check_in, ScoringFact::WorkDoesNotApply)
        .expect("kept");
    let first = &form.questions[0];
    assert_eq!((first.shown, &first.answer), (false, &None));
    assert!(form.questions[1..].iter().all(|question| question.shown));
    for item in ["item-2", "item-3", "item-4"] {
        phone
            .answer(&form.check_in, item, number(4))
            .expect("answered");
    }
    let early = phone.submit(&form.check_in);
    assert!(early.is_err(), "control: the others are required");
    phone
        .answer(&form.check_in, "item-5", number(4))
        .expect("answered");
    let done = phone.submit(&form.check_in).expect("one is left out");
    assert!((done.score.expect("prorated").total - 20.0).abs() < f64::EPSILON);
    phone.sync().expect("enrolled");
    let facts = |entry: &handrail_care::entry::Entry| entry.kind == "scoring-facts";
    assert_eq!(
        clinic
            .opened(&clinic.care)
            .iter()
            .filter(|one| facts(one))
            .count(),
        2
    );
}

/// On every form, before it is handed in (clinical.md section 2): when someone reads, and that nobody watches
/// around the clock.
#[test]
fn every_form_says_that_nobody_watches() {
    let (clinic, home) = (Clinic::new(), PhoneHome::new());
    let phone = enrolled(&clinic, &home);
    let lines = |form: &str| phone.start_check_in(form).expect("a form").not_watched;
    for form in ["daily-check-in", "gad7"] {
        let lines = lines(form);
        assert_eq!(
            lines.last().map(String::as_str),
            Some("Nobody watches around the clock.")
        );
    }
    let at_once = |form: &str| phone.start_check_in(form).expect("a form").at_once;
    assert!(at_once("phq9").is_some_and(|line| line.contains("as soon as")));
    assert_eq!(at_once("gad7"), None, "it has no such question");
    // Help speaks the phone's language too, with and without a phone.
    let first = |help: handrail_companion::view::Help| help.contacts[0].label.clone();
    assert_eq!(first(phone.help("US")), "Call 988, day or night");
    let llame = "Llame al 988, de día o de noche";
    assert_eq!(first(help_anywhere("US", "es-MX")), llame);
    phone.set_language("es");
    assert_eq!(first(phone.help("US")), llame);
    assert_ne!(
        lines("gad7").last().map(String::as_str),
        Some("Nobody watches around the clock.")
    );
}
