import httpd

/// Puts the documents of a source into a table, many a transaction.
struct Importer {
    enum Conflict: String { case error, replace, update }

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
        let reader = BatchReader(source, for: table, stopsAtProblem: !skipsBad)
        do {
            var helper = RawThread { reader.fill() }
            while true {
                reader.fill()
                helper.join()
                let batch = reader.takeBatch()
                // The next one is read while this one is put.
                if !batch.isLast { helper = RawThread { reader.fill() } }
                do { try put(batch, named: name) } catch {
                    reader.cancel()
                    throw error
                }
                if batch.isLast { break }
                progress.show(inserted + replaced, fraction: batch.fraction)
            }
            progress.finish()
            return nil
        } catch {
            progress.finish()
            return CommandError(error)
        }
    }

    private mutating func put(_ batch: BatchReader.Batch, named name: String) throws {
        var blocks = batch.blocks
        if !skipsBad, let bad = blocks.firstIndex(where: { !$0.block.problems.isEmpty }) {
            blocks.removeSubrange((bad + 1)...)
            blocks[bad].block.truncate(to: blocks[bad].block.problems[0].position)
        }
        if try insertSorted(blocks.map(\.block)) {
            for (block, line) in blocks {
                for problem in block.problems { try note(problem.message, line: line + problem.line, in: name) }
            }
        } else {
            try putInOrder(blocks, named: name)
        }
        if let stop = batch.stop { throw stop }
    }

    /// Inserts documents in the order of their keys, which go to neighbouring pages then. Does nothing and returns false where the
    /// order in which they came matters: if not all of them are new and good.
    private mutating func insertSorted(_ blocks: [DocumentBlock]) throws -> Bool {
        guard conflict == .error, table.writeHook == nil else { return false }
        var transaction = try catalog.beginWrite()
        do throws(CatalogError) {
            guard try transaction.insertAll(blocks, in: table) else {
                transaction.rollback()
                return false
            }
        } catch {
            transaction.rollback()
            guard error.kind.isOfDocument else { throw error }
            return false
        }
        try transaction.commit(.soft)
        for block in blocks {
            inserted += block.count
            generatedKeys += block.generatedKeyCount
        }
        return true
    }

    /// Puts one document after the other, up to a bad one if that is to stop it.
    private mutating func putInOrder(_ blocks: [(block: DocumentBlock, line: Int)], named name: String) throws {
        var transaction = try catalog.beginWrite()
        var stop: (any Error)?
        do {
            for (block, line) in blocks {
                var problems = block.problems[...]
                for position in 0...block.count {
                    while let problem = problems.first, problem.position == position {
                        problems.removeFirst()
                        try note(problem.message, line: line + problem.line, in: name)
                    }
                    guard position < block.count else { break }
                    if let message = try put(position, of: block, in: &transaction) {
                        try note(message, line: line + block.line(of: position), in: name)
                    }
                }
            }
        } catch {
            stop = error
        }
        try transaction.commit(.soft)
        if let stop { throw stop }
    }

    private mutating func note(_ message: String, line: Int, in name: String) throws(CommandError) {
        let text = "\(name), line \(line): \(message)"
        guard skipsBad else { throw .failed(text) }
        skipped += 1
        if skipped <= Self.namedCount { console.complain(text) }
        if skipped == Self.namedCount + 1 { console.complain("More bad documents are counted and not named.") }
    }

    /// Puts one document. Returns what is wrong with it; throws what would be wrong with any.
    private mutating func put(
        _ position: Int, of block: DocumentBlock, in transaction: inout CatalogTransaction
    ) throws -> String? {
        guard var document = block.document(position) else { return nil }
        let key = document[field: table.primaryKey] ?? .null
        do throws(CatalogError) {
            // Where rows are replaced without a hook, nobody asks what was there.
            let old = conflict == .replace && table.writeHook == nil ? nil : try transaction.get(key, in: table)
            if conflict != .replace, let old {
                guard conflict == .update else { return "the key \(key) is taken; see --conflict" }
                document = try merged(old, document)
            }
            document = try transaction.hooked(document, over: old, key: key, in: table) ?? document
            if try transaction.put(document, in: table) { inserted += 1 } else { replaced += 1 }
            if block.hasGeneratedKey(position) { generatedKeys += 1 }
            return nil
        } catch {
            guard error.kind.isOfDocument else { throw error }
            return error.message
        }
    }

    private func merged(_ old: Datum, _ new: Datum) throws(CatalogError) -> Datum {
        do { return try old.merging(new) } catch { throw CatalogError(.tooDeep, error.message) }
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
