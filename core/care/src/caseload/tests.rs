//! Who comes first, and what a row counts.

use super::*;
use crate::entry::Body;
use crate::patient::Opened;
use crate::patient::Stage::{Complete, Safety};
use crate::testing::*;
use std::collections::BTreeMap;

/// Saturday morning in New York.
const NOW: &str = "2026-11-21T15:00:00Z";

fn day(number: i64) -> i64 {
    at("2026-11-02T17:00:00Z") + number * 24 * 3600 * 1000
}

/// Enrolled three weeks ago, asked nothing.
fn quiet() -> Care {
    Care::enrolled("2026-11-02", 8, &[])
}

fn opened(care: &mut Care) {
    let entries = care.lines.iter().map(|line| line.entry.id).collect();
    care.staff(day(18), Body::Opened(Opened { entries }));
}

fn listed(world: &World, cares: &[(u8, Care)], now: i64) -> Vec<CaseloadRow> {
    let charts: BTreeMap<_, _> = cares
        .iter()
        .map(|(patient, care)| (id(*patient), care.chart()))
        .collect();
    caseload(world.clinic(), |patient| charts.get(&patient), now)
}

fn names(rows: &[CaseloadRow]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_str()).collect()
}

#[test]
fn worst_first() {
    let mut cares = Vec::new();
    let mut world = World::riverbend();
    let mut add = |name: &str, care: Care| {
        let number = u8::try_from(cares.len() + 1).expect("few");
        world.person(number, name);
        cares.push((number, care));
    };
    // Named so that the alphabet alone would turn the order round.
    let mut newer = quiet();
    newer.answered(1, "phq9", Complete, day(10), phq9(9, 3));
    add("Y newer flag", newer);
    let mut older = quiet();
    older.answered(1, "phq9", Safety, day(9), phq9(1, 1));
    add("Z older flag", older);
    let mut unanswered = quiet();
    unanswered.answered(1, "phq9", Complete, day(1), answers(&[("q1", 1)]));
    add("X left out", unanswered);
    let mut worse = quiet();
    worse.answered(1, "phq9", Complete, day(1), phq9(5, 0));
    worse.answered(2, "phq9", Complete, day(8), phq9(10, 0));
    opened(&mut worse);
    add("W worse", worse);
    let mut unread = quiet();
    unread.answered(1, "gad7", Complete, day(1), answers(&[]));
    add("V unread", unread.clone());
    unread.answered(2, "gad7", Complete, day(2), answers(&[]));
    add("U more unread", unread.clone());
    add("T overdue", Care::enrolled("2026-11-02", 8, &[("phq9", 7)]));
    add("S quiet", quiet());
    add("R quiet", quiet());
    unread.staff(day(18), discharged("2026-11-20"));
    add("B gone", unread);
    let mut gone = quiet();
    gone.answered(1, "phq9", Complete, day(3), phq9(9, 2));
    gone.staff(day(18), discharged("2026-11-20"));
    add("A gone with a flag", gone);
    world.person(99, "Q mailbox not open");

    let rows = listed(&world, &cares, at(NOW));
    assert_eq!(
        names(&rows),
        [
            "A gone with a flag",
            "Z older flag",
            "Y newer flag",
            "X left out",
            "W worse",
            "U more unread",
            "V unread",
            "T overdue",
            "Q mailbox not open",
            "R quiet",
            "S quiet",
            "B gone",
        ]
    );
}

#[test]
fn a_closed_flag_leaves_the_row() {
    let mut world = World::riverbend();
    world.person(1, "Mara");
    let mut care = quiet();
    care.answered(7, "phq9", Complete, day(1), phq9(9, 2));
    let cares = [(1, care)];
    assert_eq!(listed(&world, &cares, at(NOW))[0].flags.len(), 1);
    world.closes(7, "q9", Some(2), day(2));
    assert_eq!(listed(&world, &cares, at(NOW))[0].flags, []);
}

#[test]
fn what_a_row_says() {
    let mut world = World::riverbend();
    world.person(1, "Mara");
    let mut care = Care::enrolled("2026-11-02", 8, &[("phq9", 7), ("daily-check-in", 1)]);
    care.answered(1, "phq9", Complete, day(0), phq9(18, 0));
    care.answered(2, "phq9", Complete, day(7), phq9(13, 0));
    opened(&mut care);
    // Opened at its safety item, finished afterwards: unread again, and counted once.
    care.answered(3, "phq9", Safety, day(14), phq9(11, 0));
    opened(&mut care);
    care.answered(3, "phq9", Complete, day(14) + 1, phq9(11, 0));
    let row = &listed(&world, &[(1, care)], at(NOW))[0];
    assert_eq!(
        (row.patient, row.track.as_deref()),
        (id(1), Some("Morning"))
    );
    assert_eq!(
        (row.week, row.weeks, row.discharged),
        (Some(3), Some(8), None)
    );
    assert_eq!((row.unread, row.last_check_in), (1, Some(day(14) + 1)));
    let title = checkin::form("daily-check-in")
        .expect("shipped")
        .title
        .clone();
    assert_eq!(row.overdue, [title]);
    assert_eq!(row.next_session, Some(at("2026-11-23T14:00:00Z")));
    let [score] = row.scores.as_slice() else {
        panic!("one instrument")
    };
    assert_eq!((score.form.as_str(), score.at), ("phq9", day(14) + 1));
    assert_eq!(score.severity.as_deref(), Some("moderate"));
    let totals = [Some(score.total), score.previous, score.baseline];
    assert_eq!(totals, [Some(11.0), Some(13.0), Some(18.0)]);
    assert!(score.improved && !score.worse);
}

#[test]
fn worse_is_since_the_last_or_since_the_first() {
    let worse = |totals: &[i64]| {
        let mut care = quiet();
        for (of, total) in (1u8..).zip(totals) {
            care.answered(of, "phq9", Complete, day(i64::from(of)), phq9(*total, 0));
        }
        let chart = care.chart();
        scores(&Library::default(), &chart, &chart.check_ins())[0].worse
    };
    for (totals, expected) in [
        (&[10][..], false),
        (&[10, 14], false),
        (&[10, 15], true),
        (&[10, 13, 15], true),
        (&[20, 5, 10], true),
        (&[20, 15, 15], false),
    ] {
        assert_eq!(worse(totals), expected, "{totals:?}");
    }
    // A sheet without a total is no score.
    let mut care = quiet();
    care.answered(1, "phq9", Complete, day(1), phq9(8, 0));
    care.answered(2, "phq9", Complete, day(2), answers(&[("q1", 3)]));
    let chart = care.chart();
    let score = &scores(&Library::default(), &chart, &chart.check_ins())[0];
    assert_eq!((score.at, score.previous), (day(1), None));
    assert_eq!(score.baseline, None);
}

/// A discharge that is planned, or is today, does not send anyone to the end of the list.
#[test]
fn who_leaves_tomorrow_is_still_here() {
    let mut world = World::riverbend();
    world.person(1, "Ana");
    world.person(2, "Zoe");
    let mut leaving = quiet();
    leaving.staff(day(18), discharged("2026-11-21"));
    let cares = [(1, leaving), (2, quiet())];
    let today = listed(&world, &cares, at(NOW));
    assert_eq!(names(&today), ["Ana", "Zoe"]);
    assert_eq!(today[0].discharged, Some(date("2026-11-21")));
    let tomorrow = listed(&world, &cares, at(NOW) + 24 * 3600 * 1000);
    assert_eq!(names(&tomorrow), ["Zoe", "Ana"]);
    assert_eq!((tomorrow[1].week, tomorrow[1].next_session), (None, None));
}

#[test]
fn a_row_alone_is_the_row_of_the_list() {
    let mut world = World::riverbend();
    world.person(1, "Mara");
    let mut care = quiet();
    care.answered(1, "phq9", Complete, day(1), phq9(9, 2));
    let rows = listed(&world, &[(1, care.clone())], at(NOW));
    let person = world.roster.person(id(1)).expect("added");
    assert_eq!(row(world.clinic(), person, &care.chart(), at(NOW)), rows[0]);
}
