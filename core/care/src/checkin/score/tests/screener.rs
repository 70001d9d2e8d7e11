//! The C-SSRS screener.

use super::*;

#[test]
fn the_columbia_screener() {
    use Status::{Complete, Incomplete, Inconsistent};
    let (n, y) = (0, 1);
    // q1, q2, q3, q4, q5, q6_lifetime, q6_3_months
    for (values, status, level, follow_up, missing) in [
        ([n, n, M, M, M, n, M], Complete, "none", Some(false), 0),
        ([n, n, n, n, n, n, n], Complete, "none", Some(false), 0),
        ([y, n, M, M, M, n, M], Complete, "low", Some(true), 0),
        ([n, y, n, n, n, n, M], Complete, "low", Some(true), 0),
        ([y, y, y, n, n, n, M], Complete, "moderate", Some(true), 0),
        ([n, n, M, M, M, y, n], Complete, "moderate", Some(true), 0),
        ([y, y, n, y, n, n, M], Complete, "high", Some(true), 0),
        ([y, y, n, n, y, n, M], Complete, "high", Some(true), 0),
        ([n, n, M, M, M, y, y], Complete, "high", Some(true), 0),
        // Missing: the level already reached stays.
        ([M, M, M, y, M, M, M], Incomplete, "high", Some(true), 3),
        ([y, y, y, M, M, n, M], Incomplete, "moderate", Some(true), 2),
        ([n, n, M, M, M, y, M], Incomplete, "moderate", Some(true), 1),
        ([M, M, M, M, M, M, y], Incomplete, "high", Some(true), 3),
        // Nothing positive, something open: not "none".
        ([M, M, M, M, M, M, M], Incomplete, "unknown", None, 3),
        ([n, n, M, M, M, M, M], Incomplete, "unknown", None, 1),
        ([M, n, M, M, M, n, M], Incomplete, "unknown", None, 1),
        // Contradictions, the level by what was said.
        (
            [n, n, y, M, M, n, M],
            Inconsistent,
            "moderate",
            Some(true),
            0,
        ),
        ([n, n, M, M, y, n, M], Inconsistent, "high", Some(true), 0),
        ([n, n, M, M, M, n, y], Inconsistent, "high", Some(true), 0),
        (
            [M, n, y, M, M, M, M],
            Inconsistent,
            "moderate",
            Some(true),
            2,
        ),
    ] {
        let scored = scored(Instrument::CssrsScreener, &values);
        assert_eq!(scored.total, None);
        let found = (
            scored.status,
            scored.severity,
            scored.flags["needs_follow_up"],
            scored.missing,
        );
        assert_eq!(
            found,
            (status, Some(level), follow_up, missing),
            "{values:?}"
        );
        for (name, value) in Instrument::CssrsScreener.rule().items.iter().zip(values) {
            let state = match value {
                M => SafetyState::Unanswered,
                0 => SafetyState::Negative,
                _ => SafetyState::Positive,
            };
            assert_eq!(scored.safety[name], state, "{values:?} {name}");
        }
    }
}
