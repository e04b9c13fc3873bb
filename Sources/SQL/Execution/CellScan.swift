import Catalog

/// A scan that goes from cell to cell: those that USING chooses, or all of them where the conditions say what is wanted in each.
struct CellScan {
    /// Without USING, cells are gone through one by one as long as they are no more than this.
    private static let maximumCount = 1000

    private let table: TableRelation
    private let choice: CellChoice?
    /// The entries of each cell that are read, if the conditions tell.
    private let access: ScanAccess?

    init(_ table: TableRelation, _ choice: CellChoice?, _ access: ScanAccess?) {
        self.table = table
        self.choice = choice
        self.access = access?.isWithinCells == true ? access : nil
    }

    /// The documents that can match; nil where reading all of them costs less, or where it is the only way.
    func documents(_ snapshot: CatalogSnapshot, _ run: Run) throws(SQLError) -> (() throws(CatalogError) -> Datum?)? {
        guard let cells = try cells(snapshot, run) else { return nil }
        if let choice, let measure = run.measures?.current {
            do throws(CatalogError) {
                measure.noteCells(cells.count, of: try snapshot.unnoted.documentCount(in: choice.group.config))
            } catch { throw SQLError(error) }
        }
        if let choice, cells.count > CellChoice.maximumCount { return try chosen(cells, choice, snapshot) }
        var ranges: [KeyBounds] = []
        var index: IndexConfig?
        if let access {
            for cell in cells {
                // There are none where no value that can be stored is wanted.
                ranges += try access.bounds(run, in: cell)
            }
            if case .index(let found) = access.entries.place { index = found }
            if try !isWorthIt(ranges, index, snapshot) {
                if choice == nil { return nil }
                (ranges, index) = (cells.map(Cells.bounds), nil)
            }
        } else {
            ranges = cells.map(Cells.bounds)
        }
        return Self.reader(ranges, index, table.config, snapshot)
    }

    /// The keys of the cells; nil for all, where they are too many to go from one to the other.
    private func cells(_ snapshot: CatalogSnapshot, _ run: Run) throws(SQLError) -> [[Datum]]? {
        if let choice { return try choice.forms(run) }
        do throws(CatalogError) {
            guard let id = table.declaration.cells, let group = try snapshot.table(id: id),
                try snapshot.unnoted.documentCount(in: group) <= Self.maximumCount
            else { return nil }
            var cells: [[Datum]] = []
            let cursor = try snapshot.documents(in: group)
            while let document = try cursor.next() {
                let key = document[field: group.primaryKey]?.owned ?? .null
                cells.append(table.cellIndexes.count == 1 ? [key] : Array(key.elements))
            }
            return cells
        } catch {
            throw SQLError(error)
        }
    }

    /// Whether looking for the rows by entries costs less than reading the cells.
    private func isWorthIt(_ ranges: [KeyBounds], _ index: IndexConfig?, _ snapshot: CatalogSnapshot) throws(SQLError) -> Bool {
        let snapshot = snapshot.unnoted
        do throws(CatalogError) {
            var cost = ranges.count
            if let index {
                for range in ranges {
                    cost += try (snapshot.entryCount(of: index, in: table.config, range) ?? 0) * ScanPlan.lookupCost
                }
            }
            if access?.isDependent == true { return true }
            return cost <= max(ScanPlan.lookupCost, try snapshot.documentCount(in: table.config))
        } catch {
            guard [.keyTooLong, .invalidKey, .keyNull].contains(error.kind) else { throw SQLError(error) }
            return false
        }
    }

    /// The documents of one range after the other.
    private static func reader(
        _ ranges: [KeyBounds], _ index: IndexConfig?, _ table: TableConfig, _ snapshot: CatalogSnapshot
    ) -> () throws(CatalogError) -> Datum? {
        var place = 0
        var current: (() throws(CatalogError) -> Datum?)?
        return { () throws(CatalogError) in
            while true {
                if let document = try current?() { return document }
                guard place < ranges.count else { return nil }
                let range = ranges[place]
                place += 1
                do throws(CatalogError) {
                    if let index {
                        let cursor = try snapshot.entries(of: index, in: table, range)
                        current = { () throws(CatalogError) in try cursor.next()?.document() }
                    } else {
                        let cursor = try snapshot.documents(in: table, range)
                        current = { () throws(CatalogError) in try cursor.next() }
                    }
                } catch {
                    // What can't be a key is none's.
                    guard [.keyTooLong, .invalidKey, .keyNull].contains(error.kind) else { throw error }
                    current = nil
                }
            }
        }
    }

    /// All documents, those of the chosen cells let through.
    private func chosen(
        _ cells: [[Datum]], _ choice: CellChoice, _ snapshot: CatalogSnapshot
    ) throws(SQLError) -> () throws(CatalogError) -> Datum? {
        let keys = Set(cells.map { Datum(elements: $0) })
        let (width, field) = (table.cellIndexes.count, table.config.primaryKey)
        do throws(CatalogError) {
            let cursor = try snapshot.documents(in: table.config)
            return { () throws(CatalogError) in
                while let document = try cursor.next() {
                    guard let key = document[field: field], key.kind == .array, key.count >= width else { continue }
                    if keys.contains(Datum(elements: (0..<width).map { key[$0].owned })) { return document }
                }
                return nil
            }
        } catch {
            throw SQLError(error)
        }
    }
}
