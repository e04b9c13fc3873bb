// Moving pages: whatever the running transaction makes anew gets another place with the next flush.

/// Pages that are to leave their places.
struct Zone {
    var pages: Range<UInt64>
    /// Pages born up to then stay: a snapshot keeps their places anyway.
    var held: UInt64

    func contains(_ page: PageReference) -> Bool {
        !page.isInMemory && page.birth > held && pages.contains(page.page)
    }

    /// Of an overflow run: any of its pages.
    func contains(run: PageReference, pageSize: Int) -> Bool {
        guard !run.isInMemory, run.birth > held, run.page < pages.upperBound else { return false }
        return run.page + run.pageCount(pageSize: pageSize) > pages.lowerBound
    }
}

extension Tree {
    /// Makes the pages of a key's path anew if one of them lies in the zone; its leaf only if that one does.
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

    /// Where the large value of a record lies, if it does in the zone.
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
        return zone.contains(run: run, pageSize: pageSize) ? run : nil
    }
}
