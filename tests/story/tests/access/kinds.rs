//! Every kind of entry: a body that does no harm when it is believed, and who may write it.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use handrail_care::entry::{Author, Class, KINDS};
use handrail_care::id::Id;
use handrail_mailbox::directory::Role;
use handrail_mailbox::identity::StaffIdentity;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::table::Table;
use crate::world::World;

const EXPECTED: &str = include_str!("kinds.txt");
/// One entry of each kind, and one of a kind that does not exist yet.
const SAMPLES: &str = include_str!("../../../vectors/entries.json");
/// The kind that nobody knows.
pub const FUTURE: &str = "from-the-future";

/// The table of kinds.
pub fn expected() -> Table {
    Table::parse(EXPECTED, 1)
}

/// A kind with a body for it.
pub struct Sample {
    pub kind: String,
    pub body: Box<RawValue>,
}

/// All kinds. What only the root key can say is said truly, about somebody who does not matter: so only
/// the author decides.
pub fn samples(world: &World) -> Vec<Sample> {
    let file: Value = serde_json::from_str(SAMPLES).expect("the vectors");
    let entries = file["entries"].as_array().expect("a list");
    let samples: Vec<_> = entries.iter().map(|one| sample(world, one)).collect();
    let known: BTreeSet<&str> = samples.iter().map(|one| one.kind.as_str()).collect();
    for kind in KINDS {
        assert!(known.contains(kind), "{kind}: tests/vectors/entries.json");
    }
    samples
}

fn sample(world: &World, vector: &Value) -> Sample {
    let kind = vector["kind"].as_str().expect("a kind").to_owned();
    let entry = &vector["entry"];
    let root = world.actor("administrator").root.as_ref();
    let root = root.expect("the administrator holds it");
    let stranger = StaffIdentity::make();
    let id = Id(stranger.party().0).to_string();
    let body = match kind.as_str() {
        "staff" => {
            let certificate = root.certify(&stranger.identity(), Role::FrontDesk);
            let certificate = BASE64URL_NOPAD.encode(&certificate.to_bytes());
            json!({
                "id": id, "name": "Ada", "title": "", "role": "front-desk", "certificate": certificate
            })
        }
        "staff-removed" => {
            let removal = root.remove(stranger.party());
            json!({ "id": id, "removal": BASE64URL_NOPAD.encode(&removal.to_bytes()) })
        }
        // A mailbox that is not there would be asked for: a family member who has left, a patient who is known.
        "family-member" => {
            let mut member = entry["body"].clone();
            member["ended_at"] = json!(handrail_story::now());
            member
        }
        "person" => {
            let mut person = entry["body"].clone();
            person["care"] = json!(world.patient.to_string());
            person
        }
        _ => entry["body"].clone(),
    };
    Sample {
        kind,
        body: RawValue::from_string(body.to_string()).expect("JSON"),
    }
}

/// The letter of the tables as an author.
pub fn author(letter: &str, id: Id) -> Option<Author> {
    Some(match letter {
        "P" => Author::Patient,
        "F" => Author::Family,
        "C" => Author::Clinician(id),
        "D" => Author::FrontDesk(id),
        "A" => Author::Administrator(id),
        _ => return None,
    })
}

/// May this author, by the table, write this kind there?
pub fn may(table: &Table, kind: &str, class: Class, letter: &str) -> bool {
    let cell = table.cell(kind, class.as_str());
    cell.unwrap_or_else(|| panic!("{kind}: who may write it?"))
        .contains(letter)
}

#[test]
fn every_kind_has_a_place_in_the_table() {
    let table = expected();
    let written: BTreeSet<_> = table.rows.iter().map(|(name, _)| name.as_str()).collect();
    let mut known: BTreeSet<_> = KINDS.iter().copied().collect();
    known.insert(FUTURE);
    assert_eq!(written, known);
    assert_eq!(
        table.columns,
        [
            Class::Care,
            Class::Family,
            Class::Library,
            Class::Roster,
            Class::Team
        ]
        .map(Class::as_str)
    );
}
