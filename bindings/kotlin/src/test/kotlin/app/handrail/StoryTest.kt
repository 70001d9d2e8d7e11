package app.handrail

import app.handrail.generated.Coverage
import app.handrail.generated.FieldAnswer
import app.handrail.generated.FieldRow
import app.handrail.generated.FieldValue
import app.handrail.generated.PhoneRole
import app.handrail.generated.SentState
import app.handrail.generated.ShareProgress
import app.handrail.generated.SharedItemKind
import app.handrail.generated.SkillFieldKind
import app.handrail.generated.Standing
import app.handrail.generated.SyncOutcome
import java.io.File
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** A patient's weeks with a phone, from the invite to the cut-off, against a real server. */
class StoryTest {
    @TempDir lateinit var folder: File

    private val clinic = Clinic()

    @AfterEach fun end() = clinic.close()

    @Test
    fun `a patient enrols, checks in offline, syncs, practises, reads the plan, and is cut off`() = story {
        val patient = clinic.addPatient("Mira")
        val phone = Phone(folder)
        var core = phone.open()
        assertEquals(Standing.NotEnrolled, core.standing())

        val enrolled = Standing.Enrolled(PhoneRole.PATIENT, "Riverbend IOP")
        assertEquals(enrolled, core.enrol(clinic.invite(patient)))
        core.synchronise()
        assertEquals(ZONE, core.today().zone)
        assertTrue(core.sessions(14u).isNotEmpty())
        assertTrue(core.checkIns.due().any { it.form == "phq9" })

        // Nobody listens: what is written stays on the phone, and says so.
        clinic.refuse()
        val page = core.fillIn("phq9", option = 1)
        assertTrue(page.helpNow, "the ninth question is answered above zero")
        val done = core.checkIns.submit(page.checkIn)
        assertTrue(done.helpNow)
        assertEquals(9.0, done.score?.total)
        assertEquals(SentState.OnThisPhone, done.sent)
        assertEquals(done, core.checkIns.submit(page.checkIn), "handing in twice is handing in once")
        assertEquals(SyncOutcome.Offline, core.sync.now().outcome)
        assertTrue(core.today().unsent > 0u)

        // A restart in between, as phones do.
        core.close()
        core = phone.open()
        assertEquals(enrolled, core.standing())
        assertEquals(SentState.OnThisPhone, core.checkIns.list(10u).single().sent)

        clinic.resume()
        core.synchronise()
        assertEquals(0u, core.sync.status().pending)
        assertInstanceOf(SentState.AtTheClinic::class.java, core.checkIns.list(10u).single().sent)

        val read = clinic.checkIns(patient).single()
        assertEquals("phq9", read.form)
        assertEquals(9.0, read.total)
        assertTrue(read.answers >= 9)
        val homework = clinic.assignHomework(patient, "Box breathing")
        clinic.writePlan(patient, "A walk with my sister")
        core.synchronise()

        // The receipt is the console's own signed statement.
        val opened = assertInstanceOf(SentState.Opened::class.java, core.checkIns.list(10u).single().sent)
        assertEquals("Rowan", opened.by)

        val given = core.homework.list().single()
        assertEquals(homework to "Box breathing", given.id to given.title)
        core.homework.log(practice("easier than I thought", homework))
        assertEquals("easier than I thought", core.homework.tries(homework).single().tried.note)
        assertEquals(1u, core.homework.list().single().done)

        val plan = checkNotNull(core.plan.transition().current)
        assertEquals(listOf("A walk with my sister"), plan.whatHelps)
        assertEquals(plan.id, core.today().planToRead)
        core.plan.acknowledge(plan.id)
        assertNull(core.today().planToRead)
        core.synchronise()
        assertEquals(listOf("easier than I thought"), clinic.notes(patient))
        assertTrue(clinic.planAcknowledged(patient))

        clinic.revoke(patient)
        assertEquals(SyncOutcome.CutOff, core.sync.now().outcome)
        assertEquals(Standing.CutOff, core.standing())
        refuses<CoreError.CutOff> { core.today() }
        refuses<CoreError.CutOff> { core.checkIns.list(10u) }
        assertFalse(core.help("US").contacts.isEmpty())
        assertTrue(contents().none { it.name.startsWith("store") }, "${contents()}")
        core.close()

        // It stays so, and a new invite brings everything back.
        core = phone.open()
        assertEquals(Standing.CutOff, core.standing())
        assertEquals(enrolled, core.enrol(clinic.invite(patient)))
        core.synchronise()
        assertEquals(9.0, core.checkIns.list(10u).single().score?.total)
        core.close()
    }

    @Test
    fun `a worksheet comes back half-filled, and a skill tells how it worked`() = story {
        val phone = Phone(folder)
        var core = clinic.enrolled(phone)
        assertTrue(core.skills.list().size >= 18)
        val page = core.skills.page("chain-analysis")
        assertTrue(page.fields.any { it.kind is SkillFieldKind.Rows })
        val link = FieldRow(listOf(FieldAnswer("what", FieldValue.Written("A long silence"))))
        val sheet =
            practice("half done", null).copy(
                skill = "chain-analysis",
                answers =
                    listOf(
                        FieldAnswer("behavior", FieldValue.Written("I shut the door")),
                        FieldAnswer("links", FieldValue.Table(listOf(link))),
                    ),
                privateNote = "for me alone",
            )
        core.homework.keep(sheet)
        core.close()
        core = phone.open()
        assertEquals(sheet, core.homework.kept(skill = "chain-analysis"))
        assertFalse(core.homework.log(sheet).offerSafetyPlan)
        assertNull(core.homework.kept(skill = "chain-analysis"))
        val tried = core.homework.tries().single()
        assertEquals(sheet, tried.tried)
        assertEquals(2, tried.lines.size)

        repeat(3) {
            core.homework.log(practice("again").copy(skill = "mindfulness", distressBefore = 60u, distressAfter = 30u))
        }
        val effect = core.skills.effects().first()
        assertEquals(Triple("mindfulness", 3u, 1u), Triple(effect.skill, effect.uses, effect.rank))
        assertEquals(listOf("mindfulness"), core.help("US").skills.map { it.id })
        val cold = practice("cold").copy(skill = "quick-calm")
        assertEquals("required", refuses<CoreError.NotValid> { core.homework.log(cold) }.detail)
        core.close()
    }

    @Test
    fun `asking for help is told to the clinic, once`() = story {
        val core = clinic.enrolled(Phone(folder))
        val asked = core.askForHelp()
        assertEquals(SentState.OnThisPhone, asked.sent)
        assertEquals("555-0100", asked.to?.phone)
        assertEquals(asked, core.askForHelp())
        assertEquals(1u, core.sync.status().pending)
        core.synchronise()
        assertInstanceOf(SentState.AtTheClinic::class.java, core.askForHelp().sent)
        core.close()
        refuses<CoreError.Closed> { core.askForHelp() }
    }

    @Test
    fun `visits are counted on the phone`() = story {
        val patient = clinic.addPatient("Mira")
        val core = clinic.enrolled(Phone(folder), patient)
        val before = core.visits()
        assertTrue(before.payers.isEmpty())
        assertTrue(before.week != null)
        clinic.authorise(patient, payer = "Lindenhof Health", visits = 20)
        core.synchronise()
        val agreed = core.visits().payers.single()
        assertEquals("Lindenhof Health" to Coverage.CURRENT, agreed.payer to agreed.coverage)
        assertEquals(0.0 to 20.0, agreed.used to agreed.left)
        assertEquals(20.0, core.today().visitsLeft)
        core.setLanguage("es")
        assertFalse(before.note == core.visits().note)
        core.close()
    }

    @Test
    fun `a family member reads, and nothing of the patient is there`() = story {
        val patient = clinic.addPatient("Mira")
        val sister = clinic.addFamily(patient, "Alma")
        clinic.publish("for-families", "How to be there")
        val core = clinic.enrolled(Phone(folder), sister)
        assertEquals(Standing.Enrolled(PhoneRole.FAMILY, "Riverbend IOP"), core.standing())
        assertEquals("How to be there", core.education.list().single().title)
        assertTrue("family" in core.education.piece("for-families").markdown)
        assertTrue(core.shared.list().isEmpty())
        refuses<CoreError> { core.checkIns.start("phq9") }
        core.close()
    }

    @Test
    fun `a patient shares with a family member, sees it opened, and takes it back`() = story {
        val patient = clinic.addPatient("Mira")
        val sister = clinic.addFamily(patient, "Alma")
        val mine = clinic.enrolled(Phone(folder.resolve("mine")), patient)
        val hers = clinic.enrolled(Phone(folder.resolve("hers")), sister)
        val alma = mine.family.list().single()
        assertEquals("Alma", alma.name)
        val kind = SharedItemKind.HOW_TO_HELP
        assertEquals("Walk with me.", mine.family.preview(kind, "Walk with me.").text)
        val until = System.currentTimeMillis() + 86_400_000
        val share = mine.family.share(alma.id, kind, until, "Walk with me.").receipt
        refuses<CoreError> { mine.family.share(alma.id, kind, 0, "Walk with me.") }
        mine.synchronise()
        hers.synchronise()
        val item = hers.shared.home().items.single()
        assertEquals("Walk with me.", hers.shared.open(item.id).text)
        hers.synchronise()
        mine.synchronise()
        val shared = mine.family.list().single().items.first { it.kind == kind }.shared
        assertInstanceOf(ShareProgress.Opened::class.java, shared?.progress)

        mine.family.withdraw(share)
        mine.synchronise()
        hers.synchronise()
        assertTrue(hers.shared.list().isEmpty())
        assertTrue(mine.education.themes().isEmpty())
        mine.family.withdrawConsent(alma.id)
        assertTrue(mine.family.list().single().leaving)
        mine.close()
        hers.close()
    }

    private fun contents() = folder.walkTopDown().filter { it.isFile }.toList()
}
