//! A questionnaire as this house uses it: items in order, options resolved, safety items known.
//!
//! Owns the shape that screens draw and answers are held against, and the forms that are shipped.
//! Refuses: anything that was not read by [`import`](super::import()) (there is no other way to make one).

use std::sync::LazyLock;

use serde::Serialize;

use super::answers::Answer;
use super::enable::Condition;
use super::import;
use super::recognise::Recognition;
use super::safety::SafetyItem;

/// A questionnaire, read and checked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Form {
    /// The resource's id, else its name, else `form`; shipped forms: `daily-check-in`, `phq9`, `gad7`.
    pub id: String,
    /// Canonical address, when the file has one.
    pub url: Option<String>,
    /// Business version, when the file has one.
    pub version: Option<String>,
    /// What people call it; plain text.
    pub title: String,
    /// To be shown with the form.
    pub copyright: Option<String>,
    /// All items in document order, groups before their children.
    pub items: Vec<Item>,
    /// The instrument that scores it, when its items and option values were recognised.
    pub recognised: Option<Recognition>,
    /// Items that are judged alone and at once.
    pub safety: Vec<SafetyItem>,
}

/// One item of a form.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// Unique in its form.
    pub link_id: String,
    /// A number or letter to print before the text.
    pub prefix: Option<String>,
    /// Plain text, without markup.
    pub text: String,
    /// What kind of answer it takes.
    pub kind: Kind,
    /// The position of the group it stands in.
    pub parent: Option<usize>,
    /// 0 at the top.
    pub depth: usize,
    /// The file says an answer must be given.
    pub required: bool,
    /// Several answers may be given.
    pub repeats: bool,
    /// The options of a choice.
    pub options: Vec<Choice>,
    /// When it is shown: always when empty.
    pub enable_when: Vec<Condition>,
    /// One condition is enough.
    pub enable_any: bool,
    /// Answers to begin with; never for a safety item.
    pub initial: Vec<Answer>,
    /// Lowest number accepted.
    pub min: Option<f64>,
    /// Highest number accepted.
    pub max: Option<f64>,
    /// Most characters accepted.
    pub max_chars: Option<usize>,
    /// The unit of a quantity, to print behind the number.
    pub unit: Option<String>,
    /// What the question is called elsewhere.
    pub codes: Vec<Coding>,
}

/// What kind of answer an item takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A heading with children; no answer.
    Group,
    /// Text only; no answer.
    Display,
    /// One of the options.
    Choice,
    /// One of the options or a line of text.
    OpenChoice,
    /// Yes or no.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// One line of text.
    Line,
    /// Several lines of text.
    Text,
    /// A day, as `2026-11-21`.
    Date,
    /// A number in the item's unit.
    Quantity,
    /// Computed, read-only or of a kind we do not offer: shown to nobody, takes no answer.
    Hidden,
}

impl Kind {
    /// Whether a patient can answer it.
    pub fn takes_answer(self) -> bool {
        !matches!(self, Self::Group | Self::Display | Self::Hidden)
    }

    /// Whether the answer is text in the patient's own words.
    pub fn is_free_text(self) -> bool {
        matches!(self, Self::Line | Self::Text)
    }
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// What choosing it records: its numeric value when all options of the item have one and no two
    /// share it, else its code or text.
    pub answer: Answer,
    /// What to print; plain text.
    pub display: String,
    /// Its code, for export.
    pub code: Option<Coding>,
}

/// A code in a code system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coding {
    /// The code system's address; `None` when the file leaves it out.
    pub system: Option<String>,
    /// The code.
    pub code: String,
}

impl Form {
    /// The item with this link id.
    pub fn item(&self, link_id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.link_id == link_id)
    }
}

/// The forms that come with the program, in the order they are offered.
pub fn shipped() -> &'static [Form] {
    static FORMS: LazyLock<[Form; 3]> = LazyLock::new(|| {
        [
            include_str!("../../content/en/questionnaires/daily-check-in.json"),
            include_str!("../../content/en/questionnaires/phq9.json"),
            include_str!("../../content/en/questionnaires/gad7.json"),
        ]
        .map(|text| {
            import(text.as_bytes())
                .form
                .expect("a shipped form is accepted: the tests below read each")
        })
    });
    &*FORMS
}

/// The shipped form with this id.
pub fn form(id: &str) -> Option<&'static Form> {
    shipped().iter().find(|form| form.id == id)
}

#[cfg(test)]
mod tests {
    use super::super::{Decision, Instrument, safety_items};
    use super::*;

    #[test]
    fn shipped_forms_are_accepted_without_a_warning() {
        for text in [
            include_str!("../../content/en/questionnaires/daily-check-in.json"),
            include_str!("../../content/en/questionnaires/phq9.json"),
            include_str!("../../content/en/questionnaires/gad7.json"),
        ] {
            let verdict = import(text.as_bytes());
            assert_eq!(verdict.decision, Decision::Accept, "{:?}", verdict.warnings);
        }
    }

    #[test]
    fn shipped_instruments_are_recognised_item_by_item() {
        for (id, instrument) in [("phq9", Instrument::Phq9), ("gad7", Instrument::Gad7)] {
            let form = form(id).expect("shipped");
            let recognised = form.recognised.as_ref().expect("recognised");
            assert_eq!(recognised.instrument, instrument);
            assert_eq!(recognised.items, instrument.rule().items);
        }
        assert!(
            form("daily-check-in")
                .expect("shipped")
                .recognised
                .is_none()
        );
        assert!(form("phq-9").is_none());
    }

    #[test]
    fn the_daily_check_in_asks_what_it_should() {
        let form = form("daily-check-in").expect("shipped");
        let asked: Vec<&str> = form
            .items
            .iter()
            .filter(|item| item.kind.takes_answer())
            .map(|item| item.link_id.as_str())
            .collect();
        assert_eq!(
            asked,
            [
                "mood",
                "anxiety",
                "urge-to-use",
                "urge-to-self-harm",
                "sleep",
                "medication",
                "note"
            ]
        );
        let safety: Vec<&str> = safety_items(form)
            .iter()
            .map(|item| item.link_id.as_str())
            .collect();
        assert_eq!(safety, ["urge-to-self-harm"]);
        let note = form.item("note").expect("there");
        assert!(
            note.text.contains("Nobody watches"),
            "the field says it is not watched"
        );
    }
}
