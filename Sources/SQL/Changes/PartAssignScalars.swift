import Catalog

/// An array with another element: the array, the value, then a subscript for each dimension.
final class ElementAssignScalar: Scalar {
    private let elementType: SQLType

    init(of elementType: SQLType, _ operands: [Scalar]) {
        self.elementType = elementType
        super.init(operands[0].type, operands)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        var array = SQLArray(elementType, [])
        if case .array(let old) = try operands[0].value(row, run) { array = old }
        var subscripts: [Int64] = []
        for operand in operands.dropFirst(2) {
            guard case .int(let index) = try operand.value(row, run) else { throw Self.nullSubscript("array") }
            subscripts.append(index)
        }
        return .array(try array.replacing(at: subscripts, with: try operands[1].value(row, run), elementType))
    }

    static func nullSubscript(_ type: String) -> SQLError {
        SQLError(.nullValueNotAllowed, "\(type) subscript in assignment must not be null")
    }

    override func with(_ operands: [Scalar]) -> Scalar { ElementAssignScalar(of: elementType, operands) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// An array with another part: the array, the value, then two bounds for each dimension, as ``SliceScalar`` has them.
final class SliceAssignScalar: Scalar {
    private let elementType: SQLType

    init(of elementType: SQLType, _ operands: [Scalar]) {
        self.elementType = elementType
        super.init(operands[0].type, operands)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        let old = try operands[0].value(row, run)
        var bounds: [(low: Int64?, high: Int64?)] = []
        for place in stride(from: 2, to: operands.count - 1, by: 2) {
            bounds.append((try bound(operands[place], row, run), try bound(operands[place + 1], row, run)))
        }
        // NULL in place of an array changes nothing.
        guard case .array(let source) = try operands[1].value(row, run) else { return old }
        var array = SQLArray(elementType, [])
        if case .array(let known) = old { array = known }
        return .array(try array.replacing(bounds, with: source, elementType))
    }

    private func bound(_ operand: Scalar, _ row: Row, _ run: Run) throws(SQLError) -> Int64? {
        if operand.type == .unknown { return nil }
        guard case .int(let index) = try operand.value(row, run) else { throw ElementAssignScalar.nullSubscript("array") }
        return index
    }

    override func with(_ operands: [Scalar]) -> Scalar { SliceAssignScalar(of: elementType, operands) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// A jsonb with another value at a path: the jsonb, the value, then the keys and indexes of the path.
final class JSONAssignScalar: Scalar {
    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        let old = try operands[0].value(row, run)
        var path: [String] = []
        for operand in operands.dropFirst(2) {
            switch try operand.value(row, run) {
            case .text(let key): path.append(key)
            case .int(let index): path.append(String(index))
            default: throw ElementAssignScalar.nullSubscript("jsonb")
            }
        }
        var new = Datum.null
        if case .json(let datum) = try operands[1].value(row, run) { new = datum }
        guard case .json(let root) = old else {
            // What is missing is made: an array where the first subscript is a number.
            let isArray = operands.count > 2 && operands[2].type.oid == SQLType.int4.oid
            return .json(try JSONAssignment.put(new, at: path[...], in: isArray ? .emptyArray : Datum(fields: [])))
        }
        return .json(try JSONAssignment.put(new, at: path[...], in: root))
    }

    override func with(_ operands: [Scalar]) -> Scalar { JSONAssignScalar(type, operands) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// A row with another field: the row, then the value.
final class FieldAssignScalar: Scalar {
    private let fields: [SQLRecord.Field]
    private let index: Int

    init(_ type: SQLType, _ fields: [SQLRecord.Field], _ index: Int, _ operands: [Scalar]) {
        self.fields = fields
        self.index = index
        super.init(type, operands)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        var values = Array(repeating: SQLValue.null, count: fields.count)
        if case .record(let old) = try operands[0].value(row, run) {
            for (place, value) in old.values.prefix(fields.count).enumerated() { values[place] = value }
        }
        values[index] = try operands[1].value(row, run)
        return .record(SQLRecord(fields: fields, values: values))
    }

    override func with(_ operands: [Scalar]) -> Scalar { FieldAssignScalar(type, fields, index, operands) }
    override func agrees(with other: Scalar) -> Bool { (other as? FieldAssignScalar)?.index == index }
}
