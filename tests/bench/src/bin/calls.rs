//! What `today` and a check-in cost a Rust caller: what Kotlin and Swift are compared with.
//!
//! On a freshly enrolled phone, offline, `HANDRAIL_ROUNDS` times (default 200) unmeasured and as many times
//! measured: one `today` and one PHQ-9 (start, nine answers, submit; each of these eleven calls is on
//! the disk when it returns) in turn. Prints the medians in microseconds. The programs in
//! bindings/kotlin and bindings/swift do the same, call by call.

use std::time::{Duration, Instant};

use handrail_companion::Companion;
use handrail_companion::view::AnswerValue;
use handrail_story::clinic::TestClinic;
use handrail_story::{Server, folder};

const ROUNDS: usize = 200;
const ITEMS: u32 = 9;

fn today(phone: &Companion) -> Duration {
    let begun = Instant::now();
    let page = phone.today().expect("enrolled");
    let took = begun.elapsed();
    assert!(page.week.is_some(), "a patient's page");
    took
}

fn check_in(phone: &Companion) -> Duration {
    let begun = Instant::now();
    let draft = phone.start_check_in("phq9").expect("shipped").check_in;
    for item in 1..=ITEMS {
        let zero = AnswerValue::Number { number: 0 };
        phone
            .answer(&draft, &format!("q{item}"), Some(zero))
            .expect("an option");
    }
    phone.submit(&draft).expect("saved");
    begun.elapsed()
}

fn median_us(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

fn main() {
    let rounds = std::env::var("HANDRAIL_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(ROUNDS);
    let data = folder();
    let server = Server::start(&data.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Bench IOP");
    let patient = clinic.add_patient("Maren");
    let phone = clinic.phone(patient, &data.path().join("phone"));
    for _ in 0..rounds {
        today(&phone);
        check_in(&phone);
    }
    let (looks, check_ins): (Vec<_>, Vec<_>) = (0..rounds)
        .map(|_| (today(&phone), check_in(&phone)))
        .unzip();
    let (today_us, submit_us) = (median_us(looks), median_us(check_ins));
    println!(
        "{}",
        serde_json::json!({"today_us": today_us, "submit_us": submit_us})
    );
    assert!(server.stop(), "the server stops cleanly");
}
