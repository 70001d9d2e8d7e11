//! The seal of docs/formats.md, written a second time: it seals and signs what no client of ours would.
//!
//! Owns the claim that an attacker makes about the author. Checks nothing.

use handrail_mailbox::keyring::EpochSecret;
use handrail_wire::id::{EntryId, MailboxId, PartyId};
use ring::rand::SecureRandom;
use ring::{aead, hkdf, rand, signature};

/// Random bytes.
///
/// # Panics
///
/// When the system has none.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::SystemRandom::new()
        .fill(&mut bytes)
        .expect("the system has random numbers");
    bytes
}

/// Where an entry is to lie, and the key for there.
pub struct Place<'a> {
    /// The secret of the epoch.
    pub secret: &'a EpochSecret,
    /// The epoch.
    pub epoch: u32,
    /// The mailbox.
    pub mailbox: MailboxId,
    /// The entry.
    pub entry: EntryId,
}

/// Who is said to have written it.
#[derive(Debug, Clone, Copy)]
pub enum Claim {
    /// Whoever holds the key.
    Unsigned,
    /// This member of staff, with this signature.
    Signed(PartyId, [u8; 64]),
}

/// Ed25519 over a place and the entry's bytes, by whoever has this seed.
///
/// # Panics
///
/// Never: every 32 bytes are a seed.
pub fn sign(seed: &[u8; 32], place: &Place<'_>, bytes: &[u8]) -> [u8; 64] {
    let message = [
        b"handrail/sign/v1",
        &place.mailbox.0[..],
        &place.entry.0,
        &place.epoch.to_be_bytes(),
        bytes,
    ]
    .concat();
    let keys = signature::Ed25519KeyPair::from_seed_unchecked(seed).expect("32 bytes are a seed");
    keys.sign(&message)
        .as_ref()
        .try_into()
        .expect("a signature has 64 bytes")
}

/// Payload before sealing: length, claim, entry, and zeros up to 256, 512, ...
fn padded(claim: Claim, bytes: &[u8]) -> Vec<u8> {
    let mut payload = match claim {
        Claim::Unsigned => vec![0],
        Claim::Signed(party, signature) => [&[1], &party.0[..], &signature].concat(),
    };
    payload.extend_from_slice(bytes);
    let length = u32::try_from(payload.len()).expect("entries are small");
    let mut plain = length.to_be_bytes().to_vec();
    plain.append(&mut payload);
    plain.resize(plain.len().max(256).next_power_of_two(), 0);
    plain
}

/// The sealed bytes.
///
/// # Panics
///
/// Never for entries below 4 GiB.
pub fn seal(place: &Place<'_>, claim: Claim, bytes: &[u8]) -> Vec<u8> {
    seal_plain(place, padded(claim, bytes))
}

/// Seals a plain text as it stands, padded or not.
///
/// # Panics
///
/// Never: keys and nonces have their lengths.
pub fn seal_plain(place: &Place<'_>, mut plain: Vec<u8>) -> Vec<u8> {
    struct Bytes32;
    impl hkdf::KeyType for Bytes32 {
        fn len(&self) -> usize {
            32
        }
    }
    let mut key = [0; 32];
    hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
        .extract(&*place.secret.to_bytes())
        .expand(&[b"handrail/seal/v1", &place.mailbox.0], Bytes32)
        .and_then(|okm| okm.fill(&mut key))
        .expect("32 bytes");
    let key = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, &key).expect("32 bytes");
    let nonce: [u8; 12] = random();
    let aad = [
        &b"handrail/seal/v1"[..],
        &place.mailbox.0,
        &place.entry.0,
        &place.epoch.to_be_bytes(),
        &[1],
    ]
    .concat();
    aead::LessSafeKey::new(key)
        .seal_in_place_append_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(aad),
            &mut plain,
        )
        .expect("far below the cipher's limit");
    let head = [&[1][..], &place.epoch.to_be_bytes(), &nonce].concat();
    [head, plain].concat()
}

#[cfg(test)]
mod tests {
    use handrail_mailbox::directory::{Directory, Role, RootKey};
    use handrail_mailbox::identity::StaffIdentity;
    use handrail_mailbox::keyring::Keyring;
    use handrail_mailbox::seal::{Author, OpenError, open, sealed_size};

    use super::*;

    #[test]
    fn what_is_sealed_here_honestly_opens_and_a_forgery_is_named() {
        let (root, staff) = (RootKey::make(), StaffIdentity::make());
        let mut directory = Directory::new(root.public());
        let certificate = root.certify(&staff.identity(), Role::Clinician);
        directory.admit(&certificate).expect("the root signed it");
        let mailbox = MailboxId(random());
        let mut ring = Keyring::new(mailbox);
        ring.insert(3, EpochSecret::make()).expect("an epoch");
        let place = Place {
            secret: ring.secret(3).expect("just put there"),
            epoch: 3,
            mailbox,
            entry: EntryId(random()),
        };
        let seeds = staff.to_bytes();
        let seed: [u8; 32] = seeds[..32].try_into().expect("32 of 64");
        let bytes = b"an entry";
        let read = |sealed: Vec<u8>| {
            open(&ring, &directory, place.entry, sealed).map(|opened| opened.author())
        };
        let unsigned = seal(&place, Claim::Unsigned, bytes);
        assert_eq!(unsigned.len(), sealed_size(bytes.len(), false, 0));
        assert_eq!(read(unsigned), Ok(Author::Unsigned));
        let good = Claim::Signed(staff.party(), sign(&seed, &place, bytes));
        let author = read(seal(&place, good, bytes)).expect("signed by staff");
        assert!(matches!(author, Author::Signed { party, .. } if party == staff.party()));
        let forged = Claim::Signed(staff.party(), sign(&random(), &place, bytes));
        assert_eq!(
            read(seal(&place, forged, bytes)),
            Err(OpenError::BadSignature)
        );
        assert_eq!(
            read(seal_plain(&place, vec![0; 600])),
            Err(OpenError::BadPadding)
        );
    }
}
