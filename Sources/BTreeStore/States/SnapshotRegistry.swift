import Ground

/// The states that are being read, with the number of snapshots of each.
struct SnapshotRegistry {
    struct Entry {
        var transaction: TransactionID
        var snapshots: Int
        var began: MonotonicTime
    }

    /// In ascending order.
    private(set) var entries: [Entry] = []

    /// - Returns: whether this is the state's first snapshot.
    mutating func begin(_ transaction: TransactionID) -> Bool {
        // Nearly always it is the newest state.
        if let last = entries.last, last.transaction == transaction {
            entries[entries.count - 1].snapshots += 1
            return false
        }
        let index = entries.firstIndex { $0.transaction >= transaction } ?? entries.count
        if index < entries.count && entries[index].transaction == transaction {
            entries[index].snapshots += 1
            return false
        }
        entries.insert(Entry(transaction: transaction, snapshots: 1, began: .now), at: index)
        return true
    }

    /// - Returns: whether there was one.
    mutating func end(_ transaction: TransactionID) -> Bool {
        guard let index = entries.lastIndex(where: { $0.transaction == transaction }) else { return false }
        entries[index].snapshots -= 1
        if entries[index].snapshots == 0 { entries.remove(at: index) }
        return true
    }

    /// Adds the snapshots of another registry.
    mutating func add(_ other: SnapshotRegistry) {
        for entry in other.entries {
            if let index = entries.firstIndex(where: { $0.transaction >= entry.transaction }) {
                if entries[index].transaction == entry.transaction {
                    entries[index].snapshots += entry.snapshots
                    entries[index].began = min(entries[index].began, entry.began)
                } else {
                    entries.insert(entry, at: index)
                }
            } else {
                entries.append(entry)
            }
        }
    }
}
