//! Inputs near the seeds, without a fuzzer: small changes drawn from a number, the same in each run.
//!
//! Owns the changes. Refuses to be clever: what it takes coverage to find, the fuzzer finds.

use crate::input::Choices;

/// Bytes that readers stumble over: ends of ranges, and the marks of JSON, CBOR and Markdown.
const ODD: &[u8] =
    b"\0\x01\x17\x18\x1b\x7f\x80\x81\x9b\x9f\xa1\xbb\xf6\xff\"\\{}[]:,-+.0129eE<>&/#*\n ";
/// Pieces that a single byte does not make.
const PIECES: &[&str] = &[
    "null",
    "true",
    "-1",
    "1e308",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "4294967295",
    "\"-262143-01-01\"",
    "\"+262142-12-31\"",
    "\"1900-01-01\"",
    "\"2200-12-31\"",
    "\"nowhere\"",
    "\\u0000",
    "\u{202e}",
    "[]",
    "{}",
    "\n",
];

/// A change of `input`; `other` is another seed of the same target, to take pieces from.
pub fn mutated(input: &[u8], other: &[u8], choices: &mut Choices) -> Vec<u8> {
    let mut out = input.to_vec();
    for _ in 0..=choices.below(4) {
        let at = choices.below(out.len() + 1);
        let length = choices.below(8) + 1;
        let end = (at + length).min(out.len());
        match choices.below(9) {
            0 if at < out.len() => out[at] ^= 1 << choices.below(8),
            1 if at < out.len() => out[at] = ODD[choices.below(ODD.len())],
            2 => out.insert(at, ODD[choices.below(ODD.len())]),
            3 => {
                out.drain(at..end);
            }
            4 => {
                let again = out[at..end].to_vec();
                out.splice(at..at, again);
            }
            5 => {
                let from = choices.below(other.len() + 1);
                let to = (from + choices.below(64)).min(other.len());
                out.splice(at..end, other[from..to].iter().copied());
            }
            6 => out = number_changed(&out, at, choices),
            7 => {
                let piece = PIECES[choices.below(PIECES.len())];
                out.splice(at..end, piece.bytes());
            }
            _ => out.truncate(at),
        }
    }
    out
}

/// The next value of JSON behind a colon becomes another one: a number, a date, nothing.
fn number_changed(input: &[u8], at: usize, choices: &mut Choices) -> Vec<u8> {
    let Some(colon) = input[at..].iter().position(|byte| *byte == b':') else {
        return input.to_vec();
    };
    let start = at + colon + 1;
    let quoted = input.get(start) == Some(&b'"');
    let ends = |byte: &u8| {
        if quoted {
            *byte == b'"'
        } else {
            b",}]".contains(byte)
        }
    };
    let first = start + usize::from(quoted);
    let Some(length) = input[first..].iter().position(ends) else {
        return input.to_vec();
    };
    let piece = PIECES[choices.below(PIECES.len())];
    let end = first + length + usize::from(quoted);
    [&input[..start], piece.as_bytes(), &input[end..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The control: without coverage, but near a seed, the planted defect is found.
    #[test]
    fn a_planted_defect_is_found_near_a_seed() {
        let mut choices = Choices::of(b"planted");
        let seed = b"HR\x02ab".as_slice();
        let found = (0..10_000).find(|_| {
            let input = mutated(seed, seed, &mut choices);
            std::panic::catch_unwind(|| crate::planted::planted(&input)).is_err()
        });
        assert!(found.is_some());
    }
}
