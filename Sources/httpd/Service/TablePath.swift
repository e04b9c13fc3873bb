import Ground
import ReQLish

/// The table of a path.
struct TablePath: Sendable, Hashable {
    let database: String
    let table: String

    /// As it stands in a request.
    var target: String { "/\(PercentEncoding.encode(database))/\(PercentEncoding.encode(table))" }

    /// The path of a document with this key.
    func target(of key: Datum) -> String {
        if let text = key.string, !text.isEmpty, !text.hasPrefix("_"), text != ".", text != ".." {
            return "\(target)/\(PercentEncoding.encode(text))"
        }
        return "\(target)/_doc?key=\(PercentEncoding.encode(key.description))"
    }
}

/// A state whose databases and tables can be asked for by the names of a path.
protocol NamedMetadata: ~Copyable {
    func database(_ name: String) throws(CatalogError) -> DatabaseConfig?
    func table(_ name: String, in database: DatabaseConfig) throws(CatalogError) -> TableConfig?
}

extension CatalogSnapshot: NamedMetadata {}
extension CatalogTransaction: NamedMetadata {}

extension NamedMetadata where Self: ~Copyable {
    /// The database of a path; an error that becomes 404 if there is none.
    func existingDatabase(named name: String) throws(CatalogError) -> DatabaseConfig {
        guard let database = try database(name) else { throw .noDatabase(name) }
        return database
    }

    func existingTable(_ path: TablePath) throws(CatalogError) -> TableConfig {
        guard let table = try table(path.table, in: try existingDatabase(named: path.database)) else { throw .noTable(path) }
        return table
    }
}

extension CatalogError {
    fileprivate static func noDatabase(_ name: String) -> CatalogError {
        CatalogError(.databaseNotFound, "Database `\(name)` does not exist; PUT /\(PercentEncoding.encode(name)) creates it.")
    }

    fileprivate static func noTable(_ path: TablePath) -> CatalogError {
        CatalogError(.tableNotFound, "Table `\(path.database).\(path.table)` does not exist; PUT \(path.target) creates it.")
    }
}
