import Catalog

/// Some rows of a table, evenly spaced by its key, and what they say about all of them: how many pass a condition, how many different
/// values an expression has. The same state gives the same sample.
final class EntrySample {
    private static let size = 100

    /// How many rows the table has.
    let rowCount: Double
    /// Of each row the table's own values, in the order of `places`: a row of all tables that are joined would be as wide as these together.
    private let rows: [Row]
    private let places: [Int]
    private let level: Level
    private let held: CountedBytes
    private let positions: Set<Int>
    private let uniquePositions: Set<Int>
    private let run: Run
    /// Of expressions that were asked for, which are kept so that no other one gets their place.
    private var distinctCounts: [ObjectIdentifier: (scalar: Scalar, count: Double)] = [:]

    /// Nil if the table can't be read, or there is no room for its rows.
    init?(_ table: TableRelation, _ entry: RangeEntry, _ level: Level, _ definitions: Definitions) {
        guard entry.sample == nil, entry.cells == nil, let (snapshot, _) = definitions.state.place(isTemporary: table.isTemporary)
        else { return nil }
        let run = Run(definitions.session, definitions.state, parameters: [], slotCount: 0, Cancellation())
        run.tellsClient = false
        let scan = ScanPlan(table, entry, level, [], definitions)
        let count = table.documentCount
        let places = entry.positions.sorted()
        var rows: [Row] = []
        var byteCount = 0
        func add(_ document: Datum) {
            let whole = scan.row(document, run)
            rows.append(places.map { whole[$0] })
            byteCount += Run.byteCount(of: rows[rows.count - 1])
        }
        do throws(CatalogError) {
            if count <= Self.size {
                let cursor = try snapshot.unnoted.documents(in: table.config)
                while let document = try cursor.next() { add(document) }
            } else {
                for index in 0..<Self.size {
                    let place = index * count / Self.size + count / (2 * Self.size)
                    if let document = try snapshot.unnoted.nth(place, in: table.config) { add(document) }
                }
            }
        } catch {
            return nil
        }
        guard let held = try? CountedBytes(byteCount) else { return nil }
        self.held = held
        self.places = places
        self.level = level
        self.rows = rows
        self.run = run
        rowCount = Double(max(count, 1))
        positions = Set(entry.positions)
        uniquePositions = table.uniquePositions(entry)
    }

    /// The part of the rows for which all conditions hold that can be told from a row alone; the others are taken to hold for a third.
    func share(of conditions: [Scalar]) -> Double {
        var known: [Scalar] = []
        var share = 1.0
        for condition in conditions {
            if Self.isPlain(condition) {
                known.append(condition)
            } else if let comparison = condition as? CompareScalar, comparison.relation == .equal,
                let own = comparison.operands.first(where: { !$0.positions.isEmpty }), Self.isPlain(own)
            {
                share /= max(1, distinctCount(of: own))
            } else {
                share /= 3
            }
        }
        guard !known.isEmpty, !rows.isEmpty else { return share }
        var passed = 0.0
        var row = level.emptyRow
        for values in rows {
            put(values, into: &row)
            do throws(SQLError) {
                var holds = true
                for condition in known where holds { holds = try condition.isTrue(row, run) }
                if holds { passed += 1 }
            } catch {
                passed += 1
            }
        }
        // What none of them is may still be one of the others.
        return share * max(passed, Double(rows.count) < rowCount ? 0.3 : 0.01) / Double(rows.count)
    }

    /// How many different values an expression over the table's columns has.
    func distinctCount(of scalar: Scalar) -> Double {
        guard !rows.isEmpty else { return 1 }
        if let known = distinctCounts[ObjectIdentifier(scalar)] { return known.count }
        var seen: Set<GroupKey> = []
        var row = level.emptyRow
        for values in rows {
            put(values, into: &row)
            seen.insert(GroupKey([(try? scalar.value(row, run)) ?? .null]))
        }
        let (met, all) = (Double(seen.count), Double(rows.count))
        // Few values come again and again, however many rows are looked at. Of many, as many pairs among the rows are alike as chance
        // makes of their number; where none are, there are nearly as many as rows.
        let count = met < 0.6 * all || all == rowCount ? met : met < all ? min(rowCount, all * all / (2 * (all - met))) : rowCount
        distinctCounts[ObjectIdentifier(scalar)] = (scalar, count)
        return count
    }

    private func put(_ values: Row, into row: inout Row) {
        for (place, value) in zip(places, values) { row[place] = value }
    }

    /// How many rows the table has, if an expression is a column of it that has no value twice.
    func uniqueCount(of scalar: Scalar) -> Double? {
        (scalar as? ColumnScalar).flatMap { uniquePositions.contains($0.position) ? rowCount : nil }
    }

    func has(_ scalar: Scalar) -> Bool { Self.isPlain(scalar) && scalar.positions.isSubset(of: positions) }

    /// Whether an expression can be computed of a row, and nothing else is needed.
    private static func isPlain(_ scalar: Scalar) -> Bool {
        var isPlain = !scalar.isVolatile && scalar.slots.isEmpty
        scalar.visit { if $0 is SubqueryScalar || $0 is ParameterScalar { isPlain = false } }
        return isPlain
    }
}

extension TableRelation {
    /// The positions of the columns that have no value twice: each is a key by itself.
    fileprivate func uniquePositions(_ entry: RangeEntry) -> Set<Int> {
        var positions: Set<Int> = []
        for constraint in declaration.constraints
        where (constraint.kind == .primary || constraint.kind == .unique) && constraint.columns.count == 1 && !hasCells {
            guard let column = declaration.index(of: constraint.columns[0]), let position = entry.positionIfUsed(column) else { continue }
            positions.insert(position)
        }
        return positions
    }
}

extension ScanPlan {
    /// Has the rows that pass its conditions counted in a sample, if the planner had no need to.
    func sample(_ definitions: Definitions) {
        guard rowEstimate == nil, !isOfOneRow, !isWhole, !isDependent, onlyKey == nil,
            let sample = EntrySample(table, entry, level, definitions)
        else { return }
        rowEstimate = Int(min(max(1, sample.rowCount * sample.share(of: conditions)), 1e15))
    }
}
