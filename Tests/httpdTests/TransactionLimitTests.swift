import ReQLish
import TestSupport
import TestTraits
import Testing

@testable import httpd

/// Limits that a transaction comes upon: its client is told what has become of it, by every door, and nothing is left of it.
@Suite(.ownThreads, .timeLimit(.minutes(240))) struct TransactionLimitTests {
    private static func contains(_ refusal: DoorRefusal?, _ words: [TransactionDoors.Door: String], _ door: TransactionDoors.Door) -> Bool {
        guard let refusal, let word = words[door] else { return false }
        return refusal.description.contains(word)
    }

    /// So many changes can't be set aside: the next request, and a commit, say so.
    @Test(arguments: TransactionDoors.Door.allCases, [false, true])
    func tooMuchToBeSetAside(door: TransactionDoors.Door, commits: Bool) async throws {
        let doors = try TransactionDoors {
            $0.catalog.setsAsideAtOnce = true
            $0.catalog.setAsideByteCount = 20_000
        }
        let before = try doors.digest
        let transaction = try await doors.begin(door)
        try await transaction.ask(
            door.isSQL
                ? "INSERT INTO t (id, body) SELECT 'x' || g, repeat('word ', 50) FROM generate_series(1, 200) g"
                : "r.range(200).forEach(n => r.table('t').insert({id: n, body: r.range(50).map(x => 'word').reduce((a, b) => a.add(' ', b))}))"
        )
        let refusal = await #expect(throws: DoorRefusal.self) {
            if commits { return try await transaction.commit() }
            try await transaction.ask(door.isSQL ? "SELECT 1" : "r.table('t').count()")
        }
        let words: [TransactionDoors.Door: String] = [
            .http: "resource_limit", .sqlOverHTTP: "resource_limit", .driver: "rolled back", .postgres: "54000", .swift: "rolled back",
        ]
        #expect(Self.contains(refusal, words, door), "\(refusal?.description ?? "")")
        if !commits { try? await transaction.rollback() }
        try doors.requireSound()
        #expect(try doors.digest == before)
    }

    /// The time of one is over while its client is waited for.
    @Test(arguments: [TransactionDoors.Door.http, .sqlOverHTTP, .driver, .swift])
    func itsTimeIsOver(door: TransactionDoors.Door) async throws {
        let doors = try TransactionDoors()
        let before = try doors.digest
        let transaction = try await doors.begin(door, seconds: 1)
        // On a busy machine its time may be over before this comes.
        _ = try? await transaction.ask(door.isSQL ? "DELETE FROM t" : "r.table('t').delete()")
        #expect(eventually { doors.pando.transactions.counts.timedOut == 1 })
        let refusal = await #expect(throws: DoorRefusal.self) { try await transaction.commit() }
        let words: [TransactionDoors.Door: String] = [
            .http: "410 transaction_timeout", .sqlOverHTTP: "410 transaction_timeout", .driver: "rolled back", .swift: "its time was over",
        ]
        #expect(Self.contains(refusal, words, door), "\(refusal?.description ?? "")")
        try doors.requireSound()
        #expect(try doors.digest == before)
    }

    /// The same of a client of PostgreSQL, whose connection ends with it.
    @Test func itsClientIsIdle() throws {
        let fixture = try PostgresFixture { $0.postgresLimits.transactionIdleTime = .milliseconds(20) }
        let (client, other) = (try PostgresTestClient(fixture.server), try PostgresTestClient(fixture.server))
        #expect(try other.query("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)").states == [])
        #expect(try client.query("BEGIN; DELETE FROM t; INSERT INTO t VALUES (3)").states == [])
        #expect(try client.answers().states == ["25P03"])
        #expect(eventually { fixture.pando.catalog.openTransactions.count == 0 })
        #expect(try other.query("SELECT id FROM t ORDER BY id").rows == [["1"], ["2"]])
        #expect(try other.query("INSERT INTO t VALUES (3)").tags == ["INSERT 0 1"])
        #expect(try fixture.pando.catalog.check().problems.isEmpty)
        fixture.stop()
    }

    /// No more than so many are open.
    @Test(arguments: [TransactionDoors.Door.http, .sqlOverHTTP, .driver, .swift])
    func asManyAsThereMayBe(door: TransactionDoors.Door) async throws {
        let doors = try TransactionDoors { $0.transactionLimit = 2 }
        let open = [try await doors.begin(door), try await doors.begin(door)]
        await #expect(throws: (any Error).self) { _ = try await doors.begin(door) }
        do { _ = try await doors.begin(door) } catch {
            let word = door == .http || door == .sqlOverHTTP ? "503" : "as many open transactions"
            #expect("\(error)".contains(word), "\(error)")
        }
        try await open[0].rollback()
        let next = try await doors.begin(door)
        try await next.rollback()
        try await open[1].rollback()
        try doors.requireSound()
    }

    /// Who waits for others that write is told so in time, and may go on.
    @Test(arguments: [TransactionDoors.Door.http, .sqlOverHTTP, .driver, .swift])
    func othersThatWrite(door: TransactionDoors.Door) async throws {
        let doors = try TransactionDoors { $0.lockTimeout = .milliseconds(30) }
        let before = try doors.digest
        let write = door.isSQL ? "DELETE FROM t" : "r.table('t').delete()"
        let transaction = try await doors.begin(door)
        let words: [TransactionDoors.Door: String] = [
            .http: "409", .sqlOverHTTP: "409", .driver: "try again", .swift: "try again",
        ]
        // Somebody is in the middle of a long statement.
        do {
            let writer = try doors.pando.catalog.beginWrite()
            let refusal = await #expect(throws: DoorRefusal.self) { try await transaction.ask(write) }
            #expect(Self.contains(refusal, words, door), "\(refusal?.description ?? "")")
            writer.rollback()
        }
        try? await transaction.rollback()
        #expect(try doors.digest == before)
        // Upkeep may have the writer's turn for longer than a wait may take here; whoever is told so tries again.
        while true {
            let again = try await doors.begin(door)
            do { try await again.ask(write) } catch {
                try? await again.rollback()
                guard let refusal = error as? DoorRefusal, Self.contains(refusal, words, door) else { throw error }
                continue
            }
            try await again.commit()
            break
        }
        #expect(try doors.ask("r.table('t').count()") == 0)
        try doors.requireSound()
    }

    /// The same of requests and queries that are transactions of their own.
    @Test func othersThatWriteOutsideOfBlocks() throws {
        var options = PandoOptions()
        options.lockTimeout = .milliseconds(30)
        let server = try RouteFixture(options: options)
        do {
            let writer = try server.pando.catalog.beginWrite()
            try server.json("PUT", "/app/users/a", "{}").expectProblem(409, mentions: "try again")
            let query = #"{"query": "r.db('app').table('users').insert({id: 1})"}"#
            try server.json("POST", "/_reql", query).expectProblem(409, mentions: "try again")
            let statement = #"{"query": "INSERT INTO users (id) VALUES ('x')", "db": "app"}"#
            #expect(try server.json("POST", "/_sql", statement).status == 409)
            writer.rollback()
        }
        #expect(try eventually { try server.json("PUT", "/app/users/a", "{}").status == 201 })
        #expect(try server.query("r.db('app').table('users').count()") == 1)
    }
}
