//! The transition plan: what keeps someone well after the program (`iop.md`, discharge), with the
//! hand-offs to those who take over and the program's calls.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::history::Plan;
use super::text::{PlanSection, Texts, join};
use super::{
    Contact, Medicine, PlanError, PlanKind, check_contacts, check_ids, check_lines,
    check_medicines, check_texts,
};
use crate::id::Id;

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

/// A hand-off: someone takes over a part of the care. Its id stays while its words change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct HandOff {
    /// Names the hand-off: 128 random bits.
    pub id: Id,
    /// Who takes over.
    pub to: Contact,
    /// What they take over, in plain words; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub what: String,
    /// The first visit should be by this day, clinic time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<NaiveDate>,
}

/// How far a hand-off has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum HandOffState {
    /// A first visit is arranged.
    Booked,
    /// The first visit took place.
    Went,
    /// It did not work out; the note says what stood in the way.
    CouldNot,
}

impl HandOffState {
    /// The key of its words.
    pub fn key(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Went => "went",
            Self::CouldNot => "could-not",
        }
    }
}

/// What became of a hand-off; the newest holds. Body of `hand-off-marked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct HandOffMarked {
    /// Which.
    pub hand_off: Id,
    /// How far it has come.
    pub state: HandOffState,
    /// The day of the visit, where it takes place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// Time of day as people say it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub time: String,
    /// What stood in the way, or what to remember; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl HandOffMarked {
    /// Checks bounds before "Saved".
    pub fn check(&self) -> Result<(), PlanError> {
        check_lines([["-", &self.time, &self.note]])
    }
}

/// What became of one of the program's calls after discharge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum FollowUpOutcome {
    /// They spoke.
    Reached,
    /// Nobody answered.
    NotReached,
    /// The patient wants no call.
    Declined,
}

/// One of the program's calls was made; the newest of a day holds. Body of `follow-up-called`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpCalled {
    /// The day it was planned for ([`crate::program::follow_ups`]).
    pub planned: NaiveDate,
    /// What came of it.
    pub outcome: FollowUpOutcome,
}

/// One revision of the transition plan. Body of `transition-plan`.
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
    /// Who takes over what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "web", tsify(optional))]
    pub hand_offs: Vec<HandOff>,
}

impl TransitionPlan {
    /// Checks bounds before "Saved".
    pub fn check(&self) -> Result<(), PlanError> {
        check_texts(&self.warning_signs)?;
        check_texts(&self.what_helps)?;
        check_contacts(&self.people)?;
        check_contacts(&self.providers)?;
        let appointments = self.appointments.iter();
        check_lines(appointments.map(|one| [&one.what, one.time.as_str(), &one.place]))?;
        check_medicines(&self.medicines)?;
        let hand_offs = self.hand_offs.iter();
        check_lines(hand_offs.map(|one| {
            let HandOff { to, what, .. } = one;
            [&to.name, to.role.as_str(), &to.phone, what]
        }))?;
        check_ids(self.hand_offs.iter().map(|one| one.id))
    }
}

impl Plan for TransitionPlan {
    const KIND: PlanKind = PlanKind::Transition;
    const PATIENT_DECIDES: bool = false;

    fn parent(&self) -> Option<Id> {
        self.parent
    }

    fn sections(&self, texts: Texts) -> Vec<PlanSection> {
        let contact = |one: &Contact| join(&one.name, [&one.role, &one.phone]);
        let appointments = self.appointments.iter();
        let medicines = self.medicines.iter();
        let hand_off = |one: &HandOff| {
            let by = one.by.map(|date| texts.day(date)).unwrap_or_default();
            join(&one.to.name, [&one.to.role, &one.what, &by, &one.to.phone])
        };
        vec![
            texts.section("getting-worse", self.warning_signs.iter().cloned()),
            texts.section("what-helps", self.what_helps.iter().cloned()),
            texts.section("people", self.people.iter().map(contact)),
            texts.section("providers", self.providers.iter().map(contact)),
            texts.section("hand-offs", self.hand_offs.iter().map(hand_off)),
            texts.section(
                "appointments",
                appointments
                    .map(|one| join(&one.what, [&texts.day(one.date), &one.time, &one.place])),
            ),
            texts.section(
                "medicines",
                medicines.map(|one| join(&one.name, [&one.how, &one.why])),
            ),
        ]
    }
}
