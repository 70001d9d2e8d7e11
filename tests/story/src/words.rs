//! Words that must never be seen in the clear, and the search for them.
//!
//! Owns how a word can be written down. A search looks for all words in all encodings at once, and into what
//! inflates.

use std::collections::BTreeSet;
use std::io::Read;

use aho_corasick::{AhoCorasick, MatchKind};
use data_encoding::{BASE32, BASE64, BASE64URL, HEXLOWER};
use flate2::read::{GzDecoder, ZlibDecoder};

/// How a word can be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// UTF-8, in any case of letters.
    Utf8,
    /// UTF-8, from its end.
    Reversed,
    /// UTF-16, little endian.
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
    /// UTF-32, little endian.
    Utf32Le,
    /// UTF-32, big endian.
    Utf32Be,
    /// Base64, standard or URL alphabet, at any of the three alignments.
    Base64,
    /// Base32, at any of the five alignments.
    Base32,
    /// Two digits a byte, in either case.
    Hex,
    /// `%76%61`, every letter.
    Percent,
    /// `\u0076\u0061`, every letter.
    JsonEscape,
    /// A CBOR text of several pieces.
    CborPieces,
    /// Inside a zlib or gzip stream, there in any encoding.
    Deflated,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Utf8,
        Self::Reversed,
        Self::Utf16Le,
        Self::Utf16Be,
        Self::Utf32Le,
        Self::Utf32Be,
        Self::Base64,
        Self::Base32,
        Self::Hex,
        Self::Percent,
        Self::JsonEscape,
        Self::CborPieces,
        Self::Deflated,
    ];

    /// A text written down so.
    ///
    /// # Panics
    ///
    /// Never: writing to memory does not fail.
    pub fn write(self, text: &str) -> Vec<u8> {
        let utf16 = text.encode_utf16();
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Reversed => text.bytes().rev().collect(),
            Self::Utf16Le => utf16.flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => utf16.flat_map(u16::to_be_bytes).collect(),
            Self::Utf32Le => text
                .chars()
                .flat_map(|sign| u32::from(sign).to_le_bytes())
                .collect(),
            Self::Utf32Be => text
                .chars()
                .flat_map(|sign| u32::from(sign).to_be_bytes())
                .collect(),
            Self::Base64 => BASE64.encode(text.as_bytes()).into_bytes(),
            Self::Base32 => BASE32.encode(text.as_bytes()).into_bytes(),
            Self::Hex => HEXLOWER.encode(text.as_bytes()).into_bytes(),
            Self::Percent => text
                .bytes()
                .flat_map(|byte| format!("%{byte:02X}").into_bytes())
                .collect(),
            Self::JsonEscape => utf16
                .flat_map(|unit| format!("\\u{unit:04x}").into_bytes())
                .collect(),
            Self::CborPieces => {
                let mut bytes = vec![0x7f];
                for piece in text.as_bytes().chunks(3) {
                    bytes.push(short_text(piece.len()));
                    bytes.extend_from_slice(piece);
                }
                bytes.push(0xff);
                bytes
            }
            Self::Deflated => {
                let level = flate2::Compression::default();
                let mut zlib = flate2::read::ZlibEncoder::new(text.as_bytes(), level);
                let mut bytes = Vec::new();
                zlib.read_to_end(&mut bytes).expect("memory");
                bytes
            }
        }
    }

    /// What a word looks like in the middle of a text written down so; nothing for what must be inflated.
    fn needles(self, word: &str) -> Vec<Vec<u8>> {
        match self {
            Self::Deflated => Vec::new(),
            Self::Base64 => {
                let aligned = inner(word.as_bytes(), 3);
                aligned
                    .flat_map(|bytes| [BASE64.encode(&bytes), BASE64URL.encode(&bytes)])
                    .map(String::into_bytes)
                    .collect()
            }
            Self::Base32 => inner(word.as_bytes(), 5)
                .map(|bytes| BASE32.encode(&bytes).into_bytes())
                .collect(),
            Self::CborPieces => pieces(word.as_bytes()),
            _ => vec![self.write(word)],
        }
    }
}

/// The head of a CBOR text of a few bytes.
fn short_text(length: usize) -> u8 {
    0x60 | u8::try_from(length).expect("below 24")
}

/// A word in the middle of a text: for each place it can have in groups of so many bytes, the whole groups
/// that lie within the word. They have one form whatever surrounds them.
fn inner(word: &[u8], group: usize) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..group).map(move |shift| {
        let skip = (group - shift) % group;
        let whole = (word.len() - skip) / group * group;
        word[skip..skip + whole].to_vec()
    })
}

/// A word cut in two at any place, or in pieces of one to four bytes from any place on, with the heads of
/// short CBOR texts in between.
fn pieces(word: &[u8]) -> Vec<Vec<u8>> {
    let mut all = BTreeSet::new();
    for cut in 1..word.len() {
        let head = short_text(word.len() - cut);
        all.insert([&word[..cut], &[head], &word[cut..]].concat());
    }
    for size in 1..=4 {
        for first in 1..=size {
            let (start, rest) = word.split_at(first);
            // The last piece may be longer: what follows the word may belong to it.
            let whole = rest.chunks_exact(size);
            let tail = whole.remainder().len();
            let mut bytes = start.to_vec();
            for piece in whole {
                bytes.push(short_text(piece.len()));
                bytes.extend_from_slice(piece);
            }
            all.insert(bytes.clone());
            if tail > 0 {
                let piece = &rest[rest.len() - tail..];
                bytes.push(short_text(tail));
                bytes.extend_from_slice(piece);
                all.insert(bytes);
            }
        }
    }
    // Without its last piece a word may be too short to mean anything.
    all.retain(|bytes| bytes.len() > 10);
    all.into_iter().collect()
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

/// Looks for words in bytes.
pub struct Search {
    words: Vec<String>,
    /// In any case of letters.
    loose: Automaton,
    /// In the case that the encoding has.
    exact: Automaton,
}

struct Automaton {
    find: AhoCorasick,
    /// The word and its encoding, by needle.
    of: Vec<(usize, Encoding)>,
}

impl Automaton {
    fn new(words: &[String], encodings: &[Encoding], any_case: bool) -> Self {
        let (mut needles, mut of) = (Vec::new(), Vec::new());
        for (at, word) in words.iter().enumerate() {
            for encoding in encodings {
                // In capitals, too: where letters become digits, no case can be ignored.
                for form in [word.clone(), word.to_uppercase()] {
                    let long = encoding.needles(&form).into_iter();
                    for needle in long.filter(|needle| needle.len() >= LEAST) {
                        needles.push(needle);
                        of.push((at, *encoding));
                    }
                }
            }
        }
        let find = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(any_case)
            .build(needles)
            .expect("a few megabytes of needles");
        Self { find, of }
    }

    fn look(&self, bytes: &[u8], found: &mut BTreeSet<(usize, Encoding)>) {
        let hits = self.find.find_overlapping_iter(bytes);
        found.extend(hits.map(|hit| self.of[hit.pattern().as_usize()]));
    }
}

/// Fewer bytes than this stand anywhere by chance.
const LEAST: usize = 6;
/// What a stream may inflate to.
const INFLATED: u64 = 1 << 20;

impl Search {
    /// For these words.
    pub fn new(words: &[String]) -> Self {
        let is_exact = |encoding: &Encoding| *encoding == Encoding::Base64;
        let (exact, loose): (Vec<_>, Vec<_>) = Encoding::ALL.into_iter().partition(is_exact);
        Self {
            words: words.to_vec(),
            loose: Automaton::new(words, &loose, true),
            exact: Automaton::new(words, &exact, false),
        }
    }

    /// Every word that stands in the bytes, with the encodings in which it does.
    pub fn find(&self, bytes: &[u8]) -> Vec<(String, Encoding)> {
        let mut found = self.look(bytes);
        for stream in inflated(bytes) {
            let inside = self.look(&stream);
            found.extend(inside.into_iter().map(|(at, _)| (at, Encoding::Deflated)));
        }
        let named = found.into_iter();
        named
            .map(|(at, encoding)| (self.words[at].clone(), encoding))
            .collect()
    }

    fn look(&self, bytes: &[u8]) -> BTreeSet<(usize, Encoding)> {
        let mut found = BTreeSet::new();
        self.loose.look(bytes, &mut found);
        self.exact.look(bytes, &mut found);
        found
    }
}

/// Whatever inflates from the head of a zlib or gzip stream on, as far as it goes.
fn inflated(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let heads = bytes.windows(3).enumerate();
    heads.filter_map(|(at, head)| {
        let from = &bytes[at..];
        let mut out = Vec::new();
        // RFC 1950: method 8, and a checksum over the first two bytes. RFC 1952: two magic numbers.
        if head[0] & 0x0f == 8
            && head[0] >> 4 <= 7
            && (u16::from(head[0]) * 256 + u16::from(head[1])).is_multiple_of(31)
        {
            // It may be cut short: what came before counts.
            let _ = ZlibDecoder::new(from).take(INFLATED).read_to_end(&mut out);
        } else if head == [0x1f, 0x8b, 8] {
            let _ = GzDecoder::new(from).take(INFLATED).read_to_end(&mut out);
        }
        (out.len() > 3).then_some(out)
    })
}

/// Every place where one of the words stands in the bytes, in any encoding.
pub fn find(words: &[String], bytes: &[u8]) -> Vec<(String, Encoding)> {
    Search::new(words).find(bytes)
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
        let search = Search::new(&words);
        let word = &words[42];
        // In the middle of a text, at every alignment, with other bytes around.
        for encoding in Encoding::ALL {
            for before in 0..8 {
                for after in ["", "x", " and more"] {
                    let text = format!("{}{word}{after}", &"abcdefgh"[..before]);
                    let written = [&[0, 255][..], &encoding.write(&text), &[7]].concat();
                    let found = search.find(&written);
                    assert!(
                        found.contains(&(word.clone(), encoding)),
                        "{encoding:?} {text}: {found:?}"
                    );
                    // Groups in the middle of a word can be those of its neighbours, too.
                    let few = matches!(encoding, Encoding::Base32 | Encoding::Base64);
                    assert!(few || found.iter().all(|(other, _)| other == word));
                }
            }
        }
        assert_eq!(search.find(b"nothing of the kind"), []);
        assert_eq!(search.find(&[0; 5000]), []);
    }

    #[test]
    fn case_and_compression_hide_nothing() {
        let words = invented(3);
        let search = Search::new(&words);
        let upper = words[1].to_uppercase();
        for encoding in Encoding::ALL {
            let found = search.find(&encoding.write(&upper));
            let this = (words[1].clone(), encoding);
            assert!(found.contains(&this), "{encoding:?}: {found:?}");
        }
        let mut gzip = Vec::new();
        let text = Encoding::Base64.write(&words[2]);
        flate2::read::GzEncoder::new(&text[..], flate2::Compression::best())
            .read_to_end(&mut gzip)
            .expect("memory");
        gzip.truncate(gzip.len() - 4);
        let inside = [(words[2].clone(), Encoding::Deflated)];
        assert_eq!(search.find(&gzip), inside);
    }
}
