/// FROM as a tree.
indirect enum FromNode {
    case entry(RangeEntry)
    case join(Join.Kind, FromNode, FromNode, Scalar?)
    /// Those rows that a condition is true for.
    case filtered(FromNode, Scalar)

    var entries: [RangeEntry] {
        switch self {
        case .entry(let entry): [entry]
        case .join(_, let left, let right, _): left.entries + right.entries
        case .filtered(let node, _): node.entries
        }
    }

    var positions: Set<Int> { Set(entries.flatMap(\.positions)) }

    /// The positions that its conditions, and what is LATERAL in it, ask for.
    var joinedBy: Set<Int> {
        switch self {
        case .entry(let entry):
            guard case .query(_, _?, let operands) = entry.source else { return [] }
            return operands.reduce(into: []) { $0.formUnion($1.positions) }
        case .join(_, let left, let right, let condition): return left.joinedBy.union(right.joinedBy).union(condition?.positions ?? [])
        case .filtered(let node, let condition): return node.joinedBy.union(condition.positions)
        }
    }

    /// Whether something in it is LATERAL to what fills one of the positions.
    func depends(on positions: Set<Int>) -> Bool {
        entries.contains { entry in
            guard case .query(_, _?, let operands) = entry.source else { return false }
            return operands.contains { !$0.positions.isDisjoint(with: positions) }
        }
    }
}
