//! How a request comes in: where from, who from, and what it says.
//!
//! [`Caller`] and [`Post`] are the doors of every handler; their type says who may pass. The order is
//! fixed: another site's page, then who, then content type, then size, then bytes. A refused body is
//! still read to its end (within bounds), so that the caller hears the refusal and not a broken
//! connection.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use handrail_wire::problem::Code;
use handrail_wire::{limits, path};
use minicbor::{Decode, Encode};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use crate::app::App;
use crate::auth;
use crate::problem::Refusal;
use crate::store::{Phone, Principal, Staff};

/// Bytes of a body from someone who has not shown who they are.
const STRANGER_BODY: usize = 16 * 1024;
/// A refused body is read so far, and for so long, before the refusal is sent.
const DRAIN_BYTES: usize = 2 * limits::BODY;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// Who may pass a door.
pub trait Door: Sized + Send {
    /// Largest body of this caller.
    const BODY: usize = limits::BODY;
    /// The caller, or why not.
    fn admit(app: &App, headers: &HeaderMap) -> impl Future<Output = Result<Self, Refusal>> + Send;
    /// The caller shows a cookie, which browsers add to any request: the content type must be one
    /// that no form can send.
    fn by_cookie(&self) -> bool {
        false
    }
}

/// Anybody.
pub struct Nobody;

impl Door for Nobody {
    const BODY: usize = STRANGER_BODY;

    async fn admit(_: &App, _: &HeaderMap) -> Result<Self, Refusal> {
        Ok(Self)
    }
}

/// A phone that is not cut off and whose owner's account is not closed, or a staff session.
pub struct Known(pub Principal);

impl Door for Known {
    async fn admit(app: &App, headers: &HeaderMap) -> Result<Self, Refusal> {
        match auth::principal(app, headers).await? {
            Principal::Phone(phone) if phone.revoked => Err(Code::DeviceRevoked.into()),
            Principal::Phone(phone) if phone.is_closed(app.clock.now()) => {
                Err(Code::AccountClosed.into())
            }
            who => Ok(Self(who)),
        }
    }

    fn by_cookie(&self) -> bool {
        matches!(self.0, Principal::Staff(_))
    }
}

/// A staff session.
pub struct AnyStaff(pub Staff);

impl AnyStaff {
    /// As the store wants it.
    pub fn who(&self) -> Principal {
        Principal::Staff(self.0)
    }
}

impl Door for AnyStaff {
    async fn admit(app: &App, headers: &HeaderMap) -> Result<Self, Refusal> {
        match Known::admit(app, headers).await?.0 {
            Principal::Staff(staff) => Ok(Self(staff)),
            Principal::Phone(_) => Err(Code::NotAllowed.into()),
        }
    }

    fn by_cookie(&self) -> bool {
        true
    }
}

/// A staff session of an administrator.
pub struct Admin(pub Staff);

impl Door for Admin {
    async fn admit(app: &App, headers: &HeaderMap) -> Result<Self, Refusal> {
        let AnyStaff(staff) = AnyStaff::admit(app, headers).await?;
        if staff.admin {
            Ok(Self(staff))
        } else {
            Err(Code::NotAllowed.into())
        }
    }

    fn by_cookie(&self) -> bool {
        true
    }
}

/// A phone that is not cut off.
pub struct ActivePhone(pub Phone);

impl Door for ActivePhone {
    async fn admit(app: &App, headers: &HeaderMap) -> Result<Self, Refusal> {
        match Known::admit(app, headers).await?.0 {
            Principal::Phone(phone) => Ok(Self(phone)),
            Principal::Staff(_) => Err(Code::NotAllowed.into()),
        }
    }
}

/// A phone, cut off or not.
pub struct AnyPhone(pub Phone);

impl Door for AnyPhone {
    async fn admit(app: &App, headers: &HeaderMap) -> Result<Self, Refusal> {
        match auth::principal(app, headers).await? {
            Principal::Phone(phone) => Ok(Self(phone)),
            Principal::Staff(_) => Err(Code::NotAllowed.into()),
        }
    }
}

/// The caller of a request without a message.
pub struct Caller<D>(pub D);

impl<D: Door> FromRequestParts<App> for Caller<D> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        Ok(Self(D::admit(app, &parts.headers).await?))
    }
}

/// A caller and a message.
pub struct Post<D, M> {
    /// Who.
    pub who: D,
    /// What.
    pub message: M,
    /// Where from, and what it remembers.
    pub origin: Origin,
    /// Held while the message is in memory.
    room: OwnedSemaphorePermit,
}

impl<D, M> Post<D, M> {
    /// The parts, for a handler that passes the message on; the last is held until its end.
    pub fn split(self) -> (D, M, OwnedSemaphorePermit) {
        (self.who, self.message, self.room)
    }
}

/// Where a request comes from.
pub struct Origin {
    /// The address of the caller, as far as we can know it.
    pub address: IpAddr,
    /// What the browser remembers of an earlier login.
    pub known_browser: Option<String>,
}

impl<D: Door, M> FromRequest<App> for Post<D, M>
where
    M: for<'b> Decode<'b, ()> + Send,
{
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let (who, body, origin, room) = open::<D>(request, app, Content::Cbor).await?;
        let message = match handrail_wire::decode(&body) {
            Ok(message) => message,
            Err(error) => return Err(explain(&body, error.into()).into()),
        };
        Ok(Self {
            who,
            message,
            origin,
            room,
        })
    }
}

/// A caller whose request has a method that changes something and says nothing more.
pub struct Bare<D>(pub D);

impl<D: Door> FromRequest<App> for Bare<D> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let (who, body, _, _) = open::<D>(request, app, Content::Empty).await?;
        if body.is_empty() {
            Ok(Self(who))
        } else {
            Err(Code::TrailingBytes.into())
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Cbor,
    Empty,
}

type Opened<D> = (D, Vec<u8>, Origin, OwnedSemaphorePermit);

async fn open<D: Door>(
    request: Request,
    app: &App,
    content: Content,
) -> Result<Opened<D>, Refusal> {
    let (parts, body) = request.into_parts();
    let mut body = body.into_data_stream();
    match enter::<D>(&parts, &mut body, app, content).await {
        Ok((who, bytes, room)) => {
            let origin = Origin {
                address: auth::address(app, &parts),
                known_browser: auth::cookie(&parts.headers, auth::BROWSER_COOKIE)
                    .map(str::to_owned),
            };
            Ok((who, bytes, origin, room))
        }
        Err(refusal) => {
            drain(&mut body).await;
            Err(refusal)
        }
    }
}

async fn enter<D: Door>(
    parts: &Parts,
    body: &mut BodyDataStream,
    app: &App,
    content: Content,
) -> Result<(D, Vec<u8>, OwnedSemaphorePermit), Refusal> {
    auth::same_site(&parts.headers)?;
    let who = D::admit(app, &parts.headers).await?;
    let must_say = content == Content::Cbor || who.by_cookie();
    if must_say && !is_cbor(&parts.headers) {
        return Err(Code::NotCbor.into());
    }
    let most = match content {
        Content::Cbor => D::BODY,
        Content::Empty => STRANGER_BODY,
    };
    let said = said_length(&parts.headers);
    if said.is_some_and(|length| length > most) {
        return Err(Code::BodyTooLarge.into());
    }
    let expected = said.unwrap_or(most);
    let units = u32::try_from(expected / 1024 + 1).unwrap_or(u32::MAX);
    let room = std::sync::Arc::clone(&app.body_memory)
        .try_acquire_many_owned(units)
        .map_err(|_| Refusal::from(Code::Busy))?;
    let bytes = receive(body, expected, most, app).await?;
    Ok((who, bytes, room))
}

/// Reads a body within its bounds of size and time.
async fn receive(
    body: &mut BodyDataStream,
    expected: usize,
    most: usize,
    app: &App,
) -> Result<Vec<u8>, Refusal> {
    // Allocated as it comes: a length that was only claimed costs nothing.
    let mut bytes = Vec::with_capacity(expected.min(64 * 1024));
    let end = Instant::now() + app.bounds.body_time;
    loop {
        let pause = Instant::now() + app.bounds.body_pause;
        match timeout_at(end.min(pause), body.next()).await {
            Err(_) => return Err(Code::RequestTimeout.into()),
            Ok(None) => return Ok(bytes),
            // The connection broke, or its chunks make no sense; nobody will read this answer.
            Ok(Some(Err(_))) => return Err(Code::MalformedCbor.into()),
            Ok(Some(Ok(chunk))) => {
                if bytes.len() + chunk.len() > most {
                    return Err(Code::BodyTooLarge.into());
                }
                bytes.extend_from_slice(&chunk);
            }
        }
    }
}

/// Reads what is left of a refused body and forgets it.
async fn drain(body: &mut BodyDataStream) {
    let end = Instant::now() + DRAIN_TIME;
    let mut left = DRAIN_BYTES;
    while let Ok(Some(Ok(chunk))) = timeout_at(end, body.next()).await {
        match left.checked_sub(chunk.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

fn said_length(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

fn is_cbor(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case(path::CBOR))
}

/// The version of a message that is not understood: every version has it first.
#[derive(Decode)]
struct VersionFirst {
    #[n(0)]
    version: u8,
}

/// Another protocol version has other shapes; say so rather than "unexpected shape".
fn explain(body: &[u8], code: Code) -> Code {
    if code != Code::UnexpectedShape {
        return code;
    }
    match handrail_wire::decode::<VersionFirst>(body) {
        Ok(first) if first.version != handrail_wire::sync::VERSION => Code::UnknownVersion,
        _ => code,
    }
}

/// An answer with a message.
pub struct Cbor<T>(pub T);

impl<T: Encode<()>> IntoResponse for Cbor<T> {
    fn into_response(self) -> Response {
        cbor(handrail_wire::encode(&self.0))
    }
}

/// An answer with an encoded message.
pub fn cbor(message: Vec<u8>) -> Response {
    let mut response = Body::from(message).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(path::CBOR));
    response
}

/// Done; there is nothing more to say.
pub fn done() -> StatusCode {
    StatusCode::NO_CONTENT
}
