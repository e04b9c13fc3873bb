import Ground
import httpd

/// Settings of an import: what it does with keys that are taken and with bad documents, and how it reports.
struct ImportSettings {
    enum Conflict: String { case error, replace, update }

    var conflict = Conflict.error
    var skipsBad = false
    var reportsJSON = false
    /// Ends an import between two batches; what was put before that stays.
    var stopper = Stopper()

    func requireNotStopped() throws(CommandError) {
        if stopper.isStopped { throw .failed("Stopped.") }
    }

    /// Bad documents named one by one.
    static let namedCount = 20
}

extension Catalog {
    /// Puts the documents of a source into a table, makes them durable, and reports how many.
    /// - Throws: the error that ended the import, after the report.
    func importDocuments(from source: any DocumentSource, into table: TableConfig, _ settings: ImportSettings, _ console: Console) throws {
        var importer = Importer(self, table, settings, console)
        let failure = importer.run(source)
        try sync()
        try importer.report()
        if let failure { throw failure }
    }
}

/// An import of the documents of a source into a table, many a transaction.
private struct Importer {
    let catalog: Catalog
    let table: TableConfig
    let settings: ImportSettings
    let console: Console
    var progress: Progress

    private(set) var inserted = 0
    private(set) var replaced = 0
    private(set) var generatedKeys = 0
    private(set) var skipped = 0

    init(_ catalog: Catalog, _ table: TableConfig, _ settings: ImportSettings, _ console: Console) {
        self.catalog = catalog
        self.table = table
        self.settings = settings
        self.console = console
        progress = Progress(console, "documents")
    }

    /// Reads to the end, or to what stops it. What was put before that stays.
    mutating func run(_ source: any DocumentSource) -> CommandError? {
        (source as? XMLSource)?.begin(table)
        let reader = BatchReader(source, for: table, stopsAtProblem: !settings.skipsBad)
        do {
            var helper = ForkedWork { reader.fill() }
            while true {
                reader.fill()
                helper.join()
                let batch = reader.takeBatch()
                // The next one is read while this one is put.
                if !batch.isLast { helper = ForkedWork { reader.fill() } }
                do {
                    try settings.requireNotStopped()
                    try put(batch, of: source)
                } catch {
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

    private mutating func put(_ batch: BatchReader.Batch, of source: any DocumentSource) throws {
        if batch.blocks.isEmpty, batch.stop == nil { return }
        // From here on a new file has something.
        Signals.removeWhenStopped(nil)
        if let shape = batch.shape { try remember(shape) }
        var blocks = batch.blocks
        if !settings.skipsBad, let bad = blocks.firstIndex(where: { !$0.block.problems.isEmpty }) {
            Self.truncate(&blocks, bad, blocks[bad].block.problems[0].position)
        }
        var problems: [Problem] = []
        for (number, (block, line)) in blocks.enumerated() {
            problems += block.problems.map {
                Problem(block: number, position: $0.position, line: line + $0.line, message: $0.message, isInFront: true)
            }
        }
        if try !insertSorted(blocks.map(\.block)) {
            let refused = try dependsOnOrder() ? putInOrder(blocks) : putSorted(&blocks)
            problems = (problems + refused).sorted { $0.place < $1.place }
        }
        for problem in problems { try note(problem.message, at: source.place(ofLine: problem.line)) }
        if let stop = batch.stop { throw stop }
    }

    private func remember(_ shape: XMLShape) throws {
        var transaction = try catalog.beginWrite()
        try transaction.remember(shape, of: table)
        try transaction.commit(.soft)
    }

    /// A fault of a document, or of what should be one in front of it.
    private struct Problem {
        let block: Int
        let position: Int
        let line: Int
        let message: String
        /// What could not be read comes before the document that stands behind it.
        var isInFront = false

        var place: (Int, Int, Int, Int) { (block, position, isInFront ? 0 : 1, line) }
    }

    private static func truncate(_ blocks: inout [(block: DocumentBlock, line: Int)], _ number: Int, _ position: Int) {
        blocks.removeSubrange((number + 1)...)
        blocks[number].block.truncate(to: position)
    }

    /// Whether what becomes of a document depends on others that came before, with other keys.
    private func dependsOnOrder() throws -> Bool {
        let current = try catalog.snapshot().table(id: table.id) ?? table
        // A declaration may number what comes.
        return current.writeHook != nil || current.declaration != nil || current.indexes.contains(where: \.isUnique)
    }

    /// Inserts documents in the order of their keys, which go to neighbouring pages then. Does nothing and returns false where the
    /// order in which they came matters: if not all of them are new and good.
    private mutating func insertSorted(_ blocks: [DocumentBlock]) throws -> Bool {
        guard settings.conflict == .error, table.writeHook == nil else { return false }
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

    /// Puts one document after the other, up to a bad one if that is to stop it. Returns what could not be put.
    private mutating func putInOrder(_ blocks: [(block: DocumentBlock, line: Int)]) throws -> [Problem] {
        var transaction = try catalog.beginWrite()
        var problems: [Problem] = []
        do {
            for (number, (block, line)) in blocks.enumerated() where settings.skipsBad || problems.isEmpty {
                for position in 0..<block.count where settings.skipsBad || problems.isEmpty {
                    guard let message = try put(position, of: block, in: &transaction) else { continue }
                    problems.append(Problem(block: number, position: position, line: line + block.line(of: position), message: message))
                }
            }
        } catch {
            try transaction.commit(.soft)
            throw error
        }
        try transaction.commit(.soft)
        return problems
    }

    /// The same in the order of keys, so that neighbours go to their page at one time; if a bad one is to stop it, those behind it are
    /// left out in a second attempt.
    private mutating func putSorted(_ blocks: inout [(block: DocumentBlock, line: Int)]) throws -> [Problem] {
        let before = (inserted, replaced, generatedKeys)
        var transaction = try catalog.beginWrite()
        var problems: [Problem] = []
        do {
            for (number, position) in DocumentBlock.sorted(blocks.map(\.block)) {
                let (block, line) = blocks[number]
                guard let message = try put(position, of: block, in: &transaction) else { continue }
                problems.append(Problem(block: number, position: position, line: line + block.line(of: position), message: message))
            }
        } catch {
            transaction.rollback()
            (inserted, replaced, generatedKeys) = before
            throw error
        }
        if !settings.skipsBad, let first = problems.min(by: { $0.place < $1.place }) {
            transaction.rollback()
            (inserted, replaced, generatedKeys) = before
            Self.truncate(&blocks, first.block, first.position)
            return try putSorted(&blocks) + [first]
        }
        try transaction.commit(.soft)
        return problems
    }

    private mutating func note(_ message: String, at place: String) throws(CommandError) {
        let text = "\(place): \(message)"
        guard settings.skipsBad else { throw .failed(text) }
        skipped += 1
        if skipped <= ImportSettings.namedCount { console.complain(text) }
        if skipped == ImportSettings.namedCount + 1 { console.complain("More bad documents are counted and not named.") }
    }

    /// Puts one document. Returns what is wrong with it; throws what would be wrong with any.
    private mutating func put(
        _ position: Int, of block: DocumentBlock, in transaction: inout CatalogTransaction
    ) throws -> String? {
        guard var document = block.document(position) else { return nil }
        do throws(CatalogError) {
            guard let key = document[field: table.primaryKey] else {
                _ = try transaction.putUnkeyed(document, in: table)
                inserted += 1
                generatedKeys += 1
                return nil
            }
            // Where rows are replaced, nobody asks what was there.
            if settings.conflict != .replace, let old = try transaction.get(key, in: table) {
                guard settings.conflict == .update else {
                    return "the key \(key) is taken; pando import --conflict says what becomes of it"
                }
                document = try merged(old, document)
            }
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

    func report() throws(CommandError) {
        let tally = ImportTally(inserted: inserted, replaced: replaced, generatedKeys: generatedKeys, skipped: skipped)
        try tally.report(table.qualifiedName, in: progress.elapsed, console, asJSON: settings.reportsJSON)
    }
}

extension CatalogError.Kind {
    /// Whether another document may still be put.
    fileprivate var isOfDocument: Bool {
        switch self {
        case .hookFailed, .constraintViolated, .keyMissing, .keyNull, .invalidKey, .keyTooLong, .notStorable, .tooDeep, .tooLarge: true
        default: false
        }
    }
}
