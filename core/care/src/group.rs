//! The group page: the people of the next session on one screen, for the ten minutes before it.

use serde::Serialize;

use crate::caseload::{self, CaseloadRow, Clinic, Score};
use crate::chart::Chart;
use crate::due;
use crate::flag::Flag;
use crate::homework::Completion;
use crate::id::Id;
use crate::order::InOrder;
use crate::program::{self, Attendance, OnClock, Session};
use crate::sessions::{Timetable, takes_part};

/// What one person did since the last group.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct GroupMember {
    /// The care mailbox.
    pub patient: Id,
    /// Name.
    pub name: String,
    /// Week of the program.
    pub week: Option<u32>,
    /// Open safety flags.
    pub flags: Vec<Flag>,
    /// Check-ins nobody has opened.
    pub unread: u32,
    /// Check-ins since the last group.
    pub check_ins: u32,
    /// Newest scores.
    pub scores: Vec<Score>,
    /// The newest mood of the daily check-in since the last group.
    pub mood: Option<i64>,
    /// Homework logged since the last group.
    pub homework_done: u32,
    /// Homework that is open or overdue.
    pub homework_open: u32,
    /// What got in the way, in the patient's words, newest first.
    pub obstacles: Vec<String>,
    /// Sessions missed (absent, excused or cancelled late) of those so far.
    pub missed: u32,
    /// Group sessions so far.
    pub held: u32,
    /// Missed the last one.
    pub missed_last: bool,
    /// Marked for this session.
    pub attendance: Option<Attendance>,
    /// Transition plan written and acknowledged.
    pub plan_acknowledged: Option<bool>,
}

/// A session with its people.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct GroupPage {
    /// The track.
    pub track: Id,
    /// The track's name.
    pub track_name: String,
    /// The session: the one going on, or the next.
    pub session: Session,
    /// When it is, on the clinic's clock.
    pub clock: OnClock,
    /// Start of the group before it, epoch milliseconds.
    pub since: Option<i64>,
    /// The same on the clinic's clock.
    pub since_clock: Option<OnClock>,
    /// The people, flags first, then by name.
    pub members: Vec<GroupMember>,
}

/// The next session of each track, soonest first.
pub fn groups<'a>(
    clinic: Clinic<'_>,
    charts: impl Fn(Id) -> Option<&'a Chart>,
    now: i64,
) -> Vec<GroupPage> {
    let timetable = Timetable::of(clinic.library);
    let mut pages: Vec<_> = clinic
        .library
        .tracks()
        .filter_map(|track| page(clinic, &timetable, track, &charts, now))
        .collect();
    pages.order_by_key(|page| (page.session.start, page.track));
    pages
}

fn page<'a>(
    clinic: Clinic<'_>,
    timetable: &Timetable,
    track: &program::Track,
    charts: &impl Fn(Id) -> Option<&'a Chart>,
    now: i64,
) -> Option<GroupPage> {
    let all = timetable.track(track.id).iter();
    let held: Vec<_> = all.filter(|session| session.rings()).collect();
    let next = held.iter().position(|session| session.end > now)?;
    let session = held[next];
    let before = &held[..next];
    let since = before.last().map(|session| session.start);
    let mut members: Vec<_> = clinic
        .roster
        .people()
        .into_iter()
        .filter_map(|person| Some((person, charts(person.care)?)))
        .filter(|(_, chart)| takes_part(chart, track.id, session))
        .map(|(person, chart)| {
            let row = caseload::row_by(clinic, timetable, person, chart, now);
            let before: Vec<_> = before
                .iter()
                .copied()
                .filter(|session| takes_part(chart, track.id, session))
                .collect();
            member(clinic, row, chart, &before, session, since, now)
        })
        .collect();
    // Stable: people come by name already.
    members.order_by_key(|member| member.flags.is_empty());
    Some(GroupPage {
        track: track.id,
        track_name: track.name.clone(),
        clock: OnClock::of(&session.time_zone, session.start, session.end).ok()?,
        session: session.clone(),
        since,
        since_clock: before
            .last()
            .and_then(|before| OnClock::of(&before.time_zone, before.start, before.end).ok()),
        members,
    })
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// `before` are the group sessions of this patient so far, oldest first.
fn member(
    clinic: Clinic<'_>,
    row: CaseloadRow,
    chart: &Chart,
    before: &[&Session],
    session: &Session,
    since: Option<i64>,
    now: i64,
) -> GroupMember {
    let today = caseload::clinic_date(clinic.library, now);
    let since = since.unwrap_or(i64::MIN);
    let mut check_ins = chart.check_ins();
    check_ins.retain(|check_in| check_in.last.at >= since);
    let mut logs = chart.logs(None);
    logs.retain(|log| log.at >= since);
    let attended: Vec<_> = before
        .iter()
        .map(|session| clinic.roster.attendance(row.patient, &session.id))
        .collect();
    let is_missed =
        |attendance: &Option<Attendance>| attendance.is_some_and(|attendance| !attendance.there());
    let plan = chart.transition_plan().current.map(|plan| plan.id);
    GroupMember {
        check_ins: count(check_ins.len()),
        mood: check_ins
            .iter()
            .rev()
            .find_map(|check_in| match check_in.answers().get("mood")? {
                crate::checkin::Answer::Value(mood) => Some(*mood),
                _ => None,
            }),
        homework_done: count(
            logs.iter()
                .filter(|log| log.value.completion != Completion::Not)
                .count(),
        ),
        homework_open: count(
            due::homework(chart, clinic.library, today)
                .iter()
                .filter(|homework| homework.done < homework.times)
                .count(),
        ),
        obstacles: logs
            .iter()
            .rev()
            .filter_map(|log| log.value.obstacle.clone())
            .filter(|obstacle| !obstacle.trim().is_empty())
            .collect(),
        missed: count(attended.iter().filter(|a| is_missed(a)).count()),
        held: count(attended.len()),
        missed_last: attended.last().is_some_and(is_missed),
        attendance: clinic.roster.attendance(row.patient, &session.id),
        plan_acknowledged: plan.map(|plan| chart.acknowledged(plan).is_some()),
        patient: row.patient,
        name: row.name,
        week: row.week,
        flags: row.flags,
        unread: row.unread,
        scores: row.scores,
    }
}

#[cfg(test)]
mod tests;
