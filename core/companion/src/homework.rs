//! Homework, skills and their tries on an open phone.
//!
//! Owns what a try has to be before it is saved, half-filled worksheets (sealed under the local key, so that
//! a kill loses none) and private notes, which stay on this phone and are in no entry. Refuses a skill that
//! only a clinician gives when nobody gave it.

use std::collections::BTreeMap;

use handrail_care::chart::Chart;
use handrail_care::due::{self, HomeworkState, date_at};
use handrail_care::entry::Body;
use handrail_care::homework::{HomeworkError, Logged};
use handrail_care::id::Id;
use handrail_care::library::Library;
use handrail_care::reminder::Language;
use handrail_care::skill::Skill;
use handrail_care::skill::effects::{SkillEffect, best, skill_effects};
use handrail_care::skill::values::{ValueError, lines};
use serde::{Deserialize, Serialize};

use crate::care::id;
use crate::error::CompanionError;
use crate::phone::{DAMAGED, Phone, secret};
use crate::view::{
    HelpSkill, HomeworkTry, HomeworkView, LoggedTry, SkillEffectView, SkillItem, SkillPage,
    TrySaved,
};

/// The setting that holds half-filled tries, by what they are of.
const HALF_DONE: &str = "half-done-tries";
/// Longest private note, in bytes.
const NOTE_BYTES: usize = 4000;

fn private_note_name(entry: Id) -> String {
    format!("private-note/{entry}")
}

/// A try that is not logged yet.
#[derive(Serialize, Deserialize)]
struct HalfDone {
    log: Logged,
    #[serde(default)]
    private_note: Option<String>,
}

/// What a half-filled try is of: homework, else a skill.
fn key_of(homework: Option<Id>, skill: Option<&str>) -> String {
    match (homework, skill) {
        (Some(homework), _) => format!("homework/{homework}"),
        (None, skill) => format!("skill/{}", skill.unwrap_or_default()),
    }
}

fn not_valid(error: &ValueError) -> CompanionError {
    CompanionError::NotValid {
        code: error.to_string(),
        item: error.field.clone(),
    }
}

/// A clinician gave it, now or earlier.
fn was_given(chart: &Chart, skill: &str) -> bool {
    let given = chart.homework();
    given
        .iter()
        .any(|fact| fact.value.skill.as_deref() == Some(skill))
}

/// The patient's own best skills with their words in one language, for help.
pub(crate) fn best_skills(chart: &Chart, library: &Library, language: Language) -> Vec<HelpSkill> {
    let effects = skill_effects(chart, library, language);
    let best = best(&effects, &library.skills(language)).into_iter();
    best.map(|skill| HelpSkill {
        id: skill.id.clone(),
        title: skill.title.clone(),
        summary: skill.summary.clone(),
    })
    .collect()
}

impl Phone {
    fn find_skill(&self, id: &str) -> Result<&Skill, CompanionError> {
        let skill = self.library.skill(id, self.language());
        skill.ok_or(CompanionError::NotFound)
    }

    fn locked(&self, skill: &Skill) -> Result<bool, CompanionError> {
        Ok(skill.assigned_only && !was_given(self.chart()?, &skill.id))
    }

    /// Every skill of the library.
    pub fn skills(&self) -> Result<Vec<SkillItem>, CompanionError> {
        self.care()?;
        let language = self.language();
        let skills = self.library.skills(language).into_iter();
        skills
            .map(|skill| Ok(SkillItem::new(skill, language, self.locked(skill)?)))
            .collect()
    }

    /// One skill.
    pub fn skill(&self, id: &str) -> Result<SkillPage, CompanionError> {
        self.care()?;
        let skill = self.find_skill(id)?;
        let effects = self.effects()?.into_iter();
        let effect = effects.into_iter().find(|effect| effect.skill == skill.id);
        let locked = self.locked(skill)?;
        Ok(SkillPage::new(skill, self.language(), locked, effect))
    }

    fn effects(&self) -> Result<Vec<SkillEffect>, CompanionError> {
        let language = self.language();
        Ok(skill_effects(self.chart()?, &self.library, language))
    }

    /// How each skill worked, the best first.
    pub fn skill_effects(&self) -> Result<Vec<SkillEffectView>, CompanionError> {
        Ok(self.effects()?.into_iter().map(Into::into).collect())
    }

    /// Homework as screens show it.
    pub fn homework_views(&self, list: Vec<HomeworkState>) -> Vec<HomeworkView> {
        let language = self.language();
        list.into_iter()
            .map(|state| {
                let id = state.skill.as_deref();
                let skill = id.and_then(|id| self.library.skill(id, language));
                HomeworkView::new(state, skill, language)
            })
            .collect()
    }

    /// All homework, the one due next first.
    pub fn homework(&self, now: i64) -> Result<Vec<HomeworkView>, CompanionError> {
        let today = date_at(now, &self.zone);
        let list = due::homework(self.chart()?, &self.library, today);
        Ok(self.homework_views(list))
    }

    /// What a try says, held against its homework and its skill. True when it tells of self-harm.
    fn check_try(&self, log: &Logged, now: i64) -> Result<bool, CompanionError> {
        let chart = self.chart()?;
        if let Some(homework) = log.homework
            && !chart.homework().iter().any(|fact| fact.id == homework)
        {
            return Err(CompanionError::NotFound);
        }
        log.check().map_err(CompanionError::not_valid)?;
        log.check_time(now).map_err(CompanionError::not_valid)?;
        let Some(id) = chart.skill_of(log) else {
            if log.values.is_empty() {
                return Ok(false);
            }
            return Err(CompanionError::NotFound);
        };
        let skill = match self.library.skill(id, self.language()) {
            Some(skill) => skill,
            // Homework may name a skill of a clinic's newer app: the common log is good without it.
            None if log.skill.is_none() && log.values.is_empty() => return Ok(false),
            None => return Err(CompanionError::NotFound),
        };
        if self.locked(skill)? {
            return Err(CompanionError::not_valid(HomeworkError::NotAssigned));
        }
        skill
            .check_values(&log.values, log.counts())
            .map_err(|error| not_valid(&error))?;
        Ok(skill.touches_safety(&log.values))
    }

    /// Logs one try. The private note and what was kept half-filled go with it, in one transaction.
    pub fn log_homework(
        &mut self,
        tried: HomeworkTry,
        now: i64,
    ) -> Result<TrySaved, CompanionError> {
        let home = self.care()?;
        let (log, note) = tried.into_log().map_err(|_| CompanionError::NotFound)?;
        let offer_safety_plan = self.check_try(&log, now)?;
        let note = note.filter(|note| !note.trim().is_empty());
        if note.as_ref().is_some_and(|note| note.len() > NOTE_BYTES) {
            return Err(CompanionError::not_valid(HomeworkError::Text));
        }
        let mut half_done = self.half_done()?;
        let was_kept = half_done
            .remove(&key_of(log.homework, log.skill.as_deref()))
            .is_some();
        let kept = was_kept.then(|| self.seal_half_done(&half_done));
        let key = handrail_mailbox::local::LocalKey::from_bytes(&self.key.to_bytes());
        let ids = self.save(home, now, vec![Body::HomeworkLogged(log)], |w, ids| {
            if let Some(kept) = &kept {
                w.set(HALF_DONE, kept)?;
            }
            if let Some(note) = &note {
                let name = private_note_name(ids[0]);
                w.set(&name, &secret::seal_setting(&key, &name, note.as_bytes()))?;
            }
            Ok(())
        })?;
        Ok(TrySaved {
            receipt: ids[0].to_string(),
            offer_safety_plan,
        })
    }

    /// The private note beside an entry of this phone.
    pub fn private_note(&self, entry: Id) -> Result<Option<String>, CompanionError> {
        let plain = secret::setting(&self.store, &self.key, &private_note_name(entry))?;
        let text = |plain: &[u8]| String::from_utf8(plain.to_vec()).map_err(|_| DAMAGED);
        plain.map(|plain| text(&plain)).transpose()
    }

    /// Tries that were logged, oldest first; of one piece of homework, or all.
    pub fn homework_log(&self, homework: Option<&str>) -> Result<Vec<LoggedTry>, CompanionError> {
        let homework = homework.map(id).transpose()?;
        let (chart, language) = (self.chart()?, self.language());
        let logs = chart.logs(homework).into_iter().map(|fact| {
            let log = &fact.value;
            let id = chart.skill_of(log);
            let skill = id.and_then(|id| self.library.skill(id, language));
            let lines = lines(skill, &log.values, language).into_iter();
            Ok(LoggedTry {
                id: fact.id.to_string(),
                at: fact.at,
                tried: HomeworkTry::new(log, self.private_note(fact.id)?),
                skill_title: id.map(|id| self.library.skill_title(id, language).to_owned()),
                lines: lines.map(Into::into).collect(),
                sent: self.sent(fact)?,
            })
        });
        logs.collect()
    }

    fn half_done(&self) -> Result<BTreeMap<String, HalfDone>, CompanionError> {
        let Some(plain) = secret::setting(&self.store, &self.key, HALF_DONE)? else {
            return Ok(BTreeMap::new());
        };
        serde_json::from_slice(&plain).map_err(|_| DAMAGED)
    }

    fn seal_half_done(&self, all: &BTreeMap<String, HalfDone>) -> Vec<u8> {
        let plain = serde_json::to_vec(all).expect("a map of plain structs has text keys");
        let plain = zeroize::Zeroizing::new(plain);
        secret::seal_setting(&self.key, HALF_DONE, &plain)
    }

    /// Keeps a half-filled try of its homework or skill, in place of the one before. Nothing of it is
    /// checked: it is not finished.
    pub fn keep_try(&mut self, tried: HomeworkTry) -> Result<(), CompanionError> {
        self.care()?;
        let (log, private_note) = tried.into_log().map_err(|_| CompanionError::NotFound)?;
        let key = key_of(log.homework, log.skill.as_deref());
        let mut all = self.half_done()?;
        all.insert(key, HalfDone { log, private_note });
        let sealed = self.seal_half_done(&all);
        self.store
            .write(|w| Ok::<_, CompanionError>(w.set(HALF_DONE, &sealed)?))
    }

    /// The half-filled try of a piece of homework, else of a skill.
    pub fn kept_try(
        &self,
        homework: Option<&str>,
        skill: Option<&str>,
    ) -> Result<Option<HomeworkTry>, CompanionError> {
        self.care()?;
        let key = key_of(homework.map(id).transpose()?, skill);
        let kept = self.half_done()?.remove(&key);
        Ok(kept.map(|kept| HomeworkTry::new(&kept.log, kept.private_note)))
    }
}
