import Catalog
import Synchronization

/// Changes between the commits that make them and the reader of a feed. Writers only put them here; what they mean for the feed is
/// worked out by the reader.
///
/// When there are more than it may keep, all that is there is dropped and counted, and the reader is told first of all.
final class FeedQueue: ChangeReceiver {
    /// Documents that one feed keeps at most, in bytes of both sides. One change is kept, however large.
    static let byteCapacity = 64 << 20

    enum Item {
        case change(DocumentChange, CommitNumber, source: Int)
        /// The snapshot that somebody asked for belongs here.
        case renewed
        case skipped(Int)
        /// Something has changed that is not a document.
        case metadataChanged
    }

    private struct State {
        var items: [Item] = []
        var changeCount = 0
        var byteCount = 0
        /// Places for changes that there is memory for.
        var placeCount = FeedQueue.fewPlaces
        var skipped = 0
        var hasNewMetadata = false
        /// When the first of the changes came.
        var since: ContinuousClock.Instant?
        var failure: ReQLError?

        mutating func dropChanges() {
            skipped += changeCount
            changeCount = 0
            byteCount = 0
            items.removeAll { if case .change = $0 { true } else { false } }
        }
    }

    /// Places beyond these count as memory of the feed; documents don't, which other feeds are told as well.
    static let fewPlaces = 256

    let capacity: Int
    private let memory: QueryMemory
    /// How long changes wait for others; nil if they don't.
    private let delay: Duration?
    private let signal: FeedSignal
    private let sources: [(table: TableConfig, index: IndexConfig?)]
    private let state = Mutex(State())

    /// - Parameter sources: the table of each source, and the index that it can't do without.
    init(_ options: FeedOptions, _ signal: FeedSignal, _ memory: QueryMemory, sources: [(table: TableConfig, index: IndexConfig?)]) {
        capacity = options.capacity
        self.memory = memory
        if case .after(let delay) = options.squash, delay > .zero { self.delay = delay } else { delay = nil }
        self.signal = signal
        self.sources = sources
    }

    deinit {
        state.withLock { giveBackPlaces($0.placeCount) }
    }

    /// The memory that changes take beside their bytes.
    static func byteCount(ofPlaces count: Int) -> Int { count * MemoryLayout<Item>.stride }

    private func giveBackPlaces(_ count: Int) {
        if count > Self.fewPlaces { memory.giveBack(byteCount: Self.byteCount(ofPlaces: count - Self.fewPlaces)) }
    }

    /// Drops all changes that are there.
    private func drop(_ state: inout State) {
        state.dropChanges()
        giveBackPlaces(state.placeCount)
        state.placeCount = Self.fewPlaces
    }

    /// Makes room for one more change; false if there is no memory for it.
    private func makePlace(_ state: inout State) -> Bool {
        if state.changeCount < state.placeCount { return true }
        guard (try? memory.take(byteCount: Self.byteCount(ofPlaces: state.placeCount))) != nil else { return false }
        state.placeCount *= 2
        return true
    }

    // MARK: The writers' side

    func receive(_ event: WatchEvent, from source: Int) {
        let wakes = state.withLock { state in put(event, source, &state) }
        if wakes { signal.raise() }
    }

    /// - Returns: whether the reader has to know.
    private func put(_ event: WatchEvent, _ source: Int, _ state: inout State) -> Bool {
        guard state.failure == nil else { return false }
        switch event {
        case .changed(let changes, let commit):
            let wasReady = isReady(state, at: nil)
            let isFirst = state.changeCount == 0
            if isFirst, delay != nil { state.since = .now }
            for change in changes {
                if state.changeCount > 0,
                    state.changeCount >= capacity || state.byteCount + change.byteCount > Self.byteCapacity || !makePlace(&state)
                {
                    drop(&state)
                }
                state.items.append(.change(change, commit, source: source))
                state.changeCount += 1
                state.byteCount += change.byteCount
            }
            // The first of those that wait for others tells the reader until when.
            return isFirst || !wasReady && isReady(state, at: nil)
        case .overran(let count):
            drop(&state)
            state.skipped += count
        case .renewed: state.items.append(.renewed)
        case .metadataChanged: state.hasNewMetadata = true
        case .tableDropped:
            state.failure = ReQLError(
                .operationFailed, "Table `\(sources[source].table.qualifiedName)` was dropped, and the feed ends.", cause: .tableNotFound)
        case .tableRekeyed:
            state.failure = ReQLError(
                .operationFailed,
                "The documents of table `\(sources[source].table.qualifiedName)` have got other keys (ALTER TABLE), and the feed ends.")
        case .indexDropped(let id):
            guard let index = sources[source].index, index.id == id else { return false }
            state.failure = ReQLError(
                .operationFailed,
                "Index `\(index.name)` of table `\(sources[source].table.qualifiedName)` was dropped or replaced, and the feed ends.",
                cause: .indexNotFound)
        case .closed(let reason): state.failure = ReQLError(.operationFailed, "The feed ends. \(reason.message)", cause: reason.kind)
        }
        return true
    }

    // MARK: The reader's side

    /// Whether what is there should be taken now, or (with nil) whatever time it is.
    private func isReady(_ state: State, at now: ContinuousClock.Instant?) -> Bool {
        if state.failure != nil || state.skipped > 0 || state.hasNewMetadata { return true }
        if state.changeCount == 0 { return !state.items.isEmpty }
        guard let delay, let since = state.since else { return true }
        // A queue that is half full does not wait for more.
        if state.changeCount * 2 >= capacity || state.byteCount * 2 >= Self.byteCapacity { return true }
        return now.map { $0 >= since + delay } ?? false
    }

    enum Taken {
        case items([Item])
        /// Nothing, before another change comes, or, if there is one, this time.
        case nothing(until: ContinuousClock.Instant?)
    }

    /// All that is there, the oldest first. Throws what ended the feed, after all that came before it was taken.
    func take() throws(ReQLError) -> Taken {
        let result = state.withLock { state -> Result<Taken, ReQLError> in
            guard isReady(state, at: delay == nil ? nil : .now) else {
                return .success(.nothing(until: delay.flatMap { delay in state.since.map { $0 + delay } }))
            }
            var items: [Item] = []
            if state.skipped > 0 { items.append(.skipped(state.skipped)) }
            if state.hasNewMetadata { items.append(.metadataChanged) }
            state.hasNewMetadata = false
            items += state.items
            state.items = []
            state.changeCount = 0
            state.byteCount = 0
            giveBackPlaces(state.placeCount)
            state.placeCount = Self.fewPlaces
            state.skipped = 0
            state.since = nil
            if items.isEmpty, let failure = state.failure { return .failure(failure) }
            return .success(.items(items))
        }
        return try result.get()
    }
}
