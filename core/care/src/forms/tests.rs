//! Forms of the clinic's own are judged, scored and compared as those that ship.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::*;
use crate::checkin::Answer;
use crate::entry::Entry;
use crate::flag::{Flag, flags, repeats};
use crate::library::LicenceAcknowledged;
use crate::patient::{FollowUp, Stage};
use crate::testing::*;

/// Seven yes/no questions known as the screener's by our own codes. The words are not the instrument's.
fn screener(id: &str, version: Option<&str>) -> Value {
    let names = ["q1", "q2", "q3", "q4", "q5", "q6_lifetime", "q6_3_months"];
    let items = names.map(|name| {
        json!({
            "linkId": name, "type": "boolean", "text": format!("Question {name}"),
            "code": [{"system": "urn:handrail:item", "code": format!("cssrs-screener-{name}")}],
        })
    });
    let mut form = json!({
        "resourceType": "Questionnaire", "status": "active", "id": id, "title": "Our screener",
        "item": items,
    });
    if let Some(version) = version {
        form["version"] = version.into();
    }
    form
}

/// A form with one safety item of its own and one note.
fn own(version: &str, positive_from: i64) -> Value {
    let option = |value: i64| {
        json!({
            "extension": [{
                "url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": value,
            }],
            "valueCoding": {"display": value.to_string()},
        })
    };
    json!({
        "resourceType": "Questionnaire", "status": "active", "id": "evening", "version": version,
        "title": "Evening", "item": [
            {
                "linkId": "safe", "type": "choice", "text": "How safe is the night?",
                "extension": [{
                    "url": checkin::SAFETY_EXTENSION, "valueInteger": positive_from,
                }],
                "answerOption": [option(0), option(1), option(2), option(3)],
            },
            {"linkId": "words", "type": "text", "text": "Anything else?"},
        ],
    })
}

fn published(form: &Value, statement: Option<&str>) -> QuestionnairePublished {
    QuestionnairePublished {
        questionnaire: RawValue::from_string(form.to_string()).expect("JSON"),
        licence: statement.map(|statement| LicenceAcknowledged {
            statement: statement.to_owned(),
        }),
    }
}

pub(super) fn publish(world: &mut World, form: &Value) {
    world.library(Body::Questionnaire(published(form, Some("Ours."))));
}

fn sheet(version: &str, stage: Stage, answers: Answers, asked: Option<Answers>) -> CheckInWritten {
    CheckInWritten {
        of: id(9),
        form: "phq9".to_owned(),
        version: version.to_owned(),
        stage,
        started: at("2026-11-20T13:00:00Z"),
        answers,
        follow_up: asked.map(|answers| FollowUp {
            form: "our-screener".to_owned(),
            version: "3".to_owned(),
            answers,
        }),
    }
}

fn yes(items: &[&str]) -> Answers {
    let mut answers = Answers::default();
    for item in ["q1", "q2", "q3", "q4", "q5", "q6_lifetime"] {
        answers.set(item, Answer::Bool(items.contains(&item)));
    }
    answers
}

fn flags_of(care: &Care, world: &World) -> Vec<Flag> {
    flags(id(1), &care.chart(), &world.team, &world.library)
}

#[test]
fn what_is_not_taken_into_use() {
    fn read(form: &Value, statement: Option<&str>) -> Result<ClinicForm, FormError> {
        ClinicForm::read(&published(form, statement), id(5))
    }
    let good = screener("our-screener", None);
    assert_eq!(read(&good, None), Err(FormError::LicenceMissing));
    assert_eq!(read(&good, Some(" ")), Err(FormError::LicenceMissing));
    assert_eq!(
        read(&good, Some(&"a".repeat(1001))),
        Err(FormError::LicenceMissing)
    );
    assert_eq!(
        read(&screener("phq9", None), Some("Ours.")),
        Err(FormError::IdTaken)
    );
    assert_eq!(
        read(&screener(&"x".repeat(65), None), Some("Ours.")),
        Err(FormError::IdTooLong)
    );
    assert_eq!(
        read(&json!({"resourceType": "Patient"}), Some("Ours.")),
        Err(FormError::Refused(Reason::NotAQuestionnaire))
    );
    let texts: Vec<_> = (0..30)
        .map(|at| json!({"linkId": at.to_string(), "type": "text", "text": "?"}))
        .collect();
    let long = json!({"resourceType": "Questionnaire", "id": "long", "item": texts});
    assert_eq!(read(&long, Some("Ours.")), Err(FormError::TooLarge));
    let form = read(&good, Some("Ours.")).expect("taken");
    assert_eq!(form.form().version, Some(id(5).to_string()));
}

#[test]
fn a_form_is_here_once_it_is_published_and_gone_once_it_is_erased() {
    let mut library = Library::default();
    let body = Body::Questionnaire(published(&own("1", 1), Some("Ours.")));
    let entry = Entry::new(id(77), 0, "UTC", INES, None, &body);
    assert!(library.form("evening").is_none());
    library.apply(1, &entry, body);
    assert_eq!(
        library.form("evening").map(|form| form.items.len()),
        Some(2)
    );
    assert_eq!(library.form_title("evening", "es"), "Evening");
    assert_eq!(
        library.form_title("daily-check-in", "es"),
        "Registro diario"
    );
    assert_eq!(library.form_title("gone", "es"), "gone");
    library.apply(
        2,
        &Entry::new(id(78), 0, "UTC", INES, None, &Body::Erase(erased(77))),
        Body::Erase(erased(77)),
    );
    assert!(library.form("evening").is_none());
}

fn erased(entry: u8) -> crate::patient::Erased {
    crate::patient::Erased {
        entry: id(entry),
        reason: String::new(),
    }
}

#[test]
fn a_safety_item_of_the_clinics_own_form_raises_a_flag() {
    let mut world = World::riverbend();
    publish(&mut world, &own("1", 2));
    let mut care = Care::enrolled("2026-11-02", 8, &[("evening", 1)]);
    let when = at("2026-11-20T22:00:00Z");
    care.answered(3, "evening", Stage::Complete, when, answers(&[("safe", 1)]));
    assert_eq!(flags_of(&care, &world), []);
    care.answered(
        4,
        "evening",
        Stage::Complete,
        when + 1,
        answers(&[("safe", 2)]),
    );
    care.answered(5, "evening", Stage::Complete, when + 2, Answers::default());
    let found = flags_of(&care, &world);
    let seen: Vec<_> = found
        .iter()
        .map(|flag| (flag.check_in, flag.answer))
        .collect();
    assert_eq!(seen, [(id(5), None), (id(4), Some(2))]);
    assert_eq!(found[1].item_text, "How safe is the night?");
    // A stricter version judges what is written from now on, not what was asked by the old one.
    publish(&mut world, &own("2", 1));
    assert_eq!(flags_of(&care, &world).len(), 2);
    let mut new = Care::enrolled("2026-11-02", 8, &[("evening", 1)]);
    let Body::CheckIn(mut written) =
        check_in(6, "evening", Stage::Complete, when, answers(&[("safe", 1)]))
    else {
        unreachable!("a check-in");
    };
    "2".clone_into(&mut written.version);
    new.patient(when, Body::CheckIn(written));
    assert_eq!(flags_of(&new, &world)[0].answer, Some(1));
}

#[test]
fn what_is_due_is_offered_only_with_its_form() {
    let mut world = World::riverbend();
    let care = Care::enrolled("2026-11-02", 8, &[("evening", 1), ("phq9", 7)]);
    let due = |world: &World, language| {
        let due = crate::due::check_ins(&care.chart(), date("2026-11-20"));
        let offered = world.library.offered(due, language).into_iter();
        offered.map(|due| due.title).collect::<Vec<_>>()
    };
    assert_eq!(due(&world, "en"), ["PHQ-9"]);
    publish(&mut world, &own("1", 1));
    assert_eq!(due(&world, "en"), ["Evening", "PHQ-9"]);
}

#[test]
fn thresholds_of_the_clinic_replace_the_defaults_whole() {
    let mut world = World::riverbend();
    let mut care = Care::enrolled("2026-11-02", 8, &[("phq9", 7)]);
    for (number, day, total) in [(1, "03", 14), (2, "10", 16), (3, "17", 10)] {
        let when = at(&format!("2026-11-{day}T13:00:00Z"));
        care.answered(number, "phq9", Stage::Complete, when, phq9(total, 0));
    }
    let chart = care.chart();
    let last = chart.check_in(id(3)).expect("written");
    let result = world.library.result(&chart, last).expect("PHQ-9 ships");
    let (first, previous) = (result.since_baseline, result.since_previous);
    assert_eq!(first.expect("a baseline").improvement, Total::whole(4));
    assert!(!first.expect("a baseline").improved);
    assert!(previous.expect("a last one").reliable);
    world.library(Body::CheckInPolicy(CheckInPolicy {
        thresholds: vec![ClinicThresholds {
            instrument: "phq9".to_owned(),
            minimal: Some(4),
            response_percent: Some(25),
            ..ClinicThresholds::default()
        }],
        ..CheckInPolicy::DEFAULT
    }));
    let result = world.library.result(&chart, last).expect("PHQ-9 ships");
    let first = result.since_baseline.expect("a baseline");
    assert!(first.improved && first.response && !first.reliable && !first.remission);
    let row = &crate::caseload::scores(&world.library, &chart, &chart.check_ins())[0];
    assert_eq!((row.baseline, row.previous), (Some(14.0), Some(16.0)));
    assert!(!row.improved, "the clinic gives no reliable threshold");
    let first = chart.check_in(id(1)).expect("written");
    let alone = world.library.result(&chart, first).expect("PHQ-9 ships");
    assert_eq!((alone.since_baseline, alone.since_previous), (None, None));
}

#[test]
fn policies_that_are_refused() {
    let mut world = World::riverbend();
    let thresholds = |instrument: &str, change: fn(&mut ClinicThresholds)| {
        let mut own = ClinicThresholds {
            instrument: instrument.to_owned(),
            ..ClinicThresholds::default()
        };
        change(&mut own);
        CheckInPolicy {
            thresholds: vec![own],
            ..CheckInPolicy::DEFAULT
        }
    };
    let check = |policy: &CheckInPolicy| policy.check(&world.library);
    for (policy, expected) in [
        (CheckInPolicy::DEFAULT, Ok(())),
        (thresholds("phq9", |own| own.minimal = Some(1)), Ok(())),
        (thresholds("who5", |own| own.minimal = Some(100)), Ok(())),
        (thresholds("phq", |_| {}), Err(PolicyError::Instrument)),
        (
            thresholds("cssrs-screener", |_| {}),
            Err(PolicyError::Instrument),
        ),
        (
            thresholds("phq9", |own| own.minimal = Some(0)),
            Err(PolicyError::Threshold),
        ),
        (
            thresholds("phq9", |own| own.reliable = Some(28)),
            Err(PolicyError::Threshold),
        ),
        (
            thresholds("k10", |own| own.remission_below = Some(10)),
            Err(PolicyError::Threshold),
        ),
        (
            thresholds("phq9", |own| {
                own.response_percent = Some(50);
                own.response_points = Some(5);
            }),
            Err(PolicyError::Threshold),
        ),
        (
            thresholds("phq9", |own| own.response_percent = Some(101)),
            Err(PolicyError::Threshold),
        ),
    ] {
        assert_eq!(check(&policy), expected, "{policy:?}");
    }
    let twice = CheckInPolicy {
        thresholds: vec![
            ClinicThresholds {
                instrument: "phq9".to_owned(),
                ..ClinicThresholds::default()
            };
            2
        ],
        ..CheckInPolicy::DEFAULT
    };
    assert_eq!(check(&twice), Err(PolicyError::Instrument));
    let follow_up = |form: &str| CheckInPolicy {
        follow_up: Some(form.to_owned()),
        ..CheckInPolicy::DEFAULT
    };
    for form in ["our-screener", "phq9"] {
        assert_eq!(check(&follow_up(form)), Err(PolicyError::FollowUp));
    }
    publish(&mut world, &screener("our-screener", Some("3")));
    assert_eq!(follow_up("our-screener").check(&world.library), Ok(()));
}

/// clinical.md section 2, point 3: asked after a safety item, never after itself.
#[test]
fn a_follow_up_belongs_to_forms_with_a_safety_item() {
    let mut world = World::riverbend();
    publish(&mut world, &screener("our-screener", Some("3")));
    let asked = |world: &World, form: &str| {
        let form = world.library.form(form).expect("here");
        world.library.follow_up_of(form).is_some()
    };
    assert!(!asked(&world, "phq9"), "not turned on");
    world.library(Body::CheckInPolicy(CheckInPolicy {
        follow_up: Some("our-screener".to_owned()),
        ..CheckInPolicy::DEFAULT
    }));
    for (form, expected) in [
        ("phq9", true),
        ("core10", true),
        ("daily-check-in", true),
        ("gad7", false),
        ("our-screener", false),
    ] {
        assert_eq!(asked(&world, form), expected, "{form}");
    }
}

#[test]
fn a_level_that_rises_after_the_disposition_opens_the_flag_again() {
    let mut world = World::riverbend();
    publish(&mut world, &screener("our-screener", Some("3")));
    let mut care = Care::enrolled("2026-11-02", 8, &[("phq9", 7)]);
    let when = at("2026-11-20T13:00:00Z");
    let first = sheet(
        "1",
        Stage::Safety,
        answers(&[("q9", 1)]),
        Some(Answers::default()),
    );
    care.patient(when, Body::CheckIn(first));
    let flag = &flags_of(&care, &world)[0];
    assert_eq!((flag.answer, flag.triage), (Some(1), Some(Triage::Unknown)));
    world.closes(9, "q9", Some(1), when + 1000);
    assert!(!flags_of(&care, &world)[0].is_open());
    // Everything answered no: nothing rose.
    let mut calm = care.clone();
    let done = sheet("1", Stage::Complete, phq9(5, 1), Some(yes(&[])));
    calm.patient(when + 2000, Body::CheckIn(done));
    let flag = &flags_of(&calm, &world)[0];
    assert_eq!((flag.is_open(), flag.triage), (false, Some(Triage::None)));
    // Thoughts with a method: the level was not known when it was closed.
    let done = sheet(
        "1",
        Stage::Complete,
        phq9(5, 1),
        Some(yes(&["q1", "q2", "q3"])),
    );
    care.patient(when + 2000, Body::CheckIn(done));
    let flag = &flags_of(&care, &world)[0];
    assert_eq!(
        (flag.is_open(), flag.triage),
        (true, Some(Triage::Moderate))
    );
    assert_eq!(flag.at, when + 2000, "as old as the level");
}

/// The entries of a form with a follow-up have one size, whatever was asked and answered.
#[test]
fn a_follow_up_does_not_show_in_the_size() {
    let mut world = World::riverbend();
    publish(&mut world, &screener("our-screener", Some("3")));
    let floor = |written: &CheckInWritten| {
        let body = Body::CheckIn(written.clone());
        let entry = Entry::new(
            id(255),
            99_999_999_999_999,
            "America/Argentina/ComodRivadavia",
            id(255),
            None,
            &body,
        );
        (
            world.library.sealed_floor(&body),
            entry.to_bytes().len() + 5,
        )
    };
    let quiet = sheet(
        "1",
        Stage::Safety,
        answers(&[("q9", 0)]),
        Some(Answers::default()),
    );
    let mut all = phq9(24, 3);
    all.set("difficulty", Answer::Value(3));
    let mut every = yes(&[]);
    every.set("q6_3_months", Answer::Bool(false));
    let loud = sheet("1", Stage::Complete, all, Some(every));
    let ((small, bytes), (large, most)) = (floor(&quiet), floor(&loud));
    assert_eq!(small, large);
    assert!(bytes < small && most <= large, "{most} of {large}");
    // The clinic's own form: as large as its longest answers.
    publish(&mut world, &own("1", 1));
    let written = CheckInWritten {
        form: "evening".to_owned(),
        follow_up: None,
        ..quiet
    };
    assert_eq!(world.library.sealed_floor(&Body::CheckIn(written)), 2000);
}

#[test]
fn an_unchanged_repeat_may_share_a_disposition_and_a_rise_never_does() {
    let mut world = World::riverbend();
    let mut care = Care::enrolled("2026-11-02", 8, &[("phq9", 7)]);
    let day = |number: u8| at("2026-11-01T13:00:00Z") + i64::from(number) * 86_400_000;
    for (number, answer) in [(1, 1), (2, 1), (3, 2), (4, 1), (5, 1), (6, 1)] {
        care.answered(
            number,
            "phq9",
            Stage::Complete,
            day(number),
            phq9(9, answer),
        );
    }
    let all = flags_of(&care, &world);
    let run = |of: u8| {
        let flag = all
            .iter()
            .find(|flag| flag.check_in == id(of))
            .expect("a flag");
        repeats(&all, flag)
    };
    assert_eq!(run(5), [id(6), id(4)]);
    assert_eq!(run(1), [id(2)]);
    assert_eq!(run(3), []);
    let shared = crate::team::Disposition {
        patient: id(1),
        check_in: id(5),
        item: "q9".to_owned(),
        answer: Some(1),
        triage: None,
        // The rise on day 3 is named too, and stays open all the same.
        also: vec![id(6), id(4), id(3)],
        outcome: crate::team::Outcome::Assessed,
        risk: crate::team::Risk::Moderate,
        mitigation: "Seen in group.".to_owned(),
    };
    world.team(TOMAS, day(7), Body::Disposition(shared));
    let open: Vec<_> = flags_of(&care, &world)
        .into_iter()
        .filter(Flag::is_open)
        .map(|flag| flag.check_in)
        .collect();
    assert_eq!(open, [id(3), id(2), id(1)]);
    // A new answer, even an unchanged one, is a new flag until somebody says so.
    care.answered(8, "phq9", Stage::Complete, day(8), phq9(9, 1));
    assert!(flags_of(&care, &world)[0].is_open());
}

/// A clinician reads every answer to the questions that followed, also those that nobody gave.
#[test]
fn the_patient_page_shows_what_was_asked_on() {
    let mut world = World::riverbend();
    publish(&mut world, &screener("our-screener", Some("3")));
    world.person(1, "Mara");
    let mut care = Care::enrolled("2026-11-02", 8, &[("phq9", 7)]);
    let when = at("2026-11-20T13:00:00Z");
    let mut given = yes(&["q1"]);
    given.0.remove("q5");
    let first = sheet(
        "1",
        Stage::Safety,
        answers(&[("q9", 1)]),
        Some(Answers::default()),
    );
    care.patient(when, Body::CheckIn(first));
    let lines = |care: &Care| {
        let chart = care.chart();
        let page =
            crate::patient_page::patient_page(world.clinic(), id(1), &chart, NEW_YORK, when + 5000);
        let mut page = page.expect("on the roster");
        let lines = page.check_ins.remove(0).answers.into_iter();
        let followed = lines.filter(|line| line.item.starts_with("our-screener/"));
        followed
            .map(|line| (line.item, line.answer, line.safety))
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(&care), []);
    let done = sheet("1", Stage::Complete, phq9(5, 1), Some(given));
    care.patient(when + 2000, Body::CheckIn(done));
    let seen = lines(&care);
    let named = |item: &str, answer: Option<&str>| {
        let item = format!("our-screener/{item}");
        (item, answer.map(str::to_owned), true)
    };
    assert_eq!(seen.len(), 7);
    assert_eq!(seen[0], named("q1", Some("Yes")));
    assert_eq!(seen[1], named("q2", Some("No")));
    assert_eq!(seen[4], named("q5", None));
}
