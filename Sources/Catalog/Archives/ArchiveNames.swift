import Ground

/// The names inside an archive: `ROOT/DB/TABLE.json`, `ROOT/DB/TABLE.info`, as RethinkDB has them, and `ROOT/DB/database.pando`, whose
/// extension RethinkDB's tools pass over: it carries what theirs do not (ids, times of creation, databases without tables).
enum ArchiveNames {
    static let rows = "json"
    static let info = "info"
    static let csv = "csv"
    static let database = "pando"

    static func rows(_ table: String, _ database: String, _ root: String) -> String { "\(root)/\(database)/\(file(table)).\(rows)" }
    static func info(_ table: String, _ database: String, _ root: String) -> String { "\(root)/\(database)/\(file(table)).\(info)" }
    static func database(_ database: String, _ root: String) -> String { "\(root)/\(database)/database.\(Self.database)" }

    /// A table's name as a part of a path: SQL gives names with a slash in them.
    private static func file(_ table: String) -> String { table.replacing("%", with: "%25").replacing("/", with: "%2F") }

    /// The table whose file has a name, without its extension.
    static func table(_ file: String) -> String { file.replacing("%2F", with: "/").replacing("%25", with: "%") }

    /// `pando_dump_2025-01-31T23:59:59`, in UTC.
    static func root(at epochSeconds: Double) -> String {
        "pando_dump_" + CalendarTime(secondsSince1970: Int(epochSeconds)).text().dropLast()
    }
}
