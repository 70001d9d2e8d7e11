package app.handrail

import app.handrail.generated.SyncOutcome
import java.io.File
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** A server that accepts and never answers: nothing but sync waits for it, and sync can be called off. */
class HungServerTest {
    @TempDir lateinit var folder: File

    private val clinic = Clinic()

    @AfterEach fun end() = clinic.close()

    /** Far below the core's own time-out of thirty seconds, far above what an idle machine needs. */
    private val soon = 15.seconds

    /** Returns once the core itself is in its pass, waiting. */
    private suspend fun Core.untilSyncWaits() {
        delay(0.5.seconds)
        assertEquals(SyncOutcome.Running, sync.now().outcome)
    }

    @Test
    fun `today, a check-in and help are done while sync waits`() = story {
        val core = clinic.enrolled(Phone(folder))
        clinic.hang()
        val hung = async { core.sync.now() }
        core.untilSyncWaits()
        repeat(3) {
            core.today()
            core.checkIn("phq9", option = it)
            assertFalse(core.help("US").contacts.isEmpty())
            assertTrue(core.sync.status().pending > 0u)
            assertTrue(hung.isActive, "sync has ended, so nothing was shown")
        }
        assertEquals(3, core.checkIns.list(10u).count { it.complete })
        core.sync.cancel()
        assertEquals(SyncOutcome.Cancelled, withTimeout(soon) { hung.await() }.outcome)
        clinic.resume()
        core.synchronise()
        core.close()
    }

    @Test
    fun `cancelling the coroutine ends sync, also before it has begun`() = story {
        val core = clinic.enrolled(Phone(folder))
        clinic.hang()
        val waiting = launch { core.sync.now() }
        core.untilSyncWaits()
        withTimeout(soon) { waiting.cancelAndJoin() }
        assertTrue(waiting.isCancelled)
        // At any moment: not dispatched, dispatched, in the core, waiting.
        repeat(50) { n ->
            val early = launch { core.sync.now() }
            if (n > 0) delay(n / 10L)
            withTimeout(soon) { early.cancelAndJoin() }
        }
        clinic.resume()
        core.synchronise()
        core.close()
    }

    @Test
    fun `calling off ends sync at whatever moment it comes`() = story {
        val core = clinic.enrolled(Phone(folder))
        clinic.hang()
        repeat(50) { n ->
            val sync = async(start = CoroutineStart.UNDISPATCHED) { core.sync.now() }
            if (n > 0) delay(n / 10L)
            core.sync.cancel()
            assertEquals(SyncOutcome.Cancelled, withTimeout(soon) { sync.await() }.outcome)
        }
        clinic.resume()
        core.synchronise()
        core.close()
    }

    @Test
    fun `enrolment is cancelled, called off, and takes the lane from a sync`() = story {
        val core = clinic.enrolled(Phone(folder))
        val invite = clinic.invite(clinic.addPatient("Juno"))
        clinic.hang()
        val enrolling = launch { core.enrol(invite) }
        core.untilSyncWaits()
        withTimeout(soon) { enrolling.cancelAndJoin() }

        val calledOff = async { refuses<CoreError.Cancelled> { core.enrol(invite) } }
        core.untilSyncWaits()
        core.sync.cancel()
        withTimeout(soon) { calledOff.await() }

        val sync = async { core.sync.now() }
        core.untilSyncWaits()
        val next = async { refuses<CoreError.Cancelled> { core.enrol(invite) } }
        assertEquals(SyncOutcome.Cancelled, withTimeout(soon) { sync.await() }.outcome)
        core.untilSyncWaits()
        core.sync.cancel()
        withTimeout(soon) { next.await() }
        clinic.resume()
        core.enrol(invite)
        core.close()
    }

    @Test
    fun `closing ends a sync that waits`() = story {
        val core = clinic.enrolled(Phone(folder))
        clinic.hang()
        val hung = async { core.sync.now() }
        core.untilSyncWaits()
        withTimeout(soon) { core.close() }
        // Its pass was called off; what it wanted to write came too late or in time.
        try {
            assertEquals(SyncOutcome.Cancelled, hung.await().outcome)
        } catch (error: CoreError.Closed) {
            assertEquals("closed", error.code)
        }
        Phone(folder).let { refuses<CoreError.NeedsInvite> { it.use { again -> again.today() } } }
        clinic.resume()
    }
}
