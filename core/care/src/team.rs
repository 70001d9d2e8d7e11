//! The team's mailbox: how safety flags were closed, who was told of them, and notes among staff.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::alert::{AlertPolicy, AlertTold};
use crate::checkin::Triage;
use crate::entry::{Body, Entry};
use crate::facts::{Fact, Facts};
use crate::id::Id;
use crate::visits::PayerTold;

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
    /// The C-SSRS level that was judged; a higher one opens the flag again. Absent when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<Triage>,
    /// Other check-ins whose flag of the same item this disposition closes too. It closes only those with
    /// the same answer: an unchanged repeat may share a disposition, a rise never does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Id>,
    /// What was done.
    pub outcome: Outcome,
    /// The risk as judged.
    pub risk: Risk,
    /// What was agreed to keep the patient safe.
    pub mitigation: String,
}

impl Disposition {
    /// Whether this judged a flag of `check_in` with this answer (absent: unanswered) and this level.
    pub(crate) fn covers(&self, check_in: Id, answer: Option<i64>, triage: Option<Triage>) -> bool {
        let level = triage.is_none_or(|level| !level.rises_above(self.triage));
        let judged = if self.check_in == check_in {
            self.answer >= answer
        } else {
            self.answer == answer
        };
        level && judged
    }
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

/// The team's mailbox folded. The order in which entries arrive does not matter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Team {
    /// By patient and check-in.
    closed: BTreeMap<(Id, Id), Facts<Closed>>,
    notes: Facts<(StaffNote, Id, i64)>,
    recovery: Facts<Recovery>,
    told: Facts<PayerTold>,
    alerts: Facts<AlertPolicy>,
    /// By patient and check-in.
    alerts_told: BTreeMap<(Id, Id), Facts<AlertTold>>,
    erased: BTreeSet<Id>,
}

impl Team {
    /// Folds one entry that its author was allowed to write. `seq` is its place in the mailbox,
    /// `u64::MAX` while it has none; applied again with its place, it takes that place.
    pub fn apply(&mut self, seq: u64, entry: &Entry, body: Body) {
        match body {
            Body::Erase(erased) => self.erase(erased.entry),
            _ if self.is_erased(entry.id) => {}
            Body::Disposition(disposition) => {
                let patient = disposition.patient;
                let mut of = vec![disposition.check_in];
                of.extend(&disposition.also);
                let closed = Closed {
                    disposition,
                    by: entry.by,
                    at: entry.at,
                };
                let fact = Fact::by_staff(entry, seq, closed);
                for check_in in of {
                    let facts = self.closed.entry((patient, check_in)).or_default();
                    facts.keep(fact.clone());
                }
            }
            Body::StaffNote(note) => {
                let note = (note, entry.by, entry.at);
                self.notes.keep(Fact::by_staff(entry, seq, note));
            }
            Body::PayerTold(told) => self.told.keep(Fact::by_staff(entry, seq, told)),
            Body::Recovery(recovery) => {
                self.recovery.keep(Fact::by_staff(entry, seq, recovery));
            }
            Body::AlertPolicy(policy) => {
                self.alerts.keep(Fact::by_staff(entry, seq, policy));
            }
            Body::AlertTold(told) => {
                let of = (told.patient, told.check_in);
                let log = self.alerts_told.entry(of).or_default();
                log.keep(Fact::by_staff(entry, seq, told));
            }
            _ => {}
        }
    }

    fn erase(&mut self, entry: Id) {
        self.erased.insert(entry);
        self.closed.retain(|_, closed| {
            closed.erase(entry);
            !closed.is_empty()
        });
        self.notes.erase(entry);
        self.recovery.erase(entry);
        self.told.erase(entry);
        self.alerts.erase(entry);
        self.alerts_told.retain(|_, log| {
            log.erase(entry);
            !log.is_empty()
        });
    }

    /// A signed entry says that this entry was erased.
    pub fn is_erased(&self, entry: Id) -> bool {
        self.erased.contains(&entry)
    }

    /// Whom flags are told to; nobody in particular until the clinic says so.
    pub fn alert_policy(&self) -> Option<&AlertPolicy> {
        self.alerts.newest().map(|fact| &fact.value)
    }

    /// Who was told of the flags of a check-in, oldest first.
    pub fn alerts_told(&self, patient: Id, check_in: Id) -> impl Iterator<Item = &Fact<AlertTold>> {
        let log = self.alerts_told.get(&(patient, check_in)).into_iter();
        log.flat_map(Facts::in_order)
    }

    /// The recovery sheet in force.
    pub fn recovery(&self) -> Option<&Recovery> {
        self.recovery.newest().map(|fact| &fact.value)
    }

    /// What payers were told about a patient's missed sessions, in order of the entries' ids.
    pub fn payer_told(&self, patient: Id) -> impl Iterator<Item = &PayerTold> {
        let told = self.told.values().map(|fact| &fact.value);
        told.filter(move |told| told.patient == patient)
    }

    /// Dispositions of a flag, oldest first, those shared with it included.
    pub fn dispositions<'a>(
        &'a self,
        patient: Id,
        check_in: Id,
        item: &'a str,
    ) -> impl Iterator<Item = &'a Closed> {
        self.closed
            .get(&(patient, check_in))
            .into_iter()
            .flat_map(Facts::in_order)
            .map(|fact| &fact.value)
            .filter(move |closed| closed.disposition.item == item)
    }

    /// Notes about a patient, oldest first: note, author, time.
    pub fn notes(&self, patient: Id) -> impl Iterator<Item = &(StaffNote, Id, i64)> {
        self.notes
            .in_order()
            .into_iter()
            .map(|fact| &fact.value)
            .filter(move |(note, _, _)| note.patient == patient)
    }
}

#[cfg(test)]
mod tests;
