import Ground
import Synchronization
import TestSupport
import Testing

@testable import Catalog

@Suite struct ConfigCacheTests {
    let config = DatabaseConfig(id: "1", name: "app", createdAt: 0)

    @Test func holdsFromItsTransactionOn() {
        let cache = ConfigCache(since: 10, exact: false)
        cache.remember(config, at: 9)
        #expect(cache.database("app", at: 10) == nil, "an older snapshot may not speak for newer ones")
        cache.remember(config, at: 12)
        #expect(cache.database("app", at: 9) == nil)
        #expect(cache.database("app", at: 10) == config)
        #expect(cache.database("app", at: 99) == config)
    }

    @Test func holdsNothingWhileSuspended() {
        let cache = ConfigCache(since: 10, exact: false)
        cache.remember(config, at: 10)
        cache.suspend()
        #expect(cache.database("app", at: 10) == nil)
        cache.remember(config, at: 11)
        cache.resume(since: 11)
        #expect(cache.database("app", at: 11) == nil)
        cache.remember(config, at: 10)
        #expect(cache.database("app", at: 11) == nil, "what was read before the change comes too late")
    }

    /// The writer's slot is free as soon as a commit is applied, so the next change may begin before the first is noted.
    @Test func changesMayOverlap() {
        let cache = ConfigCache(since: 10, exact: false)
        cache.suspend()
        cache.suspend()
        cache.resume(since: 11)
        cache.remember(config, at: 11)
        #expect(cache.database("app", at: 12) == nil)
        cache.resume(since: 12)
        cache.remember(config, at: 12)
        #expect(cache.database("app", at: 12) == config)
        #expect(cache.database("app", at: 11) == nil)
    }

    /// Accounts outlive a change of other metadata, if they are those of the state that it is made on.
    @Test func accountsMayBeKept() {
        let user = UserConfig(name: "ann", credential: Credential(password: "x", iterations: 1))
        for (base, isKept) in [(10 as UInt64, true), (9, false), (11, false)] {
            let cache = ConfigCache(since: 10, exact: true)
            cache.remember(config, at: 10)
            cache.remember(user, named: "ann", at: 10)
            cache.suspend(keepingUsersOf: base)
            #expect(cache.user("ann", at: 10) == nil)
            cache.resume(since: 12)
            #expect(cache.user("ann", at: 12) == (isKept ? .some(user) : nil))
            #expect(cache.user("ann", at: 11) == nil)
            #expect(cache.database("app", at: 12) == nil)
        }
        // Two changes at the same time, of which one may be of accounts.
        let cache = ConfigCache(since: 10, exact: true)
        cache.remember(user, named: "ann", at: 10)
        cache.suspend(keepingUsersOf: 10)
        cache.suspend()
        cache.resume(since: 11)
        cache.resume(since: 12)
        #expect(cache.user("ann", at: 12) == nil)
    }

    /// What came from a newer state while a change was under way had ended the change for the cache, which then began to count below zero.
    @Test func exactCountsChanges() {
        let cache = ConfigCache(since: 10, exact: true)
        cache.suspend()
        cache.remember(config, at: 11)
        #expect(cache.database("app", at: 11) == nil)
        cache.resume(since: 11)
        cache.remember(config, at: 11)
        #expect(cache.database("app", at: 11) == config)
    }

    /// Each thread has a shelf of its own, and all of them say the same.
    @Test func threadsAgree() {
        let cache = ConfigCache(since: 10, exact: false)
        func answers() -> [DatabaseConfig?] {
            let found = Mutex<[DatabaseConfig?]>([])
            let threads = (0..<40).map { _ in
                try? SystemThread { [cache] in
                    let answer = cache.database("app", at: 12)
                    found.withLock { $0.append(answer) }
                }
            }
            for thread in threads { thread?.join() }
            return found.withLock { $0 }
        }
        cache.remember(config, at: 10)
        #expect(answers() == Array(repeating: config, count: 40))
        #expect(cache.database("app", at: 9) == nil)
        cache.suspend()
        #expect(answers() == Array(repeating: nil, count: 40))
        cache.resume(since: 12)
        #expect(answers() == Array(repeating: nil, count: 40))
        let newer = DatabaseConfig(id: "2", name: "app", createdAt: 0)
        cache.remember(newer, at: 12)
        #expect(answers() == Array(repeating: newer, count: 40))
    }

    /// One object for all threads, until metadata change.
    @Test func derivedIsOne() {
        final class Kept: Sendable {}
        let cache = ConfigCache(since: 10, exact: false)
        let made = Mutex<[ObjectIdentifier]>([])
        let kept = cache.derived(at: 10) { Kept() }
        let threads = (0..<40).map { _ in
            try? SystemThread { [cache] in
                let own = cache.derived(at: 11) { Kept() }
                made.withLock { $0.append(ObjectIdentifier(own)) }
            }
        }
        for thread in threads { thread?.join() }
        #expect(made.withLock { Set($0) } == [ObjectIdentifier(kept)])
        cache.suspend()
        cache.resume(since: 11)
        #expect(cache.derived(at: 11) { Kept() } !== kept)
    }

    @Test func exactHoldsForOneTransaction() {
        let cache = ConfigCache(since: 10, exact: true)
        cache.remember(config, at: 10)
        #expect(cache.database("app", at: 10) == config)
        #expect(cache.database("app", at: 11) == nil)
        cache.remember(config, at: 11)
        #expect(cache.database("app", at: 11) == config)
        #expect(cache.database("app", at: 10) == nil)
    }

    /// While one thread creates, renames and drops, others find by name exactly what their snapshot lists.
    @Test func lookupsAgreeWithScansWhileMetadataChanges() throws {
        let catalog = try Catalog.inMemory()
        let flag = Flag()
        let readers = (0..<2).map { _ in
            TestThread {
                while !flag.isDone.load(ordering: .relaxed) {
                    let snapshot = try catalog.snapshot()
                    let listed = try snapshot.databases()
                    for name in ["a", "b", "c"] {
                        let found = try snapshot.database(name)
                        #expect(found == listed.first { $0.name == name })
                        if let found {
                            let tables = try snapshot.tables(in: found)
                            #expect(try snapshot.table("t", in: found) == tables.first)
                        }
                    }
                }
            }
        }
        defer { flag.isDone.store(true, ordering: .relaxed) }
        for round in 0..<300 {
            try catalog.write { transaction in
                let name = ["a", "b", "c"][round % 3]
                if try transaction.database(name) == nil {
                    let database = try transaction.createDatabase(name)
                    try transaction.createTable("t", in: database)
                } else if try transaction.database("b") == nil, round % 2 == 0 {
                    try transaction.renameDatabase(name, to: "b")
                } else {
                    try transaction.dropDatabase(name)
                }
            }
        }
        flag.isDone.store(true, ordering: .relaxed)
        for reader in readers { try reader.join() }
        try catalog.expectSound()
    }

    /// Who has bound something to the tables need not look again because somebody went back to a savepoint.
    @Test func goingBackIsAChangeOnlyOfWhatItChanges() throws {
        let catalog = try Catalog.inMemory()
        var setup = try catalog.beginWrite()
        let database = try setup.createDatabase("app")
        let table = try setup.createTable("t", in: database)
        try setup.commit()
        for makesTable in [false, true] {
            let version = catalog.metadataVersion
            var transaction = try catalog.beginWrite()
            _ = try transaction.put(["id": 1], in: table)
            let savepoint = try transaction.snapshot()
            _ = try transaction.put(["id": 2], in: table)
            if makesTable { _ = try transaction.createTable("u", in: database) }
            try transaction.revert(to: savepoint)
            _ = try transaction.delete(1, in: table)
            try transaction.commit()
            let snapshot = try catalog.snapshot()
            #expect(try snapshot.table("u", in: database) == nil)
            #expect(try snapshot.count(in: table, .all) == 0)
            #expect((catalog.metadataVersion == version) == !makesTable)
        }
        try catalog.expectSound()
    }

    private final class Flag: Sendable {
        let isDone = Atomic(false)
    }
}
