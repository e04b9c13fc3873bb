import Ground

/// DISTINCT: the first of equal rows.
///
/// Rows whose keys have no room in the table go to files, in parts by the hash of the key; then each part has a table of its own.
final class DistinctPlan: Plan {
    private let types: [SQLType]

    init(_ child: Plan, _ types: [SQLType]) {
        self.types = types
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let seen = SeenRows(run, width: types.count)
        let source = try children[0].open(run)
        let keys = RowKeys(columns: types, run)
        var key = ByteBuffer(capacity: 64)
        var isOver = false
        return { () throws(SQLError) in
            while !isOver {
                guard let batch = try source() else {
                    isOver = true
                    break
                }
                try run.check()
                var new: [Row] = []
                for row in batch {
                    try keys.make(row, run, &key)
                    if try seen.isNew(row, key.raw) { new.append(row) }
                }
                if !new.isEmpty { return new }
            }
            return try seen.later()
        }
    }

    override var title: String { "HashAggregate" }
    override func details(_ text: ScalarText) -> [String] { Self.groupKey(of: children[0], text) }

    static func groupKey(of plan: Plan, _ text: ScalarText) -> [String] {
        guard let project = plan as? ProjectPlan else { return [] }
        return ["Group Key: " + project.scalars.map(text.of).joined(separator: ", ")]
    }
}

/// Tells rows that were not there before, as far as it can; the others come ``later()``.
final class SeenRows {
    private let run: Run
    private let width: Int
    private var table = KeyTable()
    private let held: HeldBytes
    private var isFull = false
    private var level = 0
    private var parts: RowPartitions?
    private var waiting: [(list: RowList, level: Int)] = []
    private var reader: RowList.Reader?

    init(_ run: Run, width: Int) {
        self.run = run
        self.width = width
        held = HeldBytes(run)
    }

    /// False, too, for a row that may be new, but is put aside.
    func isNew(_ row: Row, _ key: Bytes) throws(SQLError) -> Bool {
        if isFull {
            if table.find(key) != nil { return false }
            let parts = if let parts { parts } else { RowPartitions(run, try SpillFile(run), level: level) }
            self.parts = parts
            try parts.append(row, key: key)
            return false
        }
        let isNew = table.insert(key).isNew
        if isNew, try !held.set(table.byteCount) { isFull = try held.canDivide(level) }
        return isNew
    }

    /// The next rows of those that were put aside; nil if there are no more.
    func later() throws(SQLError) -> [Row]? {
        while true {
            if let reader {
                var new: [Row] = []
                while new.count < Plan.batchCount, try reader.next() {
                    let row = reader.row(capacity: width)
                    if try reader.withKey({ key throws(SQLError) in try isNew(row, key) }) { new.append(row) }
                }
                if !new.isEmpty { return new }
                self.reader = nil
            }
            if let parts {
                try parts.finish()
                waiting += parts.lists.filter { $0.count > 0 }.map { ($0, level + 1) }
                self.parts = nil
            }
            guard let next = waiting.popLast() else { return nil }
            table = KeyTable()
            isFull = false
            level = next.level
            _ = try held.set(0)
            reader = next.list.reader()
        }
    }
}

/// UNION, INTERSECT, EXCEPT of two queries with the same columns.
final class CombinePlan: Plan {
    private let operation: Combination.Operation
    private let keepsDuplicates: Bool
    private let types: [SQLType]

    init(_ left: Plan, _ right: Plan, _ types: [SQLType], _ operation: Combination.Operation, keepsDuplicates: Bool) {
        self.operation = operation
        self.keepsDuplicates = keepsDuplicates
        self.types = types
        var parts = [left]
        // The parts of a UNION of UNIONs are all alike.
        if operation == .union, let inner = left as? CombinePlan, inner.operation == .union, inner.keepsDuplicates || !keepsDuplicates {
            parts = inner.keepsDuplicates ? inner.children : inner.children[0].children
        }
        parts.append(right)
        super.init(operation == .union && !keepsDuplicates ? [AppendPlan(parts)] : parts)
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        if operation == .union {
            return try keepsDuplicates ? AppendPlan(children).open(run) : DistinctPlan(children[0], types).open(run)
        }
        let matching = SetMatching(run, types, isIntersection: operation == .intersect, keepsDuplicates: keepsDuplicates)
        try matching.begin(right: children[1].open(run), left: children[0].open(run))
        return { () throws(SQLError) in try matching.next() }
    }

    override var title: String {
        switch operation {
        case .union: keepsDuplicates ? "Append" : "HashAggregate"
        case .intersect: "HashSetOp Intersect" + (keepsDuplicates ? " All" : "")
        case .except: "HashSetOp Except" + (keepsDuplicates ? " All" : "")
        }
    }
    override func details(_ text: ScalarText) -> [String] {
        guard operation == .union, !keepsDuplicates else { return [] }
        return DistinctPlan.groupKey(of: children[0].children[0], text)
    }
    override var estimate: Int { children.reduce(0) { $0 + $1.estimate } }
}

/// The rows of one plan after the other.
private final class AppendPlan: Plan {
    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        var left = children[...]
        var source: RowSource?
        return { () throws(SQLError) in
            while true {
                if let batch = try source?() { return batch }
                guard let next = left.popFirst() else { return nil }
                source = try next.open(run)
            }
        }
    }

    override var title: String { "Append" }
    override var estimate: Int { children.reduce(0) { $0 + $1.estimate } }
}

/// INTERSECT and EXCEPT: a table of the right side's rows, and the left side's going past it. What has no room in the table waits in files.
private final class SetMatching {
    private let run: Run
    private let keys: RowKeys
    private let width: Int
    private let isIntersection: Bool
    private let keepsDuplicates: Bool
    private var table = KeyTable()
    /// How many rows of the right side there are of each key, less those that were taken; 0 for keys of the left side only.
    private var counts: [Int] = []
    /// Keys that were handed out, or are never to be.
    private var isDone: [Bool] = []
    private let held: HeldBytes
    private var isFull = false
    private var level = 0
    private var left = JoinRows()
    private var rights: RowPartitions?
    private var lefts: RowPartitions?
    private var waiting: [(left: RowList, right: RowList, level: Int)] = []

    init(_ run: Run, _ types: [SQLType], isIntersection: Bool, keepsDuplicates: Bool) {
        self.run = run
        keys = RowKeys(columns: types, run)
        width = types.count
        self.isIntersection = isIntersection
        self.keepsDuplicates = keepsDuplicates
        held = HeldBytes(run)
    }

    func begin(right: @escaping RowSource, left: @escaping RowSource) throws(SQLError) {
        try fill(JoinRows(right, keys, run))
        self.left = JoinRows(left, keys, run)
    }

    private func fill(_ right: JoinRows) throws(SQLError) {
        while try right.next() {
            if let index = try number(right.key.raw) {
                counts[index] += 1
            } else {
                try divide()
                try rights?.append(right.row, key: right.key.raw)
            }
        }
    }

    private func divide() throws(SQLError) {
        guard rights == nil else { return }
        rights = RowPartitions(run, try SpillFile(run), level: level)
        lefts = RowPartitions(run, try SpillFile(run), level: level)
    }

    /// The number of a key, new or not; nil if there is no room for it.
    private func number(_ key: Bytes) throws(SQLError) -> Int? {
        if isFull { return table.find(key) }
        let (index, isNew) = table.insert(key)
        if isNew {
            counts.append(0)
            isDone.append(false)
            if try !held.set(table.byteCount + counts.count * 12) { isFull = try held.canDivide(level) }
        }
        return index
    }

    func next() throws(SQLError) -> [Row]? {
        var rows: [Row] = []
        while true {
            while try left.next() {
                if try takes(left.row, left.key.raw) { rows.append(left.row) }
                if rows.count == Plan.batchCount { return rows }
            }
            if let lefts, let rights {
                try lefts.finish()
                try rights.finish()
                for (left, right) in zip(lefts.lists, rights.lists) where left.count > 0 { waiting.append((left, right, level + 1)) }
                (self.lefts, self.rights) = (nil, nil)
            }
            guard let part = waiting.popLast() else { return rows.isEmpty ? nil : rows }
            table = KeyTable()
            (counts, isDone, isFull, level) = ([], [], false, part.level)
            _ = try held.set(0)
            try fill(JoinRows(part.right, width))
            left = JoinRows(part.left, width)
        }
    }

    private func takes(_ row: Row, _ key: Bytes) throws(SQLError) -> Bool {
        // Where nothing was put aside, a key that is not among the right side's need not be known.
        if keepsDuplicates || isIntersection, rights == nil {
            guard let index = table.find(key) else { return !isIntersection }
            return decide(index)
        }
        guard let index = try number(key) else {
            try divide()
            try lefts?.append(row, key: key)
            return false
        }
        return decide(index)
    }

    private func decide(_ index: Int) -> Bool {
        let isAmongRight = counts[index] > 0
        if keepsDuplicates {
            if isAmongRight { counts[index] -= 1 }
            return isAmongRight == isIntersection
        }
        guard isAmongRight == isIntersection, !isDone[index] else { return false }
        isDone[index] = true
        return true
    }
}
