//! One page with everything on it.

use super::*;
use crate::chart::Place;
use crate::entry::{Author, Body};
use crate::homework::{Assigned, Logged};
use crate::patient::Stage::{Complete, Safety};
use crate::patient::{Device, DeviceLost, Opened};
use crate::plan::Acknowledged;
use crate::roster::FamilyMember;
use crate::team::StaffNote;
use crate::testing::*;

const NOW: &str = "2026-11-21T15:00:00Z";

fn page(world: &World, care: &Care) -> PatientPage {
    patient_page(
        world.clinic(),
        id(1),
        &care.chart(),
        "America/New_York",
        at(NOW),
    )
    .expect("on the roster")
}

fn mara() -> World {
    let mut world = World::riverbend();
    world.person(1, "Mara");
    world
}

fn device(number: u8) -> Body {
    Body::Device(Device {
        device: id(number),
        identity: String::new(),
        name: format!("Phone {number}"),
        platform: "android".to_owned(),
    })
}

#[test]
fn who_is_not_on_the_roster_has_no_page() {
    let (world, care) = (mara(), Care::default());
    let nobody = patient_page(
        world.clinic(),
        id(2),
        &care.chart(),
        "America/New_York",
        at(NOW),
    );
    assert_eq!(nobody, None);
    // On the roster and nothing written yet: an empty page, not an error.
    let page = page(&world, &care);
    assert_eq!((page.row.name.as_str(), page.row.week), ("Mara", None));
    assert!(page.check_ins.is_empty() && page.follow_ups.is_empty() && page.plans.is_empty());
}

#[test]
fn a_check_in_shows_every_item_and_who_opened_it() {
    let (world, mut care) = (mara(), Care::enrolled("2026-11-02", 8, &[("phq9", 7)]));
    let when = at("2026-11-20T17:00:00Z");
    care.answered(1, "phq9", Safety, when, phq9(2, 2));
    let end = care.answered(1, "phq9", Complete, when + 60_000, phq9(12, 0));
    let mut day = answers(&[("mood", 4), ("urge-to-self-harm", 0)]);
    day.set("note", checkin::Answer::Text("Slept badly.".to_owned()));
    care.answered(2, "daily-check-in", Complete, when + 90_000, day);
    care.lines[1].place = Place::at(2, when + 5);
    care.staff(when + 120_000, Body::Opened(Opened { entries: vec![end] }));
    let page = page(&world, &care);
    let [daily, phq9] = page.check_ins.as_slice() else {
        panic!("two check-ins")
    };
    assert_eq!(
        (phq9.id, phq9.form.as_str(), phq9.complete),
        (id(1), "phq9", true)
    );
    assert_eq!((phq9.at, phq9.received), (when + 60_000, Some(when + 5)));
    assert_eq!(phq9.zone, NEW_YORK);
    assert_eq!(
        (phq9.total, phq9.severity.as_deref()),
        (Some(12.0), Some("moderate"))
    );
    assert_eq!(phq9.status, Some(checkin::Status::Complete));
    // The answer at the end is shown; that it was positive before is not lost.
    assert!(phq9.safety_positive && page.flags.len() == 1);
    assert_eq!(
        (phq9.opened_by.as_deref(), phq9.opened_at),
        (Some("Ines"), Some(when + 120_000))
    );
    assert_eq!(phq9.answers.len(), 10);
    let line = |item: &str| {
        phq9.answers
            .iter()
            .find(|line| line.item == item)
            .expect("asked")
    };
    assert_eq!(line("q9").answer.as_deref(), Some("Not at all"));
    assert!(line("q9").safety && !line("q1").safety && !line("q1").text.is_empty());
    assert_eq!(line("difficulty").answer, None);

    assert!(!daily.safety_positive);
    assert_eq!((daily.total, daily.opened_by.as_deref()), (None, None));
    assert_eq!(daily.note.as_deref(), Some("Slept badly."));
    assert!(daily.answers.iter().all(|line| line.item != "note"));
    assert_eq!(page.trends.len(), 1);
    assert_eq!(page.row.unread, 1);
}

#[test]
fn a_form_that_this_build_does_not_know_shows_its_answers() {
    let (world, mut care) = (mara(), Care::default());
    care.answered(
        1,
        "from-the-future",
        Complete,
        1,
        answers(&[("a", 3), ("b", 0)]),
    );
    let page = page(&world, &care);
    let view = &page.check_ins[0];
    assert_eq!(
        (view.title.as_str(), view.status),
        ("from-the-future", None)
    );
    let lines: Vec<_> = view
        .answers
        .iter()
        .map(|line| (line.item.as_str(), line.answer.as_deref()))
        .collect();
    assert_eq!(lines, [("a", Some("3")), ("b", Some("0"))]);
}

#[test]
fn homework_logs_and_notes_come_newest_first() {
    let (mut world, mut care) = (mara(), Care::default());
    let homework = care.staff(
        1,
        Body::HomeworkAssigned(Assigned {
            title: "Breathe".to_owned(),
            instructions: String::new(),
            skill: Some("paced-breathing".to_owned()),
            due: date("2026-11-20"),
            times: 2,
            ..Assigned::default()
        }),
    );
    let log = |homework, minutes| {
        Body::HomeworkLogged(Logged {
            homework,
            skill: Some("paced-breathing".to_owned()),
            completion: Completion::Partly,
            distress_before: Some(80),
            distress_after: Some(60),
            helpfulness: Some(3),
            minutes: Some(minutes),
            obstacle: Some("noise".to_owned()),
            note: Some("once more".to_owned()),
            ..Logged::of(Completion::Partly)
        })
    };
    care.patient(2, log(Some(homework), 5));
    care.patient(3, log(None, 10));
    let note = |text: &str, patient| {
        Body::StaffNote(StaffNote {
            patient: id(patient),
            text: text.to_owned(),
        })
    };
    world.team(INES, 10, note("First", 1));
    world.team(TOMAS, 20, note("Second", 1));
    world.team(TOMAS, 30, note("Of another", 2));
    let page = page(&world, &care);
    assert_eq!((page.homework[0].done, page.homework[0].overdue), (1, true));
    let [practice, tried] = page.logs.as_slice() else {
        panic!("two tries")
    };
    assert_eq!(
        (practice.at, practice.homework, practice.minutes),
        (3, None, Some(10))
    );
    assert_eq!(tried.homework, Some(homework));
    assert_eq!(tried.skill.as_deref(), Some("paced-breathing"));
    assert_eq!(
        (tried.distress_before, tried.distress_after),
        (Some(80), Some(60))
    );
    assert_eq!((tried.helpfulness, tried.minutes), (Some(3), Some(5)));
    assert_eq!(tried.obstacle.as_deref(), Some("noise"));
    assert_eq!(tried.note.as_deref(), Some("once more"));
    let notes: Vec<_> = page
        .notes
        .iter()
        .map(|note| (note.by.as_str(), note.at, note.text.as_str()))
        .collect();
    assert_eq!(notes, [("Tomas", 20, "Second"), ("Ines", 10, "First")]);
}

#[test]
fn plans_say_whose_they_are_and_how_they_stand() {
    let (world, mut care) = (mara(), Care::default());
    let plan = |parent, sign: &str| {
        Body::TransitionPlan(TransitionPlan {
            parent,
            warning_signs: vec![sign.to_owned()],
            ..TransitionPlan::default()
        })
    };
    let first = care.staff(1, plan(None, "Not sleeping"));
    care.patient(2, plan(Some(first), "Staying in bed"));
    care.write(
        Author::Administrator(TOMAS),
        "UTC",
        3,
        &plan(Some(first), "Both"),
    );
    care.patient(4, Body::PlanAcknowledged(Acknowledged { plan: first }));
    let page = page(&world, &care);
    let seen: Vec<_> = page
        .plans
        .iter()
        .map(|plan| {
            (
                plan.by.as_str(),
                plan.current,
                plan.proposal,
                plan.acknowledged_at,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("Tomas", true, false, None),
            ("the patient", false, true, None),
            ("Ines", false, false, Some(4)),
        ]
    );
    assert_eq!(page.plans[1].plan.warning_signs, ["Staying in bed"]);
}

/// Two weeks and two months after the day the patient really left, and they move with it.
#[test]
fn follow_ups_hang_on_the_actual_discharge() {
    let (world, mut care) = (mara(), Care::enrolled("2026-11-02", 8, &[]));
    let follow_ups = |care: &Care| page(&world, care).follow_ups;
    assert_eq!(follow_ups(&care), []);
    care.staff(1, discharged("2026-11-20"));
    assert_eq!(follow_ups(&care), [date("2026-12-04"), date("2027-01-20")]);
    care.staff(2, discharged("2026-12-31"));
    assert_eq!(follow_ups(&care), [date("2027-01-14"), date("2027-02-28")]);
    care.staff(3, enrolled("2027-03-01", 8, &[]));
    assert_eq!(follow_ups(&care), []);
}

#[test]
fn sessions_phones_and_family() {
    let (mut world, mut care) = (mara(), Care::enrolled("2026-11-02", 8, &[]));
    world.came(1, "2026-11-16", Attendance::Late);
    world.roster(Body::FamilyMember(FamilyMember {
        mailbox: id(50),
        of: id(1),
        name: "Ilse".to_owned(),
        relation: "Sister".to_owned(),
        consented_at: 1,
        how: crate::family::ConsentHow::Spoken,
        guardian: false,
        ended_at: None,
    }));
    care.patient(7, device(1));
    care.patient(8, device(2));
    care.staff(9, Body::DeviceLost(DeviceLost { device: id(1) }));
    let page = page(&world, &care);
    let sessions: Vec<_> = page
        .sessions
        .iter()
        .map(|view| {
            (
                view.session.original_local_date.to_string(),
                view.attendance,
            )
        })
        .collect();
    assert_eq!(sessions.len(), 9);
    assert_eq!(
        sessions[0],
        ("2026-11-16".to_owned(), Some(Attendance::Late))
    );
    assert_eq!(sessions[8].0, "2026-12-03");
    assert_eq!(page.devices.len(), 1);
    let phone = &page.devices[0];
    assert_eq!(
        (phone.name.as_str(), phone.platform.as_str(), phone.at),
        ("Phone 2", "android", 8)
    );
    assert_eq!(
        (
            page.family[0].name.as_str(),
            page.family[0].relation.as_str()
        ),
        ("Ilse", "Sister")
    );
    assert_eq!(
        (page.phone.as_str(), page.born.as_str()),
        ("+1 555 0199", "1990-02-03")
    );
    assert_eq!(page.clinic_zone, NEW_YORK);
}

#[test]
fn sessions_tell_their_time_on_the_clinics_clock_and_the_readers() {
    let session = OnClock::of("America/Vancouver", 1_793_638_800_000, 1_793_649_600_000);
    let session = session.expect("a zone");
    // 2026-11-02T17:00Z: British Columbia stays on summer time since 2026.
    assert_eq!(session.date.to_string(), "2026-11-02");
    assert_eq!(session.start.to_string(), "10:00:00");
    assert_eq!(session.end.to_string(), "13:00:00");
}
