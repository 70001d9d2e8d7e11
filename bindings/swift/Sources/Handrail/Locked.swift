import Foundation

/// A value that only one thread at a time can reach.
///
/// The one place of this package that vouches for itself (`@unchecked`): `Mutex` of the standard library
/// would ask for iOS 18.
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: sending Value) {
        self.value = value
    }

    /// Reaches the value. Keep it short, and never wait inside.
    func with<Result>(_ work: (inout Value) throws -> Result) rethrows -> Result {
        try lock.withLock { try work(&value) }
    }
}
