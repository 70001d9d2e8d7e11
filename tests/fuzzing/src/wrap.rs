//! What rests elsewhere under a passphrase or a phone's key: staff wrapping, printed secrets, the local seal.
//!
//! Input: one byte that picks what is done.
//! - 0: a true wrapped identity with patches (place, place, XOR)...
//! - 1: any plain text, wrapped by somebody who knows passphrase and account secret.
//! - 2: Argon2id parameters from a server: memory (4 bytes), passes (4), lanes (4).
//! - 3: a secret as typed from paper.
//! - 4: bytes under a phone's own key: place (4 bytes), bits, plain text.

use std::sync::LazyLock;

use handrail_mailbox::local::{LocalError, open_local, seal_local};
use handrail_mailbox::staff::{CEILING, FLOOR, derive_login};
use handrail_mailbox::{
    AccountSecret, LocalKey, LoginKeys, RecoveryKey, RootKey, StaffIdentity, StaffSecret, WrapError,
};
use handrail_wire::account::Argon2Params;
use handrail_wire::limits;

use crate::input::{Input, patched, text};
use crate::outside;
use crate::world::clinic;

const LOGIN: &str = "ida";
const PASSPHRASE: &str = "three apples in a basket";
const CARD: [u8; 16] = [0xca; 16];
const SALT: [u8; 16] = [0x5a; 16];

/// Once in a process: it is slow on purpose.
static KEYS: LazyLock<LoginKeys> = LazyLock::new(|| {
    let card = AccountSecret::from_bytes(&CARD);
    derive_login(PASSPHRASE, &card, &SALT, FLOOR).expect("the floor is enough")
});
/// The wrapping key by the second writing of the format.
static WRAP: LazyLock<[u8; 32]> = LazyLock::new(|| {
    let params = argon2::Params::new(FLOOR.memory_kib, FLOOR.passes, FLOOR.lanes, Some(32));
    let params = params.expect("parameters of the floor");
    let mut ikm = [0; 48];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(PASSPHRASE.as_bytes(), &SALT, &mut ikm[..32])
        .expect("the memory of the floor");
    ikm[32..].copy_from_slice(&CARD);
    outside::hkdf(b"handrail/staff/v1", &ikm, b"wrap")
});
static WRAPPED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let secret = StaffSecret {
        identity: StaffIdentity::from_bytes(&[0x1d; 64]),
        clinic_root: clinic().root.public(),
        root: Some(RootKey::from_bytes(&[0x70; 32])),
    };
    KEYS.wrap(LOGIN, &secret)
});

/// See the module.
pub fn wrap(input: &[u8]) {
    let mut input = Input::new(input);
    match input.byte() % 5 {
        0 => handed_out(&patched(&WRAPPED, input)),
        1 => any_plain(input.rest()),
        2 => parameters(Argon2Params {
            memory_kib: input.long(),
            passes: input.long(),
            lanes: input.long(),
        }),
        3 => {
            if let Some(typed) = text(input.rest()) {
                printed(typed);
            }
        }
        _ => local(input),
    }
}

fn handed_out(bytes: &[u8]) {
    let whole = bytes == *WRAPPED;
    let opened = KEYS.unwrap(LOGIN, bytes);
    assert_eq!(
        opened.is_ok(),
        whole,
        "changed bytes opened, or true ones did not"
    );
    assert!(KEYS.unwrap("bo", bytes).is_err(), "another login name");
    assert!(KEYS.unwrap(LOGIN, &bytes[..bytes.len() - 1]).is_err());
    assert!(KEYS.unwrap(LOGIN, &[bytes, &[0]].concat()).is_err());
    match opened.err() {
        None => {}
        Some(WrapError::UnknownVersion) => assert_ne!(bytes[0], 1),
        Some(error) => assert_eq!(error, WrapError::NotAuthentic),
    }
}

fn any_plain(plain: &[u8]) {
    let aad = [&b"handrail/wrap/v1"[..], LOGIN.as_bytes()].concat();
    let bytes = outside::wrapped(&WRAP, &aad, plain);
    let Ok(secret) = KEYS.unwrap(LOGIN, &bytes) else {
        return;
    };
    if let Some(root) = &secret.root {
        assert_eq!(
            root.public(),
            secret.clinic_root,
            "another clinic's root key"
        );
    }
    let again = KEYS.wrap(LOGIN, &secret);
    assert!(again.len() <= limits::WRAPPED);
    let again = KEYS.unwrap(LOGIN, &again).expect("our own");
    assert_eq!(*again.identity.to_bytes(), *secret.identity.to_bytes());
    assert_eq!(again.clinic_root, secret.clinic_root);
    assert_eq!(again.root.is_some(), secret.root.is_some());
}

/// Weak and heavy parameters are refused before any work or memory is spent on them.
fn parameters(params: Argon2Params) {
    let Argon2Params {
        memory_kib,
        passes,
        lanes,
    } = params;
    let weak = memory_kib < FLOOR.memory_kib || passes < FLOOR.passes || lanes < FLOOR.lanes;
    let heavy = memory_kib > CEILING.memory_kib || passes > CEILING.passes || lanes > CEILING.lanes;
    if !weak && !heavy {
        // Allowed, and slow on purpose: other tests do that.
        return;
    }
    let card = AccountSecret::from_bytes(&CARD);
    let mut result = None;
    let used = allocation_counter::measure(|| {
        result = derive_login(PASSPHRASE, &card, &SALT, params).err();
    });
    let expected = if weak {
        WrapError::WeakParameters
    } else {
        WrapError::HeavyParameters
    };
    assert_eq!(result, Some(expected));
    assert!(used.bytes_max < 4096, "memory spent on refused parameters");
}

fn printed(typed: &str) {
    if let Ok(card) = AccountSecret::parse(typed) {
        let shown = card.print();
        let again = AccountSecret::parse(&shown).expect("as printed");
        assert_eq!(*again.to_bytes(), *card.to_bytes());
        assert!(RecoveryKey::parse(typed).is_err(), "one paper for another");
    }
    if let Ok(sheet) = RecoveryKey::parse(typed) {
        let shown = sheet.print();
        let again = RecoveryKey::parse(&shown).expect("as printed");
        assert_eq!(*again.print(), *shown);
    }
}

fn local(mut input: Input<'_>) {
    let (place, bits) = (input.long() as usize, input.byte() | 1);
    let plain = input.rest();
    let key = LocalKey::from_bytes(&[0x10; 32]);
    let sealed = seal_local(&key, "draft", plain);
    let opened = open_local(&key, "draft", &sealed).expect("our own");
    assert_eq!(opened.as_slice(), plain);
    assert!(open_local(&key, "settings", &sealed).is_err());
    let mut changed = sealed.clone();
    changed[place % sealed.len()] ^= bits;
    assert!(open_local(&key, "draft", &changed).is_err());
    assert!(open_local(&key, "draft", &sealed[..place % sealed.len()]).is_err());
    assert!(open_local(&key, "draft", &[&sealed[..], &[bits]].concat()).is_err());
    match open_local(&key, "draft", plain).err() {
        None => panic!("bytes from nowhere opened"),
        Some(LocalError::TooShort) => assert!(plain.len() < 29),
        Some(LocalError::UnknownVersion) => assert_ne!(plain[0], 1),
        Some(LocalError::NotAuthentic) => {}
    }
}
