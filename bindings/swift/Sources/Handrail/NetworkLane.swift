import Dispatch
import HandrailGenerated

/// The lane of the two calls that wait for the network: `sync` and `enrol`.
///
/// Owns who may call off what: as in the core itself, a second `sync` is told that one is running, and
/// `enrol` takes the lane from whoever has it. Knowing who has it means that cancelling one task does not
/// end the call of another.
final class NetworkLane: Sendable {
    /// A call on its way to the core or in it.
    private struct Call {
        let id: Int
        var calledOff = false
    }

    private struct State {
        var lastID = 0
        var closed = false
        /// The first one has the core's lane, or is about to take it from the next.
        var calls: [Call] = []
        var whenEmpty: [CheckedContinuation<Void, Never>] = []
    }

    private let phone: PhoneCore
    private let state = Locked(State())
    private let queue = DispatchQueue(label: "app.handrail.network", qos: .utility, attributes: .concurrent)

    init(phone: PhoneCore) {
        self.phone = phone
    }

    /// Makes a call that ends early when the task is cancelled.
    ///
    /// - Parameters:
    ///   - calledOff: what the caller gets when it was cancelled before the core heard of it.
    ///   - taken: what the caller gets while another call has the lane; `nil` takes the lane from it.
    func run<Value: Sendable>(
        calledOff: Result<Value, CoreError>,
        taken: Result<Value, CoreError>?,
        _ work: @escaping @Sendable (PhoneCore) throws -> Value
    ) async throws(CoreError) -> Value {
        let id = state.with { state in
            state.lastID += 1
            return state.lastID
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                begin(id, calledOff: calledOff, taken: taken, work, continuation)
            }
        } onCancel: {
            callOff { $0 == id }
        }
        return try result.get()
    }

    /// Calls off whatever is under way.
    func callOffAll() {
        callOff { _ in true }
    }

    /// Lets nobody in any more, calls off whoever is in, and returns when they are out.
    func close() async {
        state.with { $0.closed = true }
        callOffAll()
        await withCheckedContinuation { continuation in
            let empty = state.with { state in
                if !state.calls.isEmpty { state.whenEmpty.append(continuation) }
                return state.calls.isEmpty
            }
            if empty { continuation.resume() }
        }
    }

    private func begin<Value: Sendable>(
        _ id: Int,
        calledOff: Result<Value, CoreError>,
        taken: Result<Value, CoreError>?,
        _ work: @escaping @Sendable (PhoneCore) throws -> Value,
        _ continuation: CheckedContinuation<Result<Value, CoreError>, Never>
    ) {
        let refusal: Result<Value, CoreError>? = state.with { state in
            if state.closed { return .failure(.closed) }
            // Looked at with the lock held: a cancellation from here on finds the call in the list.
            if Task.isCancelled { return calledOff }
            if let taken, !state.calls.isEmpty { return taken }
            state.calls.insert(Call(id: id), at: 0)
            return nil
        }
        if let refusal { return continuation.resume(returning: refusal) }
        queue.async { [self] in
            let result = Result { () throws(CoreError) in try CoreError.from { try work(phone) } }
            end(id)
            continuation.resume(returning: result)
        }
    }

    private func end(_ id: Int) {
        let waiting = state.with { state in
            state.calls.removeAll { $0.id == id }
            guard state.calls.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.whenEmpty = [] }
            return state.whenEmpty
        }
        for continuation in waiting { continuation.resume() }
    }

    private func callOff(_ wanted: (Int) -> Bool) {
        state.with { state in
            for index in state.calls.indices where wanted(state.calls[index].id) {
                state.calls[index].calledOff = true
            }
        }
        insist()
    }

    /// A call that is still on its way to the lane does not hear the core's `cancelSync`: it is said again
    /// until no call that was called off is left.
    private func insist() {
        let again = state.with { state in
            if state.calls.first?.calledOff == true { phone.cancelSync() }
            return state.calls.contains { $0.calledOff }
        }
        if again {
            queue.asyncAfter(deadline: .now() + .milliseconds(10)) { [weak self] in self?.insist() }
        }
    }
}
