//! What holds for any sheet.

use proptest::prelude::*;

use super::*;

/// Any instrument with any sheet, blanks included.
fn any_sheet() -> impl Strategy<Value = (Instrument, Vec<i64>)> {
    prop::sample::select(Instrument::ALL.to_vec()).prop_flat_map(|instrument| {
        let rule = instrument.rule();
        let (low, high) = match rule.options {
            Options::Range(low, high) => (low, high),
            Options::YesNo => (0, 1),
        };
        let cell = prop_oneof![1 => Just(M), 9 => low..=high];
        let cells = prop::collection::vec(cell, rule.items.len());
        (Just(instrument), cells)
    })
}

const RANKS: [&str; 4] = ["low", "moderate", "high", ""];

fn rank(severity: Option<&str>) -> usize {
    let at = RANKS.iter().position(|word| Some(*word) == severity);
    at.map_or(0, |at| at + 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn totals_stay_in_range_and_follow_the_status((instrument, values) in any_sheet()) {
        let scored = scored(instrument, &values);
        let rule = instrument.rule();
        if let (Some(total), Some((low, high))) = (scored.total, rule.range) {
            prop_assert!(Total::whole(low) <= total && total <= Total::whole(high));
        }
        let has_total = matches!(scored.status, Status::Complete | Status::Prorated) && rule.range.is_some();
        prop_assert_eq!(scored.total.is_some(), has_total);
        prop_assert_eq!(scored.severity.is_some(), has_total && !rule.bands.is_empty() || rule.range.is_none());
        prop_assert!(scored.status != Status::Prorated || scored.missing <= rule.allowance);
        prop_assert_eq!(scored.safety.len(), rule.safety.len());
        // Stored and printed numbers are the same thing.
        prop_assert!(serde_json::to_string(&scored).is_ok());
    }

    #[test]
    fn a_higher_keyed_answer_never_lowers_a_total((instrument, values) in any_sheet(), at in any::<prop::sample::Index>()) {
        let rule = instrument.rule();
        let at = at.index(values.len());
        let (low, high) = match rule.options { Options::Range(low, high) => (low, high), Options::YesNo => (0, 1) };
        let mut worse = values.clone();
        let step = if rule.reverse.contains(&at) { -1 } else { 1 };
        prop_assume!(values[at] != M && (low..=high).contains(&(values[at] + step)));
        // A gate's own step may end a skip.
        prop_assume!(!matches!(instrument, Instrument::K10 | Instrument::Auditc) || !values.contains(&M));
        worse[at] += step;
        prop_assert!(scored(instrument, &worse).total >= scored(instrument, &values).total);
    }

    #[test]
    fn a_blank_never_lowers_a_triage(values in prop::collection::vec(-1_i64..=1, 7), at in 0..7_usize) {
        let full = scored(Instrument::CssrsScreener, &values);
        let mut fewer = values.clone();
        // What is taken away is a "no" or a blank: what was said cannot be unsaid.
        prop_assume!(values[at] != 1);
        fewer[at] = M;
        let blank = scored(Instrument::CssrsScreener, &fewer);
        prop_assert_eq!(rank(blank.severity), rank(full.severity));
        prop_assert!(blank.severity != Some("none") || full.severity == Some("none"));
        // And with a "yes" more it only rises.
        fewer[at] = 1;
        prop_assert!(rank(scored(Instrument::CssrsScreener, &fewer).severity) >= rank(full.severity));
    }

    /// A decided flag is what every completion of the blanks gives; an open one has both.
    #[test]
    fn flags_say_what_is_decided(values in prop::collection::vec(prop_oneof![1 => Just(M), 6 => 0_i64..=3], 9)) {
        let blanks: Vec<usize> = (0..9).filter(|at| values[*at] == M).collect();
        prop_assume!(blanks.len() <= 3);
        let found = scored(Instrument::Phq9, &values).flags;
        for name in ["major_depressive_syndrome", "other_depressive_syndrome"] {
            let mut seen = std::collections::BTreeSet::new();
            for code in 0..4_i64.pow(u32::try_from(blanks.len()).expect("few")) {
                let mut full = values.clone();
                let mut rest = code;
                for at in &blanks { full[*at] = rest % 4; rest /= 4; }
                seen.insert(scored(Instrument::Phq9, &full).flags[name]);
            }
            let expected = if seen.len() == 1 { seen.pop_first().flatten() } else { None };
            prop_assert_eq!(found[name], expected, "{} {:?}", name, values);
        }
    }

    #[test]
    fn blanks_within_the_allowance_keep_a_total((instrument, values) in any_sheet()) {
        let scored = scored(instrument, &values);
        let rule = instrument.rule();
        prop_assume!(rule.range.is_some());
        let blanks = values.iter().filter(|value| **value == M).count();
        if blanks <= rule.allowance {
            prop_assert!(scored.total.is_some());
        }
    }
}
