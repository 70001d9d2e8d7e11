//! Schedules and the changes of them, in every zone of the table.
//!
//! Input: lines. A schedule's JSON; changes' JSON; `zone NAME` (a phone's zone); `lead TEXT`; `time TEXT`.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use handrail_care::calendar::{self as clock, Resolution};
use handrail_care::program::lead::Lead;
use handrail_care::program::schedule::{
    MAX_PATTERNS, MAX_WEEKS, Occurrences, Schedule, SessionChange, Status, occurrences,
};
use handrail_care::program::{clock as times, contract};

use crate::input::text;

/// Changes that are read.
const CHANGES: usize = 32;

/// See the module.
pub fn calendar(input: &[u8]) {
    let Some(text) = text(input) else {
        return;
    };
    let (mut schedule, mut changes, mut zone, mut leads) = (None, Vec::new(), None, Vec::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("zone ") {
            zone = Some(name);
        } else if let Some(words) = line.strip_prefix("lead ") {
            leads.extend(lead(words));
        } else if let Some(words) = line.strip_prefix("time ") {
            time(words);
        } else if let Ok(read) = serde_json::from_str::<Schedule>(line) {
            schedule = Some(read);
        } else if let Ok(change) = serde_json::from_str::<SessionChange>(line)
            && changes.len() < CHANGES
        {
            changes.push(change);
        }
    }
    if let Some(zone) = zone {
        zoned(zone);
    }
    if let Some(schedule) = schedule {
        planned(&schedule, &changes, zone, &leads);
    }
}

fn lead(words: &str) -> Option<Lead> {
    let lead = Lead::parse(words).ok()?;
    assert_eq!(lead.text(), words);
    assert!((0..=31 * 24 * 60).contains(&lead.elapsed().num_minutes()));
    leads_fire(&lead);
    Some(lead)
}

fn leads_fire(lead: &Lead) {
    let start = DateTime::<Utc>::from_timestamp(1_795_464_000, 0).expect("an instant");
    let fires = lead.fire(start).expect("within a month of today");
    assert!(fires <= start && start - fires == lead.elapsed());
}

fn time(words: &str) {
    if let Some(time) = times::parse(words) {
        let written = time.format("%H:%M").to_string();
        assert!(
            words == written || words == format!("{written}:00"),
            "read loosely"
        );
        assert_eq!(times::parse(&written), Some(time));
    }
}

/// A zone of the table shows every hour of a year as itself, or says what was odd about it.
fn zoned(zone: &str) {
    if clock::check_zone(zone).is_err() {
        return;
    }
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date");
    for date in first.iter_days().take(366).step_by(9) {
        for hour in [0, 2, 12, 23] {
            let time = NaiveTime::from_hms_opt(hour, 30, 0).expect("a time");
            let resolved = clock::resolve_local(zone, date, time).expect("in this century");
            let local = clock::local(zone, resolved.instant).expect("in this century");
            let same = (local.date, local.time) == (date, time);
            assert_eq!(
                same,
                resolved.resolution != Resolution::Gap,
                "{date} {time}"
            );
        }
    }
    let instant = |seconds| DateTime::<Utc>::from_timestamp(seconds, 0).expect("an instant");
    let spans = clock::observances(zone, instant(1_700_000_000), instant(1_900_000_000));
    let spans = spans.expect("in this century");
    assert!(!spans.is_empty() && spans.is_sorted_by_key(|span| span.onset));
}

fn planned(schedule: &Schedule, changes: &[SessionChange], zone: Option<&str>, leads: &[Lead]) {
    let json = serde_json::to_string(schedule).expect("plain data");
    let read: Schedule = serde_json::from_str(&json).expect("our own");
    assert!(read == *schedule, "written and read, another schedule");
    for change in changes {
        let json = serde_json::to_string(change).expect("plain data");
        let read: SessionChange = serde_json::from_str(&json).expect("our own");
        assert!(read == *change, "written and read, another change");
    }
    let all = occurrences(schedule, changes);
    assert_eq!(
        all.is_ok(),
        schedule.check().is_ok(),
        "one bad change hid a schedule"
    );
    assert!(
        all == occurrences(schedule, changes),
        "one schedule, two answers"
    );
    let Ok(all) = all else {
        return;
    };
    bounds(schedule, changes, &all);
    for one in &all.occurrences {
        assert!(one.span.end > one.span.start, "ends before it starts");
        if !(one.moved || one.added) {
            let shown = clock::local(&schedule.time_zone, one.span.start).expect("a session");
            let same = (shown.date, shown.time) == (one.original_date, one.original_start);
            assert_eq!(same, one.span.start_resolution != Resolution::Gap);
        }
        if let Ok(row) = contract::row(one, leads, zone) {
            let reminders = row["reminders"].as_array().map_or(0, Vec::len);
            let cancelled = one.status() == Status::Cancelled;
            assert_eq!(reminders, if cancelled { 0 } else { leads.len() });
        } else {
            // Only a zone that nobody knows, or the edge of the calendar.
            let unknown = zone.is_some_and(|zone| clock::check_zone(zone).is_err());
            let edge = clock::check_date(one.span.start.date_naive() - chrono::Days::new(32))
                .is_err()
                || clock::check_date(one.span.end.date_naive() + chrono::Days::new(2)).is_err();
            assert!(unknown || edge, "a session without its row");
        }
    }
}

fn bounds(schedule: &Schedule, changes: &[SessionChange], all: &Occurrences) {
    let most = MAX_WEEKS as usize * 7 * (MAX_PATTERNS + 1) + changes.len();
    assert!(all.occurrences.len() <= most);
    assert!(schedule.dates().all(|date| date < schedule.end_date()));
    assert!(
        all.problems
            .iter()
            .all(|problem| problem.change < changes.len())
    );
    let mut starts: Vec<_> = all
        .occurrences
        .iter()
        .map(|one| (one.original_date, one.original_start))
        .collect();
    let count = starts.len();
    starts.sort_unstable();
    starts.dedup();
    assert_eq!(starts.len(), count, "two sessions of one name");
}
