//! What must never happen, judged from rings alone and from what the phone knew at its last whole refresh.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveTime};
use handrail_care::calendar;
use handrail_care::program::{Mode, Session};
use handrail_care::reminder::{About, Settings};

use crate::os::MINUTE;

/// What the phone knew when it last planned to the end.
#[derive(Debug, Clone)]
pub struct Seen {
    pub sessions: Vec<Session>,
    pub done: BTreeSet<(String, NaiveDate)>,
    pub taken_back: BTreeSet<handrail_care::id::Id>,
    /// Plans that there is no need to read any more.
    pub read: BTreeSet<handrail_care::id::Id>,
    pub settings: Settings,
    pub zone: &'static str,
    /// When that was.
    pub at: i64,
}

/// Something is shown.
pub struct Shown<'a> {
    /// What it is about.
    pub about: &'a [About],
    /// When, by the device's clock.
    pub at: i64,
    /// Where the phone is.
    pub zone: &'static str,
    /// The system holds it by the wall clock.
    pub floats: bool,
    /// Only because the clock was set over its time.
    pub jumped: bool,
    /// The time that it was armed for.
    pub planned: i64,
    /// The phone wanted it back and the system refused.
    pub stuck: bool,
}

#[derive(Debug, Default)]
pub struct Judge {
    pub seen: Option<Seen>,
    /// What refreshes since then knew that were killed on the way: some of it may hold already.
    pub half: Vec<Seen>,
    pub rings: BTreeMap<About, u32>,
    allowed: BTreeMap<About, u32>,
    days: BTreeMap<NaiveDate, u8>,
    /// Days on which a clock, a zone or the settings changed: they have no count.
    odd_days: BTreeSet<NaiveDate>,
    pub faults: Vec<String>,
}

pub fn wall(zone: &str, at: i64) -> (NaiveDate, NaiveTime) {
    let instant = DateTime::from_timestamp_millis(at).expect("in range");
    let local = calendar::local(zone, instant).expect("a zone of the table");
    (local.date, local.time)
}

impl Judge {
    pub fn odd(&mut self, zone: &str, at: i64) {
        self.odd_days.insert(wall(zone, at).0);
    }

    /// The person asked for it again.
    pub fn allow(&mut self, about: &[About]) {
        for one in about {
            *self.allowed.entry(one.clone()).or_default() += 1;
        }
    }

    fn fault(&mut self, what: &str, about: &About, at: i64) {
        let time = DateTime::from_timestamp_millis(at).expect("in range");
        self.faults.push(format!("{what}: {about:?} at {time}"));
    }

    /// Looks at one ring.
    pub fn shown(&mut self, ring: &Shown<'_>) {
        let Shown {
            about, at, zone, ..
        } = *ring;
        for one in about {
            let count = self.rings.entry(one.clone()).or_default();
            *count += 1;
            let too_often = *count > 1 + self.allowed.get(one).copied().unwrap_or(0);
            if too_often && !matches!(one, About::Keep { .. }) {
                self.fault("twice", one, at);
            }
        }
        if ring.jumped || ring.stuck {
            self.odd(zone, at);
            return;
        }
        let views = self.seen.iter().chain(&self.half);
        let mut wrong: Vec<Vec<(String, About)>> = views.map(|seen| wrongs(seen, ring)).collect();
        // What one of them allows was right then.
        if !wrong.is_empty() && wrong.iter().all(|wrong| !wrong.is_empty()) {
            for (what, about) in wrong.swap_remove(0) {
                self.fault(&what, &about, at);
            }
        }
        let (date, _) = wall(zone, at);
        let count = self.days.entry(date).or_default();
        *count += 1;
        let count = *count;
        let usual = |seen: &Seen| seen.zone == zone && count > seen.settings.per_day;
        if !self.odd_days.contains(&date)
            && self.seen.is_some()
            && self.seen.iter().chain(&self.half).all(usual)
        {
            self.fault("too many that day", &about[0], at);
        }
    }
}

/// What is wrong with a ring for someone who knew this.
fn wrongs(seen: &Seen, ring: &Shown<'_>) -> Vec<(String, About)> {
    let Shown {
        about, at, zone, ..
    } = *ring;
    let mut wrong = Vec::new();
    for one in about {
        if let Some(what) = unwanted(one, seen) {
            wrong.push((what.to_owned(), one.clone()));
        }
    }
    if ring.planned <= seen.at {
        // An inexact one whose time had come before the phone knew better: up to an hour late, as said.
        return wrong;
    }
    for session in seen.sessions.iter().filter(|session| session.rings()) {
        let way = match session.mode {
            Mode::Virtual => 0,
            Mode::InPerson | Mode::Hybrid => i64::from(seen.settings.travel_minutes) * MINUTE,
        };
        let inside = session.start - way <= at && at < session.end + way;
        if inside && !(ring.floats && seen.zone != zone) {
            wrong.push(("in a session".to_owned(), about[0].clone()));
        }
    }
    let (_, time) = wall(zone, at);
    if seen.zone == zone
        && let Some(quiet) = seen.settings.quiet
    {
        let inside = if quiet.from < quiet.to {
            quiet.from <= time && time < quiet.to
        } else {
            quiet.from <= time || time < quiet.to
        };
        if inside {
            wrong.push(("in quiet hours".to_owned(), about[0].clone()));
        }
    }
    wrong
}

fn unwanted(about: &About, seen: &Seen) -> Option<&'static str> {
    match about {
        About::Session { session, start, .. } => {
            let mut known = seen.sessions.iter();
            let stands = |one: &Session| one.id == *session && one.start == *start && one.rings();
            (!known.any(stands)).then_some("cancelled")
        }
        About::CheckIn { form, since } => {
            let done = seen.done.contains(&(form.clone(), *since));
            done.then_some("done")
        }
        About::Practice { homework, .. } => {
            let back = seen.taken_back.contains(homework);
            back.then_some("taken back")
        }
        About::Plan { plan } => seen.read.contains(plan).then_some("read"),
        About::FollowUp { .. } | About::Keep { .. } => None,
    }
}
