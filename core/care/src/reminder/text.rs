//! What a notification says, by level and language.
//!
//! Owns the choice of words. Refuses, at every level, to name a program, a questionnaire, a symptom or a
//! person (clinical.md, section 2): the most it tells is a kind of appointment and its time.

use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};

use super::LockScreen;
use super::content::texts;
use super::wants::Say;
use crate::calendar;
use crate::due::date_at;
use crate::program::{SessionKind, Weekday};

/// A language that we have words in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English, and everything that we have no words for.
    #[default]
    English,
    /// Spanish.
    Spanish,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// The tag, BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// From a BCP 47 tag such as `es-US`.
    pub fn of(tag: &str) -> Self {
        match tag.split(['-', '_']).next() {
            Some(language) if language.eq_ignore_ascii_case("es") => Self::Spanish,
            _ => Self::English,
        }
    }
}

/// One notification to be told.
pub(super) struct Telling<'a> {
    pub says: Vec<&'a Say>,
    /// When it rings.
    pub at: i64,
    /// On the clock of this zone.
    pub zone: &'a str,
    /// The schedule behind it may be old.
    pub stale: bool,
    pub level: LockScreen,
}

/// The words of a key, such as `why.day-full` or `state.armed`; the key itself when there are none.
pub fn words(language: Language, key: &str) -> String {
    texts(language)
        .get(key)
        .map_or_else(|| key.to_owned(), Clone::clone)
}

/// What a notification says that tells nothing.
pub fn neutral(language: Language) -> String {
    words(language, "neutral")
}

pub(super) fn keep(language: Language) -> String {
    words(language, "keep")
}

pub(super) fn tell(language: Language, telling: &Telling<'_>) -> String {
    if telling.stale {
        return words(language, "stale");
    }
    let Some(first) = telling.says.first() else {
        return neutral(language);
    };
    match telling.level {
        LockScreen::Neutral => neutral(language),
        LockScreen::Kind => kind(language, &telling.says),
        LockScreen::Details => {
            let Say::Session { kind: what, start } = first else {
                return kind(language, &telling.says);
            };
            let session = session(language, *what, *start, telling);
            if telling.says.len() > 1 {
                words(language, "details.and-more").replace("{first}", &session)
            } else {
                session
            }
        }
    }
}

fn kind(language: Language, says: &[&Say]) -> String {
    let key = |say: &Say| match say {
        Say::Session { .. } => "kind.session",
        Say::CheckIn => "kind.check-in",
        Say::Practice => "kind.practice",
        Say::Plan => "kind.plan",
        Say::FollowUp => "kind.follow-up",
    };
    let first = key(says[0]);
    let same = says.iter().all(|say| key(say) == first);
    words(language, if same { first } else { "kind.several" })
}

fn session(language: Language, kind: SessionKind, start: i64, telling: &Telling<'_>) -> String {
    let key = match kind {
        SessionKind::Group => "session.group",
        SessionKind::Individual => "session.individual",
        SessionKind::Medication => "session.medication",
        SessionKind::Family => "session.family",
        SessionKind::Assessment => "session.assessment",
    };
    let day = day(
        language,
        date_at(telling.at, telling.zone),
        date_at(start, telling.zone),
    );
    words(language, "details.session")
        .replace("{what}", &words(language, key))
        .replace("{day}", &day)
        .replace("{time}", &clock(language, start, telling.zone))
}

fn day(language: Language, today: NaiveDate, date: NaiveDate) -> String {
    let key = match (date - today).num_days() {
        0 => "day.today".to_owned(),
        1 => "day.tomorrow".to_owned(),
        _ => format!("day.{}", Weekday::of(date).word()),
    };
    words(language, &key)
}

/// A time of day with the zone's abbreviation, so that it stays true when the phone travels.
fn clock(language: Language, instant: i64, zone: &str) -> String {
    let instant = DateTime::from_timestamp_millis(instant).unwrap_or_default();
    let (time, zone) = calendar::local(zone, instant).map_or_else(
        |_| (instant.time(), "UTC".to_owned()),
        |local| (local.time, local.abbreviation),
    );
    let format = match language {
        Language::English => "%-I:%M %p",
        Language::Spanish => "%-H:%M",
    };
    format!("{} {zone}", time.format(format))
}
