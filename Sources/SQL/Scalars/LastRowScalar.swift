/// How many rows LIMIT and OFFSET look at, together. NULL: all of them.
final class LastRowScalar: Scalar {
    /// - Parameter bounds: the count, which there is, and the offset.
    init(_ bounds: (count: Scalar?, offset: Scalar?)) {
        super.init(.int8, [bounds.count, bounds.offset].compactMap(\.self))
    }

    private init(_ operands: [Scalar]) { super.init(.int8, operands) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        var sum: Int64 = 0
        for (place, operand) in operands.enumerated() {
            // Numbers below 0 are told by what skips the rows.
            guard case .int(let number) = try operand.value(row, run) else {
                if place == 0 { return .null }
                continue
            }
            let (next, isTooLarge) = sum.addingReportingOverflow(max(0, number))
            if isTooLarge { return .null }
            sum = next
        }
        return .int(sum)
    }

    override func with(_ operands: [Scalar]) -> Scalar { LastRowScalar(operands) }
    override func agrees(with other: Scalar) -> Bool { other is LastRowScalar }
}
