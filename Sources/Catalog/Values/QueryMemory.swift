package import Ground
import Synchronization

/// The memory of all queries of a ``Pando`` together, or of those of one account or one database, for what they must keep: rows to
/// sort, groups, distinct values, arrays made of sequences, large values.
package final class MemoryPool: Sendable {
    private let currentLimit: Atomic<Int>
    /// Bytes of the limit that are kept free for something else.
    private let reserved: Int
    private let used = Atomic<Int>(0)
    /// Whose queries they are, as a refusal says it; nil: everybody's.
    private let owner: String?
    /// What else has to have room.
    private let whole: MemoryPool?
    /// Told what a query has held at most, once it has ended.
    private let queryHasEnded: (@Sendable (_ byteCount: Int) -> Void)?

    package init(
        limit: Int, reserved: Int = 0, owner: String? = nil, of whole: MemoryPool? = nil,
        queryHasEnded: (@Sendable (_ byteCount: Int) -> Void)? = nil
    ) {
        currentLimit = Atomic(limit)
        self.reserved = reserved
        self.owner = owner
        self.whole = whole
        self.queryHasEnded = queryHasEnded
    }

    /// A smaller one counts for what is taken from then on.
    package var limit: Int {
        get { currentLimit.load(ordering: .relaxed) }
        set { currentLimit.store(newValue, ordering: .relaxed) }
    }

    /// Bytes that queries have taken, in steps of ``QueryMemory/step``.
    package var usedByteCount: Int { used.load(ordering: .relaxed) }

    /// - Returns: nil, or the pool that has no room.
    fileprivate func take(_ byteCount: Int) -> MemoryPool? {
        guard used.add(byteCount, ordering: .relaxed).newValue <= limit - reserved else {
            used.subtract(byteCount, ordering: .relaxed)
            return self
        }
        guard let full = whole?.take(byteCount) else { return nil }
        used.subtract(byteCount, ordering: .relaxed)
        return full
    }

    /// Takes what is there already.
    fileprivate func note(_ byteCount: Int) {
        used.add(byteCount, ordering: .relaxed)
        whole?.note(byteCount)
    }

    fileprivate func giveBack(_ byteCount: Int) {
        used.subtract(byteCount, ordering: .relaxed)
        whole?.giveBack(byteCount)
    }

    fileprivate func end(havingHeld byteCount: Int) {
        queryHasEnded?(byteCount)
        whole?.end(havingHeld: byteCount)
    }

    fileprivate var refusal: DatumError {
        let limit = QueryMemory.text(limit)
        guard let owner else {
            return DatumError(
                .tooLarge,
                "All queries together would have to keep more than \(limit) at once, their limit. It may work once others have ended; the limit is "
                    + "`memoryLimit` of PandoOptions, or `--memory` of `pando serve`.")
        }
        return DatumError(
            .tooLarge,
            "All queries of \(owner) together would have to keep more than \(limit) at once, their limit. It may work once others have ended; the "
                + "limit is `memory_mb` in `rethinkdb.limits`.")
    }
}

/// The memory of one query, for all of its terms together.
///
/// It counts what is kept because a term needs all of it at once, as far as the size of that follows from the rows, and each large value
/// for as long as it lives, from when it is in the making: not what a small row takes on its way, and next to nothing for documents that
/// are read where they lie in the file.
package final class QueryMemory: Sendable {
    private struct State {
        var used = 0
        /// What was taken from the pool, of which `used` is a part.
        var reserved = 0
        var peak = 0
        /// Of `used`: values that are about to be made.
        var expected = 0
        /// Those of the databases that it has to do with.
        var databases: [MemoryPool] = []

        /// - Returns: how much of it was expected, and is not any more.
        mutating func takeExpected(_ byteCount: Int) -> Int {
            let known = min(expected, byteCount)
            expected -= known
            return known
        }
    }

    /// The memory of the query that the thread works for: what makes a large value asks it before the value grows.
    package static let ofThread = ThreadSlot<QueryMemory>()

    /// Values that take fewer bytes are not counted, so that they cost nothing.
    package static let largeValue = 64 << 10

    package let limit: Int
    private let pool: MemoryPool
    private let state = Mutex(State())
    /// What stops the query, for functions that go over large values and know nothing else of it.
    private let stopped: Mutex<Callback<Void, Bool>?>

    /// What is taken from the pool at once, and at first.
    package static let step = 1 << 20
    private static let firstStep = 64 << 10

    /// - Parameter isCancelled: what ``isStopped`` asks.
    package init(limit: Int, pool: MemoryPool, isCancelled: (@Sendable () -> Bool)? = nil) {
        self.limit = limit
        self.pool = pool
        stopped = Mutex(isCancelled.map { Callback($0) })
    }

    deinit {
        let state = state.withLock { $0 }
        giveBack(state.reserved, state)
        pool.end(havingHeld: state.peak)
    }

    /// The most that was held at one time.
    package var peakByteCount: Int { state.withLock { $0.peak } }

    /// Has ``isStopped`` ask whether the query was cancelled.
    package func stop(when isCancelled: @escaping @Sendable () -> Bool) { stopped.withLock { $0 = Callback(isCancelled) } }

    package var isStopped: Bool { stopped.withLock { $0 }?() ?? false }

    /// Whether what the thread works for was stopped: for what goes on for long without a row.
    package static var isThreadStopped: Bool { ofThread.object?.isStopped ?? false }

    /// Whether more than half of it is taken.
    package var isTight: Bool { state.withLock { $0.used > limit / 2 } }

    /// Throws `tooLarge` if the query, or all of them, would hold too much.
    package func take(byteCount: Int) throws(DatumError) {
        let refusal = state.withLock { state -> DatumError? in
            let used = state.used + byteCount
            guard used <= limit else { return Self.refusal(limit) }
            if used > state.reserved {
                let wanted = wanted(used, state)
                if let full = take(wanted, state) { return full.refusal }
                state.reserved += wanted
            }
            state.used = used
            state.peak = max(state.peak, used)
            return nil
        }
        if let refusal { throw refusal }
    }

    /// Counts what is there already.
    package func note(byteCount: Int) {
        state.withLock { state in
            state.used += byteCount
            state.peak = max(state.peak, state.used)
            guard state.used > state.reserved else { return }
            let wanted = wanted(state.used, state)
            pool.note(wanted)
            for other in state.databases { other.note(wanted) }
            state.reserved += wanted
        }
    }

    package func giveBack(byteCount: Int) {
        state.withLock { state in
            state.used -= byteCount
            guard state.used == 0 else { return }
            giveBack(state.reserved, state)
            state.reserved = 0
        }
    }

    /// A memory beside this one, of as many bytes and the same pools: what it gives back others have again, although this one goes on.
    package func beside() -> QueryMemory {
        let other = QueryMemory(limit: limit, pool: pool)
        let databases = state.withLock { $0.databases }
        other.state.withLock { $0.databases = databases }
        return other
    }

    /// From now on the pool of a database has to have room, too. Throws if it has none for what is held.
    package func join(_ other: MemoryPool) throws(DatumError) {
        let refusal = state.withLock { state -> DatumError? in
            if state.databases.contains(where: { $0 === other }) { return nil }
            if let full = other.take(state.reserved) { return full.refusal }
            state.databases.append(other)
            return nil
        }
        if let refusal { throw refusal }
    }

    /// - Returns: nil, or the pool that has no room.
    private func take(_ byteCount: Int, _ state: State) -> MemoryPool? {
        if let full = pool.take(byteCount) { return full }
        for (index, other) in state.databases.enumerated() {
            guard let full = other.take(byteCount) else { continue }
            pool.giveBack(byteCount)
            for before in state.databases[..<index] { before.giveBack(byteCount) }
            return full
        }
        return nil
    }

    private func giveBack(_ byteCount: Int, _ state: State) {
        pool.giveBack(byteCount)
        for other in state.databases { other.giveBack(byteCount) }
    }

    /// Bytes to take from the pool, to hold `used` bytes. Many queries hold little; and small limits, of tests and of small machines, are
    /// not rounded up.
    private func wanted(_ used: Int, _ state: State) -> Int {
        max(min(used < Self.step ? Self.firstStep : Self.step, pool.limit / 16), used - state.reserved)
    }

    /// Counts a value of `byteCount` bytes that the thread is about to make, until ``takeMade(byteCount:)`` finds it there or
    /// ``forgetExpected()`` is called: so that many that are made side by side are refused before any is there.
    package static func expect(_ byteCount: Int) throws(DatumError) {
        guard byteCount >= largeValue, let memory = ofThread.object else { return }
        try memory.take(byteCount: byteCount)
        memory.state.withLock { $0.expected += byteCount }
    }

    /// A value that was expected is smaller by so much.
    package static func expectLess(_ byteCount: Int) {
        guard byteCount > 0, let memory = ofThread.object else { return }
        let known = memory.state.withLock { $0.takeExpected(byteCount) }
        if known > 0 { memory.giveBack(byteCount: known) }
    }

    /// Counts a value that was made, as far as it was not expected.
    package func takeMade(byteCount: Int) throws(DatumError) {
        let known = state.withLock { $0.takeExpected(byteCount) }
        if known < byteCount { try take(byteCount: byteCount - known) }
    }

    /// What was expected has been made, and is counted or gone.
    package func forgetExpected() {
        let known = state.withLock { $0.takeExpected(.max) }
        if known > 0 { giveBack(byteCount: known) }
    }

    /// Throws if there is no room for a value of `byteCount` bytes now.
    package static func requireRoom(for byteCount: Int) throws(DatumError) {
        guard byteCount >= largeValue, let memory = ofThread.object else { return }
        try memory.take(byteCount: byteCount)
        memory.giveBack(byteCount: byteCount)
    }

    private static func refusal(_ limit: Int) -> DatumError {
        DatumError(
            .tooLarge,
            "The query would have to keep more than \(text(limit)) at once, its limit. `orderBy` with an index, or with a `limit` behind it, keeps less, "
                + "as do `count`, `sum` or `reduce` of groups in place of their rows; `pluck` before makes rows smaller. The limit is "
                + "`memoryLimit` of QueryOptions, or `--query-memory` of `pando serve`.")
    }

    package static func text(_ byteCount: Int) -> String {
        byteCount >= 1 << 20 ? "\(byteCount >> 20) MiB" : byteCount >= 1 << 10 ? "\(byteCount >> 10) KiB" : "\(byteCount) bytes"
    }
}

/// The bytes that a value in the making counts against the memory of the query that the thread works for.
package struct ValueCharge: ~Copyable {
    private var memory: QueryMemory?
    private var byteCount = 0
    /// What was added and not yet counted.
    private var small = 0

    package init() {}

    deinit { memory?.giveBack(byteCount: byteCount) }

    /// Counts `newByteCount` bytes for the value from now on. Throws, and leaves all as it was, if there is no room for them.
    package mutating func hold(_ newByteCount: Int) throws(DatumError) {
        guard newByteCount >= QueryMemory.largeValue else { return release() }
        if memory == nil { memory = QueryMemory.ofThread.object }
        guard let memory else { return }
        if newByteCount > byteCount {
            try memory.take(byteCount: newByteCount - byteCount)
        } else {
            memory.giveBack(byteCount: byteCount - newByteCount)
        }
        byteCount = newByteCount
    }

    /// So many bytes more than before.
    package mutating func add(_ addedByteCount: Int) throws(DatumError) {
        small += addedByteCount
        guard small >= QueryMemory.largeValue else { return }
        try hold(byteCount + small)
        small = 0
    }

    package mutating func release() {
        guard byteCount > 0 else { return }
        memory?.giveBack(byteCount: byteCount)
        memory = nil
        byteCount = 0
    }
}
