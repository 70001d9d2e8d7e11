//! The words beside a check-in, one file a language: severity, what a change means, what was sent.
//!
//! Owns the reading of them. Refuses to decide who sees them: severity and change are for patients only
//! when the clinic says so (clinical.md section 2, point 7). Words are plain and name no disorder; there is
//! no praise and no score of zero "risk".

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::change::Change;
use super::instrument::Instrument;
use crate::content;

type Words = BTreeMap<String, String>;

fn read(json: &str) -> Words {
    serde_json::from_str(json).expect("the shipped words are a map of texts: a test reads them")
}

static ENGLISH: LazyLock<Words> = LazyLock::new(|| read(content::text("en/check-ins.json")));
static SPANISH: LazyLock<Words> = LazyLock::new(|| read(content::text("es/check-ins.json")));

/// The words of a key in a language (BCP 47; only the first part counts), in English where we have no
/// other. `None` for a key that is none. Gaps stand in braces: `{to}`.
pub fn words(language: &str, key: &str) -> Option<&'static str> {
    let all = if super::form::is_spanish(language) {
        &SPANISH
    } else {
        &ENGLISH
    };
    all.get(key).map(String::as_str)
}

/// The words of a severity of an instrument; `None` where the instrument has no such band.
pub fn severity_words(
    language: &str,
    instrument: Instrument,
    severity: &str,
) -> Option<&'static str> {
    words(
        language,
        &format!("severity.{}.{severity}", instrument.id()),
    )
}

/// What a change means, in the one line that says most: worse before anything good.
pub fn change_words(language: &str, change: &Change) -> &'static str {
    let labels = [
        (change.worse, "change.worse"),
        (change.improved && change.remission, "change.remission"),
        (change.response, "change.response"),
        (change.reliable, "change.reliable"),
        (change.improved, "change.improved"),
    ];
    let holds = labels.iter().find(|(holds, _)| *holds);
    let key = holds.map_or("change.same", |(_, key)| key);
    words(language, key).expect("the keys above are in every language: a test compares them")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(text: &str) -> Vec<&str> {
        let mut gaps: Vec<_> = text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect();
        gaps.sort_unstable();
        gaps
    }

    #[test]
    fn all_languages_have_the_same_keys_and_gaps() {
        let keys = |words: &'static Words| words.keys().collect::<Vec<_>>();
        assert_eq!(keys(&ENGLISH), keys(&SPANISH));
        for (key, english) in ENGLISH.iter() {
            let spanish = &SPANISH[key];
            assert_eq!(gaps(english), gaps(spanish), "{key}");
            assert!(
                !english.trim().is_empty() && !spanish.trim().is_empty(),
                "{key}"
            );
        }
    }

    #[test]
    fn every_band_of_every_instrument_has_words_and_nothing_else_does() {
        let mut bands = 0;
        for instrument in Instrument::ALL {
            for (_, word) in instrument.rule().bands {
                bands += 1;
                for language in ["en", "es-MX"] {
                    let words = severity_words(language, instrument, word);
                    assert!(words.is_some(), "{} {word}", instrument.id());
                }
            }
        }
        let severities = ENGLISH.keys().filter(|key| key.starts_with("severity."));
        assert_eq!(severities.count(), bands);
        assert_eq!(
            severity_words("en", Instrument::CssrsScreener, "high"),
            None,
            "no word for a level is shown to a patient"
        );
    }

    #[test]
    fn the_line_that_says_most() {
        use super::super::{Thresholds, Total, change};
        let line = |from: i64, to: i64| {
            let thresholds = Thresholds::default_for(Instrument::Phq9);
            let (from, to) = (Total::whole(from), Total::whole(to));
            let change = change(Instrument::Phq9, from, to, thresholds).expect("totals");
            change_words("en", &change)
        };
        for (from, to, expected) in [
            (20, 19, "About the same as before"),
            (4, 3, "About the same as before"),
            (20, 15, "Better than before"),
            (20, 14, "Clearly better than before"),
            (20, 10, "Much better than before"),
            (20, 4, "Few symptoms now"),
            (0, 5, "Harder than before"),
        ] {
            assert_eq!(line(from, to), expected, "{from} to {to}");
        }
    }
}
