//! The newest holds, in whatever order entries arrive.

use super::*;
use crate::patient::Erased;
use crate::testing::id;

fn person(care: u8, name: &str) -> Body {
    Body::Person(Person {
        care: id(care),
        name: name.to_owned(),
        phone: String::new(),
        born: String::new(),
    })
}

fn member(mailbox: u8, of: u8, name: &str) -> Body {
    Body::FamilyMember(FamilyMember {
        mailbox: id(mailbox),
        of: id(of),
        name: name.to_owned(),
        relation: "Sister".to_owned(),
        consented_at: 1,
        how: crate::family::ConsentHow::Spoken,
        guardian: false,
        ended_at: None,
    })
}

fn mark(session: &str, attendance: Attendance) -> Body {
    Body::Attendance(AttendanceMarked {
        person: id(1),
        session: session.to_owned(),
        attendance,
        minutes: None,
    })
}

fn of(entries: &[(u8, u64, Body)]) -> Roster {
    let mut roster = Roster::default();
    for (number, seq, body) in entries {
        let entry = Entry::new(id(*number), 0, "UTC", id(200), None, body);
        roster.apply(*seq, &entry, body.clone());
    }
    roster
}

#[test]
fn everyone_by_name_as_last_written() {
    let mut entries = vec![
        (1, 1, person(1, "Zoe")),
        (2, 2, person(2, "Ben")),
        (3, 3, person(1, "Ana")),
        (4, 4, person(3, "Ben")),
        (5, 5, member(50, 1, "Ilse")),
        (6, 6, member(51, 2, "Jan")),
    ];
    for _ in 0..2 {
        let roster = of(&entries);
        let names: Vec<_> = roster
            .people()
            .into_iter()
            .map(|person| (person.name.as_str(), person.care))
            .collect();
        assert_eq!(names, [("Ana", id(1)), ("Ben", id(2)), ("Ben", id(3))]);
        assert_eq!(roster.family_of(id(1)).count(), 1);
        assert_eq!(roster.family().count(), 2);
        assert_eq!(roster.person(id(9)), None);
        entries.reverse();
    }
}

/// A mark made here and placed later gives way to a colleague's correction.
#[test]
fn a_correction_wins_over_a_mark_made_here() {
    let made_here = mark("s", Attendance::Absent);
    let entries = [
        (1, u64::MAX, made_here.clone()),
        (1, 4, made_here),
        (2, 5, mark("s", Attendance::Late)),
        (3, 6, mark("t", Attendance::Excused)),
    ];
    assert_eq!(
        of(&entries[..1]).attendance(id(1), "s"),
        Some(Attendance::Absent)
    );
    let roster = of(&entries);
    assert_eq!(roster.attendance(id(1), "s"), Some(Attendance::Late));
    assert_eq!(roster.attendance(id(1), "u"), None);
    assert_eq!(roster.attendance(id(2), "s"), None);
    let mut reversed = entries.to_vec();
    reversed.reverse();
    assert_eq!(of(&reversed), roster);
}

#[test]
fn erased_marks_and_people_are_gone() {
    let erase = |entry| {
        Body::Erase(Erased {
            entry: id(entry),
            reason: String::new(),
        })
    };
    let mut entries = vec![
        (1, 1, mark("s", Attendance::Absent)),
        (2, 2, person(1, "Mara")),
        (3, 3, erase(1)),
        (4, 4, erase(2)),
    ];
    let roster = of(&entries);
    assert_eq!(roster.attendance(id(1), "s"), None);
    assert!(roster.people().is_empty() && roster.is_erased(id(1)));
    entries.reverse();
    assert_eq!(of(&entries), roster);
    assert_eq!(of(&entries[..2]), roster);
}
