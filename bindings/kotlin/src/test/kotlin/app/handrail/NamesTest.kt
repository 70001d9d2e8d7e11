package app.handrail

import java.io.File
import java.lang.reflect.Modifier
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** `Core` has the same names in Kotlin as in Swift: both compare theirs with one file. */
class NamesTest {
    private val areas =
        Core::class.java.methods.filter { it.returnType.packageName == "app.handrail" && it.name.startsWith("get") }

    @Test
    fun `the names are those of the shared list`() {
        val list = Json.parseToJsonElement(File(environment("HANDRAIL_VECTORS"), "core-names.json").readText())
        val expected =
            list.jsonObject.mapValues { (_, names) -> names.jsonArray.map { it.jsonPrimitive.content }.toSet() }
        val own = names(Core::class.java) + names(Core.Companion::class.java) - areas.map { property(it.name) }.toSet()
        val found = areas.associate { property(it.name) to names(it.returnType) } + ("core" to own)
        assertEquals(expected, found)
    }

    private fun names(type: Class<*>): Set<String> =
        type.declaredMethods
            .filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic && !Modifier.isStatic(it.modifiers) }
            // Unsigned arguments put a suffix behind a method's name.
            .map { property(it.name.substringBefore('-')) }
            .filterNot { '$' in it }
            .toSet()

    private fun property(getter: String): String =
        if (getter.startsWith("get")) getter.removePrefix("get").replaceFirstChar { it.lowercase() } else getter
}
