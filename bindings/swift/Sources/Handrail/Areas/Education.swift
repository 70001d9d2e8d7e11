import HandrailGenerated

extension Core {
    /// Pieces to read.
    public nonisolated var education: Education { Education(core: self) }
}

/// Pieces to read.
public struct Education: Sendable {
    let core: Core

    /// Education pieces; on a family phone those for families.
    public func list() async throws(CoreError) -> [EducationItem] {
        try await core.store { try $0.education() }
    }

    /// One piece, as CommonMark without HTML.
    public func piece(_ slug: String) async throws(CoreError) -> EducationPiece {
        try await core.store { try $0.educationPiece(slug: slug) }
    }

    /// What the groups are about now; on a family phone of all the clinic's groups.
    public func themes() async throws(CoreError) -> [ThemeView] {
        try await core.store { try $0.themes() }
    }
}
