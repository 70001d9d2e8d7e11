//! How each skill worked for one person: uses, and the mean change of what was rated before and after.
//!
//! Owns the arithmetic and the order. Refuses to rank on fewer than three pairs of ratings, and to count
//! days in a row: there are no streaks (design, section 11). It compares a person with nobody else.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Skill, words};
use crate::chart::Chart;
use crate::homework::{Completion, Logged};
use crate::library::Library;
use crate::order::InOrder;
use crate::reminder::Language;

/// Pairs of ratings below which nothing is ranked (issue 5, section 1).
pub const LEAST_TO_RANK: u32 = 3;
/// How many of the best the help view lists.
pub const BEST: usize = 3;

/// Mean of the differences after minus before: below zero is relief.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct MeanChange {
    /// Pairs of ratings.
    pub n: u32,
    /// The mean.
    pub mean: f64,
    /// Lower end of the 95 % interval of the mean (Student's t); absent for a single pair.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// One skill.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct SkillEffect {
    /// The skill's id.
    pub skill: String,
    /// Its title.
    pub title: String,
    /// How often it was tried, wholly or in part, helpful or not.
    pub uses: u32,
    /// Change of distress, in points of 0 to 100; absent without a pair of ratings.
    pub distress: Option<MeanChange>,
    /// Change of the urge, in points of 0 to 10.
    pub urge: Option<MeanChange>,
    /// Mean helpfulness, 0 to 4.
    pub helpfulness: Option<f64>,
    /// Place by relief of distress, from 1; absent below three pairs.
    pub rank: Option<u32>,
    /// One sentence about it.
    pub note: String,
}

/// Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom, as in any table of it.
const T_95: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];
/// Beyond the table the next smaller entry serves, which makes an interval wider and never narrower.
const T_95_FROM: [(usize, f64); 4] = [(120, 1.980), (60, 2.000), (40, 2.021), (0, 2.042)];

fn t_95(degrees: usize) -> f64 {
    T_95.get(degrees.wrapping_sub(1))
        .copied()
        .unwrap_or_else(|| {
            let fits = T_95_FROM.iter().find(|(from, _)| degrees >= *from);
            fits.map_or(T_95[0], |(_, t)| *t)
        })
}

/// Of differences that lie between `-widest` and `widest`; the interval stays within them.
fn mean_change(differences: &[f64], widest: f64) -> Option<MeanChange> {
    let n = u32::try_from(differences.len()).ok().filter(|n| *n > 0)?;
    let mean = differences.iter().sum::<f64>() / f64::from(n);
    let half = (n > 1).then(|| {
        let squares: f64 = differences.iter().map(|one| (one - mean).powi(2)).sum();
        let deviation = (squares / f64::from(n - 1)).sqrt();
        t_95(differences.len() - 1) * deviation / f64::from(n).sqrt()
    });
    Some(MeanChange {
        n,
        mean,
        low: half.map(|half| (mean - half).max(-widest)),
        high: half.map(|half| (mean + half).min(widest)),
    })
}

#[derive(Default)]
struct Tally {
    uses: u32,
    distress: Vec<f64>,
    urge: Vec<f64>,
    helpfulness: Vec<f64>,
}

impl Tally {
    fn take(&mut self, log: &Logged) {
        let pair =
            |before: Option<u8>, after: Option<u8>| Some(f64::from(after?) - f64::from(before?));
        self.uses += 1;
        self.distress
            .extend(pair(log.distress_before, log.distress_after));
        self.urge.extend(pair(log.urge_before, log.urge_after));
        self.helpfulness.extend(log.helpfulness.map(f64::from));
    }
}

/// Every skill that was tried: those with a rank first, in that order, then by uses. A skill ranks by the
/// upper end of its interval: a large relief seen three times does not go before one seen twenty times for
/// that alone.
pub fn skill_effects(chart: &Chart, library: &Library, language: Language) -> Vec<SkillEffect> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for fact in chart.logs(None) {
        let log = &fact.value;
        if log.completion != Completion::Not
            && let Some(skill) = chart.skill_of(log)
        {
            tallies.entry(skill).or_default().take(log);
        }
    }
    let mut effects: Vec<_> = tallies
        .into_iter()
        .map(|(skill, tally)| effect(skill, &tally, library, language))
        .collect();
    // Of equals the one used more often, then the id: the same log gives the same list.
    effects.order_by(|one, other| {
        upper(one)
            .total_cmp(&upper(other))
            .then(other.uses.cmp(&one.uses))
            .then_with(|| one.skill.cmp(&other.skill))
    });
    let ranked = effects
        .iter_mut()
        .filter(|effect| upper(effect) < f64::INFINITY);
    for (place, effect) in (1..).zip(ranked) {
        effect.rank = Some(place);
    }
    effects
}

/// What ranks; infinite for what does not.
fn upper(effect: &SkillEffect) -> f64 {
    effect
        .distress
        .filter(|change| change.n >= LEAST_TO_RANK)
        .and_then(|change| change.high)
        .unwrap_or(f64::INFINITY)
}

fn effect(skill: &str, tally: &Tally, library: &Library, language: Language) -> SkillEffect {
    let distress = mean_change(&tally.distress, 100.0);
    let helpful = &tally.helpfulness;
    SkillEffect {
        skill: skill.to_owned(),
        title: library.skill_title(skill, language).to_owned(),
        uses: tally.uses,
        urge: mean_change(&tally.urge, 10.0),
        helpfulness: mean_change(helpful, 4.0).map(|mean| mean.mean),
        rank: None,
        note: note(tally.uses, distress, language),
        distress,
    }
}

/// One sentence; it promises nothing for the next time.
fn note(uses: u32, distress: Option<MeanChange>, language: Language) -> String {
    let key = match distress.filter(|change| change.n >= LEAST_TO_RANK) {
        None => "effect.few",
        Some(change) if change.mean.round() < 0.0 => "effect.lower",
        Some(change) if change.mean.round() > 0.0 => "effect.higher",
        Some(_) => "effect.same",
    };
    let mean = distress.map_or(0.0, |change| change.mean.abs().round());
    words(language, key)
        .replace("{uses}", &uses.to_string())
        .replace("{mean}", &format!("{mean}"))
}

/// The person's own best, for the help view: those that rank, brought relief on average and can be used
/// without a clinician; at most [`BEST`].
pub fn best<'a>(effects: &[SkillEffect], skills: &[&'a Skill]) -> Vec<&'a Skill> {
    effects
        .iter()
        .filter(|effect| effect.rank.is_some())
        .filter(|effect| effect.distress.is_some_and(|change| change.mean < 0.0))
        .filter_map(|effect| skills.iter().find(|skill| skill.id == effect.skill))
        .filter(|skill| !skill.assigned_only)
        .copied()
        .take(BEST)
        .collect()
}
