//! A patient's record as a FHIR R4 (4.0.1) transaction Bundle, after clinical.md, section 4.
//!
//! Owns the Bundle: which resources, how they name each other, and that the same record sent twice changes
//! nothing (each is a conditional update by an identifier of ours; a clinic's own form is made where it is
//! missing). `answers` makes responses and scores, `forms` a clinic's own questionnaires, `worksheets` what
//! was filled into skills, `plans` plans and goals, `care` homework, sessions and flags. Refuses to invent
//! codes and to claim more than is known: a missing answer is absent, a birthday that is none is left out.

mod answers;
mod care;
mod codes;
pub(super) mod forms;
mod plans;
mod worksheets;

use std::collections::BTreeSet;

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::{Source, day};
use crate::family::words::part_two_notice;
use crate::reminder::Language;

/// Our identifiers of resources.
const RECORD: &str = "urn:handrail:record";
/// Our identifiers of patients: the care mailbox.
const PATIENT: &str = "urn:handrail:patient";
const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";

/// The Bundle of a patient's whole record.
pub fn bundle(source: &Source<'_>) -> Value {
    let mut bundle = Bundle::new(source);
    answers::add(&mut bundle);
    plans::add(&mut bundle);
    care::add(&mut bundle);
    bundle.finish()
}

/// A Bundle in the making.
struct Bundle<'a, 's> {
    source: &'a Source<'s>,
    patient: String,
    part_2: bool,
    urls: BTreeSet<String>,
    entries: Vec<Value>,
}

impl<'a, 's> Bundle<'a, 's> {
    fn new(source: &'a Source<'s>) -> Self {
        let value = source.patient.to_string();
        let mut bundle = Self {
            source,
            patient: urn("Patient", &value),
            part_2: source.is_part_2(),
            urls: BTreeSet::new(),
            entries: Vec::new(),
        };
        let patient = bundle.patient_resource();
        bundle.push(patient, PATIENT, &value);
        bundle
    }

    fn patient_resource(&self) -> Value {
        let person = self.source.person;
        let mut patient = json!({
            "resourceType": "Patient",
            "meta": {"profile": [format!("{US_CORE}us-core-patient")]},
            "name": [person.map_or_else(no_name, |person| name(&person.name))],
            "gender": "unknown",
        });
        let Some(person) = person else {
            return patient;
        };
        if !person.phone.trim().is_empty() {
            patient["telecom"] = json!([{"system": "phone", "value": person.phone.trim()}]);
        }
        if let Ok(born) = person.born.parse() {
            patient["birthDate"] = json!(day(born));
        }
        patient
    }

    /// Adds a resource under our identifier of it, and tells what others call it.
    fn add(&mut self, resource: Value, identifier: &str) -> String {
        self.push(resource, RECORD, identifier)
    }

    fn push(&mut self, mut resource: Value, system: &str, value: &str) -> String {
        let kind = resource["resourceType"].as_str().unwrap_or("").to_owned();
        let identifier = json!({"system": system, "value": value});
        // Of all that we write, a response alone takes one identifier and not a list.
        resource["identifier"] = if kind == "QuestionnaireResponse" {
            identifier
        } else {
            json!([identifier])
        };
        let condition = format!("{kind}?identifier={system}|{value}");
        let url = urn(&kind, value);
        self.put(resource, &url, &condition);
        url
    }

    /// Adds a resource that is updated where `condition` finds it, and made where it does not.
    fn put(&mut self, resource: Value, url: &str, condition: &str) {
        self.entry(resource, url, &json!({"method": "PUT", "url": condition}));
    }

    /// Adds a resource that is made where `condition` finds none, and left alone where it finds one.
    fn create(&mut self, resource: Value, url: &str, condition: &str) {
        let kind = resource["resourceType"].clone();
        let request = json!({"method": "POST", "url": kind, "ifNoneExist": condition});
        self.entry(resource, url, &request);
    }

    fn entry(&mut self, mut resource: Value, url: &str, request: &Value) {
        if self.part_2 {
            resource["meta"]["security"] = security();
            resource["meta"]["tag"] = notice();
        }
        self.urls.insert(url.to_owned());
        self.entries.push(json!({
            "fullUrl": url,
            "resource": ordered(resource),
            "request": request,
        }));
    }

    /// A resource of this name was added.
    fn holds(&self, url: &str) -> bool {
        self.urls.contains(url)
    }

    fn subject(&self) -> Value {
        json!({"reference": self.patient})
    }

    /// A staff member by name.
    fn staff(&self, id: crate::id::Id) -> Value {
        json!({"display": self.source.library.staff_name(id)})
    }

    fn finish(self) -> Value {
        let mut bundle = json!({"resourceType": "Bundle"});
        if self.part_2 {
            bundle["meta"] = json!({"security": security(), "tag": notice()});
        }
        bundle["type"] = json!("transaction");
        bundle["timestamp"] = json!(instant(self.source.now));
        bundle["entry"] = Value::Array(self.entries);
        bundle
    }
}

/// `resourceType`, `meta`, `text` and `identifier` first, as files of others have them.
fn ordered(resource: Value) -> Value {
    let Value::Object(mut fields) = resource else {
        return resource;
    };
    let mut out = Map::new();
    for first in ["resourceType", "meta", "text", "identifier"] {
        if let Some(value) = fields.shift_remove(first) {
            out.insert(first.to_owned(), value);
        }
    }
    out.extend(fields);
    Value::Object(out)
}

/// Labels of a record under 42 CFR Part 2 (clinical.md, section 4, sharing): what law protects it, that it
/// is restricted, and that it may not be passed on without consent.
fn security() -> Value {
    let act = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    json!([
        {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"},
        {"system": act, "code": "42CFRPart2"},
        {"system": act, "code": "NORDSCLCD"},
    ])
}

/// The notice of 42 CFR 2.32(a), which goes with each resource wherever it is kept.
fn notice() -> Value {
    json!([{
        "system": "urn:handrail:notice",
        "code": "42-cfr-2.32",
        "display": part_two_notice(Language::English),
    }])
}

/// US Core asks for a family or a given name, or the reason why there is none. One word is a given name.
fn name(text: &str) -> Value {
    let mut words: Vec<_> = text.split_whitespace().collect();
    let family = (words.len() > 1).then(|| words.pop()).flatten();
    if words.is_empty() {
        return no_name();
    }
    let mut name = json!({"text": text.trim(), "given": words});
    if let Some(family) = family {
        name["family"] = json!(family);
    }
    name
}

fn no_name() -> Value {
    json!({"extension": [{
        "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
        "valueCode": "masked",
    }]})
}

fn instant(at: i64) -> String {
    super::instant(at).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A name inside the Bundle: derived from ours, so that the same record gives the same Bundle. FNV-1a of
/// 128 bits, laid out as a UUID of version 8 (RFC 9562, section 5.8).
fn urn(kind: &str, identifier: &str) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut hash = OFFSET;
    for byte in kind.bytes().chain([0]).chain(identifier.bytes()) {
        hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
    }
    let marked = hash & !(0xf000 << 64) & !(0xc000 << 48) | (0x8000 << 64) | (0x8000 << 48);
    let digits = format!("{marked:032x}");
    let part = |from, to| &digits[from..to];
    format!(
        "urn:uuid:{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_inside_a_bundle_are_uuids_and_differ() {
        let one = urn("Task", "a");
        assert_eq!(one, urn("Task", "a"));
        assert_ne!(one, urn("Task", "b"));
        assert_ne!(one, urn("Goal", "a"));
        let digits = one.strip_prefix("urn:uuid:").expect("a urn");
        let lengths: Vec<_> = digits.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(&digits[14..15], "8", "the version");
        assert!("89ab".contains(&digits[19..20]), "the variant");
    }

    #[test]
    fn people_with_one_name_or_none_still_have_one_in_fhir() {
        assert_eq!(name("Ada"), json!({"text": "Ada", "given": ["Ada"]}));
        let two = json!({"text": "Ada Maria Sol", "given": ["Ada", "Maria"], "family": "Sol"});
        assert_eq!(name(" Ada Maria  Sol ")["given"], two["given"]);
        assert_eq!(name("Ada Maria Sol"), two);
        assert_eq!(name("  "), no_name());
    }
}
