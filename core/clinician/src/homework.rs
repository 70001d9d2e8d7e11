//! Giving homework and publishing skills.
//!
//! Owns what both need of the library and the timetable. Refuses homework that a phone could not show: an
//! unknown skill, reading or session, and a worksheet filled in beforehand with what does not fit it.

use handrail_care::caseload::clinic_date;
use handrail_care::due::date_at;
use handrail_care::entry::Body;
use handrail_care::homework::Assigned;
use handrail_care::id::Id;
use handrail_care::reminder::Language;
use handrail_care::sessions::sessions;
use handrail_care::skill::{Group, Skill, SkillForm, SkillPublished};
use serde::Serialize;

use crate::act::{ActError, Done};
use crate::clinician::{Clinician, mailbox_of};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How far ahead a session may be that homework is due before.
const AHEAD_DAYS: i64 = 200;

/// A skill in a list to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct SkillLine {
    /// Names it, for homework.
    pub id: String,
    /// What it is for.
    pub group: Group,
    /// The same in words.
    pub group_title: String,
    /// Practice or worksheet.
    pub form: SkillForm,
    /// Title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Patients have it only as homework.
    pub assigned_only: bool,
}

impl Clinician {
    /// Gives homework. On days of the week the first day is today where none is named, and their number is
    /// counted here; due before a session, the last day is that session's.
    pub(crate) fn assign_homework(
        &mut self,
        patient: Id,
        mut homework: Assigned,
        now: i64,
    ) -> Result<Done, ActError> {
        let chart = self.charts.get(&patient).ok_or(ActError::PatientUnknown)?;
        if let Some(id) = &homework.before_session {
            let until = now.saturating_add(AHEAD_DAYS * DAY_MS);
            let coming = sessions(chart, &self.library, now, until);
            let named = coming
                .iter()
                .find(|session| session.id == *id && session.rings())
                .ok_or(ActError::NotFound)?;
            homework.due = date_at(named.start, &named.time_zone);
        }
        if !homework.weekdays.is_empty() {
            let today = clinic_date(&self.library, now);
            homework.from.get_or_insert(today);
            let days = homework.days_until(homework.due).len();
            homework.times = u32::try_from(days).unwrap_or(u32::MAX);
        }
        homework.check().map_err(|_| ActError::OutOfRange)?;
        if let Some(id) = &homework.skill {
            let skills = self.library.skills(Language::English);
            let skill = skills.iter().find(|skill| skill.id == *id);
            skill
                .ok_or(ActError::NotFound)?
                .check_values(&homework.given, false)
                .map_err(|_| ActError::OutOfRange)?;
        }
        if let Some(slug) = &homework.reading {
            let pieces = self.library.education();
            if !pieces.iter().any(|piece| piece.slug == *slug) {
                return Err(ActError::NotFound);
            }
        }
        self.put(mailbox_of(patient), &Body::HomeworkAssigned(homework), now)
    }

    /// Publishes, changes or retires a skill of the clinic's own.
    pub(crate) fn publish_skill(
        &mut self,
        skill: SkillPublished,
        now: i64,
    ) -> Result<Done, ActError> {
        skill.check().map_err(|_| ActError::SkillRefused)?;
        self.put(self.own.library, &Body::Skill(skill), now)
    }

    /// Every skill that can be given, by what it is for.
    pub fn skills(&self) -> Vec<SkillLine> {
        let skills = self.library().skills(Language::English).into_iter();
        skills
            .map(|skill| SkillLine {
                id: skill.id.clone(),
                group: skill.group,
                group_title: skill.group.title(Language::English).to_owned(),
                form: skill.form,
                title: skill.title.clone(),
                summary: skill.summary.clone(),
                assigned_only: skill.assigned_only,
            })
            .collect()
    }

    /// One skill, also one that the clinic retired.
    pub fn skill(&self, id: &str) -> Option<&Skill> {
        self.library().skill(id, Language::English)
    }
}

#[cfg(test)]
mod tests;
