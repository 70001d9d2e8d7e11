//! Sessions, plans, education, shared items.

use chrono::{NaiveDate, NaiveTime};
use handrail_care::chart::{Chart, Fact};
use handrail_care::due::DueCheckIn;
use handrail_care::library::Library;
use handrail_care::plan::{self, TransitionPlan};
use handrail_care::program::{self, Mode, SessionKind, Status as SessionStatus};
use handrail_care::today::{SessionCard, WallClock};

pub(super) fn day(date: NaiveDate) -> String {
    date.to_string()
}

fn minute(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

/// Start and end as one clock shows them.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ClockTimes {
    /// IANA zone.
    pub zone: String,
    /// The zone's abbreviation then, like `EST`.
    pub abbreviation: String,
    /// Date of the start.
    pub date: String,
    /// Start, `09:00`.
    pub start: String,
    /// End, `12:00`.
    pub end: String,
}

impl From<WallClock> for ClockTimes {
    fn from(clock: WallClock) -> Self {
        Self {
            zone: clock.zone,
            abbreviation: clock.abbreviation,
            date: day(clock.date),
            start: minute(clock.start),
            end: minute(clock.end),
        }
    }
}

/// A session as a card shows it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SessionView {
    /// Stable while the session moves.
    pub id: String,
    /// What it is.
    pub kind: SessionKind,
    /// What the card says.
    pub title: String,
    /// Whether it takes place as planned.
    pub status: SessionStatus,
    /// Start, epoch milliseconds.
    pub starts_at: i64,
    /// End, epoch milliseconds.
    pub ends_at: i64,
    /// On the clinic's clock.
    pub clinic_time: ClockTimes,
    /// On this phone's clock, when that shows another time.
    pub phone_time: Option<ClockTimes>,
    /// Where it meets.
    pub mode: Mode,
    /// Address or room.
    pub place: Option<String>,
    /// Video link.
    pub join_link: Option<String>,
    /// Why it is cancelled, in the clinic's words.
    pub reason: Option<String>,
}

impl From<SessionCard> for SessionView {
    fn from(card: SessionCard) -> Self {
        let session = card.session;
        Self {
            id: session.id,
            kind: session.kind,
            title: session.title,
            status: session.status,
            starts_at: session.start,
            ends_at: session.end,
            clinic_time: card.clinic.into(),
            phone_time: card.phone.map(Into::into),
            mode: session.mode,
            place: session.place,
            join_link: session.join_link,
            reason: session.reason,
        }
    }
}

/// A check-in that is due.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DueView {
    /// The form's id, for `start_check_in`.
    pub form: String,
    /// The form's title.
    pub title: String,
    /// First day of the span it is due in.
    pub since: String,
    /// Last day of that span.
    pub until: String,
}

impl From<DueCheckIn> for DueView {
    fn from(due: DueCheckIn) -> Self {
        Self {
            form: due.form,
            title: due.title,
            since: day(due.since),
            until: day(due.until),
        }
    }
}

/// A plan to read and acknowledge.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanToRead {
    /// Which plan.
    pub kind: super::PlanKind,
    /// Names the revision, for `acknowledge_plan`.
    pub plan: String,
}

/// The home screen.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TodayView {
    /// The date on this phone.
    pub date: String,
    /// Sessions of this day, cancelled ones included.
    pub sessions: Vec<SessionView>,
    /// The next session after this day.
    pub next: Option<SessionView>,
    /// Check-ins due.
    pub check_ins: Vec<DueView>,
    /// Homework that is not done.
    pub homework: Vec<super::HomeworkView>,
    /// A transition plan to read and acknowledge.
    pub plan_to_read: Option<String>,
    /// Every plan that staff wrote and that was not acknowledged.
    pub plans_to_read: Vec<PlanToRead>,
    /// Week of the program, from 1.
    pub week: Option<u32>,
    /// Planned weeks.
    pub weeks: Option<u32>,
    /// Entries that are only on this phone yet.
    pub unsent: u32,
    /// Visits left with the payer that has most of them today; absent when no authorisation holds.
    pub visits_left: Option<f64>,
    /// The clinic's zone, when its clock differs from this phone's now.
    pub other_zone: Option<String>,
    /// This phone's zone.
    pub zone: String,
}

/// Someone to turn to.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanContact {
    /// Name.
    pub name: String,
    /// Therapist, prescriber, sister; may be empty.
    pub role: String,
    /// Number as people dial it; may be empty.
    pub phone: String,
}

/// An appointment after the program.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanAppointment {
    /// What for and with whom.
    pub what: String,
    /// Day, clinic time.
    pub date: String,
    /// Time as people say it; may be empty.
    pub time: String,
    /// Where; may be empty.
    pub place: String,
}

/// A medicine.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanMedicine {
    /// Name.
    pub name: String,
    /// How much and when; may be empty.
    pub how: String,
    /// What for; may be empty.
    pub why: String,
}

/// One revision of the transition plan.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanView {
    /// Names the revision.
    pub id: String,
    /// When it was written.
    pub at: i64,
    /// Who wrote it; absent for the patient.
    pub by: Option<String>,
    /// It is or was the plan; otherwise a proposal.
    pub accepted: bool,
    /// When the patient acknowledged it.
    pub acknowledged_at: Option<i64>,
    /// Signs that things get worse.
    pub warning_signs: Vec<String>,
    /// What helps.
    pub what_helps: Vec<String>,
    /// People who help.
    pub people: Vec<PlanContact>,
    /// Those who take over.
    pub providers: Vec<PlanContact>,
    /// Appointments made.
    pub appointments: Vec<PlanAppointment>,
    /// Medicines.
    pub medicines: Vec<PlanMedicine>,
}

/// The transition plan with its history.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanPage {
    /// The plan that holds.
    pub current: Option<PlanView>,
    /// Everything written, newest first.
    pub history: Vec<PlanView>,
    /// Days on which the program calls after discharge.
    pub follow_ups: Vec<String>,
}

impl PlanPage {
    pub(crate) fn new(chart: &Chart, library: &Library) -> Self {
        let plans = chart.transition_plan();
        let current = plans.current.map(|fact| fact.id);
        let mut history: Vec<_> = plans
            .revisions
            .iter()
            .map(|revision| plan_view(revision.fact, revision.accepted, chart, library))
            .collect();
        history.reverse();
        let current = current.map(|id| id.to_string());
        let discharged = chart.discharge().map(|discharge| discharge.value.date);
        let follow_ups = discharged.and_then(|date| program::follow_ups(date).ok());
        Self {
            current: history
                .iter()
                .find(|plan| Some(&plan.id) == current.as_ref())
                .cloned(),
            history,
            follow_ups: follow_ups.into_iter().flatten().map(day).collect(),
        }
    }
}

fn plan_view(
    fact: &Fact<TransitionPlan>,
    accepted: bool,
    chart: &Chart,
    library: &Library,
) -> PlanView {
    let plan = &fact.value;
    PlanView {
        id: fact.id.to_string(),
        at: fact.at,
        by: fact.staff.map(|staff| library.staff_name(staff)),
        accepted,
        acknowledged_at: chart.acknowledged(fact.id),
        warning_signs: plan.warning_signs.clone(),
        what_helps: plan.what_helps.clone(),
        people: plan.people.iter().map(contact).collect(),
        providers: plan.providers.iter().map(contact).collect(),
        appointments: plan
            .appointments
            .iter()
            .map(|one| PlanAppointment {
                what: one.what.clone(),
                date: day(one.date),
                time: one.time.clone(),
                place: one.place.clone(),
            })
            .collect(),
        medicines: plan
            .medicines
            .iter()
            .map(|one| PlanMedicine {
                name: one.name.clone(),
                how: one.how.clone(),
                why: one.why.clone(),
            })
            .collect(),
    }
}

fn contact(contact: &plan::Contact) -> PlanContact {
    PlanContact {
        name: contact.name.clone(),
        role: contact.role.clone(),
        phone: contact.phone.clone(),
    }
}

/// An education piece in a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EducationItem {
    /// Names the piece.
    pub slug: String,
    /// Title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Minutes to read.
    pub minutes: u32,
    /// The clinic chose it for this family member.
    pub chosen: bool,
}

/// An education piece.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EducationPiece {
    /// Names the piece.
    pub slug: String,
    /// Title.
    pub title: String,
    /// `CommonMark` without HTML; the shell renders it.
    pub markdown: String,
}
