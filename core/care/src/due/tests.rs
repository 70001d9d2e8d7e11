//! Spans in patient time, grace, homework.

use super::*;
use crate::entry::{Author, Body};
use crate::homework::{Assigned, Completion, HomeworkWithdrawn, Logged};
use crate::id::Id;
use crate::library::Library;
use crate::patient::Stage;
use crate::testing::*;

const RULES: &[(&str, u32)] = &[("daily-check-in", 1), ("phq9", 7)];

fn care() -> Care {
    Care::enrolled("2026-11-02", 8, RULES)
}

/// Completed on this local day at noon in New York.
fn done(care: &mut Care, of: u8, form: &str, day: &str) {
    let noon = at(&format!("{day}T17:00:00Z"));
    care.answered(of, form, Stage::Complete, noon, answers(&[]));
}

fn forms(due: &[DueCheckIn]) -> Vec<&str> {
    due.iter().map(|due| due.form.as_str()).collect()
}

#[test]
fn spans_count_from_the_first_day() {
    let chart = care().chart();
    for (today, daily, weekly) in [
        (
            "2026-11-02",
            ("2026-11-02", "2026-11-02"),
            ("2026-11-02", "2026-11-08"),
        ),
        (
            "2026-11-08",
            ("2026-11-08", "2026-11-08"),
            ("2026-11-02", "2026-11-08"),
        ),
        (
            "2026-11-09",
            ("2026-11-09", "2026-11-09"),
            ("2026-11-09", "2026-11-15"),
        ),
    ] {
        let due = check_ins(&chart, date(today));
        let spans: Vec<_> = due.iter().map(|due| (due.since, due.until)).collect();
        assert_eq!(forms(&due), ["daily-check-in", "phq9"]);
        let expected = [daily, weekly].map(|(since, until)| (date(since), date(until)));
        assert_eq!(spans, expected, "{today}");
    }
    let titles: Vec<_> = check_ins(&chart, date("2026-11-02"))
        .into_iter()
        .map(|due| due.title)
        .collect();
    assert!(titles.iter().all(|title| !title.is_empty()));
}

#[test]
fn one_complete_check_in_settles_its_span_only() {
    let mut care = care();
    done(&mut care, 1, "daily-check-in", "2026-11-03");
    done(&mut care, 2, "phq9", "2026-11-08");
    let due = |day: &str| -> Vec<String> {
        let due = check_ins(&care.chart(), date(day));
        due.into_iter().map(|due| due.form).collect()
    };
    assert_eq!(due("2026-11-02"), ["daily-check-in"]);
    assert_eq!(due("2026-11-03"), Vec::<String>::new());
    assert_eq!(due("2026-11-09"), ["daily-check-in", "phq9"]);
    // The safety entry alone leaves it due.
    let mut half = super::tests::care();
    let now = at("2026-11-02T17:00:00Z");
    half.answered(1, "phq9", Stage::Safety, now, answers(&[("q9", 0)]));
    assert_eq!(check_ins(&half.chart(), date("2026-11-02")).len(), 2);
}

#[test]
fn nothing_is_due_outside_the_stay() {
    let mut care = care();
    care.staff(0, discharged("2026-11-10"));
    let chart = care.chart();
    for (day, count) in [
        ("2026-11-01", 0),
        ("2026-11-02", 2),
        ("2026-11-10", 2),
        ("2026-11-11", 0),
    ] {
        assert_eq!(check_ins(&chart, date(day)).len(), count, "{day}");
    }
    assert_eq!(check_ins(&Care::default().chart(), date("2026-11-02")), []);
    assert_eq!(overdue(&chart, date("2026-11-11")), Vec::<String>::new());
    assert_eq!(overdue(&chart, date("2026-11-01")), Vec::<String>::new());
    // Enrolled again, what was done in the first stay settles nothing.
    let mut again = super::tests::care();
    done(&mut again, 1, "phq9", "2026-11-03");
    again.staff(1, discharged("2026-11-04"));
    again.staff(2, enrolled("2026-12-01", 4, RULES));
    assert_eq!(check_ins(&again.chart(), date("2026-12-01")).len(), 2);
}

/// The day is that of the phone's clock when the form was begun, wherever it was then.
#[test]
fn the_phones_day_counts() {
    let mut care = care();
    // 23:50 on the 2nd in New York is the 3rd in UTC; handed in after midnight.
    let begun = at("2026-11-03T04:50:00Z");
    let body = check_in(1, "daily-check-in", Stage::Complete, begun, answers(&[]));
    care.patient(begun + 20 * 60_000, body);
    let due = |care: &Care, day: &str| {
        forms(&check_ins(&care.chart(), date(day))).contains(&"daily-check-in")
    };
    assert!(!due(&care, "2026-11-02") && due(&care, "2026-11-03"));
    // In Auckland it is the 4th already when New York has the 3rd.
    let auckland = at("2026-11-03T20:00:00Z");
    let body = check_in(2, "daily-check-in", Stage::Complete, auckland, answers(&[]));
    care.write(Author::Patient, "Pacific/Auckland", auckland, &body);
    assert!(due(&care, "2026-11-03") && !due(&care, "2026-11-04"));
    assert_eq!(date_at(auckland, "Pacific/Auckland"), date("2026-11-04"));
    // A zone that the table does not know counts as UTC.
    assert_eq!(date_at(auckland, "Nowhere/Land"), date("2026-11-03"));
    assert_eq!(date_at(i64::MAX, "UTC"), date("1970-01-01"));
}

/// Clocks went back on 2026-11-01 and go forward on 2027-03-14 in New York: a day stays a day.
#[test]
fn a_day_of_23_or_25_hours_is_one_day() {
    for (start, begun, next) in [
        (
            "2026-11-01",
            ["2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z"],
            "2026-11-02T05:00:00Z",
        ),
        (
            "2027-03-14",
            ["2027-03-14T05:00:00Z", "2027-03-15T03:59:59Z"],
            "2027-03-15T04:00:00Z",
        ),
    ] {
        for instant in begun {
            let mut care = Care::enrolled(start, 1, &[("gad7", 1)]);
            care.answered(1, "gad7", Stage::Complete, at(instant), answers(&[]));
            assert_eq!(check_ins(&care.chart(), date(start)), [], "{instant}");
        }
        assert_ne!(date_at(at(next), NEW_YORK), date(start));
    }
}

/// A phone's clock ran nine years ahead for a moment: the patient was never overdue again.
#[test]
fn a_check_in_from_the_future_does_not_count_until_then() {
    let mut care = care();
    done(&mut care, 1, "daily-check-in", "2035-11-03");
    done(&mut care, 2, "phq9", "2035-11-03");
    let today = date("2026-11-18");
    assert_eq!(forms(&check_ins(&care.chart(), today)).len(), 2);
    assert_eq!(overdue(&care.chart(), today), ["daily-check-in", "phq9"]);
    // Where the patient is, it may be tomorrow already.
    done(&mut care, 3, "daily-check-in", "2026-11-19");
    assert_eq!(overdue(&care.chart(), today), ["phq9"]);
}

#[test]
fn overdue_is_a_whole_span_and_two_days() {
    let overdue_on = |care: &Care, day: &str| overdue(&care.chart(), date(day));
    // Never done: the first day is over, and two more.
    let never = care();
    for (day, expected) in [
        ("2026-11-04", vec![]),
        ("2026-11-05", vec!["daily-check-in"]),
        ("2026-11-10", vec!["daily-check-in"]),
        ("2026-11-11", vec!["daily-check-in", "phq9"]),
    ] {
        assert_eq!(overdue_on(&never, day), expected, "{day}");
    }
    // Done on the first day of one week and the last of the next: each in time.
    let mut weekly = Care::enrolled("2026-11-02", 8, &[("phq9", 7)]);
    done(&mut weekly, 1, "phq9", "2026-11-02");
    assert_eq!(overdue_on(&weekly, "2026-11-15"), Vec::<String>::new());
    assert_eq!(overdue_on(&weekly, "2026-11-17"), Vec::<String>::new());
    assert_eq!(overdue_on(&weekly, "2026-11-18"), ["phq9"]);
    // A late one settles it.
    done(&mut weekly, 2, "phq9", "2026-11-18");
    assert_eq!(overdue_on(&weekly, "2026-11-18"), Vec::<String>::new());
    assert_eq!(overdue_on(&weekly, "2026-11-24"), Vec::<String>::new());
    assert_eq!(overdue_on(&weekly, "2026-12-02"), ["phq9"]);
    let mut daily = Care::enrolled("2026-11-02", 8, &[("daily-check-in", 1)]);
    done(&mut daily, 1, "daily-check-in", "2026-11-05");
    assert_eq!(overdue_on(&daily, "2026-11-08"), Vec::<String>::new());
    assert_eq!(overdue_on(&daily, "2026-11-09"), ["daily-check-in"]);
}

/// Every day of a stay: what the patient's own list still offers is not held against the patient.
#[test]
fn what_was_done_within_each_span_is_never_overdue() {
    let mut care = Care::enrolled("2026-11-02", 8, &[("phq9", 7)]);
    let start = date("2026-11-02");
    for (week, late) in [(0u64, 0u64), (1, 6), (2, 0), (3, 6)] {
        let day = (start + Days::new(week * 7 + late)).to_string();
        done(&mut care, u8::try_from(week).expect("few"), "phq9", &day);
    }
    let chart = care.chart();
    for day in 0..30 {
        assert_eq!(
            overdue(&chart, start + Days::new(day)),
            Vec::<String>::new(),
            "{day}"
        );
    }
}

fn log(homework: Option<Id>, completion: Completion) -> Body {
    Body::HomeworkLogged(Logged {
        homework,
        completion,
        ..Logged::of(completion)
    })
}

#[test]
fn homework_by_its_last_day() {
    let mut care = Care::default();
    let assigned = |title: &str, due: &str, times| {
        Body::HomeworkAssigned(Assigned {
            title: title.to_owned(),
            instructions: "How".to_owned(),
            skill: Some("paced-breathing".to_owned()),
            due: date(due),
            times,
            ..Assigned::default()
        })
    };
    let later = care.staff(1, assigned("Later", "2026-11-20", 1));
    let twice = care.staff(2, assigned("Twice", "2026-11-10", 2));
    let gone = care.staff(3, assigned("Gone", "2026-11-01", 1));
    care.staff(
        4,
        Body::HomeworkWithdrawn(HomeworkWithdrawn { homework: gone }),
    );
    care.patient(5, log(Some(twice), Completion::TriedDidNotHelp));
    care.patient(6, log(Some(twice), Completion::Not));
    care.patient(7, log(None, Completion::Done));
    care.patient(8, log(Some(gone), Completion::Done));
    let on = |care: &Care, day: &str| -> Vec<_> {
        homework(&care.chart(), &Library::default(), date(day))
            .into_iter()
            .map(|state| (state.id, state.done, state.overdue))
            .collect()
    };
    // The last day itself is in time.
    assert_eq!(
        on(&care, "2026-11-10"),
        [(twice, 1, false), (later, 0, false)]
    );
    assert_eq!(
        on(&care, "2026-11-11"),
        [(twice, 1, true), (later, 0, false)]
    );
    care.patient(9, log(Some(twice), Completion::Partly));
    assert_eq!(
        on(&care, "2026-11-21"),
        [(twice, 2, false), (later, 0, true)]
    );
    let state = &homework(&care.chart(), &Library::default(), date("2026-11-10"))[1];
    assert_eq!(
        (state.title.as_str(), state.instructions.as_str()),
        ("Later", "How")
    );
    assert_eq!(
        (state.skill.as_deref(), state.assigned_at),
        (Some("paced-breathing"), 1)
    );
    assert_eq!((state.times, state.due), (1, date("2026-11-20")));
}

#[test]
fn nothing_is_due_or_overdue_in_a_pause() {
    use crate::ends::{PauseReason, Paused, Resumed};

    let mut care = Care::enrolled("2026-11-02", 8, &[("phq9", 7)]);
    let due = |care: &Care, day: &str| check_ins(&care.chart(), date(day)).len();
    let late = |care: &Care, day: &str| overdue(&care.chart(), date(day)).len();
    assert_eq!(
        (due(&care, "2026-11-12"), late(&care, "2026-11-12")),
        (1, 1)
    );
    let paused = Paused {
        from: date("2026-11-12"),
        reason: PauseReason::Inpatient,
        expected_back: None,
    };
    care.staff(1, Body::Paused(paused));
    assert_eq!(
        (due(&care, "2026-11-12"), late(&care, "2026-11-12")),
        (0, 0)
    );
    let back = Resumed {
        date: date("2026-11-19"),
    };
    care.staff(2, Body::Resumed(back));
    // Weeks begin on Mondays. The one of the pause and the one of the return are nobody's fault, the
    // next is late two days after its end.
    assert_eq!(
        (due(&care, "2026-11-19"), late(&care, "2026-11-19")),
        (1, 0)
    );
    assert_eq!(late(&care, "2026-11-26"), 0);
    assert_eq!(late(&care, "2026-12-02"), 1);
}
