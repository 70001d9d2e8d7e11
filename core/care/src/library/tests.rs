//! The newest holds, in whatever order entries arrive; what was offered first and placed later counts
//! once.

use proptest::prelude::*;

use super::*;
use crate::patient::Erased;
use crate::program::{Mode, ProgramKind, SessionChange, TrackChange};
use crate::testing::*;

fn piece(slug: &str, title: &str) -> Body {
    Body::Education(Education {
        slug: slug.to_owned(),
        title: title.to_owned(),
        summary: String::new(),
        minutes: 1,
        family: false,
        markdown: "Text".to_owned(),
    })
}

fn staff(member: u8, name: &str) -> Body {
    Body::Staff(Staff {
        id: id(member),
        name: name.to_owned(),
        title: String::new(),
        role: Role::Clinician,
        certificate: String::new(),
    })
}

fn removed(member: u8) -> Body {
    Body::StaffRemoved(StaffRemoved {
        id: id(member),
        removal: String::new(),
    })
}

fn cancelled(day: &str) -> Body {
    Body::SessionChanged(TrackChange {
        track: TRACK,
        change: SessionChange::Cancelled {
            original_date: date(day),
            original_start: None,
            reason: None,
        },
    })
}

fn restored(day: &str) -> Body {
    Body::SessionChanged(TrackChange {
        track: TRACK,
        change: SessionChange::Restored {
            original_date: date(day),
            original_start: None,
        },
    })
}

fn clinic(name: &str) -> Body {
    Body::Clinic(Clinic {
        name: name.to_owned(),
        time_zone: NEW_YORK.to_owned(),
        phone: String::new(),
        hours: String::new(),
    })
}

fn erase(entry: u8) -> Body {
    Body::Erase(Erased {
        entry: id(entry),
        reason: String::new(),
    })
}

fn put(library: &mut Library, number: u8, seq: u64, body: &Body) {
    let entry = Entry::new(id(number), i64::from(number), "UTC", INES, None, body);
    library.apply(seq, &entry, body.clone());
}

fn of(entries: &[(u8, u64, Body)]) -> Library {
    let mut library = Library::default();
    for (number, seq, body) in entries {
        put(&mut library, *number, *seq, body);
    }
    library
}

fn titles(library: &Library) -> Vec<&str> {
    let pieces = library.education().into_iter();
    pieces.map(|piece| piece.title.as_str()).collect()
}

/// The console shows what it wrote at once; when the clinic has placed it, a colleague's later entry
/// must win, and the change must not count twice.
#[test]
fn written_here_then_placed_counts_once() {
    const UNSENT: u64 = u64::MAX;
    let mut library = of(&[
        (1, UNSENT, clinic("Mine")),
        (2, UNSENT, cancelled("2026-11-23")),
    ]);
    assert_eq!(
        library.clinic().map(|clinic| clinic.name.as_str()),
        Some("Mine")
    );
    put(&mut library, 1, 4, &clinic("Mine"));
    put(&mut library, 2, 5, &cancelled("2026-11-23"));
    put(&mut library, 3, 6, &clinic("A colleague's"));
    put(&mut library, 4, 7, &restored("2026-11-23"));
    assert_eq!(
        library.clinic().map(|clinic| clinic.name.as_str()),
        Some("A colleague's")
    );
    let changes = library.changes(TRACK);
    assert_eq!(changes.len(), 2);
    assert!(matches!(changes[1], SessionChange::Restored { .. }));
    assert!(library.changes(id(1)).is_empty());
}

#[test]
fn pieces_keep_the_order_of_their_first_edition() {
    let library = of(&[
        (1, 1, piece("b", "B")),
        (2, 2, piece("a", "A")),
        (3, 3, piece("b", "B, second edition")),
    ]);
    assert_eq!(titles(&library), ["B, second edition", "A"]);
}

#[test]
fn staff_who_left_keep_their_name() {
    let library = of(&[
        (1, 1, staff(1, "Ines")),
        (2, 2, staff(2, "Tomas")),
        (3, 3, removed(1)),
        (4, 4, staff(1, "Ines B.")),
        (5, 5, removed(1)),
    ]);
    let at_work: Vec<_> = library.staff_at_work().map(|staff| staff.id).collect();
    assert_eq!(at_work, [id(2)]);
    assert_eq!(library.staff_name(id(1)), "Ines B.");
    assert_eq!(library.staff_name(id(9)), "someone at the clinic");
}

#[test]
fn an_erased_entry_gives_way_to_the_one_before() {
    let library = of(&[
        (1, 1, piece("a", "First")),
        (2, 2, piece("a", "Second")),
        (3, 3, erase(2)),
    ]);
    assert_eq!(titles(&library), ["First"]);
    assert!(library.is_erased(id(2)) && !library.is_erased(id(1)));
}

#[test]
fn programs_tracks_and_contacts() {
    let program = |name: &str| {
        Body::Program(Program {
            id: id(1),
            name: name.to_owned(),
            kind: ProgramKind::MentalHealth,
            time_zone: NEW_YORK.to_owned(),
            phone: String::new(),
            hours: String::new(),
            weekly_minimum: None,
        })
    };
    let hybrid = Track {
        mode: Mode::Hybrid,
        ..morning()
    };
    let library = of(&[
        (1, 1, program("Old")),
        (2, 2, program("New")),
        (3, 3, Body::Track(hybrid)),
        (4, 2, Body::Track(morning())),
        (
            5,
            5,
            Body::CrisisContacts(crate::help::shipped("US").expect("ships")),
        ),
    ]);
    let names: Vec<_> = library
        .programs()
        .map(|program| program.name.as_str())
        .collect();
    assert_eq!(names, ["New"]);
    assert_eq!(library.tracks().count(), 1);
    assert_eq!(
        library.track(TRACK).map(|track| track.mode),
        Some(Mode::Hybrid)
    );
    assert_eq!(
        library.crisis().map(|pack| pack.country.as_str()),
        Some("US")
    );
}

fn body() -> impl Strategy<Value = Body> {
    (0usize..7, 0u8..4, 0u8..12).prop_map(|(kind, one, entry)| match kind {
        0 => clinic(&one.to_string()),
        1 => staff(one, &entry.to_string()),
        2 => removed(one),
        3 => piece(&one.to_string(), &entry.to_string()),
        4 => cancelled("2026-11-23"),
        5 => restored("2026-11-23"),
        _ => erase(entry),
    })
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter(
        (entries, shuffled) in proptest::collection::vec(body(), 1..12)
            .prop_map(|bodies| {
                (0u8..).zip(bodies).map(|(number, body)| (number, u64::from(number), body)).collect::<Vec<_>>()
            })
            .prop_flat_map(|entries| {
                let unsent = entries.iter().map(|(number, _, body)| (*number, u64::MAX, body.clone()));
                let twice: Vec<_> = entries.iter().cloned().chain(unsent).collect();
                (Just(entries), Just(twice).prop_shuffle())
            }),
    ) {
        prop_assert_eq!(of(&entries), of(&shuffled));
    }
}
