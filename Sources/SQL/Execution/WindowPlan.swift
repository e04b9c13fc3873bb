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

    /// Whether no row's frame leaves behind what that of the row before had.
    var onlyGrows: Bool {
        guard exclusion == nil, case .unboundedPreceding = start else { return false }
        return true
    }
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

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let keys = window.partitionBy.map { SortKey(scalar: $0, isDescending: false, nullsFirst: false) }
        var sorted: RowSource? = try SortPlan(children[0], keys + window.orderBy).open(run)
        let partitionKeys = RowKeys(window.partitionBy, run)
        let held = HeldBytes(run)
        var key = ByteBuffer(capacity: 64)
        // The rows of the partition that has begun, and what they take.
        var current: [Row] = []
        var currentByteCount = 0
        var currentKey: [UInt8]?
        // Those that are computed, and how many of them are given on.
        var done: [Row] = []
        var given = 0
        var doneByteCount = 0
        func finishPartition() throws(SQLError) {
            try self.compute(&current, held, doneByteCount + currentByteCount, run)
            done += current
            doneByteCount += currentByteCount
            current = []
            currentByteCount = 0
            try Self.hold(held, doneByteCount)
        }
        return { () throws(SQLError) in
            if given == done.count {
                done = []
                given = 0
                doneByteCount = 0
            }
            while let source = sorted, done.count - given < Plan.batchCount {
                guard let batch = try source() else {
                    sorted = nil
                    try finishPartition()
                    break
                }
                for row in batch {
                    try partitionKeys.make(row, run, &key)
                    if let currentKey, currentKey.span.withBytes({ $0 == key.raw }) {
                        current.append(row)
                    } else {
                        try finishPartition()
                        current = [row]
                        currentKey = key.bytes
                    }
                    currentByteCount += Run.byteCount(of: row)
                }
                try Self.hold(held, doneByteCount + currentByteCount)
            }
            guard given < done.count else { return nil }
            let end = min(done.count, given + Plan.batchCount)
            let rows = Array(done[given..<end])
            // What is given on is somebody else's to keep.
            for index in given..<end { done[index] = [] }
            given = end
            return rows
        }
    }

    private static func hold(_ held: HeldBytes, _ byteCount: Int) throws(SQLError) {
        if try !held.set(byteCount) { try held.require() }
    }

    private func values(_ scalars: [Scalar], _ row: Row, _ run: Run) throws(SQLError) -> Row {
        var values: Row = []
        for scalar in scalars { values.append(try scalar.value(row, run)) }
        return values
    }

    /// Computes the calls for the rows of a partition.
    ///
    /// - Parameter byteCount: what is held already, the rows among it.
    private func compute(_ rows: inout [Row], _ held: HeldBytes, _ byteCount: Int, _ run: Run) throws(SQLError) {
        guard !rows.isEmpty else { return }
        try run.check()
        let value = MemoryLayout<SQLValue>.stride
        let shared = byteCount + rows.count * (Partition.rowByteCount + (window.orderBy.isEmpty ? 0 : value))
        // Arguments, whether they count, results, and of some a tree of them.
        let most = calls.map { $0.operands.count * value + 1 + (window.frame.onlyGrows ? 1 : 3) * value }.max() ?? 0
        try Self.hold(held, shared + rows.count * most)
        var partition = Partition(count: rows.count)
        try partition.findPeers(window.orderBy, rows, run)
        let frames = try frames(partition, rows[0], run)
        for call in calls {
            var arguments = CallArguments(width: call.operands.count, count: rows.count)
            for (index, row) in rows.enumerated() {
                arguments.append(try values(call.operands, row, run))
                if index & 0xFFFF == 0xFFFF { try run.check() }
            }
            let results: [SQLValue]
            if case .aggregate(let make) = call.function.body {
                results = try aggregate(call, make, arguments, rows, frames, run)
            } else {
                results = try WindowFunctions.compute(call, arguments, partition, frames)
            }
            for (index, result) in results.enumerated() { rows[index][call.position] = result }
        }
    }

    private func aggregate(
        _ call: WindowCall, _ make: @escaping (CallContext) -> any Accumulator, _ arguments: CallArguments, _ rows: [Row],
        _ frames: WindowFrames, _ run: Run
    ) throws(SQLError) -> [SQLValue] {
        let context = CallContext(argumentTypes: call.operands.map(\.type), resultType: call.type, session: run.session)
        var counts: [Bool] = []
        counts.reserveCapacity(rows.count)
        for (index, row) in rows.enumerated() {
            var passes = !(call.function.isStrict && arguments.hasNull(index))
            if passes, let filter = call.filter { passes = try filter.isTrue(row, run) }
            counts.append(passes)
        }
        return try WindowAggregate(
            make: { make(context) }, arguments: arguments, counts: counts, collects: call.function.name.hasSuffix("_agg"), run: run
        )
        .results(frames)
    }

    // MARK: Frames

    /// The places that count for each row, found when they are asked for.
    private func frames(_ partition: Partition, _ first: Row, _ run: Run) throws(SQLError) -> WindowFrames {
        let frame = window.frame
        let start = try offset(frame.start, "starting", first, run)
        let end = try offset(frame.end, "ending", first, run)
        return WindowFrames(count: partition.count, onlyGrow: frame.onlyGrows) { (place) throws(SQLError) in
            let low = try self.bound(frame.start, start, isStart: true, place, partition, run)
            let high = try self.bound(frame.end, end, isStart: false, place, partition, run)
            return self.exclude(low < high ? low..<high : place..<place, place, partition)
        }
    }

    private func offset(_ bound: FrameSpecification.Bound, _ word: String, _ row: Row, _ run: Run) throws(SQLError) -> SQLValue? {
        let scalar: Scalar
        switch bound {
        case .preceding(let offset), .following(let offset): scalar = offset
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
        let current = partition.firstValues[place]
        let peers = partition.peers(of: place)
        guard !current.isNull, let offset else { return isStart ? peers.lowerBound : peers.upperBound }
        let isLower = isBefore != key.isDescending
        guard let scalar = isLower ? window.frame.minus : window.frame.plus else { return place }
        var limit: SQLValue
        if let clock = Self.clock(current, offset, isLower: isLower) {
            limit = clock
        } else {
            do throws(SQLError) { limit = try scalar.value([current, offset], run) } catch {
                // Beyond what the type can hold there is no row.
                guard error.state.rawValue == "22003" || error.state.rawValue == "22008" else { throw error }
                return isBefore ? partition.nonNulls.lowerBound : partition.nonNulls.upperBound
            }
        }
        // From one end of all numbers by infinitely many towards the other all of them are met.
        if limit.isNotANumber, !current.isNotANumber { limit = limit.infinite(isNegative: isStart != key.isDescending) }
        var low = partition.nonNulls.lowerBound
        var high = partition.nonNulls.upperBound
        while low < high {
            let middle = (low + high) / 2
            let order = key.compare(Self.moment(partition.firstValues[middle], beside: limit), limit, run)
            if isStart ? order < 0 : order <= 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// A day beside a moment as the moment at which it begins.
    private static func moment(_ value: SQLValue, beside limit: SQLValue) -> SQLValue {
        guard case .date(let days) = value, case .timestamp = limit else { return value }
        return .timestamp(ComparisonFunctions.moment(days))
    }

    /// A time of the day, moved by the time of an interval: beyond midnight there is no row. Nil for other values.
    private static func clock(_ current: SQLValue, _ offset: SQLValue, isLower: Bool) -> SQLValue? {
        guard case .interval(let interval) = offset else { return nil }
        let steps = isLower ? 0 &- interval.microseconds : interval.microseconds
        func moved(_ time: Int64) -> Int64 {
            let (sum, isTooLarge) = time.addingReportingOverflow(steps)
            return isTooLarge ? (isLower ? .min : .max) : sum
        }
        switch current {
        case .time(let time): return .time(moved(time))
        case .timetz(let time, let west):
            let most: Int64 = 1 << 60
            return .timetz(max(-most, min(most, moved(time))), west: west)
        default: return nil
        }
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

extension SQLValue {
    fileprivate var isNotANumber: Bool {
        switch self {
        case .double(let number): number.isNaN
        case .numeric(let number): number.isNaN
        default: false
        }
    }

    /// Below, or above, all numbers of its kind.
    fileprivate func infinite(isNegative: Bool) -> SQLValue {
        if case .numeric = self { return .numeric(isNegative ? .negativeInfinity : .infinity) }
        return .double(isNegative ? -.infinity : .infinity)
    }
}

/// The places that count for each row of a partition.
struct WindowFrames {
    let count: Int
    /// Whether none leaves behind what the one before had.
    let onlyGrow: Bool
    private let find: (Int) throws(SQLError) -> [Range<Int>]

    init(count: Int, onlyGrow: Bool, _ find: @escaping (Int) throws(SQLError) -> [Range<Int>]) {
        self.count = count
        self.onlyGrow = onlyGrow
        self.find = find
    }

    func frame(_ place: Int) throws(SQLError) -> [Range<Int>] { try find(place) }
}

/// The arguments of a call for each row of a partition.
struct CallArguments {
    private let width: Int
    private var values: [SQLValue] = []

    init(width: Int, count: Int) {
        self.width = width
        values.reserveCapacity(width * count)
    }

    mutating func append(_ arguments: Row) { values += arguments }

    subscript(place: Int) -> Row { Array(values[place * width..<(place + 1) * width]) }
    func first(_ place: Int) -> SQLValue { values[place * width] }
    func hasNull(_ place: Int) -> Bool { values[place * width..<(place + 1) * width].contains(where: \.isNull) }
}

/// The rows of one partition, in order.
struct Partition {
    /// What is kept of a row here, beside its first value.
    static let rowByteCount = 3 * MemoryLayout<Int>.stride

    let count: Int
    /// Of each row the first value that it is ordered by.
    private(set) var firstValues: [SQLValue] = []
    private(set) var groups: [Range<Int>] = []
    private(set) var groupNumbers: [Int] = []
    /// The rows whose first value of the order is no NULL.
    private(set) var nonNulls = 0..<0

    init(count: Int) {
        self.count = count
    }

    mutating func findPeers(_ keys: [SortKey], _ rows: [Row], _ run: Run) throws(SQLError) {
        groupNumbers.reserveCapacity(count)
        var start = 0
        var startValues: Row = []
        for place in 0..<count {
            var values: Row = []
            for key in keys { values.append(try key.scalar.value(rows[place], run)) }
            if place == 0 {
                startValues = values
            } else if Sorting.compare(values, startValues, keys, run) != 0 {
                groups.append(start..<place)
                start = place
                startValues = values
            }
            groupNumbers.append(groups.count)
            guard let first = values.first else { continue }
            firstValues.append(first)
            if !first.isNull { nonNulls = (nonNulls.isEmpty ? place : nonNulls.lowerBound)..<place + 1 }
        }
        if count > 0 { groups.append(start..<count) }
    }

    func peers(of place: Int) -> Range<Int> { groups[groupNumbers[place]] }
}

/// `row_number` and its kin.
enum WindowFunctions {
    static func compute(
        _ call: WindowCall, _ arguments: CallArguments, _ partition: Partition, _ frames: WindowFrames
    ) throws(SQLError) -> [SQLValue] {
        let count = partition.count
        func each(_ value: (Int) throws(SQLError) -> SQLValue) throws(SQLError) -> [SQLValue] {
            var results: [SQLValue] = []
            results.reserveCapacity(count)
            for place in 0..<count { results.append(try value(place)) }
            return results
        }
        switch call.function.name {
        case "row_number": return try each { .int(Int64($0) + 1) }
        case "rank": return try each { .int(Int64(partition.peers(of: $0).lowerBound) + 1) }
        case "dense_rank": return try each { .int(Int64(partition.groupNumbers[$0]) + 1) }
        case "percent_rank":
            return try each { count < 2 ? .double(0) : .double(Double(partition.peers(of: $0).lowerBound) / Double(count - 1)) }
        case "cume_dist": return try each { .double(Double(partition.peers(of: $0).upperBound) / Double(count)) }
        case "ntile": return try ntile(arguments, count)
        case "lag", "lead": return try shifted(call, arguments, count)
        case "first_value":
            return try each { place throws(SQLError) in try frames.frame(place).first.map { arguments.first($0.lowerBound) } ?? .null }
        case "last_value":
            return try each { place throws(SQLError) in try frames.frame(place).last.map { arguments.first($0.upperBound - 1) } ?? .null }
        case "nth_value": return try nth(arguments, frames)
        default: throw SQLError(.featureNotSupported, "window function \(call.function.name) is not supported")
        }
    }

    private static func ntile(_ arguments: CallArguments, _ count: Int) throws(SQLError) -> [SQLValue] {
        guard count > 0, case .int(let tiles) = arguments.first(0) else { return Array(repeating: .null, count: count) }
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

    private static func shifted(_ call: WindowCall, _ arguments: CallArguments, _ count: Int) throws(SQLError) -> [SQLValue] {
        (0..<count).map { place in
            let own = arguments[place]
            var steps: Int64 = 1
            if own.count > 1 {
                guard case .int(let given) = own[1] else { return .null }
                steps = given
            }
            let other = call.function.name == "lag" ? Int64(place) - steps : Int64(place) + steps
            if other >= 0, other < count { return arguments.first(Int(other)) }
            return own.count > 2 ? own[2] : .null
        }
    }

    private static func nth(_ arguments: CallArguments, _ frames: WindowFrames) throws(SQLError) -> [SQLValue] {
        var results: [SQLValue] = []
        for place in 0..<frames.count {
            guard case .int(var left) = arguments[place][1] else {
                results.append(.null)
                continue
            }
            guard left > 0 else {
                throw SQLError(SQLState(rawValue: "22016"), "argument of nth_value must be greater than zero")
            }
            var found = SQLValue.null
            for part in try frames.frame(place) {
                if left <= part.count {
                    found = arguments.first(part.lowerBound + Int(left) - 1)
                    break
                }
                left -= Int64(part.count)
            }
            results.append(found)
        }
        return results
    }
}
