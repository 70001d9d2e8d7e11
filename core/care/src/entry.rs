//! The entry: one immutable fact, written once by one person, sealed as it is written here.
//!
//! Owns the envelope, the list of kinds and the one table of who may write which kind into which
//! mailbox. Knows nothing of sealing; whoever opens an entry tells who signed it.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::alert::{AlertPolicy, AlertTold};
use crate::checkin::ScoringFacts;
use crate::consent::Consented;
use crate::education::GroupTheme;
use crate::ends::{AccountClosing, FamilyNotices, Paused, Resumed};
use crate::family::{
    ConsentWithdrawn, EducationChosen, GuestInvited, Shared, SharedOpened, SharedWithdrawn,
    Sharing, SharingEnded,
};
use crate::forms::CheckInPolicy;
use crate::help::HelpAsked;
use crate::homework::{Assigned, HomeworkWithdrawn, Logged};
use crate::id::Id;
use crate::library::{Clinic, CrisisPack, Education, QuestionnairePublished, Staff, StaffRemoved};
use crate::packed::{self, BadPacked, Packed};
use crate::patient::{
    CheckInWritten, Device, DeviceLost, Discharged, Enrolled, EpochBegan, Erased, Opened,
};
use crate::plan::goals::GoalRated;
use crate::plan::{
    Acknowledged, FollowUpCalled, HandOffMarked, PartOne, PartTwo, PlanAgreed, PlanReviewed,
    SafetyPlan, TransitionPlan,
};
use crate::program::{ClosedDays, OwnSession, Program, Track, TrackChange};
use crate::roster::{AttendanceMarked, FamilyMember, Person};
use crate::skill::SkillPublished;
use crate::team::{Disposition, Recovery, StaffNote};
use crate::visits::{Authorised, PayerTold, Visit};

/// The version this build writes.
pub const VERSION: u8 = 1;

/// What the author had seen of the mailbox when writing: lets readers notice a forked log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Generation of the mailbox.
    pub g: Id,
    /// Sequence number.
    pub n: u64,
    /// Head there: 32 bytes, as JSON in base64url.
    #[serde(with = "head_text")]
    pub h: [u8; 32],
}

mod head_text {
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(head: &[u8; 32], s: S) -> Result<S::Ok, S::Error> {
        if !s.is_human_readable() {
            return s.serialize_bytes(head);
        }
        let mut letters = [0; 43];
        data_encoding::BASE64URL_NOPAD.encode_mut(head, &mut letters);
        s.serialize_str(std::str::from_utf8(&letters).expect("base64url is ASCII"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; 32], D::Error> {
        crate::id::read_fixed(d, &"a head: 43 characters of base64url expected")
    }
}

/// An entry. Sealed in packed form ([`Entry::to_bytes`]); as JSON, for exports and vectors, these fields
/// in this order. The body stays as it was written, so an app that does not know a kind keeps it whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Version of the envelope.
    pub v: u8,
    /// 128 random bits.
    pub id: Id,
    /// When it was written by the author's clock, epoch milliseconds.
    pub at: i64,
    /// IANA zone of the author's device then.
    pub zone: SmolStr,
    /// The author: digest of the phone's or staff member's public keys.
    pub by: Id,
    /// What the author had seen; absent when nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// The kind; unknown ones are kept and ignored.
    pub kind: SmolStr,
    /// The kind's own fields.
    pub body: Packed,
}

/// Fields of the envelope in packed form: a list, in the order of [`Entry`]; `seen` is a list too.
const FIELDS: u64 = 8;

/// A head in packed form.
#[derive(Serialize, Deserialize)]
struct Head(#[serde(with = "head_text")] [u8; 32]);

/// Why bytes are no entry, or a body is not what its kind says. Never says what they held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not an entry: not the packed form, a missing field, a wrong type.
    #[error("entry-malformed")]
    Malformed,
    /// An envelope version of a newer app.
    #[error("entry-version-unknown")]
    UnknownVersion,
    /// The body does not fit its kind.
    #[error("entry-body-malformed")]
    BadBody,
}

/// Who wrote an entry, as far as the seal proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Author {
    /// A phone of the patient: unsigned, sealed with a key of the mailbox.
    Patient,
    /// A phone of a family member: unsigned, sealed with a key of a family mailbox.
    Family,
    /// A clinician, proven by signature.
    Clinician(Id),
    /// Someone at the front desk, proven by signature.
    FrontDesk(Id),
    /// An administrator: a clinician who also admits staff.
    Administrator(Id),
}

impl Author {
    /// The staff member, when staff.
    pub fn staff(self) -> Option<Id> {
        match self {
            Self::Patient | Self::Family => None,
            Self::Clinician(id) | Self::FrontDesk(id) | Self::Administrator(id) => Some(id),
        }
    }
}

/// The five kinds of mailbox (design, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// One per patient.
    Care,
    /// One per family member.
    Family,
    /// One per clinic, read by everyone enrolled.
    Library,
    /// One per clinic: names, contacts, attendance.
    Roster,
    /// One per clinic: dispositions, staff notes.
    Team,
}

impl Class {
    /// The text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Care => "care",
            Self::Family => "family",
            Self::Library => "library",
            Self::Roster => "roster",
            Self::Team => "team",
        }
    }

    /// The class of a text form.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Care,
            Self::Family,
            Self::Library,
            Self::Roster,
            Self::Team,
        ]
        .into_iter()
        .find(|class| class.as_str() == text)
    }
}

const P: u8 = 1;
const F: u8 = 2;
const C: u8 = 4;
const D: u8 = 8;
const A: u8 = 16;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident($body:ty) = $kind:literal, in [$($class:ident)|+], by $who:expr;)*) => {
        /// The body of an entry, by kind.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Body {
            $($(#[$doc])* $variant($body),)*
        }

        impl Body {
            /// The kind's name in the envelope.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)* }
            }

            fn pack(&self) -> Packed {
                match self {
                    $(Self::$variant(body) => Packed::of(body),)*
                }
            }

            fn parse(kind: &str, packed: &Packed) -> Result<Option<Self>, EntryError> {
                match kind {
                    $($kind => packed.read()
                        .map(|body| Some(Self::$variant(body)))
                        .map_err(|_| EntryError::BadBody),)*
                    _ => Ok(None),
                }
            }
        }

        /// Every kind this build knows.
        pub const KINDS: &[&str] = &[$($kind,)*];

        /// Who may write `kind`: the mailboxes it belongs in and the authors as bits.
        fn rule(kind: &str) -> Option<(&'static [Class], u8)> {
            match kind {
                $($kind => Some((&[$(Class::$class),+], $who)),)*
                _ => None,
            }
        }
    };
}

kinds! {
    /// A phone says which keys are its own.
    Device(Device) = "device", in [Care | Family], by P | F;
    /// Staff cuts a phone off: it wipes itself when it reads this.
    DeviceLost(DeviceLost) = "device-lost", in [Care | Family], by C | A;
    /// Staff began a new epoch: whoever still writes under an older one after this was not there.
    EpochBegan(EpochBegan) = "epoch-began", in [Care | Family], by C | A;
    /// Staff erases an entry; without this a missing entry is a fault.
    Erase(Erased) = "erase", in [Care | Family | Library | Roster | Team], by C | A;
    /// One of the two entries of a check-in.
    CheckIn(CheckInWritten) = "check-in", in [Care], by P;
    /// The patient has read that nobody watches around the clock.
    Consented(Consented) = "consented", in [Care], by P;
    /// What a score's rule asks about the patient beside the answers.
    ScoringFacts(ScoringFacts) = "scoring-facts", in [Care], by P | C | A;
    /// Homework given.
    HomeworkAssigned(Assigned) = "homework-assigned", in [Care], by C | A;
    /// Homework taken back.
    HomeworkWithdrawn(HomeworkWithdrawn) = "homework-withdrawn", in [Care], by C | A;
    /// Homework tried.
    HomeworkLogged(Logged) = "homework-logged", in [Care], by P;
    /// A revision of the treatment plan's part one.
    PartOne(PartOne) = "treatment-part-one", in [Care], by P | C | A;
    /// A revision of the treatment plan's part two.
    PartTwo(PartTwo) = "treatment-part-two", in [Care], by C | A;
    /// A goal of part one was rated.
    GoalRated(GoalRated) = "goal-rated", in [Care], by P | C | A;
    /// A revision of the safety plan.
    SafetyPlan(SafetyPlan) = "safety-plan", in [Care], by P | C | A;
    /// A revision of the transition plan.
    TransitionPlan(TransitionPlan) = "transition-plan", in [Care], by P | C | A;
    /// The patient has read a plan.
    PlanAcknowledged(Acknowledged) = "plan-acknowledged", in [Care], by P;
    /// Someone of staff stands behind a revision of a plan.
    PlanAgreed(PlanAgreed) = "plan-agreed", in [Care], by C | A;
    /// A plan was gone through and stays as it is.
    PlanReviewed(PlanReviewed) = "plan-reviewed", in [Care], by C | A;
    /// What became of a hand-off of the transition plan.
    HandOffMarked(HandOffMarked) = "hand-off-marked", in [Care], by P | C | A;
    /// The program called after discharge.
    FollowUpCalled(FollowUpCalled) = "follow-up-called", in [Care], by C | A;
    /// Staff has opened entries.
    Opened(Opened) = "opened", in [Care], by C | A;
    /// The patient joins a track.
    Enrolled(Enrolled) = "enrolled", in [Care], by C | A;
    /// The patient leaves the program.
    Discharged(Discharged) = "discharged", in [Care], by C | A;
    /// An individual, medication, family or assessment session, planned or changed.
    OwnSession(OwnSession) = "own-session", in [Care], by C | A;
    /// The patient decides to share one item with one family member.
    Sharing(Sharing) = "sharing", in [Care], by P;
    /// The patient takes a sharing back.
    SharingEnded(SharingEnded) = "sharing-ended", in [Care], by P;
    /// The copy of an item that the patient shares with the family member of this mailbox.
    Shared(Shared) = "shared", in [Family], by P;
    /// A sharing and its copies are taken back.
    SharedWithdrawn(SharedWithdrawn) = "shared-withdrawn", in [Family], by P;
    /// The family member has opened a shared item.
    SharedOpened(SharedOpened) = "shared-opened", in [Family], by P | F;
    /// Staff chose education pieces for the family member of this mailbox.
    EducationChosen(EducationChosen) = "education-chosen", in [Family], by C | A;
    /// A family member is invited to one session.
    GuestInvited(GuestInvited) = "guest-invited", in [Family | Care], by C | A;
    /// The patient takes back the consent to tell a family member.
    ConsentWithdrawn(ConsentWithdrawn) = "family-consent-withdrawn", in [Care], by P;
    /// The clinic's name, zone and phone.
    Clinic(Clinic) = "clinic", in [Library], by C | A;
    /// A program of the clinic.
    Program(Program) = "program", in [Library], by C | A;
    /// A track: a weekly pattern that patients join.
    Track(Track) = "track", in [Library], by C | A;
    /// A group session cancelled, moved or added.
    SessionChanged(TrackChange) = "session-changed", in [Library], by C | A;
    /// A staff member: keys, name, role, certificate.
    Staff(Staff) = "staff", in [Library], by A;
    /// A staff member has left.
    StaffRemoved(StaffRemoved) = "staff-removed", in [Library], by A;
    /// An education piece.
    Education(Education) = "education", in [Library], by C | A;
    /// What the groups are about for some days.
    GroupTheme(GroupTheme) = "group-theme", in [Library], by C | A;
    /// A skill of the clinic's own.
    Skill(SkillPublished) = "skill", in [Library], by C | A;
    /// A questionnaire the clinic uses.
    Questionnaire(QuestionnairePublished) = "questionnaire", in [Library], by C | A;
    /// Crisis contacts, dated.
    CrisisContacts(CrisisPack) = "crisis-contacts", in [Library], by C | A;
    /// A patient's name and contacts.
    Person(Person) = "person", in [Roster], by C | D | A;
    /// A family member's name and mailbox.
    FamilyMember(FamilyMember) = "family-member", in [Roster | Care], by C | A;
    /// Who came to a session.
    Attendance(AttendanceMarked) = "attendance", in [Roster], by C | D | A;
    /// A safety flag closed by name.
    Disposition(Disposition) = "disposition", in [Team], by C | A;
    /// Whom a safety flag is told to, and after how long the next.
    AlertPolicy(AlertPolicy) = "alert-policy", in [Team], by A;
    /// Somebody was told of a safety flag: the audit log of its alert.
    AlertTold(AlertTold) = "alert-told", in [Team], by C | A;
    /// The recovery sheet's public half, and the root key wrapped under its private half.
    Recovery(Recovery) = "recovery", in [Team], by A;
    /// A note among staff.
    StaffNote(StaffNote) = "staff-note", in [Team], by C | A;
    /// Care pauses; the place in the program is kept.
    Paused(Paused) = "paused", in [Care], by C | A;
    /// The patient is back from a pause.
    Resumed(Resumed) = "resumed", in [Care], by C | A;
    /// A family member's phone gives no more notice, or gives it again.
    FamilyNotices(FamilyNotices) = "family-notices", in [Family], by C | A;
    /// The clinic closes the account on a day, or does not after all.
    AccountClosing(AccountClosing) = "account-closing", in [Care | Family], by C | A;
    /// Days on which the clinic is closed.
    ClosedDays(ClosedDays) = "closed-days", in [Library], by C | A;
    /// What the clinic decided about check-ins: thresholds, words, follow-up questions.
    CheckInPolicy(CheckInPolicy) = "check-in-policy", in [Library], by C | A;
    /// A payer authorised visits.
    Authorised(Authorised) = "authorised", in [Care], by C | A;
    /// What became of a session, for the patient's own count.
    Visit(Visit) = "visit", in [Care], by C | A;
    /// Staff told a payer of missed sessions.
    PayerTold(PayerTold) = "payer-told", in [Team], by C | A;
    /// The patient pressed "I need help now" and told the clinic.
    HelpAsked(HelpAsked) = "help-asked", in [Care], by P;
}

/// May `author` write `kind` into a mailbox of `class`? Kinds this build does not know are kept and
/// ignored, so nobody gains by them: the answer is yes.
pub fn may_write(class: Class, author: Author, kind: &str) -> bool {
    let Some((classes, who)) = rule(kind) else {
        return true;
    };
    let bit = match author {
        Author::Patient => P,
        Author::Family => F,
        Author::Clinician(_) => C,
        Author::FrontDesk(_) => D,
        Author::Administrator(_) => A,
    };
    // A family member's phone also holds the family mailbox's key, so an unsigned entry there may
    // be either, and a phone cannot tell which: `shared` from a family phone only ever shows that family
    // member their own words, and `shared-opened` counts only from a phone that is none of the patient's
    // (`family::share`).
    classes.contains(&class) && who & bit != 0
}

impl Entry {
    /// A new entry. `id` is random; `at` and `zone` are the device's.
    pub fn new(id: Id, at: i64, zone: &str, by: Id, seen: Option<Seen>, body: &Body) -> Self {
        Self {
            v: VERSION,
            id,
            at,
            zone: zone.into(),
            by,
            seen,
            kind: body.kind().into(),
            body: body.pack(),
        }
    }

    /// Reads an entry from opened bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        let malformed = |_| EntryError::Malformed;
        let mut reader = packed::Reader::new(bytes);
        let fields = reader.list().map_err(malformed)?;
        // An envelope of a newer app may have other fields; its version is still the first thing to tell.
        let v = u64::deserialize(&mut reader).map_err(malformed)?;
        if v != u64::from(VERSION) {
            return Err(EntryError::UnknownVersion);
        }
        if fields != FIELDS {
            return Err(EntryError::Malformed);
        }
        let mut read = || -> Result<Self, BadPacked> {
            Ok(Self {
                v: VERSION,
                id: Deserialize::deserialize(&mut reader)?,
                at: Deserialize::deserialize(&mut reader)?,
                zone: Deserialize::deserialize(&mut reader)?,
                by: Deserialize::deserialize(&mut reader)?,
                seen: Option::<(Id, u64, Head)>::deserialize(&mut reader)?
                    .map(|(g, n, Head(h))| Seen { g, n, h }),
                kind: Deserialize::deserialize(&mut reader)?,
                body: Packed::from_bytes(reader.rest())?,
            })
        };
        read().map_err(malformed)
    }

    /// The bytes to seal.
    ///
    /// # Panics
    ///
    /// Never: everything in an envelope has a packed form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        let seen = self.seen.map(|seen| (seen.g, seen.n, Head(seen.h)));
        let head = (
            self.v,
            self.id,
            self.at,
            &self.zone,
            self.by,
            seen,
            &self.kind,
            (),
        );
        packed::append(&mut bytes, &head).expect("an envelope has a packed form");
        // In place of the last field.
        bytes.pop();
        bytes.extend_from_slice(self.body.bytes());
        bytes
    }

    /// The body, or `None` when this build does not know the kind.
    pub fn body(&self) -> Result<Option<Body>, EntryError> {
        Body::parse(&self.kind, &self.body)
    }
}

/// The plain size below which entries of a kind are never sealed, so that the size of a sealed entry
/// does not tell answers apart. Bytes of the seal's plain text.
pub fn sealed_floor(body: &Body) -> usize {
    match body {
        Body::CheckIn(written) => crate::patient::check_in_floor(written),
        _ => 0,
    }
}

#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod vectors;
