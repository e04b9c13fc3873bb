import Ground

/// What the steps of a plan have given while it ran, and how long they took, with all that is below them. Of steps that others read in a way
/// of their own nothing is known.
final class PlanMeasures {
    struct Measure {
        var loops = 0
        var rows = 0
        /// Until the first rows were there, and in all.
        var start = Duration.zero
        var total = Duration.zero
    }

    private var measures: [ObjectIdentifier: Measure] = [:]

    subscript(plan: Plan) -> Measure? { measures[ObjectIdentifier(plan)] }

    func measuring(_ plan: Plan, _ begin: () throws(SQLError) -> RowSource) throws(SQLError) -> RowSource {
        let key = ObjectIdentifier(plan)
        let begun = MonotonicTime.now
        measures[key, default: Measure()].loops += 1
        let source = try begin()
        let opening = MonotonicTime.now - begun
        measures[key, default: Measure()].total += opening
        var isFirst = true
        return { () throws(SQLError) in
            let asked = MonotonicTime.now
            let batch = try source()
            let taken = MonotonicTime.now - asked
            var measure = self.measures[key] ?? Measure()
            measure.total += taken
            measure.rows += batch?.count ?? 0
            if isFirst {
                isFirst = false
                measure.start += opening + taken
            }
            self.measures[key] = measure
            return batch
        }
    }
}
