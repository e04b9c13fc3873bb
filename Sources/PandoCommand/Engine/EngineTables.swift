/// The tables in which PostgreSQL keeps records, as they are found in a database.
struct EngineTables {
    /// The columns of those that are there, by the names of the tables.
    var columns: [String: Set<String>] = [:]

    /// A table that has a name of Pando's and not its columns.
    var foreign: String? {
        columns.keys.sorted().first { table in !(Self.columns[table] ?? []).isSubset(of: columns[table] ?? []) }
    }

    /// Whether nothing has to be made.
    var areComplete: Bool {
        foreign == nil && columns.count == Self.columns.count && Self.newerColumns.isSubset(of: columns["pando_state"] ?? [])
    }

    /// Those that every version has made.
    static let columns: [String: Set<String>] = [
        "pando": ["key bytea", "value bytea"],
        "pando_state": ["id integer", "file text", "owner bytea", "opening bigint", "number bigint"],
        "pando_process": [
            "id bytea", "name text", "opening bigint", "number bigint", "seen bigint", "started timestamp with time zone",
            "renewed timestamp with time zone",
        ],
        "pando_watch": ["process bytea", "name bytea"],
        "pando_cell": ["name bytea", "value bytea"],
        "pando_news": ["number bigint", "part bigint", "process bytea", "data bytea"],
    ]

    /// Those of `pando_state` that an older version has not made.
    static let newerColumns: Set<String> = ["metadata bigint", "watches bigint"]
}
