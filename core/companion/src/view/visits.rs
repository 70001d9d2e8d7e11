//! Visits used and left, and the hours of the week. Holds nothing that is for staff alone: not how many
//! visits were used beyond the agreed ones, not what a week came out short by.

use handrail_care::reminder::Language;
use handrail_care::visits::page::OwnVisits;
use handrail_care::visits::{Coverage, PayerVisits, WeekHours, words};

/// Whether a payer's authorisation holds today.
#[uniffi::remote(Enum)]
pub enum Coverage {
    /// It holds.
    Current,
    /// It begins later.
    Coming,
    /// Its last day has passed.
    Past,
}

/// Visits of one payer. Numbers are exact to the half and never negative.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct PayerVisitsView {
    /// Who pays, in the clinic's words.
    pub payer: String,
    /// Whether it holds today.
    pub coverage: Coverage,
    /// First day, clinic time.
    pub from: String,
    /// Last day, clinic time.
    pub until: String,
    /// Visits agreed.
    pub authorised: f64,
    /// Visits used; not more than agreed.
    pub used: f64,
    /// Visits that can still be used.
    pub left: f64,
    /// The next day on which this payer looks at it again.
    pub next_review: Option<String>,
}

impl From<PayerVisits> for PayerVisitsView {
    fn from(payer: PayerVisits) -> Self {
        Self {
            payer: payer.payer,
            coverage: payer.coverage,
            from: payer.from.to_string(),
            until: payer.until.to_string(),
            authorised: payer.authorised.to_f64(),
            used: payer.used.without(payer.over).to_f64(),
            left: payer.left.to_f64(),
            next_review: payer.next_review.map(|date| date.to_string()),
        }
    }
}

/// The week, Monday to Sunday in clinic time, in minutes.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct WeekHoursView {
    /// Its Monday.
    pub monday: String,
    /// There.
    pub attended: u32,
    /// Over, and not noted by the clinic yet.
    pub unmarked: u32,
    /// Still to come.
    pub coming: u32,
    /// What is asked for in this week: the program's minimum, or less where the clinic offers less.
    pub asked: u32,
    /// The clinic is closed for part of it.
    pub holiday: bool,
    /// One sentence about it, in the shell's language.
    pub note: String,
}

impl WeekHoursView {
    fn new(week: WeekHours, note: String) -> Self {
        Self {
            monday: week.monday.to_string(),
            attended: week.attended,
            unmarked: week.unmarked,
            coming: week.coming,
            asked: week.asked,
            holiday: week.is_holiday_week(),
            note,
        }
    }
}

/// Visits.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct VisitsView {
    /// By payer: those that hold today first.
    pub payers: Vec<PayerVisitsView>,
    /// The next review of any payer.
    pub next_review: Option<String>,
    /// One sentence about it, in the shell's language.
    pub note: String,
    /// This week; absent before the first day, during a pause and after the end.
    pub week: Option<WeekHoursView>,
}

impl VisitsView {
    pub(crate) fn new(own: OwnVisits, language: Language) -> Self {
        let note = words::count_note(&own, language);
        let week_note = words::week_note(&own, language);
        Self {
            next_review: own.count.next_review().map(|date| date.to_string()),
            payers: own.count.payers.into_iter().map(Into::into).collect(),
            note,
            week: own
                .week
                .zip(week_note)
                .map(|(week, note)| WeekHoursView::new(week, note)),
        }
    }
}
