// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase
import Dispatch
import Foundation

/// A clinic on a real server, driven by lines: the program that HANDRAIL_CLINIC names
/// (`tests/story/src/bin/handrail-test-clinic.rs`). For tests and measurements only.
public final class TestClinic: Sendable {
    /// What the program answered; only what was asked for is there.
    public struct Answer: Decodable, Sendable {
        /// A check-in as the clinician reads it.
        public struct CheckIn: Decodable, Equatable, Sendable {
            public let form: String
            public let total: Double?
            public let answers: Int
            public let note: String?
        }

        /// Homework as the clinician sees it.
        public struct Homework: Decodable, Equatable, Sendable {
            public let title: String
            public let done: Int
        }

        /// A plan as the clinician sees it.
        public struct Plan: Decodable, Equatable, Sendable {
            public let id: String
            public let current: Bool
            public let acknowledged: Bool
        }

        public let origin: String?
        public let id: String?
        public let link: String?
        public let code: String?
        public let error: String?
        public let check_ins: [CheckIn]?
        public let homework: [Homework]?
        public let plans: [Plan]?
    }

    /// Why the clinic did not do it.
    public enum Failure: Error, Equatable {
        /// A variable that `cargo xtask test` sets is missing.
        case notSet(String)
        /// The program has ended, or said something that is no answer.
        case ended
        /// The program refused, with its code.
        case refused(String)
        /// The answer lacks this.
        case missing(String)
    }

    /// An invite as a patient holds it.
    public struct Invite: Sendable {
        public let link: String
        public let code: String
    }

    /// Where the server listens: `http://127.0.0.1:PORT`.
    public let origin: String
    private let program: Program
    private let queue: DispatchQueue

    /// Starts a fresh clinic.
    public init() async throws {
        guard let path = ProcessInfo.processInfo.environment["HANDRAIL_CLINIC"] else {
            throw Failure.notSet("HANDRAIL_CLINIC")
        }
        let queue = DispatchQueue(label: "clinic")
        let program = try Program(path: path)
        let first = try await Self.on(queue) { try program.read() }
        guard let origin = first.origin else { throw Failure.missing("origin") }
        self.origin = origin
        self.program = program
        self.queue = queue
    }

    /// One line and its answer.
    @discardableResult
    public func ask(_ what: String, _ with: [String: String] = [:]) async throws -> Answer {
        try await ask(line: JSONEncoder().encode(with.merging(["do": what]) { _, what in what }))
    }

    /// Any act of the clinic's console, as its JSON.
    @discardableResult
    public func act(_ json: String) async throws -> Answer {
        try await ask(line: Data(#"{"do":"act","act":\#(json)}"#.utf8))
    }

    private func ask(line: Data) async throws -> Answer {
        try await Self.on(queue) { [program] in
            try program.write(line)
            let answer = try program.read()
            if let code = answer.error { throw Failure.refused(code) }
            return answer
        }
    }

    /// Adds a patient; gives the id.
    public func addPatient(_ name: String) async throws -> String {
        guard let id = try await ask("add-patient", ["name": name]).id else { throw Failure.missing("id") }
        return id
    }

    /// Invites a phone of this person.
    public func invite(_ subject: String) async throws -> Invite {
        let answer = try await ask("invite", ["subject": subject])
        guard let link = answer.link, let code = answer.code else { throw Failure.missing("link") }
        return Invite(link: link, code: code)
    }

    /// Ends the program and its server, and waits for that.
    public func close() async {
        try? await Self.on(queue) { [program] in program.end() }
    }

    deinit {
        program.end()
    }

    private static func on<Value: Sendable>(
        _ queue: DispatchQueue, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }
}

/// The program's process. Used from one queue, and once more when nobody else holds it.
private final class Program: @unchecked Sendable {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var arrived = Data()

    init(path: String) throws {
        process.executableURL = URL(fileURLWithPath: path)
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    func write(_ line: Data) throws {
        try input.fileHandleForWriting.write(contentsOf: line + [0x0A])
    }

    func read() throws -> TestClinic.Answer {
        while true {
            if let end = arrived.firstIndex(of: 0x0A) {
                let line = arrived[..<end]
                defer { arrived = Data(arrived[arrived.index(after: end)...]) }
                return try JSONDecoder().decode(TestClinic.Answer.self, from: line)
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { throw TestClinic.Failure.ended }
            arrived.append(more)
        }
    }

    /// The program ends with its input.
    func end() {
        guard process.isRunning else { return }
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        try? output.fileHandleForReading.close()
    }
}
