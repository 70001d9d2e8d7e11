//! `POST /v1/sync`. Checks what holds for the request as a whole; the store judges each mailbox.

use std::collections::HashSet;

use axum::extract::State;
use axum::response::Response;
use handrail_wire::limits;
use handrail_wire::problem::Code;
use handrail_wire::sync::{SyncRequest, VERSION};

use crate::app::App;
use crate::intake::{Known, Post, cbor};
use crate::problem::Refusal;
use crate::store::Principal;

/// One round of synchronisation.
pub async fn sync(
    State(app): State<App>,
    post: Post<Known, SyncRequest>,
) -> Result<Response, Refusal> {
    let (Known(who), request, _room) = post.split();
    check(&who, &request)?;
    let now = app.clock.now();
    let answer = app.store.sync(who, request, now).await?;
    let expected = answer.expected_len();
    Ok(cbor(handrail_wire::encode_about(&answer, expected)))
}

/// What refuses the whole request before anything is looked at.
fn check(who: &Principal, request: &SyncRequest) -> Result<(), Code> {
    if request.version != VERSION {
        return Err(Code::UnknownVersion);
    }
    let asked = &request.mailboxes.0;
    let mut mailboxes = HashSet::with_capacity(asked.len());
    let count = asked.iter().map(|ask| ask.entries.0.len()).sum();
    let mut ids = HashSet::with_capacity(count);
    let mut bytes = 0;
    for ask in asked {
        if !mailboxes.insert(ask.mailbox) {
            return Err(Code::MailboxTwice);
        }
        if ask.generation.is_none() && ask.seq != 0 {
            return Err(Code::UnexpectedShape);
        }
        if matches!(who, Principal::Phone(_)) && !ask.boxes.0.is_empty() {
            return Err(Code::NotAllowed);
        }
        for offer in &ask.entries.0 {
            if !ids.insert(offer.id) {
                return Err(Code::EntryTwice);
            }
            bytes += offer.sealed.0.len();
        }
    }
    if count > limits::BATCH_ENTRIES || bytes > limits::BATCH_BYTES {
        return Err(Code::BatchTooLarge);
    }
    Ok(())
}
