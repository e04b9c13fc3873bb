import Pando
import TestSupport
import TestTraits
import Testing

@testable import ReQLish

/// What a serializable transaction is taken to have read: the ranges that its queries were answered from, and not how the ways there were
/// chosen. Who writes beside them doesn't conflict with it; who writes into them does.
@Suite(.ownThreads, .timeLimit(.minutes(240))) struct ReadRangesTests {
    enum Read: CustomTestStringConvertible, Sendable {
        case reql(String, Query)
        case sql(SQL)

        var testDescription: String {
            switch self {
            case .reql(let name, _): name
            case .sql(let statement): "\(statement)"
            }
        }
    }

    private let pando: Pando
    private static let items = r.db("app").table("items")
    private static let rows = r.db("app").table("rows")

    /// The numbers from 100 to 110, of 2,000.
    private static let reads: [Read] = [
        .reql("between by the key", items.between(100, 111).count()),
        .reql("between", items.between(100, 111, index: "n")),
        .reql("the count of between", items.between(100, 111, index: "n").count()),
        .reql("getAll", items.getAll(100, 105, 110, index: "n")),
        .reql("a filter by the key", items.filter { $0["id"] >= 100 && $0["id"] <= 110 }),
        .reql("a filter", items.filter { $0["n"] >= 100 && $0["n"] <= 110 }),
        .reql("the count of a filter", items.filter { $0["n"] >= 100 && $0["n"] <= 110 }.count()),
        .reql("a filter of two fields", items.filter { $0["n"] >= 100 && $0["n"] <= 110 && $0["text"] == "a" }),
        .reql("the first rows of a filter", items.filter { $0["n"] >= 100 && $0["n"] <= 110 }.orderBy("n").limit(20)),
        .sql("SELECT * FROM rows WHERE id BETWEEN 100 AND 110"),
        .sql("SELECT * FROM rows WHERE n BETWEEN 100 AND 110"),
        .sql("SELECT count(*) FROM rows WHERE n >= 100 AND n < 111"),
        .sql("SELECT * FROM rows WHERE n BETWEEN 100 AND 110 AND text = 'a' ORDER BY n LIMIT 20"),
        .sql("SELECT * FROM rows WHERE n IN (100, 105, 110)"),
        .sql("SELECT g, (SELECT sum(id) FROM rows WHERE n = g) FROM generate_series(100, 110, 5) g"),
    ]

    init() throws {
        pando = try Pando.inMemory()
        try r.dbCreate("app").run(on: pando)
        try r.db("app").tableCreate("items").run(on: pando)
        try r.db("app").tableCreate("own").run(on: pando)
        try Self.items.indexCreate("n").run(on: pando)
        try Self.items.indexWait().run(on: pando)
        let documents = r.range(0, 2000).map { ["id": $0, "n": $0, "text": "a"] }
        try Self.items.insert(documents.coerceTo("array")).run(on: pando)
    }

    private func makeRows() async throws {
        try await pando.sqlExecute("CREATE TABLE rows (id int PRIMARY KEY, n int, text text)", database: "app")
        try await pando.sqlExecute("INSERT INTO rows SELECT g, g, 'a' FROM generate_series(0, 1999) g", database: "app")
        try await pando.sqlExecute("CREATE INDEX ON rows (n)", database: "app")
    }

    /// Reads in a transaction, has others write, and commits after a write of its own.
    ///
    /// - Returns: whether it was refused.
    private func conflicts(_ read: Read, beside other: Query) async throws -> Bool {
        let transaction = try await pando.begin()
        switch read {
        case .reql(_, let query): try await transaction.run(query)
        case .sql(let statement): _ = try await transaction.sql(statement, database: "app")
        }
        try await pando.run(other)
        do {
            try await transaction.run(r.db("app").table("own").insert(["id": 1], conflict: .replace))
            try await transaction.commit()
            return false
        } catch {
            guard (error as? ReQLError)?.isSerializationFailure == true else { throw error }
            await transaction.rollback()
            return true
        }
    }

    @Test(arguments: reads) func onlyWhatWasReadConflicts(read: Read) async throws {
        try await makeRows()
        let table = if case .sql = read { Self.rows } else { Self.items }
        for beside in [99, 111, 112, 1999] {
            let change = table.get(Query(Datum(beside))).update(["n": Query(Datum(beside + 5000)), "text": "b"])
            #expect(try await !conflicts(read, beside: change), "\(beside) is beside it")
        }
        #expect(try await !conflicts(read, beside: table.get(0).delete()))
        #expect(try await !conflicts(read, beside: table.insert(["id": 5000, "n": 5000, "text": "a"])))
        // In its middle, and at both its ends.
        for inside in [105, 100, 110] {
            let change = table.get(Query(Datum(inside))).update(["n": Query(Datum(-inside))])
            #expect(try await conflicts(read, beside: change), "\(inside) is in it")
        }
        #expect(try await conflicts(read, beside: table.get(105).update(["n": 105])))
        #expect(try await conflicts(read, beside: table.get(105).delete()))
    }

    /// One that was not there, as it had another value or none.
    @Test(arguments: reads) func whatComesInConflicts(read: Read) async throws {
        try await makeRows()
        let table = if case .sql = read { Self.rows } else { Self.items }
        // Those that go by the key see none of these.
        if read.testDescription.contains("by the key") || read.testDescription.contains("WHERE id") { return }
        #expect(try await conflicts(read, beside: table.get(500).update(["n": 105])))
        #expect(try await conflicts(read, beside: table.insert(["id": 6000, "n": 110, "text": "a"])))
    }

    /// The first or the last ten of 2,000 in an order, and whether they are the last.
    private static let ends: [(read: Read, areLast: Bool)] = [
        (.reql("the first by the key", items.orderBy(index: "id").limit(10)), false),
        (.reql("the last by the key", items.orderBy(index: r.desc("id")).limit(10)), true),
        (.reql("the first of an index", items.orderBy(index: "n").limit(10)), false),
        (.reql("the last of an index", items.orderBy(index: r.desc("n")).limit(10)), true),
        (.reql("the first that pass", items.orderBy(index: "n").filter { $0["text"] == "a" }.limit(10)), false),
        (.reql("the first of a range", items.between(-5, 1500, index: "n").orderBy(index: "n").limit(10)), false),
        (.sql("SELECT * FROM rows ORDER BY id LIMIT 10"), false),
        (.sql("SELECT * FROM rows ORDER BY id DESC LIMIT 10"), true),
        (.sql("SELECT * FROM rows ORDER BY n LIMIT 10"), false),
        (.sql("SELECT * FROM rows ORDER BY n DESC LIMIT 10"), true),
        (.sql("SELECT * FROM rows WHERE text = 'a' ORDER BY n LIMIT 10"), false),
    ]

    @Test(arguments: ends) func whatIsBehindTheLimitWasNotRead(read: Read, areLast: Bool) async throws {
        try await makeRows()
        let isSQL = if case .sql = read { true } else { false }
        let table = isSQL ? Self.rows : Self.items
        func row(_ number: Int) -> Int { areLast ? 1999 - number : number }
        // ReQL may have looked at the row after the last one; SQL reads some hundred at once.
        for behind in isSQL ? [900, 1500, 1990] : [11, 12, 100, 1990] {
            let change = table.get(Query(Datum(row(behind)))).update(["text": "b"])
            #expect(try await !conflicts(read, beside: change), "\(behind) is behind it")
        }
        #expect(try await !conflicts(read, beside: table.get(Query(Datum(row(1200)))).delete()))
        #expect(try await !conflicts(read, beside: table.insert(["id": areLast ? -7 : 5000, "n": 1000, "text": "a"])))
        for inside in [0, 5, 9] {
            let change = table.get(Query(Datum(row(inside)))).update(["text": "b"])
            #expect(try await conflicts(read, beside: change), "\(inside) is in it")
        }
        #expect(try await conflicts(read, beside: table.get(Query(Datum(row(4)))).delete()))
        // One that comes in between, and one before all of them.
        let before = areLast ? 9000 : -1
        #expect(try await conflicts(read, beside: table.insert(["id": Query(Datum(row(4))), "n": Query(Datum(row(4))), "text": "a"])))
        #expect(try await conflicts(read, beside: table.insert(["id": Query(Datum(before)), "n": Query(Datum(before)), "text": "a"])))
    }

    /// Numbers come before objects, which no index holds: of who reads their last by a field, the whole table has to stay as it is. Texts
    /// come behind all that an index may lack.
    @Test func theLastTextsByAField() async throws {
        try await pando.run(Self.items.indexCreate("text"))
        try await pando.run(Self.items.indexWait())
        try await pando.run(Self.items.get(1990).update(["text": "y"]))
        for number in 0..<10 { try await pando.run(Self.items.get(Query(Datum(number))).update(["text": "z"])) }
        let read = Read.reql("the last by a field", Self.items.orderBy(r.desc("text")).limit(11))
        for beside in [10, 1000, 1989] {
            #expect(try await !conflicts(read, beside: Self.items.get(Query(Datum(beside))).update(["n": -1])), "\(beside) is behind it")
        }
        #expect(try await !conflicts(read, beside: Self.items.insert(["id": 5000])))
        #expect(try await !conflicts(read, beside: Self.items.insert(["id": 5001, "text": "b"])))
        #expect(try await conflicts(read, beside: Self.items.get(1990).update(["n": -1])))
        #expect(try await conflicts(read, beside: Self.items.get(5).delete()))
        #expect(try await conflicts(read, beside: Self.items.insert(["id": 6000, "text": "yy"])))
        #expect(try await conflicts(read, beside: Self.items.insert(["id": 6001, "text": "zz"])))
        let numbers = Read.reql("numbers", Self.items.orderBy(r.desc("n")).limit(10))
        #expect(try await conflicts(numbers, beside: Self.items.insert(["id": 6002, "n": [:]])))
    }
}
