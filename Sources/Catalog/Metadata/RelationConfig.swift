/// A relation that a table declares: what its edges are, and which tables have the documents at both ends.
public struct RelationConfig: Sendable, Hashable {
    /// A table that a relation names. It is found by its id, and after a restore, which gives new ids, by its name.
    public struct Place: Sendable, Hashable {
        public let id: String
        public let name: String

        public init(_ table: TableConfig) {
            id = table.id
            name = table.qualifiedName
        }

        fileprivate init?(_ datum: Datum?) {
            guard let datum, let id = datum[field: "id"]?.string, let name = datum[field: "name"]?.string else { return nil }
            self.id = id
            self.name = name
        }

        fileprivate var datum: Datum { ["id": Datum(id), "name": Datum(name)] }
    }

    /// An end of edges that are documents: the field with the key, and the table that the key is of; nil: keys are nodes by themselves.
    public struct End: Sendable, Hashable {
        public let field: String
        public let table: Place?

        public init(field: String, table: Place?) {
            self.field = field
            self.table = table
        }

        fileprivate init?(_ datum: Datum?) {
            guard let datum, let field = datum[field: "field"]?.string else { return nil }
            self.field = field
            table = Place(datum[field: "table"])
        }

        fileprivate var datum: Datum { table.map { ["field": Datum(field), "table": $0.datum] } ?? ["field": Datum(field)] }
    }

    public enum Edges: Sendable, Hashable {
        /// A field of the table's documents has keys of another table.
        case field(String, to: Place)
        /// The table's documents are the edges.
        case documents(from: End, to: End)
    }

    public let name: String
    /// What the relation is called when it is gone through the other way.
    public let reverse: String?
    public let edges: Edges
    /// Fields of the edges' documents.
    public let kind: String?
    public let weight: String?
    /// The indexes that were made for it, and go with it.
    public var indexes: [String]
    /// Whether it is a foreign key that SQL has declared: it comes and goes with that, and is not stored as a relation.
    public let isForeignKey: Bool

    public init(
        name: String, reverse: String? = nil, _ edges: Edges, kind: String? = nil, weight: String? = nil, indexes: [String] = [],
        isForeignKey: Bool = false
    ) {
        self.isForeignKey = isForeignKey
        self.name = name
        self.reverse = reverse
        self.edges = edges
        self.kind = kind
        self.weight = weight
        self.indexes = indexes
    }

    /// Nil for something that a newer version has written.
    init?(_ datum: Datum) {
        guard let name = datum[field: "name"]?.string else { return nil }
        if let field = datum[field: "field"]?.string, let to = Place(datum[field: "to"]) {
            edges = .field(field, to: to)
        } else if let from = End(datum[field: "from"]), let to = End(datum[field: "to"]) {
            edges = .documents(from: from, to: to)
        } else {
            return nil
        }
        self.name = name
        isForeignKey = false
        reverse = datum[field: "reverse"]?.string
        kind = datum[field: "kind"]?.string
        weight = datum[field: "weight"]?.string
        indexes = datum[field: "indexes"].map { $0.kind == .array ? $0.elements.compactMap(\.string) : [] } ?? []
    }

    /// The stored form.
    var datum: Datum {
        get throws(CatalogError) {
            var fields: [(String, Datum)] = [("name", Datum(name)), ("indexes", Datum(elements: indexes.map { Datum($0) }))]
            switch edges {
            case .field(let field, let to): fields += [("field", Datum(field)), ("to", to.datum)]
            case .documents(let from, let to): fields += [("from", from.datum), ("to", to.datum)]
            }
            for (name, value) in [("reverse", reverse), ("kind", kind), ("weight", weight)] {
                if let value { fields.append((name, Datum(value))) }
            }
            do throws(DatumError) { return try Datum.object(fields) } catch { throw CatalogError(error) }
        }
    }
}

extension TableConfig {
    /// The relations that were made, by their names; see ``CatalogSnapshot/relations(of:)`` for all.
    public var relations: [RelationConfig] {
        guard let stored = relationForms, stored.kind == .array else { return [] }
        return stored.elements.compactMap(RelationConfig.init)
    }
}
