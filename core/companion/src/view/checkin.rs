//! Check-ins: forms, answers, results, receipts.

use handrail_care::checkin::{
    self, Answer, Answers, AsksBeside, Change, CheckInResult, Form, Item, Kind, SafetyState,
    ScoringFacts, SexSaid, Status, Triage, WorkSaid,
};

use super::ProgramPhone;
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
    /// Several answers, to a question that takes them.
    Several {
        /// The answers, each of another kind than this one.
        answers: Vec<AnswerValue>,
    },
}

impl From<AnswerValue> for Answer {
    fn from(value: AnswerValue) -> Self {
        match value {
            AnswerValue::YesNo { yes } => Self::Bool(yes),
            AnswerValue::Number { number } => Self::Value(number),
            AnswerValue::Fraction { number } => Self::Decimal(number),
            AnswerValue::Words { text } => Self::Text(text),
            // Lists in lists are refused where the answer is held against its question.
            AnswerValue::Several { answers } => {
                Self::Many(answers.into_iter().map(Into::into).collect())
            }
        }
    }
}

impl From<&Answer> for AnswerValue {
    fn from(answer: &Answer) -> Self {
        match answer {
            Answer::Bool(yes) => Self::YesNo { yes: *yes },
            Answer::Value(number) => Self::Number { number: *number },
            Answer::Decimal(number) => Self::Fraction { number: *number },
            Answer::Text(text) => Self::Words { text: text.clone() },
            Answer::Many(answers) => Self::Several {
                answers: answers.iter().map(Into::into).collect(),
            },
        }
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
#[expect(
    clippy::struct_excessive_bools,
    reason = "what a screen asks of a question; each on its own"
)]
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
    /// Takes several answers.
    pub repeats: bool,
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

/// What to tell beside help (clinical.md section 2, point 2): what was written, who gets it, when they
/// look, and that nobody watches around the clock.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SafetyNotice {
    /// The safety questions that were answered, as the patient read them; empty after asking for help.
    pub questions: Vec<String>,
    /// Who gets them: the program, else the clinic; absent before the clinic's library has come.
    pub to: Option<ProgramPhone>,
    /// How far the entry that carries them has come; absent before one was written.
    pub sent: Option<SentState>,
    /// The same in the phone's language, line by line, to be shown as it is.
    pub lines: Vec<String>,
}

impl SafetyNotice {
    pub(crate) fn new(
        language: &str,
        questions: Vec<String>,
        to: Option<ProgramPhone>,
        sent: Option<SentState>,
    ) -> Self {
        let say = |key: &str| checkin::words(language, key).unwrap_or_default();
        let name = to
            .as_ref()
            .map_or(say("notice.clinic"), |to| to.name.as_str());
        let first = match &sent {
            None | Some(SentState::OnThisPhone) => say("notice.not-sent").to_owned(),
            Some(SentState::AtTheClinic { .. }) => say("notice.sent").replace("{to}", name),
            Some(SentState::Opened { by, .. }) => say("notice.opened")
                .replace("{to}", name)
                .replace("{by}", by),
        };
        let mut lines = vec![first];
        lines.extend(not_watched(language, to.as_ref()));
        Self {
            questions,
            to,
            sent,
            lines,
        }
    }
}

/// When someone reads, and that nobody watches around the clock.
pub(crate) fn not_watched(language: &str, to: Option<&ProgramPhone>) -> Vec<String> {
    let say = |key: &str| checkin::words(language, key).unwrap_or_default();
    let hours = to.filter(|to| !to.hours.trim().is_empty());
    let hours = hours.map(|to| say("notice.hours").replace("{hours}", &to.hours));
    let last = say("notice.not-watched").to_owned();
    hours.into_iter().chain([last]).collect()
}

/// Questions that follow a positive safety answer at once, when the clinic turned them on (clinical.md
/// section 2, point 3). Shown after help, before the rest of the form.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FollowUpForm {
    /// The form's id.
    pub form: String,
    /// Title.
    pub title: String,
    /// To be shown with the questions.
    pub copyright: Option<String>,
    /// The questions in order.
    pub questions: Vec<QuestionView>,
    /// Show help again, with the call buttons first. No word for a level is ever shown to the patient.
    pub call_first: bool,
}

/// What a person may say about themselves for a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ScoringFact {
    /// The threshold for women.
    Female,
    /// The threshold for men.
    Male,
    /// Rather not.
    SexNotSaid,
    /// The question about work applies.
    WorkApplies,
    /// It does not, and is left out.
    WorkDoesNotApply,
    /// Rather not.
    WorkNotSaid,
}

impl From<ScoringFact> for ScoringFacts {
    fn from(fact: ScoringFact) -> Self {
        let sex = |sex| Self {
            sex: Some(sex),
            work: None,
        };
        let work = |work| Self {
            sex: None,
            work: Some(work),
        };
        match fact {
            ScoringFact::Female => sex(SexSaid::Female),
            ScoringFact::Male => sex(SexSaid::Male),
            ScoringFact::SexNotSaid => sex(SexSaid::NotSaid),
            ScoringFact::WorkApplies => work(WorkSaid::Applies),
            ScoringFact::WorkDoesNotApply => work(WorkSaid::DoesNotApply),
            ScoringFact::WorkNotSaid => work(WorkSaid::NotSaid),
        }
    }
}

/// One way to answer a [`ScoringQuestion`].
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ScoringOption {
    /// What choosing it says.
    pub fact: ScoringFact,
    /// What it says in the phone's language.
    pub label: String,
}

/// What a score's rule asks beside the form's questions: asked until something was said, never required.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ScoringQuestion {
    /// The question.
    pub text: String,
    /// That it is asked once, and need not be answered.
    pub why: String,
    /// The ways to answer it.
    pub options: Vec<ScoringOption>,
    /// What was said before; when present, show it small and changeable.
    pub said: Option<ScoringFact>,
}

impl ScoringQuestion {
    pub(crate) fn new(asks: AsksBeside, facts: ScoringFacts, language: &str) -> Self {
        let (topic, options) = match asks {
            AsksBeside::Sex => (
                "sex",
                [
                    (ScoringFact::Female, "female"),
                    (ScoringFact::Male, "male"),
                    (ScoringFact::SexNotSaid, "not-said"),
                ],
            ),
            AsksBeside::Work => (
                "work",
                [
                    (ScoringFact::WorkApplies, "applies"),
                    (ScoringFact::WorkDoesNotApply, "does-not-apply"),
                    (ScoringFact::WorkNotSaid, "not-said"),
                ],
            ),
        };
        let say = |key: &str| {
            let words = checkin::words(language, &format!("beside.{topic}.{key}"));
            words.unwrap_or_default().to_owned()
        };
        let said = |fact: &ScoringFact| {
            let one = ScoringFacts::from(*fact);
            !one.is_empty() && facts.then(one) == facts
        };
        Self {
            text: say("question"),
            why: say("why"),
            said: options.iter().map(|(fact, _)| *fact).find(said),
            options: options
                .map(|(fact, key)| ScoringOption {
                    fact,
                    label: say(key),
                })
                .into(),
        }
    }
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
    /// What to tell beside help; absent while no safety item is positive.
    pub notice: Option<SafetyNotice>,
    /// Questions to ask next; absent unless the clinic asks them and a safety item is positive.
    pub follow_up: Option<FollowUpForm>,
    /// What its score asks beside the questions; absent for most forms.
    pub scoring: Option<ScoringQuestion>,
    /// What to say where a question is marked as one that is judged at once ([`QuestionView::safety`]): its
    /// answer is written and sent as soon as it is given (design.md, section 8). Absent without such a one.
    pub at_once: Option<String>,
    /// What to say where a check-in is handed in: nobody watches around the clock, and when someone reads
    /// (clinical.md section 2). Line by line, in the phone's language.
    pub not_watched: Vec<String>,
}

impl CheckInForm {
    pub(crate) fn new(check_in: String, started_at: i64, form: &Form, answers: &Answers) -> Self {
        let safety = checkin::safety(form, answers);
        Self {
            check_in,
            form: form.id.clone(),
            title: form.title.clone(),
            copyright: form.copyright.clone(),
            started_at,
            questions: questions(form, answers),
            help_now: checkin::any_positive(&safety),
            safety: safety.into_iter().map(safety_item).collect(),
            notice: None,
            follow_up: None,
            scoring: None,
            at_once: None,
            not_watched: Vec::new(),
        }
    }

    /// The question that does not apply to this person is not shown.
    pub(crate) fn leave_out(&mut self, link_id: &str) {
        for question in &mut self.questions {
            question.shown &= question.link_id != link_id;
        }
    }
}

impl FollowUpForm {
    pub(crate) fn new(form: &Form, answers: &Answers) -> Self {
        Self {
            form: form.id.clone(),
            title: form.title.clone(),
            copyright: form.copyright.clone(),
            questions: questions(form, answers),
            call_first: checkin::triage_of(form, answers) == Some(Triage::High),
        }
    }
}

fn questions(form: &Form, answers: &Answers) -> Vec<QuestionView> {
    let shown = checkin::visible(form, answers);
    let questions = form.items.iter().zip(shown);
    questions
        .filter(|(item, _)| item.kind != Kind::Hidden)
        .map(|(item, shown)| question(form, item, shown, answers))
        .collect()
}

fn safety_item((link_id, state): (String, SafetyState)) -> SafetyItemView {
    SafetyItemView { link_id, state }
}

fn question(form: &Form, item: &Item, shown: bool, answers: &Answers) -> QuestionView {
    let options = item.options.iter().map(|choice| OptionView {
        value: (&choice.answer).into(),
        label: choice.display.clone(),
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
        repeats: item.repeats,
        answer: answers.get(&item.link_id).map(Into::into),
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

/// A change since an earlier check-in of the same instrument.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ChangeView {
    /// Points in the better direction; negative when worse.
    pub improvement: f64,
    /// What that means by the clinic's thresholds; absent unless the clinic shows it.
    pub meaning: Option<ChangeMeaning>,
}

/// What a change means by the clinic's thresholds; several may hold.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the labels of `change`; any of them may hold beside any other"
)]
pub struct ChangeMeaning {
    /// Better by at least the smallest change that matters.
    pub improved: bool,
    /// Better beyond measurement error.
    pub reliable: bool,
    /// A response.
    pub response: bool,
    /// A remission.
    pub remission: bool,
    /// Worse by at least the smallest change that matters.
    pub worse: bool,
    /// The one line that says most, in the phone's language.
    pub words: String,
}

/// A score. Words only when the clinic shows them, and never beside a safety item that is positive or
/// was left out (clinical.md section 2, point 7).
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ScoreView {
    /// Points.
    pub total: f64,
    /// Some items were missing, within the instrument's allowance.
    pub prorated: bool,
    /// The instrument's own word, in the phone's language.
    pub severity: Option<String>,
    /// Since the first check-in of this stay in care with a total.
    pub since_first: Option<ChangeView>,
    /// Since the one before.
    pub since_last: Option<ChangeView>,
}

impl ScoreView {
    /// `words`: the language of the phone, when the clinic shows them to patients. Absent without a total.
    pub(crate) fn new(result: &CheckInResult, words: Option<&str>) -> Option<Self> {
        let quiet = result
            .safety
            .values()
            .all(|state| *state == SafetyState::Negative);
        let words = words.filter(|_| quiet);
        let view = |change: Option<Change>| {
            change.map(|change| ChangeView {
                improvement: change.improvement.to_f64(),
                meaning: words.map(|language| ChangeMeaning {
                    words: checkin::change_words(language, &change).to_owned(),
                    improved: change.improved,
                    reliable: change.reliable,
                    response: change.response,
                    remission: change.remission,
                    worse: change.worse,
                }),
            })
        };
        Some(Self {
            total: result.total?.to_f64(),
            prorated: result.status == Status::Prorated,
            severity: words
                .and_then(|language| {
                    checkin::severity_words(language, result.instrument?, result.severity?)
                })
                .map(str::to_owned),
            since_first: view(result.since_baseline),
            since_last: view(result.since_previous),
        })
    }
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
    /// What to tell beside help; absent while no safety item is positive.
    pub notice: Option<SafetyNotice>,
    /// How far it has come.
    pub sent: SentState,
}

impl CheckInDone {
    pub(crate) fn new(
        check_in: String,
        title: String,
        result: CheckInResult,
        words: Option<&str>,
        sent: SentState,
    ) -> Self {
        Self {
            check_in,
            score: ScoreView::new(&result, words),
            form: result.form,
            title,
            missing: u32::try_from(result.missing).unwrap_or(u32::MAX),
            help_now: checkin::any_positive(&result.safety),
            safety: result.safety.into_iter().map(safety_item).collect(),
            notice: None,
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
