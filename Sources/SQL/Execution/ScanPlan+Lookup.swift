import Catalog

// Rows that are looked up for a row of other tables, by entries that its values alone tell.

extension ScanPlan {
    /// The rows for what the slots have now, if they are found by entries that these alone tell; nil if it takes more.
    func lookup(_ run: Run) throws(SQLError) -> RowSource? {
        guard let setup = lookupSetup(run), case let found = try beginLookup(run, setup), found.isKnown else { return nil }
        guard let rows = found.rows else { return Plan.source([]) }
        let empty = level.emptyRow
        var first: [Row] = []
        try rows.append(to: &first, base: empty, setup, run)
        if rows.isOver { return Plan.source(first) }
        var waiting: [Row]? = first
        return { () throws(SQLError) in
            if let rows = waiting.take() { return rows }
            var next: [Row] = []
            try rows.append(to: &next, base: empty, setup, run)
            return next.isEmpty ? nil : next
        }
    }

    /// Appends the rows for what the slots have now to those of somebody who has a row of other tables; false if it takes more than entries.
    func lookUp(_ run: Run, base: Row, to joined: inout [Row]) throws(SQLError) -> Bool {
        guard let setup = lookupSetup(run), case let found = try beginLookup(run, setup), found.isKnown else { return false }
        while let rows = found.rows, !rows.isOver { try rows.append(to: &joined, base: base, setup, run) }
        return true
    }

    /// Says which rows are looked up next, where that helps.
    ///
    /// - Parameter fill: gives the slots what they will have then. Where it fails, that is told of in its turn.
    func expectLookups(_ run: Run, count: Int, _ fill: (Int) throws(SQLError) -> Void) throws(SQLError) {
        guard count > 1, let setup = lookupSetup(run), let access, let lookup = try lookup(setup, run), lookup.looksAhead else { return }
        var ranges: [KeyBounds] = []
        for index in 0..<count {
            do throws(SQLError) {
                try fill(index)
                let bounds = try access.bounds(run)
                guard bounds.count < 2 else { break }
                ranges += bounds
            } catch {
                break
            }
        }
        lookup.expect(ranges)
    }

    /// Nil if rows can't be looked up as columns.
    func lookupSetup(_ run: Run) -> ScanSetup? {
        guard looksUp, entry.cells == nil, entry.sample == nil, onlyKey == nil, run.orderedReads.isEmpty else { return nil }
        let setup = setup(run, foundCondition)
        return setup.columns == nil ? nil : setup
    }

    /// Goes to what the slots ask for. It isn't known if entries alone don't tell it; without rows there are none.
    func beginLookup(_ run: Run, _ setup: ScanSetup) throws(SQLError) -> (rows: LookupRows?, isKnown: Bool) {
        guard setup.columns != nil else { return (nil, false) }
        if let integerKey, let integers = try integerKey.integers(run) {
            guard let lookup = try lookup(setup, run) else { return (nil, true) }
            do throws(CatalogError) { if try lookup.begin(integerKey, integers) { return (lookup, true) } } catch { throw SQLError(error) }
        }
        guard let access else { return (nil, false) }
        let bounds = try access.bounds(run)
        guard bounds.count < 2 else { return (nil, false) }
        guard let range = bounds.first else { return (nil, true) }
        guard let lookup = try lookup(setup, run) else { return (nil, true) }
        do throws(CatalogError) { return try lookup.begin(range) ? (lookup, true) : (nil, false) } catch {
            guard Self.isNoKey(error) else { throw SQLError(error) }
            return (nil, false)
        }
    }

    /// Where rows are looked up; nil if there are none.
    private func lookup(_ setup: ScanSetup, _ run: Run) throws(SQLError) -> LookupRows? {
        if let idle = setup.idleLookup { return idle }
        guard let columns = setup.columns, let snapshot = try snapshot(run), let make = lookupMaker(setup, snapshot, run) else {
            return nil
        }
        do throws(CatalogError) {
            let lookup = LookupRows(try make(), columns, keyField: table.config.primaryKey)
            setup.lookup = lookup
            return lookup
        } catch {
            throw SQLError(error)
        }
    }

    private func lookupMaker(
        _ setup: ScanSetup, _ snapshot: CatalogSnapshot, _ run: Run
    ) -> (() throws(CatalogError) -> DocumentLookup)? {
        guard let access else { return nil }
        var index: IndexConfig?
        if case .index(let found) = access.entries.place { index = found }
        let (config, test) = (table.config, setup.fixedTest(table, entry, run))
        return { [index] () throws(CatalogError) in try DocumentLookup(snapshot, config, index, test) }
    }

    /// What threads look up many rows with at once; nil if there are none, or it helps nothing.
    func lookupMaker(_ setup: ScanSetup, _ run: Run) throws(SQLError) -> (() throws(CatalogError) -> DocumentLookup)? {
        guard let snapshot = try snapshot(run), DocumentLookup.readsTogether(snapshot) else { return nil }
        return lookupMaker(setup, snapshot, run)
    }
}

/// The columns of entries that are looked up by integers alone.
struct IntegerKey {
    private let values: [Scalar]
    var width: Int { values.count }
    /// Whether an entry is an array of the columns, and whether all of them have a value.
    let isArray: Bool
    let isWhole: Bool

    /// Nil if more than the bytes of integers tells which entries it is about.
    init?(_ values: [(type: SQLType, value: Scalar)], _ entries: TableEntries) {
        guard !values.isEmpty, values.allSatisfy({ ColumnPlaces.isInteger($0.type) }) else { return nil }
        self.values = values.map(\.value)
        isArray = !entries.isSingle
        isWhole = values.count == entries.columns.count && entries.isWhole
    }

    enum Wanted {
        /// One of the values is NULL: nothing is equal to it.
        case nothing
        case integers([Int64])
        case others
    }

    /// What they are for the row outside.
    func wanted(_ run: Run) throws(SQLError) -> Wanted {
        var integers: [Int64] = []
        integers.reserveCapacity(values.count)
        for scalar in values {
            switch try scalar.value([], run) {
            case .int(let integer): integers.append(integer)
            case .null: return .nothing
            default: return .others
            }
        }
        return .integers(integers)
    }

    /// What they are for the row outside; nil if one is no integer.
    func integers(_ run: Run) throws(SQLError) -> [Int64]? {
        var integers: [Int64] = []
        integers.reserveCapacity(values.count)
        for scalar in values {
            guard case .int(let integer) = try scalar.value([], run) else { return nil }
            integers.append(integer)
        }
        return integers
    }
}
