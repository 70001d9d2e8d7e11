//! The files of `tests/vectors`, replayed: what this build computes must be what the file says.
//!
//! Owns the shapes of the files and the comparison. The same [`check`] runs natively on both back
//! ends and in the browser. Each file is `{"format": NAME, "note": TEXT, ...cases}`; byte strings are
//! lower-case hex. Formats are for ever: a vector that no longer fits is a broken format, not an old
//! file. The ignored tests in this module write the files anew, the same bytes each time.

mod chain;
mod invite;
mod keybox;
mod seal;
mod wire;
mod wire_samples;
mod wrap;

use data_encoding::HEXLOWER;
use serde::Deserialize;

#[derive(Deserialize)]
struct Head {
    format: String,
}

/// Replays a vector file through the compiled back end. Returns how many cases it holds, or which one
/// differs. Needs no files: the caller brings the text.
pub fn check(json: &str) -> Result<usize, String> {
    let head: Head = parse(json)?;
    match head.format.as_str() {
        "chain" => chain::check(&parse(json)?),
        "invite" => invite::check(&parse(json)?),
        "keybox" => keybox::check(&parse(json)?),
        "seal" => seal::check(&parse(json)?),
        "wire" => wire::check(&parse(json)?),
        "wrap" => wrap::check(&parse(json)?),
        other => Err(format!("no format named {other}")),
    }
}

/// [`check`] with the RustCrypto back end in a native build.
#[cfg(all(not(target_family = "wasm"), any(test, feature = "portable")))]
pub fn check_portable(json: &str) -> Result<usize, String> {
    crate::crypto::with_portable(|| check(json))
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    HEXLOWER
        .decode(text.as_bytes())
        .map_err(|_| format!("not hex: {text}"))
}

fn fixed<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let bytes = bytes(text)?;
    let length = bytes.len();
    bytes
        .try_into()
        .map_err(|_| format!("{length} bytes instead of {N}"))
}

/// Compares what the file says with what was computed.
fn same(case: &str, what: &str, said: &str, computed: impl AsRef<str>) -> Result<(), String> {
    if said == computed.as_ref() {
        Ok(())
    } else {
        Err(format!("{case}: {what} differs"))
    }
}

/// An answer that must be an error, by its code.
fn refused<T, E: std::fmt::Display>(
    case: &str,
    code: &str,
    answer: Result<T, E>,
) -> Result<(), String> {
    match answer {
        Ok(_) => Err(format!("{case}: was not refused")),
        Err(error) => same(case, "error", code, error.to_string()),
    }
}

/// Takes a value out of a result whose error has a code.
fn accepted<T, E: std::fmt::Display>(case: &str, answer: Result<T, E>) -> Result<T, String> {
    answer.map_err(|error| format!("{case}: refused: {error}"))
}

/// Stands in for random numbers: the same 32 bytes for whoever asks. Vectors only.
struct Fixed([u8; 32]);

impl rand_core::TryRng for Fixed {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!("HPKE draws its ephemeral key's 32 bytes and nothing else")
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        unreachable!("HPKE draws its ephemeral key's 32 bytes and nothing else")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.copy_from_slice(&self.0);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Fixed {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// Bytes for the files: SHA-256 of a label, so that nothing in them is chosen.
    pub(super) fn made<const N: usize>(label: &str) -> [u8; N] {
        let mut out = [0; N];
        for (at, chunk) in out.chunks_mut(32).enumerate() {
            let digest = crate::crypto::sha256(&[
                b"handrail/vectors",
                label.as_bytes(),
                at.to_string().as_bytes(),
            ]);
            chunk.copy_from_slice(&digest[..chunk.len()]);
        }
        out
    }

    fn path(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../tests/vectors")
            .join(name)
    }

    fn read(name: &str) -> String {
        std::fs::read_to_string(path(name)).expect("the vector file is committed")
    }

    /// A hex string of a file with one digit changed, one at a time, must be noticed (but not in bytes
    /// that are refused anyway).
    fn notices_changes(name: &str, json: &str) {
        let value: serde_json::Value = serde_json::from_str(json).expect("read before");
        let mut paths = Vec::new();
        strings(&value, String::new(), &mut paths);
        assert!(!paths.is_empty());
        // A sample spread over the file keeps Argon2id from taking minutes.
        paths.retain(|pointer| !pointer.contains("refused"));
        let step = (paths.len() / 24).max(1);
        for pointer in paths.iter().step_by(step) {
            let mut changed = value.clone();
            let place = changed.pointer_mut(pointer).expect("listed");
            let text = place.as_str().expect("a string");
            let last = if text.ends_with('0') { "1" } else { "0" };
            let altered = format!("{}{last}", &text[..text.len() - 1]);
            *place = altered.into();
            let answer = check(&changed.to_string());
            assert!(answer.is_err(), "{name}: a change at {pointer} passed");
        }
    }

    fn strings(value: &serde_json::Value, at: String, out: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) => {
                let is_hex = text.len() >= 8 && text.bytes().all(|sign| sign.is_ascii_hexdigit());
                if is_hex {
                    out.push(at);
                }
            }
            serde_json::Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    strings(item, format!("{at}/{index}"), out);
                }
            }
            serde_json::Value::Object(fields) => {
                for (name, item) in fields {
                    strings(item, format!("{at}/{name}"), out);
                }
            }
            _ => {}
        }
    }

    macro_rules! files {
        ($($name:ident, $regenerate:ident, $file:literal;)*) => {$(
            #[test]
            fn $name() {
                let json = read($file);
                let cases = check(&json).expect("ring computes what the file says");
                assert!(cases > 0);
                assert_eq!(check_portable(&json), Ok(cases));
                notices_changes($file, &json);
            }

            #[test]
            #[ignore = concat!("regenerates tests/vectors/", $file)]
            fn $regenerate() {
                let file = super::$name::generate();
                let mut json = serde_json::to_string_pretty(&file).expect("plain structs");
                json.push('\n');
                check(&json).expect("a fresh file fits");
                std::fs::write(path($file), json).expect("the folder can be written");
            }
        )*};
    }

    files! {
        chain, regenerate_chain, "chain.json";
        invite, regenerate_invite, "invite.json";
        keybox, regenerate_keybox, "keybox.json";
        seal, regenerate_seal, "seal.json";
        wire, regenerate_wire, "wire.json";
        wrap, regenerate_wrap, "wrap.json";
    }

    #[test]
    fn a_file_of_no_known_format_is_told() {
        assert!(check("{}").is_err());
        assert!(check(r#"{"format":"other"}"#).is_err());
        assert!(check(r#"{"format":"chain"}"#).is_err());
    }
}
