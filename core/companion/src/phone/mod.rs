//! The phone in memory: keys, and the state folded from the stored log.
//!
//! Owns what is loaded at open and kept in step with the store. Every change is written first (in one
//! transaction), then shows here; when a write fails after state was touched, everything is folded
//! again from the store, so the two cannot drift.

pub(crate) mod beside;
pub(crate) mod fold;
mod refold;
pub(crate) mod save;
pub(crate) mod secret;

pub(crate) use secret::{Enrolling, EnrolmentRecord, SyncMemo, keyring_label};

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use handrail_care::chart::Chart;
use handrail_care::entry::Class;
use handrail_care::id::Id;
use handrail_care::library::Library;
use handrail_care::order::InOrder;
use handrail_mailbox::chain::{LogState, Own};
use handrail_mailbox::directory::Directory;
use handrail_mailbox::identity::DeviceIdentity;
use handrail_mailbox::invite::AccessToken;
use handrail_mailbox::keyring::Keyring;
use handrail_mailbox::local::LocalKey;
use handrail_wire::id::{EntryId, PartyId};

use crate::error::{CompanionError, LossReason};
use crate::store::{Held, Store};
use crate::view::PhoneRole;

/// What the phone believes of staff, and who it is itself.
pub(crate) struct Trust {
    /// Certificates and removals under the clinic's root.
    pub directory: Directory,
    /// Where in the library each removal stands and when it was received: later entries do not count.
    pub removals: BTreeMap<PartyId, (u64, i64)>,
    /// This phone.
    pub me: Id,
}

/// An enrolled phone's identity.
pub(crate) struct Enrolment {
    /// As stored.
    pub record: EnrolmentRecord,
    /// Keys.
    pub device: DeviceIdentity,
    /// Access token.
    pub token: AccessToken,
}

/// One mailbox of this phone.
pub(crate) struct Mailbox {
    /// Its number in the store.
    pub n: i64,
    /// What it is.
    pub class: Class,
    /// Cursor, head, generation.
    pub log: LogState,
    /// Its epochs.
    pub keyring: Keyring,
    /// Its entries, in the log and waiting.
    pub held: Held,
    /// Its facts; empty for the library.
    pub chart: Chart,
    /// Entries that signed `erase` entries name.
    pub erased: BTreeSet<Id>,
    /// Entries put aside, with the reason.
    pub aside: BTreeMap<EntryId, String>,
    /// Places in the log without bytes.
    pub missing: BTreeSet<EntryId>,
}

/// Everything behind the lock.
pub(crate) struct Phone {
    pub store: Store,
    pub key: LocalKey,
    pub zone: String,
    /// The language that the shell shows, BCP 47.
    pub language: String,
    pub enrolment: Option<Enrolment>,
    pub trust: Trust,
    /// The library first: it says who is staff.
    pub mailboxes: Vec<Mailbox>,
    pub library: Library,
    pub memo: SyncMemo,
}

impl Phone {
    /// Opens the store of a folder with its key and folds the log.
    pub fn load(dir: &Path, key: LocalKey, zone: &str, now: i64) -> Result<Self, CompanionError> {
        let mut store = Store::open(dir)?;
        secret::check_key(&mut store, &key)?;
        store.check()?;
        let mut phone = Self {
            store,
            key,
            zone: zone.to_owned(),
            language: "en".to_owned(),
            enrolment: None,
            trust: Trust {
                directory: Directory::new([0; 32]),
                removals: BTreeMap::new(),
                me: Id::default(),
            },
            mailboxes: Vec::new(),
            library: Library::default(),
            memo: SyncMemo::default(),
        };
        phone.reload(now)?;
        phone.read_again()?;
        Ok(phone)
    }

    /// Damage at rest, as far as the clinic can make it good. Rows that belong to nothing, or a log that does
    /// not lead to its own head: something is missing, and what cannot be said. Then the store is damaged. Where single entries are, their log
    /// is read again from its begin by the next sync, which brings their bytes.
    fn read_again(&mut self) -> Result<(), CompanionError> {
        let held = self.mailboxes.iter().map(|mailbox| mailbox.held.count());
        let held = held.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
        if held != self.store.count()? {
            return Err(DAMAGED);
        }
        for mailbox in &mut self.mailboxes {
            let log = mailbox.log;
            if mailbox.held.head_at(log.seq) != Some(log.head) {
                return Err(DAMAGED);
            }
            let damaged = mailbox.aside.values().any(|why| why == fold::ENTRY_DAMAGED);
            if damaged && log.seq > 0 {
                let begin = LogState::new(log.mailbox);
                self.store
                    .write(|w| Ok::<_, CompanionError>(w.set_log(mailbox.n, &begin)?))?;
                mailbox.log = begin;
            }
        }
        Ok(())
    }

    /// Folds everything again from the store.
    pub fn reload(&mut self, now: i64) -> Result<(), CompanionError> {
        self.memo = secret::memo(&self.store, &self.key)?;
        self.enrolment = secret::enrolment(&self.store, &self.key)?;
        let Some(enrolment) = &self.enrolment else {
            if !self.store.mailboxes()?.is_empty() {
                // Both came in one transaction: only damage takes one of them away.
                return Err(DAMAGED);
            }
            self.mailboxes.clear();
            self.library = Library::default();
            return Ok(());
        };
        self.trust = enrolment.record.trust(&enrolment.device)?;
        self.mailboxes.clear();
        for row in self.store.mailboxes()? {
            let class = Class::parse(&row.class).ok_or(DAMAGED)?;
            let label = secret::keyring_label(row.log.mailbox);
            let bytes = secret::open(&self.key, &label, &row.keyring)?;
            self.mailboxes.push(Mailbox {
                n: row.n,
                class,
                log: row.log,
                keyring: Keyring::from_bytes(&bytes).map_err(|_| DAMAGED)?,
                held: Held::new(row.log.mailbox),
                chart: Chart::default(),
                erased: BTreeSet::new(),
                aside: BTreeMap::new(),
                missing: BTreeSet::new(),
            });
        }
        self.mailboxes
            .order_by_key(|mailbox| (mailbox.class != Class::Library, mailbox.n));
        for index in 0..self.mailboxes.len() {
            self.refold(index, now)?;
        }
        Ok(())
    }

    /// What the disk has changed of what lies on this phone alone, as codes: half-done check-ins, settings.
    pub fn damaged(&self) -> Result<Vec<&'static str>, CompanionError> {
        let drafts = std::iter::repeat_n("draft-damaged", self.damaged_drafts()?);
        let settings = secret::damaged_settings(&self.store, &self.key)?;
        Ok(drafts
            .chain(std::iter::repeat_n("setting-damaged", settings))
            .collect())
    }

    /// The enrolment, or the error that says there is none.
    pub fn enrolled(&self) -> Result<&Enrolment, CompanionError> {
        self.enrolment.as_ref().ok_or(CompanionError::NotEnrolled)
    }

    /// The mailbox that this phone writes to: the patient's care, the relative's family mailbox.
    pub fn home(&self) -> Result<usize, CompanionError> {
        let class = match self.enrolled()?.record.role() {
            PhoneRole::Patient => Class::Care,
            PhoneRole::Family => Class::Family,
        };
        let found = self
            .mailboxes
            .iter()
            .position(|mailbox| mailbox.class == class);
        found.ok_or(CompanionError::NotFound)
    }

    /// The patient's care mailbox; a family phone has none.
    pub fn care(&self) -> Result<usize, CompanionError> {
        match self.enrolled()?.record.role() {
            PhoneRole::Patient => self.home(),
            PhoneRole::Family => Err(CompanionError::NotFound),
        }
    }

    /// The patient's facts.
    pub fn chart(&self) -> Result<&Chart, CompanionError> {
        Ok(&self.mailboxes[self.care()?].chart)
    }

    /// Staff cut this phone off: a signed entry says so.
    pub fn is_lost(&self) -> bool {
        let lost = |mailbox: &Mailbox| mailbox.chart.is_lost(self.trust.me);
        self.enrolment.is_some() && self.mailboxes.iter().any(lost)
    }

    /// Entries that are only on this phone.
    pub fn unsent(&self) -> u32 {
        let written = self
            .mailboxes
            .iter()
            .filter(|mailbox| mailbox.class != Class::Library);
        let count: usize = written.map(|mailbox| mailbox.held.count_waiting()).sum();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

/// The store is not as this app left it.
pub(crate) const DAMAGED: CompanionError = CompanionError::NeedsInvite {
    reason: LossReason::StoreDamaged,
};
