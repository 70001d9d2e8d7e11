//! Closing an account politely: said ahead in the patient's and the family's mailboxes, then done by the
//! server. Nothing on a phone is deleted by it, and the clinic's record stays.

use chrono::{NaiveDate, NaiveTime};
use handrail_care::calendar;
use handrail_care::caseload;
use handrail_care::chart::Chart;
use handrail_care::ends::AccountClosing;
use handrail_care::entry::Body;
use handrail_care::id::Id;
use handrail_care::today;
use handrail_wire::account::CloseAccount;
use handrail_wire::id::SubjectId;
use handrail_wire::path;

use crate::act::{ActError, Done};
use crate::clinician::{Clinician, mailbox_of};
use crate::outgoing::Outgoing;

impl Clinician {
    /// Closes the account of a discharged patient, and of the family, from a day on.
    pub(crate) fn close_account(
        &mut self,
        patient: Id,
        on: NaiveDate,
        now: i64,
    ) -> Result<Done, ActError> {
        let chart = self.charts.get(&patient).ok_or(ActError::PatientUnknown)?;
        let discharge = chart.discharge().ok_or(ActError::StillEnrolled)?;
        let today = caseload::clinic_date(&self.library, now);
        if on <= today || on <= discharge.value.date || calendar::check_date(on).is_err() {
            return Err(ActError::OutOfRange);
        }
        let zone = today::clinic_zone_or(chart, &self.library, "UTC");
        let begins = calendar::resolve_local(zone, on, NaiveTime::MIN)
            .map_err(|_| ActError::ScheduleInvalid)?;
        let at = begins.instant.timestamp_millis();
        self.tell_closing(patient, Some(on), Some(at), now)
    }

    /// Keeps the account, or opens it again.
    pub(crate) fn keep_account(&mut self, patient: Id, now: i64) -> Result<Done, ActError> {
        let chart = self.charts.get(&patient).ok_or(ActError::PatientUnknown)?;
        if chart.account_closes().is_none() {
            return Err(ActError::NotFound);
        }
        self.tell_closing(patient, None, None, now)
    }

    fn tell_closing(
        &mut self,
        patient: Id,
        on: Option<NaiveDate>,
        at: Option<i64>,
        now: i64,
    ) -> Result<Done, ActError> {
        let body = Body::AccountClosing(AccountClosing { on });
        let done = self.put(mailbox_of(patient), &body, now)?;
        let family = self.roster.family_of(patient);
        let family: Vec<_> = family.map(|member| member.mailbox).collect();
        for member in &family {
            self.put(mailbox_of(*member), &body, now)?;
        }
        for subject in std::iter::once(patient).chain(family) {
            let close = CloseAccount {
                subject: SubjectId(subject.0),
                at,
            };
            self.requests
                .push_back(Outgoing::post(path::ACCOUNTS_CLOSE, &close));
        }
        Ok(done)
    }

    /// Refuses for a subject whose account is closed today.
    pub(crate) fn check_open(&self, subject: Id, now: i64) -> Result<(), ActError> {
        let closes = self.charts.get(&subject).and_then(Chart::account_closes);
        let today = caseload::clinic_date(&self.library, now);
        if closes.is_some_and(|on| on <= today) {
            return Err(ActError::AccountClosed);
        }
        Ok(())
    }
}
