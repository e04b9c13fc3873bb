/// The layout of the tree's keys: plain text, so that a prefix scan can be read.
///
///     __meta__:databases:<name>                      → database config, JSON
///     __meta__:database_ids:<database id>            → name
///     __meta__:tables:<database name>.<name>         → table config, JSON
///     __meta__:table_ids:<table id>                  → <database name>.<name>
///     __meta__:settings:<name>                       → settings of the server that serves the file, JSON
///     __meta__:users:<name>                          → account with its permissions, JSON
///     __meta__:roles:<name>                          → permissions that accounts can have by name, JSON
///     __meta__:tokens:<id>                           → what stands for an account's password over HTTP, JSON
///     __local__:applied                              → the store's record of the position that a standby's contents are at
///     __local__:openings:<number>                    → the store's record of an opening, by which positions are known
///     __local__:partings:<number>                    → the store's record of where a standby went its own way
///     __local__:states:<name>                        → the store's record of a state that has a name
///     db:<database id>:table:<table id>:docs:<key>   → document
///     db:<database id>:table:<table id>:index:…      → index entry
///     db:<database id>:table:<table id>:log:…        → record of the table's change log
///     db:<database id>:table:<table id>:expiry:…     → entry of a document that will expire
///
/// All that is a table's begins with the table's prefix, all that is a database's with the database's: dropping one is a range delete.
/// Names hold neither `.` nor `:`, so `__meta__:tables:<database name>.` is the prefix of that database's tables and of nothing else.
enum CatalogKeys {
    /// What is of this file alone, and not of its contents.
    static let local = "__local__:"
    static let states = "__local__:states:"
    /// What begins the keys of the store's own records, in their order.
    static let ofTheStore = ["__local__:applied", "__local__:openings:", "__local__:partings:", states]
    static let metadata = "__meta__:"
    static let databases = "__meta__:databases:"
    static let databaseIDs = "__meta__:database_ids:"
    static let tables = "__meta__:tables:"
    static let tableIDs = "__meta__:table_ids:"
    static let settings = "__meta__:settings:"
    static let users = "__meta__:users:"
    static let roles = "__meta__:roles:"
    static let tokens = "__meta__:tokens:"
    static let objects = "__meta__:sql:"
    static let contents = "db:"
    static let documentsPart = ":docs:"
    /// What stands behind a table's prefix before the keys of its documents, and before those of an index's entries.
    static let documents = "docs:"
    static let indexes = "index:"

    /// The name that RethinkDB keeps for its system tables.
    static let systemDatabase = CatalogNames.systemDatabase

    static func database(named name: String) -> [UInt8] { Array((databases + name).utf8) }
    static func databaseID(_ id: String) -> [UInt8] { Array((databaseIDs + id).utf8) }
    static func table(named name: String, inDatabaseNamed database: String) -> [UInt8] { Array("\(tables)\(database).\(name)".utf8) }
    static func tableID(_ id: String) -> [UInt8] { Array((tableIDs + id).utf8) }

    static func setting(named name: String) -> [UInt8] { Array((settings + name).utf8) }
    static func user(named name: String) -> [UInt8] { Array((users + name).utf8) }

    static func objectsPrefix(ofDatabase id: String) -> String { "\(objects)\(id):" }

    static func tablesPrefix(ofDatabaseNamed name: String) -> String { "\(tables)\(name)." }
    static func contentsPrefix(ofDatabase id: String) -> String { "db:\(id):" }
    static func contentsPrefix(ofTable id: String, inDatabase database: String) -> String { "db:\(database):table:\(id):" }
    static func documentsPrefix(ofTable id: String, inDatabase database: String) -> String {
        contentsPrefix(ofTable: id, inDatabase: database) + documents
    }
}

/// Names with a meaning of their own.
public enum CatalogNames {
    /// The database that describes all others, which no file holds.
    public static let systemDatabase = "rethinkdb"
}
