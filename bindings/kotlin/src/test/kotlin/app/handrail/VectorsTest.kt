package app.handrail

import app.handrail.generated.checkVectors
import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.CsvSource

/** The library that Kotlin loads keeps to the shared vectors, and would be seen not to. */
class VectorsTest {
    /** A file, and a change in it that no implementation may overlook. */
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value =
            [
                """seal     | "sealed": "     | "sealed": "00""",
                """invite   | "proof": "      | "proof": "00""",
                """scoring  | "total":0       | "total":1""",
                """change   | "improvement":4 | "improvement":5""",
                """sessions | 14:00:00Z       | 14:00:01Z""",
                """visits   | "left":12.0     | "left":11.0""",
                """reminders | 2026-11-22T14:00:00Z | 2026-11-22T14:01:00Z""",
                """chain    | "head": "       | "head": "00""",
                """keybox   | "sealed": "     | "sealed": "00""",
                """wire     | "cbor": "       | "cbor": "00""",
                """wrap     | "proof": "      | "proof": "00""",
            ],
    )
    fun `a file of vectors holds, and a changed one does not`(name: String, was: String, becomes: String) {
        val json = File(environment("HANDRAIL_VECTORS"), "$name.json").readText()
        val report = checkVectors(name, json)
        assertEquals(emptyList<String>(), report.failed)
        assertTrue(report.cases > 0u)

        val changed = json.replaceFirst(was, becomes)
        assertNotEquals(json, changed)
        assertFalse(checkVectors(name, changed).failed.isEmpty())
        assertFalse(checkVectors("weather", json).failed.isEmpty())
    }
}
