//! Storms: two phones of one patient and a clinician, each behind a bad network of its own, for many
//! rounds; then the networks are calm and all sides must have the same.
//!
//! `HANDRAIL_STORMS=N` sets how many, `HANDRAIL_STORM=SEED` with which seed they begin.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use handrail_care::checkin::{Answer, Answers};
use handrail_care::homework::{Assigned, Completion};
use handrail_care::id::Id;
use handrail_clinician::Act;
use handrail_companion::view::{AnswerValue, HomeworkTry, SyncOutcome};
use handrail_companion::{CompanionError, WholeCheckIn};
use handrail_story::agree::complaints;
use handrail_story::clinic::TestClinic;
use handrail_story::dice::Dice;
use handrail_story::phone::Phone;
use handrail_story::proxy::{Answer as Message, Fault, Proxy, Request};
use handrail_story::{Server, folder, now};
use handrail_wire::path;
use handrail_wire::problem::{Code, Problem};

/// Rounds of one storm.
const ROUNDS: u32 = 10;
/// Storms over one clinic.
const OVER_ONE_CLINIC: u64 = 3;
/// After so many calls over a calm network everything has gone out, or the lane is stuck.
const CALLS: u32 = 4;

fn number_from(variable: &str, otherwise: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// What a bad network does to one request.
fn fault(dice: &mut Dice, request: &Request, may_hang: bool) -> Fault {
    let size = request.to_bytes().len() as u64;
    let bytes = |count: u64| usize::try_from(count).expect("small");
    match dice.below(19) {
        0..=5 => Fault::Pass,
        6 => Fault::Late(Duration::from_millis(dice.below(30))),
        7 => Fault::CutAsking(bytes(dice.below(size))),
        // Not a byte of the request is missing, and nobody waits for the answer.
        8 => Fault::CutAsking(bytes(size)),
        9 => Fault::CutAnswer(bytes(dice.below(3000))),
        10 => Fault::CutAnswer(0),
        11 => Fault::Twice,
        12 => Fault::Overtaken,
        13 => Fault::Again,
        14 if request.path == path::SYNC => Fault::OldAnswer,
        15 if may_hang => Fault::Hang,
        _ => Fault::Instead(instead(dice)),
    }
}

/// What comes in an answer's place.
fn instead(dice: &mut Dice) -> Message {
    let seconds = (dice.below(90)).to_string();
    let in_a_minute = chrono::DateTime::from_timestamp_millis(now() + 60_000).expect("a time");
    let date = in_a_minute.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let busy = serde_json::to_vec(&Problem::new(Code::Busy)).expect("plain");
    let problem = ("content-type", path::PROBLEM);
    let portal = ("location", "http://login.example/");
    match dice.below(8) {
        0 => Message::page(200),
        1 => Message::new(302, &[portal], ""),
        2 => Message::page(403),
        3 => Message::page(502),
        4 => Message::new(503, &[("retry-after", &seconds)], ""),
        5 => Message::new(429, &[("retry-after", &date)], ""),
        6 => Message::new(503, &[problem, ("retry-after", &seconds)], busy),
        _ => Message::new(200, &[("content-type", path::CBOR)], vec![0x83, 1, 1, 0x80]),
    }
}

struct World {
    server: Server,
    clinic: TestClinic,
    desk: Proxy,
    patient: Id,
    phones: Vec<Phone>,
    /// Check-ins that a phone said it saved.
    written: Vec<String>,
    /// Homework that the clinician gave.
    given: Vec<Id>,
    _place: tempfile::TempDir,
}

impl World {
    fn new(dice: &mut Dice) -> Self {
        let place = folder();
        let server = Server::start(&place.path().join("server"));
        let desk = Proxy::before(server.port());
        let mut clinic = TestClinic::set_up(&server, desk.origin(), "Riverbend IOP");
        let patient = clinic.add_patient("Maren");
        let mut phones = Vec::new();
        for name in ["first", "second"] {
            let phone = Phone::new(&place.path().join(name), server.port());
            let (link, code) = phone.invite(&mut clinic, patient);
            enrol(&phone, &link, &code, dice.split());
            phones.push(phone);
        }
        Self {
            server,
            clinic,
            desk,
            patient,
            phones,
            written: Vec::new(),
            given: Vec::new(),
            _place: place,
        }
    }

    /// One round: everybody writes and tries to synchronise, over networks that fail.
    fn round(&mut self, dice: &mut Dice) {
        let mut dices: Vec<_> = self.phones.iter().map(|_| dice.split()).collect();
        let mut desk_dice = dice.split();
        let mut faults = desk_dice.split();
        self.desk
            .plan(move |request| fault(&mut faults, request, false));
        self.clinician_writes(&mut desk_dice);
        let (clinic, phones) = (&mut self.clinic, &self.phones);
        let written: Vec<String> = std::thread::scope(|scope| {
            let running: Vec<_> = phones
                .iter()
                .zip(&mut dices)
                .map(|(phone, dice)| scope.spawn(move || phone_lives(phone, dice)))
                .collect();
            for _ in 0..3 {
                clinic.clinician.refresh();
                // What the network does to it is told and tried again.
                let _ = clinic.driver.pump(&mut clinic.clinician, now());
            }
            let written = running.into_iter().map(|one| one.join().expect("no panic"));
            written.flatten().collect()
        });
        self.written.extend(written);
    }

    fn clinician_writes(&mut self, dice: &mut Dice) {
        let act = if dice.once_in(2) {
            Act::AssignHomework {
                patient: self.patient,
                homework: Assigned {
                    title: format!("Walk number {}", self.given.len()),
                    due: handrail_care::due::date_at(now(), "UTC") + chrono::Days::new(9),
                    times: 3,
                    ..Assigned::default()
                },
            }
        } else {
            let chart = self.clinic.clinician.chart(self.patient).expect("a chart");
            Act::Open {
                patient: self.patient,
                check_ins: chart.check_ins().iter().map(|one| one.id).collect(),
            }
        };
        let gives = matches!(act, Act::AssignHomework { .. });
        let done = self.clinic.clinician.act(act, self.desk.origin(), now());
        let id = done.expect("an act needs no network").id;
        self.given.extend(id.filter(|_| gives));
    }

    /// The networks are calm: everything goes out in a few calls, and all sides have the same.
    fn calm(&mut self, seed: u64) -> Vec<String> {
        self.desk.calm();
        for phone in &self.phones {
            phone.proxy.calm();
        }
        // First the phones send, then the clinician takes and sends, then the phones take.
        for _ in 0..2 {
            for phone in &self.phones {
                let calls = phone.synchronise();
                assert!(calls <= CALLS, "storm {seed}: {calls} calls");
            }
            self.clinic.clinician.refresh();
            let (driver, clinician) = (&mut self.clinic.driver, &mut self.clinic.clinician);
            let ended: Vec<_> = (0..CALLS)
                .map(|_| driver.pump(clinician, now()))
                .take_while(Result::is_err)
                .collect();
            assert!(ended.len() < CALLS as usize, "storm {seed}: {ended:?}");
        }
        for phone in &self.phones {
            phone.synchronise();
        }
        self.complaints(&self.written)
    }

    fn complaints(&self, written: &[String]) -> Vec<String> {
        let phones: Vec<_> = self.phones.iter().collect();
        let (data, patient) = (self.server.data(), self.patient);
        let mut wrong = complaints(data, &self.clinic, patient, &phones, written);
        let chart = self.clinic.clinician.chart(patient).expect("a chart");
        let mut there: Vec<_> = chart.homework().iter().map(|fact| fact.id).collect();
        let mut given = self.given.clone();
        there.sort_unstable();
        given.sort_unstable();
        if there != given {
            wrong.push(format!("homework given {given:?}, there {there:?}"));
        }
        wrong
    }
}

/// Enrols over a bad network with one invite, however often it takes.
fn enrol(phone: &Phone, link: &str, code: &str, mut dice: Dice) {
    phone
        .proxy
        .plan(move |request| fault(&mut dice, request, false));
    for _ in 0..200 {
        match phone.core.enrol(link, code, "Phone", "desktop") {
            Ok(_) => return,
            Err(
                CompanionError::Offline
                | CompanionError::LoginWanted
                | CompanionError::Busy { .. }
                | CompanionError::ServerTrouble { .. },
            ) => {}
            Err(error) => panic!("an invite that is good: {error:?}"),
        }
    }
    panic!("not enrolled in 200 tries");
}

/// A phone writes and synchronises a few times; what it said was saved.
fn phone_lives(phone: &Phone, dice: &mut Dice) -> Vec<String> {
    let mut faults = dice.split();
    phone
        .proxy
        .plan(move |request| fault(&mut faults, request, true));
    let sheets: Vec<_> = (0..dice.below(4)).map(|_| sheet(dice)).collect();
    let mut written = phone.core.write_check_ins(&sheets).expect("saved");
    if dice.once_in(2) {
        let homework = phone.core.homework().expect("open");
        if !homework.is_empty() {
            let one = &homework[dice.index(homework.len())];
            phone.core.log_homework(tried(&one.id)).expect("saved");
        }
    }
    for _ in 0..=dice.below(3) {
        written.extend(synchronises(phone));
    }
    written
}

/// One sync. When the server never answers, everything else does meanwhile, and the sync is called off.
fn synchronises(phone: &Phone) -> Option<String> {
    let (core, over) = (&phone.core, AtomicBool::new(false));
    std::thread::scope(|scope| {
        let syncing = scope.spawn(|| {
            let report = core.sync();
            over.store(true, Ordering::SeqCst);
            report
        });
        let mut written = None;
        while !over.load(Ordering::SeqCst) {
            if phone.proxy.hanging() > 0 && written.is_none() {
                written = Some(everything_else_answers(phone));
                let report = core.sync().expect("an enrolled phone");
                if !over.load(Ordering::SeqCst) {
                    assert_eq!(report.outcome, SyncOutcome::Running);
                }
                core.cancel_sync();
                phone.proxy.let_go();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let report = syncing.join().expect("no panic").expect("a report");
        phone.waits(&report);
        written
    })
}

/// `today`, a check-in with a positive safety item, `help` and sync status while a sync hangs.
fn everything_else_answers(phone: &Phone) -> String {
    let core = &phone.core;
    core.today().expect("today");
    let form = core.start_check_in("phq9").expect("a form");
    let value = AnswerValue::Number { number: 3 };
    let after = core.answer(&form.check_in, "q9", Some(value));
    assert!(after.expect("answered").help_now);
    let done = core.submit(&form.check_in).expect("saved");
    assert!(!core.help("US").contacts.is_empty());
    core.sync_status().expect("status");
    assert!(phone.proxy.hanging() > 0, "the sync still hangs");
    done.check_in
}

fn sheet(dice: &mut Dice) -> WholeCheckIn {
    let mut answers = Answers::default();
    for item in 1..=7 {
        let value = i64::try_from(dice.below(4)).expect("small");
        answers.set(format!("q{item}"), Answer::Value(value));
    }
    WholeCheckIn {
        form: "gad7".to_owned(),
        answers,
    }
}

fn tried(homework: &str) -> HomeworkTry {
    HomeworkTry {
        homework: Some(homework.to_owned()),
        ..HomeworkTry::of(Completion::Partly)
    }
}

#[test]
fn after_a_storm_all_sides_have_the_same() {
    let first = number_from("HANDRAIL_STORM", 0x5702);
    let storms = number_from("HANDRAIL_STORMS", 6);
    let (mut faults, mut written) = (0, 0);
    let begins =
        (first..first + storms).filter(|seed| (seed - first).is_multiple_of(OVER_ONE_CLINIC));
    for seed in begins {
        let mut dice = Dice::new(seed);
        let mut world = World::new(&mut dice);
        for seed in seed..(seed + OVER_ONE_CLINIC).min(first + storms) {
            for _ in 0..ROUNDS {
                world.round(&mut dice);
            }
            let wrong = world.calm(seed);
            assert_eq!(wrong, Vec::<String>::new(), "storm {seed}");
        }
        // The check sees one check-in more than was written, and one that is not there.
        let (last, others) = world.written.split_last().expect("something was written");
        assert!(!world.complaints(others).is_empty());
        let strange = [others, &[format!("{last}x")]].concat();
        assert!(!world.complaints(&strange).is_empty());
        faults += world.desk.faults();
        faults += world
            .phones
            .iter()
            .map(|phone| phone.proxy.faults())
            .sum::<usize>();
        written += world.written.len();
    }
    assert!(faults > 100, "a storm: {faults} faults");
    println!("{storms} storms, {faults} faults, {written} check-ins");
}
