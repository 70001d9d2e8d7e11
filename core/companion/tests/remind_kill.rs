//! Reminders of a real phone, with its store and a clinic's server, killed at any step and opened again.
//!
//! The model in `reminders/` drives the ledger alone; here whole phone cores live, and what dies is a
//! process: at a step of the shell's armer the phone's files are copied, whatever the core does after that
//! reaches no system, and the copy is what the next start finds. Owns the fake system and the judge of what
//! rang. Three controls do a thing wrong on purpose and must be seen.

mod support;

#[path = "reminders/chance.rs"]
#[allow(dead_code, reason = "the model in reminders/ uses all of it")]
mod chance;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use chrono::{Days, NaiveDate};
use handrail_care::entry::Body;
use handrail_care::plan::TransitionPlan;
use handrail_care::program::{SessionChange, Status as SessionStatus, TrackChange};
use handrail_companion::view::{
    AnswerValue, ArmedReminder, ReminderAbout, ReminderEvent, ReminderMeans, ReminderState,
};
use handrail_companion::{ArmerError, Companion, ReminderArmer, armed_before_unlock};

use chance::Chance;
use support::clinic::{Clinic, TRACK, date, enrolled};
use support::{DAY, MINUTE, NOW, PhoneHome};

/// What the shell does wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sabotage {
    Nothing,
    /// Says that it took back, and did not.
    KeepsAll,
    /// Arms each under a second number too.
    ArmsTwice,
    /// After a kill the phone's files are those of the first day.
    OldStore,
}

struct Alarm {
    one: ArmedReminder,
    about: Vec<ReminderAbout>,
}

/// What is there when the phone dies.
#[derive(Default)]
struct System {
    waiting: BTreeMap<String, Alarm>,
    /// Steps until the phone dies; none: it lives.
    left: Option<i64>,
    dead: bool,
    calls: u64,
}

struct Shell {
    folder: PathBuf,
    /// Where the files go when the phone dies.
    grave: PathBuf,
    /// Tells what it holds, as iOS does.
    tells: bool,
    sabotage: Sabotage,
    system: Mutex<System>,
    phone: Mutex<Weak<Companion>>,
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).expect("a folder");
    for item in fs::read_dir(from).expect("a folder") {
        let item = item.expect("an item");
        // The lock is the living process's, and the index of the log is made anew.
        if item.file_type().expect("a type").is_file() {
            fs::copy(item.path(), to.join(item.file_name())).expect("copied");
        }
    }
}

impl Shell {
    fn system(&self) -> MutexGuard<'_, System> {
        self.system.lock().expect("not poisoned")
    }

    /// One step; false when the phone is dead.
    fn lives(&self) -> bool {
        let mut system = self.system();
        system.calls += 1;
        match system.left {
            _ if system.dead => {}
            Some(0) => {
                copy(&self.folder, &self.grave);
                system.dead = true;
            }
            Some(left) => system.left = Some(left - 1),
            None => {}
        }
        !system.dead
    }

    /// What the ledger says that a number stands for.
    fn about(&self, id: &str) -> Vec<(i64, ReminderAbout)> {
        let phone = self.phone.lock().expect("a phone").upgrade();
        let report = phone.and_then(|phone| phone.reminder_report("en").ok());
        let lines = report.into_iter().flatten();
        lines
            .filter(|line| line.notification.as_deref() == Some(id))
            .map(|line| (line.at, line.about))
            .collect()
    }

    /// The system knows a number, a time and a text: what falls together then can change without it.
    fn note_again(&self) {
        let ids: Vec<String> = self.system().waiting.keys().cloned().collect();
        for id in ids {
            let about = self.about(&id);
            if let Some(alarm) = self.system().waiting.get_mut(&id)
                && !about.is_empty()
                && about.iter().all(|(at, _)| *at == alarm.one.at)
            {
                alarm.about = about.into_iter().map(|(_, about)| about).collect();
            }
        }
    }
}

impl ReminderArmer for Shell {
    fn arm(&self, one: ArmedReminder) -> Result<(), ArmerError> {
        if !self.lives() {
            return Ok(());
        }
        let about: Vec<_> = self.about(&one.id).into_iter().map(|(_, a)| a).collect();
        {
            let mut system = self.system();
            if self.sabotage == Sabotage::ArmsTwice {
                let mut again = one.clone();
                again.id = format!("{}0", one.id);
                again.at += MINUTE;
                let about = about.clone();
                let again = (again.id.clone(), Alarm { one: again, about });
                system.waiting.insert(again.0, again.1);
            }
            system.waiting.insert(one.id.clone(), Alarm { one, about });
        }
        self.lives();
        Ok(())
    }

    fn withdraw(&self, id: String) -> Result<(), ArmerError> {
        if self.lives() && self.sabotage != Sabotage::KeepsAll {
            self.system().waiting.remove(&id);
        }
        Ok(())
    }

    fn armed(&self) -> Result<Option<Vec<String>>, ArmerError> {
        let system = self.system();
        Ok(self.tells.then(|| system.waiting.keys().cloned().collect()))
    }
}

/// Some weeks of one phone.
struct Life {
    chance: Chance,
    clinic: Clinic,
    home: PhoneHome,
    first_day: PathBuf,
    phone: Arc<Companion>,
    shell: Arc<Shell>,
    now: i64,
    sabotage: Sabotage,
    /// Sessions that take place, as the phone knew when a refresh last ended well: id and start.
    known: BTreeSet<(String, i64)>,
    /// The phone died since then.
    half: bool,
    rings: BTreeMap<String, u32>,
    /// "Later" was pressed so often.
    put_off: BTreeMap<String, u32>,
    plan: Option<handrail_care::id::Id>,
    kills: u32,
    faults: Vec<String>,
}

fn means() -> ReminderMeans {
    ReminderMeans {
        notifications: true,
        exact_alarms: true,
        free_slots: 60,
        language: "en".to_owned(),
        early_folder: None,
    }
}

impl Life {
    fn new(seed: u64, sabotage: Sabotage) -> Self {
        let clinic = Clinic::new();
        let home = PhoneHome::new();
        let phone = enrolled(&clinic, &home);
        let first_day = home.dir.path().join("first-day");
        let shell = Arc::new(Shell {
            folder: home.folder(),
            grave: home.dir.path().join("grave"),
            tells: seed.is_multiple_of(2),
            sabotage,
            system: Mutex::default(),
            phone: Mutex::new(Arc::downgrade(&phone)),
        });
        let mut life = Self {
            chance: Chance::new(seed),
            clinic,
            home,
            first_day,
            phone,
            shell,
            now: NOW,
            sabotage,
            known: BTreeSet::new(),
            half: false,
            rings: BTreeMap::new(),
            put_off: BTreeMap::new(),
            plan: None,
            kills: 0,
            faults: Vec::new(),
        };
        life.refresh();
        copy(&life.home.folder(), &life.first_day);
        life
    }

    fn reopen(&mut self) {
        self.phone.close();
        self.phone = self.home.open();
        *self.shell.phone.lock().expect("a phone") = Arc::downgrade(&self.phone);
    }

    /// Does a thing in which the shell is called, and says whether reminders were planned to the end;
    /// perhaps the phone dies on the way.
    fn mortal(&mut self, work: impl Fn(&Companion, Arc<Shell>) -> bool) {
        let dies = self.chance.one_in(3);
        self.shell.system().left = dies.then(|| self.chance.below(30));
        let blocked = self.home.folder().join("armed-reminders.json.new");
        // The list for before the first unlock is written after the ledger: a kill in between.
        let between = dies && self.chance.one_in(4);
        if between {
            fs::create_dir(&blocked).expect("in its way");
        }
        let planned = work(&self.phone, self.shell.clone());
        let killed = {
            let mut system = self.shell.system();
            system.left = None;
            std::mem::take(&mut system.dead)
        };
        if between {
            fs::remove_dir(&blocked).expect("out of its way");
        }
        if killed {
            self.kills += 1;
            self.half = true;
            self.phone.close();
            let from = if self.sabotage == Sabotage::OldStore {
                &self.first_day
            } else {
                &self.shell.grave
            };
            copy(from, &self.home.folder());
            self.reopen();
        }
        self.shell.note_again();
        if planned && !killed {
            self.account();
        }
    }

    fn refresh(&mut self) {
        self.mortal(|phone, shell| {
            let done = phone.refresh_reminders(means(), shell);
            !done.expect("refreshed").running
        });
    }

    /// A refresh or a sync has ended well: the phone and the system agree.
    fn account(&mut self) {
        self.half = false;
        let sessions = self.phone.sessions(40).expect("sessions").into_iter();
        self.known = sessions
            .filter(|one| one.status != SessionStatus::Cancelled)
            .map(|one| (one.id, one.starts_at))
            .collect();
        if self.sabotage != Sabotage::Nothing {
            return;
        }
        let report = self.phone.reminder_report("en").expect("a report");
        let mut named = BTreeSet::new();
        let system = self.shell.system();
        for line in report {
            let waits = line.notification.as_ref();
            let waits = waits.is_some_and(|id| system.waiting.contains_key(id));
            let due = line.at > self.now;
            if line.now.state == ReminderState::Armed && due && !waits {
                self.faults.push(format!("armed and not held: {line:?}"));
            }
            if line.now.state == ReminderState::Planned && line.now.why.is_none() {
                self.faults.push(format!("no reason: {line:?}"));
            }
            named.extend(line.notification);
        }
        let strays = system.waiting.keys().filter(|id| !named.contains(*id));
        let strays: Vec<_> = strays
            .map(|id| format!("held and not known: {id}"))
            .collect();
        self.faults.extend(strays);
    }

    /// Time goes on to `until`, and the system rings.
    fn run_to(&mut self, until: i64) {
        loop {
            let next = {
                let system = self.shell.system();
                let times = system.waiting.iter();
                times.map(|(id, alarm)| (alarm.one.at, id.clone())).min()
            };
            let Some((at, id)) = next.filter(|(at, _)| *at <= until) else {
                break;
            };
            self.now = self.now.max(at);
            self.home.clock.set(self.now);
            let alarm = self.shell.system().waiting.remove(&id);
            self.judge(&alarm.expect("it was there"));
            // Android's receiver notes it, and may be killed before that; iOS tells when one is opened.
            if self.chance.one_in(if self.shell.tells { 4 } else { 1 }) {
                let event = if self.shell.tells {
                    ReminderEvent::Opened
                } else {
                    ReminderEvent::Posted
                };
                let noted = self.phone.note_reminder(&id, event);
                let about = self.shell.about(&id);
                if noted.is_ok() && self.chance.one_in(8) && self.phone.snooze_reminder(&id).is_ok()
                {
                    for (_, about) in about {
                        *self.put_off.entry(format!("{about:?}")).or_default() += 1;
                    }
                    self.refresh();
                }
            }
        }
        self.now = until;
        self.home.clock.set(until);
    }

    fn judge(&mut self, alarm: &Alarm) {
        for about in &alarm.about {
            let name = format!("{about:?}");
            let count = self.rings.entry(name.clone()).or_default();
            *count += 1;
            let allowed = 1 + self.put_off.get(&name).copied().unwrap_or(0);
            if *count > allowed && !matches!(about, ReminderAbout::Keep { .. }) {
                self.faults.push(format!("twice: {name} at {}", self.now));
            }
            if let ReminderAbout::Session { session, start, .. } = about
                && !self.half
                && !self.known.contains(&(session.clone(), *start))
            {
                self.faults
                    .push(format!("cancelled: {name} at {}", self.now));
            }
        }
    }

    fn clinic_writes(&mut self) {
        let today =
            date("2026-11-23") + Days::new(u64::try_from((self.now - NOW) / DAY).expect("days"));
        let ahead: NaiveDate = today + Days::new(u64::try_from(self.chance.below(5)).expect("few"));
        let hour = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
        let change = match self.chance.below(5) {
            0..=2 => SessionChange::Cancelled {
                original_date: ahead,
                original_start: None,
                reason: None,
            },
            3 => SessionChange::Restored {
                original_date: ahead,
                original_start: None,
            },
            _ => SessionChange::Moved {
                original_date: ahead,
                original_start: None,
                new_date: ahead + Days::new(1),
                new_start: hour(14),
                new_end: hour(16),
            },
        };
        self.clinic.server.with(|world| world.now = self.now);
        let change = TrackChange {
            track: TRACK,
            change,
        };
        self.clinic
            .write(&self.clinic.library, &Body::SessionChanged(change));
        if self.chance.one_in(4) {
            let plan = TransitionPlan {
                parent: self.plan,
                ..TransitionPlan::default()
            };
            let plan = self
                .clinic
                .write(&self.clinic.care, &Body::TransitionPlan(plan));
            self.plan = Some(plan);
        }
    }

    fn something(&mut self) {
        match self.chance.below(10) {
            0..=3 => {
                self.clinic_writes();
                self.mortal(|phone, _| phone.sync().expect("a report").reminders.is_some());
            }
            4 => {
                let form = self.phone.start_check_in("daily-check-in").expect("a form");
                let mood = Some(AnswerValue::Number { number: 3 });
                self.phone
                    .answer(&form.check_in, "mood", mood)
                    .expect("answered");
                self.phone.submit(&form.check_in).expect("handed in");
            }
            5 => {
                let mut settings = self.phone.reminder_settings().expect("settings");
                settings.check_in_time = format!("{:02}:30", 9 + self.chance.below(11));
                settings.per_day = u8::try_from(2 + self.chance.below(4)).expect("few");
                self.phone.set_reminder_settings(settings).expect("set");
            }
            6 if !self.shell.tells => self.restart(),
            7 => self.reopen(),
            _ => {}
        }
        self.refresh();
    }

    /// Switched off and on: Android forgets, and the shell arms again what the list says.
    fn restart(&mut self) {
        self.phone.close();
        let old = std::mem::take(&mut self.shell.system().waiting);
        let folder = self.home.folder();
        for one in armed_before_unlock(&folder.to_string_lossy()) {
            if one.at > self.now {
                let about = old.get(&one.id).map(|alarm| alarm.about.clone());
                let about = about.unwrap_or_default();
                let id = one.id.clone();
                self.shell.system().waiting.insert(id, Alarm { one, about });
            }
        }
        self.reopen();
        self.shell.note_again();
    }

    fn live(&mut self, days: i64) {
        for day in 0..days {
            let begin = NOW + day * DAY;
            for _ in 0..2 {
                let at = begin + self.chance.below(24 * 60) * MINUTE;
                if at > self.now {
                    self.run_to(at);
                }
                self.something();
            }
            self.run_to(begin + DAY);
        }
    }
}

fn lives(seeds: std::ops::Range<u64>, days: i64, sabotage: Sabotage) -> (Vec<String>, u32, u32) {
    let (mut rings, mut kills) = (0, 0);
    for seed in seeds {
        let mut life = Life::new(seed, sabotage);
        life.live(days);
        rings += life.rings.values().sum::<u32>();
        kills += life.kills;
        if !life.faults.is_empty() {
            life.faults.insert(0, format!("seed {seed}"));
            return (life.faults, rings, kills);
        }
    }
    (Vec::new(), rings, kills)
}

#[test]
fn a_phone_killed_at_any_step_rings_once_and_never_for_what_it_knows_is_cancelled() {
    let (faults, rings, kills) = lives(0..4, 12, Sabotage::Nothing);
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(rings > 80 && kills > 15, "{rings} rings, {kills} kills");
}

/// Some life shows it as this, whatever else the others show.
fn is_seen(sabotage: Sabotage, as_what: &str) {
    let mut all = Vec::new();
    for seed in 0..8 {
        let (faults, _, _) = lives(seed..seed + 1, 12, sabotage);
        if faults.iter().any(|fault| fault.starts_with(as_what)) {
            return;
        }
        all.extend(faults);
    }
    panic!("{sabotage:?} was not seen as {as_what}: {all:#?}");
}

#[test]
fn a_shell_that_keeps_what_it_should_take_back_is_seen() {
    is_seen(Sabotage::KeepsAll, "cancelled");
}

#[test]
fn a_shell_that_arms_twice_is_seen() {
    is_seen(Sabotage::ArmsTwice, "twice");
}

#[test]
fn a_store_that_forgets_what_rang_is_seen() {
    is_seen(Sabotage::OldStore, "twice");
}
