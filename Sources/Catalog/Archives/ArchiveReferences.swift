/// Which tables of an archive have to be restored before others: rows of a table that is there already are held to its foreign keys.
struct ArchiveReferences {
    private var ids: [TarReader.Member: String] = [:]
    private var references: [TarReader.Member: Set<String>] = [:]
    private var waiting: Set<String> = []

    /// - Parameter referred: the ids of the tables to which its foreign keys refer.
    mutating func note(_ member: TarReader.Member, _ id: String, _ referred: Set<String>) {
        ids[member] = id
        references[member] = referred.subtracting([id])
        waiting.insert(id)
    }

    /// Whether a table's rows may refer to some that are still to come.
    func waits(_ member: TarReader.Member) -> Bool { !(references[member] ?? []).isDisjoint(with: waiting) }

    mutating func isThere(_ member: TarReader.Member) {
        if let id = ids[member] { waiting.remove(id) }
    }

    /// No table waits any longer. Returns whether one did.
    mutating func give() -> Bool {
        defer { waiting = [] }
        return !waiting.isEmpty
    }
}
