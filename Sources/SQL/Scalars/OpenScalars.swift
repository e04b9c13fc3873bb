import Catalog

/// A field of an open table, met by a type: its value, if it is of that kind.
final class OpenCastScalar: Scalar {
    let isExplicit: Bool

    init(_ operand: Scalar, _ type: SQLType, isExplicit: Bool) {
        self.isExplicit = isExplicit
        super.init(type, [operand])
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .json(let json) = try operands[0].value(row, run), !json.isNull else { return .null }
        return try CastTable.cast(.json(json), from: .open, to: type, isExplicit ? .explicit : .implicit, run.session)
    }

    override var isQuickItself: Bool { true }
    override var openField: Scalar? { isExplicit ? nil : operands[0] }
    override func with(_ operands: [Scalar]) -> Scalar { OpenCastScalar(operands[0], type, isExplicit: isExplicit) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// A field of an open table that is a JSON array, as an array of its elements; NULL if it is none.
final class OpenArrayScalar: Scalar {
    /// - Parameter type: an array's, for a function that takes one.
    init(_ operand: Scalar, _ type: SQLType = .open) { super.init(type, [operand]) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .json(let json) = try operands[0].value(row, run), json.kind == .array else { return .null }
        return .array(SQLArray(.jsonb, json.elements.map { $0.isNull ? .null : .json($0.owned) }))
    }

    override var isQuickItself: Bool { true }
    override func with(_ operands: [Scalar]) -> Scalar { OpenArrayScalar(operands[0], type) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// A field of an open table if it is a JSON array; else NULL.
final class OpenListScalar: Scalar {
    init(_ operand: Scalar) { super.init(.open, [operand]) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .json(let json) = try operands[0].value(row, run), json.kind == .array else { return .null }
        return .json(json)
    }

    override var isQuickItself: Bool { true }
    override func with(_ operands: [Scalar]) -> Scalar { OpenListScalar(operands[0]) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// A field of an open table as a value of the type that clients were told of it, which all had when the statement was bound.
final class ToldScalar: Scalar {
    init(_ operand: Scalar, _ type: SQLType) { super.init(type, [operand]) }

    /// A value of another kind has been written since.
    static let change = SQLError.columnsHaveChanged

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .json(let json) = try operands[0].value(row, run), !json.isNull else { return .null }
        if type == .int8 {
            guard let integer = json.int64 else { throw Self.change }
            return .int(integer)
        }
        let value = try CastTable.cast(.json(json), from: .open, to: type, .implicit, run.session)
        if value.isNull { throw Self.change }
        return value
    }

    override var isQuickItself: Bool { true }
    override func with(_ operands: [Scalar]) -> Scalar { ToldScalar(operands[0], type) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// A comparison of values of open tables, or of one with an unknown literal.
final class OpenCompareScalar: Scalar {
    let relation: CompareScalar.Relation

    init(_ relation: CompareScalar.Relation, _ left: Scalar, _ right: Scalar) {
        self.relation = relation
        super.init(.bool, [left, right])
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        let left = try operands[0].value(row, run)
        let right = try operands[1].value(row, run)
        guard let order = OpenValues.order(left, right, run.session) else {
            return left.isNull || right.isNull || (relation != .equal && relation != .notEqual) ? .null : .bool(relation == .notEqual)
        }
        return .bool(relation.holds(order))
    }

    override var isQuickItself: Bool { true }
    override var openRelation: CompareScalar.Relation? { relation }
    override func with(_ operands: [Scalar]) -> Scalar { OpenCompareScalar(relation, operands[0], operands[1]) }
    override func agrees(with other: Scalar) -> Bool { (other as? OpenCompareScalar)?.relation == relation }
}

/// Values of open tables beside each other.
private enum OpenValues {
    /// The order of two values of open tables, or of one and a text; nil if they are of different kinds.
    static func order(_ left: SQLValue, _ right: SQLValue, _ session: any SQLSession) -> Int? {
        switch (left, right) {
        case (.json(let a), .json(let b)):
            guard a.kind == b.kind, !a.isNull else { return nil }
            return Datum.compare(a, b)
        case (.json(let a), .text(let text)): return like(a, text, session)
        case (.text(let text), .json(let b)): return like(b, text, session).map { -$0 }
        default: return nil
        }
    }

    /// The literal is read as what the value is.
    private static func like(_ json: Datum, _ text: String, _ session: any SQLSession) -> Int? {
        switch json.kind {
        case .string: return ValueOrder.texts(json.string ?? "", text)
        case .number:
            guard let number = try? Numeric(text) else { return nil }
            return Numeric.compare(Numeric(json: json), number)
        case .bool:
            guard case .bool(let flag)? = try? TextInput.value(text, .bool, session) else { return nil }
            return ValueOrder.order(json.bool == true ? 1 : 0, flag ? 1 : 0)
        case .time:
            guard case .timestamptz(let moment)? = try? TextInput.value(text, .timestamptz, session), let time = json.time else {
                return nil
            }
            return ValueOrder.order(Int64((time.epochSeconds * 1_000_000).rounded()) - 946_684_800_000_000, moment)
        default: return nil
        }
    }
}
