//! What comes instead of an answer: each ends in an outcome with words in English and Spanish for both
//! apps, in a code of its own for the console, and loses nothing.

use std::path::Path;
use std::time::Duration;

use handrail_care::checkin::{Answer, Answers};
use handrail_clinician::Act;
use handrail_companion::view::SyncOutcome;
use handrail_companion::{Clock, WholeCheckIn};
use handrail_story::agree::complaints;
use handrail_story::clinic::TestClinic;
use handrail_story::phone::Phone;
use handrail_story::proxy::{Answer as Message, Fault, Proxy};
use handrail_story::{Server, folder, now};
use handrail_wire::path;
use handrail_wire::problem::{Code, Problem};

pub fn gad7(value: i64) -> WholeCheckIn {
    let mut answers = Answers::default();
    for item in 1..=7 {
        answers.set(format!("q{item}"), Answer::Value(value));
    }
    WholeCheckIn {
        form: "gad7".to_owned(),
        answers,
    }
}

fn problem(code: Code) -> Message {
    let body = serde_json::to_vec(&Problem::new(code)).expect("plain");
    Message::new(code.status(), &[("content-type", path::PROBLEM)], body)
}

fn portal() -> Message {
    Message::new(302, &[("location", "http://login.example/")], "")
}

/// What the phone's user and the console are told of each.
fn troubles() -> Vec<(Fault, SyncOutcome, &'static str)> {
    let trouble = |code: &str| SyncOutcome::Trouble {
        code: code.to_owned(),
    };
    let cbor = |body: &[u8]| Message::new(200, &[("content-type", path::CBOR)], body);
    let unread = "unexpected-answer";
    vec![
        (
            Fault::CutAnswer(0),
            SyncOutcome::Offline,
            "server-unreachable",
        ),
        (
            Fault::CutAnswer(60),
            SyncOutcome::Offline,
            "server-unreachable",
        ),
        (
            Fault::Instead(Message::page(200)),
            SyncOutcome::LoginWanted,
            unread,
        ),
        (Fault::Instead(portal()), SyncOutcome::LoginWanted, unread),
        (
            Fault::Instead(Message::page(403)),
            SyncOutcome::LoginWanted,
            unread,
        ),
        (
            Fault::Instead(Message::page(511)),
            SyncOutcome::LoginWanted,
            unread,
        ),
        (
            Fault::Instead(Message::page(502)),
            SyncOutcome::Busy,
            unread,
        ),
        (
            Fault::Instead(problem(Code::Busy)),
            SyncOutcome::Busy,
            "busy",
        ),
        (
            Fault::Instead(problem(Code::Internal)),
            SyncOutcome::Busy,
            "internal",
        ),
        (
            Fault::Instead(problem(Code::NotAuthenticated)),
            SyncOutcome::Refused {
                code: "not-authenticated".to_owned(),
            },
            "not-authenticated",
        ),
        (
            Fault::Instead(cbor(b"")),
            trouble("answer-unexpected"),
            unread,
        ),
        (
            Fault::Instead(cbor(b"\x83\x01\x01\x80")),
            trouble("answer-unexpected"),
            unread,
        ),
    ]
}

#[test]
fn everything_that_comes_instead_of_an_answer_is_told_and_loses_nothing() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let desk = Proxy::before(server.port());
    let mut clinic = TestClinic::set_up(&server, desk.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let folder = place.path().join("phone");
    let phone = Phone::enrolled(&mut clinic, patient, &folder, server.port());
    let mut written = Vec::new();
    for (number, (fault, outcome, code)) in troubles().into_iter().enumerate() {
        let before = written.len();
        written.extend(phone.core.write_check_ins(&[gad7(1)]).expect("saved"));
        phone.proxy.always(fault.clone());
        let report = phone.sync();
        assert_eq!(report.outcome, outcome, "trouble {number}");
        assert!(report.retry_after_ms.is_some_and(|wait| wait >= 1000));
        let pending = phone.core.sync_status().expect("open").pending;
        assert!(pending > 0, "trouble {number}: what was saved still waits");
        has_words(&format!("sync.{}", kebab(&report.outcome)));

        // An act whose request is not a synchronisation: it must not be taken for done.
        desk.always(fault);
        let invite = Act::Invite {
            subject: patient,
            on_screen: true,
        };
        let done = clinic.clinician.act(invite, desk.origin(), now());
        let invite = done.expect("made").id.expect("an invite has an id");
        for _ in 0..2 {
            let ended = clinic.driver.pump(&mut clinic.clinician, now());
            assert_eq!(
                ended.expect_err("nobody answered").code,
                code,
                "trouble {number}"
            );
        }
        desk.calm();
        clinic.pump();
        let invites = clinic.clinician.invites();
        assert!(
            invites.iter().any(|one| one.invite.0 == invite.0),
            "trouble {number}: the invite is at the server"
        );
        phone.proxy.calm();
        phone.synchronise();
        assert_eq!(written.len(), before + 1);
    }
    clinic.refresh();
    let wrong = complaints(server.data(), &clinic, patient, &[&phone], &written);
    assert_eq!(wrong, Vec::<String>::new());
}

/// In seconds and as a date; also when the phone's own clock is years off.
#[test]
fn a_server_that_asks_to_wait_is_not_called_before_whatever_the_phones_clock_says() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let folder = place.path().join("phone");
    let phone = Phone::enrolled(&mut clinic, patient, &folder, server.port());
    let date = |at: i64| {
        let at = chrono::DateTime::from_timestamp_millis(at).expect("a time");
        at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    // The date counts from the answer's own: the server may be years from this machine.
    let then = now() + 3 * 365 * 24 * 3_600_000;
    for (status, fields) in [
        (503, vec![("retry-after", "120".to_owned())]),
        (429, vec![("retry-after", date(now() + 120_500))]),
        (
            503,
            vec![("date", date(then)), ("retry-after", date(then + 120_000))],
        ),
    ] {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, &value[..]))
            .collect();
        phone
            .proxy
            .always(Fault::Instead(Message::new(status, &fields, "")));
        let report = phone.sync();
        assert_eq!(report.outcome, SyncOutcome::Busy);
        let wait = report.retry_after_ms.expect("a time");
        assert!((118_000..=133_000).contains(&wait), "{fields:?}: {wait}");
        assert_eq!(phone.proxy.requests(), 1);
        assert_eq!(phone.sync().outcome, SyncOutcome::Busy);
        assert_eq!(phone.proxy.requests(), 1, "it was not called");
        phone.waits(&report);
        phone.proxy.calm();
        assert_eq!(phone.sync().outcome, SyncOutcome::UpToDate);
    }
    // The wait is over at once for a clock that is set back: it is not believed to lie years ahead.
    phone.proxy.always(Fault::Instead(Message::new(
        503,
        &[("retry-after", "120")],
        "",
    )));
    phone.sync();
    phone.proxy.calm();
    phone.clock.set(phone.clock.now_ms() - 365 * 24 * 3_600_000);
    assert_eq!(phone.sync().outcome, SyncOutcome::UpToDate);
}

/// Nobody calls it off: the lane is free by itself.
#[test]
fn a_server_that_accepts_and_never_answers_is_given_up_by_itself() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let folder = place.path().join("phone");
    let phone = Phone::enrolled(&mut clinic, patient, &folder, server.port());
    let written = phone.core.write_check_ins(&[gad7(1)]).expect("saved");
    phone.proxy.always(Fault::Hang);
    assert_eq!(phone.sync().outcome, SyncOutcome::Offline);
    phone.proxy.calm();
    // The answer of a request that was given up long ago changes nothing.
    phone.proxy.always(Fault::Late(Duration::from_millis(50)));
    phone.synchronise();
    phone.proxy.calm();
    clinic.refresh();
    let wrong = complaints(server.data(), &clinic, patient, &[&phone], &written);
    assert_eq!(wrong, Vec::<String>::new());
}

/// `LoginWanted` becomes `login-wanted`.
fn kebab(outcome: &SyncOutcome) -> String {
    let name = format!("{outcome:?}");
    let mut words = String::new();
    for letter in name.chars().take_while(|letter| letter.is_alphanumeric()) {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// Every language of both apps has a sentence for this key.
fn has_words(key: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bindings");
    let kotlin = "kotlin/src/main/resources/app/handrail/words_{}.properties";
    let swift = "swift/Sources/Handrail/Resources/{}.lproj/Errors.strings";
    for (file, forms) in [
        (kotlin, [format!("{key}="), format!("{key} =")]),
        (swift, [format!("\"{key}\" = \""), format!("\"{key}\"=\"")]),
    ] {
        let words = ["en", "es"].map(|language| {
            let file = root.join(file.replace("{}", language));
            let text = std::fs::read_to_string(&file).expect("a file of words");
            let found = text.lines().find_map(|line| {
                forms
                    .iter()
                    .find_map(|form| line.strip_prefix(form.as_str()))
            });
            let sentence = found.unwrap_or_else(|| panic!("{} has no {key}", file.display()));
            sentence.trim().to_owned()
        });
        assert!(words[0].len() > 20 && words[1].len() > 20, "{words:?}");
        assert_ne!(words[0], words[1], "{key}");
    }
}
