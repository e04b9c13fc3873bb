import Ground

/// A window: how rows are divided and ordered, and which of them count for a row.
final class WindowSpecification {
    var partitionBy: [Scalar]
    var orderBy: [SortKey]
    var frame: FrameSpecification
    /// Whether its expressions are those over the rows of groups already.
    var isRewritten = false

    init(partitionBy: [Scalar], orderBy: [SortKey], frame: FrameSpecification) {
        self.partitionBy = partitionBy
        self.orderBy = orderBy
        self.frame = frame
    }
}

struct FrameSpecification {
    enum Bound {
        case unboundedPreceding, currentRow, unboundedFollowing
        case preceding(Scalar), following(Scalar)
    }

    var unit = Window.Unit.range
    var start = Bound.unboundedPreceding
    var end = Bound.currentRow
    var exclusion: Window.Exclusion?
    /// Of RANGE with an offset: the ordering value less, or plus, the offset; over a row of both.
    var minus: Scalar?
    var plus: Scalar?
}

/// A call of a window function, or of an aggregate over a window.
final class WindowCall {
    let function: SQLFunction
    var operands: [Scalar]
    var filter: Scalar?
    let position: Int
    let type: SQLType
    let window: WindowSpecification

    init(_ function: SQLFunction, _ operands: [Scalar], filter: Scalar?, position: Int, type: SQLType, window: WindowSpecification) {
        self.function = function
        self.operands = operands
        self.filter = filter
        self.position = position
        self.type = type
        self.window = window
    }
}

/// Computes the calls over one window: sorts by partition and order, then goes over each partition.
final class WindowPlan: Plan {
    private let window: WindowSpecification
    private let calls: [WindowCall]

    init(_ child: Plan, _ window: WindowSpecification, _ calls: [WindowCall]) {
        self.window = window
        self.calls = calls
        super.init([child])
    }

    override func open(_ run: Run) throws(SQLError) -> RowSource {
        let keys = window.partitionBy.map { SortKey(scalar: $0, isDescending: false, nullsFirst: false) }
        let sorted = try SortPlan(children[0], keys + window.orderBy).open(run)
        let partitionKeys = RowKeys(window.partitionBy, run)
        let held = HeldBytes(run)
        var key = ByteBuffer(capacity: 64)
        // The rows of the partition that has begun, and what is computed of those before it.
        var current: [Row] = []
        var currentKey: [UInt8]?
        var done: [Row] = []
        var byteCount = 0
        var isOver = false
        return { () throws(SQLError) in
            while !isOver, done.count < Plan.batchCount {
                guard let batch = try sorted() else {
                    isOver = true
                    try self.compute(&current, run)
                    done += current
                    current = []
                    break
                }
                for row in batch {
                    try partitionKeys.make(row, run, &key)
                    if let currentKey, currentKey.span.withBytes({ $0 == key.raw }) {
                        current.append(row)
                        continue
                    }
                    try self.compute(&current, run)
                    done += current
                    current = [row]
                    currentKey = key.bytes
                }
                byteCount += Run.byteCount(of: batch, width: batch[0].count)
                if try !held.set(byteCount) { try held.require() }
            }
            defer {
                done = []
                byteCount = Run.byteCount(of: current, width: current.first?.count ?? 0)
            }
            return done.isEmpty ? nil : done
        }
    }

    private func values(_ scalars: [Scalar], _ row: Row, _ run: Run) throws(SQLError) -> Row {
        var values: Row = []
        for scalar in scalars { values.append(try scalar.value(row, run)) }
        return values
    }

    /// Computes the calls for the rows of a partition.
    private func compute(_ rows: inout [Row], _ run: Run) throws(SQLError) {
        guard !rows.isEmpty else { return }
        try run.check()
        let range = 0..<rows.count
        var partition = Partition(count: range.count)
        for index in range { partition.orderValues.append(try values(window.orderBy.map(\.scalar), rows[index], run)) }
        partition.findPeers(window.orderBy, run)
        let frames = calls.contains(where: \.usesFrame) ? try frames(partition, rows, range, run) : []
        for call in calls {
            var arguments: [Row] = []
            for index in range { arguments.append(try values(call.operands, rows[index], run)) }
            let results: [SQLValue]
            if case .aggregate(let make) = call.function.body {
                results = try aggregate(call, make, arguments, rows, range, frames, run)
            } else {
                results = try WindowFunctions.compute(call, arguments, partition, frames)
            }
            for (offset, index) in range.enumerated() { rows[index][call.position] = results[offset] }
        }
    }

    private func aggregate(
        _ call: WindowCall, _ make: @escaping (CallContext) -> any Accumulator, _ arguments: [Row], _ rows: [Row], _ range: Range<Int>,
        _ frames: [[Range<Int>]], _ run: Run
    ) throws(SQLError) -> [SQLValue] {
        let context = CallContext(argumentTypes: call.operands.map(\.type), resultType: call.type, session: run.session)
        var counts: [Bool] = []
        for (offset, index) in range.enumerated() {
            var passes = !(call.function.isStrict && arguments[offset].contains(where: \.isNull))
            if passes, let filter = call.filter { passes = try filter.isTrue(rows[index], run) }
            counts.append(passes)
        }
        return try WindowAggregate(make: { make(context) }, arguments: arguments, counts: counts, run: run).results(frames)
    }

    // MARK: Frames

    /// For each row the places that count.
    private func frames(
        _ partition: Partition, _ rows: [Row], _ range: Range<Int>, _ run: Run
    ) throws(SQLError) -> [[Range<Int>]] {
        let frame = window.frame
        let start = try offset(frame.start, rows[range.lowerBound], run)
        let end = try offset(frame.end, rows[range.lowerBound], run)
        var frames: [[Range<Int>]] = []
        frames.reserveCapacity(partition.count)
        for place in 0..<partition.count {
            let low = try bound(frame.start, start, isStart: true, place, partition, run)
            let high = try bound(frame.end, end, isStart: false, place, partition, run)
            let whole = low < high ? low..<high : place..<place
            frames.append(exclude(whole, place, partition))
        }
        return frames
    }

    private func offset(_ bound: FrameSpecification.Bound, _ row: Row, _ run: Run) throws(SQLError) -> SQLValue? {
        let scalar: Scalar
        let word: String
        switch bound {
        case .preceding(let offset): (scalar, word) = (offset, "starting")
        case .following(let offset): (scalar, word) = (offset, "ending")
        default: return nil
        }
        let value = try scalar.value(row, run)
        if value.isNull { throw SQLError(SQLState(rawValue: "22004"), "frame \(word) offset must not be null") }
        if isNegative(value) {
            if window.frame.unit == .range {
                throw SQLError(SQLState(rawValue: "22013"), "invalid preceding or following size in window function")
            }
            throw SQLError(SQLState(rawValue: "22013"), "frame \(word) offset must not be negative")
        }
        return value
    }

    private func isNegative(_ value: SQLValue) -> Bool {
        switch value {
        case .int(let number): number < 0
        case .double(let number): number < 0 || number.isNaN
        case .numeric(let number): number.isNegative || number.isNaN
        case .interval(let interval): interval.span < 0
        default: false
        }
    }

    private func bound(
        _ bound: FrameSpecification.Bound, _ offset: SQLValue?, isStart: Bool, _ place: Int, _ partition: Partition, _ run: Run
    ) throws(SQLError) -> Int {
        let count = partition.count
        switch (bound, window.frame.unit) {
        case (.unboundedPreceding, _): return 0
        case (.unboundedFollowing, _): return count
        case (.currentRow, .rows): return isStart ? place : place + 1
        case (.currentRow, _):
            let peers = partition.peers(of: place)
            return isStart ? peers.lowerBound : peers.upperBound
        case (.preceding, .rows): return max(0, min(count, place - steps(offset) + (isStart ? 0 : 1)))
        case (.following, .rows): return min(count, max(0, place.addingReportingOverflow(steps(offset)).partialValue + (isStart ? 0 : 1)))
        case (.preceding, .groups):
            let group = partition.groupNumbers[place] - steps(offset)
            if group < 0 { return 0 }
            return isStart ? partition.groups[group].lowerBound : partition.groups[group].upperBound
        case (.following, .groups):
            let group = partition.groupNumbers[place] + steps(offset)
            if group >= partition.groups.count { return count }
            return isStart ? partition.groups[group].lowerBound : partition.groups[group].upperBound
        case (.preceding, .range): return try range(offset, isBefore: true, isStart: isStart, place, partition, run)
        case (.following, .range): return try range(offset, isBefore: false, isStart: isStart, place, partition, run)
        }
    }

    private func steps(_ offset: SQLValue?) -> Int {
        if case .int(let steps)? = offset { return Int(min(steps, Int64(Int32.max))) }
        return 0
    }

    /// The first row of the frame, or the first one behind it, by the value that the offset leads to.
    private func range(
        _ offset: SQLValue?, isBefore: Bool, isStart: Bool, _ place: Int, _ partition: Partition, _ run: Run
    ) throws(SQLError) -> Int {
        let key = window.orderBy[0]
        let current = partition.orderValues[place][0]
        let peers = partition.peers(of: place)
        guard !current.isNull, let offset else { return isStart ? peers.lowerBound : peers.upperBound }
        let isLower = isBefore != key.isDescending
        guard let scalar = isLower ? window.frame.minus : window.frame.plus else { return place }
        let limit: SQLValue
        do throws(SQLError) { limit = try scalar.value([current, offset], run) } catch {
            // Beyond what the type can hold there is no row.
            guard error.state.rawValue == "22003" || error.state.rawValue == "22008" else { throw error }
            return isBefore ? partition.nonNulls.lowerBound : partition.nonNulls.upperBound
        }
        var low = partition.nonNulls.lowerBound
        var high = partition.nonNulls.upperBound
        while low < high {
            let middle = (low + high) / 2
            let order = key.compare(partition.orderValues[middle][0], limit, run)
            if isStart ? order < 0 : order <= 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func exclude(_ frame: Range<Int>, _ place: Int, _ partition: Partition) -> [Range<Int>] {
        let hole: Range<Int>
        switch window.frame.exclusion {
        case nil: return frame.isEmpty ? [] : [frame]
        case .currentRow: hole = place..<place + 1
        case .group, .ties: hole = partition.peers(of: place)
        }
        var parts: [Range<Int>] = []
        let before = frame.lowerBound..<max(frame.lowerBound, min(frame.upperBound, hole.lowerBound))
        let behind = min(frame.upperBound, max(frame.lowerBound, hole.upperBound))..<frame.upperBound
        if !before.isEmpty { parts.append(before) }
        if window.frame.exclusion == .ties, frame.contains(place) { parts.append(place..<place + 1) }
        if !behind.isEmpty { parts.append(behind) }
        return parts
    }

    override var title: String { "WindowAgg" }
}

extension WindowCall {
    /// Whether the frame matters; most functions of windows look at the whole partition.
    var usesFrame: Bool {
        if case .aggregate = function.body { return true }
        return ["first_value", "last_value", "nth_value"].contains(function.name)
    }
}

/// The rows of one partition, in order.
struct Partition {
    let count: Int
    var orderValues: [Row] = []
    private(set) var groups: [Range<Int>] = []
    private(set) var groupNumbers: [Int] = []
    /// The rows whose first value of the order is no NULL.
    private(set) var nonNulls = 0..<0

    init(count: Int) {
        self.count = count
    }

    mutating func findPeers(_ keys: [SortKey], _ run: Run) {
        var start = 0
        for place in 0..<count {
            if place > start, Sorting.compare(orderValues[place], orderValues[start], keys, run) != 0 {
                groups.append(start..<place)
                start = place
            }
            groupNumbers.append(groups.count)
        }
        if count > 0 { groups.append(start..<count) }
        guard let first = orderValues.firstIndex(where: { $0.first?.isNull == false }),
            let last = orderValues.lastIndex(where: { $0.first?.isNull == false })
        else { return }
        nonNulls = first..<last + 1
    }

    func peers(of place: Int) -> Range<Int> { groups[groupNumbers[place]] }
}

/// `row_number` and its kin.
enum WindowFunctions {
    static func compute(
        _ call: WindowCall, _ arguments: [Row], _ partition: Partition, _ frames: [[Range<Int>]]
    ) throws(SQLError) -> [SQLValue] {
        let count = partition.count
        func each(_ value: (Int) -> SQLValue) -> [SQLValue] { (0..<count).map(value) }
        switch call.function.name {
        case "row_number": return each { .int(Int64($0) + 1) }
        case "rank": return each { .int(Int64(partition.peers(of: $0).lowerBound) + 1) }
        case "dense_rank": return each { .int(Int64(partition.groupNumbers[$0]) + 1) }
        case "percent_rank":
            return each { count < 2 ? .double(0) : .double(Double(partition.peers(of: $0).lowerBound) / Double(count - 1)) }
        case "cume_dist": return each { .double(Double(partition.peers(of: $0).upperBound) / Double(count)) }
        case "ntile": return try ntile(arguments, count)
        case "lag", "lead": return try shifted(call, arguments, count)
        case "first_value": return each { place in frames[place].first.map { arguments[$0.lowerBound][0] } ?? .null }
        case "last_value": return each { place in frames[place].last.map { arguments[$0.upperBound - 1][0] } ?? .null }
        case "nth_value": return try nth(arguments, frames)
        default: throw SQLError(.featureNotSupported, "window function \(call.function.name) is not supported")
        }
    }

    private static func ntile(_ arguments: [Row], _ count: Int) throws(SQLError) -> [SQLValue] {
        guard let first = arguments.first?.first, case .int(let tiles) = first else { return Array(repeating: .null, count: count) }
        guard tiles > 0 else {
            throw SQLError(SQLState(rawValue: "22014"), "argument of ntile must be greater than zero")
        }
        var results: [SQLValue] = []
        let (size, rest) = (Int64(count) / tiles, Int64(count) % tiles)
        for place in 0..<Int64(count) {
            let large = rest * (size + 1)
            results.append(.int(place < large ? place / (size + 1) + 1 : rest + (place - large) / max(size, 1) + 1))
        }
        return results
    }

    private static func shifted(_ call: WindowCall, _ arguments: [Row], _ count: Int) throws(SQLError) -> [SQLValue] {
        (0..<count).map { place in
            var steps: Int64 = 1
            if arguments[place].count > 1 {
                guard case .int(let given) = arguments[place][1] else { return .null }
                steps = given
            }
            let other = call.function.name == "lag" ? Int64(place) - steps : Int64(place) + steps
            if other >= 0, other < count { return arguments[Int(other)][0] }
            return arguments[place].count > 2 ? arguments[place][2] : .null
        }
    }

    private static func nth(_ arguments: [Row], _ frames: [[Range<Int>]]) throws(SQLError) -> [SQLValue] {
        var results: [SQLValue] = []
        for (place, frame) in frames.enumerated() {
            guard case .int(var left) = arguments[place][1] else {
                results.append(.null)
                continue
            }
            guard left > 0 else {
                throw SQLError(SQLState(rawValue: "22016"), "argument of nth_value must be greater than zero")
            }
            var found = SQLValue.null
            for part in frame {
                if left <= part.count {
                    found = arguments[part.lowerBound + Int(left) - 1][0]
                    break
                }
                left -= Int64(part.count)
            }
            results.append(found)
        }
        return results
    }
}
