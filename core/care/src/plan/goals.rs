//! Goals and how far they have come: goal attainment for each goal of part one (clinical.md, section 0,
//! point 3).
//!
//! Owns the five steps of goal attainment scaling (Kiresuk and Sherman, Community Mental Health Journal
//! 4, 1968; known from the literature) and what they come to. Refuses to rank people or to fill in a
//! rating that nobody gave.

use serde::{Deserialize, Serialize};

use super::{Goal, GoalState, PlanError, check_lines};
use crate::chart::{Chart, Fact};
use crate::id::Id;

/// A goal was rated. Body of `goal-rated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalRated {
    /// Which goal of part one.
    pub goal: Id,
    /// -2 much less than hoped for, -1 less, 0 as hoped for, 1 more, 2 much more.
    pub level: i8,
    /// A note; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The steps of a rating, from the worst.
pub const LEVELS: std::ops::RangeInclusive<i8> = -2..=2;

impl GoalRated {
    /// Checks bounds before "Saved".
    pub fn check(&self) -> Result<(), PlanError> {
        if !LEVELS.contains(&self.level) {
            return Err(PlanError::Level);
        }
        check_lines([["-", &self.note]])
    }
}

/// One rating.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct GoalRating {
    /// The entry.
    pub id: Id,
    /// When, epoch milliseconds.
    pub at: i64,
    /// The staff member; absent when the patient rated.
    pub staff: Option<Id>,
    /// -2 to 2.
    pub level: i8,
    /// A note; may be empty.
    pub note: String,
}

impl GoalRating {
    fn of(fact: &Fact<GoalRated>) -> Self {
        Self {
            id: fact.id,
            at: fact.at,
            staff: fact.staff,
            level: fact.value.level,
            note: fact.value.note.clone(),
        }
    }
}

/// A goal with its ratings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct GoalProgress {
    /// The goal as it stands.
    pub goal: Goal,
    /// The patient's and staff's ratings, oldest first.
    pub ratings: Vec<GoalRating>,
}

impl GoalProgress {
    /// The first rating.
    pub fn first(&self) -> Option<i8> {
        self.ratings.first().map(|rating| rating.level)
    }

    /// The newest rating, whoever gave it.
    pub fn newest(&self) -> Option<i8> {
        self.ratings.last().map(|rating| rating.level)
    }

    /// Steps from the first rating to the newest; absent while there is only one.
    pub fn moved(&self) -> Option<i8> {
        let several = self.ratings.len() > 1;
        several
            .then(|| self.newest().zip(self.first()))?
            .map(|(newest, first)| newest - first)
    }
}

/// All goals together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Attainment {
    /// Goals that are rated, those set aside left out.
    pub rated: u32,
    /// Goals, those set aside left out.
    pub of: u32,
    /// Goals whose newest rating is 0 or better, or that are marked as met.
    pub reached: u32,
    /// The T-score of the newest ratings: 50 when every goal is where it was hoped to be, about 10 to a
    /// standard deviation. Equal weights, correlation 0.3 between goals: 50 + 10 x sum /
    /// sqrt(0.7 n + 0.3 n²) (Kiresuk and Sherman 1968). Absent without a rating.
    pub t_score: Option<f64>,
}

/// The goals of part one as it stands, with their ratings.
pub fn goals(chart: &Chart) -> Vec<GoalProgress> {
    let Some(current) = chart.part_one().current else {
        return Vec::new();
    };
    let ratings = chart.plans().ratings();
    let of = |goal: &Goal| GoalProgress {
        goal: goal.clone(),
        ratings: (ratings.iter())
            .filter(|fact| fact.value.goal == goal.id)
            .map(|fact| GoalRating::of(fact))
            .collect(),
    };
    current.value.goals.iter().map(of).collect()
}

/// What the goals come to; absent when there are none.
pub fn attainment(goals: &[GoalProgress]) -> Option<Attainment> {
    let counted = || {
        goals
            .iter()
            .filter(|one| one.goal.state != GoalState::SetAside)
    };
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let of = count(counted().count());
    let levels: Vec<i8> = counted().filter_map(GoalProgress::newest).collect();
    let reached = counted().filter(|one| {
        one.goal.state == GoalState::Met || one.newest().is_some_and(|level| level >= 0)
    });
    (of > 0).then(|| Attainment {
        rated: count(levels.len()),
        of,
        reached: count(reached.count()),
        t_score: t_score(&levels),
    })
}

fn t_score(levels: &[i8]) -> Option<f64> {
    let n = f64::from(u32::try_from(levels.len()).ok()?);
    let sum: f64 = levels.iter().map(|level| f64::from(*level)).sum();
    (n > 0.0).then(|| 50.0 + 10.0 * sum / (0.7 * n + 0.3 * n * n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_by_the_formula() {
        assert_eq!(t_score(&[]), None);
        for (levels, score) in [
            (&[0, 0, 0][..], 50.0),
            // One goal, one step: one standard deviation.
            (&[1], 60.0),
            (&[-2], 30.0),
            // n = 3: 10 x 3 / sqrt(2.1 + 2.7) = 13.693.
            (&[1, 1, 1], 63.693),
            (&[2, -1], 56.202),
        ] {
            let scored = t_score(levels).expect("there are levels");
            assert!((scored - score).abs() < 0.001, "{levels:?}: {scored}");
        }
    }

    #[test]
    fn a_rating_outside_the_steps_is_refused() {
        let mut rated = GoalRated {
            goal: Id([1; 16]),
            level: 2,
            note: String::new(),
        };
        assert_eq!(rated.check(), Ok(()));
        rated.level = 3;
        assert_eq!(rated.check(), Err(PlanError::Level));
        rated.level = -2;
        rated.note = "x".repeat(1001);
        assert_eq!(rated.check(), Err(PlanError::TooLong));
    }
}
