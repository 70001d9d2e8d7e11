//! What people read about sharing: headings of a copy, the note before sharing, the notice of 42 CFR
//! part 2. One file a language; a test holds their keys against each other.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Item;
use crate::content;
use crate::reminder::Language;

type Texts = BTreeMap<String, String>;

fn read(json: &str) -> Texts {
    serde_json::from_str(json).expect("the shipped words are a map of texts; a test reads them")
}

static ENGLISH: LazyLock<Texts> = LazyLock::new(|| read(content::text("en/family.json")));
static SPANISH: LazyLock<Texts> = LazyLock::new(|| read(content::text("es/family.json")));

fn texts(language: Language) -> &'static Texts {
    match language {
        Language::English => &ENGLISH,
        Language::Spanish => &SPANISH,
    }
}

pub(super) fn words(language: Language, key: &str) -> String {
    let text = texts(language).get(key);
    text.map_or_else(|| key.to_owned(), Clone::clone)
}

/// What an item is called.
pub fn title(item: Item, language: Language) -> String {
    words(language, &format!("title.{}", key(item)))
}

/// What the patient reads before sharing an item: what the other person will see, and for how long.
pub fn before_sharing(item: Item, language: Language) -> String {
    words(language, &format!("before.{}", key(item)))
}

/// Questions that help to write "How you can help me".
pub fn prompts(language: Language) -> Vec<String> {
    let texts = texts(language).iter();
    let prompts = texts.filter(|(key, _)| key.starts_with("prompt."));
    prompts.map(|(_, text)| text.clone()).collect()
}

/// The notice that stands with everything from the records of a substance-use program: statement 2 of
/// 42 CFR § 2.32(a), word for word as it has stood since the rule of February 2024 (89 FR 12472; the older
/// one said "unauthorized disclosure"). The law gives it in English; in Spanish a translation stands beside
/// it. The consent, or what it covers, goes with a disclosure too (§ 2.32(b)): that is the clinic's to add.
pub fn part_two_notice(language: Language) -> String {
    words(language, "part-two")
}

fn key(item: Item) -> &'static str {
    match item {
        Item::SessionTimes => "session-times",
        Item::TransitionPlan => "transition-plan",
        Item::SafetyPlan => "safety-plan",
        Item::HowToHelp => "how-to-help",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_languages_have_the_same_keys_and_no_empty_text() {
        let keys: Vec<_> = ENGLISH.keys().collect();
        assert!(keys.len() > 10);
        for language in Language::ALL {
            assert_eq!(texts(language).keys().collect::<Vec<_>>(), keys);
            assert!(texts(language).values().all(|text| !text.trim().is_empty()));
            for item in Item::ALL {
                for text in [title(item, language), before_sharing(item, language)] {
                    assert!(!text.contains('.') || text.contains(' '), "a key: {text}");
                }
            }
            assert!(prompts(language).len() >= 3);
        }
    }

    #[test]
    fn the_notice_is_in_the_words_of_the_law() {
        let law = "42 CFR part 2 prohibits unauthorized use or disclosure of these records.";
        assert_eq!(part_two_notice(Language::English), law);
        assert!(part_two_notice(Language::Spanish).starts_with(law));
    }
}
