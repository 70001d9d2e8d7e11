//! What plans hold, which revision is the plan, what changed, and the bridge.

use proptest::prelude::*;

use super::bridge::{BridgeMode, StepKind, bridge, safety_plan_is_fresh};
use super::goals::{GoalRated, attainment, goals};
use super::page::{PlanCard, Reader, card, part_two_card, plans_page};
use super::text::{PlanSection, PlanText, Texts, changes, plan_text};
use super::words::{problems, words};
use super::*;
use crate::chart::{Chart, Place};
use crate::ends::{AccountClosing, PauseReason, Paused, Resumed};
use crate::entry::Body;
use crate::library::Library;
use crate::patient::{DischargeReason, Discharged, Erased, Opened};
use crate::reminder::Language;
use crate::testing::{Care, INES, World, at, date, discharged, id};

fn text(text: &str) -> String {
    text.to_owned()
}

fn goal(number: u8, words: &str) -> Goal {
    Goal {
        id: id(number),
        text: text(words),
        ..Goal::default()
    }
}

fn safety(parent: Option<Id>, signs: &[&str]) -> Body {
    Body::SafetyPlan(SafetyPlan {
        parent,
        warning_signs: signs.iter().map(|sign| text(sign)).collect(),
        ..SafetyPlan::default()
    })
}

fn read(library: &Library) -> Reader<'_> {
    Reader {
        library,
        language: Language::English,
    }
}

fn safety_card(chart: &Chart, looked: Option<Id>) -> PlanCard {
    let world = World::riverbend();
    card(chart, &chart.safety_plan(), looked, read(&world.library))
}

#[test]
fn bounds_of_every_plan() {
    let mut plan = TransitionPlan::default();
    assert_eq!(plan.check(), Ok(()));
    plan.people.push(Contact::default());
    assert_eq!(plan.check(), Err(PlanError::EmptyLine));
    plan.people[0].name = text("Sister");
    plan.people[0].phone = "5".repeat(1001);
    assert_eq!(plan.check(), Err(PlanError::TooLong));
    plan.people.clear();
    plan.what_helps = vec![text("Walk"); 51];
    assert_eq!(plan.check(), Err(PlanError::TooLong));
    plan.what_helps = vec![text("Walk"); 50];
    assert_eq!(plan.check(), Ok(()));
    let hand_off = |number| HandOff {
        id: id(number),
        to: Contact {
            name: text("Dr. Adler"),
            ..Contact::default()
        },
        ..HandOff::default()
    };
    plan.hand_offs = vec![hand_off(1), hand_off(2)];
    assert_eq!(plan.check(), Ok(()));
    plan.hand_offs[1].id = id(1);
    assert_eq!(plan.check(), Err(PlanError::RepeatedId));

    let mut one = PartOne {
        goals: vec![goal(1, "Sleep")],
        problems: vec![text("sleep")],
        ..PartOne::default()
    };
    assert_eq!(one.check(None), Ok(()));
    one.goals.push(goal(0, "No id"));
    assert_eq!(one.check(None), Err(PlanError::RepeatedId));
    one.goals.pop();
    one.problems.push(text("no-such-problem"));
    assert_eq!(one.check(None), Err(PlanError::UnknownProblem));
    let newer = one.clone();
    assert_eq!(one.check(Some(&newer)), Ok(()), "of a newer app");
    one.problems.pop();
    one.barriers.push(text("  "));
    assert_eq!(one.check(None), Err(PlanError::EmptyLine));

    let mut two = PartTwo {
        interventions: vec![Intervention {
            what: text("Group"),
            ..Intervention::default()
        }],
        learning: vec![Learning {
            text: text("Breathing"),
            ..Learning::default()
        }],
        ..PartTwo::default()
    };
    assert_eq!(two.check(), Ok(()));
    two.learning[0].skill = Some("x".repeat(1001));
    assert_eq!(two.check(), Err(PlanError::TooLong));
    two.learning.clear();
    two.diagnoses.push(Diagnosis::default());
    assert_eq!(two.check(), Err(PlanError::EmptyLine));

    let plan = SafetyPlan {
        professionals: vec![Contact::default()],
        ..SafetyPlan::default()
    };
    assert_eq!(plan.check(), Err(PlanError::EmptyLine));
    assert_eq!(SafetyPlan::default().check(), Ok(()));
}

#[test]
fn the_patient_edits_the_safety_plan_and_the_clinic_sees_it() {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let together = care.staff(
        at("2026-11-03T15:00:00Z"),
        safety(None, &["Staying in bed"]),
    );
    let edited = safety(Some(together), &["Staying in bed", "Not answering"]);
    let mine = care.patient(at("2026-11-09T08:00:00Z"), edited);
    let chart = care.chart();
    assert_eq!(chart.safety_plan_now(), Some(mine));
    let shown = safety_card(&chart, None);
    assert_eq!(shown.to_open, [mine]);
    assert!(!shown.to_read, "one's own words need no acknowledgement");
    assert_eq!(shown.revisions[0].changes[0].added, ["Not answering"]);
    assert_eq!(shown.revisions[0].by, None);
    assert_eq!(shown.revisions[1].by.as_deref(), Some("Ines"));
    // Opened by staff, there is nothing left to open, and the patient can see by whom.
    care.staff(
        at("2026-11-09T09:00:00Z"),
        Body::Opened(Opened {
            entries: vec![mine],
        }),
    );
    let shown = safety_card(&care.chart(), None);
    assert!(shown.to_open.is_empty());
    assert_eq!(shown.revisions[0].opened_by.as_deref(), Some("Ines"));
}

#[test]
fn two_who_edit_at_once_lose_nothing() {
    let mut care = Care::default();
    let first = care.staff(1, safety(None, &["One"]));
    let staff = care.staff(2, safety(Some(first), &["One", "Staff"]));
    // Written offline on the revision before: it arrives too late to be the plan.
    let late = care.patient(3, safety(Some(first), &["One", "Patient"]));
    let chart = care.chart();
    assert_eq!(chart.safety_plan_now(), Some(staff));
    let shown = safety_card(&chart, None);
    let proposals: Vec<_> = shown.revisions.iter().filter(|one| one.proposal).collect();
    assert_eq!(proposals.len(), 1);
    assert_eq!(proposals[0].id, late);
    assert_eq!(proposals[0].changes[0].added, ["Patient"]);
    assert_eq!(shown.to_open, [late], "staff is told of a proposal as well");
    // Taken in by a revision of what holds.
    care.staff(4, safety(Some(staff), &["One", "Staff", "Patient"]));
    assert_eq!(
        safety_card(&care.chart(), None).document.sections[0]
            .lines
            .len(),
        3
    );
}

#[test]
fn what_waits_on_the_phone_holds_in_the_order_it_was_written_whatever_the_clock() {
    // Written at one moment, and by a clock that was set back: ids and times say another order.
    for times in [[5, 5, 5], [9, 5, 1]] {
        let mut care = Care::default();
        let mut parent = None;
        for (at, sign) in times.into_iter().zip(["One", "Two", "Three"]) {
            parent = Some(care.patient(at, safety(parent, &[sign])));
        }
        let newest = parent;
        // Ids that run backwards.
        let ids: Vec<_> = care.lines.iter().map(|line| line.entry.id).collect();
        let testing_id = crate::testing::id;
        let turned = |id: Id| {
            let place = ids.iter().position(|other| *other == id);
            place.map_or(id, |place| {
                testing_id(90 - u8::try_from(place).expect("few"))
            })
        };
        let mut chart = Chart::default();
        for line in &care.lines {
            let Ok(Some(Body::SafetyPlan(mut plan))) = line.entry.body() else {
                panic!("a safety plan");
            };
            plan.parent = plan.parent.map(turned);
            let body = Body::SafetyPlan(plan);
            let entry = &line.entry;
            let entry =
                crate::entry::Entry::new(turned(entry.id), entry.at, "UTC", entry.by, None, &body);
            chart.apply_body(&entry, body, line.author, Place::UNSENT);
        }
        assert_eq!(chart.safety_plan_now(), newest.map(turned), "{times:?}");
        let history = chart.safety_plan();
        assert!(history.revisions.iter().all(|one| one.accepted));
    }
}

#[test]
fn part_two_and_the_transition_plan_are_for_staff_to_decide() {
    let mut care = Care::default();
    let own = Body::TransitionPlan(TransitionPlan::default());
    care.patient(1, own);
    assert!(care.chart().transition_plan().current.is_none());
    // May not even be written: the table of entries says so.
    let two = Body::PartTwo(PartTwo::default());
    let entry = crate::entry::Entry::new(id(1), 1, "UTC", id(2), None, &two);
    let author = crate::entry::Author::Patient;
    let mut chart = Chart::default();
    let class = crate::entry::Class::Care;
    let applied = chart.apply(class, &entry, author, Place::at(1, 1));
    assert_eq!(applied, crate::chart::Applied::NotAllowed);
    let author = crate::entry::Author::Clinician(INES);
    chart.apply(class, &entry, author, Place::at(1, 1));
    assert!(chart.part_two().current.is_some(), "the control");
}

#[test]
fn what_changed_since_one_last_looked() {
    let mut care = Care::default();
    let first = care.staff(1, safety(None, &["One", "Two"]));
    let second = care.staff(2, safety(Some(first), &["Two", "Three"]));
    let third = care.staff(3, safety(Some(second), &["Two", "Three", "Four"]));
    let chart = care.chart();
    let since = safety_card(&chart, Some(first)).since_looked;
    assert_eq!(since.len(), 1);
    assert_eq!(since[0].heading, "Signs that a hard time is coming");
    assert_eq!(since[0].added, ["Three", "Four"]);
    assert_eq!(since[0].removed, ["One"]);
    for (looked, why) in [
        (Some(third), "seen as it stands"),
        (
            None,
            "never looked: all of it is new, and all of it is on the screen",
        ),
        (Some(id(99)), "a revision that is not here"),
    ] {
        assert!(safety_card(&chart, looked).since_looked.is_empty(), "{why}");
    }
    let waits = chart.plans_to_read();
    assert_eq!(
        (waits.len(), waits[0].kind, waits[0].plan),
        (1, PlanKind::Safety, third)
    );
    care.patient(4, Body::PlanAcknowledged(Acknowledged { plan: third }));
    assert!(care.chart().plans_to_read().is_empty());
}

#[test]
fn an_erased_revision_is_gone_from_the_history() {
    let mut care = Care::default();
    let first = care.patient(1, safety(None, &["Said too much"]));
    care.staff(
        2,
        Body::Erase(Erased {
            entry: first,
            reason: text("asked for"),
        }),
    );
    let chart = care.chart();
    assert!(chart.safety_plan().revisions.is_empty());
    care.patient(3, safety(Some(first), &["One"]));
    assert!(
        care.chart().safety_plan_now().is_some(),
        "a revision of it takes its place"
    );
}

#[test]
fn goals_are_counted_with_what_was_said_of_them() {
    let mut care = Care::default();
    assert!(goals(&care.chart()).is_empty());
    assert_eq!(attainment(&[]), None);
    let mut set_aside = goal(3, "Run");
    set_aside.state = GoalState::SetAside;
    care.patient(
        1,
        Body::PartOne(PartOne {
            goals: vec![goal(1, "Sleep"), goal(2, "Work"), set_aside],
            ..PartOne::default()
        }),
    );
    let rated = |of, level| {
        Body::GoalRated(GoalRated {
            goal: id(of),
            level,
            note: String::new(),
        })
    };
    care.patient(2, rated(1, -2));
    care.patient(3, rated(3, -2));
    care.patient(3, rated(77, 2));
    let newest = care.staff(4, rated(1, 1));
    let list = goals(&care.chart());
    assert_eq!(list[0].ratings.len(), 2);
    assert_eq!((list[0].first(), list[0].newest()), (Some(-2), Some(1)));
    assert_eq!(list[0].moved(), Some(3));
    assert_eq!(
        (list[0].ratings[1].id, list[0].ratings[1].staff),
        (newest, Some(INES))
    );
    assert_eq!(list[1].moved(), None, "a goal without a rating has none");
    let all = attainment(&list).expect("goals");
    assert_eq!((all.rated, all.of, all.reached), (1, 2, 1));
    assert_eq!(all.t_score, Some(60.0));
}

#[test]
fn reviews_and_agreements_belong_to_the_plan_they_name() {
    let world = World::riverbend();
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let due = |care: &Care| {
        let looked = |_| None;
        plans_page(
            &care.chart(),
            read(&world.library),
            looked,
            date("2026-11-10"),
        )
        .part_two_due
    };
    assert_eq!(due(&care), Some(date("2026-11-09")));
    let two = PartTwo {
        review: Some(date("2026-11-16")),
        ..PartTwo::default()
    };
    let first = care.staff(at("2026-11-09T12:00:00Z"), Body::PartTwo(two.clone()));
    assert_eq!(due(&care), None);
    let agreed = |plan, role| Body::PlanAgreed(PlanAgreed { plan, role });
    care.staff(
        at("2026-11-09T13:00:00Z"),
        agreed(first, TeamRole::MedicalDirector),
    );
    care.staff(
        at("2026-11-09T14:00:00Z"),
        agreed(first, TeamRole::MedicalDirector),
    );
    care.staff(
        at("2026-11-09T14:00:00Z"),
        agreed(id(99), TeamRole::CareCoordinator),
    );
    let shown = part_two_card(&care.chart(), None, read(&world.library));
    assert_eq!(shown.agreed.len(), 1);
    assert_eq!(shown.next_review, Some(date("2026-11-16")));
    care.staff(
        at("2026-11-16T12:00:00Z"),
        Body::PlanReviewed(PlanReviewed {
            plan: first,
            occasion: ReviewOccasion::Weekly,
            next: Some(date("2026-11-23")),
        }),
    );
    let shown = part_two_card(&care.chart(), None, read(&world.library));
    assert_eq!(shown.next_review, Some(date("2026-11-23")));
    assert_eq!(shown.reviewed.expect("reviewed").by, "Ines");
    // A revision is a new plan: nobody has agreed to it yet, and its own review date counts.
    let revised = PartTwo {
        parent: Some(first),
        review: Some(date("2026-12-01")),
        ..two
    };
    care.staff(at("2026-11-17T12:00:00Z"), Body::PartTwo(revised));
    let shown = part_two_card(&care.chart(), None, read(&world.library));
    assert!(shown.agreed.is_empty());
    assert_eq!(shown.next_review, Some(date("2026-12-01")));
}

#[test]
fn the_safety_plan_is_gone_through_at_each_change_of_the_level_of_care() {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    assert!(!safety_plan_is_fresh(&care.chart()), "there is none");
    let first = care.staff(at("2026-11-03T12:00:00Z"), safety(None, &["One"]));
    assert!(safety_plan_is_fresh(&care.chart()));
    care.staff(
        at("2026-11-10T12:00:00Z"),
        Body::Paused(Paused {
            from: date("2026-11-10"),
            reason: PauseReason::Inpatient,
            expected_back: None,
        }),
    );
    assert!(!safety_plan_is_fresh(&care.chart()));
    // Editing alone is no review.
    care.patient(
        at("2026-11-12T12:00:00Z"),
        safety(Some(first), &["One", "Two"]),
    );
    assert!(!safety_plan_is_fresh(&care.chart()));
    let review = |plan| {
        Body::PlanReviewed(PlanReviewed {
            plan,
            occasion: ReviewOccasion::LevelOfCare,
            next: None,
        })
    };
    care.staff(at("2026-11-13T12:00:00Z"), review(first));
    assert!(safety_plan_is_fresh(&care.chart()));
    care.staff(
        at("2026-11-20T12:00:00Z"),
        Body::Resumed(Resumed {
            date: date("2026-11-20"),
        }),
    );
    assert!(!safety_plan_is_fresh(&care.chart()));
}

fn hand_off_plan() -> Body {
    Body::TransitionPlan(TransitionPlan {
        hand_offs: vec![HandOff {
            id: id(50),
            to: Contact {
                name: text("Dr. Adler"),
                role: text("psychiatrist"),
                phone: text("555-0121"),
            },
            what: text("medicines"),
            by: Some(date("2027-01-08")),
        }],
        ..TransitionPlan::default()
    })
}

fn marked(state: HandOffState, day: Option<&str>) -> Body {
    Body::HandOffMarked(HandOffMarked {
        hand_off: id(50),
        state,
        date: day.map(date),
        time: String::new(),
        note: String::new(),
    })
}

#[test]
fn the_bridge_from_the_first_day_to_two_months_after() {
    assert_eq!(bridge(&Chart::default(), date("2026-11-02")), None);
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let mode = |care: &Care, day| bridge(&care.chart(), date(day)).expect("enrolled").mode;
    assert_eq!(mode(&care, "2026-11-02"), BridgeMode::Program);
    // 8 weeks from 2 November end on 27 December.
    let early = bridge(&care.chart(), date("2026-12-13")).expect("enrolled");
    assert_eq!(
        (early.planned_end, early.mode),
        (date("2026-12-27"), BridgeMode::Program)
    );
    assert_eq!(mode(&care, "2026-12-14"), BridgeMode::Preparing);
    let done = |care: &Care| -> Vec<StepKind> {
        let bridge = bridge(&care.chart(), date("2026-12-14")).expect("enrolled");
        let steps = bridge.steps.into_iter().filter(|step| step.done);
        steps.map(|step| step.kind).collect()
    };
    assert!(done(&care).is_empty());
    let plan = care.staff(at("2026-12-14T15:00:00Z"), hand_off_plan());
    assert_eq!(
        done(&care),
        [StepKind::PlanWritten, StepKind::HandOffsNamed]
    );
    care.patient(
        at("2026-12-14T18:00:00Z"),
        Body::PlanAcknowledged(Acknowledged { plan }),
    );
    let booked = marked(HandOffState::Booked, Some("2027-01-04"));
    care.patient(at("2026-12-15T18:00:00Z"), booked);
    care.staff(at("2026-12-16T18:00:00Z"), safety(None, &["One"]));
    assert_eq!(done(&care).len(), 5);
    // Staff says the day ahead: it is prepared until then, and the app turns on the day.
    care.staff(at("2026-12-20T15:00:00Z"), discharged("2026-12-23"));
    assert_eq!(mode(&care, "2026-12-22"), BridgeMode::Preparing);
    assert_eq!(mode(&care, "2026-12-23"), BridgeMode::Transition);
    let due = |care: &Care, day| care.chart().calls_due(date(day));
    assert_eq!(due(&care, "2027-01-05"), []);
    assert_eq!(due(&care, "2027-01-06"), [date("2027-01-06")]);
    assert_eq!(
        due(&care, "2027-02-06"),
        [],
        "a month later nobody calls about it"
    );
    let after = bridge(&care.chart(), date("2027-01-07")).expect("enrolled");
    let days: Vec<_> = after
        .follow_ups
        .iter()
        .map(|one| (one.date, one.late))
        .collect();
    assert_eq!(
        days,
        [(date("2027-01-06"), true), (date("2027-02-23"), false)]
    );
    assert!(after.hand_offs[0].late, "booked for a day that has passed");
    care.patient(
        at("2027-01-07T18:00:00Z"),
        marked(HandOffState::Went, Some("2027-01-04")),
    );
    care.staff(
        at("2027-01-07T19:00:00Z"),
        Body::FollowUpCalled(FollowUpCalled {
            planned: date("2027-01-06"),
            outcome: FollowUpOutcome::Reached,
        }),
    );
    care.staff(
        at("2027-01-07T20:00:00Z"),
        Body::AccountClosing(AccountClosing {
            on: Some(date("2027-03-31")),
        }),
    );
    let after = bridge(&care.chart(), date("2027-01-08")).expect("enrolled");
    assert_eq!(after.hand_offs[0].state, Some(HandOffState::Went));
    assert!(!after.hand_offs[0].late && !after.follow_ups[0].late);
    assert_eq!(after.follow_ups[0].outcome, Some(FollowUpOutcome::Reached));
    assert_eq!(due(&care, "2027-01-08"), [], "they spoke");
    assert_eq!(after.account_closes, Some(date("2027-03-31")));
    care.staff(
        at("2027-01-09T20:00:00Z"),
        Body::AccountClosing(AccountClosing { on: None }),
    );
    assert_eq!(care.chart().account_closes(), None, "the newest word holds");
}

#[test]
fn the_phone_of_someone_who_has_died_is_silent() {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    care.staff(
        at("2026-11-20T15:00:00Z"),
        Body::Discharged(Discharged {
            date: date("2026-11-20"),
            reason: DischargeReason::Died,
        }),
    );
    assert_eq!(bridge(&care.chart(), date("2026-11-20")), None);
}

#[test]
fn every_language_has_the_words_that_plans_ask_for() {
    let plain = |language| {
        let documents = [
            plan_text(&PartOne::default(), language),
            plan_text(&PartTwo::default(), language),
            plan_text(&SafetyPlan::default(), language),
            plan_text(&TransitionPlan::default(), language),
        ];
        let of = |document: PlanText| {
            let sections = document.sections.into_iter();
            let parts = sections.flat_map(|one| [one.heading, one.prompt]);
            [document.title, document.notice]
                .into_iter()
                .chain(parts)
                .collect::<Vec<_>>()
        };
        documents.into_iter().flat_map(of).collect::<Vec<_>>()
    };
    let [english, spanish] = Language::ALL.map(plain);
    assert_eq!(english.len(), spanish.len());
    for (one, other) in english.iter().zip(&spanish) {
        // A key is shown where there are no words: it has a dot and no space.
        assert!(one.contains(' ') || !one.contains('.'), "{one}");
        assert_ne!(one, other);
    }
    for language in Language::ALL {
        let all = words::map(language);
        assert!(all.keys().eq(words::map(Language::English).keys()));
        for (key, problem) in problems(language) {
            assert!(!problem.starts_with("problem."), "{key}");
        }
        let asked = ["open", "met", "set-aside"]
            .map(|state| format!("goal-state.{state}"))
            .into_iter()
            .chain(goals::LEVELS.map(|level| format!("level.{level}")))
            .chain(
                ["therapist", "medical-director", "care-coordinator", "other"]
                    .map(|role| format!("role.{role}")),
            )
            .chain(["booked", "went", "could-not"].map(|state| format!("hand-off.{state}")))
            .chain(["reached", "not-reached", "declined"].map(|one| format!("follow-up.{one}")))
            .chain(["program", "preparing", "transition"].map(|mode| format!("mode.{mode}")))
            .chain(
                [
                    StepKind::PlanWritten,
                    StepKind::PlanRead,
                    StepKind::HandOffsNamed,
                    StepKind::HandOffsBooked,
                    StepKind::SafetyPlanReviewed,
                ]
                .map(|step| format!("step.{}", step.key())),
            );
        for key in asked {
            assert_ne!(words(language, &key), key, "{key}");
        }
        assert_eq!(words(language, "no.such-key"), "no.such-key", "the control");
    }
    assert_eq!(
        Texts(Language::English).day(date("2026-12-04")),
        "December 4, 2026"
    );
    assert_eq!(
        Texts(Language::Spanish).day(date("2026-12-04")),
        "4 de diciembre de 2026"
    );
}

#[test]
fn a_plan_is_printed_without_its_empty_sections() {
    let plan = SafetyPlan {
        people: vec![Contact {
            name: text("Ilse"),
            role: text("sister"),
            phone: text("555-0142"),
        }],
        ..SafetyPlan::default()
    };
    let whole = plan_text(&plan, Language::English);
    assert_eq!(whole.sections.len(), 7);
    let page = whole.printed(vec![text("Mara")], Language::English);
    assert_eq!(page.sections.len(), 1);
    let html = page.to_html();
    assert!(html.contains("Ilse: sister, 555-0142") && html.contains("Mara"));
    assert!(html.contains("help button"), "the notice is printed");
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[a-d]", 0..8)
}

proptest! {
    #[test]
    fn taking_the_changes_from_one_makes_the_other(before in lines(), after in lines()) {
        let document = |lines: &[String]| PlanText {
            kind: PlanKind::Safety,
            title: String::new(),
            notice: String::new(),
            sections: vec![PlanSection {
                key: text("signs"),
                heading: String::new(),
                prompt: String::new(),
                lines: lines.to_vec(),
            }],
        };
        let found = changes(&document(&before), &document(&after));
        let (added, removed) = found.into_iter().next().map_or_else(
            || (Vec::new(), Vec::new()),
            |change| (change.added, change.removed),
        );
        prop_assert!(added.iter().all(|line| !removed.contains(line)));
        let mut made = before.clone();
        for line in &removed {
            let at = made.iter().position(|other| other == line);
            made.remove(at.expect("removed from what was there"));
        }
        made.extend(added);
        made.sort();
        let mut wanted = after.clone();
        wanted.sort();
        prop_assert_eq!(made, wanted);
    }
}
