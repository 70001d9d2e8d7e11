//! Login and logout of staff.
//!
//! A name that does not exist is answered like one that does: the same look, the same work, the same
//! throttle. What slows guessing, and whom it never keeps out, stands in [`crate::throttle`].

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use handrail_wire::account::{LoginParams, LoginRequest, LoginResponse, LoginStart};
use handrail_wire::id::{Digest, PartyId};
use handrail_wire::path;
use handrail_wire::problem::Code;

use crate::app::App;
use crate::auth::{BROWSER_COOKIE, set_cookie};
use crate::config::SESSION_MS;
use crate::intake::{AnyStaff, Bare, Cbor, Nobody, Post, done};
use crate::problem::Refusal;
use crate::secret::{hmac, random, same, sha256};
use crate::throttle::Source;

/// A browser is known for so long after a login, in seconds.
const KNOWN_SECONDS: i64 = 365 * 24 * 60 * 60;

/// A new session's secret.
pub struct Session([u8; 32]);

impl Session {
    /// 256 random bits.
    pub fn make() -> Self {
        Self(random())
    }

    /// What the store keeps.
    pub fn digest(&self) -> Digest {
        sha256(&[&self.0])
    }

    /// What the browser keeps.
    pub fn cookie(&self, app: &App) -> String {
        let value = BASE64URL_NOPAD.encode(&self.0);
        set_cookie(app, path::COOKIE, &value, "/", SESSION_MS / 1000)
    }
}

/// The idle time as the wire says it.
pub fn idle_ms(app: &App) -> u64 {
    u64::try_from(app.idle.as_millis()).unwrap_or(u64::MAX)
}

/// Marks a browser in which this account has logged in: a nonce and our signature over both.
pub fn browser_cookie(app: &App, party: &PartyId) -> String {
    let nonce: [u8; 16] = random();
    let mark = browser_mark(app, party, &nonce);
    let value = BASE64URL_NOPAD.encode(&[&nonce[..], &mark].concat());
    set_cookie(app, BROWSER_COOKIE, &value, path::LOGIN, KNOWN_SECONDS)
}

fn browser_mark(app: &App, party: &PartyId, nonce: &[u8; 16]) -> [u8; 32] {
    hmac(
        &app.store.secret(),
        &[b"handrail/browser/v1", &party.0, nonce],
    )
}

/// The nonce of a browser that this account has used before.
fn known_browser(app: &App, cookie: Option<&str>, party: Option<&PartyId>) -> Option<[u8; 16]> {
    let value = BASE64URL_NOPAD.decode(cookie?.as_bytes()).ok()?;
    let (nonce, mark) = value.split_at_checked(16)?;
    let nonce: [u8; 16] = nonce.try_into().ok()?;
    same(&browser_mark(app, party?, &nonce), mark).then_some(nonce)
}

/// `POST /v1/login/start`.
pub async fn start(
    State(app): State<App>,
    post: Post<Nobody, LoginStart>,
) -> Result<Cbor<LoginParams>, Refusal> {
    let login = post.message.login.0;
    let made_up = hmac(
        &app.store.secret(),
        &[b"handrail/login/salt/v1", login.as_bytes()],
    );
    let (own, usual) = app.store.login_params(login).await?;
    let mut salt = [0; 16];
    salt.copy_from_slice(&made_up[..16]);
    Ok(Cbor(own.unwrap_or(LoginParams {
        salt,
        params: usual,
    })))
}

/// `POST /v1/login`.
pub async fn login(
    State(app): State<App>,
    post: Post<Nobody, LoginRequest>,
) -> Result<Response, Refusal> {
    let LoginRequest { login, proof } = post.message;
    let account = app.store.account(login.0.clone()).await?;
    let party = account.as_ref().map(|account| account.party);
    let source = known_browser(&app, post.origin.known_browser.as_deref(), party.as_ref())
        .map_or(Source::Address(post.origin.address), Source::Browser);
    let tried = app
        .throttle
        .begin(&login.0, source, std::time::Instant::now())
        .map_err(|wait| Refusal::later(Code::TooManyTries, wait.as_secs() + 1))?;
    if let Some(drag) = tried.drag {
        tokio::time::sleep(drag).await;
    }

    let shown = sha256(&[&proof]);
    // Without an account the comparison still happens, with a digest that nothing has.
    let right = account
        .as_ref()
        .map_or([0; 32], |account| account.proof_digest.0);
    let fits = same(&right, &shown.0);
    let account = match account {
        Some(account) if fits => account,
        _ => return Err(Code::LoginFailed.into()),
    };
    app.throttle.succeeded(&tried);

    let session = Session::make();
    let now = app.clock.now();
    app.store
        .open_session(account.party, session.digest(), now)
        .await?;
    let mut response = Cbor(LoginResponse {
        party: account.party,
        wrapped: account.wrapped.into(),
        idle_ms: idle_ms(&app),
    })
    .into_response();
    for cookie in [session.cookie(&app), browser_cookie(&app, &account.party)] {
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

/// `POST /v1/logout`.
pub async fn logout(
    State(app): State<App>,
    Bare(AnyStaff(staff)): Bare<AnyStaff>,
) -> Result<Response, Refusal> {
    app.store.end_session(staff.session).await?;
    let mut response = done().into_response();
    if let Ok(value) = HeaderValue::from_str(&set_cookie(&app, path::COOKIE, "", "/", 0)) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}
