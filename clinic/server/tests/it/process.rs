//! The program itself: start, stop, one process per folder, a disk that fails, backup and restore.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use handrail_wire::account::SetupRequest;
use handrail_wire::id::MailboxId;
use handrail_wire::path;
use handrail_wire::problem::Code;
use handrail_wire::sync::{MailboxRequest, MailboxResponse, Probe, SyncResponse};

use crate::harness::*;

const PROGRAM: &str = env!("CARGO_BIN_EXE_handrail-server");

struct Running {
    child: Child,
    address: SocketAddr,
    setup_code: Option<String>,
}

impl Running {
    fn start(data: &Path, more: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(more);
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut setup_code = None;
        let address = loop {
            let line = lines.next().expect("a line").expect("text");
            if let Some(code) = line.strip_prefix("set-up code: ") {
                setup_code = Some(code.to_owned());
            }
            if let Some(url) = line.strip_prefix("listening on http://") {
                break url.parse().expect("an address");
            }
        };
        Self {
            child,
            address,
            setup_code,
        }
    }

    /// SIGTERM, as a service manager says it.
    fn terminate(&self) {
        let done = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(done.success());
    }

    /// Exit code and what it logged.
    fn wait(mut self) -> (Option<i32>, String) {
        let mut log = String::new();
        let mut err = self.child.stderr.take().expect("piped");
        err.read_to_string(&mut log).expect("text");
        (self.child.wait().expect("it ends").code(), log)
    }

    /// Sets the clinic up; the administrator with her session.
    fn set_up(&self, mailboxes: Vec<MailboxId>) -> Staff {
        let mut admin = new_staff("maya", true);
        let setup = SetupRequest {
            code: self.setup_code.clone().expect("a code").into(),
            staff: admin.account.clone(),
            mailboxes: mailboxes.into(),
        };
        let reply = send_to(self.address, &Ask::post(path::SETUP, &setup));
        admin.cookie = reply.cookie(path::COOKIE).expect("a session");
        admin
    }
}

fn run(args: &[&std::ffi::OsStr]) -> (Option<i32>, String) {
    let output = Command::new(PROGRAM).args(args).output().expect("it runs");
    let err = String::from_utf8(output.stderr).expect("text");
    (output.status.code(), err)
}

fn push(mailbox: MailboxId, offers: Vec<handrail_wire::sync::Offer>) -> MailboxRequest {
    MailboxRequest {
        entries: offers.into(),
        ..nothing(mailbox)
    }
}

#[test]
fn it_stops_when_told_and_leaves_one_whole_file() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let data = folder.path().join("data");
    let code_file = folder.path().join("code");
    let file = code_file.to_str().expect("text");
    let running = Running::start(&data, &["--setup-code-file", file]);
    let code = running.setup_code.clone().expect("printed");
    assert_eq!(
        std::fs::read_to_string(&code_file).expect("written").trim(),
        code
    );
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(&code_file).expect("a file").permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);

    // A second process is refused while the first one runs.
    let again = run(&[
        "--data".as_ref(),
        data.as_os_str(),
        "--listen".as_ref(),
        "127.0.0.1:0".as_ref(),
    ]);
    assert_eq!(again.0, Some(1));
    assert!(again.1.contains("data-in-use"), "{}", again.1);

    let mailbox = MailboxId(fresh());
    let admin = running.set_up(vec![mailbox]);
    let login = admin.account.login.0.clone();
    let reply = send_to(
        running.address,
        &sync_ask(vec![push(mailbox, offers(3))]).by(&admin),
    );
    assert_eq!(reply.status, 200);
    let secret = Ask::get("/v1/secret-in-a-path?name=maya");
    assert_eq!(send_to(running.address, &secret).status, 404);

    // A request under way at the stop still gets its answer.
    let ask = sync_ask(vec![push(mailbox, offers(1))]).by(&admin);
    let mut stream = std::net::TcpStream::connect(running.address).expect("listens");
    std::io::Write::write_all(&mut stream, &head_of(&ask)).expect("head");
    std::thread::sleep(Duration::from_millis(200));
    running.terminate();
    std::thread::sleep(Duration::from_millis(200));
    std::io::Write::write_all(&mut stream, &ask.body).expect("body");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    assert!(
        answer.starts_with(b"HTTP/1.1 200 OK"),
        "{}",
        String::from_utf8_lossy(&answer)
    );

    let (exit, log) = running.wait();
    assert_eq!(exit, Some(0));
    assert!(
        !data.join("handrail.sqlite-wal").exists(),
        "the log is inside the file"
    );
    let stored: i64 = database(&data)
        .query_row("SELECT count(*) FROM entries", [], |row| row.get(0))
        .expect("a number");
    assert_eq!(stored, 4);

    // The log is JSON and names nobody.
    assert!(log.lines().count() >= 3);
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(line["timestamp"].is_string());
    }
    assert!(log.contains("\"route\":\"/v1/sync\""));
    for secret in [
        &login,
        "secret-in-a-path",
        &code,
        &admin.cookie,
        &mailbox.to_string(),
    ] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[test]
fn the_set_up_code_is_printed_once_unless_asked_for() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let stop = |running: Running| {
        running.terminate();
        assert_eq!(running.wait().0, Some(0));
    };
    let first = Running::start(folder.path(), &[]);
    let code = first.setup_code.clone();
    assert!(code.is_some());
    stop(first);
    let second = Running::start(folder.path(), &[]);
    assert_eq!(second.setup_code, None);
    stop(second);
    let third = Running::start(folder.path(), &["--new-setup-code"]);
    assert!(third.setup_code.is_some() && third.setup_code != code);
    third.set_up(Vec::new());
    stop(third);
    let fourth = Running::start(folder.path(), &["--new-setup-code"]);
    assert_eq!(fourth.setup_code, None, "it is set up");
    stop(fourth);
}

#[test]
fn wrong_use_is_told() {
    let data = tempfile::tempdir().expect("temporary folder");
    let cases: &[&[&str]] = &[
        &[],
        &["--listen", "127.0.0.1:0"],
        &["--data"],
        &["--nonsense"],
        &["--data", "x", "--listen", "nowhere"],
        &["--data", "x", "--idle-minutes", "0"],
        &["--data", "x", "--tls-cert", "x"],
        &["backup", "--data", "x"],
        &["dance", "x", "--data", "x"],
    ];
    for args in cases {
        let output = Command::new(PROGRAM)
            .current_dir(data.path())
            .args(*args)
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
    let public = ["--data", "x", "--listen", "0.0.0.0:0"];
    let output = Command::new(PROGRAM)
        .current_dir(data.path())
        .args(public)
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("public-address-needs-tls"));
    assert!(!data.path().join("x").exists(), "nothing was made");
}

/// A commit that the disk refuses: the process ends with its own exit code, and what it had said
/// to be stored is there afterwards, nothing else.
#[test]
fn a_failed_commit_ends_the_process_and_nobody_is_told_success() {
    let folder = tempfile::tempdir().expect("temporary folder");
    // No file may grow beyond 1 to 2 MiB (the unit differs between shells); the signal for it is
    // ignored, so that writes fail as on a full disk.
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 2048; exec \"$@\"",
            "sh",
            PROGRAM,
        ])
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path());
    let running = Running::spawn(command);
    let mailbox = MailboxId(fresh());
    let admin = running.set_up(vec![mailbox]);
    let mut stored = Vec::new();
    let small = offers(2);
    let reply = send_to(
        running.address,
        &sync_ask(vec![push(mailbox, small.clone())]).by(&admin),
    );
    assert_eq!(reply.status, 200);
    stored.extend(small.iter().map(|entry| entry.id));

    let large = (0..15).map(|_| offer(250_000)).collect();
    let ask = sync_ask(vec![push(mailbox, large)]).by(&admin);
    let stream = std::net::TcpStream::connect(running.address).expect("listens");
    let answer = send_over(stream, &ask);
    assert!(
        !matches!(&answer, Ok(reply) if reply.status == 200),
        "told that it was stored: {answer:?}"
    );
    let (exit, log) = running.wait();
    assert_eq!(exit, Some(70), "{log}");
    assert!(log.contains("store-lost"), "{log}");

    let again = Running::start(folder.path(), &[]);
    let reply = send_to(again.address, &sync_ask(vec![nothing(mailbox)]).by(&admin));
    let answer: SyncResponse = reply.message();
    let found: Vec<_> = answer.mailboxes.0[0]
        .entries
        .0
        .iter()
        .map(|e| e.id)
        .collect();
    assert_eq!(found, stored);
    again.terminate();
    assert_eq!(again.wait().0, Some(0));
}

#[test]
fn a_killed_server_has_everything_it_answered_for() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut running = Running::start(folder.path(), &[]);
    let mailbox = MailboxId(fresh());
    let admin = running.set_up(vec![mailbox]);
    let mut acknowledged = Vec::new();
    let mut unanswered = Vec::new();
    for round in 0..8 {
        // SIGKILL in the middle of it: no goodbye.
        let pid = running.child.id().to_string();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(40 + 37 * round));
            let done = Command::new("kill").args(["-KILL", &pid]).status();
            assert!(done.expect("kill runs").success());
        });
        loop {
            let entry = offer(500);
            let ask = sync_ask(vec![push(mailbox, vec![entry.clone()])]).by(&admin);
            let answer = std::net::TcpStream::connect(running.address)
                .and_then(|stream| send_over(stream, &ask));
            let Ok(reply) = answer else {
                unanswered.push(entry.id);
                break;
            };
            let answer: SyncResponse = reply.message();
            assert!(answer.mailboxes.0[0].appended.is_some());
            acknowledged.push(entry.id);
        }
        killer.join().expect("no panic");
        running.child.wait().expect("it ends");
        running = Running::start(folder.path(), &[]);
    }
    let mut ask = nothing(mailbox);
    let mut found = Vec::new();
    loop {
        let reply = send_to(running.address, &sync_ask(vec![ask.clone()]).by(&admin));
        let answer: SyncResponse = reply.message();
        let one = &answer.mailboxes.0[0];
        found.extend(one.entries.0.iter().map(|entry| entry.id));
        ask = having(mailbox, one.generation, found.len() as u64, one.head);
        if !one.more {
            break;
        }
        ask.head = head_at(folder.path(), ask.seq);
    }
    // What was under way may be there or not; everything answered is, once, in order.
    found.retain(|id| !unanswered.contains(id));
    assert_eq!(found, acknowledged);
    running.terminate();
    assert_eq!(running.wait().0, Some(0));
}

fn head_at(data: &Path, seq: u64) -> handrail_wire::id::Digest {
    let seq = i64::try_from(seq).expect("small");
    let head = database(data)
        .query_row(
            "SELECT head FROM entries ORDER BY place LIMIT 1 OFFSET ?1",
            [seq - 1],
            |row| row.get(0),
        )
        .expect("a row");
    handrail_wire::id::Digest(head)
}

fn os(text: &'static str) -> &'static std::ffi::OsStr {
    std::ffi::OsStr::new(text)
}

/// The answer for the one mailbox asked about.
fn sync(running: &Running, who: &Staff, ask: MailboxRequest) -> MailboxResponse {
    let reply = send_to(running.address, &sync_ask(vec![ask]).by(who));
    reply.message::<SyncResponse>().mailboxes.0.remove(0)
}

#[test]
fn a_backup_comes_back_with_new_generations_and_no_sessions() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let data = folder.path().join("data");
    let copy = folder.path().join("copy.sqlite");
    let running = Running::start(&data, &[]);
    let mailbox = MailboxId(fresh());
    let admin = running.set_up(vec![mailbox]);
    let (before, after) = (offers(3), offers(2));
    sync(&running, &admin, push(mailbox, before.clone()));
    let backup = [
        os("backup"),
        copy.as_os_str(),
        os("--data"),
        data.as_os_str(),
    ];
    assert_eq!(run(&backup), (Some(0), String::new()), "while it runs");
    let again = run(&backup);
    assert!(
        again.0 == Some(1) && again.1.contains("file-exists"),
        "{}",
        again.1
    );
    let tip = sync(&running, &admin, push(mailbox, after.clone()));
    assert_eq!(tip.seq, 5);

    let restore = [
        os("restore"),
        copy.as_os_str(),
        os("--data"),
        data.as_os_str(),
    ];
    let refused = run(&restore);
    assert!(
        refused.0 == Some(1) && refused.1.contains("data-in-use"),
        "{}",
        refused.1
    );
    running.terminate();
    assert_eq!(running.wait().0, Some(0));
    assert_eq!(run(&restore).0, Some(0));
    let aside = std::fs::read_dir(&data)
        .expect("a folder")
        .filter_map(Result::ok)
        .any(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("handrail.before-restore-")
        });
    assert!(aside, "the database that was there is kept");

    let running = Running::start(&data, &[]);
    assert_eq!(running.setup_code, None);
    let ask = having(mailbox, tip.generation, tip.seq, tip.head);
    let reply = send_to(running.address, &sync_ask(vec![ask.clone()]).by(&admin));
    assert_eq!(
        reply.code(),
        Some(Code::NotAuthenticated),
        "sessions are gone"
    );
    let reply = send_to(
        running.address,
        &Ask::post(path::LOGIN, &admin.login_request()),
    );
    let admin = Staff {
        cookie: reply.cookie(path::COOKIE).expect("a session"),
        ..admin.clone()
    };
    // The client learns where they part, goes back there and offers the rest again.
    let mut heads = vec![first_head(mailbox)];
    for entry in before.iter().chain(&after) {
        let last = heads[heads.len() - 1];
        heads.push(next_head(last, entry.id, sha256(&entry.sealed.0)));
    }
    let tips = heads.iter().enumerate().rev();
    let probes: Vec<Probe> = tips
        .map(|(seq, head)| Probe {
            seq: seq as u64,
            head: *head,
        })
        .collect();
    let ask = MailboxRequest {
        probes: probes.into(),
        ..ask
    };
    let parted = sync(&running, &admin, ask);
    assert_ne!(parted.generation, tip.generation);
    assert_eq!((parted.common, parted.seq), (Some(3), 3));
    let ask = MailboxRequest {
        entries: after.into(),
        ..having(mailbox, parted.generation, 3, heads[3])
    };
    let again = sync(&running, &admin, ask);
    assert_eq!((again.seq, again.head), (5, tip.head));
    running.terminate();
    assert_eq!(running.wait().0, Some(0));
}

#[test]
fn what_cannot_be_restored_changes_nothing() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let data = folder.path().join("data");
    let running = Running::start(&data, &[]);
    running.set_up(vec![MailboxId(fresh())]);
    running.terminate();
    assert_eq!(running.wait().0, Some(0));
    let kept = dump(&data);
    let restore = |file: &Path| {
        run(&[
            os("restore"),
            file.as_os_str(),
            os("--data"),
            data.as_os_str(),
        ])
    };

    let junk = folder.path().join("junk");
    std::fs::write(&junk, vec![7; 9000]).expect("file");
    let other = folder.path().join("other");
    rusqlite::Connection::open(&other)
        .and_then(|conn| conn.execute_batch("CREATE TABLE t (n)"))
        .expect("somebody else's database");
    let cut = folder.path().join("cut");
    let whole = std::fs::read(data.join("handrail.sqlite")).expect("file");
    std::fs::write(&cut, &whole[..whole.len() / 2]).expect("file");
    let missing = folder.path().join("missing");
    let cases = [
        (junk, "not-our-database"),
        (other, "not-our-database"),
        (cut, "database-damaged"),
        (missing, "no-database"),
    ];
    for (file, code) in cases {
        let (exit, said) = restore(&file);
        assert_eq!(exit, Some(1));
        assert!(said.contains(code), "{said}");
        assert_eq!(dump(&data), kept);
    }
    let nothing = folder.path().join("nothing");
    let backup = run(&[os("backup"), os("x"), os("--data"), nothing.as_os_str()]);
    assert!(
        backup.0 == Some(1) && backup.1.contains("no-database"),
        "{}",
        backup.1
    );
}
