//! A phone and a console behind proxies, and a phone that nobody lies to.

use handrail_care::homework::Assigned;
use handrail_care::id::Id;
use handrail_clinician::{Act, Clinician};
use handrail_companion::view::SyncReport;
use handrail_desk::driver::Driver;
use handrail_mailbox::seal::epoch_of;
use handrail_story::agree::complaints;
use handrail_story::clinic::{PASSPHRASE, TestClinic, ZONE};
use handrail_story::phone::Phone;
use handrail_story::proxy::Proxy;
use handrail_story::{Server, folder, now};
use handrail_wire::id::MailboxId;
use handrail_wire::sync::{MailboxRequest, MailboxResponse};
use rusqlite::Connection;

pub struct Trial {
    pub server: Option<Server>,
    pub clinic: TestClinic,
    pub desk: Proxy,
    pub patient: Id,
    /// Lied to.
    pub phone: Phone,
    /// Of the same patient, and not lied to.
    pub other: Phone,
    pub written: Vec<String>,
    pub place: tempfile::TempDir,
}

/// How a lie is told: by one mailbox's question and its honest answer.
pub type Lie = Box<dyn Fn(&MailboxRequest, &mut MailboxResponse) + Send + Sync>;

impl Trial {
    pub fn new() -> Self {
        let place = folder();
        let server = Server::start(&place.path().join("server"));
        let desk = Proxy::before(server.port());
        let mut clinic = TestClinic::set_up(&server, desk.origin(), "Riverbend IOP");
        let patient = clinic.add_patient("Maren");
        let port = server.port();
        let phone = Phone::enrolled(&mut clinic, patient, &place.path().join("phone"), port);
        let other = Phone::enrolled(&mut clinic, patient, &place.path().join("other"), port);
        let mut trial = Self {
            server: Some(server),
            clinic,
            desk,
            patient,
            phone,
            other,
            written: Vec::new(),
            place,
        };
        trial.honest();
        trial
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs")
    }

    pub fn care(&self) -> MailboxId {
        MailboxId(self.patient.0)
    }

    /// The other phone writes this many check-ins, one entry each, and sends them.
    pub fn other_writes(&mut self, count: usize) {
        let sheets = vec![crate::logs::gad7(); count];
        let written = self.other.core.write_check_ins(&sheets).expect("saved");
        self.written.extend(written);
        self.other.synchronise();
    }

    /// The phone that is lied to writes one check-in; it is not sent.
    pub fn phone_writes(&mut self) {
        let written = self.phone.core.write_check_ins(&[crate::logs::gad7()]);
        self.written.extend(written.expect("saved"));
    }

    /// The clinician gives homework; it is not sent.
    pub fn clinician_writes(&mut self) {
        let act = Act::AssignHomework {
            patient: self.patient,
            homework: Assigned {
                title: "Walk".to_owned(),
                due: handrail_care::due::date_at(now(), "UTC") + chrono::Days::new(5),
                times: 1,
                ..Assigned::default()
            },
        };
        let done = self.clinic.clinician.act(act, self.desk.origin(), now());
        done.expect("an act needs no network");
    }

    /// From here on both are lied to about a mailbox.
    pub fn lies(&self, mailbox: MailboxId, lie: impl Fn() -> Lie) {
        for proxy in [&self.phone.proxy, &self.desk] {
            let lie = lie();
            proxy.tamper(move |asked, answered| {
                let pairs = asked.mailboxes.0.iter().zip(&mut answered.mailboxes.0);
                for (asked, answered) in pairs.filter(|(asked, _)| asked.mailbox == mailbox) {
                    lie(asked, answered);
                }
            });
        }
    }

    pub fn phone_looks(&self) -> (SyncReport, Vec<String>) {
        let report = self.phone.sync();
        let status = self.phone.core.sync_status().expect("enrolled");
        let codes = status.faults.into_iter().map(|fault| fault.code);
        (report, codes.collect())
    }

    pub fn console_looks(&mut self) -> Vec<String> {
        self.clinic.clinician.refresh();
        let (driver, clinician) = (&mut self.clinic.driver, &mut self.clinic.clinician);
        // What is wrong with a mailbox is told in its status.
        let _ = driver.pump(clinician, now());
        self.clinic.clinician.status().faults
    }

    /// Why the console put entries aside.
    pub fn console_put_aside(&self) -> Vec<String> {
        let status = self.clinic.clinician.status();
        let reasons = status.quarantined.into_iter().map(|one| one.reason);
        reasons.collect()
    }

    pub fn phone_put_aside(&self) -> Vec<String> {
        let status = self.phone.core.sync_status().expect("enrolled");
        let reasons = status.quarantined.into_iter().map(|one| one.reason);
        reasons.collect()
    }

    /// Both are lied to and notice this; what they were shown before stays as it was.
    pub fn both_notice(&mut self, code: &str) {
        let (report, codes) = self.phone_looks();
        assert_eq!(codes, [code]);
        assert!(report.retry_after_ms.is_some(), "tried again later");
        assert_eq!(self.console_looks(), [code]);
    }

    /// Neither notices anything.
    pub fn neither_notices(&mut self) {
        let (report, codes) = self.phone_looks();
        assert_eq!((codes, report.retry_after_ms), (Vec::new(), None));
        assert_eq!(self.console_looks(), Vec::<String>::new());
    }

    /// The server is honest again: everybody has everything, and nothing is held against it.
    pub fn honest(&mut self) {
        self.desk.calm();
        self.phone.proxy.calm();
        for _ in 0..2 {
            self.phone.synchronise();
            self.other.synchronise();
            self.clinic.refresh();
        }
        self.phone.synchronise();
        self.other.synchronise();
        let data = self.server().data();
        let phones = [&self.phone, &self.other];
        let wrong = complaints(data, &self.clinic, self.patient, &phones, &self.written);
        assert_eq!(wrong, Vec::<String>::new());
    }

    /// Changes the server's database while it is stopped.
    pub fn alters<T>(&mut self, work: impl FnOnce(&mut Connection) -> T) -> T {
        let server = self.server.take().expect("it runs");
        let (port, data) = (server.port(), server.data().to_owned());
        assert!(server.stop(), "a clean stop");
        let mut database = Connection::open(data.join("handrail.sqlite")).expect("a database");
        let done = work(&mut database);
        drop(database);
        self.server = Some(Server::start_on(&data, port));
        done
    }

    /// The epoch of the newest entry of the patient's log.
    pub fn newest_epoch(&self) -> Option<u32> {
        let file = self.server().data().join("handrail.sqlite");
        let database = Connection::open(file).expect("a database");
        let sealed: Vec<u8> = database
            .query_row(
                "SELECT sealed FROM entries e JOIN mailboxes m ON m.no = e.mailbox
                 WHERE m.mailbox = ?1 ORDER BY place DESC LIMIT 1",
                [self.patient.0],
                |row| row.get(0),
            )
            .expect("an entry");
        epoch_of(&sealed)
    }

    /// A console that has just logged in, through no proxy.
    pub fn fresh_console(&self) -> Clinician {
        Driver::new(self.server().origin())
            .expect("loopback")
            .log_in("rowan", PASSPHRASE, &self.clinic.secret, ZONE, now())
            .expect("logged in")
    }
}
