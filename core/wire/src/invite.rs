//! Invites: how a phone gets its keys. The secret parts never come here (crate `handrail-mailbox`,
//! module `invite`).

use minicbor::{Decode, Encode};

use crate::account::Grant;
use crate::codec::{Blob, List};
use crate::id::{Digest, Identity, InviteId, Signature, SubjectId};
use crate::limits;

/// POST `/v1/invites`. Staff session.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct NewInvite {
    /// Its identifier, part of the link.
    #[n(0)]
    pub invite: InviteId,
    /// Whose phone will be enrolled.
    #[n(1)]
    pub subject: SubjectId,
    /// SHA-256 of the proof that redeems it.
    #[n(2)]
    pub proof_digest: Digest,
    /// Keys for the phone, sealed under a key that the server does not have.
    #[n(3)]
    pub bundle: Blob<{ limits::BUNDLE }>,
    /// Refused from then on, epoch milliseconds; at most 72 hours ahead.
    #[n(4)]
    pub expires_at: i64,
    /// What the subject's phones may use, added to what is granted already.
    #[n(5)]
    pub grants: List<Grant, 64>,
}

/// Where an invite stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum InviteState {
    /// Waiting for its phone.
    #[n(0)]
    Open,
    /// A phone has redeemed it and not yet confirmed its save.
    #[n(1)]
    Redeemed,
    /// The phone has confirmed; the bundle is gone.
    #[n(2)]
    Used,
    /// Its time has passed.
    #[n(3)]
    Expired,
    /// Taken back by staff, or after five wrong codes.
    #[n(4)]
    Revoked,
}

/// An invite as staff sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct InviteStatus {
    /// Which.
    #[n(0)]
    pub invite: InviteId,
    /// For whom.
    #[n(1)]
    pub subject: SubjectId,
    /// Where it stands.
    #[n(2)]
    pub state: InviteState,
    /// When it was made, epoch milliseconds.
    #[n(3)]
    pub made_at: i64,
    /// When its time passes, epoch milliseconds.
    #[n(4)]
    pub expires_at: i64,
}

/// GET `/v1/invites`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Invites {
    /// Invites of the last 30 days.
    #[n(0)]
    pub invites: List<InviteStatus, 100_000>,
}

/// POST `/v1/invites/revoke`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct RevokeInvite {
    /// Which.
    #[n(0)]
    pub invite: InviteId,
}

/// POST `/v1/redeem`. Binds the invite to these public keys; the same phone may repeat it until it
/// confirms.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RedeemRequest {
    /// Which invite.
    #[n(0)]
    pub invite: InviteId,
    /// Derived from the link's secret and the six digits.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub proof: [u8; 32],
    /// The phone's public keys.
    #[n(2)]
    pub identity: Identity,
    /// SHA-256 of the access token that the phone made (256 random bits).
    #[n(3)]
    pub token_digest: Digest,
    /// Ed25519 by the phone over invite, proof, identity and token digest.
    #[n(4)]
    pub signature: Signature,
}

/// The keys, still sealed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RedeemResponse {
    /// The bundle of the invite.
    #[n(0)]
    pub bundle: Blob<{ limits::BUNDLE }>,
}
