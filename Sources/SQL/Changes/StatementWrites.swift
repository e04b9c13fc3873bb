import Catalog

/// What a statement has written, and what has to be checked once all of it is: foreign keys, from both sides.
final class StatementWrites {
    enum Kind { case inserted, updated, deleted }

    struct Note {
        var kind: Kind
        var table: TableRelation
        var old: Row?
        var new: Row?

        var byteCount: Int { 64 + (old.map(Run.byteCount) ?? 0) + (new.map(Run.byteCount) ?? 0) }
    }

    unowned let run: Run
    private var guards: [String: TableGuard] = [:]
    private var notes: [Note] = []
    private var position = 0
    private var notedByteCount = 0
    /// So many notes, and inserted rows are held to what they refer to before the statement ends.
    private static let settledCount = 8192
    private var nextSettling = settledCount
    /// Values that were not there when their rows were looked at: rows to come may have them.
    private var unsettled: [String: [Row]] = [:]
    /// Tables whose inserted rows are noted no more.
    private var settledTables: Set<String> = []
    /// Rows of this table may refer to rows of it that are still to come.
    var selfReferences: SelfReferences?
    private var known: (definitions: Definitions, tables: [TableRelation], keys: [ForeignKey])?

    init(_ run: Run) {
        self.run = run
    }

    func guardian(_ table: TableRelation, _ definitions: Definitions) throws(SQLError) -> TableGuard {
        if let known = guards[table.config.id] { return known }
        let made = try TableGuard(table, run, definitions)
        guards[table.config.id] = made
        return made
    }

    /// Whether what is written to a table has to be noted: foreign keys go from it or lead to it, or it is the key of cells.
    func areNoted(_ table: TableRelation, _ definitions: Definitions) throws(SQLError) -> Bool {
        let id = table.config.id
        if table.declaration.isCellGroup || table.declaration.constraints.contains(where: { $0.kind == .foreign }) { return true }
        return try definitions.referringTables().contains { other in
            other.declaration.constraints.contains { $0.kind == .foreign && $0.references == id }
        }
    }

    func note(_ kind: Kind, _ table: TableRelation, old: Row?, new: Row?, _ definitions: Definitions) throws(SQLError) {
        let note = Note(kind: kind, table: table, old: old, new: new)
        try run.take(note.byteCount)
        notedByteCount += note.byteCount
        notes.append(note)
        if kind == .inserted, notes.count >= nextSettling { try settle(definitions) }
    }

    /// Looks for what inserted rows refer to, and keeps of them what was not found: a statement may insert more rows than can be noted.
    ///
    /// What is found now is there at the end, too, or its removal is noted and refused.
    private func settle(_ definitions: Definitions) throws(SQLError) {
        let keys = try foreignKeys(definitions).keys
        // None of them was gone through: that is done at the end.
        let inserted = notes.filter { $0.kind == .inserted }
        guard !inserted.isEmpty else { return }
        try run.session.transaction.restingOnReads { () throws(SQLError) in
            for key in keys where !key.isDeferredNow(run) {
                let wanted = inserted.compactMap { note in
                    note.table.config.id == key.table.config.id ? note.new.map { new in key.columns.map { new[$0] } } : nil
                }
                let missing = try key.missing(wanted, self, definitions)
                for values in missing {
                    let byteCount = Run.byteCount(of: values)
                    try run.take(byteCount)
                    notedByteCount += byteCount
                }
                unsettled[key.constraint.id, default: []] += missing
            }
        }
        for note in inserted {
            settledTables.insert(note.table.config.id)
            run.keepNoLonger(note.byteCount)
            notedByteCount -= note.byteCount
        }
        notes.removeAll { $0.kind == .inserted }
        nextSettling = notes.count + Self.settledCount
    }

    /// The tables of the database, and the foreign keys between them.
    func foreignKeys(_ definitions: Definitions) throws(SQLError) -> (tables: [TableRelation], keys: [ForeignKey]) {
        if let known, known.definitions === definitions { return (known.tables, known.keys) }
        let tables = try definitions.referringTables()
        var keys: [ForeignKey] = []
        for table in tables {
            for constraint in table.declaration.constraints where constraint.kind == .foreign {
                guard let id = constraint.references, let target = try definitions.table(id: id) else { continue }
                keys.append(ForeignKey(constraint: constraint, table: table, target: target))
            }
        }
        known = (definitions, tables, keys)
        return (tables, keys)
    }

    /// Whether a write to a table may be refused, or write more, once it is done.
    func hasConsequences(_ table: TableRelation, _ definitions: Definitions) throws(SQLError) -> Bool {
        let keys = try foreignKeys(definitions).keys
        return table.declaration.isCellGroup || table.declaration.constraints.contains(where: \.isDeferrable)
            || keys.contains { $0.table.config.id == table.config.id || $0.target.config.id == table.config.id }
    }

    /// Whether other tables have rows that depend on those of a table.
    func isReferred(_ table: TableRelation, _ definitions: Definitions) throws(SQLError) -> Bool {
        if table.declaration.isCellGroup { return true }
        return try foreignKeys(definitions).keys.contains { $0.target.config.id == table.config.id }
    }

    /// Checks foreign keys and does their actions. Called at the end of the statement.
    func finish(_ definitions: Definitions) throws(SQLError) {
        guard !notes.isEmpty || !settledTables.isEmpty else { return try checkDeferrable() }
        let (tables, keys) = try foreignKeys(definitions)
        guard !keys.isEmpty else {
            try checkCells(notes, tables, run)
            try checkDeferrable()
            forgetNotes()
            return
        }
        // Actions write, which may be noted behind.
        var removed: [(ForeignKey, Row)] = []
        while position < notes.count {
            let note = notes[position]
            position += 1
            guard let old = note.old else { continue }
            for key in keys where key.target.config.id == note.table.config.id {
                let values = key.targetColumns.map { old[$0] }
                guard !values.contains(where: \.isNull) else { continue }
                if let new = note.new, ForeignKey.key(key.targetColumns.map { new[$0] }) == ForeignKey.key(values) { continue }
                try act(key, note, values, definitions, &removed)
            }
        }
        try checkCells(notes, tables, run)
        for (key, values) in removed where !(key.isDeferredNow(run)) {
            if isAwaited(key) { try awaitRemoved(key, values) } else { try requireNoReference(key, values, definitions) }
        }
        for key in keys {
            if let left = unsettled[key.constraint.id], !left.isEmpty { try key.check(left, self, definitions, run) }
            let mine = notes.filter { $0.table.config.id == key.table.config.id && $0.new != nil }
            guard !mine.isEmpty else { continue }
            if key.isDeferredNow(run) { continue }
            try requireTargets(key, mine, definitions)
        }
        let deferred = keys.filter { $0.isDeferredNow(run) }
        if !deferred.isEmpty {
            let touched = settledTables.union(notes.map(\.table.config.id))
            for key in deferred where touched.contains(key.table.config.id) || touched.contains(key.target.config.id) {
                run.session.transaction.deferredKeys[key.constraint.id] = key.constraint.name
            }
        }
        try checkDeferrable()
        forgetNotes()
    }

    /// Whether what a foreign key leads to may still come.
    private func isAwaited(_ key: ForeignKey) -> Bool { selfReferences?.hold(key) ?? false }

    private func forgetNotes() {
        notes = []
        unsettled = [:]
        settledTables = []
        nextSettling = Self.settledCount
        position = 0
        run.keepNoLonger(notedByteCount)
        notedByteCount = 0
    }

    /// UNIQUE that may be broken within a statement holds at its end, or at that of the transaction.
    private func checkDeferrable() throws(SQLError) {
        for guardian in guards.values where guardian.hasNewRows {
            guardian.hasNewRows = false
            for unique in guardian.deferrable {
                guard let constraint = guardian.table.declaration.constraints.first(where: { $0.name == unique.name }) else { continue }
                let transaction = run.session.transaction
                if transaction.isBlock, transaction.deferral(of: constraint.name) ?? constraint.isDeferred {
                    transaction.deferredKeys[constraint.id] = constraint.name
                } else {
                    try unique.check(guardian, run, isNew: false)
                }
            }
        }
    }

    /// ON DELETE and ON UPDATE.
    private func act(
        _ key: ForeignKey, _ note: Note, _ values: Row, _ definitions: Definitions, _ removed: inout [(ForeignKey, Row)]
    ) throws(SQLError) {
        let action = note.new == nil ? key.constraint.onDelete : key.constraint.onUpdate
        guard action != "no action", action != "restrict" else {
            if action == "restrict" { try requireNoReference(key, values, definitions, isRestrict: true) }
            removed.append((key, values))
            return
        }
        let referencing = try guardian(key.table, definitions)
        for (rowKey, row) in try referencing.rows(having: values, of: key.targetTypes, in: key.columns) {
            switch action {
            case "cascade":
                guard let new = note.new else {
                    try referencing.delete(row, key: rowKey)
                    continue
                }
                var changed = row
                for (column, target) in zip(key.columns, key.targetColumns) { changed[column] = new[target] }
                try referencing.update(row, oldKey: rowKey, &changed)
            default:
                var changed = row
                let chosen = key.constraint.onDeleteColumns.compactMap { key.table.declaration.index(of: $0) }
                for column in note.new == nil && !chosen.isEmpty ? chosen : Array(key.ownColumns) {
                    changed[column] = action == "set null" ? .null : try referencing.defaultValue(column)
                }
                try referencing.update(row, oldKey: rowKey, &changed)
                // The default may be what has just gone.
                if ForeignKey.key(key.columns.map { changed[$0] }) == ForeignKey.key(values) { removed.append((key, values)) }
            }
        }
    }

    /// No row may refer to values that are gone.
    func requireNoReference(
        _ key: ForeignKey, _ values: Row, _ definitions: Definitions, isRestrict: Bool = false
    ) throws(SQLError) {
        // They may have come back in another row.
        if !isRestrict {
            let target = try guardian(key.target, definitions)
            guard try !target.isThere(values, key.targetTypes, key.targetColumns) else { return }
        }
        let referencing = try guardian(key.table, definitions)
        guard try referencing.isThere(values, key.targetTypes, key.columns) else { return }
        throw SQLError(
            SQLState(rawValue: "23503"),
            "update or delete on table \"\(key.target.name)\" violates foreign key constraint \"\(key.constraint.name)\" on table "
                + "\"\(key.table.name)\"",
            detail: "Key \(key.text(values, key.targetNames, run)) is still referenced from table \"\(key.table.name)\".",
            subject: key.table.subject(constraint: key.constraint.name))
    }

    /// Every row refers to one that is there.
    private func requireTargets(_ key: ForeignKey, _ notes: [Note], _ definitions: Definitions) throws(SQLError) {
        let wanted = notes.compactMap { note -> Row? in
            guard let new = note.new else { return nil }
            let values = key.columns.map { new[$0] }
            if let old = note.old, ForeignKey.key(key.columns.map { old[$0] }) == ForeignKey.key(values) { return nil }
            return values
        }
        if isAwaited(key) { try awaitTargets(key, wanted, definitions) } else { try key.check(wanted, self, definitions, run) }
    }
}

/// A foreign key between two tables.
struct ForeignKey {
    let constraint: Declaration.Constraint
    let table: TableRelation
    let target: TableRelation
    let columns: [Int]
    let targetColumns: [Int]
    /// How many of the columns are the cell's.
    private let cellCount: Int

    init(constraint: Declaration.Constraint, table: TableRelation, target: TableRelation) {
        self.constraint = constraint
        self.table = table
        self.target = target
        // Within a group a row refers to one of its own cell.
        let areTogether = table.declaration.cells != nil && table.declaration.cells == target.declaration.cells
        let (cell, targetCell) = areTogether ? (Array(table.cellIndexes), Array(target.cellIndexes)) : ([], [])
        columns = cell + constraint.columns.compactMap { table.declaration.index(of: $0) }
        targetColumns = targetCell + constraint.referenced.compactMap { target.declaration.index(of: $0) }
        cellCount = cell.count
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
        guard let values = try missing(wanted, writes, definitions, limit: 1).first else { return }
        throw SQLError(
            SQLState(rawValue: "23503"),
            "insert or update on table \"\(table.name)\" violates foreign key constraint \"\(constraint.name)\"",
            detail: "Key \(text(values, names, run)) is not present in table \"\(target.name)\".",
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
            let key = Self.key(values)
            if known.contains(key) { continue }
            if !isComplete, let isThere = try guardian.hasRow(having: values, of: types, in: targetColumns) {
                if isThere { known.insert(key) }
            } else if !isComplete {
                isComplete = true
                for (_, row) in try guardian.currentRows() { known.insert(Self.key(targetColumns.map { row[$0] })) }
            }
            if known.contains(key) { continue }
            missing.append(values)
            if missing.count == limit { break }
        }
        return missing
    }

    /// Values of the two sides are equal where these are, whatever the types of their columns.
    static func key(_ values: Row) -> GroupKey { GroupKey(values.map(common)) }

    /// Numbers of different types meet as numerics, days and moments as moments.
    private static func common(_ value: SQLValue) -> SQLValue {
        switch value {
        case .int(let number): .numeric(Numeric(number))
        case .double(let number) where number.isFinite: .numeric(Numeric(number, significantDigits: 17))
        case .date(let day) where abs(Int64(day)) < 4_000_000: .timestamp(Int64(day) * 86_400_000_000)
        case .text(let text): .text(ValueOrder.trimmed(text))
        default: value
        }
    }
}

extension TableGuard {
    /// Whether a row has the values, by entries or by going through the table.
    fileprivate func isThere(_ values: Row, _ given: [SQLType], _ columns: [Int]) throws(SQLError) -> Bool {
        if let isThere = try hasRow(having: values, of: given, in: columns) { return isThere }
        let wanted = ForeignKey.key(values)
        return try currentRows().contains { item in ForeignKey.key(columns.map { item.row[$0] }) == wanted }
    }
}
