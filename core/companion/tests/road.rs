//! The road of a check-in and of everything the clinic writes, over a small blind server.

mod support;

use handrail_care::entry::Body;
use handrail_care::homework::{Assigned, Completion};
use handrail_care::id::Id;
use handrail_care::patient::Opened;
use handrail_care::plan::TransitionPlan;
use handrail_companion::view::{
    AnswerValue, HomeworkTry, SentState, SharedItemKind, Standing, SyncOutcome,
};
use handrail_companion::{Companion, CompanionError};

use support::clinic::{Clinic, date, enrolled};
use support::{MINUTE, NOW, PhoneHome};

#[expect(clippy::unnecessary_wraps, reason = "as `answer` takes it")]
fn number(number: i64) -> Option<AnswerValue> {
    Some(AnswerValue::Number { number })
}

/// Fills in a PHQ-9 with one answer everywhere, as a person does.
fn phq9(phone: &Companion, answer: i64) -> String {
    let form = phone.start_check_in("phq9").expect("a form");
    for question in &form.questions {
        if !question.options.is_empty() {
            phone
                .answer(&form.check_in, &question.link_id, number(answer))
                .expect("answered");
        }
    }
    form.check_in
}

#[test]
fn a_check_in_written_offline_reaches_the_clinic_and_comes_back_as_opened() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    assert_eq!(clinic.kinds(&clinic.care), ["enrolled", "device"]);

    let today = phone.today().expect("today");
    assert_eq!(today.date, "2026-11-23");
    assert_eq!(today.sessions.len(), 1);
    assert_eq!(
        today.sessions[0].join_link.as_deref(),
        Some("https://meet.example/room")
    );
    assert_eq!(
        (today.week, today.weeks, today.unsent),
        (Some(4), Some(8), 0)
    );
    assert_eq!(today.check_ins.len(), 3);

    let check_in = phq9(&phone, 1);
    let done = phone.submit(&check_in).expect("handed in");
    assert!((done.score.expect("scored").total - 9.0).abs() < f64::EPSILON);
    assert!(done.help_now, "item 9 was answered with 1");
    assert_eq!(done.sent, SentState::OnThisPhone);
    assert_eq!(phone.submit(&check_in).expect("again").check_in, check_in);
    assert_eq!(phone.today().expect("today").unsent, 2);

    clinic.server.with(|world| world.now = NOW + MINUTE);
    let report = phone.sync().expect("synced");
    assert_eq!(
        (report.outcome, report.sent, report.received),
        (SyncOutcome::UpToDate, 2, 0)
    );
    let at_clinic = SentState::AtTheClinic { at: NOW + MINUTE };
    assert_eq!(phone.check_ins(10).expect("receipts")[0].sent, at_clinic);

    let entries = clinic.opened(&clinic.care);
    let complete = entries.last().expect("the check-in").id;
    clinic.server.with(|world| world.now = NOW + 2 * MINUTE);
    clinic.write(
        &clinic.care,
        &Body::Opened(Opened {
            entries: vec![complete],
        }),
    );
    phone.sync().expect("synced");
    let opened = SentState::Opened {
        by: "Robin".to_owned(),
        at: NOW + 2 * MINUTE,
    };
    assert_eq!(phone.check_ins(10).expect("receipts")[0].sent, opened);

    // The same from the disk.
    let before = phone.check_ins(10).expect("receipts");
    phone.close();
    assert_eq!(phone.today().err(), Some(CompanionError::Closed));
    assert_eq!(home.open().check_ins(10).expect("receipts"), before);
}

#[test]
fn leaving_at_the_safety_item_keeps_what_was_said_there() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let form = phone.start_check_in("phq9").expect("a form");
    assert!(!form.help_now);
    let after = phone
        .answer(&form.check_in, "q9", number(2))
        .expect("answered");
    assert!(after.help_now);
    // A changed answer is written again; the same answer is not.
    phone
        .answer(&form.check_in, "q9", number(2))
        .expect("answered");
    phone
        .answer(&form.check_in, "q9", number(0))
        .expect("answered");
    phone
        .answer(&form.check_in, "q9", None)
        .expect("taken back");
    assert_eq!(phone.today().expect("today").unsent, 2);
    let receipts = phone.check_ins(10).expect("receipts");
    assert_eq!((receipts.len(), receipts[0].complete), (1, false));
    phone.sync().expect("synced");
    let stages: Vec<_> = clinic.opened(&clinic.care)[2..]
        .iter()
        .map(|entry| match entry.body() {
            Ok(Some(Body::CheckIn(written))) => written.answers.get("q9").cloned(),
            other => panic!("{other:?}"),
        })
        .collect();
    let value = |value| Some(handrail_care::checkin::Answer::Value(value));
    assert_eq!(stages, [value(2), value(0)]);
}

#[test]
fn a_form_whose_safety_item_was_skipped_writes_as_many_entries_as_any() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let form = phone.start_check_in("phq9").expect("a form");
    for item in ["q1", "q2", "q3"] {
        phone
            .answer(&form.check_in, item, number(0))
            .expect("answered");
    }
    let done = phone.submit(&form.check_in).expect("handed in");
    assert_eq!((done.score, done.missing, done.help_now), (None, 6, false));
    assert_eq!(phone.today().expect("today").unsent, 2);
    // Without a safety item there is one entry.
    let form = phone.start_check_in("gad7").expect("a form");
    phone.submit(&form.check_in).expect("handed in");
    assert_eq!(phone.today().expect("today").unsent, 3);
}

#[test]
fn what_does_not_fit_is_refused_with_its_code() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let form = phone.start_check_in("phq9").expect("a form");
    let refused = phone.answer(&form.check_in, "q1", number(4)).err();
    let expected = CompanionError::NotValid {
        code: "not-an-option".to_owned(),
        item: Some("q1".to_owned()),
    };
    assert_eq!(refused, Some(expected));
    let unknown = phone.answer(&form.check_in, "q77", number(0)).err();
    assert!(
        matches!(unknown, Some(CompanionError::NotValid { item: None, .. })),
        "{unknown:?}"
    );
    assert_eq!(
        phone.answer("x", "q1", number(0)).err(),
        Some(CompanionError::NotFound)
    );
    assert_eq!(
        phone.submit(&Id([1; 16]).to_string()).err(),
        Some(CompanionError::NotFound)
    );
    assert_eq!(
        phone.start_check_in("phq-9").err(),
        Some(CompanionError::NotFound)
    );
    let tried = HomeworkTry {
        completion: Completion::Done,
        distress_before: Some(101),
        ..HomeworkTry::of(Completion::Done)
    };
    let expected = CompanionError::NotValid {
        code: "distress-out-of-range".to_owned(),
        item: None,
    };
    assert_eq!(phone.log_homework(tried).err(), Some(expected));
}

#[test]
fn half_done_answers_come_back_within_their_span_only() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let weekly = phone.start_check_in("phq9").expect("a form");
    phone
        .answer(&weekly.check_in, "q1", number(3))
        .expect("answered");
    let daily = phone.start_check_in("daily-check-in").expect("a form");
    phone
        .answer(&daily.check_in, "mood", number(4))
        .expect("answered");
    phone.close();

    home.clock.set(NOW + support::DAY);
    let phone = home.open();
    let again = phone.start_check_in("phq9").expect("a form");
    assert_eq!(again.check_in, weekly.check_in);
    let first = again
        .questions
        .iter()
        .find(|question| question.link_id == "q1")
        .expect("q1");
    assert_eq!(first.answer, number(3));
    let fresh = phone.start_check_in("daily-check-in").expect("a form");
    assert_ne!(fresh.check_in, daily.check_in);
    assert!(
        fresh
            .questions
            .iter()
            .all(|question| question.answer.is_none())
    );
    assert_eq!(
        phone.submit(&daily.check_in).err(),
        Some(CompanionError::NotFound)
    );
}

#[test]
fn homework_plan_and_education_go_both_ways() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let homework = clinic.write(
        &clinic.care,
        &Body::HomeworkAssigned(Assigned {
            title: "Paced breathing".to_owned(),
            instructions: "Five minutes.".to_owned(),
            skill: Some("paced-breathing".to_owned()),
            due: date("2026-11-26"),
            times: 2,
            ..Assigned::default()
        }),
    );
    let first = TransitionPlan {
        warning_signs: vec!["No sleep".to_owned()],
        ..TransitionPlan::default()
    };
    let plan = clinic.write(&clinic.care, &Body::TransitionPlan(first.clone()));
    phone.sync().expect("synced");

    let listed = phone.homework().expect("homework");
    assert_eq!(
        (listed.len(), listed[0].done, listed[0].id.clone()),
        (1, 0, homework.to_string())
    );
    let tried = HomeworkTry {
        homework: Some(homework.to_string()),
        completion: Completion::TriedDidNotHelp,
        distress_before: Some(80),
        distress_after: Some(80),
        helpfulness: Some(0),
        minutes: Some(5),
        obstacle: Some("Noise".to_owned()),
        ..HomeworkTry::of(Completion::TriedDidNotHelp)
    };
    let saved = phone.log_homework(tried.clone()).expect("saved");
    assert_eq!(phone.homework().expect("homework")[0].done, 1);
    let log = phone.homework_log(Some(homework.to_string())).expect("log");
    assert_eq!(
        (log[0].id.clone(), log[0].tried.clone()),
        (saved.receipt, tried)
    );

    assert_eq!(
        phone.today().expect("today").plan_to_read,
        Some(plan.to_string())
    );
    phone.acknowledge_plan(&plan.to_string()).expect("saved");
    phone.acknowledge_plan(&plan.to_string()).expect("again");
    assert_eq!(phone.today().expect("today").plan_to_read, None);
    let stranger = Id([9; 16]).to_string();
    assert_eq!(
        phone.acknowledge_plan(&stranger).err(),
        Some(CompanionError::NotFound)
    );
    phone.sync().expect("synced");
    let revised = TransitionPlan {
        parent: Some(plan),
        what_helps: vec!["A walk".to_owned()],
        ..first
    };
    let second = clinic.write(&clinic.care, &Body::TransitionPlan(revised));
    phone.sync().expect("synced");
    let page = phone.transition_plan().expect("the plan");
    let current = page.current.expect("a plan");
    assert_eq!(
        (current.id, current.by.as_deref()),
        (second.to_string(), Some("Robin"))
    );
    assert_eq!(page.history.len(), 2);
    assert_eq!(page.history[1].acknowledged_at, Some(NOW));

    let slugs = |phone: &Companion| -> Vec<String> {
        phone
            .education()
            .expect("pieces")
            .into_iter()
            .map(|piece| piece.slug)
            .collect()
    };
    assert_eq!(slugs(&phone), ["skills", "supporting"]);
    assert!(
        phone
            .education_piece("skills")
            .expect("a piece")
            .markdown
            .starts_with("# skills")
    );
    assert_eq!(
        phone.help("US").program.expect("the program").phone,
        "555-0101"
    );
    assert_eq!(phone.help("US").contacts[0].link, "tel:988");
    assert!(phone.help("FR").contacts.is_empty());
    assert_eq!(phone.sessions(7).expect("sessions").len(), 3);
}

#[test]
fn nothing_of_care_exists_on_a_family_phone() {
    use handrail_care::family::{Item, Shared};
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = home.open();
    let (link, code) = clinic.family_invite();
    let standing = phone
        .enrol(&link, &code, "Tablet", "ios")
        .expect("enrolled");
    let family = Standing::Enrolled {
        role: handrail_companion::view::PhoneRole::Family,
        clinic: "Riverbend IOP".to_owned(),
    };
    assert_eq!(standing, family);
    let shared = Shared {
        sharing: Id([6; 16]),
        item: Item::HowToHelp,
        text: "Ask me out for a walk.".to_owned(),
        until: NOW + MINUTE,
        sessions: Vec::new(),
        part_two: false,
    };
    clinic.write_as(
        &clinic.family,
        &Body::Shared(shared),
        None,
        Id([5; 16]),
        None,
    );
    phone.sync().expect("synced");
    assert_eq!(
        phone.shared_items().expect("items")[0].text,
        "Ask me out for a walk."
    );
    home.clock.set(NOW + MINUTE);
    assert!(
        phone.shared_items().expect("items").is_empty(),
        "its time has passed"
    );
    let pieces = phone.education().expect("pieces");
    assert_eq!((pieces.len(), pieces[0].slug.as_str()), (1, "supporting"));
    assert_eq!(
        phone.education_piece("skills").err(),
        Some(CompanionError::NotFound)
    );
    for refused in [
        phone.today().err(),
        phone.homework().err(),
        phone.transition_plan().err(),
        phone.check_ins(1).err(),
        phone.start_check_in("phq9").err(),
        phone.due_check_ins().err(),
        phone.family().err(),
        phone.share_preview(SharedItemKind::HowToHelp, "x").err(),
        phone.withdraw_share("AAAAAAAAAAAAAAAAAAAAAA").err(),
    ] {
        assert_eq!(refused, Some(CompanionError::NotFound));
    }
    assert_eq!(clinic.kinds(&clinic.family), ["shared", "device"]);
}

/// What the phone notes of an acknowledgement is not waited for. When the power takes it, the phone offers
/// again what the clinic has, and nothing is there twice.
#[test]
fn an_acknowledgement_lost_with_the_power_is_had_again() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let check_in = phq9(&phone, 1);
    phone.submit(&check_in).expect("handed in");
    // The disk as it is while "Saved" stands on the screen.
    let saved = tempfile::tempdir().expect("a folder");
    let files = ["phone.sqlite", "phone.sqlite-wal"];
    for file in files {
        std::fs::copy(home.folder().join(file), saved.path().join(file)).expect("copied");
    }
    let pending = |phone: &Companion| phone.sync_status().expect("status").pending;
    assert_eq!(phone.sync().expect("synced").sent, 2);
    assert_eq!(pending(&phone), 0);
    phone.close();
    for file in files {
        std::fs::copy(saved.path().join(file), home.folder().join(file)).expect("copied");
    }
    let phone = home.open();
    assert_eq!(pending(&phone), 2, "the acknowledgement is gone");
    let report = phone.sync().expect("synced");
    assert_eq!(report.outcome, SyncOutcome::UpToDate);
    assert_eq!(pending(&phone), 0);
    assert_eq!(
        clinic.kinds(&clinic.care),
        ["enrolled", "device", "check-in", "check-in"]
    );
    assert_eq!(phone.check_ins(10).expect("receipts").len(), 1);
}
