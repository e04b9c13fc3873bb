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
    /// Results of subqueries, by the values that they depend on.
    var results: [ObjectIdentifier: [GroupKey: SQLValue]] = [:]
    /// The rows that IN and its kin compare with.
    var candidates: [ObjectIdentifier: [GroupKey: CandidateRows]] = [:]
    /// Keys of cells that USING has chosen, by the values that they depend on.
    var chosenCells: [ObjectIdentifier: [GroupKey: [[Datum]]]] = [:]
    /// Rows of cell groups by their keys, by the group's id.
    var cellRows: [String: [GroupKey: Row]] = [:]
    /// How often scans that depend on rows outside were begun, and the rows of those that are begun often.
    var scanCounts: [ObjectIdentifier: Int] = [:]
    var keptScans: [ObjectIdentifier: KeptScan] = [:]
    /// What the statement has written.
    private(set) lazy var writes = StatementWrites(self)
    /// Rows that the statement itself has changed, for its tag.
    var changedCount = 0
    private var keptBytes = 0
    private let memoryLimit: Int

    init(_ session: Session, _ state: ReadState, parameters: [SQLValue], slotCount: Int, _ cancellation: Cancellation) {
        self.session = session
        self.state = state
        self.parameters = parameters
        self.cancellation = cancellation
        slots = Array(repeating: .null, count: slotCount)
        memoryLimit = session.pando.options.queryMemoryLimit
    }

    /// Throws if the statement was cancelled. Called between batches.
    func check() throws(SQLError) {
        if cancellation.isCancelled {
            throw SQLError(SQLState(rawValue: "57014"), "canceling statement due to user request")
        }
        if let deadline = session.deadline, MonotonicTime.now > deadline {
            throw SQLError(SQLState(rawValue: "57014"), "canceling statement due to statement timeout")
        }
    }

    /// Notes that rows are kept in memory. Throws `53200` if they are too many.
    func keep(_ rows: Int, width: Int) throws(SQLError) {
        keptBytes += rows * (width * 40 + 32)
        guard keptBytes > memoryLimit else { return }
        throw SQLError(
            SQLState(rawValue: "53200"), "out of memory", detail: "The statement keeps more than \(memoryLimit) bytes of rows.")
    }

    func release(_ rows: Int, width: Int) { keptBytes -= rows * (width * 40 + 32) }

    /// The labels of an enum in their order; nil for other types.
    func labels(of type: SQLType) -> [String]? {
        guard type.oid >= 16384 else { return nil }
        guard case .enum(let labels)? = session.types.type(type.oid)?.kind else { return nil }
        return labels
    }
}

/// Rows that are read more than once: pulled from their source as they are wanted.
final class KeptRows {
    private(set) var rows: [Row] = []
    private var source: RowSource?
    private let run: Run
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
            try run.keep(batch.count, width: width)
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

    let children: [Plan]

    init(_ children: [Plan] = []) {
        self.children = children
    }

    func open(_ run: Run) throws(SQLError) -> RowSource {
        preconditionFailure("\(Swift.type(of: self)) can't be opened")
    }

    /// The same for somebody who looks at these columns only: others may be NULL.
    func computing(_ used: Set<Int>) -> Plan { self }

    /// What EXPLAIN calls it, and the lines below.
    var title: String { "\(Swift.type(of: self))" }
    var details: [String] { [] }
    /// How many rows it may give, about.
    var estimate: Int { children.first?.estimate ?? 1000 }

    final func all(_ run: Run) throws(SQLError) -> [Row] {
        let source = try open(run)
        var rows: [Row] = []
        while let batch = try source() { rows += batch }
        return rows
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

    init(_ plan: Plan, columns: [SQLType], ownSlots: [Int], outerSlots: Set<Int>, isVolatile: Bool) {
        self.plan = plan
        self.columns = columns
        self.ownSlots = ownSlots
        self.outerSlots = outerSlots
        self.isVolatile = isVolatile
        sortedSlots = outerSlots.sorted()
    }

    private let sortedSlots: [Int]

    /// What its result depends on.
    func key(_ run: Run) -> GroupKey { GroupKey(sortedSlots.map { run.slots[$0] }) }

    func fill(_ operands: ArraySlice<Scalar>, _ row: Row, _ run: Run) throws(SQLError) {
        for (slot, operand) in zip(ownSlots, operands) { run.slots[slot] = try operand.value(row, run) }
    }
}
