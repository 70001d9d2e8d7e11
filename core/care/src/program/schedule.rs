//! The weekly pattern of a track and what staff changed in it.
//!
//! Owns [`Schedule`], [`SessionChange`] and the one loop that turns them into [`Occurrence`]s by
//! `clinical.md` section 6. Refuses schedules out of bounds as a whole; a change that does not fit
//! is left out and named in the list of problems, so one bad entry never hides a schedule.

use chrono::{Datelike, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use super::{SessionKind, clock};
use crate::calendar::{self, CalendarError, Span};

/// Most weeks a schedule may run.
pub const MAX_WEEKS: u32 = 104;

/// A day of the week in the two-letter words of RFC 5545 section 3.3.10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Weekday {
    /// Monday.
    #[serde(rename = "MO")]
    Monday,
    /// Tuesday.
    #[serde(rename = "TU")]
    Tuesday,
    /// Wednesday.
    #[serde(rename = "WE")]
    Wednesday,
    /// Thursday.
    #[serde(rename = "TH")]
    Thursday,
    /// Friday.
    #[serde(rename = "FR")]
    Friday,
    /// Saturday.
    #[serde(rename = "SA")]
    Saturday,
    /// Sunday.
    #[serde(rename = "SU")]
    Sunday,
}

impl Weekday {
    /// All seven, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The weekday of a date.
    pub fn of(date: NaiveDate) -> Self {
        Self::ALL[date.weekday().num_days_from_monday() as usize]
    }

    /// The two-letter word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Monday => "MO",
            Self::Tuesday => "TU",
            Self::Wednesday => "WE",
            Self::Thursday => "TH",
            Self::Friday => "FR",
            Self::Saturday => "SA",
            Self::Sunday => "SU",
        }
    }

    /// The weekday of a two-letter word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.word() == word)
    }
}

/// Most patterns beside the first.
pub const MAX_PATTERNS: usize = 20;

/// A session on every listed weekday of a window, at the same time on the clinic's clock; other times
/// on other days, or a second session on the same day, are [`Schedule::also`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Schedule {
    /// IANA zone of the clinic.
    pub time_zone: String,
    /// First day of the window. Need not be a meeting day; then it has no session.
    pub start_date: NaiveDate,
    /// Length of the window: it ends before `start_date` + 7 x `weeks` days. 1 to [`MAX_WEEKS`].
    pub weeks: u32,
    /// Meeting days, each once, in any order.
    pub weekdays: Vec<Weekday>,
    /// Start on the clinic's clock, `HH:MM`.
    #[serde(with = "clock")]
    pub start_time: NaiveTime,
    /// End on the clinic's clock, `HH:MM`; at or before the start means the next day.
    #[serde(with = "clock")]
    pub end_time: NaiveTime,
    /// Further patterns in the same window and zone, such as an afternoon on Thursdays. At most
    /// [`MAX_PATTERNS`]; no two sessions begin at the same time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Pattern>,
    /// Version of the zone table it was planned with, like `2026e`: when a phone's table differs,
    /// the planner saw other instants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tzdb: Option<String>,
}

/// A further weekly pattern of a [`Schedule`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Pattern {
    /// Meeting days, each once, in any order.
    pub weekdays: Vec<Weekday>,
    /// Start on the clinic's clock, `HH:MM`.
    #[serde(with = "clock")]
    pub start_time: NaiveTime,
    /// End on the clinic's clock, `HH:MM`; at or before the start means the next day.
    #[serde(with = "clock")]
    pub end_time: NaiveTime,
    /// What the card says instead of the track's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Why a schedule is refused. The text of each is its stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Not 1 to [`MAX_WEEKS`] weeks.
    #[error("bad-weeks")]
    Weeks,
    /// No weekday at all.
    #[error("no-weekday")]
    NoWeekday,
    /// A weekday is listed twice for the same time.
    #[error("duplicate-weekday")]
    DuplicateWeekday,
    /// More than [`MAX_PATTERNS`] further patterns.
    #[error("too-many-patterns")]
    TooManyPatterns,
    /// Unknown zone, or a date out of range.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

/// What staff changed. Sessions are named by the date they were first planned for, so a session
/// that was moved is moved again under its old name.
///
/// Where a date has more than one session, `original_start` says which; without it the first of the
/// weekly patterns is meant, or the only added one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum SessionChange {
    /// It does not take place. The row stays where it was last planned, without reminders.
    Cancelled {
        /// The date it was first planned for.
        original_date: NaiveDate,
        /// Which session of that date.
        #[serde(
            with = "clock::option",
            default,
            skip_serializing_if = "Option::is_none"
        )]
        original_start: Option<NaiveTime>,
        /// Why, in the clinic's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// It takes place after all, where it was last planned.
    Restored {
        /// The date it was first planned for.
        original_date: NaiveDate,
        /// Which session of that date.
        #[serde(
            with = "clock::option",
            default,
            skip_serializing_if = "Option::is_none"
        )]
        original_start: Option<NaiveTime>,
    },
    /// It takes place at another time, inside the window or not. Undoes a cancellation.
    Moved {
        /// The date it was first planned for.
        original_date: NaiveDate,
        /// Which session of that date.
        #[serde(
            with = "clock::option",
            default,
            skip_serializing_if = "Option::is_none"
        )]
        original_start: Option<NaiveTime>,
        /// New date on the clinic's clock.
        new_date: NaiveDate,
        /// New start on that clock.
        #[serde(with = "clock")]
        new_start: NaiveTime,
        /// New end; at or before the start means the next day.
        #[serde(with = "clock")]
        new_end: NaiveTime,
    },
    /// One more session, inside the window or not.
    Added {
        /// Date on the clinic's clock.
        date: NaiveDate,
        /// Start on that clock.
        #[serde(with = "clock")]
        start: NaiveTime,
        /// End; at or before the start means the next day.
        #[serde(with = "clock")]
        end: NaiveTime,
        /// What it is.
        kind: SessionKind,
        /// What the card says instead of the track's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
}

/// Whether a session takes place as first planned. The words are those of `handrail-desk sessions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// As planned.
    Scheduled,
    /// Not at all.
    Cancelled,
    /// At another time.
    Moved,
    /// Outside the weekly pattern.
    Added,
}

impl Status {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Cancelled => "cancelled",
            Self::Moved => "moved",
            Self::Added => "added",
        }
    }
}

/// One session of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// The date it was first planned for.
    pub original_date: NaiveDate,
    /// The start it was first planned for.
    pub original_start: NaiveTime,
    /// Outside the weekly pattern.
    pub added: bool,
    /// At another time than first planned.
    pub moved: bool,
    /// Does not take place.
    pub cancelled: bool,
    /// What it is; the weekly pattern makes groups.
    pub kind: SessionKind,
    /// Its own title, if it has one.
    pub title: Option<String>,
    /// Why it is cancelled; only while it is.
    pub reason: Option<String>,
    /// When it is, or was to be.
    pub span: Span,
}

impl Occurrence {
    /// The one word for all three flags; cancelled goes before moved, moved before added.
    pub fn status(&self) -> Status {
        if self.cancelled {
            Status::Cancelled
        } else if self.moved {
            Status::Moved
        } else if self.added {
            Status::Added
        } else {
            Status::Scheduled
        }
    }
}

/// Why a change was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// No session was first planned for that date (and start), or several and none is named.
    NoSessionOnDate,
    /// A session with that date and start exists.
    AlreadyThere,
    /// The new date lies outside the calendar.
    DateOutOfRange,
}

impl Problem {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoSessionOnDate => "no-session-on-date",
            Self::AlreadyThere => "already-there",
            Self::DateOutOfRange => "date-out-of-range",
        }
    }
}

/// A change that was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeProblem {
    /// Place in the list of changes, from 0.
    pub change: usize,
    /// Why.
    pub problem: Problem,
}

/// What a schedule and its changes come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrences {
    /// The weekly patterns by date, the first of them first, then the added ones in the order they
    /// came. Moving keeps the place.
    pub occurrences: Vec<Occurrence>,
    /// What was left out, in the order of the changes.
    pub problems: Vec<ChangeProblem>,
}

impl Schedule {
    /// Whether the schedule can be shown: bounds, weekdays, zone and the dates of its window.
    pub fn check(&self) -> Result<(), ScheduleError> {
        if !(1..=MAX_WEEKS).contains(&self.weeks) {
            return Err(ScheduleError::Weeks);
        }
        if self.also.len() > MAX_PATTERNS {
            return Err(ScheduleError::TooManyPatterns);
        }
        let mut slots = Vec::new();
        for (weekdays, start, _) in self.patterns() {
            if weekdays.is_empty() {
                return Err(ScheduleError::NoWeekday);
            }
            for day in weekdays {
                if slots.contains(&(*day, start)) {
                    return Err(ScheduleError::DuplicateWeekday);
                }
                slots.push((*day, start));
            }
        }
        calendar::check_zone(&self.time_zone)?;
        calendar::check_date(self.start_date)?;
        calendar::check_date(self.end_date())?;
        Ok(())
    }

    /// The first date after the window: `start_date` + 7 x `weeks` days, or the last date there is.
    pub fn end_date(&self) -> NaiveDate {
        self.start_date
            .checked_add_days(chrono::Days::new(7 * u64::from(self.weeks)))
            .unwrap_or(NaiveDate::MAX)
    }

    /// Days, start and end of each pattern, the schedule's own first.
    fn patterns(&self) -> impl Iterator<Item = (&[Weekday], NaiveTime, NaiveTime)> {
        let first = (self.weekdays.as_slice(), self.start_time, self.end_time);
        let also = self.also.iter();
        let also = also.map(|one| (one.weekdays.as_slice(), one.start_time, one.end_time));
        std::iter::once(first).chain(also)
    }

    /// The meeting days of the window in order, each once.
    pub fn dates(&self) -> impl Iterator<Item = NaiveDate> {
        let end = self.end_date();
        self.start_date
            .iter_days()
            .take_while(move |date| *date < end)
            .filter(|date| self.starts_on(*date).next().is_some())
    }

    /// The starts that the patterns have on a date, whether it lies in the window or not.
    pub fn starts_on(&self, date: NaiveDate) -> impl Iterator<Item = NaiveTime> {
        let day = Weekday::of(date);
        self.patterns()
            .filter(move |(weekdays, ..)| weekdays.contains(&day))
            .map(|(_, start, _)| start)
    }

    fn span(
        &self,
        date: NaiveDate,
        start: NaiveTime,
        end: NaiveTime,
    ) -> Result<Span, CalendarError> {
        calendar::resolve_span(&self.time_zone, date, start, end)
    }
}

/// Every session of a schedule after `changes`, applied in their order.
pub fn occurrences(
    schedule: &Schedule,
    changes: &[SessionChange],
) -> Result<Occurrences, ScheduleError> {
    schedule.check()?;
    let mut occurrences = Vec::new();
    let titles: Vec<Option<&String>> = std::iter::once(None)
        .chain(schedule.also.iter().map(|one| one.title.as_ref()))
        .collect();
    for date in schedule.dates() {
        let day = Weekday::of(date);
        for ((weekdays, start, end), title) in schedule.patterns().zip(&titles) {
            if !weekdays.contains(&day) {
                continue;
            }
            occurrences.push(Occurrence {
                original_date: date,
                original_start: start,
                added: false,
                moved: false,
                cancelled: false,
                kind: SessionKind::Group,
                title: title.cloned(),
                reason: None,
                span: schedule.span(date, start, end)?,
            });
        }
    }
    let mut problems = Vec::new();
    for (change, what) in changes.iter().enumerate() {
        if let Err(problem) = apply(schedule, &mut occurrences, what) {
            problems.push(ChangeProblem { change, problem });
        }
    }
    Ok(Occurrences {
        occurrences,
        problems,
    })
}

fn apply(
    schedule: &Schedule,
    occurrences: &mut Vec<Occurrence>,
    change: &SessionChange,
) -> Result<(), Problem> {
    // The zone was checked, so only a date can fail.
    let span = |date, start, end| {
        schedule
            .span(date, start, end)
            .map_err(|_| Problem::DateOutOfRange)
    };
    match change {
        SessionChange::Cancelled {
            original_date,
            original_start,
            reason,
        } => {
            let found = find(occurrences, *original_date, *original_start)?;
            found.cancelled = true;
            found.reason.clone_from(reason);
        }
        SessionChange::Restored {
            original_date,
            original_start,
        } => {
            let found = find(occurrences, *original_date, *original_start)?;
            found.cancelled = false;
            found.reason = None;
        }
        SessionChange::Moved {
            original_date,
            original_start,
            new_date,
            new_start,
            new_end,
        } => {
            let found = find(occurrences, *original_date, *original_start)?;
            found.span = span(*new_date, *new_start, *new_end)?;
            found.moved = true;
            found.cancelled = false;
            found.reason = None;
        }
        SessionChange::Added {
            date,
            start,
            end,
            kind,
            title,
        } => {
            let same =
                |known: &Occurrence| known.original_date == *date && known.original_start == *start;
            if occurrences.iter().any(same) {
                return Err(Problem::AlreadyThere);
            }
            occurrences.push(Occurrence {
                original_date: *date,
                original_start: *start,
                added: true,
                moved: false,
                cancelled: false,
                kind: *kind,
                title: title.clone(),
                reason: None,
                span: span(*date, *start, *end)?,
            });
        }
    }
    Ok(())
}

/// The session first planned for `date`: at `start` if given, else the first of the weekly patterns,
/// else the only added one.
fn find(
    occurrences: &mut [Occurrence],
    date: NaiveDate,
    start: Option<NaiveTime>,
) -> Result<&mut Occurrence, Problem> {
    let mut candidates: Vec<&mut Occurrence> = occurrences
        .iter_mut()
        .filter(|known| known.original_date == date)
        .filter(|known| start.is_none_or(|start| known.original_start == start))
        .collect();
    let at = match candidates.iter().position(|known| !known.added) {
        Some(at) => at,
        None if candidates.len() == 1 => 0,
        None => return Err(Problem::NoSessionOnDate),
    };
    Ok(candidates.swap_remove(at))
}
