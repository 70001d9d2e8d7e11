//! What the server keeps, behind one trait.
//!
//! [`Store`] is everything the handlers may ask; [`SqliteStore`] is its first implementation.
//! Each call is one transaction: who asks is checked again inside it, so that a phone cut off or a
//! colleague removed a moment ago changes nothing. An answer is given only after its commit.

mod sqlite;
mod writer;

use std::future::Future;
use std::pin::Pin;

use handrail_wire::account::{Argon2Params, Device, Grant, LoginParams, NewStaff, Notice};
use handrail_wire::id::{Digest, Identity, InviteId, MailboxId, PartyId, SubjectId};
use handrail_wire::invite::{InviteStatus, NewInvite, RedeemResponse};
use handrail_wire::sync::{SyncRequest, SyncResponse};
use tokio::sync::watch;

use crate::problem::Refusal;

pub use sqlite::backup::{self, MoveError};
pub use sqlite::{DATABASE, OpenError, SqliteStore};

/// An answer to come.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 'a>>;

/// What a caller shows, as the server keeps it: SHA-256 of the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A phone's access token.
    Phone(Digest),
    /// A staff session.
    Session(Digest),
}

/// Who a caller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// A phone, cut off or not.
    Phone(Phone),
    /// A staff session, expired or not.
    Staff(Staff),
}

/// A phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phone {
    /// Digest of its public keys.
    pub party: PartyId,
    /// Whose.
    pub subject: SubjectId,
    /// Staff has cut it off.
    pub revoked: bool,
    /// Staff closes, or closed, its owner's account at this time, epoch milliseconds.
    pub closes_at: Option<i64>,
}

impl Phone {
    /// Its owner's account is closed.
    pub fn is_closed(&self, now: i64) -> bool {
        self.closes_at.is_some_and(|at| at <= now)
    }
}

/// A staff session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Staff {
    /// Whose.
    pub party: PartyId,
    /// Digest of the session's secret.
    pub session: Digest,
    /// May add and remove staff.
    pub admin: bool,
    /// Login, epoch milliseconds.
    pub opened_at: i64,
    /// Last request that the store knows of, epoch milliseconds.
    pub used_at: i64,
}

/// What login needs of an account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Whose.
    pub party: PartyId,
    /// SHA-256 of the right proof.
    pub proof_digest: Digest,
    /// The wrapped private identity.
    pub wrapped: Vec<u8>,
}

/// A redemption after what needs no store was checked.
#[derive(Debug, Clone)]
pub struct Redemption {
    /// Which invite.
    pub invite: InviteId,
    /// SHA-256 of the proof shown.
    pub proof_digest: Digest,
    /// The phone's keys.
    pub identity: Identity,
    /// Their name.
    pub party: PartyId,
    /// SHA-256 of the phone's token.
    pub token_digest: Digest,
    /// The phone's signature fits its keys.
    pub signature_fits: bool,
}

/// Everything the handlers may ask. A second implementation (PostgreSQL) needs nothing more.
pub trait Store: Send + Sync + 'static {
    /// Answers when the store can be read.
    fn health(&self) -> Answer<'_, ()>;

    /// The server's own secret, made when the store was made.
    fn secret(&self) -> [u8; 32];

    /// Counts commits that changed what staff or phones can see.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Who shows this. `None`: nobody known.
    fn principal(&self, credential: Credential) -> Answer<'_, Option<Principal>>;

    /// Notes last uses.
    fn touch(&self, uses: Vec<(Credential, i64)>) -> Answer<'_, ()>;

    /// One round of synchronisation; the request is within its bounds. Each mailbox stands for
    /// itself; each offered entry gets one verdict.
    fn sync(&self, who: Principal, request: SyncRequest, now: i64) -> Answer<'_, SyncResponse>;

    /// Whether the clinic is set up.
    fn is_set_up(&self) -> Answer<'_, bool>;

    /// Keeps the digest of a set-up code, if the clinic is not set up and either has no code yet or
    /// `replace` is true. Tells whether it was kept.
    fn offer_setup_code(&self, code: Digest, replace: bool) -> Answer<'_, bool>;

    /// Makes the first administrator, the clinic's mailboxes and a session.
    /// `setup-done`, `setup-code-wrong`.
    fn set_up(
        &self,
        code: Digest,
        staff: NewStaff,
        mailboxes: Vec<MailboxId>,
        session: Digest,
        now: i64,
    ) -> Answer<'_, ()>;

    /// Parameters of an account, and the ones most accounts here have (the default when there is none).
    fn login_params(&self, login: String) -> Answer<'_, (Option<LoginParams>, Argon2Params)>;

    /// The account of a login name.
    fn account(&self, login: String) -> Answer<'_, Option<Account>>;

    /// Opens a session for an account that still exists (`login-failed` otherwise), and forgets
    /// sessions that ended long ago.
    fn open_session(&self, party: PartyId, session: Digest, now: i64) -> Answer<'_, ()>;

    /// Ends a session.
    fn end_session(&self, session: Digest) -> Answer<'_, ()>;

    /// Adds an account; the same account again changes nothing. `login-taken`.
    fn add_staff(&self, who: Principal, staff: NewStaff, now: i64) -> Answer<'_, ()>;

    /// Closes an account and its sessions. `staff-unknown`; `not-allowed` for one's own.
    fn remove_staff(&self, who: Principal, party: PartyId) -> Answer<'_, ()>;

    /// Makes mailboxes; one that exists stays as it is.
    fn make_mailboxes(&self, who: Principal, mailboxes: Vec<MailboxId>, now: i64)
    -> Answer<'_, ()>;

    /// Grants, changes or withdraws. `mailbox-unknown`.
    fn grant(&self, who: Principal, grant: Grant) -> Answer<'_, ()>;

    /// All phones, newest first.
    fn devices(&self) -> Answer<'_, Vec<Device>>;

    /// Cuts a phone off, or replaces its notice. `device-unknown`, `mailbox-unknown`.
    fn revoke_device(
        &self,
        who: Principal,
        party: PartyId,
        notice: Option<Notice>,
        now: i64,
    ) -> Answer<'_, ()>;

    /// Closes a subject's account from a time on, or opens it again.
    fn close_account(&self, who: Principal, subject: SubjectId, at: Option<i64>) -> Answer<'_, ()>;

    /// What staff left for a phone.
    fn notice(&self, party: PartyId) -> Answer<'_, Option<Notice>>;

    /// Keeps an invite and applies its grants. `invite-invalid`, `mailbox-unknown`.
    fn new_invite(&self, who: Principal, invite: NewInvite, now: i64) -> Answer<'_, ()>;

    /// Invites of the last 30 days, newest first.
    fn invites(&self, now: i64) -> Answer<'_, Vec<InviteStatus>>;

    /// Takes an invite back. `invite-unknown`, `invite-used`.
    fn revoke_invite(&self, who: Principal, invite: InviteId, now: i64) -> Answer<'_, ()>;

    /// Binds an invite to a phone, or counts a wrong try.
    fn redeem(&self, redemption: Redemption, now: i64) -> Answer<'_, RedeemResponse>;

    /// The phone has saved: its invite is used, the bundle deleted.
    fn confirm(&self, who: Principal, now: i64) -> Answer<'_, ()>;

    /// Writes what is pending and closes. Nothing is taken afterwards.
    fn close(&self) -> Answer<'_, ()>;
}
