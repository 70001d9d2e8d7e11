//! `wire.json`: golden bytes of every message of `handrail-wire`, against the samples beside.

use handrail_wire::{account, invite, sync};
use serde::{Deserialize, Serialize};

use super::{bytes, hex, refused, same};
use crate::vectors::wire_samples as samples;

#[derive(Serialize, Deserialize)]
pub(super) struct File {
    format: String,
    note: String,
    messages: Vec<Message>,
    refused: Vec<Refused>,
}

#[derive(Serialize, Deserialize)]
struct Message {
    name: String,
    cbor: String,
}

/// Bytes that are no `SyncRequest`.
#[derive(Serialize, Deserialize)]
struct Refused {
    name: String,
    cbor: String,
    error: String,
}

/// Encodes the sample and reads the file's bytes back.
fn golden<T>(name: &str, cbor: &str, sample: &T) -> Result<(), String>
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> + PartialEq,
{
    same(name, "bytes", cbor, hex(handrail_wire::encode(sample)))?;
    match handrail_wire::decode::<T>(&bytes(cbor)?) {
        Ok(message) if message == *sample => Ok(()),
        Ok(_) => Err(format!("{name}: decodes to another message")),
        Err(error) => Err(format!("{name}: does not decode: {error}")),
    }
}

/// Every message once by its type's name; optional parts have a second sample.
macro_rules! messages {
    ($($name:literal: $kind:ty = $sample:expr;)*) => {
        fn check_message(name: &str, cbor: &str) -> Result<(), String> {
            match name {
                $($name => golden::<$kind>(name, cbor, &$sample),)*
                other => Err(format!("no message named {other}")),
            }
        }

        const NAMES: &[&str] = &[$($name,)*];

        #[cfg(test)]
        fn messages() -> Vec<Message> {
            vec![$(Message {
                name: $name.into(),
                cbor: hex(handrail_wire::encode::<$kind>(&$sample)),
            },)*]
        }
    };
}

messages! {
    "SyncRequest": sync::SyncRequest = samples::sync_request();
    "SyncRequest, first contact": sync::SyncRequest = samples::first_contact();
    "SyncResponse": sync::SyncResponse = samples::sync_response();
    "SyncResponse, parted": sync::SyncResponse = samples::parted();
    "SyncResponse, appended": sync::SyncResponse = samples::appended();
    "KeyBox": sync::KeyBox = samples::key_box();
    "SetupState": account::SetupState = samples::setup_state();
    "SetupRequest": account::SetupRequest = samples::setup_request();
    "NewStaff": account::NewStaff = samples::new_staff();
    "LoginStart": account::LoginStart = samples::login_start();
    "LoginParams": account::LoginParams = samples::login_params();
    "LoginRequest": account::LoginRequest = samples::login_request();
    "LoginResponse": account::LoginResponse = samples::login_response();
    "RemoveStaff": account::RemoveStaff = samples::remove_staff();
    "NewMailboxes": account::NewMailboxes = samples::new_mailboxes();
    "Grant": account::Grant = samples::grant();
    "Devices": account::Devices = samples::devices();
    "RevokeDevice": account::RevokeDevice = samples::revoke_device();
    "CloseAccount": account::CloseAccount = samples::close_account();
    "NoticeResponse": account::NoticeResponse = samples::notice_response();
    "NewInvite": invite::NewInvite = samples::new_invite();
    "Invites": invite::Invites = samples::invites();
    "RevokeInvite": invite::RevokeInvite = samples::revoke_invite();
    "RedeemRequest": invite::RedeemRequest = samples::redeem_request();
    "RedeemResponse": invite::RedeemResponse = samples::redeem_response();
}

pub(super) fn check(file: &File) -> Result<usize, String> {
    let named: Vec<&str> = file.messages.iter().map(|one| one.name.as_str()).collect();
    if named != NAMES {
        return Err("the file does not name every message".into());
    }
    for message in &file.messages {
        check_message(&message.name, &message.cbor)?;
    }
    for case in &file.refused {
        let answer = handrail_wire::decode::<sync::SyncRequest>(&bytes(&case.cbor)?);
        refused(&case.name, &case.error, answer)?;
    }
    Ok(file.messages.len() + file.refused.len())
}

#[cfg(test)]
pub(super) fn generate() -> File {
    let refuse = |name: &str, cbor: &[u8], error: &str| Refused {
        name: name.into(),
        cbor: hex(cbor),
        error: error.into(),
    };
    File {
        format: "wire".into(),
        note: "RFC 8949, definite lengths; samples in core/mailbox/src/vectors/wire_samples.rs."
            .into(),
        messages: messages(),
        refused: vec![
            refuse("nothing", &[], "malformed-cbor"),
            refuse("indefinite array", &[0x9f, 0x01, 0xff], "malformed-cbor"),
            refuse("a tag", &[0xc1, 0x00], "malformed-cbor"),
            refuse("a float", &[0xf9, 0x3c, 0x00], "malformed-cbor"),
            refuse("nested too deep", &[0x81; 10], "malformed-cbor"),
            refuse("cut", &[0x82, 0x01], "malformed-cbor"),
            refuse(
                "another shape",
                &[0x82, 0x61, 0x31, 0x80],
                "unexpected-shape",
            ),
            refuse(
                "bytes after it",
                &[0x82, 0x01, 0x80, 0x00],
                "trailing-bytes",
            ),
        ],
    }
}
