import Ground

/// Stops a stored function that computes for too long, or for somebody who has left. What it goes through asks ``step()``.
///
/// For one thread at a time, like the execution that has it.
final class FunctionClock {
    private var limits: FunctionLimits?
    private var stepCount = 0
    private var start = Duration.zero
    /// Why the function was stopped, whatever became of the error inside it.
    private(set) var verdict: CatalogError.Kind?

    /// A document comes.
    func begin(_ limits: FunctionLimits) {
        self.limits = limits
        stepCount = 0
        verdict = nil
    }

    /// Called with each row and each element. A function that goes through none can't take long.
    func step() throws(ReQLError) {
        stepCount &+= 1
        if let cancellation = limits?.cancellation, cancellation.isCancelled { throw stopped(.cancelled) }
        // Steps can be long, so the first ones are looked at sooner: the time is exceeded by as much again at most.
        if stepCount & 63 == 0 || stepCount & (stepCount - 1) == 0 { try look() }
    }

    private func look() throws(ReQLError) {
        let now = SystemFacts.threadTime
        if stepCount == 1 { start = now }
        if let limits, now - start > limits.time { throw stopped(.functionTooSlow) }
    }

    private func stopped(_ kind: CatalogError.Kind) -> ReQLError {
        verdict = kind
        return ReQLError(.operationIndeterminate, "The function was stopped.")
    }
}
