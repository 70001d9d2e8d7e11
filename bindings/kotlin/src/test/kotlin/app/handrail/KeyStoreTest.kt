package app.handrail

import app.handrail.generated.KeyStore
import app.handrail.generated.KeyStoreException
import app.handrail.generated.LossReason
import app.handrail.generated.Standing
import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** What the core asks of the phone's key store, and what it makes of its answers. */
class KeyStoreTest {
    @TempDir lateinit var folder: File

    private fun throwing(what: () -> Throwable) =
        object : KeyStore {
            override fun load(): ByteArray? = throw what()

            override fun save(bytes: ByteArray) = throw what()

            override fun delete() = throw what()
        }

    @Test
    fun `a key is made once, saved, and asked for again`() = story {
        val keys = MemoryKeyStore()
        Phone(folder, keys).use { assertEquals(Standing.NotEnrolled, it.standing()) }
        val key = checkNotNull(keys.key)
        assertEquals(32, key.size)
        Phone(folder, keys).use { assertEquals(Standing.NotEnrolled, it.standing()) }
        assertEquals(key.toList(), keys.key?.toList())
    }

    @Test
    fun `whatever a key store throws, it is not available, and its text goes nowhere`() = story {
        val causes =
            listOf<() -> Throwable>(
                { KeyStoreException.Unavailable() },
                { IllegalStateException("the passphrase is pomegranate") },
                { StackOverflowError("pomegranate") },
            )
        for (cause in causes) {
            val error = refuses<CoreError.KeyStoreUnavailable> { Phone(folder, throwing(cause)).open() }
            assertFalse(error.stackTraceToString().contains("pomegranate"))
        }
        // Nothing was begun, and the folder was let go.
        Phone(folder).use { assertEquals(Standing.NotEnrolled, it.standing()) }
    }

    @Test
    fun `a key that was not kept is never taken for one that was`() = story {
        val forgetful =
            object : KeyStore by MemoryKeyStore() {
                override fun save(bytes: ByteArray) = throw StackOverflowError("an error, not an exception")
            }
        refuses<CoreError.KeyStoreUnavailable> { Phone(folder, forgetful).open() }
        Phone(folder).use { assertEquals(Standing.NotEnrolled, it.standing()) }
    }

    @Test
    fun `before the first unlock the same call fails, and works afterwards`() = story {
        val keys = MemoryKeyStore()
        Phone(folder, keys).use {}
        keys.available = false
        refuses<CoreError.KeyStoreUnavailable> { Phone(folder, keys).open() }
        keys.available = true
        Phone(folder, keys).use { assertEquals(Standing.NotEnrolled, it.standing()) }
    }

    @Test
    fun `a key that is gone or another one asks for a new invite, and help stays`() = story {
        val keys = MemoryKeyStore()
        Phone(folder, keys).use {}
        for ((key, reason) in
            listOf(
                null to LossReason.KEY_MISSING,
                ByteArray(32) to LossReason.KEY_WRONG,
                ByteArray(5) to LossReason.KEY_WRONG,
            )) {
            keys.key = key
            Phone(folder, keys).use { core ->
                assertEquals(Standing.NeedsInvite(reason), core.standing())
                assertEquals(reason, refuses<CoreError.NeedsInvite> { core.today() }.reason)
                assertFalse(core.help("US").contacts.isEmpty())
            }
        }
    }

    @Test
    fun `a cut-off phone forgets its key`() = story {
        val keys = MemoryKeyStore()
        val patient = Clinic.shared.addPatient("Noor")
        val core = Clinic.shared.enrolled(Phone(folder, keys), patient)
        assertNotNull(keys.key)
        Clinic.shared.revoke(patient)
        core.sync.now()
        assertEquals(Standing.CutOff, core.standing())
        assertNull(keys.key)
        core.close()
    }
}
