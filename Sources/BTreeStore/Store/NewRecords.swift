import Ground

/// The values of a range in the pages that were born since a state, in the order of their keys: all that have changed since, and what
/// lies beside them. Holds its snapshot.
///
/// A page that was born at or before a state, and is in a later one, was in that state with the same records, and so was a page in memory
/// that a transaction has made by then: no other one may change it. So only younger pages are opened, and what it costs depends on what was
/// changed, and not on what there is.
public struct NewRecords {
    private let snapshot: Snapshot
    private let bounds: Bounds
    private let since: TransactionID
    private var stack: [(page: Page, level: Int, next: Int, end: Int)] = []
    private var hasBegun = false

    init(_ snapshot: Snapshot, _ bounds: Bounds, since: TransactionID) {
        self.snapshot = snapshot
        self.bounds = bounds
        self.since = since
    }

    /// The next value, good as long as the snapshot: nil at the end.
    ///
    /// - Throws: `damaged` if a page isn't what its parent says.
    public mutating func next() throws(StoreError) -> StoredBytes? {
        let view = snapshot.view
        if !hasBegun {
            hasBegun = true
            if !view.root.isEmpty, !bounds.isEmpty { try visit(view.root.reference, level: view.root.level) }
        }
        while let (page, level, index, end) = stack.last {
            guard index < end else {
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].next += 1
            if level == 0 { return try view.reader.value(page.leafCell(index)) }
            try visit(page.child(index), level: level - 1)
        }
        return nil
    }

    private mutating func visit(_ reference: PageReference, level: Int) throws(StoreError) {
        if (reference.isInMemory ? WritablePage(reference).created : reference.birth) <= since { return }
        let page = try snapshot.view.reader.page(reference, level: level)
        stack.append((page, level, place(of: bounds.lower, in: page, level) ?? 0, end(in: page, level)))
    }

    /// Of a leaf the first record that isn't below a bound, of a branch the child in which that is.
    private func place(of bound: [UInt8]?, in page: Page, _ level: Int) -> Int? {
        guard let bound else { return nil }
        var known = 0
        return withBytes(bound) { level == 0 ? page.searchLeaf($0).index : page.searchBranch($0, known: &known) }
    }

    private func end(in page: Page, _ level: Int) -> Int {
        guard let place = place(of: bounds.upper, in: page, level) else { return page.count }
        return level == 0 ? place : place + 1
    }
}

extension Snapshot {
    /// The records of a range that were put since a state of the same file, and some that lie beside them.
    ///
    /// - Parameter since: the state's ``transaction``, no later than this one's.
    public func records(_ range: KeyRange, since: TransactionID) -> NewRecords { NewRecords(self, Bounds(range), since: since) }
}
