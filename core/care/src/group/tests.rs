//! The next group and its people.

use std::collections::BTreeMap;

use super::*;
use crate::entry::Body;
use crate::homework::{Assigned, Logged};
use crate::patient::Stage::Complete;
use crate::plan::{Acknowledged, TransitionPlan};
use crate::program::{SessionChange, Track};
use crate::testing::*;

fn pages(world: &World, cares: &[(u8, Care)], now: &str) -> Vec<GroupPage> {
    let charts: BTreeMap<_, _> = cares
        .iter()
        .map(|(patient, care)| (id(*patient), care.chart()))
        .collect();
    groups(world.clinic(), |patient| charts.get(&patient), at(now))
}

fn riverbend(names: &[&str]) -> World {
    let mut world = World::riverbend();
    for (number, name) in (1u8..).zip(names) {
        world.person(number, name);
    }
    world
}

fn names(page: &GroupPage) -> Vec<&str> {
    page.members
        .iter()
        .map(|member| member.name.as_str())
        .collect()
}

fn cancelled(day: &str) -> SessionChange {
    SessionChange::Cancelled {
        original_date: date(day),
        original_start: None,
        reason: None,
    }
}

#[test]
fn the_one_going_on_counts_and_cancelled_ones_are_skipped() {
    let mut world = riverbend(&[]);
    let session = |world: &World, now: &str| {
        let page = &pages(world, &[], now)[0];
        (page.session.original_local_date.to_string(), page.since)
    };
    let start = |day: &str| Some(at(&format!("{day}T14:00:00Z")));
    for (now, day, since) in [
        ("2026-11-19T13:00:00Z", "2026-11-19", "2026-11-17"),
        // Thursday's group ends at 17:00 UTC.
        ("2026-11-19T16:59:59Z", "2026-11-19", "2026-11-17"),
        ("2026-11-19T17:00:00Z", "2026-11-23", "2026-11-19"),
    ] {
        assert_eq!(
            session(&world, now),
            (day.to_owned(), start(since)),
            "{now}"
        );
    }
    world.changed(cancelled("2026-11-17"));
    world.changed(cancelled("2026-11-19"));
    let after = session(&world, "2026-11-19T13:00:00Z");
    assert_eq!(after, ("2026-11-23".to_owned(), start("2026-11-16")));
    // Before the first group there is none to look back to; after the last there is no page.
    let first = session(&world, "2026-08-01T00:00:00Z");
    assert_eq!(first, ("2026-09-07".to_owned(), None));
    assert_eq!(pages(&world, &[], "2027-06-01T00:00:00Z"), []);
}

#[test]
fn tracks_come_by_their_next_session() {
    let mut world = riverbend(&[]);
    let mut afternoon = morning();
    afternoon.name = "Afternoon".to_owned();
    afternoon.schedule.start_time = clock(13);
    afternoon.schedule.end_time = clock(16);
    world.library(Body::Track(Track {
        id: id(1),
        ..afternoon
    }));
    let order = |now: &str| -> Vec<String> {
        let pages = pages(&world, &[], now);
        pages.into_iter().map(|page| page.track_name).collect()
    };
    assert_eq!(order("2026-11-19T13:00:00Z"), ["Morning", "Afternoon"]);
    assert_eq!(order("2026-11-19T17:30:00Z"), ["Afternoon", "Morning"]);
}

#[test]
fn only_who_is_enrolled_for_it_is_a_member() {
    let world = riverbend(&["Ana", "Ben", "Cleo", "Dina", "Eva", "Finn"]);
    let here = Care::enrolled("2026-11-02", 8, &[]);
    let mut flagged = here.clone();
    let when = at("2026-11-18T12:00:00Z");
    flagged.answered(1, "phq9", Complete, when, phq9(9, 1));
    let mut left = here.clone();
    left.staff(0, discharged("2026-11-18"));
    let mut last_day = here.clone();
    last_day.staff(0, discharged("2026-11-19"));
    let cares = [
        (1, here),
        (2, flagged),
        (3, left),
        (4, last_day),
        (5, Care::enrolled("2026-11-23", 8, &[])),
        (6, Care::default()),
    ];
    let page = &pages(&world, &cares, "2026-11-19T13:00:00Z")[0];
    assert_eq!(names(page), ["Ben", "Ana", "Dina"]);
    assert_eq!(page.members[0].flags.len(), 1);
    assert_eq!(page.members[0].week, Some(3));
    let page = &pages(&world, &cares, "2026-11-20T13:00:00Z")[0];
    assert_eq!(names(page), ["Ben", "Ana", "Eva"]);
}

#[test]
fn missed_and_held_count_the_members_own_sessions() {
    let mut world = riverbend(&["Ana", "Ben", "Cleo"]);
    // Ana: 9, 10, 12, 16, 17 November lie behind her; the 10th was cancelled.
    world.changed(cancelled("2026-11-10"));
    world.came(1, "2026-11-05", Attendance::Absent);
    world.came(1, "2026-11-09", Attendance::Late);
    world.came(1, "2026-11-10", Attendance::Absent);
    world.came(1, "2026-11-12", Attendance::Excused);
    world.came(1, "2026-11-16", Attendance::Present);
    world.came(1, "2026-11-17", Attendance::Absent);
    world.came(2, "2026-11-16", Attendance::Absent);
    world.came(2, "2026-11-17", Attendance::LeftEarly);
    world.came(1, "2026-11-19", Attendance::Excused);
    let cares = [
        (1, Care::enrolled("2026-11-09", 8, &[])),
        (2, Care::enrolled("2026-11-16", 8, &[])),
        (3, Care::enrolled("2026-11-19", 8, &[])),
    ];
    let page = &pages(&world, &cares, "2026-11-19T13:00:00Z")[0];
    let seen: Vec<_> = page
        .members
        .iter()
        .map(|of| (of.missed, of.held, of.missed_last, of.attendance))
        .collect();
    assert_eq!(
        seen,
        [
            (2, 4, true, Some(Attendance::Excused)),
            (1, 2, false, None),
            (0, 0, false, None),
        ]
    );
}

fn log(completion: Completion, obstacle: Option<&str>) -> Body {
    Body::HomeworkLogged(Logged {
        completion,
        obstacle: obstacle.map(str::to_owned),
        ..Logged::of(completion)
    })
}

#[test]
fn what_happened_since_the_last_group() {
    let world = riverbend(&["Ana"]);
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    // The last group began on Tuesday the 17th at 14:00 UTC.
    let before = at("2026-11-17T13:59:59Z");
    let mood = |value| answers(&[("mood", value), ("urge-to-self-harm", 0)]);
    care.answered(1, "daily-check-in", Complete, before, mood(9));
    care.patient(before, log(Completion::Done, Some("old")));
    let assigned = |times| {
        Body::HomeworkAssigned(Assigned {
            title: "Walk".to_owned(),
            instructions: String::new(),
            due: date("2026-11-18"),
            times,
            ..Assigned::default()
        })
    };
    care.staff(before, assigned(1));
    care.staff(before, assigned(2));
    let plan = care.staff(before, Body::TransitionPlan(TransitionPlan::default()));
    let member = |care: &Care| {
        let page = &pages(&world, &[(1, care.clone())], "2026-11-19T13:00:00Z")[0];
        page.members[0].clone()
    };
    let nothing = member(&care);
    assert_eq!(
        (nothing.check_ins, nothing.mood, nothing.homework_done),
        (0, None, 0)
    );
    assert_eq!((nothing.unread, nothing.homework_open), (1, 2));
    assert_eq!(nothing.obstacles, Vec::<String>::new());
    assert_eq!(nothing.plan_acknowledged, Some(false));

    let since = at("2026-11-17T14:00:00Z");
    care.answered(2, "daily-check-in", Complete, since, mood(4));
    care.answered(3, "daily-check-in", Complete, since + 2, mood(6));
    care.answered(4, "phq9", Complete, since + 3, phq9(9, 0));
    care.patient(since + 1, log(Completion::Partly, Some("no time")));
    care.patient(since + 2, log(Completion::Not, Some("too tired")));
    care.patient(since + 3, log(Completion::TriedDidNotHelp, Some(" ")));
    care.patient(since + 4, Body::PlanAcknowledged(Acknowledged { plan }));
    let much = member(&care);
    assert_eq!(
        (much.check_ins, much.mood, much.homework_done),
        (3, Some(6), 2)
    );
    assert_eq!(much.obstacles, ["too tired", "no time"]);
    assert_eq!((much.plan_acknowledged, much.scores.len()), (Some(true), 1));
    assert_eq!(
        member(&Care::enrolled("2026-11-02", 8, &[])).plan_acknowledged,
        None
    );
}
