import Ground
import Synchronization
import TestSupport
import TestTraits
import Testing

@testable import Catalog

/// Transactions of one process that commit in one turn among processes.
@Suite(.ownThreads) struct SharedTurnTests {
    private let shared = SharedArray()
    private let catalogs: [Catalog]
    private let table: TableConfig

    init() throws {
        let shared = shared
        catalogs = try (0..<3).map { try Catalog.open(SharedEngine(shared, $0)) }
        var transaction = try catalogs[0].beginWrite()
        table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        _ = try transaction.put(["id": "sum", "n": 0], in: table)
        try transaction.commit()
    }

    private var holder: Int? { shared.state.update { $0.holder } }
    private var commitCount: Int { shared.state.update { $0.commitCount } }

    private func sum(_ catalog: Catalog) throws -> Int { try catalog.snapshot().get("sum", in: table)?[field: "n"]?.integer ?? -1 }

    /// Adds one, and leaves the wait for the commit to others if there is something that waits for it.
    private static func add(_ catalog: Catalog, _ table: TableConfig, _ deferred: DeferredCommits? = nil) throws -> Int {
        var transaction = try catalog.beginWrite(waiting: nil, shares: true)
        let old = try transaction.get("sum", in: table)?[field: "n"]?.integer ?? -1
        try transaction.put(["id": "sum", "n": Datum(old + 1)], in: table)
        try transaction.commit(.none, deferring: deferred)
        return old + 1
    }

    private func add(_ deferred: DeferredCommits? = nil) throws -> Int { try Self.add(catalogs[0], table, deferred) }

    @Test func eachReadsWhatThoseBeforeItHaveChangedAndNobodyElseDoes() throws {
        let before = commitCount
        let deferred = DeferredCommits()
        for number in 1...5 { #expect(try add(deferred) == number) }
        #expect(commitCount == before && holder == 0)
        for catalog in catalogs { #expect(try sum(catalog) == 0) }
        // Ranges and counts are read beside what stands in the tree.
        var transaction = try catalogs[0].beginWrite(waiting: nil, shares: true)
        for number in 0..<3 { try transaction.put(["id": Datum(number)], in: table) }
        try transaction.commit(.none, deferring: deferred)
        transaction = try catalogs[0].beginWrite(waiting: nil, shares: true)
        #expect(try transaction.snapshot().documentCount(in: table) == 4)
        #expect(try transaction.delete(1, in: table))
        #expect(try transaction.snapshot().documentCount(in: table) == 3)
        try transaction.commit(.none, deferring: deferred)
        #expect(try catalogs[0].snapshot().documentCount(in: table) == 1)
        let number = shared.state.update { $0.number }
        try deferred.wait()
        #expect(commitCount == before + 1 && holder == nil)
        #expect(shared.state.update { $0.number } == number + 7)
        for catalog in catalogs {
            #expect(try sum(catalog) == 5)
            #expect(try catalog.snapshot().documentCount(in: table) == 3)
        }
    }

    /// What one has put the next one deletes: nothing is left, and both are committed.
    @Test func whatComesToNothingIsCommittedAsWell() throws {
        let deferred = DeferredCommits()
        let (before, number) = (commitCount, shared.state.update { $0.number })
        var transaction = try catalogs[0].beginWrite(waiting: nil, shares: true)
        try transaction.put(["id": "short"], in: table)
        try transaction.commit(.none, deferring: deferred)
        transaction = try catalogs[0].beginWrite(waiting: nil, shares: true)
        #expect(try transaction.delete("short", in: table))
        try transaction.commit(.none, deferring: deferred)
        try deferred.wait()
        #expect(commitCount == before + 1 && holder == nil)
        #expect(shared.state.update { $0.number } == number + 2)
        for catalog in catalogs { #expect(try catalog.snapshot().get("short", in: table) == nil) }
        // One that only reads what is not committed yet waits for it.
        _ = try add(deferred)
        transaction = try catalogs[0].beginWrite(waiting: nil, shares: true)
        #expect(try transaction.get("sum", in: table)?[field: "n"] == 1)
        try transaction.commit()
        #expect(try sum(catalogs[1]) == 1)
        try deferred.wait()
    }

    /// The log of a table has the changes of all of them, one behind the other.
    @Test func logsFollowOneAfterTheOther() throws {
        var transaction = try catalogs[0].beginWrite()
        let logged = try transaction.createTable(
            "logged", in: #require(try catalogs[0].snapshot().database("app")), changeLog: .standard)
        try transaction.commit()
        let deferred = DeferredCommits()
        for number in 0..<3 {
            transaction = try catalogs[0].beginWrite(waiting: nil, shares: true)
            try transaction.put(["id": 1, "n": Datum(number)], in: logged)
            try transaction.commit(.none, deferring: deferred)
        }
        try deferred.wait()
        #expect(try catalogs[1].check().problems.isEmpty)
    }

    @Test func whoDoesNotShareBeginsBehindThem() throws {
        let deferred = DeferredCommits()
        _ = try add(deferred)
        let transaction = try catalogs[0].beginWrite()
        #expect(try transaction.get("sum", in: table)?[field: "n"] == 1)
        #expect(try sum(catalogs[1]) == 1)
        transaction.rollback()
        #expect(holder == nil)
        // It has been answered already.
        try deferred.wait()
        let before = commitCount
        _ = try add(deferred)
        // Who begins to watch takes the turn as well.
        let listener = Sums()
        let watch = try catalogs[0].watch([WatchRequest(table, .documents(.all))], listener).watch
        #expect(commitCount == before + 1)
        try deferred.wait()
        withExtendedLifetime(watch) {}
    }

    @Test func oneThatChangesMetadataOrMuchTakesTheOthersAlong() throws {
        let before = commitCount
        let deferred = DeferredCommits()
        _ = try add(deferred)
        var transaction = try catalogs[0].beginWrite(waiting: nil, shares: true)
        let other = try transaction.createTable("other", in: #require(try catalogs[0].snapshot().database("app")))
        try transaction.commit()
        #expect(commitCount == before + 1 && holder == nil)
        #expect(try catalogs[1].snapshot().table(id: other.id) != nil)
        _ = try add(deferred)
        transaction = try catalogs[0].beginWrite(waiting: nil, shares: true)
        let text = Datum(String(repeating: "x", count: 100_000))
        for number in 0..<3 { try transaction.put(["id": Datum(number), "text": text], in: table) }
        try transaction.commit(.none, deferring: deferred)
        #expect(commitCount == before + 2 && holder == nil)
        try deferred.wait()
        #expect(try sum(catalogs[1]) == 2)
    }

    @Test func whatIsRefusedHasFailedForAllOfThemAndLeavesNothing() throws {
        let deferred = (0..<3).map { _ in DeferredCommits() }
        for one in deferred { _ = try add(one) }
        shared.state.update { $0.refusedCount = 1 }
        for one in deferred { #expect { try one.wait() } throws: { ($0 as? CatalogError)?.kind == .diskFull } }
        #expect(holder == nil)
        #expect(try sum(catalogs[0]) == 0)
        #expect(try add() == 1)
        #expect(try sum(catalogs[1]) == 1)
    }

    @Test func oneThatIsRolledBackLeavesTheOthersWhatTheyHave() throws {
        let before = commitCount
        // Alone it gives the turn back.
        var transaction = try catalogs[0].beginWrite(waiting: nil, shares: true)
        try transaction.put(["id": "lost"], in: table)
        #expect(holder == 0)
        transaction.rollback()
        #expect(holder == nil)
        // So does one that has changed nothing.
        transaction = try catalogs[0].beginWrite(waiting: nil, shares: true)
        try transaction.commit()
        #expect(holder == nil && commitCount == before)
        let deferred = DeferredCommits()
        _ = try add(deferred)
        transaction = try catalogs[0].beginWrite(waiting: nil, shares: true)
        try transaction.put(["id": "sum", "n": 100], in: table)
        try transaction.put(["id": "lost"], in: table)
        transaction.rollback()
        #expect(try add(deferred) == 2)
        do {
            // Dropped, as when an error is thrown.
            var dropped = try catalogs[0].beginWrite(waiting: nil, shares: true)
            try dropped.put(["id": "lost"], in: table)
        }
        try deferred.wait()
        #expect(commitCount == before + 1 && holder == nil)
        #expect(try sum(catalogs[1]) == 2)
        #expect(try catalogs[1].snapshot().documentCount(in: table) == 1)
    }

    /// Threads of three processes add to one document, in every way there is, while some commits are refused. What is acknowledged is there, and
    /// whoever watches hears of it in order.
    @Test func theSumIsExactWhateverBecomesOfTheCommits() throws {
        let (catalogs, table, shared) = (self.catalogs, self.table, self.shared)
        let listeners = catalogs.map { _ in Sums() }
        let watches = try zip(catalogs, listeners).map { try $0.watch([WatchRequest(table, .document("sum"))], $1).watch }
        let acknowledged = Mutex(0)
        try onThreads(12) { thread in
            let catalog = catalogs[thread % 3]
            for round in 0..<30 {
                if round % 10 == 4 { shared.state.update { $0.refusedCount += 1 } }
                do throws(CatalogError) {
                    switch round % 6 {
                    case 2:
                        var transaction = try catalog.beginWrite()
                        let old = try transaction.get("sum", in: table)?[field: "n"]?.integer ?? -1
                        try transaction.put(["id": "sum", "n": Datum(old + 1)], in: table)
                        try transaction.commit()
                    case 3:
                        var transaction = try catalog.beginWrite(waiting: nil, shares: true)
                        try transaction.put(["id": "sum", "n": -1], in: table)
                        transaction.rollback()
                        continue
                    case 5:
                        var transaction = try catalog.beginWrite(waiting: nil, shares: true)
                        let old = try transaction.snapshot().get("sum", in: table)?[field: "n"]?.integer ?? -1
                        try transaction.put(["id": "sum", "n": Datum(old + 1)], in: table)
                        try transaction.put(["id": Datum("\(thread) \(round)")], in: table)
                        _ = try transaction.snapshot().documentCount(in: table)
                        try transaction.commit()
                    default:
                        let expected = catalog.expect({ ["sum"] }, in: table)
                        var transaction = try catalog.beginWrite(waiting: nil, shares: true)
                        expected?.end()
                        let old = try transaction.get("sum", in: table)?[field: "n"]?.integer ?? -1
                        try transaction.put(["id": "sum", "n": Datum(old + 1)], in: table)
                        try transaction.commit()
                    }
                    acknowledged.withLock { $0 += 1 }
                } catch {
                    #expect(error.kind == .diskFull)
                }
            }
        }
        let count = acknowledged.withLock { $0 }
        for catalog in catalogs { #expect(try sum(catalog) == count) }
        #expect(holder == nil)
        for listener in listeners { #expect(listener.wait(for: count) == Array(1...count)) }
        withExtendedLifetime(watches) {}
    }

    private final class Sums: ChangeReceiver {
        private let seen = Monitored<[Int]>([])
        var capacity: Int { 100_000 }

        func receive(_ event: WatchEvent, from source: Int) {
            guard case .changed(let changes, _) = event else { return }
            for change in changes { seen.update { $0.append((try? change.new())?[field: "n"]?.integer ?? -1) } }
        }

        func wait(for count: Int) -> [Int] {
            seen.wait(until: .now + .seconds(20)) { $0.count >= count ? $0 : nil } ?? seen.update { $0 }
        }
    }
}
