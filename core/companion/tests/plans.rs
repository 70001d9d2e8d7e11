//! Plans on a phone: written, edited, read, held against what was looked at, and open without a network.

mod support;

use handrail_care::ends::AccountClosing;
use handrail_care::entry::Body;
use handrail_care::id::Id;
use handrail_care::patient::{DischargeReason, Discharged, Opened};
use handrail_care::plan::{
    Contact, HandOff, PartTwo, PlanAgreed, SafetyPlan, TeamRole, TransitionPlan,
};
use handrail_companion::CompanionError;
use handrail_companion::view::{
    AccountState, BridgeMode, GoalDraft, GoalState, HandOffMark, HandOffState, PlanKind, SentState,
    SyncOutcome, TransitionPlanDraft,
};

use handrail_wire::problem::Code;

use support::PhoneHome;
use support::clinic::{Clinic, date, enrolled};
use support::server::Act;

fn changed() -> CompanionError {
    CompanionError::NotValid {
        code: "plan-changed".to_owned(),
        item: None,
    }
}

fn signs(parent: Option<Id>, signs: &[&str]) -> Body {
    Body::SafetyPlan(SafetyPlan {
        parent,
        warning_signs: signs.iter().map(|sign| (*sign).to_owned()).collect(),
        people: vec![Contact {
            name: "Ilse".to_owned(),
            role: "sister".to_owned(),
            phone: "555-0142".to_owned(),
        }],
        ..SafetyPlan::default()
    })
}

#[test]
fn part_one_is_the_patients_own() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let page = phone.treatment_plan().expect("a patient's phone");
    assert_eq!(
        (page.part_one.current, page.draft.parent.clone()),
        (None, None)
    );
    assert_eq!((page.problems.len(), page.levels.len()), (20, 5));
    assert!(page.part_one.text.notice.contains("help button"));

    let mut draft = page.draft;
    let goal = |text: &str| GoalDraft {
        id: None,
        text: text.to_owned(),
        measure: String::new(),
        state: GoalState::Open,
    };
    draft.goals = vec![goal("Sleep through the night"), goal("Back to work")];
    draft.problems = vec!["no-such-problem".to_owned()];
    let refused = phone.write_part_one(draft.clone()).err();
    assert!(matches!(refused, Some(CompanionError::NotValid { .. })));
    draft.problems = vec!["sleep".to_owned()];
    let stale = draft.clone();
    phone.write_part_one(draft).expect("saved");
    assert_eq!(phone.write_part_one(stale).err(), Some(changed()));

    let page = phone.treatment_plan().expect("the plan");
    assert_eq!(page.part_one.revisions[0].sent, SentState::OnThisPhone);
    assert_eq!(page.part_one.text.sections[1].lines, ["Sleep"]);
    let first = page.goals[0].clone();
    assert!(first.id != page.goals[1].id);
    let level = |goal: &str, level| phone.rate_goal(goal, level, String::new());
    assert!(matches!(
        level(&first.id, 3).err(),
        Some(CompanionError::NotValid { .. })
    ));
    let stranger = Id([9; 16]).to_string();
    assert_eq!(level(&stranger, 0).err(), Some(CompanionError::NotFound));
    level(&first.id, -1).expect("saved");

    // A goal keeps its id, and with it its ratings, while its words change.
    let mut draft = page.draft;
    draft.goals[0].text = "Sleep five nights a week".to_owned();
    draft.goals[0].state = GoalState::Met;
    phone.write_part_one(draft).expect("saved");
    let goals = phone.treatment_plan().expect("the plan").goals;
    assert_eq!((goals[0].ratings.len(), goals[0].ratings[0].level), (1, -1));
    assert_eq!(goals[0].state, GoalState::Met);
    phone.sync().expect("synced");
    let kinds = clinic.kinds(&clinic.care);
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| *kind == "treatment-part-one")
            .count(),
        2
    );

    // The clinic's answer is read, in the words of the phone.
    let two = clinic.write(&clinic.care, &Body::PartTwo(PartTwo::default()));
    let agreed = PlanAgreed {
        plan: two,
        role: TeamRole::MedicalDirector,
    };
    clinic.write(&clinic.care, &Body::PlanAgreed(agreed));
    phone.sync().expect("synced");
    phone.set_language("es");
    let today = phone.today().expect("today");
    assert_eq!(today.plans_to_read.len(), 1);
    assert_eq!(today.plans_to_read[0].kind, PlanKind::PartTwo);
    let card = phone.plan_card(PlanKind::PartTwo).expect("the plan");
    assert!(card.to_read);
    assert_eq!(card.agreed[0].role, "director médico");
    phone.acknowledge_plan(&two.to_string()).expect("saved");
    assert!(phone.today().expect("today").plans_to_read.is_empty());
    assert!(
        !phone
            .plan_card(PlanKind::PartTwo)
            .expect("the plan")
            .to_read
    );
}

#[test]
fn the_safety_plan_is_edited_and_shows_what_changed_since() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let first = clinic.write(&clinic.care, &signs(None, &["Staying in bed"]));
    phone.sync().expect("synced");
    let page = phone.safety_plan().expect("the plan");
    assert_eq!(page.contacts[0].phone, "555-0142");
    assert!(page.card.since_looked.is_empty(), "never looked");
    phone.looked_at_plan(PlanKind::Safety).expect("noted");

    // Staff changes it; the phone says what is new, also after a restart, until it was looked at.
    let second = signs(Some(first), &["Staying in bed", "Not eating"]);
    let second = clinic.write(&clinic.care, &second);
    phone.sync().expect("synced");
    phone.close();
    let phone = home.open();
    let since = phone.safety_plan().expect("the plan").card.since_looked;
    assert_eq!(
        (since.len(), since[0].added.clone()),
        (1, vec!["Not eating".to_owned()])
    );
    let looked = phone.looked_at_plan(PlanKind::Safety);
    looked.expect("noted");
    assert!(
        phone
            .safety_plan()
            .expect("the plan")
            .card
            .since_looked
            .is_empty()
    );

    // The patient edits. It holds at once; the clinic hears of it, and the phone hears who opened it.
    let mut draft = phone.safety_plan().expect("the plan").draft;
    assert_eq!(draft.parent, Some(second.to_string()));
    draft.on_my_own = vec!["A walk".to_owned()];
    let stale = draft.clone();
    let mine = phone.write_safety_plan(draft).expect("saved").receipt;
    assert_eq!(phone.write_safety_plan(stale).err(), Some(changed()));
    let card = phone.plan_card(PlanKind::Safety).expect("the plan");
    assert_eq!(card.current.as_deref(), Some(mine.as_str()));
    assert!(!card.to_read && card.revisions[0].by.is_none());
    phone.sync().expect("synced");
    let entries = vec![mine.parse().expect("an id")];
    clinic.write(&clinic.care, &Body::Opened(Opened { entries }));
    phone.sync().expect("synced");
    let card = phone.plan_card(PlanKind::Safety).expect("the plan");
    assert!(matches!(&card.revisions[0].sent, SentState::Opened { .. }));
    let page = phone.plan_to_print(PlanKind::Safety).expect("a page");
    assert!(page.contains("A walk") && page.contains("555-0142") && !page.contains("<script"));
}

#[test]
fn the_bridge_turns_on_the_day_and_everything_stays_readable() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let mode = || phone.bridge().expect("open").map(|bridge| bridge.mode);
    assert_eq!(mode(), Some(BridgeMode::Program));
    let hand_off = HandOff {
        id: Id([60; 16]),
        to: Contact {
            name: "Dr. Adler".to_owned(),
            ..Contact::default()
        },
        ..HandOff::default()
    };
    let plan = TransitionPlan {
        hand_offs: vec![hand_off],
        ..TransitionPlan::default()
    };
    let plan = clinic.write(&clinic.care, &Body::TransitionPlan(plan));
    clinic.write(&clinic.care, &signs(None, &["Staying in bed"]));
    let discharged = Discharged {
        date: date("2026-11-01"),
        reason: DischargeReason::Planned,
    };
    clinic.write(&clinic.care, &Body::Discharged(discharged));
    phone.sync().expect("synced");
    let bridge = phone.bridge().expect("open").expect("enrolled");
    assert_eq!(bridge.mode, BridgeMode::Transition);
    assert_eq!(bridge.follow_ups[0].date, "2026-11-15");
    assert_eq!(bridge.hand_offs[0].state, None);
    let mark = |hand_off: &str, day: Option<&str>| HandOffMark {
        hand_off: hand_off.to_owned(),
        state: HandOffState::CouldNot,
        date: day.map(str::to_owned),
        time: String::new(),
        note: "No place before spring".to_owned(),
    };
    let stranger = mark(&Id([9; 16]).to_string(), None);
    assert_eq!(
        phone.mark_hand_off(stranger).err(),
        Some(CompanionError::NotFound)
    );
    let id = bridge.hand_offs[0].id.clone();
    let bad = phone.mark_hand_off(mark(&id, Some("tomorrow"))).err();
    assert!(matches!(bad, Some(CompanionError::NotValid { .. })));
    phone.mark_hand_off(mark(&id, None)).expect("saved");
    let bridge = phone.bridge().expect("open").expect("enrolled");
    assert_eq!(bridge.hand_offs[0].state, Some(HandOffState::CouldNot));

    // The patient proposes; the clinic decides.
    let draft = TransitionPlanDraft {
        parent: Some(plan.to_string()),
        warning_signs: vec!["No sleep".to_owned()],
        what_helps: Vec::new(),
        people: Vec::new(),
        providers: Vec::new(),
        appointments: Vec::new(),
        medicines: Vec::new(),
        hand_offs: Vec::new(),
    };
    phone.propose_transition_plan(draft).expect("saved");
    let card = phone.plan_card(PlanKind::Transition).expect("the plan");
    assert!(card.revisions[0].proposal && card.current == Some(plan.to_string()));

    // Opened again without any network, everything is there.
    phone.sync().expect("synced");
    phone.close();
    let phone = home.open();
    let safety = phone.safety_plan().expect("the plan");
    assert_eq!(safety.card.text.sections[0].lines, ["Staying in bed"]);
    assert!(phone.transition_plan().expect("the plan").current.is_some());
    assert_eq!(
        phone.bridge().expect("open").expect("enrolled").mode,
        BridgeMode::Transition
    );
}

#[test]
fn an_account_that_the_clinic_closed_ends_sync_and_nothing_else() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let account = || phone.sync_status().expect("enrolled").account;
    assert_eq!(account(), AccountState::Open);
    clinic.write(&clinic.care, &signs(None, &["Staying in bed"]));
    let closing = AccountClosing {
        on: Some(date("2026-12-31")),
    };
    clinic.write(&clinic.care, &Body::AccountClosing(closing));
    phone.sync().expect("synced");
    let on = "2026-12-31".to_owned();
    assert_eq!(account(), AccountState::Closing { on });

    clinic
        .server
        .script(|_, _| Some(Act::Refuse(Code::AccountClosed)));
    let mut draft = phone.safety_plan().expect("the plan").draft;
    draft.reasons = vec!["The sea".to_owned()];
    let saved = phone.write_safety_plan(draft).expect("saved").receipt;
    let report = phone.sync().expect("answered");
    assert_eq!(report.outcome, SyncOutcome::AccountClosed);
    assert_eq!(report.retry_after_ms, None, "there is nothing to try again");
    let closed = account();
    assert!(matches!(closed, AccountState::Closed { told: true, .. }));
    let status = phone.sync_status().expect("enrolled");
    assert_eq!((status.refused, status.pending), (None, 1));

    // Everything is readable, also after a restart, and what was written stays.
    phone.close();
    let phone = home.open();
    let page = phone.safety_plan().expect("the plan");
    assert_eq!(page.card.current, Some(saved));
    assert!(phone.bridge().expect("open").is_some());
    assert_eq!(phone.sync_status().expect("enrolled").account, closed);
    // Opened again by the clinic, everything is sent.
    clinic.server.behave();
    clinic.write(
        &clinic.care,
        &Body::AccountClosing(AccountClosing { on: None }),
    );
    let report = phone.sync().expect("synced");
    assert_eq!((report.outcome, report.sent), (SyncOutcome::UpToDate, 1));
    let status = phone.sync_status().expect("enrolled");
    assert_eq!((status.account, status.pending), (AccountState::Open, 0));
}

#[test]
fn a_server_that_says_closed_without_the_clinic_is_told_apart() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    clinic
        .server
        .script(|_, _| Some(Act::Refuse(Code::AccountClosed)));
    phone.sync().expect("answered");
    let account = phone.sync_status().expect("enrolled").account;
    assert!(matches!(account, AccountState::Closed { told: false, .. }));
    assert!(phone.today().is_ok(), "nothing is wiped by it");
}
