//! A clinic made of fixed keys, the same in each run: what an input says about it must not depend on
//! chance.

use std::sync::LazyLock;

use handrail_mailbox::{
    Directory, EpochSecret, Keyring, Role, RootKey, StaffIdentity, directory::derive_clinic_mailbox,
};
use handrail_wire::id::{EntryId, MailboxId};

/// A care mailbox.
pub const CARE: MailboxId = MailboxId([0xca; 16]);
/// Another one.
pub const OTHER: MailboxId = MailboxId([0x0a; 16]);
/// An entry.
pub const ENTRY: EntryId = EntryId([0xe1; 16]);
/// Epochs of [`CARE`], the secret of epoch n being n repeated.
pub const EPOCHS: u8 = 3;

/// The clinic.
pub struct World {
    /// Its root.
    pub root: RootKey,
    /// Ida (administrator), Bo (clinician), Desk (front desk), and Una who was removed.
    pub directory: Directory,
    /// Administrator.
    pub ida: StaffIdentity,
    /// Clinician.
    pub bo: StaffIdentity,
    /// Front desk.
    pub desk: StaffIdentity,
    /// A clinician who has left.
    pub una: StaffIdentity,
}

/// The clinic of all targets.
pub fn clinic() -> &'static World {
    static WORLD: LazyLock<World> = LazyLock::new(World::new);
    &WORLD
}

impl World {
    fn new() -> Self {
        let root = RootKey::from_bytes(&[0x70; 32]);
        let mut directory = Directory::new(root.public());
        let mut hire = |seed: u8, role| {
            let staff = StaffIdentity::from_bytes(&[seed; 64]);
            let certificate = root.certify(&staff.identity(), role);
            directory.admit(&certificate).expect("signed by the root");
            staff
        };
        let ida = hire(0x1d, Role::Administrator);
        let bo = hire(0xb0, Role::Clinician);
        let desk = hire(0xde, Role::FrontDesk);
        let una = hire(0x0e, Role::Clinician);
        directory
            .remove(&root.remove(una.party()))
            .expect("signed by the root");
        Self {
            root,
            directory,
            ida,
            bo,
            desk,
            una,
        }
    }

    /// The clinic's library.
    pub fn library(&self) -> MailboxId {
        derive_clinic_mailbox(&self.root.public(), "library")
    }
}

/// The keys of a mailbox.
pub fn keyring(mailbox: MailboxId) -> Keyring {
    let mut keyring = Keyring::new(mailbox);
    for epoch in 1..=EPOCHS {
        keyring
            .insert(u32::from(epoch), EpochSecret::from_bytes(&[epoch; 32]))
            .expect("each epoch once");
    }
    keyring
}
