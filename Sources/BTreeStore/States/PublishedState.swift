import Ground
internal import Synchronization

/// The newest state, the snapshots that live, and whether there can be more of either: what readers and the writer agree on.
///
/// Many threads begin and end snapshots all the time, so there are several places for that, and each thread has one of them. A snapshot
/// may end at another place than it began at; only the sum counts. A state is published at all places at once: when one thread has
/// seen it, no thread sees an older one.
final class PublishedState: @unchecked Sendable {
    // Sendable: a state's mapping and pages are made for any thread, and a place's contents are used under its lock only.
    private struct Place {
        var state: StoreState
        var isClosed = false
        var snapshots = SnapshotRegistry()
        /// Keeps the next place out of this one's cache lines.
        private let gap = (0, 0, 0, 0, 0, 0, 0, 0)

        init(_ state: StoreState) { self.state = state }

        mutating func show(_ state: StoreState) {
            // Mostly only the root is another one; then nothing is counted eight times.
            if state.replay == nil, self.state.replay == nil, self.state.view.reader.mapping === state.view.reader.mapping {
                self.state.view.root = state.view.root
                self.state.view.reader.pageLimit = state.view.reader.pageLimit
                self.state.transaction = state.transaction
            } else {
                self.state = state
            }
        }
    }

    /// They lie in the object itself: as objects of their own each would be counted at every step over all of them, several times a commit.
    private let places: InlineArray<8, Mutex<Place>>
    /// Why nothing may be written any more.
    private let writeFailure = Mutex<String?>(nil)
    private let closed = Atomic(false)

    init(_ state: StoreState) {
        places = InlineArray { _ in Mutex(Place(state)) }
    }

    private var ownPlace: Int { SystemFacts.threadHash % places.count }

    // MARK: Snapshots

    /// Begins a snapshot of the newest state: nil if the store is closed.
    func beginSnapshot() -> StoreState? {
        places[ownPlace].withLock { place in
            if place.isClosed { return nil }
            _ = place.snapshots.begin(place.state.transaction)
            return place.state
        }
    }

    /// Begins a snapshot of a state that the caller has.
    func beginSnapshot(of transaction: TransactionID) {
        _ = places[ownPlace].withLock { $0.snapshots.begin(transaction) }
    }

    func endSnapshot(_ transaction: TransactionID) {
        if places[ownPlace].withLock({ $0.snapshots.end(transaction) }) { return }
        // It began at another place. While that is looked for, another snapshot of the state may begin at a place that was passed and end
        // at one that wasn't reached, so a round may find none; but no more of them end than have begun.
        while true {
            for index in places.indices {
                if places[index].withLock({ $0.snapshots.end(transaction) }) { return }
            }
        }
    }

    /// The states that snapshots see, with the number of snapshots, in ascending order.
    func entries() -> [SnapshotRegistry.Entry] {
        var merged = SnapshotRegistry()
        for index in places.indices { places[index].withLock { merged.add($0.snapshots) } }
        return merged.entries
    }

    func hasSnapshots(of transaction: TransactionID) -> Bool { entries().contains { $0.transaction == transaction } }

    /// The states that snapshots see, and the one that the next snapshot would see, in no order.
    func live() -> [TransactionID] {
        var states = [newestTransaction]
        for index in places.indices {
            places[index].withLock { place in
                for entry in place.snapshots.entries { states.append(entry.transaction) }
            }
        }
        return states
    }

    // MARK: The newest state

    var newest: StoreState { places[0].withLock { $0.state } }
    var newestTransaction: TransactionID { places[0].withLock { $0.state.transaction } }

    /// Makes a state the one that new snapshots show.
    ///
    /// - Throws: `failedBefore` if a write has failed: then it isn't certain that the state can become durable.
    func publish(_ state: StoreState) throws(StoreError) {
        let failure = writeFailure.withLock { failure in
            if failure == nil { show(state) }
            return failure
        }
        if let failure { throw .failedBefore(reason: failure) }
    }

    private func show(_ state: StoreState) {
        places[0].withLock { first in
            first.show(state)
            changeRest { $0.show(first.state) }
        }
    }

    /// Changes all places but the first, whose lock is held, and lets their locks go when all are changed.
    ///
    /// Recursive, as each lock is held within the one before.
    private func changeRest(from index: Int = 1, _ change: (inout Place) -> Void) {
        if index == places.count { return }
        places[index].withLock { place in
            change(&place)
            changeRest(from: index + 1, change)
        }
    }

    // MARK: The end of writing

    /// Shows what is durable again, after a write has failed and what came later can't be made durable.
    func fallBack(after error: StoreError, to durable: (StoreState) -> StoreState) {
        writeFailure.withLock { failure in
            if failure != nil { return }
            failure = error.description
            show(durable(newest))
        }
    }

    func refuseWrites(after error: StoreError) {
        writeFailure.withLock { $0 = $0 ?? error.description }
    }

    var hasFailed: Bool { writeFailure.withLock { $0 != nil } }

    /// Throws if a write or a sync has failed: then nothing that isn't durable yet will ever be.
    func checkSound() throws(StoreError) {
        if let failure = writeFailure.withLock({ $0 }) { throw .failedBefore(reason: failure) }
    }

    func checkWritable() throws(StoreError) {
        if isClosed { throw .closed }
        try checkSound()
    }

    var isClosed: Bool { closed.load(ordering: .sequentiallyConsistent) }

    /// Ends writing and the beginning of snapshots. Snapshots that live go on.
    func close() {
        closed.store(true, ordering: .sequentiallyConsistent)
        places[0].withLock { first in
            first.isClosed = true
            changeRest { $0.isClosed = true }
        }
    }
}
