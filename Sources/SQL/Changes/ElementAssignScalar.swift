/// An array with another element.
final class ElementAssignScalar: Scalar {
    private let elementType: SQLType

    init(_ array: Scalar, _ index: Scalar, _ value: Scalar, _ elementType: SQLType) {
        self.elementType = elementType
        super.init(array.type, [array, index, value])
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .int(let index) = try operands[1].value(row, run) else {
            throw SQLError(SQLState(rawValue: "22004"), "array subscript in assignment must not be null")
        }
        let value = try operands[2].value(row, run)
        guard case .array(let array) = try operands[0].value(row, run), !array.elements.isEmpty else {
            return .array(SQLArray(elementType, dimensions: [.init(count: 1, lowerBound: Int32(clamping: index))], elements: [value]))
        }
        guard array.dimensions.count == 1 else { throw SQLError(SQLState(rawValue: "2202E"), "wrong number of array subscripts") }
        var lower = Int64(array.dimensions[0].lowerBound)
        var elements = array.elements
        guard abs(index - lower) < 10_000_000 else { throw SQLError(.programLimitExceeded, "array size exceeds the maximum allowed") }
        while index < lower {
            elements.insert(.null, at: 0)
            lower -= 1
        }
        while index >= lower + Int64(elements.count) { elements.append(.null) }
        elements[Int(index - lower)] = value
        return .array(
            SQLArray(elementType, dimensions: [.init(count: elements.count, lowerBound: Int32(lower))], elements: elements))
    }

    override func with(_ operands: [Scalar]) -> Scalar { ElementAssignScalar(operands[0], operands[1], operands[2], elementType) }
    override func agrees(with other: Scalar) -> Bool { true }
}
