/// Groups over a join that are each of one row of a table: the rows that are joined with it are grouped by what they are joined by, and
/// then there is a row of each group to be joined. None is made of each pair.
///
///     SELECT c.id, count(o.id) FROM customer c LEFT JOIN orders o ON o.customer = c.id GROUP BY c.id
enum EarlyGroups {
    /// Where the rows that are joined are not this many times as many, there is nothing to be gained.
    private static let leastRowsOfGroup = 4

    /// The plan of the groups; nil if they have to be made of joined rows.
    static func plan(_ plan: Plan, _ keys: [AggregatePlan.Key], _ calls: [AggregateCall], _ level: Level) -> Plan? {
        guard let join = plan as? JoinPlan ?? (plan as? IndexJoinPlan)?.expectedHash, join.condition == nil, !join.leftKeys.isEmpty,
            calls.allSatisfy(canBeEarly)
        else { return nil }
        let right = Set(join.rightPositions)
        for isLeft in [true, false] {
            guard join.kind == .inner || join.kind == (isLeft ? .left : .right) else { continue }
            let isOwn = { (scalar: Scalar) in
                isLeft ? scalar.positions.isDisjoint(with: right) : scalar.positions.isSubset(of: right)
            }
            let (own, others) = (join.children[isLeft ? 0 : 1], join.children[isLeft ? 1 : 0])
            let (ownKeys, otherKeys) = isLeft ? (join.leftKeys, join.rightKeys) : (join.rightKeys, join.leftKeys)
            guard let scan = own as? ScanPlan, scan.isWhole, others.estimate >= leastRowsOfGroup * own.estimate,
                keys.allSatisfy({ isOwn($0.scalar) && !$0.scalar.isVolatile }),
                ownKeys.allSatisfy({ joined in keys.contains { $0.scalar.isSame(as: joined) } }), isUnique(scan, ownKeys),
                calls.allSatisfy({ $0.operands.allSatisfy { !isOwn($0) } })
            else { continue }
            let groupKeys = otherKeys.map { AggregatePlan.Key(scalar: $0, position: level.allocate()) }
            let groups = AggregatePlan(
                others, keys: groupKeys, sets: [Array(groupKeys.indices)], calls: calls, setPosition: nil, level: level)
            let joined = JoinPlan(
                own, groups, join.kind == .inner ? .inner : .left, leftKeys: ownKeys,
                rightKeys: groupKeys.map { key in
                    let table = (key.scalar as? ColumnScalar)?.table
                    return ColumnScalar(key.position, key.scalar.type, name: ScalarText.of(key.scalar), table: table)
                }, condition: nil,
                rightPositions: (groupKeys.map(\.position) + calls.map(\.position)).sorted(), level: level)
            joined.rowEstimate = own.estimate
            return GroupRowsPlan(joined, keys, calls, met: groupKeys[0].position, level)
        }
        return nil
    }

    /// Whether it can be computed for rows that are joined with none: it doesn't fail.
    private static func canBeEarly(_ call: AggregateCall) -> Bool {
        guard call.filter == nil, !call.isDistinct, call.orderBy.isEmpty, call.operands.count == 1,
            let column = call.operands[0] as? ColumnScalar
        else { return false }
        switch call.function.name {
        case "count", "min", "max": return true
        case "sum", "avg": return column.type.oid == SQLType.numeric.oid || ColumnPlaces.isInteger(column.type)
        default: return false
        }
    }

    /// Whether no two rows of a table have the same values there.
    private static func isUnique(_ scan: ScanPlan, _ scalars: [Scalar]) -> Bool {
        let entry = scan.entry
        guard !entry.primaryKey.isEmpty, scan.table.declaration.primaryKey?.isDeferrable == false else { return false }
        return entry.primaryKey.allSatisfy { column in
            scalars.contains { ($0 as? ColumnScalar).map { $0.position == entry.positionIfUsed(column) } ?? false }
        }
    }
}

/// The rows of groups that were made early and joined with what they are of: with the values of their keys, and where none was met, with
/// what aggregates are of one row without values.
private final class GroupRowsPlan: Plan {
    private let keys: [AggregatePlan.Key]
    private let calls: [AggregateCall]
    /// A position that has a value where a group was met.
    private let met: Int
    private let level: Level

    init(_ child: Plan, _ keys: [AggregatePlan.Key], _ calls: [AggregateCall], met: Int, _ level: Level) {
        self.keys = keys
        self.calls = calls
        self.met = met
        self.level = level
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let source = try children[0].open(run)
        var ofNone: Row = []
        for call in calls {
            let state = AggregateState(call, run)
            try state.add(level.emptyRow, run)
            ofNone.append(try state.result(run))
        }
        return { () throws(SQLError) in
            guard var batch = try source() else { return nil }
            for index in batch.indices {
                var row: Row = []
                swap(&row, &batch[index])
                if row[self.met].isNull { for (call, value) in zip(self.calls, ofNone) { row[call.position] = value } }
                for key in self.keys { row[key.position] = try key.scalar.value(row, run) }
                batch[index] = row
            }
            return batch
        }
    }

    override var isShown: Bool { false }
}
