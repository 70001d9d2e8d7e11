//! Reminders on this phone: plan, write down, arm, write down what became of it.
//!
//! Owns the order in which that is safe and the one turn at it. The shell's `ReminderArmer` is called
//! with no lock held; what another caller asks for meanwhile is done after it, by the same turn. News from
//! the clinic are followed by sync itself (`again`), so that no shell can call in the wrong order. Holds no
//! rule of when something rings: `care` plans, [`ledger`] keeps what became of it.

mod acts;
mod early;
pub mod ledger;
mod notice;
mod settle;
mod want;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use handrail_care::chart::Chart;
use handrail_care::reminder::{Asked, Language, Means, Settings, words};

use self::early::local_text;
use self::ledger::{Acts, Done, Ledger, Notice, System};
use crate::api::ReminderArmer;
use crate::error::CompanionError;
use crate::inner::Inner;
use crate::phone::{Phone, secret};
use crate::view::{
    ArmedReminder, ReminderEvent, ReminderLine, ReminderMeans, ReminderRefresh, ReminderSettings,
    Standing,
};

/// Why the system did not take a reminder, or did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ArmerError {
    /// It would not: too many, or not allowed.
    #[error("refused")]
    Refused,
    /// Not now.
    #[error("armer-unavailable")]
    Unavailable,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for ArmerError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable
    }
}

const LEDGER: &str = "reminders";
const SETTINGS: &str = "reminder-settings";
/// Where the list for before the first unlock was written last.
const LIST: &str = "reminder-list";
/// More than any system holds for one app (Android's 500).
const MOST_SLOTS: u16 = 500;
const MINUTE_MS: i64 = 60_000;
/// Days planned ahead.
const DAYS: i64 = handrail_care::reminder::HORIZON_DAYS;

type Wish = (ReminderMeans, Arc<dyn ReminderArmer>);

/// Whose turn it is.
#[derive(Default)]
pub(crate) struct Turn(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    busy: bool,
    next: Option<Wish>,
    /// The newest wish since the phone's core was opened: sync does it again.
    last: Option<Wish>,
}

impl Turn {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The wish to do now; `None` when somebody is at it, who will do it next.
    fn take(&self, wish: Wish) -> Option<Wish> {
        let mut waiting = self.lock();
        waiting.last = Some(wish.clone());
        if waiting.busy {
            waiting.next = Some(wish);
            return None;
        }
        waiting.busy = true;
        Some(wish)
    }

    /// The shell goes: its armer with it.
    pub(crate) fn forget(&self) {
        self.lock().last = None;
    }

    /// The next wish, or the turn is over.
    fn next(&self) -> Option<Wish> {
        let mut waiting = self.lock();
        let next = waiting.next.take();
        waiting.busy = next.is_some();
        next
    }
}

/// Ends the turn when the shell's code panics.
struct Ending<'a>(&'a Turn);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().busy = false;
        }
    }
}

/// Plans and arms. `Ok` with `running` when another call is at it and will do this one too.
pub(crate) fn refresh(
    inner: &Inner,
    means: ReminderMeans,
    armer: Arc<dyn ReminderArmer>,
) -> Result<ReminderRefresh, CompanionError> {
    let Some(mut wish) = inner.reminders.take((means, armer)) else {
        return Ok(ReminderRefresh {
            running: true,
            ..ReminderRefresh::default()
        });
    };
    let _ending = Ending(&inner.reminders);
    loop {
        let done = refresh_once(inner, &wish.0, &*wish.1);
        match inner.reminders.next() {
            Some(next) => wish = next,
            None => return done,
        }
    }
}

/// The newest wish again, because of news from the clinic: what it cancelled must not ring on the way from
/// sync to the shell's next call. `None` when nobody has asked for reminders since the core was opened, or
/// when the disk is in the way: then the shell's own call is still to come, and tells.
pub(crate) fn again(inner: &Inner) -> Option<ReminderRefresh> {
    let (means, armer) = inner.reminders.lock().last.clone()?;
    refresh(inner, means, armer).ok()
}

fn folder(inner: &Inner, means: &ReminderMeans) -> PathBuf {
    let named = means.early_folder.as_ref().map(PathBuf::from);
    named.unwrap_or_else(|| inner.dir.clone())
}

fn number(id: &str) -> Option<u32> {
    id.parse().ok().filter(|id| *id > 0)
}

/// A number that is not ours is one that a broken shell made up.
fn numbers(ids: &[String]) -> BTreeSet<u32> {
    ids.iter().filter_map(|id| number(id)).collect()
}

fn draw() -> u32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("a system without random numbers cannot run this program");
    u32::from_be_bytes(bytes) >> 1
}

fn refresh_once(
    inner: &Inner,
    means: &ReminderMeans,
    armer: &dyn ReminderArmer,
) -> Result<ReminderRefresh, CompanionError> {
    let folder = folder(inner, means);
    let strays = early::numbers(&folder);
    let told = armer.armed();
    let answers = told.is_ok();
    let os = told.ok().flatten().map(|ids| numbers(&ids));
    let mut system = Shell {
        armer,
        inner,
        listed: BTreeSet::new(),
    };
    let standing = inner.standing();
    if matches!(standing, Standing::CutOff) {
        // Nothing is left to remind of, and no ledger to write it in.
        let mut acts = Ledger::stop(os.as_ref(), &strays);
        let round = Ledger::default().begin(&mut acts).unwrap_or_default();
        let done = acts.carry_out(&round, &mut system);
        early::write(&folder, Language::of(&means.language), &[]);
        return Ok(ReminderRefresh {
            withdrawn: count(done.withdrawn.len()),
            ..ReminderRefresh::default()
        });
    }
    let (mut acts, mut next, held) = inner.with(|phone, now| {
        let mut ledger = phone.ledger()?;
        let mut acts = phone.plan_reminders(&mut ledger, means, os.as_ref(), &strays, now)?;
        if !answers {
            acts.only_take_back();
        }
        let next = ledger.begin(&mut acts);
        phone.keep_ledger(&ledger)?;
        phone.keep_list(&folder)?;
        let held: Vec<Notice> = ledger.held().into_iter().cloned().collect();
        Ok((acts, next, held))
    })?;
    // Before the system is told: a restart in between must find what was taken back gone.
    let held: Vec<&Notice> = held.iter().collect();
    let early = early::write(&folder, Language::of(&means.language), &held);
    if !early {
        system.listed = early::numbers(&folder);
    }
    let mut all = Done::default();
    while let Some(round) = next {
        let done = acts.carry_out(&round, &mut system);
        next = inner.with(|phone, now| {
            let mut ledger = phone.ledger()?;
            ledger.record(&done, now);
            let next = ledger.begin(&mut acts);
            phone.keep_ledger(&ledger)?;
            Ok(next)
        })?;
        all.add(done);
    }
    let refused = all.armed.iter().filter(|(_, taken)| !taken).count();
    Ok(ReminderRefresh {
        running: false,
        held: count(held.len()),
        armed: count(all.armed.len() - refused),
        withdrawn: count(all.withdrawn.len()),
        refused: count(refused),
        next_at: held.first().map(|notice| notice.at),
        before_unlock: early,
    })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The phone's system, behind the shell.
struct Shell<'a> {
    armer: &'a dyn ReminderArmer,
    inner: &'a Inner,
    /// Numbers that a list for before the first unlock names which could not be replaced: a restart arms them
    /// again, so they are not gone.
    listed: BTreeSet<u32>,
}

impl System for Shell<'_> {
    fn withdraw(&mut self, id: u32) -> bool {
        self.armer.withdraw(id.to_string()).is_ok() && !self.listed.contains(&id)
    }

    fn arm(&mut self, notice: &Notice) -> bool {
        self.armer.arm(to_arm(notice)).is_ok()
    }

    fn armed(&mut self) -> Option<BTreeSet<u32>> {
        self.armer.armed().ok().flatten().map(|ids| numbers(&ids))
    }

    fn now(&mut self) -> i64 {
        self.inner.clock.now_ms()
    }
}

fn to_arm(notice: &Notice) -> ArmedReminder {
    ArmedReminder {
        id: notice.id.to_string(),
        at: notice.at,
        local: notice.local.map(local_text),
        exact: notice.exact,
        text: notice.text.clone(),
    }
}

impl Phone {
    fn ledger(&self) -> Result<Ledger, CompanionError> {
        let plain = secret::setting(&self.store, &self.key, LEDGER)?;
        // A ledger that cannot be read begins anew: what the system holds is found by its numbers.
        Ok(plain
            .and_then(|plain| Ledger::from_bytes(&plain))
            .unwrap_or_default())
    }

    fn keep_ledger(&mut self, ledger: &Ledger) -> Result<(), CompanionError> {
        let bytes = ledger.to_bytes();
        secret::set_setting(&mut self.store, &self.key, LEDGER, &bytes)
    }

    /// Keeps where the list for before the first unlock lies.
    fn keep_list(&mut self, folder: &Path) -> Result<(), CompanionError> {
        let known = secret::setting(&self.store, &self.key, LIST)?;
        let name = folder.to_string_lossy();
        if known.is_some_and(|known| known.as_slice() == name.as_bytes()) {
            return Ok(());
        }
        secret::set_setting(&mut self.store, &self.key, LIST, name.as_bytes())
    }

    /// A number that rang is not armed again after a restart, whatever the clock says then.
    fn unlist(&self, id: u32) -> Result<(), CompanionError> {
        let folder = secret::setting(&self.store, &self.key, LIST)?;
        if let Some(folder) = folder.and_then(|name| String::from_utf8(name.to_vec()).ok()) {
            early::drop_number(Path::new(&folder), id);
        }
        Ok(())
    }

    fn settings_of_reminders(&self) -> Result<Settings, CompanionError> {
        let plain = secret::setting(&self.store, &self.key, SETTINGS)?;
        Ok(plain
            .and_then(|plain| serde_json::from_slice(&plain).ok())
            .unwrap_or_default())
    }

    fn plan_reminders(
        &self,
        ledger: &mut Ledger,
        means: &ReminderMeans,
        os: Option<&BTreeSet<u32>>,
        strays: &BTreeSet<u32>,
        now: i64,
    ) -> Result<Acts, CompanionError> {
        let nobody = Chart::default();
        let chart = match self.home() {
            Ok(_) if self.care().is_ok() => self.chart()?,
            // A family phone, or none: there is nothing to remind of.
            Ok(_) | Err(CompanionError::NotEnrolled | CompanionError::NotFound) => &nobody,
            Err(error) => return Err(error),
        };
        let settings = self.settings_of_reminders()?;
        let asked = Asked {
            chart,
            library: &self.library,
            settings: &settings,
            language: Language::of(&means.language),
            means: Means {
                notifications: means.notifications,
                exact: means.exact_alarms,
                slots: means.free_slots.min(MOST_SLOTS),
            },
            now,
            zone: &self.zone,
            past: &std::collections::BTreeMap::new(),
            rang: &[],
            synced_at: self.memo.last_sync_at,
            days: DAYS,
        };
        Ok(ledger.refresh(&asked, os, strays, &mut draw))
    }

    /// The ledger read aloud.
    pub fn reminder_report(&self, language: &str) -> Result<Vec<ReminderLine>, CompanionError> {
        let language = Language::of(language);
        let ledger = self.ledger()?;
        let read = |line: &&ledger::Line| {
            let step = line.now();
            let state = words(language, &format!("state.{}", step.state.code()));
            let why = step
                .why
                .map(|why| words(language, &format!("why.{}", why.code())));
            ReminderLine::new(line, [Some(state), why].into_iter().flatten().collect())
        };
        Ok(ledger.lines().iter().map(read).collect())
    }

    /// What the shell saw of a notification. A number that is not in the ledger changes nothing.
    pub fn note_reminder(
        &mut self,
        id: &str,
        event: ReminderEvent,
        now: i64,
    ) -> Result<(), CompanionError> {
        let id = number(id).ok_or(CompanionError::NotFound)?;
        let mut ledger = self.ledger()?;
        if !ledger.note(id, event, now) {
            return Err(CompanionError::NotFound);
        }
        self.keep_ledger(&ledger)?;
        self.unlist(id)
    }

    /// Puts a notification off; the next refresh finds its time.
    pub fn snooze_reminder(&mut self, id: &str, now: i64) -> Result<(), CompanionError> {
        let id = number(id).ok_or(CompanionError::NotFound)?;
        let minutes = i64::from(self.settings_of_reminders()?.snooze_minutes);
        let mut ledger = self.ledger()?;
        if !ledger.snooze(id, now + minutes * MINUTE_MS, now) {
            return Err(CompanionError::NotFound);
        }
        self.keep_ledger(&ledger)?;
        self.unlist(id)
    }

    /// What the person set.
    pub fn reminder_settings(&self) -> Result<ReminderSettings, CompanionError> {
        Ok((&self.settings_of_reminders()?).into())
    }

    /// Sets it.
    pub fn set_reminder_settings(
        &mut self,
        settings: &ReminderSettings,
    ) -> Result<(), CompanionError> {
        let settings = settings.read()?;
        settings.check().map_err(CompanionError::not_valid)?;
        let bytes = serde_json::to_vec(&settings).expect("plain structs have text keys");
        secret::set_setting(&mut self.store, &self.key, SETTINGS, &bytes)
    }
}

/// The list that the phone armed last, readable before its first unlock.
pub(crate) fn before_unlock(folder: &str) -> Vec<ArmedReminder> {
    early::list(Path::new(folder))
}
