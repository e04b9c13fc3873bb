import Catalog
import ReQLish
import Synchronization
import TestSupport
import Testing

@testable import SQL

/// What one thread at a time uses.
struct OneAtATime<Value>: @unchecked Sendable {
    // Sendable: a test waits for the thread that it gives it to.
    let value: Value
}

/// Blocks whose changes are kept beside the tree until they are committed: nobody can tell them from others.
@Suite struct ChangesBesideTests {
    private static let tables = """
        CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE, n int CHECK (n >= 0));
        CREATE INDEX t_n ON t (n);
        CREATE TABLE log (id int, what text);
        INSERT INTO t SELECT g, 'name ' || g, g * 10 FROM generate_series(1, 8) g
        """

    /// Runs a text as a loop of connections does: what is short at once.
    private func answer(_ text: String, _ connection: SQLConnection) -> [String] { connection.answerAsLoop(text) }

    /// Statements that are prepared once, and run as a pipeline of the protocol runs them: several before their client is waited for.
    private static let preparedTexts = [
        "UPDATE t SET n = n + $1 WHERE id = $2 RETURNING n", "INSERT INTO t VALUES ($1, $2, $3)",
        "DELETE FROM t WHERE id = $1 RETURNING name",
        "UPDATE t SET name = $1 WHERE id = $2", "SELECT id, name, n FROM t WHERE id = $1", "SELECT n FROM t WHERE name = $1",
        "INSERT INTO log VALUES ($1, $2)",
    ]

    private func values(_ kind: Int, _ chance: inout SeededGenerator) -> [SQLValue] {
        let (id, n) = (Int64.random(in: 1...12, using: &chance), Int64.random(in: -3...40, using: &chance))
        let name = SQLValue.text("name \(id)")
        return switch kind {
        case 0: [.int(n), .int(id)]
        case 1: [.int(id), .text("name \(n)"), .int(n)]
        case 2, 4: [.int(id)]
        case 3: [.text("name \(n)"), .int(id)]
        case 5: [name]
        default: [.int(id), .text("y")]
        }
    }

    /// Runs one without waiting for the client.
    private func answer(_ statement: PreparedStatement, _ values: [SQLValue], _ connection: SQLConnection) -> [String] {
        do throws(SQLError) { return try connection.rows(try connection.execute(statement, parameters: values)) } catch {
            return ["!" + error.state.rawValue]
        }
    }

    /// The same, always with the changes in the tree.
    private func plainAnswer(_ text: String, _ connection: SQLConnection) -> [String] {
        defer { connection.awaitClient() }
        do throws(SQLError) { return try connection.rows(text) } catch { return ["!" + error.state.rawValue] }
    }

    private func statement(_ chance: inout SeededGenerator) -> String {
        let (id, n) = (Int.random(in: 1...12, using: &chance), Int.random(in: -3...40, using: &chance))
        switch Int.random(in: 0..<32, using: &chance) {
        case 0..<5: return "BEGIN"
        case 5..<10: return "UPDATE t SET n = n + \(n) WHERE id = \(id) RETURNING n"
        case 10..<12: return "UPDATE t SET name = 'name \(n)' WHERE id = \(id)"
        case 12..<14: return "INSERT INTO t VALUES (\(id), 'name \(id)', \(n))"
        case 14: return "INSERT INTO t (id, n) VALUES (\(id), 1), (\(id + 1), \(n)) RETURNING id"
        case 15..<17: return "DELETE FROM t WHERE id = \(id) RETURNING name"
        case 17..<19: return "INSERT INTO log VALUES (\(id), 'x')"
        case 19..<23: return "SELECT id, name, n FROM t WHERE id = \(id)"
        case 23: return "SELECT n FROM t WHERE name = 'name \(id)'"
        case 24: return "SELECT count(*), sum(n) FROM t WHERE n > \(n)"
        case 25: return "UPDATE t SET id = \(id + 20) WHERE id = \(id)"
        case 26: return "UPDATE t SET n = n + 1 WHERE n < \(n)"
        case 27: return ["SAVEPOINT a", "ROLLBACK TO a"].randomElement(using: &chance) ?? ""
        case 28: return "SELECT count(*) FROM log"
        case 29: return "ROLLBACK"
        default: return "COMMIT"
        }
    }

    @Test(arguments: Fuzzing.seeds(8)) func areAsThoughTheyWereInTheTree(seed: UInt64) throws {
        let beside = try TestSession()
        let plain = try TestSession()
        try beside.rows(Self.tables)
        try plain.rows(Self.tables)
        var sessions: [(SQLConnection, SQLConnection)] = []
        for _ in 0..<3 {
            let pair = (
                try SQLConnection(beside.pando, user: nil, database: "shop"), try SQLConnection(plain.pando, user: nil, database: "shop")
            )
            pair.0.refuseToWait()
            pair.1.refuseToWait()
            sessions.append(pair)
        }
        var prepared: [[(PreparedStatement, PreparedStatement)]] = []
        for (one, other) in sessions { prepared.append(try Self.preparedTexts.map { (try one.prepare($0), try other.prepare($0)) }) }
        var chance = SeededGenerator(seed: seed)
        var keptCount = 0
        for step in 0..<600 {
            let number = Int.random(in: 0..<3, using: &chance)
            let (one, other) = sessions[number]
            if Int.random(in: 0..<3, using: &chance) == 0 {
                for place in 0..<Int.random(in: 1...5, using: &chance) {
                    let kind = Int.random(in: 0..<Self.preparedTexts.count, using: &chance)
                    let values = values(kind, &chance)
                    let got = answer(prepared[number][kind].0, values, one)
                    let expected = answer(prepared[number][kind].1, values, other)
                    other.awaitClient()
                    #expect(
                        got == expected, "seed \(seed), step \(step), session \(number), \(place): \(Self.preparedTexts[kind]) \(values)")
                    if got != expected { return }
                    // The rest of a pipeline is passed over.
                    if got.first?.hasPrefix("!") == true { break }
                }
                one.awaitClient()
                #expect(one.transactionStatus == other.transactionStatus, "seed \(seed), step \(step)")
                continue
            }
            let text = statement(&chance)
            let (got, expected) = (answer(text, one), plainAnswer(text, other))
            #expect(got == expected, "seed \(seed), step \(step), session \(number): \(text)")
            #expect(one.transactionStatus == other.transactionStatus, "seed \(seed), step \(step): \(text)")
            if one.transactionStatus == .inBlock, !one.hasTurn, one.session.transaction.hasWritten { keptCount += 1 }
            if got != expected { return }
        }
        #expect(keptCount > 20)
        for (one, other) in sessions {
            _ = (plainAnswer("COMMIT", one), plainAnswer("COMMIT", other))
        }
        for table in ["t", "log"] {
            let all = "SELECT * FROM \(table) ORDER BY 1, 2"
            #expect(try beside.rows(all) == plain.rows(all), "seed \(seed)")
        }
        #expect(beside.pando.catalog.openTransactions.count == 0)
        #expect(try beside.pando.catalog.check().problems.isEmpty)
    }

    /// A block of another session, which has written: who is alone keeps the turn, with its changes in the tree.
    private func beginAnother(_ session: TestSession) throws -> SQLConnection {
        let connection = try SQLConnection(session.pando, user: nil, database: "shop")
        _ = answer("BEGIN", connection)
        #expect(answer("UPDATE t SET n = 81 WHERE id = 8 RETURNING n", connection) == ["81"])
        return connection
    }

    /// Nobody is kept from writing, and nobody reads any of it, before the commit.
    @Test func leaveTheTurnToOthers() throws {
        let session = try TestSession()
        try session.rows(Self.tables)
        let (one, other) = (session.connection, try SQLConnection(session.pando, user: nil, database: "shop"))
        other.refuseToWait()
        let third = try beginAnother(session)
        defer { third.close() }
        _ = answer("BEGIN", one)
        #expect(answer("UPDATE t SET n = 11 WHERE id = 1 RETURNING n", one) == ["11"])
        #expect(!one.hasTurn)
        #expect(answer("SELECT n FROM t WHERE id = 1", other) == ["10"])
        #expect(answer("UPDATE t SET n = 21 WHERE id = 2 RETURNING n", other) == ["21"])
        #expect(answer("UPDATE t SET n = 12 WHERE id = 1", other) == ["!55P03"])
        #expect(answer("SELECT id, n FROM t WHERE id IN (1, 2) ORDER BY id", one) == ["1|11", "2|21"])
        #expect(answer("SELECT n FROM t WHERE id = 1", one) == ["11"])
        #expect(answer("COMMIT", one) == [])
        #expect(answer("UPDATE t SET n = n + 1 WHERE id = 1 RETURNING n", other) == ["12"])
    }

    /// What the statements before it have done in the same turn stays when one has to begin anew with the changes in the tree.
    @Test func aPipelineLosesNothingWhereItGetsTooLong() throws {
        let session = try TestSession()
        try session.rows(Self.tables)
        let one = session.connection
        let third = try beginAnother(session)
        defer { third.close() }
        let insert = try one.prepare("INSERT INTO t VALUES ($1, $2, $3)")
        _ = answer("BEGIN", one)
        // Bound by its first run; each of the others has three records.
        for id in 100..<150 { #expect(answer(insert, [.int(Int64(id)), .text("a\(id)"), .int(Int64(id))], one) == []) }
        one.awaitClient()
        #expect(answer("COMMIT", one) == [])
        #expect(answer("SELECT count(*) FROM t WHERE id >= 100", one) == ["50"])
        // Nor is a name forgotten that the one before it has taken.
        _ = answer("BEGIN", one)
        #expect(answer(insert, [.int(200), .text("b"), .int(1)], one) == [])
        one.awaitClient()
        #expect(answer(insert, [.int(201), .text("c"), .int(1)], one) == [])
        #expect(answer(insert, [.int(202), .text("c"), .int(1)], one) == ["!23505"])
        one.awaitClient()
        _ = answer("ROLLBACK", one)
        // A read by another index in the same turn sees what was changed before it.
        let (update, find) = (try one.prepare("UPDATE t SET name = $1 WHERE id = $2"), try one.prepare("SELECT id FROM t WHERE name = $1"))
        #expect(answer(find, [.text("name 1")], one) == ["1"])
        _ = answer("BEGIN", one)
        #expect(answer(update, [.text("d"), .int(2)], one) == [])
        one.awaitClient()
        #expect(answer(update, [.text("e"), .int(1)], one) == [])
        #expect(answer(find, [.text("e")], one) == ["1"])
        one.awaitClient()
        #expect(answer("COMMIT", one) == [])
        #expect(answer("SELECT name FROM t WHERE id IN (1, 2) ORDER BY id", one) == ["e", "d"])
        #expect(try session.pando.catalog.check().problems.isEmpty)
    }

    /// So it does where one has to wait for a row that another block has locked, and the rows that were changed before stay locked meanwhile.
    @Test func aPipelineLosesNothingWhereItWaits() throws {
        let session = try TestSession()
        try session.rows(Self.tables)
        let one = session.connection
        let other = try SQLConnection(session.pando, user: nil, database: "shop")
        other.refuseToWait()
        let third = try beginAnother(session)
        let update = try one.prepare("UPDATE t SET n = n + $1 WHERE id = $2 RETURNING n")
        let lent = OneAtATime(value: (one, update))
        for isFirst in [true, false] {
            _ = answer("BEGIN", third)
            #expect(answer("UPDATE t SET n = 20 WHERE id = 2", third) == [])
            _ = answer("BEGIN", one)
            if !isFirst {
                #expect(answer(update, [.int(3), .int(4)], one) == ["43"])
                one.awaitClient()
            }
            let answers = Mutex<[String]>([])
            let thread = TestThread {
                for values: [SQLValue] in [[.int(1), .int(1)], [.int(5), .int(2)]] {
                    let found = answer(lent.value.1, values, lent.value.0)
                    answers.withLock { $0 += found }
                }
                lent.value.0.awaitClient()
            }
            #expect(eventually { session.pando.catalog.openTransactions.waitingCount > 0 })
            #expect(answer("UPDATE t SET n = 0 WHERE id = 1", other) == ["!55P03"])
            #expect(answer("COMMIT", third) == [])
            try thread.join()
            #expect(answers.withLock { $0 } == [isFirst ? "11" : "12", "25"])
            #expect(answer("COMMIT", one) == [])
            #expect(answer("SELECT n FROM t WHERE id IN (1, 2) ORDER BY id", other) == [isFirst ? "11" : "12", "25"])
        }
        #expect(answer("SELECT n FROM t WHERE id = 4", other) == ["43"])
        third.close()
    }

    /// Whoever has waited for a row goes on with what was committed meanwhile, also where the undone statement has looked at it.
    @Test func whoHasWaitedIsNotRefusedForWhatItHasNotRead() throws {
        let session = try TestSession()
        try session.rows(Self.tables)
        let one = session.connection
        let lent = OneAtATime(value: one)
        let third = try beginAnother(session)
        let other = try SQLConnection(session.pando, user: nil, database: "shop")
        _ = answer("BEGIN", one)
        #expect(answer("UPDATE t SET n = 11 WHERE id = 1", one) == [])
        #expect(answer("DELETE FROM t WHERE name = 'name 6'", other) == [])
        _ = answer("BEGIN", third)
        #expect(answer("UPDATE t SET n = 1 WHERE id = 7", third) == [])
        let answers = Mutex<[String]>([])
        let thread = TestThread {
            let found = answer("UPDATE t SET name = 'name 6' WHERE id = 7 RETURNING n", lent.value)
            answers.withLock { $0 = found }
        }
        #expect(eventually { session.pando.catalog.openTransactions.waitingCount > 0 })
        #expect(answer("COMMIT", third) == [])
        try thread.join()
        #expect(answers.withLock { $0 } == ["1"])
        #expect(answer("COMMIT", one) == [])
        third.close()
    }

    /// An index that was made meanwhile has what the block changed, or the block ends with an error.
    @Test func anIndexThatIsMadeMeanwhileIsRight() throws {
        let session = try TestSession()
        try session.rows(Self.tables)
        let one = session.connection
        let third = try beginAnother(session)
        defer { third.close() }
        _ = answer("BEGIN", one)
        _ = answer("INSERT INTO log VALUES (1, 'a')", one)
        _ = answer("UPDATE t SET name = 'other' WHERE id = 1", one)
        let other = try SQLConnection(session.pando, user: nil, database: "shop")
        other.refuseToWait()
        let made = answer("CREATE INDEX log_what ON log (what)", other)
        let next = answer("INSERT INTO log VALUES (2, 'b')", one)
        let end = answer("COMMIT", one)
        #expect(made == ["!55P03"] ? end == [] && next == [] : end == ["!40001"] || next == ["!40001"], "\(made) \(next) \(end)")
        #expect(try session.pando.catalog.check().problems.isEmpty)
    }

    /// What is larger than what may be kept beside the tree goes into it, in the middle of a block.
    @Test func whatIsLargeGoesIntoTheTree() throws {
        let session = try TestSession()
        try session.rows(Self.tables)
        let (one, other) = (session.connection, try SQLConnection(session.pando, user: nil, database: "shop"))
        let third = try beginAnother(session)
        defer { third.close() }
        let long = String(repeating: "x", count: 3000)
        _ = answer("BEGIN", one)
        for id in 100..<112 { #expect(answer("INSERT INTO t VALUES (\(id), '\(id)\(long)', \(id))", one) == []) }
        #expect(answer("SELECT count(*) FROM t", other) == ["8"])
        #expect(answer("SELECT length(name) FROM t WHERE id = 100", one) == ["3003"])
        #expect(answer("INSERT INTO t VALUES (200, '100\(long)', 1)", one) == ["!23505"])
        _ = answer("ROLLBACK", one)
        #expect(answer("SELECT count(*) FROM t", other) == ["8"])
    }

    /// Who follows a table is told of what the block has made of it, once, whether it followed before or since.
    @Test func feedsTellOfThem() throws {
        let session = try TestSession()
        try session.rows(Self.tables)
        let follow = { try session.pando.start(r.db("shop").table("t").changes().tree()) }
        let before = try follow()
        let one = session.connection
        let third = try beginAnother(session)
        defer { third.close() }
        _ = answer("BEGIN", one)
        _ = answer("UPDATE t SET n = 1 WHERE id = 1", one)
        let since = try follow()
        _ = answer("UPDATE t SET n = 2 WHERE id = 1", one)
        _ = answer("DELETE FROM t WHERE id = 2", one)
        _ = answer("COMMIT", one)
        for answer in [before, since] {
            guard case .sequence(let feed) = answer else {
                Issue.record("a feed is a sequence")
                return
            }
            var told: [String] = []
            while told.count < 2, let change = try feed.next() {
                told.append(["old_val", "new_val"].map { "\(change[field: $0]?[field: "n"] ?? Datum.null)" }.joined(separator: " "))
            }
            #expect(told.sorted() == ["10 2", "20 null"])
            feed.close()
        }
    }
}
