import Catalog

/// The source that `changes` follows, worked out from the sequence it was applied to.
indirect enum FeedSource {
    /// One row, by its key.
    case row(RowSelection)
    case rows(WatchedRows)
    /// The first rows of a slice that is ordered.
    case first(WatchedRows, limit: Int)
    /// What rows add up to.
    case aggregate(WatchedRows, WatchedAggregate)
    case union([FeedSource])

    /// The same source, its rows passed through a function that changes them or leaves some out.
    func transformed(by transform: @escaping WatchedRows.Transform, at site: Site) throws(ReQLError) -> FeedSource {
        switch self {
        case .row, .first: throw site.notWatchable("after `limit`, only `filter` can stand before `changes`")
        case .aggregate: throw site.notWatchable("after what sums up nothing can stand before `changes`")
        case .rows(let rows): return .rows(rows.transformed(by: transform))
        case .union(let sources):
            var transformed: [FeedSource] = []
            for source in sources { transformed.append(try source.transformed(by: transform, at: site)) }
            return .union(transformed)
        }
    }

    /// A filter behind `limit` acts as if it stood before.
    func filtered(by transform: @escaping WatchedRows.Transform, at site: Site) throws(ReQLError) -> FeedSource {
        switch self {
        case .first(let rows, let limit): return .first(rows.transformed(by: transform), limit: limit)
        case .union(let sources):
            var filtered: [FeedSource] = []
            for source in sources { filtered.append(try source.filtered(by: transform, at: site)) }
            return .union(filtered)
        default: return try transformed(by: transform, at: site)
        }
    }

    /// The same source, whose functions see the variables as they were.
    func binding(_ variables: SavedVariables) -> FeedSource {
        switch self {
        case .row: self
        case .rows(let rows): .rows(rows.binding(variables))
        case .first(let rows, let limit): .first(rows.binding(variables), limit: limit)
        case .aggregate(let rows, let aggregate): .aggregate(rows.binding(variables), aggregate)
        case .union(let sources): .union(sources.map { $0.binding(variables) })
        }
    }

    /// The table, and the index that the source can't do without.
    var watched: (table: TableConfig, index: IndexConfig?) {
        switch self {
        case .row(let row): (row.table.config, nil)
        case .rows(let rows), .first(let rows, _), .aggregate(let rows, _): (rows.table, rows.index)
        case .union: preconditionFailure("a union has several tables")
        }
    }

    /// The system table that the source is part of.
    var system: SystemSource? {
        switch self {
        case .row(let row): row.table.system.map(SystemSource.init)
        case .rows(let rows), .first(let rows, _), .aggregate(let rows, _): rows.system
        case .union: nil
        }
    }

    /// Whether it is of a table as it was in a state of the past.
    var isPast: Bool {
        switch self {
        case .row(let row): row.table.isPast
        case .rows(let rows), .first(let rows, _), .aggregate(let rows, _): rows.isPast
        case .union(let sources): sources.contains(where: \.isPast)
        }
    }

    /// The sources that no union stands between.
    var parts: [FeedSource] {
        if case .union(let sources) = self { return sources.flatMap(\.parts) }
        return [self]
    }
}

/// Rows of one table that a feed tells of: a slice by keys or by an index, and what is done to each row before it is told.
///
/// Holds no state of the file: a feed lives long, and pages would live with it.
struct WatchedRows {
    typealias Transform = (Datum) throws(ReQLError) -> Datum?

    enum Base {
        case range(KeyBounds, TableRows.Order)
        /// Each key as often as it was given.
        case keys([Datum])
        /// What meets it, by a geo index.
        case shape(SphericalShape)
    }

    let table: TableConfig
    let database: DatabaseConfig
    /// What the slice is one of; nil for the primary index.
    let index: IndexConfig?
    let base: Base
    /// Set for a table of the system database.
    let system: SystemSource?
    let isPast: Bool
    private var transforms: [Transform] = []

    init(_ base: Base, of reference: TableReference, index: IndexConfig?) {
        table = reference.config
        database = reference.database
        self.index = index
        self.base = base
        system = reference.system.map(SystemSource.init)
        isPast = reference.isPast
    }

    /// Whether the rows are told as they are.
    var isUntransformed: Bool { transforms.isEmpty }

    var order: TableRows.Order {
        if case .range(_, let order) = base { order } else { .unordered }
    }

    func transformed(by transform: @escaping Transform) -> WatchedRows {
        var copy = self
        copy.transforms.append(transform)
        return copy
    }

    func binding(_ variables: SavedVariables) -> WatchedRows {
        var copy = self
        copy.transforms = []
        for transform in transforms {
            let bound: Transform = { row throws(ReQLError) in
                variables.restore()
                return try transform(row)
            }
            copy.transforms.append(bound)
        }
        return copy
    }

    /// What the feed tells in a row's place; nil if the row is not in the feed, which is also what any error means.
    func value(of row: Datum) throws(ReQLError) -> Datum? {
        var value = row
        for transform in transforms {
            do {
                guard let next = try transform(value) else { return nil }
                value = next
            } catch {
                if error.isCancellation { throw error }
                return nil
            }
        }
        return value
    }

    /// What has to be watched of the table.
    var scope: WatchRequest.Scope {
        guard index == nil else { return .documents(.all) }
        switch base {
        case .range(let bounds, _): return .documents(bounds)
        case .keys(let keys):
            guard let first = keys.min(), let last = keys.max() else { return .nothing }
            return first == last ? .document(first) : .documents(KeyBounds(lower: first, upper: last, upperInclusive: true))
        case .shape: return .documents(.all)
        }
    }

    /// The slice in a state of the table, untransformed.
    func rows(of reference: TableReference) -> Rows {
        switch base {
        case .range(let bounds, let order): TableRows(slice: reference, index, bounds, order)
        case .keys(let keys): KeyedRows(reference, keys: keys, index: index)
        case .shape(let shape):
            if let index { IntersectingRows(reference, index, shape) } else { ListRows([], kind: .selection) }
        }
    }

    /// Where a document stands in the slice: at each of its values in the index, or its key, that is within.
    func places(of document: Datum, _ values: IndexValues?) -> [Datum] {
        let places: [Datum]
        if let values {
            // What could not be computed in time is in no index either.
            places = (try? values.values(of: document)) ?? []
        } else {
            places = document[field: table.primaryKey].map { [$0] } ?? []
        }
        switch base {
        case .range(let bounds, _): return places.filter(bounds.contains)
        case .keys(let keys): return places.flatMap { place in keys.filter { $0 == place } }
        case .shape(let shape):
            return places.filter { place in (try? Geometry(indexed: place)?.shape())??.intersects(shape) == true }
        }
    }

    /// What the index has of documents; nil for the primary one.
    func values(in snapshot: CatalogSnapshot) throws(ReQLError) -> IndexValues? {
        guard let index else { return nil }
        return try reading(snapshot.values(of: index, in: table))
    }
}

extension Site {
    /// The error for a sequence that no feed can be made of.
    func notWatchable(_ reason: String) -> ReQLError {
        error(.queryLogic, "`changes` can't follow this: \(reason).")
    }

    /// Throws for a function that would not say the same of a row twice.
    func checkWatchable(_ determinism: Determinism) throws(ReQLError) {
        guard determinism == .never else { return }
        throw notWatchable("a function before it may give another value each time, or reads tables")
    }
}
