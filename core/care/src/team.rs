//! The team's mailbox: how safety flags were closed, and notes among staff.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::entry::{Body, Entry};
use crate::id::Id;
use crate::library::Order;

/// What was done about a safety flag (clinical.md, section 2, point 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Outcome {
    /// Talked with and assessed.
    Assessed,
    /// Reached.
    Reached,
    /// Not reached.
    NotReached,
    /// Emergency services were called.
    EmergencyServices,
    /// Handed over to a colleague.
    HandedOver,
}

/// The clinician's judgement of the risk, never shown to the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Risk {
    /// Low.
    Low,
    /// Moderate.
    Moderate,
    /// High.
    High,
}

/// A safety flag closed by the clinician who signs this entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposition {
    /// Whose flag: the care mailbox.
    pub patient: Id,
    /// Which flag: the check-in.
    pub check_in: Id,
    /// Which safety item.
    pub item: String,
    /// The answer that was judged; a higher one opens the flag again. Absent for an unanswered item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<i64>,
    /// What was done.
    pub outcome: Outcome,
    /// The risk as judged.
    pub risk: Risk,
    /// What was agreed to keep the patient safe.
    pub mitigation: String,
}

/// A note among staff, about a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffNote {
    /// About whom.
    pub patient: Id,
    /// The note.
    pub text: String,
}

/// What the recovery sheet needs to be of use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// X25519 public key of the sheet, base64url: team epochs are sealed to it.
    pub public: String,
    /// The clinic's root key, wrapped under the sheet, base64url.
    pub root: String,
}

/// A disposition with who and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// What was written.
    pub disposition: Disposition,
    /// Who signed it.
    pub by: Id,
    /// When, epoch milliseconds.
    pub at: i64,
}

/// The team's mailbox folded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Team {
    closed: BTreeMap<Order, Closed>,
    notes: BTreeMap<Order, (StaffNote, Id, i64)>,
    recovery: Option<(Order, Recovery)>,
}

impl Team {
    /// Folds one entry that its author was allowed to write.
    pub fn apply(&mut self, seq: u64, entry: &Entry, body: Body) {
        let order = (seq, entry.id);
        match body {
            Body::Disposition(disposition) => {
                let closed = Closed {
                    disposition,
                    by: entry.by,
                    at: entry.at,
                };
                self.closed.insert(order, closed);
            }
            Body::StaffNote(note) => {
                self.notes.insert(order, (note, entry.by, entry.at));
            }
            Body::Recovery(recovery) => {
                if self.recovery.as_ref().is_none_or(|(old, _)| *old <= order) {
                    self.recovery = Some((order, recovery));
                }
            }
            _ => {}
        }
    }

    /// The recovery sheet in force.
    pub fn recovery(&self) -> Option<&Recovery> {
        self.recovery.as_ref().map(|(_, recovery)| recovery)
    }

    /// Dispositions of a flag, oldest first.
    pub fn dispositions<'a>(
        &'a self,
        patient: Id,
        check_in: Id,
        item: &'a str,
    ) -> impl Iterator<Item = &'a Closed> {
        self.closed.values().filter(move |closed| {
            let of = &closed.disposition;
            of.patient == patient && of.check_in == check_in && of.item == item
        })
    }

    /// Notes about a patient, oldest first: note, author, time.
    pub fn notes(&self, patient: Id) -> impl Iterator<Item = &(StaffNote, Id, i64)> {
        self.notes
            .values()
            .filter(move |(note, _, _)| note.patient == patient)
    }
}
