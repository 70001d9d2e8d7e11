package app.handrail

import app.handrail.generated.FfiConverterTypeKeyStore
import app.handrail.generated.FfiConverterTypeReminderArmer
import java.io.File
import kotlinx.coroutines.delay
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Opening, syncing and closing again and again leaves nothing behind: no file, no thread, no object. */
class LeakTest {
    @TempDir lateinit var folder: File

    /**
     * What this process holds now. Key stores that Rust holds stand for Rust's objects: each has one.
     * Of armers Rust keeps the one of the newest refresh, until the core is closed.
     */
    private data class Held(val files: Int, val threads: Int, val objects: Int, val armers: Int)

    private fun armers() = FfiConverterTypeReminderArmer.handleMap.size

    private fun count(folder: String) = File("/proc/self/$folder").list()!!.size

    /** A closed core's connection and its thread end by themselves, a moment later. */
    private suspend fun settled(): Held {
        var held = Held(0, 0, 0, 0)
        var same = 0
        repeat(100) {
            val now = Held(count("fd"), count("task"), FfiConverterTypeKeyStore.handleMap.size, armers())
            same = if (now == held) same + 1 else 0
            held = now
            if (same == 5) return held
            delay(20)
        }
        return held
    }

    private suspend fun lives(phone: Phone, times: Int, alarms: Alarms = Alarms()) =
        repeat(times) { n ->
            phone.use {
                it.today()
                it.reminders.refresh(means(), alarms)
                if (n % 10 == 0) it.sync.now()
            }
        }

    @Test
    fun `two hundred lives leave nothing, and ten that are not closed are seen`() = story {
        val phone = Phone(File(folder, "phone"))
        Clinic.shared.enrolled(phone).close()
        // Threads that the JVM and the dispatchers keep are there after the first ones.
        lives(phone, 20)
        val before = settled()
        // The armer's control: while Rust has one it is seen.
        var seen = 0
        lives(phone, 200, Alarms(onArm = { seen = armers() }))
        val after = settled()
        assertEquals(0 to 1, after.armers to seen)
        assertEquals(before.objects, after.objects)
        assertTrue(after.files <= before.files + SLACK, "$before then $after")
        assertTrue(after.threads <= before.threads + SLACK, "$before then $after")

        // The control: what is left open shows in files and in objects.
        val left = List(10) { Phone(File(folder, "left-$it")).open() }
        val leaking = settled()
        assertEquals(after.objects + 10, leaking.objects)
        assertTrue(leaking.files > after.files + SLACK, "$after then $leaking")
        left.forEach { it.close() }
        assertEquals(after.objects, settled().objects)
        assertTrue(settled().files <= after.files + SLACK)
    }

    @Test
    fun `a folder that cannot be opened leaves nothing`() = story {
        Phone(File(folder, "warm")).use {}
        val before = settled()
        val keys = MemoryKeyStore().apply { available = false }
        repeat(50) { refuses<CoreError.KeyStoreUnavailable> { Phone(File(folder, "phone"), keys).open() } }
        val after = settled()
        assertEquals(before.objects, after.objects)
        assertTrue(after.files <= before.files + SLACK, "$before then $after")
    }

    private companion object {
        /** The JVM opens files and starts threads of its own. */
        const val SLACK = 8
    }
}
