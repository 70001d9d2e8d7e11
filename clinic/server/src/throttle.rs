//! Slows guessing at login without ever locking an account.
//!
//! A browser that has logged in before carries a cookie we signed; any other is known by its address.
//! Failures are counted for each pair of login name and such a source. After [`FREE`] failures a
//! pair must wait, twice as long each time, up to [`LONGEST`]; the wait is told, and a try during it
//! is not looked at. So a stranger who hammers an account from one place keeps out neither its owner
//! elsewhere nor the owner's own browser in the same place, and never touches colleagues behind the
//! same address. Names that do not exist are counted alike.
//!
//! Beside that one bucket for the whole server: when failures come faster than [`RATE`], logins from
//! browsers that are not known are answered [`DRAG`] later. Nobody is refused by it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use handrail_wire::id::Digest;

use crate::secret::sha256;

/// Failures of a pair before it must wait.
pub const FREE: u32 = 5;
/// Longest wait.
pub const LONGEST: Duration = Duration::from_secs(300);
/// A pair without a failure for this long is forgotten.
const FORGET: Duration = Duration::from_secs(3600);
/// Pairs kept; beyond that the ones that failed longest ago are forgotten.
const PAIRS: usize = 100_000;
/// Failures per second, over all, that pass without drag, and how many may come at once.
const RATE: f64 = 5.0;
const BURST: f64 = 100.0;
/// What a login waits when failures come faster.
pub const DRAG: Duration = Duration::from_secs(1);

/// Where a login comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A browser that has logged in to this account before, by the nonce of its cookie.
    Browser([u8; 16]),
    /// Anything else.
    Address(IpAddr),
}

type Pair = (Digest, Source);

struct Failures {
    count: u32,
    last: Instant,
}

/// Failures so far.
pub struct Throttle {
    state: Mutex<State>,
}

struct State {
    pairs: HashMap<Pair, Failures>,
    bucket: f64,
    filled: Instant,
}

/// A try that may go on.
pub struct Try {
    pair: Pair,
    /// What to wait before looking at it.
    pub drag: Option<Duration>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                pairs: HashMap::new(),
                bucket: BURST,
                filled: Instant::now(),
            }),
        }
    }
}

impl Throttle {
    /// May this pair try now? It is counted as a failure until [`Throttle::succeeded`], so that many
    /// tries at once are counted too. The error is how long to wait.
    pub fn begin(&self, login: &str, source: Source, now: Instant) -> Result<Try, Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = (sha256(&[login.as_bytes()]), source);
        state.make_room(now);
        let failures = state.pairs.entry(pair).or_insert(Failures {
            count: 0,
            last: now,
        });
        if now.duration_since(failures.last) > FORGET {
            failures.count = 0;
        }
        let free_at = failures.last + wait_after(failures.count);
        if free_at > now {
            return Err(free_at - now);
        }
        failures.count += 1;
        failures.last = now;
        let full = state.spend(now);
        let known = matches!(source, Source::Browser(_));
        Ok(Try {
            pair,
            drag: (!full && !known).then_some(DRAG),
        })
    }

    /// The try was right: its pair starts anew, and the bucket gets its drop back.
    pub fn succeeded(&self, done: &Try) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.pairs.remove(&done.pair);
        state.bucket = (state.bucket + 1.0).min(BURST);
    }
}

/// The wait after so many failures.
fn wait_after(count: u32) -> Duration {
    match count.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(more) => Duration::from_secs(1 << more.min(16)).min(LONGEST),
    }
}

impl State {
    /// Takes one from the bucket; `false` when it is empty.
    fn spend(&mut self, now: Instant) -> bool {
        let gone = now.saturating_duration_since(self.filled).as_secs_f64();
        self.bucket = (self.bucket + gone * RATE).min(BURST);
        self.filled = now;
        let full = self.bucket >= 1.0;
        if full {
            self.bucket -= 1.0;
        }
        full
    }

    fn make_room(&mut self, now: Instant) {
        if self.pairs.len() < PAIRS {
            return;
        }
        self.pairs
            .retain(|_, failures| now.duration_since(failures.last) <= FORGET);
        if self.pairs.len() >= PAIRS {
            let mut ages: Vec<Instant> = self.pairs.values().map(|f| f.last).collect();
            ages.sort_unstable();
            let middle = ages[ages.len() / 2];
            self.pairs.retain(|_, failures| failures.last > middle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Source = Source::Address(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
    const THERE: Source = Source::Address(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)));

    #[test]
    fn waiting_grows_and_has_an_end() {
        let throttle = Throttle::default();
        let mut now = Instant::now();
        for _ in 0..FREE {
            assert!(throttle.begin("maya", HERE, now).is_ok());
        }
        let mut waits = Vec::new();
        for _ in 0..12 {
            let wait = throttle.begin("maya", HERE, now).err().expect("must wait");
            waits.push(wait.as_secs());
            now += wait;
            assert!(throttle.begin("maya", HERE, now).is_ok());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        now += FORGET + Duration::from_secs(1);
        for _ in 0..FREE {
            assert!(throttle.begin("maya", HERE, now).is_ok());
        }
    }

    #[test]
    fn others_are_not_kept_out() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for _ in 0..50 {
            let _ = throttle.begin("maya", HERE, now);
        }
        assert!(throttle.begin("maya", HERE, now).is_err());
        assert!(
            throttle.begin("maya", THERE, now).is_ok(),
            "owner elsewhere"
        );
        assert!(throttle.begin("omar", HERE, now).is_ok(), "colleague here");
        let own = Source::Browser([1; 16]);
        assert!(throttle.begin("maya", own, now).is_ok(), "own browser here");
    }

    #[test]
    fn success_starts_anew() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for _ in 0..20 {
            let tried = throttle.begin("maya", HERE, now).expect("never fails");
            throttle.succeeded(&tried);
        }
    }

    #[test]
    fn a_storm_of_failures_slows_strangers_only() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for n in 0..100 {
            let tried = throttle
                .begin(&n.to_string(), HERE, now)
                .expect("first try");
            assert_eq!(tried.drag, None);
        }
        let tried = throttle.begin("maya", HERE, now).expect("never refused");
        assert_eq!(tried.drag, Some(DRAG));
        let own = Source::Browser([1; 16]);
        assert_eq!(throttle.begin("maya", own, now).expect("known").drag, None);
    }
}
