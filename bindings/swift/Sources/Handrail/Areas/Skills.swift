import HandrailGenerated

extension Core {
    /// Skills, and how each worked.
    public nonisolated var skills: Skills { Skills(core: self) }
}

/// Skills: how each is done, and how it worked for this patient.
public struct Skills: Sendable {
    let core: Core

    /// Every skill, by what it is for, in the language of `setLanguage`.
    public func list() async throws(CoreError) -> [SkillItem] {
        try await core.store { try $0.skills() }
    }

    /// One skill: steps, cautions, timed guidance, what is logged.
    public func page(_ id: String) async throws(CoreError) -> SkillPage {
        try await core.store { try $0.skill(id: id) }
    }

    /// How each skill that was tried worked, the best first; nothing is ranked below three ratings.
    public func effects() async throws(CoreError) -> [SkillEffectView] {
        try await core.store { try $0.skillEffects() }
    }
}
