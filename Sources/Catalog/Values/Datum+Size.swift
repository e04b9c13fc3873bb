// What values take of memory.
extension Datum {
    /// The most memory that a value takes. Whatever makes a larger one, by doubling a string or an array, fails with `tooLarge`.
    public static let maximumByteCount = 512 << 20

    /// How many bytes of memory keeping the value takes; next to nothing for a document that lies in its page. O(parts).
    public var heldByteCount: Int {
        let size = MemoryLayout<Datum>.stride
        switch kind {
        case .string, .binary: return size + node.byteCount
        case .array, .object:
            if let documentList { return documentList.reduce(size) { $0 + $1.heldByteCount } }
            if node.place == .stored { return owner is DatumTree ? size + node.byteCount : size }
            guard node.count > 0 else { return size }
            defer { withExtendedLifetime(owner) {} }
            let tree = rawTree
            let parts = node.lowestDescendant..<node.firstChild + node.childCount
            var total = size + parts.count * MemoryLayout<DatumNode>.stride
            for index in parts where tree[index].hasText { total += tree.textRange(tree[index]).count }
            return total
        default: return size
        }
    }

    /// Whether the value counts in its query's memory as long as it lives.
    package var isCharged: Bool { owner is ChargedDatumTree }

    /// What no array in the value has more elements than. O(documents) for documents in their stored form, exact otherwise.
    public var longestArrayBound: Int {
        if let documentList { return documentList.reduce(documentList.count) { max($0, $1.longestArrayBound) } }
        // In JSON an element and its comma have at least two bytes.
        return node.place == .stored ? node.byteCount / 2 : longestArrayCount
    }

    /// The elements of the longest array in the value; 0 if there is none. O(parts).
    public var longestArrayCount: Int {
        guard kind == .array || kind == .object else { return 0 }
        let datum = decoded
        guard datum.node.count > 0 else { return 0 }
        defer { withExtendedLifetime(datum) {} }
        let tree = datum.rawTree
        var longest = kind == .array ? datum.node.count : 0
        for index in datum.node.lowestDescendant..<datum.node.firstChild + datum.node.childCount where tree[index].kind == .array {
            longest = max(longest, tree[index].count)
        }
        return longest
    }
}
