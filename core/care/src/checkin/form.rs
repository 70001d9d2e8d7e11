//! A questionnaire as this house uses it: items in order, options resolved, safety items known.
//!
//! Owns the shape that screens draw and answers are held against, and the forms that are shipped.
//! Refuses: anything that was not read by [`import`](super::import()) (there is no other way to make one).

use std::sync::{LazyLock, OnceLock};

use serde::Serialize;

use super::answers::Answer;
use super::enable::Condition;
use super::import;
use super::recognise::Recognition;
use super::safety::SafetyItem;
use crate::content;

/// A questionnaire, read and checked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Form {
    /// The resource's id, else its name, else `form`; shipped forms: see [`shipped`].
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

/// English, in `content/en/questionnaires`: what is free to ship with its text (clinical.md section 0, rules 1
/// and 2), in the order it is offered. PHQ-2, GAD-2 and K6 are subscales of their long forms. Instruments under
/// another licence come from the clinic's import.
const ENGLISH: &[&str] = &["daily-check-in", "phq9", "gad7", "pcl5", "k10", "core10"];

/// Spanish, in `content/es/questionnaires`: our own daily check-in, and the publisher's free translation of PHQ-9
/// and GAD-7 ("no permission required to translate"), compared with several public copies on 2026-11-21. No free
/// official Spanish text of PCL-5, K10 or CORE-10 could be read, so these are asked in English.
const SPANISH: &[&str] = &["daily-check-in", "phq9", "gad7"];

fn file(language: &str, name: &str) -> &'static str {
    content::text(&format!("{language}/questionnaires/{name}.json"))
}

fn read(language: &str, name: &str) -> Form {
    import(file(language, name).as_bytes())
        .form
        .expect("a shipped form is accepted: the tests below read each")
}

/// Forms of one language. Reading one costs as much as folding a hundred check-ins, and a phone that starts
/// needs one or two: each is read when somebody first asks for it.
struct Shelf {
    language: &'static str,
    names: &'static [&'static str],
    read: [OnceLock<Form>; ENGLISH.len()],
}

impl Shelf {
    const fn new(language: &'static str, names: &'static [&'static str]) -> Self {
        Self {
            language,
            names,
            read: [const { OnceLock::new() }; ENGLISH.len()],
        }
    }

    fn form(&'static self, id: &str) -> Option<&'static Form> {
        let at = self.names.iter().position(|name| *name == id)?;
        Some(self.read[at].get_or_init(|| read(self.language, self.names[at])))
    }
}

static IN_ENGLISH: Shelf = Shelf::new("en", ENGLISH);
static IN_SPANISH: Shelf = Shelf::new("es", SPANISH);

/// The forms that come with the program, in English, in the order they are offered.
pub fn shipped() -> &'static [Form] {
    static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
        let each = ENGLISH.iter();
        each.filter_map(|name| IN_ENGLISH.form(name).cloned())
            .collect()
    });
    &FORMS
}

/// The shipped form with this id as the FHIR R4 Questionnaire it was read from, in English.
pub fn shipped_json(id: &str) -> Option<serde_json::Value> {
    let at = shipped().iter().position(|form| form.id == id)?;
    serde_json::from_str(file("en", ENGLISH[at])).ok()
}

/// The shipped form with this id, in English. Its items, codes and options are the same in every
/// language, so this is the one that answers are held against.
pub fn form(id: &str) -> Option<&'static Form> {
    IN_ENGLISH.form(id)
}

/// The shipped form with this id in the words of a language (BCP 47; only the first part counts), in
/// English where we have no other.
pub fn form_in(id: &str, language: &str) -> Option<&'static Form> {
    let translated = is_spanish(language).then(|| IN_SPANISH.form(id)).flatten();
    translated.or_else(|| self::form(id))
}

/// Whether a language tag means Spanish, whatever comes after the language.
pub(crate) fn is_spanish(language: &str) -> bool {
    let first = language.split(['-', '_']).next();
    first.is_some_and(|first| first.eq_ignore_ascii_case("es"))
}

#[cfg(test)]
mod tests {
    use super::super::{Decision, Instrument, safety_items};
    use super::*;

    #[test]
    fn shipped_forms_are_accepted_without_a_warning() {
        let english = ENGLISH.iter().map(|name| file("en", name));
        let spanish = SPANISH.iter().map(|name| file("es", name));
        for text in english.chain(spanish) {
            let verdict = import(text.as_bytes());
            assert_eq!(verdict.decision, Decision::Accept, "{:?}", verdict.warnings);
        }
    }

    #[test]
    fn a_form_is_called_as_its_file_is() {
        let called: Vec<_> = shipped().iter().map(|form| form.id.as_str()).collect();
        assert_eq!(called, ENGLISH);
        assert!(SPANISH.iter().all(|name| read("es", name).id == *name));
        assert_eq!(form("nothing"), None);
    }

    /// Everything but the words.
    fn bones(form: &Form) -> Form {
        let mut form = form.clone();
        form.title.clear();
        form.copyright = None;
        for item in &mut form.items {
            item.text.clear();
            for option in &mut item.options {
                option.display.clear();
            }
        }
        form
    }

    #[test]
    fn a_translation_differs_in_words_only() {
        let mut translated = 0;
        for english in shipped() {
            let spanish = form_in(&english.id, "es-US").expect("at least in English");
            if spanish == english {
                continue;
            }
            translated += 1;
            assert_eq!(bones(spanish), bones(english), "{}", english.id);
            for (one, other) in spanish.items.iter().zip(&english.items) {
                assert_ne!(one.text, other.text, "{} {}", english.id, one.link_id);
            }
        }
        assert_eq!(translated, SPANISH.len());
        for language in ["en", "de-AT", "", "est"] {
            assert_eq!(form_in("phq9", language), form("phq9"), "{language}");
        }
        assert_eq!(form_in("pcl5", "es"), form("pcl5"));
        assert_eq!(form_in("nothing", "es"), None);
    }

    #[test]
    fn texts_under_another_licence_are_not_shipped() {
        let ids: Vec<&str> = shipped().iter().map(|form| form.id.as_str()).collect();
        assert_eq!(
            ids,
            ["daily-check-in", "phq9", "gad7", "pcl5", "k10", "core10"]
        );
        for form in shipped() {
            assert!(form.copyright.is_some(), "{}: whose text it is", form.id);
        }
    }

    /// clinical.md section 1: question 3 is skipped after "none" in 2, question 6 after "none" in 5; a
    /// question whose gate is still open is shown.
    #[test]
    fn k10_skips_what_its_rule_skips() {
        use super::super::{Answer, Answers, visible};
        let form = form("k10").expect("shipped");
        for (gate, skipped) in [("q2", "q3"), ("q5", "q6")] {
            let at = form.items.iter().position(|item| item.link_id == skipped);
            let at = at.expect("an item of K10");
            for (answer, shown) in [
                (None, true),
                (Some(1), false),
                (Some(2), true),
                (Some(5), true),
            ] {
                let mut answers = Answers::default();
                if let Some(value) = answer {
                    answers.set(gate, Answer::Value(value));
                }
                assert_eq!(visible(form, &answers)[at], shown, "{skipped} {answer:?}");
            }
        }
    }

    #[test]
    fn plans_to_end_life_are_judged_alone() {
        let items = safety_items(form("core10").expect("shipped"));
        assert_eq!(items.len(), 1);
        assert_eq!(
            (items[0].link_id.as_str(), items[0].positive_from),
            ("q6", 1)
        );
        assert!(safety_items(form("pcl5").expect("shipped")).is_empty());
    }

    #[test]
    fn shipped_instruments_are_recognised_item_by_item() {
        for (id, instrument) in [
            ("phq9", Instrument::Phq9),
            ("gad7", Instrument::Gad7),
            ("pcl5", Instrument::Pcl5),
            ("k10", Instrument::K10),
            ("core10", Instrument::Core10),
        ] {
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
