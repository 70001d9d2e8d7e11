//! A patient's record leaves through the desk in every format, and through the phone as one zip: with a
//! real server. The files stay in `tests/out/exports`, where validators of other people read them
//! (`cargo xtask test --only exports`).

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use handrail_clinician::Act;
use handrail_companion::Companion;
use handrail_companion::view::AnswerValue;
use handrail_story::clinic::{PASSPHRASE, TestClinic, synchronise};
use handrail_story::{Server, folder, now, program};
use serde_json::{Value, json};

fn answers(phone: &Companion, form: &str, given: &[(&str, i64)], note: Option<&str>) {
    let id = phone.start_check_in(form).expect("a form").check_in;
    for (item, number) in given {
        let value = Some(AnswerValue::Number { number: *number });
        phone.answer(&id, item, value).expect("answered");
    }
    if let Some(text) = note {
        let text = text.to_owned();
        let value = Some(AnswerValue::Words { text });
        phone.answer(&id, "note", value).expect("answered");
    }
    phone.submit(&id).expect("handed in");
}

/// A clinic with a patient who has lived a little.
fn clinic(server: &Server, folder: &Path) -> TestClinic {
    let mut clinic = TestClinic::set_up(server, server.origin(), "Export House");
    let patient = clinic.add_patient("Imani");
    clinic.add_patient("Two Alike");
    clinic.add_patient("Two Alike");
    let phone = clinic.phone(patient, folder);
    let items: Vec<_> = (1..=8).map(|at| (format!("q{at}"), at % 4)).collect();
    let mut sheet: Vec<_> = items
        .iter()
        .map(|(item, value)| (item.as_str(), *value))
        .collect();
    sheet.extend([("q9", 1), ("difficulty", 2)]);
    answers(&phone, "phq9", &sheet, None);
    let daily = [("mood", 4), ("anxiety", 6), ("urge-to-self-harm", 0)];
    answers(
        &phone,
        "daily-check-in",
        &daily,
        Some("Ñandú, walked; 3 < 4 & rested"),
    );
    synchronise(&phone);
    clinic.refresh();
    let today = handrail_care::due::date_at(now(), handrail_story::clinic::ZONE);
    let note = Act::Note {
        patient,
        text: "Bring up sleep.".to_owned(),
    };
    clinic.act(note).expect("a note");
    assert!(
        clinic.clinician.one_page(patient, now()).is_some(),
        "{today}"
    );
    phone.close();
    clinic
}

fn out() -> PathBuf {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../out/exports");
    std::fs::create_dir_all(&out).expect("a folder for what validators read");
    for item in std::fs::read_dir(&out).expect("our own folder") {
        let item = item.expect("an item");
        // Those of the demo are another test's.
        if !item.file_name().to_string_lossy().starts_with("demo-") {
            std::fs::remove_file(item.path()).expect("our own file");
        }
    }
    out
}

fn export(server: &Server, account: &Path, patient: &str, options: &[&str]) -> Output {
    Command::new(program("handrail-desk"))
        .args(["export", "--server", server.origin(), "--account"])
        .arg(account)
        .args(["--patient", patient])
        .args(options)
        .output()
        .expect("the desk starts")
}

fn refusal(output: &Output) -> Value {
    assert!(!output.status.success(), "it was exported");
    let line = String::from_utf8_lossy(&output.stdout);
    let line: Value = serde_json::from_str(line.trim()).expect("one line of JSON");
    line["error"]["code"].clone()
}

#[test]
fn every_format_leaves_through_the_desk() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let clinic = clinic(&server, &place.path().join("phone"));
    let account = place.path().join("account.json");
    let secret = json!({
        "login": "rowan", "passphrase": PASSPHRASE, "account_secret": clinic.secret,
    });
    std::fs::write(&account, secret.to_string()).expect("an account file");
    let open = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(&account, open(0o644)).expect("our own file");
    let refused = export(&server, &account, "Imani", &["--format", "fhir"]);
    assert_eq!(refusal(&refused), "account-file-open-to-others");
    std::fs::set_permissions(&account, open(0o600)).expect("our own file");

    let out = out();
    let formats: [(&str, &[&str]); 11] = [
        ("record.fhir.json", &["--format", "fhir"]),
        ("sessions.ics", &["--format", "ics"]),
        ("check-ins.csv", &["--format", "csv"]),
        ("answers.csv", &["--format", "csv", "--table", "answers"]),
        ("homework.csv", &["--format", "csv", "--table", "homework"]),
        ("practice.csv", &["--format", "csv", "--table", "practice"]),
        (
            "worksheets.csv",
            &["--format", "csv", "--table", "worksheets"],
        ),
        (
            "attendance.csv",
            &["--format", "csv", "--table", "sessions"],
        ),
        ("review.pdf", &["--format", "pdf"]),
        ("review-es.pdf", &["--format", "pdf", "--language", "es"]),
        ("review.html", &["--format", "html"]),
    ];
    for (name, options) in formats {
        let file = out.join(name);
        let path = file.to_str().expect("a plain path");
        let options = [options, &["--out", path]].concat();
        let output = export(&server, &account, "Imani", &options);
        assert!(output.status.success(), "{name}: {output:?}");
        let about = std::fs::metadata(&file).expect("written");
        assert!(about.len() > 40, "{name}");
        assert_eq!(
            about.permissions().mode() & 0o077,
            0,
            "{name}: nobody else reads it"
        );
    }
    let read = |name: &str| std::fs::read(out.join(name)).expect("written");
    let text = |name: &str| String::from_utf8(read(name)).expect("UTF-8");
    let bundle: Value = serde_json::from_str(&text("record.fhir.json")).expect("JSON");
    let names = bundle["entry"].as_array().expect("entries").iter();
    let names = names.filter_map(|entry| entry["resource"]["name"][0]["text"].as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["Imani"]);
    assert!(text("answers.csv").contains("Ñandú, walked; 3 < 4 & rested"));
    assert!(text("review.html").contains("Bring up sleep."));
    assert!(text("review.html").contains("3 &lt; 4 &amp; rested"));
    assert!(read("review.pdf").starts_with(b"%PDF-"));
    // What validators have no model for would stand in their way.
    std::fs::remove_file(out.join("review.html")).expect("our own file");

    // A file that is there already is not written over.
    let there = out.join("review.pdf");
    let path = there.to_str().expect("a plain path");
    let again = export(
        &server,
        &account,
        "Imani",
        &["--format", "pdf", "--out", path],
    );
    assert!(!again.status.success());
    let none = export(
        &server,
        &account,
        "Imani",
        &["--format", "pdf", "--page", "safety"],
    );
    assert_eq!(refusal(&none), "no-such-plan");
    let nobody = export(&server, &account, "Nobody", &["--format", "fhir"]);
    assert_eq!(refusal(&nobody), "patient-unknown");
    let alike = export(&server, &account, "Two Alike", &["--format", "fhir"]);
    assert_eq!(refusal(&alike), "patient-name-not-unique");
    assert!(server.stop());
}
