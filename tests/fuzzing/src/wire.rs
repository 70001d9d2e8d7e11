//! CBOR of the protocol: every message type, as a server and a client decode it.
//!
//! Input: one byte that picks the type (place in [`TYPES`]), then the message.

use std::fmt::Debug;

use allocation_counter::measure;
use handrail_wire::account::{
    Argon2Params, CloseAccount, Device, Devices, Grant, LoginParams, LoginRequest, LoginResponse,
    LoginStart, NewMailboxes, NewStaff, Notice, NoticeResponse, RemoveStaff, RevokeDevice,
    SetupRequest, SetupState,
};
use handrail_wire::codec::CodecError;
use handrail_wire::invite::{
    InviteState, InviteStatus, Invites, NewInvite, RedeemRequest, RedeemResponse, RevokeInvite,
};
use handrail_wire::sync::{
    Body, KeyBox, Logged, MailboxRequest, MailboxResponse, Offer, Outcome, Probe, SyncRequest,
    SyncResponse, Verdict,
};
use handrail_wire::{decode, encode};
use minicbor::{Decode, Encode};

/// A decoded message and what it took to decode it may hold this many times the bytes of the input.
/// (The worst are lists of small items, which grow by doubling.)
const MOST_TIMES: u64 = 16;
/// And this much beside it: lists are made with room for 64 items.
const MOST_BESIDE: u64 = 64 * 1024;
/// How many shorter forms of an accepted message are tried.
const CUTS: usize = 64;

macro_rules! types {
    ($($message:ident)*) => {
        /// Names of all message types, in the order of the first byte.
        pub const TYPES: &[&str] = &[$(stringify!($message)),*];
        const CHECKS: &[fn(&[u8])] = &[$(check::<$message>),*];
    };
}

types! {
    SyncRequest SyncResponse MailboxRequest MailboxResponse Offer KeyBox Probe Outcome Verdict Body Logged
    Argon2Params NewStaff SetupState SetupRequest LoginStart LoginParams LoginRequest LoginResponse
    RemoveStaff NewMailboxes Grant Device Devices RevokeDevice CloseAccount Notice NoticeResponse
    NewInvite InviteState InviteStatus Invites RevokeInvite RedeemRequest RedeemResponse
}

/// See the module.
pub fn wire(input: &[u8]) {
    if let Some((which, bytes)) = input.split_first() {
        CHECKS[usize::from(*which) % CHECKS.len()](bytes);
    }
}

fn check<T>(bytes: &[u8])
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug,
{
    let mut read = Err(CodecError::Malformed);
    let used = measure(|| read = decode::<T>(bytes));
    let most = MOST_TIMES * bytes.len() as u64 + MOST_BESIDE;
    assert!(
        used.bytes_max <= most,
        "{} bytes made the decoder hold {}",
        bytes.len(),
        used.bytes_max
    );
    let Ok(message) = read else {
        return;
    };
    let written = encode(&message);
    assert_eq!(decode::<T>(&written).as_ref(), Ok(&message), "read back");
    for more in [0x00, 0x40, 0x80, 0xf6, 0xff] {
        let longer = [bytes, &[more]].concat();
        assert_eq!(decode::<T>(&longer), Err(CodecError::Trailing));
    }
    let step = (bytes.len() / CUTS).max(1);
    for end in (0..bytes.len()).step_by(step) {
        assert!(
            decode::<T>(&bytes[..end]).is_err(),
            "a cut message was read"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_type_of_the_protocol_is_a_target() {
        let sources = [
            include_str!("../../../core/wire/src/account.rs"),
            include_str!("../../../core/wire/src/invite.rs"),
            include_str!("../../../core/wire/src/sync.rs"),
        ];
        let mut found = 0;
        for source in sources {
            let mut derived = false;
            for line in source.lines() {
                if line.starts_with("#[derive(") {
                    derived = line.contains("Decode");
                }
                let name = ["pub struct ", "pub enum "]
                    .iter()
                    .find_map(|start| line.strip_prefix(start));
                if let Some(name) = name.filter(|_| derived) {
                    let name = name.split([' ', '<', '(']).next().unwrap_or(name);
                    assert!(TYPES.contains(&name), "{name} is no target");
                    found += 1;
                }
            }
        }
        assert_eq!(found, TYPES.len());
    }
}
