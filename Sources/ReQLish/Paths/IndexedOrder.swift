/// The first rows of an order that the query gives by fields, read from an index that nobody named.
///
/// They are the rows that sorting all would give, ties included: those stay in the order of the table. An index may only be used where no
/// row is missing in it that could be among the first.
struct IndexedOrder {
    private let table: TableRows
    private let filter: RowFilter?
    private let index: IndexConfig
    private let bounds: KeyBounds
    private let isDescending: Bool
    /// Whether rows may have no entry within the bounds, which come behind all values that every index holds.
    private let mayLackRows: Bool

    /// The first rows, and a note on how they were found; nil if sorting is cheaper, or no index has the order.
    static func first(
        _ limit: Int, of rows: Rows, by keys: [SortKey], _ execution: Execution, at site: Site
    ) throws(ReQLError) -> [Datum]? {
        // No more rows than an array may have, each a view of its page.
        guard limit > 0, let descending = keys.first?.isDescending, keys.allSatisfy({ $0.isDescending == descending }) else { return nil }
        let names = keys.compactMap(\.function.topLevelField)
        guard names.count == keys.count else { return nil }
        let filtered = rows as? FilterRows
        // In a table read in reverse, ties would come in reverse too.
        guard let table = try filtered?.places?.whole ?? rows as? TableRows, table.isWhole, table.order != .descending,
            table.reference.usesIndexes
        else { return nil }
        try table.reference.checkRead(at: site)

        if names[0].utf8.elementsEqual(table.reference.config.primaryKey.utf8) {
            execution.note("in the order of the primary key\(descending ? ", descending" : ""): nothing to sort", at: site)
            return try firstByKey(limit, of: table.ordered(descending ? .descending : .ascending), filtered?.filter, execution)
        }
        guard let order = try IndexedOrder(limit, table, filtered, names, isDescending: descending, execution, at: site),
            let rows = try order.read(limit, execution, at: site)
        else { return nil }
        filtered?.record?.notes = ["each document that the index of the order leads to is tested"]
        return rows
    }

    private static func firstByKey(
        _ limit: Int, of table: TableRows, _ filter: RowFilter?, _ execution: Execution
    ) throws(ReQLError) -> [Datum] {
        let rows: Rows = filter.map { FilterRows(table, $0) } ?? table
        let stream = try rows.open(execution)
        var first: [Datum] = []
        while first.count < limit, let row = try stream.next().row { first.append(row) }
        return first
    }

    private init?(
        _ limit: Int, _ table: TableRows, _ filtered: FilterRows?, _ names: [String], isDescending: Bool, _ execution: Execution,
        at site: Site
    ) throws(ReQLError) {
        let reference = table.reference
        // The count only chooses the way: where it decides, it is taken once more.
        let documentCount = try table.estimatedCount(at: site)
        let choice = try filtered?.places?.choice
        for index in reference.config.indexes {
            guard let fields = reference.indexFields.fields(of: index), fields.names.count == names.count,
                zip(fields.names, names).allSatisfy({ $0.utf8.elementsEqual($1.utf8) })
            else { continue }
            if filtered != nil {
                // All rows that pass are in this part of the index.
                guard let range = choice?.singleRange, range.index.id == index.id else { continue }
                guard (range.isExact ? min(limit, range.entryCount) : range.entryCount) * IndexChoice.readCost <= documentCount else {
                    continue
                }
                self.init(table, filtered?.filter, index, range.bounds, isDescending: isDescending, mayLackRows: false)
                return
            }
            let entryCount = try reference.entryCount(of: index, .all, in: reference.snapshot.unnoted, at: site)
            guard min(limit, entryCount) * IndexChoice.readCost <= documentCount else {
                execution.note("not by index `\(index.name)`: reading \(limit) documents by their keys would take longer", at: site)
                continue
            }
            // What has no entry comes first, or last if the order is descending, but for objects, null and some arrays: they come in
            // between.
            let lackedLast = isDescending && !fields.isCompound
            if !lackedLast, try !Self.isWhole(index, of: table, at: site) {
                execution.note("not by index `\(index.name)`, which lacks \(documentCount - entryCount) documents", at: site)
                continue
            }
            self.init(table, nil, index, .all, isDescending: isDescending, mayLackRows: lackedLast)
            return
        }
        return nil
    }

    /// Whether every row has an entry.
    private static func isWhole(_ index: IndexConfig, of table: TableRows, at site: Site) throws(ReQLError) -> Bool {
        try table.reference.entryCount(of: index, .all, at: site) == table.count(at: site)
    }

    private init(
        _ table: TableRows, _ filter: RowFilter?, _ index: IndexConfig, _ bounds: KeyBounds, isDescending: Bool, mayLackRows: Bool
    ) {
        self.table = table
        self.filter = filter
        self.index = index
        self.bounds = bounds
        self.isDescending = isDescending
        self.mayLackRows = mayLackRows
    }

    private func read(_ limit: Int, _ execution: Execution, at site: Site) throws(ReQLError) -> [Datum]? {
        let entries = try site.reading(TieOrderedEntries(table.reference, index, bounds, isDescending: isDescending))
        var rows: [Datum] = []
        var mayLackRows = mayLackRows
        while rows.count < limit, let hit = try site.reading(entries.next()) {
            // Below these come values that have no entry.
            if mayLackRows, hit.key.kind <= .object {
                guard try Self.isWhole(index, of: table, at: site) else { return nil }
                mayLackRows = false
            }
            try execution.check()
            table.reference.countRead()
            let row = try site.reading(hit.document())
            if try filter?.passes(row, execution) ?? true { rows.append(row) }
        }
        if mayLackRows, rows.count < limit, try !Self.isWhole(index, of: table, at: site) { return nil }
        execution.note("by index `\(index.name)` at \(bounds.text)\(isDescending ? ", descending" : ""): nothing to sort", at: site)
        return rows
    }
}

/// Entries of an index in one direction, those of equal values in the order of the table in either.
private final class TieOrderedEntries {
    private let table: TableReference
    private let index: IndexConfig
    private let isDescending: Bool
    private let cursor: IndexCursor
    /// What is left of the entries of one value.
    private var ties: IndexCursor?
    private var tieCount = 0
    /// The same for a value that is too long for the index, the next one last.
    private var heldTies: [IndexHit] = []
    private var ahead: IndexHit?

    init(_ table: TableReference, _ index: IndexConfig, _ bounds: KeyBounds, isDescending: Bool) throws(CatalogError) {
        self.table = table
        self.index = index
        self.isDescending = isDescending
        cursor = try table.snapshot.entries(of: index, in: table.config, bounds, reversed: isDescending)
    }

    func next() throws(CatalogError) -> IndexHit? {
        guard isDescending else { return try cursor.next() }
        if tieCount > 0, let hit = try ties?.next() {
            tieCount -= 1
            return hit
        }
        if let hit = heldTies.popLast() { return hit }
        var following = ahead.take()
        if following == nil { following = try cursor.next() }
        guard let hit = following else { return nil }
        guard let count = try table.snapshot.entryCount(of: index, in: table.config, .only(hit.key)) else {
            return try firstHeldTie(with: hit)
        }
        guard count > 1 else { return hit }
        try cursor.skip(count - 1)
        let forward = try table.snapshot.entries(of: index, in: table.config, .only(hit.key))
        ties = forward
        tieCount = count - 1
        return try forward.next()
    }

    private func firstHeldTie(with hit: IndexHit) throws(CatalogError) -> IndexHit? {
        heldTies = [hit]
        while let other = try cursor.next() {
            guard other.key == hit.key else {
                ahead = other
                break
            }
            heldTies.append(other)
        }
        return heldTies.popLast()
    }
}
