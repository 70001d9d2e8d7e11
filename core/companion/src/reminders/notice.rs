//! What the system is asked to hold, and to give back.
//!
//! Owns what is to be reckoned with while it is not known what the system did: a phone can die between
//! asking and hearing. Refuses to say what became of a reminder; that is the ledger's.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use handrail_care::reminder::{About, LATE_MS};
use serde::{Deserialize, Serialize};

/// What the system is known to hold under a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grip {
    /// Nothing was ever taken.
    Never,
    /// This or what it replaces: when the number is gone it has rung, whatever zone's clock it followed.
    Something,
    /// Exactly this.
    This,
}

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
    /// What it is about: kept here too, for a notification that rings while it is being taken back.
    pub(super) about: Vec<About>,
    /// What the one that it replaces was about, until the system has taken this one.
    #[serde(default)]
    pub(super) also: Vec<About>,
    /// The earliest time that the system may ring it at: that of the one it replaces, until the system
    /// has taken this one.
    pub(super) earliest: i64,
    /// The last instant that the system may ring it at, or what it replaces.
    pub(super) latest: i64,
    /// What the system is known to hold under this number.
    pub(super) grip: Grip,
    /// It is to be taken back.
    pub(super) going: bool,
}

/// The last instant at which the system rings something armed for `at`.
pub(super) fn over(at: i64, exact: bool) -> i64 {
    at + if exact { 0 } else { LATE_MS }
}

impl Notice {
    /// The system has said that it holds exactly this.
    pub(super) fn sure(&self) -> bool {
        self.grip == Grip::This
    }

    /// The system has not taken it in place of what it may hold.
    pub(super) fn is_refused(&mut self) {
        if self.sure() {
            self.grip = Grip::Something;
        }
    }

    /// Its time is there, and the system may hold, for later, the one that it was to replace: whether
    /// this one rang cannot be known, and the other one was placed by what is no longer true.
    pub(super) fn is_doubtful(&self, now: i64) -> bool {
        !self.going
            && !self.sure()
            && self.at <= now
            && self.latest > now
            && self.latest > over(self.at, self.exact)
    }

    /// What is to be reckoned with until the system has taken this one in place of `known`.
    pub(super) fn replaces(&mut self, known: &Self) {
        self.earliest = self.earliest.min(known.earliest);
        self.latest = self.latest.max(known.latest);
        if known.grip != Grip::Never {
            self.grip = Grip::Something;
        }
        // One that says the same stands for what this one stands for.
        let stood_for: &[About] = if known.says_the_same(self) {
            &[]
        } else {
            &known.about
        };
        let unsure: &[About] = if known.sure() { &[] } else { &known.also };
        for about in stood_for.iter().chain(unsure) {
            if !self.about.contains(about) && !self.also.contains(about) {
                self.also.push(about.clone());
            }
        }
    }

    /// The system has taken it.
    pub(super) fn is_taken(&mut self) {
        self.grip = Grip::This;
        self.earliest = self.at;
        self.latest = over(self.at, self.exact);
        self.also.clear();
    }

    /// May ring for one of these things, and is not to.
    pub(super) fn rang_for(&self, things: &[About]) -> bool {
        let about: &[About] = if self.going { &self.about } else { &[] };
        let mut mine = about.iter().chain(&self.also);
        mine.any(|about| things.contains(about))
    }

    /// Nothing is lost when the system is not told.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let said = |one: &Self| (one.at, one.local, one.exact, one.text.clone());
        said(self) == said(other)
    }
}

/// What the shell has to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acts {
    /// Numbers to take back (out of the system and out of the tray).
    pub withdraw: Vec<u32>,
    /// Notifications to arm. The same number replaces.
    pub arm: Vec<Notice>,
    /// By number to arm: what has to be gone or armed anew first, because it may ring for the same thing.
    pub(super) after: BTreeMap<u32, BTreeSet<u32>>,
}

/// What was done of [`Acts`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// Numbers that were taken back.
    pub withdrawn: Vec<u32>,
    /// Numbers to arm, with whether the system took them.
    pub armed: Vec<(u32, bool)>,
}

impl Acts {
    /// Takes back, then arms: first what is to ring for less than it does. What the system would not take
    /// back, or change, holds up what it may ring for, and nothing else. Both closures say whether the system did it.
    pub fn carry_out<S>(
        &self,
        system: &mut S,
        withdraw: impl Fn(&mut S, u32) -> bool,
        arm: impl Fn(&mut S, &Notice) -> bool,
    ) -> Done {
        let mut stuck = BTreeSet::new();
        let mut done = Done::default();
        for id in &self.withdraw {
            if withdraw(system, *id) {
                done.withdrawn.push(*id);
            } else {
                stuck.insert(*id);
            }
        }
        let awaited: BTreeSet<u32> = self.after.values().flatten().copied().collect();
        let (first, rest): (Vec<_>, Vec<_>) =
            (self.arm.iter()).partition(|notice| awaited.contains(&notice.id));
        for notice in first.into_iter().chain(rest) {
            let after = self.after.get(&notice.id);
            let is_free = after.is_none_or(|after| after.is_disjoint(&stuck));
            let taken = is_free && arm(system, notice);
            if !taken {
                stuck.insert(notice.id);
            }
            done.armed.push((notice.id, taken));
        }
        done
    }
}
