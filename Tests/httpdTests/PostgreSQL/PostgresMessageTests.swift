import PostgresWire
import Testing

@testable import httpd

/// Each message of a client with its answers, which are those of PostgreSQL 15.
///
/// An answer is its letter, with what is in it that a client goes by: of a column the name and the type, behind `#` its number in its table, in
/// parentheses its modifier, and `b` if it comes in binary; of an error its SQLSTATE.
@Suite struct PostgresMessageTests {
    private let fixture: PostgresFixture
    private let client: PostgresTestClient

    init() throws {
        fixture = try PostgresFixture()
        client = try PostgresTestClient(fixture.server)
        let table = "CREATE TABLE w (a int PRIMARY KEY, b numeric(10,2), c varchar(5))"
        _ = try client.query("\(table); INSERT INTO w VALUES (1, 2.5, 'x'), (2, NULL, 'y'), (3, 1, NULL)")
    }

    private static func shown(_ message: BackendMessage) -> String? {
        switch message {
        case .rowDescription(let columns):
            let texts = columns.map { column in
                "\(column.name):\(column.type)" + (column.table == 0 ? "" : "#\(column.number)")
                    + (column.modifier == -1 ? "" : "(\(column.modifier))") + (column.format == .binary ? "b" : "")
            }
            return "T[\(texts.joined(separator: ","))]"
        case .dataRow(let values):
            let texts = values.map { value in
                guard let value else { return "NULL" }
                let isText = value.allSatisfy { (32..<127).contains($0) }
                return isText ? String(decoding: value, as: UTF8.self) : value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            }
            return "D[\(texts.joined(separator: ","))]"
        case .commandComplete(let tag): return "C[\(tag)]"
        case .errorResponse(let fields): return "E[\(fields["C"] ?? "")]"
        case .noticeResponse(let fields): return "N[\(fields["C"] ?? "")]"
        case .parameterDescription(let types): return "t[\(types.map(String.init).joined(separator: ","))]"
        case .readyForQuery(let status): return "Z[\(Unicode.Scalar(status.rawValue))]"
        case .parameterStatus: return nil
        default: return String(Unicode.Scalar(message.kind.rawValue))
        }
    }

    /// Sends messages at once, and compares what comes up to the last ReadyForQuery.
    private func check(_ expected: String, _ messages: FrontendMessage..., sourceLocation: SourceLocation = #_sourceLocation) throws {
        for message in messages { try client.send(message) }
        var answers: [String] = []
        for _ in 0..<expected.split(separator: " ").count(where: { $0.hasPrefix("Z[") }) {
            answers += try client.answers().compactMap(Self.shown)
        }
        #expect(answers.joined(separator: " ") == expected, sourceLocation: sourceLocation)
    }

    private func parse(_ name: String, _ text: String, _ types: [UInt32] = []) -> FrontendMessage {
        .parse(.init(name: name, text: text, types: types))
    }

    /// - Parameter formats: those of the parameters.
    private func bind(
        _ portal: String, _ statement: String, _ parameters: [[UInt8]?] = [], formats: [ValueFormat] = [], results: [ValueFormat] = []
    ) -> FrontendMessage {
        .bind(
            .init(
                portal: portal, statement: statement, parameterFormats: formats, parameters: parameters, resultFormats: results))
    }

    private func execute(_ portal: String, _ limit: Int = 0) -> FrontendMessage { .execute(portal: portal, rowLimit: limit) }

    @Test func query() throws {
        try check("T[a:23] D[1] C[SELECT 1] T[b:23] D[2] C[SELECT 1] Z[I]", .query("SELECT 1 AS a; SELECT 2 AS b"))
        try check("I Z[I]", .query(""))
        try check("I Z[I]", .query(";;"))
        // The first error ends the message.
        try check("T[a:23] D[1] C[SELECT 1] E[22012] Z[I]", .query("SELECT 1 AS a; SELECT 1 / 0; SELECT 2"))
        // Together they are one transaction, unless blocks are among them.
        try check(
            "C[CREATE TABLE] C[INSERT 0 1] E[22012] Z[I]", .query("CREATE TABLE v (a int); INSERT INTO v VALUES (1); SELECT 1 / 0"))
        try check("E[42P01] Z[I]", .query("SELECT * FROM v"))
        try check("C[BEGIN] C[INSERT 0 1] C[COMMIT] E[22012] Z[I]", .query("BEGIN; INSERT INTO w VALUES (4); COMMIT; SELECT 1 / 0"))
        try check("T[count:20] D[4] C[SELECT 1] Z[I]", .query("SELECT count(*) FROM w"))
        fixture.stop()
    }

    @Test func parse() throws {
        try check("E[42601] Z[I]", parse("", "SELECT 1; SELECT 2"), .sync)
        try check("1 E[42P05] Z[I]", parse("p", "SELECT 1"), parse("p", "SELECT 2"), .sync)
        try check("1 1 t[] T[two:23] Z[I]", parse("", "SELECT 1"), parse("", "SELECT 2 AS two"), .describe(.statement("")), .sync)
        // Types that are 0 or unknown are found.
        try check(
            "1 t[23,25] T[?column?:23,?column?:25] Z[I]", parse("q", "SELECT $1 + 1, $2", [0, 705]), .describe(.statement("q")), .sync)
        try check("1 t[25] T[?column?:25] Z[I]", parse("", "SELECT $1"), .describe(.statement("")), .sync)
        try check("E[42P18] Z[I]", parse("", "SELECT $1 IS NULL"), .sync)
        try check("E[42P18] Z[I]", parse("", "SELECT $2::int"), .sync)
        try check("E[42703] Z[I]", parse("", "SELECT nosuch"), .sync)
        try check("1 2 I Z[I]", parse("", ""), bind("", ""), execute(""), .sync)
        fixture.stop()
    }

    @Test func describe() throws {
        try check(
            "1 t[] T[a:23#1,b:1700#2(655366),c:1043#3(9),n:23] 2 T[a:23#1b,b:1700#2(655366)b,c:1043#3(9)b,n:23b] Z[I]",
            parse("d", "SELECT a, b, c, a + 1 AS n FROM w"), .describe(.statement("d")), bind("", "d", results: [.binary]),
            .describe(.portal("")), .sync)
        try check("1 t[23,1700,1043] n Z[I]", parse("i", "INSERT INTO w VALUES ($1, $2, $3)"), .describe(.statement("i")), .sync)
        try check("1 t[] T[a:23#1] Z[I]", parse("", "INSERT INTO w (a) VALUES (9) RETURNING a"), .describe(.statement("")), .sync)
        try check("E[26000] Z[I]", .describe(.statement("nosuch")), .sync)
        try check("E[34000] Z[I]", .describe(.portal("nosuch")), .sync)
        try check("1 t[] n Z[I]", parse("", "BEGIN"), .describe(.statement("")), .sync)
        fixture.stop()
    }

    @Test func bind() throws {
        let (one, two) = (Array("1".utf8), Array("2".utf8))
        try check("1 Z[I]", parse("b", "SELECT $1::int4 + $2::int4 AS n"), .sync)
        try check("E[08P01] Z[I]", bind("", "b", [one]), .sync)
        try check("2 D[00000003] C[SELECT 1] Z[I]", bind("", "b", [one, two], results: [.binary]), execute(""), .sync)
        try check("2 D[7] C[SELECT 1] Z[I]", bind("", "b", [[0, 0, 0, 5], two], formats: [.binary, .text]), execute(""), .sync)
        try check("E[08P01] Z[I]", bind("", "b", [[0, 0], two], formats: [.binary, .text]), execute(""), .sync)
        try check("E[22P02] Z[I]", bind("", "b", [Array("x".utf8), two]), execute(""), .sync)
        try check("E[08P01] Z[I]", bind("", "b", [one, two], formats: [.text, .text, .text]), .sync)
        try check("2 D[NULL] C[SELECT 1] Z[I]", bind("", "b", [nil, two]), execute(""), .sync)
        try check("E[26000] Z[I]", bind("", "nosuch"), .sync)
        try check("E[08P01] Z[I]", bind("", "b", [one, two], results: [.text, .text]), execute(""), .sync)
        fixture.stop()
    }

    @Test func execute() throws {
        try check(
            "1 2 D[1] D[2] s D[3] C[SELECT 1] C[SELECT 0] Z[I]", parse("e", "SELECT a FROM w ORDER BY a"), bind("c", "e"),
            execute("c", 2), execute("c", 2), execute("c", 2), .sync)
        // Sync ends all portals outside of a block.
        try check("E[34000] Z[I]", execute("c"), .sync)
        // A portal reads one state until it is closed.
        try check("C[BEGIN] Z[T] 2 D[1] s Z[T]", .query("BEGIN"), bind("c", "e"), execute("c", 1), .sync)
        try check("C[DELETE 1] Z[T] D[2] D[3] C[SELECT 2] Z[T]", .query("DELETE FROM w WHERE a = 3"), execute("c", 5), .sync)
        try check("C[ROLLBACK] Z[I]", .query("ROLLBACK"))
        try check("2 E[42P03] Z[I]", bind("c", "e"), bind("c", "e"), .sync)
        try check("1 2 C[UPDATE 2] Z[I]", parse("", "UPDATE w SET c = c WHERE a < 3"), bind("", ""), execute(""), .sync)
        fixture.stop()
    }

    @Test func syncAndFlush() throws {
        // After an error all is passed over, and what was done since the last Sync is undone.
        try check(
            "1 2 C[INSERT 0 1] E[42703] Z[I]", parse("", "INSERT INTO w (a) VALUES (7)"), bind("", ""), execute(""),
            parse("", "SELECT nosuch"), bind("", ""), execute(""), parse("", "SELECT 5"), bind("", ""), execute(""), .sync)
        try check("T[count:20] D[0] C[SELECT 1] Z[I]", .query("SELECT count(*) FROM w WHERE a = 7"))
        try check(
            "1 2 C[INSERT 0 1] 1 2 C[DELETE 1] Z[I]", parse("", "INSERT INTO w (a) VALUES (7)"), bind("", ""), execute(""), .flush,
            parse("", "DELETE FROM w WHERE a = 7"), bind("", ""), execute(""), .sync)
        try check("Z[I]", .sync)
        fixture.stop()
    }

    @Test func close() throws {
        try check("1 Z[I]", parse("e", "SELECT 1"), .sync)
        try check("3 3 3 Z[I]", .close(.statement("nosuch")), .close(.portal("nosuch")), .close(.statement("e")), .sync)
        try check("E[26000] Z[I]", bind("", "e"), .sync)
        try check("1 Z[I]", parse("e", "SELECT 1"), .sync)
        fixture.stop()
    }

    @Test func copy() throws {
        // Flush and Sync are passed over while it goes on.
        try check("G C[COPY 1] Z[I]", .query("COPY w (a) FROM STDIN"), .flush, .sync, .copyData(Array("10\n".utf8)), .copyDone)
        try check("G E[57014] Z[I]", .query("COPY w (a) FROM STDIN"), .copyData(Array("11\n".utf8)), .copyFail("no"))
        try check("G E[22P02] Z[I]", .query("COPY w (a) FROM STDIN"), .copyData(Array("x\n".utf8)), .copyDone)
        try check("H d d d d c C[COPY 4] Z[I]", .query("COPY (SELECT a FROM w ORDER BY a) TO STDOUT"))
        // What comes of one that is over is passed over.
        try check("Z[I]", .copyData(Array("stray".utf8)), .copyDone, .sync)
        fixture.stop()
    }

    /// PostgreSQL looks for the function.
    @Test func functionCall() throws {
        try check("E[0A000] Z[I]", .functionCall)
        fixture.stop()
    }

    @Test func noticeResponse() throws {
        try check("N[42P07] C[CREATE TABLE] Z[I]", .query("CREATE TABLE IF NOT EXISTS w (a int)"))
        try check("C[SET] Z[I]", .query("SET client_min_messages = warning"))
        try check("C[CREATE TABLE] Z[I]", .query("CREATE TABLE IF NOT EXISTS w (a int)"))
        try check("N[25P01] C[COMMIT] Z[I]", .query("COMMIT"))
        try check("C[SET] Z[I]", .query("SET client_min_messages = error"))
        try check("C[COMMIT] Z[I]", .query("COMMIT"))
        fixture.stop()
    }

    @Test func readyForQuery() throws {
        for (query, answer) in [
            ("BEGIN", "C[BEGIN] Z[T]"), ("SELECT 1 / 0", "E[22012] Z[E]"), ("SELECT 1", "E[25P02] Z[E]"), ("COMMIT", "C[ROLLBACK] Z[I]"),
            ("BEGIN; SAVEPOINT a", "C[BEGIN] C[SAVEPOINT] Z[T]"), ("SELECT nosuch", "E[42703] Z[E]"), ("ROLLBACK TO a", "C[ROLLBACK] Z[T]"),
            ("COMMIT", "C[COMMIT] Z[I]"),
        ] {
            try check(answer, .query(query))
        }
        fixture.stop()
    }
}
