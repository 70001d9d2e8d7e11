package app.handrail

import app.handrail.generated.ArmedReminder
import app.handrail.generated.ArmerException
import app.handrail.generated.LockScreen
import app.handrail.generated.ReminderAbout
import app.handrail.generated.ReminderArmer
import app.handrail.generated.ReminderEvent
import app.handrail.generated.ReminderLine
import app.handrail.generated.ReminderMeans
import app.handrail.generated.ReminderState
import app.handrail.generated.ReminderWhy
import java.io.File
import java.time.Instant
import java.time.ZoneOffset
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** A phone's system: holds what it was told to hold, and remembers every call. */
internal class Alarms(private val onArm: () -> Unit = {}) : ReminderArmer {
    val held: MutableMap<String, ArmedReminder> = ConcurrentHashMap()
    val log = ConcurrentLinkedQueue<String>()

    /** Thrown by every call. */
    @Volatile var failure: (() -> Throwable)? = null

    /** Whether it tells what it holds. */
    @Volatile var tells = true

    override fun arm(one: ArmedReminder) {
        onArm()
        failure?.let { throw it() }
        log += "arm ${one.id}"
        held[one.id] = one
    }

    override fun withdraw(id: String) {
        failure?.let { throw it() }
        log += "withdraw $id"
        held -= id
    }

    override fun armed(): List<String>? {
        failure?.let { throw it() }
        return if (tells) held.keys.toList() else null
    }
}

internal fun means(earlyFolder: File? = null) = ReminderMeans(true, true, 500u, "en-US", earlyFolder?.path)

/** Reminders: planned by the core, armed by the shell, taken back, accounted for. */
class RemindersTest {
    @TempDir lateinit var folder: File

    private val clinic get() = Clinic.shared
    private val alarms = Alarms()

    private suspend fun Core.refresh(means: ReminderMeans = means()) = reminders.refresh(means, alarms)

    private suspend fun Core.lines(state: ReminderState) = reminders.report("en").filter { it.now.state == state }

    private suspend fun Core.line(about: ReminderAbout): ReminderLine =
        reminders.report("en").single { it.about == about }

    @Test
    fun `the system is told once to hold what the refresh says it holds`() = story {
        val phone = Phone(File(folder, "phone"))
        val early = File(folder, "early")
        val core = clinic.enrolled(phone)
        assertEquals(emptyList<ArmedReminder>(), Core.armedBeforeUnlock(early))
        val done = core.refresh(means(early))
        assertTrue(done.held > 10u, "$done")
        assertEquals(listOf(done.held, 0u, 0u), listOf(done.armed, done.withdrawn, done.refused))
        assertEquals(done.held.toInt(), alarms.held.size)
        assertEquals(done.held.toInt(), alarms.log.size)
        assertEquals(alarms.held.values.minOf { it.at }, done.nextAt)
        assertTrue(done.beforeUnlock && !done.running)
        val told = core.lines(ReminderState.ARMED).map { it.notification }.toSet()
        assertEquals(alarms.held.keys.toSet<String?>(), told)

        alarms.log.clear()
        val again = core.refresh(means(early))
        assertEquals(done.copy(armed = 0u), again)
        core.close()

        // A phone that was restarted and not unlocked: no key, no core, and no word of what it is about.
        val list = Core.armedBeforeUnlock(early)
        assertEquals(alarms.held.values.map { it.id to it.at }.toSet(), list.map { it.id to it.at }.toSet())
        assertEquals(done.held.toInt(), list.size)
        assertEquals(1, list.map { it.text }.toSet().size)

        phone.use { assertEquals(0u, it.refresh(means(early)).armed) }
        assertTrue(alarms.log.isEmpty(), "${alarms.log}")
    }

    @Test
    fun `each reminder has its reason, in the language that is asked for`() = story {
        val core = clinic.enrolled(Phone(folder))
        core.refresh()
        core.refresh(means().copy(notifications = false))
        assertTrue(alarms.held.isEmpty())
        val waiting = core.lines(ReminderState.PLANNED)
        assertTrue(waiting.count { it.now.why == ReminderWhy.NOTIFICATIONS_OFF } > 10)
        // Also at night, when some could not ring before they close.
        for (line in waiting) assertEquals(ReminderWhy.NOTIFICATIONS_OFF, line.now.why, "$line")
        for (line in core.reminders.report("en")) {
            assertNotEquals(null, line.now.why, "$line")
            assertEquals(2, line.words.size)
            assertEquals(line.now, line.steps.last())
        }
        val english = core.reminders.report("en-GB").map { it.words }
        val spanish = core.reminders.report("es-MX").map { it.words }
        assertEquals(english.size, spanish.size)
        assertTrue(english.zip(spanish).all { (one, other) -> one != other && one.size == other.size })

        core.refresh(means().copy(freeSlots = 3u))
        assertEquals(3, alarms.held.size)
        assertTrue(core.lines(ReminderState.PLANNED).any { it.now.why == ReminderWhy.NO_FREE_SLOT })
        core.close()
    }

    @Test
    fun `an armer that throws anything at all has taken nothing, and is asked again`() = story {
        val core = clinic.enrolled(Phone(folder))
        val causes =
            listOf<() -> Throwable>(
                { ArmerException.Refused() },
                { ArmerException.Unavailable() },
                { IllegalStateException("pomegranate") },
                { StackOverflowError("pomegranate") },
            )
        for (cause in causes) {
            alarms.failure = cause
            val done = core.refresh()
            assertTrue(done.held > 10u)
            assertEquals(done.held to 0u, done.refused to done.armed, "$done")
            assertTrue(core.lines(ReminderState.ARMED).isEmpty())
            assertTrue(core.reminders.report("en").any { it.now.why == ReminderWhy.SYSTEM_REFUSED })
        }
        alarms.failure = null
        val done = core.refresh()
        assertEquals(listOf(done.held, 0u), listOf(done.armed, done.refused))
        assertEquals(done.held.toInt(), alarms.held.size)

        // What cannot be taken back stays known, and nothing is armed beside it.
        alarms.failure = { StackOverflowError("pomegranate") }
        assertEquals(0u, core.refresh(means().copy(notifications = false)).withdrawn)
        assertFalse(alarms.held.isEmpty())
        alarms.failure = null
        assertEquals(done.held, core.refresh(means().copy(notifications = false)).withdrawn)
        assertTrue(alarms.held.isEmpty())

        // A system that does not tell what it holds is told everything again.
        core.refresh()
        alarms.tells = false
        assertEquals(done.held, core.refresh().armed)
        core.close()
    }

    @Test
    fun `a cancelled session's reminder is taken back`() = story {
        // A clinic of its own: the session is everybody's.
        Clinic().use { clinic ->
            val core = clinic.enrolled(Phone(folder))
            core.refresh()
            val alone = core.lines(ReminderState.ARMED).groupBy { it.notification }.values.filter { it.size == 1 }
            val armed = alone.flatten().last { it.about is ReminderAbout.Session }
            val (track, date) = (armed.about as ReminderAbout.Session).session.split(':')
            assertTrue(armed.notification in alarms.held)

            val change = """{"change":"cancelled","original_date":"$date"}"""
            clinic.act("""{"act":"change-session","track":"$track","change":$change}""")
            alarms.log.clear()
            // Sync itself takes it back: there is no moment between two calls in which it could ring.
            core.synchronise()
            assertTrue("withdraw ${armed.notification}" in alarms.log, "${alarms.log}")
            assertFalse(armed.notification in alarms.held)
            assertEquals(0u, core.refresh().withdrawn)
            val line = core.line(armed.about)
            assertEquals(ReminderState.WITHDRAWN to ReminderWhy.CANCELLED, line.now.state to line.now.why)
            assertEquals(listOf("It was taken back.", "The session was cancelled."), line.words)
            core.close()
        }
    }

    @Test
    fun `what is done is not reminded of`() = story {
        val core = clinic.enrolled(Phone(folder))
        // Wherever it is noon now, so that today's check-ins are still to come, with nothing beside them.
        core.setZone(noon())
        core.reminders.setSettings(
            core.reminders.settings().copy(sessionLeads = emptyList(), quietFrom = null, quietTo = null)
        )
        core.refresh()
        val off = core.reminders.report("en").filter { it.about is ReminderAbout.Session }
        assertTrue(off.isNotEmpty() && off.all { it.now.why == ReminderWhy.TURNED_OFF }, "$off")
        val today = core.lines(ReminderState.ARMED).minBy { it.at }
        val about = core.lines(ReminderState.ARMED).filter { it.notification == today.notification }.map { it.about }
        val forms = about.map { (it as ReminderAbout.CheckIn).form }
        assertEquals(core.checkIns.due().map { it.form }.toSet(), forms.toSet())
        assertTrue(forms.size >= 2, "$forms")
        for (form in forms) core.checkIn(form, option = 0)
        alarms.log.clear()
        core.refresh()
        assertEquals(listOf("withdraw ${today.notification}"), alarms.log.toList())
        for (one in about) {
            val line = core.line(one)
            assertEquals(ReminderState.DONE to ReminderWhy.DONE, line.now.state to line.now.why)
        }
        core.close()
    }

    @Test
    fun `what was seen is noted, later means later, and what is set is kept`() = story {
        val phone = Phone(folder)
        var core = clinic.enrolled(phone)
        core.refresh()
        val (one, other) = core.lines(ReminderState.ARMED).distinctBy { it.notification }
        core.reminders.note(checkNotNull(one.notification), ReminderEvent.POSTED)
        assertEquals(ReminderState.POSTED, core.line(one.about).now.state)
        core.reminders.note(checkNotNull(one.notification), ReminderEvent.OPENED)
        assertEquals(ReminderState.OPENED, core.line(one.about).now.state)
        core.reminders.snooze(checkNotNull(other.notification))
        val snoozed = core.line(other.about).now
        assertEquals(ReminderState.SNOOZED to ReminderWhy.SNOOZED, snoozed.state to snoozed.why)
        refuses<CoreError.NotFound> { core.reminders.note("17", ReminderEvent.OPENED) }
        refuses<CoreError.NotFound> { core.reminders.snooze("wisteria") }

        val settings = core.reminders.settings().copy(checkInTime = "19:40", lockScreen = LockScreen.KIND)
        core.reminders.setSettings(settings)
        val wrong =
            refuses<CoreError.NotValid> { core.reminders.setSettings(settings.copy(practiceTime = "7pm")) }
        assertEquals("time-of-day-malformed", wrong.detail)
        core.close()
        refuses<CoreError.Closed> { core.reminders.settings() }
        refuses<CoreError.Closed> { core.refresh() }
        core = phone.open()
        assertEquals(settings, core.reminders.settings())
        core.close()
    }

    @Test
    fun `a phone that is cut off, or nobody's, holds nothing`() = story {
        val patient = clinic.addPatient("Ilse")
        val core = Phone(folder).open()
        assertEquals(0u, core.refresh().held)
        assertTrue(alarms.log.isEmpty())
        core.enrol(clinic.invite(patient))
        core.synchronise()
        val held = core.refresh().held
        assertTrue(held > 10u)
        clinic.revoke(patient)
        assertEquals(held, core.sync.now().reminders?.withdrawn)
        assertTrue(alarms.held.isEmpty())
        assertEquals(0u, core.refresh().held)
        assertTrue(Core.armedBeforeUnlock(folder).isEmpty())
        core.close()
    }

    @Test
    fun `many refreshes at once are one after the other, and help answers from within`() = story {
        val core = clinic.enrolled(Phone(folder))
        val inside = AtomicInteger()
        val most = AtomicInteger()
        val helped = AtomicInteger()
        val busy =
            Alarms(
                onArm = {
                    most.accumulateAndGet(inside.incrementAndGet(), ::maxOf)
                    if (core.help("US").contacts.isNotEmpty()) helped.incrementAndGet()
                    inside.decrementAndGet()
                }
            )
        val calls =
            List(40) {
                async(Dispatchers.Default) {
                    core.today()
                    core.reminders.refresh(means(), busy)
                }
            }
        val done = calls.awaitAll()
        assertTrue(done.none { it.running })
        assertEquals(busy.held.size, done.sumOf { it.armed }.toInt())
        assertEquals(busy.held.size to 1, helped.get() to most.get())
        core.close()
    }

    /** A zone in which it is between noon and one. */
    private fun noon(): String {
        val west = Instant.now().atZone(ZoneOffset.UTC).hour - 12
        return if (west < 0) "Etc/GMT$west" else "Etc/GMT+$west"
    }
}
