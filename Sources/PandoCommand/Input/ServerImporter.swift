import Ground
import httpd

/// An import of the documents of a source into a table of a server, many a request: each request is one transaction there.
struct ServerImporter {
    /// A batch is all in or not at all, so a bad document costs some requests more; it must fit the server's limit on bodies.
    private static let batchCount = 2_000
    private static let batchByteCount = 8 << 20

    let session: ServerSession
    let table: TableName
    let settings: ImportSettings
    let console: Console
    private var progress: Progress
    private var tally = ImportTally()

    init(_ session: ServerSession, _ table: TableName, _ settings: ImportSettings, _ console: Console) throws {
        guard !table.database.hasPrefix("_"), !table.table.hasPrefix("_") else {
            throw CommandError.failed("A server takes no documents for \(table.text) in this way, as the name begins with _.")
        }
        self.session = session
        self.table = table
        self.settings = settings
        self.console = console
        progress = Progress(console, "documents")
    }

    /// Reads to the end, or to what stops it. What was put before that stays.
    mutating func run(_ source: any DocumentSource) throws {
        var batch: [(document: Datum, line: Int)] = []
        var end = source.input.deliveredByteCount + Self.batchByteCount
        source.input.tellsPauses = true
        do {
            while true {
                let item: SourceItem?
                do { item = try source.next() } catch is InputPause {
                    try put(batch[...], source)
                    batch = []
                    continue
                }
                guard let item else { break }
                switch item {
                case .document(let document, let line): batch.append((document, line))
                case .bad(let line, let message):
                    try put(batch[...], source)
                    batch = []
                    try note(message, at: source.place(ofLine: line))
                }
                guard batch.count == Self.batchCount || source.input.deliveredByteCount >= end else { continue }
                try put(batch[...], source)
                batch = []
                end = source.input.deliveredByteCount + Self.batchByteCount
                progress.show(tally.inserted + tally.replaced, fraction: source.input.fraction)
            }
            try put(batch[...], source)
        } catch {
            progress.finish()
            throw error
        }
        progress.finish()
    }

    func report() throws(CommandError) {
        try tally.report(table.text, in: progress.elapsed, console, asJSON: settings.reportsJSON)
    }

    /// Puts documents in one request; where that is refused, halves of them, so that in the end the bad one stands alone.
    private mutating func put(_ batch: ArraySlice<(document: Datum, line: Int)>, _ source: any DocumentSource) throws {
        guard let first = batch.first else { return }
        try settings.requireNotStopped()
        var body = ByteBuffer()
        for (document, _) in batch {
            document.writeJSON(into: &body)
            body.append(UInt8(ascii: "\n"))
        }
        let path = "/\(table.database)/\(table.table)?conflict=\(settings.conflict.rawValue)"
        do {
            tally.add(try session.request("POST", path, body: body.bytes, type: "application/x-ndjson"))
        } catch let error as ReQLError where error.isOfDocument {
            guard batch.count > 1 else { return try note(error.message, at: source.place(ofLine: first.line)) }
            let middle = batch.startIndex + batch.count / 2
            try put(batch[..<middle], source)
            try put(batch[middle...], source)
        }
    }

    private mutating func note(_ message: String, at place: String) throws(CommandError) {
        let text = "\(place): \(message)"
        guard settings.skipsBad else { throw .failed(text) }
        tally.skipped += 1
        if tally.skipped <= ImportSettings.namedCount { console.complain(text) }
        if tally.skipped == ImportSettings.namedCount + 1 { console.complain("More bad documents are counted and not named.") }
    }
}

/// The result of an import.
struct ImportTally {
    var inserted = 0
    var replaced = 0
    var generatedKeys = 0
    var skipped = 0

    /// Adds what a server answers.
    fileprivate mutating func add(_ answer: Datum) {
        inserted += answer[field: "inserted"]?.integer ?? 0
        replaced += (answer[field: "replaced"]?.integer ?? 0) + (answer[field: "unchanged"]?.integer ?? 0)
        generatedKeys += answer[field: "generated_keys"]?.count ?? 0
    }

    func report(_ table: String, in elapsed: String, _ console: Console, asJSON: Bool) throws(CommandError) {
        if asJSON {
            try console.printJSON([
                "inserted": Datum(inserted), "replaced": Datum(replaced), "generated_keys": Datum(generatedKeys), "skipped": Datum(skipped),
            ])
        }
        var parts = ["Imported \(counted(inserted + replaced, "document")) into \(table) in \(elapsed)"]
        if replaced > 0 { parts.append("\(grouped(replaced)) of them in the place of others") }
        if generatedKeys > 0 { parts.append("\(grouped(generatedKeys)) with a new key") }
        if skipped > 0 { parts.append("\(counted(skipped, "bad document")) skipped") }
        console.message(parts.joined(separator: ", ") + ".")
    }
}

extension ReQLError {
    /// Whether another document may still be put: the server understood the request, and refuses what is in it.
    fileprivate var isOfDocument: Bool { [.queryLogic, .operationFailed, .nonExistence, .user, .resourceLimit].contains(kind) }
}
