//! Facts of one patient's care mailbox: phones, check-ins, receipts, enrolment, discharge.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::checkin::{self, Answers, Form};
use crate::id::Id;
use crate::packed;

/// A phone's public keys, in its own words. Staff seals new epochs to these keys, never to keys that
/// only the server names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Digest of the keys.
    pub device: Id,
    /// Ed25519 and X25519 public keys: 64 bytes as base64url.
    pub identity: String,
    /// What the owner calls it, such as "Pixel in the kitchen".
    pub name: String,
    /// `android`, `ios` or `desktop`.
    pub platform: String,
}

/// Cuts a phone off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLost {
    /// Which phone.
    pub device: Id,
}

/// A new epoch began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochBegan {
    /// Its number.
    pub epoch: u32,
}

/// Erases an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Which entry.
    pub entry: Id,
    /// Why, for the audit log.
    pub reason: String,
}

/// Which of a check-in's entries this is. A form with a safety item seals two, of one size: at that
/// item whatever the answer, and at the end with everything (design, section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Written at the safety item; the form may never be finished.
    Safety,
    /// Written at the end.
    Complete,
}

/// One entry of a check-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckInWritten {
    /// The check-in: the same in both of its entries.
    pub of: Id,
    /// The questionnaire's id.
    pub form: String,
    /// The questionnaire's version.
    pub version: String,
    /// Which entry of the two.
    pub stage: Stage,
    /// When the patient began, epoch milliseconds.
    pub started: i64,
    /// The answers given by then.
    pub answers: Answers,
    /// The screener that follows a positive safety answer, when the clinic asks one: in every entry of a
    /// form with a safety item, whatever the answer, and empty unless it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<FollowUp>,
}

/// The screener asked at once after a positive safety answer (clinical.md section 2, point 3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FollowUp {
    /// The form's id.
    pub form: String,
    /// The form's version.
    pub version: String,
    /// The answers given by then; empty when it was not asked.
    #[serde(default)]
    pub answers: Answers,
}

/// Plain bytes that a check-in entry needs besides the form's id, its version and the answers, inside
/// the seal: length and author (5), the envelope with the longest zone name, `seen` with the largest
/// sequence number, times, the body's own fields. A test builds that entry and holds it against this
/// number.
const CHECK_IN_FRAME: usize = 180;

/// The plain size that all entries of this check-in's form are sealed at. With it PHQ-9 and GAD-7 fit
/// the smallest seal (256 bytes).
pub fn check_in_floor(written: &CheckInWritten) -> usize {
    /// Shipped forms with their floors: the longest answers to a form are looked for once.
    static FLOORS: LazyLock<Vec<(&str, usize)>> = LazyLock::new(|| {
        let floor = |form: &Form| {
            let version = form.version.as_deref().unwrap_or_default();
            let name = packed::len(&form.id) + packed::len(version);
            CHECK_IN_FRAME + name + checkin::largest_answers(form)
        };
        let forms = checkin::shipped().iter();
        forms.map(|form| (form.id.as_str(), floor(form))).collect()
    });
    let known = FLOORS.iter().find(|(form, _)| *form == written.form);
    // A clinic's own form: at least one size for all of them; see `clinic_form_floor`.
    known.map_or(CLINIC_FORM, |(_, floor)| *floor)
}

/// Plain size of entries of a clinic's own form, when its answers do not need more.
const CLINIC_FORM: usize = 2000;

/// The plain size that all entries of a clinic's own form need; `most` is that of its longest answers.
pub(crate) fn clinic_form_floor(written: &CheckInWritten, most: usize) -> usize {
    CHECK_IN_FRAME + packed::len(&written.form) + packed::len(&written.version) + most
}

/// Plain bytes that a follow-up needs; `most` is that of its longest answers.
pub(crate) fn follow_up_floor(asked: &FollowUp, most: usize) -> usize {
    let empty = packed::len(&Answers::default());
    let frame = packed::len("follow_up")
        + packed::len(&FollowUp {
            answers: Answers::default(),
            ..asked.clone()
        });
    frame - empty + most.max(empty)
}

/// Staff has opened these entries; the console's own signed statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Which entries.
    pub entries: Vec<Id>,
}

/// How often a form is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct DueRule {
    /// The questionnaire's id.
    pub form: String,
    /// Days from one to the next, counted from the day of enrolment: 1 is daily, 7 weekly.
    pub every_days: u32,
}

/// The patient joins a track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Which track of the library.
    pub track: Id,
    /// First day, in clinic time.
    pub start_date: NaiveDate,
    /// Planned weeks.
    pub weeks: u32,
    /// Join link of the group, which the library must not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_link: Option<String>,
    /// Check-ins that are due, and how often.
    #[serde(default)]
    pub check_ins: Vec<DueRule>,
}

impl Enrolled {
    /// What a patient is asked unless the clinic says otherwise: the daily check-in, PHQ-9 and GAD-7
    /// weekly (clinical.md, section 1, column "how often").
    pub fn usual_check_ins() -> Vec<DueRule> {
        [("daily-check-in", 1), ("phq9", 7), ("gad7", 7)]
            .map(|(form, every_days)| DueRule {
                form: form.to_owned(),
                every_days,
            })
            .to_vec()
    }
}

/// Why care in the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum DischargeReason {
    /// Goals met.
    Planned,
    /// The payer ended benefits.
    PayerEnded,
    /// The patient left early.
    LeftEarly,
    /// More care is needed.
    SteppedUp,
    /// No more progress here.
    NoProgress,
    /// The patient has died: every reminder and every notice to family stops at once.
    Died,
}

/// The patient leaves the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discharged {
    /// The actual day, in clinic time: follow-ups hang on it.
    pub date: NaiveDate,
    /// Why.
    pub reason: DischargeReason,
}

#[cfg(test)]
mod tests;
