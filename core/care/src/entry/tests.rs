//! Envelope, bodies and the table of who may write what.

use super::*;
use proptest::prelude::*;

/// An entry as JSON says it.
fn from_json(text: &str) -> Entry {
    serde_json::from_str(text).expect("an entry")
}

#[test]
fn an_unknown_kind_survives_byte_for_byte() {
    let text = r#"{"v":1,"id":"BwcHBwcHBwcHBwcHBwcHBw","at":5,"zone":"UTC","by":"CAgICAgICAgICAgICAgICA","kind":"from-the-future","body":{"z":1.5,"a":[1,2,{"ü":"ü","by":"CAgICAgICAgICAgICAgICA"}]}}"#;
    let bytes = from_json(text).to_bytes();
    let entry = Entry::parse(&bytes).expect("an entry");
    assert_eq!(entry.body(), Ok(None));
    assert_eq!(entry.to_bytes(), bytes);
    assert_eq!(serde_json::to_string(&entry).expect("JSON"), text);
}

/// The bytes of an envelope with these fields.
fn envelope(fields: &impl Serialize) -> Vec<u8> {
    packed::to_vec(fields).expect("plain values")
}

#[test]
fn what_is_no_entry_has_a_code() {
    let id = Id([7; 16]);
    for (bytes, error) in [
        (vec![], EntryError::Malformed),
        (b"{}".to_vec(), EntryError::Malformed),
        (envelope(&()), EntryError::Malformed),
        (envelope(&[(); 0]), EntryError::Malformed),
        (
            envelope(&(1, id, 5, "UTC", id, (), "x")),
            EntryError::Malformed,
        ),
        (
            envelope(&(1, id, 5, "UTC", id, (), "x", (), ())),
            EntryError::Malformed,
        ),
        (
            envelope(&(9, id, 5, "UTC", id, (), "x", ())),
            EntryError::UnknownVersion,
        ),
    ] {
        assert_eq!(Entry::parse(&bytes), Err(error), "{bytes:02x?}");
    }
    let bytes = envelope(&(1, id, 5, "UTC", id, (), "opened", [7]));
    let entry = Entry::parse(&bytes).expect("an envelope");
    assert_eq!(entry.body(), Err(EntryError::BadBody));
    for cut in 0..bytes.len() {
        assert_eq!(Entry::parse(&bytes[..cut]), Err(EntryError::Malformed));
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Entry::parse(&longer), Err(EntryError::Malformed));
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

/// Any JSON.
pub(crate) fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-70_000..70_000_i64).prop_map(Value::from),
        // Quarters: what JSON's texts hold without rounding.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
        "[a-zäß😀 /\"\\\\]{0,30}".prop_map(Value::from),
        any::<[u8; 16]>().prop_map(|id| Value::from(Id(id).to_string())),
        any::<[u8; 32]>().prop_map(|head| data_encoding::BASE64URL_NOPAD.encode(&head).into()),
        "[A-Za-z0-9_-]{22}|[A-Za-z0-9_-]{43}|phq9|q1|safety|note".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 60, 30, move |inner| {
        let key = "[a-c]|q[0-9]|note|[A-Za-z0-9_-]{22}|[0-9]{1,3}";
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..30).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..30)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
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
            body: Packed::of(&body),
        };
        let bytes = entry.to_bytes();
        let read = Entry::parse(&bytes).expect("an entry");
        prop_assert_eq!(&read, &entry);
        prop_assert_eq!(read.to_bytes(), bytes);
        prop_assert_eq!(read.body(), Ok(None));
        let json = serde_json::to_string(&read).expect("JSON");
        prop_assert_eq!(from_json(&json), entry);
    }
}

#[test]
fn a_newer_envelope_is_told_from_a_broken_one() {
    for (bytes, error) in [
        (envelope(&(2, true)), EntryError::UnknownVersion),
        (envelope(&(300,)), EntryError::UnknownVersion),
        // What comes after the version is not looked at.
        (vec![0x82, 0x02, 0xff], EntryError::UnknownVersion),
        (envelope(&(1,)), EntryError::Malformed),
        (envelope(&(-1,)), EntryError::Malformed),
        (envelope(&("2",)), EntryError::Malformed),
    ] {
        assert_eq!(Entry::parse(&bytes), Err(error), "{bytes:02x?}");
    }
}

#[test]
fn classes_have_a_word_each() {
    for word in ["care", "family", "library", "roster", "team"] {
        assert_eq!(Class::parse(word).map(Class::as_str), Some(word));
    }
    assert_eq!(Class::parse("Care"), None);
}
