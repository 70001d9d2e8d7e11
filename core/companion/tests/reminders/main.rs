//! Reminders against a model of the phones' systems: random programs and settings, a clinic that cancels
//! and moves, restarts, force stops, clocks and zones that change, permissions that go, and a phone that is
//! killed at any step.
//!
//! The system ([`os`]) is written from the platforms' documentation and the judge ([`judge`]) looks at what
//! rang; neither shares code with the planner. Three controls do a thing wrong on purpose: the judge must
//! see each of them.

mod chance;
mod judge;
mod life;
mod os;

use life::{Life, Sabotage, Weather};

/// A seed in this variable makes `many_days_keep_the_rules` that one life in rough weather, told step by
/// step (`--nocapture`).
const SEED: &str = "HANDRAIL_SOAK_SEED";
/// Days of one life.
const DAYS: u64 = 25;

/// Lives of so many days in all, on two threads; returns what was wrong with the first that has faults, and
/// how many refreshes and rings there were.
fn lives(days: u64, weather: Weather, sabotage: Sabotage) -> (Vec<String>, u64, u64) {
    let count = days / DAYS;
    let half = |from: u64| {
        let (mut refreshes, mut rings) = (0, 0);
        for seed in (from..=count).step_by(2) {
            let mut life = Life::new(seed, weather, sabotage);
            for _ in 0..DAYS {
                life.day();
            }
            life.settle();
            refreshes += life.refreshes;
            rings += life
                .judge
                .rings
                .values()
                .map(|count| u64::from(*count))
                .sum::<u64>();
            if !life.judge.faults.is_empty() {
                let mut faults = life.judge.faults.clone();
                faults.truncate(5);
                faults.insert(
                    0,
                    format!("seed {seed}, {weather:?}, {:?}", life.platform()),
                );
                return (faults, refreshes, rings);
            }
        }
        (Vec::new(), refreshes, rings)
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| half(2));
        let one = half(1);
        let other = other.join().expect("no panic");
        let faults = [one.0, other.0].concat();
        (faults, one.1 + other.1, one.2 + other.2)
    })
}

fn keeps_the_rules(days: u64) {
    for weather in [Weather::Rough, Weather::Calm] {
        let (faults, refreshes, rings) = lives(days / 2, weather, Sabotage::Nothing);
        assert!(faults.is_empty(), "{faults:#?}");
        // A test in which nothing rings would find nothing.
        assert!(rings > days / 4, "{rings} rings");
        assert!(refreshes > days / 4, "{refreshes} refreshes");
    }
}

/// Twenty thousand days in a test; `cargo xtask soak` says a million.
fn days() -> u64 {
    let said = std::env::var("HANDRAIL_SOAK_DAYS");
    said.map_or(20_000, |days| days.parse().expect("a number of days"))
}

#[test]
fn many_days_keep_the_rules() {
    if let Ok(seed) = std::env::var(SEED) {
        return one_life_keeps_the_rules(seed.parse().expect("a number"));
    }
    keeps_the_rules(days());
}

fn is_seen(sabotage: Sabotage, as_what: &str) {
    let (faults, _, _) = lives(2_500, Weather::Calm, sabotage);
    assert!(
        faults.iter().any(|fault| fault.starts_with(as_what)),
        "{sabotage:?} was not seen as {as_what}: {faults:#?}"
    );
}

#[test]
fn a_reminder_armed_twice_is_seen() {
    is_seen(Sabotage::ArmTwice, "twice");
}

#[test]
fn a_forgotten_withdrawal_is_seen() {
    is_seen(Sabotage::ForgetToWithdraw, "cancelled");
}

#[test]
fn a_ring_in_a_session_is_seen() {
    is_seen(Sabotage::RingInSession, "in a session");
}

/// One life in rough weather.
fn one_life_keeps_the_rules(seed: u64) {
    let mut life = Life::new(seed, Weather::Rough, Sabotage::Nothing);
    life.loud = std::env::var(SEED).is_ok();
    for _ in 0..DAYS {
        life.day();
    }
    life.settle();
    assert!(life.judge.faults.is_empty(), "{:#?}", life.judge.faults);
}

/// A phone killed between writing down what falls together and telling the system: the same number says
/// less than before, and what it no longer stands for rings the next day.
#[test]
fn seed_2221_a_number_that_stands_for_less() {
    one_life_keeps_the_rules(2221);
}

/// A phone killed after it was written down that a reminder comes earlier and before the system was told:
/// the later one waits on, in what are quiet hours by now.
#[test]
fn seed_3336_a_later_one_that_was_never_replaced() {
    one_life_keeps_the_rules(3336);
}

/// Somebody travelled, and the phone was killed before the system heard of the new time: what follows the
/// clock rings by the clock that is there, earlier than was reckoned with.
#[test]
fn seed_1129_a_floating_one_that_rang_in_another_zone() {
    one_life_keeps_the_rules(1129);
}

/// What floats says the same in another zone, though its instant is another.
#[test]
fn seed_228_a_floating_one_that_was_refused_again() {
    one_life_keeps_the_rules(228);
}

/// A system that would not take the same notification again, when one of two things was done meanwhile.
#[test]
fn seed_376_refused_again_and_says_the_same() {
    one_life_keeps_the_rules(376);
}
