/// The part of each row that is wanted, if that is no more than top-level fields.
enum WantedFields {
    /// An object of those that are there.
    case object([String])
    /// The value of one; of a row that lacks it, nothing.
    case value(String)

    var isObject: Bool {
        if case .object = self { true } else { false }
    }

    var names: [String] {
        switch self {
        case .object(let names): names
        case .value(let name): [name]
        }
    }
}

/// The way to read fields from the entries of an index alone.
///
/// An entry has the value of its field, or an array of those of several, and the primary key. It lacks the zone of a time, the sign of a
/// zero, and the end of what is too long for it: then the document is read.
struct Covering {
    private enum Place {
        case value
        case element(Int)
        case primaryKey
    }

    private let wanted: WantedFields
    private let places: [Place]

    /// Nil if the index has not all that is wanted.
    init?(_ wanted: WantedFields, _ entries: EntryRanges) {
        let table = entries.table
        guard table.usesIndexes, let fields = table.indexFields.fields(of: entries.index) else { return nil }
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
    private let entries: EntryReader
    private let covering: Covering
    private let whole: (Datum) throws(ReQLError) -> Datum?
    private let execution: Execution

    /// - Parameter whole: makes what is wanted of a document.
    init(_ entries: EntryReader, _ covering: Covering, _ execution: Execution, _ whole: @escaping (Datum) throws(ReQLError) -> Datum?) {
        self.entries = entries
        self.covering = covering
        self.execution = execution
        self.whole = whole
    }

    override func next() throws(ReQLError) -> Pulled {
        while true {
            try execution.check()
            guard let hit = try reading(entries.next()) else { return .end }
            if let row = covering.row(hit) { return .row(row) }
            if let document = try entries.table.counting(hit.document()), let row = try whole(document) { return .row(row) }
        }
    }
}
