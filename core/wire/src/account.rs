//! Accounts of staff, phones, mailboxes and who may use them. All the server knows of people.

use minicbor::{Decode, Encode};

use crate::codec::{Blob, List, Text};
use crate::id::{Digest, Identity, MailboxId, PartyId, SubjectId};
use crate::limits;
use crate::sync::Offer;

/// Parameters of Argon2id (RFC 9106). Clients refuse less than the floor in `handrail-mailbox`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Argon2Params {
    /// Memory in KiB.
    #[n(0)]
    pub memory_kib: u32,
    /// Passes.
    #[n(1)]
    pub passes: u32,
    /// Lanes.
    #[n(2)]
    pub lanes: u32,
}

/// A staff account as the server keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct NewStaff {
    /// Login name, lower case, unique.
    #[n(0)]
    pub login: Text<{ limits::LOGIN }>,
    /// Public keys; their digest is the [`PartyId`].
    #[n(1)]
    pub identity: Identity,
    /// Salt of the passphrase derivation.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub salt: [u8; 16],
    /// Parameters of the passphrase derivation.
    #[n(3)]
    pub params: Argon2Params,
    /// SHA-256 of the login proof. The proof has at least 128 random bits (the account secret), so
    /// the digest cannot be guessed back.
    #[n(4)]
    pub proof_digest: Digest,
    /// The private identity, wrapped; the server cannot open it.
    #[n(5)]
    pub wrapped: Blob<{ limits::WRAPPED }>,
    /// May add and remove staff.
    #[n(6)]
    pub admin: bool,
}

/// GET `/v1/setup`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct SetupState {
    /// The clinic is set up; `POST` will be refused with `setup-done`.
    #[n(0)]
    pub done: bool,
}

/// POST `/v1/setup`: makes the first staff account, an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SetupRequest {
    /// The code that the server printed for its operator at first start.
    #[n(0)]
    pub code: Text<64>,
    /// The first administrator.
    #[n(1)]
    pub staff: NewStaff,
    /// The clinic's own mailboxes (library, roster, team).
    #[n(2)]
    pub mailboxes: List<MailboxId, 16>,
}

/// POST `/v1/login/start`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LoginStart {
    /// Login name.
    #[n(0)]
    pub login: Text<{ limits::LOGIN }>,
}

/// What the passphrase derivation needs. For a name that does not exist the same answer is made up
/// from the name and a server secret, so it does not tell who works here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct LoginParams {
    /// Salt.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub salt: [u8; 16],
    /// Parameters.
    #[n(1)]
    pub params: Argon2Params,
}

/// POST `/v1/login`. The answer sets the session cookie.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LoginRequest {
    /// Login name.
    #[n(0)]
    pub login: Text<{ limits::LOGIN }>,
    /// The proof derived from passphrase and account secret.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub proof: [u8; 32],
}

/// The session is open; here is the private identity to unwrap.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LoginResponse {
    /// Who this is.
    #[n(0)]
    pub party: PartyId,
    /// The wrapped private identity.
    #[n(1)]
    pub wrapped: Blob<{ limits::WRAPPED }>,
    /// The session ends after so many milliseconds without a request.
    #[n(2)]
    pub idle_ms: u64,
}

/// POST `/v1/staff/remove`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct RemoveStaff {
    /// Whose account is closed.
    #[n(0)]
    pub party: PartyId,
}

/// POST `/v1/mailboxes`: makes mailboxes; one that exists stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct NewMailboxes {
    /// Their identifiers.
    #[n(0)]
    pub mailboxes: List<MailboxId, { limits::MAILBOXES }>,
}

/// Who may use a mailbox besides staff. POST `/v1/grants` replaces an earlier grant of the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Grant {
    /// Whose phones.
    #[n(0)]
    pub subject: SubjectId,
    /// Which mailbox.
    #[n(1)]
    pub mailbox: MailboxId,
    /// May append; otherwise only read.
    #[n(2)]
    pub append: bool,
    /// `true` takes the grant away.
    #[n(3)]
    pub withdrawn: bool,
}

/// A phone as the server knows it. Staff trusts a phone's keys from the care mailbox, never from here.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Device {
    /// Digest of its public keys.
    #[n(0)]
    pub party: PartyId,
    /// Whose phone.
    #[n(1)]
    pub subject: SubjectId,
    /// Its public keys as it gave them.
    #[n(2)]
    pub identity: Identity,
    /// When it redeemed its invite, epoch milliseconds.
    #[n(3)]
    pub enrolled_at: i64,
    /// Last request, epoch milliseconds, to the minute.
    #[n(4)]
    pub seen_at: i64,
    /// Refused since, epoch milliseconds.
    #[n(5)]
    pub revoked_at: Option<i64>,
}

/// GET `/v1/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Devices {
    /// All phones, those refused included.
    #[n(0)]
    pub devices: List<Device, 100_000>,
}

/// POST `/v1/devices/revoke`: the phone's token is refused from now on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RevokeDevice {
    /// Which phone.
    #[n(0)]
    pub party: PartyId,
    /// The staff-signed `device-lost` entry that the phone may still fetch.
    #[n(1)]
    pub notice: Option<Notice>,
}

/// POST `/v1/accounts/close`: from a moment on every phone of this subject is answered
/// `account-closed`. Nothing is deleted, neither here nor on the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct CloseAccount {
    /// Whose phones.
    #[n(0)]
    pub subject: SubjectId,
    /// From when on, epoch milliseconds; absent opens the account again.
    #[n(1)]
    pub at: Option<i64>,
}

/// A sealed entry handed out to a revoked phone.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Notice {
    /// The mailbox it was sealed for.
    #[n(0)]
    pub mailbox: MailboxId,
    /// The entry.
    #[n(1)]
    pub entry: Offer,
}

/// GET `/v1/device/notice`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct NoticeResponse {
    /// The notice, if staff left one.
    #[n(0)]
    pub notice: Option<Notice>,
}
