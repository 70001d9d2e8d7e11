//! Two phones of one patient write for three weeks without a network, and the clinician meanwhile too; then
//! all synchronise, in either order: everybody folds to the same chart, of two revisions of one plan the
//! one that came second is a proposal, and receipts say how far each entry has come.

use std::path::Path;

use handrail_care::checkin::{Answer, Answers};
use handrail_care::due::date_at;
use handrail_care::family::ConsentHow;
use handrail_care::homework::{Assigned, Completion};
use handrail_care::id::Id;
use handrail_care::plan::{PlanKind, SafetyPlan};
use handrail_clinician::Act;
use handrail_companion::WholeCheckIn;
use handrail_companion::view::{
    GoalDraft, GoalState, HomeworkTry, PlanCardView, SentState, SharedItemKind,
};
use handrail_story::agree::complaints;
use handrail_story::clinic::{TestClinic, ZONE};
use handrail_story::phone::Phone;
use handrail_story::{Server, folder, now};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const DAYS: i64 = 21;

struct Story {
    server: Server,
    clinic: TestClinic,
    patient: Id,
    phones: [Phone; 2],
    sister: Phone,
    written: Vec<String>,
}

fn begins(place: &Path) -> Story {
    let server = Server::start(&place.join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let act = Act::AddPatient {
        name: "Maren".to_owned(),
        phone: String::new(),
        born: String::new(),
        track: clinic.track,
        start_date: date_at(now(), ZONE) - chrono::Days::new(30),
        weeks: 8,
        join_link: None,
        check_ins: None,
    };
    let patient = clinic.act(act).expect("added").id.expect("an id");
    let act = Act::AddFamilyMember {
        patient,
        name: "Ilse".to_owned(),
        relation: "sister".to_owned(),
        consented_at: Some(now()),
        how: ConsentHow::Spoken,
        guardian: false,
    };
    let ilse = clinic.act(act).expect("added").id.expect("an id");
    let port = server.port();
    let phones = ["first", "second"]
        .map(|name| Phone::enrolled(&mut clinic, patient, &place.join(name), port));
    let sister = Phone::enrolled(&mut clinic, ilse, &place.join("sister"), port);
    clinic.refresh();
    let act = Act::AssignHomework {
        patient,
        homework: Assigned {
            title: "Walk".to_owned(),
            due: date_at(now(), "UTC") + chrono::Days::new(9),
            times: 20,
            ..Assigned::default()
        },
    };
    clinic.act(act).expect("given");
    safety(&mut clinic, patient, None, "Staying in bed");
    phones[0].synchronise();
    goal(&phones[0], "Sleep through most nights");
    for phone in &phones {
        phone.synchronise();
    }
    phones[0].synchronise();
    clinic.refresh();
    Story {
        server,
        clinic,
        patient,
        phones,
        sister,
        written: Vec::new(),
    }
}

fn safety(clinic: &mut TestClinic, patient: Id, parent: Option<Id>, sign: &str) {
    let act = Act::WriteSafetyPlan {
        patient,
        plan: SafetyPlan {
            parent,
            warning_signs: vec![sign.to_owned()],
            ..SafetyPlan::default()
        },
    };
    clinic.act(act).expect("written");
}

/// Part one with one goal more.
fn goal(phone: &Phone, text: &str) {
    let mut draft = phone.core.treatment_plan().expect("open").draft;
    draft.goals.push(GoalDraft {
        id: None,
        text: text.to_owned(),
        measure: String::new(),
        state: GoalState::Open,
    });
    phone.core.write_part_one(draft).expect("saved");
}

fn safer(phone: &Phone, text: &str) {
    let mut draft = phone.core.safety_plan().expect("open").draft;
    draft.safer_place = vec![text.to_owned()];
    phone.core.write_safety_plan(draft).expect("saved");
}

fn share(phone: &Phone, note: &str, until: i64) {
    let member = phone.core.family().expect("open").remove(0);
    let kind = SharedItemKind::HowToHelp;
    let shared = phone.core.share_item(&member.id, kind, until, note);
    shared.expect("shared");
}

fn sheet(day: i64) -> WholeCheckIn {
    let mut answers = Answers::default();
    for item in 1..=7 {
        answers.set(format!("q{item}"), Answer::Value((day + item) % 4));
    }
    WholeCheckIn {
        form: "gad7".to_owned(),
        answers,
    }
}

/// Three weeks without a network, on both phones at once.
fn three_weeks(story: &mut Story) {
    let start = now() - DAYS * DAY;
    for day in 0..DAYS {
        for (number, phone) in (0..).zip(&story.phones) {
            phone.clock.set(start + day * DAY + number * HOUR);
            if day % (number + 1) == 0 {
                let written = phone.core.write_check_ins(&[sheet(day)]).expect("saved");
                story.written.extend(written);
            }
            if (day + number) % 3 == 0 {
                let homework = phone.core.homework().expect("open").remove(0).id;
                let tried = HomeworkTry {
                    homework: Some(homework),
                    ..HomeworkTry::of(Completion::Done)
                };
                phone.core.log_homework(tried).expect("saved");
            }
            match day - number {
                4 => goal(phone, &format!("Back to work, says phone {number}")),
                // A revision of what is itself not sent yet.
                9 => goal(phone, &format!("See friends, says phone {number}")),
                6 => safer(
                    phone,
                    &format!("Ilse keeps the tablets, says phone {number}"),
                ),
                12 => {
                    let goals = phone.core.treatment_plan().expect("open").goals;
                    let level = phone.core.rate_goal(&goals[0].id, 1, String::new());
                    level.expect("saved");
                }
                14 => share(phone, &format!("Call me, says phone {number}"), now() + DAY),
                17 => drop(phone.core.ask_for_help().expect("saved")),
                _ => {}
            }
        }
    }
    for phone in &story.phones {
        phone.clock.set(now());
        let pending = phone.core.sync_status().expect("open").pending;
        assert!(pending > 20, "nothing was sent: {pending}");
    }
    // Meanwhile at the clinic.
    let page = story.clinic.clinician.plans(story.patient, now());
    let parent = page.expect("plans").plans[2].current;
    safety(&mut story.clinic, story.patient, parent, "Not eating");
}

/// `first` synchronises first; then everybody until nothing is new.
fn meet(story: &mut Story, first: usize) {
    story.phones[first].synchronise();
    story.phones[1 - first].synchronise();
    for _ in 0..2 {
        story.clinic.refresh();
        for phone in &story.phones {
            phone.synchronise();
        }
        story.sister.synchronise();
    }
}

/// (id, holds, is a proposal) of each revision.
fn revisions(card: &PlanCardView) -> Vec<(String, bool, bool)> {
    let each = card.revisions.iter();
    each.map(|one| (one.id.clone(), one.current, one.proposal))
        .collect()
}

fn everybody_agrees(story: &Story, first: usize) {
    let phones = [&story.phones[0], &story.phones[1]];
    let data = story.server.data();
    let wrong = complaints(data, &story.clinic, story.patient, &phones, &story.written);
    assert_eq!(wrong, Vec::<String>::new(), "phone {first} first");
    let page = story.clinic.clinician.plans(story.patient, now());
    let page = page.expect("plans");
    for (number, kind) in [(0, PlanKind::PartOne), (2, PlanKind::Safety)] {
        let cards = phones.map(|phone| phone.core.plan_card(kind).expect("a plan"));
        let here: Vec<_> = page.plans[number]
            .revisions
            .iter()
            .map(|one| (one.id.to_string(), one.current, one.proposal))
            .collect();
        for card in &cards {
            assert_eq!(revisions(card), here, "phone {first} first");
        }
        let current = cards[0].revisions.iter().filter(|one| one.current);
        assert_eq!(current.count(), 1);
    }
    // Part one: both of the first phone to come hold one after the other; both of the second are proposals.
    let card = phones[0].core.plan_card(PlanKind::PartOne).expect("a plan");
    let proposals: Vec<_> = card.revisions.iter().filter(|one| one.proposal).collect();
    assert_eq!((card.revisions.len(), proposals.len()), (5, 2));
    let text = |text: &handrail_companion::view::PlanTextView| format!("{text:?}");
    let holds = text(&card.text);
    assert!(
        holds.contains(&format!("See friends, says phone {first}")),
        "{holds}"
    );
    let other = format!("says phone {}", 1 - first);
    assert!(!holds.contains(&other));
    assert!(proposals.iter().all(|one| text(&one.text).contains(&other)));
    // The safety plan: the clinic's was there before either came.
    let card = phones[0].core.plan_card(PlanKind::Safety).expect("a plan");
    let proposals = card.revisions.iter().filter(|one| one.proposal).count();
    assert_eq!((card.revisions.len(), proposals), (4, 2));
    assert!(text(&card.text).contains("Not eating"));
    // Everything else that is the patient's is on both.
    for phone in phones {
        let homework = phone.core.homework().expect("open").remove(0);
        assert_eq!(homework.id, phones[0].core.homework().expect("open")[0].id);
        let logged = phone.core.homework_log(None).expect("open").len();
        assert_eq!(logged, 14);
        let sent = phone.core.check_ins(u32::MAX).expect("open");
        assert_eq!(sent.len(), story.written.len());
        assert!(
            sent.iter()
                .all(|one| matches!(one.sent, SentState::AtTheClinic { .. })),
            "nobody has opened them"
        );
    }
    let family = phones.map(|phone| format!("{:?}", phone.core.family().expect("open")));
    assert_eq!(family[0], family[1]);
    let shared = story.sister.core.shared_items().expect("open");
    assert_eq!(
        shared.len(),
        1,
        "of two notes of one kind the later decision holds"
    );
    assert!(shared[0].text.contains(&other), "{}", shared[0].text);
}

#[test]
fn weeks_apart_on_two_phones_come_to_one_chart_in_either_order() {
    for first in [0, 1] {
        let place = folder();
        let mut story = begins(place.path());
        three_weeks(&mut story);
        meet(&mut story, first);
        everybody_agrees(&story, first);

        let chart = story
            .clinic
            .clinician
            .chart(story.patient)
            .expect("a chart");
        let act = Act::Open {
            patient: story.patient,
            check_ins: chart.check_ins().iter().map(|one| one.id).collect(),
        };
        story.clinic.act(act).expect("opened");
        for phone in &story.phones {
            phone.synchronise();
            for one in phone.core.check_ins(u32::MAX).expect("open") {
                assert!(matches!(one.sent, SentState::Opened { ref by, .. } if by == "Rowan"));
            }
        }
        // The control: a phone that has not synchronised is seen to have another chart.
        story.phones[0]
            .core
            .write_check_ins(&[sheet(1)])
            .expect("saved");
        let phones = [&story.phones[0], &story.phones[1]];
        let data = story.server.data();
        let wrong = complaints(data, &story.clinic, story.patient, &phones, &story.written);
        assert!(
            wrong.iter().any(|one| one.contains("another chart")),
            "{wrong:?}"
        );
    }
}
