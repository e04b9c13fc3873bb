import Ground

/// Commits that an engine gets together, whose end somebody waits for in place of those who made them.
package final class DeferredCommits: @unchecked Sendable {
    /// One that an engine gets with others.
    enum Commit {
        /// It goes with those that are made while others are on their way.
        case sent(SharedCommits.Place)
        /// It goes with those that are made in the same turn among processes.
        case ofTurn(TurnCommits.Place)

        /// Returns once the engine has it.
        func wait(_ store: EngineStore) throws(CatalogError) {
            switch self {
            case .sent(let place): try store.sharedCommits.wait(for: place, store)
            case .ofTurn(let place): try store.turnCommits.wait(for: place, store)
            }
        }
    }

    // Sendable: one thread has it at a time, as it goes from who commits to who waits.
    private var commits: [(commit: Commit, store: EngineStore, trouble: WriteTrouble)] = []

    package init() {}

    /// Whether there is nothing that an engine does not have.
    package var isEmpty: Bool { commits.isEmpty && group?.hasWritten != true }

    // MARK: Transactions that become one

    /// The writes of one thread that follow each other, and become one transaction: to begin and to commit one for each costs as much as the
    /// write itself.
    private struct Group: ~Copyable {
        /// Has the writer's turn; nil before the first write, and while the next one is made.
        var transaction: CatalogTransaction?
        /// Whether somebody waits for what it will have committed.
        var hasWritten = false
    }

    private var group: Group?
    /// What became of a group that was not committed.
    private var failure: CatalogError?

    /// Has the transactions that are given to this one go on in each other, until ``endGroup()`` commits them. Those that are told of, or are
    /// large, end the group before.
    package func beginGroup() { group = Group() }

    /// Whether transactions still go on in each other.
    package var isInGroup: Bool { group != nil }

    /// The transaction to go on in; nil if a new one has to begin.
    func goOn() -> CatalogTransaction? {
        if group == nil { return nil }
        return group!.transaction.take()
    }

    /// Takes a transaction that another one is to go on in.
    func keep(_ transaction: consuming CatalogTransaction, hasWritten: Bool) {
        group = Group(transaction: consume transaction, hasWritten: hasWritten || group?.hasWritten == true)
    }

    /// Says that the transaction of the group has ended.
    ///
    /// - Parameter error: why it was not committed, if it was not.
    func leaveGroup(_ error: CatalogError?) {
        if group?.hasWritten == true, let error { failure = error }
        group = nil
    }

    /// Commits what has become one transaction, as far as that was not done before. Others may write then.
    package func endGroup() {
        guard let transaction = goOn() else { return leaveGroup(nil) }
        do throws(CatalogError) {
            // It is in a group no more.
            let hasWritten = group?.hasWritten == true
            group = nil
            if hasWritten { try transaction.commit(.none, deferring: self) } else { transaction.rollback() }
        } catch {
            failure = error
        }
    }

    // MARK: What is waited for

    func add(_ commit: Commit, _ store: EngineStore, _ trouble: WriteTrouble) { commits.append((commit, store, trouble)) }

    /// Returns once the engine has all of them.
    ///
    /// - Throws: what the first one met that it does not have.
    package func wait() throws(CatalogError) {
        var failure = exchange(&self.failure, with: nil)
        for (commit, store, trouble) in commits {
            do throws(CatalogError) {
                try commit.wait(store)
                trouble.clear()
            } catch {
                failure = failure ?? trouble.noting(error)
            }
        }
        commits.removeAll()
        if let failure { throw failure }
    }
}
