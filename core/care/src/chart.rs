//! The fold: from the entries of a care mailbox to what is so.
//!
//! A chart is a set of facts kept by entry id with the place each has in the mailbox. Whatever
//! order facts arrive in, and however often, the chart is the same; questions about order ("which
//! plan holds?") are answered from the places when they are asked. An entry that is not yet at the
//! clinic has no place and counts as last; when it is acknowledged it is applied again with its
//! place.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::checkin::{self, Answers, CheckInResult, Context};
use crate::entry::{Author, Body, Class, Entry, EntryError, may_write};
use crate::family::{Item, Shared};
use crate::homework::{Assigned, Logged};
use crate::id::Id;
use crate::patient::{CheckInWritten, Device, Discharged, Enrolled, Stage};
use crate::plan::TransitionPlan;
use crate::program::OwnSession;
use crate::roster::FamilyMember;

/// Where an entry stands in its mailbox: its sequence number and when the clinic received it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Sequence number; `u64::MAX` while the clinic does not have it.
    pub seq: u64,
    /// When the clinic's server stored it, epoch milliseconds.
    pub received: Option<i64>,
}

impl Place {
    /// Still only on this phone.
    pub const UNSENT: Self = Self {
        seq: u64::MAX,
        received: None,
    };

    /// In the mailbox.
    pub fn at(seq: u64, received: i64) -> Self {
        Self {
            seq,
            received: Some(received),
        }
    }
}

/// A fact with what every fact has.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact<T> {
    /// The entry.
    pub id: Id,
    /// When it was written, epoch milliseconds.
    pub at: i64,
    /// The author's zone then.
    pub zone: String,
    /// The author: a phone or a staff member.
    pub by: Id,
    /// The staff member who signed it.
    pub staff: Option<Id>,
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub value: T,
}

impl<T> Fact<T> {
    /// Newer facts compare greater: place, then time, then id.
    fn order(&self) -> (u64, i64, Id) {
        (self.place.seq, self.at, self.id)
    }
}

/// What [`Chart::apply`] did with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It is part of the chart.
    Folded,
    /// A kind of a newer app: kept in the mailbox, not part of the chart.
    Unknown,
    /// Its author may not write this kind here: quarantined.
    NotAllowed,
    /// Its body is not what its kind says: quarantined.
    Malformed,
}

/// A check-in: one or two entries.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckIn {
    /// Names the check-in.
    pub id: Id,
    /// The entry with the newest stage.
    pub last: Fact<CheckInWritten>,
    /// The entry written at the safety item, when both exist.
    pub safety: Option<Fact<CheckInWritten>>,
    /// Scored from the newest stage; absent for a form that this build does not ship.
    pub result: Option<CheckInResult>,
}

impl CheckIn {
    /// The answers as they stand.
    pub fn answers(&self) -> &Answers {
        &self.last.value.answers
    }

    /// Written to the end.
    pub fn is_complete(&self) -> bool {
        self.last.value.stage == Stage::Complete
    }

    /// Its entries, oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &Fact<CheckInWritten>> {
        self.safety.iter().chain(std::iter::once(&self.last))
    }
}

/// A revision of the transition plan and how it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Revision<'a> {
    /// The revision.
    pub fact: &'a Fact<TransitionPlan>,
    /// It was, or is, the plan; otherwise it is a proposal.
    pub accepted: bool,
}

/// The transition plan with its history.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanHistory<'a> {
    /// The plan that holds.
    pub current: Option<&'a Fact<TransitionPlan>>,
    /// Everything written, oldest first.
    pub revisions: Vec<Revision<'a>>,
}

/// Facts by entry id.
type Facts<T> = BTreeMap<Id, Fact<T>>;

/// All that was written under one key; the newest holds. Every version stays, since a place that
/// arrives later can change which one is newest.
type Versions<K, T> = BTreeMap<K, Facts<T>>;

/// One patient's care mailbox, or one family mailbox, folded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    devices: Versions<Id, Device>,
    lost: BTreeMap<Id, Id>,
    erased: BTreeMap<Id, Id>,
    check_in_entries: Versions<(Id, Stage), CheckInWritten>,
    results: BTreeMap<Id, Option<CheckInResult>>,
    assigned: Facts<Assigned>,
    withdrawn: BTreeMap<Id, i64>,
    logged: Facts<Logged>,
    plans: Facts<TransitionPlan>,
    acknowledged: BTreeMap<Id, i64>,
    opened: BTreeMap<Id, BTreeMap<Id, i64>>,
    enrolled: Facts<Enrolled>,
    discharged: Facts<Discharged>,
    own_sessions: Versions<Id, OwnSession>,
    family: Versions<Id, FamilyMember>,
    shared: Facts<Shared>,
    unshared: BTreeMap<Id, i64>,
    unknown: BTreeSet<Id>,
}

impl Chart {
    /// Folds one entry. `author` is what the seal proves; `class` the mailbox's.
    pub fn apply(&mut self, class: Class, entry: &Entry, author: Author, place: Place) -> Applied {
        if !may_write(class, author, &entry.kind) {
            return Applied::NotAllowed;
        }
        let body = match entry.body() {
            Ok(Some(body)) => body,
            Ok(None) => {
                self.unknown.insert(entry.id);
                return Applied::Unknown;
            }
            Err(EntryError::BadBody | EntryError::Malformed | EntryError::UnknownVersion) => {
                return Applied::Malformed;
            }
        };
        self.fold(entry, author, place, body);
        Applied::Folded
    }

    fn fold(&mut self, entry: &Entry, author: Author, place: Place, body: Body) {
        let id = entry.id;
        macro_rules! fact {
            ($value:expr) => {
                Fact {
                    id,
                    at: entry.at,
                    zone: entry.zone.clone(),
                    by: entry.by,
                    staff: author.staff(),
                    place,
                    value: $value,
                }
            };
        }
        match body {
            Body::Device(device) => {
                keep(
                    self.devices.entry(device.device).or_default(),
                    fact!(device),
                );
            }
            Body::DeviceLost(lost) => {
                self.lost.insert(lost.device, id);
            }
            Body::Erase(erased) => {
                self.erased.insert(erased.entry, id);
            }
            Body::CheckIn(written) => self.fold_check_in(fact!(written)),
            Body::HomeworkAssigned(assigned) => keep(&mut self.assigned, fact!(assigned)),
            Body::HomeworkWithdrawn(withdrawn) => {
                earliest(&mut self.withdrawn, withdrawn.homework, entry.at)
            }
            Body::HomeworkLogged(logged) => keep(&mut self.logged, fact!(logged)),
            Body::TransitionPlan(plan) => keep(&mut self.plans, fact!(plan)),
            Body::PlanAcknowledged(read) => earliest(&mut self.acknowledged, read.plan, entry.at),
            Body::Opened(opened) => {
                let Some(staff) = author.staff() else { return };
                for of in opened.entries {
                    earliest(self.opened.entry(of).or_default(), staff, entry.at);
                }
            }
            Body::Enrolled(enrolled) => keep(&mut self.enrolled, fact!(enrolled)),
            Body::Discharged(discharged) => keep(&mut self.discharged, fact!(discharged)),
            Body::OwnSession(session) => {
                keep(
                    self.own_sessions.entry(session.id).or_default(),
                    fact!(session),
                );
            }
            Body::FamilyMember(member) => {
                keep(
                    self.family.entry(member.mailbox).or_default(),
                    fact!(member),
                );
            }
            Body::Shared(shared) => keep(&mut self.shared, fact!(shared)),
            Body::SharedWithdrawn(withdrawn) => {
                earliest(&mut self.unshared, withdrawn.share, entry.at)
            }
            // Kinds of the clinic's own mailboxes: may_write refuses them here.
            _ => {}
        }
    }

    fn fold_check_in(&mut self, fact: Fact<CheckInWritten>) {
        let of = fact.value.of;
        let stage = fact.value.stage;
        keep(self.check_in_entries.entry((of, stage)).or_default(), fact);
        let newest = self
            .stage(of, Stage::Complete)
            .or_else(|| self.stage(of, Stage::Safety));
        if let Some(newest) = newest {
            let written = &newest.value;
            let result = checkin::form(&written.form).map(|form| {
                checkin::check_in_result(form, &written.answers, Context::default(), None, None)
            });
            self.results.insert(of, result);
        }
    }

    fn stage(&self, of: Id, stage: Stage) -> Option<&Fact<CheckInWritten>> {
        newest(self.check_in_entries.get(&(of, stage))?)
    }

    /// Entries of kinds this build does not know.
    pub fn unknown(&self) -> usize {
        self.unknown.len()
    }

    /// Phones that named their keys, those cut off left out.
    pub fn devices(&self) -> impl Iterator<Item = &Fact<Device>> {
        self.devices
            .iter()
            .filter(|(device, _)| !self.lost.contains_key(*device))
            .filter_map(|(_, facts)| newest(facts))
    }

    /// Staff cut this phone off.
    pub fn is_lost(&self, device: Id) -> bool {
        self.lost.contains_key(&device)
    }

    /// A signed entry says that this entry was erased.
    pub fn is_erased(&self, entry: Id) -> bool {
        self.erased.contains_key(&entry)
    }

    /// Check-ins, oldest first by the patient's clock.
    pub fn check_ins(&self) -> Vec<CheckIn> {
        let mut list: Vec<_> = self
            .results
            .keys()
            .filter_map(|of| self.check_in(*of))
            .collect();
        list.sort_by_key(|check_in| (check_in.last.at, check_in.id));
        list
    }

    /// Entries that finish a check-in of this form.
    pub fn completed<'a>(
        &'a self,
        form: &'a str,
    ) -> impl Iterator<Item = &'a Fact<CheckInWritten>> {
        self.check_in_entries
            .iter()
            .filter(|((_, stage), _)| *stage == Stage::Complete)
            .filter_map(|(_, facts)| newest(facts))
            .filter(move |fact| fact.value.form == form)
    }

    /// One check-in.
    pub fn check_in(&self, of: Id) -> Option<CheckIn> {
        let complete = self.stage(of, Stage::Complete);
        let safety = self.stage(of, Stage::Safety);
        let last = complete.or(safety)?.clone();
        Some(CheckIn {
            id: of,
            last,
            safety: complete.and(safety).cloned(),
            result: self.results.get(&of)?.clone(),
        })
    }

    /// Homework that was not taken back, oldest first.
    pub fn homework(&self) -> Vec<&Fact<Assigned>> {
        let mut list: Vec<_> = self
            .assigned
            .values()
            .filter(|fact| !self.withdrawn.contains_key(&fact.id))
            .collect();
        list.sort_by_key(|fact| fact.order());
        list
    }

    /// Tries of one piece of homework, or of all, oldest first.
    pub fn logs(&self, homework: Option<Id>) -> Vec<&Fact<Logged>> {
        let mut list: Vec<_> = self
            .logged
            .values()
            .filter(|fact| homework.is_none() || fact.value.homework == homework)
            .collect();
        list.sort_by_key(|fact| (fact.at, fact.id));
        list
    }

    /// The transition plan: which revision holds and what was only proposed. A patient's revision is
    /// always a proposal; a clinician's is one when its parent no longer held when it arrived.
    pub fn transition_plan(&self) -> PlanHistory<'_> {
        let mut facts: Vec<_> = self.plans.values().collect();
        facts.sort_by_key(|fact| fact.order());
        let mut history = PlanHistory::default();
        for fact in facts {
            let parent_holds = fact.value.parent == history.current.map(|current| current.id);
            let accepted = fact.staff.is_some() && parent_holds;
            if accepted {
                history.current = Some(fact);
            }
            history.revisions.push(Revision { fact, accepted });
        }
        history
    }

    /// When the patient acknowledged this revision.
    pub fn acknowledged(&self, plan: Id) -> Option<i64> {
        self.acknowledged.get(&plan).copied()
    }

    /// Who opened an entry first, and when: the console's signed statement.
    pub fn opened_by(&self, entry: Id) -> Option<(Id, i64)> {
        let by = self.opened.get(&entry)?;
        by.iter()
            .map(|(staff, at)| (*staff, *at))
            .min_by_key(|(staff, at)| (*at, *staff))
    }

    /// This staff member has opened this entry.
    pub fn was_opened(&self, entry: Id) -> bool {
        self.opened.contains_key(&entry)
    }

    /// The enrolment that holds: the newest.
    pub fn enrolment(&self) -> Option<&Fact<Enrolled>> {
        newest(&self.enrolled)
    }

    /// The discharge that holds: the newest, unless an enrolment came after it.
    pub fn discharge(&self) -> Option<&Fact<Discharged>> {
        let discharge = newest(&self.discharged)?;
        let again = self
            .enrolment()
            .is_some_and(|enrolled| enrolled.order() > discharge.order());
        (!again).then_some(discharge)
    }

    /// Own sessions as they stand.
    pub fn own_sessions(&self) -> impl Iterator<Item = &Fact<OwnSession>> {
        self.own_sessions.values().filter_map(newest)
    }

    /// Family members with a mailbox that the patient can share into.
    pub fn family(&self) -> impl Iterator<Item = &Fact<FamilyMember>> {
        self.family.values().filter_map(newest)
    }

    /// Items of a family mailbox shown at `now`: the newest of each item, not withdrawn, not past
    /// its end.
    pub fn shared(&self, now: i64) -> Vec<&Fact<Shared>> {
        let mut newest: BTreeMap<Item, &Fact<Shared>> = BTreeMap::new();
        for fact in self.shared.values() {
            let slot = newest.entry(fact.value.item).or_insert(fact);
            if fact.order() > slot.order() {
                *slot = fact;
            }
        }
        newest
            .into_values()
            .filter(|fact| fact.value.until > now && !self.unshared.contains_key(&fact.id))
            .collect()
    }

    /// The week of the program on `date`, from 1; absent before the first day and after discharge.
    pub fn program_week(&self, date: NaiveDate) -> Option<u32> {
        let enrolled = &self.enrolment()?.value;
        if self
            .discharge()
            .is_some_and(|discharge| discharge.value.date < date)
        {
            return None;
        }
        let days = u32::try_from((date - enrolled.start_date).num_days()).ok()?;
        Some(days / 7 + 1)
    }
}

/// Keeps a fact; the same entry again updates its place, and never loses one.
fn keep<T>(facts: &mut Facts<T>, fact: Fact<T>) {
    match facts.get(&fact.id) {
        Some(old) if old.place.seq <= fact.place.seq => {}
        _ => {
            facts.insert(fact.id, fact);
        }
    }
}

fn newest<T>(facts: &Facts<T>) -> Option<&Fact<T>> {
    facts.values().max_by_key(|fact| fact.order())
}

fn earliest(map: &mut BTreeMap<Id, i64>, key: Id, at: i64) {
    let slot = map.entry(key).or_insert(at);
    *slot = (*slot).min(at);
}
