import HandrailGenerated

extension Core {
    /// Check-ins: due, being filled in, written.
    public nonisolated var checkIns: CheckIns { CheckIns(core: self) }
}

/// Check-ins: due, being filled in, written.
public struct CheckIns: Sendable {
    let core: Core

    /// Check-ins due now.
    public func due() async throws(CoreError) -> [DueView] {
        try await core.store { try $0.dueCheckIns() }
    }

    /// Begins a check-in, or goes on with a half-done one.
    public func start(_ form: String) async throws(CoreError) -> CheckInForm {
        try await core.store { try $0.startCheckIn(form: form) }
    }

    /// Takes one answer; `nil` takes it back. It is saved when this returns. When `helpNow` is set, show help
    /// before anything else.
    @discardableResult
    public func answer(
        _ checkIn: String, item: String, value: AnswerValue?
    ) async throws(CoreError) -> CheckInForm {
        let form = try await core.store { try $0.answer(checkIn: checkIn, linkId: item, value: value) }
        core.told.tell(.sync)
        return form
    }

    /// Takes one answer to the questions that follow a check-in (`followUp`); `nil` takes it back. It is saved
    /// when this returns, and handed in with the check-in.
    @discardableResult
    public func answerFollowUp(
        _ checkIn: String, item: String, value: AnswerValue?
    ) async throws(CoreError) -> CheckInForm {
        let form = try await core.store { try $0.answerFollowUp(checkIn: checkIn, linkId: item, value: value) }
        core.told.tell(.checkIns)
        return form
    }

    /// Keeps what the person says about themselves for the score of this check-in (`scoring`): asked once,
    /// never required. Saved when this returns.
    @discardableResult
    public func tell(_ checkIn: String, _ fact: ScoringFact) async throws(CoreError) -> CheckInForm {
        let form = try await core.store { try $0.tellScoringFact(checkIn: checkIn, fact: fact) }
        core.told.tell(.checkIns, .sync)
        return form
    }

    /// Hands a check-in in. Saved when this returns; calling it again answers the same.
    @discardableResult
    public func submit(_ checkIn: String) async throws(CoreError) -> CheckInDone {
        let done = try await core.store { try $0.submit(checkIn: checkIn) }
        core.told.tell(.checkIns, .sync)
        return done
    }

    /// Check-ins written, newest first, with how far each has come.
    public func list(limit: UInt32) async throws(CoreError) -> [CheckInReceipt] {
        try await core.store { try $0.checkIns(limit: limit) }
    }
}
