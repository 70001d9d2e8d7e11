/**
 * What a call of the core costs through Kotlin: the medians of `today()` and of a whole PHQ-9 (start, nine
 * answers and what follows them, submit), on an enrolled phone, as one line of JSON. Rounds are interleaved,
 * so that a busy machine disturbs both alike. The same is measured in Rust and in Swift.
 */
package app.handrail.overhead

import app.handrail.Clinic
import app.handrail.Phone
import app.handrail.checkIn
import app.handrail.enrolled
import java.io.File
import java.util.Locale
import kotlin.io.path.createTempDirectory
import kotlin.time.Duration
import kotlin.time.DurationUnit
import kotlin.time.measureTime
import kotlinx.coroutines.runBlocking

/** Rounds that are not counted: the JVM compiles what it runs often. */
private const val WARM_UP = 100

fun main(arguments: Array<String>) = runBlocking {
    val rounds = arguments.firstOrNull()?.toInt() ?: 300
    val folder = createTempDirectory("handrail-overhead").toFile()
    val today = mutableListOf<Duration>()
    val submit = mutableListOf<Duration>()
    Clinic().use { clinic ->
        val core = clinic.enrolled(Phone(File(folder, "phone")))
        repeat(WARM_UP + rounds) { round ->
            val read = measureTime { core.today() }
            val written = measureTime { core.checkIn("phq9", option = round % 4) }
            if (round >= WARM_UP) {
                today += read
                submit += written
            }
        }
        core.close()
    }
    folder.deleteRecursively()
    println("""{"today_us":${median(today)},"submit_us":${median(submit)},"rounds":$rounds}""")
}

private fun median(times: List<Duration>): String =
    String.format(Locale.ROOT, "%.1f", times.sorted()[times.size / 2].toDouble(DurationUnit.MICROSECONDS))
