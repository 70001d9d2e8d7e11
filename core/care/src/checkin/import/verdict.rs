//! What is said about a file: accepted, accepted with a word, or refused, and why.
//!
//! Owns codes only; each shell has its own words for them. Refuses to quote the file.

use serde::Serialize;

use super::super::form::Form;
use super::super::instrument::Instrument;

/// What became of a file. Without `form` it serialises as design.md section 9 says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// In one word.
    #[serde(rename = "verdict")]
    pub decision: Decision,
    /// The instrument that may score it.
    pub instrument: Option<Instrument>,
    /// What was tolerated or left out.
    pub warnings: Vec<Warning>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The form, unless it was refused.
    #[serde(skip)]
    pub form: Option<Form>,
}

/// The verdict in one word (MANIFEST of the shared questionnaires).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Nothing to say about it; scored when recognised.
    Accept,
    /// Usable; something was tolerated or left out.
    AcceptWithWarnings,
    /// Usable, and it looks like something that is scored, but we do not recognise it item by item.
    AcceptNoAutoscore,
    /// Refused; nothing is kept.
    Reject,
}

/// Why a file is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// More than [`MAX_BYTES`](super::MAX_BYTES).
    #[error("too-large")]
    TooLarge,
    /// Nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error("too-deep")]
    TooDeep,
    /// Not JSON in UTF-8.
    #[error("malformed-json")]
    MalformedJson,
    /// Some other resource, or none.
    #[error("not-a-questionnaire")]
    NotAQuestionnaire,
    /// FHIR DSTU2 (`group`).
    #[error("fhir-version-dstu2")]
    FhirVersionDstu2,
    /// FHIR STU3 (`item.option`, `item.options`).
    #[error("fhir-version-stu3")]
    FhirVersionStu3,
    /// FHIR R5 (item type `coding`, `answerConstraint`).
    #[error("fhir-version-r5")]
    FhirVersionR5,
    /// An element has another type than R4 gives it.
    #[error("wrong-shape")]
    WrongShape,
    /// No items.
    #[error("no-items")]
    NoItems,
    /// More than [`MAX_ITEMS`](super::MAX_ITEMS) items, or more than 200 options in one.
    #[error("too-many-items")]
    TooManyItems,
    /// An item has no link id, or one that is empty, over 255 bytes or has control characters.
    #[error("bad-link-id")]
    BadLinkId,
    /// Two items have one link id (que-2).
    #[error("duplicate-link-id")]
    DuplicateLinkId,
    /// An item type that R4 does not have.
    #[error("unknown-item-type")]
    UnknownItemType,
    /// A modifier extension or `implicitRules`: reading on could turn the meaning round.
    #[error("modifier-extension")]
    ModifierExtension,
}

/// Something that was tolerated or left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What.
    pub code: Caution,
    /// Link ids of the items it is about; empty when it is about the whole form.
    pub items: Vec<String>,
}

/// What was tolerated or left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Caution {
    /// An Expression has a name that is no FHIR id.
    #[error("invalid-expression-name")]
    InvalidExpressionName,
    /// A number is written as text.
    #[error("number-as-text")]
    NumberAsText,
    /// A computed item: never computed by us, not asked.
    #[error("calculated-expression-not-run")]
    CalculatedExpressionNotRun,
    /// Another expression, which we do not run; an item it would hide is shown.
    #[error("expression-not-run")]
    ExpressionNotRun,
    /// Markup was taken out; the words stay.
    #[error("markup-removed")]
    MarkupRemoved,
    /// A code without its code system.
    #[error("code-without-system")]
    CodeWithoutSystem,
    /// A code said to be LOINC that does not look like one.
    #[error("not-a-loinc-code")]
    NotALoincCode,
    /// An item of a kind we do not offer; it is not asked.
    #[error("unsupported-item-type")]
    UnsupportedItemType,
    /// An option of a kind we do not offer; it is left out.
    #[error("unsupported-option")]
    UnsupportedOption,
    /// The options lie in a value set outside the file; the item is not asked.
    #[error("external-value-set")]
    ExternalValueSet,
    /// A choice without options; it is not asked.
    #[error("no-options")]
    NoOptions,
    /// Two options record the same answer; the later one is left out.
    #[error("repeated-option")]
    RepeatedOption,
    /// A question without words.
    #[error("question-without-text")]
    QuestionWithoutText,
    /// A condition that we cannot read; the item is always shown.
    #[error("condition-not-understood")]
    ConditionNotUnderstood,
    /// A prefilled answer that does not fit, or on a safety item; it is left out.
    #[error("initial-answer-removed")]
    InitialAnswerRemoved,
    /// The items are an instrument's, the option values are not.
    #[error("option-values-differ")]
    OptionValuesDiffer,
    /// The items of more than one instrument are here.
    #[error("several-instruments")]
    SeveralInstruments,
    /// It looks like an instrument, and not all its items were recognised by code.
    #[error("items-not-recognised")]
    ItemsNotRecognised,
    /// No safety item was recognised: somebody must look whether there is one.
    #[error("no-safety-item-recognised")]
    NoSafetyItemRecognised,
}

/// Warnings on their way, one per code.
#[derive(Default)]
pub(super) struct Cautions(pub(super) Vec<Warning>);

impl Cautions {
    pub(super) fn add(&mut self, code: Caution, link_id: Option<&str>) {
        let at = self.0.iter().position(|warning| warning.code == code);
        let at = at.unwrap_or_else(|| {
            let items = Vec::new();
            self.0.push(Warning { code, items });
            self.0.len() - 1
        });
        if let Some(link_id) = link_id {
            let items = &mut self.0[at].items;
            if items.last().is_none_or(|last| last != link_id) {
                items.push(link_id.to_owned());
            }
        }
    }
}
