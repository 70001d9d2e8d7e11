//! What a patient is told before anything is written, and says to have read: that nobody watches around the
//! clock (clinical.md section 2, "Not monitored 24/7": in consent, acknowledged, versioned).
//!
//! Owns the text with its version, and the body of `consented`. Refuses to hold anything up: help, check-ins
//! and plans never wait for it, because a person in need is not asked to sign first.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::checkin;
use crate::content;

/// The version of the text: another one with every change of its words, and asked again then.
pub const VERSION: &str = "1";

/// The patient has read the text. Body of an entry in the care mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consented {
    /// [`VERSION`] of what was read.
    pub version: String,
    /// The language it was read in: `en` or `es`.
    pub language: String,
}

/// The text in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// `en` or `es`.
    pub language: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Line by line.
    pub lines: Vec<&'static str>,
}

type Words = BTreeMap<String, String>;

fn read(json: &str) -> Words {
    serde_json::from_str(json).expect("the shipped words are a map of texts: a test reads them")
}

static ENGLISH: LazyLock<Words> = LazyLock::new(|| read(content::text("en/consent.json")));
static SPANISH: LazyLock<Words> = LazyLock::new(|| read(content::text("es/consent.json")));

/// The text in a language (BCP 47; only the first part counts), in English where we have no other.
pub fn text(language: &str) -> Text {
    let (language, words): (_, &'static Words) = if checkin::is_spanish(language) {
        ("es", &SPANISH)
    } else {
        ("en", &ENGLISH)
    };
    let lines = words.iter().filter(|(key, _)| key.starts_with("line."));
    Text {
        language,
        title: words.get("title").map_or("", String::as_str),
        lines: lines.map(|(_, line)| line.as_str()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_as_much() {
        let keys = |words: &'static Words| words.keys().collect::<Vec<_>>();
        assert_eq!(keys(&ENGLISH), keys(&SPANISH));
        let (english, spanish) = (text("en-US"), text("es-MX"));
        assert_eq!((english.language, spanish.language), ("en", "es"));
        assert_eq!(english.lines.len(), 5);
        assert_eq!(spanish.lines.len(), 5);
        assert_eq!(text("fr").language, "en");
        let all = english.lines.iter().chain(&spanish.lines);
        assert!(all.clone().all(|line| !line.trim().is_empty()));
        assert!(!english.title.is_empty() && !spanish.title.is_empty());
    }

    /// Whoever changes a word here must make a new version of the text: what people said to have read stays
    /// what they read. FNV-1a over the files.
    #[test]
    fn the_words_are_those_of_this_version() {
        let files = [
            include_str!("../content/en/consent.json"),
            include_str!("../content/es/consent.json"),
        ];
        let print = files
            .concat()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
            });
        assert_eq!((VERSION, print), ("1", PRINT), "{print:#x}");
    }

    const PRINT: u64 = 0x0488_2890_4614_ca4d;
}
