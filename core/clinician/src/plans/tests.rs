//! Acts about plans, each folded into this clinician's own view at once.

use handrail_care::chart::Place;
use handrail_care::entry::{Author, Body, Entry};
use handrail_care::patient::DischargeReason;
use handrail_care::plan::{
    Contact, FollowUpOutcome, Goal, HandOff, HandOffState, ReviewOccasion, TeamRole,
};

use super::*;
use crate::act::Act;
use crate::visits::tests::{MONDAY, Practice, date};

fn plans(practice: &Practice) -> PlansPage {
    let page = practice.clinician.plans(practice.patient, MONDAY);
    page.expect("the keys are here")
}

fn signs(parent: Option<Id>, signs: &[&str]) -> SafetyPlan {
    SafetyPlan {
        parent,
        warning_signs: signs.iter().map(|sign| (*sign).to_owned()).collect(),
        ..SafetyPlan::default()
    }
}

fn goal(text: &str) -> Goal {
    Goal {
        text: text.to_owned(),
        ..Goal::default()
    }
}

/// What a phone of the patient wrote has arrived.
fn arrives(practice: &mut Practice, number: u8, body: Body) -> Id {
    arrives_from(practice, number, Author::Patient, body)
}

fn arrives_from(practice: &mut Practice, number: u8, author: Author, body: Body) -> Id {
    let id = Id([number; 16]);
    let by = author.staff().unwrap_or(Id([250; 16]));
    let entry = Entry::new(id, MONDAY, "America/New_York", by, None, &body);
    let chart = practice.clinician.charts.get_mut(&practice.patient);
    let place = Place::at(u64::from(number), MONDAY);
    chart
        .expect("the patient's")
        .apply_body(&entry, body, author, place);
    id
}

#[test]
fn a_plan_that_was_changed_meanwhile_is_not_overwritten() {
    let mut practice = Practice::new();
    let patient = practice.patient;
    let write = |plan| Act::WriteSafetyPlan { patient, plan };
    let me = Author::Clinician(practice.clinician.id());
    let body = Body::SafetyPlan(signs(None, &["One"]));
    let first = Some(arrives_from(&mut practice, 50, me, body));
    let edited = Body::SafetyPlan(signs(first, &["One", "Two"]));
    let edited = arrives(&mut practice, 100, edited);
    let act = write(signs(first, &["One", "Three"]));
    assert_eq!(practice.act(act), Err(ActError::PlanChanged));
    let shown = plans(&practice);
    assert_eq!(shown.safety.expect("a plan").warning_signs, ["One", "Two"]);
    let row = practice.clinician.caseload(MONDAY).remove(0);
    assert_eq!(row.plans_changed, [PlanKind::Safety]);
    // This clinician wrote the first one, so that is what they looked at.
    let card = &shown.plans[2];
    assert_eq!(card.since_looked[0].added, ["Two"]);
    assert_eq!(card.to_open, [edited]);
    practice.does(Act::OpenPlans {
        patient,
        plans: vec![edited, Id([9; 16])],
    });
    let card = &plans(&practice).plans[2];
    assert!(card.since_looked.is_empty() && card.to_open.is_empty());
    assert!(
        practice.clinician.caseload(MONDAY)[0]
            .plans_changed
            .is_empty()
    );
    let again = practice.does(Act::OpenPlans {
        patient,
        plans: vec![edited],
    });
    assert_eq!(again, Done::default(), "said once");
    let act = write(signs(Some(edited), &["One", "Two", "Three"]));
    practice.does(act);
    assert_eq!(plans(&practice).plans[2].revisions.len(), 3);
}

#[test]
fn both_parts_with_who_stands_behind_them() {
    let mut practice = Practice::new();
    let patient = practice.patient;
    let one = practice.does(Act::WritePartOne {
        patient,
        plan: PartOne {
            goals: vec![goal("Sleep"), goal("Work")],
            ..PartOne::default()
        },
    });
    let page = plans(&practice);
    let goals = page.part_one.expect("written").goals;
    assert!(goals[0].id != Id::default() && goals[0].id != goals[1].id);
    assert_eq!(page.part_two_due, Some(date("2026-11-09")));
    let two = |part_one| Act::WritePartTwo {
        patient,
        plan: PartTwo {
            part_one,
            review: Some(date("2026-11-16")),
            ..PartTwo::default()
        },
    };
    let stranger = Some(Id([9; 16]));
    assert_eq!(practice.act(two(stranger)), Err(ActError::NotFound));
    let second = practice.does(two(one.id)).id.expect("made");
    let agree = |plan| Act::AgreePlan {
        patient,
        plan,
        role: TeamRole::MedicalDirector,
    };
    assert_eq!(practice.act(agree(Id([9; 16]))), Err(ActError::NotFound));
    practice.does(agree(second));
    assert_eq!(plans(&practice).plans[1].agreed.len(), 1);
    let revised = practice.does(Act::WritePartTwo {
        patient,
        plan: PartTwo {
            parent: Some(second),
            ..PartTwo::default()
        },
    });
    assert_eq!(practice.act(agree(second)), Err(ActError::PlanChanged));
    let review = |plan| Act::ReviewPlan {
        patient,
        plan,
        occasion: ReviewOccasion::Weekly,
        next: Some(date("2026-11-23")),
    };
    assert_eq!(practice.act(review(Id([9; 16]))), Err(ActError::NotFound));
    practice.does(review(revised.id.expect("made")));
    assert_eq!(
        plans(&practice).plans[1].next_review,
        Some(date("2026-11-23"))
    );
    let rate = |goal, level| Act::RateGoal {
        patient,
        rated: GoalRated {
            goal,
            level,
            note: String::new(),
        },
    };
    assert_eq!(
        practice.act(rate(goals[0].id, 3)),
        Err(ActError::OutOfRange)
    );
    assert_eq!(practice.act(rate(Id([9; 16]), 1)), Err(ActError::NotFound));
    practice.does(rate(goals[0].id, 1));
    let attainment = plans(&practice).attainment.expect("goals");
    assert_eq!(
        (attainment.rated, attainment.of, attainment.reached),
        (1, 2, 1)
    );
}

#[test]
fn hand_offs_and_calls() {
    let mut practice = Practice::new();
    let patient = practice.patient;
    let hand_off = HandOff {
        to: Contact {
            name: "Dr. Adler".to_owned(),
            ..Contact::default()
        },
        ..HandOff::default()
    };
    practice.does(Act::RevisePlan {
        patient,
        plan: TransitionPlan {
            hand_offs: vec![hand_off],
            ..TransitionPlan::default()
        },
    });
    let mark = |hand_off| Act::MarkHandOff {
        patient,
        marked: HandOffMarked {
            hand_off,
            state: HandOffState::Booked,
            date: Some(date("2027-01-04")),
            time: String::new(),
            note: String::new(),
        },
    };
    assert_eq!(practice.act(mark(Id::default())), Err(ActError::NotFound));
    let bridge = plans(&practice).bridge.expect("enrolled");
    practice.does(mark(bridge.hand_offs[0].hand_off.id));
    let bridge = plans(&practice).bridge.expect("enrolled");
    assert_eq!(bridge.hand_offs[0].state, Some(HandOffState::Booked));
    let call = |planned| Act::NoteFollowUp {
        patient,
        called: FollowUpCalled {
            planned: date(planned),
            outcome: FollowUpOutcome::NotReached,
        },
    };
    assert_eq!(practice.act(call("2026-11-18")), Err(ActError::NotFound));
    practice.does(Act::Discharge {
        patient,
        date: date("2026-11-04"),
        reason: DischargeReason::Planned,
    });
    assert_eq!(practice.act(call("2026-11-19")), Err(ActError::NotFound));
    practice.does(call("2026-11-18"));
    let bridge = plans(&practice).bridge.expect("enrolled");
    assert_eq!(
        bridge.follow_ups[0].outcome,
        Some(FollowUpOutcome::NotReached)
    );
    assert_eq!(bridge.follow_ups[1].outcome, None);
}

#[test]
fn a_flag_leads_to_the_safety_plan() {
    let mut practice = Practice::new();
    let patient = practice.patient;
    arrives(
        &mut practice,
        100,
        Body::HelpAsked(handrail_care::help::HelpAsked {}),
    );
    let flag = |practice: &Practice| {
        let mut rows = practice.clinician.caseload(MONDAY);
        rows.remove(0).flags.remove(0).safety_plan
    };
    assert_eq!(flag(&practice), None, "nobody has written one");
    let plan = practice.does(Act::WriteSafetyPlan {
        patient,
        plan: signs(None, &["One"]),
    });
    assert_eq!(flag(&practice), plan.id);
}

#[test]
fn an_account_closes_after_the_discharge_and_is_kept_when_care_begins_again() {
    let mut practice = Practice::new();
    let patient = practice.patient;
    let close = |on| Act::CloseAccount {
        patient,
        on: date(on),
    };
    assert_eq!(
        practice.act(close("2027-03-31")),
        Err(ActError::StillEnrolled)
    );
    practice.does(Act::Discharge {
        patient,
        date: date("2026-11-02"),
        reason: DischargeReason::Planned,
    });
    assert_eq!(practice.act(close("2026-11-02")), Err(ActError::OutOfRange));
    let keep = Act::KeepAccount { patient };
    assert_eq!(practice.act(keep.clone()), Err(ActError::NotFound));
    let asked = |practice: &Practice| {
        let requests = practice.clinician.requests.iter();
        requests
            .filter(|ask| ask.path == handrail_wire::path::ACCOUNTS_CLOSE)
            .count()
    };
    practice.does(close("2027-03-31"));
    assert_eq!(asked(&practice), 1);
    let day = MONDAY + 14 * 24 * 3_600_000;
    let row = practice.clinician.caseload(day).remove(0);
    assert_eq!(row.calls_due, [date("2026-11-16")]);
    let bridge = plans(&practice).bridge.expect("enrolled");
    assert_eq!(bridge.account_closes, Some(date("2027-03-31")));
    practice.does(keep);
    assert_eq!(asked(&practice), 2);
    practice.does(close("2026-11-03"));
    practice.does(Act::Enrol {
        patient,
        track: practice.track,
        start_date: date("2026-11-09"),
        weeks: 4,
        join_link: None,
        check_ins: None,
    });
    assert_eq!(asked(&practice), 4, "opened again with the enrolment");
    let bridge = plans(&practice).bridge.expect("enrolled");
    assert_eq!(bridge.account_closes, None);
    let shown = practice.clinician.act(
        Act::Invite {
            subject: patient,
            on_screen: true,
        },
        "https://clinic.example",
        MONDAY,
    );
    shown.expect("an open account");
}
