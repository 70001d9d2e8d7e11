//! The part of a FHIR R4 `Questionnaire` that we read, as it stands in the file.
//!
//! Owns names and shapes only. Unknown fields are ignored, extensions are kept as JSON: real files carry
//! much that we do not need, and some that is slightly wrong there. Refuses to decide anything; that is
//! `import`.

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Questionnaire {
    pub id: Option<String>,
    pub url: Option<String>,
    pub version: Option<String>,
    pub name: Option<String>,
    pub title: Option<String>,
    pub copyright: Option<String>,
    #[serde(default)]
    pub code: Vec<RawCoding>,
    #[serde(default)]
    pub contained: Vec<Value>,
    #[serde(default)]
    pub item: Vec<RawItem>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawItem {
    pub link_id: Option<String>,
    pub prefix: Option<String>,
    pub text: Option<String>,
    #[serde(rename = "_text")]
    pub text_extra: Option<Extra>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    #[serde(default)]
    pub code: Vec<RawCoding>,
    #[serde(default)]
    pub extension: Vec<Extension>,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub repeats: bool,
    #[serde(default)]
    pub read_only: bool,
    pub max_length: Option<u32>,
    #[serde(default)]
    pub enable_when: Vec<RawCondition>,
    pub enable_behavior: Option<String>,
    #[serde(default)]
    pub answer_option: Vec<RawOption>,
    pub answer_value_set: Option<String>,
    #[serde(default)]
    pub initial: Vec<Map<String, Value>>,
    #[serde(default)]
    pub item: Vec<RawItem>,
}

/// The companion of a primitive (`_text`).
#[derive(Debug, Deserialize)]
pub(super) struct Extra {
    #[serde(default)]
    pub extension: Vec<Extension>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct RawCoding {
    pub system: Option<String>,
    pub code: Option<String>,
    pub display: Option<String>,
    #[serde(default)]
    pub extension: Vec<Extension>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Extension {
    #[serde(default)]
    pub url: String,
    #[serde(flatten)]
    pub value: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawOption {
    #[serde(default)]
    pub extension: Vec<Extension>,
    #[serde(default)]
    pub initial_selected: bool,
    pub value_coding: Option<RawCoding>,
    pub value_integer: Option<i64>,
    pub value_string: Option<String>,
    pub value_date: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawCondition {
    pub question: Option<String>,
    pub operator: Option<String>,
    #[serde(flatten)]
    pub answer: Map<String, Value>,
}

/// A contained `ValueSet`, as far as it lists its members.
#[derive(Debug, Deserialize)]
pub(super) struct ValueSet {
    pub id: Option<String>,
    pub compose: Option<Compose>,
    pub expansion: Option<Expansion>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Compose {
    #[serde(default)]
    pub include: Vec<Include>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Include {
    pub system: Option<String>,
    #[serde(default)]
    pub concept: Vec<RawCoding>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Expansion {
    #[serde(default)]
    pub contains: Vec<RawCoding>,
}

const ORDINAL: [&str; 4] = [
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
    "http://hl7.org/fhir/StructureDefinition/valueset-ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/codesystem-ordinalValue",
];

/// The ordinal value among some extensions, as written (a fraction stays one); `None` without any.
pub(super) fn ordinal(extensions: &[Extension]) -> Option<f64> {
    extensions
        .iter()
        .find(|extension| ORDINAL.contains(&extension.url.as_str()))
        .and_then(|extension| {
            extension
                .value
                .get("valueDecimal")
                .or_else(|| extension.value.get("valueInteger"))
        })
        .and_then(Value::as_f64)
}

/// The extension with this address.
pub(super) fn find<'a>(extensions: &'a [Extension], url: &str) -> Option<&'a Extension> {
    extensions.iter().find(|extension| extension.url == url)
}
