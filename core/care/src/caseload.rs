//! The clinician's caseload: everyone, worst first.
//!
//! Order: open safety flags first (positive before unanswered, oldest first), then worsening, then
//! unread check-ins (most first) or plans, then overdue check-ins and calls, then by name. Patients come last from the
//! day after their discharge, unless a flag is open or a call is due.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::Serialize;

use crate::chart::{Chart, CheckIn};
use crate::checkin::{self, CheckInResult, Instrument};
use crate::due;
use crate::ends::Pause;
use crate::flag::{self, Flag};
use crate::id::Id;
use crate::library::Library;
use crate::order::InOrder;
use crate::plan::PlanKind;
use crate::roster::{Person, Roster};
use crate::sessions::Timetable;
use crate::team::Team;
use crate::visits::{self, page::VisitsLine};

/// What the clinician's pages are made from.
#[derive(Debug, Clone, Copy)]
pub struct Clinic<'a> {
    /// Names and attendance.
    pub roster: &'a Roster,
    /// Schedules, staff, education.
    pub library: &'a Library,
    /// Dispositions and notes.
    pub team: &'a Team,
}

/// One score and how it moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Score {
    /// The instrument's id.
    pub form: String,
    /// The instrument's name.
    pub title: String,
    /// The newest total.
    pub total: f64,
    /// Its severity word.
    pub severity: Option<String>,
    /// When, epoch milliseconds.
    pub at: i64,
    /// The total before it.
    pub previous: Option<f64>,
    /// The first total of this stay; absent when the newest is the first.
    pub baseline: Option<f64>,
    /// Better than the first one by the reliable threshold.
    pub improved: bool,
    /// Worse than the one before, or than the first one, by the minimal threshold.
    pub worse: bool,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct CaseloadRow {
    /// The care mailbox: names the patient.
    pub patient: Id,
    /// Name.
    pub name: String,
    /// Track, when enrolled.
    pub track: Option<String>,
    /// Week of the program, from 1.
    pub week: Option<u32>,
    /// Planned weeks.
    pub weeks: Option<u32>,
    /// Discharged on this day, which may lie ahead.
    pub discharged: Option<NaiveDate>,
    /// Open safety flags.
    pub flags: Vec<Flag>,
    /// Check-ins nobody has opened.
    pub unread: u32,
    /// Plans that the patient wrote or changed and nobody of staff has opened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "web", tsify(optional))]
    pub plans_changed: Vec<PlanKind>,
    /// Calls after the discharge that are due.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "web", tsify(optional))]
    pub calls_due: Vec<NaiveDate>,
    /// Titles of overdue check-ins.
    pub overdue: Vec<String>,
    /// Newest scores.
    pub scores: Vec<Score>,
    /// Newest check-in of any form, epoch milliseconds.
    pub last_check_in: Option<i64>,
    /// Start of the next session, epoch milliseconds.
    pub next_session: Option<i64>,
    /// Away since the day it begins with, the place kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "web", tsify(optional))]
    pub paused: Option<Pause>,
    /// Visits, where a payer authorised some or the patient was away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "web", tsify(optional))]
    pub visits: Option<VisitsLine>,
}

impl CaseloadRow {
    fn rank(&self, today: NaiveDate) -> (bool, u8, i64) {
        let oldest = |answered: bool| {
            let flags = self.flags.iter();
            let such = flags.filter(|flag| flag.answer.is_some() == answered);
            such.map(|flag| flag.at).min()
        };
        let worse = self.scores.iter().any(|score| score.worse);
        let (class, at) = if let Some(at) = oldest(true) {
            (0, at)
        } else if let Some(at) = oldest(false) {
            (1, at)
        } else if worse {
            (2, 0)
        } else if self.unread > 0 || !self.plans_changed.is_empty() {
            (3, -i64::from(self.unread))
        } else if !self.overdue.is_empty() || !self.calls_due.is_empty() {
            (4, 0)
        } else {
            (5, 0)
        };
        // On the day of discharge, and before it, the patient is still here.
        let gone = self.discharged.is_some_and(|date| date < today) && self.calls_due.is_empty();
        (gone && class > 1, class, at)
    }
}

/// Every patient of the roster, worst first. `charts` has a chart for each whose mailbox is open.
pub fn caseload<'a>(
    clinic: Clinic<'_>,
    charts: impl Fn(Id) -> Option<&'a Chart>,
    now: i64,
) -> Vec<CaseloadRow> {
    let empty = Chart::default();
    let timetable = Timetable::of(clinic.library);
    let mut rows: Vec<_> = clinic
        .roster
        .people()
        .into_iter()
        .map(|person| {
            let chart = charts(person.care).unwrap_or(&empty);
            row_by(clinic, &timetable, person, chart, now)
        })
        .collect();
    let today = clinic_date(clinic.library, now);
    // Stable: people come by name already.
    rows.order_by_cached_key(|row| row.rank(today));
    rows
}

/// The date at `now` in the clinic.
pub fn clinic_date(library: &Library, now: i64) -> NaiveDate {
    let zone = library.clinic().map_or("UTC", |clinic| &clinic.time_zone);
    due::date_at(now, zone)
}

/// One patient's row.
pub fn row(clinic: Clinic<'_>, person: &Person, chart: &Chart, now: i64) -> CaseloadRow {
    row_by(clinic, &Timetable::of(clinic.library), person, chart, now)
}

/// [`row`] with sessions that were worked out before.
pub(crate) fn row_by(
    clinic: Clinic<'_>,
    timetable: &Timetable,
    person: &Person,
    chart: &Chart,
    now: i64,
) -> CaseloadRow {
    const WEEKS_8: i64 = 8 * 7 * 24 * 3600 * 1000;
    let today = clinic_date(clinic.library, now);
    let check_ins = chart.check_ins();
    let enrolled = chart.enrolment().map(|fact| &fact.value);
    CaseloadRow {
        patient: person.care,
        name: person.name.clone(),
        track: enrolled
            .and_then(|enrolled| clinic.library.track(enrolled.track))
            .map(|track| track.name.clone()),
        week: chart.program_week(today),
        weeks: enrolled.map(|enrolled| enrolled.weeks),
        discharged: chart.discharge().map(|fact| fact.value.date),
        flags: flag::flags(person.care, chart, clinic.team, clinic.library)
            .into_iter()
            .filter(Flag::is_open)
            .collect(),
        unread: unread(chart, &check_ins),
        plans_changed: plans_changed(chart),
        calls_due: chart.calls_due(today),
        overdue: due::overdue(chart, today)
            .into_iter()
            .map(|form| clinic.library.form_title(&form, "en"))
            .collect(),
        scores: scores(clinic.library, chart, &check_ins),
        last_check_in: check_ins.last().map(|check_in| check_in.last.at),
        next_session: timetable.next_start(chart, now, now.saturating_add(WEEKS_8)),
        paused: chart.pause_on(today),
        visits: visits::page::line(clinic, timetable, person.care, chart, now),
    }
}

fn plans_changed(chart: &Chart) -> Vec<PlanKind> {
    let mut kinds: Vec<_> = chart
        .plans_to_open()
        .iter()
        .map(|(kind, _)| *kind)
        .collect();
    kinds.dedup();
    kinds
}

fn unread(chart: &Chart, check_ins: &[&CheckIn]) -> u32 {
    let count = check_ins
        .iter()
        .filter(|check_in| !chart.was_opened(check_in.last.id))
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The newest total of each instrument, with its change by the clinic's thresholds.
pub fn scores(library: &Library, chart: &Chart, check_ins: &[&CheckIn]) -> Vec<Score> {
    let totals = library.totals(chart, check_ins);
    let of =
        |(instrument, sheets): (Instrument, Vec<_>)| score(library, chart, instrument, &sheets);
    totals.into_iter().filter_map(of).collect()
}

fn score(
    library: &Library,
    chart: &Chart,
    instrument: Instrument,
    sheets: &[(&CheckIn, Cow<'_, CheckInResult>)],
) -> Option<Score> {
    let totals: Vec<_> = sheets
        .iter()
        .filter_map(|(check_in, result)| Some((*check_in, result.total?)))
        .collect();
    let severity = sheets.last()?.1.severity.map(str::to_owned);
    let (newest, total) = totals.last()?;
    let before = &totals[..totals.len() - 1];
    let began = chart.stay_began(newest.last.at);
    let first = before.iter().find(|(one, _)| one.last.at >= began);
    let previous = before.last();
    let thresholds = library.policy().thresholds(instrument);
    let change = |from: Option<&(&CheckIn, checkin::Total)>| {
        from.and_then(|(_, from)| checkin::change(instrument, *from, *total, thresholds).ok())
    };
    let (since_first, since_previous) = (change(first), change(previous));
    Some(Score {
        form: instrument.id().to_owned(),
        title: instrument.rule().name.to_owned(),
        total: total.to_f64(),
        severity,
        at: newest.last.at,
        previous: previous.map(|(_, total)| total.to_f64()),
        baseline: first.map(|(_, total)| total.to_f64()),
        improved: since_first.is_some_and(|change| change.reliable),
        worse: [since_first, since_previous]
            .into_iter()
            .flatten()
            .any(|change| change.worse),
    })
}

#[cfg(test)]
mod tests;
