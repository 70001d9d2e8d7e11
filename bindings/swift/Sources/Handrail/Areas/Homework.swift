import HandrailGenerated

extension Core {
    /// Homework and the log of its tries.
    public nonisolated var homework: Homework { Homework(core: self) }
}

/// Homework and the log of its tries.
public struct Homework: Sendable {
    let core: Core

    /// All homework, the one due next first.
    public func list() async throws(CoreError) -> [HomeworkView] {
        try await core.store { try $0.homework() }
    }

    /// Logs one try of homework or of a skill. Saved when this returns; show help and the safety plan next when
    /// it says so.
    @discardableResult
    public func log(_ tried: HomeworkTry) async throws(CoreError) -> TrySaved {
        let saved = try await core.store { try $0.logHomework(tried: tried) }
        core.told.tell(.homework, .sync)
        return saved
    }

    /// Keeps a half-filled try, one for each piece of homework or skill; `log` drops it.
    public func keep(_ tried: HomeworkTry) async throws(CoreError) {
        try await core.store { try $0.keepTry(tried: tried) }
    }

    /// The half-filled try of a piece of homework, else of a skill.
    public func kept(homework: String? = nil, skill: String? = nil) async throws(CoreError) -> HomeworkTry? {
        try await core.store { try $0.keptTry(homework: homework, skill: skill) }
    }

    /// Tries logged, oldest first; of one piece of homework, or all.
    public func tries(of homework: String? = nil) async throws(CoreError) -> [LoggedTry] {
        try await core.store { try $0.homeworkLog(homework: homework) }
    }
}
