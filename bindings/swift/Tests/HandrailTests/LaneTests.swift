import Foundation
import TestClinic
import Testing

@testable import Handrail

extension HandrailTests {
    /// Who waits for whom, and who can be called off.
    @Suite struct Lanes {
        /// The time-outs of the core begin at thirty seconds.
        static let farBelowTheTimeouts = Duration.seconds(10)

        @Test func nothingWaitsForAServerThatHangs() async throws {
            try await withWorld { world in
                let core = world.core
                try await world.clinic.ask("refuse")
                let silent = try RogueServer(.silent, port: world.port)
                let ended = Locked(false)
                let hanging = Task {
                    defer { ended.with { $0 = true } }
                    return try await core.sync.now()
                }
                #expect(try await eventually { silent.connections > 0 })
                #expect(try await core.sync.now().outcome == .running)

                _ = try await core.today()
                let done = try await core.checkIn("phq9")
                #expect(done.sent == .onThisPhone)
                #expect(core.help(country: "US").program != nil)
                #expect(await core.standing() == .enrolled(role: .patient, clinic: "Riverbend IOP"))
                #expect(try await core.sync.status().pending == 2)
                #expect(ended.with { !$0 }, "all that while the sync was hanging")

                let began = ContinuousClock.now
                hanging.cancel()
                #expect(try await hanging.value.outcome == .cancelled)
                #expect(ContinuousClock.now - began < Self.farBelowTheTimeouts)
                silent.stop()

                // The next one goes through.
                try await world.clinic.ask("resume")
                try await world.synchronise()
                #expect(try await core.sync.status().pending == 0)
            }
        }

        @Test func enrolmentIsCalledOffWithItsTask() async throws {
            try await withWorld(enrolled: false) { world in
                let invite = try await world.clinic.invite(world.patient)
                try await world.clinic.ask("hang")
                for cancel in ["task", "sync.cancel"] {
                    let began = ContinuousClock.now
                    let hanging = Task { try await enrol(world.core, link: invite.link, code: invite.code) }
                    try await Task.sleep(for: .milliseconds(200))
                    if cancel == "task" { hanging.cancel() } else { world.core.sync.cancel() }
                    await #expect(throws: CoreError.cancelled) { try await hanging.value }
                    #expect(ContinuousClock.now - began < Self.farBelowTheTimeouts)
                }
                // The invite is as good as before.
                try await world.clinic.ask("resume")
                #expect(try await enrol(world.core, link: invite.link, code: invite.code) != .notEnrolled)
            }
        }

        @Test func aTaskThatWasCancelledBeforeAsksNobody() async throws {
            try await withWorld { world in
                try await world.clinic.ask("refuse")
                let silent = try RogueServer(.silent, port: world.port)
                let core = world.core
                let late = Task {
                    while !Task.isCancelled { await Task.yield() }
                    let report = try await core.sync.now()
                    let refusal = await error {
                        try await enrol(core, link: "not even looked at", code: "1")
                    }
                    return (report.outcome, refusal)
                }
                late.cancel()
                let (outcome, refusal) = try await late.value
                #expect(outcome == .cancelled)
                #expect(refusal == .cancelled)
                #expect(silent.connections == 0)
                silent.stop()
            }
        }

        /// Also in the moments when the core has not heard of the call yet, or is not in its lane.
        @Test func aCancellationIsHeardAtAnyMoment() async throws {
            try await withWorld { world in
                try await world.clinic.ask("refuse")
                let silent = try RogueServer(.silent, port: world.port)
                let began = ContinuousClock.now
                for moment in 0..<200 {
                    let hanging = Task { try await world.core.sync.now().outcome }
                    let until = ContinuousClock.now + .microseconds(20 * moment)
                    while ContinuousClock.now < until { await Task.yield() }
                    hanging.cancel()
                    try #require(try await hanging.value == .cancelled)
                }
                #expect(ContinuousClock.now - began < Self.farBelowTheTimeouts * 2)
                silent.stop()
            }
        }

        @Test func cancellingOneTaskLeavesTheSyncOfAnotherAlone() async throws {
            try await withWorld { world in
                let core = world.core
                try await world.clinic.ask("refuse")
                let silent = try RogueServer(.silent, port: world.port)
                let ended = Locked(false)
                let first = Task {
                    defer { ended.with { $0 = true } }
                    return try await core.sync.now()
                }
                #expect(try await eventually { silent.connections > 0 })
                // Some are cancelled before they ask, some while they ask.
                let others = (0..<50).map { number in
                    Task {
                        while number % 2 == 0 && !Task.isCancelled { await Task.yield() }
                        return try await core.sync.now().outcome
                    }
                }
                for other in others { other.cancel() }
                for other in others {
                    let outcome = try await other.value
                    #expect(outcome == .running || outcome == .cancelled)
                }
                try await Task.sleep(for: .milliseconds(200))
                #expect(ended.with { !$0 })
                core.sync.cancel()
                #expect(try await first.value.outcome == .cancelled)
                silent.stop()
            }
        }

        @Test func enrolmentTakesTheLaneFromASyncThatHangs() async throws {
            try await withWorld { world in
                let core = world.core
                let other = try await TestClinic()
                let elsewhere = try await other.invite(try await other.addPatient("Ilse"))
                try await world.clinic.ask("refuse")
                let silent = try RogueServer(.silent, port: world.port)
                let hanging = Task { try await core.sync.now() }
                #expect(try await eventually { silent.connections > 0 })
                // This phone is given to somebody of another clinic.
                try await enrol(core, link: elsewhere.link, code: elsewhere.code)
                #expect(try await hanging.value.outcome == .cancelled)
                #expect(try await core.checkIns.list(limit: 1).isEmpty)
                silent.stop()
                await other.close()
            }
        }

        @Test func aThousandCallsAtOnce() async throws {
            try await withWorld { world in
                let core = world.core
                let today = try await core.today()
                let outcomes = try await withThrowingTaskGroup(of: String?.self) { group in
                    for number in 0..<1000 {
                        group.addTask {
                            switch number % 5 {
                            case 0:
                                try await core.homework.log(practice(note: "\(number)"))
                                return nil
                            case 1: return try await core.sync.now().outcome.code
                            case 2: return core.help(country: "US").program == nil ? "no program" : nil
                            case 3: return try await core.today().date == today.date ? nil : "another day"
                            default: return try await core.checkIns.due() == today.checkIns ? nil : "others due"
                            }
                        }
                    }
                    return try await group.reduce(into: Set()) { if let said = $1 { $0.insert(said) } }
                }
                #expect(outcomes.isSubset(of: ["up-to-date", "running"]) && outcomes.contains("up-to-date"))
                let notes = try await core.homework.tries().compactMap(\.tried.note)
                #expect(Set(notes) == Set((0..<200).map { "\($0 * 5)" }))
                #expect(notes.count == 200)
                try await world.synchronise()
                #expect(try await core.sync.status().pending == 0)
            }
        }

        @Test func theStoresCallsRunOneAtATimeAndApart() async throws {
            try await withPocket { pocket in
                let core = try await pocket.open()
                let inside = Locked(0)
                let most = Locked(0)
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<100 {
                        group.addTask {
                            let refusal = await error {
                                try await core.store { _ in
                                    let now = inside.with { count in
                                        count += 1
                                        return count
                                    }
                                    most.with { $0 = max($0, now) }
                                    #expect(!Thread.isMainThread)
                                    Thread.sleep(forTimeInterval: 0.001)
                                    inside.with { $0 -= 1 }
                                }
                            }
                            #expect(refusal == nil)
                        }
                    }
                }
                #expect(most.with { $0 } == 1)
                await core.close()
            }
        }

        @Test func closingWhileCallsRun() async throws {
            try await withWorld { world in
                let core = world.core
                try await world.clinic.ask("refuse")
                let silent = try RogueServer(.silent, port: world.port)
                let hanging = Task { try await core.sync.now().outcome }
                #expect(try await eventually { silent.connections > 0 })
                let saved = Locked(0)
                let writers = (0..<8).map { _ in
                    Task {
                        await error {
                            while true {
                                try await core.homework.log(practice())
                                saved.with { $0 += 1 }
                            }
                        }
                    }
                }
                #expect(try await eventually { saved.with { $0 > 20 } })
                let began = ContinuousClock.now
                await core.close()
                #expect(ContinuousClock.now - began < Self.farBelowTheTimeouts)
                for writer in writers { #expect(await writer.value == .closed) }
                // Called off, or told that the store is closed under it.
                switch await hanging.result {
                case .success(let outcome): #expect(outcome == .cancelled)
                case .failure(let refusal): #expect(refusal as? CoreError == .closed)
                }
                silent.stop()

                // What was said to be saved is there: nothing more, nothing less.
                let again = try await world.pocket.open()
                #expect(try await again.homework.tries().count == saved.with { $0 })
                await again.close()
            }
        }
    }
}
