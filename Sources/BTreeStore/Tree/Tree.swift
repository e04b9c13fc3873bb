/// The tree that the one writer changes: copy on write, page by page.
///
/// A page that the running transaction made lies in memory and is changed where it is. Any other page, in the file or in
/// memory, may be seen by snapshots: it is copied first, and noted as freed. Of a leaf in the file only what changes is put into
/// memory where that is little (`Page+Overlay.swift`). What a flush wrote is in the file from then on.
///
/// Only the holder of the writer's slot comes here.
final class Tree {
    let pageSize: Int
    let memory: PageMemory
    var view: TreeView
    /// The transaction at work. Pages that it made may be changed.
    var version: UInt64

    /// The state whose pages stay in the file until another one is durable: 0 if there is none.
    var durable: UInt64 = 0

    /// Pages of the file that the newest state no longer has, since the last flush.
    var freed: [FreedRun] = []
    /// Subtrees that range deletes cut off, since the last flush.
    var cuts: [CutSubtree] = []
    /// Pages in memory that the newest state no longer has and that a snapshot may still see.
    var retired: [RetiredPage] = []

    /// Where the last descent went: at each level the page, and which child was taken.
    let steps = Steps(capacity: Root.maximumDepth + 1)
    let scratch: Scratch

    var root: Root {
        get { view.root }
        set { view.root = newValue }
    }

    init(pageSize: Int, view: TreeView, version: UInt64) {
        self.pageSize = pageSize
        self.view = view
        self.version = version
        memory = PageMemory(pageSize: pageSize)
        scratch = Scratch(pageSize: pageSize)
    }

    // MARK: Pages to write

    /// The page of a reference, whole, copied unless this transaction made it. The caller notes the copy in the parent.
    func writable(_ reference: PageReference, level: Int) throws(StoreError) -> WritablePage {
        let page = try view.reader.page(reference, level: level)
        if reference.isInMemory && !page.isOverlay && WritablePage(reference).created == version { return WritablePage(reference) }
        let copy = memory.allocate(created: version)
        if page.isOverlay { copy.merge(page, pageSize: pageSize) } else { copy.copy(from: page, pageSize: pageSize) }
        discard(reference)
        return copy
    }

    func writableRoot() throws(StoreError) -> WritablePage {
        let page = try writable(root.reference, level: root.level)
        root.reference = page.reference(size: root.reference.size)
        return page
    }

    func writableChild(_ parent: WritablePage, _ index: Int, level: Int) throws(StoreError) -> WritablePage {
        let reference = parent.page.child(index)
        let page = try writable(reference, level: level)
        parent.setChild(index, page.reference(size: reference.size))
        return page
    }

    /// Goes down to the leaf where `key` belongs, making each branch on the way one to write, and notes the way in `steps`.
    /// The leaf is still to be made so.
    func descend(_ key: Bytes) throws(StoreError) -> (leaf: PageReference, known: Int) {
        var known = 0
        if root.level == 0 { return (root.reference, known) }
        var page = try writableRoot()
        var level = root.level
        while true {
            let child = page.page.searchBranch(key, known: &known)
            steps[level] = Steps.Step(page: page, index: child)
            level -= 1
            if level == 0 { return (page.page.child(child), known) }
            page = try writableChild(page, child, level: level)
        }
    }

    /// The leaf that the last descent led to, to change: whole, or an overlay with room for so many more bytes of slots and cells.
    func writableLeaf(_ reference: PageReference, room: Int) throws(StoreError) -> WritablePage {
        let page = try view.reader.page(reference, level: 0)
        if reference.isInMemory {
            let own = WritablePage(reference)
            if own.created == version && (!page.isOverlay || room <= own.gap) { return own }
        }
        let leaf: WritablePage
        // A base that need not stay for the durable state had better be free for the next flush.
        let mayOverlay = page.isOverlay || !reference.isInMemory && reference.birth <= durable && pageSize <= Page.overlayPageSizeLimit
        if mayOverlay, case let byteCount = page.overlayByteCount(adding: room), byteCount <= pageSize / 2 {
            leaf = memory.allocate(byteCount: byteCount, created: version)
            leaf.overlay(page)
            // The base stays.
            if reference.isInMemory { letGo(WritablePage(reference)) }
        } else {
            leaf = try writable(reference, level: 0)
        }
        replaceLeaf(with: leaf)
        return leaf
    }

    /// Notes where the leaf that the last descent led to is now.
    func replaceLeaf(with leaf: WritablePage) {
        if root.level == 0 {
            root.reference = leaf.reference(size: root.reference.size)
        } else {
            let step = steps[1]
            step.page.setChild(step.index, leaf.reference(size: step.page.page.child(step.index).size))
        }
    }

    // MARK: Pages to let go

    func retire(_ page: WritablePage) {
        memory.retire(page)
        retired.append(RetiredPage(page: page, created: page.created, freed: version))
    }

    /// Retires what a subtree has in memory, as far as it was made at or after `since`.
    func retireSubtree(_ reference: PageReference, level: Int, since: UInt64) {
        guard reference.isInMemory, WritablePage(reference).created >= since else { return }
        let page = WritablePage(reference).page
        for index in 0..<page.count {
            if level > 0 {
                retireSubtree(page.child(index), level: level - 1, since: since)
            } else if page.overflow == 0 {
                break
            } else if page.ownsCell(index), page.leafCell(index).isOverflow, case let run = page.leafCell(index).run, run.isInMemory,
                WritablePage(run).created >= since
            {
                // A cell of the base leads to no memory; and that page may be somebody else's by now, if this tree isn't read any more.
                retire(WritablePage(run))
            }
        }
        retire(WritablePage(reference))
    }

    /// Frees all memory, when nobody reads any more.
    func freeMemory() {
        if !root.isEmpty { retireSubtree(root.reference, level: root.level, since: 0) }
        for page in retired { memory.freeRetired(page.page) }
        retired = []
        root = Root()
    }

    /// Lets go of a block in memory that the tree no longer refers to.
    private func letGo(_ page: WritablePage) {
        if page.created == version { memory.free(page) } else { retire(page) }
    }

    /// Lets go of a page that the tree no longer refers to, with the base below it if it is an overlay.
    func discard(_ reference: PageReference) {
        guard reference.isInMemory else { return free(reference.page, 1, birth: reference.birth) }
        let page = WritablePage(reference)
        if page.page.isOverlay { free(page.page.overlaid.number, 1, birth: page.page.overlaid.birth) }
        letGo(page)
    }

    /// Lets go of an overflow run that the tree no longer refers to.
    func discardRun(_ run: PageReference) {
        if run.isInMemory { letGo(WritablePage(run)) } else { free(run.page, run.pageCount(pageSize: pageSize), birth: run.birth) }
    }

    private func free(_ start: UInt64, _ count: UInt64, birth: UInt64) {
        freed.append(FreedRun(start: start, count: count, birth: birth, freed: version))
    }

    /// Lets go of a whole subtree without reading those of its pages that are in the file: they are looked at when wanted.
    func cut(_ reference: PageReference, level: Int) {
        if reference.isInMemory {
            let page = WritablePage(reference).page
            for index in 0..<page.count {
                if level > 0 {
                    cut(page.child(index), level: level - 1)
                } else if page.leafCell(index).isOverflow {
                    discardRun(page.leafCell(index).run)
                }
            }
            discard(reference)
        } else if level == 0 && !reference.mayOverflow {
            discard(reference)
        } else {
            cuts.append(CutSubtree(reference: reference, level: level, freed: version))
        }
    }

    /// Once the root has one child, that child is the root; once it has no record, there is none.
    func shrinkRoot() throws(StoreError) {
        while root.level > 0 {
            let page = try view.reader.page(root.reference, level: root.level)
            if page.count > 1 { return }
            let old = root.reference
            root = page.count == 0 ? Root() : Root(reference: page.child(0), depth: root.depth - 1)
            discard(old)
            if root.isEmpty { return }
        }
        if root.isEmpty { return }
        if root.reference.isInMemory && WritablePage(root.reference).page.count == 0 {
            discard(root.reference)
            root = Root()
        }
    }
}

/// Pages of the file that no state from `freed` on has. Born at `birth`: states before that don't have them either.
struct FreedRun: Equatable {
    var start: UInt64
    var count: UInt64
    var birth: UInt64
    var freed: UInt64
}

/// A subtree that a range delete cut off: its pages are free once somebody has looked which they are.
struct CutSubtree: Equatable {
    var reference: PageReference
    var level: Int
    var freed: UInt64
}

/// A page in memory that states from `created` up to, not including, `freed` may have.
struct RetiredPage {
    var page: WritablePage
    var created: UInt64
    var freed: UInt64
}
