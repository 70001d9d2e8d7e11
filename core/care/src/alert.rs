//! Whom a safety flag is told to, and when the next person is (clinical.md section 2, point 4).
//!
//! Owns the clinic's list and its time limits, what they come to at an instant, and ([`told`]) the audit log
//! of who was told when. Refuses: telling anyone itself (whoever watches does, by what it is told here), and
//! telling police, emergency services or family: only staff of the clinic can be listed (point 6).

pub mod told;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::flag::Flag;
use crate::id::Id;
use crate::library::{Library, Role, Staff};
use crate::team::Team;

pub use told::{AlertTold, Telling, Via, telling};

const MINUTE_MS: i64 = 60_000;
/// Most steps of a list.
const MOST_STEPS: usize = 20;
/// Longest wait: a week.
const MOST_MINUTES: u32 = 7 * 24 * 60;

/// One step of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct AlertStep {
    /// Minutes after the answer reached the clinic.
    pub after_minutes: u32,
    /// Who is told then: staff of the library. Telling somebody again is a step of its own.
    pub tell: Vec<Id>,
}

/// The clinic's lists. The newest entry holds, whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct AlertPolicy {
    /// For positive answers and for patients who asked for help.
    pub positive: Vec<AlertStep>,
    /// For safety items that were left out: the same queue, less urgent (point 5).
    pub unanswered: Vec<AlertStep>,
}

/// Why a policy is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AlertError {
    /// Nobody for positive answers, a step without anyone, or someone who is not at work here.
    #[error("alert-nobody")]
    Nobody,
    /// Steps out of order, more than 20, or later than a week.
    #[error("alert-steps-out-of-range")]
    Steps,
}

impl AlertPolicy {
    /// Checks the lists against the staff at work.
    pub fn check(&self, library: &Library) -> Result<(), AlertError> {
        if self.positive.is_empty() {
            return Err(AlertError::Nobody);
        }
        for steps in [&self.positive, &self.unanswered] {
            let ascending = steps
                .windows(2)
                .all(|pair| pair[0].after_minutes < pair[1].after_minutes);
            let bounded = steps.iter().all(|step| step.after_minutes <= MOST_MINUTES);
            if !ascending || !bounded || steps.len() > MOST_STEPS {
                return Err(AlertError::Steps);
            }
            let at_work = |id: &Id| library.staff_at_work().any(|staff| staff.id == *id);
            if steps
                .iter()
                .any(|step| step.tell.is_empty() || !step.tell.iter().all(at_work))
            {
                return Err(AlertError::Nobody);
            }
        }
        Ok(())
    }

    /// What holds: the clinic's own lists, or [`AlertPolicy::everyone`] until an administrator made some.
    pub fn in_force<'a>(team: &'a Team, library: &Library) -> Cow<'a, Self> {
        let own = team.alert_policy().map(Cow::Borrowed);
        own.unwrap_or_else(|| Cow::Owned(Self::everyone(library)))
    }

    /// Every clinician at work, as soon as a positive answer is at the clinic; nobody for one that was left
    /// out, which stays in the queue.
    pub fn everyone(library: &Library) -> Self {
        let clinicians = library
            .staff_at_work()
            .filter(|staff| staff.role != Role::FrontDesk);
        let step = AlertStep {
            after_minutes: 0,
            tell: clinicians.map(|staff| staff.id).collect(),
        };
        Self {
            positive: vec![step],
            unanswered: Vec::new(),
        }
    }

    fn steps(&self, flag: &Flag) -> &[AlertStep] {
        if flag.answer.is_some() {
            &self.positive
        } else {
            &self.unanswered
        }
    }
}

/// When a step begins. Time runs from the arrival at the clinic: nobody could be told before; an answer that
/// has no arrival yet counts from its own time.
fn begins(flag: &Flag, step: &AlertStep) -> i64 {
    let from = flag.received.unwrap_or(flag.at);
    from.saturating_add(i64::from(step.after_minutes) * MINUTE_MS)
}

/// Everyone of these steps who is at work, in order, each once. When all of them have left the clinic: its
/// administrators, so that a list nobody looks after never falls silent.
fn people(steps: &[AlertStep], library: &Library) -> Vec<Id> {
    let at_work: Vec<&Staff> = library.staff_at_work().collect();
    let mut people = Vec::new();
    for id in steps.iter().flat_map(|step| &step.tell) {
        if at_work.iter().any(|staff| staff.id == *id) && !people.contains(id) {
            people.push(*id);
        }
    }
    if people.is_empty() && !steps.is_empty() {
        let administrators = at_work
            .iter()
            .filter(|staff| staff.role == Role::Administrator);
        people.extend(administrators.map(|staff| staff.id));
    }
    people
}

/// Where an open flag stands in the clinic's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Alert {
    /// Steps that are due, counted from 1; 0 before the first.
    pub step: usize,
    /// Everyone to be told by now, in order, each once; those who left the clinic are left out.
    pub told: Vec<Id>,
    /// When the step that is due began, epoch milliseconds; absent before the first.
    pub since: Option<i64>,
    /// When the next step is due; absent after the last.
    pub next_at: Option<i64>,
}

/// Where a flag stands at `now`, whether or not anybody watched. Absent for a closed flag.
pub fn alert(flag: &Flag, policy: &AlertPolicy, library: &Library, now: i64) -> Option<Alert> {
    if !flag.is_open() {
        return None;
    }
    let steps = policy.steps(flag);
    let due = steps.partition_point(|step| begins(flag, step) <= now);
    Some(Alert {
        step: due,
        told: people(&steps[..due], library),
        since: steps[..due].last().map(|step| begins(flag, step)),
        next_at: steps.get(due).map(|step| begins(flag, step)),
    })
}

#[cfg(test)]
mod tests;
