import Ground

// Moving pages: every page that the running transaction makes anew gets another place with the next flush.

/// Pages that are to leave their places.
struct Zone {
    var pages: Range<PageNumber>
    /// Pages born up to this state stay: a snapshot keeps their places anyway.
    var held: TransactionID

    func contains(_ page: PageReference) -> Bool {
        !page.isInMemory && page.birth > held && pages.contains(page.page)
    }

    /// Whether it contains any page of an overflow run.
    func contains(run: PageReference, pageSize: Int, capacity: Int) -> Bool {
        guard !run.isInMemory, run.birth > held, run.page < pages.upperBound else { return false }
        return run.run(pageSize: pageSize, capacity: capacity).end > pages.lowerBound
    }
}

extension Tree {
    /// Makes the pages of a key's path anew if one of them lies in the zone, and the leaf only if the leaf does.
    func move(_ key: Bytes, outOf zone: Zone) throws(StoreError) {
        guard !root.isEmpty else { return }
        var isInZone = false
        var reference = root.reference
        var known = 0
        for level in stride(from: root.level, to: 0, by: -1) {
            isInZone = isInZone || zone.contains(reference)
            let page = try view.reader.page(reference, level: level)
            reference = page.child(page.searchBranch(key, known: &known))
        }
        guard isInZone || zone.contains(reference) else { return }
        let leaf = try descend(key).leaf
        if zone.contains(leaf) { replaceLeaf(with: try writable(leaf, level: 0)) }
    }

    /// The run of a record's large value, if it lies in the zone.
    func run(of key: Bytes, in zone: Zone) throws(StoreError) -> PageReference? {
        guard !root.isEmpty else { return nil }
        var reference = root.reference
        var known = 0
        for level in stride(from: root.level, to: 0, by: -1) {
            let page = try view.reader.page(reference, level: level)
            reference = page.child(page.searchBranch(key, known: &known))
        }
        let leaf = try view.reader.page(reference, level: 0)
        let (index, found) = leaf.searchLeaf(key, known: known)
        guard found, leaf.leafCell(index).isOverflow, case let run = leaf.leafCell(index).run else { return nil }
        return zone.contains(run: run, pageSize: pageSize, capacity: capacity) ? run : nil
    }
}
