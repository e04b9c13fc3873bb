import Catalog

/// `table("…")`, or that of a database, read from the JSON form of a query whose other parts are literals, so that no terms need be made of it.
struct LiteralTable: Sendable {
    private let database: Datum?
    private let name: Datum

    /// - Parameter options: those of the query, which may name the database and nothing else.
    init?(_ term: Datum, options: Datum) {
        guard let name = term.termArguments(.table), 1...2 ~= name.count, name[name.count - 1].kind == .string else { return nil }
        self.name = name[name.count - 1]
        guard options.kind == .object else { return nil }
        var database: Datum?
        if options.count > 0 {
            guard options.count == 1, let option = options[field: "db"], let named = Self.database(option) else { return nil }
            database = named
        }
        if name.count == 2 {
            guard let named = Self.database(name[0]) else { return nil }
            database = named
        }
        self.database = database
    }

    /// The name in `db("…")`.
    private static func database(_ term: Datum) -> Datum? {
        guard let arguments = term.termArguments(.db), arguments.count == 1, arguments[0].kind == .string else { return nil }
        return arguments[0]
    }

    /// Nil if it isn't one that was read lately, or is one of the system database.
    func config(in snapshot: CatalogSnapshot, _ pando: Pando) -> TableConfig? {
        guard let name = name.string else { return nil }
        let database = database == nil ? pando.options.defaultDatabase : database?.string ?? ""
        return snapshot.knownTable(name, inDatabaseNamed: database)
    }
}

extension Datum {
    /// The arguments of a term of that type without options, in its JSON form.
    func termArguments(_ type: TermType) -> Datum? {
        guard kind == .array, count == 2, self[0].integer == type.number, self[1].kind == .array else { return nil }
        return self[1]
    }
}
