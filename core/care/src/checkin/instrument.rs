//! The instruments this house can score, as tables: items, options, bands, allowances.
//!
//! Owns numbers only, no item text (clinical.md section 1, its scoring contract in section 5 and
//! instruments.json are the sources). Refuses: any judgement; that is `score` and `screener`.

use serde::{Serialize, Serializer};

/// A questionnaire whose arithmetic is known. Its id is that of instruments.json.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Instrument {
    /// Depression, 9 items, 0-27; item 9 is a safety item.
    Phq9,
    /// Anxiety, 7 items, 0-21.
    Gad7,
    /// Post-traumatic stress, 20 items, 0-80.
    Pcl5,
    /// Alcohol, 3 items, 0-12.
    Auditc,
    /// Drugs, 10 yes/no items; item 3 counts when answered no.
    Dast10,
    /// Columbia screener: a triage level, no total; every item is a safety item.
    CssrsScreener,
    /// Well-being, 5 items, 0-25; higher is better.
    Who5,
    /// Distress, 10 items of 1-5, 10-50.
    K10,
    /// Distress, 10 items; items 2 and 3 reversed; item 6 is a safety item.
    Core10,
    /// Work and social adjustment, 5 items of 0-8.
    Wsas,
    /// Insomnia, 7 items of 0-4.
    Isi,
    /// Disability, 12 items of 0-4, simple sum.
    Whodas12,
    /// Perceived stress, 10 items of 0-4; items 4, 5, 7 and 8 reversed.
    Pss10,
}

/// What may be answered to each item of an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Options {
    /// Whole numbers from the first to the second, both included.
    Range(i64, i64),
    /// Yes or no; yes counts 1.
    YesNo,
}

/// The arithmetic of one instrument.
#[derive(Debug)]
pub struct Rule {
    /// The id in instruments.json and on the command line.
    pub id: &'static str,
    /// The name people know it by.
    pub name: &'static str,
    /// Scored items in published order; the names are also our link ids.
    pub items: &'static [&'static str],
    /// Items that belong to the form and are not scored.
    pub unscored: &'static [&'static str],
    /// What each item may be answered with (also the unscored ones).
    pub options: Options,
    /// Positions (from 0) of items whose value counts backwards.
    pub reverse: &'static [usize],
    /// How many missing items a prorated total may have.
    pub allowance: usize,
    /// Lowest and highest possible total; `None` for an instrument without a total.
    pub range: Option<(i64, i64)>,
    /// Severity words with the lowest total of each, ascending; WHO-5 in percent.
    pub bands: &'static [(i64, &'static str)],
    /// Positions (from 0) of safety items with the lowest value that is positive.
    pub safety: &'static [(usize, i64)],
    /// Sums of some items, by name and positions (from 0).
    pub subscales: &'static [(&'static str, &'static [usize])],
    /// Whether a higher total is better for the patient (WHO-5 only).
    pub higher_is_better: bool,
}

const Q: [&str; 20] = [
    "q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9", "q10", "q11", "q12", "q13", "q14", "q15",
    "q16", "q17", "q18", "q19", "q20",
];
const COLUMBIA: [&str; 7] = ["q1", "q2", "q3", "q4", "q5", "q6_lifetime", "q6_3_months"];

/// The first `count` item names.
const fn first(count: usize) -> &'static [&'static str] {
    Q.split_at(count).0
}

const BLANK: Rule = Rule {
    id: "",
    name: "",
    items: &[],
    unscored: &[],
    options: Options::YesNo,
    reverse: &[],
    allowance: 0,
    range: None,
    bands: &[],
    safety: &[],
    subscales: &[],
    higher_is_better: false,
};

static PHQ9: Rule = Rule {
    id: "phq9",
    name: "PHQ-9",
    items: first(9),
    unscored: &["difficulty"],
    options: Options::Range(0, 3),
    allowance: 2,
    range: Some((0, 27)),
    bands: &[
        (0, "minimal"),
        (5, "mild"),
        (10, "moderate"),
        (15, "moderately-severe"),
        (20, "severe"),
    ],
    safety: &[(8, 1)],
    subscales: &[("phq2", &[0, 1])],
    ..BLANK
};

static GAD7: Rule = Rule {
    id: "gad7",
    name: "GAD-7",
    items: first(7),
    options: Options::Range(0, 3),
    allowance: 2,
    range: Some((0, 21)),
    bands: &[
        (0, "minimal"),
        (5, "mild"),
        (10, "moderate"),
        (15, "severe"),
    ],
    subscales: &[("gad2", &[0, 1])],
    ..BLANK
};

static PCL5: Rule = Rule {
    id: "pcl5",
    name: "PCL-5",
    items: first(20),
    options: Options::Range(0, 4),
    range: Some((0, 80)),
    bands: &[(0, "below-31"), (31, "31-32"), (33, "33-or-more")],
    subscales: &[
        ("B", &[0, 1, 2, 3, 4]),
        ("C", &[5, 6]),
        ("D", &[7, 8, 9, 10, 11, 12, 13]),
        ("E", &[14, 15, 16, 17, 18, 19]),
    ],
    ..BLANK
};

static AUDITC: Rule = Rule {
    id: "auditc",
    name: "AUDIT-C",
    items: first(3),
    options: Options::Range(0, 4),
    range: Some((0, 12)),
    ..BLANK
};

static DAST10: Rule = Rule {
    id: "dast10",
    name: "DAST-10",
    items: first(10),
    reverse: &[2],
    range: Some((0, 10)),
    bands: &[
        (0, "none"),
        (1, "low"),
        (3, "moderate"),
        (6, "substantial"),
        (9, "severe"),
    ],
    ..BLANK
};

static CSSRS: Rule = Rule {
    id: "cssrs-screener",
    name: "C-SSRS",
    items: &COLUMBIA,
    safety: &[(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1)],
    ..BLANK
};

static WHO5: Rule = Rule {
    id: "who5",
    name: "WHO-5",
    items: first(5),
    options: Options::Range(0, 5),
    range: Some((0, 25)),
    bands: &[(0, "very-low"), (29, "low"), (51, "not-low")],
    higher_is_better: true,
    ..BLANK
};

static K10: Rule = Rule {
    id: "k10",
    name: "K10",
    items: first(10),
    options: Options::Range(1, 5),
    range: Some((10, 50)),
    bands: &[
        (10, "low"),
        (16, "moderate"),
        (22, "high"),
        (30, "very-high"),
    ],
    ..BLANK
};

static CORE10: Rule = Rule {
    id: "core10",
    name: "CORE-10",
    items: first(10),
    options: Options::Range(0, 4),
    reverse: &[1, 2],
    allowance: 1,
    range: Some((0, 40)),
    bands: &[
        (0, "below-cutoff"),
        (11, "mild"),
        (15, "moderate"),
        (20, "moderate-to-severe"),
        (25, "severe"),
    ],
    safety: &[(5, 1)],
    ..BLANK
};

static WSAS: Rule = Rule {
    id: "wsas",
    name: "WSAS",
    items: first(5),
    options: Options::Range(0, 8),
    allowance: 1,
    range: Some((0, 40)),
    bands: &[
        (0, "subclinical"),
        (10, "significant-impairment"),
        (21, "moderately-severe-or-worse"),
    ],
    ..BLANK
};

static ISI: Rule = Rule {
    id: "isi",
    name: "ISI",
    items: first(7),
    options: Options::Range(0, 4),
    range: Some((0, 28)),
    bands: &[
        (0, "none"),
        (8, "subthreshold"),
        (15, "moderate"),
        (22, "severe"),
    ],
    ..BLANK
};

static WHODAS12: Rule = Rule {
    id: "whodas12",
    name: "WHODAS 2.0",
    items: first(12),
    options: Options::Range(0, 4),
    allowance: 1,
    range: Some((0, 48)),
    ..BLANK
};

static PSS10: Rule = Rule {
    id: "pss10",
    name: "PSS-10",
    items: first(10),
    options: Options::Range(0, 4),
    reverse: &[3, 4, 6, 7],
    range: Some((0, 40)),
    ..BLANK
};

impl Instrument {
    /// Every instrument, in the order of instruments.json.
    pub const ALL: [Self; 13] = [
        Self::Phq9,
        Self::Gad7,
        Self::Pcl5,
        Self::Auditc,
        Self::Dast10,
        Self::CssrsScreener,
        Self::Who5,
        Self::K10,
        Self::Core10,
        Self::Wsas,
        Self::Isi,
        Self::Whodas12,
        Self::Pss10,
    ];

    /// Its arithmetic.
    pub fn rule(self) -> &'static Rule {
        match self {
            Self::Phq9 => &PHQ9,
            Self::Gad7 => &GAD7,
            Self::Pcl5 => &PCL5,
            Self::Auditc => &AUDITC,
            Self::Dast10 => &DAST10,
            Self::CssrsScreener => &CSSRS,
            Self::Who5 => &WHO5,
            Self::K10 => &K10,
            Self::Core10 => &CORE10,
            Self::Wsas => &WSAS,
            Self::Isi => &ISI,
            Self::Whodas12 => &WHODAS12,
            Self::Pss10 => &PSS10,
        }
    }

    /// Its id in instruments.json, e.g. `cssrs-screener`.
    pub fn id(self) -> &'static str {
        self.rule().id
    }

    /// The instrument with this id; `None` for any other text (ids are exact).
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|instrument| instrument.id() == id)
    }
}

impl Serialize for Instrument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl Rule {
    /// The severity word of a total (WHO-5: of the percentage); `None` for an instrument without bands.
    pub(super) fn band(&self, total: super::Total) -> Option<&'static str> {
        self.bands
            .iter()
            .rev()
            .find(|(from, _)| total >= super::Total::whole(*from))
            .map(|(_, word)| *word)
    }

    /// Positions of every item, the unscored ones after the scored.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.items
            .iter()
            .chain(self.unscored)
            .position(|item| *item == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables above against the facts they were typed from.
    #[test]
    fn agrees_with_the_shared_facts() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/instruments.json"
        );
        let text =
            std::fs::read_to_string(path).expect("the shared folder lies beside the project");
        let facts: serde_json::Value = serde_json::from_str(&text).expect("the facts are JSON");
        let facts = facts["instruments"].as_array().expect("a list");
        assert_eq!(facts.len(), Instrument::ALL.len());
        for (fact, instrument) in facts.iter().zip(Instrument::ALL) {
            let rule = instrument.rule();
            assert_eq!(fact["id"], rule.id);
            // The screener's sixth question is asked twice: lifetime and three months.
            let items = rule.items.len() - usize::from(instrument == Instrument::CssrsScreener);
            assert_eq!(fact["items"], items, "{}", rule.id);
            let reverse: Vec<u64> = rule.reverse.iter().map(|at| *at as u64 + 1).collect();
            let published = fact
                .get("reverse")
                .cloned()
                .unwrap_or(serde_json::json!([]));
            assert_eq!(published, serde_json::json!(reverse), "{}", rule.id);
            assert_eq!(
                fact["missing_max"].as_u64().unwrap_or(0),
                rule.allowance as u64
            );
            if let Some((low, high)) = rule.range {
                assert_eq!(fact["range"], serde_json::json!([low, high]), "{}", rule.id);
            }
            let bands = ["bands", "bands_abs", "bands_percent"]
                .iter()
                .find_map(|key| fact.get(key));
            if let Some(bands) = bands {
                assert_eq!(bands, &serde_json::json!(rule.bands), "{}", rule.id);
            }
            for safety in fact["safety_items"].as_array().into_iter().flatten() {
                let at =
                    usize::try_from(safety["item"].as_u64().expect("a number")).expect("small");
                let from = safety["positive_from"].as_i64().expect("a number");
                assert!(rule.safety.contains(&(at - 1, from)), "{}", rule.id);
            }
            assert_eq!(Instrument::from_id(rule.id), Some(instrument));
        }
    }
}
