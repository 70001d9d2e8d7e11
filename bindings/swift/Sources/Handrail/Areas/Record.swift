import Foundation
import HandrailGenerated

extension Core {
    /// The record on this phone as a whole: taking it along, erasing it.
    public nonisolated var record: Record { Record(core: self) }
}

/// The record on this phone as a whole.
public struct Record: Sendable {
    let core: Core

    /// Writes everything in open formats to a new zip. The file is not sealed: hand it to the person, then
    /// delete it.
    public func export(to file: URL) async throws(CoreError) -> ExportDone {
        try await core.store { try $0.exportRecord(file: file.path) }
    }

    /// What erasing would do: to be shown, whole, before `prepareDelete`.
    public func deleteNotice() async throws(CoreError) -> DeleteNotice {
        try await core.store { try $0.deleteNotice() }
    }

    /// Takes back what is shared with family. Saved when this returns; sync next.
    @discardableResult
    public func prepareDelete() async throws(CoreError) -> DeleteNotice {
        let notice = try await core.store { try $0.prepareDelete() }
        core.told.tell(Change.allCases)
        return notice
    }

    /// Erases everything on this phone; the clinic keeps its own record. Refused while entries are only here,
    /// unless `evenIfUnsent`. A sync under way is called off. Refresh the reminders next.
    public func delete(evenIfUnsent: Bool) async throws(CoreError) {
        try await core.network.run(calledOff: .failure(.cancelled), taken: nil) {
            try $0.deleteEverything(evenIfUnsent: evenIfUnsent)
        }
        core.told.tell(Change.allCases)
    }
}
