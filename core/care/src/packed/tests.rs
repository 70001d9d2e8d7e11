//! Golden bytes, both directions, and what is refused.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::id::Id;

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

#[test]
fn golden_bytes() {
    for (value, bytes) in [
        (json!(0), "00"),
        (json!(23), "17"),
        (json!(24), "1818"),
        (json!(256), "190100"),
        (json!(65_536), "1a00010000"),
        (json!(1_795_269_600_000_i64), "1b000001a1fe682300"),
        (json!(-1), "20"),
        (json!(-300), "39012b"),
        (json!(i64::MIN), "3b7fffffffffffffff"),
        (json!(1.5), "fb3ff8000000000000"),
        (json!(null), "f6"),
        (json!([true, false]), "82f5f4"),
        (json!("hm"), "62686d"),
        (json!("q1"), "ea"),
        (json!("note"), "f832"),
        (json!({"q1": 3, "x": {}}), "a2ea036178a0"),
        (
            json!("BwcHBwcHBwcHBwcHBwcHBw"),
            "5007070707070707070707070707070707",
        ),
    ] {
        assert_eq!(hex(Packed::of(&value).bytes()), bytes, "{value}");
        let read: Value = Packed::of(&value).read().expect("just packed");
        assert_eq!(read, value);
    }
    // The last letter holds bits that no 16 bytes have: a text like any other.
    let letters = "BwcHBwcHBwcHBwcHBwcHBx";
    let expected = format!("76{}", hex(letters.as_bytes()));
    assert_eq!(hex(Packed::of(letters).bytes()), expected);
}

/// An identifier and its text are one thing, also as a key and inside of a tagged enum, which serde reads
/// by way of its own buffer.
#[test]
fn identifiers_are_bytes_wherever_they_stand() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "what", rename_all = "kebab-case")]
    enum Tagged {
        One { id: Id, n: u8 },
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Plain {
        Bare,
        New(Id),
        Pair(Id, u8),
        Named { id: Id },
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        ids: BTreeMap<Id, Option<Id>>,
        numbers: BTreeMap<u32, i8>,
        tagged: Vec<Tagged>,
        plain: Vec<Plain>,
        unit: (),
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }
    let id = Id([9; 16]);
    let all = All {
        ids: BTreeMap::from([(id, Some(id)), (Id([10; 16]), None)]),
        numbers: BTreeMap::from([(70_000, -1)]),
        tagged: vec![Tagged::One { id, n: 200 }],
        plain: vec![
            Plain::Bare,
            Plain::New(id),
            Plain::Pair(id, 1),
            Plain::Named { id },
        ],
        unit: (),
        rest: BTreeMap::from([("more".to_owned(), json!([id.to_string(), 1.5]))]),
    };
    let packed = Packed::of(&all);
    assert_eq!(packed.read::<All>().ok().as_ref(), Some(&all));
    let value: Value = packed.read().expect("values");
    assert_eq!(value, serde_json::to_value(&all).expect("JSON"));
    assert_eq!(Packed::of(&value), packed, "through JSON to the same bytes");
    let text = id.to_string();
    assert!(
        !packed
            .bytes()
            .windows(22)
            .any(|part| part == text.as_bytes())
    );
}

#[test]
fn what_is_not_packed_is_refused() {
    let deep = |levels: usize| [vec![0x81; levels], vec![0]].concat();
    let mut bad: Vec<Vec<u8>> = [
        "",
        "18",
        "1800",
        "1817",
        "190001",
        "1a00000001",
        "1b0000000000000001",
        "1c",
        "3b8000000000000000",
        "40",
        "41aa",
        "5f",
        "7f",
        "9f00ff",
        "bf00ff",
        "c000",
        "d9d9f700",
        "f7",
        "f4f4",
        "f800",
        "f81f",
        "f8ff",
        "f5f4",
        "fa3fc00000",
        "fb7ff0000000000000",
        "fb7ff8000000000000",
        "61ff",
        "6261",
        "82",
        "8201",
        "a1",
        "a101",
        "a1616100f6",
        "a10102",
        "9b7fffffffffffffff",
        "bb7fffffffffffffff",
    ]
    .iter()
    .map(|text| {
        data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .expect("hex")
    })
    .collect();
    bad.push(deep(usize::from(DEPTH) + 1));
    for bytes in bad {
        assert_eq!(
            from_slice::<Value>(&bytes),
            Err(BadPacked),
            "{}",
            hex(&bytes)
        );
    }
    let deepest = deep(usize::from(DEPTH));
    assert!(from_slice::<Value>(&deepest).is_ok());
    assert!(Packed::from_bytes(&deepest).is_ok());
    assert!(Packed::from_bytes(&deep(usize::from(DEPTH) + 1)).is_err());
    assert!(to_vec(&f64::NAN).is_err());
}

#[test]
fn a_wrong_type_is_refused() {
    let packed = Packed::of(&json!({"n": -1, "id": "short"}));
    assert_eq!(packed.read::<BTreeMap<String, u8>>(), Err(BadPacked));
    assert_eq!(packed.read::<Vec<u8>>(), Err(BadPacked));
    assert!(Packed::of("short").read::<Id>().is_err());
    assert!(Packed::of(&[7; 16]).read::<Id>().is_err());
    let head = data_encoding::BASE64URL_NOPAD.encode(&[1; 32]);
    assert!(Packed::of(&head).read::<Id>().is_err(), "of another length");
    assert_eq!(Packed::of(&head).read::<String>(), Ok(head));
}

proptest! {
    #[test]
    fn json_comes_back_as_it_was(value in crate::entry::tests::json()) {
        let packed = Packed::of(&value);
        prop_assert_eq!(packed.read::<Value>(), Ok(value));
        prop_assert_eq!(Packed::from_bytes(packed.bytes()).ok(), Some(packed.clone()));
        let text = serde_json::to_string(&packed).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Packed>(&text).ok(), Some(packed));
    }

    #[test]
    fn any_bytes_are_read_the_same_by_both_ways_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let value = from_slice::<Value>(&bytes);
        let packed = Packed::from_bytes(&bytes);
        // What passes as packed is JSON, but for keys that are no texts.
        if let Ok(value) = value {
            prop_assert!(packed.is_ok());
            prop_assert_eq!(from_slice::<Value>(&to_vec(&value).expect("JSON")), Ok(value));
        }
    }
}
