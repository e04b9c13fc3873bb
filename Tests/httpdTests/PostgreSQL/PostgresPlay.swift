import PostgresWire
import ReQLish
import TestSupport
import Testing

@testable import httpd

/// Four clients that do a program: a list of statements with what comes of them.
struct PostgresPlay {
    /// A statement of a client, or nil where the answer comes that it waits for; and what it is: an SQLSTATE, rows with commas between
    /// columns and bars between rows, or the command's tag. `waits`: there is no answer yet.
    typealias Step = (client: Int, statement: String?, answer: String)

    static let waits = "waits"
    private let fixture: PostgresFixture
    private let clients: [PostgresTestClient]

    /// - Parameter setup: statements that are run before.
    init(_ setup: String) throws {
        // With one worker nothing goes on if a statement that waits keeps its thread.
        let fixture = try PostgresFixture { $0.workers = 1 }
        clients = try (0..<4).map { _ in try PostgresTestClient(fixture.server) }
        self.fixture = fixture
        #expect(try clients[0].query(setup).states == [])
        // Who waits where nobody should fails so.
        for client in clients { _ = try client.query("SET lock_timeout = '20s'") }
    }

    private func shown(_ answers: [BackendMessage]) -> String {
        if let state = answers.states.first { return state }
        let rows = answers.rows
        guard rows.isEmpty else { return rows.map { $0.map { $0 ?? "NULL" }.joined(separator: ",") }.joined(separator: "|") }
        return answers.tags.last ?? ""
    }

    func play(_ steps: [Step]) throws {
        var waiting = 0
        for (number, step) in steps.enumerated() {
            let client = clients[step.client - 1]
            if let statement = step.statement { try client.send(.query(statement)) }
            if step.answer == Self.waits {
                waiting += 1
                #expect(
                    eventually { fixture.pando.catalog.openTransactions.waitingCount == waiting },
                    "step \(number): \(step.statement ?? "") should wait")
                continue
            }
            let answer = shown(try client.answers())
            if step.statement == nil { waiting -= 1 }
            #expect(answer == step.answer, "step \(number): \(step.statement ?? "what it waited for")")
        }
        #expect(waiting == 0)
        for client in clients { _ = try client.query("ROLLBACK") }
        #expect(fixture.pando.catalog.openTransactions.count == 0)
        #expect(try fixture.pando.catalog.check().problems.isEmpty)
        fixture.stop()
    }
}
