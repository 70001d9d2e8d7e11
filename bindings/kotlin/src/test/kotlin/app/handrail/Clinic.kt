package app.handrail

import java.io.Closeable
import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.double
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** A real server with a clinician: the program `handrail-test-clinic`, one line of JSON for each call. */
internal class Clinic : Closeable {
    /** An invite as staff hands it out. */
    data class Invite(val link: String, val code: String)

    /** A check-in as the clinician reads it. */
    data class Read(val form: String, val total: Double?, val answers: Int)

    private val program =
        ProcessBuilder(environment("HANDRAIL_CLINIC")).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    private val lines = program.inputReader()

    val origin: String = answer().text("origin")

    fun addPatient(name: String): String = ask("add-patient", "name" to name).text("id")

    /** A family member of a patient; their phone is enrolled like a patient's. */
    fun addFamily(patient: String, name: String): String =
        ask("add-family", "patient" to patient, "name" to name).text("id")

    fun invite(subject: String): Invite = ask("invite", "subject" to subject).run { Invite(text("link"), text("code")) }

    fun assignHomework(patient: String, title: String): String =
        ask("assign-homework", "patient" to patient, "title" to title).text("id")

    fun writePlan(patient: String, helps: String): String =
        ask("write-plan", "patient" to patient, "helps" to helps).text("id")

    /** A payer agrees to so many sessions, for years to come. */
    fun authorise(patient: String, payer: String, visits: Int) {
        val days = """"from":"2026-01-01","until":"2099-12-31""""
        val uses = """"unit":"session","half_session":"half","late_cancel":"nothing""""
        val one = """{"id":"$NEW","payer":"$payer",$days,"visits":$visits,$uses}"""
        act("""{"act":"authorise","patient":"$patient","authorisation":$one}""")
    }

    /** Publishes a piece for families. */
    fun publish(slug: String, title: String) {
        val piece =
            """{"slug":"$slug","title":"$title","summary":"Short.","minutes":3,"family":true,"markdown":"For a family."}"""
        act("""{"act":"publish-education","education":$piece}""")
    }

    /** Any act of the clinic's console, as its JSON. */
    fun act(json: String) {
        ask(JsonObject(mapOf("do" to JsonPrimitive("act"), "act" to Json.parseToJsonElement(json))))
    }

    /**
     * Takes a form into use that is asked after a positive safety answer: seven questions with yes or no,
     * known as the screener's by our own codes. Their words are invented.
     */
    fun askOnWithScreener() {
        val gates = mapOf("q3" to "q2", "q4" to "q2", "q5" to "q2", "q6_3_months" to "q6_lifetime")
        val items =
            listOf("q1", "q2", "q3", "q4", "q5", "q6_lifetime", "q6_3_months").joinToString(",") { item ->
                val condition = gates[item]?.let { """{"question":"$it","operator":"=","answerBoolean":true}""" }
                val gate = condition?.let { """"enableWhen":[$it],""" }
                val code = """[{"system":"urn:handrail:item","code":"cssrs-screener-$item"}]"""
                """{"linkId":"$item","type":"boolean","text":"Question $item",${gate.orEmpty()}"code":$code}"""
            }
        val head = """"resourceType":"Questionnaire","status":"active","id":"our-screener","title":"Questions more""""
        val form = JsonPrimitive("{$head,\"item\":[$items]}")
        act("""{"act":"publish-questionnaire","questionnaire":$form,"licence":{"statement":"Our own text."}}""")
        act("""{"act":"set-check-in-policy","policy":{"follow_up":"our-screener"}}""")
    }

    /** Reads what came, which tells the patient that it was opened. */
    fun checkIns(patient: String): List<Read> =
        ask("check-ins", "patient" to patient).getValue("check_ins").jsonArray.map { it.jsonObject }.map {
            val total = it["total"]?.jsonPrimitive?.takeUnless { total -> total.content == "null" }
            Read(it.text("form"), total?.double, it.getValue("answers").jsonPrimitive.int)
        }

    /** The notes of the tries of homework, newest first. */
    fun notes(patient: String): List<String> =
        ask("homework", "patient" to patient).getValue("tries").jsonArray.map { it.jsonObject.text("note") }

    /** Whether the patient acknowledged the plan that holds. */
    fun planAcknowledged(patient: String): Boolean =
        ask("plans", "patient" to patient).getValue("plans").jsonArray.map { it.jsonObject }
            .single { it.getValue("current").jsonPrimitive.boolean }
            .getValue("acknowledged").jsonPrimitive.boolean

    /** Cuts every phone of the patient off. */
    fun revoke(patient: String) {
        ask("revoke", "patient" to patient)
    }

    /** The server accepts connections and never answers. */
    fun hang() {
        ask("hang")
    }

    /** Nothing listens any more. */
    fun refuse() {
        ask("refuse")
    }

    /** The server is back, on the same port with the same data. */
    fun resume() {
        ask("resume")
    }

    override fun close() {
        program.outputStream.close()
        if (!program.waitFor(20, TimeUnit.SECONDS)) program.destroyForcibly()
    }

    private fun ask(call: String, vararg fields: Pair<String, String>): JsonObject =
        ask(JsonObject((listOf("do" to call) + fields).associate { (name, text) -> name to JsonPrimitive(text) }))

    private fun ask(line: JsonObject): JsonObject {
        program.outputStream.write("$line\n".toByteArray())
        program.outputStream.flush()
        return answer()
    }

    private fun answer(): JsonObject {
        val line = checkNotNull(lines.readLine()) { "the test clinic has ended" }
        val answer = Json.parseToJsonElement(line).jsonObject
        check("error" !in answer) { "the test clinic says $answer" }
        return answer
    }

    private fun JsonObject.text(name: String): String = getValue(name).jsonPrimitive.content

    companion object {
        /** Stands for an id that is to be made. */
        private const val NEW = "AAAAAAAAAAAAAAAAAAAAAA"

        /** One for all tests that leave its server alone; it ends with this process. */
        val shared: Clinic by lazy { Clinic() }
    }
}

/** What `cargo xtask test` tells the tests; without it they fail. */
internal fun environment(name: String): String =
    checkNotNull(System.getenv(name)) { "$name is not set, run: cargo xtask test --only kotlin" }
