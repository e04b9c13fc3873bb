import Ground
import Synchronization
import Testing

@testable import Catalog

/// What an engine is given to commit, and what becomes of it where it refuses.
@Suite struct EngineCommitTests {
    /// The state that short writes begin with has the newest tables, whatever it lacks of documents.
    @Test func shortWritesBeginWithTheNewestTables() throws {
        let catalog = try Catalog.open(ArrayEngine())
        var transaction = try catalog.beginWrite()
        let database = try transaction.createDatabase("app")
        _ = try transaction.createTable("t0", in: database)
        try transaction.commit()
        for number in 0..<20 {
            #expect(catalog.snapshotOfWrites == nil)
            let table = try #require(try catalog.snapshot().table("t\(number)", in: database))
            for id in 0..<3 {
                transaction = try catalog.beginWrite(waiting: nil, shares: true)
                try transaction.put(["id": Datum(id)], in: table)
                try transaction.commit()
                // It is there for a moment.
                if let snapshot = catalog.snapshotOfWrites { #expect(try snapshot.table("t\(number)", in: database)?.id == table.id) }
            }
            // Whoever changes them may have begun like those that share their commits.
            transaction = try catalog.beginWrite(waiting: nil, shares: number % 2 == 0)
            _ = try transaction.createTable("t\(number + 1)", in: database)
            try transaction.commit()
        }
    }

    /// Transactions of many threads go together while a commit is on its way. Each is answered for itself, each reads what the ones before it have
    /// written, and what watches hears of them in their order.
    @Test func commitsOfManyThreadsGoTogether() throws {
        let engine = ArrayEngine()
        engine.commitTime.withLock { $0 = .milliseconds(5) }
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let database = try transaction.createDatabase("app")
        let table = try transaction.createTable("t", in: database)
        _ = try transaction.put(["id": "sum", "n": 0], in: table)
        try transaction.commit()
        let receiver = Sums()
        let (watch, _, _) = try catalog.watch([WatchRequest(table, .document("sum"))], receiver)
        let before = engine.commitCount.withLock { $0 }
        let failures = Mutex(0)
        let threads = try (0..<8).map { thread in
            try SystemThread(stackByteCount: 1 << 20) {
                for round in 0..<25 {
                    do {
                        let expected = catalog.expect({ ["sum"] }, in: table)
                        var transaction = try catalog.beginWrite(waiting: nil, shares: true)
                        expected?.end()
                        let n = try transaction.get("sum", in: table)?[field: "n"]?.integer ?? -1
                        try transaction.put(["id": "sum", "n": Datum(n + 1)], in: table)
                        try transaction.put(["id": Datum("\(thread)-\(round)")], in: table)
                        // Some read more than keys, and some give up.
                        if round % 10 == 3 { _ = try transaction.snapshot().documentCount(in: table) }
                        if round % 10 == 7 {
                            transaction.rollback()
                        } else {
                            try transaction.commit()
                            // What was acknowledged can be read.
                            #expect(try catalog.snapshot().get(Datum("\(thread)-\(round)"), in: table) != nil)
                        }
                    } catch {
                        failures.withLock { $0 += 1 }
                    }
                    // Others want the newest state for themselves.
                    if round % 12 == 5, var alone = try? catalog.beginWrite() {
                        let n = (try? alone.get("sum", in: table))??[field: "n"]?.integer ?? -1
                        _ = try? alone.put(["id": "sum", "n": Datum(n + 1)], in: table)
                        if (try? alone.commit()) == nil { failures.withLock { $0 += 1 } }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(failures.withLock { $0 } == 0)
        let sum = 8 * (25 - 2) + 8 * 2
        #expect(try catalog.snapshot().get("sum", in: table)?[field: "n"] == Datum(sum))
        #expect(try catalog.snapshot().documentCount(in: table) == 1 + 8 * (25 - 2))
        #expect(engine.commitCount.withLock { $0 } - before < sum)
        #expect(receiver.seen.withLock { $0 } == Array(1...sum))
        withExtendedLifetime(watch) {}
    }

    private final class Sums: ChangeReceiver {
        let seen = Mutex<[Int]>([])
        var capacity: Int { 100_000 }
        func receive(_ event: WatchEvent, from source: Int) {
            guard case .changed(let changes, _) = event else { return }
            for change in changes {
                let document = change.newBytes.flatMap { try? Datum(document: $0) }
                seen.withLock { $0.append(document?[field: "n"]?.integer ?? -1) }
            }
        }
    }

    /// The engine refuses one of several that it gets together: that one fails, and those that have read what it had written.
    @Test func whatIsRefusedTakesNothingWithItButWhatRestsOnIt() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        try transaction.commit()
        // The first one is on its way until all others are behind it.
        let gate = Monitored(false)
        engine.gate.withLock { $0 = gate }
        let results = Mutex<[String: CatalogError.Kind?]>([:])
        func write(_ name: String, reading other: String? = nil) throws -> SystemThread {
            let entered = Monitored(false)
            let thread = try SystemThread(stackByteCount: 1 << 20) {
                do {
                    var transaction = try catalog.beginWrite(waiting: nil, shares: true)
                    if let other { #expect(try transaction.get(Datum(other), in: table) != nil) }
                    try transaction.put(["id": Datum(name)], in: table)
                    entered.update { $0 = true }
                    try transaction.commit()
                    _ = results.withLock { $0.updateValue(nil, forKey: name) }
                } catch {
                    results.withLock { $0[name] = (error as? CatalogError)?.kind }
                }
            }
            entered.wait { $0 ? () : nil }
            return thread
        }
        var threads: [SystemThread] = []
        for name in ["first", "good", "poison"] { threads.append(try write(name)) }
        for (name, other) in [("heir", "poison"), ("better", "good"), ("second heir", "heir")] {
            threads.append(try write(name, reading: other))
        }
        gate.update { $0 = true }
        for thread in threads { thread.join() }
        let found = results.withLock { $0 }
        #expect(found["first"] == .some(nil) && found["good"] == .some(nil) && found["better"] == .some(nil))
        #expect(found["poison"] == .tooLarge)
        #expect(found["heir"] == .serializationFailure && found["second heir"] == .serializationFailure)
        engine.gate.withLock { $0 = nil }
        #expect(try catalog.snapshot().documentCount(in: table) == 3)
        transaction = try catalog.beginWrite(waiting: nil, shares: true)
        #expect(try transaction.get("poison", in: table) == nil)
        try transaction.put(["id": "after"], in: table)
        try transaction.commit()
        #expect(try catalog.snapshot().documentCount(in: table) == 4)
    }

    /// Another process comes before the steps of an index's building: they are taken again, and nobody is told of it.
    @Test func anIndexIsBuiltAlthoughOthersComeBeforeIt() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        for number in 0..<10 { try transaction.put(["id": Datum(number), "n": Datum(number % 5), "m": Datum(number)], in: table) }
        try transaction.commit()
        func build(_ name: String, by field: String, isUnique: Bool = false, batch: Int?) throws -> IndexConfig {
            var transaction = try catalog.beginWrite()
            let index = try transaction.createIndex(name, on: table, .field(field), isUnique: isUnique)
            try transaction.commit()
            engine.overtaken.withLock { $0 = 3 }
            defer { #expect(engine.overtaken.withLock { $0 } == 0) }
            while try !catalog.buildIndex(index.id, of: table, batch: batch) {}
            return index
        }
        _ = try build("at once", by: "n", batch: nil)
        _ = try build("in steps", by: "n", batch: 3)
        #expect(throws: CatalogError.self) { try build("unique", by: "n", isUnique: true, batch: nil) }
        _ = try build("unique too", by: "m", isUnique: true, batch: 3)
        let now = try #require(try catalog.snapshot().table(id: table.id))
        #expect(
            now.indexes.map { "\($0.name) \($0.isReady) \($0.failure != nil)" }.sorted() == [
                "at once true false", "in steps true false", "unique false true", "unique too true false",
            ])
    }

    /// Whoever commits may leave the wait to somebody else, who learns what became of it. A transaction that reads more than keys meanwhile has
    /// the engine get what is waiting, though nobody waits for it yet.
    @Test func commitsThatAreWaitedForLater() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        try transaction.commit()
        func commit(_ name: String, _ deferred: DeferredCommits) throws {
            var transaction = try catalog.beginWrite(waiting: nil, shares: true)
            try transaction.put(["id": Datum(name)], in: table)
            try transaction.commit(.none, deferring: deferred)
        }
        let before = engine.commitCount.withLock { $0 }
        let all = try (0..<20).map { number in
            let deferred = DeferredCommits()
            try commit(number == 11 ? "poison" : "d\(number)", deferred)
            #expect(!deferred.isEmpty)
            return deferred
        }
        #expect(engine.commitCount.withLock { $0 } == before)
        #expect(try catalog.snapshot().documentCount(in: table) == 0)
        // From the last one on: the first to wait has the engine get all of them.
        for (number, deferred) in all.enumerated().reversed() where number != 11 { try deferred.wait() }
        #expect { try all[11].wait() } throws: { ($0 as? CatalogError)?.kind == .tooLarge }
        #expect(try catalog.snapshot().documentCount(in: table) == 19)

        let deferred = DeferredCommits()
        try commit("more", deferred)
        transaction = try catalog.beginWrite()
        #expect(try transaction.snapshot().documentCount(in: table) == 20)
        transaction.rollback()
        try deferred.wait()
        #expect(deferred.isEmpty)
    }

    /// A document that the engine does not take is refused by its key, before anything of it is written; the rest of its transaction is.
    @Test func whatIsTooLargeForAnEngineIsRefusedByName() throws {
        let engine = ArrayEngine()
        engine.limit.withLock { $0 = 100_000 }
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("people", in: try transaction.createDatabase("app"))
        try transaction.commit()
        let large = Datum(String(repeating: "x", count: 150_000))
        transaction = try catalog.beginWrite()
        _ = try transaction.put(["id": "small", "text": Datum(String(repeating: "x", count: 90_000))], in: table)
        let error = #expect(throws: CatalogError.self) { try transaction.put(["id": "giant", "text": large], in: table) }
        #expect(error?.kind == .tooLarge)
        #expect(error?.message.contains("\"giant\"") == true && error?.message.contains("an array") == true)
        try transaction.commit()
        #expect(try catalog.snapshot().documentCount(in: table) == 1)
        // Many at once, too.
        transaction = try catalog.beginWrite()
        let block = DocumentBlock(for: table)
        block.add(["id": "giant", "text": large], line: 1)
        #expect(throws: CatalogError.self) { _ = try transaction.insertAll([block], in: table) }
        transaction.rollback()
        engine.limit.withLock { $0 = .max }
        transaction = try catalog.beginWrite()
        _ = try transaction.put(["id": "giant", "text": large], in: table)
        try transaction.commit()
        #expect(try catalog.snapshot().documentCount(in: table) == 2)
    }

    @Test func aProcessWhosePlaceWasTakenWritesNothing() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        engine.isReplaced.withLock { $0 = true }
        var transaction = try catalog.beginWrite()
        _ = try transaction.createDatabase("late")
        do {
            try transaction.commit()
            Issue.record("It was committed.")
        } catch { #expect(error.kind == .writesStopped) }
        #expect(catalog.writeTrouble?.kind == .writesStopped)
        #expect(try catalog.snapshot().databases().isEmpty)
    }

    /// A commit fails after what had become of an attempt was found out: the states of before are not the newest any more.
    @Test func whatFailsLateLeavesOtherCommitsAlone() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        try transaction.commit()
        for (number, shares) in [false, true, false].enumerated() {
            let held = try catalog.snapshot()
            engine.failsLate.withLock { $0 = true }
            var refused = try catalog.beginWrite(waiting: nil, shares: shares)
            try refused.put(["id": Datum(-number)], in: table)
            do {
                try refused.commit()
                Issue.record("It was committed.")
            } catch { #expect(error.kind == .tooLarge) }
            var next = try catalog.beginWrite(waiting: nil, shares: true)
            try next.put(["id": Datum(number + 1)], in: table)
            try next.commit()
            #expect(try held.documentCount(in: table) == number)
        }
        #expect(try catalog.snapshot().documentCount(in: table) == 3)
    }
}
