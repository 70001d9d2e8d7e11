import HandrailGenerated

extension Core {
    /// How it goes: symptoms, daily life, taking part.
    public nonisolated var progress: ProgressArea { ProgressArea(core: self) }
}

/// How it goes. Days without data are missing, never zero. (Foundation has a `Progress` of its own.)
public struct ProgressArea: Sendable {
    let core: Core

    /// The page of the week.
    public func page() async throws(CoreError) -> ProgressPage {
        try await core.store { try $0.progress() }
    }

    /// The same as a page of HTML that stands alone, to print.
    public func print() async throws(CoreError) -> String {
        try await core.store { try $0.progressPrint() }
    }
}
