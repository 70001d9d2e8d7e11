//! Coping-skill homework: what staff assigns and what the patient logs.
//!
//! Owns the two bodies, their bounds and, in [`state`], how homework stands. Refuses rewards and streaks:
//! tried and not helpful counts as practice, and an obstacle is an answer.

pub mod state;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::program::Weekday;
use crate::skill::Values;

/// Homework given. The entry's id names it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Assigned {
    /// What it is called.
    pub title: String,
    /// What to do, plain text.
    pub instructions: String,
    /// The skill or worksheet it practises, such as `paced-breathing`; absent when it is none of the library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    /// The education piece to read. Not together with a skill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<String>,
    /// Last day, patient time.
    pub due: NaiveDate,
    /// How often until then, at least once. With weekdays: the number of those days.
    #[serde(default = "once")]
    pub times: u32,
    /// Due before this session (`Session::id`): the last day moves with it, and to the next session of its
    /// kind when it is cancelled. `due` is the day as it stood when this was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_session: Option<String>,
    /// First day; only together with weekdays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// Once on each of these days of the week, from the first day to the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<Weekday>,
    /// What the clinician filled in beforehand: the steps of a ladder, an activity that was agreed on.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    #[cfg_attr(feature = "web", tsify(optional, type = "Record<string, Noted>"))]
    pub given: Values,
}

fn once() -> u32 {
    1
}

impl Assigned {
    /// The days on which it is asked for, up to `due`, which may have moved; none without weekdays.
    pub fn days_until(&self, due: NaiveDate) -> Vec<NaiveDate> {
        let Some(from) = self.from.filter(|_| !self.weekdays.is_empty()) else {
            return Vec::new();
        };
        from.iter_days()
            .take_while(|day| *day <= due)
            .take(MOST_DAYS)
            .filter(|day| self.weekdays.contains(&Weekday::of(*day)))
            .collect()
    }
}

/// Days that homework on days of the week may run.
const MOST_DAYS: usize = 366;

/// Homework taken back. Logs stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeworkWithdrawn {
    /// The `homework-assigned` entry.
    pub homework: Id,
}

/// How far it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Completion {
    /// All of it.
    Done,
    /// Some of it.
    Partly,
    /// Tried, and it did not help. That counts as practice.
    TriedDidNotHelp,
    /// Not this time; the obstacle tells why.
    Not,
}

/// What made somebody use a skill ("where prompted from", clinical.md, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Prompt {
    /// It was homework.
    Homework,
    /// A reminder rang.
    Reminder,
    /// The help screen offered it.
    Help,
    /// Their own idea.
    OwnIdea,
    /// Someone in group, or anybody else, said so.
    Someone,
}

/// One try. The common log of clinical.md, section 3. A private note is not here: it never leaves the
/// phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// The `homework-assigned` entry; absent for practice nobody assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homework: Option<Id>,
    /// The skill practised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    /// How far it went.
    pub completion: Completion,
    /// When it was practised, epoch milliseconds; absent: when it was logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practised_at: Option<i64>,
    /// What made the person use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
    /// What set the feeling or the urge off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// Distress before, SUDS 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distress_before: Option<u8>,
    /// Distress after, SUDS 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distress_after: Option<u8>,
    /// Urge before, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urge_before: Option<u8>,
    /// Urge after, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urge_after: Option<u8>,
    /// Helpfulness 0 to 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helpfulness: Option<u8>,
    /// Minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// What got in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<String>,
    /// A note for the clinic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What was filled into the skill's own fields.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub values: Values,
}

impl Logged {
    /// A try of which nothing else is said.
    pub fn of(completion: Completion) -> Self {
        Self {
            homework: None,
            skill: None,
            completion,
            practised_at: None,
            prompt: None,
            trigger: None,
            distress_before: None,
            distress_after: None,
            urge_before: None,
            urge_after: None,
            helpfulness: None,
            minutes: None,
            obstacle: None,
            note: None,
            values: Values::new(),
        }
    }
}

/// Why a log or an assignment is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HomeworkError {
    /// Distress is 0 to 100.
    #[error("distress-out-of-range")]
    Distress,
    /// Helpfulness is 0 to 4.
    #[error("helpfulness-out-of-range")]
    Helpfulness,
    /// A text is empty where it must not be, or longer than 4,000 bytes.
    #[error("text-out-of-range")]
    Text,
    /// Times is 1 to 100, minutes at most 1,440.
    #[error("number-out-of-range")]
    Number,
    /// An urge is 0 to 10.
    #[error("urge-out-of-range")]
    Urge,
    /// Practised in the future, or more than 60 days before it is logged.
    #[error("time-out-of-range")]
    Time,
    /// Days of the week without a first day, twice, none of them until the last day, or their number is not
    /// the number of times; a first day without them.
    #[error("weekdays-malformed")]
    Weekdays,
    /// A skill that only a clinician gives, and nobody did (clinical.md, section 3: exposure).
    #[error("skill-not-assigned")]
    NotAssigned,
}

const TEXT_MAX: usize = 4000;

/// Longest time before logging at which something can have been practised.
const LONGEST_AGO_MS: i64 = 60 * 24 * 60 * 60 * 1000;
/// How far a clock may be ahead of another.
const AHEAD_MS: i64 = 5 * 60 * 1000;

impl Assigned {
    /// Checks bounds before "Saved".
    pub fn check(&self) -> Result<(), HomeworkError> {
        let title = self.title.trim();
        let name = |name: &Option<String>| {
            name.as_ref()
                .is_none_or(|name| !name.trim().is_empty() && name.len() <= 200)
        };
        if title.is_empty()
            || title.len() > 200
            || self.instructions.len() > TEXT_MAX
            || !name(&self.skill)
            || !name(&self.reading)
            || !name(&self.before_session)
            || (self.skill.is_some() && self.reading.is_some())
        {
            return Err(HomeworkError::Text);
        }
        if !(1..=100).contains(&self.times) || (self.skill.is_none() && !self.given.is_empty()) {
            return Err(HomeworkError::Number);
        }
        self.check_weekdays()
    }

    fn check_weekdays(&self) -> Result<(), HomeworkError> {
        if self.weekdays.is_empty() {
            return match self.from {
                None => Ok(()),
                Some(_) => Err(HomeworkError::Weekdays),
            };
        }
        let twice = |at: usize| self.weekdays[..at].contains(&self.weekdays[at]);
        let runs = |from: NaiveDate| {
            let days = usize::try_from((self.due - from).num_days());
            from.year() >= 2000 && days.is_ok_and(|days| days < MOST_DAYS)
        };
        let days = self.days_until(self.due).len();
        let fits = self.from.is_some_and(runs)
            && !(0..self.weekdays.len()).any(twice)
            && days == self.times as usize;
        fits.then_some(()).ok_or(HomeworkError::Weekdays)
    }
}

impl Logged {
    /// Checks bounds before "Saved". What was filled into a skill's fields is the skill's to check.
    pub fn check(&self) -> Result<(), HomeworkError> {
        let beyond = |numbers: [Option<u8>; 2], most: u8| {
            numbers.into_iter().flatten().any(|number| number > most)
        };
        if beyond([self.distress_before, self.distress_after], 100) {
            return Err(HomeworkError::Distress);
        }
        if beyond([self.urge_before, self.urge_after], 10) {
            return Err(HomeworkError::Urge);
        }
        if self.helpfulness.is_some_and(|helpfulness| helpfulness > 4) {
            return Err(HomeworkError::Helpfulness);
        }
        if self.minutes.is_some_and(|minutes| minutes > 1440) {
            return Err(HomeworkError::Number);
        }
        if [&self.obstacle, &self.note, &self.trigger]
            .into_iter()
            .flatten()
            .any(|text| text.len() > TEXT_MAX)
        {
            return Err(HomeworkError::Text);
        }
        Ok(())
    }

    /// Was it practised when a log of `now` (epoch milliseconds) can say so?
    pub fn check_time(&self, now: i64) -> Result<(), HomeworkError> {
        let fits = |at: i64| (now - LONGEST_AGO_MS..=now + AHEAD_MS).contains(&at);
        let fits = self.practised_at.is_none_or(fits);
        fits.then_some(()).ok_or(HomeworkError::Time)
    }

    /// It counts as practice: anything but "not this time".
    pub fn counts(&self) -> bool {
        self.completion != Completion::Not
    }
}

#[cfg(test)]
mod tests;
