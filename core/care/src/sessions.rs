//! One patient's sessions: the track's, while enrolled, and the patient's own.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::calendar;
use crate::chart::Chart;
use crate::id::Id;
use crate::library::Library;
use crate::program::{self, Session};

/// Every session of this patient that takes any of the time from `from` up to `to` (epoch
/// milliseconds), cancelled ones included, by start.
///
/// Group sessions count from the day of enrolment for the planned weeks, and end with the actual
/// discharge; see [`takes_part`]. The patient's own sessions follow no such span: an assessment may
/// come before the first group, a medication visit after the last.
pub fn sessions(chart: &Chart, library: &Library, from: i64, to: i64) -> Vec<Session> {
    let mut list = group_sessions(chart, library);
    list.extend(own_sessions(chart));
    list.retain(|session| session.overlaps(from, to));
    program::sort(&mut list);
    list
}

/// The patient's own sessions; when the patient has died, those up to that day.
fn own_sessions(chart: &Chart) -> impl Iterator<Item = Session> {
    let last = chart.discharge().filter(|_| chart.has_died());
    let last = last.map(|discharge| discharge.value.date);
    chart
        .own_sessions()
        .filter_map(|fact| fact.value.session().ok())
        .filter(move |session| last.is_none_or(|last| local_date(session) <= last))
}

fn group_sessions(chart: &Chart, library: &Library) -> Vec<Session> {
    let Some(enrolled) = chart.enrolment().map(|fact| &fact.value) else {
        return Vec::new();
    };
    let mut list = of_track(library, enrolled.track, enrolled.join_link.as_deref());
    list.retain(|session| takes_part(chart, enrolled.track, session));
    list
}

fn of_track(library: &Library, track: Id, join_link: Option<&str>) -> Vec<Session> {
    let Some(track) = library.track(track) else {
        return Vec::new();
    };
    // A schedule that staff's console refused cannot be in the library; one of a newer app may be.
    program::sessions(track, &library.changes(track.id), join_link)
        .map_or_else(|_| Vec::new(), |all| all.sessions)
}

/// Is this session of a track one of this patient's?
///
/// Sessions are counted by the date they were first planned for, so one that was moved past the last
/// planned day still shows. The actual discharge ends group for good: a session moved behind it is
/// not the patient's any more. Nor is one that takes place during a pause; the planned weeks do not
/// grow by it, since what follows is for staff and payer to decide.
pub fn takes_part(chart: &Chart, track: Id, session: &Session) -> bool {
    let Some(enrolled) = chart.enrolment().map(|fact| &fact.value) else {
        return false;
    };
    let planned = session.original_local_date;
    let after_discharge = chart
        .discharge()
        .is_some_and(|discharge| local_date(session) > discharge.value.date);
    enrolled.track == track
        && enrolled.start_date <= planned
        && last_day(chart).is_some_and(|last| planned <= last)
        && !after_discharge
        && !is_away(chart, session)
}

fn is_away(chart: &Chart, session: &Session) -> bool {
    // Nobody's day is worked out who never was away.
    !chart.pauses().is_empty() && chart.pause_on(local_date(session)).is_some()
}

/// The day of a session where it was last planned, on the clinic's clock.
pub(crate) fn local_date(session: &Session) -> NaiveDate {
    DateTime::<Utc>::from_timestamp_millis(session.start)
        .and_then(|start| calendar::local(&session.time_zone, start).ok())
        .map_or(session.original_local_date, |local| local.date)
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

/// The sessions of every track, worked out once for the many patients of a caseload. Without join
/// links.
#[derive(Debug, Clone)]
pub(crate) struct Timetable(BTreeMap<Id, Vec<Session>>);

impl Timetable {
    pub fn of(library: &Library) -> Self {
        let tracks = library.tracks().map(|track| track.id);
        Self(
            tracks
                .map(|track| (track, of_track(library, track, None)))
                .collect(),
        )
    }

    /// A track's sessions, by start.
    pub fn track(&self, track: Id) -> &[Session] {
        self.0.get(&track).map_or(&[], Vec::as_slice)
    }

    /// Every session of a patient, by start, then id.
    pub fn sessions_of(&self, chart: &Chart) -> Vec<Session> {
        let mut list: Vec<_> = own_sessions(chart).collect();
        if let Some(track) = chart.enrolment().map(|fact| fact.value.track) {
            let group = self.track(track).iter();
            list.extend(group.filter(|one| takes_part(chart, track, one)).cloned());
        }
        program::sort(&mut list);
        list
    }

    /// Start of the patient's first session that takes place at `now` or later and before `until`.
    pub fn next_start(&self, chart: &Chart, now: i64, until: i64) -> Option<i64> {
        let coming =
            |session: &Session| session.rings() && session.start >= now && session.start < until;
        let group = chart.enrolment().and_then(|fact| {
            let track = fact.value.track;
            self.track(track)
                .iter()
                .find(|session| coming(session) && takes_part(chart, track, session))
        });
        let own = own_sessions(chart)
            .filter(coming)
            .map(|session| session.start);
        own.chain(group.map(|session| session.start)).min()
    }
}

#[cfg(test)]
mod tests;
