//! Visits of a patient of Riverbend, by table; the count over random visits as a property.

use chrono::Days;
use proptest::prelude::*;

use super::count::count;
use super::page::{own_visits, page};
use super::week::{WeekHours, monday};
use super::*;
use crate::ends::{PauseReason, Paused};
use crate::entry::Body;
use crate::patient::{DischargeReason, Discharged};
use crate::program::{ClosedDays, OwnSession, Program, SessionChange, With};
use crate::testing::*;

const PATIENT: u8 = 1;

fn authorised(number: u8, from: &str, until: &str, visits: u32) -> Authorised {
    Authorised {
        id: id(number),
        payer: "Lindenhof Health".to_owned(),
        extends: None,
        from: date(from),
        until: date(until),
        visits,
        unit: Unit::Session,
        covers: Vec::new(),
        half_session: Uses::Half,
        late_cancel: Uses::Nothing,
        review: None,
        tell_missed: false,
        withdrawn: false,
    }
}

/// Eight weeks of Mon/Tue/Thu 9-12 from Monday 2 November, with 12 visits authorised.
fn care() -> Care {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    care.staff(
        1,
        Body::Authorised(authorised(30, "2026-11-02", "2026-12-31", 12)),
    );
    care
}

fn world() -> World {
    let mut world = World::riverbend();
    world.person(PATIENT, "Mara");
    world
}

fn staff(care: &Care, world: &World, now: &str) -> VisitsPage {
    page(world.clinic(), id(PATIENT), &care.chart(), at(now))
}

fn visit(day: &str, attendance: Attendance, minutes: Option<u32>) -> Visit {
    Visit {
        session: format!("{TRACK}:{day}"),
        date: date(day),
        kind: SessionKind::Group,
        attendance,
        planned_minutes: 180,
        minutes,
    }
}

/// Used and left of the first payer.
fn of(count: &VisitCount) -> (f64, f64) {
    let payer = &count.payers[0];
    (payer.used.to_f64(), payer.left.to_f64())
}

#[test]
fn the_phone_counts_what_staff_wrote_and_staff_what_anybody_marked() {
    let (mut care, mut world) = (care(), world());
    let now = "2026-11-06T12:00:00Z";
    world.came(PATIENT, "2026-11-02", Attendance::Present);
    world.came(PATIENT, "2026-11-03", Attendance::Late);
    world.came(PATIENT, "2026-11-05", Attendance::Absent);
    let phone = |care: &Care, world: &World| {
        own_visits(&care.chart(), &world.library, at(now), NEW_YORK).count
    };
    assert_eq!(of(&staff(&care, &world, now).count), (2.0, 10.0));
    assert_eq!(of(&phone(&care, &world)), (0.0, 12.0));
    // What the roster tells of and the phone does not know.
    let rest = unsettled(&care.chart(), &world.library, &world.roster, id(PATIENT));
    let days: Vec<_> = rest.iter().map(|visit| visit.date.to_string()).collect();
    assert_eq!(days, ["2026-11-02", "2026-11-03", "2026-11-05"]);
    assert_eq!(staff(&care, &world, now).unsettled, 3);
    for visit in rest {
        care.staff(2, Body::Visit(visit));
    }
    assert_eq!(phone(&care, &world), staff(&care, &world, now).count);
    assert_eq!(staff(&care, &world, now).unsettled, 0);
    // The front desk corrects a mark: staff counts it at once, the phone when it was settled.
    world.came(PATIENT, "2026-11-05", Attendance::Present);
    assert_eq!(of(&staff(&care, &world, now).count), (3.0, 9.0));
    assert_eq!(of(&phone(&care, &world)), (2.0, 10.0));
    let rest = unsettled(&care.chart(), &world.library, &world.roster, id(PATIENT));
    assert_eq!(rest, [visit("2026-11-05", Attendance::Present, None)]);
    // A mark of a session that this patient never had is no visit.
    world.came(PATIENT, "2026-10-26", Attendance::Present);
    assert_eq!(of(&staff(&care, &world, now).count), (3.0, 9.0));
}

#[test]
fn a_visit_stays_counted_when_its_session_is_gone() {
    let (mut care, world) = (care(), world());
    for day in ["2026-11-02", "2026-11-03"] {
        care.staff(2, Body::Visit(visit(day, Attendance::Present, None)));
    }
    care.staff(3, discharged("2026-11-02"));
    assert_eq!(
        of(&staff(&care, &world, "2026-11-06T12:00:00Z").count),
        (2.0, 10.0)
    );
}

#[test]
fn more_visits_are_a_new_version_or_an_extension() {
    let (mut care, world) = (care(), world());
    let now = "2026-11-06T12:00:00Z";
    care.staff(
        2,
        Body::Visit(visit("2026-11-02", Attendance::Present, None)),
    );
    care.staff(
        3,
        Body::Authorised(authorised(30, "2026-11-02", "2026-12-31", 18)),
    );
    assert_eq!(of(&staff(&care, &world, now).count), (1.0, 17.0));
    let more = Authorised {
        extends: Some(id(30)),
        ..authorised(31, "2026-12-01", "2026-12-31", 6)
    };
    care.staff(4, Body::Authorised(more));
    let count = staff(&care, &world, now).count;
    assert_eq!((count.payers.len(), of(&count)), (1, (1.0, 23.0)));
    let mut withdrawn = authorised(30, "2026-11-02", "2026-12-31", 18);
    withdrawn.withdrawn = true;
    care.staff(5, Body::Authorised(withdrawn));
    let page = staff(&care, &world, now);
    assert_eq!((page.authorised.len(), page.count.uncovered), (2, 1));
    assert_eq!(of(&page.count), (0.0, 6.0));
}

/// The week as attended, unmarked, coming, missed, cancelled, asked.
fn row(week: WeekHours) -> [u32; 6] {
    [
        week.attended,
        week.unmarked,
        week.coming,
        week.missed,
        week.cancelled,
        week.asked,
    ]
}

fn week(care: &Care, world: &World, now: &str) -> Option<WeekHours> {
    own_visits(&care.chart(), &world.library, at(now), NEW_YORK).week
}

fn is(care: &Care, world: &World, now: &str, expected: [u32; 6]) {
    let week = week(care, world, now).expect("a week of the program");
    assert_eq!(row(week), expected, "{now}");
    assert_eq!(week.minimum, 540);
}

#[test]
fn hours_of_a_week_by_table() {
    let (mut care, mut world) = (care(), world());
    // Wednesday of the second week: Monday and Tuesday are over.
    is(
        &care,
        &world,
        "2026-11-11T12:00:00Z",
        [0, 360, 180, 0, 0, 540],
    );
    care.staff(
        2,
        Body::Visit(visit("2026-11-09", Attendance::Present, None)),
    );
    care.staff(
        2,
        Body::Visit(visit("2026-11-10", Attendance::LeftEarly, Some(100))),
    );
    is(
        &care,
        &world,
        "2026-11-11T12:00:00Z",
        [280, 0, 180, 80, 0, 540],
    );
    // During Thursday's group it is still to come; afterwards nobody has noted it yet.
    is(
        &care,
        &world,
        "2026-11-12T16:59:59Z",
        [280, 0, 180, 80, 0, 540],
    );
    is(
        &care,
        &world,
        "2026-11-12T17:00:00Z",
        [280, 180, 0, 80, 0, 540],
    );
    care.staff(
        3,
        Body::Visit(visit("2026-11-12", Attendance::Excused, None)),
    );
    is(
        &care,
        &world,
        "2026-11-13T12:00:00Z",
        [280, 0, 0, 260, 0, 540],
    );
    let short = week(&care, &world, "2026-11-13T12:00:00Z").expect("a week");
    assert_eq!((short.short(), short.offered()), (260, 540));
    // Monday midnight in New York begins a new one.
    is(
        &care,
        &world,
        "2026-11-16T04:59:59Z",
        [280, 0, 0, 260, 0, 540],
    );
    is(
        &care,
        &world,
        "2026-11-16T05:00:00Z",
        [0, 0, 540, 0, 0, 540],
    );
    // A holiday is not held against anyone.
    world.library(Body::ClosedDays(ClosedDays {
        id: id(40),
        from: date("2026-11-26"),
        until: date("2026-11-27"),
        reason: "Thanksgiving".to_owned(),
        tracks: Vec::new(),
        open_after_all: false,
    }));
    is(
        &care,
        &world,
        "2026-11-25T12:00:00Z",
        [0, 360, 0, 0, 180, 360],
    );
    let holiday = week(&care, &world, "2026-11-25T12:00:00Z").expect("a week");
    assert!(holiday.is_holiday_week() && holiday.short() == 0);
}

#[test]
fn own_visits_count_and_a_pause_ends_the_week() {
    let (mut care, world) = (care(), world());
    // A visit of one's own counts too, and a late cancellation of it was offered.
    let own = OwnSession {
        id: id(41),
        kind: SessionKind::Individual,
        date: date("2026-11-18"),
        start: clock(14),
        end: clock(15),
        time_zone: NEW_YORK.to_owned(),
        with: With {
            staff: INES,
            title: "Your therapist".to_owned(),
        },
        mode: crate::program::Mode::Virtual,
        place: None,
        join_link: None,
        cancelled: true,
    };
    care.staff(4, Body::OwnSession(own.clone()));
    is(
        &care,
        &world,
        "2026-11-16T12:00:00Z",
        [0, 0, 540, 0, 60, 540],
    );
    let session = own.session().expect("a good visit");
    let late = Visit::of(&session, Attendance::LateCancel, None);
    care.staff(5, Body::Visit(late));
    is(
        &care,
        &world,
        "2026-11-16T12:00:00Z",
        [0, 0, 540, 60, 0, 540],
    );
    // Before the program, after it and during a pause there is no week.
    assert_eq!(week(&care, &world, "2026-11-01T12:00:00Z"), None);
    let mut away = care.clone();
    away.staff(
        6,
        Body::Paused(Paused {
            from: date("2026-11-17"),
            reason: PauseReason::Inpatient,
            expected_back: None,
        }),
    );
    // The day before the pause the week has one group left.
    is(
        &away,
        &world,
        "2026-11-16T12:00:00Z",
        [0, 0, 180, 60, 0, 240],
    );
    assert_eq!(week(&away, &world, "2026-11-17T12:00:00Z"), None);
    care.staff(7, discharged("2026-11-17"));
    assert_eq!(week(&care, &world, "2026-11-18T12:00:00Z"), None);
}

#[test]
fn the_program_says_what_a_week_asks_for() {
    let (care, mut world) = (care(), world());
    world.library(Body::Program(Program {
        id: id(205),
        name: "Adult IOP".to_owned(),
        kind: crate::program::ProgramKind::MentalHealth,
        time_zone: NEW_YORK.to_owned(),
        phone: String::new(),
        hours: String::new(),
        weekly_minimum: Some(450),
    }));
    let week = staff(&care, &world, "2026-11-11T12:00:00Z").week;
    let week = week.expect("a week of the program");
    assert_eq!((week.minimum, week.asked), (450, 450));
    assert_eq!(monday(date("2026-11-15")), date("2026-11-09"));
    assert_eq!(monday(date("2026-11-16")), date("2026-11-16"));
}

fn names(page: &VisitsPage) -> Vec<String> {
    let name = |prompt: &Prompt| {
        let json = serde_json::to_value(prompt).expect("plain data");
        json["prompt"].as_str().expect("named").to_owned()
    };
    page.prompts.iter().map(name).collect()
}

#[test]
fn a_missed_session_is_told_to_the_payer_who_wants_to_hear_of_it() {
    let (mut care, mut world) = (care(), world());
    let now = "2026-11-06T12:00:00Z";
    for (day, attendance) in [
        ("2026-11-02", Attendance::Present),
        ("2026-11-03", Attendance::Excused),
        ("2026-11-05", Attendance::LateCancel),
    ] {
        world.came(PATIENT, day, attendance);
    }
    assert!(!names(&staff(&care, &world, now)).contains(&"tell-payer".to_owned()));
    let wants = Authorised {
        tell_missed: true,
        ..authorised(30, "2026-11-02", "2026-12-31", 12)
    };
    care.staff(2, Body::Authorised(wants.clone()));
    let missed = |page: &VisitsPage| match page.prompts.first() {
        Some(Prompt::TellPayer { missed, payer, .. }) => {
            assert_eq!(payer, "Lindenhof Health");
            let days = missed.iter().map(|one| one.date.to_string());
            days.collect::<Vec<_>>()
        }
        _ => Vec::new(),
    };
    let page = staff(&care, &world, now);
    assert_eq!(missed(&page), ["2026-11-03", "2026-11-05"]);
    // Staff told of one.
    let told = |authorisation: u8, day: &str| {
        Body::PayerTold(PayerTold {
            patient: id(PATIENT),
            authorisation: id(authorisation),
            sessions: vec![format!("{TRACK}:{day}")],
        })
    };
    world.team(TOMAS, 3, told(30, "2026-11-03"));
    // What another payer was told says nothing to this one.
    world.team(TOMAS, 4, told(99, "2026-11-05"));
    assert_eq!(missed(&staff(&care, &world, now)), ["2026-11-05"]);
    // An extension is the same payer.
    let more = Authorised {
        extends: Some(id(30)),
        tell_missed: true,
        ..authorised(31, "2026-12-01", "2026-12-31", 6)
    };
    care.staff(5, Body::Authorised(more));
    world.team(TOMAS, 5, told(31, "2026-11-05"));
    assert!(missed(&staff(&care, &world, now)).is_empty());
    // Still owed after the discharge, and not after a death.
    world.came(PATIENT, "2026-11-09", Attendance::Absent);
    care.staff(6, discharged("2026-11-09"));
    assert_eq!(
        missed(&staff(&care, &world, "2026-11-12T12:00:00Z")),
        ["2026-11-09"]
    );
    let died = Discharged {
        date: date("2026-11-10"),
        reason: DischargeReason::Died,
    };
    care.staff(7, Body::Discharged(died));
    assert!(
        staff(&care, &world, "2026-11-12T12:00:00Z")
            .prompts
            .is_empty()
    );
}

#[test]
fn prompts_by_table() {
    let world = world();
    let with = |one: Authorised, now: &str| {
        let mut care = Care::enrolled("2026-11-02", 8, &[]);
        care.staff(1, Body::Authorised(one));
        let mut names = names(&staff(&care, &world, now));
        names.retain(|name| name != "unmarked");
        names
    };
    let twelve = authorised(30, "2026-11-02", "2026-12-31", 12);
    let reviewed = |on: &str| Authorised {
        review: Some(date(on)),
        ..twelve.clone()
    };
    let none: [&str; 0] = [];
    let noon = "2026-11-11T12:00:00Z";
    assert_eq!(with(twelve.clone(), noon), none);
    assert_eq!(with(reviewed("2026-11-19"), noon), none);
    assert_eq!(with(reviewed("2026-11-18"), noon), ["review-due"]);
    assert_eq!(with(reviewed("2026-11-03"), noon), ["review-due"]);
    let few = |visits| authorised(30, "2026-11-02", "2026-12-31", visits);
    assert_eq!(with(few(4), noon), none);
    assert_eq!(with(few(3), noon), ["few-left"]);
    let past = authorised(30, "2026-11-02", "2026-11-10", 12);
    assert_eq!(with(past.clone(), noon), ["ended"]);
    // On its last day it has not.
    assert_eq!(with(past, "2026-11-10T12:00:00Z"), none);
    // Before the program begins nothing is few.
    assert_eq!(with(few(3), "2026-11-01T12:00:00Z"), none);

    let mut care = care();
    for day in ["2026-11-02", "2026-11-03", "2026-11-05"] {
        care.staff(2, Body::Visit(visit(day, Attendance::Present, None)));
    }
    care.staff(3, Body::Authorised(few(2)));
    let page = staff(&care, &world, "2026-11-06T12:00:00Z");
    assert_eq!(names(&page), ["over", "few-left"]);
    // Monday's and Tuesday's groups are over without a mark; Tuesday's for less than a day.
    let page = staff(&care, &world, "2026-11-10T20:00:00Z");
    assert!(page.prompts.contains(&Prompt::Unmarked { sessions: 1 }));
    care.staff(
        4,
        Body::Paused(Paused {
            from: date("2026-11-10"),
            reason: PauseReason::Inpatient,
            expected_back: Some(date("2026-11-17")),
        }),
    );
    let page = staff(&care, &world, "2026-11-16T12:00:00Z");
    assert_eq!(names(&page), ["over", "unmarked"]);
    let page = staff(&care, &world, "2026-11-17T12:00:00Z");
    assert_eq!(names(&page), ["over", "back-expected", "unmarked"]);
}

#[test]
fn a_week_that_comes_out_short_is_for_staff() {
    let (mut care, mut world) = (care(), world());
    for day in ["2026-11-09", "2026-11-10"] {
        care.staff(2, Body::Visit(visit(day, Attendance::Absent, None)));
    }
    let page = staff(&care, &world, "2026-11-11T12:00:00Z");
    let short = Prompt::WeekShort {
        short: 360,
        asked: 540,
    };
    assert!(page.prompts.contains(&short));
    // The clinic cancels Thursday: less was asked for, and what was missed stays missed.
    world.changed(SessionChange::Cancelled {
        original_date: date("2026-11-12"),
        original_start: None,
        reason: None,
    });
    let page = staff(&care, &world, "2026-11-11T12:00:00Z");
    let week = page.week.expect("a week");
    assert_eq!((week.asked, week.short()), (360, 360));
}

#[test]
fn what_is_out_of_bounds_is_refused() {
    let good = authorised(30, "2026-11-02", "2026-12-31", 12);
    assert!(good.is_valid());
    let refused = |change: &dyn Fn(&mut Authorised)| {
        let mut bad = good.clone();
        change(&mut bad);
        !bad.is_valid()
    };
    assert!(refused(&|bad| bad.payer = " ".to_owned()));
    assert!(refused(&|bad| bad.payer = "x".repeat(201)));
    assert!(refused(&|bad| bad.visits = MAX_VISITS + 1));
    assert!(refused(&|bad| bad.until = date("2026-11-01")));
    assert!(refused(&|bad| bad.extends = Some(bad.id)));
    assert!(refused(&|bad| bad.review = Some(NaiveDate::MAX)));
    assert!(refused(&|bad| bad.covers = vec![SessionKind::Group; 6]));
}

/// Days are paid by an authorisation without room left for the group, which nothing else covers; the
/// individual session beside it is another authorisation's.
#[test]
fn a_session_beside_it_pays_for_no_other() {
    let mut days = authorised(30, "2026-11-02", "2026-12-31", 1);
    days.unit = Unit::Day;
    let mut individual = authorised(31, "2026-11-10", "2026-12-31", 3);
    individual.extends = Some(id(30));
    individual.covers = vec![SessionKind::Individual];
    let chain = [days, individual];
    let group = |day: &str| visit(day, Attendance::Present, None);
    let alone = |day: &str| Visit {
        session: format!("alone:{day}"),
        kind: SessionKind::Individual,
        ..group(day)
    };
    let counted = |visits: &[Visit]| {
        let count = count(&chain, visits, date("2026-11-12"));
        let payer = &count.payers[0];
        [payer.used, payer.left, payer.over]
            .map(Visits::to_f64)
            .map(|one| one.to_string())
    };
    let (first, day) = ("2026-11-03", "2026-11-12");
    assert_eq!(
        counted(&[group(first), alone(first)]),
        ["1", "3", "0"],
        "one day"
    );
    assert_eq!(counted(&[group(first), group(day)]), ["2", "3", "1"]);
    assert_eq!(counted(&[group(first), alone(day)]), ["2", "2", "0"]);
    let both = [group(first), group(day), alone(day)];
    assert_eq!(counted(&both), ["3", "2", "1"]);
}

fn any_authorised() -> impl Strategy<Value = Vec<Authorised>> {
    let uses = prop::sample::select(vec![Uses::Whole, Uses::Half, Uses::Nothing]);
    let unit = prop::sample::select(vec![Unit::Session, Unit::Day]);
    let one = (
        (0u64..60, 0u64..60, 0u32..8),
        (unit, uses.clone(), uses),
        prop::option::of(0u8..6),
        prop::sample::subsequence(vec![SessionKind::Group, SessionKind::Individual], 0..=2),
        any::<bool>(),
    );
    prop::collection::vec(one, 0..6).prop_map(|list| {
        let make =
            |(number, (span, rules, extends, covers, withdrawn)): (u8, (_, _, _, _, bool))| {
                let ((from, days, visits), (unit, half_session, late_cancel)): (
                    (u64, u64, u32),
                    _,
                ) = (span, rules);
                let from = date("2026-11-02") + Days::new(from);
                Authorised {
                    unit,
                    half_session,
                    late_cancel,
                    covers,
                    extends: Option::<u8>::map(extends, id),
                    from,
                    until: from + Days::new(days),
                    withdrawn: withdrawn && number > 2,
                    ..authorised(number, "2026-11-02", "2026-11-02", visits)
                }
            };
        (0u8..).zip(list).map(make).collect()
    })
}

fn any_visits() -> impl Strategy<Value = Vec<Visit>> {
    let attendance = prop::sample::select(vec![
        Attendance::Present,
        Attendance::Late,
        Attendance::LeftEarly,
        Attendance::Absent,
        Attendance::Excused,
        Attendance::LateCancel,
    ]);
    let one = (
        0u64..90,
        attendance,
        prop::option::of(0u32..240),
        any::<bool>(),
    );
    prop::collection::vec(one, 0..40).prop_map(|list| {
        let make =
            |(number, (day, attendance, minutes, group)): (usize, (u64, _, _, bool))| Visit {
                session: format!("s{number}"),
                date: date("2026-11-02") + Days::new(day),
                kind: if group {
                    SessionKind::Group
                } else {
                    SessionKind::Individual
                },
                attendance,
                planned_minutes: 180,
                minutes,
            };
        list.into_iter().enumerate().map(make).collect()
    })
}

proptest! {
    #[test]
    fn nothing_is_lost_between_used_left_lapsed_and_over(
        authorised in any_authorised(), visits in any_visits(), day in 0u64..120,
    ) {
        let today = date("2026-11-01") + Days::new(day);
        let counted = count(&authorised, &visits, today);
        for payer in &counted.payers {
            prop_assert_eq!(
                payer.used + payer.left + payer.lapsed,
                payer.authorised + payer.over
            );
            prop_assert!(payer.left <= payer.authorised);
            prop_assert!(payer.used.to_f64() >= 0.0 && payer.left.to_f64() >= 0.0);
            if payer.coverage == Coverage::Past {
                prop_assert_eq!(payer.left, Visits::NONE);
            }
            prop_assert!(payer.next_review.is_none());
        }
        // Every authorisation that holds is in exactly one payer's number.
        let all: u32 = authorised.iter().filter(|one| !one.withdrawn).map(|one| one.visits).sum();
        let sum: Visits = counted.payers.iter().map(|payer| payer.authorised).sum();
        prop_assert_eq!(sum, Visits::whole(all));
        // Neither order counts.
        let (mut back, mut backward) = (authorised.clone(), visits.clone());
        back.reverse();
        backward.reverse();
        prop_assert_eq!(count(&back, &backward, today), counted);
    }

    #[test]
    fn one_more_visit_never_leaves_more(
        authorised in any_authorised(), visits in any_visits(), day in 0u64..120,
    ) {
        let today = date("2026-11-01") + Days::new(day);
        let whole = count(&authorised, &visits, today);
        if let Some((_, fewer)) = visits.split_last() {
            let before = count(&authorised, fewer, today);
            for (with, without) in whole.payers.iter().zip(&before.payers) {
                prop_assert_eq!(with.authorisation, without.authorisation);
                prop_assert!(with.used >= without.used && with.left <= without.left);
                prop_assert!(with.over >= without.over);
            }
        }
    }

    #[test]
    fn a_week_adds_up(marks in prop::collection::vec((0u64..56, 0usize..7, prop::option::of(0u32..240)), 0..20), hour in 0i64..1344) {
        let mut care = care();
        let all = [
            Attendance::Present, Attendance::Late, Attendance::LeftEarly,
            Attendance::Absent, Attendance::Excused, Attendance::LateCancel,
        ];
        for (day, attendance, minutes) in marks {
            let day = (date("2026-11-02") + Days::new(day)).to_string();
            let attendance = *all.get(attendance).unwrap_or(&Attendance::Present);
            care.staff(1, Body::Visit(visit(&day, attendance, minutes)));
        }
        let world = World::riverbend();
        let now = at("2026-11-02T05:00:00Z") + hour * 3_600_000;
        let week = own_visits(&care.chart(), &world.library, now, NEW_YORK).week.expect("enrolled");
        prop_assert_eq!(week.offered(), 540);
        prop_assert_eq!((week.asked, week.cancelled), (540, 0));
        prop_assert_eq!(week.short(), week.missed);
        prop_assert!(!week.is_holiday_week());
    }
}
