import Ground

extension Snapshot {
    /// Whether a record within the ranges differs from an older state's, or is in one of the two states only.
    ///
    /// For each range the two trees are gone down side by side, as far as their pages differ: O(log n) for one in which there is little.
    package func differs(from older: Snapshot, in ranges: [KeyRange]) throws(StoreError) -> Bool {
        var differences = differences(from: older)
        for bounds in Bounds.joined(ranges) {
            differences.restart(bounds)
            if try differences.next() != nil { return true }
        }
        return false
    }
}

extension Bounds {
    /// Ranges in ascending order, apart from each other: those that touch become one.
    fileprivate static func joined(_ ranges: [KeyRange]) -> [Bounds] {
        var joined: [Bounds] = []
        joined.reserveCapacity(ranges.count)
        for range in ranges.map(Bounds.init).sorted(by: { precedes($0.lower ?? [], $1.lower ?? []) }) {
            guard let last = joined.last, last.upper.map({ !precedes($0, range.lower ?? []) }) ?? true else {
                joined.append(range)
                continue
            }
            if let upper = last.upper, range.upper.map({ precedes(upper, $0) }) ?? true { joined[joined.count - 1].upper = range.upper }
        }
        return joined
    }

    private static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        withBytes(left) { left in withBytes(right) { right in Bytes.compare(left, right) < 0 } }
    }
}
