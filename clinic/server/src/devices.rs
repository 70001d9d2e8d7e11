//! Phones as staff sees them, accounts that close, and the notice of a phone that was cut off.

use axum::extract::State;
use axum::http::StatusCode;
use handrail_wire::account::{CloseAccount, Devices, NoticeResponse, RevokeDevice};

use crate::app::App;
use crate::intake::{AnyPhone, AnyStaff, Caller, Cbor, Post, done};
use crate::problem::Refusal;

/// `GET /v1/devices`. `seen_at` may be behind by the minute that uses wait in memory.
pub async fn list(State(app): State<App>, _: Caller<AnyStaff>) -> Result<Cbor<Devices>, Refusal> {
    app.write_uses().await;
    let devices = app.store.devices().await?;
    Ok(Cbor(Devices {
        devices: devices.into(),
    }))
}

/// `POST /v1/devices/revoke`.
pub async fn revoke(
    State(app): State<App>,
    post: Post<AnyStaff, RevokeDevice>,
) -> Result<StatusCode, Refusal> {
    let (staff, ask, _room) = post.split();
    let now = app.clock.now();
    app.store
        .revoke_device(staff.who(), ask.party, ask.notice, now)
        .await?;
    Ok(done())
}

/// `POST /v1/accounts/close`.
pub async fn close_account(
    State(app): State<App>,
    post: Post<AnyStaff, CloseAccount>,
) -> Result<StatusCode, Refusal> {
    let (staff, ask, _room) = post.split();
    app.store
        .close_account(staff.who(), ask.subject, ask.at)
        .await?;
    Ok(done())
}

/// `GET /v1/device/notice`.
pub async fn notice(
    State(app): State<App>,
    caller: Caller<AnyPhone>,
) -> Result<Cbor<NoticeResponse>, Refusal> {
    let Caller(AnyPhone(phone)) = caller;
    let notice = app.store.notice(phone.party).await?;
    Ok(Cbor(NoticeResponse { notice }))
}
