import Ground
import Synchronization
import TestSupport
import Testing

@testable import Catalog
@testable import ReQLish

struct StandbyStatusTests {
    private final class Calls: Sendable {
        let stops = Atomic(0)
        let resumes = Atomic(0)
        var counts: [Int] { [stops.load(ordering: .relaxed), resumes.load(ordering: .relaxed)] }

        func note(of pando: Pando) {
            pando.beforePromotion {
                self.stops.add(1, ordering: .relaxed)
            } orElse: {
                self.resumes.add(1, ordering: .relaxed)
            }
        }
    }

    /// Who follows another file is stopped when this one is promoted, and goes on where that fails and it is a standby still.
    @Test func aPromotionThatFailsLeavesAStandbyThatFollows() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("standby.pando")
        let primary = try Pando(path: directory.file("primary.pando"))
        _ = try primary.start(try TermTree(text: "r.dbCreate('app')"))
        var standby = try Pando(path: path)
        try standby.catalog.followPrimary("elsewhere:8080")
        guard case .delta(let write) = try primary.catalog.message(since: nil) else {
            Issue.record("There is nothing to follow.")
            return
        }
        var hasMore = true
        _ = try standby.catalog.receive {
            if !hasMore { return nil }
            var bytes = ByteBuffer()
            hasMore = try write(&bytes)
            return bytes.bytes
        }
        try standby.close()

        // One that can't be written can't be promoted.
        var options = PandoOptions()
        options.catalog.readOnly = true
        standby = try Pando(path: path, options: options)
        var calls = Calls()
        calls.note(of: standby)
        for round in 1...2 {
            #expect(throws: ReQLError.self) { try standby.promote() }
            #expect(calls.counts == [round, round])
        }
        standby.stopFollowing()
        #expect(throws: ReQLError.self) { try standby.promote() }
        #expect(calls.counts == [3, 2])
        try standby.close()

        standby = try Pando(path: path)
        calls = Calls()
        calls.note(of: standby)
        try standby.promote()
        #expect(throws: ReQLError.self) { try standby.promote() }
        #expect(calls.counts == [1, 0])
        try standby.close()
        try primary.close()
    }

    /// A standby keeps no history; as a primary it does so from the beginning.
    @Test func theHistoryBeginsWithThePromotion() throws {
        let directory = try TemporaryDirectory()
        let primary = try Pando(path: directory.file("primary.pando"))
        _ = try primary.start(try TermTree(text: "r.dbCreate('app')"))
        let standby = try Pando(path: directory.file("standby.pando"))
        try standby.catalog.followPrimary("elsewhere:8080")
        standby.keepHistoryOncePromoted(.seconds(3600))
        guard case .delta(let write) = try primary.catalog.message(since: nil) else {
            Issue.record("There is nothing to follow.")
            return
        }
        var hasMore = true
        _ = try standby.catalog.receive {
            if !hasMore { return nil }
            var bytes = ByteBuffer()
            hasMore = try write(&bytes)
            return bytes.bytes
        }
        #expect(try standby.catalog.states().isEmpty)
        try standby.promote()
        let end = MonotonicTime.now + .seconds(20)
        while try standby.catalog.states().isEmpty, .now < end {}
        #expect(try standby.catalog.states().contains(where: \.isOfHistory))
        try standby.close()
        try primary.close()
    }

    @Test func theTablesOfAStandbyTakeNoWrites() throws {
        let pando = try Pando.inMemory()
        func asked(_ text: String) throws -> Datum {
            guard case .value(let value) = try pando.start(try TermTree(text: text)) else { return .null }
            return value.owned
        }
        _ = try asked("r.dbCreate('app')")
        _ = try asked("r.db('app').tableCreate('t')")
        let status = "r.db('app').table('t').status()('status')"
        #expect(try asked(status)[field: "ready_for_writes"] == true)
        pando.catalog.store.gate.close(of: "elsewhere:8080")
        #expect(try asked(status)[field: "ready_for_writes"] == false)
        #expect(try asked(status)[field: "ready_for_reads"] == true)
        for place in ["r.db('app').table('t')", "r.db('app')"] {
            let refusal = #expect(throws: ReQLError.self) { try asked("\(place).wait({waitFor: 'ready_for_writes', timeout: 1})") }
            #expect(refusal?.kind == .operationFailed)
            #expect(refusal?.message == "Timed out while waiting for tables.")
            for state in ["ready_for_reads", "ready_for_outdated_reads"] {
                #expect(try asked("\(place).wait({waitFor: '\(state)', timeout: 1})") == ["ready": 1])
            }
        }
        pando.catalog.store.gate.open()
        #expect(try asked("r.db('app').table('t').wait({waitFor: 'ready_for_writes', timeout: 1})") == ["ready": 1])
    }
}
