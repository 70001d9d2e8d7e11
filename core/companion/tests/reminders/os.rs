//! A phone's system as its makers document it, and nothing of ours.
//!
//! Android: alarms are instants, at most 500 of an app, gone after a restart and after a force stop;
//! without the permission for exact ones they come late, and taking that permission away drops those set.
//! iOS: notifications wait in the system, at most 64, over restarts; some follow the wall clock; nobody is
//! told when one is shown; what is taken back is taken back on another thread, soon after the system said yes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use handrail_care::calendar;
use handrail_care::reminder::About;
use handrail_companion::reminders::ledger::Notice;

use crate::chance::Chance;

pub const MINUTE: i64 = 60_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    Android,
    Ios,
}

/// One thing that waits. `about` is the test's own note of what it was armed for.
#[derive(Debug, Clone)]
pub struct Alarm {
    pub at: i64,
    pub local: Option<NaiveDateTime>,
    pub exact: bool,
    pub about: Vec<About>,
    pub text: String,
    /// The system would not take it back when it was asked, or take another one in its place.
    pub stuck: bool,
    delay: i64,
}

#[derive(Debug)]
pub struct Os {
    pub platform: Platform,
    pub zone: &'static str,
    pub shows: bool,
    pub waiting: BTreeMap<u32, Alarm>,
    /// Taken back, as the system said, and waiting still: iOS does that when it finds the time.
    pub removals: BTreeSet<u32>,
}

impl Os {
    pub fn arm(&mut self, id: u32, mut alarm: Alarm) -> bool {
        let most = match self.platform {
            Platform::Android => 500,
            Platform::Ios => 64,
        };
        if self.waiting.len() >= most && !self.waiting.contains_key(&id) {
            return false;
        }
        if self.platform == Platform::Android {
            alarm.local = None;
        }
        self.waiting.insert(id, alarm);
        true
    }

    /// When it rings by the device's clock.
    fn due(&self, alarm: &Alarm) -> i64 {
        let floating = alarm.local.and_then(|local| {
            let found = calendar::resolve_local(self.zone, local.date(), local.time());
            Some(found.ok()?.instant.timestamp_millis())
        });
        floating.unwrap_or(alarm.at) + alarm.delay
    }

    /// The next one to ring up to `until`.
    pub fn next(&mut self, until: i64) -> Option<(i64, u32, Alarm)> {
        let due = |(id, alarm): (&u32, &Alarm)| (self.due(alarm), *id);
        let (at, id) = self.waiting.iter().map(due).min()?;
        if at > until {
            return None;
        }
        let alarm = self.waiting.remove(&id)?;
        Some((at, id, alarm))
    }

    /// Switched off and on.
    pub fn restart(&mut self) {
        if self.platform == Platform::Android {
            self.waiting.clear();
        }
    }

    pub fn force_stop(&mut self) {
        if self.platform == Platform::Android {
            self.waiting.clear();
        }
    }

    pub fn take_exact_away(&mut self) {
        if self.platform == Platform::Android {
            self.waiting.retain(|_, alarm| !alarm.exact);
        }
    }

    /// The system finds the time, or `does_it` says no: then it never will.
    pub fn finish_removals(&mut self, mut does_it: impl FnMut() -> bool) {
        for id in std::mem::take(&mut self.removals) {
            if does_it() {
                self.waiting.remove(&id);
            }
        }
    }

    /// `None` where the system does not tell.
    pub fn told(&self) -> Option<BTreeSet<u32>> {
        match self.platform {
            Platform::Android => None,
            Platform::Ios => Some(self.waiting.keys().copied().collect()),
        }
    }
}

impl Alarm {
    pub fn new(
        at: i64,
        local: Option<NaiveDateTime>,
        exact: bool,
        about: Vec<About>,
        chance: &mut Chance,
    ) -> Self {
        // "Inexact" means within the hour.
        let delay = if exact { 0 } else { chance.below(60) * MINUTE };
        Self {
            at,
            local,
            exact,
            about,
            text: String::new(),
            stuck: false,
            delay,
        }
    }

    /// A person could not tell the two apart.
    pub fn says_the_same(&self, notice: &Notice) -> bool {
        let when = match self.local {
            Some(local) => notice.local == Some(local),
            None => self.at == notice.at,
        };
        when && self.exact == notice.exact && self.text == notice.text
    }
}
