//! The clinic's side against a real server: set-up, colleagues, patients, restart.

use handrail_care::id::Id;
use handrail_care::library::{Clinic, Role};
use handrail_care::program::schedule::Schedule;
use handrail_care::program::{Mode, Track};
use handrail_clinician::{Act, ActError, Clinician, Joining, Setup, SetupForm};
use handrail_desk::driver::Driver;
use handrail_story::{Server, folder, now};

const ZONE: &str = "America/Chicago";

fn form() -> SetupForm {
    SetupForm {
        clinic: Clinic {
            name: "Riverbend IOP".to_owned(),
            time_zone: ZONE.to_owned(),
            phone: "555-0100".to_owned(),
            hours: "Monday to Friday, 8 to 5".to_owned(),
        },
        name: "Rowan".to_owned(),
        title: "Group therapist".to_owned(),
        login: "rowan".to_owned(),
        passphrase: "a passphrase for a test".to_owned(),
    }
}

fn set_up(server: &Server) -> (Driver, Clinician, String) {
    let mut driver = Driver::new(server.origin()).expect("loopback");
    let setup = Setup::new(form(), ZONE).expect("a good form");
    let secret = setup.account_secret();
    let clinician = driver
        .set_up(setup, &server.setup_code(), now())
        .expect("the clinic is set up");
    (driver, clinician, secret)
}

fn track() -> Track {
    Track {
        id: Id::default(),
        name: "Morning".to_owned(),
        program: Id([1; 16]),
        mode: Mode::Hybrid,
        schedule: serde_json::from_value::<Schedule>(serde_json::json!({
            "time_zone": ZONE, "start_date": "2026-11-02", "weeks": 24,
            "weekdays": ["MO", "TU", "TH"], "start_time": "09:00", "end_time": "12:00"
        }))
        .expect("a schedule"),
        place: None,
    }
}

fn add_patient(clinician: &mut Clinician, track: Id, name: &str) -> Id {
    let act = Act::AddPatient {
        name: name.to_owned(),
        phone: String::new(),
        born: String::new(),
        track,
        start_date: "2026-11-16".parse().expect("a date"),
        weeks: 8,
        join_link: None,
        check_ins: None,
    };
    let done = clinician
        .act(act, "http://127.0.0.1:1", now())
        .expect("added");
    done.id.expect("a patient has an id")
}

#[test]
fn a_colleague_reads_what_the_administrator_wrote_until_removed() {
    let folder = folder();
    let server = Server::start(folder.path());
    let (mut driver, mut rowan, _) = set_up(&server);
    let done = rowan
        .act(Act::SetTrack { track: track() }, driver.origin(), now())
        .expect("a track");
    let track = done.id.expect("a track has an id");
    let maren = add_patient(&mut rowan, track, "Maren");
    driver.pump(&mut rowan, now()).expect("sent");
    assert_eq!(rowan.status().pending, 0);

    let joining = Joining::new(
        "Imke",
        "Therapist",
        "imke",
        "another long passphrase",
        rowan.root(),
    )
    .expect("keys");
    let secret = driver
        .admit(&mut rowan, &joining, Role::Clinician, now())
        .expect("admitted");
    let imke_id = Id(joining.party().0);
    let mut imke_driver = Driver::new(server.origin()).expect("loopback");
    let mut imke = imke_driver
        .log_in("imke", "another long passphrase", &secret, ZONE, now())
        .expect("logged in");
    assert_eq!(imke.status().quarantined, []);
    assert_eq!(imke.me().map(|me| me.name.as_str()), Some("Imke"));
    let names: Vec<_> = imke
        .caseload(now())
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(names, ["Maren"]);
    assert!(
        imke.patient(maren, now())
            .is_some_and(|page| !page.sessions.is_empty())
    );
    let refused = imke.act(Act::RemoveStaff { staff: rowan.id() }, "", now());
    assert_eq!(refused, Err(ActError::AdministratorOnly));

    // Removed: the session ends, and what comes later cannot be opened with the old keys.
    rowan
        .act(Act::RemoveStaff { staff: imke_id }, driver.origin(), now())
        .expect("removed");
    driver.pump(&mut rowan, now()).expect("sent");
    add_patient(&mut rowan, track, "Tobin");
    driver.pump(&mut rowan, now()).expect("sent");
    imke.refresh();
    let refused = imke_driver
        .pump(&mut imke, now())
        .expect_err("the session has ended");
    assert_eq!(refused.code, "not-authenticated");
    assert!(server.stop(), "a clean stop");
}

#[test]
fn logging_in_again_brings_everything_back_after_a_crash() {
    let folder = folder();
    let server = Server::start(folder.path());
    let (mut driver, mut rowan, secret) = set_up(&server);
    let done = rowan
        .act(Act::SetTrack { track: track() }, driver.origin(), now())
        .expect("a track");
    let maren = add_patient(&mut rowan, done.id.expect("an id"), "Maren");
    driver.pump(&mut rowan, now()).expect("sent");
    let before = rowan.chart(maren).cloned().expect("a chart");
    let server = server.crash_and_restart();

    let mut driver = Driver::new(server.origin()).expect("loopback");
    let again = driver
        .log_in("rowan", "a passphrase for a test", &secret, ZONE, now())
        .expect("logged in");
    assert_eq!(again.chart(maren), Some(&before));
    assert!(again.is_administrator());

    let wrong = Driver::new(server.origin()).expect("loopback").log_in(
        "rowan",
        "not the passphrase",
        &secret,
        ZONE,
        now(),
    );
    assert_eq!(
        wrong.err().map(|problem| problem.code).as_deref(),
        Some("login-failed")
    );
}
