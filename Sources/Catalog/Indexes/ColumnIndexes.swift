// Indexes of columns and of lexemes: those that SQL declares. They are made, built and looked into in the transaction that writes.

extension CatalogTransaction {
    /// Makes the indexes of columns and of lexemes of a table those that are wanted: makes and builds those that are missing, drops the
    /// others. Indexes of other kinds stay.
    package mutating func keepIndexes(
        _ wanted: [(name: String, source: IndexConfig.Source)], of table: TableConfig
    ) throws(CatalogError) {
        for index in try current(table).indexes where index.isOfDeclaration && !wanted.contains(where: { $0.source == index.source }) {
            try dropIndex(index.name, of: table)
        }
        for (name, source) in wanted {
            let present = try current(table)
            if let index = present.indexes.first(where: { $0.source == source }) {
                if index.name != name, present.index(named: name) == nil { try renameIndex(index.name, of: table, to: name) }
                continue
            }
            // Another index may have the name, as ReQL makes them, too.
            var free = name
            while present.index(named: free) != nil { free += "_" }
            try createBuiltIndex(free, on: table, source)
        }
    }

    /// Makes an index and builds it. Throws as ``createIndex(_:on:_:isMulti:isGeo:isUnique:)`` and ``buildIndex(_:of:batch:)``.
    package mutating func createBuiltIndex(
        _ name: String, on table: TableConfig, _ source: IndexConfig.Source, isUnique: Bool = false
    ) throws(CatalogError) {
        let index = try createIndex(name, on: table, source, isUnique: isUnique)
        if try buildIndexAtOnce(index.id, of: table) { return }
        while try !buildIndex(index.id, of: table, batch: 10_000) {}
    }

    /// Whether an index has an entry within the bounds, what this transaction has written among it.
    package mutating func hasEntry(
        of index: IndexConfig, in table: TableConfig, _ bounds: KeyBounds
    ) throws(CatalogError) -> Bool {
        let range = try bounds.indexRange
        let interval = range.interval(after: table.indexPrefix(of: index))
        if !interval.isEmpty { try store.access?.willRest(on: interval) }
        guard !interval.isEmpty, try store.count(interval) > 0 else { return false }
        if range.isExact { return true }
        let keys = try primaryKeys(of: index, in: table, bounds, limit: 1)
        // What the entry has cut off may change without it.
        for key in keys { try lock(key, in: table, .share) }
        return !keys.isEmpty
    }

    /// The keys of the documents that have an entry within the bounds: the first few, in the order of the entries.
    package mutating func primaryKeys(
        of index: IndexConfig, in table: TableConfig, _ bounds: KeyBounds, limit: Int
    ) throws(CatalogError) -> [Datum] {
        let interval = try bounds.indexRange.interval(after: table.indexPrefix(of: index))
        if !interval.isEmpty { try store.access?.willRest(on: interval) }
        // Mostly there is none, and a snapshot would make the next write copy pages.
        guard !interval.isEmpty, try store.count(interval) > 0 else { return [] }
        let cursor = try snapshot().entries(of: index, in: table, bounds)
        var keys: [Datum] = []
        while keys.count < limit, let hit = try cursor.next() {
            // An entry has lost a time's zone, and a key is known by its value all the same.
            keys.append(hit.primaryKey)
        }
        return keys
    }

    /// Removes every document whose key is an array that begins with the parts, with its entries. Where all that stands for them beside are
    /// entries that begin with the parts too, each is cut off as a whole. Returns how many documents there were.
    @discardableResult
    package mutating func deleteAll(beginningWith parts: [Datum], in table: TableConfig) throws(CatalogError) -> Int {
        try requireWritable(table)
        let bounds = KeyBounds(
            lower: Datum(elements: parts), upper: Datum(elements: parts + [.maxval]), upperInclusive: true)
        let interval: KeyInterval
        do throws(CatalogError) { interval = try table.interval(of: bounds) } catch {
            // Nothing can stand behind what fills a key.
            guard error.kind == .keyTooLong else { throw error }
            return 0
        }
        guard !interval.isEmpty else { return 0 }
        var cuts: [KeyInterval] = []
        for evaluator in knownIndexes {
            guard case .columns(_, parts.count) = evaluator.index.source, case let range = try bounds.indexRange, range.isExact else {
                break
            }
            cuts.append(range.interval(after: evaluator.prefix))
        }
        guard cuts.count == knownIndexes.count, knownTextIndexes.isEmpty, knownExpiry == nil, knownInterest.isNone else {
            var keys: [Datum] = []
            let cursor = try snapshot().documents(in: table, bounds)
            while let document = try cursor.next() { keys.append(document[field: table.primaryKey]?.owned ?? .null) }
            for key in keys {
                try check()
                let stored = try table.documentKey(for: key)
                _ = try write(nil, at: stored, over: try store.document(at: stored), in: table)
            }
            return keys.count
        }
        for cut in cuts where !cut.isEmpty { _ = try store.delete(cut) }
        return try store.delete(interval)
    }
}

extension IndexConfig {
    /// Whether it is there because a table's declaration wants it.
    fileprivate var isOfDeclaration: Bool {
        if case .columns = source { true } else { isOfLexemes }
    }
}
