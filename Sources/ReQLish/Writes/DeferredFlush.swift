package import Catalog

/// Takes the wait for the disk over from writes, so that one flush is waited for in place of many.
///
/// A query that is given one (``QueryOptions/flush``) is over once what it wrote can be seen. Whoever gave it has to ``wait()`` before
/// telling anybody that the query is done. For one thread at a time.
package final class DeferredFlush: @unchecked Sendable {
    // Sendable, as it travels in the options of a query: that is run by the thread that has this.
    private var catalog: Catalog?
    /// What an engine gets with others' commits.
    package let commits = TransactionGroup()
    private var isOwed = false
    /// Whether somebody who wrote is told that it is done.
    private var acknowledges = false
    private var isInBatch = false
    /// Whether the catalog was told of the batch.
    private var isAnnounced = false

    package init() {}

    /// Says that short writes follow, one after the other: whoever writes for long would keep those waiting that are made already.
    package func beginBatch() {
        isInBatch = true
        announce()
    }

    /// Says that they are made.
    package func endBatch() {
        isInBatch = false
        if isAnnounced { catalog?.retractShortWrites() }
        isAnnounced = false
    }

    private func announce() {
        guard isInBatch, !isAnnounced, let catalog else { return }
        isAnnounced = true
        catalog.announceShortWrites()
    }

    /// Called when a write that asked for the disk is applied.
    ///
    /// - Parameter isReading: whether it is a read, which waits for what it has seen of others' writes.
    package func isWanted(of catalog: Catalog, isReading: Bool = false) {
        self.catalog = catalog
        if !isReading { acknowledges = true }
        isOwed = true
        // From the first batch on that a thread makes it is known before.
        announce()
    }

    /// Takes over what another one owes.
    package func join(_ other: DeferredFlush) {
        if let catalog = other.catalog { isWanted(of: catalog, isReading: !other.acknowledges) }
    }

    /// Whether something asked for the disk, or for an engine, since this was asked before.
    package func takeIsOwed() -> Bool {
        defer { isOwed = false }
        return isOwed || !commits.isEmpty
    }

    /// Returns when all that was applied so far is on the disk, or an engine has it.
    package func wait() throws(CatalogError) {
        defer { acknowledges = false }
        try commits.wait()
        try catalog?.sync(acknowledges: acknowledges)
    }
}
