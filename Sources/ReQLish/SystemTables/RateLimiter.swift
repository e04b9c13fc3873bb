package import Ground
import Synchronization

/// The limit of requests that an account may send: a bucket of tokens for each, which fills at a steady rate and of which each request
/// takes one. So an account may send many at once now and then, and not more in the long run.
package final class RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var time: MonotonicTime
    }

    private struct State {
        var rate: Double
        var buckets: [String: Bucket] = [:]
    }

    private let state: Mutex<State>
    /// Whether there is a limit at all.
    private let isOn: Atomic<Bool>

    /// - Parameter rate: requests a second; 0 means no limit. A bucket holds ten seconds' worth, and one request at least.
    package init(rate: Double) {
        state = Mutex(State(rate: rate))
        isOn = Atomic(rate > 0)
    }

    package var rate: Double {
        get { state.withLock { $0.rate } }
        set {
            state.withLock { $0 = State(rate: newValue) }
            isOn.store(newValue > 0, ordering: .relaxed)
        }
    }

    /// Takes a token.
    /// - Returns: nil, or after how many seconds there is one again.
    package func take(for user: String, at now: @autoclosure () -> MonotonicTime = MonotonicTime.now) -> Double? {
        guard isOn.load(ordering: .relaxed) else { return nil }
        return take(for: user, rate: nil, at: now())
    }

    /// The same at a rate of the user's own; nil: at the one of all.
    package func take(for user: String, rate: Double?, at now: MonotonicTime) -> Double? {
        state.withLock { state in
            let rate = rate ?? state.rate
            let full = max(1, rate * 10)
            var bucket = state.buckets[user] ?? Bucket(tokens: full, time: now)
            bucket.tokens = min(full, bucket.tokens + max(0, (now - bucket.time) / .seconds(1)) * rate)
            bucket.time = now
            defer { state.buckets[user] = bucket }
            guard bucket.tokens >= 1 else { return (1 - bucket.tokens) / rate }
            bucket.tokens -= 1
            return nil
        }
    }
}
