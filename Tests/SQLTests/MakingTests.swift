import Catalog
import Ground
import ReQLish
import TestSupport
import Testing

@testable import SQL

/// What takes memory or time before there is a row: long texts, lists, numbers and values.
@Suite struct MakingTests {
    private func limited(_ byteCount: Int) throws -> TestSession {
        var options = PandoOptions()
        options.queryMemoryLimit = byteCount
        options.spillLimit = 0
        return try TestSession(sharing: try TestSession(), options)
    }

    // MARK: Memory

    @Test(arguments: [
        "SELECT 1 FROM (VALUES (1)) t0 \((1...900).map { "NATURAL JOIN (VALUES (1)) t\($0)" }.joined(separator: " "))",
        "SELECT 1 FROM (VALUES (1)) t0(a0) \((1...900).map { "JOIN (VALUES (1)) t\($0)(a\($0)) ON a\($0) = a0" }.joined(separator: " "))",
        "SELECT 1 FROM generate_series(1, 2) g GROUP BY ROLLUP (\((1...1000).map { "g + \($0)" }.joined(separator: ", ")))",
        """
        WITH wide AS (SELECT \((1...500).map { "1 AS c\($0)" }.joined(separator: ", ")))
        \(Array(repeating: "SELECT * FROM wide", count: 40).joined(separator: " UNION ALL "))
        """,
        "SELECT 1 WHERE 1 IN (\((0..<60_000).map(String.init).joined(separator: ", ")))",
        "VALUES \((0..<40_000).map { "(\($0), 'text')" }.joined(separator: ", "))",
        "SELECT \(Array(repeating: "1", count: 1200).joined(separator: " + "))" + String(repeating: " ", count: 1 << 20),
        "SELECT format('%s%s%s%s', a, a, a, a) = '' FROM (SELECT repeat('x', 1000000) a) s",
        "SELECT length(format('%1000000s%1000000s%1000000s', 1, 2, 3))",
        "SELECT length(concat(a, a, a)) FROM (SELECT repeat('x', 1000000) a) s",
        "SELECT length(concat_ws(',', a, a, a)) FROM (SELECT repeat('x', 1000000) a) s",
        "SELECT length(replace(repeat('x', 100000), 'x', repeat('y', 100)))",
        "SELECT length(translate(repeat('x', 1500000), 'x', 'y'))",
        "SELECT length(lpad('x', 3000000, 'y'))",
        "SELECT length(repeat('x', 1500000) || repeat('y', 1500000))",
        "SELECT count(*) FROM regexp_split_to_table(repeat('a ', 1000000), ' ')",
    ])
    func whatIsMadeCountsBeforeItIsThere(sql: String) throws {
        let session = try limited(2 << 20)
        #expect(session.state(sql) == "53200", "\(sql.prefix(80))")
        session.connection.rest()
        #expect(session.pando.limits.memoryPool(of: nil).usedByteCount == 0, "\(sql.prefix(80))")
        #expect(try session.rows("SELECT 1") == ["1"])
    }

    @Test func tablesOfTheSessionCountAsLongAsItGoesOn() throws {
        let session = try limited(16 << 20)
        let pool = session.pando.limits.memoryPool(of: nil)
        #expect(session.state("CREATE TEMP TABLE big AS SELECT g, repeat('x', 1000) s FROM generate_series(1, 60000) g") == "53200")
        // What was made of it is free to be used.
        try session.rows("CREATE TEMP TABLE small AS SELECT g, repeat('x', 1000) s FROM generate_series(1, 6000) g")
        try session.rows("UPDATE small SET s = 'y' WHERE g <= 100; DELETE FROM small WHERE g > 3000")
        #expect(try session.rows("SELECT count(*), min(length(s)), max(length(s)) FROM small") == ["3000|1|1000"])
        session.connection.rest()
        #expect(pool.usedByteCount >= 8 << 20)
        session.connection.session.close()
        #expect(pool.usedByteCount == 0)
    }

    @Test func whatJoinsHaveInCommon() throws {
        let session = try TestSession()
        // A join's columns are named until it is joined itself: they are those of the whole then.
        let tables = (1...60).map { "NATURAL JOIN (VALUES (1, \($0)), (2, 0)) t\($0)(a, b\($0))" }.joined(separator: " ")
        #expect(
            try session.rows("SELECT a, t7.a, b7, t60.b60, t0.* FROM (VALUES (1, 100), (3, 300)) t0(a, c) \(tables)") == [
                "1|1|7|60|1|100"
            ])
        #expect(try session.rows("SELECT sum(b1 + b60) FROM (VALUES (1, 100), (2, 300)) t0(a, c) \(tables)") == ["61"])
        let wide = (1...100).map { "1 AS c\($0)" }.joined(separator: ", ")
        let joined = (1...20).map { "CROSS JOIN wide t\($0)" }.joined(separator: " ")
        #expect(session.state("WITH wide AS (SELECT \(wide)) SELECT * FROM wide \(joined)") == "54011")
        let sets = Array(repeating: "()", count: 5000).joined(separator: ", ")
        #expect(session.state("SELECT 1 GROUP BY GROUPING SETS (\(sets))") == "54001")
    }

    @Test func withRoomTheyAreWhatTheyWere() throws {
        let session = try TestSession()
        let list = (0..<60_000).map(String.init).joined(separator: ", ")
        #expect(try session.rows("SELECT count(*) FROM generate_series(59990, 60010) g WHERE g IN (\(list))") == ["10"])
        session.check([
            ("format('%s|%5s|%2$-5s|%%|%2$s', 'a', 'é')", "a|    é|é    |%|é"), ("length(format('%3000s', 'x'))", "3000"),
            ("length(format('%-3000s|', 'x'))", "3001"), ("translate('abcé', 'aé', 'x')", "xbc"), ("lpad('é', 4, 'ab')", "abaé"),
            ("rpad('é', 4, 'ü')", "éüüü"), ("concat('a', NULL, 1, true)", "a1t"), ("concat_ws(',', 'a', NULL, 'b')", "a,b"),
            ("replace('aXbX', 'X', 'yy')", "ayybyy"), ("lpad('abc', 2)", "ab"), ("'a' || 1 || 'b'", "a1b"),
        ])
        // Rows of which each has a large value: what one has taken is given back for the next.
        let few = try limited(8 << 20)
        #expect(try few.rows("SELECT sum(length(format('%300000s', g))) FROM generate_series(1, 200) g") == ["60000000"])
        #expect(try few.rows("SELECT sum(length(replace(repeat('x', 100000), 'x', 'yz'))) FROM generate_series(1, 100) g") == ["20000000"])
    }

    @Test func textsOfArraysAndRecordsCountUntilTheyAreWritten() throws {
        let long = SQLValue.text(String(repeating: "x", count: 1 << 20))
        let textArray = SQLType(1009)
        let array = SQLValue.array(SQLArray(.text, Array(repeating: long, count: 8)))
        let fields = Array(repeating: SQLRecord.Field("a", .text), count: 8)
        let record = SQLValue.record(SQLRecord(fields: fields, values: Array(repeating: long, count: 8)))
        for (value, type) in [(array, textArray), (record, SQLType.record)] {
            for (limit, state) in [(6 << 20, "53200"), (9 << 20, nil)] as [(Int, String?)] {
                let memory = QueryMemory(limit: limit, pool: MemoryPool(limit: .max))
                var bytes: [UInt8] = []
                do throws(SQLError) {
                    try QueryMemory.ofThread.with(memory) { () throws(SQLError) in
                        try TextOutput.append(value, type, NeutralSession.shared, to: &bytes)
                    }
                    #expect(state == nil && memory.peakByteCount >= 8 << 20)
                } catch {
                    #expect(error.state.rawValue == state)
                }
            }
        }
        // What stands in another one gives back what it has taken, and no more: two large texts are there at once.
        let nested = SQLValue.record(SQLRecord(fields: [SQLRecord.Field("a", textArray)], values: [array]))
        let memory = QueryMemory(limit: 64 << 20, pool: MemoryPool(limit: .max))
        var bytes: [UInt8] = []
        try QueryMemory.ofThread.with(memory) { () throws(SQLError) in
            try TextOutput.append(nested, .record, NeutralSession.shared, to: &bytes)
        }
        #expect(memory.peakByteCount >= 16 << 20 && memory.peakByteCount < 17 << 20)
        try memory.take(byteCount: 55 << 20)
        #expect(throws: DatumError.self) { try memory.take(byteCount: 2 << 20) }
    }

    // MARK: Time

    private func stopped<Value>(_ body: () throws(SQLError) -> Value) -> SQLError? {
        let memory = QueryMemory(limit: .max, pool: MemoryPool(limit: .max)) { true }
        do throws(SQLError) {
            _ = try QueryMemory.ofThread.with(memory, body)
            return nil
        } catch {
            return error
        }
    }

    @Test func numbersAskWhetherSomebodyWaits() throws {
        let long = try Numeric("1." + String(repeating: "0", count: 1999) + "1")
        let large = try Numeric(String(repeating: "7", count: 4000))
        #expect(stopped { () throws(SQLError) in try Numeric.exponential(long) } == .canceled)
        #expect(
            stopped { () throws(SQLError) in try Numeric.naturalLogarithm(try Numeric("2." + String(repeating: "3", count: 1000))) }
                == .canceled)
        #expect(stopped { () throws(SQLError) in try Numeric.naturalLogarithm(large) } == .canceled)
        #expect(stopped { () throws(SQLError) in try Numeric.power(large, try Numeric("17")) } == .canceled)
    }

    @Test func textsAskWhetherSomebodyWaits() throws {
        let letters = String(repeating: "a", count: 1 << 21)
        #expect(stopped { () throws(SQLError) in try LikePattern.matches(letters.utf8, "%b".utf8) } == .canceled)
        #expect(stopped { () throws(SQLError) in try PatternSearch(letters, "(a|b)*c\\y", PatternOptions()).match() } == .canceled)
        #expect(stopped { () throws(SQLError) in try Script("SELECT " + letters) } == .canceled)
        #expect(
            stopped { () throws(SQLError) in try TextFunctions.forEachPart(of: letters, "b") { _ throws(SQLError) in } } == .canceled)
    }

    // MARK: Numbers

    @Test func longNumbers() throws {
        var generator = Fuzzing.generator
        for count in [1, 8, 9, 17, 18, 19, 60, 90, 163, 400, 1100] {
            for other in [1, 30, 82, 170, 500] {
                func random(_ count: Int) -> NaturalNumber {
                    let digits = (0..<count).map { _ in UInt8.random(in: 48...57, using: &generator) }
                    return NaturalNumber(digits: [49] + digits)
                }
                let (a, b) = (random(count), random(other))
                let (quotient, remainder) = (a * b + .one).divided(by: b)
                #expect(quotient == a && remainder == .one)
                let root = a.squareRoot
                #expect(NaturalNumber.compare(root * root, a) <= 0)
                #expect(NaturalNumber.compare((root + .one) * (root + .one), a) > 0)
            }
        }
        // The largest limbs there are.
        let nines = NaturalNumber(digits: [UInt8](repeating: 57, count: 9 * 40))
        #expect((nines + .one) * (nines + .one) == nines * nines + nines + nines + .one)
    }

    @Test func longFunctions() throws {
        let session = try TestSession()
        session.check([
            ("ln(exp(5000::numeric))", "5000.0000000000000"), ("left(exp(5000::numeric)::text, 21)", "296762838402366706896"),
            ("length(exp(5000::numeric)::text)", "2172"), ("factorial(25)", "15511210043330985984000000"),
            ("factorial(0)", "1"), ("factorial(1)", "1"), ("length(factorial(3000)::text)", "9131"),
            (
                "sqrt(2::numeric(60,50))",
                "1.41421356237309504880168872420969807856967187537695"
            ),
            ("exp(-500::numeric(10,2)) * exp(500::numeric(10,2)) < 1.0001", "t"), ("exp(1::numeric)", "2.7182818284590452"),
        ])
    }

    // MARK: Foreign keys

    @Test func manyRowsAreHeldToTheirForeignKeys() throws {
        let session = try limited(3 << 20)
        try session.rows("CREATE TABLE target (id int PRIMARY KEY); INSERT INTO target SELECT g FROM generate_series(0, 99) g")
        try session.rows("CREATE TABLE source (id int PRIMARY KEY, a int REFERENCES target)")
        try session.rows("INSERT INTO source SELECT g, g % 100 FROM generate_series(1, 20000) g")
        #expect(session.state("INSERT INTO source SELECT g, g - 30000 FROM generate_series(30000, 45000) g") == "23503")
        #expect(
            session.state("INSERT INTO source SELECT g, CASE g WHEN 30001 THEN 100 ELSE 1 END FROM generate_series(30000, 45000) g")
                == "23503")
        #expect(try session.rows("SELECT count(*) FROM source") == ["20000"])
        // Rows to come are there at the end.
        let roomy = try TestSession()
        try roomy.rows("CREATE TABLE chain (id int PRIMARY KEY, next int REFERENCES chain)")
        try roomy.rows("INSERT INTO chain SELECT g, nullif(g + 1, 10001) FROM generate_series(1, 10000) g")
        #expect(roomy.state("INSERT INTO chain SELECT g, g + 1 FROM generate_series(20001, 30000) g") == "23503")
        #expect(try roomy.rows("SELECT count(*) FROM chain") == ["10000"])
        try roomy.rows("CREATE TABLE late (id int PRIMARY KEY, a int REFERENCES chain DEFERRABLE INITIALLY DEFERRED)")
        try roomy.rows("BEGIN; INSERT INTO late SELECT g, g FROM generate_series(1, 10001) g")
        #expect(roomy.state("COMMIT") == "23503")
        try roomy.rows(
            "BEGIN; INSERT INTO late SELECT g, g FROM generate_series(1, 10001) g; INSERT INTO chain VALUES (10001, NULL); COMMIT")
        #expect(try roomy.rows("SELECT count(*) FROM late") == ["10001"])
    }
}
