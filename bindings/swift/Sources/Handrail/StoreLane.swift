import Dispatch

/// The lane of the phone's store: one queue, one call at a time, off the main thread and off Swift's own
/// few threads, because the calls wait for the disk.
final class StoreLane: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label, qos: .userInitiated)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Runs one piece of work before there is an actor to run on.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(CoreError) -> Value
    ) async throws(CoreError) -> Value {
        let result: Result<Value, CoreError> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Result(catching: work)) }
        }
        return try result.get()
    }
}
