//! A phone's clock is set back and forward by years between writing and synchronising, and a console's is
//! wrong: nothing is lost or doubled, the log orders, and everything is as it was when the clock is right.

use handrail_care::checkin::{Answer, Answers};
use handrail_care::due::{date_at, overdue};
use handrail_care::patient::DueRule;
use handrail_clinician::Act;
use handrail_companion::view::SyncOutcome;
use handrail_companion::{Clock, WholeCheckIn};
use handrail_story::agree::complaints;
use handrail_story::clinic::{TestClinic, ZONE};
use handrail_story::phone::Phone;
use handrail_story::{Server, folder, now};

const DAY: i64 = 24 * 3_600_000;
const YEAR: i64 = 365 * DAY;

fn daily() -> WholeCheckIn {
    let mut answers = Answers::default();
    answers.set("mood", Answer::Value(4));
    answers.set("urge-to-self-harm", Answer::Value(0));
    WholeCheckIn {
        form: "daily-check-in".to_owned(),
        answers,
    }
}

#[test]
fn a_clock_that_jumps_by_years_loses_nothing_and_orders_nothing() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let act = Act::AddPatient {
        name: "Maren".to_owned(),
        phone: String::new(),
        born: String::new(),
        track: clinic.track,
        start_date: date_at(now(), ZONE) - chrono::Days::new(20),
        weeks: 8,
        join_link: None,
        check_ins: Some(vec![DueRule {
            form: "daily-check-in".to_owned(),
            every_days: 1,
        }]),
    };
    let patient = clinic.act(act).expect("added").id.expect("an id");
    let at = |name: &str| place.path().join(name);
    let mut phone = Phone::enrolled(&mut clinic, patient, &at("phone"), server.port());
    let other = Phone::enrolled(&mut clinic, patient, &at("other"), server.port());
    let right = phone.clock.now_ms();
    let today = phone.core.sessions(30).expect("sessions");
    assert!(!today.is_empty(), "something is planned");
    let late = |clinic: &TestClinic| {
        let chart = clinic.clinician.chart(patient).expect("a chart");
        overdue(chart, date_at(now(), ZONE))
    };
    assert_eq!(late(&clinic), ["daily-check-in"], "never done");

    // Each is written at one time and sent at another, over a restart of the phone.
    let mut written = Vec::new();
    for (writes_at, sends_at) in [
        (right, right - 6 * YEAR),
        (right - 6 * YEAR, right + 9 * YEAR),
        (right + 9 * YEAR, right - 40 * YEAR),
        // 1970, as a phone without a battery starts.
        (DAY, right),
    ] {
        phone.clock.set(writes_at);
        written.extend(phone.core.write_check_ins(&[daily()]).expect("saved"));
        phone.core.today().expect("today");
        phone.core.due_check_ins().expect("what is due");
        phone.clock.set(sends_at);
        phone.reopen();
        phone.core.today().expect("today");
        assert_eq!(phone.sync().outcome, SyncOutcome::UpToDate);
    }
    phone.clock.set(right);
    phone.synchronise();
    other.synchronise();
    clinic.refresh();
    let phones = [&phone, &other];
    let wrong = complaints(server.data(), &clinic, patient, &phones, &written);
    assert_eq!(wrong, Vec::<String>::new());
    // The log has them in the order in which they were sent.
    let chart = clinic.clinician.chart(patient).expect("a chart");
    let mut order: Vec<_> = chart
        .check_ins()
        .iter()
        .map(|one| (one.last.place.seq, one.id.to_string()))
        .collect();
    order.sort();
    let order: Vec<_> = order.into_iter().map(|(_, id)| id).collect();
    assert_eq!(order, written);
    // Plans and schedules are what they were.
    assert_eq!(phone.core.sessions(30).expect("sessions"), today);
    assert!(
        phone.core.due_check_ins().expect("due").is_empty(),
        "done today"
    );
    phone.clock.set(right + 2 * DAY);
    let due = phone.core.due_check_ins().expect("what is due");
    assert_eq!(
        due.len(),
        1,
        "what was written in nine years is not the day after tomorrow's"
    );
    // One was written today. The one from the future does not hide that the next do not come.
    let chart = clinic.clinician.chart(patient).expect("a chart");
    let later = date_at(now() + 6 * DAY, ZONE);
    assert_eq!(overdue(chart, later), ["daily-check-in"]);
}

/// Invites are judged by the server's clock alone.
#[test]
fn a_phone_with_a_wrong_clock_enrols_and_a_console_with_one_is_told() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let mut written = Vec::new();
    let mut phones = Vec::new();
    for (name, off) in [("behind", -9 * YEAR), ("ahead", 9 * YEAR)] {
        let phone = Phone::new(&place.path().join(name), server.port());
        let (link, code) = phone.invite(&mut clinic, patient);
        phone.clock.set(now() + off);
        let standing = phone.core.enrol(&link, &code, "Phone", "desktop");
        standing.expect("the server's clock is right");
        written.extend(phone.core.write_check_ins(&[daily()]).expect("saved"));
        phone.synchronise();
        phones.push(phone);
    }
    for off in [-3 * YEAR, 3 * YEAR] {
        let act = Act::Invite {
            subject: patient,
            on_screen: true,
        };
        let clock = now() + off;
        let done = clinic.clinician.act(act, clinic.driver.origin(), clock);
        let (link, code) = done.map(|done| (done.link, done.code)).expect("made here");
        let told = clinic.driver.pump(&mut clinic.clinician, clock);
        assert_eq!(told.expect_err("refused").code, "invite-invalid");
        let phone = Phone::new(&place.path().join(format!("refused{off}")), server.port());
        let refused = phone.core.enrol(
            &link.expect("a link"),
            &code.expect("a code"),
            "Phone",
            "desktop",
        );
        assert!(refused.is_err(), "the server does not know it");
    }
    // Its entries are ordered by the server's clock and log all the same.
    clinic.pump();
    for phone in &phones {
        phone.synchronise();
    }
    clinic.refresh();
    let phones: Vec<_> = phones.iter().collect();
    let wrong = complaints(server.data(), &clinic, patient, &phones, &written);
    assert_eq!(wrong, Vec::<String>::new());
}
