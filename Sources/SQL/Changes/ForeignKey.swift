import Catalog

/// A foreign key between two tables.
struct ForeignKey {
    let constraint: Declaration.Constraint
    let table: TableRelation
    let target: TableRelation
    let columns: [Int]
    let targetColumns: [Int]
    /// How many of the columns are the cell's.
    private let cellCount: Int
    private let arePadded: [Bool]

    init(constraint: Declaration.Constraint, table: TableRelation, target: TableRelation, _ catalog: any TypeCatalog) {
        self.constraint = constraint
        self.table = table
        self.target = target
        // Within a group a row refers to one of its own cell.
        let areTogether = table.declaration.cells != nil && table.declaration.cells == target.declaration.cells
        let (cell, targetCell) = areTogether ? (Array(table.cellIndexes), Array(target.cellIndexes)) : ([], [])
        columns = cell + constraint.columns.compactMap { table.declaration.index(of: $0) }
        targetColumns = targetCell + constraint.referenced.compactMap { target.declaration.index(of: $0) }
        cellCount = cell.count
        arePadded = Self.arePadded(columns.map { table.rowTypes[$0] }, targetColumns.map { target.rowTypes[$0] }, catalog)
    }

    /// Of the referencing columns, and of those that they refer to.
    var types: [SQLType] { columns.map { table.rowTypes[$0] } }
    var targetTypes: [SQLType] { targetColumns.map { target.rowTypes[$0] } }
    var names: [String] { ownColumns.map { table.declaration.columns[$0].name } }
    var targetNames: [String] { targetColumns.dropFirst(cellCount).map { target.declaration.columns[$0].name } }

    /// Without those of the cell.
    var ownColumns: ArraySlice<Int> { columns.dropFirst(cellCount) }

    func isDeferredNow(_ run: Run) -> Bool {
        guard constraint.isDeferrable, run.session.transaction.isBlock else { return false }
        return run.session.transaction.deferral(of: constraint.name) ?? constraint.isDeferred
    }

    func text(_ values: Row, _ names: [String], _ run: Run) -> String {
        let texts = zip(values, targetTypes).dropFirst(cellCount).map { $0.isNull ? "null" : TextOutput.shown($0, $1, run.session) }
        return "(\(names.joined(separator: ", ")))=(\(texts.joined(separator: ", ")))"
    }

    /// Throws `23503` unless each of the values is one of the target's.
    func check(_ wanted: [Row], _ writes: StatementWrites, _ definitions: Definitions, _ run: Run) throws(SQLError) {
        guard try !missing(wanted, writes, definitions, limit: 1).isEmpty else { return }
        // What ON UPDATE does may have changed a row again that was written before.
        let missing = try missing(wanted, writes, definitions)
        let broken = try writes.guardian(table, definitions).those(of: missing, types, columns, areThere: true)
        if let values = broken.first { throw isBroken(by: values, run) }
    }

    /// What to say of values that are none of the target's.
    func isBroken(by values: Row, _ run: Run) -> SQLError {
        SQLError(
            SQLState(rawValue: "23503"),
            "insert or update on table \"\(table.name)\" violates foreign key constraint \"\(constraint.name)\"",
            detail: "Key \(text(values, names, run)) is not present in table \"\(target.name)\".",
            subject: table.subject(constraint: constraint.name))
    }

    /// What to say of values that are gone from the target, and that rows still have.
    func isStillReferred(by values: Row, _ run: Run) -> SQLError {
        SQLError(
            SQLState(rawValue: "23503"),
            "update or delete on table \"\(target.name)\" violates foreign key constraint \"\(constraint.name)\" on table "
                + "\"\(table.name)\"",
            detail: "Key \(text(values, targetNames, run)) is still referenced from table \"\(table.name)\".",
            subject: table.subject(constraint: constraint.name))
    }

    /// The first of the values that are none of the target's.
    func missing(
        _ wanted: [Row], _ writes: StatementWrites, _ definitions: Definitions, limit: Int = .max
    ) throws(SQLError) -> [Row] {
        var left: [Row] = []
        for values in wanted {
            let nulls = values.filter(\.isNull).count
            if nulls == 0 {
                left.append(values)
            } else if constraint.isFull, nulls < values.count - cellCount {
                throw SQLError(
                    SQLState(rawValue: "23503"),
                    "insert or update on table \"\(table.name)\" violates foreign key constraint \"\(constraint.name)\"",
                    detail: "MATCH FULL does not allow mixing of null and nonnull key values.",
                    subject: table.subject(constraint: constraint.name))
            }
        }
        guard !left.isEmpty else { return [] }
        var missing: [Row] = []
        let guardian = try writes.guardian(target, definitions)
        // What is there, as far as it was looked for; all that is, where nobody else knows.
        var known: Set<GroupKey> = []
        var isComplete = false
        for values in left {
            let key = form(values)
            if known.contains(key) { continue }
            if !isComplete, let isThere = try guardian.hasRow(having: values, of: types, in: targetColumns) {
                if isThere { known.insert(key) }
            } else if !isComplete {
                isComplete = true
                try guardian.eachRow(Set(targetColumns)) { _, row throws(SQLError) in known.insert(form(targetColumns.map { row[$0] })) }
            }
            if known.contains(key) { continue }
            missing.append(values)
            if missing.count == limit { break }
        }
        return missing
    }

    /// Values of the two sides are equal where these are, whatever the types of their columns.
    func form(_ values: Row) -> GroupKey { Self.form(values, arePadded) }

    /// - Parameter arePadded: where blanks at the end of a text mean nothing.
    static func form(_ values: Row, _ arePadded: [Bool]) -> GroupKey {
        GroupKey(zip(values, arePadded).map { common($0, isPadded: $1) })
    }

    /// Blanks at the end mean nothing where one side is `char(n)`.
    static func arePadded(_ types: [SQLType], _ others: [SQLType], _ catalog: any TypeCatalog) -> [Bool] {
        zip(types, others).map { pair in
            [pair.0, pair.1].contains { TypeTable.base(of: $0, catalog).oid == SQLType.bpchar.oid }
        }
    }

    /// Numbers of different types meet as numerics, days and moments as moments.
    private static func common(_ value: SQLValue, isPadded: Bool) -> SQLValue {
        switch value {
        case .int(let number): .numeric(Numeric(number))
        case .double(let number) where number.isFinite: .numeric(Numeric(number, significantDigits: 17))
        case .date(let day) where abs(Int64(day)) < 4_000_000: .timestamp(Int64(day) * 86_400_000_000)
        case .text(let text) where isPadded: .text(ValueOrder.trimmed(text))
        default: value
        }
    }
}

extension TableGuard {
    /// Those of the values that rows have, or that none has: by entries, or by going through the table once.
    func those(of all: [Row], _ given: [SQLType], _ columns: [Int], areThere: Bool) throws(SQLError) -> [Row] {
        var found: [Row] = []
        var looked = 0
        while looked < all.count, let isThere = try hasRow(having: all[looked], of: given, in: columns) {
            if isThere == areThere { found.append(all[looked]) }
            looked += 1
        }
        guard looked < all.count else { return found }
        let arePadded = ForeignKey.arePadded(given, columns.map { types[$0] }, definitions)
        let rest = all[looked...].map { (values: $0, form: ForeignKey.form($0, arePadded)) }
        let wanted = Set(rest.map(\.form))
        var there: Set<GroupKey> = []
        try eachRow(Set(columns)) { _, row throws(SQLError) in
            let form = ForeignKey.form(columns.map { row[$0] }, arePadded)
            if wanted.contains(form) { there.insert(form) }
        }
        return found + rest.filter { there.contains($0.form) == areThere }.map(\.values)
    }

    /// Whether a row has the values, by entries or by going through the table.
    func isThere(_ values: Row, _ given: [SQLType], _ columns: [Int]) throws(SQLError) -> Bool {
        if let isThere = try hasRow(having: values, of: given, in: columns) { return isThere }
        let arePadded = ForeignKey.arePadded(given, columns.map { types[$0] }, definitions)
        let wanted = ForeignKey.form(values, arePadded)
        var isThere = false
        try eachRow(Set(columns)) { _, row throws(SQLError) in
            if !isThere, ForeignKey.form(columns.map { row[$0] }, arePadded) == wanted { isThere = true }
        }
        return isThere
    }
}
