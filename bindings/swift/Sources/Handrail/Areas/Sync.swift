import HandrailGenerated

extension Core {
    /// Sending and fetching.
    public nonisolated var sync: Sync { Sync(core: self) }
}

/// Sending and fetching.
public struct Sync: Sendable {
    let core: Core

    /// One pass of synchronisation. No other call waits for it; while one is under way another answers
    /// `running`. Cancelling the task calls it off at once, and its outcome then is `cancelled`. Reminders
    /// follow what it brought before it returns: what was cancelled is taken back. Without `reminders` in the
    /// report call `reminders.refresh`.
    @discardableResult
    public func now() async throws(CoreError) -> SyncReport {
        let report = try await core.network.run(
            calledOff: .success(.nothingDone(.cancelled)),
            taken: .success(.nothingDone(.running))
        ) {
            try $0.sync()
        }
        core.told.tell(report.changes)
        return report
    }

    /// How sync stands: what waits, the last time, what was put aside, faults.
    public func status() async throws(CoreError) -> SyncStatus {
        try await core.store { try $0.syncStatus() }
    }

    /// Calls off the sync (or enrolment) that is under way, at once. Nothing when none is.
    public func cancel() {
        core.network.callOffAll()
    }
}

extension SyncReport {
    /// A pass that was not made.
    static func nothingDone(_ outcome: SyncOutcome) -> SyncReport {
        SyncReport(outcome: outcome, sent: 0, received: 0, restored: false, retryAfterMs: nil, reminders: nil)
    }

    /// What has to be read again after this pass.
    var changes: [Change] {
        switch outcome {
        case .running: []
        case .cutOff: Change.allCases
        default: (sent + received > 0 ? [.checkIns, .homework, .plan, .sync] : [.sync]) + reminderChanges
        }
    }

    /// The phone's system was told something, or there was news.
    private var reminderChanges: [Change] {
        guard let reminders else { return [] }
        let told = reminders.armed + reminders.withdrawn + reminders.refused
        return received > 0 || told > 0 ? [.reminders] : []
    }
}
