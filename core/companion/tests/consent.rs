//! The text that a patient reads before anything is written.

mod support;

use handrail_care::consent::VERSION;
use handrail_companion::CompanionError;

use support::PhoneHome;
use support::clinic::{Clinic, enrolled};

#[test]
fn it_is_read_once_and_again_after_a_change() {
    let (clinic, home) = (Clinic::new(), PhoneHome::new());
    let phone = enrolled(&clinic, &home);
    let text = phone.consent().expect("enrolled");
    assert_eq!(
        (text.version.as_str(), text.acknowledged_at),
        (VERSION, None)
    );
    assert!(text.lines[0].contains("around the clock"));
    // Nothing waits for it.
    assert!(phone.start_check_in("gad7").is_ok());

    assert_eq!(
        phone.acknowledge_consent("0"),
        Err(CompanionError::NotFound)
    );
    let saved = phone.acknowledge_consent(VERSION).expect("saved");
    assert_eq!(phone.acknowledge_consent(VERSION), Ok(saved));
    assert!(phone.consent().expect("enrolled").acknowledged_at.is_some());
    phone.sync().expect("enrolled");
    let kinds: Vec<_> = clinic
        .opened(&clinic.care)
        .into_iter()
        .filter(|entry| entry.kind == "consented")
        .collect();
    assert_eq!(kinds.len(), 1, "written once");
    let other = phone.consent().expect("enrolled");
    phone.set_language("es");
    assert_ne!(phone.consent().expect("enrolled").lines, other.lines);
}
