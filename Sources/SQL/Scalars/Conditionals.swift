/// CASE: conditions and results in turns, then the result of ELSE.
final class CaseScalar: Scalar {
    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        var index = 0
        while index + 1 < operands.count {
            if try operands[index].isTrue(row, run) { return try operands[index + 1].value(row, run) }
            index += 2
        }
        return try operands[index].value(row, run)
    }

    override func with(_ operands: [Scalar]) -> Scalar { CaseScalar(type, operands) }
    override func agrees(with other: Scalar) -> Bool { true }
}

final class CoalesceScalar: Scalar {
    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        for operand in operands {
            let value = try operand.value(row, run)
            if !value.isNull { return value }
        }
        return .null
    }

    override func with(_ operands: [Scalar]) -> Scalar { CoalesceScalar(type, operands) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// GREATEST and LEAST, which pass over NULLs.
final class ExtremeScalar: Scalar {
    let isGreatest: Bool

    init(_ type: SQLType, _ operands: [Scalar], isGreatest: Bool) {
        self.isGreatest = isGreatest
        super.init(type, operands)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        var best = SQLValue.null
        for operand in operands {
            let value = try operand.value(row, run)
            if value.isNull { continue }
            if best.isNull {
                best = value
            } else {
                let order = ValueOrder.compare(value, best, type, run)
                if isGreatest ? order > 0 : order < 0 { best = value }
            }
        }
        return best
    }

    override func with(_ operands: [Scalar]) -> Scalar { ExtremeScalar(type, operands, isGreatest: isGreatest) }
    override func agrees(with other: Scalar) -> Bool { (other as? ExtremeScalar)?.isGreatest == isGreatest }
}

/// NULLIF: the first operand as it was, and a comparison of both.
final class NullIfScalar: Scalar {
    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        if try operands[1].isTrue(row, run) { return .null }
        return try operands[0].value(row, run)
    }

    override func with(_ operands: [Scalar]) -> Scalar { NullIfScalar(type, operands) }
    override func agrees(with other: Scalar) -> Bool { true }
}
