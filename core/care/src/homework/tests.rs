//! Bounds, days of the week, days that follow a session.

use super::state::homework;
use super::*;
use crate::entry::Body;
use crate::program::SessionChange;
use crate::skill::Noted;
use crate::testing::{Care, World, at, clock, date};

type Spoil<T> = fn(&mut T);

fn log() -> Logged {
    Logged {
        distress_before: Some(100),
        distress_after: Some(0),
        urge_before: Some(10),
        urge_after: Some(0),
        helpfulness: Some(4),
        minutes: Some(1440),
        ..Logged::of(Completion::Partly)
    }
}

fn assigned() -> Assigned {
    Assigned {
        title: "Breathe".to_owned(),
        due: date("2026-11-26"),
        times: 1,
        ..Assigned::default()
    }
}

/// Monday 2026-11-02 to Sunday 2026-11-15: two Tuesdays and two Fridays.
fn on_days() -> Assigned {
    Assigned {
        due: date("2026-11-15"),
        times: 4,
        from: Some(date("2026-11-02")),
        weekdays: vec![Weekday::Tuesday, Weekday::Friday],
        ..assigned()
    }
}

#[test]
fn bounds_of_a_log() {
    assert_eq!(log().check(), Ok(()));
    let cases: [(Spoil<Logged>, HomeworkError); 7] = [
        (|l| l.distress_after = Some(101), HomeworkError::Distress),
        (|l| l.urge_before = Some(11), HomeworkError::Urge),
        (|l| l.helpfulness = Some(5), HomeworkError::Helpfulness),
        (|l| l.minutes = Some(1441), HomeworkError::Number),
        (|l| l.note = Some("x".repeat(4001)), HomeworkError::Text),
        (|l| l.trigger = Some("x".repeat(4001)), HomeworkError::Text),
        (|l| l.obstacle = Some("x".repeat(4001)), HomeworkError::Text),
    ];
    for (spoil, error) in cases {
        let mut bad = log();
        spoil(&mut bad);
        assert_eq!(bad.check(), Err(error));
    }
    let practised = |at| Logged {
        practised_at: Some(at),
        ..log()
    };
    let now = at("2026-11-22T12:00:00Z");
    assert_eq!(log().check_time(now), Ok(()));
    assert_eq!(practised(now - 86_400_000).check_time(now), Ok(()));
    for wrong in [now + 3_600_000, now - 61 * 86_400_000] {
        assert_eq!(practised(wrong).check_time(now), Err(HomeworkError::Time));
    }
}

#[test]
fn bounds_of_an_assignment() {
    assert_eq!(assigned().check(), Ok(()));
    assert_eq!(on_days().check(), Ok(()));
    let cases: [(Spoil<Assigned>, HomeworkError); 12] = [
        (|a| a.title = " ".to_owned(), HomeworkError::Text),
        (|a| a.skill = Some(String::new()), HomeworkError::Text),
        (
            |a| {
                a.skill = Some("mindfulness".to_owned());
                a.reading = Some("what-is-an-iop".to_owned());
            },
            HomeworkError::Text,
        ),
        (|a| a.times = 0, HomeworkError::Number),
        (|a| a.times = 101, HomeworkError::Number),
        (
            |a| {
                a.given.insert("ladder".to_owned(), Noted::Number(1));
            },
            HomeworkError::Number,
        ),
        (|a| a.times = 3, HomeworkError::Weekdays),
        (|a| a.from = None, HomeworkError::Weekdays),
        (|a| a.weekdays.clear(), HomeworkError::Weekdays),
        (
            |a| a.weekdays.push(Weekday::Tuesday),
            HomeworkError::Weekdays,
        ),
        (
            |a| a.from = Some(date("2026-11-16")),
            HomeworkError::Weekdays,
        ),
        (
            |a| a.from = Some(date("2025-11-02")),
            HomeworkError::Weekdays,
        ),
    ];
    for (at, (spoil, error)) in cases.into_iter().enumerate() {
        let mut bad = on_days();
        spoil(&mut bad);
        assert_eq!(bad.check(), Err(error), "case {at}");
    }
}

#[test]
fn days_of_the_week_are_counted_once_each() {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let given = care.staff(
        at("2026-11-02T13:00:00Z"),
        Body::HomeworkAssigned(on_days()),
    );
    let mut tried = |when: &str, practised: Option<&str>, completion| {
        care.patient(
            at(when),
            Body::HomeworkLogged(Logged {
                homework: Some(given),
                practised_at: practised.map(at),
                ..Logged::of(completion)
            }),
        );
    };
    // Tuesday twice, Wednesday, and on Saturday for Friday evening in New York.
    tried("2026-11-03T14:00:00Z", None, Completion::Done);
    tried("2026-11-03T20:00:00Z", None, Completion::Partly);
    tried("2026-11-04T14:00:00Z", None, Completion::Done);
    tried(
        "2026-11-07T14:00:00Z",
        Some("2026-11-07T01:00:00Z"),
        Completion::TriedDidNotHelp,
    );
    // "Not this time" is an answer and no try.
    tried("2026-11-10T14:00:00Z", None, Completion::Not);
    let chart = care.chart();
    let world = World::riverbend();
    let on = |day: &str| homework(&chart, &world.library, date(day)).remove(0);
    let state = on("2026-11-08");
    assert_eq!((state.done, state.times), (2, 4));
    assert_eq!(state.next_day, Some(date("2026-11-10")));
    assert_eq!(on("2026-11-10").next_day, Some(date("2026-11-10")));
    assert_eq!(on("2026-11-11").next_day, Some(date("2026-11-13")));
    assert_eq!(
        (on("2026-11-15").next_day, on("2026-11-15").overdue),
        (None, false)
    );
    assert!(on("2026-11-16").overdue && !state.is_done());
}

#[test]
fn a_piece_done_more_often_than_asked_asks_for_no_day() {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let given = care.staff(1, Body::HomeworkAssigned(assigned()));
    for at in [2, 3, 4] {
        let log = Logged {
            homework: Some(given),
            ..Logged::of(Completion::Done)
        };
        care.patient(at, Body::HomeworkLogged(log));
    }
    let states = homework(
        &care.chart(),
        &World::riverbend().library,
        date("2026-11-20"),
    );
    assert_eq!((states[0].done, states[0].next_day), (3, None));
}

#[test]
fn the_last_day_follows_the_session() {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let session = format!("{}:2026-11-24", crate::testing::TRACK);
    care.staff(
        1,
        Body::HomeworkAssigned(Assigned {
            due: date("2026-11-24"),
            before_session: Some(session),
            ..assigned()
        }),
    );
    let chart = care.chart();
    let mut world = World::riverbend();
    let due = |world: &World| homework(&chart, &world.library, date("2026-11-20"))[0].due;
    assert_eq!(due(&world), date("2026-11-24"));
    world.changed(SessionChange::Moved {
        original_date: date("2026-11-24"),
        original_start: None,
        new_date: date("2026-11-25"),
        new_start: clock(9),
        new_end: clock(12),
    });
    assert_eq!(due(&world), date("2026-11-25"));
    // Cancelled: the next group that takes place. Tuesday's is cancelled, Thursday's holds.
    let mut world = World::riverbend();
    world.changed(SessionChange::Cancelled {
        original_date: date("2026-11-24"),
        original_start: None,
        reason: None,
    });
    assert_eq!(due(&world), date("2026-11-26"));
    // A session that is not known any more: the day as it was written.
    assert_eq!(due(&World::default()), date("2026-11-24"));
}
