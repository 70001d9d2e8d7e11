//! `keybox.json`: identities, certificates, and epoch secrets boxed with given ephemeral keys.

use handrail_wire::id::{Identity, MailboxId, PartyId, Signature};
use handrail_wire::sync::KeyBox;
use serde::{Deserialize, Serialize};

use super::{Fixed, accepted, bytes, fixed, hex, same};
use crate::directory::{Certificate, Directory, Removal, Role, RootKey, derive_fingerprint};
use crate::identity::{BoxKey, DeviceIdentity, StaffIdentity};
use crate::keybox::make_box_with;
use crate::keyring::{EpochSecret, Keyring};
use crate::recovery::RecoveryKey;

#[derive(Serialize, Deserialize)]
pub(super) struct File {
    format: String,
    note: String,
    clinic: Clinic,
    staff: Vec<Staff>,
    boxes: Vec<Boxed>,
}

#[derive(Serialize, Deserialize)]
struct Clinic {
    root_seed: String,
    root: String,
    fingerprint: String,
}

#[derive(Serialize, Deserialize)]
struct Staff {
    seeds: String,
    identity: String,
    party: String,
    role: String,
    certificate: String,
    removal: String,
}

#[derive(Serialize, Deserialize)]
struct Boxed {
    name: String,
    /// `device`: seeds; `team`: mailbox, epoch (4) and its secret; `recovery`: the sheet's secret.
    recipient_kind: String,
    recipient_secret: String,
    recipient_public: String,
    recipient_party: String,
    mailbox: String,
    epoch: u32,
    epoch_secret: String,
    /// Place in `staff`.
    signer: usize,
    /// Input of HPKE's `DeriveKeyPair` for the ephemeral key.
    ephemeral_ikm: String,
    sealed: String,
    signature: String,
}

/// A recipient of a file holds one key; which type it lives in depends on its kind.
enum Holder {
    Device(DeviceIdentity),
    Bare(BoxKey),
}

impl Holder {
    fn of(kind: &str, secret: &str) -> Result<Self, String> {
        match kind {
            "device" => Ok(Self::Device(DeviceIdentity::from_bytes(&fixed(secret)?))),
            "recovery" => {
                let sheet = RecoveryKey::from_bytes(&fixed(secret)?);
                Ok(Self::Bare(sheet.derive_box_key()))
            }
            "team" => {
                let parts: [u8; 52] = fixed(secret)?;
                let mailbox = MailboxId::try_from(&parts[..16]).expect("16 bytes");
                let epoch = u32::from_be_bytes(parts[16..20].try_into().expect("4 bytes"));
                let mut keys = Keyring::new(mailbox);
                let secret = parts[20..].try_into().expect("32 bytes");
                accepted("team", keys.insert(epoch, EpochSecret::from_bytes(secret)))?;
                let key = keys.derive_team_key(epoch).ok_or("no such epoch")?;
                Ok(Self::Bare(key))
            }
            other => Err(format!("no recipient named {other}")),
        }
    }

    fn key(&self) -> &BoxKey {
        match self {
            Self::Device(device) => device.box_key(),
            Self::Bare(key) => key,
        }
    }
}

pub(super) fn check(file: &File) -> Result<usize, String> {
    let root = RootKey::from_bytes(&fixed(&file.clinic.root_seed)?);
    same("clinic", "root", &file.clinic.root, hex(root.public()))?;
    let fingerprint = hex(derive_fingerprint(&root.public()));
    same(
        "clinic",
        "fingerprint",
        &file.clinic.fingerprint,
        fingerprint,
    )?;
    let mut directory = Directory::new(root.public());
    let mut staff = Vec::new();
    for one in &file.staff {
        staff.push(check_staff(one, &root, &mut directory)?);
    }
    for case in &file.boxes {
        let signer = staff.get(case.signer).ok_or("no such signer")?;
        check_box(case, signer, &directory)?;
    }
    Ok(file.staff.len() + file.boxes.len())
}

fn check_staff(
    one: &Staff,
    root: &RootKey,
    directory: &mut Directory,
) -> Result<StaffIdentity, String> {
    let name = &one.party;
    let identity = StaffIdentity::from_bytes(&fixed(&one.seeds)?);
    same(name, "identity", &one.identity, hex(identity.identity().0))?;
    same(name, "party", &one.party, hex(identity.party().0))?;
    let role = Role::ALL.iter().find(|role| role.as_str() == one.role);
    let role = *role.ok_or("no such role")?;
    let certificate = root.certify(&Identity(fixed(&one.identity)?), role);
    same(
        name,
        "certificate",
        &one.certificate,
        hex(certificate.to_bytes()),
    )?;
    let read = accepted(name, Certificate::from_bytes(&bytes(&one.certificate)?))?;
    accepted(name, directory.admit(&read))?;
    let removal = root.remove(PartyId(fixed(&one.party)?));
    same(name, "removal", &one.removal, hex(removal.to_bytes()))?;
    let read = accepted(name, Removal::from_bytes(&bytes(&one.removal)?))?;
    accepted(name, directory.clone().remove(&read))?;
    Ok(identity)
}

fn check_box(case: &Boxed, signer: &StaffIdentity, directory: &Directory) -> Result<(), String> {
    let name = &case.name;
    let holder = Holder::of(&case.recipient_kind, &case.recipient_secret)?;
    let recipient = holder.key().recipient();
    same(
        name,
        "public key",
        &case.recipient_public,
        hex(recipient.public),
    )?;
    same(name, "party", &case.recipient_party, hex(recipient.party.0))?;
    let mailbox = MailboxId(fixed(&case.mailbox)?);
    let secret = EpochSecret::from_bytes(&fixed(&case.epoch_secret)?);
    let mut random = Fixed(fixed(&case.ephemeral_ikm)?);
    let made = make_box_with(
        mailbox,
        case.epoch,
        &secret,
        &recipient,
        signer,
        &mut random,
    );
    let made = accepted(name, made)?;
    same(name, "sealed bytes", &case.sealed, hex(&made.sealed.0))?;
    same(name, "signature", &case.signature, hex(made.signature.0))?;
    let read = KeyBox {
        epoch: case.epoch,
        recipient: PartyId(fixed(&case.recipient_party)?),
        signer: signer.party(),
        sealed: bytes(&case.sealed)?.into(),
        signature: Signature(fixed(&case.signature)?),
    };
    let mut keys = Keyring::new(mailbox);
    let admitted = keys.admit_box(directory, Role::CLINICAL, holder.key(), &read);
    accepted(name, admitted)?;
    let opened = keys.secret(case.epoch).ok_or("no such epoch")?;
    same(name, "secret", &case.epoch_secret, hex(*opened.to_bytes()))
}

#[cfg(test)]
pub(super) fn generate() -> File {
    use super::tests::made;
    let root = RootKey::from_bytes(&made("root"));
    let staff: Vec<Staff> = ["administrator", "clinician", "front-desk"]
        .iter()
        .zip([Role::Administrator, Role::Clinician, Role::FrontDesk])
        .map(|(name, role)| {
            let seeds: [u8; 64] = made(name);
            let identity = StaffIdentity::from_bytes(&seeds);
            Staff {
                seeds: hex(seeds),
                identity: hex(identity.identity().0),
                party: hex(identity.party().0),
                role: role.as_str().into(),
                certificate: hex(root.certify(&identity.identity(), role).to_bytes()),
                removal: hex(root.remove(identity.party()).to_bytes()),
            }
        })
        .collect();
    let team = [
        &made::<16>("team")[..],
        &4_u32.to_be_bytes(),
        &made::<32>("team secret"),
    ];
    let recipients = [
        ("device", made::<64>("phone").to_vec(), 0, 1_u32),
        ("team", team.concat(), 1, 2),
        ("recovery", made::<32>("sheet").to_vec(), 0, 0x0102_0304),
    ];
    let boxes = recipients.map(|(kind, secret, signer, epoch)| {
        let holder = Holder::of(kind, &hex(&secret)).expect("given");
        let recipient = holder.key().recipient();
        let mailbox = MailboxId(made("care"));
        let epoch_secret: [u8; 32] = made(&format!("{kind} epoch"));
        let ikm: [u8; 32] = made(&format!("{kind} ephemeral"));
        let identity = StaffIdentity::from_bytes(&fixed(&staff[signer].seeds).expect("made"));
        let key_box = make_box_with(
            mailbox,
            epoch,
            &EpochSecret::from_bytes(&epoch_secret),
            &recipient,
            &identity,
            &mut Fixed(ikm),
        )
        .expect("a usable recipient");
        Boxed {
            name: kind.into(),
            recipient_kind: kind.into(),
            recipient_secret: hex(&secret),
            recipient_public: hex(recipient.public),
            recipient_party: hex(recipient.party.0),
            mailbox: hex(mailbox.0),
            epoch,
            epoch_secret: hex(epoch_secret),
            signer,
            ephemeral_ikm: hex(ikm),
            sealed: hex(&key_box.sealed.0),
            signature: hex(key_box.signature.0),
        }
    });
    File {
        format: "keybox".into(),
        note: "docs/formats.md, Identities, Directory and Key box.".into(),
        clinic: Clinic {
            root_seed: hex(*root.to_bytes()),
            root: hex(root.public()),
            fingerprint: hex(derive_fingerprint(&root.public())),
        },
        staff,
        boxes: boxes.into(),
    }
}
