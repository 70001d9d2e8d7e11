//! Nothing is lost, first proof: phones killed while they write, a server killed while they
//! synchronise; everything that was acknowledged arrives exactly once, and half-done answers stay.
//!
//! `HANDRAIL_PHONE_KILLS` and `HANDRAIL_SERVER_KILLS` say how often; every twentieth of it is told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use handrail_care::id::Id;
use handrail_companion::view::AnswerValue;
use handrail_story::clinic::{TestClinic, open_phone, synchronise};
use handrail_story::{Server, folder, program};

/// Kills of one phone (or pair of phones) before the next patient's turn: long logs make slow starts, and
/// a process that starts slowly is killed while it does nothing.
const EACH: u32 = 50;

fn kills(variable: &str, ordinary: u32) -> u32 {
    std::env::var(variable).map_or(ordinary, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number"))
    })
}

/// Tells every twentieth of the way.
fn tell(what: &str, done: u32, of: u32) {
    let step = (of / 20).max(1);
    if done.is_multiple_of(step) {
        println!("{what}: {done} of {of}, {} percent", done * 100 / of);
    }
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

    /// How long a phone lives: until it has said so many lines, and then a moment. In lines, so that a slow
    /// disk does not mean phones that are killed before they do anything.
    fn life(&mut self) -> (u64, Duration) {
        (self.below(30), Duration::from_micros(self.below(6_000)))
    }
}

/// A check-in and its answers so far.
type Draft = (String, BTreeMap<String, i64>);

/// What is known of the phone of one folder.
#[derive(Default)]
struct Known {
    /// What it said was saved.
    saved: Vec<String>,
    /// The check-in that was half done when it was killed.
    half: Option<Draft>,
    /// Answers that were acknowledged and are gone.
    gone: Vec<String>,
}

impl Known {
    /// A draft as a phone finds it when it starts, held against how it was left.
    fn find(&mut self, id: &str, answers: BTreeMap<String, i64>) {
        if let Some((half, said)) = self.half.take() {
            if half != id {
                // Handed in, and killed before it could say so: then it must arrive.
                self.saved.push(half);
            } else if said
                .iter()
                .any(|(item, value)| answers.get(item) != Some(value))
            {
                self.gone.push(format!("{id}: {said:?}, found {answers:?}"));
            }
        }
        self.half = Some((id.to_owned(), answers));
    }

    fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["draft", id, answers] => {
                let given = answers.split(',').filter_map(|one| one.split_once('='));
                let given = given.map(|(item, value)| (item.to_owned(), number(value)));
                self.find(id, given.collect());
            }
            ["answer", id, item, value] => {
                if let Some((_, answers)) = self.half.as_mut().filter(|(half, _)| half == id) {
                    answers.insert(item.to_owned(), number(value));
                }
            }
            ["saved", id] => {
                self.saved.push(id.to_owned());
                self.half.take_if(|(half, _)| half == id);
            }
            _ => panic!("no such line: {line}"),
        }
    }
}

fn number(text: &str) -> i64 {
    text.parse().expect("a number")
}

/// Lets the phone of a folder write until it is killed at a random moment, and takes what it said.
fn write_and_kill(folder: &Path, known: &mut Known, dice: &mut Dice, mode: &[&str]) {
    let mut child = Command::new(program("phone-writer"))
        .arg(folder)
        .arg("40")
        .args(mode)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the phone starts");
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    output.read_line(&mut line).expect("a pipe");
    assert_eq!(line, "ready\n");
    let (lines, moment) = dice.life();
    for _ in 0..lines {
        line.clear();
        output.read_line(&mut line).expect("a pipe");
        known.hear(line.trim_end_matches('\n'));
    }
    std::thread::sleep(moment);
    child.kill().expect("our own child");
    child.wait().expect("our own child");
    loop {
        line.clear();
        output.read_line(&mut line).expect("a pipe");
        // Whole lines only: a line cut by the kill was not said.
        let Some(said) = line.strip_suffix('\n') else {
            return;
        };
        known.hear(said);
    }
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

/// Opens the phone after its last kill: how its draft is found, and everything else sent.
fn look_after(folder: &Path, known: &mut Known) {
    let phone = open_phone(folder);
    let form = phone.start_check_in("gad7").expect("a form");
    let given = form.questions.into_iter().filter_map(|question| {
        let Some(AnswerValue::Number { number }) = question.answer else {
            return None;
        };
        Some((question.link_id, number))
    });
    known.find(&form.check_in, given.collect());
    synchronise(&phone);
    assert_eq!(phone.sync_status().expect("open").pending, 0);
    phone.close();
}

#[test]
fn a_phone_killed_at_any_moment_loses_nothing_it_acknowledged() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let kills = kills("HANDRAIL_PHONE_KILLS", 300);
    let mut dice = Dice(0x5eed);
    let (mut done, mut acknowledged, mut half_done) = (0, 0, 0);
    while done < kills {
        let patient = clinic.add_patient("Maren");
        let folder = place.path().join(format!("phone-{done}"));
        clinic.phone(patient, &folder).close();
        let mut known = Known::default();
        for _ in 0..EACH.min(kills - done) {
            write_and_kill(&folder, &mut known, &mut dice, &[]);
            half_done += usize::from(known.half.as_ref().is_some_and(|(_, a)| !a.is_empty()));
            done += 1;
            tell("phones killed", done, kills);
        }
        look_after(&folder, &mut known);
        assert_eq!(known.gone, Vec::<String>::new());
        let arrived = arrived(&mut clinic, patient);
        assert_eq!(lost(&known.saved, &arrived), Vec::<String>::new());
        acknowledged += known.saved.len();
        std::fs::remove_dir_all(&folder).expect("our own folder");
    }
    println!("{kills} kills, {acknowledged} acknowledged, {half_done} times half done, none lost");
    assert!(
        acknowledged > kills as usize && half_done > kills as usize / 20,
        "killed before anything was written: {acknowledged}, {half_done}"
    );
}

#[test]
fn a_phone_that_says_saved_too_early_is_caught() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let folder = place.path().join("early");
    clinic.phone(patient, &folder).close();
    let mut dice = Dice(0x0bad_5eed);
    let mut caught = false;
    for _ in 0..60 {
        let mut known = Known::default();
        write_and_kill(&folder, &mut known, &mut dice, &["early"]);
        let phone = open_phone(&folder);
        synchronise(&phone);
        phone.close();
        // What it says it saved is handed in by nobody, when it was killed before that.
        caught = !lost(&known.saved, &arrived(&mut clinic, patient)).is_empty();
        if caught {
            break;
        }
    }
    assert!(caught, "the test above cannot fail");

    let folder = place.path().join("answers");
    clinic.phone(patient, &folder).close();
    let mut dice = Dice(0x0bad_5eed);
    let mut known = Known::default();
    for _ in 0..200 {
        write_and_kill(&folder, &mut known, &mut dice, &["early-answers"]);
        if !known.gone.is_empty() {
            return;
        }
    }
    panic!("an answer that was not kept is not noticed");
}

#[test]
fn a_server_killed_during_synchronisation_stores_everything_once() {
    let place = folder();
    let mut server = Server::start(&place.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let kills = kills("HANDRAIL_SERVER_KILLS", 100);
    let mut dice = Dice(0x5e2e2);
    let (mut done, mut stored) = (0, 0);
    while done < kills {
        let patient = clinic.add_patient("Maren");
        let folder = place.path().join(format!("phones-{done}"));
        let phones: Vec<_> = ["first", "second"]
            .map(|name| clinic.phone(patient, &folder.join(name)))
            .into();
        let mut acknowledged = Vec::new();
        let rounds = EACH.min(kills - done);
        for round in 0..rounds {
            let running: Vec<_> = phones
                .iter()
                .map(|phone| {
                    let phone = phone.clone();
                    std::thread::spawn(move || {
                        let sheets = sheets(12, round);
                        let done = phone.write_check_ins(&sheets).expect("saved");
                        for _ in 0..3 {
                            // The server may be dead, dying or just born.
                            let _ = phone.sync();
                        }
                        done
                    })
                })
                .collect();
            std::thread::sleep(Duration::from_micros(1_000 + dice.below(40_000)));
            server = server.crash_and_restart();
            for phone in running {
                acknowledged.extend(phone.join().expect("no panic"));
            }
            done += 1;
            tell("servers killed", done, kills);
        }
        for phone in &phones {
            synchronise(phone);
            let status = phone.sync_status().expect("open");
            assert!(status.faults.is_empty(), "{:?}", status.faults);
            assert!(status.quarantined.is_empty());
            phone.close();
        }
        let here = arrived(&mut clinic, patient);
        assert_eq!(acknowledged.len(), rounds as usize * 24);
        assert_eq!(lost(&acknowledged, &here), Vec::<String>::new());
        assert_eq!(here.len(), acknowledged.len());
        stored += here.len();
        std::fs::remove_dir_all(&folder).expect("our own folder");
    }
    println!("{kills} kills, {stored} check-ins, each stored once");
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
