//! The sealed append-only log: what lies on a phone, crosses the wire and rests at the clinic.
//!
//! Owns keys and identities, sealing and opening with padding, key boxes, the staff directory, the
//! chain check, invites, the wrapping of staff and phone keys, and the recovery sheet. Every byte
//! format is written down in `docs/formats.md` and frozen by `tests/vectors`.
//!
//! Refuses: I/O, the clock, and any knowledge of what an entry says. To this crate an entry is bytes.
//!
//! Habits: `derive_*` is deterministic, `make_*` (and `make`) draws from the operating system's random
//! numbers. Key types have no `Debug`, `Clone` or `Serialize` and are zeroised when dropped. Errors are
//! enums whose text form is a stable code.
#![warn(missing_docs)]

pub mod chain;
mod crypto;
pub mod directory;
pub mod identity;
pub mod invite;
pub mod keybox;
pub mod keyring;
pub mod local;
pub mod printed;
pub mod recovery;
pub mod seal;
pub mod staff;
#[cfg(test)]
mod testing;
#[cfg(any(test, feature = "vectors"))]
pub mod vectors;

pub use chain::{Absorbed, Arrival, Arrived, ChainFault, LogState, Own, Seen, SeenVerdict};
pub use directory::{Certificate, CertificateError, Directory, Member, Removal, Role, RootKey};
pub use identity::{BoxKey, DeviceIdentity, Recipient, StaffIdentity};
pub use invite::{Bundle, InviteError, Link};
pub use keybox::BoxError;
pub use keyring::{EpochSecret, Keyring, SealKey};
pub use local::LocalKey;
pub use recovery::RecoveryKey;
pub use seal::{Author, OpenError, Opened, open, open_in_place, seal, sealed_size};
pub use staff::{AccountSecret, LoginKeys, StaffSecret, WrapError};
