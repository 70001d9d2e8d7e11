//! Scores over time. A span without a check-in is a gap, never a line and never a zero.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use crate::chart::Chart;
use crate::checkin::{self, Answer, Instrument};
use crate::due::date_at;
use crate::id::Id;
use crate::library::Library;
use crate::program::schedule::MAX_WEEKS;

/// A severity band of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Band {
    /// Lowest total.
    pub from: i64,
    /// Highest total.
    pub to: i64,
    /// The instrument's own word.
    pub label: String,
}

/// One span of the time axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Slot {
    /// First day of the span.
    pub date: NaiveDate,
    /// The value; absent when there was no check-in, or no total.
    pub value: Option<f64>,
    /// The severity word of the value.
    pub severity: Option<String>,
    /// The check-in behind it.
    pub check_in: Option<Id>,
}

/// One line of a chart.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Trend {
    /// The questionnaire's id.
    pub form: String,
    /// linkId, when the line follows one item and not a total.
    pub item: Option<String>,
    /// What the line shows.
    pub title: String,
    /// Days of one span.
    pub every_days: u32,
    /// Lowest possible value.
    pub min: i64,
    /// Highest possible value.
    pub max: i64,
    /// Severity bands, lowest first; none for single items.
    pub bands: Vec<Band>,
    /// From the day of enrolment to today, or to the discharge.
    pub slots: Vec<Slot>,
}

/// The lines of a patient: the total of each scored form that is asked for, and each scale of the
/// daily check-in.
pub fn trends(chart: &Chart, library: &Library, today: NaiveDate) -> Vec<Trend> {
    let Some(enrolled) = chart.enrolment().map(|fact| &fact.value) else {
        return Vec::new();
    };
    let end = chart
        .discharge()
        .map_or(today, |discharge| discharge.value.date.min(today));
    let mut trends = Vec::new();
    for rule in &enrolled.check_ins {
        let every_days = rule.every_days.max(1);
        let axis = Axis::new(enrolled.start_date, end, every_days);
        let Some(form) = library.form(&rule.form) else {
            continue;
        };
        if let Some(recognised) = &form.recognised {
            trends.extend(total(
                chart,
                library,
                recognised.instrument,
                &rule.form,
                axis,
            ));
        } else {
            for item in form.scales() {
                trends.push(scale(chart, &rule.form, item, axis));
            }
        }
    }
    trends
}

#[derive(Clone, Copy)]
struct Axis {
    start: NaiveDate,
    end: NaiveDate,
    every_days: u32,
}

impl Axis {
    /// An axis longer than a program may run (104 weeks) loses whole spans at its old end.
    fn new(start: NaiveDate, end: NaiveDate, every_days: u32) -> Self {
        let step = u64::from(every_days);
        let days = u64::try_from((end - start).num_days()).unwrap_or(0);
        let dropped = days.saturating_sub(u64::from(MAX_WEEKS) * 7).div_ceil(step) * step;
        Self {
            start: start.checked_add_days(Days::new(dropped)).unwrap_or(end),
            end,
            every_days,
        }
    }

    fn slots(self) -> Vec<Slot> {
        let step = u64::from(self.every_days);
        std::iter::successors(Some(self.start), |date| {
            date.checked_add_days(Days::new(step))
        })
        .take_while(|date| *date <= self.end)
        .map(|date| Slot {
            date,
            value: None,
            severity: None,
            check_in: None,
        })
        .collect()
    }

    fn index(self, date: NaiveDate) -> Option<usize> {
        if date > self.end {
            return None;
        }
        let days = usize::try_from((date - self.start).num_days()).ok()?;
        Some(days / self.every_days as usize)
    }
}

/// Fills the slots; the last check-in of a span holds.
fn fill(
    chart: &Chart,
    form: &str,
    axis: Axis,
    value: impl Fn(&crate::chart::CheckIn) -> Option<(f64, Option<String>)>,
) -> Vec<Slot> {
    let mut slots = axis.slots();
    for check_in in chart.check_ins() {
        if check_in.last.value.form != form {
            continue;
        }
        let date = date_at(check_in.last.value.started, &check_in.last.zone);
        let slot = axis.index(date).and_then(|index| slots.get_mut(index));
        if let (Some(slot), Some((number, severity))) = (slot, value(check_in)) {
            slot.value = Some(number);
            slot.severity = severity;
            slot.check_in = Some(check_in.id);
        }
    }
    slots
}

fn total(
    chart: &Chart,
    library: &Library,
    instrument: Instrument,
    form: &str,
    axis: Axis,
) -> Option<Trend> {
    let rule = instrument.rule();
    let (min, max) = rule.range?;
    let tops = rule
        .bands
        .iter()
        .skip(1)
        .map(|(from, _)| from - 1)
        .chain([max]);
    let bands = rule
        .bands
        .iter()
        .zip(tops)
        .map(|((from, label), to)| Band {
            from: *from,
            to,
            label: (*label).to_owned(),
        })
        .collect();
    Some(Trend {
        form: form.to_owned(),
        item: None,
        title: rule.name.to_owned(),
        every_days: axis.every_days,
        min,
        max,
        bands,
        slots: fill(chart, form, axis, |check_in| {
            let result = library.scored(chart, check_in)?;
            Some((result.total?.to_f64(), result.severity.map(str::to_owned)))
        }),
    })
}

fn scale(chart: &Chart, form: &str, item: &checkin::Item, axis: Axis) -> Trend {
    let values: Vec<i64> = item
        .options
        .iter()
        .filter_map(|choice| match choice.answer {
            Answer::Value(value) => Some(value),
            _ => None,
        })
        .collect();
    Trend {
        form: form.to_owned(),
        item: Some(item.link_id.clone()),
        title: item.text.clone(),
        every_days: axis.every_days,
        min: values.iter().copied().min().unwrap_or(0),
        max: values.iter().copied().max().unwrap_or(0),
        bands: Vec::new(),
        slots: fill(chart, form, axis, |check_in| {
            match check_in.answers().get(&item.link_id)? {
                #[expect(clippy::cast_precision_loss, reason = "a scale has few small steps")]
                Answer::Value(value) => Some((*value as f64, None)),
                _ => None,
            }
        }),
    }
}

#[cfg(test)]
mod tests;
