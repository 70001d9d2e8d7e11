//! The group page: the people of the next session on one screen, for the ten minutes before it.

use serde::Serialize;

use crate::caseload::{self, CaseloadRow, Clinic, Score};
use crate::chart::Chart;
use crate::due;
use crate::flag::Flag;
use crate::homework::Completion;
use crate::id::Id;
use crate::program::{self, Attendance, Session};

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
    /// Sessions missed (absent or excused) of those so far.
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
    /// Start of the group before it, epoch milliseconds.
    pub since: Option<i64>,
    /// The people, flags first, then by name.
    pub members: Vec<GroupMember>,
}

/// The next session of each track, soonest first.
pub fn groups<'a>(
    clinic: Clinic<'_>,
    charts: impl Fn(Id) -> Option<&'a Chart>,
    now: i64,
) -> Vec<GroupPage> {
    let mut pages: Vec<_> = clinic
        .library
        .tracks()
        .filter_map(|track| page(clinic, track, &charts, now))
        .collect();
    pages.sort_by_key(|page| (page.session.start, page.track));
    pages
}

fn page<'a>(
    clinic: Clinic<'_>,
    track: &program::Track,
    charts: &impl Fn(Id) -> Option<&'a Chart>,
    now: i64,
) -> Option<GroupPage> {
    let changes = clinic.library.changes(track.id);
    let all = program::sessions(track, &changes, None).ok()?.sessions;
    let held: Vec<_> = all.iter().filter(|session| session.rings()).collect();
    let next = held.iter().position(|session| session.end > now)?;
    let session = held[next].clone();
    let since = next.checked_sub(1).map(|before| held[before].start);
    let mut members: Vec<_> = clinic
        .roster
        .people()
        .into_iter()
        .filter_map(|person| Some((person, charts(person.care)?)))
        .filter(|(_, chart)| attends(chart, track.id, &session))
        .map(|(person, chart)| {
            let row = caseload::row(clinic, person.care, &person.name, chart, now);
            member(
                clinic,
                row,
                chart,
                &held[..next],
                &session,
                since.unwrap_or(0),
                now,
            )
        })
        .collect();
    members.sort_by(|a, b| {
        (a.flags.is_empty(), &a.name, a.patient).cmp(&(b.flags.is_empty(), &b.name, b.patient))
    });
    Some(GroupPage {
        track: track.id,
        track_name: track.name.clone(),
        session,
        since,
        members,
    })
}

fn attends(chart: &Chart, track: Id, session: &Session) -> bool {
    chart.enrolment().is_some_and(|fact| {
        fact.value.track == track
            && fact.value.start_date <= session.original_local_date
            && crate::sessions::last_day(chart)
                .is_some_and(|last| session.original_local_date <= last)
    })
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn member(
    clinic: Clinic<'_>,
    row: CaseloadRow,
    chart: &Chart,
    held: &[&Session],
    session: &Session,
    since: i64,
    now: i64,
) -> GroupMember {
    let today = caseload::clinic_date(clinic.library, now);
    let check_ins: Vec<_> = chart
        .check_ins()
        .into_iter()
        .filter(|check_in| check_in.last.at >= since)
        .collect();
    let logs: Vec<_> = chart
        .logs(None)
        .into_iter()
        .filter(|log| log.at >= since)
        .collect();
    let attended: Vec<_> = held
        .iter()
        .filter(|held| attends(chart, row_track(chart), held))
        .map(|held| clinic.roster.attendance(row.patient, &held.id))
        .collect();
    let is_missed = |attendance: &Option<Attendance>| {
        matches!(attendance, Some(Attendance::Absent | Attendance::Excused))
    };
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
            due::homework(chart, today)
                .iter()
                .filter(|homework| homework.done < homework.times)
                .count(),
        ),
        obstacles: logs
            .iter()
            .rev()
            .filter_map(|log| log.value.obstacle.clone())
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

fn row_track(chart: &Chart) -> Id {
    chart
        .enrolment()
        .map_or(Id::default(), |fact| fact.value.track)
}
