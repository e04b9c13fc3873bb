extension CatalogTransaction {
    /// The document with that primary key as this transaction sees it, independent of any page; `nil` if there is none.
    public func get(_ key: Datum, in table: TableConfig) throws(CatalogError) -> Datum? {
        try store.get(try table.documentKey(for: key)).map(Datum.init(document:))
    }

    /// Inserts the document or replaces the one with its key. Returns whether the key is new.
    ///
    /// Throws `.keyMissing`, `.keyNull`, `.invalidKey`, `.keyTooLong`, `.notStorable`, `.tooDeep`, `.tooLarge`, or `.tableNotFound`
    /// if the table was dropped.
    @discardableResult
    public mutating func put(_ document: Datum, in table: TableConfig) throws(CatalogError) -> Bool {
        try requireWritable(table)
        let key = try table.documentKey(of: document)
        try encode(document, for: table)
        return try write(document, at: key, in: table)
    }

    /// Removes the document with that key. Returns whether there was one.
    @discardableResult
    public mutating func delete(_ key: Datum, in table: TableConfig) throws(CatalogError) -> Bool {
        try requireWritable(table)
        return try write(nil, at: try table.documentKey(for: key), in: table)
    }

    /// Removes every document of the table at once. Returns how many there were.
    @discardableResult
    public mutating func deleteAll(in table: TableConfig) throws(CatalogError) -> Int {
        try requireWritable(table)
        if let knownWatchers { try recordAll(of: table, knownWatchers) }
        for evaluator in knownIndexes { _ = try store.delete(.prefix(evaluator.prefix)) }
        return try store.delete(.prefix(table.documentsPrefix))
    }

    /// The gate that every single document goes through, together with its index entries.
    ///
    /// - Parameter new: what stands in `scratch` already; nil removes the document.
    /// - Returns: Whether the key is new; for a removal, whether there was one.
    private mutating func write(_ new: Datum?, at key: [UInt8], in table: TableConfig) throws(CatalogError) -> Bool {
        if let knownWatchers, case let part = table.part(of: key), knownWatchers.watch(part) {
            let old = try store.get(key)
            let result = try writeUnwatched(new, at: key, in: table)
            changes().record(part, from: old, to: new == nil ? nil : scratch.bytes, ofTable: table.id, knownWatchers)
            return result
        }
        return try writeUnwatched(new, at: key, in: table)
    }

    private mutating func writeUnwatched(_ new: Datum?, at key: [UInt8], in table: TableConfig) throws(CatalogError) -> Bool {
        if knownIndexes.isEmpty { return new == nil ? try store.delete(key) : try store.put(key, scratch) }
        let old = try store.get(key).map(Datum.init(document:))
        guard let primaryKey = (new ?? old)?[field: table.primaryKey] else { return false }
        let changes = try indexChanges(from: old, to: new, primaryKey: primaryKey, of: table)
        try apply(changes)
        return new == nil ? try store.delete(key) : try store.put(key, scratch)
    }

    /// Notes that every document of the table goes away.
    private mutating func recordAll(of table: TableConfig, _ watchers: TableWatchers) throws(CatalogError) {
        let all = KeyInterval.prefix(table.documentsPrefix)
        let count = try store.count(all)
        guard count <= watchers.capacity else { return changes().overrun(count, ofTable: table.id, watchers) }
        let recorder = changes()
        var cursor = try snapshot().store.cursor(all)
        while try cursor.next() {
            let key = table.part(of: cursor.keyBytes)
            if watchers.watch(key) { recorder.record(key, from: try cursor.value.bytes, to: nil, ofTable: table.id, watchers) }
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
    }

    /// Throws if the table is gone, or has an index or a write hook that can't be evaluated here. Whatever `table` says, they are those
    /// that it has now.
    mutating func requireWritable(_ table: TableConfig) throws(CatalogError) {
        guard knownTable != table.id else { return }
        let current = try current(table)
        var evaluators: [IndexEvaluator] = []
        for index in current.indexes { evaluators.append(try catalog.indexEvaluators.evaluator(of: index, in: current)) }
        knownHook = try catalog.indexEvaluators.hook(of: current)
        knownIndexes = evaluators
        knownWatchers = catalog.watchers.watchers(ofTable: table.id)
        knownTable = table.id
    }
}

// MARK: Bulk loading

extension CatalogTransaction {
    /// Puts every document that `next` returns, until `nil`, into a table. Returns how many.
    ///
    /// As long as they come in ascending order of their keys and the table was empty, they go one behind the other into full pages,
    /// which takes less time and space; from the first one on that doesn't, they are put one by one. Throws what `next` throws, what
    /// ``put(_:in:)`` throws, and `.documentExists` for a key that is there already.
    @discardableResult
    public mutating func load(
        into table: TableConfig, _ next: () throws(CatalogError) -> Datum?
    ) throws(CatalogError) -> Int {
        try requireWritable(table)
        var count = 0
        var last = table.documentsPrefix
        var isSorted = knownIndexes.isEmpty
        if isSorted { isSorted = try store.count(.prefix(table.documentsPrefix)) == 0 }
        while let document = try next() {
            let key = try table.documentKey(of: document)
            try encode(document, for: table)
            isSorted = isSorted && last.lexicographicallyPrecedes(key)
            if isSorted {
                try store.append(key, scratch)
                if let knownWatchers, case let part = table.part(of: key), knownWatchers.watch(part) {
                    changes().record(part, from: nil, to: scratch.bytes, ofTable: table.id, knownWatchers)
                }
                last = key
            } else if try !write(document, at: key, in: table) {
                throw CatalogError(.documentExists, "Another document of `\(table.qualifiedName)` has the same key.")
            }
            count += 1
        }
        return count
    }
}
