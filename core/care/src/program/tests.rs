use super::*;
use crate::calendar::local;
use chrono::{DateTime, Utc};
use lead::Lead;
use proptest::prelude::*;
use schedule::occurrences;
use serde_json::json;

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date in the test")
}

fn time(text: &str) -> NaiveTime {
    clock::parse(text).expect("a time in the test")
}

fn pattern(zone: &str, start_date: &str, weeks: u32) -> Schedule {
    Schedule {
        time_zone: zone.to_owned(),
        start_date: date(start_date),
        weeks,
        weekdays: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Thursday],
        start_time: time("09:00"),
        end_time: time("12:00"),
        also: Vec::new(),
        tzdb: None,
    }
}

fn track(schedule: Schedule) -> Track {
    Track {
        id: Id([1; 16]),
        name: "Morning".to_owned(),
        program: Id([2; 16]),
        mode: Mode::Hybrid,
        schedule,
        place: Some("Room 2".to_owned()),
    }
}

fn cancelled(original_date: &str) -> SessionChange {
    SessionChange::Cancelled {
        original_date: date(original_date),
        original_start: None,
        reason: Some("snow".to_owned()),
    }
}

fn moved(original_date: &str, new_date: &str, new_start: &str, new_end: &str) -> SessionChange {
    SessionChange::Moved {
        original_date: date(original_date),
        original_start: None,
        new_date: date(new_date),
        new_start: time(new_start),
        new_end: time(new_end),
    }
}

fn added(day: &str, start: &str, end: &str) -> SessionChange {
    SessionChange::Added {
        date: date(day),
        start: time(start),
        end: time(end),
        kind: SessionKind::Family,
        title: Some("Family evening".to_owned()),
    }
}

/// Status and UTC start of each, in order.
fn rows(sessions: &[Session]) -> Vec<String> {
    sessions
        .iter()
        .map(|session| {
            let start: DateTime<Utc> =
                DateTime::from_timestamp_millis(session.start).expect("an instant");
            let start = start.format("%m-%dT%H:%MZ");
            format!(
                "{} {} {start}",
                session.original_local_date,
                session.status.word()
            )
        })
        .collect()
}

#[test]
fn twelve_weeks_across_a_clock_change() {
    // UTC hour of the first and last 9:00.
    for (zone, start_date, first, last) in [
        ("America/New_York", "2026-09-14", 13, 14),
        ("America/New_York", "2026-02-02", 14, 13),
        ("America/Los_Angeles", "2026-09-14", 16, 17),
        ("America/Phoenix", "2026-09-14", 16, 16),
        ("America/Vancouver", "2026-09-14", 16, 16),
        ("America/Edmonton", "2026-09-14", 15, 15),
        ("Africa/Casablanca", "2026-08-31", 8, 9),
        ("Europe/Dublin", "2026-09-14", 8, 9),
        ("Australia/Sydney", "2026-08-31", 23, 22),
    ] {
        let track = track(pattern(zone, start_date, 12));
        let all = sessions(&track, &[], None).expect(zone);
        assert_eq!(all.problems, []);
        assert_eq!(all.sessions.len(), 36, "{zone}");
        let hour = |session: &Session| session.start / 3_600_000 % 24;
        assert_eq!(hour(&all.sessions[0]), first, "{zone}");
        assert_eq!(hour(&all.sessions[35]), last, "{zone}");
        for session in &all.sessions {
            assert_eq!(session.elapsed_minutes, 180);
            assert_eq!(session.end - session.start, 180 * 60_000);
            assert_eq!(session.status, Status::Scheduled);
        }
    }
}

#[test]
fn the_window_is_half_open_and_starts_on_any_day() {
    // 2026-11-25 is a Wednesday: the first session is Thursday, the last the Tuesday before it
    // comes round again.
    let days: Vec<String> = pattern("America/New_York", "2026-11-25", 2)
        .dates()
        .map(|day| day.to_string())
        .collect();
    assert_eq!(
        days,
        [
            "2026-11-26",
            "2026-11-30",
            "2026-12-01",
            "2026-12-03",
            "2026-12-07",
            "2026-12-08"
        ]
    );
}

/// Mon/Tue 9-12, Thursday 13-16, and a workshop on Monday evening.
fn three_patterns() -> Schedule {
    let more = |day: Weekday, start: &str, end: &str, title: Option<&str>| Pattern {
        weekdays: vec![day],
        start_time: time(start),
        end_time: time(end),
        title: title.map(str::to_owned),
    };
    Schedule {
        weekdays: vec![Weekday::Monday, Weekday::Tuesday],
        also: vec![
            more(Weekday::Thursday, "13:00", "16:00", None),
            more(Weekday::Monday, "18:00", "19:30", Some("Skills workshop")),
        ],
        ..pattern("America/New_York", "2026-11-23", 1)
    }
}

#[test]
fn a_track_may_have_several_patterns() {
    let track = track(three_patterns());
    let all = sessions(&track, &[], None).expect("a good schedule");
    let ids: Vec<_> = all.sessions.iter().map(|one| one.id.as_str()).collect();
    let id = |rest: &str| format!("{}:{rest}", track.id);
    assert_eq!(
        ids,
        [
            id("2026-11-23"),
            id("2026-11-23T18:00"),
            id("2026-11-24"),
            id("2026-11-26T13:00"),
        ]
    );
    assert_eq!(all.sessions[1].title, "Skills workshop");
    assert_eq!(all.sessions[1].elapsed_minutes, 90);
    assert_eq!(all.sessions[3].title, "Morning");
    // Without a start the first pattern of the day is meant; an evening is named by its start.
    let evening = SessionChange::Cancelled {
        original_date: date("2026-11-23"),
        original_start: Some(time("18:00")),
        reason: None,
    };
    let changes = [
        evening,
        moved("2026-11-23", "2026-11-25", "09:00", "12:00"),
        cancelled("2026-11-26"),
        added("2026-11-26", "13:00", "14:00"),
    ];
    let all = sessions(&track, &changes, None).expect("a good schedule");
    assert_eq!(
        rows(&all.sessions),
        [
            "2026-11-23 cancelled 11-23T23:00Z",
            "2026-11-24 scheduled 11-24T14:00Z",
            "2026-11-23 moved 11-25T14:00Z",
            "2026-11-26 cancelled 11-26T18:00Z",
        ]
    );
    assert_eq!(all.problems.len(), 1);
    assert_eq!(all.problems[0].problem, Problem::AlreadyThere);
}

#[test]
fn patterns_out_of_bounds_are_refused() {
    let refused = |change: &dyn Fn(&mut Schedule)| {
        let mut bad = three_patterns();
        change(&mut bad);
        bad.check().expect_err("out of bounds")
    };
    assert_eq!(
        refused(&|bad| bad.also[0].weekdays.clear()),
        ScheduleError::NoWeekday
    );
    // Two sessions at one time.
    assert_eq!(
        refused(&|bad| bad.also[1].start_time = time("09:00")),
        ScheduleError::DuplicateWeekday
    );
    assert_eq!(
        refused(&|bad| bad.also = vec![bad.also[0].clone(); schedule::MAX_PATTERNS + 1]),
        ScheduleError::TooManyPatterns
    );
    assert_eq!(three_patterns().check(), Ok(()));
    // As JSON, and without further patterns as it always was.
    let shape = json!({
        "time_zone": "America/New_York", "start_date": "2026-11-23", "weeks": 1,
        "weekdays": ["MO", "TU"], "start_time": "09:00", "end_time": "12:00",
        "also": [
            {"weekdays": ["TH"], "start_time": "13:00", "end_time": "16:00"},
            {"weekdays": ["MO"], "start_time": "18:00", "end_time": "19:30", "title": "Skills workshop"},
        ],
    });
    assert_eq!(
        serde_json::to_value(three_patterns()).expect("plain data"),
        shape
    );
    let read: Schedule = serde_json::from_value(shape).expect("own words");
    assert_eq!(read, three_patterns());
}

#[test]
fn changes_by_table() {
    let track = track(pattern("America/New_York", "2026-11-23", 1));
    let regular = [
        "2026-11-23 scheduled 11-23T14:00Z",
        "2026-11-24 scheduled 11-24T14:00Z",
        "2026-11-26 scheduled 11-26T14:00Z",
    ];
    let cases: Vec<(Vec<SessionChange>, [&str; 3])> = vec![
        (vec![], regular),
        (
            vec![cancelled("2026-11-26")],
            [regular[0], regular[1], "2026-11-26 cancelled 11-26T14:00Z"],
        ),
        (
            // Out of the window, and so to the end of the list.
            vec![moved("2026-11-23", "2026-12-05", "10:30", "12:00")],
            [regular[1], regular[2], "2026-11-23 moved 12-05T15:30Z"],
        ),
        (
            // Moved twice under the same name; the last place counts.
            vec![
                moved("2026-11-23", "2026-12-05", "10:30", "12:00"),
                moved("2026-11-23", "2026-11-22", "10:00", "12:00"),
            ],
            ["2026-11-23 moved 11-22T15:00Z", regular[1], regular[2]],
        ),
        (
            // Cancelled after a move: the row stays where people expected it.
            vec![
                moved("2026-11-23", "2026-11-27", "10:00", "12:00"),
                cancelled("2026-11-23"),
            ],
            [regular[1], regular[2], "2026-11-23 cancelled 11-27T15:00Z"],
        ),
        (
            vec![
                cancelled("2026-11-23"),
                moved("2026-11-23", "2026-11-27", "10:00", "12:00"),
            ],
            [regular[1], regular[2], "2026-11-23 moved 11-27T15:00Z"],
        ),
        (
            vec![
                cancelled("2026-11-24"),
                SessionChange::Restored {
                    original_date: date("2026-11-24"),
                    original_start: None,
                },
            ],
            regular,
        ),
    ];
    for (changes, expected) in cases {
        let all = sessions(&track, &changes, None).expect("a good schedule");
        assert_eq!(rows(&all.sessions), expected, "{changes:?}");
        assert_eq!(all.problems, []);
        for session in &all.sessions {
            let is_cancelled = session.status == Status::Cancelled;
            assert_eq!(session.rings(), !is_cancelled);
            assert_eq!(session.reason.is_some(), is_cancelled);
        }
    }
}

#[test]
fn added_sessions_have_their_own_name() {
    let track = track(pattern("America/New_York", "2026-11-23", 1));
    let with_start = |start: &str| SessionChange::Cancelled {
        original_date: date("2026-11-23"),
        original_start: Some(time(start)),
        reason: None,
    };
    let changes = [
        added("2026-11-23", "18:00", "20:00"),
        added("2026-12-20", "23:00", "01:00"),
        with_start("18:00"),
        moved("2026-12-20", "2026-12-21", "10:00", "11:00"),
    ];
    let all = sessions(&track, &changes, Some("https://video.example/r")).expect("good");
    assert_eq!(all.problems, []);
    assert_eq!(
        rows(&all.sessions),
        [
            "2026-11-23 scheduled 11-23T14:00Z",
            "2026-11-23 cancelled 11-23T23:00Z",
            "2026-11-24 scheduled 11-24T14:00Z",
            "2026-11-26 scheduled 11-26T14:00Z",
            "2026-12-20 moved 12-21T15:00Z",
        ]
    );
    let evening = &all.sessions[1];
    assert_eq!(evening.id, format!("{}:2026-11-23T18:00", track.id));
    assert_eq!(evening.title, "Family evening");
    assert_eq!(evening.kind, SessionKind::Family);
    let group = &all.sessions[0];
    assert_eq!(group.id, format!("{}:2026-11-23", track.id));
    assert_eq!(group.title, "Morning");
    assert_eq!(group.join_link.as_deref(), Some("https://video.example/r"));
    assert_eq!(group.place.as_deref(), Some("Room 2"));
}

#[test]
fn changes_that_do_not_fit_are_listed_and_the_rest_goes_on() {
    let track = track(pattern("America/New_York", "2026-11-23", 1));
    let changes = [
        cancelled("2026-11-25"),
        moved("2026-12-01", "2026-12-02", "09:00", "12:00"),
        moved("2026-11-23", "2300-01-01", "09:00", "12:00"),
        added("2026-11-24", "09:00", "10:00"),
        added("2026-11-28", "09:00", "10:00"),
        added("2026-11-28", "11:00", "12:00"),
        // Two added sessions that day, neither named.
        cancelled("2026-11-28"),
        cancelled("2026-11-24"),
    ];
    let all = sessions(&track, &changes, None).expect("a good schedule");
    let problems: Vec<(usize, Problem)> = all
        .problems
        .iter()
        .map(|left_out| (left_out.change, left_out.problem))
        .collect();
    assert_eq!(
        problems,
        [
            (0, Problem::NoSessionOnDate),
            (1, Problem::NoSessionOnDate),
            (2, Problem::DateOutOfRange),
            (3, Problem::AlreadyThere),
            (6, Problem::NoSessionOnDate),
        ]
    );
    assert_eq!(
        rows(&all.sessions),
        [
            "2026-11-23 scheduled 11-23T14:00Z",
            "2026-11-24 cancelled 11-24T14:00Z",
            "2026-11-26 scheduled 11-26T14:00Z",
            "2026-11-28 added 11-28T14:00Z",
            "2026-11-28 added 11-28T16:00Z",
        ]
    );
}

#[test]
fn schedules_out_of_bounds_are_refused() {
    let good = pattern("America/New_York", "2026-11-23", 12);
    let refuse = |change: &dyn Fn(&mut Schedule), code: &str| {
        let mut bad = good.clone();
        change(&mut bad);
        let error = occurrences(&bad, &[]).expect_err(code);
        assert_eq!(error.to_string(), code);
    };
    refuse(&|bad| bad.weeks = 0, "bad-weeks");
    refuse(&|bad| bad.weeks = 105, "bad-weeks");
    refuse(&|bad| bad.weekdays.clear(), "no-weekday");
    refuse(
        &|bad| bad.weekdays.push(Weekday::Monday),
        "duplicate-weekday",
    );
    refuse(
        &|bad| bad.time_zone = "Mars/Base".to_owned(),
        "unknown-time-zone",
    );
    refuse(&|bad| bad.start_date = NaiveDate::MAX, "date-out-of-range");
    refuse(
        &|bad| bad.start_date = date("2200-12-01"),
        "date-out-of-range",
    );
    let mut longest = good.clone();
    longest.weeks = 104;
    longest.weekdays = Weekday::ALL.to_vec();
    let all = occurrences(&longest, &[]).expect("within bounds");
    assert_eq!(all.occurrences.len(), 728);
}

#[test]
fn a_visit_is_a_session() {
    let mut visit = OwnSession {
        id: Id([3; 16]),
        kind: SessionKind::Medication,
        date: date("2026-03-08"),
        start: time("02:30"),
        end: time("03:00"),
        time_zone: "America/New_York".to_owned(),
        with: With {
            staff: Id([4; 16]),
            title: "Prescriber".to_owned(),
        },
        mode: Mode::Virtual,
        place: None,
        join_link: Some("https://video.example/m".to_owned()),
        cancelled: false,
    };
    let session = visit.session().expect("a good visit");
    assert_eq!(session.id, visit.id.to_string());
    assert_eq!(session.title, "Prescriber");
    assert_eq!(session.start_resolution, Resolution::Gap);
    assert_eq!(session.elapsed_minutes, 30);
    assert!(session.rings());
    visit.cancelled = true;
    assert!(!visit.session().expect("a good visit").rings());
    visit.time_zone = "Mars/Base".to_owned();
    assert_eq!(visit.session(), Err(CalendarError::UnknownZone));
}

#[test]
fn follow_ups_by_table() {
    for (discharged, two_weeks, two_months) in [
        ("2026-11-23", "2026-12-07", "2027-01-23"),
        ("2026-12-31", "2027-01-14", "2027-02-28"),
        ("2027-12-30", "2028-01-13", "2028-02-29"),
        ("2026-07-31", "2026-08-14", "2026-09-30"),
    ] {
        assert_eq!(
            follow_ups(date(discharged)),
            Ok([date(two_weeks), date(two_months)]),
            "{discharged}"
        );
    }
    assert_eq!(follow_ups(NaiveDate::MAX), Err(CalendarError::OutOfRange));
}

#[test]
fn json_shapes() {
    let track = track(pattern("America/New_York", "2026-11-23", 12));
    let shape = json!({
        "id": "AQEBAQEBAQEBAQEBAQEBAQ",
        "name": "Morning",
        "program": "AgICAgICAgICAgICAgICAg",
        "mode": "hybrid",
        "schedule": {
            "time_zone": "America/New_York",
            "start_date": "2026-11-23",
            "weeks": 12,
            "weekdays": ["MO", "TU", "TH"],
            "start_time": "09:00",
            "end_time": "12:00",
        },
        "place": "Room 2",
    });
    assert_eq!(serde_json::to_value(&track).expect("plain data"), shape);
    // A newer app's fields are no reason to lose a track.
    let mut newer = shape;
    newer["colour"] = json!("green");
    newer["schedule"]["start_time"] = json!("09:00:00");
    assert_eq!(
        serde_json::from_value::<Track>(newer).expect("tolerant"),
        track
    );

    let change = TrackChange {
        track: track.id,
        change: moved("2026-11-23", "2026-11-25", "10:00", "12:00"),
    };
    let shape = json!({
        "track": "AQEBAQEBAQEBAQEBAQEBAQ",
        "change": "moved",
        "original_date": "2026-11-23",
        "new_date": "2026-11-25",
        "new_start": "10:00",
        "new_end": "12:00",
    });
    assert_eq!(serde_json::to_value(&change).expect("plain data"), shape);
    for change in [
        cancelled("2026-11-23"),
        added("2026-11-23", "18:00", "20:00"),
        SessionChange::Restored {
            original_date: date("2026-11-23"),
            original_start: Some(time("18:00")),
        },
    ] {
        let text = serde_json::to_string(&change).expect("plain data");
        assert_eq!(
            serde_json::from_str::<SessionChange>(&text).expect("own words"),
            change
        );
    }

    let program = json!({
        "id": "AgICAgICAgICAgICAgICAg",
        "name": "Day program",
        "kind": "dual-diagnosis",
        "time_zone": "America/New_York",
        "phone": "+1 555 0100",
        "hours": "Mon-Fri 8-18",
    });
    let read: Program = serde_json::from_value(program.clone()).expect("a program");
    assert_eq!(serde_json::to_value(&read).expect("plain data"), program);

    for (word, expected) in [
        ("left-early", true),
        ("in-person", true),
        ("leftEarly", false),
    ] {
        let known = serde_json::from_value::<Attendance>(json!(word)).is_ok()
            || serde_json::from_value::<Mode>(json!(word)).is_ok();
        assert_eq!(known, expected, "{word}");
    }
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let zone = prop::sample::select(vec![
        "America/New_York",
        "America/Vancouver",
        "Africa/Cairo",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "UTC",
    ]);
    let days = prop::sample::subsequence(Weekday::ALL.to_vec(), 1..=7).prop_shuffle();
    (
        zone,
        0_u64..9000,
        1_u32..=30,
        days,
        0_u32..1440,
        0_u32..1440,
    )
        .prop_map(|(zone, day, weeks, weekdays, start, end)| {
            let clock = |minute: u32| {
                NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).expect("in a day")
            };
            Schedule {
                time_zone: zone.to_owned(),
                start_date: date("2020-01-01") + Days::new(day),
                weeks,
                weekdays,
                start_time: clock(start),
                end_time: clock(end),
                also: Vec::new(),
                tzdb: None,
            }
        })
}

proptest! {
    #[test]
    fn any_pattern_keeps_its_promises(schedule in any_schedule()) {
        let track = track(schedule.clone());
        let all = sessions(&track, &[], None).expect("within bounds").sessions;
        prop_assert_eq!(all.len(), schedule.weekdays.len() * schedule.weeks as usize);
        for pair in all.windows(2) {
            prop_assert!(pair[0].original_local_date < pair[1].original_local_date);
            prop_assert!(pair[0].start < pair[1].start);
        }
        for session in &all {
            let day = session.original_local_date;
            prop_assert!(schedule.start_date <= day && day < schedule.end_date());
            prop_assert!(schedule.weekdays.contains(&Weekday::of(day)));
            prop_assert_eq!(session.end - session.start, session.elapsed_minutes * 60_000);
            let start = DateTime::from_timestamp_millis(session.start).expect("an instant");
            let shown = local(&schedule.time_zone, start).expect("a known zone");
            if session.start_resolution == Resolution::Gap {
                prop_assert!(shown.time != schedule.start_time);
            } else {
                prop_assert_eq!((shown.date, shown.time), (day, schedule.start_time));
            }
            let end = DateTime::from_timestamp_millis(session.end).expect("an instant");
            let shown = local(&schedule.time_zone, end).expect("a known zone");
            if session.end_resolution != Resolution::Gap {
                prop_assert_eq!(shown.time, schedule.end_time);
            }
        }
    }

    #[test]
    fn between_is_a_filter_of_all(
        schedule in any_schedule(), shift in -500_i64..5000, hours in 0_i64..3000,
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0_u64..60, 0_u32..3), 0..12),
    ) {
        let days: Vec<NaiveDate> = schedule.dates().collect();
        let changes: Vec<SessionChange> = picks
            .iter()
            .map(|(at, later, what)| {
                let original_date = *at.get(&days);
                let new_date = original_date + Days::new(*later);
                match what {
                    0 => SessionChange::Cancelled {
                        original_date, original_start: None, reason: None,
                    },
                    1 => SessionChange::Moved {
                        original_date, original_start: None, new_date,
                        new_start: time("10:00"), new_end: time("11:30"),
                    },
                    _ => SessionChange::Added {
                        date: new_date, start: time("10:00"), end: time("11:30"),
                        kind: SessionKind::Group, title: None,
                    },
                }
            })
            .collect();
        let track = track(schedule);
        let all = sessions(&track, &changes, None).expect("within bounds");
        let from = all.sessions[0].start + shift * 3_600_000;
        let to = from + hours * 3_600_000;
        let some = sessions_between(&track, &changes, None, from, to).expect("within bounds");
        let mut expected = all.sessions.clone();
        expected.retain(|session| session.start < to && from < session.end);
        prop_assert_eq!(some.sessions, expected);
        prop_assert_eq!(some.problems, all.problems);
        // Names stay apart and nothing planned is ever dropped.
        let mut names: Vec<&str> = all.sessions.iter().map(|known| known.id.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        prop_assert_eq!(names.len(), all.sessions.len());
        prop_assert!(all.sessions.len() >= days.len());
    }

    #[test]
    fn any_patterns_make_each_session_once(
        schedule in any_schedule(),
        also in prop::collection::vec(
            (prop::sample::subsequence(Weekday::ALL.to_vec(), 1..=7), 0_u32..1440, 1_u32..1440), 0..5,
        ),
    ) {
        let clock = |minute: u32| {
            NaiveTime::from_hms_opt(minute / 60 % 24, minute % 60, 0).expect("in a day")
        };
        let also: Vec<_> = also
            .into_iter()
            .map(|(weekdays, start, length)| Pattern {
                weekdays,
                start_time: clock(start),
                end_time: clock(start + length),
                title: None,
            })
            .collect();
        let schedule = Schedule { also, ..schedule };
        let mut slots: Vec<_> = std::iter::once((schedule.weekdays.clone(), schedule.start_time))
            .chain(schedule.also.iter().map(|one| (one.weekdays.clone(), one.start_time)))
            .flat_map(|(days, start)| days.into_iter().map(move |day| (day.word(), start)))
            .collect();
        slots.sort_unstable();
        let many = slots.len();
        slots.dedup();
        let planned = occurrences(&schedule, &[]);
        if slots.len() < many {
            prop_assert_eq!(planned.err(), Some(ScheduleError::DuplicateWeekday));
            return Ok(());
        }
        let planned = planned.expect("within bounds").occurrences;
        prop_assert_eq!(planned.len(), many * schedule.weeks as usize);
        for one in &planned {
            let starts: Vec<_> = schedule.starts_on(one.original_date).collect();
            prop_assert!(starts.contains(&one.original_start));
            prop_assert!(slots.contains(&(Weekday::of(one.original_date).word(), one.original_start)));
        }
        let all = sessions(&track(schedule), &[], None).expect("within bounds").sessions;
        let mut names: Vec<_> = all.iter().map(|one| &one.id).collect();
        names.sort_unstable();
        names.dedup();
        prop_assert_eq!(names.len(), all.len());
    }

    #[test]
    fn a_lead_is_exact_time(start in 0_i64..4_000_000_000, hours in 0_i64..=744) {
        let start = DateTime::from_timestamp(start, 0).expect("an instant");
        let lead = Lead::parse(&format!("PT{hours}H")).expect("a lead");
        let fire = lead.fire(start).expect("in range");
        prop_assert_eq!((start - fire).num_seconds(), hours * 3600);
    }
}
