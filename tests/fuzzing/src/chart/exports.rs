//! Exports, read by readers that know nothing of how they were written.

use std::collections::BTreeSet;

use handrail_care::caseload::Clinic;
use handrail_care::export::{Source, csv, fhir, ics, plans};
use handrail_care::reminder::Language;
use serde_json::Value;

use super::{PATIENT, Record};

pub fn check(record: &Record, now: i64) {
    let clinic = Clinic {
        roster: &record.roster,
        library: &record.library,
        team: &record.team,
    };
    let own = Source::own(PATIENT, &record.care, &record.library, now);
    let whole = Source::of_clinic(clinic, PATIENT, &record.care, now);
    for source in [Some(own), whole].into_iter().flatten() {
        bundle(&fhir::bundle(&source));
        for table in csv::Table::ALL {
            rows(&csv::table(&source, table));
        }
        for says in [ics::Words::Full, ics::Words::Neutral(Language::Spanish)] {
            calendar(&ics::calendar(&source, says));
        }
    }
    for language in [Language::English, Language::Spanish] {
        let title = "<script>alert(1)</script>".to_owned();
        let document = plans::all(&record.care, language, title, Vec::new());
        crate::markdown::check_html(&document.to_html());
        crate::markdown::check_html(&document.to_div());
    }
}

/// A Bundle that is JSON, whose resources have names of their own and point to names that are there.
fn bundle(bundle: &Value) {
    let text = serde_json::to_string(bundle).expect("text keys and finite numbers");
    let read: Value = serde_json::from_str(&text).expect("JSON");
    assert!(read == *bundle, "written and read, another Bundle");
    assert_eq!(bundle["resourceType"], "Bundle");
    let entries = bundle["entry"].as_array().expect("entries");
    let mut names = BTreeSet::new();
    for entry in entries {
        assert!(entry["resource"]["resourceType"].is_string());
        let name = entry["fullUrl"].as_str().expect("a name");
        assert!(names.insert(name), "one name, two resources");
    }
    points(bundle, &names);
}

fn points(value: &Value, names: &BTreeSet<&str>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| points(one, names)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str() {
                    Some(name) if key == "reference" && name.starts_with("urn:uuid:") => {
                        assert!(names.contains(name), "a reference to nothing");
                    }
                    _ => points(value, names),
                }
            }
        }
        _ => {}
    }
}

/// RFC 4180: rows of one length; no cell that a spreadsheet would run.
fn rows(table: &[u8]) {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(table);
    let mut rows = 0;
    for row in reader.records() {
        let row = row.expect("UTF-8, and rows of one length");
        for cell in &row {
            let number = cell.parse::<f64>().is_ok();
            let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert!(number || !runs, "a cell that a spreadsheet runs");
        }
        rows += 1;
    }
    assert!(rows >= 1, "the head is always there");
}

/// RFC 5545: lines of at most 75 octets with CRLF, components that open and close, one UID an event.
fn calendar(text: &str) {
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"));
    for line in text.split_terminator("\r\n") {
        assert!(line.len() <= 75, "a line of more than 75 octets");
        assert!(!line.chars().any(char::is_control), "a control character");
    }
    let unfolded = text.replace("\r\n ", "");
    let mut open = Vec::new();
    let mut uids = BTreeSet::new();
    for line in unfolded.split_terminator("\r\n") {
        let (name, value) = line.split_once(':').expect("every line has a name");
        let name = name.split(';').next().unwrap_or(name);
        let plain = |sign: u8| sign.is_ascii_uppercase() || sign == b'-';
        assert!(
            !name.is_empty() && name.bytes().all(plain),
            "no name of RFC 5545"
        );
        match name {
            "BEGIN" => open.push(value.to_owned()),
            "END" => assert_eq!(open.pop().as_deref(), Some(value)),
            "UID" => assert!(uids.insert(value.to_owned()), "one UID, two events"),
            "DURATION" => assert!(value.starts_with("PT") && value.ends_with('M')),
            _ => assert!(!open.is_empty(), "outside of the calendar"),
        }
    }
    assert!(open.is_empty());
}
