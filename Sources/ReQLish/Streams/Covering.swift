/// What is wanted of each row, if that is no more than top-level fields.
enum WantedFields {
    /// An object of those that are there.
    case object([String])
    /// The value of one; of a row that lacks it, nothing.
    case value(String)

    var names: [String] {
        switch self {
        case .object(let names): names
        case .value(let name): [name]
        }
    }
}

/// Entries of an index in the order in which they lead to the rows of a sequence.
class IndexEntries {
    let table: TableReference
    let index: IndexConfig

    init(_ table: TableReference, _ index: IndexConfig) {
        self.table = table
        self.index = index
    }

    func next() throws(CatalogError) -> IndexHit? {
        preconditionFailure("\(type(of: self)) does not say what comes next")
    }
}

/// Those of a part of an index.
final class RangeEntries: IndexEntries {
    private let cursor: IndexCursor

    init(_ table: TableReference, _ index: IndexConfig, _ cursor: IndexCursor) {
        self.cursor = cursor
        super.init(table, index)
    }

    override func next() throws(CatalogError) -> IndexHit? { try cursor.next() }
}

/// Those of some values, one after the other.
final class ValueEntries: IndexEntries {
    private let values: [Datum]
    private var position = 0
    private var cursor: IndexCursor?

    init(_ table: TableReference, _ index: IndexConfig, _ values: [Datum]) {
        self.values = values
        super.init(table, index)
    }

    override func next() throws(CatalogError) -> IndexHit? {
        while true {
            if let hit = try cursor?.next() { return hit }
            guard position < values.count else { return nil }
            cursor = try table.snapshot.entries(of: index, in: table.config, .only(values[position]))
            position += 1
        }
    }
}

/// How fields are had from the entries of an index alone.
///
/// An entry has the value of its field, or an array of those of several, and the primary key. It has not all of a time (whose zone is missing), of a
/// zero (whose sign is) and of what is too long for it: then the document is read.
struct Covering {
    private enum Place {
        case value
        case element(Int)
        case primaryKey
    }

    private let wanted: WantedFields
    private let places: [Place]

    /// Nil if the index has not all that is wanted.
    init?(_ wanted: WantedFields, _ index: IndexConfig, _ table: TableReference) {
        guard table.usesIndexes, let fields = table.indexFields.fields(of: index) else { return nil }
        var places: [Place] = []
        for name in wanted.names {
            // By their bytes: names of other bytes may be equal as strings.
            if let position = fields.names.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) {
                places.append(fields.isCompound ? .element(position) : .value)
            } else if name.utf8.elementsEqual(table.config.primaryKey.utf8) {
                places.append(.primaryKey)
            } else {
                return nil
            }
        }
        self.wanted = wanted
        self.places = places
    }

    private func field(at place: Place, of hit: IndexHit) -> Datum? {
        switch place {
        case .value: hit.exactKey
        case .element(let position): hit.exactKey.map { $0[position] }
        case .primaryKey: hit.exactPrimaryKey
        }
    }

    /// What is wanted of the row that an entry leads to; nil if the entry does not say all.
    func row(_ hit: IndexHit) -> Datum? {
        switch wanted {
        case .value: return field(at: places[0], of: hit)
        case .object(let names):
            var fields: [(String, Datum)] = []
            fields.reserveCapacity(names.count)
            for (name, place) in zip(names, places) {
                guard let value = field(at: place, of: hit) else { return nil }
                fields.append((name, value))
            }
            return try? .object(fields)
        }
    }
}

/// Fields of rows from the entries of an index, without a look at the documents.
final class CoveredStream: RowStream {
    private let entries: IndexEntries
    private let covering: Covering
    private let whole: (Datum) throws(ReQLError) -> Datum?
    private let execution: Execution

    /// - Parameter whole: makes what is wanted of a document.
    init(_ entries: IndexEntries, _ covering: Covering, _ execution: Execution, _ whole: @escaping (Datum) throws(ReQLError) -> Datum?) {
        self.entries = entries
        self.covering = covering
        self.execution = execution
        self.whole = whole
    }

    override func next() throws(ReQLError) -> Datum? {
        while true {
            try execution.check()
            guard let hit = try reading(entries.next()) else { return nil }
            if let row = covering.row(hit) { return row }
            if let document = try entries.table.counting(hit.document()), let row = try whole(document) { return row }
        }
    }
}
