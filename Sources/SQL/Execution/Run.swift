import Catalog
import Ground
import ReQLish

/// One execution of a statement: the state it reads, its parameters, what its parts keep, and whether it was cancelled.
final class Run {
    let session: Session
    let parameters: [SQLValue]
    /// Values of outer rows that inner queries read.
    var slots: [SQLValue]
    let cancellation: Cancellation
    /// The state that all of the statement reads.
    let state: ReadState
    /// Rows of common tables, by the number of the table in the statement.
    var commonTables: [ObjectIdentifier: KeptRows] = [:]
    /// Rows that several parts of the statement read.
    var sharedRows: [ObjectIdentifier: SharedRowsPlan.Kept] = [:]
    /// Rows of system catalogs, which are made once.
    var systemRows: [SystemRows: [Row]] = [:]
    /// Results of subqueries.
    var results: [ObjectIdentifier: KnownResults] = [:]
    /// What subqueries that are computed of many rows at once are for the row at hand.
    var answers: [ObjectIdentifier: SQLValue] = [:]
    /// The rows that IN and its kin compare with.
    var candidates: [ObjectIdentifier: CandidateRows] = [:]
    /// Keys of cells that USING has chosen, by the values that they depend on.
    var chosenCells: [ObjectIdentifier: [GroupKey: [[Datum]]]] = [:]
    /// Rows of cell groups by their keys, by the group's id.
    var cellRows: [String: [GroupKey: Row]] = [:]
    /// How often scans that depend on rows outside were begun, and the rows of those that are begun often.
    var scanCounts: [ObjectIdentifier: Int] = [:]
    var keptScans: [ObjectIdentifier: KeptScan] = [:]
    /// What looking for partners has cost joins, and of how many rows; how many rows tables have.
    var lookupCosts: [ObjectIdentifier: (cost: Int, rows: Int)] = [:]
    var documentCounts: [ObjectIdentifier: Int] = [:]
    /// What scans need whenever they are begun.
    var scanSetups: [ObjectIdentifier: ScanSetup] = [:]
    /// What joins above have scans look for, while these are opened.
    var joinFilters: [ObjectIdentifier: [JoinFilter]] = [:]
    /// Scans that are to be read in an order, while they are opened.
    var orderedReads: [ObjectIdentifier: OrderedRead] = [:]
    /// Values that are computed once.
    var knownValues: [ObjectIdentifier: SQLValue] = [:]
    /// Calls whose notices are told once.
    var toldCalls: Set<ObjectIdentifier> = []
    /// Whether the client hears of notices: nobody asked for what is computed ahead, or to choose a plan.
    var tellsClient = true
    /// How many of the best rows are wanted of scans, while they are opened.
    var bestCounts: [ObjectIdentifier: Int] = [:]
    /// Rows that were computed before the statement writes.
    var gathered: [ObjectIdentifier: GatheredRows] = [:]
    /// What the statement has written.
    var writes: StatementWrites {
        if let statementWrites { return statementWrites }
        let made = StatementWrites(self)
        statementWrites = made
        return made
    }
    private var statementWrites: StatementWrites?
    /// Somebody reads its rows after the statement has returned, and ends it.
    var isHeld = false
    private var hasEnded = false
    /// Rows that the statement itself has changed, for its tag.
    var changedCount = 0
    /// What the statement keeps, and what its large values have taken since the batch began in which they were made.
    private var keptByteCount = 0
    private(set) var madeByteCount = 0
    private let memory: QueryMemory
    /// What operators have put into temporary files.
    var spilledBytes = 0
    /// What one operator may hold before it puts rows into a file: a part, as there may be several.
    let operatorShare: Int
    /// What is granted to an operator whatever the others hold.
    static let leastShare = 64 << 10
    /// What all operators may put into temporary files.
    let spillLimit: Int
    let codec = RowCodec()
    /// What its plan takes, where it is much.
    var held: CountedBytes?
    /// Of EXPLAIN ANALYZE: what the steps of the plan give, and how long they take.
    let measures: PlanMeasures?

    init(_ session: Session, _ state: ReadState, parameters: [SQLValue], slotCount: Int, _ cancellation: Cancellation) {
        self.session = session
        self.state = state
        self.parameters = parameters
        self.cancellation = cancellation
        measures = session.measures
        slots = Array(repeating: .null, count: slotCount)
        memory = session.memory
        spillLimit = session.pando.options.spillLimit
        var share = memory.limit / 4
        if let kilobytes = session.settingsStore.statements.workMemory, kilobytes < share >> 10 { share = kilobytes << 10 }
        operatorShare = max(share, Self.leastShare)
        heedStops()
        session.runs.append(self)
    }

    /// Has what its memory knows of ask whether the statement is to end, whose time may have begun anew.
    func heedStops() {
        let (cancellation, canceller, timeout) = (cancellation, session.canceller, session.timeout)
        memory.stop { cancellation.isCancelled || canceller.isTurnOver || timeout.map { $0 < .now } ?? false }
    }

    var catalog: Catalog { session.pando.catalog }

    /// What names lead to in that state.
    private(set) lazy var definitions: Definitions = {
        if let known = session.definitions, known.state === state { return known }
        return Definitions(session, state)
    }()

    /// Lets go of what it keeps, parts of which know the run in their turn.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        if !commonTables.isEmpty { commonTables = [:] }
        if !sharedRows.isEmpty { sharedRows = [:] }
        if !systemRows.isEmpty { systemRows = [:] }
        if !results.isEmpty { results = [:] }
        if !candidates.isEmpty { candidates = [:] }
        if !keptScans.isEmpty { keptScans = [:] }
        if !scanSetups.isEmpty { scanSetups = [:] }
        if !gathered.isEmpty { gathered = [:] }
        if statementWrites != nil { statementWrites = nil }
    }

    deinit {
        let byteCount = keptByteCount + madeByteCount
        if byteCount > 0 { memory.giveBack(byteCount: byteCount) }
    }

    /// Throws if the statement was cancelled. Called between batches: what was made for the one before is gone, but for what is kept.
    func check() throws(SQLError) {
        if madeByteCount > 0 {
            memory.giveBack(byteCount: madeByteCount)
            madeByteCount = 0
        }
        memory.forgetExpected()
        if cancellation.isCancelled {
            throw SQLError.canceled
        }
        if let deadline = session.deadline, MonotonicTime.now > deadline { throw session.timedOut }
    }

    /// Notes that rows are kept in memory. Throws `53200` if they are too many.
    func keep(_ rows: Int, width: Int) throws(SQLError) {
        try take(rows * (width * 40 + 32))
    }

    /// The same of rows with their contents, as far as these are long.
    func keep(_ batch: [Row], width: Int) throws(SQLError) {
        try take(Self.byteCount(of: batch, width: width))
    }

    /// What rows take in memory, about.
    static func byteCount(of rows: [Row], width: Int) -> Int {
        var byteCount = rows.count * (width * 40 + 32)
        for row in rows { for value in row { byteCount += value.longByteCount } }
        return byteCount
    }

    static func byteCount(of row: Row) -> Int {
        var byteCount = row.count * 40 + 32
        for value in row { byteCount += value.longByteCount }
        return byteCount
    }

    /// Counts bytes that an operator holds, until it gives them back. They are there already: where there is no room, it is told why.
    func hold(_ byteCount: Int) -> SQLError? {
        do throws(DatumError) { try memory.take(byteCount: byteCount) } catch {
            memory.note(byteCount: byteCount)
            return SQLError(outOfMemory: error)
        }
        return nil
    }

    func giveBack(_ byteCount: Int) { memory.giveBack(byteCount: byteCount) }

    /// Counts bytes that are kept until the statement ends.
    func take(_ byteCount: Int) throws(SQLError) {
        do throws(DatumError) { try memory.take(byteCount: byteCount) } catch { throw SQLError(outOfMemory: error) }
        keptByteCount += byteCount
    }

    /// Gives back bytes that were taken to be kept, before the statement ends.
    func keepNoLonger(_ byteCount: Int) {
        keptByteCount -= byteCount
        giveBack(byteCount)
    }

    /// Counts bytes that may be kept until the statement ends, but need not be. False if there is no room for them.
    func hasRoom(for byteCount: Int) -> Bool {
        do throws(DatumError) { try memory.take(byteCount: byteCount) } catch { return false }
        keptByteCount += byteCount
        return true
    }

    /// Counts a value that was just computed, if it is large, until the batch is over in which it was made.
    @inline(__always) func note(_ value: SQLValue) throws(SQLError) {
        // It may have been given up in the middle.
        if cancellation.isCancelled { try check() }
        let byteCount = value.largeByteCount
        if byteCount > 0 { try noteLarge(byteCount) }
    }

    /// What was made for a row since there was so much is gone.
    @inline(__always) func drop(to byteCount: Int) {
        guard madeByteCount > byteCount else { return }
        memory.giveBack(byteCount: madeByteCount - byteCount)
        madeByteCount = byteCount
    }

    private func noteLarge(_ byteCount: Int) throws(SQLError) {
        do throws(DatumError) { try memory.takeMade(byteCount: byteCount) } catch { throw SQLError(outOfMemory: error) }
        madeByteCount += byteCount
    }

    /// Has a slot of that number.
    func needSlots(_ number: Int) { while slots.count <= number { slots.append(.null) } }

    /// The labels of an enum in their order; nil for other types.
    func labels(of type: SQLType) -> [String]? {
        guard type.oid >= 16384 else { return nil }
        guard case .enum(let labels)? = session.types.type(type.oid)?.kind else { return nil }
        return labels
    }
}

/// Results of a subquery, by the values that it depends on: as long as enough of them come again.
final class KnownResults {
    private static let most = 100_000
    /// If fewer than one of eight of so many have come again, it takes longer to remember them than it helps.
    private static let trial = 1500
    private static let leastShare = 8

    private var results: [GroupKey: SQLValue] = [:]
    private var askedCount = 0
    private var foundCount = 0

    var isUseful: Bool { askedCount < Self.trial || foundCount * Self.leastShare >= askedCount }

    func find(_ key: GroupKey) -> SQLValue? {
        askedCount += 1
        guard let found = results[key] else { return nil }
        foundCount += 1
        return found
    }

    func add(_ value: SQLValue, for key: GroupKey, _ run: Run) {
        guard results.count < Self.most, run.hasRoom(for: 160 + key.values.count * 40 + value.longByteCount) else { return }
        results[key] = value
    }
}

/// Rows that are read more than once: pulled from their source as they are wanted.
final class KeptRows {
    private(set) var rows: [Row] = []
    private var source: RowSource?
    let run: Run
    private let width: Int

    init(_ run: Run, width: Int, _ source: RowSource?) {
        self.run = run
        self.width = width
        self.source = source
    }

    /// Whether there is a row of that number; reads on if it has to.
    func has(_ index: Int) throws(SQLError) -> Bool {
        while index >= rows.count {
            guard let source else { return false }
            guard let batch = try source() else {
                self.source = nil
                return false
            }
            try run.keep(batch, width: width)
            rows += batch
        }
        return true
    }

    func all() throws(SQLError) -> [Row] {
        _ = try has(.max)
        return rows
    }

    /// A reader from the first row on.
    func reader() -> RowSource {
        var position = 0
        return { () throws(SQLError) in
            guard try self.has(position) else { return nil }
            let end = min(self.rows.count, position + Plan.batchCount)
            defer { position = end }
            return Array(self.rows[position..<end])
        }
    }
}

/// Hands out the next rows, never an empty batch; nil at the end, once.
typealias RowSource = () throws(SQLError) -> [Row]?

/// What a query does, step by step: an operator over others. Opened for each time it runs.
class Plan {
    static let batchCount = 1024
    /// Of a batch that is read from bytes: it ends with the row that brings it there.
    static let batchByteCount = 1 << 20

    let children: [Plan]
    /// How many steps stand one below the other, this one among them.
    let depth: Int

    /// - Parameter depth: that of what it reads and that is no child of its own.
    init(_ children: [Plan] = [], over depth: Int = 0) {
        self.children = children
        self.depth = 1 + children.reduce(depth) { max($0, $1.depth) }
    }

    /// What gives its rows, batch after batch.
    final func open(_ run: Run) throws(SQLError) -> RowSource {
        guard let measures = run.measures else { return try begin(run) }
        return try measures.measuring(self) { () throws(SQLError) in try begin(run) }
    }

    /// What ``open(_:)`` does.
    func begin(_ run: Run) throws(SQLError) -> RowSource {
        preconditionFailure("\(Swift.type(of: self)) can't be opened")
    }

    /// Whether it gives a row. Of the row nothing is computed that isn't needed for that.
    func hasRows(_ run: Run) throws(SQLError) -> Bool { try open(run)() != nil }

    /// The scan that gives a row whenever it does; nil if that hangs on more.
    var scanOfExistence: ScanPlan? { nil }

    /// The same for somebody who looks at these columns only: others may be NULL.
    func computing(_ used: Set<Int>) -> Plan { self }

    /// The scan that fills a position, if a row of it may be left out as soon as an equality of what stands there can't hold; nil otherwise.
    func scan(filling position: Int) -> ScanPlan? { nil }

    /// The rows of a plan that gives one at most, which is found at once; nil: it has to be opened.
    func rowAtOnce(_ run: Run) throws(SQLError) -> [Row]? { nil }

    /// Whether it does nothing but to look at one document, by its key.
    var isOfKey: Bool { false }

    /// That document's key, and its table; nil if there can't be one.
    func documentOfKey(_ run: Run) throws(SQLError) -> (key: Datum, table: TableConfig)? { nil }

    /// What it computes and compares: EXPLAIN shows the queries in it.
    var expressions: [Scalar] { [] }

    /// What EXPLAIN calls it, and the lines below.
    var title: String { "\(Swift.type(of: self))" }
    /// What the query calls the table that is read, if that is another name.
    var alias: String? { nil }
    /// - Parameter text: what writes expressions.
    func details(_ text: ScalarText) -> [String] { [] }
    /// Whether EXPLAIN shows it; otherwise what is below stands in its place.
    var isShown: Bool { !isOfStepBelow }
    /// Whether it is a part of the step below for EXPLAIN: PostgreSQL's steps choose and compute what they give.
    var isOfStepBelow: Bool { false }
    /// Whether EXPLAIN shows with it which of its rows are chosen.
    var showsConditions: Bool { false }
    /// Whether it makes the rows of something that stands in FROM, or that they are put to their places from.
    var isScan: Bool { false }
    final var shown: Plan { isShown ? self : children[0].shown }
    /// Whether its rows are those of a table, or of something else that stands in FROM.
    var isOfEntry: Bool { false }
    /// How many rows it may give, about.
    var estimate: Int { children.first?.estimate ?? 1000 }
    /// How that was come by; nil where it is no better than what is below, or a guess.
    var estimateKind: EstimateKind? { nil }

    /// Does something with each row. It may write: all of the statement reads the state that it began with.
    final func forEach(_ run: Run, _ body: (Row) throws(SQLError) -> Void) throws(SQLError) {
        let source = try open(run)
        while let batch = try source() {
            for row in batch { try body(row) }
            try run.check()
        }
    }

    /// Gives rows that are in memory.
    static func source(_ rows: [Row]) -> RowSource {
        var position = 0
        return { () throws(SQLError) in
            guard position < rows.count else { return nil }
            if position == 0, rows.count <= batchCount {
                position = rows.count
                return rows
            }
            let end = min(rows.count, position + batchCount)
            defer { position = end }
            return Array(rows[position..<end])
        }
    }
}

/// Where a query inside of another comes from.
class QueryOrigin {
    /// Whether the same was said at the same place.
    func isSame(as other: QueryOrigin) -> Bool { self === other }
}

/// A query inside of another, and what it needs of the rows around it.
final class Subplan {
    let plan: Plan
    let columns: [SQLType]
    /// Slots that are filled from the row outside before it runs; the expressions are operands of whoever runs it.
    let ownSlots: [Int]
    /// All slots of rows outside that it reads, its own among them.
    let outerSlots: Set<Int>
    let isVolatile: Bool
    /// Of its first column, if that is a record.
    var recordFields: [SQLRecord.Field]?
    /// What it was made of: of one origin are the same queries.
    var origin: QueryOrigin?

    init(_ plan: Plan, columns: [SQLType], ownSlots: [Int], outerSlots: Set<Int>, isVolatile: Bool) {
        self.plan = plan
        self.columns = columns
        self.ownSlots = ownSlots
        self.outerSlots = outerSlots
        self.isVolatile = isVolatile
        sortedSlots = outerSlots.sorted()
    }

    private let sortedSlots: [Int]

    /// What its result depends on. Values that are equal need not be alike (1.0 and 1.00, a month and 30 days): of such the bytes tell.
    func key(_ run: Run) throws(SQLError) -> GroupKey {
        let values = sortedSlots.map { run.slots[$0] }
        if values.allSatisfy(\.isAlikeIfEqual) { return GroupKey(values) }
        var image = ByteBuffer(capacity: 64)
        try run.codec.append(values, to: &image)
        return GroupKey([.bytes(image.bytes)])
    }

    func fill(_ operands: ArraySlice<Scalar>, _ row: Row, _ run: Run) throws(SQLError) {
        if let most = sortedSlots.last { run.needSlots(most) }
        for (slot, operand) in zip(ownSlots, operands) { run.slots[slot] = try operand.value(row, run) }
    }
}

extension SQLValue {
    /// Whether a value of its kind that is equal to it is the same in every way.
    fileprivate var isAlikeIfEqual: Bool {
        switch self {
        case .double(let number): number != 0
        case .numeric, .interval, .timetz, .inet, .array, .record: false
        default: true
        }
    }
}
