//! Who was told of a safety flag, when and by what, and whom to tell now.
//!
//! Owns the body of `alert-told`, the audit log of clinical.md section 2, point 4 ("re-alert and escalate to
//! the next person on the clinic's list after the clinic's own time limits; every step in the audit log"), and
//! the question that a watcher asks. Refuses to tell anyone twice of one step, and to fall silent: a step
//! that nobody could be told of stays due until somebody was, or the flag is closed by a disposition.

use serde::{Deserialize, Serialize};

use super::{AlertPolicy, begins, people};
use crate::checkin::Triage;
use crate::flag::Flag;
use crate::id::Id;
use crate::library::Library;

/// By what people were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Via {
    /// By the console alone: the clinic set nothing else up.
    Console,
    /// The clinic's own program took it; it pages, calls or writes.
    Program,
    /// The clinic's own program did not take it; the step stays due.
    ProgramFailed,
}

/// A step of the clinic's list as it was carried out. Body of an entry in the team's mailbox, signed by whoever
/// watched; its time is the entry's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct AlertTold {
    /// Whose flag: the care mailbox.
    pub patient: Id,
    /// Which flag: the check-in.
    pub check_in: Id,
    /// Which safety item.
    pub item: String,
    /// The answer that was open then: a higher one is told anew. Absent for an unanswered item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<i64>,
    /// The C-SSRS level then: a higher one is told anew. Absent when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<Triage>,
    /// The last step that was due, counted from 1; steps before it that were still untold are part of it.
    pub step: u32,
    /// When the first of those steps was due, epoch milliseconds.
    pub due_at: i64,
    /// Who.
    pub tell: Vec<Id>,
    /// By what.
    pub via: Via,
}

impl AlertTold {
    /// Said of this flag as it stands: of its answer and level, or of higher ones.
    pub fn is_of(&self, flag: &Flag) -> bool {
        let level = flag
            .triage
            .is_none_or(|level| !level.rises_above(self.triage));
        (self.patient, self.check_in) == (flag.patient, flag.check_in)
            && self.item == flag.item
            && self.answer >= flag.answer
            && level
    }
}

/// What is to be told now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// The last step that is due, counted from 1.
    pub step: u32,
    /// When the first untold step was due, epoch milliseconds.
    pub due_at: i64,
    /// Who, in the list's order, each once.
    pub tell: Vec<Id>,
    /// The same step was tried before and not taken.
    pub failed_before: bool,
}

/// Steps of the list that were carried out for the flag as it stands, and steps that were tried and not taken.
fn carried_out<'a>(flag: &Flag, log: impl IntoIterator<Item = &'a AlertTold>) -> (usize, usize) {
    let (mut done, mut failed) = (0u32, 0);
    for told in log.into_iter().filter(|told| told.is_of(flag)) {
        let of = match told.via {
            Via::Console | Via::Program => &mut done,
            Via::ProgramFailed => &mut failed,
        };
        *of = told.step.max(*of);
    }
    (done as usize, failed as usize)
}

/// Whom to tell of a flag at `now`, by the log of what was told before (in any order, of any flag). Nothing
/// for a closed flag, and nothing while every step that is due was carried out.
///
/// Steps that fell due while nobody watched are told at once, together. A flag that rose, by its answer or by
/// its level, is told anew from the first step.
pub fn telling<'a>(
    flag: &Flag,
    policy: &AlertPolicy,
    library: &Library,
    log: impl IntoIterator<Item = &'a AlertTold>,
    now: i64,
) -> Option<Telling> {
    if !flag.is_open() {
        return None;
    }
    let steps = policy.steps(flag);
    let due = steps.partition_point(|step| begins(flag, step) <= now);
    let (done, failed) = carried_out(flag, log);
    let untold = steps.get(done..due).filter(|steps| !steps.is_empty())?;
    let tell = people(untold, library);
    (!tell.is_empty()).then(|| Telling {
        step: u32::try_from(due).unwrap_or(u32::MAX),
        due_at: begins(flag, &untold[0]),
        tell,
        failed_before: failed >= due,
    })
}

/// The first step of an open flag that was not carried out: when it is or was due, and who. One that lies in
/// the past says that nobody watches.
pub(crate) fn next<'a>(
    flag: &Flag,
    policy: &AlertPolicy,
    library: &Library,
    log: impl IntoIterator<Item = &'a AlertTold>,
) -> Option<(i64, Vec<Id>)> {
    let (done, _) = carried_out(flag, log);
    let step = policy.steps(flag).get(done).filter(|_| flag.is_open())?;
    Some((
        begins(flag, step),
        people(std::slice::from_ref(step), library),
    ))
}
