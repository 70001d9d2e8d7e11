//! Therapy adherence: sessions attended of scheduled, homework logged of due, check-ins done of due
//! (clinical.md, section 3, last line).
//!
//! Owns what counts as due and what counts as done. Sessions that the clinic cancelled are no sessions; a
//! session that nobody marked is unknown, not missed. Nothing is due during a pause.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde::Serialize;

use crate::chart::Chart;
use crate::due::{date_at, days_after};
use crate::ends::Pause;
use crate::homework::state::day_of;
use crate::id::Id;
use crate::library::Library;
use crate::order::InOrder;
use crate::patient::Enrolled;
use crate::program::Session;
use crate::program::schedule::MAX_WEEKS;
use crate::roster::Roster;
use crate::sessions::{self, local_date};
use crate::today;
use crate::visits::{marked, told};

/// Days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Period {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

impl Period {
    /// Is the day one of them?
    pub fn holds(self, date: NaiveDate) -> bool {
        self.from <= date && date <= self.to
    }
}

/// Who tells of attendance.
#[derive(Debug, Clone, Copy)]
pub enum Marks<'a> {
    /// The care mailbox alone: what a phone knows.
    Told,
    /// The roster's marks over it: what staff knows of this patient.
    Roster(&'a Roster, Id),
}

/// So many of so many.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Share {
    /// Done: the numerator.
    pub done: u32,
    /// Due and known: the denominator.
    pub of: u32,
    /// Over, and nobody has said yet what became of it. Part of neither number.
    pub unknown: u32,
    /// What was done: sessions' ids, or entries.
    pub done_links: Vec<String>,
    /// What was not: sessions' ids, entries, or days.
    pub missed_links: Vec<String>,
}

impl Share {
    fn note(&mut self, done: bool, link: String) {
        self.of = self.of.saturating_add(1);
        if done {
            self.done = self.done.saturating_add(1);
            self.done_links.push(link);
        } else {
            self.missed_links.push(link);
        }
    }
}

/// Check-ins of one form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct FormShare {
    /// The questionnaire's id.
    pub form: String,
    /// Spans with one of the spans that are over. Links: check-ins, and the first day of a missed span.
    pub share: Share,
}

/// Done of due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Adherence {
    /// The days counted.
    pub period: Period,
    /// Sessions attended of those that took place.
    pub sessions: Share,
    /// Times homework was tried of the times it was asked for, by the last day of each piece. Links:
    /// entries of tries, and the homework that was tried too seldom.
    pub homework: Share,
    /// Check-ins of all forms.
    pub check_ins: Share,
    /// The same by form, in the order of the enrolment.
    pub forms: Vec<FormShare>,
}

/// What was done of what was due in some days.
pub fn adherence(
    chart: &Chart,
    library: &Library,
    marks: Marks<'_>,
    period: Period,
    now: i64,
) -> Adherence {
    let today = date_at(now, today::clinic_zone_or(chart, library, "UTC"));
    let forms = forms(chart, period, today);
    let mut check_ins = Share::default();
    for FormShare { share, .. } in &forms {
        check_ins.done = check_ins.done.saturating_add(share.done);
        check_ins.of = check_ins.of.saturating_add(share.of);
        check_ins.done_links.extend(share.done_links.clone());
        check_ins.missed_links.extend(share.missed_links.clone());
    }
    Adherence {
        period,
        sessions: of_sessions(chart, library, marks, period, now),
        homework: homework(chart, period),
        check_ins,
        forms,
    }
}

fn of_sessions(
    chart: &Chart,
    library: &Library,
    marks: Marks<'_>,
    period: Period,
    now: i64,
) -> Share {
    let all = sessions::sessions(chart, library, i64::MIN / 2, now.saturating_add(1));
    let over = |session: &&Session| session.rings() && session.end <= now;
    let visits = match marks {
        Marks::Told => told(chart),
        Marks::Roster(roster, patient) => marked(chart, roster, patient, &all),
    };
    let mut share = Share::default();
    let mut counted = BTreeSet::new();
    for session in all.iter().filter(over) {
        if !period.holds(local_date(session)) {
            continue;
        }
        counted.insert(session.id.as_str());
        match visits.get(&session.id) {
            Some(visit) => share.note(visit.attendance.there(), session.id.clone()),
            None => share.unknown = share.unknown.saturating_add(1),
        }
    }
    // Marked, and the schedule does not show it any more: it took place.
    for visit in visits.values() {
        if period.holds(visit.date) && !counted.contains(visit.session.as_str()) {
            share.note(visit.attendance.there(), visit.session.clone());
        }
    }
    share
}

fn homework(chart: &Chart, period: Period) -> Share {
    let mut share = Share::default();
    for fact in chart.homework() {
        let assigned = &fact.value;
        if !period.holds(assigned.due) {
            continue;
        }
        let logs = chart.logs(Some(fact.id));
        // On days of the week, once on each of its days.
        let days = assigned.days_until(assigned.due);
        let mut seen = BTreeSet::new();
        let tried = logs
            .iter()
            .filter(|log| log.value.counts())
            .filter(|log| day_of(log) <= assigned.due)
            .filter(|log| {
                days.is_empty() || (days.contains(&day_of(log)) && seen.insert(day_of(log)))
            })
            .take(assigned.times as usize);
        let links: Vec<String> = tried.map(|log| log.id.to_string()).collect();
        let done = u32::try_from(links.len()).unwrap_or(u32::MAX);
        share.done = share.done.saturating_add(done);
        share.of = share.of.saturating_add(assigned.times);
        share.done_links.extend(links);
        if done < assigned.times {
            share.missed_links.push(fact.id.to_string());
        }
    }
    share
}

/// Days of whole spans that lie further back than a program may run: an entry may name any first day, and
/// one of another century must not stop the page.
fn long_ago(enrolled: &Enrolled, left: Option<NaiveDate>, period: Period, every: u64) -> u64 {
    let end = left.map_or(period.to, |left| left.min(period.to));
    let days = u64::try_from((end - enrolled.start_date).num_days()).unwrap_or(0);
    let beyond = days.saturating_sub(u64::from(MAX_WEEKS) * 7);
    beyond.div_ceil(every).saturating_mul(every)
}

/// Each form's spans that are over, or done before they are; a span that a pause touched, or that the
/// discharge cut short, is not due.
fn forms(chart: &Chart, period: Period, today: NaiveDate) -> Vec<FormShare> {
    let Some(enrolled) = chart.enrolment().map(|fact| &fact.value) else {
        return Vec::new();
    };
    let pauses = chart.pauses();
    let left = chart.discharge().map(|fact| fact.value.date);
    let rules = enrolled.check_ins.iter().map(|rule| {
        let every = u64::from(rule.every_days.max(1));
        let mut done: Vec<(NaiveDate, Id)> = chart
            .completed(&rule.form)
            .map(|fact| (date_at(fact.value.started, &fact.zone), fact.value.of))
            .collect();
        done.order();
        let mut share = Share::default();
        let mut first = days_after(enrolled.start_date, long_ago(enrolled, left, period, every));
        while first <= period.to {
            let Some(next) = first.checked_add_days(Days::new(every)) else {
                break;
            };
            let last = next.pred_opt().unwrap_or(first);
            let at = done.partition_point(|(date, _)| *date < first);
            let found = done.get(at).filter(|(date, _)| *date <= last);
            let counts = match found {
                Some((date, _)) => period.holds(*date),
                None => {
                    period.holds(last)
                        && last < today
                        && left.is_none_or(|left| last <= left)
                        && !pauses.iter().any(|pause| touches(pause, first, last))
                }
            };
            if counts {
                let link = found.map_or_else(|| first.to_string(), |(_, of)| of.to_string());
                share.note(found.is_some(), link);
            }
            first = next;
        }
        FormShare {
            form: rule.form.clone(),
            share,
        }
    });
    rules.collect()
}

fn touches(pause: &Pause, first: NaiveDate, last: NaiveDate) -> bool {
    pause.from <= last && pause.back.is_none_or(|back| first < back)
}
