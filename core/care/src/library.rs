//! The clinic's library: staff, program and track schedules, education, questionnaires, crisis
//! contacts. Everyone enrolled reads it; only staff writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::entry::{Body, Entry};
use crate::id::Id;
use crate::program::schedule::SessionChange;
use crate::program::{Program, Track, TrackChange};

/// The clinic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Clinic {
    /// Name.
    pub name: String,
    /// IANA zone: "clinic time".
    pub time_zone: String,
    /// Program phone.
    pub phone: String,
    /// When someone answers it, in words.
    pub hours: String,
}

/// What a staff member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Role {
    /// Reads and writes care.
    Clinician,
    /// Names, contacts and attendance only.
    FrontDesk,
    /// A clinician who also admits and removes staff.
    Administrator,
}

/// A staff member: what people see and what the keys prove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Staff {
    /// Digest of the public keys.
    pub id: Id,
    /// Name shown on receipts.
    pub name: String,
    /// "Group therapist".
    pub title: String,
    /// Role, as in the certificate.
    pub role: Role,
    /// Certificate by the clinic's root key, base64url (format: docs/formats.md).
    pub certificate: String,
}

/// A staff member has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffRemoved {
    /// Who.
    pub id: Id,
    /// Removal signed by the clinic's root key, base64url.
    pub removal: String,
}

/// A piece to read. The newest entry with the same slug holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Education {
    /// Names the piece, such as `what-is-an-iop`.
    pub slug: String,
    /// Title.
    pub title: String,
    /// One sentence for lists.
    pub summary: String,
    /// Minutes to read.
    pub minutes: u32,
    /// For family phones too.
    pub family: bool,
    /// Markdown (CommonMark, no HTML).
    pub markdown: String,
}

/// A questionnaire the clinic uses: a FHIR R4 Questionnaire, kept as it came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QuestionnairePublished {
    /// The resource.
    pub questionnaire: Box<RawValue>,
}

impl PartialEq for QuestionnairePublished {
    fn eq(&self, other: &Self) -> bool {
        self.questionnaire.get() == other.questionnaire.get()
    }
}

/// One way to get help at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrisisContact {
    /// What people read.
    pub label: String,
    /// `tel:`, `sms:` or `https:` link.
    pub link: String,
    /// What to do after that, such as "press 2 for Spanish"; may be empty.
    #[serde(default)]
    pub note: String,
}

/// Crisis contacts of a place, dated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrisisPack {
    /// Country, ISO 3166-1 alpha-2.
    pub country: String,
    /// Checked on this day, ISO date.
    pub checked: String,
    /// The contacts, most urgent first.
    pub contacts: Vec<CrisisContact>,
}

/// The library folded: what holds now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Library {
    clinic: Option<(Order, Clinic)>,
    programs: BTreeMap<Id, (Order, Program)>,
    tracks: BTreeMap<Id, (Order, Track)>,
    changes: BTreeMap<Order, TrackChange>,
    staff: BTreeMap<Id, Staff>,
    removed: BTreeMap<Id, i64>,
    education: BTreeMap<String, (Order, Education)>,
    crisis: Option<(Order, CrisisPack)>,
}

/// Place in the mailbox, then the entry's id: the order in which newer replaces older.
pub(crate) type Order = (u64, Id);

fn replace<T>(slot: &mut Option<(Order, T)>, order: Order, value: T) {
    if slot.as_ref().is_none_or(|(old, _)| *old <= order) {
        *slot = Some((order, value));
    }
}

fn insert<K: Ord, T>(map: &mut BTreeMap<K, (Order, T)>, key: K, order: Order, value: T) {
    match map.get(&key) {
        Some((old, _)) if *old > order => {}
        _ => {
            map.insert(key, (order, value));
        }
    }
}

impl Library {
    /// Folds one entry that its author was allowed to write. `seq` is its place in the mailbox.
    pub fn apply(&mut self, seq: u64, entry: &Entry, body: Body) {
        let order = (seq, entry.id);
        match body {
            Body::Clinic(clinic) => replace(&mut self.clinic, order, clinic),
            Body::Program(program) => insert(&mut self.programs, program.id, order, program),
            Body::Track(track) => insert(&mut self.tracks, track.id, order, track),
            Body::SessionChanged(changed) => {
                self.changes.insert(order, changed);
            }
            Body::Staff(staff) => {
                self.staff.insert(staff.id, staff);
            }
            Body::StaffRemoved(removed) => {
                self.removed.insert(removed.id, entry.at);
            }
            Body::Education(piece) => {
                insert(&mut self.education, piece.slug.clone(), order, piece);
            }
            Body::CrisisContacts(pack) => replace(&mut self.crisis, order, pack),
            _ => {}
        }
    }

    /// The clinic, once its entry arrived.
    pub fn clinic(&self) -> Option<&Clinic> {
        self.clinic.as_ref().map(|(_, clinic)| clinic)
    }

    /// Programs by id.
    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        self.programs.values().map(|(_, program)| program)
    }

    /// Tracks in order of their ids.
    pub fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.tracks.values().map(|(_, track)| track)
    }

    /// One track.
    pub fn track(&self, id: Id) -> Option<&Track> {
        self.tracks.get(&id).map(|(_, track)| track)
    }

    /// Changes to a track's sessions, oldest first.
    pub fn changes(&self, track: Id) -> Vec<SessionChange> {
        self.changes
            .values()
            .filter(|changed| changed.track == track)
            .map(|changed| changed.change.clone())
            .collect()
    }

    /// A staff member, those who left included.
    pub fn staff(&self, id: Id) -> Option<&Staff> {
        self.staff.get(&id)
    }

    /// When a staff member was removed, epoch milliseconds.
    pub fn removed_at(&self, id: Id) -> Option<i64> {
        self.removed.get(&id).copied()
    }

    /// Staff at work.
    pub fn staff_at_work(&self) -> impl Iterator<Item = &Staff> {
        self.staff
            .values()
            .filter(|staff| !self.removed.contains_key(&staff.id))
    }

    /// The name on a receipt.
    pub fn staff_name(&self, id: Id) -> String {
        self.staff(id).map_or_else(
            || "someone at the clinic".to_owned(),
            |staff| staff.name.clone(),
        )
    }

    /// Education pieces in the order they were first published.
    pub fn education(&self) -> Vec<&Education> {
        let mut pieces: Vec<_> = self.education.values().collect();
        pieces.sort_by_key(|(order, _)| *order);
        pieces.into_iter().map(|(_, piece)| piece).collect()
    }

    /// The clinic's crisis contacts, when it published its own.
    pub fn crisis(&self) -> Option<&CrisisPack> {
        self.crisis.as_ref().map(|(_, pack)| pack)
    }
}
