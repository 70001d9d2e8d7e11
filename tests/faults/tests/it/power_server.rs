//! The server's power is lost: while it stores, restarts, moves its log, is backed up and restored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use handrail_companion::Companion;
use handrail_companion::view::SyncOutcome;
use handrail_faults::disk::{EIO, Fault, Watch, calls};
use handrail_faults::journal::Step;
use handrail_faults::model::Manner;
use handrail_story::clinic::{TestClinic, open_phone, synchronise};
use handrail_story::{Server, program};

use crate::common::{Left, Recording, Watched, images, integrity, sheets};

/// What somebody heard.
#[derive(Debug, Clone)]
enum Heard {
    Enrolled,
    Stored(Vec<String>),
    BackedUp,
}

/// What was heard, with the journal's length when it was.
type Words = Mutex<Vec<(u64, Heard)>>;

fn hear(words: &Words, watch: &Watch, heard: Heard) {
    let mut words = words.lock().expect("no panic");
    words.push((watch.length(), heard));
}

/// One recorded life of a server, and what is needed to look at what is left of it.
struct Life {
    _place: tempfile::TempDir,
    log: PathBuf,
    recording: Recording,
    heard: Vec<(usize, Heard)>,
    /// A phone that was enrolled early and has seen nothing since.
    reader: PathBuf,
    port: u16,
    /// Entries in the backup.
    backed_up: i64,
}

const DATA: &str = "clinic/data";
const BACKUP: &str = "backups/one.sqlite";

fn database(root: &Path) -> PathBuf {
    root.join(DATA).join("handrail.sqlite")
}

/// Entries in a database; -1 when it cannot be read.
fn entries(database: &Path) -> i64 {
    let count = rusqlite::Connection::open_with_flags(
        database,
        rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE,
    )
    .and_then(|db| db.query_row("SELECT count(*) FROM entries", [], |row| row.get(0)));
    count.unwrap_or(-1)
}

fn write(phone: &Companion, count: usize) -> Vec<String> {
    let done = phone.write_check_ins(&sheets(count)).expect("saved");
    synchronise(phone);
    done
}

fn server_command(words: &[&std::ffi::OsStr], data: &Path) -> Command {
    let mut command = Command::new(program("handrail-server"));
    command.args(words).arg("--data").arg(data);
    command
}

fn life() -> Life {
    let place = handrail_faults::folder();
    let root = place.path().join("disk");
    std::fs::create_dir_all(root.join("backups")).expect("a folder");
    let watched = Watched::new(&root);
    let root = watched.watch.root().to_owned();
    let (data, log) = (root.join(DATA), place.path().join("log"));
    let start =
        |port| Server::start_under(&data, port, &log, |command| watched.watch.over(command));
    let mut server = start(0);
    let port = server.port();
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let words = Words::default();
    let first = clinic.phone(patient, &place.path().join("first"));
    hear(&words, &watched.watch, Heard::Enrolled);
    first.close();
    handrail_faults::copy(&place.path().join("first"), &place.path().join("reader"));
    let first = open_phone(&place.path().join("first"));
    let second = clinic.phone(patient, &place.path().join("second"));
    for round in 0..6 {
        // Two at once, so that one commit carries both.
        std::thread::scope(|scope| {
            for phone in [&first, &second] {
                let (words, watch) = (&words, &watched.watch);
                scope.spawn(move || {
                    for count in 1..4 {
                        let done = write(phone, count);
                        hear(words, watch, Heard::Stored(done));
                    }
                });
            }
        });
        if round == 2 {
            let file = root.join(BACKUP);
            let mut backup = server_command(&["backup".as_ref(), file.as_os_str()], &data);
            watched.watch.over(&mut backup);
            assert!(backup.status().expect("it runs").success());
            hear(&words, &watched.watch, Heard::BackedUp);
        }
        if round == 3 {
            // A sync fails: the process ends, and what it wrote reads as if it were there.
            watched.watch.fail(Fault {
                calls: calls::SYNCS,
                after: 0,
                stays: false,
                errno: EIO,
                short: false,
            });
            first.write_check_ins(&sheets(2)).expect("saved");
            let report = first.sync().expect("enrolled");
            assert_ne!(report.outcome, SyncOutcome::UpToDate);
            assert!(watched.watch.heal() > 0);
            assert_eq!(server.ended(Duration::from_secs(5)), Some(70));
        }
        if round == 1 || round == 3 {
            drop(server);
            server = start(port);
        }
    }
    let done = write(&first, 500);
    hear(&words, &watched.watch, Heard::Stored(done));
    // A pause in which the server moves its log.
    std::thread::sleep(Duration::from_millis(400));
    let done = write(&first, 1);
    hear(&words, &watched.watch, Heard::Stored(done));
    assert!(server.stop(), "a clean stop");
    let recording = watched.recording();
    let backed_up = entries(&root.join(BACKUP));
    let heard = words.into_inner().expect("no panic");
    let heard = heard
        .into_iter()
        .map(|(length, heard)| (recording.steps_before(length), heard));
    Life {
        heard: heard.collect(),
        reader: place.path().join("reader"),
        _place: place,
        log,
        recording,
        port,
        backed_up,
    }
}

/// A phone's own copy of another phone's folder.
fn reader(of: &Path) -> (tempfile::TempDir, Arc<Companion>) {
    let place = handrail_faults::folder();
    handrail_faults::copy(of, place.path());
    let phone = open_phone(place.path());
    (place, phone)
}

/// Complete check-ins of a phone, and how often each is there.
fn receipts(phone: &Companion) -> BTreeMap<String, usize> {
    let mut have = BTreeMap::new();
    for one in phone.check_ins(u32::MAX).expect("open") {
        if one.complete {
            *have.entry(one.check_in).or_insert(0) += 1;
        }
    }
    have
}

fn not_once<'a>(
    ids: impl IntoIterator<Item = &'a String>,
    have: &BTreeMap<String, usize>,
) -> Vec<String> {
    let lost = ids.into_iter().filter(|id| have.get(*id) != Some(&1));
    lost.map(|id| format!("{id}: {:?} times", have.get(id)))
        .collect()
}

impl Life {
    /// What is wrong with what a loss of power left.
    fn wrong(&self, left: &Left) -> Vec<String> {
        let heard = self.heard.iter().filter(|(at, _)| *at <= left.after);
        let mut stored = BTreeSet::new();
        let (mut enrolled, mut backed_up) = (false, false);
        for (_, heard) in heard {
            match heard {
                Heard::Enrolled => enrolled = true,
                Heard::Stored(ids) => stored.extend(ids),
                Heard::BackedUp => backed_up = true,
            }
        }
        let mut wrong = Vec::new();
        if backed_up {
            let file = left.folder.join(BACKUP);
            if integrity(&file) != "ok" || entries(&file) != self.backed_up {
                wrong.push(format!(
                    "the backup: {} {}",
                    integrity(&file),
                    entries(&file)
                ));
            }
        }
        let data = left.folder.join(DATA);
        match Server::try_start(&data, self.port, &self.log, |_| {}) {
            Err(code) => wrong.push(format!("the server does not start: {code:?}")),
            Ok(server) => {
                if enrolled {
                    wrong.extend(self.read(&stored));
                }
                drop(server);
            }
        }
        let verdict = integrity(&database(&left.folder));
        if verdict != "ok" {
            wrong.push(format!("the database: {verdict}"));
        }
        wrong
    }

    /// A real phone reads everything, and writes on.
    fn read(&self, stored: &BTreeSet<&String>) -> Vec<String> {
        let (_place, phone) = reader(&self.reader);
        let report = phone.sync().expect("enrolled");
        let mut wrong = not_once(stored.iter().copied(), &receipts(&phone));
        phone.write_check_ins(&sheets(1)).expect("saved");
        let more = phone.sync().expect("enrolled");
        let status = phone.sync_status().expect("enrolled");
        let well = [&report, &more]
            .iter()
            .all(|one| one.outcome == SyncOutcome::UpToDate);
        if !well || status.pending != 0 || !status.faults.is_empty() {
            wrong.push(format!("{report:?} {more:?} {status:?}"));
        }
        phone.close();
        wrong
    }

    fn judge(&self, recording: &Recording, seed: u64, count: usize) -> Vec<String> {
        let mut found = Vec::new();
        recording.lose_power(seed, 0, count, |left| {
            for wrong in self.wrong(&left) {
                found.push(format!(
                    "seed {seed}, step {}, {:?}: {wrong}",
                    left.after, left.manner
                ));
            }
        });
        found
    }
}

#[test]
fn a_server_that_loses_power_keeps_what_it_acknowledged() {
    let life = life();
    let recording = &life.recording;
    let (images, few) = (images() / 3, images() / 10);
    assert!(life.heard.len() > 30 && life.backed_up > 10);
    assert_eq!(life.judge(recording, 0x5e4e, images), Vec::<String>::new());
    println!("{} steps, {images} losses of power", recording.steps.len());
    // Everything that was heard is asked for at the end of it.
    let last = recording.lose_power_after(recording.steps.len(), Manner::KILL, 1);
    assert_eq!(life.wrong(&last), Vec::<String>::new());

    // On a disk that does not do what it is told the check finds losses.
    let is_log = |path: &Path| path.to_string_lossy().ends_with("-wal");
    let none = recording.without(|_, step| matches!(step, Step::Sync { .. } | Step::SyncFolder(_)));
    assert!(
        !life.judge(&none, 1, few).is_empty(),
        "no sync at all is not found"
    );
    let no_log =
        recording.without(|_, step| matches!(step, Step::Sync { path, .. } if is_log(path)));
    assert!(
        !life.judge(&no_log, 2, few).is_empty(),
        "the log's syncs are not missed"
    );
    // One sync alone: the last one before something was heard.
    let alone = life
        .heard
        .iter()
        .rev()
        .find(|(_, heard)| matches!(heard, Heard::Stored(_)));
    let (at, _) = alone.expect("something was stored");
    let before = recording.steps[..*at]
        .iter()
        .rposition(|(_, step)| matches!(step, Step::Sync { path, .. } if is_log(path)));
    let one = recording.without(|number, _| Some(number) == before);
    let manner = Manner {
        bytes: 0,
        names: 100,
        in_order: true,
    };
    let left = one.lose_power_after(*at, manner, 3);
    assert!(
        !life.wrong(&left).is_empty(),
        "one lost sync is not noticed"
    );
}

/// One recorded restore over a newer database.
struct Restore {
    _place: tempfile::TempDir,
    log: PathBuf,
    recording: Recording,
    reader: PathBuf,
    port: u16,
    /// In the backup, and in the database that was there.
    early: Vec<String>,
    /// In the database that was there alone.
    late: Vec<String>,
    /// Entries of the database that was there.
    all: i64,
}

impl Restore {
    fn record() -> Self {
        let place = handrail_faults::folder();
        let root = place.path().join("disk");
        let (data, log) = (root.join(DATA), place.path().join("log"));
        let server = Server::start_under(&data, 0, &log, |_| {});
        let port = server.port();
        let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
        let patient = clinic.add_patient("Maren");
        let own = place.path().join("phone");
        clinic.phone(patient, &own).close();
        let reader = place.path().join("reader");
        handrail_faults::copy(&own, &reader);
        let phone = open_phone(&own);
        let early = write(&phone, 5);
        std::fs::create_dir_all(root.join("backups")).expect("a folder");
        let file = root.join(BACKUP);
        let done = server_command(&["backup".as_ref(), file.as_os_str()], &data).status();
        assert!(done.expect("it runs").success());
        let late = write(&phone, 7);
        phone.close();
        let all = entries(&database(&root));
        // Killed: its log is still beside it, and must not be taken for the copy's.
        drop(server);

        let watched = Watched::new(&root);
        let root = watched.watch.root().to_owned();
        let file = root.join(BACKUP);
        let words = ["restore".as_ref(), file.as_os_str()];
        let mut restore = server_command(&words, &root.join(DATA));
        watched.watch.over(&mut restore);
        assert!(restore.status().expect("it runs").success());
        Self {
            _place: place,
            log,
            recording: watched.recording(),
            reader,
            port,
            early,
            late,
            all,
        }
    }

    fn wrong(&self, left: &Left) -> Vec<String> {
        let mut wrong = Vec::new();
        let data = left.folder.join(DATA);
        let Ok(server) = Server::try_start(&data, self.port, &self.log, |_| {}) else {
            return vec!["the server does not start".to_owned()];
        };
        let (_place, phone) = reader(&self.reader);
        let report = phone.sync().expect("enrolled");
        let have = receipts(&phone);
        phone.close();
        drop(server);
        wrong.extend(not_once(&self.early, &have));
        if report.outcome != SyncOutcome::UpToDate {
            wrong.push(format!("{report:?}"));
        }
        if report.restored {
            let aside = handrail_faults::files(&data).into_iter().find(|file| {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with("handrail.before-restore-") && name.ends_with(".sqlite")
            });
            let kept = aside.map_or(-1, |aside| entries(&aside));
            if kept != self.all {
                wrong.push(format!("{kept} of {} entries are kept aside", self.all));
            }
        } else {
            wrong.extend(not_once(&self.late, &have));
            if left.after == self.recording.steps.len() {
                wrong.push("not restored".to_owned());
            }
        }
        let verdict = integrity(&database(&left.folder));
        if verdict != "ok" {
            wrong.push(format!("the database: {verdict}"));
        }
        wrong
    }

    fn judge(&self, recording: &Recording, seed: u64, count: usize) -> Vec<String> {
        let mut found = Vec::new();
        recording.lose_power(seed, 0, count, |left| {
            for wrong in self.wrong(&left) {
                found.push(format!(
                    "seed {seed}, step {}, {:?}: {wrong}",
                    left.after, left.manner
                ));
            }
        });
        found
    }
}

/// A restore that loses power leaves the database that was there or the one that was put in its place, whole;
/// once it has said that it is done, the second; and the first is never gone.
#[test]
fn a_restore_that_loses_power_leaves_one_database_or_the_other() {
    let restore = Restore::record();
    let recording = &restore.recording;
    let found = restore.judge(recording, 0x4e57, images() / 3);
    assert_eq!(found, Vec::<String>::new());
    let unkind = Manner {
        bytes: 0,
        names: 0,
        in_order: false,
    };
    let last = recording.lose_power_after(recording.steps.len(), unkind, 2);
    assert_eq!(restore.wrong(&last), Vec::<String>::new());
    let no_names = recording.without(|_, step| matches!(step, Step::SyncFolder(_)));
    let found = restore.judge(&no_names, 2, images() / 4);
    assert!(!found.is_empty(), "the folders' syncs are not missed");
}
