/// Documents that a transaction will look for once it has the writer's turn: an engine is asked for those of all who wait for it together.
package final class ExpectedDocuments: Sendable {
    private let commits: SharedCommits
    private let number: UInt64
    /// How many there are, with those that nobody need look for as their keys are made.
    package let count: Int

    fileprivate init(_ commits: SharedCommits, _ keys: [[UInt8]], newCount: Int) {
        self.commits = commits
        count = keys.count + newCount
        number = commits.expect(keys)
    }

    deinit { end() }

    /// The transaction has the turn.
    package func end() { commits.forget(number) }
}

extension Catalog {
    /// Whether transactions that share their commits are on their way to an engine: what others will look for may be asked for with what
    /// one of them does. Alone it would be a trip more.
    package var expectsDocuments: Bool { store.engine?.sharedCommits.areOnTheirWay ?? false }

    /// Nil where nothing comes of it.
    /// - Parameter newCount: how many documents will have keys that are made for them.
    package func expect(_ keys: () -> [Datum], newCount: Int = 0, in table: TableConfig) -> ExpectedDocuments? {
        guard let engine = store.engine, !engine.engine.isReadOnly else { return nil }
        let keys = keys().compactMap { try? table.documentKey(for: $0) }
        return keys.isEmpty && newCount == 0 ? nil : ExpectedDocuments(engine.sharedCommits, keys, newCount: newCount)
    }
}
