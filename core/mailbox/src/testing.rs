//! A clinic made of keys, for the tests of this crate.

use handrail_wire::id::{EntryId, MailboxId};

use crate::directory::{Directory, Role, RootKey};
use crate::identity::StaffIdentity;
use crate::keyring::{EpochSecret, Keyring};

pub(crate) const CARE: MailboxId = MailboxId([0xca; 16]);
pub(crate) const FAMILY: MailboxId = MailboxId([0xfa; 16]);
pub(crate) const ENTRY: EntryId = EntryId([0xe1; 16]);

pub(crate) struct Clinic {
    pub(crate) root: RootKey,
    pub(crate) directory: Directory,
    pub(crate) ida: StaffIdentity,
    pub(crate) bo: StaffIdentity,
    pub(crate) desk: StaffIdentity,
}

impl Clinic {
    /// Ida is administrator, Bo a clinician, Desk at the front desk.
    pub(crate) fn new() -> Self {
        let root = RootKey::make();
        let mut directory = Directory::new(root.public());
        let mut hire = |role| {
            let staff = StaffIdentity::make();
            let certificate = root.certify(&staff.identity(), role);
            directory.admit(&certificate).expect("signed by the root");
            staff
        };
        let (ida, bo) = (hire(Role::Administrator), hire(Role::Clinician));
        let desk = hire(Role::FrontDesk);
        Self {
            root,
            directory,
            ida,
            bo,
            desk,
        }
    }

    pub(crate) fn remove(&mut self, staff: &StaffIdentity) {
        let removal = self.root.remove(staff.party());
        self.directory.remove(&removal).expect("signed by the root");
    }
}

/// A keyring with epochs 1 to `epochs`, the secret of epoch n being n repeated.
pub(crate) fn keyring(mailbox: MailboxId, epochs: u8) -> Keyring {
    let mut keyring = Keyring::new(mailbox);
    for epoch in 1..=epochs {
        keyring
            .insert(u32::from(epoch), EpochSecret::from_bytes(&[epoch; 32]))
            .expect("each epoch once");
    }
    keyring
}
