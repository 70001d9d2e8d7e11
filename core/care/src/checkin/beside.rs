//! What a rule asks about a person beside the answers: for AUDIT-C the sex that its published threshold names,
//! for WSAS whether work applies (clinical.md, sections 1 and 5).
//!
//! Owns the body of `scoring-facts` and who is asked what. Asked once, on a form whose rule needs it; never
//! required, and "rather not say" is an answer that is kept. Refuses to guess: what nobody said is scored by
//! the rule for "not recorded".

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::form::Form;
use super::instrument::Instrument;
use super::sheet::{Context, Sex};

/// The sex whose threshold AUDIT-C uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum SexSaid {
    /// Positive from 3.
    Female,
    /// Positive from 4.
    Male,
    /// Rather not: positive from 3.
    NotSaid,
}

/// Whether WSAS question 1 applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum WorkSaid {
    /// It does.
    Applies,
    /// It does not: question 1 is left out, and counts as the one missing item that the rule allows.
    DoesNotApply,
    /// Rather not.
    NotSaid,
}

/// What somebody said about the patient for scoring. Body of an entry in the care mailbox; of each field the
/// newest holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct ScoringFacts {
    /// Absent: nothing was said here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<SexSaid>,
    /// Absent: nothing was said here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<WorkSaid>,
}

/// What a form asks beside its questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsksBeside {
    /// [`ScoringFacts::sex`].
    Sex,
    /// [`ScoringFacts::work`].
    Work,
}

impl ScoringFacts {
    /// Nothing was said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// With what was said later.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        Self {
            sex: later.sex.or(self.sex),
            work: later.work.or(self.work),
        }
    }

    /// What the rule is told about a sheet. Somebody who answers the question about work has work.
    pub fn context(&self, form: &Form, answers: &Answers) -> Context {
        let answered = about_work(form).is_some_and(|item| answers.get(item).is_some());
        Context {
            sex: match self.sex {
                Some(SexSaid::Female) => Some(Sex::Female),
                Some(SexSaid::Male) => Some(Sex::Male),
                Some(SexSaid::NotSaid) | None => None,
            },
            work_not_applicable: self.work == Some(WorkSaid::DoesNotApply) && !answered,
        }
    }

    /// The question that is left out because work does not apply.
    pub fn left_out<'a>(&self, form: &'a Form) -> Option<&'a str> {
        about_work(form).filter(|_| self.work == Some(WorkSaid::DoesNotApply))
    }
}

/// What this form's rule needs to know beside the answers.
pub fn asks_beside(form: &Form) -> Option<AsksBeside> {
    match form.recognised.as_ref()?.instrument {
        Instrument::Auditc => Some(AsksBeside::Sex),
        Instrument::Wsas => Some(AsksBeside::Work),
        _ => None,
    }
}

/// The link id of WSAS question 1.
fn about_work(form: &Form) -> Option<&str> {
    let recognised = form.recognised.as_ref()?;
    let first = recognised.items.first().map(String::as_str);
    first.filter(|_| recognised.instrument == Instrument::Wsas)
}
