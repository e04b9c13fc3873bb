import Synchronization

/// The memory of all queries of a ``Pando`` together, for what they must keep: rows to sort, groups, distinct values, arrays made of
/// sequences.
final class MemoryPool: Sendable {
    let limit: Int
    private let used = Atomic<Int>(0)
    /// Nil where nobody cares what becomes of memory that was let go.
    private let trimmer: HeapTrimmer?

    init(limit: Int, trimmer: HeapTrimmer? = nil) {
        self.limit = limit
        self.trimmer = trimmer
    }

    /// Bytes that queries have taken, in steps of ``QueryMemory/step``.
    var usedByteCount: Int { used.load(ordering: .relaxed) }

    fileprivate func take(_ byteCount: Int) -> Bool {
        guard used.add(byteCount, ordering: .relaxed).newValue > limit else { return true }
        giveBack(byteCount)
        return false
    }

    fileprivate func giveBack(_ byteCount: Int) {
        used.subtract(byteCount, ordering: .relaxed)
    }

    fileprivate func queryHasEnded(havingHeld byteCount: Int) { trimmer?.queryHasEnded(havingHeld: byteCount) }
}

/// The memory of one query, for all of its terms together.
///
/// It counts what is kept because a term needs all of it at once, as far as the size of that follows from the rows: not what one row takes
/// on its way, which ``TypeCheck/checkSize(_:)`` bounds, and next to nothing for documents that are read where they lie in the file.
final class QueryMemory: Sendable {
    private struct State {
        var used = 0
        /// What was taken from the pool, of which `used` is a part.
        var reserved = 0
        var peak = 0
    }

    let limit: Int
    private let pool: MemoryPool
    private let state = Mutex(State())

    /// What is taken from the pool at once.
    static let step = 1 << 20

    init(limit: Int, pool: MemoryPool) {
        self.limit = limit
        self.pool = pool
    }

    deinit {
        let (reserved, peak) = state.withLock { ($0.reserved, $0.peak) }
        pool.giveBack(reserved)
        pool.queryHasEnded(havingHeld: peak)
    }

    /// The most that was held at one time.
    var peakByteCount: Int { state.withLock { $0.peak } }

    /// Throws `resourceLimit` if the query, or all of them, would hold too much.
    func take(_ byteCount: Int) throws(ReQLError) {
        let refusal = state.withLock { state -> ReQLError? in
            let used = state.used + byteCount
            guard used <= limit else { return Self.refusal(limit) }
            if used > state.reserved {
                // Small limits, of tests and of small machines, are not rounded up.
                let wanted = max(min(Self.step, pool.limit / 16), used - state.reserved)
                guard pool.take(wanted) else { return Self.refusal(ofAll: pool.limit) }
                state.reserved += wanted
            }
            state.used = used
            state.peak = max(state.peak, used)
            return nil
        }
        if let refusal { throw refusal }
    }

    func giveBack(_ byteCount: Int) {
        state.withLock { state in
            state.used -= byteCount
            guard state.used == 0 else { return }
            pool.giveBack(state.reserved)
            state.reserved = 0
        }
    }

    private static func refusal(_ limit: Int) -> ReQLError {
        ReQLError(
            .resourceLimit,
            "The query would have to keep more than \(text(limit)) at once, its limit. `orderBy` with an index, or with a `limit` behind it, keeps less, "
                + "as do `count`, `sum` or `reduce` of groups in place of their rows; `pluck` before makes rows smaller. The limit is "
                + "`memoryLimit` of QueryOptions, or `--query-memory` of `pando serve`.")
    }

    private static func refusal(ofAll limit: Int) -> ReQLError {
        ReQLError(
            .resourceLimit,
            "All queries together would have to keep more than \(text(limit)) at once, their limit. It may work once others have ended; the limit is "
                + "`memoryLimit` of PandoOptions, or `--memory` of `pando serve`.")
    }

    static func text(_ byteCount: Int) -> String {
        byteCount >= 1 << 20 ? "\(byteCount >> 20) MiB" : byteCount >= 1 << 10 ? "\(byteCount >> 10) KiB" : "\(byteCount) bytes"
    }
}

/// What one term keeps, counted against the memory of its query as long as this lives.
final class HeldMemory {
    private let memory: QueryMemory
    private var byteCount = 0

    init(_ memory: QueryMemory) {
        self.memory = memory
    }

    deinit {
        if byteCount > 0 { memory.giveBack(byteCount) }
    }

    /// What a place in an array takes beside the value.
    static let placeByteCount = 32

    /// Throws `resourceLimit` when it is too much.
    func add(_ value: Datum) throws(ReQLError) {
        try add(byteCount: value.heldByteCount + Self.placeByteCount)
    }

    func add(byteCount: Int) throws(ReQLError) {
        try memory.take(byteCount)
        self.byteCount += byteCount
    }

    func remove(_ value: Datum) {
        let byteCount = value.heldByteCount + Self.placeByteCount
        memory.giveBack(byteCount)
        self.byteCount -= byteCount
    }

    func removeAll() {
        if byteCount > 0 { memory.giveBack(byteCount) }
        byteCount = 0
    }
}
