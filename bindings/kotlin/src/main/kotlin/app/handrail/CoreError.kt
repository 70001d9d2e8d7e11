package app.handrail

import app.handrail.generated.CompanionException
import app.handrail.generated.InternalException
import app.handrail.generated.InviteRefusal
import app.handrail.generated.LossReason

/**
 * Why a call did not do what it says. Nothing was changed.
 *
 * [code] is stable and for programs; it is the exception's text too, because texts end up in crash reports
 * and this one holds nothing about a person. [words] are for people.
 */
public sealed class CoreError(public val code: String, cause: Throwable? = null) : Exception(code, cause) {
    /** What the code alone leaves open, as a code of its own. */
    public open val detail: String? get() = null

    /** What happened, whether anything is lost and what to do now, in plain words. See [Words]. */
    public fun words(language: String): String = Words.of(language)[code, detail]

    /** The core was closed. */
    public class Closed() : CoreError("closed")

    /** Another process, or another object, has this folder open. */
    public class AlreadyOpen() : CoreError("already-open")

    /** The phone has not been enrolled. */
    public class NotEnrolled() : CoreError("not-enrolled")

    /** The phone's data cannot be opened: ask for a new invite. Help still works. */
    public class NeedsInvite(public val reason: LossReason) : CoreError("needs-invite") {
        override val detail: String get() = reason.code
    }

    /** Staff cut this phone off and its data is gone. Help still works. */
    public class CutOff() : CoreError("cut-off")

    /** A newer app wrote the data: update this one. */
    public class AppTooOld() : CoreError("app-too-old")

    /** The key store does not answer now: try again after the phone was unlocked. */
    public class KeyStoreUnavailable() : CoreError("key-store-unavailable")

    /** The disk did not take it. [detail] is `disk-full` or `disk-error`. */
    public class NotSaved(override val detail: String) : CoreError("not-saved")

    /** No such check-in, homework, plan or piece. */
    public class NotFound() : CoreError("not-found")

    /** What was entered does not fit; [item] is the question it is about. */
    public class NotValid(override val detail: String, public val item: String?) :
        CoreError("not-valid")

    /** More than an entry takes: not saved. */
    public class TooLarge() : CoreError("too-large")

    /** The invite did not work. */
    public class InviteRefused(public val reason: InviteRefusal) : CoreError("invite-refused") {
        override val detail: String get() = reason.code
    }

    /** No answer from the clinic's server. */
    public class Offline() : CoreError("offline")

    /** The network wants a login first. */
    public class LoginWanted() : CoreError("login-wanted")

    /** The server asks to wait so long. */
    public class Busy(public val retryAfterMs: ULong) : CoreError("busy")

    /** [Sync.cancel] was called, or an enrolment took over. */
    public class Cancelled() : CoreError("cancelled")

    /** The server answered something that this app does not understand. */
    public class ServerTrouble(override val detail: String) : CoreError("server-trouble")

    /** A defect in the core. */
    public class Unexpected(cause: Throwable) : CoreError("unexpected", cause)
}

/** The stable code of a reason: `key-missing`. */
public val LossReason.code: String get() = kebab(name)

/** The stable code of a refusal: `wrong-code`. */
public val InviteRefusal.code: String get() = kebab(name)

internal fun kebab(constant: String): String = constant.lowercase().replace('_', '-')

/** Runs a call of the generated code and gives its errors their types. */
internal inline fun <T> typed(call: () -> T): T =
    try {
        call()
    } catch (refused: CompanionException) {
        throw refused.asCoreError()
    } catch (defect: InternalException) {
        throw CoreError.Unexpected(defect)
    }

internal fun CompanionException.asCoreError(): CoreError =
    when (this) {
        is CompanionException.Closed -> CoreError.Closed()
        is CompanionException.AlreadyOpen -> CoreError.AlreadyOpen()
        is CompanionException.NotEnrolled -> CoreError.NotEnrolled()
        is CompanionException.NeedsInvite -> CoreError.NeedsInvite(reason)
        is CompanionException.CutOff -> CoreError.CutOff()
        is CompanionException.AppTooOld -> CoreError.AppTooOld()
        is CompanionException.KeyStoreUnavailable -> CoreError.KeyStoreUnavailable()
        is CompanionException.NotSaved -> CoreError.NotSaved(code)
        is CompanionException.NotFound -> CoreError.NotFound()
        is CompanionException.NotValid -> CoreError.NotValid(code, item)
        is CompanionException.TooLarge -> CoreError.TooLarge()
        is CompanionException.InviteRefused -> CoreError.InviteRefused(reason)
        is CompanionException.Offline -> CoreError.Offline()
        is CompanionException.LoginWanted -> CoreError.LoginWanted()
        is CompanionException.Busy -> CoreError.Busy(retryAfterMs)
        is CompanionException.Cancelled -> CoreError.Cancelled()
        is CompanionException.ServerTrouble -> CoreError.ServerTrouble(code)
    }
