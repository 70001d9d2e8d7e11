//! What a clinic runs and when its sessions are.
//!
//! Owns the bodies of the library entries for programs and tracks, a patient's own visits, the
//! [`Session`] that a card shows, attendance words and the follow-up dates after discharge.
//! [`schedule`] owns the weekly pattern and its changes, [`lead`] the time before a session.
//! Holds no names of patients and, in a track, no join link: links lie in the patient's own
//! entries (`design.md` section 4).

pub mod clock;
pub mod contract;
pub mod lead;
pub mod schedule;

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::calendar::{self, CalendarError, Resolution};
use crate::id::Id;
use crate::order::InOrder;
use schedule::Occurrence;
pub use schedule::{
    ChangeProblem, Pattern, Problem, Schedule, ScheduleError, SessionChange, Status, Weekday,
};

/// What a program treats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum ProgramKind {
    /// Mental health.
    MentalHealth,
    /// Mental health and substance use together.
    DualDiagnosis,
    /// Substance use.
    SubstanceUse,
}

impl ProgramKind {
    /// Does the program treat substance use, so that what leaves its records carries the notice of
    /// 42 CFR § 2.32 (clinical.md, section 4; issue 5, section 3)?
    pub fn is_part_two(self) -> bool {
        match self {
            Self::SubstanceUse | Self::DualDiagnosis => true,
            Self::MentalHealth => false,
        }
    }
}

/// Where people meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Mode {
    /// By video.
    Virtual,
    /// In one room.
    InPerson,
    /// Either, as the person chooses.
    Hybrid,
}

/// What a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum SessionKind {
    /// The track's group.
    Group,
    /// With one's own therapist.
    Individual,
    /// About medication.
    Medication,
    /// With family.
    Family,
    /// A psychosocial assessment.
    Assessment,
}

/// What became of a planned session for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Attendance {
    /// There from start to end.
    Present,
    /// Came after the start.
    Late,
    /// Went before the end.
    LeftEarly,
    /// Not there, without word.
    Absent,
    /// Not there, with word.
    Excused,
    /// Not there, with word that came later than the clinic's rule allows.
    LateCancel,
}

impl Attendance {
    /// Was the person there for any of it?
    pub fn there(self) -> bool {
        match self {
            Self::Present | Self::Late | Self::LeftEarly => true,
            Self::Absent | Self::Excused | Self::LateCancel => false,
        }
    }
}

/// Days on which the clinic is closed. Body of a library entry; a later entry with the same `id`
/// replaces it.
///
/// Every group that is first planned for one of these days is cancelled, unless staff restores or
/// moves it. What staff moves or adds to such a day takes place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct ClosedDays {
    /// Stable over revisions.
    pub id: Id,
    /// First closed day, clinic time.
    pub from: NaiveDate,
    /// Last closed day, clinic time.
    pub until: NaiveDate,
    /// What the card says, like "Thanksgiving".
    pub reason: String,
    /// The tracks that do not meet; all of them when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<Id>,
    /// The clinic is open after all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open_after_all: bool,
}

impl ClosedDays {
    /// Does this track not meet on this day?
    pub fn closes(&self, track: Id, date: NaiveDate) -> bool {
        !self.open_after_all
            && (self.tracks.is_empty() || self.tracks.contains(&track))
            && self.from <= date
            && date <= self.until
    }

    /// Whether the days are in order and in the calendar, at most a year, with a reason of 1 to 200
    /// bytes.
    pub fn is_valid(&self) -> bool {
        let days = (self.until - self.from).num_days();
        calendar::check_date(self.from).is_ok()
            && calendar::check_date(self.until).is_ok()
            && (0..=366).contains(&days)
            && !self.reason.trim().is_empty()
            && self.reason.len() <= 200
    }
}

/// A program of a clinic. Body of a library entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Program {
    /// Stable over revisions.
    pub id: Id,
    /// As the clinic calls it.
    pub name: String,
    /// What it treats.
    pub kind: ProgramKind,
    /// IANA zone of the clinic.
    pub time_zone: String,
    /// The number to call, as people dial it.
    pub phone: String,
    /// When somebody answers that number, in the clinic's words.
    pub hours: String,
    /// Least hours of a week, in minutes; absent: [`Program::USUAL_MINIMUM`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly_minimum: Option<u32>,
}

impl Program {
    /// Nine hours a week, in minutes: what makes a program intensive outpatient (`iop.md`, dose).
    pub const USUAL_MINIMUM: u32 = 540;
    /// A whole week, in minutes: no program asks for more.
    pub const MOST_MINIMUM: u32 = 7 * 24 * 60;

    /// Least minutes of a week.
    pub fn weekly_minimum(&self) -> u32 {
        self.weekly_minimum.unwrap_or(Self::USUAL_MINIMUM)
    }
}

/// A group of people that meets on one weekly pattern. Body of a library entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Track {
    /// Stable over revisions.
    pub id: Id,
    /// As the clinic calls it, like "Morning".
    pub name: String,
    /// The [`Program`] it belongs to.
    pub program: Id,
    /// Where it meets.
    pub mode: Mode,
    /// When it meets.
    pub schedule: Schedule,
    /// Address or room, for those who come in person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// A change staff made to a track. Body of a library entry: the keys of the [`SessionChange`]
/// beside `track`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackChange {
    /// The [`Track`] it belongs to.
    pub track: Id,
    /// What changed.
    #[serde(flatten)]
    pub change: SessionChange,
}

/// A visit of one patient. Body of an entry in that patient's care mailbox; a later entry with
/// the same `id` replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct OwnSession {
    /// Stable over revisions.
    pub id: Id,
    /// What it is; a group may be a patient's own when it is outside the track.
    pub kind: SessionKind,
    /// Date on the clock of `time_zone`.
    pub date: NaiveDate,
    /// Start on that clock.
    #[serde(with = "clock")]
    pub start: NaiveTime,
    /// End on that clock; at or before `start` means the next day.
    #[serde(with = "clock")]
    pub end: NaiveTime,
    /// IANA zone of the clinic.
    pub time_zone: String,
    /// With whom.
    pub with: With,
    /// Where.
    pub mode: Mode,
    /// Address or room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Video link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_link: Option<String>,
    /// It will not take place. The row stays, without reminders.
    #[serde(default)]
    pub cancelled: bool,
}

/// The staff member a visit is with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct With {
    /// Identity of the staff member.
    pub staff: Id,
    /// What the card says, like "Your therapist".
    pub title: String,
}

/// When a session is, on the clock of one zone: what shells print, so that no shell asks a zone table
/// of its own.
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnClock {
    /// IANA zone.
    pub zone: String,
    /// What people there call it then, like "CST".
    pub abbreviation: String,
    /// Day of the start.
    pub date: NaiveDate,
    /// Start.
    #[serde(with = "clock")]
    pub start: NaiveTime,
    /// End; at or before `start` means the next day.
    #[serde(with = "clock")]
    pub end: NaiveTime,
}

impl OnClock {
    /// The time from `start` to `end`, epoch milliseconds, in a zone.
    pub fn of(zone: &str, start: i64, end: i64) -> Result<Self, CalendarError> {
        let at = |instant| {
            let instant =
                DateTime::from_timestamp_millis(instant).ok_or(CalendarError::OutOfRange)?;
            calendar::local(zone, instant)
        };
        let (start, end) = (at(start)?, at(end)?);
        Ok(Self {
            zone: zone.to_owned(),
            abbreviation: start.abbreviation,
            date: start.date,
            start: start.time,
            end: end.time,
        })
    }
}

/// One session as a card shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Session {
    /// Stable while sessions move: `TRACK:2026-11-23` for the weekly pattern,
    /// `TRACK:2026-11-23T13:00` for an added one and for a pattern that begins at another time than the
    /// first, the visit's own id for a visit.
    pub id: String,
    /// What it is.
    pub kind: SessionKind,
    /// What the card says: the change's title, the track's name or the visit's title.
    pub title: String,
    /// The date it was first planned for, on the clinic's clock.
    pub original_local_date: NaiveDate,
    /// Whether it takes place as planned.
    #[cfg_attr(
        feature = "web",
        tsify(type = "'scheduled' | 'cancelled' | 'moved' | 'added'")
    )]
    pub status: Status,
    /// Start, epoch milliseconds.
    pub start: i64,
    /// End, epoch milliseconds; after `start`.
    pub end: i64,
    /// How the start was found on the clinic's clock.
    pub start_resolution: Resolution,
    /// How the end was found on the clinic's clock.
    pub end_resolution: Resolution,
    /// Exact length in whole minutes.
    pub elapsed_minutes: i64,
    /// IANA zone of the clinic.
    pub time_zone: String,
    /// Where it meets.
    pub mode: Mode,
    /// Address or room.
    pub place: Option<String>,
    /// Video link.
    pub join_link: Option<String>,
    /// Why it is cancelled, in the clinic's words.
    pub reason: Option<String>,
}

impl Session {
    /// Whether somebody may be reminded of it: a cancelled session never rings.
    pub fn rings(&self) -> bool {
        self.status != Status::Cancelled
    }

    /// Whether it takes any of the time from `from` up to, not including, `to` (epoch
    /// milliseconds). Cancelled sessions count like others: their row is shown.
    pub fn overlaps(&self, from: i64, to: i64) -> bool {
        self.end > from && self.start < to
    }
}

/// The sessions of a track and the changes that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sessions {
    /// By start, then id.
    pub sessions: Vec<Session>,
    /// What was left out, in the order of the changes.
    pub problems: Vec<ChangeProblem>,
}

/// Every session of `track`, cancelled ones included. `join_link` is the patient's own link to
/// this track, put on each session.
pub fn sessions(
    track: &Track,
    changes: &[SessionChange],
    join_link: Option<&str>,
) -> Result<Sessions, ScheduleError> {
    let planned = schedule::occurrences(&track.schedule, changes)?;
    let mut sessions: Vec<Session> = planned
        .occurrences
        .into_iter()
        .map(|occurrence| track_session(track, occurrence, join_link))
        .collect();
    sort(&mut sessions);
    Ok(Sessions {
        sessions,
        problems: planned.problems,
    })
}

/// [`sessions`] that [overlap](Session::overlaps) the time from `from` to `to`, epoch
/// milliseconds.
pub fn sessions_between(
    track: &Track,
    changes: &[SessionChange],
    join_link: Option<&str>,
    from: i64,
    to: i64,
) -> Result<Sessions, ScheduleError> {
    let mut all = sessions(track, changes, join_link)?;
    all.sessions.retain(|session| session.overlaps(from, to));
    Ok(all)
}

/// Puts sessions of several tracks and visits in the order of a day: by start, then id.
pub fn sort(sessions: &mut [Session]) {
    sessions.order_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
}

fn track_session(track: &Track, occurrence: Occurrence, join_link: Option<&str>) -> Session {
    let status = occurrence.status();
    let mut id = format!("{}:{}", track.id, occurrence.original_date);
    if occurrence.added || occurrence.original_start != track.schedule.start_time {
        id += &occurrence.original_start.format("T%H:%M").to_string();
    }
    let span = occurrence.span;
    Session {
        id,
        kind: occurrence.kind,
        title: occurrence.title.unwrap_or_else(|| track.name.clone()),
        original_local_date: occurrence.original_date,
        status,
        start: span.start.timestamp_millis(),
        end: span.end.timestamp_millis(),
        start_resolution: span.start_resolution,
        end_resolution: span.end_resolution,
        elapsed_minutes: span.elapsed_minutes(),
        time_zone: track.schedule.time_zone.clone(),
        mode: track.mode,
        place: track.place.clone(),
        join_link: join_link.map(str::to_owned),
        reason: occurrence.reason,
    }
}

impl OwnSession {
    /// The visit as a card shows it.
    pub fn session(&self) -> Result<Session, CalendarError> {
        let span = calendar::resolve_span(&self.time_zone, self.date, self.start, self.end)?;
        Ok(Session {
            id: self.id.to_string(),
            kind: self.kind,
            title: self.with.title.clone(),
            original_local_date: self.date,
            status: if self.cancelled {
                Status::Cancelled
            } else {
                Status::Scheduled
            },
            start: span.start.timestamp_millis(),
            end: span.end.timestamp_millis(),
            start_resolution: span.start_resolution,
            end_resolution: span.end_resolution,
            elapsed_minutes: span.elapsed_minutes(),
            time_zone: self.time_zone.clone(),
            mode: self.mode,
            place: self.place.clone(),
            join_link: self.join_link.clone(),
            reason: None,
        })
    }
}

/// The dates on which the program calls after discharge: two weeks and two months after the
/// actual discharge date. They are never stored, so they move when that date does. Two months
/// end on the month's last day when it has no such date (31 December gives 28 February).
pub fn follow_ups(discharged: NaiveDate) -> Result<[NaiveDate; 2], CalendarError> {
    calendar::check_date(discharged)?;
    let two_months = discharged
        .checked_add_months(Months::new(2))
        .ok_or(CalendarError::OutOfRange)?;
    Ok([discharged + Days::new(14), two_months])
}

#[cfg(test)]
mod tests;
