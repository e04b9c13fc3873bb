import Ground

// Filling pages: where fewer pages can hold the entries of a branch's children, the children are made anew, each full before the next
// begins. Nothing is compared and no record is put: entries stay between their neighbours.

/// Children of a branch whose entries fit fewer pages.
struct Packing {
    /// Borrowed from the pages of the children, which must not change before the entries are used.
    var entries: Entries
    var parts: [Range<Int>]
    var children: Range<Int>
}

extension TreeView {
    /// The first children of a branch, from `start` on, that can be packed.
    ///
    /// - Parameters:
    ///   - held: pages born up to this state stay where they are.
    ///   - limit: the most children that are packed together.
    /// - Returns: nil if there are none.
    func packing(of branch: Page, level: Int, from start: Int, held: TransactionID, limit: Int) throws(StoreError) -> Packing? {
        func isFixed(_ index: Int) -> Bool {
            let child = branch.child(index)
            return !child.isInMemory && child.birth <= held
        }
        var begin = start
        while begin < branch.count {
            var end = begin
            while end < branch.count && end - begin < limit && !isFixed(end) { end += 1 }
            if end - begin > 1, let packing = try packing(of: branch, level: level, begin..<end) { return packing }
            begin = max(end, begin + 1)
        }
        return nil
    }

    private func packing(of branch: Page, level: Int, _ children: Range<Int>) throws(StoreError) -> Packing? {
        // Most children need as many pages as they have, which is seen without their entries.
        var needed = 0
        var pages: [Page] = []
        for index in children {
            let page = try reader.page(branch.child(index), level: level - 1)
            needed += page.usedBytes - page.prefixLength - Page.headerSize
            pages.append(page)
        }
        let room = reader.capacity - Page.headerSize
        guard isWorthWhile((needed + room - 1) / room, children.count) else { return nil }
        for index in children { _ = try reader.confirmedPage(branch.child(index), level: level - 1) }

        var entries = Entries(level: level - 1, capacity: reader.capacity)
        for (index, page) in zip(children, pages) {
            entries.append(page, separator: index == children.lowerBound ? nil : (branch.prefix, branch.branchSuffix(index)))
        }
        let parts = entries.fullPages()
        guard isWorthWhile(parts.count, children.count) else { return nil }
        return Packing(entries: entries, parts: parts, children: children)
    }

    /// Whether packing saves enough: at least one page in 64.
    private func isWorthWhile(_ after: Int, _ before: Int) -> Bool { after < before && (before - after) * 64 >= before }
}

extension Tree {
    /// Packs the children of the branch of `level` that a key's path leads through.
    func pack(_ key: Bytes, level: Int, held: TransactionID, limit: Int) throws(StoreError) {
        guard let branch = try branch(key, level: level),
            try view.packing(of: branch, level: level, from: 0, held: held, limit: limit) != nil
        else { return }
        let parent = try writableBranch(key, level: level)
        var start = 0
        while true {
            let old = scratch.copy(of: parent.page)
            guard let packing = try view.packing(of: old, level: level, from: start, held: held, limit: limit) else { return }
            start = try replace(packing, in: parent, old: old, level: level)
        }
    }

    /// - Parameter old: a copy of the parent.
    /// - Returns: the first child after the packed ones.
    private func replace(_ packing: Packing, in parent: WritablePage, old: Page, level: Int) throws(StoreError) -> Int {
        var children = Entries(level: level, capacity: capacity)
        children.append(old, replacing: packing.children, with: packing.parts, of: packing.entries)
        // Longer separators may need more room than there is. Then nothing is changed.
        guard children.fits(0..<children.count) else { return packing.children.upperBound }

        var packed: [(reference: PageReference, page: Page)] = []
        for part in packing.parts {
            let page = memory.allocate(created: transaction)
            packed.append((page.reference(records: packing.entries.build(part, into: page)), page.page))
        }
        children.build(0..<children.count, into: parent)
        for index in packing.children { discard(old.child(index)) }
        for (offset, child) in packed.enumerated() {
            let index = packing.children.lowerBound + offset
            parent.setChild(index, child.reference)
            if parent.page.hasDigests { parent.set(digest: try view.reader.digest(child.page), index) }
        }
        return packing.children.lowerBound + packed.count
    }

    /// The branch of a level that a key's path leads through: nil if there is no such level.
    private func branch(_ key: Bytes, level: Int) throws(StoreError) -> Page? {
        guard !root.isEmpty && level <= root.level else { return nil }
        var reference = root.reference
        var known = 0
        for above in stride(from: root.level, to: level, by: -1) {
            let page = try view.reader.page(reference, level: above)
            reference = page.child(page.searchBranch(key, known: &known))
        }
        return try view.reader.page(reference, level: level)
    }

    private func writableBranch(_ key: Bytes, level: Int) throws(StoreError) -> WritablePage {
        var page = try writableRoot()
        var known = 0
        for above in stride(from: root.level, to: level, by: -1) {
            page = try writableChild(page, page.page.searchBranch(key, known: &known), level: above - 1)
        }
        return page
    }
}
