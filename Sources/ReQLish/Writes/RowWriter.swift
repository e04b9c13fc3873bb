/// Writes rows of one table, a batch in a transaction, and keeps count.
final class RowWriter {
    /// Documents written in one transaction, or fewer if others wait that write little: each is atomic, and not all of them together.
    static let batchCount = 1000

    let table: TableReference
    /// Whether SQL has declared the table, and so makes the keys of documents that have none.
    let isDeclared: Bool
    private let site: Site
    private let options: WriteOptions
    private let execution: Execution
    /// Why the user may not do to a row what is a part of `write`.
    private let refusals: [Permission: ReQLError]
    /// Whether rows were committed.
    private var hasWritten = false
    var result: WriteResult

    /// - Parameters:
    ///   - permission: What is mostly done to rows: a part of `write`. What becomes of each row is asked for as well.
    ///   - isIdle: Whether there is nothing to write, for which no permission is needed.
    /// - Throws: if the user may not write the table.
    init(
        _ table: TableReference, _ options: WriteOptions, _ execution: Execution, for permission: Permission, at site: Site,
        isIdle: Bool = false
    ) throws(ReQLError) {
        try table.checkPresent(at: site)
        var refusals: [Permission: ReQLError] = [:]
        if !isIdle, !execution.access.mayDoEverything {
            try execution.require(permission, on: table.config, at: site)
            // The answer tells of rows.
            try execution.require(.read, on: table.config, at: site)
            for part in Permission.partsOfWrite {
                do { try execution.require(part, on: table.config, at: site) } catch { refusals[part] = error }
            }
        }
        if options.ignoresWriteHook { try execution.require(.config, on: table.config, at: site) }
        self.refusals = refusals
        self.table = table
        isDeclared = table.config.declaration != nil
        self.site = site
        self.options = options
        self.execution = execution
        result = WriteResult(returnChanges: options.returnChanges, arrayLimit: execution.arrayLimit, execution.memory)
    }

    var primaryKey: String { table.config.primaryKey }

    /// Reads `rows` to its end and writes each by `body`, in batches.
    func writeAll(
        _ rows: RowStream, _ body: (Datum, inout CatalogTransaction) throws(ReQLError) -> Void
    ) throws(ReQLError) {
        var batch: [Datum] = []
        repeat {
            batch.removeAll(keepingCapacity: true)
            while batch.count < Self.batchCount, let row = try rows.next().row { batch.append(row) }
            if batch.isEmpty { return }
            do {
                try write(batch, isLong: batch.count >= CatalogTransaction.longCount && execution.writer.commitsEachWrite, body)
            } catch  where hasWritten && error.kind == .operationFailed {
                // Rows of earlier batches stay written.
                throw ReQLError(.operationIndeterminate, error.message + " Some of the rows had been written before.", frames: error.frames)
            }
        } while batch.count == Self.batchCount
    }

    /// Writes some rows in one transaction.
    ///
    /// - Parameter isLong: whether it may become several transactions where others wait that write little, and lets those go first.
    func write(
        _ rows: [Datum], isLong: Bool = false, _ body: (Datum, inout CatalogTransaction) throws(ReQLError) -> Void
    ) throws(ReQLError) {
        result.beginBatch()
        var rest = rows[...]
        repeat { rest = rest.dropFirst(try writeFirst(of: rest, isLong: isLong, body)) } while !rest.isEmpty
    }

    /// - Returns: how many were written.
    private func writeFirst(
        of rows: ArraySlice<Datum>, isLong: Bool, _ body: (Datum, inout CatalogTransaction) throws(ReQLError) -> Void
    ) throws(ReQLError) -> Int {
        // A row function that reads tables must not ask the transaction for a snapshot while it is being changed.
        if options.readsTables { _ = try execution.snapshot(at: site) }
        defer { execution.forgetSnapshot() }
        let before = result
        do {
            let durability = options.durability ?? table.config.durability
            let key = table.config.primaryKey
            let keys = { rows.compactMap { $0[field: key] } }
            let expected = isLong ? nil : execution.writer.expect(keys, in: table.config)
            let count = try execution.writer.write(durability, isLong: isLong, at: site) { transaction throws(ReQLError) in
                var count = 0
                expected?.end()
                try site.reading(transaction.prefetch(keys, in: table.config))
                for row in rows {
                    try execution.check()
                    try body(row, &transaction)
                    count += 1
                    if isLong && transaction.isWantedToEnd { break }
                }
                return count
            }
            hasWritten = true
            return count
        } catch {
            result = before
            throw error
        }
    }

    /// Deletes all rows at once, without reading them.
    func deleteAll() throws(ReQLError) {
        try write([.null]) { _, transaction throws(ReQLError) in
            let count = try site.reading(transaction.deleteAll(in: table.config))
            result.add(deleted: count)
        }
    }

    /// Replaces the row with this key by what `compute` makes of it. Null stands for "no row" on either side.
    ///
    /// What is wrong with the row alone is counted, and not thrown.
    func replace(
        _ key: Datum, in transaction: inout CatalogTransaction, hasGeneratedKey: Bool = false,
        _ compute: (_ old: Datum) throws(ReQLError) -> Datum
    ) throws(ReQLError) {
        if let system = table.system {
            return try replaceSystemRow(key, of: system, in: &transaction, hasGeneratedKey: hasGeneratedKey, compute)
        }
        if hasGeneratedKey { transaction.expectNew(key, in: table.config) }
        let found: FoundDocument
        do {
            found = try transaction.find(key, in: table.config)
        } catch {
            guard error.isAboutTheRow else { throw site.locate(error) }
            let isOfNoType = key.isNull || key.isPlainObject
            return count(.invalid(isOfNoType ? Self.noKey(key) : error.message), old: .null)
        }
        let old = found.document ?? .null
        var new: Datum
        do {
            new = try compute(old)
        } catch {
            guard error.isAboutTheRow else { throw error }
            return count(.refused(error.message), old: old)
        }
        try requirePermission(old: old, new: new)
        let stored = try store(&new, for: key, over: found, in: &transaction)
        count(stored, old: old, new: new)
    }

    /// Inserts a document without a key into a table that SQL has declared. What is wrong with the row alone is counted, and not thrown.
    func insertUnkeyed(_ document: Datum, in transaction: inout CatalogTransaction) throws(ReQLError) {
        try requirePermission(old: .null, new: document)
        let stored: Datum
        do {
            stored = try transaction.putUnkeyed(document, in: table.config, ignoringHook: options.ignoresWriteHook)
        } catch {
            guard error.isAboutTheRow else { throw site.locate(error) }
            return count(.refused(error.message), old: .null)
        }
        count(.done(.inserted), old: .null, new: stored)
        if let key = stored[field: primaryKey] { result.add(generatedKey: key.owned) }
    }

    /// Throws if the user may not do what would become of a row.
    private func requirePermission(old: Datum, new: Datum) throws(ReQLError) {
        if refusals.isEmpty || (old.isNull && new.isNull) { return }
        if let refusal = refusals[old.isNull ? .insert : new.isNull ? .delete : .update] { throw refusal }
    }

    enum Stored {
        case done(WriteResult.Outcome)
        /// A row error, with what was wrong.
        case refused(String)
        /// The same for a document that no table would take.
        case invalid(String)
    }

    /// Puts or deletes a row. Afterwards `new` is what the table's write hook has made of it.
    private func store(
        _ new: inout Datum, for key: Datum, over found: FoundDocument, in transaction: inout CatalogTransaction
    ) throws(ReQLError) -> Stored {
        let old = found.document ?? .null
        if new.isNull {
            if old.isNull { return .done(.skipped) }
        } else {
            guard new.kind == .object else {
                return .refused("Inserted value must be an OBJECT (got \(new.typeName)):\n\(new.shownInFull)")
            }
            if let fault = keyFault(in: new, old: old, key) { return .refused(fault) }
        }
        do {
            var document = new.isNull ? nil : new
            let isChanged = try transaction.replace(
                found, by: &document, in: table.config, ignoringHook: options.ignoresWriteHook)
            new = document ?? .null
            guard isChanged else { return .done(.unchanged) }
            return .done(new.isNull ? .deleted : old.isNull ? .inserted : .replaced)
        } catch {
            guard error.isAboutTheRow else { throw site.locate(error) }
            return .refused(error.message)
        }
    }

    private static func noKey(_ key: Datum) -> String {
        "Primary keys must be either a number, string, bool, pseudotype or array (got type \(key.typeName)):\n\(key.shownInFull)"
    }

    /// What keeps a document from being the one with this key.
    private func keyFault(in document: Datum, old: Datum, _ key: Datum) -> String? {
        guard let newKey = document[field: primaryKey] else {
            return "Inserted object must have primary key `\(primaryKey)`:\n\(document.shownInFull)"
        }
        guard newKey == key else {
            if old.isNull { return "Primary key `\(primaryKey)` cannot be changed (null -> \(document.shownInFull))" }
            return "Primary key `\(primaryKey)` cannot be changed (`\(old.shownInFull)` -> `\(document.shownInFull)`)."
        }
        return nil
    }

    /// Whether the rows are of a table that no file holds, such as `jobs`: they are replaced by ``replaceProcessRow(_:_:)``, without the
    /// writer's turn, which who is to be stopped may have.
    var isOfProcess: Bool { table.system?.table.isOfProcess ?? false }

    /// Replaces a row of such a table.
    func replaceProcessRow(
        _ key: Datum, hasGeneratedKey: Bool = false, _ compute: (_ old: Datum) throws(ReQLError) -> Datum
    ) throws(ReQLError) {
        guard let system = table.system else { return }
        try execution.check()
        let snapshot = try site.reading(execution.writer.snapshot())
        try replaceSystemRow(key, of: system, in: snapshot, hasGeneratedKey: hasGeneratedKey, compute) { change, view throws(ReQLError) in
            try system.table.writeProcess(change, view) ?? .null
        }
    }

    /// The same for a row of the system database, which is what the transaction makes of it.
    private func replaceSystemRow(
        _ key: Datum, of rows: SystemRows, in transaction: inout CatalogTransaction, hasGeneratedKey: Bool,
        _ compute: (_ old: Datum) throws(ReQLError) -> Datum
    ) throws(ReQLError) {
        let snapshot = try site.reading(transaction.snapshot())
        try replaceSystemRow(key, of: rows, in: snapshot, hasGeneratedKey: hasGeneratedKey, compute) { change, view throws(ReQLError) in
            try rows.table.write(change, &transaction, view)
        }
    }

    private func replaceSystemRow(
        _ key: Datum, of rows: SystemRows, in snapshot: CatalogSnapshot, hasGeneratedKey: Bool,
        _ compute: (_ old: Datum) throws(ReQLError) -> Datum,
        _ write: (SystemChange, SystemView) throws(ReQLError) -> Datum
    ) throws(ReQLError) {
        let system = rows.table
        let view = SystemView(
            snapshot: snapshot, server: execution.server, access: execution.access, identifiers: rows.view.identifiers, site: site)
        let old = try system.row(key, view) ?? .null
        do throws(ReQLError) {
            let new = try compute(old)
            if new.isNull, old.isNull {
                guard system.skipsAbsentRows else { throw SystemRow.refused("`\(table.qualifiedName)` has no such row") }
                return count(.done(.skipped), old: old)
            }
            if !new.isNull {
                guard new.kind == .object else { throw SystemRow.refused("A row is an OBJECT, found \(new.typeName)") }
                if let fault = keyFault(in: new, old: old, key) { throw ReQLError(.queryLogic, fault) }
                if new.isIdentical(to: old) { return count(.done(.unchanged), old: old, new: new) }
            }
            try requirePermission(old: old, new: new)
            let change = SystemChange(key: key, old: old, new: new, hasGeneratedKey: hasGeneratedKey)
            let written = try write(change, view)
            let outcome: WriteResult.Outcome =
                switch (old.isNull, written.isNull) {
                case (true, true): .skipped
                case (true, false): .inserted
                case (false, true): .deleted
                case (false, false): .replaced
                }
            count(.done(outcome), old: old, new: written)
        } catch {
            guard error.isRefusal else { throw error }
            count(.refused(error.message), old: old)
        }
    }

    /// - Parameter new: What the row is now, if it was written.
    func count(_ stored: Stored, old: Datum, new: Datum = .null) {
        switch stored {
        case .done(let outcome): result.add(outcome, old: old, new: new)
        case .refused(let message): result.add(error: message, row: old)
        case .invalid(let message): result.add(error: message, row: old, isInvalid: true)
        }
    }

    func datum() throws(ReQLError) -> Datum {
        execution.server.counters.addWritten(result.inserted + result.replaced + result.deleted, ofTable: table.config.id)
        return try site.building(result.datum())
    }
}

extension CatalogError {
    /// Whether only this document is at fault, so that others can still be written.
    var isAboutTheRow: Bool {
        switch kind {
        case .duplicateValue, .hookFailed, .constraintViolated, .keyMissing, .keyNull, .invalidKey, .keyTooLong, .notStorable, .tooDeep,
            .tooLarge:
            true
        default: false
        }
    }
}

extension ReQLError {
    /// Whether a row function failed on its row, and not for a reason that would meet every row.
    var isAboutTheRow: Bool {
        switch kind {
        case .queryLogic, .nonExistence, .user, .resourceLimit: true
        // What is missing is missing for this row, if the function asks for it.
        case .operationFailed: cause == .tableNotFound || cause == .databaseNotFound || cause == .indexNotFound
        default: false
        }
    }
}

/// The options that all writes share.
struct WriteOptions {
    let returnChanges: WriteResult.ReturnChanges
    /// nil: the table's own.
    let durability: Durability?
    /// Whether the row function may read tables.
    let readsTables: Bool
    let ignoresWriteHook: Bool

    init(_ call: WriteOptionNodes, readsTables: Bool, _ execution: Execution) throws(ReQLError) {
        returnChanges = try call.returnChanges(execution)
        durability = try call.durability.value(execution)
        self.readsTables = readsTables
        ignoresWriteHook = try call.ignoreWriteHook?.bool(execution) ?? false
    }
}

/// These options, compiled.
struct WriteOptionNodes {
    private let returnChanges: Node?
    private let returnVals: Node?
    private let nonAtomic: Node?
    let ignoreWriteHook: Node?
    let durability: DurabilityOption

    init(_ call: Call) {
        ignoreWriteHook = call.option("ignore_write_hook")
        returnChanges = call.option("return_changes")
        returnVals = call.option("return_vals")
        nonAtomic = call.option("non_atomic")
        durability = DurabilityOption(call)
    }

    func returnChanges(_ execution: Execution) throws(ReQLError) -> WriteResult.ReturnChanges {
        if let returnVals { throw returnVals.site.error(.queryLogic, "`return_vals` is gone; use `return_changes`.") }
        guard let returnChanges else { return .none }
        let value = try returnChanges.datum(execution)
        guard let word = value.string else { return value.isTruthy ? .changed : .none }
        if word == "always" { return .always }
        throw returnChanges.site.error(.queryLogic, "`return_changes` is true, false or \"always\", found \(value.shortText).")
    }

    func isNonAtomic(_ execution: Execution) throws(ReQLError) -> Bool {
        try nonAtomic?.bool(execution) ?? false
    }
}
