//! Scores of all instruments that sum up, by clinical.md sections 1 and 5; pure.
//!
//! Owns status, missing items, prorating, severity, subscales and flags. Refuses: clamping an answer
//! that is no option, imputing a safety item, running a questionnaire's own formula.
//!
//! Where the published rule is silent, this house says:
//! - A sheet with an answer that is no option (`error`) is refused whole: no total, no severity, no
//!   subscale, no flag. Its safety items are judged all the same, each alone.
//! - A subscale is there only when all its own items are answered, else it is null. A flag that is a
//!   threshold over a total or subscale (`phq2_positive`, `gad2_positive`, `k6_positive`, `positive`)
//!   is null when that sum is.
//! - A flag that counts symptoms (`*_depressive_syndrome`, `provisional_ptsd`, `further_assessment`)
//!   is true when no answer to the missing items could undo it, false when none could bring it about, else
//!   null. Nothing is counted as "no" because it was left blank.
//! - Items that a skip rule excuses (AUDIT-C 2 and 3, K10 3 and 6) are not missing. WSAS question 1
//!   marked as not applicable counts as the one missing item that rule allows.

use std::collections::BTreeMap;

use serde::Serialize;

use super::instrument::{Instrument, Options, Rule};
use super::safety::SafetyState;
use super::screener;
use super::sheet::{Cell, Sex, Sheet};
use super::total::Total;

/// What kind of result a sheet gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Every required item is answered.
    Complete,
    /// Items are missing, within the instrument's allowance; the total is prorated.
    Prorated,
    /// Too many items are missing: no total, no severity.
    Incomplete,
    /// C-SSRS: a later answer contradicts the question that leads to it.
    Inconsistent,
    /// An answer is not an option of its question: refused.
    Error,
}

/// The result of one sheet. Serialises as one output line of design.md section 9, without `case`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scored {
    /// Whether there is a total, and how it came about.
    pub status: Status,
    /// How many required items have no answer.
    pub missing: usize,
    /// The reported total: whole points; CORE-10 keeps its fraction; WHO-5 is raw.
    pub total: Option<Total>,
    /// The instrument's own word; C-SSRS: the triage level.
    pub severity: Option<&'static str>,
    /// Sums of some items; `None` when one of them is missing.
    pub subscales: BTreeMap<&'static str, Option<i64>>,
    /// Published yes/no readings; `None` when the missing answers leave it open.
    pub flags: BTreeMap<&'static str, Option<bool>>,
    /// Each safety item, judged alone.
    pub safety: BTreeMap<&'static str, SafetyState>,
}

/// Scores a sheet. Any sheet gives a result; see the module's words for what each status leaves out.
/// A sheet of another instrument than `instrument` is refused (`error`).
pub fn score(instrument: Instrument, sheet: &Sheet) -> Scored {
    let rule = instrument.rule();
    if sheet.instrument() != instrument {
        return refused(rule, &vec![Ok(None); rule.items.len()]);
    }
    let read: Vec<Read> = sheet
        .cells()
        .iter()
        .map(|cell| read(rule.options, *cell))
        .collect();
    let items = &read[..rule.items.len()];
    let contradicts =
        sheet.context.work_not_applicable && instrument == Instrument::Wsas && items[0] != Ok(None);
    let bad = contradicts || read.contains(&Err(Refused));
    if instrument == Instrument::CssrsScreener {
        return screener::triage(rule, items, bad);
    }
    if bad {
        return refused(rule, items);
    }
    let raw = with_skips(instrument, items);
    summed(instrument, sheet.context.sex, &raw, safety_of(rule, items))
}

/// An answer that is no option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

/// A cell held against the options: the value, nothing, or refused.
pub(super) type Read = Result<Option<i64>, Refused>;

fn read(options: Options, cell: Cell) -> Read {
    match (options, cell) {
        (_, Cell::Missing) => Ok(None),
        (Options::Range(low, high), Cell::Number(value)) if (low..=high).contains(&value) => {
            Ok(Some(value))
        }
        (Options::YesNo, Cell::YesNo(yes)) => Ok(Some(i64::from(yes))),
        _ => Err(Refused),
    }
}

/// Each safety item alone. An answer that is no option says nothing: neither negative nor positive.
pub(super) fn safety_of(rule: &Rule, items: &[Read]) -> BTreeMap<&'static str, SafetyState> {
    rule.safety
        .iter()
        .map(|(at, from)| {
            let state = match items[*at] {
                Ok(Some(value)) if value >= *from => SafetyState::Positive,
                Ok(Some(_)) => SafetyState::Negative,
                Ok(None) | Err(Refused) => SafetyState::Unanswered,
            };
            (rule.items[*at], state)
        })
        .collect()
}

fn refused(rule: &Rule, items: &[Read]) -> Scored {
    let nothing = vec![None; rule.items.len()];
    Scored {
        status: Status::Error,
        missing: items.iter().filter(|item| **item == Ok(None)).count(),
        total: None,
        severity: None,
        subscales: subscales(rule, &nothing, None)
            .into_keys()
            .map(|name| (name, None))
            .collect(),
        flags: flag_names(rule).iter().map(|name| (*name, None)).collect(),
        safety: safety_of(rule, items),
    }
}

/// The values as given, with items that a skip rule excuses filled in.
fn with_skips(instrument: Instrument, items: &[Read]) -> Vec<Option<i64>> {
    let mut raw: Vec<Option<i64>> = items.iter().map(|item| item.unwrap_or(None)).collect();
    match instrument {
        // Never a drink: the other two are not asked.
        Instrument::Auditc if raw == [Some(0), None, None] => raw = vec![Some(0); 3],
        Instrument::K10 => {
            for (gate, skipped) in [(1, 2), (4, 5)] {
                if raw[gate] == Some(1) {
                    raw[skipped] = raw[skipped].or(Some(1));
                }
            }
        }
        _ => {}
    }
    raw
}

fn summed(
    instrument: Instrument,
    sex: Option<Sex>,
    raw: &[Option<i64>],
    safety: BTreeMap<&'static str, SafetyState>,
) -> Scored {
    let rule = instrument.rule();
    let keyed: Vec<Option<i64>> = raw
        .iter()
        .enumerate()
        .map(|(at, value)| value.map(|value| keyed(rule, at, value)))
        .collect();
    let missing = keyed.iter().filter(|value| value.is_none()).count();
    let status = match missing {
        0 => Status::Complete,
        n if n <= rule.allowance => Status::Prorated,
        _ => Status::Incomplete,
    };
    let total = (status != Status::Incomplete).then(|| total(instrument, &keyed, missing));
    let severity = total.and_then(|total| match instrument {
        Instrument::Who5 => rule.band(total.times(4)),
        _ => rule.band(total),
    });
    let subscales = subscales(rule, &keyed, total);
    let flags = flags(instrument, sex, &keyed, total, &subscales);
    Scored {
        status,
        missing,
        total,
        severity,
        subscales,
        flags,
        safety,
    }
}

/// The value as it counts: reversed where the instrument says so.
fn keyed(rule: &Rule, at: usize, value: i64) -> i64 {
    let (low, high) = match rule.options {
        Options::Range(low, high) => (low, high),
        Options::YesNo => (0, 1),
    };
    if rule.reverse.contains(&at) {
        low + high - value
    } else {
        value
    }
}

fn total(instrument: Instrument, keyed: &[Option<i64>], missing: usize) -> Total {
    let sum: i64 = keyed.iter().flatten().sum();
    if missing == 0 {
        return Total::whole(sum);
    }
    let items = i64::try_from(keyed.len()).expect("an instrument has at most 20 items");
    let answered = i64::try_from(keyed.len() - missing).expect("at most 20 items");
    let exact = Total::prorated(sum, items, answered);
    match instrument {
        Instrument::Core10 => exact,
        _ => Total::whole(exact.rounded()),
    }
}

fn subscales(
    rule: &Rule,
    keyed: &[Option<i64>],
    total: Option<Total>,
) -> BTreeMap<&'static str, Option<i64>> {
    let mut sums: BTreeMap<_, _> = rule
        .subscales
        .iter()
        .map(|(name, items)| (*name, sum_of(keyed, items, 0)))
        .collect();
    match rule.id {
        "who5" => {
            sums.insert("percent", total.map(|total| total.rounded() * 4));
        }
        // K6: items 2, 4, 5, 8, 9 and 10, recoded 1..5 to 0..4.
        "k10" => {
            sums.insert("k6", sum_of(keyed, &[1, 3, 4, 7, 8, 9], 1));
        }
        _ => {}
    }
    sums
}

fn sum_of(keyed: &[Option<i64>], items: &[usize], less: i64) -> Option<i64> {
    items
        .iter()
        .map(|at| keyed[*at].map(|value| value - less))
        .sum()
}

fn flag_names(rule: &Rule) -> &'static [&'static str] {
    match rule.id {
        "phq9" => &[
            "phq2_positive",
            "major_depressive_syndrome",
            "other_depressive_syndrome",
        ],
        "gad7" => &["gad2_positive"],
        "pcl5" => &["provisional_ptsd"],
        "auditc" | "dast10" => &["positive"],
        "k10" => &["k6_positive"],
        "who5" => &["further_assessment"],
        "cssrs-screener" => &["needs_follow_up"],
        _ => &[],
    }
}

fn flags(
    instrument: Instrument,
    sex: Option<Sex>,
    keyed: &[Option<i64>],
    total: Option<Total>,
    subscales: &BTreeMap<&'static str, Option<i64>>,
) -> BTreeMap<&'static str, Option<bool>> {
    let at_least = |name: &str, from: i64| {
        subscales
            .get(name)
            .copied()
            .flatten()
            .map(|sum| sum >= from)
    };
    let total_from = |from: i64| total.map(|total| total >= Total::whole(from));
    match instrument {
        Instrument::Phq9 => {
            let (major, other) = depressive_syndromes(keyed);
            BTreeMap::from([
                ("phq2_positive", at_least("phq2", 3)),
                ("major_depressive_syndrome", major),
                ("other_depressive_syndrome", other),
            ])
        }
        Instrument::Gad7 => BTreeMap::from([("gad2_positive", at_least("gad2", 3))]),
        Instrument::Pcl5 => BTreeMap::from([("provisional_ptsd", provisional_ptsd(keyed))]),
        Instrument::Auditc => {
            let from = if sex == Some(Sex::Male) { 4 } else { 3 };
            BTreeMap::from([("positive", total_from(from))])
        }
        Instrument::Dast10 => BTreeMap::from([("positive", total_from(3))]),
        Instrument::K10 => BTreeMap::from([("k6_positive", at_least("k6", 13))]),
        Instrument::Who5 => {
            let low_item = keyed.iter().flatten().any(|value| *value <= 1);
            let low_total = total.map(|total| total < Total::whole(13));
            let look = if low_item { Some(true) } else { low_total };
            BTreeMap::from([("further_assessment", look)])
        }
        Instrument::CssrsScreener
        | Instrument::Core10
        | Instrument::Wsas
        | Instrument::Isi
        | Instrument::Whodas12
        | Instrument::Pss10 => BTreeMap::new(),
    }
}

/// PHQ-9's two syndromes: a symptom is an item at 2 or more (item 9: 1 or more). Major: five or more,
/// one of them item 1 or 2. Other: two to four, one of them item 1 or 2.
fn depressive_syndromes(keyed: &[Option<i64>]) -> (Option<bool>, Option<bool>) {
    let symptom = |at: usize| keyed[at].map(|value| value >= if at == 8 { 1 } else { 2 });
    let all: Vec<Option<bool>> = (0..9).map(symptom).collect();
    let present = all.iter().filter(|state| **state == Some(true)).count();
    let open = all.iter().filter(|state| state.is_none()).count();
    let core = all[0] == Some(true) || all[1] == Some(true);
    let core_possible = core || all[0].is_none() || all[1].is_none();
    // A core item that is still open would itself be one more symptom.
    let fewest = present + usize::from(!core);
    let major = decide(core && present >= 5, core_possible && present + open >= 5);
    let other = decide(
        core && present >= 2 && present + open <= 4,
        core_possible && fewest <= 4 && present + open >= 2,
    );
    (major, other)
}

/// At least one B, one C, two D and two E items rated 2 or more.
fn provisional_ptsd(keyed: &[Option<i64>]) -> Option<bool> {
    let clusters = [(0..5, 1), (5..7, 1), (7..14, 2), (14..20, 2)];
    let met = |blank: bool| {
        clusters.iter().all(|(items, needed)| {
            keyed[items.clone()]
                .iter()
                .filter(|value| value.map_or(blank, |value| value >= 2))
                .count()
                >= *needed
        })
    };
    decide(met(false), met(true))
}

/// `certain`: true whatever the missing answers are; `possible`: true for some of them.
fn decide(certain: bool, possible: bool) -> Option<bool> {
    match (certain, possible) {
        (true, _) => Some(true),
        (false, false) => Some(false),
        (false, true) => None,
    }
}

#[cfg(test)]
mod tests;
