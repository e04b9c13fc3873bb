import Ground
import Synchronization

/// An engine, and the view of its newest state that those share who read it at the same time: between two commits there is one state. Where
/// other processes write as well, whether it is still the newest one is asked each time.
final class EngineStore: Sendable {
    private struct State {
        weak var newest: (any EngineView)?
        /// The same, for as long as something is read of it every now and then: to begin one is a trip.
        var kept: (any EngineView)?
        var isUsed = false
        /// Whether somebody looks whether it is.
        var isWatched = false
        /// The number of the newest commit that this process has made.
        var committed: UInt64 = 0

        var current: (any EngineView)? {
            guard let newest, newest.isUsable, newest.number >= committed else { return nil }
            return newest
        }

        /// The newest state, if it is here, and whether somebody has to be told to look after it. It is kept from now on: it may be one that a
        /// reader has kept alive alone.
        mutating func use() -> (view: any EngineView, begins: Bool)? {
            guard let current else { return nil }
            (kept, isUsed) = (current, true)
            return (current, !exchange(&isWatched, with: true))
        }
    }

    private struct RoughCount {
        var count: Int
        /// Of the state that was counted.
        var number: UInt64
        /// Until when it does for other states.
        var end: MonotonicTime
    }

    let engine: any KeyValueEngine
    private let state = Mutex(State())
    let sharedCommits = SharedCommits()
    /// Nil where others may write as well.
    let keptRows: KeptRows?
    let turnCommits: TurnCommits
    /// What the engine told of itself last, and its servers.
    let companyAnswers = LastAnswer<EngineCompany>()
    let hostAnswers = LastAnswer<[EngineCompany.Host]>()
    let figureAnswers = LastAnswer<Figures>()
    let numberAnswers = LastAnswer<UInt64>()
    private let counts = Mutex<[KeyInterval: RoughCount]>([:])
    /// Of the newest state that was read here.
    private let metadataNumber = Atomic<UInt64>(0)

    /// For how long a view is kept at the least, and twice as long at the most.
    private static let keptTime = Duration.milliseconds(100)
    /// How often it is asked whether another process has taken over, while views are used.
    private static let askingTime = Duration.seconds(1)
    private let watching = Monitored((isWanted: false, isOver: false))
    private let viewing = Combiner<Void, Result<any EngineView, CatalogError>>(largestCount: 256)

    /// - Parameter tree: what transactions change is there until the engine has it.
    init(_ engine: any KeyValueEngine, _ tree: OverlayTree, _ options: CatalogOptions) {
        self.engine = engine
        keptRows = engine.isShared || engine.isReadOnly ? nil : KeptRows(limit: options.keptByteLimit)
        turnCommits = TurnCommits(tree)
        if !engine.isShared, !engine.isReadOnly { watch() }
    }

    deinit { watching.update { $0.isOver = true } }

    func view() throws(CatalogError) -> any EngineView {
        if engine.isReadOnly { return try engine.view() }
        if !engine.isShared, let known = viewInUse { return known }
        return try viewing.answer(()) { all in
            let view: Result<any EngineView, CatalogError>
            // Those before may have made one.
            if !engine.isShared, let known = viewInUse {
                view = .success(known)
            } else {
                do throws(CatalogError) { view = .success(try makeView()) } catch { view = .failure(error) }
            }
            return all.map { _ in view }
        }.get()
    }

    /// The newest state if it can be had, and kept records read of it, without a trip; nil where others may write as well.
    var viewAtHand: (any EngineView)? { keptRows == nil ? nil : viewInUse }

    /// The newest state, if it is here. Where others may write as well, that has to be asked.
    private var viewInUse: (any EngineView)? {
        guard let (view, begins) = state.withLock({ $0.use() }) else { return nil }
        if begins { watching.update { $0.isWanted = true } }
        return view
    }

    private func makeView() throws(CatalogError) -> any EngineView {
        let asked = MonotonicTime.now
        let made = try engine.view()
        keptRows?.prove(at: asked)
        metadataNumber.max(made.metadataNumber, ordering: .relaxed)
        let (view, old, begins) = state.withLock { state -> (any EngineView, (any EngineView)?, Bool) in
            if engine.isShared {
                // What others watch changes between two commits, too.
                if let known = state.current, known.number >= made.number, known.watchNumber >= made.watchNumber, !known.isBusy {
                    return (known, nil, false)
                }
                state.newest = made
                return (made, nil, false)
            }
            let old = state.kept
            defer { (state.newest, state.kept, state.isUsed, state.isWatched) = (made, made, true, true) }
            return (made, old, !state.isWatched)
        }
        // Not under the lock: it may be let go of.
        withExtendedLifetime(old) {}
        if begins { watching.update { $0.isWanted = true } }
        return view
    }

    /// Has somebody look whether views that are kept are still used.
    func watchViews() {
        let begins = state.withLock { state in !exchange(&state.isWatched, with: true) }
        if begins { watching.update { $0.isWanted = true } }
    }

    /// Lets go of a view that nothing has been read of for a while.
    private func watch() {
        _ = try? SystemThread(stackByteCount: 256 << 10) { [watching, weak self] in
            while true {
                let isOver = watching.wait { state -> Bool? in
                    guard !state.isOver else { return true }
                    defer { state.isWanted = false }
                    return state.isWanted ? false : nil
                }
                if isOver { return }
                var nextAsking = MonotonicTime.now + Self.askingTime
                while watching.wait(until: .now + Self.keptTime, { $0.isOver ? () : nil }) == nil, self?.tidy() == true {
                    guard .now > nextAsking else { continue }
                    self?.dropViewIfReplaced()
                    nextAsking = .now + Self.askingTime
                }
            }
        }
    }

    /// Returns whether there is something to look after.
    private func tidy() -> Bool {
        keptRows?.dropGone()
        let hasView = sharedCommits.letGoOfOldView()
        let (isUsed, old) = state.withLock { state -> (Bool, (any EngineView)?) in
            defer { state.isUsed = false }
            if state.isUsed || hasView { return (true, nil) }
            defer { (state.kept, state.isWatched) = (nil, false) }
            return (false, state.kept)
        }
        withExtendedLifetime(old) {}
        return isUsed
    }

    /// What is read all the time is asked of one view, which tells nothing of another process that has taken over.
    private func dropViewIfReplaced() {
        let asked = MonotonicTime.now
        do throws(CatalogError) {
            _ = try engine.newestNumber()
            keptRows?.prove(at: asked)
        } catch {
            guard error.kind == .writesStopped else { return }
            keptRows?.forget()
            sharedCommits.letGoOfOldView(at: nil)
            let old = state.withLock { state in
                defer { (state.newest, state.kept) = (nil, nil) }
                return state.kept
            }
            withExtendedLifetime(old) {}
        }
    }

    func close() {
        watching.update { $0.isOver = true }
        sharedCommits.letGoOfOldView(at: nil)
        let old = state.withLock { state in exchange(&state.kept, with: nil) }
        withExtendedLifetime(old) {}
        keptRows?.forget()
        engine.close()
    }

    /// The view of a state that stays the newest one for as long as this process has the turn; nil if it has lost it meanwhile.
    func view(ofTurnAt number: UInt64) throws(CatalogError) -> (any EngineView)? {
        if !engine.isShared {
            if let known = state.withLock({ $0.current }), known.number == number { return known }
            return try engine.viewOfTurn()
        }
        let made = try view()
        return made.number == number ? made : nil
    }

    /// Begins a turn among the processes in which several transactions may commit. Returns its number.
    func beginSharedTurn(_ view: any EngineView) -> UInt64 {
        sharedCommits.forgetRecords(unlessOf: view)
        return turnCommits.open(view)
    }

    var knownMetadataNumber: UInt64 { metadataNumber.load(ordering: .relaxed) }

    /// How many keys an interval has, or had a short while ago: counting takes time in proportion, and of that no more than a hundredth of all.
    func roughCount(_ interval: KeyInterval, _ view: any EngineView) throws(CatalogError) -> Int {
        let begun = MonotonicTime.now
        let known = counts.withLock { $0[interval] }
        if let known, known.number == view.number || begun < known.end { return known.count }
        let count = try view.count(from: interval.lower, to: interval.upper)
        let now = MonotonicTime.now
        let took = now - begun
        counts.withLock { counts in
            if counts.count >= 1000 { counts = [:] }
            counts[interval] = RoughCount(count: count, number: view.number, end: now + max(.milliseconds(500), took * 100))
        }
        return count
    }

    /// Returns the number of the newest state.
    @discardableResult
    func commit(_ changes: EngineChanges, after number: UInt64, _ durability: Durability) throws(CatalogError) -> UInt64 {
        let committed: EngineCommit
        do throws(CatalogError) { committed = try engine.commit(changes, after: number, durability) } catch {
            // What had become of an attempt may have been found out before, which makes a state as well.
            state.withLock { $0.committed = max($0.committed, engine.knownNumber) }
            throw error
        }
        // Before somebody begins with that state.
        keptRows?.pass(changes, from: number, to: committed.state)
        state.withLock { $0.committed = committed.state }
        if changes.changesMetadata { metadataNumber.max(committed.number, ordering: .relaxed) }
        return committed.state
    }
}

/// Goes over the rows of a view, page by page: small ones at first, for most that is begun wants few rows, then one of 256 KiB, and those of a
/// MiB from then on, as far as the rows before tell. However large those are that follow, a page has no more than ``EnginePage/byteCount``, or
/// one row.
/// Beside it stands how far a ``KeyValueCursor`` has merged them with what a transaction has changed.
final class EngineCursor {
    private static let pageByteCount = 256 << 10
    /// Between two pages an engine waits for the question. The larger they are, the less it does.
    private static let largestByteCount = 1 << 20
    private static let firstCount = 4
    private static let largestCount = 4096
    /// Who has read a page of so many rows to its end mostly reads the next one.
    private static let expectingCount = 256
    /// After so many bytes of a page it is looked what has come of the next one: less than connections have room for.
    private static let receivedByteCount = 64 << 10

    private let view: any EngineView
    private var interval: KeyInterval
    /// What of it is behind the page.
    private var left: KeyInterval
    let isReversed: Bool
    private let onlyKeys: Bool
    /// The page that the cursor is in.
    private(set) var rows = EngineRows.none
    private(set) var position = -1
    /// Whether there is nothing behind the page.
    private var isLast = false
    private var limit = EngineCursor.firstCount
    /// How many rows are to be passed over before the next page.
    private var skipped = 0
    /// At which row of the page more of the next one is taken, and every how many rows again. An engine waits where much was not taken.
    private var receiving = (position: Int.max, stride: 0)

    /// Whether a transaction has changed anything.
    let hasOverlay: Bool
    var merge = Merge()

    /// Where the two sides of a merge stand.
    struct Merge {
        var isBaseKnown = false
        var hasBase = false
        var isOverlayKnown = false
        var hasOverlay = false
        /// Whether the record that was moved to is one of the transaction.
        var isAtOverlay = false
    }

    init(_ view: any EngineView, _ interval: KeyInterval, reversed: Bool, hasOverlay: Bool, onlyKeys: Bool = false) {
        self.view = view
        self.interval = interval
        left = interval
        isReversed = reversed
        self.hasOverlay = hasOverlay
        self.onlyKeys = onlyKeys
        isLast = interval.isEmpty
    }

    var key: Bytes { rows.key(position) }
    var value: Bytes { rows.value(position) }

    /// Moves on; false at the end.
    func advance() throws(CatalogError) -> Bool {
        if position + 1 < rows.count {
            position += 1
            if position >= receiving.position { receive() }
            return true
        }
        receiving.position = .max
        guard !isLast else { return false }
        if rows.count > 0 { pass(rows.key(rows.count - 1).copy()) }
        guard !left.isEmpty else {
            isLast = true
            return false
        }
        let found = try view.page(nextPage)
        skipped = 0
        isLast = found.count < limit && !found.isCut
        if found.count > 0 { limit = nextLimit(behind: found) }
        rows = found
        position = found.count > 0 ? 0 : -1
        if !isLast, found.count >= Self.expectingCount { expectNext() }
        return found.count > 0
    }

    private func nextLimit(behind page: EngineRows) -> Int {
        let byteCount = max(1, page.byteCount / page.count)
        let least = max(1, min(Self.firstCount, EnginePage.byteCount / byteCount))
        // A larger one comes next.
        if page.isCut { return least }
        func count(_ pageByteCount: Int) -> Int { max(least, min(limit * 16, pageByteCount / byteCount, Self.largestCount)) }
        let more = count(min(Self.largestByteCount, max(Self.pageByteCount, 4 * page.byteCount)))
        // Where the page would end at a value as large as one of these, another one that is larger is no gain.
        return page.largestValueByteCount <= EnginePage.largestValueByteCount(of: more) ? more : count(Self.pageByteCount)
    }

    private var nextPage: EnginePage {
        EnginePage(lower: left.lower, upper: left.upper, isReversed: isReversed, skipped: skipped, limit: limit, onlyKeys: onlyKeys)
    }

    /// Has the page behind this one on its way while this one is used.
    private func expectNext() {
        let here = left
        pass(rows.key(rows.count - 1).copy())
        if !left.isEmpty {
            view.expect(nextPage)
            receiving.stride = max(1, rows.count * Self.receivedByteCount / max(1, rows.byteCount))
            receiving.position = receiving.stride
        }
        left = here
    }

    private func receive() {
        view.receive()
        receiving.position = position + receiving.stride
    }

    /// Leaves out what stands before a key and the key itself.
    private func pass(_ key: [UInt8]) {
        if isReversed { left.upper = key } else { left.lower = key + [0] }
    }

    /// Passes over rows.
    func skip(_ count: Int) throws(CatalogError) {
        let here = min(count, rows.count - 1 - position)
        position += here
        // Those behind the page are passed over by the engine.
        guard count > here, !isLast else { return }
        if rows.count > 0 { pass(rows.key(rows.count - 1).copy()) }
        (rows, position) = (.none, -1)
        skipped += count - here
    }

    /// Goes on with the records of another interval.
    func restart(_ interval: KeyInterval) {
        self.interval = interval
        left = interval
        (rows, position, skipped, limit) = (.none, -1, 0, Self.firstCount)
        isLast = interval.isEmpty
        merge = Merge()
    }

    /// Goes to a key within the interval.
    func seek(to key: [UInt8]) {
        merge = Merge()
        if position >= 0, isBefore(rows.key(position), key) {
            var next = position + 1
            while next < rows.count, isBefore(rows.key(next), key) { next += 1 }
            if next < rows.count || isLast {
                position = next - 1
                return
            }
        }
        left = interval
        if isReversed { left.upper = least(interval.upper, key + [0]) } else { left.lower = greatest(interval.lower, key) }
        (rows, position, skipped) = (.none, -1, 0)
        isLast = left.isEmpty
    }

    private func isBefore(_ row: Bytes, _ key: [UInt8]) -> Bool {
        let order = key.span.withBytes { Bytes.compare(row, $0) }
        return isReversed ? order > 0 : order < 0
    }

    private func greatest(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] { a.lexicographicallyPrecedes(b) ? b : a }

    private func least(_ a: [UInt8]?, _ b: [UInt8]) -> [UInt8] {
        guard let a else { return b }
        return a.lexicographicallyPrecedes(b) ? a : b
    }
}
