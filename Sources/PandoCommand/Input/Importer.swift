import httpd

/// Puts the documents of a source into a table, many a transaction.
struct Importer {
    enum Conflict: String { case error, replace, update }

    /// The larger a batch is, the more its documents share the pages that they go to; two must fit in memory. The first ones are
    /// smaller, for nothing can be put before one has been read.
    private static let batchCount = 50_000
    private static let batchByteCounts = 1 << 20...16 << 20
    /// Bad documents named one by one.
    static let namedCount = 20

    let catalog: Catalog
    let table: TableConfig
    let conflict: Conflict
    let skipsBad: Bool
    let console: Console
    var progress: Progress

    private(set) var inserted = 0
    private(set) var replaced = 0
    private(set) var generatedKeys = 0
    private(set) var skipped = 0

    init(catalog: Catalog, table: TableConfig, conflict: Conflict, skipsBad: Bool, console: Console, progress: Progress) {
        self.catalog = catalog
        self.table = table
        self.conflict = conflict
        self.skipsBad = skipsBad
        self.console = console
        self.progress = progress
    }

    /// Reads to the end, or to what stops it. What was put before that stays.
    mutating func run(_ source: any DocumentSource, named name: String) -> CommandError? {
        do {
            var byteCount = Self.batchByteCounts.lowerBound
            var batch = Self.read(source, byteCount)
            while !batch.isLast {
                byteCount = min(byteCount * 2, Self.batchByteCounts.upperBound)
                var next = Batch()
                // Read while this one is put. The source and `next` are the thread's until it has ended.
                let reading = RawThread { next = Self.read(source, byteCount) }
                defer { reading.join() }
                try put(batch, named: name)
                progress.show(inserted + replaced, fraction: batch.fraction)
                reading.join()
                batch = next
            }
            try put(batch, named: name)
            progress.finish()
            return nil
        } catch {
            progress.finish()
            return CommandError(error)
        }
    }

    /// What is put in one transaction.
    private struct Batch {
        var items: [SourceItem] = []
        /// What kept the source from being read on.
        var stop: (any Error)?
        var isLast = false
        /// How much of the source has been read, if that is known.
        var fraction: Double?
    }

    private static func read(_ source: any DocumentSource, _ byteCount: Int) -> Batch {
        var batch = Batch()
        let end = source.input.deliveredByteCount + byteCount
        while batch.items.count < batchCount, source.input.deliveredByteCount < end, !batch.isLast {
            do {
                if let item = try source.next() { batch.items.append(item) } else { batch.isLast = true }
            } catch {
                batch.stop = error
                batch.isLast = true
            }
        }
        batch.fraction = source.input.fraction
        return batch
    }

    private mutating func put(_ batch: Batch, named name: String) throws {
        if try !insertSorted(batch.items) { try putInOrder(batch.items, named: name) }
        if let stop = batch.stop { throw stop }
    }

    /// Inserts documents in the order of their keys, which go to neighbouring pages then. Does nothing and returns false where the
    /// order in which they came matters: if not all of them are new and good.
    private mutating func insertSorted(_ batch: [SourceItem]) throws -> Bool {
        guard conflict == .error, table.writeHook == nil else { return false }
        var documents: [Datum] = []
        documents.reserveCapacity(batch.count)
        var generated = 0
        for item in batch {
            guard case .document(var document, _) = item, document.kind == .object else { return false }
            if document[field: table.primaryKey] == nil {
                guard let keyed = try? withNewKey(document) else { return false }
                document = keyed
                generated += 1
            }
            documents.append(document)
        }
        var transaction = try catalog.beginWrite()
        do throws(CatalogError) {
            guard try transaction.insertAll(documents, in: table) else {
                transaction.rollback()
                return false
            }
        } catch {
            transaction.rollback()
            guard error.kind.isOfDocument else { throw error }
            return false
        }
        try transaction.commit(.soft)
        inserted += documents.count
        generatedKeys += generated
        return true
    }

    /// Puts one document after the other, up to a bad one if that is to stop it.
    private mutating func putInOrder(_ batch: [SourceItem], named name: String) throws {
        var transaction = try catalog.beginWrite()
        var stop: (any Error)?
        for item in batch {
            do {
                if let problem = try put(item, in: &transaction) { try note(problem, in: name) }
            } catch {
                stop = error
                break
            }
        }
        try transaction.commit(.soft)
        if let stop { throw stop }
    }

    /// What is wrong with a document, and where.
    private struct Problem {
        let line: Int
        let message: String
    }

    private mutating func note(_ problem: Problem, in name: String) throws(CommandError) {
        let text = "\(name), line \(problem.line): \(problem.message)"
        guard skipsBad else { throw .failed(text) }
        skipped += 1
        if skipped <= Self.namedCount { console.complain(text) }
        if skipped == Self.namedCount + 1 { console.complain("More bad documents are counted and not named.") }
    }

    /// Puts one document. Returns what is wrong with it; throws what would be wrong with any.
    private mutating func put(_ item: SourceItem, in transaction: inout CatalogTransaction) throws -> Problem? {
        guard case .document(var document, let line) = item else {
            guard case .bad(let line, let message) = item else { return nil }
            return Problem(line: line, message: message)
        }
        guard document.kind == .object else {
            return Problem(line: line, message: "a document is an object, not \(document.typeName)")
        }
        do throws(CatalogError) {
            guard let key = document[field: table.primaryKey] else {
                document = try withNewKey(document)
                let key = document[field: table.primaryKey] ?? .null
                document = try transaction.hooked(document, over: nil, key: key, in: table) ?? document
                try transaction.put(document, in: table)
                generatedKeys += 1
                inserted += 1
                return nil
            }
            // Where rows are replaced without a hook, nobody asks what was there.
            let old = conflict == .replace && table.writeHook == nil ? nil : try transaction.get(key, in: table)
            if conflict != .replace, let old {
                guard conflict == .update else {
                    return Problem(line: line, message: "the key \(key) is taken; see --conflict")
                }
                document = try merged(old, document)
            }
            document = try transaction.hooked(document, over: old, key: key, in: table) ?? document
            if try transaction.put(document, in: table) { inserted += 1 } else { replaced += 1 }
            return nil
        } catch {
            guard error.kind.isOfDocument else { throw error }
            return Problem(line: line, message: error.message)
        }
    }

    private func merged(_ old: Datum, _ new: Datum) throws(CatalogError) -> Datum {
        do { return try old.merging(new) } catch { throw CatalogError(.tooDeep, error.message) }
    }

    private func withNewKey(_ document: Datum) throws(CatalogError) -> Datum {
        do {
            return try document.setting(table.primaryKey, to: Datum(Identifier.uuid()))
        } catch {
            throw CatalogError(.tooDeep, error.message)
        }
    }

    // MARK: What was done

    func report(asJSON: Bool) throws(CommandError) {
        let tally = ImportTally(inserted: inserted, replaced: replaced, generatedKeys: generatedKeys, skipped: skipped)
        try tally.report(table.qualifiedName, in: progress.elapsed, console, asJSON: asJSON)
    }
}

extension CatalogError.Kind {
    /// Whether another document may still be put.
    fileprivate var isOfDocument: Bool {
        switch self {
        case .hookFailed, .keyMissing, .keyNull, .invalidKey, .keyTooLong, .notStorable, .tooDeep, .tooLarge: true
        default: false
        }
    }
}
