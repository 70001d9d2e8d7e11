//! A long answer is read by two threads. What it comes to must be what one thread finds in the store
//! when the app opens again: the same facts, the same entries put aside.

mod support;

use handrail_care::checkin::{Answer, Answers};
use handrail_care::entry::Body;
use handrail_care::id::Id;
use handrail_care::patient::{Erased, Opened};
use handrail_companion::view::{CheckInReceipt, SentState, SyncOutcome};
use handrail_companion::{Companion, WholeCheckIn};

use support::PhoneHome;
use support::clinic::{Clinic, enrolled, random_id};

fn sheet(value: i64) -> WholeCheckIn {
    let mut answers = Answers::default();
    for item in 1..=7 {
        answers.set(format!("q{item}"), Answer::Value(value % 4));
    }
    WholeCheckIn {
        form: "gad7".to_owned(),
        answers,
    }
}

/// What a phone makes of its mailbox: receipts, and reasons of what was put aside.
fn standing(phone: &Companion) -> (Vec<CheckInReceipt>, Vec<(String, String)>) {
    let aside = phone.sync_status().expect("open").quarantined;
    let mut aside: Vec<_> = aside
        .into_iter()
        .map(|one| (one.entry, one.reason))
        .collect();
    aside.sort();
    (phone.check_ins(u32::MAX).expect("open"), aside)
}

#[test]
fn what_two_threads_read_is_what_one_finds_in_the_store() {
    let clinic = Clinic::new();
    let writing = PhoneHome::new();
    let writer = enrolled(&clinic, &writing);
    let erase = |entry| {
        let reason = "wrong patient".to_owned();
        clinic.write(&clinic.care, &Body::Erase(Erased { entry, reason }));
    };
    // Among 400 check-ins of a phone: receipts, entries of nobody, forged ones, erased ones. An entry
    // may be erased before it comes, and after it.
    let later = random_id();
    erase(later);
    let mut opened = Vec::new();
    for round in 0..8 {
        let sheets: Vec<_> = (0..50).map(|one| sheet(round + one)).collect();
        writer.write_check_ins(&sheets).expect("saved");
        writer.sync().expect("enrolled");
        let entries: Vec<Id> = clinic
            .opened(&clinic.care)
            .iter()
            .filter(|entry| entry.kind == "check-in")
            .map(|entry| entry.id)
            .collect();
        opened.push(entries[entries.len() - 7]);
        let body = Body::Opened(Opened {
            entries: opened.clone(),
        });
        clinic.write(&clinic.care, &body);
        clinic.write_as(&clinic.care, &body, None, clinic.id(), None);
        clinic.append(&clinic.care, random_id(), b"nothing", Some(&clinic.staff));
        erase(entries[entries.len() - 3]);
    }
    clinic.append(&clinic.care, later, b"never read", Some(&clinic.staff));

    let home = PhoneHome::new();
    let reader = home.open();
    let (link, code) = clinic.invite();
    reader
        .enrol(&link, &code, "Tablet", "ios")
        .expect("enrolled");
    let report = reader.sync().expect("enrolled");
    assert_eq!(report.outcome, SyncOutcome::UpToDate);
    let read = standing(&reader);
    assert_eq!(read.0.len(), 400 - 8, "eight are erased");
    assert_eq!(read.1.len(), 16, "eight are forged, eight are no entries");
    let seen = read
        .0
        .iter()
        .filter(|one| matches!(one.sent, SentState::Opened { .. }))
        .count();
    assert_eq!(seen, 8);

    reader.close();
    drop(reader);
    assert_eq!(standing(&home.open()), read);
    // The control: one entry less, and it is seen.
    let one = clinic.opened(&clinic.care);
    let one = one.iter().rfind(|entry| entry.kind == "check-in");
    erase(one.expect("many").id);
    let again = home.open();
    again.sync().expect("enrolled");
    assert_ne!(standing(&again), read);
}
