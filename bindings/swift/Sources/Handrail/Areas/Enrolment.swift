import HandrailGenerated

extension Core {
    /// Making this phone a patient's or a family member's.
    public nonisolated var enrolment: Enrolment { Enrolment(core: self) }
}

/// Making this phone a patient's or a family member's.
public struct Enrolment: Sendable {
    let core: Core

    /// Redeems an invite. After a crash the same call goes on where it was; a refusal leaves an existing
    /// enrolment as it is. A sync under way is called off. Cancelling the task calls this off at once.
    ///
    /// - Parameters:
    ///   - link: the invite's link, as it was scanned or pasted.
    ///   - code: the six digits told beside it.
    ///   - deviceName: what staff call this phone, 1 to 100 bytes.
    ///   - platform: `ios`, `android` or `desktop`.
    /// - Throws: `inviteRefused`, `notValid`, `offline`, `loginWanted`, `busy`, `serverTrouble`, `cancelled`,
    ///   and what the store throws.
    @discardableResult
    public func enrol(
        link: String, code: String, deviceName: String, platform: String
    ) async throws(CoreError) -> Standing {
        let standing = try await core.network.run(calledOff: .failure(.cancelled), taken: nil) {
            try $0.enrol(link: link, code: code, deviceName: deviceName, platform: platform)
        }
        core.told.tell(Change.allCases)
        return standing
    }

    /// What a patient reads before anything is written: that nobody watches around the clock. With when it was
    /// read; nothing waits for it.
    public func consent() async throws(CoreError) -> ConsentView {
        try await core.store { try $0.consent() }
    }

    /// Says that the patient has read it.
    @discardableResult
    public func acknowledgeConsent(_ version: String) async throws(CoreError) -> Saved {
        let saved = try await core.store { try $0.acknowledgeConsent(version: version) }
        core.told.tell(.sync)
        return saved
    }
}
