import Ground
import Synchronization
import Testing

@testable import Catalog

/// What an engine promises, in this process: states are arrays in the order of their keys, and a commit makes the next one.
final class ArrayEngine: KeyValueEngine {
    private let newest = Mutex((rows: [(key: [UInt8], value: [UInt8])](), number: UInt64(7), metadataNumber: UInt64(0)))
    /// Whether the next commit is refused, as if another process had taken over.
    let isReplaced = Mutex(false)
    /// The same, and whoever asks anything new learns of it.
    let isTakenOver = Mutex(false)
    /// Whether the next commit fails once it was found out that an attempt before had come to nothing, which makes a state.
    let failsLate = Mutex(false)
    /// How many of the next commits are refused, as if another process had written before each.
    let overtaken = Mutex(0)
    /// How long a commit takes.
    let commitTime = Mutex(Duration.zero)
    /// What a commit waits for.
    let gate = Mutex<Monitored<Bool>?>(nil)
    let commitCount = Mutex(0)
    /// Whether it can't be reached.
    let isAway = Mutex(false)
    /// How often it was looked what has come of a page.
    let receivedCount = Mutex(0)
    /// How often something was asked.
    let askedCount = Mutex(0)
    /// The bytes of the largest answer, of the largest one of several rows, and of the largest value in one of these.
    let largestAnswer = Mutex((all: 0, several: 0, value: 0))
    let name = "an array"
    let id = UUID.random().description
    let opening: UInt64 = 1
    let isReadOnly = false
    /// The largest value that it takes.
    let limit = Mutex(Int.max)
    var largestValueByteCount: Int { limit.withLock { $0 } }

    /// What it was given before a commit, in how many parts, and how many it takes.
    let ahead = Mutex<[(key: [UInt8], value: [UInt8])]>([])
    let aheadCount = Mutex(0)
    let aheadLimit = Mutex(Int.max)

    func send(ahead records: EngineRows) -> Bool {
        guard aheadLimit.withLock({ limit in aheadCount.withLock { $0 < limit } }) else { return false }
        aheadCount.withLock { $0 += 1 }
        ahead.withLock { ahead in
            for index in 0..<records.count { ahead.append((records.key(index).copy(), records.value(index).copy())) }
        }
        return true
    }

    func forgetAhead() { ahead.withLock { $0 = [] } }

    private static let takenOver = CatalogError(.writesStopped, "Another process has taken over.")

    func view() throws(CatalogError) -> any EngineView {
        if isTakenOver.withLock({ $0 }) { throw Self.takenOver }
        let (rows, number, metadataNumber) = newest.withLock { $0 }
        return View(rows: rows, number: number, metadataNumber: metadataNumber, engine: self)
    }

    /// It begins when something is read of it: nothing may have been committed by then.
    func viewOfTurn() -> any EngineView {
        let (_, number, metadataNumber) = newest.withLock { $0 }
        return View(rows: nil, number: number, metadataNumber: metadataNumber, engine: self)
    }

    func commit(_ changes: EngineChanges, after number: UInt64, _ durability: Durability) throws(CatalogError) -> EngineCommit {
        if isReplaced.withLock({ $0 }) { throw Self.takenOver }
        if failsLate.withLock({ exchange(&$0, with: false) }) {
            newest.withLock { $0.number += 1 }
            throw CatalogError(.tooLarge, "This is refused.")
        }
        let isOvertaken = overtaken.withLock { count in
            defer { count = max(count - 1, 0) }
            return count > 0
        }
        if isOvertaken { throw CatalogError(.serializationFailure, "Another process has written.") }
        commitCount.withLock { $0 += 1 }
        gate.withLock { $0 }?.wait { $0 ? () : nil }
        let time = commitTime.withLock { $0 }
        if time > .zero { Monitored(()).wait(until: .now + time) { _ in Never?.none } }
        if (changes.puts + changes.inserts).contains(where: { String(decoding: $0.key, as: UTF8.self).contains("poison") }) {
            throw CatalogError(.tooLarge, "This is refused.")
        }
        // What is lost is given again.
        let known = ahead.withLock { exchange(&$0, with: []) }
        let before = changes.ahead == nil ? [] : known.isEmpty ? try changes.ahead!() : known
        return newest.withLock { state in
            #expect(state.number == number)
            let puts = before + changes.inserts + changes.puts
            for records in [before, changes.inserts, changes.puts] {
                for pair in zip(records, records.dropFirst()) { #expect(pair.0.key.lexicographicallyPrecedes(pair.1.key)) }
            }
            let changed = Set(puts.map(\.key) + changes.deletes)
            #expect(changed.count == puts.count + changes.deletes.count)
            let new = Set((before + changes.inserts).map(\.key))
            #expect(!state.rows.contains { new.contains($0.key) }, "It was there.")
            state.rows = state.rows.filter { !changed.contains($0.key) } + puts
            state.rows.sort { $0.key.lexicographicallyPrecedes($1.key) }
            // As after a commit of which nobody knew what had become of it: two attempts to find out count as well.
            let own = state.number + UInt64(changes.count)
            state.number = own + 2
            if changes.changesMetadata { state.metadataNumber = own }
            return EngineCommit(state: state.number, number: own)
        }
    }

    func newestNumber() throws(CatalogError) -> UInt64 {
        if isAway.withLock({ $0 }) { throw CatalogError(.unavailable, "Nobody answers.") }
        if isTakenOver.withLock({ $0 }) { throw Self.takenOver }
        return newest.withLock { $0.number }
    }

    var knownNumber: UInt64 { newest.withLock { $0.number } }

    func byteCount() -> UInt64 { UInt64(newest.withLock { $0.rows.reduce(0) { $0 + $1.key.count + $1.value.count } }) }
    func close() {}

    private final class View: EngineView {
        /// Nil before it begins.
        private let known: Mutex<[(key: [UInt8], value: [UInt8])]?>
        let number: UInt64
        let metadataNumber: UInt64
        let opening: UInt64 = 1
        let engine: ArrayEngine
        var isUsable: Bool { true }

        private var rows: [(key: [UInt8], value: [UInt8])] {
            known.withLock { known in
                if let known { return known }
                let (rows, number, _) = engine.newest.withLock { $0 }
                #expect(number == self.number, "A view begins after a commit.")
                known = rows
                return rows
            }
        }

        func begin() { _ = rows }
        func receive() { engine.receivedCount.withLock { $0 += 1 } }

        init(rows: [(key: [UInt8], value: [UInt8])]?, number: UInt64, metadataNumber: UInt64, engine: ArrayEngine) {
            known = Mutex(rows)
            self.number = number
            self.metadataNumber = metadataNumber
            self.engine = engine
        }

        private func answer(
            _ found: some Sequence<(key: [UInt8], value: [UInt8])>, isCut: Bool = false, omitted: Set<[UInt8]> = []
        ) -> EngineRows {
            engine.askedCount.withLock { $0 += 1 }
            var builder = EngineRows.Builder()
            var largest = 0
            for row in found {
                builder.append(row.key, row.value)
                largest = max(largest, row.value.count)
            }
            builder.isCut = isCut
            builder.omitted = omitted
            let rows = EngineRows(builder)
            engine.largestAnswer.withLock { answers in
                answers.all = max(answers.all, rows.byteCount)
                guard rows.count > 1 else { return }
                answers.several = max(answers.several, rows.byteCount)
                answers.value = max(answers.value, largest)
            }
            return rows
        }

        func rows(of keys: [[UInt8]]) -> EngineRows {
            let wanted = Set(keys)
            #expect(wanted.count == keys.count)
            return answer(rows.filter { wanted.contains($0.key) }.reversed())
        }

        /// Values of more than 100,000 bytes don't come with others.
        func rows(ahead keys: [[UInt8]]) -> EngineRows {
            let wanted = Set(keys)
            let found = rows.filter { wanted.contains($0.key) }
            guard keys.count > 1 else { return answer(found) }
            return answer(found.filter { $0.value.count <= 100_000 }, omitted: Set(found.filter { $0.value.count > 100_000 }.map(\.key)))
        }

        func page(_ page: EnginePage) -> EngineRows {
            let found = within(page.lower, page.upper)
            let ordered = page.isReversed ? found.reversed() : found
            var all: [(key: [UInt8], value: [UInt8])] = []
            for row in ordered.dropFirst(page.skipped).prefix(page.limit) { all.append((row.key, page.onlyKeys ? [] : row.value)) }
            var byteCount = 0
            let fitting = max(
                1,
                all.prefix { row in
                    defer { byteCount += row.key.count + row.value.count }
                    return row.value.count <= page.largestValueByteCount && byteCount < EnginePage.byteCount
                }.count)
            return answer(all.prefix(fitting), isCut: fitting < all.count)
        }

        func count(from lower: [UInt8], to upper: [UInt8]?) -> Int {
            engine.askedCount.withLock { $0 += 1 }
            return within(lower, upper).count
        }

        private func within(_ lower: [UInt8], _ upper: [UInt8]?) -> [(key: [UInt8], value: [UInt8])] {
            rows.filter { row in
                !row.key.lexicographicallyPrecedes(lower) && (upper.map { row.key.lexicographicallyPrecedes($0) } ?? true)
            }
        }
    }
}
