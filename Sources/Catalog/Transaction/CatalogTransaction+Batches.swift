// Many documents at once: they, and the entries of each index, are put in the order of their keys, whatever the order in which
// they come, so that what goes to one page goes there at one time.

extension CatalogTransaction {
    /// Inserts documents whose keys must all be new.
    ///
    /// - Returns: False if a key is taken, or is there twice, or if the table has a unique index. Then, and after an error, only rolling back is left.
    /// - Throws: as ``put(_:in:)``.
    public mutating func insertAll(_ documents: [Datum], in table: TableConfig) throws(CatalogError) -> Bool {
        try requireWritable(table)
        // Whether another document has a value is asked when the ones before are written.
        if knownIndexes.contains(where: \.index.isUnique) { return false }
        var keys = KeyBatch(prefix: table.documentsPrefix, capacity: documents.count)
        var entries = knownIndexes.map { KeyBatch(prefix: $0.prefix, capacity: documents.count) }
        for (tag, document) in documents.enumerated() {
            let primaryKey = try table.primaryKey(of: document)
            try keys.add(tag: tag) { bytes throws(CatalogError) in
                bytes += table.documentsPrefix
                try PrimaryKey.append(primaryKey, to: &bytes)
                return true
            }
            for (index, evaluator) in knownIndexes.enumerated() {
                try evaluator.addKeys(of: document, primaryKey: primaryKey, to: &entries[index])
            }
        }
        guard keys.sort() else { return false }
        for index in 0..<keys.count {
            try encode(documents[keys[index].tag], for: table)
            guard try store.put(keys.key(index), scratch) else { return false }
            if let knownExpiry,
                let due = try knownExpiry.entry(of: documents[keys[index].tag], table.part(of: keys.bytes(index)))
            {
                try checkLength(of: due.span, table)
                _ = try store.put(due, nothing)
            }
            guard !knownInterest.isNone, case let part = table.part(of: keys.bytes(index)), knownInterest.includes(part) else { continue }
            changes().record(part, from: nil, to: scratch.bytes, ofTable: table.id, knownInterest)
        }
        for index in entries.indices {
            _ = entries[index].sort()
            let batch = entries[index]
            for entry in 0..<batch.count { try putEntry(batch.key(entry), of: table) }
        }
        return true
    }
}
