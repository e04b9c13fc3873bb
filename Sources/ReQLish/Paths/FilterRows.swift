/// The rows that pass a test.
final class FilterRows: DerivedRows {
    let filter: RowFilter

    init(_ source: Rows, _ filter: RowFilter) {
        self.filter = filter
        super.init(source, source.kind.filtered)
    }

    override var table: TableReference? { source.table }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        try site.checkWatchable(filter.function.determinism)
        return try source.feedSource(execution, at: site)
            .filtered(by: { [filter] row throws(ReQLError) in try filter.passes(row, execution) ? row : nil }, at: site)
    }

    // MARK: By which way

    /// The places of the rows of a whole table that pass, found by exact counts. Opening them, counting them and explaining them all go by
    /// this.
    final class Places {
        let whole: TableRows
        /// The part of the table, by its primary key, in which all of them are.
        let part: TableRows
        /// Whether all rows of that part pass.
        let isPartExact: Bool
        /// The parts of indexes that have all of them.
        let choice: IndexChoice?
        /// Whether reading by those indexes is cheaper than going over the part.
        let isByChoice: Bool

        init(whole: TableRows, part: TableRows, isPartExact: Bool, choice: IndexChoice?, isByChoice: Bool) {
            self.whole = whole
            self.part = part
            self.isPartExact = isPartExact
            self.choice = choice
            self.isByChoice = isByChoice
        }

        /// How many rows pass, as far as counts tell.
        func estimate(at site: Site) throws(ReQLError) -> RowEstimate? {
            if isPartExact { return .exactly(try part.count(at: site)) }
            if let choice, choice.isExact, let range = choice.singleRange {
                return .exactly(try whole.reference.entryCount(of: range.index, range.bounds, at: site))
            }
            if part !== whole { return .atMost(try part.estimatedCount(at: site)) }
            return choice.map { .atMost($0.entryCount) }
        }
    }

    private var found: Places??

    /// Nil unless a whole table is filtered by what can be told from its documents' bytes.
    var places: Places? {
        get throws(ReQLError) {
            if let found { return found }
            let places = try findPlaces()
            found = .some(places)
            return places
        }
    }

    private func findPlaces() throws(ReQLError) -> Places? {
        guard let whole = source as? TableRows, whole.isWhole, case .value(false) = filter.missing, let test = filter.function.documentTest
        else { return nil }
        try whole.reference.checkRead()
        let primary = IndexChoice.primaryBounds(test, in: whole.reference)
        let part = primary.map { whole.bounded(by: $0.bounds) } ?? whole
        part.record = whole.record
        let choice = try IndexChoice(test, in: whole.reference)
        let isByChoice = if let choice { try choice.isWorthwhile(of: part.estimatedCount(at: .root)) } else { false }
        return Places(whole: whole, part: part, isPartExact: primary?.isExact ?? false, choice: choice, isByChoice: isByChoice)
    }

    override func path() throws(ReQLError) -> AccessPath {
        guard let places = try places else {
            guard let table = source as? TableRows, case .scan = try table.path(), filter.function.documentTest != nil else { return .rows }
            return .scan(table, filter)
        }
        if places.isByChoice, let choice = places.choice { return .choice(choice, places.part, filter) }
        return .scan(places.part, filter)
    }

    /// Indexes that tell which documents pass, where these are fewer than a search finds.
    private func choice(beside search: TextSearchRows, _ execution: Execution) throws(ReQLError) -> IndexChoice? {
        guard case .value(false) = filter.missing, let test = filter.function.documentTest,
            let choice = try IndexChoice(test, in: search.reference), choice.canBeHeld
        else { return nil }
        // What the search adds to documents is in no index.
        if let added = search.options.field, choice.asks(for: added, search.reference) { return nil }
        return try choice.entryCount <= search.mostDocuments(execution) / 2 ? choice : nil
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        if let search = source as? TextSearchRows, let choice = try choice(beside: search, execution),
            let keys = try choice.keys(in: search.reference, of: search.documentCount, execution)
        {
            return FilterStream(try search.stream(execution, among: keys), filter, execution)
        }
        guard source is TableRows else { return FilterStream(try source.stream(execution), filter, execution) }
        return try open(execution, by: try path(execution))
    }

    override func open(_ execution: Execution, by path: AccessPath) throws(ReQLError) -> RowStream {
        switch path {
        case .keys(let keys, let table, let filter): return KeyedStream(table, keys, filter, execution)
        case .scan(let table, let filter): return ScanStream(try scan(table, filter, execution))
        default: return FilterStream(try source.stream(execution), filter, execution)
        }
    }

    // MARK: What is known of it

    override func knownCount(at site: Site) throws(ReQLError) -> Int? {
        if case .exactly(let count)? = try places?.estimate(at: site) { count } else { nil }
    }

    override func estimate(at site: Site) throws(ReQLError) -> RowEstimate? {
        if let estimate = try places?.estimate(at: site) { return estimate }
        return try source.estimate(at: site)?.filtered
    }

    override func countNotes() throws(ReQLError) -> [String] {
        guard let places = try places else { return [] }
        if places.isPartExact { return ["the primary key at \(places.part.bounds.text) says how many rows pass"] }
        return places.choice.map { ["there are as many rows as entries: \($0.note)"] } ?? []
    }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] {
        if let search = source as? TextSearchRows, let choice = try choice(beside: search, execution) {
            let most = try search.mostDocuments(execution)
            return ["the search looks at \(choice.note), where it would find up to \(most)", "each document is tested again"]
        }
        guard let table = source as? TableRows, table.reference.system == nil else { return ["a function of each row"] }
        guard filter.function.documentTest != nil else {
            return ["each document is evaluated: the function is more than comparisons of its top-level fields with constants"]
        }
        if table.index != nil { return ["each document that index `\(table.indexName)` leads to is tested"] }
        let bytes = "tested on the stored bytes, in the scan of the table"
        guard let places = try places else { return [bytes] }
        guard table.reference.usesIndexes else { return [bytes, "indexes are not to be used"] }
        var notes: [String] = []
        let whole = try table.count(at: .root)
        let count = try places.part.count(at: .root)
        if places.part !== table { notes.append("by the primary key at \(places.part.bounds.text): \(count) of \(whole) documents") }
        guard let choice = places.choice else { return notes + [bytes] + (notes.isEmpty ? ["no index tells which documents pass"] : []) }
        guard places.isByChoice else { return notes + [bytes, "not by \(choice.note) of \(count) documents, which would take longer"] }
        return ["by \(choice.note) of \(whole) documents", "keys are put into the table's order, and each document is tested again"]
    }
}

/// A filter's function, and what becomes of rows where it meets something that is not there.
final class RowFilter {
    enum Missing {
        case value(Bool)
        /// The error is raised after all: `default: r.error()`.
        case raises
        /// The option's own error, with a message.
        case fails(ReQLError)
    }

    let function: Function
    let missing: Missing

    init(function: Function, missing: Missing = .value(false)) {
        self.function = function
        self.missing = missing
    }

    func passes(_ row: Datum, _ execution: Execution) throws(ReQLError) -> Bool {
        if let result = try function.test(execution, row) { return result }
        switch missing {
        case .value(let value): return value
        case .raises: return try function.datum(execution, row).isTruthy
        case .fails(let error): throw error
        }
    }
}
