import Ground

extension CatalogTransaction {
    /// The document with that primary key as this transaction sees it, independent of any page; `nil` if there is none.
    public func get(_ key: Datum, in table: TableConfig) throws(CatalogError) -> Datum? {
        try store.document(at: try table.documentKey(for: key))
    }

    /// Says which documents are looked for next: where an engine keeps them, they are read at once. Does nothing with a file.
    package mutating func prefetch(_ keys: () -> [Datum], in table: TableConfig) throws(CatalogError) {
        // What is no key is told of where it is used.
        try store.prefetch { keys().compactMap { try? table.documentKey(for: $0) } }
    }

    /// Says that there is no document with a key that was made for a new one. Does nothing with a file, which knows.
    package func expectNew(_ key: Datum, in table: TableConfig) {
        if let engine = store.engine, let key = try? table.documentKey(for: key) { engine.expectNew(key) }
    }

    /// A document together with its place, so that writing it need not look for it again.
    public func find(_ key: Datum, in table: TableConfig) throws(CatalogError) -> FoundDocument {
        let key = try table.documentKey(for: key)
        return FoundDocument(key: key, document: try store.document(at: key))
    }

    /// Replaces what was found. The key is not checked: it is the document's, or nil removes what is there. Nothing may have been written
    /// at its place since this transaction found it. Afterwards `document` is what the table's write hook has made of it.
    ///
    /// Throws as ``put(_:in:ignoringHook:)``.
    /// - Returns: whether anything changed.
    public mutating func replace(
        _ found: FoundDocument, by document: inout Datum?, in table: TableConfig, ignoringHook: Bool = false
    ) throws(CatalogError) -> Bool {
        try requireWritable(table)
        if !ignoringHook { document = try hooked(document, over: found.document, in: table) }
        if isHeld {
            if let new = document, let old = found.document, new.isIdentical(to: old) { return false }
            if document == nil, found.document == nil { return false }
            document = try held(document, over: found.document, in: table)
            return true
        }
        if let document {
            if let old = found.document, document.isIdentical(to: old) { return false }
            try encode(document, for: table)
        } else if found.document == nil {
            return false
        }
        _ = try write(document, at: found.key, over: found.document, in: table)
        return true
    }

    /// Inserts the document or replaces the one with its key, as the table's write hook makes it. Returns whether the key is new.
    ///
    /// Throws `.keyMissing`, `.keyNull`, `.invalidKey`, `.keyTooLong`, `.notStorable`, `.tooDeep`, `.tooLarge`, `.hookFailed`, or
    /// `.tableNotFound` if the table was dropped.
    @discardableResult
    public mutating func put(_ document: Datum, in table: TableConfig, ignoringHook: Bool = false) throws(CatalogError) -> Bool {
        var document = document
        return try put(&document, in: table, ignoringHook: ignoringHook)
    }

    /// The same; afterwards `document` is what was stored.
    public mutating func put(_ document: inout Datum, in table: TableConfig, ignoringHook: Bool = false) throws(CatalogError) -> Bool {
        try requireWritable(table)
        let key = try table.documentKey(of: document)
        let asks = knownHook != nil && !ignoringHook
        let old = try self.document(at: key, isAsked: asks || isHeld)
        if asks, let hooked = try hooked(document, over: old, in: table) { document = hooked }
        if isHeld {
            document = try held(document, over: old, in: table) ?? document
            return old == nil
        }
        try encode(document, for: table)
        return try write(document, at: key, over: old, in: table)
    }

    /// Inserts a document without a key, which gets a new UUID, or what SQL has declared of keys. Returns what was stored.
    ///
    /// Throws as ``put(_:in:ignoringHook:)``.
    public mutating func putUnkeyed(_ document: Datum, in table: TableConfig, ignoringHook: Bool = false) throws(CatalogError) -> Datum {
        try requireWritable(table)
        guard isHeld else {
            let key = Datum(UUID.random().description)
            var keyed = try datum { () throws(DatumError) in try document.setting(table.primaryKey, to: key) }
            _ = try put(&keyed, in: table, ignoringHook: ignoringHook)
            return keyed
        }
        var document = document
        if !ignoringHook, let hooked = try hooked(document, over: nil, in: table) { document = hooked }
        return try held(document, over: nil, in: table) ?? document
    }

    /// Removes the document with that key, unless the table's write hook refuses. Returns whether there was one.
    @discardableResult
    public mutating func delete(_ key: Datum, in table: TableConfig) throws(CatalogError) -> Bool {
        try requireWritable(table)
        let key = try table.documentKey(for: key)
        let old = try document(at: key, isAsked: knownHook != nil || isHeld)
        _ = try hooked(nil, over: old, in: table)
        if isHeld {
            if old != nil { _ = try held(nil, over: old, in: table) }
            return old != nil
        }
        return try write(nil, at: key, over: old, in: table)
    }

    /// The document that stands there, if it is asked for or entries of indexes depend on it.
    private func document(at key: [UInt8], isAsked: Bool) throws(CatalogError) -> Datum? {
        isAsked || !knownIndexes.isEmpty || knownExpiry != nil || !knownTextIndexes.isEmpty ? try store.document(at: key) : nil
    }

    /// Removes every document of the table at once. Returns how many there were.
    @discardableResult
    public mutating func deleteAll(in table: TableConfig) throws(CatalogError) -> Int {
        try requireWritable(table)
        if isHeld, let count = try deleteHeld(in: table) { return count }
        try requireWritable(table)
        if !knownInterest.isNone { try recordAll(of: table, knownInterest) }
        for evaluator in knownIndexes { _ = try store.delete(.prefix(evaluator.prefix)) }
        if let knownExpiry { _ = try store.delete(.prefix(knownExpiry.prefix)) }
        let count = try store.delete(.prefix(table.documentsPrefix))
        for indexer in knownTextIndexes { try removeAll(from: indexer) }
        return count
    }

    /// The gate that every single document goes through, together with its index entries.
    ///
    /// - Parameters:
    ///   - new: what stands in `scratch` already; nil removes the document.
    ///   - old: what stands there now; means nothing if the table has no index.
    /// - Returns: Whether the key is new; for a removal, whether there was one.
    mutating func write(
        _ new: Datum?, at key: [UInt8], over old: Datum?, in table: TableConfig
    ) throws(CatalogError) -> Bool {
        if !knownInterest.isNone, case let part = table.part(of: key), knownInterest.includes(part) {
            let oldBytes = try store.get(key)
            let result = try writeUnwatched(new, at: key, over: old, in: table)
            changes().record(part, from: oldBytes, to: new == nil ? nil : scratch.bytes, ofTable: table.id, knownInterest)
            return result
        }
        return try writeUnwatched(new, at: key, over: old, in: table)
    }

    private mutating func writeUnwatched(
        _ new: Datum?, at key: [UInt8], over old: Datum?, in table: TableConfig
    ) throws(CatalogError) -> Bool {
        if new == nil { try store.access?.willWrite(key) } else { try store.willPut(key) }
        if !knownTextIndexes.isEmpty {
            // Words may refuse the document, too, so they are made before anything of it is written. They follow when nothing can any more.
            let words = try makeWords(of: new, over: old, knownTextIndexes)
            let result = try writeIndexed(new, at: key, over: old, in: table)
            try write(words, ofDocumentAt: key, in: table)
            return result
        }
        if knownIndexes.isEmpty, knownExpiry == nil { return new == nil ? try store.delete(key) : try store.put(key, scratch) }
        return try writeIndexed(new, at: key, over: old, in: table)
    }

    /// Writes a document with its entries.
    private mutating func writeIndexed(
        _ new: Datum?, at key: [UInt8], over old: Datum?, in table: TableConfig
    ) throws(CatalogError) -> Bool {
        guard let primaryKey = (new ?? old)?[field: table.primaryKey] else { return false }
        let changes = try indexChanges(from: old, to: new, primaryKey: primaryKey, of: table)
        // A document is refused before anything of it is written.
        if let access = store.access { try changes.check(access) }
        if let knownExpiry {
            let part = table.part(of: key)
            let due = try new.flatMap { new throws(CatalogError) in try knownExpiry.entry(of: new, part) }
            let wasDue = old.flatMap { old in (try? knownExpiry.entry(of: old, part)) ?? nil }
            if due != wasDue {
                if let due { try checkLength(of: due.span, table) }
                if let wasDue { _ = try store.delete(wasDue) }
                if let due { _ = try store.put(due, nothing) }
            }
        }
        try apply(changes)
        return new == nil ? try store.delete(key) : try store.put(key, scratch)
    }

    /// Notes that every document of the table goes away.
    private mutating func recordAll(of table: TableConfig, _ interest: ChangeRecorder.Interest) throws(CatalogError) {
        let all = KeyInterval.prefix(table.documentsPrefix)
        var left = try store.count(all)
        let recorder = changes()
        var cursor = try snapshot().store.cursor(all)
        while left > 0 {
            guard recorder.keeps(left, ofTable: table.id, interest) else { return recorder.overrun(left, ofTable: table.id, interest) }
            guard try cursor.next() else { return }
            try check()
            let key = table.part(of: cursor.keyBytes)
            if interest.includes(key) { recorder.record(key, from: try cursor.value.bytes, to: nil, ofTable: table.id, interest) }
            left -= 1
        }
    }

    /// Encodes into `scratch`.
    mutating func encode(_ document: Datum, for table: TableConfig) throws(CatalogError) {
        scratch.removeAll()
        do throws(DatumError) { try Document.encode(document, into: &scratch) } catch { throw CatalogError(error) }
        guard scratch.count <= Catalog.maximumDocumentByteCount else {
            throw CatalogError(
                .tooLarge,
                "A document for `\(table.qualifiedName)` takes \(scratch.count) bytes; the limit is \(Catalog.maximumDocumentByteCount).")
        }
        // Here, before anything of it is written.
        if scratch.count > EngineTransaction.harmlessByteCount, let engine = store.engine {
            try engine.requireFitting(try table.documentKey(of: document), scratch.count)
        }
    }

    /// Throws if the table is gone, or has an index or a write hook that can't be evaluated here. Whatever `table` says, they are those
    /// that it has now.
    mutating func requireWritable(_ table: TableConfig) throws(CatalogError) {
        guard knownTable != table.id else { return }
        let current = try current(table)
        try store.access?.willRest(on: CatalogKeys.table(named: current.name, inDatabaseNamed: current.databaseName))
        var evaluators: [IndexEvaluator] = []
        var indexers: [TextIndexer] = []
        // One that couldn't be built is read by nobody, and what its function does keeps nobody from writing.
        for index in current.indexes where index.failure == nil {
            if let indexer = catalog.textIndexer(of: index, in: current) {
                indexers.append(indexer)
            } else {
                evaluators.append(try catalog.indexEvaluators.evaluator(of: index, in: current, stoppedBy: cancellation))
            }
        }
        knownExpiry = ExpiryIndex(current)
        knownIsDeclared = current.declaration != nil
        knownHook = try catalog.indexEvaluators.hook(of: current, stoppedBy: cancellation)
        knownIndexes = evaluators
        knownTextIndexes = indexers
        knownInterest = ChangeRecorder.Interest(watchers: catalog.watchers.watchers(ofTable: table.id), log: current.changeLog)
        knownTable = table.id
    }
}

/// The document at the place of a primary key in a write transaction.
public struct FoundDocument: Sendable {
    /// The tree key.
    let key: [UInt8]
    /// Nil if there is none. Independent of any page.
    public let document: Datum?
}

// MARK: Bulk loading

extension CatalogTransaction {
    /// Puts every document that `next` returns, until `nil`, into a table. Returns how many.
    ///
    /// As long as they come in ascending order of their keys and the table was empty, they go one behind the other into full pages,
    /// which takes less time and space; from the first one on that doesn't, they are put one by one. Throws what `next` throws, what
    /// ``put(_:in:ignoringHook:)`` throws, and `.documentExists` for a key that is there already.
    @discardableResult
    public mutating func load(
        into table: TableConfig, _ next: () throws(CatalogError) -> Datum?
    ) throws(CatalogError) -> Int {
        try requireWritable(table)
        var count = 0
        var last = table.documentsPrefix
        var isSorted = knownIndexes.isEmpty && knownTextIndexes.isEmpty && knownExpiry == nil && !isHeld
        if isSorted { isSorted = try store.count(.prefix(table.documentsPrefix)) == 0 }
        if isSorted { try store.beginToLoad(.prefix(table.documentsPrefix)) }
        while let document = try next() {
            try check()
            let key = try table.documentKey(of: document)
            try requireWritable(table)
            if isHeld {
                guard try store.document(at: key) == nil else { throw Self.exists(table) }
                _ = try held(document, over: nil, in: table)
                count += 1
                continue
            }
            try encode(document, for: table)
            isSorted = isSorted && last.isBelow(key)
            if isSorted {
                try store.load(key, scratch)
                if !knownInterest.isNone, case let part = table.part(of: key), knownInterest.includes(part) {
                    changes().record(part, from: nil, to: scratch.bytes, ofTable: table.id, knownInterest)
                }
                last = key
            } else if try !write(document, at: key, over: try self.document(at: key, isAsked: false), in: table) {
                throw Self.exists(table)
            }
            count += 1
        }
        return count
    }

    private static func exists(_ table: TableConfig) -> CatalogError {
        CatalogError(.documentExists, "Another document of `\(table.qualifiedName)` has the same key.")
    }
}
