//! This app meets what a newer one wrote: entries of unknown kinds and versions are kept, sent and passed on,
//! and ignored; a newer store is refused and left as it is.

use std::path::Path;

use handrail_care::id::Id;
use handrail_companion::{Companion, CompanionError};
use handrail_mailbox::chain::digest;
use handrail_mailbox::keyring::Keyring;
use handrail_mailbox::local::{LocalKey, open_local};
use handrail_mailbox::seal::seal;
use handrail_story::clinic::{ZONE, open_phone, synchronise};
use handrail_wire::id::{EntryId, MailboxId};
use rusqlite::Connection;

use crate::common::{Clinic, sheets};

fn database(folder: &Path) -> Connection {
    Connection::open(folder.join("store/phone.sqlite")).expect("a database")
}

/// Writes entries as a newer app on this phone would: sealed with the phone's own keys, waiting to be sent.
fn write_as_newer(
    folder: &Path,
    device: &str,
    entries: &[(u8, serde_json::Value)],
) -> Vec<Vec<u8>> {
    let key = std::fs::read(folder.join("store.key")).expect("a key");
    let key = LocalKey::from_bytes(key.as_slice().try_into().expect("a key"));
    let database = database(folder);
    let (n, id, keyring): (i64, Vec<u8>, Vec<u8>) = database
        .query_row(
            "SELECT n, id, keyring FROM mailbox WHERE class = 'care'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .expect("a care mailbox");
    let mailbox = MailboxId(id.try_into().expect("an id"));
    let opened = open_local(&key, &format!("keyring/{mailbox}"), &keyring).expect("it opens");
    let keyring = Keyring::from_bytes(&opened).expect("a keyring");
    let write = |(number, body): &(u8, serde_json::Value)| {
        let id = EntryId([*number; 16]);
        let entry = if body["v"] == 1 {
            let (id, at) = (Id(id.0).to_string(), handrail_story::now());
            serde_json::json!([1, id, at, ZONE, device, null, body["kind"], body["body"]])
        } else {
            // Nobody knows how these go on.
            serde_json::json!([body["v"], body])
        };
        let plain = handrail_care::packed::to_vec(&entry).expect("a packed form");
        let sealed = seal(keyring.current().expect("a key"), id, &plain, None, 0);
        database
            .execute(
                "INSERT INTO entry (mailbox, id, digest, bytes) VALUES (?1, ?2, ?3, ?4)",
                (n, id.0, digest(&sealed).0, &sealed),
            )
            .expect("written");
        sealed
    };
    entries.iter().map(write).collect()
}

#[test]
fn entries_of_a_newer_app_are_kept_sent_and_ignored() {
    let mut clinic = Clinic::new();
    let place = clinic.place.path().to_owned();
    let folder = place.join("phone");
    let phone = clinic.staff.phone(clinic.patient, &folder);
    let mut written = phone.write_check_ins(&sheets(3)).expect("saved");
    let device = phone.device().expect("enrolled");
    phone.close();
    let newer = write_as_newer(
        &folder,
        &device,
        &[
            (
                101,
                serde_json::json!({"v": 1, "kind": "dream-diary", "body": {"text": "x", "stars": 4}}),
            ),
            (
                102,
                serde_json::json!({"v": 2, "kind": "check-in", "body": [1, 2, 3], "more": true}),
            ),
            (103, serde_json::json!({"v": 9, "envelope": "another"})),
        ],
    );
    // The older app: it has them, sends them, and everything else goes on.
    let phone = open_phone(&folder);
    written.extend(phone.write_check_ins(&sheets(2)).expect("saved"));
    synchronise(&phone);
    let status = phone.sync_status().expect("enrolled");
    assert_eq!((status.pending, status.faults.len()), (0, 0));
    let reasons: Vec<_> = status
        .quarantined
        .iter()
        .map(|one| one.reason.clone())
        .collect();
    assert_eq!(reasons, ["entry-version-unknown", "entry-version-unknown"]);
    phone.close();

    // Another phone of the same person, as old as this one, gets the very bytes and keeps them.
    let second = place.join("second");
    let phone = clinic.staff.phone(clinic.patient, &second);
    let receipts = phone.check_ins(u32::MAX).expect("open");
    assert_eq!(
        receipts.iter().filter(|one| one.complete).count(),
        written.len()
    );
    assert!(phone.sync_status().expect("enrolled").faults.is_empty());
    phone.close();
    for folder in [&folder, &second] {
        let database = database(folder);
        for (number, sealed) in (101_u8..).zip(&newer) {
            let id = [number; 16];
            let kept: Vec<u8> = database
                .query_row("SELECT bytes FROM entry WHERE id = ?1", [id], |row| {
                    row.get(0)
                })
                .expect("kept");
            assert_eq!(kept, *sealed, "entry {number}");
        }
    }
    // And staff sees what it knows.
    assert_eq!(clinic.known_to_staff(), written.len());
}

#[test]
fn a_newer_store_is_refused_and_left_as_it_is() {
    let mut clinic = Clinic::new();
    let folder = clinic.place.path().join("phone");
    let phone = clinic.staff.phone(clinic.patient, &folder);
    let written = phone.write_check_ins(&sheets(4)).expect("saved");
    phone.close();
    let newer = database(&folder);
    newer.pragma_update(None, "user_version", 2).expect("set");
    newer
        .execute_batch("ALTER TABLE entry ADD COLUMN mood TEXT; CREATE TABLE later (n INTEGER PRIMARY KEY) STRICT;")
        .expect("a newer schema");
    drop(newer);
    let read = || {
        let files = handrail_faults::files(&folder).into_iter();
        let bytes = files.map(|file| (std::fs::read(&file).expect("a file"), file));
        bytes
            .filter(|(bytes, _)| !bytes.is_empty())
            .collect::<Vec<_>>()
    };
    let before = read();
    let store = folder.join("store");
    for _ in 0..2 {
        let opened = Companion::open_on_desktop(store.to_str().expect("plain names"), ZONE);
        assert_eq!(opened.err(), Some(CompanionError::AppTooOld));
        assert!(read() == before, "the files were changed");
    }
    // The newer app comes back and finds everything: here, this one with the old number.
    let newer = database(&folder);
    newer.pragma_update(None, "user_version", 1).expect("set");
    drop(newer);
    let phone = open_phone(&folder);
    let have: Vec<_> = phone
        .check_ins(u32::MAX)
        .expect("open")
        .into_iter()
        .map(|one| one.check_in)
        .collect();
    assert!(written.iter().all(|id| have.contains(id)));
}
