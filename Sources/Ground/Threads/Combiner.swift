import Synchronization

/// Answers requests of several threads together: while some are being answered, those that come wait, and are the next ones. Whoever waits
/// answers them all if nobody else does. A request may be entered long before somebody waits for it; until then it is answered with others, or
/// not at all.
///
/// Why it never stands still: whoever begins to wait either finds that somebody answers, and is among those whom that one wakes, or answers.
package final class Combiner<Request: Sendable, Answer: Sendable>: Sendable {
    /// A request in its place among the others.
    package final class Place: Sendable {
        fileprivate enum State: Sendable {
            case waiting
            /// Its thread is to answer those at the front.
            case leads
            case answered(Answer)
        }

        fileprivate let request: Request
        fileprivate let state = Monitored(State.waiting)
        /// Whether somebody waits; changed under the lock of the queue.
        fileprivate let isAwaited = Atomic(false)

        fileprivate init(_ request: Request) {
            self.request = request
        }
    }

    private struct State {
        /// Those that are not answered, in order. They stay until they are.
        var queue: [Place] = []
        var isAnswering = false
    }

    private let state = Monitored(State())
    private let largestCount: Int

    /// - Parameter largestCount: how many requests are answered together.
    package init(largestCount: Int) {
        self.largestCount = largestCount
    }

    /// Puts a request behind those that came before. Whoever does so has to ``answer(_:_:)`` it.
    package func enter(_ request: Request) -> Place {
        let place = Place(request)
        state.update { $0.queue.append(place) }
        return place
    }

    /// Returns the answer to a request, once.
    ///
    /// - Parameter body: answers requests in their order, each by one answer. It is called on this thread or on that of another request.
    package func answer(_ place: Place, _ body: ([Request]) -> [Answer]) -> Answer {
        var leads = state.update { state in
            place.isAwaited.store(true, ordering: .relaxed)
            // Whoever is answered already need not answer others first: he has left the queue.
            if state.isAnswering || !state.queue.contains(where: { $0 === place }) { return false }
            state.isAnswering = true
            return true
        }
        while true {
            if leads { lead(body) }
            let answer = place.state.wait { state -> Answer?? in
                switch state {
                case .waiting: return nil
                case .leads:
                    state = .waiting
                    return .some(nil)
                case .answered(let answer): return .some(answer)
                }
            }
            if let answer { return answer }
            leads = true
        }
    }

    /// Puts a request behind the others and waits for its answer.
    package func answer(_ request: Request, _ body: ([Request]) -> [Answer]) -> Answer { answer(enter(request), body) }

    /// Answers those at the front, and hands the rest over to the first of those who wait.
    private func lead(_ body: ([Request]) -> [Answer]) {
        let batch = state.update { Array($0.queue.prefix(largestCount)) }
        let answers = batch.isEmpty ? [] : body(batch.map { $0.request })
        precondition(answers.count == batch.count, "each request has an answer")
        for (place, answer) in zip(batch, answers) { place.state.update { $0 = .answered(answer) } }
        // They stay in the queue meanwhile: it is empty once all are answered.
        let next = state.update { state -> Place? in
            state.queue.removeFirst(batch.count)
            let next = state.queue.first { $0.isAwaited.load(ordering: .relaxed) }
            state.isAnswering = next != nil
            return next
        }
        next?.state.update { $0 = .leads }
    }

    /// Has all be answered that have been entered, or those of as long as that; false if there still are some.
    package func empty(until deadline: ContinuousClock.Instant?, _ body: ([Request]) -> [Answer]) -> Bool {
        while true {
            let isEmpty = state.wait(until: deadline) { state -> Bool? in
                if state.queue.isEmpty { return true }
                if state.isAnswering { return nil }
                state.isAnswering = true
                return false
            }
            guard let isEmpty else { return false }
            if isEmpty { return true }
            lead(body)
        }
    }

    package var isIdle: Bool { state.read { $0.queue.isEmpty } }
}
