//! A patient's check-ins and what the team did, line by line, and the flags they come to.

use super::*;
use crate::checkin::Answers;
use crate::patient::Stage::{self, Complete, Safety};
use crate::testing::*;

/// What happens in a case.
enum Step {
    /// Check-in, stage, answer to the safety item of PHQ-9 (absent: left out).
    Asks(u8, Stage, Option<i64>),
    /// The flag of this check-in is closed with this answer.
    Closes(u8, Option<i64>),
}
use Step::{Asks, Closes};

fn sheet(item9: Option<i64>) -> Answers {
    item9.map_or_else(
        || answers(&[("q1", 1)]),
        |value| answers(&[("q1", 1), ("q9", value)]),
    )
}

/// Steps happen one hundred milliseconds apart, from 100 on.
fn played(steps: &[Step]) -> Vec<Flag> {
    let (mut care, mut world) = (Care::default(), World::riverbend());
    for (at, step) in (100..).step_by(100).zip(steps) {
        match step {
            Asks(of, stage, item9) => {
                care.answered(*of, "phq9", *stage, at, sheet(*item9));
            }
            Closes(of, answer) => world.closes(*of, "q9", *answer, at),
        }
    }
    flags(id(1), &care.chart(), &world.team, &world.library)
}

/// Check-in, answer, time, open.
type Seen = (u8, Option<i64>, i64, bool);

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn by_table() {
    let cases: &[(&str, &[Step], &[Seen])] = &[
        ("negative", &[Asks(1, Complete, Some(0))], &[]),
        (
            "positive",
            &[Asks(1, Complete, Some(2))],
            &[(1, Some(2), 100, true)],
        ),
        (
            "left out",
            &[Asks(1, Complete, None)],
            &[(1, None, 100, true)],
        ),
        (
            "never finished",
            &[Asks(1, Safety, Some(1))],
            &[(1, Some(1), 100, true)],
        ),
        (
            "left out and never finished",
            &[Asks(1, Safety, None)],
            &[(1, None, 100, true)],
        ),
        (
            "both stages are one flag, as old as the first",
            &[Asks(1, Safety, Some(2)), Asks(1, Complete, Some(2))],
            &[(1, Some(2), 100, true)],
        ),
        (
            "lowered later: the highest answer stands",
            &[Asks(1, Safety, Some(3)), Asks(1, Complete, Some(0))],
            &[(1, Some(3), 100, true)],
        ),
        (
            "lowered by another safety entry, then taken back",
            &[
                Asks(1, Safety, Some(3)),
                Asks(1, Safety, Some(0)),
                Asks(1, Complete, None),
            ],
            &[(1, Some(3), 100, true)],
        ),
        (
            "raised later",
            &[Asks(1, Safety, Some(0)), Asks(1, Complete, Some(1))],
            &[(1, Some(1), 200, true)],
        ),
        (
            "left out, then answered",
            &[Asks(1, Safety, None), Asks(1, Complete, Some(0))],
            &[],
        ),
        (
            "left out, then positive",
            &[Asks(1, Safety, None), Asks(1, Complete, Some(1))],
            &[(1, Some(1), 200, true)],
        ),
        (
            "an answer taken back is unanswered, never negative",
            &[Asks(1, Safety, Some(0)), Asks(1, Complete, None)],
            &[(1, None, 200, true)],
        ),
        (
            "closed",
            &[Asks(1, Complete, Some(2)), Closes(1, Some(2))],
            &[(1, Some(2), 100, false)],
        ),
        (
            "closed, then the same or a lower answer comes",
            &[
                Asks(1, Safety, Some(2)),
                Closes(1, Some(2)),
                Asks(1, Complete, Some(1)),
            ],
            &[(1, Some(2), 100, false)],
        ),
        (
            "closed, then a higher answer opens it again",
            &[
                Asks(1, Safety, Some(1)),
                Closes(1, Some(1)),
                Asks(1, Complete, Some(3)),
            ],
            &[(1, Some(3), 300, true)],
        ),
        (
            "and is closed again",
            &[
                Asks(1, Safety, Some(1)),
                Closes(1, Some(1)),
                Asks(1, Complete, Some(3)),
                Closes(1, Some(3)),
            ],
            &[(1, Some(3), 100, false)],
        ),
        (
            "a disposition of a lower answer does not close",
            &[
                Asks(1, Complete, Some(3)),
                Closes(1, Some(2)),
                Closes(1, None),
            ],
            &[(1, Some(3), 100, true)],
        ),
        (
            "closed as unanswered, then positive",
            &[
                Asks(1, Safety, None),
                Closes(1, None),
                Asks(1, Complete, Some(1)),
            ],
            &[(1, Some(1), 300, true)],
        ),
        (
            "closed as unanswered, then negative: what was done stays on record",
            &[
                Asks(1, Safety, None),
                Closes(1, None),
                Asks(1, Complete, Some(0)),
            ],
            &[(1, None, 100, false)],
        ),
        (
            "the team's entry may come first",
            &[Closes(1, Some(2)), Asks(1, Complete, Some(2))],
            &[(1, Some(2), 200, false)],
        ),
        (
            "each check-in is judged anew, newest first",
            &[
                Asks(1, Complete, Some(2)),
                Closes(1, Some(2)),
                Asks(2, Complete, Some(1)),
            ],
            &[(2, Some(1), 300, true), (1, Some(2), 100, false)],
        ),
        (
            "what is no option is no answer",
            &[Asks(1, Complete, Some(9))],
            &[(1, None, 100, true)],
        ),
    ];
    for (name, steps, expected) in cases {
        let found: Vec<_> = played(steps)
            .iter()
            .map(|flag| (flag.check_in.0[0], flag.answer, flag.at, flag.is_open()))
            .collect();
        assert_eq!(&found, expected, "{name}");
    }
}

#[test]
fn a_flag_says_what_was_read_and_answered() {
    let steps = [
        Asks(1, Complete, Some(1)),
        Asks(2, Complete, None),
        Asks(3, Complete, Some(3)),
        Closes(3, Some(3)),
    ];
    let flags = played(&steps);
    let newest = &flags[0];
    assert_eq!((newest.form.as_str(), newest.item.as_str()), ("phq9", "q9"));
    assert_eq!(
        newest.form_title,
        checkin::form("phq9").expect("shipped").title
    );
    assert!(!newest.item_text.is_empty());
    assert_eq!(newest.answer_text, "Nearly every day");
    // The answer before: the newest that is one.
    assert_eq!(newest.previous, Some(1));
    assert_eq!((newest.at, newest.received), (300, Some(1300)));
    let closed = newest.closed.as_ref().expect("closed");
    assert_eq!((closed.by.as_str(), closed.at), ("Tomas", 400));
    assert_eq!(
        (closed.outcome, closed.risk),
        (Outcome::Reached, Risk::Moderate)
    );
    assert_eq!(closed.mitigation, "Call again tomorrow.");
    assert_eq!(flags[1].answer_text, "left unanswered");
    assert_eq!((flags[1].previous, flags[2].previous), (Some(1), None));
}

#[test]
fn the_newest_disposition_is_shown() {
    let (mut care, mut world) = (Care::default(), World::riverbend());
    care.answered(1, "phq9", Complete, 1, phq9(3, 1));
    world.closes(1, "q9", Some(1), 10);
    world.closes(1, "q9", Some(1), 20);
    // Of another item, another check-in, another patient: not ours.
    world.closes(1, "q1", Some(3), 30);
    world.closes(2, "q9", Some(3), 40);
    world.closes_for(2, 1, "q9", Some(3), 50);
    let flags = flags(id(1), &care.chart(), &world.team, &world.library);
    assert_eq!(flags[0].closed.as_ref().map(|closed| closed.at), Some(20));
}

#[test]
fn an_urge_to_use_is_no_safety_flag() {
    let (mut care, world) = (Care::default(), World::riverbend());
    let day = |harm| {
        answers(&[
            ("mood", 0),
            ("urge-to-use", 10),
            ("urge-to-self-harm", harm),
        ])
    };
    care.answered(1, "daily-check-in", Complete, 1, day(0));
    let none = flags(id(1), &care.chart(), &world.team, &world.library);
    assert_eq!(none, []);
    care.answered(2, "daily-check-in", Safety, 2, day(1));
    let one = flags(id(1), &care.chart(), &world.team, &world.library);
    assert_eq!(one.len(), 1);
    assert_eq!(
        (one[0].item.as_str(), one[0].answer),
        ("urge-to-self-harm", Some(1))
    );
}

#[test]
fn forms_without_safety_items_never_flag() {
    let (mut care, world) = (Care::default(), World::riverbend());
    care.answered(1, "gad7", Complete, 1, answers(&[("q1", 3)]));
    care.answered(2, "from-the-future", Complete, 2, answers(&[("q9", 3)]));
    let chart = care.chart();
    assert_eq!(flags(id(1), &chart, &world.team, &world.library), []);
}

/// Years go by and nothing else happens: nothing in a flag depends on now.
#[test]
fn a_late_arrival_carries_both_times() {
    let (mut care, world) = (Care::default(), World::riverbend());
    care.answered(1, "phq9", Safety, 1_000, phq9(3, 1));
    care.answered(1, "phq9", Complete, 2_000, phq9(3, 1));
    care.lines[0].place = crate::chart::Place::at(1, 90_000);
    let one = flags(id(1), &care.chart(), &world.team, &world.library);
    assert_eq!((one[0].at, one[0].received), (1_000, Some(90_000)));
    care.lines[0].place = crate::chart::Place::UNSENT;
    let one = flags(id(1), &care.chart(), &world.team, &world.library);
    assert_eq!(one[0].received, None);
}
