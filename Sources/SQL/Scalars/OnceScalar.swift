/// A value that is the same for all rows of a run, and is computed when it is first asked for.
final class OnceScalar: Scalar {
    init(_ scalar: Scalar) { super.init(scalar.type, [scalar]) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        if let known = run.knownValues[ObjectIdentifier(self)] { return known }
        let value = try operands[0].value(row, run)
        run.knownValues[ObjectIdentifier(self)] = value
        return value
    }

    override func with(_ operands: [Scalar]) -> Scalar { OnceScalar(operands[0]) }
    override func agrees(with other: Scalar) -> Bool { true }
}
