//! Sealed entries: what opens, and that nothing else does.
//!
//! Input: one byte that picks what is done.
//! - 0: an entry is sealed and every way to change it is tried: floor (2 bytes), signer, place (4 bytes) and
//!   bits of a change, then the entry.
//! - 1: a holder of the key seals any plain text, padding and claimed author included.
//! - 2: sealed bytes from nowhere: none of them opens.

use std::sync::LazyLock;

use handrail_mailbox::seal::{epoch_of, open_unproven};
use handrail_mailbox::{Author, Directory, Keyring, OpenError, Role, open, sealed_size};
use handrail_wire::id::{EntryId, PartyId};

use crate::input::Input;
use crate::outside;
use crate::world::{CARE, ENTRY, EPOCHS, OTHER, clinic, keyring};

static KEYS: LazyLock<Keyring> = LazyLock::new(|| keyring(CARE));
static OTHER_KEYS: LazyLock<Keyring> = LazyLock::new(|| keyring(OTHER));
/// Version, epoch and nonce.
const HEADER: usize = 17;
const TAG: usize = 16;

/// See the module.
pub fn seal(input: &[u8]) {
    let mut input = Input::new(input);
    match input.byte() % 3 {
        0 => sealed_by_us(input),
        1 => sealed_by_a_holder(input.rest()),
        _ => from_nowhere(input.rest()),
    }
}

fn opened(sealed: &[u8]) -> Result<(Vec<u8>, Author), OpenError> {
    let opened = open(&KEYS, &clinic().directory, ENTRY, sealed.to_vec())?;
    Ok((opened.bytes().to_vec(), opened.author()))
}

fn sealed_by_us(mut input: Input<'_>) {
    let clinic = clinic();
    let floor = usize::from(input.short());
    let signer = match input.byte() % 5 {
        0 => None,
        1 => Some(&clinic.ida),
        2 => Some(&clinic.bo),
        3 => Some(&clinic.desk),
        _ => Some(&clinic.una),
    };
    let (place, bits) = (input.long() as usize, input.byte() | 1);
    let bytes = input.rest();
    let epoch = u32::from(bits % EPOCHS) + 1;
    let key = KEYS.key(epoch).expect("an epoch of this mailbox");
    let sealed = handrail_mailbox::seal(key, ENTRY, bytes, signer, floor);
    assert_eq!(
        sealed.len(),
        sealed_size(bytes.len(), signer.is_some(), floor)
    );
    assert!((sealed.len() - HEADER - TAG).is_power_of_two());
    assert_eq!(epoch_of(&sealed), Some(epoch));

    let (plain, author) = opened(&sealed).expect("our own");
    assert_eq!(plain, bytes);
    match (signer, author) {
        (None, Author::Unsigned) => {}
        (Some(staff), Author::Signed { party, active, .. }) => {
            assert_eq!(party, staff.party());
            assert_eq!(active, party != clinic.una.party());
        }
        _ => panic!("another author"),
    }

    let mut changed = sealed.clone();
    changed[place % sealed.len()] ^= bits;
    assert!(opened(&changed).is_err(), "a changed seal opened");
    assert!(opened(&sealed[..place % sealed.len()]).is_err());
    assert!(opened(&[&sealed[..], &[bits]].concat()).is_err());
    assert!(opened(&[&[bits], &sealed[..]].concat()).is_err());
    // A whole step more, as if it had been padded further.
    let stretched = [&sealed[..], &vec![0; sealed.len() - HEADER - TAG]].concat();
    assert!(opened(&stretched).is_err());

    let directory = &clinic.directory;
    let mut entry = ENTRY;
    entry.0[place % 16] ^= bits;
    assert!(open(&KEYS, directory, entry, sealed.clone()).is_err());
    assert!(open(&OTHER_KEYS, directory, ENTRY, sealed.clone()).is_err());
    let mut relabelled = sealed.clone();
    relabelled[1..5].copy_from_slice(&(epoch % u32::from(EPOCHS) + 1).to_be_bytes());
    assert!(opened(&relabelled).is_err(), "opened under another epoch");
    if signer.is_some() {
        let stranger = Directory::new([7; 32]);
        let unknown = open(&KEYS, &stranger, ENTRY, sealed).err();
        assert_eq!(unknown, Some(OpenError::UnknownSigner));
    }
}

/// Length, kind, perhaps signer and signature, entry, zeros: anything else is refused.
fn sealed_by_a_holder(plain: &[u8]) {
    let sealed = outside::sealed(&[1; 32], &CARE.0, 1, &ENTRY.0, plain);
    let result = opened(&sealed);
    let unproven = open_unproven(&KEYS, ENTRY, sealed.clone());
    let Ok((bytes, author)) = result else {
        let error = result.expect_err("not opened");
        let proven = matches!(error, OpenError::BadSignature | OpenError::UnknownSigner);
        assert_eq!(unproven.is_ok(), proven, "{error}");
        assert_ne!(
            error,
            OpenError::NotAuthentic,
            "a holder's seal is authentic"
        );
        return;
    };
    assert_eq!(unproven.as_ref(), Ok(&bytes));
    assert!(plain.len().is_power_of_two() && plain.len() >= 512);
    let length = u32::from_be_bytes(plain[..4].try_into().expect("4 of at least 512"));
    let (payload, zeros) = plain[4..].split_at(length as usize);
    assert!(zeros.iter().all(|byte| *byte == 0), "hidden in the padding");
    match author {
        Author::Unsigned => {
            assert_eq!(payload[0], 0);
            assert_eq!(payload[1..], bytes[..]);
        }
        Author::Signed { party, role, .. } => {
            assert_eq!(payload[0], 1);
            assert_eq!(PartyId::try_from(&payload[1..17]), Ok(party));
            assert_eq!(payload[81..], bytes[..]);
            let member = clinic().directory.member(party).expect("known");
            assert!(Role::ALL.contains(&role) && member.role == role);
        }
    }
}

/// Nobody guesses 128 bits: whatever opens here was not sealed by a holder of the key, and that is
/// the defect that is looked for.
fn from_nowhere(sealed: &[u8]) {
    let entry = EntryId([0x0e; 16]);
    assert!(open(&KEYS, &clinic().directory, entry, sealed.to_vec()).is_err());
    if let Some(epoch) = epoch_of(sealed) {
        assert_eq!(sealed[0], 1);
        assert_eq!(sealed[1..5], epoch.to_be_bytes());
    }
}
