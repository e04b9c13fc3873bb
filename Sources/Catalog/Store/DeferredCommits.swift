import Ground

/// Commits that an engine gets together, whose end somebody waits for in place of those who made them.
package class DeferredCommits: @unchecked Sendable {
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

    /// Why something was not committed that nobody has been told of.
    var failure: CatalogError?

    /// Whether there is nothing that an engine does not have.
    package var isEmpty: Bool { commits.isEmpty }

    final func add(_ commit: Commit, _ store: EngineStore, _ trouble: WriteTrouble) { commits.append((commit, store, trouble)) }

    /// Returns once the engine has all of them.
    ///
    /// - Throws: what the first one met that it does not have.
    package final func wait() throws(CatalogError) {
        var failure = exchange(&failure, with: nil)
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
