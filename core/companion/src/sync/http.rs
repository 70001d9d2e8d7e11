//! One request to the clinic's server, and what its answer is.
//!
//! Owns the HTTP client (TLS by rustls on ring with the web's root certificates; plain http to loopback
//! only) and the courier: a thread of its own that carries one request at a time, so that whoever waits
//! can be called off at once. The thread does the network's work itself: nothing is handed on further.
//! Refuses redirects, proxies and whatever is not a message of ours.

use std::error::Error;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use handrail_wire::problem::{Code, Problem};
use handrail_wire::{limits, path};
use reqwest::{Client, Response, header};
use tokio::runtime::{Builder, Runtime};
use zeroize::Zeroizing;

use super::backoff;
use crate::clock::{Clock, SystemClock};

const CONNECT: Duration = Duration::from_secs(10);
/// Until the answer's head is there, and between two pieces of its body.
const SILENCE: Duration = Duration::from_secs(30);
/// For the whole body of an answer.
const BODY: Duration = Duration::from_secs(300);
/// A connection that nobody used for so long is not used again: nobody watches it in between, and the
/// server may have closed it.
const IDLE: Duration = Duration::from_secs(5);
/// A refusal is small.
const PROBLEM_BYTES: usize = 16 * 1024;

/// What is asked.
pub(crate) struct Ask {
    /// `https://HOST[:PORT]`.
    pub origin: String,
    /// Path below the origin.
    pub path: &'static str,
    /// The access token as text.
    pub bearer: Option<Zeroizing<String>>,
    /// The message to post; `None` gets.
    pub post: Option<Vec<u8>>,
}

/// Why there is no message in answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No connection, or no answer in time.
    Offline,
    /// A login page of the network in between.
    LoginWanted,
    /// The server asks to wait.
    Busy(Option<Duration>),
    /// The server refuses, with its code.
    Refused(Code),
    /// Not understood.
    Odd(&'static str),
    /// Called off.
    Cancelled,
}

/// The bytes of an answer, or why there are none.
type Outcome = Result<Vec<u8>, Trouble>;

/// The part of an answer that decides what it is.
pub(crate) struct Head<'a> {
    pub status: u16,
    pub content_type: &'a str,
    pub retry_after: Option<Duration>,
}

/// What an answer is, by its head; `Ok` means: read the body as a message.
pub(crate) fn judge(head: &Head<'_>, body: &[u8]) -> Result<(), Trouble> {
    let kind = head
        .content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    match head.status {
        204 => return Ok(()),
        200 if kind.eq_ignore_ascii_case(path::CBOR) => return Ok(()),
        // Confirmations have no body.
        200..=299 if kind.is_empty() && body.is_empty() => return Ok(()),
        // Only something between us and the server answers so.
        200..=399 | 511 => return Err(Trouble::LoginWanted),
        _ => {}
    }
    if kind.eq_ignore_ascii_case(path::PROBLEM) {
        let problem = serde_json::from_slice::<Problem>(body).ok();
        let asked = problem.as_ref().and_then(|problem| problem.retry_after);
        let wait = head.retry_after.or(asked.map(Duration::from_secs));
        return Err(
            match problem.and_then(|problem| Code::parse(&problem.code)) {
                Some(Code::Busy | Code::Stopping | Code::TooManyTries | Code::RequestTimeout) => {
                    Trouble::Busy(wait)
                }
                Some(Code::Internal) => Trouble::Busy(wait),
                Some(code) => Trouble::Refused(code),
                None => Trouble::Odd("problem-unknown"),
            },
        );
    }
    Err(match head.status {
        408 | 429 | 500..=599 => Trouble::Busy(head.retry_after),
        _ if kind.eq_ignore_ascii_case("text/html") => Trouble::LoginWanted,
        _ => Trouble::Odd("answer-unexpected"),
    })
}

/// The web's root certificates.
fn web_roots() -> rustls::RootCertStore {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots
}

pub(super) fn client(roots: rustls::RootCertStore) -> Option<Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(1)
        .build()
        .ok()
}

pub(super) async fn carry(client: &Client, ask: Ask) -> Outcome {
    // The invite's link was checked; this holds whatever else may have been stored.
    let origin = handrail_mailbox::invite::parse_origin(&ask.origin);
    let origin = origin.ok_or(Trouble::Odd("origin-not-allowed"))?;
    let url = origin + ask.path;
    let mut request = match ask.post {
        Some(body) => client
            .post(url)
            .header(header::CONTENT_TYPE, path::CBOR)
            .body(body),
        None => client.get(url),
    };
    if let Some(bearer) = ask.bearer {
        request = request.bearer_auth(bearer.as_str());
    }
    let response = request.send().await.map_err(|error| unanswered(&error))?;
    read(response).await
}

/// Why a request had no answer. Whoever answers with a certificate that is not the clinic's is not the
/// clinic, or this phone's clock is far off: that does not pass by itself, so it is not just "offline".
fn unanswered(error: &reqwest::Error) -> Trouble {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return Trouble::Odd("certificate-not-trusted");
        }
        // What an I/O error carries is not its source.
        let carried = error.downcast_ref::<std::io::Error>();
        cause = match carried.and_then(std::io::Error::get_ref) {
            Some(carried) => Some(carried),
            None => error.source(),
        };
    }
    Trouble::Offline
}

async fn read(mut response: Response) -> Outcome {
    let field = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let status = response.status().as_u16();
    let content_type = field(header::CONTENT_TYPE).unwrap_or_default().to_owned();
    // A date counts from the answer's own, whatever this phone's clock says.
    let now = field(header::DATE).and_then(backoff::http_date);
    let now = now.unwrap_or_else(|| SystemClock.now_ms());
    let retry_after = field(header::RETRY_AFTER).and_then(|value| backoff::retry_after(value, now));
    let bound = if status == 200 {
        limits::BODY
    } else {
        PROBLEM_BYTES
    };
    let body = tokio::time::timeout(BODY, read_body(&mut response, bound));
    let body = body.await.unwrap_or(Err(Trouble::Offline))?;
    let head = Head {
        status,
        content_type: &content_type,
        retry_after,
    };
    judge(&head, &body).map(|()| body)
}

/// At most `bound` bytes; more is cut for a refusal and odd for a message.
async fn read_body(response: &mut Response, bound: usize) -> Outcome {
    let said = response.content_length().unwrap_or(0);
    let mut body = Vec::with_capacity(usize::try_from(said).unwrap_or(bound).min(bound));
    while let Some(piece) = response.chunk().await.map_err(|_| Trouble::Offline)? {
        body.extend_from_slice(&piece);
        if body.len() > bound {
            return Err(Trouble::Odd("answer-too-large"));
        }
    }
    Ok(body)
}

/// Runs on the thread that has it, and only while that thread waits.
pub(super) fn runtime() -> Option<Runtime> {
    Builder::new_current_thread().enable_all().build().ok()
}

/// Between two requests nothing runs: lets the connection that was kept see that the server has closed it, so
/// that the next request takes a new one instead of failing on the old.
async fn notice_ends() {
    // One turn asks the system what has happened, one lets the connection read it, one lets it go.
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}

/// A thread that carries requests. It is not joined: when it is dropped while a request hangs, it ends
/// with that request.
struct Courier {
    asks: Sender<(Ask, Sender<Outcome>)>,
}

impl Courier {
    fn hire() -> Option<Self> {
        let (asks, inbox): (_, Receiver<(Ask, Sender<Outcome>)>) = mpsc::channel();
        thread::Builder::new()
            .name("handrail-sync".to_owned())
            .spawn(move || {
                let (Some(client), Some(runtime)) = (client(web_roots()), runtime()) else {
                    return;
                };
                for (ask, reply) in inbox {
                    let outcome = runtime.block_on(async {
                        notice_ends().await;
                        carry(&client, ask).await
                    });
                    // Nobody listens any more when the wait was called off.
                    let _ = reply.send(outcome);
                }
            })
            .ok()?;
        Some(Self { asks })
    }
}

/// Carries requests for one phone, one after the other.
#[derive(Default)]
pub(crate) struct Post {
    courier: Option<Courier>,
    /// The request under way: where its end will be told, or why it did not leave.
    under_way: Option<Result<Receiver<Outcome>, Trouble>>,
}

/// Calls a wait off from another thread.
#[derive(Default)]
pub(crate) struct CallOff(Mutex<CallOffState>);

#[derive(Default)]
struct CallOffState {
    /// A sync is under way.
    running: bool,
    /// It was called off.
    off: bool,
    /// Where it waits.
    wake: Option<Sender<Outcome>>,
}

impl CallOff {
    fn state(&self) -> std::sync::MutexGuard<'_, CallOffState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A sync begins; earlier calls to cancel do not count.
    pub fn begin(&self) {
        *self.state() = CallOffState {
            running: true,
            ..CallOffState::default()
        };
    }

    /// It has ended.
    pub fn end(&self) {
        *self.state() = CallOffState::default();
    }

    /// Calls off what is under way; nothing when nothing is.
    pub fn cancel(&self) {
        let mut state = self.state();
        if state.running {
            state.off = true;
            if let Some(wake) = state.wake.take() {
                let _ = wake.send(Err(Trouble::Cancelled));
            }
        }
    }

    fn wait_at(&self, wake: Option<Sender<Outcome>>) -> Result<(), Trouble> {
        let mut state = self.state();
        if state.off {
            return Err(Trouble::Cancelled);
        }
        state.wake = wake;
        Ok(())
    }
}

impl Post {
    /// Sends one request off and does not wait: [`Post::wait`] tells how it ended.
    pub fn send(&mut self, ask: Ask, call_off: &CallOff) {
        self.forget();
        self.under_way = Some(self.hand_over(ask, call_off));
    }

    fn hand_over(&mut self, ask: Ask, call_off: &CallOff) -> Result<Receiver<Outcome>, Trouble> {
        let (reply, wait) = mpsc::channel();
        call_off.wait_at(Some(reply.clone()))?;
        if self.courier.is_none() {
            self.courier = Courier::hire();
        }
        let courier = self.courier.as_ref().ok_or(Trouble::Odd("no-thread"))?;
        if courier.asks.send((ask, reply)).is_err() {
            self.courier = None;
            return Err(Trouble::Odd("no-client"));
        }
        Ok(wait)
    }

    /// Nobody waits for the request under way any more; its courier ends with it.
    pub fn forget(&mut self) {
        if self.under_way.take().is_some() {
            self.courier = None;
        }
    }

    /// Waits for the end of the request under way, or until it is called off.
    pub fn wait(&mut self, call_off: &CallOff) -> Outcome {
        let wait = self.under_way.take().ok_or(Trouble::Odd("no-request"))??;
        // The call-off holds a sender, so a courier that died is noticed by time only.
        let outcome = wait.recv_timeout(CONNECT + SILENCE + BODY);
        let ended = call_off.wait_at(None);
        let outcome = outcome.unwrap_or(Err(Trouble::Offline));
        if outcome.is_err() || ended.is_err() {
            // A connection that hangs is left to its thread; the next request gets another.
            self.courier = None;
        }
        ended.and(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_is() {
        let problem = |code: Code| serde_json::to_vec(&Problem::new(code)).expect("plain");
        let head = |status, content_type| Head {
            status,
            content_type,
            retry_after: None,
        };
        let cases = [
            (200, "application/cbor", vec![1], Ok(())),
            (200, "Application/CBOR; x=y", vec![1], Ok(())),
            (204, "", vec![], Ok(())),
            (200, "", vec![], Ok(())),
            (200, "text/html", vec![1], Err(Trouble::LoginWanted)),
            (
                200,
                "text/html; charset=utf-8",
                b"<html>".to_vec(),
                Err(Trouble::LoginWanted),
            ),
            (302, "text/html", vec![], Err(Trouble::LoginWanted)),
            (511, "", vec![], Err(Trouble::LoginWanted)),
            (403, "text/html", vec![], Err(Trouble::LoginWanted)),
            (
                404,
                "text/plain",
                vec![],
                Err(Trouble::Odd("answer-unexpected")),
            ),
            (503, "text/html", vec![], Err(Trouble::Busy(None))),
            (500, "", vec![], Err(Trouble::Busy(None))),
            (
                503,
                path::PROBLEM,
                problem(Code::Busy),
                Err(Trouble::Busy(None)),
            ),
            (
                429,
                path::PROBLEM,
                problem(Code::TooManyTries),
                Err(Trouble::Busy(None)),
            ),
            (
                403,
                path::PROBLEM,
                problem(Code::DeviceRevoked),
                Err(Trouble::Refused(Code::DeviceRevoked)),
            ),
            (
                400,
                path::PROBLEM,
                b"{}".to_vec(),
                Err(Trouble::Odd("problem-unknown")),
            ),
        ];
        for (status, kind, body, expected) in cases {
            assert_eq!(
                judge(&head(status, kind), &body),
                expected,
                "{status} {kind}"
            );
        }
        let mut busy = Problem::new(Code::Busy);
        busy.retry_after = Some(7);
        let body = serde_json::to_vec(&busy).expect("plain");
        let seven = Err(Trouble::Busy(Some(Duration::from_secs(7))));
        assert_eq!(judge(&head(503, path::PROBLEM), &body), seven);
    }
}
