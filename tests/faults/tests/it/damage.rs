//! Databases whose bytes were changed at random: the phone's opens to everything, or to a clear state that a
//! new invite ends, or names what cannot be read; the server's is told, and what it still answers is checked
//! by the phones.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use handrail_companion::view::{AnswerValue, Standing, SyncOutcome};
use handrail_companion::{Companion, CompanionError};
use handrail_faults::chance::Chance;
use handrail_story::clinic::{ZONE, open_phone, synchronise};
use handrail_story::{Server, program};

use crate::common::{Clinic, sheets};

/// Damages of each kind of file.
fn damages() -> usize {
    handrail_faults::number_of("HANDRAIL_DAMAGES", 120)
}

const PAGE: usize = 4096;

/// Changes a file somewhere; says how.
fn damage(file: &Path, chance: &mut Chance) -> String {
    let mut bytes = std::fs::read(file).expect("a file");
    let size = bytes.len();
    let page = |chance: &mut Chance| chance.below(size / PAGE) * PAGE;
    let how = match chance.below(10) {
        0..=4 => {
            let many = 1 + chance.below(8);
            let at: Vec<_> = (0..many).map(|_| chance.below(size)).collect();
            for at in &at {
                bytes[*at] ^= chance.byte() | 1;
            }
            format!("bytes at {at:?}")
        }
        5 => {
            let at = chance.below(size);
            let end = (at + 1 + chance.below(600)).min(size);
            bytes[at..end].fill_with(|| chance.byte());
            format!("noise from {at} to {end}")
        }
        6 => {
            let at = page(chance);
            bytes[at..at + PAGE].fill(0);
            format!("no page at {at}")
        }
        7 => {
            let (one, other) = (page(chance), page(chance));
            let kept = bytes[one..one + PAGE].to_vec();
            bytes.copy_within(other..other + PAGE, one);
            bytes[other..other + PAGE].copy_from_slice(&kept);
            format!("pages {one} and {other} changed places")
        }
        8 => {
            bytes.truncate(chance.below(size));
            format!("cut to {}", bytes.len())
        }
        _ => {
            let (from, to) = (page(chance), page(chance));
            bytes.copy_within(from..from + PAGE, to);
            format!("page {from} also at {to}")
        }
    };
    std::fs::write(file, bytes).expect("a file");
    how
}

/// A phone's folder, and what is in it.
struct Template {
    folder: PathBuf,
    sent: BTreeSet<String>,
    unsent: BTreeSet<String>,
    draft: String,
}

fn open(folder: &Path) -> Result<Arc<Companion>, CompanionError> {
    let store = folder.join("store");
    Companion::open_on_desktop(store.to_str().expect("plain names"), ZONE)
}

/// Two folders of one phone: closed, and with its WAL beside it.
fn templates(clinic: &mut Clinic) -> [Template; 2] {
    let place = clinic.place.path().to_owned();
    let patient = clinic.patient;
    let live = place.join("live");
    let phone = clinic.staff.phone(patient, &live);
    let sent: BTreeSet<_> = phone
        .write_check_ins(&sheets(20))
        .expect("saved")
        .into_iter()
        .collect();
    synchronise(&phone);
    let mut settings = phone.reminder_settings().expect("settings");
    "09:37".clone_into(&mut settings.check_in_time);
    phone.set_reminder_settings(settings).expect("set");
    let unsent: BTreeSet<_> = phone
        .write_check_ins(&sheets(5))
        .expect("saved")
        .into_iter()
        .collect();
    let draft = phone.start_check_in("phq9").expect("a form").check_in;
    for item in 1..=4 {
        let value = AnswerValue::Number { number: 2 };
        phone
            .answer(&draft, &format!("q{item}"), Some(value))
            .expect("saved");
    }
    let with_log = place.join("with-log");
    handrail_faults::copy(&live, &with_log);
    phone.close();
    [live, with_log].map(|folder| Template {
        folder,
        sent: sent.clone(),
        unsent: unsent.clone(),
        draft: draft.clone(),
    })
}

/// What became of a damaged phone.
#[derive(Debug, Default)]
struct Tally {
    whole: usize,
    named: usize,
    invited: usize,
    refused: usize,
    /// The log was damaged: what was in it is as if it had never been.
    younger: usize,
}

fn receipts(phone: &Companion) -> Vec<String> {
    let all = phone.check_ins(u32::MAX).expect("open").into_iter();
    all.filter(|one| one.complete)
        .map(|one| one.check_in)
        .collect()
}

/// What is wrong with an open phone: missing and not named. `log`: its WAL was damaged, and SQLite cannot
/// tell what it held from a write that power cut off.
fn silent(phone: &Companion, template: &Template, log: bool, tally: &mut Tally) -> Vec<String> {
    let mut wrong = Vec::new();
    let have = receipts(phone);
    let set: BTreeSet<_> = have.iter().cloned().collect();
    if set.len() != have.len() {
        wrong.push("something is there twice".to_owned());
    }
    let status = phone.sync_status().expect("enrolled");
    let named = |code: &str| {
        status
            .faults
            .iter()
            .filter(|fault| fault.code == code)
            .count()
    };
    let all: BTreeSet<_> = template.sent.union(&template.unsent).cloned().collect();
    let missing = all.difference(&set).count();
    let aside = status.quarantined.len() + named("entry-missing");
    let mut less = Vec::new();
    if missing > aside {
        less.push(format!(
            "{missing} check-ins are missing, {aside} are named"
        ));
    }
    let draft = match phone.start_check_in("phq9") {
        Ok(form) => form,
        Err(error) => return vec![format!("no check-in can be begun: {error:?}")],
    };
    let given = draft
        .questions
        .iter()
        .filter(|one| one.answer.is_some())
        .count();
    if (draft.check_in != template.draft || given < 4) && named("draft-damaged") == 0 {
        less.push("half-done answers are missing".to_owned());
    }
    let time = phone.reminder_settings().expect("settings").check_in_time;
    if time != "09:37" && named("setting-damaged") == 0 {
        less.push(format!("settings are lost: {time}"));
    }
    if less.is_empty() && missing + status.faults.len() == 0 {
        tally.whole += 1;
    } else if less.is_empty() {
        tally.named += 1;
    } else if log {
        tally.younger += 1;
    } else {
        wrong.extend(less);
    }
    // What the clinic has comes back.
    let report = phone.sync().expect("enrolled");
    let after: BTreeSet<_> = receipts(phone).into_iter().collect();
    if !template.sent.is_subset(&after) || report.outcome != SyncOutcome::UpToDate {
        let lost = template.sent.difference(&after).count();
        wrong.push(format!("after sync {lost} are missing: {report:?}"));
    }
    wrong
}

/// Everything that the clinic has comes back with a new invite, and the phone goes on.
fn invite(clinic: &mut Clinic, phone: &Companion, template: &Template) -> Vec<String> {
    let patient = clinic.patient;
    let (link, code) = clinic.staff.invite(patient);
    if let Err(error) = phone.enrol(&link, &code, "Phone", "desktop") {
        return vec![format!("a new invite does not help: {error:?}")];
    }
    synchronise(phone);
    phone.write_check_ins(&sheets(1)).expect("saved");
    synchronise(phone);
    let have: BTreeSet<_> = receipts(phone).into_iter().collect();
    let lost: Vec<_> = template.sent.difference(&have).cloned().collect();
    if lost.is_empty() {
        Vec::new()
    } else {
        vec![format!("the new invite did not bring back {lost:?}")]
    }
}

fn wrong(
    clinic: &mut Clinic,
    template: &Template,
    folder: &Path,
    log: bool,
    tally: &mut Tally,
) -> Vec<String> {
    let phone = match open(folder) {
        Ok(phone) => phone,
        // A changed version number looks like a newer app's; nothing is touched.
        Err(CompanionError::AppTooOld) => {
            tally.refused += 1;
            return Vec::new();
        }
        Err(error) => return vec![format!("does not open: {error:?}")],
    };
    let wrong = match phone.standing() {
        Standing::NeedsInvite { .. } => {
            tally.invited += 1;
            invite(clinic, &phone, template)
        }
        Standing::Enrolled { .. } => silent(&phone, template, log, tally),
        // The log held everything, and is gone.
        Standing::NotEnrolled if log => {
            tally.younger += 1;
            invite(clinic, &phone, template)
        }
        other => vec![format!("stands as {other:?}")],
    };
    phone.close();
    wrong
}

#[test]
fn a_damaged_phone_says_so_and_an_invite_brings_everything_back() {
    let mut clinic = Clinic::new();
    let templates = templates(&mut clinic);
    let mut chance = Chance::new(0xda3a);
    let mut found = Vec::new();
    let (mut tally, mut by_log) = (Tally::default(), Tally::default());
    for number in 0..damages() {
        let log = number % 4 == 3;
        let template = &templates[number % 2];
        let place = handrail_faults::folder();
        handrail_faults::copy(&template.folder, place.path());
        let name = if log {
            "phone.sqlite-wal"
        } else {
            "phone.sqlite"
        };
        let how = damage(&place.path().join("store").join(name), &mut chance);
        let tally = if log { &mut by_log } else { &mut tally };
        for wrong in wrong(&mut clinic, template, place.path(), log, tally) {
            found.push(format!("{number}, {name}, {how}: {wrong}"));
        }
    }
    println!("database: {tally:?}; log: {by_log:?}");
    assert_eq!(found, Vec::<String>::new());
    assert!(tally.named > 0 && tally.invited > 0, "{tally:?}");

    // What is missing and not named is found: the control.
    let template = Template {
        folder: templates[0].folder.clone(),
        sent: templates[0].sent.clone(),
        unsent: BTreeSet::from(["never-written".to_owned()]),
        draft: templates[0].draft.clone(),
    };
    let place = handrail_faults::folder();
    handrail_faults::copy(&template.folder, place.path());
    let silent = wrong(&mut clinic, &template, place.path(), false, &mut tally);
    assert!(
        silent.iter().any(|wrong| wrong.contains("missing")),
        "{silent:?}"
    );
}

/// One row of the log taken out properly: no page is damaged, and the chain tells.
#[test]
fn an_entry_that_is_gone_without_a_trace_is_noticed() {
    let mut clinic = Clinic::new();
    let [template, _] = templates(&mut clinic);
    let place = handrail_faults::folder();
    handrail_faults::copy(&template.folder, place.path());
    let store = place.path().join("store/phone.sqlite");
    let database = rusqlite::Connection::open(store).expect("a database");
    // A row of `place` stands for a run of entries.
    let deleted = database.execute_batch(
        "DELETE FROM entry WHERE n IN
             (SELECT entry.n FROM entry JOIN place
              ON place.n <= entry.n AND entry.n < place.n + place.count
              WHERE place.seq + entry.n - place.n = 9);",
    );
    deleted.expect("deleted");
    drop(database);
    let phone = open(place.path()).expect("opens");
    assert!(
        matches!(phone.standing(), Standing::NeedsInvite { .. }),
        "{:?}",
        phone.standing()
    );
    assert_eq!(invite(&mut clinic, &phone, &template), Vec::<String>::new());
}

/// One changed draft kept its owner from filling in any other form, one changed setting stopped reminders, and
/// no invite ended it.
#[test]
fn a_damaged_draft_or_setting_blocks_nothing_and_is_named() {
    let mut clinic = Clinic::new();
    let [template, _] = templates(&mut clinic);
    let database = rusqlite::Connection::open(template.folder.join("store/phone.sqlite"));
    // All but the version byte: with another one it would be a newer app's.
    let changed = database.expect("a database").execute_batch(
        "UPDATE draft SET sealed = CAST(substr(sealed, 1, 1) || zeroblob(length(sealed) - 1) AS BLOB);
         UPDATE setting SET sealed = CAST(substr(sealed, 1, 1) || zeroblob(length(sealed) - 1) AS BLOB)
         WHERE name = 'reminder-settings';",
    );
    changed.expect("changed");
    let phone = open(&template.folder).expect("opens");
    let codes = || {
        let faults = phone.sync_status().expect("enrolled").faults.into_iter();
        faults.map(|fault| fault.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(), ["draft-damaged", "setting-damaged"]);
    let form = phone.start_check_in("phq9").expect("another one");
    assert_ne!(form.check_in, template.draft);
    let value = AnswerValue::Number { number: 1 };
    phone
        .answer(&form.check_in, "q1", Some(value))
        .expect("answered");
    phone.submit(&form.check_in).expect("handed in");
    let mut settings = phone.reminder_settings().expect("as if not set");
    "10:15".clone_into(&mut settings.check_in_time);
    phone.set_reminder_settings(settings).expect("set");
    assert_eq!(codes(), ["draft-damaged"], "what is set again is whole");
    synchronise(&phone);
}

/// A changed entry was put aside, and its bytes never came back.
#[test]
fn damaged_entries_are_named_and_come_back_with_the_next_sync() {
    let mut clinic = Clinic::new();
    let [template, _] = templates(&mut clinic);
    let database = rusqlite::Connection::open(template.folder.join("store/phone.sqlite"));
    let changed = database.expect("a database").execute(
        "UPDATE entry SET bytes = randomblob(length(bytes))
         WHERE n IN
             (SELECT entry.n FROM entry JOIN place
              ON place.n <= entry.n AND entry.n < place.n + place.count
              WHERE place.seq + entry.n - place.n BETWEEN 4 AND 9)
         AND mailbox = (SELECT n FROM mailbox WHERE class = 'care')",
        [],
    );
    assert_eq!(changed.expect("changed"), 6);
    let phone = open(&template.folder).expect("opens");
    let aside = || phone.sync_status().expect("enrolled").quarantined;
    assert_eq!(aside().len(), 6);
    assert!(aside().iter().all(|one| one.reason == "entry-damaged"));
    assert!(receipts(&phone).len() < 25);
    synchronise(&phone);
    assert_eq!(aside(), []);
    let have: BTreeSet<_> = receipts(&phone).into_iter().collect();
    let all: BTreeSet<_> = template.sent.union(&template.unsent).cloned().collect();
    assert_eq!(have, all);
    assert!(phone.sync_status().expect("enrolled").faults.is_empty());
}

/// A server on a damaged database does not start, or what it answers is held against the chain: no phone takes
/// less for everything. A backup ends it.
#[test]
fn a_damaged_server_is_told_and_a_backup_ends_it() {
    let mut clinic = Clinic::new();
    let place = clinic.place.path().to_owned();
    let phone = clinic.staff.phone(clinic.patient, &place.join("phone"));
    phone.close();
    let reader_of = place.join("reader");
    handrail_faults::copy(&place.join("phone"), &reader_of);
    let phone = open_phone(&place.join("phone"));
    let sent: BTreeSet<_> = phone
        .write_check_ins(&sheets(30))
        .expect("saved")
        .into_iter()
        .collect();
    synchronise(&phone);
    phone.close();
    let data = clinic.server.data().to_owned();
    let backup = place.join("backup.sqlite");
    let run = |word: &str, data: &Path| {
        let mut command = std::process::Command::new(program("handrail-server"));
        command.arg(word).arg(&backup).arg("--data").arg(data);
        command.output().expect("it runs")
    };
    assert!(run("backup", &data).status.success());
    let Clinic { server, .. } = clinic;
    let port = server.port();
    assert!(server.stop(), "a clean stop");
    let log = place.join("log");
    let mut chance = Chance::new(0x5da3);
    let (mut told, mut whole, mut noticed) = (0, 0, 0);
    for number in 0..damages() / 4 {
        let folder = handrail_faults::folder();
        let here = folder.path().join("data");
        handrail_faults::copy(&data, &here);
        let how = damage(&here.join("handrail.sqlite"), &mut chance);
        let copy = folder.path().join("reader");
        handrail_faults::copy(&reader_of, &copy);
        match Server::try_start(&here, port, &log, |_| {}) {
            Err(code) => {
                assert!(matches!(code, Some(1 | 70)), "{number}, {how}: {code:?}");
                told += 1;
            }
            Ok(server) => {
                let phone = open_phone(&copy);
                let report = phone.sync().expect("enrolled");
                let have: BTreeSet<_> = receipts(&phone).into_iter().collect();
                let status = phone.sync_status().expect("enrolled");
                let named = !status.faults.is_empty() || !status.quarantined.is_empty();
                if sent.is_subset(&have) {
                    whole += 1;
                } else {
                    let up_to_date = report.outcome == SyncOutcome::UpToDate;
                    assert!(
                        !up_to_date || named,
                        "{number}, {how}: less, and nobody says so"
                    );
                    noticed += 1;
                }
                phone.close();
                drop(server);
            }
        }
        // Whatever it was: the backup is put in its place, and a phone has everything.
        let done = run("restore", &here);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{number}, {how}: {said}");
        let server = Server::try_start(&here, port, &log, |_| {});
        let _server = server.expect("a restored server starts");
        std::fs::remove_dir_all(&copy).expect("our own folder");
        handrail_faults::copy(&reader_of, &copy);
        let phone = open_phone(&copy);
        synchronise(&phone);
        let have: BTreeSet<_> = receipts(&phone).into_iter().collect();
        assert!(sent.is_subset(&have), "{number}, {how}");
        phone.close();
    }
    println!(
        "{told} did not start, {noticed} were noticed by a phone, {whole} answered everything"
    );
    assert!(told + noticed > 0);
}
