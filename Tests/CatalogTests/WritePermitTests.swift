import Ground
import Synchronization
import TestSupport
import Testing

@testable import Catalog

/// A time that goes on when it is told to.
private final class SetClock: Sendable {
    private let start = MonotonicTime.now
    private let passed = Mutex(Duration.zero)

    var now: MonotonicTime { start + passed.withLock { $0 } }

    func pass(_ duration: Duration) { passed.withLock { $0 += duration } }
}

@Suite struct WritePermitTests {
    private func kind(_ body: () throws(CatalogError) -> Void) -> CatalogError.Kind? {
        do throws(CatalogError) { try body() } catch { return error.kind }
        return nil
    }

    @Test func withoutALeaseThereIsNoEnd() throws {
        let permit = WritePermit()
        try permit.requireBegin()
        try permit.requireAcknowledgement()
        #expect(permit.secondsLeft == nil && permit.datum == nil && permit.trouble == nil)
        #expect(try Catalog.inMemory().replicationDatum[field: "lease"] == nil)
    }

    @Test func theRightEndsAndIsRenewed() throws {
        let clock = SetClock()
        let permit = WritePermit { clock.now }
        permit.limit(by: "etcd://host/app")
        #expect(kind { () throws(CatalogError) in try permit.requireBegin() } == .writesStopped)
        // It is no trouble of a standby that it has no right yet.
        #expect(permit.secondsLeft == nil && permit.trouble == nil)

        #expect(permit.extend(until: clock.now + .seconds(9)))
        try permit.requireBegin()
        clock.pass(.milliseconds(8999))
        try permit.requireBegin()
        try permit.requireAcknowledgement()
        clock.pass(.milliseconds(2))
        #expect(kind { () throws(CatalogError) in try permit.requireBegin() } == .writesStopped)
        #expect(kind { () throws(CatalogError) in try permit.requireAcknowledgement() } == .indeterminate)
        #expect(permit.secondsLeft == 0 && permit.trouble?.message.contains("etcd://host/app could not be renewed") == true)

        #expect(permit.extend(until: clock.now + .seconds(9)))
        #expect(!permit.extend(until: clock.now + .seconds(9)))
        try permit.requireBegin()
        try permit.requireAcknowledgement()
        #expect(permit.trouble == nil)
    }

    @Test func whoEndsAcknowledgesWhatHasBegun() throws {
        let clock = SetClock()
        let permit = WritePermit { clock.now }
        permit.limit(by: "etcd://host/app")
        permit.extend(until: clock.now + .seconds(9))
        permit.endWrites()
        // Its lease is renewed until the end.
        permit.extend(until: clock.now + .seconds(9))
        #expect(kind { () throws(CatalogError) in try permit.requireBegin() } == .writesStopped)
        try permit.requireAcknowledgement()
        permit.withdraw()
        #expect(kind { () throws(CatalogError) in try permit.requireAcknowledgement() } == .indeterminate)
    }

    @Test(arguments: [Durability.hard, .soft, .none])
    func whatIsUnderWayAtTheEndIsNotAcknowledged(durability: Durability) throws {
        let catalog = try Catalog.inMemory()
        catalog.permit.limit(by: "etcd://host/app")
        #expect(kind { () throws(CatalogError) in try catalog.beginWrite().rollback() } == .writesStopped)
        catalog.permit.extend(until: .now + .seconds(3600))

        var transaction = try catalog.beginWrite()
        _ = try transaction.createDatabase("kept")
        try transaction.commit(durability)

        transaction = try catalog.beginWrite()
        _ = try transaction.createDatabase("unknown")
        // Between the commit and its acknowledgement: whoever keeps the log is told in time.
        catalog.audit { _ in catalog.permit.withdraw() }
        do throws(CatalogError) {
            try transaction.commit(durability)
            Issue.record("a commit is acknowledged without the right to")
        } catch {
            #expect(error.kind == .indeterminate)
        }
        catalog.audit { _ in }
        #expect(kind { () throws(CatalogError) in try catalog.sync() } == .indeterminate)
        // Who has only read waits for the disk as before.
        try catalog.sync(acknowledges: false)
        #expect(kind { () throws(CatalogError) in try catalog.beginWrite().rollback() } == .writesStopped)
        #expect(catalog.writeTrouble?.kind == .writesStopped)

        catalog.permit.extend(until: .now + .seconds(3600))
        // It was made here, though its writer doesn't know.
        #expect(try catalog.snapshot().database("unknown") != nil)
        transaction = try catalog.beginWrite()
        _ = try transaction.createDatabase("later")
        try transaction.commit(durability)
        #expect(catalog.writeTrouble == nil)
    }

    /// What has not come to its commit by the end is known not to be there.
    @Test(arguments: [Durability.hard, .soft, .none])
    func whatIsNotCommittedAtTheEndIsNotWritten(durability: Durability) throws {
        let catalog = try Catalog.inMemory()
        catalog.permit.limit(by: "etcd://host/app")
        catalog.permit.extend(until: .now + .seconds(3600))
        var transaction = try catalog.beginWrite()
        _ = try transaction.createDatabase("late")
        catalog.permit.withdraw()
        do throws(CatalogError) {
            try transaction.commit(durability)
            Issue.record("a commit begins without the right to")
        } catch {
            #expect(error.kind == .writesStopped && error.message.contains("nothing of it was written"))
        }
        #expect(try catalog.snapshot().database("late") == nil)

        // Who is told to stop commits what has begun.
        catalog.permit.extend(until: .now + .seconds(3600))
        transaction = try catalog.beginWrite()
        _ = try transaction.createDatabase("last")
        catalog.permit.endWrites()
        try transaction.commit(durability)
        #expect(try catalog.snapshot().database("last") != nil)
    }

    @Test func statesAndCompactionAreWritesToo() throws {
        let directory = try TemporaryDirectory()
        let catalog = try Catalog.open(path: directory.file("a.pando"))
        catalog.permit.limit(by: "etcd://host/app")
        catalog.permit.extend(until: .now + .seconds(3600))
        // Some mebibytes with holes: more than one transaction of a compaction makes anew.
        let text = Datum(String(repeating: "x", count: 1000))
        let table = try catalog.fill("app", "docs", (0..<4000).map { ["id": Datum($0), "text": text] })
        var transaction = try catalog.beginWrite()
        for number in 0..<4000 where number % 8 != 0 { _ = try transaction.delete(Datum(number), in: table) }
        try transaction.commit()
        try catalog.createState("before")

        catalog.permit.withdraw()
        let transactionBefore = try catalog.snapshot().transaction
        #expect(kind { () throws(CatalogError) in try catalog.createState("late") } == .writesStopped)
        #expect(kind { () throws(CatalogError) in try catalog.dropState("before") } == .writesStopped)
        #expect(kind { () throws(CatalogError) in try catalog.compact() } == .writesStopped)
        #expect(kind { () throws(CatalogError) in try catalog.keepHistory(.seconds(3600)) } == .writesStopped)
        #expect(try catalog.states().map(\.name) == ["before"] && catalog.snapshot().transaction == transactionBefore)

        // One that has begun does not go on.
        catalog.permit.extend(until: .now + .seconds(3600))
        var steps = 0
        let ended = kind { () throws(CatalogError) in
            try catalog.compact { _ in
                steps += 1
                catalog.permit.withdraw()
                return true
            }
        }
        #expect(ended == .writesStopped && steps == 1)

        // A standby's are its own.
        catalog.store.gate.close(of: "http://b:1")
        try catalog.createState("of-the-standby")
        try catalog.dropState("before")
        try catalog.compact()
        #expect(try catalog.states().map(\.name) == ["of-the-standby"])
    }

    @Test func statusTellsOfTheLease() throws {
        var options = CatalogOptions()
        options.waitsForPermit = true
        let catalog = try Catalog.inMemory(options: options)
        #expect(kind { () throws(CatalogError) in try catalog.beginWrite().rollback() } == .writesStopped)
        #expect(catalog.replicationDatum[field: "lease"] == nil)
        catalog.permit.limit(by: "etcd://host/app")
        #expect(catalog.replicationDatum[field: "lease"] == ["name": "etcd://host/app", "holder": .null, "seconds": .null])
        catalog.permit.note(holder: "http://a:1")
        catalog.permit.extend(until: .now + .seconds(3600))
        let lease = try #require(catalog.replicationDatum[field: "lease"])
        #expect(lease[field: "holder"] == "http://a:1" && (3500.0...3600).contains(lease[field: "seconds"]?.number ?? 0))
    }
}
