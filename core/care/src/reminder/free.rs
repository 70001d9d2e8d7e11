//! When a phone may ring: not in quiet hours, not in a session or on the way to it or from it.

use chrono::{Days, NaiveDate, NaiveTime};

use super::{Asked, DAY_MS, LATE_MS, MINUTE_MS, Why};
use crate::calendar;
use crate::due::date_at;
use crate::order::InOrder;
use crate::program::{Mode, Session};

/// Times at which nothing may ring.
pub(super) struct Busy {
    /// By start: from, up to, why. May overlap.
    spans: Vec<(i64, i64, Why)>,
    /// The same, joined.
    joined: Vec<(i64, i64)>,
}

/// The instant of a wall-clock time in the phone's zone; in UTC when the table does not know the zone.
pub(super) fn instant(zone: &str, date: NaiveDate, time: NaiveTime) -> i64 {
    calendar::resolve_local(zone, date, time).map_or_else(
        |_| date.and_time(time).and_utc().timestamp_millis(),
        |found| found.instant.timestamp_millis(),
    )
}

/// The first instant of a day on the phone's clock.
pub(super) fn midnight(zone: &str, date: NaiveDate) -> i64 {
    instant(zone, date, NaiveTime::MIN)
}

/// A session with the way to it and from it.
pub(super) fn with_way(session: &Session, travel_minutes: u16) -> (i64, i64) {
    let way = match session.mode {
        Mode::Virtual => 0,
        Mode::InPerson | Mode::Hybrid => i64::from(travel_minutes) * MINUTE_MS,
    };
    (session.start - way, session.end + way)
}

impl Busy {
    /// From yesterday until `end`. When the system may be late, a time counts as free only when all of
    /// [`LATE_MS`] after it is free, and on the same day.
    pub fn of(asked: &Asked<'_>, sessions: &[Session], end: i64) -> Self {
        let late = if asked.means.exact { 0 } else { LATE_MS };
        let mut spans = Vec::new();
        for session in sessions.iter().filter(|session| session.rings()) {
            let (from, to) = with_way(session, asked.settings.travel_minutes);
            spans.push((from - late, to, Why::InSession));
        }
        let first = date_at(asked.now - DAY_MS, asked.zone);
        let last = date_at(end, asked.zone);
        for date in first.iter_days().take_while(|date| *date <= last) {
            if let Some(quiet) = asked.settings.quiet {
                let until = if quiet.to > quiet.from {
                    date
                } else {
                    date.checked_add_days(Days::new(1)).unwrap_or(date)
                };
                let from = instant(asked.zone, date, quiet.from);
                let to = instant(asked.zone, until, quiet.to);
                if to > from {
                    spans.push((from - late, to, Why::QuietHours));
                }
            }
            if late > 0 {
                let midnight = midnight(asked.zone, date);
                spans.push((midnight - late, midnight, Why::QuietHours));
            }
        }
        spans.order();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
        for (from, to, _) in &spans {
            match joined.last_mut() {
                // Less than a minute between two is no room.
                Some((_, end)) if *from < *end + MINUTE_MS => *end = (*end).max(*to),
                _ => joined.push((*from, *to)),
            }
        }
        Self { spans, joined }
    }

    /// The joined span that covers an instant.
    fn span(&self, at: i64) -> Option<(i64, i64)> {
        let next = self.joined.partition_point(|(from, _)| *from <= at);
        let span = *self.joined.get(next.checked_sub(1)?)?;
        (at < span.1).then_some(span)
    }

    /// May it ring then?
    pub fn is_free(&self, at: i64) -> bool {
        self.span(at).is_none()
    }

    /// The first free instant, not before `at`.
    pub fn after(&self, at: i64) -> i64 {
        self.span(at).map_or(at, |(_, to)| to)
    }

    /// The last free minute, not after `at`.
    pub fn before(&self, at: i64) -> i64 {
        self.span(at).map_or(at, |(from, _)| from - MINUTE_MS)
    }

    /// Why it may not ring then: a session goes before quiet hours.
    pub fn why(&self, at: i64) -> Option<Why> {
        let covers = |span: &&(i64, i64, Why)| span.0 <= at && at < span.1;
        let found = self.spans.iter().filter(covers).map(|span| span.2);
        found.max_by_key(|why| *why == Why::InSession)
    }
}
