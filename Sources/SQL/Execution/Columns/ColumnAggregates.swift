import Catalog
import Ground

/// Counts, sums, averages and extremes of integers, days and decimals over the rows of one table, by columns of it or by none: computed of
/// columns of stored documents, batch by batch, without making rows.
///
/// What has no place in 64 bits, and more groups than may be held, ends it: then rows are made after all.
struct ColumnAggregates {
    private enum Kind {
        case countRows
        /// Of a column, whatever it has.
        case countValues(cell: Int)
        case count, sum, average, least, greatest
    }

    private struct Call {
        let kind: Kind
        var number: ColumnProgram.Number?
        let call: AggregateCall
    }

    private struct Key {
        let position: Int
        let cell: Int
        let base: SQLType
        /// Of a column of numbers.
        let number: ColumnProgram.Number?
        let isPadded: Bool
    }

    private struct Total {
        var number: Int128 = 0
        var count: Int64 = 0
    }

    private let plan: AggregatePlan
    private let scan: ScanPlan
    private let setup: ScanSetup
    private let documents: DocumentReader
    private let run: Run
    private var columns: StoredColumns
    private var program: ColumnProgram
    private var calls: [Call] = []
    private var keys: [Key] = []
    private var table = KeyTable()
    private var groupCount = 0
    /// Of each group the values that it is of, and what its calls have come to, one group's behind the other's.
    private var values: Row = []
    private var totals: [Total] = []
    private let held: HeldBytes

    /// Nil if rows are needed.
    init?(_ plan: AggregatePlan, _ run: Run) throws(SQLError) {
        guard let scan = plan.children[0] as? ScanPlan, plan.sets.count == 1, plan.sets[0].count == plan.keys.count,
            plan.setPosition == nil, !plan.calls.isEmpty || !plan.keys.isEmpty, Self.mayHelp(plan),
            let (documents, columns, setup) = try scan.columns(run)
        else { return nil }
        let places = ColumnPlaces(setup)
        program = ColumnProgram(places)
        self.plan = plan
        self.scan = scan
        self.run = run
        (self.documents, self.columns, self.setup) = (documents, columns, setup)
        held = HeldBytes(run)
        for place in plan.sets[0] {
            let key = plan.keys[place]
            guard let column = key.scalar as? ColumnScalar, let (cell, kind) = places.cell(column) else { return nil }
            var isPadded = false
            if case .text(let padded) = kind { isPadded = padded }
            keys.append(
                Key(position: key.position, cell: cell, base: places.base(column), number: program.number(column), isPadded: isPadded))
        }
        for call in plan.calls {
            guard let made = Self.made(call, places, &program) else { return nil }
            calls.append(made)
        }
        if keys.isEmpty { begin([]) }
    }

    private static let names: Set<String> = ["count", "sum", "avg", "min", "max"]

    /// A first look, before anything is opened.
    private static func mayHelp(_ plan: AggregatePlan) -> Bool {
        plan.keys.allSatisfy { $0.scalar is ColumnScalar }
            && plan.calls.allSatisfy { call in
                names.contains(call.function.name) && !call.isDistinct && call.filter == nil && call.orderBy.isEmpty
                    && call.operands.count < 2
            }
    }

    private static func made(_ call: AggregateCall, _ places: ColumnPlaces, _ program: inout ColumnProgram) -> Call? {
        guard let operand = call.operands.first else { return Call(kind: .countRows, call: call) }
        if call.function.name == "count", let column = operand as? ColumnScalar, let (cell, _) = places.cell(column) {
            return Call(kind: .countValues(cell: cell), call: call)
        }
        guard let number = program.number(operand) else { return nil }
        // What an extreme is of, and not only what it is, has to be known.
        let isNumber = operand.type.oid == SQLType.numeric.oid || ColumnPlaces.isInteger(operand.type)
        switch call.function.name {
        case "count": return Call(kind: .count, number: number, call: call)
        case "sum" where isNumber: return Call(kind: .sum, number: number, call: call)
        case "avg" where isNumber: return Call(kind: .average, number: number, call: call)
        case "min" where isNumber || operand.type.oid == SQLType.date.oid: return Call(kind: .least, number: number, call: call)
        case "max" where isNumber || operand.type.oid == SQLType.date.oid: return Call(kind: .greatest, number: number, call: call)
        default: return nil
        }
    }

    // MARK: Reading

    /// Nil if rows have to be made after all.
    consuming func rows() throws(SQLError) -> [Row]? {
        let empty = scan.emptyRow
        while true {
            try run.check()
            columns.removeAll()
            switch try documents.next(&columns, of: Plan.batchCount) {
            case .end: return try result()
            case .document(let document):
                guard let row = try scan.row(document, setup, run) else { continue }
                guard try add(row) else { return nil }
            case .columns: guard try addBatch(try setup.passing(columns, empty, run)) else { return nil }
            }
        }
    }

    private mutating func begin(_ row: Row) {
        groupCount += 1
        values += row
        for _ in calls { totals.append(Total()) }
    }

    /// False if there are too many groups, or one of the numbers is too long.
    private mutating func addBatch(_ rows: [Int32]) throws(SQLError) -> Bool {
        if rows.isEmpty { return true }
        program.begin()
        guard let groups = try groups(rows) else { return false }
        let width = calls.count
        for index in calls.indices {
            switch calls[index].kind {
            case .countRows: for place in rows.indices { totals[Int(groups[place]) * width + index].count += 1 }
            case .countValues(let cell):
                for place in rows.indices {
                    if case .null = columns[Int(rows[place]), cell] { continue }
                    totals[Int(groups[place]) * width + index].count += 1
                }
            case .count, .sum, .average: guard addUp(index, rows, groups) else { return false }
            case .least: guard choose(index, rows, groups, { $0 < $1 }) else { return false }
            case .greatest: guard choose(index, rows, groups, { $0 > $1 }) else { return false }
            }
        }
        return true
    }

    private mutating func addUp(_ index: Int, _ rows: [Int32], _ groups: [Int32]) -> Bool {
        guard let node = calls[index].number?.node, program.compute(node, rows, columns) else { return false }
        let (numbers, nulls) = program.values(node)
        let width = calls.count
        for place in rows.indices {
            let row = Int(rows[place])
            if !nulls.isEmpty, nulls[row] { continue }
            let total = Int(groups[place]) * width + index
            totals[total].number += Int128(numbers[row])
            totals[total].count += 1
        }
        return true
    }

    private mutating func choose(_ index: Int, _ rows: [Int32], _ groups: [Int32], _ isBetter: (Int64, Int64) -> Bool) -> Bool {
        guard let node = calls[index].number?.node, program.compute(node, rows, columns) else { return false }
        let (numbers, nulls) = program.values(node)
        for place in rows.indices {
            let row = Int(rows[place])
            if !nulls.isEmpty, nulls[row] { continue }
            choose(Int(groups[place]) * calls.count + index, numbers[row], isBetter)
        }
        return true
    }

    @inline(__always) private mutating func choose(_ total: Int, _ number: Int64, _ isBetter: (Int64, Int64) -> Bool) {
        if totals[total].count == 0 || isBetter(number, Int64(truncatingIfNeeded: totals[total].number)) {
            totals[total].number = Int128(number)
        }
        totals[total].count += 1
    }

    // MARK: Groups

    /// The number of each row's group; nil if there are too many.
    private mutating func groups(_ rows: [Int32]) throws(SQLError) -> [Int32]? {
        guard !keys.isEmpty else { return Array(repeating: 0, count: rows.count) }
        for key in keys {
            if let node = key.number?.node { guard program.compute(node, rows, columns) else { return nil } }
        }
        var groups: [Int32] = []
        groups.reserveCapacity(rows.count)
        var (bytes, last) = (ByteBuffer(capacity: 64), ByteBuffer(capacity: 64))
        for row in rows {
            bytes.removeAll()
            for key in keys { append(key, Int(row), to: &bytes) }
            // Rows that follow each other are often of one group.
            if let group = groups.last, bytes.raw == last.raw {
                groups.append(group)
                continue
            }
            let (index, isNew) = table.insert(bytes.raw)
            if isNew {
                groupCount += 1
                for key in keys { values.append(StoredForm.value(columns[Int(row), key.cell], key.base)) }
                for _ in calls { totals.append(Total()) }
                guard try hasRoom() else { return nil }
            }
            groups.append(Int32(truncatingIfNeeded: index))
            swap(&bytes, &last)
        }
        return groups
    }

    private func hasRoom() throws(SQLError) -> Bool {
        guard groupCount % 256 == 0 else { return true }
        return try held.set(table.byteCount + groupCount * (32 + keys.count * 48 + calls.count * MemoryLayout<Total>.stride))
    }

    @inline(__always) private func append(_ key: Key, _ row: Int, to bytes: inout ByteBuffer) {
        if let node = key.number?.node {
            let (numbers, nulls) = program.values(node)
            return Self.append(!nulls.isEmpty && nulls[row] ? nil : numbers[row], to: &bytes)
        }
        switch columns[row, key.cell] {
        case .text(let text): Self.append(key.isPadded ? ValueOrder.trimmed(text) : text, to: &bytes)
        case .bool(let value): Self.append(value ? 1 : 0, to: &bytes)
        default: Self.append(nil as Int64?, to: &bytes)
        }
    }

    private static func append(_ number: Int64?, to bytes: inout ByteBuffer) {
        bytes.append(number == nil ? 0 : 1 as UInt8)
        guard let number else { return }
        bytes.reserve(8)
        bytes.putWord(UInt64(bitPattern: number), counting: 8)
    }

    private static func append(_ text: String, to bytes: inout ByteBuffer) {
        bytes.append(2 as UInt8)
        text.withBytes {
            bytes.reserve(8)
            bytes.putWord(UInt64(UInt32(truncatingIfNeeded: $0.count)), counting: 4)
            bytes.append($0)
        }
    }

    // MARK: Rows

    /// Adds a row that was made of a document, as its bytes did not tell the columns. False if that can't be done here.
    private mutating func add(_ row: Row) throws(SQLError) -> Bool {
        var bytes = ByteBuffer(capacity: 64)
        for (key, place) in zip(keys, plan.sets[0]) {
            let value = try plan.keys[place].scalar.value(row, run)
            if let number = key.number {
                guard value.isNull || Self.digits(value, scale: number.scale) != nil else { return false }
                Self.append(Self.digits(value, scale: number.scale), to: &bytes)
            } else if case .text(let text) = value {
                Self.append(key.isPadded ? ValueOrder.trimmed(text) : text, to: &bytes)
            } else if case .bool(let value) = value {
                Self.append(value ? 1 : 0, to: &bytes)
            } else {
                Self.append(nil as Int64?, to: &bytes)
            }
        }
        var group = 0
        if !keys.isEmpty {
            let (index, isNew) = table.insert(bytes.raw)
            group = index
            if isNew {
                var made: Row = []
                for place in plan.sets[0] { made.append(try plan.keys[place].scalar.value(row, run)) }
                begin(made)
                guard try hasRoom() else { return false }
            }
        }
        for index in calls.indices {
            let total = group * calls.count + index
            guard let operand = calls[index].call.operands.first else {
                totals[total].count += 1
                continue
            }
            let value = try operand.value(row, run)
            if value.isNull { continue }
            guard let number = calls[index].number else {
                totals[total].count += 1
                continue
            }
            guard let digits = Self.digits(value, scale: number.scale) else { return false }
            switch calls[index].kind {
            case .least: choose(total, digits) { $0 < $1 }
            case .greatest: choose(total, digits) { $0 > $1 }
            default:
                totals[total].number += Int128(digits)
                totals[total].count += 1
            }
        }
        return true
    }

    private static func digits(_ value: SQLValue, scale: Int) -> Int64? {
        switch value {
        case .int(let number): return scale == 0 ? number : digits(.numeric(Numeric(number)), scale: scale)
        case .date(let days): return Int64(days)
        case .numeric(let number):
            guard case .small(let digits, let found) = number.form, found >= 0, found <= scale else { return nil }
            let (product, isTooLarge) = digits.multipliedReportingOverflow(by: Numeric.powersOfTen[scale - Int(found)])
            return isTooLarge ? nil : product
        default: return nil
        }
    }

    // MARK: Results

    private func result() throws(SQLError) -> [Row] {
        var rows: [Row] = []
        rows.reserveCapacity(groupCount)
        let empty = plan.level.emptyRow
        for group in 0..<groupCount {
            var row = empty
            for place in keys.indices { row[keys[place].position] = values[group * keys.count + place] }
            for index in calls.indices {
                row[calls[index].call.position] = try result(calls[index], totals[group * calls.count + index])
            }
            rows.append(row)
        }
        return rows
    }

    private func result(_ call: Call, _ total: Total) throws(SQLError) -> SQLValue {
        let scale = call.number?.scale ?? 0
        switch call.kind {
        case .countRows, .countValues, .count: return .int(total.count)
        default: if total.count == 0 { return .null }
        }
        switch call.kind {
        case .average: return .numeric(try Numeric.divide(Numeric(wide: total.number, scale: scale), Numeric(total.count)))
        case .sum where call.call.type.oid == SQLType.int8.oid:
            guard let sum = Int64(exactly: total.number) else { throw SQLError(.numericValueOutOfRange, "bigint out of range") }
            return .int(sum)
        case .sum: return .numeric(Numeric(wide: total.number, scale: scale))
        default:
            let number = Int64(truncatingIfNeeded: total.number)
            switch call.call.operands[0].type.oid {
            case SQLType.numeric.oid: return .numeric(Numeric(number, scale: scale))
            case SQLType.date.oid: return .date(Int32(truncatingIfNeeded: number))
            default: return .int(number)
            }
        }
    }
}
