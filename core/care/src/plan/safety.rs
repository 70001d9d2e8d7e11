//! The safety plan: six steps from noticing to being safe, and what is worth living for.
//!
//! The six steps are those that Stanley and Brown describe (Cognitive and Behavioral Practice 19, 2012;
//! clinical.md, section 2). Their form and its wording are not ours to ship: headings and prompts in
//! `content/*/plans.json` are our own. Written together; the patient may edit it, and the clinic sees
//! that it was edited ([`super::page::PlanCard::to_open`]).

use serde::{Deserialize, Serialize};

use super::history::Plan;
use super::text::{PlanSection, Texts, join};
use super::{Contact, PlanError, PlanKind, check_contacts, check_texts};
use crate::id::Id;

/// One revision of the safety plan. Body of `safety-plan`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct SafetyPlan {
    /// The revision this one changes; absent for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
    /// Step 1: signs that a hard time is coming.
    #[serde(default)]
    pub warning_signs: Vec<String>,
    /// Step 2: what helps alone.
    #[serde(default)]
    pub on_my_own: Vec<String>,
    /// Step 3: people and places that take one's mind elsewhere.
    #[serde(default)]
    pub company: Vec<Contact>,
    /// Step 4: people to ask for help.
    #[serde(default)]
    pub people: Vec<Contact>,
    /// Step 5: professionals and services.
    #[serde(default)]
    pub professionals: Vec<Contact>,
    /// Step 6: what makes the surroundings safer.
    #[serde(default)]
    pub safer_place: Vec<String>,
    /// What is worth living for; may stay empty.
    #[serde(default)]
    pub reasons: Vec<String>,
}

impl SafetyPlan {
    /// Checks bounds before "Saved".
    pub fn check(&self) -> Result<(), PlanError> {
        for texts in [
            &self.warning_signs,
            &self.on_my_own,
            &self.safer_place,
            &self.reasons,
        ] {
            check_texts(texts)?;
        }
        for contacts in [&self.company, &self.people, &self.professionals] {
            check_contacts(contacts)?;
        }
        Ok(())
    }
}

impl Plan for SafetyPlan {
    const KIND: PlanKind = PlanKind::Safety;
    const PATIENT_DECIDES: bool = true;

    fn parent(&self) -> Option<Id> {
        self.parent
    }

    fn sections(&self, texts: Texts) -> Vec<PlanSection> {
        let contact = |one: &Contact| join(&one.name, [&one.role, &one.phone]);
        vec![
            texts.section("signs", self.warning_signs.iter().cloned()),
            texts.section("on-my-own", self.on_my_own.iter().cloned()),
            texts.section("company", self.company.iter().map(contact)),
            texts.section("people", self.people.iter().map(contact)),
            texts.section("professionals", self.professionals.iter().map(contact)),
            texts.section("safer-place", self.safer_place.iter().cloned()),
            texts.section("reasons", self.reasons.iter().cloned()),
        ]
    }
}
