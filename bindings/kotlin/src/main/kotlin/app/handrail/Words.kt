package app.handrail

import app.handrail.generated.SyncOutcome
import java.util.Properties

/**
 * Plain words for codes, in English and Spanish, from `words_en.properties` and `words_es.properties`. Each
 * text says what happened, whether anything is lost, and what to do now.
 */
public class Words private constructor(private val texts: Map<String, String>) {
    /** The words of a code; [detail] chooses among several texts where there are some. */
    public operator fun get(code: String, detail: String? = null): String =
        texts["$code.$detail"] ?: texts[code] ?: texts.getValue("unexpected")

    internal val keys: Set<String> get() = texts.keys

    public companion object {
        /** The languages there are words in. */
        public val languages: Set<String> = setOf("en", "es")

        private val all = languages.associateWith { Words(read(it)) }

        /** The words of a language as phones name it, like `es-MX`; English where we do not speak it. */
        public fun of(language: String): Words =
            all[language.substringBefore('-').substringBefore('_').lowercase()] ?: all.getValue("en")

        private fun read(language: String): Map<String, String> {
            // The whole path: a shrunk app has this class in another package.
            val file = checkNotNull(Words::class.java.getResourceAsStream("/app/handrail/words_$language.properties"))
            val texts = Properties().apply { file.reader().use { load(it) } }
            return texts.entries.associate { (key, text) -> key.toString() to text.toString() }
        }
    }
}

/** The stable code of how a sync ended: `up-to-date`. */
public val SyncOutcome.code: String
    get() =
        when (this) {
            SyncOutcome.UpToDate -> "up-to-date"
            SyncOutcome.Offline -> "offline"
            SyncOutcome.LoginWanted -> "login-wanted"
            SyncOutcome.Busy -> "busy"
            is SyncOutcome.Refused -> "refused"
            is SyncOutcome.Trouble -> "trouble"
            SyncOutcome.Cancelled -> "cancelled"
            SyncOutcome.Running -> "running"
            SyncOutcome.CutOff -> "cut-off"
            SyncOutcome.AccountClosed -> "account-closed"
        }

/** How a sync ended, in plain words. See [Words]. */
public fun SyncOutcome.words(language: String): String = Words.of(language)["sync", code]
