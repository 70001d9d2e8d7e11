use super::*;
use crate::identity::DeviceIdentity;
use crate::recovery::RecoveryKey;
use crate::seal;
use crate::testing::{CARE, Clinic, ENTRY, FAMILY, keyring};
use proptest::prelude::*;

fn box_for(recipient: &Recipient, epoch: u32, signer: &StaffIdentity) -> KeyBox {
    let secret = EpochSecret::from_bytes(&[0x5e; 32]);
    make_box(CARE, epoch, &secret, recipient, signer).expect("a usable recipient")
}

fn admit(clinic: &Clinic, key: &BoxKey, key_box: &KeyBox) -> Result<bool, BoxError> {
    Keyring::new(CARE).admit_box(&clinic.directory, Role::CLINICAL, key, key_box)
}

#[test]
fn phones_staff_team_and_recovery_open_their_boxes() {
    let clinic = Clinic::new();
    let phone = DeviceIdentity::make();
    let team = keyring(FAMILY, 1).derive_team_key(1).expect("known");
    let sheet = RecoveryKey::make().derive_box_key();
    for key in [phone.box_key(), clinic.ida.box_key(), &team, &sheet] {
        let key_box = box_for(&key.recipient(), 3, &clinic.bo);
        let mut keys = Keyring::new(CARE);
        let roles = Role::CLINICAL;
        assert_eq!(
            keys.admit_box(&clinic.directory, roles, key, &key_box),
            Ok(true)
        );
        assert_eq!(
            keys.admit_box(&clinic.directory, roles, key, &key_box),
            Ok(false)
        );
        let secret = keys.secret(3).expect("admitted");
        assert_eq!(*secret.to_bytes(), [0x5e; 32]);
    }
}

#[test]
fn a_box_that_staff_did_not_sign_is_refused() {
    let clinic = Clinic::new();
    let phone = DeviceIdentity::make();
    let key = phone.box_key();
    let good = box_for(&key.recipient(), 2, &clinic.bo);
    assert_eq!(admit(&clinic, key, &good), Ok(true));

    // The server makes an epoch of its own, in its own name, then in Bo's.
    let server = StaffIdentity::make();
    let mut injected = box_for(&key.recipient(), 2, &server);
    assert_eq!(admit(&clinic, key, &injected), Err(BoxError::UnknownSigner));
    injected.signer = clinic.bo.party();
    assert_eq!(admit(&clinic, key, &injected), Err(BoxError::BadSignature));
    // The front desk gives out no care keys.
    let desk = box_for(&key.recipient(), 2, &clinic.desk);
    assert_eq!(admit(&clinic, key, &desk), Err(BoxError::WrongRole));
    // Bo's box, relabelled.
    let changes: [fn(&mut KeyBox); 4] = [
        |key_box| key_box.epoch = 3,
        |key_box| key_box.sealed.0[0] ^= 1,
        |key_box| key_box.sealed.0[79] ^= 1,
        |key_box| key_box.sealed.0.truncate(79),
    ];
    for change in changes {
        let mut altered = good.clone();
        change(&mut altered);
        assert_eq!(admit(&clinic, key, &altered), Err(BoxError::BadSignature));
    }
    let mut zero = good.clone();
    zero.epoch = 0;
    assert_eq!(admit(&clinic, key, &zero), Err(BoxError::EpochZero));
    let other = DeviceIdentity::make();
    assert_eq!(
        admit(&clinic, other.box_key(), &good),
        Err(BoxError::NotMine)
    );
    // Of another mailbox.
    let moved = Keyring::new(FAMILY).admit_box(&clinic.directory, Role::CLINICAL, key, &good);
    assert_eq!(moved, Err(BoxError::BadSignature));
}

#[test]
fn a_properly_signed_box_that_does_not_open_is_not_authentic() {
    let clinic = Clinic::new();
    let phone = DeviceIdentity::make();
    let mut key_box = box_for(&phone.box_key().recipient(), 1, &clinic.bo);
    for (at, len) in [(0, 80), (40, 80), (79, 80), (0, 79), (0, 0)] {
        let mut broken = key_box.clone();
        broken.sealed.0[at] ^= 1;
        broken.sealed.0.truncate(len);
        let message = signed_message(CARE, 1, broken.recipient, &broken.sealed.0);
        broken.signature = clinic.bo.sign(&message);
        assert_eq!(
            admit(&clinic, phone.box_key(), &broken),
            Err(BoxError::NotAuthentic)
        );
    }
    // An all-zero shared secret (RFC 9180 section 7.1.4) is refused on both sides.
    key_box.sealed.0[..32].fill(0);
    key_box.signature = clinic.bo.sign(&signed_message(
        CARE,
        1,
        key_box.recipient,
        &key_box.sealed.0,
    ));
    assert_eq!(
        admit(&clinic, phone.box_key(), &key_box),
        Err(BoxError::NotAuthentic)
    );
    let secret = EpochSecret::make();
    let zero = Recipient::of_team([0; 32]);
    assert_eq!(
        make_box(CARE, 1, &secret, &zero, &clinic.bo),
        Err(BoxError::BadRecipient)
    );
}

/// A colleague's first login: the library's box comes before the certificate of whoever signed it.
#[test]
fn an_unproven_library_box_leads_to_the_certificate_that_proves_it() {
    let clinic = Clinic::new();
    let certificate = clinic
        .root
        .certify(&clinic.ida.identity(), Role::Administrator);
    let to = clinic.bo.box_key();
    let key_box = box_for(&to.recipient(), 1, &clinic.ida);
    let secret = open_box_unproven(CARE, to, &key_box).expect("addressed to Bo");
    let mut peek = Keyring::new(CARE);
    peek.insert(1, secret).expect("the first");
    let entry = certificate.to_bytes();
    let key = peek.current().expect("one epoch");
    let sealed = seal::seal(key, ENTRY, &entry, Some(&clinic.ida), 0);

    let mut directory = Directory::new(clinic.root.public());
    let mut keys = Keyring::new(CARE);
    let mut admit = |directory: &Directory| keys.admit_box(directory, Role::ALL, to, &key_box);
    assert_eq!(admit(&directory), Err(BoxError::UnknownSigner));
    let found = seal::open_unproven(&peek, ENTRY, sealed).expect("the peeking key opens it");
    let found = crate::Certificate::from_bytes(&found).expect("a certificate");
    directory.admit(&found).expect("signed by the root");
    assert_eq!(admit(&directory), Ok(true));

    let other = open_box_unproven(CARE, clinic.ida.box_key(), &key_box);
    assert_eq!(other.err(), Some(BoxError::NotMine));
}

#[test]
fn one_epoch_keeps_its_first_secret() {
    let clinic = Clinic::new();
    let phone = DeviceIdentity::make();
    let mut keys = keyring(CARE, 2);
    let key_box = box_for(&phone.box_key().recipient(), 2, &clinic.bo);
    assert_eq!(
        keys.admit_box(&clinic.directory, Role::CLINICAL, phone.box_key(), &key_box),
        Err(BoxError::EpochConflict)
    );
    assert_eq!(*keys.secret(2).expect("first").to_bytes(), [2; 32]);
}

/// Bo leaves. New epochs are boxed to those who stay; Bo opens none of them, and what is sealed from
/// then on stays closed to Bo.
#[test]
fn a_removed_member_cannot_open_the_next_epoch() {
    let mut clinic = Clinic::new();
    let bo = StaffIdentity::from_bytes(&clinic.bo.to_bytes());
    let bos_ring = keyring(CARE, 1);
    clinic.remove(&bo);
    let next = EpochSecret::make();
    let boxes = [clinic.ida.box_key().recipient()]
        .map(|to| make_box(CARE, 2, &next, &to, &clinic.ida).expect("usable"));
    let mut stays = keyring(CARE, 1);
    stays
        .admit_box(
            &clinic.directory,
            Role::CLINICAL,
            clinic.ida.box_key(),
            &boxes[0],
        )
        .expect("Ida's box");
    let sealed = seal::seal(stays.current().expect("2"), ENTRY, b"after", None, 0);

    let opened = seal::open(&bos_ring, &clinic.directory, ENTRY, sealed.clone());
    assert_eq!(opened.err(), Some(seal::OpenError::UnknownEpoch(2)));
    // Bo takes Ida's box, as it is and readdressed.
    let mut taken = boxes[0].clone();
    assert_eq!(admit(&clinic, bo.box_key(), &taken), Err(BoxError::NotMine));
    taken.recipient = bo.party();
    let stolen = unseal(CARE, bo.box_key(), &taken);
    assert_eq!(stolen.err(), Some(BoxError::NotAuthentic));
    // Guessing that the next epoch follows from the last does not help either.
    let mut guess = keyring(CARE, 1);
    guess
        .insert(2, EpochSecret::from_bytes(&[1; 32]))
        .expect("a guess");
    let opened = seal::open(&guess, &clinic.directory, ENTRY, sealed.clone());
    assert_eq!(opened.err(), Some(seal::OpenError::NotAuthentic));
    assert!(seal::open(&stays, &clinic.directory, ENTRY, sealed).is_ok());
}

/// A removed member who works with the server must not choose the key of new entries, yet the epochs
/// they once gave out must stay readable on a new device.
#[test]
fn a_removed_signer_gives_history_but_no_new_epoch() {
    let mut clinic = Clinic::new();
    let phone = DeviceIdentity::make();
    let to = phone.box_key().recipient();
    let bo = StaffIdentity::from_bytes(&clinic.bo.to_bytes());
    let old = box_for(&to, 1, &bo);
    let evil = box_for(&to, 3, &bo);
    let new = box_for(&to, 2, &clinic.ida);
    clinic.remove(&bo);
    let mut keys = Keyring::new(CARE);
    let mut admit = |key_box: &KeyBox| {
        keys.admit_box(&clinic.directory, Role::CLINICAL, phone.box_key(), key_box)
    };
    assert_eq!(admit(&old), Err(BoxError::SignerRemoved));
    assert_eq!(admit(&new), Ok(true));
    assert_eq!(admit(&old), Ok(true));
    assert_eq!(admit(&evil), Err(BoxError::SignerRemoved));
    assert_eq!(keys.current().map(crate::SealKey::epoch), Some(2));
    // Stored and read back, an epoch known only from Bo still vouches for nothing.
    let again = Keyring::from_bytes(&keys.to_bytes()).expect("ours");
    assert_eq!(again.vouched_epoch(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_flipped_bit_of_the_sealed_part_fails(at in 0..80_usize, bit in 0..8_u8) {
        let clinic = Clinic::new();
        let phone = DeviceIdentity::make();
        let mut key_box = box_for(&phone.box_key().recipient(), 1, &clinic.bo);
        key_box.sealed.0[at] ^= 1 << bit;
        prop_assert_eq!(admit(&clinic, phone.box_key(), &key_box), Err(BoxError::BadSignature));
        let opened = unseal(CARE, phone.box_key(), &key_box);
        // X25519 ignores the top bit of a coordinate, but HPKE binds the encapsulated bytes.
        prop_assert_eq!(opened.err(), Some(BoxError::NotAuthentic));
    }
}
