//! `cargo xtask demo`: a believable clinic in a browser, with one command.
//!
//! Owns the order of things: build, start the server on this machine only, let the desk seed
//! the clinic through real phone cores, say where to look, and take everything down again.
//! All people in it are invented. What the two programs are told stands in [`server_command`] and
//! [`seed_command`] and nowhere else.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::console::{self, Programs};
use crate::shell::{Failure, Shell, begin, end};

/// Where the demo is when nobody asked for another port and it is free.
const PORT: u16 = 7280;
/// How long the server may take to answer for the first time.
const START: Duration = Duration::from_secs(20);
/// Where the server leaves the code that allows one set-up, beside its data.
const SETUP_CODE: &str = "setup-code";
/// What the desk said about the clinic, kept beside its data.
const CARD: &str = "demo.json";

/// What the user may choose.
pub struct Choices {
    /// Keeps the clinic here; otherwise it lives in a temporary folder.
    pub data: Option<PathBuf>,
    pub port: Option<u16>,
    pub seed: u64,
}

/// Builds, starts, seeds, and stays until somebody wants to stop.
pub fn run(shell: &Shell, choices: &Choices) -> Result<(), Failure> {
    console::build(shell)?;
    let programs = Programs::build(shell)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port(choices.port)?));
    let data = Data::open(choices.data.as_deref())?;

    let began = begin("demo");
    let mut command = server_command(shell, &programs, address, &data.folder);
    let mut server = shell.spawn(&mut command)?;
    let outcome = serve(
        shell,
        &programs,
        choices,
        address,
        &data,
        &mut server,
        began,
    );
    end(&mut server);
    let stopped = shell.wants_to_stop();
    data.close();
    if stopped {
        println!("\nstopped");
        return Ok(());
    }
    outcome
}

fn serve(
    shell: &Shell,
    programs: &Programs,
    choices: &Choices,
    address: SocketAddr,
    data: &Data,
    server: &mut Child,
    began: Instant,
) -> Result<(), Failure> {
    while !is_healthy(address) {
        if let Some(status) = shell.poll(server)? {
            return Err(format!("the server ended at once: {status}"));
        }
        if began.elapsed() > START {
            return Err("the server does not answer".to_owned());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let card = match fs::read_to_string(data.folder.join(CARD)) {
        Ok(card) => card,
        Err(_) => seed(shell, programs, choices.seed, address, data)?,
    };
    tell(address, &card, data, began)?;
    let status = shell.wait(server)?;
    Err(format!("the server ended: {status}"))
}

/// The server's command line.
fn server_command(shell: &Shell, programs: &Programs, address: SocketAddr, data: &Path) -> Command {
    let mut command = shell.command(&programs.server);
    command.arg("--listen").arg(address.to_string());
    command.arg("--data").arg(data.join("server"));
    command.arg("--console").arg(console::page(shell));
    command.arg("--setup-code-file").arg(data.join(SETUP_CODE));
    // What it says is said again below, in fewer words.
    command.env("HANDRAIL_LOG", "warn").stdout(Stdio::null());
    command
}

/// The desk's command line; it prints one JSON line about the clinic it has made.
fn seed_command(
    shell: &Shell,
    programs: &Programs,
    address: SocketAddr,
    data: &Path,
    seed: u64,
) -> Command {
    let mut command = shell.command(&programs.desk);
    command.args(["seed", "--server", &format!("http://{address}")]);
    command.arg("--data").arg(data);
    command.arg("--setup-code").arg(data.join(SETUP_CODE));
    command.args(["--seed", &seed.to_string()]);
    command
}

fn seed(
    shell: &Shell,
    programs: &Programs,
    seed: u64,
    address: SocketAddr,
    data: &Data,
) -> Result<String, Failure> {
    println!("   writing twelve weeks of a clinic through real phone cores");
    let mut command = seed_command(shell, programs, address, &data.folder, seed);
    let out = command.stdout(Stdio::piped());
    let mut desk = shell.spawn(out)?;
    let mut pipe = desk.stdout.take().expect("a pipe was asked for");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    let status = shell.wait(&mut desk)?;
    if !status.success() {
        return Err(format!("seeding the clinic: {status}"));
    }
    let text = reader
        .join()
        .map_err(|_| "reading the desk's answer failed")?
        .map_err(|error| format!("the desk's answer: {error}"))?;
    let card = text
        .lines()
        .last()
        .ok_or("the desk said nothing about the clinic")?;
    fs::write(data.folder.join(CARD), card).map_err(|error| format!("{CARD}: {error}"))?;
    Ok(card.to_owned())
}

/// Prints what a newcomer needs: all that the desk said about the clinic, so that nothing is
/// withheld when it says more one day.
fn tell(address: SocketAddr, card: &str, data: &Data, began: Instant) -> Result<(), Failure> {
    let card: Value =
        serde_json::from_str(card).map_err(|error| format!("the desk's answer: {error}"))?;
    println!("   ready after {:.1} s\n", began.elapsed().as_secs_f32());
    println!("   open            http://{address}/");
    for line in lines("", &card) {
        println!("   {line}");
    }
    if data.kept {
        println!("   kept in         {}", data.folder.display());
    } else {
        println!("   kept in         nowhere: gone when it stops (--data DIR keeps it)");
    }
    println!("\n   Ctrl-C stops it.");
    Ok(())
}

/// A JSON value as lines of words and values; what belongs together is indented below its name.
fn lines(name: &str, value: &Value) -> Vec<String> {
    let words = name.replace('_', " ");
    let below = |name: &str, value: &Value| -> Vec<String> {
        let lines = lines(name, value);
        lines.into_iter().map(|line| format!("  {line}")).collect()
    };
    match value {
        Value::Object(fields) if name.is_empty() => fields
            .iter()
            .flat_map(|(name, value)| lines(name, value))
            .collect(),
        Value::Object(fields) => std::iter::once(words)
            .chain(fields.iter().flat_map(|(name, value)| below(name, value)))
            .collect(),
        Value::Array(values) => {
            let one = name.strip_suffix('s').unwrap_or(name);
            values.iter().flat_map(|value| lines(one, value)).collect()
        }
        Value::String(text) => vec![format!("{words:<15} {text}")],
        other => vec![format!("{words:<15} {other}")],
    }
}

/// The folder of the clinic.
struct Data {
    folder: PathBuf,
    kept: bool,
}

impl Data {
    fn open(chosen: Option<&Path>) -> Result<Self, Failure> {
        let name = format!("handrail-demo-{}", std::process::id());
        let folder = chosen.map_or_else(|| std::env::temp_dir().join(name), Path::to_path_buf);
        let mut builder = fs::DirBuilder::new();
        // In a folder for everybody, an existing one with this name is somebody else's.
        builder.recursive(chosen.is_some());
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        let folder = folder
            .canonicalize()
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self {
            folder,
            kept: chosen.is_some(),
        })
    }

    fn close(self) {
        if !self.kept
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            eprintln!("{} is left: {error}", self.folder.display());
        }
    }
}

/// The chosen port, the usual one, or any other that is free.
fn free_port(chosen: Option<u16>) -> Result<u16, Failure> {
    let bind = |port| {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|socket| socket.local_addr())
    };
    match chosen {
        Some(port) => bind(port).map_err(|error| format!("port {port}: {error}")),
        None => bind(PORT)
            .or_else(|_| bind(0))
            .map_err(|error| format!("no free port: {error}")),
    }
    .map(|address| address.port())
}

/// Whether the server answers `GET /v1/health` with 200.
fn is_healthy(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        write!(
            stream,
            "GET /v1/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.take(4096).read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_when_chosen_and_avoided_otherwise() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback exists");
        let port = taken.local_addr().expect("it is bound").port();
        assert!(free_port(Some(port)).is_err());
        assert_ne!(free_port(None).expect("some port is free"), port);
    }

    #[test]
    fn health_is_a_200_and_nothing_else() {
        for (line, expected) in [("200 OK", true), ("503 Busy", false)] {
            let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback exists");
            let address = server.local_addr().expect("it is bound");
            let thread = std::thread::spawn(move || answer(&server, line));
            assert_eq!(is_healthy(address), expected);
            let request = thread.join().expect("no panic");
            assert!(request.starts_with("GET /v1/health "));
            assert!(!is_healthy(address), "nobody listens any more");
        }
    }

    /// Answers one request and gives what was asked.
    fn answer(server: &TcpListener, line: &str) -> String {
        let (mut stream, _) = server.accept().expect("somebody asks");
        // All of it: closing on unread bytes would take the answer back.
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream
                .read_exact(&mut byte)
                .expect("requests end with an empty line");
            request.extend(byte);
        }
        write!(stream, "HTTP/1.1 {line}\r\n\r\n").expect("somebody reads");
        String::from_utf8_lossy(&request).into_owned()
    }

    #[test]
    fn a_temporary_clinic_goes_and_a_kept_one_stays() {
        let temporary = Data::open(None).expect("the temporary folder is writable");
        let folder = temporary.folder.clone();
        assert!(
            folder.is_dir() && Data::open(None).is_err(),
            "nobody else's folder is taken"
        );
        temporary.close();
        assert!(!folder.exists());
        let chosen = std::env::temp_dir().join(format!("handrail-kept-{}", std::process::id()));
        Data::open(Some(&chosen)).expect("it can be made").close();
        Data::open(Some(&chosen))
            .expect("it can be opened again")
            .close();
        fs::remove_dir(&chosen).expect("it stayed, empty");
    }

    #[test]
    fn all_that_the_desk_says_is_shown() {
        let card = serde_json::json!({
            "logins": [{"name": "Robin", "account_secret": "A-B"}, {"name": "Kim"}],
            "invite": {"link": "http://x/e#1"},
            "patients": 12,
        });
        let expected = [
            "login",
            "  name            Robin",
            "  account secret  A-B",
            "login",
            "  name            Kim",
            "invite",
            "  link            http://x/e#1",
            "patients        12",
        ];
        assert_eq!(lines("", &card), expected);
    }

    /// A desk that says what it was told, a server that only lives, and somebody who stops it
    /// once the clinic is there.
    #[cfg(unix)]
    #[test]
    fn the_clinic_is_told_kept_and_taken_down() {
        use std::sync::atomic::Ordering;

        let (shell, stop) = Shell::for_test();
        let folder = std::env::temp_dir().join(format!("handrail-serve-{}", std::process::id()));
        let data = Data::open(Some(&folder)).expect("it can be made");
        // Written by another process: a program that this one has open for writing cannot be run
        // by a test beside this one.
        let script = |name: &str, text: &str| {
            let path = data.folder.join(name);
            let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod 700 \"$0\"";
            let mut command = shell.command("sh");
            command.arg("-c").arg(write).arg(&path).arg(text);
            shell.read(&mut command).expect("the folder is ours");
            path
        };
        let programs = Programs {
            server: script("server", "sleep 60"),
            desk: script(
                "desk",
                r#"echo noise; echo "{\"login\":\"robin\",\"told\":\"$*\"}""#,
            ),
        };
        let health = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback exists");
        let address = health.local_addr().expect("it is bound");
        let card = data.folder.join(CARD);
        let waiting = card.clone();
        let visitor = std::thread::spawn(move || {
            answer(&health, "200 OK");
            let patience = Instant::now();
            while !waiting.exists() && patience.elapsed() < START {
                std::thread::sleep(Duration::from_millis(5));
            }
            stop.store(true, Ordering::Relaxed);
        });
        let choices = Choices {
            data: None,
            port: None,
            seed: 7,
        };
        let mut command = server_command(&shell, &programs, address, &data.folder);
        let mut server = shell.spawn(&mut command).expect("the script runs");
        let outcome = serve(
            &shell,
            &programs,
            &choices,
            address,
            &data,
            &mut server,
            Instant::now(),
        );
        visitor.join().expect("no panic");
        assert_eq!(outcome, Err("stopped".to_owned()));
        assert!(
            matches!(server.try_wait(), Ok(Some(_))),
            "the server is gone"
        );
        let card = fs::read_to_string(card).expect("it was kept");
        let card: Value = serde_json::from_str(&card).expect("the desk's last line");
        let code = data.folder.join(SETUP_CODE);
        let told = format!(
            "seed --server http://{address} --data {} --setup-code {} --seed 7",
            data.folder.display(),
            code.display()
        );
        assert_eq!(card["told"], told.as_str());
        fs::remove_dir_all(&folder).expect("the test made it");
    }
}
