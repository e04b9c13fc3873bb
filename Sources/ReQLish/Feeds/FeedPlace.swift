import Catalog

/// A feed's place among the commits: what another feed needs to go on from there.
struct FeedPlace {
    private let file: String
    private var commit: CommitNumber
    /// Notices of the commit that were told; nil: all.
    private var told: Int?
    /// So many of the commit the feed before has told.
    private var known = 0

    init(_ point: CommitPoint) {
        file = point.file
        commit = point.commit
        if let told = point.told {
            self.told = 0
            known = told
        }
    }

    var point: CommitPoint { CommitPoint(file: file, commit: commit, told: told) }

    /// A change of this commit comes next.
    mutating func reach(_ commit: CommitNumber) {
        guard commit != self.commit else { return }
        self.commit = commit
        told = 0
        known = 0
    }

    /// Counts a notice. Returns whether it is news.
    mutating func tell() -> Bool {
        let count = (told ?? 0) + 1
        told = count
        return count > known
    }

    /// All of this commit is told with what is told next.
    mutating func pass(_ commit: CommitNumber) {
        self.commit = commit
        told = nil
        known = 0
    }
}
