import Ground
import Synchronization
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
        catalog.permit.withdraw()
        do throws(CatalogError) {
            try transaction.commit(durability)
            Issue.record("a commit is acknowledged without the right to")
        } catch {
            #expect(error.kind == .indeterminate)
        }
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
