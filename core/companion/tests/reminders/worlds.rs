//! Every world that two kills in a row can leave behind: a phone is killed at each step of a refresh, lives
//! on for a while or not, and is killed again at each step of the next one. What rang is judged as ever.
//!
//! Small programs, and all of the steps: where the long lives of `main` find a fault by luck, this finds it
//! by counting.

use chrono::NaiveTime;

use crate::life::{Life, Sabotage};
use crate::os::{MINUTE, Platform};

const HOUR: i64 = 60 * MINUTE;

/// What makes reminders move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Two notifications become one.
    Merge,
    /// What rang with the one rings with the other.
    Swap,
    /// Both come later.
    Later,
    /// And as it was.
    Back,
    /// The clinic cancels tomorrow's session.
    Cancel,
    /// The phone is somewhere else.
    Travel,
}

const CHANGES: [[Change; 2]; 8] = [
    [Change::Swap, Change::Merge],
    [Change::Merge, Change::Swap],
    [Change::Swap, Change::Back],
    [Change::Later, Change::Back],
    [Change::Merge, Change::Later],
    [Change::Cancel, Change::Swap],
    [Change::Travel, Change::Merge],
    [Change::Later, Change::Travel],
];

fn hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).expect("an hour")
}

impl Change {
    fn happens(self, life: &mut Life) {
        let (check_in, practice) = match self {
            Self::Merge => (18, 18),
            Self::Swap => (16, 18),
            Self::Later => (19, 20),
            Self::Back => (18, 16),
            Self::Cancel => return life.tomorrow_is_cancelled(),
            Self::Travel => return life.travels("America/Los_Angeles"),
        };
        life.asks_at(hour(check_in), hour(practice));
    }
}

#[derive(Debug, Clone, Copy)]
struct World {
    seed: u64,
    platform: Platform,
    exact: bool,
    changes: [Change; 2],
    /// Hours of the first day at which the app runs again.
    then: [i64; 2],
    /// Steps until it is killed.
    kills: [i64; 2],
}

/// Lives through it. Which of the two refreshes were killed, what was wrong, and how often it rang.
fn lived(world: &World, sabotage: Sabotage) -> ([bool; 2], Vec<String>, u64) {
    let mut life = Life::still(world.seed, world.platform, world.exact, sabotage);
    let midnight = life.now();
    life.asks_at(hour(18), hour(16));
    life.has_homework();
    life.run_to(midnight + 8 * HOUR, false);
    life.refresh(None);
    life.run_to(midnight + 12 * HOUR, false);
    let mut killed = [false; 2];
    for (place, change) in world.changes.into_iter().enumerate() {
        let kills = life.kills;
        change.happens(&mut life);
        life.refresh(Some(world.kills[place]));
        killed[place] = life.kills > kills;
        let until = midnight + world.then[place] * HOUR + HOUR / 2;
        if until > life.now() {
            life.run_to(until, false);
        }
    }
    life.refresh(None);
    life.run_to(midnight + 49 * HOUR, false);
    life.refresh(None);
    let rings = life.judge.rings.values().map(|count| u64::from(*count));
    (killed, life.judge.faults.clone(), rings.sum())
}

/// What all worlds of a phone have to show.
#[derive(Debug, Default)]
struct Seen {
    worlds: u64,
    rings: u64,
    faults: Vec<String>,
}

/// All kills of two refreshes: one more step until the second lives, then one more until the first does.
fn all(seen: &mut Seen, sabotage: Sabotage, of: World) {
    let mut world = of;
    loop {
        let (killed, faults, rings) = lived(&world, sabotage);
        seen.worlds += 1;
        seen.rings += rings;
        if !faults.is_empty() {
            seen.faults.push(format!("{world:?}"));
            seen.faults.extend(faults);
        }
        match killed {
            [_, true] => world.kills[1] += 1,
            [true, false] => world.kills = [world.kills[0] + 1, 0],
            [false, false] => return,
        }
    }
}

fn worlds(seeds: std::ops::RangeInclusive<u64>, sabotage: Sabotage) -> Seen {
    let mut seen = Seen::default();
    for seed in seeds {
        for (platform, exact) in [
            (Platform::Android, true),
            (Platform::Android, false),
            (Platform::Ios, true),
        ] {
            for changes in CHANGES {
                for then in [[12, 13], [16, 16], [17, 19]] {
                    let of = World {
                        seed,
                        platform,
                        exact,
                        changes,
                        then,
                        kills: [0, 0],
                    };
                    all(&mut seen, sabotage, of);
                    if !seen.faults.is_empty() {
                        return seen;
                    }
                }
            }
        }
    }
    seen
}

#[test]
fn every_world_that_two_kills_leave_keeps_the_rules() {
    let seen = worlds(1..=1, Sabotage::Nothing);
    println!("{} worlds, {} rings", seen.worlds, seen.rings);
    assert!(seen.faults.is_empty(), "{:#?}", seen.faults);
    assert!(seen.worlds > 2_000 && seen.rings > seen.worlds, "{seen:?}");
}

#[test]
fn a_ledger_that_is_not_written_before_the_system_is_told_is_seen() {
    let seen = worlds(1..=1, Sabotage::LosesWrites);
    let twice = |fault: &String| fault.starts_with("twice");
    assert!(seen.faults.iter().any(twice), "{seen:?}");
}
