//! `tests/vectors` through this library, as the shells load it: test builds only (feature `vectors`).

use handrail_care::vectors as care;
use handrail_mailbox::vectors as mailbox;

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct VectorReport {
    /// How many cases ran; 0 when the file is not a file of vectors.
    pub cases: u32,
    /// Which of them differ, or what is wrong with the file.
    pub failed: Vec<String>,
}

/// Replays one file. `name` is the file's name without `.json`: `scoring`, `change`, `sessions` (with
/// the instants of reminders), `visits` and `reminders` hold rules of care; `seal`, `invite`, `chain`, `keybox`, `wire` and `wrap`
/// hold formats, and stop at the first case that differs.
#[uniffi::export]
pub fn check_vectors(name: &str, json: &str) -> VectorReport {
    let replayed = match name {
        "scoring" | "change" | "sessions" | "visits" | "reminders" => {
            care::check(name, json).map(|replay| (replay.cases, replay.failed))
        }
        _ if format_of(json).as_deref() != Some(name) => Err(format!("no vectors named {name}")),
        _ => mailbox::check(json).map(|cases| (cases, Vec::new())),
    };
    let (cases, failed) = replayed.unwrap_or_else(|wrong| (0, vec![wrong]));
    VectorReport {
        cases: u32::try_from(cases).unwrap_or(u32::MAX),
        failed,
    }
}

fn format_of(json: &str) -> Option<String> {
    let file: serde_json::Value = serde_json::from_str(json).ok()?;
    file["format"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> String {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors");
        std::fs::read_to_string(format!("{folder}/{name}.json")).expect("committed")
    }

    #[test]
    fn every_file_holds_and_a_changed_one_does_not() {
        for (name, was, is) in [
            ("scoring", "\"total\":0", "\"total\":1"),
            ("change", "\"improvement\":4", "\"improvement\":5"),
            ("sessions", "14:00:00Z", "14:00:01Z"),
            ("visits", "\"left\":12.0", "\"left\":11.0"),
            ("reminders", "2026-11-22T14:00:00Z", "2026-11-22T14:01:00Z"),
            ("seal", "\"sealed\": \"", "\"sealed\": \"00"),
            ("invite", "\"proof\": \"", "\"proof\": \"00"),
            ("chain", "\"head\": \"", "\"head\": \"00"),
            ("keybox", "\"sealed\": \"", "\"sealed\": \"00"),
            ("wire", "\"cbor\": \"", "\"cbor\": \"00"),
            ("wrap", "\"proof\": \"", "\"proof\": \"00"),
        ] {
            let json = read(name);
            let report = check_vectors(name, &json);
            assert_eq!(report.failed, Vec::<String>::new(), "{name}");
            assert!(report.cases > 0, "{name}");
            let changed = json.replacen(was, is, 1);
            assert!(changed != json, "{name} has {was}");
            assert_eq!(check_vectors(name, &changed).failed.len(), 1, "{name}");
        }
    }

    #[test]
    fn a_file_under_another_name_is_not_taken() {
        for name in ["chain", "entries", "scoring", "weather"] {
            let report = check_vectors(name, &read("seal"));
            assert_eq!((report.cases, report.failed.len()), (0, 1), "{name}");
        }
    }
}
