/// The way in which the rows of a sequence are read from their table. Each sequence decides that once; terms that need little of each row
/// go by it too, and a plan tells it.
///
/// What finds rows in a new manner makes a path of it: an index for a filter (``IndexChoice``), a search, a traversal.
enum AccessPath {
    /// As the sequence makes them: nothing is known that would help another term.
    case rows
    /// The documents of a table, or of a part of it by its primary key, one after the other from their pages; those that pass the filter.
    case scan(TableRows, RowFilter?)
    /// Documents of a table by the keys that indexes give, in the order of the table; those that pass the filter.
    case choice(IndexChoice, TableRows, RowFilter)
    /// The same once the keys are known.
    case keys([Datum], TableReference, RowFilter)
    /// Documents that entries of an index lead to.
    case entries(EntryRanges)

}

extension Rows {
    /// The path to go now, with the keys that indexes give; a scan, if there turn out to be too many of them.
    final func path(_ execution: Execution) throws(ReQLError) -> AccessPath {
        guard case .choice(let choice, let table, let filter) = try path() else { return try path() }
        if let keys = try choice.keys(in: table.reference, of: try table.estimatedCount(at: .root), execution) {
            return .keys(table.order == .descending ? keys.reversed() : keys, table.reference, filter)
        }
        record?.notes.append("the indexes gave too many keys after all, so the table was scanned")
        return .scan(table, filter)
    }

    /// A scan of the table that the path names.
    final func scan(_ table: TableRows, _ filter: RowFilter?, _ execution: Execution) throws(ReQLError) -> TableScan {
        try table.scan(filter, execution, records: (table.record, filter == nil ? nil : record))
    }
}

/// Parts of an index, one after the other.
struct EntryRanges {
    let table: TableReference
    let index: IndexConfig
    let ranges: [KeyBounds]
    var isReversed = false

    func reader() -> EntryReader { EntryReader(self) }
}

/// The entries of an index in the order in which they lead to the rows of a sequence.
final class EntryReader {
    let ranges: EntryRanges
    private var position = 0
    private var cursor: IndexCursor?

    init(_ ranges: EntryRanges) {
        self.ranges = ranges
    }

    var table: TableReference { ranges.table }

    func next() throws(CatalogError) -> IndexHit? {
        while true {
            if let hit = try cursor?.next() { return hit }
            guard try advance() else { return nil }
        }
    }

    /// Opens the next range.
    private func advance() throws(CatalogError) -> Bool {
        guard position < ranges.ranges.count else { return false }
        cursor = try table.snapshot.entries(
            of: ranges.index, in: table.config, ranges.ranges[position], reversed: ranges.isReversed)
        position += 1
        return true
    }

    /// Passes over entries: O(log n) in one range.
    func skip(_ count: Int) throws(CatalogError) {
        if ranges.ranges.count == 1 {
            if cursor == nil { _ = try advance() }
            try cursor?.skip(count)
        } else {
            for _ in 0..<count where try next() == nil { return }
        }
    }
}

/// The documents that entries of an index lead to.
final class EntryStream: RowStream {
    private let entries: EntryReader
    private let execution: Execution

    init(_ ranges: EntryRanges, _ execution: Execution) {
        entries = ranges.reader()
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Pulled {
        try execution.check()
        return Pulled(try entries.table.counting(entries.next()?.document()))
    }

    override func skip(_ count: Int) throws(ReQLError) { try reading(entries.skip(count)) }
}

/// The rows of a table with given keys, in the order of the keys; those that pass the filter, if there is one.
final class KeyedStream: RowStream {
    private let table: TableReference
    private let keys: [Datum]
    private var position = 0
    private let filter: RowFilter?
    private let execution: Execution
    private let ahead: DocumentsAhead?

    init(_ table: TableReference, _ keys: [Datum], _ filter: RowFilter?, _ execution: Execution) {
        ahead = table.snapshot.documentsAhead
        self.table = table
        self.keys = keys
        self.filter = filter
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Pulled {
        while position < keys.count {
            try execution.check()
            defer { position += 1 }
            let row = try table.get(keys[position], at: .root, ahead) { Array(keys[(position + 1)...].prefix($0)) }
            if let row, try filter?.passes(row, execution) ?? true { return .row(row) }
        }
        return .end
    }
}
