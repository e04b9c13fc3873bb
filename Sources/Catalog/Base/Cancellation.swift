import Ground
public import Synchronization

/// Stops work from another thread: a query, a write, the building of an index. The work ends with an error where it next asks, and what it
/// wrote and has not committed is rolled back.
///
/// Whoever goes through rows, elements or bytes asks: a look takes one load.
public final class Cancellation: Sendable {
    @usableFromInline let flag = Atomic<Bool>(false)
    private let listener = Mutex<Callback<Void, Void>?>(nil)

    public init() {}

    public func cancel() {
        flag.store(true, ordering: .relaxed)
        listener.withLock { $0 }?()
    }

    /// Calls `body` when the work is stopped, at once if it was: for those who wait.
    package func onCancel(_ body: @escaping @Sendable () -> Void) {
        listener.withLock { $0 = Callback(body) }
        if isCancelled { body() }
    }

    @inlinable public var isCancelled: Bool { flag.load(ordering: .relaxed) }

    package static let error = CatalogError(.cancelled, "The query was cancelled.")
}
