//! The clinic's roster: names, contacts, who came. Clinicians and the front desk open it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::entry::{Body, Entry};
use crate::facts::{Fact, Versions};
use crate::family::ConsentHow;
use crate::id::Id;
use crate::order::InOrder;
use crate::program::Attendance;

/// A patient's name and contacts. The newest entry with the same care mailbox holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The patient's care mailbox: names the patient everywhere.
    pub care: Id,
    /// Name.
    pub name: String,
    /// Telephone.
    #[serde(default)]
    pub phone: String,
    /// Day of birth, ISO date, or empty.
    #[serde(default)]
    pub born: String,
}

/// A family member of a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyMember {
    /// Their mailbox.
    pub mailbox: Id,
    /// Whose family.
    pub of: Id,
    /// Name.
    pub name: String,
    /// Sister, partner.
    pub relation: String,
    /// The patient's recorded consent to tell this person that treatment happens, epoch milliseconds.
    /// Who recorded it: the entry's author.
    pub consented_at: i64,
    /// How the patient gave it.
    #[serde(default)]
    pub how: ConsentHow,
    /// A parent or guardian of a patient under 18. It changes nothing of what this person is given: a
    /// guardian gets nothing automatically.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guardian: bool,
    /// The person has no part any more since then, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
}

/// Who came to a session. The newest mark for a person and session holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttendanceMarked {
    /// Whose.
    pub person: Id,
    /// The session's id.
    pub session: String,
    /// What is known.
    pub attendance: Attendance,
    /// Minutes there, for a part of a session; absent: all of it when there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

/// The roster folded. The order in which entries arrive does not matter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Roster {
    people: Versions<Id, Person>,
    family: Versions<Id, FamilyMember>,
    attendance: BTreeMap<Id, Versions<String, AttendanceMarked>>,
    erased: BTreeSet<Id>,
}

impl Roster {
    /// Folds one entry that its author was allowed to write. `seq` is its place in the mailbox,
    /// `u64::MAX` while it has none; applied again with its place, it takes that place.
    pub fn apply(&mut self, seq: u64, entry: &Entry, body: Body) {
        match body {
            Body::Erase(erased) => self.erase(erased.entry),
            _ if self.is_erased(entry.id) => {}
            Body::Person(person) => {
                self.people
                    .keep(person.care, Fact::by_staff(entry, seq, person));
            }
            Body::FamilyMember(member) => {
                self.family
                    .keep(member.mailbox, Fact::by_staff(entry, seq, member));
            }
            Body::Attendance(marked) => {
                let of = self.attendance.entry(marked.person).or_default();
                of.keep(marked.session.clone(), Fact::by_staff(entry, seq, marked));
            }
            _ => {}
        }
    }

    fn erase(&mut self, entry: Id) {
        self.erased.insert(entry);
        self.people.erase(entry);
        self.family.erase(entry);
        self.attendance.retain(|_, marks| {
            marks.erase(entry);
            !marks.is_empty()
        });
    }

    /// A signed entry says that this entry was erased.
    pub fn is_erased(&self, entry: Id) -> bool {
        self.erased.contains(&entry)
    }

    /// Patients, by name.
    pub fn people(&self) -> Vec<&Person> {
        let mut people: Vec<_> = self.people.each().map(|fact| &fact.value).collect();
        people.order_by(|a, b| a.name.cmp(&b.name).then(a.care.cmp(&b.care)));
        people
    }

    /// One patient.
    pub fn person(&self, care: Id) -> Option<&Person> {
        self.people.newest(&care).map(|fact| &fact.value)
    }

    /// Family members of a patient, those who have no part any more left out.
    pub fn family_of(&self, care: Id) -> impl Iterator<Item = &FamilyMember> {
        self.family()
            .filter(move |member| member.of == care && member.ended_at.is_none())
    }

    /// One family member, by mailbox; those who have no part any more too.
    pub fn family_member(&self, mailbox: Id) -> Option<&FamilyMember> {
        self.family.newest(&mailbox).map(|fact| &fact.value)
    }

    /// All family members, those who have no part any more too.
    pub fn family(&self) -> impl Iterator<Item = &FamilyMember> {
        self.family.each().map(|fact| &fact.value)
    }

    /// What is known of a person at a session.
    pub fn attendance(&self, person: Id, session: &str) -> Option<Attendance> {
        let marks = self.attendance.get(&person)?;
        marks.newest(session).map(|fact| fact.value.attendance)
    }

    /// Every mark of a person that holds, in order of the sessions' ids.
    pub fn marks(&self, person: Id) -> impl Iterator<Item = &AttendanceMarked> {
        let marks = self.attendance.get(&person).into_iter();
        marks.flat_map(Versions::each).map(|fact| &fact.value)
    }
}

#[cfg(test)]
mod tests;
