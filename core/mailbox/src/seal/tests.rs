use proptest::prelude::*;

use super::*;
use crate::crypto::with_portable;
use crate::identity::DeviceIdentity;
use crate::testing::{CARE, Clinic, ENTRY, FAMILY, keyring};
use handrail_wire::limits;

fn current(keyring: &Keyring) -> &SealKey {
    keyring.current().expect("has an epoch")
}

#[test]
fn sizes_step_by_doubling_from_256() {
    // (entry bytes, signed, floor, padded plaintext)
    let cases = [
        (0, false, 0, 256),
        (251, false, 0, 256),
        (252, false, 0, 512),
        (171, true, 0, 256),
        (172, true, 0, 512),
        (1019, false, 0, 1024),
        (1020, false, 0, 2048),
        (2044, false, 0, 4096),
        (10, false, 257, 512),
        (10, false, 2048, 2048),
        (3000, false, 2048, 4096),
        (32 * 1024 - 5, false, 0, 32 * 1024),
    ];
    let clinic = Clinic::new();
    let keys = keyring(CARE, 1);
    for (len, signed, floor, plain) in cases {
        let signer = signed.then_some(&clinic.bo);
        let sealed = seal(current(&keys), ENTRY, &vec![7; len], signer, floor);
        assert_eq!(sealed.len(), plain + 33, "{len} {signed} {floor}");
        assert_eq!(sealed.len(), sealed_size(len, signed, floor));
    }
    assert!(sealed_size(32 * 1024 - 5, false, 0) <= limits::ENTRY);
    assert!(sealed_size(32 * 1024 - 4, false, 0) > limits::ENTRY);
    assert!(sealed_size(128 * 1024 - 85, true, 0) <= limits::LIBRARY_ENTRY);
}

#[test]
fn a_floor_gives_every_answer_sheet_one_size() {
    let keys = keyring(CARE, 1);
    let sizes: Vec<usize> = [3, 90, 600, 1900]
        .iter()
        .map(|len| seal(current(&keys), ENTRY, &vec![1; *len], None, 2048).len())
        .collect();
    assert!(sizes.iter().all(|size| *size == 2048 + 33), "{sizes:?}");
}

#[test]
fn each_back_end_opens_what_the_other_sealed() {
    let clinic = Clinic::new();
    let keys = keyring(CARE, 2);
    let signed = Author::Signed {
        party: clinic.bo.party(),
        role: Role::Clinician,
        active: true,
    };
    for (signer, author) in [(None, Author::Unsigned), (Some(&clinic.bo), signed)] {
        let by_ring = seal(current(&keys), ENTRY, b"slept well", signer, 0);
        let by_portable = with_portable(|| seal(current(&keys), ENTRY, b"slept well", signer, 0));
        let open = |sealed: &[u8]| open(&keys, &clinic.directory, ENTRY, sealed.to_vec());
        let opened = [
            open(&by_portable).expect("ring opens portable's"),
            with_portable(|| open(&by_ring).expect("portable opens ring's")),
        ];
        for one in opened {
            assert_eq!((one.bytes(), one.author()), (&b"slept well"[..], author));
            assert_eq!(one.into_bytes(), b"slept well");
        }
        assert_ne!(by_ring, by_portable, "each seal has its own nonce");
    }
}

#[test]
fn another_mailbox_entry_or_epoch_does_not_open() {
    let clinic = Clinic::new();
    let keys = keyring(CARE, 2);
    let sealed = seal(current(&keys), ENTRY, b"x", None, 0);
    let open = |keys: &Keyring, entry, sealed: &[u8]| {
        open(keys, &clinic.directory, entry, sealed.to_vec()).err()
    };
    assert_eq!(open(&keys, ENTRY, &sealed), None);
    // The same secrets under another mailbox: a relabelled entry.
    let family = keyring(FAMILY, 2);
    assert_eq!(open(&family, ENTRY, &sealed), Some(OpenError::NotAuthentic));
    assert_eq!(
        open(&keys, EntryId([0; 16]), &sealed),
        Some(OpenError::NotAuthentic)
    );
    let mut older = sealed.clone();
    older[4] = 1;
    assert_eq!(open(&keys, ENTRY, &older), Some(OpenError::NotAuthentic));
    assert_eq!(
        open(&keyring(CARE, 1), ENTRY, &sealed),
        Some(OpenError::UnknownEpoch(2))
    );
    let mut newer = sealed.clone();
    newer[0] = 2;
    assert_eq!(open(&keys, ENTRY, &newer), Some(OpenError::UnknownVersion));
    for short in [0, 1, 17, 33, 256, 288] {
        assert_eq!(
            open(&keys, ENTRY, &sealed[..short]),
            Some(OpenError::TooShort)
        );
    }
}

/// Associated data binds each of its parts by itself, not only through the derived key.
#[test]
fn associated_data_binds_mailbox_and_epoch() {
    let keys = keyring(CARE, 1);
    let key = current(&keys);
    let sealed = seal(key, ENTRY, b"x", None, 0);
    let same_key = |mailbox, epoch| SealKey {
        key: key.key,
        mailbox,
        epoch,
    };
    let reseal = |key: &SealKey| {
        let nonce = sealed[5..17].try_into().expect("12 bytes");
        seal_with(key, ENTRY, b"x", None, 0, &nonce)
    };
    assert_eq!(reseal(&same_key(CARE, 1)), sealed);
    let tag = |sealed: &[u8]| sealed[sealed.len() - 16..].to_vec();
    assert_ne!(tag(&reseal(&same_key(FAMILY, 1))), tag(&sealed));
    assert_ne!(tag(&reseal(&same_key(CARE, 2))), tag(&sealed));
}

#[test]
fn padding_that_is_not_zero_or_not_a_step_is_refused() {
    let keys = keyring(CARE, 1);
    let key = current(&keys);
    let reseal = |plain: &[u8]| {
        let nonce = [9; 12];
        let mut sealed = vec![1, 0, 0, 0, 1];
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let tag = crypto::aead_seal(&key.key, &nonce, &aad(key, ENTRY), &mut sealed[17..]);
        sealed.extend_from_slice(&tag);
        open(&keys, &Clinic::new().directory, ENTRY, sealed)
            .map(Opened::into_bytes)
            .map_err(|error| error.to_string())
    };
    let mut plain = vec![0; 512];
    plain[3] = 3;
    plain[5..7].copy_from_slice(b"ok");
    assert_eq!(reseal(&plain), Ok(b"ok".to_vec()));
    let bad = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut plain = plain.clone();
        change(&mut plain);
        reseal(&plain)
    };
    let padding = Err("seal-bad-padding".to_owned());
    assert_eq!(bad(&|plain| plain[511] = 1), padding);
    assert_eq!(bad(&|plain| plain[7] = 1), padding);
    assert_eq!(bad(&|plain| plain[3] = 0), padding);
    assert_eq!(bad(&|plain| plain[0] = 0xff), padding);
    assert_eq!(bad(&|plain| plain[2] = 2), padding);
    assert_eq!(bad(&|plain| plain.resize(768, 0)), padding);
    // Signed, but too short to hold a signature; and a kind that a newer program may know.
    assert_eq!(bad(&|plain| plain[4] = 1), padding);
    let version = Err("seal-unknown-version".to_owned());
    assert_eq!(bad(&|plain| plain[4] = 2), version);
}

#[test]
fn nobody_signs_for_someone_else() {
    let clinic = Clinic::new();
    let keys = keyring(CARE, 1);
    let key = current(&keys);
    let phone = DeviceIdentity::make();
    let message = signed_message(key, ENTRY, b"plan");
    let elsewhere = signed_message(key, EntryId([0; 16]), b"plan");
    let cases = [
        // Bo writes in Ida's name.
        (
            clinic.ida.party(),
            clinic.bo.sign(&message),
            OpenError::BadSignature,
        ),
        // A patient's phone writes in Bo's name, then in its own.
        (
            clinic.bo.party(),
            phone.sign(&message),
            OpenError::BadSignature,
        ),
        (
            phone.party(),
            phone.sign(&message),
            OpenError::UnknownSigner,
        ),
        // Staff of another clinic.
        (
            Clinic::new().bo.party(),
            Clinic::new().bo.sign(&message),
            OpenError::UnknownSigner,
        ),
        // Bo's own signature, lifted from another entry.
        (
            clinic.bo.party(),
            clinic.bo.sign(&elsewhere),
            OpenError::BadSignature,
        ),
        (
            clinic.bo.party(),
            Signature([0; 64]),
            OpenError::BadSignature,
        ),
    ];
    for (party, signature, error) in cases {
        let nonce = crypto::random();
        let sealed = seal_claiming(key, ENTRY, b"plan", Some((party, signature)), 0, &nonce);
        let opened = open(&keys, &clinic.directory, ENTRY, sealed);
        assert_eq!(opened.err(), Some(error));
    }
    // The control: the same road with Bo's own name and signature.
    let honest = Some((clinic.bo.party(), clinic.bo.sign(&message)));
    let sealed = seal_claiming(key, ENTRY, b"plan", honest, 0, &crypto::random());
    assert!(open(&keys, &clinic.directory, ENTRY, sealed).is_ok());
}

#[test]
fn a_removed_author_stays_readable_and_is_marked() {
    let mut clinic = Clinic::new();
    let keys = keyring(CARE, 1);
    let sealed = seal(current(&keys), ENTRY, b"note", Some(&clinic.bo), 0);
    let bo = StaffIdentity::from_bytes(&clinic.bo.to_bytes());
    clinic.remove(&bo);
    let opened = open(&keys, &clinic.directory, ENTRY, sealed).ok();
    let author = opened.expect("history opens").author();
    let Author::Signed { party, active, .. } = author else {
        panic!("signed entries have an author");
    };
    assert_eq!((party, active), (bo.party(), false));
}

#[test]
fn unproven_reading_opens_without_believing() {
    let clinic = Clinic::new();
    let keys = keyring(CARE, 1);
    let stranger = StaffIdentity::make();
    let sealed = seal(current(&keys), ENTRY, b"certificate", Some(&stranger), 0);
    assert_eq!(
        open_unproven(&keys, ENTRY, sealed.clone()),
        Ok(b"certificate".to_vec())
    );
    assert_eq!(
        open(&keys, &clinic.directory, ENTRY, sealed).err(),
        Some(OpenError::UnknownSigner)
    );
}

proptest! {
    #[test]
    fn every_entry_reads_back(
        bytes in proptest::collection::vec(any::<u8>(), 0..3000), floor in 0..3000_usize,
        signed in any::<bool>(),
    ) {
        let clinic = Clinic::new();
        let keys = keyring(CARE, 1);
        let signer = signed.then_some(&clinic.ida);
        let mut sealed = seal(current(&keys), ENTRY, &bytes, signer, floor);
        prop_assert_eq!(sealed.len(), sealed_size(bytes.len(), signed, floor));
        let (opened, author) = open_in_place(&keys, &clinic.directory, ENTRY, &mut sealed).expect("ours");
        prop_assert_eq!(opened, &bytes[..]);
        prop_assert_eq!(author != Author::Unsigned, signed);
    }

    #[test]
    fn any_flipped_bit_or_other_length_is_a_typed_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..700),
        at in any::<prop::sample::Index>(), bit in 0..8_u8,
        cut in any::<prop::sample::Index>(), extra in proptest::collection::vec(any::<u8>(), 1..40),
    ) {
        let keys = keyring(CARE, 1);
        let directory = Directory::new([0; 32]);
        let sealed = seal(current(&keys), ENTRY, &bytes, None, 0);
        let error = |sealed: &[u8]| open(&keys, &directory, ENTRY, sealed.to_vec()).err();
        let mut flipped = sealed.clone();
        let at = at.index(sealed.len());
        flipped[at] ^= 1 << bit;
        let expected = match at {
            0 => OpenError::UnknownVersion,
            1..5 => OpenError::UnknownEpoch(u32::from_be_bytes(flipped[1..5].try_into().expect("4"))),
            _ => OpenError::NotAuthentic,
        };
        prop_assert_eq!(error(&flipped), Some(expected));
        let cut = cut.index(sealed.len());
        let expected = if cut < 289 { OpenError::TooShort } else { OpenError::NotAuthentic };
        prop_assert_eq!(error(&sealed[..cut]), Some(expected));
        let longer = [&sealed[..], &extra].concat();
        prop_assert_eq!(error(&longer), Some(OpenError::NotAuthentic));
    }

    #[test]
    fn any_bytes_end_in_a_typed_answer(bytes in proptest::collection::vec(any::<u8>(), 0..1200)) {
        let keys = keyring(CARE, 1);
        let mut bytes = bytes;
        for head in [&[][..], &[1], &[1, 0, 0, 0, 1]] {
            for (at, byte) in head.iter().enumerate() {
                if let Some(place) = bytes.get_mut(at) { *place = *byte; }
            }
            prop_assert!(open(&keys, &Directory::new([0; 32]), ENTRY, bytes.clone()).is_err());
        }
    }
}
