//! What goes out, and what came of it.

use handrail_care::id::Id;
use handrail_wire::problem::Problem as WireProblem;
use serde::Serialize;

/// One HTTP request to the server's own origin. Bodies are `application/cbor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path below the origin.
    pub path: &'static str,
    /// The body of a `POST`.
    pub body: Option<Vec<u8>>,
}

impl Outgoing {
    /// A `GET`.
    pub(crate) fn get(path: &'static str) -> Self {
        Self {
            method: "GET",
            path,
            body: None,
        }
    }

    /// A `POST` of a message.
    pub(crate) fn post<T: minicbor::Encode<()>>(path: &'static str, message: &T) -> Self {
        Self {
            method: "POST",
            path,
            body: Some(handrail_wire::encode(message)),
        }
    }

    /// A `POST` without a message.
    pub(crate) fn post_empty(path: &'static str) -> Self {
        Self {
            method: "POST",
            path,
            body: Some(Vec::new()),
        }
    }
}

/// The code for an answer that is not from our server at all: a captive portal, a proxy.
pub(crate) const UNEXPECTED_ANSWER: &str = "unexpected-answer";

/// Why something did not go as asked: a stable code, the server's or our own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}")]
pub struct Problem {
    /// The code.
    pub code: String,
}

impl Problem {
    /// Of a code.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into() }
    }

    /// Of an answer that is no success: its problem details, or [`UNEXPECTED_ANSWER`].
    pub(crate) fn of_answer(status: u16, body: &[u8]) -> Option<Self> {
        if (200..300).contains(&status) {
            return None;
        }
        let code = serde_json::from_slice::<WireProblem>(body)
            .map_or_else(|_| UNEXPECTED_ANSWER.to_owned(), |problem| problem.code);
        Some(Self { code })
    }
}

/// How many mailboxes are here whole, of those known so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Opening {
    /// Here.
    pub opened: u32,
    /// Known.
    pub of: u32,
}

/// What an answer brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Absorbed {
    /// Views may show something new.
    pub changed: bool,
    /// The server refused what was asked; the code.
    pub refused: Option<String>,
    /// Until everything has been fetched and judged for the first time: how far it has come. What pages would
    /// show before that lacks patients and flags.
    pub opening: Option<Opening>,
}

/// An entry that would not open or may not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Quarantined {
    /// `care`, `library`, ...
    pub class: &'static str,
    /// The patient's name, for a care mailbox.
    pub patient: Option<String>,
    /// The entry.
    pub entry: Id,
    /// Its place in the mailbox.
    pub seq: u64,
    /// Why: a stable code.
    pub reason: String,
}

/// How synchronisation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Status {
    /// Entries and key boxes written here and not yet at the server.
    pub pending: usize,
    /// The last answer that brought everything up to date, epoch milliseconds.
    pub synced_at: Option<i64>,
    /// Entries that would not open or may not count.
    pub quarantined: Vec<Quarantined>,
    /// Mailboxes whose answers cannot be believed: stable codes.
    pub faults: Vec<String>,
    /// The clinic restored a backup since login.
    pub restored: bool,
    /// Version of the embedded time zone table.
    pub tzdb: String,
}
