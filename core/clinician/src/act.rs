//! What a clinician does: one enum, so that console, desk and tests speak of the same acts.

use chrono::NaiveDate;
use handrail_care::alert::{AlertPolicy, AlertTold};
use handrail_care::checkin::{ScoringFacts, Triage};
use handrail_care::education::GroupTheme;
use handrail_care::ends::PauseReason;
use handrail_care::family::ConsentHow;
use handrail_care::forms::CheckInPolicy;
use handrail_care::homework::Assigned;
use handrail_care::id::Id;
use handrail_care::library::{Clinic, Education, LicenceAcknowledged};
use handrail_care::patient::{DischargeReason, DueRule};
use handrail_care::plan::goals::GoalRated;
use handrail_care::plan::{
    FollowUpCalled, HandOffMarked, PartOne, PartTwo, ReviewOccasion, SafetyPlan, TeamRole,
    TransitionPlan,
};
use handrail_care::program::schedule::SessionChange;
use handrail_care::program::{Attendance, ClosedDays, OwnSession, Program, Track};
use handrail_care::skill::SkillPublished;
use handrail_care::team::{Outcome, Risk};
use handrail_care::visits::{Authorised, PayerTold};
use serde::{Deserialize, Serialize};

/// An act. As JSON: `{"act": "assign-homework", ...}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Act {
    /// Says that this clinician has opened these check-ins.
    Open {
        /// The care mailbox.
        patient: Id,
        /// The check-ins.
        check_ins: Vec<Id>,
    },
    /// Closes a safety flag by name.
    Dispose {
        /// The care mailbox.
        patient: Id,
        /// The check-in.
        check_in: Id,
        /// The safety item.
        item: String,
        /// The answer that was on the screen; absent for an unanswered item. When another one came
        /// in the meantime the act is refused.
        #[serde(default)]
        answer: Option<i64>,
        /// The C-SSRS level that was on the screen. When a higher one came in the meantime the act is
        /// refused.
        #[serde(default)]
        triage: Option<Triage>,
        /// Other check-ins whose flag of this item is an unchanged repeat (`flag::repeats`) and is closed
        /// together with it. Any other is refused.
        #[serde(default)]
        also: Vec<Id>,
        /// What was done.
        outcome: Outcome,
        /// The risk as judged.
        risk: Risk,
        /// What was agreed.
        mitigation: String,
    },
    /// Keeps what a score's rule asks about the patient, when the patient told staff and not the phone.
    NoteScoringFacts {
        /// The care mailbox.
        patient: Id,
        /// What was said; what is left out stays as it was.
        facts: ScoringFacts,
    },
    /// Gives homework: a skill, a worksheet, something to read, or anything in words; once, several times or
    /// on days of the week, by a day or before a session.
    AssignHomework {
        /// The care mailbox.
        patient: Id,
        /// What.
        homework: Assigned,
    },
    /// Takes homework back.
    WithdrawHomework {
        /// The care mailbox.
        patient: Id,
        /// The `homework-assigned` entry.
        homework: Id,
    },
    /// Writes a revision of the transition plan.
    RevisePlan {
        /// The care mailbox.
        patient: Id,
        /// The whole plan; `parent` names the revision it changes.
        plan: TransitionPlan,
    },
    /// Writes part one of the treatment plan down with the patient. Refused when its parent no longer
    /// holds.
    WritePartOne {
        /// The care mailbox.
        patient: Id,
        /// The whole plan; a goal without an id is a new one.
        plan: PartOne,
    },
    /// Writes part two of the treatment plan. Refused when its parent no longer holds.
    WritePartTwo {
        /// The care mailbox.
        patient: Id,
        /// The whole plan.
        plan: PartTwo,
    },
    /// Writes the safety plan with the patient. Refused when its parent no longer holds.
    WriteSafetyPlan {
        /// The care mailbox.
        patient: Id,
        /// The whole plan.
        plan: SafetyPlan,
    },
    /// This clinician stands behind part two, the safety plan or the transition plan as it holds.
    AgreePlan {
        /// The care mailbox.
        patient: Id,
        /// The revision that was on the screen.
        plan: Id,
        /// As what.
        role: TeamRole,
    },
    /// Says that a plan was gone through and stays as it is.
    ReviewPlan {
        /// The care mailbox.
        patient: Id,
        /// The revision.
        plan: Id,
        /// What for.
        occasion: ReviewOccasion,
        /// The next review, clinic time.
        #[serde(default)]
        next: Option<NaiveDate>,
    },
    /// Says that this clinician has opened these revisions of plans.
    OpenPlans {
        /// The care mailbox.
        patient: Id,
        /// The revisions.
        plans: Vec<Id>,
    },
    /// Rates a goal of part one, together with the patient.
    RateGoal {
        /// The care mailbox.
        patient: Id,
        /// Which goal, and how far it has come.
        rated: GoalRated,
    },
    /// Says what became of a hand-off of the transition plan.
    MarkHandOff {
        /// The care mailbox.
        patient: Id,
        /// Which, and how far it has come.
        marked: HandOffMarked,
    },
    /// Notes one of the program's calls after discharge.
    NoteFollowUp {
        /// The care mailbox.
        patient: Id,
        /// Which, and what came of it.
        called: FollowUpCalled,
    },
    /// Adds a patient: mailbox, keys, roster, enrolment.
    AddPatient {
        /// Name.
        name: String,
        /// Telephone.
        phone: String,
        /// Day of birth, ISO date, or empty.
        born: String,
        /// Track to join.
        track: Id,
        /// First day, clinic time.
        start_date: NaiveDate,
        /// Planned weeks.
        weeks: u32,
        /// Join link of the group.
        #[serde(default)]
        join_link: Option<String>,
        /// Check-ins asked for; the usual ones when absent.
        #[serde(default)]
        check_ins: Option<Vec<DueRule>>,
    },
    /// Enrols again: after a discharge, in another track, or for more weeks. Ends a pause that lasts.
    Enrol {
        /// The care mailbox.
        patient: Id,
        /// Track to join.
        track: Id,
        /// First day, clinic time; the first one again where only the weeks change.
        start_date: NaiveDate,
        /// Planned weeks.
        weeks: u32,
        /// Join link of the group.
        #[serde(default)]
        join_link: Option<String>,
        /// Check-ins asked for; those of the enrolment before when absent.
        #[serde(default)]
        check_ins: Option<Vec<DueRule>>,
    },
    /// Adds a family member with a mailbox of their own.
    AddFamilyMember {
        /// The patient's care mailbox.
        patient: Id,
        /// Name.
        name: String,
        /// Sister, partner.
        relation: String,
        /// The patient consented to tell this person, epoch milliseconds. Without it: refused.
        consented_at: Option<i64>,
        /// How the patient consented; spoken when absent.
        #[serde(default)]
        how: ConsentHow,
        /// A parent or guardian of a patient under 18. They too need the patient's consent and get nothing
        /// but what the patient shares.
        #[serde(default)]
        guardian: bool,
    },
    /// Ends a family member's part: phones are cut off, keys renewed.
    EndFamilyMember {
        /// The family mailbox.
        member: Id,
    },
    /// Chooses education pieces for a family member; replaces the choice before.
    ChooseEducation {
        /// The family mailbox.
        member: Id,
        /// Slugs of pieces for families, in reading order.
        pieces: Vec<String>,
    },
    /// Invites a family member to one coming session of the patient: a group, or one with the family.
    InviteToSession {
        /// The family mailbox.
        member: Id,
        /// The session's id.
        session: String,
        /// A video link for this guest; absent: none for a group, the session's own otherwise.
        #[serde(default)]
        join_link: Option<String>,
    },
    /// Takes such an invitation back.
    WithdrawGuest {
        /// The family mailbox.
        member: Id,
        /// The invitation.
        invitation: Id,
    },
    /// Says what the groups are about for some days; the same id replaces it. Without an id a new one is
    /// made.
    SetTheme {
        /// The theme.
        theme: GroupTheme,
    },
    /// Publishes the education pieces that ship.
    PublishShipped {
        /// Which; all of them when empty.
        #[serde(default)]
        slugs: Vec<String>,
    },
    /// Invites a phone of a patient or family member.
    Invite {
        /// The care mailbox or the family mailbox.
        subject: Id,
        /// Shown on the screen (ten minutes) or sent as a link (72 hours).
        on_screen: bool,
    },
    /// Takes an invite back.
    RevokeInvite {
        /// Its id, from the link.
        invite: Id,
    },
    /// Cuts a lost phone off and makes new epochs for what it could open.
    LoseDevice {
        /// The care mailbox or the family mailbox.
        subject: Id,
        /// The phone.
        device: Id,
    },
    /// Cancels, moves or adds a group session.
    ChangeSession {
        /// The track.
        track: Id,
        /// What changes.
        change: SessionChange,
    },
    /// Plans or changes a session of one patient.
    PlanSession {
        /// The care mailbox.
        patient: Id,
        /// The session; the same id replaces it. Without an id a new one is made.
        session: OwnSession,
    },
    /// Marks who came.
    MarkAttendance {
        /// The care mailbox.
        patient: Id,
        /// The session's id.
        session: String,
        /// What is known.
        attendance: Attendance,
        /// Minutes there, for a part of a session; absent: all of it when there.
        #[serde(default)]
        minutes: Option<u32>,
    },
    /// Writes marks that the front desk made into the patient's own count.
    SettleVisits {
        /// The care mailbox.
        patient: Id,
    },
    /// Keeps what a payer authorised; the same id replaces it. Without an id a new one is made.
    Authorise {
        /// The care mailbox.
        patient: Id,
        /// What.
        authorisation: Authorised,
    },
    /// Notes that a payer was told of missed sessions. Nothing is sent: a person tells.
    NotePayerTold {
        /// Whom, of what.
        told: PayerTold,
    },
    /// Care pauses, such as for a hospital; the place in the program is kept.
    Pause {
        /// The care mailbox.
        patient: Id,
        /// First day away.
        from: NaiveDate,
        /// Why.
        reason: PauseReason,
        /// When the patient is thought to be back.
        #[serde(default)]
        expected_back: Option<NaiveDate>,
    },
    /// The patient is back from a pause.
    Resume {
        /// The care mailbox.
        patient: Id,
        /// First day back.
        date: NaiveDate,
    },
    /// Says when the clinic is closed; the same id replaces it. Without an id a new one is made.
    CloseDays {
        /// When and why.
        days: ClosedDays,
    },
    /// Ends the program for a patient.
    Discharge {
        /// The care mailbox.
        patient: Id,
        /// The actual day.
        date: NaiveDate,
        /// Why.
        reason: DischargeReason,
    },
    /// Closes the account of a discharged patient, and of the family, from a day on: their phones are told
    /// now, keep everything, and sync no more from then on.
    CloseAccount {
        /// The care mailbox.
        patient: Id,
        /// First day on which the server is closed to them, clinic time; after today.
        on: NaiveDate,
    },
    /// Does not close the account after all, or opens it again.
    KeepAccount {
        /// The care mailbox.
        patient: Id,
    },
    /// Publishes or replaces an education piece.
    PublishEducation {
        /// The piece.
        education: Education,
    },
    /// Publishes, changes or retires a skill of the clinic's own.
    PublishSkill {
        /// The skill in one language.
        skill: SkillPublished,
    },
    /// Takes a questionnaire into use: phones can offer it from then on.
    PublishQuestionnaire {
        /// The FHIR R4 Questionnaire, as its file came.
        questionnaire: String,
        /// What was confirmed about its licence.
        licence: LicenceAcknowledged,
    },
    /// Decides about check-ins: thresholds, words for patients, the follow-up screener. Holds whole.
    SetCheckInPolicy {
        /// The decisions.
        policy: CheckInPolicy,
    },
    /// Says whom safety flags are told to, and after how long the next. Administrators only.
    SetAlertPolicy {
        /// The lists.
        policy: AlertPolicy,
    },
    /// Notes that people were told of a safety flag: whoever watches writes it. Tells nobody itself.
    NoteAlert {
        /// Whom, of what, by what.
        told: AlertTold,
    },
    /// Says what the clinic is called and where it is.
    DescribeClinic {
        /// The clinic.
        clinic: Clinic,
    },
    /// Adds or changes a program.
    SetProgram {
        /// The program.
        program: Program,
    },
    /// Adds or changes a track.
    SetTrack {
        /// The track.
        track: Track,
    },
    /// Writes a note among staff.
    Note {
        /// About whom.
        patient: Id,
        /// The note.
        text: String,
    },
    /// Removes a colleague: account, certificate, new epochs everywhere but the library.
    RemoveStaff {
        /// Who.
        staff: Id,
    },
}

/// What an act made that the caller shows.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Done {
    /// The entry, mailbox, session or invite that was made.
    pub id: Option<Id>,
    /// For an invite: the link, to be shown as QR code or sent.
    pub link: Option<String>,
    /// For an invite: the six digits, to be told separately.
    pub code: Option<String>,
    /// For an invite: its end, epoch milliseconds.
    pub expires_at: Option<i64>,
}

/// Why an act is refused. Nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// No such patient, or the keys are not here yet.
    #[error("patient-unknown")]
    PatientUnknown,
    /// No such track, session, device, homework or flag.
    #[error("not-found")]
    NotFound,
    /// A text is empty or too long, or a number out of its range.
    #[error("out-of-range")]
    OutOfRange,
    /// The zone or schedule is not one.
    #[error("schedule-invalid")]
    ScheduleInvalid,
    /// The patient's consent is not recorded.
    #[error("consent-missing")]
    ConsentMissing,
    /// Only an administrator can.
    #[error("administrator-only")]
    AdministratorOnly,
    /// The sealed entry would be larger than its mailbox takes.
    #[error("entry-too-large")]
    TooLarge,
    /// The flag was answered higher since: look again.
    #[error("flag-changed")]
    FlagChanged,
    /// The patient was not discharged: the account cannot be closed.
    #[error("still-enrolled")]
    StillEnrolled,
    /// The account is closed: open it again first.
    #[error("account-closed")]
    AccountClosed,
    /// The plan was changed since: look again.
    #[error("plan-changed")]
    PlanChanged,
    /// The questionnaire is refused by the import, has the id of a form that ships, could need more room
    /// than an entry has, or its licence was not acknowledged.
    #[error("form-refused")]
    FormRefused,
    /// The skill has the name of one that ships, or a part of it is out of its bounds.
    #[error("skill-refused")]
    SkillRefused,
    /// The last administrator cannot be removed.
    #[error("last-administrator")]
    LastAdministrator,
}
