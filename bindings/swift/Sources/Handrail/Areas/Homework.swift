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

    /// Logs one try. Saved when this returns.
    @discardableResult
    public func log(_ tried: HomeworkTry) async throws(CoreError) -> Saved {
        let saved = try await core.store { try $0.logHomework(tried: tried) }
        core.told.tell(.homework, .sync)
        return saved
    }

    /// Tries logged, oldest first; of one piece of homework, or all.
    public func tries(of homework: String? = nil) async throws(CoreError) -> [LoggedTry] {
        try await core.store { try $0.homeworkLog(homework: homework) }
    }
}
