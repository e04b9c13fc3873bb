import Catalog

/// What rows of one table refer to in the same table while its rows come one after the other: looked for once all of them are there.
struct SelfReferences {
    let table: String
    /// Values that were not there when a row with them was written, by the id of the foreign key.
    fileprivate var missing: [String: [Row]] = [:]
    /// Values that rows had which were written over.
    fileprivate var removed: [(key: ForeignKey, values: Row)] = []
    fileprivate var missingCount = 0
    fileprivate var nextLook = Self.lookCount
    /// So many missing values, and those are forgotten that have come since.
    private static let lookCount = 8192

    init(_ table: TableRelation) { self.table = table.config.id }

    func hold(_ key: ForeignKey) -> Bool { key.table.config.id == table && key.target.config.id == table }

    fileprivate mutating func lookedThrough() { nextLook = missingCount + Self.lookCount }
}

extension StatementWrites {
    /// Notes what rows refer to that is not there yet.
    func awaitTargets(_ key: ForeignKey, _ wanted: [Row], _ definitions: Definitions) throws(SQLError) {
        for values in try key.missing(wanted, self, definitions) {
            try run.take(Run.byteCount(of: values))
            selfReferences?.missing[key.constraint.id, default: []].append(values)
            selfReferences?.missingCount += 1
        }
        guard let state = selfReferences, state.missingCount >= state.nextLook else { return }
        try lookForAwaited(key, definitions)
    }

    /// Forgets what has come since it was missing.
    private func lookForAwaited(_ key: ForeignKey, _ definitions: Definitions) throws(SQLError) {
        guard let values = selfReferences?.missing[key.constraint.id] else { return }
        let left = try key.missing(values, self, definitions)
        run.keepNoLonger(values.reduce(0) { $0 + Run.byteCount(of: $1) } - left.reduce(0) { $0 + Run.byteCount(of: $1) })
        selfReferences?.missing[key.constraint.id] = left
        selfReferences?.missingCount -= values.count - left.count
        selfReferences?.lookedThrough()
    }

    /// Notes that values are gone which rows that are still to come may have, and which others may refer to until then.
    func awaitRemoved(_ key: ForeignKey, _ values: Row) throws(SQLError) {
        try run.take(Run.byteCount(of: values))
        selfReferences?.removed.append((key, values))
    }

    /// All rows of the table are there: what they refer to has to be among them.
    func requireSelfReferences(_ definitions: Definitions) throws(SQLError) {
        guard let state = selfReferences else { return }
        selfReferences = nil
        for key in try foreignKeys(definitions).keys where state.hold(key) {
            try key.check(state.missing[key.constraint.id] ?? [], self, definitions, run)
        }
        for (key, values) in state.removed { try requireNoReference(key, values, definitions) }
        let rows = state.missing.values.joined().map { $0 } + state.removed.map(\.values)
        run.keepNoLonger(rows.reduce(0) { $0 + Run.byteCount(of: $1) })
    }
}
