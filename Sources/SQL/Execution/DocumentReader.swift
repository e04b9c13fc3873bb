import Catalog
import ReQLish

/// Hands out the documents that a scan looks at: of ranges of keys or entries, one after the other.
final class DocumentReader {
    enum Part {
        case entries(IndexCursor)
        case document(Datum)
        case scan(DocumentScan)
        /// Those of cells.
        case others(() throws(CatalogError) -> Datum?)
        /// Those that a search finds, if they are wanted by their scores so many of the best first.
        case found(TextScan, best: Int?)
    }

    private let parts: [Part]
    private var position = 0
    private let run: Run
    /// Nil: all of a document.
    private let names: [String]?
    private lazy var fields = ProjectedFields(names ?? [])
    private let ordered: OrderedRead?
    /// How many documents may still be looked at.
    private var budget: Int

    /// - Parameter names: the fields that are wanted of each document; nil: all of it.
    init(_ parts: [Part], _ names: [String]?, _ ordered: OrderedRead?, _ run: Run) {
        self.parts = parts
        self.names = names
        self.ordered = ordered
        self.run = run
        budget = ordered?.budget ?? .max
    }

    /// Those that a search finds.
    convenience init(_ search: TextScan, best: Int?, _ run: Run) { self.init([.found(search, best: best)], nil, nil, run) }

    /// The score of the document that was handed out last.
    var score: SQLValue { if case .found(let search, .some)? = parts.first { .double(search.score) } else { .null } }

    /// Whether what was found so far is handed out, and more takes another search.
    var isAtPause: Bool { if case .found(let search, _)? = parts.first { search.isAtPause } else { false } }

    /// What of a condition doesn't hold for all documents by itself.
    func remaining(of condition: Scalar?) -> Scalar? {
        guard let condition, case .found(let search, _)? = parts.first, search.isExact else { return condition }
        let used = search.access.used
        return AndScalar.joining(AndScalar.conditions(of: condition).filter { one in !used.contains { $0 === one } })
    }

    /// Whether the bytes of the document that was handed out last tell that it passes the test which was made of the conditions.
    private(set) var isTold = false

    func next() throws(SQLError) -> Datum? {
        isTold = false
        guard budget > 0 else {
            ordered?.isGivenUp = true
            return nil
        }
        budget -= 1
        while position < parts.count {
            if let document = try next(of: parts[position]) { return document }
            position += 1
        }
        return nil
    }

    enum Found {
        /// There are rows in the columns.
        case columns
        case document(Datum)
        case end
    }

    /// Another scan of the documents of the one that there is, for threads that help to read them.
    var another: (() throws(CatalogError) -> DocumentScan)?
    private var columnParts: ColumnParts?
    private var documents: DocumentParts?
    private lazy var chunkCount = run.session.pando.scanThreads.chunkCount

    /// A document that was come upon behind the rows that were handed out last.
    private var pending: Datum?

    /// The next rows as columns, which are empty, or the next document that has to be looked at as a whole.
    ///
    /// - Parameter count: of how many documents, if one thread reads them.
    func next(_ columns: inout StoredColumns, of count: Int) throws(SQLError) -> Found {
        if let document = pending.take() { return .document(document) }
        while position < parts.count {
            guard case .scan(let scan) = parts[position] else {
                if let document = try next(of: parts[position]) { return .document(document) }
                position += 1
                continue
            }
            if let found = try nextOfParts(&columns, scan) { return found }
            let step: DocumentScan.Step
            do throws(CatalogError) { step = try scan.read(&columns, of: count) } catch { throw SQLError(error) }
            switch step {
            case .pause: try run.check()
            case .document(let document, _), .row(let document):
                if columns.count == 0 { return .document(document) }
                pending = document
            case .end: position += 1
            }
            if columns.count > 0 { return .columns }
        }
        return .end
    }

    /// The same of what several threads read, as soon as it shows that there is much to be read; nil if they don't.
    private func nextOfParts(_ columns: inout StoredColumns, _ scan: DocumentScan) throws(SQLError) -> Found? {
        if columnParts == nil {
            let threads = run.session.pando.scanThreads
            guard let another, threads.mayHelp, scan.documentCount >= threads.chunkCount / 2 else { return nil }
            columnParts = ColumnParts(scan, columns, threads, another)
        }
        guard let columnParts else { return nil }
        let (isFound, document) = try columnParts.next(&columns, run)
        guard isFound else {
            run.measures?.current?.noteThreads(columnParts.threadCount)
            position += 1
            return position < parts.count ? nil : .end
        }
        guard columns.count > 0 else { return document.map { .document($0) } }
        pending = document
        return .columns
    }

    /// The scan that it is and nothing else; nil if there is more to it, or none that several threads may read.
    var onlyScan: (first: DocumentScan, another: () throws(CatalogError) -> DocumentScan)? {
        guard ordered == nil, parts.count == 1, case .scan(let scan) = parts[0], let another else { return nil }
        return (scan, another)
    }

    /// Whether all of it may be read as columns.
    var readsColumns: Bool { ordered == nil && parts.contains { if case .scan = $0 { true } else { false } } }

    private func next(of part: Part) throws(SQLError) -> Datum? {
        switch part {
        case .entries(let cursor):
            do throws(CatalogError) { return try cursor.next()?.document() } catch { throw SQLError(error) }
        case .others(let next):
            do throws(CatalogError) { return try next() } catch { throw SQLError(error) }
        case .found(let search, let best): return try search.document(best: best)
        case .document(let document):
            position += 1
            return document
        case .scan(let scan):
            if let documentParts = documentParts(scan) {
                guard let found = try documentParts.next(run) else {
                    run.measures?.current?.noteThreads(documentParts.threadCount)
                    return nil
                }
                isTold = found.isTold
                return found.document
            }
            while true {
                switch try step(scan) {
                case .pause: try run.check()
                case .document(let document, let verdict):
                    isTold = verdict == .passes
                    return document
                case .row(let document):
                    isTold = true
                    return document
                case .end: return nil
                }
            }
        }
    }

    /// What several threads read of a scan, as soon as it shows that there is much to be read; nil if they don't.
    private func documentParts(_ scan: DocumentScan) -> DocumentParts? {
        if let documents { return documents }
        guard let another, ordered == nil, columnParts == nil, scan.documentCount >= chunkCount / 2 else { return nil }
        let threads = run.session.pando.scanThreads
        guard threads.mayHelp else { return nil }
        documents = DocumentParts(scan, names, threads, another)
        return documents
    }

    private func step(_ scan: DocumentScan) throws(SQLError) -> DocumentScan.Step {
        do throws(CatalogError) {
            if names == nil { return try scan.next(of: Plan.batchCount) }
            return try scan.next(&fields, of: Plan.batchCount)
        } catch {
            throw SQLError(error)
        }
    }
}
