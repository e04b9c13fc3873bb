import Synchronization

/// Requests of many threads that are answered together: those that come while others are being answered are answered next, all at once, by the
/// thread of one of them. A request that comes alone waits for nobody.
package final class Combiner<Request: Sendable, Answer: Sendable>: Sendable {
    /// A request in its place among the others.
    package final class Place: Sendable {
        fileprivate enum State: Sendable {
            case waiting
            /// Its thread is to answer it, and those behind it.
            case leads
            case answered(Answer)
        }

        fileprivate let request: Request
        fileprivate let state: Monitored<State>

        fileprivate init(_ request: Request, leads: Bool) {
            self.request = request
            state = Monitored(leads ? .leads : .waiting)
        }
    }

    private struct State {
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
        state.update { state in
            let place = Place(request, leads: !state.isAnswering)
            state.isAnswering = true
            state.queue.append(place)
            return place
        }
    }

    /// Returns the answer to a request, once.
    ///
    /// - Parameter body: answers requests in their order, each by one answer. It is called on this thread or on that of another request.
    package func answer(_ place: Place, _ body: ([Request]) -> [Answer]) -> Answer {
        let known = place.state.wait { state -> Answer?? in
            switch state {
            case .waiting: nil
            case .leads: .some(nil)
            case .answered(let answer): .some(answer)
            }
        }
        if let known { return known }
        let batch = state.update { Array($0.queue.prefix(largestCount)) }
        let answers = body(batch.map(\.request))
        precondition(answers.count == batch.count, "each request has an answer")
        // They stay in the queue meanwhile: it is empty once all are answered.
        let next = state.update { state in
            state.queue.removeFirst(batch.count)
            state.isAnswering = !state.queue.isEmpty
            return state.queue.first
        }
        next?.state.update { $0 = .leads }
        for (place, answer) in zip(batch, answers).dropFirst() { place.state.update { $0 = .answered(answer) } }
        return answers[0]
    }

    /// Puts a request behind the others and waits for its answer.
    package func answer(_ request: Request, _ body: ([Request]) -> [Answer]) -> Answer { answer(enter(request), body) }

    /// Waits until nobody waits for an answer, or for as long as that; false if somebody still does.
    package func waitUntilIdle(until deadline: ContinuousClock.Instant?) -> Bool {
        state.wait(until: deadline) { $0.queue.isEmpty ? true : nil } ?? false
    }

    package var isIdle: Bool { state.update { $0.queue.isEmpty } }
}
