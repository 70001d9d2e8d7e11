//! What holds of a chart, case by case. That order and repetition do not matter: `order_tests.rs`.

use super::*;
use crate::patient::{DeviceLost, Erased, Opened};
use crate::plan::{Acknowledged, TransitionPlan};
use crate::testing::*;

fn plan(parent: Option<Id>) -> Body {
    Body::TransitionPlan(TransitionPlan {
        parent,
        ..TransitionPlan::default()
    })
}

fn erase(entry: Id) -> Body {
    Body::Erase(Erased {
        entry,
        reason: "wrong patient".to_owned(),
    })
}

/// The plan that holds and whether each revision was accepted.
fn standing(chart: &Chart) -> (Option<Id>, Vec<bool>) {
    let history = chart.transition_plan();
    (
        history.current.map(|fact| fact.id),
        history.revisions.iter().map(|one| one.accepted).collect(),
    )
}

#[test]
fn a_plan_needs_a_clinician_and_the_parent_that_holds() {
    let mut care = Care::default();
    assert_eq!(standing(&care.chart()), (None, vec![]));
    let proposed = care.patient(1, plan(None));
    assert_eq!(standing(&care.chart()), (None, vec![false]));
    // A clinician's revision of a proposal names no plan that holds.
    care.staff(2, plan(Some(proposed)));
    assert_eq!(standing(&care.chart()).0, None);
    let first = care.staff(3, plan(None));
    assert_eq!(standing(&care.chart()).0, Some(first));
    // The patient's revision of the plan is shown and changes nothing.
    care.patient(4, plan(Some(first)));
    assert_eq!(standing(&care.chart()).0, Some(first));
    let second = care.staff(5, plan(Some(first)));
    // Two clinicians revised the first: the later to arrive is stale, and so is a second first plan.
    care.staff(6, plan(Some(first)));
    care.staff(7, plan(None));
    let (current, accepted) = standing(&care.chart());
    assert_eq!(current, Some(second));
    assert_eq!(
        accepted,
        [false, false, true, false, true, false, false].to_vec()
    );
    assert_eq!(care.chart().acknowledged(second), None);
}

#[test]
fn the_place_in_the_mailbox_decides_and_not_the_clock() {
    let mut care = Care::default();
    let first = care.staff(100, plan(None));
    let by_slow_clock = care.staff(50, plan(Some(first)));
    assert_eq!(standing(&care.chart()).0, Some(by_slow_clock));
    // Still on this console, a revision counts as last; a colleague's that got there first wins.
    let mine = care.staff(60, plan(Some(first)));
    care.lines[1].place = Place::UNSENT;
    assert_eq!(
        standing(&care.chart()),
        (Some(mine), vec![true, true, false])
    );
}

#[test]
fn the_first_acknowledgement_counts() {
    let mut care = Care::default();
    let first = care.staff(1, plan(None));
    for read in [30, 20, 40] {
        care.patient(read, Body::PlanAcknowledged(Acknowledged { plan: first }));
    }
    assert_eq!(care.chart().acknowledged(first), Some(20));
    let second = care.staff(50, plan(Some(first)));
    assert_eq!(care.chart().acknowledged(second), None);
}

#[test]
fn an_erased_plan_does_not_turn_its_successor_into_a_proposal() {
    let mut care = Care::default();
    let first = care.staff(1, plan(None));
    let second = care.staff(2, plan(Some(first)));
    let third = care.staff(3, plan(Some(second)));
    care.staff(4, plan(Some(second)));
    care.staff(5, erase(second));
    // The stale one stays a proposal; the one that took the erased plan's place stays the plan.
    assert_eq!(
        standing(&care.chart()),
        (Some(third), vec![true, true, false])
    );
    // Without a successor the plan before it holds again.
    let mut care = Care::default();
    let first = care.staff(1, plan(None));
    let second = care.staff(2, plan(Some(first)));
    care.staff(3, erase(second));
    assert_eq!(standing(&care.chart()).0, Some(first));
}

#[test]
fn a_check_in_has_a_safety_entry_and_an_end() {
    let mut care = Care::default();
    let begun = care.answered(1, "phq9", Stage::Safety, 100, answers(&[("q9", 1)]));
    let chart = care.chart();
    let half = chart.check_in(id(1)).expect("begun");
    assert!(!half.is_complete() && half.needs_follow_up);
    assert_eq!((half.last.id, half.before.len()), (begun, 0));
    assert_eq!(chart.completed("phq9").count(), 0);
    assert_eq!(half.result().expect("shipped").total, None);

    let end = care.answered(1, "phq9", Stage::Complete, 200, phq9(12, 1));
    let chart = care.chart();
    let whole = chart.check_in(id(1)).expect("finished");
    assert!(whole.is_complete());
    assert_eq!(whole.last.id, end);
    assert_eq!(
        whole.entries().map(|fact| fact.id).collect::<Vec<_>>(),
        [begun, end]
    );
    let total = whole.result().expect("shipped").total.expect("scored");
    assert!((total.to_f64() - 12.0).abs() < f64::EPSILON);
    assert_eq!(chart.completed("phq9").count(), 1);
    assert_eq!(chart.completed("gad7").count(), 0);
    assert_eq!(chart.check_ins().len(), 1);
}

#[test]
fn revised_answers_replace_and_the_first_ones_stay_in_sight() {
    let mut care = Care::default();
    for (at, item9) in [(100, 3), (110, 0)] {
        care.answered(1, "phq9", Stage::Safety, at, answers(&[("q9", item9)]));
    }
    care.answered(1, "phq9", Stage::Complete, 120, phq9(20, 2));
    care.answered(1, "phq9", Stage::Complete, 130, phq9(5, 0));
    let chart = care.chart();
    let check_in = chart.check_in(id(1)).expect("there");
    assert_eq!(check_in.last.at, 130);
    let given: Vec<_> = check_in
        .entries()
        .map(|fact| fact.value.answers.get("q9").cloned())
        .collect();
    let value = |n| Some(crate::checkin::Answer::Value(n));
    assert_eq!(given, [value(3), value(0), value(2), value(0)]);
    assert!(check_in.needs_follow_up);
    // A late safety entry never replaces the end.
    care.answered(1, "phq9", Stage::Safety, 900, answers(&[("q9", 0)]));
    assert!(care.chart().check_in(id(1)).expect("there").is_complete());
}

#[test]
fn quiet_check_ins_need_no_follow_up_and_of_unknown_forms_only_the_library_knows() {
    let mut care = Care::default();
    care.answered(1, "phq9", Stage::Complete, 1, phq9(20, 0));
    care.answered(2, "gad7", Stage::Complete, 2, answers(&[("q1", 3)]));
    care.answered(
        3,
        "from-the-future",
        Stage::Complete,
        3,
        answers(&[("a", 9)]),
    );
    let chart = care.chart();
    let noted = |of| chart.check_in(id(of)).expect("kept").needs_follow_up;
    assert_eq!([1, 2, 3].map(noted), [false, false, true]);
    assert!(chart.check_in(id(3)).expect("kept").result().is_none());
    assert_eq!(chart.completed("from-the-future").count(), 1);
}

#[test]
fn check_ins_come_by_the_patients_clock() {
    let mut care = Care::default();
    care.answered(1, "gad7", Stage::Complete, 300, answers(&[]));
    care.answered(2, "gad7", Stage::Complete, 100, answers(&[]));
    care.answered(3, "gad7", Stage::Complete, 200, answers(&[]));
    let order: Vec<_> = care.chart().check_ins().iter().map(|one| one.id).collect();
    assert_eq!(order, [id(2), id(3), id(1)]);
}

#[test]
fn a_lost_phone_stays_lost() {
    let device = |device| {
        Body::Device(Device {
            device,
            identity: String::new(),
            name: "Phone".to_owned(),
            platform: "android".to_owned(),
        })
    };
    let mut care = Care::default();
    care.patient(1, device(id(1)));
    care.patient(2, device(id(2)));
    let lost = care.staff(3, Body::DeviceLost(DeviceLost { device: id(1) }));
    // It says its name once more, from an outbox that was still full, and the order is erased.
    care.patient(4, device(id(1)));
    care.staff(5, erase(lost));
    let chart = care.chart();
    assert!(chart.is_lost(id(1)) && !chart.is_lost(id(2)));
    let left: Vec<_> = chart.devices().map(|fact| fact.value.device).collect();
    assert_eq!(left, [id(2)]);
}

#[test]
fn an_erased_entry_is_gone_wherever_it_was() {
    let mut care = Care::default();
    let begun = care.answered(1, "phq9", Stage::Safety, 1, answers(&[("q9", 2)]));
    let end = care.answered(1, "phq9", Stage::Complete, 2, phq9(9, 0));
    care.staff(3, erase(end));
    let chart = care.chart();
    assert!(chart.is_erased(end) && !chart.is_erased(begun));
    let left = chart.check_in(id(1)).expect("the safety entry is left");
    assert!(!left.is_complete() && left.needs_follow_up);
    care.staff(4, erase(begun));
    assert_eq!(care.chart().check_in(id(1)), None);
    assert!(care.chart().check_ins().is_empty());
}

#[test]
fn erasing_a_discharge_brings_the_patient_back() {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let gone = care.staff(1, discharged("2026-11-05"));
    assert_eq!(care.chart().program_week(date("2026-11-06")), None);
    care.staff(2, erase(gone));
    assert_eq!(care.chart().program_week(date("2026-11-06")), Some(1));
}

#[test]
fn weeks_count_from_the_first_day_to_the_discharge() {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let week = |care: &Care, day: &str| care.chart().program_week(date(day));
    for (day, expected) in [
        ("2026-11-01", None),
        ("2026-11-02", Some(1)),
        ("2026-11-08", Some(1)),
        ("2026-11-09", Some(2)),
        ("2027-01-04", Some(10)),
    ] {
        assert_eq!(week(&care, day), expected, "{day}");
    }
    care.staff(1, discharged("2026-11-10"));
    assert_eq!(week(&care, "2026-11-10"), Some(2));
    assert_eq!(week(&care, "2026-11-11"), None);
    // A corrected day replaces it.
    care.staff(2, discharged("2026-11-12"));
    assert_eq!(week(&care, "2026-11-12"), Some(2));
}

#[test]
fn a_later_enrolment_ends_a_discharge() {
    let mut care = Care::enrolled("2026-09-07", 8, &[]);
    care.staff(1, discharged("2026-10-02"));
    assert!(care.chart().discharge().is_some());
    care.staff(2, enrolled("2026-11-02", 4, &[]));
    let chart = care.chart();
    assert_eq!(chart.discharge(), None);
    assert_eq!(chart.enrolment().expect("again").value.weeks, 4);
    assert_eq!(chart.program_week(date("2026-11-02")), Some(1));
    care.staff(3, discharged("2026-11-20"));
    assert_eq!(
        care.chart().discharge().map(|fact| fact.value.date),
        Some(date("2026-11-20"))
    );
}

#[test]
fn the_first_to_open_an_entry_is_named() {
    let mut care = Care::default();
    let entry = care.answered(1, "gad7", Stage::Complete, 1, answers(&[]));
    assert!(!care.chart().was_opened(entry));
    let opened = Body::Opened(Opened {
        entries: vec![entry],
    });
    care.write(Author::Administrator(TOMAS), "UTC", 30, &opened);
    care.staff(20, opened.clone());
    care.staff(40, opened);
    let chart = care.chart();
    assert!(chart.was_opened(entry));
    assert_eq!(chart.opened_by(entry), Some((INES, 20)));
    assert_eq!(chart.opened_by(id(99)), None);
}

#[test]
fn homework_taken_back_is_gone_and_its_logs_stay() {
    use crate::homework::{Completion, HomeworkWithdrawn};
    let mut care = Care::default();
    let assigned = |title: &str| {
        Body::HomeworkAssigned(Assigned {
            title: title.to_owned(),
            instructions: String::new(),
            due: date("2026-11-20"),
            times: 1,
            ..Assigned::default()
        })
    };
    let kept = care.staff(1, assigned("Walk"));
    let back = care.staff(2, assigned("Breathe"));
    care.patient(
        3,
        Body::HomeworkLogged(Logged {
            homework: Some(back),
            completion: Completion::Done,
            ..Logged::of(Completion::Done)
        }),
    );
    care.staff(
        4,
        Body::HomeworkWithdrawn(HomeworkWithdrawn { homework: back }),
    );
    let chart = care.chart();
    let left: Vec<_> = chart.homework().iter().map(|fact| fact.id).collect();
    assert_eq!(left, [kept]);
    assert_eq!(
        (chart.logs(Some(back)).len(), chart.logs(Some(kept)).len()),
        (1, 0)
    );
    assert_eq!(chart.logs(None).len(), 1);
}
