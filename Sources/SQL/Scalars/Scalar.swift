/// The values of a row, by their positions. A position that nothing has filled is NULL.
typealias Row = [SQLValue]

/// An expression whose names and types are known, ready to be computed for one row after the other.
///
/// Nodes never change; `with(_:)` makes another one over other operands, which is how expressions are rewritten.
class Scalar {
    let type: SQLType
    let operands: [Scalar]
    /// How many nodes stand below each other: going through them takes as much of the stack.
    let depth: Int

    init(_ type: SQLType, _ operands: [Scalar] = []) {
        self.type = type
        self.operands = operands
        depth = 1 + operands.reduce(0) { max($0, $1.depth) }
    }

    func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        preconditionFailure("\(Self.self) has no value")
    }

    /// The same node over other operands, as many as before.
    func with(_ operands: [Scalar]) -> Scalar {
        preconditionFailure("\(Self.self) can't be rewritten")
    }

    /// Whether another node of the same class is the same but for its operands.
    func agrees(with other: Scalar) -> Bool { false }

    /// Whether it may give something else when it is computed again, so that it is computed exactly as often as it is written.
    var isVolatileItself: Bool { false }

    /// Whether it may be computed before the statement runs.
    var isImmutableItself: Bool { true }

    /// Whether it takes no longer than a look at its operands.
    var isQuickItself: Bool { false }

    /// Of a comparison in which a field of an open table is read as what it meets: how it compares.
    var openRelation: CompareScalar.Relation? { nil }

    /// The field of an open table that an operator reads as a value of this type.
    var openField: Scalar? { nil }
}

extension Scalar {
    /// Whether two expressions mean the same.
    final func isSame(as other: Scalar) -> Bool {
        if self === other { return !isVolatile }
        guard Swift.type(of: self) == Swift.type(of: other), type == other.type, operands.count == other.operands.count,
            !isVolatileItself, agrees(with: other)
        else { return false }
        for (mine, its) in zip(operands, other.operands) { guard mine.isSame(as: its) else { return false } }
        return true
    }

    final var isVolatile: Bool { isVolatileItself || operands.contains(where: \.isVolatile) }

    /// The expression with nodes replaced where `replacement` has one; below those it does not look.
    final func replacing(_ replacement: (Scalar) throws(SQLError) -> Scalar?) throws(SQLError) -> Scalar {
        if let other = try replacement(self) { return other }
        guard !operands.isEmpty else { return self }
        var changed = false
        var replaced: [Scalar] = []
        replaced.reserveCapacity(operands.count)
        for operand in operands {
            let other = try operand.replacing(replacement)
            changed = changed || other !== operand
            replaced.append(other)
        }
        return changed ? with(replaced) : self
    }

    /// Calls `body` for each node, the whole first.
    final func visit(_ body: (Scalar) -> Void) {
        body(self)
        for operand in operands { operand.visit(body) }
    }

    /// The positions of its row that it reads.
    final var positions: Set<Int> {
        var positions: Set<Int> = []
        visit { if let column = $0 as? ColumnScalar { positions.insert(column.position) } }
        return positions
    }

    /// The slots that it reads.
    final var slots: Set<Int> {
        var slots: Set<Int> = []
        visit { node in
            if let slot = node as? SlotScalar { slots.insert(slot.slot) }
            if let subquery = node as? SubqueryScalar { slots.formUnion(subquery.plan.outerSlots) }
        }
        return slots
    }

    /// Whether it is the same for all rows of all queries: no column, parameter, slot, subquery or session has to do with it.
    final var isConstant: Bool { isImmutableItself && operands.allSatisfy(\.isConstant) }

    final var isUnknownLiteral: Bool { type == .unknown && self is ConstantScalar }
    /// A literal or a parameter whose type is for what is around it to tell.
    final var isUntold: Bool { type == .unknown && (self is ConstantScalar || self is ParameterScalar) }

    /// A condition that NULL makes false.
    final func isTrue(_ row: Row, _ run: Run) throws(SQLError) -> Bool {
        if case .bool(true) = try value(row, run) { true } else { false }
    }
}

/// A value that is known.
final class ConstantScalar: Scalar {
    let constant: SQLValue
    /// Where in the text a literal stands whose type is not known yet.
    let offset: Int?

    init(_ constant: SQLValue, _ type: SQLType, at offset: Int? = nil) {
        self.constant = constant
        self.offset = offset
        super.init(type)
    }

    static func null(_ type: SQLType) -> ConstantScalar { ConstantScalar(.null, type) }
    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue { constant }

    override func agrees(with other: Scalar) -> Bool {
        guard let other = other as? ConstantScalar else { return false }
        return GroupKey([constant]) == GroupKey([other.constant])
    }
}

/// What stands at a position of the row.
final class ColumnScalar: Scalar {
    let position: Int
    /// What the column is called, for messages.
    let name: String
    /// What its table is called in the query, for EXPLAIN.
    let table: String?
    /// Of a record: its columns, where they are known.
    let fields: [SQLRecord.Field]?

    init(_ position: Int, _ type: SQLType, name: String = "?column?", table: String? = nil, fields: [SQLRecord.Field]? = nil) {
        self.position = position
        self.name = name
        self.table = table
        self.fields = fields
        super.init(type)
    }

    /// The same column where it stands somewhere else.
    func at(_ position: Int) -> ColumnScalar { ColumnScalar(position, type, name: name, table: table, fields: fields) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue { row[position] }
    override func agrees(with other: Scalar) -> Bool { (other as? ColumnScalar)?.position == position }
    override var isImmutableItself: Bool { false }
}

/// A value of a row of an outer query, put into its slot before the inner one runs.
final class SlotScalar: Scalar {
    let slot: Int
    let name: String
    /// As of a column.
    let table: String?
    /// Of a record: its columns, where they are known.
    let fields: [SQLRecord.Field]?

    init(_ slot: Int, _ type: SQLType, name: String, table: String? = nil, fields: [SQLRecord.Field]? = nil) {
        self.slot = slot
        self.name = name
        self.table = table
        self.fields = fields
        super.init(type)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue { run.slots[slot] }
    override func agrees(with other: Scalar) -> Bool { (other as? SlotScalar)?.slot == slot }
    override var isImmutableItself: Bool { false }
}

/// `$1`, or the value that a domain's CHECK is about.
final class ParameterScalar: Scalar {
    /// From 0.
    let index: Int

    init(_ index: Int, _ type: SQLType) {
        self.index = index
        super.init(type)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard index < run.parameters.count else { throw SQLError(SQLState(rawValue: "42P02"), "there is no parameter $\(index + 1)") }
        return run.parameters[index]
    }
    override func agrees(with other: Scalar) -> Bool { (other as? ParameterScalar)?.index == index }
    override var isImmutableItself: Bool { false }
}

/// A call of a function or operator for one row.
final class CallScalar: Scalar {
    let function: SQLFunction
    let returnsSet: Bool
    /// Whether VARIADIC stands before the last argument of a function of anything.
    private let isVariadicArray: Bool
    /// The columns that the query declared for the result; empty unless it did.
    private let columns: [SQLRecord.Field]

    /// Nil if the function is not one that is called for each row.
    init?(
        _ function: SQLFunction, _ operands: [Scalar], _ type: SQLType, isVariadicArray: Bool = false, columns: [SQLRecord.Field] = []
    ) {
        self.isVariadicArray = isVariadicArray
        self.columns = columns
        switch function.body {
        case .scalar, .unary, .binary: returnsSet = false
        case .set: returnsSet = true
        case .aggregate, .window: return nil
        }
        self.function = function
        super.init(type, operands)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        switch function.body {
        case .unary(let body):
            let value = try operands[0].value(row, run)
            if value.isNull && function.isStrict { return .null }
            let result = try body(value)
            try run.note(result)
            return result
        case .binary(let body):
            let left = try operands[0].value(row, run)
            if left.isNull, function.isStrict { return .null }
            let right = try operands[1].value(row, run)
            if right.isNull, function.isStrict { return .null }
            let result = try body(left, right)
            try run.note(result)
            return result
        default: break
        }
        var arguments: [SQLValue] = []
        arguments.reserveCapacity(operands.count)
        for operand in operands {
            let value = try operand.value(row, run)
            if function.isStrict, value.isNull { return .null }
            arguments.append(value)
        }
        let context = context(run)
        let result = try function.call(arguments, context)
        if let memory = context.memory, !memory.notices.isEmpty { tell(memory.takeNotices(), run) }
        try run.note(result)
        return result
    }

    /// Of what is the same for all rows the client is told once.
    private func tell(_ notices: [SQLNotice], _ run: Run) {
        guard run.tellsClient, !Self.isOfRun(self) || run.toldCalls.insert(ObjectIdentifier(self)).inserted else { return }
        for notice in notices { run.session.tell(notice) }
    }

    /// Whether constants and parameters alone decide on a value.
    private static func isOfRun(_ scalar: Scalar) -> Bool {
        scalar is ParameterScalar || (scalar.isImmutableItself && scalar.operands.allSatisfy(isOfRun))
    }

    private func context(_ run: Run) -> CallContext {
        if let kept, kept.session === run.session { return kept }
        let context = CallContext(
            argumentTypes: operands.map(\.type), resultType: type, session: run.session, isVariadicArray: isVariadicArray,
            columns: columns, memory: CallMemory())
        kept = context
        return context
    }

    private var kept: CallContext?

    /// The call, whose record has the columns that the query declares.
    func declaring(_ columns: [SQLRecord.Field]) -> Scalar {
        CallScalar(function, operands, type, isVariadicArray: isVariadicArray, columns: columns) ?? self
    }

    override func with(_ operands: [Scalar]) -> Scalar {
        CallScalar(function, operands, type, isVariadicArray: isVariadicArray, columns: columns) ?? self
    }
    override func agrees(with other: Scalar) -> Bool {
        guard let other = other as? CallScalar else { return false }
        return other.function.oid == function.oid && other.function.name == function.name
    }
    override var isVolatileItself: Bool { function.volatility == .volatile }
    override var isImmutableItself: Bool {
        if function.volatility == .immutable { return true }
        // To join a text with another value depends on how that one is written.
        return ["textanycat", "anytextcat"].contains(function.name)
            && operands.allSatisfy { Self.typesWrittenAlike.contains($0.type.oid) }
    }

    /// Types whose values are written alike whatever is set.
    private static let typesWrittenAlike: Set<UInt32> = Set(
        [
            SQLType.bool, .int2, .int4, .int8, .numeric, .float4, .float8, .text, .varchar, .bpchar, .name, .char, .oid, .uuid, .inet,
            .cidr, .json, .jsonb, .time, .timetz,
        ].map(\.oid))
}

/// A value brought to another type.
final class CastScalar: Scalar {
    typealias Conversion = (SQLValue, Run) throws(SQLError) -> SQLValue

    private let conversion: Conversion
    private let isStable: Bool
    /// Whether it was written, and not put in by the rules.
    let isExplicit: Bool

    init(_ operand: Scalar, to type: SQLType, isExplicit: Bool, isStable: Bool, _ conversion: @escaping Conversion) {
        self.conversion = conversion
        self.isStable = isStable
        self.isExplicit = isExplicit
        super.init(type, [operand])
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        try conversion(try operands[0].value(row, run), run)
    }

    override func with(_ operands: [Scalar]) -> Scalar {
        CastScalar(operands[0], to: type, isExplicit: isExplicit, isStable: isStable, conversion)
    }
    override func agrees(with other: Scalar) -> Bool { true }
    override var isImmutableItself: Bool { !isStable }

    /// Whether it reads or writes a text that may be another one with other settings, or counts as such in PostgreSQL.
    fileprivate var goesByStyle: Bool {
        let (from, to) = (operands[0].type.oid, type.oid)
        let styled = [SQLType.date, .timestamp, .timestamptz, .interval, .record].map(\.oid)
        if Self.texts.contains(to) { return styled.contains(from) || TypeTable.entry(from)?.isArray ?? false }
        guard Self.texts.contains(from) else { return false }
        return styled.contains(to) || to == SQLType.time.oid || to == SQLType.timetz.oid || TypeTable.entry(to)?.isArray ?? false
    }

    private static let texts: Set<UInt32> = Set([SQLType.text, .varchar, .bpchar, .name].map(\.oid))
}

/// The same value under another type, which has the same values.
final class RelabeledScalar: Scalar {
    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue { try operands[0].value(row, run) }
    override func with(_ operands: [Scalar]) -> Scalar { RelabeledScalar(type, operands) }
    override func agrees(with other: Scalar) -> Bool { true }
}

extension Scalar {
    /// Whether no session, time or chance has to do with it; columns may.
    var isImmutable: Bool {
        if self is ColumnScalar { return true }
        if let cast = self as? CastScalar, cast.goesByStyle { return false }
        return isImmutableItself && operands.allSatisfy(\.isImmutable)
    }

    /// Whether a query in it is run again for each row that it is computed of.
    var hasDependentSubquery: Bool {
        var found = false
        visit { if let subquery = $0 as? SubqueryScalar, !subquery.plan.outerSlots.isEmpty, !subquery.positions.isEmpty { found = true } }
        return found
    }

    var hasSubquery: Bool {
        var found = false
        visit { if $0 is SubqueryScalar { found = true } }
        return found
    }
}
