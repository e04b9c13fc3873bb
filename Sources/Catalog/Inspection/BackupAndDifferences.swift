/// The result of a backup.
public struct BackupSummary: Sendable, Hashable {
    /// The state that was copied.
    public let transaction: UInt64
    /// Records of the tree: documents, index entries and metadata.
    public let records: UInt64
    /// Pages that hold something, and bytes of the copy with those that don't.
    public let pages: UInt64
    public let fileBytes: UInt64
}

/// One record that differs between two states, as text.
public struct InspectedDifference: Sendable, Hashable {
    /// As ``ReadableKey`` has it.
    public let key: String
    /// As ``InspectedRecord`` has values; `nil` where there is no record.
    public let old: String?
    public let new: String?

    public init(key: String, old: String?, new: String?) {
        self.key = key
        self.old = old
        self.new = new
    }
}

/// Goes through what is different between two states, in key order. Holds both. For one thread at a time.
public final class DifferenceCursor {
    private var differences: KeyValueDifferences

    init(_ differences: KeyValueDifferences) {
        self.differences = differences
    }

    /// The next difference, `nil` at the end.
    public func next() throws(CatalogError) -> InspectedDifference? {
        while let (key, old, new) = try differences.next() {
            // What is of one file alone is no difference between two.
            if key.starts(with: CatalogKeys.local.utf8) { continue }
            return InspectedDifference(
                key: ReadableKey.text(of: key), old: old?.readableText(at: key), new: new?.readableText(at: key))
        }
        return nil
    }
}

extension Catalog {
    /// Copies everything committed to a file of its own, page by page, while others read and write. The copy is complete and synced
    /// before it gets its name. It has this file's ``fileID``: it is to take its place some day, not to be written beside it.
    ///
    /// - Parameter replacing: whether a file at `path` may be replaced.
    /// - Throws: `.io` if there is a file and it may not be replaced, or it can't be written; `.corrupt` if a page is damaged, as a copy
    ///   of it would be no backup; `.diskFull`. Then there is no copy.
    @discardableResult
    public func backup(to path: String, replacing: Bool = false) throws(CatalogError) -> BackupSummary {
        try store.backup(to: path, replacing: replacing)
    }
}

extension CatalogSnapshot {
    /// What is different here from an older state, of this file or of another one. States of one file and of its backups share
    /// pages, and shared pages are not read.
    public func differences(from older: CatalogSnapshot) -> DifferenceCursor {
        DifferenceCursor(store.differences(from: older.store))
    }
}
