//! `cargo xtask bench`: the floor and Handrail's own road, interleaved in one run.
//!
//! This machine is noisy: only the ratio of two medians of one run says anything. What each row
//! means: tests/bench/README.md.

mod floor;
mod road;

use std::time::{Duration, Instant};

use handrail_story::clinic::TestClinic;
use handrail_story::{Server, folder};

const CHECK_INS: usize = 1000;

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn row(work: &str, floor: &mut [Duration], ours: &mut [Duration]) {
    let (floor, ours) = (ms(median(floor)), ms(median(ours)));
    println!(
        "| {work} | {floor:.1} ms | {ours:.1} ms | {:.2}x |",
        ours / floor
    );
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
    let (mut floor_push, mut ours_push) = (Vec::new(), Vec::new());
    let (mut floor_pull, mut ours_pull) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let place = data.path().join(format!("round-{round}"));
        std::fs::create_dir_all(&place).expect("a folder");
        let floor_server = floor::Server::start(&place.join("floor-server"));
        let mut phone = floor::database(&place.join("floor-phone"));
        let begun = Instant::now();
        floor::push(&floor_server, &mut phone, CHECK_INS * floor::EACH);
        floor_push.push(begun.elapsed());
        let patient = clinic.add_patient("Maren");
        let writer = clinic.phone(patient, &place.join("writer"));
        let reader = clinic.phone(patient, &place.join("reader"));
        ours_push.push(road::push(&writer, &sheets));
        let mut phone = floor::database(&place.join("floor-reader"));
        let begun = Instant::now();
        let opened = floor::pull(&floor_server, &mut phone);
        floor_pull.push(begun.elapsed());
        assert_eq!(opened, CHECK_INS * floor::EACH);
        ours_pull.push(road::pull(&reader, CHECK_INS));
    }
    println!("{CHECK_INS} PHQ-9 check-ins, medians of {rounds} interleaved rounds");
    println!("| work | floor | handrail | ratio |");
    println!("|---|---|---|---|");
    row(
        "durable local write + push",
        &mut floor_push,
        &mut ours_push,
    );
    row(
        "pull + store + open + fold",
        &mut floor_pull,
        &mut ours_pull,
    );
    assert!(server.stop(), "the server stops cleanly");
}
