//! What lies sealed under the local key: who this phone is, an enrolment under way, how sync stands.
//!
//! Owns the labels that bind each sealed thing to its place, and the check that the key fits before
//! anything is written.

use data_encoding::BASE64URL_NOPAD;
use handrail_care::id::Id;
use handrail_mailbox::directory::{Certificate, Directory};
use handrail_mailbox::identity::DeviceIdentity;
use handrail_mailbox::invite::{AccessToken, BundleRole};
use handrail_mailbox::local::{LocalError, LocalKey, open_local, seal_local};
use handrail_wire::id::MailboxId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{DAMAGED, Enrolment, Trust};
use crate::error::{CompanionError, LossReason};
use crate::store::{Store, StoreError, Writer};
use crate::view::PhoneRole;

const KEY_CHECK: &str = "key-check";
const ENROLMENT: &str = "enrolment";
const ENROLLING: &str = "enrolling";
const SYNC: &str = "sync";

fn label(setting: &str) -> String {
    format!("setting/{setting}")
}

pub(crate) fn keyring_label(mailbox: MailboxId) -> String {
    format!("keyring/{mailbox}")
}

pub(crate) fn draft_label(id: Id) -> String {
    format!("draft/{id}")
}

/// Opens something sealed under the local key.
pub(crate) fn open(
    key: &LocalKey,
    label: &str,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CompanionError> {
    open_local(key, label, sealed).map_err(|error| match error {
        LocalError::UnknownVersion => CompanionError::AppTooOld,
        LocalError::TooShort | LocalError::NotAuthentic => DAMAGED,
    })
}

/// Does the key fit this store? A new store takes the key as its own.
pub(super) fn check_key(store: &mut Store, key: &LocalKey) -> Result<(), CompanionError> {
    let label = label(KEY_CHECK);
    match store.setting(KEY_CHECK)? {
        Some(sealed) => match open_local(key, &label, &sealed) {
            Ok(_) => Ok(()),
            Err(LocalError::UnknownVersion) => Err(CompanionError::AppTooOld),
            Err(_) => Err(CompanionError::NeedsInvite {
                reason: LossReason::KeyWrong,
            }),
        },
        None => store.write(|w| Ok(w.set(KEY_CHECK, &seal_local(key, &label, b""))?)),
    }
}

fn read<T: DeserializeOwned>(
    store: &Store,
    key: &LocalKey,
    name: &str,
) -> Result<Option<T>, CompanionError> {
    let Some(sealed) = store.setting(name)? else {
        return Ok(None);
    };
    let plain = open(key, &label(name), &sealed)?;
    serde_json::from_slice(&plain)
        .map(Some)
        .map_err(|_| DAMAGED)
}

fn write<T: Serialize>(
    w: &Writer<'_>,
    key: &LocalKey,
    name: &str,
    value: &T,
) -> Result<(), StoreError> {
    let plain = Zeroizing::new(serde_json::to_vec(value).expect("plain structs have text keys"));
    w.set(name, &seal_local(key, &label(name), &plain))
}

/// A setting of another area, opened. One that the disk has changed counts as not set;
/// [`damaged_settings`] tells of it.
pub(crate) fn setting(
    store: &Store,
    key: &LocalKey,
    name: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, CompanionError> {
    let Some(sealed) = store.setting(name)? else {
        return Ok(None);
    };
    match open(key, &label(name), &sealed) {
        Ok(plain) => Ok(Some(plain)),
        Err(error) if error == DAMAGED => Ok(None),
        Err(error) => Err(error),
    }
}

/// How many settings the disk has changed.
pub(crate) fn damaged_settings(store: &Store, key: &LocalKey) -> Result<usize, CompanionError> {
    let damaged = |(name, sealed): &(String, Vec<u8>)| {
        open(key, &label(name), sealed).is_err_and(|error| error == DAMAGED)
    };
    let all = store.settings()?;
    Ok(all.into_iter().filter(damaged).count())
}

/// Seals a setting of another area, to be written in its own transaction.
pub(crate) fn seal_setting(key: &LocalKey, name: &str, plain: &[u8]) -> Vec<u8> {
    seal_local(key, &label(name), plain)
}

/// Writes a setting of another area, in a transaction of its own.
pub(crate) fn set_setting(
    store: &mut Store,
    key: &LocalKey,
    name: &str,
    plain: &[u8],
) -> Result<(), CompanionError> {
    let sealed = seal_local(key, &label(name), plain);
    store.write(|w| Ok(w.set(name, &sealed)?))
}

fn text(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

fn bytes<const N: usize>(text: &str) -> Result<Zeroizing<[u8; N]>, CompanionError> {
    let decoded = Zeroizing::new(
        BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| DAMAGED)?,
    );
    decoded
        .as_slice()
        .try_into()
        .map(Zeroizing::new)
        .map_err(|_| DAMAGED)
}

/// Who this phone is, as stored. Secrets are base64url.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct EnrolmentRecord {
    /// The server.
    pub origin: String,
    /// The clinic's name in the invite.
    pub clinic: String,
    /// A family member's phone, not the patient's.
    pub family: bool,
    /// Whom the invite was for.
    pub subject: String,
    /// The clinic's root public key.
    pub root: String,
    /// Staff certificates that came with the invite.
    pub certificates: Vec<String>,
    /// Device seeds.
    seeds: String,
    /// Access token.
    token: String,
    /// The server knows that the keys are saved.
    pub confirmed: bool,
    /// What the owner calls this phone.
    pub name: String,
    /// `android`, `ios` or `desktop`.
    pub platform: String,
}

impl EnrolmentRecord {
    /// What a redeemed invite says, and what the phone says of itself.
    pub fn new(
        bundle: &handrail_mailbox::invite::Bundle,
        device: &DeviceIdentity,
        token: &AccessToken,
        name: &str,
        platform: &str,
    ) -> Self {
        Self {
            origin: bundle.origin.clone(),
            clinic: bundle.clinic_name.clone(),
            family: bundle.role == BundleRole::Family,
            subject: text(&bundle.subject.0),
            root: text(&bundle.clinic_root),
            certificates: bundle
                .certificates
                .iter()
                .map(|one| text(&one.to_bytes()))
                .collect(),
            seeds: text(&*device.to_bytes()),
            token: text(&*token.to_bytes()),
            confirmed: false,
            name: name.to_owned(),
            platform: platform.to_owned(),
        }
    }

    pub fn role(&self) -> PhoneRole {
        if self.family {
            PhoneRole::Family
        } else {
            PhoneRole::Patient
        }
    }

    /// Another invite is for the same person at the same clinic.
    pub fn same_person(&self, bundle: &handrail_mailbox::invite::Bundle) -> bool {
        self.subject == text(&bundle.subject.0) && self.root == text(&bundle.clinic_root)
    }

    pub(super) fn trust(&self, device: &DeviceIdentity) -> Result<Trust, CompanionError> {
        let mut directory = Directory::new(*bytes(&self.root)?);
        for one in &self.certificates {
            // One that the root did not sign counts for nothing; the rest does.
            if let Some(certificate) = certificate(one) {
                let _ = directory.admit(&certificate);
            }
        }
        Ok(Trust {
            directory,
            removals: std::collections::BTreeMap::new(),
            me: Id(device.party().0),
        })
    }

    /// Writes it.
    pub fn store(&self, w: &Writer<'_>, key: &LocalKey) -> Result<(), StoreError> {
        write(w, key, ENROLMENT, self)
    }
}

/// A certificate from its text.
pub(super) fn certificate(text: &str) -> Option<Certificate> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    Certificate::from_bytes(&bytes).ok()
}

pub(super) fn enrolment(
    store: &Store,
    key: &LocalKey,
) -> Result<Option<Enrolment>, CompanionError> {
    let Some(record) = read::<EnrolmentRecord>(store, key, ENROLMENT)? else {
        return Ok(None);
    };
    Ok(Some(Enrolment {
        device: DeviceIdentity::from_bytes(&*bytes(&record.seeds)?),
        token: AccessToken::from_bytes(&*bytes(&record.token)?),
        record,
    }))
}

/// An enrolment under way: after a crash the same phone asks again with the same keys.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Enrolling {
    invite: String,
    seeds: String,
    token: String,
}

impl Enrolling {
    /// The keys for an invite: those of an earlier try, or new ones, durably stored before they are
    /// used.
    pub fn begin(
        store: &mut Store,
        key: &LocalKey,
        invite: &str,
    ) -> Result<(DeviceIdentity, AccessToken), CompanionError> {
        if let Some(known) =
            read::<Self>(store, key, ENROLLING)?.filter(|known| known.invite == invite)
        {
            return Ok((
                DeviceIdentity::from_bytes(&*bytes(&known.seeds)?),
                AccessToken::from_bytes(&*bytes(&known.token)?),
            ));
        }
        let device = DeviceIdentity::make();
        let token = AccessToken::make();
        let fresh = Self {
            invite: invite.to_owned(),
            seeds: text(&*device.to_bytes()),
            token: text(&*token.to_bytes()),
        };
        store.write(|w| Ok::<_, CompanionError>(write(w, key, ENROLLING, &fresh)?))?;
        Ok((device, token))
    }

    /// It is done.
    pub fn end(w: &Writer<'_>) -> Result<(), StoreError> {
        w.unset(ENROLLING)
    }
}

/// How sync stands, kept over restarts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SyncMemo {
    /// The last time everything was sent and read, epoch milliseconds.
    pub last_sync_at: Option<i64>,
    /// When the clinic restored a backup.
    pub restored_at: Option<i64>,
    /// The server refuses this phone.
    pub refused: Option<String>,
    /// The server said then that the account is closed.
    #[serde(default)]
    pub closed_at: Option<i64>,
    /// The server asked to wait until then.
    pub not_before: Option<i64>,
}

impl SyncMemo {
    /// Writes it.
    pub fn store(&self, w: &Writer<'_>, key: &LocalKey) -> Result<(), StoreError> {
        write(w, key, SYNC, self)
    }
}

pub(super) fn memo(store: &Store, key: &LocalKey) -> Result<SyncMemo, CompanionError> {
    Ok(read(store, key, SYNC)?.unwrap_or_default())
}
