//! Set-up of a clinic, and its staff accounts.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use handrail_wire::account::{
    Argon2Params, LoginResponse, NewStaff, RemoveStaff, SetupRequest, SetupState,
};
use handrail_wire::limits;
use handrail_wire::problem::Code;

use crate::app::App;
use crate::intake::{Admin, Cbor, Nobody, Post, done};
use crate::login;
use crate::problem::Refusal;
use crate::secret::{code_digest, party_of};
use crate::store::Principal;

/// Least parameters of Argon2id that an account may have (OWASP Password Storage Cheat Sheet: 19 MiB,
/// two passes, one lane).
const FLOOR: Argon2Params = Argon2Params {
    memory_kib: 19 * 1024,
    passes: 2,
    lanes: 1,
};

/// What an account must be like.
fn check(staff: &NewStaff) -> Result<(), Code> {
    let fits = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    let login = &staff.login.0;
    if login.is_empty() || login.len() > limits::LOGIN || !login.bytes().all(fits) {
        return Err(Code::LoginInvalid);
    }
    let params = staff.params;
    if params.memory_kib < FLOOR.memory_kib
        || params.passes < FLOOR.passes
        || params.lanes < FLOOR.lanes
    {
        return Err(Code::WeakParameters);
    }
    Ok(())
}

/// `GET /v1/setup`.
pub async fn setup_state(State(app): State<App>) -> Result<Cbor<SetupState>, Refusal> {
    let done = app.store.is_set_up().await?;
    Ok(Cbor(SetupState { done }))
}

/// `POST /v1/setup`.
pub async fn set_up(
    State(app): State<App>,
    post: Post<Nobody, SetupRequest>,
) -> Result<Response, Refusal> {
    let ask = post.message;
    if app.store.is_set_up().await? {
        return Err(Code::SetupDone.into());
    }
    check(&ask.staff)?;
    let code = code_digest(&ask.code.0);
    let session = login::Session::make();
    let answer = LoginResponse {
        party: party_of(&ask.staff.identity),
        wrapped: ask.staff.wrapped.clone(),
        idle_ms: login::idle_ms(&app),
    };
    let now = app.clock.now();
    app.store
        .set_up(code, ask.staff, ask.mailboxes.0, session.digest(), now)
        .await?;
    let party = answer.party;
    let mut response = Cbor(answer).into_response();
    for cookie in [session.cookie(&app), login::browser_cookie(&app, &party)] {
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

/// `POST /v1/staff`.
pub async fn add(
    State(app): State<App>,
    post: Post<Admin, NewStaff>,
) -> Result<StatusCode, Refusal> {
    check(&post.message)?;
    let now = app.clock.now();
    app.store
        .add_staff(Principal::Staff(post.who.0), post.message, now)
        .await?;
    Ok(done())
}

/// `POST /v1/staff/remove`.
pub async fn remove(
    State(app): State<App>,
    post: Post<Admin, RemoveStaff>,
) -> Result<StatusCode, Refusal> {
    app.store
        .remove_staff(Principal::Staff(post.who.0), post.message.party)
        .await?;
    Ok(done())
}
