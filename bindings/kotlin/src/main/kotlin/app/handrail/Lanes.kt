package app.handrail

import app.handrail.generated.InternalException
import app.handrail.generated.PhoneCore
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.supervisorScope
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull

/**
 * Where the blocking calls run: one after the other in the store's lane, and enrolment and sync, one at a
 * time, in a lane beside it. Both are views of the same threads and hold one only while they work.
 */
internal class Lanes(private val phone: PhoneCore) {
    val changes = Changes()

    private val store = Dispatchers.IO.limitedParallelism(1, "handrail-store")
    private val network = Dispatchers.IO.limitedParallelism(1, "handrail-network")

    /** Held by whoever uses the network's lane. */
    private val turn = Mutex()

    /** Completed when the call in the network's lane is called off. */
    @Volatile private var calledOff: CompletableDeferred<Unit>? = null

    /** Somebody closes: nothing new goes to the network. */
    @Volatile private var closing = false

    /** The object is gone. Written in the store's lane. */
    @Volatile private var closed = false

    /** A call that changes nothing; a caller that is cancelled before its turn is not served. */
    suspend fun <T> read(call: (PhoneCore) -> T): T = withContext(store) { ask(call) }

    /**
     * A call that saves. Once made it is carried out, also when the screen that made it has gone by then.
     */
    suspend fun <T> write(areas: Collection<Change>, call: (PhoneCore) -> T): T =
        withContext(NonCancellable + store) { ask(call).also { changes.tell(areas) } }

    /** A call that never waits, on the caller's thread; null after closing, or when the core has a defect. */
    fun <T> unqueued(call: (PhoneCore) -> T): T? =
        try {
            call(phone)
        } catch (_: IllegalStateException) {
            null
        } catch (_: InternalException) {
            null
        }

    /** Takes the network's lane if it is free; null while somebody has it. */
    suspend fun <T> ifFree(call: (PhoneCore) -> T): T? {
        if (closing) throw CoreError.Closed()
        return if (turn.tryLock()) inTurn { transmit(call) } else null
    }

    /** Takes the network's lane, calling off whoever has it. */
    suspend fun <T> takingOver(call: (PhoneCore) -> T): T {
        takeTurn { if (closing) throw CoreError.Closed() }
        return inTurn { transmit(call) }
    }

    /** Calls off whoever has the network's lane, at once and without waiting for the end. */
    fun callOff() {
        calledOff?.complete(Unit)
        unqueued { it.cancelSync() }
    }

    /** Lets every call that was made end, and frees the object. A second time does nothing. */
    suspend fun close(): Unit =
        withContext(NonCancellable) {
            closing = true
            takeTurn {}
            inTurn {
                withContext(store) {
                    if (!closed) {
                        closed = true
                        changes.tell(listOf(Change.STANDING))
                        phone.shutDown()
                        phone.destroy()
                    }
                }
            }
            changes.end()
        }

    private fun <T> ask(call: (PhoneCore) -> T): T {
        if (closed) throw CoreError.Closed()
        return typed { call(phone) }
    }

    private suspend fun takeTurn(check: () -> Unit) {
        check()
        while (!turn.tryLock()) {
            callOff()
            delay(LOOK_AGAIN)
            check()
        }
    }

    private inline fun <T> inTurn(work: () -> T): T =
        try {
            work()
        } finally {
            turn.unlock()
        }

    /** A call that waits for the network. Cancelling its caller calls it off and waits for its end. */
    private suspend fun <T> transmit(call: (PhoneCore) -> T): T = supervisorScope {
        val answer = async(network) { ask(call) }
        val off = CompletableDeferred<Unit>().also { calledOff = it }
        val listening = launch {
            off.await()
            insist(answer)
        }
        try {
            answer.await()
        } catch (cancelled: CancellationException) {
            withContext(NonCancellable) { insist(answer) }
            throw cancelled
        } finally {
            listening.cancel()
        }
    }

    /** Says it until the call has ended: the core forgets what it heard before its pass had begun. */
    private suspend fun insist(call: Job) {
        while (!call.isCompleted) {
            unqueued { it.cancelSync() }
            withTimeoutOrNull(LOOK_AGAIN) { call.join() }
        }
    }

    private companion object {
        val LOOK_AGAIN = 5.milliseconds
    }
}
