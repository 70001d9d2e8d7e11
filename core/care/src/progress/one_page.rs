//! The page of the weekly team review: one patient, the last seven days and the way so far (`iop.md`,
//! progress and team).
//!
//! Owns what stands on it. Staff's page has the flags with how they were closed, notes and what to talk
//! with the payer about; the patient reads the same page without these: [`OnePage::staff`] is then absent,
//! and severity words are there only when the clinic shows them. Refuses to fill a day without data.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::{Adherence, Marks, Measure, Period, Point, Progress, adherence, progress};
use crate::caseload::{Clinic, clinic_date};
use crate::chart::{Chart, CheckIn};
use crate::checkin;
use crate::due::{self, HomeworkState, date_at};
use crate::ends::Pause;
use crate::flag::{self, Flag};
use crate::id::Id;
use crate::library::Library;
use crate::order::InOrder;
use crate::patient_page::NoteView;
use crate::program;
use crate::roster::Person;
use crate::today;
use crate::visits::page::{own_visits, page};
use crate::visits::{Prompt, VisitCount, WeekHours};

const MINUTE_MS: i64 = 60_000;

/// A flag with how long people took.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct FlagLine {
    /// The flag.
    pub flag: Flag,
    /// Minutes from its arrival at the clinic until somebody opened the check-in.
    pub opened_minutes: Option<i64>,
    /// Minutes from its arrival until it was closed.
    pub closed_minutes: Option<i64>,
}

/// How soon staff opened check-ins.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Opening {
    /// Opened by now.
    pub opened: u32,
    /// Arrived in the period.
    pub arrived: u32,
    /// The middle one of the times from arrival to opening, minutes.
    pub median_minutes: Option<i64>,
    /// The longest, minutes.
    pub longest_minutes: Option<i64>,
    /// Check-ins that nobody has opened.
    pub waiting: Vec<Id>,
}

/// Words of the patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Said {
    /// What it was said with: a check-in's form, or homework's title or skill.
    pub about: String,
    /// The words.
    pub text: String,
    /// When, epoch milliseconds.
    pub at: i64,
    /// The check-in, or the entry of the try.
    pub link: Id,
}

/// How the transition plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PlanStands {
    /// The revision that holds.
    pub plan: Id,
    /// When it was written, epoch milliseconds.
    pub at: i64,
    /// When the patient acknowledged it.
    pub acknowledged_at: Option<i64>,
}

/// What only staff reads.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct StaffOnly {
    /// Open flags, and those answered or closed in the period; newest first.
    pub flags: Vec<FlagLine>,
    /// Notes among staff of the period, newest first.
    pub notes: Vec<NoteView>,
    /// What to do about visits.
    pub prompts: Vec<Prompt>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct OnePage {
    /// The patient's name; absent on the patient's own phone, which does not need it.
    pub name: Option<String>,
    /// The clinic's name.
    pub clinic: String,
    /// The track's name.
    pub track: Option<String>,
    /// Week of the program, from 1.
    pub week: Option<u32>,
    /// Planned weeks.
    pub weeks: Option<u32>,
    /// The seven days looked at, clinic time.
    pub period: Period,
    /// Made at, epoch milliseconds.
    pub made_at: i64,
    /// The clinic's zone.
    pub zone: String,
    /// Away now, the place kept.
    pub paused: Option<Pause>,
    /// Discharged on this day, which may lie ahead.
    pub discharged: Option<NaiveDate>,
    /// Calls after discharge.
    pub follow_ups: Vec<NaiveDate>,
    /// The three indicators since the first day.
    pub progress: Progress,
    /// Done of due in the seven days.
    pub this_week: Adherence,
    /// Days of the seven, enrolled and over or with data, on which no check-in was written.
    pub days_without: Vec<NaiveDate>,
    /// How soon check-ins of the seven days were opened.
    pub opening: Opening,
    /// Homework that is open, or was due in the seven days.
    pub homework: Vec<HomeworkState>,
    /// What the patient wrote in the seven days, newest first.
    pub said: Vec<Said>,
    /// The transition plan.
    pub plan: Option<PlanStands>,
    /// Visits by payer.
    pub visits: VisitCount,
    /// Hours of this week.
    pub hours: Option<WeekHours>,
    /// What only staff reads; absent on the patient's page.
    pub staff: Option<StaffOnly>,
}

/// Staff's page of one patient. Absent when the roster does not have the patient.
pub fn one_page(clinic: Clinic<'_>, patient: Id, chart: &Chart, now: i64) -> Option<OnePage> {
    let person = clinic.roster.person(patient)?;
    let visits = page(clinic, patient, chart, now);
    let mut one = common(
        chart,
        clinic.library,
        Marks::Roster(clinic.roster, patient),
        clinic_date(clinic.library, now),
        now,
    );
    one.name = Some(named(person));
    one.visits = visits.count;
    one.hours = visits.week;
    let within = |at: i64| one.period.holds(date_at(at, &one.zone));
    let flags = flag::flags(patient, chart, clinic.team, clinic.library)
        .into_iter()
        .filter(|flag| {
            let closed = flag.closed.as_ref();
            closed.is_none_or(|closed| within(closed.at)) || within(flag.at)
        })
        .map(|flag| line(chart, flag))
        .collect();
    let mut notes: Vec<_> = clinic
        .team
        .notes(patient)
        .filter(|(_, _, at)| within(*at))
        .map(|(note, by, at)| NoteView {
            by: clinic.library.staff_name(*by),
            at: *at,
            text: note.text.clone(),
        })
        .collect();
    notes.reverse();
    one.staff = Some(StaffOnly {
        flags,
        notes,
        prompts: visits.prompts,
    });
    Some(one)
}

/// The patient's own page, from what the phone has.
pub fn own_page(chart: &Chart, library: &Library, now: i64) -> OnePage {
    let zone = today::clinic_zone_or(chart, library, "UTC");
    let visits = own_visits(chart, library, now, zone);
    let mut one = common(chart, library, Marks::Told, date_at(now, zone), now);
    // How many were used beyond the agreed ones, or counted with nobody, is between staff and payer.
    one.visits = visits.count;
    one.visits.uncovered = 0;
    for payer in &mut one.visits.payers {
        payer.used = payer.used.without(payer.over);
        payer.over = crate::visits::Visits::NONE;
    }
    one.hours = visits.week;
    if !library.policy().show_severity {
        let hide = |measure: &mut Measure| {
            let points = measure.points.iter_mut();
            let ends = [&mut measure.baseline, &mut measure.newest];
            for point in points.chain(ends.into_iter().flatten()) {
                point.severity = None;
            }
            measure.change = None;
        };
        one.progress.symptoms.iter_mut().for_each(hide);
        one.progress.function.iter_mut().for_each(hide);
    }
    one
}

fn named(person: &Person) -> String {
    person.name.clone()
}

fn common(
    chart: &Chart,
    library: &Library,
    marks: Marks<'_>,
    today: NaiveDate,
    now: i64,
) -> OnePage {
    let zone = today::clinic_zone_or(chart, library, "UTC").to_owned();
    let period = Period {
        from: today.checked_sub_days(Days::new(6)).unwrap_or(today),
        to: today,
    };
    let enrolled = chart.enrolment().map(|fact| &fact.value);
    let check_ins = chart.check_ins();
    let plan = chart.transition_plan().current.map(|fact| PlanStands {
        plan: fact.id,
        at: fact.at,
        acknowledged_at: chart.acknowledged(fact.id),
    });
    OnePage {
        name: None,
        clinic: library
            .clinic()
            .map_or_else(String::new, |clinic| clinic.name.clone()),
        track: enrolled
            .and_then(|enrolled| library.track(enrolled.track))
            .map(|track| track.name.clone()),
        week: chart.program_week(today),
        weeks: enrolled.map(|enrolled| enrolled.weeks),
        made_at: now,
        paused: chart.pause_on(today),
        discharged: chart.discharge().map(|fact| fact.value.date),
        follow_ups: chart
            .discharge()
            .and_then(|discharge| program::follow_ups(discharge.value.date).ok())
            .map(Vec::from)
            .unwrap_or_default(),
        progress: progress(chart, library, marks, now),
        this_week: adherence::adherence(chart, library, marks, period, now),
        days_without: days_without(chart, &check_ins, period),
        opening: opening(chart, &check_ins, period, &zone),
        homework: due::homework(chart, library, today)
            .into_iter()
            .filter(|homework| homework.done < homework.times || period.holds(homework.due))
            .collect(),
        said: said(chart, library, &check_ins, period),
        plan,
        visits: VisitCount::default(),
        hours: None,
        staff: None,
        period,
        zone,
    }
}

/// Days over or with data: the last one counts only when something was written on it.
fn days_without(chart: &Chart, check_ins: &[&CheckIn], period: Period) -> Vec<NaiveDate> {
    let Some(enrolled) = chart.enrolment() else {
        return Vec::new();
    };
    let wrote = |day: NaiveDate| {
        let days = check_ins.iter().rev();
        let mut days = days.map(|one| date_at(one.last.value.started, &one.last.zone));
        days.any(|date| date == day)
    };
    let here = |day: NaiveDate| {
        let left = chart.discharge().is_some_and(|left| left.value.date < day);
        enrolled.value.start_date <= day && !left && chart.pause_on(day).is_none()
    };
    let days = period.from.iter_days();
    days.take_while(|day| *day < period.to)
        .filter(|day| here(*day) && !wrote(*day))
        .collect()
}

fn opening(chart: &Chart, check_ins: &[&CheckIn], period: Period, zone: &str) -> Opening {
    let mut opening = Opening::default();
    let mut minutes = Vec::new();
    for check_in in check_ins {
        let Some(received) = check_in.last.place.received else {
            continue;
        };
        if !period.holds(date_at(received, zone)) {
            continue;
        }
        opening.arrived += 1;
        match chart.opened_by(check_in.last.id) {
            Some((_, at)) => {
                opening.opened += 1;
                minutes.push((at - received).max(0) / MINUTE_MS);
            }
            None => opening.waiting.push(check_in.id),
        }
    }
    minutes.order();
    opening.median_minutes = minutes.get(minutes.len() / 2).copied();
    opening.longest_minutes = minutes.last().copied();
    opening
}

fn line(chart: &Chart, flag: Flag) -> FlagLine {
    let from = flag.received.unwrap_or(flag.at);
    let since = |at: i64| (at - from).max(0) / MINUTE_MS;
    let last = chart.check_in(flag.check_in).map(|one| one.last.id);
    let opened = chart.opened_by(last.unwrap_or(flag.check_in));
    FlagLine {
        opened_minutes: opened.map(|(_, at)| since(at)),
        closed_minutes: flag.closed.as_ref().map(|closed| since(closed.at)),
        flag,
    }
}

fn said(chart: &Chart, library: &Library, check_ins: &[&CheckIn], period: Period) -> Vec<Said> {
    let notes = check_ins.iter().filter_map(|check_in| {
        let note = check_in.answers().get("note").map(checkin::Answer::plain)?;
        Some(Said {
            about: library.form_title(&check_in.last.value.form, "en"),
            text: note,
            at: check_in.last.at,
            link: check_in.id,
        })
    });
    let homework = chart.homework();
    let title = |of: Option<Id>, skill: Option<&String>| {
        let given = of.and_then(|of| homework.iter().find(|fact| fact.id == of));
        given.map_or_else(
            || skill.cloned().unwrap_or_default(),
            |fact| fact.value.title.clone(),
        )
    };
    let tries = chart.logs(None);
    let obstacles = tries.iter().flat_map(|log| {
        let about = title(log.value.homework, log.value.skill.as_ref());
        let texts = [&log.value.obstacle, &log.value.note];
        texts.into_iter().flatten().map(move |text| Said {
            about: about.clone(),
            text: text.clone(),
            at: log.at,
            link: log.id,
        })
    });
    let zone = today::clinic_zone_or(chart, library, "UTC");
    let mut said: Vec<_> = notes
        .chain(obstacles)
        .filter(|said| period.holds(date_at(said.at, zone)) && !said.text.trim().is_empty())
        .collect();
    said.order_by_key(|said| std::cmp::Reverse((said.at, said.link)));
    said
}

impl Measure {
    /// The value that holds: the newest, else the baseline.
    pub fn now(&self) -> Option<&Point> {
        self.newest.as_ref().or(self.baseline.as_ref())
    }
}
