import Ground
import Synchronization

/// Records of an engine's newest state that were read by their keys, so that what many ask for again and again takes no trip.
///
/// They are kept where this process alone writes: each change is one of its own, which takes out what it changes, so the others are what the
/// engine has. That nobody has taken over has to be shown every now and then, by what the engine is asked anyway; until then nothing of this is
/// given out. What was not read lately goes: those that were are in the young half, which grows old as a whole when it is full.
final class KeptRows: Sendable {
    private typealias Rows = [RecordKey: EngineRows]

    private struct State {
        /// The number of the state that they are of.
        var number: UInt64 = 0
        var young: Rows = [:]
        var old: Rows = [:]
        /// An old half that nobody finds any more: to free it takes longer than readers are to wait.
        var gone: Rows = [:]
        var youngByteCount = 0
        /// Until when they are given out.
        var end = MonotonicTime.now

        /// What is let go of is added to `rest`: it may be much, which is not to be freed under the lock.
        mutating func forget(_ rest: inout [Rows]) {
            rest += [young, old, gone]
            (young, old, gone, youngByteCount) = ([:], [:], [:], 0)
        }

        mutating func put(_ rows: EngineRows, _ key: RecordKey, limit: Int, _ rest: inout [Rows]) {
            if young.updateValue(rows, forKey: key) == nil { youngByteCount += KeptRows.byteCount(key.bytes, rows) }
            guard youngByteCount > limit else { return }
            rest.append(gone)
            (gone, old, young, youngByteCount) = (old, young, [:], 0)
        }

        mutating func find(_ key: RecordKey, limit: Int, _ rest: inout [Rows]) -> EngineRows? {
            if let rows = young[key] { return rows }
            guard let rows = old.removeValue(forKey: key) else { return nil }
            put(rows, key, limit: limit, &rest)
            return rows
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
    init(limit: Int, provenTime: Duration = .milliseconds(1500)) {
        halfByteCount = limit / 2
        self.provenTime = provenTime
    }

    private static func byteCount(_ key: [UInt8], _ rows: EngineRows) -> Int { entryByteCount + key.count + rows.byteCount }

    /// What is known of a key in a state: a row without its key, and no row where there is none. Nil if nothing is known.
    func rows(of key: [UInt8], in number: UInt64) -> EngineRows? { rows(of: CollectionOfOne(key), in: number)[0] }

    /// The same of several, for which the lock is taken once.
    func rows(of keys: some Collection<[UInt8]>, in number: UInt64) -> [EngineRows?] {
        let (rows, rest) = state.withLock { state -> ([EngineRows?], [Rows]) in
            guard state.number == number, .now < state.end else { return (Array(repeating: nil, count: keys.count), []) }
            var rest: [Rows] = []
            return (keys.map { state.find(RecordKey($0), limit: halfByteCount, &rest) }, rest)
        }
        withExtendedLifetime(rest) {}
        return rows
    }

    /// Keeps what was read of a key in a state, if it is the newest one that is known of.
    func keep(_ rows: EngineRows, of key: [UInt8], in number: UInt64) {
        guard rows.count <= 1, rows.omitted.isEmpty else { return }
        keep(CollectionOfOne((key: key, rows: rows.packed)), in: number)
    }

    /// The same of several: of each its own row, or none.
    func keep(_ all: some Collection<(key: [UInt8], rows: EngineRows)>, in number: UInt64) {
        let rest = state.withLock { state -> [Rows] in
            guard number >= state.number else { return [] }
            var rest: [Rows] = []
            if number > state.number {
                state.forget(&rest)
                state.number = number
            }
            for (key, rows) in all where rows.byteCount <= Self.largestByteCount {
                state.put(rows, RecordKey(key), limit: halfByteCount, &rest)
            }
            return rest
        }
        withExtendedLifetime(rest) {}
    }

    /// A commit of this process has made another state.
    func pass(_ changes: EngineChanges, from old: UInt64, to new: UInt64) {
        guard changes.keyCount <= Self.largestChangeCount, changes.ahead == nil else { return }
        let rest = state.withLock { state -> [EngineRows] in
            guard state.number == old else { return [] }
            state.number = new
            if state.young.isEmpty, state.old.isEmpty { return [] }
            var rest: [EngineRows] = []
            func drop(_ bytes: [UInt8]) {
                let key = RecordKey(bytes)
                if let rows = state.young.removeValue(forKey: key) {
                    state.youngByteCount -= Self.byteCount(bytes, rows)
                    rest.append(rows)
                }
                if let rows = state.old.removeValue(forKey: key) { rest.append(rows) }
            }
            for put in changes.puts { drop(put.key) }
            for record in changes.inserts { drop(record.key) }
            for key in changes.deletes { drop(key) }
            return rest
        }
        withExtendedLifetime(rest) {}
    }

    /// The engine was asked at that time, and this process had the right to write.
    func prove(at time: MonotonicTime) { state.withLock { $0.end = max($0.end, time + provenTime) } }

    /// Frees what went lately. Called now and then by a thread that nobody waits for.
    func dropGone() {
        let rest = state.withLock { exchange(&$0.gone, with: [:]) }
        withExtendedLifetime(rest) {}
    }

    func forget() {
        let rest = state.withLock { state -> [Rows] in
            var rest: [Rows] = []
            state.forget(&rest)
            return rest
        }
        withExtendedLifetime(rest) {}
    }
}
