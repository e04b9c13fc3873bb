/// A part of what is dumped or restored: a database, or one table of it. No selection at all means everything.
public struct ArchiveSelection: Sendable, Hashable, CustomStringConvertible {
    public let database: String
    /// `nil`: all tables.
    public let table: String?

    public init(database: String, table: String? = nil) {
        self.database = database
        self.table = table
    }

    /// `DB` or `DB.TABLE`, as on the command line; `nil` if a part is empty.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(database: parts[0], table: parts.count > 1 ? parts[1] : nil)
    }

    public var description: String { table.map { "\(database).\($0)" } ?? database }
}

extension [ArchiveSelection] {
    func covers(database: String) -> Bool {
        isEmpty || contains { $0.database == database }
    }

    func covers(table: String, in database: String) -> Bool {
        isEmpty || contains { $0.database == database && ($0.table == nil || $0.table == table) }
    }
}

/// The progress of a dump or a restore.
public struct ArchiveProgress: Sendable, Hashable {
    /// `DB.TABLE`.
    public let table: String
    /// Rows of that table done, of how many; `nil` if the archive doesn't say.
    public let rows: Int
    public let totalRows: Int?
}

/// The result of a dump or a restore.
public struct ArchiveSummary: Sendable, Hashable {
    public var databases = 0
    public var tables = 0
    public var rows = 0
    /// Tables that an earlier restore of the same archive had brought in.
    public var tablesAlreadyThere = 0
    /// What was left out, and why; for people.
    public var notes: [String] = []

    public init() {}
}
