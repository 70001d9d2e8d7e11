//! Saving, sending, and what went wrong on the way.

use super::ReminderRefresh;

/// The entry is on this phone for good: it survives power loss and reaches the clinic exactly once.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Saved {
    /// Names the entry.
    pub receipt: String,
}

/// How a call of `sync` ended.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum SyncOutcome {
    /// Everything is sent, nothing new is left there.
    UpToDate,
    /// No answer from the server.
    Offline,
    /// The network wants a login first.
    LoginWanted,
    /// The server asks to wait; nothing was tried before that time.
    Busy,
    /// The server refuses this phone. Everything but sync goes on.
    Refused {
        /// The server's code.
        code: String,
    },
    /// The server's answer cannot be believed or understood; shown in sync status.
    Trouble {
        /// What is wrong.
        code: String,
    },
    /// `cancel_sync` was called.
    Cancelled,
    /// Another call of `sync` is at it.
    Running,
    /// Staff cut this phone off; its data is gone.
    CutOff,
    /// The clinic has closed the account. Everything on this phone stays and works; nothing is sent or
    /// fetched any more, and there is no need to try again.
    AccountClosed,
}

/// How the account at the clinic stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum AccountState {
    /// Open.
    Open,
    /// The clinic closes it.
    Closing {
        /// First day on which it is closed, clinic time.
        on: String,
    },
    /// It is closed. What is pending stays on this phone.
    Closed {
        /// Since this phone heard it.
        since: i64,
        /// Staff had said so, signed; otherwise only the server says it.
        told: bool,
    },
}

/// What a call of `sync` did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SyncReport {
    /// How it ended.
    pub outcome: SyncOutcome,
    /// Entries of this phone that the clinic now has.
    pub sent: u32,
    /// Entries that came.
    pub received: u32,
    /// The clinic restored a backup; what it had lost was offered again.
    pub restored: bool,
    /// When to try again, in milliseconds from now; absent when there is no need.
    pub retry_after_ms: Option<u64>,
    /// What became of the reminders: sync plans them again by itself. Absent when there was no need, and
    /// when `refresh_reminders` was not called since the core was opened, or failed: call it then.
    pub reminders: Option<ReminderRefresh>,
}

/// An entry that would not open or may not be believed. It blocks nothing.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct QuarantinedView {
    /// The mailbox.
    pub mailbox: String,
    /// The entry.
    pub entry: String,
    /// Why, as a code.
    pub reason: String,
    /// Since.
    pub at: i64,
}

/// Something wrong with a log or an entry.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FaultView {
    /// The mailbox.
    pub mailbox: String,
    /// The entry, when it is about one.
    pub entry: Option<String>,
    /// What, as a code.
    pub code: String,
    /// Since; 0 when not known.
    pub at: i64,
}

/// How sync stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SyncStatus {
    /// Entries that are only on this phone.
    pub pending: u32,
    /// The last time everything was sent and read: "no news since".
    pub last_sync_at: Option<i64>,
    /// When the clinic restored a backup, as far as this phone saw.
    pub restored_at: Option<i64>,
    /// The server refuses this phone with this code.
    pub refused: Option<String>,
    /// How the account at the clinic stands.
    pub account: AccountState,
    /// The server asked not to be called before then.
    pub not_before: Option<i64>,
    /// Entries put aside.
    pub quarantined: Vec<QuarantinedView>,
    /// Faults to show.
    pub faults: Vec<FaultView>,
}
