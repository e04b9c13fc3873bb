import Ground
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

/// A table at a server. The rows of a query are of one state, and those of another query may be of another: where the columns must be known
/// first, the documents are read once, and kept in a file without a name.
final class ServedTable: ExportedTable {
    private let session: ServerSession
    private let name: TableName
    private let primaryKey: String
    private var kept: NDJSONSource?

    init(_ name: TableName, at session: ServerSession) throws {
        self.session = session
        self.name = name
        primaryKey = try session.requiredTable(name).text("primary_key")
    }

    var shape: XMLShape { XMLShape() }

    func documentCount() throws -> Int { try session.documentCount(in: name) }

    func columns() throws -> [String] {
        let path = SystemCalls.temporaryPath("pando-export-")
        let file = try SystemCalls.create(path)
        defer { SystemCalls.close(file) }
        let input: InputFile
        do { input = try InputFile(path) } catch {
            SystemCalls.remove(path)
            throw error
        }
        SystemCalls.remove(path)
        let sink = ByteSink(file: file, name: path)
        var names: Set<String> = []
        let next = try documents()
        while let document = try next() {
            for (field, _) in document.fields { names.insert(field) }
            document.writeJSON(into: &sink.buffer)
            sink.buffer.append(UInt8(ascii: "\n"))
            try sink.flushIfLarge()
        }
        try sink.finish()
        kept = NDJSONSource(input)
        return sorted(names, after: primaryKey)
    }

    func documents() throws -> () throws -> Datum? {
        if let kept {
            return {
                switch try kept.next() {
                case .document(let document, _): return document
                case .bad(_, let message): throw CommandError.failed("A document of \(self.name.text) can't be read: \(message).")
                case nil: return nil
                }
            }
        }
        let query = try TermTree(text: "\(name.query).orderBy({index: \(Datum(primaryKey))})")
        guard case .rows(let rows) = try session.start(query, database: nil, stopper: Stopper()) else { return { nil } }
        return { try rows.next() }
    }
}
