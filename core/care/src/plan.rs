//! The transition plan: what keeps someone well after the program (clinical.md; iop.md, "discharge").
//!
//! A revision names its parent. When the parent is no longer the current plan, the revision becomes
//! a proposal shown to staff, not the plan (design, section 4).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::Id;

/// Someone to turn to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Therapist, prescriber, sister.
    #[serde(default)]
    pub role: String,
    /// Telephone number as people dial it.
    #[serde(default)]
    pub phone: String,
}

/// An appointment after the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Appointment {
    /// What for and with whom.
    pub what: String,
    /// Day, clinic time.
    pub date: NaiveDate,
    /// Time of day as people say it, or empty.
    #[serde(default)]
    pub time: String,
    /// Where.
    #[serde(default)]
    pub place: String,
}

/// A medicine as the patient takes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Medicine {
    /// Name.
    pub name: String,
    /// How much and when.
    #[serde(default)]
    pub how: String,
    /// What for.
    #[serde(default)]
    pub why: String,
}

/// One revision of the transition plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct TransitionPlan {
    /// The revision this one changes; absent for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
    /// Signs that things get worse.
    #[serde(default)]
    pub warning_signs: Vec<String>,
    /// What helps.
    #[serde(default)]
    pub what_helps: Vec<String>,
    /// People who help.
    #[serde(default)]
    pub people: Vec<Contact>,
    /// Therapist, psychiatrist and others who take over.
    #[serde(default)]
    pub providers: Vec<Contact>,
    /// Appointments made.
    #[serde(default)]
    pub appointments: Vec<Appointment>,
    /// Medicines.
    #[serde(default)]
    pub medicines: Vec<Medicine>,
}

/// The patient has read a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The entry of the revision.
    pub plan: Id,
}

/// Why a plan is refused before "Saved".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// More than 50 lines in a section, or a line longer than 1,000 bytes.
    #[error("plan-too-long")]
    TooLong,
    /// An entry of a list without its name.
    #[error("plan-line-empty")]
    EmptyLine,
}

impl TransitionPlan {
    /// Checks bounds before "Saved".
    pub fn check(&self) -> Result<(), PlanError> {
        let lines = (self
            .warning_signs
            .iter()
            .chain(&self.what_helps)
            .map(|line| [line, "", ""]))
        .chain(
            (self.people.iter().chain(&self.providers))
                .map(|contact| [&contact.name, contact.role.as_str(), &contact.phone]),
        )
        .chain(self.appointments.iter().map(|appointment| {
            [
                &appointment.what,
                appointment.time.as_str(),
                &appointment.place,
            ]
        }))
        .chain(
            self.medicines
                .iter()
                .map(|medicine| [&medicine.name, medicine.how.as_str(), &medicine.why]),
        );
        for [name, second, third] in lines {
            if name.trim().is_empty() {
                return Err(PlanError::EmptyLine);
            }
            if [name, second, third].iter().any(|text| text.len() > 1000) {
                return Err(PlanError::TooLong);
            }
        }
        let lengths = [
            self.warning_signs.len(),
            self.what_helps.len(),
            self.people.len(),
            self.providers.len(),
            self.appointments.len(),
            self.medicines.len(),
        ];
        if lengths.iter().any(|length| *length > 50) {
            return Err(PlanError::TooLong);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        let mut plan = TransitionPlan::default();
        assert_eq!(plan.check(), Ok(()));
        plan.people.push(Contact::default());
        assert_eq!(plan.check(), Err(PlanError::EmptyLine));
        plan.people[0].name = "Sister".to_owned();
        plan.people[0].phone = "5".repeat(1001);
        assert_eq!(plan.check(), Err(PlanError::TooLong));
        plan.people.clear();
        plan.what_helps = vec!["Walk".to_owned(); 51];
        assert_eq!(plan.check(), Err(PlanError::TooLong));
    }
}
