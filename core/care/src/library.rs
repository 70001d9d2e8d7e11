//! The clinic's library: staff, program and track schedules, education, questionnaires, crisis
//! contacts. Everyone enrolled reads it; only staff writes it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::education::GroupTheme;
use crate::entry::{Body, Entry};
use crate::facts::{Fact, Facts, Versions};
use crate::forms::{CheckInPolicy, ClinicForm};
use crate::id::Id;
use crate::order::InOrder;
use crate::program::schedule::SessionChange;
use crate::program::{ClosedDays, Program, Track, TrackChange};
use crate::reminder::Language;
use crate::skill::SkillPublished;

/// The clinic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Clinic {
    /// Name.
    pub name: String,
    /// IANA zone: "clinic time".
    pub time_zone: String,
    /// Program phone.
    pub phone: String,
    /// When someone answers it, in words.
    pub hours: String,
}

/// What a staff member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Role {
    /// Reads and writes care.
    Clinician,
    /// Names, contacts and attendance only.
    FrontDesk,
    /// A clinician who also admits and removes staff.
    Administrator,
}

/// A staff member: what people see and what the keys prove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Staff {
    /// Digest of the public keys.
    pub id: Id,
    /// Name shown on receipts.
    pub name: String,
    /// "Group therapist".
    pub title: String,
    /// Role, as in the certificate.
    pub role: Role,
    /// Certificate by the clinic's root key, base64url (format: docs/formats.md).
    pub certificate: String,
}

/// A staff member has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffRemoved {
    /// Who.
    pub id: Id,
    /// Removal signed by the clinic's root key, base64url.
    pub removal: String,
}

/// A piece to read. The newest entry with the same slug holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Education {
    /// Names the piece, such as `what-is-an-iop`.
    pub slug: String,
    /// Title.
    pub title: String,
    /// One sentence for lists.
    pub summary: String,
    /// Minutes to read.
    pub minutes: u32,
    /// For family phones too.
    pub family: bool,
    /// Markdown (`CommonMark`, no HTML).
    pub markdown: String,
}

/// A questionnaire the clinic uses: a FHIR R4 Questionnaire, kept as it came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QuestionnairePublished {
    /// The resource.
    #[serde(with = "json_text")]
    pub questionnaire: Box<RawValue>,
    /// Staff's word that the clinic may use this text; without it no phone offers the form. Who and when:
    /// the entry's author and time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<LicenceAcknowledged>,
}

/// JSON inside of an entry: kept letter by letter, packed as one text.
mod json_text {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;
    use serde_json::value::{RawValue, to_raw_value};

    pub fn serialize<S: Serializer>(json: &RawValue, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            json.serialize(s)
        } else {
            s.serialize_str(json.get())
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Box<RawValue>, D::Error> {
        if d.is_human_readable() {
            return Box::deserialize(d);
        }
        // An entry that came as JSON has the values themselves.
        match Value::deserialize(d)? {
            Value::String(text) => RawValue::from_string(text).map_err(D::Error::custom),
            value => to_raw_value(&value).map_err(D::Error::custom),
        }
    }
}

impl PartialEq for QuestionnairePublished {
    fn eq(&self, other: &Self) -> bool {
        (self.questionnaire.get(), &self.licence) == (other.questionnaire.get(), &other.licence)
    }
}

/// What was confirmed when a questionnaire was taken into use (clinical.md section 0, rule 1: texts that
/// are not ours to ship come with the clinic's own licence).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct LicenceAcknowledged {
    /// The words that stood beside the checkbox, 1 to 1,000 bytes.
    pub statement: String,
}

/// One way to get help at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrisisContact {
    /// What people read.
    pub label: String,
    /// `tel:`, `sms:` or `https:` link.
    pub link: String,
    /// What to do after that, such as "press 2 for Spanish"; may be empty.
    #[serde(default)]
    pub note: String,
}

/// Crisis contacts of a place, dated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrisisPack {
    /// Country, ISO 3166-1 alpha-2.
    pub country: String,
    /// Checked on this day, ISO date.
    pub checked: String,
    /// The contacts, most urgent first.
    pub contacts: Vec<CrisisContact>,
}

/// The library folded: what holds now. The order in which entries arrive does not matter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Library {
    clinic: Facts<Clinic>,
    programs: Versions<Id, Program>,
    tracks: Versions<Id, Track>,
    changes: Facts<TrackChange>,
    closed: Versions<Id, ClosedDays>,
    staff: Versions<Id, Staff>,
    removed: BTreeSet<Id>,
    education: Versions<String, Education>,
    themes: Versions<Id, GroupTheme>,
    skills: Versions<(String, Language), SkillPublished>,
    forms: Versions<String, Arc<ClinicForm>>,
    policy: Facts<CheckInPolicy>,
    crisis: Facts<CrisisPack>,
    erased: BTreeSet<Id>,
}

impl Library {
    /// Folds one entry that its author was allowed to write. `seq` is its place in the mailbox,
    /// `u64::MAX` while it has none; applied again with its place, it takes that place.
    pub fn apply(&mut self, seq: u64, entry: &Entry, body: Body) {
        match body {
            Body::Erase(erased) => return self.erase(erased.entry),
            // Like an erasure, a removal stays done.
            Body::StaffRemoved(removed) => {
                self.removed.insert(removed.id);
                return;
            }
            _ if self.is_erased(entry.id) => return,
            _ => {}
        }
        match body {
            Body::Clinic(clinic) => self.clinic.keep(Fact::by_staff(entry, seq, clinic)),
            Body::Program(program) => {
                self.programs
                    .keep(program.id, Fact::by_staff(entry, seq, program));
            }
            Body::Track(track) => self
                .tracks
                .keep(track.id, Fact::by_staff(entry, seq, track)),
            Body::SessionChanged(changed) => {
                self.changes.keep(Fact::by_staff(entry, seq, changed));
            }
            Body::ClosedDays(closed) => {
                self.closed
                    .keep(closed.id, Fact::by_staff(entry, seq, closed));
            }
            Body::Staff(staff) => self.staff.keep(staff.id, Fact::by_staff(entry, seq, staff)),
            Body::Education(piece) => {
                let slug = piece.slug.clone();
                self.education.keep(slug, Fact::by_staff(entry, seq, piece));
            }
            Body::GroupTheme(theme) => {
                self.themes
                    .keep(theme.id, Fact::by_staff(entry, seq, theme));
            }
            // One under the name of a skill that ships is not believed: its cautions are part of it.
            Body::Skill(published) if published.check().is_ok() => {
                let key = (published.skill.id.clone(), published.language);
                self.skills.keep(key, Fact::by_staff(entry, seq, published));
            }
            Body::Questionnaire(published) => {
                if let Ok(form) = ClinicForm::read(&published, entry.id) {
                    let id = form.form().id.clone();
                    self.forms
                        .keep(id, Fact::by_staff(entry, seq, Arc::new(form)));
                }
            }
            Body::CheckInPolicy(policy) => self.policy.keep(Fact::by_staff(entry, seq, policy)),
            Body::CrisisContacts(pack) => self.crisis.keep(Fact::by_staff(entry, seq, pack)),
            _ => {}
        }
    }

    fn erase(&mut self, entry: Id) {
        self.erased.insert(entry);
        self.clinic.erase(entry);
        self.programs.erase(entry);
        self.tracks.erase(entry);
        self.changes.erase(entry);
        self.closed.erase(entry);
        self.staff.erase(entry);
        self.education.erase(entry);
        self.themes.erase(entry);
        self.skills.erase(entry);
        self.forms.erase(entry);
        self.policy.erase(entry);
        self.crisis.erase(entry);
    }

    /// A signed entry says that this entry was erased.
    pub fn is_erased(&self, entry: Id) -> bool {
        self.erased.contains(&entry)
    }

    /// The clinic, once its entry arrived.
    pub fn clinic(&self) -> Option<&Clinic> {
        self.clinic.newest().map(|fact| &fact.value)
    }

    /// Programs by id.
    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        self.programs.each().map(|fact| &fact.value)
    }

    /// Tracks in order of their ids.
    pub fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.tracks.each().map(|fact| &fact.value)
    }

    /// One track.
    pub fn track(&self, id: Id) -> Option<&Track> {
        self.tracks.newest(&id).map(|fact| &fact.value)
    }

    /// Changes to a track's sessions: first what the clinic's closed days cancel, then what staff
    /// changed, oldest first.
    pub fn changes(&self, track: Id) -> Vec<SessionChange> {
        let mut changes = self.closures(track);
        changes.extend(
            self.changes
                .in_order()
                .into_iter()
                .filter(|fact| fact.value.track == track)
                .map(|fact| fact.value.change.clone()),
        );
        changes
    }

    /// Days on which the clinic is closed, by first day; those that are open after all too.
    pub fn closed_days(&self) -> Vec<&ClosedDays> {
        let mut days: Vec<_> = self.closed.each().map(|fact| &fact.value).collect();
        days.order_by_key(|closed| (closed.from, closed.id));
        days
    }

    fn closures(&self, id: Id) -> Vec<SessionChange> {
        let track = self
            .track(id)
            .filter(|track| track.schedule.check().is_ok());
        let Some(schedule) = track.map(|track| &track.schedule) else {
            return Vec::new();
        };
        let (first, end) = (schedule.start_date, schedule.end_date());
        let mut changes = Vec::new();
        for closed in self.closed_days() {
            let days = closed.from.max(first).iter_days();
            let days = days.take_while(|date| *date <= closed.until && *date < end);
            for date in days.filter(|date| closed.closes(id, *date)) {
                changes.extend(
                    schedule
                        .starts_on(date)
                        .map(|start| SessionChange::Cancelled {
                            original_date: date,
                            original_start: Some(start),
                            reason: Some(closed.reason.clone()),
                        }),
                );
            }
        }
        changes
    }

    /// A staff member, those who left included.
    pub fn staff(&self, id: Id) -> Option<&Staff> {
        self.staff.newest(&id).map(|fact| &fact.value)
    }

    /// Staff at work.
    pub fn staff_at_work(&self) -> impl Iterator<Item = &Staff> {
        self.staff
            .each()
            .map(|fact| &fact.value)
            .filter(|staff| !self.removed.contains(&staff.id))
    }

    /// The name on a receipt.
    pub fn staff_name(&self, id: Id) -> String {
        self.staff(id).map_or_else(
            || "someone at the clinic".to_owned(),
            |staff| staff.name.clone(),
        )
    }

    /// Education pieces in the order they were first published.
    pub fn education(&self) -> Vec<&Education> {
        let mut pieces: Vec<_> = self
            .education
            .groups()
            .filter_map(|(_, versions)| Some((versions.oldest()?, versions.newest()?)))
            .collect();
        pieces.order_by_key(|(first, _)| first.order());
        pieces
            .into_iter()
            .map(|(_, newest)| &newest.value)
            .collect()
    }

    /// Group themes that were not taken back, by first day, then id.
    pub fn themes(&self) -> Vec<&GroupTheme> {
        let all = self.themes.each().map(|fact| &fact.value);
        let mut themes: Vec<_> = all.filter(|theme| !theme.withdrawn).collect();
        themes.order_by_key(|theme| (theme.from, theme.id));
        themes
    }

    /// Is the program of this track one whose records 42 CFR part 2 protects? See
    /// [`ProgramKind::is_part_two`](crate::program::ProgramKind::is_part_two).
    pub fn is_part_two(&self, track: Id) -> bool {
        let program = self.track(track).map(|track| track.program);
        program
            .and_then(|id| self.programs.newest(&id))
            .is_some_and(|program| program.value.kind.is_part_two())
    }

    /// A skill of the clinic's own in one language, a retired one too.
    pub(crate) fn published_skill(&self, id: &str, language: Language) -> Option<&SkillPublished> {
        let newest = self.skills.newest(&(id.to_owned(), language));
        newest.map(|fact| &fact.value)
    }

    /// Ids of the clinic's own skills in order, once for each language.
    pub(crate) fn own_skill_ids(&self) -> impl Iterator<Item = &str> {
        self.skills.groups().map(|((id, _), _)| id.as_str())
    }

    /// The clinic's own forms, each in its newest version, in order of their ids.
    pub fn clinic_forms(&self) -> impl Iterator<Item = &ClinicForm> {
        self.forms.each().map(|fact| &*fact.value)
    }

    /// Every version of a clinic's own form, newest first.
    pub(crate) fn versions_of(&self, form: &str) -> Vec<&Arc<ClinicForm>> {
        let all = self
            .forms
            .get(form)
            .map(Facts::in_order)
            .unwrap_or_default();
        all.into_iter().rev().map(|fact| &fact.value).collect()
    }

    /// What the clinic decided about check-ins; the defaults until it decides.
    pub fn policy(&self) -> &CheckInPolicy {
        static DEFAULT: CheckInPolicy = CheckInPolicy::DEFAULT;
        self.policy.newest().map_or(&DEFAULT, |fact| &fact.value)
    }

    /// The clinic's crisis contacts, when it published its own.
    pub fn crisis(&self) -> Option<&CrisisPack> {
        self.crisis.newest().map(|fact| &fact.value)
    }
}

#[cfg(test)]
mod tests;
