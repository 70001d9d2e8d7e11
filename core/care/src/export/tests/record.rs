//! The record that the tests of exports and the committed files are made from.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::*;
use crate::checkin::{Answer, Answers};
use crate::entry::Body;
use crate::homework::{Assigned, Completion, Logged, Prompt};
use crate::library::{LicenceAcknowledged, QuestionnairePublished};
use crate::patient::{CheckInWritten, Stage};
use crate::plan::goals::GoalRated;
use crate::plan::{
    Appointment, Goal, GoalState, Intervention, Medicine, PartOne, PartTwo, SafetyPlan,
    TransitionPlan,
};
use crate::program::{Attendance, SessionChange};
use crate::skill::{Noted, Values};
use crate::testing::*;

pub(super) const DAY: i64 = 24 * 3_600_000;

pub(super) fn goal(number: u8, text: &str, state: GoalState) -> Goal {
    Goal {
        id: id(number),
        text: text.to_owned(),
        measure: String::new(),
        state,
    }
}

/// Both parts of the treatment plan, ratings of a goal, and the safety plan.
fn plans_of(care: &mut Care, monday: i64) {
    care.patient(
        monday,
        Body::PartOne(PartOne {
            goals: vec![
                goal(61, "Walk with my sister again", GoalState::Open),
                goal(62, "Sleep through", GoalState::Met),
                goal(63, "Find a choir", GoalState::SetAside),
            ],
            strengths: vec!["Patience".to_owned()],
            ..PartOne::default()
        }),
    );
    for (day, level) in [(0, -2), (9, 0)] {
        let rated = GoalRated {
            goal: id(61),
            level,
            note: String::new(),
        };
        care.patient(monday + day * DAY, Body::GoalRated(rated));
    }
    care.staff(
        monday + 7 * DAY,
        Body::PartTwo(PartTwo {
            interventions: vec![Intervention {
                what: "Group".to_owned(),
                how_often: "three days a week".to_owned(),
                goal: Some(id(61)),
                ..Intervention::default()
            }],
            medicines: vec![Medicine {
                name: "Sertraline".to_owned(),
                how: "50 mg in the morning".to_owned(),
                why: String::new(),
            }],
            ..PartTwo::default()
        }),
    );
    care.patient(
        monday + DAY,
        Body::SafetyPlan(SafetyPlan {
            warning_signs: vec!["I stop answering".to_owned()],
            ..SafetyPlan::default()
        }),
    );
}

fn rows(of: &[&[(&str, &str)]]) -> Noted {
    let row = |cells: &&[(&str, &str)]| {
        let cells = cells.iter().map(|(field, text)| {
            let text = (*text).to_owned();
            ((*field).to_owned(), Noted::Text(text))
        });
        cells.collect::<Values>()
    };
    Noted::Rows(of.iter().map(row).collect())
}

/// A form that the clinic imported, with conditions, a group, a hidden sum and every kind of answer.
pub(super) fn evening() -> Value {
    json!({
        "resourceType": "Questionnaire", "status": "active", "id": "evening", "version": "3",
        "url": "http://clinic.example/evening?form=1", "title": "Evening", "copyright": "Ours.",
        "item": [
            {"linkId": "how", "type": "choice", "text": "How was the day?", "prefix": "1",
                "code": [{"system": "http://clinic.example/codes", "code": "how"}],
                "answerOption": [
                    {"valueCoding": {"system": "http://clinic.example/codes", "code": "good", "display": "Good"}},
                    {"valueCoding": {"system": "http://clinic.example/codes", "code": "bad", "display": "Bad"}},
                ]},
            {"linkId": "more", "type": "group", "text": "About it", "enableWhen": [
                {"question": "how", "operator": "=", "answerCoding": {"system": "http://clinic.example/codes", "code": "bad"}},
            ], "item": [
                {"linkId": "why", "type": "string", "text": "Why?", "maxLength": 40},
                {"linkId": "hours", "type": "integer", "text": "Hours awake", "extension": [
                    {"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueInteger": 0},
                    {"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueInteger": 24},
                ]},
                {"linkId": "since", "type": "date", "text": "Since when?", "enableBehavior": "any", "enableWhen": [
                    {"question": "hours", "operator": ">", "answerInteger": 8},
                    {"question": "why", "operator": "exists", "answerBoolean": true},
                ]},
            ]},
            {"linkId": "rested", "type": "boolean", "text": "Rested?"},
            {"linkId": "weight", "type": "quantity", "text": "Weight", "extension": [
                {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-unit",
                    "valueCoding": {"system": "http://unitsofmeasure.org", "code": "kg", "display": "kg"}},
            ]},
            {"linkId": "sum", "type": "decimal", "text": "Sum", "readOnly": true},
            {"linkId": "thanks", "type": "display", "text": "Thank you"},
        ],
    })
}

/// Worksheets in rows, a night, one that was begun and left, one of a skill that is not here; and a sheet
/// of the clinic's own form.
fn worksheets_of(world: &mut World, care: &mut Care, monday: i64) {
    let text = |text: &str| Noted::Text(text.to_owned());
    let ladder = care.staff(
        monday + 2 * DAY,
        Body::HomeworkAssigned(Assigned {
            title: "The bus".to_owned(),
            skill: Some("exposure-ladder".to_owned()),
            due: date("2026-11-11"),
            times: 1,
            given: Values::from([(
                "ladder".to_owned(),
                rows(&[&[("step", "One stop")], &[("step", "=All the way")]]),
            )]),
            ..Assigned::default()
        }),
    );
    let log = |skill: &str, values: Vec<(&str, Noted)>| Logged {
        skill: Some(skill.to_owned()),
        values: (values.into_iter())
            .map(|(field, noted)| (field.to_owned(), noted))
            .collect(),
        ..Logged::of(Completion::Done)
    };
    let chain = log(
        "chain-analysis",
        vec![
            ("behavior-kind", text("shut-down")),
            ("behavior", text("I hid & slept")),
            (
                "links",
                rows(&[
                    &[("kind", "thought"), ("what", "They are done with me")],
                    &[
                        ("kind", "body"),
                        ("what", "Tight chest"),
                        ("next-time", "Breathe"),
                    ],
                ]),
            ),
            // A field that the skill had once.
            ("weather", text("Rain")),
        ],
    );
    let night = log(
        "sleep-diary",
        vec![
            ("bed", text("23:00")),
            ("rise", text("07:00")),
            ("latency", Noted::Number(48)),
            ("quality", Noted::Number(2)),
        ],
    );
    let tried = Logged {
        homework: Some(ladder),
        practised_at: Some(monday + 3 * DAY),
        prompt: Some(Prompt::Homework),
        trigger: Some("The morning bus".to_owned()),
        urge_before: Some(8),
        urge_after: Some(0),
        ..log(
            "exposure-ladder",
            vec![("tried", text("One stop")), ("peak", Noted::Number(70))],
        )
    };
    let begun = Logged {
        completion: Completion::Not,
        obstacle: Some("Interrupted".to_owned()),
        ..log("thought-record", vec![("situation", text("At the till"))])
    };
    let unknown = log("a-skill-of-theirs", vec![("size", Noted::Number(3))]);
    for (day, log) in [(1, chain), (2, night), (4, tried), (5, begun), (6, unknown)] {
        care.patient(monday + day * DAY, Body::HomeworkLogged(log));
    }
    world.library(Body::Questionnaire(QuestionnairePublished {
        questionnaire: RawValue::from_string(evening().to_string()).expect("JSON"),
        licence: Some(LicenceAcknowledged {
            statement: "Ours.".to_owned(),
        }),
    }));
    let mut sheet = Answers::default();
    sheet.set("how", Answer::Text("bad".to_owned()));
    sheet.set("why", Answer::Text("A long day".to_owned()));
    sheet.set("hours", Answer::Value(9));
    sheet.set("since", Answer::Text("2026-11-01".to_owned()));
    sheet.set("rested", Answer::Bool(false));
    sheet.set("weight", Answer::Decimal(70.5));
    let written = CheckInWritten {
        of: id(5),
        form: "evening".to_owned(),
        version: "3".to_owned(),
        stage: Stage::Complete,
        started: monday,
        answers: sheet,
        follow_up: None,
    };
    care.patient(monday + 2 * DAY, Body::CheckIn(written));
}

/// A patient with some of everything.
pub(super) fn record() -> (World, Care) {
    let mut world = World::riverbend();
    world.person(1, "Ada");
    world.library(Body::Program(Program {
        id: id(205),
        name: "IOP".to_owned(),
        kind: ProgramKind::MentalHealth,
        time_zone: NEW_YORK.to_owned(),
        phone: "+1 555 0100".to_owned(),
        hours: "Mon to Fri".to_owned(),
        weekly_minimum: None,
    }));
    let mut care = Care::enrolled("2026-11-02", 4, &[("phq9", 7)]);
    let monday = at("2026-11-02T17:00:00Z");
    let mut sheet = phq9(18, 1);
    sheet.set("difficulty", Answer::Value(2));
    care.answered(1, "phq9", Stage::Complete, monday, sheet);
    let mut partly = phq9(9, 0);
    partly.0.remove("q8");
    care.answered(2, "phq9", Stage::Complete, monday + 7 * DAY, partly);
    let mut mood = answers(&[("mood", 5), ("urge-to-self-harm", 0)]);
    mood.set(
        "note",
        Answer::Text("=2+2, \"quoted\"\nsecond line".to_owned()),
    );
    care.answered(3, "daily-check-in", Stage::Complete, monday + DAY, mood);
    care.answered(
        4,
        "a-form-of-their-own",
        Stage::Complete,
        monday + DAY,
        answers(&[("x", 3)]),
    );
    let walk = care.staff(
        monday,
        Body::HomeworkAssigned(Assigned {
            title: "Walk".to_owned(),
            instructions: "Ten minutes.".to_owned(),
            skill: Some("behavioural-activation".to_owned()),
            due: date("2026-11-09"),
            times: 2,
            ..Assigned::default()
        }),
    );
    care.patient(
        monday + DAY,
        Body::HomeworkLogged(Logged {
            homework: Some(walk),
            completion: Completion::Partly,
            distress_before: Some(70),
            distress_after: Some(40),
            helpfulness: Some(3),
            minutes: Some(12),
            obstacle: Some("Rain & cold".to_owned()),
            ..Logged::of(Completion::Partly)
        }),
    );
    care.staff(
        monday,
        Body::TransitionPlan(TransitionPlan {
            warning_signs: vec!["Sleep <5 h".to_owned()],
            appointments: vec![Appointment {
                what: "Therapist".to_owned(),
                date: date("2026-12-03"),
                time: "10:30".to_owned(),
                place: "Second floor; room 2".to_owned(),
            }],
            ..TransitionPlan::default()
        }),
    );
    plans_of(&mut care, monday);
    world.changed(SessionChange::Cancelled {
        original_date: date("2026-11-10"),
        original_start: None,
        reason: Some("Heating".to_owned()),
    });
    world.changed(SessionChange::Moved {
        original_date: date("2026-11-12"),
        original_start: None,
        new_date: date("2026-11-13"),
        new_start: clock(10),
        new_end: clock(13),
    });
    world.came(1, "2026-11-02", Attendance::Present);
    world.came(1, "2026-11-03", Attendance::Absent);
    worksheets_of(&mut world, &mut care, monday);
    (world, care)
}
