//! The forms a clinic uses: those that ship and its own imports, and what it decided about them.
//!
//! Owns the way from a form's name in an entry to the form, the clinic's settings for check-ins, and a
//! check-in read with both. Refuses: replacing a form that ships (its safety items are tested), a form
//! without a licence acknowledgement (clinical.md section 0, rule 1), a form whose sheet would not fit an
//! entry, and any setting that would loosen a safety item: there is none (clinical.md section 2, point 6).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::chart::{Chart, CheckIn};
use crate::checkin::{
    self, Answers, Change, CheckInResult, Form, Instrument, Reason, Response, SafetyState,
    Thresholds, Total, Triage, change, check_in_result, import,
};
use crate::due::DueCheckIn;
use crate::entry::Body;
use crate::id::Id;
use crate::library::{Library, QuestionnairePublished};
use crate::patient::{self, CheckInWritten};

/// Most bytes that the answers of a form may need: an entry has room for 64 KiB once sealed, which pads
/// to 32 KiB, and a check-in may carry a follow-up as well.
pub const MOST_ANSWERS: usize = 24 * 1024;
/// Longest licence statement, in bytes.
const STATEMENT_BYTES: usize = 1000;

/// A form of the clinic's own.
#[derive(Debug, Clone, PartialEq)]
pub struct ClinicForm {
    form: Form,
    /// Bytes of its longest answers.
    most: usize,
}

/// Why a questionnaire is not taken into use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The import refuses the file.
    #[error("{0}")]
    Refused(Reason),
    /// Nobody acknowledged the licence, or the statement is empty or longer than 1,000 bytes.
    #[error("licence-not-acknowledged")]
    LicenceMissing,
    /// A form that ships has this id.
    #[error("form-id-taken")]
    IdTaken,
    /// The id is longer than 64 bytes or the version longer than 32.
    #[error("form-id-too-long")]
    IdTooLong,
    /// A sheet could need more than [`MOST_ANSWERS`].
    #[error("form-too-large")]
    TooLarge,
}

impl ClinicForm {
    /// Reads a published questionnaire. `entry` names the version of a file that names none.
    pub fn read(published: &QuestionnairePublished, entry: Id) -> Result<Self, FormError> {
        let confirmed =
            |statement: &str| !statement.trim().is_empty() && statement.len() <= STATEMENT_BYTES;
        if !(published.licence.as_ref()).is_some_and(|licence| confirmed(&licence.statement)) {
            return Err(FormError::LicenceMissing);
        }
        let verdict = import(published.questionnaire.get().as_bytes());
        let Some(mut form) = verdict.form else {
            return Err(FormError::Refused(
                verdict.reason.unwrap_or(Reason::WrongShape),
            ));
        };
        if checkin::form(&form.id).is_some() {
            return Err(FormError::IdTaken);
        }
        let version = form.version.get_or_insert_with(|| entry.to_string());
        if form.id.len() > 64 || version.len() > 32 {
            return Err(FormError::IdTooLong);
        }
        let most = checkin::largest_answers(&form);
        if most > MOST_ANSWERS {
            return Err(FormError::TooLarge);
        }
        Ok(Self { form, most })
    }

    /// The form.
    pub fn form(&self) -> &Form {
        &self.form
    }
}

/// Thresholds of one instrument in place of the published defaults. What is left out gives no label.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct ClinicThresholds {
    /// The instrument's id, as in instruments.json.
    pub instrument: String,
    /// Smallest change that matters, in points (WHO-5: percentage points).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimal: Option<i64>,
    /// Smallest change beyond measurement error, in points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reliable: Option<i64>,
    /// A response: at least this share of the baseline, in percent. Not together with points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_percent: Option<i64>,
    /// A response: at least this many points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_points: Option<i64>,
    /// Below this many points is a remission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remission_below: Option<i64>,
}

/// What a clinic decides about check-ins. The newest entry holds, whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct CheckInPolicy {
    /// Patients see the severity word and what a change means beside their score (clinical.md section 2,
    /// point 7: not unless the clinic says so).
    #[serde(default)]
    pub show_severity: bool,
    /// Change thresholds in place of the defaults (clinical.md section 0, rule 6), one per instrument.
    #[serde(default)]
    pub thresholds: Vec<ClinicThresholds>,
    /// The form asked at once after a positive safety answer (clinical.md section 2, point 3): a C-SSRS
    /// screener that the clinic imported. None: nothing more is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<String>,
}

/// Why a policy is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// An instrument that is not known, has no total, or is listed twice.
    #[error("instrument-not-known")]
    Instrument,
    /// A threshold below 1 or beyond the instrument's range, or two kinds of response.
    #[error("threshold-out-of-range")]
    Threshold,
    /// The follow-up is no form of this clinic that was recognised as the C-SSRS screener.
    #[error("follow-up-not-a-screener")]
    FollowUp,
}

impl CheckInPolicy {
    /// Defaults of instruments.json, no words, no follow-up.
    pub const DEFAULT: Self = Self {
        show_severity: false,
        thresholds: Vec::new(),
        follow_up: None,
    };

    /// Checks bounds, and the follow-up against the clinic's forms.
    pub fn check(&self, library: &Library) -> Result<(), PolicyError> {
        for (at, thresholds) in self.thresholds.iter().enumerate() {
            let same = |other: &ClinicThresholds| other.instrument == thresholds.instrument;
            let (low, high) = Instrument::from_id(&thresholds.instrument)
                .filter(|_| !self.thresholds[..at].iter().any(same))
                .and_then(|instrument| instrument.rule().range)
                .ok_or(PolicyError::Instrument)?;
            let percent = thresholds.instrument == Instrument::Who5.id();
            let most = if percent { 100 } else { high - low };
            let points = [
                thresholds.minimal,
                thresholds.reliable,
                thresholds.response_points,
            ];
            let share = thresholds.response_percent;
            let fits = points
                .into_iter()
                .flatten()
                .all(|points| (1..=most).contains(&points))
                && share.is_none_or(|share| (1..=100).contains(&share))
                && (thresholds.remission_below)
                    .is_none_or(|below| (low + 1..=high).contains(&below))
                && (share.is_none() || thresholds.response_points.is_none());
            if !fits {
                return Err(PolicyError::Threshold);
            }
        }
        match &self.follow_up {
            Some(form) if library.screener(form).is_none() => Err(PolicyError::FollowUp),
            _ => Ok(()),
        }
    }

    /// The thresholds in force for an instrument.
    pub fn thresholds(&self, instrument: Instrument) -> Thresholds {
        let own = self
            .thresholds
            .iter()
            .find(|own| own.instrument == instrument.id());
        own.map_or_else(
            || Thresholds::default_for(instrument),
            |own| Thresholds {
                minimal: own.minimal,
                reliable: own.reliable,
                response: own
                    .response_percent
                    .map(Response::Percent)
                    .or(own.response_points.map(Response::Points)),
                remission_below: own.remission_below,
            },
        )
    }
}

/// A form that may be kept longer than the library it was found in.
#[derive(Debug, Clone)]
pub enum AnyForm {
    /// One that ships.
    Shipped(&'static Form),
    /// One of the clinic's own.
    Clinic(Arc<ClinicForm>),
}

impl Deref for AnyForm {
    type Target = Form;

    fn deref(&self) -> &Form {
        match self {
            Self::Shipped(form) => form,
            Self::Clinic(form) => form.form(),
        }
    }
}

impl Library {
    /// The form with this id as it is asked now, in the words of a language where it ships in them.
    pub fn asked(&self, id: &str, language: &str) -> Option<AnyForm> {
        let shipped = checkin::form_in(id, language).map(AnyForm::Shipped);
        shipped.or_else(|| Some(AnyForm::Clinic(Arc::clone(self.versions_of(id).first()?))))
    }

    /// The form with this id as it is asked now: one that ships, else the clinic's newest version.
    pub fn form(&self, id: &str) -> Option<&Form> {
        checkin::form(id).or_else(|| self.versions_of(id).first().map(|form| form.form()))
    }

    /// The form that a sheet was filled in on: the clinic's version of that name, else its newest.
    pub fn form_of(&self, id: &str, version: &str) -> Option<&Form> {
        checkin::form(id).or_else(|| {
            let versions = self.versions_of(id);
            let same = versions
                .iter()
                .find(|form| form.form().version.as_deref() == Some(version));
            same.or(versions.first()).map(|form| form.form())
        })
    }

    /// The clinic's form of this id, when it is a C-SSRS screener.
    pub fn screener(&self, id: &str) -> Option<&Form> {
        let form = self.form(id)?;
        let instrument = form.recognised.as_ref()?.instrument;
        (instrument == Instrument::CssrsScreener).then_some(form)
    }

    /// The screener that follows a positive safety answer on this form; none on a form without a safety
    /// item, and none on a screener.
    pub fn follow_up_of(&self, form: &Form) -> Option<&Form> {
        let screener = self.screener(self.policy().follow_up.as_deref()?)?;
        let asks = !checkin::safety_items(form).is_empty() && self.screener(&form.id).is_none();
        asks.then_some(screener)
    }

    /// A form's title in the words of a language; its id when the form is not here.
    pub fn form_title(&self, id: &str, language: &str) -> String {
        let form = self.asked(id, language);
        form.map_or_else(|| id.to_owned(), |form| form.title.clone())
    }

    /// Check-ins that a phone can offer: those whose form is here, with their titles.
    pub fn offered(&self, due: Vec<DueCheckIn>, language: &str) -> Vec<DueCheckIn> {
        due.into_iter()
            .filter(|due| self.form(&due.form).is_some())
            .map(|due| DueCheckIn {
                title: self.form_title(&due.form, language),
                ..due
            })
            .collect()
    }

    /// The plain size below which an entry is never sealed: the same for every sheet of a form, so that
    /// its size does not tell answers apart. Bytes of the seal's plain text.
    pub fn sealed_floor(&self, body: &Body) -> usize {
        let Body::CheckIn(written) = body else {
            return crate::entry::sealed_floor(body);
        };
        let most = |id: &str| self.versions_of(id).iter().map(|form| form.most).max();
        let own = most(&written.form).map_or(0, |most| patient::clinic_form_floor(written, most));
        let follow_up = written.follow_up.as_ref().map_or(0, |asked| {
            patient::follow_up_floor(asked, most(&asked.form).unwrap_or(0))
        });
        patient::check_in_floor(written).max(own) + follow_up
    }

    /// The C-SSRS level in one entry: of its follow-up, or of the form itself. Absent when neither is a
    /// screener that is here.
    pub fn triage_of(&self, written: &CheckInWritten) -> Option<Triage> {
        let level = |form: &str, version: &str, answers: &Answers| {
            checkin::triage_of(self.form_of(form, version)?, answers)
        };
        let own = level(&written.form, &written.version, &written.answers);
        let asked = (written.follow_up.as_ref())
            .and_then(|asked| level(&asked.form, &asked.version, &asked.answers));
        own.max(asked)
    }

    /// The state of each safety item in one entry, by the form that this entry names. Empty for a form
    /// that is not here.
    pub fn safety_of(&self, written: &CheckInWritten) -> BTreeMap<String, SafetyState> {
        self.form_of(&written.form, &written.version)
            .map(|form| checkin::safety(form, &written.answers))
            .unwrap_or_default()
    }

    /// A check-in scored by itself. Absent for a form that is not here.
    pub(crate) fn scored<'a>(
        &self,
        chart: &Chart,
        check_in: &'a CheckIn,
    ) -> Option<Cow<'a, CheckInResult>> {
        // Those of shipped forms are kept by the chart: no rule of theirs asks anything beside the answers.
        if let Some(result) = check_in.result() {
            return Some(Cow::Borrowed(result));
        }
        let written = &check_in.last.value;
        let form = self.form_of(&written.form, &written.version)?;
        let context = chart.scoring_facts().context(form, &written.answers);
        let result = check_in_result(form, &written.answers, context, None, None);
        Some(Cow::Owned(result))
    }

    /// The instrument that scores a check-in.
    fn instrument_of(&self, check_in: &CheckIn) -> Option<Instrument> {
        let written = &check_in.last.value;
        let form = self.form_of(&written.form, &written.version)?;
        Some(form.recognised.as_ref()?.instrument)
    }

    /// A check-in as people look at it: scored, and compared by the clinic's thresholds with the first
    /// check-in of the same stay ([`Chart::stay_began`]) and with the last earlier one, of the same instrument
    /// and with a total. Absent for a form that is not here.
    pub fn result(&self, chart: &Chart, check_in: &CheckIn) -> Option<CheckInResult> {
        self.result_among(chart, &chart.check_ins(), check_in)
    }

    /// [`Library::result`] among the check-ins of a chart, oldest first.
    pub fn result_among(
        &self,
        chart: &Chart,
        check_ins: &[&CheckIn],
        check_in: &CheckIn,
    ) -> Option<CheckInResult> {
        let mut result = self.scored(chart, check_in)?.into_owned();
        let (Some(instrument), Some(total)) = (result.instrument, result.total) else {
            return Some(result);
        };
        let at = (check_in.last.at, check_in.id);
        let before = check_ins.partition_point(|one| (one.last.at, one.id) < at);
        let began = chart.stay_began(check_in.last.at);
        let from = check_ins.partition_point(|one| one.last.at < began);
        // Looked at from both ends, so that a list of all check-ins does not take the square of them.
        let total_of = |one: &&CheckIn| {
            let same = self.instrument_of(one) == Some(instrument);
            same.then(|| self.scored(chart, one)?.total).flatten()
        };
        let last = check_ins[..before].iter().rev().find_map(total_of);
        let first = check_ins[from.min(before)..before]
            .iter()
            .find_map(total_of);
        let thresholds = self.policy().thresholds(instrument);
        let since = |from: Option<Total>| -> Option<Change> {
            change(instrument, from?, total, thresholds).ok()
        };
        result.since_baseline = since(first);
        result.since_previous = since(last);
        Some(result)
    }

    /// Every check-in with a total, by instrument, oldest first.
    pub fn totals<'a>(
        &self,
        chart: &Chart,
        check_ins: &[&'a CheckIn],
    ) -> BTreeMap<Instrument, Vec<(&'a CheckIn, Cow<'a, CheckInResult>)>> {
        let mut totals: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for check_in in check_ins {
            if let Some(instrument) = self.instrument_of(check_in)
                && let Some(result) = self.scored(chart, check_in)
                && result.total.is_some()
            {
                totals
                    .entry(instrument)
                    .or_default()
                    .push((*check_in, result));
            }
        }
        totals
    }
}

#[cfg(test)]
mod beside_tests;
#[cfg(test)]
mod tests;
