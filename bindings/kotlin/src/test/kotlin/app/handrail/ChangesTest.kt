package app.handrail

import app.handrail.generated.ReminderEvent
import java.io.File
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** What is told of changes: each area, in time, to everyone who listens, until the core is closed. */
class ChangesTest {
    @TempDir lateinit var folder: File

    private val clinic get() = Clinic.shared

    /** What a sync that moved something may have changed. */
    private val fetched = setOf(Change.CHECK_INS, Change.HOMEWORK, Change.PLAN, Change.SYNC)

    @Test
    fun `each call tells what it changed`() = story {
        val patient = clinic.addPatient("Lena")
        val core = Phone(folder).open()
        val told = Channel<Change>(Channel.UNLIMITED)
        val listener = launch(start = CoroutineStart.UNDISPATCHED) { core.changes.collect { told.send(it) } }

        core.enrol(clinic.invite(patient))
        assertEquals(Change.entries.toSet(), List(Change.entries.size) { told.receive() }.toSet())
        core.today()
        val checkIn = core.checkIns.start("phq9").checkIn
        assertEquals(Change.CHECK_INS, told.receive())
        for (item in 1..9) {
            core.checkIns.answer(checkIn, "q$item", number(0))
            assertEquals(Change.CHECK_INS, told.receive())
        }
        core.checkIns.submit(checkIn)
        assertEquals(Change.CHECK_INS, told.receive())
        core.homework.log(practice("try"))
        assertEquals(Change.HOMEWORK, told.receive())
        val plan = clinic.writePlan(patient, "A walk")
        core.sync.now()
        assertEquals(fetched, List(fetched.size) { told.receive() }.toSet())
        core.plan.acknowledge(plan)
        assertEquals(Change.PLAN, told.receive())
        core.setZone("America/Denver")
        assertEquals(Change.entries.toSet(), List(Change.entries.size) { told.receive() }.toSet())
        core.synchronise()
        assertEquals(fetched, List(fetched.size) { told.receive() }.toSet())
        core.sync.now()
        assertEquals(Change.SYNC, told.receive())
        core.setLanguage("es-US")
        assertEquals(Change.entries.toSet(), List(Change.entries.size) { told.receive() }.toSet())
        core.askForHelp()
        assertEquals(Change.SYNC, told.receive())
        core.reminders.setSettings(core.reminders.settings())
        assertEquals(Change.REMINDERS, told.receive())
        val alarms = Alarms()
        core.reminders.refresh(means(), alarms)
        assertEquals(Change.REMINDERS, told.receive())
        val (first, second) = core.reminders.report("en").mapNotNull { it.notification }.distinct()
        core.reminders.note(first, ReminderEvent.POSTED)
        assertEquals(Change.REMINDERS, told.receive())
        core.reminders.snooze(second)
        assertEquals(Change.REMINDERS, told.receive())

        core.close()
        listener.join()
        assertEquals(Change.STANDING, told.receive())
        assertTrue(told.tryReceive().isFailure, "nothing was told twice or for a mere look")
    }

    @Test
    fun `a busy listener hears of each area once, and of none too late`() = story {
        val core = clinic.enrolled(Phone(folder))
        val busy = CompletableDeferred<Unit>()
        val heard = mutableListOf<Change>()
        val listener =
            launch(start = CoroutineStart.UNDISPATCHED) {
                core.changes.collect {
                    heard += it
                    busy.await()
                }
            }
        core.homework.log(practice("first"))
        while (heard.isEmpty()) yield()
        repeat(30) { core.homework.log(practice("more")) }
        core.checkIns.start("phq9")
        busy.complete(Unit)
        core.close()
        listener.join()
        assertEquals(Change.HOMEWORK, heard.first())
        assertEquals(listOf(Change.STANDING, Change.CHECK_INS, Change.HOMEWORK), heard.drop(1).sorted())
    }

    @Test
    fun `a listener of a closed core comes to an end`() = story {
        val core = Phone(folder).open()
        val early = async(start = CoroutineStart.UNDISPATCHED) { core.changes.toList() }
        core.close()
        assertEquals(listOf(Change.STANDING), early.await())
        assertEquals(emptyList<Change>(), core.changes.toList())
    }
}
