//! A clinic with many patients on a real server, for measuring the clinician's side: made once and kept.
//!
//! `crowd FOLDER [PATIENTS [WEEKS]]` makes it, unless the folder holds it whole already, and prints one
//! line of JSON: who logs in, and how much there is. The server's data lies in `FOLDER/server`.
//! `crowd FOLDER --clinician` logs in natively and prints how long fetching and folding everything took.
//!
//! Real parts: each patient's phone is a phone core that enrols and writes through the weeks with its clock
//! set back (daily check-ins, weekly PHQ-9 and GAD-7, tries of homework); a clinician's core assigns, reads,
//! plans and marks who came. Phones are forgotten afterwards.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use chrono::{Datelike, Days, NaiveDate};
use handrail_bench::{ms, number};
use handrail_care::checkin::{Answer, Answers};
use handrail_care::due::date_at;
use handrail_care::homework::{Assigned, Completion};
use handrail_care::id::Id;
use handrail_care::plan::{PartTwo, SafetyPlan};
use handrail_care::program::{Attendance, SessionKind};
use handrail_clinician::{Act, Clinician};
use handrail_companion::view::HomeworkTry;
use handrail_companion::{Companion, FileKeyStore, SetClock, WholeCheckIn};
use handrail_desk::driver::Driver;
use handrail_story::clinic::{PASSPHRASE, TestClinic, ZONE, synchronise};
use handrail_story::{Server, now};
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const READY: &str = "ready.json";

/// Somebody's course, told by a number: the same each time.
#[derive(Clone, Copy)]
struct Patient {
    number: usize,
    care: Id,
}

impl Patient {
    /// A number below `most`, another for each patient, day and item.
    fn dice(self, day: i64, item: usize, most: usize) -> i64 {
        let day = usize::try_from(day).unwrap_or(0);
        let mut mixed = (self.number * 7919 + day * 104_729 + item * 1_299_709) as u64;
        mixed ^= mixed >> 13;
        mixed = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        i64::try_from((mixed >> 33) % most as u64).expect("small")
    }
}

fn sheet(form: &str, answers: Answers) -> WholeCheckIn {
    WholeCheckIn {
        form: form.to_owned(),
        answers,
    }
}

fn scored(form: &str, items: usize, patient: Patient, day: i64) -> WholeCheckIn {
    let mut answers = Answers::default();
    for item in 1..=items {
        let value = if item == 9 {
            // One in a hundred sheets tells of item 9.
            i64::from(patient.dice(day, 90, 100) == 0)
        } else {
            patient.dice(day, item, 4)
        };
        answers.set(format!("q{item}"), Answer::Value(value));
    }
    sheet(form, answers)
}

/// What is written on one day.
fn day_of(patient: Patient, day: i64) -> Vec<WholeCheckIn> {
    let mut answers = Answers::default();
    let urge = i64::from(patient.dice(day, 80, 300) == 0);
    for (at, (item, most)) in [
        ("mood", 11),
        ("anxiety", 11),
        ("urge-to-use", 5),
        ("sleep", 5),
    ]
    .into_iter()
    .enumerate()
    {
        answers.set(item, Answer::Value(patient.dice(day, at, most)));
    }
    answers.set("urge-to-self-harm", Answer::Value(urge));
    if patient.dice(day, 70, 6) == 0 {
        let note = "Slept badly, walked to the river, felt a little lighter after group.";
        answers.set("note", Answer::Text(note.to_owned()));
    }
    let mut sheets = vec![sheet("daily-check-in", answers)];
    if day % 7 == 0 {
        sheets.push(scored("phq9", 9, patient, day));
        sheets.push(scored("gad7", 7, patient, day));
    }
    sheets
}

/// One phone's life: enrolled now, written with its clock set back.
fn live(patient: Patient, link: &str, code: &str, home: &Path, weeks: u32, now: i64) {
    std::fs::create_dir_all(home).expect("a folder");
    let clock = Arc::new(SetClock::at(now));
    let keys = Arc::new(FileKeyStore::new(home.join("key")));
    let phone = Companion::open_with(&home.join("store"), keys, clock.clone(), ZONE);
    let phone = phone.expect("a fresh store");
    phone
        .enrol(link, code, "Phone", "desktop")
        .expect("enrolled");
    synchronise(&phone);
    let days = i64::from(weeks) * 7;
    for day in 0..days {
        clock.set(now - (days - day) * DAY + (day % 3) * HOUR / 2);
        phone.write_check_ins(&day_of(patient, day)).expect("saved");
    }
    clock.set(now);
    for homework in phone.homework().expect("enrolled") {
        for turn in 0..3 {
            clock.set((homework.assigned_at + (turn + 1) * DAY).min(now));
            let tried = HomeworkTry {
                homework: Some(homework.id.clone()),
                distress_before: Some(60),
                distress_after: Some(40),
                ..HomeworkTry::of(Completion::Done)
            };
            phone.log_homework(tried).expect("saved");
        }
    }
    clock.set(now);
    synchronise(&phone);
    phone.close();
}

fn assign(clinic: &mut Clinician, patient: Patient, start: i64, weeks: u32) {
    for week in 0..i64::from(weeks) {
        let written = start + week * 7 * DAY + 12 * HOUR;
        let homework = Assigned {
            title: "Paced breathing, five minutes".to_owned(),
            instructions: "In for four counts, out for six.".to_owned(),
            skill: Some("paced-breathing".to_owned()),
            due: date_at(written + 6 * DAY, ZONE),
            times: 3,
            ..Assigned::default()
        };
        let patient = patient.care;
        act(clinic, Act::AssignHomework { patient, homework }, written);
    }
}

fn act(clinic: &mut Clinician, act: Act, at: i64) -> Option<Id> {
    clinic.act(act, "", at).expect("allowed").id
}

/// What staff does through the weeks: reads, marks, plans.
fn staff(clinic: &mut Clinician, patient: Patient, start: i64, now: i64) {
    let care = patient.care;
    let plan = SafetyPlan {
        warning_signs: vec!["I stop answering".to_owned(), "I stop eating".to_owned()],
        ..SafetyPlan::default()
    };
    act(
        clinic,
        Act::WriteSafetyPlan {
            patient: care,
            plan,
        },
        start + DAY,
    );
    let plan = PartTwo::default();
    act(
        clinic,
        Act::WritePartTwo {
            patient: care,
            plan,
        },
        start + 2 * DAY,
    );
    let chart = clinic.chart(care).expect("added");
    let list = chart.check_ins();
    let read: Vec<_> = list
        .iter()
        .filter(|one| one.last.at < now - 2 * DAY)
        .map(|one| (one.last.at, one.last.id))
        .collect();
    let sessions = handrail_care::sessions::sessions(chart, clinic.library(), start, now);
    for week in read.chunks(9) {
        let at = week.last().map_or(now, |(at, _)| at + 14 * HOUR).min(now);
        let check_ins = week.iter().map(|(_, id)| *id).collect();
        let patient = care;
        act(clinic, Act::Open { patient, check_ins }, at);
    }
    let groups = sessions
        .into_iter()
        .filter(|one| one.kind == SessionKind::Group && one.end <= now);
    for (at, group) in groups.enumerate() {
        let attendance = match patient.dice(group.start / DAY, at, 12) {
            0 => Attendance::Absent,
            1 => Attendance::Late,
            _ => Attendance::Present,
        };
        let mark = Act::MarkAttendance {
            patient: care,
            session: group.id,
            attendance,
            minutes: None,
        };
        act(clinic, mark, group.start + HOUR);
    }
}

/// Makes the clinic; returns what `ready.json` says.
fn make(folder: &Path, patients: usize, weeks: u32) -> Value {
    let begun = Instant::now();
    let told = |what: &str| eprintln!("{:>6.1} s {what}", begun.elapsed().as_secs_f64());
    let _ = std::fs::remove_dir_all(folder);
    let server = Server::start(&folder.join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Crowd IOP");
    let now = now();
    let start = now - i64::from(weeks) * 7 * DAY;
    let first: NaiveDate = date_at(start, ZONE);
    let monday = first - Days::new(u64::from(first.weekday().num_days_from_monday()));
    let track = track(&mut clinic, monday, now);
    clinic
        .act(Act::PublishShipped { slugs: Vec::new() })
        .expect("published");
    let mut crowd = Vec::new();
    for number in 0..patients {
        let add = Act::AddPatient {
            name: format!("Patient {number:05}"),
            phone: String::new(),
            born: String::new(),
            track,
            start_date: first,
            weeks: weeks + 4,
            join_link: None,
            check_ins: None,
        };
        let care = act(&mut clinic.clinician, add, start).expect("added");
        let patient = Patient { number, care };
        assign(&mut clinic.clinician, patient, start, weeks);
        crowd.push(patient);
    }
    clinic
        .driver
        .pump(&mut clinic.clinician, now)
        .expect("sent");
    told("patients added, homework given");
    let invites: Vec<_> = crowd
        .iter()
        .map(|patient| {
            let invite = Act::Invite {
                subject: patient.care,
                on_screen: false,
            };
            let done = clinic.clinician.act(invite, clinic.driver.origin(), now);
            let done = done.expect("invited");
            (done.link.expect("a link"), done.code.expect("a code"))
        })
        .collect();
    clinic
        .driver
        .pump(&mut clinic.clinician, now)
        .expect("sent");
    // Where memory is a file system, phones wait for no disk; they are gone afterwards.
    let memory = Path::new("/dev/shm");
    let phones = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    let phones = phones.expect("a temporary folder");
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(patient) = crowd.get(at) else { return };
                    let home = phones.path().join(at.to_string());
                    live(*patient, &invites[at].0, &invites[at].1, &home, weeks, now);
                    std::fs::remove_dir_all(&home).expect("our own folder");
                }
            });
        }
    });
    told("phones have lived");
    clinic.refresh();
    told("fetched");
    for patient in &crowd {
        staff(&mut clinic.clinician, *patient, start, now);
    }
    told("read and marked");
    clinic
        .driver
        .pump(&mut clinic.clinician, now)
        .expect("sent");
    told("sent");
    assert!(server.stop(), "the server stops cleanly");
    json!({
        "login": "rowan",
        "passphrase": PASSPHRASE,
        "account_secret": clinic.secret,
        "patients": patients,
        "weeks": weeks,
    })
}

/// A track that the whole time falls into.
fn track(clinic: &mut TestClinic, monday: NaiveDate, now: i64) -> Id {
    let known = clinic.clinician.library().track(clinic.track);
    let mut track = known.expect("the morning track").clone();
    track.schedule.start_date = monday;
    track.schedule.weeks = 60;
    clinic
        .clinician
        .act(Act::SetTrack { track }, "", now)
        .expect("a track")
        .id
        .expect("a track has an id")
}

/// Logs in as the page does, natively, and says how long each step took.
fn clinician(folder: &Path, ready: &Value) {
    let server = Server::start(&folder.join("server"));
    let text = |name: &str| ready[name].as_str().expect("written by us").to_owned();
    let mut times = Vec::new();
    let mut rows = 0;
    for _ in 0..number("HANDRAIL_ROUNDS", 3) {
        let mut driver = Driver::new(server.origin()).expect("loopback");
        let begun = Instant::now();
        let clinician = driver
            .log_in(
                &text("login"),
                &text("passphrase"),
                &text("account_secret"),
                ZONE,
                now(),
            )
            .expect("logged in");
        let fetched = begun.elapsed();
        rows = clinician.caseload(now()).len();
        times.push((fetched, begun.elapsed()));
        assert!(clinician.status().quarantined.is_empty(), "all believed");
    }
    times.sort_unstable();
    let (fetched, all) = times[times.len() / 2];
    println!(
        "{rows} patients: login, fetch and fold {:.0} ms, with the caseload {:.0} ms",
        ms(fetched),
        ms(all)
    );
    assert!(server.stop(), "the server stops cleanly");
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let folder = words.first().expect("crowd FOLDER [PATIENTS [WEEKS]]");
    let folder = Path::new(folder);
    let number = |at: usize, usual: usize| {
        let said = words.get(at).and_then(|word| word.parse().ok());
        said.unwrap_or(usual)
    };
    let (patients, weeks) = (number(1, 500), number(2, 12));
    let ready = std::fs::read(folder.join(READY)).ok();
    let ready: Option<Value> = ready.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if words.get(1).is_some_and(|word| word == "--clinician") {
        return clinician(folder, &ready.expect("made before"));
    }
    let fits = |ready: &Value| ready["patients"] == patients && ready["weeks"] == weeks;
    let ready = ready.filter(fits).unwrap_or_else(|| {
        let weeks = u32::try_from(weeks).expect("few");
        let ready = make(folder, patients, weeks);
        std::fs::write(folder.join(READY), ready.to_string()).expect("our own folder");
        ready
    });
    println!("{ready}");
}
