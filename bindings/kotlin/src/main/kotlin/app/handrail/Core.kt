package app.handrail

import app.handrail.generated.ArmedReminder
import app.handrail.generated.Help
import app.handrail.generated.KeyStore
import app.handrail.generated.PhoneCore
import app.handrail.generated.ReminderMeans
import app.handrail.generated.SafetyNotice
import app.handrail.generated.SessionView
import app.handrail.generated.Standing
import app.handrail.generated.TodayView
import app.handrail.generated.VisitsView
import java.io.File
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.withContext

/**
 * The phone's core: the one object that screens see.
 *
 * Every call may be made from any thread, the main thread included. Suspending calls wait for their turn in
 * one lane; enrolment and sync have a lane of their own, so nothing waits for the network but they. [help]
 * waits for nothing. What a call saved is on the disk when it returns. Calls throw [CoreError] and nothing
 * else.
 *
 * One object per folder: [close] it before opening another.
 */
public class Core private constructor(private val lanes: Lanes) {
    /** From an invite to a phone with keys. */
    public val enrolment: Enrolment = Enrolment(lanes)

    /** Filling check-ins in, and how far each has come. */
    public val checkIns: CheckIns = CheckIns(lanes)

    /** Homework, and tries of it. */
    public val homework: Homework = Homework(lanes)

    /** Skills, and how each worked. */
    public val skills: Skills = Skills(lanes)

    /** The treatment plan, the safety plan, the transition plan. */
    public val plan: Plan = Plan(lanes)

    /** Pieces to read. */
    public val education: Education = Education(lanes)

    /** How it goes. */
    public val progress: Progress = Progress(lanes)

    /** The record on this phone as a whole: taking it along, erasing it. */
    public val record: Record = Record(lanes)

    /** A patient's own sharing with family. */
    public val family: Family = Family(lanes)

    /** What a patient shares with the family member whose phone this is. */
    public val shared: Shared = Shared(lanes)

    /** Reminders, and why one is not there. */
    public val reminders: Reminders = Reminders(lanes)

    /** Exchange with the clinic. */
    public val sync: Sync = Sync(lanes)

    /**
     * What has changed, from the moment of collecting on. Each area is told once however often it changed
     * while the collector was busy. Ends when the core is closed.
     */
    public val changes: Flow<Change> get() = lanes.changes.flow

    /**
     * Help for a country (ISO 3166-1 alpha-2), with the program's own phone once that is known. Waits for
     * nothing, needs nothing and never fails, also after [close].
     */
    public fun help(country: String): Help = lanes.unqueued { it.help(country) } ?: helpAnywhere(country)

    /**
     * Tells the clinic that the patient needs help now; staff see it like a positive safety answer. Saved
     * when this returns: show [help] first, sync at once, and show what this answers beside help. Nobody
     * watches around the clock. Said again within ten minutes it is told once.
     */
    public suspend fun askForHelp(): SafetyNotice = lanes.write(listOf(Change.SYNC)) { it.askForHelp() }

    /** How this phone stands; [Standing.Closed] after [close]. */
    public suspend fun standing(): Standing =
        try {
            lanes.read { it.standing() }
        } catch (_: CoreError.Closed) {
            Standing.Closed
        }

    /** The phone is in another IANA zone now. */
    public suspend fun setZone(zone: String): Unit = lanes.write(Change.entries) { it.setZone(zone) }

    /**
     * The language that the app shows, like `es-US`: check-ins are asked and notes are told in it where there
     * are words in it, else in English. English until this is called.
     */
    public suspend fun setLanguage(language: String): Unit =
        lanes.write(Change.entries) { it.setLanguage(language) }

    /** The home screen of a patient's phone. */
    public suspend fun today(): TodayView = lanes.read { it.today() }

    /** Sessions from now on, for so many days. */
    public suspend fun sessions(days: UShort): List<SessionView> = lanes.read { it.sessions(days) }

    /** Visits used and left, and the hours of this week. */
    public suspend fun visits(): VisitsView = lanes.read { it.visits() }

    /**
     * Calls sync off, waits for the calls that were made before, and lets another object open the folder.
     * Later calls throw [CoreError.Closed]; a second time does nothing.
     */
    public suspend fun close(): Unit = lanes.close()

    public companion object {
        /**
         * Opens the phone's folder, making it when it is not there.
         *
         * [keyStore] keeps the key of the data where only the OS can; it is called on background threads.
         * [zone] is the phone's IANA zone now.
         */
        public suspend fun open(folder: File, keyStore: KeyStore, zone: String): Core {
            var opened: Core? = null
            try {
                return withContext(Dispatchers.IO) {
                    val keys = CarefulKeyStore(keyStore)
                    val phone = typed { PhoneCore.openFolder(folder.path, keys, zone) }
                    Core(Lanes(phone)).also { opened = it }
                }
            } catch (cancelled: CancellationException) {
                // Nobody will get the object, so nobody could close it.
                opened?.close()
                throw cancelled
            }
        }

        /** Help without anything else: no store, no enrolment, no network. [language] like `es-US`. */
        public fun helpAnywhere(country: String, language: String = "en"): Help =
            app.handrail.generated.helpAnywhere(country, language)

        /**
         * What was armed last, for a phone that was restarted and not yet unlocked: times and neutral text.
         * [folder] is the `earlyFolder` of [ReminderMeans], or the phone's own. Blocks for one small file.
         */
        public fun armedBeforeUnlock(folder: File): List<ArmedReminder> =
            app.handrail.generated.armedBeforeUnlock(folder.path)
    }
}
