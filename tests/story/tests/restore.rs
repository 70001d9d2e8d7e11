//! A server restored from a backup that is older than what it acknowledged: phones and consoles bring it
//! back, everybody is told "restored", nobody "tampered", and phones that the backup does not know are told
//! that they need a new invite. A roll-back without a restore is told as what it is.

use std::path::Path;
use std::process::Command;

use handrail_care::family::ConsentHow;
use handrail_care::homework::Assigned;
use handrail_care::id::Id;
use handrail_care::library::Education;
use handrail_clinician::Act;
use handrail_companion::view::{AnswerValue, SharedItemKind, SyncOutcome};
use handrail_companion::{CompanionError, InviteRefusal};
use handrail_story::agree::{TIMES, complaints, same_facts};
use handrail_story::clinic::{PASSPHRASE, TestClinic, ZONE};
use handrail_story::phone::Phone;
use handrail_story::{Server, folder, now, program};

const HOUR_MS: i64 = 3_600_000;

/// `handrail-server backup` or `restore`.
fn operator(act: &str, file: &Path, data: &Path) {
    let done = Command::new(program("handrail-server"))
        .arg(act)
        .arg(file)
        .arg("--data")
        .arg(data)
        .status();
    assert!(done.is_ok_and(|status| status.success()), "{act}");
}

/// A daily check-in with a positive safety answer.
fn worried(phone: &Phone) -> String {
    let form = phone.core.start_check_in("phq9").expect("a form");
    for (item, number) in [("q1", 1), ("q9", 2)] {
        let value = AnswerValue::Number { number };
        let answered = phone.core.answer(&form.check_in, item, Some(value));
        answered.expect("an option");
    }
    phone.core.submit(&form.check_in).expect("saved").check_in
}

fn add_family(clinic: &mut TestClinic, patient: Id, name: &str) -> Id {
    let act = Act::AddFamilyMember {
        patient,
        name: name.to_owned(),
        relation: "sister".to_owned(),
        consented_at: Some(now()),
        how: ConsentHow::Spoken,
        guardian: false,
    };
    clinic.act(act).expect("added").id.expect("an id")
}

fn share(phone: &Phone, name: &str, note: &str) {
    let family = phone.core.family().expect("open");
    let member = family.iter().find(|member| member.name == name);
    let member = &member.expect("on the patient's phone").id;
    let kind = SharedItemKind::HowToHelp;
    let until = now() + 24 * HOUR_MS;
    let shared = phone.core.share_item(member, kind, until, note);
    shared.expect("shared");
    phone.synchronise();
}

fn shared_texts(phone: &Phone) -> Vec<String> {
    let items = phone.core.shared_items().expect("open").into_iter();
    items.map(|item| item.text).collect()
}

/// A clinic before the backup and what happened after it.
struct Story {
    place: tempfile::TempDir,
    server: Option<Server>,
    clinic: TestClinic,
    /// Had two phones and a sister with a phone when the backup was made.
    maren: Id,
    first: Phone,
    second: Phone,
    sister: Phone,
    /// Came after it, as did the phone.
    late: Id,
    late_phone: Phone,
    brother: Id,
    brother_phone: Phone,
    /// Invited before and enrolled after.
    third: Phone,
    /// Made before, not used.
    open_invite: (String, String),
    /// Made after, not used.
    lost_invite: (String, String),
    written: Vec<String>,
    late_written: Vec<String>,
}

impl Story {
    fn until_the_backup_is_old() -> Self {
        let place = folder();
        let server = Server::start(&place.path().join("server"));
        let port = server.port();
        let at = |name: &str| place.path().join(name);
        let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
        let maren = clinic.add_patient("Maren");
        let ilse = add_family(&mut clinic, maren, "Ilse");
        let first = Phone::enrolled(&mut clinic, maren, &at("first"), port);
        let second = Phone::enrolled(&mut clinic, maren, &at("second"), port);
        let sister = Phone::enrolled(&mut clinic, ilse, &at("sister"), port);
        clinic.refresh();
        let mut written = vec![worried(&first)];
        first.synchronise();
        clinic.refresh();
        let third = Phone::new(&at("third"), port);
        let third_invite = third.invite(&mut clinic, maren);
        let fourth = Phone::new(&at("fourth"), port);
        let open_invite = fourth.invite(&mut clinic, maren);
        fourth.core.close();

        operator("backup", &at("backup"), server.data());

        // All of this is acknowledged, and the backup has none of it.
        third
            .core
            .enrol(&third_invite.0, &third_invite.1, "Third", "desktop")
            .expect("enrolled");
        let lost = Phone::new(&at("lost"), port);
        let lost_invite = lost.invite(&mut clinic, maren);
        lost.core.close();
        for phone in [&first, &second, &third] {
            phone.synchronise();
            written.push(worried(phone));
            phone.synchronise();
        }
        share(&first, "Ilse", "Just sit with me.");
        sister.synchronise();
        assert_eq!(shared_texts(&sister), ["Just sit with me."]);
        let brother = add_family(&mut clinic, maren, "Jonas");
        let brother_phone = Phone::enrolled(&mut clinic, brother, &at("brother"), port);
        first.synchronise();
        share(&first, "Jonas", "Call me on Sunday.");
        brother_phone.synchronise();
        assert_eq!(shared_texts(&brother_phone), ["Call me on Sunday."]);
        let late = clinic.add_patient("Noor");
        let late_phone = Phone::enrolled(&mut clinic, late, &at("late"), port);
        let late_written = vec![worried(&late_phone)];
        late_phone.synchronise();
        clinic.refresh();
        for act in [
            Act::AssignHomework {
                patient: maren,
                homework: Assigned {
                    title: "Walk".to_owned(),
                    due: handrail_care::due::date_at(now(), "UTC") + chrono::Days::new(5),
                    times: 1,
                    ..Assigned::default()
                },
            },
            Act::Note {
                patient: maren,
                text: "Called on Tuesday.".to_owned(),
            },
            Act::PublishEducation {
                education: Education {
                    slug: "sleep".to_owned(),
                    title: "Sleep".to_owned(),
                    summary: "One sentence.".to_owned(),
                    minutes: 2,
                    family: true,
                    markdown: "# Sleep".to_owned(),
                },
            },
        ] {
            clinic.act(act).expect("done");
        }
        for phone in [&first, &second, &third, &sister] {
            phone.synchronise();
        }
        clinic.refresh();
        Self {
            place,
            server: Some(server),
            clinic,
            maren,
            first,
            second,
            sister,
            late,
            late_phone,
            brother,
            brother_phone,
            third,
            open_invite,
            lost_invite,
            written,
            late_written,
        }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs")
    }

    /// Stops the server, does something with its folder, starts it on the same port.
    fn while_stopped(&mut self, work: impl FnOnce(&Path, &Path)) {
        let server = self.server.take().expect("it runs");
        let (port, data) = (server.port(), server.data().to_owned());
        assert!(server.stop(), "a clean stop");
        work(&self.place.path().join("backup"), &data);
        self.server = Some(Server::start_on(&data, port));
    }

    /// The open console finds its session ended; Rowan logs in again and it goes on, or begins anew.
    fn console_comes_back(&mut self, goes_on: bool) {
        self.clinic.clinician.refresh();
        let ended = self.clinic.driver.pump(&mut self.clinic.clinician, now());
        assert_eq!(ended.expect_err("no session").code, "not-authenticated");
        let kept = self.clinic.clinician.keep();
        let entered = self
            .clinic
            .driver
            .enter("rowan", PASSPHRASE, &self.clinic.secret, ZONE);
        self.clinic.clinician = entered.expect("logged in");
        if goes_on {
            assert!(self.clinic.clinician.go_on(&kept));
        }
        Self::pumps(&mut self.clinic);
    }

    fn pumps(clinic: &mut TestClinic) {
        for _ in 0..3 {
            clinic.refresh();
        }
    }

    fn codes(phone: &Phone) -> Vec<String> {
        let status = phone.core.sync_status().expect("enrolled");
        status.faults.into_iter().map(|fault| fault.code).collect()
    }

    /// A phone that the backup knows: told "restored" once, not "tampered".
    fn is_told_restored(phone: &Phone) {
        let restored = (0..6).any(|_| phone.sync().restored);
        assert!(restored, "{:?}", phone.core.sync_status());
        let status = phone.core.sync_status().expect("enrolled");
        assert!(status.restored_at.is_some());
        let tampered: Vec<_> = Self::codes(phone)
            .into_iter()
            .filter(|code| code.starts_with("chain"))
            .collect();
        assert_eq!(tampered, Vec::<String>::new());
    }

    /// A phone that came after the backup: everything but sync goes on, and a new invite brings it back.
    fn needs_a_new_invite(clinic: &mut TestClinic, phone: &Phone, subject: Id) {
        let refused = SyncOutcome::Refused {
            code: "not-authenticated".to_owned(),
        };
        assert_eq!(phone.sync().outcome, refused);
        let status = phone.core.sync_status().expect("enrolled");
        assert_eq!(status.refused.as_deref(), Some("not-authenticated"));
        let (link, code) = phone.invite(clinic, subject);
        let standing = phone.core.enrol(&link, &code, "Again", "desktop");
        standing.expect("enrolled again");
        phone.synchronise();
    }
}

#[test]
fn a_restored_backup_gets_everything_back_and_is_told_as_one() {
    for phones_first in [true, false] {
        let mut story = Story::until_the_backup_is_old();
        story.while_stopped(|backup, data| operator("restore", backup, data));
        if !phones_first {
            story.console_comes_back(true);
        }
        // Offline, and between the restore and everything else.
        story.written.push(worried(&story.second));
        for phone in [&story.first, &story.second, &story.sister] {
            Story::is_told_restored(phone);
        }
        if phones_first {
            story.console_comes_back(true);
        }
        assert!(story.clinic.clinician.status().restored);
        let again = [
            (&story.third, story.maren),
            (&story.late_phone, story.late),
            (&story.brother_phone, story.brother),
        ];
        for (phone, subject) in again {
            Story::needs_a_new_invite(&mut story.clinic, phone, subject);
        }
        // An invite of before is good, one of after is as if it had never been; both plainly.
        let port = story.server().port();
        let fourth = Phone::new(&story.place.path().join("fourth-again"), port);
        let enrol =
            |(link, code): &(String, String)| fourth.core.enrol(link, code, "Fourth", "desktop");
        let unknown = enrol(&story.lost_invite).expect_err("the server forgot it");
        let refused = CompanionError::InviteRefused {
            reason: InviteRefusal::WrongClinic,
        };
        assert_eq!(unknown, refused);
        // Its link names another phone's proxy: the same server.
        enrol(&story.open_invite).expect("enrolled");

        Story::pumps(&mut story.clinic);
        let marens = [&story.first, &story.second, &story.third, &fourth];
        for phone in marens.iter().chain([&&story.late_phone, &&story.sister]) {
            phone.synchronise();
        }
        Story::pumps(&mut story.clinic);
        for phone in marens.iter().chain([&&story.late_phone]) {
            phone.synchronise();
        }
        let data = story.server().data();
        let mut wrong = complaints(data, &story.clinic, story.maren, &marens, &story.written);
        wrong.retain(|one| !one.ends_with(TIMES));
        assert_eq!(wrong, Vec::<String>::new());
        let late = [&story.late_phone];
        let mut wrong = complaints(data, &story.clinic, story.late, &late, &story.late_written);
        wrong.retain(|one| !one.ends_with(TIMES));
        assert_eq!(wrong, Vec::<String>::new());
        for (phone, text) in [
            (&story.sister, "Just sit with me."),
            (&story.brother_phone, "Call me on Sunday."),
        ] {
            phone.synchronise();
            assert_eq!(shared_texts(phone), [text]);
            assert_eq!(Story::codes(phone), Vec::<String>::new());
        }

        // Whoever reads the logs from the beginning finds what staff wrote, too.
        let fresh = handrail_desk::driver::Driver::new(story.server().origin())
            .expect("loopback")
            .log_in("rowan", PASSPHRASE, &story.clinic.secret, ZONE, now())
            .expect("logged in");
        for patient in [story.maren, story.late] {
            let here = fresh.chart(patient).expect("a chart");
            let there = story.clinic.clinician.chart(patient).expect("a chart");
            assert!(same_facts(here, there));
        }
        assert!(staff_work_is_there(&fresh, story.maren));
        assert_eq!(fresh.status().faults, Vec::<String>::new());
        assert!(!fresh.status().restored, "it saw no other generation");
    }
}

fn staff_work_is_there(clinician: &handrail_clinician::Clinician, patient: Id) -> bool {
    let page = clinician.patient(patient, now()).expect("a page");
    let mut pieces = clinician.library().education().into_iter();
    let note = page
        .notes
        .iter()
        .any(|note| note.text == "Called on Tuesday.");
    note && pieces.any(|piece| piece.slug == "sleep") && clinician.caseload(now()).len() == 2
}

/// Why a console keeps what it has: its session is ended by every restore.
#[test]
fn a_console_that_begins_anew_does_not_have_what_only_staff_had() {
    let mut story = Story::until_the_backup_is_old();
    assert!(staff_work_is_there(&story.clinic.clinician, story.maren));
    story.while_stopped(|backup, data| operator("restore", backup, data));
    for phone in [&story.first, &story.second] {
        Story::is_told_restored(phone);
    }
    story.console_comes_back(false);
    assert!(!staff_work_is_there(&story.clinic.clinician, story.maren));
}

/// The control of "restored": an older database put back by hand, without a new generation.
#[test]
fn an_older_database_put_back_by_hand_is_told_as_tampering() {
    let mut story = Story::until_the_backup_is_old();
    story.while_stopped(|backup, data| {
        let database = data.join("handrail.sqlite");
        for file in ["handrail.sqlite-wal", "handrail.sqlite-shm"] {
            let _ = std::fs::remove_file(data.join(file));
        }
        std::fs::copy(backup, database).expect("put back");
    });
    for phone in [&story.first, &story.second] {
        for _ in 0..3 {
            assert!(!phone.sync().restored);
        }
        let status = phone.core.sync_status().expect("enrolled");
        assert_eq!(status.restored_at, None);
        let codes = Story::codes(phone);
        assert!(codes.contains(&"chain-rolled-back".to_owned()), "{codes:?}");
        // What the phone has, it keeps.
        assert_eq!(phone.core.check_ins(99).expect("open").len(), 4);
    }
    // The console's session is as old as the backup, and goes on.
    story.clinic.clinician.refresh();
    let _ = story.clinic.driver.pump(&mut story.clinic.clinician, now());
    let status = story.clinic.clinician.status();
    assert!(!status.restored);
    let rolled_back = "chain-rolled-back".to_owned();
    assert!(status.faults.contains(&rolled_back), "{status:?}");
}
