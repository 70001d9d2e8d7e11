//! Somebody watches: flags are told by the clinic's list until they are closed, every step is in the log that
//! the console shows, and visits are settled. With a real server, real phones and the real program.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use handrail_care::alert::{AlertPolicy, AlertStep, Via};
use handrail_care::flag::Flag;
use handrail_care::forms::CheckInPolicy;
use handrail_care::id::Id;
use handrail_care::library::{LicenceAcknowledged, Role};
use handrail_care::program::Attendance;
use handrail_care::team::{Outcome, Risk};
use handrail_clinician::{Act, Joining};
use handrail_companion::view::AnswerValue;
use handrail_companion::{Companion, FileKeyStore, SetClock};
use handrail_desk::account::Account;
use handrail_desk::driver::Driver;
use handrail_desk::watch::{Notice, Watch};
use handrail_story::clinic::{PASSPHRASE, TestClinic, ZONE, synchronise};
use handrail_story::{Server, folder, now, program};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

/// A clinic with a colleague, whose list is: Rowan at once, Imke after half an hour.
struct Practice {
    clinic: TestClinic,
    imke_secret: String,
}

impl Practice {
    fn new(server: &Server) -> Self {
        let mut clinic = TestClinic::set_up(server, server.origin(), "Riverbend IOP");
        let root = clinic.clinician.root();
        let imke = Joining::new("Imke", "Therapist", "imke", PASSPHRASE, root).expect("keys");
        let imke_secret = clinic
            .driver
            .admit(&mut clinic.clinician, &imke, Role::Clinician, now())
            .expect("admitted");
        clinic.refresh();
        let imke = Id(imke.party().0);
        let step = |after_minutes, id| AlertStep {
            after_minutes,
            tell: vec![id],
        };
        let policy = AlertPolicy {
            positive: vec![step(0, clinic.clinician.id()), step(30, imke)],
            unanswered: Vec::new(),
        };
        clinic.act(Act::SetAlertPolicy { policy }).expect("a list");
        Self {
            clinic,
            imke_secret,
        }
    }

    fn account(&self) -> Account {
        Account {
            login: "imke".to_owned(),
            passphrase: PASSPHRASE.to_owned(),
            account_secret: self.imke_secret.clone(),
        }
    }

    /// The account's file, for its owner alone.
    fn account_file(&self, folder: &Path) -> PathBuf {
        let file = folder.join("account.json");
        let text = json!({
            "login": "imke", "passphrase": PASSPHRASE, "account_secret": self.imke_secret,
        });
        std::fs::write(&file, text.to_string()).expect("a file");
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, mode).expect("our own file");
        file
    }

    fn flags(&mut self, patient: Id) -> Vec<Flag> {
        self.clinic.refresh();
        let page = self.clinic.clinician.patient(patient, now());
        page.expect("a page").flags
    }

    fn close(&mut self, flag: &Flag) {
        let act = Act::Dispose {
            patient: flag.patient,
            check_in: flag.check_in,
            item: flag.item.clone(),
            answer: flag.answer,
            triage: flag.triage,
            also: Vec::new(),
            outcome: Outcome::Reached,
            risk: Risk::Moderate,
            mitigation: "Talked on the phone.".to_owned(),
        };
        self.clinic.act(act).expect("closed");
    }
}

/// A program that puts each notice it gets into a file of its own.
fn pager(folder: &Path) -> (PathBuf, PathBuf) {
    let notices = folder.join("notices");
    std::fs::create_dir_all(&notices).expect("a folder");
    let path = folder.join("pager");
    let script = format!(
        "#!/bin/sh\ncat > {0}/$$.part && mv {0}/$$.part {0}/$$.json\n",
        notices.display()
    );
    std::fs::write(&path, script).expect("a script");
    let mode = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(&path, mode).expect("our own file");
    (path, notices)
}

fn notices(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).expect("made before");
    let paths = files.map(|file| file.expect("readable").path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| std::fs::read_to_string(path).expect("a notice"))
        .collect()
}

/// `handrail-desk watch`, ended by its own handle.
struct Watcher(Child);

impl Watcher {
    /// Starts it and waits until it watches. It looks every five minutes by itself: what is faster came by
    /// the server's word.
    fn start(server: &Server, account: &Path, pager: &Path) -> Self {
        let mut child = Command::new(program("handrail-desk"))
            .args(["watch", "--server", server.origin(), "--every", "300"])
            .arg("--account")
            .arg(account)
            .arg("--tell")
            .arg(pager)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the desk starts");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (send, first) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ended = send.send(line);
            }
        });
        let line = first.recv_timeout(Duration::from_secs(60)).expect("a line");
        let line: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(line, json!({"event": "watching", "alert_policy": true}));
        Self(child)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Begins a PHQ-9 and answers item 9; the rest is left for later.
fn answers_item_9(phone: &Companion, value: i64) -> String {
    let id = phone.start_check_in("phq9").expect("a form").check_in;
    let value = Some(AnswerValue::Number { number: value });
    phone.answer(&id, "q9", value).expect("answered");
    synchronise(phone);
    id
}

fn screener() -> Act {
    let items = ["q1", "q2", "q3", "q4", "q5", "q6_lifetime", "q6_3_months"].map(|name| {
        json!({
            "linkId": name, "type": "boolean", "text": format!("Question {name}"),
            "code": [{"system": "urn:handrail:item", "code": format!("cssrs-screener-{name}")}],
        })
    });
    let questionnaire = json!({
        "resourceType": "Questionnaire", "status": "active", "id": "our-screener",
        "title": "A few questions more", "item": items,
    });
    Act::PublishQuestionnaire {
        questionnaire: questionnaire.to_string(),
        licence: LicenceAcknowledged {
            statement: "The clinic may use this text.".to_owned(),
        },
    }
}

/// The first positive entry makes the alert, long before the check-in is handed in; the real program tells
/// the clinic's pager, which learns nothing about the patient; the console shows the step at once.
#[test]
fn an_answer_is_told_at_once_and_names_nobody() {
    let folder = folder();
    let server = Server::start(&folder.path().join("server"));
    let mut practice = Practice::new(&server);
    practice.clinic.act(screener()).expect("taken into use");
    let policy = CheckInPolicy {
        follow_up: Some("our-screener".to_owned()),
        ..CheckInPolicy::DEFAULT
    };
    practice
        .clinic
        .act(Act::SetCheckInPolicy { policy })
        .expect("decided");
    let patient = practice.clinic.add_patient("Maren");
    let phone = practice.clinic.phone(patient, &folder.path().join("phone"));
    let account = practice.account_file(folder.path());
    let (pager, seen) = pager(folder.path());
    let watcher = Watcher::start(&server, &account, &pager);

    // Nothing to tell of: a control for what follows.
    let quiet = phone.start_check_in("gad7").expect("a form").check_in;
    let value = Some(AnswerValue::Number { number: 3 });
    phone.answer(&quiet, "q1", value).expect("answered");
    phone.submit(&quiet).expect("handed in");
    synchronise(&phone);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(notices(&seen), Vec::<String>::new());

    // The questions that follow are asked and not answered yet.
    let id = answers_item_9(&phone, 2);
    let form = phone.start_check_in("phq9").expect("the same");
    assert!(form.check_in == id && form.follow_up.is_some());
    let deadline = Instant::now() + Duration::from_secs(60);
    while notices(&seen).is_empty() {
        assert!(Instant::now() < deadline, "nobody was told");
        std::thread::sleep(Duration::from_millis(50));
    }
    let told = notices(&seen).remove(0);
    let notice: Value = serde_json::from_str(&told).expect("JSON");
    let me = practice.clinic.clinician.id();
    assert_eq!(notice["tell"], json!([{"id": me, "name": "Rowan"}]));
    assert_eq!(
        (&notice["step"], &notice["again"]),
        (&json!(1), &json!(false))
    );
    let patient_text = patient.to_string();
    for word in [
        "Maren",
        "phq9",
        "PHQ",
        "q9",
        "Riverbend",
        patient_text.as_str(),
    ] {
        assert!(!told.contains(word), "{word}");
    }
    assert!(told.contains("Rowan"), "control: what is in it is found");

    // The console hears of it by itself.
    let deadline = Instant::now() + Duration::from_secs(60);
    let flag = loop {
        let flag = practice.flags(patient).remove(0);
        if !flag.alerts.is_empty() {
            break flag;
        }
        assert!(Instant::now() < deadline, "the log never came");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(flag.check_in.to_string(), notice["alert"]);
    let line = &flag.alerts[0];
    assert_eq!(
        (line.step, line.via, line.by.as_str()),
        (1, Via::Program, "Imke")
    );
    assert_eq!(line.tell, ["Rowan"]);
    let next = flag.next_alert.as_ref().expect("another step");
    let since = flag.received.expect("arrived");
    assert_eq!(
        (next.at, next.tell.as_slice()),
        (since + 30 * MINUTE, &["Imke".to_owned()][..])
    );
    drop(watcher);
    assert_eq!(notices(&seen).len(), 1);
}

/// By a clock that is moved on: each step in its time, nobody twice, a rise anew, the end by a disposition, a
/// program that fails, a process that forgets everything.
#[test]
fn it_goes_on_to_the_next_person_until_somebody_closes_it() {
    let folder = folder();
    let server = Server::start(&folder.path().join("server"));
    let mut practice = Practice::new(&server);
    let patient = practice.clinic.add_patient("Maren");
    let phone_folder = folder.path().join("phone");
    let clock = Arc::new(SetClock::at(now()));
    let phone = phone_of(&mut practice, patient, &phone_folder, &clock);

    // Answered offline two hours ago: both times are shown, and the clinic's time runs from the arrival.
    clock.set(now() - 120 * MINUTE);
    let id = phone.start_check_in("phq9").expect("a form").check_in;
    let value = |number| Some(AnswerValue::Number { number });
    phone.answer(&id, "q9", value(1)).expect("answered");
    clock.set(now());
    synchronise(&phone);
    let flag = practice.flags(patient).remove(0);
    let since = flag.received.expect("arrived");
    assert!(since - flag.at >= 119 * MINUTE, "late");

    let told = Mutex::new(Vec::new());
    let via = Mutex::new(Via::Console);
    let tell = |notice: &Notice| {
        let people = notice.tell.iter().map(|person| person.name.clone());
        let line = (notice.step, notice.again, people.collect::<Vec<_>>());
        told.lock().expect("one at a time").push(line);
        *via.lock().expect("one at a time")
    };
    let taken = || std::mem::take(&mut *told.lock().expect("one at a time"));
    let begin = |practice: &Practice, now| {
        Watch::begin(server.origin(), practice.account(), now).expect("logged in")
    };
    let mut watch = begin(&practice, since);
    let pass = watch.pass(since, &tell);
    assert_eq!((pass.problem, pass.told[0].due_at), (None, since));
    assert_eq!(taken(), [(1, false, vec!["Rowan".to_owned()])]);
    watch.pass(since + 29 * MINUTE, &tell);
    assert_eq!(taken(), []);

    // Another process, which knows nothing: the log tells it.
    let mut watch = begin(&practice, since);
    watch.pass(since + 29 * MINUTE, &tell);
    assert_eq!(taken(), []);
    // The pager is broken; it is tried again after a minute, and the log says so once.
    *via.lock().expect("ours") = Via::ProgramFailed;
    for minutes in [30, 30, 31] {
        watch.pass(since + minutes * MINUTE, &tell);
    }
    let imke = vec!["Imke".to_owned()];
    assert_eq!(taken(), [(2, true, imke.clone()), (2, true, imke.clone())]);
    *via.lock().expect("ours") = Via::Program;
    watch.pass(since + 33 * MINUTE, &tell);
    assert_eq!(taken(), [(2, true, imke)]);
    let lines = practice.flags(patient).remove(0).alerts;
    let lines: Vec<_> = lines.iter().map(|line| (line.step, line.via)).collect();
    let expected = [
        (1, Via::Console),
        (2, Via::ProgramFailed),
        (2, Via::Program),
    ];
    assert_eq!(lines, expected);

    // A higher answer is told anew, to everyone whose time has come.
    phone.answer(&id, "q9", value(3)).expect("answered");
    synchronise(&phone);
    watch.pass(since + 34 * MINUTE, &tell);
    let both = vec!["Rowan".to_owned(), "Imke".to_owned()];
    assert_eq!(taken(), [(2, true, both)]);

    // Closed by name: it ends, whatever the clock says. Another patient's flag is told of all the same.
    let flag = practice.flags(patient).remove(0);
    assert_eq!(flag.answer, Some(3));
    practice.close(&flag);
    let other = practice.clinic.add_patient("Tobin");
    let other_phone = practice.clinic.phone(other, &folder.path().join("other"));
    other_phone.ask_for_help().expect("saved");
    synchronise(&other_phone);
    watch.pass(now() + MINUTE, &tell);
    assert_eq!(taken(), [(1, false, vec!["Rowan".to_owned()])]);
    let closed = practice.flags(patient).remove(0);
    assert!(!closed.is_open() && closed.next_alert.is_none());
    assert_eq!(closed.alerts.len(), 4, "the log stays");
}

fn phone_of(
    practice: &mut Practice,
    patient: Id,
    folder: &Path,
    clock: &Arc<SetClock>,
) -> Arc<Companion> {
    std::fs::create_dir_all(folder).expect("a folder");
    let keys = Arc::new(FileKeyStore::new(folder.join("store.key")));
    let store = folder.join("store");
    let phone = Companion::open_with(&store, keys, clock.clone(), ZONE).expect("opens");
    let (link, code) = practice.clinic.invite(patient);
    phone
        .enrol(&link, &code, "Phone", "desktop")
        .expect("enrolled");
    synchronise(&phone);
    phone
}

/// What the front desk marked reaches the patient's own count, and a missed session asks for word to a payer.
#[test]
fn a_mark_of_the_front_desk_is_settled() {
    let folder = folder();
    let server = Server::start(&folder.path().join("server"));
    let mut practice = Practice::new(&server);
    let patient = practice.clinic.add_patient("Maren");
    let phone = practice.clinic.phone(patient, &folder.path().join("phone"));
    let authorised = serde_json::from_value(json!({
        "act": "authorise", "patient": patient, "authorisation": {
            "id": Id::default(), "payer": "Lindenhof Health", "from": "2026-01-01",
            "until": "2027-12-31", "visits": 12, "unit": "session", "half_session": "half",
            "late_cancel": "nothing", "tell_missed": true,
        },
    }));
    let authorised: Act = authorised.expect("an act");
    practice.clinic.act(authorised).expect("authorised");
    // A session of the past week, from the page as the front desk's list shows it too.
    let page = practice.clinic.clinician.patient(patient, now());
    let sessions = page.expect("a page").sessions;
    let over: Vec<_> = sessions
        .iter()
        .filter(|one| one.session.end < now())
        .map(|one| one.session.id.clone())
        .collect();
    let session = over.first().expect("five days hold a session").clone();
    // The front desk marks it. It cannot open the patient's mailbox: its mark stands in the roster alone.
    let root = practice.clinic.clinician.root();
    let lio = Joining::new("Lio", "Front desk", "lio", PASSPHRASE, root).expect("keys");
    let clinic = &mut practice.clinic;
    let secret = clinic
        .driver
        .admit(&mut clinic.clinician, &lio, Role::FrontDesk, now())
        .expect("admitted");
    let mut driver = Driver::new(server.origin()).expect("loopback");
    let mut lio = driver
        .log_in("lio", PASSPHRASE, &secret, ZONE, now())
        .expect("logged in");
    let mark = Act::MarkAttendance {
        patient,
        session,
        attendance: Attendance::Absent,
        minutes: None,
    };
    lio.act(mark, "", now()).expect("marked");
    driver.pump(&mut lio, now()).expect("sent");
    practice.clinic.refresh();
    let chart = |practice: &Practice| {
        let chart = practice.clinic.clinician.chart(patient);
        chart.expect("a chart").visits().count()
    };
    assert_eq!(chart(&practice), 0, "control: not yet");

    let mut watch = Watch::begin(server.origin(), practice.account(), now()).expect("logged in");
    let nobody = |_: &Notice| Via::Console;
    let pass = watch.pass(now(), &nobody);
    assert_eq!((pass.settled, pass.problem), (1, None));
    assert_eq!(watch.pass(now(), &nobody).settled, 0, "once");
    practice.clinic.refresh();
    assert_eq!(chart(&practice), 1);
    let page = practice.clinic.clinician.patient(patient, now());
    let prompts = page.expect("a page").visits.prompts;
    let asked = prompts
        .iter()
        .any(|prompt| matches!(prompt, handrail_care::visits::Prompt::TellPayer { missed, .. } if missed.len() == 1));
    assert!(asked, "{prompts:?}");
    synchronise(&phone);
    let visits = phone.visits().expect("enrolled");
    assert!((visits.payers[0].left - 12.0).abs() < f64::EPSILON);
}
