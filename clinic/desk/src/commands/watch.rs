//! `handrail-desk watch`: a clinician without a screen who looks at the clinic's safety flags, for ever or
//! once. One JSON line for each thing it does; none says anything about a patient.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use handrail_care::alert::Via;
use handrail_desk::account::Account;
use handrail_desk::watch::{Notice, Pass, Watch, program};
use lexopt::prelude::*;
use serde_json::{Value, json};

use super::seed::now;

/// Seconds between two looks when nothing stirs.
const EVERY: u64 = 30;
/// Longest time between two looks.
const MOST_SECONDS: u64 = 300;
/// Most that is read of one stream of changes: signs of life are a few bytes each.
const STREAM_BYTES: u64 = 16 * 1024 * 1024;
/// Waits between attempts to log in, in seconds.
const WAITS: [u64; 5] = [1, 5, 15, 30, 60];

/// What to watch and how.
pub struct Call {
    server: String,
    account: PathBuf,
    tell: Option<PathBuf>,
    every: Duration,
    once: bool,
}

/// Reads `--server URL --account FILE [--tell PROGRAM] [--every SECONDS] [--once]`; nothing when help is asked
/// for.
pub fn parse(mut parser: lexopt::Parser) -> Result<Option<Call>, lexopt::Error> {
    let (mut server, mut account, mut tell, mut every, mut once) = (None, None, None, EVERY, false);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("server") => server = Some(parser.value()?.string()?),
            Long("account") => account = Some(PathBuf::from(parser.value()?)),
            Long("tell") => tell = Some(PathBuf::from(parser.value()?)),
            Long("every") => every = parser.value()?.parse()?,
            Long("once") => once = true,
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    if !(1..=MOST_SECONDS).contains(&every) {
        return Err("--every takes 1 to 300 seconds".into());
    }
    let missing = |option: &str| lexopt::Error::MissingValue {
        option: Some(option.to_owned()),
    };
    Ok(Some(Call {
        server: server.ok_or_else(|| missing("--server"))?,
        account: account.ok_or_else(|| missing("--account"))?,
        tell,
        every: Duration::from_secs(every),
        once,
    }))
}

/// Why the wait is over.
enum Wake {
    Change,
    StreamEnded,
}

/// Watches until it is ended, or once: then 0 says that everything went through.
pub fn run(call: &Call, output: &mut impl Write) -> io::Result<ExitCode> {
    let mut watch = match begin(call, output)? {
        Ok(watch) => watch,
        Err(code) => return Ok(code),
    };
    say(
        output,
        &json!({"event": "watching", "alert_policy": watch.has_policy()}),
    )?;
    let teller = |notice: &Notice| match &call.tell {
        None => Via::Console,
        Some(path) => program::hand_over(path, notice, program::PATIENCE),
    };
    let (send, wakes) = mpsc::channel();
    let (mut listening, mut trouble) = (false, None);
    loop {
        let pass = watch.pass(now(), &teller);
        report(&pass, &mut trouble, output)?;
        if call.once {
            let failed = pass.told.iter().any(|told| told.via == Via::ProgramFailed);
            return Ok(ExitCode::from(u8::from(failed || trouble.is_some())));
        }
        if !listening && trouble.is_none() {
            listening = listen(&watch, &send);
        }
        listening &= wait(&wakes, call.every);
    }
}

/// Logs in. A server that cannot be reached is waited for, unless it is to be looked at once.
fn begin(call: &Call, output: &mut impl Write) -> io::Result<Result<Watch, ExitCode>> {
    let mut waits = WAITS.into_iter().chain(std::iter::repeat(WAITS[4]));
    loop {
        let account = match Account::read(&call.account) {
            Ok(account) => account,
            Err(error) => {
                say(output, &problem(&error.to_string()))?;
                return Ok(Err(ExitCode::from(1)));
            }
        };
        let code = match Watch::begin(&call.server, account, now()) {
            Ok(watch) => return Ok(Ok(watch)),
            Err(problem) => problem.code,
        };
        say(output, &problem(&code))?;
        let passing = ["server-unreachable", "busy", "unavailable"].contains(&code.as_str());
        if call.once || !passing {
            return Ok(Err(ExitCode::from(1)));
        }
        thread::sleep(Duration::from_secs(waits.next().unwrap_or(WAITS[4])));
    }
}

fn report(pass: &Pass, trouble: &mut Option<String>, output: &mut impl Write) -> io::Result<()> {
    for told in &pass.told {
        let line = json!({
            "event": "told", "alert": told.alert, "step": told.step, "people": told.people,
            "via": told.via, "due_at": told.due_at, "at": now(),
        });
        say(output, &line)?;
    }
    if pass.settled > 0 {
        say(
            output,
            &json!({"event": "settled", "patients": pass.settled}),
        )?;
    }
    if pass.problem != *trouble {
        match &pass.problem {
            Some(code) => say(output, &problem(code))?,
            None => say(output, &json!({"event": "well-again"}))?,
        }
    }
    trouble.clone_from(&pass.problem);
    Ok(())
}

fn problem(code: &str) -> Value {
    json!({"event": "problem", "code": code})
}

fn say(output: &mut impl Write, line: &Value) -> io::Result<()> {
    super::print(output, line)
}

/// Waits for a change or for the time to be over. False when the stream has ended.
fn wait(wakes: &Receiver<Wake>, every: Duration) -> bool {
    let mut open = true;
    let mut next = wakes.recv_timeout(every);
    // Whatever else came meanwhile is one look.
    loop {
        match next {
            Ok(Wake::Change) => {}
            Ok(Wake::StreamEnded) => open = false,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return open,
        }
        next = wakes.try_recv().map_err(|_| RecvTimeoutError::Timeout);
    }
}

/// Reads the server's stream of changes in a thread of its own, which ends with the stream.
fn listen(watch: &Watch, send: &Sender<Wake>) -> bool {
    let Ok(stream) = watch.changes() else {
        return false;
    };
    let send = send.clone();
    thread::spawn(move || {
        for line in BufReader::new(stream.take(STREAM_BYTES)).lines() {
            let change = match line {
                Ok(line) => line == "event: change",
                Err(_) => break,
            };
            if change && send.send(Wake::Change).is_err() {
                return;
            }
        }
        // Nobody waits any more: the program ends.
        let _ = send.send(Wake::StreamEnded);
    });
    true
}
