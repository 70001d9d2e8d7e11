//! One patient's sessions: the track's, while enrolled, and the patient's own.

use chrono::{Days, NaiveDate};

use crate::chart::Chart;
use crate::library::Library;
use crate::program::{self, Session};

/// Every session of this patient that takes any of the time from `from` up to `to` (epoch
/// milliseconds), cancelled ones included, by start.
///
/// Group sessions count from the day of enrolment for the planned weeks, and end with the actual
/// discharge; a session moved out of that span still shows, keyed by its original date.
pub fn sessions(chart: &Chart, library: &Library, from: i64, to: i64) -> Vec<Session> {
    let mut list = group_sessions(chart, library);
    list.extend(
        chart
            .own_sessions()
            .filter_map(|fact| fact.value.session().ok()),
    );
    list.retain(|session| session.overlaps(from, to));
    program::sort(&mut list);
    list
}

fn group_sessions(chart: &Chart, library: &Library) -> Vec<Session> {
    let Some(enrolled) = chart.enrolment().map(|fact| &fact.value) else {
        return Vec::new();
    };
    let Some(track) = library.track(enrolled.track) else {
        return Vec::new();
    };
    let Some(last) = last_day(chart) else {
        return Vec::new();
    };
    let changes = library.changes(track.id);
    // A schedule that staff's console refused cannot be in the library; one of a newer app may be.
    let Ok(all) = program::sessions(track, &changes, enrolled.join_link.as_deref()) else {
        return Vec::new();
    };
    let mut list = all.sessions;
    list.retain(|session| (enrolled.start_date..=last).contains(&session.original_local_date));
    list
}

/// The last day of group: the planned one, or the day of discharge when that is known.
pub fn last_day(chart: &Chart) -> Option<NaiveDate> {
    let enrolled = &chart.enrolment()?.value;
    if let Some(discharge) = chart.discharge() {
        return Some(discharge.value.date);
    }
    let days = u64::from(enrolled.weeks) * 7;
    enrolled
        .start_date
        .checked_add_days(Days::new(days.saturating_sub(1)))
}
