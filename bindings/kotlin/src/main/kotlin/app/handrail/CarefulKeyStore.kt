package app.handrail

import app.handrail.generated.KeyStore
import app.handrail.generated.KeyStoreException

/**
 * Says "unavailable" for whatever a key store throws. The core would take an exception's text with it, and
 * an error that is no exception would pass for an answer.
 */
internal class CarefulKeyStore(private val inner: KeyStore) : KeyStore {
    override fun load(): ByteArray? = careful { inner.load() }

    override fun save(bytes: ByteArray): Unit = careful { inner.save(bytes) }

    override fun delete(): Unit = careful { inner.delete() }

    private inline fun <T> careful(call: () -> T): T =
        try {
            call()
        } catch (_: Throwable) {
            throw KeyStoreException.Unavailable()
        }
}
