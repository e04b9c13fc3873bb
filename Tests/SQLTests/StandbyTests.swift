import ReQLish
import Testing

@testable import Catalog
@testable import SQL

/// What a client learns of a file that follows another one.
struct StandbyTests {
    @Test func aStandbySaysThatItIsOne() throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY)")
        let asked = "SELECT pg_is_in_recovery(), current_setting('in_hot_standby'), current_setting('transaction_read_only')"
        let both = ["default_transaction_read_only", "in_hot_standby"]
        func told(_ all: [(name: String, value: String)]) -> [String] {
            all.filter { both.contains($0.name) }.map { "\($0.name) \($0.value)" }
        }
        #expect(told(session.connection.reportedSettings) == ["default_transaction_read_only off", "in_hot_standby off"])
        #expect(try session.rows(asked) == ["f|off|off"])

        session.pando.catalog.store.gate.close(of: "elsewhere:8080")
        #expect(told(session.connection.takeChangedSettings()) == ["in_hot_standby on"])
        #expect(try session.rows(asked) == ["t|on|on"])
        #expect(try session.rows("SHOW default_transaction_read_only") == ["off"])
        try session.rows("BEGIN; COMMIT AND CHAIN")
        #expect(try session.rows("SHOW transaction_read_only") == ["on"])
        try session.rows("COMMIT")
        #expect(session.state("INSERT INTO t VALUES (1)") == "25006")
        #expect(session.state("BEGIN READ WRITE") == "0A000")
        try session.rows("ROLLBACK")
        let other = try SQLConnection(session.pando, user: nil, database: "shop")
        #expect(told(other.reportedSettings) == ["default_transaction_read_only off", "in_hot_standby on"])

        session.pando.catalog.store.gate.open()
        #expect(told(session.connection.takeChangedSettings()) == ["in_hot_standby off"])
        #expect(try session.rows(asked) == ["f|off|off"])
        try session.rows("INSERT INTO t VALUES (1)")
    }
}
