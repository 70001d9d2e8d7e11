//! The server's disk is full or broken, at each call: while it stores, starts, is backed up and restored.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use handrail_companion::view::SyncOutcome;
use handrail_faults::disk::{EIO, ENOSPC, Fault, Watch, calls};
use handrail_story::clinic::{TestClinic, open_phone, synchronise};
use handrail_story::{Server, program};

use crate::common::{Watched, integrity, sheets};

/// The server says that its store has failed.
const STORE_FAILED: i32 = 70;

const TROUBLES: &[(&str, u64, u64, bool)] = &[
    ("full", calls::WRITES, ENOSPC, true),
    (
        "gone",
        calls::WRITES | calls::SYNCS | calls::SIZES,
        EIO,
        true,
    ),
    ("a sync fails", calls::SYNCS, EIO, false),
];

fn fault(trouble: &(&str, u64, u64, bool), after: u64) -> Fault {
    Fault {
        calls: trouble.1,
        after,
        stays: trouble.3,
        errno: trouble.2,
        short: false,
    }
}

struct Clinic {
    place: tempfile::TempDir,
    watched: Watched,
    data: PathBuf,
    log: PathBuf,
}

impl Clinic {
    fn new() -> Self {
        let place = handrail_faults::folder();
        let watched = Watched::new(&place.path().join("disk"));
        let data = watched.watch.root().join("data");
        let log = place.path().join("log");
        Self {
            place,
            watched,
            data,
            log,
        }
    }

    fn try_start(&self, port: u16) -> Result<Server, Option<i32>> {
        Server::try_start(&self.data, port, &self.log, |command| {
            self.watched.watch.fail_only(command);
        })
    }

    fn start(&self, port: u16) -> Server {
        self.try_start(port).expect("the server starts")
    }

    /// What the log has gained since it was so long.
    fn told(&self, since: u64) -> String {
        let log = std::fs::read(&self.log).expect("a log");
        let since = usize::try_from(since).expect("small");
        String::from_utf8_lossy(&log[since..]).into_owned()
    }

    fn log_length(&self) -> u64 {
        std::fs::metadata(&self.log).map_or(0, |log| log.len())
    }
}

#[test]
fn a_server_whose_disk_fails_acknowledges_nothing_it_does_not_have() {
    let clinic = Clinic::new();
    let mut server = clinic.start(0);
    let port = server.port();
    let mut staff = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = staff.add_patient("Maren");
    let phone = staff.phone(patient, &clinic.place.path().join("phone"));
    let mut written = 0;
    let mut ended = 0;
    for trouble in TROUBLES {
        for after in 0..12 {
            let what = format!("{}, after {after} calls", trouble.0);
            phone.write_check_ins(&sheets(2)).expect("saved");
            written += 2;
            clinic.watched.watch.fail(fault(trouble, after));
            let report = phone.sync().expect("enrolled");
            let failed = clinic.watched.watch.heal();
            if failed == 0 {
                assert_eq!(report.outcome, SyncOutcome::UpToDate, "{what}");
            }
            // A sync that failed leaves nothing to go on with; a full disk ends the process, too.
            let code = server.ended(Duration::from_millis(if failed > 0 { 300 } else { 0 }));
            if let Some(code) = code {
                assert_eq!(code, STORE_FAILED, "{what}");
                assert!(failed > 0, "{what}: ended on a good disk");
                ended += 1;
                drop(server);
                server = clinic.start(port);
            }
            synchronise(&phone);
            assert_eq!(phone.sync_status().expect("enrolled").pending, 0, "{what}");
            if failed == 0 {
                break;
            }
        }
    }
    assert!(ended > 3, "the server ended {ended} times");
    assert!(server.stop(), "a clean stop");
    assert_eq!(integrity(&clinic.data.join("handrail.sqlite")), "ok");
    let _server = clinic.start(port);
    staff.refresh();
    let status = staff.clinician.status();
    assert_eq!(status.faults, Vec::<String>::new());
    let chart = staff.clinician.chart(patient).expect("a chart");
    let complete: Vec<_> = chart
        .check_ins()
        .into_iter()
        .filter(|one| one.is_complete())
        .collect();
    assert_eq!(complete.len(), written, "each once");
    println!("{written} check-ins, the server ended {ended} times");
}

#[test]
fn a_server_that_cannot_start_says_why_and_starts_when_the_disk_is_well() {
    let clinic = Clinic::new();
    let server = clinic.start(0);
    let port = server.port();
    let mut staff = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = staff.add_patient("Maren");
    let phone = staff.phone(patient, &clinic.place.path().join("phone"));
    phone.write_check_ins(&sheets(5)).expect("saved");
    synchronise(&phone);
    phone.close();
    drop(server);
    let mut refused = 0;
    for trouble in TROUBLES {
        for after in 0..30 {
            let what = format!("{}, after {after} calls", trouble.0);
            let since = clinic.log_length();
            clinic.watched.watch.fail(fault(trouble, after));
            let started = clinic.try_start(port);
            let failed = clinic.watched.watch.heal();
            if let Err(code) = &started {
                refused += 1;
                assert!(matches!(code, Some(1 | STORE_FAILED)), "{what}: {code:?}");
                let told = clinic.told(since);
                let said = [
                    "database-failed",
                    "data-not-accessible",
                    "store-lost",
                    "io: ",
                    "store-refused",
                ];
                assert!(
                    said.iter().any(|code| told.contains(code)),
                    "{what}: {told}"
                );
            }
            drop(started);
            if failed == 0 {
                break;
            }
        }
    }
    assert!(refused > 3, "refused {refused} times");
    let server = clinic.start(port);
    let phone = open_phone(&clinic.place.path().join("phone"));
    synchronise(&phone);
    assert!(phone.sync_status().expect("enrolled").faults.is_empty());
    staff.refresh();
    let chart = staff.clinician.chart(patient).expect("a chart");
    assert_eq!(
        chart
            .check_ins()
            .into_iter()
            .filter(|one| one.is_complete())
            .count(),
        5
    );
    drop(server);
}

fn run(watch: &Watch, words: &[&std::ffi::OsStr], data: &Path) -> Output {
    let mut command = Command::new(program("handrail-server"));
    command.args(words).arg("--data").arg(data);
    watch.fail_only(&mut command);
    command.output().expect("it runs")
}

/// Entries in a database; -1 when it cannot be read.
fn entries(database: &Path) -> i64 {
    let count = rusqlite::Connection::open(database)
        .and_then(|db| db.query_row("SELECT count(*) FROM entries", [], |row| row.get(0)));
    count.unwrap_or(-1)
}

#[test]
fn a_backup_or_restore_on_a_bad_disk_leaves_whole_files_or_none() {
    let clinic = Clinic::new();
    let server = clinic.start(0);
    let port = server.port();
    let mut staff = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = staff.add_patient("Maren");
    let phone = staff.phone(patient, &clinic.place.path().join("phone"));
    phone.write_check_ins(&sheets(5)).expect("saved");
    synchronise(&phone);
    let watch = &clinic.watched.watch;
    let all = entries(&clinic.data.join("handrail.sqlite"));
    let (mut backups, mut restores) = (0, 0);
    let file = watch.root().join("backup.sqlite");
    for trouble in TROUBLES {
        for after in 0..40 {
            let what = format!("backup, {}, after {after} calls", trouble.0);
            watch.fail(fault(trouble, after));
            let done = run(watch, &["backup".as_ref(), file.as_os_str()], &clinic.data);
            let failed = watch.heal();
            let told = String::from_utf8_lossy(&done.stderr).into_owned();
            if done.status.success() {
                assert_eq!(entries(&file), all, "{what}");
                std::fs::remove_file(&file).expect("our own file");
            } else {
                backups += 1;
                assert!(failed > 0 && !told.trim().is_empty(), "{what}: {told}");
                // Only its name may not be durable yet: what has the name is whole.
                if file.exists() {
                    assert_eq!(entries(&file), all, "{what}: half a backup looks like one");
                    std::fs::remove_file(&file).expect("our own file");
                }
            }
            if failed == 0 {
                break;
            }
        }
    }
    let done = run(watch, &["backup".as_ref(), file.as_os_str()], &clinic.data);
    assert!(done.status.success());
    phone.write_check_ins(&sheets(5)).expect("saved");
    synchronise(&phone);
    drop(server);
    let newer = entries(&clinic.data.join("handrail.sqlite"));
    assert!(newer > all);
    let saved = clinic.place.path().join("saved");
    handrail_faults::copy(&clinic.data, &saved);
    for trouble in TROUBLES {
        for after in 0..40 {
            let what = format!("restore, {}, after {after} calls", trouble.0);
            std::fs::remove_dir_all(&clinic.data).expect("our own folder");
            handrail_faults::copy(&saved, &clinic.data);
            watch.fail(fault(trouble, after));
            let done = run(watch, &["restore".as_ref(), file.as_os_str()], &clinic.data);
            let failed = watch.heal();
            if !done.status.success() {
                restores += 1;
                assert!(failed > 0 && !done.stderr.is_empty(), "{what}");
            }
            // One database or the other, whole.
            let here = entries(&clinic.data.join("handrail.sqlite"));
            let good = if done.status.success() {
                here == all
            } else {
                here == all || here == newer
            };
            assert!(good, "{what}: {here} entries, not {all} or {newer}");
            assert_eq!(
                integrity(&clinic.data.join("handrail.sqlite")),
                "ok",
                "{what}"
            );
            if failed == 0 {
                break;
            }
        }
    }
    assert!(
        backups > 5 && restores > 5,
        "{backups} backups, {restores} restores failed"
    );
    let _server = clinic.start(port);
    // Whichever of the two is there now: the phone brings back what it lacks.
    synchronise(&phone);
    assert_eq!(phone.sync_status().expect("enrolled").pending, 0);
    println!("{backups} backups and {restores} restores failed");
}
