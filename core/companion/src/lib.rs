//! The phone: what the Handrail apps load.
//!
//! Owns the local store, the sync client and the API of the apps ([`api`], the only place that says
//! `uniffi::export`). Holds no rule of care: scores, schedules, folding and what is due come from
//! `handrail-care`; formats and keys from `handrail-mailbox`.
//!
//! One object, [`Companion`], owns everything. Every call blocks. What a call saved is on the disk when it
//! returns; state in memory is a fold of the stored log and of nothing else.
#![warn(missing_docs)]

uniffi::setup_scaffolding!();

pub mod api;
mod care;
mod checkin;
pub mod clock;
mod consent;
mod enrol;
mod erase;
pub mod error;
mod export;
mod family;
mod help;
mod homework;
mod inner;
pub mod keystore;
mod phone;
mod plans;
mod progress;
pub mod reminders;
mod store;
mod sync;
pub mod view;

pub use api::{
    Companion, KeyStore, ReminderArmer, WholeCheckIn, armed_before_unlock, help_anywhere,
};
pub use clock::{Clock, SetClock, SystemClock};
pub use error::{CompanionError, InviteRefusal, LossReason};
pub use keystore::{FileKeyStore, KeyStoreError};
pub use reminders::ArmerError;
