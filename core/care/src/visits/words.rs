//! What the patient reads about visits: one sentence for the count, one for the week.
//!
//! Owns the choice and the words, one file a language. A test holds the keys of all languages against
//! each other and looks for words that threaten. Numbers and days are the shell's to set beside them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::page::OwnVisits;
use super::{Coverage, Visits};
use crate::content;
use crate::reminder::Language;

type Texts = BTreeMap<String, String>;

fn read(json: &str) -> Texts {
    serde_json::from_str(json).expect("the shipped words are a map of texts; a test reads them")
}

static ENGLISH: LazyLock<Texts> = LazyLock::new(|| read(content::text("en/visits.json")));
static SPANISH: LazyLock<Texts> = LazyLock::new(|| read(content::text("es/visits.json")));

fn texts(language: Language) -> &'static Texts {
    match language {
        Language::English => &ENGLISH,
        Language::Spanish => &SPANISH,
    }
}

fn words(language: Language, key: &str) -> String {
    let text = texts(language).get(key);
    text.map_or_else(|| key.to_owned(), Clone::clone)
}

/// The sentence for the count. It never says how many were used beyond what was authorised.
pub fn count_note(own: &OwnVisits, language: Language) -> String {
    words(language, count_key(own))
}

fn count_key(own: &OwnVisits) -> &'static str {
    let payers = &own.count.payers;
    let any = |coverage| payers.iter().any(|payer| payer.coverage == coverage);
    match own.count.left() {
        Some(Visits::NONE) => "none-left",
        Some(_) => "left",
        None if any(Coverage::Coming) => "coming",
        None if any(Coverage::Past) => "past",
        None => "none",
    }
}

/// The sentence for the week; none when there is no week to tell of. It never says that hours are
/// missing.
pub fn week_note(own: &OwnVisits, language: Language) -> Option<String> {
    week_key(own).map(|key| words(language, key))
}

fn week_key(own: &OwnVisits) -> Option<&'static str> {
    let week = own.week?;
    Some(if week.is_holiday_week() {
        "week.holiday"
    } else if week.unmarked > 0 {
        "week.unmarked"
    } else {
        "week.usual"
    })
}

#[cfg(test)]
mod tests {
    use super::super::{VisitCount, WeekHours};
    use super::*;
    use crate::visits::count::count;
    use crate::visits::{Authorised, Unit, Uses, Visit};

    const KEYS: [&str; 8] = [
        "coming",
        "left",
        "none",
        "none-left",
        "past",
        "week.holiday",
        "week.unmarked",
        "week.usual",
    ];

    #[test]
    fn the_languages_have_the_same_keys_and_no_empty_text() {
        for language in Language::ALL {
            let keys: Vec<_> = texts(language).keys().map(String::as_str).collect();
            assert_eq!(keys, KEYS, "{language:?}");
            for text in texts(language).values() {
                assert!(text.trim().len() > 10, "{language:?}");
            }
        }
        let of = |language| words(language, "left");
        assert_ne!(of(Language::English), of(Language::Spanish));
    }

    #[test]
    fn no_text_threatens() {
        // Stems, in lower case.
        let threats = [
            "must",
            "warn",
            "lose",
            "losing",
            "terminat",
            "penal",
            "fail",
            "run out",
            "only",
            "discharg",
            "refus",
            "den",
            "cancel",
            "short",
            "attention",
            "risk",
            "deb",
            "perd",
            "advert",
            "fall",
            "termin",
            "rechaz",
            "riesgo",
            "agot",
            "atenci",
            "solo",
            "alta",
        ];
        let threatens = |text: &str| {
            let text = text.to_lowercase();
            let mut all = text.split(|letter: char| !letter.is_alphabetic());
            all.any(|word| threats.iter().any(|threat| word.starts_with(threat)))
        };
        for language in Language::ALL {
            for (key, text) in texts(language) {
                assert!(!threatens(text), "{language:?} {key}");
            }
        }
        // The test would find one.
        assert!(threatens("You will lose your place."));
        assert!(threatens("Debes venir."));
    }

    #[test]
    fn each_state_has_its_sentence() {
        let date = |text: &str| text.parse().expect("a date");
        let authorised = |visits| Authorised {
            id: crate::testing::id(1),
            payer: "Lindenhof Health".to_owned(),
            extends: None,
            from: date("2026-11-02"),
            until: date("2026-11-30"),
            visits,
            unit: Unit::Session,
            covers: Vec::new(),
            half_session: Uses::Half,
            late_cancel: Uses::Nothing,
            review: None,
            tell_missed: false,
            withdrawn: false,
        };
        let no_visits: [Visit; 0] = [];
        let own = |visits, today| OwnVisits {
            count: count(&[authorised(visits)], &no_visits, date(today)),
            week: None,
        };
        assert_eq!(count_key(&own(3, "2026-11-10")), "left");
        assert_eq!(count_key(&own(0, "2026-11-10")), "none-left");
        assert_eq!(count_key(&own(3, "2026-11-01")), "coming");
        assert_eq!(count_key(&own(3, "2026-12-01")), "past");
        let week = |unmarked, cancelled, asked| OwnVisits {
            count: VisitCount::default(),
            week: Some(WeekHours {
                monday: date("2026-11-02"),
                attended: 0,
                unmarked,
                coming: asked - unmarked,
                missed: 0,
                cancelled,
                minimum: 540,
                asked,
            }),
        };
        assert_eq!(count_key(&week(0, 0, 540)), "none");
        assert_eq!(week_key(&week(0, 0, 540)), Some("week.usual"));
        assert_eq!(week_key(&week(180, 0, 540)), Some("week.unmarked"));
        assert_eq!(week_key(&week(180, 180, 360)), Some("week.holiday"));
        assert_eq!(week_key(&own(3, "2026-11-10")), None);
    }
}
