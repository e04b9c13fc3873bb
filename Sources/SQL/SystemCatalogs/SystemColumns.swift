/// A relation of the system catalogs as it is declared.
struct SystemRelation: Sendable {
    let name: String
    let schema: String
    let oid: UInt32
    let isView: Bool
    let columns: [SQLRecord.Field]
    /// What stands in a column of which nothing is known: 0, false, the empty text, or NULL.
    let defaults: [SQLValue]
    private let places: [String: Int]

    init(_ name: String, schema: String, oid: UInt32, isView: Bool, columns: [SQLRecord.Field]) {
        self.name = name
        self.schema = schema
        self.oid = oid
        self.isView = isView
        self.columns = columns
        places = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1.name, $0) })
        defaults = columns.map { column in
            switch column.type.oid {
            case SQLType.bool.oid: .bool(false)
            case 18, 19: .text("")
            case 20, 21, 23, 24, 26: .int(0)
            case 700: .double(0)
            default: .null
            }
        }
    }

    /// A row of the values that are named.
    func row(_ values: [String: SQLValue]) -> [SQLValue] {
        var row = defaults
        for (name, value) in values {
            if let place = places[name] { row[place] = value }
        }
        return row
    }
}

/// The relations of pg_catalog and information_schema by their names.
enum SystemColumns {
    static let relations: [String: [String: SystemRelation]] = [
        "pg_catalog": read(catalog, "pg_catalog"), "information_schema": read(information, "information_schema"),
    ]

    static func relation(_ name: String, _ schema: String) -> SystemRelation? { relations[schema]?[name] }

    static let all: [SystemRelation] = relations.values.flatMap(\.values).sorted { $0.oid < $1.oid }

    private static func read(_ text: String, _ schema: String) -> [String: SystemRelation] {
        var relations: [String: SystemRelation] = [:]
        for line in FactLines.joined(text) {
            let words = line.cut(at: " ", most: 4)
            guard words.count == 4, let oid = UInt32(words[1]) else { continue }
            var columns: [SQLRecord.Field] = []
            var type = SQLType.text
            for part in words[3].cut(at: ",") {
                let parts = part.cut(at: " ")
                if parts.count == 2 {
                    type = TypeTable.entry(named: String(parts[0].dropLast())).map { SQLType($0.oid) } ?? .text
                }
                guard let name = parts.last else { continue }
                columns.append(SQLRecord.Field(String(name), type))
            }
            let name = String(words[0])
            relations[name] = SystemRelation(name, schema: schema, oid: oid, isView: words[2] == "v", columns: columns)
        }
        return relations
    }
}
