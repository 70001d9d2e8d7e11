//! What may have rung since the last look: by the clock, by what the system says, by what the shell saw.
//!
//! A thing counts as rung as soon as there is one possible world in which it rang. Refuses to believe that
//! it did: the line says that nobody knows.

use std::collections::BTreeSet;

use handrail_care::reminder::Why;

use super::acts::day;
use super::ledger::Ledger;
use super::notice::Fate;
use crate::view::{ReminderEvent as Event, ReminderState as State};

impl Ledger {
    /// Sorts every number by its fate. Afterwards each is going, late, or has not rung; and where the
    /// system tells, it holds each that was asked for.
    pub(super) fn settle(&mut self, now: i64, zone: &str, os: Option<&BTreeSet<u32>>) {
        let latest = self.clock.map_or(now, |before| before.max(now));
        self.clock = Some(now);
        if let Some(os) = os {
            let there = self.held.values_mut().filter(|one| os.contains(&one.id));
            there.for_each(|one| one.follow_clock(zone));
        }
        let fates = self.held.values().map(|one| {
            let fate = one.fate(now, latest, os);
            (one.id, one.at, fate)
        });
        let fates: Vec<(u32, i64, Fate)> = fates.collect();
        for (id, at, fate) in fates {
            match fate {
                Fate::Waits => {}
                Fate::MayHaveRung { there: false } if self.was_taken_back(id, os) => {
                    self.held.remove(&id);
                }
                Fate::Late => self.is_late(id, now),
                Fate::Lost => {
                    self.held.remove(&id);
                }
                Fate::MayHaveRung { there } => {
                    self.ring(id, State::TimePassed, at, now);
                    if !there {
                        if os.is_some() {
                            self.rang_elsewhere(id, at, zone, latest);
                        }
                        self.held.remove(&id);
                    } else if let Some(one) = self.held.get_mut(&id) {
                        // What it rings for has had its turn; it is taken back all the same.
                        one.going = true;
                    }
                }
            }
        }
        // Rung for all that is known, by a clock that was set back since.
        for line in self.lines.values_mut() {
            let late = |id| self.held.get(&id).is_some_and(|one| one.is_late(now));
            let waits = line.now().state.waits() && line.put_off.is_none();
            if line.rang && waits && !line.with.is_some_and(late) {
                line.has_rung(State::TimePassed, now);
            }
        }
    }

    /// What follows the clock and is gone may have rung by the clock of the zone that is here now, on another
    /// day than by that of the last look: it counts for both.
    fn rang_elsewhere(&mut self, id: u32, at: i64, zone: &str, latest: i64) {
        let Some(mut here) = self.held.get(&id).cloned() else {
            return;
        };
        here.follow_clock(zone);
        if here.at <= latest && day(zone, here.at) != day(zone, at) {
            self.rung.insert((here.at, id));
        }
    }

    /// The system holds what was to come instead, and that is armed only when this one is gone and has not
    /// rung.
    fn was_taken_back(&self, id: u32, os: Option<&BTreeSet<u32>>) -> bool {
        let (Some(os), Some(notice)) = (os, self.held.get(&id).filter(|one| one.going)) else {
            return false;
        };
        let mut there = self.held.values().filter(|one| os.contains(&one.id));
        there.any(|one| one.may.iter().any(|about| notice.may.contains(about)))
    }

    /// May have rung, may ring: never again, and how it stands is not known.
    fn is_late(&mut self, id: u32, now: i64) {
        let Some(notice) = self.held.get(&id) else {
            return;
        };
        for about in &notice.may {
            let Some(line) = self.lines.get_mut(about) else {
                continue;
            };
            line.rang = true;
            line.put_off = None;
            if line.with == Some(id) && line.now().state == State::Planned {
                line.step(State::Planned, Some(Why::DeliveryUnknown), now);
            }
        }
    }

    /// A notification rang, or may have. Its number stays in the ledger, and rings for nothing any more.
    pub(super) fn ring(&mut self, id: u32, state: State, at: i64, now: i64) {
        let held = self.held.get_mut(&id);
        let may = held
            .map(|one| std::mem::take(&mut one.may))
            .unwrap_or_default();
        self.rung.insert((at, id));
        for line in self.lines.values_mut() {
            let stands_for = line.with == Some(id);
            if !stands_for && !may.contains(&line.about) {
                continue;
            }
            line.rang = true;
            if stands_for || line.now().state.waits() {
                line.with = Some(id);
                line.has_rung(state, now);
            }
        }
    }

    /// What the shell saw of a notification. False when it is none of ours.
    pub fn note(&mut self, id: u32, event: Event, now: i64) -> bool {
        let state = match event {
            Event::Posted => State::Posted,
            Event::SeenInTray => State::SeenInTray,
            Event::Opened => State::Opened,
        };
        if let Some(notice) = self.held.get(&id) {
            self.ring(id, state, notice.at.min(now), now);
            self.held.remove(&id);
            return true;
        }
        let mut known = false;
        for line in self.lines.values_mut() {
            if line.with != Some(id) {
                continue;
            }
            known = true;
            // What was opened stays opened.
            if line.rang && line.now().state != State::Opened {
                line.step(state, None, now);
            }
        }
        known
    }

    /// Puts everything of a notification that rang off to `until`. False when it is none of ours or has
    /// not rung.
    pub fn snooze(&mut self, id: u32, until: i64, now: i64) -> bool {
        if self.held.contains_key(&id) {
            // The person saw it, so it rang.
            self.note(id, Event::Opened, now);
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
}
