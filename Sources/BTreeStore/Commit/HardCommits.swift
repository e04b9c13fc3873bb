import Ground
internal import Synchronization

/// What somebody may have read by some moment of commits that are not soft.
package struct SeenCommits: Sendable {
    fileprivate let count: Int
    /// The flush that they ride on; nil while the newest is about to be told it.
    fileprivate let flush: UInt64?
}

/// On which flushes commits ride that are not soft: somebody waits for the disk, in the commit or by a sync behind it. They are seen a moment
/// before they are there, and whoever acts on what they have read may want to wait for that, too.
final class HardCommits: Sendable {
    /// How many have begun to be shown, and how many know their flush.
    private let shown = Atomic<Int>(0)
    private let riding = Atomic<Int>(0)
    /// The flush of the newest.
    private let newest = Atomic<UInt64>(0)

    /// In the writer's turn, before a state is shown.
    func begin() { shown.add(1, ordering: .sequentiallyConsistent) }

    /// In the same turn, once its flush is known; nil if it was not shown.
    func end(on flush: UInt64?) {
        if let flush { newest.store(flush, ordering: .sequentiallyConsistent) }
        riding.add(1, ordering: .sequentiallyConsistent)
    }

    var seen: SeenCommits {
        let riding = riding.load(ordering: .sequentiallyConsistent)
        let flush = newest.load(ordering: .sequentiallyConsistent)
        let shown = shown.load(ordering: .sequentiallyConsistent)
        return SeenCommits(count: shown, flush: riding == shown ? flush : nil)
    }

    /// The flush after which all that was seen is durable.
    func flush(of seen: SeenCommits) -> UInt64 {
        if let flush = seen.flush { return flush }
        // Whoever shows the newest is between two lines of its turn.
        while riding.load(ordering: .sequentiallyConsistent) < seen.count { SystemThread.yield() }
        return newest.load(ordering: .sequentiallyConsistent)
    }
}
