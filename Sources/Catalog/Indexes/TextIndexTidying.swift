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
    /// A damaged index keeps others from nothing: its error is thrown when these have nothing left to do.
    /// - Returns: Whether to call it again.
    package func tidyTextIndex(stoppedBy cancellation: Cancellation? = nil) throws(CatalogError) -> Bool {
        var waiting: Set<String> = []
        defer { for id in waiting { untidyTextIndexes.note(id) } }
        var damage: CatalogError?
        while let id = untidyTextIndexes.takeOne() {
            do throws(CatalogError) {
                switch try tidyTextIndexes(ofTable: id, cancellation) {
                case .step: return true
                case .nothing: break
                case .waits: waiting.insert(id)
                }
            } catch {
                guard error.kind == .corrupt else {
                    // A full disk, or an engine that is out of reach, is no matter of the index.
                    untidyTextIndexes.note(id)
                    throw error
                }
                damage = error
            }
        }
        if let damage { throw damage }
        return false
    }

    private enum Tidying {
        case nothing, step
        /// An open transaction changes the table.
        case waits
    }

    /// One step in one of the text indexes of a table.
    private func tidyTextIndexes(ofTable id: String, _ cancellation: Cancellation?) throws(CatalogError) -> Tidying {
        let snapshot = try snapshot()
        guard let table = try snapshot.table(id: id) else { return .nothing }
        var damage: CatalogError?
        for index in table.indexes where index.failure == nil {
            do throws(CatalogError) {
                let done = try tidy(index, of: table, snapshot, cancellation)
                if done != .nothing { return done }
            } catch {
                guard error.kind == .corrupt else { throw error }
                damage = error
            }
        }
        if let damage { throw damage }
        return .nothing
    }

    private func tidy(
        _ index: IndexConfig, of table: TableConfig, _ snapshot: CatalogSnapshot, _ cancellation: Cancellation?
    ) throws(CatalogError) -> Tidying {
        guard let indexer = textIndexer(of: index, in: table),
            let value = try snapshot.store.get(indexer.writer.keys.state), let state = TextIndexState(value.bytes)
        else { return .nothing }
        let isMerging = try snapshot.store.get(indexer.writer.keys.merge) != nil
        guard isMerging || indexer.writer.isUntidy(state) else { return .nothing }
        var transaction = try beginWrite(waiting: nil, isLong: true)
        transaction.store.access = nil
        transaction.cancellation = cancellation
        // It may be gone by now.
        guard let present = try transaction.currentIfPresent(table), present.indexes.contains(where: { $0.id == index.id }) else {
            return .nothing
        }
        // Who drops the index or moves it, and waits for its client, has the index's keys among what it has written, and would find others
        // there when it goes on.
        let config = CatalogKeys.table(named: present.name, inDatabaseNamed: present.databaseName)
        if locks.writer(of: config, but: 0) != nil { return .waits }
        let isChanged = try indexer.writer.tidy(&transaction.store)
        // It is looked at once more, above all if another process of an engine has written meanwhile.
        untidyTextIndexes.note(table.id)
        guard isChanged else {
            transaction.rollback()
            return .step
        }
        do throws(CatalogError) { try transaction.commit(.soft) } catch {
            guard error.kind == .serializationFailure else { throw error }
        }
        return .step
    }
}
