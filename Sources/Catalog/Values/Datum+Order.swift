import Ground

extension Datum: Comparable, Hashable {
    /// ReQL's total order: below zero, zero or above.
    ///
    /// By type first (in the order of ``DatumKind``), then: arrays element by element, false before true, numbers by value,
    /// objects pair by pair in key order (key, then value), binary and strings by their bytes, times by their instant. Where
    /// one is a prefix of the other, the shorter comes first.
    public static func compare(_ a: Datum, _ b: Datum) -> Int {
        if a.kind != b.kind { return a.kind < b.kind ? -1 : 1 }
        if a.node.place == .stored || b.node.place == .stored {
            if a.isStoredDocument, b.isStoredDocument, a.stored.bytes == b.stored.bytes { return 0 }
            return compare(a.decoded, b.decoded)
        }
        defer {
            withExtendedLifetime(a.owner) {}
            withExtendedLifetime(b.owner) {}
        }
        return compare(a.node, a.rawTree, b.node, b.rawTree)
    }

    /// Recursion is bounded by ``maximumDepth``.
    private static func compare(_ a: DatumNode, _ treeA: RawTree, _ b: DatumNode, _ treeB: RawTree) -> Int {
        if a.kind != b.kind { return a.kind < b.kind ? -1 : 1 }
        switch a.kind {
        case .minval, .maxval, .null: return 0
        case .bool: return Int(a.payload) - Int(b.payload)
        case .number, .time:
            if a.number < b.number { return -1 }
            if a.number > b.number { return 1 }
            // Numbers of one nearest double: most often the double itself.
            return a.hasDigits || b.hasDigits ? DecimalNumber.compare(treeA.decimal(a), treeB.decimal(b)) : 0
        case .string, .binary: return Bytes.compare(treeA.bytes(a), treeB.bytes(b))
        case .array, .object:
            for index in 0..<min(a.childCount, b.childCount) {
                let order = compare(treeA[a.firstChild + index], treeA, treeB[b.firstChild + index], treeB)
                if order != 0 { return order }
            }
            return a.childCount - b.childCount
        }
    }

    public static func == (a: Datum, b: Datum) -> Bool { compare(a, b) == 0 }
    public static func < (a: Datum, b: Datum) -> Bool { compare(a, b) < 0 }

    public func hash(into hasher: inout Hasher) {
        let datum = decoded
        defer { withExtendedLifetime(datum) {} }
        Self.hash(datum.node, datum.rawTree, into: &hasher)
    }

    private static func hash(_ node: DatumNode, _ tree: RawTree, into hasher: inout Hasher) {
        hasher.combine(node.kind.rawValue)
        switch node.kind {
        case .minval, .maxval, .null: break
        case .bool: hasher.combine(node.payload)
        case .number, .time: hasher.combine(node.number)  // hashes −0 as 0
        case .string, .binary:
            hasher.combine(node.byteCount)
            tree.bytes(node).hash(into: &hasher)
        case .array, .object:
            hasher.combine(node.count)
            for index in 0..<node.childCount { hash(tree[node.firstChild + index], tree, into: &hasher) }
        }
    }

    /// Whether the two are stored alike: equal, and the zones of times and the signs of zeros too.
    public func isIdentical(to other: Datum) -> Bool {
        if isStoredDocument, other.isStoredDocument { return stored.bytes == other.stored.bytes }
        guard kind == other.kind else { return false }
        let a = decoded
        let b = other.decoded
        defer {
            withExtendedLifetime(a) {}
            withExtendedLifetime(b) {}
        }
        return Self.isIdentical(a.node, a.rawTree, b.node, b.rawTree)
    }

    private static func isIdentical(_ a: DatumNode, _ treeA: RawTree, _ b: DatumNode, _ treeB: RawTree) -> Bool {
        guard a.kind == b.kind else { return false }
        switch a.kind {
        case .minval, .maxval, .null: return true
        case .bool: return a.payload == b.payload
        case .number:
            guard a.payload == b.payload, a.hasDigits == b.hasDigits else { return false }
            return !a.hasDigits || treeA.digits(a) == treeB.digits(b)
        case .time: return a.payload == b.payload && a.length == b.length
        case .string, .binary: return treeA.bytes(a) == treeB.bytes(b)
        case .array, .object:
            guard a.count == b.count else { return false }
            for index in 0..<a.childCount
            where !isIdentical(treeA[a.firstChild + index], treeA, treeB[b.firstChild + index], treeB) {
                return false
            }
            return true
        }
    }
}
