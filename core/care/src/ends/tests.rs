//! How care ends, by table, and pauses over random histories.

use proptest::prelude::*;

use super::*;
use crate::chart::{Applied, Place};
use crate::entry::{Author, Body, Class, Entry};
use crate::patient::Discharged;
use crate::testing::*;

fn ended(day: &str, reason: DischargeReason) -> Body {
    Body::Discharged(Discharged {
        date: date(day),
        reason,
    })
}

fn paused(day: &str) -> Body {
    Body::Paused(Paused {
        from: date(day),
        reason: PauseReason::Inpatient,
        expected_back: None,
    })
}

fn resumed(day: &str) -> Body {
    Body::Resumed(Resumed { date: date(day) })
}

fn eight_weeks() -> Care {
    Care::enrolled("2026-11-02", 8, &[("daily-check-in", 1)])
}

#[test]
fn every_end_stops_what_it_must() {
    use DischargeReason as End;
    // Session, check-in, practice, plan, follow-up, family.
    let program_over = [false, true, true, false, false, true];
    let all = [true; 6];
    for (reason, expected) in [
        (End::Planned, program_over),
        (End::PayerEnded, program_over),
        (End::LeftEarly, program_over),
        (End::NoProgress, program_over),
        (End::SteppedUp, all),
        (End::Died, all),
    ] {
        let mut care = eight_weeks();
        assert_eq!(care.chart().reminders_stop(date("2026-12-01")), None);
        care.staff(1, ended("2026-11-20", reason));
        let stop = |day: &str| care.chart().reminders_stop(date(day));
        let after = stop("2026-11-21").expect("it has ended");
        assert_eq!(after, StopReason::from(reason));
        assert_eq!(Notice::ALL.map(|notice| after.stops(notice)), expected);
        // On the last day the program still goes on, except where it ended by death.
        let died = reason == End::Died;
        assert_eq!(stop("2026-11-20").is_some(), died, "{reason:?}");
        assert_eq!(stop("2026-11-03").is_some(), died, "{reason:?}");
        assert_eq!(care.chart().has_died(), died);
        // A patient who comes back is reminded again.
        care.staff(2, enrolled("2027-01-04", 8, &[]));
        assert_eq!(care.chart().reminders_stop(date("2027-01-04")), None);
    }
    for stop in [StopReason::Paused, StopReason::FamilySilenced] {
        assert!(Notice::ALL.into_iter().all(|notice| stop.stops(notice)));
    }
}

#[test]
fn an_end_entered_by_mistake_is_corrected() {
    let mut care = eight_weeks();
    care.staff(1, ended("2026-11-20", DischargeReason::Died));
    care.staff(2, ended("2026-12-24", DischargeReason::Planned));
    let chart = care.chart();
    assert_eq!(chart.reminders_stop(date("2026-12-24")), None);
    assert_eq!(
        chart.reminders_stop(date("2026-12-25")),
        Some(StopReason::Planned)
    );
}

#[test]
fn a_pause_lasts_until_somebody_says_that_it_is_over() {
    let mut care = eight_weeks();
    care.staff(1, paused("2026-11-10"));
    let stop = |care: &Care, day: &str| care.chart().reminders_stop(date(day));
    assert_eq!(stop(&care, "2026-11-09"), None);
    assert_eq!(stop(&care, "2026-11-10"), Some(StopReason::Paused));
    assert_eq!(stop(&care, "2027-11-10"), Some(StopReason::Paused));
    // The first day is corrected, not a second pause begun.
    care.staff(2, paused("2026-11-12"));
    assert_eq!(stop(&care, "2026-11-11"), None);
    assert_eq!(care.chart().pauses().len(), 1);
    care.staff(3, resumed("2026-11-23"));
    assert_eq!(stop(&care, "2026-11-22"), Some(StopReason::Paused));
    assert_eq!(stop(&care, "2026-11-23"), None);
    // The day back is corrected too.
    care.staff(4, resumed("2026-11-30"));
    assert_eq!(stop(&care, "2026-11-23"), Some(StopReason::Paused));
    // A second pause, ended by a new enrolment.
    care.staff(5, paused("2026-12-07"));
    care.staff(6, enrolled("2027-01-04", 8, &[]));
    assert_eq!(care.chart().pauses().len(), 2);
    assert_eq!(stop(&care, "2027-01-03"), Some(StopReason::Paused));
    assert_eq!(stop(&care, "2027-01-04"), None);
    // A day back without a pause says nothing.
    let mut care = eight_weeks();
    care.staff(1, resumed("2026-11-23"));
    assert!(care.chart().pauses().is_empty());
}

#[test]
fn a_family_phone_is_silenced_without_a_reason() {
    let mut chart = Chart::default();
    let mut tell = |seq: u8, stopped: bool, from: Option<&str>| {
        let from = from.map(date);
        let body = Body::FamilyNotices(FamilyNotices { stopped, from });
        let entry = Entry::new(id(seq), i64::from(seq), "UTC", INES, None, &body);
        let place = Place::at(u64::from(seq), 0);
        let author = Author::Clinician(INES);
        assert_eq!(
            chart.apply(Class::Family, &entry, author, place),
            Applied::Folded
        );
        assert_eq!(
            chart.apply(Class::Family, &entry, Author::Patient, place),
            Applied::NotAllowed
        );
        chart.reminders_stop(date("2026-11-23"))
    };
    let silent = Some(StopReason::FamilySilenced);
    assert_eq!(tell(1, true, None), silent);
    assert_eq!(tell(2, false, None), None);
    assert_eq!(tell(3, true, Some("2026-11-24")), None);
    assert_eq!(tell(4, true, Some("2026-11-23")), silent);
}

proptest! {
    #[test]
    fn pauses_are_in_order_of_writing_and_only_the_last_is_open(
        events in prop::collection::vec((any::<bool>(), 0u64..60), 0..12)
    ) {
        let mut care = eight_weeks();
        let day = |days: u64| (date("2026-11-02") + chrono::Days::new(days)).to_string();
        for (at, (away, days)) in (1i64..).zip(&events) {
            let body = if *away { paused(&day(*days)) } else { resumed(&day(*days)) };
            care.staff(at, body);
        }
        let pauses = care.chart().pauses();
        for pause in pauses.iter().rev().skip(1) {
            prop_assert!(pause.back.is_some());
        }
        let open = pauses.last().is_some_and(|last| last.back.is_none());
        let last_away = events.last().is_some_and(|(away, _)| *away);
        prop_assert_eq!(open, last_away);
        // The fold does not depend on the order of arrival.
        let mut back = care.lines.clone();
        back.reverse();
        prop_assert_eq!(fold(&back).pauses(), pauses);
    }
}
