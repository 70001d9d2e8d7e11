//! `seal.json`: entries sealed with given nonces, and bytes that must not open.

use handrail_wire::id::{EntryId, MailboxId, PartyId};
use serde::{Deserialize, Serialize};

use super::{accepted, bytes, fixed, hex, refused, same};
use crate::directory::{Directory, Role, RootKey};
use crate::identity::StaffIdentity;
use crate::keyring::{EpochSecret, Keyring};
use crate::seal::{self, Author};

#[derive(Serialize, Deserialize)]
pub(super) struct File {
    format: String,
    note: String,
    /// Ed25519 seed of the clinic's root, which certifies the signer as a clinician.
    root_seed: String,
    /// Seeds of the signer.
    signer_seeds: String,
    signer_party: String,
    signer_certificate: String,
    sealed: Vec<Sealed>,
    refused: Vec<Refused>,
}

#[derive(Clone, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the file")]
struct Sealed {
    name: String,
    mailbox: String,
    entry: String,
    epoch: u32,
    epoch_secret: String,
    seal_key: String,
    min_plain: usize,
    nonce: String,
    signed: bool,
    bytes: String,
    sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Refused {
    name: String,
    mailbox: String,
    entry: String,
    epoch: u32,
    epoch_secret: String,
    /// The file's directory knows the signer.
    signer_known: bool,
    sealed: String,
    error: String,
}

struct People {
    signer: StaffIdentity,
    directory: Directory,
}

impl People {
    fn of(file: &File) -> Result<Self, String> {
        let root = RootKey::from_bytes(&fixed(&file.root_seed)?);
        let signer = StaffIdentity::from_bytes(&fixed(&file.signer_seeds)?);
        let mut directory = Directory::new(root.public());
        let certificate = root.certify(&signer.identity(), Role::Clinician);
        let bytes = hex(certificate.to_bytes());
        same("signer", "certificate", &file.signer_certificate, bytes)?;
        accepted("directory", directory.admit(&certificate))?;
        Ok(Self { signer, directory })
    }
}

fn keyring(mailbox: &str, epoch: u32, secret: &str) -> Result<Keyring, String> {
    let mut keys = Keyring::new(MailboxId(fixed(mailbox)?));
    let secret = EpochSecret::from_bytes(&fixed(secret)?);
    accepted("keyring", keys.insert(epoch, secret))?;
    Ok(keys)
}

pub(super) fn check(file: &File) -> Result<usize, String> {
    let people = People::of(file)?;
    same(
        "signer",
        "party",
        &file.signer_party,
        hex(people.signer.party().0),
    )?;
    for case in &file.sealed {
        check_sealed(case, &people)?;
    }
    let nobody = Directory::new(*people.directory.root());
    for case in &file.refused {
        let keys = keyring(&case.mailbox, case.epoch, &case.epoch_secret)?;
        let known = case.signer_known;
        let directory = if known { &people.directory } else { &nobody };
        let entry = EntryId(fixed(&case.entry)?);
        let opened = seal::open(&keys, directory, entry, bytes(&case.sealed)?);
        refused(&case.name, &case.error, opened)?;
    }
    Ok(file.sealed.len() + file.refused.len())
}

fn check_sealed(case: &Sealed, people: &People) -> Result<(), String> {
    let name = &case.name;
    let keys = keyring(&case.mailbox, case.epoch, &case.epoch_secret)?;
    let key = keys.key(case.epoch).ok_or("no such epoch")?;
    same(name, "seal key", &case.seal_key, hex(key.key))?;
    let entry = EntryId(fixed(&case.entry)?);
    let plain = bytes(&case.bytes)?;
    let signer = case.signed.then_some(&people.signer);
    let nonce = fixed(&case.nonce)?;
    let sealed = seal::seal_with(key, entry, &plain, signer, case.min_plain, &nonce);
    same(name, "sealed bytes", &case.sealed, hex(&sealed))?;
    let opened = accepted(name, seal::open(&keys, &people.directory, entry, sealed))?;
    same(name, "entry", &case.bytes, hex(opened.bytes()))?;
    let author = match opened.author() {
        Author::Unsigned => None,
        Author::Signed { party, .. } => Some(party),
    };
    let expected: Option<PartyId> = signer.map(StaffIdentity::party);
    if author == expected {
        Ok(())
    } else {
        Err(format!("{name}: author differs"))
    }
}

#[cfg(test)]
pub(super) fn generate() -> File {
    use super::tests::made;
    let signer = StaffIdentity::from_bytes(&made("signer"));
    let root = RootKey::from_bytes(&made("root"));
    let certificate = root.certify(&signer.identity(), Role::Clinician);
    let secret: [u8; 32] = made("epoch secret");
    let mailbox: [u8; 16] = made("care");
    let seal = |name: &str, len: usize, epoch, signed: bool, min_plain| {
        let keys = keyring(&hex(mailbox), epoch, &hex(secret)).expect("given");
        let key = keys.key(epoch).expect("given");
        let entry = EntryId(made(name));
        let nonce = made(&format!("{name} nonce"));
        let plain = vec![b'a'; len];
        let signer = signed.then_some(&signer);
        Sealed {
            name: name.into(),
            mailbox: hex(mailbox),
            entry: hex(entry.0),
            epoch,
            epoch_secret: hex(secret),
            seal_key: hex(key.key),
            min_plain,
            nonce: hex(nonce),
            signed,
            sealed: hex(seal::seal_with(
                key, entry, &plain, signer, min_plain, &nonce,
            )),
            bytes: hex(plain),
        }
    };
    let sealed = vec![
        seal("empty", 0, 1, false, 0),
        seal("fills 256", 251, 1, false, 0),
        seal("one more than 256", 252, 1, false, 0),
        seal("floor of 2048", 20, 1, false, 2048),
        seal("signed", 100, 7, true, 0),
        seal("signed, fills 256", 171, u32::MAX, true, 0),
    ];
    let refuse = |name: &str, error: &str, change: &dyn Fn(&mut Refused)| {
        let from = &sealed[4];
        let mut case = Refused {
            name: name.into(),
            mailbox: from.mailbox.clone(),
            entry: from.entry.clone(),
            epoch: from.epoch,
            epoch_secret: from.epoch_secret.clone(),
            signer_known: true,
            sealed: from.sealed.clone(),
            error: error.into(),
        };
        change(&mut case);
        case
    };
    let with_byte = |case: &mut Refused, at: usize, value: u8| {
        case.sealed.replace_range(2 * at..2 * at + 2, &hex([value]));
    };
    let refused = vec![
        refuse("another mailbox", "seal-not-authentic", &|case| {
            case.mailbox = hex([9; 16]);
        }),
        refuse("another entry", "seal-not-authentic", &|case| {
            case.entry = hex([9; 16]);
        }),
        refuse("another secret", "seal-not-authentic", &|case| {
            case.epoch_secret = hex([9; 32]);
        }),
        refuse("epoch not here", "seal-unknown-epoch", &|case| {
            case.epoch = 6;
        }),
        refuse("newer version", "seal-unknown-version", &|case| {
            with_byte(case, 0, 2);
        }),
        refuse("altered nonce", "seal-not-authentic", &|case| {
            with_byte(case, 5, 0xff);
        }),
        refuse("cut", "seal-not-authentic", &|case| {
            let from = sealed[2].clone();
            case.entry = from.entry;
            case.epoch = from.epoch;
            case.sealed = from.sealed[..from.sealed.len() - 2].into();
        }),
        refuse("too short", "seal-too-short", &|case| {
            case.sealed.truncate(2 * 288);
        }),
        refuse("extended", "seal-not-authentic", &|case| {
            case.sealed.push_str("00");
        }),
        refuse("signer not known", "seal-unknown-signer", &|case| {
            case.signer_known = false;
        }),
    ];
    File {
        format: "seal".into(),
        note: "docs/formats.md, Seal. Root certifies the signer as a clinician.".into(),
        root_seed: hex(*root.to_bytes()),
        signer_seeds: hex(made::<64>("signer")),
        signer_party: hex(signer.party().0),
        signer_certificate: hex(certificate.to_bytes()),
        sealed,
        refused,
    }
}
