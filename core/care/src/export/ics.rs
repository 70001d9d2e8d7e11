//! Sessions for a calendar: iCalendar (RFC 5545), by the crate `ics`.
//!
//! Owns one event for each session, with a UID that never changes: a moved session is the same event at
//! another time, a cancelled one stays with `STATUS:CANCELLED`, and `SEQUENCE` counts the changes. Times
//! are the clinic's wall clock with a `VTIMEZONE` from our own zone table; lengths are exact durations.
//! A calendar is seen by more eyes than Handrail is, so the patient's own file says neutral words.

use chrono::{Days, NaiveDate, NaiveDateTime};
use ics::components::Property;
use ics::parameters::{TzIDParam, Value as ValueParam};
use ics::properties::{
    Comment, Description, DtStart, Duration, Location, Sequence, Status as EventStatus, Summary,
    TzName, URL,
};
use ics::{Daylight, Event, ICalendar, Standard, TimeZone, escape_text};

use super::{Source, day, instant};
use crate::calendar::{self, Observance};
use crate::family::words::part_two_notice;
use crate::order::InOrder;
use crate::program::{self, Session, SessionChange, Status};
use crate::progress::words::words;
use crate::reminder::Language;

/// What the events say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// Titles, places and links: for the clinic's own systems.
    Full,
    /// A neutral word and nothing else: for a calendar that others may see.
    Neutral(Language),
}

/// Octets of one line, without its end (RFC 5545 section 3.1).
const LINE: usize = 75;

/// The file.
pub fn calendar(source: &Source<'_>, says: Words) -> String {
    let mut calendar = ICalendar::new("2.0", "-//Handrail//Sessions//EN");
    calendar.push(Property::new("CALSCALE", "GREGORIAN"));
    calendar.push(Property::new("METHOD", "PUBLISH"));
    let sessions = source.sessions();
    for zone in zones(source, &sessions) {
        calendar.add_timezone(zone);
    }
    let made = utc(source.now);
    for session in &sessions {
        calendar.add_event(event(source, session, &made, says));
    }
    for (uid, date, what) in days(source) {
        calendar.add_event(whole_day(source, (&uid, date, &what), &made, says));
    }
    refold(&calendar.to_string())
}

fn utc(at: i64) -> String {
    instant(at).format("%Y%m%dT%H%M%SZ").to_string()
}

fn clock(time: NaiveDateTime) -> String {
    time.format("%Y%m%dT%H%M%S").to_string()
}

fn neutral(language: Language) -> String {
    words(language, "calendar.session")
}

fn event(source: &Source<'_>, session: &Session, made: &str, says: Words) -> Event<'static> {
    let mut event = Event::new(format!("{}@handrail", session.id), made.to_owned());
    let local = calendar::local(&session.time_zone, instant(session.start));
    match local {
        Ok(local) => {
            let mut start = DtStart::new(clock(local.date.and_time(local.time)));
            start.add(TzIDParam::new(session.time_zone.clone()));
            event.push(start);
        }
        Err(_) => event.push(DtStart::new(utc(session.start))),
    }
    event.push(Duration::new(format!(
        "PT{}M",
        session.elapsed_minutes.max(0)
    )));
    event.push(Sequence::new(changes(source, session).to_string()));
    event.push(match session.status {
        Status::Cancelled => EventStatus::cancelled(),
        Status::Scheduled | Status::Moved | Status::Added => EventStatus::confirmed(),
    });
    match says {
        Words::Neutral(language) => event.push(Summary::new(neutral(language))),
        Words::Full => {
            event.push(Summary::new(text(&session.title)));
            if let Some(place) = &session.place {
                event.push(Location::new(text(place)));
            }
            if let Some(link) = session.join_link.as_ref().filter(|link| is_link(link)) {
                event.push(URL::new(link.clone()));
            }
            if let Some(reason) = &session.reason {
                event.push(Description::new(text(reason)));
            }
            if source.is_part_2() {
                event.push(notice());
            }
        }
    }
    event
}

/// The notice of 42 CFR 2.32(a). The patient's own calendar does not say what it is about, so not this either.
fn notice() -> Comment<'static> {
    Comment::new(text(&part_two_notice(Language::English)))
}

/// Text with what RFC 5545 escapes, and without control characters.
fn text(of: &str) -> String {
    let clean: String = (of.chars())
        .filter(|letter| !letter.is_control() || *letter == '\n')
        .collect();
    escape_text(clean).into_owned()
}

/// A link that cannot end the line it stands in.
fn is_link(link: &str) -> bool {
    let safe = |letter: char| letter.is_ascii_graphic();
    link.starts_with("https://") && link.chars().all(safe)
}

/// How often the session was changed since it was planned.
fn changes(source: &Source<'_>, session: &Session) -> usize {
    let own = source.chart.own_session_versions(&session.id);
    if own > 0 {
        return own - 1;
    }
    let Some(track) = source.chart.enrolment().map(|fact| fact.value.track) else {
        return 0;
    };
    let touches = |change: &&SessionChange| planned_on(change) == session.original_local_date;
    let all = source.library.changes(track);
    all.iter().filter(touches).count()
}

fn planned_on(change: &SessionChange) -> NaiveDate {
    match change {
        SessionChange::Cancelled { original_date, .. }
        | SessionChange::Restored { original_date, .. }
        | SessionChange::Moved { original_date, .. } => *original_date,
        SessionChange::Added { date, .. } => *date,
    }
}

/// Appointments of the transition plan and the calls after discharge: days without a certain time.
fn days(source: &Source<'_>) -> Vec<(String, NaiveDate, String)> {
    let plan = source.chart.transition_plan().current;
    let appointments = plan.into_iter().flat_map(|fact| {
        let lines = fact.value.appointments.iter().enumerate();
        lines.map(move |(at, one)| {
            let parts = [&one.what, &one.time, &one.place];
            let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let what = parts.into_iter().cloned().collect::<Vec<_>>().join(", ");
            (format!("{}-{at}@handrail", fact.id), one.date, what)
        })
    });
    let discharge = source.chart.discharge();
    let calls = discharge.into_iter().flat_map(|fact| {
        let dates = program::follow_ups(fact.value.date).map(Vec::from);
        let dates = dates.unwrap_or_default().into_iter().enumerate();
        dates.map(move |(at, date)| {
            let uid = format!("{}-call-{at}@handrail", source.patient);
            (uid, date, words(Language::English, "calendar.call"))
        })
    });
    appointments.chain(calls).collect()
}

fn whole_day(
    source: &Source<'_>,
    (uid, date, what): (&str, NaiveDate, &str),
    made: &str,
    says: Words,
) -> Event<'static> {
    let mut event = Event::new(uid.to_owned(), made.to_owned());
    let mut start = DtStart::new(day(date).replace('-', ""));
    start.add(ValueParam::DATE);
    event.push(start);
    event.push(Summary::new(match says {
        Words::Full => text(what),
        Words::Neutral(language) => neutral(language),
    }));
    if says == Words::Full && source.is_part_2() {
        event.push(notice());
    }
    event
}

/// A `VTIMEZONE` for each zone in use, from half a year before the first session to half a year after the
/// last.
fn zones(source: &Source<'_>, sessions: &[Session]) -> Vec<TimeZone<'static>> {
    let used = sessions.iter().map(|session| session.time_zone.as_str());
    // Also when there is no session: a calendar has at least one component (RFC 5545 section 3.6).
    let mut names: Vec<_> = used.chain([source.zone()]).collect();
    names.order();
    names.dedup();
    let first = sessions.iter().map(|one| one.start).min();
    let last = sessions.iter().map(|one| one.end).max();
    let half = Days::new(183);
    let from = instant(first.unwrap_or(source.now)).checked_sub_days(half);
    let to = instant(last.unwrap_or(source.now)).checked_add_days(half);
    let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
    let zone = |name: &&str| {
        let mut spans = calendar::observances(name, from, to).ok()?.into_iter();
        let first = spans.next()?;
        let mut zone = if first.daylight {
            TimeZone::daylight((*name).to_owned(), daylight(&first))
        } else {
            TimeZone::standard((*name).to_owned(), standard(&first))
        };
        for span in spans {
            if span.daylight {
                zone.add_daylight(daylight(&span));
            } else {
                zone.add_standard(standard(&span));
            }
        }
        Some(zone)
    };
    names.iter().filter_map(zone).collect()
}

/// `-0500`, and the seconds where a zone had some.
fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let all = seconds.unsigned_abs();
    let (hours, minutes, rest) = (all / 3600, all / 60 % 60, all % 60);
    if rest == 0 {
        format!("{sign}{hours:02}{minutes:02}")
    } else {
        format!("{sign}{hours:02}{minutes:02}{rest:02}")
    }
}

fn standard(span: &Observance) -> Standard<'static> {
    let (from, to) = (offset(span.offset_before), offset(span.offset));
    let mut standard = Standard::new(clock(span.onset), from, to);
    standard.push(TzName::new(span.abbreviation.clone()));
    standard
}

fn daylight(span: &Observance) -> Daylight<'static> {
    let (from, to) = (offset(span.offset_before), offset(span.offset));
    let mut daylight = Daylight::new(clock(span.onset), from, to);
    daylight.push(TzName::new(span.abbreviation.clone()));
    daylight
}

/// The library folds so that a continued line has 76 octets with its leading space; RFC 5545 asks for 75.
fn refold(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        let mut room = LINE;
        for letter in line.chars() {
            if letter.len_utf8() > room {
                out.push_str("\r\n ");
                room = LINE - 1;
            }
            out.push(letter);
            room -= letter.len_utf8();
        }
        out.push_str("\r\n");
    }
    out
}
