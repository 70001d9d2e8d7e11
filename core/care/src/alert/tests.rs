//! The clinic's lists, and where a flag stands in them.

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

/// What a watcher that looks every few minutes writes: minutes at which it looks, and which steps it then
/// tells of.
fn watched(looks: &[(i64, Via)]) -> (Vec<(i64, u32, Vec<Id>)>, World) {
    let mut world = World::riverbend();
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let when = at("2026-11-20T13:00:00Z");
    care.answered(1, "phq9", Stage::Complete, when, phq9(9, 1));
    let mut told = Vec::new();
    for (minutes, via) in looks {
        let flag = &flags_of(&care, &world)[0];
        let from = flag.received.expect("at the clinic");
        let now = from + minutes * MINUTE_MS;
        let log: Vec<_> = world.team.alerts_told(id(1), id(1)).collect();
        let log = log.iter().map(|fact| &fact.value);
        let Some(telling) = telling(flag, &policy(), &world.library, log, now) else {
            continue;
        };
        told.push((*minutes, telling.step, telling.tell.clone()));
        world.team(INES, now, Body::AlertTold(said(flag, &telling, *via)));
    }
    (told, world)
}

fn said(flag: &Flag, telling: &Telling, via: Via) -> AlertTold {
    AlertTold {
        patient: flag.patient,
        check_in: flag.check_in,
        item: flag.item.clone(),
        answer: flag.answer,
        triage: flag.triage,
        step: telling.step,
        due_at: telling.due_at,
        tell: telling.tell.clone(),
        via,
    }
}

#[test]
fn each_step_is_told_once_and_in_its_time() {
    let console = |minutes| (minutes, Via::Console);
    let (told, _) = watched(&[0, 1, 29, 30, 31, 59, 60, 61, 9999].map(console));
    let expected = vec![
        (0, 1, vec![INES]),
        (30, 2, vec![INES, TOMAS]),
        (60, 3, vec![TOMAS]),
    ];
    assert_eq!(told, expected);
    // Nobody watched for an hour: everyone of all steps at once, and then nobody again.
    let (told, _) = watched(&[65, 66, 9999].map(console));
    assert_eq!(told, [(65, 3, vec![INES, TOMAS])]);
}

#[test]
fn what_the_clinics_program_did_not_take_stays_due() {
    let failed = |minutes| (minutes, Via::ProgramFailed);
    let (told, world) = watched(&[failed(0), failed(1), (2, Via::Program), (3, Via::Program)]);
    let minutes: Vec<_> = told
        .iter()
        .map(|(minutes, step, _)| (*minutes, *step))
        .collect();
    assert_eq!(minutes, [(0, 1), (1, 1), (2, 1)]);
    let log: Vec<_> = world.team.alerts_told(id(1), id(1)).collect();
    let vias: Vec<_> = log.iter().map(|fact| fact.value.via).collect();
    assert_eq!(vias, [Via::ProgramFailed, Via::ProgramFailed, Via::Program]);
}

#[test]
fn a_rise_is_told_anew_and_a_disposition_ends_it() {
    let mut world = World::riverbend();
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let when = at("2026-11-20T13:00:00Z");
    care.answered(1, "phq9", Stage::Safety, when, phq9(9, 1));
    let first = flags_of(&care, &world).remove(0);
    let now = |minutes: i64| when + 1000 + minutes * MINUTE_MS;
    let none: [&AlertTold; 0] = [];
    let due = telling(&first, &policy(), &world.library, none, now(0)).expect("due");
    let log = [said(&first, &due, Via::Console)];
    assert_eq!(
        telling(&first, &policy(), &world.library, &log, now(5)),
        None
    );
    // The same check-in, answered higher at its end.
    care.answered(1, "phq9", Stage::Complete, when + 60_000, phq9(9, 2));
    let risen = flags_of(&care, &world).remove(0);
    assert_eq!((risen.answer, risen.received), (Some(2), first.received));
    let again = telling(&risen, &policy(), &world.library, &log, now(5)).expect("told anew");
    assert_eq!((again.step, again.tell), (1, vec![INES]));
    world.closes(1, "q9", Some(2), now(6));
    let closed = flags_of(&care, &world).remove(0);
    assert_eq!(
        telling(&closed, &policy(), &world.library, none, i64::MAX),
        None
    );
    assert_eq!((closed.alerts, closed.next_alert), (Vec::new(), None));
}

/// What a console shows: the log with names, and what comes next.
#[test]
fn the_log_is_in_the_flag() {
    let (_, world) = watched(&[(0, Via::Program), (90, Via::ProgramFailed)]);
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let when = at("2026-11-20T13:00:00Z");
    care.answered(1, "phq9", Stage::Complete, when, phq9(9, 1));
    let mut world = world;
    let unplanned = flags_of(&care, &world).remove(0);
    let lines: Vec<_> = unplanned
        .alerts
        .iter()
        .map(|line| (line.step, line.via))
        .collect();
    assert_eq!(lines, [(1, Via::Program), (3, Via::ProgramFailed)]);
    assert_eq!(unplanned.alerts[1].tell, ["Ines", "Tomas"]);
    assert_eq!(unplanned.alerts[1].due_at, when + 1000 + 30 * MINUTE_MS);
    assert_eq!(unplanned.next_alert, None, "this clinic made no list");
    world.team(INES, 1, Body::AlertPolicy(policy()));
    let planned = flags_of(&care, &world).remove(0);
    let next = planned.next_alert.expect("step 2 was never taken");
    assert_eq!(next.at, when + 1000 + 30 * MINUTE_MS);
    assert_eq!(next.tell, ["Ines", "Tomas"]);
}

#[test]
fn a_list_whose_people_left_tells_the_administrators() {
    let mut world = World::riverbend();
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let when = at("2026-11-20T13:00:00Z");
    care.answered(1, "phq9", Stage::Complete, when, phq9(9, 1));
    let boss = Staff {
        id: id(90),
        name: "Rowan".to_owned(),
        title: String::new(),
        role: Role::Administrator,
        certificate: String::new(),
    };
    world.library(Body::Staff(boss));
    let flag = flags_of(&care, &world).remove(0);
    let told = |world: &World| {
        let none: [&AlertTold; 0] = [];
        let telling = telling(&flag, &policy(), &world.library, none, i64::MAX);
        telling.expect("due").tell
    };
    assert_eq!(told(&world), [INES, TOMAS], "control");
    for gone in [INES, TOMAS] {
        let removed = crate::library::StaffRemoved {
            id: gone,
            removal: String::new(),
        };
        world.library(Body::StaffRemoved(removed));
    }
    assert_eq!(told(&world), [id(90)]);
}

#[test]
fn without_a_list_every_clinician_is_told_at_once() {
    let mut world = World::riverbend();
    let desk = Staff {
        id: id(91),
        name: "Lio".to_owned(),
        title: String::new(),
        role: Role::FrontDesk,
        certificate: String::new(),
    };
    world.library(Body::Staff(desk));
    let policy = AlertPolicy::in_force(&world.team, &world.library);
    assert_eq!(policy.positive, [step(0, &[INES, TOMAS])]);
    assert!(policy.unanswered.is_empty());
}
