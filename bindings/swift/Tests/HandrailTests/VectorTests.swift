import Foundation
import HandrailGenerated
import Testing

extension HandrailTests {
    /// `tests/vectors`, replayed by the library that this process has loaded.
    @Suite struct Vectors {
        /// A file, and a change to it that must be seen.
        static let files: [(name: String, was: String, is: String)] = [
            ("scoring", "\"total\":0", "\"total\":1"),
            ("change", "\"improvement\":4", "\"improvement\":5"),
            ("sessions", "14:00:00Z", "14:00:01Z"),
            ("visits", "\"left\":12.0", "\"left\":11.0"),
            ("reminders", "2026-11-22T14:00:00Z", "2026-11-22T14:01:00Z"),
            ("seal", "\"sealed\": \"", "\"sealed\": \"00"),
            ("invite", "\"proof\": \"", "\"proof\": \"00"),
            ("chain", "\"head\": \"", "\"head\": \"00"),
            ("keybox", "\"sealed\": \"", "\"sealed\": \"00"),
            ("wire", "\"cbor\": \"", "\"cbor\": \"00"),
            ("wrap", "\"proof\": \"", "\"proof\": \"00"),
        ]

        @Test(arguments: files.map(\.name))
        func everyCaseHolds(name: String) throws {
            let report = checkVectors(name: name, json: String(decoding: try vectors(name), as: UTF8.self))
            #expect(report.failed.isEmpty)
            #expect(report.cases > 0)
        }

        @Test(arguments: files.map(\.name))
        func aChangedCaseIsSeen(name: String) throws {
            let file = try #require(Self.files.first { $0.name == name })
            let json = String(decoding: try vectors(name), as: UTF8.self)
            let place = try #require(json.range(of: file.was), "the file has no such case any more")
            let changed = json.replacingCharacters(in: place, with: file.is)
            #expect(checkVectors(name: name, json: changed).failed.count == 1)
        }

        @Test func everyFileIsReplayed() throws {
            let folder = repository("tests/vectors")
            let there = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "json" }.map { $0.deletingPathExtension().lastPathComponent }
            // Entries as care reads them have no replay in the phone's library; the other two are lists.
            let others: Set = ["entries", "core-names", "error-codes"]
            #expect(Set(there).subtracting(others) == Set(Self.files.map(\.name)))
        }
    }
}
