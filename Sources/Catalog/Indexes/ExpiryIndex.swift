import Ground

/// The order in which the documents of a table expire: an entry for each that will, under `db:…:table:…:expiry:<time><key>`, so that
/// what is due is found without a look at the rest.
struct ExpiryIndex: Sendable {
    /// The top-level field with the time after which a document goes.
    let field: String
    /// `db:<database id>:table:<id>:expiry:`.
    let prefix: [UInt8]
    private let table: String

    /// A tag and 8 bytes.
    private static let timeByteCount = 9

    /// Nil if documents of the table don't expire.
    init?(_ table: TableConfig) {
        guard let field = table.expiryField else { return nil }
        self.field = field
        self.table = table.qualifiedName
        prefix = Array((CatalogKeys.contentsPrefix(ofTable: table.id, inDatabase: table.databaseID) + "expiry:").utf8)
    }

    /// The tree key of a document's entry; nil if it stays: it has no such field, or null there. Throws `.notStorable` if what it has is
    /// no time.
    ///
    /// - Parameter part: what stands behind `docs:` in the document's key.
    func entry(of document: Datum, _ part: [UInt8]) throws(CatalogError) -> [UInt8]? {
        guard let value = document[field: field], !value.isNull else { return nil }
        guard let time = value.time else {
            throw CatalogError(
                .notStorable,
                "A document of `\(table)` has \(value.typeName) in `\(field)`, after which documents expire: that is a time, null, or not there."
            )
        }
        return prefix + Self.bytes(time.epochSeconds) + part
    }

    /// The entries of all that has expired at a time, the oldest first.
    func due(at time: Double) -> KeyInterval {
        // No key begins with FF.
        KeyInterval(lower: prefix, upper: prefix + Self.bytes(time) + [0xFF])
    }

    /// What stands behind `docs:` in the key of an entry's document; nil for what is not an entry.
    func part(ofEntry key: [UInt8]) -> [UInt8]? {
        let start = prefix.count + Self.timeByteCount
        return key.count > start && key[prefix.count] == KeyEncoding.time ? Array(key[start...]) : nil
    }

    private static func bytes(_ seconds: Double) -> [UInt8] {
        var bytes: [UInt8] = []
        // Only null, objects and bounds can't be encoded.
        try? KeyEncoding.append(.time(epochSeconds: seconds, offsetMinutes: 0), allowsBounds: false, to: &bytes)
        return bytes
    }
}

extension CatalogTransaction {
    /// Removes documents whose time has come, the longest expired first, as any removal: with their entries, told to feeds. Hooks for
    /// writes are not asked.
    ///
    /// - Returns: how many: fewer than `limit` if there are no more.
    mutating func removeExpired(from table: TableConfig, at time: Double, limit: Int) throws(CatalogError) -> Int {
        try requireWritable(table)
        guard let expiry = knownExpiry else { return 0 }
        var entries: [[UInt8]] = []
        // The transaction has written nothing yet.
        var cursor = try catalog.store.snapshot().cursor(expiry.due(at: time))
        while entries.count < limit, try cursor.next() { entries.append(cursor.keyBytes) }
        for entry in entries {
            guard let part = expiry.part(ofEntry: entry) else { continue }
            let key = table.documentsPrefix + part
            guard let document = try store.document(at: key), (try? expiry.entry(of: document, part)) == entry else {
                // The file is damaged.
                _ = try store.delete(entry)
                continue
            }
            _ = try write(nil, at: key, over: document, in: table)
        }
        return entries.count
    }

    /// Throws `.notStorable` if a document of the table has something in the field that is not a time; the error names the first few.
    func requireTimes(_ expiry: ExpiryIndex, in table: TableConfig, _ snapshot: CatalogSnapshot) throws(CatalogError) {
        var cursor = try snapshot.store.cursor(.prefix(table.documentsPrefix))
        var refused: [String] = []
        while refused.count < 4, try cursor.next() {
            let key = cursor.keyBytes
            do throws(CatalogError) { _ = try expiry.entry(of: try cursor.value.document, table.part(of: key)) } catch {
                guard error.kind == .notStorable else { throw error }
                let primaryKey = try? PrimaryKey.decode(table.part(of: key))
                refused.append("`\(primaryKey?.description ?? ReadableKey.text(of: key))`")
            }
        }
        guard !refused.isEmpty else { return }
        let names = refused.prefix(3).joined(separator: ", ") + (refused.count > 3 ? " and more" : "")
        throw CatalogError(
            .notStorable,
            "Documents of `\(table.qualifiedName)` can't expire by `\(expiry.field)`: what they have there is no time. Their keys: \(names)."
        )
    }

    /// Makes the entries of all documents anew.
    mutating func buildExpiry(of table: TableConfig, replacing old: ExpiryIndex?) throws(CatalogError) {
        if let old { _ = try store.delete(.prefix(old.prefix)) }
        guard let expiry = ExpiryIndex(table) else { return }
        _ = try store.delete(.prefix(expiry.prefix))
        beginsExpiry = true
        var cursor = try snapshot().store.cursor(.prefix(table.documentsPrefix))
        while try cursor.next() {
            try check()
            if let entry = try expiry.entry(of: try cursor.value.document, table.part(of: cursor.keyBytes)) {
                try checkLength(of: entry.span, table)
                _ = try store.put(entry, nothing)
            }
        }
    }
}

extension Catalog {
    /// Documents that one transaction removes because they have expired.
    public static let expiryBatch = 100

    /// The tables whose documents expire.
    package func expiringTables() throws(CatalogError) -> [TableConfig] {
        let snapshot = try snapshot()
        var tables: [TableConfig] = []
        for database in try snapshot.databases() {
            for table in try snapshot.tables(in: database) where table.expiryField != nil { tables.append(table) }
        }
        return tables
    }

    /// Removes documents of a table whose time has come, by a transaction of its own, if there are any.
    ///
    /// - Returns: how many: fewer than ``expiryBatch`` if there are no more.
    package func removeExpired(from table: TableConfig, stoppedBy cancellation: Cancellation? = nil) throws(CatalogError) -> Int {
        let time = clock.now
        let snapshot = try store.snapshot()
        guard let expiry = ExpiryIndex(table), try snapshot.count(expiry.due(at: time)) > 0 else { return 0 }
        var transaction = try beginWrite(waiting: nil, isLong: true)
        transaction.cancellation = cancellation
        guard let current = try transaction.currentIfPresent(table) else {
            transaction.rollback()
            return 0
        }
        let count = try transaction.removeExpired(from: current, at: time, limit: Self.expiryBatch)
        try transaction.commit(.soft)
        return count
    }
}
