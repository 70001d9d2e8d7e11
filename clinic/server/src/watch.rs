//! `GET /v1/watch`: tells open console pages that something has changed, and nothing about what.
//!
//! Server-sent events: `change` without content, at most one each [`Bounds::watch_gap`], and a comment
//! as a sign of life. A stream does not keep its session alive, and ends with it.
//!
//! [`Bounds::watch_gap`]: crate::config::Bounds::watch_gap

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use handrail_wire::id::Digest;
use handrail_wire::problem::Code;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};

use crate::app::App;
use crate::auth;
use crate::intake::{AnyStaff, Caller};
use crate::problem::Refusal;

/// A browser dispatches an event only if it has a data line, be it empty.
const CHANGE: &[u8] = b"event: change\ndata:\n\n";
const ALIVE: &[u8] = b":\n\n";

struct Stream {
    app: App,
    session: Digest,
    changes: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    begun: bool,
    /// No event before this.
    quiet_until: Instant,
    _permit: OwnedSemaphorePermit,
}

/// Opens a stream.
pub async fn watch(
    State(app): State<App>,
    Caller(AnyStaff(staff)): Caller<AnyStaff>,
) -> Result<Response, Refusal> {
    let permit = Arc::clone(&app.watchers)
        .try_acquire_owned()
        .map_err(|_| Refusal::later(Code::Busy, 30))?;
    let stream = Stream {
        changes: app.store.changes(),
        stopping: app.stopping.clone(),
        session: staff.session,
        begun: false,
        quiet_until: Instant::now(),
        _permit: permit,
        app,
    };
    let body = stream::unfold(stream, |mut stream| async move {
        let bytes = stream.next().await?;
        Some((
            Ok::<_, std::convert::Infallible>(Bytes::from_static(bytes)),
            stream,
        ))
    });
    let mut response = Body::from_stream(body).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    Ok(response)
}

impl Stream {
    /// The next bytes; `None` ends the stream.
    async fn next(&mut self) -> Option<&'static [u8]> {
        if !self.begun {
            // So that the browser knows the stream is open.
            self.begun = true;
            return Some(ALIVE);
        }
        let beat = Instant::now() + self.app.bounds.watch_beat;
        let bytes = tokio::select! {
            _ = self.stopping.wait_for(|stopping| *stopping) => return None,
            () = sleep_until(beat) => ALIVE,
            changed = changed(&mut self.changes, self.quiet_until) => {
                changed?;
                self.quiet_until = Instant::now() + self.app.bounds.watch_gap;
                CHANGE
            }
        };
        let open = auth::is_open(&self.app, self.session).await;
        open.then_some(bytes)
    }
}

/// Waits for a change, then for the end of the gap; changes in between are one.
async fn changed(changes: &mut watch::Receiver<u64>, not_before: Instant) -> Option<()> {
    changes.changed().await.ok()?;
    sleep_until(not_before).await;
    changes.mark_unchanged();
    Some(())
}
