/// Builds indexes in the background, a batch at a time, so that other writers have their turn in between.
///
/// One thread at most, and none while there is nothing to build.
final class IndexBuilder: Sendable {
    private struct State {
        var isRunning = false
        /// Something was added after the thread last looked.
        var isWanted = false
        var isStopped = false
    }

    private let catalog: Catalog
    private let state = Monitor(State())

    init(_ catalog: Catalog) {
        self.catalog = catalog
    }

    deinit {
        state.update { $0.isStopped = true }
    }

    /// Goes on with what an earlier opening of the file left half-built.
    func resume() {
        guard !catalog.isReadOnly, let unfinished = try? Self.unfinished(catalog), !unfinished.isEmpty else { return }
        wake()
    }

    /// There is an index to be built.
    func wake() {
        let needsThread = state.update { state in
            state.isWanted = true
            guard !state.isRunning, !state.isStopped else { return false }
            state.isRunning = true
            return true
        }
        guard needsThread else { return }
        let (catalog, state) = (catalog, state)
        let hasStarted = BigStackThread.start(stackByteCount: WorkerPool.stackByteCount) { Self.run(catalog, state) }
        // Without a thread the index is built by who waits for it.
        if !hasStarted { state.update { $0.isRunning = false } }
    }

    /// Returns when the thread has ended. What it has not built is gone on with when the file is opened again.
    func stop() {
        state.update { $0.isStopped = true }
        state.wait { $0.isRunning ? nil : () }
    }

    private static func run(_ catalog: Catalog, _ state: Monitor<State>) {
        while true {
            state.update { $0.isWanted = false }
            // What can't be built (a full disk, a damaged page) is tried again when the next index is made, and its error is told to
            // whoever waits for it.
            if let unfinished = try? unfinished(catalog) {
                for (table, index) in unfinished {
                    while !state.update({ $0.isStopped }) {
                        guard let isFinished = try? catalog.buildIndex(index.id, of: table), !isFinished else { break }
                    }
                }
            }
            let isDone = state.update { state in
                if !state.isWanted || state.isStopped { state.isRunning = false }
                return !state.isRunning
            }
            if isDone { return }
        }
    }

    private static func unfinished(_ catalog: Catalog) throws(CatalogError) -> [(TableConfig, IndexConfig)] {
        let snapshot = try catalog.snapshot()
        var unfinished: [(TableConfig, IndexConfig)] = []
        for database in try snapshot.databases() {
            for table in try snapshot.tables(in: database) {
                for index in table.indexes where !index.isReady { unfinished.append((table, index)) }
            }
        }
        return unfinished
    }
}
