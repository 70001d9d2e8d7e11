import Foundation
import TestClinic
import Testing

@testable import Handrail

extension HandrailTests {
    /// Every kind of error, met the way an app meets it.
    @Suite struct Errors {
        @Test func beforeAndAfterAPhoneIsInUse() async throws {
            try await withPocket { pocket in
                let core = try await pocket.open()
                await #expect(throws: CoreError.notEnrolled) { try await core.today() }
                await #expect(throws: CoreError.notEnrolled) { try await core.checkIns.start("phq9") }
                await #expect(throws: CoreError.notEnrolled) { try await core.sync.now() }
                await #expect(throws: CoreError.alreadyOpen) { try await pocket.open() }
                await core.close()
                await #expect(throws: CoreError.closed) { try await core.today() }
                await #expect(throws: CoreError.closed) { try await core.homework.log(practice()) }
                await #expect(throws: CoreError.closed) { try await core.sync.now() }
                await #expect(throws: CoreError.closed) { try await enrol(core, link: "x", code: "1") }
                #expect(await core.standing() == .closed)
                #expect(!core.help(country: "US").contacts.isEmpty)
                await core.close()
                await (try pocket.open()).close()
            }
        }

        @Test func whatDoesNotFit() async throws {
            try await withWorld { world in
                let core = world.core
                await #expect(throws: CoreError.notValid(detail: "unknown-time-zone", item: nil)) {
                    try await core.setZone("Mars/Olympus")
                }
                await #expect(throws: CoreError.notFound) { try await core.checkIns.start("no-such-form") }
                await #expect(throws: CoreError.notFound) { try await core.checkIns.submit("no-such-check-in") }
                await #expect(throws: CoreError.notFound) { try await core.education.piece("no-such-piece") }
                await #expect(throws: CoreError.notFound) { try await core.plan.acknowledge("no-such-plan") }
                let form = try await core.checkIns.start("daily-check-in")
                let refused = await error {
                    try await core.checkIns.answer(form.checkIn, item: "mood", value: .number(number: 99))
                }
                guard case .notValid(_, item: "mood") = refused else { throw Odd.refusal(refused) }
                await #expect(throws: CoreError.notValid(detail: "text-out-of-range", item: nil)) {
                    try await core.homework.log(practice(note: String(repeating: "x", count: 80_000)))
                }
                #expect(try await core.homework.tries().isEmpty)
            }
        }

        @Test func invitesThatDoNotWork() async throws {
            let another = try await TestClinic()
            try await withWorld(enrolled: false) { world in
                let core = world.core
                func refused(_ reason: InviteRefusal, _ link: String, _ code: String) async {
                    await #expect(throws: CoreError.inviteRefused(reason)) {
                        try await enrol(core, link: link, code: code)
                    }
                    #expect(await core.standing() == .notEnrolled)
                }
                let invite = try await world.clinic.invite(world.patient)
                let wrong = invite.code == "123456" ? "654321" : "123456"
                await refused(.linkMalformed, "https://example.org/", invite.code)
                let elsewhere = invite.link.replacing(world.clinic.origin, with: another.origin)
                await refused(.wrongClinic, elsewhere, invite.code)
                await refused(.wrongCode, invite.link, wrong)

                // Not disturbed by all that; then it is used up.
                try await enrol(core, link: invite.link, code: invite.code)
                let second = try Pocket()
                defer { second.remove() }
                let other = try await second.open()
                await #expect(throws: CoreError.inviteRefused(.used)) {
                    try await enrol(other, link: invite.link, code: invite.code)
                }

                // Five wrong codes end an invite.
                let spare = try await world.clinic.invite(world.patient)
                var last: CoreError?
                for _ in 0..<6 { last = await error { try await enrol(other, link: spare.link, code: wrong) } }
                #expect(last == .inviteRefused(.revoked))
                await other.close()
            }
            await another.close()
        }

        @Test func serversThatDoNotAnswerAsTheyShould() async throws {
            try await withWorld(enrolled: false) { world in
                let core = world.core
                let invite = try await world.clinic.invite(world.patient)
                let cases: [(RogueServer.Manner, CoreError)] = [
                    (.answers(status: 503, type: "text/plain", header: "Retry-After: 7"), .busy(retryAfterMs: 7000)),
                    (.answers(status: 200, type: "text/html", header: nil), .loginWanted),
                    (
                        .answers(status: 404, type: "text/plain", header: nil),
                        .serverTrouble(detail: "answer-unexpected")
                    ),
                ]
                for (manner, expected) in cases {
                    let rogue = try RogueServer(manner)
                    let link = invite.link.replacing(world.clinic.origin, with: rogue.origin)
                    await #expect(throws: expected) { try await enrol(core, link: link, code: invite.code) }
                    rogue.stop()
                }
                try await world.clinic.ask("refuse")
                await #expect(throws: CoreError.offline) {
                    try await enrol(core, link: invite.link, code: invite.code)
                }
            }
        }

        @Test func syncsThatEndInEveryWay() async throws {
            try await withWorld { world in
                let core = world.core
                try await world.clinic.ask("refuse")
                #expect(try await core.sync.now().outcome == .offline)
                let problem = #"{"type":"about:blank","title":"x","status":401,"code":"not-authenticated"}"#
                let cases: [(RogueServer.Manner, SyncOutcome)] = [
                    (.answers(status: 200, type: "text/html", header: nil), .loginWanted),
                    (.answers(status: 404, type: "text/plain", header: nil), .trouble(code: "answer-unexpected")),
                    (
                        .answers(status: 401, type: "application/problem+json", header: nil, body: problem),
                        .refused(code: "not-authenticated")
                    ),
                    (.answers(status: 503, type: "text/plain", header: "Retry-After: 60"), .busy),
                ]
                for (manner, expected) in cases {
                    let rogue = try RogueServer(manner, port: world.port)
                    #expect(try await core.sync.now().outcome == expected)
                    rogue.stop()
                }
                // A refusal stops nothing but sync.
                try await core.checkIn("daily-check-in")
                #expect(try await core.today().unsent == 2)
            }
        }

        @Test func whatThePhonesDiskDoes() async throws {
            try await withPocket { pocket in
                let file = pocket.place.appendingPathComponent("file")
                try Data().write(to: file)
                await #expect(throws: CoreError.notSaved(detail: "disk-error")) {
                    try await Core.open(
                        folder: file.appendingPathComponent("phone"), keyStore: pocket.keys, zone: Pocket.zone)
                }
            }
            try await withWorld { world in
                let core = world.core
                let form = try await core.checkIns.start("daily-check-in")
                let refused = await withoutRoomForFiles {
                    await error {
                        for number in Int64(0)..<10 {
                            try await core.checkIns.answer(
                                form.checkIn, item: "mood", value: .number(number: number))
                        }
                    }
                }
                guard case .notSaved = refused else { throw Odd.refusal(refused) }
                // With room again it goes on, and the answer that was refused is not there.
                let mood = AnswerValue.number(number: 3)
                let after = try await core.checkIns.answer(form.checkIn, item: "mood", value: mood)
                #expect(after.questions.first { $0.linkId == "mood" }?.answer == mood)
            }
        }

        @Test func aStoreThatCannotBeOpened() async throws {
            try await withWorld { world in
                await world.core.close()
                let pocket = world.pocket
                let database = try #require(pocket.database)
                let good = try Data(contentsOf: database)

                var newer = good
                // SQLite's user_version: where the store's own version stands.
                newer.replaceSubrange(60..<64, with: [0, 0, 0x7F, 0xFF])
                try newer.write(to: database)
                await #expect(throws: CoreError.appTooOld) { try await pocket.open() }

                try Data(repeating: 7, count: good.count).write(to: database)
                try await needsInvite(.storeDamaged, pocket.folder, pocket.keys)
                try good.write(to: database)
                try await needsInvite(.keyMissing, pocket.folder, TestKeyStore())
                try await needsInvite(.keyWrong, pocket.folder, TestKeyStore(key: Data(repeating: 1, count: 32)))

                // And with its own key it opens as before.
                let core = try await pocket.open()
                #expect(await core.standing() == .enrolled(role: .patient, clinic: "Riverbend IOP"))
                await core.close()
            }
        }

        private func needsInvite(_ reason: LossReason, _ folder: URL, _ keys: TestKeyStore) async throws {
            let core = try await Core.open(folder: folder, keyStore: keys, zone: Pocket.zone)
            #expect(await core.standing() == .needsInvite(reason: reason))
            await #expect(throws: CoreError.needsInvite(reason)) { try await core.today() }
            #expect(!core.help(country: "US").contacts.isEmpty)
            await core.close()
        }
    }

    /// What the core asks of the phone's key store.
    @Suite struct Keys {
        @Test func areMadeOnceAndLoaded() async throws {
            try await withPocket { pocket in
                await (try pocket.open()).close()
                #expect(pocket.keys.calls == ["load", "save"])
                #expect(pocket.keys.key?.count == 32)
                // There is a store now: the key is only loaded.
                let key = pocket.keys.key
                await (try pocket.open()).close()
                #expect(pocket.keys.calls == ["load", "save", "load"])
                #expect(pocket.keys.key == key)
            }
        }

        @Test(arguments: [KeyStoreError.Unavailable, TestKeyStore.Odd()] as [any Error & Sendable])
        func thatDoNotAnswerAreAskedAgainLater(failure: any Error & Sendable) async throws {
            try await withPocket { pocket in
                pocket.keys.state.with { $0.failure = failure }
                await #expect(throws: CoreError.keyStoreUnavailable) { try await pocket.open() }
                pocket.keys.state.with { $0.failure = nil }
                await (try pocket.open()).close()
                #expect(pocket.keys.calls == ["load", "load", "save"])
            }
        }
    }
}

/// Enrols as an app does.
@discardableResult
func enrol(_ core: Core, link: String, code: String) async throws(CoreError) -> Standing {
    try await core.enrolment.enrol(link: link, code: code, deviceName: "Phone", platform: "ios")
}

/// The error of a call that must not work.
func error<Value>(_ call: () async throws -> Value) async -> CoreError? {
    do {
        _ = try await call()
        return nil
    } catch {
        return error as? CoreError
    }
}
