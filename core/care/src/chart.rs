//! The fold: from the entries of a care mailbox to what is so.
//!
//! A chart is a set of facts kept by entry id with the place each has in the mailbox. Whatever
//! order facts arrive in, and however often, the chart is the same; questions about order ("which
//! plan holds?") are answered from the places when they are asked. An entry that is not yet at the
//! clinic has no place and counts as last; when it is acknowledged it is applied again with its
//! place.

use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::sync::OnceLock;
use std::{fmt, mem};

use chrono::NaiveDate;

use crate::checkin::{self, Answers, CheckInResult, Context, ScoringFacts};
use crate::consent::Consented;
use crate::ends::{AccountClosing, FamilyNotices, Paused, Resumed};
use crate::entry::{Author, Body, Class, Entry, EntryError, may_write};
pub use crate::facts::{Fact, Place};
use crate::facts::{Facts, Versions};
use crate::family::{EducationChosen, GuestInvited, Item, Shared, Sharing};
use crate::help::HelpAsked;
use crate::homework::{Assigned, Logged};
use crate::id::Id;
use crate::order::InOrder;
use crate::patient::{CheckInWritten, Device, Discharged, Enrolled, Stage};
use crate::plan::Plans;
pub use crate::plan::history::{PlanHistory, Revision};
use crate::program::OwnSession;
use crate::roster::FamilyMember;
use crate::visits::{Authorised, Visit};

/// What [`Chart::apply`] did with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It is part of the chart, or it was erased and is left out of it.
    Folded,
    /// A kind of a newer app: kept in the mailbox, not part of the chart.
    Unknown,
    /// Its author may not write this kind here: quarantined.
    NotAllowed,
    /// Its body is not what its kind says: quarantined.
    Malformed,
}

/// A check-in: its entries and what they come to.
#[derive(Clone)]
pub struct CheckIn {
    /// Names the check-in.
    pub id: Id,
    /// The entry that holds: the newest one written at the end, else the newest one written at the
    /// safety item.
    pub last: Fact<CheckInWritten>,
    /// The entries before that one, oldest first: those written at the safety item, and any that was
    /// revised. An answer once given to a safety item stays in sight here.
    pub before: Vec<Fact<CheckInWritten>>,
    /// A safety item was positive or unanswered in any of the entries, or their form is none that ships:
    /// then only the clinic's library can tell.
    pub needs_follow_up: bool,
    /// Scored when somebody first asks: most check-ins of a long history are never looked at again.
    result: OnceLock<Option<CheckInResult>>,
}

/// What equality looks at: whether somebody has asked for the score does not show.
impl fmt::Debug for CheckIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckIn")
            .field("id", &self.id)
            .field("last", &self.last)
            .field("before", &self.before)
            .finish_non_exhaustive()
    }
}

impl PartialEq for CheckIn {
    fn eq(&self, other: &Self) -> bool {
        // Everything else follows from the entries.
        (self.id, &self.last, &self.before) == (other.id, &other.last, &other.before)
    }
}

impl CheckIn {
    fn begin(fact: Fact<CheckInWritten>) -> Self {
        Self::of(fact, Vec::new())
    }

    fn of(last: Fact<CheckInWritten>, before: Vec<Fact<CheckInWritten>>) -> Self {
        let needs_follow_up = needs_follow_up(&last.value)
            || before
                .iter()
                .any(|fact| !judged_with(&last.value, &fact.value) && needs_follow_up(&fact.value));
        Self {
            id: last.value.of,
            last,
            before,
            needs_follow_up,
            result: OnceLock::new(),
        }
    }

    /// Scored from the entry that holds, by itself; absent for a form that this build does not ship
    /// (`Library::result` reads those too).
    pub fn result(&self) -> Option<&CheckInResult> {
        let score = || {
            let written = &self.last.value;
            let form = checkin::form(&written.form)?;
            Some(checkin::check_in_result(
                form,
                &written.answers,
                Context::default(),
                None,
                None,
            ))
        };
        self.result.get_or_init(score).as_ref()
    }

    fn take(&mut self, fact: Fact<CheckInWritten>) {
        if self.set_place(fact.id, fact.place) {
            return;
        }
        let stage = self.last.value.stage;
        if self.before.is_empty() && stage != fact.value.stage {
            let judged = judged_with(&self.last.value, &fact.value);
            self.needs_follow_up |= !judged && needs_follow_up(&fact.value);
            if stage < fact.value.stage {
                self.before.push(mem::replace(&mut self.last, fact));
                self.result = OnceLock::new();
            } else {
                // The entry that holds stays, and with it the result.
                self.before.push(fact);
            }
            return;
        }
        let mut entries = Facts::default();
        for known in self.entries().cloned().chain([fact]) {
            entries.keep(known);
        }
        *self = Self::among(entries).expect("at least the entry that was just kept");
    }

    /// Gives an entry that is here already a better place. False when that could change which entry
    /// holds, or when it is not here.
    fn set_place(&mut self, entry: Id, place: Place) -> bool {
        let stage = |fact: &Fact<CheckInWritten>| fact.value.stage;
        let next = self.entries().skip(1).map(stage);
        if self
            .entries()
            .map(stage)
            .zip(next)
            .any(|(one, next)| one == next)
        {
            return false;
        }
        let known = self.before.iter_mut().chain([&mut self.last]);
        for fact in known {
            if fact.id == entry {
                if place.seq < fact.place.seq {
                    fact.place = place;
                }
                return true;
            }
        }
        false
    }

    /// Without an entry; nothing is left when it was the only one.
    fn without(self, entry: Id) -> Option<Self> {
        let mut entries = Facts::default();
        for known in self.before.into_iter().chain([self.last]) {
            entries.keep(known);
        }
        entries.erase(entry);
        Self::among(entries)
    }

    fn among(entries: Facts<CheckInWritten>) -> Option<Self> {
        let mut entries = entries.into_values();
        entries.order_by_key(|fact| (fact.value.stage, fact.order()));
        let last = entries.pop()?;
        Some(Self::of(last, entries))
    }

    /// The answers as they stand.
    pub fn answers(&self) -> &Answers {
        &self.last.value.answers
    }

    /// Written to the end.
    pub fn is_complete(&self) -> bool {
        self.last.value.stage == Stage::Complete
    }

    /// Its entries, those written at the safety item first, then oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &Fact<CheckInWritten>> {
        self.before.iter().chain(std::iter::once(&self.last))
    }
}

/// The same answers on the same form come to the same.
fn judged_with(one: &CheckInWritten, other: &CheckInWritten) -> bool {
    one.answers == other.answers && one.form == other.form
}

/// A safety item of one entry is positive or unanswered, as far as the forms that ship can tell.
fn needs_follow_up(written: &CheckInWritten) -> bool {
    let form = checkin::form(&written.form);
    form.is_none_or(|form| checkin::needs_follow_up(form, &written.answers))
}

/// One patient's care mailbox, or one family mailbox, folded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    devices: Versions<Id, Device>,
    lost: Versions<Id, ()>,
    erased: Versions<Id, ()>,
    /// Boxed: a new one moves its neighbours in the tree.
    check_ins: BTreeMap<Id, Box<CheckIn>>,
    consented: Facts<Consented>,
    scoring: Facts<ScoringFacts>,
    assigned: Facts<Assigned>,
    withdrawn: Versions<Id, ()>,
    logged: Facts<Logged>,
    plans: Plans,
    opened: Versions<Id, ()>,
    enrolled: Facts<Enrolled>,
    discharged: Facts<Discharged>,
    paused: Facts<Paused>,
    resumed: Facts<Resumed>,
    family_notices: Facts<FamilyNotices>,
    closing: Facts<AccountClosing>,
    authorised: Versions<Id, Authorised>,
    visits: Versions<String, Visit>,
    own_sessions: Versions<Id, OwnSession>,
    family: Versions<Id, FamilyMember>,
    sharings: Versions<(Id, Item), Sharing>,
    sharings_ended: Versions<Id, ()>,
    shared: Facts<Shared>,
    unshared: Versions<Id, Option<u32>>,
    share_opened: Versions<Id, ()>,
    chosen: Facts<EducationChosen>,
    guests: Versions<Id, GuestInvited>,
    consent_withdrawn: Versions<Id, ()>,
    help_asked: Facts<HelpAsked>,
    unknown: BTreeSet<Id>,
    /// Entries of check-ins that the clinic does not have yet, with their check-ins.
    unsent: BTreeMap<Id, Id>,
}

impl Chart {
    /// Folds one entry. `author` is what the seal proves; `class` the mailbox's.
    ///
    /// An erased entry leaves no trace, whether it came before the `erase` entry or after it. What an
    /// `erase` or a `device-lost` entry did stays done, also when that entry is erased itself.
    pub fn apply(&mut self, class: Class, entry: &Entry, author: Author, place: Place) -> Applied {
        if !may_write(class, author, &entry.kind) {
            return Applied::NotAllowed;
        }
        match entry.body() {
            Ok(Some(body)) => {
                self.apply_body(entry, body, author, place);
                Applied::Folded
            }
            Ok(None) => {
                if !self.is_erased(entry.id) {
                    self.unknown.insert(entry.id);
                }
                Applied::Unknown
            }
            Err(EntryError::BadBody | EntryError::Malformed | EntryError::UnknownVersion) => {
                Applied::Malformed
            }
        }
    }

    /// [`Chart::apply`] of an entry whose body the caller has and whose author may write it: its own
    /// entry, just written.
    pub fn apply_body(&mut self, entry: &Entry, body: Body, author: Author, place: Place) {
        let lasting = matches!(body, Body::Erase(_) | Body::DeviceLost(_));
        if lasting || !self.is_erased(entry.id) {
            self.fold(entry, author.staff(), place, body);
        }
    }

    /// The clinic has an entry of this phone that is in the chart already. False when it is none of a
    /// check-in, or not here: then it must be applied again with its place.
    pub fn acknowledge(&mut self, entry: Id, place: Place) -> bool {
        let Some(of) = self.unsent.get(&entry) else {
            return false;
        };
        let placed = self
            .check_ins
            .get_mut(of)
            .is_some_and(|check_in| check_in.set_place(entry, place));
        if placed {
            self.unsent.remove(&entry);
        }
        placed
    }

    fn fold(&mut self, entry: &Entry, staff: Option<Id>, place: Place, body: Body) {
        let mark = || Fact::new(entry, staff, place, ());
        match body {
            Body::Device(device) => {
                self.devices
                    .keep(device.device, Fact::new(entry, staff, place, device));
            }
            Body::DeviceLost(lost) => self.lost.keep(lost.device, mark()),
            Body::Erase(erased) => {
                self.erased.keep(erased.entry, mark());
                self.drop_entry(erased.entry);
            }
            Body::CheckIn(written) => self.fold_check_in(Fact::new(entry, staff, place, written)),
            Body::Consented(read) => self.consented.keep(Fact::new(entry, staff, place, read)),
            Body::ScoringFacts(said) => self.scoring.keep(Fact::new(entry, staff, place, said)),
            Body::HomeworkAssigned(assigned) => {
                self.assigned.keep(Fact::new(entry, staff, place, assigned));
            }
            Body::HomeworkWithdrawn(withdrawn) => self.withdrawn.keep(withdrawn.homework, mark()),
            Body::HomeworkLogged(logged) => {
                self.logged.keep(Fact::new(entry, staff, place, logged));
            }
            Body::Opened(opened) => {
                for of in opened.entries {
                    self.opened.keep(of, mark());
                }
            }
            Body::Enrolled(enrolled) => {
                self.enrolled.keep(Fact::new(entry, staff, place, enrolled));
            }
            Body::Discharged(discharged) => {
                self.discharged
                    .keep(Fact::new(entry, staff, place, discharged));
            }
            Body::Paused(paused) => self.paused.keep(Fact::new(entry, staff, place, paused)),
            Body::Resumed(back) => self.resumed.keep(Fact::new(entry, staff, place, back)),
            Body::FamilyNotices(notices) => {
                self.family_notices
                    .keep(Fact::new(entry, staff, place, notices));
            }
            Body::Authorised(one) => {
                self.authorised
                    .keep(one.id, Fact::new(entry, staff, place, one));
            }
            Body::Visit(visit) => {
                self.visits
                    .keep(visit.session.clone(), Fact::new(entry, staff, place, visit));
            }
            Body::OwnSession(session) => {
                self.own_sessions
                    .keep(session.id, Fact::new(entry, staff, place, session));
            }
            Body::FamilyMember(member) => {
                self.family
                    .keep(member.mailbox, Fact::new(entry, staff, place, member));
            }
            Body::HelpAsked(asked) => {
                self.help_asked.keep(Fact::new(entry, staff, place, asked));
            }
            Body::Shared(shared) => self.shared.keep(Fact::new(entry, staff, place, shared)),
            Body::Sharing(sharing) => {
                let key = (sharing.mailbox, sharing.item);
                self.sharings
                    .keep(key, Fact::new(entry, staff, place, sharing));
            }
            Body::SharingEnded(ended) => self.sharings_ended.keep(ended.sharing, mark()),
            Body::SharedWithdrawn(withdrawn) => {
                self.unshared.keep(
                    withdrawn.sharing,
                    Fact::new(entry, staff, place, withdrawn.closes),
                );
            }
            Body::SharedOpened(opened) => self.share_opened.keep(opened.share, mark()),
            Body::EducationChosen(chosen) => {
                self.chosen.keep(Fact::new(entry, staff, place, chosen));
            }
            Body::GuestInvited(guest) => {
                self.guests
                    .keep(guest.id, Fact::new(entry, staff, place, guest));
            }
            Body::ConsentWithdrawn(withdrawn) => {
                self.consent_withdrawn.keep(withdrawn.mailbox, mark());
            }
            Body::AccountClosing(closing) => {
                self.closing.keep(Fact::new(entry, staff, place, closing));
            }
            // All about plans. Kinds of the clinic's own mailboxes end here too, where may_write did not
            // refuse them, and are not kept.
            body => self.plans.keep(entry, staff, place, body),
        }
    }

    /// Everything that an entry said goes, except `erase` and `device-lost`.
    fn drop_entry(&mut self, entry: Id) {
        self.devices.erase(entry);
        let of = self
            .check_ins
            .values()
            .find(|check_in| check_in.entries().any(|fact| fact.id == entry))
            .map(|check_in| check_in.id);
        if let Some(of) = of
            && let Some(left) = self
                .check_ins
                .remove(&of)
                .and_then(|check_in| check_in.without(entry))
        {
            self.check_ins.insert(of, Box::new(left));
        }
        self.consented.erase(entry);
        self.scoring.erase(entry);
        self.assigned.erase(entry);
        self.withdrawn.erase(entry);
        self.logged.erase(entry);
        self.plans.erase(entry);
        self.opened.erase(entry);
        self.enrolled.erase(entry);
        self.discharged.erase(entry);
        self.paused.erase(entry);
        self.resumed.erase(entry);
        self.family_notices.erase(entry);
        self.closing.erase(entry);
        self.authorised.erase(entry);
        self.visits.erase(entry);
        self.own_sessions.erase(entry);
        self.family.erase(entry);
        self.help_asked.erase(entry);
        self.sharings.erase(entry);
        self.sharings_ended.erase(entry);
        self.shared.erase(entry);
        self.unshared.erase(entry);
        self.share_opened.erase(entry);
        self.chosen.erase(entry);
        self.guests.erase(entry);
        self.consent_withdrawn.erase(entry);
        self.unknown.remove(&entry);
        self.unsent.remove(&entry);
    }

    fn fold_check_in(&mut self, fact: Fact<CheckInWritten>) {
        let of = fact.value.of;
        if fact.place == Place::UNSENT {
            let sent = self.check_ins.get(&of).is_some_and(|known| {
                known
                    .entries()
                    .any(|known| known.id == fact.id && known.place != Place::UNSENT)
            });
            if !sent {
                self.unsent.insert(fact.id, of);
            }
        } else {
            self.unsent.remove(&fact.id);
        }
        match self.check_ins.entry(of) {
            btree_map::Entry::Occupied(mut known) => known.get_mut().take(fact),
            btree_map::Entry::Vacant(new) => drop(new.insert(Box::new(CheckIn::begin(fact)))),
        }
    }

    /// Entries of kinds this build does not know.
    pub fn unknown(&self) -> usize {
        self.unknown.len()
    }

    /// Phones that named their keys, those cut off left out.
    pub fn devices(&self) -> impl Iterator<Item = &Fact<Device>> {
        self.devices
            .each()
            .filter(|fact| !self.is_lost(fact.value.device))
    }

    /// Staff cut this phone off.
    pub fn is_lost(&self, device: Id) -> bool {
        self.lost.contains(&device)
    }

    /// A signed entry says that this entry was erased.
    pub fn is_erased(&self, entry: Id) -> bool {
        self.erased.contains(&entry)
    }

    /// Check-ins, oldest first by the patient's clock.
    pub fn check_ins(&self) -> Vec<&CheckIn> {
        let mut list: Vec<&CheckIn> = self.check_ins.values().map(AsRef::as_ref).collect();
        list.order_by_key(|check_in| (check_in.last.at, check_in.id));
        list
    }

    /// Entries that finish a check-in of this form, in order of the check-ins' ids.
    pub fn completed<'a>(
        &'a self,
        form: &'a str,
    ) -> impl Iterator<Item = &'a Fact<CheckInWritten>> {
        self.check_ins
            .values()
            .filter(move |check_in| check_in.is_complete() && check_in.last.value.form == form)
            .map(|check_in| &check_in.last)
    }

    /// One check-in.
    pub fn check_in(&self, of: Id) -> Option<&CheckIn> {
        self.check_ins.get(&of).map(AsRef::as_ref)
    }

    /// The first word of the patient to have read this version of [`crate::consent`].
    pub fn consented(&self, version: &str) -> Option<&Fact<Consented>> {
        let read = self.consented.values();
        let same = read.filter(|fact| fact.value.version == version);
        same.min_by_key(|fact| (fact.at, fact.id))
    }

    /// What was said about the patient for scoring: of each field the newest.
    pub fn scoring_facts(&self) -> ScoringFacts {
        let said = self.scoring.in_order().into_iter().map(|fact| fact.value);
        said.fold(ScoringFacts::default(), ScoringFacts::then)
    }

    /// Homework that was not taken back, oldest first.
    pub fn homework(&self) -> Vec<&Fact<Assigned>> {
        let mut list = self.assigned.in_order();
        list.retain(|fact| !self.withdrawn.contains(&fact.id));
        list
    }

    /// The skill that a try was of: its own, else that of its homework, also when that was taken back.
    pub fn skill_of<'a>(&'a self, log: &'a Logged) -> Option<&'a str> {
        let of_homework = || {
            let assigned = self.assigned.get(log.homework?)?;
            assigned.value.skill.as_deref()
        };
        log.skill.as_deref().or_else(of_homework)
    }

    /// Tries of one piece of homework, or of all, oldest first.
    pub fn logs(&self, homework: Option<Id>) -> Vec<&Fact<Logged>> {
        let mut list: Vec<_> = self
            .logged
            .values()
            .filter(|fact| homework.is_none() || fact.value.homework == homework)
            .collect();
        list.order_by_key(|fact| (fact.at, fact.id));
        list
    }

    /// All about plans; what they come to: `plan/history.rs`.
    pub(crate) fn plans(&self) -> &Plans {
        &self.plans
    }

    /// Who opened an entry first, and when: the console's signed statement.
    pub fn opened_by(&self, entry: Id) -> Option<(Id, i64)> {
        self.opened
            .all(&entry)
            .filter_map(|mark| Some((mark.staff?, mark.at)))
            .min_by_key(|(staff, at)| (*at, *staff))
    }

    /// This staff member has opened this entry.
    pub fn has_opened(&self, entry: Id, staff: Id) -> bool {
        let mut marks = self.opened.all(&entry);
        marks.any(|mark| mark.staff == Some(staff))
    }

    /// Someone of staff has opened this entry.
    pub fn was_opened(&self, entry: Id) -> bool {
        self.opened.contains(&entry)
    }

    /// The enrolment that holds: the newest.
    pub fn enrolment(&self) -> Option<&Fact<Enrolled>> {
        self.enrolled.newest()
    }

    /// Every enrolment, in order of entry ids.
    pub(crate) fn enrolments(&self) -> impl Iterator<Item = &Fact<Enrolled>> {
        self.enrolled.values()
    }

    /// Every discharge, in order of entry ids.
    pub(crate) fn discharges(&self) -> impl Iterator<Item = &Fact<Discharged>> {
        self.discharged.values()
    }

    pub(crate) fn paused_facts(&self) -> impl Iterator<Item = &Fact<Paused>> {
        self.paused.values()
    }

    /// The day on which the clinic closes the account of this mailbox's phones, clinic time; the newest
    /// word holds. Absent when it does not.
    pub fn account_closes(&self) -> Option<NaiveDate> {
        self.closing.newest()?.value.on
    }

    /// Where the newest change of the level of care stands: enrolment, pause, return, discharge.
    pub(crate) fn level_of_care_changed(&self) -> Option<(u64, i64, Id)> {
        [
            self.enrolled.newest().map(Fact::order),
            self.discharged.newest().map(Fact::order),
            self.paused.newest().map(Fact::order),
            self.resumed.newest().map(Fact::order),
        ]
        .into_iter()
        .flatten()
        .max()
    }

    pub(crate) fn resumed_facts(&self) -> impl Iterator<Item = &Fact<Resumed>> {
        self.resumed.values()
    }

    /// Staff asked this family mailbox's phone to be silent on that day.
    pub(crate) fn family_silenced(&self, date: NaiveDate) -> bool {
        self.family_notices
            .newest()
            .is_some_and(|fact| fact.value.stopped && fact.value.from <= Some(date))
    }

    /// The discharge that holds: the newest, unless an enrolment came after it.
    pub fn discharge(&self) -> Option<&Fact<Discharged>> {
        let discharge = self.discharged.newest()?;
        let again = self
            .enrolment()
            .is_some_and(|enrolled| enrolled.order() > discharge.order());
        (!again).then_some(discharge)
    }

    /// Authorisations as they stand, withdrawn ones too, in order of their ids.
    pub fn authorised(&self) -> impl Iterator<Item = &Fact<Authorised>> + Clone {
        self.authorised.each()
    }

    /// What became of sessions, in order of their ids.
    pub fn visits(&self) -> impl Iterator<Item = &Fact<Visit>> {
        self.visits.each()
    }

    /// Every time the patient asked the clinic for help, oldest first.
    pub fn help_asked(&self) -> Vec<&Fact<HelpAsked>> {
        self.help_asked.in_order()
    }

    /// Own sessions as they stand.
    pub fn own_sessions(&self) -> impl Iterator<Item = &Fact<OwnSession>> {
        self.own_sessions.each()
    }

    /// How often an own session was written; 0 when it is none.
    pub(crate) fn own_session_versions(&self, session: &str) -> usize {
        let id: Option<Id> = session.parse().ok();
        id.map_or(0, |id| self.own_sessions.all(&id).count())
    }

    /// Family members with a mailbox that the patient can share into.
    pub fn family(&self) -> impl Iterator<Item = &Fact<FamilyMember>> {
        self.family.each()
    }

    /// Every copy that was shared in a family mailbox, oldest first.
    pub(crate) fn shared_facts(&self) -> Vec<&Fact<Shared>> {
        self.shared.in_order()
    }

    /// In a family mailbox: every copy, in order of entry ids.
    pub fn copies(&self) -> impl Iterator<Item = &Fact<Shared>> {
        self.shared.values()
    }

    /// In a family mailbox: this sharing was taken back.
    pub fn is_withdrawn(&self, sharing: Id) -> bool {
        self.unshared.contains(&sharing)
    }

    /// In a family mailbox: every entry that took a sharing back, and the epoch that it closed.
    pub fn withdrawals(&self) -> impl Iterator<Item = &Fact<Option<u32>>> {
        self.unshared.groups().flat_map(|(_, marks)| marks.values())
    }

    pub(crate) fn sharing_versions(&self) -> &Versions<(Id, Item), Sharing> {
        &self.sharings
    }

    /// In a care mailbox: when the patient took a sharing back.
    pub fn sharing_ended_at(&self, sharing: Id) -> Option<i64> {
        self.sharings_ended.all(&sharing).map(|mark| mark.at).min()
    }

    /// Who opened a copy, and when.
    pub(crate) fn share_openings(&self, copy: Id) -> impl Iterator<Item = &Fact<()>> {
        self.share_opened
            .get(&copy)
            .into_iter()
            .flat_map(Facts::values)
    }

    /// The education pieces that staff chose for this family member last.
    pub fn education_chosen(&self) -> &[String] {
        self.chosen
            .newest()
            .map_or(&[], |fact| fact.value.pieces.as_slice())
    }

    /// Invitations to sessions as they stand, taken back ones too, in order of their ids.
    pub fn guests(&self) -> impl Iterator<Item = &Fact<GuestInvited>> {
        self.guests.each()
    }

    /// When the patient took back the consent to tell the family member of this mailbox.
    pub fn consent_withdrawn(&self, mailbox: Id) -> Option<i64> {
        self.consent_withdrawn
            .all(&mailbox)
            .map(|mark| mark.at)
            .min()
    }

    /// This phone has named its keys here, also when it was cut off since.
    pub fn names_device(&self, device: Id) -> bool {
        self.devices.contains(&device)
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

#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod tests;
