// What `today` and a check-in cost a caller in Swift: the counterpart of tests/bench/src/bin/calls.rs, call by
// call. On a freshly enrolled phone, HANDRAIL_ROUNDS times (default 200) unmeasured and as many times measured:
// one `today` and one PHQ-9 (start, nine answers, submit) in turn. Prints the medians in microseconds.

import Foundation
import Handrail
import TestClinic

/// The key of a folder that lives as long as this program.
final class KeyInMemory: KeyStore, @unchecked Sendable {
    private let lock = NSLock()
    private var key: Data?

    func load() throws -> Data? { lock.withLock { key } }
    func save(bytes: Data) throws { lock.withLock { key = bytes } }
    func delete() throws { lock.withLock { key = nil } }
}

struct NotEnrolled: Error {}

func today(_ core: Core) async throws -> Duration {
    let began = ContinuousClock.now
    let page = try await core.today()
    let took = began.duration(to: .now)
    guard page.week != nil else { throw NotEnrolled() }
    return took
}

func checkIn(_ core: Core) async throws -> Duration {
    let began = ContinuousClock.now
    let draft = try await core.checkIns.start("phq9").checkIn
    for item in 1...9 {
        try await core.checkIns.answer(draft, item: "q\(item)", value: .number(number: 0))
    }
    try await core.checkIns.submit(draft)
    return began.duration(to: .now)
}

func medianMicroseconds(_ times: [Duration]) -> Double {
    times.sorted()[times.count / 2] / .microseconds(1)
}

let rounds = ProcessInfo.processInfo.environment["HANDRAIL_ROUNDS"].flatMap(Int.init) ?? 200
let place = FileManager.default.temporaryDirectory.appendingPathComponent("handrail-calls-\(UUID().uuidString)")
defer { try? FileManager.default.removeItem(at: place) }

let clinic = try await TestClinic()
let invite = try await clinic.invite(clinic.addPatient("Maren"))
let core = try await Core.open(
    folder: place.appendingPathComponent("phone"), keyStore: KeyInMemory(), zone: "America/Chicago")
try await core.enrolment.enrol(link: invite.link, code: invite.code, deviceName: "Phone", platform: "desktop")
guard try await core.sync.now().outcome == .upToDate else { throw NotEnrolled() }
for _ in 0..<rounds {
    _ = try await today(core)
    _ = try await checkIn(core)
}
var looks: [Duration] = []
var checkIns: [Duration] = []
for _ in 0..<rounds {
    looks.append(try await today(core))
    checkIns.append(try await checkIn(core))
}
await core.close()
await clinic.close()
print(#"{"today_us":\#(medianMicroseconds(looks)),"submit_us":\#(medianMicroseconds(checkIns))}"#)
