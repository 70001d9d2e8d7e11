//! Words that must never be seen in the clear, and the search for them.

use data_encoding::{BASE64, BASE64URL};

/// How a word can be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, little endian.
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
    /// Base64, standard or URL alphabet, at any of the three alignments.
    Base64,
}

/// Invented words, the same for the same count: `vantorel0`, ... Long enough not to appear by chance.
pub fn invented(count: usize) -> Vec<String> {
    const ONSET: [&str; 10] = [
        "van", "quo", "bri", "zel", "mur", "tik", "sol", "wex", "dra", "pho",
    ];
    const MIDDLE: [&str; 5] = ["tor", "nim", "gul", "sap", "vek"];
    const END: [&str; 4] = ["elia", "orux", "anth", "idop"];
    (0..count)
        .map(|number| {
            let (onset, middle) = (ONSET[number % 10], MIDDLE[number / 10 % 5]);
            format!("{onset}{middle}{}{}", END[number / 50 % 4], number / 200)
        })
        .collect()
}

/// Every place where one of the words stands in the bytes, in any encoding.
pub fn find(words: &[String], bytes: &[u8]) -> Vec<(String, Encoding)> {
    let mut found = Vec::new();
    for word in words {
        for (encoding, needle) in needles(word) {
            if contains(bytes, &needle) {
                found.push((word.clone(), encoding));
            }
        }
    }
    found
}

fn needles(word: &str) -> Vec<(Encoding, Vec<u8>)> {
    let units: Vec<u16> = word.encode_utf16().collect();
    let mut needles = vec![
        (Encoding::Utf8, word.as_bytes().to_vec()),
        (
            Encoding::Utf16Le,
            units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        ),
        (
            Encoding::Utf16Be,
            units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        ),
    ];
    for shift in 0..3 {
        let mut bytes = vec![0; shift];
        bytes.extend_from_slice(word.as_bytes());
        // Whole groups of three bytes that lie within the word have one form whatever surrounds them.
        let first = shift.div_ceil(3) * 3;
        let last = bytes.len() / 3 * 3;
        let inner = &bytes[first..last];
        for alphabet in [&BASE64, &BASE64URL] {
            needles.push((Encoding::Base64, alphabet.encode(inner).into_bytes()));
        }
    }
    needles
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else {
        return false;
    };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(needle) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_distinct_and_found_in_every_encoding() {
        let words = invented(200);
        let mut sorted = words.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), 200);
        let word = &words[42..43];
        for prefix in ["", "a", "ab", "abc"] {
            let text = format!("{prefix}{}", word[0]);
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert!(!find(word, text.as_bytes()).is_empty());
            assert!(!find(word, &utf16).is_empty());
            let encoded = BASE64.encode(text.as_bytes());
            assert!(!find(word, encoded.as_bytes()).is_empty(), "{prefix}");
        }
        assert_eq!(find(&words, b"nothing of the kind"), []);
    }
}
