//! The words of plans: titles, headings, prompts, problems to mark. One file a language.
//!
//! A test holds the keys of all languages against each other and against what the code asks for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::PROBLEMS;
use crate::content;
use crate::reminder::Language;

type Map = BTreeMap<String, String>;

fn read(json: &str) -> Map {
    serde_json::from_str(json).expect("the shipped words are a map of texts; a test reads them")
}

static ENGLISH: LazyLock<Map> = LazyLock::new(|| read(content::text("en/plans.json")));
static SPANISH: LazyLock<Map> = LazyLock::new(|| read(content::text("es/plans.json")));

pub(super) fn map(language: Language) -> &'static Map {
    match language {
        Language::English => &ENGLISH,
        Language::Spanish => &SPANISH,
    }
}

/// The words of a key, such as `hand-off.booked` or `level.-2`; the key itself when there are none.
pub fn words(language: Language, key: &str) -> String {
    let text = map(language).get(key);
    text.map_or_else(|| key.to_owned(), Clone::clone)
}

/// The problems to mark in part one: key and words, in the order in which they are offered.
pub fn problems(language: Language) -> Vec<(&'static str, String)> {
    let word = |problem| (problem, words(language, &format!("problem.{problem}")));
    PROBLEMS.into_iter().map(word).collect()
}
