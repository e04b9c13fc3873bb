import Ground

// Putting records: into the leaf if there is room, else by splitting it and telling the parents.

extension Tree {
    /// A page that became two, for its parent to note.
    struct Split {
        var leftSize: UInt64
        var separator: Bytes
        var right: PageReference
        /// Of the records of the right page, if the parent has digests.
        var rightDigest: RangeDigest
        /// The new entry went to the very end, as in a load of sorted records.
        var isAscending: Bool
    }

    /// - Returns: whether the key was new.
    func put(_ key: Bytes, _ value: Bytes) throws(StoreError) -> Bool {
        if root.isEmpty {
            let leaf = memory.allocate(created: transaction)
            leaf.format(kind: Page.leafKind, level: 0)
            root = Root(reference: leaf.reference(size: 0), depth: 1)
        }
        let last = place
        let goesOn = goesOn(key)
        var reference: PageReference
        let known: Int
        if let last, goesOn, isBelowBound(key, of: last) {
            (reference, known) = (last.leaf.reference(size: 0), last.known)
        } else {
            (reference, known) = try descend(key)
        }
        // It changes in any case, so it isn't decrypted to be read before.
        if isSealed && !reference.isInMemory { reference = try writableWhole(reference).reference(size: reference.size) }
        let page = try view.reader.page(reference, level: 0)
        let (index, found) = page.searchLeaf(key, known: known)
        let payload = makePayload(key, value)
        let change = try change(of: key, to: payload, from: found ? page.leafCell(index) : nil)

        var split: Split?
        var leaf: WritablePage
        var isBegun = false
        let cellSize = Page.leafCellHeaderSize + key.count - page.prefixLength + payload.count
        if found {
            let cell = page.leafCell(index)
            let fits = page.usedBytes - cell.byteCount + cellSize <= capacity
            if cell.isOverflow { discardRun(cell.run) }
            leaf = fits ? try writableLeaf(reference, room: cellSize) : try writableWhole(reference)
            if !leaf.replaceLeafPayload(index, key, payload) {
                split = try rebuild(leaf, index, key, payload, replacing: true)
            }
        } else {
            let size = Page.leafSlotSize + cellSize
            let fits = page.usedBytes + size <= capacity && key.hasPrefix(page.prefix)
            isBegun = !fits && index == page.count && beginsLeaf(key, payload, behind: page)
            if isBegun {
                (leaf, split) = try beginLeaf(key, payload, behind: page)
            } else {
                leaf = fits ? try writableLeaf(reference, room: size) : try writableWhole(reference)
                if fits && size <= leaf.gap {
                    leaf.insertLeafCell(index, key, payload)
                } else {
                    split = try rebuild(leaf, index, key, payload, replacing: false)
                }
            }
        }
        let isSplit = split != nil
        let isWayGood = try noteInsertion(leaf, split, added: found ? 0 : 1, change: change)
        if isWayGood && isBegun { steps[1].index += 1 }
        if isWayGood && isBegun == isSplit { note(leaf, known: known, after: last, goesOn: goesOn) }
        scratch.lastKey = key
        return !found
    }

    /// What the digests of the branches above change by, if they have any.
    @inline(__always)
    private func change(of key: Bytes, to payload: Payload, from old: Page.LeafCell?) throws(StoreError) -> RangeDigest {
        guard root.level > 0 && steps[1].page.page.hasDigests else { return .zero }
        let new = RangeDigest(key, valueHash: try view.reader.valueHash(payload))
        guard let old else { return new }
        return new - RangeDigest(key, valueHash: try view.reader.valueHash(old.asPayload))
    }

    /// A record of more than half a page has its value outside, so that any page can be split in two.
    private func makePayload(_ key: Bytes, _ value: Bytes) -> Payload {
        let size = Page.leafSlotSize + Page.leafCellHeaderSize + key.count + value.count
        if size <= (capacity - Page.headerSize) / 2 { return Payload(value) }
        let run = memory.allocateRun(value, created: transaction)
        let hasHash = keepsDigests && Page.isSealed(capacity: capacity)
        return scratch.payload(run.reference(size: UInt64(value.count)), valueHash: hasHash ? run.valueHash : nil)
    }

    /// Makes a leaf anew with one more record, or with another payload: with its cells put together, with another prefix, or as two
    /// leaves.
    private func rebuild(
        _ leaf: WritablePage, _ index: Int, _ key: Bytes, _ payload: Payload, replacing: Bool
    ) throws(StoreError) -> Split? {
        var entries = Entries(level: 0, capacity: capacity)
        entries.append(scratch.copy(of: leaf.page))
        if replacing { entries.replace(index, payload) } else { entries.insert(index, key, payload) }
        if entries.fits(0..<entries.count) {
            entries.build(0..<entries.count, into: leaf)
            return nil
        }

        // Records that come in order leave full pages behind; others halves.
        var preferred: Int?
        if !replacing, let last = scratch.lastKey {
            if index > 0 && entries.isKey(index - 1, equal: last) {
                preferred = index == entries.count - 1 ? index : index + 1
            } else if index + 1 < entries.count && entries.isKey(index + 1, equal: last) {
                preferred = index == 0 ? 1 : index
            }
        }
        let point = try entries.splitPoint(preferred: preferred)
        return try divide(entries, at: point, leaf, isAscending: preferred != nil && point == entries.count - 1)
    }

    private func divide(_ entries: Entries, at point: Int, _ page: WritablePage, isAscending: Bool) throws(StoreError) -> Split {
        let separator = entries.separator(point, to: scratch, level: entries.level)
        let right = memory.allocate(created: transaction)
        let leftRecords = entries.build(0..<point, into: page)
        let rightRecords = entries.build(point..<entries.count, into: right)
        let hasDigests = entries.isLeaf ? givesLeavesDigests : entries.hasDigests
        return Split(
            leftSize: page.reference(records: leftRecords).size, separator: separator,
            right: right.reference(records: rightRecords), rightDigest: hasDigests ? try view.reader.digest(right.page) : .zero,
            isAscending: isAscending)
    }

    /// Tells the pages above, along `steps`, what became of a page, mostly of the leaf.
    ///
    /// - Parameter change: what the digests of the records below them change by.
    /// - Returns: whether all of them are still above that page, or above the one before it if it is the second of two.
    @discardableResult
    private func noteInsertion(
        _ page: WritablePage, _ pageSplit: Split?, level below: Int = 0, added: UInt64, change: RangeDigest
    ) throws(StoreError) -> Bool {
        var split = pageSplit
        var child = page
        var level = below + 1
        var areAbove = true
        while level <= root.level {
            let step = steps[level]
            if let below = split {
                step.page.setChildSize(step.index, below.leftSize)
                step.page.add(digest: change - below.rightDigest, step.index)
                split = try insertChild(step.page, step.index + 1, below, level: level)
                if split != nil { areAbove = false }
            } else {
                let records = step.page.page.child(step.index).records + added
                step.page.setChildSize(step.index, child.reference(records: records).size)
                step.page.add(digest: change, step.index)
            }
            child = step.page
            level += 1
        }
        root.reference.size = child.reference(records: root.records + added).size
        guard let split else { return areAbove }
        try growRoot(split)
        return false
    }

    private func insertChild(_ page: WritablePage, _ index: Int, _ split: Split, level: Int) throws(StoreError) -> Split? {
        let needed = page.page.slotSize + Page.branchCellHeaderSize + split.separator.count - page.page.prefixLength
        if split.separator.hasPrefix(page.page.prefix) && needed <= page.gap(capacity: capacity) {
            page.insertBranchCell(index, split.separator, split.right, digest: split.rightDigest, capacity: capacity)
            return nil
        }
        var entries = Entries(level: level, capacity: capacity)
        entries.append(scratch.copy(of: page.page))
        entries.insert(index, split.separator, scratch.payload(split.right), digest: split.rightDigest)
        if entries.fits(0..<entries.count) {
            entries.build(0..<entries.count, into: page)
            return nil
        }
        // A series of ascending keys leaves full pages behind at this level too. If it isn't at the page's end, what comes after it
        // leaves the page first: the series would carry that along, and every page that it leaves behind would have less room.
        let isLast = index == entries.count - 1
        let point = try entries.splitPoint(preferred: split.isAscending ? (isLast ? index - 1 : index + 1) : nil)
        return try divide(entries, at: point, page, isAscending: split.isAscending && isLast)
    }

    /// Makes the branch that the last descent led to one of these entries, or two where they don't fit.
    func replaceBranch(_ page: WritablePage, with entries: Entries, level: Int) throws(StoreError) {
        var split: Split?
        if entries.fits(0..<entries.count) {
            entries.build(0..<entries.count, into: page)
        } else {
            split = try divide(entries, at: entries.splitPoint(preferred: nil), page, isAscending: false)
        }
        try noteInsertion(page, split, level: level, added: 0, change: .zero)
    }

    private func growRoot(_ split: Split) throws(StoreError) {
        guard root.depth < Root.maximumDepth else { throw .damaged(page: nil, reason: "its tree has too many levels") }
        let records = root.records
        var left = root.reference
        left.size = split.leftSize
        let leftPage = try view.reader.page(left, level: root.level)
        let rightPage = try view.reader.page(split.right, level: root.level)
        let hasDigests = root.level == 0 ? keepsDigests : leftPage.hasDigests && rightPage.hasDigests
        let page = memory.allocate(created: transaction)
        page.format(kind: Page.branchKind, level: root.depth)
        if hasDigests { page.setHasDigests() }
        page.insertFirstChild(left, digest: hasDigests ? try view.reader.digest(leftPage) : .zero)
        page.insertBranchCell(1, split.separator, split.right, digest: split.rightDigest, capacity: capacity)
        root = Root(reference: page.reference(records: records), depth: root.depth + 1)
    }
}
