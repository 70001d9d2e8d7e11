//! Visits on one page: for staff with everything, for the patient what is theirs to know.

use chrono::NaiveDate;
use serde::Serialize;

use super::prompt::{Counted, prompts};
use super::week::{bounds, monday, week};
use super::{Authorised, Prompt, Visit, VisitCount, WeekHours, count, marked, told};
use crate::caseload::{Clinic, clinic_date};
use crate::chart::Chart;
use crate::due::date_at;
use crate::ends::Pause;
use crate::id::Id;
use crate::library::Library;
use crate::order::InOrder;
use crate::program::Session;
use crate::sessions::{self, Timetable};

/// Staff's page of one patient's visits.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct VisitsPage {
    /// By payer.
    pub count: VisitCount,
    /// This week, while the patient is here.
    pub week: Option<WeekHours>,
    /// What to do, most pressing first.
    pub prompts: Vec<Prompt>,
    /// Authorisations as they stand, withdrawn ones too, by first day.
    pub authorised: Vec<Authorised>,
    /// What became of sessions, newest first.
    pub visits: Vec<Visit>,
    /// Pauses, oldest first.
    pub pauses: Vec<Pause>,
    /// Marks that the patient's phone does not have yet: `settle-visits` writes them.
    pub unsettled: u32,
}

/// What a caseload row says of visits.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct VisitsLine {
    /// Visits left today with the payer that has most; absent when no authorisation holds.
    pub left: Option<f64>,
    /// The next review, today or later.
    pub next_review: Option<NaiveDate>,
    /// What to do, most pressing first.
    pub prompts: Vec<Prompt>,
}

/// What the patient's phone says of visits.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnVisits {
    /// By payer.
    pub count: VisitCount,
    /// This week, while the patient is here.
    pub week: Option<WeekHours>,
}

/// Staff's page.
pub fn page(clinic: Clinic<'_>, patient: Id, chart: &Chart, now: i64) -> VisitsPage {
    let all = sessions::sessions(chart, clinic.library, i64::MIN / 2, i64::MAX / 2);
    page_of(clinic, patient, chart, &all, now)
}

fn page_of(
    clinic: Clinic<'_>,
    patient: Id,
    chart: &Chart,
    all: &[Session],
    now: i64,
) -> VisitsPage {
    let today = clinic_date(clinic.library, now);
    let by_session = marked(chart, clinic.roster, patient, all);
    let told = told(chart);
    let authorised = chart.authorised().map(|fact| &fact.value);
    let count = count::count(authorised.clone(), by_session.values(), today);
    let week = week(chart, clinic.library, all, &by_session, today, now);
    let counted = Counted {
        patient,
        chart,
        team: clinic.team,
        visits: &by_session,
        count: &count,
        week: week.as_ref(),
        today,
        now,
    };
    let prompts = prompts(counted, all);
    let mut authorised: Vec<_> = authorised.cloned().collect();
    authorised.order_by_key(|one| (one.from, one.until, one.id));
    let unsettled = by_session.values();
    let unsettled = unsettled.filter(|visit| told.get(&visit.session) != Some(*visit));
    let unsettled = u32::try_from(unsettled.count()).unwrap_or(u32::MAX);
    let mut visits: Vec<_> = by_session.into_values().collect();
    visits.order_by(|a, b| (b.date, &b.session).cmp(&(a.date, &a.session)));
    VisitsPage {
        count,
        week,
        prompts,
        authorised,
        visits,
        pauses: chart.pauses(),
        unsettled,
    }
}

/// A caseload row's line, with sessions worked out before. Absent where nothing was authorised and
/// nobody is away: most of a caseload then costs nothing.
pub(crate) fn line(
    clinic: Clinic<'_>,
    timetable: &Timetable,
    patient: Id,
    chart: &Chart,
    now: i64,
) -> Option<VisitsLine> {
    if chart.authorised().next().is_none() && chart.pauses().is_empty() {
        return None;
    }
    let all = timetable.sessions_of(chart);
    let page = page_of(clinic, patient, chart, &all, now);
    Some(VisitsLine {
        left: page.count.left().map(count::Visits::to_f64),
        next_review: page.count.next_review(),
        prompts: page.prompts,
    })
}

/// What the phone counts, from its care mailbox and library alone. `clinic_zone` is the zone of the
/// clinic's days.
pub fn own_visits(chart: &Chart, library: &Library, now: i64, clinic_zone: &str) -> OwnVisits {
    let today = date_at(now, clinic_zone);
    let visits = told(chart);
    let (from, to) = bounds(clinic_zone, monday(today));
    let touching = sessions::sessions(chart, library, from, to);
    OwnVisits {
        count: own_count(chart, today),
        week: week(chart, library, &touching, &visits, today, now),
    }
}

/// [`own_visits`] without the hours.
pub(crate) fn own_count(chart: &Chart, today: NaiveDate) -> VisitCount {
    let authorised = chart.authorised().map(|fact| &fact.value);
    let visits = chart.visits().map(|fact| &fact.value);
    count::count(authorised, visits, today)
}
