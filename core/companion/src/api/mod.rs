//! What the shells call. Every exported function is here: it blocks, takes the lock, calls and converts.
//!
//! The shells move calls off their main thread. `help` and `standing` answer at once whatever else goes
//! on; `sync` and `enrol` may take as long as the network, everything else as long as the disk.

#[cfg(feature = "vectors")]
pub mod vectors;

use std::path::Path;
use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::error::CompanionError;
use crate::inner::Inner;
use crate::keystore::{FileKeyStore, KeyStoreError};
use crate::phone::Phone;
use crate::reminders::{self, ArmerError};
use crate::view::{
    AnswerValue, ArmedReminder, BridgeView, CheckInDone, CheckInForm, CheckInReceipt, ConsentView,
    DueView, EducationItem, EducationPiece, FamilyHome, FamilyMemberView, HandOffMark, Help,
    HomeworkTry, HomeworkView, LoggedTry, PartOneDraft, PlanCardView, PlanKind, PlanPage,
    ReminderEvent, ReminderLine, ReminderMeans, ReminderRefresh, ReminderSettings, SafetyNotice,
    SafetyPlanDraft, SafetyPlanPage, Saved, ScoringFact, SessionView, SharePreview, SharedItem,
    SharedItemKind, SkillEffectView, SkillItem, SkillPage, Standing, SyncReport, SyncStatus,
    ThemeView, TodayView, TransitionPlanDraft, TreatmentPage, TrySaved, VisitsView,
};
use crate::view::{DeleteNotice, ExportDone, ProgressPage};
use crate::{enrol, erase, help, sync};

pub use crate::checkin::WholeCheckIn;

type Result<T> = std::result::Result<T, CompanionError>;

/// Keeps the database key where only the OS can: implemented by the shell. Never called while a lock is
/// held.
#[uniffi::export(foreign)]
pub trait KeyStore: Send + Sync {
    /// The key, or nothing when none was saved.
    fn load(&self) -> std::result::Result<Option<Vec<u8>>, KeyStoreError>;
    /// Keeps the key, replacing an earlier one. It must survive a restart when this returns.
    fn save(&self, bytes: Vec<u8>) -> std::result::Result<(), KeyStoreError>;
    /// Forgets the key; fine when there is none.
    fn delete(&self) -> std::result::Result<(), KeyStoreError>;
}

/// Hands reminders to the phone's system: implemented by the shell. Never called while a lock is held; one
/// call at a time. It must not call `sync` or `enrol` and wait. A call that panics or throws counts as not
/// taken and is tried again.
#[uniffi::export(foreign)]
pub trait ReminderArmer: Send + Sync {
    /// Holds this notification; the same id again replaces it. It must outlive the process when this
    /// returns.
    fn arm(&self, one: ArmedReminder) -> std::result::Result<(), ArmerError>;
    /// Takes it back, out of the system and out of the tray; fine when there is none. Returns when the
    /// system holds it no more (iOS takes back on another thread: ask for what is pending until it is not
    /// there); where `armed` tells, it is asked again.
    fn withdraw(&self, id: String) -> std::result::Result<(), ArmerError>;
    /// Ids that the system still holds (waiting, not shown), by a system that lets what has a `local`
    /// follow the clock; `None` where it does not tell or holds instants only: then all are armed again.
    fn armed(&self) -> std::result::Result<Option<Vec<String>>, ArmerError>;
}

/// What was armed last, for a phone that was restarted and not yet unlocked: times and neutral text.
/// `folder`: the `early_folder` of [`ReminderMeans`], or the phone's own.
#[uniffi::export]
pub fn armed_before_unlock(folder: &str) -> Vec<ArmedReminder> {
    reminders::before_unlock(folder)
}

/// Help without anything else: no store, no enrolment, no network. `country`: ISO 3166-1 alpha-2; `language`:
/// BCP 47.
#[uniffi::export]
pub fn help_anywhere(country: &str, language: &str) -> Help {
    help::without_a_phone(country, language)
}

/// The phone's core. One object per folder; close it before opening another. Called `PhoneCore` in
/// Kotlin and Swift, where `Companion` means something else.
#[derive(uniffi::Object)]
#[uniffi(name = "PhoneCore")]
pub struct Companion {
    inner: Inner,
}

#[uniffi::export(name = "PhoneCore")]
impl Companion {
    /// Opens the phone's folder. `zone` is the phone's IANA zone now.
    #[uniffi::constructor(name = "open_folder")]
    pub fn open(dir: &str, key_store: Arc<dyn KeyStore>, zone: &str) -> Result<Arc<Self>> {
        Self::open_with(Path::new(dir), key_store, Arc::new(SystemClock), zone)
    }

    /// Opens a folder on a desktop: the key lies in a file beside it, readable by its owner only.
    #[uniffi::constructor]
    pub fn open_on_desktop(dir: &str, zone: &str) -> Result<Arc<Self>> {
        let key = FileKeyStore::new(format!("{dir}.key"));
        Self::open_with(Path::new(dir), Arc::new(key), Arc::new(SystemClock), zone)
    }

    /// Closes the store; every later call answers `Closed`. Help goes on.
    #[uniffi::method(name = "shut_down")]
    pub fn close(&self) {
        self.inner.close();
    }

    /// How the phone stands.
    pub fn standing(&self) -> Standing {
        self.inner.standing()
    }

    /// The phone is in another zone now.
    pub fn set_zone(&self, zone: &str) -> Result<()> {
        self.inner.set_zone(zone)
    }

    /// The language that the shell shows, BCP 47 (`es-US`): check-ins are asked in it where their words
    /// are there, else in English. English until this is called.
    pub fn set_language(&self, language: &str) {
        self.inner.set_language(language);
    }

    /// Help, with the program's own phone once that is known. Waits for nothing.
    pub fn help(&self, country: &str) -> Help {
        self.inner.help(country)
    }

    /// Redeems an invite. `platform`: `android`, `ios` or `desktop`. After a crash the same call goes on
    /// where it was; a refusal leaves an existing enrolment as it is.
    pub fn enrol(
        &self,
        link: &str,
        code: &str,
        device_name: &str,
        platform: &str,
    ) -> Result<Standing> {
        enrol::enrol(&self.inner, link, code, device_name, platform)
    }

    /// What a patient reads before anything is written: that nobody watches around the clock. With when it was
    /// read; nothing waits for it.
    pub fn consent(&self) -> Result<ConsentView> {
        self.inner.with(|phone, _| phone.consent())
    }

    /// Says that the patient has read it.
    pub fn acknowledge_consent(&self, version: &str) -> Result<Saved> {
        self.inner
            .with(|phone, now| phone.acknowledge_consent(version, now))
    }

    /// The home screen of a patient's phone.
    pub fn today(&self) -> Result<TodayView> {
        self.inner.with(|phone, now| phone.today(now))
    }

    /// Sessions from now on, for so many days.
    pub fn sessions(&self, days: u16) -> Result<Vec<SessionView>> {
        self.inner.with(|phone, now| phone.sessions(days, now))
    }

    /// Visits used and left, and the hours of this week.
    pub fn visits(&self) -> Result<VisitsView> {
        self.inner.with(|phone, now| phone.visits(now))
    }

    /// Check-ins due now.
    pub fn due_check_ins(&self) -> Result<Vec<DueView>> {
        self.inner.with(|phone, now| phone.due(now))
    }

    /// Begins a check-in, or goes on with a half-done one.
    pub fn start_check_in(&self, form: &str) -> Result<CheckInForm> {
        self.inner
            .with(|phone, now| phone.start_check_in(form, now))
    }

    /// Takes one answer; `None` takes it back. It is saved when this returns. When `help_now` is set,
    /// show help before anything else.
    pub fn answer(
        &self,
        check_in: &str,
        link_id: &str,
        value: Option<AnswerValue>,
    ) -> Result<CheckInForm> {
        let value = value.map(Into::into);
        self.inner
            .with(|phone, now| phone.answer(check_in, link_id, value, now))
    }

    /// Takes one answer to the follow-up questions of a check-in ([`CheckInForm::follow_up`]); `None`
    /// takes it back. Saved on this phone when this returns, and handed in with the check-in.
    pub fn answer_follow_up(
        &self,
        check_in: &str,
        link_id: &str,
        value: Option<AnswerValue>,
    ) -> Result<CheckInForm> {
        let value = value.map(Into::into);
        self.inner
            .with(|phone, now| phone.answer_follow_up(check_in, link_id, value, now))
    }

    /// Keeps what the person says about themselves for the score of this check-in
    /// ([`CheckInForm::scoring`]): asked once, never required. Saved when this returns.
    pub fn tell_scoring_fact(&self, check_in: &str, fact: ScoringFact) -> Result<CheckInForm> {
        self.inner
            .with(|phone, now| phone.tell_scoring_fact(check_in, fact, now))
    }

    /// Tells the clinic that the patient needs help now ("I need help now"); staff sees it like a positive
    /// safety answer. Saved when this returns: sync at once, and show what it answers beside help, which
    /// waits for none of this. Nobody watches around the clock. Pressed again within ten minutes it is told
    /// once.
    pub fn ask_for_help(&self) -> Result<SafetyNotice> {
        self.inner.with(Phone::ask_for_help)
    }

    /// Hands a check-in in. Saved when this returns; calling it again answers the same.
    pub fn submit(&self, check_in: &str) -> Result<CheckInDone> {
        self.inner.with(|phone, now| phone.submit(check_in, now))
    }

    /// Check-ins written, newest first, with how far each has come.
    pub fn check_ins(&self, limit: u32) -> Result<Vec<CheckInReceipt>> {
        self.inner.with(|phone, _| phone.receipts(limit as usize))
    }

    /// All homework, the one due next first.
    pub fn homework(&self) -> Result<Vec<HomeworkView>> {
        self.inner.with(|phone, now| phone.homework(now))
    }

    /// Logs one try of homework or of a skill. Saved when this returns; what was kept of it half-filled is
    /// dropped. When `offer_safety_plan` is set, show help and the safety plan next.
    pub fn log_homework(&self, tried: HomeworkTry) -> Result<TrySaved> {
        let saved = self.inner.with(|phone, now| phone.log_homework(tried, now));
        self.inner.learn_help();
        saved
    }

    /// Keeps a half-filled try, one for each piece of homework or skill; it survives a kill.
    pub fn keep_try(&self, tried: HomeworkTry) -> Result<()> {
        self.inner.with(|phone, _| phone.keep_try(tried))
    }

    /// The half-filled try of a piece of homework, else of a skill.
    #[expect(clippy::needless_pass_by_value, reason = "the boundary takes it so")]
    pub fn kept_try(
        &self,
        homework: Option<String>,
        skill: Option<String>,
    ) -> Result<Option<HomeworkTry>> {
        let (homework, skill) = (homework.as_deref(), skill.as_deref());
        self.inner.with(|phone, _| phone.kept_try(homework, skill))
    }

    /// Every skill, by what it is for, in the shell's language.
    pub fn skills(&self) -> Result<Vec<SkillItem>> {
        self.inner.with(|phone, _| phone.skills())
    }

    /// One skill: steps, cautions, timed guidance, what is logged.
    pub fn skill(&self, id: &str) -> Result<SkillPage> {
        self.inner.with(|phone, _| phone.skill(id))
    }

    /// How each skill that was tried worked for this patient, the best first. Nothing is ranked below three
    /// pairs of ratings.
    pub fn skill_effects(&self) -> Result<Vec<SkillEffectView>> {
        self.inner.with(|phone, _| phone.skill_effects())
    }

    /// Tries logged, oldest first; of one piece of homework, or all.
    #[expect(clippy::needless_pass_by_value, reason = "the boundary takes it so")]
    pub fn homework_log(&self, homework: Option<String>) -> Result<Vec<LoggedTry>> {
        let homework = homework.as_deref();
        self.inner.with(|phone, _| phone.homework_log(homework))
    }

    /// The transition plan with its history.
    pub fn transition_plan(&self) -> Result<PlanPage> {
        self.inner.with(|phone, _| phone.plan())
    }

    /// Says that the patient has read a plan.
    pub fn acknowledge_plan(&self, plan: &str) -> Result<Saved> {
        self.inner
            .with(|phone, now| phone.acknowledge_plan(plan, now))
    }

    /// A plan with its history and what changed since it was looked at.
    pub fn plan_card(&self, kind: PlanKind) -> Result<PlanCardView> {
        self.inner.with(|phone, _| phone.plan_card(kind))
    }

    /// Says that a plan as it stands was on the screen: `since_looked` counts from here on. Known on this
    /// phone alone.
    pub fn looked_at_plan(&self, kind: PlanKind) -> Result<()> {
        self.inner.with(|phone, _| phone.looked_at_plan(kind))
    }

    /// A plan as a page to print: HTML that stands alone, without a script and with nothing to fetch.
    pub fn plan_to_print(&self, kind: PlanKind) -> Result<String> {
        self.inner.with(|phone, _| phone.plan_to_print(kind))
    }

    /// The treatment plan in both parts, with goals and what may be marked.
    pub fn treatment_plan(&self) -> Result<TreatmentPage> {
        self.inner.with(|phone, _| phone.treatment_plan())
    }

    /// Writes part one of the treatment plan. `NotValid` with `plan-changed` when another revision came
    /// since the draft was made.
    pub fn write_part_one(&self, draft: PartOneDraft) -> Result<Saved> {
        self.inner
            .with(|phone, now| phone.write_part_one(draft, now))
    }

    /// Rates a goal from -2 (much less than hoped for) to 2 (much more).
    pub fn rate_goal(&self, goal: &str, level: i8, note: String) -> Result<Saved> {
        self.inner
            .with(|phone, now| phone.rate_goal(goal, level, note, now))
    }

    /// The safety plan, with the numbers to call from it.
    pub fn safety_plan(&self) -> Result<SafetyPlanPage> {
        self.inner.with(|phone, _| phone.safety_plan())
    }

    /// Writes the safety plan; it holds at once, and the clinic sees that it changed.
    pub fn write_safety_plan(&self, draft: SafetyPlanDraft) -> Result<Saved> {
        self.inner
            .with(|phone, now| phone.write_safety_plan(draft, now))
    }

    /// Proposes a transition plan: the clinic decides.
    pub fn propose_transition_plan(&self, draft: TransitionPlanDraft) -> Result<Saved> {
        self.inner
            .with(|phone, now| phone.propose_transition_plan(draft, now))
    }

    /// The way out of the program; absent before an enrolment.
    pub fn bridge(&self) -> Result<Option<BridgeView>> {
        self.inner.with(|phone, now| phone.bridge(now))
    }

    /// Says what became of a hand-off of the transition plan.
    pub fn mark_hand_off(&self, mark: HandOffMark) -> Result<Saved> {
        self.inner.with(|phone, now| phone.mark_hand_off(mark, now))
    }

    /// How it goes: symptoms, daily life and taking part, from what is on this phone.
    pub fn progress(&self) -> Result<ProgressPage> {
        self.inner.with(|phone, now| phone.progress(now))
    }

    /// The same as a page of HTML, to print.
    pub fn progress_print(&self) -> Result<String> {
        self.inner.with(|phone, now| phone.progress_print(now))
    }

    /// Writes the patient's whole record in open formats to a new zip at this path, which the shell hands
    /// to the person and then deletes: it is not sealed.
    pub fn export_record(&self, file: &str) -> Result<ExportDone> {
        self.inner.with(|phone, now| phone.export_record(file, now))
    }

    /// What erasing would do; to be shown before [`Companion::prepare_delete`].
    pub fn delete_notice(&self) -> Result<DeleteNotice> {
        self.inner.with(|phone, _| Ok(phone.delete_notice()))
    }

    /// The first step of erasing: takes back what is shared with family. Saved when this returns; sync
    /// next, so that family phones hear of it.
    pub fn prepare_delete(&self) -> Result<DeleteNotice> {
        self.inner.with(Phone::take_back_shares)
    }

    /// Erases everything on this phone; the clinic keeps its own record. Not with entries that the clinic
    /// does not have (`entries-unsent`), unless the person was told and says so. A sync under way is called
    /// off. Call `refresh_reminders` next: it takes back what the system still holds.
    pub fn delete_everything(&self, even_if_unsent: bool) -> Result<()> {
        erase::erase(&self.inner, even_if_unsent)
    }

    /// Education pieces; on a family phone those for families.
    pub fn education(&self) -> Result<Vec<EducationItem>> {
        self.inner.with(|phone, _| phone.education())
    }

    /// One education piece, as `CommonMark`.
    pub fn education_piece(&self, slug: &str) -> Result<EducationPiece> {
        self.inner.with(|phone, _| phone.education_piece(slug))
    }

    /// What the groups are about now; on a family phone of all the clinic's groups.
    pub fn themes(&self) -> Result<Vec<ThemeView>> {
        self.inner.with(|phone, now| phone.themes(now))
    }

    /// The patient's family with each item that can be shared, and how far it has come.
    pub fn family(&self) -> Result<Vec<FamilyMemberView>> {
        self.inner.with(|phone, now| phone.family(now))
    }

    /// What a family member would read if this were shared now. `note` is the patient's own words for
    /// "How you can help me", else empty.
    pub fn share_preview(&self, kind: SharedItemKind, note: &str) -> Result<SharePreview> {
        self.inner.with(|phone, _| phone.share_preview(kind, note))
    }

    /// Shares an item with a family member until then, epoch milliseconds; what was shared of it before
    /// is replaced. Saved when this returns; sync next.
    pub fn share_item(
        &self,
        member: &str,
        kind: SharedItemKind,
        until: i64,
        note: &str,
    ) -> Result<Saved> {
        self.inner
            .with(|phone, now| phone.share_item(member, kind, until, note, now))
    }

    /// Takes a sharing back: it leaves the family member's phone at that phone's next sync. Saved when this
    /// returns; sync next.
    pub fn withdraw_share(&self, share: &str) -> Result<Saved> {
        self.inner
            .with(|phone, now| phone.withdraw_share(share, now))
    }

    /// Takes everything back that is shared with a person, and the consent to tell them; the clinic then
    /// cuts their phones off. Saved when this returns; sync next.
    pub fn withdraw_consent(&self, member: &str) -> Result<Saved> {
        self.inner
            .with(|phone, now| phone.withdraw_consent(member, now))
    }

    /// The first screen of a family member's phone.
    pub fn family_home(&self) -> Result<FamilyHome> {
        self.inner.with(|phone, now| phone.family_home(now))
    }

    /// Shows one shared item; the patient sees when it was opened first.
    pub fn open_shared(&self, item: &str) -> Result<SharedItem> {
        self.inner.with(|phone, now| phone.open_shared(item, now))
    }

    /// What the patient shares with this family member; empty on a patient's phone.
    pub fn shared_items(&self) -> Result<Vec<SharedItem>> {
        self.inner.with(|phone, now| phone.shared(now))
    }

    /// Plans the reminders and hands them to the system. To be called at every start of the app, on a wake,
    /// after a restart, and when zone, clock, permission or settings changed, a check-in was handed in or a
    /// reminder put off. Sync does the same again by itself, with the newest `means` and `armer`.
    pub fn refresh_reminders(
        &self,
        means: ReminderMeans,
        armer: Arc<dyn ReminderArmer>,
    ) -> Result<ReminderRefresh> {
        reminders::refresh(&self.inner, means, armer)
    }

    /// Every reminder with its state and reason, by time: the screen "Why was there no reminder?".
    pub fn reminder_report(&self, language: &str) -> Result<Vec<ReminderLine>> {
        self.inner.with(|phone, _| phone.reminder_report(language))
    }

    /// What the shell saw of a notification.
    pub fn note_reminder(&self, id: &str, event: ReminderEvent) -> Result<()> {
        self.inner
            .with(|phone, now| phone.note_reminder(id, event, now))
    }

    /// Puts a notification off to the next free time; call `refresh_reminders` next.
    pub fn snooze_reminder(&self, id: &str) -> Result<()> {
        self.inner.with(|phone, now| phone.snooze_reminder(id, now))
    }

    /// What the person set about reminders.
    pub fn reminder_settings(&self) -> Result<ReminderSettings> {
        self.inner.with(|phone, _| phone.reminder_settings())
    }

    /// Sets it; call `refresh_reminders` next.
    #[expect(clippy::needless_pass_by_value, reason = "the boundary takes it so")]
    pub fn set_reminder_settings(&self, settings: ReminderSettings) -> Result<()> {
        self.inner
            .with(|phone, _| phone.set_reminder_settings(&settings))
    }

    /// How sync stands: pending, last time, what was put aside, faults.
    pub fn sync_status(&self) -> Result<SyncStatus> {
        self.inner.with(|phone, _| phone.sync_status())
    }

    /// One pass of synchronisation. Nothing else waits for it. Reminders follow what it brought before it
    /// returns, once `refresh_reminders` was called.
    pub fn sync(&self) -> Result<SyncReport> {
        sync::run(&self.inner)
    }

    /// Calls off the sync (or enrolment) that is under way, at once. Nothing when none is.
    pub fn cancel_sync(&self) {
        self.inner.lane.call_off.cancel();
    }
}

/// For Rust callers: desk, demo, tests.
impl Companion {
    /// [`Companion::open`] with a clock of the caller's.
    pub fn open_with(
        dir: &Path,
        key_store: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        zone: &str,
    ) -> Result<Arc<Self>> {
        let inner = Inner::open(dir, key_store, clock, zone)?;
        Ok(Arc::new(Self { inner }))
    }

    /// Writes whole check-ins as the apps would (the safety entry, then the complete one), all in one
    /// transaction, at the clock's now.
    pub fn write_check_ins(&self, whole: &[WholeCheckIn]) -> Result<Vec<String>> {
        self.inner
            .with(|phone, now| phone.write_check_ins(whole, now))
    }

    /// The patient's facts as this phone has folded them, unsent ones included.
    pub fn chart(&self) -> Result<handrail_care::chart::Chart> {
        self.inner.with(|phone, _| phone.chart().cloned())
    }

    /// This phone's party id as text, once enrolled: what staff's list of devices calls it.
    pub fn device(&self) -> Result<String> {
        self.inner
            .with(|phone, _| phone.enrolled().map(|_| phone.trust.me.to_string()))
    }
}
