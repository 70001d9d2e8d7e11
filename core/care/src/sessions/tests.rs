//! Which sessions are whose.

use super::*;
use crate::ends::{PauseReason, Paused, Resumed};
use crate::entry::Body;
use crate::patient::{DischargeReason, Discharged};
use crate::program::{ClosedDays, Mode, OwnSession, SessionChange, SessionKind, Status, With};
use crate::testing::*;

const FAR: (i64, i64) = (i64::MIN / 2, i64::MAX / 2);

fn days(list: &[Session]) -> Vec<String> {
    let word = |session: &Session| match session.status {
        Status::Scheduled => String::new(),
        status => format!(" {}", status.word()),
    };
    list.iter()
        .map(|session| format!("{}{}", local_date(session), word(session)))
        .collect()
}

fn all(care: &Care, world: &World) -> Vec<String> {
    days(&sessions(&care.chart(), &world.library, FAR.0, FAR.1))
}

/// Wednesday 4 to Tuesday 10 November.
fn one_week() -> Care {
    Care::enrolled("2026-11-04", 1, &[])
}

fn own(number: u8, day: &str, cancelled: bool) -> Body {
    Body::OwnSession(OwnSession {
        id: id(number),
        kind: SessionKind::Medication,
        date: date(day),
        start: clock(14),
        end: clock(15),
        time_zone: NEW_YORK.to_owned(),
        with: With {
            staff: INES,
            title: "Prescriber".to_owned(),
        },
        mode: Mode::InPerson,
        place: Some("Room 2".to_owned()),
        join_link: None,
        cancelled,
    })
}

#[test]
fn group_counts_within_the_enrolment() {
    let (mut care, world) = (one_week(), World::riverbend());
    assert_eq!(
        all(&care, &world),
        ["2026-11-05", "2026-11-09", "2026-11-10"]
    );
    // The join link is the patient's own.
    let list = sessions(&care.chart(), &world.library, FAR.0, FAR.1);
    assert!(list.iter().all(|session| session.join_link.is_some()));
    // The day of discharge is the last one, whether it comes early or late.
    care.staff(1, discharged("2026-11-09"));
    assert_eq!(all(&care, &world), ["2026-11-05", "2026-11-09"]);
    care.staff(2, discharged("2026-11-12"));
    assert_eq!(
        all(&care, &world).last().map(String::as_str),
        Some("2026-11-12")
    );
    // Enrolled again, the weeks count anew.
    care.staff(3, enrolled("2026-12-01", 1, &[]));
    assert_eq!(
        all(&care, &world),
        ["2026-12-01", "2026-12-03", "2026-12-07"]
    );
}

#[test]
fn a_window_takes_what_it_touches() {
    let (care, world) = (one_week(), World::riverbend());
    let within =
        |from: &str, to: &str| days(&sessions(&care.chart(), &world.library, at(from), at(to)));
    // Thursday's group is 14:00 to 17:00 UTC.
    assert_eq!(
        within("2026-11-05T16:59:59Z", "2026-11-06T00:00:00Z"),
        ["2026-11-05"]
    );
    assert!(within("2026-11-05T17:00:00Z", "2026-11-06T00:00:00Z").is_empty());
    assert!(within("2026-11-05T00:00:00Z", "2026-11-05T14:00:00Z").is_empty());
}

#[test]
fn changes_of_the_track_show() {
    let (mut care, mut world) = (one_week(), World::riverbend());
    world.changed(SessionChange::Cancelled {
        original_date: date("2026-11-05"),
        original_start: None,
        reason: Some("Snow".to_owned()),
    });
    let moved = |from: &str, to: &str| SessionChange::Moved {
        original_date: date(from),
        original_start: None,
        new_date: date(to),
        new_start: clock(13),
        new_end: clock(16),
    };
    // Past the last planned day it is still this patient's; what comes in from outside is not.
    world.changed(moved("2026-11-10", "2026-11-13"));
    world.changed(moved("2026-11-12", "2026-11-06"));
    world.changed(SessionChange::Added {
        date: date("2026-11-07"),
        start: clock(9),
        end: clock(10),
        kind: SessionKind::Family,
        title: Some("Family evening".to_owned()),
    });
    assert_eq!(
        all(&care, &world),
        [
            "2026-11-05 cancelled",
            "2026-11-07 added",
            "2026-11-09",
            "2026-11-13 moved"
        ]
    );
    // Discharged on the 10th: what was moved behind that day is no longer theirs.
    care.staff(1, discharged("2026-11-10"));
    assert_eq!(
        all(&care, &world),
        ["2026-11-05 cancelled", "2026-11-07 added", "2026-11-09"]
    );
}

fn closed(number: u8, from: &str, until: &str, open_after_all: bool) -> Body {
    Body::ClosedDays(ClosedDays {
        id: id(number),
        from: date(from),
        until: date(until),
        reason: "Autumn break".to_owned(),
        tracks: Vec::new(),
        open_after_all,
    })
}

#[test]
fn no_group_meets_while_the_clinic_is_closed() {
    let (care, mut world) = (one_week(), World::riverbend());
    world.library(closed(1, "2026-11-06", "2026-11-09", false));
    assert_eq!(
        all(&care, &world),
        ["2026-11-05", "2026-11-09 cancelled", "2026-11-10"]
    );
    let list = sessions(&care.chart(), &world.library, FAR.0, FAR.1);
    assert_eq!(list[1].reason.as_deref(), Some("Autumn break"));
    // Staff moves one, whether before or after the clinic said that it closes.
    world.changed(SessionChange::Moved {
        original_date: date("2026-11-09"),
        original_start: None,
        new_date: date("2026-11-07"),
        new_start: clock(9),
        new_end: clock(12),
    });
    assert_eq!(
        all(&care, &world),
        ["2026-11-05", "2026-11-07 moved", "2026-11-10"]
    );
    // The break gets longer, then it does not happen.
    world.library(closed(1, "2026-11-06", "2026-11-10", false));
    assert_eq!(
        all(&care, &world),
        ["2026-11-05", "2026-11-07 moved", "2026-11-10 cancelled"]
    );
    world.library(closed(1, "2026-11-06", "2026-11-10", true));
    assert_eq!(
        all(&care, &world),
        ["2026-11-05", "2026-11-07 moved", "2026-11-10"]
    );
    // Another track's break is not this one's.
    let Body::ClosedDays(mut other) = closed(2, "2026-01-01", "2026-12-31", false) else {
        unreachable!("made above")
    };
    other.tracks = vec![id(99)];
    world.library(Body::ClosedDays(other.clone()));
    assert_eq!(all(&care, &world).len(), 3);
    assert!(other.is_valid());
    other.until = date("2025-12-31");
    assert!(!other.is_valid());
}

#[test]
fn a_pause_takes_the_groups_within_it() {
    let (mut care, world) = (one_week(), World::riverbend());
    care.staff(1, own(1, "2026-11-09", false));
    care.staff(
        2,
        Body::Paused(Paused {
            from: date("2026-11-06"),
            reason: PauseReason::Inpatient,
            expected_back: None,
        }),
    );
    // The visit stays in the list: staff made it, staff takes it away. It does not ring.
    assert_eq!(all(&care, &world), ["2026-11-05", "2026-11-09"]);
    let back = date("2026-11-10");
    care.staff(3, Body::Resumed(Resumed { date: back }));
    assert_eq!(
        all(&care, &world),
        ["2026-11-05", "2026-11-09", "2026-11-10"]
    );
}

#[test]
fn nothing_is_planned_after_a_death() {
    let (mut care, world) = (one_week(), World::riverbend());
    care.staff(1, own(1, "2026-11-06", false));
    care.staff(2, own(2, "2026-11-20", false));
    let died = Discharged {
        date: date("2026-11-08"),
        reason: DischargeReason::Died,
    };
    care.staff(3, Body::Discharged(died));
    assert_eq!(all(&care, &world), ["2026-11-05", "2026-11-06"]);
    let timetable = Timetable::of(&world.library);
    let next = timetable.next_start(&care.chart(), at("2026-11-07T00:00:00Z"), FAR.1);
    assert_eq!(next, None);
}

#[test]
fn own_sessions_follow_no_span_and_the_newest_holds() {
    let (mut care, world) = (Care::default(), World::riverbend());
    care.staff(1, own(1, "2026-10-01", false));
    care.staff(2, own(2, "2026-11-20", false));
    assert_eq!(all(&care, &world), ["2026-10-01", "2026-11-20"]);
    care.staff(3, own(2, "2026-11-21", false));
    care.staff(4, own(1, "2026-10-01", true));
    assert_eq!(all(&care, &world), ["2026-10-01 cancelled", "2026-11-21"]);
    // One that cannot be placed hides no other.
    let Body::OwnSession(mut lost) = own(3, "2026-11-22", false) else {
        unreachable!("made above")
    };
    "Nowhere/Land".clone_into(&mut lost.time_zone);
    care.staff(5, Body::OwnSession(lost));
    assert_eq!(all(&care, &world).len(), 2);
}

#[test]
fn without_enrolment_or_track_there_is_no_group() {
    let world = World::riverbend();
    assert!(all(&Care::default(), &world).is_empty());
    assert!(all(&one_week(), &World::default()).is_empty());
    let session = &of_track(&world.library, TRACK, None)[0];
    assert!(!takes_part(&Care::default().chart(), TRACK, session));
    let from_the_start = Care::enrolled("2026-09-07", 1, &[]).chart();
    assert!(takes_part(&from_the_start, TRACK, session));
    assert!(!takes_part(&from_the_start, id(1), session));
}

#[test]
fn the_next_session_is_the_first_that_takes_place() {
    let (mut care, mut world) = (one_week(), World::riverbend());
    let next = |care: &Care, world: &World, now: &str| {
        let timetable = Timetable::of(&world.library);
        timetable.next_start(&care.chart(), at(now), at("2026-12-31T00:00:00Z"))
    };
    let thursday = Some(at("2026-11-05T14:00:00Z"));
    assert_eq!(next(&care, &world, "2026-11-01T00:00:00Z"), thursday);
    assert_eq!(next(&care, &world, "2026-11-05T14:00:00Z"), thursday);
    // The one going on has begun: the next is Monday's.
    let monday = Some(at("2026-11-09T14:00:00Z"));
    assert_eq!(next(&care, &world, "2026-11-05T14:00:01Z"), monday);
    world.changed(SessionChange::Cancelled {
        original_date: date("2026-11-05"),
        original_start: None,
        reason: None,
    });
    assert_eq!(next(&care, &world, "2026-11-01T00:00:00Z"), monday);
    care.staff(1, own(1, "2026-11-06", false));
    let visit = Some(at("2026-11-06T19:00:00Z"));
    assert_eq!(next(&care, &world, "2026-11-01T00:00:00Z"), visit);
    care.staff(2, own(1, "2026-11-06", true));
    assert_eq!(next(&care, &world, "2026-11-01T00:00:00Z"), monday);
    assert_eq!(next(&care, &world, "2026-11-11T00:00:00Z"), None);
    // What a caseload says is what the sessions say.
    let listed = sessions(
        &care.chart(),
        &world.library,
        at("2026-11-01T00:00:00Z"),
        FAR.1,
    );
    let first = listed.iter().find(|session| session.rings());
    assert_eq!(first.map(|session| session.start), monday);
}
