//! Stays: the spans of care that a chart tells of, when a patient comes back after a discharge.
//!
//! Owns when a stay began. A change is looked at within one stay: its baseline is the first total of that stay,
//! not the first one on record. Another track, or more weeks, begins no new stay; a pause neither; nor does an
//! enrolment from a day before the discharge, which takes the discharge back. Refuses to lose what was filled
//! in before the first day, at an assessment, say: the first stay has no beginning, and a later one begins two
//! weeks before its first day or when it was written, but never before the discharge from the one before.

use chrono::{Days, NaiveDate, NaiveTime};

use crate::calendar;
use crate::chart::{Chart, Fact};
use crate::order::InOrder;
use crate::patient::Enrolled;

/// Days before the first one in which an assessment counts for the stay.
const ADMISSION_DAYS: u64 = 14;

impl Chart {
    /// When the stay began that an instant belongs to, epoch milliseconds; `i64::MIN` for the first stay.
    pub fn stay_began(&self, at: i64) -> i64 {
        let stays = self.later_stays();
        let began = stays.iter().rev().find(|began| **began <= at);
        began.copied().unwrap_or(i64::MIN)
    }

    /// When each stay after the first began, oldest first.
    pub(crate) fn later_stays(&self) -> Vec<i64> {
        enum Event<'a> {
            Left(NaiveDate),
            Came(&'a Fact<Enrolled>),
        }
        let mut discharges = self.discharges().peekable();
        if discharges.peek().is_none() {
            return Vec::new();
        }
        let left = discharges.map(|fact| (fact.order(), Event::Left(fact.value.date)));
        let mut events: Vec<_> = left.collect();
        let enrolments = self.enrolments();
        events.extend(enrolments.map(|fact| (fact.order(), Event::Came(fact))));
        events.order_by_key(|(order, _)| *order);
        let mut left: Option<NaiveDate> = None;
        let mut stays = Vec::new();
        for (_, event) in events {
            match event {
                Event::Left(day) => left = Some(day),
                Event::Came(fact) => {
                    let again = left.take().filter(|left| *left < fact.value.start_date);
                    stays.extend(again.map(|left| began(fact, left)));
                }
            }
        }
        stays.order();
        stays
    }
}

/// When a stay began after a discharge on `left`. Days are those of the zone where the enrolment was written.
fn began(fact: &Fact<Enrolled>, left: NaiveDate) -> i64 {
    let midnight = |day: Option<NaiveDate>| {
        let resolved = calendar::resolve_local(&fact.zone, day?, NaiveTime::MIN).ok()?;
        Some(resolved.instant.timestamp_millis())
    };
    let assessed = fact
        .value
        .start_date
        .checked_sub_days(Days::new(ADMISSION_DAYS));
    let gone = left.checked_add_days(Days::new(1));
    let from = midnight(assessed).unwrap_or(fact.at).min(fact.at);
    from.max(midnight(gone).unwrap_or(i64::MIN))
}

#[cfg(test)]
mod tests {
    use crate::caseload::scores;
    use crate::checkin::Total;
    use crate::patient::Stage::Complete;
    use crate::testing::*;

    fn noon(day: &str) -> i64 {
        at(&format!("{day}T12:00:00Z"))
    }

    /// Line by line: `e` enrols that day, `d` discharges, a number is a PHQ-9 total.
    fn written(lines: &[(&str, &str)]) -> Care {
        let mut care = Care::default();
        for (number, (day, what)) in (1u8..).zip(lines) {
            match *what {
                "e" => {
                    care.staff(noon(day), enrolled(day, 8, &[("phq9", 7)]));
                }
                "d" => {
                    care.staff(noon(day), discharged(day));
                }
                total => {
                    let total = total.parse().expect("a total");
                    care.answered(number, "phq9", Complete, noon(day), phq9(total, 0));
                }
            }
        }
        care
    }

    /// The baseline of the newest total, on the caseload and in the result.
    fn baseline(lines: &[(&str, &str)]) -> Option<i64> {
        let (care, world) = (written(lines), World::riverbend());
        let chart = care.chart();
        let check_ins = chart.check_ins();
        let row = &scores(&world.library, &chart, &check_ins)[0];
        let last = check_ins.last().expect("at least one");
        let result = world.library.result(&chart, last).expect("ships");
        let total = result.total.expect("scored");
        let before = result.since_baseline.map(|change| {
            // Lower is better: baseline minus total.
            total.minus(change.improvement.times(-1))
        });
        assert_eq!(row.baseline, before.map(Total::to_f64));
        before.map(Total::rounded)
    }

    #[test]
    fn a_change_is_against_the_first_total_of_the_stay() {
        let first = [
            ("2026-08-28", "20"),
            ("2026-09-01", "e"),
            ("2026-09-02", "18"),
            ("2026-09-20", "12"),
        ];
        assert_eq!(baseline(&first[..3]), Some(20), "also before the first day");
        assert_eq!(baseline(&first), Some(20));
        let more_weeks = [&first[..], &[("2026-10-20", "e"), ("2026-10-21", "10")]].concat();
        assert_eq!(baseline(&more_weeks), Some(20), "the same stay goes on");
        let left = [&first[..], &[("2026-10-20", "d"), ("2026-11-03", "6")]].concat();
        assert_eq!(
            baseline(&left),
            Some(20),
            "a follow-up belongs to what it follows"
        );
        let again = [&left[..], &[("2026-12-01", "e"), ("2026-12-02", "15")]].concat();
        assert_eq!(baseline(&again), None, "the first total of the new stay");
        let later = [&again[..], &[("2026-12-09", "11")]].concat();
        assert_eq!(baseline(&later), Some(15));
    }

    #[test]
    fn a_stay_begins_two_weeks_before_its_first_day() {
        let before = [("2026-09-01", "e"), ("2026-10-20", "d")];
        let control = written(&before).chart();
        assert_eq!(control.stay_began(i64::MAX), i64::MIN);
        // Written, first day, and from when on it counts: midnight in New York, or when it was written.
        for (wrote, first_day, began) in [
            ("2026-12-02", "2026-12-04", "2026-11-20T05:00:00Z"),
            ("2026-12-08", "2026-12-04", "2026-11-20T05:00:00Z"),
            ("2026-11-10", "2026-12-04", "2026-11-10T12:00:00Z"),
            ("2026-10-22", "2026-10-23", "2026-10-21T04:00:00Z"),
        ] {
            let mut care = written(&before);
            care.staff(noon(wrote), enrolled(first_day, 8, &[]));
            let (chart, began) = (care.chart(), at(began));
            let both = (chart.stay_began(began - 1), chart.stay_began(began));
            assert_eq!(both, (i64::MIN, began), "{wrote} {first_day}");
        }
        // A discharge that is taken back: the stay goes on.
        let mut care = written(&before);
        care.staff(noon("2026-10-21"), enrolled("2026-09-01", 12, &[]));
        assert_eq!(care.chart().stay_began(i64::MAX), i64::MIN);
    }
}
