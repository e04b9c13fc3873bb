import Ground

/// One execution of a ``JoinPlan``.
///
/// The right side's rows are kept in a table, and the left side's go past it. Where the right side is too large for memory, both are
/// divided by the hash of their keys into files, and then part is joined with part. A part that can't be divided (most of its rows have
/// one key, or there are no keys) is joined piece by piece: as much of the right side as fits, with all of the left side each time.
final class HashJoin {
    private let plan: JoinPlan
    private let run: Run
    private let keepsLeft: Bool
    private let keepsRight: Bool
    /// Of a join without equalities: every row meets every other.
    private let meetsAll: Bool
    private var table: JoinTable
    private var left: JoinRows
    /// What of the right side comes after the piece that is in the table.
    private var rest: JoinRows?
    /// The left side's rows, if there are several pieces, and which of them have met others.
    private var leftList: RowList?
    private var leftMatches: [Bool] = []
    private var leftIndex = -1
    private let leftMatchesHeld: HeldBytes
    /// Parts that are still to be joined.
    private var parts: [Part] = []
    /// The next row of the table that may be left over.
    private var leftover: Int?
    /// The row of the left side whose partners are being joined: a row of the table, −1 at their end.
    private var partner = -1
    private var hasMatch = false
    /// What the batch in the making has from the right side.
    private var joinedByteCount = 0
    private var isOver = false

    private struct Part {
        let left: RowList
        let right: RowList
        let level: Int
    }

    /// - Parameter openLeft: the rows of the left side, if they were begun already; as of the right side.
    init(_ plan: JoinPlan, _ run: Run, _ openLeft: RowSource?, _ openRight: RowSource?) throws(SQLError) {
        self.plan = plan
        self.run = run
        keepsLeft = plan.kind == .left || plan.kind == .full
        keepsRight = plan.kind == .right || plan.kind == .full
        meetsAll = plan.leftKeys.isEmpty
        table = JoinTable(plan, run)
        leftMatchesHeld = HeldBytes(run)
        let right = JoinRows(try openRight.or(plan.children[1], run), plan.rightKeys, run)
        left = JoinRows()
        if try fill(from: right) {
            // Where there is nothing to meet, nothing of the left side is looked at.
            if table.count == 0, !keepsLeft { return }
            if let openLeft {
                left = JoinRows(openLeft, plan.leftKeys, run)
            } else {
                let source = try JoinFilter.applying(plan, table, run) { () throws(SQLError) in try plan.children[0].open(run) }
                left = JoinRows(source, plan.leftKeys, run)
            }
        } else {
            let left = JoinRows(try openLeft.or(plan.children[0], run), plan.leftKeys, run)
            if meetsAll {
                let file = try SpillFile(run)
                let list = RowList(run, file)
                while try left.next() { try list.append(left.row, key: left.key.raw) }
                try list.finish()
                try joinByPieces(list, rest: right)
            } else {
                try divide(left, right, level: 0)
                try beginPart()
            }
        }
    }

    /// Fills the table until it is full; true if all rows are in it.
    private func fill(from right: JoinRows) throws(SQLError) -> Bool {
        while try right.next() {
            if right.key.isEmpty, !meetsAll, !keepsRight { continue }
            if try !table.add(right.row, right.key.raw) { return false }
        }
        return true
    }

    // MARK: Parts

    /// Divides what is in the table and the rest of both sides.
    private func divide(_ left: JoinRows, _ right: JoinRows, level: Int) throws(SQLError) {
        let (leftFile, rightFile) = (try SpillFile(run), try SpillFile(run))
        let rights = RowPartitions(run, rightFile, level: level)
        try table.forEach { key, row throws(SQLError) in try rights.append(key: key, row: row) }
        table = JoinTable(plan, run)
        // The row that did not fit comes first.
        repeat {
            if right.key.isEmpty, !keepsRight { continue }
            try rights.append(plan.rightPositions.map { right.row[$0] }, key: right.key.raw)
        } while try right.next()
        try rights.finish()
        let lefts = RowPartitions(run, leftFile, level: level)
        while try left.next() {
            if left.key.isEmpty, !keepsLeft { continue }
            try lefts.append(left.row, key: left.key.raw)
        }
        try lefts.finish()
        for (left, right) in zip(lefts.lists, rights.lists).reversed() where left.count > 0 || right.count > 0 {
            parts.append(Part(left: left, right: right, level: level + 1))
        }
    }

    private func beginPart() throws(SQLError) {
        guard let part = parts.popLast() else {
            isOver = true
            return
        }
        table = JoinTable(plan, run)
        let right = JoinRows(part.right, plan.level.width, positions: plan.rightPositions)
        if try fill(from: right) {
            left = JoinRows(part.left, plan.level.width)
        } else if part.level < RowPartitions.deepest, table.keyCount > RowPartitions.count {
            try divide(JoinRows(part.left, plan.level.width), right, level: part.level)
            try beginPart()
        } else {
            try joinByPieces(part.left, rest: right)
        }
    }

    /// Begins with the piece that is in the table.
    private func joinByPieces(_ list: RowList, rest: JoinRows) throws(SQLError) {
        self.rest = rest
        leftList = list
        leftIndex = -1
        if keepsLeft {
            _ = try leftMatchesHeld.set(list.count)
            leftMatches = Array(repeating: false, count: list.count)
        }
        left = JoinRows(list, plan.level.width)
    }

    /// Behind the last row of the left side: the next piece of the right side, or the next part.
    private func goOn() throws(SQLError) {
        if let pending = rest, let leftList {
            table = JoinTable(plan, run)
            // The row that did not fit comes first.
            _ = try table.add(pending.row, pending.key.raw, isForced: true)
            if try fill(from: pending) { rest = nil }
            left = JoinRows(leftList, plan.level.width)
            leftIndex = -1
            return
        }
        leftList = nil
        leftMatches = []
        try beginPart()
    }

    // MARK: Rows

    func next() throws(SQLError) -> [Row]? {
        var joined: [Row] = []
        joinedByteCount = 0
        while joined.count < Plan.batchCount, joinedByteCount < Plan.batchByteCount, !isOver {
            if let index = leftover {
                try addLeftovers(from: index, &joined)
            } else if partner >= 0 {
                try joinPartners(&joined)
            } else if try left.next() {
                leftIndex += 1
                hasMatch = leftList != nil && keepsLeft && leftMatches[leftIndex]
                partner = meetsAll ? table.first : left.key.isEmpty ? -1 : table.first(left.key.raw)
                if partner < 0 { finishLeft(&joined) }
            } else {
                leftover = keepsRight ? 0 : nil
                if leftover == nil { try goOn() }
            }
        }
        return joined.isEmpty ? nil : joined
    }

    private func joinPartners(_ joined: inout [Row]) throws(SQLError) {
        if meetsAll { try run.check() }
        var both: Row = []
        var isRefused = false
        while partner >= 0, joined.count < Plan.batchCount, joinedByteCount < Plan.batchByteCount {
            let index = partner
            partner = table.next(index)
            if partner < 0, !keepsLeft || plan.condition == nil {
                // Whoever has a row alone can put values into it. Where it may be kept without a partner, it is needed once more.
                both = left.takeRow()
            } else if !isRefused {
                both = left.row
            }
            table.place(index, &both)
            if let condition = plan.condition, try !condition.isTrue(both, run) {
                // Nobody has kept it: the next partner's values go to the places of this one's.
                isRefused = true
                continue
            }
            isRefused = false
            hasMatch = true
            if keepsRight { table.matches[index] = true }
            joined.append(both)
            joinedByteCount += table.byteCount(index)
        }
        if partner < 0 { finishLeft(&joined) }
    }

    private func finishLeft(_ joined: inout [Row]) {
        if leftList != nil, keepsLeft { leftMatches[leftIndex] = hasMatch }
        if keepsLeft, !hasMatch, rest == nil { joined.append(left.row) }
    }

    /// Rows of the right side that have met none.
    private func addLeftovers(from start: Int, _ joined: inout [Row]) throws(SQLError) {
        var index = start
        while index < table.count, joined.count < Plan.batchCount {
            if !table.matches[index] {
                var row = plan.level.emptyRow
                table.place(index, &row)
                joined.append(row)
            }
            index += 1
        }
        leftover = index < table.count ? index : nil
        if leftover == nil { try goOn() }
    }
}

/// Rows of one side, each with its key; an empty key for one with a NULL in it.
final class JoinRows {
    private(set) var row: Row = []
    private(set) var key = ByteBuffer(capacity: 64)
    private let run: Run?
    private let source: RowSource?
    private let keys: RowKeys?
    private var batch: [Row] = []
    private var position = 0
    private let reader: RowList.Reader?
    private let width: Int
    private let positions: [Int]?
    private var groupsNulls = false

    /// None.
    init() {
        (run, source, keys, reader, width, positions) = (nil, nil, nil, nil, 0, nil)
    }

    init(_ source: @escaping RowSource, _ scalars: [Scalar], _ run: Run) {
        (self.run, self.source, keys) = (run, source, RowKeys(scalars, run))
        (reader, width, positions) = (nil, 0, nil)
    }

    /// Rows whose keys may have NULLs.
    init(_ source: @escaping RowSource, _ keys: RowKeys, _ run: Run) {
        (self.run, self.source, self.keys) = (run, source, keys)
        (reader, width, positions) = (nil, 0, nil)
        groupsNulls = true
    }

    /// - Parameter positions: where the values of the list's rows belong; nil: they are whole rows.
    init(_ list: RowList, _ width: Int, positions: [Int]? = nil) {
        (run, source, keys) = (nil, nil, nil)
        (reader, self.width, self.positions) = (list.reader(), width, positions)
    }

    /// Hands the row on to somebody who is to have it alone.
    func takeRow() -> Row {
        var taken: Row = []
        swap(&taken, &row)
        return taken
    }

    func next() throws(SQLError) -> Bool {
        if let reader {
            guard try reader.next() else { return false }
            key.removeAll()
            try reader.withKey { bytes throws(SQLError) in key.append(bytes) }
            row = reader.row(capacity: width)
            if let positions {
                var placed = Row(repeating: .null, count: width)
                for (index, position) in positions.enumerated() { placed[position] = row[index] }
                row = placed
            }
            return true
        }
        guard let source, let keys, let run else { return false }
        if position == batch.count {
            try run.check()
            guard let next = try source() else { return false }
            batch = next
            position = 0
        }
        row = []
        swap(&row, &batch[position])
        position += 1
        if groupsNulls {
            try keys.make(row, run, &key)
        } else {
            _ = try keys.makeIfKnown(row, run, &key)
        }
        return true
    }
}

/// The rows of the right side, and which of them have a key.
final class JoinTable {
    private let positions: [Int]
    private let codec: RowCodec
    private let held: HeldBytes
    private let keepsMatches: Bool
    private let keys = KeyTable()
    /// By the number of a key the first and last of its rows.
    private var firsts: [Int32] = []
    private var lasts: [Int32] = []
    private var nexts: [Int32] = []
    private var rows = ByteBuffer()
    private var ends: [Int] = []
    private let isChained: Bool
    var matches: [Bool] = []

    init(_ plan: JoinPlan, _ run: Run) {
        positions = plan.rightPositions
        codec = run.codec
        held = HeldBytes(run)
        keepsMatches = plan.kind == .right || plan.kind == .full
        isChained = !plan.leftKeys.isEmpty
    }

    var count: Int { ends.count }
    var keyCount: Int { keys.count }

    /// False if there is no room for it, and it is not in the table.
    func add(_ row: Row, _ key: Bytes, isForced: Bool = false) throws(SQLError) -> Bool {
        let start = rows.count
        try codec.append(row, positions, to: &rows)
        let byteCount = (rows.count + ends.count * 32) * 5 / 4 + keys.byteCount
        if try !held.set(byteCount), !isForced {
            rows.truncate(to: start)
            return false
        }
        let index = Int32(truncatingIfNeeded: ends.count)
        ends.append(rows.count)
        if keepsMatches { matches.append(false) }
        guard isChained else { return true }
        nexts.append(-1)
        guard !key.isEmpty else { return true }
        let (number, isNew) = keys.insert(key)
        if isNew {
            firsts.append(index)
            lasts.append(index)
        } else {
            nexts[Int(lasts[number])] = index
            lasts[number] = index
        }
        return true
    }

    /// The first of all rows; −1 if there is none.
    var first: Int { ends.isEmpty ? -1 : 0 }

    /// The integers that stand at a place of the keys, behind nothing but others.
    func integers(_ place: Int) -> [Int64] {
        var numbers: [Int64] = []
        numbers.reserveCapacity(keys.count)
        for index in 0..<keys.count { numbers.append(ValueKey.integer(keys.key(index), place)) }
        return numbers
    }

    func first(_ key: Bytes) -> Int { keys.find(key).map { Int(firsts[$0]) } ?? -1 }

    func next(_ index: Int) -> Int {
        isChained ? Int(nexts[index]) : index + 1 < ends.count ? index + 1 : -1
    }

    func byteCount(_ index: Int) -> Int { ends[index] - (index == 0 ? 0 : ends[index - 1]) }

    private func bytes(_ index: Int) -> Bytes { rows.raw[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

    /// Puts the values of a row to their positions.
    func place(_ index: Int, _ row: inout Row) {
        var reader = RowReader(bytes(index))
        for position in positions { row[position] = reader.value() }
    }

    /// All rows with their keys.
    func forEach(_ body: (_ key: Bytes, _ row: Bytes) throws(SQLError) -> Void) throws(SQLError) {
        var isWithKey = Array(repeating: false, count: count)
        for number in 0..<keys.count {
            var index = Int(firsts[number])
            while index >= 0 {
                try body(keys.key(number), bytes(index))
                isWithKey[index] = true
                index = Int(nexts[index])
            }
        }
        for index in 0..<count where !isWithKey[index] { try body(.empty, bytes(index)) }
    }
}

extension Optional where Wrapped == RowSource {
    fileprivate func or(_ plan: Plan, _ run: Run) throws(SQLError) -> RowSource {
        if let self { self } else { try plan.open(run) }
    }
}

extension Bytes {
    fileprivate var isEmpty: Bool { count == 0 }
}
