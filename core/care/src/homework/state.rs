//! How homework stands: its days, what was done of it, what is asked for next.
//!
//! Owns the arithmetic of days; a day is a day of the patient's calendar. Refuses to scold: past its last day
//! homework is overdue once, and no day that was left out is counted against anybody.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::{Assigned, Logged};
use crate::chart::{Chart, Fact};
use crate::due::date_at;
use crate::id::Id;
use crate::library::Library;
use crate::order::InOrder;
use crate::program::{Session, Weekday};
use crate::sessions::{local_date, sessions};
use crate::skill::Values;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How far from its first day a session is looked for that homework is due before.
const MOVED_DAYS: i64 = 60;

/// Homework as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct HomeworkState {
    /// The `homework-assigned` entry.
    pub id: Id,
    /// Title.
    pub title: String,
    /// What to do.
    pub instructions: String,
    /// The skill or worksheet, when it is one of the library.
    pub skill: Option<String>,
    /// The education piece to read.
    pub reading: Option<String>,
    /// When it was given, epoch milliseconds.
    pub assigned_at: i64,
    /// Last day, patient time; that of the session it is due before, wherever that was moved to.
    pub due: NaiveDate,
    /// The session it is due before.
    pub before_session: Option<String>,
    /// How often it was asked for.
    pub times: u32,
    /// Once on each of these days of the week; empty: any day.
    pub weekdays: Vec<Weekday>,
    /// How often it was logged as done, partly done or tried; with weekdays on how many of its days.
    pub done: u32,
    /// The next day on which it is asked for, today included: with weekdays the first of its days that has
    /// no try yet, else any day until the last. Absent when it is done or over.
    pub next_day: Option<NaiveDate>,
    /// With weekdays: its days from today on that have no try yet.
    #[serde(skip)]
    pub open_days: Vec<NaiveDate>,
    /// Past its last day and not done often enough.
    pub overdue: bool,
    /// What the clinician filled in beforehand.
    #[cfg_attr(feature = "web", tsify(type = "Record<string, Noted>"))]
    pub given: Values,
}

impl HomeworkState {
    /// Done as often as it was asked for.
    pub fn is_done(&self) -> bool {
        self.done >= self.times
    }
}

/// All homework that was not taken back, the one due next first.
pub fn homework(chart: &Chart, library: &Library, today: NaiveDate) -> Vec<HomeworkState> {
    let given = chart.homework();
    let sessions = sessions_named(&given, chart, library);
    let mut tries: BTreeMap<Id, Vec<&Fact<Logged>>> = BTreeMap::new();
    for fact in chart.logs(None) {
        if let Some(homework) = fact.value.homework
            && fact.value.counts()
        {
            tries.entry(homework).or_default().push(fact);
        }
    }
    let mut list: Vec<_> = given
        .into_iter()
        .map(|fact| {
            let tries = tries.get(&fact.id).map_or(&[][..], Vec::as_slice);
            state(fact, tries, due(&fact.value, &sessions), today)
        })
        .collect();
    list.order_by_key(|homework| (homework.due, homework.id));
    list
}

/// The sessions around those that homework is due before; none when no homework is.
fn sessions_named(given: &[&Fact<Assigned>], chart: &Chart, library: &Library) -> Vec<Session> {
    let days = given
        .iter()
        .filter(|fact| fact.value.before_session.is_some())
        .filter_map(|fact| fact.value.due.and_hms_opt(0, 0, 0))
        .map(|due| due.and_utc().timestamp_millis());
    let (Some(first), Some(last)) = (days.clone().min(), days.max()) else {
        return Vec::new();
    };
    let around = MOVED_DAYS * DAY_MS;
    sessions(chart, library, first - around, last + around)
}

/// The last day as it stands now.
fn due(assigned: &Assigned, sessions: &[Session]) -> NaiveDate {
    let named = assigned
        .before_session
        .as_ref()
        .and_then(|id| sessions.iter().find(|session| session.id == *id));
    let takes_place = named.and_then(|named| {
        let follows =
            |one: &&Session| one.rings() && one.kind == named.kind && one.start >= named.start;
        // Sessions come by start.
        if named.rings() {
            Some(named)
        } else {
            sessions.iter().find(follows)
        }
    });
    takes_place.map_or(assigned.due, local_date)
}

/// The day of a try, where it was tried.
pub(crate) fn day_of(fact: &Fact<Logged>) -> NaiveDate {
    date_at(fact.value.practised_at.unwrap_or(fact.at), &fact.zone)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn state(
    fact: &Fact<Assigned>,
    tries: &[&Fact<Logged>],
    due: NaiveDate,
    today: NaiveDate,
) -> HomeworkState {
    let assigned = &fact.value;
    let days = assigned.days_until(due);
    let tried_days: BTreeSet<NaiveDate> = if days.is_empty() {
        BTreeSet::new()
    } else {
        tries.iter().map(|fact| day_of(fact)).collect()
    };
    let (times, done) = if days.is_empty() {
        (assigned.times, count(tries.len()))
    } else {
        let done = days.iter().filter(|day| tried_days.contains(day)).count();
        (count(days.len()), count(done))
    };
    let next_day = if days.is_empty() {
        (done < times && today <= due).then_some(today)
    } else {
        None
    };
    let mut open_days = days;
    open_days.retain(|day| *day >= today && !tried_days.contains(day));
    let next_day = next_day.or(open_days.first().copied());
    HomeworkState {
        id: fact.id,
        title: assigned.title.clone(),
        instructions: assigned.instructions.clone(),
        skill: assigned.skill.clone(),
        reading: assigned.reading.clone(),
        assigned_at: fact.at,
        due,
        before_session: assigned.before_session.clone(),
        times,
        weekdays: assigned.weekdays.clone(),
        done,
        next_day,
        open_days,
        overdue: due < today && done < times,
        given: assigned.given.clone(),
    }
}
