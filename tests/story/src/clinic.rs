//! A small clinic on a real server: one administrator, one track, patients and phones by need.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use handrail_care::id::Id;
use handrail_care::library::Clinic;
use handrail_care::program::schedule::Schedule;
use handrail_care::program::{Mode, Track};
use handrail_clinician::{Act, ActError, Clinician, Done, Setup, SetupForm};
use handrail_companion::Companion;
use handrail_companion::view::SyncOutcome;
use handrail_desk::driver::Driver;

use crate::{Server, now};

/// Clinic time.
pub const ZONE: &str = "America/Chicago";
/// The administrator's passphrase.
pub const PASSPHRASE: &str = "a passphrase for a test";

/// The clinic as its administrator sees it.
pub struct TestClinic {
    /// Speaks with the server.
    pub driver: Driver,
    /// The administrator, Rowan.
    pub clinician: Clinician,
    /// Rowan's account secret.
    pub secret: String,
    /// The morning track.
    pub track: Id,
}

impl TestClinic {
    /// Sets the clinic up on a fresh server, through `origin` (the server's own or a tap's).
    ///
    /// # Panics
    ///
    /// When anything is refused.
    pub fn set_up(server: &Server, origin: &str, name: &str) -> Self {
        let mut driver = Driver::new(origin).expect("loopback");
        let form = SetupForm {
            clinic: Clinic {
                name: name.to_owned(),
                time_zone: ZONE.to_owned(),
                phone: "555-0100".to_owned(),
                hours: "Monday to Friday, 8 to 5".to_owned(),
            },
            name: "Rowan".to_owned(),
            title: "Group therapist".to_owned(),
            login: "rowan".to_owned(),
            passphrase: PASSPHRASE.to_owned(),
        };
        let setup = Setup::new(form, ZONE).expect("a good form");
        let secret = setup.account_secret();
        let mut clinician = driver
            .set_up(setup, &server.setup_code(), now())
            .expect("the clinic is set up");
        let done = clinician
            .act(Act::SetTrack { track: track() }, driver.origin(), now())
            .expect("a track");
        driver.pump(&mut clinician, now()).expect("sent");
        Self {
            driver,
            clinician,
            secret,
            track: done.id.expect("a track has an id"),
        }
    }

    /// Performs an act and sends what it queued.
    ///
    /// # Panics
    ///
    /// When the server refuses or is not there.
    pub fn act(&mut self, act: Act) -> Result<Done, ActError> {
        let done = self.clinician.act(act, self.driver.origin(), now())?;
        self.driver.pump(&mut self.clinician, now()).expect("sent");
        Ok(done)
    }

    /// Fetches what is new.
    ///
    /// # Panics
    ///
    /// When the server refuses or is not there.
    pub fn refresh(&mut self) {
        self.clinician.refresh();
        self.pump();
    }

    /// Sends what waits.
    ///
    /// # Panics
    ///
    /// When the server refuses or is not there.
    pub fn pump(&mut self) {
        self.driver
            .pump(&mut self.clinician, now())
            .expect("synchronised");
    }

    /// Adds a patient of the morning track, enrolled five days ago.
    ///
    /// # Panics
    ///
    /// When the act is refused.
    pub fn add_patient(&mut self, name: &str) -> Id {
        let today = handrail_care::due::date_at(now(), ZONE);
        let act = Act::AddPatient {
            name: name.to_owned(),
            phone: String::new(),
            born: String::new(),
            track: self.track,
            start_date: today - chrono::Days::new(5),
            weeks: 8,
            join_link: None,
            check_ins: None,
        };
        let done = self.act(act).expect("added");
        done.id.expect("a patient has an id")
    }

    /// Invites a phone; returns link and code.
    ///
    /// # Panics
    ///
    /// When the act is refused.
    pub fn invite(&mut self, subject: Id) -> (String, String) {
        let act = Act::Invite {
            subject,
            on_screen: true,
        };
        let done = self.act(act).expect("invited");
        (done.link.expect("a link"), done.code.expect("a code"))
    }

    /// A new phone, enrolled and synchronised.
    ///
    /// # Panics
    ///
    /// When anything is refused.
    pub fn phone(&mut self, subject: Id, folder: &Path) -> Arc<Companion> {
        let (link, code) = self.invite(subject);
        let phone = open_phone(folder);
        phone
            .enrol(&link, &code, "Phone", "desktop")
            .expect("enrolled");
        synchronise(&phone);
        phone
    }
}

/// Opens the phone of a folder, enrolled or not.
///
/// # Panics
///
/// When the store cannot be opened.
pub fn open_phone(folder: &Path) -> Arc<Companion> {
    std::fs::create_dir_all(folder).expect("a folder");
    let store = folder.join("store");
    let store = store.to_str().expect("temporary folders have plain names");
    Companion::open_on_desktop(store, ZONE).expect("the store opens")
}

/// Synchronises until everything is sent and nothing new is left.
///
/// # Panics
///
/// When that takes more than twenty seconds.
pub fn synchronise(phone: &Companion) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let report = phone.sync().expect("an enrolled phone");
        if report.outcome == SyncOutcome::UpToDate {
            return;
        }
        assert!(Instant::now() < deadline, "{report:?}");
        let wait = report.retry_after_ms.unwrap_or(20).clamp(20, 1000);
        std::thread::sleep(Duration::from_millis(wait));
    }
}

/// A clinic's own questionnaire to ask after a positive safety answer: seven yes/no questions, known as the
/// screener's by our own codes. The words are invented.
pub fn screener() -> String {
    let items = ["q1", "q2", "q3", "q4", "q5", "q6_lifetime", "q6_3_months"].map(|name| {
        serde_json::json!({
            "linkId": name, "type": "boolean", "text": format!("Question {name}"),
            "code": [{"system": "urn:handrail:item", "code": format!("cssrs-screener-{name}")}],
        })
    });
    serde_json::json!({
        "resourceType": "Questionnaire", "status": "active", "id": "our-screener",
        "title": "A few questions more", "item": items,
    })
    .to_string()
}

fn track() -> Track {
    let schedule: Schedule = serde_json::from_value(serde_json::json!({
        "time_zone": ZONE, "start_date": "2026-11-02", "weeks": 52,
        "weekdays": ["MO", "TU", "TH"], "start_time": "09:00", "end_time": "12:00"
    }))
    .expect("a schedule");
    Track {
        id: Id::default(),
        name: "Morning".to_owned(),
        program: Id([1; 16]),
        mode: Mode::Hybrid,
        schedule,
        place: None,
    }
}
