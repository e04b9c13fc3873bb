/// Conditions that follow from what WHERE and ON say, and help to find rows and to join tables.
enum ConditionRewrites {
    private static let mostBranches = 20

    /// What all sides of an OR have in common stands beside it: `a AND b OR a AND c` is `a AND (b OR c)`.
    static func factored(_ condition: Scalar) -> [Scalar] {
        guard condition is OrScalar, condition.operands.count <= mostBranches else { return [condition] }
        let branches = condition.operands.map(AndScalar.conditions(of:))
        let common = branches[0].filter { one in
            branches.dropFirst().allSatisfy { branch in branch.contains { $0.isSame(as: one) } }
        }
        if common.isEmpty { return [condition] }
        var rests: [Scalar] = []
        for branch in branches {
            let rest = branch.filter { one in !common.contains { $0.isSame(as: one) } }
            // Where nothing is left of a side, the others say nothing more.
            guard let joined = AndScalar.joining(rest) else { return common }
            rests.append(joined)
        }
        return common + [OrScalar(rests)]
    }

    /// What an OR over several tables says of one of them: of `a.x = 1 AND b.y = 2 OR a.x = 3 AND b.y = 4` that a.x is 1 or 3.
    static func restriction(_ condition: Scalar, to positions: Set<Int>) -> Scalar? {
        guard condition is OrScalar, condition.operands.count <= mostBranches, !condition.positions.isSubset(of: positions) else {
            return nil
        }
        var sides: [Scalar] = []
        for branch in condition.operands {
            let own = AndScalar.conditions(of: branch).filter { part in
                let used = part.positions
                return !used.isEmpty && used.isSubset(of: positions) && !part.isVolatile && !part.hasSubquery
            }
            guard let joined = AndScalar.joining(own) else { return nil }
            sides.append(joined)
        }
        return OrScalar(sides)
    }
}
