//! The real program against the command-line contract (design.md, section 9): what scripts see.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn desk() -> Command {
    Command::new(env!("CARGO_BIN_EXE_handrail-desk"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a command of the desk over these bytes.
fn run(command: &str, input: &[u8]) -> Output {
    let mut child = desk()
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child.wait_with_output().expect("the program ends");
    assert!(writer.join().expect("no panic"), "all input was taken");
    output
}

fn lines(output: &Output) -> Vec<Value> {
    std::str::from_utf8(&output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}

fn agrees_with_vectors(command: &str, file: &str) {
    let path = root().join("tests/vectors").join(file);
    let text = fs::read_to_string(path).expect("the vectors are committed");
    let vectors: Value = serde_json::from_str(&text).expect("JSON");
    let cases = vectors["cases"].as_array().expect("cases");
    assert!(!cases.is_empty());
    let input: Vec<String> = cases.iter().map(|case| case["input"].to_string()).collect();
    let output = run(command, input.join("\n").as_bytes());
    assert!(output.status.success());
    let found = lines(&output);
    assert_eq!(found.len(), cases.len());
    for (found, case) in found.iter().zip(cases) {
        assert_eq!(found, &case["output"], "{}", case["input"]);
    }
}

#[test]
fn scores_as_the_vectors_say() {
    agrees_with_vectors("score", "scoring.json");
}

#[test]
fn changes_as_the_vectors_say() {
    agrees_with_vectors("change", "change.json");
}

#[test]
fn a_bad_line_is_an_error_line_and_the_rest_goes_on() {
    let good = r#"{"case":"last","instrument":"gad7","answers":{"q1":1,"q2":0,"q3":0,"q4":0,"q5":0,"q6":0,"q7":0}}"#;
    let bad = [
        ("not json", "not-json", Value::Null),
        ("{\"case\":\"a\"", "not-json", Value::Null),
        ("[]", "not-an-object", Value::Null),
        ("7", "not-an-object", Value::Null),
        (r#"{"case":"a"}"#, "unknown-instrument", json!("a")),
        (
            r#"{"case":"b","instrument":"phq-9","answers":{}}"#,
            "unknown-instrument",
            json!("b"),
        ),
        (r#"{"case":7,"instrument":"phq9"}"#, "bad-answers", json!(7)),
        (
            r#"{"case":"d","instrument":"phq9","answers":{"q10":0}}"#,
            "unknown-item",
            json!("d"),
        ),
        (
            r#"{"case":"e","instrument":"auditc","answers":{},"context":{"sex":"x"}}"#,
            "bad-context",
            json!("e"),
        ),
        (
            r#"{"case":"f","instrument":"phq9","answers":{"q9":3,"q9":0}}"#,
            "duplicate-key",
            json!("f"),
        ),
    ];
    let mut input: Vec<u8> = bad
        .iter()
        .flat_map(|(line, ..)| format!("{line}\n\n  \n").into_bytes())
        .collect();
    input.extend(b"\xFF\xFE\n");
    input.extend(vec![b'['; 200_000]);
    input.extend(b"\n");
    input.extend(vec![b'x'; 3 * 1024 * 1024]);
    input.extend(b"\r\n");
    input.extend(good.as_bytes());
    let output = run("score", &input);
    assert!(output.status.success());
    assert!(output.stderr.is_empty());
    let found = lines(&output);
    assert_eq!(found.len(), bad.len() + 4);
    for (found, (line, code, case)) in found.iter().zip(&bad) {
        assert_eq!(found["error"]["code"], *code, "{line}");
        assert!(found["error"]["detail"].is_string(), "{line}");
        assert_eq!(found.get("case").unwrap_or(&Value::Null), case, "{line}");
    }
    let rest: Vec<&Value> = found[bad.len()..]
        .iter()
        .map(|line| &line["error"]["code"])
        .collect();
    assert_eq!(
        rest,
        [
            &json!("not-json"),
            &json!("not-json"),
            &json!("line-too-long"),
            &Value::Null
        ]
    );
    assert_eq!(found.last().expect("lines")["case"], "last");
}

#[test]
fn no_error_repeats_what_was_given() {
    let secret = "xyzzy-7319";
    let input = format!(
        "{{\"instrument\":\"{secret}\"}}\n{{\"instrument\":\"phq9\",\"answers\":{{\"{secret}\":1}}}}\n\
         {{\"instrument\":\"phq9\",\"answers\":\"{secret}\"}}\n\"{secret}\"\n{{\"{secret}\n\
         {{\"instrument\":\"auditc\",\"answers\":{{}},\"context\":{{\"sex\":\"{secret}\"}}}}\n"
    );
    for command in ["score", "change", "sessions"] {
        let output = run(command, input.as_bytes());
        assert_eq!(lines(&output).len(), 6);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!text.contains(secret), "{command}");
    }
}

#[test]
fn an_answer_is_there_before_the_next_line_is_asked() {
    let mut child = desk()
        .arg("change")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("piped");
    let mut answers = BufReader::new(child.stdout.take().expect("piped"));
    for follow_up in [14, 8] {
        writeln!(
            stdin,
            r#"{{"instrument":"phq9","baseline":20,"follow_up":{follow_up}}}"#
        )
        .expect("the program reads");
        let mut line = String::new();
        answers.read_line(&mut line).expect("the program answers");
        let answer: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(answer["improvement"], 20 - follow_up);
    }
    drop(stdin);
    assert!(child.wait().expect("the program ends").success());
}

#[test]
fn sessions_are_reachable_by_the_same_rules() {
    let output = run("sessions", b"{}\nnot json\n");
    assert!(output.status.success());
    let found = lines(&output);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|line| line["error"]["code"].is_string()));
}

#[test]
fn questionnaires_get_the_verdict_of_the_manifest() {
    let folder = root().join("../shared/questionnaires");
    let manifest =
        fs::read_to_string(folder.join("MANIFEST.json")).expect("shared lies beside the project");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    let files = manifest["files"].as_array().expect("files");
    assert_eq!(files.len(), 6);
    let names: Vec<PathBuf> = files
        .iter()
        .map(|file| folder.join(file["file"].as_str().expect("a name")))
        .collect();
    let output = desk()
        .arg("questionnaire")
        .args(&names)
        .output()
        .expect("the program runs");
    assert!(output.status.success());
    let found = lines(&output);
    assert_eq!(found.len(), 6);
    for ((found, file), name) in found.iter().zip(files).zip(&names) {
        assert_eq!(found["file"], name.to_str().expect("UTF-8"));
        assert_eq!(found["verdict"], file["expected_import"]);
        let expected = match file["recognised_instrument"].as_str() {
            Some("none") | None => Value::Null,
            Some(id) => json!(id),
        };
        assert_eq!(found["instrument"], expected);
        assert!(found["warnings"].is_array());
        let refused = found["verdict"] == "reject";
        assert_eq!(found.get("reason").is_some(), refused, "{found}");
    }
    let reason = |at: usize| found[at]["reason"].as_str().expect("refused").to_owned();
    assert!(reason(4).contains("STU3"), "{}", reason(4));
    assert!(reason(5).contains("linkId"), "{}", reason(5));
}

#[test]
fn a_file_that_cannot_be_read_is_said_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("broken.json");
    fs::write(&broken, "{").expect("written");
    let gone = folder.path().join("gone.json");
    let large = folder.path().join("large.json");
    fs::write(&large, vec![b' '; 1024 * 1024 + 1]).expect("written");
    let output = desk()
        .arg("questionnaire")
        .args([&broken, &gone, &large])
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    let found = lines(&output);
    assert!(
        found[0]["reason"]
            .as_str()
            .expect("refused")
            .starts_with("malformed-json")
    );
    assert_eq!(found[1]["error"]["code"], "unreadable-file");
    assert!(
        found[2]["reason"]
            .as_str()
            .expect("refused")
            .starts_with("too-large")
    );
}

#[test]
fn exit_codes_and_help() {
    for (arguments, code) in [
        (&[][..], 2),
        (&["nonsense"], 2),
        (&["--nonsense"], 2),
        (&["score", "extra"], 2),
        (&["score", "--nonsense"], 2),
        (&["questionnaire"], 2),
        (&["watch"], 2),
        (&["watch", "--server", "http://127.0.0.1:1"], 2),
        (&["watch", "--every", "0"], 2),
        (&["watch", "--help"], 0),
        (&["--help"], 0),
        (&["-h"], 0),
        (&["score", "--help"], 0),
        (&["questionnaire", "--help"], 0),
        (&["--version"], 0),
    ] {
        let output = desk()
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("the program runs");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let (said, silent) = if code == 0 {
            (&output.stdout, &output.stderr)
        } else {
            (&output.stderr, &output.stdout)
        };
        assert!(!said.is_empty() && silent.is_empty(), "{arguments:?}");
        if code == 2 {
            assert!(
                String::from_utf8_lossy(said).contains("Usage:"),
                "{arguments:?}"
            );
        }
    }
    let output = run("score", b"");
    assert!(output.status.success() && output.stdout.is_empty());
}

/// Reading a folder as if it were input fails: the one case that is not exit code 0.
#[cfg(unix)]
#[test]
fn unreadable_input_ends_with_one() {
    let folder = fs::File::open(root()).expect("the project's folder");
    let output = desk()
        .arg("score")
        .stdin(folder)
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty() && !output.stderr.is_empty());
}
