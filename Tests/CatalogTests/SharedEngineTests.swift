import Ground
import Synchronization
import TestSupport
import TestTraits
import Testing

@testable import Catalog

/// Notes what it is told.
private final class Listener: ChangeReceiver {
    let capacity = 1000
    let told = Monitored([String]())
    /// Why nothing more is told.
    let reason = Monitored<CatalogError?>(nil)

    func receive(_ event: WatchEvent, from source: Int) {
        told.update { told in
            switch event {
            case .changed(let changes, _):
                for change in changes {
                    let new = (try? change.new())?[field: "n"]?.integer.map { "\($0)" } ?? "gone"
                    told.append(new)
                }
            case .tableDropped: told.append("dropped")
            case .closed(let reason):
                self.reason.update { $0 = reason }
                told.append("closed")
            default: told.append("other")
            }
        }
    }

    func wait(for count: Int) -> [String] {
        told.wait(until: .now + .seconds(20)) { $0.count >= count ? $0 : nil } ?? told.update { $0 }
    }
}

/// Catalogs of one process each over the same records.
@Suite(.ownThreads) struct SharedEngineTests {
    private static func catalogs(_ count: Int) throws -> (SharedArray, [Catalog]) {
        let shared = SharedArray()
        return (shared, try (0..<count).map { try Catalog.open(SharedEngine(shared, $0)) })
    }

    @Test func whatOneCommitsTheOtherReads() throws {
        let (_, catalogs) = try Self.catalogs(2)
        var transaction = try catalogs[0].beginWrite()
        let database = try transaction.createDatabase("app")
        let table = try transaction.createTable("people", in: database)
        try transaction.commit()
        for number in 0..<20 {
            let (writer, reader) = (catalogs[number % 2], catalogs[(number + 1) % 2])
            let known = try #require(try writer.snapshot().table("people", in: database))
            var transaction = try writer.beginWrite()
            _ = try transaction.put(["id": Datum(number), "n": Datum(number)], in: known)
            try transaction.commit()
            #expect(try reader.snapshot().get(Datum(number), in: table)?[field: "n"] == Datum(number))
        }
        // What is known of tables ends with the commit of whichever process.
        var dropping = try catalogs[1].beginWrite()
        _ = try dropping.dropTable("people", in: database)
        try dropping.commit()
        #expect(try catalogs[0].snapshot().table("people", in: database) == nil)
        var late = try catalogs[0].beginWrite()
        #expect(throws: CatalogError.self) { _ = try late.put(["id": 1], in: table) }
        late.rollback()
    }

    @Test func eachCommitIsToldOnceAndInOrderWhoeverMadeIt() throws {
        let (shared, catalogs) = try Self.catalogs(3)
        var transaction = try catalogs[0].beginWrite()
        let database = try transaction.createDatabase("app")
        let table = try transaction.createTable("people", in: database)
        try transaction.commit()
        let listeners = catalogs.map { _ in Listener() }
        let watches = try zip(catalogs, listeners).map { try $0.watch([WatchRequest(table, .documents(.all))], $1).watch }
        for number in 0..<60 {
            var transaction = try catalogs[number * 7 % 3].beginWrite()
            _ = try transaction.put(["id": Datum(number % 4), "n": Datum(number)], in: table)
            try transaction.commit()
        }
        for listener in listeners { #expect(listener.wait(for: 60) == (0..<60).map { "\($0)" }) }
        // One that begins in between hears of what comes after its state.
        let late = Listener()
        let (watch, snapshot, _) = try catalogs[2].watch([WatchRequest(table, .documents(.all))], late)
        #expect(try snapshot.get(Datum(3), in: table)?[field: "n"] == Datum(59))
        var last = try catalogs[0].beginWrite()
        _ = try last.put(["id": 0, "n": 60], in: table)
        try last.commit()
        #expect(late.wait(for: 1) == ["60"])
        var dropping = try catalogs[1].beginWrite()
        _ = try dropping.dropTable("people", in: database)
        try dropping.commit()
        #expect(late.wait(for: 2) == ["60", "dropped"])
        withExtendedLifetime((watch, watches)) {}

        // A process that the others took for dead may have missed something, and says so.
        let other = Listener()
        var again = try catalogs[0].beginWrite()
        let second = try again.createTable("second", in: database)
        try again.commit()
        let lost = try catalogs[1].watch([WatchRequest(second, .documents(.all))], other).watch
        shared.state.update { $0.watched[1] = nil }
        var unheard = try catalogs[0].beginWrite()
        _ = try unheard.put(["id": 1, "n": 1], in: second)
        try unheard.commit()
        #expect(other.wait(for: 1) == ["closed"])
        #expect(other.reason.update { $0 }?.kind == .unavailable)
        withExtendedLifetime(lost) {}
    }

    /// What was told in a while comes in pieces, and each change is told once.
    @Test(arguments: [1, 10, 1000]) func muchNewsIsTakenInPieceByPiece(byteCount: Int) throws {
        let (shared, catalogs) = try Self.catalogs(2)
        shared.state.update { $0.newsPieceByteCount = byteCount }
        var transaction = try catalogs[0].beginWrite()
        let table = try transaction.createTable("people", in: transaction.createDatabase("app"))
        try transaction.commit()
        let listener = Listener()
        let watch = try catalogs[1].watch([WatchRequest(table, .documents(.all))], listener).watch
        for number in 0..<25 {
            var transaction = try catalogs[0].beginWrite()
            _ = try transaction.put(["id": Datum(number), "n": Datum(number)], in: table)
            try transaction.commit()
        }
        #expect(listener.wait(for: 25) == (0..<25).map { "\($0)" })
        #expect(shared.state.update { $0.news.count } >= 25)
        withExtendedLifetime(watch) {}
    }

    /// Small values beside all states: who changes one that is another by now has changed nothing.
    @Test func cellsAreThoseOfAllProcesses() throws {
        let (_, catalogs) = try Self.catalogs(2)
        let cells = try catalogs.map { try #require($0.sharedCells) }
        #expect(cells[0].isShared)
        #expect(try cells[0].value("n") == nil)
        #expect(try cells[0].exchange("n", nil, for: [1]))
        #expect(try !cells[1].exchange("n", nil, for: [2]))
        #expect(try cells[1].value("n") == [1])
        #expect(try cells[1].exchange("n", [1], for: [2]))
        #expect(try !cells[0].exchange("n", [1], for: [3]))
        #expect(try cells[0].value("n") == [2])
        #expect(try Catalog.inMemory().sharedCells == nil)
    }

    /// Where one process writes alone, and another one takes its place, nobody would tell who watches of anything any more.
    @Test func whoWatchesIsToldThatAnotherProcessHasTakenOver() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("people", in: transaction.createDatabase("app"))
        try transaction.commit()
        let listener = Listener()
        let watch = try catalog.watch([WatchRequest(table, .documents(.all))], listener).watch
        var writing = try catalog.beginWrite()
        _ = try writing.put(["id": 1, "n": 1], in: table)
        try writing.commit()
        #expect(listener.wait(for: 1) == ["1"])
        // One that can't be reached for a while is waited for.
        engine.isAway.withLock { $0 = true }
        engine.isAway.withLock { $0 = false }
        engine.isTakenOver.withLock { $0 = true }
        #expect(listener.wait(for: 2) == ["1", "closed"])
        #expect(listener.reason.update { $0 }?.kind == .writesStopped)
        withExtendedLifetime(watch) {}
    }

    /// Two transactions of two processes that go on from request to request: who comes second is told so.
    @Test(arguments: [OpenTransaction.Isolation.readCommitted, .serializable])
    func openTransactionsOfTwoProcessesDontOverwriteEachOther(isolation: OpenTransaction.Isolation) throws {
        let (_, catalogs) = try Self.catalogs(2)
        var transaction = try catalogs[0].beginWrite()
        let database = try transaction.createDatabase("app")
        let table = try transaction.createTable("people", in: database)
        _ = try transaction.put(["id": 1, "n": 0], in: table)
        try transaction.commit()
        let open = catalogs[0].openTransactions.begin(catalogs[0], isolation, user: nil)
        try open.write({ (transaction) throws(CatalogError) in _ = try transaction.put(["id": 1, "n": 5], in: table) }, refusing: { $0 })
        open.rest()
        // The turn is passed on, though nobody in its own process waits for it.
        var other = try catalogs[1].beginWrite(waiting: .seconds(20))
        _ = try other.put(["id": 1, "n": 9], in: table)
        try other.commit()
        do throws(CatalogError) {
            try open.commit(.hard)
            Issue.record("It was committed.")
        } catch { #expect(error.kind == .serializationFailure) }
        #expect(try catalogs[0].snapshot().get(1, in: table)?[field: "n"] == 9)
    }

    /// A block loses the turn of its process, and another one commits, before it is set aside.
    @Test func aBlockThatHasLostItsTurnIsNotSerializable() throws {
        let (shared, catalogs) = try Self.catalogs(2)
        var transaction = try catalogs[0].beginWrite()
        let table = try transaction.createTable("people", in: transaction.createDatabase("app"))
        try transaction.commit()
        let open = catalogs[0].openTransactions.begin(catalogs[0], .readCommitted, user: nil)
        try open.write({ (transaction) throws(CatalogError) in _ = try transaction.put(["id": 1, "n": 5], in: table) }, refusing: { $0 })
        shared.state.update { $0.holder = nil }
        var other = try catalogs[1].beginWrite(waiting: .seconds(20))
        _ = try other.put(["id": 2, "n": 9], in: table)
        try other.commit()
        open.setAside()
        do throws(CatalogError) {
            try open.commit(.hard)
            Issue.record("It was committed.")
        } catch { #expect(error.kind == .serializationFailure) }
    }

    /// Threads of three processes count the same document up.
    @Test func nothingIsLostAmongWritersOfSeveralProcesses() throws {
        let (_, catalogs) = try Self.catalogs(3)
        var transaction = try catalogs[0].beginWrite()
        let database = try transaction.createDatabase("app")
        let table = try transaction.createTable("sums", in: database)
        _ = try transaction.put(["id": 1, "n": 0], in: table)
        try transaction.commit()
        try onThreads(6) { number in
            for _ in 0..<50 {
                var transaction = try catalogs[number % 3].beginWrite()
                let old = try transaction.snapshot().get(1, in: table)?[field: "n"]?.integer ?? 0
                _ = try transaction.put(["id": 1, "n": Datum(old + 1)], in: table)
                try transaction.commit()
            }
        }
        #expect(try catalogs[1].snapshot().get(1, in: table)?[field: "n"] == 300)
    }
}
