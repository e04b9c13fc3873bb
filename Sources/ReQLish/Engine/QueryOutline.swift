import Ground

// The plan of a query that has run without a recorder, because nobody knew that it would be slow. It is made afterwards, so that all other
// queries pay nothing for it.
//
// The query is compiled once more, and its terms are evaluated in an execution that is cancelled from the start: sequences say how they
// would be obtained, and end with an error when their first row is asked for. So what is known is the way (indexes, and what is expected of
// them), and not the rows that came; the query's time, what it read and what it kept are those of the run itself. Terms that write are not
// evaluated.

extension Execution {
    /// How the query was answered, as far as that can be told without reading its rows again.
    func outline(of tree: TermTree, took time: Duration) -> QueryPlan {
        let recorder = PlanRecorder()
        // What is too deep for this thread's stack can't be compiled here.
        if tree.root.depth <= Pando.safeDepth || WorkerPool.isOnLargeStack {
            var compiler = Compiler(recorder: recorder)
            // Whatever it says, the terms that it has compiled are in the plan.
            _ = try? compiler.compile(tree)
            let outline = cancelledTwin()
            outline.recorder = recorder
            recorder.outline(outline)
        }
        return recorder.plan(time, self, isRolledBack: false)
    }
}

extension PlanRecorder {
    /// The most terms that are evaluated one by one. Mostly the first one leads to all the others.
    private static let longestOutline = 32

    /// Has each step say how it would be done, without rows.
    fileprivate func outline(_ execution: Execution) {
        var waiting = root.map { [$0] } ?? []
        var count = 0
        while let step = waiting.popLast(), count < Self.longestOutline {
            if !step.record.isKnown, !step.writes, let node = step.node {
                count += 1
                if case .rows(let rows)? = try? node.evaluate(execution) { meet(rows, at: node.site, execution) }
            }
            // What stands in a function has no variables.
            waiting += step.children.reversed().filter { !$0.isInFunction }
        }
        for record in records { record.forgetRun() }
    }
}

extension StepRecord {
    /// Leaves what is known before any row is read.
    fileprivate func forgetRun() {
        (rowCount, openCount, isScanned, duration) = (0, 0, false, nil)
    }
}
