//! Refusals: RFC 9457 problem details with stable codes.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:literal;)*) => {
        /// Every way the server refuses. The text form never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code, for tables and tests.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The stable text form.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $code,)* }
            }

            /// The HTTP status it travels with.
            pub fn status(self) -> u16 {
                match self { $(Code::$variant => $status,)* }
            }

            /// The code of a text form.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(Code::$variant),)* _ => None }
            }
        }
    };
}

codes! {
    /// The bytes are not CBOR as this protocol allows it.
    MalformedCbor = "malformed-cbor", 400;
    /// CBOR, but not the message of this path, or beyond one of its bounds.
    UnexpectedShape = "unexpected-shape", 400;
    /// Bytes follow the message.
    TrailingBytes = "trailing-bytes", 400;
    /// The body is longer than the server reads.
    BodyTooLarge = "body-too-large", 413;
    /// A batch beyond 2,000 entries or 4 MiB.
    BatchTooLarge = "batch-too-large", 413;
    /// The body is not `application/cbor`.
    NotCbor = "not-cbor", 415;
    /// A protocol version this server does not speak: update the app.
    UnknownVersion = "unknown-version", 400;
    /// One mailbox asked about twice in a request.
    MailboxTwice = "mailbox-twice", 400;
    /// One entry id offered twice in a request.
    EntryTwice = "entry-twice", 400;
    /// No token or session, or one that is not known.
    NotAuthenticated = "not-authenticated", 401;
    /// The session's idle time has passed.
    SessionExpired = "session-expired", 401;
    /// The phone was cut off by staff. It may fetch its notice.
    DeviceRevoked = "device-revoked", 403;
    /// Staff closed the account of this phone's owner. What is on the phone stays there.
    AccountClosed = "account-closed", 403;
    /// Known, but not allowed.
    NotAllowed = "not-allowed", 403;
    /// The request comes from another site's page.
    CrossSite = "cross-site", 403;
    /// Not there, or not for this caller: the two are not told apart.
    MailboxUnknown = "mailbox-unknown", 404;
    /// No such path.
    NotFound = "not-found", 404;
    /// The path has no such method.
    MethodNotAllowed = "method-not-allowed", 405;
    /// The sequence number lies beyond the log.
    SeqBeyondLog = "seq-beyond-log", 409;
    /// Name and proof do not fit.
    LoginFailed = "login-failed", 401;
    /// Too many tries for now; see Retry-After.
    TooManyTries = "too-many-tries", 429;
    /// The login name is taken.
    LoginTaken = "login-taken", 409;
    /// The login name is empty or has characters other than a-z, 0-9, dot, hyphen, underscore.
    LoginInvalid = "login-invalid", 422;
    /// Argon2id parameters below the floor.
    WeakParameters = "weak-parameters", 422;
    /// The clinic is set up already.
    SetupDone = "setup-done", 409;
    /// The set-up code is not the one the server printed.
    SetupCodeWrong = "setup-code-wrong", 403;
    /// No such phone.
    DeviceUnknown = "device-unknown", 404;
    /// No such staff member.
    StaffUnknown = "staff-unknown", 404;
    /// No such invite here: another clinic's link, perhaps.
    InviteUnknown = "invite-unknown", 404;
    /// The six digits (or the link) are wrong.
    InviteWrongCode = "invite-wrong-code", 403;
    /// Another phone has used it.
    InviteUsed = "invite-used", 410;
    /// Its time has passed.
    InviteExpired = "invite-expired", 410;
    /// Taken back by staff, or after five wrong codes.
    InviteRevoked = "invite-revoked", 410;
    /// An invite with this id exists, or its life is longer than 72 hours.
    InviteInvalid = "invite-invalid", 422;
    /// The phone's signature does not fit its keys.
    SignatureInvalid = "signature-invalid", 422;
    /// The request took too long to arrive.
    RequestTimeout = "request-timeout", 408;
    /// Too much at once; see Retry-After.
    Busy = "busy", 503;
    /// The server is stopping; see Retry-After.
    Stopping = "stopping", 503;
    /// A bug or a failing disk; the operator's log has the request's id.
    Internal = "internal", 500;
}

/// A refusal as it travels, `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:handrail:problem:CODE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: String,
    /// Seconds to wait, when waiting helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// The problem of a code.
    pub fn new(code: Code) -> Self {
        Self {
            kind: format!("urn:handrail:problem:{}", code.as_str()),
            title: code.as_str().replace('-', " "),
            status: code.status(),
            code: code.as_str().to_owned(),
            retry_after: None,
        }
    }
}

impl From<crate::codec::CodecError> for Code {
    fn from(error: crate::codec::CodecError) -> Self {
        use crate::codec::CodecError;
        match error {
            CodecError::TooLarge => Self::BodyTooLarge,
            CodecError::Malformed => Self::MalformedCbor,
            CodecError::Shape => Self::UnexpectedShape,
            CodecError::Trailing => Self::TrailingBytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_read_back() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
            assert!((400..600).contains(&code.status()));
        }
        assert_eq!(Code::parse("no-such-code"), None);
    }
}
