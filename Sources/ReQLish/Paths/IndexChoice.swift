/// Ranges of indexes that hold every document which a filter lets pass, found by exact counts and without reading a document.
///
/// A choice never changes a result: the filter still looks at each document that a range leads to, and they are read in the order
/// of the table.
struct IndexChoice {
    struct Range {
        let index: IndexConfig
        let bounds: KeyBounds
        let entryCount: Int
        /// Whether each entry is one document that passes.
        let isExact: Bool
    }

    /// The documents that are in all ranges of one of these.
    let paths: [[Range]]

    /// How many documents there are at most.
    var entryCount: Int { paths.reduce(0) { $0 + $1[0].entryCount } }

    /// Whether each of these is a document that passes, counted once.
    var isExact: Bool { paths.count == 1 && paths[0].count == 1 && paths[0][0].isExact }

    /// The range that has all of them, where it is one.
    var singleRange: Range? { paths.count == 1 && paths[0].count == 1 ? paths[0][0] : nil }

    /// The cost of reading a document by its key, in documents of a scan; reading an entry costs one.
    static let readCost = 16
    /// Keys are held in memory to be put into the order of the table.
    private static let maximumKeyCount = 100_000

    /// Whether reading so is cheaper than looking at all documents.
    func isWorthwhile(of documentCount: Int) -> Bool {
        canBeHeld && paths.reduce(0) { $0 + Self.cost(of: $1, documentCount) } <= documentCount
    }

    /// Whether so many keys are held at once as it has.
    var canBeHeld: Bool { paths.reduce(0) { $0 + $1.reduce(0) { max($0, $1.entryCount) } } <= Self.maximumKeyCount }

    /// Whether what it tells hangs on a field.
    func asks(for field: String, _ table: TableReference) -> Bool {
        paths.joined().contains { table.indexFields.fields(of: $0.index)?.names.contains(field) ?? true }
    }

    /// What it is expected to cost, in documents looked at in a row.
    private static func cost(of path: [Range], _ documentCount: Int) -> Int {
        // What is asked of one field says nothing of another, as far as is known.
        var expected = Double(path[0].entryCount)
        for range in path.dropFirst() { expected *= Double(range.entryCount) / Double(max(1, documentCount)) }
        let entries = path.count > 1 ? path.reduce(0) { $0 + $1.entryCount } : 0
        return Int(expected * Double(readCost)) + entries
    }

    /// The keys of the documents that may pass, ascending, each once. Nil if there turn out to be too many.
    func keys(in table: TableReference, of documentCount: Int, _ execution: Execution) throws(ReQLError) -> [Datum]? {
        var all: [Datum] = []
        // As long as they are looked for; those that are left are part of what reading them takes.
        let held = HeldMemory(execution.memory)
        for path in paths {
            var keys: [Datum]?
            for range in path {
                let more = try Self.keys(of: range, in: table, held, execution)
                keys = keys.map { Self.intersection($0, more) } ?? more
                if keys?.isEmpty == true { break }
            }
            all += keys ?? []
        }
        if paths.contains(where: { $0.count > 1 }), all.count * Self.readCost > documentCount { return nil }
        guard paths.count > 1 else { return all }
        all.sort()
        var different: [Datum] = []
        for key in all where different.last != key { different.append(key) }
        return different
    }

    private static func keys(
        of range: Range, in table: TableReference, _ held: HeldMemory, _ execution: Execution
    ) throws(ReQLError) -> [Datum] {
        var keys: [Datum] = []
        keys.reserveCapacity(range.entryCount)
        let cursor = try reading(table.snapshot.entries(of: range.index, in: table.config, range.bounds))
        while let hit = try reading(cursor.next()) { keys.append(hit.primaryKey) }
        for key in keys { try held.add(key) }
        try execution.check()
        keys.sort()
        return keys
    }

    /// - Parameters: Both ascending.
    private static func intersection(_ left: [Datum], _ right: [Datum]) -> [Datum] {
        var common: [Datum] = []
        var other = right.startIndex
        for key in left {
            while other < right.endIndex, right[other] < key { other += 1 }
            if other == right.endIndex { break }
            if right[other] == key { common.append(key) }
        }
        return common
    }

    /// As a plan shows it.
    var note: String {
        paths.map { path in
            path.map { "index `\($0.index.name)` at \($0.bounds.text): \($0.entryCount) entries" }.joined(separator: ", and in ")
        }.joined(separator: "; or ")
    }
}

extension IndexChoice {
    /// The choice with the fewest entries; nil if no index can tell.
    ///
    /// - Parameter test: keeps out documents that lack a field which it asks for.
    init?(_ test: DocumentTest, in table: TableReference) throws(ReQLError) {
        guard !table.config.indexes.isEmpty, table.usesIndexes else { return nil }
        var chooser = try Chooser(table)
        guard let paths = try chooser.paths(test) else { return nil }
        self.init(paths: paths)
    }

    private struct Chooser {
        private let table: TableReference
        private let documentCount: Int
        /// Whether every document has an entry, for the indexes of which that was asked.
        private var completeness: [String: Bool] = [:]

        init(_ table: TableReference) throws(ReQLError) {
            self.table = table
            documentCount = try reading(table.snapshot.unnoted.documentCount(in: table.config))
        }

        mutating func paths(_ test: DocumentTest) throws(ReQLError) -> [[Range]]? {
            switch test {
            case .compare: return try paths(ofAll: [test])
            case .all: return try paths(ofAll: test.conjuncts)
            case .any(let tests):
                var paths: [[Range]] = []
                for test in tests {
                    guard let more = try self.paths(test) else { return nil }
                    paths += more
                }
                return tests.isEmpty ? nil : paths
            case .compareAlike, .absent, .truth, .among, .text, .not, .constant: return nil
            }
        }

        private mutating func paths(ofAll tests: [DocumentTest]) throws(ReQLError) -> [[Range]]? {
            var ranges: [Range] = []
            for index in table.config.indexes {
                guard let fields = table.indexFields.fields(of: index), let interval = IndexInterval(fields, tests),
                    let count = try entryCount(of: index, interval.bounds)
                else { continue }
                // Where every document has an entry, there are no values that have none.
                var isInIndex = interval.isIndexable
                if !isInIndex { isInIndex = try isComplete(index) }
                guard isInIndex else { continue }
                ranges.append(Range(index: index, bounds: interval.bounds, entryCount: count, isExact: interval.usedCount == tests.count))
            }
            ranges.sort { ($0.entryCount, $1.isExact ? 1 : 0) < ($1.entryCount, $0.isExact ? 1 : 0) }
            var best = ranges.first.map { [intersected(ranges, $0)] }
            for case .any(let alternatives) in tests {
                guard let paths = try paths(.any(alternatives)) else { continue }
                let count = paths.reduce(0) { $0 + $1[0].entryCount }
                if count < best?[0][0].entryCount ?? .max { best = paths }
            }
            return best
        }

        /// The range with those others that keep out more than reading them costs.
        private func intersected(_ ranges: [Range], _ first: Range) -> [Range] {
            var path = [first]
            if first.isExact { return path }
            var expected = Double(first.entryCount)
            for range in ranges.dropFirst() {
                let share = Double(range.entryCount) / Double(max(1, documentCount))
                // Half: what one field says of the other is not known.
                guard Double(range.entryCount) < expected * (1 - share) * Double(readCost) / 2 else { continue }
                // Ranges of the same field say the same.
                guard path.allSatisfy({ !sharesField($0.index, range.index) }) else { continue }
                path.append(range)
                expected *= share
            }
            return path
        }

        private func sharesField(_ one: IndexConfig, _ other: IndexConfig) -> Bool {
            let names = table.indexFields.fields(of: one)?.names ?? []
            return table.indexFields.fields(of: other)?.names.contains { names.contains($0) } ?? false
        }

        private func entryCount(of index: IndexConfig, _ bounds: KeyBounds) throws(ReQLError) -> Int? {
            return try reading(table.snapshot.unnoted.entryCount(of: index, in: table.config, bounds))
        }

        private mutating func isComplete(_ index: IndexConfig) throws(ReQLError) -> Bool {
            if let known = completeness[index.id] { return known }
            let isComplete = try entryCount(of: index, .all) == documentCount
            // That every document has an entry is something that was read of them all: the next one may have none.
            if isComplete { _ = try reading(table.snapshot.documentCount(in: table.config)) }
            completeness[index.id] = isComplete
            return isComplete
        }
    }

    /// The part of the table, by its primary key, that has every document which passes, and whether it has no other; nil if the test says
    /// nothing of the key.
    static func primaryBounds(_ test: DocumentTest, in table: TableReference) -> (bounds: KeyBounds, isExact: Bool)? {
        guard table.usesIndexes else { return nil }
        let key = IndexFields.Fields(names: [table.config.primaryKey], isCompound: false)
        // A key can be anything of which there is no null and no object, and every document has one.
        let tests = test.conjuncts
        guard let interval = IndexInterval(key, tests) else { return nil }
        for bound in [interval.bounds.lower, interval.bounds.upper] {
            // What can't be a key is not a bound: a long string.
            if let bound, (try? PrimaryKey.encode(bound: bound)) == nil { return nil }
        }
        return (interval.bounds, interval.usedCount == tests.count)
    }
}

extension DocumentTest {
    /// The tests that all must hold.
    var conjuncts: [DocumentTest] {
        if case .all(let tests) = self { tests.flatMap(\.conjuncts) } else { [self] }
    }
}
