import Catalog

/// The rows of a COPY … FROM on their way into a table.
final class CopiedRows: CopyTarget {
    private weak var session: Session?
    private let run: Run
    private let definitions: Definitions
    private let guardian: TableGuard
    /// Nil where rows are put one by one. Made for the first row, so that nobody waits for a client that sends none.
    private var loader: RowLoader?
    private var hasBegun = false
    /// The indexes of the columns that are given.
    private let given: [Int]
    /// A domain's checks, by the place among the given columns.
    private let casts: [Int: Scalar]
    private let filter: Scalar?
    private let cell: Row
    private let width: Int
    private(set) var count = 0

    init(
        _ session: Session, _ table: TableRelation, _ definitions: Definitions, _ run: Run, given: [Int], casts: [Int: Scalar],
        filter: Scalar?, cell: Row
    ) throws(SQLError) {
        self.session = session
        self.run = run
        self.definitions = definitions
        self.given = given
        self.casts = casts
        self.filter = filter
        self.cell = cell
        width = table.declaration.columns.count
        guardian = try run.writes.guardian(table, definitions)
    }

    private func begin() throws(SQLError) {
        guard !hasBegun else { return }
        hasBegun = true
        loader = try RowLoader(guardian, run, given: given, cell: cell, needsValues: filter != nil || !casts.isEmpty)
    }

    var failedLine: Int? { loader?.failedLine }

    func take(_ line: borrowing CopyLine, number: Int) throws(SQLError) -> Bool {
        try begin()
        guard let loader, try loader.add(line, number: number) else { return false }
        count += 1
        return true
    }

    func take(_ row: [SQLValue], number: Int) throws(SQLError) {
        try begin()
        var values: [SQLValue?] = Array(repeating: nil, count: width)
        for (place, index) in given.enumerated() where place < row.count {
            if let cast = casts[place] { values[index] = try cast.value([row[place]], run) } else { values[index] = row[place] }
        }
        if let filter {
            var full: Row = []
            for index in values.indices {
                if let value = values[index] { full.append(value) } else { full.append(try guardian.defaultValue(index)) }
            }
            guard try filter.isTrue(full, run) else { return }
            values = full.map { $0 }
        }
        if let loader {
            try loader.add(values, number: number)
        } else {
            let table = guardian.table
            // Others may have had the turn while the client was waited for.
            try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
                try transaction.requireDeclared(as: table.config)
            }
            _ = try guardian.insert(values, cell: cell)
        }
        count += 1
        if count % 512 == 0 { try run.check() }
    }

    func settle() throws(SQLError) { try loader?.flush() }

    func finish() throws(SQLError) -> Int {
        defer { run.end() }
        try loader?.finish()
        try run.session.transaction.restingOnReads { () throws(SQLError) in try run.writes.finish(definitions) }
        return count
    }

    func fail() {
        loader?.discard()
        run.end()
        session?.transaction.fail()
    }
}

/// The documents of a COPY … FROM on their way into an open table: one a line, as JSON.
final class CopiedDocuments: CopyTarget {
    private weak var session: Session?
    private let writer: OpenTableWriter
    private(set) var count = 0

    init(_ session: Session, _ writer: OpenTableWriter) {
        self.session = session
        self.writer = writer
    }

    var failedLine: Int? { nil }

    func take(_ line: borrowing CopyLine, number: Int) throws(SQLError) -> Bool { false }

    func take(_ row: [SQLValue], number: Int) throws(SQLError) {
        guard case .json(let document)? = row.first else {
            throw SQLError(
                SQLState(rawValue: "23502"), "null value in column \"_doc\" of relation \"\(writer.table.name)\"")
        }
        _ = try writer.insert(document)
        count += 1
    }

    func settle() throws(SQLError) {}

    func finish() throws(SQLError) -> Int { count }

    func fail() { session?.transaction.fail() }
}
