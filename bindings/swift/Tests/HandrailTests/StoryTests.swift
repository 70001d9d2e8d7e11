import Foundation
import TestClinic
import Testing

@testable import Handrail

extension HandrailTests {
    /// The road of a patient through the real core and a real server.
    @Suite struct Story {
        @Test func thePatientsRoad() async throws {
            try await withWorld(enrolled: false) { world in
                let core = world.core
                #expect(await core.standing() == .notEnrolled)
                let standing = try await world.enrol()
                #expect(standing == .enrolled(role: .patient, clinic: "Riverbend IOP"))
                #expect(await core.standing() == standing)
                try await world.synchronise()
                #expect(core.help(country: "US").program?.phone == "555-0100")

                // Written where there is no network, and the phone knows that it is.
                try await world.clinic.ask("refuse")
                let done = try await core.checkIn("daily-check-in")
                #expect(done.sent == .onThisPhone)
                #expect(try await core.sync.now().outcome == .offline)
                let waiting = try await core.sync.status().pending
                #expect(waiting == 2, "the safety entry and the whole")
                #expect(try await core.checkIns.list(limit: 10).map(\.sent) == [.onThisPhone])

                // Sent once there is.
                try await world.clinic.ask("resume")
                try await world.synchronise()
                #expect(try await core.sync.status().pending == 0)
                let sent = try await core.checkIns.list(limit: 10).first?.sent
                guard case .atTheClinic = sent else { throw Odd.state(sent) }

                // The clinician reads it, and the receipt says so.
                let read = try await world.clinic.ask("check-ins", ["patient": world.patient]).check_ins
                #expect(read?.map(\.form) == ["daily-check-in"])
                try await world.synchronise()
                let opened = try await core.checkIns.list(limit: 10).first?.sent
                guard case .opened(by: "Rowan", _) = opened else { throw Odd.state(opened) }

                try await homework(world)
                try await plan(world)
                try await cutOff(world)
                await core.close()
                try await theWayBack(world)
            }
        }

        /// It stays so, and a new invite brings everything back.
        private func theWayBack(_ world: World) async throws {
            let core = try await world.pocket.open()
            #expect(await core.standing() == .cutOff)
            let again = World(
                clinic: world.clinic, patient: world.patient, pocket: world.pocket, core: core)
            #expect(try await again.enrol() == .enrolled(role: .patient, clinic: "Riverbend IOP"))
            try await again.synchronise()
            #expect(try await core.checkIns.list(limit: 10).map(\.form) == ["daily-check-in"])
            #expect(try await core.homework.tries().map(\.tried.note) == ["Cold, but good"])
            await core.close()
        }

        private func homework(_ world: World) async throws {
            let core = world.core
            try await world.clinic.ask(
                "assign-homework", ["patient": world.patient, "title": "Walk to the river"])
            try await world.synchronise()
            let assigned = try await core.homework.list()
            #expect(assigned.map(\.title) == ["Walk to the river"])
            #expect(try await core.today().homework == assigned)
            try await core.homework.log(practice(note: "Cold, but good", homework: assigned.first?.id))
            #expect(try await core.homework.list().map(\.done) == [1])
            let tries = try await core.homework.tries(of: assigned.first?.id)
            #expect(tries.map(\.tried.note) == ["Cold, but good"])
            try await world.synchronise()
            let seen = try await world.clinic.ask("homework", ["patient": world.patient]).homework
            #expect(seen?.map(\.title) == ["Walk to the river"])
            #expect(seen?.map(\.done) == [1])
        }

        private func plan(_ world: World) async throws {
            let core = world.core
            try await world.clinic.ask("write-plan", ["patient": world.patient, "helps": "Calling my sister"])
            try await world.synchronise()
            let current = try await core.plan.transition().current
            #expect(current?.whatHelps == ["Calling my sister"])
            #expect(current?.acknowledgedAt == nil)
            let id = try #require(current?.id)
            #expect(try await core.today().planToRead == id)
            try await core.plan.acknowledge(id)
            #expect(try await core.plan.transition().current?.acknowledgedAt != nil)
            #expect(try await core.today().planToRead == nil)
            try await world.synchronise()
            let seen = try await world.clinic.ask("plans", ["patient": world.patient]).plans
            #expect(seen?.map(\.id) == [id])
            #expect(seen?.first?.current == true && seen?.first?.acknowledged == true)
        }

        private func cutOff(_ world: World) async throws {
            let core = world.core
            let helpInside = Locked(0)
            // The core calls its key store with no lock held: help answers even from there.
            world.pocket.keys.state.with {
                $0.onDelete = { helpInside.with { $0 = core.help(country: "US").contacts.count } }
            }
            #expect(world.pocket.database != nil)
            try await world.clinic.ask("revoke", ["patient": world.patient])
            #expect(try await core.sync.now().outcome == .cutOff)
            #expect(await core.standing() == .cutOff)
            await #expect(throws: CoreError.cutOff) { try await core.today() }
            #expect(world.pocket.database == nil)
            #expect(world.pocket.keys.key == nil)
            #expect(helpInside.with { $0 } > 0)
            world.pocket.keys.state.with { $0.onDelete = nil }
            let help = core.help(country: "US")
            #expect(help.program == nil, "nothing of the clinic stays")
            #expect(help == Core.helpAnywhere(country: "US"))
            #expect(!help.contacts.isEmpty)
        }

        @Test func aWorksheetComesBackAndASkillTellsHowItWorked() async throws {
            try await withWorld { world in
                let core = world.core
                #expect(try await core.skills.list().count >= 18)
                let page = try await core.skills.page("chain-analysis")
                #expect(page.fields.contains { if case .rows = $0.kind { true } else { false } })
                let link = FieldRow(answers: [FieldAnswer(field: "what", value: .written(text: "A long silence"))])
                let sheet = HomeworkTry(
                    homework: nil, skill: "chain-analysis", completion: .done, distressBefore: nil,
                    distressAfter: nil, helpfulness: nil, minutes: 20, obstacle: nil, note: "half done",
                    answers: [
                        FieldAnswer(field: "behavior", value: .written(text: "I shut the door")),
                        FieldAnswer(field: "links", value: .table(rows: [link])),
                    ],
                    privateNote: "for me alone")
                try await core.homework.keep(sheet)
                #expect(try await core.homework.kept(skill: "chain-analysis") == sheet)
                #expect(try await core.homework.log(sheet).offerSafetyPlan == false)
                #expect(try await core.homework.kept(skill: "chain-analysis") == nil)
                let tried = try await core.homework.tries()
                #expect(tried.map(\.tried) == [sheet])
                #expect(tried.first?.lines.count == 2)

                for _ in 0..<3 { try await core.homework.log(practice(skill: "mindfulness")) }
                let effect = try await core.skills.effects().first { $0.skill == "mindfulness" }
                #expect(effect?.uses == 3 && effect?.rank != nil)
                #expect(core.help(country: "US").skills.contains { $0.id == "mindfulness" })
            }
        }

        @Test func whatElseAScreenReads() async throws {
            try await withWorld { world in
                let core = world.core
                let today = try await core.today()
                #expect(today.zone == Pocket.zone)
                #expect(today.otherZone == nil)
                #expect(today.weeks == 8)
                let sessions = try await core.sessions(days: 14)
                #expect(sessions.count >= 5 && sessions.allSatisfy { $0.phoneTime == nil })

                // An hour west both clocks are shown.
                try await core.setZone("America/Denver")
                #expect(try await core.today().otherZone == Pocket.zone)
                let clocks = try await core.sessions(days: 14).map { ($0.clinicTime.start, $0.phoneTime?.start) }
                #expect(clocks.allSatisfy { $0.0 == "09:00" && $0.1 == "08:00" })

                #expect(try await core.shared.list().isEmpty)
                #expect(Core.helpAnywhere(country: "ZZ").contacts.isEmpty)
            }
        }

        @Test func askingForHelpIsToldOnce() async throws {
            try await withWorld { world in
                let core = world.core
                let asked = try await core.askForHelp()
                #expect(asked.sent == .onThisPhone && asked.to?.phone == "555-0100")
                #expect(try await core.askForHelp() == asked)
                #expect(try await core.sync.status().pending == 1)
                try await world.synchronise()
                let sent = try await core.askForHelp().sent
                guard case .atTheClinic = sent else { throw Odd.state(sent) }
                await core.close()
                await #expect(throws: CoreError.closed) { try await core.askForHelp() }
            }
        }

        @Test func visitsAreCountedOnThePhone() async throws {
            try await withWorld { world in
                let core = world.core
                let before = try await core.visits()
                #expect(before.payers.isEmpty && before.week != nil)
                try await world.clinic.act(
                    """
                    {"act":"authorise","patient":"\(world.patient)","authorisation":{"id":"AAAAAAAAAAAAAAAAAAAAAA",\
                    "payer":"Lindenhof Health","from":"2026-01-01","until":"2099-12-31","visits":20,\
                    "unit":"session","half_session":"half","late_cancel":"nothing"}}
                    """)
                try await world.synchronise()
                let payers = try await core.visits().payers
                #expect(payers.map(\.payer) == ["Lindenhof Health"] && payers.first?.coverage == .current)
                #expect(payers.first?.used == 0 && payers.first?.left == 20)
                #expect(try await core.today().visitsLeft == 20)
                try await core.setLanguage("es")
                #expect(try await core.visits().note != before.note)
            }
        }

        @Test func aFamilyMembersPhone() async throws {
            try await withWorld(enrolled: false) { world in
                let core = world.core
                let sister = try await world.clinic.ask(
                    "add-family", ["patient": world.patient, "name": "Alma"])
                try await world.clinic.act(
                    """
                    {"act":"publish-education","education":{"slug":"for-families","title":"How to be there",\
                    "summary":"Short.","minutes":3,"family":true,"markdown":"For a *family*."}}
                    """)
                let invite = try await world.clinic.invite(try #require(sister.id))
                let standing = try await enrol(core, link: invite.link, code: invite.code)
                #expect(standing == .enrolled(role: .family, clinic: "Riverbend IOP"))
                try await world.synchronise()
                #expect(try await core.education.list().map(\.title) == ["How to be there"])
                #expect(try await core.education.piece("for-families").markdown == "For a *family*.")
                // Nothing of the patient is here.
                #expect(try await core.shared.list().isEmpty)
                #expect(await error { try await core.checkIns.start("phq9") } != nil)
                #expect(await error { try await core.plan.transition() } != nil)
            }
        }

        @Test func sharedOpenedAndTakenBack() async throws {
            try await withWorld(enrolled: false) { world in
                let sister = try await world.clinic.ask(
                    "add-family", ["patient": world.patient, "name": "Alma"])
                try await world.enrol()
                try await world.synchronise()
                let pocket = try Pocket()
                defer { pocket.remove() }
                let hers = World(
                    clinic: world.clinic, patient: try #require(sister.id), pocket: pocket,
                    core: try await pocket.open())
                try await hers.enrol()

                let mine = world.core.family
                let alma = try #require(try await mine.list().first)
                #expect(alma.name == "Alma")
                #expect(try await mine.preview(.howToHelp, note: "Walk with me.").text == "Walk with me.")
                let until = Int64(Date().timeIntervalSince1970 * 1000) + 86_400_000
                let share = try await mine.share(
                    with: alma.id, .howToHelp, until: until, note: "Walk with me.")
                #expect(await error { try await mine.share(with: alma.id, .howToHelp, until: 0) } != nil)
                try await world.synchronise()
                try await hers.synchronise()
                let item = try #require(try await hers.core.shared.home().items.first)
                #expect(try await hers.core.shared.open(item.id).text == "Walk with me.")
                try await hers.synchronise()
                try await world.synchronise()
                let items = try await mine.list().first?.items
                let progress = items?.first { $0.kind == .howToHelp }?.shared?.progress
                guard case .opened = progress else { throw Odd.progress(progress) }

                try await mine.withdraw(share.receipt)
                try await world.synchronise()
                try await hers.synchronise()
                #expect(try await hers.core.shared.list().isEmpty)
                #expect(try await world.core.education.themes().isEmpty)
                try await mine.withdrawConsent(of: alma.id)
                #expect(try await mine.list().map(\.leaving) == [true])
                await hers.core.close()
            }
        }

        @Test func anAnswerAboutHarmShowsHelpAtOnce() async throws {
            try await withWorld { world in
                let checkIns = world.core.checkIns
                #expect(try await checkIns.due().map(\.form).contains("daily-check-in"))
                let form = try await checkIns.start("daily-check-in")
                #expect(!form.helpNow)
                let after = try await checkIns.answer(
                    form.checkIn, item: "urge-to-self-harm", value: .number(number: 2))
                #expect(after.helpNow)
                // Half-done answers are still there, and one can be taken back.
                let mood = AnswerValue.number(number: 4)
                try await checkIns.answer(form.checkIn, item: "mood", value: mood)
                let again = try await checkIns.start("daily-check-in")
                #expect(again.checkIn == form.checkIn)
                #expect(again.questions.first { $0.linkId == "mood" }?.answer == mood)
                let without = try await checkIns.answer(form.checkIn, item: "mood", value: nil)
                #expect(without.questions.first { $0.linkId == "mood" }?.answer == nil)
            }
        }

        @Test func whatChangedIsTold() async throws {
            try await withWorld(enrolled: false) { world in
                let core = world.core
                let first = Listener(core.changes)
                let late = core.changes
                func told(_ expected: Set<Change>) async throws {
                    #expect(try await eventually { first.heard == expected }, "\(first.heard), not \(expected)")
                    first.forget()
                }
                try await world.enrol()
                try await told(Set(Change.allCases))
                try await world.clinic.ask("write-plan", ["patient": world.patient, "helps": "Tea"])
                try await world.synchronise()
                try await told([.checkIns, .homework, .plan, .sync])
                try await world.synchronise()
                try await told([.sync])
                try await core.checkIn("daily-check-in")
                try await told([.checkIns, .sync])
                try await core.homework.log(practice())
                try await told([.homework, .sync])
                try await core.plan.acknowledge(try #require(try await core.plan.transition().current?.id))
                try await told([.plan, .sync])
                try await core.setLanguage("es-US")
                try await told(Set(Change.allCases))
                _ = try await core.askForHelp()
                try await told([.sync])
                let reminders = core.reminders
                try await reminders.setSettings(try await reminders.settings())
                try await told([.reminders])
                try await reminders.refresh(means(), armer: TestArmer())
                try await told([.reminders])
                let notifications = try await reminders.report(language: "en").compactMap(\.notification)
                try await reminders.note(try #require(notifications.first), event: .posted)
                try await told([.reminders])
                try await reminders.snooze(try #require(notifications.last))
                try await told([.reminders])
                try await core.setZone("America/Denver")
                try await told(Set(Change.allCases))

                // Every stream ends with the core, also one that nobody read until now.
                await core.close()
                try await told([.standing])
                let second = Listener(late)
                let third = Listener(core.changes)
                #expect(try await eventually { first.hasEnded && second.hasEnded && third.hasEnded })
                #expect(second.heard == Set(Change.allCases) && third.heard.isEmpty)
            }
        }

        /// Reads a stream of changes.
        final class Listener: Sendable {
            private let state = Locked((heard: Set<Change>(), ended: false))

            init(_ changes: AsyncStream<Change>) {
                Task { [state] in
                    for await change in changes { state.with { _ = $0.heard.insert(change) } }
                    state.with { $0.ended = true }
                }
            }

            var heard: Set<Change> { state.with { $0.heard } }
            var hasEnded: Bool { state.with { $0.ended } }
            func forget() { state.with { $0.heard = [] } }
        }
    }
}

/// What should not be.
enum Odd: Error {
    case state(SentState?)
    case refusal(CoreError?)
    case progress(ShareProgress?)
}
