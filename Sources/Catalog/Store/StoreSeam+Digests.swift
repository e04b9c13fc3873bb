import BTreeStore

// What ranges of keys are compared by.

extension KeyValueSnapshot {
    /// Whether digests are found without reading records.
    var hasDigests: Bool {
        get throws(CatalogError) { try translating { () throws(StoreError) in try snapshot.hasDigests } }
    }

    /// The digest of the records within the interval, as 32 hexadecimal digits. O(log n) where digests are kept; else these records are
    /// read, in parts, between which it is asked whether to go on.
    func digest(_ interval: KeyInterval, stoppedBy cancellation: Cancellation? = nil) throws(CatalogError) -> String {
        notes?.note(interval)
        if view != nil { throw CatalogError.notOfEngine("digests") }
        var sum = RangeDigest.zero
        for part in try hasDigests ? [interval] : try parts(of: interval, 32_768) {
            if let cancellation, cancellation.isCancelled { throw Cancellation.error }
            sum += try translating { () throws(StoreError) in try snapshot.digest(KeyRange(part)) }
        }
        return sum.description
    }

    /// The interval, cut behind each so many records: parts side by side, of which the last one may have fewer.
    func parts(of interval: KeyInterval, _ recordCount: Int) throws(CatalogError) -> [KeyInterval] {
        var parts: [KeyInterval] = []
        var rest = interval
        var cursor = try cursor(interval)
        while true {
            try cursor.skip(recordCount - (parts.isEmpty ? 0 : 1))
            guard try cursor.next() else { return parts + [rest] }
            let key = cursor.keyBytes
            parts.append(KeyInterval(lower: rest.lower, upper: key))
            rest.lower = key
        }
    }
}
