import Ground
import Synchronization

/// Tables whose text indexes have something to be tidied up: much is pending, or segments should be merged.
final class UntidyTextIndexes: Sendable {
    private struct State {
        var tables: Set<String> = []
        var observer: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    func observe(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.observer = body } }

    func add(_ tables: Set<String>) {
        let observer = state.withLock { state in
            state.tables.formUnion(tables)
            return state.observer
        }
        observer?()
    }

    /// The same, telling nobody.
    func note(_ table: String) { _ = state.withLock { $0.tables.insert(table) } }

    var hasAny: Bool { state.withLock { !$0.tables.isEmpty } }

    func takeOne() -> String? { state.withLock { $0.tables.popFirst() } }
}

extension Catalog {
    /// Calls `body` whenever there is something to do for ``tidyTextIndex(stoppedBy:)``. In place of who was called before.
    package func observeTextIndexes(_ body: @escaping @Sendable () -> Void) { untidyTextIndexes.observe(body) }

    /// Has the text indexes of a table looked at by ``tidyTextIndex(stoppedBy:)``: an earlier opening of the file may have left something.
    package func noteTextIndexes(of table: TableConfig) {
        if table.indexes.contains(where: \.isText) { untidyTextIndexes.note(table.id) }
    }

    /// Whether ``tidyTextIndex(stoppedBy:)`` has something to look at.
    package var hasUntidyTextIndexes: Bool { untidyTextIndexes.hasAny }

    /// Makes a segment of what is pending in a text index, or goes on merging segments of one: one step, as a transaction of its own.
    ///
    /// - Returns: Whether to call it again.
    package func tidyTextIndex(stoppedBy cancellation: Cancellation? = nil) throws(CatalogError) -> Bool {
        guard let id = untidyTextIndexes.takeOne() else { return false }
        let snapshot = try snapshot()
        guard let table = try snapshot.table(id: id) else { return true }
        for index in table.indexes where index.failure == nil {
            guard let indexer = textIndexer(of: index, in: table),
                let value = try snapshot.store.get(indexer.writer.keys.state), let state = TextIndexState(value.bytes)
            else { continue }
            let isMerging = try snapshot.store.get(indexer.writer.keys.merge) != nil
            guard isMerging || indexer.writer.isUntidy(state) else { continue }
            var transaction = try beginWrite(waiting: nil, isLong: true)
            transaction.store.access = nil
            transaction.cancellation = cancellation
            // It may be gone by now.
            guard try transaction.currentIfPresent(table)?.indexes.contains(where: { $0.id == index.id }) == true else { continue }
            let isChanged = try indexer.writer.tidy(&transaction.store)
            // It is looked at once more, above all if another process of an engine has written meanwhile.
            untidyTextIndexes.note(id)
            guard isChanged else {
                transaction.rollback()
                return true
            }
            do throws(CatalogError) { try transaction.commit(.soft) } catch {
                guard error.kind == .serializationFailure else { throw error }
            }
            return true
        }
        return true
    }
}
