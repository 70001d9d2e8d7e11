//! Codes of scores: LOINC where clinical.md, section 1, lists one as verified, else a system of ours.

use serde_json::{Value, json};

use crate::checkin::{Instrument, Triage};

pub(super) const LOINC: &str = "http://loinc.org";
/// Our scores that LOINC has no code for.
const SCORE: &str = "urn:handrail:score";

/// The LOINC code of an instrument's total.
fn loinc_total(instrument: Instrument) -> Option<&'static str> {
    match instrument {
        Instrument::Phq9 => Some("44261-6"),
        Instrument::Gad7 => Some("70274-6"),
        Instrument::Pcl5 => Some("101698-9"),
        Instrument::Auditc => Some("75626-2"),
        Instrument::Dast10 => Some("82667-7"),
        Instrument::Pss10 => Some("106860-0"),
        Instrument::CssrsScreener => Some("93374-7"),
        Instrument::Who5
        | Instrument::K10
        | Instrument::Core10
        | Instrument::Wsas
        | Instrument::Isi
        | Instrument::Whodas12 => None,
    }
}

/// What an instrument's total is called.
pub(super) fn total(instrument: Instrument) -> Value {
    let name = instrument.rule().name;
    match loinc_total(instrument) {
        Some(code) => json!({
            "coding": [{"system": LOINC, "code": code}],
            "text": format!("{name} total"),
        }),
        None => local(instrument.id(), &format!("{name} total")),
    }
}

/// What a subscale is called. PHQ-2 has a LOINC code; for GAD-2 and the others none was found (70273-8 is
/// PHQ-15's, a trap that public code falls into).
pub(super) fn subscale(instrument: Instrument, name: &str) -> Value {
    if (instrument, name) == (Instrument::Phq9, "phq2") {
        return json!({"coding": [{"system": LOINC, "code": "55758-7"}], "text": "PHQ-2 total"});
    }
    let text = format!("{} {name}", instrument.rule().name);
    local(
        &format!("{}-{}", instrument.id(), name.to_lowercase()),
        &text,
    )
}

/// A code of ours.
pub(super) fn local(code: &str, text: &str) -> Value {
    json!({"coding": [{"system": SCORE, "code": code, "display": text}], "text": text})
}

/// The categories of a screening assessment (US Core): `survey`, and what it is about.
pub(super) fn categories(instrument: Instrument) -> Value {
    let observation = "http://terminology.hl7.org/CodeSystem/observation-category";
    let us_core = "http://hl7.org/fhir/us/core/CodeSystem/us-core-category";
    let (system, code) = match instrument {
        Instrument::Auditc | Instrument::Dast10 => (observation, "social-history"),
        Instrument::Wsas | Instrument::Whodas12 => (us_core, "functional-status"),
        _ => (us_core, "cognitive-status"),
    };
    json!([
        {"coding": [{"system": observation, "code": "survey"}]},
        {"coding": [{"system": system, "code": code}]},
    ])
}

/// The categories of a question about daily life.
pub(super) fn functional() -> Value {
    categories(Instrument::Wsas)
}

/// A level of the C-SSRS screener, in LOINC's answer codes where it has one.
pub(super) fn level(triage: Triage) -> Option<Value> {
    let (code, text) = match triage {
        Triage::High => ("LA9193-9", "high"),
        Triage::Moderate => ("LA6751-7", "moderate"),
        Triage::Low => ("LA9194-7", "low"),
        Triage::None | Triage::Unknown => return None,
    };
    Some(json!({"coding": [{"system": LOINC, "code": code}], "text": text}))
}

/// The number behind an option.
pub(super) fn ordinal(value: i64) -> Value {
    json!({"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": value})
}

/// An amount of points.
pub(super) fn points(value: f64) -> Value {
    // A whole number without a fraction: `14`, not `14.0`.
    #[expect(clippy::cast_possible_truncation, reason = "scores are at most 1,000")]
    let value = if value.fract() == 0.0 {
        json!(value as i64)
    } else {
        json!(value)
    };
    json!({
        "value": value,
        "unit": "{score}",
        "system": "http://unitsofmeasure.org",
        "code": "{score}",
    })
}
