//! Synchronisation: a lane of its own beside everything else on the phone.
//!
//! Owns the order of a pass, when to try again and how to call it off. Holds the phone's lock only while
//! a request is made and while its answer is stored. What came is followed by the reminders before the pass
//! ends. Refuses to act on a server's refusal: that stops
//! sync and nothing else.

mod arrive;
mod backoff;
#[cfg(test)]
mod certificates;
mod exchange;
mod http;

pub(crate) use http::{Ask, CallOff, Post, Trouble};

use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::Duration;

use handrail_wire::problem::Code;
use handrail_wire::sync::SyncResponse;
use handrail_wire::{limits, path};

use self::exchange::{Asked, Pass};
use crate::error::CompanionError;
use crate::inner::Inner;
use crate::phone::Phone;
use crate::phone::fold::UNKNOWN_EPOCH;
use crate::reminders;
use crate::view::{
    AccountState, FaultView, PhoneRole, QuarantinedView, SyncOutcome, SyncReport, SyncStatus,
};

/// The smallest batch that is tried: more than the largest entry of a phone.
const SMALLEST_BATCH: usize = 64 * 1024;
/// A wait that the server asked for is not believed to lie further ahead than this (the clock may have
/// been set back).
const LONGEST_WAIT_MS: i64 = 70 * 60 * 1000;

/// What belongs to the lane.
pub(crate) struct Turnpike {
    pub post: Post,
    failures: u32,
    /// Bytes of entries in one request; halved when a request does not get through.
    batch: usize,
}

/// The lane: one pass at a time.
pub(crate) struct Lane {
    turn: Mutex<Turnpike>,
    pub call_off: CallOff,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            turn: Mutex::new(Turnpike {
                post: Post::default(),
                failures: 0,
                batch: limits::BATCH_BYTES,
            }),
            call_off: CallOff::default(),
        }
    }
}

/// The lane while it is used; calling off counts from here on.
pub(crate) struct Turn<'a> {
    pike: MutexGuard<'a, Turnpike>,
    call_off: &'a CallOff,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.pike.post.forget();
        self.call_off.end();
    }
}

impl Turn<'_> {
    /// One request and its answer.
    pub fn exchange(&mut self, ask: Ask) -> Result<Vec<u8>, Trouble> {
        self.send(ask);
        self.wait()
    }

    fn send(&mut self, ask: Ask) {
        self.pike.post.send(ask, self.call_off);
    }

    fn wait(&mut self) -> Result<Vec<u8>, Trouble> {
        self.pike.post.wait(self.call_off)
    }
}

impl Lane {
    /// Takes the lane; `None` while somebody has it.
    pub fn try_take(&self) -> Option<Turn<'_>> {
        match self.turn.try_lock() {
            Ok(pike) => Some(self.begin(pike)),
            Err(TryLockError::Poisoned(poisoned)) => Some(self.begin(poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Takes the lane, calling off whoever has it.
    pub fn take(&self) -> Turn<'_> {
        loop {
            self.call_off.cancel();
            if let Some(turn) = self.try_take() {
                return turn;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn begin<'a>(&'a self, pike: MutexGuard<'a, Turnpike>) -> Turn<'a> {
        self.call_off.begin();
        Turn {
            pike,
            call_off: &self.call_off,
        }
    }
}

/// A number from 0 to 1.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("a system without random numbers cannot run this program");
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}

/// One pass. Blocks; whatever ends it early, the next one goes on from there.
pub(crate) fn run(inner: &Inner) -> Result<SyncReport, CompanionError> {
    let Some(mut turn) = inner.lane.try_take() else {
        return Ok(report(SyncOutcome::Running, &Pass::default()));
    };
    let mut pass = Pass::default();
    let asked_to_wait = inner.with(|phone, now| {
        phone.enrolled()?;
        let ahead = phone
            .memo
            .not_before
            .map_or(0, |until| until.saturating_sub(now));
        Ok((1..=LONGEST_WAIT_MS).contains(&ahead).then_some(ahead))
    })?;
    if let Some(ahead) = asked_to_wait {
        let mut report = report(SyncOutcome::Busy, &pass);
        report.retry_after_ms = u64::try_from(ahead).ok();
        return Ok(report);
    }
    let ended = pass_over(inner, &mut turn, &mut pass)?;
    let mut report = finish(inner, &mut turn, &pass, &ended)?;
    drop(turn);
    let cut_off = report.outcome == SyncOutcome::CutOff;
    if cut_off {
        // Calls into the shell's key store: no lock is held.
        inner.cut_off();
    }
    // Also without news: what was read a moment ago is not stale.
    if cut_off || pass.received > 0 || report.outcome == SyncOutcome::UpToDate {
        report.reminders = reminders::again(inner);
    }
    Ok(report)
}

/// How a pass ended when not well.
enum Ended {
    Well,
    CutOff,
    Trouble(Trouble),
}

fn pass_over(inner: &Inner, turn: &mut Turn<'_>, pass: &mut Pass) -> Result<Ended, CompanionError> {
    inner.with(Phone::introduce)?;
    if let Err(trouble) = confirm(inner, turn)? {
        return Ok(Ended::Trouble(trouble));
    }
    let mut under_way: Option<Asked> = None;
    // A phone that has never had everything has nothing armed that could be cancelled.
    let known = inner.with(|phone, _| Ok(phone.memo.last_sync_at.is_some()))?;
    let mut followed = 0;
    let mut copied = false;
    loop {
        let batch = turn.pike.batch;
        if under_way.is_none() {
            under_way = inner.with(|phone, _| {
                let asked = phone.ask(pass, batch)?;
                Ok(asked.inspect(|asked| turn.send(sync_request(phone, asked))))
            })?;
        }
        let Some(mut asked) = under_way.take() else {
            // Up to date: now, and not before, copies for family are made again, so that nothing is copied
            // that the patient took back on another phone.
            let more = !copied && inner.with(|phone, now| copies(phone, pass, now))?;
            if !more {
                return Ok(Ended::Well);
            }
            copied = true;
            pass.again();
            continue;
        };
        if pass.received > followed && known {
            // The network may take its time: what was cancelled so far must not ring meanwhile.
            followed = pass.received;
            let _ = reminders::again(inner);
        }
        let answer = match turn.wait() {
            Ok(bytes) => bytes,
            Err(Trouble::Refused(Code::DeviceRevoked)) => return notice(inner, turn),
            Err(trouble) => {
                if trouble == Trouble::Offline {
                    turn.pike.batch = (batch / 2).max(SMALLEST_BATCH);
                }
                return Ok(Ended::Trouble(trouble));
            }
        };
        let Ok(mut answer) = handrail_wire::decode::<SyncResponse>(&answer) else {
            return Ok(Ended::Trouble(Trouble::Odd("answer-unexpected")));
        };
        answer.spell_out(&asked.request.mailboxes.0);
        let batch = batch.saturating_mul(2).min(limits::BATCH_BYTES);
        turn.pike.batch = batch;
        let lost = inner.with(|phone, now| {
            // The server has the next batch while this answer is stored.
            under_way = phone.ask_ahead(pass, &mut asked, &answer, batch)?;
            if let Some(next) = &under_way {
                turn.send(sync_request(phone, next));
            }
            phone.take(pass, &mut asked, &answer, now)?;
            phone.adopt_family(now)?;
            inner.help.learn(phone);
            Ok(phone.is_lost())
        })?;
        if lost {
            return Ok(Ended::CutOff);
        }
    }
}

/// Brings the copies for family in step after a good pass; true when there is something to send. One that
/// does not fit, or a disk that does not take it, is tried again by the next pass.
fn copies(phone: &mut Phone, pass: &Pass, now: i64) -> Result<bool, CompanionError> {
    if pass.trouble.is_some() {
        return Ok(false);
    }
    match phone.bring_copies_in_step(now) {
        Ok(written) => Ok(written > 0),
        Err(CompanionError::TooLarge | CompanionError::NotSaved { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn sync_request(phone: &Phone, asked: &Asked) -> Ask {
    ask(
        phone,
        path::SYNC,
        Some(handrail_wire::encode_about(
            &asked.request,
            asked.request.expected_len(),
        )),
    )
}

/// A request of an enrolled phone.
fn ask(phone: &Phone, path: &'static str, post: Option<Vec<u8>>) -> Ask {
    let enrolment = phone.enrolment.as_ref();
    Ask {
        origin: enrolment.map_or_else(String::new, |enrolment| enrolment.record.origin.clone()),
        path,
        bearer: enrolment.map(|enrolment| enrolment.token.bearer()),
        post,
    }
}

/// Tells the server that the keys of the invite are saved, when it was not told yet.
fn confirm(inner: &Inner, turn: &mut Turn<'_>) -> Result<Result<(), Trouble>, CompanionError> {
    let request = inner.with(|phone, _| {
        let open = !phone.enrolled()?.record.confirmed;
        Ok(open.then(|| ask(phone, path::REDEEM_CONFIRM, Some(Vec::new()))))
    })?;
    let Some(request) = request else {
        return Ok(Ok(()));
    };
    match turn.exchange(request) {
        // A refusal here is met again, and dealt with, by the sync that follows.
        Ok(_) | Err(Trouble::Refused(_)) => {}
        Err(trouble) => return Ok(Err(trouble)),
    }
    inner.with(Phone::confirmed).map(Ok)
}

/// The server has cut this phone off. Only a signed entry wipes it; without one sync just stops.
fn notice(inner: &Inner, turn: &mut Turn<'_>) -> Result<Ended, CompanionError> {
    let refused = Ended::Trouble(Trouble::Refused(Code::DeviceRevoked));
    let request = inner.with(|phone, _| Ok(ask(phone, path::NOTICE, None)))?;
    let answer = match turn.exchange(request) {
        Ok(answer) => answer,
        Err(Trouble::Cancelled) => return Ok(Ended::Trouble(Trouble::Cancelled)),
        Err(_) => return Ok(refused),
    };
    let Ok(answer) = handrail_wire::decode::<handrail_wire::account::NoticeResponse>(&answer)
    else {
        return Ok(refused);
    };
    let Some(notice) = answer.notice else {
        return Ok(refused);
    };
    let lost = inner.with(|phone, _| Ok(phone.believes(notice)))?;
    Ok(if lost { Ended::CutOff } else { refused })
}

/// Writes how the pass ended and says so.
fn finish(
    inner: &Inner,
    turn: &mut Turn<'_>,
    pass: &Pass,
    ended: &Ended,
) -> Result<SyncReport, CompanionError> {
    let outcome = match ended {
        Ended::CutOff => return Ok(report(SyncOutcome::CutOff, pass)),
        Ended::Well => match &pass.trouble {
            None => SyncOutcome::UpToDate,
            Some(code) => SyncOutcome::Trouble { code: code.clone() },
        },
        Ended::Trouble(trouble) => outcome(trouble),
    };
    let mut report = report(outcome, pass);
    let asked = match ended {
        Ended::Trouble(Trouble::Busy(asked)) => *asked,
        _ => None,
    };
    match report.outcome {
        // The account is closed: there is nothing to try again.
        SyncOutcome::UpToDate | SyncOutcome::AccountClosed => turn.pike.failures = 0,
        SyncOutcome::Cancelled => {}
        _ => {
            turn.pike.failures = turn.pike.failures.saturating_add(1);
            let wait = backoff::wait(turn.pike.failures, asked, chance());
            report.retry_after_ms = Some(millis(wait));
        }
    }
    let wait = asked.and(report.retry_after_ms);
    inner.with(|phone, now| {
        let mut memo = phone.memo.clone();
        memo.not_before = wait.and_then(|wait| now.checked_add(i64::try_from(wait).ok()?));
        match &report.outcome {
            SyncOutcome::UpToDate => {
                memo.last_sync_at = Some(now);
                memo.refused = None;
                memo.closed_at = None;
            }
            SyncOutcome::Trouble { .. } => {
                memo.refused = None;
                memo.closed_at = None;
            }
            SyncOutcome::AccountClosed => {
                memo.refused = None;
                memo.closed_at.get_or_insert(now);
            }
            SyncOutcome::Refused { code } => memo.refused = Some(code.clone()),
            _ => {}
        }
        phone.set_memo(memo)
    })?;
    Ok(report)
}

fn outcome(trouble: &Trouble) -> SyncOutcome {
    match trouble {
        Trouble::Offline => SyncOutcome::Offline,
        Trouble::LoginWanted => SyncOutcome::LoginWanted,
        Trouble::Busy(_) => SyncOutcome::Busy,
        Trouble::Cancelled => SyncOutcome::Cancelled,
        Trouble::Refused(Code::AccountClosed) => SyncOutcome::AccountClosed,
        Trouble::Refused(
            code @ (Code::NotAuthenticated | Code::DeviceRevoked | Code::NotAllowed),
        ) => SyncOutcome::Refused {
            code: code.as_str().to_owned(),
        },
        Trouble::Refused(code) => SyncOutcome::Trouble {
            code: code.as_str().to_owned(),
        },
        Trouble::Odd(code) => SyncOutcome::Trouble {
            code: (*code).to_owned(),
        },
    }
}

fn report(outcome: SyncOutcome, pass: &Pass) -> SyncReport {
    SyncReport {
        outcome,
        sent: pass.sent,
        received: pass.received,
        restored: pass.restored,
        retry_after_ms: None,
        reminders: None,
    }
}

impl Phone {
    /// Writes how sync stands, when that is new.
    fn set_memo(&mut self, memo: crate::phone::SyncMemo) -> Result<(), CompanionError> {
        if memo != self.memo {
            let key = &self.key;
            // Lost with the power, it is found out again by the next sync.
            self.store.write_soon(|w| memo.store(w, key))?;
            self.memo = memo;
        }
        Ok(())
    }

    /// How the account stands: what staff said in this phone's own mailbox, and what the server answers.
    fn account(&self) -> Result<AccountState, CompanionError> {
        let closes = self.mailboxes[self.home()?].chart.account_closes();
        Ok(match (self.memo.closed_at, closes) {
            (Some(since), told) => AccountState::Closed {
                since,
                told: told.is_some(),
            },
            (None, Some(on)) => AccountState::Closing { on: on.to_string() },
            (None, None) => AccountState::Open,
        })
    }

    /// How sync stands.
    pub fn sync_status(&self) -> Result<SyncStatus, CompanionError> {
        self.enrolled()?;
        let name = |n: i64| {
            let mailbox = self.mailboxes.iter().find(|mailbox| mailbox.n == n);
            mailbox.map_or_else(String::new, |mailbox| mailbox.log.mailbox.to_string())
        };
        let family = self.enrolled()?.record.role() == PhoneRole::Family;
        let quarantined = self.store.quarantined()?.into_iter();
        // After the patient took everything back a family phone has no key for what comes: it tells
        // nothing of it.
        let quarantined = quarantined.filter(|noted| !family || noted.code != UNKNOWN_EPOCH);
        let faults = self.store.faults()?.into_iter();
        let mut faults: Vec<_> = faults
            .map(|noted| FaultView {
                mailbox: name(noted.mailbox),
                entry: noted.entry.map(|id| id.to_string()),
                code: noted.code,
                at: noted.at,
            })
            .collect();
        for mailbox in &self.mailboxes {
            faults.extend(mailbox.unexplained().map(|id| FaultView {
                mailbox: mailbox.log.mailbox.to_string(),
                entry: Some(id.to_string()),
                code: "entry-missing".to_owned(),
                at: 0,
            }));
        }
        faults.extend(self.damaged()?.into_iter().map(|code| FaultView {
            mailbox: String::new(),
            entry: None,
            code: code.to_owned(),
            at: 0,
        }));
        Ok(SyncStatus {
            pending: self.unsent(),
            last_sync_at: self.memo.last_sync_at,
            restored_at: self.memo.restored_at,
            refused: self.memo.refused.clone(),
            account: self.account()?,
            not_before: self.memo.not_before,
            quarantined: quarantined
                .filter_map(|noted| {
                    Some(QuarantinedView {
                        mailbox: name(noted.mailbox),
                        entry: noted.entry?.to_string(),
                        reason: noted.code,
                        at: noted.at,
                    })
                })
                .collect(),
            faults,
        })
    }
}
