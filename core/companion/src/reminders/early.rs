//! The armed list where the phone can read it before its first unlock: numbers, times and neutral text.
//!
//! Owns one small file. It is not sealed, so it holds nothing that tells what a reminder is about: not
//! even the text of a higher lock-screen level. Also the list of what an earlier store may have left with
//! the system.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use handrail_care::reminder::{Language, neutral};
use serde::{Deserialize, Serialize};

use super::ledger::Notice;
use crate::view::ArmedReminder;

const FILE: &str = "armed-reminders.json";
/// First field of the file.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Early {
    v: u32,
    language: Language,
    reminders: Vec<Item>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    id: u32,
    at: i64,
    exact: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    local: Option<String>,
}

fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

fn read(folder: &Path) -> Option<Early> {
    let bytes = fs::read(path(folder)).ok()?;
    let early: Early = serde_json::from_slice(&bytes).ok()?;
    (early.v == VERSION).then_some(early)
}

/// Replaces the list; false when the disk did not take it. The old list stays when all of it is to ring
/// still; else it goes, because what was taken back would ring after a restart.
pub(crate) fn write(folder: &Path, language: Language, held: &[&Notice]) -> bool {
    let reminders = held.iter().map(|notice| Item {
        id: notice.id,
        at: notice.at,
        exact: notice.exact,
        local: notice.local.map(local_text),
    });
    let early = Early {
        v: VERSION,
        language,
        reminders: reminders.collect(),
    };
    let written = keep(folder, &early);
    let stands = |id: &u32| held.iter().any(|notice| notice.id == *id);
    if !written && !numbers(folder).iter().all(stands) {
        // When even that does not work, its numbers count as being there.
        let _ = fs::remove_file(path(folder));
    }
    written
}

/// Takes a number out of the list.
pub(crate) fn drop_number(folder: &Path, id: u32) {
    let Some(mut early) = read(folder) else {
        return;
    };
    early.reminders.retain(|item| item.id != id);
    keep(folder, &early);
}

fn keep(folder: &Path, early: &Early) -> bool {
    let bytes = serde_json::to_vec(early).expect("plain structs have text keys");
    if fs::read(path(folder)).is_ok_and(|known| known == bytes) {
        return true;
    }
    let fresh = folder.join(format!("{FILE}.new"));
    let written = fs::create_dir_all(folder)
        .and_then(|()| File::create(&fresh))
        .and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&fresh, path(folder)));
    crate::store::sync_dir(folder);
    written.is_ok()
}

/// `2026-11-23T18:00`.
pub(crate) fn local_text(local: chrono::NaiveDateTime) -> String {
    local.format("%Y-%m-%dT%H:%M").to_string()
}

/// Numbers in the list.
pub(crate) fn numbers(folder: &Path) -> BTreeSet<u32> {
    let early = read(folder).map(|early| early.reminders);
    early.into_iter().flatten().map(|item| item.id).collect()
}

/// The list as it is armed again after a restart, before the phone was unlocked.
pub(crate) fn list(folder: &Path) -> Vec<ArmedReminder> {
    let Some(early) = read(folder) else {
        return Vec::new();
    };
    let text = neutral(early.language);
    let items = early.reminders.into_iter().map(|item| ArmedReminder {
        id: item.id.to_string(),
        at: item.at,
        local: item.local,
        exact: item.exact,
        text: text.clone(),
    });
    items.collect()
}
