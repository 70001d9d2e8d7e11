//! Progress of one patient: symptoms, function, adherence (`iop.md`, progress; clinical.md, section 0,
//! rule 3).
//!
//! Owns the three indicators and [`mod@one_page`], the page of the weekly team review. A day without data is
//! missing: no line is drawn over it and nothing counts as zero. Every number names what it was made
//! from. Refuses to rank people, to promise anything, and to say a severity to a patient whose clinic
//! did not turn that on (clinical.md, section 2, point 7).

pub mod adherence;
pub mod one_page;
pub mod print;
pub mod words;

use chrono::NaiveDate;
use serde::Serialize;

use crate::chart::{Chart, CheckIn};
use crate::checkin::{self, Answer, Form, Instrument, Status, Total};
use crate::due::date_at;
use crate::id::Id;
use crate::library::Library;
use crate::plan::goals::{self, Attainment, GoalProgress};
use crate::reminder::Language;

pub use adherence::{Adherence, Marks, Period, Share};
pub use one_page::{OnePage, one_page, own_page};

/// One value of a measure.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Point {
    /// The day it was answered, patient time.
    pub date: NaiveDate,
    /// When it was answered, epoch milliseconds.
    pub at: i64,
    /// The value.
    pub value: f64,
    /// The instrument's own word for it.
    pub severity: Option<String>,
    /// Answers were missing, and the value stands for all of them by the instrument's rule.
    pub prorated: bool,
    /// The check-in it was made from.
    pub check_in: Id,
}

/// What the way from the baseline to the newest value means, by the clinic's thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the labels of the change contract; any may hold beside any other"
)]
pub struct MeasureChange {
    /// Points in the direction that is better for the patient; negative when worse.
    pub improvement: f64,
    /// Better by at least the smallest change that matters.
    pub improved: bool,
    /// Better by more than measurement error.
    pub reliable: bool,
    /// A response.
    pub response: bool,
    /// Below the remission threshold.
    pub remission: bool,
    /// Worse by at least the smallest change that matters.
    pub worse: bool,
}

impl Measure {
    /// Its title in a language: names of instruments stay, the question about difficulty is told in words.
    pub fn title_in(&self, language: Language) -> String {
        match self.item {
            Some(_) => words::words(language, "measure.difficulty"),
            None => self.title.clone(),
        }
    }
}

/// One measure over time: a total, or one item that is followed for itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Measure {
    /// The instrument's id.
    pub instrument: String,
    /// linkId, when it follows one item and no total.
    pub item: Option<String>,
    /// What people call it.
    pub title: String,
    /// Lowest possible value.
    pub min: i64,
    /// Highest possible value.
    pub max: i64,
    /// A higher value is better.
    pub higher_is_better: bool,
    /// Values that exist, oldest first. What is not here was not answered.
    pub points: Vec<Point>,
    /// Where it began: the first value of this enrolment.
    pub baseline: Option<Point>,
    /// The newest value, when it is another one than the baseline.
    pub newest: Option<Point>,
    /// From the baseline to the newest value.
    pub change: Option<MeasureChange>,
}

/// The three indicators.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Progress {
    /// First day of the enrolment that holds, clinic time.
    pub since: Option<NaiveDate>,
    /// Symptoms: totals of the symptom questionnaires, in the order of the instruments.
    pub symptoms: Vec<Measure>,
    /// Function: PHQ-9's question about difficulty, CORE-10, and WSAS or WHODAS where the clinic has
    /// them.
    pub function: Vec<Measure>,
    /// The patient's goals with their ratings (clinical.md, section 0, rule 3: part of function).
    pub goals: Vec<GoalProgress>,
    /// What the goals come to.
    pub attainment: Option<Attainment>,
    /// Therapy: sessions, homework and check-ins, each done of due.
    pub adherence: Adherence,
}

/// The indicators from the first day of the enrolment to today.
pub fn progress(chart: &Chart, library: &Library, marks: Marks<'_>, now: i64) -> Progress {
    let since = chart.enrolment().map(|fact| fact.value.start_date);
    let (symptoms, function) = measures(chart, library);
    let today = date_at(now, crate::today::clinic_zone_or(chart, library, "UTC"));
    let period = Period {
        from: since.unwrap_or(today),
        to: today,
    };
    let goals = goals::goals(chart);
    Progress {
        attainment: goals::attainment(&goals),
        goals,
        since,
        symptoms,
        function,
        adherence: adherence::adherence(chart, library, marks, period, now),
    }
}

/// Measures how someone gets on with work, home and people rather than symptoms.
fn is_function(instrument: Instrument) -> bool {
    matches!(
        instrument,
        Instrument::Core10 | Instrument::Wsas | Instrument::Whodas12
    )
}

/// Every measure with at least one value: symptoms, function.
pub fn measures(chart: &Chart, library: &Library) -> (Vec<Measure>, Vec<Measure>) {
    let check_ins = chart.check_ins();
    let (mut symptoms, mut function) = (Vec::new(), Vec::new());
    let difficulty = difficulty(chart, library, &check_ins);
    function.extend(difficulty);
    for (instrument, sheets) in library.totals(chart, &check_ins) {
        let rule = instrument.rule();
        let Some((min, max)) = rule.range else {
            continue;
        };
        let totals: Vec<(Point, Total)> = sheets
            .iter()
            .filter_map(|(check_in, result)| {
                let total = result.total?;
                let point = Point {
                    severity: result.severity.map(str::to_owned),
                    prorated: result.status == Status::Prorated,
                    ..point(check_in, total.to_f64())
                };
                Some((point, total))
            })
            .collect();
        let thresholds = library.policy().thresholds(instrument);
        let change = |from: &Total, to: &Total| {
            let change = checkin::change(instrument, *from, *to, thresholds).ok()?;
            Some(MeasureChange {
                improvement: change.improvement.to_f64(),
                improved: change.improved,
                reliable: change.reliable,
                response: change.response,
                remission: change.remission,
                worse: change.worse,
            })
        };
        let measure = Measure {
            instrument: rule.id.to_owned(),
            item: None,
            title: rule.name.to_owned(),
            min,
            max,
            higher_is_better: rule.higher_is_better,
            ..of_points(chart, totals, change)
        };
        if is_function(instrument) {
            function.push(measure);
        } else {
            symptoms.push(measure);
        }
    }
    (symptoms, function)
}

fn point(check_in: &CheckIn, value: f64) -> Point {
    let written = &check_in.last.value;
    Point {
        date: date_at(written.started, &check_in.last.zone),
        at: check_in.last.at,
        value,
        severity: None,
        prorated: false,
        check_in: check_in.id,
    }
}

/// The points with what lies between the first of the last one's stay ([`Chart::stay_began`]) and the last.
fn of_points<T>(
    chart: &Chart,
    points: Vec<(Point, T)>,
    change: impl Fn(&T, &T) -> Option<MeasureChange>,
) -> Measure {
    let began = points.last().map(|(point, _)| chart.stay_began(point.at));
    let first = points.iter().position(|(point, _)| Some(point.at) >= began);
    let last = points.len().saturating_sub(1);
    let moved = first.filter(|first| *first < last);
    Measure {
        instrument: String::new(),
        item: None,
        title: String::new(),
        min: 0,
        max: 0,
        higher_is_better: false,
        baseline: first.map(|first| points[first].0.clone()),
        newest: moved.map(|_| points[last].0.clone()),
        change: moved.and_then(|first| change(&points[first].1, &points[last].1)),
        points: points.into_iter().map(|(point, _)| point).collect(),
    }
}

/// The question of PHQ-9 about how difficult the problems made things (LOINC 69722-7), not part of its
/// score.
pub(crate) const DIFFICULTY: &str = "69722-7";

/// The linkId of that question on a form.
pub(crate) fn difficulty_item(form: &Form) -> Option<&str> {
    let recognised = form.recognised.as_ref()?;
    if recognised.instrument != Instrument::Phq9 {
        return None;
    }
    let item = form
        .items
        .iter()
        .find(|item| item.codes.iter().any(|code| code.code == DIFFICULTY))?;
    Some(&item.link_id)
}

fn difficulty(chart: &Chart, library: &Library, check_ins: &[&CheckIn]) -> Option<Measure> {
    let mut item = None;
    let mut points = Vec::new();
    for check_in in check_ins {
        let written = &check_in.last.value;
        let Some(form) = library.form_of(&written.form, &written.version) else {
            continue;
        };
        let Some(link_id) = difficulty_item(form) else {
            continue;
        };
        if let Some(Answer::Value(value)) = check_in.answers().get(link_id) {
            item = Some(link_id.to_owned());
            #[expect(clippy::cast_precision_loss, reason = "an option from 0 to 3")]
            let number = *value as f64;
            points.push((point(check_in, number), number));
        }
    }
    item.as_ref()?;
    // No threshold is published for one item, so only the way is told.
    let change = |from: &f64, to: &f64| {
        Some(MeasureChange {
            improvement: from - to,
            improved: false,
            reliable: false,
            response: false,
            remission: false,
            worse: false,
        })
    };
    Some(Measure {
        instrument: Instrument::Phq9.id().to_owned(),
        item,
        title: words::words(Language::English, "measure.difficulty"),
        min: 0,
        max: 3,
        higher_is_better: false,
        ..of_points(chart, points, change)
    })
}

#[cfg(test)]
mod tests;
