//! A phone of a story: its core, a clock that the test sets, a network of its own and a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use handrail_care::id::Id;
use handrail_clinician::Act;
use handrail_companion::view::{SyncOutcome, SyncReport};
use handrail_companion::{Companion, FileKeyStore, SetClock};

use crate::clinic::{TestClinic, ZONE};
use crate::now;
use crate::proxy::Proxy;

/// A phone core behind a proxy.
pub struct Phone {
    /// The core.
    pub core: Arc<Companion>,
    /// Its clock; stands until it is set.
    pub clock: Arc<SetClock>,
    /// Its way to the server.
    pub proxy: Proxy,
    folder: PathBuf,
}

impl Phone {
    /// Not enrolled, in a folder that is made, in front of the server on this port.
    ///
    /// # Panics
    ///
    /// When the store cannot be opened.
    pub fn new(folder: &Path, server: u16) -> Self {
        std::fs::create_dir_all(folder).expect("a folder");
        let clock = Arc::new(SetClock::at(now()));
        Self {
            core: open(folder, &clock),
            clock,
            proxy: Proxy::before(server),
            folder: folder.to_owned(),
        }
    }

    /// Enrolled through its proxy, synchronised.
    ///
    /// # Panics
    ///
    /// When anything is refused.
    pub fn enrolled(clinic: &mut TestClinic, subject: Id, folder: &Path, server: u16) -> Self {
        let phone = Self::new(folder, server);
        let (link, code) = phone.invite(clinic, subject);
        let standing = phone.core.enrol(&link, &code, "Phone", "desktop");
        standing.expect("enrolled");
        phone.synchronise();
        phone
    }

    /// An invite whose link leads through this phone's proxy.
    ///
    /// # Panics
    ///
    /// When the act is refused.
    pub fn invite(&self, clinic: &mut TestClinic, subject: Id) -> (String, String) {
        let act = Act::Invite {
            subject,
            on_screen: true,
        };
        let done = clinic.clinician.act(act, self.proxy.origin(), now());
        let done = done.expect("invited");
        clinic.pump();
        (done.link.expect("a link"), done.code.expect("a code"))
    }

    /// One call.
    ///
    /// # Panics
    ///
    /// When the phone is not enrolled.
    pub fn sync(&self) -> SyncReport {
        self.core.sync().expect("an enrolled phone")
    }

    /// A few calls, until everything is sent and nothing new is left; how many that took. The clock goes on
    /// by what the phone was asked to wait.
    ///
    /// # Panics
    ///
    /// When it takes more than eight.
    pub fn synchronise(&self) -> u32 {
        let mut last = None;
        for calls in 1..=8 {
            let report = self.sync();
            if report.outcome == SyncOutcome::UpToDate {
                return calls;
            }
            self.waits(&report);
            last = Some(report);
        }
        panic!("the lane is stuck: {last:?}");
    }

    /// The clock goes on by what a report asks to wait.
    pub fn waits(&self, report: &SyncReport) {
        use handrail_companion::Clock;
        let wait = report.retry_after_ms.unwrap_or(0);
        let wait = i64::try_from(wait).expect("a wait of minutes");
        self.clock.set(self.clock.now_ms() + wait);
    }

    /// Closed and opened again from its folder.
    pub fn reopen(&mut self) {
        self.core.close();
        self.core = open(&self.folder, &self.clock);
    }

    /// Where its store lies.
    pub fn store(&self) -> PathBuf {
        self.folder.join("store")
    }
}

fn open(folder: &Path, clock: &Arc<SetClock>) -> Arc<Companion> {
    let keys = Arc::new(FileKeyStore::new(folder.join("key")));
    let store = folder.join("store");
    Companion::open_with(&store, keys, clock.clone(), ZONE).expect("the store opens")
}
