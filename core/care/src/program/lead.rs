//! How long before a session somebody is reminded, in the contract's words.
//!
//! Owns the reading of ISO 8601 durations like `PT24H`. A lead is exact elapsed time: a day is
//! 24 hours even when a clock changes in between (`clinical.md` section 6). Refuses years, months,
//! fractions, signs and anything longer than 31 days. When and whether a phone rings is decided by
//! the reminder planner, not here.

use chrono::{DateTime, TimeDelta, Utc};

use crate::calendar::{self, CalendarError};

/// The leads of a session when nobody chose others.
pub const DEFAULTS: [&str; 2] = ["PT24H", "PT1H"];

/// The longest lead.
const LONGEST: TimeDelta = TimeDelta::days(31);

/// Exact time before a start, and the words it was given in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    text: String,
    elapsed: TimeDelta,
}

/// The text is not a duration of weeks, days, hours and minutes up to 31 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("bad-duration")]
pub struct BadLead;

impl Lead {
    /// Reads an ISO 8601 duration of whole weeks, days, hours and minutes.
    ///
    /// ```
    /// use handrail_care::program::lead::Lead;
    ///
    /// assert_eq!(Lead::parse("P1DT30M").expect("a lead").elapsed().num_minutes(), 1470);
    /// assert!(Lead::parse("24H").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, BadLead> {
        let rest = text.strip_prefix('P').ok_or(BadLead)?;
        let (days, clock) = match rest.split_once('T') {
            Some((_, "")) => return Err(BadLead),
            Some((days, clock)) => (days, clock),
            None => (rest, ""),
        };
        let date_part = minutes(days, &[('W', 10_080), ('D', 1440)])?;
        let clock_part = minutes(clock, &[('H', 60), ('M', 1)])?;
        let total = match (date_part, clock_part) {
            (None, None) => return Err(BadLead),
            (a, b) => a.unwrap_or(0) + b.unwrap_or(0),
        };
        let elapsed = TimeDelta::minutes(total);
        if elapsed > LONGEST {
            return Err(BadLead);
        }
        Ok(Self {
            text: text.to_owned(),
            elapsed,
        })
    }

    /// The [`DEFAULTS`], longest first.
    pub fn defaults() -> Vec<Self> {
        DEFAULTS
            .iter()
            .map(|text| Self::parse(text).expect("the defaults are durations"))
            .collect()
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Exact elapsed time.
    pub fn elapsed(&self) -> TimeDelta {
        self.elapsed
    }

    /// When to remind of something that starts at `start`.
    pub fn fire(&self, start: DateTime<Utc>) -> Result<DateTime<Utc>, CalendarError> {
        calendar::minus_elapsed(start, self.elapsed)
    }
}

/// Sum of `text` in minutes, units in the given order, each at most once. `None` when empty.
fn minutes(text: &str, units: &[(char, i64)]) -> Result<Option<i64>, BadLead> {
    let mut rest = text;
    let mut units = units.iter();
    let mut total = None;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        // Five digits hold 31 days in minutes and keep the sum far from overflow.
        if digits == 0 || digits > 5 {
            return Err(BadLead);
        }
        let (number, tail) = rest.split_at(digits);
        let number: i64 = number.parse().map_err(|_| BadLead)?;
        let unit = tail.chars().next().ok_or(BadLead)?;
        let (_, size) = units.find(|(name, _)| *name == unit).ok_or(BadLead)?;
        total = Some(total.unwrap_or(0) + number * size);
        rest = &tail[unit.len_utf8()..];
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_by_table() {
        for (text, minutes) in [
            ("PT24H", 1440),
            ("PT1H", 60),
            ("PT90M", 90),
            ("PT1H30M", 90),
            ("P1D", 1440),
            ("P1DT1H", 1500),
            ("P1W", 10_080),
            ("PT0M", 0),
            ("P31D", 44_640),
        ] {
            let lead = Lead::parse(text).expect(text);
            assert_eq!(lead.elapsed().num_minutes(), minutes, "{text}");
            assert_eq!(lead.text(), text);
        }
        for text in [
            "",
            "P",
            "PT",
            "P1DT",
            "24H",
            "PT24",
            "PTH",
            "-PT1H",
            "+PT1H",
            "PT-1H",
            "PT1.5H",
            "PT1S",
            "P1M",
            "P1Y",
            "PT1M1H",
            "PT1H1H",
            "P1H",
            "pt1h",
            "PT1H ",
            "P32D",
            "PT745H",
            "PT99999999999999999999H",
            "PT1Ü",
            "P1D1W",
        ] {
            assert_eq!(Lead::parse(text), Err(BadLead), "{text}");
        }
    }

    #[test]
    fn defaults_are_a_day_and_an_hour() {
        let minutes: Vec<i64> = Lead::defaults()
            .iter()
            .map(|lead| lead.elapsed().num_minutes())
            .collect();
        assert_eq!(minutes, [1440, 60]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,12}") {
            let _ = Lead::parse(&text);
        }

        #[test]
        fn what_is_written_is_read(days in 0_i64..30, hours in 0_i64..24, minutes in 0_i64..60) {
            let lead = Lead::parse(&format!("P{days}DT{hours}H{minutes}M")).expect("a duration");
            prop_assert_eq!(lead.elapsed().num_minutes(), days * 1440 + hours * 60 + minutes);
        }
    }
}
