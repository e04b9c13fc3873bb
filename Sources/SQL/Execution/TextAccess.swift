import Catalog

/// How a scan finds its rows by words: by an index of the lexemes that conditions with `@@` ask for.
struct TextAccess {
    /// A condition, and queries of which one has to hold.
    private struct Asked {
        let condition: Scalar
        let queries: [Scalar]
        /// Configurations that are known when the statement runs, and have to be the index's then.
        var configurations: [Scalar] = []
    }

    let index: IndexConfig
    /// All have to hold.
    private let asked: [Asked]
    /// The index's own configuration.
    private let configuration: String?

    var name: String { index.name }
    /// The conditions that decide which rows are found.
    var used: [Scalar] { asked.map(\.condition) }
    /// Whether other rows are found for other rows outside.
    var isDependent: Bool { used.contains { !$0.slots.isEmpty } }

    /// One for each index that helps, the one of the most conditions first.
    static func candidates(
        _ table: TableRelation, _ entry: RangeEntry, _ conditions: [Scalar], _ definitions: Definitions
    ) -> [TextAccess] {
        guard entry.sample == nil, entry.cells == nil, !table.hasCells, !table.declaration.isOpen else { return [] }
        let indexes = table.config.indexes.filter { $0.isOfLexemes && $0.isReady }
        guard !indexes.isEmpty else { return [] }
        var columns: [Int: Declaration.Column] = [:]
        for (column, scalar) in entry.usedColumns where column < table.declaration.columns.count {
            columns[scalar.position] = table.declaration.columns[column]
        }
        var found: [TextAccess] = []
        for index in indexes {
            guard case .text(let definition) = index.source else { continue }
            let configuration = definition.lexemes?.onlyConfiguration
            let asked = conditions.compactMap { condition -> Asked? in
                var configurations: [Scalar] = []
                let queries = queries(condition) { vector in
                    configurations += LexemeSource.openConfigurations(of: vector)
                    return LexemeSource(vector, assuming: configuration) { columns[$0] } == definition.lexemes
                }
                return queries.map { Asked(condition: condition, queries: $0, configurations: configurations) }
            }
            let access = TextAccess(index: index, asked: asked, configuration: configuration)
            if !asked.isEmpty, access.mayHelp(definitions) { found.append(access) }
        }
        return found.sorted { $0.asked.count > $1.asked.count }
    }

    /// The queries of which one has to hold if the condition is true; nil if it says something else.
    private static func queries(_ condition: Scalar, _ isIndexed: (Scalar) -> Bool) -> [Scalar]? {
        if condition is OrScalar {
            var all: [Scalar] = []
            for operand in condition.operands {
                guard let queries = queries(operand, isIndexed) else { return nil }
                all += queries
            }
            return all
        }
        guard let (vector, query) = sides(condition), query.positions.isEmpty, !query.isVolatile, isIndexed(vector) else { return nil }
        return [query]
    }

    /// The operands of `@@`.
    static func sides(_ condition: Scalar) -> (vector: Scalar, query: Scalar)? {
        guard let call = condition as? CallScalar else { return nil }
        switch call.function.name {
        case "ts_match_vq": return (call.operands[0], call.operands[1])
        case "ts_match_qv": return (call.operands[1], call.operands[0])
        default: return nil
        }
    }

    /// What is looked for.
    enum Wanted {
        /// No row has it.
        case nothing
        case words(TSQuery.Lookup)
        /// Rows may have none of its words.
        case anything
    }

    /// Whether there may be something to look for, as far as is known before the statement runs. `to_tsquery('english', '!word')` is known.
    private func mayHelp(_ definitions: Definitions) -> Bool {
        guard asked.allSatisfy({ ($0.queries + $0.configurations).allSatisfy(\.isKnownAhead) }) else { return true }
        let session = definitions.session
        let run = Run(session, definitions.state, parameters: [], slotCount: 0, Cancellation())
        run.tellsClient = false
        defer {
            run.end()
            session.runs.removeAll { $0 === run }
        }
        // What can't be computed is the statement's error, and not the planner's.
        guard case .anything? = try? wanted(run) else { return true }
        return false
    }

    func wanted(_ run: Run) throws(SQLError) -> Wanted {
        var whole: TSQuery?
        for item in asked {
            for scalar in item.configurations {
                guard case .int(let oid) = try scalar.value([], run),
                    TextSearchObjects.configuration(UInt32(truncatingIfNeeded: oid))?.name == configuration
                else { return .anything }
            }
            var one: TSQuery?
            for scalar in item.queries {
                guard case .tsquery(let query) = try scalar.value([], run), !query.isEmpty else { continue }
                one = one?.joined(to: query, .or) ?? query
            }
            guard let one else { return .nothing }
            whole = whole?.joined(to: one, .and) ?? one
        }
        guard let whole else { return .nothing }
        return whole.lookup.map { .words($0) } ?? .anything
    }
}

extension Scalar {
    /// Whether it can be computed before the statement runs: no row, parameter or other query has to do with it.
    fileprivate var isKnownAhead: Bool {
        var isKnown = !isVolatile
        visit { node in
            if node is ColumnScalar || node is SlotScalar || node is ParameterScalar || node is SubqueryScalar { isKnown = false }
        }
        return isKnown
    }
}

/// What the searches of a scan have looked at, one after the other.
final class NotedSearches {
    private var finished = TextSearch.Work()
    private var last: TextScan?
    private var count = 0

    func begin(_ search: TextScan) {
        if let last { finished += last.work }
        last = search
        count += 1
    }

    /// Nil if nothing was searched.
    var text: String? {
        guard let last else { return nil }
        var work = finished
        work += last.work
        return count == 1 ? work.text : "\(work.text), in \(count) searches"
    }
}

/// One search of a scan, and the documents that it finds.
final class TextScan {
    let access: TextAccess
    let isExact: Bool
    /// How many documents there may be.
    let mostDocuments: Int
    private var reader: TextIndexReader
    private let query: TextQuery
    private let table: TableConfig
    private let snapshot: CatalogSnapshot
    private let run: Run
    private let held: HeldBytes
    /// What was found and not handed out yet.
    private var keys: [Datum] = []
    private var scores: [Double] = []
    private var position = 0
    private var next: UInt64? = 0
    /// How many are looked for at once.
    private var count = 256
    private var isComplete = false
    /// Of the document that was handed out last.
    private(set) var score = 0.0

    private static let growth = 8
    private static let largest = 16_384

    /// Throws `tooLarge` if a word is the beginning of too many.
    init(
        _ access: TextAccess, _ lookup: TSQuery.Lookup, _ table: TableConfig, _ snapshot: CatalogSnapshot, _ run: Run
    ) throws(CatalogError) {
        self.access = access
        self.table = table
        self.snapshot = snapshot
        self.run = run
        query = lookup.query
        isExact = lookup.isExact
        held = HeldBytes(run)
        reader = try TextIndexReader(access.index, in: table, snapshot, stoppedBy: run.cancellation)
        mostDocuments = try reader.mostDocuments(query)
    }

    /// What it has looked at.
    var work: TextSearch.Work { reader.work }

    /// Whether the next document takes another look into the index.
    var isAtPause: Bool { position >= keys.count }

    func documentCount() throws(SQLError) -> Int {
        do throws(CatalogError) { return try reader.count(query) } catch { throw SQLError(error) }
    }

    /// The documents one after the other; nil behind the last one.
    ///
    /// - Parameter best: how many of the best are wanted first; nil: in any order, without scores.
    func document(best: Int?) throws(SQLError) -> Datum? {
        while true {
            guard position < keys.count else {
                guard !isComplete else { return nil }
                try run.check()
                do throws(CatalogError) { try findMore(best) } catch { throw SQLError(error) }
                _ = try held.set(keys.count * 96)
                continue
            }
            let key = keys[position]
            if best != nil { score = scores[position] }
            position += 1
            do throws(CatalogError) {
                if let document = try snapshot.unnoted.get(key, in: table) { return document }
            } catch {
                throw SQLError(error)
            }
        }
    }

    private func findMore(_ best: Int?) throws(CatalogError) {
        guard let best else {
            guard let from = next else {
                isComplete = true
                return
            }
            (keys, next) = try reader.keys(query, from: from, limit: count)
            position = 0
            count = min(count * Self.growth, Self.largest)
            return
        }
        // What was found is found again, and more behind it.
        let known = keys.count
        var wanted = known == 0 ? max(1, best) : known * Self.growth
        if wanted > Self.largest { wanted = .max }
        let found = try reader.best(wanted, query)
        keys = found.map(\.primaryKey)
        scores = found.map(\.score)
        isComplete = keys.count < wanted
    }
}
