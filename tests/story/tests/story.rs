//! The main road, whole: two phones of one patient, a family phone and a clinician against a real
//! server, with a tap on the wire; afterwards nothing that was written can be found in what the
//! server kept, logged, sent or received.

use std::path::Path;

use handrail_care::homework::{Assigned, Completion};
use handrail_care::id::Id;
use handrail_care::library::Education;
use handrail_care::plan::{Contact, Medicine, TransitionPlan};
use handrail_care::team::{Outcome, Risk};
use handrail_clinician::Act;
use handrail_companion::view::{AnswerValue, HomeworkTry, SentState, SyncOutcome};
use handrail_companion::{Companion, CompanionError};
use handrail_story::clinic::{TestClinic, open_phone, synchronise};
use handrail_story::tap::Tap;
use handrail_story::{Server, folder, now, words};

fn number(number: i64) -> AnswerValue {
    AnswerValue::Number { number }
}

fn text(text: &str) -> AnswerValue {
    AnswerValue::Words {
        text: text.to_owned(),
    }
}

/// A daily check-in, answered screen by screen; returns its id.
fn daily(phone: &Companion, urge_to_self_harm: i64, note: &str) -> String {
    let form = phone.start_check_in("daily-check-in").expect("due");
    let id = form.check_in;
    for (item, value) in [("mood", 4), ("anxiety", 6), ("urge-to-use", 1)] {
        phone
            .answer(&id, item, Some(number(value)))
            .expect("an option");
    }
    let after = phone
        .answer(&id, "urge-to-self-harm", Some(number(urge_to_self_harm)))
        .expect("an option");
    assert_eq!(
        after.help_now,
        urge_to_self_harm > 0,
        "help is shown at once"
    );
    for (item, value) in [("sleep", 2), ("medication", 2)] {
        phone
            .answer(&id, item, Some(number(value)))
            .expect("an option");
    }
    phone.answer(&id, "note", Some(text(note))).expect("a note");
    phone.submit(&id).expect("saved");
    id
}

fn sent(phone: &Companion, check_in: &str) -> SentState {
    phone
        .check_ins(100)
        .expect("open")
        .into_iter()
        .find(|receipt| receipt.check_in == check_in)
        .expect("it was written here or fetched")
        .sent
}

struct Words {
    list: Vec<String>,
    next: usize,
}

impl Words {
    fn take(&mut self) -> String {
        let word = self.list[self.next].clone();
        self.next += 1;
        word
    }

    fn sentence(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| self.take())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn plan(words: &mut Words) -> TransitionPlan {
    TransitionPlan {
        warning_signs: vec![words.sentence(6), words.sentence(6)],
        what_helps: vec![words.sentence(6)],
        people: vec![Contact {
            name: words.take(),
            role: words.take(),
            phone: "555-0142".to_owned(),
        }],
        medicines: vec![Medicine {
            name: words.take(),
            how: words.sentence(3),
            why: words.take(),
        }],
        ..TransitionPlan::default()
    }
}

/// Everything the server's folder holds: database, WAL, log.
fn server_files(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the server's folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            bytes.extend(std::fs::read(path).expect("readable"));
        }
    }
    bytes
}

/// The log of a phone's care mailbox as it lies on the disk: identifiers and sealed bytes in order.
/// Read from a copy: an open phone shares its database with nobody.
fn sealed_log(folder: &Path, patient: Id) -> Vec<(Vec<u8>, Vec<u8>)> {
    let copy = tempfile::tempdir().expect("a folder");
    for file in ["phone.sqlite", "phone.sqlite-wal"] {
        let from = folder.join("store").join(file);
        if from.exists() {
            std::fs::copy(from, copy.path().join(file)).expect("copied");
        }
    }
    let database = rusqlite::Connection::open(copy.path().join("phone.sqlite"));
    let database = database.expect("a database");
    let mut statement = database
        .prepare(
            "SELECT entry.id, bytes FROM entry JOIN mailbox ON mailbox.n = entry.mailbox
             JOIN place ON place.n = entry.n
             WHERE mailbox.id = ?1 ORDER BY place.seq",
        )
        .expect("a statement");
    statement
        .query_map([patient.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("rows")
        .map(|row| row.expect("a row"))
        .collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a story is told in one go")]
fn the_main_road() {
    let folder = folder();
    let server = Server::start(&folder.path().join("server"));
    let tap = Tap::before(server.port());
    let mut words = Words {
        list: words::invented(200),
        next: 0,
    };
    let mut clinic = TestClinic::set_up(&server, tap.origin(), &words.take());
    let patient = clinic.add_patient(&words.take());

    // Two phones of one patient, both offline when they write.
    let first = clinic.phone(patient, &folder.path().join("first"));
    let second = clinic.phone(patient, &folder.path().join("second"));
    let calm = daily(&first, 0, &words.sentence(12));
    let worried = daily(&second, 2, &words.sentence(12));
    assert_eq!(sent(&first, &calm), SentState::OnThisPhone);
    synchronise(&first);
    synchronise(&second);
    synchronise(&first);
    assert!(matches!(
        sent(&first, &worried),
        SentState::AtTheClinic { .. }
    ));

    // The clinician reads, closes the flag by name, and the receipt comes back.
    clinic.refresh();
    let row = &clinic.clinician.caseload(now())[0];
    assert_eq!((row.flags.len(), row.unread), (1, 2));
    let flag = row.flags[0].clone();
    assert_eq!(
        (flag.item.as_str(), flag.answer),
        ("urge-to-self-harm", Some(2))
    );
    let page = clinic.clinician.patient(patient, now()).expect("a page");
    assert_eq!(page.check_ins.len(), 2);
    let opened = Act::Open {
        patient,
        check_ins: page.check_ins.iter().map(|check_in| check_in.id).collect(),
    };
    clinic.act(opened).expect("opened");
    let closed = Act::Dispose {
        patient,
        check_in: flag.check_in,
        item: flag.item.clone(),
        answer: flag.answer,
        triage: None,
        also: Vec::new(),
        outcome: Outcome::Reached,
        risk: Risk::Moderate,
        mitigation: words.sentence(8),
    };
    clinic.act(closed).expect("closed");
    let row = &clinic.clinician.caseload(now())[0];
    assert_eq!((row.flags.len(), row.unread), (0, 0));
    synchronise(&first);
    assert!(matches!(sent(&first, &calm), SentState::Opened { by, .. } if by == "Rowan"));

    // Homework goes out and comes back logged.
    let homework = Assigned {
        title: words.sentence(2),
        instructions: words.sentence(10),
        due: handrail_care::due::date_at(now(), "UTC") + chrono::Days::new(2),
        times: 1,
        ..Assigned::default()
    };
    let act = Act::AssignHomework {
        patient,
        homework: homework.clone(),
    };
    clinic.act(act).expect("assigned");
    synchronise(&second);
    let given = second.homework().expect("open").remove(0);
    assert_eq!(given.title, homework.title);
    second
        .log_homework(HomeworkTry {
            homework: Some(given.id),
            completion: Completion::Partly,
            distress_before: Some(70),
            distress_after: Some(40),
            helpfulness: Some(3),
            minutes: Some(10),
            obstacle: Some(words.sentence(5)),
            note: Some(words.sentence(5)),
            ..HomeworkTry::of(Completion::Partly)
        })
        .expect("saved");
    synchronise(&second);
    clinic.refresh();
    let page = clinic.clinician.patient(patient, now()).expect("a page");
    assert_eq!(page.logs[0].distress_after, Some(40));

    // A plan, its revision, read and acknowledged offline.
    let mut revision = plan(&mut words);
    let act = Act::RevisePlan {
        patient,
        plan: revision.clone(),
    };
    let written = clinic.act(act).expect("written");
    revision.parent = written.id;
    revision.what_helps.push(words.sentence(4));
    let act = Act::RevisePlan {
        patient,
        plan: revision.clone(),
    };
    clinic.act(act).expect("revised");
    synchronise(&first);
    let server = {
        // Offline: the server is gone, the plan opens all the same, also after a restart of the app.
        let (data, port) = (server.data().to_owned(), server.port());
        assert!(server.stop(), "a clean stop");
        first.close();
        let again = open_phone(&folder.path().join("first"));
        let page = again.transition_plan().expect("open");
        let current = page.current.expect("a plan");
        assert_eq!(current.what_helps, revision.what_helps);
        assert_eq!(page.history.len(), 2);
        again.acknowledge_plan(&current.id).expect("saved");
        let report = again.sync().expect("an enrolled phone");
        assert_eq!(report.outcome, SyncOutcome::Offline);
        again.close();
        Server::start_on(&data, port)
    };
    let first = open_phone(&folder.path().join("first"));
    synchronise(&first);
    clinic.refresh();
    let page = clinic.clinician.patient(patient, now()).expect("a page");
    assert!(page.plans[0].current && page.plans[0].acknowledged_at.is_some());

    // A family phone reads education for families, and nothing else exists there.
    for family in [true, false] {
        let education = Education {
            slug: words.take(),
            title: words.sentence(3),
            summary: words.sentence(4),
            minutes: 3,
            family,
            markdown: words.sentence(12),
        };
        clinic
            .act(Act::PublishEducation { education })
            .expect("published");
    }
    let act = Act::AddFamilyMember {
        patient,
        name: words.take(),
        relation: words.take(),
        consented_at: Some(now()),
        how: handrail_care::family::ConsentHow::Spoken,
        guardian: false,
    };
    let member = clinic.act(act).expect("added").id.expect("an id");
    let family = clinic.phone(member, &folder.path().join("family"));
    assert_eq!(family.education().expect("open").len(), 1);
    synchronise(&first);
    assert_eq!(first.education().expect("open").len(), 2);
    assert!(family.check_ins(10).map_or(true, |list| list.is_empty()));
    assert!(family.homework().map_or(true, |list| list.is_empty()));
    assert!(
        family
            .transition_plan()
            .map_or(true, |page| page.current.is_none())
    );

    // The second phone is lost: cut off by a signed entry, replaced, and everything is back.
    let page = clinic.clinician.patient(patient, now()).expect("a page");
    assert_eq!(page.devices.len(), 2);
    let lost: Id = second
        .device()
        .expect("enrolled")
        .parse()
        .expect("an identifier");
    let act = Act::LoseDevice {
        subject: patient,
        device: lost,
    };
    clinic.act(act).expect("cut off");
    let report = second.sync().expect("it was enrolled until now");
    assert_eq!(
        report.outcome,
        SyncOutcome::CutOff,
        "the staff's word wipes"
    );
    assert_eq!(second.today().err(), Some(CompanionError::CutOff));
    assert!(!second.help("US").contacts.is_empty());
    let third = clinic.phone(patient, &folder.path().join("third"));
    synchronise(&first);
    synchronise(&third);
    let history = sealed_log(&folder.path().join("first"), patient);
    assert!(history.len() > 10, "{}", history.len());
    assert_eq!(sealed_log(&folder.path().join("third"), patient), history);
    let again = daily(&third, 0, &words.sentence(10));
    synchronise(&third);
    clinic.refresh();
    let page = clinic.clinician.patient(patient, now()).expect("a page");
    assert!(
        page.check_ins
            .iter()
            .any(|view| view.id.to_string() == again)
    );
    assert_eq!(clinic.clinician.status().quarantined, []);
    assert_eq!(clinic.clinician.status().faults, Vec::<String>::new());

    // Blind: not one word in what the server kept, logged, sent or received.
    daily(&third, 0, &words.sentence(words.list.len() - words.next));
    synchronise(&third);
    assert_eq!(words.next, 200, "every word was used");
    let mut planted = words.list.clone();
    planted.extend(
        [
            "America/Chicago",
            "urge-to-self-harm",
            "daily-check-in",
            "transition-plan",
            "Group therapist",
        ]
        .map(str::to_owned),
    );
    let kept = server_files(server.data());
    assert!(kept.len() > 50_000, "there is something to look through");
    assert_eq!(words::find(&planted, &kept), []);
    let captured = tap.bytes();
    assert!(
        captured.len() > 50_000,
        "there is something to look through"
    );
    assert_eq!(words::find(&planted, &captured), []);

    // The same search does find one word that goes out unsealed.
    clinic
        .driver
        .send(&handrail_clinician::Outgoing {
            method: "POST",
            path: handrail_wire::path::SYNC,
            body: Some(unsealed(patient, &planted[17])),
        })
        .expect("the server cannot know");
    let found = words::find(&planted, &server_files(server.data()));
    assert!(found.iter().any(|(word, _)| *word == planted[17]));
    assert!(!words::find(&planted, &tap.bytes()).is_empty());
    assert!(server.stop(), "a clean stop");
}

/// A request that offers a word in the clear.
fn unsealed(patient: Id, word: &str) -> Vec<u8> {
    use handrail_mailbox::chain::LogState;
    use handrail_wire::id::{EntryId, MailboxId};
    use handrail_wire::sync::{Offer, SyncRequest, VERSION};
    let offer = Offer {
        id: EntryId([9; 16]),
        sealed: format!("in the clear: {word}").into_bytes().into(),
    };
    let request = LogState::new(MailboxId(patient.0)).request(vec![offer], vec![], vec![]);
    handrail_wire::encode(&SyncRequest {
        version: VERSION,
        mailboxes: vec![request].into(),
    })
}
