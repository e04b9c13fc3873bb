import ReQLish
import TestSupport
import Testing

@testable import SQL

/// Histories of many sessions whose statements go one between the other, each set aside whenever its client is waited for.
@Suite(.timeLimit(.minutes(240))) struct SerializabilityTests {
    private let pando: Pando

    init() throws {
        pando = try Pando.settingAside()
    }

    /// Runs a statement and waits for the client then. Nil: it failed, and why doesn't matter.
    private func run(_ connection: SQLConnection, _ sql: String) -> [String]? {
        defer { connection.awaitClient() }
        do throws(SQLError) {
            return try connection.rows(sql)
        } catch {
            guard ["40001", "40P01", "55P03", "25P02"].contains(error.state.rawValue) else {
                Issue.record("\(sql): \(error)")
                return nil
            }
            return nil
        }
    }

    private func connect(_ count: Int) throws -> [SQLConnection] {
        try (0..<count).map { _ in
            let connection = try SQLConnection(pando, user: nil, database: "app")
            _ = run(connection, "SET lock_timeout = '1ms'")
            return connection
        }
    }

    /// A history of transactions that read and append to a few lists, in an order by chance.
    private func history(level: String, seed: UInt64) throws -> ListHistory {
        let connections = try connect(6)
        let lists = 1...4
        _ = run(connections[0], "DROP TABLE IF EXISTS list; CREATE TABLE list (id int PRIMARY KEY, items text NOT NULL)")
        for list in lists { _ = run(connections[0], "INSERT INTO list VALUES (\(list), '')") }
        var chance = SeededGenerator(seed: seed)
        var history = ListHistory()
        var steps: [[ListHistory.Step]?] = Array(repeating: nil, count: connections.count)
        var lastItem = 0
        func items(_ text: String) -> [Int] { text.split(separator: " ").compactMap { Int($0) } }
        for _ in 0..<600 {
            let number = Int.random(in: connections.indices, using: &chance)
            let connection = connections[number]
            guard var own = steps[number] else {
                if run(connection, "BEGIN ISOLATION LEVEL \(level)") != nil { steps[number] = [] }
                continue
            }
            let list = Int.random(in: lists, using: &chance)
            var isDone = false
            switch Int.random(in: 0..<10, using: &chance) {
            case 0..<4:
                if let rows = run(connection, "SELECT items FROM list WHERE id = \(list)") {
                    own.append(.read(list: list, items(rows.first ?? "")))
                    isDone = true
                }
            case 4..<8:
                lastItem += 1
                if run(connection, "UPDATE list SET items = items || '\(lastItem) ' WHERE id = \(list)") != nil {
                    own.append(.append(list: list, lastItem))
                    isDone = true
                }
            default:
                if run(connection, "COMMIT") != nil, connection.transactionStatus == .idle { history.committed.append(own) }
            }
            if isDone {
                steps[number] = own
            } else {
                _ = run(connection, "ROLLBACK")
                steps[number] = nil
            }
        }
        for connection in connections { connection.close() }
        let reader = try connect(1)[0]
        for list in lists { history.final[list] = items(run(reader, "SELECT items FROM list WHERE id = \(list)")?.first ?? "") }
        reader.close()
        return history
    }

    @Test(arguments: 1...8) func serializableTransactionsGoOneAfterTheOther(seed: Int) throws {
        let history = try history(level: "SERIALIZABLE", seed: UInt64(seed))
        #expect(history.committed.count > 20)
        #expect(history.violation == nil)
        let report = try pando.catalog.check()
        #expect(report.problems.isEmpty, "\(report.problems)")
    }

    /// What READ COMMITTED doesn't promise is found, so the checker can find something.
    @Test func readCommittedIsNotSerializable() throws {
        let violations = try (1...12).compactMap { try history(level: "READ COMMITTED", seed: UInt64($0)).violation }
        #expect(!violations.isEmpty)
        // No update is lost all the same.
        #expect(!violations.contains { $0.hasSuffix("is not in list 1") })
    }

    @Test func plantedViolationsAreFound() {
        var lost = ListHistory()
        lost.committed = [[.append(list: 1, 1)], [.append(list: 1, 2)]]
        lost.final = [1: [2]]
        #expect(lost.violation != nil)
        var skew = ListHistory()
        skew.committed = [[.read(list: 1, []), .append(list: 2, 1)], [.read(list: 2, []), .append(list: 1, 2)]]
        skew.final = [1: [2], 2: [1]]
        #expect(skew.violation != nil)
        var fork = ListHistory()
        fork.committed = [
            [.append(list: 1, 1)], [.append(list: 2, 2)], [.read(list: 1, [1]), .read(list: 2, [])],
            [.read(list: 2, [2]), .read(list: 1, [])],
        ]
        fork.final = [1: [1], 2: [2]]
        #expect(fork.violation != nil)
        var fine = ListHistory()
        fine.committed = [[.append(list: 1, 1)], [.read(list: 1, [1]), .append(list: 2, 2), .read(list: 2, [2])]]
        fine.final = [1: [1], 2: [2]]
        #expect(fine.violation == nil)
    }

    /// Money is moved, rows come and go, and the sum stays what it was.
    @Test(arguments: ["READ COMMITTED", "SERIALIZABLE"]) func theBankKeepsItsMoney(level: String) throws {
        let connections = try connect(5)
        _ = run(connections[0], "CREATE TABLE account (id int PRIMARY KEY, code text UNIQUE, balance int NOT NULL)")
        for id in 1...8 { _ = run(connections[0], "INSERT INTO account VALUES (\(id), 'code \(id)', 100)") }
        var chance = SeededGenerator(seed: 7)
        var place: [Int] = Array(repeating: 0, count: connections.count)
        var moves: [[String]] = Array(repeating: [], count: connections.count)
        var commits = 0
        for _ in 0..<800 {
            let number = Int.random(in: connections.indices, using: &chance)
            if place[number] == moves[number].count {
                let (from, to) = (Int.random(in: 1...8, using: &chance), Int.random(in: 1...8, using: &chance))
                place[number] = 0
                moves[number] = [
                    "BEGIN ISOLATION LEVEL \(level)", "UPDATE account SET balance = balance - 5 WHERE id = \(from)",
                    "SAVEPOINT s", "DELETE FROM account WHERE id = \(to)", "ROLLBACK TO s",
                    "UPDATE account SET balance = balance + 5 WHERE id = \(to)", "COMMIT",
                ]
            }
            let sql = moves[number][place[number]]
            place[number] += 1
            if run(connections[number], sql) == nil {
                _ = run(connections[number], "ROLLBACK")
                place[number] = 0
                moves[number] = []
            } else if sql == "COMMIT" {
                commits += 1
            }
        }
        for connection in connections { connection.close() }
        #expect(commits > 10)
        let reader = try connect(1)[0]
        #expect(run(reader, "SELECT sum(balance), count(*) FROM account") == ["800|8"])
        let report = try pando.catalog.check()
        #expect(report.problems.isEmpty, "\(report.problems)")
        #expect(pando.catalog.openTransactions.count == 0)
    }
}
