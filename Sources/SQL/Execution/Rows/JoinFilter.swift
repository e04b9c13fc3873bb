import Catalog

/// What the table of a join tells of the rows that are to go past it: the integers among which a key of theirs has to be.
///
/// The scan that a key comes from looks at the bytes of its documents for that, so that no row is made of one that meets none.
struct JoinFilter {
    let position: Int
    let numbers: IntegerSet

    /// More keys are not worth the memory.
    private static let mostKeys = 1 << 19

    /// Calls `body`, which opens the left side, while its scans know what they have to look for.
    static func applying<Result>(
        _ plan: JoinPlan, _ table: JoinTable, _ run: Run, _ body: () throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        var scans: [ObjectIdentifier] = []
        defer { for scan in scans { run.joinFilters[scan]?.removeLast() } }
        if plan.kind == .inner || plan.kind == .right, table.keyCount <= mostKeys {
            for (place, key) in plan.leftKeys.enumerated() {
                // The numbers of a key stand where they do only behind others of their width.
                guard ColumnPlaces.isInteger(plan.rightKeys[place].type), ColumnPlaces.isInteger(key.type) else { break }
                guard let column = column(key), let scan = plan.children[0].scan(filling: column.position) else { continue }
                let numbers = IntegerSet(table.integers(place))
                guard run.hasRoom(for: numbers.byteCount) else { break }
                run.joinFilters[ObjectIdentifier(scan), default: []].append(JoinFilter(position: column.position, numbers: numbers))
                scans.append(ObjectIdentifier(scan))
            }
        }
        return try body()
    }

    /// The column whose integers an expression is.
    private static func column(_ scalar: Scalar) -> ColumnScalar? {
        var scalar = scalar
        while scalar is RelabeledScalar || scalar is CastScalar {
            guard ColumnPlaces.isInteger(scalar.type, asWideAs: scalar.operands[0].type) else { return nil }
            scalar = scalar.operands[0]
        }
        return (scalar as? ColumnScalar).flatMap { ColumnPlaces.isInteger($0.type) ? $0 : nil }
    }
}
