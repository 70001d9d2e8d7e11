//! Tables reasoned from clinical.md sections 1 and 5; each comment gives the arithmetic.

use super::*;
use Instrument::{Auditc, Core10, Dast10, Gad7, Isi, K10, Pcl5, Phq9, Pss10, Who5, Whodas12, Wsas};
use Status::{Incomplete, Prorated};

mod flags;
mod properties;
mod screener;

const M: i64 = -1;

/// A sheet from numbers in item order; `M` is missing.
fn sheet(instrument: Instrument, values: &[i64]) -> Sheet {
    let rule = instrument.rule();
    let mut sheet = Sheet::new(instrument);
    for (name, value) in rule.items.iter().zip(values) {
        let cell = match (*value, rule.options) {
            (M, _) => Cell::Missing,
            (value, Options::YesNo) => Cell::YesNo(value == 1),
            (value, Options::Range(..)) => Cell::Number(value),
        };
        sheet.set(name, cell).expect("an item of the instrument");
    }
    sheet
}

fn scored(instrument: Instrument, values: &[i64]) -> Scored {
    score(instrument, &sheet(instrument, values))
}

/// Status, reported total and severity.
fn result(scored: &Scored) -> Expected {
    (
        scored.status,
        scored.total.map(Total::rounded),
        scored.severity,
    )
}

/// A complete sheet whose keyed values sum to `sum` above the instrument's lowest total.
fn sheet_of_total(instrument: Instrument, total: i64) -> Vec<i64> {
    let rule = instrument.rule();
    let (low, high) = match rule.options {
        Options::Range(low, high) => (low, high),
        Options::YesNo => (0, 1),
    };
    let items = rule.items.len();
    let mut rest = total - low * i64::try_from(items).expect("few items");
    (0..items)
        .map(|at| {
            let step = rest.min(high - low);
            rest -= step;
            let keyed = low + step;
            if rule.reverse.contains(&at) {
                low + high - keyed
            } else {
                keyed
            }
        })
        .collect()
}

type Band = (i64, i64, &'static str);

/// First and last total of each band.
const BANDS: [(Instrument, &[Band]); 9] = [
    (
        Phq9,
        &[
            (0, 4, "minimal"),
            (5, 9, "mild"),
            (10, 14, "moderate"),
            (15, 19, "moderately-severe"),
            (20, 27, "severe"),
        ],
    ),
    (
        Gad7,
        &[
            (0, 4, "minimal"),
            (5, 9, "mild"),
            (10, 14, "moderate"),
            (15, 21, "severe"),
        ],
    ),
    (
        Pcl5,
        &[
            (0, 30, "below-31"),
            (31, 32, "31-32"),
            (33, 80, "33-or-more"),
        ],
    ),
    (
        Dast10,
        &[
            (0, 0, "none"),
            (1, 2, "low"),
            (3, 5, "moderate"),
            (6, 8, "substantial"),
            (9, 10, "severe"),
        ],
    ),
    // Raw 0-7 is 0-28 percent, 8-12 is 32-48, 13-25 is 52-100.
    (
        Who5,
        &[(0, 7, "very-low"), (8, 12, "low"), (13, 25, "not-low")],
    ),
    (
        K10,
        &[
            (10, 15, "low"),
            (16, 21, "moderate"),
            (22, 29, "high"),
            (30, 50, "very-high"),
        ],
    ),
    (
        Core10,
        &[
            (0, 10, "below-cutoff"),
            (11, 14, "mild"),
            (15, 19, "moderate"),
            (20, 24, "moderate-to-severe"),
            (25, 40, "severe"),
        ],
    ),
    (
        Wsas,
        &[
            (0, 9, "subclinical"),
            (10, 20, "significant-impairment"),
            (21, 40, "moderately-severe-or-worse"),
        ],
    ),
    (
        Isi,
        &[
            (0, 7, "none"),
            (8, 14, "subthreshold"),
            (15, 21, "moderate"),
            (22, 28, "severe"),
        ],
    ),
];

#[test]
fn every_band_begins_and_ends_where_it_was_published() {
    for (instrument, bands) in BANDS {
        for (from, to, word) in bands {
            for total in *from..=*to {
                let scored = scored(instrument, &sheet_of_total(instrument, total));
                assert_eq!(
                    result(&scored),
                    (Status::Complete, Some(total), Some(*word)),
                    "{} {total}",
                    instrument.id()
                );
            }
        }
    }
}

#[test]
fn instruments_without_bands_have_a_total_and_no_word() {
    for instrument in [Instrument::Auditc, Instrument::Whodas12, Instrument::Pss10] {
        let (low, high) = instrument.rule().range.expect("a total");
        for total in low..=high {
            let scored = scored(instrument, &sheet_of_total(instrument, total));
            assert_eq!(result(&scored), (Status::Complete, Some(total), None));
        }
    }
}

/// Status, reported total and severity.
type Expected = (Status, Option<i64>, Option<&'static str>);

const MISSING: [(Instrument, &[i64], Expected); 30] = [
    // 8 over 8 items: 8 x 9 / 8 = 9.
    (
        Phq9,
        &[1, 1, 1, 1, 1, 1, 1, 1, M],
        (Prorated, Some(9), Some("mild")),
    ),
    // 4 over 8: 4.5, half up 5: mild by the rounded total.
    (
        Phq9,
        &[1, 1, 1, 1, 0, 0, 0, 0, M],
        (Prorated, Some(5), Some("mild")),
    ),
    // 7 over 7: 9.
    (
        Phq9,
        &[1, 1, 1, 1, 1, 1, 1, M, M],
        (Prorated, Some(9), Some("mild")),
    ),
    // 15 over 7: 19.28 is 19; 16 over 7: 20.57 is 21.
    (
        Phq9,
        &[3, 3, 3, 3, 3, 0, 0, M, M],
        (Prorated, Some(19), Some("moderately-severe")),
    ),
    (
        Phq9,
        &[3, 3, 3, 3, 3, 1, 0, M, M],
        (Prorated, Some(21), Some("severe")),
    ),
    (
        Phq9,
        &[3, 3, 3, 3, 3, 3, 3, M, M],
        (Prorated, Some(27), Some("severe")),
    ),
    (Phq9, &[3, 3, 3, 3, 3, 3, M, M, M], (Incomplete, None, None)),
    (Phq9, &[M; 9], (Incomplete, None, None)),
    // 3 over 6: 3.5, half up 4. 8 over 6: 9.33 is 9. 5 over 5: 7.
    (
        Gad7,
        &[1, 1, 1, 0, 0, 0, M],
        (Prorated, Some(4), Some("minimal")),
    ),
    (
        Gad7,
        &[2, 2, 2, 2, 0, 0, M],
        (Prorated, Some(9), Some("mild")),
    ),
    (
        Gad7,
        &[1, 1, 1, 1, 1, M, M],
        (Prorated, Some(7), Some("mild")),
    ),
    (Gad7, &[3, 3, 3, 3, M, M, M], (Incomplete, None, None)),
    (
        Pcl5,
        &[2, 2, 2, 2, M, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2],
        (Incomplete, None, None),
    ),
    (Auditc, &[1, 1, M], (Incomplete, None, None)),
    (
        Dast10,
        &[1, 1, 1, 1, 1, 1, 1, 1, 1, M],
        (Incomplete, None, None),
    ),
    (Who5, &[5, 5, 5, 5, M], (Incomplete, None, None)),
    (
        K10,
        &[2, 2, 2, 2, 2, 2, 2, 2, 2, M],
        (Incomplete, None, None),
    ),
    // Keyed 1 each over 9: 9 x 10 / 9 = 10. Items 2 and 3 are given reversed.
    (
        Core10,
        &[1, 3, 3, 1, 1, 1, 1, 1, 1, M],
        (Prorated, Some(10), Some("below-cutoff")),
    ),
    (
        Core10,
        &[1, 3, 3, 1, 1, 1, 1, 1, M, M],
        (Incomplete, None, None),
    ),
    // 8 over 4: 10. 11 over 4: 13.75 is 14. 1 over 4: 1.25 is 1. 2 over 4: 2.5 is 3.
    (
        Wsas,
        &[M, 2, 2, 2, 2],
        (Prorated, Some(10), Some("significant-impairment")),
    ),
    (
        Wsas,
        &[8, 3, 0, M, 0],
        (Prorated, Some(14), Some("significant-impairment")),
    ),
    (
        Wsas,
        &[1, 0, 0, 0, M],
        (Prorated, Some(1), Some("subclinical")),
    ),
    (
        Wsas,
        &[2, 0, 0, 0, M],
        (Prorated, Some(3), Some("subclinical")),
    ),
    (Wsas, &[M, 2, 2, 2, M], (Incomplete, None, None)),
    (Isi, &[4, 4, 4, 4, 4, 4, M], (Incomplete, None, None)),
    // 11 over 11: 12. 5 over 11: 5.45 is 5. 6 over 11: 6.54 is 7.
    (
        Whodas12,
        &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, M],
        (Prorated, Some(12), None),
    ),
    (
        Whodas12,
        &[4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, M],
        (Prorated, Some(5), None),
    ),
    (
        Whodas12,
        &[4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, M],
        (Prorated, Some(7), None),
    ),
    (
        Whodas12,
        &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, M, M],
        (Incomplete, None, None),
    ),
    (
        Pss10,
        &[2, 2, 2, 2, 2, 2, 2, 2, 2, M],
        (Incomplete, None, None),
    ),
];

#[test]
fn each_allowance_and_one_past_it() {
    for (instrument, values, expected) in MISSING {
        let scored = scored(instrument, values);
        assert_eq!(result(&scored), expected, "{} {values:?}", instrument.id());
        let blank = values.iter().filter(|value| **value == M).count();
        assert_eq!(scored.missing, blank, "{} {values:?}", instrument.id());
    }
}

#[test]
fn core_10_keeps_its_fraction_and_its_bands_do_not_depend_on_rounding() {
    // Keyed 13 over 9 items: 130 / 9. Keyed 18: exactly 20. Keyed 22: 220 / 9 = 24.4, still below 25.
    for (others, total, word) in [
        (
            [1, 4, 4, 4, 4, 0, 4, 0, 0, M],
            Total::prorated(13, 10, 9),
            "mild",
        ),
        (
            [2, 4, 4, 4, 4, 0, 4, 4, 0, M],
            Total::whole(20),
            "moderate-to-severe",
        ),
        (
            [2, 4, 4, 4, 4, 4, 4, 4, 0, M],
            Total::prorated(22, 10, 9),
            "moderate-to-severe",
        ),
    ] {
        let scored = scored(Instrument::Core10, &others);
        assert_eq!((scored.total, scored.severity), (Some(total), Some(word)));
    }
    for sum in 0..=36 {
        let exact = Total::prorated(sum, 10, 9);
        let rule = Instrument::Core10.rule();
        assert_eq!(
            rule.band(exact),
            rule.band(Total::whole(exact.rounded())),
            "{sum}"
        );
    }
}

#[test]
fn reversed_items_arrive_as_given() {
    // DAST-10: all "no" leaves item 3 counting 1.
    assert_eq!(
        scored(Instrument::Dast10, &[0; 10]).total,
        Some(Total::whole(1))
    );
    assert_eq!(
        scored(Instrument::Dast10, &[1; 10]).total,
        Some(Total::whole(9))
    );
    assert_eq!(
        scored(Instrument::Dast10, &[0, 0, 1, 0, 0, 0, 0, 0, 0, 0]).total,
        Some(Total::whole(0))
    );
    // CORE-10: all 0 leaves items 2 and 3 counting 4 each.
    assert_eq!(
        scored(Instrument::Core10, &[0; 10]).total,
        Some(Total::whole(8))
    );
    assert_eq!(
        scored(Instrument::Core10, &[4; 10]).total,
        Some(Total::whole(32))
    );
    // PSS-10: all 0 leaves four items counting 4 each; all 4 leaves six.
    assert_eq!(
        scored(Instrument::Pss10, &[0; 10]).total,
        Some(Total::whole(16))
    );
    assert_eq!(
        scored(Instrument::Pss10, &[4; 10]).total,
        Some(Total::whole(24))
    );
    let pss = [0, 0, 0, 4, 4, 0, 4, 4, 0, 0];
    assert_eq!(scored(Instrument::Pss10, &pss).total, Some(Total::whole(0)));
}

#[test]
fn skips_of_audit_c_and_k10() {
    use Status::Complete;
    let auditc = |values: [i64; 3]| {
        let scored = scored(Instrument::Auditc, &values);
        (
            scored.status,
            scored.missing,
            scored.total.map(Total::rounded),
        )
    };
    assert_eq!(auditc([0, M, M]), (Complete, 0, Some(0)));
    assert_eq!(auditc([0, 0, 0]), (Complete, 0, Some(0)));
    assert_eq!(
        auditc([0, 2, 1]),
        (Complete, 0, Some(3)),
        "answered in spite of the skip"
    );
    assert_eq!(auditc([0, 2, M]), (Incomplete, 1, None));
    assert_eq!(auditc([1, M, M]), (Incomplete, 2, None));
    assert_eq!(auditc([M, 0, 0]), (Incomplete, 1, None));

    let k10 = |values: [i64; 10]| {
        let scored = scored(Instrument::K10, &values);
        (
            scored.status,
            scored.missing,
            scored.total.map(Total::rounded),
        )
    };
    assert_eq!(k10([1, 1, M, 1, 1, M, 1, 1, 1, 1]), (Complete, 0, Some(10)));
    assert_eq!(k10([2, 1, M, 2, 2, 2, 2, 2, 2, 2]), (Complete, 0, Some(18)));
    assert_eq!(
        k10([2, 1, 5, 2, 2, 2, 2, 2, 2, 2]),
        (Complete, 0, Some(22)),
        "the answer counts"
    );
    assert_eq!(k10([2, 2, M, 2, 2, 2, 2, 2, 2, 2]), (Incomplete, 1, None));
    assert_eq!(k10([2, 2, 2, 2, 2, M, 2, 2, 2, 2]), (Incomplete, 1, None));
    assert_eq!(k10([2, M, M, 2, 1, M, 2, 2, 2, 2]), (Incomplete, 2, None));
}

#[test]
fn wsas_without_work() {
    let wsas = |values: [i64; 5]| {
        let mut sheet = sheet(Instrument::Wsas, &values);
        sheet.context.work_not_applicable = true;
        let scored = score(Instrument::Wsas, &sheet);
        (
            scored.status,
            scored.missing,
            scored.total.map(Total::rounded),
        )
    };
    // 20 over 4: 25.
    assert_eq!(wsas([M, 5, 5, 5, 5]), (Status::Prorated, 1, Some(25)));
    assert_eq!(wsas([M, 5, 5, 5, M]), (Status::Incomplete, 2, None));
    assert_eq!(wsas([3, 5, 5, 5, 5]), (Status::Error, 0, None));
    assert_eq!(wsas([0, M, 5, 5, 5]), (Status::Error, 1, None));
}

#[test]
fn an_answer_that_is_no_option_refuses_the_sheet_and_not_its_safety_item() {
    for cell in [
        Cell::Number(4),
        Cell::Number(-1),
        Cell::YesNo(true),
        Cell::Invalid,
    ] {
        let mut sheet = sheet(Instrument::Phq9, &[3, 3, 3, 3, 3, 3, 3, M, 2]);
        sheet.set("q1", cell).expect("an item");
        let scored = score(Instrument::Phq9, &sheet);
        assert_eq!(result(&scored), (Status::Error, None, None));
        assert_eq!(scored.missing, 1);
        assert_eq!(scored.subscales["phq2"], None);
        assert!(scored.flags.values().all(Option::is_none) && scored.flags.len() == 3);
        assert_eq!(scored.safety["q9"], SafetyState::Positive);
    }
    let mut own = sheet(Instrument::Phq9, &[0; 9]);
    own.set("q9", Cell::Number(4)).expect("an item");
    let scored = score(Instrument::Phq9, &own);
    assert_eq!(
        (scored.status, scored.safety["q9"]),
        (Status::Error, SafetyState::Unanswered)
    );
    own.set("q9", Cell::Number(0)).expect("an item");
    own.set("difficulty", Cell::Number(4)).expect("an item");
    assert_eq!(score(Instrument::Phq9, &own).status, Status::Error);
    own.set("difficulty", Cell::Number(3)).expect("an item");
    let scored = score(Instrument::Phq9, &own);
    assert_eq!(
        result(&scored),
        (Status::Complete, Some(0), Some("minimal")),
        "difficulty is not scored"
    );
    // K10 begins at 1; yes/no items take no numbers; a triage level stands beside a bad answer.
    assert_eq!(
        scored_with(Instrument::K10, "q1", Cell::Number(0)).status,
        Status::Error
    );
    assert_eq!(
        scored_with(Instrument::Dast10, "q1", Cell::Number(1)).status,
        Status::Error
    );
    let mut columbia = sheet(Instrument::CssrsScreener, &[0, 1, 0, 1, 0, 0, M]);
    columbia.set("q1", Cell::Number(0)).expect("an item");
    let scored = score(Instrument::CssrsScreener, &columbia);
    assert_eq!(
        (scored.status, scored.severity),
        (Status::Error, Some("high"))
    );
    assert_eq!(scored.flags["needs_follow_up"], Some(true));
    let bad = scored_with(Instrument::CssrsScreener, "q2", Cell::Invalid);
    assert_eq!((bad.status, bad.severity), (Status::Error, Some("unknown")));
}

fn scored_with(instrument: Instrument, item: &str, cell: Cell) -> Scored {
    let mut sheet = Sheet::new(instrument);
    sheet.set(item, cell).expect("an item");
    score(instrument, &sheet)
}

#[test]
fn a_sheet_of_another_instrument_is_refused() {
    let sheet = sheet(Instrument::Gad7, &[0; 7]);
    assert_eq!(score(Instrument::Phq9, &sheet).status, Status::Error);
}

#[test]
fn safety_items_are_judged_on_every_sheet() {
    let core10 = |value: i64| {
        let mut values = [M; 10];
        values[5] = value;
        scored(Instrument::Core10, &values).safety["q6"]
    };
    assert_eq!(core10(M), SafetyState::Unanswered);
    assert_eq!(core10(0), SafetyState::Negative);
    assert_eq!(core10(1), SafetyState::Positive);
    let phq9 = scored(Instrument::Phq9, &[M, M, M, M, M, M, M, M, 1]);
    assert_eq!(
        (phq9.status, phq9.safety["q9"]),
        (Status::Incomplete, SafetyState::Positive)
    );
}
