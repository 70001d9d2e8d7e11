//! The words of reminders, one file a language. Owns the reading of them; a test holds keys and gaps of
//! all languages against each other.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::text::Language;
use crate::content;

/// Texts by key.
pub(super) type Texts = BTreeMap<String, String>;

fn read(json: &str) -> Texts {
    serde_json::from_str(json).expect("the shipped words are a map of texts; a test reads them")
}

static ENGLISH: LazyLock<Texts> = LazyLock::new(|| read(content::text("en/reminders.json")));
static SPANISH: LazyLock<Texts> = LazyLock::new(|| read(content::text("es/reminders.json")));

/// All words of a language.
pub(super) fn texts(language: Language) -> &'static Texts {
    match language {
        Language::English => &ENGLISH,
        Language::Spanish => &SPANISH,
    }
}
