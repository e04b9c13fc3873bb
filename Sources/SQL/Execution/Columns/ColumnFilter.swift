import Catalog

/// The conditions of a scan, as far as they are told by columns of stored documents without making values of these; the others are asked of
/// rows.
struct ColumnFilter {
    private indirect enum Test {
        case numbers(CompareScalar.Relation, Int, Int)
        case text(CompareScalar.Relation, Int, isPadded: Bool, String)
        case texts(Int, isPadded: Bool, [String])
        case all([Test])
        case any([Test])
        case constant(Bool)
    }

    private let places: ColumnPlaces
    private var program: ColumnProgram
    private var tests: [Test] = []
    /// What is left to be asked of rows.
    private(set) var rest: Scalar?
    private let run: Run

    init(_ condition: Scalar?, _ places: ColumnPlaces, _ run: Run) {
        self.places = places
        self.run = run
        program = ColumnProgram(places)
        var others: [Scalar] = []
        for item in condition.map(AndScalar.conditions) ?? [] {
            if let test = test(item) { tests.append(test) } else { others.append(item) }
        }
        rest = AndScalar.joining(others)
    }

    // MARK: Compiling

    /// Whether a condition is true, which is all that a leaf has to tell: none stands below NOT.
    private mutating func test(_ condition: Scalar) -> Test? {
        switch condition {
        case let comparison as CompareScalar: return compare(comparison.operands[0], comparison.relation, comparison.operands[1])
        case let call as CallScalar where call.operands.count == 2:
            guard let (relation, days) = ScanTest.dayComparison(call, run) else { return nil }
            return compare(call.operands[0], relation, ConstantScalar(.date(days), .date))
        case is ListMatchScalar where condition.operands.count <= 50:
            if let (cell, isPadded) = text(condition.operands[0]) {
                var texts: [String] = []
                for operand in condition.operands.dropFirst() {
                    guard case .text(let text)? = fixed(operand) else { return nil }
                    texts.append(isPadded ? ValueOrder.trimmed(text) : text)
                }
                return .texts(cell, isPadded: isPadded, texts)
            }
            var tests: [Test] = []
            for operand in condition.operands.dropFirst() {
                guard let test = compare(condition.operands[0], .equal, operand) else { return nil }
                tests.append(test)
            }
            return .any(tests)
        case is AndScalar, is OrScalar:
            var tests: [Test] = []
            for operand in condition.operands {
                guard let test = test(operand) else { return nil }
                tests.append(test)
            }
            return condition is AndScalar ? .all(tests) : .any(tests)
        default: return nil
        }
    }

    private func fixed(_ scalar: Scalar) -> SQLValue? {
        guard scalar.positions.isEmpty, scalar.slots.isEmpty, !scalar.isVolatile, !scalar.hasSubquery else { return nil }
        return try? scalar.value([], run)
    }

    private func text(_ scalar: Scalar) -> (cell: Int, isPadded: Bool)? {
        var scalar = scalar
        while scalar is RelabeledScalar {
            // Blanks count again where a padded text has become another one.
            guard (scalar.type.oid == SQLType.bpchar.oid) == (scalar.operands[0].type.oid == SQLType.bpchar.oid) else { return nil }
            scalar = scalar.operands[0]
        }
        guard let column = scalar as? ColumnScalar, let (cell, kind) = places.cell(column), case .text(let isPadded) = kind else {
            return nil
        }
        return (cell, isPadded)
    }

    private mutating func compare(_ one: Scalar, _ relation: CompareScalar.Relation, _ other: Scalar) -> Test? {
        if let (cell, isPadded) = text(one), let value = fixed(other) { return compare(cell, isPadded, relation, value) }
        if let (cell, isPadded) = text(other), let value = fixed(one) { return compare(cell, isPadded, relation.mirrored, value) }
        guard let left = number(one), let right = number(other), let (a, b, _) = program.alike(left, right) else { return nil }
        return .numbers(relation, a, b)
    }

    private func compare(_ cell: Int, _ isPadded: Bool, _ relation: CompareScalar.Relation, _ value: SQLValue) -> Test? {
        switch value {
        case .null: .constant(false)
        case .text(let text): .text(relation, cell, isPadded: isPadded, isPadded ? ValueOrder.trimmed(text) : text)
        default: nil
        }
    }

    private mutating func number(_ scalar: Scalar) -> ColumnProgram.Number? {
        if let number = program.number(scalar) { return number }
        return fixed(scalar).flatMap { program.constant($0) }
    }

    // MARK: Testing

    /// The rows of a batch for which all that it tells is true; nil if it can't be told of this batch.
    mutating func rows(_ columns: StoredColumns) -> [Int32]? {
        program.begin()
        var rows = [Int32](0..<Int32(truncatingIfNeeded: columns.count))
        for test in tests {
            guard let left = passing(test, rows, columns) else { return nil }
            rows = left
            if rows.isEmpty { break }
        }
        return rows
    }

    private mutating func passing(_ test: Test, _ rows: [Int32], _ columns: StoredColumns) -> [Int32]? {
        switch test {
        case .constant(let holds): return holds ? rows : []
        case .numbers(let relation, let one, let other):
            guard program.compute(one, rows, columns), program.compute(other, rows, columns) else { return nil }
            switch relation {
            case .equal: return passing(one, other, rows) { $0 == $1 }
            case .notEqual: return passing(one, other, rows) { $0 != $1 }
            case .less: return passing(one, other, rows) { $0 < $1 }
            case .lessOrEqual: return passing(one, other, rows) { $0 <= $1 }
            case .greater: return passing(one, other, rows) { $0 > $1 }
            case .greaterOrEqual: return passing(one, other, rows) { $0 >= $1 }
            }
        case .text(let relation, let cell, let isPadded, let constant):
            var left: [Int32] = []
            for row in rows {
                guard case .text(var text) = columns[Int(row), cell] else { continue }
                if isPadded { text = ValueOrder.trimmed(text) }
                if relation.holds(ValueOrder.texts(text, constant)) { left.append(row) }
            }
            return left
        case .texts(let cell, let isPadded, let constants):
            var left: [Int32] = []
            for row in rows {
                guard case .text(var text) = columns[Int(row), cell] else { continue }
                if isPadded { text = ValueOrder.trimmed(text) }
                for constant in constants where ValueOrder.texts(text, constant) == 0 {
                    left.append(row)
                    break
                }
            }
            return left
        case .all(let tests), .any(let tests):
            // All look at the same rows, so that what is computed for one is there for the others.
            var counts = Array(repeating: 0, count: columns.count)
            for test in tests {
                guard let found = passing(test, rows, columns) else { return nil }
                for row in found { counts[Int(row)] += 1 }
            }
            var least = 1
            if case .all = test { least = tests.count }
            return rows.filter { counts[Int($0)] >= least }
        }
    }

    @inline(__always) private func passing(_ one: Int, _ other: Int, _ rows: [Int32], _ holds: (Int64, Int64) -> Bool) -> [Int32] {
        let (left, leftNulls) = program.values(one)
        let (right, rightNulls) = program.values(other)
        var passed: [Int32] = []
        passed.reserveCapacity(rows.count)
        for row in rows where holds(left[Int(row)], right[Int(row)]) {
            if !leftNulls.isEmpty, leftNulls[Int(row)] { continue }
            if !rightNulls.isEmpty, rightNulls[Int(row)] { continue }
            passed.append(row)
        }
        return passed
    }
}
