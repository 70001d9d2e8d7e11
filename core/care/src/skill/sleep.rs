//! A night of the sleep diary: time in bed, time asleep, sleep efficiency.
//!
//! Sleep efficiency is time asleep as a share of time in bed; time asleep is what lies between trying to
//! sleep and waking for good, less the time it took and the time awake in between (the definitions of the
//! Consensus Sleep Diary, Carney and others 2012, from the literature; clinical.md section 3 asks for it).

use chrono::{NaiveTime, Timelike};

use super::values::{Noted, Values, time_of};

/// The skill whose log it is.
pub const DIARY: &str = "sleep-diary";

const DAY_MINUTES: u32 = 24 * 60;

/// A night, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Night {
    /// From going to bed to getting up.
    pub in_bed: u32,
    /// Asleep.
    pub asleep: u32,
}

fn minutes_between(from: NaiveTime, to: NaiveTime) -> u32 {
    let of = |time: NaiveTime| time.hour() * 60 + time.minute();
    (of(to) + DAY_MINUTES - of(from)) % DAY_MINUTES
}

impl Night {
    /// From a log: absent without the times in bed, and when the parts do not fit into the night (a slip of
    /// morning and evening, for one). Without its own line, trying to sleep began in bed, and waking for good
    /// was getting up.
    pub fn of(values: &Values) -> Option<Self> {
        let time = |field: &str| match values.get(field) {
            Some(Noted::Text(text)) => time_of(text),
            _ => None,
        };
        let minutes = |field: &str| match values.get(field) {
            Some(Noted::Number(number)) => u32::try_from(*number).ok(),
            _ => Some(0),
        };
        let (bed, rise) = (time("bed")?, time("rise")?);
        let in_bed = minutes_between(bed, rise);
        let tried = minutes_between(bed, time("lights-out").unwrap_or(bed));
        let after = minutes_between(time("woke").unwrap_or(rise), rise);
        let awake = [tried, after, minutes("latency")?, minutes("awake")?];
        let awake = awake.into_iter().try_fold(0_u32, u32::checked_add)?;
        let asleep = in_bed.checked_sub(awake)?;
        (in_bed > 0).then_some(Self { in_bed, asleep })
    }

    /// Sleep efficiency in percent, rounded half up.
    pub fn efficiency_percent(self) -> u32 {
        (self.asleep * 200 + self.in_bed) / (self.in_bed * 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(given: &[(&str, &str)]) -> Values {
        let noted = |text: &str| {
            let number = text.parse().map(Noted::Number);
            number.unwrap_or_else(|_| Noted::Text(text.to_owned()))
        };
        let given = given.iter();
        given
            .map(|(field, text)| ((*field).to_owned(), noted(text)))
            .collect()
    }

    #[test]
    fn nights_over_midnight() {
        let whole = values(&[
            ("bed", "22:30"),
            ("lights-out", "23:00"),
            ("latency", "30"),
            ("awake", "45"),
            ("woke", "06:15"),
            ("rise", "06:30"),
        ]);
        let night = Night::of(&whole).expect("a night");
        // 480 in bed; 30 reading, 30 to fall asleep, 45 awake, 15 after.
        assert_eq!((night.in_bed, night.asleep), (480, 360));
        assert_eq!(night.efficiency_percent(), 75);
        let short = values(&[("bed", "01:00"), ("rise", "07:00"), ("latency", "1")]);
        let night = Night::of(&short).expect("a night");
        assert_eq!((night.in_bed, night.asleep), (360, 359));
        assert_eq!(night.efficiency_percent(), 100);
    }

    #[test]
    fn what_does_not_fit_gives_no_number() {
        assert_eq!(Night::of(&values(&[("bed", "23:00")])), None);
        // Woke after getting up: a slip.
        let slip = values(&[("bed", "23:00"), ("woke", "08:00"), ("rise", "07:00")]);
        assert_eq!(Night::of(&slip), None);
        let same = values(&[("bed", "23:00"), ("rise", "23:00")]);
        assert_eq!(Night::of(&same), None);
        let long = values(&[("bed", "23:00"), ("rise", "23:30"), ("awake", "31")]);
        assert_eq!(Night::of(&long), None);
    }
}
