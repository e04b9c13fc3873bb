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
}
