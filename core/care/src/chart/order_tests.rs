//! Order of arrival, repetition, refusals: properties over random mailboxes.

use proptest::prelude::*;

use super::*;
use crate::checkin::Answer;
use crate::ends::PauseReason;
use crate::family::{ConsentWithdrawn, SharedWithdrawn, SharingEnded};
use crate::homework::{Completion, HomeworkWithdrawn};
use crate::patient::{DeviceLost, DischargeReason, DueRule, Erased, Opened};
use crate::plan::goals::GoalRated;
use crate::plan::{
    Acknowledged, HandOffMarked, HandOffState, PartOne, PlanReviewed, ReviewOccasion, SafetyPlan,
    TransitionPlan,
};
use crate::program::{Mode, SessionKind, With};
use crate::testing::*;

const SMALL: u8 = 24;
/// Kinds that the patient and staff write.
const BOTH: [&str; 5] = [
    "transition-plan",
    "treatment-part-one",
    "safety-plan",
    "goal-rated",
    "hand-off-marked",
];

/// A body of every kind of a care mailbox; ids are few, so that entries meet each other.
#[expect(clippy::too_many_lines, reason = "a list, one item per kind")]
fn body() -> impl Strategy<Value = Body> {
    let near = 0..SMALL;
    (0usize..25, near.clone(), near, 0i64..4).prop_map(|(kind, one, other, number)| {
        let (one, other) = (id(one), id(other));
        let day = date("2026-11-02") + chrono::Days::new(number.unsigned_abs());
        match kind {
            0 => Body::Device(Device {
                device: one,
                identity: format!("keys {number}"),
                name: "Phone".to_owned(),
                platform: "ios".to_owned(),
            }),
            1 => Body::DeviceLost(DeviceLost { device: one }),
            2 => Body::Erase(Erased {
                entry: one,
                reason: String::new(),
            }),
            3 | 4 => {
                let form =
                    ["phq9", "daily-check-in", "gad7", "unknown"][usize::from(other.0[0] % 4)];
                let item = if form == "phq9" {
                    "q9"
                } else {
                    "urge-to-self-harm"
                };
                Body::CheckIn(CheckInWritten {
                    of: id(one.0[0] % 3),
                    form: form.to_owned(),
                    version: "1".to_owned(),
                    stage: [Stage::Safety, Stage::Complete][kind - 3],
                    started: number,
                    answers: Answers::from([(item, Answer::Value(number))]),
                    follow_up: None,
                })
            }
            5 => Body::HomeworkAssigned(Assigned {
                title: "Walk".to_owned(),
                instructions: String::new(),
                due: day,
                times: 1,
                ..Assigned::default()
            }),
            6 => Body::HomeworkWithdrawn(HomeworkWithdrawn { homework: one }),
            7 => Body::HomeworkLogged(Logged {
                homework: Some(one),
                completion: Completion::Partly,
                ..Logged::of(Completion::Partly)
            }),
            8 => Body::TransitionPlan(TransitionPlan {
                parent: (number > 0).then_some(one),
                ..TransitionPlan::default()
            }),
            9 => Body::PlanAcknowledged(Acknowledged { plan: one }),
            10 => Body::Opened(Opened {
                entries: vec![one, other],
            }),
            11 => Body::Enrolled(Enrolled {
                track: TRACK,
                start_date: day,
                weeks: 2,
                join_link: None,
                check_ins: vec![DueRule {
                    form: "phq9".to_owned(),
                    every_days: 7,
                }],
            }),
            12 => Body::Discharged(Discharged {
                date: day,
                reason: DischargeReason::LeftEarly,
            }),
            13 => Body::Paused(Paused {
                from: day,
                reason: PauseReason::Inpatient,
                expected_back: None,
            }),
            14 => Body::Resumed(Resumed { date: day }),
            15 => Body::PartOne(PartOne {
                parent: (number > 0).then_some(one),
                ..PartOne::default()
            }),
            16 => Body::SafetyPlan(SafetyPlan {
                parent: (number > 0).then_some(one),
                ..SafetyPlan::default()
            }),
            17 => Body::GoalRated(GoalRated {
                goal: one,
                level: 0,
                note: String::new(),
            }),
            18 => Body::HandOffMarked(HandOffMarked {
                hand_off: id(one.0[0] % 3),
                state: HandOffState::Booked,
                date: Some(day),
                time: String::new(),
                note: String::new(),
            }),
            19 => Body::PlanReviewed(PlanReviewed {
                plan: one,
                occasion: ReviewOccasion::Other,
                next: Some(day),
            }),
            20 => Body::AccountClosing(AccountClosing {
                on: (number > 0).then_some(day),
            }),
            21 => Body::Sharing(Sharing {
                mailbox: other,
                item: Item::SessionTimes,
                until: number,
                note: String::new(),
            }),
            22 => Body::SharingEnded(SharingEnded { sharing: other }),
            23 => Body::ConsentWithdrawn(ConsentWithdrawn { mailbox: other }),
            _ => Body::OwnSession(OwnSession {
                id: one,
                kind: SessionKind::Individual,
                date: day,
                start: clock(9),
                end: clock(10),
                time_zone: NEW_YORK.to_owned(),
                with: With {
                    staff: INES,
                    title: "Your therapist".to_owned(),
                },
                mode: Mode::Virtual,
                place: None,
                join_link: None,
                cancelled: number == 0,
            }),
        }
    })
}

/// Lines as the clinic has them: places in an order of their own, each line by someone who may.
fn mailbox() -> impl Strategy<Value = Vec<Line>> {
    let line = (body(), 0i64..5, any::<bool>(), prop::bool::weighted(0.1));
    proptest::collection::vec(line, 1..usize::from(SMALL))
        .prop_flat_map(|lines| {
            let places: Vec<_> = (1..=lines.len() as u64).collect();
            (Just(lines), Just(places).prop_shuffle())
        })
        .prop_map(|(lines, places)| {
            let lines = (0u8..).zip(lines).zip(places);
            lines
                .map(|((number, (body, at, colleague, future)), seq)| {
                    let kind = body.kind();
                    let staff = Author::Clinician(if colleague { TOMAS } else { INES });
                    let author = [Author::Patient, staff]
                        .into_iter()
                        .filter(|author| may_write(Class::Care, *author, kind))
                        .nth(usize::from(colleague && BOTH.contains(&kind)))
                        .expect("each kind of a care mailbox has a writer");
                    let by = author.staff().unwrap_or(PHONE);
                    let mut entry = Entry::new(id(number), at, "UTC", by, None, &body);
                    if future {
                        entry.kind = "from-the-future".into();
                    }
                    Line {
                        entry,
                        author,
                        place: Place::at(seq, at),
                    }
                })
                .collect()
        })
}

fn folded<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Chart {
    let mut chart = Chart::default();
    add(&mut chart, lines);
    chart
}

fn add<'a>(chart: &mut Chart, lines: impl IntoIterator<Item = &'a Line>) {
    for line in lines {
        let applied = chart.apply(Class::Care, &line.entry, line.author, line.place);
        assert!(matches!(applied, Applied::Folded | Applied::Unknown));
    }
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter(
        (lines, shuffled) in mailbox().prop_flat_map(|lines| {
            let twice = [lines.clone(), lines.clone()].concat();
            (Just(lines), Just(twice).prop_shuffle())
        }),
    ) {
        prop_assert_eq!(folded(&lines), folded(&shuffled));
    }

    #[test]
    fn incremental_is_from_scratch(lines in mailbox(), cut in 0usize..24) {
        let cut = cut.min(lines.len());
        let mut chart = folded(&lines[..cut]);
        // What is asked in between leaves no trace.
        let _ = (chart.transition_plan().current, chart.check_ins().len());
        let _ = (chart.safety_plan().current, chart.part_one().revisions.len());
        add(&mut chart, &lines[cut..]);
        prop_assert_eq!(&chart, &folded(&lines));
        add(&mut chart, &lines);
        prop_assert_eq!(&chart, &folded(&lines));
    }

    /// Who joins later never gets the bytes of an erased entry, and sees the same.
    #[test]
    fn erased_bytes_make_no_difference(lines in mailbox()) {
        let chart = folded(&lines);
        let left = lines.iter().filter(|line| {
            !chart.is_erased(line.entry.id)
                || ["erase", "device-lost"].contains(&line.entry.kind.as_str())
        });
        prop_assert_eq!(&chart, &folded(left));
    }

    #[test]
    fn unsent_then_acknowledged_is_acknowledged(
        (lines, acknowledged) in mailbox().prop_flat_map(|lines| {
            (Just(lines.clone()), Just(lines).prop_shuffle())
        }),
        sent in 0usize..24,
    ) {
        let unsent: Vec<_> = lines
            .iter()
            .map(|line| Line { place: Place::UNSENT, ..line.clone() })
            .collect();
        let mut chart = folded(&unsent);
        add(&mut chart, acknowledged.iter().take(sent));
        add(&mut chart, &unsent);
        add(&mut chart, &acknowledged);
        prop_assert_eq!(chart, folded(&lines));
    }

    /// The short way for a phone's own check-ins gives the same chart as applying them again.
    #[test]
    fn acknowledged_is_applied_again(
        (lines, order) in mailbox().prop_flat_map(|lines| {
            (Just(lines.clone()), Just(lines).prop_shuffle())
        }),
    ) {
        let unsent: Vec<_> = lines
            .iter()
            .map(|line| Line { place: Place::UNSENT, ..line.clone() })
            .collect();
        let mut chart = folded(&unsent);
        for line in &order {
            if !chart.acknowledge(line.entry.id, line.place) {
                add(&mut chart, std::iter::once(line));
            }
        }
        prop_assert_eq!(chart, folded(&lines));
    }

    #[test]
    fn what_is_refused_changes_nothing(lines in mailbox(), wrong in any::<prop::sample::Index>()) {
        let chart = folded(&lines);
        let mut after = chart.clone();
        let line = wrong.get(&lines);
        for (class, author) in [
            (Class::Care, Author::FrontDesk(INES)),
            (Class::Library, line.author),
            (Class::Care, if line.author.staff().is_some() { Author::Patient } else { Author::FrontDesk(INES) }),
        ] {
            if may_write(class, author, &line.entry.kind) {
                continue;
            }
            let new = Entry { id: id(200), ..line.entry.clone() };
            prop_assert_eq!(after.apply(class, &new, author, Place::at(99, 0)), Applied::NotAllowed);
        }
        if line.entry.kind != "from-the-future" {
            let body = crate::packed::Packed::of(&[7]);
            let bad = Entry { id: id(201), body, ..line.entry.clone() };
            let applied = after.apply(Class::Care, &bad, line.author, Place::at(99, 0));
            prop_assert_eq!(applied, Applied::Malformed);
        }
        prop_assert_eq!(after, chart);
    }

    #[test]
    fn unknown_kinds_are_counted_once(lines in mailbox()) {
        let erased = folded(&lines);
        let ids: BTreeSet<_> = lines
            .iter()
            .filter(|line| line.entry.kind == "from-the-future")
            .map(|line| line.entry.id)
            .filter(|id| !erased.is_erased(*id))
            .collect();
        let twice: Vec<_> = lines.iter().chain(&lines).collect();
        prop_assert_eq!(folded(twice).unknown(), ids.len());
    }
}

#[test]
fn withdrawn_shares_come_in_any_order() {
    let share = Body::Shared(Shared {
        sharing: id(1),
        item: Item::HowToHelp,
        text: String::new(),
        until: 9,
        sessions: Vec::new(),
        part_two: false,
    });
    let back = Body::SharedWithdrawn(SharedWithdrawn {
        sharing: id(1),
        closes: None,
    });
    let mut entries = [(1, share), (2, back)]
        .map(|(number, body)| (number, Entry::new(id(number), 0, "UTC", PHONE, None, &body)));
    for _ in 0..2 {
        let mut chart = Chart::default();
        for (number, entry) in &entries {
            chart.apply(
                Class::Family,
                entry,
                Author::Patient,
                Place::at(u64::from(*number), 0),
            );
        }
        assert!(chart.shown(0).is_empty());
        entries.reverse();
    }
}
