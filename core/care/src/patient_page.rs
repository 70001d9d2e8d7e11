//! Everything a clinician sees of one patient.

use chrono::NaiveDate;
use serde::Serialize;

use crate::caseload::{self, CaseloadRow, Clinic};
use crate::chart::{Chart, CheckIn, Fact};
use crate::checkin::{self, ScoringFacts};
use crate::consent;
use crate::due::{self, HomeworkState};
use crate::flag::{self, Flag};
use crate::homework::{Completion, Logged, Prompt};
use crate::id::Id;
use crate::library::Library;
use crate::plan::TransitionPlan;
use crate::program::{self, Attendance, OnClock, OwnSession, Session};
use crate::reminder::Language;
use crate::sessions;
use crate::skill::effects::{SkillEffect, skill_effects};
use crate::skill::values::{self, ValueLine};
use crate::trend::{self, Trend};
use crate::visits::{self, VisitsPage};

/// One answered item.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct AnswerLine {
    /// linkId.
    pub item: String,
    /// The item as the patient read it.
    pub text: String,
    /// The answer as the patient read it; absent when left out.
    pub answer: Option<String>,
    /// This is a safety item.
    pub safety: bool,
}

/// One check-in.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct CheckInView {
    /// Names the check-in.
    pub id: Id,
    /// The questionnaire's id.
    pub form: String,
    /// The questionnaire's title.
    pub title: String,
    /// When it was written, epoch milliseconds.
    pub at: i64,
    /// The patient's zone then.
    pub zone: String,
    /// When it reached the clinic, epoch milliseconds.
    pub received: Option<i64>,
    /// Written to the end.
    pub complete: bool,
    /// `complete`, `prorated`, `incomplete`, or absent for a form without a score.
    #[cfg_attr(
        feature = "web",
        tsify(type = "'complete' | 'prorated' | 'incomplete' | 'inconsistent' | 'error' | null")
    )]
    pub status: Option<checkin::Status>,
    /// The total.
    pub total: Option<f64>,
    /// The severity word.
    pub severity: Option<String>,
    /// A safety item was answered above its threshold.
    pub safety_positive: bool,
    /// Every item.
    pub answers: Vec<AnswerLine>,
    /// The note, when there is one.
    pub note: Option<String>,
    /// Opened first by this person.
    pub opened_by: Option<String>,
    /// Opened first at, epoch milliseconds.
    pub opened_at: Option<i64>,
}

/// One try of homework, or of a skill that nobody assigned.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct LogView {
    /// The homework, when it was assigned.
    pub homework: Option<Id>,
    /// The skill practised.
    pub skill: Option<String>,
    /// The skill's title.
    pub skill_title: Option<String>,
    /// When it was logged, epoch milliseconds.
    pub at: i64,
    /// When it was practised, epoch milliseconds.
    pub practised_at: i64,
    /// What made the patient use it.
    pub prompt: Option<Prompt>,
    /// What set the feeling or the urge off.
    pub trigger: Option<String>,
    /// How far it went.
    pub completion: Completion,
    /// SUDS before.
    pub distress_before: Option<u8>,
    /// SUDS after.
    pub distress_after: Option<u8>,
    /// Urge before, 0 to 10.
    pub urge_before: Option<u8>,
    /// Urge after.
    pub urge_after: Option<u8>,
    /// Helpfulness 0 to 4.
    pub helpfulness: Option<u8>,
    /// Minutes.
    pub minutes: Option<u32>,
    /// What got in the way.
    pub obstacle: Option<String>,
    /// A note.
    pub note: Option<String>,
    /// What was filled into the skill's own fields, in words.
    pub lines: Vec<ValueLine>,
    /// It tells of self-harm (clinical.md, section 3, chain analysis).
    pub safety: bool,
}

/// One revision of the transition plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PlanView {
    /// The revision.
    pub id: Id,
    /// When, epoch milliseconds.
    pub at: i64,
    /// Who wrote it: a staff member's name, or "the patient".
    pub by: String,
    /// It is the plan now.
    pub current: bool,
    /// It never was the plan: a proposal for staff to look at.
    pub proposal: bool,
    /// When the patient acknowledged it.
    pub acknowledged_at: Option<i64>,
    /// What it says.
    pub plan: TransitionPlan,
}

/// A session with the mark.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct SessionView {
    /// The session.
    pub session: Session,
    /// When it is, on the clinic's clock.
    pub clock: OnClock,
    /// When it is where the reader is, if that differs.
    pub here: Option<OnClock>,
    /// The patient's own visit behind it, to be changed; absent for sessions of the track.
    pub own: Option<OwnSession>,
    /// What is known of the patient there.
    pub attendance: Option<Attendance>,
}

/// A phone.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct DeviceView {
    /// Digest of its keys.
    pub device: Id,
    /// What the owner calls it.
    pub name: String,
    /// `android`, `ios` or `desktop`.
    pub platform: String,
    /// Enrolled at, epoch milliseconds.
    pub at: i64,
}

/// A family member.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct FamilyView {
    /// Their mailbox.
    pub mailbox: Id,
    /// Name.
    pub name: String,
    /// Sister, partner.
    pub relation: String,
}

/// A note among staff.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct NoteView {
    /// Who wrote it, by name.
    pub by: String,
    /// When, epoch milliseconds.
    pub at: i64,
    /// The note.
    pub text: String,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PatientPage {
    /// What the caseload says.
    pub row: CaseloadRow,
    /// Telephone.
    pub phone: String,
    /// Day of birth, or empty.
    pub born: String,
    /// Clinic zone, for session times.
    pub clinic_zone: String,
    /// All flags, closed ones too, newest first.
    pub flags: Vec<Flag>,
    /// Lines of the chart.
    pub trends: Vec<Trend>,
    /// Check-ins, newest first.
    pub check_ins: Vec<CheckInView>,
    /// Homework, the one due next first.
    pub homework: Vec<HomeworkState>,
    /// Tries, newest first.
    pub logs: Vec<LogView>,
    /// How each skill worked, the best first.
    pub skill_effects: Vec<SkillEffect>,
    /// The transition plan, newest revision first.
    pub plans: Vec<PlanView>,
    /// Calls after discharge: two weeks and two months after the actual day.
    pub follow_ups: Vec<NaiveDate>,
    /// The day in the clinic now.
    pub today: NaiveDate,
    /// Sessions from a week ago to two weeks ahead.
    pub sessions: Vec<SessionView>,
    /// Phones.
    pub devices: Vec<DeviceView>,
    /// Family members with a mailbox.
    pub family: Vec<FamilyView>,
    /// Notes among staff, newest first.
    pub notes: Vec<NoteView>,
    /// When the patient first said to have read that nobody watches around the clock, in the words that hold
    /// now; absent: not yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "web", tsify(optional))]
    pub consented_at: Option<i64>,
    /// What was said about the patient for scoring.
    #[serde(skip_serializing_if = "ScoringFacts::is_empty")]
    #[cfg_attr(feature = "web", tsify(optional))]
    pub scoring: ScoringFacts,
    /// Visits: by payer, this week, what to do.
    pub visits: VisitsPage,
}

fn session_view(
    clinic: Clinic<'_>,
    patient: Id,
    chart: &Chart,
    session: Session,
    reader_zone: &str,
) -> Option<SessionView> {
    let clock = OnClock::of(&session.time_zone, session.start, session.end).ok()?;
    let here = OnClock::of(reader_zone, session.start, session.end).ok();
    let differs = |here: &OnClock| (here.date, here.start) != (clock.date, clock.start);
    Some(SessionView {
        here: here.filter(differs),
        own: chart
            .own_sessions()
            .find(|fact| fact.value.id.to_string() == session.id)
            .map(|fact| fact.value.clone()),
        attendance: clinic.roster.attendance(patient, &session.id),
        clock,
        session,
    })
}

/// The page of one patient of the roster. `reader_zone` is the zone of whoever looks at it.
pub fn patient_page(
    clinic: Clinic<'_>,
    patient: Id,
    chart: &Chart,
    reader_zone: &str,
    now: i64,
) -> Option<PatientPage> {
    const DAY: i64 = 24 * 3600 * 1000;
    let person = clinic.roster.person(patient)?;
    let library = clinic.library;
    let today = caseload::clinic_date(library, now);
    let mut check_ins: Vec<_> = chart
        .check_ins()
        .into_iter()
        .map(|check_in| view(clinic, chart, check_in))
        .collect();
    check_ins.reverse();
    Some(PatientPage {
        row: caseload::row(clinic, person, chart, now),
        phone: person.phone.clone(),
        born: person.born.clone(),
        clinic_zone: library
            .clinic()
            .map_or_else(|| "UTC".to_owned(), |clinic| clinic.time_zone.clone()),
        flags: flag::flags(patient, chart, clinic.team, library),
        trends: trend::trends(chart, library, today),
        check_ins,
        homework: due::homework(chart, library, today),
        logs: logs(chart, library),
        skill_effects: skill_effects(chart, library, Language::English),
        plans: plans(clinic, chart),
        follow_ups: chart
            .discharge()
            .and_then(|discharge| program::follow_ups(discharge.value.date).ok())
            .map(Vec::from)
            .unwrap_or_default(),
        sessions: sessions::sessions(chart, library, now - 7 * DAY, now + 14 * DAY)
            .into_iter()
            .filter_map(|session| session_view(clinic, patient, chart, session, reader_zone))
            .collect(),
        today,
        devices: chart
            .devices()
            .map(|fact| DeviceView {
                device: fact.value.device,
                name: fact.value.name.clone(),
                platform: fact.value.platform.clone(),
                at: fact.at,
            })
            .collect(),
        family: clinic
            .roster
            .family_of(patient)
            .map(|member| FamilyView {
                mailbox: member.mailbox,
                name: member.name.clone(),
                relation: member.relation.clone(),
            })
            .collect(),
        notes: notes(clinic, patient),
        consented_at: chart.consented(consent::VERSION).map(|fact| fact.at),
        scoring: chart.scoring_facts(),
        visits: visits::page::page(clinic, patient, chart, now),
    })
}

fn view(clinic: Clinic<'_>, chart: &Chart, check_in: &CheckIn) -> CheckInView {
    let written = &check_in.last.value;
    let form = clinic.library.form_of(&written.form, &written.version);
    let opened = chart.opened_by(check_in.last.id);
    let result = clinic.library.scored(chart, check_in);
    let result = result.as_deref();
    CheckInView {
        id: check_in.id,
        form: written.form.clone(),
        title: form.map_or_else(|| written.form.clone(), |form| form.title.clone()),
        at: check_in.last.at,
        zone: check_in.last.zone.to_string(),
        received: check_in
            .entries()
            .filter_map(|fact| fact.place.received)
            .min(),
        complete: check_in.is_complete(),
        status: result.map(|result| result.status),
        total: result
            .and_then(|result| result.total)
            .map(checkin::Total::to_f64),
        severity: result.and_then(|result| result.severity).map(str::to_owned),
        safety_positive: check_in.needs_follow_up
            && check_in
                .entries()
                .any(|fact| checkin::any_positive(&clinic.library.safety_of(&fact.value))),
        answers: form
            .map_or_else(
                || plain_answers(check_in),
                |form| answer_lines(form, check_in),
            )
            .into_iter()
            .chain(follow_up_lines(clinic, check_in))
            .collect(),
        note: check_in.answers().get("note").map(checkin::Answer::plain),
        opened_by: opened.map(|(staff, _)| clinic.library.staff_name(staff)),
        opened_at: opened.map(|(_, at)| at),
    }
}

fn answer_lines(form: &checkin::Form, check_in: &CheckIn) -> Vec<AnswerLine> {
    let safety = checkin::safety_items(form);
    form.questions()
        .filter(|item| item.link_id != "note")
        .map(|item| AnswerLine {
            item: item.link_id.clone(),
            text: item.text.clone(),
            answer: check_in
                .answers()
                .get(&item.link_id)
                .map(|answer| item.answer_text(answer)),
            safety: safety.iter().any(|of| of.link_id == item.link_id),
        })
        .collect()
}

/// The questions that followed a positive answer, when they were asked: every one of them, named
/// `FORM/ITEM`. The newest entry with an answer tells.
fn follow_up_lines(clinic: Clinic<'_>, check_in: &CheckIn) -> Vec<AnswerLine> {
    let entries: Vec<_> = check_in.entries().collect();
    let asked = entries
        .iter()
        .rev()
        .filter_map(|fact| fact.value.follow_up.as_ref())
        .find(|asked| !asked.answers.0.is_empty());
    let Some(asked) = asked else {
        return Vec::new();
    };
    let name = |item: &str| format!("{}/{item}", asked.form);
    let Some(form) = clinic.library.form_of(&asked.form, &asked.version) else {
        let given = asked.answers.0.iter();
        return given
            .map(|(item, answer)| AnswerLine {
                item: name(item),
                text: item.to_string(),
                answer: Some(answer.plain()),
                safety: true,
            })
            .collect();
    };
    form.questions()
        .map(|item| AnswerLine {
            item: name(&item.link_id),
            text: item.text.clone(),
            answer: asked
                .answers
                .get(&item.link_id)
                .map(|answer| item.answer_text(answer)),
            safety: true,
        })
        .collect()
}

/// Of a form that this build does not know: each answer as it was given, nothing left out.
fn plain_answers(check_in: &CheckIn) -> Vec<AnswerLine> {
    let given = check_in.answers().0.iter();
    given
        .filter(|(item, _)| *item != "note")
        .map(|(item, answer)| AnswerLine {
            item: item.to_string(),
            text: item.to_string(),
            answer: Some(answer.plain()),
            safety: false,
        })
        .collect()
}

fn logs(chart: &Chart, library: &Library) -> Vec<LogView> {
    let view = |fact: &&Fact<Logged>| log_view(fact, chart, library);
    chart.logs(None).iter().rev().map(view).collect()
}

fn log_view(fact: &Fact<Logged>, chart: &Chart, library: &Library) -> LogView {
    let log = &fact.value;
    let id = chart.skill_of(log);
    let skill = id.and_then(|id| library.skill(id, Language::English));
    LogView {
        homework: log.homework,
        skill: id.map(str::to_owned),
        skill_title: id.map(|id| library.skill_title(id, Language::English).to_owned()),
        at: fact.at,
        practised_at: log.practised_at.unwrap_or(fact.at),
        prompt: log.prompt,
        trigger: log.trigger.clone(),
        completion: log.completion,
        distress_before: log.distress_before,
        distress_after: log.distress_after,
        urge_before: log.urge_before,
        urge_after: log.urge_after,
        helpfulness: log.helpfulness,
        minutes: log.minutes,
        obstacle: log.obstacle.clone(),
        note: log.note.clone(),
        lines: values::lines(skill, &log.values, Language::English),
        safety: skill.is_some_and(|skill| skill.touches_safety(&log.values)),
    }
}

fn notes(clinic: Clinic<'_>, patient: Id) -> Vec<NoteView> {
    let mut notes: Vec<_> = clinic
        .team
        .notes(patient)
        .map(|(note, by, at)| NoteView {
            by: clinic.library.staff_name(*by),
            at: *at,
            text: note.text.clone(),
        })
        .collect();
    notes.reverse();
    notes
}

fn plans(clinic: Clinic<'_>, chart: &Chart) -> Vec<PlanView> {
    let history = chart.transition_plan();
    let current = history.current.map(|plan| plan.id);
    history
        .revisions
        .iter()
        .rev()
        .map(|revision| PlanView {
            id: revision.fact.id,
            at: revision.fact.at,
            by: revision.fact.staff.map_or_else(
                || "the patient".to_owned(),
                |staff| clinic.library.staff_name(staff),
            ),
            current: Some(revision.fact.id) == current,
            proposal: !revision.accepted,
            acknowledged_at: chart.acknowledged(revision.fact.id),
            plan: revision.fact.value.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
