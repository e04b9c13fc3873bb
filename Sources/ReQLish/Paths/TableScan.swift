import Ground

/// Documents of a table in the order of their keys, of which a filter has been translated into a test of their bytes: what terms
/// use that need little of each row. It gives what opening the rows would give, row by row.
///
/// Whatever the bytes don't tell goes the way of all rows: through the filter's function, and through the term's own.
final class TableScan {
    /// Documents looked at between two looks at whether the query was cancelled.
    private static let batchCount = 1024

    private let scan: DocumentScan
    private let filter: RowFilter?
    private let table: TableReference
    private let execution: Execution
    /// How many documents there are, and another scan of them, for threads that help.
    private let extent: Extent

    struct Extent {
        let count: () throws(CatalogError) -> Int
        let another: () throws(CatalogError) -> DocumentScan
    }

    init(
        _ scan: DocumentScan, _ filter: RowFilter?, _ table: TableReference, _ execution: Execution, _ extent: Extent,
        records: (table: StepRecord?, filter: StepRecord?)
    ) {
        self.records = records
        self.table = table
        self.scan = scan
        self.filter = filter
        self.execution = execution
        self.extent = extent
    }

    /// Where the documents that are looked at, and those that pass, are counted in a query that is explained.
    private let records: (table: StepRecord?, filter: StepRecord?)
    private var passedCount = 0
    /// What helpers and this thread looked at in parts.
    private var partsDocumentCount = 0

    deinit {
        let documentCount = scan.documentCount + partsDocumentCount
        table.countRead(documentCount)
        if let table = records.table {
            table.isScanned = true
            table.rowCount += documentCount
        }
        // A filter that was opened has its rows counted there.
        if let filter = records.filter, filter.openCount == 0, passedCount > 0 {
            filter.isScanned = true
            filter.rowCount += passedCount
        }
    }

    /// A document that has to be looked at as a whole passes only if the filter says so.
    private func passes(_ document: Datum, _ verdict: Verdict) throws(ReQLError) -> Bool {
        guard verdict == .undecided, let filter else { return true }
        return try filter.passes(document, execution)
    }

    private func step(_ body: (DocumentScan) throws(CatalogError) -> DocumentScan.Step) throws(ReQLError) -> DocumentScan.Step {
        try execution.check()
        return try reading(body(scan))
    }

    /// The next row.
    func next() throws(ReQLError) -> Datum? {
        while true {
            switch try step({ scan throws(CatalogError) in try scan.next(of: Self.batchCount) }) {
            case .end: return nil
            case .pause, .row: break
            case .document(let document, let verdict): if try passes(document, verdict) { return document }
            }
        }
    }

    /// The next row with nothing but some fields; `whole` makes it of a row that has to be looked at as a whole.
    func next(
        _ fields: inout ProjectedFields, _ whole: (Datum) throws(ReQLError) -> Datum?
    ) throws(ReQLError) -> Datum? {
        while true {
            switch try step({ scan throws(CatalogError) in try scan.next(&fields, of: Self.batchCount) }) {
            case .end: return nil
            case .pause: break
            case .row(let row): return row
            case .document(let document, let verdict):
                if try passes(document, verdict), let row = try whole(document) { return row }
            }
        }
    }

    /// Adds all rows to an accumulator of a column.
    func add(_ column: RowColumn, to accumulator: any ColumnAccumulator) throws(ReQLError) {
        let wanted: ScanPart.Wanted =
            switch column {
            case .row: .rows
            case .number(let field): .number(field)
            }
        let isDone = try readInParts(wanted) { piece, _ throws(ReQLError) in
            if piece.rowCount > 0 { accumulator.add(rows: piece.rowCount) }
            accumulator.add(piece.numbers)
            if let (document, verdict, _) = piece.document, try passes(document, verdict) { try accumulator.add(document, execution) }
        }
        if isDone { return }
        switch column {
        case .row: try countRows(accumulator)
        case .number(let field): try addNumbers(field, accumulator)
        }
    }

    // MARK: In parts

    /// Has other threads look at some of the documents, as long as there are cores for them: each at a chunk, one behind the other, and the
    /// chunks are taken up in their order. False if it isn't worth it, and nothing was read.
    private func readInParts(
        _ wanted: ScanPart.Wanted, _ take: (_ piece: ScanPart.Piece, _ part: ScanPart) throws(ReQLError) -> Void
    ) throws(ReQLError) -> Bool {
        guard let threads = execution.scanThreads, threads.mayHelp, try reading(extent.count()) >= 4 * threads.chunkCount else {
            return false
        }
        let (first, another) = (scan, extent.another)
        var parts = [ScanPart(wanted) { () throws(CatalogError) in first }]
        /// How many documents were passed by all parts together.
        defer { partsDocumentCount = parts.dropFirst().reduce(0) { $0 + $1.documentCount } }
        var position = 0
        var most = 1
        while true {
            try execution.check()
            var helperCount = 0
            while helperCount < ScanThreads.maximumHelperCount, threads.take() { helperCount += 1 }
            while parts.count <= helperCount { parts.append(ScanPart(wanted, another)) }
            most = max(most, helperCount + 1)
            Self.read(parts.prefix(helperCount + 1), from: position, threads)
            for part in parts.prefix(helperCount + 1) {
                for piece in part.pieces {
                    passedCount += piece.rowCount + piece.numbers.count + piece.rows.count
                    try take(piece, part)
                }
                if let error = part.error { throw ReQLError(error) }
                if part.isAtEnd {
                    records.table?.noteThreads(most)
                    return true
                }
            }
            position += (helperCount + 1) * threads.chunkCount
        }
    }

    /// The first part on this thread, each other one on a helper, which was taken before and is given back.
    private static func read(_ parts: ArraySlice<ScanPart>, from position: Int, _ threads: ScanThreads) {
        let chunkCount = threads.chunkCount
        var helpers: [ForkedWork] = []
        for (index, part) in parts.enumerated().dropFirst() {
            helpers.append(
                ForkedWork {
                    part.read(chunkCount, from: position + index * chunkCount)
                    threads.end()
                })
        }
        parts.first?.read(chunkCount, from: position)
        for helper in helpers { helper.join() }
    }

    private func countRows(_ accumulator: any ColumnAccumulator) throws(ReQLError) {
        var total = 0
        while true {
            switch try step({ scan throws(CatalogError) in try scan.count(&total, of: Self.batchCount) }) {
            case .end:
                passedCount += total
                return accumulator.add(rows: total)
            case .pause, .row: break
            case .document(let document, let verdict): if try passes(document, verdict) { try accumulator.add(document, execution) }
            }
        }
    }

    private func addNumbers(_ field: String, _ accumulator: any ColumnAccumulator) throws(ReQLError) {
        var column = NumberColumn(field)
        while true {
            let step = try step { scan throws(CatalogError) in try scan.read(&column, of: Self.batchCount) }
            passedCount += column.numbers.count
            accumulator.add(column.numbers)
            column.numbers.removeAll(keepingCapacity: true)
            switch step {
            case .end: return
            case .pause, .row: break
            case .document(let document, let verdict): if try passes(document, verdict) { try accumulator.add(document, execution) }
            }
        }
    }

    /// Puts all rows into groups by a field. `whole` puts one row into its group, of which it answers the number; `add` puts the
    /// row's number into a group that has one.
    func group(
        by key: String, _ column: RowColumn, add: (_ group: Int, _ number: Double) -> Void,
        whole: (Datum) throws(ReQLError) -> Int
    ) throws(ReQLError) {
        let isDone = try readInParts(.group(key, column.field)) { piece, part throws(ReQLError) in
            for row in piece.rows { add(part.groups[Int(row.group)], row.number) }
            guard let (document, verdict, name) = piece.document, try passes(document, verdict) else { return }
            let group = try whole(document)
            if let name {
                assert(name == part.groups.count)
                part.groups.append(group)
            }
        }
        if isDone { return }
        var grouped = GroupedColumn(by: key, column.field)
        while true {
            let step = try step { scan throws(CatalogError) in try scan.read(&grouped, of: Self.batchCount) }
            passedCount += grouped.rows.count
            for row in grouped.rows { add(Int(row.group), row.number) }
            grouped.rows.removeAll(keepingCapacity: true)
            switch step {
            case .end: return
            case .pause, .row: break
            case .document(let document, let verdict): if try passes(document, verdict) { grouped.assign(try whole(document)) }
            }
        }
    }
}

/// The rows of a scan.
final class ScanStream: RowStream {
    private let scan: TableScan

    init(_ scan: TableScan) {
        self.scan = scan
    }

    override func next() throws(ReQLError) -> Pulled { Pulled(try scan.next()) }
}

/// Some fields of the rows of a scan.
final class ProjectedStream: RowStream {
    private let scan: TableScan
    private var fields: ProjectedFields
    private let whole: (Datum) throws(ReQLError) -> Datum?

    init(_ scan: TableScan, _ names: [String], _ whole: @escaping (Datum) throws(ReQLError) -> Datum?) {
        self.scan = scan
        fields = ProjectedFields(names)
        self.whole = whole
    }

    override func next() throws(ReQLError) -> Pulled { Pulled(try scan.next(&fields, whole)) }
}
