//! Progress, export and erasure. Severity words are there only when the clinic shows them to patients
//! (clinical.md, section 2, point 7); a day without data has no point.

use handrail_care::checkin::{Instrument, severity_words};
use handrail_care::progress::one_page::Said;
use handrail_care::progress::{Adherence, Measure, OnePage, Point, Share};
use handrail_care::reminder::Language;

/// One value.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ProgressPoint {
    /// The day it was answered.
    pub date: String,
    /// When, epoch milliseconds.
    pub at: i64,
    /// The value.
    pub value: f64,
    /// Words for it, where the clinic shows them.
    pub words: Option<String>,
    /// Answers were missing, and the value stands for all of them.
    pub prorated: bool,
    /// The check-in behind it.
    pub check_in: String,
}

/// One measure over time.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ProgressMeasure {
    /// The instrument's id.
    pub instrument: String,
    /// linkId, when it follows one question.
    pub item: Option<String>,
    /// What people call it.
    pub title: String,
    /// Lowest possible value.
    pub min: i64,
    /// Highest possible value.
    pub max: i64,
    /// A higher value is better.
    pub higher_is_better: bool,
    /// Values that exist, oldest first; days between them are empty.
    pub points: Vec<ProgressPoint>,
    /// Where it began.
    pub baseline: Option<ProgressPoint>,
    /// The newest value, when there are two.
    pub newest: Option<ProgressPoint>,
}

/// So many of so many.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProgressShare {
    /// Done.
    pub done: u32,
    /// Due and known.
    pub of: u32,
    /// Nobody has noted yet what became of these.
    pub unknown: u32,
    /// Sessions, entries or check-ins that were done.
    pub done_links: Vec<String>,
    /// Sessions, homework or first days of spans that were not.
    pub missed_links: Vec<String>,
}

/// Taking part, in some days.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProgressTherapy {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Sessions attended.
    pub sessions: ProgressShare,
    /// Homework tried.
    pub homework: ProgressShare,
    /// Check-ins written.
    pub check_ins: ProgressShare,
}

/// Words of the patient.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProgressSaid {
    /// What they were written with.
    pub about: String,
    /// The words.
    pub text: String,
    /// When, epoch milliseconds.
    pub at: i64,
    /// The check-in or the entry.
    pub link: String,
}

/// The patient's own page of the week.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ProgressPage {
    /// Week of the program, from 1.
    pub week: Option<u32>,
    /// Planned weeks.
    pub weeks: Option<u32>,
    /// Symptoms.
    pub symptoms: Vec<ProgressMeasure>,
    /// Getting on with life.
    pub function: Vec<ProgressMeasure>,
    /// Goals that are where they were hoped to be, or met.
    pub goals_reached: u32,
    /// Goals, those set aside left out; what each is stands on the treatment plan's page.
    pub goals: u32,
    /// Taking part in the seven days.
    pub this_week: ProgressTherapy,
    /// Taking part since the first day.
    pub since_start: ProgressTherapy,
    /// Days of the seven without a check-in.
    pub days_without: Vec<String>,
    /// Check-ins of the seven days that staff opened.
    pub opened: u32,
    /// Check-ins of the seven days that reached the clinic.
    pub arrived: u32,
    /// What the patient wrote, newest first.
    pub said: Vec<ProgressSaid>,
}

fn point(point: Point, instrument: &str, language: Language) -> ProgressPoint {
    let of = Instrument::from_id(instrument);
    let words = of.zip(point.severity).and_then(|(of, severity)| {
        severity_words(language.tag(), of, &severity).map(str::to_owned)
    });
    ProgressPoint {
        date: point.date.to_string(),
        at: point.at,
        value: point.value,
        words,
        prorated: point.prorated,
        check_in: point.check_in.to_string(),
    }
}

fn measure(measure: Measure, language: Language) -> ProgressMeasure {
    let title = measure.title_in(language);
    let id = measure.instrument;
    let view = |one: Point| point(one, &id, language);
    ProgressMeasure {
        points: measure.points.into_iter().map(view).collect(),
        baseline: measure.baseline.map(view),
        newest: measure.newest.map(view),
        item: measure.item,
        title,
        min: measure.min,
        max: measure.max,
        higher_is_better: measure.higher_is_better,
        instrument: id,
    }
}

impl From<Share> for ProgressShare {
    fn from(share: Share) -> Self {
        Self {
            done: share.done,
            of: share.of,
            unknown: share.unknown,
            done_links: share.done_links,
            missed_links: share.missed_links,
        }
    }
}

impl From<Adherence> for ProgressTherapy {
    fn from(adherence: Adherence) -> Self {
        Self {
            from: adherence.period.from.to_string(),
            to: adherence.period.to.to_string(),
            sessions: adherence.sessions.into(),
            homework: adherence.homework.into(),
            check_ins: adherence.check_ins.into(),
        }
    }
}

impl From<Said> for ProgressSaid {
    fn from(said: Said) -> Self {
        Self {
            about: said.about,
            text: said.text,
            at: said.at,
            link: said.link.to_string(),
        }
    }
}

impl ProgressPage {
    pub(crate) fn new(page: OnePage, language: Language) -> Self {
        let measures = |all: Vec<Measure>| {
            let views = all.into_iter().map(|one| measure(one, language));
            views.collect()
        };
        Self {
            week: page.week,
            weeks: page.weeks,
            symptoms: measures(page.progress.symptoms),
            function: measures(page.progress.function),
            goals_reached: page.progress.attainment.map_or(0, |all| all.reached),
            goals: page.progress.attainment.map_or(0, |all| all.of),
            this_week: page.this_week.into(),
            since_start: page.progress.adherence.into(),
            days_without: page.days_without.iter().map(ToString::to_string).collect(),
            opened: page.opening.opened,
            arrived: page.opening.arrived,
            said: page.said.into_iter().map(Into::into).collect(),
        }
    }
}

/// The export is written.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ExportDone {
    /// Files in the zip.
    pub files: u32,
    /// Entries of the record in it.
    pub entries: u32,
    /// Bytes of the zip.
    pub bytes: u64,
}

/// What the patient reads before everything on the phone is erased.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DeleteNotice {
    /// The heading.
    pub title: String,
    /// What goes and what stays, in the phone's language. All of it is to be shown.
    pub lines: Vec<String>,
    /// Entries that are only on this phone and would be lost.
    pub unsent: u32,
    /// Items that are shared with family now.
    pub shares: u32,
}
