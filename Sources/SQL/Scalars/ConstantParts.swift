/// The parts of a statement's expressions that hang on no row. PostgreSQL computes them before it reads any, so that a division by zero
/// among them is an error even if no row comes to it; what constants rule out, it leaves alone.
struct ConstantParts {
    private var scalars: [Scalar] = []

    var isEmpty: Bool { scalars.isEmpty }

    /// Notes the parts of an expression that are the same for all rows.
    mutating func add(_ scalar: Scalar) {
        if !scalar.operands.isEmpty, scalar.constancy.hasCall { scalars.append(scalar) }
    }

    /// - Throws: what one of them throws.
    func compute(_ run: Run) throws(SQLError) {
        for scalar in scalars { try scalar.computeConstants(run) }
    }
}

extension Scalar {
    /// Whether it is the same for all rows, and whether a call in it is.
    fileprivate var constancy: (isConstant: Bool, hasCall: Bool) {
        var (isConstant, hasCall) = (isImmutableItself, false)
        for operand in operands {
            let part = operand.constancy
            isConstant = isConstant && part.isConstant
            hasCall = hasCall || part.hasCall
        }
        return (isConstant, hasCall || isConstant && self is CallScalar)
    }

    fileprivate func computeConstants(_ run: Run) throws(SQLError) {
        guard !operands.isEmpty else { return }
        if let call = self as? CallScalar, isConstant {
            if !call.returnsSet { _ = try call.value([], run) }
            return
        }
        switch self {
        case is CaseScalar:
            var index = 0
            while index + 1 < operands.count {
                let condition = operands[index]
                if condition.isConstant {
                    if try condition.isTrue([], run) { return try operands[index + 1].computeConstants(run) }
                } else {
                    try condition.computeConstants(run)
                    try operands[index + 1].computeConstants(run)
                }
                index += 2
            }
            try operands[index].computeConstants(run)
        case is CoalesceScalar:
            for operand in operands {
                if operand.isConstant, try !operand.value([], run).isNull { return }
                try operand.computeConstants(run)
            }
        case is AndScalar, is OrScalar:
            let deciding = self is OrScalar
            for operand in operands {
                if operand.isConstant, case .bool(deciding) = try operand.value([], run) { return }
                try operand.computeConstants(run)
            }
        default: for operand in operands { try operand.computeConstants(run) }
        }
    }
}
