//! The server is blind: two hundred planted words, written by real programs and in every kind of entry, are in no
//! place where the server keeps, says or does anything, in no usual encoding: database, WAL, shared memory,
//! log at its finest, backup, the file that a restore puts aside, both directions of the wire with their heads,
//! and the memory of the running process.

mod writes;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use handrail_care::family::ConsentHow;
use handrail_care::library::Role;
use handrail_care::team::{Outcome, Risk};
use handrail_clinician::{Act, Joining};
use handrail_desk::driver::Driver;
use handrail_story::clinic::{PASSPHRASE, TestClinic, ZONE, open_phone, synchronise};
use handrail_story::raw::seal::random;
use handrail_story::raw::{self, Actor, Shows, post};
use handrail_story::tap::Tap;
use handrail_story::words::{self, Encoding, Search};
use handrail_story::{Server, folder, memory, now, program};
use handrail_wire::account::{LoginRequest, LoginStart};
use handrail_wire::id::{EntryId, MailboxId};
use handrail_wire::path;
use handrail_wire::sync::{Offer, SyncRequest, SyncResponse, VERSION};

use writes::{Words, every_kind, patient_writes, staff_writes};

/// Appends by hand, from where the log stands.
fn append(port: u16, who: &Actor, mailbox: MailboxId, offers: Vec<Offer>) {
    let ask = |request| -> SyncResponse {
        let request = SyncRequest {
            version: VERSION,
            mailboxes: vec![request].into(),
        };
        let mut answer: SyncResponse = post(port, path::SYNC, &who.shows, &request).message();
        answer.spell_out(&request.mailboxes.0);
        answer
    };
    let mut log = handrail_mailbox::LogState::new(mailbox);
    let answer = ask(log.request(vec![], vec![], vec![]));
    let tip = &answer.mailboxes.0[0];
    (log.generation, log.seq, log.head) = (Some(tip.generation), tip.seq, tip.head);
    let count = offers.len();
    let answer = ask(log.request(offers, vec![], vec![]));
    let verdicts = &answer.mailboxes.0[0].verdicts.0;
    assert_eq!(verdicts.len(), count);
}

/// A place with its bytes.
type Look = (String, Vec<u8>);

/// Every file below a folder, by name.
fn files(folder: &Path, what: &str) -> Vec<Look> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(files(&path, what));
        } else {
            let name = path.strip_prefix(folder).unwrap_or(&path);
            let bytes = std::fs::read(&path).expect("readable");
            all.push((format!("{what}: {}", name.display()), bytes));
        }
    }
    all
}

/// The process as a core dump would have it.
fn dump(server: &Server, what: &str) -> Look {
    let regions = memory::of(server.pid());
    assert!(regions.iter().any(|region| region.name == "[heap]"));
    let bytes = regions
        .into_iter()
        .flat_map(|region| region.bytes)
        .collect();
    (format!("{what}: memory of the process"), bytes)
}

/// `handrail-server backup` or `restore`.
fn operate(act: &str, copy: &Path, data: &Path) {
    let status = Command::new(program("handrail-server"))
        .args([Path::new(act), copy, Path::new("--data"), data])
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.is_ok_and(|status| status.success()), "{act}");
}

/// A word in every encoding, with something between.
fn in_all_encodings(word: &str) -> Vec<u8> {
    let text = format!("a word: {word}, unsealed");
    let written = Encoding::ALL.map(|encoding| encoding.write(&text));
    written.join(&b"\x00|\x00"[..])
}

/// Nothing may be found; says how much was looked at.
fn nothing_in(search: &Search, looks: &[Look]) -> String {
    let mut page = String::new();
    for (place, bytes) in looks {
        let found = search.find(bytes);
        assert_eq!(found, [], "{place}");
        let _ = writeln!(page, "{:>12} bytes  {place}", bytes.len());
    }
    page
}

/// The word must be found in every encoding.
fn all_of(word: &str, search: &Search, look: &Look) {
    let found = search.find(&look.1);
    for encoding in Encoding::ALL {
        assert!(
            found.contains(&(word.to_owned(), encoding)),
            "{}: {encoding:?} would not be found",
            look.0
        );
    }
}

fn named<'a>(looks: &'a [Look], end: &str) -> &'a Look {
    let found = looks.iter().find(|(name, _)| name.ends_with(end));
    found.unwrap_or_else(|| panic!("{end}: there is no such place"))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a story is told in one go")]
fn the_server_holds_none_of_two_hundred_words() {
    let place = folder();
    let data = place.path().join("server");
    let server = Server::start_logging(&data, 0, "trace");
    let tap = Tap::before(server.port());
    let mut words = Words {
        list: words::invented(200),
        used: 0,
    };
    let mut clinic = TestClinic::set_up(&server, tap.origin(), &words.some());
    let patient = clinic.add_patient(&words.some());
    let root = clinic.clinician.root();
    let (name, title) = (words.some(), words.some());
    let joining = Joining::new(&name, &title, "imke", PASSPHRASE, root).expect("keys");
    let secret = clinic
        .driver
        .admit(&mut clinic.clinician, &joining, Role::Clinician, now())
        .expect("admitted");
    let act = Act::AddFamilyMember {
        patient,
        name: words.some(),
        relation: words.word(),
        consented_at: Some(now()),
        how: ConsentHow::Spoken,
        guardian: false,
    };
    let member = clinic.act(act).expect("added").id.expect("an id");
    staff_writes(&mut clinic, patient, &mut words);
    let phone = {
        let (link, code) = clinic.invite(patient);
        let phone = open_phone(&place.path().join("phone"));
        phone
            .enrol(&link, &code, &words.some(), "desktop")
            .expect("enrolled");
        synchronise(&phone);
        phone
    };
    let family = clinic.phone(member, &place.path().join("family"));
    patient_writes(&phone, member, &mut words);
    synchronise(&phone);
    synchronise(&family);
    let shared = family.shared_items().expect("open").remove(0);
    family.open_shared(&shared.id).expect("opened");
    synchronise(&family);
    clinic.refresh();
    let flag = clinic.clinician.caseload(now())[0].flags[0].clone();
    let act = Act::Dispose {
        patient,
        check_in: flag.check_in,
        item: flag.item,
        answer: flag.answer,
        triage: None,
        also: Vec::new(),
        outcome: Outcome::Reached,
        risk: Risk::Moderate,
        mitigation: words.some(),
    };
    clinic.act(act).expect("closed");
    let mut imke = Driver::new(tap.origin()).expect("loopback");
    let read = imke
        .log_in("imke", PASSPHRASE, &secret, ZONE, now())
        .expect("logged in");
    assert!(
        read.patient(patient, now()).is_some(),
        "a colleague reads it"
    );
    let (link, code) = clinic.invite(patient);
    let by_hand = Actor::phone(tap.port(), &link, &code);
    let mailbox = MailboxId(patient.0);
    let offers = every_kind(&by_hand, mailbox, &mut words);
    append(tap.port(), &by_hand, mailbox, offers);
    assert!(words.used > 200, "every word was used: {}", words.used);

    // Everything that the server has, says and is.
    let mut planted = words.list.clone();
    let known = [
        "America/Chicago",
        "urge-to-self-harm",
        "daily-check-in",
        "transition-plan",
        "homework-assigned",
        PASSPHRASE,
    ];
    planted.extend(known.map(str::to_owned));
    let search = Search::new(&planted);
    let mut looks = files(&data, "running");
    for file in [
        "handrail.sqlite",
        "handrail.sqlite-wal",
        "handrail.sqlite-shm",
    ] {
        assert!(!named(&looks, file).1.is_empty(), "{file}: nothing in it");
    }
    assert!(
        named(&looks, "server.log").1.len() > 5_000,
        "requests are logged"
    );
    looks.push((
        "the wire, both ways, heads and bodies".to_owned(),
        tap.bytes(),
    ));
    looks.push(dump(&server, "running"));
    let copy = place.path().join("copy.sqlite");
    operate("backup", &copy, &data);
    looks.push(("backup".to_owned(), std::fs::read(&copy).expect("a backup")));
    let port = server.port();
    assert!(server.stop(), "a clean stop");
    looks.extend(files(&data, "stopped"));
    let before: Vec<PathBuf> = list(&data);
    operate("restore", &copy, &data);
    let aside: Vec<_> = list(&data)
        .into_iter()
        .filter(|path| !before.contains(path))
        .collect();
    assert!(!aside.is_empty(), "a restore puts the old database aside");
    looks.extend(files(&data, "restored"));
    let server = Server::start_logging(&data, port, "trace");
    // The phone offers again what the backup lacks.
    synchronise(&phone);
    looks.extend(files(&data, "running again"));
    looks.push(dump(&server, "running again"));
    let total: usize = looks.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(
        total > 5_000_000,
        "there is something to look through: {total}"
    );
    let page = nothing_in(&search, &looks);
    show(&page, &words);

    // What this is worth: one word, unsealed, in every encoding, in each kind of place.
    let word = planted[17].clone();
    let naked = in_all_encodings(&word);
    let entry = |bytes: &[u8]| Offer {
        id: EntryId(random()),
        sealed: bytes.to_vec().into(),
    };
    append(tap.port(), &by_hand, mailbox, vec![entry(&naked)]);
    let looks = files(&data, "control");
    all_of(&word, &search, named(&looks, "handrail.sqlite-wal"));
    all_of(&word, &search, &("the wire".to_owned(), tap.bytes()));
    std::fs::remove_file(&copy).expect("the copy before");
    operate("backup", &copy, &data);
    let backup = std::fs::read(&copy).expect("a backup");
    all_of(&word, &search, &("backup".to_owned(), backup));
    assert!(server.stop(), "a clean stop");
    all_of(
        &word,
        &search,
        named(&files(&data, "control"), "handrail.sqlite"),
    );
    // A line of the log, a head of a request, and the memory of the process.
    let mut log = std::fs::read(data.join("server.log")).expect("a log");
    assert_eq!(search.find(&log), []);
    log.extend_from_slice(&naked);
    all_of(&word, &search, &("a line of the log".to_owned(), log));
    let (other, typed) = (planted[18].clone(), planted[19].clone());
    let server = Server::start_logging(&data, port, "trace");
    let fresh = search.find(&dump(&server, "fresh").1);
    assert!(fresh.iter().all(|(found, _)| *found != other), "{fresh:?}");
    let held = hold(server.port(), &other);
    all_of(&other, &search, &dump(&server, "control"));
    drop(held);
    // What somebody types as an address or as a login name is in heads and bodies, and comes into no file.
    type_in(tap.port(), &typed);
    assert!(is_found(&search, &typed, &tap.bytes()));
    assert!(server.stop(), "a clean stop");
    for (place, bytes) in files(&data, "typed") {
        assert!(!is_found(&search, &typed, &bytes), "{place}");
    }
}

fn is_found(search: &Search, word: &str, bytes: &[u8]) -> bool {
    let found = search.find(bytes);
    found.iter().any(|(one, _)| one == word)
}

/// A word as a path, as a query, and as the name of somebody who is not there.
fn type_in(port: u16, word: &str) {
    let nowhere = format!("/v1/{word}?{word}");
    let answer = raw::send(port, "GET", &nowhere, &Shows::Nothing, None);
    assert_eq!(answer.status, 404);
    let start = LoginStart { login: word.into() };
    assert_eq!(
        post(port, path::LOGIN_START, &Shows::Nothing, &start).status,
        200
    );
    let login = LoginRequest {
        login: word.into(),
        proof: [7; 32],
    };
    assert_eq!(post(port, path::LOGIN, &Shows::Nothing, &login).status, 401);
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

/// A request whose body never ends holds a word in the server's memory.
fn hold(port: u16, word: &str) -> std::net::TcpStream {
    use std::io::Write;
    let naked = in_all_encodings(word);
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
        path::LOGIN_START,
        path::CBOR,
        naked.len() + 1
    );
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.write_all(head.as_bytes()).expect("the head");
    stream.write_all(&naked).expect("most of the body");
    // It is read when another request, sent later, is answered.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let health = raw::send(port, "GET", path::HEALTH, &Shows::Nothing, None);
    assert_eq!(health.status, 200);
    stream
}

/// One page of what was looked at.
fn show(page: &str, words: &Words) {
    let text = format!(
        "{} words, planted {} times, in none of {} encodings in:\n{page}",
        words.list.len(),
        words.used,
        Encoding::ALL.len()
    );
    println!("{text}");
    let out = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../out"));
    std::fs::create_dir_all(out).expect("tests/out");
    std::fs::write(out.join("blind.txt"), text).expect("written");
}
