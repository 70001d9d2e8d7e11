package app.handrail

import app.handrail.generated.KeyStore
import app.handrail.generated.Standing
import app.handrail.generated.SyncOutcome
import java.io.File
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Many calls at once, closing in their midst, and callers that go away. */
class ManyCallsTest {
    @TempDir lateinit var folder: File

    private val clinic get() = Clinic.shared

    @Test
    fun `a thousand calls from everywhere are all answered, and what they saved is there`() = story {
        val patient = clinic.addPatient("Sana")
        val core = clinic.enrolled(Phone(folder), patient)
        val answered = AtomicInteger()
        val calls =
            List(1_000) { n ->
                launch(Dispatchers.Default) {
                    when (n % 8) {
                        0 -> core.homework.log(practice("try $n"))
                        1 -> assertEquals(ZONE, core.today().zone)
                        2 -> assertTrue(core.sessions(7u).isNotEmpty())
                        3 -> assertFalse(core.help("US").contacts.isEmpty())
                        4 -> core.sync.status()
                        5 -> core.checkIns.due()
                        6 -> if (n < 100) core.sync.now() else core.homework.tries()
                        else -> core.standing()
                    }
                    answered.incrementAndGet()
                }
            }
        calls.joinAll()
        assertEquals(1_000, answered.get())
        val written = (0 until 1_000 step 8).map { "try $it" }.toSet()
        assertEquals(written, core.homework.tries().map { it.tried.note }.toSet())
        core.synchronise()
        assertEquals(written, clinic.notes(patient).toSet())
        assertEquals(125, clinic.notes(patient).size)
        core.close()
    }

    @Test
    fun `of many syncs at once one runs and the others say so`() = story {
        val core = clinic.enrolled(Phone(folder))
        core.homework.log(practice("to be sent"))
        val outcomes = List(50) { async(Dispatchers.Default) { core.sync.now().outcome } }.awaitAll()
        assertTrue(outcomes.all { it == SyncOutcome.UpToDate || it == SyncOutcome.Running }, "$outcomes")
        assertTrue(SyncOutcome.UpToDate in outcomes)
        core.close()
    }

    @Test
    fun `closing in the midst of calls carries out or refuses each, and saves no half`() = story {
        val phone = Phone(folder)
        val core = clinic.enrolled(phone)
        val saved = AtomicInteger()
        val refused = AtomicInteger()
        val begun = CountDownLatch(50)
        val calls =
            List(400) {
                launch(Dispatchers.Default) {
                    try {
                        core.homework.log(practice("try"))
                        saved.incrementAndGet()
                        begun.countDown()
                    } catch (_: CoreError.Closed) {
                        refused.incrementAndGet()
                    }
                }
            }
        val syncs =
            List(20) {
                launch(Dispatchers.Default) {
                    try {
                        core.sync.now()
                    } catch (_: CoreError.Closed) {
                        refused.incrementAndGet()
                    }
                }
            }
        val closers =
            List(3) {
                launch(Dispatchers.Default) {
                    withContext(Dispatchers.IO) { begun.await() }
                    core.close()
                }
            }
        (calls + syncs + closers).joinAll()
        assertEquals(Standing.Closed, core.standing())
        assertTrue(saved.get() >= 50)
        phone.use { assertEquals(saved.get(), it.homework.tries().size) }
    }

    @Test
    fun `what was to be saved is saved though the screen that asked has gone`() = story {
        val core = clinic.enrolled(Phone(folder))
        repeat(20) { n ->
            val screen = launch { core.homework.log(practice("try $n")) }
            // The call has been made and waits for its turn.
            yield()
            screen.cancelAndJoin()
        }
        assertEquals(20, core.homework.tries().size)
        core.close()
    }

    @Test
    fun `a folder that is being opened for nobody is let go`() = story {
        val inner = MemoryKeyStore()
        val asked = CountDownLatch(1)
        val go = CountDownLatch(1)
        val slow =
            object : KeyStore by inner {
                override fun load(): ByteArray? {
                    asked.countDown()
                    go.await()
                    return inner.load()
                }
            }
        val opening = launch(Dispatchers.Default) { Core.open(folder, slow, ZONE) }
        withContext(Dispatchers.IO) { asked.await() }
        opening.cancel()
        go.countDown()
        opening.join()
        assertTrue(opening.isCancelled)
        Phone(folder, inner).use { assertEquals(Standing.NotEnrolled, it.standing()) }
    }
}
