import Foundation
import TestClinic
import Testing

@testable import Handrail

/// Everything runs one after the other: some tests count what the whole process has open. Whoever waits for
/// ever is ended.
@Suite(.serialized, .timeLimit(.minutes(5)))
enum HandrailTests {}

/// A key store in memory that can be told to fail.
final class TestKeyStore: KeyStore {
    struct Odd: Error {}

    struct State {
        var key: Data?
        var calls: [String] = []
        var failure: (any Error)?
        var onDelete: (@Sendable () -> Void)?
    }

    /// How many there are in this process.
    static let live = Locked(0)

    let state: Locked<State>

    init(key: Data? = nil, failure: (any Error)? = nil) {
        state = Locked(State(key: key, failure: failure))
        Self.live.with { $0 += 1 }
    }

    deinit {
        Self.live.with { $0 -= 1 }
    }

    var key: Data? { state.with { $0.key } }
    var calls: [String] { state.with { $0.calls } }

    func load() throws -> Data? {
        try state.with { state in
            state.calls.append("load")
            if let failure = state.failure { throw failure }
            return state.key
        }
    }

    func save(bytes: Data) throws {
        try state.with { state in
            state.calls.append("save")
            if let failure = state.failure { throw failure }
            state.key = bytes
        }
    }

    func delete() throws {
        state.with { $0.onDelete }?()
        try state.with { state in
            state.calls.append("delete")
            if let failure = state.failure { throw failure }
            state.key = nil
        }
    }
}

/// A phone's folder and key, for as long as a test lasts.
struct Pocket: Sendable {
    static let zone = "America/Chicago"

    let place: URL
    let keys: TestKeyStore

    /// A new phone, in a folder of its own or in one that is there already.
    init(place: URL? = nil) throws {
        let temporary = FileManager.default.temporaryDirectory
        self.place = place ?? temporary.appendingPathComponent("handrail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.place, withIntermediateDirectories: true)
        keys = TestKeyStore()
    }

    var folder: URL { place.appendingPathComponent("phone") }

    /// The phone's database.
    var database: URL? {
        let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return files?.first { $0.pathExtension == "sqlite" }
    }

    func open() async throws(CoreError) -> Core {
        try await Core.open(folder: folder, keyStore: keys, zone: Self.zone)
    }

    func remove() {
        try? FileManager.default.removeItem(at: place)
    }
}

/// A phone of a patient of a clinic.
struct World: Sendable {
    let clinic: TestClinic
    let patient: String
    let pocket: Pocket
    let core: Core

    /// The port of the clinic's server.
    var port: UInt16 { URL(string: clinic.origin)?.port.flatMap(UInt16.init(exactly:)) ?? 0 }

    @discardableResult
    func enrol() async throws -> Standing {
        let invite = try await clinic.invite(patient)
        return try await core.enrolment.enrol(
            link: invite.link, code: invite.code, deviceName: "Phone", platform: "ios")
    }

    /// Synchronises until everything is sent and nothing new is left.
    func synchronise() async throws {
        for _ in 0..<50 {
            if try await core.sync.now().outcome == .upToDate { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("never up to date")
    }
}

/// Lives through one story and cleans up behind it. With `enrolled` the phone is enrolled and synchronised.
func withWorld(enrolled: Bool = true, _ story: (World) async throws -> Void) async throws {
    let clinic = try await TestClinic()
    let pocket = try Pocket()
    let world = World(
        clinic: clinic, patient: try await clinic.addPatient("Maren"), pocket: pocket,
        core: try await pocket.open())
    do {
        if enrolled {
            try await world.enrol()
            try await world.synchronise()
        }
        try await story(world)
    } catch {
        Issue.record(error)
    }
    await world.core.close()
    await clinic.close()
    pocket.remove()
}

/// Lives with a phone that no clinic knows.
func withPocket(_ story: (Pocket) async throws -> Void) async throws {
    let pocket = try Pocket()
    defer { pocket.remove() }
    try await story(pocket)
}

extension Core {
    /// Fills a form in, the lowest option everywhere, and hands it in.
    @discardableResult
    func checkIn(_ form: String) async throws -> CheckInDone {
        let form = try await checkIns.start(form)
        for question in form.questions where question.shown {
            guard let option = question.options.first else { continue }
            try await checkIns.answer(form.checkIn, item: question.linkId, value: option.value)
        }
        return try await checkIns.submit(form.checkIn)
    }
}

/// Practice that nobody assigned.
func practice(note: String? = nil, homework: String? = nil, skill: String? = nil) -> HomeworkTry {
    HomeworkTry(
        homework: homework, skill: skill, completion: .done, distressBefore: 60, distressAfter: 30,
        helpfulness: 3, minutes: 10, obstacle: nil, note: note)
}

/// Waits until something is so; what it waits for is told by the caller.
func eventually(_ isSo: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<500 {
        if try await isSo() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return false
}

/// A file of this repository, found from here.
func repository(_ path: String) -> URL {
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<5 { root.deleteLastPathComponent() }
    return root.appendingPathComponent(path)
}
