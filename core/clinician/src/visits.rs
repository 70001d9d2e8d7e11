//! Acts about visits: marks, authorisations, pauses, ends, days on which the clinic is closed.
//!
//! A mark is written twice, into the roster and, as a visit, into the patient's care mailbox (docs/adr,
//! 0009): the phone counts without the roster. The front desk cannot open care mailboxes; what it marked
//! is settled when a clinician next opens a check-in of that patient, and by whoever watches (`watch`).

use chrono::{Days, NaiveDate};
use handrail_care::calendar;
use handrail_care::chart::Chart;
use handrail_care::ends::{FamilyNotices, Notice, PauseReason, Paused, Resumed, StopReason};
use handrail_care::entry::Body;
use handrail_care::id::Id;
use handrail_care::patient::{DischargeReason, Discharged, DueRule, Enrolled};
use handrail_care::program::{Attendance, ClosedDays};
use handrail_care::roster::AttendanceMarked;
use handrail_care::sessions;
use handrail_care::visits::{self, Authorised, PayerTold, Visit};

use crate::act::{ActError, Done};
use crate::clinician::{Clinician, mailbox_of, new_id};

/// Longest session that a mark can be of, in minutes.
const DAY_MINUTES: u32 = 24 * 60;
/// Most sessions in one word to a payer.
const SESSIONS_MAX: usize = 200;

fn session_id(session: &str) -> Result<(), ActError> {
    if session.is_empty() || session.len() > 100 {
        return Err(ActError::OutOfRange);
    }
    Ok(())
}

impl Clinician {
    /// Marks who came, in the roster and for the patient's own count.
    pub(crate) fn mark(
        &mut self,
        patient: Id,
        session: String,
        attendance: Attendance,
        minutes: Option<u32>,
        now: i64,
    ) -> Result<Done, ActError> {
        self.roster
            .person(patient)
            .ok_or(ActError::PatientUnknown)?;
        session_id(&session)?;
        // Minutes belong to someone who was there, for some of it.
        let fits = |minutes: u32| attendance.there() && (1..=DAY_MINUTES).contains(&minutes);
        if minutes.is_some_and(|minutes| !fits(minutes)) {
            return Err(ActError::OutOfRange);
        }
        let visit = self.visit(patient, &session, attendance, minutes);
        let marked = AttendanceMarked {
            person: patient,
            session,
            attendance,
            minutes,
        };
        let done = self.put(self.own.roster, &Body::Attendance(marked), now)?;
        if let Some(visit) = visit {
            self.put(mailbox_of(patient), &Body::Visit(visit), now)?;
        }
        Ok(done)
    }

    /// The visit that a mark makes; none when the patient's key is not here or no such session is.
    fn visit(
        &self,
        patient: Id,
        session: &str,
        attendance: Attendance,
        minutes: Option<u32>,
    ) -> Option<Visit> {
        let chart = self.charts.get(&patient)?;
        self.replicas.get(&mailbox_of(patient))?.keyring.current()?;
        let known = chart.visits().find(|fact| fact.value.session == session);
        if let Some(fact) = known {
            return Some(Visit {
                attendance,
                minutes,
                ..fact.value.clone()
            });
        }
        let all = sessions::sessions(chart, &self.library, i64::MIN / 2, i64::MAX / 2);
        let session = all.iter().find(|one| one.id == session)?;
        Some(Visit::of(session, attendance, minutes))
    }

    /// Writes what the roster tells of and the patient's phone does not have.
    pub(crate) fn settle(&mut self, patient: Id, now: i64) -> Result<Done, ActError> {
        let chart = self.charts.get(&patient).ok_or(ActError::PatientUnknown)?;
        let rest = visits::unsettled(chart, &self.library, &self.roster, patient);
        for visit in rest {
            self.put(mailbox_of(patient), &Body::Visit(visit), now)?;
        }
        Ok(Done::default())
    }

    /// Keeps an authorisation; without an id it is a new one.
    pub(crate) fn authorise(
        &mut self,
        patient: Id,
        mut authorised: Authorised,
        now: i64,
    ) -> Result<Done, ActError> {
        let chart = self.charts.get(&patient).ok_or(ActError::PatientUnknown)?;
        let known = |id: Id| chart.authorised().any(|fact| fact.value.id == id);
        if authorised.extends.is_some_and(|before| !known(before)) {
            return Err(ActError::NotFound);
        }
        if authorised.id == Id::default() {
            authorised.id = new_id();
        }
        if !authorised.is_valid() {
            return Err(ActError::OutOfRange);
        }
        let id = authorised.id;
        self.put(mailbox_of(patient), &Body::Authorised(authorised), now)?;
        Ok(Done {
            id: Some(id),
            ..Done::default()
        })
    }

    /// Notes that a payer was told of missed sessions.
    pub(crate) fn payer_told(&mut self, told: PayerTold, now: i64) -> Result<Done, ActError> {
        let chart = self.charts.get(&told.patient);
        let chart = chart.ok_or(ActError::PatientUnknown)?;
        let known = |fact: &Authorised| fact.id == told.authorisation;
        if !chart.authorised().any(|fact| known(&fact.value)) {
            return Err(ActError::NotFound);
        }
        if told.sessions.is_empty() || told.sessions.len() > SESSIONS_MAX {
            return Err(ActError::OutOfRange);
        }
        told.sessions.iter().try_for_each(|one| session_id(one))?;
        self.put(self.own.team, &Body::PayerTold(told), now)
    }

    /// Ends the program. The phones of the family fall silent with the patient's: at once after a
    /// death, else from the day after; they are not told why.
    pub(crate) fn discharge(
        &mut self,
        patient: Id,
        date: NaiveDate,
        reason: DischargeReason,
        now: i64,
    ) -> Result<Done, ActError> {
        calendar::check_date(date).map_err(|_| ActError::OutOfRange)?;
        let from = match reason {
            DischargeReason::Died => None,
            _ => date.checked_add_days(Days::new(1)),
        };
        let discharged = Discharged { date, reason };
        let done = self.put(mailbox_of(patient), &Body::Discharged(discharged), now)?;
        self.tell_family(patient, true, from, now)?;
        Ok(done)
    }

    /// Enrols again; the family's phones may give notice again.
    pub(crate) fn enrol(
        &mut self,
        patient: Id,
        enrolled: Enrolled,
        now: i64,
    ) -> Result<Done, ActError> {
        self.charts.get(&patient).ok_or(ActError::PatientUnknown)?;
        self.check_enrolment(&enrolled)?;
        let done = self.put(mailbox_of(patient), &Body::Enrolled(enrolled), now)?;
        let closes = |chart: &Chart| chart.account_closes().is_some();
        if self.charts.get(&patient).is_some_and(closes) {
            self.keep_account(patient, now)?;
        }
        self.tell_family(patient, false, None, now)?;
        Ok(done)
    }

    /// The check-ins of the enrolment that holds; the usual ones where there is none.
    pub(crate) fn asked_before(&self, patient: Id) -> Vec<DueRule> {
        let enrolment = self
            .charts
            .get(&patient)
            .and_then(|chart| chart.enrolment());
        enrolment.map_or_else(Enrolled::usual_check_ins, |fact| {
            fact.value.check_ins.clone()
        })
    }

    /// Care pauses.
    pub(crate) fn pause(
        &mut self,
        patient: Id,
        from: NaiveDate,
        reason: PauseReason,
        expected_back: Option<NaiveDate>,
        now: i64,
    ) -> Result<Done, ActError> {
        self.charts.get(&patient).ok_or(ActError::PatientUnknown)?;
        let dates = [Some(from), expected_back].into_iter().flatten();
        let real = |date| calendar::check_date(date).is_ok();
        if !dates.into_iter().all(real) || expected_back.is_some_and(|back| back <= from) {
            return Err(ActError::OutOfRange);
        }
        let paused = Paused {
            from,
            reason,
            expected_back,
        };
        let done = self.put(mailbox_of(patient), &Body::Paused(paused), now)?;
        self.tell_family(patient, true, Some(from), now)?;
        Ok(done)
    }

    /// The patient is back from a pause.
    pub(crate) fn resume(
        &mut self,
        patient: Id,
        date: NaiveDate,
        now: i64,
    ) -> Result<Done, ActError> {
        let chart = self.charts.get(&patient).ok_or(ActError::PatientUnknown)?;
        let pauses = chart.pauses();
        let last = pauses.last().ok_or(ActError::NotFound)?;
        if date < last.from || calendar::check_date(date).is_err() {
            return Err(ActError::OutOfRange);
        }
        let ended = chart.discharge().is_some();
        let done = self.put(mailbox_of(patient), &Body::Resumed(Resumed { date }), now)?;
        if !ended {
            self.tell_family(patient, false, None, now)?;
        }
        Ok(done)
    }

    /// Silences a family member's phone from the day on which the patient's care ended or paused.
    pub(crate) fn silence_like_patient(
        &mut self,
        patient: Id,
        mailbox: Id,
        now: i64,
    ) -> Result<(), ActError> {
        let zone = self
            .library
            .clinic()
            .map_or("UTC", |clinic| &clinic.time_zone);
        let today = handrail_care::due::date_at(now, zone);
        let chart = self.charts.get(&patient).ok_or(ActError::PatientUnknown)?;
        let stop = chart.reminders_stop(today);
        // Whoever is back on a day that is known has told the family already.
        let is_back = chart
            .pauses()
            .last()
            .is_some_and(|pause| pause.back.is_some());
        let stop = stop.filter(|stop| *stop != StopReason::Paused || !is_back);
        if stop.is_some_and(|stop| stop.stops(Notice::Family)) {
            let notices = FamilyNotices {
                stopped: true,
                from: None,
            };
            self.put(mailbox_of(mailbox), &Body::FamilyNotices(notices), now)?;
        }
        Ok(())
    }

    /// Silences the phones of a patient's family, or lets them give notice again.
    fn tell_family(
        &mut self,
        patient: Id,
        stopped: bool,
        from: Option<NaiveDate>,
        now: i64,
    ) -> Result<(), ActError> {
        let family: Vec<Id> = self
            .roster
            .family_of(patient)
            .map(|member| member.mailbox)
            .filter(|mailbox| self.can_write(*mailbox))
            .collect();
        for mailbox in family {
            let notices = FamilyNotices { stopped, from };
            self.put(mailbox_of(mailbox), &Body::FamilyNotices(notices), now)?;
        }
        Ok(())
    }

    pub(crate) fn can_write(&self, mailbox: Id) -> bool {
        let replica = self.replicas.get(&mailbox_of(mailbox));
        replica.is_some_and(|replica| replica.keyring.current().is_some())
    }

    /// Says when the clinic is closed; without an id it is a new time.
    pub(crate) fn close_days(&mut self, mut days: ClosedDays, now: i64) -> Result<Done, ActError> {
        if !days.is_valid() {
            return Err(ActError::OutOfRange);
        }
        let known = |track: &Id| self.library.track(*track).is_some();
        if !days.tracks.iter().all(known) {
            return Err(ActError::NotFound);
        }
        if days.id == Id::default() {
            days.id = new_id();
        }
        let id = days.id;
        self.put(self.own.library, &Body::ClosedDays(days), now)?;
        Ok(Done {
            id: Some(id),
            ..Done::default()
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
