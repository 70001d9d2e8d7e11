//! The demo clinic "Riverbend IOP": set up by a headless clinician, written through real phone cores.
//!
//! Same seed, same people, same answers, counted back from the day it is made. Keys and identifiers
//! are random all the same.

mod alerts;
mod clinic;
mod course;
mod family;
mod forms;
mod homework;
mod people;
mod phones;
mod plans;
mod program;
mod visits;

use std::path::{Path, PathBuf};

use handrail_clinician::{ActError, Problem};
use handrail_companion::CompanionError;
use serde::Serialize;

pub use clinic::seed;

/// Clinic time of the demo.
pub const ZONE: &str = "America/Chicago";

/// A login of the demo clinic.
#[derive(Debug, Clone, Serialize)]
pub struct DemoLogin {
    /// The person.
    pub name: String,
    /// Login name.
    pub login: String,
    /// Passphrase.
    pub passphrase: String,
    /// Account secret, as on the card.
    pub account_secret: String,
}

/// An invite that is still open.
#[derive(Debug, Clone, Serialize)]
pub struct DemoInvite {
    /// For whom.
    pub name: String,
    /// The link.
    pub link: String,
    /// The six digits.
    pub code: String,
}

/// The demo clinic, made.
#[derive(Debug, Clone, Serialize)]
pub struct Seeded {
    /// Logins, the administrator first.
    pub logins: Vec<DemoLogin>,
    /// An invite for a phone.
    pub invite: DemoInvite,
    /// The recovery sheet.
    pub recovery_sheet: String,
    /// Folder with one folder for each phone.
    pub phones: PathBuf,
    /// Patients.
    pub patients: usize,
    /// Check-ins written through phone cores.
    pub check_ins: usize,
}

/// Why the demo clinic was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// The server or the network refused.
    #[error("{0}")]
    Problem(#[from] Problem),
    /// An act was refused.
    #[error("{0}")]
    Act(#[from] ActError),
    /// A phone refused.
    #[error("phone: {0:?}")]
    Phone(CompanionError),
    /// A phone's folder cannot be made.
    #[error("phone-folder-unavailable")]
    Folder,
    /// A phone could not synchronise.
    #[error("phone-not-synchronised")]
    NotSynchronised,
    /// A date beyond the calendar.
    #[error("date-out-of-range")]
    Date,
}

impl From<CompanionError> for SeedError {
    fn from(error: CompanionError) -> Self {
        Self::Phone(error)
    }
}

/// The folder of a person's phone.
pub fn phone_folder(phones: &Path, name: &str) -> PathBuf {
    phones.join(name.to_lowercase())
}
