/// Writes down what a query does while it runs: which terms it has, and what became of each.
///
/// Terms are known by their sites. The compiler says which there are; the terms themselves say how they went about it, and the streams of
/// their rows are counted. A query that isn't explained has no recorder, which costs it one test a sequence.
final class PlanRecorder {
    final class Step {
        let term: Term
        let isInFunction: Bool
        /// What the term was compiled to; nil until then.
        fileprivate(set) var node: Node?
        /// Whether it is, or has in it, a term that writes.
        fileprivate(set) var writes = false
        fileprivate(set) var children: [Step] = []
        let record = StepRecord()

        fileprivate init(_ term: Term, isInFunction: Bool) {
            self.term = term
            self.isInFunction = isInFunction
        }
    }

    /// What holds the sites, so that none is taken for another.
    private var sites: [Site] = []
    private var steps: [ObjectIdentifier: Step] = [:]
    private(set) var root: Step?
    /// The terms around the one that is being compiled: the step that each is or stands in, whether a function is between, and whether
    /// something in it writes.
    private var open: [(step: Step?, isStep: Bool, isInFunction: Bool, writes: Bool)] = []

    // MARK: Compilation

    /// A term begins; its arguments follow.
    func begin(_ term: Term, at site: Site) {
        let around = open.last
        let isFunction = term.type == .function
        let writes = term.type.facts.isWriteOrMeta
        guard writes || term.type.facts.traits.contains(.step) || open.isEmpty else {
            return open.append((around?.step, false, around?.isInFunction == true || (isFunction && around?.step != nil), writes))
        }
        let step = Step(term, isInFunction: around?.isInFunction ?? false)
        if let parent = around?.step { parent.children.append(step) } else { root = step }
        sites.append(site)
        steps[ObjectIdentifier(site)] = step
        open.append((step, true, false, writes))
    }

    /// The term that was begun last is compiled; nil: it can't be.
    func end(_ node: Node?) {
        let ended = open.removeLast()
        if ended.writes, !open.isEmpty { open[open.count - 1].writes = true }
        guard ended.isStep else { return }
        ended.step?.node = node
        ended.step?.writes = ended.writes
    }

    // MARK: Execution

    /// A sequence has come out of the term at `site`.
    func meet(_ rows: Rows, at site: Site, _ execution: Execution) {
        guard rows.record == nil, let step = steps[ObjectIdentifier(site)] else { return }
        rows.record = step.record
        guard !step.record.isKnown else { return }
        step.record.isKnown = true
        // What can't be estimated fails when it is read, or not at all.
        step.record.estimate = try? rows.estimate(at: site)
        step.record.notes += (try? rows.planNotes(execution)) ?? []
    }

    /// What the term at `site` has to say of itself. Said again, in another call of a function, it is not news.
    func note(_ text: String, at site: Site) {
        guard let record = steps[ObjectIdentifier(site)]?.record, !record.notes.contains(text), record.notes.count < 8 else { return }
        record.notes.append(text)
    }

    func measure<Result>(_ site: Site, _ body: () throws(ReQLError) -> Result) throws(ReQLError) -> Result {
        guard let record = steps[ObjectIdentifier(site)]?.record else { return try body() }
        let start = ContinuousClock.now
        let result = try body()
        record.duration = (record.duration ?? .zero) + (.now - start)
        return result
    }

    // MARK: The plan

    /// What is noted of each step.
    var records: some Sequence<StepRecord> { steps.values.lazy.map(\.record) }

    func plan(_ duration: Duration, _ execution: Execution, isRolledBack: Bool) -> QueryPlan {
        var values: [PlanStep] = []
        var waiting = root.map { [($0, 0)] } ?? []
        while let (step, depth) = waiting.popLast() {
            values.append(Self.value(of: step, depth))
            waiting += step.children.reversed().map { ($0, depth + 1) }
        }
        return QueryPlan(
            steps: values, duration: duration, documentsRead: execution.reads.documentCount, heldByteCount: execution.memory.peakByteCount,
            isRolledBack: isRolledBack)
    }

    private static func value(of step: Step, _ depth: Int) -> PlanStep {
        let record = step.record
        var value = PlanStep(
            name: step.term.type.name, text: step.term.ownText.shortened(to: 100), isInFunction: step.isInFunction, depth: depth)
        value.notes = record.notes
        value.estimate = record.estimate
        value.rowCount = record.openCount > 0 || record.isScanned ? record.rowCount : nil
        value.openCount = record.openCount
        value.duration = record.duration
        return value
    }

    deinit {
        // One after the other: a chain of a thousand would be freed on the stack.
        for step in steps.values { (step.children, step.node) = ([], nil) }
    }
}

/// The notes about one term while the query runs.
final class StepRecord {
    var isKnown = false
    var notes: [String] = []
    var estimate: RowEstimate?
    var rowCount = 0
    var openCount = 0
    /// Whether rows were counted without a stream of them.
    var isScanned = false
    var duration: Duration?

    /// The stream that `open` makes, counted.
    func opening(_ open: () throws(ReQLError) -> RowStream) throws(ReQLError) -> RowStream {
        openCount += 1
        let start = ContinuousClock.now
        let stream = try open()
        duration = (duration ?? .zero) + (.now - start)
        return RecordedStream(stream, self)
    }

    /// How many threads went over the rows at most.
    func noteThreads(_ count: Int) {
        if count > 1 { notes.append("looked through by \(count) threads") }
    }
}

/// A stream whose rows, and the time they take, are counted.
final class RecordedStream: RowStream {
    private let source: RowStream
    private let record: StepRecord

    init(_ source: RowStream, _ record: StepRecord) {
        self.source = source
        self.record = record
    }

    override func next() throws(ReQLError) -> Pulled {
        let start = ContinuousClock.now
        let pulled = try source.next()
        record.duration = (record.duration ?? .zero) + (.now - start)
        if case .row = pulled { record.rowCount += 1 }
        return pulled
    }

    override func skip(_ count: Int) throws(ReQLError) {
        let start = ContinuousClock.now
        try source.skip(count)
        record.duration = (record.duration ?? .zero) + (.now - start)
    }
}

extension String {
    fileprivate func shortened(to count: Int) -> String {
        self.count > count ? prefix(count - 1) + "…" : self
    }
}
