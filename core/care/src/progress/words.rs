//! The words of the pages that are printed and exported, one file a language.
//!
//! Owns the reading of `content/LANGUAGE/pages.json`. A test holds the keys of all languages against each
//! other. Gaps stand in braces: `{done}`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::content;
use crate::reminder::Language;

type Texts = BTreeMap<String, String>;

fn read(json: &str) -> Texts {
    serde_json::from_str(json).expect("the shipped words are a map of texts; a test reads them")
}

static ENGLISH: LazyLock<Texts> = LazyLock::new(|| read(content::text("en/pages.json")));
static SPANISH: LazyLock<Texts> = LazyLock::new(|| read(content::text("es/pages.json")));

/// The words of a key; the key itself when there are none, which a test rules out for those in use.
pub fn words(language: Language, key: &str) -> String {
    let texts: &Texts = match language {
        Language::English => &ENGLISH,
        Language::Spanish => &SPANISH,
    };
    texts.get(key).map_or_else(|| key.to_owned(), Clone::clone)
}

/// The words of a key with its gaps filled.
pub fn filled(language: Language, key: &str, gaps: &[(&str, &str)]) -> String {
    let mut text = words(language, key);
    for (name, value) in gaps {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(text: &str) -> Vec<&str> {
        let parts = text.split('{').skip(1);
        let mut gaps: Vec<_> = parts.filter_map(|rest| rest.split('}').next()).collect();
        gaps.sort_unstable();
        gaps
    }

    #[test]
    fn all_languages_have_the_same_keys_and_gaps() {
        let keys = |texts: &'static Texts| texts.keys().collect::<Vec<_>>();
        assert_eq!(keys(&ENGLISH), keys(&SPANISH));
        for (key, english) in ENGLISH.iter() {
            let spanish = &SPANISH[key];
            assert_eq!(gaps(english), gaps(spanish), "{key}");
            assert!(!english.trim().is_empty() && !spanish.trim().is_empty());
        }
    }

    #[test]
    fn gaps_are_filled() {
        let text = filled(Language::English, "share", &[("done", "3"), ("of", "4")]);
        assert_eq!(text, "3 of 4");
    }
}
