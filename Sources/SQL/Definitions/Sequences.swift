import Catalog
import ReQLish
import Synchronization

/// A sequence as it is declared.
final class SequenceRelation {
    let id: String
    let key: String
    let name: String
    let schema: String
    let isTemporary: Bool
    let database: String
    let content: Datum
    let type: SQLType
    let start: Int64
    let increment: Int64
    let minimum: Int64
    let maximum: Int64
    let cache: Int64
    let cycles: Bool

    init(_ key: String, _ content: Datum, isTemporary: Bool, database: String) {
        self.key = key
        self.content = content
        self.isTemporary = isTemporary
        self.database = database
        id = content.text("id")
        let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
        schema = isTemporary ? "pg_temp" : parts.count == 2 ? parts[0] : "public"
        name = parts.last ?? key
        type = SQLType(UInt32(content[field: "type"]?.integer ?? 20))
        func number(_ field: String, _ otherwise: Int64) -> Int64 { Int64(content.text(field)) ?? otherwise }
        start = number("start", 1)
        increment = number("increment", 1)
        minimum = number("minimum", 1)
        maximum = number("maximum", .max)
        cache = number("cache", 1)
        cycles = content[field: "cycle"]?.bool ?? false
    }

    var oid: UInt32 { ObjectNumbers.of(id) }

    /// What the record says was given out.
    var stored: SequenceStates.State {
        SequenceStates.State(last: Int64(content.text("last")) ?? start, isCalled: content[field: "is_called"]?.bool ?? false)
    }
}

/// The values that sequences have reached in this process, whatever became of the transactions that took them.
final class SequenceStates: Sendable {
    struct State: Hashable, Sendable {
        var last: Int64
        var isCalled: Bool
    }

    private let states = Mutex<[String: State]>([:])
    /// Up to which values the file says they were given out, by what only read. It is ahead of what was, so that few of those write.
    private let recorded = Mutex<[String: Int64]>([:])
    private static let recordedAhead = 32
    /// Where other processes have the same sequences: what these have reached.
    private let cells: SharedCells?
    /// What several processes have left to one that writes alone.
    private let remnants: SharedCells?
    /// Whether there is a cell of a sequence, and what it says; nil where that is not to be any more. It stays ahead of what is given out, for
    /// the next ones go by it.
    private let found = Mutex<[String: (isThere: Bool, reached: State?)]>([:])

    init(_ cells: SharedCells?) {
        self.cells = cells?.isShared == true ? cells : nil
        remnants = cells?.isShared == false ? cells : nil
    }

    /// Those of an opened file.
    static func of(_ catalog: Catalog) -> SequenceStates { catalog.companion { SequenceStates(catalog.sharedCells) } }

    func state(_ sequence: SequenceRelation) -> State {
        if let cells, !sequence.isTemporary, let bytes = try? cells.value(Self.name(sequence)), let state = State(bytes) { return state }
        try? find(sequence)
        return states.withLock { $0[sequence.id] ?? sequence.stored }
    }

    func set(_ sequence: SequenceRelation, _ state: State) {
        states.withLock { $0[sequence.id] = state }
        found.withLock { $0[sequence.id]?.reached = nil }
    }

    /// Looks once what several processes have reached before this one, which writes alone.
    private func find(_ sequence: SequenceRelation) throws(CatalogError) {
        guard let remnants, !sequence.isTemporary, found.withLock({ $0[sequence.id] == nil }) else { return }
        let reached = try remnants.value(Self.name(sequence)).flatMap { State($0) }
        found.withLock { found in
            guard found[sequence.id] == nil else { return }
            found[sequence.id] = (reached != nil, reached)
            guard let reached else { return }
            states.withLock { $0[sequence.id] = sequence.further(reached, $0[sequence.id] ?? sequence.stored) }
        }
    }

    /// Has the cell that several processes have left say at least that much, before it is said in the file.
    private func raiseCell(of sequence: SequenceRelation, to state: State) throws(CatalogError) {
        guard let remnants, let cell = found.withLock({ $0[sequence.id] }), cell.isThere else { return }
        if let reached = cell.reached, sequence.further(reached, state) == reached { return }
        // One that was told where to go on says just that, any other one some values more, for to change it is a trip.
        let new = cell.reached == nil ? state : ahead(state, of: sequence)
        while try !remnants.exchange(Self.name(sequence), try remnants.value(Self.name(sequence)), for: new.bytes) {}
        found.withLock { $0[sequence.id]?.reached = new }
    }

    /// The same for all processes.
    func setForAll(_ sequence: SequenceRelation, _ state: State) throws(SQLError) {
        do {
            guard let cells, !sequence.isTemporary else {
                try find(sequence)
                return set(sequence, state)
            }
            while try !cells.exchange(Self.name(sequence), try cells.value(Self.name(sequence)), for: state.bytes) {}
        } catch {
            throw SQLError(error)
        }
    }

    private static func name(_ sequence: SequenceRelation) -> String { "sequence:" + sequence.id }

    /// Whether the file does not say yet that a sequence has reached its value. Where processes share sequences, they have them elsewhere.
    func needsRecord(_ sequence: SequenceRelation) -> Bool {
        guard cells == nil, !sequence.isTemporary else { return false }
        let state = state(sequence)
        guard state.isCalled else { return false }
        let stored = sequence.stored
        let known = recorded.withLock { $0[sequence.id] } ?? (stored.isCalled ? stored.last : nil)
        return known.map { sequence.increment > 0 ? state.last > $0 : state.last < $0 } ?? true
    }

    /// What the file is to say of a sequence.
    /// - Parameter isAhead: whether some values more, that are then lost if the process ends.
    func record(of sequence: SequenceRelation, isAhead: Bool) throws(CatalogError) -> State {
        var state = state(sequence)
        if isAhead { state = ahead(state, of: sequence) }
        try raiseCell(of: sequence, to: state)
        let last = state.isCalled ? state.last : nil
        recorded.withLock { $0[sequence.id] = last }
        return state
    }

    private func ahead(_ state: State, of sequence: SequenceRelation) -> State {
        var state = state
        guard state.isCalled else { return state }
        for _ in 1..<Self.recordedAhead {
            let (sum, overflow) = state.last.addingReportingOverflow(sequence.increment)
            guard !overflow, sum <= sequence.maximum, sum >= sequence.minimum else { break }
            state.last = sum
        }
        return state
    }

    /// Throws `2200H` at the end.
    func next(_ sequence: SequenceRelation) throws(SQLError) -> Int64 {
        let next: Int64?
        if let cells, !sequence.isTemporary {
            next = try nextForAll(sequence, cells)
        } else {
            do throws(CatalogError) { try find(sequence) } catch { throw SQLError(error) }
            next = states.withLock { states in
                let next = sequence.value(after: states[sequence.id] ?? sequence.stored)
                if let next { states[sequence.id] = State(last: next, isCalled: true) }
                return next
            }
        }
        guard let next else {
            let word = sequence.increment > 0 ? "maximum" : "minimum"
            throw SQLError(
                SQLState(rawValue: "2200H"),
                "nextval: reached \(word) value of sequence \"\(sequence.name)\" (\(sequence.increment > 0 ? sequence.maximum : sequence.minimum))"
            )
        }
        return next
    }
}

extension SequenceStates {
    private func nextForAll(_ sequence: SequenceRelation, _ cells: SharedCells) throws(SQLError) -> Int64? {
        do throws(CatalogError) {
            while true {
                let bytes = try cells.value(Self.name(sequence))
                guard let next = sequence.value(after: bytes.flatMap { State($0) } ?? sequence.stored) else { return nil }
                if try cells.exchange(Self.name(sequence), bytes, for: State(last: next, isCalled: true).bytes) { return next }
            }
        } catch {
            throw SQLError(error)
        }
    }
}

extension SequenceStates.State {
    fileprivate var bytes: [UInt8] { Array("\(last) \(isCalled ? 1 : 0)".utf8) }

    fileprivate init?(_ bytes: [UInt8]) {
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard parts.count == 2, let last = Int64(parts[0]) else { return nil }
        self.init(last: last, isCalled: parts[1] == "1")
    }
}

extension SequenceRelation {
    /// Which of two states has given out more. Where a sequence begins again at its end that can't be told, and the first one does.
    fileprivate func further(_ a: SequenceStates.State, _ b: SequenceStates.State) -> SequenceStates.State {
        if cycles { return a }
        if a.last == b.last { return a.isCalled ? a : b }
        return (increment > 0) == (a.last > b.last) ? a : b
    }

    /// Nil at the end.
    fileprivate func value(after state: SequenceStates.State) -> Int64? {
        guard state.isCalled else { return state.last }
        let (sum, overflow) = state.last.addingReportingOverflow(increment)
        guard overflow || sum > maximum || sum < minimum else { return sum }
        return cycles ? increment > 0 ? minimum : maximum : nil
    }
}

/// Sequences that a transaction has begun anew, which it undoes with what else it did.
struct RestartedSequences {
    private var states: [(savepointCount: Int, sequence: SequenceRelation, before: SequenceStates.State)] = []

    mutating func note(_ sequence: SequenceRelation, before: SequenceStates.State, savepointCount: Int) {
        states.append((savepointCount, sequence, before))
    }

    /// The savepoints from a number on are gone, and what was done in them is not.
    mutating func release(to count: Int) {
        for index in states.indices { states[index].savepointCount = min(states[index].savepointCount, count) }
    }

    var count: Int { states.count }

    /// Puts back what was done behind the first `count`.
    mutating func rollBack(behind count: Int, _ all: SequenceStates) {
        while states.count > count, let last = states.popLast() { all.set(last.sequence, last.before) }
    }

    /// Puts back what was done since the savepoint of a number was made.
    mutating func rollBack(to count: Int, _ all: SequenceStates) {
        while let last = states.last, last.savepointCount > count {
            all.set(last.sequence, last.before)
            states.removeLast()
        }
    }

    /// Hands them over to whoever undoes them.
    mutating func take() -> [(savepointCount: Int, sequence: SequenceRelation, before: SequenceStates.State)] {
        defer { states = [] }
        return states
    }

    mutating func end(committed: Bool, _ all: SequenceStates) {
        if !committed { rollBack(to: -1, all) }
        states = []
    }
}

/// `SELECT * FROM sequence`.
final class SequencePlan: Plan {
    let sequence: SequenceRelation

    init(_ sequence: SequenceRelation) {
        self.sequence = sequence
        super.init()
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let state = SequenceStates.of(run.session.pando.catalog).state(sequence)
        return Plan.source([[.int(state.last), .int(0), .bool(state.isCalled)]])
    }

    override var showsConditions: Bool { true }
    override var title: String { "Seq Scan on \(sequence.name)" }
}

/// `nextval` and its kin, whose sequence is looked up by its name when they are computed.
final class SequenceScalar: Scalar {
    let function: String

    init(_ function: String, _ operands: [Scalar]) {
        self.function = function
        super.init(.int8, operands)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        let session = run.session
        if function == "lastval" {
            guard let last = session.lastSequence, let value = session.sequenceValues[last],
                try Definitions(session, run.state).sequences().contains(where: { $0.id == last })
            else {
                throw SQLError(SQLState(rawValue: "55000"), "lastval is not yet defined in this session")
            }
            return .int(value)
        }
        var arguments: Row = []
        for operand in operands {
            let value = try operand.value(row, run)
            if value.isNull { return .null }
            arguments.append(value)
        }
        let sequence = try session.sequence(arguments[0], run.state)
        let states = SequenceStates.of(session.pando.catalog)
        switch function {
        case "nextval":
            if session.transaction.isReadOnly, !sequence.isTemporary {
                throw SQLError(SQLState(rawValue: "25006"), "cannot execute nextval() in a read-only transaction")
            }
            let value = try states.next(sequence)
            session.sequenceValues[sequence.id] = value
            session.lastSequence = sequence.id
            session.touched(sequence)
            return .int(value)
        case "currval":
            guard let value = session.sequenceValues[sequence.id] else {
                throw SQLError(
                    SQLState(rawValue: "55000"), "currval of sequence \"\(sequence.name)\" is not yet defined in this session")
            }
            return .int(value)
        default:
            guard case .int(let value) = arguments[1] else { return .null }
            if session.transaction.isReadOnly, !sequence.isTemporary {
                throw SQLError(SQLState(rawValue: "25006"), "cannot execute setval() in a read-only transaction")
            }
            try Definitions(session, run.state).require(.update, sequence)
            guard value >= sequence.minimum, value <= sequence.maximum else {
                throw SQLError(
                    SQLState(rawValue: "22003"),
                    "setval: value \(value) is out of bounds for sequence \"\(sequence.name)\" (\(sequence.minimum)..\(sequence.maximum))")
            }
            var isCalled = true
            if arguments.count > 2, case .bool(let called) = arguments[2] { isCalled = called }
            try states.setForAll(sequence, .init(last: value, isCalled: isCalled))
            if isCalled { session.sequenceValues[sequence.id] = value }
            session.touched(sequence, isSet: true)
            return .int(value)
        }
    }

    override func with(_ operands: [Scalar]) -> Scalar { SequenceScalar(function, operands) }
    override func agrees(with other: Scalar) -> Bool { false }
    override var isVolatileItself: Bool { true }
    override var isImmutableItself: Bool { false }
}
