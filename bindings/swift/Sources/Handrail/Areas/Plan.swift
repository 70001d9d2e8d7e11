import HandrailGenerated

extension Core {
    /// The treatment plan, the safety plan, the transition plan, and the way out of the program.
    public nonisolated var plan: Plan { Plan(core: self) }
}

/// The treatment plan in two parts, the safety plan, the transition plan, and the way out of the program.
public struct Plan: Sendable {
    let core: Core

    /// The transition plan with its history.
    public func transition() async throws(CoreError) -> PlanPage {
        try await core.store { try $0.transitionPlan() }
    }

    /// Says that the patient has read a plan, whichever it is. Saved when this returns.
    @discardableResult
    public func acknowledge(_ plan: String) async throws(CoreError) -> Saved {
        try await write { try $0.acknowledgePlan(plan: plan) }
    }

    /// A plan with its history and what changed since `looked` was called for it.
    public func card(_ kind: PlanKind) async throws(CoreError) -> PlanCardView {
        try await core.store { try $0.planCard(kind: kind) }
    }

    /// Says that a plan as it stands was on the screen. Known on this phone alone.
    public func looked(_ kind: PlanKind) async throws(CoreError) {
        try await core.store { try $0.lookedAtPlan(kind: kind) }
        core.told.tell(.plan)
    }

    /// A plan as a page to print: HTML that stands alone, without a script and with nothing to fetch.
    public func print(_ kind: PlanKind) async throws(CoreError) -> String {
        try await core.store { try $0.planToPrint(kind: kind) }
    }

    /// The treatment plan in both parts, with goals and what may be marked.
    public func treatment() async throws(CoreError) -> TreatmentPage {
        try await core.store { try $0.treatmentPlan() }
    }

    /// Writes part one of the treatment plan. Saved when this returns.
    ///
    /// - Throws: `notValid` with `plan-changed` when another revision came since the draft was made: read it
    ///   again.
    @discardableResult
    public func writePartOne(_ draft: PartOneDraft) async throws(CoreError) -> Saved {
        try await write { try $0.writePartOne(draft: draft) }
    }

    /// Rates a goal from -2 (much less than hoped for) to 2 (much more). Saved when this returns.
    @discardableResult
    public func rateGoal(_ goal: String, level: Int8, note: String) async throws(CoreError) -> Saved {
        try await write { try $0.rateGoal(goal: goal, level: level, note: note) }
    }

    /// The safety plan, with the numbers to call from it.
    public func safety() async throws(CoreError) -> SafetyPlanPage {
        try await core.store { try $0.safetyPlan() }
    }

    /// Writes the safety plan; it holds at once, and the clinic sees that it changed. Saved when this returns.
    @discardableResult
    public func writeSafety(_ draft: SafetyPlanDraft) async throws(CoreError) -> Saved {
        try await write { try $0.writeSafetyPlan(draft: draft) }
    }

    /// Proposes a transition plan: the clinic decides. Saved when this returns.
    @discardableResult
    public func proposeTransition(_ draft: TransitionPlanDraft) async throws(CoreError) -> Saved {
        try await write { try $0.proposeTransitionPlan(draft: draft) }
    }

    /// The way out of the program; `nil` before an enrolment.
    public func bridge() async throws(CoreError) -> BridgeView? {
        try await core.store { try $0.bridge() }
    }

    /// Says what became of a hand-off of the transition plan. Saved when this returns.
    @discardableResult
    public func markHandOff(_ mark: HandOffMark) async throws(CoreError) -> Saved {
        try await write { try $0.markHandOff(mark: mark) }
    }

    private func write(
        _ work: @Sendable (PhoneCore) throws -> Saved
    ) async throws(CoreError) -> Saved {
        let saved = try await core.store(work)
        core.told.tell(.plan, .sync)
        return saved
    }
}
