//! Homework and skills through the acts, folded into the clinician's own view at once.

use chrono::NaiveDate;
use handrail_care::homework::Assigned;
use handrail_care::library::Education;
use handrail_care::program::Weekday;
use handrail_care::program::schedule::SessionChange;
use handrail_care::skill::{Noted, Values, shipped};

use super::*;
use crate::act::Act;
use crate::visits::tests::{MONDAY, Practice};

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn homework() -> Assigned {
    Assigned {
        title: "Breathe".to_owned(),
        skill: Some("paced-breathing".to_owned()),
        due: date("2026-11-15"),
        times: 1,
        ..Assigned::default()
    }
}

fn assign(practice: &mut Practice, homework: Assigned) -> Result<Done, ActError> {
    let patient = practice.patient;
    practice.act(Act::AssignHomework { patient, homework })
}

#[test]
fn days_of_the_week_are_counted_from_today() {
    let mut practice = Practice::new();
    let days = Assigned {
        weekdays: vec![Weekday::Tuesday, Weekday::Friday],
        times: 50,
        ..homework()
    };
    assign(&mut practice, days).expect("given");
    let given = practice.page(MONDAY).homework.remove(0);
    assert_eq!((given.times, given.done), (4, 0));
    assert_eq!(given.next_day, Some(date("2026-11-03")));
    // None of the days lies before the last one: refused, and nothing was written.
    let none = Assigned {
        weekdays: vec![Weekday::Tuesday],
        due: date("2026-11-02"),
        ..homework()
    };
    assert_eq!(assign(&mut practice, none), Err(ActError::OutOfRange));
    assert_eq!(practice.page(MONDAY).homework.len(), 1);
}

#[test]
fn due_before_a_session_follows_it() {
    let mut practice = Practice::new();
    let track = practice.track;
    let before = |day: &str| Assigned {
        before_session: Some(format!("{track}:{day}")),
        ..homework()
    };
    assign(&mut practice, before("2026-11-05")).expect("given");
    let due = |practice: &Practice| practice.page(MONDAY).homework[0].due;
    assert_eq!(due(&practice), date("2026-11-05"));
    practice.does(Act::ChangeSession {
        track,
        change: SessionChange::Cancelled {
            original_date: date("2026-11-05"),
            original_start: None,
            reason: None,
        },
    });
    assert_eq!(due(&practice), date("2026-11-09"));
    // Not a session, one that is over, and one that does not take place.
    for day in ["2026-11-04", "2026-10-29", "2026-11-05"] {
        let refused = assign(&mut practice, before(day));
        assert_eq!(refused, Err(ActError::NotFound), "{day}");
    }
}

#[test]
fn what_a_phone_could_not_show_is_refused() {
    let mut practice = Practice::new();
    let skill = |skill: &str| Assigned {
        skill: Some(skill.to_owned()),
        ..homework()
    };
    let reading = |slug: &str| Assigned {
        skill: None,
        reading: Some(slug.to_owned()),
        ..homework()
    };
    let step = |expected| {
        let step = [
            ("step", Noted::Text("Ride one stop".to_owned())),
            ("expected", expected),
        ];
        let step = step.map(|(field, noted)| (field.to_owned(), noted));
        Assigned {
            given: Values::from([("ladder".to_owned(), Noted::Rows(vec![step.into()]))]),
            ..skill("exposure-ladder")
        }
    };
    assert_eq!(
        assign(&mut practice, skill("juggling")),
        Err(ActError::NotFound)
    );
    assert_eq!(
        assign(&mut practice, reading("what-is-an-iop")),
        Err(ActError::NotFound)
    );
    let high = assign(&mut practice, step(Noted::Number(101)));
    assert_eq!(high, Err(ActError::OutOfRange));
    assert!(practice.page(MONDAY).homework.is_empty());
    // The same, known and in bounds.
    practice.does(Act::PublishEducation {
        education: Education {
            slug: "what-is-an-iop".to_owned(),
            title: "What an IOP is".to_owned(),
            summary: "Short.".to_owned(),
            minutes: 1,
            family: true,
            markdown: "Text.".to_owned(),
        },
    });
    assign(&mut practice, reading("what-is-an-iop")).expect("given");
    assign(&mut practice, step(Noted::Number(60))).expect("given");
    let page = practice.page(MONDAY);
    // Both are due on one day, so their order is that of random ids.
    let given = page.homework.iter();
    let readings: Vec<_> = given
        .clone()
        .filter_map(|one| one.reading.as_deref())
        .collect();
    assert_eq!(readings, ["what-is-an-iop"]);
    let ladders = given.filter(|one| one.given.len() == 1).count();
    assert_eq!(ladders, 1);
}

#[test]
fn a_clinic_publishes_and_retires_its_own() {
    let mut practice = Practice::new();
    let shipped_skills = practice.clinician.skills().len();
    let calm = shipped("mindfulness", Language::English).expect("ships");
    let own = SkillPublished {
        language: Language::English,
        skill: Skill {
            id: "river-walk".to_owned(),
            title: "Walk by the river".to_owned(),
            ..calm.clone()
        },
        retired: false,
    };
    let taken = SkillPublished {
        skill: calm.clone(),
        ..own.clone()
    };
    let refused = practice.act(Act::PublishSkill { skill: taken });
    assert_eq!(refused, Err(ActError::SkillRefused));
    practice.does(Act::PublishSkill { skill: own.clone() });
    let skills = practice.clinician.skills();
    assert_eq!(skills.len(), shipped_skills + 1);
    assert!(
        skills
            .iter()
            .any(|line| line.id == "river-walk" && !line.group_title.is_empty())
    );
    let walk = Assigned {
        skill: Some("river-walk".to_owned()),
        ..homework()
    };
    assign(&mut practice, walk.clone()).expect("given");
    let skill = SkillPublished {
        retired: true,
        ..own
    };
    practice.does(Act::PublishSkill { skill });
    assert_eq!(practice.clinician.skills().len(), shipped_skills);
    assert_eq!(assign(&mut practice, walk), Err(ActError::NotFound));
    let kept = practice
        .clinician
        .skill("river-walk")
        .expect("logs name it");
    assert_eq!(kept.title, "Walk by the river");
}
