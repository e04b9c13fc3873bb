import Synchronization

/// Another thread in the place of one that waits for what may take long: a pool has few threads, and whoever is waited for may need one.
///
/// A pool puts one into the slot of each of its threads. Whoever waits on a thread of a pool says so by ``waiting(_:)``, and need not know
/// the pool.
package final class ThreadRelief: Sendable {
    /// The relief of the calling thread; it has none if it is of no pool.
    package static let ofThread = ThreadSlot<ThreadRelief>()

    private let begin: @Sendable () -> Bool
    private let end: @Sendable () -> Void
    private let isAway = Atomic<Bool>(false)
    /// What `begin` has said of the wait that it was called for.
    private let isRelieved = Atomic<Bool>(false)

    /// - Parameters:
    ///   - begin: called when the thread begins to wait. False if there is no other one for its place.
    ///   - end: called when it goes on, if there was.
    package init(begin: @escaping @Sendable () -> Bool, end: @escaping @Sendable () -> Void) {
        self.begin = begin
        self.end = end
    }

    /// Calls `body`, which waits.
    ///
    /// - Parameter body: gets whether the thread can be spared: where it can't, those that want to work wait with it.
    package static func waiting<Result: ~Copyable, Failure: Error>(_ body: (Bool) throws(Failure) -> Result) throws(Failure) -> Result {
        guard let relief = ofThread.object else { return try body(true) }
        // A wait within a wait has what the outer one has.
        if relief.isAway.exchange(true, ordering: .relaxed) { return try body(relief.isRelieved.load(ordering: .relaxed)) }
        let isRelieved = relief.begin()
        relief.isRelieved.store(isRelieved, ordering: .relaxed)
        defer {
            relief.isAway.store(false, ordering: .relaxed)
            if isRelieved { relief.end() }
        }
        return try body(isRelieved)
    }
}
