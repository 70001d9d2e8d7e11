//! Words that are one or two bytes in the packed form.
//!
//! Part of the format: a word keeps its number for ever, and new ones go to the end of [`TWO`]. What is
//! not here is written as text, and reads the same.

use std::sync::LazyLock;

use crate::order::InOrder;

/// Simple values 0 to 19: one byte each. What a PHQ-9 consists of.
const ONE: [&str; 20] = [
    "of",
    "form",
    "version",
    "stage",
    "started",
    "answers",
    "safety",
    "complete",
    "check-in",
    "follow_up",
    "q1",
    "q2",
    "q3",
    "q4",
    "q5",
    "q6",
    "q7",
    "q8",
    "q9",
    "difficulty",
];

/// Simple values from 32: two bytes each, at most 224.
const TWO: [&str; 60] = [
    "q10",
    "q11",
    "q12",
    "q13",
    "q14",
    "q15",
    "q16",
    "q17",
    "q18",
    "q19",
    "q20",
    "daily-check-in",
    "mood",
    "anxiety",
    "urge-to-use",
    "urge-to-self-harm",
    "sleep",
    "medication",
    "note",
    "opened",
    "entries",
    "attendance",
    "visit",
    "homework-logged",
    "homework",
    "skill",
    "completion",
    "practised_at",
    "values",
    "helpfulness",
    "distress_before",
    "distress_after",
    "urge_before",
    "urge_after",
    "obstacle",
    "trigger",
    "device",
    "disposition",
    "alert-told",
    "patient",
    "session",
    "outcome",
    "id",
    "name",
    "title",
    "text",
    "kind",
    "date",
    "time",
    "time_zone",
    "start",
    "end",
    "goal",
    "plan",
    "state",
    "track",
    "until",
    "reason",
    "America/New_York",
    "America/Chicago",
];

const FIRST_OF_TWO: u8 = 32;

/// The simple value of a word.
pub(super) fn number(word: &str) -> Option<u8> {
    static SORTED: LazyLock<Vec<(&str, u8)>> = LazyLock::new(|| {
        let one = ONE.iter().zip(0..);
        let two = TWO.iter().zip(FIRST_OF_TWO..);
        let mut all: Vec<_> = one.chain(two).map(|(word, n)| (*word, n)).collect();
        all.order();
        all
    });
    let at = SORTED.binary_search_by_key(&word, |(known, _)| known);
    at.ok().map(|at| SORTED[at].1)
}

/// The word of a simple value.
pub(super) fn word(number: u8) -> Option<&'static str> {
    let list: &[&str] = if number < FIRST_OF_TWO { &ONE } else { &TWO };
    let first = if number < FIRST_OF_TWO {
        0
    } else {
        FIRST_OF_TWO
    };
    list.get(usize::from(number - first)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_has_one_number() {
        for (n, expected) in (0..).zip(ONE).chain((FIRST_OF_TWO..).zip(TWO)) {
            assert_eq!(word(n), Some(expected));
            assert_eq!(number(expected), Some(n), "{expected}: twice?");
        }
        for n in [20, 23, 24, 31, FIRST_OF_TWO + 60, 255] {
            assert_eq!(word(n), None, "{n}");
        }
        assert_eq!(number(""), None);
    }
}
