import ReQLish
import TestSupport
import Testing

@testable import SQL

/// Small programs of several sessions, in which PostgreSQL's own tests of isolation look for anomalies, done in every order in which their
/// statements can come, each set aside whenever its client is waited for: what comes of those that committed must be what comes of them
/// one after the other.
@Suite(.timeLimit(.minutes(240))) struct IsolationTests {
    /// What each session does in its transaction; what is in the tables before; how it is looked at in the end.
    struct Program: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var setup: String
        var sessions: [[String]]
        var end: String
        /// Sessions that only read, as READ ONLY.
        var readers: Set<Int> = []
        /// Whether READ COMMITTED lets something come of it that SERIALIZABLE doesn't.
        var isAnomalous = true
    }

    /// What came of the transactions: by session the rows of each statement, nil if it didn't commit; and the tables in the end.
    private struct Outcome: Hashable {
        var answers: [[[String]]?]
        var end: [String]
    }

    private let pando: Pando
    private let sessions: [SQLConnection]

    init() throws {
        pando = try Pando.settingAside()
        let pando = pando
        sessions = try (0..<4).map { _ in try SQLConnection(pando, user: nil, database: "app") }
        for session in sessions { try session.rows("SET lock_timeout = '1ms'") }
    }

    /// Does the statements of the sessions in an order, in which each session's number stands as often as it has statements and a COMMIT.
    ///
    /// - Returns: the outcome, and with which errors sessions ended.
    private func run(_ program: Program, _ order: [Int], level: String) throws -> (outcome: Outcome, states: [Int: String]) {
        for session in sessions {
            try session.rows("ROLLBACK")
            try session.rows("DEALLOCATE ALL")
        }
        // The tables were made once; only what is in them begins anew.
        try sessions[0].rows(program.setup)
        var answers: [[[String]]?] = program.sessions.map { _ in [] }
        var place = program.sessions.map { _ in 0 }
        var states: [Int: String] = [:]
        for number in program.sessions.indices {
            let mode = program.readers.contains(number) ? " READ ONLY" : ""
            try sessions[number].rows("BEGIN ISOLATION LEVEL \(level)\(mode)")
        }
        for number in order {
            let session = sessions[number]
            defer {
                place[number] += 1
                session.awaitClient()
            }
            guard states[number] == nil else { continue }
            let isEnd = place[number] == program.sessions[number].count
            do throws(SQLError) {
                let rows = try session.rows(isEnd ? "COMMIT" : program.sessions[number][place[number]])
                if !isEnd { answers[number]?.append(rows) }
            } catch {
                states[number] = error.state.rawValue
                answers[number] = nil
                try session.rows("ROLLBACK")
            }
        }
        let outcome = Outcome(answers: answers, end: try sessions[0].rows(program.end))
        return (outcome, states)
    }

    /// All orders of so many statements of each session.
    private func orders(_ counts: [Int]) -> [[Int]] {
        guard counts.contains(where: { $0 > 0 }) else { return [[]] }
        return counts.indices.filter { counts[$0] > 0 }.flatMap { number in
            var rest = counts
            rest[number] -= 1
            return orders(rest).map { [number] + $0 }
        }
    }

    private func permutations(_ numbers: [Int]) -> [[Int]] {
        guard !numbers.isEmpty else { return [[]] }
        return numbers.flatMap { first in permutations(numbers.filter { $0 != first }).map { [first] + $0 } }
    }

    /// The orders that are done: all, or a few hundred by chance and one without overlaps.
    private func interleavings(_ program: Program) -> [[Int]] {
        let steps = program.sessions.indices.flatMap { Array(repeating: $0, count: program.sessions[$0].count + 1) }
        guard steps.count > 9 else { return orders(program.sessions.map { $0.count + 1 }) }
        var chance = SeededGenerator(seed: 20)
        return [steps] + (0..<300).map { _ in steps.shuffled(using: &chance) }
    }

    /// What comes of some of the sessions one after the other, in every order.
    private func serialOutcomes(_ program: Program, of committed: [Int], level: String) throws -> Set<Outcome> {
        var found: Set<Outcome> = []
        for order in permutations(committed) {
            let steps = order.flatMap { number in Array(repeating: number, count: program.sessions[number].count + 1) }
            var (outcome, states) = try run(program, steps, level: level)
            #expect(states.isEmpty, "one after the other: \(states)")
            for number in program.sessions.indices where !committed.contains(number) { outcome.answers[number] = nil }
            found.insert(outcome)
        }
        return found
    }

    /// The outcomes that no order of whole transactions explains, and all errors.
    private func anomalies(_ program: Program, level: String) throws -> (orders: [[Int]], states: [String: Int], committed: Int) {
        for session in sessions { try session.rows("ROLLBACK") }
        var known: [[Int]: Set<Outcome>] = [:]
        var found: [[Int]] = []
        var errors: [String: Int] = [:]
        var whole = 0
        for order in interleavings(program) {
            let (outcome, states) = try run(program, order, level: level)
            for state in states.values { errors[state, default: 0] += 1 }
            for number in program.readers { #expect(states[number] == nil, "a reader failed in the order \(order)") }
            if states.isEmpty { whole += 1 }
            let committed = program.sessions.indices.filter { outcome.answers[$0] != nil }
            let serial = try known[committed] ?? serialOutcomes(program, of: committed, level: level)
            known[committed] = serial
            if !serial.contains(outcome) { found.append(order) }
        }
        return (found, errors, whole)
    }

    @Test(arguments: programs) func serializableIsAsIfOneAfterTheOther(program: Program) throws {
        try sessions[0].rows(Self.tables)
        let before = pando.catalog.openTransactions.setAsideCount
        let (found, states, committed) = try anomalies(program, level: "SERIALIZABLE")
        #expect(found.isEmpty, "\(found.prefix(3))")
        // Those that don't overlap, for one thing.
        #expect(committed > 0)
        #expect(Set(states.keys).isSubset(of: ["40001"]), "\(states)")
        #expect(states["40001", default: 0] > 0)
        #expect(pando.catalog.openTransactions.setAsideCount > before)
        #expect(try pando.catalog.check().problems.isEmpty)
    }

    /// A control: the same programs show their anomalies where they are not promised to be kept from.
    @Test(arguments: programs.filter(\.isAnomalous)) func readCommittedIsNot(program: Program) throws {
        try sessions[0].rows(Self.tables)
        let (found, states, _) = try anomalies(program, level: "READ COMMITTED")
        #expect(!found.isEmpty)
        #expect(states["40001"] == nil, "\(states)")
    }

    /// Jobs that are taken by who passes over those of others: nobody waits, and each is done once, or again where that was undone.
    @Test func jobsAreTakenOnceEach() throws {
        try sessions[0].rows(Self.tables)
        let program = Program(
            testDescription: "jobs", setup: "DELETE FROM item; INSERT INTO item SELECT g, g, 'job' FROM generate_series(1, 4) g",
            sessions: [[Self.takeJob, Self.takeJob], [Self.takeJob], [Self.takeJob]], end: "SELECT count(*) FROM item")
        for order in interleavings(program) {
            let (outcome, states) = try run(program, order, level: "READ COMMITTED")
            let taken = outcome.answers.flatMap { ($0 ?? []).flatMap { $0 } }
            #expect(states.isEmpty && taken.sorted() == ["1", "2", "3", "4"] && outcome.end == ["0"], "\(order): \(outcome) \(states)")
        }
        #expect(pando.catalog.openTransactions.setAsideCount > 0)
    }

    /// REPEATABLE READ is the same, and nothing is refused that asks for rows by their keys, apart from the others'.
    @Test(arguments: ["REPEATABLE READ", "SERIALIZABLE"]) func whatIsApartIsNeverRefused(level: String) throws {
        try sessions[0].rows(Self.tables)
        func program(_ condition: String) -> Program {
            Program(
                testDescription: "apart",
                setup: "DELETE FROM item; INSERT INTO item SELECT g, g, 'a' FROM generate_series(1, 3) g",
                sessions: [1, 2].map {
                    ["SELECT kind FROM item WHERE \(condition) = \($0)", "UPDATE item SET kind = 'b' WHERE id = \($0)"]
                },
                end: "SELECT id, value, kind FROM item ORDER BY id")
        }
        let (found, states, committed) = try anomalies(program("id"), level: level)
        #expect(found.isEmpty && states.isEmpty && committed == 20, "\(found) \(states)")
        // A control: a small table is read whole for any other condition, and so each has read what the other one writes.
        #expect(try anomalies(program("value"), level: level).states["40001", default: 0] > 0)
    }

    /// Who has looked whether a value is there, and puts it there, hears of a conflict, and not of a duplicate that it could not know of.
    @Test func whoLooksBeforeItInsertsMeetsNoDuplicate() throws {
        try sessions[0].rows(Self.tables + "CREATE TABLE IF NOT EXISTS invoice (year int, number int, PRIMARY KEY (year, number))")
        let take = [
            "SELECT coalesce(max(number) + 1, 1) FROM invoice WHERE year = 2016",
            "INSERT INTO invoice SELECT 2016, coalesce(max(number) + 1, 1) FROM invoice WHERE year = 2016",
        ]
        let program = Program(
            testDescription: "numbers without a hole", setup: "DELETE FROM invoice; INSERT INTO invoice VALUES (2016, 1)",
            sessions: [take, take, take], end: "SELECT number FROM invoice ORDER BY number")
        let (found, states, _) = try anomalies(program, level: "SERIALIZABLE")
        #expect(found.isEmpty && Set(states.keys) == ["40001"], "\(found) \(states)")
        let looking = ["SELECT count(*) FROM item WHERE id = 42", "INSERT INTO item VALUES (42, 0, 'a')"]
        let unique = Program(
            testDescription: "a key", setup: "DELETE FROM item", sessions: [looking, looking], end: "SELECT count(*) FROM item")
        // One after the other the second one does meet it: orders that overlap are asked.
        for order in [[0, 1, 0, 0, 1, 1], [0, 1, 1, 0, 0, 1], [0, 1, 0, 1, 0, 1], [0, 1, 1, 0, 1, 0], [1, 0, 0, 1, 0, 1]] {
            let (outcome, states) = try run(unique, order, level: "SERIALIZABLE")
            #expect(states.values.sorted() == ["40001"], "\(order)")
            #expect(outcome.end == ["1"])
        }
    }
}
