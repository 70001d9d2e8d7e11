//! The patient's own export and erasure: whole, offline, and nothing left behind.

mod support;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use handrail_care::entry::Body;
use handrail_care::family::ConsentHow;
use handrail_care::id::Id;
use handrail_care::program::{Attendance, Program, ProgramKind, SessionKind};
use handrail_care::roster::FamilyMember;
use handrail_care::visits::Visit;
use handrail_companion::view::{AnswerValue, SharedItemKind, Standing};
use handrail_companion::{Companion, CompanionError};
use serde_json::Value;
use zip::ZipArchive;

use support::clinic::{Clinic, copy, date, enrolled};
use support::{DAY, NOW, PhoneHome, ZONE, all_bytes, contains};

const NOTE: &str = "Slept well by the river";

fn number(number: i64) -> AnswerValue {
    AnswerValue::Number { number }
}

fn check_in(phone: &Companion) {
    let form = phone.start_check_in("daily-check-in").expect("a form");
    let id = form.check_in;
    for (item, value) in [("mood", 6), ("urge-to-self-harm", 0)] {
        phone
            .answer(&id, item, Some(number(value)))
            .expect("an answer");
    }
    let words = AnswerValue::Words {
        text: NOTE.to_owned(),
    };
    phone.answer(&id, "note", Some(words)).expect("a note");
    phone.submit(&id).expect("handed in");
}

fn read(file: &Path, name: &str) -> String {
    let mut zip = ZipArchive::new(File::open(file).expect("the export")).expect("a zip");
    let mut text = String::new();
    let mut inside = zip.by_name(name).expect("a file in it");
    inside.read_to_string(&mut text).expect("text");
    text
}

fn names(file: &Path) -> BTreeSet<String> {
    let zip = ZipArchive::new(File::open(file).expect("the export")).expect("a zip");
    let names = zip.file_names();
    names
        .map(|name| name.expect("a plain name").into_owned())
        .collect()
}

fn path(home: &PhoneHome) -> std::path::PathBuf {
    home.dir.path().join("export.zip")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

#[test]
fn the_export_holds_every_entry_and_needs_no_network() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    clinic.write(
        &clinic.care,
        &Body::Visit(Visit {
            session: format!("{}:2026-11-16", support::clinic::TRACK),
            date: date("2026-11-16"),
            kind: SessionKind::Group,
            attendance: Attendance::Present,
            planned_minutes: 180,
            minutes: None,
        }),
    );
    phone.sync().expect("synced");
    let at_clinic = clinic.opened(&clinic.care).len();
    // From here on nothing is sent: the export has it all the same.
    check_in(&phone);
    let file = path(&home);
    let done = phone.export_record(text(&file)).expect("exported");
    let entries: Vec<Value> = read(&file, "entries.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("one entry a line"))
        .collect();
    assert_eq!(entries.len(), at_clinic + 2, "a check-in is two entries");
    assert_eq!(done.entries as usize, entries.len());
    let known: BTreeSet<String> = clinic
        .opened(&clinic.care)
        .iter()
        .map(|entry| entry.id.to_string())
        .collect();
    let there: BTreeSet<String> = entries
        .iter()
        .map(|line| line["entry"]["id"].as_str().expect("an id").to_owned())
        .collect();
    assert!(known.is_subset(&there));
    let expected = [
        "README.html",
        "answers.csv",
        "check-ins.csv",
        "entries.jsonl",
        "fhir.json",
        "homework.csv",
        "page.html",
        "plans.html",
        "practice.csv",
        "sessions.csv",
        "sessions.ics",
        "worksheets.csv",
    ];
    assert_eq!(names(&file), expected.map(str::to_owned).into());
    assert_eq!(done.files as usize, expected.len());
    assert_eq!(done.bytes, file.metadata().expect("a file").len());
    let bundle: Value = serde_json::from_str(&read(&file, "fhir.json")).expect("JSON");
    assert_eq!(bundle["type"], "transaction");
    for name in ["answers.csv", "page.html", "entries.jsonl", "fhir.json"] {
        assert!(read(&file, name).contains(NOTE), "{name}");
    }
    assert!(read(&file, "sessions.csv").contains("present,180"));
    let calendar = read(&file, "sessions.ics");
    assert!(calendar.contains("BEGIN:VEVENT") && !calendar.contains("Morning"));
    let left: Vec<_> = std::fs::read_dir(home.dir.path())
        .expect("the folder")
        .filter_map(|item| item.ok()?.file_name().into_string().ok())
        .filter(|name| name.contains(".part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    // Where nothing can be written there is an error and no half file.
    let nowhere = home.dir.path().join("no-such-folder/export.zip");
    let refused = phone.export_record(text(&nowhere));
    assert!(
        matches!(refused, Err(CompanionError::NotSaved { .. })),
        "{refused:?}"
    );
}

#[test]
fn the_page_of_the_week_is_on_the_phone() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    check_in(&phone);
    let page = phone.progress().expect("a patient's phone");
    assert_eq!((page.week, page.weeks), (Some(4), Some(8)));
    assert_eq!(page.said[0].text, NOTE);
    assert_eq!(page.this_week.check_ins.done, 1);
    assert!(
        page.this_week.check_ins.of > 5,
        "seven days of a daily check-in"
    );
    assert_eq!(page.days_without.len(), 6);
    let printed = phone.progress_print().expect("a page");
    assert!(printed.contains("lang=\"en\"") && printed.contains(NOTE));
    assert!(!printed.contains("42 CFR"), "no program for substance use");
    phone.set_language("es-US");
    assert!(
        phone
            .progress_print()
            .expect("a page")
            .contains("lang=\"es\"")
    );
}

#[test]
fn a_program_for_substance_use_puts_the_notice_in() {
    let clinic = Clinic::new();
    clinic.write(
        &clinic.library,
        &Body::Program(Program {
            id: handrail_care::id::Id([71; 16]),
            name: "Riverbend".to_owned(),
            kind: ProgramKind::SubstanceUse,
            time_zone: ZONE.to_owned(),
            phone: "555-0101".to_owned(),
            hours: "9 to 4".to_owned(),
            weekly_minimum: None,
        }),
    );
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    assert!(phone.progress_print().expect("a page").contains("42 CFR"));
    let file = path(&home);
    phone.export_record(text(&file)).expect("exported");
    for name in ["README.html", "page.html", "fhir.json"] {
        assert!(read(&file, name).contains("42"), "{name}");
    }
    assert!(read(&file, "README.html").contains("42 CFR part 2 prohibits"));
    assert!(read(&file, "fhir.json").contains("42CFRPart2"));
    assert!(read(&file, "sessions.csv").contains(",42 CFR part 2 prohibits"));
    // A calendar shows its events to others: it says nothing of it.
    assert!(!read(&file, "sessions.ics").contains("CFR"));
}

#[test]
fn a_family_phone_exports_and_shows_nothing_of_the_patient() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = home.open();
    let (link, code) = clinic.family_invite();
    phone
        .enrol(&link, &code, "Tablet", "ios")
        .expect("enrolled");
    phone.sync().expect("synced");
    let file = path(&home);
    assert_eq!(
        phone.export_record(text(&file)),
        Err(CompanionError::NotFound)
    );
    assert!(!file.exists());
    assert_eq!(phone.progress(), Err(CompanionError::NotFound));
}

fn again(home: &PhoneHome, phone: &Arc<Companion>) -> Arc<Companion> {
    phone.close();
    home.open()
}

#[test]
fn erasing_leaves_nothing_and_the_phone_can_begin_anew() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    check_in(&phone);
    let key = std::fs::read(home.key_file()).expect("the key");
    let notice = phone.delete_notice().expect("a notice");
    assert_eq!((notice.unsent, notice.shares), (2, 0));
    assert!(
        notice
            .lines
            .iter()
            .any(|line| line.contains("clinic keeps its own copy"))
    );
    assert!(
        notice
            .lines
            .iter()
            .any(|line| line.starts_with("2 entries"))
    );
    // What the clinic does not have is not lost by one tap.
    let code = |result: Result<(), CompanionError>| match result {
        Err(CompanionError::NotValid { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(phone.delete_everything(false)), "entries-unsent");
    assert_eq!(phone.check_ins(9).expect("still here").len(), 1);
    phone.sync().expect("synced");
    let before = clinic.opened(&clinic.care).len();
    phone.delete_everything(false).expect("erased");
    assert_eq!(phone.standing(), Standing::NotEnrolled);
    assert_eq!(phone.check_ins(9), Err(CompanionError::NotEnrolled));
    assert!(!phone.help("US").contacts.is_empty(), "help goes on");
    assert_eq!(
        clinic.opened(&clinic.care).len(),
        before,
        "the clinic's record stays"
    );
    let left = all_bytes(home.dir.path());
    let new = std::fs::read(home.key_file()).expect("a new key");
    assert!(new != key && !contains(&left, &key), "the old key is gone");
    let phone = again(&home, &phone);
    assert_eq!(phone.standing(), Standing::NotEnrolled);
    let (link, code) = clinic.invite();
    phone
        .enrol(&link, &code, "Pixel", "android")
        .expect("a new invite brings it back");
    phone.sync().expect("synced");
    assert_eq!(phone.check_ins(9).expect("from the clinic").len(), 1);
}

#[test]
fn unsent_entries_go_only_when_the_person_says_so() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    check_in(&phone);
    phone.delete_everything(true).expect("erased");
    assert_eq!(phone.standing(), Standing::NotEnrolled);
}

#[test]
fn an_erasure_that_a_crash_interrupted_is_finished_at_the_next_start() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    check_in(&phone);
    phone.close();
    // As a crash right after the first step leaves it.
    std::fs::write(home.folder().join("erasing"), b"").expect("a file");
    let phone = home.open();
    assert_eq!(phone.standing(), Standing::NotEnrolled);
    assert!(!home.folder().join("erasing").exists());
    let phone = again(&home, &phone);
    assert_eq!(phone.standing(), Standing::NotEnrolled, "once");
}

#[test]
fn what_is_shared_is_taken_back_before() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = home.open();
    let (link, code) = clinic.invite_with_family();
    phone
        .enrol(&link, &code, "Pixel", "android")
        .expect("enrolled");
    phone.sync().expect("synced");
    let member = Id(clinic.family.mailbox().0);
    let ilse = Body::FamilyMember(FamilyMember {
        mailbox: member,
        of: Id(clinic.care.mailbox().0),
        name: "Ilse".to_owned(),
        relation: "sister".to_owned(),
        consented_at: NOW,
        how: ConsentHow::Spoken,
        guardian: false,
        ended_at: None,
    });
    clinic.write(&copy(&clinic.care), &ilse);
    phone.sync().expect("synced");
    let kind = SharedItemKind::HowToHelp;
    phone
        .share_item(&member.to_string(), kind, NOW + DAY, "Walk with me.")
        .expect("shared");
    phone.sync().expect("synced");
    assert_eq!(phone.delete_notice().expect("a notice").shares, 1);
    let notice = phone.prepare_delete().expect("taken back");
    // The end of the decision, and of its copy.
    assert_eq!((notice.shares, notice.unsent), (0, 2));
    assert_eq!(phone.prepare_delete().expect("once").unsent, 2);
    phone.sync().expect("synced");
    assert_eq!(clinic.kinds(&clinic.family), ["shared", "shared-withdrawn"]);
    phone.delete_everything(false).expect("erased");
}
