//! Invites. What needs no store (digests, names, the signature) is worked out here; the store
//! decides.

use axum::extract::State;
use axum::http::StatusCode;
use handrail_wire::invite::{Invites, NewInvite, RedeemRequest, RedeemResponse, RevokeInvite};

use crate::app::App;
use crate::intake::{ActivePhone, AnyStaff, Bare, Caller, Cbor, Nobody, Post, done};
use crate::problem::Refusal;
use crate::secret::{party_of, sha256, signed_by};
use crate::store::{Principal, Redemption};

/// `POST /v1/invites`.
pub async fn add(
    State(app): State<App>,
    post: Post<AnyStaff, NewInvite>,
) -> Result<StatusCode, Refusal> {
    let (staff, invite, _room) = post.split();
    let now = app.clock.now();
    app.store.new_invite(staff.who(), invite, now).await?;
    Ok(done())
}

/// `GET /v1/invites`.
pub async fn list(State(app): State<App>, _: Caller<AnyStaff>) -> Result<Cbor<Invites>, Refusal> {
    let invites = app.store.invites(app.clock.now()).await?;
    Ok(Cbor(Invites {
        invites: invites.into(),
    }))
}

/// `POST /v1/invites/revoke`.
pub async fn revoke(
    State(app): State<App>,
    post: Post<AnyStaff, RevokeInvite>,
) -> Result<StatusCode, Refusal> {
    let now = app.clock.now();
    app.store
        .revoke_invite(post.who.who(), post.message.invite, now)
        .await?;
    Ok(done())
}

/// `POST /v1/redeem`.
pub async fn redeem(
    State(app): State<App>,
    post: Post<Nobody, RedeemRequest>,
) -> Result<Cbor<RedeemResponse>, Refusal> {
    let ask = post.message;
    let signed = [
        &b"handrail/redeem/v1"[..],
        &ask.invite.0,
        &ask.proof,
        &ask.identity.0,
        &ask.token_digest.0,
    ]
    .concat();
    let redemption = Redemption {
        invite: ask.invite,
        proof_digest: sha256(&[&ask.proof]),
        identity: ask.identity,
        party: party_of(&ask.identity),
        token_digest: ask.token_digest,
        signature_fits: signed_by(&ask.identity, &signed, &ask.signature),
    };
    let now = app.clock.now();
    Ok(Cbor(app.store.redeem(redemption, now).await?))
}

/// `POST /v1/redeem/confirm`.
pub async fn confirm(
    State(app): State<App>,
    Bare(ActivePhone(phone)): Bare<ActivePhone>,
) -> Result<StatusCode, Refusal> {
    let now = app.clock.now();
    app.store.confirm(Principal::Phone(phone), now).await?;
    Ok(done())
}
