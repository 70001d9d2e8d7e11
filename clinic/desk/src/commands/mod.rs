//! The stable command-line contract (design.md, section 9): JSON Lines in, JSON Lines out.
//!
//! Owns reading lines, the shape of a failure and what a bad line does to the rest (nothing). Each
//! command turns one input object into one output object; none of them judges anything itself, all
//! judgement is in `handrail-care`. A failure says a code and what would have been right; it never
//! repeats what was given, because that may be somebody's answers.

pub mod change;
pub mod export;
pub mod phone;
pub mod questionnaire;
pub mod score;
pub mod seed;
pub mod sessions;
pub mod watch;

use std::io::{self, BufRead, ErrorKind, Write};

use serde_json::{Map, Value, json};

/// The longest line that is read, in bytes without its line end.
pub const MAX_LINE: usize = 1024 * 1024;

/// Why one line could not be worked on. Printed as `{"error":{"code","detail"}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Stable and kebab-case; scripts compare it.
    pub code: &'static str,
    /// For a person: what was expected. Holds nothing of the input.
    pub detail: String,
}

impl Failure {
    /// A failure with its stable code and a sentence of what was expected.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// The object under `error`.
    pub fn to_json(&self) -> Value {
        json!({"code": self.code, "detail": self.detail})
    }
}

/// Reads JSON Lines from `input` and writes one line per line to `output`, flushed each time so
/// that a pipe sees it at once. Blank lines are ignored; a bad line gives an error line and the rest
/// goes on. A reader that closed `output` ends the work quietly.
///
/// # Errors
/// When `input` cannot be read or `output` cannot be written.
pub fn lines(
    mut input: impl BufRead,
    mut output: impl Write,
    mut one: impl FnMut(&Value) -> Result<Value, Failure>,
) -> io::Result<()> {
    let mut first = true;
    while let Some(line) = next_line(&mut input)? {
        let bytes = match &line {
            Line::Whole(bytes) => Some(bytes.as_slice()),
            Line::TooLong => None,
        };
        let bytes = if std::mem::take(&mut first) {
            bytes.map(|bytes| bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes))
        } else {
            bytes
        };
        if bytes.is_some_and(|bytes| bytes.trim_ascii().is_empty()) {
            continue;
        }
        let answer = bytes.map_or_else(
            || error_line(None, &too_long()),
            |bytes| answer(bytes, &mut one),
        );
        if let Err(error) = print(&mut output, &answer) {
            return if error.kind() == ErrorKind::BrokenPipe {
                Ok(())
            } else {
                Err(error)
            };
        }
    }
    Ok(())
}

/// Writes one line of JSON and flushes it.
pub fn print(output: &mut impl Write, value: &Value) -> io::Result<()> {
    let mut text = value.to_string();
    text.push('\n');
    output.write_all(text.as_bytes())?;
    output.flush()
}

fn too_long() -> Failure {
    Failure::new(
        "line-too-long",
        format!("a line has at most {MAX_LINE} bytes"),
    )
}

fn answer(bytes: &[u8], one: &mut impl FnMut(&Value) -> Result<Value, Failure>) -> Value {
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) => {
            let detail = format!(
                "one JSON object per line; stopped at column {}",
                error.column()
            );
            return error_line(None, &Failure::new("not-json", detail));
        }
    };
    // Another key by the same name would be lost without a word: an answer that nobody scored.
    if let Err(failure) = no_key_twice(bytes) {
        return error_line(case_of(&value), &failure);
    }
    if !value.is_object() {
        return error_line(
            None,
            &Failure::new("not-an-object", "one JSON object per line"),
        );
    }
    one(&value).unwrap_or_else(|failure| error_line(case_of(&value), &failure))
}

fn error_line(case: Option<Value>, failure: &Failure) -> Value {
    let mut line = Map::new();
    if let Some(case) = case {
        line.insert("case".into(), case);
    }
    line.insert("error".into(), failure.to_json());
    Value::Object(line)
}

/// The caller's name for a line, echoed as it came: text or a number.
pub fn case_of(line: &Value) -> Option<Value> {
    line.get("case")
        .filter(|case| case.is_string() || case.is_number())
        .cloned()
}

enum Line {
    Whole(Vec<u8>),
    TooLong,
}

/// The next line without its end, or `None` at the end of input. Holds at most `MAX_LINE` bytes.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let (mut any, mut over) = (false, false);
    loop {
        let chunk = match input.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if chunk.is_empty() {
            break;
        }
        any = true;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        over |= line.len() + part.len() > MAX_LINE;
        if over {
            line.clear();
        } else {
            line.extend_from_slice(part);
        }
        let used = end.map_or(chunk.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            break;
        }
    }
    Ok(match (any, over) {
        (false, _) => None,
        (true, true) => Some(Line::TooLong),
        (true, false) => Some(Line::Whole(line)),
    })
}

/// Walks the text once more and refuses an object that names a key twice.
fn no_key_twice(bytes: &[u8]) -> Result<(), Failure> {
    serde_json::from_slice::<Unique>(bytes)
        .map(|_| ())
        .map_err(|_| Failure::new("duplicate-key", "an object names each key once"))
}

/// Any JSON whose objects name each key once; holds nothing.
struct Unique;

impl<'de> serde::Deserialize<'de> for Unique {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor)
    }
}

struct UniqueVisitor;

impl<'de> serde::de::Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON with each key once")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
        let mut seen = std::collections::BTreeSet::new();
        while let Some((key, Unique)) = map.next_entry::<String, Unique>()? {
            if !seen.insert(key) {
                return Err(serde::de::Error::custom("twice"));
            }
        }
        Ok(Unique)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Unique, A::Error> {
        while seq.next_element::<Unique>()?.is_some() {}
        Ok(Unique)
    }

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unique, E> {
        Ok(Unique)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(input: &[u8]) -> Vec<Value> {
        let mut output = Vec::new();
        lines(input, &mut output, |line| match line.get("n") {
            Some(n) => Ok(json!({"n": n})),
            None => Err(Failure::new("no-n", "n is needed")),
        })
        .expect("memory can be read and written");
        String::from_utf8(output)
            .expect("JSON is UTF-8")
            .lines()
            .map(|line| serde_json::from_str(line).expect("each line is JSON"))
            .collect()
    }

    #[test]
    fn a_bad_line_does_not_stop_the_rest() {
        let mut input =
            b"\xEF\xBB\xBF{\"n\":1}\r\n\n   \nnope\n{\"case\":\"x\"}\n[1]\n\xFF\n".to_vec();
        input.extend(std::iter::repeat_n(b'a', MAX_LINE + 1));
        input.extend(b"\n{\"case\":7,\"a\":{\"b\":1,\"b\":2}}\n{\"n\":2}");
        let codes: Vec<String> = run(&input)
            .iter()
            .map(|line| {
                line.pointer("/error/code").map_or_else(
                    || line["n"].to_string(),
                    |code| code.as_str().unwrap_or("").into(),
                )
            })
            .collect();
        assert_eq!(
            codes,
            [
                "1",
                "not-json",
                "no-n",
                "not-an-object",
                "not-json",
                "line-too-long",
                "duplicate-key",
                "2"
            ]
        );
    }

    #[test]
    fn a_case_is_kept_beside_the_error() {
        let lines = run(b"{\"case\":\"x\"}\n{\"case\":[1]}\n");
        assert_eq!(lines[0]["case"], "x");
        assert_eq!(lines[1].get("case"), None);
    }

    #[test]
    fn a_line_of_exactly_the_limit_is_read() {
        let mut input = b"{\"n\":1}".to_vec();
        input.resize(MAX_LINE, b' ');
        assert_eq!(run(&input)[0]["n"], 1);
    }
}
