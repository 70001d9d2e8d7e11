//! One person's weeks with a phone: a random program, random settings, and everything that can go wrong.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, NaiveTime};
use handrail_care::calendar;
use handrail_care::chart::{Chart, Place};
use handrail_care::due;
use handrail_care::entry::{Author, Body, Entry};
use handrail_care::homework::Assigned;
use handrail_care::id::Id;
use handrail_care::library::Library;
use handrail_care::plan::{Acknowledged, TransitionPlan};
use handrail_care::program::{OwnSession, SessionChange, Track, TrackChange};
use handrail_care::reminder::{About, Asked, Language, LockScreen, Means, Quiet, Settings};
use handrail_care::sessions::sessions;
use handrail_companion::reminders::ledger::{Ledger, Notice, System};
use handrail_companion::view::{ReminderEvent, ReminderState};
use serde_json::json;

use crate::chance::Chance;
use crate::judge::{Judge, Seen, Shown, wall};
use crate::os::{Alarm, MINUTE, Os, Platform};

const DAY: i64 = 24 * 60 * MINUTE;
const STAFF: Id = Id([201; 16]);
const TRACK: Id = Id([204; 16]);
const ZONES: [&str; 5] = [
    "America/New_York",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Asia/Kolkata",
    "America/Vancouver",
];
/// How far ahead the model plans: enough for every rule, and quick.
const DAYS: i64 = 10;

/// What the system between us and the alarms does wrong on purpose, to show that the judge sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    Nothing,
    ArmTwice,
    ForgetToWithdraw,
    RingInSession,
    /// The ledger is written down when all is done, and not before.
    LosesWrites,
    /// The system's "taken back" is believed.
    BelievesYes,
}

/// What happens on a phone's days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Nothing at all by chance.
    Still,
    /// Nothing but the program, the person and the clinic.
    Calm,
    /// Everything.
    Rough,
}

/// What is on the disk.
#[derive(Default)]
struct Disk {
    ledger: Vec<u8>,
    early: Vec<Early>,
}

/// One line of the list for before the first unlock. `about` is the test's own note.
struct Early {
    id: u32,
    at: i64,
    exact: bool,
    about: Vec<About>,
}

pub struct Life {
    chance: Chance,
    /// For what was added to the model later, so that a seed still means the same life.
    more: Chance,
    /// And later still.
    later: Chance,
    weather: Weather,
    sabotage: Sabotage,
    os: Os,
    exact: bool,
    settings: Settings,
    /// The device's clock.
    now: i64,
    clinic_zone: &'static str,
    /// Written at the clinic, and how much of it the phone has.
    written: Vec<Body>,
    synced: usize,
    synced_at: Option<i64>,
    chart: Chart,
    library: Library,
    disk: Disk,
    locked: bool,
    /// Shown before the first unlock: the shell notes it as soon as it can.
    shown_locked: Vec<u32>,
    pub judge: Judge,
    homework: Vec<Id>,
    /// Revisions of the plan that came to the phone.
    plans: Vec<Id>,
    pub refreshes: u64,
    /// How often the phone was killed in one.
    pub kills: u64,
    /// Steps of a refresh until the phone is killed.
    steps: i64,
    /// Says what happens.
    pub loud: bool,
}

fn read<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).expect("a body of the test")
}

fn half_hour(chance: &mut Chance, from: i64, to: i64) -> NaiveTime {
    let half = u32::try_from(2 * from + chance.below(2 * (to - from))).expect("a time of day");
    NaiveTime::from_hms_opt(half / 2, half % 2 * 30, 0).expect("a time of day")
}

fn homework(due: NaiveDate) -> Body {
    Body::HomeworkAssigned(Assigned {
        title: "Paced breathing".to_owned(),
        instructions: String::new(),
        due,
        times: 1,
        ..Assigned::default()
    })
}

fn clock(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

impl Life {
    pub fn new(seed: u64, weather: Weather, sabotage: Sabotage) -> Self {
        let mut chance = Chance::new(seed);
        let platform = chance.pick(&[Platform::Android, Platform::Ios]);
        let clinic_zone = chance.pick(&ZONES);
        let zone = if chance.one_in(3) {
            chance.pick(&ZONES)
        } else {
            clinic_zone
        };
        // Around one of the clock changes of 2026, or not.
        let start = chance.pick(&[
            "2026-02-23",
            "2026-03-23",
            "2026-06-08",
            "2026-10-19",
            "2026-11-02",
        ]);
        let start: NaiveDate = start.parse().expect("a date");
        let begin = calendar::resolve_local(zone, start, NaiveTime::MIN).expect("a zone");
        let mut life = Self {
            weather,
            sabotage,
            os: Os {
                platform,
                zone,
                shows: true,
                waiting: BTreeMap::new(),
                removals: BTreeSet::new(),
            },
            exact: true,
            settings: Settings::default(),
            now: begin.instant.timestamp_millis(),
            clinic_zone,
            written: Vec::new(),
            synced: 0,
            synced_at: None,
            chart: Chart::default(),
            library: Library::default(),
            disk: Disk::default(),
            locked: false,
            shown_locked: Vec::new(),
            judge: Judge::default(),
            homework: Vec::new(),
            plans: Vec::new(),
            refreshes: 0,
            kills: 0,
            chance,
            more: Chance::new(seed ^ 0x5EED),
            later: Chance::new(seed ^ 0x1A7E5),
            steps: i64::MAX,
            loud: false,
        };
        life.program(start);
        life.set_anew();
        life.sync();
        life
    }

    /// A phone to which nothing happens but what is said.
    pub fn still(seed: u64, platform: Platform, exact: bool, sabotage: Sabotage) -> Self {
        let mut life = Self::new(seed, Weather::Still, sabotage);
        life.os.platform = platform;
        life.exact = exact;
        life.settings = Settings {
            per_day: 2,
            ..Settings::default()
        };
        life
    }

    pub fn now(&self) -> i64 {
        self.now
    }

    /// The person sets when check-ins and practice are asked for.
    pub fn asks_at(&mut self, check_in: NaiveTime, practice: NaiveTime) {
        self.settings.check_in_time = check_in;
        self.settings.practice_time = practice;
    }

    /// Homework for today.
    pub fn has_homework(&mut self) {
        let due = self.today();
        self.written.push(homework(due));
        self.sync();
    }

    pub fn tomorrow_is_cancelled(&mut self) {
        let change = SessionChange::Cancelled {
            original_date: self.today() + Days::new(1),
            original_start: None,
            reason: None,
        };
        let track = TRACK;
        let change = TrackChange { track, change };
        self.written.push(Body::SessionChanged(change));
        self.sync();
    }

    pub fn travels(&mut self, zone: &'static str) {
        self.judge.odd(self.os.zone, self.now);
        self.os.zone = zone;
        self.judge.odd(zone, self.now);
    }

    pub fn platform(&self) -> Platform {
        self.os.platform
    }

    fn program(&mut self, start: NaiveDate) {
        let days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        let few = 2 + self.chance.below(3);
        let from = self.chance.below(7);
        let weekdays: BTreeSet<&str> = (0..few)
            .map(|day| days[usize::try_from((from + 2 * day) % 7).expect("a weekday")])
            .collect();
        let begin = half_hour(&mut self.chance, 7, 18);
        let end = begin + chrono::TimeDelta::hours(3);
        let track: Track = read(json!({
            "id": TRACK, "name": "Morning", "program": Id([205; 16]),
            "mode": self.chance.pick(&["virtual", "in-person", "hybrid"]),
            "schedule": {
                "time_zone": self.clinic_zone, "start_date": start - Days::new(10), "weeks": 7,
                "weekdays": weekdays, "start_time": clock(begin), "end_time": clock(end),
            },
        }));
        self.written.push(Body::Track(track));
        let every = self.chance.pick(&[1, 2, 7]);
        self.written.push(Body::Enrolled(read(json!({
            "track": TRACK, "start_date": start - Days::new(3), "weeks": 12,
            "check_ins": [
                {"form": "daily-check-in", "every_days": every},
                {"form": "phq9", "every_days": 7}, {"form": "gad7", "every_days": 14},
            ],
        }))));
    }

    fn set_anew(&mut self) {
        let chance = &mut self.chance;
        let leads: &[&str] = chance.pick(&[
            &["PT24H", "PT1H"][..],
            &["PT2H"],
            &["PT12H", "PT3H", "PT30M"],
            &["P2D", "PT90M"],
        ]);
        let quiet = Quiet {
            from: half_hour(chance, 19, 24),
            to: half_hour(chance, 5, 10),
        };
        self.settings = Settings {
            quiet: (!chance.one_in(5)).then_some(quiet),
            per_day: u8::try_from(1 + chance.below(6)).expect("few"),
            session_leads: leads.iter().map(|lead| (*lead).to_owned()).collect(),
            travel_minutes: chance.pick(&[0, 20, 45, 90]),
            check_in_time: half_hour(chance, 7, 22),
            practice_time: half_hour(chance, 7, 22),
            snooze_minutes: chance.pick(&[10, 30, 60]),
            lock_screen: chance.pick(&[LockScreen::Neutral, LockScreen::Kind, LockScreen::Details]),
        };
        self.settings.check().expect("settings that can be used");
    }

    fn today(&self) -> NaiveDate {
        wall(self.os.zone, self.now).0
    }

    fn fold(&mut self, body: Body) -> Id {
        let mut bytes = [9; 16];
        bytes[..8].copy_from_slice(&(self.synced as u64).to_be_bytes());
        bytes[8..12].copy_from_slice(&self.chance.number().to_be_bytes());
        let entry = Entry::new(Id(bytes), self.now, self.os.zone, STAFF, None, &body);
        let seq = self.synced as u64 + 1;
        match body {
            Body::Track(_) | Body::SessionChanged(_) => self.library.apply(seq, &entry, body),
            Body::CheckIn(_) | Body::PlanAcknowledged(_) => {
                self.chart
                    .apply_body(&entry, body, Author::Patient, Place::at(seq, self.now));
            }
            _ => {
                let author = Author::Clinician(STAFF);
                self.chart
                    .apply_body(&entry, body, author, Place::at(seq, self.now));
            }
        }
        entry.id
    }

    fn sync(&mut self) {
        while let Some(mut body) = self.written.get(self.synced).cloned() {
            if let Body::TransitionPlan(plan) = &mut body {
                plan.parent = self.plans.last().copied();
            }
            let (assigned, planned) = (
                matches!(body, Body::HomeworkAssigned(_)),
                matches!(body, Body::TransitionPlan(_)),
            );
            let id = self.fold(body);
            self.synced += 1;
            if assigned {
                self.homework.push(id);
            } else if planned {
                self.plans.push(id);
            }
        }
        self.synced_at = Some(self.now);
    }

    /// The shell's `refresh_reminders`, step by step; dies after `steps` of them.
    pub fn refresh(&mut self, steps: Option<i64>) {
        self.refreshes += 1;
        self.steps = steps.unwrap_or(i64::MAX);
        let mut ledger = self.ledger();
        let told = self.os.told();
        let strays = self.disk.early.iter().map(|one| one.id).collect();
        let asked = Asked {
            chart: &self.chart,
            library: &self.library,
            settings: &self.settings,
            language: Language::English,
            means: Means {
                notifications: self.os.shows,
                exact: self.exact || self.os.platform == Platform::Ios,
                slots: if self.os.platform == Platform::Ios {
                    60
                } else {
                    500
                },
            },
            now: self.now,
            zone: self.os.zone,
            past: &BTreeMap::new(),
            rang: &[],
            synced_at: self.synced_at,
            days: DAYS,
        };
        let chance = &mut self.chance;
        let mut acts = ledger.refresh(&asked, told.as_ref(), &strays, &mut || chance.number());
        let near = |at: i64| (at - self.now).abs() < DAY;
        self.say(|| {
            let lines = ledger.lines().into_iter().filter(|line| near(line.at));
            let held = ledger.held().into_iter().filter(|one| near(one.at));
            let lines: Vec<_> = lines.map(|line| format!("  {line:?}")).collect();
            let held: Vec<_> = held.map(|one| format!("  {one:?}")).collect();
            let there = [lines, held].concat().join("\n");
            format!("refresh {steps:?}\n{there}\n  {acts:?}")
        });
        let mut next = ledger.begin(&mut acts);
        if !self.lives() {
            return;
        }
        self.keep(&ledger);
        self.judge.half.push(self.seen());
        // The system knows a number and a text: what falls together can change without it.
        let held = ledger.held();
        for notice in &held {
            let alarm = self.os.waiting.get_mut(&notice.id);
            if let Some(alarm) = alarm.filter(|alarm| alarm.says_the_same(notice)) {
                alarm.about = about(&ledger, notice.id);
            }
        }
        if !self.lives() {
            return;
        }
        let early = held.iter().map(|one| Early {
            id: one.id,
            at: one.at,
            exact: one.exact,
            about: about(&ledger, one.id),
        });
        self.disk.early = early.collect();
        while let Some(round) = next {
            let mut shell = Shell {
                life: self,
                ledger: &ledger,
            };
            let done = acts.carry_out(&round, &mut shell);
            if !self.lives() {
                return self.dies();
            }
            ledger.record(&done, self.now);
            next = ledger.begin(&mut acts);
            self.keep(&ledger);
        }
        self.disk.ledger = ledger.to_bytes();
        self.os.finish_removals(|| true);
        self.judge.seen = self.judge.half.pop();
        self.judge.half.clear();
        self.account(&ledger);
    }

    fn keep(&mut self, ledger: &Ledger) {
        if self.sabotage != Sabotage::LosesWrites {
            self.disk.ledger = ledger.to_bytes();
        }
    }

    /// What the system was asked to take back and had no time for yet, it may do without us, or not at all.
    fn dies(&mut self) {
        let later = &mut self.later;
        self.os.finish_removals(|| later.one_in(2));
    }

    /// One step more; false when the phone is dead.
    fn lives(&mut self) -> bool {
        self.steps -= 1;
        self.kills += u64::from(self.steps == -1);
        self.steps >= 0
    }

    /// Once in a while a system says no, and keeps what it has.
    fn says_no(&mut self, notice: &Notice) -> bool {
        let no = self.weather == Weather::Rough && self.chance.one_in(300);
        if no
            && let Some(alarm) = self.os.waiting.get_mut(&notice.id)
            && !alarm.says_the_same(notice)
        {
            alarm.stuck = true;
        }
        no
    }

    fn take_back(&mut self, id: u32) -> bool {
        if !self.lives() {
            return false;
        }
        if self.weather == Weather::Rough && self.more.one_in(60) {
            if let Some(alarm) = self.os.waiting.get_mut(&id) {
                alarm.stuck = true;
            }
            return false;
        }
        let rough = self.weather == Weather::Rough;
        if rough && self.os.platform == Platform::Ios && self.later.one_in(20) {
            self.os.removals.insert(id);
        } else if self.sabotage != Sabotage::ForgetToWithdraw {
            self.os.waiting.remove(&id);
        }
        true
    }

    fn hand_over(&mut self, ledger: &Ledger, notice: &Notice) -> bool {
        let about = about(ledger, notice.id);
        let mut at = notice.at;
        if self.sabotage == Sabotage::RingInSession
            && let Some(About::Session { start, .. }) = about.first()
        {
            at = start + 10 * MINUTE;
        }
        let local = notice.local;
        let mut alarm = Alarm::new(at, local, notice.exact, about.clone(), &mut self.chance);
        alarm.text.clone_from(&notice.text);
        if self.sabotage == Sabotage::ArmTwice && self.chance.one_in(10) {
            let other = self.chance.number();
            let late = at + 7 * MINUTE;
            let again = Alarm::new(late, None, notice.exact, about, &mut self.chance);
            self.os.arm(other, again);
        }
        self.os.arm(notice.id, alarm)
    }

    fn ledger(&self) -> Ledger {
        if self.disk.ledger.is_empty() {
            return Ledger::default();
        }
        Ledger::from_bytes(&self.disk.ledger).expect("our own bytes")
    }

    fn seen(&self) -> Seen {
        let forms = ["daily-check-in", "phq9", "gad7"];
        let mut done = BTreeSet::new();
        for form in forms {
            for fact in self.chart.completed(form) {
                let day = wall(&fact.zone, fact.value.started).0;
                // The spans that this day is in, by the rule of clinical.md: counted from enrolment.
                let enrolled = &self.chart.enrolment().expect("enrolled").value;
                let rule = enrolled.check_ins.iter().find(|rule| rule.form == form);
                let every = i64::from(rule.expect("a rule").every_days);
                let number = (day - enrolled.start_date).num_days().div_euclid(every);
                let days = u64::try_from(number * every).unwrap_or(0);
                done.insert((form.to_owned(), enrolled.start_date + Days::new(days)));
            }
        }
        let standing: BTreeSet<Id> = self.chart.homework().iter().map(|fact| fact.id).collect();
        let taken_back = self.homework.iter().copied();
        Seen {
            sessions: sessions(
                &self.chart,
                &self.library,
                self.now - 3 * DAY,
                self.now + 45 * DAY,
            ),
            done,
            taken_back: taken_back.filter(|id| !standing.contains(id)).collect(),
            read: self.read(),
            settings: self.settings.clone(),
            zone: self.os.zone,
            at: self.now,
        }
    }

    /// Revisions that there is no need to read any more: all but the last, and that when it was read.
    fn read(&self) -> BTreeSet<Id> {
        let last = self.plans.last();
        let known = last.filter(|plan| self.chart.acknowledged(**plan).is_none());
        let all = self.plans.iter().copied();
        all.filter(|plan| Some(plan) != known).collect()
    }

    /// Everything due is armed with the system or has a reason; the system holds what the ledger says.
    fn account(&mut self, ledger: &Ledger) {
        let lines: BTreeMap<&About, _> = ledger
            .lines()
            .iter()
            .map(|line| (&line.about, *line))
            .collect();
        let mut missing = Vec::new();
        for line in lines.values() {
            let now = line.now();
            let late = line.at + if self.exact { 0 } else { 60 * MINUTE } <= self.now;
            match now.state {
                ReminderState::Armed | ReminderState::Snoozed
                    if now.why != Some(handrail_care::reminder::Why::Snoozed)
                        || line.with.is_some() =>
                {
                    let waits = line
                        .with
                        .is_some_and(|id| self.os.waiting.contains_key(&id));
                    let sabotaged = self.sabotage != Sabotage::Nothing;
                    if !waits && !late && !sabotaged && line.at > self.now {
                        missing.push(format!("armed and not with the system: {line:?}"));
                    }
                }
                ReminderState::Planned if now.why.is_none() => {
                    missing.push(format!("no reason: {line:?}"));
                }
                _ => {}
            }
        }
        let held: BTreeSet<u32> = ledger.held().iter().map(|one| one.id).collect();
        let mut waiting = self.os.waiting.iter();
        let stray = waiting.find(|(id, alarm)| !held.contains(id) && !alarm.stuck);
        if self.sabotage == Sabotage::Nothing
            && let Some((_, alarm)) = stray
        {
            missing.push(format!("with the system and not in the ledger: {alarm:?}"));
        }
        let seen = self.judge.seen.as_ref().expect("just seen");
        for session in seen.sessions.iter().filter(|one| one.rings()) {
            if session.start <= self.now || session.start > self.now + (DAYS - 3) * DAY {
                continue;
            }
            for lead in &self.settings.session_leads {
                let about = About::Session {
                    session: session.id.clone(),
                    start: session.start,
                    lead: lead.clone(),
                };
                if !lines.contains_key(&about) {
                    missing.push(format!("nowhere: {about:?}"));
                }
            }
        }
        let read = self.read();
        for plan in self.plans.iter().filter(|plan| !read.contains(plan)) {
            let about = About::Plan { plan: *plan };
            if !lines.contains_key(&about) {
                missing.push(format!("nowhere: {about:?}"));
            }
        }
        for ahead in 0..3 {
            let day = self.today() + Days::new(ahead);
            for form in due::check_ins(&self.chart, day) {
                let about = About::CheckIn {
                    form: form.form,
                    since: form.since,
                };
                if !lines.contains_key(&about) {
                    missing.push(format!("nowhere: {about:?}"));
                }
            }
        }
        self.judge.faults.extend(
            missing
                .into_iter()
                .map(|what| format!("{what}, now {}", self.now)),
        );
    }

    /// The device's clock runs on to `until`; the system rings. `jumped`: it was set, all at once.
    pub fn run_to(&mut self, until: i64, jumped: bool) {
        while let Some((at, id, mut alarm)) = self.os.next(until) {
            let ledger = self.ledger();
            let mut held = ledger.held().into_iter();
            if held.any(|one| one.id == id && alarm.says_the_same(one)) {
                // Some of what it stood for may have rung with another one.
                let stands_for = about(&ledger, id);
                if !stands_for.is_empty() {
                    alarm.about = stands_for;
                }
            }
            // A clock that was set back rings nothing that is behind it.
            self.now = if jumped { until } else { at.max(self.now) };
            if !self.os.shows {
                continue;
            }
            let floats = alarm.local.is_some();
            let (now, zone) = (self.now, self.os.zone);
            let ring = Shown {
                about: &alarm.about,
                at: now,
                zone,
                floats,
                jumped,
                planned: alarm.at,
                stuck: alarm.stuck,
            };
            self.judge.shown(&ring);
            self.say(|| format!("RING {id} {alarm:?} jumped {jumped} locked {}", self.locked));
            if self.locked && self.os.platform == Platform::Android {
                self.shown_locked.push(id);
            }
            let tells = self.os.platform == Platform::Android && !self.locked;
            let still = self.weather == Weather::Still;
            if tells || (!self.locked && !still && self.chance.one_in(4)) {
                let mut ledger = self.ledger();
                let event = match self.os.platform {
                    Platform::Android => ReminderEvent::Posted,
                    Platform::Ios => ReminderEvent::Opened,
                };
                ledger.note(id, event, now);
                self.disk.early.retain(|one| one.id != id);
                if !still && self.chance.one_in(12) {
                    let until = now + i64::from(self.settings.snooze_minutes) * MINUTE;
                    let before = about(&ledger, id);
                    if ledger.snooze(id, until, now) {
                        self.judge.allow(&before);
                    }
                }
                self.disk.ledger = ledger.to_bytes();
            }
        }
        self.now = until.max(if jumped { until } else { self.now });
    }

    /// One day, midnight to midnight by the device's clock.
    pub fn day(&mut self) {
        let begin = self.now;
        let few = 2 + self.chance.below(2);
        let mut times: Vec<i64> = (0..few).map(|_| self.chance.below(24 * 60)).collect();
        times.sort_unstable();
        for minute in times {
            let at = begin + minute * MINUTE;
            if at > self.now {
                self.run_to(at, false);
            }
            self.something();
        }
        if begin + DAY > self.now {
            self.run_to(begin + DAY, false);
        }
    }

    /// The app runs: perhaps it is killed on the way.
    fn app_runs(&mut self) {
        if self.locked {
            return;
        }
        let killed = self.weather == Weather::Rough && self.chance.one_in(8);
        let steps = killed.then(|| self.chance.below(14));
        // Rounds are many: later ones are to be seen too.
        let steps = steps.map(|steps| steps * if self.later.one_in(3) { 6 } else { 1 });
        self.refresh(steps);
    }

    fn say(&self, what: impl Fn() -> String) {
        if self.loud {
            let (date, time) = wall(self.os.zone, self.now);
            println!("{date} {time} {} ({}): {}", self.os.zone, self.now, what());
        }
    }

    fn something(&mut self) {
        self.say(|| {
            format!(
                "shows {} exact {} locked {}",
                self.os.shows, self.exact, self.locked
            )
        });
        match self.chance.below(if self.weather == Weather::Calm {
            12
        } else {
            20
        }) {
            0..=2 => {
                self.clinic_writes();
                self.sync();
            }
            3 => self.clinic_writes(),
            4..=6 => self.person_does(),
            7 if self.chance.one_in(3) => {
                self.set_anew();
                self.judge.odd(self.os.zone, self.now);
            }
            12 => return self.goes_off_and_on(),
            13 => {
                self.os.force_stop();
                return;
            }
            14 => {
                // iOS wakes nobody for this; Android does.
                let (now, old) = (self.now, self.os.zone);
                self.os.zone = self.chance.pick(&ZONES);
                self.judge.odd(old, now);
                self.judge.odd(self.os.zone, now);
                if self.os.platform == Platform::Ios {
                    return;
                }
            }
            15 => return self.clock_is_set(),
            16 => self.os.shows = !self.os.shows,
            17 => {
                if self.exact {
                    self.os.take_exact_away();
                }
                self.exact = !self.exact;
                self.judge.odd(self.os.zone, self.now);
            }
            _ => self.sync(),
        }
        self.app_runs();
    }

    fn goes_off_and_on(&mut self) {
        self.os.restart();
        let off = self.now + self.chance.below(300) * MINUTE;
        // What waits in the system and passes while it is off is shown when it comes back, by iOS.
        self.locked = true;
        self.now = off;
        if self.os.platform == Platform::Android {
            for early in &self.disk.early {
                if early.at > self.now {
                    let about = early.about.clone();
                    let alarm = Alarm::new(early.at, None, early.exact, about, &mut self.chance);
                    self.os.arm(early.id, alarm);
                }
            }
        } else {
            self.run_to(off, true);
        }
        let unlocked = self.now + self.chance.below(120) * MINUTE;
        self.run_to(unlocked, false);
        self.locked = false;
        let mut ledger = self.ledger();
        for id in std::mem::take(&mut self.shown_locked) {
            ledger.note(id, ReminderEvent::Posted, self.now);
            self.disk.early.retain(|one| one.id != id);
        }
        self.disk.ledger = ledger.to_bytes();
        self.app_runs();
    }

    fn clock_is_set(&mut self) {
        let by = self.chance.pick(&[-26 * 60, -90, -15, 15, 90, 26 * 60]) * MINUTE;
        let (old, new) = (self.now, self.now + by);
        for at in [old, new] {
            self.judge.odd(self.os.zone, at);
        }
        if by > 0 {
            self.run_to(new, true);
        }
        self.now = new;
        // Android tells; on iOS the app hears of it when it is opened.
        if self.os.platform == Platform::Android {
            self.app_runs();
        }
    }

    fn clinic_writes(&mut self) {
        if self.more.one_in(5) {
            self.written
                .push(Body::TransitionPlan(TransitionPlan::default()));
        }
        let today = self.today();
        let ahead = today + Days::new(u64::try_from(self.chance.below(6)).expect("few"));
        let change = |change| {
            Body::SessionChanged(TrackChange {
                track: TRACK,
                change,
            })
        };
        let body = match self.chance.below(9) {
            0..=2 => change(SessionChange::Cancelled {
                original_date: ahead,
                original_start: None,
                reason: None,
            }),
            3 => change(SessionChange::Restored {
                original_date: ahead,
                original_start: None,
            }),
            4 => {
                let new_start = half_hour(&mut self.chance, 7, 19);
                change(SessionChange::Moved {
                    original_date: ahead,
                    original_start: None,
                    new_date: ahead + Days::new(1),
                    new_start,
                    new_end: new_start + chrono::TimeDelta::hours(2),
                })
            }
            5 => {
                let start = half_hour(&mut self.chance, 8, 17);
                let session: OwnSession = read(json!({
                    "id": Id([u8::try_from(self.chance.below(4)).expect("few"); 16]),
                    "kind": "individual", "date": ahead, "start": clock(start),
                    "end": clock(start + chrono::TimeDelta::minutes(50)),
                    "time_zone": self.clinic_zone,
                    "with": {"staff": STAFF, "title": "Your therapist"},
                    "mode": self.chance.pick(&["virtual", "in-person"]),
                    "cancelled": self.chance.one_in(3),
                }));
                Body::OwnSession(session)
            }
            6 | 7 => homework(ahead),
            _ => match self.homework.last() {
                Some(homework) => Body::HomeworkWithdrawn(read(json!({ "homework": homework }))),
                None => return,
            },
        };
        self.written.push(body);
    }

    fn person_does(&mut self) {
        if let Some(plan) = self.plans.last().copied()
            && self.more.one_in(4)
        {
            self.fold(Body::PlanAcknowledged(Acknowledged { plan }));
        }
        let due = due::check_ins(&self.chart, self.today());
        let Some(form) = due.first() else {
            return;
        };
        let mut of = [3; 16];
        of[..4].copy_from_slice(&self.chance.number().to_be_bytes());
        let body = Body::CheckIn(read(json!({
            "of": Id(of), "form": form.form, "version": "1", "stage": "complete",
            "started": self.now, "answers": {},
        })));
        self.fold(body);
    }

    /// A system that always says yes is never said to have refused: nothing was in the way for good.
    fn nothing_refused(&mut self) {
        let refused = Some(handrail_care::reminder::Why::SystemRefused);
        for line in self.ledger().lines() {
            if line.steps.iter().any(|step| step.why == refused) {
                self.judge.faults.push(format!("held up: {line:?}"));
            }
        }
    }

    /// In calm weather nothing is lost in silence: what the ledger says has rung did ring.
    pub fn settle(&mut self) {
        self.refresh(None);
        if self.weather == Weather::Rough {
            return;
        }
        if self.sabotage == Sabotage::Nothing {
            self.nothing_refused();
        }
        for line in self.ledger().lines() {
            let past = matches!(
                line.now().state,
                ReminderState::TimePassed | ReminderState::Posted | ReminderState::Opened
            );
            let rang = self.judge.rings.get(&line.about).copied().unwrap_or(0);
            if past && rang == 0 {
                self.judge
                    .faults
                    .push(format!("said to have rung and did not: {line:?}"));
            }
        }
    }
}

/// The shell between a ledger and the model's system.
struct Shell<'a> {
    life: &'a mut Life,
    ledger: &'a Ledger,
}

impl System for Shell<'_> {
    fn withdraw(&mut self, id: u32) -> bool {
        self.life.take_back(id)
    }

    fn arm(&mut self, notice: &Notice) -> bool {
        let life = &mut self.life;
        life.lives() && !life.says_no(notice) && life.hand_over(self.ledger, notice)
    }

    fn armed(&mut self) -> Option<BTreeSet<u32>> {
        let mut told = self.life.os.told();
        if let Some(told) = told.as_mut()
            && self.life.sabotage == Sabotage::BelievesYes
        {
            told.retain(|id| !self.life.os.removals.contains(id));
        }
        told
    }

    fn now(&mut self) -> i64 {
        self.life.now
    }
}

fn about(ledger: &Ledger, id: u32) -> Vec<About> {
    let lines = ledger.lines();
    let mine = lines.iter().filter(|line| line.with == Some(id));
    mine.map(|line| line.about.clone()).collect()
}
