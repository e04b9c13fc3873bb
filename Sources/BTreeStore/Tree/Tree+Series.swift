import Ground

// Records that come in ascending order. Each goes on from where the one before was put, without another descent, as long as it belongs
// into the same leaf; and where that is full, it begins the next one, and what stands in the full one is not looked at.

extension Tree {
    /// Where the last record was put. Good while `steps` lead there and their pages may be changed: whatever changes the tree in another
    /// way begins at the root, which forgets this.
    struct Place {
        var leaf: WritablePage
        /// How many leading bytes every key that belongs into the leaf has in common with the last one.
        var known: Int
        /// Whether records went to this leaf one after another.
        var isOfSeries = false
        /// The lowest level on the way where another child follows, which bounds the keys of the leaf: 0 if nothing follows.
        var boundLevel = 0
    }

    /// Whether a key sorts behind the one that was put last, in a series.
    @inline(__always)
    func goesOn(_ key: Bytes) -> Bool {
        guard let place, place.isOfSeries, let last = scratch.lastKey else { return false }
        return Bytes.compare(last, key) < 0
    }

    /// Whether a key that goes on belongs into the leaf of the one before.
    @inline(__always)
    func isBelowBound(_ key: Bytes, of place: Place) -> Bool {
        if place.boundLevel == 0 { return true }
        let step = steps[place.boundLevel]
        return step.page.page.isSeparator(step.index + 1, above: key)
    }

    /// Notes where a record was put that the last descent, or the record before, led to.
    ///
    /// - Parameter last: where the one before was put.
    func note(_ leaf: WritablePage, known: Int, after last: Place?, goesOn: Bool) {
        var new = Place(leaf: leaf, known: known)
        if let last, goesOn || last.leaf.isSame(as: leaf) {
            new.isOfSeries = true
            for level in stride(from: 1, through: root.level, by: 1) where steps[level].index + 1 < steps[level].page.page.count {
                new.boundLevel = level
                break
            }
        }
        place = new
    }

    /// Whether a record that goes behind the last one of a leaf is one of a series and finds the leaf full, whatever prefix that had.
    func beginsLeaf(_ key: Bytes, _ payload: Payload, behind page: Page) -> Bool {
        guard let last = scratch.lastKey, page.count > 0, page.isKey(page.count - 1, equal: last) else { return false }
        let shared = page.sharedLength(key)
        // Each of the records, and the prefix itself, would have so much more or less.
        let used = page.usedBytes + (page.prefixLength - shared) * (page.count - 1)
        return used + Page.leafSlotSize + Page.leafCellHeaderSize + key.count - shared + payload.count > capacity
    }

    /// Begins a leaf behind a full one with a record of a series. As its prefix it gets what the full one's first key would share, which is
    /// mostly what its next keys will share.
    ///
    /// - Returns: the leaf, and what becomes of the full one in their parent, which stays as it is.
    func beginLeaf(_ key: Bytes, _ payload: Payload, behind page: Page) throws(StoreError) -> (leaf: WritablePage, split: Split) {
        let leaf = memory.allocate(created: transaction)
        leaf.formatLeaf(prefix: key[0..<page.sharedLength(key)])
        leaf.insertLeafCell(0, key, payload)
        // Between the last key and this one stands the shortest part of this one that the last one sorts below.
        let shared = scratch.lastKey.map { $0.commonLength(key) } ?? 0
        return (
            leaf,
            Split(
                leftSize: root.level == 0 ? root.reference.size : steps[1].page.page.child(steps[1].index).size,
                separator: key[0..<min(shared + 1, key.count)], right: leaf.reference(records: 1),
                rightDigest: givesLeavesDigests ? try view.reader.digest(leaf.page) : .zero, isAscending: true)
        )
    }
}
