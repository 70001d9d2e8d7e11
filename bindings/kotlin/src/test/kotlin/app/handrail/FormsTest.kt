package app.handrail

import app.handrail.generated.AnswerValue
import java.io.File
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** A clinic's own form after a positive answer, and check-ins in the app's language. */
class FormsTest {
    @TempDir lateinit var folder: File

    private val clinic = Clinic()

    @AfterEach fun end() = clinic.close()

    @Test
    fun `questions follow a positive answer, and say when to call`() = story {
        clinic.askOnWithScreener()
        val core = clinic.enrolled(Phone(folder))
        val quiet = core.fillIn("phq9", option = 0)
        assertNull(quiet.followUp)
        val asked = core.checkIns.answer(quiet.checkIn, "q9", number(2))
        assertTrue(asked.helpNow)
        assertEquals("Questions more", asked.followUp?.title)
        assertFalse(checkNotNull(asked.followUp).callFirst)
        core.checkIns.answerFollowUp(quiet.checkIn, "q2", AnswerValue.YesNo(true))
        val page = core.checkIns.answerFollowUp(quiet.checkIn, "q4", AnswerValue.YesNo(true))
        assertTrue(checkNotNull(page.followUp).callFirst)
        val back = core.checkIns.answerFollowUp(quiet.checkIn, "q4", null)
        assertFalse(checkNotNull(back.followUp).callFirst)
        refuses<CoreError.NotValid> { core.checkIns.answerFollowUp(quiet.checkIn, "q4", number(1)) }
        refuses<CoreError.NotFound> { core.checkIns.answerFollowUp("no-such-check-in", "q4", null) }
        assertTrue(core.checkIns.submit(quiet.checkIn).helpNow)
        core.close()
    }

    @Test
    fun `check-ins are asked in the language of the app`() = story {
        val core = clinic.enrolled(Phone(folder))
        val english = core.checkIns.start("phq9").questions.map { it.text }
        core.setLanguage("es-US")
        val page = core.checkIns.start("phq9")
        assertTrue("Poco interés o placer en hacer cosas" in page.questions.map { it.text })
        assertTrue(core.checkIns.due().any { it.title == "Registro diario" })
        core.setLanguage("pt-BR")
        assertEquals(english, core.checkIns.start("phq9").questions.map { it.text })
        core.close()
        refuses<CoreError.Closed> { core.setLanguage("es") }
    }
}
