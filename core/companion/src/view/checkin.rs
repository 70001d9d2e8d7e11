//! Check-ins: forms, answers, results, receipts.

use handrail_care::checkin::{
    self, Answer, Answers, CheckInResult, Form, Item, Kind, SafetyState, Status,
};

use crate::error::CompanionError;

/// What a safety item's answer means.
#[uniffi::remote(Enum)]
pub enum SafetyState {
    /// Answered, below the threshold. Clears nobody.
    Negative,
    /// No valid answer: a state of its own.
    Unanswered,
    /// Help is shown at once.
    Positive,
}

/// How an item is answered.
#[uniffi::remote(Enum)]
pub enum Kind {
    /// A heading.
    Group,
    /// Text only.
    Display,
    /// One of the options.
    Choice,
    /// One of the options or a line of text.
    OpenChoice,
    /// Yes or no.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// One line of text.
    Line,
    /// Several lines of text.
    Text,
    /// A day.
    Date,
    /// A number in the item's unit.
    Quantity,
    /// Shown to nobody.
    Hidden,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum AnswerValue {
    /// Yes or no.
    YesNo {
        /// The answer.
        yes: bool,
    },
    /// The value of an option, or a whole number.
    Number {
        /// The answer.
        number: i64,
    },
    /// A number with a fraction.
    Fraction {
        /// The answer.
        number: f64,
    },
    /// Text, a date, or the code of an option without a value.
    Words {
        /// The answer.
        text: String,
    },
}

impl From<AnswerValue> for Answer {
    fn from(value: AnswerValue) -> Self {
        match value {
            AnswerValue::YesNo { yes } => Self::Bool(yes),
            AnswerValue::Number { number } => Self::Value(number),
            AnswerValue::Fraction { number } => Self::Decimal(number),
            AnswerValue::Words { text } => Self::Text(text),
        }
    }
}

/// `None` for several answers to one item: no form that a phone offers has such an item yet.
fn answer_value(answer: &Answer) -> Option<AnswerValue> {
    match answer {
        Answer::Bool(yes) => Some(AnswerValue::YesNo { yes: *yes }),
        Answer::Value(number) => Some(AnswerValue::Number { number: *number }),
        Answer::Decimal(number) => Some(AnswerValue::Fraction { number: *number }),
        Answer::Text(text) => Some(AnswerValue::Words { text: text.clone() }),
        Answer::Many(_) => None,
    }
}

/// One option.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct OptionView {
    /// What choosing it records.
    pub value: AnswerValue,
    /// What it says.
    pub label: String,
}

/// One item of a form.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct QuestionView {
    /// Names the item in its form.
    pub link_id: String,
    /// A number or letter before the text.
    pub prefix: Option<String>,
    /// The question.
    pub text: String,
    /// How it is answered.
    pub kind: Kind,
    /// Its options.
    pub options: Vec<OptionView>,
    /// Must be answered to finish.
    pub required: bool,
    /// Shown, as the answers stand.
    pub shown: bool,
    /// Judged at once: its answer is written as soon as it is given.
    pub safety: bool,
    /// Nesting, 0 at the top.
    pub depth: u32,
    /// Lowest number accepted.
    pub min: Option<f64>,
    /// Highest number accepted.
    pub max: Option<f64>,
    /// Most characters accepted.
    pub max_chars: Option<u32>,
    /// Unit to print behind the number.
    pub unit: Option<String>,
    /// The answer as it stands.
    pub answer: Option<AnswerValue>,
}

/// The state of a safety item.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SafetyItemView {
    /// The item.
    pub link_id: String,
    /// Its state.
    pub state: SafetyState,
}

/// A check-in being filled in.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CheckInForm {
    /// Names the check-in, for `answer` and `submit`.
    pub check_in: String,
    /// The form's id.
    pub form: String,
    /// Title.
    pub title: String,
    /// To be shown with the form.
    pub copyright: Option<String>,
    /// When it was begun.
    pub started_at: i64,
    /// The items in order.
    pub questions: Vec<QuestionView>,
    /// Each safety item that was answered or is shown.
    pub safety: Vec<SafetyItemView>,
    /// Show help now, before anything else.
    pub help_now: bool,
}

impl CheckInForm {
    pub(crate) fn new(check_in: String, started_at: i64, form: &Form, answers: &Answers) -> Self {
        let shown = checkin::visible(form, answers);
        let questions = form.items.iter().zip(shown);
        let safety = checkin::safety(form, answers);
        Self {
            check_in,
            form: form.id.clone(),
            title: form.title.clone(),
            copyright: form.copyright.clone(),
            started_at,
            questions: questions
                .filter(|(item, _)| item.kind != Kind::Hidden)
                .map(|(item, shown)| question(form, item, shown, answers))
                .collect(),
            help_now: checkin::any_positive(&safety),
            safety: safety.into_iter().map(safety_item).collect(),
        }
    }
}

fn safety_item((link_id, state): (String, SafetyState)) -> SafetyItemView {
    SafetyItemView { link_id, state }
}

fn question(form: &Form, item: &Item, shown: bool, answers: &Answers) -> QuestionView {
    let options = item.options.iter().filter_map(|choice| {
        Some(OptionView {
            value: answer_value(&choice.answer)?,
            label: choice.display.clone(),
        })
    });
    QuestionView {
        link_id: item.link_id.clone(),
        prefix: item.prefix.clone(),
        text: item.text.clone(),
        kind: item.kind,
        options: options.collect(),
        required: item.required,
        shown,
        safety: checkin::safety_items(form)
            .iter()
            .any(|safety| safety.link_id == item.link_id),
        depth: u32::try_from(item.depth).unwrap_or(u32::MAX),
        min: item.min,
        max: item.max,
        max_chars: item.max_chars.and_then(|chars| u32::try_from(chars).ok()),
        unit: item.unit.clone(),
        answer: answers.get(&item.link_id).and_then(answer_value),
    }
}

/// How far an entry has come: the honest receipt.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum SentState {
    /// On this phone only.
    OnThisPhone,
    /// The clinic's server has it.
    AtTheClinic {
        /// Since, by the server's clock.
        at: i64,
    },
    /// A clinician has opened it: their console's signed statement.
    Opened {
        /// Name.
        by: String,
        /// When.
        at: i64,
    },
}

/// A score. Without a severity word: those are not shown to patients unless the clinic says so
/// (clinical.md, section 2, rule 7), and no clinic setting for it exists yet.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ScoreView {
    /// Points.
    pub total: f64,
    /// Some items were missing, within the instrument's allowance.
    pub prorated: bool,
}

/// A check-in that was handed in.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CheckInDone {
    /// Names the check-in.
    pub check_in: String,
    /// The form's id.
    pub form: String,
    /// The form's title.
    pub title: String,
    /// The score, for a form that has one.
    pub score: Option<ScoreView>,
    /// Questions without an answer.
    pub missing: u32,
    /// Each safety item.
    pub safety: Vec<SafetyItemView>,
    /// Show help now, before the score.
    pub help_now: bool,
    /// How far it has come.
    pub sent: SentState,
}

impl CheckInDone {
    pub(crate) fn new(
        check_in: String,
        title: String,
        result: CheckInResult,
        sent: SentState,
    ) -> Self {
        Self {
            check_in,
            form: result.form,
            title,
            score: result.total.map(|total| ScoreView {
                total: total.to_f64(),
                prorated: result.status == Status::Prorated,
            }),
            missing: u32::try_from(result.missing).unwrap_or(u32::MAX),
            help_now: checkin::any_positive(&result.safety),
            safety: result.safety.into_iter().map(safety_item).collect(),
            sent,
        }
    }
}

/// A check-in in the history.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CheckInReceipt {
    /// Names the check-in.
    pub check_in: String,
    /// The form's id.
    pub form: String,
    /// The form's title.
    pub title: String,
    /// When it was begun.
    pub at: i64,
    /// Written to the end; otherwise only its safety item was.
    pub complete: bool,
    /// Its score.
    pub score: Option<ScoreView>,
    /// How far it has come.
    pub sent: SentState,
}

/// Why an answer is refused, with its question.
pub(crate) fn refusal(error: &checkin::AnswerError) -> CompanionError {
    CompanionError::NotValid {
        code: error.fault.to_string(),
        item: error.link_id.clone(),
    }
}
