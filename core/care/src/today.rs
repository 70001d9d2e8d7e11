//! The phone's home screen as facts: what is today, what is next, what waits.
//!
//! Pure: `now` and the phone's zone are arguments. Sessions are clinic time and show the phone's clock
//! beside it when the two differ; check-ins and homework are patient time (design, section 6).

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::Serialize;

use crate::calendar;
use crate::chart::Chart;
use crate::due::{self, DueCheckIn, HomeworkState, date_at};
use crate::id::Id;
use crate::library::Library;
use crate::plan::PlanToRead;
use crate::program::Session;
use crate::sessions::sessions;
use crate::visits::{self, Visits};

/// How far ahead the next session is looked for, in days.
const AHEAD_DAYS: i64 = 200;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Start and end as a clock on some wall shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WallClock {
    /// IANA zone of the clock.
    pub zone: String,
    /// The zone's abbreviation at the start, like `EST`.
    pub abbreviation: String,
    /// Date of the start.
    pub date: NaiveDate,
    /// Time of the start.
    pub start: NaiveTime,
    /// Time of the end.
    pub end: NaiveTime,
}

impl WallClock {
    /// A span of instants (epoch milliseconds) on the clock of a zone; UTC when the table does not
    /// know the zone.
    pub fn of(zone: &str, start: i64, end: i64) -> Self {
        let instant = |ms| DateTime::<Utc>::from_timestamp_millis(ms).unwrap_or_default();
        let at = |zone| {
            Some((
                calendar::local(zone, instant(start)).ok()?,
                calendar::local(zone, instant(end)).ok()?,
            ))
        };
        match at(zone) {
            Some((from, to)) => Self {
                zone: zone.to_owned(),
                abbreviation: from.abbreviation,
                date: from.date,
                start: from.time,
                end: to.time,
            },
            None => Self {
                zone: "UTC".to_owned(),
                abbreviation: "UTC".to_owned(),
                date: instant(start).date_naive(),
                start: instant(start).time(),
                end: instant(end).time(),
            },
        }
    }
}

/// A session with the clocks it is shown by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionCard {
    /// The session.
    pub session: Session,
    /// On the clinic's clock.
    pub clinic: WallClock,
    /// On the phone's clock, when that shows another time.
    pub phone: Option<WallClock>,
}

impl SessionCard {
    /// A session with the clocks of its clinic and of a phone in `zone`.
    pub fn new(session: Session, zone: &str) -> Self {
        let clinic = WallClock::of(&session.time_zone, session.start, session.end);
        let phone = WallClock::of(zone, session.start, session.end);
        let differs =
            (phone.date, phone.start, phone.end) != (clinic.date, clinic.start, clinic.end);
        Self {
            clinic,
            phone: differs.then_some(phone),
            session,
        }
    }
}

/// The home screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Today {
    /// The date, patient time.
    pub date: NaiveDate,
    /// Sessions that take any of this day, cancelled ones included, by start.
    pub sessions: Vec<SessionCard>,
    /// The first session after this day that takes place.
    pub next: Option<SessionCard>,
    /// Check-ins due.
    pub check_ins: Vec<DueCheckIn>,
    /// Homework that is not done, the one due next first.
    pub homework: Vec<HomeworkState>,
    /// The transition plan that holds and was not acknowledged.
    pub plan_to_read: Option<Id>,
    /// Every plan that holds, was written by staff and was not acknowledged.
    pub plans_to_read: Vec<PlanToRead>,
    /// Week of the program, from 1, in clinic time; absent before the first day and after discharge.
    pub week: Option<u32>,
    /// Planned weeks.
    pub weeks: Option<u32>,
    /// Visits left with the payer that has most of them today; absent when no authorisation holds.
    pub visits_left: Option<Visits>,
    /// The clinic's zone, when its clock differs from the phone's now.
    pub other_zone: Option<String>,
}

/// Sessions from `from` up to `to` (epoch milliseconds) as cards.
pub fn cards(chart: &Chart, library: &Library, from: i64, to: i64, zone: &str) -> Vec<SessionCard> {
    sessions(chart, library, from, to)
        .into_iter()
        .map(|session| SessionCard::new(session, zone))
        .collect()
}

/// The home screen at `now` (epoch milliseconds) of a phone in `zone`.
pub fn today(chart: &Chart, library: &Library, now: i64, zone: &str) -> Today {
    let date = date_at(now, zone);
    let (from, to) = day(date, now, zone);
    let clinic_zone = clinic_zone(chart, library);
    let clinic_date = clinic_zone.map_or(date, |zone| date_at(now, zone));
    let plan = chart.transition_plan().current.map(|plan| plan.id);
    Today {
        date,
        sessions: cards(chart, library, from, to, zone),
        next: cards(
            chart,
            library,
            to,
            to.saturating_add(AHEAD_DAYS * DAY_MS),
            zone,
        )
        .into_iter()
        .find(|card| card.session.start >= to && card.session.rings()),
        check_ins: library.offered(due::check_ins(chart, date), "en"),
        homework: due::homework(chart, library, date)
            .into_iter()
            .filter(|homework| homework.done < homework.times)
            .collect(),
        plan_to_read: plan.filter(|plan| chart.acknowledged(*plan).is_none()),
        plans_to_read: chart.plans_to_read(),
        week: chart.program_week(clinic_date),
        weeks: chart.enrolment().map(|enrolled| enrolled.value.weeks),
        visits_left: visits::page::own_count(chart, clinic_date).left(),
        other_zone: clinic_zone
            .filter(|clinic| clock_at(clinic, now) != clock_at(zone, now))
            .map(str::to_owned),
    }
}

/// The zone whose days count for sessions and visits: the track's, else the clinic's, else `zone`.
pub fn clinic_zone_or<'a>(chart: &Chart, library: &'a Library, zone: &'a str) -> &'a str {
    clinic_zone(chart, library).unwrap_or(zone)
}

/// The zone of the patient's track, else the clinic's.
fn clinic_zone<'a>(chart: &Chart, library: &'a Library) -> Option<&'a str> {
    let track = chart
        .enrolment()
        .and_then(|enrolled| library.track(enrolled.value.track));
    match track {
        Some(track) => Some(&track.schedule.time_zone),
        None => library.clinic().map(|clinic| clinic.time_zone.as_str()),
    }
}

fn clock_at(zone: &str, now: i64) -> (NaiveDate, NaiveTime) {
    let clock = WallClock::of(zone, now, now);
    (clock.date, clock.start)
}

/// The instants at which a date begins and ends on a clock.
fn day(date: NaiveDate, now: i64, zone: &str) -> (i64, i64) {
    let begin = |date: NaiveDate| {
        let resolved = calendar::resolve_local(zone, date, NaiveTime::MIN);
        resolved.map(|resolved| resolved.instant.timestamp_millis())
    };
    if let (Ok(from), Some(Ok(to))) = (begin(date), date.checked_add_days(Days::new(1)).map(begin))
    {
        return (from, to);
    }
    let from = now - now.rem_euclid(DAY_MS);
    (from, from + DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Place;
    use crate::entry::{Author, Body, Class, Entry};
    use crate::homework::Assigned;
    use crate::patient::Enrolled;
    use crate::plan::TransitionPlan;
    use crate::program::{Mode, Schedule, Track, Weekday};

    const STAFF: Id = Id([9; 16]);
    const TRACK: Id = Id([7; 16]);

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text)
            .expect("an instant")
            .timestamp_millis()
    }

    fn library() -> Library {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
        let track = Track {
            id: TRACK,
            name: "Morning".to_owned(),
            program: Id([6; 16]),
            mode: Mode::Virtual,
            schedule: Schedule {
                time_zone: "America/New_York".to_owned(),
                start_date: date("2026-09-07"),
                weeks: 30,
                weekdays: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Thursday],
                start_time: time(9),
                end_time: time(12),
                also: Vec::new(),
                tzdb: None,
            },
            place: None,
        };
        let body = Body::Track(track);
        let entry = Entry::new(Id([1; 16]), 0, "UTC", STAFF, None, &body);
        let mut library = Library::default();
        library.apply(1, &entry, body);
        library
    }

    fn chart() -> Chart {
        let mut chart = Chart::default();
        let bodies = [
            Body::Enrolled(Enrolled {
                track: TRACK,
                start_date: date("2026-11-02"),
                weeks: 8,
                join_link: None,
                check_ins: Enrolled::usual_check_ins(),
            }),
            Body::HomeworkAssigned(Assigned {
                title: "Paced breathing".to_owned(),
                due: date("2026-11-20"),
                times: 1,
                ..Assigned::default()
            }),
            Body::TransitionPlan(TransitionPlan::default()),
        ];
        for (seq, body) in bodies.iter().enumerate() {
            let number = u8::try_from(seq).expect("few");
            let entry = Entry::new(Id([number; 16]), 0, "UTC", STAFF, None, body);
            let place = Place::at(seq as u64 + 1, 0);
            chart.apply(Class::Care, &entry, Author::Clinician(STAFF), place);
        }
        chart
    }

    #[test]
    fn a_group_day_shows_one_clock_or_two() {
        // Monday 2026-11-23, 08:00 in New York.
        let now = at("2026-11-23T13:00:00Z");
        let today = super::today(&chart(), &library(), now, "America/New_York");
        assert_eq!(today.date, date("2026-11-23"));
        assert_eq!(today.sessions.len(), 1);
        assert_eq!(today.sessions[0].phone, None);
        assert_eq!(today.other_zone, None);
        let next = today.next.expect("Tuesday");
        assert_eq!(next.clinic.date, date("2026-11-24"));
        assert_eq!((today.week, today.weeks), (Some(4), Some(8)));
        assert_eq!(today.check_ins.len(), 3);
        assert_eq!(today.homework.len(), 1);
        assert!(today.homework[0].overdue);
        assert_eq!(today.plan_to_read, Some(Id([2; 16])));

        let denver = super::today(&chart(), &library(), now, "America/Denver");
        let phone = denver.sessions[0].phone.as_ref().expect("another clock");
        assert_eq!(phone.start.to_string(), "07:00:00");
        assert_eq!(
            (
                phone.abbreviation.as_str(),
                denver.sessions[0].clinic.abbreviation.as_str()
            ),
            ("MST", "EST")
        );
        assert_eq!(denver.other_zone.as_deref(), Some("America/New_York"));
        // Detroit's clock shows the same time, so one clock is enough.
        let detroit = super::today(&chart(), &library(), now, "America/Detroit");
        assert_eq!(
            (detroit.sessions[0].phone.clone(), detroit.other_zone),
            (None, None)
        );
    }

    #[test]
    fn far_east_the_same_session_is_another_day() {
        // 23:00 on Monday in Tokyo is 09:00 in New York.
        let now = at("2026-11-23T12:00:00Z");
        let today = super::today(&chart(), &library(), now, "Asia/Tokyo");
        let phone = today.sessions[0].phone.as_ref().expect("another clock");
        assert_eq!(
            (phone.date, phone.end.to_string()),
            (date("2026-11-23"), "02:00:00".to_owned())
        );
        // On Tuesday in Tokyo the end of Monday's group and the start of Tuesday's are both today.
        let tuesday = super::today(
            &chart(),
            &library(),
            at("2026-11-23T16:00:00Z"),
            "Asia/Tokyo",
        );
        assert_eq!(tuesday.sessions.len(), 2);
    }

    #[test]
    fn nothing_yet_is_an_empty_screen() {
        let today = super::today(&Chart::default(), &Library::default(), 0, "Nowhere/Land");
        assert_eq!(today.date, date("1970-01-01"));
        assert!(today.sessions.is_empty() && today.next.is_none() && today.check_ins.is_empty());
        assert_eq!(
            (today.week, today.weeks, today.other_zone),
            (None, None, None)
        );
    }
}
