//! Dispositions and notes, each once, oldest first.

use super::*;
use crate::patient::Erased;
use crate::testing::{INES, TOMAS, id};

fn disposition(check_in: u8, item: &str, answer: i64) -> Body {
    Body::Disposition(Disposition {
        patient: id(1),
        check_in: id(check_in),
        item: item.to_owned(),
        answer: Some(answer),
        triage: None,
        also: Vec::new(),
        outcome: Outcome::Assessed,
        risk: Risk::Low,
        mitigation: String::new(),
    })
}

fn note(text: &str) -> Body {
    Body::StaffNote(StaffNote {
        patient: id(1),
        text: text.to_owned(),
    })
}

fn recovery(public: &str) -> Body {
    Body::Recovery(Recovery {
        public: public.to_owned(),
        root: String::new(),
    })
}

fn of(entries: &[(u8, u64, Id, Body)]) -> Team {
    let mut team = Team::default();
    for (number, seq, by, body) in entries {
        let entry = Entry::new(id(*number), i64::from(*number), "UTC", *by, None, body);
        team.apply(*seq, &entry, body.clone());
    }
    team
}

#[test]
fn each_counts_once_in_the_order_of_the_mailbox() {
    let mut entries = vec![
        (1, u64::MAX, INES, disposition(7, "q9", 1)),
        (2, u64::MAX, INES, note("mine")),
        (1, 5, INES, disposition(7, "q9", 1)),
        (2, 6, INES, note("mine")),
        (3, 4, TOMAS, disposition(7, "q9", 2)),
        (4, 3, TOMAS, note("first")),
        (5, 7, INES, disposition(7, "q1", 3)),
        (6, 8, INES, disposition(8, "q9", 3)),
        (7, 9, INES, recovery("old")),
        (8, 10, INES, recovery("new")),
    ];
    let team = of(&entries);
    let closed: Vec<_> = team
        .dispositions(id(1), id(7), "q9")
        .map(|closed| (closed.by, closed.at, closed.disposition.answer))
        .collect();
    assert_eq!(closed, [(TOMAS, 3, Some(2)), (INES, 1, Some(1))]);
    assert_eq!(team.dispositions(id(2), id(7), "q9").count(), 0);
    let notes: Vec<_> = team
        .notes(id(1))
        .map(|(note, by, at)| (note.text.as_str(), *by, *at))
        .collect();
    assert_eq!(notes, [("first", TOMAS, 4), ("mine", INES, 2)]);
    assert_eq!(team.notes(id(2)).count(), 0);
    assert_eq!(team.recovery().map(|of| of.public.as_str()), Some("new"));
    entries.reverse();
    assert_eq!(of(&entries), team);
}

#[test]
fn an_erased_disposition_closes_nothing() {
    let erase = Body::Erase(Erased {
        entry: id(1),
        reason: String::new(),
    });
    let mut entries = vec![(1, 1, INES, disposition(7, "q9", 1)), (2, 2, INES, erase)];
    let team = of(&entries);
    assert_eq!(team.dispositions(id(1), id(7), "q9").count(), 0);
    assert!(team.is_erased(id(1)));
    entries.reverse();
    assert_eq!(of(&entries), team);
    assert_eq!(of(&entries[..1]), team);
}
