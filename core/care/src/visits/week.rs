//! The hours of a week against the program's minimum.
//!
//! A week is Monday to Sunday on the clinic's clock. Hours are exact minutes of sessions of every kind
//! (`iop.md`, dose and parts).

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use serde::Serialize;

use super::Visit;
use crate::calendar;
use crate::chart::Chart;
use crate::library::Library;
use crate::program::{Program, Session};
use crate::sessions::local_date;

/// One week of one patient, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct WeekHours {
    /// Its Monday.
    pub monday: NaiveDate,
    /// There.
    pub attended: u32,
    /// Over, and nobody has noted who came.
    pub unmarked: u32,
    /// Still to come, a session going on included.
    pub coming: u32,
    /// Offered and missed, or left before the end.
    pub missed: u32,
    /// Cancelled by the clinic.
    pub cancelled: u32,
    /// What the program asks for in a whole week.
    pub minimum: u32,
    /// What can be asked in this one: the minimum, or all that was offered where that is less, as in a
    /// holiday week and in the first and the last week.
    pub asked: u32,
}

impl WeekHours {
    /// All that the clinic offered and did not cancel.
    pub fn offered(&self) -> u32 {
        [self.attended, self.unmarked, self.coming, self.missed]
            .into_iter()
            .fold(0, u32::saturating_add)
    }

    /// Less than a usual week because the clinic cancelled, not because of the patient.
    pub fn is_holiday_week(&self) -> bool {
        self.cancelled > 0 && self.asked < self.minimum
    }

    /// What cannot be reached any more, even if everyone unmarked came. For staff.
    pub fn short(&self) -> u32 {
        let reachable = self.offered().saturating_sub(self.missed);
        self.asked.saturating_sub(reachable)
    }
}

/// The Monday of a date's week.
pub fn monday(date: NaiveDate) -> NaiveDate {
    let days = u64::from(date.weekday().num_days_from_monday());
    date.checked_sub_days(Days::new(days)).unwrap_or(date)
}

/// From the first instant of a week's Monday to the first of the next, on a clock; epoch milliseconds.
/// A zone that the table does not know counts as UTC.
pub(crate) fn bounds(zone: &str, monday: NaiveDate) -> (i64, i64) {
    let begin = |date: NaiveDate| {
        let midnight = chrono::NaiveTime::MIN;
        calendar::resolve_local(zone, date, midnight)
            .map_or_else(|_| date.and_time(midnight).and_utc(), |found| found.instant)
            .timestamp_millis()
    };
    let next = monday.checked_add_days(Days::new(7)).unwrap_or(monday);
    (begin(monday), begin(next))
}

/// Least minutes a week of the program that this patient is in; the usual ones when it is not known.
pub fn minimum(chart: &Chart, library: &Library) -> u32 {
    chart
        .enrolment()
        .and_then(|enrolled| library.track(enrolled.value.track))
        .and_then(|track| library.programs().find(|one| one.id == track.program))
        .map_or(Program::USUAL_MINIMUM, Program::weekly_minimum)
}

/// The week of `today` (clinic time) at `now`. `patient_sessions` are the patient's, at least those that
/// touch the week; `visits` what became of them. Nothing before the first day of the program, during a
/// pause, after the end, and in a week without any session.
pub fn week<'a>(
    chart: &Chart,
    library: &Library,
    patient_sessions: impl IntoIterator<Item = &'a Session>,
    visits: &BTreeMap<String, Visit>,
    today: NaiveDate,
    now: i64,
) -> Option<WeekHours> {
    chart.program_week(today)?;
    if chart.reminders_stop(today).is_some() {
        return None;
    }
    let monday = monday(today);
    let mut week = WeekHours {
        monday,
        attended: 0,
        unmarked: 0,
        coming: 0,
        missed: 0,
        cancelled: 0,
        minimum: minimum(chart, library),
        asked: 0,
    };
    let mut any = false;
    let days = monday.iter_days().take(7);
    let days: Vec<_> = days.collect();
    for session in patient_sessions {
        if !days.contains(&local_date(session)) {
            continue;
        }
        any = true;
        let minutes = u32::try_from(session.elapsed_minutes).unwrap_or(0);
        if let Some(visit) = visits.get(&session.id) {
            let there = visit.minutes_there().min(minutes);
            week.attended = week.attended.saturating_add(there);
            week.missed = week.missed.saturating_add(minutes - there);
            continue;
        }
        let place = if !session.rings() {
            &mut week.cancelled
        } else if session.end <= now {
            &mut week.unmarked
        } else {
            &mut week.coming
        };
        *place = place.saturating_add(minutes);
    }
    week.asked = week.minimum.min(week.offered());
    any.then_some(week)
}
