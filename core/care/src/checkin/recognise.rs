//! Whether a form is an instrument we can score.
//!
//! Owns the codes by which items are known and the check of their option values. Recognised means: every
//! scored item of exactly one instrument is there once, by LOINC item code or by our own, and its
//! options have exactly the instrument's values, each on the answer that should have it. Refuses to go by
//! panel codes, titles or answer codes: public files carry the right panel over other questions
//! (clinical.md section 1, traps, and section 4).

use serde::Serialize;

use super::answers::{Answer, Answers};
use super::form::{Choice, Form, Item, Kind};
use super::instrument::{Instrument, Options};
use super::sheet::{Cell, Context, Sheet};

/// Our own code system for items: `INSTRUMENT-ITEM`, e.g. `core10-q6`.
pub const OWN_SYSTEM: &str = "urn:handrail:item";

/// LOINC.
pub(super) const LOINC: &str = "http://loinc.org";

/// A form that an instrument scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recognition {
    /// The instrument.
    pub instrument: Instrument,
    /// The form's link id of each scored item, in the instrument's order.
    pub items: Vec<String>,
}

impl Form {
    /// The answers as a sheet of the recognised instrument; `None` when there is none.
    pub fn sheet(&self, answers: &Answers, context: Context) -> Option<Sheet> {
        let recognised = self.recognised.as_ref()?;
        let rule = recognised.instrument.rule();
        let mut sheet = Sheet::new(recognised.instrument);
        sheet.context = context;
        for (name, link_id) in rule.items.iter().zip(&recognised.items) {
            let cell = match (answers.get(link_id), rule.options) {
                (None, _) => Cell::Missing,
                (Some(Answer::Bool(yes)), _) => Cell::YesNo(*yes),
                (Some(Answer::Value(value @ (0 | 1))), Options::YesNo) => Cell::YesNo(*value == 1),
                (Some(Answer::Value(value)), _) => Cell::Number(*value),
                (Some(_), _) => Cell::Invalid,
            };
            sheet
                .set(name, cell)
                .expect("the name is the instrument's own");
        }
        Some(sheet)
    }
}

/// What looking for an instrument found.
pub(super) enum Found {
    One(Recognition),
    /// More than one instrument is whole: nobody can say which total is meant.
    Several,
    /// Every item of this one is there, and some option has another value.
    OtherValues,
    Nothing,
}

pub(super) fn recognise(items: &[Item]) -> Found {
    let mut other_values = false;
    let mut found = Vec::new();
    for instrument in Instrument::ALL {
        let Some(at) = positions(instrument, items) else {
            continue;
        };
        if at.iter().all(|at| values_match(instrument, &items[*at])) {
            found.push(Recognition {
                instrument,
                items: at.iter().map(|at| items[*at].link_id.clone()).collect(),
            });
        } else {
            other_values = true;
        }
    }
    match (found.len(), other_values) {
        (1, _) => found.pop().map_or(Found::Nothing, Found::One),
        (0, true) => Found::OtherValues,
        (0, false) => Found::Nothing,
        _ => Found::Several,
    }
}

/// Where each scored item stands; `None` unless each stands there exactly once.
fn positions(instrument: Instrument, items: &[Item]) -> Option<Vec<usize>> {
    let rule = instrument.rule();
    let loinc = loinc_items(instrument);
    (0..rule.items.len())
        .map(|at| {
            let own = format!("{}-{}", rule.id, rule.items[at]);
            let mut places = items.iter().enumerate().filter(|(_, item)| {
                item.kind != Kind::Group
                    && item.codes.iter().any(|code| match code.system.as_deref() {
                        Some(OWN_SYSTEM) => code.code == own,
                        // Some public files leave the system out; import warns.
                        Some(LOINC) | None => loinc.get(at) == Some(&code.code.as_str()),
                        Some(_) => false,
                    })
            });
            let place = places.next()?.0;
            places.next().is_none().then_some(place)
        })
        .collect()
}

fn values_match(instrument: Instrument, item: &Item) -> bool {
    if item.repeats {
        return false;
    }
    match (instrument.rule().options, item.kind) {
        (Options::YesNo, Kind::Boolean) => true,
        (Options::YesNo, Kind::Choice) => {
            item.options.len() == 2
                && [(1, true), (0, false)].iter().all(|(value, yes)| {
                    let option = item
                        .options
                        .iter()
                        .find(|option| option.answer == Answer::Value(*value));
                    option.and_then(yes_or_no) == Some(*yes)
                })
        }
        (Options::Range(low, high), Kind::Choice) => {
            let count = usize::try_from(high - low + 1).expect("a handful of options");
            item.options.len() == count
                && (low..=high).all(|value| {
                    let option = item
                        .options
                        .iter()
                        .find(|option| option.answer == Answer::Value(value));
                    option.is_some_and(|option| {
                        published_value(instrument, option)
                            .is_none_or(|published| published == value)
                    })
                })
        }
        _ => false,
    }
}

fn yes_or_no(option: &Choice) -> Option<bool> {
    let code = option.code.as_ref().map(|code| code.code.as_str());
    match (code, option.display.to_lowercase().as_str()) {
        (Some("LA33-6" | "Y"), _) | (_, "yes") => Some(true),
        (Some("LA32-8" | "N"), _) | (_, "no") => Some(false),
        _ => None,
    }
}

/// The value that this option must have by its code or its words; `None` when neither is known.
fn published_value(instrument: Instrument, option: &Choice) -> Option<i64> {
    let (codes, words): (&[(&str, i64)], &[&str]) = match instrument {
        Instrument::Phq9 | Instrument::Gad7 => (
            &[
                ("LA6568-5", 0),
                ("LA6569-3", 1),
                ("LA6570-1", 2),
                // LOINC's list for GAD-7 item 2.
                ("LA18938-3", 2),
                ("LA6571-9", 3),
            ],
            &[
                "not at all",
                "several days",
                "more than half the days",
                "nearly every day",
            ],
        ),
        Instrument::Pcl5 => (
            &[],
            &[
                "not at all",
                "a little bit",
                "moderately",
                "quite a bit",
                "extremely",
            ],
        ),
        Instrument::Auditc => (
            &[
                ("LA6270-8", 0),
                ("LA18926-8", 1),
                ("LA18927-6", 2),
                ("LA18928-4", 3),
                ("LA18929-2", 4),
                ("LA15694-5", 0),
                ("LA15695-2", 1),
                ("LA18930-0", 2),
                ("LA18931-8", 3),
                ("LA18932-6", 4),
                ("LA18933-4", 1),
                ("LA18876-5", 2),
                ("LA18891-4", 3),
                ("LA18934-2", 4),
            ],
            &[],
        ),
        _ => (&[], &[]),
    };
    let by_code = option.code.as_ref().and_then(|code| {
        let known = codes.iter().find(|(known, _)| *known == code.code)?;
        Some(known.1)
    });
    by_code.or_else(|| {
        let display = option.display.to_lowercase();
        let at = words.iter().position(|word| *word == display)?;
        i64::try_from(at).ok()
    })
}

/// LOINC codes of the scored items, in order; empty where LOINC has none (clinical.md section 1: do
/// not invent any) or where its answer lists are already reversed (PSS-10).
pub(super) fn loinc_items(instrument: Instrument) -> &'static [&'static str] {
    match instrument {
        Instrument::Phq9 => &[
            "44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3",
            "44260-8",
        ],
        Instrument::Gad7 => &[
            "69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7",
        ],
        Instrument::Auditc => &["68518-0", "68519-8", "68520-6"],
        Instrument::CssrsScreener => &[
            "93246-7", "93247-5", "93248-3", "93249-1", "93250-9", "93267-3", "93269-9",
        ],
        _ => &[],
    }
}

/// Panel and total codes: they say what a form claims to be, never what it is.
pub(super) const CLAIMS: [&str; 16] = [
    "44249-1", "44261-6", "55757-9", "55758-7", "69737-5", "70274-6", "69724-3", "101697-1",
    "101698-9", "72109-2", "75626-2", "75624-7", "82666-9", "82667-7", "93373-9", "106860-0",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes above against the facts they were typed from.
    #[test]
    fn codes_agree_with_the_shared_facts() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/instruments.json"
        );
        let text =
            std::fs::read_to_string(path).expect("the shared folder lies beside the project");
        let facts: serde_json::Value = serde_json::from_str(&text).expect("the facts are JSON");
        for fact in facts["instruments"].as_array().expect("a list") {
            let instrument = fact["id"]
                .as_str()
                .and_then(Instrument::from_id)
                .expect("known");
            let published: Vec<&str> = fact["loinc"]["items"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|code| code.as_str())
                .collect();
            assert_eq!(loinc_items(instrument), published, "{}", instrument.id());
        }
    }
}
