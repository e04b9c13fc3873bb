import Ground

// Digests of ranges, from those that branches have of their children: O(log n), as ranks are found.

extension TreeView {
    /// Whether the digest of a range is found without reading all of it.
    var hasDigests: Bool {
        get throws(StoreError) {
            if root.isEmpty || root.level == 0 { return true }
            return try reader.page(root.reference, level: root.level).hasDigests
        }
    }

    /// The digest of the records of a range. Where branches have none, in files of before, what is below them is read.
    func digest(_ bounds: Bounds) throws(StoreError) -> RangeDigest {
        if root.isEmpty || bounds.isEmpty { return .zero }
        return try digest(root.reference, level: root.level, bounds.lower, bounds.upper)
    }

    private func digest(_ reference: PageReference, level: Int, _ lower: [UInt8]?, _ upper: [UInt8]?) throws(StoreError) -> RangeDigest {
        let page = try reader.page(reference, level: level)
        if level == 0 {
            let begin = lower.map { withBytes($0) { page.searchLeaf($0).index } } ?? 0
            let end = upper.map { withBytes($0) { page.searchLeaf($0).index } } ?? page.count
            return try reader.digest(leaf: page, begin..<max(begin, end))
        }
        let begin = lower.map { child(page, $0) } ?? 0
        let end = upper.map { child(page, $0) + 1 } ?? page.count
        var sum = RangeDigest.zero
        for index in begin..<max(begin, end) {
            let isCutBelow = lower != nil && index == begin
            let isCutAbove = upper != nil && index == end - 1
            if page.hasDigests && !isCutBelow && !isCutAbove {
                sum += page.digest(index)
            } else {
                sum += try digest(page.child(index), level: level - 1, isCutBelow ? lower : nil, isCutAbove ? upper : nil)
            }
        }
        return sum
    }

    private func child(_ page: Page, _ key: [UInt8]) -> Int {
        var known = 0
        return withBytes(key) { page.searchBranch($0, known: &known) }
    }
}
