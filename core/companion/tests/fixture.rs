//! The first released database still opens, with everything in it.

mod support;

use std::path::PathBuf;

use handrail_companion::view::{AnswerValue, SentState, Standing};

use support::PhoneHome;
use support::clinic::{Clinic, enrolled};

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Writes `v1.sqlite` and `v1.key`. Not to be run after the first release: add a `v2` beside it.
#[test]
#[ignore = "makes the fixture"]
fn make_the_first_database() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let number = |number| Some(AnswerValue::Number { number });
    let sent = phone.start_check_in("gad7").expect("a form");
    phone
        .answer(&sent.check_in, "q1", number(2))
        .expect("answered");
    phone.submit(&sent.check_in).expect("handed in");
    phone.sync().expect("synced");
    let waiting = phone.start_check_in("phq9").expect("a form");
    phone
        .answer(&waiting.check_in, "q9", number(1))
        .expect("answered");
    phone.submit(&waiting.check_in).expect("handed in");
    let half = phone.start_check_in("daily-check-in").expect("a form");
    phone
        .answer(&half.check_in, "mood", number(6))
        .expect("answered");
    phone.close();
    let folder = fixtures();
    std::fs::create_dir_all(&folder).expect("the folder");
    std::fs::copy(home.folder().join("phone.sqlite"), folder.join("v1.sqlite")).expect("copied");
    std::fs::copy(home.key_file(), folder.join("v1.key")).expect("copied");
}

#[test]
fn the_first_database_opens_with_everything_in_it() {
    let home = PhoneHome::new();
    std::fs::create_dir_all(home.folder()).expect("a folder");
    std::fs::copy(
        fixtures().join("v1.sqlite"),
        home.folder().join("phone.sqlite"),
    )
    .expect("copied");
    std::fs::copy(fixtures().join("v1.key"), home.key_file()).expect("copied");
    let phone = home.open();
    assert!(matches!(phone.standing(), Standing::Enrolled { .. }));
    let receipts = phone.check_ins(10).expect("receipts");
    assert_eq!(receipts.len(), 2);
    let mut unsent = receipts
        .iter()
        .filter(|one| one.sent == SentState::OnThisPhone);
    assert_eq!(unsent.next().expect("the second").form, "phq9");
    assert_eq!(phone.today().expect("today").unsent, 2);
    assert_eq!(phone.today().expect("today").week, Some(4));
    let half = phone.start_check_in("daily-check-in").expect("a form");
    let mood = half
        .questions
        .iter()
        .find(|question| question.link_id == "mood");
    assert_eq!(
        mood.expect("asked").answer,
        Some(AnswerValue::Number { number: 6 })
    );
}
