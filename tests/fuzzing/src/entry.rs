//! One entry as it stands inside the seal: the envelope, and the body of every kind.
//!
//! Input: an entry as it is packed; or, when the first byte is below 128, a kind (place in the list) and
//! the body's JSON, which is packed here.

use handrail_care::chart::{Chart, Place};
use handrail_care::entry::{
    Author, Body, Class, Entry, EntryError, KINDS, VERSION, may_write, sealed_floor,
};
use handrail_care::id::Id;
use handrail_care::packed::Packed;
use handrail_mailbox::sealed_size;
use handrail_wire::limits;

use crate::input::text;

/// A staff member.
pub const STAFF: Id = Id([0xb0; 16]);
const AUTHORS: [Author; 5] = [
    Author::Patient,
    Author::Family,
    Author::Clinician(STAFF),
    Author::FrontDesk(STAFF),
    Author::Administrator(STAFF),
];
const CLASSES: [Class; 5] = [
    Class::Care,
    Class::Family,
    Class::Library,
    Class::Roster,
    Class::Team,
];

/// See the module.
pub fn entry(input: &[u8]) {
    match input.split_first() {
        Some((first, body)) if *first < 0x80 => {
            let kind = KINDS[usize::from(*first) % KINDS.len()];
            if let Some(entry) = text(body).and_then(|body| around(kind, body, 1)) {
                check(&entry.to_bytes());
            }
        }
        _ => check(input),
    }
}

/// An entry around a body's JSON; `None` when that is not JSON.
pub fn around(kind: &str, body: &str, number: u8) -> Option<Entry> {
    let body: Packed = serde_json::from_str(body).ok()?;
    Some(Entry {
        v: VERSION,
        id: Id([number; 16]),
        at: 1_795_269_600_000 + 60_000 * i64::from(number),
        zone: "America/New_York".into(),
        by: STAFF,
        seen: None,
        kind: kind.into(),
        body,
    })
}

/// Somebody who may write this kind somewhere, staff before phones.
pub fn writer(class: Class, kind: &str) -> Option<Author> {
    let mut authors = AUTHORS.iter().rev().copied();
    authors.find(|author| may_write(class, *author, kind))
}

fn check(bytes: &[u8]) {
    let entry = match Entry::parse(bytes) {
        Ok(entry) => entry,
        Err(error) => {
            assert_ne!(error, EntryError::BadBody, "a word about the body alone");
            return;
        }
    };
    assert_eq!(entry.v, VERSION);
    let written = entry.to_bytes();
    let again = Entry::parse(&written).expect("an entry that was read is read again");
    assert_eq!(again, entry);
    assert_eq!(again.to_bytes(), written, "written in one way");

    let body = entry.body();
    let known = KINDS.contains(&entry.kind.as_str());
    assert_eq!(
        matches!(body, Ok(None)),
        !known,
        "known kinds, and no others"
    );
    for class in CLASSES {
        let anyone = AUTHORS.map(|author| may_write(class, author, &entry.kind));
        assert!(known || anyone == [true; 5], "a newer kind is kept");
    }
    folds(&entry);
    if let Ok(Some(body)) = body {
        check_body(&entry, &body);
    }
}

fn check_body(entry: &Entry, body: &Body) {
    assert_eq!(body.kind(), entry.kind);
    let made = Entry::new(entry.id, entry.at, &entry.zone, entry.by, entry.seen, body);
    let again = made.body();
    assert_eq!(again.as_ref(), Ok(&Some(body.clone())), "read back");
    let rewritten = Entry::new(
        entry.id,
        entry.at,
        &entry.zone,
        entry.by,
        entry.seen,
        &again.expect("just compared").expect("just compared"),
    );
    assert_eq!(rewritten.to_bytes(), made.to_bytes(), "written in one way");
    // Padding a small entry to its form's size never makes it one that is refused for its size.
    let floor = sealed_floor(body);
    assert!(sealed_size(0, true, floor) <= limits::ENTRY);
}

/// The fold takes any entry, says what it did, and does it once.
fn folds(entry: &Entry) {
    for class in [Class::Care, Class::Family] {
        for author in AUTHORS {
            let mut chart = Chart::default();
            let applied = chart.apply(class, entry, author, Place::at(1, entry.at));
            let once = chart.clone();
            assert_eq!(
                chart.apply(class, entry, author, Place::at(1, entry.at)),
                applied
            );
            assert!(chart == once, "applied twice, another chart");
        }
    }
}
