//! Check-ins: questionnaires as data, answers, scores and what needs a person at once.
//!
//! A [`Form`] is a FHIR R4 Questionnaire read once ([`import`], or shipped: [`shipped`]); [`Answers`]
//! is what a patient gave, kept as given; [`score`] is arithmetic over a [`Sheet`] of one
//! [`Instrument`]; [`safety`] judges single answers, alone, at once, before any score. Rules are those
//! of clinical.md sections 1, 2, 4 and 5. Refuses: running expressions of a questionnaire, guessing an
//! instrument from its title, clamping or imputing an answer, judging free text.

mod answers;
mod beside;
mod change;
mod enable;
mod fhir;
mod form;
mod html;
mod import;
mod instrument;
mod recognise;
mod result;
mod safety;
mod score;
mod screener;
mod sheet;
mod show;
mod total;
mod words;

pub use answers::{
    Answer, AnswerError, Answers, Fault, NOTE_BYTES, check, largest_answers, settled, validate,
    validate_without,
};
pub use beside::{AsksBeside, ScoringFacts, SexSaid, WorkSaid, asks_beside};
pub use change::{Change, ChangeError, Response, Thresholds, change};
pub use enable::{Condition, Expected, Operator, visible};
pub(crate) use form::is_spanish;
pub use form::{Choice, Coding, Form, Item, Kind, form, form_in, shipped, shipped_json};
pub use import::{
    Caution, Decision, MAX_BYTES, MAX_DEPTH, MAX_ITEMS, Reason, Verdict, Warning, import,
};
pub use instrument::{Instrument, Options, Rule};
pub use recognise::{OWN_SYSTEM, Recognition};
pub use result::{CheckInResult, check_in_result};
pub use safety::{
    SAFETY_EXTENSION, SafetyItem, SafetyState, any_positive, needs_follow_up, safety, safety_items,
};
pub use score::{Scored, Status, score};
pub use screener::{Triage, triage_of};
pub use sheet::{Cell, Context, Sex, Sheet, UnknownItem};
pub use total::Total;
pub use words::{change_words, severity_words, words};
