//! One number that the system may hold, and what can have become of it.
//!
//! Owns what is to be reckoned with while nobody knows what the system did: a phone can die between asking
//! and hearing. A number has one face (time, clock, exactness, words) for all its life, so whatever the
//! system holds under it is known; what changes its face gets another number. Refuses to say what became of
//! a reminder: that is the ledger's.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use handrail_care::calendar;
use handrail_care::reminder::{About, LATE_MS, Ring};
use serde::{Deserialize, Serialize};

/// Two clocks of the world are at most 26 hours apart, and a clock that was set back by more than the rest
/// of this while the app did not run is not reckoned with.
pub(super) const FAR_MS: i64 = 3 * 24 * 60 * 60 * 1000;

/// A notification that the system holds, or may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its number: random, 1 to 2^31 - 1.
    pub id: u32,
    /// When, epoch milliseconds.
    pub at: i64,
    /// The phone's clock then, when it follows that clock.
    pub local: Option<NaiveDateTime>,
    /// To the minute.
    pub exact: bool,
    /// What the lock screen shows.
    pub text: String,
    /// Everything it may ring for: what it stands for, and what it stood for before, until the system has
    /// taken it again.
    #[serde(alias = "about")]
    pub(super) may: Vec<About>,
    /// The system may have been told to hold it.
    #[serde(default = "yes")]
    pub(super) asked: bool,
    /// It is to be taken back, and never to be wanted again.
    pub(super) going: bool,
}

fn yes() -> bool {
    true
}

/// What can have become of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It has not rung.
    Waits,
    /// Its time is there: it has rung, or rings within the hour.
    Late,
    /// It counts as rung. Whether the system may hold it still.
    MayHaveRung { there: bool },
    /// It has not rung, and the system does not hold it.
    Lost,
}

/// The last instant at which the system rings something armed for `at`.
fn over(at: i64, exact: bool) -> i64 {
    at + if exact { 0 } else { LATE_MS }
}

impl Notice {
    /// A new number for a ring of the plan.
    pub(super) fn new(id: u32, ring: &Ring, exact: bool) -> Self {
        Self {
            id,
            at: ring.at,
            local: ring.local,
            exact,
            text: ring.text.clone(),
            may: ring.about.clone(),
            asked: false,
            going: false,
        }
    }

    /// It has the face of a ring of the plan.
    pub(super) fn looks_like(&self, ring: &Ring, exact: bool) -> bool {
        (self.at, self.local, self.exact) == (ring.at, ring.local, exact) && self.text == ring.text
    }

    /// Its time is there, and it is not taken back. To be asked after [`super::Ledger`] has settled.
    pub(super) fn is_late(&self, now: i64) -> bool {
        !self.going && self.at <= now
    }

    /// What follows the phone's clock comes at another instant in another zone.
    pub(super) fn follow_clock(&mut self, zone: &str) {
        let found = self
            .local
            .and_then(|local| calendar::resolve_local(zone, local.date(), local.time()).ok());
        if let Some(found) = found {
            self.at = found.instant.timestamp_millis();
        }
    }

    /// `os`: what the system says it holds, where it tells. `latest`: the latest that a clock of this
    /// phone is known to have shown.
    pub(super) fn fate(&self, now: i64, latest: i64, os: Option<&BTreeSet<u32>>) -> Fate {
        let there = os.map(|os| os.contains(&self.id));
        if there == Some(false) {
            // Held until it rings, by a system that tells: gone is rung, or taken back before that could
            // be written down, whatever the clock says by now.
            return if self.asked && self.at - FAR_MS <= latest {
                Fate::MayHaveRung { there: false }
            } else {
                Fate::Lost
            };
        }
        if self.at > now {
            return Fate::Waits;
        }
        let may_still_ring = over(self.at, self.exact) > now;
        if may_still_ring && !self.going {
            return Fate::Late;
        }
        Fate::MayHaveRung {
            there: there == Some(true) || may_still_ring,
        }
    }
}
