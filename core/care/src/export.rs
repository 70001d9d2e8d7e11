//! Out: one patient's record as FHIR R4, iCalendar and CSV (clinical.md, section 4; docs/adr/0012).
//!
//! Owns what is exported and in which shape; [`Source`] says from what. The clinic's export has names,
//! attendance and flags; the patient's own is made on the phone from what the phone has. Refuses to invent
//! a code: what LOINC does not have stands in a system of ours. Writes no file and knows no clock.

pub mod csv;
pub mod fhir;
pub mod ics;
pub mod plans;

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, Utc};

use crate::calendar;
use crate::caseload::Clinic;
use crate::chart::{Chart, CheckIn, Fact};
use crate::checkin::{Answers, Form};
use crate::id::Id;
use crate::library::Library;
use crate::patient::{CheckInWritten, FollowUp};
use crate::program::{Program, ProgramKind, Session};
use crate::progress::Marks;
use crate::roster::{Person, Roster};
use crate::sessions;
use crate::team::Team;
use crate::today;
use crate::visits::{self, Visit};

/// What an export is made from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The care mailbox: names the patient.
    pub patient: Id,
    /// The patient's facts.
    pub chart: &'a Chart,
    /// Schedules, forms, staff names.
    pub library: &'a Library,
    /// Name and contacts; a phone does not have them.
    pub person: Option<&'a Person>,
    /// Attendance; a phone has what it was told instead.
    pub roster: Option<&'a Roster>,
    /// Dispositions; for staff.
    pub team: Option<&'a Team>,
    /// When the export is made, epoch milliseconds.
    pub now: i64,
}

impl<'a> Source<'a> {
    /// What the clinic exports. Absent when the roster does not have the patient.
    pub fn of_clinic(clinic: Clinic<'a>, patient: Id, chart: &'a Chart, now: i64) -> Option<Self> {
        Some(Self {
            patient,
            chart,
            library: clinic.library,
            person: Some(clinic.roster.person(patient)?),
            roster: Some(clinic.roster),
            team: Some(clinic.team),
            now,
        })
    }

    /// What the patient exports from the phone.
    pub fn own(patient: Id, chart: &'a Chart, library: &'a Library, now: i64) -> Self {
        Self {
            patient,
            chart,
            library,
            person: None,
            roster: None,
            team: None,
            now,
        }
    }

    /// Who tells of attendance.
    pub fn marks(&self) -> Marks<'a> {
        let roster = self
            .roster
            .map(|roster| Marks::Roster(roster, self.patient));
        roster.unwrap_or(Marks::Told)
    }

    /// The zone of the clinic's days.
    pub fn zone(&self) -> &'a str {
        today::clinic_zone_or(self.chart, self.library, "UTC")
    }

    /// Every session of the patient, by start.
    fn sessions(&self) -> Vec<Session> {
        sessions::sessions(self.chart, self.library, i64::MIN / 2, i64::MAX / 2)
    }

    /// What became of sessions.
    fn visits(&self, all: &[Session]) -> BTreeMap<String, Visit> {
        match self.marks() {
            Marks::Told => visits::told(self.chart),
            Marks::Roster(roster, patient) => visits::marked(self.chart, roster, patient, all),
        }
    }

    /// The program that the patient is enrolled in.
    fn program(&self) -> Option<&'a Program> {
        let enrolled = &self.chart.enrolment()?.value;
        let track = self.library.track(enrolled.track)?;
        let mut programs = self.library.programs();
        programs.find(|program| program.id == track.program)
    }

    /// The record falls under 42 CFR Part 2: the program treats substance use. A program that is not known
    /// counts as none.
    pub fn is_part_2(&self) -> bool {
        self.program().is_some_and(|program| {
            matches!(
                program.kind,
                ProgramKind::SubstanceUse | ProgramKind::DualDiagnosis
            )
        })
    }
}

/// The years that are written with four digits: FHIR, iCalendar and spreadsheets read no others. What an
/// entry says beyond them (a clock that was wrong, a slip of the hand) is shown as the nearest one. A day
/// is left at each end, for the zones.
const FIRST_MS: i64 = -62_135_510_400_000;
const LAST_MS: i64 = 253_402_214_399_000;

/// The instant of epoch milliseconds, in a year with four digits.
fn instant(at: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.clamp(FIRST_MS, LAST_MS)).unwrap_or_default()
}

/// `2026-11-22`, in a year with four digits.
fn day(date: NaiveDate) -> String {
    let (first, last) = (instant(FIRST_MS), instant(LAST_MS));
    date.clamp(first.date_naive(), last.date_naive())
        .to_string()
}

/// An instant with the offset that the clock of a zone had then: `2026-11-22T09:00:00-05:00`.
fn stamp(zone: &str, at: i64) -> String {
    let instant = instant(at);
    let offset = calendar::local(zone, instant)
        .ok()
        .and_then(|local| FixedOffset::east_opt(local.offset_seconds));
    match offset {
        Some(offset) => instant
            .with_timezone(&offset)
            .to_rfc3339_opts(SecondsFormat::Secs, false),
        None => instant.to_rfc3339_opts(SecondsFormat::Secs, true),
    }
}

/// One filled-in form of a check-in: its own, or the screener that followed.
struct Filled<'a> {
    /// The check-in, and `:follow-up` behind it for the screener.
    key: String,
    form_id: &'a str,
    version: &'a str,
    form: Option<&'a Form>,
    answers: &'a Answers,
    fact: &'a Fact<CheckInWritten>,
    complete: bool,
    /// Handed in more than once.
    revised: bool,
}

/// The forms of a check-in that have answers.
fn filled<'a>(library: &'a Library, check_in: &'a CheckIn) -> Vec<Filled<'a>> {
    let fact = &check_in.last;
    let written = &fact.value;
    let complete = check_in.is_complete();
    let stage = written.stage;
    let revised = complete && check_in.before.iter().any(|one| one.value.stage == stage);
    let own = Filled {
        key: check_in.id.to_string(),
        form_id: &written.form,
        version: &written.version,
        form: library.form_of(&written.form, &written.version),
        answers: &written.answers,
        fact,
        complete,
        revised,
    };
    let entries: Vec<_> = check_in.entries().collect();
    let asked =
        |fact: &'a Fact<CheckInWritten>| -> Option<(&'a Fact<CheckInWritten>, &'a FollowUp)> {
            let asked = fact.value.follow_up.as_ref()?;
            (!asked.answers.0.is_empty()).then_some((fact, asked))
        };
    let follow_up = entries.into_iter().rev().find_map(asked);
    let follow_up = follow_up.map(|(fact, asked)| Filled {
        key: format!("{}:follow-up", check_in.id),
        form_id: &asked.form,
        version: &asked.version,
        form: library.form_of(&asked.form, &asked.version),
        answers: &asked.answers,
        fact,
        complete,
        revised: false,
    });
    std::iter::once(own).chain(follow_up).collect()
}

#[cfg(test)]
mod tests;
