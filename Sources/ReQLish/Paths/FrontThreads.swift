import Catalog
import Ground
import Synchronization

/// The edges of a large front, read by several threads while this one gives the nodes that they lead to their numbers.
///
/// Each thread takes the next nodes of the front and reads their edges. Helpers hand over what they have read in batches, which go round;
/// while none is ready, this thread reads, too. In which order batches come differs from one time to another.
final class FrontThreads {
    /// Edges that were read.
    ///
    /// Why it is Sendable: who has taken it from the list that it was in has it alone.
    final class Batch: @unchecked Sendable {
        var nodes = NodeBatch()
    }

    private let helpers: FrontHelpers
    private var work: [SystemThread] = []
    private let own: FrontReader
    private let ownBatch = Batch()
    /// The batch of a helper that is being looked at.
    private var current: Batch?
    private let held: HeldMemory

    /// As many edges make a batch. Those that this thread reads it looks at when they are still in the processor's first cache.
    private static let ownLimit = 256
    fileprivate static let limit = 2048
    fileprivate static let batchCount = 4
    /// An edge takes 24 bytes, and its key unless that has a place.
    private static let batchByteCount = 64 * limit

    /// Nil if no other thread would be of use.
    init?(_ front: [UInt32], _ nodes: borrowing NodeNumbers, table: UInt8, _ entries: EdgeEntries, _ execution: Execution) {
        guard entries.mayFork, let threads = execution.scanThreads, front.count >= max(2, threads.chunkCount / 32) else { return nil }
        held = HeldMemory(execution.memory)
        var count = 0
        while count < threads.helperCount, threads.take() { count += 1 }
        guard count > 0 else { return nil }
        let keys = FrontKeys(front, nodes)
        do throws(ReQLError) {
            try held.add(byteCount: keys.byteCount + count * Self.batchCount * Self.batchByteCount)
        } catch {
            for _ in 0..<count { threads.end() }
            return nil
        }
        let steps = FrontSteps(keys, nodes.placing, table: table)
        own = FrontReader(steps, entries)
        helpers = FrontHelpers(count: count)
        let origin = FrontEntries(entries)
        for _ in 0..<count {
            do throws(SystemError) {
                work.append(
                    try SystemThread { [helpers] in
                        helpers.read(steps, origin)
                        threads.end()
                    })
            } catch {
                // The system has no thread more: this one reads what it would have read.
                helpers.end(nil)
                threads.end()
            }
        }
    }

    deinit {
        helpers.stop()
        for one in work { one.join() }
    }

    /// The next batch, good until the next call; nil behind the last one.
    func next() throws(ReQLError) -> Batch? {
        if let current { helpers.giveBack(current) }
        current = helpers.ready()
        if let current { return current }
        if try reading(own.read(Self.ownLimit, into: &ownBatch.nodes)) { return ownBatch }
        current = try reading(helpers.last())
        return current
    }
}

/// The nodes of a front, some at a time for whoever asks.
private final class FrontSteps: Sendable {
    let keys: FrontKeys
    let placing: NodePlacing
    let table: UInt8
    private let size: Int
    private let taken = Atomic<Int>(0)

    init(_ keys: FrontKeys, _ placing: NodePlacing, table: UInt8) {
        self.keys = keys
        self.placing = placing
        self.table = table
        // Few enough for the threads to end at about the same time, and as many as make it rare that a thread goes on elsewhere.
        size = max(1, min(64, keys.numbers.count / 16))
    }

    func take() -> Range<Int>? {
        let start = taken.add(size, ordering: .relaxed).oldValue
        return start < keys.numbers.count ? start..<min(start + size, keys.numbers.count) : nil
    }
}

/// The entries from which each thread makes its own.
///
/// Why it is Sendable: what that reads of them never changes.
private final class FrontEntries: @unchecked Sendable {
    private let entries: EdgeEntries

    init(_ entries: EdgeEntries) { self.entries = entries }

    func another() throws(CatalogError) -> EdgeEntries { try entries.another() }
}

/// What one thread reads.
private final class FrontReader {
    private let steps: FrontSteps
    private let entries: EdgeEntries
    private var position = 0
    private var end = 0

    init(_ steps: FrontSteps, _ entries: EdgeEntries) {
        self.steps = steps
        self.entries = entries
    }

    /// Reads about as many edges; false if there are none any more.
    func read(_ limit: Int, into batch: inout NodeBatch) throws(CatalogError) -> Bool {
        while batch.count < limit {
            if position == end {
                guard let range = steps.take() else { break }
                (position, end) = (range.lowerBound, range.upperBound)
            }
            try entries.read(
                steps.keys, from: &position, to: end, steps.placing, table: steps.table, limit: limit - batch.count, into: &batch)
        }
        return batch.count > 0
    }
}

/// Batches on their way between the threads.
private final class FrontHelpers: Sendable {
    private struct State {
        var free: [FrontThreads.Batch] = []
        var ready: [FrontThreads.Batch] = []
        /// How many helpers are still at work.
        var count: Int
        var isStopped = false
        var error: CatalogError?
    }

    private let state: Monitored<State>
    private let readyCount = Atomic<Int>(0)

    init(count: Int) {
        state = Monitored(State(count: count))
    }

    /// What a helper does.
    func read(_ steps: FrontSteps, _ origin: FrontEntries) {
        var failure: CatalogError?
        do throws(CatalogError) {
            // Made by this thread: what two of them write for each edge must not lie side by side in memory.
            let reader = FrontReader(steps, try origin.another())
            let batches = (0..<FrontThreads.batchCount).map { _ in FrontThreads.Batch() }
            state.update { $0.free += batches }
            while let batch = state.wait({ $0.isStopped ? .some(nil) : $0.free.popLast().map { .some($0) } }) {
                guard try reader.read(FrontThreads.limit, into: &batch.nodes) else { break }
                state.update { $0.ready.append(batch) }
                readyCount.add(1, ordering: .releasing)
            }
        } catch {
            failure = error
        }
        end(failure)
    }

    /// Notes that a helper is done.
    func end(_ failure: CatalogError?) {
        state.update {
            $0.count -= 1
            $0.error = $0.error ?? failure
        }
    }

    /// A batch that is ready; nil if there is none now.
    func ready() -> FrontThreads.Batch? {
        if readyCount.load(ordering: .acquiring) == 0 { return nil }
        return taken(state.update { $0.ready.popLast() })
    }

    /// A batch that is ready as soon as there is one; nil when all helpers are done.
    func last() throws(CatalogError) -> FrontThreads.Batch? {
        let (batch, error) = state.wait { state -> (FrontThreads.Batch?, CatalogError?)? in
            if let batch = state.ready.popLast() { return (batch, nil) }
            return state.count == 0 ? (nil, state.error) : nil
        }
        if let error { throw error }
        return taken(batch)
    }

    private func taken(_ batch: FrontThreads.Batch?) -> FrontThreads.Batch? {
        if batch != nil { readyCount.subtract(1, ordering: .relaxed) }
        return batch
    }

    func giveBack(_ batch: FrontThreads.Batch) {
        batch.nodes.removeAll()
        state.update { $0.free.append(batch) }
    }

    func stop() { state.update { $0.isStopped = true } }
}
