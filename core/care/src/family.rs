//! Facts of a family member's mailbox: what the patient chose to share with this one person.

use serde::{Deserialize, Serialize};

use crate::id::Id;

/// What can be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// Days and times of the group.
    SessionTimes,
    /// The transition plan as it is now.
    TransitionPlan,
    /// "How you can help me", in the patient's words.
    HowToHelp,
}

/// One shared item: a copy, so that no later version is given away. Sharing the same item again
/// replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// Which item.
    pub item: Item,
    /// What the family member reads: Markdown.
    pub text: String,
    /// Shown until then, epoch milliseconds.
    pub until: i64,
}

/// An item taken back; the family phone shows nothing telling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedWithdrawn {
    /// The `shared` entry.
    pub share: Id,
}
