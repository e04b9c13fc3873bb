internal import Synchronization

/// The one writer's side: the tree being changed, the free pages, and what the file holds.
final class Writer: @unchecked Sendable {
    // Sendable: used only in the writer's turn; but `durable`, while a flush waits for the disk, only by the thread that leads it, until
    // `CommitPipeline.beginQuiet` returns; the journal by both.
    let file: any StorageFile
    let options: StoreOptions
    private(set) var opening: UInt64
    /// Random bits of this opening, chosen when something is written.
    private(set) lazy var salt = givenSalt ?? MetaPage.randomSalt()
    private let givenSalt: UInt64?
    /// The format of the meta pages that are written from now on.
    var version: UInt32
    /// What who reads those must know of.
    var readFeatures: UInt32
    /// The states that have a name, and those that had one and may still be seen. Known once the free space is.
    var named: [HeldState] = []
    let published: PublishedState
    let tree: Tree
    /// Read from the file when it is first wanted: readers don't need it.
    var space: FreeSpace?
    var durable: DurableState
    /// The number of the durable flush of pages. A flush that waits for the disk may become the durable one at any time.
    private let newestDurable: Atomic<UInt64>
    /// The number of the newest flush of pages, durable or waiting for the disk: a crash may leave that state or the durable one.
    private(set) var newestFlush: TransactionID
    /// Pages that were written behind it, of which no sync is known.
    var unsyncedPages: PageCount = 0
    var length = FileLength()
    let journal: Journal
    let shipping: Shipping
    /// In an encrypted file.
    let generations: Generations?
    /// The changes that the flush on its way has and no record had: nil if they are not known.
    private var flushedChanges: [UInt8]?
    /// Whether the file tells of this opening.
    private(set) var isClaimed: Bool
    /// The root that the last flush wrote, durable or under way.
    private var flushedRoot: Root
    /// Whether a flush is wanted although no transaction changed anything.
    var wantsFlush = false
    /// What the file tells of this opening for the sake of positions.
    var openingNote = OpeningNote.unknown
    /// The newest number of the openings before this one.
    private(set) var inherited: TransactionID
    /// The number that the next transaction, frozen state or flush gets.
    private(set) var nextTransaction: TransactionID
    private var undo: Undo?
    /// Where the file ended when what lies there couldn't be moved.
    var fixedTail: PageNumber?
    /// The key from which on the next slice takes leaves.
    var nextSlice: [UInt8]?
    private var keptBuffer: FlushBuffer?

    /// The beginning of the running transaction.
    private struct Undo {
        /// Its first number: whatever the transaction made or freed has this one or a later one.
        var first: TransactionID
        var root: Root
        /// Where its pages were written before it ended.
        var spilled: [FreedRun] = []
    }

    init(
        _ file: any StorageFile, _ found: OpenedState, opening: UInt64, options: StoreOptions, published: PublishedState,
        shipping: Shipping, _ generations: Generations? = nil
    ) {
        self.file = file
        self.shipping = shipping
        self.generations = generations
        self.options = options
        self.opening = opening
        givenSalt = found.salt
        version = found.meta.version
        readFeatures = found.meta.readFeatures
        self.published = published
        isClaimed = found.isClaimed
        durable = DurableState(meta: found.meta, place: found.place)
        newestDurable = Atomic(found.meta.transaction.rawValue)
        newestFlush = found.meta.transaction
        flushedRoot = found.meta.root
        journal = Journal(found.meta, file.cipher)
        inherited = found.newest
        nextTransaction = found.newest.next
        tree = Tree(view: published.newest.view, transaction: found.newest.next)
        tree.keepsDigests = found.meta.hasDigests
        if !file.isVolatile { tree.durable = found.meta.transaction }
    }

    /// The salt that the meta pages of this opening have.
    var recordedSalt: UInt64 { version >= MetaPage.stateVersion ? salt : 0 }

    /// Bytes of changed pages from which on some are written. In an encrypted file what changed in a leaf takes all of a page, and decrypting it
    /// again costs more than to read it in a plain one; so the writer has a part of the memory for decrypted pages as well.
    var dirtyByteLimit: Int {
        guard file.cipher != nil, options.dirtyByteLimit < 1 << 60 else { return options.dirtyByteLimit }
        return options.dirtyByteLimit + min(options.decryptedByteLimit / 4, 2 * options.dirtyByteLimit)
    }

    func takeNumber() -> TransactionID {
        defer { nextTransaction = nextTransaction.next }
        return nextTransaction
    }

    /// The number of the durable flush of pages, whether or not a flush waits for the disk.
    var durableFlush: TransactionID { TransactionID(rawValue: newestDurable.load(ordering: .acquiring)) }

    /// Whether the newest flush of pages lacks something that was applied.
    var hasUnflushed: Bool {
        wantsFlush || tree.root != flushedRoot || !tree.freed.isEmpty || !tree.cuts.isEmpty
    }

    /// Whether the file, with its journal, lacks something that was applied, or a flush is wanted all the same.
    var hasUnsaved: Bool {
        wantsFlush || (journal.isRecording ? journal.hasPending : hasUnflushed)
    }

    var isInTransaction: Bool { undo != nil }

    // MARK: Transactions

    func checkNumbers() throws(StoreError) {
        if nextTransaction.isUsedUp { throw .damaged(page: nil, reason: TransactionID.usedUp) }
    }

    func begin() {
        tree.transaction = takeNumber()
        undo = Undo(first: tree.transaction, root: tree.root)
        journal.beginTransaction()
    }

    /// Freezes what the transaction has so far: later changes copy.
    func freeze() -> StoreState {
        let frozen = StoreState(view: tree.view, transaction: tree.transaction)
        published.beginSnapshot(of: frozen.transaction)
        tree.transaction = takeNumber()
        if tree.retired.isWorthReclaiming { reclaimMemory() }
        return frozen
    }

    /// Makes the transaction's state the newest.
    ///
    /// - Returns: whether there is a new state.
    func commit() throws(StoreError) -> Bool {
        let isChanged = undo.map { $0.root != tree.root || !$0.spilled.isEmpty } ?? true
        // Nothing is taken back any more, and what is kept for that would be copied when it changes.
        undo = nil
        if isChanged {
            renewMapping()
            try published.publish(StoreState(view: tree.view, transaction: tree.transaction))
            reclaimMemory()
        } else {
            journal.rollback()
        }
        return isChanged
    }

    /// Takes the tree back to where the transaction began.
    func rollback() {
        guard let undo else { return }
        journal.rollback()
        let now = takeNumber()
        tree.transaction = now
        // The pages that the transaction let go of are in use again; those that it made, only its snapshots may still see.
        tree.retired.restore(tree.memory, freedSince: undo.first)
        if !tree.root.isEmpty { tree.retireSubtree(tree.root.reference, level: tree.root.level, since: undo.first) }
        tree.freed.removeAll { $0.freed >= undo.first }
        tree.cuts.removeAll { $0.freed >= undo.first }
        if !undo.spilled.isEmpty { takeBack(undo.spilled, since: undo.first, at: now) }
        tree.root = undo.root
        self.undo = nil
        reclaimMemory()
    }

    /// Frees the pages that a rolled-back transaction wrote. The older pages that it had freed are all still there: the published state
    /// protected them.
    private func takeBack(_ spilled: [FreedRun], since first: TransactionID, at now: TransactionID) {
        space?.restore(freedSince: first)
        var rest = PageBitmap()
        for part in spilled { rest.insert(part.run) }
        space?.removeFree(from: &rest, bornSince: first)
        // A page that was written twice counts with its second birth: nobody saw the first any more.
        for spill in spilled.reversed() {
            while let part = rest.run(from: spill.run.start, to: spill.run.end) {
                rest.remove(part)
                tree.freed.append(FreedRun(run: part, birth: spill.birth, freed: now))
            }
        }
    }

    func noteSpilled(_ runs: [FreedRun]) { undo?.spilled += runs }

    // MARK: States

    func publish(_ number: TransactionID) throws(StoreError) {
        try published.publish(StoreState(view: tree.view, transaction: number))
    }

    /// Frees the retired pages in memory that no snapshot can see.
    func reclaimMemory() {
        var states = published.live()
        // What the transaction would roll back to. Mostly that is published; but when a sync has failed meanwhile, an older state is.
        if let undo { states.append(undo.first.preceding) }
        tree.retired.reclaim(tree.memory, live: ProtectedStates(states))
    }

    /// Has snapshots show what is durable again, after a write has failed: nobody knows what the disk kept, so nothing more is written.
    ///
    /// A store in memory has nothing durable to go back to, and a failed write takes nothing away from what is applied.
    func fallBack(after error: StoreError) {
        if file.isVolatile { return published.refuseWrites(after: error) }
        published.fallBack(after: error) { newest in
            var state = StoreState(view: newest.view, transaction: durable.transaction)
            state.view.root = durable.meta.root
            if durable.recordCount > 0 {
                // Records that can't be read again aren't shown; they are in the file all the same.
                let replay = Replay(file, durable.meta, newest.view.reader.mapping)
                if (try? replay.advance(to: durable.recordCount)) != nil {
                    state = StoreState(replay)
                }
            }
            return state
        }
    }

    // MARK: The file

    var usesJournal: Bool { options.usesJournal && !file.isVolatile }

    /// Collects the pages of a flush. Kept, as it has a mebibyte of memory.
    func buffer() -> FlushBuffer {
        let buffer = keptBuffer ?? FlushBuffer(file, pageSize: tree.pageSize)
        keptBuffer = buffer
        return buffer
    }

    /// Has the disk keep room, and the address space, for all that has changed. What finds no room fails before any page is given out or
    /// any transaction published, and so takes nothing with it but the transaction that asked for too much.
    func reserve() throws(StoreError) {
        let wanted = endOfChanges
        if wanted > length.reserved { try length.reserve(file, beyond: wanted, pageSize: tree.pageSize) }
        try extendMapping(to: wanted)
    }

    /// Goes on with a longer mapping if the file outgrows the one that there is.
    func extendMapping(to end: UInt64) throws(StoreError) {
        let mapping = tree.view.reader.mapping
        guard end > UInt64(mapping.byteCount) else { return }
        if let generations {
            tree.view.reader.mapping = try generations.current(atLeast: end)
        } else {
            tree.view.reader.mapping = try Mapping.reserve(file, pageSize: tree.pageSize, atLeast: end, previous: mapping)
        }
    }

    /// The same where the file has to do with what it has: with its free pages, also those where a transaction had written that was rolled
    /// back. No flush may be under way.
    func reserveNoMore() throws(StoreError) {
        try loadSpace()
        let begun = undo?.first ?? tree.transaction
        let protected = try protectedStates()
        space?.release(protected: protected)
        space?.absorb(tree.freed.filter { $0.freed < begun }, protected: protected)
        tree.freed.removeAll { $0.freed < begun }
        if endOfChanges > length.reserved { try length.reserve(file, upTo: endOfChanges) }
        try reserve()
    }

    /// Whether the disk has room for `pages` more.
    func mayGrow(by pages: PageCount) -> Bool {
        let end = (highWater + pages + 16).offset(pageSize: tree.pageSize)
        if end <= length.reserved { return true }
        do throws(StoreError) { try length.reserve(file, beyond: end, pageSize: tree.pageSize) } catch { return false }
        return true
    }

    /// Where the file would end at most if everything were written now.
    private var endOfChanges: UInt64 {
        let memory = tree.memory
        // A few for the free-space log and for what a flush frees and can't use itself.
        let singles = memory.pageCount + 16 + PageCount(wholePagesIn: UInt64(space?.log.pending.count ?? 0), pageSize: tree.pageSize)
        let free = space?.free.count ?? 0
        let added = memory.runPageCount + (singles > free ? singles - free : 0)
        return (highWater + added).offset(pageSize: tree.pageSize)
    }

    private var highWater: PageNumber { space?.highWater ?? tree.view.reader.pageLimit }

    func abandonBuffer() { keptBuffer?.abandon() }

    /// Reads the free-space log, unless that was done.
    func loadSpace() throws(StoreError) {
        if space != nil { return }
        try loadNamedStates()
        guard let loaded = try FreeSpace.read(file, durable.meta, protected: try protectedStates()) else {
            throw .damaged(page: durable.meta.space.page, reason: FreeSpace.logFault)
        }
        space = loaded
        // A crash may have left the file longer than it need be, and readers elsewhere may see the part that is too much.
        let pages = PageCount(wholePagesIn: try file.byteCount(), pageSize: tree.pageSize)
        if pages > loaded.highWater.preceding + max(loaded.highWater.preceding / 4, 1024) { length.shrunkAt = durable.transaction }
    }

    /// Notes a meta page that is on its way to the file: what is applied from now on is on top of it.
    func noteFlushed(_ meta: MetaPage) {
        newestFlush = meta.transaction
        unsyncedPages = 0
        flushedRoot = meta.root
        flushedChanges = shipping.isWanted ? journal.unrecorded : nil
        journal.restart(meta)
    }

    /// Notes that a flush is durable.
    func noteDurable(_ meta: MetaPage, changes: [UInt8]?) {
        durable.replace(with: meta)
        newestDurable.store(meta.transaction.rawValue, ordering: .releasing)
        shipping.add(meta.transaction, changes)
    }

    /// The same, of a flush that has what was noted when it began.
    func noteFlushDurable(_ meta: MetaPage) {
        noteDurable(meta, changes: flushedChanges)
        flushedChanges = nil
    }

    /// The meta page of the state `number`, on top of the durable one.
    func nextMeta(_ number: TransactionID) -> MetaPage {
        var meta = durable.meta
        meta.previous = durable.transaction
        meta.transaction = number
        meta.opening = opening
        meta.version = version
        meta.readFeatures = readFeatures
        meta.setSalt(salt)
        return meta
    }

    /// Goes on as an opening of a greater number, of which the file tells when this returns.
    func raiseOpening(to number: UInt64) throws(StoreError) {
        // Who follows this file is not to be told states of one opening as states of the other.
        shipping.end()
        opening = number
        inherited = nextTransaction.preceding
        openingNote = .wanted
        try flush(whole: true)
    }

    /// Has the file tell of this opening, and have a journal, before its first transaction begins.
    func claim() throws(StoreError) {
        if isClaimed { return }
        if usesJournal && journal.run == nil {
            do throws(StoreError) { try reserve() } catch { try reserveNoMore() }
            return try flush(whole: false)
        }
        var meta = nextMeta(takeNumber())
        meta.isWhole = true
        do {
            try meta.write(file, MetaPage.other(durable.place))
            try file.sync()
        } catch {
            published.refuseWrites(after: error)
            throw error
        }
        noteDurable(meta, changes: [])
        newestFlush = meta.transaction
        unsyncedPages = 0
        journal.restart(meta)
        isClaimed = true
    }

    /// Makes the tree's state durable, all in the writer's turn.
    ///
    /// - Parameter closes: whether nothing comes after it.
    func flush(whole: Bool, closes: Bool = false) throws(StoreError) {
        try finishFlush(beginFlush(whole: whole, closes: closes))
        isClaimed = true
    }

    /// Writes the newest meta page over the other one too: in a file at rest either will do.
    func copyMeta() throws(StoreError) {
        try durable.meta.write(file, MetaPage.other(durable.place))
        try file.sync()
    }
}

/// Whether the file has a record of an opening, by which positions of it are known later (`Store.position`).
enum OpeningNote {
    /// Nobody has looked whether the file has such records.
    case unknown
    /// It has none, and nobody has asked for a position.
    case unwanted
    case wanted
    case noted
}

/// The state that a crash would leave of the file.
struct DurableState {
    /// The meta page of the newest durable flush, and the page that it is in.
    private(set) var meta: MetaPage
    private(set) var place: PageNumber
    /// Journal records that are durable, counted from that flush.
    var recordCount: UInt64 = 0

    init(meta: MetaPage, place: PageNumber) {
        self.meta = meta
        self.place = place
    }

    var transaction: TransactionID { meta.transaction }

    /// Notes that another meta page is durable, in the other place.
    mutating func replace(with meta: MetaPage) {
        self = DurableState(meta: meta, place: MetaPage.other(place))
    }
}
