//! Help that is always there: without login, network or enrolment.
//!
//! Outside the United States nothing is assumed: no pack, no number. Facts: clinical.md, section 2,
//! "Crisis contacts", read at 988lifeline.org.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::checkin;
use crate::content;
use crate::library::{CrisisContact, CrisisPack};

/// The patient pressed "I need help now" and told the clinic (clinical.md section 2): a flag like a positive
/// answer. Help itself needs no entry and waits for none. Nothing is said in it, so nothing is read out of
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HelpAsked {}

/// The contacts that ship with the app for a country (ISO 3166-1 alpha-2), in English, when there are any.
pub fn shipped(country: &str) -> Option<CrisisPack> {
    shipped_in(country, "en")
}

/// [`shipped`] in a language (BCP 47; only the first part counts), in English where we have no other.
pub fn shipped_in(country: &str, language: &str) -> Option<CrisisPack> {
    let words = if checkin::is_spanish(language) {
        &SPANISH
    } else {
        &ENGLISH
    };
    (country == "US").then(|| united_states(words))
}

/// A pack in a language: contacts that are still as they ship in English say the same in that language; what
/// a clinic worded itself stays in its words.
#[must_use]
pub fn in_language(mut pack: CrisisPack, language: &str) -> CrisisPack {
    let both = shipped(&pack.country).zip(shipped_in(&pack.country, language));
    if let Some((english, other)) = both {
        for contact in &mut pack.contacts {
            let known = english.contacts.iter().position(|known| known == contact);
            if let Some(at) = known {
                contact.clone_from(&other.contacts[at]);
            }
        }
    }
    pack
}

type Words = BTreeMap<String, String>;

fn read(json: &str) -> Words {
    serde_json::from_str(json).expect("the shipped words are a map of texts: a test reads them")
}

static ENGLISH: LazyLock<Words> = LazyLock::new(|| read(content::text("en/help.json")));
static SPANISH: LazyLock<Words> = LazyLock::new(|| read(content::text("es/help.json")));

/// Names and links, most urgent first.
const UNITED_STATES: [(&str, &str); 6] = [
    ("call-988", "tel:988"),
    ("text-988", "sms:988"),
    ("chat-988", "https://988lifeline.org/chat"),
    ("emergency", "tel:911"),
    ("text-veterans", "sms:838255"),
    ("video-988", "https://988lifeline.org"),
];

fn united_states(words: &Words) -> CrisisPack {
    let say = |name: &str, what: &str| {
        let words = words.get(&format!("us.{name}.{what}"));
        words.cloned().unwrap_or_default()
    };
    let contact = |(name, link): (&str, &str)| CrisisContact {
        label: say(name, "label"),
        link: link.to_owned(),
        note: say(name, "note"),
    };
    CrisisPack {
        country: "US".to_owned(),
        checked: "2026-11-21".to_owned(),
        contacts: UNITED_STATES.map(contact).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_we_know() {
        let pack = shipped("US").expect("the US pack ships");
        assert_eq!(pack.contacts[0].link, "tel:988");
        // This line ended on 2025-07-17 and must not be shown.
        assert!(
            pack.contacts
                .iter()
                .all(|contact| !contact.note.contains("ress 3"))
        );
        assert!(pack.contacts.iter().all(|contact| {
            ["tel:", "sms:", "https:"]
                .iter()
                .any(|scheme| contact.link.starts_with(scheme))
        }));
        assert_eq!(shipped("FR"), None);
    }

    #[test]
    fn every_contact_has_words_in_every_language() {
        let keys = |words: &'static Words| words.keys().collect::<Vec<_>>();
        assert_eq!(keys(&ENGLISH), keys(&SPANISH));
        let spanish = shipped_in("US", "es-MX").expect("the US pack ships");
        let english = shipped_in("US", "fr").expect("the US pack ships");
        for (one, other) in english.contacts.iter().zip(&spanish.contacts) {
            assert_eq!(one.link, other.link);
            assert!(!one.label.is_empty() && !other.label.is_empty());
            assert_ne!(one.label, other.label);
        }
        // Every word is used.
        let labels = ENGLISH.keys().filter(|key| key.contains(".label"));
        assert_eq!(labels.count(), UNITED_STATES.len());
    }

    #[test]
    fn what_a_clinic_worded_itself_stays() {
        let mut pack = shipped("US").expect("the US pack ships");
        pack.contacts[1].label = "Text our crisis line".to_owned();
        let told = in_language(pack.clone(), "es");
        assert_eq!(told.contacts[1], pack.contacts[1]);
        assert_eq!(told.contacts[0].label, "Llame al 988, de día o de noche");
        assert_eq!(in_language(pack.clone(), "en"), pack);
    }
}
