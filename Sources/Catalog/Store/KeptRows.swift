import Ground
import Synchronization

/// Records of an engine's newest state that were read by their keys, so that what many ask for again and again takes no trip.
///
/// They are kept where this process alone writes: each change is one of its own, which takes out what it changes, so the others are what the
/// engine has. That nobody has taken over has to be shown every now and then, by what the engine is asked anyway; until then nothing of this is
/// given out. What was not read lately goes: those that were are in the young half, which grows old as a whole when it is full.
final class KeptRows: Sendable {
    private struct State {
        /// The number of the state that they are of.
        var number: UInt64 = 0
        var young: [[UInt8]: EngineRows] = [:]
        var old: [[UInt8]: EngineRows] = [:]
        var youngByteCount = 0
        /// Until when they are given out.
        var end = MonotonicTime.now

        mutating func forget() -> [[[UInt8]: EngineRows]] {
            defer { (young, old, youngByteCount) = ([:], [:], 0) }
            return [young, old]
        }

        /// What is let go of is given back: not under the lock, as it may be much.
        mutating func put(_ rows: EngineRows, _ key: [UInt8], limit: Int) -> [[UInt8]: EngineRows]? {
            if young.updateValue(rows, forKey: key) == nil { youngByteCount += KeptRows.byteCount(key, rows) }
            guard youngByteCount > limit else { return nil }
            defer { (old, young, youngByteCount) = (young, [:], 0) }
            return old
        }
    }

    private let state = Mutex(State())
    private let halfByteCount: Int
    private let provenTime: Duration

    /// A larger record is not kept.
    private static let largestByteCount = 64 << 10
    /// What an entry takes beside its bytes.
    private static let entryByteCount = 320
    /// To look for what more changes have changed would keep readers waiting, loops among them: what is kept stays of the state before then, and is
    /// forgotten with the first row of a newer one.
    private static let largestChangeCount = 10_000

    /// - Parameters:
    ///   - limit: bytes that they take in all.
    ///   - provenTime: how long after it was asked whether another process has taken over it is taken for granted that none has.
    init(limit: Int = 32 << 20, provenTime: Duration = .milliseconds(1500)) {
        halfByteCount = limit / 2
        self.provenTime = provenTime
    }

    private static func byteCount(_ key: [UInt8], _ rows: EngineRows) -> Int { entryByteCount + key.count + rows.byteCount }

    /// What is known of a key in a state: a row without its key, and no row where there is none. Nil if nothing is known.
    func rows(of key: [UInt8], in number: UInt64) -> EngineRows? {
        let (rows, rest) = state.withLock { state -> (EngineRows?, [[UInt8]: EngineRows]?) in
            guard state.number == number, .now < state.end else { return (nil, nil) }
            if let rows = state.young[key] { return (rows, nil) }
            guard let rows = state.old.removeValue(forKey: key) else { return (nil, nil) }
            return (rows, state.put(rows, key, limit: halfByteCount))
        }
        withExtendedLifetime(rest) {}
        return rows
    }

    /// Keeps what was read of a key in a state, if it is the newest one that is known of.
    func keep(_ rows: EngineRows, of key: [UInt8], in number: UInt64) {
        guard rows.count <= 1, rows.byteCount <= Self.largestByteCount, rows.omitted.isEmpty else { return }
        let rows = rows.packed
        let rest = state.withLock { state -> [[[UInt8]: EngineRows]] in
            guard number >= state.number else { return [] }
            var rest: [[[UInt8]: EngineRows]] = []
            if number > state.number {
                rest = state.forget()
                state.number = number
            }
            if let old = state.put(rows, key, limit: halfByteCount) { rest.append(old) }
            return rest
        }
        withExtendedLifetime(rest) {}
    }

    /// A commit of this process has made another state.
    func pass(_ changes: EngineChanges, from old: UInt64, to new: UInt64) {
        guard changes.puts.count + changes.deletes.count <= Self.largestChangeCount else { return }
        let rest = state.withLock { state -> [EngineRows] in
            guard state.number == old else { return [] }
            state.number = new
            if state.young.isEmpty, state.old.isEmpty { return [] }
            var rest: [EngineRows] = []
            func drop(_ key: [UInt8]) {
                if let rows = state.young.removeValue(forKey: key) {
                    state.youngByteCount -= Self.byteCount(key, rows)
                    rest.append(rows)
                }
                if let rows = state.old.removeValue(forKey: key) { rest.append(rows) }
            }
            for put in changes.puts { drop(put.key) }
            for key in changes.deletes { drop(key) }
            return rest
        }
        withExtendedLifetime(rest) {}
    }

    /// The engine was asked at that time, and this process had the right to write.
    func prove(at time: MonotonicTime) { state.withLock { $0.end = max($0.end, time + provenTime) } }

    func forget() {
        let rest = state.withLock { $0.forget() }
        withExtendedLifetime(rest) {}
    }
}
