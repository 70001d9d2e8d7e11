//! Times of day as text: written `HH:MM`, read as that or `HH:MM:00`.
//!
//! For `#[serde(with = "clock")]`. Refuses seconds other than zero: no session starts on one.

use chrono::NaiveTime;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// A time of day in whole minutes from `HH:MM` or `HH:MM:00`.
pub fn parse(text: &str) -> Option<NaiveTime> {
    let minutes = text
        .strip_suffix(":00")
        .filter(|rest| rest.len() == 5)
        .unwrap_or(text);
    // Writing it again keeps out what the reader would also take, like ` 9:00`.
    NaiveTime::parse_from_str(minutes, "%H:%M")
        .ok()
        .filter(|time| time.format("%H:%M").to_string() == minutes)
}

/// Writes `HH:MM`.
pub fn serialize<S: Serializer>(time: &NaiveTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.format("%H:%M"))
}

/// Reads `HH:MM` or `HH:MM:00`.
pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<NaiveTime, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(input)?;
    parse(&text).ok_or_else(|| D::Error::custom("bad-time"))
}

/// The same for a time that may be absent.
pub mod option {
    use super::{Deserialize, Deserializer, Error, NaiveTime, Serializer, parse};

    /// Writes `HH:MM` or null.
    pub fn serialize<S: Serializer>(
        time: &Option<NaiveTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads `HH:MM`, `HH:MM:00` or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<NaiveTime>, D::Error> {
        let Some(text) = Option::<String>::deserialize(input)? else {
            return Ok(None);
        };
        parse(&text)
            .map(Some)
            .ok_or_else(|| D::Error::custom("bad-time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_by_table() {
        for (text, written) in [
            ("09:00", "09:00"),
            ("09:05:00", "09:05"),
            ("23:59", "23:59"),
        ] {
            let time = parse(text).expect(text);
            assert_eq!(time.format("%H:%M").to_string(), written);
        }
        for text in [
            "", "9:00", "09:0", "24:00", "09:60", "09:00:30", "23:59:60", "09-00", " 9:00",
            "+9:00", "09:00Z", "9:00 ", "0９:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
