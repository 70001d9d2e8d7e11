//! The ledger: what was planned, what the phone's system was asked to hold, and what became of it.
//!
//! Pure: bytes in, bytes out, and acts for the shell. A phone can die before or after any act, so the
//! ledger does not say what the system holds but what it *may* hold, and these hold in every world that is
//! possible:
//!
//! 1. A number has one face for life: whatever the system holds under it is known ([`Notice`]).
//! 2. A number goes only one way: made, asked for, to be taken back, gone. Written down before the system is
//!    told, and gone only when the system said so.
//! 3. What a number may ring for (`may`) grows only by things that no other number may ring for. A number is
//!    armed only when every other one that may ring for one of its things is gone ([`Acts`]). So of two
//!    numbers for one thing the system never holds both.
//! 4. A thing that a number may have rung for has rung (`settle.rs`): it is not armed again.
//! 5. A day's rings, those that may have rung and all that may still be with the system for that day, are
//!    counted before one is armed.
//!
//! 3 and 4 give "never two for one thing", 5 the number a day. What the plan does not want is taken back before
//! anything else is done: that is "a cancellation that was received never rings", and the same for sessions
//! and quiet hours, whose rules are the planner's. Between two writes at most one number that rings soon is
//! begun, so a phone that dies leaves at most that one in doubt.

use std::collections::{BTreeMap, BTreeSet};

use handrail_care::order::InOrder;
use handrail_care::reminder::{self, About, Asked, Past, Why};
use serde::{Deserialize, Serialize};

pub use super::acts::{Acts, Done, Round, System};
pub use super::notice::Notice;
use crate::view::ReminderState as State;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a finished line is kept.
const KEPT_MS: i64 = 14 * DAY_MS;
/// How long one of a check-in or a plan is kept: it may be open for weeks after it rang, and must not ring
/// again.
const KEPT_LONG_MS: i64 = 100 * DAY_MS;
/// How long a notification may still lie in the tray for us to take it out.
pub(super) const TRAY_MS: i64 = 3 * DAY_MS;
/// Steps of one line that are kept, the first and the newest.
const STEPS: usize = 12;

impl State {
    pub(super) fn waits(self) -> bool {
        matches!(self, Self::Planned | Self::Armed | Self::Snoozed)
    }

    pub(super) fn rang(self) -> bool {
        matches!(
            self,
            Self::TimePassed | Self::Posted | Self::SeenInTray | Self::Opened
        )
    }
}

/// One change of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it became.
    pub state: State,
    /// When, epoch milliseconds.
    pub at: i64,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
}

/// One reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What about.
    pub about: About,
    /// When it rings, rang or would ring, epoch milliseconds.
    pub at: i64,
    /// The number of the notification it rings with.
    pub with: Option<u32>,
    /// There is a possible world in which it rang.
    pub(super) rang: bool,
    /// Put off until then.
    pub(super) put_off: Option<i64>,
    /// Oldest first; never empty.
    pub steps: Vec<Step>,
}

impl Line {
    pub(super) fn new(about: About, at: i64, step: Step) -> Self {
        Self {
            about,
            at,
            with: None,
            rang: false,
            put_off: None,
            steps: vec![step],
        }
    }

    /// How it stands.
    pub fn now(&self) -> Step {
        *self.steps.last().expect("a line begins with a step")
    }

    pub(super) fn step(&mut self, state: State, why: Option<Why>, at: i64) {
        let now = self.now();
        if (now.state, now.why) == (state, why) {
            return;
        }
        if self.steps.len() == STEPS {
            self.steps.remove(1);
        }
        self.steps.push(Step { state, at, why });
    }

    pub(super) fn has_rung(&mut self, state: State, now: i64) {
        self.rang = true;
        self.put_off = None;
        let why = (state == State::TimePassed).then_some(Why::DeliveryUnknown);
        self.step(state, why, now);
    }
}

/// All lines, and everything that the system may hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    pub(super) lines: BTreeMap<About, Line>,
    /// Every number that the system may hold.
    pub(super) held: BTreeMap<u32, Notice>,
    /// Rings of the last days: number and time.
    pub(super) rung: BTreeSet<(i64, u32)>,
    /// The clock at the last refresh.
    pub(super) clock: Option<i64>,
}

#[derive(Default, Serialize, Deserialize)]
struct Stored {
    lines: Vec<Line>,
    held: Vec<Notice>,
    rung: Vec<(i64, u32)>,
    #[serde(default)]
    clock: Option<i64>,
}

impl Ledger {
    /// As it was written; `None` when the bytes are not ours.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(bytes).ok()?;
        if stored.lines.iter().any(|line| line.steps.is_empty()) {
            return None;
        }
        Some(Self {
            lines: stored
                .lines
                .into_iter()
                .map(|line| (line.about.clone(), line))
                .collect(),
            held: stored
                .held
                .into_iter()
                .map(|notice| (notice.id, notice))
                .collect(),
            rung: stored.rung.into_iter().collect(),
            clock: stored.clock,
        })
    }

    /// To be kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        let stored = Stored {
            lines: self.lines.values().cloned().collect(),
            held: self.held.values().cloned().collect(),
            rung: self.rung.iter().copied().collect(),
            clock: self.clock,
        };
        serde_json::to_vec(&stored).expect("plain structs have text keys")
    }

    /// All lines, by time.
    pub fn lines(&self) -> Vec<&Line> {
        let mut lines: Vec<_> = self.lines.values().collect();
        lines.order_by_key(|line| (line.at, &line.about));
        lines
    }

    /// What the system should hold, by time.
    pub fn held(&self) -> Vec<&Notice> {
        let mut held: Vec<_> = self.held.values().filter(|one| !one.going).collect();
        held.order_by_key(|one| (one.at, one.id));
        held
    }

    /// Plans again and says what to do about it. Write the ledger down, then do the acts round by round:
    /// [`Ledger::begin`], write down, [`Acts::carry_out`], [`Ledger::record`].
    ///
    /// `asked.past` and `asked.rang` are the ledger's to fill. `os`: the numbers that the system says it
    /// holds, where it tells. `strays`: numbers that an earlier store may have left there. `draw` gives
    /// random numbers from 1 to 2^31 - 1.
    pub fn refresh(
        &mut self,
        asked: &Asked<'_>,
        os: Option<&BTreeSet<u32>>,
        strays: &BTreeSet<u32>,
        draw: &mut dyn FnMut() -> u32,
    ) -> Acts {
        let now = asked.now;
        self.settle(now, asked.zone, os);
        let past = self.past();
        let rang: Vec<i64> = self.rings(now);
        let plan = reminder::plan(&Asked {
            past: &past,
            rang: &rang,
            ..*asked
        });
        let wanted = self.want(&plan, asked, os, draw);
        self.leave_out(&plan, now);
        let quiet = self.finish(&plan, asked);
        self.give_up(&wanted.all, &quiet, now);
        let mut back = quiet;
        let strays = strays.iter().chain(os.into_iter().flatten());
        back.extend(strays.filter(|id| !self.held.contains_key(id)));
        self.prune(now);
        Acts::new(self, asked, os.is_some(), wanted, back)
    }

    fn past(&self) -> BTreeMap<About, Past> {
        let past = self.lines.values().filter_map(|line| {
            let held = line
                .with
                .and_then(|id| self.held.get(&id))
                .filter(|one| !one.going);
            let what = if let Some(put_off) = line.put_off {
                Past::Snoozed(held.map_or(put_off, |notice| notice.at.max(put_off)))
            } else if line.rang {
                Past::Rang
            } else {
                Past::Held(held?.at)
            };
            Some((line.about.clone(), what))
        });
        past.collect()
    }

    fn rings(&self, now: i64) -> Vec<i64> {
        let late = self.held.values().filter(|one| one.is_late(now));
        let rung = self.rung.iter().map(|(at, _)| *at);
        rung.chain(late.map(|one| one.at)).collect()
    }

    fn prune(&mut self, now: i64) {
        self.lines.retain(|_, line| {
            let until = match &line.about {
                About::Session { start, .. } => line.at.max(*start) + KEPT_MS,
                About::CheckIn { .. } | About::Plan { .. } => line.at + KEPT_LONG_MS,
                _ => line.at + KEPT_MS,
            };
            line.now().state.waits() || until > now || line.put_off.is_some()
        });
        self.rung.retain(|(at, _)| *at > now - TRAY_MS);
    }

    /// Everything is to be taken back: this phone has nothing to remind of.
    pub fn stop(os: Option<&BTreeSet<u32>>, strays: &BTreeSet<u32>) -> Acts {
        let mut back: BTreeSet<u32> = strays.clone();
        back.extend(os.into_iter().flatten());
        Acts::withdrawing(back)
    }
}
