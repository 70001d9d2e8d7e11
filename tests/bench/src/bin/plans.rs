//! How soon a plan is on the screen of a phone with a long history: 10,000 entries in the log, opened from
//! the disk without a network (design, section 2, promise 5: under a second).
//!
//! The phone is a real one: enrolled at a real server, its entries written through the phone's own API and
//! synchronised. Then it is opened again and again: the store and the fold, and each plan's page.
//! `HANDRAIL_ENTRIES` (default 10,000) and `HANDRAIL_ROUNDS` (default 9); prints medians in milliseconds.

use std::time::{Duration, Instant};

use handrail_care::plan::{HandOff, PartTwo, SafetyPlan, TransitionPlan};
use handrail_clinician::Act;
use handrail_companion::Companion;
use handrail_companion::view::PlanKind;
use handrail_story::clinic::{TestClinic, open_phone, synchronise};
use handrail_story::{Server, folder};

/// Revisions of the safety plan in the log.
const REVISIONS: usize = 40;

fn number(name: &str, usual: usize) -> usize {
    let said = std::env::var(name);
    said.map_or(usual, |text| text.parse().expect("a number"))
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// Daily check-ins of two entries each, until there are so many entries.
fn fill(phone: &Companion, entries: usize) {
    let sheets: Vec<_> = sheets_of(entries / 2);
    for batch in sheets.chunks(500) {
        phone.write_check_ins(batch).expect("saved");
        synchronise(phone);
    }
}

fn sheets_of(count: usize) -> Vec<handrail_companion::WholeCheckIn> {
    use handrail_care::checkin::{Answer, Answers};
    let sheet = |number: usize| {
        let value = |shift: usize| Answer::Value(i64::try_from((number + shift) % 3).unwrap_or(0));
        let mut answers = Answers::default();
        for item in 1..=8 {
            answers.set(format!("q{item}"), value(item));
        }
        answers.set("q9", Answer::Value(0));
        handrail_companion::WholeCheckIn {
            form: "phq9".to_owned(),
            answers,
        }
    };
    (0..count).map(sheet).collect()
}

fn main() {
    let (entries, rounds) = (
        number("HANDRAIL_ENTRIES", 10_000),
        number("HANDRAIL_ROUNDS", 9),
    );
    let data = folder();
    let server = Server::start(&data.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Bench IOP");
    let patient = clinic.add_patient("Maren");
    let home = data.path().join("maren");
    let phone = clinic.phone(patient, &home);
    let mut parent = None;
    for revision in 0..REVISIONS {
        let plan = SafetyPlan {
            parent,
            warning_signs: vec![format!("Sign {revision}"); 5],
            ..SafetyPlan::default()
        };
        let act = Act::WriteSafetyPlan { patient, plan };
        parent = clinic.act(act).expect("written").id;
    }
    let plan = TransitionPlan {
        hand_offs: vec![HandOff {
            to: handrail_care::plan::Contact {
                name: "Dr. Adler".to_owned(),
                ..Default::default()
            },
            ..HandOff::default()
        }],
        ..TransitionPlan::default()
    };
    let act = Act::RevisePlan { patient, plan };
    clinic.act(act).expect("written");
    let plan = PartTwo::default();
    clinic
        .act(Act::WritePartTwo { patient, plan })
        .expect("written");
    fill(&phone, entries);
    phone.close();
    assert!(server.stop(), "from here on there is no server");

    let (mut open, mut first, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let begun = Instant::now();
        let phone = open_phone(&home);
        open.push(begun.elapsed());
        let page = phone.safety_plan().expect("the plan");
        first.push(begun.elapsed());
        assert_eq!(page.card.revisions.len(), REVISIONS);
        let begun = Instant::now();
        for kind in [
            PlanKind::PartOne,
            PlanKind::PartTwo,
            PlanKind::Safety,
            PlanKind::Transition,
        ] {
            phone.plan_card(kind).expect("a card");
        }
        assert!(phone.bridge().expect("open").is_some());
        all.push(begun.elapsed());
        phone.close();
    }
    println!(
        "{entries} entries, {REVISIONS} revisions of the safety plan, medians of {rounds}: open {:.0} ms; \
         open and show the safety plan {:.0} ms; then all four plans and the bridge {:.2} ms",
        median(open),
        median(first),
        median(all)
    );
}
