/// Which part of what the core tells is no longer what it was; read that part again.
public enum Change: String, Sendable, CaseIterable {
    /// How the phone stands: enrolled, cut off, closed.
    case standing
    /// Check-ins due or written, their receipts, and today's list.
    case checkIns
    /// Homework and its log, skills and how each worked.
    case homework
    /// The transition plan.
    case plan
    /// Reminders: settings, what the system holds, what became of each.
    case reminders
    /// What waits to be sent, and how the last sync went.
    case sync
}

/// Tells every listener what changed.
final class Changes: Sendable {
    private struct State {
        var lastID = 0
        var listeners: [Int: AsyncStream<Change>.Continuation] = [:]
        var finished = false
    }

    private let state = Locked(State())

    /// A stream of its own for each listener. It ends with the core, or when the listener stops.
    func stream() -> AsyncStream<Change> {
        let (stream, continuation) = AsyncStream.makeStream(of: Change.self)
        let id: Int? = state.with { state in
            guard !state.finished else { return nil }
            state.lastID += 1
            state.listeners[state.lastID] = continuation
            return state.lastID
        }
        if let id {
            continuation.onTermination = { [weak self] _ in
                self?.state.with { _ = $0.listeners.removeValue(forKey: id) }
            }
        } else {
            continuation.finish()
        }
        return stream
    }

    func tell(_ changes: Change...) {
        tell(changes)
    }

    func tell(_ changes: [Change]) {
        for listener in state.with({ Array($0.listeners.values) }) {
            for change in changes { listener.yield(change) }
        }
    }

    func finish() {
        let listeners = state.with { state in
            state.finished = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        // Outside the lock: ending a stream calls back.
        for listener in listeners { listener.finish() }
    }
}
