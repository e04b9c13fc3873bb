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
            for key in keys {
                let wanted = inserted.compactMap { note in
                    note.table.config.id == key.table.config.id ? note.new.map { new in key.columns.map { new[$0] } } : nil
                }
                if key.isDeferredNow(run) {
                    postpone(key, wanted)
                    continue
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
                keys.append(ForeignKey(constraint: constraint, table: table, target: target, definitions))
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
                if let new = note.new, key.form(key.targetColumns.map { new[$0] }) == key.form(values) { continue }
                try act(key, note, values, definitions, &removed)
            }
        }
        try checkCells(notes, tables, run)
        for (key, values) in removed {
            if key.isDeferredNow(run) {
                postpone(key, [values], areRemoved: true)
            } else if isAwaited(key) {
                try awaitRemoved(key, values)
            } else {
                try requireNoReference(key, values, definitions)
            }
        }
        for key in keys {
            if let left = unsettled[key.constraint.id], !left.isEmpty { try key.check(left, self, definitions, run) }
            let mine = notes.filter { $0.table.config.id == key.table.config.id && $0.new != nil }
            guard !mine.isEmpty else { continue }
            let wanted = wanted(by: key, mine)
            if key.isDeferredNow(run) {
                postpone(key, wanted)
            } else if isAwaited(key) {
                try awaitTargets(key, wanted, definitions)
            } else {
                try key.check(wanted, self, definitions, run)
            }
        }
        try checkDeferrable()
        forgetNotes()
    }

    /// Notes values that a deferred foreign key is asked about at the end of the transaction.
    private func postpone(_ key: ForeignKey, _ rows: [Row], areRemoved: Bool = false) {
        guard !rows.isEmpty else { return }
        let (id, transaction) = (key.constraint.id, run.session.transaction)
        var check = transaction.deferredKeys.removeValue(forKey: id) ?? DeferredCheck(key.constraint.name)
        for values in rows {
            if !values.contains(where: \.isNull) {
                check.add(values, isRemoved: areRemoved)
            } else if key.constraint.isFull {
                check.lookAtAll()
            }
        }
        if check.isKept { transaction.deferredKeys[id] = check }
    }

    /// Looks at what a transaction has written for a deferred foreign key. What has gone again, or has come since, is no matter.
    func settle(_ check: DeferredCheck, of key: ForeignKey, _ definitions: Definitions) throws(SQLError) {
        let wanted = check.entries.filter { !$0.isRemoved }.map(\.values)
        let referencing = try guardian(key.table, definitions)
        let missing = try referencing.those(of: try key.missing(wanted, self, definitions), key.types, key.columns, areThere: true)
        // They may have come back in another row.
        let target = try guardian(key.target, definitions)
        let removed = check.entries.filter(\.isRemoved).map(\.values)
        let gone = try target.those(of: removed, key.targetTypes, key.targetColumns, areThere: false)
        let referred = try referencing.those(of: gone, key.targetTypes, key.columns, areThere: true)
        let (broken, stillReferred) = (Set(missing.map { GroupKey($0) }), Set(referred.map { GroupKey($0) }))
        // In the order in which it was written: the first one that doesn't hold is told.
        for entry in check.entries {
            if entry.isRemoved {
                if stillReferred.contains(GroupKey(entry.values)) { throw key.isStillReferred(by: entry.values, run) }
            } else if broken.contains(GroupKey(entry.values)) {
                throw key.isBroken(by: entry.values, run)
            }
        }
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
                let written = unique.takeWritten()
                if transaction.isBlock, transaction.deferral(of: constraint.name) ?? constraint.isDeferred {
                    transaction.deferredKeys[constraint.id, default: DeferredCheck(constraint.name)].add(written)
                } else {
                    try unique.check(written, guardian, run)
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
                if key.form(key.columns.map { changed[$0] }) == key.form(values) { removed.append((key, values)) }
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
        throw key.isStillReferred(by: values, run)
    }

    /// What rows refer to now, and didn't before.
    private func wanted(by key: ForeignKey, _ notes: [Note]) -> [Row] {
        notes.compactMap { note -> Row? in
            guard let new = note.new else { return nil }
            let values = key.columns.map { new[$0] }
            if let old = note.old, key.form(key.columns.map { old[$0] }) == key.form(values) { return nil }
            return values
        }
    }
}
