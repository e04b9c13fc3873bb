import Catalog

/// The rows that a scan finds by entries for one row outside after the other.
final class LookupRows {
    private let documents: DocumentLookup
    private var columns: StoredColumns
    private let keyField: String
    /// How many documents are read at once: few at first, as some are content with one.
    private var count = firstCount
    private(set) var isOver = true

    private static let firstCount = 8

    init(_ documents: DocumentLookup, _ columns: StoredColumns, keyField: String) {
        self.documents = documents
        self.columns = columns
        self.keyField = keyField
    }

    /// Goes to the rows of a range. Answers false if entries alone don't tell which those are.
    func begin(_ bounds: KeyBounds) throws(CatalogError) -> Bool {
        count = Self.firstCount
        isOver = false
        return try documents.begin(bounds)
    }

    /// The same by integers, which is told by their bytes alone. Answers false if one of them is too long for that.
    func begin(_ key: IntegerKey, _ integers: [Int64]) throws(CatalogError) -> Bool {
        count = Self.firstCount
        isOver = false
        return try documents.begin(integers: integers, isArray: key.isArray, isWhole: key.isWhole)
    }

    /// Whoever is content with one row has one document read at first.
    func expectOne() { count = 1 }

    /// Whether there is a document. None is read for that.
    func hasAny() throws(SQLError) -> Bool {
        do throws(CatalogError) { return try documents.hasNext() } catch { throw SQLError(error) }
    }

    /// Whether it helps to know what is looked up next.
    var looksAhead: Bool { documents.looksAhead }

    func expect(_ ranges: [KeyBounds]) { documents.expect(ranges) }

    /// Appends the next rows, none if there are no more.
    ///
    /// - Parameter base: what the rows are in the columns of other tables.
    func append(to rows: inout [Row], base: Row, _ setup: ScanSetup, _ run: Run) throws(SQLError) {
        let known = rows.count
        while !isOver, rows.count == known {
            columns.removeAll()
            let step: DocumentScan.Step
            do throws(CatalogError) { step = try documents.read(&columns, of: count) } catch { throw SQLError(error) }
            try setup.appendRows(columns, base, to: &rows, run)
            switch step {
            case .document(let document, _), .row(let document): try setup.appendRow(document, keyField, base, to: &rows, run)
            case .pause:
                count = min(count * 8, Plan.batchCount)
                try run.check()
            case .end: isOver = true
            }
        }
    }
}
