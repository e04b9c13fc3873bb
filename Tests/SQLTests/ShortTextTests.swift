import ReQLish
import TestSupport
import Testing

@testable import SQL

/// Texts whose statement was bound before with other values answer as if each were read and bound anew.
@Suite struct ShortTextTests {
    private func shape(_ text: String) throws -> String? {
        guard let shape = TextShape(try SourceText(text)) else { return nil }
        return String(decoding: shape.bytes, as: UTF8.self)
    }

    @Test func whatIsTakenForAValue() throws {
        let expected: [(text: String, shape: String?)] = [
            ("SELECT a FROM t WHERE id = 12", "SELECT a FROM t WHERE id = $1"),
            ("UPDATE t SET a = a + -5, b='x y' WHERE id=3;", "UPDATE t SET a = a + $1, b=$2 WHERE id=$3;"),
            ("UPDATE t SET a = a - 5 WHERE id = -3", "UPDATE t SET a = a - $1 WHERE id = $2"),
            ("INSERT INTO t VALUES (-1, 'é', 3) -- 4", "INSERT INTO t VALUES ($1, $2, $3) -- 4"),
            ("DELETE FROM t1 WHERE \"a 1\" = 999999999", "DELETE FROM t1 WHERE \"a 1\" = $1"),
            ("DELETE FROM t WHERE id = 123456789012345678", "DELETE FROM t WHERE id = $1"),
            // A sign is applied to what the cast is of; a number of nineteen digits may be of another type.
            ("UPDATE t SET a = -5::smallint WHERE id = 3", nil), ("SELECT a FROM t WHERE id = 1234567890123456789", nil),
            ("SELECT a FROM t WHERE id = 1.5", nil), ("SELECT a FROM t WHERE id = 'it''s'", nil),
            ("SELECT a FROM t WHERE id = 'a\\b'", nil),
            ("SELECT a FROM t WHERE id = E'a'", nil), ("SELECT a FROM t WHERE id = $$a$$", nil), ("SELECT a FROM t WHERE id = $1", nil),
            ("SELECT a FROM t WHERE id = 'a' 'b", nil), ("SELECT 1; SELECT 2", nil), ("BEGIN", nil), ("", nil), ("VALUES (1)", nil),
        ]
        for (text, answer) in expected { #expect(try shape(text) == answer, "\(text)") }
    }

    @Test func theSameStatementIsBoundOnce() throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, n int, name varchar(3)); INSERT INTO t VALUES (1, 1, 'a')")
        func prepared(_ text: String, newTexts: Int = 1) -> PreparedStatement? {
            var newTexts = newTexts
            return session.connection.session.shortTexts.statement(text, session.connection.session, &newTexts)?.prepared
        }
        #expect(prepared("UPDATE t SET n = n + 1 WHERE id = 1", newTexts: 0) == nil)
        let change = try #require(prepared("UPDATE t SET n = n + 1 WHERE id = 1"))
        #expect(prepared("UPDATE t SET n = n + -9 WHERE id = 2", newTexts: 0) === change)
        let read = try #require(prepared("SELECT n FROM t WHERE name = 'a' AND id = 1"))
        #expect(prepared("SELECT n FROM t WHERE name = 'b' AND id = 3") === read)
        #expect(prepared("SELECT n FROM t WHERE name = 'too long' AND id = 3") === read)
        let long = try #require(prepared("UPDATE t SET n = n + 3000000000 WHERE id = 2"))
        #expect(long !== change && long.parameterTypes == [.int8, .int4])
        #expect(prepared("UPDATE t SET n = n + -2147483648 WHERE id = 2") === long)
        #expect(prepared("UPDATE t SET n = n + -2147483647 WHERE id = 2") === change)
        #expect(prepared("UPDATE t SET name = 'b' WHERE id = 1") != nil && prepared("UPDATE t SET name = 'long' WHERE id = 1") == nil)
        for text in ["SELECT n FROM t WHERE n = 1", "UPDATE t SET n = 1 WHERE n = 2", "SELECT n FROM none WHERE id = 1"] {
            #expect(prepared(text) == nil)
        }
        // What was declared since counts.
        try session.rows("ALTER TABLE t ADD COLUMN m int")
        let anew = try #require(prepared("UPDATE t SET n = n + 1 WHERE id = 1"))
        #expect(anew !== change)
    }

    private static let setup = """
        CREATE DOMAIN odd AS int CHECK (value % 2 = 1); CREATE DOMAIN few_ints AS int[] CHECK (array_length(value, 1) < 3);
        CREATE TABLE t (id int PRIMARY KEY, small smallint, big bigint, name text, code char(3), few varchar(2) UNIQUE, sum numeric(6, 2),
            day date, flag bool, doc jsonb, few_ints few_ints, odds odd[], CHECK (small < 100));
        CREATE TABLE serial (id serial PRIMARY KEY, n int)
        """

    /// A statement of one of some forms, with values that fit, and others.
    private static func statement(_ random: inout SeededGenerator) -> String {
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
        func id() -> String { pick(["1", "2", "3", "4", "-1", "'2'", "'x'", "1234567890", "12345678901"]) }
        func value(_ column: String) -> String {
            switch column {
            case "small": pick(["1", "-7", "99", "100", "40000", "'5'", "NULL", "small + 1", "small + -2", "-3"])
            case "big": pick(["1", "999999999", "9999999999", "big - 1", "'12'", "1.5"])
            case "name": pick(["'a'", "'it''s'", "'a\\b'", "'é'", "''", "5", "E'\\n'", "NULL"])
            case "code": pick(["'a'", "'abc'", "'abcd'", "'ab '", "'a  '"])
            case "few": pick(["'a'", "'b'", "'ab'", "'abc'", "'ab '"])
            case "sum": pick(["1", "-2", "1.255", "'3.5'", "99999", "sum + 1", "'x'"])
            case "day": pick(["'2020-02-29'", "'2021-02-29'", "CURRENT_DATE", "5", "'2020-01-01'::date"])
            case "few_ints": pick(["'{1}'", "'{1,2,3}'", "'{}'", "'x'"])
            case "odds": pick(["'{1}'", "'{1,2,3}'", "'{0}'", "NULL"])
            case "flag": pick(["true", "'yes'", "1", "'maybe'"])
            default: pick(["'{\"a\": 1}'", "'[1,2]'", "'{'", "1", "'7'"])
            }
        }
        let columns = ["small", "big", "name", "code", "few", "sum", "day", "flag", "doc", "few_ints", "odds"]
        let column = pick(columns)
        return switch Int.random(in: 0..<20, using: &random) {
        case 0...3: "INSERT INTO t (id, \(column)) VALUES (\(id()), \(value(column)))"
        case 4...7: "UPDATE t SET \(column) = \(value(column)) WHERE id = \(id())"
        case 8: "UPDATE t SET \(column) = \(value(column)) WHERE id = \(id()) RETURNING id, \(column)"
        case 9: "DELETE FROM t WHERE id = \(id())"
        case 10...11: "SELECT id, \(column) FROM t WHERE id = \(id())"
        case 12: "SELECT \(column) FROM t WHERE id = \(id()) AND \(column) = \(value(column))"
        case 13: "INSERT INTO serial (n) VALUES (\(value("small")))"
        case 14...17: "UPDATE t SET big = big + \(pick(["1", "-1", "17"])) WHERE id = \(pick(["1", "2", "3", "4"]))"
        case 18: pick(["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "ROLLBACK TO a"])
        default:
            pick([
                "ALTER TABLE t ADD COLUMN IF NOT EXISTS more int DEFAULT 3", "ALTER TABLE t DROP COLUMN IF EXISTS more",
                "SET datestyle = 'German'", "RESET datestyle", "SET search_path = none", "RESET search_path",
                "ALTER TABLE t ALTER COLUMN few TYPE varchar(3)", "ALTER TABLE t RENAME COLUMN name TO label",
                "ALTER TABLE t RENAME COLUMN label TO name",
            ])
        }
    }

    /// Rows, tags and the error of a text, the error with what a client is told of it.
    private func answers(_ script: () throws(SQLError) -> SQLScript) -> [String] {
        var answers: [String] = []
        do throws(SQLError) {
            let script = try script()
            while let result = try script.next() {
                // Declared types have other numbers in another database.
                answers.append("\((result.columns ?? []).map { "\($0.name) \(min($0.type.oid, 16384))" })")
                while let row = try result.next() { answers.append("\(row)") }
                answers.append(result.tag())
            }
        } catch {
            answers.append("\(error.state.rawValue) \(error.message) \(error.detail ?? "") \(error.position ?? -1)")
        }
        return answers
    }

    @Test(arguments: Fuzzing.seeds(8), [false, true]) func asIfReadAnew(seed: UInt64, isSetAside: Bool) throws {
        var random = SeededGenerator(seed: seed)
        let pando = try Pando.settingAside()
        let known = isSetAside ? TestSession(pando, try SQLConnection(pando, user: nil, database: "app")) : try TestSession()
        let anew = try TestSession()
        for session in [known, anew] { try session.rows(Self.setup) }
        var short = 0
        for number in 0..<500 {
            var text = Self.statement(&random)
            // Nothing goes on for long after a block has failed, or names mean nothing.
            if number % 8 == 0 { text = number % 16 == 0 ? "ROLLBACK" : "RESET search_path" }
            if number == 400 { text = "CREATE TEMP TABLE t (id int PRIMARY KEY, name text)" }
            let connection = known.connection
            let read = connection.readScript(text)
            if read?.shape == .shortRead || read?.shape == .shortWrite { short += 1 }
            let first = answers { () throws(SQLError) in if let read { read } else { try connection.script(text) } }
            let second = answers { () throws(SQLError) in try anew.connection.script(text) }
            #expect(first == second, "seed \(seed): \(text)")
            if isSetAside { connection.awaitClient() }
            #expect(connection.transactionStatus == anew.connection.transactionStatus, "seed \(seed): \(text)")
        }
        #expect(short > 100, "seed \(seed)")
        for session in [known, anew] { _ = session.state("ROLLBACK") }
        for text in [
            "SET search_path = public", "SELECT * FROM public.t ORDER BY id", "SELECT * FROM serial ORDER BY id",
            "SELECT * FROM t ORDER BY id",
        ] {
            let (first, second) = (try? known.rows(text), try? anew.rows(text))
            #expect(first == second, "seed \(seed)")
        }
    }
}
