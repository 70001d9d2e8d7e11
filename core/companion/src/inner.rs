//! The one long-lived object behind the API: state, lock, lane.
//!
//! Owns what is open, and the way from one state to another. Refuses to call into the shell (the key
//! store) while a lock is held.

use std::fs;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use handrail_care::calendar;
use handrail_mailbox::local::LocalKey;

use crate::api::KeyStore;
use crate::clock::Clock;
use crate::error::{CompanionError, LossReason};
use crate::help::HelpFacts;
use crate::phone::Phone;
use crate::reminders;
use crate::store::{self, Lock, NEXT, Store};
use crate::sync::Lane;
use crate::view::{Help, Standing};

/// A file that says "this phone was cut off" until a new invite was redeemed.
const CUT_OFF: &str = "cut-off";
/// A file that says "everything here is being erased": opening finishes it.
const ERASING: &str = "erasing";

/// How the phone stands.
pub(crate) enum State {
    /// The store is open; enrolled or not.
    Open(Box<Phone>),
    /// The store cannot be opened.
    NeedsInvite(LossReason),
    /// Staff cut the phone off.
    CutOff,
    /// Closed by the shell.
    Closed,
}

/// Everything.
pub(crate) struct Inner {
    pub dir: PathBuf,
    pub keys: Arc<dyn KeyStore>,
    pub clock: Arc<dyn Clock>,
    pub help: HelpFacts,
    pub lane: Lane,
    pub reminders: reminders::Turn,
    state: Mutex<State>,
    lock: Mutex<Option<Lock>>,
    zone: Mutex<String>,
    language: Mutex<String>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn local_key(bytes: &[u8]) -> Result<LocalKey, CompanionError> {
    let fixed = bytes.try_into().map_err(|_| CompanionError::NeedsInvite {
        reason: LossReason::KeyWrong,
    })?;
    Ok(LocalKey::from_bytes(fixed))
}

impl Inner {
    /// Opens the folder, making it when it is not there.
    pub fn open(
        dir: &Path,
        keys: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        zone: &str,
    ) -> Result<Self, CompanionError> {
        calendar::check_zone(zone).map_err(CompanionError::not_valid)?;
        let disk = |_| CompanionError::NotSaved {
            code: "disk-error".to_owned(),
        };
        store::make_dir(dir).map_err(disk)?;
        let lock = Lock::take(dir)
            .map_err(disk)?
            .ok_or(CompanionError::AlreadyOpen)?;
        let inner = Self {
            dir: dir.to_owned(),
            keys,
            clock,
            help: HelpFacts::default(),
            lane: Lane::default(),
            reminders: reminders::Turn::default(),
            state: Mutex::new(State::Closed),
            lock: Mutex::new(Some(lock)),
            zone: Mutex::new(zone.to_owned()),
            language: Mutex::new("en".to_owned()),
        };
        let state = inner.load()?;
        *held(&inner.state) = state;
        inner.after_opening();
        Ok(inner)
    }

    fn load(&self) -> Result<State, CompanionError> {
        if self.dir.join(ERASING).exists() {
            self.finish_erasing()?;
        }
        if self.dir.join(CUT_OFF).exists() {
            // A wipe that a crash interrupted is finished first.
            let _ = self.keys.delete();
            let _ = store::delete_all(&self.dir);
            return Ok(State::CutOff);
        }
        adopt_next(&self.dir)?;
        let known = self.keys.load()?;
        let exists = Store::path(&self.dir).exists();
        let key = match (known, exists) {
            (Some(bytes), true) => local_key(&bytes),
            (None, true) => {
                return Ok(State::NeedsInvite(LossReason::KeyMissing));
            }
            (Some(bytes), false) => local_key(&bytes).or_else(|_| self.make_key()),
            (None, false) => self.make_key(),
        };
        match key.and_then(|key| self.load_with(key)) {
            Ok(phone) => Ok(State::Open(Box::new(phone))),
            Err(CompanionError::NeedsInvite { reason }) => Ok(State::NeedsInvite(reason)),
            Err(error) => Err(error),
        }
    }

    fn load_with(&self, key: LocalKey) -> Result<Phone, CompanionError> {
        let zone = held(&self.zone).clone();
        Phone::load(&self.dir, key, &zone, self.clock.now_ms())
    }

    fn make_key(&self) -> Result<LocalKey, CompanionError> {
        let key = LocalKey::make();
        self.keys.save(key.to_bytes().to_vec())?;
        Ok(key)
    }

    /// A wipe that was read but not carried out, and what help shows.
    fn after_opening(&self) {
        let lost = match &*held(&self.state) {
            State::Open(phone) => {
                self.help.learn(phone);
                phone.is_lost()
            }
            _ => false,
        };
        if lost {
            self.cut_off();
        }
    }

    /// Does something with the open phone. The lock is held for as long as it takes: no network here.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&mut Phone, i64) -> Result<T, CompanionError>,
    ) -> Result<T, CompanionError> {
        let now = self.clock.now_ms();
        let poisoned = self.state.is_poisoned();
        let mut state = held(&self.state);
        let phone = match &mut *state {
            State::Open(phone) => phone,
            State::NeedsInvite(reason) => {
                return Err(CompanionError::NeedsInvite { reason: *reason });
            }
            State::CutOff => return Err(CompanionError::CutOff),
            State::Closed => return Err(CompanionError::Closed),
        };
        if poisoned {
            // A panic went through a call: what is on the disk counts.
            phone.reload(now)?;
            self.state.clear_poison();
        }
        phone.language.clone_from(&held(&self.language));
        work(phone, now)
    }

    /// Brings what help shows in step with the open phone.
    pub fn learn_help(&self) {
        if let State::Open(phone) = &*held(&self.state) {
            self.help.learn(phone);
        }
    }

    /// The language that the shell shows: questionnaires are asked in it where we have their words.
    pub fn set_language(&self, language: &str) {
        language.clone_into(&mut held(&self.language));
    }

    /// Help in the shell's language. Waits for nothing that anything slow holds.
    pub fn help(&self, country: &str) -> Help {
        let language = held(&self.language).clone();
        self.help.help(country, &language)
    }

    /// How the phone stands.
    pub fn standing(&self) -> Standing {
        match &*held(&self.state) {
            State::Open(phone) => phone
                .enrolment
                .as_ref()
                .map_or(Standing::NotEnrolled, |one| Standing::Enrolled {
                    role: one.record.role(),
                    clinic: one.record.clinic.clone(),
                }),
            State::NeedsInvite(reason) => Standing::NeedsInvite { reason: *reason },
            State::CutOff => Standing::CutOff,
            State::Closed => Standing::Closed,
        }
    }

    /// The phone is in another zone now.
    pub fn set_zone(&self, zone: &str) -> Result<(), CompanionError> {
        calendar::check_zone(zone).map_err(CompanionError::not_valid)?;
        zone.clone_into(&mut held(&self.zone));
        if let State::Open(phone) = &mut *held(&self.state) {
            zone.clone_into(&mut phone.zone);
        }
        Ok(())
    }

    /// Closes the store and lets another process open it. A second time does nothing.
    pub fn close(&self) {
        self.lane.call_off.cancel();
        let before = mem::replace(&mut *held(&self.state), State::Closed);
        drop(before);
        self.help.forget();
        self.reminders.forget();
        *held(&self.lock) = None;
    }

    /// Staff cut this phone off: the key goes first, then the files.
    pub fn cut_off(&self) {
        let mut state = held(&self.state);
        if matches!(*state, State::Closed) {
            // Another object may have the folder by now; opening finds the signed entry again.
            return;
        }
        let before = mem::replace(&mut *state, State::CutOff);
        drop(state);
        drop(before);
        self.help.forget();
        // Written first, so that a crash from here on ends in the same state.
        let marker = fs::File::create(self.dir.join(CUT_OFF)).and_then(|file| file.sync_all());
        store::sync_dir(&self.dir);
        let key = self.keys.delete();
        let files = store::delete_all(&self.dir);
        // When one of them failed the marker stays and opening tries again; nothing can be said to
        // anyone who could do more.
        let _ = (marker, key, files);
    }

    /// Erases everything at the patient's word: the key goes first, then the files. After a crash opening
    /// goes on with it. The phone can then be enrolled like a new one.
    pub fn erase(&self) -> Result<(), CompanionError> {
        let mut state = held(&self.state);
        if matches!(*state, State::Closed) {
            return Err(CompanionError::Closed);
        }
        let marked = fs::File::create(self.dir.join(ERASING)).and_then(|file| file.sync_all());
        marked.map_err(|_| CompanionError::NotSaved {
            code: "disk-error".to_owned(),
        })?;
        store::sync_dir(&self.dir);
        let before = mem::replace(&mut *state, State::NeedsInvite(LossReason::KeyMissing));
        drop(state);
        drop(before);
        self.help.forget();
        self.finish_erasing()?;
        let key = self.make_key()?;
        let phone = self.load_with(key)?;
        *held(&self.state) = State::Open(Box::new(phone));
        Ok(())
    }

    fn finish_erasing(&self) -> Result<(), CompanionError> {
        self.keys.delete()?;
        store::delete_all(&self.dir)?;
        // The files are gone for good before the word that they must go is.
        store::sync_dir(&self.dir);
        for gone in [ERASING, CUT_OFF] {
            let path = self.dir.join(gone);
            if path.exists() {
                fs::remove_file(path).map_err(|_| CompanionError::NotSaved {
                    code: "disk-error".to_owned(),
                })?;
            }
        }
        store::sync_dir(&self.dir);
        Ok(())
    }

    /// Makes sure that there is an open store to enrol with. What cannot be opened is set aside, never
    /// deleted.
    pub fn make_ready(&self) -> Result<(), CompanionError> {
        match &*held(&self.state) {
            State::Open(_) => return Ok(()),
            State::Closed => return Err(CompanionError::Closed),
            State::NeedsInvite(_) | State::CutOff => {}
        }
        store::set_aside(&self.dir, self.clock.now_ms())?;
        let key = self.make_key()?;
        let phone = self.load_with(key)?;
        let marker = self.dir.join(CUT_OFF);
        if marker.exists() {
            fs::remove_file(marker).map_err(|_| CompanionError::NotSaved {
                code: "disk-error".to_owned(),
            })?;
            // A marker that came back after a loss of power would wipe what is written from here on.
            store::sync_dir(&self.dir);
        }
        *held(&self.state) = State::Open(Box::new(phone));
        Ok(())
    }

    /// Replaces the store by another one that `prepare` fills: another person's invite was redeemed on
    /// this phone. The old store is set aside.
    pub fn replace_store(
        &self,
        prepare: impl FnOnce(&mut Store, &LocalKey) -> Result<(), CompanionError>,
    ) -> Result<(), CompanionError> {
        let mut state = held(&self.state);
        let State::Open(phone) = &mut *state else {
            return Err(CompanionError::Closed);
        };
        let next = self.dir.join(NEXT);
        let disk = |_| CompanionError::NotSaved {
            code: "disk-error".to_owned(),
        };
        let _ = fs::remove_dir_all(&next);
        store::make_dir(&next).map_err(disk)?;
        let key = LocalKey::from_bytes(&phone.key.to_bytes());
        let fresh = Phone::load(&next, LocalKey::from_bytes(&key.to_bytes()), &phone.zone, 0)?;
        let mut fresh = fresh.store;
        prepare(&mut fresh, &key)?;
        // With the WAL in the file, one rename moves all of it.
        fresh.close_whole()?;
        // From here on a failure leaves the phone to what opening finds.
        *state = State::NeedsInvite(LossReason::StoreDamaged);
        let moved = store::set_aside(&self.dir, self.clock.now_ms())
            .map_err(CompanionError::from)
            .and_then(|_| adopt_next(&self.dir));
        let zone = held(&self.zone).clone();
        let load = || Phone::load(&self.dir, key, &zone, self.clock.now_ms());
        if let Err(error) = moved {
            // What was there before is there still, unless it was moved already.
            if Store::path(&self.dir).exists()
                && let Ok(phone) = load()
            {
                *state = State::Open(Box::new(phone));
            }
            return Err(error);
        }
        let phone = load()?;
        *state = State::Open(Box::new(phone));
        Ok(())
    }
}

/// A store made ready takes its place when the place is free; otherwise it never became ready.
fn adopt_next(dir: &Path) -> Result<(), CompanionError> {
    let next = dir.join(NEXT);
    if !next.exists() {
        return Ok(());
    }
    let ready = Store::path(&next);
    let place = Store::path(dir);
    if ready.exists() && !place.exists() {
        fs::rename(ready, place).map_err(|_| CompanionError::NotSaved {
            code: "disk-error".to_owned(),
        })?;
        store::sync_dir(dir);
    }
    let _ = fs::remove_dir_all(next);
    Ok(())
}
