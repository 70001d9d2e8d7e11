//! A phone that wrote ten thousand entries without a network sends them over a bad one, another phone
//! fetches them over a bad one, and a console, too: each arrives once, and neither a message, nor the server,
//! nor the number of threads that carry messages grows with the backlog.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use handrail_care::checkin::{Answer, Answers};
use handrail_companion::WholeCheckIn;
use handrail_companion::view::SyncOutcome;
use handrail_story::agree::complaints;
use handrail_story::clinic::TestClinic;
use handrail_story::dice::Dice;
use handrail_story::phone::Phone;
use handrail_story::proxy::{Answer as Message, Fault, Proxy, Request};
use handrail_story::{Server, folder, now};
use handrail_wire::{limits, path};

const ENTRIES: usize = 10_000;
/// Written in one transaction.
const AT_ONCE: usize = 1_000;
/// Kibibytes that the server may ever have held. It does not depend on the backlog: a batch is 4 MiB.
const SERVER_KIB: u64 = 64 * 1024;

/// Half of all messages do not get through as they should.
fn bad(dice: &mut Dice, request: &Request) -> Fault {
    let size = request.to_bytes().len();
    match dice.below(12) {
        0 => Fault::CutAsking(dice.index(size)),
        1 => Fault::CutAsking(size),
        2 => Fault::CutAnswer(dice.index(4000)),
        3 => Fault::Overtaken,
        4 => Fault::Twice,
        5 => Fault::Again,
        6 => Fault::Instead(Message::new(503, &[("retry-after", "3")], "")),
        _ => Fault::Pass,
    }
}

/// A bad network that counts: the longest request and the longest time without anything through.
fn bad_network(proxy: &Proxy, seed: u64) -> Arc<AtomicUsize> {
    let longest = Arc::new(AtomicUsize::new(0));
    let shared = longest.clone();
    let mut dice = Dice::new(seed);
    proxy.plan(move |request| {
        shared.fetch_max(request.body.len(), Ordering::SeqCst);
        bad(&mut dice, request).only(request.path == path::SYNC)
    });
    longest
}

/// Calls of `sync` until everything is there.
fn gets_through(phone: &Phone) -> usize {
    for calls in 1..400 {
        let report = phone.sync();
        if report.outcome == SyncOutcome::UpToDate {
            return calls;
        }
        phone.waits(&report);
    }
    panic!("no progress");
}

/// The most memory that a process ever had, in kibibytes.
fn peak_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"));
    let status = status.expect("a running process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|number| number.parse().ok())
        .expect("a size")
}

/// Threads of this process that carry messages of phones.
fn couriers() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").expect("this process");
    let named = threads.flatten().filter(|thread| {
        let name = std::fs::read_to_string(thread.path().join("comm"));
        name.is_ok_and(|name| name.trim() == "handrail-sync")
    });
    named.count()
}

#[test]
fn ten_thousand_entries_go_up_and_come_down_over_bad_networks_once() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let desk = Proxy::before(server.port());
    let mut clinic = TestClinic::set_up(&server, desk.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let at = |name: &str| place.path().join(name);
    let phone = Phone::enrolled(&mut clinic, patient, &at("phone"), server.port());
    let other = Phone::enrolled(&mut clinic, patient, &at("other"), server.port());
    let sheets: Vec<_> = (0..ENTRIES).map(sheet).collect();
    let mut written = Vec::with_capacity(ENTRIES);
    for some in sheets.chunks(AT_ONCE) {
        written.extend(phone.core.write_check_ins(some).expect("saved"));
    }
    let pending = phone.core.sync_status().expect("open").pending;
    assert_eq!(pending as usize, ENTRIES);

    let longest = bad_network(&phone.proxy, 1);
    let up = gets_through(&phone);
    bad_network(&other.proxy, 2);
    let down = gets_through(&other);
    bad_network(&desk, 3);
    let mut pumps = 0;
    loop {
        clinic.clinician.refresh();
        pumps += 1;
        if clinic.driver.pump(&mut clinic.clinician, now()).is_ok() {
            break;
        }
        assert!(pumps < 400, "no progress");
    }
    let faults = phone.proxy.faults() + other.proxy.faults() + desk.faults();
    assert!(faults > 8, "bad networks: {faults} faults");
    desk.calm();
    for phone in [&phone, &other] {
        phone.proxy.calm();
        phone.synchronise();
    }
    clinic.refresh();
    other.synchronise();
    let wrong = complaints(server.data(), &clinic, patient, &[&phone, &other], &written);
    assert_eq!(wrong, Vec::<String>::new());
    let longest = longest.load(Ordering::SeqCst);
    assert!(longest <= limits::BODY, "{longest} bytes in one request");
    let peak = peak_kib(server.pid());
    assert!(peak <= SERVER_KIB, "{peak} KiB");
    // One for each phone; those of broken connections have ended or end with them.
    let carrying = couriers();
    assert!(carrying <= 2, "{carrying} threads carry messages");
    println!(
        "{ENTRIES} entries, {faults} faults, calls {up} up, {down} down, {pumps} of the console; \
         longest request {longest} bytes, server's peak {peak} KiB"
    );
}

fn sheet(number: usize) -> WholeCheckIn {
    let mut answers = Answers::default();
    for item in 1..=7 {
        let value = i64::try_from((number + item) % 4).expect("small");
        answers.set(format!("q{item}"), Answer::Value(value));
    }
    WholeCheckIn {
        form: "gad7".to_owned(),
        answers,
    }
}
