/// `ARRAY[…]`. If the elements are arrays, they become the parts of one with a dimension more.
final class ArrayScalar: Scalar {
    let elementType: SQLType
    let isNested: Bool

    init(_ type: SQLType, elementType: SQLType, _ operands: [Scalar], isNested: Bool) {
        self.elementType = elementType
        self.isNested = isNested
        super.init(type, operands)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        var values: [SQLValue] = []
        values.reserveCapacity(operands.count)
        for operand in operands { values.append(try operand.value(row, run)) }
        guard isNested else { return .array(SQLArray(elementType, values)) }
        return try Self.nesting(values, elementType)
    }

    static func nesting(_ values: [SQLValue], _ elementType: SQLType) throws(SQLError) -> SQLValue {
        var inner: [SQLArray.Dimension]?
        var elements: [SQLValue] = []
        for value in values {
            guard case .array(let array) = value else { continue }
            if let inner, inner != array.dimensions {
                throw SQLError(
                    SQLState(rawValue: "2202E"), "multidimensional arrays must have array expressions with matching dimensions")
            }
            inner = array.dimensions
            elements += array.elements
        }
        guard let inner, !inner.isEmpty else { return .array(SQLArray(elementType, [])) }
        try SQLArray.requireDimensions(inner.count + 1)
        return .array(SQLArray(elementType, dimensions: [.init(count: values.count)] + inner, elements: elements))
    }

    override func with(_ operands: [Scalar]) -> Scalar {
        ArrayScalar(type, elementType: elementType, operands, isNested: isNested)
    }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// `ROW(…)`, and a whole row of a table.
final class RowScalar: Scalar {
    let fields: [SQLRecord.Field]
    /// Whether a row of nothing but NULL is NULL: that of a table on the outer side of a join.
    let mayBeMissing: Bool
    /// What the fields of the value are called, if not as here: an alias of a table renames its columns, and not those of its rows' type.
    let valueFields: [SQLRecord.Field]?

    init(
        _ type: SQLType = .record, _ fields: [SQLRecord.Field], _ operands: [Scalar], mayBeMissing: Bool = false,
        valueFields: [SQLRecord.Field]? = nil
    ) {
        self.fields = fields
        self.valueFields = valueFields
        self.mayBeMissing = mayBeMissing
        super.init(type, operands)
    }

    /// `ROW(…)`, whose columns are called f1, f2 and so on.
    convenience init(of operands: [Scalar]) {
        self.init(.record, operands.enumerated().map { SQLRecord.Field("f\($0.offset + 1)", $0.element.type) }, operands)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        var values: [SQLValue] = []
        values.reserveCapacity(operands.count)
        for operand in operands { values.append(try operand.value(row, run)) }
        if mayBeMissing, values.allSatisfy(\.isNull) { return .null }
        return .record(SQLRecord(fields: valueFields ?? fields, values: values))
    }

    override func with(_ operands: [Scalar]) -> Scalar {
        RowScalar(type, fields, operands, mayBeMissing: mayBeMissing, valueFields: valueFields)
    }
    override func agrees(with other: Scalar) -> Bool { (other as? RowScalar)?.fields.map(\.name) == fields.map(\.name) }
}

/// `(row).field`.
final class FieldScalar: Scalar {
    let index: Int
    let name: String

    init(_ operand: Scalar, _ index: Int, _ type: SQLType, name: String) {
        self.index = index
        self.name = name
        super.init(type, [operand])
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .record(let record) = try operands[0].value(row, run), index < record.values.count else { return .null }
        return record.values[index]
    }

    override func with(_ operands: [Scalar]) -> Scalar { FieldScalar(operands[0], index, type, name: name) }
    override func agrees(with other: Scalar) -> Bool { (other as? FieldScalar)?.index == index }
}

/// `array[1][2]`: the array, then a subscript for each dimension.
final class ElementScalar: Scalar {
    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .array(let array) = try operands[0].value(row, run) else { return .null }
        var subscripts: [Int64] = []
        for operand in operands.dropFirst() {
            guard case .int(let index) = try operand.value(row, run) else { return .null }
            subscripts.append(index)
        }
        guard subscripts.count == array.dimensions.count else { return .null }
        var offset = 0
        for (index, dimension) in zip(subscripts, array.dimensions) {
            let place = index - Int64(dimension.lowerBound)
            guard place >= 0, place < dimension.count else { return .null }
            offset = offset * dimension.count + Int(place)
        }
        return array.elements[offset]
    }

    override func with(_ operands: [Scalar]) -> Scalar { ElementScalar(type, operands) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// `name[0]`: a byte of a value of type name, which PostgreSQL keeps as 64 of them, zeros behind the text.
final class NameByteScalar: Scalar {
    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .text(let name) = try operands[0].value(row, run), case .int(let index) = try operands[1].value(row, run),
            0..<64 ~= index
        else { return .null }
        let byte = name.utf8.dropFirst(Int(index)).first
        return .text(byte.map { String(decoding: [$0], as: UTF8.self) } ?? "")
    }

    override func with(_ operands: [Scalar]) -> Scalar { NameByteScalar(type, operands) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// `array[1:2][3:4]`: the array, then a lower and an upper bound for each dimension; a constant NULL of type unknown stands for none.
final class SliceScalar: Scalar {
    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .array(let array) = try operands[0].value(row, run) else { return .null }
        var bounds: [(Int64?, Int64?)] = []
        var index = 1
        while index + 1 < operands.count {
            var ends: [Int64?] = []
            for operand in operands[index...(index + 1)] {
                if operand.type == .unknown {
                    ends.append(nil)
                } else if case .int(let end) = try operand.value(row, run) {
                    ends.append(end)
                } else {
                    return .null
                }
            }
            bounds.append((ends[0], ends[1]))
            index += 2
        }
        return .array(array.slice(bounds))
    }

    override func with(_ operands: [Scalar]) -> Scalar { SliceScalar(type, operands) }
    override func agrees(with other: Scalar) -> Bool { true }
}

extension SQLArray {
    /// The part within the bounds, counted from 1 again; empty if nothing is.
    func slice(_ bounds: [(Int64?, Int64?)]) -> SQLArray {
        guard bounds.count <= dimensions.count, !dimensions.isEmpty else { return SQLArray(elementType, []) }
        var ranges: [Range<Int>] = []
        for (index, dimension) in dimensions.enumerated() {
            let first = Int64(dimension.lowerBound)
            let last = first + Int64(dimension.count) - 1
            var (low, high) = (first, last)
            if index < bounds.count {
                low = max(bounds[index].0 ?? first, first)
                high = min(bounds[index].1 ?? last, last)
            }
            guard low <= high else { return SQLArray(elementType, []) }
            ranges.append(Int(low - first)..<Int(high - first + 1))
        }
        var offsets = [0]
        for (range, dimension) in zip(ranges, dimensions) {
            offsets = offsets.flatMap { offset in range.map { offset * dimension.count + $0 } }
        }
        return SQLArray(
            elementType, dimensions: ranges.map { .init(count: $0.count) }, elements: offsets.map { elements[$0] })
    }
}
