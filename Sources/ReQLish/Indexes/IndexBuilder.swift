import Ground

/// Builds indexes in the background, and tidies up text indexes, a batch at a time, so that other writers have their turn in between.
final class IndexBuilder: Sendable {
    private let catalog: Catalog
    private let work: BackgroundWork

    init(_ catalog: Catalog) {
        self.catalog = catalog
        work = BackgroundWork { [catalog] cancellation in
            // What can't be built in a file (a full disk, a damaged page) is tried again when the next index is made, and its error is told
            // to whoever waits for it. Without a thread the index is built by who waits for it.
            let isLeft = Self.build(catalog, cancellation)
            // An engine may be out of reach for a while.
            return isLeft && catalog.waitsForEngine ? .seconds(1) : nil
        }
    }

    /// Builds and tidies up what there is.
    /// - Returns: whether something is left that may go well later.
    private static func build(_ catalog: Catalog, _ cancellation: Cancellation) -> Bool {
        var isLeft = false
        func attempt(_ body: () throws(CatalogError) -> Void) {
            do throws(CatalogError) { try body() } catch {
                switch error.kind {
                // The index is marked as failed, or nothing is written any more.
                case .duplicateValue, .functionTooSlow, .tooLarge, .writesStopped, .closed, .cancelled: break
                default: isLeft = true
                }
            }
        }
        attempt { () throws(CatalogError) in
            for (table, index) in try unfinished(catalog) {
                attempt { () throws(CatalogError) in
                    while !cancellation.isCancelled, try !catalog.buildIndex(index.id, of: table, stoppedBy: cancellation) {}
                }
            }
        }
        attempt { () throws(CatalogError) in
            while !cancellation.isCancelled, try catalog.tidyTextIndex(stoppedBy: cancellation) {}
        }
        return isLeft
    }

    /// Builds on this thread what is left of every index, for who closes the file next.
    ///
    /// - Throws: what ends the building of one, as a value that is there twice in an index that should be unique.
    func finish(stoppedBy cancellation: Cancellation) throws(CatalogError) {
        for (table, index) in try Self.unfinished(catalog) {
            while try !catalog.buildIndex(index.id, of: table, stoppedBy: cancellation) {}
        }
    }

    /// Goes on with what an earlier opening of the file left half-built.
    func resume() {
        guard !catalog.isReadOnly, !catalog.isStandby else { return }
        catalog.observeTextIndexes { [weak work] in work?.wake() }
        // All tables are looked at once here, so this is where their functions are met, too.
        guard let unfinished = try? Self.unfinished(catalog), !unfinished.isEmpty || catalog.hasUntidyTextIndexes else { return }
        wake()
    }

    /// There is an index to be built.
    func wake() { work.wake() }

    /// Returns when the thread has ended. What it has not built is gone on with when the file is opened again.
    func stop() { work.stop() }

    private static func unfinished(_ catalog: Catalog) throws(CatalogError) -> [(TableConfig, IndexConfig)] {
        let snapshot = try catalog.snapshot()
        var unfinished: [(TableConfig, IndexConfig)] = []
        for database in try snapshot.databases() {
            for table in try snapshot.tables(in: database) {
                catalog.noteStoredFunctions(of: table)
                catalog.noteTextIndexes(of: table)
                for index in table.indexes where !index.isReady { unfinished.append((table, index)) }
            }
        }
        return unfinished
    }
}
