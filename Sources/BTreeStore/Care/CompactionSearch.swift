/// A search in a snapshot for what a compaction should make anew, one part of the tree at a time.
struct CompactionSearch {
    /// The work for one transaction.
    struct Found {
        /// Keys whose paths lead to what was found.
        var keys: [[UInt8]] = []
        /// About how many pages that makes anew.
        var pages = 0
        /// Where the search goes on: nil after the last record.
        var next: [UInt8]?
        /// Whether something was left alone because a snapshot has kept it all along.
        var hasPassedOver = false
    }

    let view: TreeView
    /// The newest state that such a snapshot sees: `none` if there is none.
    let held: TransactionID
    /// Pages that are enough for a transaction.
    let stepPages: Int
    /// The most pages that are read at a time: meanwhile the search's snapshot keeps what others free.
    private static let lookLimit = 4096

    /// Branches of a level with children that could be fuller.
    func fillable(level: Int, from start: [UInt8]) throws(StoreError) -> Found {
        var found = Found()
        var looked = 0
        var walk = BranchWalk(view, from: start, bottom: level)
        while let branch = try walk.next() {
            guard branch.level == level else { continue }
            if found.pages >= stepPages || looked >= Self.lookLimit {
                found.next = branch.lower
                break
            }
            looked += branch.page.count
            if held > .none {
                let children = (0..<branch.page.count).lazy.map(branch.page.child)
                found.hasPassedOver = found.hasPassedOver || children.contains { !$0.isInMemory && $0.birth <= held }
            }
            let packing = try view.packing(of: branch.page, level: level, from: 0, held: held, limit: stepPages)
            guard packing != nil else { continue }
            found.keys.append(branch.lower)
            found.pages += branch.page.count
        }
        return found
    }

    /// Pages of the tree that lie in a part of the file.
    func pages(in places: Range<PageNumber>, from start: [UInt8]) throws(StoreError) -> Found {
        let zone = Zone(pages: places, held: held)
        var found = Found()
        func note(_ page: PageReference, _ key: @autoclosure () -> [UInt8]) {
            if zone.contains(page) {
                found.keys.append(key())
                found.pages += 1
            } else if !page.isInMemory && places.contains(page.page) {
                found.hasPassedOver = true
            }
        }
        if view.root.depth == 1 { note(view.root.reference, []) }
        var looked = 0
        var walk = BranchWalk(view, from: start)
        while let branch = try walk.next() {
            if branch.level == 1 {
                if found.pages >= stepPages || looked >= Self.lookLimit {
                    found.next = branch.lower
                    break
                }
                looked += 1
                for index in 0..<branch.page.count { note(branch.page.child(index), branch.lower(index)) }
            }
            note(branch.reference, branch.lower)
        }
        return found
    }

    /// Records whose large values lie in a part of the file.
    func values(in places: Range<PageNumber>, from start: [UInt8]) throws(StoreError) -> Found {
        let zone = Zone(pages: places, held: held)
        var found = Found()
        func note(_ leaf: Page) {
            for index in 0..<leaf.count where leaf.leafCell(index).isOverflow {
                let run = leaf.leafCell(index).run
                guard zone.contains(run: run, pageSize: view.reader.pageSize, capacity: view.reader.capacity) else { continue }
                found.keys.append(leaf.key(index))
                found.pages += Int(run.run(pageSize: view.reader.pageSize, capacity: view.reader.capacity).count.rawValue)
            }
        }
        if view.root.depth == 1 { note(try view.reader.page(view.root.reference, level: 0)) }
        var looked = 0
        var walk = BranchWalk(view, from: start)
        while let branch = try walk.next() {
            guard branch.level == 1 else { continue }
            if found.pages >= stepPages || looked >= Self.lookLimit {
                found.next = branch.lower
                break
            }
            looked += 1
            for index in 0..<branch.page.count where branch.page.child(index).mayOverflow {
                looked += 1
                note(try view.reader.page(branch.page.child(index), level: 0))
            }
        }
        return found
    }
}
