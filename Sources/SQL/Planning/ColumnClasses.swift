/// Columns of integers that equalities make one: of `a = b AND b = c` all three, so that a table may be joined by any of the others.
struct ColumnClasses {
    /// Of each position the least of its class; columns that stand alone are not there.
    private var roots: [Int: Int] = [:]
    /// The equalities that follow from those that were said.
    private(set) var implied: [Scalar] = []

    /// More columns have more pairs than are of use.
    private static let mostColumns = 8

    init() {}

    init(_ conditions: [Scalar]) {
        var columns: [Int: ColumnScalar] = [:]
        var pairs: Set<[Int]> = []
        for condition in conditions {
            guard let (one, other) = Self.columns(condition) else { continue }
            (columns[one.position], columns[other.position]) = (one, other)
            pairs.insert([one.position, other.position].sorted())
            let (left, right) = (root(one.position), root(other.position))
            for (position, root) in roots where root == max(left, right) { roots[position] = min(left, right) }
            (roots[one.position], roots[other.position]) = (min(left, right), min(left, right))
        }
        for (_, members) in Dictionary(grouping: roots.keys.sorted(), by: root).sorted(by: { $0.key < $1.key }) where members.count > 2 {
            guard members.count <= Self.mostColumns else {
                // Without all of its pairs, two of its columns may stand beside each other before anything has said that they are equal.
                for member in members { roots[member] = nil }
                continue
            }
            for (index, one) in members.enumerated() {
                for other in members.dropFirst(index + 1) where !pairs.contains([one, other]) {
                    guard let left = columns[one], let right = columns[other] else { continue }
                    implied.append(CompareScalar(.equal, left, right))
                }
            }
        }
    }

    private func root(_ position: Int) -> Int { roots[position] ?? position }

    /// The columns that a condition says are equal.
    private static func columns(_ condition: Scalar) -> (ColumnScalar, ColumnScalar)? {
        guard let comparison = condition as? CompareScalar, comparison.relation == .equal,
            let one = comparison.operands[0] as? ColumnScalar, let other = comparison.operands[1] as? ColumnScalar,
            one.position != other.position, one.type.oid == other.type.oid, ColumnPlaces.isInteger(one.type)
        else { return nil }
        return (one, other)
    }

    /// Without the equalities that say nothing more where rows of a part meet those of others: of each of its columns one is enough, as all
    /// that stand beside it are equal already.
    func deduplicated(_ equalities: [Scalar], of part: Set<Int>) -> [Scalar] {
        if roots.isEmpty { return equalities }
        var met: Set<Int> = []
        return equalities.filter { condition in
            guard let (one, other) = Self.columns(condition), roots[one.position] != nil,
                part.contains(one.position) != part.contains(other.position)
            else { return true }
            return met.insert(part.contains(one.position) ? one.position : other.position).inserted
        }
    }

    /// Whether a column is equal to others.
    func has(_ scalar: Scalar) -> Bool { (scalar as? ColumnScalar).map { roots[$0.position] != nil } ?? false }
}
