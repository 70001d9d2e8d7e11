package app.handrail

import app.handrail.generated.AnswerValue
import app.handrail.generated.BridgeView
import app.handrail.generated.CheckInDone
import app.handrail.generated.CheckInForm
import app.handrail.generated.CheckInReceipt
import app.handrail.generated.ConsentView
import app.handrail.generated.DeleteNotice
import app.handrail.generated.DueView
import app.handrail.generated.EducationItem
import app.handrail.generated.EducationPiece
import app.handrail.generated.ExportDone
import app.handrail.generated.FamilyHome
import app.handrail.generated.FamilyMemberView
import app.handrail.generated.HandOffMark
import app.handrail.generated.HomeworkTry
import app.handrail.generated.HomeworkView
import app.handrail.generated.LoggedTry
import app.handrail.generated.PartOneDraft
import app.handrail.generated.PlanCardView
import app.handrail.generated.PlanKind
import app.handrail.generated.PlanPage
import app.handrail.generated.ProgressPage
import app.handrail.generated.ReminderArmer
import app.handrail.generated.ReminderEvent
import app.handrail.generated.ReminderLine
import app.handrail.generated.ReminderMeans
import app.handrail.generated.ReminderRefresh
import app.handrail.generated.ReminderSettings
import app.handrail.generated.SafetyPlanDraft
import app.handrail.generated.SafetyPlanPage
import app.handrail.generated.Saved
import app.handrail.generated.ScoringFact
import app.handrail.generated.SharePreview
import app.handrail.generated.SharedItem
import app.handrail.generated.SharedItemKind
import app.handrail.generated.SkillEffectView
import app.handrail.generated.SkillItem
import app.handrail.generated.SkillPage
import app.handrail.generated.Standing
import app.handrail.generated.SyncOutcome
import app.handrail.generated.SyncReport
import app.handrail.generated.SyncStatus
import app.handrail.generated.ThemeView
import app.handrail.generated.TransitionPlanDraft
import app.handrail.generated.TreatmentPage
import app.handrail.generated.TrySaved
import java.io.File

/** From an invite to a phone with keys. */
public class Enrolment internal constructor(private val lanes: Lanes) {
    /**
     * Redeems an invite: the link as it was scanned or tapped, and the six digits. [platform] is `android`,
     * `ios` or `desktop`. A sync under way is called off. After a crash or a cancellation the same call goes
     * on where it was; a refusal leaves an existing enrolment as it is.
     */
    public suspend fun enrol(link: String, code: String, deviceName: String, platform: String): Standing =
        lanes.takingOver { phone ->
            phone.enrol(link, code, deviceName, platform).also { lanes.changes.tell(Change.entries) }
        }

    /**
     * What a patient reads before anything is written: that nobody watches around the clock. With when it was
     * read; nothing waits for it.
     */
    public suspend fun consent(): ConsentView = lanes.read { it.consent() }

    /** Says that the patient has read it. */
    public suspend fun acknowledgeConsent(version: String): Saved =
        lanes.write(listOf(Change.SYNC)) { it.acknowledgeConsent(version) }
}

/** Filling check-ins in, and how far each has come. */
public class CheckIns internal constructor(private val lanes: Lanes) {
    /** Check-ins due now. */
    public suspend fun due(): List<DueView> = lanes.read { it.dueCheckIns() }

    /** Begins a check-in of a form, or goes on with a half-done one. */
    public suspend fun start(form: String): CheckInForm =
        lanes.write(listOf(Change.CHECK_INS)) { it.startCheckIn(form) }

    /**
     * Takes one answer; null takes it back. When [CheckInForm.helpNow] is set, show help before anything
     * else.
     */
    public suspend fun answer(checkIn: String, linkId: String, value: AnswerValue?): CheckInForm =
        lanes.write(listOf(Change.CHECK_INS)) { it.answer(checkIn, linkId, value) }

    /**
     * Takes one answer to the questions that follow a check-in ([CheckInForm.followUp]); null takes it back.
     * It is handed in with the check-in.
     */
    public suspend fun answerFollowUp(checkIn: String, linkId: String, value: AnswerValue?): CheckInForm =
        lanes.write(listOf(Change.CHECK_INS)) { it.answerFollowUp(checkIn, linkId, value) }

    /**
     * Keeps what the person says about themselves for the score of this check-in ([CheckInForm.scoring]):
     * asked once, never required.
     */
    public suspend fun tell(checkIn: String, fact: ScoringFact): CheckInForm =
        lanes.write(listOf(Change.CHECK_INS)) { it.tellScoringFact(checkIn, fact) }

    /** Hands a check-in in; calling it again answers the same. */
    public suspend fun submit(checkIn: String): CheckInDone =
        lanes.write(listOf(Change.CHECK_INS)) { it.submit(checkIn) }

    /** Check-ins written, newest first. */
    public suspend fun list(limit: UInt): List<CheckInReceipt> = lanes.read { it.checkIns(limit) }
}

/** Homework, and tries of it. */
public class Homework internal constructor(private val lanes: Lanes) {
    /** All homework, the one due next first. */
    public suspend fun list(): List<HomeworkView> = lanes.read { it.homework() }

    /**
     * Logs one try of homework or of a skill. Show help and the safety plan next when [TrySaved] says so.
     */
    public suspend fun log(tried: HomeworkTry): TrySaved =
        lanes.write(listOf(Change.HOMEWORK)) { it.logHomework(tried) }

    /** Keeps a half-filled try, one for each piece of homework or skill; [log] drops it. */
    public suspend fun keep(tried: HomeworkTry): Unit = lanes.write(emptyList()) { it.keepTry(tried) }

    /** The half-filled try of a piece of homework, else of a skill. */
    public suspend fun kept(homework: String? = null, skill: String? = null): HomeworkTry? =
        lanes.read { it.keptTry(homework, skill) }

    /** Tries logged, oldest first: of one piece of homework, or all. */
    public suspend fun tries(homework: String? = null): List<LoggedTry> = lanes.read { it.homeworkLog(homework) }
}

/** Skills: how each is done, and how it worked for this patient. */
public class Skills internal constructor(private val lanes: Lanes) {
    /** Every skill, by what it is for, in the language of [Core.setLanguage]. */
    public suspend fun list(): List<SkillItem> = lanes.read { it.skills() }

    /** One skill: steps, cautions, timed guidance, what is logged. */
    public suspend fun page(id: String): SkillPage = lanes.read { it.skill(id) }

    /** How each skill that was tried worked, the best first; nothing is ranked below three ratings. */
    public suspend fun effects(): List<SkillEffectView> = lanes.read { it.skillEffects() }
}

/** The treatment plan in two parts, the safety plan, the transition plan, and the way out of the program. */
public class Plan internal constructor(private val lanes: Lanes) {
    /** The transition plan with its history. */
    public suspend fun transition(): PlanPage = lanes.read { it.transitionPlan() }

    /** Says that the patient has read a plan, whichever it is. */
    public suspend fun acknowledge(plan: String): Saved =
        lanes.write(listOf(Change.PLAN)) { it.acknowledgePlan(plan) }

    /** A plan with its history and what changed since [looked] was called for it. */
    public suspend fun card(kind: PlanKind): PlanCardView = lanes.read { it.planCard(kind) }

    /** Says that a plan as it stands was on the screen. Known on this phone alone. */
    public suspend fun looked(kind: PlanKind): Unit = lanes.write(listOf(Change.PLAN)) { it.lookedAtPlan(kind) }

    /** A plan as a page to print: HTML that stands alone, without a script and with nothing to fetch. */
    public suspend fun print(kind: PlanKind): String = lanes.read { it.planToPrint(kind) }

    /** The treatment plan in both parts, with goals and what may be marked. */
    public suspend fun treatment(): TreatmentPage = lanes.read { it.treatmentPlan() }

    /**
     * Writes part one of the treatment plan. [CoreError.NotValid] with `plan-changed` when another revision
     * came since the draft was made: read it again.
     */
    public suspend fun writePartOne(draft: PartOneDraft): Saved =
        lanes.write(listOf(Change.PLAN)) { it.writePartOne(draft) }

    /** Rates a goal from -2 (much less than hoped for) to 2 (much more). */
    public suspend fun rateGoal(goal: String, level: Byte, note: String): Saved =
        lanes.write(listOf(Change.PLAN)) { it.rateGoal(goal, level, note) }

    /** The safety plan, with the numbers to call from it. */
    public suspend fun safety(): SafetyPlanPage = lanes.read { it.safetyPlan() }

    /** Writes the safety plan; it holds at once, and the clinic sees that it changed. */
    public suspend fun writeSafety(draft: SafetyPlanDraft): Saved =
        lanes.write(listOf(Change.PLAN)) { it.writeSafetyPlan(draft) }

    /** Proposes a transition plan: the clinic decides. */
    public suspend fun proposeTransition(draft: TransitionPlanDraft): Saved =
        lanes.write(listOf(Change.PLAN)) { it.proposeTransitionPlan(draft) }

    /** The way out of the program; null before an enrolment. */
    public suspend fun bridge(): BridgeView? = lanes.read { it.bridge() }

    /** Says what became of a hand-off of the transition plan. */
    public suspend fun markHandOff(mark: HandOffMark): Saved =
        lanes.write(listOf(Change.PLAN)) { it.markHandOff(mark) }
}

/** Pieces to read; on a family phone those for families. */
public class Education internal constructor(private val lanes: Lanes) {
    /** All pieces. */
    public suspend fun list(): List<EducationItem> = lanes.read { it.education() }

    /** One piece, as CommonMark. */
    public suspend fun piece(slug: String): EducationPiece = lanes.read { it.educationPiece(slug) }

    /** What the groups are about now; on a family phone of all the clinic's groups. */
    public suspend fun themes(): List<ThemeView> = lanes.read { it.themes() }
}

/** A patient's own sharing with family, person by person and item by item. */
public class Family internal constructor(private val lanes: Lanes) {
    /** Each person with each item that can be shared, and how far it has come. */
    public suspend fun list(): List<FamilyMemberView> = lanes.read { it.family() }

    /** What a person would read if this were shared now; [note] holds the patient's own words, where it is those. */
    public suspend fun preview(kind: SharedItemKind, note: String = ""): SharePreview =
        lanes.read { it.sharePreview(kind, note) }

    /**
     * Shares an item with a person until then (epoch milliseconds); what was shared of it before is replaced.
     * Sync next.
     */
    public suspend fun share(member: String, kind: SharedItemKind, until: Long, note: String = ""): Saved =
        lanes.write(listOf(Change.SYNC)) { it.shareItem(member, kind, until, note) }

    /** Takes a sharing back: it leaves the person's phone at that phone's next sync. Sync next. */
    public suspend fun withdraw(share: String): Saved =
        lanes.write(listOf(Change.SYNC)) { it.withdrawShare(share) }

    /**
     * Takes everything back that is shared with a person, and the consent to tell them: the clinic then cuts
     * their phones off. Sync next.
     */
    public suspend fun withdrawConsent(member: String): Saved =
        lanes.write(listOf(Change.SYNC)) { it.withdrawConsent(member) }
}

/** How it goes: symptoms, daily life, taking part. Days without data are missing, never zero. */
public class Progress internal constructor(private val lanes: Lanes) {
    /** The page of the week. */
    public suspend fun page(): ProgressPage = lanes.read { it.progress() }

    /** The same as a page of HTML that stands alone, to print. */
    public suspend fun print(): String = lanes.read { it.progressPrint() }
}

/** The record on this phone as a whole. */
public class Record internal constructor(private val lanes: Lanes) {
    /**
     * Writes everything in open formats to a new zip. The file is not sealed: hand it to the person, then
     * delete it.
     */
    public suspend fun export(file: File): ExportDone = lanes.read { it.exportRecord(file.path) }

    /** What erasing would do: to be shown, whole, before [prepareDelete]. */
    public suspend fun deleteNotice(): DeleteNotice = lanes.read { it.deleteNotice() }

    /** Takes back what is shared with family. Saved when this returns; sync next. */
    public suspend fun prepareDelete(): DeleteNotice = lanes.write(Change.entries) { it.prepareDelete() }

    /**
     * Erases everything on this phone; the clinic keeps its own record. Refused while entries are only here,
     * unless [evenIfUnsent]. A sync under way is called off. Refresh the reminders next.
     */
    public suspend fun delete(evenIfUnsent: Boolean): Unit =
        lanes.takingOver { phone ->
            phone.deleteEverything(evenIfUnsent).also { lanes.changes.tell(Change.entries) }
        }
}

/** What a patient shares with the family member whose phone this is. */
public class Shared internal constructor(private val lanes: Lanes) {
    /** The items that hold now; none on a patient's phone. */
    public suspend fun list(): List<SharedItem> = lanes.read { it.sharedItems() }

    /** The first screen: items, sessions that this person is invited to, what the groups are about. */
    public suspend fun home(): FamilyHome = lanes.read { it.familyHome() }

    /** Shows one item; the patient sees when it was opened first. */
    public suspend fun open(item: String): SharedItem = lanes.write(listOf(Change.SYNC)) { it.openShared(item) }
}

/**
 * Reminders: planned here, held by the phone's system, and a reason for each that is not there. The calls
 * wait for their turn like any other, so they may be made from wherever a wake comes in.
 */
public class Reminders internal constructor(private val lanes: Lanes) {
    /**
     * Plans the reminders and hands them to the system. To be called at every start of the app, on a wake,
     * after a restart, and when zone, clock, permission or settings changed, a check-in was handed in or a
     * reminder put off. Sync does the same again by itself, with the newest [means] and [armer].
     *
     * [armer] is called on a background thread, during sync too, one call at a time, and must not wait for
     * another call of this core but [Core.help]. Whatever it throws means "not taken": tried again next time.
     */
    public suspend fun refresh(means: ReminderMeans, armer: ReminderArmer): ReminderRefresh =
        lanes.write(listOf(Change.REMINDERS)) { it.refreshReminders(means, CarefulArmer(armer)) }

    /** Every reminder with its state and reason, by time, in words of a language like `es-US`. */
    public suspend fun report(language: String): List<ReminderLine> = lanes.read { it.reminderReport(language) }

    /** What the app saw of a notification. */
    public suspend fun note(id: String, event: ReminderEvent): Unit =
        lanes.write(listOf(Change.REMINDERS)) { it.noteReminder(id, event) }

    /** Puts a notification off to the next free time; call [refresh] next. */
    public suspend fun snooze(id: String): Unit = lanes.write(listOf(Change.REMINDERS)) { it.snoozeReminder(id) }

    /** What the person set. */
    public suspend fun settings(): ReminderSettings = lanes.read { it.reminderSettings() }

    /** Sets it; call [refresh] next. */
    public suspend fun setSettings(settings: ReminderSettings): Unit =
        lanes.write(listOf(Change.REMINDERS)) { it.setReminderSettings(settings) }
}

/** Exchange with the clinic. Nothing else waits for it. */
public class Sync internal constructor(private val lanes: Lanes) {
    /**
     * One pass; answers [SyncOutcome.Running] at once while another call is at it. Cancelling the coroutine
     * calls the pass off. Reminders follow what it brought before it returns: what was cancelled is taken
     * back. Without [SyncReport.reminders] call [Reminders.refresh].
     */
    public suspend fun now(): SyncReport =
        lanes.ifFree { phone -> phone.sync().also { lanes.changes.tell(changed(it)) } }
            ?: SyncReport(SyncOutcome.Running, 0u, 0u, false, null, null)

    /** How sync stands: pending, last time, what was put aside, faults. */
    public suspend fun status(): SyncStatus = lanes.read { it.syncStatus() }

    /** Calls off the sync or enrolment that is under way, at once; nothing when none is. Never waits. */
    public fun cancel(): Unit = lanes.callOff()

    private fun changed(report: SyncReport): Collection<Change> =
        when {
            report.outcome == SyncOutcome.CutOff -> Change.entries
            report.sent + report.received > 0u ->
                Change.entries - Change.STANDING - setOfNotNull(Change.REMINDERS.takeIf { report.reminders == null })
            report.reminders.isNews() -> listOf(Change.SYNC, Change.REMINDERS)
            else -> listOf(Change.SYNC)
        }

    /** The system was told something. */
    private fun ReminderRefresh?.isNews(): Boolean = this != null && armed + withdrawn + refused > 0u
}
