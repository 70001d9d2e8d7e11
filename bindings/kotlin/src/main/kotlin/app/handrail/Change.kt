package app.handrail

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.transformWhile
import kotlinx.coroutines.flow.update

/** What a screen may have to read anew. */
public enum class Change {
    /** How the phone stands: enrolled, cut off. */
    STANDING,

    /** Check-ins: due, written, sent, opened. */
    CHECK_INS,

    /** Homework and its tries, skills and how each worked. */
    HOMEWORK,

    /** The plans, goals, the way out of the program. */
    PLAN,

    /** Reminders: settings, what the system holds, what became of each. */
    REMINDERS,

    /** How sync stands. */
    SYNC,
}

/** Counts changes for each area, so that a slow reader is told of each area once and of none too late. */
internal class Changes {
    private class Counts(val ended: Boolean, private val of: Map<Change, Long>) {
        fun raised(areas: Collection<Change>) = Counts(ended, of + areas.map { it to (of[it] ?: 0) + 1 })

        fun ended() = Counts(true, of)

        fun since(earlier: Counts) = Change.entries.filter { of[it] != earlier.of[it] }
    }

    private val counts = MutableStateFlow(Counts(false, emptyMap()))

    val flow: Flow<Change> = flow {
        var seen = counts.value
        emitAll(
            counts.transformWhile { now ->
                now.since(seen).forEach { emit(it) }
                seen = now
                !now.ended
            },
        )
    }

    fun tell(areas: Collection<Change>) = counts.update { it.raised(areas) }

    fun end() = counts.update { it.ended() }
}
