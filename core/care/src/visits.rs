//! Visits: what a payer authorised, what was used of it, what is left, and the hours of a week.
//!
//! Owns the bodies of `authorised`, `visit` and `payer-told`. [`count`] counts visits, [`week`] hours,
//! [`prompt`] lists what staff has to do, [`page`] puts it on one page. Everything is counted from
//! facts when it is asked for; no number of visits is ever stored.
//!
//! A patient reads what was used and what is left, and nothing that sounds like a threat: how many were
//! used beyond the authorised ones, or that a week came out short, is for staff, who talk with the payer.
//! Payer facts: `iop.md`, payer.

pub mod count;
pub mod page;
pub mod prompt;
pub mod week;
pub mod words;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar;
use crate::chart::Chart;
use crate::id::Id;
use crate::library::Library;
use crate::order::InOrder;
use crate::program::{Attendance, Session, SessionKind};
use crate::roster::{AttendanceMarked, Roster};
use crate::sessions::{self, local_date};

pub use count::{Coverage, PayerVisits, VisitCount, Visits};
pub use page::VisitsPage;
pub use prompt::{MissedSession, Prompt};
pub use week::WeekHours;

/// Most visits in one authorisation.
pub const MAX_VISITS: u32 = 1000;

/// What a payer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Unit {
    /// Each session.
    Session,
    /// Each day with at least one session, however many there were (`iop.md`: payers may pay daily).
    Day,
}

/// How much of an authorised visit something uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Uses {
    /// All of one.
    Whole,
    /// Half of one.
    Half,
    /// Nothing.
    Nothing,
}

impl Uses {
    fn visits(self) -> Visits {
        match self {
            Self::Whole => Visits::whole(1),
            Self::Half => Visits::HALF,
            Self::Nothing => Visits::NONE,
        }
    }
}

/// A payer authorised visits. Body of an entry in the care mailbox; a later entry with the same `id`
/// replaces it.
///
/// More visits from the same payer are either a new version of it or an authorisation of its own that
/// `extends` it. A second payer has an authorisation that extends nothing; each payer counts by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Authorised {
    /// Stable over revisions.
    pub id: Id,
    /// Who pays, in the clinic's words; 1 to 200 bytes.
    pub payer: String,
    /// The authorisation of the same payer that this one goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<Id>,
    /// First day, clinic time.
    pub from: NaiveDate,
    /// Last day, clinic time. Visits left over lapse after it.
    pub until: NaiveDate,
    /// Visits; at most [`MAX_VISITS`].
    pub visits: u32,
    /// What counts as one.
    pub unit: Unit,
    /// Kinds of session that count; all of them when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<SessionKind>,
    /// What a half session uses; see [`Visit::is_half`].
    pub half_session: Uses,
    /// What a late cancellation uses.
    pub late_cancel: Uses,
    /// When the payer looks at it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<NaiveDate>,
    /// This payer wants word of missed sessions (`iop.md`: some do).
    #[serde(default)]
    pub tell_missed: bool,
    /// It does not hold after all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl Authorised {
    /// Whether the text and the numbers are within bounds and the days in order.
    pub fn is_valid(&self) -> bool {
        let dates = [Some(self.from), Some(self.until), self.review];
        let mut dates = dates.into_iter().flatten();
        !self.payer.trim().is_empty()
            && self.payer.len() <= 200
            && self.visits <= MAX_VISITS
            && self.from <= self.until
            && self.extends != Some(self.id)
            && self.covers.len() <= 5
            && dates.all(|date| calendar::check_date(date).is_ok())
    }

    /// Does it cover a session of this kind on this day?
    pub fn covers(&self, kind: SessionKind, date: NaiveDate) -> bool {
        self.from <= date
            && date <= self.until
            && (self.covers.is_empty() || self.covers.contains(&kind))
    }
}

/// What became of a session, with all that a count needs: a phone can then count without the roster,
/// and long after the schedule has changed. Body of an entry in the care mailbox, beside the mark in the
/// roster (docs/adr/0009); the newest of a session holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Visit {
    /// The session's id.
    pub session: String,
    /// The day it took place or was to, clinic time.
    pub date: NaiveDate,
    /// What it was.
    pub kind: SessionKind,
    /// What is known.
    pub attendance: Attendance,
    /// Its exact length in minutes.
    pub planned_minutes: u32,
    /// Minutes there, for a part of it; absent: all of it when there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

impl Visit {
    /// The visit that a mark makes of a session.
    pub fn of(session: &Session, attendance: Attendance, minutes: Option<u32>) -> Self {
        Self {
            session: session.id.clone(),
            date: local_date(session),
            kind: session.kind,
            attendance,
            planned_minutes: u32::try_from(session.elapsed_minutes).unwrap_or(0),
            minutes,
        }
    }

    /// Minutes there, never more than it lasted.
    pub fn minutes_there(&self) -> u32 {
        if self.attendance.there() {
            self.minutes.map_or(self.planned_minutes, |minutes| {
                minutes.min(self.planned_minutes)
            })
        } else {
            0
        }
    }

    /// There for at most half of it. Someone who left early without a note of the minutes was there for
    /// a whole one.
    pub fn is_half(&self) -> bool {
        self.attendance.there()
            && self.minutes_there().saturating_mul(2) <= self.planned_minutes
            && self.minutes.is_some()
    }

    /// What it uses of an authorisation.
    pub fn uses(&self, authorised: &Authorised) -> Visits {
        let uses = match self.attendance {
            _ if self.is_half() => authorised.half_session,
            Attendance::Present | Attendance::Late | Attendance::LeftEarly => Uses::Whole,
            Attendance::LateCancel => authorised.late_cancel,
            Attendance::Absent | Attendance::Excused => Uses::Nothing,
        };
        uses.visits()
    }
}

/// Staff told a payer of missed sessions. Body of an entry in the team's mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PayerTold {
    /// Whose: the care mailbox.
    pub patient: Id,
    /// An authorisation of that payer.
    pub authorisation: Id,
    /// The sessions' ids.
    pub sessions: Vec<String>,
}

/// Every visit that the care mailbox tells of, by session: what a phone counts.
pub fn told(chart: &Chart) -> BTreeMap<String, Visit> {
    let visits = chart.visits().map(|fact| fact.value.clone());
    visits.map(|visit| (visit.session.clone(), visit)).collect()
}

/// [`told`] with the roster's marks over it: what staff counts. `patient_sessions` are sessions of this
/// patient; a mark of one that is neither there nor told of is left out.
pub fn marked<'a>(
    chart: &Chart,
    roster: &Roster,
    patient: Id,
    patient_sessions: impl IntoIterator<Item = &'a Session>,
) -> BTreeMap<String, Visit> {
    let mut visits = told(chart);
    let mut new: BTreeMap<&str, &AttendanceMarked> = BTreeMap::new();
    for mark in roster.marks(patient) {
        if let Some(visit) = visits.get_mut(&mark.session) {
            visit.attendance = mark.attendance;
            visit.minutes = mark.minutes;
        } else {
            new.insert(&mark.session, mark);
        }
    }
    if new.is_empty() {
        return visits;
    }
    for session in patient_sessions {
        if let Some(mark) = new.get(session.id.as_str()) {
            let visit = Visit::of(session, mark.attendance, mark.minutes);
            visits.insert(session.id.clone(), visit);
        }
    }
    visits
}

/// Visits that the roster tells of and the care mailbox does not, or not so: to be written there, by
/// day.
pub fn unsettled(chart: &Chart, library: &Library, roster: &Roster, patient: Id) -> Vec<Visit> {
    let told = told(chart);
    let all = sessions::sessions(chart, library, i64::MIN / 2, i64::MAX / 2);
    let mut visits: Vec<_> = marked(chart, roster, patient, &all)
        .into_values()
        .filter(|visit| told.get(&visit.session) != Some(visit))
        .collect();
    visits.order_by(|a, b| (a.date, &a.session).cmp(&(b.date, &b.session)));
    visits
}

#[cfg(test)]
mod tests;
