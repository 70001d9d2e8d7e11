//! Nothing is lost, first proof: phones killed while they write, a server killed while they
//! synchronise; everything that was acknowledged arrives exactly once.
//!
//! `HANDRAIL_FAULTS=N` sets how often the phone is killed (the server: a fifth of that and ten more).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use handrail_care::id::Id;
use handrail_story::clinic::{TestClinic, open_phone, synchronise};
use handrail_story::{Server, folder, program};

fn kills() -> u32 {
    std::env::var("HANDRAIL_FAULTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(50)
}

/// A small generator, so that a failing run can be repeated: the moments differ all the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// Lets the phone of a folder write until it is killed at a random moment; returns what it said was
/// saved.
fn write_and_kill(folder: &Path, dice: &mut Dice, mode: &[&str]) -> Vec<String> {
    let mut child = Command::new(program("phone-writer"))
        .arg(folder)
        .arg("40")
        .args(mode)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the phone starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    assert_eq!(lines.next().map(Result::ok), Some(Some("ready".to_owned())));
    std::thread::sleep(Duration::from_micros(dice.below(120_000)));
    child.kill().expect("our own child");
    child.wait().expect("our own child");
    // Whole lines only: a line cut by the kill was not said.
    lines
        .map_while(Result::ok)
        .filter(|line| line.len() == 22)
        .collect()
}

/// How often each complete check-in stands in the clinician's chart.
fn arrived(clinic: &mut TestClinic, patient: Id) -> BTreeMap<String, usize> {
    clinic.refresh();
    let status = clinic.clinician.status();
    assert_eq!(status.faults, Vec::<String>::new());
    assert_eq!(status.quarantined, []);
    let chart = clinic.clinician.chart(patient).expect("a chart");
    let mut count = BTreeMap::new();
    for check_in in chart.check_ins() {
        if check_in.is_complete() {
            *count.entry(check_in.id.to_string()).or_insert(0) += 1;
        }
    }
    count
}

/// Acknowledged check-ins that did not arrive exactly once.
fn lost(acknowledged: &[String], arrived: &BTreeMap<String, usize>) -> Vec<String> {
    acknowledged
        .iter()
        .filter(|id| arrived.get(*id) != Some(&1))
        .cloned()
        .collect()
}

#[test]
fn a_phone_killed_at_any_moment_loses_nothing_it_acknowledged() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let folder = place.path().join("phone");
    clinic.phone(patient, &folder).close();
    let mut dice = Dice(0x5eed);
    let mut acknowledged = Vec::new();
    for _ in 0..kills() {
        acknowledged.extend(write_and_kill(&folder, &mut dice, &[]));
    }
    let phone = open_phone(&folder);
    synchronise(&phone);
    assert_eq!(phone.sync_status().expect("open").pending, 0);
    assert!(
        acknowledged.len() > kills() as usize,
        "the phone was killed before it wrote anything: {}",
        acknowledged.len()
    );
    let arrived = arrived(&mut clinic, patient);
    assert_eq!(lost(&acknowledged, &arrived), Vec::<String>::new());
    println!("{} kills, {} acknowledged", kills(), acknowledged.len());
}

#[test]
fn a_phone_that_says_saved_too_early_is_caught() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let folder = place.path().join("phone");
    clinic.phone(patient, &folder).close();
    let mut dice = Dice(0x0bad_5eed);
    let mut caught = 0;
    for _ in 0..20 {
        let acknowledged = write_and_kill(&folder, &mut dice, &["early"]);
        let phone = open_phone(&folder);
        // The draft survives the kill and is handed in by nobody: what was promised is not there.
        synchronise(&phone);
        phone.close();
        caught += lost(&acknowledged, &arrived(&mut clinic, patient)).len();
    }
    assert!(caught > 0, "the test above cannot fail");
}

#[test]
fn a_server_killed_during_synchronisation_stores_everything_once() {
    let place = folder();
    let mut server = Server::start(&place.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let phones: Vec<_> = ["first", "second"]
        .map(|name| clinic.phone(patient, &place.path().join(name)))
        .into();
    let rounds = kills() / 5 + 10;
    let mut dice = Dice(0x5e2e2);
    let mut acknowledged = Vec::new();
    for round in 0..rounds {
        let running: Vec<_> = phones
            .iter()
            .map(|phone| {
                let phone = phone.clone();
                std::thread::spawn(move || {
                    let sheets = sheets(30, round);
                    let done = phone.write_check_ins(&sheets).expect("saved");
                    for _ in 0..3 {
                        // The server may be dead, dying or just born.
                        let _ = phone.sync();
                    }
                    done
                })
            })
            .collect();
        std::thread::sleep(Duration::from_micros(2_000 + dice.below(60_000)));
        server = server.crash_and_restart();
        for phone in running {
            acknowledged.extend(phone.join().expect("no panic"));
        }
    }
    for phone in &phones {
        synchronise(phone);
        let status = phone.sync_status().expect("open");
        assert!(status.faults.is_empty(), "{:?}", status.faults);
        assert!(status.quarantined.is_empty());
    }
    let here = arrived(&mut clinic, patient);
    assert_eq!(acknowledged.len(), rounds as usize * 60);
    assert_eq!(lost(&acknowledged, &here), Vec::<String>::new());
    assert_eq!(here.len(), acknowledged.len());
    assert!(server.stop(), "a clean stop");

    // The same check does notice one entry that the server forgot.
    let forgotten = server_forgets(&place.path().join("server"));
    assert!(forgotten > 0);
    let server = Server::start(&place.path().join("server"));
    let fresh = handrail_desk::driver::Driver::new(server.origin())
        .expect("loopback")
        .log_in(
            "rowan",
            handrail_story::clinic::PASSPHRASE,
            &clinic.secret,
            handrail_story::clinic::ZONE,
            handrail_story::now(),
        );
    let fresh = fresh.expect("logged in");
    assert!(
        !fresh.status().faults.is_empty(),
        "a clinician who reads the log anew sees that the chain is broken"
    );
}

/// Takes one entry out of the middle of the longest log of the server's database.
fn server_forgets(folder: &Path) -> usize {
    let database = rusqlite::Connection::open(folder.join("handrail.sqlite")).expect("a database");
    database
        .execute(
            "DELETE FROM entries WHERE place IN (
                 SELECT place FROM entries WHERE place / (1 << 40) = (
                     SELECT place / (1 << 40) AS mailbox FROM entries
                     GROUP BY mailbox ORDER BY count(*) DESC LIMIT 1
                 ) ORDER BY place LIMIT 1 OFFSET 20)",
            [],
        )
        .expect("deleted")
}

fn sheets(count: u32, round: u32) -> Vec<handrail_companion::WholeCheckIn> {
    use handrail_care::checkin::{Answer, Answers};
    (0..count)
        .map(|number| {
            let mut answers = Answers::default();
            for item in 1..=7 {
                let value = i64::from((number + round + item) % 4);
                answers.set(format!("q{item}"), Answer::Value(value));
            }
            handrail_companion::WholeCheckIn {
                form: "gad7".to_owned(),
                answers,
            }
        })
        .collect()
}
