//! Whom a safety flag is told to, and when the next person is (clinical.md section 2, point 4).
//!
//! Owns the clinic's list and its time limits, and what they come to at an instant. Refuses: telling anyone
//! itself (whoever watches does, by what it is told here), and telling police, emergency services or
//! family: only staff of the clinic can be listed (point 6).

use serde::{Deserialize, Serialize};

use crate::flag::Flag;
use crate::id::Id;
use crate::library::Library;

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

    fn steps(&self, flag: &Flag) -> &[AlertStep] {
        if flag.answer.is_some() {
            &self.positive
        } else {
            &self.unanswered
        }
    }
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

/// Where a flag stands at `now`. Absent for a closed flag. Time runs from the arrival at the clinic: nobody
/// could be told before; an answer that has no arrival yet counts from its own time.
pub fn alert(flag: &Flag, policy: &AlertPolicy, library: &Library, now: i64) -> Option<Alert> {
    if !flag.is_open() {
        return None;
    }
    let from = flag.received.unwrap_or(flag.at);
    let begins = |step: &AlertStep| from.saturating_add(i64::from(step.after_minutes) * MINUTE_MS);
    let steps = policy.steps(flag);
    let due = steps.partition_point(|step| begins(step) <= now);
    let mut told = Vec::new();
    for id in steps[..due].iter().flat_map(|step| &step.tell) {
        let at_work = library.staff_at_work().any(|staff| staff.id == *id);
        if at_work && !told.contains(id) {
            told.push(*id);
        }
    }
    Some(Alert {
        step: due,
        told,
        since: steps[..due].last().map(begins),
        next_at: steps.get(due).map(begins),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkin::Answers;
    use crate::entry::Body;
    use crate::flag::{HELP_ASKED, flags};
    use crate::help::HelpAsked;
    use crate::patient::Stage;
    use crate::testing::*;

    fn step(after_minutes: u32, tell: &[Id]) -> AlertStep {
        AlertStep {
            after_minutes,
            tell: tell.to_vec(),
        }
    }

    fn policy() -> AlertPolicy {
        AlertPolicy {
            positive: vec![
                step(0, &[INES]),
                step(30, &[INES, TOMAS]),
                step(60, &[TOMAS]),
            ],
            unanswered: vec![step(120, &[INES])],
        }
    }

    fn flags_of(care: &Care, world: &World) -> Vec<Flag> {
        flags(id(1), &care.chart(), &world.team, &world.library)
    }

    #[test]
    fn the_next_person_is_told_after_the_clinics_own_time() {
        let world = World::riverbend();
        let mut care = Care::enrolled("2026-11-02", 8, &[]);
        let when = at("2026-11-20T13:00:00Z");
        care.answered(1, "phq9", Stage::Complete, when, phq9(9, 1));
        care.answered(2, "phq9", Stage::Complete, when - 1000, Answers::default());
        let flags = flags_of(&care, &world);
        let from = flags[0].received.expect("at the clinic");
        for (minutes, expected, next) in [
            (-1, (0, vec![]), Some(0)),
            (0, (1, vec![INES]), Some(30)),
            (29, (1, vec![INES]), Some(30)),
            (30, (2, vec![INES, TOMAS]), Some(60)),
            (999, (3, vec![INES, TOMAS]), None),
        ] {
            let now = from + minutes * MINUTE_MS;
            let alert = alert(&flags[0], &policy(), &world.library, now).expect("open");
            assert_eq!((alert.step, alert.told), expected, "{minutes}");
            assert_eq!(alert.next_at, next.map(|next| from + next * MINUTE_MS));
        }
        // Left out: the other list.
        let left_out = flags[1].received.expect("at the clinic");
        let at = |minutes| {
            let now = left_out + minutes * MINUTE_MS;
            alert(&flags[1], &policy(), &world.library, now).map(|alert| alert.step)
        };
        assert_eq!((at(119), at(120)), (Some(0), Some(1)));
    }

    #[test]
    fn a_patient_who_asked_for_help_is_told_until_somebody_closes_it() {
        let mut world = World::riverbend();
        let mut care = Care::enrolled("2026-11-02", 8, &[]);
        let when = at("2026-11-20T13:00:00Z");
        care.answered(1, "phq9", Stage::Complete, when - 5000, phq9(9, 1));
        let asked = care.patient(when, Body::HelpAsked(HelpAsked {}));
        care.answered(3, "phq9", Stage::Complete, when + 5000, phq9(9, 1));
        let flags = flags_of(&care, &world);
        let seen: Vec<_> = flags.iter().map(|flag| flag.check_in).collect();
        assert_eq!(seen, [id(3), asked, id(1)], "newest first");
        let call = &flags[1];
        assert_eq!((call.item.as_str(), call.answer), (HELP_ASKED, Some(1)));
        assert!(alert(call, &policy(), &world.library, i64::MAX).is_some());
        let disposition = crate::team::Disposition {
            patient: id(1),
            check_in: asked,
            item: HELP_ASKED.to_owned(),
            answer: Some(1),
            triage: None,
            also: Vec::new(),
            outcome: crate::team::Outcome::Reached,
            risk: crate::team::Risk::Low,
            mitigation: "Called back.".to_owned(),
        };
        world.team(TOMAS, when + 9000, Body::Disposition(disposition));
        let flags = flags_of(&care, &world);
        assert_eq!(
            flags[1].closed.as_ref().map(|closed| closed.at),
            Some(when + 9000)
        );
        assert_eq!(alert(&flags[1], &policy(), &world.library, i64::MAX), None);
        assert!(flags[0].is_open() && flags[2].is_open());
    }

    #[test]
    fn lists_that_are_refused() {
        let world = World::riverbend();
        let check = |change: fn(&mut AlertPolicy)| {
            let mut policy = policy();
            change(&mut policy);
            policy.check(&world.library)
        };
        assert_eq!(check(|_| {}), Ok(()));
        assert_eq!(check(|policy| policy.unanswered.clear()), Ok(()));
        assert_eq!(
            check(|policy| policy.positive.clear()),
            Err(AlertError::Nobody)
        );
        assert_eq!(
            check(|policy| policy.positive[1].tell.clear()),
            Err(AlertError::Nobody)
        );
        assert_eq!(
            check(|policy| policy.positive[0].tell = vec![id(99)]),
            Err(AlertError::Nobody)
        );
        assert_eq!(
            check(|policy| policy.positive[1].after_minutes = 60),
            Err(AlertError::Steps)
        );
        assert_eq!(
            check(|policy| policy.unanswered[0].after_minutes = MOST_MINUTES + 1),
            Err(AlertError::Steps)
        );
    }

    /// Without an entry nobody is listed; the newest holds.
    #[test]
    fn the_newest_list_holds() {
        let mut world = World::riverbend();
        assert_eq!(world.team.alert_policy(), None);
        world.team(INES, 1, Body::AlertPolicy(AlertPolicy::default()));
        world.team(INES, 2, Body::AlertPolicy(policy()));
        assert_eq!(world.team.alert_policy(), Some(&policy()));
    }
}
