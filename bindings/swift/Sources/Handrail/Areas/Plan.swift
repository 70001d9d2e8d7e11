import HandrailGenerated

extension Core {
    /// The plan for the time after the program.
    public nonisolated var plan: Plan { Plan(core: self) }
}

/// The plan for the time after the program.
public struct Plan: Sendable {
    let core: Core

    /// The transition plan with its history.
    public func transition() async throws(CoreError) -> PlanPage {
        try await core.store { try $0.transitionPlan() }
    }

    /// Says that the patient has read a plan. Saved when this returns.
    @discardableResult
    public func acknowledge(_ plan: String) async throws(CoreError) -> Saved {
        let saved = try await core.store { try $0.acknowledgePlan(plan: plan) }
        core.told.tell(.plan, .sync)
        return saved
    }
}
