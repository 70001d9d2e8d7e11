//! What staff has to do about visits: tell a payer, prepare a review, note who came.
//!
//! Prompts are for staff alone. None of them is shown to the patient, and none is sent anywhere: a
//! person tells the payer and then says so.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::count::chains;
use super::{Authorised, Coverage, Visit, VisitCount, Visits, WeekHours};
use crate::chart::Chart;
use crate::id::Id;
use crate::order::InOrder;
use crate::program::{Attendance, Session};
use crate::team::Team;

/// Days before a review from which it is prompted.
const REVIEW_DAYS: i64 = 7;
/// Visits left from which more are to be asked for: a usual week has three sessions (`iop.md`, dose).
const FEW: u32 = 3;
/// How long a session without marks is asked for, in milliseconds: from a day to four weeks after it.
const UNMARKED: std::ops::Range<i64> = 24 * 3_600_000..28 * 24 * 3_600_000;

/// A session that a payer wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct MissedSession {
    /// The session's id.
    pub session: String,
    /// Its day, clinic time.
    pub date: NaiveDate,
    /// Why it counts as missed.
    pub attendance: Attendance,
}

/// Something for staff to do. As JSON: `{"prompt": "tell-payer", ...}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "prompt", rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Prompt {
    /// Tell this payer of missed sessions; `payer-told` ends it.
    TellPayer {
        /// The authorisation to name in `payer-told`.
        authorisation: Id,
        /// Who pays.
        payer: String,
        /// What it was not told yet, by day.
        missed: Vec<MissedSession>,
    },
    /// The payer reviews within a week, or the day has passed and no new one is noted.
    ReviewDue {
        /// The authorisation.
        authorisation: Id,
        /// Who pays.
        payer: String,
        /// The day.
        on: NaiveDate,
    },
    /// A week's worth of visits or less is left.
    FewLeft {
        /// The authorisation.
        authorisation: Id,
        /// Who pays.
        payer: String,
        /// Visits left.
        #[cfg_attr(feature = "web", tsify(type = "number"))]
        left: Visits,
    },
    /// More was used than authorised.
    Over {
        /// The authorisation.
        authorisation: Id,
        /// Who pays.
        payer: String,
        /// By how much.
        #[cfg_attr(feature = "web", tsify(type = "number"))]
        over: Visits,
    },
    /// The last authorisation has ended and the patient is still here.
    Ended {
        /// The authorisation.
        authorisation: Id,
        /// Who paid.
        payer: String,
        /// Its last day.
        on: NaiveDate,
    },
    /// Sessions that no authorisation covers.
    Uncovered {
        /// How many.
        sessions: u32,
    },
    /// The hours asked for cannot be reached this week.
    WeekShort {
        /// Minutes that are missing.
        short: u32,
        /// Minutes asked for.
        asked: u32,
    },
    /// The day on which the patient was thought to be back has come.
    BackExpected {
        /// The day.
        on: NaiveDate,
    },
    /// Sessions are over and nobody has noted who came.
    Unmarked {
        /// How many of this patient's, of the last four weeks.
        sessions: u32,
    },
}

/// What the prompts of one patient are made from.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    /// The patient: the care mailbox.
    pub patient: Id,
    /// Their chart.
    pub chart: &'a Chart,
    /// The team's mailbox.
    pub team: &'a Team,
    /// What became of sessions, by id.
    pub visits: &'a BTreeMap<String, Visit>,
    /// The count of them.
    pub count: &'a VisitCount,
    /// This week.
    pub week: Option<&'a WeekHours>,
    /// Today, clinic time.
    pub today: NaiveDate,
    /// Now, epoch milliseconds.
    pub now: i64,
}

/// All prompts of one patient, most pressing first. None once the patient has died; after a discharge
/// only what is still owed: word to a payer, marks, visits that nobody covers.
pub fn prompts<'a>(
    counted: Counted<'_>,
    patient_sessions: impl IntoIterator<Item = &'a Session>,
) -> Vec<Prompt> {
    let Counted {
        chart,
        count,
        today,
        ..
    } = counted;
    if chart.has_died() {
        return Vec::new();
    }
    let discharged = chart
        .discharge()
        .is_some_and(|fact| fact.value.date < today);
    let here = chart.program_week(today).is_some() && chart.reminders_stop(today).is_none();
    let mut prompts = tell_payers(counted);
    if !discharged {
        prompts.extend(reviews(chart, today));
    }
    for payer in &count.payers {
        let (authorisation, name) = (payer.authorisation, payer.payer.clone());
        if payer.over > Visits::NONE {
            prompts.push(Prompt::Over {
                authorisation,
                payer: name.clone(),
                over: payer.over,
            });
        }
        if here && payer.coverage == Coverage::Current && payer.left <= Visits::whole(FEW) {
            prompts.push(Prompt::FewLeft {
                authorisation,
                payer: name,
                left: payer.left,
            });
        }
    }
    // Sorted: when the first has ended, all have.
    if let Some(last) = count.payers.iter().max_by_key(|payer| payer.until)
        && here
        && count
            .payers
            .iter()
            .all(|payer| payer.coverage == Coverage::Past)
    {
        prompts.push(Prompt::Ended {
            authorisation: last.authorisation,
            payer: last.payer.clone(),
            on: last.until,
        });
    }
    if count.uncovered > 0 {
        prompts.push(Prompt::Uncovered {
            sessions: count.uncovered,
        });
    }
    if let Some(week) = counted.week
        && here
        && week.short() > 0
    {
        prompts.push(Prompt::WeekShort {
            short: week.short(),
            asked: week.asked,
        });
    }
    let expected = chart.pause_on(today).and_then(|pause| pause.expected_back);
    if let Some(on) = expected.filter(|on| *on <= today && !discharged) {
        prompts.push(Prompt::BackExpected { on });
    }
    let unmarked = patient_sessions.into_iter().filter(|session| {
        session.rings()
            && UNMARKED.contains(&(counted.now - session.end))
            && !counted.visits.contains_key(&session.id)
    });
    let unmarked = u32::try_from(unmarked.count()).unwrap_or(u32::MAX);
    if unmarked > 0 {
        prompts.push(Prompt::Unmarked { sessions: unmarked });
    }
    prompts
}

fn tell_payers(counted: Counted<'_>) -> Vec<Prompt> {
    let chains = chains(counted.chart.authorised().map(|fact| &fact.value));
    let prompt = |chain: &Vec<&Authorised>| {
        let told: BTreeSet<&str> = counted
            .team
            .payer_told(counted.patient)
            .filter(|told| chain.iter().any(|one| one.id == told.authorisation))
            .flat_map(|told| told.sessions.iter().map(String::as_str))
            .collect();
        let wants = |visit: &&Visit| {
            let mut covering = chain.iter();
            let covering = covering.find(|one| one.covers(visit.kind, visit.date));
            !visit.attendance.there()
                && covering.is_some_and(|one| one.tell_missed)
                && !told.contains(visit.session.as_str())
        };
        let mut missed: Vec<_> = counted
            .visits
            .values()
            .filter(wants)
            .map(|visit| MissedSession {
                session: visit.session.clone(),
                date: visit.date,
                attendance: visit.attendance,
            })
            .collect();
        missed.order_by(|a, b| (a.date, &a.session).cmp(&(b.date, &b.session)));
        let last = chain.last()?;
        (!missed.is_empty()).then(|| Prompt::TellPayer {
            authorisation: last.id,
            payer: last.payer.clone(),
            missed,
        })
    };
    chains.iter().filter_map(prompt).collect()
}

fn reviews(chart: &Chart, today: NaiveDate) -> Vec<Prompt> {
    let holds = |one: &&Authorised| !one.withdrawn && today <= one.until;
    let all = chart.authorised().map(|fact| &fact.value).filter(holds);
    let mut due: Vec<_> = all
        .filter_map(|one| Some((one.review?, one)))
        .filter(|(on, _)| (*on - today).num_days() <= REVIEW_DAYS)
        .collect();
    due.order_by_key(|(on, one)| (*on, one.id));
    let prompt = |(on, one): (NaiveDate, &Authorised)| Prompt::ReviewDue {
        authorisation: one.id,
        payer: one.payer.clone(),
        on,
    };
    due.into_iter().map(prompt).collect()
}
