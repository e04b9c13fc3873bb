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
        return try store.put(key, scratch)
    }

    /// Removes the document with that key. Returns whether there was one.
    @discardableResult
    public mutating func delete(_ key: Datum, in table: TableConfig) throws(CatalogError) -> Bool {
        try requireWritable(table)
        return try store.delete(try table.documentKey(for: key))
    }

    /// Removes every document of the table at once. Returns how many there were.
    @discardableResult
    public mutating func deleteAll(in table: TableConfig) throws(CatalogError) -> Int {
        try requireWritable(table)
        return try store.delete(.prefix(table.documentsPrefix))
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

    mutating func requireWritable(_ table: TableConfig) throws(CatalogError) {
        guard knownTable != table.id else { return }
        guard try store.contains(CatalogKeys.tableID(table.id)) else {
            throw CatalogError(.tableNotFound, "Table `\(table.qualifiedName)` does not exist.")
        }
        guard table.indexes.count == 0 else {
            throw CatalogError(
                .newerFormat,
                "Table `\(table.qualifiedName)` has secondary indexes, which this version of Pando can't keep up to date. Use a newer one.")
        }
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
        var isSorted = try store.count(.prefix(table.documentsPrefix)) == 0
        while let document = try next() {
            let key = try table.documentKey(of: document)
            try encode(document, for: table)
            isSorted = isSorted && last.lexicographicallyPrecedes(key)
            if isSorted {
                try store.append(key, scratch)
                last = key
            } else if try !store.put(key, scratch) {
                throw CatalogError(.documentExists, "Another document of `\(table.qualifiedName)` has the same key.")
            }
            count += 1
        }
        return count
    }
}
