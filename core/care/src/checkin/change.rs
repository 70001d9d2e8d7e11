//! What a change between two scores means, by thresholds that a clinic may set.
//!
//! The defaults are those of instruments.json; the literature disagrees (clinical.md section 0, rule 6).
//! Every label is true only when a threshold exists and is met: an instrument without a published
//! threshold says false, and [`Thresholds`] says why. `reliable` is reliable *improvement*; `worse` is
//! the mirror of `improved`. Refuses numbers that are no totals of the instrument.

use serde::Serialize;

use super::instrument::Instrument;
use super::total::Total;

/// How much better counts as a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// The improvement is at least this share of the baseline, in percent.
    Percent(i64),
    /// The improvement is at least this many points.
    Points(i64),
}

/// Thresholds for one instrument. `None`: no threshold is published, the label is never given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Thresholds {
    /// Smallest change that matters, in points (WHO-5: percentage points).
    pub minimal: Option<i64>,
    /// Smallest change beyond measurement error, in points.
    pub reliable: Option<i64>,
    /// What counts as a response.
    pub response: Option<Response>,
    /// A follow-up below this many points is a remission.
    pub remission_below: Option<i64>,
}

impl Thresholds {
    /// The defaults of instruments.json. CORE-10 publishes one figure, 6, for both improved and reliable.
    pub fn default_for(instrument: Instrument) -> Self {
        let none = Self::default();
        match instrument {
            Instrument::Phq9 => Self {
                minimal: Some(5),
                reliable: Some(6),
                response: Some(Response::Percent(50)),
                remission_below: Some(5),
            },
            Instrument::Gad7 => Self {
                minimal: Some(4),
                reliable: Some(4),
                response: Some(Response::Percent(50)),
                remission_below: Some(5),
            },
            Instrument::Pcl5 => Self {
                minimal: Some(10),
                reliable: Some(15),
                ..none
            },
            Instrument::Who5 => Self {
                minimal: Some(10),
                ..none
            },
            Instrument::Core10 => Self {
                minimal: Some(6),
                reliable: Some(6),
                ..none
            },
            Instrument::Wsas => Self {
                minimal: Some(8),
                ..none
            },
            Instrument::Isi => Self {
                minimal: Some(6),
                response: Some(Response::Points(8)),
                remission_below: Some(8),
                ..none
            },
            Instrument::Auditc
            | Instrument::Dast10
            | Instrument::CssrsScreener
            | Instrument::K10
            | Instrument::Whodas12
            | Instrument::Pss10 => none,
        }
    }
}

/// What a change means. Serialises as one output line of design.md section 9, without `case`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the labels of the command-line contract; any of them may hold beside any other"
)]
pub struct Change {
    /// Points in the direction that is better for the patient; negative when worse. Raw points, also
    /// for WHO-5 (one of its points is four percentage points).
    pub improvement: Total,
    /// Better by at least the minimal threshold.
    pub improved: bool,
    /// Better by at least the reliable threshold.
    pub reliable: bool,
    /// Better by the share or points that count as a response.
    pub response: bool,
    /// The follow-up lies below the remission threshold.
    pub remission: bool,
    /// Worse by at least the minimal threshold.
    pub worse: bool,
}

/// Why two numbers cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The instrument has a level, not a total (C-SSRS).
    #[error("instrument-without-total")]
    NoTotal,
    /// The number lies outside the instrument's range.
    #[error("out-of-range")]
    OutOfRange,
    /// A fraction, for an instrument that reports whole points.
    #[error("not-a-whole-number")]
    NotWhole,
}

/// Compares two totals as `score` reports them (WHO-5 raw 0-25).
pub fn change(
    instrument: Instrument,
    baseline: Total,
    follow_up: Total,
    thresholds: Thresholds,
) -> Result<Change, ChangeError> {
    let rule = instrument.rule();
    let (low, high) = rule.range.ok_or(ChangeError::NoTotal)?;
    for total in [baseline, follow_up] {
        if total < Total::whole(low) || total > Total::whole(high) {
            return Err(ChangeError::OutOfRange);
        }
        if !total.is_whole() && instrument != Instrument::Core10 {
            return Err(ChangeError::NotWhole);
        }
    }
    let improvement = if rule.higher_is_better {
        follow_up.minus(baseline)
    } else {
        baseline.minus(follow_up)
    };
    // WHO-5's threshold is published in percentage points.
    let step = if instrument == Instrument::Who5 { 4 } else { 1 };
    let better_by = |points: i64| improvement.times(step) >= Total::whole(points);
    let response = match thresholds.response {
        Some(Response::Percent(share)) => {
            improvement > Total::whole(0) && improvement.times(100) >= baseline.times(share)
        }
        Some(Response::Points(points)) => better_by(points),
        None => false,
    };
    Ok(Change {
        improvement,
        improved: thresholds.minimal.is_some_and(better_by),
        reliable: thresholds.reliable.is_some_and(better_by),
        response,
        remission: thresholds
            .remission_below
            .is_some_and(|below| follow_up < Total::whole(below)),
        worse: thresholds
            .minimal
            .is_some_and(|points| improvement.times(-step) >= Total::whole(points)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// improvement, then improved, reliable, response, remission, worse as letters.
    fn labels(instrument: Instrument, baseline: i64, follow_up: i64) -> (i64, String) {
        let change = change(
            instrument,
            Total::whole(baseline),
            Total::whole(follow_up),
            Thresholds::default_for(instrument),
        )
        .expect("both are totals");
        let letters = [
            (change.improved, 'i'),
            (change.reliable, 'l'),
            (change.response, 'p'),
            (change.remission, 'm'),
            (change.worse, 'w'),
        ];
        let labels = letters
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, letter)| *letter);
        (change.improvement.rounded(), labels.collect())
    }

    #[test]
    fn published_thresholds_and_one_point_short_of_each() {
        use Instrument::{Auditc, Core10, Gad7, Isi, K10, Pcl5, Phq9, Who5, Wsas};
        for (instrument, baseline, follow_up, improvement, expected) in [
            (Phq9, 20, 16, 4, ""),
            (Phq9, 20, 15, 5, "i"),
            (Phq9, 20, 14, 6, "il"),
            (Phq9, 20, 11, 9, "il"),
            (Phq9, 20, 10, 10, "ilp"),
            (Phq9, 20, 5, 15, "ilp"),
            (Phq9, 20, 4, 16, "ilpm"),
            (Phq9, 8, 4, 4, "pm"),
            (Phq9, 0, 0, 0, "m"),
            (Phq9, 10, 14, -4, ""),
            (Phq9, 10, 15, -5, "w"),
            (Phq9, 0, 27, -27, "w"),
            (Gad7, 15, 12, 3, ""),
            (Gad7, 15, 11, 4, "il"),
            (Gad7, 15, 7, 8, "ilp"),
            (Gad7, 9, 4, 5, "ilpm"),
            (Gad7, 7, 11, -4, "w"),
            (Pcl5, 60, 51, 9, ""),
            (Pcl5, 60, 50, 10, "i"),
            (Pcl5, 60, 46, 14, "i"),
            (Pcl5, 60, 45, 15, "il"),
            (Pcl5, 40, 50, -10, "w"),
            // 2 raw points are 8 percentage points, 3 are 12.
            (Who5, 10, 12, 2, ""),
            (Who5, 10, 13, 3, "i"),
            (Who5, 13, 10, -3, "w"),
            (Core10, 20, 15, 5, ""),
            (Core10, 20, 14, 6, "il"),
            (Core10, 14, 20, -6, "w"),
            (Wsas, 30, 23, 7, ""),
            (Wsas, 30, 22, 8, "i"),
            (Isi, 20, 15, 5, ""),
            (Isi, 20, 14, 6, "i"),
            (Isi, 20, 12, 8, "ip"),
            (Isi, 15, 7, 8, "ipm"),
            (Isi, 8, 8, 0, ""),
            (K10, 50, 10, 40, ""),
            (Auditc, 12, 0, 12, ""),
        ] {
            assert_eq!(
                labels(instrument, baseline, follow_up),
                (improvement, expected.to_owned()),
                "{} {baseline} to {follow_up}",
                instrument.id()
            );
        }
    }

    #[test]
    fn numbers_that_are_no_totals_are_refused() {
        let compare = |instrument, baseline, follow_up| {
            change(
                instrument,
                baseline,
                follow_up,
                Thresholds::default_for(instrument),
            )
        };
        let half = Total::from_f64(10.5).expect("finite");
        let ten = Total::whole(10);
        assert_eq!(
            compare(Instrument::Phq9, Total::whole(28), ten),
            Err(ChangeError::OutOfRange)
        );
        assert_eq!(
            compare(Instrument::K10, Total::whole(9), ten),
            Err(ChangeError::OutOfRange)
        );
        assert_eq!(
            compare(Instrument::Phq9, ten, half),
            Err(ChangeError::NotWhole)
        );
        assert_eq!(
            compare(Instrument::CssrsScreener, ten, ten),
            Err(ChangeError::NoTotal)
        );
    }

    #[test]
    fn a_prorated_core_10_is_compared_exactly() {
        let from = Total::from_f64(130.0 / 9.0).expect("finite");
        let to = Total::from_f64(76.0 / 9.0).expect("finite");
        let change = change(
            Instrument::Core10,
            from,
            to,
            Thresholds::default_for(Instrument::Core10),
        )
        .expect("both are totals");
        assert_eq!(change.improvement, Total::whole(6));
        assert!(change.improved && change.reliable);
    }

    #[test]
    fn a_clinic_may_set_its_own() {
        let strict = Thresholds {
            minimal: Some(2),
            ..Thresholds::default()
        };
        let change = change(Instrument::Phq9, Total::whole(9), Total::whole(7), strict)
            .expect("both are totals");
        assert!(change.improved && !change.reliable && !change.remission);
    }
}
