import Ground

// Giving digests to the branches of a tree that was made without them: level by level, the lowest first, a few branches a transaction. A
// branch that has them keeps them, whatever is written between two such transactions; so a crash leaves a tree of which a part has them.

extension Tree {
    /// Whether branches that are made now above leaves get digests of them.
    var givesLeavesDigests: Bool { root.level == 0 ? keepsDigests : steps[1].page.page.hasDigests }

    /// Gives digests to the branch of `level` that a key's path leads through, if all branches below it have some.
    func addDigests(_ key: Bytes, level: Int) throws(StoreError) {
        guard !root.isEmpty && level <= root.level else { return }
        var page = try writableRoot()
        var known = 0
        for above in stride(from: root.level, to: level, by: -1) {
            let child = page.page.searchBranch(key, known: &known)
            steps[above] = Steps.Step(page: page, index: child)
            page = try writableChild(page, child, level: above - 1)
        }
        if page.page.hasDigests { return }
        var digests: [RangeDigest] = []
        for index in 0..<page.page.count {
            let child = try view.reader.confirmedPage(page.page.child(index), level: level - 1)
            guard level == 1 || child.hasDigests else { return }
            digests.append(try view.reader.digest(child))
        }
        var entries = Entries(level: level, capacity: capacity)
        entries.append(scratch.copy(of: page.page))
        entries.set(digests: digests)
        try replaceBranch(page, with: entries, level: level)
    }
}

extension TreeView {
    /// Keys whose paths lead to branches of a level that have no digests, from `start` on, and where to go on: nil at the end.
    func branchesWithoutDigests(level: Int, from start: [UInt8], limit: Int) throws(StoreError) -> (keys: [[UInt8]], next: [UInt8]?) {
        var keys: [[UInt8]] = []
        var walk = BranchWalk(self, from: start, bottom: level)
        while let branch = try walk.next() {
            guard branch.level == level && !branch.page.hasDigests else { continue }
            if keys.count == limit { return (keys, branch.lower) }
            keys.append(branch.lower)
        }
        return (keys, nil)
    }
}
