//! The demo clinic's program: tracks, what is read and asked, the themes of the weeks, closed days, and
//! groups that were cancelled, moved and added.

use chrono::{NaiveDate, NaiveTime};
use handrail_care::calendar;
use handrail_care::education::GroupTheme;
use handrail_care::id::Id;
use handrail_care::library::Education;
use handrail_care::program::schedule::{Schedule, Weekday};
use handrail_care::program::{
    ClosedDays, Mode, Program, ProgramKind, SessionChange, SessionKind, Track,
};
use handrail_clinician::{Act, Clinician};

use super::clinic::{at, minus, plus};
use super::{SeedError, ZONE};
use super::{forms, homework};

const DAY: i64 = 24 * 3_600_000;

/// Title, a few sentences, skill and pieces of last week, this week and the next.
const THEMES: [(&str, &str, &str, [&str; 2]); 3] = [
    (
        "Body and mood",
        "Sleep, meals and moving: small things that carry a day.",
        "body-care",
        ["why-practice-between-groups", "looking-after-yourself"],
    ),
    (
        "Asking for what you need",
        "How to say it in one sentence, and how to hear a no.",
        "asking-clearly",
        ["talking-with-someone-who-struggles", "how-to-help"],
    ),
    (
        "When it gets hard again",
        "Early signs, and what to do with them.",
        "relapse-prevention",
        ["setbacks-happen", "in-a-crisis"],
    ),
];

/// Program, tracks, education: the morning and the afternoon track.
pub(super) fn publish(
    rowan: &mut Clinician,
    monday: NaiveDate,
    now: i64,
) -> Result<[Id; 2], SeedError> {
    let written = now - 150 * DAY;
    let program = Program {
        id: Id::default(),
        name: "Mental health IOP".to_owned(),
        kind: ProgramKind::MentalHealth,
        time_zone: ZONE.to_owned(),
        phone: "555-0100".to_owned(),
        hours: "Monday to Friday, 8 to 5".to_owned(),
        weekly_minimum: Some(9 * 60),
    };
    let done = rowan.act(Act::SetProgram { program }, "", written)?;
    let program = done.id.ok_or(SeedError::Date)?;
    let mut track = |name: &str, from: u32, to: u32| -> Result<Id, SeedError> {
        let schedule = Schedule {
            time_zone: ZONE.to_owned(),
            start_date: minus(monday, 20 * 7)?,
            weeks: 60,
            weekdays: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Thursday],
            start_time: NaiveTime::from_hms_opt(from, 0, 0).ok_or(SeedError::Date)?,
            end_time: NaiveTime::from_hms_opt(to, 0, 0).ok_or(SeedError::Date)?,
            also: Vec::new(),
            tzdb: Some(calendar::tzdb_version().to_owned()),
        };
        let track = Track {
            id: Id::default(),
            name: name.to_owned(),
            program,
            mode: Mode::Hybrid,
            schedule,
            place: Some("Room 2, second floor".to_owned()),
        };
        let done = rowan.act(Act::SetTrack { track }, "", written)?;
        done.id.ok_or(SeedError::Date)
    };
    let tracks = [track("Morning", 9, 12)?, track("Afternoon", 13, 16)?];
    let shipped = Act::PublishShipped { slugs: Vec::new() };
    rowan.act(shipped, "", written)?;
    themes(rowan, monday, written)?;
    forms::publish(rowan, written)?;
    calendar_of(rowan, tracks, monday)?;
    homework::publish(rowan, written)?;
    Ok(tracks)
}

fn themes(rowan: &mut Clinician, monday: NaiveDate, written: i64) -> Result<(), SeedError> {
    let mut from = minus(monday, 7)?;
    for (title, about, skill, pieces) in THEMES {
        let theme = GroupTheme {
            id: Id::default(),
            tracks: Vec::new(),
            from,
            until: plus(from, 6)?,
            title: title.to_owned(),
            about: about.to_owned(),
            skill: Some(skill.to_owned()),
            pieces: pieces.map(str::to_owned).into(),
            withdrawn: false,
        };
        rowan.act(Act::SetTheme { theme }, "", written)?;
        from = plus(from, 7)?;
    }
    let education = Education {
        slug: "finding-us".to_owned(),
        title: "Finding us".to_owned(),
        summary: "Where to park, and which door.".to_owned(),
        minutes: 1,
        family: true,
        markdown: "The lot is behind the house. Take the green door.\n".to_owned(),
    };
    rowan.act(Act::PublishEducation { education }, "", written)?;
    Ok(())
}

/// Closed three weeks ago and in three weeks; last week a group was cancelled, next week one is moved and
/// one is added.
fn calendar_of(rowan: &mut Clinician, tracks: [Id; 2], monday: NaiveDate) -> Result<(), SeedError> {
    let clock = |hour| NaiveTime::from_hms_opt(hour, 0, 0).ok_or(SeedError::Date);
    for (day, reason) in [
        (minus(monday, 21)?, "A holiday"),
        (plus(monday, 24)?, "The team learns something new"),
    ] {
        let days = ClosedDays {
            id: Id::default(),
            from: day,
            until: day,
            reason: reason.to_owned(),
            tracks: Vec::new(),
            open_after_all: false,
        };
        rowan.act(Act::CloseDays { days }, "", at(minus(monday, 60)?, 9, 0)?)?;
    }
    let [morning, afternoon] = tracks;
    let changes = [
        (
            morning,
            SessionChange::Cancelled {
                original_date: minus(monday, 6)?,
                original_start: None,
                reason: Some("No heating".to_owned()),
            },
        ),
        (
            morning,
            SessionChange::Moved {
                original_date: plus(monday, 10)?,
                original_start: None,
                new_date: plus(monday, 11)?,
                new_start: clock(10)?,
                new_end: clock(13)?,
            },
        ),
        (
            afternoon,
            SessionChange::Added {
                date: plus(monday, 11)?,
                start: clock(13)?,
                end: clock(15)?,
                kind: SessionKind::Group,
                title: Some("Walking group".to_owned()),
            },
        ),
    ];
    for (track, change) in changes {
        let act = Act::ChangeSession { track, change };
        rowan.act(act, "", at(minus(monday, 6)?, 7, 30)?)?;
    }
    Ok(())
}
