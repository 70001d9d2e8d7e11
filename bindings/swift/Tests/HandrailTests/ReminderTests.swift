import Foundation
import TestClinic
import Testing

@testable import Handrail

/// A phone's system: holds what it was told to hold, and remembers every call.
final class TestArmer: ReminderArmer {
    struct Odd: Error {}

    struct State {
        var held: [String: ArmedReminder] = [:]
        var log: [String] = []
        /// Thrown by every call.
        var failure: (any Error)?
        /// Whether it tells what it holds.
        var tells = true
    }

    /// How many there are in this process.
    static let live = Locked(0)

    let state = Locked(State())
    private let onArm: @Sendable () -> Void

    init(onArm: @escaping @Sendable () -> Void = {}) {
        self.onArm = onArm
        Self.live.with { $0 += 1 }
    }

    deinit {
        Self.live.with { $0 -= 1 }
    }

    var held: [String: ArmedReminder] { state.with { $0.held } }
    var log: [String] { state.with { $0.log } }

    func fail(_ failure: (any Error & Sendable)?) {
        state.with { $0.failure = failure }
    }

    func forgetCalls() {
        state.with { $0.log = [] }
    }

    func arm(one: ArmedReminder) throws {
        onArm()
        try state.with { state in
            if let failure = state.failure { throw failure }
            state.log.append("arm \(one.id)")
            state.held[one.id] = one
        }
    }

    func withdraw(id: String) throws {
        try state.with { state in
            if let failure = state.failure { throw failure }
            state.log.append("withdraw \(id)")
            state.held[id] = nil
        }
    }

    func armed() throws -> [String]? {
        try state.with { state in
            if let failure = state.failure { throw failure }
            return state.tells ? Array(state.held.keys) : nil
        }
    }
}

/// A phone's system that can do everything.
func means(notifications: Bool = true, slots: UInt16 = 500, early: URL? = nil) -> ReminderMeans {
    ReminderMeans(
        notifications: notifications, exactAlarms: true, freeSlots: slots, language: "en-US", earlyFolder: early?.path)
}

extension HandrailTests {
    /// Reminders: planned by the core, armed by the shell, taken back, accounted for.
    @Suite struct RemindersOfAPhone {
        @Test func theSystemIsToldOnce() async throws {
            try await withWorld { world in
                let core = world.core
                let armer = TestArmer()
                let early = world.pocket.place.appendingPathComponent("early")
                #expect(Core.armedBeforeUnlock(folder: early).isEmpty)
                let done = try await core.reminders.refresh(means(early: early), armer: armer)
                #expect(done.held > 10 && done.armed == done.held && done.beforeUnlock && !done.running)
                #expect(done.withdrawn == 0 && done.refused == 0)
                #expect(armer.held.count == Int(done.held) && armer.log.count == Int(done.held))
                #expect(armer.held.values.map(\.at).min() == done.nextAt)
                let told = try await lines(core, .armed).compactMap(\.notification)
                #expect(Set(told) == Set(armer.held.keys))

                armer.forgetCalls()
                let again = try await core.reminders.refresh(means(early: early), armer: armer)
                #expect(again.armed == 0 && again.withdrawn == 0 && again.refused == 0)
                #expect(again.held == done.held && again.nextAt == done.nextAt && again.beforeUnlock)
                #expect(armer.log.isEmpty)
                await core.close()

                // A phone that was restarted and not unlocked: no key, no core, no word of what it is about.
                let list = Core.armedBeforeUnlock(folder: early)
                #expect(list.count == Int(done.held))
                #expect(list.allSatisfy { $0.at == armer.held[$0.id]?.at })
                #expect(Set(list.map(\.text)).count == 1)

                let next = try await world.pocket.open()
                #expect(try await next.reminders.refresh(means(early: early), armer: armer).armed == 0)
                #expect(armer.log.isEmpty)
                await next.close()
            }
        }

        @Test func eachHasItsReason() async throws {
            try await withWorld { world in
                let core = world.core
                let armer = TestArmer()
                try await core.reminders.refresh(means(), armer: armer)
                try await core.reminders.refresh(means(notifications: false), armer: armer)
                #expect(armer.held.isEmpty)
                let waiting = try await lines(core, .planned)
                #expect(waiting.filter { $0.now.why == .notificationsOff }.count > 10)
                // Also at night, when some could not ring before they close.
                #expect(waiting.allSatisfy { $0.now.why == .notificationsOff })
                let english = try await core.reminders.report(language: "en-GB")
                #expect(english.allSatisfy { $0.now.why != nil && $0.words.count == 2 && $0.steps.last == $0.now })
                let spanish = try await core.reminders.report(language: "es-MX")
                #expect(zip(english, spanish).allSatisfy { $0.about == $1.about && $0.words != $1.words })
                #expect(english.count == spanish.count && spanish.allSatisfy { $0.words.count == 2 })

                try await core.reminders.refresh(means(slots: 3), armer: armer)
                #expect(armer.held.count == 3)
                #expect(try await lines(core, .planned).contains { $0.now.why == .noFreeSlot })
            }
        }

        @Test func anArmerThatThrowsHasTakenNothing() async throws {
            try await withWorld { world in
                let reminders = world.core.reminders
                let armer = TestArmer()
                let failures: [any Error & Sendable] = [
                    ArmerError.Refused, ArmerError.Unavailable, TestArmer.Odd(),
                ]
                for failure in failures {
                    armer.fail(failure)
                    let done = try await reminders.refresh(means(), armer: armer)
                    #expect(done.held > 10 && done.refused == done.held && done.armed == 0)
                    #expect(try await lines(world.core, .armed).isEmpty)
                    #expect(try await lines(world.core, .planned).contains { $0.now.why == .systemRefused })
                }
                armer.fail(nil)
                let done = try await reminders.refresh(means(), armer: armer)
                #expect(done.armed == done.held && done.refused == 0)
                #expect(armer.held.count == Int(done.held))

                // What cannot be taken back stays known, and nothing is armed beside it.
                armer.fail(TestArmer.Odd())
                #expect(try await reminders.refresh(means(notifications: false), armer: armer).withdrawn == 0)
                #expect(!armer.held.isEmpty)
                armer.fail(nil)
                #expect(try await reminders.refresh(means(notifications: false), armer: armer).withdrawn == done.held)
                #expect(armer.held.isEmpty)

                // A system that does not tell what it holds is told everything again.
                try await reminders.refresh(means(), armer: armer)
                armer.state.with { $0.tells = false }
                #expect(try await reminders.refresh(means(), armer: armer).armed == done.held)
            }
        }

        @Test func aCancelledSessionsIsTakenBack() async throws {
            try await withWorld { world in
                let core = world.core
                let armer = TestArmer()
                try await core.reminders.refresh(means(), armer: armer)
                let armed = try await lines(core, .armed)
                let alone = armed.filter { line in armed.count { $0.notification == line.notification } == 1 }
                let line = try #require(alone.last { $0.session != nil })
                let id = try #require(line.notification)
                #expect(armer.held[id] != nil)
                let parts = try #require(line.session).split(separator: ":")
                try await world.clinic.act(
                    """
                    {"act":"change-session","track":"\(parts[0])",\
                    "change":{"change":"cancelled","original_date":"\(parts[1])"}}
                    """)
                // Sync itself takes it back: there is no moment between two calls in which it could ring.
                try await world.synchronise()
                #expect(armer.log.contains("withdraw \(id)"))
                #expect(armer.held[id] == nil)
                #expect(try await core.reminders.refresh(means(), armer: armer).withdrawn == 0)
                let after = try await core.reminders.report(language: "en").first { $0.about == line.about }
                #expect(after?.now.state == .withdrawn && after?.now.why == .cancelled)
                #expect(after?.words == ["It was taken back.", "The session was cancelled."])
            }
        }

        @Test func whatIsDoneIsNotRemindedOf() async throws {
            try await withWorld { world in
                let core = world.core
                let armer = TestArmer()
                // Wherever it is noon now, so that today's check-ins are still to come, with nothing beside.
                try await core.setZone(Self.noon())
                let settings = try await core.reminders.settings()
                try await core.reminders.setSettings(changed(settings, leads: [], quiet: false))
                try await core.reminders.refresh(means(), armer: armer)
                let off = try await core.reminders.report(language: "en").filter { $0.session != nil }
                #expect(!off.isEmpty && off.allSatisfy { $0.now.why == .turnedOff })

                let armed = try await lines(core, .armed)
                let id = try #require(armed.first?.notification)
                let today = armed.filter { $0.notification == id }
                let forms = today.compactMap(\.form)
                #expect(forms.count >= 2 && forms.count == today.count)
                let due = try await core.checkIns.due().map(\.form)
                #expect(Set(forms) == Set(due))
                for form in forms { try await core.checkIn(form) }
                armer.forgetCalls()
                try await core.reminders.refresh(means(), armer: armer)
                #expect(armer.log == ["withdraw \(id)"])
                let done = try await lines(core, .done)
                #expect(done.map(\.about) == today.map(\.about))
                #expect(done.allSatisfy { $0.now.why == .done })
            }
        }

        @Test func whatIsSeenAndSetIsKept() async throws {
            try await withWorld { world in
                let core = world.core
                let reminders = core.reminders
                try await reminders.refresh(means(), armer: TestArmer())
                let armed = try await lines(core, .armed)
                let seen = try #require(armed.first)
                let id = try #require(seen.notification)
                let later = try #require(armed.first { $0.notification != id })
                func now(_ line: ReminderLine) async throws -> ReminderStep? {
                    let all = try await reminders.report(language: "en")
                    return all.first { $0.about == line.about }?.now
                }
                try await reminders.note(id, event: .seenInTray)
                #expect(try await now(seen)?.state == .seenInTray)
                try await reminders.note(id, event: .opened)
                #expect(try await now(seen)?.state == .opened)
                try await reminders.snooze(try #require(later.notification))
                let snoozed = try await now(later)
                #expect(snoozed?.state == .snoozed && snoozed?.why == .snoozed)
                await #expect(throws: CoreError.notFound) { try await reminders.note("17", event: .opened) }
                await #expect(throws: CoreError.notFound) { try await reminders.snooze("wisteria") }

                let settings = changed(try await reminders.settings(), checkIns: "19:40", lockScreen: .kind)
                try await reminders.setSettings(settings)
                let wrong = changed(settings, checkIns: "7pm")
                await #expect(throws: CoreError.notValid(detail: "time-of-day-malformed", item: nil)) {
                    try await reminders.setSettings(wrong)
                }
                await core.close()
                await #expect(throws: CoreError.closed) { try await reminders.settings() }
                await #expect(throws: CoreError.closed) {
                    try await reminders.refresh(means(), armer: TestArmer())
                }
                let next = try await world.pocket.open()
                #expect(try await next.reminders.settings() == settings)
                await next.close()
            }
        }

        @Test func aPhoneThatIsCutOffOrNobodysHoldsNothing() async throws {
            try await withWorld(enrolled: false) { world in
                let reminders = world.core.reminders
                let armer = TestArmer()
                #expect(try await reminders.refresh(means(), armer: armer).held == 0)
                #expect(armer.log.isEmpty)
                try await world.enrol()
                try await world.synchronise()
                let held = try await reminders.refresh(means(), armer: armer).held
                #expect(held > 10)
                try await world.clinic.ask("revoke", ["patient": world.patient])
                let report = try await world.core.sync.now()
                #expect(report.outcome == .cutOff && report.reminders?.withdrawn == held)
                #expect(armer.held.isEmpty)
                #expect(try await reminders.refresh(means(), armer: armer).held == 0)
                #expect(Core.armedBeforeUnlock(folder: world.pocket.folder).isEmpty)
            }
        }

        @Test func manyAtOnceAreOneAfterTheOther() async throws {
            try await withWorld { world in
                let core = world.core
                let counts = Locked((inside: 0, most: 0, helped: 0))
                let armer = TestArmer(onArm: {
                    counts.with {
                        $0.inside += 1
                        $0.most = max($0.most, $0.inside)
                    }
                    let helped = !core.help(country: "US").contacts.isEmpty
                    counts.with {
                        $0.helped += helped ? 1 : 0
                        $0.inside -= 1
                    }
                })
                let done = try await withThrowingTaskGroup(of: ReminderRefresh.self) { group in
                    for _ in 0..<40 {
                        group.addTask {
                            _ = try await core.today()
                            return try await core.reminders.refresh(means(), armer: armer)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(done.count == 40 && !done.contains { $0.running })
                let held = armer.held.count
                #expect(held > 10 && done.map { Int($0.armed) }.reduce(0, +) == held)
                #expect(counts.with { $0.most == 1 && $0.helped == held })
            }
        }

        private func lines(_ core: Core, _ state: ReminderState) async throws -> [ReminderLine] {
            try await core.reminders.report(language: "en").filter { $0.now.state == state }
        }

        /// These settings but for what is named.
        private func changed(
            _ old: ReminderSettings, leads: [String]? = nil, quiet: Bool = true, checkIns: String? = nil,
            lockScreen: LockScreen? = nil
        ) -> ReminderSettings {
            ReminderSettings(
                quietFrom: quiet ? old.quietFrom : nil, quietTo: quiet ? old.quietTo : nil, perDay: old.perDay,
                sessionLeads: leads ?? old.sessionLeads, travelMinutes: old.travelMinutes,
                checkInTime: checkIns ?? old.checkInTime, practiceTime: old.practiceTime,
                snoozeMinutes: old.snoozeMinutes, lockScreen: lockScreen ?? old.lockScreen)
        }

        /// A zone in which it is between noon and one.
        private static func noon() -> String {
            let hour = (Int(Date().timeIntervalSince1970) / 3600) % 24
            return hour < 12 ? "Etc/GMT\(hour - 12)" : "Etc/GMT+\(hour - 12)"
        }
    }

    /// A clinic's own form after a positive answer, and check-ins in the app's language.
    @Suite struct Forms {
        @Test func questionsFollowAPositiveAnswer() async throws {
            try await withWorld(enrolled: false) { world in
                try await askOnWithScreener(world.clinic)
                try await world.enrol()
                try await world.synchronise()
                let checkIns = world.core.checkIns
                let form = try await checkIns.start("phq9")
                #expect(form.followUp == nil)
                let asked = try await checkIns.answer(form.checkIn, item: "q9", value: .number(number: 2))
                #expect(asked.helpNow && asked.followUp?.title == "Questions more")
                #expect(asked.followUp?.callFirst == false)
                try await checkIns.answerFollowUp(form.checkIn, item: "q2", value: .yesNo(yes: true))
                let page = try await checkIns.answerFollowUp(form.checkIn, item: "q4", value: .yesNo(yes: true))
                #expect(page.followUp?.callFirst == true)
                let back = try await checkIns.answerFollowUp(form.checkIn, item: "q4", value: nil)
                #expect(back.followUp?.callFirst == false)
                let refused = await error {
                    try await checkIns.answerFollowUp(form.checkIn, item: "q4", value: .number(number: 1))
                }
                guard case .notValid = refused else { throw Odd.refusal(refused) }
                await #expect(throws: CoreError.notFound) {
                    try await checkIns.answerFollowUp("no-such-check-in", item: "q4", value: nil)
                }
                #expect(try await checkIns.submit(form.checkIn).helpNow)
            }
        }

        @Test func checkInsAreAskedInTheLanguageOfTheApp() async throws {
            try await withWorld { world in
                let core = world.core
                let english = try await core.checkIns.start("phq9").questions.map(\.text)
                try await core.setLanguage("es-US")
                let spanish = try await core.checkIns.start("phq9").questions.map(\.text)
                #expect(spanish.contains("Poco interés o placer en hacer cosas"))
                #expect(try await core.checkIns.due().contains { $0.title == "Registro diario" })
                try await core.setLanguage("pt-BR")
                #expect(try await core.checkIns.start("phq9").questions.map(\.text) == english)
                await core.close()
                await #expect(throws: CoreError.closed) { try await core.setLanguage("es") }
            }
        }

        /// Seven questions with yes or no, known as the screener's by our own codes. Their words are invented.
        private func askOnWithScreener(_ clinic: TestClinic) async throws {
            let gates = ["q3": "q2", "q4": "q2", "q5": "q2", "q6_3_months": "q6_lifetime"]
            let items = ["q1", "q2", "q3", "q4", "q5", "q6_lifetime", "q6_3_months"].map { item in
                let gate = gates[item].map {
                    #""enableWhen":[{"question":"\#($0)","operator":"=","answerBoolean":true}],"#
                }
                let code = #"[{"system":"urn:handrail:item","code":"cssrs-screener-\#(item)"}]"#
                return
                    #"{"linkId":"\#(item)","type":"boolean","text":"Question \#(item)",\#(gate ?? "")"code":\#(code)}"#
            }
            let head = #""resourceType":"Questionnaire","status":"active","id":"our-screener","title":"Questions more""#
            let form = #"{\#(head),"item":[\#(items.joined(separator: ","))]}"#
            let quoted = String(decoding: try JSONEncoder().encode(form), as: UTF8.self)
            try await clinic.act(
                #"{"act":"publish-questionnaire","questionnaire":\#(quoted),"licence":{"statement":"Our own text."}}"#)
            try await clinic.act(#"{"act":"set-check-in-policy","policy":{"follow_up":"our-screener"}}"#)
        }
    }
}

extension ReminderLine {
    /// The session that it is about.
    fileprivate var session: String? {
        if case .session(let session, _, _) = about { session } else { nil }
    }

    /// The form of the check-in that it is about.
    fileprivate var form: String? {
        if case .checkIn(let form, _) = about { form } else { nil }
    }
}
