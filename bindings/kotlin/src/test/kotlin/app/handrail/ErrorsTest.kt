package app.handrail

import app.handrail.generated.InviteRefusal
import app.handrail.generated.LossReason
import app.handrail.generated.Standing
import com.sun.net.httpserver.HttpServer
import java.io.File
import java.io.RandomAccessFile
import java.net.InetSocketAddress
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Every kind of error that a phone can be brought to, and how the call after it goes. */
class ErrorsTest {
    @TempDir lateinit var folder: File

    private val clinic get() = Clinic.shared

    @Test
    fun `a folder is opened once`() = story {
        val phone = Phone(folder)
        phone.use {
            refuses<CoreError.AlreadyOpen> { phone.open() }
        }
        phone.use { assertEquals(Standing.NotEnrolled, it.standing()) }
    }

    @Test
    fun `a closed core says so`() = story {
        val core = Phone(folder).open()
        core.close()
        core.close()
        assertEquals(Standing.Closed, core.standing())
        for (call in
            listOf<suspend () -> Unit>(
                { core.today() },
                { core.setZone(ZONE) },
                { core.checkIns.start("phq9") },
                { core.sync.now() },
                { core.sync.status() },
                { core.enrolment.enrol("https://example.org/e#x", "123456", "Phone", "desktop") },
            )) {
            refuses<CoreError.Closed> { call() }
        }
        core.sync.cancel()
        assertEquals(Core.helpAnywhere("US"), core.help("US"))
    }

    @Test
    fun `a phone without an invite knows nothing, but help`() = story {
        Phone(folder).use { core ->
            refuses<CoreError.NotEnrolled> { core.today() }
            refuses<CoreError.NotEnrolled> { core.sync.now() }
            refuses<CoreError.NotEnrolled> { core.checkIns.start("phq9") }
            assertTrue(core.help("US").contacts.any { it.link == "tel:988" }, "${core.help("US")}")
        }
    }

    @Test
    fun `what does not fit or is not there is not saved`() = story {
        val core = clinic.enrolled(Phone(folder))
        refuses<CoreError.NotFound> { core.checkIns.start("no-such-form") }
        refuses<CoreError.NotFound> { core.checkIns.submit("no-such-check-in") }
        refuses<CoreError.NotFound> { core.education.piece("no-such-piece") }
        refuses<CoreError.NotFound> { core.plan.acknowledge("no-such-plan") }
        val page = core.checkIns.start("phq9")
        val question = page.questions.first { it.options.isNotEmpty() }
        val wrong = refuses<CoreError.NotValid> { core.checkIns.answer(page.checkIn, question.linkId, number(99)) }
        assertEquals(question.linkId, wrong.item)
        assertEquals(page, core.checkIns.start("phq9"))
        refuses<CoreError.NotValid> { core.setZone("Mars/Olympus") }
        val before = core.homework.tries()
        refuses<CoreError.NotFound> { core.homework.log(practice("x").copy(skill = "no-such-skill")) }
        val long = refuses<CoreError.NotValid> { core.homework.log(practice("x".repeat(80_000))) }
        assertEquals("text-out-of-range", long.detail)
        assertEquals(before, core.homework.tries())
        core.close()
    }

    @Test
    fun `a folder that cannot be written is said, and so is a damaged or a newer store`() = story {
        val file = File(folder, "file").apply { writeText("in the way") }
        val error = refuses<CoreError.NotSaved> { Phone(File(file, "phone")).open() }
        assertEquals("disk-error", error.detail)

        val phone = Phone(File(folder, "phone"))
        phone.use {}
        val store = phone.folder.walkTopDown().single { it.isFile && it.startsWithSqlite() }
        // The header's user_version: a number of a far future.
        RandomAccessFile(store, "rw").use {
            it.seek(60)
            it.writeInt(1_000_000)
        }
        refuses<CoreError.AppTooOld> { phone.open() }
        store.writeBytes(ByteArray(8_192) { 7 })
        phone.use { core ->
            assertEquals(Standing.NeedsInvite(LossReason.STORE_DAMAGED), core.standing())
            assertEquals(LossReason.STORE_DAMAGED, refuses<CoreError.NeedsInvite> { core.today() }.reason)
            // The way out: an invite.
            core.enrol(clinic.invite(clinic.addPatient("Ines")))
            core.synchronise()
        }
    }

    @Test
    fun `an invite that does not work says why, and changes nothing`() = story {
        val patient = clinic.addPatient("Tariq")
        val invite = clinic.invite(patient)
        val wrong = if (invite.code == "000000") "000001" else "000000"
        val first = Phone(File(folder, "first"))
        first.use { core ->
            assertEquals(InviteRefusal.LINK_MALFORMED, refusal(core, invite.copy(link = "https://example.org")))
            assertEquals(InviteRefusal.WRONG_CODE, refusal(core, invite.copy(code = wrong)))
            assertEquals(Standing.NotEnrolled, core.standing())
            core.enrol(invite)
        }
        Phone(File(folder, "second")).use { core ->
            assertEquals(InviteRefusal.USED, refusal(core, invite))
            val spoiled = clinic.invite(patient)
            val other = if (spoiled.code == wrong) "000001" else wrong
            val refusals = List(6) { refusal(core, spoiled.copy(code = other)) }
            assertEquals(InviteRefusal.REVOKED, refusals.last(), "$refusals")
            assertEquals(InviteRefusal.REVOKED, refusal(core, spoiled))
        }
        Clinic().use { elsewhere ->
            Phone(File(folder, "third")).use { core ->
                val astray = clinic.invite(patient)
                val moved = astray.copy(link = astray.link.replace(clinic.origin, elsewhere.origin))
                assertEquals(InviteRefusal.WRONG_CLINIC, refusal(core, moved))
            }
        }
    }

    @Test
    fun `whatever answers in the server's place is named`() = story {
        val invite = clinic.invite(clinic.addPatient("Oleg"))
        val server = HttpServer.create(InetSocketAddress("127.0.0.1", 0), 0)
        val origin = "http://127.0.0.1:${server.address.port}"
        var answer = 200
        server.createContext("/") {
            it.requestBody.readAllBytes()
            it.responseHeaders["Content-Type"] = if (answer == 404) "text/plain" else "text/html"
            if (answer == 503) it.responseHeaders["Retry-After"] = "7"
            it.sendResponseHeaders(answer, 5)
            it.responseBody.use { body -> body.write("hello".toByteArray()) }
        }
        server.start()
        val elsewhere = invite.copy(link = invite.link.replace(clinic.origin, origin))
        Phone(folder).use { core ->
            refuses<CoreError.LoginWanted> { core.enrol(elsewhere) }
            answer = 503
            assertEquals(7_000uL, refuses<CoreError.Busy> { core.enrol(elsewhere) }.retryAfterMs)
            answer = 404
            assertEquals("answer-unexpected", refuses<CoreError.ServerTrouble> { core.enrol(elsewhere) }.detail)
            server.stop(0)
            refuses<CoreError.Offline> { core.enrol(elsewhere) }
            // The same phone, the same invite, the right server.
            core.enrol(invite)
        }
    }

    private suspend fun refusal(core: Core, invite: Clinic.Invite) =
        refuses<CoreError.InviteRefused> { core.enrol(invite) }.reason

    private fun File.startsWithSqlite() = inputStream().use { String(it.readNBytes(6)) == "SQLite" }
}
