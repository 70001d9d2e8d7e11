//! Which reminders a phone should hold, and why one is missing.
//!
//! Owns the pure planner of design.md, section 7: from a chart, settings, `now`, the phone's zone, what
//! has rung already and what the platform can do, to the next reminders in order and a reason for every
//! one that is left out. Each thing is reminded of once (a session once per lead). Refuses to know what
//! the phone's system really did: that is the ledger's, in `companion`. Plans nothing about a crisis, so
//! help is never counted, capped or silenced here.

mod content;
mod free;
mod place;
mod settings;
mod text;
mod wants;

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use crate::chart::Chart;
use crate::ends::{Notice, StopReason};
use crate::id::Id;
use crate::library::Library;

pub use settings::{LockScreen, Quiet, Settings, SettingsError};
pub use text::{Language, neutral, words};

/// How far ahead reminders are planned, in days: the 14 of design.md, section 7, twice, so that a phone
/// that wakes rarely still holds two weeks.
pub const HORIZON_DAYS: i64 = 28;
/// How late the system may ring when exact alarms are denied (design.md, section 7).
pub const LATE_MS: i64 = 60 * MINUTE_MS;
/// How long a plan that nobody has read is worth a reminder, in days from its writing: what reaches a phone
/// later than that is read with staff.
pub const PLAN_DAYS: u64 = 90;
/// A schedule older than this says "check the app" (design.md, section 7).
pub const STALE_MS: i64 = 2 * DAY_MS;

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// One thing to be reminded of. Equal only to itself: a session that was moved is another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "kebab-case")]
pub enum About {
    /// A session, so long before its start.
    Session {
        /// The session's id.
        session: String,
        /// Its start, epoch milliseconds.
        start: i64,
        /// The lead as it was set, such as `PT24H`; empty when no lead is set.
        lead: String,
    },
    /// A check-in that is due.
    CheckIn {
        /// The questionnaire's id.
        form: String,
        /// First day of the span it is due in, patient time.
        since: NaiveDate,
    },
    /// Homework before it is due.
    Practice {
        /// The `homework-assigned` entry.
        homework: Id,
        /// The day that it is asked for, of homework on days of the week.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        day: Option<NaiveDate>,
    },
    /// A plan of staff's that the person has not said to have read. A revision is another one.
    Plan {
        /// The revision's entry.
        plan: Id,
    },
    /// The program's call after discharge.
    FollowUp {
        /// Its day.
        date: NaiveDate,
    },
    /// "Open Handrail to keep reminders": stands in for the first one that found no slot.
    Keep {
        /// Its day, patient time.
        day: NaiveDate,
    },
}

impl About {
    /// What kind of notice it is, for the ends of care.
    pub fn notice(&self) -> Notice {
        match self {
            Self::Session { .. } | Self::Keep { .. } => Notice::Session,
            Self::CheckIn { .. } => Notice::CheckIn,
            Self::Practice { .. } => Notice::Practice,
            Self::Plan { .. } => Notice::Plan,
            Self::FollowUp { .. } => Notice::FollowUp,
        }
    }
}

/// What the platform can do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Means {
    /// The person allows notifications.
    pub notifications: bool,
    /// Alarms ring to the minute; otherwise up to [`LATE_MS`] late.
    pub exact: bool,
    /// How many reminders the system holds for us: iOS 60 of its 64, Android 500.
    pub slots: u16,
}

/// What became of a thing's reminder so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// It rang, or its time passed: never again.
    Rang,
    /// It rang and the person asked for it again, not before this instant (epoch milliseconds).
    Snoozed(i64),
    /// The system holds it for this instant.
    Held(i64),
}

/// Why a reminder is not there, or not as one would expect. Words: content/{en,es}/reminders.json.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Notifications are off for the app.
    NotificationsOff,
    /// The system has no slot left; "open Handrail" stands in.
    NoFreeSlot,
    /// The day's number of reminders is reached.
    DayFull,
    /// Until it closes there are only quiet hours left.
    QuietHours,
    /// Until it closes there is only a session, or the way to it or from it.
    InSession,
    /// It became known after the time of this reminder.
    TooLate,
    /// The person set no reminder for this.
    TurnedOff,
    /// Care has ended or paused.
    CareStopped,
    /// The session was cancelled.
    Cancelled,
    /// The session was moved; a new reminder stands for the new time.
    Moved,
    /// The thing was done.
    Done,
    /// Staff took it back.
    TakenBack,
    /// Its time is over.
    Closed,
    /// The program or the settings changed.
    Changed,
    /// Exact alarms are denied: up to an hour late.
    MayBeLate,
    /// The system does not tell whether it rang.
    DeliveryUnknown,
    /// The system would not take it.
    SystemRefused,
    /// The person asked to be reminded later.
    Snoozed,
}

impl Why {
    /// All of them, in order.
    pub const ALL: [Self; 18] = [
        Self::NotificationsOff,
        Self::NoFreeSlot,
        Self::DayFull,
        Self::QuietHours,
        Self::InSession,
        Self::TooLate,
        Self::TurnedOff,
        Self::CareStopped,
        Self::Cancelled,
        Self::Moved,
        Self::Done,
        Self::TakenBack,
        Self::Closed,
        Self::Changed,
        Self::MayBeLate,
        Self::DeliveryUnknown,
        Self::SystemRefused,
        Self::Snoozed,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotificationsOff => "notifications-off",
            Self::NoFreeSlot => "no-free-slot",
            Self::DayFull => "day-full",
            Self::QuietHours => "quiet-hours",
            Self::InSession => "in-session",
            Self::TooLate => "too-late",
            Self::TurnedOff => "turned-off",
            Self::CareStopped => "care-stopped",
            Self::Cancelled => "cancelled",
            Self::Moved => "moved",
            Self::Done => "done",
            Self::TakenBack => "taken-back",
            Self::Closed => "closed",
            Self::Changed => "changed",
            Self::MayBeLate => "may-be-late",
            Self::DeliveryUnknown => "delivery-unknown",
            Self::SystemRefused => "system-refused",
            Self::Snoozed => "snoozed",
        }
    }
}

/// What is asked of the planner. Instants are epoch milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The patient's facts.
    pub chart: &'a Chart,
    /// The clinic's.
    pub library: &'a Library,
    /// What the person set.
    pub settings: &'a Settings,
    /// The words' language.
    pub language: Language,
    /// What the platform can do.
    pub means: Means,
    /// Now.
    pub now: i64,
    /// The phone's IANA zone.
    pub zone: &'a str,
    /// What became of things that were planned before.
    pub past: &'a BTreeMap<About, Past>,
    /// When notifications rang lately, or their time passed: for the number a day.
    pub rang: &'a [i64],
    /// The last time everything new was read from the clinic.
    pub synced_at: Option<i64>,
    /// How far ahead, in days.
    pub days: i64,
}

/// One notification: everything that falls together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// What it is about, the most important first. Never empty.
    pub about: Vec<About>,
    /// When, epoch milliseconds.
    pub at: i64,
    /// For patient time: what the phone's clock shows then, wherever the phone is. Absent for clinic
    /// time.
    pub local: Option<NaiveDateTime>,
    /// What the lock screen shows.
    pub text: String,
}

/// A reminder that the system is not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// What about.
    pub about: About,
    /// When it would have been.
    pub at: i64,
    /// Why not.
    pub why: Why,
}

/// The planner's answer. Each thing is in at most one ring or left out once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// What the system should hold, in order of time; at most as many as it has slots.
    pub rings: Vec<Ring>,
    /// What it should not, with reasons.
    pub left_out: Vec<LeftOut>,
}

/// Plans the reminders from now on.
pub fn plan(asked: &Asked<'_>) -> Plan {
    place::place(asked, wants::wants(asked))
}

/// Why things that had a reminder have none any more, in the order of `things`. A thing that nothing
/// happened to is [`Why::Changed`], or [`Why::Closed`] when its time is over.
pub fn gone(things: &[About], chart: &Chart, library: &Library, now: i64, zone: &str) -> Vec<Why> {
    wants::gone(things, chart, library, now, zone)
}

/// Why care is silent about such a notice on a day, if it is.
pub(crate) fn silence(chart: &Chart, date: NaiveDate, notice: Notice) -> Option<StopReason> {
    chart
        .reminders_stop(date)
        .filter(|reason| reason.stops(notice))
}

#[cfg(test)]
mod tests;
