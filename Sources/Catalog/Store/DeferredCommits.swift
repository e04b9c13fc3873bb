/// Commits that an engine gets together, whose end somebody waits for in place of those who made them.
package final class DeferredCommits: @unchecked Sendable {
    // Sendable: one thread has it at a time, as it goes from who commits to who waits.
    private var commits: [(place: SharedCommits.Place, store: EngineStore, trouble: WriteTrouble)] = []

    package init() {}

    package var isEmpty: Bool { commits.isEmpty }

    func add(_ place: SharedCommits.Place, _ store: EngineStore, _ trouble: WriteTrouble) { commits.append((place, store, trouble)) }

    /// Returns once the engine has all of them.
    ///
    /// - Throws: what the first one met that it does not have.
    package func wait() throws(CatalogError) {
        var failure: CatalogError?
        for (place, store, trouble) in commits {
            do throws(CatalogError) {
                try store.sharedCommits.wait(for: place, store)
                trouble.clear()
            } catch {
                failure = failure ?? trouble.noting(error)
            }
        }
        commits.removeAll()
        if let failure { throw failure }
    }
}
