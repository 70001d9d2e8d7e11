//! What an invite gives a phone, and its CBOR form.
//!
//! Owns the shape and its bounds; sealing is the parent module's.

use handrail_wire::codec::{Blob, List, Text};
use handrail_wire::id::{MailboxId, SubjectId};
use handrail_wire::limits;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use zeroize::{Zeroize, Zeroizing};

use crate::directory::Certificate;
use crate::keyring::{EpochSecret, Keyring};

/// Whose phone an invite enrols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum BundleRole {
    /// A patient.
    #[n(1)]
    Patient,
    /// A family member.
    #[n(2)]
    Family,
}

/// What an invite gives a phone. Holds keys.
pub struct Bundle {
    /// The clinic's root public key: the beginning of all trust.
    pub clinic_root: [u8; 32],
    /// The clinic's name, at most 256 bytes.
    pub clinic_name: String,
    /// The server, `https://HOST[:PORT]`.
    pub origin: String,
    /// Whose phone.
    pub subject: SubjectId,
    /// As what.
    pub role: BundleRole,
    /// Keys of each mailbox.
    pub mailboxes: Vec<BundleMailbox>,
    /// Staff certificates, so that the first library entries can be believed.
    pub certificates: Vec<Certificate>,
    /// What the layers above add; opaque here.
    pub extra: Vec<u8>,
}

/// One mailbox of a [`Bundle`].
pub struct BundleMailbox {
    /// What it is to the layers above (`care`, `library`, ...), at most 32 bytes.
    pub class: String,
    /// Its id and epochs.
    pub keys: Keyring,
}

#[derive(Encode, Decode)]
struct RawEpoch {
    #[n(0)]
    epoch: u32,
    #[n(1)]
    secret: ByteArray<32>,
}

impl Drop for RawEpoch {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

#[derive(Encode, Decode)]
struct RawMailbox {
    #[n(0)]
    mailbox: MailboxId,
    #[n(1)]
    class: Text<32>,
    #[n(2)]
    epochs: List<RawEpoch, 4096>,
}

#[derive(Encode, Decode)]
struct RawBundle {
    #[n(0)]
    version: u8,
    #[n(1)]
    clinic_root: ByteArray<32>,
    #[n(2)]
    clinic_name: Text<256>,
    #[n(3)]
    origin: Text<256>,
    #[n(4)]
    subject: SubjectId,
    #[n(5)]
    role: BundleRole,
    #[n(6)]
    mailboxes: List<RawMailbox, { limits::MAILBOXES }>,
    #[n(7)]
    certificates: List<Blob<{ Certificate::LEN }>, 256>,
    #[n(8)]
    extra: Blob<{ limits::BUNDLE }>,
}

impl Bundle {
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let epoch_of = |keys: &Keyring, epoch| RawEpoch {
            epoch,
            secret: ByteArray::from(*keys.secret(epoch).expect("listed").bytes()),
        };
        let mailboxes: Vec<RawMailbox> = self
            .mailboxes
            .iter()
            .map(|BundleMailbox { class, keys }| RawMailbox {
                mailbox: keys.mailbox(),
                class: class.as_str().into(),
                epochs: List(keys.epochs().map(|epoch| epoch_of(keys, epoch)).collect()),
            })
            .collect();
        let certificates = self.certificates.iter();
        Zeroizing::new(handrail_wire::encode(&RawBundle {
            version: 1,
            clinic_root: self.clinic_root.into(),
            clinic_name: self.clinic_name.as_str().into(),
            origin: self.origin.as_str().into(),
            subject: self.subject,
            role: self.role,
            mailboxes: mailboxes.into(),
            certificates: List(
                certificates
                    .map(|one| one.to_bytes().to_vec().into())
                    .collect(),
            ),
            extra: self.extra.clone().into(),
        }))
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let raw: RawBundle = handrail_wire::decode(bytes).ok()?;
        if raw.version != 1 {
            return None;
        }
        let mut mailboxes = Vec::with_capacity(raw.mailboxes.0.len());
        for mailbox in raw.mailboxes.0 {
            let mut keys = Keyring::new(mailbox.mailbox);
            for one in &mailbox.epochs.0 {
                keys.insert(one.epoch, EpochSecret::from_bytes(&one.secret))
                    .ok()?;
            }
            mailboxes.push(BundleMailbox {
                class: mailbox.class.0,
                keys,
            });
        }
        let certificates = raw.certificates.0.iter();
        Some(Self {
            clinic_root: raw.clinic_root.into(),
            clinic_name: raw.clinic_name.0,
            origin: raw.origin.0,
            subject: raw.subject,
            role: raw.role,
            mailboxes,
            certificates: certificates
                .map(|bytes| Certificate::from_bytes(&bytes.0))
                .collect::<Result<_, _>>()
                .ok()?,
            extra: raw.extra.0,
        })
    }
}
