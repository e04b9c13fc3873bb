import httpd

/// A table whose documents an export writes.
protocol ExportedTable {
    func documentCount() throws -> Int
    /// What the table remembers of XML; nothing where that isn't known.
    var shape: XMLShape { get }
    /// The top-level fields that occur: the primary key, then the others in byte order. Reads all documents.
    func columns() throws -> [String]
    /// Gives the documents one after the other, ascending by primary key, nil at the end.
    func documents() throws -> () throws -> Datum?
}

extension ExportedTable {
    fileprivate func sorted(_ names: Set<String>, after primaryKey: String) -> [String] {
        let others = names.subtracting([primaryKey])
        return [primaryKey] + others.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }
}

/// A table in a state of a file.
struct StoredTable: ExportedTable {
    private let snapshot: CatalogSnapshot
    private let table: TableConfig

    init(_ name: TableName, in snapshot: CatalogSnapshot) throws {
        self.snapshot = snapshot
        table = try snapshot.requiredTable(name)
    }

    var shape: XMLShape { table.shape }

    func documentCount() throws -> Int { try snapshot.documentCount(in: table) }

    func columns() throws -> [String] {
        var names: Set<String> = []
        let documents = try snapshot.documents(in: table)
        while let document = try documents.next() {
            for index in 0..<document.count { names.insert(document.key(at: index)) }
        }
        return sorted(names, after: table.primaryKey)
    }

    func documents() throws -> () throws -> Datum? {
        let documents = try snapshot.documents(in: table)
        return { try documents.next() }
    }
}

/// A table at a server. Its columns are asked for before its documents, which then may have further ones.
struct ServedTable: ExportedTable {
    private let session: ServerSession
    private let name: TableName
    private let primaryKey: String

    init(_ name: TableName, at session: ServerSession) throws {
        self.session = session
        self.name = name
        primaryKey = try session.requiredTable(name).text("primary_key")
    }

    var shape: XMLShape { XMLShape() }

    func documentCount() throws -> Int { try session.documentCount(in: name) }

    func columns() throws -> [String] {
        let names = try session.ask("\(name.query).concatMap(d => d.keys()).distinct()").elements.compactMap(\.string)
        return sorted(Set(names), after: primaryKey)
    }

    func documents() throws -> () throws -> Datum? {
        let query = try TermTree(text: "\(name.query).orderBy({index: \(Datum(primaryKey))})")
        guard case .rows(let rows) = try session.start(query, database: nil, stopper: Stopper()) else { return { nil } }
        return { try rows.next() }
    }
}
