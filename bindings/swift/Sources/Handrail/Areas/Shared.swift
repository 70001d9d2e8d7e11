import HandrailGenerated

extension Core {
    /// What a patient shares with a family member.
    public nonisolated var shared: Shared { Shared(core: self) }
}

/// What a patient shares with a family member.
public struct Shared: Sendable {
    let core: Core

    /// The items shared with this phone; empty on a patient's phone.
    public func list() async throws(CoreError) -> [SharedItem] {
        try await core.store { try $0.sharedItems() }
    }
}
