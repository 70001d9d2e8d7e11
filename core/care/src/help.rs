//! Help that is always there: without login, network or enrolment.
//!
//! Outside the United States nothing is assumed: no pack, no number. Facts: clinical.md, section 2,
//! "Crisis contacts", read at 988lifeline.org.

use serde::{Deserialize, Serialize};

use crate::library::{CrisisContact, CrisisPack};

/// The patient pressed "I need help now" and told the clinic (clinical.md section 2): a flag like a positive
/// answer. Help itself needs no entry and waits for none. Nothing is said in it, so nothing is read out of
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HelpAsked {}

/// The contacts that ship with the app for a country (ISO 3166-1 alpha-2), when there are any.
pub fn shipped(country: &str) -> Option<CrisisPack> {
    (country == "US").then(united_states)
}

fn united_states() -> CrisisPack {
    let contact = |label: &str, link: &str, note: &str| CrisisContact {
        label: label.to_owned(),
        link: link.to_owned(),
        note: note.to_owned(),
    };
    CrisisPack {
        country: "US".to_owned(),
        checked: "2026-11-21".to_owned(),
        contacts: vec![
            contact(
                "Call 988, day or night",
                "tel:988",
                "Press 1 for Veterans, 2 for Spanish.",
            ),
            contact("Text 988", "sms:988", "Text AYUDA for Spanish."),
            contact(
                "Chat with 988",
                "https://988lifeline.org/chat",
                "Also in Spanish.",
            ),
            contact(
                "Call 911 or go to the nearest emergency department",
                "tel:911",
                "If you or someone else is in immediate danger.",
            ),
            contact("Veterans: text 838255", "sms:838255", ""),
            contact(
                "Deaf or hard of hearing: videophone on 988lifeline.org",
                "https://988lifeline.org",
                "Or TTY: dial 711, then 988.",
            ),
        ],
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
}
