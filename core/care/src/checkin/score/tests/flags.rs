//! Subscales and flags, decided and left open.

use super::*;
use crate::checkin::sheet::Context;

#[test]
fn subscales_need_their_own_items_only() {
    let phq9 = scored(Instrument::Phq9, &[2, 1, M, M, M, M, M, M, M]);
    assert_eq!(
        (phq9.status, phq9.subscales["phq2"]),
        (Status::Incomplete, Some(3))
    );
    assert_eq!(phq9.flags["phq2_positive"], Some(true));
    let phq9 = scored(Instrument::Phq9, &[3, M, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(
        (phq9.subscales["phq2"], phq9.flags["phq2_positive"]),
        (None, None)
    );
    for (pair, positive) in [
        ([1, 1], false),
        ([2, 1], true),
        ([0, 2], false),
        ([0, 3], true),
    ] {
        let gad7 = scored(Instrument::Gad7, &[pair[0], pair[1], 0, 0, 0, 0, 0]);
        assert_eq!(gad7.flags["gad2_positive"], Some(positive));
    }
    let mut values = [1; 20];
    values[5] = M;
    let pcl5 = scored(Instrument::Pcl5, &values);
    let clusters = ["B", "C", "D", "E"].map(|name| pcl5.subscales[name]);
    assert_eq!(clusters, [Some(5), None, Some(7), Some(6)]);
    // K6 takes items 2, 4, 5, 8, 9, 10, each less 1; 1, 3, 6, 7 are not of it.
    let k10 = scored(Instrument::K10, &[M, 2, M, 3, 4, M, M, 5, 1, 2]);
    assert_eq!(
        (k10.status, k10.subscales["k6"]),
        (Status::Incomplete, Some(11))
    );
    for (last, positive) in [(3, false), (4, true)] {
        let k10 = scored(Instrument::K10, &[1, 2, 1, 3, 4, 1, 1, 5, 1, last]);
        assert_eq!(k10.flags["k6_positive"], Some(positive), "K6 {}", 9 + last);
    }
    let who5 = scored(Instrument::Who5, &[2, 3, 2, 3, 3]);
    assert_eq!(
        (who5.total, who5.subscales["percent"]),
        (Some(Total::whole(13)), Some(52))
    );
    assert_eq!(
        scored(Instrument::Who5, &[2, 3, 2, 3, M]).subscales["percent"],
        None
    );
}

#[test]
fn depressive_syndromes_count_symptoms() {
    for (values, major, other) in [
        // Five symptoms with item 1.
        ([2, 0, 2, 2, 2, 2, 0, 0, 0], Some(true), Some(false)),
        // Four and item 9 at 1 only: still the fifth.
        ([0, 2, 2, 2, 2, 0, 0, 0, 1], Some(true), Some(false)),
        // Item 8 at 1 is none.
        ([0, 2, 2, 2, 2, 0, 0, 1, 0], Some(false), Some(true)),
        // Seven without items 1 and 2.
        ([1, 1, 2, 2, 2, 2, 2, 2, 1], Some(false), Some(false)),
        ([2, 0, 2, 0, 0, 0, 0, 0, 0], Some(false), Some(true)),
        ([2, 0, 1, 1, 1, 1, 1, 1, 0], Some(false), Some(false)),
        ([3, 3, 3, 3, 3, 3, 3, 3, 3], Some(true), Some(false)),
        ([0; 9], Some(false), Some(false)),
        // Decided in spite of a blank.
        ([2, 2, 2, 2, 2, M, 0, 0, 0], Some(true), Some(false)),
        ([2, 0, 2, 0, 0, M, M, 0, 0], Some(false), Some(true)),
        ([0, 0, 2, 2, 2, 2, M, M, 0], Some(false), Some(false)),
        // Left open by a blank: a fourth or a fifth; a core item; the second symptom.
        ([2, 0, 2, 2, 2, M, 0, 0, 0], None, None),
        ([M, 0, 2, 2, 2, 2, 0, 0, 0], None, Some(false)),
        ([M, 0, 2, 0, 0, 0, 0, 0, 0], Some(false), None),
        ([2, 0, 0, 0, 0, 0, 0, 0, M], Some(false), None),
        ([M; 9], None, None),
    ] {
        let flags = scored(Instrument::Phq9, &values).flags;
        let found = (
            flags["major_depressive_syndrome"],
            flags["other_depressive_syndrome"],
        );
        assert_eq!(found, (major, other), "{values:?}");
    }
}

#[test]
fn provisional_ptsd_needs_one_one_two_and_two() {
    let mut values = [0; 20];
    for at in [0, 5, 7, 8, 14, 15] {
        values[at] = 2;
    }
    let flag = |values: &[i64]| scored(Instrument::Pcl5, values).flags["provisional_ptsd"];
    assert_eq!(flag(&values), Some(true));
    for at in [0, 5, 7, 8, 14, 15] {
        let mut short = values;
        short[at] = 1;
        assert_eq!(flag(&short), Some(false), "item {}", at + 1);
        short[at] = M;
        assert_eq!(flag(&short), None, "item {}", at + 1);
    }
    // A blank that decides nothing.
    values[1] = M;
    assert_eq!(flag(&values), Some(true));
    let mut none = [0; 20];
    none[0] = M;
    assert_eq!(flag(&none), Some(false));
}

#[test]
fn thresholds_of_the_substance_screens() {
    for (values, sex, positive) in [
        ([1, 1, 0], Some(Sex::Female), Some(false)),
        ([1, 1, 1], Some(Sex::Female), Some(true)),
        ([1, 1, 1], None, Some(true)),
        ([1, 1, 1], Some(Sex::Male), Some(false)),
        ([2, 1, 1], Some(Sex::Male), Some(true)),
        ([4, 4, M], Some(Sex::Male), None),
        ([0, M, M], None, Some(false)),
    ] {
        let mut sheet = sheet(Instrument::Auditc, &values);
        sheet.context = Context {
            sex,
            work_not_applicable: false,
        };
        let flags = score(Instrument::Auditc, &sheet).flags;
        assert_eq!(flags["positive"], positive, "{values:?} {sex:?}");
    }
    for (total, positive) in [(2, false), (3, true)] {
        let dast = scored(
            Instrument::Dast10,
            &sheet_of_total(Instrument::Dast10, total),
        );
        assert_eq!(dast.flags["positive"], Some(positive));
    }
}

#[test]
fn who_5_looks_further_below_13_or_at_any_low_item() {
    for (values, look) in [
        ([3, 3, 3, 2, 2], Some(false)),
        ([3, 3, 2, 2, 2], Some(true)),
        ([5, 5, 5, 5, 1], Some(true)),
        ([5, 5, 5, 5, 0], Some(true)),
        ([5, 5, 5, 1, M], Some(true)),
        ([5, 5, 5, 5, M], None),
    ] {
        assert_eq!(
            scored(Instrument::Who5, &values).flags["further_assessment"],
            look,
            "{values:?}"
        );
    }
}
