//! How soon a phone with a long history shows its home screen: a cold open to `today`, beside its floor.
//!
//! Two histories of one size, written through a phone's own API and synchronised with a real server:
//! weeks as they are lived (daily check-ins, PHQ-9, GAD-7) and PHQ-9 alone, whose sealed entries are the
//! smallest. Then the server is gone. Each round is a process of its own, so that nothing is warm but the
//! disk's cache: it does the floor and ours, in turns which of them first. The floor opens the same database,
//! reads every row of it and opens each seal with the same cipher; it keeps nothing.
//!
//! `HANDRAIL_ENTRIES` (default `5000`; several sizes, separated by commas, are fitted) and
//! `HANDRAIL_ROUNDS` (default 11); prints medians.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use handrail_bench::{Fit, median, ms, number, numbers};
use handrail_care::checkin::{Answer, Answers};
use handrail_companion::{Companion, FileKeyStore, SetClock, WholeCheckIn};
use handrail_mailbox::directory::Directory;
use handrail_mailbox::keyring::Keyring;
use handrail_mailbox::local::{LocalKey, open_local};
use handrail_mailbox::seal;
use handrail_story::clinic::{TestClinic, ZONE, synchronise};
use handrail_story::{Server, folder, now};
use handrail_wire::id::{EntryId, MailboxId};
use rusqlite::Connection;

const DAY: i64 = 24 * 3_600_000;

/// What a history is made of.
#[derive(Clone, Copy, PartialEq)]
enum History {
    Weeks,
    Phq9,
}

impl History {
    fn words(self) -> &'static str {
        match self {
            Self::Weeks => "weeks as they are lived",
            Self::Phq9 => "PHQ-9 alone",
        }
    }
}

fn sheet(form: &str, items: &[&str], most: usize, number: usize) -> WholeCheckIn {
    let mut answers = Answers::default();
    for (at, item) in items.iter().enumerate() {
        let value = i64::try_from((number + at * 7) % most).expect("small");
        let safety = matches!(*item, "q9" | "urge-to-self-harm");
        let value = if safety && form != "gad7" { 0 } else { value };
        answers.set(*item, Answer::Value(value));
    }
    WholeCheckIn {
        form: form.to_owned(),
        answers,
    }
}

const NINE: [&str; 9] = ["q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9"];
const DAILY: [&str; 5] = [
    "mood",
    "anxiety",
    "urge-to-use",
    "urge-to-self-harm",
    "sleep",
];

/// What is written on one day, and how many entries it makes.
fn day(history: History, number: usize) -> (Vec<WholeCheckIn>, usize) {
    if history == History::Phq9 {
        return (vec![sheet("phq9", &NINE, 4, number)], 2);
    }
    let mut sheets = vec![sheet("daily-check-in", &DAILY, 5, number)];
    if !number.is_multiple_of(7) {
        return (sheets, 2);
    }
    sheets.push(sheet("phq9", &NINE, 4, number));
    sheets.push(sheet("gad7", &NINE[..7], 4, number));
    (sheets, 5)
}

/// Writes a history that ends today.
fn live(phone: &Companion, clock: &SetClock, history: History, entries: usize, now: i64) {
    let mut days = Vec::new();
    let mut made = 0;
    while made < entries {
        let (sheets, count) = day(history, days.len());
        made += count;
        days.push(sheets);
    }
    let count = i64::try_from(days.len()).expect("few");
    // Long histories are told in fewer dates than days: what is measured is how much there is.
    let step = DAY.min(1000 * DAY / count.max(1));
    for (at, sheets) in (0..).zip(days.chunks(250)) {
        clock.set(now - (count - at * 250) * step);
        let sheets: Vec<_> = sheets.iter().flatten().cloned().collect();
        phone.write_check_ins(&sheets).expect("saved");
        synchronise(phone);
    }
}

/// Opens the database, reads every row, opens each seal; returns how many opened.
fn floor(home: &Path) -> usize {
    let key = std::fs::read(home.join("store.key")).expect("the key's file");
    let key = LocalKey::from_bytes(key.as_slice().try_into().expect("32 bytes"));
    let db = Connection::open(home.join("store/phone.sqlite")).expect("the phone's database");
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")
        .expect("set");
    let mut query = db
        .prepare("SELECT n, id, keyring FROM mailbox")
        .expect("the schema");
    let mailboxes: Vec<(i64, [u8; 16], Vec<u8>)> = query
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .and_then(Iterator::collect)
        .expect("mailboxes");
    let directory = Directory::new([0; 32]);
    let mut opened = 0;
    let mut buffer = Vec::new();
    for (n, id, keyring) in mailboxes {
        let label = format!("keyring/{}", MailboxId(id));
        let bytes = open_local(&key, &label, &keyring).expect("our own key");
        let keyring = Keyring::from_bytes(&bytes).expect("our own bytes");
        let mut query = db
            .prepare("SELECT n, id, digest, refused, bytes FROM entry WHERE mailbox = ?1")
            .expect("the schema");
        let mut rows = query.query([n]).expect("entries");
        while let Some(row) = rows.next().expect("a row") {
            let id: [u8; 16] = row.get(1).expect("an id");
            let _: [u8; 32] = row.get(2).expect("a digest");
            let sealed = row.get_ref(4).and_then(|bytes| Ok(bytes.as_blob()?));
            buffer.clear();
            buffer.extend_from_slice(sealed.expect("sealed bytes"));
            // Entries of staff open and are then refused: the floor knows no signers.
            match seal::open_in_place(&keyring, &directory, EntryId(id), &mut buffer) {
                Ok(_) | Err(seal::OpenError::UnknownSigner) => opened += 1,
                Err(error) => panic!("{error}"),
            }
        }
    }
    let mut query = db.prepare("SELECT * FROM place").expect("the schema");
    let mut rows = query.query([]).expect("places");
    while let Some(row) = rows.next().expect("a row") {
        let _: (i64, i64) = (row.get(0).expect("a number"), row.get(1).expect("a place"));
    }
    opened
}

fn open(home: &Path, clock: Arc<SetClock>) -> Arc<Companion> {
    std::fs::create_dir_all(home).expect("a folder");
    let keys = Arc::new(FileKeyStore::new(home.join("store.key")));
    Companion::open_with(&home.join("store"), keys, clock, ZONE).expect("the store opens")
}

/// Opens the phone and asks for the home screen.
fn ours(home: &Path) {
    let phone = open(home, Arc::new(SetClock::at(now())));
    let today = phone.today().expect("enrolled");
    assert!(today.week.is_some(), "the history is here");
    phone.close();
}

/// Processor time of this process so far, all threads, in hundredths of a second; 0 where Linux does not tell.
/// On a machine that others use it says more than the clock, of long histories.
fn processor() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold spaces: fields 14 and 15 of all.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let times = fields.split_whitespace().skip(11).take(2);
    times.filter_map(|time| time.parse::<u64>().ok()).sum()
}

/// One round in a fresh process: prints both times in nanoseconds, what the floor opened, and the processor time
/// of both.
fn round(home: &Path, floor_first: bool) {
    let (mut times, mut spent, mut opened) = ([Duration::ZERO; 2], [0; 2], 0);
    let order = if floor_first { [0, 1] } else { [1, 0] };
    for which in order {
        let (begun, before) = (Instant::now(), processor());
        match which {
            0 => opened = floor(home),
            _ => ours(home),
        }
        times[which] = begun.elapsed();
        spent[which] = processor() - before;
    }
    let [floor, ours] = times.map(|time| time.as_nanos());
    println!("{floor} {ours} {opened} {} {}", spent[0], spent[1]);
}

/// Medians of both in fresh processes, how many entries there are, and the processor time of all rounds, in
/// hundredths of a second.
fn measure(home: &Path, rounds: usize) -> (Duration, Duration, usize, [u64; 2]) {
    let (mut floor, mut ours, mut opened) = (Vec::new(), Vec::new(), 0);
    let mut spent = [0; 2];
    for round in 0..rounds {
        let itself = std::env::current_exe().expect("a program has a path");
        let output = Command::new(itself)
            .arg("--once")
            .arg(home)
            .arg(if round % 2 == 0 { "floor" } else { "ours" })
            .output()
            .expect("itself");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8(output.stdout).expect("numbers");
        let said: Vec<u64> = text
            .split_whitespace()
            .map(|word| word.parse().expect("a number"))
            .collect();
        floor.push(Duration::from_nanos(said[0]));
        ours.push(Duration::from_nanos(said[1]));
        opened = usize::try_from(said[2]).expect("a count");
        spent = [spent[0] + said[3], spent[1] + said[4]];
    }
    (median(&mut floor), median(&mut ours), opened, spent)
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [once, home, first] = words.as_slice()
        && once == "--once"
    {
        return round(Path::new(home), first == "floor");
    }
    let rounds = number("HANDRAIL_ROUNDS", 11);
    let sizes = numbers("HANDRAIL_ENTRIES", &[5000]);
    let data = folder();
    let server = Server::start(&data.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Bench IOP");
    let mut homes = Vec::new();
    for history in [History::Weeks, History::Phq9] {
        for &entries in &sizes {
            let home = data.path().join(format!("{entries}-{}", history as u8));
            let clock = Arc::new(SetClock::at(now()));
            let patient = clinic.add_patient("Maren");
            let (link, code) = clinic.invite(patient);
            let phone = open(&home, clock.clone());
            phone
                .enrol(&link, &code, "Phone", "desktop")
                .expect("enrolled");
            synchronise(&phone);
            live(&phone, &clock, history, entries, now());
            phone.close();
            homes.push((history, home));
        }
    }
    assert!(server.stop(), "from here on there is no server");
    println!("cold open to today, medians of {rounds} rounds, each in a process of its own");
    println!("| history | entries | floor | handrail | ratio | us/entry | processor time |");
    println!("|---|---|---|---|---|---|---|");
    for history in [History::Weeks, History::Phq9] {
        let mut fit = Fit::default();
        for (_, home) in homes.iter().filter(|(one, _)| *one == history) {
            let (floor, ours, entries, spent) = measure(home, rounds);
            #[expect(clippy::cast_precision_loss, reason = "counts")]
            let (count, [floor_spent, ours_spent]) =
                (entries as f64, spent.map(|spent| spent as f64));
            println!(
                "| {} | {entries} | {:.1} ms | {:.1} ms | {:.2}x | {:.2} | {:.2}x |",
                history.words(),
                ms(floor),
                ms(ours),
                ms(ours) / ms(floor),
                ms(ours) * 1e3 / count,
                ours_spent / floor_spent,
            );
            fit.add(count, ms(ours));
        }
        fit.print(history.words());
    }
}
