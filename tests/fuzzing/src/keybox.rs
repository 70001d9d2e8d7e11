//! Key boxes, certificates and removals: a server must not slip anybody a key or a colleague of its own.
//!
//! Input: one byte that picks what is done.
//! - 0: a true key box with patches (place, place, XOR)... offered as CBOR.
//! - 1: a key box from nowhere, as CBOR.
//! - 2: a true certificate with patches; 3: a true removal with patches.
//! - 4: a stored keyring from nowhere.

use std::sync::LazyLock;

use handrail_mailbox::keybox::{make_box, open_box_unproven};
use handrail_mailbox::{
    BoxError, Certificate, DeviceIdentity, Directory, EpochSecret, Keyring, Removal, Role,
};
use handrail_wire::sync::KeyBox;
use handrail_wire::{decode, encode};

use crate::input::{Input, patched};
use crate::world::{CARE, clinic, keyring};

static DEVICE: LazyLock<DeviceIdentity> = LazyLock::new(|| DeviceIdentity::from_bytes(&[0xd1; 64]));
/// Epoch 4 of the care mailbox for the phone, by Bo.
static BOX: LazyLock<KeyBox> = LazyLock::new(|| {
    let recipient = DEVICE.box_key().recipient();
    let secret = EpochSecret::from_bytes(&[4; 32]);
    make_box(CARE, 4, &secret, &recipient, &clinic().bo).expect("a usable point")
});

/// See the module.
pub fn keybox(input: &[u8]) {
    let mut input = Input::new(input);
    match input.byte() % 5 {
        0 => offered(&patched(&encode(&*BOX), input)),
        1 => offered(input.rest()),
        2 => certified(&patched(&certificate(), input)),
        3 => removed(&patched(&removal(), input)),
        _ => stored(input.rest()),
    }
}

fn certificate() -> Vec<u8> {
    let clinic = clinic();
    let certificate = clinic.root.certify(&clinic.bo.identity(), Role::Clinician);
    certificate.to_bytes().to_vec()
}

fn removal() -> Vec<u8> {
    let clinic = clinic();
    clinic.root.remove(clinic.bo.party()).to_bytes().to_vec()
}

fn offered(bytes: &[u8]) {
    let Ok(key_box) = decode::<KeyBox>(bytes) else {
        return;
    };
    let clinic = clinic();
    let mut keys = keyring(CARE);
    let before = keys.to_bytes();
    let admitted = keys.admit_box(
        &clinic.directory,
        Role::CLINICAL,
        DEVICE.box_key(),
        &key_box,
    );
    if key_box == *BOX {
        assert_eq!(admitted, Ok(true));
        let secret = keys.secret(4).expect("admitted");
        assert_eq!(*secret.to_bytes(), [4; 32]);
        let again = keys.admit_box(
            &clinic.directory,
            Role::CLINICAL,
            DEVICE.box_key(),
            &key_box,
        );
        assert_eq!(again, Ok(false));
        let elsewhere = keyring(clinic.library()).admit_box(
            &clinic.directory,
            Role::CLINICAL,
            DEVICE.box_key(),
            &key_box,
        );
        assert_eq!(elsewhere, Err(BoxError::BadSignature));
        return;
    }
    assert!(admitted.is_err(), "a box that nobody of staff signed");
    assert_eq!(*keys.to_bytes(), *before, "a refused box changed the keys");
    // Without asking who made it, only what was sealed for exactly this opens.
    if let Ok(secret) = open_box_unproven(CARE, DEVICE.box_key(), &key_box) {
        assert_eq!(key_box.sealed, BOX.sealed);
        assert_eq!(key_box.epoch, BOX.epoch);
        assert_eq!(*secret.to_bytes(), [4; 32]);
    }
}

fn certified(bytes: &[u8]) {
    let Ok(read) = Certificate::from_bytes(bytes) else {
        return;
    };
    assert_eq!(read.to_bytes()[..], *bytes);
    let mut directory = Directory::new(clinic().root.public());
    let admitted = directory.admit(&read);
    assert_eq!(
        admitted.is_ok(),
        bytes == certificate(),
        "not the root's own"
    );
    assert_eq!(directory.members().count(), usize::from(admitted.is_ok()));
}

fn removed(bytes: &[u8]) {
    let Ok(read) = Removal::from_bytes(bytes) else {
        return;
    };
    assert_eq!(read.to_bytes()[..], *bytes);
    let mut directory = clinic().directory.clone();
    let removed = directory.remove(&read);
    assert_eq!(removed.is_ok(), bytes == removal(), "not the root's own");
    let bo = directory.member(clinic().bo.party()).expect("admitted");
    assert_eq!(bo.active, removed.is_err());
}

fn stored(bytes: &[u8]) {
    if let Ok(keys) = Keyring::from_bytes(bytes) {
        let again = Keyring::from_bytes(&keys.to_bytes()).expect("our own");
        assert_eq!(*again.to_bytes(), *keys.to_bytes());
        assert!(
            keys.epochs()
                .all(|epoch| epoch > 0 && keys.key(epoch).is_some())
        );
    }
}
