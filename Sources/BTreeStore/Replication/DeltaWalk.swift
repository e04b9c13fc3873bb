/// What changed since a position, in key order: the records of the pages that were born since, and between them where nothing is new.
///
/// A page that was born at or before a state, and is in a later one, was in that state with the same records, whatever happened beside it. So
/// only younger pages are opened. Of an older subtree its first and last key and its count are told: what the receiver has between
/// two such parts has been deleted, and what it has within one is counted. A branch that has changed costs a look at the first
/// and last leaf of each of its children. What is of one file alone, below `__local__:`, is passed over.
///
/// Where a receiver has other contents than at the position, it wants all: nothing within those ranges is told as unchanged, however old.
struct DeltaWalk {
    enum Step {
        case record(key: [UInt8], value: StoredBytes)
        case unchanged(first: [UInt8], last: [UInt8], count: UInt64)
    }

    private let view: TreeView
    /// Nothing older than this is opened; `none`: everything is told.
    private let since: TransactionID
    /// A copy of the file at `since`, page by page: each subtree that is passed over must be in it.
    private let witness: TreeView?
    private let wanted: KeyRanges
    /// Of old ones what is not wanted is told as unchanged.
    private var stack: [(page: Page, level: Int, next: Int, isOld: Bool)] = []
    private var hasBegun = false

    init(_ view: TreeView, since: TransactionID, wanted: KeyRanges = KeyRanges(), witness: TreeView?) {
        self.view = view
        self.since = since
        self.wanted = wanted
        self.witness = witness
    }

    /// Nil at the end.
    mutating func next() throws(StoreError) -> Step? {
        if !hasBegun {
            hasBegun = true
            if !view.root.isEmpty, let step = try visit(view.root.reference, level: view.root.level) { return step }
        }
        while let (page, level, index, isOld) = stack.last {
            guard index < page.count else {
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].next += 1
            if level > 0 {
                if let step = try visit(page.child(index), level: level - 1) { return step }
                continue
            }
            let key = page.key(index)
            if LocalKeys.contains(key) { continue }
            if isOld, !wanted.contain(key) { return tellUnchanged(page, key) }
            let cell = page.leafCell(index)
            return .record(key: key, value: cell.isOverflow ? try view.reader.confirmedValue(in: cell.run) : try view.reader.value(cell))
        }
        return nil
    }

    /// Tells of a subtree as a whole, or opens it.
    private mutating func visit(_ reference: PageReference, level: Int) throws(StoreError) -> Step? {
        if !reference.isInMemory && reference.birth <= since {
            let (first, last) = (try key(of: reference, level: level, isLast: false), try key(of: reference, level: level, isLast: true))
            if LocalKeys.contains(first) && LocalKeys.contains(last) { return nil }
            if !LocalKeys.overlap(first, last), !wanted.meet(first, last) {
                if let witness, (try? witness.reader.confirmedPage(reference, level: level)) == nil {
                    throw .positionUnknown(
                        reason:
                            "page \(reference.page) of the file is not in the copy that the delta should be from: they went different ways; "
                            + "begin with a whole copy")
                }
                return .unchanged(first: first, last: last, count: reference.records)
            }
        }
        // It is opened for what is wanted, or for what is of the file alone. What a witness has not vouched for is not told as old.
        let isOld = witness == nil && !reference.isInMemory && reference.birth <= since
        stack.append((try view.reader.confirmedPage(reference, level: level), level, 0, isOld))
        return nil
    }

    /// Tells of the records that come next in an old leaf, as far as no range wants them: a range may be much less than a leaf, and values may be
    /// large.
    private mutating func tellUnchanged(_ page: Page, _ first: [UInt8]) -> Step {
        var (last, count) = (first, 1 as UInt64)
        var index = stack[stack.count - 1].next
        while index < page.count {
            let key = page.key(index)
            if LocalKeys.contains(key) || wanted.meet(first, key) { break }
            (last, count) = (key, count + 1)
            index += 1
        }
        stack[stack.count - 1].next = index
        return .unchanged(first: first, last: last, count: count)
    }

    private func key(of reference: PageReference, level: Int, isLast: Bool) throws(StoreError) -> [UInt8] {
        var reference = reference
        for level in stride(from: level, to: 0, by: -1) {
            let page = try view.reader.page(reference, level: level)
            reference = page.child(isLast ? page.count - 1 : 0)
        }
        let leaf = try view.reader.page(reference, level: 0)
        return leaf.key(isLast ? leaf.count - 1 : 0)
    }
}
