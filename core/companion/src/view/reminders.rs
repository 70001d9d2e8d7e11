//! Reminders: what the shell arms, what the person sets, what became of each.

use chrono::NaiveTime;
use handrail_care::reminder::{About, Quiet, Settings};
pub use handrail_care::reminder::{LockScreen, Why as ReminderWhy};

use serde::{Deserialize, Serialize};

use crate::error::CompanionError;
use crate::reminders::ledger::{Line, Step};

/// What a locked screen tells.
#[uniffi::remote(Enum)]
pub enum LockScreen {
    /// That there is something: nothing of what it is about.
    Neutral,
    /// What kind of thing.
    Kind,
    /// That and when.
    Details,
}

/// Why a reminder is not there, or not as one would expect.
#[uniffi::remote(Enum)]
pub enum ReminderWhy {
    /// Notifications are off for the app.
    NotificationsOff,
    /// The system has no slot left.
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
    /// The session was moved.
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

/// How a reminder stands (design.md, section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "kebab-case")]
pub enum ReminderState {
    /// Wanted, and not with the system: the reason says why.
    Planned,
    /// The system has it.
    Armed,
    /// Its time has passed; whether it rang is not known.
    TimePassed,
    /// Shown (Android tells).
    Posted,
    /// Seen among the notifications (iOS tells when the app opens).
    SeenInTray,
    /// The person opened it.
    Opened,
    /// The thing itself is done.
    Done,
    /// The person asked for it later.
    Snoozed,
    /// The thing is over without it.
    Expired,
    /// Taken back.
    Withdrawn,
}

impl ReminderState {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Armed => "armed",
            Self::TimePassed => "time-passed",
            Self::Posted => "posted",
            Self::SeenInTray => "seen-in-tray",
            Self::Opened => "opened",
            Self::Done => "done",
            Self::Snoozed => "snoozed",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What a shell reports of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ReminderEvent {
    /// It was shown.
    Posted,
    /// It lay in the tray.
    SeenInTray,
    /// It was opened.
    Opened,
}

/// What the phone's system can do now.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReminderMeans {
    /// The person allows notifications.
    pub notifications: bool,
    /// Alarms ring to the minute (iOS: always).
    pub exact_alarms: bool,
    /// How many reminders the system holds for this app: 60 on iOS (of its 64), 500 on Android.
    pub free_slots: u16,
    /// BCP 47 tag of the phone's language, such as `es-US`.
    pub language: String,
    /// A folder that can be read before the first unlock; the phone's own when absent.
    pub early_folder: Option<String>,
}

/// One notification for the system to hold. The same id again replaces it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ArmedReminder {
    /// A decimal number from 1 to 2147483647 that tells nothing.
    pub id: String,
    /// When, epoch milliseconds.
    pub at: i64,
    /// What the phone's clock shows then, `2026-11-23T18:00`, when the reminder follows that clock
    /// wherever the phone is; absent for clinic time.
    pub local: Option<String>,
    /// To the minute; otherwise up to an hour late is planned for.
    pub exact: bool,
    /// What the lock screen shows, at the level that the person chose.
    pub text: String,
}

/// What a call of `refresh_reminders` did.
#[derive(Debug, Clone, PartialEq, Eq, Default, uniffi::Record)]
pub struct ReminderRefresh {
    /// Another call is at it and does this one too; the rest is empty.
    pub running: bool,
    /// Notifications that the system should hold now.
    pub held: u32,
    /// Armed, or armed again.
    pub armed: u32,
    /// Taken back.
    pub withdrawn: u32,
    /// Not taken by the system; tried again next time.
    pub refused: u32,
    /// When the next one rings, epoch milliseconds.
    pub next_at: Option<i64>,
    /// The list for before the first unlock was written.
    pub before_unlock: bool,
}

/// What a reminder is about.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum ReminderAbout {
    /// A session, so long before its start.
    Session {
        /// The session's id.
        session: String,
        /// Its start, epoch milliseconds.
        start: i64,
        /// ISO 8601 duration; empty when none is set.
        lead: String,
    },
    /// A check-in.
    CheckIn {
        /// The questionnaire's id.
        form: String,
        /// First day of the span, ISO date.
        since: String,
    },
    /// Homework.
    Practice {
        /// Its id.
        homework: String,
    },
    /// A plan of staff's to be read.
    Plan {
        /// The revision's id.
        plan: String,
    },
    /// The program's call after discharge.
    FollowUp {
        /// Its day, ISO date.
        date: String,
    },
    /// "Open the app to keep reminders".
    Keep {
        /// Its day, ISO date.
        day: String,
    },
}

impl From<&About> for ReminderAbout {
    fn from(about: &About) -> Self {
        match about {
            About::Session {
                session,
                start,
                lead,
            } => Self::Session {
                session: session.clone(),
                start: *start,
                lead: lead.clone(),
            },
            About::CheckIn { form, since } => Self::CheckIn {
                form: form.clone(),
                since: since.to_string(),
            },
            About::Practice { homework, .. } => Self::Practice {
                homework: homework.to_string(),
            },
            About::Plan { plan } => Self::Plan {
                plan: plan.to_string(),
            },
            About::FollowUp { date } => Self::FollowUp {
                date: date.to_string(),
            },
            About::Keep { day } => Self::Keep {
                day: day.to_string(),
            },
        }
    }
}

/// One change of a reminder.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReminderStep {
    /// What it became.
    pub state: ReminderState,
    /// When, epoch milliseconds.
    pub at: i64,
    /// Why.
    pub why: Option<ReminderWhy>,
}

impl From<Step> for ReminderStep {
    fn from(step: Step) -> Self {
        Self {
            state: step.state,
            at: step.at,
            why: step.why,
        }
    }
}

/// One reminder of "Why was there no reminder?".
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReminderLine {
    /// What about.
    pub about: ReminderAbout,
    /// When it rings, rang or would have rung, epoch milliseconds.
    pub at: i64,
    /// The notification that it is part of, as the system knows it.
    pub notification: Option<String>,
    /// How it stands, since when and why.
    pub now: ReminderStep,
    /// Everything that happened to it, oldest first.
    pub steps: Vec<ReminderStep>,
    /// State and reason in words, in the language that was asked for.
    pub words: Vec<String>,
}

impl ReminderLine {
    pub(crate) fn new(line: &Line, words: Vec<String>) -> Self {
        Self {
            about: (&line.about).into(),
            at: line.at,
            notification: line.with.map(|id| id.to_string()),
            now: line.now().into(),
            steps: line.steps.iter().copied().map(Into::into).collect(),
            words,
        }
    }
}

/// What the person sets. Times of day are `HH:MM` on the phone's clock.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReminderSettings {
    /// Quiet hours begin; absent together with their end when there are none.
    pub quiet_from: Option<String>,
    /// Quiet hours end.
    pub quiet_to: Option<String>,
    /// Most notifications a day, 1 to 20.
    pub per_day: u8,
    /// Leads before a session, ISO 8601 durations, at most four.
    pub session_leads: Vec<String>,
    /// Minutes on the way to a session in person, 0 to 240.
    pub travel_minutes: u16,
    /// When check-ins are asked for.
    pub check_in_time: String,
    /// When practice is.
    pub practice_time: String,
    /// Minutes by which "later" puts off, 5 to 240.
    pub snooze_minutes: u16,
    /// What the lock screen shows.
    pub lock_screen: LockScreen,
}

fn clock(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

fn read_clock(text: &str) -> Result<NaiveTime, CompanionError> {
    NaiveTime::parse_from_str(text, "%H:%M")
        .map_err(|_| CompanionError::not_valid("time-of-day-malformed"))
}

impl From<&Settings> for ReminderSettings {
    fn from(settings: &Settings) -> Self {
        Self {
            quiet_from: settings.quiet.map(|quiet| clock(quiet.from)),
            quiet_to: settings.quiet.map(|quiet| clock(quiet.to)),
            per_day: settings.per_day,
            session_leads: settings.session_leads.clone(),
            travel_minutes: settings.travel_minutes,
            check_in_time: clock(settings.check_in_time),
            practice_time: clock(settings.practice_time),
            snooze_minutes: settings.snooze_minutes,
            lock_screen: settings.lock_screen,
        }
    }
}

impl ReminderSettings {
    /// The settings that this says.
    pub(crate) fn read(&self) -> Result<Settings, CompanionError> {
        let quiet = match (&self.quiet_from, &self.quiet_to) {
            (Some(from), Some(to)) => Some(Quiet {
                from: read_clock(from)?,
                to: read_clock(to)?,
            }),
            (None, None) => None,
            _ => return Err(CompanionError::not_valid("quiet-hours-out-of-range")),
        };
        Ok(Settings {
            quiet,
            per_day: self.per_day,
            session_leads: self.session_leads.clone(),
            travel_minutes: self.travel_minutes,
            check_in_time: read_clock(&self.check_in_time)?,
            practice_time: read_clock(&self.practice_time)?,
            snooze_minutes: self.snooze_minutes,
            lock_screen: self.lock_screen,
        })
    }
}
