//! Family: what a patient shares with one person, item by item, and what staff gives that person.
//!
//! Owns the bodies of the entries about it and their bounds. [`share`] tells which sharing holds, [`copy`]
//! makes the copies that are given away, [`guest`] follows a session that somebody is invited to, [`page`]
//! is what staff sees, [`words`] holds the texts.
//!
//! The decision lies in the care mailbox, which a family phone cannot open; copies made from it lie in
//! the family mailbox. Refuses to share anything by itself: only the patient writes either (the table in
//! `entry.rs`), so that neither staff nor a guardian gives or gets anything automatically. A family phone
//! never reads the record; it reads copies. What was taken back is never copied again, and after the last
//! item was taken back the mailbox gets a key that the family phone does not have (docs/adr/0013).

use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::program::Mode;

pub mod copy;
pub mod guest;
pub mod page;
pub mod share;
pub mod words;

/// What can be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Item {
    /// Days and times of the group and of sessions with the family; no other visits.
    SessionTimes,
    /// The transition plan as it is now.
    TransitionPlan,
    /// The safety plan as it is now.
    SafetyPlan,
    /// "How you can help me", in the patient's words.
    HowToHelp,
}

impl Item {
    /// All of them, in the order of the screen.
    pub const ALL: [Self; 4] = [
        Self::HowToHelp,
        Self::SessionTimes,
        Self::SafetyPlan,
        Self::TransitionPlan,
    ];

    /// Copied from the record and copied again when that changes; otherwise the patient writes it.
    pub fn is_copied(self) -> bool {
        self != Self::HowToHelp
    }
}

/// A session as it stands in a copy of the times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedSession {
    /// Start, epoch milliseconds.
    pub start: i64,
    /// End, epoch milliseconds.
    pub end: i64,
    /// IANA zone of the clinic.
    pub time_zone: String,
    /// It does not take place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancelled: bool,
}

/// The patient decides to share one item with one person. Body of an entry in the care mailbox, which no
/// family phone can write: without it no copy counts (docs/adr/0009). The newest of a mailbox and item
/// holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sharing {
    /// The family member's mailbox.
    pub mailbox: Id,
    /// Which item.
    pub item: Item,
    /// Shared until then, epoch milliseconds.
    pub until: i64,
    /// The patient's own plain words, for [`Item::HowToHelp`]; empty for the others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The patient takes a sharing back. Body of an entry in the care mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharingEnded {
    /// The `sharing` entry.
    pub sharing: Id,
}

/// One copy of a shared item. Body of an entry in the family mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// The `sharing` entry whose copy it is. When the record changes, a later copy takes its place.
    pub sharing: Id,
    /// Which item.
    pub item: Item,
    /// What the family member reads: the patient's own plain words for [`Item::HowToHelp`], `CommonMark`
    /// without HTML for the others.
    pub text: String,
    /// Shown until then, epoch milliseconds.
    pub until: i64,
    /// The sessions, for [`Item::SessionTimes`], by start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<SharedSession>,
    /// From the records of a program that treats substance use: the notice of 42 CFR § 2.32 stands with
    /// it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub part_two: bool,
}

/// A sharing taken back, with every copy of it; the family phone shows nothing telling. Body of an entry in
/// the family mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedWithdrawn {
    /// The `sharing` entry.
    pub sharing: Id,
    /// Nothing is shared with this person any more: the mailbox's epoch that was in force, under which no
    /// copy is written from now on (docs/adr/0013). Absent while something else stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes: Option<u32>,
}

/// The family member has opened a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedOpened {
    /// The `shared` entry of that copy.
    pub share: Id,
}

/// Education pieces that staff chose for one family member. The newest holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EducationChosen {
    /// The slugs, in reading order, at most 50.
    pub pieces: Vec<String>,
}

/// A family member is invited to one session. Body of an entry in the family mailbox and in the
/// patient's care mailbox (docs/adr/0009); a later entry with the same `id` replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestInvited {
    /// Stable over revisions.
    pub id: Id,
    /// The family member's mailbox.
    pub member: Id,
    /// The session's id.
    pub session: String,
    /// The track, for a group: then the phone follows what the library says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<Id>,
    /// What the card says.
    pub title: String,
    /// Start when it was written, epoch milliseconds.
    pub start: i64,
    /// End when it was written, epoch milliseconds.
    pub end: i64,
    /// IANA zone of the clinic.
    pub time_zone: String,
    /// Where people meet.
    pub mode: Mode,
    /// Address or room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Video link, for this one session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_link: Option<String>,
    /// Taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

/// How the patient's consent to tell a family member was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum ConsentHow {
    /// Said to staff, who wrote it down.
    #[default]
    Spoken,
    /// A signed form.
    Written,
}

/// The patient takes back the consent to tell a family member that treatment happens. Staff's program
/// then cuts that person's phones off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentWithdrawn {
    /// The family member's mailbox.
    pub mailbox: Id,
}

/// Why a sharing is refused before "Saved".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// The patient's own words are empty or longer than 4,000 bytes, or stand where a copy is made.
    #[error("share-text-out-of-range")]
    Text,
    /// The end lies in the past or more than [`Sharing::LONGEST_DAYS`] ahead.
    #[error("share-end-out-of-range")]
    End,
    /// There is nothing to share: no plan was written, no session is planned.
    #[error("share-nothing-there")]
    Nothing,
}

impl Sharing {
    /// The longest that an item is shared without being shared again, in days.
    pub const LONGEST_DAYS: i64 = 366;
    /// The most bytes of the patient's own words.
    pub const TEXT_MAX: usize = 4000;

    /// Checks bounds at `now`, epoch milliseconds.
    pub fn check(&self, now: i64) -> Result<(), ShareError> {
        const DAY_MS: i64 = 24 * 60 * 60 * 1000;
        let written = !self.note.trim().is_empty() && self.note.len() <= Self::TEXT_MAX;
        let fits = if self.item.is_copied() {
            self.note.is_empty()
        } else {
            written
        };
        if !fits {
            return Err(ShareError::Text);
        }
        let longest = now.saturating_add(Self::LONGEST_DAYS * DAY_MS);
        if self.until <= now || self.until > longest {
            return Err(ShareError::End);
        }
        Ok(())
    }
}

/// Is someone born on this day under 18 on `on`? `None` when the day of birth is not known. Programs
/// take adults, and 17-year-olds case by case (iop.md, "who it is for").
pub fn is_minor(born: &str, on: chrono::NaiveDate) -> Option<bool> {
    let born: chrono::NaiveDate = born.parse().ok()?;
    on.years_since(born)
        .map(|years| years < 18)
        .or(Some(true).filter(|_| on < born))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::date;

    const DAY_MS: i64 = 24 * 60 * 60 * 1000;

    fn note(item: Item, note: &str, until: i64) -> Sharing {
        Sharing {
            mailbox: crate::testing::id(1),
            item,
            until,
            note: note.to_owned(),
        }
    }

    #[test]
    fn a_sharing_has_words_and_an_end() {
        let now = 1_795_269_600_000;
        let year = now + 366 * DAY_MS;
        let cases = [
            (Item::HowToHelp, "Walk with me.", now + 1, Ok(())),
            (Item::HowToHelp, "x", year, Ok(())),
            (Item::SessionTimes, "", now + 1, Ok(())),
            (Item::SessionTimes, "x", now + 1, Err(ShareError::Text)),
            (Item::HowToHelp, " ", now + 1, Err(ShareError::Text)),
            (
                Item::HowToHelp,
                &"x".repeat(4001),
                year,
                Err(ShareError::Text),
            ),
            (Item::HowToHelp, "x", now, Err(ShareError::End)),
            (Item::HowToHelp, "x", year + 1, Err(ShareError::End)),
        ];
        for (item, text, until, said) in cases {
            assert_eq!(note(item, text, until).check(now), said);
        }
    }

    #[test]
    fn eighteen_on_the_birthday() {
        let cases = [
            ("2008-11-23", "2026-11-22", Some(true)),
            ("2008-11-22", "2026-11-22", Some(false)),
            ("2009-02-28", "2026-11-22", Some(true)),
            ("2008-02-29", "2026-02-28", Some(true)),
            ("2008-02-29", "2026-03-01", Some(false)),
            ("2030-01-01", "2026-11-22", Some(true)),
            ("", "2026-11-22", None),
        ];
        for (born, on, minor) in cases {
            assert_eq!(is_minor(born, date(on)), minor, "{born} on {on}");
        }
    }
}
