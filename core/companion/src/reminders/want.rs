//! The plan against what the system may hold: which number each ring gets, what is given up, what is over.

use std::collections::{BTreeSet, HashMap};

use handrail_care::reminder::{self, About, Asked, Plan, Ring, Why};

use super::ledger::{Ledger, Line, Step, TRAY_MS};
use super::notice::Notice;
use crate::view::ReminderState as State;

/// The numbers of a plan.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// All of them.
    pub all: BTreeSet<u32>,
    /// Those that the system is to be told of, in order of time.
    pub arm: Vec<u32>,
}

impl Ledger {
    /// Gives each ring of the plan a number.
    pub(super) fn want(
        &mut self,
        plan: &Plan,
        asked: &Asked<'_>,
        os: Option<&BTreeSet<u32>>,
        draw: &mut dyn FnMut() -> u32,
    ) -> Wanted {
        let known = self.keepers(plan, asked);
        let mut wanted = Wanted::default();
        for (ring, known) in plan.rings.iter().zip(known) {
            let id = known.unwrap_or_else(|| self.draw(draw));
            let there = known.is_some() && os.is_some_and(|os| os.contains(&id));
            let notice = self
                .held
                .entry(id)
                .or_insert_with(|| Notice::new(id, ring, asked.means.exact));
            if there {
                notice.may.clone_from(&ring.about);
            } else {
                // Until the system has taken it again it may ring for what it stood for.
                for about in &ring.about {
                    if !notice.may.contains(about) {
                        notice.may.push(about.clone());
                    }
                }
                wanted.arm.push(id);
            }
            wanted.all.insert(id);
            for about in &ring.about {
                self.plan_line(about, id, ring.at, there, asked);
            }
        }
        wanted
    }

    /// By ring: the number that the system may hold for it, if it may be kept. It may when it has the
    /// ring's face, no other number may ring for the ring's things, and no other ring wants what it may ring for.
    fn keepers(&self, plan: &Plan, asked: &Asked<'_>) -> Vec<Option<u32>> {
        let mut may: HashMap<&About, Vec<&Notice>> = HashMap::new();
        for notice in self.held.values() {
            for about in &notice.may {
                may.entry(about).or_default().push(notice);
            }
        }
        let mut places: HashMap<&About, usize> = HashMap::new();
        for (place, ring) in plan.rings.iter().enumerate() {
            places.extend(ring.about.iter().map(|about| (about, place)));
        }
        let of = |about: &About| may.get(about).map_or(&[][..], Vec::as_slice);
        let keeper = |(place, ring): (usize, &Ring)| {
            let fits = |one: &&&Notice| {
                let its_own = |about: &About| places.get(about).is_none_or(|other| *other == place);
                !one.going
                    && one.at > asked.now
                    && one.looks_like(ring, asked.means.exact)
                    && one.may.iter().all(its_own)
            };
            let mut all = ring.about.iter().flat_map(of);
            let first = all.find(fits)?;
            let alone = ring.about.iter().flat_map(of).all(|one| one.id == first.id);
            alone.then_some(first.id)
        };
        plan.rings.iter().enumerate().map(keeper).collect()
    }

    fn draw(&self, draw: &mut dyn FnMut() -> u32) -> u32 {
        loop {
            let id = draw();
            let used = self.lines.values().any(|line| line.with == Some(id));
            if id > 0 && !used && !self.held.contains_key(&id) {
                return id;
            }
        }
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
            return;
        }
        // Only "open the app" is planned again after it rang.
        line.rang = false;
        if there || stays {
            line.step(State::Armed, why, now);
        } else {
            line.step(State::Planned, None, now);
        }
    }

    pub(super) fn leave_out(&mut self, plan: &Plan, now: i64) {
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

    /// Its time is there and the system may not have rung it yet.
    fn may_still_ring(&self, line: &Line, now: i64) -> bool {
        let notice = line.with.and_then(|id| self.held.get(&id));
        notice.is_some_and(|notice| notice.is_late(now))
    }

    /// Lines that the plan does not know any more, and things that were done after their reminder rang.
    /// Returns the numbers of rung notifications that nothing is left of.
    pub(super) fn finish(&mut self, plan: &Plan, asked: &Asked<'_>) -> BTreeSet<u32> {
        let now = asked.now;
        let rings = plan.rings.iter().flat_map(|ring| &ring.about);
        let left_out = plan.left_out.iter().map(|left| &left.about);
        let planned: BTreeSet<&About> = rings.chain(left_out).collect();
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

    /// What is not wanted is to be taken back, but for what rings any minute and is still to ring.
    pub(super) fn give_up(&mut self, wanted: &BTreeSet<u32>, quiet: &BTreeSet<u32>, now: i64) {
        for notice in self.held.values_mut() {
            let rings_soon = notice.is_late(now) && !quiet.contains(&notice.id);
            if !wanted.contains(&notice.id) && !rings_soon {
                notice.going = true;
            }
        }
    }
}
