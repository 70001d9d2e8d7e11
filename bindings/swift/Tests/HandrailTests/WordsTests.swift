// swift-format-ignore-file: AlwaysUseLowerCamelCase
import Foundation
import Testing

@testable import Handrail

extension HandrailTests {
    /// Codes and the words for them.
    @Suite struct CodesAndWords {
        /// What `tests/vectors/error-codes.json` says, written from the core's own source.
        struct Codes: Decodable {
            let errors: [String: [String]]
            let sync_outcomes: [String]

            /// Every key that must have words. A code with details has them for each of these instead.
            var keys: Set<String> {
                let errors = errors.flatMap { code, details in
                    details.isEmpty ? [code] : details.map { "\(code).\($0)" }
                }
                return Set(errors).union(sync_outcomes.map { "sync.\($0)" })
            }
        }

        private func codes() throws -> Codes {
            try JSONDecoder().decode(Codes.self, from: vectors("error-codes"))
        }

        @Test(arguments: Words.languages)
        func everyCodeHasWordsAndNoWordsAreLeftOver(language: String) throws {
            // A defect of the core has words too: no code of the core's own stands for it.
            let must = try codes().keys.union(["unexpected"])
            let have = Set(Words(language: language).table.keys)
            #expect(must.subtracting(have).isEmpty, "without words")
            #expect(have.subtracting(must).isEmpty, "left over")
            for (key, words) in Words(language: language).table {
                #expect(words.split(separator: ". ").count >= 2, "\(key): what happened, and what to do")
            }
        }

        @Test func everyErrorAnswersWithItsOwnWords() throws {
            let errors: [CoreError] =
                [
                    .closed, .alreadyOpen, .notEnrolled, .cutOff, .appTooOld, .keyStoreUnavailable, .notFound,
                    .tooLarge, .offline, .loginWanted, .busy(retryAfterMs: 1), .cancelled,
                    .notValid(detail: "out-of-range", item: "mood"), .serverTrouble(detail: "internal"),
                    .notSaved(detail: "disk-full"), .notSaved(detail: "disk-error"),
                ]
                + [.keyMissing, .keyWrong, .storeDamaged].map(CoreError.needsInvite)
                + [.linkMalformed, .wrongCode, .used, .expired, .revoked, .tampered, .wrongClinic]
                .map(CoreError.inviteRefused)
            let outcomes: [SyncOutcome] = [
                .upToDate, .offline, .loginWanted, .busy, .refused(code: "x"), .trouble(code: "x"), .cancelled,
                .running, .cutOff, .accountClosed,
            ]
            let codes = try codes()
            #expect(Set(errors.map(\.code)) == Set(codes.errors.keys))
            let details = errors.filter { !(codes.errors[$0.code] ?? []).isEmpty }.compactMap(\.detail)
            #expect(Set(details) == Set(codes.errors.values.joined()))
            #expect(outcomes.map(\.code) == codes.sync_outcomes)
            for language in Words.languages {
                let said = errors.map { $0.words(language: language) }
                #expect(Set(said).count == errors.count, "no two say the same")
                let fallback = CoreError.unexpected.words(language: language)
                #expect(!said.contains(fallback))
                #expect(Set(outcomes.map { $0.words(language: language) }).count == outcomes.count)
            }
        }

        @Test func languagesAreFoundAsPhonesNameThem() {
            let spanish = CoreError.offline.words(language: "es")
            #expect(CoreError.offline.words(language: "es-MX") == spanish)
            #expect(CoreError.offline.words(language: "ES_us") == spanish)
            let english = CoreError.offline.words(language: "en")
            #expect(english != spanish)
            #expect(CoreError.offline.words(language: "fi") == english)
            #expect(CoreError.offline.words(language: "") == english)
            // A detail that this app does not know yet.
            let unknown = CoreError.notSaved(detail: "on-fire").words(language: "en")
            #expect(unknown == Words(language: "en")["unexpected"])
        }

        @Test(arguments: Words.languages)
        func kotlinSaysTheSame(language: String) throws {
            let path = "bindings/kotlin/src/main/resources/app/handrail/words_\(language).properties"
            let lines = try String(contentsOf: repository(path), encoding: .utf8).split(separator: "\n")
            let pairs = lines.filter { !$0.hasPrefix("#") }.map { $0.split(separator: " = ", maxSplits: 1) }
            let kotlin = Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) })
            #expect(kotlin == Words(language: language).table)
        }
    }

    /// The names of `Core` are the same in every language.
    @Suite struct Names {
        @Test func areThoseOfTheCommittedList() throws {
            let wanted = try JSONDecoder().decode([String: [String]].self, from: vectors("core-names"))
            let sources = repository("bindings/swift/Sources/Handrail")
            var found = ["core": try names(sources.appendingPathComponent("Core.swift"))]
            let areas = sources.appendingPathComponent("Areas")
            for file in try FileManager.default.contentsOfDirectory(at: areas, includingPropertiesForKeys: nil) {
                var area = try names(file)
                // The first is the property of Core that leads to the area.
                found[area.removeFirst()] = area
            }
            #expect(found.mapValues { $0.sorted() } == wanted.mapValues { $0.sorted() })
        }

        /// An app imports `Handrail` alone, so every value of the generated code has its name there.
        @Test func everyViewHasItsNameHere() throws {
            let generated = repository("bindings/swift/generated/HandrailGenerated")
            let files = try FileManager.default.contentsOfDirectory(at: generated, includingPropertiesForKeys: nil)
            let source = try files.filter { $0.pathExtension == "swift" }
                .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
            let made = source.matches(
                of: #/^public (?:indirect )?(?:struct|enum|protocol) (?<name>\w+)/#.anchorsMatchLineEndings()
            )
            .map { String($0.output.name) }.filter { !$0.hasPrefix("FfiConverter") }
            let views = try String(
                contentsOf: repository("bindings/swift/Sources/Handrail/Views.swift"), encoding: .utf8)
            let named = views.matches(of: #/public typealias (?<name>\w+)/#).map { String($0.output.name) }
            // The object itself and the replay of vectors are not for apps.
            #expect(Set(made).subtracting(named) == ["PhoneCoreProtocol", "VectorReport"])
            #expect(made.count > 40)
        }

        /// Public functions and properties in the order of the file.
        private func names(_ file: URL) throws -> [String] {
            let declaration =
                #/^ {4}public (?:static )?(?:nonisolated )?(?:func|var|let) (?<name>[A-Za-z]+)/#
                .anchorsMatchLineEndings()
            let text = try String(contentsOf: file, encoding: .utf8)
            return text.matches(of: declaration).map { String($0.output.name) }
                .filter { $0 != "unownedExecutor" }
        }
    }
}

/// A file of `tests/vectors`.
func vectors(_ name: String) throws -> Data {
    let folder = ProcessInfo.processInfo.environment["HANDRAIL_VECTORS"].map { URL(fileURLWithPath: $0) }
    return try Data(contentsOf: (folder ?? repository("tests/vectors")).appendingPathComponent("\(name).json"))
}
