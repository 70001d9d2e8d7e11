//! The phone's disk is full, read-only or broken, at each call of each thing that a phone does: it is told
//! with a stable code, nothing that was said to be saved is lost, nothing is half done, and when the disk is
//! well again the phone goes on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use handrail_faults::disk::{EIO, ENOSPC, EROFS, Fault, calls};
use handrail_faults::phone::Phone;

use crate::common::{Clinic, Watched, integrity, phone_program};

/// Calls of one act that are tried, one after the other; an act has fewer.
fn steps() -> u64 {
    handrail_faults::number_of("HANDRAIL_DISK_STEPS", 40) as u64
}

/// How the disk fails, and the codes that may be told then.
struct Trouble {
    name: &'static str,
    calls: u64,
    stays: bool,
    errno: u64,
    short: bool,
    codes: &'static [&'static str],
}

const FULL: &[&str] = &["not-saved:disk-full"];
const BROKEN: &[&str] = &["not-saved:disk-error"];
const ANY: u64 = calls::WRITES | calls::SYNCS | calls::OPENS | calls::NAMES | calls::SIZES;

const TROUBLES: &[Trouble] = &[
    Trouble {
        name: "full",
        calls: calls::WRITES,
        stays: true,
        errno: ENOSPC,
        short: false,
        codes: FULL,
    },
    Trouble {
        name: "full for a moment, in the middle of a write",
        calls: calls::WRITES,
        stays: false,
        errno: ENOSPC,
        short: true,
        codes: FULL,
    },
    Trouble {
        name: "a sync fails",
        calls: calls::SYNCS,
        stays: false,
        errno: EIO,
        short: false,
        codes: BROKEN,
    },
    Trouble {
        name: "gone",
        calls: ANY,
        stays: true,
        errno: EIO,
        short: false,
        codes: BROKEN,
    },
    Trouble {
        name: "read-only",
        calls: ANY,
        stays: true,
        errno: EROFS,
        short: false,
        codes: BROKEN,
    },
];

/// A phone whose folder is put back to how it was before each try.
struct Bench {
    watched: Watched,
    phone: Phone,
    /// Folders as they were: enrolled, and new.
    templates: [PathBuf; 2],
    /// Check-ins of the enrolled one.
    known: BTreeSet<String>,
    /// Its half-done check-in.
    draft: String,
}

const ENROLLED: usize = 0;
const NEW: usize = 1;

impl Bench {
    fn new(clinic: &mut Clinic) -> Self {
        let place = clinic.place.path();
        let templates = [place.join("enrolled"), place.join("new")];
        let root = place.join("phone");
        let watched = Watched::new(&root);
        let mut phone = Phone::start(phone_program(), watched.watch.root(), |command| {
            watched.watch.fail_only(command);
        });
        phone.must("open");
        phone.must("close");
        handrail_faults::copy(&root, &templates[NEW]);
        phone.must("open");
        let patient = clinic.patient;
        phone.must(&clinic.enrol(patient));
        phone.must("sync");
        phone.must("remind");
        phone.must("try 1");
        phone.must("time 09:30");
        let written = phone.must("write 3");
        let draft = phone.must("draft phq9");
        let draft = draft.split(' ').nth(1).expect("a name").to_owned();
        phone.must(&format!("answer {draft} q1 2"));
        phone.must("close");
        handrail_faults::copy(&root, &templates[ENROLLED]);
        let known = written.split(' ').skip(1).map(str::to_owned).collect();
        Self {
            watched,
            phone,
            templates,
            known,
            draft,
        }
    }

    fn root(&self) -> &Path {
        self.watched.watch.root()
    }

    /// Puts the folder back; the phone is closed.
    fn put_back(&mut self, template: usize) {
        let _ = self.phone.ask("close");
        std::fs::remove_dir_all(self.root()).expect("our own folder");
        handrail_faults::copy(&self.templates[template], self.root());
    }

    fn receipts(&mut self) -> Vec<String> {
        let all = self.phone.must("receipts");
        all.split(' ')
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Tries `act` with the `after`-th call failing. Returns whether any call failed.
    fn try_once(&mut self, act: &Act, line: &str, trouble: &Trouble, after: u64) -> bool {
        let what = format!("{line}, {}, after {after} calls", trouble.name);
        self.put_back(act.template);
        if act.open {
            self.phone.must("open");
        }
        self.watched.watch.fail(Fault {
            calls: trouble.calls,
            after,
            stays: trouble.stays,
            errno: trouble.errno,
            short: trouble.short,
        });
        let answer = self.phone.ask(line);
        let failed = self.watched.watch.heal() > 0;
        if let Some(file) = line.strip_prefix("export ") {
            assert_eq!(
                Path::new(file).exists(),
                answer.is_ok(),
                "{what}: half a file"
            );
        }
        if line == "open"
            && let Ok(answer) = &answer
        {
            let stands = ["open enrolled", "open not-enrolled"][act.template];
            assert_eq!(answer, stands, "{what}");
        }
        let mut saved = self.known.clone();
        match &answer {
            Ok(answer) => saved.extend(named(answer)),
            Err(code) => {
                assert!(failed, "{what}: {code} on a good disk");
                let told =
                    trouble.codes.contains(&code.as_str()) || act.codes.contains(&code.as_str());
                assert!(told, "{what}: {code}");
            }
        }
        // The disk is well again: the same in the same process.
        let again = self.phone.ask(line);
        match &again {
            Ok(answer) => saved.extend(named(answer)),
            // Done the first time.
            Err(code) => assert!(answer.is_ok(), "{what}, then again: {code}"),
        }
        if act.template == NEW && !act.open {
            // It was an opening: a new phone works.
            assert_eq!(self.phone.must("standing"), "not-enrolled", "{what}");
            return failed;
        }
        self.look(&what, line, &saved);
        failed
    }

    /// Everything that was said to be saved is there: now, and for the next process.
    fn look(&mut self, what: &str, line: &str, saved: &BTreeSet<String>) {
        for pass in ["now", "opened again"] {
            assert_eq!(self.phone.must("standing"), "enrolled", "{what}, {pass}");
            if line.starts_with("enrol") {
                self.phone.must("write 1");
            } else {
                let have = self.receipts();
                let set: BTreeSet<_> = have.iter().cloned().collect();
                assert_eq!(set.len(), have.len(), "{what}, {pass}: twice");
                let lost: Vec<_> = saved.difference(&set).collect();
                assert!(lost.is_empty(), "{what}, {pass}: lost {lost:?}");
                // All of a write that failed, or nothing of it.
                let more = set.difference(saved).count();
                assert!(more == 0 || more == 3, "{what}, {pass}: {more} of 3");
                assert!(
                    self.phone.must("when").as_str() >= "09:30",
                    "{what}, {pass}"
                );
                assert_ne!(self.phone.must("tried"), "tried 0", "{what}, {pass}");
                if !set.contains(&self.draft) {
                    let draft = self.phone.must("draft phq9");
                    assert!(
                        draft.contains(&self.draft) && draft.contains("q1=2"),
                        "{what}, {pass}: {draft}"
                    );
                }
            }
            self.phone.must("close");
            let verdict = integrity(&self.root().join("store/phone.sqlite"));
            assert_eq!(verdict, "ok", "{what}, {pass}");
            self.phone.must("open");
        }
    }
}

/// Check-ins that an answer names as saved.
fn named(answer: &str) -> Vec<String> {
    let mut words = answer.split(' ');
    match words.next() {
        Some("write" | "submit") => words.map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Something a phone does.
struct Act {
    line: &'static str,
    template: usize,
    /// The phone is opened before; otherwise opening is the act.
    open: bool,
    /// Codes that this act may tell beside the disk's.
    codes: &'static [&'static str],
}

const fn on_an_enrolled_phone(line: &'static str) -> Act {
    Act {
        line,
        template: ENROLLED,
        open: true,
        codes: &[],
    }
}

/// A key that cannot be kept is told as the key store's trouble.
const KEY: &[&str] = &["key-store-unavailable"];

#[test]
fn a_disk_that_fails_at_any_call_is_told_and_loses_nothing() {
    let mut clinic = Clinic::new();
    let mut bench = Bench::new(&mut clinic);
    let answer = format!("answer {} q2 1", bench.draft);
    let safety = format!("answer {} q9 1", bench.draft);
    let submit = format!("submit {}", bench.draft);
    let file = clinic.place.path().join("phone/record.zip");
    let export = format!("export {}", file.display());
    let acts = [
        (on_an_enrolled_phone("draft gad7"), "draft gad7".to_owned()),
        (on_an_enrolled_phone("answer"), answer),
        (on_an_enrolled_phone("answer"), safety),
        (on_an_enrolled_phone("submit"), submit),
        (on_an_enrolled_phone("write"), "write 3".to_owned()),
        (on_an_enrolled_phone("try"), "try 7".to_owned()),
        (on_an_enrolled_phone("time"), "time 11:30".to_owned()),
        (on_an_enrolled_phone("remind"), "remind".to_owned()),
        (on_an_enrolled_phone("export"), export),
        (on_an_enrolled_phone("sync"), "sync".to_owned()),
        (
            Act {
                open: false,
                codes: KEY,
                ..on_an_enrolled_phone("open")
            },
            "open".to_owned(),
        ),
        (
            Act {
                line: "open",
                template: NEW,
                open: false,
                codes: KEY,
            },
            "open".to_owned(),
        ),
        (
            Act {
                line: "enrol",
                template: NEW,
                open: true,
                codes: KEY,
            },
            String::new(),
        ),
    ];
    let mut tried = 0;
    for (act, line) in &acts {
        for trouble in TROUBLES {
            let mut failing = 0;
            for after in 0..steps() {
                let line = if act.line == "enrol" {
                    let patient = clinic.patient;
                    clinic.enrol(patient)
                } else {
                    line.clone()
                };
                if !bench.try_once(act, &line, trouble, after) {
                    break;
                }
                failing += 1;
            }
            tried += failing;
            println!("{}, {}: {failing} calls", act.line, trouble.name);
        }
    }
    assert!(tried > 150, "{tried} calls failed");
    println!("{tried} failing calls");
    // The clinic is not disturbed by any of it.
    let arrived = clinic.arrived(clinic.patient);
    assert!(arrived.values().all(|times| *times == 1));
}

/// The control: a phone whose disk said yes and kept nothing is found by the same look.
#[test]
fn a_disk_that_said_yes_and_kept_nothing_is_found() {
    let mut clinic = Clinic::new();
    let mut bench = Bench::new(&mut clinic);
    bench.put_back(ENROLLED);
    bench.phone.must("open");
    let written = named(&bench.phone.must("write 3"));
    let mut saved = bench.known.clone();
    saved.extend(written);
    bench.look("kept", "write 3", &saved);
    bench.put_back(ENROLLED);
    bench.phone.must("open");
    let look = || bench.look("not kept", "write 3", &saved);
    let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(look));
    assert!(looked.is_err(), "the test above cannot fail");
}

#[test]
fn a_code_for_each_trouble_is_told_and_what_is_there_is_read() {
    let mut clinic = Clinic::new();
    let mut bench = Bench::new(&mut clinic);
    for (errno, code) in [(ENOSPC, FULL[0]), (EIO, BROKEN[0]), (EROFS, BROKEN[0])] {
        bench.put_back(ENROLLED);
        bench.phone.must("open");
        bench.watched.watch.fail(Fault {
            calls: calls::WRITES,
            after: 0,
            stays: true,
            errno,
            short: false,
        });
        assert_eq!(bench.phone.ask("write 1"), Err(code.to_owned()));
        // What is there is read all the same.
        assert_eq!(bench.receipts().len(), 3);
        assert!(bench.watched.watch.heal() > 0);
        bench.phone.must("write 1");
        assert_eq!(bench.receipts().len(), 4);
    }
}
