import BTreeStore
import Ground

/// The tree in memory in which transactions stand until an engine has them.
struct OverlayTree: Sendable {
    private let store: Store

    init(_ store: Store) { self.store = store }

    /// Waits for the writer's turn in this process as one who lets others go first; nil if there was none until then.
    func beginBehindOthers(until deadline: MonotonicTime) throws(CatalogError) -> OverlayTransaction? {
        do throws(StoreError) { return OverlayTransaction(try store.beginWrite(until: deadline.instant, isLong: true)) } catch {
            throw CatalogError(error)
        }
    }
}

/// The one transaction in that tree.
struct OverlayTransaction: ~Copyable {
    private var transaction: WriteTransaction

    init(_ transaction: consuming WriteTransaction) { self.transaction = transaction }

    fileprivate init?(_ transaction: consuming WriteTransaction?) {
        guard let transaction else { return nil }
        self.transaction = transaction
    }

    /// All that stands in the tree.
    mutating func changes() throws(CatalogError) -> EngineChanges { try EngineChanges(in: &transaction) }

    /// Empties the tree.
    consuming func empty() throws(CatalogError) {
        do throws(StoreError) {
            _ = try transaction.delete(KeyRange(.all))
            try transaction.commit(.none)
        } catch {
            throw CatalogError(error)
        }
    }

    /// Leaves the tree as it was.
    consuming func rollback() { transaction.rollback() }
}
