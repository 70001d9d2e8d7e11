//! Envelope, bodies and the table of who may write what.

use super::*;
use proptest::prelude::*;

#[test]
fn an_unknown_kind_survives_byte_for_byte() {
    let text = r#"{"v":1,"id":"BwcHBwcHBwcHBwcHBwcHBw","at":5,"zone":"UTC","by":"CAgICAgICAgICAgICAgICA","kind":"from-the-future","body":{"z":1.50,"a":[1, 2 ,{"ü":"\u00fc"}],"z":2}}"#;
    let entry = Entry::parse(text.as_bytes()).expect("an entry");
    assert_eq!(entry.body(), Ok(None));
    assert_eq!(entry.to_bytes(), text.as_bytes());
}

#[test]
fn what_is_no_entry_has_a_code() {
    for (text, error) in [
        ("", EntryError::Malformed),
        ("[]", EntryError::Malformed),
        ("{}", EntryError::Malformed),
        (
            r#"{"v":9,"id":"BwcHBwcHBwcHBwcHBwcHBw","at":5,"zone":"UTC","by":"CAgICAgICAgICAgICAgICA","kind":"x","body":{}}"#,
            EntryError::UnknownVersion,
        ),
    ] {
        assert_eq!(Entry::parse(text.as_bytes()), Err(error), "{text}");
    }
    let bad = r#"{"v":1,"id":"BwcHBwcHBwcHBwcHBwcHBw","at":5,"zone":"UTC","by":"CAgICAgICAgICAgICAgICA","kind":"opened","body":{"entries":7}}"#;
    let entry = Entry::parse(bad.as_bytes()).expect("an envelope");
    assert_eq!(entry.body(), Err(EntryError::BadBody));
}

/// The whole table, author by author: a new kind must be added here on purpose.
#[test]
fn who_may_write_what() {
    let id = Id([1; 16]);
    let authors = [
        Author::Patient,
        Author::Family,
        Author::Clinician(id),
        Author::FrontDesk(id),
        Author::Administrator(id),
    ];
    let table = |class| {
        authors.map(|author| {
            KINDS
                .iter()
                .copied()
                .filter(|kind| may_write(class, author, kind))
                .collect::<Vec<_>>()
        })
    };
    let [patient, family, clinician, front_desk, administrator] = table(Class::Care);
    assert_eq!(
        patient,
        [
            "device",
            "check-in",
            "consented",
            "scoring-facts",
            "homework-logged",
            "treatment-part-one",
            "goal-rated",
            "safety-plan",
            "transition-plan",
            "plan-acknowledged",
            "hand-off-marked",
            "sharing",
            "sharing-ended",
            "family-consent-withdrawn",
            "help-asked"
        ]
    );
    assert_eq!(family, ["device"]);
    assert_eq!(front_desk, Vec::<&str>::new());
    assert!(!clinician.contains(&"check-in") && clinician.contains(&"device-lost"));
    assert_eq!(clinician, administrator);
    let [patient, family, staff, front_desk, _] = table(Class::Family);
    assert_eq!(
        patient,
        ["device", "shared", "shared-withdrawn", "shared-opened"]
    );
    assert_eq!(family, ["device", "shared-opened"]);
    // Only the patient shares: no guardian and no clinician is given anything by staff.
    assert!(!staff.contains(&"shared") && staff.contains(&"guest-invited"));
    assert_eq!(front_desk, Vec::<&str>::new());
    let [patient, family, clinician, front_desk, administrator] = table(Class::Library);
    assert!(patient.is_empty() && family.is_empty() && front_desk.is_empty());
    assert!(!clinician.contains(&"staff") && administrator.contains(&"staff"));
    let [patient, family, _, front_desk, _] = table(Class::Roster);
    assert!(patient.is_empty() && family.is_empty());
    assert_eq!(front_desk, ["person", "attendance"]);
    let [patient, family, _, front_desk, _] = table(Class::Team);
    assert!(patient.is_empty() && family.is_empty() && front_desk.is_empty());
    assert!(may_write(Class::Care, Author::Patient, "from-the-future"));
}

proptest! {
    #[test]
    fn any_bytes_end_in_a_typed_answer(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(entry) = Entry::parse(&bytes) {
            let _ = entry.body();
        }
    }
}

/// Any JSON, written with any spacing between its tokens.
fn json() -> impl Strategy<Value = String> {
    let space = || prop::sample::select(vec!["", " ", "\n", "\t ", "\r\n"]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|yes| yes.to_string()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?",
        "[a-zäß😀 /]{0,12}(\\\\u00[0-7][0-9a-f]|\\\\n|\\\\\"|\\\\/)?"
            .prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        let key = "\"[a-c]\"";
        let list = proptest::collection::vec((space(), inner.clone()), 0..4);
        let fields = proptest::collection::vec((space(), key, inner), 0..4);
        prop_oneof![
            (list, space()).prop_map(|(items, end)| {
                let items: Vec<_> = items
                    .iter()
                    .map(|(s, item)| format!("{s}{item}{s}"))
                    .collect();
                format!("[{}{end}]", items.join(","))
            }),
            (fields, space()).prop_map(|(fields, end)| {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(s, key, value)| format!("{s}{key}{s}:{s}{value}"))
                    .collect();
                format!("{{{}{end}}}", fields.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_body_of_an_unknown_kind_survives_byte_for_byte(
        body in json(),
        id in any::<[u8; 16]>(),
        at in any::<i64>(),
        zone in "[ -~ä]{0,40}",
        kind in "future-[a-z]{1,12}",
        seen in any::<Option<([u8; 16], u64, [u8; 32])>>(),
    ) {
        let entry = Entry {
            v: VERSION,
            id: Id(id),
            at,
            zone: zone.into(),
            by: Id(id),
            seen: seen.map(|(g, n, h)| Seen { g: Id(g), n, h }),
            kind: kind.into(),
            body: RawValue::from_string(body.clone()).expect("JSON"),
        };
        let bytes = entry.to_bytes();
        let read = Entry::parse(&bytes).expect("an entry");
        prop_assert_eq!(&read, &entry);
        prop_assert_eq!(read.body.get(), body.trim());
        prop_assert_eq!(read.to_bytes(), bytes);
        prop_assert_eq!(read.body(), Ok(None));
    }
}

#[test]
fn a_newer_envelope_is_told_from_a_broken_one() {
    for (text, error) in [
        (r#"{"v":2,"sealed":true}"#, EntryError::UnknownVersion),
        (r#"{"v":300}"#, EntryError::UnknownVersion),
        (r#"{"v":1}"#, EntryError::Malformed),
        (r#"{"v":-1}"#, EntryError::Malformed),
        (r#"{"v":"2"}"#, EntryError::Malformed),
    ] {
        assert_eq!(Entry::parse(text.as_bytes()), Err(error), "{text}");
    }
}

#[test]
fn classes_have_a_word_each() {
    for word in ["care", "family", "library", "roster", "team"] {
        assert_eq!(Class::parse(word).map(Class::as_str), Some(word));
    }
    assert_eq!(Class::parse("Care"), None);
}
