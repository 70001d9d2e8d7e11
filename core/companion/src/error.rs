//! What the phone's callers are told when something does not work: one variant for each thing they
//! do differently. Codes only; the shells own the words.

use handrail_mailbox::invite::InviteError;

use crate::keystore::KeyStoreError;
use crate::store::StoreError;

/// Why the phone's own data cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LossReason {
    /// The OS key store has no key any more (a restored phone, for one).
    KeyMissing,
    /// The key does not fit the data.
    KeyWrong,
    /// The file is damaged.
    StoreDamaged,
}

/// Why an invite did not work; each has its own plain answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum InviteRefusal {
    /// Not an invite link at all.
    LinkMalformed,
    /// The six digits are wrong.
    WrongCode,
    /// Another phone has used it.
    Used,
    /// Its time has passed.
    Expired,
    /// Taken back by staff, or after five wrong codes.
    Revoked,
    /// What the server handed out is not what the clinic made.
    Tampered,
    /// The server does not know it, or the keys are another clinic's.
    WrongClinic,
}

impl From<InviteError> for InviteRefusal {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::LinkMalformed => Self::LinkMalformed,
            InviteError::WrongCode => Self::WrongCode,
            InviteError::Used => Self::Used,
            InviteError::Expired => Self::Expired,
            InviteError::Revoked => Self::Revoked,
            InviteError::Tampered => Self::Tampered,
            InviteError::WrongClinic => Self::WrongClinic,
        }
    }
}

/// Why a call did not do what it says. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum CompanionError {
    /// The object was closed.
    #[error("closed")]
    Closed,
    /// Another process (or another object) has this phone's store open.
    #[error("already-open")]
    AlreadyOpen,
    /// The phone has not been enrolled.
    #[error("not-enrolled")]
    NotEnrolled,
    /// The phone's data cannot be opened: ask for a new invite. Help still works.
    #[error("needs-invite")]
    NeedsInvite {
        /// Why.
        reason: LossReason,
    },
    /// Staff cut this phone off and its data is gone. Help still works.
    #[error("cut-off")]
    CutOff,
    /// The data was written by a newer app: update this one.
    #[error("app-too-old")]
    AppTooOld,
    /// The OS key store does not answer now: try again after the phone was unlocked.
    #[error("key-store-unavailable")]
    KeyStoreUnavailable,
    /// The disk did not take it: not saved.
    #[error("not-saved")]
    NotSaved {
        /// `disk-full` or `disk-error`.
        code: String,
    },
    /// No such check-in, homework, plan or piece.
    #[error("not-found")]
    NotFound,
    /// What was entered does not fit.
    #[error("not-valid")]
    NotValid {
        /// The stable code of what is wrong.
        code: String,
        /// The question it is about.
        item: Option<String>,
    },
    /// More than an entry takes: not saved.
    #[error("too-large")]
    TooLarge,
    /// The invite did not work.
    #[error("invite-refused")]
    InviteRefused {
        /// Why.
        reason: InviteRefusal,
    },
    /// No answer from the clinic's server.
    #[error("offline")]
    Offline,
    /// The network wants a login first (hotel, hospital guest network).
    #[error("login-wanted")]
    LoginWanted,
    /// The server asks to wait.
    #[error("busy")]
    Busy {
        /// How long, in milliseconds.
        retry_after_ms: u64,
    },
    /// The call was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The server answered something that this app does not understand.
    #[error("server-trouble")]
    ServerTrouble {
        /// The server's code, or our name for what came.
        code: String,
    },
}

impl From<StoreError> for CompanionError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged => Self::NeedsInvite {
                reason: LossReason::StoreDamaged,
            },
            StoreError::TooNew => Self::AppTooOld,
            StoreError::Full | StoreError::Disk => Self::NotSaved {
                code: error.to_string(),
            },
        }
    }
}

impl From<KeyStoreError> for CompanionError {
    fn from(_: KeyStoreError) -> Self {
        Self::KeyStoreUnavailable
    }
}

impl From<InviteError> for CompanionError {
    fn from(error: InviteError) -> Self {
        Self::InviteRefused {
            reason: error.into(),
        }
    }
}

impl CompanionError {
    /// Something entered that does not fit, with its code.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "small error enums, for map_err"
    )]
    pub(crate) fn not_valid(code: impl ToString) -> Self {
        Self::NotValid {
            code: code.to_string(),
            item: None,
        }
    }
}
