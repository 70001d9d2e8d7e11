package app.handrail

import app.handrail.generated.AnswerValue
import app.handrail.generated.CheckInDone
import app.handrail.generated.CheckInForm
import app.handrail.generated.Completion
import app.handrail.generated.HomeworkTry
import app.handrail.generated.KeyStore
import app.handrail.generated.KeyStoreException
import app.handrail.generated.Kind
import app.handrail.generated.SyncOutcome
import java.io.File
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.fail

internal const val ZONE = "America/Chicago"

/** A test that suspends; one that hangs fails. */
internal fun story(body: suspend CoroutineScope.() -> Unit) = runBlocking { withTimeout(5.minutes) { body() } }

/** Keeps the key in memory, as long as the test wants it to. */
internal class MemoryKeyStore : KeyStore {
    @Volatile var key: ByteArray? = null

    @Volatile var available = true

    override fun load(): ByteArray? = answering { key }

    override fun save(bytes: ByteArray) = answering { key = bytes }

    override fun delete() = answering { key = null }

    private fun <T> answering(call: () -> T): T = if (available) call() else throw KeyStoreException.Unavailable()
}

/** A folder and its key. */
internal class Phone(val folder: File, val keys: KeyStore = MemoryKeyStore()) {
    suspend fun open(): Core = Core.open(folder, keys, ZONE)

    /** Runs something with the open core and closes it. */
    suspend fun <T> use(work: suspend (Core) -> T): T {
        val core = open()
        return try {
            work(core)
        } finally {
            core.close()
        }
    }
}

internal suspend fun Core.enrol(invite: Clinic.Invite) = enrolment.enrol(invite.link, invite.code, "Phone", "desktop")

/** A phone of a new patient, enrolled and up to date; still open. */
internal suspend fun Clinic.enrolled(phone: Phone, patient: String = addPatient("Mira")): Core =
    phone.open().also {
        it.enrol(invite(patient))
        it.synchronise()
    }

/** Until everything is sent and nothing new is left. */
internal suspend fun Core.synchronise() {
    repeat(100) {
        val report = sync.now()
        if (report.outcome == SyncOutcome.UpToDate) return
        delay((report.retryAfterMs ?: 20u).toLong().coerceIn(20, 1_000).milliseconds)
    }
    fail<Unit>("never up to date: ${sync.status()}")
}

/** Answers each question that has options with the option of this index. */
internal suspend fun Core.fillIn(form: String, option: Int): CheckInForm {
    var page = checkIns.start(form)
    val choices = page.questions.filter { it.kind == Kind.CHOICE }
    for (question in choices) {
        page = checkIns.answer(page.checkIn, question.linkId, question.options[option].value)
    }
    return page
}

internal suspend fun Core.checkIn(form: String, option: Int): CheckInDone = checkIns.submit(fillIn(form, option).checkIn)

internal fun practice(note: String, homework: String? = null) =
    HomeworkTry(homework, null, Completion.DONE, null, null, null, 5u, null, note)

internal fun number(value: Long) = AnswerValue.Number(value)

/** Fails unless the call throws just that error. */
internal suspend inline fun <reified E : CoreError> refuses(call: suspend () -> Unit): E {
    try {
        call()
    } catch (error: CoreError) {
        return error as? E ?: throw AssertionError("${E::class.simpleName} expected", error)
    }
    throw AssertionError("${E::class.simpleName} expected, and nothing was refused")
}
