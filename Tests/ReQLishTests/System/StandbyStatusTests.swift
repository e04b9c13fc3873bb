import Testing

@testable import Catalog
@testable import ReQLish

struct StandbyStatusTests {
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
