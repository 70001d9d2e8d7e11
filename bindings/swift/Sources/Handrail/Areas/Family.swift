import HandrailGenerated

extension Core {
    /// A patient's own sharing with family, person by person and item by item.
    public nonisolated var family: Family { Family(core: self) }
}

/// A patient's own sharing with family, person by person and item by item.
public struct Family: Sendable {
    let core: Core

    /// Each person with each item that can be shared, and how far it has come.
    public func list() async throws(CoreError) -> [FamilyMemberView] {
        try await core.store { try $0.family() }
    }

    /// What a person would read if this were shared now. `note` holds the patient's own words, where it is
    /// those.
    public func preview(
        _ kind: SharedItemKind, note: String = ""
    ) async throws(CoreError) -> SharePreview {
        try await core.store { try $0.sharePreview(kind: kind, note: note) }
    }

    /// Shares an item with a person until then (epoch milliseconds); what was shared of it before is
    /// replaced. Sync next.
    @discardableResult
    public func share(
        with member: String, _ kind: SharedItemKind, until: Int64, note: String = ""
    ) async throws(CoreError) -> Saved {
        let saved = try await core.store {
            try $0.shareItem(member: member, kind: kind, until: until, note: note)
        }
        core.told.tell(.sync)
        return saved
    }

    /// Takes a sharing back: it leaves the person's phone at that phone's next sync. Sync next.
    @discardableResult
    public func withdraw(_ share: String) async throws(CoreError) -> Saved {
        let saved = try await core.store { try $0.withdrawShare(share: share) }
        core.told.tell(.sync)
        return saved
    }

    /// Takes everything back that is shared with a person, and the consent to tell them: the clinic then
    /// cuts their phones off. Sync next.
    @discardableResult
    public func withdrawConsent(of member: String) async throws(CoreError) -> Saved {
        let saved = try await core.store { try $0.withdrawConsent(member: member) }
        core.told.tell(.sync)
        return saved
    }
}
