/// FROM as a tree.
indirect enum FromNode {
    case entry(RangeEntry)
    case join(Join.Kind, FromNode, FromNode, Scalar?)

    var entries: [RangeEntry] {
        switch self {
        case .entry(let entry): [entry]
        case .join(_, let left, let right, _): left.entries + right.entries
        }
    }

    var positions: Set<Int> { Set(entries.flatMap(\.positions)) }

    /// Whether something in it is LATERAL to what fills one of the positions.
    func depends(on positions: Set<Int>) -> Bool {
        entries.contains { entry in
            guard case .query(_, _?, let operands) = entry.source else { return false }
            return operands.contains { !$0.positions.isDisjoint(with: positions) }
        }
    }
}
