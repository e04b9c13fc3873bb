import Ground

/// A range of the tree's keys as two files compare it: by how many records there are, and by their digest.
public struct DigestedRange: Sendable, Hashable {
    /// No key of it sorts below this one.
    public let lower: [UInt8]
    /// All keys of it sort below this one; `nil`: it ends with the tree.
    public let upper: [UInt8]?
    public let count: Int
    /// 32 hexadecimal digits.
    public let digest: String

    public init(lower: [UInt8], upper: [UInt8]?, count: Int, digest: String) {
        self.lower = lower
        self.upper = upper
        self.count = count
        self.digest = digest
    }
}

/// A record as two files compare it.
public struct DigestedRecord: Sendable, Hashable {
    public let key: [UInt8]
    /// 32 hexadecimal digits, of key and value.
    public let digest: String
    /// As ``InspectedRecord`` has values; `nil` if it was not asked for.
    public let value: String?

    public init(key: [UInt8], digest: String, value: String?) {
        self.key = key
        self.digest = digest
        self.value = value
    }

    /// The key as ``ReadableKey`` has it.
    public var name: String { ReadableKey.text(of: key) }
}

// A number that stands for records, as 32 hexadecimal digits: with the same records it is the same, whatever became of the pages that they are
// in. It tells accidents, and is no signature: who chooses records on purpose can find others with its digest.
extension CatalogSnapshot {
    /// Whether digests are found without reading records. Files of earlier releases have none until they are upgraded
    /// (``Catalog/upgradeFormat()``).
    public var hasDigests: Bool { get throws(CatalogError) { try store.hasDigests } }

    /// The digest of all records whose keys begin so. O(log n) if ``hasDigests``, else these records are read.
    public func digest(prefix: String = "") throws(CatalogError) -> String { try store.digest(.prefix(ReadableKey.bytes(of: prefix))) }

    /// The first key behind all that begin so; `nil`: there is none.
    public static func end(ofPrefix prefix: [UInt8]) -> [UInt8]? { prefix.successorOfAllExtensions }

    /// The same for the documents of a table whose keys are within the bounds. Their keys have the table's id in them: it is the
    /// same in copies of the file.
    public func digest(
        in table: TableConfig, _ bounds: KeyBounds = .all, stoppedBy cancellation: Cancellation? = nil
    ) throws(CatalogError) -> String {
        try store.digest(try table.interval(of: bounds), stoppedBy: cancellation)
    }

    /// The records of a range of keys, from `lower` on, below `upper`.
    public func digested(
        _ lower: [UInt8], _ upper: [UInt8]?, stoppedBy cancellation: Cancellation? = nil
    ) throws(CatalogError) -> DigestedRange {
        let interval = KeyInterval(lower: lower, upper: upper)
        let digest = try store.digest(interval, stoppedBy: cancellation)
        return DigestedRange(lower: lower, upper: upper, count: try store.count(interval), digest: digest)
    }

    /// The same in parts of about as many records each: at most so many, side by side, one if there is no more than a record.
    public func digestedParts(
        _ lower: [UInt8], _ upper: [UInt8]?, atMost limit: Int, stoppedBy cancellation: Cancellation? = nil
    ) throws(CatalogError) -> [DigestedRange] {
        let interval = KeyInterval(lower: lower, upper: upper)
        let count = try store.count(interval)
        var digested: [DigestedRange] = []
        for part in try store.parts(of: interval, max(1, (count + limit - 1) / limit)) {
            digested.append(try self.digested(part.lower, part.upper, stoppedBy: cancellation))
        }
        return digested
    }

    /// The first records of a range, in the order of their keys: at most so many.
    public func digestedRecords(
        _ lower: [UInt8], _ upper: [UInt8]?, atMost limit: Int, withValues: Bool
    ) throws(CatalogError) -> [DigestedRecord] {
        var cursor = try store.cursor(KeyInterval(lower: lower, upper: upper))
        var records: [DigestedRecord] = []
        while records.count < limit, try cursor.next() {
            let key = cursor.keyBytes
            let value = withValues ? try cursor.value.readableText(at: key) : nil
            records.append(DigestedRecord(key: key, digest: try store.digest(.only(key)), value: value))
        }
        return records
    }
}
