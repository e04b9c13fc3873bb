/// A table as one snapshot has it.
final class TableReference {
    let config: TableConfig
    let database: DatabaseConfig
    let snapshot: CatalogSnapshot

    init(_ config: TableConfig, in database: DatabaseConfig, snapshot: CatalogSnapshot) {
        self.config = config
        self.database = database
        self.snapshot = snapshot
    }

    /// `database.table`, as messages show it.
    var qualifiedName: String { config.qualifiedName }

    /// The only index that queries can name in this version is the primary one.
    func requirePrimary(_ index: String, at site: Site) throws(ReQLError) {
        guard index == config.primaryKey else {
            throw site.error(.operationFailed, "Index `\(index)` was not found on table `\(qualifiedName)`.")
        }
    }
}

/// A table, or the part of one with keys between two bounds, in one of two directions. Counting and positions cost O(log n).
final class TableRows: Rows {
    enum Order { case unordered, ascending, descending }

    let reference: TableReference
    let bounds: KeyBounds
    let order: Order
    /// Whether `between` has narrowed it already.
    let isBounded: Bool
    /// The bounds leave no room for a row.
    let isUnachievable: Bool

    /// A whole table.
    init(_ reference: TableReference) {
        self.reference = reference
        bounds = .all
        order = .unordered
        isBounded = false
        isUnachievable = false
        super.init(.table)
    }

    private init(slice reference: TableReference, _ bounds: KeyBounds, _ order: Order, isBounded: Bool, isUnachievable: Bool) {
        self.reference = reference
        self.bounds = bounds
        self.order = order
        self.isBounded = isBounded
        self.isUnachievable = isUnachievable
        super.init(.slice)
    }

    func bounded(by bounds: KeyBounds, isUnachievable: Bool = false) -> TableRows {
        TableRows(slice: reference, bounds, order, isBounded: true, isUnachievable: isUnachievable)
    }

    func ordered(_ order: Order) -> TableRows {
        TableRows(slice: reference, bounds, order, isBounded: isBounded, isUnachievable: isUnachievable)
    }

    override var table: TableReference? { reference }

    override func binding(_ slots: [Slot]) -> Rows { self }

    private var isReversed: Bool { order == .descending }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        try open(execution, skipping: 0)
    }

    func open(_ execution: Execution, skipping skipped: Int) throws(ReQLError) -> RowStream {
        do {
            let cursor = try reference.snapshot.documents(in: reference.config, bounds, reversed: isReversed)
            if skipped > 0 { try cursor.skip(skipped) }
            return TableStream(cursor, execution)
        } catch {
            throw ReQLError(error)
        }
    }

    override func knownCount(at site: Site) throws(ReQLError) -> Int? { try count(at: site) }

    func count(at site: Site) throws(ReQLError) -> Int {
        do { return try reference.snapshot.count(in: reference.config, bounds) } catch { throw site.locate(error) }
    }

    /// The row at a position in this order, negative ones from the end; nil if there is none.
    func nth(_ position: Int, at site: Site) throws(ReQLError) -> Datum? {
        do {
            let fromEnd = position < 0
            return try reference.snapshot.nth(
                fromEnd ? -1 - position : position, in: reference.config, bounds, reversed: isReversed != fromEnd)
        } catch {
            throw site.locate(error)
        }
    }

    /// The row with the least or greatest key, whatever the order of the slice.
    func extreme(greatest: Bool, at site: Site) throws(ReQLError) -> Datum? {
        do {
            return try reference.snapshot.nth(0, in: reference.config, bounds, reversed: greatest)
        } catch {
            throw site.locate(error)
        }
    }
}

/// The documents of a table, each read lazily from its page.
final class TableStream: RowStream {
    private let cursor: DocumentCursor
    private let execution: Execution

    init(_ cursor: DocumentCursor, _ execution: Execution) {
        self.cursor = cursor
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Datum? {
        try execution.check()
        do { return try cursor.next() } catch { throw ReQLError(error) }
    }

    override func skip(_ count: Int) throws(ReQLError) {
        do { try cursor.skip(count) } catch { throw ReQLError(error) }
    }
}

/// The rows with given keys, each key as often as it was given.
final class KeyedRows: Rows {
    private let reference: TableReference
    private let keys: [Datum]

    init(_ reference: TableReference, keys: [Datum]) {
        self.reference = reference
        self.keys = keys
        super.init(.selection)
    }

    override var table: TableReference? { reference }
    override func binding(_ slots: [Slot]) -> Rows { self }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        KeyedStream(reference, keys, execution)
    }
}

private final class KeyedStream: RowStream {
    private let reference: TableReference
    private let keys: [Datum]
    private var position = 0
    private let execution: Execution

    init(_ reference: TableReference, _ keys: [Datum], _ execution: Execution) {
        self.reference = reference
        self.keys = keys
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Datum? {
        while position < keys.count {
            try execution.check()
            defer { position += 1 }
            do {
                if let row = try reference.snapshot.get(keys[position], in: reference.config) { return row }
            } catch {
                throw ReQLError(error)
            }
        }
        return nil
    }
}
