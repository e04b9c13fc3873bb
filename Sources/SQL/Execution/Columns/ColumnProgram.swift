import Catalog

/// Expressions over the numbers in columns of stored documents, computed for a batch of rows at once: integers, days, and decimals whose
/// scale their type says, all as 64-bit integers. What has no place in these ends it, and rows are computed one by one as ever.
struct ColumnProgram {
    private enum Node: Hashable {
        case column(Int, scale: Int)
        case constant(Int64)
        case add(Int, Int)
        case subtract(Int, Int)
        case multiply(Int, Int)
        /// Times a power of ten.
        case scaled(Int, by: Int64)
    }

    /// A number that is computed of each row: an integer that is to be divided by ten to the power of the scale.
    struct Number {
        let node: Int
        let scale: Int
    }

    private let places: ColumnPlaces
    private var nodes: [Node] = []
    private var numbers: [Node: Int] = [:]
    /// Of the batch at hand: of each node its values, at the rows for which they were asked, and where there is none.
    private var values: [[Int64]] = []
    private var nulls: [[Bool]] = []
    private var isComputed: [Bool] = []

    init(_ places: ColumnPlaces) {
        self.places = places
    }

    /// With more digits behind the point a product is left to those who know numbers of any size.
    private static let mostScale = 12

    // MARK: Compiling

    /// Nil if the expression is none for columns.
    mutating func number(_ scalar: Scalar) -> Number? {
        switch scalar {
        case let column as ColumnScalar:
            guard let (cell, kind) = places.cell(column) else { return nil }
            switch kind {
            case .number(let scale): return Number(node: node(.column(cell, scale: scale)), scale: scale)
            default: return nil
            }
        case let constant as ConstantScalar: return self.constant(constant.constant)
        case is RelabeledScalar: return number(scalar.operands[0])
        case let cast as CastScalar:
            // An integer is a decimal without digits behind the point.
            guard ColumnPlaces.isInteger(cast.operands[0].type),
                cast.type == .numeric || ColumnPlaces.isInteger(cast.type, asWideAs: cast.operands[0].type)
            else { return nil }
            return number(cast.operands[0])
        case let call as CallScalar where call.operands.count == 2:
            guard ["numeric_add", "numeric_sub", "numeric_mul"].contains(call.function.name), let one = number(call.operands[0]),
                let other = number(call.operands[1])
            else { return nil }
            if call.function.name == "numeric_mul" {
                let scale = one.scale + other.scale
                return scale > Self.mostScale ? nil : Number(node: node(.multiply(one.node, other.node)), scale: scale)
            }
            guard let (left, right, scale) = alike(one, other) else { return nil }
            return Number(node: node(call.function.name == "numeric_add" ? .add(left, right) : .subtract(left, right)), scale: scale)
        default: return nil
        }
    }

    /// A number that is known.
    mutating func constant(_ value: SQLValue) -> Number? {
        switch value {
        case .int(let number): return Number(node: node(.constant(number)), scale: 0)
        case .date(let days) where days != .min && days != .max: return Number(node: node(.constant(Int64(days))), scale: 0)
        case .numeric(let number):
            guard case .small(let digits, let scale) = number.form, scale >= 0, scale <= Self.mostScale else { return nil }
            return Number(node: node(.constant(digits)), scale: Int(scale))
        default: return nil
        }
    }

    /// Two numbers as nodes of one scale.
    mutating func alike(_ one: Number, _ other: Number) -> (Int, Int, scale: Int)? {
        let scale = max(one.scale, other.scale)
        return (scaled(one, to: scale), scaled(other, to: scale), scale)
    }

    private mutating func scaled(_ number: Number, to scale: Int) -> Int {
        number.scale == scale ? number.node : node(.scaled(number.node, by: Numeric.powersOfTen[scale - number.scale]))
    }

    private mutating func node(_ node: Node) -> Int {
        if let known = numbers[node] { return known }
        nodes.append(node)
        values.append([])
        nulls.append([])
        isComputed.append(false)
        numbers[node] = nodes.count - 1
        return nodes.count - 1
    }

    // MARK: Computing

    /// Forgets the batch before.
    mutating func begin() { for index in isComputed.indices { isComputed[index] = false } }

    /// Has the values of a node at some rows, which are to be among those that were asked for before in this batch. False if one of them
    /// has no place in 64 bits or another form.
    mutating func compute(_ index: Int, _ rows: [Int32], _ columns: StoredColumns) -> Bool {
        if isComputed[index] { return true }
        isComputed[index] = true
        if values[index].count < columns.count { values[index] = Array(repeating: 0, count: max(columns.count, Plan.batchCount)) }
        nulls[index].removeAll(keepingCapacity: true)
        switch nodes[index] {
        case .column(let cell, let scale): return read(index, cell, scale: scale, rows, columns)
        case .constant(let constant):
            if values[index][0] != constant || values[index][values[index].count - 1] != constant {
                values[index] = Array(repeating: constant, count: values[index].count)
            }
            return true
        case .add(let one, let other):
            return combine(index, one, other, rows, columns) { $0.addingReportingOverflow($1) }
        case .subtract(let one, let other):
            return combine(index, one, other, rows, columns) { $0.subtractingReportingOverflow($1) }
        case .multiply(let one, let other):
            return combine(index, one, other, rows, columns) { $0.multipliedReportingOverflow(by: $1) }
        case .scaled(let one, let power):
            return combine(index, one, one, rows, columns) { number, _ in number.multipliedReportingOverflow(by: power) }
        }
    }

    /// The values of a node that was computed, and where there is none; empty if there is one everywhere.
    @inline(__always) func values(_ index: Int) -> (values: [Int64], nulls: [Bool]) { (values[index], nulls[index]) }

    private mutating func read(_ index: Int, _ cell: Int, scale: Int, _ rows: [Int32], _ columns: StoredColumns) -> Bool {
        var made: [Int64] = []
        swap(&made, &values[index])
        defer { swap(&made, &values[index]) }
        for row in rows {
            let row = Int(row)
            switch columns[row, cell] {
            case .integer(let number): made[row] = number
            case .decimal(let digits, let found):
                if found == scale {
                    made[row] = digits
                } else {
                    // What is stored has no more digits than its type, but for what was stored before it had one.
                    guard found < scale, scale - found <= 18 else { return false }
                    let (product, isTooLarge) = digits.multipliedReportingOverflow(by: Numeric.powersOfTen[scale - found])
                    guard !isTooLarge else { return false }
                    made[row] = product
                }
            case .day(let year, let month, let day):
                guard let days = StoredForm.days(year, month, day) else {
                    noteNull(index, row, columns.count)
                    continue
                }
                made[row] = Int64(days)
            case .null: noteNull(index, row, columns.count)
            default: return false
            }
        }
        return true
    }

    private mutating func noteNull(_ index: Int, _ row: Int, _ count: Int) {
        if nulls[index].isEmpty { nulls[index] = Array(repeating: false, count: count) }
        nulls[index][row] = true
    }

    @inline(__always) private mutating func combine(
        _ index: Int, _ one: Int, _ other: Int, _ rows: [Int32], _ columns: StoredColumns,
        _ operation: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
    ) -> Bool {
        guard compute(one, rows, columns), compute(other, rows, columns) else { return false }
        for side in [one, other] where !nulls[side].isEmpty {
            for row in rows where nulls[side][Int(row)] { noteNull(index, Int(row), columns.count) }
        }
        var made: [Int64] = []
        swap(&made, &values[index])
        defer { swap(&made, &values[index]) }
        let hasNulls = !nulls[index].isEmpty
        for row in rows {
            let row = Int(row)
            let (result, isTooLarge) = operation(values[one][row], values[other][row])
            made[row] = result
            // What stands where there is no value may be anything.
            if isTooLarge, !(hasNulls && nulls[index][row]) { return false }
        }
        return true
    }
}

/// Where the columns of a scan stand among those that are read of stored documents.
struct ColumnPlaces {
    enum Kind: Equatable {
        /// Integers and days, of scale 0, and decimals.
        case number(scale: Int)
        case text(isBlankPadded: Bool)
        case bool
    }

    private let cells: [Int: (cell: Int, type: SQLType, base: SQLType)]

    init(_ setup: ScanSetup) {
        var cells: [Int: (cell: Int, type: SQLType, base: SQLType)] = [:]
        for (cell, column) in (setup.first + setup.others).enumerated() { cells[column.position] = (cell, column.type, column.base) }
        self.cells = cells
    }

    private static let integers = [SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid]

    static func isInteger(_ type: SQLType) -> Bool { integers.contains(type.oid) }

    static func isInteger(_ type: SQLType, asWideAs other: SQLType) -> Bool {
        guard let place = integers.firstIndex(of: type.oid), let least = integers.firstIndex(of: other.oid) else { return false }
        return place >= least
    }

    /// Nil for what is read row by row.
    func cell(_ column: ColumnScalar) -> (cell: Int, kind: Kind)? {
        guard let (cell, type, base) = cells[column.position], type.oid == base.oid else { return nil }
        switch base.oid {
        case SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid, SQLType.date.oid: return (cell, .number(scale: 0))
        case SQLType.numeric.oid:
            guard base.modifier >= 4, case let scale = Int((base.modifier - 4) & 0x7FF), scale <= 6 else { return nil }
            return (cell, .number(scale: scale))
        case SQLType.text.oid, SQLType.varchar.oid: return (cell, .text(isBlankPadded: false))
        case SQLType.bpchar.oid: return (cell, .text(isBlankPadded: true))
        case SQLType.bool.oid: return (cell, .bool)
        default: return nil
        }
    }

    /// The type whose values a cell has.
    func base(_ column: ColumnScalar) -> SQLType { cells[column.position]?.base ?? column.type }
}
