//! What whoever watches has to do: flags to tell of, visits to settle.
//!
//! Owns the questions of a watcher (`handrail-desk watch`, or a page) and the one act that notes that people
//! were told. Refuses to tell anyone: it says whom, and the caller does. Rules: `care::alert`.

use handrail_care::alert::{AlertPolicy, AlertTold, telling};
use handrail_care::checkin::Triage;
use handrail_care::entry::Body;
use handrail_care::flag::{self, Flag};
use handrail_care::id::Id;
use handrail_care::visits;

use crate::act::{ActError, Done};
use crate::clinician::Clinician;

/// A flag that people are to be told of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertDue {
    /// Whose: the care mailbox.
    pub patient: Id,
    /// Which check-in.
    pub check_in: Id,
    /// Which safety item.
    pub item: String,
    /// The answer, unless it was left out.
    pub answer: Option<i64>,
    /// The C-SSRS level.
    pub triage: Option<Triage>,
    /// When it was answered by the patient's clock, epoch milliseconds.
    pub answered_at: i64,
    /// When that reached the clinic; long after the answer when the phone was offline.
    pub received: Option<i64>,
    /// The last step of the clinic's list that is due, counted from 1.
    pub step: u32,
    /// When the first untold step was due, epoch milliseconds.
    pub due_at: i64,
    /// Who is to be told.
    pub tell: Vec<Id>,
    /// It was tried before and not taken.
    pub failed_before: bool,
}

impl Clinician {
    fn all_flags(&self) -> Vec<Flag> {
        let patients = self.roster.people().into_iter();
        patients
            .filter_map(|person| {
                let chart = self.charts.get(&person.care)?;
                let flags = flag::flags(person.care, chart, &self.team, &self.library);
                Some(flags.into_iter().filter(Flag::is_open))
            })
            .flatten()
            .collect()
    }

    /// Open flags that somebody is to be told of at `now`, positive answers first, then oldest first.
    pub fn alerts_due(&self, now: i64) -> Vec<AlertDue> {
        let policy = AlertPolicy::in_force(&self.team, &self.library);
        let due = |flag: Flag| {
            let log = self.team.alerts_told(flag.patient, flag.check_in);
            let log = log.map(|fact| &fact.value);
            let telling = telling(&flag, &policy, &self.library, log, now)?;
            Some(AlertDue {
                patient: flag.patient,
                check_in: flag.check_in,
                item: flag.item,
                answer: flag.answer,
                triage: flag.triage,
                answered_at: flag.at,
                received: flag.received,
                step: telling.step,
                due_at: telling.due_at,
                tell: telling.tell,
                failed_before: telling.failed_before,
            })
        };
        let mut all: Vec<_> = self.all_flags().into_iter().filter_map(due).collect();
        all.sort_by_key(|due| (due.answer.is_none(), due.due_at, due.check_in));
        all
    }

    /// The clinic's own lists are here: without them every clinician is told at once.
    pub fn has_alert_policy(&self) -> bool {
        self.team.alert_policy().is_some()
    }

    /// This was noted before, by anybody's watcher.
    pub fn was_noted(&self, told: &AlertTold) -> bool {
        let mut log = self.team.alerts_told(told.patient, told.check_in);
        log.any(|fact| fact.value == *told)
    }

    /// Notes that people were told. Refused for a flag that is not here and for people who were never staff.
    pub(crate) fn note_alert(&mut self, told: AlertTold, now: i64) -> Result<Done, ActError> {
        let chart = self.charts.get(&told.patient);
        let chart = chart.ok_or(ActError::PatientUnknown)?;
        let flags = flag::flags(told.patient, chart, &self.team, &self.library);
        let of = |flag: &Flag| (flag.check_in, &flag.item) == (told.check_in, &told.item);
        if !flags.iter().any(of) {
            return Err(ActError::NotFound);
        }
        let known = |id: &Id| self.library.staff(*id).is_some();
        if told.step == 0 || told.tell.is_empty() || !told.tell.iter().all(known) {
            return Err(ActError::OutOfRange);
        }
        self.put(self.own.team, &Body::AlertTold(told), now)
    }

    /// Patients whose own count lacks marks that the roster has: for [`crate::Act::SettleVisits`]. Only those
    /// whose key is here.
    pub fn unsettled(&self) -> Vec<Id> {
        let lacks = |care: &Id| {
            self.charts.get(care).is_some_and(|chart| {
                self.can_write(*care)
                    && !visits::unsettled(chart, &self.library, &self.roster, *care).is_empty()
            })
        };
        let people = self.roster.people().into_iter().map(|person| person.care);
        people.filter(lacks).collect()
    }
}
