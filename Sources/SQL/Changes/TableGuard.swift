import Catalog

/// What every row of a table that SQL writes goes through: defaults, generated columns, constraints, keys. Made for one statement.
final class TableGuard {
    let table: TableRelation
    let types: [SQLType]
    let run: Run
    let definitions: Definitions
    let rules: TableRules
    private(set) var uniques: [UniqueGuard] = []
    /// Those that are looked at once the statement is through.
    private(set) var deferrable: [UniqueGuard] = []
    /// The greatest counted key, in each cell.
    var greatestKeys: [Datum: Int] = [:]
    /// Whether a row was given a hidden key.
    private var hasNumberedRow = false
    /// Whether there are rows that were not looked at yet for what holds at the end of a statement.
    var hasNewRows = false
    private var areNoted: Bool?
    /// Of the row that was written last.
    private(set) var lastKey: Datum?
    private(set) var lastDocument: Datum?
    /// Whether the table's write hook has seen the rows already.
    var ignoresHook = false
    /// Reads what the hook has made.
    var hookReader: DeclaredRowReader?

    init(_ table: TableRelation, _ run: Run, _ definitions: Definitions) throws(SQLError) {
        self.table = table
        self.run = run
        self.definitions = definitions
        types = table.rowTypes
        rules = try run.session.rules(of: table, definitions)
        for unique in rules.uniques {
            if unique.isDeferrable { deferrable.append(UniqueGuard(unique)) } else { uniques.append(UniqueGuard(unique)) }
        }
    }

    // MARK: - Writing

    /// The value that a column gets where none is given.
    func defaultValue(_ index: Int) throws(SQLError) -> SQLValue { try rules.defaults[index]?.value([], run) ?? .null }

    /// What SET assigns; nil is DEFAULT.
    /// - Parameter known: the values of the scalars, where they were computed before.
    func assign(
        _ assignments: [(index: Int, scalar: Scalar?)], known: Row? = nil, to new: inout Row, _ row: Row, _ run: Run
    ) throws(SQLError) {
        var place = 0
        for (index, scalar) in assignments {
            guard let scalar else {
                new[index] = try defaultValue(index)
                continue
            }
            new[index] = if let known { known[place] } else { try scalar.value(row, run) }
            place += 1
        }
    }

    func complete(_ values: inout Row) throws(SQLError) {
        try generate(&values)
        try require(values)
    }

    /// Computes the columns that are generated of others.
    func generate(_ values: inout Row) throws(SQLError) {
        for (index, scalar) in rules.generated { values[index] = try scalar.value(values, run) }
    }

    /// Throws `23502` or `23514` for a row that a column or a CHECK does not allow.
    /// - Parameter unproven: names of checks that are not looked at.
    func require(_ values: Row, except unproven: Set<String> = []) throws(SQLError) {
        for (index, column) in table.declaration.columns.enumerated() where column.isNotNull && values[index].isNull {
            throw isNull(column, values)
        }
        for index in rules.jsonKeyColumns {
            // Stored it is NULL.
            if case .json(let datum) = values[index], datum.isNull { throw isNull(table.declaration.columns[index], values) }
        }
        for (name, scalar) in rules.checks where !unproven.contains(name) {
            if case .bool(false) = try scalar.value(values, run) {
                throw violation(
                    "23514", "new row for relation \"\(table.name)\" violates check constraint \"\(name)\"",
                    detail: "Failing row contains \(text(of: values)).", table.subject(constraint: name))
            }
        }
    }

    private func isNull(_ column: Declaration.Column, _ values: Row) -> SQLError {
        violation(
            "23502", "null value in column \"\(column.name)\" of relation \"\(table.name)\" violates not-null constraint",
            detail: "Failing row contains \(text(of: values)).", table.subject(column: column.name))
    }

    private func violation(_ state: String, _ message: String, detail: String? = nil, _ subject: SQLError.Subject? = nil) -> SQLError {
        SQLError(SQLState(rawValue: state), message, detail: detail, subject: subject)
    }

    func text(of values: Row) -> String {
        "(" + zip(values, types).map { $0.isNull ? "null" : TextOutput.shown($0, $1, run.session) }.joined(separator: ", ") + ")"
    }

    /// Adds a row; nil stands for a default. Afterwards `values` are what was stored.
    ///
    /// - Parameter onConflict: asked where a key is taken: by which constraint, and by which row. False takes the row back.
    /// - Parameter arbiters: names of the constraints that are asked before the others; nil: all are alike.
    /// - Parameter cell: the key of the cell that the row is put into.
    func insert(
        _ given: [SQLValue?], cell: Row = [], others: [(String, Datum)] = [], arbiters: Set<String>? = nil,
        conflict: ((Conflicting) throws(SQLError) -> Void)? = nil
    ) throws(SQLError) -> Row? {
        var values = try completed(given, cell)
        var others = others
        let hookedKey = try hook(&values, &others, over: nil)
        if let taken = try conflicting(values, replacing: nil, arbiters) {
            guard let conflict else { throw duplicate(taken.name, values, of: taken.scalars) }
            try conflict(taken)
            return nil
        }
        let key = if let hookedKey { hookedKey } else { try key(of: values, existing: nil) }
        try put(values, key, others)
        for unique in uniques { try unique.add(values, key, run) }
        try note(.inserted, old: nil, new: values)
        return values
    }

    /// A whole row from its values, of which nil stands for a default, as the declaration makes it. Whether others have what it has is not
    /// looked at.
    func completed(_ given: [SQLValue?], _ cell: Row) throws(SQLError) -> Row {
        guard cell.count == table.cellIndexes.count else { throw Cells.needed(table) }
        var values: Row = []
        values.reserveCapacity(given.count + cell.count)
        for (index, value) in given.enumerated() {
            if let value { values.append(value) } else { values.append(try defaultValue(index)) }
        }
        values += cell
        if isHookAsked { try generate(&values) } else { try complete(&values) }
        return values
    }

    /// Replaces a row by another.
    ///
    /// - Parameter others: fields that are no columns; nil: those that the row has.
    func update(_ old: Row, oldKey: Datum, _ new: inout Row, others given: [(String, Datum)]? = nil) throws(SQLError) {
        if isHookAsked { try generate(&new) } else { try complete(&new) }
        var others = given ?? []
        if given == nil, table.declaration.isOpen { others = try otherFields(oldKey) }
        let hookedKey = try hook(&new, &others, over: oldKey)
        let newKey = if let hookedKey { hookedKey } else { try key(of: new, existing: oldKey) }
        if let taken = try conflicting(new, replacing: (oldKey, old)) { throw duplicate(taken.name, new, of: taken.scalars) }
        if newKey != oldKey {
            try remove(oldKey)
        } else if zip(new, old).allSatisfy({ $0.mayBeSame(as: $1) }) {
            // Nothing changes, and the row is locked all the same.
            try lock(oldKey)
        }
        try put(new, newKey, others)
        for unique in uniques {
            try unique.remove(old, run)
            try unique.add(new, newKey, run)
        }
        try note(.updated, old: old, new: new)
    }

    func delete(_ old: Row, key: Datum) throws(SQLError) {
        try remove(key)
        for unique in uniques { try unique.remove(old, run) }
        try note(.deleted, old: old, new: nil)
    }

    func note(_ kind: StatementWrites.Kind, old: Row?, new: Row?) throws(SQLError) {
        if let new {
            hasNewRows = true
            for unique in deferrable { unique.note(new) }
        }
        if try needsNotes() { try run.writes.note(kind, table, old: old, new: new, definitions) }
    }

    /// Says that what is written need not be noted, whatever foreign keys there are.
    func notesNothing() { areNoted = false }

    /// Whether what is written has to be noted for what is checked once all of it is.
    func needsNotes() throws(SQLError) -> Bool {
        let areNoted = if let areNoted { areNoted } else { try run.writes.areNoted(table, definitions) }
        self.areNoted = areNoted
        return areNoted
    }

    /// A row that has what another may not have as well.
    struct Conflicting {
        var name: String
        /// What is to be different.
        var scalars: [Scalar]
        var key: Datum
    }

    /// Another row that has what a row has. One that an open transaction has changed or removed is waited for: it may be gone then.
    ///
    /// - Parameter own: the row that is replaced.
    private func conflicting(
        _ values: Row, replacing own: (key: Datum, row: Row)?, _ arbiters: Set<String>? = nil
    ) throws(SQLError) -> Conflicting? {
        guard let found = try firstConflicting(values, replacing: own, arbiters) else { return nil }
        let config = table.config
        try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            try transaction.requireSettled(found.key, in: config)
        }
        return found
    }

    private func firstConflicting(
        _ values: Row, replacing own: (key: Datum, row: Row)?, _ arbiters: Set<String>? = nil
    ) throws(SQLError) -> Conflicting? {
        var other: Conflicting?
        if !table.hasHiddenKey, let primary = table.declaration.primaryKey {
            let key = try key(of: values, existing: nil)
            if key != own?.key, try exists(key) {
                let found = Conflicting(name: primary.name, scalars: scalars(table.declaration.primaryKeyIndexes), key: key)
                guard let arbiters, !arbiters.contains(primary.name) else { return found }
                other = found
            }
        }
        for unique in uniques {
            let isArbiter = arbiters?.contains(unique.name) ?? true
            if other != nil, !isArbiter { continue }
            // Nobody else has what the row had.
            if let own, try unique.isUnchanged(from: own.row, to: values, run) { continue }
            if let key = try unique.find(values, self, run, ignoring: own?.key) {
                let found = Conflicting(name: unique.name, scalars: unique.scalars, key: key)
                if isArbiter { return found }
                other = found
            }
        }
        return other
    }

    func duplicate(_ name: String, _ values: Row, _ columns: [Int]) -> SQLError { duplicate(name, values, of: scalars(columns)) }

    func duplicate(_ name: String, _ values: Row, of scalars: [Scalar]) -> SQLError {
        violation(
            "23505", "duplicate key value violates unique constraint \"\(name)\"",
            detail: keyText(values, scalars).map { "Key \($0) already exists." }, table.subject(constraint: name))
    }

    private func scalars(_ columns: [Int]) -> [Scalar] { columns.map { ColumnScalar($0, types[$0]) } }

    /// `(a, lower(b))=(1, x)`; nil if nothing of the table's own columns is among them.
    func keyText(_ values: Row, _ scalars: [Scalar]) -> String? {
        let columns = table.declaration.columns
        let shown = scalars.filter { ($0 as? ColumnScalar).map { $0.position < columns.count } ?? true }
        guard !shown.isEmpty else { return nil }
        let names = shown.map { scalar in (scalar as? ColumnScalar).map { columns[$0.position].name } ?? ScalarText.of(scalar) }
        let texts = shown.map { scalar in
            guard let value = try? scalar.value(values, run), !value.isNull else { return "null" }
            return TextOutput.shown(value, scalar.type, run.session)
        }
        return "(\(names.joined(separator: ", ")))=(\(texts.joined(separator: ", ")))"
    }

    // MARK: - Documents

    func key(of values: Row, existing: Datum?) throws(SQLError) -> Datum {
        if let index = table.declared.keyColumn {
            return try StoredForm.datum(values[index], types[index])
        }
        let columns = table.declared.keyColumns
        var parts: [Datum] = []
        for column in table.cellIndexes + columns { parts.append(try StoredForm.datum(values[column], types[column])) }
        if !columns.isEmpty { return Datum(elements: parts) }
        if let existing { return existing }
        let cell = Datum(elements: parts)
        let numbered = { (number: Int) in parts.isEmpty ? Datum(number) : Datum(elements: parts + [Datum(number)]) }
        // For one row it takes less to look whether another door has put a document there than to look for the greatest key.
        if !hasNumberedRow, let next = ServerSessions.of(run.session.catalog).takeNextRowNumber(of: table.config.id) {
            hasNumberedRow = true
            let key = numbered(next)
            if try !exists(key) { return key }
        }
        hasNumberedRow = true
        let known = if let noted = greatestKeys[cell] { noted } else { try greatestKey(in: cell) }
        // Also above those of transactions that have not committed.
        let number = ServerSessions.of(run.session.catalog).takeRowNumber(of: table.config.id, above: known)
        greatestKeys[cell] = number
        return numbered(number)
    }

    /// The greatest of the numbers that are the table's keys, or the last parts of those in a cell; 0 if there is none.
    func greatestKey(in cell: Datum) throws(SQLError) -> Int {
        let config = table.config
        let bounds =
            cell.count == 0
            ? KeyBounds.all : KeyBounds(lower: cell, upper: Datum(elements: cell.elements + [.maxval]), upperInclusive: true)
        return try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            let last = try transaction.snapshot().unnoted.nth(0, in: config, bounds, reversed: true)?[field: config.primaryKey]
            return (last?.kind == .array ? last.flatMap { $0.count > cell.count ? $0[cell.count].integer : nil } : last?.integer) ?? 0
        }
    }

    private func exists(_ key: Datum) throws(SQLError) -> Bool {
        let config = table.config
        return try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            try transaction.get(key, in: config) != nil
        }
    }

    /// Keeps others from changing a row until the transaction ends.
    func lock(_ key: Datum) throws(SQLError) {
        let config = table.config
        try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            try transaction.lock(key, in: config, .noKeyUpdate)
        }
    }

    /// The row that stands at a key now, with what this statement wrote.
    func row(at key: Datum) throws(SQLError) -> Row? {
        let config = table.config
        let document = try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            try transaction.get(key, in: config)
        }
        return document.map { row(of: $0) }
    }

    /// - Parameter columns: those that are wanted, the others are NULL; nil: all.
    func row(of document: Datum, _ columns: Set<Int>? = nil) -> Row {
        var row: Row = table.declaration.columns.enumerated().map { index, column in
            if let columns, !columns.contains(index) { return .null }
            return document[field: column.name].map { StoredForm.value($0, types[index], rules.baseTypes[index], rules.shapes[index]) }
                ?? .null
        }
        guard table.hasCells else { return row }
        let key = document[field: table.config.primaryKey] ?? .null
        for (place, index) in table.cellIndexes.enumerated() { row.append(Cells.part(place, of: key, types[index], run.session.types)) }
        return row
    }

    /// The fields of a document that are no columns.
    private func otherFields(_ key: Datum) throws(SQLError) -> [(String, Datum)] {
        let config = table.config
        let found = try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            try transaction.get(key, in: config)
        }
        guard let document = found else { return [] }
        var fields: [(String, Datum)] = []
        for index in 0..<document.count {
            let name = document.key(at: index)
            if name != config.primaryKey, table.declaration.column(named: name) == nil { fields.append((name, document[index].owned)) }
        }
        return fields
    }

    /// What is stored of a row.
    func document(_ values: Row, _ key: Datum, _ others: [(String, Datum)] = []) throws(SQLError) -> Datum {
        var fields = others
        for (name, index) in rules.storedOrder { fields.append((name, try StoredForm.datum(values[index], types[index]))) }
        if table.hasHiddenKey { fields.append((table.config.primaryKey, key)) }
        return Datum(fields: fields)
    }

    private func put(_ values: Row, _ key: Datum, _ others: [(String, Datum)] = []) throws(SQLError) {
        let document = try document(values, key, others)
        let config = table.config
        (lastKey, lastDocument) = (key, document)
        try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            // The hook was asked before the row was held to the declaration.
            _ = try transaction.put(document, in: config, ignoringHook: true)
        }
    }

    private func remove(_ key: Datum) throws(SQLError) {
        let config = table.config
        try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            _ = try transaction.delete(key, in: config)
        }
    }
}

extension SQLValue {
    /// False if it is certainly another value. Of those that take long to compare it is not found out.
    fileprivate func mayBeSame(as other: SQLValue) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.null, _), (_, .null): false
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)), (.time(let a), .time(let b)): a == b
        case (.timestamp(let a), .timestamp(let b)), (.timestamptz(let a), .timestamptz(let b)): a == b
        case (.date(let a), .date(let b)): a == b
        case (.double(let a), .double(let b)): a.bitPattern == b.bitPattern
        case (.text(let a), .text(let b)): a == b
        case (.numeric(let a), .numeric(let b)):
            if case (.small(let number, let scale), .small(let other, let otherScale)) = (a.form, b.form) {
                number == other && scale == otherScale
            } else {
                true
            }
        default: true
        }
    }
}
