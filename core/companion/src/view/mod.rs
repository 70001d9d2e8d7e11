//! What the shells draw: plain structs, records by value, immutable.
//!
//! Identifiers are text (22 characters of base64url), instants are epoch milliseconds, dates are
//! `2026-11-21`, times of day `09:00`, zones IANA names. Owns shapes and their making from `care`'s
//! facts; refuses to judge anything.

mod care;
mod checkin;
mod consent;
mod family;
mod homework;
mod plans;
mod progress;
mod reminders;
mod skills;
mod sync;
mod visits;

pub use care::*;
pub use checkin::*;
pub use consent::*;
pub use family::*;
pub use homework::*;
pub use plans::*;
pub use progress::*;
pub use reminders::*;
pub use skills::*;
pub use sync::*;
pub use visits::*;

use handrail_care::library::CrisisPack;
use handrail_care::program::{Mode, SessionKind, Status as SessionStatus};

/// What a session is.
#[uniffi::remote(Enum)]
pub enum SessionKind {
    /// The track's group.
    Group,
    /// With one's own therapist.
    Individual,
    /// About medication.
    Medication,
    /// With family.
    Family,
    /// A psychosocial assessment.
    Assessment,
}

/// Where people meet.
#[uniffi::remote(Enum)]
pub enum Mode {
    /// By video.
    Virtual,
    /// In one room.
    InPerson,
    /// Either, as the person chooses.
    Hybrid,
}

/// Whether a session takes place as first planned.
#[uniffi::remote(Enum)]
pub enum SessionStatus {
    /// As planned.
    Scheduled,
    /// Not at all.
    Cancelled,
    /// At another time.
    Moved,
    /// Outside the weekly pattern.
    Added,
}

/// Whose phone this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PhoneRole {
    /// A patient's.
    Patient,
    /// A family member's.
    Family,
}

/// How this phone stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Standing {
    /// No invite was redeemed yet.
    NotEnrolled,
    /// Everything works.
    Enrolled {
        /// Whose phone.
        role: PhoneRole,
        /// The clinic's name.
        clinic: String,
    },
    /// The phone's data cannot be opened; a new invite brings it back.
    NeedsInvite {
        /// Why.
        reason: crate::error::LossReason,
    },
    /// Staff cut this phone off; its data is gone.
    CutOff,
    /// The object was closed.
    Closed,
}

/// One way to get help at once.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HelpContact {
    /// What people read.
    pub label: String,
    /// `tel:`, `sms:` or `https:` link.
    pub link: String,
    /// What to do after that; may be empty.
    pub note: String,
}

/// The program's own phone.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProgramPhone {
    /// The clinic's or program's name.
    pub name: String,
    /// The number as people dial it.
    pub phone: String,
    /// When somebody answers, in words.
    pub hours: String,
}

/// Help. Needs no login, network or enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Default, uniffi::Record)]
pub struct Help {
    /// Crisis contacts of the country, most urgent first; none where we know none.
    pub contacts: Vec<HelpContact>,
    /// The day they were checked.
    pub checked: Option<String>,
    /// The program's phone, once the clinic has told it.
    pub program: Option<ProgramPhone>,
    /// The patient's own best skills, at most three; none before three ratings tell.
    pub skills: Vec<HelpSkill>,
}

/// A skill that worked for this patient.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HelpSkill {
    /// The skill's id, for `skill`.
    pub id: String,
    /// Title.
    pub title: String,
    /// One sentence.
    pub summary: String,
}

impl From<CrisisPack> for Help {
    fn from(pack: CrisisPack) -> Self {
        let contacts = pack.contacts.into_iter().map(|contact| HelpContact {
            label: contact.label,
            link: contact.link,
            note: contact.note,
        });
        Self {
            contacts: contacts.collect(),
            checked: Some(pack.checked),
            program: None,
            skills: Vec::new(),
        }
    }
}
