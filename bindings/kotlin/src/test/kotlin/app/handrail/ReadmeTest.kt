package app.handrail

import app.handrail.generated.CheckInDone
import app.handrail.generated.Help
import app.handrail.generated.KeyStore
import app.handrail.generated.Kind
import app.handrail.generated.SyncOutcome
import app.handrail.generated.SyncReport
import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** The lines that the README shows are the lines that run here. */
class ReadmeTest {
    @TempDir lateinit var folder: File

    private suspend fun lines(
        folder: File,
        keyStore: KeyStore,
        link: String,
        code: String,
        show: (Help) -> Unit,
    ): Pair<CheckInDone, SyncReport> {
        // README begins
        val core = Core.open(folder, keyStore, zone = "America/Chicago")
        core.enrolment.enrol(link, code, deviceName = "My phone", platform = "android")
        var page = core.checkIns.start("phq9")
        for (question in page.questions.filter { it.kind == Kind.CHOICE }) {
            page = core.checkIns.answer(page.checkIn, question.linkId, question.options.first().value)
            if (page.helpNow) show(core.help("US"))
        }
        val done = core.checkIns.submit(page.checkIn)
        val report = core.sync.now()
        core.close()
        // README ends
        return done to report
    }

    @Test
    fun `the lines enrol, check in and sync`() = story {
        val patient = Clinic.shared.addPatient("Ruth")
        val (link, code) = Clinic.shared.invite(patient)
        val (done, report) = lines(folder, MemoryKeyStore(), link, code) { error("nothing was above zero") }
        assertEquals(0.0, done.score?.total)
        assertEquals(SyncOutcome.UpToDate, report.outcome)
        assertEquals(0.0, Clinic.shared.checkIns(patient).single().total)
    }

    @Test
    fun `the README shows these lines`() {
        val shown = File("README.md").readText().substringAfter("```kotlin\n").substringBefore("```")
        val source = File("src/test/kotlin/app/handrail/ReadmeTest.kt").readText()
        val run = source.substringAfter("// README begins\n").substringBefore("        // README ends")
        assertEquals(run.trimIndent().trim(), shown.trim())
        assertTrue(shown.lines().size > 10)
    }
}
