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

    /// The first screen: items, sessions that this person is invited to, what the groups are about.
    public func home() async throws(CoreError) -> FamilyHome {
        try await core.store { try $0.familyHome() }
    }

    /// Shows one item; the patient sees when it was opened first.
    public func open(_ item: String) async throws(CoreError) -> SharedItem {
        let shown = try await core.store { try $0.openShared(item: item) }
        core.told.tell(.sync)
        return shown
    }
}
