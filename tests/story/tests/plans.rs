//! Plans from admission to the time after the account was closed: with a real server, and both sides by
//! the calls that the apps make.

use chrono::Days;
use handrail_care::due::date_at;
use handrail_care::id::Id;
use handrail_care::patient::DischargeReason;
use handrail_care::plan::{
    Contact, HandOff, HandOffState, PartTwo, PlanKind, SafetyPlan, TeamRole, TransitionPlan,
};
use handrail_clinician::{Act, ActError};
use handrail_companion::CompanionError;
use handrail_companion::view::{
    AccountState, BridgeMode, GoalDraft, GoalState, HandOffMark, SentState, SyncOutcome,
};
use handrail_story::clinic::{TestClinic, ZONE, open_phone, synchronise};
use handrail_story::{Server, folder, now};

const DAY: i64 = 24 * 3_600_000;

fn plans(clinic: &TestClinic, patient: Id) -> handrail_care::plan::page::PlansPage {
    let page = clinic.clinician.plans(patient, now());
    page.expect("the keys are here")
}

fn safety(parent: Option<Id>, signs: &[&str]) -> SafetyPlan {
    SafetyPlan {
        parent,
        warning_signs: signs.iter().map(|sign| (*sign).to_owned()).collect(),
        people: vec![Contact {
            name: "Ilse".to_owned(),
            role: "sister".to_owned(),
            phone: "555-0142".to_owned(),
        }],
        ..SafetyPlan::default()
    }
}

#[test]
fn both_parts_and_the_safety_plan_are_written_from_two_sides() {
    let data = folder();
    let server = Server::start(&data.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Plans IOP");
    let patient = clinic.add_patient("Maren");
    let phone = clinic.phone(patient, &data.path().join("maren"));

    // Part one by the patient; the clinic finds it unopened, opens it, and the phone is told by whom.
    let mut draft = phone.treatment_plan().expect("open").draft;
    draft.goals = vec![GoalDraft {
        id: None,
        text: "Sleep through most nights".to_owned(),
        measure: "Five nights a week".to_owned(),
        state: GoalState::Open,
    }];
    draft.problems = vec!["sleep".to_owned()];
    phone.write_part_one(draft).expect("saved");
    synchronise(&phone);
    clinic.refresh();
    let row = clinic.clinician.caseload(now()).remove(0);
    assert_eq!(row.plans_changed, [PlanKind::PartOne]);
    let page = plans(&clinic, patient);
    let to_open = page.plans[0].to_open.clone();
    let one = page.plans[0].current;
    let open = Act::OpenPlans {
        patient,
        plans: to_open,
    };
    clinic.act(open).expect("opened");
    synchronise(&phone);
    let card = phone.plan_card(PlanKind::PartOne).expect("the plan");
    assert!(matches!(&card.revisions[0].sent, SentState::Opened { by, .. } if by == "Rowan"));

    // Part two answers it; the goal is rated together.
    let two = Act::WritePartTwo {
        patient,
        plan: PartTwo {
            part_one: one,
            ..PartTwo::default()
        },
    };
    let two = clinic.act(two).expect("written").id.expect("an entry");
    let agree = Act::AgreePlan {
        patient,
        plan: two,
        role: TeamRole::MedicalDirector,
    };
    clinic.act(agree).expect("agreed");
    synchronise(&phone);
    let today = phone.today().expect("today");
    assert_eq!(today.plans_to_read[0].plan, two.to_string());
    let goal = phone.treatment_plan().expect("open").goals.remove(0).id;
    phone.rate_goal(&goal, -1, String::new()).expect("saved");

    // The safety plan is written together and edited at home. The clinic's draft of before is refused.
    let act = Act::WriteSafetyPlan {
        patient,
        plan: safety(None, &["Staying in bed"]),
    };
    let first = clinic.act(act).expect("written").id;
    synchronise(&phone);
    let mut draft = phone.safety_plan().expect("open").draft;
    draft.safer_place = vec!["Ilse keeps the tablets".to_owned()];
    phone.write_safety_plan(draft).expect("saved");
    synchronise(&phone);
    clinic.refresh();
    let stale = Act::WriteSafetyPlan {
        patient,
        plan: safety(first, &["Not eating"]),
    };
    assert_eq!(clinic.act(stale).err(), Some(ActError::PlanChanged));
    let page = plans(&clinic, patient);
    assert_eq!(page.goals[0].ratings[0].level, -1);
    let card = &page.plans[2];
    assert_eq!(card.since_looked[0].added, ["Ilse keeps the tablets"]);
    let row = clinic.clinician.caseload(now()).remove(0);
    assert_eq!(row.plans_changed, [PlanKind::Safety]);
    assert!(server.stop());
}

#[test]
fn after_the_account_is_closed_everything_on_the_phone_stays() {
    let data = folder();
    let server = Server::start(&data.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Plans IOP");
    let patient = clinic.add_patient("Maren");
    let bystander = clinic.add_patient("Wren");
    let phone = clinic.phone(patient, &data.path().join("maren"));
    let other = clinic.phone(bystander, &data.path().join("wren"));
    let plan = TransitionPlan {
        warning_signs: vec!["Not sleeping".to_owned()],
        hand_offs: vec![HandOff {
            to: Contact {
                name: "Dr. Adler".to_owned(),
                ..Contact::default()
            },
            ..HandOff::default()
        }],
        ..TransitionPlan::default()
    };
    clinic
        .act(Act::RevisePlan { patient, plan })
        .expect("written");
    let act = Act::WriteSafetyPlan {
        patient,
        plan: safety(None, &["Staying in bed"]),
    };
    clinic.act(act).expect("written");
    let close = |on| Act::CloseAccount { patient, on };
    let today = date_at(now(), ZONE);
    let early = clinic.act(close(today + Days::new(30))).err();
    assert_eq!(early, Some(ActError::StillEnrolled));
    let act = Act::Discharge {
        patient,
        date: today - Days::new(4),
        reason: DischargeReason::Planned,
    };
    clinic.act(act).expect("discharged");
    clinic
        .act(close(today + Days::new(30)))
        .expect("said ahead");
    synchronise(&phone);
    let account = |phone: &handrail_companion::Companion| {
        let status = phone.sync_status();
        status.expect("enrolled").account
    };
    assert!(matches!(account(&phone), AccountState::Closing { .. }));
    let bridge = phone.bridge().expect("open").expect("enrolled");
    assert_eq!(bridge.mode, BridgeMode::Transition);
    assert_eq!(bridge.follow_ups.len(), 2);

    // The clinic closes it sooner: said two days ago for yesterday, which this phone does not hear.
    let sooner = close(today - Days::new(1));
    let origin = clinic.driver.origin().to_owned();
    let said = clinic.clinician.act(sooner, &origin, now() - 2 * DAY);
    said.expect("said");
    clinic.refresh();
    let hand_off = bridge.hand_offs[0].id.clone();
    let mark = HandOffMark {
        hand_off,
        state: HandOffState::Booked,
        date: None,
        time: String::new(),
        note: String::new(),
    };
    phone.mark_hand_off(mark).expect("saved");
    let report = phone.sync().expect("answered");
    assert_eq!(report.outcome, SyncOutcome::AccountClosed);
    assert_eq!((report.sent, report.retry_after_ms), (0, None));
    synchronise(&other);
    phone.close();
    let phone = open_phone(&data.path().join("maren"));
    let told = AccountState::Closed {
        since: 0,
        told: true,
    };
    let kind = std::mem::discriminant(&told);
    assert_eq!(std::mem::discriminant(&account(&phone)), kind);
    let plan = phone.transition_plan().expect("open").current;
    assert_eq!(plan.expect("a plan").warning_signs, ["Not sleeping"]);
    let page = phone.safety_plan().expect("open");
    assert_eq!(page.contacts[0].phone, "555-0142");
    let bridge = phone.bridge().expect("open").expect("enrolled");
    assert_eq!(bridge.hand_offs[0].state, Some(HandOffState::Booked));
    assert_eq!(
        phone.acknowledge_plan("nonsense").err(),
        Some(CompanionError::NotFound)
    );

    // No invite for a closed account; opened again, what waited reaches the clinic.
    let invite = Act::Invite {
        subject: patient,
        on_screen: true,
    };
    assert_eq!(clinic.act(invite).err(), Some(ActError::AccountClosed));
    clinic.act(Act::KeepAccount { patient }).expect("kept");
    synchronise(&phone);
    assert_eq!(account(&phone), AccountState::Open);
    clinic.refresh();
    let bridge = plans(&clinic, patient).bridge.expect("enrolled");
    assert_eq!(bridge.hand_offs[0].state, Some(HandOffState::Booked));
    assert!(server.stop());
}
