//! The clinic's roster: names, contacts, who came. Clinicians and the front desk open it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::entry::{Body, Entry};
use crate::id::Id;
use crate::library::Order;
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
    pub consented_at: i64,
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
}

/// The roster folded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Roster {
    people: BTreeMap<Id, (Order, Person)>,
    family: BTreeMap<Id, (Order, FamilyMember)>,
    attendance: BTreeMap<(Id, String), (Order, Attendance)>,
}

impl Roster {
    /// Folds one entry that its author was allowed to write.
    pub fn apply(&mut self, seq: u64, entry: &Entry, body: Body) {
        let order = (seq, entry.id);
        match body {
            Body::Person(person) => newest(&mut self.people, person.care, order, person),
            Body::FamilyMember(member) => newest(&mut self.family, member.mailbox, order, member),
            Body::Attendance(marked) => newest(
                &mut self.attendance,
                (marked.person, marked.session),
                order,
                marked.attendance,
            ),
            _ => {}
        }
    }

    /// Patients, by name.
    pub fn people(&self) -> Vec<&Person> {
        let mut people: Vec<_> = self.people.values().map(|(_, person)| person).collect();
        people.sort_by(|a, b| a.name.cmp(&b.name).then(a.care.cmp(&b.care)));
        people
    }

    /// One patient.
    pub fn person(&self, care: Id) -> Option<&Person> {
        self.people.get(&care).map(|(_, person)| person)
    }

    /// Family members of a patient.
    pub fn family_of(&self, care: Id) -> impl Iterator<Item = &FamilyMember> {
        self.family
            .values()
            .map(|(_, member)| member)
            .filter(move |member| member.of == care)
    }

    /// All family members.
    pub fn family(&self) -> impl Iterator<Item = &FamilyMember> {
        self.family.values().map(|(_, member)| member)
    }

    /// What is known of a person at a session.
    pub fn attendance(&self, person: Id, session: &str) -> Option<Attendance> {
        self.attendance
            .get(&(person, session.to_owned()))
            .map(|(_, attendance)| *attendance)
    }
}

fn newest<K: Ord, T>(map: &mut BTreeMap<K, (Order, T)>, key: K, order: Order, value: T) {
    if map.get(&key).is_none_or(|(old, _)| *old <= order) {
        map.insert(key, (order, value));
    }
}
