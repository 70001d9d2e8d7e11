/**
 * What `today` and a check-in cost through Kotlin, beside `tests/bench/src/bin/calls.rs` and the program in
 * bindings/swift, which do the same, call by call: on a freshly enrolled phone, offline, `HANDRAIL_ROUNDS`
 * times (default 200) unmeasured and as many times measured, one `today` and one PHQ-9 (start, nine answers,
 * submit) in turn. Prints the medians in microseconds, as one line of JSON.
 */
package app.handrail.overhead

import app.handrail.Clinic
import app.handrail.Core
import app.handrail.Phone
import app.handrail.enrolled
import app.handrail.number
import java.io.File
import java.util.Locale
import kotlin.io.path.createTempDirectory
import kotlin.time.Duration
import kotlin.time.DurationUnit.MICROSECONDS
import kotlin.time.measureTime
import kotlinx.coroutines.runBlocking

private const val ITEMS = 9

private suspend fun Core.look() = measureTime { checkNotNull(today().week) { "a patient's page" } }

private suspend fun Core.checkIn() = measureTime {
    val checkIn = checkIns.start("phq9").checkIn
    for (item in 1..ITEMS) checkIns.answer(checkIn, "q$item", number(0))
    checkIns.submit(checkIn)
}

private fun median(times: List<Duration>): String =
    String.format(Locale.ROOT, "%.1f", times.sorted()[times.size / 2].toDouble(MICROSECONDS))

fun main() = runBlocking {
    val rounds = System.getenv("HANDRAIL_ROUNDS")?.toInt() ?: 200
    val folder = createTempDirectory("handrail-overhead").toFile()
    Clinic().use { clinic ->
        val core = clinic.enrolled(Phone(File(folder, "phone")))
        repeat(rounds) {
            core.look()
            core.checkIn()
        }
        val (looks, checkIns) = List(rounds) { core.look() to core.checkIn() }.unzip()
        core.close()
        println("""{"today_us":${median(looks)},"submit_us":${median(checkIns)}}""")
    }
    folder.deleteRecursively()
    Unit
}
