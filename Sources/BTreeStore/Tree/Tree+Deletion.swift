import Ground

// Taking records out: one record, or a range, by cutting whole subtrees off the branches that hold them.

extension Tree {
    /// - Returns: whether there was such a record.
    func delete(_ key: Bytes) throws(StoreError) -> Bool {
        // A key that isn't there must not copy a path.
        guard try view.contains(key) else { return false }
        let (reference, known) = try descend(key)
        let leaf = try writableLeaf(reference, room: 0)
        let index = leaf.page.searchLeaf(key, known: known).index
        let cell = leaf.page.leafCell(index)
        var removed = Removed(records: 1)
        if root.level > 0 && steps[1].page.page.hasDigests {
            removed.digest = RangeDigest(key, valueHash: try view.reader.valueHash(cell.asPayload))
        }
        if cell.isOverflow { discardRun(cell.run) }
        leaf.removeLeafCells(index..<index + 1)

        var child = leaf
        for level in stride(from: 1, through: root.level, by: 1) {
            let step = steps[level]
            try settle(step.page, step.index, child, removed, level: level)
            child = step.page
        }
        root.reference.size = child.reference(records: try rest(root.records, without: 1)).size
        try shrinkRoot()
        return true
    }

    /// What was taken out of a subtree.
    private struct Removed {
        var records: UInt64 = 0
        /// Of these records, if the branches above have digests.
        var digest = RangeDigest.zero

        static func += (left: inout Removed, right: Removed) {
            left.records += right.records
            left.digest += right.digest
        }
    }

    /// The count of a branch after a deletion below it.
    private func rest(_ records: UInt64, without removed: UInt64) throws(StoreError) -> UInt64 {
        guard records >= removed else {
            throw .damaged(page: nil, reason: "a branch counts \(records) records where at least \(removed) were")
        }
        return records - removed
    }

    /// Notes in a branch what is left of a child: the new count, or nothing, or that it joined a neighbour because little was left.
    private func settle(
        _ parent: WritablePage, _ index: Int, _ child: WritablePage, _ removed: Removed, level: Int
    ) throws(StoreError) {
        let records = try rest(parent.page.child(index).records, without: removed.records)
        if child.page.count == 0 {
            discard(parent.page.child(index))
            parent.removeBranchCells(index..<index + 1)
        } else {
            parent.setChildSize(index, child.reference(records: records).size)
            parent.add(digest: .zero - removed.digest, index)
            try joinIfSparse(parent, index, level: level)
        }
    }

    /// Joins a child that uses less than a third of its page with a neighbour, if one page can hold both.
    private func joinIfSparse(_ parent: WritablePage, _ index: Int, level: Int) throws(StoreError) {
        let page = try view.reader.page(parent.page.child(index), level: level - 1)
        guard page.usedBytes < capacity / 3 else { return }
        if index + 1 < parent.page.count, try join(parent, index, level: level) { return }
        if index > 0 { _ = try join(parent, index - 1, level: level) }
    }

    /// Joins a child of a branch at `level` with the next one.
    private func join(_ parent: WritablePage, _ index: Int, level: Int) throws(StoreError) -> Bool {
        let leftReference = parent.page.child(index)
        let rightReference = parent.page.child(index + 1)
        let left = try view.reader.page(leftReference, level: level - 1)
        let right = try view.reader.page(rightReference, level: level - 1)
        // Most pairs are too large by far, which is seen without their entries.
        guard left.usedBytes + right.usedBytes - left.prefixLength - right.prefixLength - Page.headerSize <= capacity else { return false }
        _ = try view.reader.confirmedPage(leftReference, level: level - 1)
        _ = try view.reader.confirmedPage(rightReference, level: level - 1)
        var entries = Entries(level: level - 1, capacity: capacity)
        entries.append(left)
        entries.append(right, separator: (parent.page.prefix, parent.page.branchSuffix(index + 1)))
        guard entries.fits(0..<entries.count) else { return false }

        let joined = memory.allocate(created: transaction)
        let records = entries.build(0..<entries.count, into: joined)
        discard(leftReference)
        discard(rightReference)
        let added = parent.page.hasDigests ? parent.page.digest(index + 1) : .zero
        parent.removeBranchCells(index + 1..<index + 2)
        parent.setChild(index, joined.reference(records: records))
        parent.add(digest: added, index)
        return true
    }

    // MARK: Ranges

    /// Takes all records of a range out. Touches two paths of pages, however many records lie between them.
    ///
    /// - Returns: how many there were.
    func delete(_ bounds: Bounds) throws(StoreError) -> UInt64 {
        if root.isEmpty || bounds.isEmpty { return 0 }
        let count = try view.count(bounds)
        if count == 0 { return 0 }
        if count == root.records {
            cut(root.reference, level: root.level)
            root = Root()
            return count
        }
        let page = try writableRoot()
        let removed = try trim(page, level: root.level, bounds.lower, bounds.upper, hasDigests: false).records
        root.reference.size = page.reference(records: try rest(root.records, without: removed)).size
        try shrinkRoot()
        return removed
    }

    /// Takes what lies in [lower, upper) out of a page's subtree; nil means that side of the subtree altogether.
    ///
    /// - Parameter hasDigests: whether the branch above has digests.
    private func trim(
        _ page: WritablePage, level: Int, _ lower: [UInt8]?, _ upper: [UInt8]?, hasDigests: Bool
    ) throws(StoreError) -> Removed {
        if level == 0 { return try trimLeaf(page, lower, upper, hasDigests: hasDigests) }
        // The children at the ends lose a part; those between them are cut off whole.
        let first = lower.map { child(page.page, $0) }
        let last = upper.map { child(page.page, $0) }
        if let first, first == last { return try trimChild(page, first, level: level, lower, upper) }

        var removed = Removed()
        if let last { removed += try trimChild(page, last, level: level, nil, upper, joins: false) }
        // The last child may be gone now; what lies between begins behind the first one.
        if let first { removed += try trimChild(page, first, level: level, lower, nil, joins: false) }
        let begin = first.map { $0 + 1 } ?? 0
        let end = last ?? page.page.count
        for index in begin..<end {
            let reference = page.page.child(index)
            removed += Removed(records: reference.records, digest: page.page.hasDigests ? page.page.digest(index) : .zero)
            cut(reference, level: level - 1)
        }
        page.removeBranchCells(begin..<end)
        // The two trimmed children are neighbours now; either may be empty, or too small to stay alone.
        for index in [begin, begin - 1] where index >= 0 && index < page.page.count {
            let reference = page.page.child(index)
            if reference.isInMemory && WritablePage(reference).page.count == 0 {
                discard(reference)
                page.removeBranchCells(index..<index + 1)
            }
        }
        for index in [begin, begin - 1] where index >= 0 && index < page.page.count {
            try joinIfSparse(page, index, level: level)
        }
        return removed
    }

    private func child(_ page: Page, _ key: [UInt8]) -> Int {
        var known = 0
        return withBytes(key) { page.searchBranch($0, known: &known) }
    }

    private func trimChild(
        _ page: WritablePage, _ index: Int, level: Int, _ lower: [UInt8]?, _ upper: [UInt8]?, joins: Bool = true
    ) throws(StoreError) -> Removed {
        let child = try writableChild(page, index, level: level - 1)
        let removed = try trim(child, level: level - 1, lower, upper, hasDigests: page.page.hasDigests)
        if joins {
            try settle(page, index, child, removed, level: level)
        } else {
            let records = try rest(page.page.child(index).records, without: removed.records)
            page.setChildSize(index, child.reference(records: records).size)
            page.add(digest: .zero - removed.digest, index)
        }
        return removed
    }

    private func trimLeaf(
        _ page: WritablePage, _ lower: [UInt8]?, _ upper: [UInt8]?, hasDigests: Bool
    ) throws(StoreError) -> Removed {
        let begin = lower.map { withBytes($0) { page.page.searchLeaf($0).index } } ?? 0
        let end = upper.map { withBytes($0) { page.page.searchLeaf($0).index } } ?? page.page.count
        let digest = hasDigests ? try view.reader.digest(leaf: page.page, begin..<max(begin, end)) : .zero
        for index in begin..<max(begin, end) where page.page.leafCell(index).isOverflow {
            discardRun(page.page.leafCell(index).run)
        }
        page.removeLeafCells(begin..<max(begin, end))
        return Removed(records: UInt64(max(0, end - begin)), digest: digest)
    }
}
