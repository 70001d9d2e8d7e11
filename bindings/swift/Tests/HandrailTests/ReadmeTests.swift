import Foundation
import TestClinic
import Testing

@testable import Handrail

extension HandrailTests {
    /// The README's example is this file's: compiled, run, and compared.
    @Suite struct Readme {
        @Test func theTenLinesRun() async throws {
            try await withPocket { pocket in
                let clinic = try await TestClinic()
                let patient = try await clinic.addPatient("Maren")
                let invite = try await clinic.invite(patient)
                let said = try await tenLines(pocket.folder, pocket.keys, invite.link, invite.code)
                #expect(said == Words(language: "en")["sync.up-to-date"])
                let read = try await clinic.ask("check-ins", ["patient": patient]).check_ins
                #expect(read?.map(\.form) == ["daily-check-in"])
                await clinic.close()
            }
        }

        private func tenLines(
            _ folder: URL, _ keyStore: any KeyStore, _ link: String, _ code: String
        ) async throws -> String {
            // README
            let core = try await Core.open(folder: folder, keyStore: keyStore, zone: "America/Chicago")
            try await core.enrolment.enrol(link: link, code: code, deviceName: "My phone", platform: "ios")
            let form = try await core.checkIns.start("daily-check-in")
            for question in form.questions where question.required {
                let answer = question.options[0].value
                try await core.checkIns.answer(form.checkIn, item: question.linkId, value: answer)
            }
            let done = try await core.checkIns.submit(form.checkIn)
            let help = done.helpNow ? core.help(country: "US") : nil
            let sync = try await core.sync.now()
            // end
            #expect(help == nil)
            await core.close()
            return sync.outcome.words(language: "en")
        }

        @Test func areThoseOfTheReadme() throws {
            let readme = try String(contentsOf: repository("bindings/swift/README.md"), encoding: .utf8)
            let code = try #require(readme.firstMatch(of: #/```swift\n(?<code>(?s:.*?))```/#)).output.code
            let here = try String(contentsOf: URL(fileURLWithPath: #filePath), encoding: .utf8)
            let lines = try #require(here.firstMatch(of: #/// README\n(?<lines>(?s:.*?)) +// end\n/#)).output.lines
            let unindented = lines.split(separator: "\n").map { $0.dropFirst(12) }.joined(separator: "\n") + "\n"
            #expect(unindented == code)
            #expect(code.split(separator: "\n").count == 10)
        }
    }
}
