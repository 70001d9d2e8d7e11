//! One clinician at work.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use handrail_care::caseload::{self, CaseloadRow};
use handrail_care::chart::Chart;
use handrail_care::entry::{Body, Class, Entry, Seen, sealed_floor};
use handrail_care::group::{self, GroupPage};
use handrail_care::id::Id;
use handrail_care::library::{Library, Staff};
use handrail_care::patient_page::{self, PatientPage};
use handrail_care::roster::Roster;
use handrail_care::team::Team;
use handrail_mailbox::directory::{Directory, RootKey};
use handrail_mailbox::identity::StaffIdentity;
use handrail_mailbox::seal;
use handrail_wire::id::{EntryId, MailboxId, PartyId};
use handrail_wire::invite::InviteStatus;
use handrail_wire::limits;
use handrail_wire::sync::MailboxRequest;

use crate::act::ActError;
use crate::outgoing::{Outgoing, Quarantined, Status};
use crate::pump::{self, InFlight};
use crate::replica::Replica;

/// The clinic's own mailboxes: their names follow from the clinic's root key, so nobody has to
/// store or trust them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClinicMailboxes {
    /// Schedules, staff, education.
    pub library: MailboxId,
    /// Names and attendance.
    pub roster: MailboxId,
    /// Dispositions and notes.
    pub team: MailboxId,
}

impl ClinicMailboxes {
    /// Of a clinic's root public key.
    pub fn of(root: &[u8; 32]) -> Self {
        let name =
            |class: Class| handrail_mailbox::directory::derive_clinic_mailbox(root, class.as_str());
        Self {
            library: name(Class::Library),
            roster: name(Class::Roster),
            team: name(Class::Team),
        }
    }
}

/// A logged-in clinician: keys, mailboxes, charts. See the crate's page for how it is driven.
pub struct Clinician {
    pub(crate) me: StaffIdentity,
    pub(crate) root_key: Option<RootKey>,
    pub(crate) directory: Directory,
    pub(crate) own: ClinicMailboxes,
    pub(crate) zone: String,
    pub(crate) replicas: BTreeMap<MailboxId, Replica>,
    pub(crate) library: Library,
    pub(crate) roster: Roster,
    pub(crate) team: Team,
    pub(crate) charts: BTreeMap<Id, Chart>,
    /// When the clinic received the removal of a staff member: what comes later does not count.
    pub(crate) removed: BTreeMap<PartyId, i64>,
    pub(crate) quarantine: BTreeMap<(MailboxId, u64), (EntryId, String)>,
    pub(crate) faults: BTreeMap<MailboxId, String>,
    /// Mailboxes in which somebody was shown another log, or more of it: the code of it.
    pub(crate) forks: BTreeMap<MailboxId, &'static str>,
    /// Mailboxes that the server did not know any more and was asked to make again.
    pub(crate) remade: BTreeSet<MailboxId>,
    pub(crate) requests: VecDeque<Outgoing>,
    pub(crate) in_flight: Option<InFlight>,
    /// What was asked beside it.
    pub(crate) ahead: Option<Vec<MailboxRequest>>,
    /// A pass over all mailboxes is wanted that has not begun.
    pub(crate) wants_sync: bool,
    /// Something was folded since families were last looked after.
    pub(crate) news: bool,
    /// Mailboxes that this pass has not finished.
    pub(crate) unasked: VecDeque<MailboxId>,
    /// How many of them the next request asks about.
    pub(crate) stride: usize,
    pub(crate) restored: bool,
    pub(crate) synced_at: Option<i64>,
    pub(crate) invites: Vec<InviteStatus>,
    /// In which entries are opened, one after the other.
    pub(crate) buffer: Vec<u8>,
}

pub(crate) fn mailbox_of(id: Id) -> MailboxId {
    MailboxId(id.0)
}

pub(crate) fn id_of(mailbox: MailboxId) -> Id {
    Id(mailbox.0)
}

/// A new random identifier.
pub(crate) fn new_id() -> Id {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    Id(bytes)
}

impl Clinician {
    /// Starts with keys just unwrapped or just made.
    pub(crate) fn new(
        me: StaffIdentity,
        root_key: Option<RootKey>,
        directory: Directory,
        zone: &str,
    ) -> Self {
        let own = ClinicMailboxes::of(directory.root());
        let replicas = [
            (own.library, Class::Library),
            (own.roster, Class::Roster),
            (own.team, Class::Team),
        ]
        .map(|(mailbox, class)| (mailbox, Replica::new(mailbox, class)))
        .into();
        Self {
            me,
            root_key,
            directory,
            own,
            zone: zone.to_owned(),
            replicas,
            library: Library::default(),
            roster: Roster::default(),
            team: Team::default(),
            charts: BTreeMap::new(),
            removed: BTreeMap::new(),
            quarantine: BTreeMap::new(),
            faults: BTreeMap::new(),
            forks: BTreeMap::new(),
            remade: BTreeSet::new(),
            requests: VecDeque::new(),
            in_flight: None,
            ahead: None,
            wants_sync: true,
            news: false,
            unasked: VecDeque::new(),
            stride: pump::STRIDE_FIRST,
            restored: false,
            synced_at: None,
            invites: Vec::new(),
            buffer: Vec::new(),
        }
    }

    /// This clinician's id.
    pub fn id(&self) -> Id {
        Id(self.me.party().0)
    }

    /// This clinician as colleagues see them, once the library is here.
    pub fn me(&self) -> Option<&Staff> {
        self.library.staff(self.id())
    }

    /// Can admit and remove staff.
    pub fn is_administrator(&self) -> bool {
        self.root_key.is_some()
    }

    /// The clinic's root public key, for colleagues who join.
    pub fn root(&self) -> [u8; 32] {
        *self.directory.root()
    }

    /// Schedules, staff, education.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Names and attendance.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// One patient's chart.
    pub fn chart(&self, patient: Id) -> Option<&Chart> {
        self.charts.get(&patient)
    }

    /// How far this clinician has read a mailbox: what the next entry there will say was seen.
    pub fn seen(&self, mailbox: Id) -> Option<Seen> {
        self.replicas.get(&mailbox_of(mailbox))?.seen()
    }

    fn clinic(&self) -> caseload::Clinic<'_> {
        caseload::Clinic {
            roster: &self.roster,
            library: &self.library,
            team: &self.team,
        }
    }

    /// Everyone, worst first.
    pub fn caseload(&self, now: i64) -> Vec<CaseloadRow> {
        caseload::caseload(self.clinic(), |patient| self.charts.get(&patient), now)
    }

    /// The next session of each track with its people.
    pub fn groups(&self, now: i64) -> Vec<GroupPage> {
        group::groups(self.clinic(), |patient| self.charts.get(&patient), now)
    }

    /// One patient's page.
    pub fn patient(&self, patient: Id, now: i64) -> Option<PatientPage> {
        patient_page::patient_page(
            self.clinic(),
            patient,
            self.charts.get(&patient)?,
            &self.zone,
            now,
        )
    }

    /// Invites as the server last told.
    pub fn invites(&self) -> &[InviteStatus] {
        &self.invites
    }

    /// How synchronisation stands.
    pub fn status(&self) -> Status {
        let quarantined = self
            .quarantine
            .iter()
            .map(|((mailbox, seq), (entry, reason))| Quarantined {
                class: self
                    .replicas
                    .get(mailbox)
                    .map_or("", |replica| replica.class.as_str()),
                patient: self
                    .roster
                    .person(id_of(*mailbox))
                    .map(|person| person.name.clone()),
                entry: Id(entry.0),
                seq: *seq,
                reason: reason.clone(),
            })
            .collect();
        let mut faults: Vec<_> = self.faults.values().cloned().collect();
        faults.extend(self.forks.values().map(|code| (*code).to_owned()));
        faults.sort();
        faults.dedup();
        Status {
            pending: self.replicas.values().map(Replica::pending).sum::<usize>()
                + self.requests.len(),
            synced_at: self.synced_at,
            quarantined,
            faults,
            restored: self.restored,
            tzdb: handrail_care::calendar::tzdb_version().to_owned(),
        }
    }

    /// Seals an entry for a mailbox, signed by this clinician, and queues it. Returns its id and the
    /// sealed bytes. Nothing is queued when it is refused.
    pub(crate) fn write(
        &mut self,
        mailbox: MailboxId,
        body: &Body,
        now: i64,
    ) -> Result<(Id, Vec<u8>), ActError> {
        let replica = self
            .replicas
            .get_mut(&mailbox)
            .ok_or(ActError::PatientUnknown)?;
        let id = new_id();
        let entry = Entry::new(
            id,
            now,
            &self.zone,
            Id(self.me.party().0),
            replica.seen(),
            body,
        );
        let key = replica.keyring.current().ok_or(ActError::PatientUnknown)?;
        let bytes = entry.to_bytes();
        let floor = sealed_floor(body);
        let limit = match replica.class {
            Class::Library => limits::LIBRARY_ENTRY,
            _ => limits::ENTRY,
        };
        if seal::sealed_size(bytes.len(), true, floor) > limit {
            return Err(ActError::TooLarge);
        }
        let sealed = seal::seal(key, EntryId(id.0), &bytes, Some(&self.me), floor);
        replica.offer(EntryId(id.0), sealed.clone());
        self.wants_sync = true;
        // What this clinician wrote shows at once; the fold takes it again with its place.
        self.fold_own(mailbox, &entry);
        Ok((id, sealed))
    }
}
