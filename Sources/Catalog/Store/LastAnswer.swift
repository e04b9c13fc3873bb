import Ground

/// What somebody answers who may be away, and what he answered last: nobody waits for him for longer than he likes. Of those who ask meanwhile
/// nobody asks again.
final class LastAnswer<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var time = MonotonicTime.now
        /// Why there was none the last time.
        var failure: CatalogError?
        var isAsked = false
        /// How often there was an answer, or a failure.
        var count: UInt64 = 0
    }

    /// What there is at the moment.
    struct Known {
        /// The newest answer there was.
        var value: Value?
        /// How old it is.
        var age = Duration.zero
        /// Why it is not of this moment.
        var failure: CatalogError?
    }

    private let state = Monitored(State())

    /// Begins to ask, on a thread of its own, unless somebody waits for an answer already.
    ///
    /// - Returns: how many answers there were before.
    func ask(_ body: @escaping @Sendable () throws(CatalogError) -> Value) -> UInt64 {
        let (count, isFirst) = state.update { state in (state.count, !exchange(&state.isAsked, with: true)) }
        guard isFirst else { return count }
        do {
            _ = try SystemThread(stackByteCount: 512 << 10) { [state] in
                let answer: Result<Value, CatalogError>
                do throws(CatalogError) { answer = .success(try body()) } catch { answer = .failure(error) }
                Self.note(answer, in: state)
            }
        } catch {
            Self.note(.failure(CatalogError(.unavailable, "The system has no thread to ask: \(error)")), in: state)
        }
        return count
    }

    private static func note(_ answer: Result<Value, CatalogError>, in state: Monitored<State>) {
        state.update { state in
            (state.isAsked, state.count) = (false, state.count + 1)
            switch answer {
            case .success(let value): (state.value, state.time, state.failure) = (value, .now, nil)
            case .failure(let error): state.failure = error
            }
        }
    }

    /// What there is once somebody has answered who was asked when there were so many answers, or when the time is over.
    ///
    /// - Parameter name: who is asked, for messages.
    func known(after count: UInt64, until end: ContinuousClock.Instant, of name: String) -> Known {
        let known = state.wait(until: end) { state in state.count > count ? Self.known(state) : nil }
        if let known { return known }
        let late = CatalogError(.unavailable, "\(name) has not answered in time.")
        return state.wait { state in
            var known = Self.known(state)
            // Why there was none before is not why there is none now.
            known.failure = late
            return known
        }
    }

    private static func known(_ state: State) -> Known {
        Known(value: state.value, age: .now - state.time, failure: state.failure)
    }
}
