//! `cargo xtask bench`: the floor and Handrail's own road, interleaved in one run.
//!
//! This machine is noisy: only the ratio of two medians of one run says anything. What each row
//! means: tests/bench/README.md.

mod clients;
mod floor;
mod growth;
mod line;
mod road;

use std::path::Path;
use std::time::{Duration, Instant};

use handrail_clinician::Act;
use handrail_companion::WholeCheckIn;
use handrail_story::clinic::{TestClinic, open_phone, synchronise};
use handrail_story::tap::Tap;
use handrail_story::{Server, folder, now};

const CHECK_INS: usize = 1000;
const ONE_BY_ONE: usize = 100;
const CLIENTS: usize = 32;
/// Check-ins of each client.
const EACH: usize = 10;

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The floor's times and Handrail's, of one kind of work.
#[derive(Default)]
struct Row {
    floor: Vec<Duration>,
    ours: Vec<Duration>,
}

impl Row {
    fn print(&mut self, work: &str) {
        let (floor, ours) = (ms(median(&mut self.floor)), ms(median(&mut self.ours)));
        println!(
            "| {work} | {floor:.1} ms | {ours:.1} ms | {:.2}x |",
            ours / floor
        );
    }

    /// As work in a second, where more is better.
    fn print_rate(&mut self, work: &str, count: u32) {
        let rate = |times: &mut [Duration]| f64::from(count) / median(times).as_secs_f64();
        let (floor, ours) = (rate(&mut self.floor), rate(&mut self.ours));
        println!(
            "| {work} | {floor:.0}/s | {ours:.0}/s | {:.2}x |",
            ours / floor
        );
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn main() {
    let rounds = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(7);
    let data = folder();
    let server = Server::start(&data.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Bench IOP");
    let sheets = road::sheets(CHECK_INS);
    let mut clients = clients(&mut clinic, &server);
    let [mut push, mut pull, mut single, mut many] = std::array::from_fn(|_| Row::default());
    for round in 0..rounds {
        let place = data.path().join(format!("round-{round}"));
        std::fs::create_dir_all(&place).expect("a folder");
        let floor_server = floor::Server::start(&place.join("floor-server"));
        let mut phone = floor::database(&place.join("floor-phone"));
        let records = CHECK_INS * floor::EACH;
        push.floor
            .push(timed(|| floor::push(&floor_server, &mut phone, records)));
        let patient = clinic.add_patient("Maren");
        let writer = clinic.phone(patient, &place.join("writer"));
        let reader = clinic.phone(patient, &place.join("reader"));
        push.ours.push(road::push(&writer, &sheets));
        let mut other = floor::database(&place.join("floor-reader"));
        pull.floor.push(timed(|| {
            assert_eq!(floor::pull(&floor_server, &mut other), records);
        }));
        pull.ours.push(road::pull(&reader, CHECK_INS));
        single.floor.push(floor::push_one_by_one(
            &floor_server,
            &mut phone,
            ONE_BY_ONE,
        ));
        single
            .ours
            .push(road::push_one_by_one(&writer, &sheets[..ONE_BY_ONE]));
        many.floor
            .push(floor::push_by_many(&floor_server, CLIENTS, EACH));
        many.ours.push(clients::push_by_many(&mut clients, EACH));
    }
    println!("{CHECK_INS} PHQ-9 check-ins, medians of {rounds} interleaved rounds");
    println!("| work | floor | handrail | ratio |");
    println!("|---|---|---|---|");
    push.print("durable local write + push");
    pull.print("pull + store + open + fold");
    single.print(&format!("{ONE_BY_ONE} durable pushes one by one"));
    let pushes = u32::try_from(CLIENTS * EACH).expect("small");
    many.print_rate(&format!("{CLIENTS} clients, durable single pushes"), pushes);
    println!();
    on_the_wire(&mut clinic, &server, &sheets, data.path());
    growth::table(&mut clinic, data.path());
    println!();
    let memory = server.memory().expect("Linux tells");
    println!(
        "memory of the server after all of it: {:.1} MB, at most {:.1} MB",
        memory.now_mb(),
        memory.peak_mb()
    );
    assert!(server.stop(), "the server stops cleanly");
}

/// Clients of patients of their own.
fn clients(clinic: &mut TestClinic, server: &Server) -> Vec<clients::Client> {
    let address = ([127, 0, 0, 1], server.port()).into();
    (0..CLIENTS)
        .map(|_| {
            let patient = clinic.add_patient("Ilse");
            let (link, code) = clinic.invite(patient);
            clients::Client::enrol(address, &link, &code)
        })
        .collect()
}

/// Counts every byte between a phone and its server, both ways, heads included.
fn on_the_wire(clinic: &mut TestClinic, server: &Server, sheets: &[WholeCheckIn], place: &Path) {
    let tap = Tap::before(server.port());
    let patient = clinic.add_patient("Noor");
    let invite = Act::Invite {
        subject: patient,
        on_screen: true,
    };
    let done = clinic.clinician.act(invite, tap.origin(), now());
    let done = done.expect("invited");
    let pumped = clinic.driver.pump(&mut clinic.clinician, now());
    pumped.expect("sent");
    let (link, code) = (done.link.expect("a link"), done.code.expect("a code"));
    let phone = open_phone(&place.join("tapped"));
    phone
        .enrol(&link, &code, "Phone", "desktop")
        .expect("enrolled");
    synchronise(&phone);
    let before = tap.bytes().len();
    road::push(&phone, sheets);
    let together = (tap.bytes().len() - before) / sheets.len();
    let before = tap.bytes().len();
    let few = &sheets[..ONE_BY_ONE.min(sheets.len())];
    road::push_one_by_one(&phone, few);
    let alone = (tap.bytes().len() - before) / few.len();
    println!("bytes on the wire for each check-in: {together} together, {alone} one by one");
}
