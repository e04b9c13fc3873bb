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
            guard node.place != .stored, node.count > 0 else { return size }
            defer { withExtendedLifetime(owner) {} }
            let tree = rawTree
            let parts = node.lowestDescendant..<node.firstChild + node.childCount
            var total = size + parts.count * MemoryLayout<DatumNode>.stride
            for index in parts where tree[index].kind == .string || tree[index].kind == .binary { total += tree[index].byteCount }
            return total
        default: return size
        }
    }
}
