//! Help, apart from everything else: no login, network, enrolment or store, and no waiting for a lock
//! that anything slow may hold.

use std::sync::{Mutex, PoisonError};

use handrail_care::help::{in_language, shipped_in};
use handrail_care::library::{CrisisPack, Library};
use handrail_care::reminder::Language;

use crate::homework::best_skills;
use crate::phone::Phone;
use crate::view::{Help, HelpSkill, ProgramPhone};

/// The contacts that ship with the app for a country (ISO 3166-1 alpha-2), in a language.
pub(crate) fn without_a_phone(country: &str, language: &str) -> Help {
    shipped_in(country, language).map_or_else(Help::default, Help::from)
}

/// What the clinic adds to help, kept beside the store.
#[derive(Default)]
pub(crate) struct HelpFacts(Mutex<Option<Facts>>);

struct Facts {
    crisis: Option<CrisisPack>,
    program: Option<ProgramPhone>,
    /// The patient's best skills in each language.
    skills: Vec<(Language, Vec<HelpSkill>)>,
}

impl HelpFacts {
    /// Takes what an open phone knows.
    pub fn learn(&self, phone: &Phone) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Facts {
            crisis: phone.library.crisis().cloned(),
            program: program_phone(phone, &phone.library),
            skills: best_in_each_language(phone),
        });
    }

    /// Nothing of the clinic stays.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Help for a country: the clinic's own contacts when it published some for it, and its phone.
    pub fn help(&self, country: &str, language: &str) -> Help {
        let facts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut help = without_a_phone(country, language);
        if let Some(facts) = facts.as_ref() {
            if let Some(pack) = facts.crisis.as_ref().filter(|pack| pack.country == country) {
                help = in_language(pack.clone(), language).into();
            }
            help.program.clone_from(&facts.program);
            let language = Language::of(language);
            let best = facts.skills.iter().find(|(known, _)| *known == language);
            help.skills = best.map(|(_, best)| best.clone()).unwrap_or_default();
        }
        help
    }
}

/// The shell's language may change while nothing may be waited for.
fn best_in_each_language(phone: &Phone) -> Vec<(Language, Vec<HelpSkill>)> {
    let Ok(chart) = phone.chart() else {
        return Vec::new();
    };
    let best = |language| (language, best_skills(chart, &phone.library, language));
    Language::ALL.map(best).into()
}

/// The phone of the patient's program, else the clinic's.
pub(crate) fn program_phone(phone: &Phone, library: &Library) -> Option<ProgramPhone> {
    let enrolled = phone.chart().ok().and_then(|chart| chart.enrolment());
    let track = enrolled.and_then(|enrolled| library.track(enrolled.value.track));
    let program = track.and_then(|track| {
        let program = library
            .programs()
            .find(|program| program.id == track.program)?;
        Some(ProgramPhone {
            name: program.name.clone(),
            phone: program.phone.clone(),
            hours: program.hours.clone(),
        })
    });
    program.or_else(|| {
        let clinic = library.clinic()?;
        Some(ProgramPhone {
            name: clinic.name.clone(),
            phone: clinic.phone.clone(),
            hours: clinic.hours.clone(),
        })
    })
}
