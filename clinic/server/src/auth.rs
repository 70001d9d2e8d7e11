//! Who is asking: tokens of phones, cookies of staff, and where a request comes from.
//!
//! Secrets are compared and looked up by their SHA-256. Last uses are kept in memory and written once
//! a minute, so that a session slides without a write for each request.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use data_encoding::BASE64URL_NOPAD;
use handrail_wire::id::Digest;
use handrail_wire::path;
use handrail_wire::problem::Code;

use crate::app::{App, Peer};
use crate::config::SESSION_MS;
use crate::problem::Refusal;
use crate::secret::sha256;
use crate::store::{Credential, Principal, Staff};

/// Name of the cookie by which a browser that has logged in before is known at login.
pub const BROWSER_COOKIE: &str = "handrail_browser";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Last uses that the store does not know yet.
#[derive(Default)]
pub struct Uses(Mutex<HashMap<Credential, i64>>);

impl Uses {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<Credential, i64>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, credential: Credential, now: i64) {
        self.with(|uses| {
            let last = uses.entry(credential).or_insert(now);
            *last = now.max(*last);
        });
    }

    fn last(&self, credential: Credential) -> Option<i64> {
        self.with(|uses| uses.get(&credential).copied())
    }

    fn forget(&self, credential: Credential) {
        self.with(|uses| uses.remove(&credential));
    }

    /// Everything noted so far.
    pub fn all(&self) -> Vec<(Credential, i64)> {
        self.with(|uses| uses.iter().map(|(who, at)| (*who, *at)).collect())
    }

    /// The store has these now.
    pub fn written(&self, uses: &[(Credential, i64)]) {
        self.with(|all| {
            for (who, at) in uses {
                if all.get(who) == Some(at) {
                    all.remove(who);
                }
            }
        });
    }
}

/// Who shows these headers; phones cut off included. Notes the use.
pub async fn principal(app: &App, headers: &HeaderMap) -> Result<Principal, Refusal> {
    let credential = credential(headers)?;
    let who = app
        .store
        .principal(credential)
        .await?
        .ok_or(Code::NotAuthenticated)?;
    if let Principal::Staff(staff) = &who
        && !in_time(app, staff)
    {
        app.uses.forget(credential);
        return Err(Code::SessionExpired.into());
    }
    app.uses.note(credential, app.clock.now());
    Ok(who)
}

/// Whether a session is still open; does not count as a use.
pub async fn is_open(app: &App, session: Digest) -> bool {
    match app.store.principal(Credential::Session(session)).await {
        Ok(Some(Principal::Staff(staff))) => in_time(app, &staff),
        _ => false,
    }
}

fn in_time(app: &App, staff: &Staff) -> bool {
    let now = app.clock.now();
    let used = app
        .uses
        .last(Credential::Session(staff.session))
        .unwrap_or(staff.used_at)
        .max(staff.used_at);
    let idle = i64::try_from(app.idle.as_millis()).unwrap_or(i64::MAX);
    now < used.saturating_add(idle) && now < staff.opened_at.saturating_add(SESSION_MS)
}

/// What the headers show: a bearer token before a cookie.
fn credential(headers: &HeaderMap) -> Result<Credential, Refusal> {
    let unknown = Refusal::from(Code::NotAuthenticated);
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = value
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .ok_or(unknown)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(unknown);
        }
        return digest_of(token.trim())
            .map(Credential::Phone)
            .ok_or(unknown);
    }
    cookie(headers, path::COOKIE)
        .and_then(digest_of)
        .map(Credential::Session)
        .ok_or(unknown)
}

/// The digest under which 32 bytes in base64url are kept.
fn digest_of(text: &str) -> Option<Digest> {
    let bytes: [u8; 32] = BASE64URL_NOPAD
        .decode(text.as_bytes())
        .ok()?
        .try_into()
        .ok()?;
    Some(sha256(&[&bytes]))
}

/// The value of a cookie.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// Refuses what a browser sends for another site's page. Phones send neither header.
pub fn same_site(headers: &HeaderMap) -> Result<(), Refusal> {
    let refused = Err(Refusal::from(Code::CrossSite));
    if let Some(site) = headers.get(SEC_FETCH_SITE)
        && site != "same-origin"
        && site != "none"
    {
        return refused;
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let authority = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .map(|(_, authority)| authority);
        match (authority, host) {
            (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host) => {}
            _ => return refused,
        }
    }
    Ok(())
}

/// The caller's address: of the connection, or as the proxy in front appended it. Earlier parts of
/// `X-Forwarded-For` are the caller's own words and are not believed.
pub fn address(app: &App, parts: &Parts) -> IpAddr {
    let peer = parts
        .extensions
        .get::<Peer>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip());
    if !app.behind_proxy {
        return peer;
    }
    parts
        .headers
        .get_all(X_FORWARDED_FOR)
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next())
        .and_then(|last| last.trim().parse().ok())
        .unwrap_or(peer)
}

/// A cookie for this server alone, that no script reads and no other site's page sends.
pub fn set_cookie(app: &App, name: &str, value: &str, place: &str, seconds: i64) -> String {
    let secure = if app.secure { "; Secure" } else { "" };
    format!("{name}={value}; Path={place}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let each = pairs.iter();
        each.map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_our_own_pages_pass() {
        let cases: &[(&[(HeaderName, &'static str)], bool)] = &[
            (&[], true),
            (&[(SEC_FETCH_SITE, "same-origin")], true),
            (&[(SEC_FETCH_SITE, "none")], true),
            (&[(SEC_FETCH_SITE, "same-site")], false),
            (&[(SEC_FETCH_SITE, "cross-site")], false),
            (
                &[
                    (header::HOST, "a.example:8443"),
                    (header::ORIGIN, "https://a.example:8443"),
                ],
                true,
            ),
            (
                &[
                    (header::HOST, "a.example"),
                    (header::ORIGIN, "https://A.example"),
                ],
                true,
            ),
            (
                &[
                    (header::HOST, "a.example"),
                    (header::ORIGIN, "https://a.example.evil.example"),
                ],
                false,
            ),
            (
                &[(header::HOST, "a.example"), (header::ORIGIN, "null")],
                false,
            ),
            (&[(header::ORIGIN, "https://a.example")], false),
        ];
        for (pairs, passes) in cases {
            assert_eq!(same_site(&headers(pairs)).is_ok(), *passes, "{pairs:?}");
        }
    }

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let many = headers(&[(
            header::COOKIE,
            "a=1; xhandrail_session=2;handrail_session=3",
        )]);
        assert_eq!(cookie(&many, path::COOKIE), Some("3"));
        assert_eq!(cookie(&HeaderMap::new(), path::COOKIE), None);
    }

    #[test]
    fn what_is_no_token_is_nobody() {
        for value in ["Basic abc", "Bearer", "Bearer ", "Bearer AAAA", "nonsense"] {
            let shown = headers(&[(header::AUTHORIZATION, value)]);
            assert_eq!(
                credential(&shown),
                Err(Code::NotAuthenticated.into()),
                "{value}"
            );
        }
    }
}
