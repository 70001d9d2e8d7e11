//! What is due: check-ins by the patient's own calendar, homework by its last day.

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Serialize;

use crate::calendar;
use crate::chart::Chart;
use crate::checkin;
use crate::ends::{Notice, Pause};
pub use crate::homework::state::{HomeworkState, homework};
use crate::patient::Enrolled;

/// A check-in that is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct DueCheckIn {
    /// The questionnaire's id.
    pub form: String,
    /// The questionnaire's title.
    pub title: String,
    /// First day of the span it is due in, patient time.
    pub since: NaiveDate,
    /// Last day of that span.
    pub until: NaiveDate,
}

/// Whole days after a span that a patient can be behind before the clinic sees it as overdue.
const GRACE_DAYS: u64 = 2;

/// The date at `now` on a clock of `zone`; UTC when the zone is not known to the table.
pub fn date_at(now: i64, zone: &str) -> NaiveDate {
    let instant = DateTime::<Utc>::from_timestamp_millis(now).unwrap_or_default();
    calendar::local(zone, instant).map_or_else(|_| instant.date_naive(), |local| local.date)
}

/// So many days after a date, or the last date there is: an entry may name any date and any number of days.
pub(crate) fn days_after(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days))
        .unwrap_or(NaiveDate::MAX)
}

/// The day before a date, or the first date there is.
pub(crate) fn day_before(date: NaiveDate) -> NaiveDate {
    date.pred_opt().unwrap_or(NaiveDate::MIN)
}

/// Check-ins due on `today`: each form whose span (a day, a week, ... counted from the day of
/// enrolment) has no complete check-in yet. Nothing is due before the first day, during a pause or after
/// discharge.
pub fn check_ins(chart: &Chart, today: NaiveDate) -> Vec<DueCheckIn> {
    spans(chart, today)
        .into_iter()
        .filter(|due| !done_within(chart, &due.form, due.since, due.until))
        .collect()
}

/// The enrolment on a day of the program, and the days since its first; absent before it, after
/// discharge and during a pause.
fn enrolled_on(chart: &Chart, today: NaiveDate) -> Option<(&Enrolled, u64)> {
    let enrolled = &chart.enrolment()?.value;
    chart.program_week(today)?;
    let stopped = chart.reminders_stop(today);
    if stopped.is_some_and(|reason| reason.stops(Notice::CheckIn)) {
        return None;
    }
    let day = u64::try_from((today - enrolled.start_date).num_days()).ok()?;
    Some((enrolled, day))
}

fn spans(chart: &Chart, today: NaiveDate) -> Vec<DueCheckIn> {
    let Some((enrolled, day)) = enrolled_on(chart, today) else {
        return Vec::new();
    };
    enrolled
        .check_ins
        .iter()
        .filter_map(|rule| {
            let every = u64::from(rule.every_days.max(1));
            let since = enrolled
                .start_date
                .checked_add_days(Days::new(day / every * every))?;
            Some(DueCheckIn {
                title: checkin::form(&rule.form)
                    .map_or_else(|| rule.form.clone(), |form| form.title.clone()),
                form: rule.form.clone(),
                since,
                until: since.checked_add_days(Days::new(every - 1))?,
            })
        })
        .collect()
}

fn done_within(chart: &Chart, form: &str, since: NaiveDate, until: NaiveDate) -> bool {
    chart.completed(form).any(|fact| {
        let date = date_at(fact.value.started, &fact.zone);
        since <= date && date <= until
    })
}

/// Forms that are overdue on `today` in the clinic's eyes: a whole span went by without one, the
/// grace of two days after its last day has passed too, and none came since. What the patient's list
/// still calls due is never overdue here, and neither is a span that a pause touched.
pub fn overdue(chart: &Chart, today: NaiveDate) -> Vec<String> {
    let Some((enrolled, day)) = enrolled_on(chart, today) else {
        return Vec::new();
    };
    let pauses = chart.pauses();
    // Written with a clock that ran years ahead, a check-in must not count for all of them: not later than
    // tomorrow, which is today somewhere.
    let latest = today.checked_add_days(Days::new(1)).unwrap_or(today);
    let away_since = |began: NaiveDate| {
        let away =
            |pause: &Pause| pause.from <= today && pause.back.is_none_or(|back| began < back);
        pauses.iter().any(away)
    };
    enrolled
        .check_ins
        .iter()
        .filter(|rule| {
            let every = u64::from(rule.every_days.max(1));
            // Spans that ended at least the grace before today; the newest of them began here.
            let over = day.saturating_sub(GRACE_DAYS) / every;
            let began = over.checked_sub(1).and_then(|before| {
                enrolled
                    .start_date
                    .checked_add_days(Days::new(before * every))
            });
            began.is_some_and(|began| {
                !away_since(began) && !done_within(chart, &rule.form, began, latest)
            })
        })
        .map(|rule| rule.form.clone())
        .collect()
}

#[cfg(test)]
mod tests;
