import Ground

/// Commits of one thread that an engine gets together. As long as it is open, writes that follow each other are made in one transaction: to begin
/// and to commit one for each costs as much as the write itself. One that is told of, or is large, ends it.
package final class TransactionGroup: DeferredCommits, @unchecked Sendable {
    private struct Open: ~Copyable {
        /// Has the writer's turn; nil before the first write, and while the next one is made.
        var transaction: CatalogTransaction?
        /// Whether somebody waits for what it will have committed.
        var hasWritten = false
    }

    private var open: Open?

    package override init() {}

    override package var isEmpty: Bool { super.isEmpty && open?.hasWritten != true }

    /// Has the transactions that are given to this one go on in each other, until ``end()`` commits them.
    package func begin() { open = Open() }

    /// Whether transactions still go on in each other.
    package var isOpen: Bool { open != nil }

    /// The transaction to go on in; nil if a new one has to begin.
    func goOn() -> CatalogTransaction? {
        if open == nil { return nil }
        return open!.transaction.take()
    }

    /// Takes a transaction that another one is to go on in.
    func keep(_ transaction: consuming CatalogTransaction, hasWritten: Bool) {
        open = Open(transaction: consume transaction, hasWritten: hasWritten || open?.hasWritten == true)
    }

    /// Says that the transaction has ended.
    ///
    /// - Parameter error: why it was not committed, if it was not.
    func leave(_ error: CatalogError?) {
        if open?.hasWritten == true, let error { failure = error }
        open = nil
    }

    /// Commits what has become one transaction, as far as that was not done before. Others may write then.
    package func end() {
        guard let transaction = goOn() else { return leave(nil) }
        let hasWritten = open?.hasWritten == true
        open = nil
        do throws(CatalogError) {
            if hasWritten { try transaction.commit(.none, deferring: self) } else { transaction.rollback() }
        } catch {
            failure = error
        }
    }
}
