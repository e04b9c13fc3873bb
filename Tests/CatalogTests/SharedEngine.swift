import Ground
import Synchronization
import Testing

@testable import Catalog

/// What several processes share: the newest state, whose turn it is, what is watched where, and what commits told.
final class SharedArray: Sendable {
    struct State {
        var rows: [(key: [UInt8], value: [UInt8])] = []
        var number: UInt64 = 1
        var metadataNumber: UInt64 = 0
        var watchNumber: UInt64 = 0
        var watched: [Int: Set<String>] = [:]
        var news: [(number: UInt64, process: Int, bytes: [UInt8])] = []
        /// In how large pieces it is handed out.
        var newsPieceByteCount = Int.max
        var cells: [[UInt8]: [UInt8]] = [:]
        /// The process whose turn it is.
        var holder: Int?
        var commitCount = 0
        /// How many of the next commits are refused.
        var refusedCount = 0
    }

    let state = Monitored(State())
    let id = UUID.random().description
}

/// One process of several that write beside each other, as an engine is to it.
final class SharedEngine: KeyValueEngine {
    let shared: SharedArray
    let process: Int
    let name = "an array of several"
    var id: String { shared.id }
    let opening: UInt64 = 1
    let isReadOnly = false
    let isShared = true

    init(_ shared: SharedArray, _ process: Int) {
        self.shared = shared
        self.process = process
    }

    func view() -> any EngineView { View(state: shared.state.update { $0 }, process: process) }

    func beginTurn(until deadline: MonotonicTime?) -> UInt64? {
        shared.state.wait(until: deadline?.instant) { state -> UInt64? in
            guard state.holder == nil else { return nil }
            state.holder = process
            return state.number
        }
    }

    func endTurn() { shared.state.update { if $0.holder == process { $0.holder = nil } } }

    func commit(_ changes: EngineChanges, after number: UInt64, _ durability: Durability) throws(CatalogError) -> EngineCommit {
        let committed = shared.state.update { state -> EngineCommit? in
            #expect(state.number == number)
            #expect(state.holder == process)
            state.holder = nil
            guard state.refusedCount == 0 else {
                state.refusedCount -= 1
                return nil
            }
            state.commitCount += 1
            let puts = changes.puts + changes.inserts
            let changed = Set(puts.map(\.key) + changes.deletes)
            state.rows = state.rows.filter { !changed.contains($0.key) } + puts
            state.rows.sort { $0.key.lexicographicallyPrecedes($1.key) }
            for part in changes.news.parts { state.news.append((state.number + 1, process, part)) }
            state.number += UInt64(changes.count)
            if changes.changesMetadata { state.metadataNumber = state.number }
            return EngineCommit(state.number)
        }
        guard let committed else { throw CatalogError(.diskFull, "There is no room.") }
        return committed
    }

    func metadataNumber() -> UInt64 { shared.state.update { $0.metadataNumber } }
    func newestNumber() -> UInt64 { shared.state.update { $0.number } }

    func watch(_ names: Set<String>, before count: Int) -> UInt64? {
        shared.state.wait { state -> UInt64?? in
            guard state.holder == nil else { return nil }
            state.watchNumber += 1
            guard state.watched[process]?.count ?? 0 == count else {
                state.watched[process] = nil
                return .some(nil)
            }
            state.watched[process] = names
            return state.number
        }
    }

    func cell(_ name: [UInt8]) -> [UInt8]? { shared.state.update { $0.cells[name] } }
    func exchangeCell(_ name: [UInt8], _ old: [UInt8]?, for new: [UInt8]) -> Bool {
        shared.state.update { state in
            guard state.cells[name] == old else { return false }
            state.cells[name] = new
            return true
        }
    }

    func byteCount() -> UInt64 { 0 }
    func close() {}

    private final class View: EngineView {
        let rows: [(key: [UInt8], value: [UInt8])]
        let number: UInt64
        let metadataNumber: UInt64
        let opening: UInt64 = 1
        let watchNumber: UInt64
        let watched: [Int: Set<String>]
        let news: [(number: UInt64, process: Int, bytes: [UInt8])]
        let newsPieceByteCount: Int
        let process: Int
        var isUsable: Bool { true }

        init(state: SharedArray.State, process: Int) {
            rows = state.rows
            number = state.number
            metadataNumber = state.metadataNumber
            watchNumber = state.watchNumber
            watched = state.watched
            news = state.news
            newsPieceByteCount = state.newsPieceByteCount
            self.process = process
        }

        func watchedElsewhere() -> Set<String> { watched.filter { $0.key != process }.values.reduce(into: []) { $0.formUnion($1) } }

        func news(
            after number: UInt64, watching count: Int, _ take: (UInt64, [UInt8]) throws(CatalogError) -> Void
        ) throws(CatalogError) -> Bool {
            guard watched[process]?.count ?? 0 == count else { return false }
            for news in news where news.number > number && news.process != process {
                var rest = news.bytes[...]
                while !rest.isEmpty {
                    try take(news.number, Array(rest.prefix(newsPieceByteCount)))
                    rest = rest.dropFirst(newsPieceByteCount)
                }
            }
            return true
        }

        private func answer(_ found: some Sequence<(key: [UInt8], value: [UInt8])>) -> EngineRows {
            var builder = EngineRows.Builder()
            for row in found { builder.append(row.key, row.value) }
            return EngineRows(builder)
        }

        func rows(of keys: [[UInt8]]) -> EngineRows { answer(rows.filter { keys.contains($0.key) }) }

        func page(_ page: EnginePage) -> EngineRows {
            let found = within(page.lower, page.upper)
            let ordered = page.isReversed ? found.reversed() : found
            return answer(ordered.dropFirst(page.skipped).prefix(page.limit).map { ($0.key, page.onlyKeys ? [] : $0.value) })
        }

        func count(from lower: [UInt8], to upper: [UInt8]?) -> Int { within(lower, upper).count }

        private func within(_ lower: [UInt8], _ upper: [UInt8]?) -> [(key: [UInt8], value: [UInt8])] {
            rows.filter { row in
                !row.key.lexicographicallyPrecedes(lower) && (upper.map { row.key.lexicographicallyPrecedes($0) } ?? true)
            }
        }
    }
}
