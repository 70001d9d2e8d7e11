//! Watching: tells people of safety flags by the clinic's list, and settles visits.
//!
//! Owns one pass ([`Watch::pass`]): fetch, tell whoever is to be told now, note it in the team's mailbox
//! where every console shows it, write marks of the front desk into the patients' own counts. Whom and when
//! is `handrail_care::alert`'s to say. Refuses to keep silent for any trouble of its own: without the server
//! it goes on telling of what it knows; a telling whose note was lost is noted again; told twice is better
//! than not at all. Refuses to say who it is about: a [`Notice`] names staff and a number that only the
//! console can read.

pub mod program;

use std::collections::BTreeMap;
use std::io::Read;
use std::thread;

use handrail_care::alert::{AlertTold, Via};
use handrail_care::id::Id;
use handrail_clinician::{Act, AlertDue, Clinician, Problem};
use serde::Serialize;

use crate::account::Account;
use crate::driver::Driver;

/// After a program that did not take a notice, it is tried again this much later, in milliseconds.
const TRY_AGAIN_MS: i64 = 60_000;
/// Notices handed over at once.
const AT_ONCE: usize = 8;
/// The watcher's entries name this zone: it is on no wall.
const ZONE: &str = "UTC";

/// A member of staff in a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Names them in the library.
    pub id: Id,
    /// Name.
    pub name: String,
}

/// What the clinic's own program is given: nothing about a patient, no answer, no number of anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Version of this shape.
    pub v: u8,
    /// The same for every step of one alert; a random number that only the console can read.
    pub alert: Id,
    /// Step of the clinic's list, counted from 1.
    pub step: u32,
    /// Somebody was told of it before, or was to be.
    pub again: bool,
    /// Who is to be told.
    pub tell: Vec<Person>,
    /// Where to look: the console.
    pub console: String,
}

/// One telling of a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// As in the notice.
    pub alert: Id,
    /// Step of the clinic's list.
    pub step: u32,
    /// How many people.
    pub people: usize,
    /// When it was due, epoch milliseconds.
    pub due_at: i64,
    /// By what.
    pub via: Via,
}

/// What a pass did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pass {
    /// Tellings, in order.
    pub told: Vec<Told>,
    /// Patients whose visits were settled.
    pub settled: usize,
    /// What went wrong with the server; everything else was done all the same.
    pub problem: Option<String>,
}

/// Hands a notice over; called from several threads.
pub type Teller<'a> = &'a (dyn Fn(&Notice) -> Via + Sync);

/// Names a flag and a step.
type Key = (Id, String, u32);

/// Someone who watches.
pub struct Watch {
    account: Account,
    driver: Driver,
    clinician: Clinician,
    /// What this process noted: noted again when a new login finds it missing.
    noted: Vec<AlertTold>,
    /// When a step was last tried and not taken.
    tried: BTreeMap<Key, i64>,
}

impl Watch {
    /// Logs in and fetches everything.
    pub fn begin(server: &str, account: Account, now: i64) -> Result<Self, Problem> {
        let mut driver = Driver::new(server)?;
        let mut clinician = enter(&mut driver, &account)?;
        driver.pump(&mut clinician, now)?;
        Ok(Self {
            account,
            driver,
            clinician,
            noted: Vec::new(),
            tried: BTreeMap::new(),
        })
    }

    /// The clinic made lists of whom to tell; without them every clinician is told at once.
    pub fn has_policy(&self) -> bool {
        self.clinician.has_alert_policy()
    }

    /// The server's stream of changes; it ends with the session.
    pub fn changes(&self) -> Result<impl Read + Send + 'static, Problem> {
        self.driver.changes()
    }

    /// Fetches, tells, notes, settles, sends.
    pub fn pass(&mut self, now: i64, teller: Teller<'_>) -> Pass {
        let fetched = self.fetch(now);
        let mut pass = Pass::default();
        for due in self.now_due(now) {
            self.tell(&due, now, teller, &mut pass.told);
        }
        for patient in self.clinician.unsettled() {
            let act = Act::SettleVisits { patient };
            if self.clinician.act(act, "", now).is_ok() {
                pass.settled += 1;
            }
        }
        let wrote = !pass.told.is_empty() || pass.settled > 0;
        let sent = match fetched {
            Ok(()) if wrote => self.driver.pump(&mut self.clinician, now),
            fetched => fetched,
        };
        pass.problem = sent.err().map(|problem| problem.code);
        pass
    }

    fn fetch(&mut self, now: i64) -> Result<(), Problem> {
        self.clinician.refresh();
        match self.driver.pump(&mut self.clinician, now) {
            Err(problem) if is_over(&problem) => {}
            other => return other,
        }
        // Sessions end, all of them when the clinic restores a backup. This one goes on with what it had: what
        // was not sent, and what the server may have lost (docs/adr/0018).
        let kept = self.clinician.keep();
        let mut clinician = enter(&mut self.driver, &self.account)?;
        clinician.go_on(&kept);
        self.clinician = clinician;
        self.driver.pump(&mut self.clinician, now)?;
        for told in &self.noted {
            if !self.clinician.was_noted(told) {
                let act = Act::NoteAlert { told: told.clone() };
                // Refused when its flag was erased: then there is nothing to note.
                let _ = self.clinician.act(act, "", now);
            }
        }
        self.driver.pump(&mut self.clinician, now)
    }

    /// What is due, without what was tried a moment ago.
    fn now_due(&self, now: i64) -> Vec<Vec<AlertDue>> {
        let mut due = self.clinician.alerts_due(now);
        due.retain(|due| {
            let tried = self.tried.get(&key(due));
            tried.is_none_or(|tried| now.saturating_sub(*tried) >= TRY_AGAIN_MS)
        });
        due.chunks(AT_ONCE).map(<[_]>::to_vec).collect()
    }

    fn tell(&mut self, due: &[AlertDue], now: i64, teller: Teller<'_>, all: &mut Vec<Told>) {
        let notices: Vec<_> = due.iter().map(|due| self.notice(due)).collect();
        let vias: Vec<Via> = thread::scope(|scope| {
            let running: Vec<_> = notices
                .iter()
                .map(|notice| scope.spawn(move || teller(notice)))
                .collect();
            let joined = running.into_iter().map(thread::ScopedJoinHandle::join);
            // A teller that panicked told nobody.
            joined
                .map(|via| via.unwrap_or(Via::ProgramFailed))
                .collect()
        });
        for (due, via) in due.iter().zip(vias) {
            if via == Via::ProgramFailed {
                self.tried.insert(key(due), now);
            } else {
                self.tried.remove(&key(due));
            }
            // One line of the log says that it was not taken, not one a minute.
            if via != Via::ProgramFailed || !due.failed_before {
                self.note(due, via, now);
            }
            all.push(Told {
                alert: due.check_in,
                step: due.step,
                people: due.tell.len(),
                due_at: due.due_at,
                via,
            });
        }
    }

    fn notice(&self, due: &AlertDue) -> Notice {
        let library = self.clinician.library();
        let person = |id: &Id| Person {
            id: *id,
            name: library.staff_name(*id),
        };
        Notice {
            v: 1,
            alert: due.check_in,
            step: due.step,
            again: due.step > 1 || due.failed_before,
            tell: due.tell.iter().map(person).collect(),
            console: format!("{}/", self.driver.origin()),
        }
    }

    fn note(&mut self, due: &AlertDue, via: Via, now: i64) {
        let told = AlertTold {
            patient: due.patient,
            check_in: due.check_in,
            item: due.item.clone(),
            answer: due.answer,
            triage: due.triage,
            step: due.step,
            due_at: due.due_at,
            tell: due.tell.clone(),
            via,
        };
        self.noted.push(told.clone());
        // It is of a flag and of staff that are both here.
        let _ = self.clinician.act(Act::NoteAlert { told }, "", now);
    }
}

fn key(due: &AlertDue) -> Key {
    (due.check_in, due.item.clone(), due.step)
}

/// The server knows this session no more.
fn is_over(problem: &Problem) -> bool {
    matches!(
        problem.code.as_str(),
        "not-authenticated" | "session-expired"
    )
}

fn enter(driver: &mut Driver, account: &Account) -> Result<Clinician, Problem> {
    let Account {
        login,
        passphrase,
        account_secret,
    } = account;
    driver.enter(login, passphrase, account_secret, ZONE)
}
