import Ground

/// What the steps of a plan have given while it ran, how long they took, with all that is below them, and what they themselves have used.
/// Of steps that others read in a way of their own nothing is known.
final class PlanMeasures {
    final class Measure {
        fileprivate(set) var loops = 0
        fileprivate(set) var rows = 0
        /// Until the first rows were there, and in all.
        fileprivate(set) var start = Duration.zero
        fileprivate(set) var total = Duration.zero
        /// What the step holds in memory, and the most that it has held.
        private var heldByteCount = 0
        private(set) var mostByteCount = 0
        /// What it has put into temporary files.
        private(set) var spilledByteCount = 0
        private(set) var threadCount = 1
        /// How many cells were read, and how many there are; nil if none were chosen.
        private(set) var cellCounts: (read: Int, all: Int)?

        /// - Parameter byteCount: less than 0 for what is given back.
        func hold(_ byteCount: Int) {
            heldByteCount += byteCount
            mostByteCount = max(mostByteCount, heldByteCount)
        }

        func spill(_ byteCount: Int) { spilledByteCount += byteCount }

        func noteCells(_ count: Int, of all: Int) { cellCounts = (count, all) }

        /// How many threads worked at once, at most.
        func noteThreads(_ count: Int) { threadCount = max(threadCount, count) }
    }

    private var measures: [ObjectIdentifier: Measure] = [:]
    /// That of the step which is at work.
    private(set) var current: Measure?

    subscript(plan: Plan) -> Measure? { measures[ObjectIdentifier(plan)] }

    func measuring(_ plan: Plan, _ begin: () throws(SQLError) -> RowSource) throws(SQLError) -> RowSource {
        let measure = measures[ObjectIdentifier(plan)] ?? Measure()
        measures[ObjectIdentifier(plan)] = measure
        let begun = MonotonicTime.now
        measure.loops += 1
        let source = try working(measure, begin)
        let opening = MonotonicTime.now - begun
        measure.total += opening
        var isFirst = true
        return { () throws(SQLError) in
            let asked = MonotonicTime.now
            let batch = try self.working(measure, source)
            let taken = MonotonicTime.now - asked
            measure.total += taken
            measure.rows += batch?.count ?? 0
            if isFirst {
                isFirst = false
                measure.start += opening + taken
            }
            return batch
        }
    }

    private func working<Result>(_ measure: Measure, _ body: () throws(SQLError) -> Result) throws(SQLError) -> Result {
        let outer = current
        current = measure
        defer { current = outer }
        return try body()
    }
}

/// How an estimate of rows was come by.
enum EstimateKind: String {
    case exact
    /// There can't be more.
    case most = "at most"
    case sampled
}
