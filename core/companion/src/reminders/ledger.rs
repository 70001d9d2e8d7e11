//! The ledger: what was planned, what the phone's system was asked to hold, and what became of it.
//!
//! Pure: bytes in, bytes out, and a list of acts for the shell. Every act is written down before it is
//! done and can be done twice without harm, so a phone that dies in between goes on where it was: a
//! notification keeps its number, and arming a number again replaces it. Refuses to plan (that is
//! `care`'s) and to believe that a reminder rang because its time has passed.

use std::collections::{BTreeMap, BTreeSet};

use handrail_care::order::InOrder;
use handrail_care::reminder::{self, About, Asked, Past, Plan, Ring, Why};
use serde::{Deserialize, Serialize};

use super::notice::Grip;
use super::notice::over;
pub use super::notice::{Acts, Done, Notice};
use crate::view::{ReminderEvent as Event, ReminderState as State};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a finished line is kept.
const KEPT_MS: i64 = 14 * DAY_MS;
/// How long one of a check-in or a plan is kept: it may be open for weeks after it rang, and must not ring
/// again.
const KEPT_LONG_MS: i64 = 100 * DAY_MS;
/// How long a notification may still lie in the tray for us to take it out.
const TRAY_MS: i64 = 3 * DAY_MS;
/// Steps of one line that are kept, the first and the newest.
const STEPS: usize = 12;

impl State {
    fn waits(self) -> bool {
        matches!(self, Self::Planned | Self::Armed | Self::Snoozed)
    }

    fn rang(self) -> bool {
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
    /// It rang, or its time passed.
    rang: bool,
    /// Put off until then.
    put_off: Option<i64>,
    /// Oldest first; never empty.
    pub steps: Vec<Step>,
}

impl Line {
    fn new(about: About, at: i64, step: Step) -> Self {
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

    fn step(&mut self, state: State, why: Option<Why>, at: i64) {
        let now = self.now();
        if (now.state, now.why) == (state, why) {
            return;
        }
        if self.steps.len() == STEPS {
            self.steps.remove(1);
        }
        self.steps.push(Step { state, at, why });
    }

    fn has_rung(&mut self, state: State, now: i64) {
        self.rang = true;
        self.put_off = None;
        let why = (state == State::TimePassed).then_some(Why::DeliveryUnknown);
        self.step(state, why, now);
    }
}

/// All lines, and everything that the system may hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    lines: BTreeMap<About, Line>,
    held: BTreeMap<u32, Notice>,
    /// Rings of the last days: number and time.
    rung: BTreeSet<(i64, u32)>,
    /// Clock and zone of the last refresh.
    last: Option<(i64, String)>,
}

#[derive(Default, Serialize, Deserialize)]
struct Stored {
    lines: Vec<Line>,
    held: Vec<Notice>,
    rung: Vec<(i64, u32)>,
    #[serde(default)]
    last: Option<(i64, String)>,
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
            last: stored.last,
        })
    }

    /// To be kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        let stored = Stored {
            lines: self.lines.values().cloned().collect(),
            held: self.held.values().cloned().collect(),
            rung: self.rung.iter().copied().collect(),
            last: self.last.clone(),
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

    /// Plans again and says what to do about it. Write the ledger down before doing any of it, then
    /// [`Ledger::record`] what was done.
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
        self.last = Some((now, asked.zone.to_owned()));
        let past = self.past(now);
        let rang: Vec<i64> = self.rings(now);
        let plan = reminder::plan(&Asked {
            past: &past,
            rang: &rang,
            ..*asked
        });
        let mut acts = Acts::default();
        let wanted = self.want(&plan, asked, os, draw, &mut acts);
        self.leave_out(&plan, now);
        let planned: BTreeSet<&About> = plan
            .rings
            .iter()
            .flat_map(|ring| &ring.about)
            .chain(plan.left_out.iter().map(|left| &left.about))
            .collect();
        let quiet = self.finish(&planned, asked);
        self.take_back(&wanted, &quiet, os, strays, now, &mut acts);
        self.put_in_order(&mut acts);
        self.prune(now);
        acts
    }

    /// Notifications whose last instant has passed, and those that the system had and has no more: a clock
    /// that was set back, or another zone, can make them look as if they were still to come, and ringing
    /// twice would be worse than not knowing.
    fn settle(&mut self, now: i64, zone: &str, os: Option<&BTreeSet<u32>>) {
        let disturbed = self
            .last
            .as_ref()
            .is_some_and(|(before, there)| now < *before || there != zone);
        let may_have_rung = |notice: &&Notice| {
            let gone = os.is_some_and(|os| !os.contains(&notice.id));
            if notice.going {
                // Taken back before we could write that down, or rung before we could take it back.
                gone && (notice.at <= now || disturbed)
            } else {
                let rang = notice.grip != Grip::Never || disturbed || notice.earliest <= now;
                notice.latest <= now || (gone && rang)
            }
        };
        let over: Vec<u32> = self
            .held
            .values()
            .filter(may_have_rung)
            .map(|notice| notice.id)
            .collect();
        for id in over {
            self.ring(id, State::TimePassed, now);
        }
        self.doubt(now, disturbed, os);
        // Late, and the system may have it: how it stands is not known.
        let late: BTreeSet<u32> = self
            .held
            .values()
            .filter(|one| one.at <= now)
            .map(|one| one.id)
            .collect();
        for line in self.lines.values_mut() {
            let is_late = line.with.is_some_and(|id| late.contains(&id));
            if is_late && line.now().state == State::Planned {
                line.step(State::Planned, Some(Why::DeliveryUnknown), now);
            }
        }
    }

    /// Takes doubtful ones back. Where the system says that it still holds the number, nothing rang;
    /// elsewhere it counts as rung.
    fn doubt(&mut self, now: i64, disturbed: bool, os: Option<&BTreeSet<u32>>) {
        let doubtful: Vec<Notice> = self
            .held
            .values()
            .filter(|notice| notice.is_doubtful(now))
            .cloned()
            .collect();
        for mut notice in doubtful {
            let waits = os.is_some_and(|os| os.contains(&notice.id));
            if disturbed || !waits {
                self.ring(notice.id, State::TimePassed, now);
            }
            notice.going = true;
            self.held.insert(notice.id, notice);
        }
    }

    /// A notification rang, or its time passed.
    fn ring(&mut self, id: u32, state: State, now: i64) {
        let held = self.held.remove(&id);
        let at = held.as_ref().map_or(now, |notice| notice.at.min(now));
        self.rung.insert((at, id));
        // One that was being taken back or replaced rang for what may have another number by now.
        let about: Vec<About> = held
            .filter(|notice| notice.going || !notice.sure())
            .map(|notice| [notice.about, notice.also].concat())
            .unwrap_or_default();
        for line in self.lines.values_mut() {
            if line.with == Some(id) || (about.contains(&line.about) && line.now().state.waits()) {
                line.with = Some(id);
                line.has_rung(state, now);
            }
        }
    }

    /// Its time is there and the system may not have rung it yet.
    fn may_still_ring(&self, line: &Line, now: i64) -> bool {
        let notice = line.with.and_then(|id| self.held.get(&id));
        notice.is_some_and(|notice| notice.at <= now && !notice.going)
    }

    fn past(&self, now: i64) -> BTreeMap<About, Past> {
        let past = self.lines.values().filter_map(|line| {
            let held = line
                .with
                .and_then(|id| self.held.get(&id))
                .filter(|one| !one.going);
            let what = if self.may_still_ring(line, now) {
                Past::Rang
            } else if let Some(put_off) = line.put_off {
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
        let late = self.held.values().filter(|one| one.at <= now && !one.going);
        let rung = self.rung.iter().map(|(at, _)| *at);
        rung.chain(late.map(|one| one.at)).collect()
    }

    /// The plan's notifications, each with a number that the system may know already.
    fn want(
        &mut self,
        plan: &Plan,
        asked: &Asked<'_>,
        os: Option<&BTreeSet<u32>>,
        draw: &mut dyn FnMut() -> u32,
        acts: &mut Acts,
    ) -> BTreeSet<u32> {
        let mut wanted = BTreeSet::new();
        for ring in &plan.rings {
            let id = self.number(ring, &wanted, asked.now, draw);
            wanted.insert(id);
            let mut notice = Notice {
                id,
                at: ring.at,
                local: ring.local,
                exact: asked.means.exact,
                text: ring.text.clone(),
                about: ring.about.clone(),
                also: Vec::new(),
                earliest: ring.at,
                latest: over(ring.at, asked.means.exact),
                grip: Grip::Never,
                going: false,
            };
            let known = self.held.get(&id);
            let there = known.is_some_and(|known| known.sure() && known.says_the_same(&notice))
                && os.is_some_and(|os| os.contains(&id));
            if there {
                notice.is_taken();
            }
            if let Some(known) = known.filter(|_| !there) {
                notice.replaces(known);
            }
            for about in &ring.about {
                self.plan_line(about, id, ring.at, there, asked);
            }
            self.held.insert(id, notice.clone());
            if !there {
                acts.arm.push(notice);
            }
        }
        wanted
    }

    fn plan_line(&mut self, about: &About, id: u32, at: i64, there: bool, asked: &Asked<'_>) {
        let now = asked.now;
        let why = (!asked.means.exact).then_some(Why::MayBeLate);
        let begin = Step {
            state: State::Planned,
            at: now,
            why: None,
        };
        let line = self
            .lines
            .entry(about.clone())
            .or_insert_with(|| Line::new(about.clone(), at, begin));
        let stays = line.with == Some(id) && line.at == at && line.now().state == State::Armed;
        line.with = Some(id);
        line.at = at;
        if line.put_off.is_some() {
            line.step(State::Snoozed, Some(Why::Snoozed), now);
        } else if there || stays {
            line.step(State::Armed, why, now);
        } else {
            line.step(State::Planned, None, now);
        }
    }

    /// The number of one of its lines, when the system holds that for nothing else; else a new one.
    fn number(
        &self,
        ring: &Ring,
        taken: &BTreeSet<u32>,
        now: i64,
        draw: &mut dyn FnMut() -> u32,
    ) -> u32 {
        let known = ring
            .about
            .iter()
            .filter_map(|about| self.lines.get(about)?.with);
        let mut usable = known.filter(|id| {
            let held = self.held.get(id);
            held.is_some_and(|held| !held.going && held.at > now) && !taken.contains(id)
        });
        usable.next().unwrap_or_else(|| {
            loop {
                let id = draw();
                let used = self.lines.values().any(|line| line.with == Some(id));
                if id > 0 && !used && !self.held.contains_key(&id) && !taken.contains(&id) {
                    return id;
                }
            }
        })
    }

    fn leave_out(&mut self, plan: &Plan, now: i64) {
        for left in &plan.left_out {
            let state = match left.why {
                Why::TooLate => State::Expired,
                _ => State::Planned,
            };
            let step = Step {
                state,
                at: now,
                why: Some(left.why),
            };
            let line = self
                .lines
                .entry(left.about.clone())
                .or_insert_with(|| Line::new(left.about.clone(), left.at, step));
            line.at = left.at;
            line.with = None;
            line.step(state, Some(left.why), now);
        }
    }

    /// Lines that the plan does not know any more, and things that were done after their reminder rang.
    /// Returns the numbers of rung notifications that nothing is left of.
    fn finish(&mut self, planned: &BTreeSet<&About>, asked: &Asked<'_>) -> BTreeSet<u32> {
        let now = asked.now;
        let looked_at: Vec<About> = self
            .lines
            .values()
            .filter(|line| {
                let state = line.now().state;
                let fresh = line.at > now - TRAY_MS;
                !planned.contains(&line.about) && (state.waits() || (state.rang() && fresh))
            })
            .map(|line| line.about.clone())
            .collect();
        let whys = reminder::gone(
            &looked_at,
            asked.chart,
            asked.library,
            asked.now,
            asked.zone,
        );
        let mut quiet = BTreeSet::new();
        for (about, why) in looked_at.iter().zip(whys) {
            let Some(line) = self.lines.get(about) else {
                continue;
            };
            let rang = line.now().state.rang() || self.may_still_ring(line, now);
            if rang && matches!(why, Why::Closed | Why::Changed) {
                continue;
            }
            let line = self.lines.get_mut(about).expect("it was there");
            let state = match why {
                Why::Done => State::Done,
                Why::Closed => State::Expired,
                _ => State::Withdrawn,
            };
            line.step(state, Some(why), now);
            line.put_off = None;
            if rang {
                quiet.extend(line.with);
            }
            line.with = None;
        }
        quiet.retain(|id| self.lines.values().all(|line| line.with != Some(*id)));
        quiet
    }

    fn take_back(
        &mut self,
        wanted: &BTreeSet<u32>,
        quiet: &BTreeSet<u32>,
        os: Option<&BTreeSet<u32>>,
        strays: &BTreeSet<u32>,
        now: i64,
        acts: &mut Acts,
    ) {
        let mut back = quiet.clone();
        for notice in self.held.values_mut() {
            let late = notice.at <= now && !notice.going && !quiet.contains(&notice.id);
            if !wanted.contains(&notice.id) && !late {
                notice.going = true;
                back.insert(notice.id);
            }
        }
        let strays = strays.iter().chain(os.into_iter().flatten());
        back.extend(strays.filter(|id| !self.held.contains_key(id)));
        acts.withdraw = back.into_iter().collect();
    }

    /// What has to be gone, or to ring for less, before something is armed.
    fn put_in_order(&self, acts: &mut Acts) {
        let going = self.held.values().filter(|one| one.going);
        let less = acts.arm.iter().filter(|one| !one.also.is_empty());
        let in_the_way: Vec<&Notice> = going.chain(less).collect();
        let mut after = BTreeMap::new();
        for notice in &acts.arm {
            let before: BTreeSet<u32> = in_the_way
                .iter()
                .filter(|one| one.id != notice.id && one.rang_for(&notice.about))
                .map(|one| one.id)
                .collect();
            if !before.is_empty() {
                after.insert(notice.id, before);
            }
        }
        acts.after = after;
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

    /// What became of the acts. What is in neither list was not tried.
    pub fn record(&mut self, done: &Done, now: i64) {
        for id in &done.withdrawn {
            if self.held.get(id).is_some_and(|notice| notice.going) {
                self.held.remove(id);
            }
        }
        for (id, taken) in &done.armed {
            let Some(notice) = self.held.get_mut(id) else {
                continue;
            };
            if *taken {
                notice.is_taken();
            } else {
                notice.is_refused();
            }
            let exact = notice.exact;
            for line in self.lines.values_mut() {
                if line.with != Some(*id) || !line.now().state.waits() {
                    continue;
                }
                if !taken {
                    line.step(State::Planned, Some(Why::SystemRefused), now);
                } else if line.put_off.is_none() {
                    let why = (!exact).then_some(Why::MayBeLate);
                    line.step(State::Armed, why, now);
                }
            }
        }
    }

    /// What the shell saw of a notification. False when it is none of ours.
    pub fn note(&mut self, id: u32, event: Event, now: i64) -> bool {
        let known =
            self.held.contains_key(&id) || self.lines.values().any(|line| line.with == Some(id));
        if !known {
            return false;
        }
        let state = match event {
            Event::Posted => State::Posted,
            Event::SeenInTray => State::SeenInTray,
            Event::Opened => State::Opened,
        };
        if self.held.contains_key(&id) {
            self.ring(id, state, now);
        } else {
            for line in self.lines.values_mut() {
                // What was opened stays opened.
                if line.with == Some(id) && line.rang && line.now().state != State::Opened {
                    line.step(state, None, now);
                }
            }
        }
        true
    }

    /// Puts everything of a notification that rang off to `until`. False when it is none of ours or has
    /// not rung.
    pub fn snooze(&mut self, id: u32, until: i64, now: i64) -> bool {
        if self.held.contains_key(&id) {
            // The person saw it, so it rang.
            self.ring(id, State::Opened, now);
        }
        let mut any = false;
        for line in self.lines.values_mut() {
            if line.with == Some(id) && line.rang {
                line.put_off = Some(until);
                line.with = None;
                line.step(State::Snoozed, Some(Why::Snoozed), now);
                any = true;
            }
        }
        any
    }

    /// Everything is to be taken back: this phone has nothing to remind of.
    pub fn stop(&mut self, os: Option<&BTreeSet<u32>>, strays: &BTreeSet<u32>) -> Acts {
        for notice in self.held.values_mut() {
            notice.going = true;
        }
        self.lines.clear();
        let mut back: BTreeSet<u32> = self.held.keys().copied().collect();
        back.extend(os.into_iter().flatten());
        back.extend(strays);
        Acts {
            withdraw: back.into_iter().collect(),
            ..Acts::default()
        }
    }
}
