//! Mailboxes and who may use them.

use axum::extract::State;
use axum::http::StatusCode;
use handrail_wire::account::{Grant, NewMailboxes};

use crate::app::App;
use crate::intake::{AnyStaff, Post, done};
use crate::problem::Refusal;

/// `POST /v1/mailboxes`.
pub async fn make(
    State(app): State<App>,
    post: Post<AnyStaff, NewMailboxes>,
) -> Result<StatusCode, Refusal> {
    let (staff, new, _room) = post.split();
    let now = app.clock.now();
    app.store
        .make_mailboxes(staff.who(), new.mailboxes.0, now)
        .await?;
    Ok(done())
}

/// `POST /v1/grants`.
pub async fn grant(
    State(app): State<App>,
    post: Post<AnyStaff, Grant>,
) -> Result<StatusCode, Refusal> {
    app.store.grant(post.who.who(), post.message).await?;
    Ok(done())
}
