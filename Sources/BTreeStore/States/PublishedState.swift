/// The newest state, and who looks at which one: what snapshots begin and end with.
///
/// Many threads begin and end snapshots all the time, so everything is there several times over, and each thread has one place to
/// go to. A snapshot may end at another place than it began at; what counts is the sum. A state is published at all places at
/// once: whoever sees it, nobody sees an older one afterwards.
final class PublishedState: @unchecked Sendable {
    // Sendable: a place's contents are used under its lock only.
    private final class Place {
        let lock = Monitor(conditions: 0)
        var view: TreeView
        var transaction: UInt64
        var isClosed = false
        var snapshots = SnapshotRegistry()

        init(_ view: TreeView, _ transaction: UInt64) {
            self.view = view
            self.transaction = transaction
        }
    }

    private let places: [Place]
    private static let placeCount = 8

    init(_ view: TreeView, _ transaction: UInt64) {
        places = (0..<Self.placeCount).map { _ in Place(view, transaction) }
    }

    private var ownPlace: Place { places[currentThreadHash() % Self.placeCount] }

    /// Begins a snapshot of the newest state: nil if there are none any more.
    func beginSnapshot() -> (view: TreeView, transaction: UInt64)? {
        let place = ownPlace
        return place.lock.withLock {
            if place.isClosed { return nil }
            _ = place.snapshots.begin(place.transaction)
            return (place.view, place.transaction)
        }
    }

    /// Begins one of a state that the caller has.
    func beginSnapshot(of transaction: UInt64) {
        let place = ownPlace
        _ = place.lock.withLock { place.snapshots.begin(transaction) }
    }

    func endSnapshot(_ transaction: UInt64) {
        let own = ownPlace
        if own.lock.withLock({ own.snapshots.end(transaction) }) { return }
        // It began at another place. While that is looked for, one may begin at a place that was passed and end at one that wasn't
        // reached, so a round may find none; but no more of them end than have begun.
        while true {
            for place in places {
                if place.lock.withLock({ place.snapshots.end(transaction) }) { return }
            }
        }
    }

    /// Makes a state the one that new snapshots show.
    func publish(_ view: TreeView, _ transaction: UInt64) {
        withAll {
            $0.view = view
            $0.transaction = transaction
        }
    }

    /// From now on there are no new snapshots.
    func close() { withAll { $0.isClosed = true } }

    var newest: (view: TreeView, transaction: UInt64) {
        places[0].lock.withLock { (places[0].view, places[0].transaction) }
    }

    /// The states that snapshots see, with how many, in ascending order.
    func entries() -> [SnapshotRegistry.Entry] {
        var merged = SnapshotRegistry()
        for place in places { place.lock.withLock { merged.add(place.snapshots) } }
        return merged.entries
    }

    func hasSnapshots(of transaction: UInt64) -> Bool { entries().contains { $0.transaction == transaction } }

    /// How often the last snapshot of a state has ended at a place. Less often than that may states go.
    var endings: UInt64 {
        places.reduce(0) { sum, place in sum + place.lock.withLock { place.snapshots.endings } }
    }

    /// Does something to all places while nobody else is at any.
    private func withAll(_ body: (Place) -> Void) {
        for place in places { place.lock.lock() }
        for place in places { body(place) }
        for place in places { place.lock.unlock() }
    }
}
