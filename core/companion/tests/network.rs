//! Bad networks: nothing waits for them, everything is gone on from.

mod support;

use std::thread;
use std::time::{Duration, Instant};

use handrail_care::checkin::{Answer, Answers};
use handrail_companion::view::{SyncOutcome, SyncReport};
use handrail_companion::{Companion, WholeCheckIn};
use handrail_wire::path;

use support::clinic::{Clinic, enrolled};
use support::server::Act;
use support::{NOW, PhoneHome};

/// Long enough for a slow machine, far below any time-out of the client.
const SOON: Duration = Duration::from_secs(5);

fn gad7(value: i64) -> WholeCheckIn {
    let mut answers = Answers::default();
    for item in 1..=7 {
        answers.set(format!("q{item}"), Answer::Value(value));
    }
    WholeCheckIn {
        form: "gad7".to_owned(),
        answers,
    }
}

fn outcome(phone: &Companion) -> SyncOutcome {
    phone.sync().expect("a report").outcome
}

fn wait_for(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < SOON, "it never came");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_server_that_never_answers_delays_nothing_and_can_be_called_off() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    clinic.server.script(|_, _| Some(Act::Hang));
    let syncing = {
        let phone = phone.clone();
        thread::spawn(move || phone.sync().expect("a report"))
    };
    wait_for(|| clinic.server.requests() > 0);

    let begun = Instant::now();
    let form = phone.start_check_in("phq9").expect("a form");
    let value = handrail_companion::view::AnswerValue::Number { number: 3 };
    assert!(
        phone
            .answer(&form.check_in, "q9", Some(value))
            .expect("answered")
            .help_now
    );
    phone.submit(&form.check_in).expect("handed in");
    phone.today().expect("today");
    phone.help("US");
    phone.sync_status().expect("status");
    assert_eq!(outcome(&phone), SyncOutcome::Running);
    assert!(!syncing.is_finished(), "the sync still hangs");
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());

    phone.cancel_sync();
    let report: SyncReport = syncing.join().expect("no panic");
    assert_eq!(
        (report.outcome, report.retry_after_ms),
        (SyncOutcome::Cancelled, None)
    );
    assert!(begun.elapsed() < SOON, "called off at once");
    // Calling off nothing does not call off the next one.
    phone.cancel_sync();
    clinic.server.behave();
    let report = phone.sync().expect("a report");
    assert_eq!((report.outcome, report.sent), (SyncOutcome::UpToDate, 2));
}

#[test]
fn closing_does_not_wait_for_a_server_that_never_answers() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    clinic.server.script(|_, _| Some(Act::Hang));
    let syncing = {
        let phone = phone.clone();
        thread::spawn(move || phone.sync())
    };
    wait_for(|| clinic.server.requests() > 0);
    let begun = Instant::now();
    phone.close();
    home.open().today().expect("another object has the store");
    // Called off, or met by a store that is closed already: whichever came first.
    let ended = syncing.join().expect("no panic");
    assert!(ended.is_err() || ended.is_ok_and(|report| report.outcome == SyncOutcome::Cancelled));
    assert!(begun.elapsed() < SOON);
}

#[test]
fn what_comes_instead_of_an_answer() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    phone.write_check_ins(&[gad7(1)]).expect("written");
    let html = |status| {
        Act::Answer(
            status,
            vec![("content-type", "text/html".to_owned())],
            b"<html>".to_vec(),
        )
    };
    let redirect = Act::Answer(
        302,
        vec![("location", "http://login.example/".to_owned())],
        Vec::new(),
    );
    let cbor = |body| Act::Answer(200, vec![("content-type", path::CBOR.to_owned())], body);
    let trouble = |code: &str| SyncOutcome::Trouble {
        code: code.to_owned(),
    };
    for (act, expected) in [
        (Act::Cut, SyncOutcome::Offline),
        (html(200), SyncOutcome::LoginWanted),
        (html(403), SyncOutcome::LoginWanted),
        (redirect, SyncOutcome::LoginWanted),
        (html(502), SyncOutcome::Busy),
        (cbor(Vec::new()), trouble("answer-unexpected")),
        (
            cbor(b"\x83\x01\x01\x80".to_vec()),
            trouble("answer-unexpected"),
        ),
        (cbor(vec![0; 100]), trouble("answer-unexpected")),
        (
            Act::Refuse(handrail_wire::problem::Code::UnknownVersion),
            trouble("unknown-version"),
        ),
    ] {
        clinic.server.script(move |_, _| Some(act.clone()));
        let report = phone.sync().expect("a report");
        assert_eq!(report.outcome, expected);
        assert!(report.retry_after_ms.is_some_and(|wait| wait >= 1000));
        assert_eq!(
            phone.sync_status().expect("status").pending,
            1,
            "nothing is lost"
        );
    }
    clinic.server.behave();
    assert_eq!(outcome(&phone), SyncOutcome::UpToDate);
    assert_eq!(phone.sync_status().expect("status").last_sync_at, Some(NOW));
}

#[test]
fn a_server_that_asks_to_wait_is_not_called_before() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    clinic.server.script(|_, _| {
        Some(Act::Answer(
            503,
            vec![("retry-after", "60".to_owned())],
            Vec::new(),
        ))
    });
    let report = phone.sync().expect("a report");
    assert_eq!(report.outcome, SyncOutcome::Busy);
    let wait = report.retry_after_ms.expect("a time");
    assert!((60_000..=66_000).contains(&wait), "{wait}");
    clinic.server.behave();
    let asked = clinic.server.requests();
    assert_eq!(outcome(&phone), SyncOutcome::Busy);
    phone.close();
    let phone = home.open();
    assert_eq!(outcome(&phone), SyncOutcome::Busy, "over a restart");
    assert_eq!(clinic.server.requests(), asked, "not called");
    home.clock.set(NOW + 67_000);
    assert_eq!(outcome(&phone), SyncOutcome::UpToDate);
    assert_eq!(phone.sync_status().expect("status").not_before, None);
}

#[test]
fn an_answer_that_got_lost_changes_nothing_twice() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    phone.write_check_ins(&[gad7(1), gad7(2)]).expect("written");
    clinic.server.script(|_, _| Some(Act::DoAndCut));
    assert_eq!(outcome(&phone), SyncOutcome::Offline);
    assert_eq!(
        phone.sync_status().expect("status").pending,
        2,
        "the phone cannot know"
    );
    clinic.server.behave();
    assert_eq!(outcome(&phone), SyncOutcome::UpToDate);
    assert_eq!(phone.sync_status().expect("status").pending, 0);
    assert_eq!(
        clinic.kinds(&clinic.care),
        ["enrolled", "device", "check-in", "check-in"]
    );
}

#[test]
fn a_thousand_go_up_and_come_down_in_batches_and_over_interruptions() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let many: Vec<_> = (0..1000).map(|number| gad7(number % 4)).collect();
    phone.write_check_ins(&many).expect("written");
    // Every second request gets no answer.
    clinic
        .server
        .script(|number, _| (number % 2 == 1).then_some(Act::Cut));
    let mut tries = 0;
    while phone.sync_status().expect("status").pending > 0 {
        phone.sync().expect("a report");
        tries += 1;
        assert!(tries < 50, "no progress");
    }
    assert_eq!(clinic.opened(&clinic.care).len(), 1002);

    // Another phone reads all of it, in pages, the connection breaking again and again.
    let second_home = PhoneHome::new();
    let second = second_home.open();
    clinic.server.behave();
    let (link, code) = clinic.invite();
    second
        .enrol(&link, &code, "Tablet", "ios")
        .expect("enrolled");
    clinic.server.with(|world| world.page = 130);
    clinic
        .server
        .script(|number, _| (number % 3 == 2).then_some(Act::DoAndCut));
    let mut tries = 0;
    while outcome(&second) != SyncOutcome::UpToDate {
        tries += 1;
        assert!(tries < 50, "no progress");
    }
    assert_eq!(second.check_ins(u32::MAX).expect("receipts").len(), 1000);
    assert_eq!(clinic.opened(&clinic.care).len(), 1003);
    clinic.server.behave();
    phone.sync().expect("synced");
    let ids = |phone: &Companion| -> Vec<_> {
        phone
            .check_ins(u32::MAX)
            .expect("receipts")
            .into_iter()
            .map(|one| one.check_in)
            .collect()
    };
    assert_eq!(ids(&phone), ids(&second), "both phones show the same");
}

#[test]
fn a_server_that_promises_more_for_ever_is_left() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let care = clinic.care.mailbox();
    clinic.server.tamper(move |answer| {
        for mailbox in answer
            .mailboxes
            .0
            .iter_mut()
            .filter(|one| one.mailbox == care)
        {
            mailbox.seq += 1;
            mailbox.more = true;
        }
    });
    let expected = SyncOutcome::Trouble {
        code: "no-progress".to_owned(),
    };
    assert_eq!(outcome(&phone), expected);
    assert!(clinic.server.requests() < 20);
}

/// While an answer is stored the next batch is under way: it may be lost, done or not, or called off.
#[test]
fn a_batch_sent_ahead_arrives_once_however_it_ends() {
    for act in [Act::Cut, Act::DoAndCut, Act::Hang] {
        let clinic = Clinic::new();
        let home = PhoneHome::new();
        let phone = enrolled(&clinic, &home);
        phone.sync().expect("a report");
        let many: Vec<_> = (0..1200).map(|number| gad7(number % 4)).collect();
        phone.write_check_ins(&many).expect("written");
        let hangs = matches!(act, Act::Hang);
        clinic
            .server
            .script(move |number, _| (number > 0).then(|| act.clone()));
        let syncing = {
            let phone = phone.clone();
            thread::spawn(move || outcome(&phone))
        };
        if hangs {
            wait_for(|| clinic.server.requests() > 1);
            phone.cancel_sync();
        }
        let ended = syncing.join().expect("no panic");
        let expected = if hangs {
            SyncOutcome::Cancelled
        } else {
            SyncOutcome::Offline
        };
        assert_eq!(ended, expected);
        let pending = phone.sync_status().expect("status").pending;
        assert_eq!(pending, 700, "the first answer is stored all the same");
        phone.close();

        clinic.server.behave();
        let phone = home.open();
        assert_eq!(outcome(&phone), SyncOutcome::UpToDate);
        let status = phone.sync_status().expect("status");
        assert_eq!((status.pending, status.faults.len()), (0, 0));
        assert_eq!(clinic.opened(&clinic.care).len(), 1202);
    }
}
