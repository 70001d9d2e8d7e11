//! The clinic that Kotlin and Swift tell their stories with does what its page says: a phone of ours
//! lives through all of it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use handrail_care::homework::Completion;
use handrail_companion::view::{AnswerValue, HomeworkTry, SentState, SyncOutcome};
use handrail_companion::{Companion, CompanionError};
use handrail_story::clinic::{open_phone, synchronise};
use handrail_story::{folder, program};
use serde_json::{Value, json};

struct Clinic {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Clinic {
    fn start() -> (Self, String) {
        let mut child = Command::new(program("handrail-test-clinic"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test clinic starts");
        let mut clinic = Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().expect("piped")),
            child,
        };
        let origin = clinic.read()["origin"].as_str().expect("said").to_owned();
        (clinic, origin)
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).expect("JSON")
    }

    fn ask(&mut self, call: &Value) -> Value {
        let input = self.input.as_mut().expect("still open");
        writeln!(input, "{call}").expect("it reads");
        self.read()
    }

    fn id(&mut self, call: &Value) -> String {
        let answer = self.ask(call);
        answer["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .to_owned()
    }

    /// Ends its input and waits for its end; says whether that was clean.
    fn close(&mut self) -> bool {
        self.input = None;
        self.child.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Clinic {
    fn drop(&mut self) {
        self.close();
    }
}

fn gad7(phone: &Companion) {
    let draft = phone.start_check_in("gad7").expect("a form").check_in;
    for item in 1..=7 {
        let one = AnswerValue::Number { number: 1 };
        phone
            .answer(&draft, &format!("q{item}"), Some(one))
            .expect("an option");
    }
    phone.submit(&draft).expect("saved");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a story is told in one go")]
fn a_phone_lives_through_all_that_the_test_clinic_can_do() {
    let place = folder();
    let (mut clinic, origin) = Clinic::start();
    assert!(origin.starts_with("http://127.0.0.1:"));
    let patient = clinic.id(&json!({"do": "add-patient", "name": "Maren"}));
    let invite = clinic.ask(&json!({"do": "invite", "subject": patient}));
    let phone = open_phone(&place.path().join("phone"));
    let word = |name: &str| invite[name].as_str().expect("said").to_owned();
    phone
        .enrol(&word("link"), &word("code"), "Phone", "desktop")
        .expect("enrolled");
    gad7(&phone);
    synchronise(&phone);
    let read = clinic.ask(&json!({"do": "check-ins", "patient": patient}));
    let expected =
        json!({"check_ins": [{"form": "gad7", "total": 7.0, "answers": 7, "note": null}]});
    assert_eq!(read, expected);
    synchronise(&phone);
    let receipt = phone.check_ins(1).expect("open").remove(0);
    assert!(
        matches!(receipt.sent, SentState::Opened { .. }),
        "{receipt:?}"
    );

    // Homework and plan, there and back.
    let homework =
        clinic.id(&json!({"do": "assign-homework", "patient": patient, "title": "Walk"}));
    let plan =
        clinic.id(&json!({"do": "write-plan", "patient": patient, "helps": "vantorelia brisap"}));
    synchronise(&phone);
    let given = phone.homework().expect("open").remove(0);
    assert_eq!(
        (given.id.as_str(), given.title.as_str()),
        (homework.as_str(), "Walk")
    );
    let page = phone.transition_plan().expect("open");
    assert_eq!(
        page.current.expect("a plan").what_helps,
        ["vantorelia brisap"]
    );
    phone
        .log_homework(HomeworkTry {
            homework: Some(homework),
            completion: Completion::Partly,
            note: Some("round the lake".to_owned()),
            ..HomeworkTry::of(Completion::Partly)
        })
        .expect("saved");
    phone.acknowledge_plan(&plan).expect("saved");
    synchronise(&phone);
    let read = clinic.ask(&json!({"do": "homework", "patient": patient}));
    let expected = json!({
        "homework": [{"title": "Walk", "done": 1}],
        "tries": [{"completion": "partly", "note": "round the lake"}],
    });
    assert_eq!(read, expected);
    let read = clinic.ask(&json!({"do": "plans", "patient": patient}));
    let expected = json!({"plans": [{"id": plan, "current": true, "acknowledged": true}]});
    assert_eq!(read, expected);

    // A server that accepts and never answers; the phone is not kept from anything but sync.
    assert_eq!(clinic.ask(&json!({"do": "hang"})), json!({}));
    let silent = clinic.ask(&json!({"do": "check-ins", "patient": patient}));
    assert_eq!(silent, json!({"error": "no-server"}));
    let other = phone.clone();
    let hung = std::thread::spawn(move || other.sync().expect("an enrolled phone").outcome);
    std::thread::sleep(Duration::from_millis(300));
    gad7(&phone);
    assert!(!hung.is_finished(), "the silence lasts");
    phone.cancel_sync();
    assert_eq!(hung.join().expect("no panic"), SyncOutcome::Cancelled);
    assert_eq!(clinic.ask(&json!({"do": "refuse"})), json!({}));
    let report = phone.sync().expect("an enrolled phone");
    assert_eq!(report.outcome, SyncOutcome::Offline);
    assert_eq!(clinic.ask(&json!({"do": "resume"})), json!({}));
    synchronise(&phone);
    let read = clinic.ask(&json!({"do": "check-ins", "patient": patient}));
    assert_eq!(read["check_ins"].as_array().map(Vec::len), Some(2));

    // A family phone, an act of the console, and mistakes.
    let sister = clinic.id(&json!({"do": "add-family", "patient": patient, "name": "Imke"}));
    assert!(clinic.ask(&json!({"do": "invite", "subject": sister}))["code"].is_string());
    let note = json!({"act": "note", "patient": patient, "text": "called"});
    assert!(
        clinic
            .ask(&json!({"do": "act", "act": note}))
            .get("error")
            .is_none()
    );
    for (call, code) in [
        (json!({"do": "dance"}), "do-unknown"),
        (json!({}), "do-missing"),
        (json!({"do": "invite"}), "subject-missing"),
        (
            json!({"do": "check-ins", "patient": "nobody"}),
            "patient-unknown",
        ),
        (json!({"do": "act", "act": {"act": "dance"}}), "act-unknown"),
    ] {
        assert_eq!(clinic.ask(&call), json!({"error": code}), "{call}");
    }

    // Cut off: the phone's data is gone.
    assert_eq!(
        clinic.ask(&json!({"do": "revoke", "patient": patient})),
        json!({})
    );
    let report = phone.sync().expect("still there");
    assert_eq!(report.outcome, SyncOutcome::CutOff);
    assert_eq!(phone.homework(), Err(CompanionError::CutOff));

    assert!(clinic.close(), "a clean end");
    let address = origin.strip_prefix("http://").expect("loopback");
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < deadline, "its server is gone with it");
        std::thread::sleep(Duration::from_millis(20));
    }
}
