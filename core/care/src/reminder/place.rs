//! From wishes to notifications: free times, falling together, so many a day, slots.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Days, NaiveDate};

use super::free::{Busy, instant, midnight};
use super::text::{self, Telling};
use super::wants::{Say, Want, Wants, soon};
use super::{About, Asked, LeftOut, MINUTE_MS, Past, Plan, Ring, STALE_MS, Why, silence};
use crate::calendar;
use crate::due::{date_at, days_after};
use crate::ends::Notice;
use crate::order::InOrder;

/// What falls within so many minutes rings once.
const TOGETHER_MS: i64 = 30 * MINUTE_MS;

/// A wish with its time.
struct Placed {
    want: Want,
    at: i64,
}

/// Wishes that ring together.
struct Group {
    at: i64,
    wants: Vec<Want>,
}

impl Group {
    fn rank(&self) -> u8 {
        self.wants
            .iter()
            .map(|want| want.rank)
            .min()
            .unwrap_or(u8::MAX)
    }
}

pub(super) fn place(asked: &Asked<'_>, wants: Wants) -> Plan {
    let finder = Finder {
        asked,
        busy: Busy::of(asked, &wants.sessions, wants.end),
        end: wants.end,
        silent: RefCell::default(),
    };
    let mut left_out = wants.left_out;
    let mut days: BTreeMap<NaiveDate, Vec<Placed>> = BTreeMap::new();
    let mut put = |days: &mut BTreeMap<NaiveDate, Vec<Placed>>, want: Want, found| match found {
        Ok(at) => days
            .entry(date_at(at, asked.zone))
            .or_default()
            .push(Placed { want, at }),
        Err(why) => left_out.push(LeftOut {
            about: want.about,
            at: want.nominal,
            why,
        }),
    };
    for want in wants.list {
        let found = finder.find(&want);
        put(&mut days, want, found);
    }
    let mut groups = Vec::new();
    while let Some((day, list)) = days.pop_first() {
        let (kept, dropped) = one_day(asked, day, list);
        groups.extend(kept);
        for want in dropped {
            let next = day.checked_add_days(Days::new(1));
            let found = next.map_or(Err(Why::DayFull), |next| finder.on_days(&want, next));
            put(&mut days, want, found.map_err(|_| Why::DayFull));
        }
    }
    groups.order_by_key(|group| group.at);
    left_out.retain(|left| left.at < wants.horizon);
    into_slots(asked, wants.horizon, groups, left_out)
}

/// Finds times.
struct Finder<'a> {
    asked: &'a Asked<'a>,
    busy: Busy,
    /// Behind this nothing is known to be free.
    end: i64,
    silent: RefCell<HashMap<(NaiveDate, Notice), bool>>,
}

impl Finder<'_> {
    /// The next whole minute.
    fn earliest(&self) -> i64 {
        (self.asked.now.div_euclid(MINUTE_MS) + 1) * MINUTE_MS
    }

    fn is_silent(&self, date: NaiveDate, notice: Notice) -> bool {
        let mut known = self.silent.borrow_mut();
        *known
            .entry((date, notice))
            .or_insert_with(|| silence(self.asked.chart, date, notice).is_some())
    }

    fn find(&self, want: &Want) -> Result<i64, Why> {
        if let Some(held) = self.held(want) {
            return Ok(held);
        }
        // What was put off comes at the next free time, whatever day that is.
        if want.daily.is_some() && want.rank > 0 {
            return self.on_days(want, date_at(want.nominal, self.asked.zone));
        }
        let at = self.within(want, want.nominal, (want.open, want.close))?;
        let day = date_at(at, self.asked.zone);
        if self.is_silent(day, want.about.notice()) {
            return Err(Why::CareStopped);
        }
        Ok(at)
    }

    /// A late reminder stays where the system holds it, so that asking again does not put it off.
    fn held(&self, want: &Want) -> Option<i64> {
        let Some(Past::Held(at)) = self.asked.past.get(&want.about) else {
            return None;
        };
        let fits = want.late
            && *at > self.asked.now
            && (want.open..want.close).contains(at)
            && self.busy.is_free(*at)
            && !self.is_silent(date_at(*at, self.asked.zone), want.about.notice());
        fits.then_some(*at)
    }

    /// Day by day from `first`, at the time one would choose or the next free one of that day, else
    /// the last one before it.
    fn on_days(&self, want: &Want, first: NaiveDate) -> Result<i64, Why> {
        let time = want.daily.ok_or(Why::DayFull)?;
        let zone = self.asked.zone;
        let mut why = Why::Closed;
        for day in first.iter_days() {
            let begin = midnight(zone, day);
            if begin >= want.close.min(self.end) {
                break;
            }
            if self.is_silent(day, want.about.notice()) {
                why = Why::CareStopped;
                continue;
            }
            let end = midnight(zone, days_after(day, 1));
            let window = (want.open.max(begin), want.close.min(end));
            let nominal = instant(zone, day, time).max(want.nominal.min(end));
            match self.within(want, nominal, window) {
                Ok(at) => return Ok(at),
                Err(not) => why = not,
            }
        }
        Err(why)
    }

    /// A free time from `open` up to `close`, as near to `nominal` as the want's direction says.
    fn within(&self, want: &Want, nominal: i64, (open, close): (i64, i64)) -> Result<i64, Why> {
        let earliest = self.earliest().max(open);
        let close = close.min(self.end);
        let before = || {
            let at = self.busy.before(nominal.min(close - MINUTE_MS));
            (at >= earliest).then_some(at)
        };
        let after = |from: i64| {
            let at = self.busy.after(from.max(earliest));
            (at < close).then_some(at)
        };
        let late = nominal <= self.asked.now;
        let found = if late {
            after(soon(self.asked.now)).or_else(|| after(earliest))
        } else if want.backwards {
            before().or_else(|| after(earliest))
        } else {
            after(nominal).or_else(before)
        };
        found.ok_or_else(|| {
            let blocked = nominal.clamp(earliest.min(close), close);
            self.busy
                .why(blocked)
                .or_else(|| self.busy.why(earliest))
                .unwrap_or(Why::TooLate)
        })
    }
}

/// One day's notifications: what falls together rings once, and no more than the number a day. What found
/// no room joins another notification of the day that it fits into; the rest comes back.
fn one_day(asked: &Asked<'_>, day: NaiveDate, mut list: Vec<Placed>) -> (Vec<Group>, Vec<Want>) {
    list.order_by(|a, b| {
        (a.at, a.want.rank, &a.want.about).cmp(&(b.at, b.want.rank, &b.want.about))
    });
    let mut groups: Vec<Group> = Vec::new();
    for Placed { want, at } in list {
        match groups.last_mut() {
            Some(group) if at - group.at <= TOGETHER_MS && want.open <= group.at => {
                group.wants.push(want);
            }
            _ => groups.push(Group {
                at,
                wants: vec![want],
            }),
        }
    }
    let rang = asked.rang.iter();
    let rang = rang.filter(|at| date_at(**at, asked.zone) == day).count();
    let room = usize::from(asked.settings.per_day).saturating_sub(rang);
    if groups.len() <= room {
        return (groups, Vec::new());
    }
    groups.order_by_key(|group| (group.rank(), group.at));
    let over = groups.split_off(room);
    let mut dropped = Vec::new();
    for group in over {
        for want in group.wants {
            let fits = |kept: &&mut Group| (want.open..want.close).contains(&kept.at);
            let nearest = groups
                .iter_mut()
                .filter(fits)
                .min_by_key(|kept| (kept.at - group.at).abs());
            match nearest {
                Some(kept) => kept.wants.push(want),
                None => dropped.push(want),
            }
        }
    }
    (groups, dropped)
}

/// The first that the system has slots for; the last slot says that there is more.
fn into_slots(
    asked: &Asked<'_>,
    horizon: i64,
    mut groups: Vec<Group>,
    mut left_out: Vec<LeftOut>,
) -> Plan {
    let mut leave_out = |groups: &[Group], why| {
        for group in groups.iter().filter(|group| group.at < horizon) {
            left_out.extend(group.wants.iter().map(|want| LeftOut {
                about: want.about.clone(),
                at: group.at,
                why,
            }));
        }
    };
    if !asked.means.notifications {
        leave_out(&groups, Why::NotificationsOff);
        // With notifications allowed it would have no room; without them that is not asked.
        let no_room = |why| matches!(why, Why::QuietHours | Why::InSession | Why::DayFull);
        for left in left_out.iter_mut().filter(|left| no_room(left.why)) {
            left.why = Why::NotificationsOff;
        }
        return Plan {
            rings: Vec::new(),
            left_out,
        };
    }
    let slots = usize::from(asked.means.slots);
    let in_time = groups.partition_point(|group| group.at < horizon);
    let limit = if in_time == groups.len() && in_time <= slots {
        in_time
    } else {
        in_time.min(slots.saturating_sub(1))
    };
    let rest = groups.split_off(limit);
    leave_out(&rest, Why::NoFreeSlot);
    let mut rings: Vec<Ring> = groups.into_iter().map(|group| ring(asked, group)).collect();
    if let Some(first) = rest.first()
        && slots > 0
    {
        rings.push(keep(asked, first));
    }
    Plan { rings, left_out }
}

/// What the phone's clock shows then; absent in the second of two hours that it shows alike, which no clock
/// can be told to wait for.
fn local(asked: &Asked<'_>, at: i64) -> Option<chrono::NaiveDateTime> {
    let local = calendar::local(asked.zone, DateTime::from_timestamp_millis(at)?).ok()?;
    let is_meant = instant(asked.zone, local.date, local.time) == at;
    is_meant.then(|| local.date.and_time(local.time))
}

fn ring(asked: &Asked<'_>, mut group: Group) -> Ring {
    group
        .wants
        .order_by(|a, b| (a.rank, &a.about).cmp(&(b.rank, &b.about)));
    let floats = group.wants.iter().all(|want| want.patient_time);
    let old = asked
        .synced_at
        .is_none_or(|synced| group.at > synced.saturating_add(STALE_MS));
    let tells_of_session = |want: &Want| matches!(want.say, Say::Session { .. });
    let telling = Telling {
        says: group.wants.iter().map(|want| &want.say).collect(),
        at: group.at,
        zone: asked.zone,
        stale: old && group.wants.iter().any(tells_of_session),
        level: asked.settings.lock_screen,
    };
    Ring {
        text: text::tell(asked.language, &telling),
        local: local(asked, group.at).filter(|_| floats),
        at: group.at,
        about: group.wants.into_iter().map(|want| want.about).collect(),
    }
}

fn keep(asked: &Asked<'_>, first: &Group) -> Ring {
    let floats = first.wants.iter().all(|want| want.patient_time);
    Ring {
        about: vec![About::Keep {
            day: date_at(first.at, asked.zone),
        }],
        at: first.at,
        local: local(asked, first.at).filter(|_| floats),
        text: text::keep(asked.language),
    }
}
