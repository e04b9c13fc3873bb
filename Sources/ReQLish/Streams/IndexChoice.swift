/// Ranges of indexes that hold every document which a filter lets pass, found by exact counts and without reading a document.
///
/// A choice never changes a result: the filter still looks at each document that a range leads to, and they are read in the order
/// of the table.
struct IndexChoice {
    struct Range {
        let index: IndexConfig
        let bounds: KeyBounds
    }

    let ranges: [Range]
    /// Entries in all ranges together.
    let entryCount: Int
    /// Whether each entry is one document that passes.
    let isExact: Bool

    /// Reading a document by its key costs about as much as looking at so many in a row.
    private static let readCost = 16
    /// Keys are held in memory to be put into the order of the table.
    private static let maximumKeyCount = 100_000

    /// Whether reading so is cheaper than looking at all documents.
    func isWorthwhile(of documentCount: Int) -> Bool {
        entryCount <= Self.maximumKeyCount && entryCount * Self.readCost <= documentCount
    }

    /// The keys of the documents that may pass, ascending, each once.
    func keys(in table: TableReference, _ execution: Execution) throws(ReQLError) -> [Datum] {
        var keys: [Datum] = []
        keys.reserveCapacity(entryCount)
        for range in ranges {
            do {
                let cursor = try table.snapshot.entries(of: range.index, in: table.config, range.bounds)
                while let hit = try cursor.next() { keys.append(hit.primaryKey) }
            } catch {
                throw ReQLError(error)
            }
            try execution.check()
        }
        keys.sort()
        guard ranges.count > 1 else { return keys }
        var different: [Datum] = []
        for key in keys where different.last != key { different.append(key) }
        return different
    }
}

extension IndexChoice {
    /// The choice with the fewest entries; nil if no index can tell.
    ///
    /// - Parameter test: keeps out documents that lack a field which it asks for.
    init?(_ test: DocumentTest, in table: TableReference) throws(ReQLError) {
        guard !table.config.indexes.isEmpty, table.usesIndexes, let best = try Self.best(test, in: table) else { return nil }
        self = best
    }

    private static func best(_ test: DocumentTest, in table: TableReference) throws(ReQLError) -> IndexChoice? {
        switch test {
        case .compare: return try best(ofAll: [test], in: table)
        case .all(let tests): return try best(ofAll: tests.flatMap(\.conjuncts), in: table)
        case .any(let tests):
            var ranges: [Range] = []
            var entryCount = 0
            for test in tests {
                guard let choice = try best(test, in: table) else { return nil }
                ranges += choice.ranges
                entryCount += choice.entryCount
            }
            return tests.isEmpty ? nil : IndexChoice(ranges: ranges, entryCount: entryCount, isExact: false)
        case .truth, .not, .constant: return nil
        }
    }

    private static func best(ofAll tests: [DocumentTest], in table: TableReference) throws(ReQLError) -> IndexChoice? {
        var best: IndexChoice?
        func consider(_ choice: IndexChoice?) {
            if let choice, choice.entryCount < best?.entryCount ?? .max { best = choice }
        }
        for index in table.config.indexes where index.isReady && !index.isMulti && !index.isGeo {
            guard case .field(let name) = index.source else { continue }
            var interval = ValueInterval()
            var usedCount = 0
            for test in tests {
                // By their bytes: names of other bytes may be equal as strings.
                if case .compare(let field, let relation, let constant) = test, field.utf8.elementsEqual(name.utf8),
                    interval.narrow(relation, constant)
                {
                    usedCount += 1
                }
            }
            guard let bounds = interval.bounds else { continue }
            let counted: Int?
            do { counted = try table.snapshot.entryCount(of: index, in: table.config, bounds) } catch { throw ReQLError(error) }
            guard let counted else { continue }
            consider(
                IndexChoice(ranges: [Range(index: index, bounds: bounds)], entryCount: counted, isExact: usedCount == tests.count))
        }
        for case .any(let alternatives) in tests { consider(try Self.best(.any(alternatives), in: table)) }
        return best
    }
}

extension DocumentTest {
    /// The tests that all must hold.
    fileprivate var conjuncts: [DocumentTest] {
        if case .all(let tests) = self { tests.flatMap(\.conjuncts) } else { [self] }
    }
}

/// The values of a field that pass comparisons, as far as an index has an entry for each of them.
private struct ValueInterval {
    private var lower: Datum?
    private var lowerInclusive = true
    private var upper: Datum?
    private var upperInclusive = true

    /// Takes a comparison in; false if it can't be told by bounds.
    mutating func narrow(_ relation: DocumentTest.Relation, _ constant: Datum) -> Bool {
        // Null has no entry.
        if constant.isNull { return false }
        switch relation {
        case .equal:
            raise(to: constant, inclusive: true)
            sink(to: constant, inclusive: true)
        case .greater, .greaterOrEqual: raise(to: constant, inclusive: relation == .greaterOrEqual)
        case .less, .lessOrEqual: sink(to: constant, inclusive: relation == .lessOrEqual)
        case .notEqual: return false
        }
        return true
    }

    private mutating func raise(to bound: Datum, inclusive: Bool) {
        let order = lower.map { Datum.compare(bound, $0) } ?? 1
        if order > 0 { (lower, lowerInclusive) = (bound, inclusive) }
        if order == 0, !inclusive { lowerInclusive = false }
    }

    private mutating func sink(to bound: Datum, inclusive: Bool) {
        let order = upper.map { Datum.compare(bound, $0) } ?? -1
        if order < 0 { (upper, upperInclusive) = (bound, inclusive) }
        if order == 0, !inclusive { upperInclusive = false }
    }

    /// Nil if there may be values between the bounds that have no entry: null, objects, and arrays with such in them.
    var bounds: KeyBounds? {
        guard let lower else { return nil }
        guard let upper else {
            // Strings are above all else.
            return lower.kind == .string ? KeyBounds(lower: lower, lowerInclusive: lowerInclusive) : nil
        }
        guard lower.kind == upper.kind, Datum.compare(lower, upper) <= 0 else { return nil }
        return KeyBounds(lower: lower, lowerInclusive: lowerInclusive, upper: upper, upperInclusive: upperInclusive)
    }
}
