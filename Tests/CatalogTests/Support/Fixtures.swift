import Catalog
import TestSupport
import Testing

/// Runs `body` and returns what it threw; records an issue if it didn't.
@discardableResult
func expectError(
    _ kind: CatalogError.Kind, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> CatalogError? {
    do {
        try body()
        Issue.record("nothing was thrown, \(kind) was expected", sourceLocation: sourceLocation)
        return nil
    } catch let error as CatalogError {
        #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
        #expect(
            error.message.hasSuffix(".") || error.message.hasSuffix("`") || error.message.hasSuffix("\""), "a sentence: \(error)",
            sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("\(error) is no CatalogError", sourceLocation: sourceLocation)
        return nil
    }
}

extension Catalog {
    /// One transaction.
    @discardableResult
    func write<Result>(_ body: (inout CatalogTransaction) throws -> Result) throws -> Result {
        var transaction = try beginWrite()
        let result = try body(&transaction)
        try transaction.commit(.none)
        return result
    }

    /// `database` and `table`, made if need be, with the documents.
    @discardableResult
    func fill(_ database: String, _ table: String, primaryKey: String = "id", _ documents: [Datum] = []) throws -> TableConfig {
        try write { transaction in
            let home = try transaction.database(database) ?? transaction.createDatabase(database)
            let config = try transaction.table(table, in: home) ?? transaction.createTable(table, in: home, primaryKey: primaryKey)
            for document in documents { try transaction.put(document, in: config) }
            return config
        }
    }

    /// Every document of every table, as text, by `DB.TABLE`.
    func contents() throws -> [String: [String]] {
        let snapshot = try snapshot()
        var contents: [String: [String]] = [:]
        for database in try snapshot.databases() {
            for table in try snapshot.tables(in: database) {
                contents[table.qualifiedName] = try snapshot.all(in: table).map(\.description)
            }
        }
        return contents
    }

    /// Every key, readable.
    func keys(prefix: String = "") throws -> [String] {
        let cursor = try snapshot().records(prefix: prefix)
        var keys: [String] = []
        while let record = try cursor.next() { keys.append(record.key) }
        return keys
    }

    /// The check finds nothing.
    func expectSound(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let report = try check()
        #expect(report.isSound, "\(report.problems.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }
}

extension CatalogSnapshot {
    func all(in table: TableConfig, _ bounds: KeyBounds = .all, reversed: Bool = false) throws -> [Datum] {
        let cursor = try documents(in: table, bounds, reversed: reversed)
        var all: [Datum] = []
        while let document = try cursor.next() { all.append(document) }
        return all
    }

    func existing(_ database: String) throws -> DatabaseConfig {
        try #require(try self.database(database))
    }

    func existing(_ database: String, _ table: String) throws -> TableConfig {
        try #require(try self.table(table, in: try existing(database)))
    }
}
