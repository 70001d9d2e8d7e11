//! Skills, worksheets and their tries on a phone: what is saved, what stays on it, what help lists.

mod support;

use handrail_care::entry::Body;
use handrail_care::help::shipped;
use handrail_care::homework::{Assigned, Completion, HomeworkWithdrawn, Prompt};
use handrail_care::id::Id;
use handrail_care::program::Weekday;
use handrail_care::reminder::Language;
use handrail_care::skill::{self, Noted, Skill, SkillPublished, Values};
use handrail_companion::view::{FieldAnswer, FieldRow, FieldValue, HomeworkTry, SkillFieldKind};
use handrail_companion::{Companion, CompanionError, help_anywhere};

use support::clinic::{Clinic, date, enrolled};
use support::{MINUTE, NOW, PhoneHome, all_bytes, contains};

fn written(field: &str, text: &str) -> FieldAnswer {
    FieldAnswer {
        field: field.to_owned(),
        value: FieldValue::Written {
            text: text.to_owned(),
        },
    }
}

fn of_skill(skill: &str) -> HomeworkTry {
    HomeworkTry {
        skill: Some(skill.to_owned()),
        ..HomeworkTry::of(Completion::Done)
    }
}

fn rated(phone: &Companion, skill: &str, before: u8, after: u8) {
    let tried = HomeworkTry {
        distress_before: Some(before),
        distress_after: Some(after),
        ..of_skill(skill)
    };
    phone.log_homework(tried).expect("saved");
}

fn not_valid(tried: Result<impl std::fmt::Debug, CompanionError>) -> (String, Option<String>) {
    match tried.expect_err("refused") {
        CompanionError::NotValid { code, item } => (code, item),
        other => panic!("not-valid expected, not {other}"),
    }
}

#[test]
fn a_skill_has_steps_guidance_and_fields() {
    let (clinic, home) = (Clinic::new(), PhoneHome::new());
    let phone = enrolled(&clinic, &home);
    let skills = phone.skills().expect("a patient's phone");
    assert!(skills.len() >= 18);
    let locked: Vec<_> = skills.iter().filter(|skill| skill.locked).collect();
    assert_eq!(locked.len(), 1);
    let page = phone.skill("paced-breathing").expect("ships");
    assert_eq!(page.guides[0].seconds, 300);
    assert!(page.effect.is_none() && !page.free_text_note.is_empty());
    let chain = phone.skill("chain-analysis").expect("ships");
    let rows = chain.fields.iter().find_map(|field| match &field.kind {
        SkillFieldKind::Rows { fields } => Some(fields.len()),
        _ => None,
    });
    assert_eq!(rows, Some(3));
    phone.set_language("es-US");
    let spanish = phone.skill("paced-breathing").expect("ships");
    assert_ne!(spanish.item.title, page.item.title);
    assert_eq!(
        phone.skill("juggling").err(),
        Some(CompanionError::NotFound)
    );

    // The clinic adds one, in English only.
    let own = Skill {
        id: "river-walk".to_owned(),
        title: "Walk by the river".to_owned(),
        ..skill::shipped("mindfulness", Language::English)
            .expect("ships")
            .clone()
    };
    let published = SkillPublished {
        language: Language::English,
        skill: own,
        retired: false,
    };
    clinic.write(&clinic.library, &Body::Skill(published));
    phone.sync().expect("synced");
    let page = phone.skill("river-walk").expect("the clinic's");
    assert_eq!(page.item.title, "Walk by the river");
    assert_eq!(phone.skills().expect("open").len(), skills.len() + 1);
}

#[test]
fn a_worksheet_survives_a_kill_and_its_private_note_stays_here() {
    let (clinic, home) = (Clinic::new(), PhoneHome::new());
    let phone = enrolled(&clinic, &home);
    let link = FieldRow {
        answers: vec![written("kind", "thought"), written("what", "wisteria-link")],
    };
    let tried = HomeworkTry {
        practised_at: Some(NOW - 60 * MINUTE),
        prompt: Some(Prompt::OwnIdea),
        trigger: Some("wisteria-trigger".to_owned()),
        urge_before: Some(8),
        urge_after: Some(2),
        answers: vec![
            written("behavior", "wisteria-behavior"),
            written("behavior-kind", "hurt-self"),
            FieldAnswer {
                field: "links".to_owned(),
                value: FieldValue::Table { rows: vec![link] },
            },
        ],
        private_note: Some("wisteria-private".to_owned()),
        ..of_skill("chain-analysis")
    };
    phone.keep_try(tried.clone()).expect("kept");
    phone.close();
    let phone = home.open();
    let skill = Some("chain-analysis".to_owned());
    let kept = |phone: &Companion| phone.kept_try(None, skill.clone()).expect("open");
    assert_eq!(kept(&phone), Some(tried.clone()));
    assert_eq!(phone.kept_try(None, None).expect("open"), None);
    assert!(phone.homework_log(None).expect("open").is_empty());

    let saved = phone.log_homework(tried.clone()).expect("saved");
    assert!(saved.offer_safety_plan);
    assert_eq!(kept(&phone), None);
    let sealed = |word: &str| !contains(&all_bytes(&home.folder()), word.as_bytes());
    assert!(
        sealed("wisteria"),
        "nothing of it lies readable on the disk"
    );
    phone.sync().expect("synced");
    phone.close();
    let phone = home.open();
    let log = phone.homework_log(None).expect("open").remove(0);
    assert_eq!((log.id, log.tried), (saved.receipt, tried));
    assert_eq!(log.skill_title.as_deref(), Some("Link by link"));
    let lines: Vec<_> = log.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(
        lines,
        [
            "I hurt myself or wanted to",
            "wisteria-behavior",
            "1. What kind of link? A thought; What was it? wisteria-link",
        ]
    );
    // The clinic has the worksheet, and not the private note.
    let entries = clinic.opened(&clinic.care);
    let text = |entry: &handrail_care::entry::Entry| {
        serde_json::to_string(&entry.body).expect("a body is JSON")
    };
    let body = text(entries.last().expect("the log"));
    assert!(body.contains("wisteria-behavior") && body.contains("wisteria-trigger"));
    assert!(
        !entries
            .iter()
            .any(|entry| text(entry).contains("wisteria-private"))
    );
}

#[test]
fn what_does_not_fit_is_refused_and_leaves_nothing() {
    let (clinic, home) = (Clinic::new(), PhoneHome::new());
    let phone = enrolled(&clinic, &home);
    let refused = |tried: HomeworkTry| not_valid(phone.log_homework(tried));
    let code = |code: &str, item: Option<&str>| (code.to_owned(), item.map(str::to_owned));
    let calm = of_skill("quick-calm");
    assert_eq!(
        refused(calm.clone()),
        code("required", Some("caution-read"))
    );
    assert_eq!(
        refused(of_skill("exposure-ladder")),
        code("skill-not-assigned", None)
    );
    let late = HomeworkTry {
        practised_at: Some(NOW + 60 * MINUTE),
        ..of_skill("mindfulness")
    };
    assert_eq!(refused(late), code("time-out-of-range", None));
    let urge = HomeworkTry {
        urge_after: Some(11),
        ..of_skill("mindfulness")
    };
    assert_eq!(refused(urge), code("urge-out-of-range", None));
    let unknown = HomeworkTry {
        answers: vec![written("colour", "blue")],
        ..of_skill("mindfulness")
    };
    assert_eq!(refused(unknown), code("unknown-item", None));
    let long = HomeworkTry {
        private_note: Some("x".repeat(4001)),
        ..of_skill("mindfulness")
    };
    assert_eq!(refused(long), code("text-out-of-range", None));
    let nothing = phone.log_homework(of_skill("juggling")).err();
    assert_eq!(nothing, Some(CompanionError::NotFound));
    assert!(phone.homework_log(None).expect("open").is_empty());
    // Not tried: the obstacle alone is a good answer. Tried with the caution read: saved.
    let obstacle = HomeworkTry {
        completion: Completion::Not,
        obstacle: Some("Too loud".to_owned()),
        ..calm.clone()
    };
    phone.log_homework(obstacle).expect("saved");
    let read = FieldAnswer {
        field: "caution-read".to_owned(),
        value: FieldValue::Ticked { yes: true },
    };
    let calm = HomeworkTry {
        answers: vec![read],
        ..calm
    };
    let saved = phone.log_homework(calm).expect("saved");
    assert!(!saved.offer_safety_plan);
    assert_eq!(phone.homework_log(None).expect("open").len(), 2);
}

#[test]
fn exposure_comes_with_the_ladder_that_was_given() {
    let (clinic, home) = (Clinic::new(), PhoneHome::new());
    let phone = enrolled(&clinic, &home);
    let step = Values::from([
        ("step".to_owned(), Noted::Text("Ride one stop".to_owned())),
        ("expected".to_owned(), Noted::Number(40)),
    ]);
    let given = clinic.write(
        &clinic.care,
        &Body::HomeworkAssigned(Assigned {
            title: "Your ladder".to_owned(),
            skill: Some("exposure-ladder".to_owned()),
            due: date("2026-11-29"),
            times: 2,
            from: Some(date("2026-11-23")),
            weekdays: vec![Weekday::Tuesday, Weekday::Friday],
            given: Values::from([("ladder".to_owned(), Noted::Rows(vec![step]))]),
            ..Assigned::default()
        }),
    );
    phone.sync().expect("synced");
    let view = phone.homework().expect("open").remove(0);
    assert_eq!(view.given_lines.len(), 1);
    assert!(view.given_lines[0].text.contains("Ride one stop"));
    assert_eq!(view.next_day.as_deref(), Some("2026-11-24"));
    assert_eq!(view.weekdays, [Weekday::Tuesday, Weekday::Friday]);
    assert!(!phone.skill("exposure-ladder").expect("ships").item.locked);
    let tried = HomeworkTry {
        homework: Some(given.to_string()),
        answers: view.given.clone(),
        ..HomeworkTry::of(Completion::Partly)
    };
    phone.log_homework(tried.clone()).expect("saved");
    // Today is Monday: it counts for no Tuesday.
    assert_eq!(phone.homework().expect("open")[0].done, 0);
    home.clock.set(NOW + support::DAY);
    phone.log_homework(tried).expect("saved");
    let view = phone.homework().expect("open").remove(0);
    assert_eq!(
        (view.done, view.next_day.as_deref()),
        (1, Some("2026-11-27"))
    );
    let withdrawn = HomeworkWithdrawn { homework: given };
    clinic.write(&clinic.care, &Body::HomeworkWithdrawn(withdrawn));
    phone.sync().expect("synced");
    assert!(phone.skill("exposure-ladder").expect("ships").item.locked);
    assert_eq!(phone.homework_log(None).expect("open").len(), 2);
}

#[test]
fn help_lists_the_best_three_and_the_contacts_in_the_phones_language() {
    let (clinic, home) = (Clinic::new(), PhoneHome::new());
    let phone = enrolled(&clinic, &home);
    let listed = |phone: &Companion| -> Vec<String> {
        let skills = phone.help("US").skills.into_iter();
        skills.map(|skill| skill.id).collect()
    };
    for turn in 0..3 {
        rated(&phone, "mindfulness", 60, 50 - turn);
        rated(&phone, "paced-breathing", 60, 30 - turn);
        rated(&phone, "urge-surfing", 60, 40 - turn);
        rated(&phone, "acceptance", 40, 60 + turn);
        rated(&phone, "stop-and-step-back", 60, 55 - turn);
        if turn < 2 {
            assert!(listed(&phone).is_empty(), "too few to rank");
            rated(&phone, "opposite-action", 100, 0);
        }
    }
    let best = ["paced-breathing", "urge-surfing", "mindfulness"];
    assert_eq!(listed(&phone), best);
    let effects = phone.skill_effects().expect("open");
    assert_eq!(effects.len(), 6);
    assert_eq!(effects[5].skill, "opposite-action");
    assert_eq!((effects[5].rank, effects[5].uses), (None, 2));
    let page = phone.skill("paced-breathing").expect("ships");
    assert_eq!(page.effect.and_then(|effect| effect.rank), Some(1));
    // After a restart as well, and in the other language at once.
    phone.close();
    let phone = home.open();
    assert_eq!(listed(&phone), best);
    let english = phone.help("US");
    phone.set_language("es-US");
    let spanish = phone.help("US");
    assert_eq!(spanish.skills[0].id, english.skills[0].id);
    assert_ne!(spanish.skills[0].title, english.skills[0].title);
    assert_ne!(spanish.contacts[0].label, english.contacts[0].label);
    assert_eq!(spanish.contacts[0].link, english.contacts[0].link);
    assert_eq!(help_anywhere("US", "es-US").contacts, spanish.contacts);
    assert!(help_anywhere("US", "en").skills.is_empty());

    // A clinic that published what ships still has it in Spanish; a pack of its own shows what it has.
    let mut pack = shipped("US").expect("ships");
    clinic.write(&clinic.library, &Body::CrisisContacts(pack.clone()));
    phone.sync().expect("synced");
    assert_eq!(phone.help("US").contacts, spanish.contacts);
    pack.contacts.truncate(1);
    clinic.write(&clinic.library, &Body::CrisisContacts(pack));
    phone.sync().expect("synced");
    let own = phone.help("US").contacts;
    assert_eq!(own, spanish.contacts[..1]);
    phone.close();
    assert!(phone.help("US").skills.is_empty());
}

#[test]
fn a_family_phone_has_no_skills() {
    let (clinic, home) = (Clinic::new(), PhoneHome::new());
    let phone = home.open();
    let (link, code) = clinic.family_invite();
    phone
        .enrol(&link, &code, "Tablet", "ios")
        .expect("enrolled");
    phone.sync().expect("synced");
    assert!(phone.skills().is_err() && phone.skill("mindfulness").is_err());
    assert!(phone.skill_effects().is_err());
    let tried = of_skill("mindfulness");
    assert!(phone.keep_try(tried.clone()).is_err() && phone.log_homework(tried).is_err());
    assert!(phone.help("US").skills.is_empty());
    let kept = phone.kept_try(Some(Id::default().to_string()), None);
    assert!(kept.is_err());
}
