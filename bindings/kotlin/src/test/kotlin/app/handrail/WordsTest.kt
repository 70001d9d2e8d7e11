package app.handrail

import app.handrail.generated.CompanionException
import app.handrail.generated.InternalException
import app.handrail.generated.InviteRefusal
import app.handrail.generated.LossReason
import app.handrail.generated.SyncOutcome
import java.io.File
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Each code that the core may give has words in each language, and no words are left over. */
class WordsTest {
    private val codes =
        Json.parseToJsonElement(File(environment("HANDRAIL_VECTORS"), "error-codes.json").readText()).jsonObject
    private val errors = codes.getValue("errors").jsonObject.mapValues { (_, details) -> texts(details) }
    private val outcomes = texts(codes.getValue("sync_outcomes"))

    /** One error of each kind and detail, as the generated code throws them. */
    private val thrown =
        listOf(
            CompanionException.Closed(),
            CompanionException.AlreadyOpen(),
            CompanionException.NotEnrolled(),
            CompanionException.CutOff(),
            CompanionException.AppTooOld(),
            CompanionException.KeyStoreUnavailable(),
            CompanionException.NotSaved("disk-full"),
            CompanionException.NotSaved("disk-error"),
            CompanionException.NotFound(),
            CompanionException.NotValid("too-long", "q1"),
            CompanionException.TooLarge(),
            CompanionException.Offline(),
            CompanionException.LoginWanted(),
            CompanionException.Busy(7u),
            CompanionException.Cancelled(),
            CompanionException.ServerTrouble("odd"),
        ) +
            LossReason.entries.map { CompanionException.NeedsInvite(it) } +
            InviteRefusal.entries.map { CompanionException.InviteRefused(it) }

    @Test
    fun `every code has words in every language and no words are left over`() {
        val expected =
            errors.flatMap { (code, details) -> if (details.isEmpty()) listOf(code) else details.map { "$code.$it" } } +
                outcomes.map { "sync.$it" } +
                // A defect of the core has no code there.
                "unexpected"
        for (language in Words.languages) {
            assertEquals(expected.sorted(), Words.of(language).keys.sorted(), language)
        }
        assertTrue(expected.size > 30)
    }

    @Test
    fun `errors have the codes of the core`() {
        val made = thrown.map { it.asCoreError() }
        val found = made.groupBy({ it.code }, { it.detail }).mapValues { (_, details) -> details.filterNotNull() }
        val open = setOf("not-valid", "server-trouble")
        assertEquals(errors.keys, found.keys)
        for ((code, details) in errors - open) assertEquals(details.sorted(), found.getValue(code).sorted(), code)
        for (error in made) {
            assertEquals(error.code, error.message)
            assertNotEquals(error.words("en"), error.words("es"))
            assertFalse(error.words("en") == Words.of("en")["unexpected"], error.code)
        }
        val defect = runCatching { typed { throw InternalException("panicked") } }.exceptionOrNull()
        assertEquals("unexpected", (defect as CoreError).code)
    }

    @Test
    fun `syncs end with the codes of the core`() {
        val all =
            listOf(
                SyncOutcome.UpToDate,
                SyncOutcome.Offline,
                SyncOutcome.LoginWanted,
                SyncOutcome.Busy,
                SyncOutcome.Refused("x"),
                SyncOutcome.Trouble("x"),
                SyncOutcome.Cancelled,
                SyncOutcome.Running,
                SyncOutcome.CutOff,
                SyncOutcome.AccountClosed,
            )
        assertEquals(outcomes, all.map { it.code })
        assertTrue(all.all { it.words("es") != it.words("en") })
    }

    @Test
    fun `languages are found by what phones call them, and English stands in`() {
        val offline = CoreError.Offline()
        for (spanish in listOf("es", "es-MX", "es_US", "ES")) {
            assertTrue("clínica" in offline.words(spanish), spanish)
        }
        for (english in listOf("en", "en-GB", "fr", "")) assertTrue("clinic" in offline.words(english), english)
    }

    @Test
    fun `words are short and plain`() {
        for (language in Words.languages) {
            for (key in Words.of(language).keys) {
                val text = Words.of(language)[key]
                val sentences = text.split('.', ';').map { it.trim() }.filter { it.isNotEmpty() }
                assertTrue(sentences.size in 2..6, "$language $key")
                for (sentence in sentences) {
                    assertTrue(sentence.split(' ').size <= 20, "$language $key: $sentence")
                }
            }
        }
    }

    private fun texts(list: JsonElement) = list.jsonArray.map { it.jsonPrimitive.content }
}
