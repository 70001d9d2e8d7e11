package app.handrail

import app.handrail.generated.ArmedReminder
import app.handrail.generated.ArmerException
import app.handrail.generated.ReminderArmer

/**
 * Says "not taken" for whatever an armer throws. The core would take an exception's text with it, and an
 * error that is no exception would pass for "taken".
 */
internal class CarefulArmer(private val inner: ReminderArmer) : ReminderArmer {
    override fun arm(one: ArmedReminder): Unit = careful { inner.arm(one) }

    override fun withdraw(id: String): Unit = careful { inner.withdraw(id) }

    override fun armed(): List<String>? = careful { inner.armed() }

    private inline fun <T> careful(call: () -> T): T =
        try {
            call()
        } catch (_: ArmerException.Refused) {
            throw ArmerException.Refused()
        } catch (_: Throwable) {
            throw ArmerException.Unavailable()
        }
}
