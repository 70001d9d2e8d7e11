//! The stream that says "something changed".

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use handrail_wire::path;

use crate::harness::*;

/// Lines of the stream as they come.
struct Watching(BufReader<TcpStream>);

impl Watching {
    fn open(clinic: &Clinic, who: &Staff) -> Self {
        let mut stream = TcpStream::connect(clinic.server.address).expect("listens");
        let ask = Ask::get(path::WATCH).by(who);
        stream.write_all(&head_of(&ask)).expect("open");
        let mut watching = Self(BufReader::new(stream));
        assert_eq!(watching.line().as_deref(), Some("HTTP/1.1 200 OK"));
        while watching.line().is_some_and(|line| line != ":") {}
        watching
    }

    /// The next line within five seconds; `None` at the end of the stream.
    fn line(&mut self) -> Option<String> {
        self.line_within(Duration::from_secs(5)).expect("in time")
    }

    fn line_within(&mut self, most: Duration) -> std::io::Result<Option<String>> {
        self.0.get_ref().set_read_timeout(Some(most))?;
        let mut line = String::new();
        let read = self.0.read_line(&mut line)?;
        Ok((read > 0).then(|| line.trim_end().to_owned()))
    }

    /// Waits for an event; `false` at the end of the stream.
    fn event(&mut self) -> bool {
        loop {
            match self.line().as_deref() {
                Some("event: change") => {
                    assert_eq!(self.line().as_deref(), Some("data:"));
                    assert_eq!(self.line().as_deref(), Some(""));
                    return true;
                }
                Some(_) => {}
                None => return false,
            }
        }
    }

    /// Nothing but signs of life for so long.
    fn quiet_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match self.line_within(left.max(Duration::from_millis(1))) {
                Ok(line) => assert_ne!(line.as_deref(), Some("event: change")),
                Err(_) => return,
            }
        }
    }
}

fn push(clinic: &Clinic, phone: &Phone) {
    let ask = handrail_wire::sync::MailboxRequest {
        entries: offers(1).into(),
        ..nothing(clinic.library)
    };
    clinic.sync(phone, vec![ask]);
}

#[test]
fn a_change_is_told_and_reading_is_not_a_change() {
    let clinic = Clinic::start();
    let phone = clinic.phone(clinic.library);
    let mut watching = Watching::open(&clinic, &clinic.admin);
    clinic.sync(&phone, vec![nothing(clinic.library)]);
    clinic.devices();
    clinic.log_in(&clinic.admin);
    watching.quiet_for(Duration::from_millis(400));
    push(&clinic, &phone);
    assert!(watching.event());
    watching.quiet_for(Duration::from_millis(400));
    clinic.mailbox();
    assert!(watching.event());
}

#[test]
fn many_changes_are_few_events() {
    let clinic = Clinic::start();
    let phone = clinic.phone(clinic.library);
    let mut watching = Watching::open(&clinic, &clinic.admin);
    let began = Instant::now();
    let mut pushes = 0;
    while began.elapsed() < Duration::from_secs(1) {
        push(&clinic, &phone);
        pushes += 1;
    }
    let mut events = 0;
    let end = Instant::now() + Duration::from_millis(500);
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        match watching.line_within(left.max(Duration::from_millis(1))) {
            Ok(Some(line)) => events += usize::from(line == "event: change"),
            _ => break,
        }
    }
    assert!(
        (1..=9).contains(&events),
        "{events} events for {pushes} pushes"
    );
}

#[test]
fn a_stream_lives_and_ends_with_its_session() {
    let clinic = Clinic::start_with(|config| {
        config.bounds.watch_beat = Duration::from_millis(100);
    });
    let phone = clinic.phone(clinic.library);
    let omar = clinic.staff("omar", false);
    let mut watching = Watching::open(&clinic, &omar);
    for _ in 0..3 {
        while watching.line().as_deref() != Some(":") {}
    }
    clinic
        .send(&Ask::bytes(path::LOGOUT, Vec::new()).by(&omar))
        .done();
    push(&clinic, &phone);
    assert!(!watching.event(), "the stream ends, the change is not told");

    // Watching does not keep a session from idling out.
    let mut watching = Watching::open(&clinic, &clinic.admin);
    clinic.server.later(16 * MINUTE);
    assert!(!watching.event());
}

#[test]
fn streams_end_when_the_server_stops() {
    let mut clinic = Clinic::start();
    let mut watching = Watching::open(&clinic, &clinic.admin);
    let began = Instant::now();
    clinic.server.stop();
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(!watching.event());
}
